"""Shapes and slices: how a tensor that was saved in parts is described, found and put together.

Invariant: parts are joined only when together they are the whole tensor, each element once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from slim_torch.checkpoint.errors import Place
from slim_torch.checkpoint.wire import BYTES, VARINT, Field, parse, signed

__all__ = ["Extents", "Slice", "join", "parse_extents", "parse_shape", "resolve", "slice_key", "volume"]

# Start and length per axis as the file gives them, where -1 is the length of a whole axis.
Extents = tuple[tuple[int, int], ...]
# The same with the lengths filled in.
Slice = tuple[tuple[int, int], ...]

_LARGEST_RANK = 254
_LARGEST_SIZE = 2**63 - 1

_SHAPE = {2: Field("dim", BYTES, repeated=True), 3: Field("unknown_rank", VARINT)}
_DIM = {1: Field("size", VARINT)}
_SLICE = {1: Field("extent", BYTES, repeated=True)}
_EXTENT = {1: Field("start", VARINT), 2: Field("length", VARINT)}


def parse_shape(data: memoryview, place: Place) -> tuple[int, ...]:
    """The shape that a TensorShapeProto gives."""
    message = parse(data, _SHAPE, place)
    if message.get("unknown_rank"):
        raise place.error("a known shape", "an unknown rank")
    shape = tuple(signed(parse(dim, _DIM, place).get("size", 0)) for dim in message.get("dim", ()))
    if len(shape) > _LARGEST_RANK:
        raise place.error(f"at most {_LARGEST_RANK} axes", f"{len(shape)}")
    # The product without zeros too: NumPy refuses an empty array whose other axes are absurd.
    if any(size < 0 for size in shape) or math.prod(size for size in shape if size) > _LARGEST_SIZE // 16:
        raise place.error("a possible shape", f"{list(shape)}")
    return shape


def parse_extents(data: memoryview, place: Place) -> Extents:
    """The extents that a TensorSliceProto gives."""
    extents = []
    for extent in parse(data, _SLICE, place).get("extent", ()):
        message = parse(extent, _EXTENT, place)
        # An extent without a length is a whole axis.
        start = signed(message.get("start", 0))
        length = signed(message["length"]) if "length" in message else -1
        if start < 0 or length < -1:
            raise place.error("a slice", f"start {start}, length {length}")
        extents.append((start, length))
    return tuple(extents)


def resolve(extents: Extents, shape: Sequence[int], place: Place) -> Slice:
    """The slice that `extents` are of a tensor of `shape`."""
    if len(extents) != len(shape):
        raise place.error(f"a slice of {len(shape)} axes", f"one of {len(extents)}")
    result = tuple((start, size if length < 0 else length) for (start, length), size in zip(extents, shape))
    if any(start + length > size for (start, length), size in zip(result, shape)):
        raise place.error(f"a slice within the shape {list(shape)}", f"{_described(result)}")
    return result


def volume(part: Slice) -> int:
    return math.prod(length for _, length in part)


def slice_key(name: bytes, extents: Extents) -> bytes:
    """The key under which a slice of the tensor `name` is stored, in V1 files and in V2 indexes.

    An ordered code: such keys sort as (0, name, rank, start, length, ...) do.
    """
    # The code escapes the byte 0xff too, which UTF-8 does not have.
    escaped = name.replace(b"\x00", b"\x00\xff")
    rank = bytes([1, len(extents)]) if extents else b"\x00"
    numbers = b"".join(_ordered(start) + _ordered(length) for start, length in extents)
    return b"\x00" + escaped + b"\x00\x01" + rank + numbers


def _ordered(number: int) -> bytes:
    """As many one bits as there are bytes, a zero bit, and the number; negative numbers are inverted."""
    positive = ~number if number < 0 else number
    size = positive.bit_length() // 7 + 1
    code = (((1 << size) - 1) << (7 * size) | positive).to_bytes(size, "big")
    return bytes(byte ^ 0xFF for byte in code) if number < 0 else code


def join(
    parts: Sequence[tuple[Slice, np.ndarray[Any, Any]]], shape: Sequence[int], place: Place
) -> np.ndarray[Any, Any]:
    """The tensor of `shape` that `parts` are the slices of.

    Args:
      parts: slices within `shape`, and arrays of as many elements.

    Raises:
      CheckpointError: parts overlap, or some are missing.
    """
    _check_cover([part for part, _ in parts], shape, place)
    dtype = parts[0][1].dtype if parts else np.dtype(np.float32)
    result = np.empty(shape, dtype)
    for part, values in parts:
        result[_index(part)] = values.reshape([length for _, length in part])
    return result


def _check_cover(parts: Sequence[Slice], shape: Sequence[int], place: Place) -> None:
    total = math.prod(shape)
    sizes = sum(volume(part) for part in parts)
    if sizes != total or not parts:
        raise place.error(
            f"slices that make up the shape {list(shape)}, {total} elements",
            f"{len(parts)} slices of {sizes} elements in all",
            "Slices are missing or overlap." if sizes != total else "The tensor has no slices.",
        )
    axes = [axis for axis in range(len(shape)) if any(part[axis] != (0, shape[axis]) for part in parts)]
    if len(axes) <= 1:
        # Cut along one axis, as TensorFlow's partitioners do: the slices must follow each other.
        end = 0
        for start, length in sorted(part[axes[0]] for part in parts) if axes else ():
            if start != end:
                raise place.error(f"a slice from {end} of axis {axes[0]}", f"one from {start}")
            end += length
        if not axes and len(parts) > 1 and total:
            raise place.error("each slice once", f"{len(parts)} of the whole tensor")
        return
    covered = np.zeros(shape, bool)
    for part in parts:
        region = covered[_index(part)]
        if region.any():
            raise place.error("slices that do not overlap", f"two with elements of {_described(part)}")
        region[...] = True


def _index(part: Slice) -> tuple[slice, ...]:
    return tuple(slice(start, start + length) for start, length in part)


def _described(part: Slice) -> str:
    return "[" + ", ".join(f"{start}:{start + length}" for start, length in part) + "]"
