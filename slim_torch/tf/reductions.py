"""Sums, means, extremes and the like along axes, under TensorFlow's names; running sums among them.

Integers stay integers of their size: a mean of integers is divided and rounded towards 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, leaf, named, use_up
from slim_torch.tf.support import (
    BOOLEAN,
    COMPLEX,
    FLOATING,
    INTEGER,
    NUMERIC,
    checked,
    known_axis,
    known_ints,
    one_of,
    require,
)

__all__ = [
    "argmax",
    "argmin",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "reduce_all",
    "reduce_any",
    "reduce_euclidean_norm",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_std",
    "reduce_sum",
    "reduce_variance",
]

_REAL = FLOATING | INTEGER


def _axes(x: torch.Tensor, axis: Any, op: str) -> list[int]:
    """The axes to reduce, each once, in order; all where `axis` is None."""
    rank = x.dim()
    if axis is None:
        return list(range(rank))
    found = set()
    for item in known_ints(axis, f"The axis of {op}"):
        if not -rank <= item < rank:
            raise ValueError(
                f"{op}: Invalid reduction dimension {item} for input with {rank} dimensions, expected "
                f"{-rank} to {rank - 1}."
            )
        found.add(item % rank)
    return sorted(found)


_Reduction = Callable[[torch.Tensor, list[int], bool], torch.Tensor]


def _reduced(
    reduction: _Reduction,
    x: Any,
    axis: Any,
    keepdims: Any,
    name: str | None,
    reduction_indices: Any,
    keep_dims: Any,
    op: str,
    allowed: frozenset[torch.dtype],
) -> torch.Tensor:
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    x = require(as_tensor(x), allowed, op)
    if axis is None:
        use_up("Const")  # All axes, as TensorFlow writes them down.
    return named(reduction(x, _axes(x, axis, op), keepdims), name, op)


def _sum(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    if not axes:
        return x.view_as(x)
    return torch.sum(x, axes, keepdim=keepdims, dtype=x.dtype if x.dtype in INTEGER else None)


def _mean(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    if not axes:
        return x.view_as(x)
    if x.dtype not in INTEGER:
        return torch.mean(x, axes, keepdim=keepdims)
    count = x.shape[axes[0]]
    for axis in axes[1:]:
        count = count * x.shape[axis]
    return torch.div(_sum(x, axes, keepdims), count, rounding_mode="trunc")


# A leaf because PyTorch refuses the extreme of nothing.
@leaf
def _extreme(x: torch.Tensor, axes: list[int], keepdims: bool, largest: bool) -> torch.Tensor:
    if not axes:
        return x.view_as(x)
    if any(x.shape[axis] == 0 for axis in axes):
        if x.is_floating_point():
            neutral = float("-inf" if largest else "inf")
        else:
            neutral = torch.iinfo(x.dtype).min if largest else torch.iinfo(x.dtype).max
        return torch.full_like(_sum(x, axes, keepdims), neutral)
    return torch.amax(x, axes, keepdim=keepdims) if largest else torch.amin(x, axes, keepdim=keepdims)


def _prod(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    if not axes:
        return x.view_as(x)
    kept = [axis for axis in range(x.dim()) if axis not in axes]
    # PyTorch multiplies along one axis at a time: those to go become the last one.
    flat = torch.flatten(torch.permute(x, [*kept, *axes]), len(kept))
    product = torch.prod(flat, -1, dtype=x.dtype if x.dtype in INTEGER else None)
    if keepdims:
        for axis in axes:
            product = torch.unsqueeze(product, axis)
    return product


def _any(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    return torch.any(x, axes, keepdim=keepdims) if axes else x.view_as(x)


def _all(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    return torch.all(x, axes, keepdim=keepdims) if axes else x.view_as(x)


def _variance(x: torch.Tensor, axes: list[int], keepdims: bool) -> torch.Tensor:
    return _mean(torch.square(x - _mean(x, axes, True)), axes, keepdims)


@checked
def reduce_sum(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The sum along axes.

    Args:
      axis: an int or a list of them; None for all, an empty list for none.
      keepdims: leave the reduced axes in, of size 1.
      reduction_indices, keep_dims: older names of `axis` and `keepdims`.

    Returns:
      A tensor of the dtype of `input_tensor`, integers included.

    Raises:
      ValueError: there is no such axis, or an argument is given under both names.
      TypeError: `input_tensor` is boolean.

    Source: tf.reduce_sum.
    """
    return _reduced(_sum, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Sum", NUMERIC)


@checked
def reduce_mean(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The mean along axes, NaN of nothing; of integers rounded towards 0. See `reduce_sum`. Source: tf.reduce_mean."""
    return _reduced(_mean, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Mean", NUMERIC)


@checked
def reduce_max(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The largest along axes, which share the gradient where several are equal. See `reduce_sum`.

    Of nothing it is minus infinity, or the smallest integer. Source: tf.reduce_max.
    """

    def largest(x: torch.Tensor, axes: list[int], keep: bool) -> torch.Tensor:
        return _extreme(x, axes, keep, True)

    return _reduced(largest, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Max", _REAL)


@checked
def reduce_min(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The smallest along axes; see `reduce_max`. Source: tf.reduce_min."""

    def smallest(x: torch.Tensor, axes: list[int], keep: bool) -> torch.Tensor:
        return _extreme(x, axes, keep, False)

    return _reduced(smallest, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Min", _REAL)


@checked
def reduce_prod(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The product along axes; its gradient is right where there are zeros. See `reduce_sum`. Source: tf.reduce_prod."""
    return _reduced(_prod, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Prod", NUMERIC)


@checked
def reduce_any(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """Whether one of the booleans along axes is true. See `reduce_sum`. Source: tf.reduce_any."""
    return _reduced(_any, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "Any", BOOLEAN)


@checked
def reduce_all(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """Whether all of the booleans along axes are true. See `reduce_sum`. Source: tf.reduce_all."""
    return _reduced(_all, input_tensor, axis, keepdims, name, reduction_indices, keep_dims, "All", BOOLEAN)


@checked
def reduce_logsumexp(
    input_tensor: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """`log(sum(exp(x)))` along axes, without overflow. See `reduce_sum`. Source: tf.reduce_logsumexp."""
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keep = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    x = require(as_tensor(input_tensor), FLOATING, "ReduceLogSumExp")
    with name_scope(name, "ReduceLogSumExp", [x]):
        axes = _axes(x, axis, "ReduceLogSumExp")
        # Not torch.logsumexp, whose gradient is a rounding of the result away from the exact one.
        largest = _extreme(x.detach(), axes, True, True)
        shift = torch.where(torch.isfinite(largest), largest, torch.zeros_like(largest))
        total = torch.log(_sum(torch.exp(x - shift), axes, keep))
        return named(total + torch.reshape(shift, total.shape), None, "Add")


@checked
def reduce_variance(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> torch.Tensor:
    """The mean squared distance from the mean along axes. Source: tf.math.reduce_variance."""
    x = as_tensor(input_tensor)
    with name_scope(name or "reduce_variance", None, [x]):
        return named(_variance(x, _axes(x, axis, "reduce_variance"), keepdims), None, "Mean_1")


@checked
def reduce_std(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> torch.Tensor:
    """The square root of the variance along axes; its gradient is NaN where that is 0. Source: tf.math.reduce_std."""
    x = require(as_tensor(input_tensor), FLOATING | COMPLEX, "reduce_std")
    with name_scope(name or "reduce_std", None, [x]):
        return named(torch.sqrt(_variance(x, _axes(x, axis, "reduce_std"), keepdims)), None, "Sqrt")


@checked
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> torch.Tensor:
    """The square root of the sum of squares along axes. Source: tf.math.reduce_euclidean_norm."""
    x = require(as_tensor(input_tensor), NUMERIC, "EuclideanNorm")
    result = torch.sqrt(_sum(torch.square(x), _axes(x, axis, "EuclideanNorm"), keepdims))
    return named(result.to(x.dtype), name, "EuclideanNorm")


@checked
def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = torch.int64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> torch.Tensor:
    """How many elements along axes are not 0. See `reduce_sum`. Source: tf.count_nonzero."""
    x = as_tensor(one_of("input_tensor", input_tensor, "input", input))
    axis = one_of("axis", axis, "reduction_indices", reduction_indices)
    keep = bool(one_of("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "count_nonzero", [x]):
        count = _sum((x != 0).to(torch.int64), _axes(x, axis, "count_nonzero"), keep)
        wanted = as_dtype(dtype)
        if wanted == torch.int64:
            return named(count, None, "Sum")
        return named(count.to(wanted), None, "Cast_1")


def _place(
    function: Callable[..., torch.Tensor],
    input: Any,
    axis: Any,
    name: str | None,
    dimension: Any,
    output_type: Any,
    op: str,
) -> torch.Tensor:
    axis = one_of("axis", axis, "dimension", dimension)
    x = require(as_tensor(input), NUMERIC, op)
    found = function(x, 0 if axis is None else known_axis(axis, x.dim(), op))
    return named(found.to(as_dtype(output_type)), name, op)


@checked
def argmax(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = torch.int64,
) -> torch.Tensor:
    """Where along `axis`, the first by default, the largest element is; of several the first one.

    Args:
      dimension: the older name of `axis`.
      output_type: int64 or int32.

    Raises:
      ValueError: there is no such axis, or both names are given.

    Source: tf.argmax.
    """
    return _place(torch.argmax, input, axis, name, dimension, output_type, "ArgMax")


@checked
def argmin(
    input: Any,
    axis: Any = None,
    name: str | None = None,
    dimension: Any = None,
    output_type: Any = torch.int64,
) -> torch.Tensor:
    """Where along `axis` the smallest element is; see `argmax`. Source: tf.argmin."""
    return _place(torch.argmin, input, axis, name, dimension, output_type, "ArgMin")


def _running(
    function: Callable[..., torch.Tensor],
    x: Any,
    axis: Any,
    exclusive: bool,
    reverse: bool,
    name: str | None,
    op: str,
    neutral: int,
) -> torch.Tensor:
    x = require(as_tensor(x), NUMERIC, op)
    axis = known_axis(axis, x.dim(), op)
    result = torch.flip(x, [axis]) if reverse else x
    result = function(result, axis, dtype=x.dtype if x.dtype in INTEGER else None)
    if exclusive:
        # One place further, so that an element does not count itself.
        shift = [0, 0] * (x.dim() - 1 - axis) + [1, -1]
        result = torch.constant_pad_nd(result, shift, neutral)
    return named(torch.flip(result, [axis]) if reverse else result, name, op)


@checked
def cumsum(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> torch.Tensor:
    """The running sum along `axis`.

    Args:
      exclusive: of the elements before each one, without itself: the first is 0.
      reverse: from the end.

    Raises:
      ValueError: there is no such axis.

    Source: tf.cumsum.
    """
    return _running(torch.cumsum, x, axis, exclusive, reverse, name, "Cumsum", 0)


@checked
def cumprod(
    x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> torch.Tensor:
    """The running product along `axis`; see `cumsum`. The gradient is right where there are zeros, while
    TensorFlow's is NaN there. Source: tf.cumprod."""
    return _running(torch.cumprod, x, axis, exclusive, reverse, name, "Cumprod", 1)
