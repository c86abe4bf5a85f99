"""What `get_shape()` returns: TensorFlow's `TensorShape` and `Dimension`, as a tuple of integers.

Only the static shapes of variables and tensors; the arithmetic of padding is in `padding.py`. A
`TensorShape` is a tuple and a `Dimension` an int, so both go wherever PyTorch takes sizes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["Dimension", "TensorShape"]


class Dimension(int):
    """One size, an int that also answers `.value`. Source: tf.Dimension."""

    @property
    def value(self) -> int:
        return int(self)


class TensorShape(tuple[Any, ...]):
    """A static shape; None stands for a size that is not known. Source: tf.TensorShape."""

    def __new__(cls, dims: Iterable[Any] | int) -> TensorShape:
        sizes = (dims,) if isinstance(dims, int) else dims
        return super().__new__(cls, (Dimension(size) if type(size) is int else size for size in sizes))

    @property
    def ndims(self) -> int:
        return len(self)

    @property
    def rank(self) -> int:
        return len(self)

    @property
    def dims(self) -> list[Any]:
        return list(self)

    def as_list(self) -> list[Any]:
        """The sizes as plain ints, None where a size is not known."""
        return [int(size) if isinstance(size, Dimension) else size for size in self]

    def is_fully_defined(self) -> bool:
        return all(size is not None for size in self)

    def num_elements(self) -> int | None:
        """The product of the sizes; None when one of them is not known."""
        count = 1
        for size in self:
            if size is None:
                return None
            count *= size
        return count
