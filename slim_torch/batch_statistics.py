"""The arithmetic of batch normalization: statistics, outputs, and the factors of renorm.

Pure functions of tensors; which of them `batch_norm` uses, the variables and the updates are in
`normalization.py`. Invariant: an activation is only ever viewed in another layout, never copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import differ
from slim_torch.tensors import leaf

__all__ = [
    "Moving",
    "batch_norm_over",
    "batch_norm_with_statistics",
    "by_kernel",
    "by_kernel_if",
    "by_moments",
    "by_moving_averages",
    "gated",
    "moments",
    "renorm_factors",
]


# Where the kernel would put the batch's statistics in training.
_UNUSED = torch.empty(0)


class Moving(NamedTuple):
    """The variables of one batch_norm that are not trained; the last three only with renorm."""

    mean: Variable
    variance: Variable
    stddev: Variable | None = None
    renorm_mean: Variable | None = None
    renorm_stddev: Variable | None = None


@leaf
def batch_norm_with_statistics(
    x: Tensor, gamma: Tensor | None, beta: Tensor | None, epsilon: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalizes `x` by its own statistics, and gives them too, from one kernel.

    Args:
      x: `[batch, channels, ...]`, in any memory format.
      gamma, beta: `[channels]`; None leaves out the scale or the offset.

    Returns:
      The output, and the mean and the variance (divided by `count - 1`) of each channel, in float32
      if `x` has 16 bits, without gradients. The variance of a single value is 0.
    """
    channels = x.shape[1]
    parameter = beta if gamma is None else gamma
    dtype = torch.float32 if x.dtype.itemsize == 2 else x.dtype
    if parameter is not None:
        dtype = parameter.dtype
    count = x.numel() // channels
    if type(count) is int and count == 1:
        # The kernels divide by count - 1. A single value is its own mean, whatever it is.
        y = x - x
        shape = (channels,) + (1,) * (x.dim() - 2)
        y = y if gamma is None else y * gamma.view(shape)
        y = y if beta is None else y + beta.view(shape)
        mean = x.detach().reshape(channels).to(dtype)
        return y.to(x.dtype), mean, torch.zeros_like(mean)
    # With momentum 1 the kernel writes the statistics themselves over the running averages.
    mean = torch.zeros(channels, dtype=dtype, device=x.device)
    variance = torch.zeros(channels, dtype=dtype, device=x.device)
    y = torch.batch_norm(x, gamma, beta, mean, variance, True, 1.0, epsilon, _with_cudnn(x))
    return y, mean, variance


def _with_cudnn(x: Tensor) -> bool:
    # PyTorch's switch is slow to read, and only says something of GPUs.
    return x.device.type == "cuda" and torch.backends.cudnn.enabled


def _channels_second(x: Tensor, axis: int) -> Tensor:
    """A view of `x` as `[batch, channels, ...]`, in a memory format that the kernels take as it is."""
    if axis == 1:
        return x
    if axis == 2:
        return x.unsqueeze(1).permute(0, 3, 1, 2)
    if axis > 4:
        return x.flatten(0, -2)
    return x.permute(CHANNELS_FIRST[axis - 1])


def _channels_back(y: Tensor, x: Tensor, axis: int) -> Tensor:
    """Undoes `_channels_second(x, axis)` on a result of the same shape."""
    if axis == 1:
        return y
    if axis == 2:
        return y.permute(0, 2, 3, 1).squeeze(1)
    if axis > 4:
        return y.view(x.shape)
    return y.permute(CHANNELS_LAST[axis - 1])


def by_moving_averages(
    x: Tensor, axis: int, gamma: Tensor | None, beta: Tensor | None, moving: Moving, epsilon: float
) -> Tensor:
    """The output in inference, from one kernel: over `x` itself where its maker has marked it `overwritable`."""
    x_second = _channels_second(x, axis)
    kernel = batch_norm_over if getattr(x, "overwritable", False) else torch.batch_norm
    y = kernel(x_second, gamma, beta, moving.mean, moving.variance, False, 0.0, epsilon, _with_cudnn(x))
    return _channels_back(y, x, axis)


def batch_norm_over(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    training: bool,
    momentum: float,
    epsilon: float,
    cudnn_enabled: bool,
) -> Tensor:
    """`torch.batch_norm` in inference, with the result in the memory of `x` where that is possible.

    What a convolution has just written is in the caches. Only where gradients are off, and nobody else has `x`.
    """
    if (
        torch.compiler.is_compiling()
        or x.dtype != torch.float32
        or mean.dtype != torch.float32
        or not x.is_cpu
        or torch._C._are_functorch_transforms_active()
    ):
        return torch.batch_norm(x, weight, bias, mean, variance, training, momentum, epsilon, cudnn_enabled)
    torch.native_batch_norm(
        x, weight, bias, mean, variance, training, momentum, epsilon, out=(x, _UNUSED, _UNUSED)
    )
    return x


