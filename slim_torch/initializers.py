"""Initial values of variables: slim's initializer functions and TensorFlow's initializer classes.

What lives here computes a tensor from a shape and a dtype; creating variables is in `scopes.py`, moving
the values to their device and memory layout in `parameter.py`. Invariants: shapes are TensorFlow's
logical ones, and every random number is drawn on the CPU from `Graph.generator`, so that a seed gives
the same values whatever device the variable ends up on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.draws import (
    TRUNCATED_STDDEV,
    convert,
    fans,
    normal,
    require_drawable,
    sizes_of,
    truncated_normal,
    uniform_draws,
)
from slim_torch.dtypes import as_dtype

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "Identity",
    "Initializer",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "UniformUnitScaling",
    "VarianceScaling",
    "Zeros",
    "constant_initializer",
    "glorot_normal_initializer",
    "glorot_uniform_initializer",
    "he_normal",
    "he_uniform",
    "identity_initializer",
    "lecun_normal",
    "lecun_uniform",
    "ones_initializer",
    "orthogonal_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "truncated_normal_initializer",
    "uniform_unit_scaling_initializer",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
    "zeros_initializer",
]


def _require_floating(dtype: Any) -> torch.dtype:
    """The dtype of one of TensorFlow's random initializers."""
    found = as_dtype(dtype)
    if not found.is_floating_point:
        raise ValueError(f"Expected floating point type, got {found}. Use a dtype such as torch.float32.")
    return found


def _require_floating_for_slim(dtype: Any) -> torch.dtype:
    """The dtype of one of slim's initializers, which raise another error than TensorFlow's."""
    found = as_dtype(dtype)
    if not found.is_floating_point:
        raise TypeError(
            f"Cannot create initializer for non-floating point type. The dtype is {found}; use one "
            f"such as torch.float32."
        )
    return found


class Initializer:
    """Base of TensorFlow's initializers: `initializer(shape, dtype=None, partition_info=None)`.

    Without a dtype at the call, that of the initializer holds. `partition_info` is accepted because
    old code passes it; variables are never partitioned here. A call raises ValueError or TypeError when
    `shape` is None, TypeError when one of its sizes is, and, in the classes that draw random numbers,
    TypeError for a dtype that their parameters cannot be converted to.
    """

    def __init__(self, dtype: Any = torch.float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Sequence[int], dtype: Any = None, partition_info: Any = None) -> torch.Tensor:
        return self._value(shape, self.dtype if dtype is None else as_dtype(dtype))

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        raise NotImplementedError


class Zeros(Initializer):
    """All zeros (False for bool). Source: tf.zeros_initializer."""

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        return torch.zeros(
            sizes_of([shape] if isinstance(shape, int) else shape, ValueError), dtype=dtype, device="cpu"
        )


class Ones(Initializer):
    """All ones (True for bool). Source: tf.ones_initializer."""

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        return torch.ones(
            sizes_of([shape] if isinstance(shape, int) else shape, ValueError), dtype=dtype, device="cpu"
        )


