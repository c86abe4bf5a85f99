"""Functions of one tensor, element by element, under TensorFlow's names.

Arithmetic of two tensors is in `math_functions.py`, activations (`sigmoid`, `tanh`) are in
`slim_torch.activations`. Gradients at special points are TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import COMPLEX, FLOATING, INTEGER, NUMERIC, require

__all__ = [
    "abs",
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "digamma",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "imag",
    "is_finite",
    "is_inf",
    "is_nan",
    "lbeta",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "logical_not",
    "negative",
    "real",
    "reciprocal",
    "rint",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
]

_SMOOTH = FLOATING | COMPLEX
_SIGNED = NUMERIC - {torch.uint8, torch.uint16, torch.uint32, torch.uint64}


def _apply(
    function: Callable[[torch.Tensor], torch.Tensor],
    x: Any,
    allowed: frozenset[torch.dtype],
    name: str | None,
    op: str,
) -> torch.Tensor:
    return named(function(require(as_tensor(x), allowed, op)), name, op)


def abs(x: Any, name: str | None = None) -> torch.Tensor:
    """`|x|`; the magnitude of complex numbers. The gradient at 0 is 0. Source: tf.abs."""
    return _apply(torch.abs, x, NUMERIC, name, "Abs")


def negative(x: Any, name: str | None = None) -> torch.Tensor:
    """`-x`. Source: tf.negative."""
    return _apply(torch.neg, x, _SIGNED, name, "Neg")


def sign(x: Any, name: str | None = None) -> torch.Tensor:
    """-1, 0 or 1; `x / |x|` for complex numbers. Source: tf.sign."""
    return _apply(torch.sgn, x, _SIGNED, name, "Sign")


def square(x: Any, name: str | None = None) -> torch.Tensor:
    """`x * x`. Source: tf.square."""
    return _apply(torch.square, x, _SIGNED, name, "Square")


def sqrt(x: Any, name: str | None = None) -> torch.Tensor:
    """The square root; its gradient at 0 is infinite. Source: tf.sqrt."""
    return _apply(torch.sqrt, x, _SMOOTH, name, "Sqrt")


def rsqrt(x: Any, name: str | None = None) -> torch.Tensor:
    """`1 / sqrt(x)`. Source: tf.rsqrt."""
    return _apply(torch.rsqrt, x, _SMOOTH, name, "Rsqrt")


def reciprocal(x: Any, name: str | None = None) -> torch.Tensor:
    """`1 / x`. Source: tf.reciprocal."""
    return _apply(torch.reciprocal, x, _SMOOTH, name, "Reciprocal")


def exp(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.exp."""
    return _apply(torch.exp, x, _SMOOTH, name, "Exp")


def expm1(x: Any, name: str | None = None) -> torch.Tensor:
    """`exp(x) - 1`, exact for small `x`. Source: tf.expm1."""
    return _apply(torch.expm1, x, _SMOOTH, name, "Expm1")


def log(x: Any, name: str | None = None) -> torch.Tensor:
    """The natural logarithm. Source: tf.log."""
    return _apply(torch.log, x, _SMOOTH, name, "Log")


def log1p(x: Any, name: str | None = None) -> torch.Tensor:
    """`log(1 + x)`, exact for small `x`. Source: tf.log1p."""
    return _apply(torch.log1p, x, _SMOOTH, name, "Log1p")


def sin(x: Any, name: str | None = None) -> torch.Tensor:
    """Of an angle in radians. Source: tf.sin."""
    return _apply(torch.sin, x, _SMOOTH, name, "Sin")


def cos(x: Any, name: str | None = None) -> torch.Tensor:
    """Of an angle in radians. Source: tf.cos."""
    return _apply(torch.cos, x, _SMOOTH, name, "Cos")


def tan(x: Any, name: str | None = None) -> torch.Tensor:
    """Of an angle in radians. Source: tf.tan."""
    return _apply(torch.tan, x, _SMOOTH, name, "Tan")


def asin(x: Any, name: str | None = None) -> torch.Tensor:
    """In radians; NaN outside [-1, 1]. Source: tf.asin."""
    return _apply(torch.asin, x, _SMOOTH, name, "Asin")


def acos(x: Any, name: str | None = None) -> torch.Tensor:
    """In radians; NaN outside [-1, 1]. Source: tf.acos."""
    return _apply(torch.acos, x, _SMOOTH, name, "Acos")


def atan(x: Any, name: str | None = None) -> torch.Tensor:
    """In radians. Source: tf.atan."""
    return _apply(torch.atan, x, _SMOOTH, name, "Atan")


