"""What the mathematical and array functions of `tf` share: TensorFlow's rules about their arguments.

TensorFlow does not promote: two tensors of different dtypes are an error, a Python number takes the other
operand's dtype. Conversion itself and names are in `slim_torch.tensors`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch

from slim_torch.dtypes import constant_dtype
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.recording import record
from slim_torch.symbolic import SymbolicNumber, is_symbolic
from slim_torch.tensors import as_operand, as_tensor, known_value, of_any_rank

__all__ = [
    "BOOLEAN",
    "COMPLEX",
    "FLOATING",
    "INTEGER",
    "NUMERIC",
    "checked",
    "dtype_name",
    "either",
    "is_known",
    "known_axis",
    "known_ints",
    "like",
    "of_unknown_size",
    "one_of",
    "operands",
    "require",
    "same_dtypes",
    "shapes_differ",
    "static_sizes",
    "tensors",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")

BOOLEAN = frozenset({torch.bool})
FLOATING = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
COMPLEX = frozenset({torch.complex64, torch.complex128})
INTEGER = frozenset(
    {
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.uint8,
        torch.uint16,
        torch.uint32,
        torch.uint64,
    }
)
NUMERIC = FLOATING | COMPLEX | INTEGER


def checked(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function`, with PyTorch's complaints about shapes, axes and indices as ValueError, TensorFlow's type."""

    any_rank = of_any_rank(function)

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return any_rank(*args, **kwargs)
        except (RuntimeError, IndexError) as err:
            # The subclasses of RuntimeError (out of memory, a failed device, not implemented) say something else.
            if type(err) not in (RuntimeError, IndexError):
                raise
            raise ValueError(f"tf.{function.__name__}: {err}") from err

    return wrapper


def dtype_name(dtype: torch.dtype) -> str:
    """`"float32"` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def require(x: torch.Tensor, allowed: frozenset[torch.dtype], op: str) -> torch.Tensor:
    """`x`, which has one of the `allowed` dtypes.

    Raises:
      TypeError: it has not.
    """
    if x.dtype not in allowed:
        names = ", ".join(sorted(dtype_name(dtype) for dtype in allowed))
        raise TypeError(
            f"Value passed to {op} has DataType {dtype_name(x.dtype)} not in list of allowed values: {names}. "
            f"Convert it with tf.cast."
        )
    return x


def _operand(value: Any, x: torch.Tensor, op: str) -> Any:
    """`value` as a tensor of the dtype of `x` and on its device, or still as a number."""
    if type(value) in (int, float) and x.dtype in NUMERIC and (type(value) is int or x.dtype not in INTEGER):
        # The common case, without NumPy, which a compiler cannot trace here.
        return float(value) if x.dtype in FLOATING else value
    found = as_operand(value, x, "y", op)
    if found is NotImplemented:
        raise TypeError(
            f"{op}: expected {dtype_name(x.dtype)}, got {value!r} of type '{type(value).__name__}'."
        )
    if (
        isinstance(found, torch.Tensor)
        and found is not value
        and not is_symbolic(x)
        and not is_symbolic(found)
    ):
        return found.to(x.device)
    return found


def like(value: Any, x: torch.Tensor, op: str) -> torch.Tensor:
    """`value` as a tensor; a constant takes the dtype of `x`.

    Raises:
      TypeError: a constant with a fraction for integers, or a tensor of another dtype.
    """
    found = _operand(value, x, op)
    return found if isinstance(found, torch.Tensor) else as_tensor(found, x.dtype, like=x)


def either(x: Any, y: Any, op: str, allowed: frozenset[torch.dtype]) -> tuple[torch.Tensor, Any]:
    """Both as tensors of one dtype, except that a number on the right stays one: PyTorch needs no tensor for it.

    A constant on the right takes the dtype of `x`; `x` itself does not adapt to `y`.

    Raises:
      TypeError: the dtypes differ, or are not `allowed`.
    """
    if not isinstance(x, torch.Tensor):
        x = as_tensor(x, constant_dtype(x), like=y) if isinstance(y, torch.Tensor) else as_tensor(x)
    return require(x, allowed, op), _operand(y, x, op)


def operands(
    x: Any, y: Any, op: str, allowed: frozenset[torch.dtype] | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `either`, with a tensor on the right in any case."""
    if not isinstance(x, torch.Tensor):
        x = as_tensor(x, constant_dtype(x), like=y) if isinstance(y, torch.Tensor) else as_tensor(x)
    return (x if allowed is None else require(x, allowed, op)), like(y, x, op)