class Constant(Initializer):
    """The given values, in row-major order, the last one repeated to fill the shape.

    Args:
      value: a Python scalar, a list or tuple of values, or a NumPy array.
      verify_shape: refuse a value of another shape instead of filling; also an argument of the call,
        which goes before this one.

    Raises:
      TypeError: `value` is of another type; at the call, when it cannot be converted to the dtype,
        or when `verify_shape` holds and its shape is not the wanted one.
      ValueError: at the call, when there are more values than the shape has room for.

    A call with `shape=None` gives the value in its own shape.
    Source: tf.constant_initializer.
    """

    def __init__(self, value: Any = 0, dtype: Any = torch.float32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value: {type(value)} (expected Python scalar, list or tuple of "
                f"values, or numpy.ndarray)."
            )
        self.value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: Sequence[int] | None,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> torch.Tensor:
        wanted = self.dtype if dtype is None else as_dtype(dtype)
        if shape is None:
            return convert(self.value, wanted)
        sizes = sizes_of(shape)
        room = math.prod(sizes)
        if room == 0 and not isinstance(self.value, (np.ndarray, np.generic)):
            # TensorFlow does not look at Python values that nothing is needed of; at arrays it does.
            return torch.empty(sizes, dtype=wanted, device="cpu")
        given = convert(self.value, wanted)
        verify = self._verify_shape if verify_shape is None else verify_shape
        if verify and tuple(given.shape) != sizes:
            raise TypeError(
                f"Expected Tensor's shape: {sizes}, got {tuple(given.shape)}. Give values of that shape, "
                f"or leave verify_shape out to repeat the last one."
            )
        if given.numel() > room:
            raise ValueError(
                f"Too many elements provided. Needed at most {room}, but received {given.numel()}, for "
                f"the shape {sizes}. Give fewer values or a larger shape."
            )
        values = given.reshape(-1)
        filler = values[-1:] if given.numel() else torch.zeros(1, dtype=wanted, device="cpu")
        return torch.cat([values, filler.expand(room - given.numel())]).reshape(sizes)


class RandomUniform(Initializer):
    """Uniform draws from `[minval, maxval)`; of integers where the dtype is int32 or int64.

    Args:
      maxval: 1 by default for floating-point dtypes.

    Raises:
      ValueError: at the call, when the dtype is integer and `maxval` is missing or not above
        `minval`, or when the dtype is neither floating-point, int32 nor int64.

    Source: tf.random_uniform_initializer.
    """

    def __init__(
        self, minval: Any = 0, maxval: Any = None, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        return uniform_draws(sizes_of(shape, ValueError), self.minval, self.maxval, dtype, self.seed)


class RandomNormal(Initializer):
    """Normal draws.

    Raises:
      ValueError: `dtype` is not floating-point.

    Source: tf.random_normal_initializer.
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        return normal(sizes_of(shape, ValueError), self.mean, self.stddev, dtype, self.seed)


class TruncatedNormal(Initializer):
    """Normal draws, those beyond two standard deviations from the mean redrawn.

    `stddev` is that of the normal distribution before it is cut: the draws have 0.88 times as much.

    Raises:
      ValueError: `dtype` is not floating-point.

    Source: tf.truncated_normal_initializer.
    """

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        return truncated_normal(sizes_of(shape, ValueError), self.mean, self.stddev, dtype, self.seed)


class UniformUnitScaling(Initializer):
    """Uniform draws from `(-limit, limit)`, `limit = factor * sqrt(3 / product of all sizes but the last)`.

    Raises:
      ValueError: `dtype` is not floating-point.

    Source: tf.uniform_unit_scaling_initializer.
    """

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = torch.float32) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        sizes = sizes_of(shape)
        limit = self.factor * math.sqrt(3.0 / max(1, math.prod(sizes[:-1])))
        return uniform_draws(sizes, -limit, limit, dtype, self.seed)


class VarianceScaling(Initializer):
    """Draws of variance `scale / n`, n the number of inputs, of outputs, or their mean.

    Args:
      mode: `"fan_in"`, `"fan_out"` or `"fan_avg"`.
      distribution: `"truncated_normal"` (also under its old name `"normal"`), whose standard deviation
        after the cut is the wanted one, `"untruncated_normal"` or `"uniform"`, in any case.

    Raises:
      ValueError: `scale` is not positive, `mode` or `distribution` is unknown, or `dtype` is not
        floating-point.

    Source: tf.variance_scaling_initializer. slim's function of the same name has other defaults, and
    corrects for the cut less exactly.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = torch.float32,
    ) -> None:
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive float. It is {scale!r}; pass a number above 0.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"Invalid `mode` argument: {mode!r}. Expected 'fan_in', 'fan_out' or 'fan_avg'; slim's "
                f"variance_scaling_initializer is the one that takes upper case."
            )
        distribution = distribution.lower()
        if distribution not in ("normal", "truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                f"Invalid `distribution` argument: {distribution!r}. Expected 'truncated_normal', "
                f"'untruncated_normal' or 'uniform'."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        sizes = sizes_of(shape)
        fan_in, fan_out = fans(sizes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, count)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return uniform_draws(sizes, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return normal(sizes, 0.0, math.sqrt(variance), dtype, self.seed)
        return truncated_normal(sizes, 0.0, math.sqrt(variance) / TRUNCATED_STDDEV, dtype, self.seed)


class GlorotUniform(VarianceScaling):
    """`VarianceScaling(1.0, "fan_avg", "uniform")`: what `get_variable` uses by default.

    TensorFlow takes the dtype argument and loses it (always float32); here it holds.
    Source: tf.glorot_uniform_initializer.
    """

    def __init__(self, seed: int | None = None, dtype: Any = torch.float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)


class GlorotNormal(VarianceScaling):
    """`VarianceScaling(1.0, "fan_avg", "truncated_normal")`; the dtype as in `GlorotUniform`.

    Source: tf.glorot_normal_initializer.
    """

    def __init__(self, seed: int | None = None, dtype: Any = torch.float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)


class Orthogonal(Initializer):
    """`gain` times a random matrix with orthonormal rows or columns, whichever are fewer.

    All axes but the last count as rows. Every orthogonal matrix is equally likely.

    Raises:
      ValueError: `dtype` is not floating-point; at the call, the shape has fewer than two axes.
      TypeError: at the call, the dtype is bfloat16.

    Source: tf.orthogonal_initializer.
    """

    def __init__(self, gain: Any = 1.0, seed: int | None = None, dtype: Any = torch.float32) -> None:
        self.gain = gain
        self.seed = seed
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        sizes = sizes_of(shape)
        if len(sizes) < 2:
            raise ValueError(
                f"The tensor to initialize must be at least two-dimensional, but the shape is {sizes}. "
                f"Use another initializer for vectors."
            )
        gain = convert(self.gain, dtype)
        if dtype == torch.bfloat16:
            raise TypeError(
                "Value passed to parameter 'input' has DataType bfloat16 not in list of allowed values: "
                "float64, float32, float16. Draw in float32 and convert."
            )
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        wide = torch.promote_types(dtype, torch.float32)
        require_drawable(dtype)
        draws = normal((max(rows, columns), min(rows, columns)), 0.0, 1.0, wide, self.seed)
        q, r = torch.linalg.qr(draws)
        # The factorization leaves the signs of the columns open; fixing them makes the draw uniform.
        q = q * torch.sign(torch.diagonal(r))
        return gain * (q if rows >= columns else q.T).reshape(sizes).to(dtype)


class Identity(Initializer):
    """`gain` on the diagonal, zeros elsewhere; the matrix need not be square.

    Raises:
      ValueError: `dtype` is not floating-point; at the call, the shape has not two axes.

    Source: tf.initializers.identity.
    """

    def __init__(self, gain: Any = 1.0, dtype: Any = torch.float32) -> None:
        self.gain = gain
        self.dtype = _require_floating(dtype)

    def _value(self, shape: Any, dtype: torch.dtype) -> torch.Tensor:
        sizes = sizes_of(shape)
        if len(sizes) != 2:
            raise ValueError(f"Identity matrix initializer can only be used for 2D matrices. Got {sizes}.")
        return convert(self.gain, dtype) * torch.eye(sizes[0], sizes[1], dtype=dtype, device="cpu")


zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal
truncated_normal_initializer = TruncatedNormal
uniform_unit_scaling_initializer = UniformUnitScaling
orthogonal_initializer = Orthogonal
identity_initializer = Identity
glorot_uniform_initializer = GlorotUniform
glorot_normal_initializer = GlorotNormal


def he_normal(seed: int | None = None) -> VarianceScaling:
    """`VarianceScaling(2.0, "fan_in", "truncated_normal")`. Source: tf.initializers.he_normal."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """`VarianceScaling(2.0, "fan_in", "uniform")`. Source: tf.initializers.he_uniform."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """`VarianceScaling(1.0, "fan_in", "truncated_normal")`. Source: tf.initializers.lecun_normal."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """`VarianceScaling(1.0, "fan_in", "uniform")`. Source: tf.initializers.lecun_uniform."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = torch.float32,
) -> Callable[..., torch.Tensor]:
    """slim's initializer of variance `factor / n`, n the number of inputs, outputs or their mean.

    Args:
      mode: `"FAN_IN"`, `"FAN_OUT"` or `"FAN_AVG"`.
      uniform: uniform draws from `(-limit, limit)`, `limit = sqrt(3 * factor / n)`, instead of a normal
        distribution of standard deviation `sqrt(1.3 * factor / n)` cut at two standard deviations.

    Returns:
      A function `(shape, dtype=dtype, partition_info=None)` that draws the values. It raises
      ZeroDivisionError when n is zero, ValueError when `factor` is negative, and TypeError when the
      dtype is not floating-point.

    Raises:
      TypeError: `mode` is unknown, or `dtype` is not floating-point.

    Source: tf.contrib.slim.variance_scaling_initializer.
    """
    default_dtype = _require_floating_for_slim(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(
            f"Unknown mode {mode!r} [FAN_IN, FAN_OUT, FAN_AVG]. TensorFlow's VarianceScaling is the one "
            f"that takes lower case."
        )

    def _initializer(
        shape: Sequence[int], dtype: Any = default_dtype, partition_info: Any = None
    ) -> torch.Tensor:
        found = _require_floating_for_slim(dtype)
        sizes = sizes_of(shape)
        fan_in, fan_out = fans(sizes)
        count = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / count)
            return uniform_draws(sizes, -limit, limit, found, seed)
        # 1.3 makes up for the cut, to within 0.3 %: 1 / 0.8796**2 is 1.2924.
        return truncated_normal(sizes, 0.0, math.sqrt(1.3 * factor / count), found, seed)

    return _initializer


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = torch.float32
) -> Callable[..., torch.Tensor]:
    """`variance_scaling_initializer(1.0, "FAN_AVG", uniform)`: the default of slim's layers.

    Raises:
      TypeError: `dtype` is not floating-point.

    Source: tf.contrib.slim.xavier_initializer.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer
