"""The files of a checkpoint folder: safetensors data, and the state file that names the latest.

Knows formats and nothing of variables. A checkpoint is named by its *prefix*, such as `logdir/model.ckpt-7`:
the data is `model.ckpt-7.safetensors`, or TensorFlow's own files under that prefix; a path that ends in
`.safetensors` names itself. Invariant: data is written before the state that names it, so that a crash at
any moment leaves the previous checkpoint loadable.
"""

from __future__ import annotations

import glob
import math
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch

from slim_torch.checkpoint.writing import entry_of, replacing, write_safetensors

__all__ = [
    "CheckpointState",
    "checkpoint_exists",
    "checkpoint_files",
    "get_checkpoint_mtimes",
    "get_checkpoint_state",
    "latest_checkpoint",
    "load_safetensors",
    "remove_checkpoint",
    "safetensors_path",
    "save_safetensors",
    "update_checkpoint_state",
]

STATE_FILE = "checkpoint"
SUFFIX = ".safetensors"

_DATA_FILE = re.compile(r"\.data-\d{5}-of-\d{5}$")
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
    all_model_checkpoint_timestamps: tuple[float, ...] = ()
    last_preserved_timestamp: float = 0.0


def save_safetensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, torch.Tensor],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes `tensors` to `path`, in the order of their axes, whole or not at all.

    Raises:
      OSError: the file cannot be written; what was at `path` is untouched.
      TypeError, ValueError: as `writing.write_safetensors`.
    """
    write_safetensors(path, [entry_of(name, tensor) for name, tensor in tensors.items()], metadata)


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


def safetensors_path(prefix: str) -> str:
    """The safetensors file of the checkpoint `prefix`."""
    return prefix if prefix.endswith(SUFFIX) else prefix + SUFFIX


def checkpoint_files(prefix: str | os.PathLike[str]) -> list[str]:
    """The files of the checkpoint `prefix` that are there, in either format; none for a folder."""
    prefix = os.fspath(prefix)
    found = [path for path in (safetensors_path(prefix), prefix + ".index") if os.path.isfile(path)]
    if not prefix.endswith(SUFFIX) and os.path.isfile(prefix):
        found.append(prefix)  # TensorFlow's older format, one file
    escaped = glob.escape(prefix)
    found += sorted(path for path in glob.glob(escaped + ".data-*") if _DATA_FILE.search(path))
    if not found:
        found = sorted(glob.glob(escaped + "-?????-of-?????"))  # the older format in shards
    return found


def checkpoint_exists(checkpoint_prefix: str | os.PathLike[str]) -> bool:
    """Whether there is a checkpoint of that prefix: a safetensors file, or TensorFlow's files.

    Also true for the path of a file itself. A folder is no checkpoint (TensorFlow says otherwise).
    Source: tf.train.checkpoint_exists.
    """
    return any(not _DATA_FILE.search(path) for path in checkpoint_files(checkpoint_prefix))


def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """When the checkpoints were written, seconds since 1970; those that are not there are left out.

    Source: tf.train.get_checkpoint_mtimes.
    """
    found = [checkpoint_files(prefix) for prefix in checkpoint_prefixes]
    return [os.path.getmtime(files[0]) for files in found if files]


def remove_checkpoint(
    checkpoint_prefix: str | os.PathLike[str],
    checkpoint_format_version: int = 2,
    meta_graph_suffix: str = "meta",
) -> None:
    """Deletes the files of the checkpoint `checkpoint_prefix`, whatever their format.

    Args:
      checkpoint_format_version: accepted, without effect.
      meta_graph_suffix: of the file with TensorFlow's graph, which is deleted too.

    The state file stays as it is. Does nothing where there is no such checkpoint.
    Source: tf.train.remove_checkpoint.
    """
    prefix = os.fspath(checkpoint_prefix)
    # What makes a checkpoint readable goes first, so that no half of one is left.
    for path in [*checkpoint_files(prefix), f"{prefix}.{meta_graph_suffix}"]:
        Path(path).unlink(missing_ok=True)


def update_checkpoint_state(
    save_dir: str | os.PathLike[str],
    model_checkpoint_path: str,
    all_model_checkpoint_paths: Sequence[str] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the state file of the folder `save_dir`, in TensorFlow's text format.

    Args:
      model_checkpoint_path: the latest checkpoint.
      all_model_checkpoint_paths: all that are kept, oldest first; the latest is added at the end if missing.
      latest_filename: name of the state file, `"checkpoint"` by default.
      all_model_checkpoint_timestamps: when each was written, seconds since 1970.
      last_preserved_timestamp: when the last one was written that retention does not touch.

    Paths inside `save_dir` are written relative to it, so that the folder can be moved.

    Raises:
      ValueError: there are not as many times as paths.

    Source: tf.train.update_checkpoint_state.
    """
    paths = list(all_model_checkpoint_paths or [])
    if model_checkpoint_path not in paths:
        paths.append(model_checkpoint_path)
    times = list(all_model_checkpoint_timestamps or [])
    if times and len(times) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths: got {len(times)} for {paths}."
        )
    strings = [("model_checkpoint_path", model_checkpoint_path)]
    strings += [("all_model_checkpoint_paths", path) for path in paths]
    lines = [f'{field}: "{_escaped(_relative(value, save_dir))}"' for field, value in strings]
    lines += [f"all_model_checkpoint_timestamps: {float(time)!r}" for time in times]
    if last_preserved_timestamp is not None:
        lines.append(f"last_preserved_timestamp: {float(last_preserved_timestamp)!r}")
    with replacing(Path(save_dir) / (latest_filename or STATE_FILE)) as temporary:
        Path(temporary).write_text("".join(line + "\n" for line in lines), encoding="ascii")


