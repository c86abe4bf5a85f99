"""From one checkpoint format to the other, tensor by tensor, with names, parts and types changed on the way.

Invariant: the target appears whole or not at all, and memory stays in the order of the largest tensor.
"""

from __future__ import annotations

import difflib
import mmap
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch.checkpoint.files import safetensors_path
from slim_torch.checkpoint.interface import CheckpointReader
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.saver import checkpoint_metadata
from slim_torch.checkpoint.slots import training_variables
from slim_torch.checkpoint.tensorflow_writer import write_tensorflow
from slim_torch.checkpoint.writing import Entry, dtype_name, write_safetensors
from slim_torch.dtypes import as_dtype

__all__ = ["Conversion", "convert"]

FORMATS = ("safetensors", "tensorflow")
OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"

_PIECE = 1 << 22  # elements converted at a time
_V2_FILE = re.compile(r"(.+)(\.index|\.data-\d{5}-of-\d{5})", re.DOTALL)


class Conversion(NamedTuple):
    """What `convert` did.

    Attributes:
      path: the file, or TensorFlow's prefix, that was written.
      names: from the names in the source to those in the target.
      left_out: names in the source that were not written.
      nbytes: the size of all tensors written, strings not counted.
    """

    path: str
    names: dict[str, str]
    left_out: list[str]
    nbytes: int


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    exclude: Iterable[str] = (),
    only_model_variables: bool = False,
    rename: Iterable[str | tuple[str, str]] = (),
    dtype: Any = None,
    to: str = "safetensors",
) -> Conversion:
    """Writes a checkpoint in another format, or other parts of it.

    Args:
      source: what `load_checkpoint` takes: a checkpoint of TensorFlow, a safetensors file, a folder.
      target: the file to write. `.safetensors` is added where it is missing; for TensorFlow it is the prefix.
      exclude: scopes to leave out, matched as in `get_variables_to_restore`: a regular expression that fits
        the name from its start.
      only_model_variables: leaves out the optimizer's slots, moving averages of variables, and counters.
      rename: pairs of a regular expression and its replacement, or texts `'REGEX=REPLACEMENT'`; applied in
        order, wherever they fit in a name. The last `=` of a text divides it.
      dtype: what floating-point tensors become, `'float16'` for instance; others stay as they are.
      to: `'safetensors'`, or `'tensorflow'` for a V2 checkpoint that TensorFlow restores.

    The object graph in a checkpoint of TensorFlow 2, of use to TensorFlow alone, is left out of safetensors
    files.

    Raises:
      ValueError: an exclude or rename fits no name, two names become one, nothing is left, the target is
        a folder or cannot hold a dtype, a value is too large for `dtype`, or the source is damaged.
      FileNotFoundError: there is no such source, or no folder for the target.
    """
    if to not in FORMATS:
        raise ValueError(f"to is {to!r}, expected one of {', '.join(FORMATS)}.")
    floating = None if dtype is None else _floating(dtype)
    path = os.fspath(target)
    if os.path.isdir(path) or not os.path.basename(path):
        raise ValueError(f"target '{path}' is a folder. Name a file in it.")
    with load_checkpoint(source) as reader:
        kept = _kept(reader, exclude, only_model_variables, to)
        names = _renamed(kept, rename)
        shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        entries = [
            _entry(reader, old, new, tuple(shapes[old]), dtypes[old], floating) for old, new in names.items()
        ]
        if to == "safetensors":
            path = safetensors_path(path)
            metadata = {
                **reader.metadata,
                **checkpoint_metadata(_step(reader), os.path.basename(reader.path)),
            }
            write_safetensors(path, entries, metadata)
        else:
            part = _V2_FILE.fullmatch(path)
            path = part[1] if part else path
            write_tensorflow(path, entries)
        nbytes = sum(entry.nbytes for entry in entries if entry.dtype is not bytes)
        return Conversion(path, names, [name for name in reader if name not in names], nbytes)


def _floating(dtype: Any) -> torch.dtype:
    floating = as_dtype(dtype)
    if not floating.is_floating_point:
        raise ValueError(f"dtype is {dtype_name(floating)}, expected a floating-point type such as float16.")
    return floating


def _kept(reader: CheckpointReader, exclude: Iterable[str], only_model_variables: bool, to: str) -> list[str]:
    kept = [name for name in reader if to != "safetensors" or name != OBJECT_GRAPH]
    for scope in [exclude] if isinstance(exclude, str) else exclude:
        pattern = _pattern(scope, "exclude")
        fitting = {name for name in reader if pattern.match(name + ":0")}
        if not fitting:
            raise ValueError(f"exclude {scope!r} fits no name in '{reader.path}'{_nearest(scope, reader)}.")
        kept = [name for name in kept if name not in fitting]
    if only_model_variables:
        dropped = training_variables(reader)
        kept = [name for name in kept if name not in dropped]
    if not kept:
        raise ValueError(
            f"Nothing of '{reader.path}' is left to write: all {len(reader)} names are excluded."
        )
    return kept


