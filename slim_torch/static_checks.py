"""Assertions about what tensors are: their dtypes and ranks, and the kinds of containers they come in.

Mostly known while the graph is built, and then Python's own errors; a rank that is not known before is checked
by an operation. Assertions about values are in `check_ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.check_ops import asserted, called, check_operand, dtype_name, value_of
from slim_torch.control_flow import no_op
from slim_torch.dtypes import as_dtype, string
from slim_torch.scopes import name_scope
from slim_torch.sources import rank, shape
from slim_torch.symbolic import SymbolicTensor, shown, static_shape
from slim_torch.tensors import leaf

__all__ = [
    "assert_integer",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
]

_Compare = Callable[[Any, Any], Any]


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Any:
    """Checks that the dtype is an integer one, and gives an operation that does nothing. Source: tf.assert_integer.

    Raises:
      TypeError: it is not.
    """
    with name_scope(name, "assert_integer", [x]):
        x = check_operand(x, "x")
        if x.dtype in (string, torch.bool) or x.dtype.is_floating_point or x.dtype.is_complex:
            raise TypeError(
                f'{message or ""}  Expected "x" to be integer type.  Found: {called(x, "x")} of dtype '
                f"{dtype_name(x.dtype)}"
            )
        return no_op("statically_determined_was_integer")


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> Any:
    """Checks that the dtype is `tf_type`, and gives an operation that does nothing. Source: tf.assert_type.

    Raises:
      TypeError: it is not.
    """
    with name_scope(name, "assert_type", [tensor]):
        tensor = check_operand(tensor, "tensor")
        if tensor.dtype != as_dtype(tf_type):
            raise TypeError(
                f"{message or ''}  {called(tensor)} must be of type {dtype_name(as_dtype(tf_type))}, but is "
                f"{dtype_name(tensor.dtype)}"
            )
        return no_op("statically_determined_correct_type")


def assert_same_float_dtype(tensors: Sequence[Any] | None = None, dtype: Any = None) -> torch.dtype:
    """The floating-point dtype that all of `tensors` have; float32 if nothing is given.

    Raises:
      ValueError: the dtypes differ, from each other or from `dtype`, or are not floating-point ones.

    Source: tf.assert_same_float_dtype.
    """
    found = None if dtype is None else as_dtype(dtype)
    first = None
    for tensor in tensors or ():
        if tensor is None:
            continue
        if found is None:
            found, first = tensor.dtype, tensor
        elif tensor.dtype != found:
            like = f" as {called(first)}" if first is not None else ""
            raise ValueError(
                f"{called(tensor)}, type={dtype_name(tensor.dtype)}, must be of the same type "
                f"({dtype_name(found)}){like}."
            )
    if found is None:
        return torch.float32
    if not found.is_floating_point:
        raise ValueError(f"Expected floating point type, got {dtype_name(found)}.")
    return found


def assert_proper_iterable(values: Any) -> None:
    """Checks that `values` is an iterable whose items are its parts: no tensor, array, string or sparse tensor.

    Raises:
      TypeError: it is not.

    Source: tf.assert_proper_iterable.
    """
    if isinstance(values, (torch.Tensor, np.ndarray, str, bytes)) or hasattr(values, "dense_shape"):
        raise TypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


# Ranks


def _sizes(x: Any) -> list[int | None] | None:
    return static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)


@leaf
def _rank_holds(compare: _Compare, found: Any, wanted: Any) -> torch.Tensor:
    result = torch.zeros((), dtype=torch.bool)
    for one in wanted:
        result = result | compare(found, one)
    return result


def _ranked(
    x: Any,
    ranks: Sequence[Any],
    compare: Callable[[Any, Any], Any],
    words: str,
    data: Sequence[Any] | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
    default: str,
) -> Any:
    several = default == "assert_rank_in"
    with name_scope(name, default, [x, *ranks, data]):
        x = check_operand(x, "x")
        wanted = [check_operand(one, "rank") for one in ranks]
        for one in wanted:
            assert_type(one, torch.int32)
            if _sizes(one) not in ([], None):
                raise ValueError("Rank must be a scalar.")
        known = [value_of(one) for one in wanted]
        sizes = _sizes(x)
        if sizes is not None and all(value is not None for value in known):
            numbers = [int(value) for value in known]
            if any(compare(len(sizes), number) for number in numbers):
                return no_op("static_checks_determined_all_ok")
            required = f"({', '.join(map(str, numbers))})" if several else numbers[0]
            raise ValueError(
                f"{message or ''}.  Tensor {called(x, 'x')} must have rank {words}{required}.  Received rank "
                f"{len(sizes)}, shape {shown(sizes)}"
            )
        if data is None:
            data = [
                message or "",
                f"Tensor {called(x, 'x')} must have rank {words}".rstrip(),
                *wanted,
                "Received shape: ",
                shape(x),
            ]
        condition = _rank_holds(compare, rank(x), wanted)
        return asserted(condition, data, summarize)


def _equal(found: Any, wanted: Any) -> Any:
    return found == wanted


def _at_least(found: Any, wanted: Any) -> Any:
    return found >= wanted


def assert_rank(
    x: Any,
    rank: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """An operation that fails unless `x` has so many axes; see `assert_equal`. Source: tf.assert_rank.

    Raises:
      ValueError: the rank is known, and another; `rank` is no scalar.
      tf.errors.InvalidArgumentError: when run, the rank is another.
    """
    return _ranked(x, [rank], _equal, "", data, summarize, message, name, "assert_rank")


def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_rank`, for `rank` axes or more. Source: tf.assert_rank_at_least."""
    return _ranked(x, [rank], _at_least, "at least ", data, summarize, message, name, "assert_rank_at_least")


def assert_rank_in(
    x: Any,
    ranks: Sequence[Any],
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_rank`, for one of several ranks. Source: tf.assert_rank_in."""
    return _ranked(x, list(ranks), _equal, "in ", data, summarize, message, name, "assert_rank_in")


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Any:
    """`tensor`, which is known to have no axes. Source: tf.assert_scalar.

    Raises:
      ValueError: it has some, or its rank is not known.
    """
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = check_operand(tensor, scope or "assert_scalar")
        sizes = _sizes(tensor)
        if sizes != []:
            raise ValueError(
                f"{message or ''}Expected scalar shape for {called(tensor)}, saw shape: {shown(sizes)}."
            )
        return tensor
