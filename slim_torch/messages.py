"""Protocol buffer messages: their fields, as attributes, and their bytes.

A subclass of `Message` names its fields; reading and writing the wire format, presence, groups of which one
is set (`oneof`) and text are here, with the names and the errors of Google's classes. Which messages there are
is up to `summary_protos.py` and others. The package `protobuf` is not used: it would be a dependency of every
installation, and takes longer to import than slim_torch does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np

from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.wire import BYTES, FIXED32, FIXED64, VARINT, fields, read_varint, signed

__all__ = ["DecodeError", "Enum", "Field", "Message"]

_WIRE_TYPES = {"double": FIXED64, "float": FIXED32, "int32": VARINT, "int64": VARINT, "bool": VARINT}
_FIXED = {"double": struct.Struct("<d"), "float": struct.Struct("<f")}
_DEFAULTS: dict[Any, Any] = {
    "double": 0.0,
    "float": 0.0,
    "int32": 0,
    "int64": 0,
    "bool": False,
    "string": "",
    "bytes": b"",
}
_PLACE = Place("")


class DecodeError(ValueError):
    """Bytes are no message of the type that they are read as. Source: google.protobuf.message.DecodeError."""


class Enum:
    """The names of a field's numbers. Source: protocol buffers' enum."""

    def __init__(self, **values: int) -> None:
        self._values = values

    def Name(self, number: int) -> str:
        return next(name for name, value in self._values.items() if value == number)

    def Value(self, name: str) -> int:
        return self._values[name]

    def shown(self, number: int) -> str:
        return next((name for name, value in self._values.items() if value == number), str(number))


class Field:
    """A field of a message.

    Args:
      number: its number in the bytes.
      kind: `"double"`, `"float"`, `"int32"`, `"int64"`, `"bool"`, `"string"`, `"bytes"`, an `Enum`, or a
        class of messages.
      repeated: whether it is a list.
      oneof: the group of fields that it belongs to, of which at most one is set.
    """

    def __init__(self, number: int, kind: Any, repeated: bool = False, oneof: str | None = None) -> None:
        self.number = number
        self.kind = kind
        self.repeated = repeated
        self.oneof = oneof
        self.is_message = isinstance(kind, type)
        self.wire_type = VARINT if isinstance(kind, Enum) else _WIRE_TYPES.get(kind, BYTES)
        self.tag = _varint(number << 3 | (BYTES if repeated else self.wire_type))
        self.default = 0 if isinstance(kind, Enum) else _DEFAULTS.get(kind)

    def checked(self, value: Any) -> Any:
        """`value` as the field keeps it.

        Raises:
          TypeError: it is of another type.
          ValueError: an integer is too large, or bytes are no UTF-8.
        """
        kind = self.kind
        if self.is_message:
            if isinstance(value, Mapping):
                return kind(**value)
            if not isinstance(value, kind):
                raise _wrong_type(value, kind.__name__)
            return kind.FromString(value.SerializeToString())
        if kind == "double" or kind == "float":
            if not isinstance(value, (Real, np.bool_)):
                raise _wrong_type(value, "int, float")
            return float(value) if kind == "double" else _as_float32(value)
        if kind == "string":
            if isinstance(value, bytes):
                return value.decode()
            if not isinstance(value, str):
                raise _wrong_type(value, "bytes, unicode")
            return str(value)
        if kind == "bytes":
            if not isinstance(value, bytes):
                raise _wrong_type(value, "bytes")
            return bytes(value)
        if isinstance(kind, Enum) and isinstance(value, str):
            return kind.Value(value)
        if not isinstance(value, (Integral, np.bool_)):
            raise _wrong_type(value, "int")
        number = int(value)
        if not -(1 << 63) <= number < 1 << 63 or (kind == "int32" and not -(1 << 31) <= number < 1 << 31):
            raise ValueError(f"Value out of range: {number}")
        return bool(number) if kind == "bool" else number

    def encoded(self, value: Any) -> bytes:
        """The bytes of one value, without tag and length."""
        if self.kind in _FIXED:
            return _FIXED[self.kind].pack(value)
        if self.wire_type == VARINT:
            return _varint(int(value))
        if self.is_message:
            content: bytes = value.SerializeToString()
            return content
        return value.encode() if self.kind == "string" else value

    def decoded(self, wire_type: int, value: Any) -> list[Any]:
        """The values in a part of a message; several where they are packed."""
        if wire_type == self.wire_type:
            return [self._decoded_one(value)]
        if wire_type != BYTES or not self.repeated:
            raise _PLACE.error(f"wire type {self.wire_type} of field {self.number}", wire_type)
        if self.kind in _FIXED:
            return [item for (item,) in _FIXED[self.kind].iter_unpack(value)]
        found, position = [], 0
        while position < len(value):
            number, position = read_varint(value, position, _PLACE)
            found.append(self._decoded_one(number))
        return found

    def _decoded_one(self, value: Any) -> Any:
        if self.is_message:
            return self.kind.FromString(value)
        if self.kind in _FIXED:
            form = _FIXED[self.kind]
            return form.unpack(value.to_bytes(form.size, "little"))[0]
        if self.wire_type == VARINT:
            return bool(value) if self.kind == "bool" else signed(value)
        return str(value, "utf-8") if self.kind == "string" else bytes(value)


def _wrong_type(value: Any, expected: str) -> TypeError:
    return TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: {expected}")


def _as_float32(value: Any) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class _Repeated(list[Any]):
    """The values of a repeated field."""

    def __init__(self, owner: Message, field: Field) -> None:
        super().__init__()
        self._owner = owner
        self._field = field

    def add(self, **values: Any) -> Any:
        """A new message at the end, with these fields."""
        self.append(self._field.kind(**values))
        return self[-1]

    def append(self, value: Any) -> None:
        super().append(self._field.checked(value))
        self._owner._touch()

    def extend(self, values: Iterable[Any]) -> None:
        super().extend([self._field.checked(value) for value in values])
        self._owner._touch()

    def insert(self, index: Any, value: Any) -> None:
        super().insert(index, self._field.checked(value))
        self._owner._touch()

    def __setitem__(self, key: Any, value: Any) -> None:
        checked = self._field.checked
        super().__setitem__(
            key, [checked(item) for item in value] if isinstance(key, slice) else checked(value)
        )


class Message:
    """A protocol buffer; see the module.

    Raises:
      ValueError: a field in the constructor is unknown.
      TypeError, ValueError: a value does not fit its field.
      AttributeError: a repeated field or a message is assigned to; change it in place, or use `CopyFrom`.
    """

    FIELDS: ClassVar[Mapping[str, Field]] = {}
    _by_number: ClassVar[dict[int, tuple[str, Field]]] = {}

    __slots__ = ("_children", "_owner", "_unknown", "_values")
    __hash__ = None  # type: ignore[assignment]

    def __init_subclass__(cls) -> None:
        ordered = sorted(cls.FIELDS.items(), key=lambda item: item[1].number)
        cls._by_number = {field.number: (name, field) for name, field in ordered}

    def __init__(self, **values: Any) -> None:
        for slot, value in (("_values", {}), ("_children", {}), ("_unknown", b""), ("_owner", None)):
            object.__setattr__(self, slot, value)
        for name, value in values.items():
            field = self.FIELDS.get(name)
            if field is None:
                raise ValueError(f"Protocol message {type(self).__name__} has no {name!r} field.")
            if value is None:
                continue
            if field.repeated:
                getattr(self, name).extend(value)
            else:
                self._put(name, field, field.checked(value))

    # Fields

    def __getattr__(self, name: str) -> Any:
        field = type(self).FIELDS.get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in self._values:
            return self._values[name]
        if field.repeated:
            return self._values.setdefault(name, _Repeated(self, field))
        if not field.is_message:
            return field.default
        # Not there, until something in it is set.
        child = self._children.get(name)
        if child is None:
            child = self._children[name] = field.kind()
            object.__setattr__(child, "_owner", (self, name))
        return child

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.FIELDS.get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if field.repeated or field.is_message:
            kind = "repeated field" if field.repeated else "field"
            raise AttributeError(f"Assignment not allowed to {kind} {name!r} in protocol message object.")
        self._put(name, field, field.checked(value))

    def _put(self, name: str, field: Field, value: Any) -> None:
        if field.oneof is not None:
            for other, sibling in self.FIELDS.items():
                if sibling.oneof == field.oneof and other != name:
                    self._values.pop(other, None)
                    self._children.pop(other, None)
        elif not field.is_message and value == field.default and not _negative_zero(value):
            # What has its default value is not written.
            self._values.pop(name, None)
            self._touch()
            return
        self._values[name] = value
        if field.is_message:
            object.__setattr__(value, "_owner", (self, name))
        self._touch()

    def _touch(self) -> None:
        """Makes this message be set in the one that it is a part of."""
        if self._owner is not None:
            owner, name = self._owner
            if owner._values.get(name) is not self and owner._children.pop(name, None) is self:
                owner._put(name, owner.FIELDS[name], self)

    def SetInParent(self) -> None:
        """Makes this message be set in the one that it is a part of."""
        self._touch()

    def HasField(self, name: str) -> bool:
        """Whether a message, or a field of a group, is set.

        Raises:
          ValueError: there is no such field, or it is one that has no presence.
        """
        field = self.FIELDS.get(name)
        if field is None or field.repeated:
            raise ValueError(f"Protocol message {type(self).__name__} has no singular {name!r} field.")
        if field.oneof is None and not field.is_message:
            raise ValueError(
                f'Can\'t test non-optional, non-submessage field "{type(self).__name__}.{name}" for presence in proto3.'
            )
        return name in self._values

    def WhichOneof(self, group: str) -> str | None:
        """The field of a group that is set.

        Raises:
          ValueError: there is no such group.
        """
        members = [name for name, field in self.FIELDS.items() if field.oneof == group]
        if not members:
            raise ValueError(f'Protocol message has no oneof "{group}" field.')
        return next((name for name in members if name in self._values), None)

    def ClearField(self, name: str) -> None:
        """Unsets a field.

        Raises:
          ValueError: there is no such field.
        """
        if name not in self.FIELDS:
            raise ValueError(f"Protocol message {type(self).__name__} has no {name!r} field.")
        self._values.pop(name, None)
        self._children.pop(name, None)

    def Clear(self) -> None:
        """Unsets all fields."""
        self._values.clear()
        self._children.clear()
        object.__setattr__(self, "_unknown", b"")

    def _set_fields(self) -> Iterator[tuple[str, Field, Any]]:
        for name, field in self._by_number.values():
            value = self._values.get(name)
            if value is not None and not (field.repeated and not value):
                yield name, field, value

    # Bytes

    def SerializeToString(self) -> bytes:
        """The bytes, in the order of the fields' numbers."""
        parts = []
        for _, field, value in self._set_fields():
            if not field.repeated:
                content = field.encoded(value)
                parts.append(field.tag)
                if field.wire_type == BYTES:
                    parts.append(_varint(len(content)))
                parts.append(content)
            elif field.wire_type == BYTES:
                for item in value:
                    content = field.encoded(item)
                    parts += (field.tag, _varint(len(content)), content)
            else:
                content = b"".join(map(field.encoded, value))
                parts += (field.tag, _varint(len(content)), content)
        parts.append(self._unknown)
        return b"".join(parts)

    SerializePartialToString = SerializeToString

    def ByteSize(self) -> int:
        """The number of bytes."""
        return len(self.SerializeToString())

    def MergeFromString(self, serialized: Any) -> int:
        """Adds what bytes hold: later values replace earlier ones, lists grow, messages merge.

        Raises:
          DecodeError: the bytes are no such message. Nothing is promised about what has been added.
          TypeError: `serialized` is not bytes.
        """
        data = memoryview(serialized)
        self._touch()
        try:
            for number, wire_type, value in fields(data, _PLACE):
                name, field = self._by_number.get(number, ("", None))
                if field is None:
                    object.__setattr__(self, "_unknown", self._unknown + _raw(number, wire_type, value))
                elif field.repeated:
                    # Past the checks of `append`: what has been decoded is of the right type.
                    list.extend(getattr(self, name), field.decoded(wire_type, value))
                elif field.is_message and wire_type == BYTES and name in self._values:
                    self._values[name].MergeFromString(value)
                else:
                    self._put(name, field, field.decoded(wire_type, value)[0])
        except (CheckpointError, UnicodeDecodeError, struct.error) as err:
            raise DecodeError(f"Error parsing message with type '{type(self).__name__}': {err}") from err
        return len(data)

    def ParseFromString(self, serialized: Any) -> int:
        """`MergeFromString` into the empty message."""
        self.Clear()
        return self.MergeFromString(serialized)

    @classmethod
    def FromString(cls, serialized: Any) -> Self:
        """The message that bytes hold; errors as for `MergeFromString`."""
        message = cls()
        message.MergeFromString(serialized)
        return message

    def MergeFrom(self, other: Self) -> None:
        """Adds what another message holds, as `MergeFromString` does.

        Raises:
          TypeError: it is of another type.
        """
        if not isinstance(other, type(self)):
            raise TypeError(
                f"Parameter to MergeFrom() must be instance of same class: expected {type(self).__name__} got "
                f"{type(other).__name__}."
            )
        self.MergeFromString(other.SerializeToString())

    def CopyFrom(self, other: Self) -> None:
        """`MergeFrom` into the empty message."""
        if other is not self:
            serialized = other.SerializeToString()
            self.Clear()
            self.MergeFromString(serialized)

    def __reduce__(self) -> Any:
        return type(self).FromString, (self.SerializeToString(),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.SerializeToString() == other.SerializeToString()

    # Text

    def _lines(self, indent: str) -> Iterator[str]:
        for name, field, value in self._set_fields():
            for item in value if field.repeated else (value,):
                if field.is_message:
                    yield f"{indent}{name} {{"
                    yield from item._lines(indent + "  ")
                    yield indent + "}"
                else:
                    yield f"{indent}{name}: {_shown(field, item)}"

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in self._lines(""))

    __repr__ = __str__


def _negative_zero(value: Any) -> bool:
    return isinstance(value, float) and value == 0 and str(value)[0] == "-"


def _raw(number: int, wire_type: int, value: Any) -> bytes:
    """The bytes of a field that nobody knows."""
    tag = _varint(number << 3 | wire_type)
    if wire_type == VARINT:
        return tag + _varint(value)
    if wire_type == BYTES:
        return tag + _varint(len(value)) + bytes(value)
    return tag + int(value).to_bytes(8 if wire_type == FIXED64 else 4, "little")


def _shown(field: Field, value: Any) -> str:
    if isinstance(field.kind, Enum):
        return field.kind.shown(value)
    if field.kind == "bool":
        return "true" if value else "false"
    if field.kind not in ("string", "bytes"):
        return repr(value)
    escapes = {0x22: '\\"', 0x27: "\\'", 0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
    data = value.encode() if isinstance(value, str) else value
    return '"' + "".join(escapes.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data) + '"'
