"""`load_checkpoint`: from a path as people write it to the reader of the format that is there.

Only finding and telling apart is done here. Invariant: the format is decided by what is in the files, and
a path that leads to none gets an answer that says what is near it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from slim_torch.checkpoint.bundle import BundleReader
from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.files import SUFFIX, checkpoint_exists, get_checkpoint_state
from slim_torch.checkpoint.interface import CheckpointReader, map_file
from slim_torch.checkpoint.safetensors_file import SafetensorsReader, looks_like_safetensors
from slim_torch.checkpoint.sstable import MAGIC, Table
from slim_torch.checkpoint.v1 import V1Reader, is_v1

__all__ = ["CheckpointError", "CheckpointReader", "load_checkpoint"]

_V2_PART = re.compile(r"(?P<prefix>.+)(\.index|\.data-\d{5}-of-\d{5})", re.DOTALL)
_SHARD = re.compile(r"(?P<prefix>.+)-\d{5}-of-(?P<count>\d{5})", re.DOTALL)

# What else people have at hand, by its first bytes.
_FOREIGN = (
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"PK\x03\x04", "a zip archive, or a file of torch.save", "Unpack it, or use torch.load."),
    (b"\x80\x02", "a pickle, perhaps of torch.save", "Use torch.load."),
    (b"\x89HDF\r\n", "an HDF5 file, perhaps of Keras", "Save it as a TensorFlow checkpoint first."),
    (b"version https://git-lfs", "a git-lfs pointer, not the file", "Run `git lfs pull`."),
    (b"model_checkpoint_path", "a checkpoint state file", "Pass the folder that it is in."),
    (b"<", "a web page or XML", "The download may have failed."),
)


def load_checkpoint(path: str | os.PathLike[str], verify: bool = True) -> CheckpointReader:
    """Opens a checkpoint of TensorFlow or a safetensors file, without TensorFlow.

    Args:
      path: a prefix (`model.ckpt-7`) of a safetensors file or a V2 checkpoint, or one of its files; a V1 file,
        or one of several shards, or their common prefix, or a pattern (`model.ckpt-?????-of-00004`); or a
        folder, whose state file names the checkpoint.
      verify: whether the checksums of TensorFlow's formats are compared, of the index when it is opened and
        of a tensor when it is read.

    Returns:
      The reader of that format. A safetensors file goes before TensorFlow's files of the same prefix, and a V2
      checkpoint before a V1 file of the same name, as in TensorFlow. Values are read when they are asked for.

    Raises:
      CheckpointError: the file is damaged, cut, or no checkpoint.
      FileNotFoundError: there is none; the message says what is near.

    Source: tf.train.load_checkpoint.
    """
    path = os.fspath(path)
    if os.path.isdir(path) and not os.path.isfile(path + ".index"):
        path = _latest(path)
    if os.path.isfile(path + SUFFIX):
        return _open_file(path + SUFFIX, verify)
    if os.path.isfile(path + ".index"):
        return BundleReader(path, verify)
    if os.path.isfile(path):
        return _open_file(path, verify)
    part = _V2_PART.fullmatch(path)
    if part is not None and os.path.isfile(part["prefix"] + ".index"):
        return BundleReader(part["prefix"], verify)
    shards = _shards(path)
    if shards:
        return V1Reader(path, shards, verify)
    raise _not_found(path)


def _latest(folder: str) -> str:
    """The path that the state file of `folder` names."""
    try:
        state = get_checkpoint_state(folder)
    except ValueError as err:
        raise CheckpointError(str(err), file=os.path.join(folder, "checkpoint")) from err
    if state is None:
        names = _checkpoints_in(folder)
        raise FileNotFoundError(
            f"'{folder}' has no state file named 'checkpoint' that says which checkpoint is the latest. "
            + (f"Pass one of {_listed(names)}." if names else "There are no checkpoints in it.")
        )
    path = state.model_checkpoint_path
    if not (checkpoint_exists(path) or _shards(path)):
        raise _not_found(path, f", named in '{os.path.join(folder, 'checkpoint')}',")
    return path


def _open_file(path: str, verify: bool) -> CheckpointReader:
    place = Place(path)
    part = _V2_PART.fullmatch(path)
    if part is not None and part[2] != ".index":
        # The data file of a V2 checkpoint says nothing about itself.
        prefix = part["prefix"]
        if os.path.isfile(prefix + ".index"):
            return BundleReader(prefix, verify)
        raise _not_found(prefix + ".index", f", without which '{os.path.basename(path)}' cannot be read,")
    data = map_file(path)
    if bytes(data[-len(MAGIC) :]) == MAGIC:
        if is_v1(Table(data, place, verify), place):
            shard = _SHARD.fullmatch(path)
            whole = _shards(shard["prefix"]) if shard is not None and int(shard["count"]) > 1 else []
            return V1Reader(path, whole or [path], verify)
        if part is not None:
            return BundleReader(part["prefix"], verify)
        raise place.error(
            "a V1 checkpoint, or the index of a V2 one under a name that ends with '.index'",
            "a table of another kind or under another name",
            "Give a V2 index the name that it had, beside its .data files.",
        )
    if looks_like_safetensors(data):
        return SafetensorsReader(path, data)
    found, advice = _guess(path, bytes(data[:64]))
    raise place.error("a checkpoint of TensorFlow or a safetensors file", found, advice)


def _guess(path: str, start: bytes) -> tuple[str, str]:
    for first, found, advice in _FOREIGN:
        if start.startswith(first):
            return found, advice
    if path.endswith((".meta", ".pb", ".pbtxt")):
        return "a graph definition", "It has no weights that can be read here; pass the checkpoint itself."
    if path.endswith((".index", ".safetensors")):
        return f"a file that begins with {start[:16]!r}", "The file is damaged or cut."
    return f"a file that begins with {start[:16]!r}", "It is of another kind, or damaged or cut at its end."


def _shards(path: str) -> list[str]:
    """The files of a V1 checkpoint in several files, given their pattern or their common prefix; [] if none.

    Raises:
      CheckpointError: files of several checkpoints fit.
      FileNotFoundError: some of the files are missing.
    """
    folder, base = os.path.split(path)
    # TensorFlow's patterns have ? for each digit, and people write *.
    pattern = "".join("." if c == "?" else ".*" if c == "*" else re.escape(c) for c in base)
    files = _names_in(folder)
    found = [
        name for name in files if (match := _SHARD.fullmatch(name)) and re.fullmatch(pattern, match["prefix"])
    ]
    if not found and pattern != re.escape(base):
        found = [name for name in files if _SHARD.fullmatch(name) and re.fullmatch(pattern, name)]
    # The data files of a V2 checkpoint `name` fit `name.data` only.
    families = sorted(
        {(match["prefix"], match["count"]) for name in found if (match := _SHARD.fullmatch(name))}
    )
    if not families:
        return []
    if len(families) > 1:
        raise Place(path).error(
            "the files of one checkpoint",
            " and ".join(f"{prefix}-?????-of-{count}" for prefix, count in families),
            "Pass one of these patterns.",
        )
    prefix, count = families[0]
    # As many as are there decide, not the number in a name, which may be absurd.
    wanted = [f"{prefix}-{number:05d}-of-{count}" for number in range(min(int(count), len(files) + 3))]
    missing = [name for name in wanted if name not in files]
    if missing:
        raise FileNotFoundError(
            f"'{path}': {_listed(missing)} of {int(count)} files of the checkpoint are missing; "
            f"there are {_listed(sorted(found))}."
        )
    return [os.path.join(folder, name) for name in wanted]


def _not_found(path: str, said: str = "") -> FileNotFoundError:
    """The error for a path that leads to no checkpoint."""
    import difflib

    folder, base = os.path.split(path)
    if folder and not os.path.isdir(folder):
        return FileNotFoundError(f"'{path}'{said} is not there: there is no folder '{folder}'.")
    candidates = _checkpoints_in(folder)
    near = difflib.get_close_matches(base, candidates, n=5, cutoff=0.4) or candidates[:5]
    return FileNotFoundError(
        f"'{path}'{said} is not there. "
        + (f"The folder has {_listed(near)}." if near else "There are no checkpoints in the folder.")
    )


def _checkpoints_in(folder: str) -> list[str]:
    """The names under which checkpoints of a folder can be opened, going by the names of its files."""
    names = set()
    for name in _names_in(folder):
        part = _V2_PART.fullmatch(name)
        if part is not None:
            names.add(part["prefix"] if part[2] == ".index" else name)
        elif not name.endswith((".meta", ".pbtxt", ".pb")) and name != "checkpoint":
            names.add(name)
    return sorted(names)


def _names_in(folder: str) -> list[str]:
    try:
        return os.listdir(folder or os.curdir)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")
