"""The less common mathematical functions: Bessel, gamma and zeta functions, and guarded products and quotients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import COMPLEX, FLOATING, NUMERIC, checked, operands, require

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "igamma",
    "igammac",
    "multiply_no_nan",
    "nextafter",
    "polygamma",
    "polyval",
    "reciprocal_no_nan",
    "xdivy",
    "xlogy",
    "zeta",
]


def _one(function: Callable[[torch.Tensor], torch.Tensor], default: str, source: str) -> Callable[..., Any]:
    def applied(x: Any, name: str | None = None) -> Any:
        return named(function(require(as_tensor(x), FLOATING, default)), name, default)

    applied.__name__ = applied.__qualname__ = source
    applied.__doc__ = f"Source: tf.math.{source}."
    return checked(applied)


bessel_i0 = _one(torch.special.i0, "bessel_i0", "bessel_i0")
bessel_i0e = _one(torch.special.i0e, "BesselI0e", "bessel_i0e")
bessel_i1 = _one(torch.special.i1, "bessel_i1", "bessel_i1")
bessel_i1e = _one(torch.special.i1e, "BesselI1e", "bessel_i1e")


@checked
def igamma(a: Any, x: Any, name: str | None = None) -> Any:
    """The lower incomplete gamma function, regularized. Source: tf.igamma."""
    a, x = operands(a, x, "Igamma", FLOATING)
    return named(torch.special.gammainc(a, x), name, "Igamma")


@checked
def igammac(a: Any, x: Any, name: str | None = None) -> Any:
    """The upper incomplete gamma function, regularized. Source: tf.igammac."""
    a, x = operands(a, x, "Igammac", FLOATING)
    return named(torch.special.gammaincc(a, x), name, "Igammac")


@checked
def zeta(x: Any, q: Any, name: str | None = None) -> Any:
    """Hurwitz's zeta function. Source: tf.zeta."""
    return named(torch.special.zeta(*operands(x, q, "Zeta", FLOATING)), name, "Zeta")


@checked
def polygamma(a: Any, x: Any, name: str | None = None) -> Any:
    """The polygamma function of order `a`. Source: tf.polygamma."""
    a, x = operands(a, x, "Polygamma", FLOATING)
    derivative = torch.exp(torch.lgamma(a + 1)) * torch.special.zeta(a + 1, x)
    odd = torch.remainder(a, 2) != 0
    found = torch.where(odd, derivative, -derivative)
    return named(torch.where(a == 0, torch.special.digamma(x), found), name, "Polygamma")


@checked
def xlogy(x: Any, y: Any, name: str | None = None) -> Any:
    """`x * log(y)`, 0 where `x` is 0. Source: tf.math.xlogy."""
    return named(torch.special.xlogy(*operands(x, y, "Xlogy", FLOATING)), name, "Xlogy")


@checked
def xdivy(x: Any, y: Any, name: str | None = None) -> Any:
    """`x / y`, 0 where `x` is 0. Source: tf.math.xdivy."""
    x, y = operands(x, y, "Xdivy", FLOATING)
    return named(torch.where(x == 0, torch.zeros_like(x / y), x / y), name, "Xdivy")


@checked
def reciprocal_no_nan(x: Any, name: str | None = None) -> Any:
    """`1 / x`, 0 where `x` is 0. Source: tf.math.reciprocal_no_nan."""
    x = require(as_tensor(x), FLOATING | COMPLEX, "reciprocal_no_nan")
    with name_scope(name, "reciprocal_no_nan"):
        return torch.where(
            x == 0, torch.zeros_like(x), torch.where(x == 0, torch.ones_like(x), x).reciprocal()
        )


@checked
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """`x * y`, 0 where `y` is 0, whatever `x` is. Source: tf.math.multiply_no_nan."""
    x, y = operands(x, y, "MulNoNan", NUMERIC)
    return named(torch.where(y == 0, torch.zeros_like(x * y), x * y), name, "MulNoNan")


@checked
def nextafter(x1: Any, x2: Any, name: str | None = None) -> Any:
    """The next number after `x1` towards `x2`. Source: tf.math.nextafter."""
    return named(torch.nextafter(*operands(x1, x2, "NextAfter", FLOATING)), name, "NextAfter")


@checked
def polyval(coeffs: Sequence[Any], x: Any, name: str | None = None) -> Any:
    """The polynomial of these coefficients, the highest power first, at `x`. Source: tf.math.polyval."""
    x = as_tensor(x)
    with name_scope(name, "polyval"):
        if not coeffs:
            return torch.zeros_like(x)
        total = as_tensor(coeffs[0], like=x)
        for coefficient in coeffs[1:]:
            total = as_tensor(coefficient, like=x) + total * x
        return total