def get_checkpoint_state(
    checkpoint_dir: str | os.PathLike[str], latest_filename: str | None = None
) -> CheckpointState | None:
    """What the state file of a folder says; None where there is no state file, or it names nothing.

    Raises:
      ValueError: the file is not in TensorFlow's text format. (TensorFlow warns and goes on as if there
        were no checkpoint; a training run would then start anew over an old one.)

    Source: tf.train.get_checkpoint_state.
    """
    path = Path(checkpoint_dir) / (latest_filename or STATE_FILE)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as err:
        raise ValueError(
            f"'{path}' is not a checkpoint state file: it is not text. Repair it, or remove it to start anew."
        ) from err
    values: dict[str, list[str]] = {}
    position = 0
    while (match := _FIELD.match(text, position)) is not None:
        position = match.end()
        values.setdefault(match["field"], []).append(match["value"])
    if (rest := _REST.match(text, position)) is None or rest.end() != len(text):
        raise _unreadable(path, text[position : position + 40])

    def paths(field: str) -> list[str]:
        literals = values.get(field, [])
        for literal in literals:
            if literal[0] not in "\"'":
                raise _unreadable(path, f"{field}: {literal}")
        return [os.path.join(checkpoint_dir, _unescaped(literal)) for literal in literals]

    def numbers(field: str) -> list[float]:
        try:
            found = [float(literal) for literal in values.get(field, [])]
        except ValueError as err:
            raise _unreadable(path, f"{field}: {values[field]}") from err
        if not all(map(math.isfinite, found)):
            raise _unreadable(path, f"{field}: {values[field]}")
        return found

    latest = paths("model_checkpoint_path")
    if not latest or latest[-1] == os.path.join(checkpoint_dir, ""):
        return None
    preserved = numbers("last_preserved_timestamp")
    return CheckpointState(
        latest[-1],
        tuple(paths("all_model_checkpoint_paths")),
        tuple(numbers("all_model_checkpoint_timestamps")),
        preserved[-1] if preserved else 0.0,
    )


def latest_checkpoint(
    checkpoint_dir: str | os.PathLike[str], latest_filename: str | None = None
) -> str | None:
    """The latest checkpoint in a folder, as its state file names it; None where none is there.

    `Saver` names checkpoints by their prefix, as TensorFlow does; `learning.train` by the whole file.
    Everything that takes a checkpoint takes both.

    Raises:
      ValueError: as `get_checkpoint_state`.

    Source: tf.train.latest_checkpoint.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    path = state.model_checkpoint_path
    return path if checkpoint_exists(path) else None


def _unreadable(path: Path, found: str) -> ValueError:
    return ValueError(
        f"'{path}' is not a checkpoint state file: {found!r} is not in the form "
        f'`model_checkpoint_path: "model.ckpt-1.safetensors"`. Repair it, or remove it to start anew.'
    )


def _relative(path: str, directory: str | os.PathLike[str]) -> str:
    if not os.path.isabs(path) and not os.path.isabs(directory) and os.path.dirname(path) == "":
        return path
    relative = os.path.relpath(path, directory)
    return path if relative.split(os.sep)[0] == os.pardir else relative


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
