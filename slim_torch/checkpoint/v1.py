"""V1 checkpoints: one table per file, which holds the list of tensors and a record for each slice of them.

Opening reads the list; a record is found through the table's index when it is asked for. Values of floats
are views of the file; integers are varints and are decoded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from slim_torch.checkpoint.data_types import BY_NUMBER, DataType
from slim_torch.checkpoint.errors import Place
from slim_torch.checkpoint.interface import CheckpointReader, TensorInfo, map_file
from slim_torch.checkpoint.slices import (
    Extents,
    Slice,
    join,
    parse_extents,
    parse_shape,
    resolve,
    slice_key,
    volume,
)
from slim_torch.checkpoint.sstable import Table
from slim_torch.checkpoint.wire import BYTES, VARINT, Field, parse, varint_array

__all__ = ["V1Reader", "is_v1"]

_RECORD = {1: Field("meta", BYTES), 2: Field("data", BYTES)}
_META = {1: Field("tensor", BYTES, repeated=True), 2: Field("versions", BYTES)}
_VERSION = {1: Field("producer", VARINT), 2: Field("min_consumer", VARINT)}
_TENSOR = {
    1: Field("name", BYTES),
    2: Field("shape", BYTES),
    3: Field("type", VARINT),
    4: Field("slice", BYTES, repeated=True),
}
_SLICE = {1: Field("name", BYTES), 2: Field("slice", BYTES), 3: Field("data", BYTES)}
_VERSION_READ = 1


class _Values(NamedTuple):
    """The field of a TensorProto that has the values of a type, and their dtype; None means varints."""

    field: int
    packed: np.dtype[Any] | None


_INTEGERS = _Values(7, None)
_VALUES = {
    "float32": _Values(5, np.dtype("<f4")),
    "float64": _Values(6, np.dtype("<f8")),
    "complex64": _Values(9, np.dtype("<c8")),
    "complex128": _Values(12, np.dtype("<c16")),
    "int64": _Values(10, None),
    "bool": _Values(11, None),
    "float16": _Values(13, None),
    "string": _Values(8, None),
    **dict.fromkeys(
        ("int32", "int16", "int8", "uint16", "uint8", "qint8", "quint8", "qint16", "quint16", "qint32"),
        _INTEGERS,
    ),
}


class _Part(NamedTuple):
    """A slice of a tensor, the number of the file that has it, and the key that it has there."""

    file: int
    extents: Extents
    region: Slice
    key: bytes


class V1Reader(CheckpointReader):
    """A V1 checkpoint, open.

    Args:
      path: how the checkpoint was named.
      files: its files, one per shard.
      verify: whether checksums are compared.

    Raises:
      CheckpointError: a file is damaged, or no V1 checkpoint.
      FileNotFoundError: a file is missing.
    """

    kind = "V1"

    def __init__(self, path: str, files: Sequence[str], verify: bool = True) -> None:
        self._places = [Place(file) for file in files]
        self._tables = [Table(map_file(place.file), place, verify) for place in self._places]
        self._parts: dict[str, list[_Part]] = {}
        tensors: dict[str, TensorInfo] = {}
        for number, (table, place) in enumerate(zip(self._tables, self._places)):
            for name, (info, slices) in _parse_meta(table, place).items():
                if tensors.setdefault(name, info) != info:
                    raise place.of(name).error(
                        f"{tensors[name].dtype.name} {list(tensors[name].shape)} as in another file",
                        f"{info.dtype.name} {list(info.shape)}",
                    )
                self._parts.setdefault(name, []).extend(
                    _Part(number, part, resolve(part, info.shape, place), slice_key(name.encode(), part))
                    for part in slices
                )
        for name, info in tensors.items():
            self._check_parts(name, info)
        super().__init__(path, tensors, {})

    def _release(self) -> None:
        self._tables.clear()

    def _check_parts(self, name: str, info: TensorInfo) -> None:
        parts = self._parts[name]
        sizes = sum(volume(part.region) for part in parts)
        if sizes != math.prod(info.shape) or len({part.region for part in parts}) != len(parts):
            raise (
                self._places[parts[0].file]
                .of(name)
                .error(
                    f"slices that make up the shape {list(info.shape)}",
                    f"{len(parts)} slices of {sizes} elements in all",
                    "Slices are missing or overlap. Are all files of the checkpoint there?",
                )
            )

    def _stored(self, name: str, info: TensorInfo) -> np.ndarray[Any, Any]:
        # In the order of the keys, so that no block is read twice; all records before the first value, so
        # that the memory that is used is in proportion to the bytes that are there.
        parts = sorted(self._parts[name], key=lambda part: (part.file, part.key))
        records = [(part, self._record(name, part)) for part in parts]
        for part, record in records:
            if len(record) < volume(part.region):
                raise (
                    self._places[part.file]
                    .of(name)
                    .error(f"at least {volume(part.region)} bytes of values", f"{len(record)} bytes")
                )
        values = [
            (part.region, _decoded(record, info.dtype, volume(part.region), self._places[part.file].of(name)))
            for part, record in records
        ]
        if len(values) == 1:
            return values[0][1].reshape(info.shape)
        return join(values, info.shape, self._places[parts[0].file].of(name))

    def _record(self, name: str, part: _Part) -> memoryview:
        """The TensorProto of a slice."""
        place = self._places[part.file].of(name)
        record = self._tables[part.file].find(part.key)
        if record is None:
            raise place.error(
                f"a record for the slice {part.extents}", "none", "A part of the tensor is missing."
            )
        message = parse(_field(parse(record, _RECORD, place), "data", place), _SLICE, place)
        if bytes(message.get("name", b"")) != name.encode():
            raise place.error("a record of that tensor", f"one of {bytes(message.get('name', b''))!r}")
        extents = parse_extents(message.get("slice", memoryview(b"")), place)
        if extents != part.extents:
            raise place.error(f"a record for the slice {part.extents}", f"one for {extents}")
        return _field(message, "data", place)


def is_v1(table: Table, place: Place) -> bool:
    """Whether a table is a V1 checkpoint, and not the index of a V2 one."""
    header = table.find(b"")
    if header is None:
        return False
    # Both have a record under the empty key; its first field is a message in V1 and a number in V2.
    return len(header) > 0 and header[0] == (1 << 3 | BYTES)


def _parse_meta(table: Table, place: Place) -> dict[str, tuple[TensorInfo, list[Extents]]]:
    record = table.find(b"")
    if record is None:
        raise place.error("a list of tensors under the empty key", "none", "It is not a checkpoint.")
    meta = parse(_field(parse(record, _RECORD, place), "meta", place), _META, place)
    version = parse(meta.get("versions", memoryview(b"")), _VERSION, place).get("min_consumer", 0)
    if version > _VERSION_READ:
        raise place.error(f"version {_VERSION_READ} of the format", f"{version}", "The file is newer.")
    result: dict[str, tuple[TensorInfo, list[Extents]]] = {}
    for data in meta.get("tensor", ()):
        tensor = parse(data, _TENSOR, place)
        raw = bytes(tensor.get("name", b""))
        try:
            name = raw.decode()
        except UnicodeDecodeError as err:
            raise place.error("names in UTF-8", f"{raw!r}") from err
        at = place.of(name)
        number = tensor.get("type", 0)
        if number not in BY_NUMBER:
            raise at.error("a known data type", f"number {number}", "The file is damaged, or newer.")
        if name in result:
            raise at.error("each tensor once in the list", "it twice")
        shape = parse_shape(tensor.get("shape", memoryview(b"")), at)
        slices = [parse_extents(part, at) for part in tensor.get("slice", ())]
        if not slices:
            raise at.error("at least one slice", "none")
        for part in slices:
            resolve(part, shape, at)
        result[name] = TensorInfo(shape, BY_NUMBER[number]), slices
    return result


def _field(message: Mapping[str, Any], name: str, place: Place) -> memoryview:
    if name not in message:
        raise place.error(f"a record with '{name}'", "none")
    value: memoryview = message[name]
    return value


def _decoded(data: memoryview, dtype: DataType, count: int, place: Place) -> np.ndarray[Any, Any]:
    """The `count` values of a TensorProto, flat."""
    if dtype.name not in _VALUES:
        raise place.error("a type that V1 checkpoints can hold", dtype.name)
    number, packed = _VALUES[dtype.name]
    # One packed field for numbers, one field for each string. A tensor without elements has none.
    pieces = parse(data, {number: Field("values", BYTES, repeated=True)}, place).get("values", [])
    if dtype.name == "string":
        if len(pieces) != count:
            raise place.error(f"{count} strings", f"{len(pieces)}")
        strings = np.empty(count, object)
        strings[:] = [bytes(piece) for piece in pieces]
        return strings
    if len(pieces) > 1:
        raise place.error("the values in one piece", f"{len(pieces)} pieces")
    content = pieces[0] if pieces else memoryview(b"")
    assert dtype.storage is not None
    if packed is not None:
        if len(content) != count * packed.itemsize:
            raise place.error(f"{count * packed.itemsize} bytes for {count} values", f"{len(content)} bytes")
        return np.frombuffer(content, packed) if count else np.empty(0, packed)
    numbers = varint_array(content, count, place)
    if dtype.name == "float16":
        return _narrowed(numbers, np.dtype(np.uint16), place).view(np.float16)
    if dtype.name == "bool":
        return _narrowed(numbers, np.dtype(np.uint8), place).astype(bool)
    return _narrowed(numbers, dtype.storage, place)


def _narrowed(numbers: np.ndarray[Any, Any], target: np.dtype[Any], place: Place) -> np.ndarray[Any, Any]:
    limits = np.iinfo(target)
    values = numbers.view(np.int64)
    if values.size and (values.min() < limits.min or values.max() > limits.max):
        raise place.error(f"values from {limits.min} to {limits.max}", f"{values.min()} to {values.max()}")
    return values.astype(target, copy=False)