def sinh(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.sinh."""
    return _apply(torch.sinh, x, _SMOOTH, name, "Sinh")


def cosh(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.cosh."""
    return _apply(torch.cosh, x, _SMOOTH, name, "Cosh")


def asinh(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.asinh."""
    return _apply(torch.asinh, x, _SMOOTH, name, "Asinh")


def acosh(x: Any, name: str | None = None) -> torch.Tensor:
    """NaN below 1. Source: tf.acosh."""
    return _apply(torch.acosh, x, _SMOOTH, name, "Acosh")


def atanh(x: Any, name: str | None = None) -> torch.Tensor:
    """NaN outside [-1, 1]. Source: tf.atanh."""
    return _apply(torch.atanh, x, _SMOOTH, name, "Atanh")


def log_sigmoid(x: Any, name: str | None = None) -> torch.Tensor:
    """`log(sigmoid(x))` without overflow. Source: tf.log_sigmoid."""
    return _apply(torch.nn.functional.logsigmoid, x, FLOATING, name, "LogSigmoid")


def erf(x: Any, name: str | None = None) -> torch.Tensor:
    """The Gauss error function. Source: tf.erf."""
    return _apply(torch.erf, x, FLOATING, name, "Erf")


def erfc(x: Any, name: str | None = None) -> torch.Tensor:
    """`1 - erf(x)`. Source: tf.erfc."""
    return _apply(torch.erfc, x, FLOATING, name, "Erfc")


def lgamma(x: Any, name: str | None = None) -> torch.Tensor:
    """The logarithm of `|Gamma(x)|`. Source: tf.lgamma."""
    return _apply(torch.lgamma, x, FLOATING, name, "Lgamma")


def digamma(x: Any, name: str | None = None) -> torch.Tensor:
    """The derivative of `lgamma`. Source: tf.digamma."""
    return _apply(torch.digamma, x, FLOATING, name, "Digamma")


def lbeta(x: Any, name: str | None = None) -> torch.Tensor:
    """The logarithm of `|Beta(x)|` along the last axis, which goes. Source: tf.lbeta."""
    x = require(as_tensor(x), FLOATING, "Lgamma")
    with name_scope(name, "lbeta", [x]):
        return named(torch.lgamma(x).sum(-1) - torch.lgamma(x.sum(-1)), None, "sub")


def floor(x: Any, name: str | None = None) -> torch.Tensor:
    """The largest whole number that is not above `x`. Source: tf.floor."""
    return _apply(torch.floor, x, FLOATING, name, "Floor")


def ceil(x: Any, name: str | None = None) -> torch.Tensor:
    """The smallest whole number that is not below `x`. Source: tf.ceil."""
    return _apply(torch.ceil, x, FLOATING, name, "Ceil")


def round(x: Any, name: str | None = None) -> torch.Tensor:
    """To the nearest whole number, halves to the even one; integers come back as they are. Source: tf.round."""
    x = as_tensor(x)
    if x.dtype in INTEGER:
        return x
    return _apply(torch.round, x, _SMOOTH, name, "Round")


def rint(x: Any, name: str | None = None) -> torch.Tensor:
    """As `round`, for floating-point numbers only. Source: tf.rint."""
    return _apply(torch.round, x, FLOATING, name, "Rint")


def is_nan(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.is_nan."""
    return _apply(torch.isnan, x, FLOATING, name, "IsNan")


def is_inf(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.is_inf."""
    return _apply(torch.isinf, x, FLOATING, name, "IsInf")


def is_finite(x: Any, name: str | None = None) -> torch.Tensor:
    """Source: tf.is_finite."""
    return _apply(torch.isfinite, x, FLOATING, name, "IsFinite")


def logical_not(x: Any, name: str | None = None) -> torch.Tensor:
    """Of booleans only. Source: tf.logical_not."""
    return _apply(torch.logical_not, x, frozenset({torch.bool}), name, "LogicalNot")


def conj(x: Any, name: str | None = None) -> torch.Tensor:
    """The complex conjugate; real numbers come back as they are. Source: tf.conj."""
    x = as_tensor(x)
    return x if x.dtype not in COMPLEX else named(torch.conj_physical(x), name, "Conj")


def real(input: Any, name: str | None = None) -> torch.Tensor:
    """The real part; real numbers come back as they are. Source: tf.real."""
    x = as_tensor(input)
    return x if x.dtype not in COMPLEX else named(torch.real(x), name, "Real")


def imag(input: Any, name: str | None = None) -> torch.Tensor:
    """The imaginary part, 0 for real numbers. Source: tf.imag."""
    x = as_tensor(input)
    return named(torch.imag(x) if x.dtype in COMPLEX else torch.zeros_like(x), name, "Imag")


def angle(input: Any, name: str | None = None) -> torch.Tensor:
    """The argument of a complex number, in radians. Source: tf.angle."""
    return _apply(torch.angle, input, _SMOOTH, name, "Angle")
