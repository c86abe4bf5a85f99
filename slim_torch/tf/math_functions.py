"""Arithmetic of two and more tensors, element by element, under TensorFlow's names.

Functions of one tensor are in `elementwise.py`, comparisons in `comparisons.py`. TensorFlow does not promote;
the gradient of a maximum or minimum goes to the first argument where both are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.tensor_shape import TensorShape
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.support import (
    COMPLEX,
    FLOATING,
    INTEGER,
    NUMERIC,
    checked,
    dtype_name,
    either,
    like,
    operands,
    require,
    same_dtypes,
    shapes_differ,
    tensors,
)

__all__ = [
    "accumulate_n",
    "add",
    "add_n",
    "atan2",
    "complex",
    "div",
    "div_no_nan",
    "divide",
    "floor_div",
    "floordiv",
    "floormod",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "pow",
    "realdiv",
    "scalar_mul",
    "squared_difference",
    "subtract",
    "truediv",
    "truncatediv",
    "truncatemod",
]

_REAL = FLOATING | INTEGER


@checked
def add(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x + y`, broadcast.

    Raises:
      TypeError: the dtypes differ, or are boolean.
      ValueError: the shapes do not broadcast.

    A Python number takes the dtype of `x`; on the left it is float32 or int32, and `y` has to match.
    Source: tf.add.
    """
    return named(torch.add(*either(x, y, "Add", NUMERIC)), name, "Add")


