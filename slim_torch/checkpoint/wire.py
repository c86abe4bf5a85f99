"""Protocol buffers' wire format, as much of it as checkpoints use, read with every bound checked.

A schema names the fields that are wanted; unknown fields are skipped, as the format demands. Invariant:
nothing is allocated beyond the bytes that are there, and no loop runs longer than those bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from slim_torch.checkpoint.errors import Place

__all__ = ["BYTES", "FIXED32", "FIXED64", "VARINT", "Field", "parse", "read_varint", "signed", "varint_array"]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_WIRE_TYPES = {VARINT: "a varint", FIXED64: "64 bits", BYTES: "a length and bytes", FIXED32: "32 bits"}
_CHUNK = 1 << 20


class Field(NamedTuple):
    """A field of a schema: its name, its wire type, and whether it may appear more than once."""

    name: str
    wire_type: int
    repeated: bool = False


def read_varint(data: bytes | memoryview, position: int, place: Place) -> tuple[int, int]:
    """The unsigned number at `position`, and the position after it."""
    result = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise place.error("a number", f"the end of the record after {len(data)} bytes")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            if result >> 64:
                break
            return result, position
    raise place.error("a number of at most 64 bits", "a longer one")


def signed(number: int) -> int:
    """The int64 that has the bits of `number`."""
    return number - (1 << 64) if number >> 63 else number


def fields(data: memoryview, place: Place) -> Iterator[tuple[int, int, int | memoryview]]:
    """(number, wire type, value) of each field of a message, in order; values are unsigned, or views."""
    position = 0
    while position < len(data):
        tag, position = read_varint(data, position, place)
        number, wire_type = tag >> 3, tag & 7
        if not 0 < number < 1 << 29 or wire_type not in _WIRE_TYPES:
            raise place.error("the tag of a protocol buffer's field", f"the number {tag}")
        if wire_type == VARINT:
            value, position = read_varint(data, position, place)
            yield number, wire_type, value
            continue
        length = 8 if wire_type == FIXED64 else 4
        if wire_type == BYTES:
            length, position = read_varint(data, position, place)
        end = position + length
        if end > len(data):
            raise place.error(f"a field of {length} bytes", f"only {len(data) - position} bytes")
        content = data[position:end]
        position = end
        yield number, wire_type, content if wire_type == BYTES else int.from_bytes(content, "little")


def parse(data: memoryview, schema: Mapping[int, Field], place: Place) -> dict[str, Any]:
    """The fields of one message by name: lists for the repeated ones, absent where the message lacks them.

    Raises:
      CheckpointError: the bytes are no such message. That includes a single field that is given twice,
        which no writer does and which readers disagree about.
    """
    result: dict[str, Any] = {}
    for number, wire_type, value in fields(data, place):
        field = schema.get(number)
        if field is None:
            continue
        if wire_type != field.wire_type:
            raise place.error(f"{_WIRE_TYPES[field.wire_type]} as '{field.name}'", _WIRE_TYPES[wire_type])
        if field.repeated:
            result.setdefault(field.name, []).append(value)
        elif field.name in result:
            raise place.error(f"'{field.name}' once", "it twice")
        else:
            result[field.name] = value
    return result


def varint_array(data: memoryview, count: int, place: Place) -> np.ndarray[Any, Any]:
    """The `count` varints that `data` consists of, as uint64; decoded with NumPy."""
    encoded = np.frombuffer(data, np.uint8) if len(data) else np.empty(0, np.uint8)
    # Counted before anything of the claimed size is made.
    found = int(np.count_nonzero(encoded < 0x80))
    if found != count or (count and encoded[-1] >= 0x80):
        raise place.error(f"{count} values", f"{found}" + (" and a piece" if found == count else ""))
    result = np.zeros(count, np.uint64)
    position = done = 0
    while position < len(encoded):
        piece = encoded[position : position + _CHUNK]
        ends = np.flatnonzero(piece < 0x80)
        if not len(ends):
            raise place.error("a number of at most 64 bits", "a longer one")
        starts = np.concatenate([[0], ends[:-1] + 1])
        lengths = ends - starts + 1
        longest = int(lengths.max())
        if longest > 10 or (longest == 10 and bool((piece[ends[lengths == 10]] > 1).any())):
            raise place.error("numbers of at most 64 bits", "a longer one")
        values = result[done : done + len(ends)]
        for place_in_number in range(longest):
            has = lengths > place_in_number
            bits = (piece[starts[has] + place_in_number] & 0x7F).astype(np.uint64)
            values[has] |= bits << np.uint64(7 * place_in_number)
        done += len(ends)
        position += int(ends[-1]) + 1
    return result
