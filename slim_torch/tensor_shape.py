"""What `get_shape()` returns: TensorFlow's `TensorShape` and `Dimension`, as a tuple of integers.

Only static shapes; the arithmetic of padding is in `padding.py`. A `TensorShape` is a tuple and a known
`Dimension` an int, so both go wherever PyTorch takes sizes; a size that is not known is neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex, overload

__all__ = ["UNKNOWN", "Dimension", "TensorShape"]


class UnknownDimension:
    """A size that is not known. What is computed from it is not known either. Source: tf.Dimension(None)."""

    value = None

    def __repr__(self) -> str:
        return "Dimension(None)"

    def __str__(self) -> str:
        return "?"

    def __int__(self) -> int:
        raise TypeError(
            "__int__ returned non-int (type NoneType): this size is not known before the graph runs. Use tf.shape(x), or "
            "give the placeholder a shape."
        )

    # TensorFlow's answer to every comparison is None: neither true nor false.
    def __eq__(self, other: object) -> Any:
        return None

    def __ne__(self, other: object) -> Any:
        return None

    def __lt__(self, other: object) -> None:
        return None

    __le__ = __gt__ = __ge__ = __lt__

    def __hash__(self) -> int:
        return hash(None)

    def _unknown(self, other: object = None) -> UnknownDimension:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = merge_with = _unknown

    def is_compatible_with(self, other: object) -> bool:
        return True


UNKNOWN = UnknownDimension()
"""A size that is not known."""


class Dimension(int):
    """One size, an int that also answers `.value`; `Dimension(None)` is `UNKNOWN`. Source: tf.Dimension."""

    def __new__(cls, value: Any) -> Any:
        size = getattr(value, "value", value)
        return UNKNOWN if size is None else super().__new__(cls, size)

    @property
    def value(self) -> int:
        return int(self)

    def __floordiv__(self, other: Any) -> Any:
        return Dimension(int(self) // other) if isinstance(other, int) else NotImplemented


class TensorShape(tuple[Any, ...]):
    """A static shape: integers, `UNKNOWN` for a size that is not known. Source: tf.TensorShape.

    `TensorShape(None)` is the shape of a tensor whose rank is not known; it has no length.
    """

    ndims: int | None

    def __new__(cls, dims: Iterable[Any] | int | None) -> TensorShape:
        if isinstance(dims, TensorShape):
            return dims
        sizes = (dims,) if isinstance(dims, int) else () if dims is None else dims
        made = super().__new__(cls, [_dimension(size) for size in sizes])
        made.ndims = None if dims is None else tuple.__len__(made)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (None if self.ndims is None else self.as_list(),)

    @property
    def rank(self) -> int | None:
        return self.ndims

    @property
    def dims(self) -> list[Any] | None:
        return None if self.ndims is None else list(self)

    def as_list(self) -> list[Any]:
        """The sizes as plain ints, None where a size is not known.

        Raises:
          ValueError: the rank is not known.
        """
        if self.ndims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return [None if _unknown(size) else int(size) for size in self]

    def is_fully_defined(self) -> bool:
        return self.ndims is not None and not any(_unknown(size) for size in self)

    def num_elements(self) -> int | None:
        """The product of the sizes; None when one of them is not known."""
        if not self.is_fully_defined():
            return None
        count = 1
        for size in self:
            count *= int(size)
        return count

    def __len__(self) -> int:
        if self.ndims is None:
            raise ValueError("Cannot take the length of Shape with unknown rank.")
        return tuple.__len__(self)

    def __bool__(self) -> bool:
        return self.ndims is not None

    @overload
    def __getitem__(self, key: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...
    def __getitem__(self, key: Any) -> Any:
        if self.ndims is None:
            if not isinstance(key, slice):
                return UNKNOWN
            start, stop = key.start or 0, key.stop
            known = stop is not None and start >= 0 and stop >= 0
            return TensorShape([UNKNOWN] * max(stop - start, 0) if known else None)
        found = tuple.__getitem__(self, key)
        return TensorShape(found) if isinstance(key, slice) else found

    def concatenate(self, other: Any) -> TensorShape:
        other = TensorShape(other)
        if self.ndims is None or other.ndims is None:
            return TensorShape(None)
        return TensorShape([*self, *other])

    def is_compatible_with(self, other: Any) -> bool:
        """Whether one tensor could have both shapes."""
        other = TensorShape(other)
        if self.ndims is None or other.ndims is None:
            return True
        return self.ndims == other.ndims and all(
            _unknown(a) or _unknown(b) or int(a) == int(b) for a, b in zip(self, other)
        )

    def merge_with(self, other: Any) -> TensorShape:
        """What both shapes say together.

        Raises:
          ValueError: they contradict each other.
        """
        other = TensorShape(other)
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        if self.ndims is None or other.ndims is None:
            return other if self.ndims is None else self
        return TensorShape([b if _unknown(a) else a for a, b in zip(self, other)])

    def with_rank(self, rank: int) -> TensorShape:
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")
        return TensorShape([None] * rank) if self.ndims is None else self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        if self.ndims is not None and self.ndims > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The sizes in which both shapes agree, unknown ones elsewhere."""
        other = TensorShape(other)
        if self.ndims is None or self.ndims != other.ndims:
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(self._known(), other._known())])

    def assert_same_rank(self, other: Any) -> None:
        other = TensorShape(other)
        if self.ndims is not None and other.ndims not in (None, self.ndims):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_is_compatible_with(self, other: Any) -> None:
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {TensorShape(other)} are incompatible")

    def assert_is_fully_defined(self) -> None:
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TensorShape):
            return self.ndims == other.ndims and self._known() == other._known()
        if isinstance(other, (tuple, list)):
            return self.ndims is not None and self._known() == [
                None if _unknown(size) else size for size in other
            ]
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _known(self) -> list[Any]:
        return [None if _unknown(size) else size for size in tuple.__iter__(self)]

    def __hash__(self) -> int:
        return hash(tuple(self._known()))

    def __str__(self) -> str:
        if self.ndims is None:
            return "<unknown>"
        sizes = ["?" if _unknown(size) else str(int(size)) for size in self]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def __repr__(self) -> str:
        if self.ndims is None:
            return "TensorShape(None)"
        return f"TensorShape([{', '.join(f'Dimension({size})' for size in self.as_list())}])"


def _dimension(size: Any) -> Any:
    if type(size) is int:
        return Dimension(size)
    return UNKNOWN if size is None else size


def _unknown(size: Any) -> bool:
    return size is None or getattr(size, "value", 0) is None