@checked
def subtract(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x - y`; see `add`. Source: tf.subtract."""
    return named(torch.sub(*either(x, y, "Sub", NUMERIC)), name, "Sub")


@checked
def multiply(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x * y`; see `add`. Source: tf.multiply."""
    return named(torch.mul(*either(x, y, "Mul", NUMERIC)), name, "Mul")


def divide(x: Any, y: Any, name: str | None = None) -> Any:
    """`x / y` as Python's operator does it: integers give fractions, two Python numbers a Python number.

    Source: tf.divide. See `truediv` for the dtypes.
    """
    if not isinstance(x, torch.Tensor) and not isinstance(y, torch.Tensor) and name is None:
        return x / y
    if isinstance(x, torch.Tensor):
        return truediv(x, like(y, x, "truediv"), name)
    x = as_tensor(x, like=y) if isinstance(y, torch.Tensor) else as_tensor(x)
    return truediv(x, y, name)


_AS_FRACTION = {
    torch.int8: torch.float32,
    torch.int16: torch.float32,
    torch.uint8: torch.float32,
    torch.uint16: torch.float32,
    torch.int32: torch.float64,
    torch.int64: torch.float64,
}


@checked
def truediv(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x / y`. Integers become float32 (8 and 16 bits) or float64 (32 and 64 bits) first.

    Raises:
      TypeError: the dtypes differ; here a Python int is int32 and a float float32, whatever the other is.

    Source: tf.truediv.
    """
    x, y = as_tensor(x), as_tensor(y)
    same_dtypes([x, y], "truediv")
    wider = _AS_FRACTION.get(x.dtype)
    if wider is not None:
        x, y = x.to(wider), y.to(wider)
    return named(torch.div(x, y), name, "truediv")


@checked
def div(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x / y` as Python 2 did it: integers are rounded down.

    Raises:
      ValueError: two tensors of different dtypes.
      TypeError: a number with a fraction for integers.

    Source: tf.div.
    """
    x = as_tensor(x)
    if isinstance(y, torch.Tensor):
        y = as_tensor(y, x.dtype)
    if x.dtype in INTEGER:
        return named(torch.floor_divide(*either(x, y, "div", INTEGER)), name, "div")
    return named(torch.div(*either(x, y, "div", NUMERIC)), name, "div")


@checked
def realdiv(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x / y`; integers are rounded towards 0. Source: tf.realdiv."""
    x, y = either(x, y, "RealDiv", NUMERIC)
    return named(torch.div(x, y, rounding_mode="trunc" if x.dtype in INTEGER else None), name, "RealDiv")


def _floor_divided(x: torch.Tensor, y: Any) -> torch.Tensor:
    # Not torch.floor_divide, whose floor is of the exact quotient: 1.0 // 0.1 is 9 there and 10 here.
    return torch.floor_divide(x, y) if x.dtype in INTEGER else torch.floor(torch.div(x, y))


@checked
def floordiv(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x / y` rounded down, integers and floats alike. Source: tf.floordiv."""
    return named(_floor_divided(*either(x, y, "floordiv", _REAL)), name, "floordiv")


@checked
def floor_div(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`floordiv` under its older name. Source: tf.floor_div."""
    return named(_floor_divided(*either(x, y, "FloorDiv", _REAL)), name, "FloorDiv")


@checked
def floormod(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """The rest of `x / y` rounded down; it has the sign of `y`. Source: tf.floormod, tf.mod."""
    return named(torch.remainder(*either(x, y, "FloorMod", _REAL)), name, "FloorMod")


mod = floormod


@checked
def truncatediv(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """Integers divided and rounded towards 0. Source: tf.truncatediv."""
    x, y = either(x, y, "TruncateDiv", INTEGER)
    return named(torch.div(x, y, rounding_mode="trunc"), name, "TruncateDiv")


@checked
def truncatemod(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """The rest of `x / y` rounded towards 0; it has the sign of `x`. Source: tf.truncatemod."""
    return named(torch.fmod(*either(x, y, "TruncateMod", _REAL)), name, "TruncateMod")


@checked
def div_no_nan(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x / y`, and 0 where `y` is 0. Source: tf.div_no_nan."""
    x, y = operands(x, y, "div_no_nan", FLOATING | COMPLEX)
    zero = y == 0
    quotient = torch.div(x, torch.where(zero, torch.ones_like(y), y))
    return named(torch.where(zero, torch.zeros_like(quotient), quotient), name, "div_no_nan")


@checked
def maximum(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """The larger of each pair; see `add`. Where both are equal the gradient goes to `x`. Source: tf.maximum."""
    x, y = either(x, y, "Maximum", _REAL)
    if not isinstance(y, torch.Tensor):
        return named(torch.clamp(x, min=y), name, "Maximum")
    return named(torch.where(x >= y, x, y), name, "Maximum")


@checked
def minimum(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """The smaller of each pair; see `add`. Where both are equal the gradient goes to `x`. Source: tf.minimum."""
    x, y = either(x, y, "Minimum", _REAL)
    if not isinstance(y, torch.Tensor):
        return named(torch.clamp(x, max=y), name, "Minimum")
    return named(torch.where(x <= y, x, y), name, "Minimum")


@checked
def squared_difference(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`(x - y) ** 2`; see `add`. Source: tf.squared_difference."""
    return named(
        torch.square(torch.sub(*either(x, y, "SquaredDifference", NUMERIC))), name, "SquaredDifference"
    )


class _Power(torch.autograd.Function):
    """`x ** y` with TensorFlow's gradient: finite by the exponent of negative bases."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, y)
        return torch.pow(x, y)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        x, y = ctx.saved_tensors
        by_base = by_exponent = None
        if ctx.needs_input_grad[0]:
            by_base = (gradient * y * torch.pow(x, y - 1)).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:
            usable = x > 0
            logarithm = torch.log(torch.where(usable, x, torch.ones_like(x)))
            by_exponent = (gradient * torch.pow(x, y) * logarithm).sum_to_size(y.shape)
        return by_base, by_exponent


@leaf
def _power(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    result: torch.Tensor = _Power.apply(x, y) if x.is_floating_point() else torch.pow(x, y)
    return result


@checked
def pow(x: Any, y: Any, name: str | None = None) -> torch.Tensor:
    """`x ** y`; see `add`.

    The gradient by `y` is 0 where `x` is not positive; that by `x` is NaN where both are 0. Source: tf.pow.
    """
    x, y = either(x, y, "Pow", NUMERIC)
    if isinstance(y, torch.Tensor) or y == 0:
        return named(_power(x, like(y, x, "Pow")), name, "Pow")
    return named(torch.pow(x, y), name, "Pow")


@checked
def atan2(y: Any, x: Any, name: str | None = None) -> torch.Tensor:
    """The angle of the point `(x, y)` in radians. Source: tf.atan2."""
    return named(torch.atan2(*operands(y, x, "Atan2", FLOATING)), name, "Atan2")


@checked
def complex(real: Any, imag: Any, name: str | None = None) -> torch.Tensor:
    """`real + imag * j`. Source: tf.complex."""
    return named(torch.complex(*operands(real, imag, "Complex", FLOATING)), name, "Complex")


@checked
def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> torch.Tensor:
    """`scalar * x`; a number takes the dtype of `x`.

    Raises:
      ValueError: `scalar` is not one number.

    Source: tf.scalar_mul.
    """
    x = as_tensor(x)
    scalar = like(scalar, x, "Mul")
    if scalar.dim():
        raise ValueError(f"Only scalar multiply works, got a scalar of shape {tuple(scalar.shape)}.")
    return named(torch.mul(scalar, require(x, NUMERIC, "Mul")), name, "Mul")


def _listed(inputs: Any, op: str) -> list[torch.Tensor]:
    if isinstance(inputs, torch.Tensor):
        inputs = [inputs]
    if not isinstance(inputs, (list, tuple)) or not inputs:
        kind = ValueError if isinstance(inputs, (list, tuple)) else TypeError
        raise kind(
            f"{op}: inputs must be a list of at least one tensor of one dtype and shape, got {inputs!r}."
        )
    listed = tensors(inputs, op)
    for item in listed[1:]:
        if shapes_differ(item.shape, listed[0].shape):
            raise ValueError(
                f"{op}: inputs of shapes {tuple(listed[0].shape)} and {tuple(item.shape)}, but shapes must be equal: "
                f"nothing is broadcast here."
            )
    return listed


def _total(listed: Sequence[torch.Tensor]) -> torch.Tensor:
    total = listed[0]
    for item in listed[1:]:
        total = torch.add(total, item)
    return total


@checked
def add_n(inputs: Any, name: str | None = None) -> torch.Tensor:
    """The sum of tensors of one shape and dtype; a single one without a `name` comes back as it is.

    Raises:
      ValueError: there are none, or the shapes differ.
      TypeError: the dtypes differ, or `inputs` is no list.

    Source: tf.add_n.
    """
    listed = _listed(inputs, "AddN")
    if len(listed) == 1:
        return listed[0] if name is None else named(listed[0].view_as(listed[0]), name, "AddN")
    return named(_total(listed), name, "AddN")


@checked
def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> torch.Tensor:
    """As `add_n`; `shape` and `tensor_dtype` are what the inputs have to have. Source: tf.accumulate_n."""
    listed = _listed(inputs, "AccumulateNV2")
    if tensor_dtype is not None and as_dtype(tensor_dtype) != listed[0].dtype:
        raise TypeError(
            f"tensor_dtype is {dtype_name(as_dtype(tensor_dtype))}, but inputs are of type "
            f"{dtype_name(listed[0].dtype)}."
        )
    if shape is not None and shapes_differ(TensorShape(shape).as_list(), listed[0].shape):
        raise ValueError(f"shape is {tuple(shape)}, but inputs have shape {tuple(listed[0].shape)}.")
    if len(listed) == 1 and name is None:
        return listed[0]
    return named(_total([listed[0].view_as(listed[0]), *listed[1:]]), name, "AccumulateNV2")
