"""Elements picked, placed and chosen by position or condition, under TensorFlow's names.

Gathers, scatters, masks and one-hot vectors; slices and reversals are in `slicing.py`. Where a function has to make
a tensor of a size that is known only when it runs, it does so in a leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.dtypes import as_dtype, constant_dtype
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.support import (
    BOOLEAN,
    checked,
    dtype_name,
    known_axis,
    of_unknown_size,
    operands,
    require,
    shapes_differ,
    static_sizes,
)

__all__ = [
    "batch_gather",
    "boolean_mask",
    "gather",
    "gather_nd",
    "one_hot",
    "scatter_nd",
    "sequence_mask",
    "tensor_scatter_add",
    "tensor_scatter_nd_update",
    "tensor_scatter_sub",
    "tensor_scatter_update",
    "where",
    "where_v2",
]

_INDEX = frozenset({torch.int32, torch.int64})


@leaf
def _batch_gathered(x: torch.Tensor, indices: torch.Tensor, axis: int, batch_dims: int) -> torch.Tensor:
    """`gather` where the first `batch_dims` axes of `x` and `indices` belong together."""
    own = [
        torch.arange(x.shape[batch], device=x.device).reshape([-1] + [1] * (indices.dim() - 1 - batch))
        for batch in range(batch_dims)
    ]
    # Brought next to the batch, picked there, and brought back behind what stood before it.
    picked = torch.movedim(x, axis, batch_dims)[(*own, indices)]
    before, new = axis - batch_dims, indices.dim() - batch_dims
    source = list(range(batch_dims + new, batch_dims + new + before))
    return torch.movedim(picked, source, list(range(batch_dims, batch_dims + before)))


def _index(indices: Any, x: torch.Tensor, op: str) -> torch.Tensor:
    if not isinstance(indices, torch.Tensor):
        indices = as_tensor(indices, constant_dtype(indices), like=x)
    return require(indices, _INDEX, op)


@checked
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = None,
    batch_dims: int = 0,
) -> torch.Tensor:
    """The slices of `params` along `axis` that `indices` names.

    Args:
      indices: int32 or int64, of any shape; from 0 to the size of the axis less 1.
      axis: `batch_dims` by default.
      batch_dims: how many first axes `params` and `indices` share, slice by slice.

    Returns:
      `[*params.shape[:axis], *indices.shape[batch_dims:], *params.shape[axis + 1:]]`.

    Raises:
      TypeError: `indices` are no integers.
      ValueError: an index or the axis is out of range.

    Source: tf.gather.
    """
    x = as_tensor(params)
    at = _index(indices, x, "GatherV2")
    batch_dims = batch_dims + at.dim() if batch_dims < 0 else batch_dims
    axis = known_axis(batch_dims if axis is None else axis, x.dim(), "GatherV2")
    if batch_dims:
        return named(_batch_gathered(x, at, axis, batch_dims), name, "GatherV2")
    rows = torch.index_select(x, axis, torch.flatten(at))
    return named(torch.reshape(rows, [*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]]), name, "GatherV2")


@checked
def batch_gather(params: Any, indices: Any, name: str | None = None) -> torch.Tensor:
    """`gather` along the last axis of `indices`; those before are shared. Source: tf.batch_gather."""
    x = as_tensor(params)
    at = _index(indices, x, "BatchGather")
    with name_scope(name, "BatchGather", [x, at]):
        last = at.dim() - 1
        return named(_batch_gathered(x, at, last, last), None, "Reshape_3")


@leaf
def _elements(x: torch.Tensor, indices: torch.Tensor, batch_dims: int) -> torch.Tensor:
    own = [
        torch.arange(x.shape[batch], device=x.device).reshape([-1] + [1] * (indices.dim() - 2 - batch))
        for batch in range(batch_dims)
    ]
    return x[(*own, *torch.unbind(indices, -1))]


@checked
def gather_nd(params: Any, indices: Any, name: str | None = None, batch_dims: int = 0) -> torch.Tensor:
    """The slices of `params` at the positions in the last axis of `indices`.

    Args:
      batch_dims: how many first axes `params` and `indices` share, slice by slice.

    Returns:
      `[*indices.shape[:-1], *params.shape[batch_dims + indices.shape[-1]:]]`.

    Raises:
      TypeError: `indices` are no integers.
      ValueError: a position is out of range or has more entries than `params` has axes.

    Source: tf.gather_nd.
    """
    x = as_tensor(params)
    at = _index(indices, x, "GatherNd")
    if batch_dims:
        with name_scope(name, "BatchGatherND", [x, at]):
            return named(_elements(x, at, batch_dims), None, "Reshape_3")
    return named(_elements(x, at, 0), name, "GatherNd")


@leaf
def _placed(x: torch.Tensor, indices: torch.Tensor, updates: torch.Tensor, add: bool) -> torch.Tensor:
    if x.is_meta:
        return torch.empty_like(x)
    depth = indices.shape[-1]
    expected = (*indices.shape[:-1], *x.shape[depth:])
    if tuple(updates.shape) != expected:
        raise ValueError(
            f"The updates have shape {tuple(updates.shape)}, expected {expected} for indices of shape "
            f"{tuple(indices.shape)} into {tuple(x.shape)}."
        )
    return torch.index_put(x, tuple(torch.unbind(indices.long(), -1)), updates, accumulate=add)


@leaf
def _scattered(indices: torch.Tensor, updates: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    return _placed(
        torch.zeros(tuple(shape), dtype=updates.dtype, device=updates.device), indices, updates, True
    )


@checked
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> torch.Tensor:
    """Zeros of `shape` with `updates` added at the positions in the last axis of `indices`.

    Raises:
      ValueError: a position is out of range, or the shapes do not fit.

    Source: tf.scatter_nd.
    """
    new = as_tensor(updates)
    return named(_scattered(_index(indices, new, "ScatterNd"), new, as_sizes(shape)), name, "ScatterNd")


def _scatter_into(
    tensor: Any, indices: Any, updates: Any, op: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x, new = operands(tensor, updates, op)
    return x, _index(indices, x, op), new


@checked
def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> torch.Tensor:
    """`tensor` with `updates` added; see `scatter_nd`. Source: tf.tensor_scatter_add."""
    x, at, new = _scatter_into(tensor, indices, updates, "TensorScatterAdd")
    return named(_placed(x, at, new, True), name, "TensorScatterAdd")


@checked
def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> torch.Tensor:
    """`tensor` with `updates` subtracted; see `scatter_nd`. Source: tf.tensor_scatter_sub."""
    x, at, new = _scatter_into(tensor, indices, updates, "TensorScatterSub")
    return named(_placed(x, at, torch.neg(new), True), name, "TensorScatterSub")


@checked
def tensor_scatter_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> torch.Tensor:
    """`tensor` with `updates` in place of what was there; see `scatter_nd`. Source: tf.tensor_scatter_update."""
    x, at, new = _scatter_into(tensor, indices, updates, "TensorScatterUpdate")
    return named(_placed(x, at, new, False), name, "TensorScatterUpdate")


tensor_scatter_nd_update = tensor_scatter_update


@checked
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> torch.Tensor:
    """With one argument, where `condition` is true; with three, elements of `x` there and of `y` elsewhere.

    Args:
      condition: boolean; of the shape of `x` and `y`, a scalar, or a vector that chooses among their rows.

    Returns:
      `[number of true elements, rank]`, int64; or a tensor of the shape of `x`.

    Raises:
      ValueError: only one of `x` and `y` is given, or the shapes do not fit: nothing else is broadcast.
      TypeError: the dtypes of `x` and `y` differ, or `condition` is not boolean.

    Source: tf.where.
    """
    condition = as_tensor(condition)
    if x is None and y is None:
        shape = [None, condition.dim()]
        found: torch.Tensor = of_unknown_size(
            torch.nonzero, (condition,), (shape, torch.int64), "Where", name
        )
        return found
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    require(condition, BOOLEAN, "Select")
    x, y = operands(x, y, "Select")
    if shapes_differ(x.shape, y.shape):
        raise ValueError(f"Select: x and y must have one shape, got {tuple(x.shape)} and {tuple(y.shape)}.")
    chosen = condition
    if condition.dim() == 1 and x.dim() > 1:
        if shapes_differ(condition.shape, x.shape[:1]):
            raise ValueError(f"Select: {condition.shape[0]} conditions for the rows of {tuple(x.shape)}.")
        chosen = torch.reshape(condition, [condition.shape[0]] + [1] * (x.dim() - 1))
    elif condition.dim() and shapes_differ(condition.shape, x.shape):
        raise ValueError(
            f"Select: the condition has shape {tuple(condition.shape)}, x and y have {tuple(x.shape)}; expected the "
            f"same, a scalar, or a vector with one element for each row."
        )
    return named(torch.where(chosen, x, y), name, "Select")


@checked
def where_v2(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> torch.Tensor:
    """As `where`, but the three arguments broadcast. Source: tf.where_v2."""
    if x is None or y is None:
        return where(condition, x, y, name)
    condition = require(as_tensor(condition), BOOLEAN, "SelectV2")
    return named(torch.where(condition, *operands(x, y, "SelectV2")), name, "SelectV2")


def _masked(x: torch.Tensor, mask: torch.Tensor, axis: int) -> torch.Tensor:
    return x[(slice(None),) * axis + (mask,)]


@checked
def boolean_mask(tensor: Any, mask: Any, name: str = "boolean_mask", axis: Any = None) -> torch.Tensor:
    """The slices of `tensor` where `mask` is true.

    Args:
      mask: boolean, at least a vector; it covers as many axes as it has, from `axis` (0 by default) on.

    Returns:
      `[*tensor.shape[:axis], number of true elements, ...]`.

    Raises:
      ValueError: `mask` is a scalar, or has another shape than those axes.

    Source: tf.boolean_mask.
    """
    x = as_tensor(tensor)
    if not isinstance(mask, torch.Tensor):
        mask = as_tensor(mask, constant_dtype(mask), like=x)
    require(mask, BOOLEAN, "boolean_mask")
    first = 0 if axis is None else known_axis(axis, x.dim(), "boolean_mask")
    if not mask.dim():
        raise ValueError("mask cannot be scalar.")
    if shapes_differ(mask.shape, x.shape[first : first + mask.dim()]):
        raise ValueError(
            f"Shapes {tuple(x.shape)} and mask {tuple(mask.shape)} from axis {first} are incompatible."
        )
    with name_scope(name, None, [x, mask]):
        sizes = static_sizes(x)
        sizes[first : first + mask.dim()] = [None]
        found: torch.Tensor = of_unknown_size(_masked, (x, mask, first), (sizes, x.dtype), "GatherV2", None)
        return found


@leaf
def _within(lengths: torch.Tensor, longest: int) -> torch.Tensor:
    return torch.arange(longest, device=lengths.device) < lengths.unsqueeze(-1)


def _within_longest(lengths: torch.Tensor) -> torch.Tensor:
    return _within(lengths, int(lengths.max()) if lengths.numel() else 0)


@checked
def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = torch.bool, name: str | None = None
) -> torch.Tensor:
    """For each length a vector that is true in as many first places.

    Args:
      maxlen: how long the vectors are; by default the largest length.

    Returns:
      `[*lengths.shape, maxlen]`.

    Source: tf.sequence_mask.
    """
    x = as_tensor(lengths)
    with name_scope(name, "SequenceMask", [x]):
        if maxlen is None:
            sizes = [*static_sizes(x), None]
            mask: torch.Tensor = of_unknown_size(_within_longest, (x,), (sizes, torch.bool), "Less", None)
        else:
            mask = named(_within(x, as_sizes(maxlen)[0]), None, "Less")
        wanted = as_dtype(dtype)
        return mask if wanted == torch.bool else named(mask.to(wanted), None, "Cast_1")


@leaf
def _one_hot(
    indices: torch.Tensor, on: torch.Tensor, off: torch.Tensor, depth: Any, axis: int
) -> torch.Tensor:
    classes = torch.arange(depth, device=indices.device).reshape([-1] + [1] * (indices.dim() - axis))
    return torch.where(indices.unsqueeze(axis) == classes, on, off)


@checked
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: Any = None,
    dtype: Any = None,
    name: str | None = None,
) -> torch.Tensor:
    """For each index a vector with `on_value` in that place, and `off_value` in the others.

    Args:
      indices: integers; one outside of 0 to `depth - 1` gives `off_value` everywhere.
      depth: how long the vectors are; an int or an integer tensor.
      on_value, off_value: 1 and 0 by default.
      axis: the axis of the result that they lie along, the last by default.
      dtype: of the result; by default that of the values, float32 if there are none.

    Raises:
      TypeError: the dtypes of the values differ from each other or from `dtype`, or `indices` are no integers.

    Source: tf.one_hot.
    """
    at = require(as_tensor(indices), _INDEX | {torch.uint8}, "OneHot")
    given = [constant_dtype(value) for value in (on_value, off_value) if value is not None]
    wanted = as_dtype(dtype) if dtype is not None else given[0] if given else torch.float32
    for found in given:
        if found != wanted:
            raise TypeError(
                f"one_hot: dtype {dtype_name(wanted)} does not match a value of dtype {dtype_name(found)}."
            )
    on = as_tensor(1 if on_value is None else on_value, wanted, like=at)
    off = as_tensor(0 if off_value is None else off_value, wanted, like=at)
    place = at.dim() if axis is None else known_axis(axis, at.dim() + 1, "OneHot")
    return named(_one_hot(at, on, off, as_sizes(depth)[0], place), name, "one_hot")
