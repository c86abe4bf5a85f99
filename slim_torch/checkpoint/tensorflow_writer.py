"""Writes TensorFlow's own checkpoint format (V2: an index and one data file), tensor by tensor.

The facts of the format are in the modules that read it; this one writes what TensorFlow 1.15.5 writes,
byte for byte. Invariant: the index, without which nothing is a checkpoint, appears after the data.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np

from slim_torch.checkpoint.crc import crc32c, mask, masked_crc32c
from slim_torch.checkpoint.data_types import BY_NUMBER
from slim_torch.checkpoint.sstable import MAGIC
from slim_torch.checkpoint.writing import Entry, bytes_of, dtype_name, replacing

__all__ = ["write_tensorflow"]

# Quantized types are held as plain integers, and come back as such.
_NUMBERS = {
    dtype.torch_dtype: number for number, dtype in BY_NUMBER.items() if not dtype.name.startswith("q")
}
_BLOCK = 256 * 1024
_RESTART_INTERVAL = 16
_FOOTER = 40
# One shard, little-endian, and the version of the format: {num_shards: 1, version: {producer: 1}}.
_HEADER = bytes([0x08, 1, 0x1A, 2, 0x08, 1])
_BUFFER = 1 << 20


def write_tensorflow(prefix: str | os.PathLike[str], entries: Iterable[Entry]) -> None:
    """Writes `<prefix>.index` and `<prefix>.data-00000-of-00001`, which TensorFlow 1 and 2 restore.

    Raises:
      ValueError: two entries have one name, TensorFlow has no such dtype, or a name is empty.
      OSError: a file cannot be written.

    Each file is replaced as a whole, but the two are not replaced together: to be safe against a crash
    write under a new prefix.
    """
    encoded = sorted(((entry.name.encode("utf-8", "surrogateescape"), entry) for entry in entries), key=_key)
    _check(encoded)
    records = [(b"", _HEADER)]
    with replacing(f"{os.fspath(prefix)}.data-00000-of-00001") as data_path:
        with open(data_path, "wb", buffering=_BUFFER) as file:
            offset = 0
            for name, entry in encoded:
                size, checksum = _write_value(file, entry)
                records.append((name, _record(entry, offset, size, checksum)))
                offset += size
    with replacing(f"{os.fspath(prefix)}.index") as index_path, open(index_path, "wb") as file:
        _write_table(file, records)


def _key(item: tuple[bytes, Entry]) -> bytes:
    return item[0]


def _check(encoded: list[tuple[bytes, Entry]]) -> None:
    unfit = [f"{e.name} ({dtype_name(e.dtype)})" for _, e in encoded if e.dtype not in _NUMBERS]
    if unfit:
        raise ValueError(f"TensorFlow has no such dtype: {', '.join(unfit)}. Convert or exclude them.")
    names = [name for name, _ in encoded]
    taken = sorted(
        {name.decode("utf-8", "replace") for name, other in itertools.pairwise(names) if name == other}
    )
    if taken or b"" in names:
        raise ValueError(f"Names must differ and not be empty; given twice: {taken}.")


def _write_value(file: IO[bytes], entry: Entry) -> tuple[int, int]:
    """Writes a value; its size in the file, and its masked checksum."""
    if entry.dtype is bytes:
        return _write_strings(file, [text for piece in entry.pieces() for text in piece])
    checksum = size = 0
    for piece in entry.pieces():
        data = bytes_of(piece)
        checksum = crc32c(data, checksum)
        size += file.write(data)
    assert size == entry.nbytes, f"{entry.name}: wrote {size} bytes of {entry.nbytes}"
    return size, mask(checksum)


def _write_strings(file: IO[bytes], texts: list[bytes]) -> tuple[int, int]:
    """The lengths, their checksum, and the bytes. The checksum of all covers the lengths as integers."""
    widths = [(len(text), 4 if len(text) < 1 << 32 else 8) for text in texts]
    lengths = b"".join(length.to_bytes(width, "little") for length, width in widths)
    of_lengths = masked_crc32c(lengths).to_bytes(4, "little")
    checksum = crc32c(of_lengths, crc32c(lengths))
    size = file.write(b"".join(_varint(length) for length, _ in widths) + of_lengths)
    for text in texts:
        checksum = crc32c(text, checksum)
        size += file.write(text)
    return size, mask(checksum)


def _record(entry: Entry, offset: int, size: int, checksum: int) -> bytes:
    """A BundleEntryProto. Fields that are zero are left out, as in every protocol buffer."""
    shape = b""
    for length in entry.shape:
        dimension = b"\x08" + _varint(length) if length else b""
        shape += b"\x12" + _varint(len(dimension)) + dimension
    record = b"\x08" + _varint(_NUMBERS[entry.dtype]) + b"\x12" + _varint(len(shape)) + shape
    record += b"\x20" + _varint(offset) if offset else b""
    record += b"\x28" + _varint(size) if size else b""
    return record + (b"\x35" + checksum.to_bytes(4, "little") if checksum else b"")


def _write_table(file: IO[bytes], records: list[tuple[bytes, bytes]]) -> None:
    """A sorted string table: blocks of records, an index of the blocks, and the footer."""
    blocks = list(_blocks(records))
    position = 0
    index = []
    for number, (block, last) in enumerate(blocks):
        after = blocks[number + 1][0][0][0] if number + 1 < len(blocks) else None
        handle, position = _write_block(file, block, position, _RESTART_INTERVAL)
        index.append((_between(last, after), handle))
    metaindex, position = _write_block(file, [], position, _RESTART_INTERVAL)
    index_handle, position = _write_block(file, index, position, 1)
    file.write((metaindex + index_handle).ljust(_FOOTER, b"\0") + MAGIC)


def _blocks(records: list[tuple[bytes, bytes]]) -> Iterator[tuple[list[tuple[bytes, bytes]], bytes]]:
    """The records of each block, and its last key."""
    block: list[tuple[bytes, bytes]] = []
    size = 4
    previous = b""
    for key, value in records:
        restart = len(block) % _RESTART_INTERVAL == 0
        block.append((key, value))
        size += len(_item(b"" if restart else previous, key, value)) + 4 * restart
        previous = key
        if size >= _BLOCK:
            yield block, key
            block, size, previous = [], 4, b""
    if block:
        yield block, previous


def _write_block(
    file: IO[bytes], records: list[tuple[bytes, bytes]], position: int, interval: int
) -> tuple[bytes, int]:
    """Writes a block at `position`; its handle, and the position after it."""
    items = []
    restarts = [0]
    size = 0
    previous = b""
    for number, (key, value) in enumerate(records):
        if number % interval == 0 and number:
            restarts.append(size)
            previous = b""
        items.append(_item(previous, key, value))
        size += len(items[-1])
        previous = key
    numbers = np.array([*restarts, len(restarts)], "<u4").tobytes()
    content = b"".join(items) + numbers
    stored = content + b"\0"  # not compressed; the checksum covers that byte too
    file.write(stored + masked_crc32c(stored).to_bytes(4, "little"))
    return _varint(position) + _varint(len(content)), position + len(stored) + 4


def _item(previous: bytes, key: bytes, value: bytes) -> bytes:
    """A record of a block: what its key shares with the previous one is left out."""
    shared = _shared(previous, key)
    return _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value


def _between(last: bytes, after: bytes | None) -> bytes:
    """A short key that is not before `last`, and before `after` (None: the end)."""
    if after is None:
        for position, byte in enumerate(last):
            if byte != 0xFF:
                return last[:position] + bytes([byte + 1])
        return last
    shared = _shared(last, after)
    if shared < len(last) and last[shared] < 0xFF and last[shared] + 1 < after[shared]:
        return last[:shared] + bytes([last[shared] + 1])
    return last


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes two keys have in common at their start."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    return next(position for position in range(shorter) if one[position] != other[position])


def _varint(number: int) -> bytes:
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)
