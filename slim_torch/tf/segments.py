"""Sums and extremes over groups, partitions and counts, under TensorFlow's names.

The sizes of the results depend on values, so most of this runs in leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.support import (
    FLOATING,
    INTEGER,
    NUMERIC,
    checked,
    like,
    of_unknown_size,
    require,
    shapes_differ,
    static_sizes,
    tensors,
)

__all__ = [
    "bincount",
    "dynamic_partition",
    "dynamic_stitch",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
]

_REAL = FLOATING | INTEGER
_REDUCTIONS = {"sum": "sum", "mean": "sum", "sqrt_n": "sum", "prod": "prod", "max": "amax", "min": "amin"}


def _of_nothing(how: str, dtype: torch.dtype) -> Any:
    if how in ("max", "min"):
        info = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
        return info.min if how == "max" else info.max
    return 1 if how == "prod" else 0


def _grouped(data: torch.Tensor, ids: torch.Tensor, count: int, how: str, empty: Any) -> torch.Tensor:
    rest = data.shape[ids.dim() :]
    rows = data.reshape([ids.numel(), *rest])
    flat = ids.flatten().long()
    # What belongs nowhere goes into one group more, which is left out in the end.
    place = torch.where(flat < 0, count, flat)
    spread = place.reshape([-1] + [1] * len(rest)).expand_as(rows)
    base = torch.full((count + 1, *rest), empty, dtype=data.dtype, device=data.device)
    result = torch.scatter_reduce(
        base, 0, spread, rows, _REDUCTIONS[how], include_self=how not in ("max", "min")
    )
    if how in ("mean", "sqrt_n"):
        members = torch.bincount(place, minlength=count + 1).clamp(min=1).to(data.dtype)
        members = members.sqrt() if how == "sqrt_n" else members
        rounding = None if data.is_floating_point() or data.is_complex() else "trunc"
        result = torch.div(result, members.reshape([-1] + [1] * len(rest)), rounding_mode=rounding)
    return torch.narrow(result, 0, 0, count)


def _sorted_segments(data: torch.Tensor, ids: torch.Tensor, how: str) -> torch.Tensor:
    count = int(ids[-1]) + 1 if ids.numel() else 0
    return _grouped(data, ids, count, how, 1 if how == "prod" else 0)


@leaf
def _segments(data: torch.Tensor, ids: torch.Tensor, count: int, how: str) -> torch.Tensor:
    if data.is_meta:
        return data.new_empty((count, *data.shape[ids.dim() :]))
    return _grouped(data, ids, count, how, _of_nothing(how, data.dtype))


def _ids(segment_ids: Any, data: torch.Tensor, op: str) -> torch.Tensor:
    ids = as_tensor(segment_ids)
    require(ids, frozenset({torch.int32, torch.int64}), op)
    if shapes_differ(data.shape[: ids.dim()], ids.shape):
        raise ValueError(
            f"{op}: segment_ids of shape {tuple(ids.shape)} must begin the data's, {tuple(data.shape)}."
        )
    return ids


def _segment(data: Any, segment_ids: Any, how: str, name: str | None, op: str) -> torch.Tensor:
    x = require(as_tensor(data), NUMERIC, op)
    ids = _ids(segment_ids, x, op)
    sizes = [None, *static_sizes(x)[1:]]
    result: torch.Tensor = of_unknown_size(_sorted_segments, (x, ids, how), (sizes, x.dtype), op, name)
    return result


@checked
def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> torch.Tensor:
    """The sum of the rows of each group.

    Args:
      segment_ids: `[rows]`, the group of each row, in ascending order.

    Returns:
      `[largest id + 1, ...]`; 0 for groups without a row.

    Source: tf.segment_sum.
    """
    return _segment(data, segment_ids, "sum", name, "SegmentSum")


@checked
def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> torch.Tensor:
    """The mean of the rows of each group, of integers rounded towards 0; see `segment_sum`. Source: tf.segment_mean."""
    return _segment(data, segment_ids, "mean", name, "SegmentMean")


@checked
def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> torch.Tensor:
    """The largest in each group; see `segment_sum`. Equal ones share the gradient. Source: tf.segment_max."""
    return _segment(data, segment_ids, "max", name, "SegmentMax")


@checked
def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> torch.Tensor:
    """The smallest in each group; see `segment_max`. Source: tf.segment_min."""
    return _segment(data, segment_ids, "min", name, "SegmentMin")


@checked
def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> torch.Tensor:
    """The product of the rows of each group, 1 without a row; see `segment_sum`. Source: tf.segment_prod."""
    return _segment(data, segment_ids, "prod", name, "SegmentProd")


def _unsorted(data: Any, segment_ids: Any, num_segments: Any, how: str, op: str) -> torch.Tensor:
    x = require(as_tensor(data), NUMERIC, op)
    return _segments(x, _ids(segment_ids, x, op), as_sizes(num_segments)[0], how)


@checked
def unsorted_segment_sum(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The sum of the elements of each group.

    Args:
      segment_ids: the group of each element or slice: a shape that the data's begins with. Negative: none.
      num_segments: how many groups there are.

    Returns:
      `[num_segments, ...]`; 0 for groups without an element.

    Source: tf.unsorted_segment_sum.
    """
    result = _unsorted(data, segment_ids, num_segments, "sum", "UnsortedSegmentSum")
    return named(result, name, "UnsortedSegmentSum")


