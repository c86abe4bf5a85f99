"""The files of a checkpoint folder: safetensors data, and the state file that names the latest.

Knows formats and nothing of variables. Invariant: a file appears under its name complete or not at all,
data before the state that names it, so that a crash at any moment leaves the previous checkpoint
loadable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch

__all__ = [
    "CheckpointState",
    "get_checkpoint_state",
    "latest_checkpoint",
    "load_safetensors",
    "save_safetensors",
    "update_checkpoint_state",
]

STATE_FILE = "checkpoint"

_FIELD = re.compile(
    r"""\s*(?:\#[^\n]*\n\s*)*(?P<field>\w+)\s*:\s*
        (?P<value>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[-+.\w]+)(?:[ \t]*[;,])?""",
    re.VERBOSE,
)
_REST = re.compile(r"\s*(?:\#[^\n]*(?:\n\s*|$))*")
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass(frozen=True)
class CheckpointState:
    """What a state file says; paths are joined to its folder where they are relative."""

    model_checkpoint_path: str
    all_model_checkpoint_paths: tuple[str, ...]


def save_safetensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, torch.Tensor],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes `tensors` to `path`, in the order of their axes, whole or not at all.

    Raises:
      OSError: the file cannot be written; what was at `path` is untouched.
    """
    data = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with _replacing(path) as temporary:
        safetensors.torch.save_file(data, temporary, None if metadata is None else dict(metadata))


def load_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a file, on the CPU, and its metadata.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: it is not a safetensors file, or is damaged.
    """
    try:
        with safetensors.safe_open(os.fspath(path), framework="pt", device="cpu") as file:
            names = file.keys()  # a list; the file itself is no mapping
            return {name: file.get_tensor(name) for name in names}, dict(file.metadata() or {})
    except safetensors.SafetensorError as err:
        raise ValueError(f"'{path}' cannot be read as a safetensors file: {err}. It may be damaged.") from err


def update_checkpoint_state(
    directory: str | os.PathLike[str], path: str, all_paths: Sequence[str] | None = None
) -> None:
    """Writes the state file of `directory`, in TensorFlow's text format.

    Args:
      path: the latest checkpoint.
      all_paths: all checkpoints that are kept, oldest first; `path` is added at the end if missing.

    Paths inside `directory` are written relative to it, so that the folder can be moved.
    Source: tf.train.update_checkpoint_state.
    """
    kept = list(all_paths or [])
    if path not in kept:
        kept.append(path)
    fields = [("model_checkpoint_path", path)] + [
        ("all_model_checkpoint_paths", kept_path) for kept_path in kept
    ]
    text = "".join(f'{field}: "{_escaped(_relative(value, directory))}"\n' for field, value in fields)
    with _replacing(Path(directory) / STATE_FILE) as temporary:
        Path(temporary).write_text(text, encoding="ascii")


def get_checkpoint_state(directory: str | os.PathLike[str]) -> CheckpointState | None:
    """What the state file of `directory` says; None where there is no state file, or it names nothing.

    Raises:
      ValueError: the file is not in TensorFlow's text format. (TensorFlow warns and goes on as if there
        were no checkpoint; a training run would then start anew over an old one.)

    Source: tf.train.get_checkpoint_state.
    """
    path = Path(directory) / STATE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    latest = ""
    kept = []
    position = 0
    while (match := _FIELD.match(text, position)) is not None:
        position = match.end()
        if match["field"] == "model_checkpoint_path":
            latest = os.path.join(directory, _unescaped(match["value"]))
        elif match["field"] == "all_model_checkpoint_paths":
            kept.append(os.path.join(directory, _unescaped(match["value"])))
    if (rest := _REST.match(text, position)) is None or rest.end() != len(text):
        raise ValueError(
            f"'{path}' is not a checkpoint state file: {text[position : position + 40]!r} is not in the form "
            f'`model_checkpoint_path: "model.ckpt-1.safetensors"`. Repair it, or remove it to start anew.'
        )
    return CheckpointState(latest, tuple(kept)) if latest else None


def latest_checkpoint(directory: str | os.PathLike[str]) -> str | None:
    """The path of the latest checkpoint in `directory`, None where none is there.

    For a checkpoint in TensorFlow's own format that is its prefix, as in TensorFlow.

    Raises:
      ValueError: as `get_checkpoint_state`.

    Source: tf.train.latest_checkpoint.
    """
    state = get_checkpoint_state(directory)
    if state is None:
        return None
    path = state.model_checkpoint_path
    return path if os.path.isfile(path) or os.path.isfile(path + ".index") else None


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Gives a temporary path beside `path`; what is written there replaces `path` when the block ends."""
    target = Path(path)
    temporary = f"{target}.tmp-{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            mode = os.fstat(file.fileno()).st_mode
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        # safetensors makes files that only their owner can read; others may evaluate what one user trains.
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    if os.name == "posix":
        # The new name must be on the disk too, before anything relies on it.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _relative(path: str, directory: str | os.PathLike[str]) -> str:
    if not os.path.isabs(path) and not os.path.isabs(directory) and os.path.dirname(path) == "":
        return path
    relative = os.path.relpath(path, directory)
    return path if relative.startswith(os.pardir) else relative


def _escaped(text: str) -> str:
    escapes = {
        ord("\n"): "\\n",
        ord("\r"): "\\r",
        ord("\t"): "\\t",
        ord('"'): '\\"',
        ord("'"): "\\'",
        ord("\\"): "\\\\",
    }
    encoded = text.encode("utf-8", "surrogateescape")
    return "".join(
        escapes.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in encoded
    )


def _unescaped(literal: str) -> str:
    def character(match: re.Match[bytes]) -> bytes:
        octal, hexadecimal, other = match.groups()
        if octal is not None:
            return bytes([int(octal, 8) & 0xFF])
        if hexadecimal is not None:
            return bytes([int(hexadecimal, 16)])
        return _SIMPLE_ESCAPES.get(other, other)

    return _ESCAPE.sub(character, literal[1:-1].encode("utf-8")).decode("utf-8", "surrogateescape")
