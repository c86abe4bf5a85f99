"""V2 checkpoints, tensor bundles: an index (`.index`, a table) and data files (`.data-00000-of-00001`).

Opening reads and checks the whole index; data files are mapped when a tensor in them is asked for.
Invariant: a tensor is given only if its bytes lie inside its file, are as many as its shape needs, and have
the checksum that the index says (unless `verify` is off).
"""

from __future__ import annotations

import itertools
import math
import os
from typing import Any, Literal, NamedTuple

import numpy as np

from slim_torch.checkpoint.crc import crc32c, mask, masked_crc32c
from slim_torch.checkpoint.data_types import BY_NUMBER, DataType
from slim_torch.checkpoint.errors import Place, shortened
from slim_torch.checkpoint.interface import CheckpointReader, TensorInfo, map_file
from slim_torch.checkpoint.slices import Extents, join, parse_extents, parse_shape, resolve, slice_key, volume
from slim_torch.checkpoint.sstable import Table
from slim_torch.checkpoint.wire import BYTES, FIXED32, VARINT, Field, parse, read_varint, signed

__all__ = ["BundleReader"]

_HEADER = {1: Field("num_shards", VARINT), 2: Field("endianness", VARINT), 3: Field("version", BYTES)}
_VERSION = {1: Field("producer", VARINT), 2: Field("min_consumer", VARINT)}
_ENTRY = {
    1: Field("dtype", VARINT),
    2: Field("shape", BYTES),
    3: Field("shard_id", VARINT),
    4: Field("offset", VARINT),
    5: Field("size", VARINT),
    6: Field("crc32c", FIXED32),
    7: Field("slices", BYTES, repeated=True),
}
# The version of the format that is read here.
_VERSION_READ = 1
_MOST_SHARDS = 99999


class _Entry(NamedTuple):
    """Where the bytes of a tensor or of one slice are, or, for a tensor in slices, what its slices are."""

    info: TensorInfo
    shard: int
    offset: int
    size: int
    crc: int
    slices: tuple[Extents, ...]