def tensors(values: Sequence[Any], op: str) -> list[torch.Tensor]:
    """All of `values` as tensors of one dtype: that of the first tensor among them.

    Raises:
      TypeError: two tensors have different dtypes.
    """
    first = next((value for value in values if isinstance(value, torch.Tensor)), None)
    if first is None:
        return [as_tensor(value) for value in values]
    return [like(value, first, op) for value in values]


def same_dtypes(values: Sequence[torch.Tensor], op: str) -> None:
    """Refuses tensors of different dtypes.

    Raises:
      TypeError: the tensors do not all have one dtype.
    """
    for value in values:
        if value.dtype != values[0].dtype:
            raise TypeError(
                f"Inputs of {op} have types {dtype_name(values[0].dtype)} and {dtype_name(value.dtype)} that don't "
                f"all match. Convert with tf.cast."
            )


def is_known(size: Any) -> bool:
    """Whether a size is a plain number now, and not only when the graph runs."""
    return isinstance(size, int) and not isinstance(size, SymbolicNumber)


def static_sizes(x: torch.Tensor) -> list[int | None]:
    """The sizes of `x`, None for those that are known only when the graph runs."""
    return [size if is_known(size) else None for size in x.shape]


def of_unknown_size(
    function: Callable[..., Any], args: tuple[Any, ...], results: Any, op: str, name: str | None
) -> Any:
    """`function(*args)`, where the sizes of the results depend on values.

    Args:
      results: `(static sizes, dtype)` of the result, or a list of them for several; what a recorded call gives.
      op: the name of the operation, if `name` is None.
    """
    if not any(map(is_symbolic, torch.utils._pytree.tree_leaves(args))):
        return function(*args)
    static = tensors_like(list, results) if isinstance(results, list) else tensor_like(*results)
    return record(function, args, op_type=op, name=name or op, static=static)


def shapes_differ(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether two shapes are different whatever their sizes turn out to be that are not known yet."""
    return len(first) != len(second) or any(
        is_known(one) and is_known(other) and one != other for one, other in zip(first, second)
    )


def one_of(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """An argument that has an older name too.

    Raises:
      ValueError: it is given under both.
    """
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{new_name}' and '{old_name}'. Keep '{new_name}'.")
    return old


def known_ints(value: Any, what: str) -> list[int]:
    """An axis, or a list or tensor of them, as ints.

    Raises:
      ValueError: it is a tensor whose value is not known before the graph runs.
    """
    if type(value) is int:
        return [value]
    if isinstance(value, (list, tuple)) and all(type(item) is int for item in value):
        return list(value)
    known = known_value(value)
    if known is None:
        raise ValueError(f"{what} must be known when the graph is built, got {value!r}. Pass ints.")
    return [int(item) for item in np.ravel(known)]


def known_axis(axis: Any, rank: int, op: str) -> int:
    """An axis as an int from 0 to `rank - 1`.

    Raises:
      ValueError: there is no such axis.
    """
    (found,) = known_ints(axis, f"The axis of {op}")
    if not -rank <= found < rank:
        raise ValueError(
            f"{op}: axis {found} is out of range for a tensor of rank {rank}: [{-rank}, {rank})."
        )
    return found % rank
