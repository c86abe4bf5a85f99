"""Snappy's block format, decompressed: blocks of a checkpoint's index may be compressed with it.

TensorFlow reads such blocks and never writes them. Only what its public description says is here. Invariant:
the result grows with what is decompressed, never to the size that the data claim.
"""

from __future__ import annotations

from slim_torch.checkpoint.errors import Place
from slim_torch.checkpoint.wire import read_varint

__all__ = ["decompress"]


def decompress(data: bytes | memoryview, place: Place) -> bytes:
    """The bytes that `data` stands for.

    Raises:
      CheckpointError: it is not snappy data, or not whole.
    """
    compressed = bytes(data)
    size, position = read_varint(compressed, 0, place)
    result = bytearray()
    while position < len(compressed):
        tag = compressed[position]
        position += 1
        kind = tag & 3
        if kind == 0:
            length = tag >> 2
            if length >= 60:
                width = length - 59
                length = _number(compressed, position, width, place)
                position += width
            length += 1
            if position + length > len(compressed):
                raise place.error(f"{length} literal bytes", f"{len(compressed) - position} bytes")
            result += compressed[position : position + length]
            position += length
        else:
            if kind == 1:
                length = 4 + (tag >> 2 & 7)
                distance = (tag >> 5) << 8 | _number(compressed, position, 1, place)
                position += 1
            else:
                width = 2 if kind == 2 else 4
                length = 1 + (tag >> 2)
                distance = _number(compressed, position, width, place)
                position += width
            if not 0 < distance <= len(result):
                raise place.error(f"a copy from within {len(result)} bytes", f"one from {distance} back")
            start = len(result) - distance
            # A copy may run into itself, and then repeats what it began with.
            pattern = bytes(result[start : start + length])
            result += (pattern * (length // len(pattern) + 1))[:length]
    if len(result) != size:
        raise place.error(f"a block of {size} bytes", f"{len(result)} bytes")
    return bytes(result)


def _number(data: bytes, position: int, width: int, place: Place) -> int:
    if position + width > len(data):
        raise place.error(f"a number of {width} bytes", f"{len(data) - position} bytes")
    return int.from_bytes(data[position : position + width], "little")
