"""`get_shape()` of real tensors, also where `torch.compile` or `torch.export` traces the code that asks.

A compiler cannot trace a tuple or an int of a class of one's own, which is what `TensorShape` and `Dimension` are.
While it traces, plain objects that answer alike stand in for them; nothing of them is left in the compiled code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensor_shape import TensorShape

__all__ = ["CompiledDimension", "CompiledShape", "shape_of"]


def shape_of(x: torch.Tensor) -> Any:
    """The static shape of a tensor, real or recorded, as TensorFlow's `get_shape` gives it."""
    if isinstance(x, SymbolicTensor):
        return x.get_shape()
    if torch.compiler.is_compiling():
        return CompiledShape(x.shape)
    return TensorShape(x.shape)


class CompiledDimension:
    """One size while code is traced; what is computed from it is one too."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return int(self.value)

    def __add__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(self.value + _plain(other))

    def __sub__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(self.value - _plain(other))

    def __rsub__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(_plain(other) - self.value)

    def __mul__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(self.value * _plain(other))

    def __floordiv__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(self.value // _plain(other))

    def __rfloordiv__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(_plain(other) // self.value)

    def __mod__(self, other: Any) -> CompiledDimension:
        return CompiledDimension(self.value % _plain(other))

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _plain(other))

    def __ne__(self, other: object) -> bool:
        return bool(self.value != _plain(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _plain(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _plain(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _plain(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _plain(other))

    def __hash__(self) -> int:
        return hash(self.value)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, CompiledDimension) else value


class CompiledShape:
    """A shape, all of it known, while code is traced."""

    def __init__(self, sizes: Any) -> None:
        self._sizes = [_plain(size) for size in sizes]
        self.ndims = self.rank = len(self._sizes)

    @property
    def dims(self) -> list[CompiledDimension]:
        return [CompiledDimension(size) for size in self._sizes]

    def as_list(self) -> list[Any]:
        return list(self._sizes)

    def is_fully_defined(self) -> bool:
        return True

    def num_elements(self) -> Any:
        count = 1
        for size in self._sizes:
            count = count * size
        return count

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return CompiledShape(self._sizes[key])
        return CompiledDimension(self._sizes[key])

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[CompiledDimension]:
        return iter(self.dims)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (CompiledShape, list, tuple)) and self._sizes == [_plain(v) for v in other]

    __hash__ = None  # type: ignore[assignment]

    def with_rank(self, rank: int) -> CompiledShape:
        self.assert_has_rank(rank)
        return self

    def with_rank_at_least(self, rank: int) -> CompiledShape:
        if self.ndims < rank:
            raise ValueError(f"Shape {self._sizes} must have rank at least {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        if self.ndims != rank:
            raise ValueError(f"Shape {self._sizes} must have rank {rank}")

    def assert_is_fully_defined(self) -> None:
        pass
