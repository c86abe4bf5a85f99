"""What initializers have in common: values to tensors, fans, and the three kinds of random draws.

The initializers themselves are in `initializers.py`. Invariant: every random number comes from
`Graph.generator`, on the CPU.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.graph import get_default_graph

__all__ = [
    "TRUNCATED_STDDEV",
    "convert",
    "fans",
    "normal",
    "require_drawable",
    "sizes_of",
    "truncated_normal",
    "uniform_draws",
]

# The standard deviation of a standard normal variable that is redrawn until it is within (-2, 2).
TRUNCATED_STDDEV = 0.87962566103423978
# P(|z| < 2): a uniform draw from (-p, p) goes through the inverse of erf to exactly that variable.
_WITHIN_TWO_STDDEVS = math.erf(math.sqrt(2.0))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _fits(value: Any, dtype: torch.dtype) -> bool:
    if isinstance(value, (np.ndarray, np.generic, torch.Tensor)):
        return True
    if dtype == torch.bool:
        return isinstance(value, bool)
    if dtype.is_complex:
        return isinstance(value, numbers.Complex)
    return isinstance(value, numbers.Real if dtype.is_floating_point else numbers.Integral)


def convert(value: Any, dtype: torch.dtype) -> torch.Tensor:
    """`value` as a tensor of `dtype`, refusing the conversions of Python values that TensorFlow refuses.

    Arrays are cast; of Python numbers a float does not become an integer.
    """
    if value is None:
        raise ValueError("None values not supported. Pass a number, a list of numbers or an array.")
    if isinstance(value, torch.Tensor):
        return value.detach().to(device="cpu", dtype=dtype)
    for leaf in _leaves(value):
        if not _fits(leaf, dtype):
            raise TypeError(
                f"Expected {str(dtype)[6:]}, got {leaf!r} of type '{type(leaf).__name__}' instead. "
                f"Pass values of that kind, or choose another dtype."
            )
    return torch.as_tensor(np.array(value), device="cpu").to(dtype)


def sizes_of(shape: Any, when_none: type[Exception] = TypeError) -> tuple[int, ...]:
    """The sizes as a tuple.

    None raises `when_none`: in TensorFlow a ValueError where the shape goes straight into an op, a TypeError
    where something is computed from it first.
    """
    if shape is None:
        raise when_none("None values not supported as a shape. Pass a list of sizes.")
    return tuple(int(size) for size in shape)


def fans(sizes: Sequence[int]) -> tuple[int, int]:
    """What feeds one output and what one input feeds: channels times the window for a convolution.

    A vector counts as both, a scalar as one of each.
    """
    if len(sizes) < 2:
        size = sizes[0] if sizes else 1
        return size, size
    window = math.prod(sizes[:-2])
    return window * sizes[-2], window * sizes[-1]


def require_drawable(dtype: torch.dtype) -> None:
    if not dtype.is_floating_point:
        raise TypeError(
            f"Value passed to parameter 'dtype' has DataType {str(dtype)[6:]} not in list of allowed "
            f"values: float16, bfloat16, float32, float64. Use a floating-point dtype."
        )


def normal(
    sizes: Sequence[int], mean: Any, stddev: Any, dtype: torch.dtype, seed: int | None
) -> torch.Tensor:
    location, scale = convert(mean, dtype), convert(stddev, dtype)
    require_drawable(dtype)
    generator = get_default_graph().generator(seed)
    return torch.randn(sizes, generator=generator, dtype=dtype, device="cpu") * scale + location


def truncated_normal(
    sizes: Sequence[int], mean: Any, stddev: Any, dtype: torch.dtype, seed: int | None
) -> torch.Tensor:
    """Normal draws with those beyond two standard deviations redrawn."""
    location, scale = convert(mean, dtype), convert(stddev, dtype)
    require_drawable(dtype)
    # Half precision has too few values between 0 and 1 for the inverse to make a normal variable of them.
    wide = torch.promote_types(dtype, torch.float32)
    draws = torch.empty(sizes, dtype=wide, device="cpu")
    draws.uniform_(-_WITHIN_TWO_STDDEVS, _WITHIN_TWO_STDDEVS, generator=get_default_graph().generator(seed))
    draws.erfinv_().mul_(math.sqrt(2.0)).clamp_(-2.0, 2.0)
    return draws.to(dtype) * scale + location


def uniform_draws(
    sizes: Sequence[int], low: Any, high: Any, dtype: torch.dtype, seed: int | None
) -> torch.Tensor:
    if dtype not in (torch.int32, torch.int64) and not dtype.is_floating_point:
        raise ValueError(
            f"Invalid dtype {str(dtype)[6:]} for uniform draws. Use a floating-point dtype, int32 or int64."
        )
    if high is None and not dtype.is_floating_point:
        raise ValueError(f"Must specify maxval for integer dtype {str(dtype)[6:]}. Give both bounds.")
    first, last = convert(low, dtype), convert(1 if high is None else high, dtype)
    generator = get_default_graph().generator(seed)
    if dtype.is_floating_point:
        draws = torch.rand(sizes, generator=generator, dtype=dtype, device="cpu")
        return draws * (last - first) + first
    if first >= last:
        raise ValueError(f"Need minval < maxval, got {int(first)} >= {int(last)}. Swap or move the bounds.")
    return torch.randint(int(first), int(last), tuple(sizes), generator=generator, dtype=dtype, device="cpu")
