"""`tf.nn`: means and variances, and batch normalization by given ones or by those of the batch.

Layers that keep moving averages are in `slim_torch.layers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.batch_statistics import batch_norm_with_statistics
from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST, is_channels_first
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.operands import as_axes, check_window, either, floating_operand, operand

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "fused_batch_norm",
    "moments",
    "normalize_moments",
    "sufficient_statistics",
    "weighted_moments",
]

# Below this cuDNN refuses, so TensorFlow takes it instead.
_SMALLEST_EPSILON = 1.001e-5


def _keeps(keep_dims: bool | None, keepdims: bool | None) -> bool:
    return bool(either("keepdims", keepdims, "keep_dims", keep_dims))


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean and variance (divided by the count) along `axes`, computed in float32 for 16-bit numbers.

    `shift` has no effect, as in TensorFlow. Source: tf.nn.moments.
    """
    keep = _keeps(keep_dims, keepdims)
    x = as_tensor(x)
    with name_scope(name, "moments"):
        narrow = x.dtype.itemsize == 2
        variance, mean = torch.var_mean(
            x.float() if narrow else x, as_axes(axes, x.dim()), correction=0, keepdim=keep
        )
        if narrow:
            return named(mean.to(x.dtype), None, "Cast_1"), named(variance.to(x.dtype), None, "Cast_2")
        names = ("mean", "variance") if keep else ("Squeeze", "Squeeze_1")
        return named(mean, None, names[0]), named(variance, None, names[1])


def weighted_moments(
    x: Any,
    axes: Any,
    frequency_weights: Any,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """Mean and variance along `axes`, with weights that are broadcast to `x`. Source: tf.nn.weighted_moments."""
    keep = _keeps(keep_dims, keepdims)
    x = as_tensor(x)
    weights = operand(frequency_weights, x, "weighted_moments", "frequency_weights")
    along = as_axes(axes, x.dim())
    with name_scope(name, "weighted_moments"):
        weights = weights.expand(x.shape)
        total = weights.sum(along, keepdim=True)
        mean = (weights * x).sum(along, keepdim=True) / total
        variance = (weights * (x - mean).square()).sum(along, keepdim=True) / total
        if keep:
            return named(mean, None, "Mul_1"), named(variance, None, "Mul_3")
        mean, variance = mean.squeeze(along), variance.squeeze(along)
        return named(mean, None, "Squeeze"), named(variance, None, "Squeeze_1")


def sufficient_statistics(
    x: Any,
    axes: Any,
    shift: Any = None,
    keep_dims: bool | None = None,
    name: str | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """What means and variances are computed from: `(count, sum, sum of squares, shift)`.

    The sums are of `x - shift`. Source: tf.nn.sufficient_statistics.
    """
    keep = _keeps(keep_dims, keepdims)
    x = as_tensor(x)
    along = as_axes(axes, x.dim())
    with name_scope(name, "sufficient_statistics"):
        count = named(_count(x, along), None, "Const")
        shifted = x
        if shift is not None:
            shift = operand(shift, x, "sufficient_statistics", "shift")
            shifted = x - shift
        total = named(shifted.sum(along, keepdim=keep), None, "mean_ss")
        return count, total, named(shifted.square().sum(along, keepdim=keep), None, "var_ss"), shift


@leaf
def _count(x: Tensor, axes: Sequence[int]) -> Tensor:
    count = 1
    for axis in axes:
        count = count * x.shape[axis]
    return torch.full((), count, dtype=x.dtype, device=x.device)


def normalize_moments(
    counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance from `sufficient_statistics`. Source: tf.nn.normalize_moments."""
    mean_ss = as_tensor(mean_ss)
    with name_scope(name, "normalize"):
        divisor = operand(counts, mean_ss, "normalize_moments", "counts").reciprocal()
        shifted = mean_ss * divisor
        squares = operand(variance_ss, mean_ss, "normalize_moments", "variance_ss") * divisor
        mean = shifted if shift is None else shifted + operand(shift, mean_ss, "normalize_moments", "shift")
        return named(mean, None, "mean"), named(squares - shifted.square(), None, "variance")


def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
    name: str | None = None,
) -> Tensor:
    """`(x - mean) / sqrt(variance + variance_epsilon) * scale + offset`; None leaves out scale or offset.

    The statistics meet `x` as they are broadcast. Source: tf.nn.batch_normalization.
    """
    x = as_tensor(x)
    op = "batchnorm"
    with name_scope(name, op):
        factor = (operand(variance, x, op, "variance") + variance_epsilon).rsqrt()
        if scale is not None:
            factor = factor * operand(scale, x, op, "scale")
        addend = -operand(mean, x, op, "mean") * factor
        if offset is not None:
            addend = addend + operand(offset, x, op, "offset")
        return named(x * factor + addend, None, "add_1")


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """`batch_normalization` under its oldest name: `gamma` counts if `scale_after_normalization`.

    Source: tf.nn.batch_norm_with_global_normalization.
    """
    return batch_normalization(
        either("input", input, "t", t),
        either("mean", mean, "m", m),
        either("variance", variance, "v", v),
        beta,
        gamma if scale_after_normalization else None,
        variance_epsilon,
        name,
    )


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalization of images in one kernel.

    Args:
      x: `[batch, height, width, channels]`, or `[batch, channels, height, width]` for `"NCHW"`.
      scale, offset: `[channels]`.
      mean, variance: `[channels]`; only without `is_training`, where they take the statistics' place.
      epsilon: at least 1.001e-5 is used.

    Returns:
      The output; mean and variance (divided by the count - 1) of the batch, or those given, without
      gradients.

    Raises:
      ValueError: mean and variance are missing, or given in training.

    Source: tf.nn.fused_batch_norm.
    """
    x = floating_operand(x, "FusedBatchNormV3", "x")
    check_window(x, 4, "FusedBatchNormV3", "VALID")
    narrow = x.dtype.itemsize == 2
    like = x.float() if narrow else x
    scale = operand(scale, like, "FusedBatchNormV3", "scale")
    offset = operand(offset, like, "FusedBatchNormV3", "offset")
    epsilon = max(epsilon, _SMALLEST_EPSILON)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    if is_training != (mean is None and variance is None) or (mean is None) != (variance is None):
        raise ValueError(
            "Both 'mean' and 'variance' must be None if is_training is True, and given if it is False."
        )
    if mean is not None:
        mean = operand(mean, like, "FusedBatchNormV3", "mean")
        variance = operand(variance, like, "FusedBatchNormV3", "variance")
    result = _fused(x, scale, offset, mean, variance, epsilon, channels_first)
    result = named(result, name, "FusedBatchNormV3")
    return result[0], result[1], result[2]


@leaf
def _fused(
    x: Tensor,
    scale: Tensor,
    offset: Tensor,
    mean: Tensor | None,
    variance: Tensor | None,
    epsilon: float,
    channels_first: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    x = x if channels_first else x.permute(CHANNELS_FIRST[2])
    if mean is None or variance is None:
        y, mean, variance = batch_norm_with_statistics(x, scale, offset, epsilon)
    else:
        mean, variance = mean.detach(), variance.detach()
        y = F.batch_norm(x, mean, variance, scale, offset, False, 0.0, epsilon)
    return y if channels_first else y.permute(CHANNELS_LAST[2]), mean, variance