def by_kernel(
    x: Tensor, axis: int, gamma: Tensor | None, beta: Tensor | None, epsilon: float, corrected: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Output, mean and variance; the variance is divided by `count - 1` if `corrected`, else by `count`."""
    y, mean, variance = batch_norm_with_statistics(_channels_second(x, axis), gamma, beta, epsilon)
    if not corrected:
        count = x.numel() // x.shape[axis]
        variance = variance * ((count - 1) / count)
    return _channels_back(y, x, axis), mean, variance


def by_kernel_if(
    training: Tensor,
    x: Tensor,
    axis: int,
    gamma: Tensor | None,
    beta: Tensor | None,
    moving_mean: Tensor,
    moving_variance: Tensor,
    epsilon: float,
    corrected: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """`by_kernel` if `training`, else what the moving averages give, and those; only one of them is computed.

    It looks at a tensor's value, so it is only for the runs of a recorded graph.
    """
    if bool(training):
        return by_kernel(x, axis, gamma, beta, epsilon, corrected)
    moving = Moving(moving_mean, moving_variance)  # type: ignore[arg-type]
    return by_moving_averages(x, axis, gamma, beta, moving, epsilon), moving_mean, moving_variance


def gated(gate: Tensor | None, value: Tensor, otherwise: Tensor) -> Tensor:
    """`value`; where there is a gate and it is False, `otherwise`."""
    return value if gate is None else torch.where(gate, value, otherwise)


def _along(axis: int, x: Tensor) -> tuple[int, ...]:
    """The shape in which a value per channel meets `x`."""
    return (-1,) + (1,) * (x.dim() - 1 - axis)


def moments(x: Tensor, axis: int, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and variance (divided by the count) of each channel, in float32 or better."""
    if x.dtype.itemsize == 2:
        x = x.float()
    others = [i for i in range(x.dim()) if i != axis]
    if weights is None:
        variance, mean = torch.var_mean(x, others, correction=0)
        return mean, variance
    if weights.dim() != 1 or differ(weights.shape[0], x.shape[0]):
        raise ValueError(
            f"Shapes ({x.shape[0]},) and {tuple(weights.shape)} are incompatible: batch_weights must hold "
            f"one weight for each example."
        )
    shares = (weights / weights.sum()).to(x.dtype).view((-1,) + (1,) * (x.dim() - 1))
    shares = shares * (x.shape[0] * x.shape[axis] / x.numel())
    mean = (x * shares).sum(others)
    shape = _along(axis, x)
    return mean, ((x - mean.view(shape)).square() * shares).sum(others)


def by_moments(
    x: Tensor,
    axis: int,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor | None,
    beta: Tensor | None,
    moving: Moving,
    epsilon: float,
    gate: Tensor | None,
    factors: tuple[Tensor, Tensor] | None,
    adjustment: tuple[Tensor, Tensor] | None,
) -> Tensor:
    """The output from given statistics; where `gate` is False, from the moving averages.

    `factors` are the r and d of renorm, `adjustment` a scale and an offset that meet `x` as they are.
    """
    mean, variance = gated(gate, mean, moving.mean), gated(gate, variance, moving.variance)
    shape = _along(axis, x)
    factor = (variance + epsilon).rsqrt()
    offset = None
    if factors is not None:
        factor, offset = factor * factors[0], factors[1]
    if adjustment is None and gamma is not None:
        factor = factor * gamma
        offset = None if offset is None else offset * gamma
    if adjustment is None and beta is not None:
        offset = beta if offset is None else offset + beta
    y = (x - mean.view(shape)) * factor.view(shape)
    if offset is not None:
        y = y + offset.view(shape)
    if adjustment is not None:
        y_adjusted = y * adjustment[0] + adjustment[1]
        y = y_adjusted if gate is None else torch.where(gate, y_adjusted, y)
        if gamma is not None:
            y = y * gamma.view(shape)
        if beta is not None:
            y = y + beta.view(shape)
    return y.to(x.dtype)


def renorm_factors(
    mean: Tensor,
    variance: Tensor,
    moving: Moving,
    clipping: Mapping[str, Any] | None,
    epsilon: float,
    gate: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """r and d of batch renormalization: how the batch's statistics relate to the moving ones."""
    assert moving.renorm_mean is not None
    assert moving.renorm_stddev is not None
    limits = clipping or {}
    with torch.no_grad():
        floor = moving.renorm_stddev.clamp(min=epsilon**0.5)
        r = (variance + epsilon).sqrt() / floor
        d = (mean - moving.renorm_mean) / floor
        if limits.get("rmax") is not None:
            r = r.clamp(max=limits["rmax"])
        if limits.get("rmin") is not None:
            r = r.clamp(min=limits["rmin"])
        if limits.get("dmax") is not None:
            d = d.clamp(min=-limits["dmax"], max=limits["dmax"])
        if gate is not None:
            r, d = torch.where(gate, r, 1.0), torch.where(gate, d, 0.0)
    # Recorded code has no gradients only where that is recorded.
    return r.detach(), d.detach()
