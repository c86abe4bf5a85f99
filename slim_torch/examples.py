"""`tf.train.Example` and what it consists of: named lists of bytes, floats or integers, as protocol buffers.

Only the messages; reading them inside a recorded graph is in `example_parsing.py`, files of them in
`records.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.wire import BYTES, FIXED32, VARINT, fields, signed, varint_array

__all__ = ["BytesList", "Example", "Feature", "Features", "FloatList", "Int64List", "features_of"]

_PLACE = Place("a tf.train.Example")


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | BYTES) + _varint(len(content)) + content


class _Message:
    """What all messages can do."""

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        """The message in the wire format; maps sorted by key."""
        raise NotImplementedError

    @classmethod
    def FromString(cls, serialized: bytes) -> Any:
        """The message that `serialized` holds.

        Raises:
          ValueError: it holds none.
        """
        made = cls()
        made.ParseFromString(serialized)
        return made

    def ParseFromString(self, serialized: bytes) -> int:
        """Replaces the content by that of `serialized`; gives the number of bytes."""
        try:
            self._read(memoryview(serialized))
        except CheckpointError as err:
            raise ValueError(f"Error parsing message: {err}") from err
        return len(serialized)

    def ByteSize(self) -> int:
        return len(self.SerializeToString())

    def _read(self, data: memoryview) -> None:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in vars(self).items())})"


class BytesList(_Message):
    """A list of bytes. Source: tf.train.BytesList."""

    def __init__(self, value: Iterable[bytes] | None = None) -> None:
        self.value: list[bytes] = []
        for item in value or ():
            if not isinstance(item, (bytes, bytearray, np.bytes_)):
                raise TypeError(f"{item!r} has type {type(item).__name__}, but expected one of: bytes")
            self.value.append(bytes(item))

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        return b"".join(_field(1, item) for item in self.value)

    def _read(self, data: memoryview) -> None:
        self.value = [
            bytes(value) for number, kind, value in fields(data, _PLACE) if number == 1 and kind == BYTES
        ]


class FloatList(_Message):
    """A list of 32-bit floats. Source: tf.train.FloatList."""

    def __init__(self, value: Iterable[float] | None = None) -> None:
        # Rounded as the file will hold them.
        self.value: list[float] = [float(np.float32(item)) for item in (() if value is None else value)]

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        return _field(1, struct.pack(f"<{len(self.value)}f", *self.value)) if self.value else b""

    def _read(self, data: memoryview) -> None:
        self.value = _floats(data).tolist()


class Int64List(_Message):
    """A list of 64-bit integers. Source: tf.train.Int64List."""

    def __init__(self, value: Iterable[int] | None = None) -> None:
        self.value: list[int] = []
        for item in () if value is None else value:
            if not isinstance(item, (int, np.integer, np.bool_)):
                raise TypeError(f"{item!r} has type {type(item).__name__}, but expected one of: int")
            if not -(1 << 63) <= int(item) < 1 << 63:
                raise ValueError(f"Value out of range: {item}")
            self.value.append(int(item))

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        return _field(1, b"".join(map(_varint, self.value))) if self.value else b""

    def _read(self, data: memoryview) -> None:
        self.value = _integers(data).tolist()


def _floats(data: memoryview) -> np.ndarray[Any, Any]:
    parts = []
    for number, kind, value in fields(data, _PLACE):
        if number == 1 and kind == FIXED32:
            parts.append(np.array([value], np.uint32).view(np.float32))
        elif number == 1 and kind == BYTES:
            assert isinstance(value, memoryview)
            if len(value) % 4:
                raise _PLACE.error("floats of 4 bytes", f"{len(value)} bytes")
            parts.append(np.frombuffer(value, "<f4"))
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _integers(data: memoryview) -> np.ndarray[Any, Any]:
    parts = []
    for number, kind, value in fields(data, _PLACE):
        if number == 1 and kind == VARINT:
            parts.append(np.array([signed(value)], np.int64))  # type: ignore[arg-type]
        elif number == 1 and kind == BYTES:
            assert isinstance(value, memoryview)
            count = int(np.count_nonzero(np.frombuffer(value, np.uint8) < 0x80)) if len(value) else 0
            parts.append(varint_array(value, count, _PLACE).view(np.int64))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


_KINDS: dict[str, tuple[int, type[Any]]] = {
    "bytes_list": (1, BytesList),
    "float_list": (2, FloatList),
    "int64_list": (3, Int64List),
}


class Feature(_Message):
    """One list, of one of three kinds. Source: tf.train.Feature.

    A list that is not there reads as an empty one, which is kept if something is put into it.
    """

    def __init__(
        self,
        bytes_list: BytesList | None = None,
        float_list: FloatList | None = None,
        int64_list: Int64List | None = None,
    ) -> None:
        self._lists = {
            key: value
            for key, value in (
                ("bytes_list", bytes_list),
                ("float_list", float_list),
                ("int64_list", int64_list),
            )
            if value is not None
        }

    def __getattr__(self, name: str) -> Any:
        if name not in _KINDS:
            raise AttributeError(f"'Feature' object has no attribute {name!r}")
        return self._lists.setdefault(name, _KINDS[name][1]())

    def WhichOneof(self, oneof_group: str = "kind") -> str | None:
        """The name of the list that is there."""
        if oneof_group != "kind":
            raise ValueError(f"Feature has no oneof {oneof_group!r}; it has 'kind'.")
        given = [key for key in _KINDS if key in self._lists]
        filled = [key for key in given if self._lists[key].value]
        return next(iter(filled or given), None)

    def HasField(self, field_name: str) -> bool:
        return self.WhichOneof() == field_name

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        kind = self.WhichOneof()
        return b"" if kind is None else _field(_KINDS[kind][0], self._lists[kind].SerializeToString())

    def _read(self, data: memoryview) -> None:
        self._lists = {}
        for number, kind, value in fields(data, _PLACE):
            for name, (own, message) in _KINDS.items():
                if number == own and kind == BYTES:
                    assert isinstance(value, memoryview)
                    made = message()
                    made._read(value)
                    self._lists = {name: made}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Feature) and self.SerializeToString() == other.SerializeToString()

    __hash__ = None


class _FeatureMap(dict[str, Feature]):
    """A missing feature reads as an empty one, and is there from then on."""

    def __missing__(self, key: str) -> Feature:
        made = self[key] = Feature()
        return made


class Features(_Message):
    """Features by name, in `.feature`. Source: tf.train.Features."""

    def __init__(self, feature: Mapping[str, Feature] | None = None) -> None:
        self.feature = _FeatureMap(feature or {})

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        entries = (
            _field(1, key.encode()) + _field(2, self.feature[key].SerializeToString())
            for key in sorted(self.feature)
        )
        return b"".join(_field(1, entry) for entry in entries)

    def _read(self, data: memoryview) -> None:
        self.feature = _FeatureMap()
        for key, content in _entries(data):
            made = Feature()
            made._read(content)
            self.feature[key] = made


class Example(_Message):
    """What files of training data consist of: `.features`. Source: tf.train.Example."""

    def __init__(self, features: Features | None = None) -> None:
        self.features = Features() if features is None else features

    def SerializeToString(self, deterministic: bool = True) -> bytes:
        content = self.features.SerializeToString()
        return _field(1, content) if content else b""

    def _read(self, data: memoryview) -> None:
        self.features = Features()
        for number, kind, value in fields(data, _PLACE):
            if number == 1 and kind == BYTES:
                assert isinstance(value, memoryview)
                self.features._read(value)


def _entries(data: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Names and contents of the features of a map."""
    for number, kind, entry in fields(data, _PLACE):
        if number != 1 or kind != BYTES:
            continue
        assert isinstance(entry, memoryview)
        key, content = "", memoryview(b"")
        for part, part_kind, value in fields(entry, _PLACE):
            if part_kind == BYTES and part == 1:
                key = bytes(value).decode()
            elif part_kind == BYTES and part == 2:
                assert isinstance(value, memoryview)
                content = value
        yield key, content


def features_of(serialized: bytes, wanted: set[str]) -> dict[str, tuple[str | None, Any]]:
    """The features that are wanted: kind, and values as an array (a list for bytes).

    Raises:
      ValueError: `serialized` holds no Example.
    """
    readers: dict[int, tuple[str, Any]] = {2: ("float_list", _floats), 3: ("int64_list", _integers)}
    found: dict[str, tuple[str | None, Any]] = {}
    try:
        for number, kind, features in fields(memoryview(serialized), _PLACE):
            if number != 1 or kind != BYTES:
                continue
            assert isinstance(features, memoryview)
            for key, content in _entries(features):
                if key not in wanted:
                    continue
                found[key] = (None, None)
                for part, part_kind, value in fields(content, _PLACE):
                    if part_kind != BYTES:
                        continue
                    assert isinstance(value, memoryview)
                    if part == 1:
                        made = BytesList()
                        made._read(value)
                        found[key] = ("bytes_list", made.value)
                    elif part in readers:
                        name, read = readers[part]
                        found[key] = (name, read(value))
    except (CheckpointError, UnicodeDecodeError) as err:
        raise ValueError(str(err)) from err
    return found