def _renamed(names: Sequence[str], rename: Iterable[str | tuple[str, str]]) -> dict[str, str]:
    result = {name: name for name in names}
    for rule in [rename] if isinstance(rename, str) else rename:
        if isinstance(rule, str):
            # The last one, because a regular expression may hold others: (?=...).
            expression, equals, replacement = rule.rpartition("=")
            if not equals:
                raise ValueError(f"rename {rule!r} is not in the form REGEX=REPLACEMENT.")
        else:
            expression, replacement = rule
        pattern = _pattern(expression, "rename")
        if not any(pattern.search(new) for new in result.values()):
            raise ValueError(f"rename {expression!r} fits no name.")
        try:
            result = {old: pattern.sub(replacement, new) for old, new in result.items()}
        except (re.error, IndexError) as err:
            raise ValueError(f"rename: {replacement!r} cannot replace {expression!r}: {err}.") from err
    sources: dict[str, list[str]] = {}
    for old, new in result.items():
        sources.setdefault(new, []).append(old)
    clashes = [f"{', '.join(old)} -> '{new}'" for new, old in sources.items() if len(old) > 1 or not new]
    if clashes:
        raise ValueError(f"rename must give each tensor a name of its own: {'; '.join(clashes)}.")
    return result


def _pattern(expression: str, parameter: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as err:
        raise ValueError(f"{parameter} {expression!r} is not a regular expression: {err}.") from err


def _nearest(scope: str, names: Iterable[str]) -> str:
    scopes = {
        "/".join(parts[:depth])
        for parts in (name.split("/") for name in names)
        for depth in range(1, len(parts) + 1)
    }
    near = difflib.get_close_matches(scope, sorted(scopes), n=3)
    return f"; near to it are {', '.join(near)}" if near else ""


def _step(reader: CheckpointReader) -> int | None:
    """The global step that a checkpoint holds."""
    if reader.has_tensor("global_step") and not reader.get_variable_to_shape_map()["global_step"]:
        step = reader.get_tensor("global_step")
        return int(step) if step.dtype.kind in "iu" else None
    return None


def _entry(
    reader: CheckpointReader,
    name: str,
    new_name: str,
    shape: tuple[int, ...],
    dtype: Any,
    floating: torch.dtype | None,
) -> Entry:
    is_floating = isinstance(dtype, torch.dtype) and dtype.is_floating_point
    convert_to = floating if is_floating and dtype != floating else None

    def pieces() -> Iterator[torch.Tensor | np.ndarray[Any, Any]]:
        if dtype is bytes:
            yield reader.get_tensor(name).reshape(-1)
        elif convert_to is None and dtype is not torch.bfloat16 and dtype.itemsize > 1:
            # As it lies in the file, without a copy.
            array = reader.get_tensor(name)
            yield array.reshape(-1)
            _forget(array)
        elif convert_to is None:
            yield reader.get_torch(name).reshape(-1)
        else:
            array = reader.get_tensor(name)
            flat = array.reshape(-1)
            for start in range(0, len(flat), _PIECE):
                yield _converted(torch.from_numpy(flat[start : start + _PIECE].copy()), convert_to, name)
            _forget(array)

    return Entry(new_name, convert_to or dtype, shape, pieces)


def _converted(piece: torch.Tensor, dtype: torch.dtype, name: str) -> torch.Tensor:
    result = piece.to(dtype)
    # A weight that becomes infinite would break the model far from here.
    if bool((result.isinf() & ~piece.isinf()).any()):
        raise ValueError(
            f"'{name}' has values up to {piece.abs().max().item():.6g}, too large for {dtype_name(dtype)}. "
            f"Convert to bfloat16, or exclude it."
        )
    return result


def _forget(array: np.ndarray[Any, Any]) -> None:
    """Lets the pages of the file behind a view go, which otherwise count as memory in use."""
    owner: Any = array
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
    if owner is None or not hasattr(mmap, "MADV_DONTNEED"):
        return
    start = array.ctypes.data - np.frombuffer(owner, np.uint8).ctypes.data
    page = mmap.PAGESIZE
    first = (start + page - 1) // page * page
    length = (start + array.nbytes) // page * page - first
    if length > 0:
        owner.madvise(mmap.MADV_DONTNEED, first, length)
