"""Sorted string tables, the LevelDB kind: the index of a V2 checkpoint, and the whole of a V1 file.

Blocks of entries with prefix-compressed keys, each followed by a byte for its compression and a masked
checksum; an index block that says where they are; a footer. Invariant: a table in which blocks or keys are
missing, out of order or in two places is refused, so that what is read is all that was written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from slim_torch.checkpoint.crc import masked_crc32c
from slim_torch.checkpoint.errors import Place
from slim_torch.checkpoint.snappy import decompress
from slim_torch.checkpoint.wire import read_varint

__all__ = ["MAGIC", "Table"]

MAGIC = bytes.fromhex("57fb808b247547db")

_FOOTER = 48
_TRAILER = 5
_UNCOMPRESSED, _SNAPPY = 0, 1
# Keys share prefixes for at most 16 entries, so that they take at most 16 times the space that they have in
# the file. Without a limit a small file could ask for any amount of memory.
_LARGEST_EXPANSION = 32
_KEPT_BLOCKS = 8

Entry = tuple[bytes, memoryview]


class _Block(NamedTuple):
    """A block's place in the file, and the bounds of its keys: above the first, not above the second."""

    offset: int
    size: int
    above: bytes | None
    last: bytes


class Table:
    """A table in memory; blocks are read when they are asked for.

    Args:
      data: the whole file.
      verify: whether the checksum of every block that is read is compared.

    Raises:
      CheckpointError: the footer or the index block is damaged. Other blocks report when they are read.
    """

    def __init__(self, data: memoryview, place: Place, verify: bool) -> None:
        self._data = data
        self._place = place
        self._verify = verify
        self._cache: OrderedDict[int, dict[bytes, memoryview]] = OrderedDict()
        footer = len(data) - _FOOTER
        if footer < 0 or bytes(data[-8:]) != MAGIC:
            raise place.error(
                "a table's footer at the end", f"{bytes(data[-8:])!r}", "The file is cut, or of another kind."
            )
        metaindex, metaindex_size, position = self._handle(data[footer:-8], 0)
        index, index_size, _ = self._handle(data[footer:-8], position)
        # The metaindex block is not needed; its place is, to know that no block was left out.
        if index != metaindex + metaindex_size + _TRAILER or footer != index + index_size + _TRAILER:
            raise place.error(
                "the metaindex and index blocks before the footer",
                f"places {metaindex}+{metaindex_size} and {index}+{index_size}, footer at {footer}",
            )
        self._blocks: list[_Block] = []
        end = 0
        above = None
        for key, value in self._entries(index, index_size):
            offset, size, used = self._handle(value, 0)
            if offset != end or used != len(value):
                raise place.error(f"a block at {end}", f"one at {offset}")
            end = offset + size + _TRAILER
            if end > metaindex:
                raise place.error(f"blocks before {metaindex}", f"one up to {end}")
            self._blocks.append(_Block(offset, size, above, key))
            above = key
        if end != metaindex:
            raise place.error(f"blocks up to {metaindex}", f"blocks up to {end}")

    def __iter__(self) -> Iterator[Entry]:
        """All entries, in the order of their keys."""
        for number in range(len(self._blocks)):
            yield from self._block_entries(number)

    def find(self, key: bytes) -> memoryview | None:
        """The value of `key`, None where the table does not have it. Reads one block."""
        number = bisect_left(self._blocks, key, key=lambda block: block.last)
        if number == len(self._blocks):
            return None
        entries = self._cache.get(number)
        if entries is None:
            entries = self._cache[number] = dict(self._block_entries(number))
            if len(self._cache) > _KEPT_BLOCKS:
                self._cache.popitem(last=False)
        return entries.get(key)

    def _handle(self, data: memoryview, position: int) -> tuple[int, int, int]:
        offset, position = read_varint(data, position, self._place)
        size, position = read_varint(data, position, self._place)
        if offset + size + _TRAILER > len(self._data) - _FOOTER:
            raise self._place.error(
                f"a block within {len(self._data)} bytes",
                f"{size} bytes at {offset}",
                "The file is damaged or cut.",
            )
        return offset, size, position

    def _block_entries(self, number: int) -> list[Entry]:
        block = self._blocks[number]
        entries = self._entries(block.offset, block.size)
        if entries and (
            entries[-1][0] > block.last or (block.above is not None and entries[0][0] <= block.above)
        ):
            raise self._place.error(
                f"keys above {block.above!r} and up to {block.last!r} in the block at {block.offset}",
                f"{entries[0][0]!r} to {entries[-1][0]!r}",
            )
        return entries

    def _content(self, offset: int, size: int) -> memoryview:
        """The bytes of a block, checked and decompressed."""
        end = offset + size
        stored = int.from_bytes(self._data[end + 1 : end + _TRAILER], "little")
        if self._verify and (crc := masked_crc32c(self._data[offset : end + 1])) != stored:
            raise self._place.error(
                f"checksum {stored:#010x} of the block at {offset}", f"{crc:#010x} for its {size} bytes"
            )
        compression = self._data[end]
        if compression == _SNAPPY:
            return memoryview(decompress(self._data[offset:end], self._place))
        if compression != _UNCOMPRESSED:
            raise self._place.error(
                "a block that is not compressed, or with snappy", f"compression {compression} at {offset}"
            )
        return self._data[offset:end]

    def _entries(self, offset: int, size: int) -> list[Entry]:
        place = self._place
        block = self._content(offset, size)
        restarts = int.from_bytes(block[-4:], "little") if len(block) >= 4 else 0
        end = len(block) - 4 - 4 * restarts
        if restarts == 0 or end < 0:
            raise place.error(f"restart points at the end of the block at {offset}", f"a count of {restarts}")
        points = {
            int.from_bytes(block[start : start + 4], "little") for start in range(end, len(block) - 4, 4)
        }
        if len(points) != restarts or min(points) != 0 or (max(points) >= end and max(points) != 0):
            raise place.error(
                f"{restarts} restart points in the block at {offset}", f"{min(points)} to {max(points)}"
            )
        if end == 0:
            return []
        room = _LARGEST_EXPANSION * len(block)
        entries: list[Entry] = []
        key = b""
        position = 0
        while position < end:
            start = position
            shared, position = read_varint(block, position, place)
            if start in points:
                points.remove(start)
                if shared:
                    raise place.error("a whole key at a restart point", f"one that shares {shared} bytes")
            added, position = read_varint(block, position, place)
            length, position = read_varint(block, position, place)
            after = position + added + length
            if shared > len(key) or after > end:
                raise place.error(
                    f"an entry that shares at most {len(key)} and adds at most {end - position} bytes",
                    f"{shared}, {added} + {length} bytes at {offset + start}",
                )
            previous = key
            key = key[:shared] + bytes(block[position : position + added])
            if key <= previous and entries:
                raise place.error(f"a key above {previous!r}", f"{key!r}")
            room -= len(key)
            if room < 0:
                raise place.error(f"keys of at most {_LARGEST_EXPANSION} times the block's size", "more")
            entries.append((key, block[position + added : after]))
            position = after
        if points:
            raise place.error("restart points at entries", f"one at {offset + min(points)}, inside an entry")
        return entries
