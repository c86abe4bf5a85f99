"""Slices and reversals along axes, under TensorFlow's names.

What picks elements by other tensors is in `indexing.py`. Sizes and places may be recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.support import checked, is_known, known_axis, known_ints, require

__all__ = ["reverse", "reverse_sequence", "reverse_v2", "slice", "strided_slice"]

_LENGTH = frozenset({torch.int32, torch.int64})
_Slice = type(np.s_[:])


@leaf
def _block(x: torch.Tensor, starts: tuple[int, ...], sizes: tuple[int, ...]) -> torch.Tensor:
    if x.is_meta:
        # Where starts stand for unknown ones the rest of an axis may be anything, but not the same everywhere.
        rest = [abs(size - start) for size, start in zip(x.shape, starts)]
        return x.new_empty([left if size == -1 else size for left, size in zip(rest, sizes)])
    result = x
    for axis, (start, size) in enumerate(zip(starts, sizes)):
        if start < 0:
            raise ValueError(f"Slice: begin must not be negative, got {starts}.")
        result = torch.narrow(result, axis, start, x.shape[axis] - start if size == -1 else size)
    return x.view_as(x) if result is x else result


@checked
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> torch.Tensor:
    """A block of `input_`.

    Args:
      begin: where it starts along each axis; ints or integer tensors.
      size: how long it is; -1 for all that is left.

    Raises:
      ValueError: there is not one number for each axis, or the block does not lie inside.

    Source: tf.slice.
    """
    x = as_tensor(input_)
    starts, sizes = as_sizes(begin), as_sizes(size)
    if len(starts) != x.dim() or len(sizes) != x.dim():
        raise ValueError(
            f"Slice: begin and size must have one entry for each of {x.dim()} axes: {starts}, {sizes}."
        )
    for start, length, whole in zip(starts, sizes, x.shape):
        inside = not is_known(start) or (start >= 0 and not (is_known(whole) and start > whole))
        if inside and all(map(is_known, (start, length, whole))):
            inside = length == -1 or start + length <= whole
        if not inside:
            raise ValueError(f"Slice: begin {starts} and size {sizes} reach outside of {tuple(x.shape)}.")
    return named(_block(x, starts, sizes), name, "Slice")


@leaf
def _indexed_backwards(x: torch.Tensor, items: tuple[Any, ...]) -> torch.Tensor:
    """`x[items]` where slices may have negative steps, which PyTorch does not take."""
    taken = sum(item is not None and item is not Ellipsis for item in items)
    where = items.index(Ellipsis) if Ellipsis in items else len(items)
    everything = (_Slice(None),) * (x.dim() - taken)
    axis = 0
    index: list[Any] = []
    flipped: list[int] = []
    for item in (*items[:where], *everything, *items[where + 1 :]):
        if isinstance(item, _Slice) and item.step is not None and item.step < 0:
            start, stop, step = item.indices(x.shape[axis])
            length = len(range(start, stop, step))
            flipped.append(sum(not isinstance(earlier, int) for earlier in index))
            item = _Slice(start + (length - 1) * step, start + 1, -step) if length else _Slice(0, 0)
        index.append(item)
        axis += item is not None
    return torch.flip(x[tuple(index)], flipped)


@checked
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> torch.Tensor:
    """`input_[begin:end:strides]` along the first axes.

    Args:
      begin, end, strides: a number for each entry; ints or integer tensors. Strides are 1 by default.
      begin_mask, end_mask: bit i set leaves out the i-th begin or end.
      ellipsis_mask: bit i set makes the i-th entry `...`.
      new_axis_mask: bit i set makes it a new axis of size 1.
      shrink_axis_mask: bit i set takes the element at the i-th begin, without the axis.

    Raises:
      ValueError: there are more entries than axes, an index is out of range, or a stride is 0.

    Source: tf.strided_slice.
    """
    if var is not None:
        raise ValueError("strided_slice: var is not supported. Use a scatter function to assign to a slice.")
    x = as_tensor(input_)
    starts, stops = as_sizes(begin), as_sizes(end)
    steps = (1,) * len(starts) if strides is None else as_sizes(strides)
    if not len(starts) == len(stops) == len(steps):
        raise ValueError(
            f"strided_slice: begin, end and strides must be equally long: {starts}, {stops}, {steps}."
        )
    items: list[Any] = []
    for position, (start, stop, step) in enumerate(zip(starts, stops, steps)):
        bit = 1 << position
        if ellipsis_mask & bit:
            items.append(Ellipsis)
        elif new_axis_mask & bit:
            items.append(None)
        elif shrink_axis_mask & bit:
            items.append(start)
        else:
            if is_known(step) and step == 0:
                raise ValueError(f"strided_slice: strides[{position}] must be non-zero.")
            items.append(_Slice(None if begin_mask & bit else start, None if end_mask & bit else stop, step))
    backwards = any(
        isinstance(item, _Slice) and is_known(item.step) and (item.step or 1) < 0 for item in items
    )
    result = _indexed_backwards(x, tuple(items)) if backwards else x[tuple(items)]
    return named(result, name, "StridedSlice")


@checked
def reverse(tensor: Any, axis: Any, name: str | None = None) -> torch.Tensor:
    """`tensor` with the order along each of a list of axes turned around.

    Raises:
      ValueError: there is no such axis, or `axis` is no list.

    Source: tf.reverse.
    """
    x = as_tensor(tensor)
    if np.ndim(axis) != 1:
        raise ValueError(f"ReverseV2: axis must be a list of axes, got {axis!r}.")
    axes = [known_axis(item, x.dim(), "ReverseV2") for item in known_ints(axis, "The axis of reverse")]
    return named(torch.flip(x, axes), name, "ReverseV2")


reverse_v2 = reverse


@leaf
def _reversed_in_part(x: torch.Tensor, lengths: torch.Tensor, seq_axis: int, batch_axis: int) -> torch.Tensor:
    lined_up = torch.movedim(x, (batch_axis, seq_axis), (0, 1))
    places = torch.arange(lined_up.shape[1], device=x.device)
    ends = lengths.unsqueeze(1)
    source = torch.where(places < ends, ends - 1 - places, places)
    entries = torch.arange(lined_up.shape[0], device=x.device).unsqueeze(1)
    return torch.movedim(lined_up[entries, source], (0, 1), (batch_axis, seq_axis))


@checked
def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: Any = None,
    batch_axis: Any = None,
    name: str | None = None,
    seq_dim: Any = None,
    batch_dim: Any = None,
) -> torch.Tensor:
    """The first `seq_lengths[i]` elements along `seq_axis` turned around, for entry i of `batch_axis`.

    Args:
      seq_lengths: `[size of batch_axis]`.
      batch_axis: 0 by default.
      seq_dim, batch_dim: older names of `seq_axis` and `batch_axis`.

    Source: tf.reverse_sequence.
    """
    x = as_tensor(input)
    along = known_axis(seq_dim if seq_axis is None else seq_axis, x.dim(), "ReverseSequence")
    batch = batch_dim if batch_axis is None else batch_axis
    across = known_axis(0 if batch is None else batch, x.dim(), "ReverseSequence")
    result = _reversed_in_part(x, require(as_tensor(seq_lengths), _LENGTH, "ReverseSequence"), along, across)
    return named(result, name, "ReverseSequence")
