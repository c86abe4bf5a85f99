"""Comparisons and logic, element by element, under TensorFlow's names. Results are boolean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from slim_torch.dtypes import string
from slim_torch.tensors import named
from slim_torch.tf.support import BOOLEAN, FLOATING, INTEGER, NUMERIC, checked, either, operands

__all__ = [
    "equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "not_equal",
]

_ORDERED = FLOATING | INTEGER
_ANY: frozenset[Any] = NUMERIC | BOOLEAN | frozenset([string])

_Function = Callable[[torch.Tensor, Any], torch.Tensor]


def _compare(
    function: _Function, x: Any, y: Any, allowed: frozenset[Any], name: str | None, op: str
) -> torch.Tensor:
    return named(function(*either(x, y, op, allowed)), name, op)


@checked
def equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x == y`, broadcast.

    Raises:
      TypeError: the dtypes differ; a Python number takes that of `x`.
      ValueError: the shapes do not broadcast.

    Source: tf.equal.
    """
    return _compare(torch.eq, x, y, _ANY, name, "Equal")


@checked
def not_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x != y`; see `equal`. Source: tf.not_equal."""
    return _compare(torch.ne, x, y, _ANY, name, "NotEqual")


@checked
def less(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x < y`, for real numbers; see `equal`. Source: tf.less."""
    return _compare(torch.lt, x, y, _ORDERED, name, "Less")


@checked
def less_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x <= y`, for real numbers; see `equal`. Source: tf.less_equal."""
    return _compare(torch.le, x, y, _ORDERED, name, "LessEqual")


@checked
def greater(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x > y`, for real numbers; see `equal`. Source: tf.greater."""
    return _compare(torch.gt, x, y, _ORDERED, name, "Greater")


@checked
def greater_equal(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x >= y`, for real numbers; see `equal`. Source: tf.greater_equal."""
    return _compare(torch.ge, x, y, _ORDERED, name, "GreaterEqual")


@checked
def logical_and(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Of booleans, broadcast.

    Raises:
      TypeError: an argument is not boolean.

    Source: tf.logical_and.
    """
    return named(torch.logical_and(*operands(x, y, "LogicalAnd", BOOLEAN)), name, "LogicalAnd")


@checked
def logical_or(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """See `logical_and`. Source: tf.logical_or."""
    return named(torch.logical_or(*operands(x, y, "LogicalOr", BOOLEAN)), name, "LogicalOr")


@checked
def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> torch.Tensor:
    """See `logical_and`. Source: tf.logical_xor."""
    return named(torch.logical_xor(*operands(x, y, "LogicalXor", BOOLEAN)), name, "LogicalXor")