@checked
def unsorted_segment_max(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The largest in each group, the dtype's smallest number without an element; see `unsorted_segment_sum`.

    Source: tf.unsorted_segment_max.
    """
    result = _unsorted(data, segment_ids, num_segments, "max", "UnsortedSegmentMax")
    return named(result, name, "UnsortedSegmentMax")


@checked
def unsorted_segment_min(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The smallest in each group; see `unsorted_segment_max`. Source: tf.unsorted_segment_min."""
    result = _unsorted(data, segment_ids, num_segments, "min", "UnsortedSegmentMin")
    return named(result, name, "UnsortedSegmentMin")


@checked
def unsorted_segment_prod(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The product in each group, 1 without an element; see `unsorted_segment_sum`. Source: tf.unsorted_segment_prod."""
    result = _unsorted(data, segment_ids, num_segments, "prod", "UnsortedSegmentProd")
    return named(result, name, "UnsortedSegmentProd")


@checked
def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The mean in each group, 0 without an element; see `unsorted_segment_sum`. Source: tf.unsorted_segment_mean."""
    with name_scope(name, "UnsortedSegmentMean"):
        result = _unsorted(data, segment_ids, num_segments, "mean", "UnsortedSegmentMean")
        return named(result, None, "truediv")


@checked
def unsorted_segment_sqrt_n(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> torch.Tensor:
    """The sum in each group divided by the root of its size; see `unsorted_segment_sum`.

    Source: tf.unsorted_segment_sqrt_n.
    """
    with name_scope(name, "UnsortedSegmentSqrtN"):
        result = _unsorted(data, segment_ids, num_segments, "sqrt_n", "UnsortedSegmentSqrtN")
        return named(result, None, "truediv")


def _parts(data: torch.Tensor, partitions: torch.Tensor, count: int) -> list[torch.Tensor]:
    return [data[partitions == part] for part in range(count)]


@checked
def dynamic_partition(
    data: Any, partitions: Any, num_partitions: int, name: str | None = None
) -> list[torch.Tensor]:
    """The slices of `data` that belong to each of `num_partitions` parts.

    Args:
      partitions: the part of each slice, from 0; a shape that the data's begins with.

    Source: tf.dynamic_partition.
    """
    x, parts = as_tensor(data), as_tensor(partitions)
    each = ([None, *static_sizes(x)[parts.dim() :]], x.dtype)
    found: list[torch.Tensor] = of_unknown_size(
        _parts, (x, parts, num_partitions), [each] * num_partitions, "DynamicPartition", name
    )
    return found


def _stitched(indices: list[torch.Tensor], data: list[torch.Tensor]) -> torch.Tensor:
    rest = data[0].shape[indices[0].dim() :]
    size = max((int(item.max()) + 1 for item in indices if item.numel()), default=0)
    result = torch.zeros((size, *rest), dtype=data[0].dtype, device=data[0].device)
    # One after the other: where an index comes twice, the last one counts.
    for places, rows in zip(indices, data):
        result = torch.index_put(result, (places.flatten().long(),), rows.reshape([places.numel(), *rest]))
    return result


@checked
def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> torch.Tensor:
    """Slices put together: `result[indices[m][i]] = data[m][i]`, the last one where an index comes twice.

    Unlike in TensorFlow, one that was overwritten gets no gradient. Source: tf.dynamic_stitch.
    """
    places, rows = tensors(indices, "DynamicStitch"), tensors(data, "DynamicStitch")
    sizes = [None, *static_sizes(rows[0])[places[0].dim() :]]
    found: torch.Tensor = of_unknown_size(
        _stitched, (places, rows), (sizes, rows[0].dtype), "DynamicStitch", name
    )
    return found


def _counted(
    values: torch.Tensor, weights: torch.Tensor | None, least: int, most: int | None, dtype: torch.dtype
) -> torch.Tensor:
    flat = values.flatten().long()
    size = max(int(flat.max()) + 1 if flat.numel() else 0, least)
    size = size if most is None else min(size, most)
    place = torch.where(flat < size, flat, size)
    if weights is None:
        return torch.bincount(place, minlength=size + 1)[:size].to(dtype)
    base = torch.zeros(size + 1, dtype=weights.dtype, device=weights.device)
    return torch.index_add(base, 0, place, weights.flatten())[:size]


@checked
def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = torch.int32,
) -> torch.Tensor:
    """How often each value from 0 up comes in `arr`, or the sum of its weights.

    Args:
      weights: one for each element; the result has their dtype.
      minlength, maxlength: bounds of the length of the result, the largest value plus 1; `maxlength` wins.

    Source: tf.bincount.
    """
    with name_scope("bincount"):
        x = require(as_tensor(arr), INTEGER, "Bincount")
        least = 0 if minlength is None else as_sizes(minlength)[0]
        most = None if maxlength is None else as_sizes(maxlength)[0]
        by = None if weights is None else as_tensor(weights)
        wanted = as_dtype(dtype) if by is None else by.dtype
        op = "Bincount" if by is None else "UnsortedSegmentSum"
        args = (x, by, least, most, wanted)
        found: torch.Tensor = of_unknown_size(_counted, args, ([None], wanted), op, None)
        return found


def _bins(values: Any, value_range: Any, nbins: int, op: str) -> torch.Tensor:
    x = require(as_tensor(values), _REAL, op)
    bounds = like(value_range, x, op)
    low, high = torch.select(bounds, 0, 0), torch.select(bounds, 0, 1)
    place = torch.floor(nbins * ((x - low) / (high - low)))
    return torch.clamp(place, 0, nbins - 1)


@checked
def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: int = 100, dtype: Any = torch.int32, name: str | None = None
) -> torch.Tensor:
    """The bin of each value, of `nbins` equal ones; what lies outside counts to the first or last.

    Args:
      value_range: `[low, high]`.

    Source: tf.histogram_fixed_width_bins.
    """
    with name_scope(name, "histogram_fixed_width_bins"):
        place = _bins(values, value_range, nbins, "histogram_fixed_width_bins")
        return named(place.to(as_dtype(dtype)), None, "Reshape_1")


@checked
def histogram_fixed_width(
    values: Any, value_range: Any, nbins: int = 100, dtype: Any = torch.int32, name: str | None = None
) -> torch.Tensor:
    """How many values lie in each bin; see `histogram_fixed_width_bins`. Source: tf.histogram_fixed_width."""
    op, wanted = "histogram_fixed_width", as_dtype(dtype)
    place = _bins(values, value_range, nbins, op).to(torch.int64)
    args = (place, None, nbins, nbins, wanted)
    found: torch.Tensor = of_unknown_size(_counted, args, ([nbins], wanted), op, name)
    return found