class BundleReader(CheckpointReader):
    """A V2 checkpoint, open.

    Args:
      prefix: the path without `.index`.
      verify: whether checksums are compared.

    Raises:
      CheckpointError: the index is damaged, or no index.
      FileNotFoundError: there is no index.
    """

    kind = "V2"

    def __init__(self, prefix: str, verify: bool = True) -> None:
        self._verify = verify
        self._shards: dict[int, memoryview] = {}
        place = Place(prefix + ".index")
        rows = iter(Table(map_file(place.file), place, verify))
        key, header = next(rows, (None, memoryview(b"")))
        if key != b"":
            raise place.error(
                "a header under the empty key", f"{key!r}", "It is not the index of a checkpoint."
            )
        self._shard_count, self._byte_order = _parse_header(header, place)
        self._entries: dict[str, _Entry] = {}
        # Under keys that start with a zero byte are slices of tensors; they have no names.
        self._slices: dict[bytes, _Entry] = {}
        for key, value in rows:
            if key.startswith(b"\x00"):
                self._slices[key] = self._parse_entry(value, place.of(repr(key)))
                continue
            try:
                name = key.decode()
            except UnicodeDecodeError as err:
                raise place.error("names in UTF-8", f"{key!r}") from err
            self._entries[name] = self._parse_entry(value, place.of(name))
        super().__init__(prefix, {name: entry.info for name, entry in self._entries.items()}, {})

    def _release(self) -> None:
        self._shards.clear()

    def _parse_entry(self, value: memoryview, place: Place) -> _Entry:
        message = parse(value, _ENTRY, place)
        number = message.get("dtype", 0)
        if number not in BY_NUMBER:
            raise place.error("a known data type", f"number {number}", "The file is damaged, or newer.")
        dtype = BY_NUMBER[number]
        shape = parse_shape(message.get("shape", memoryview(b"")), place)
        slices = tuple(parse_extents(part, place) for part in message.get("slices", ()))
        shard, offset, size = (signed(message.get(field, 0)) for field in ("shard_id", "offset", "size"))
        if not 0 <= shard < self._shard_count:
            raise place.error(f"one of {self._shard_count} data files", f"number {shard}")
        if offset < 0 or size < 0:
            raise place.error("a place in a data file", f"{size} bytes at {offset}")
        elements = math.prod(shape)
        if slices:
            _check_sliced(slices, shape, dtype, place)
        elif dtype.storage is not None and size != elements * dtype.storage.itemsize:
            raise place.error(
                f"{elements * dtype.storage.itemsize} bytes for {dtype.name} {list(shape)}", f"{size} bytes"
            )
        elif dtype.name == "string" and size < elements + 4:
            # A length of at least one byte for each, and the checksum of the lengths.
            raise place.error(f"at least {elements + 4} bytes for {elements} strings", f"{size} bytes")
        return _Entry(TensorInfo(shape, dtype), shard, offset, size, message.get("crc32c", 0), slices)

    def _stored(self, name: str, info: TensorInfo) -> np.ndarray[Any, Any]:
        entry = self._entries[name]
        place = Place(self.path + ".index", name)
        if not entry.slices:
            return self._values(entry, name)
        parts = []
        for extents in entry.slices:
            part = resolve(extents, info.shape, place)
            stored = self._slices.get(slice_key(name.encode(), extents))
            if stored is None:
                raise place.error(
                    f"an entry for the slice {extents}", "none", "A part of the tensor is missing."
                )
            lengths = tuple(length for _, length in part)
            if stored.slices or stored.info != TensorInfo(lengths, info.dtype):
                raise place.error(
                    f"a slice of {info.dtype.name} {list(lengths)}",
                    f"one of {stored.info.dtype.name} {list(stored.info.shape)}",
                )
            parts.append((part, stored))
        # Slices that lie on top of each other could add up to any amount of memory.
        room = sum(len(self._shard(shard, name)) for shard in {stored.shard for _, stored in parts})
        if sum(stored.size for _, stored in parts) > room:
            raise place.error(f"slices of at most {room} bytes", "more")
        return join([(part, self._values(stored, name)) for part, stored in parts], info.shape, place)

    def _shard(self, number: int, name: str) -> memoryview:
        data = self._shards.get(number)
        if data is None:
            path = self._shard_path(number)
            try:
                data = self._shards[number] = map_file(path)
            except FileNotFoundError as err:
                raise FileNotFoundError(
                    f"'{path}' is missing, which holds the values of '{shortened(name)}'. A checkpoint is its "
                    f".index file and {self._shard_count} .data files; there are "
                    f"{', '.join(_data_files(self.path)[:10]) or 'none'}."
                ) from err
        return data

    def _shard_path(self, number: int) -> str:
        return f"{self.path}.data-{number:05d}-of-{self._shard_count:05d}"

    def _values(self, entry: _Entry, name: str) -> np.ndarray[Any, Any]:
        """The array that the bytes of `entry` are."""
        shape, dtype = entry.info
        if not entry.size:
            # A data file that holds nothing is empty or missing.
            if self._verify and entry.crc != masked_crc32c(b""):
                raise Place(self.path, name).error("the checksum of nothing", f"{entry.crc:#010x}")
            assert dtype.storage is not None
            return np.empty(shape, dtype.storage)
        place = Place(self._shard_path(entry.shard), name)
        data = self._shard(entry.shard, name)
        end = entry.offset + entry.size
        if end > len(data):
            raise place.error(
                f"{entry.size} bytes at {entry.offset}",
                f"{len(data)} bytes in all",
                "The file is damaged or cut.",
            )
        content = data[entry.offset : end]
        if dtype.storage is None:
            return self._strings(content, entry, place)
        if self._verify and (crc := masked_crc32c(content)) != entry.crc:
            raise place.error(f"checksum {entry.crc:#010x}", f"{crc:#010x} for {entry.size} bytes")
        return np.frombuffer(content, dtype.storage.newbyteorder(self._byte_order)).reshape(shape)

    def _strings(self, content: memoryview, entry: _Entry, place: Place) -> np.ndarray[Any, Any]:
        """Lengths as varints, a checksum of them, and the bytes of all strings."""
        lengths = []
        position = 0
        for _ in range(math.prod(entry.info.shape)):
            length, position = read_varint(content, position, place)
            lengths.append(length)
        checksum = content[position : position + 4]
        position += 4
        if position + sum(lengths) != len(content):
            raise place.error(f"strings of {len(content) - position} bytes in all", f"{sum(lengths)} bytes")
        if self._verify:
            # The checksums cover the lengths as numbers of four bytes.
            if max(lengths, default=0) >> 32:
                raise place.error(
                    "strings below 4 GiB", f"one of {max(lengths)} bytes", "It cannot be checked."
                )
            fixed = np.array(lengths, np.dtype("u4").newbyteorder(self._byte_order))
            crc = crc32c(fixed.view(np.uint8))
            stored = int.from_bytes(checksum, "big" if self._byte_order == ">" else "little")
            if mask(crc) != stored:
                raise place.error(f"checksum {stored:#010x} of the lengths", f"{mask(crc):#010x}")
            crc = mask(crc32c(content[position:], crc32c(checksum, crc)))
            if crc != entry.crc:
                raise place.error(f"checksum {entry.crc:#010x}", f"{crc:#010x} for {entry.size} bytes")
        result = np.empty(len(lengths), object)
        ends = itertools.accumulate(lengths, initial=position)
        result[:] = [bytes(content[start:end]) for start, end in itertools.pairwise(ends)]
        return result.reshape(entry.info.shape)


def _data_files(prefix: str) -> list[str]:
    folder, base = os.path.split(prefix)
    return sorted(name for name in os.listdir(folder or os.curdir) if name.startswith(base + ".data-"))


def _check_sliced(slices: tuple[Extents, ...], shape: tuple[int, ...], dtype: DataType, place: Place) -> None:
    sizes = sum(volume(resolve(part, shape, place)) for part in slices)
    if sizes != math.prod(shape):
        raise place.error(
            f"slices of {math.prod(shape)} elements in all for {dtype.name} {list(shape)}",
            f"slices of {sizes}",
            "Slices are missing or overlap.",
        )


def _parse_header(value: memoryview, place: Place) -> tuple[int, Literal["<", ">"]]:
    """The number of data files, and the byte order of what is in them."""
    message = parse(value, _HEADER, place)
    version = parse(message.get("version", memoryview(b"")), _VERSION, place)
    if version.get("min_consumer", 0) > _VERSION_READ:
        raise place.error(
            f"version {_VERSION_READ} of the format", f"{version['min_consumer']}", "The file is newer."
        )
    shards, endianness = message.get("num_shards", 0), message.get("endianness", 0)
    if not 0 < shards <= _MOST_SHARDS:
        raise place.error(
            "a number of data files", f"{signed(shards)}", "It is not the index of a checkpoint."
        )
    if endianness not in (0, 1):
        raise place.error("little (0) or big (1) endianness", f"{endianness}")
    return shards, ">" if endianness else "<"
