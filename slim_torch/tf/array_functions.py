"""Shapes: reshaping, joining, splitting and repeating tensors, under TensorFlow's names.

What picks elements by position is in `indexing.py`, padding and blocks are in `blocks.py`. Sizes may be
recorded: nothing here converts one to an int.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.scopes import name_scope
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensor_shape import TensorShape
from slim_torch.tensors import as_sizes, as_tensor, leaf, named, use_up
from slim_torch.tf.support import (
    COMPLEX,
    checked,
    is_known,
    known_axis,
    known_ints,
    of_unknown_size,
    one_of,
    same_dtypes,
    shapes_differ,
    static_sizes,
    tensors,
)

__all__ = [
    "broadcast_static_shape",
    "broadcast_to",
    "concat",
    "ensure_shape",
    "expand_dims",
    "identity",
    "identity_n",
    "meshgrid",
    "parallel_stack",
    "reshape",
    "roll",
    "split",
    "squeeze",
    "stack",
    "tile",
    "transpose",
    "unstack",
]


@leaf
def same_value(x: torch.Tensor) -> torch.Tensor:
    """Another tensor with the value of `x`; of a variable, one that later assignments leave alone."""
    if not isinstance(x, torch.Tensor):
        return x  # Strings are NumPy's.
    return x.clone() if isinstance(x, torch.nn.Parameter) else x.view_as(x)


@leaf
def _same_values(values: list[torch.Tensor]) -> list[torch.Tensor]:
    return [same_value(value) for value in values]


def identity(input: Any, name: str | None = None) -> torch.Tensor:
    """Another tensor with the value of `input`. Source: tf.identity."""
    return named(same_value(as_tensor(input)), name, "Identity")


def identity_n(input: Sequence[Any], name: str | None = None) -> list[torch.Tensor]:
    """Other tensors with the values of those in `input`. Source: tf.identity_n."""
    return named(list(_same_values([as_tensor(item) for item in input])), name, "IdentityN")


def reshape(tensor: Any, shape: Any, name: str | None = None) -> torch.Tensor:
    """The same elements in another shape.

    Args:
      shape: ints, or a tensor of them; one may be -1, for what is left.

    Raises:
      ValueError: the elements do not fill the shape.

    Source: tf.reshape.
    """
    x = as_tensor(tensor)
    sizes = as_sizes(shape)
    if isinstance(x, SymbolicTensor) and (x.stand_ins is None or not all(map(is_known, sizes))):
        if x.stand_ins is not None:
            try:
                return _reshaped(x, sizes, name)
            except ValueError:
                # Stand-ins for sizes that are fed need not fit each other. It shows when the graph runs.
                pass
        static = [size if is_known(size) and size >= 0 else None for size in sizes]
        unknown: torch.Tensor = of_unknown_size(torch.reshape, (x, sizes), (static, x.dtype), "Reshape", name)
        return unknown
    return _reshaped(x, sizes, name)


@checked
def _reshaped(x: torch.Tensor, sizes: Any, name: str | None) -> torch.Tensor:
    return named(torch.reshape(x, sizes), name, "Reshape")


@leaf
def _of_shape(x: torch.Tensor, shape: Sequence[int | None]) -> torch.Tensor:
    sizes = [size if wanted is None else wanted for size, wanted in zip(x.shape, shape)]
    if x.is_meta and x.dim() == len(shape):
        # Sizes that stand for unknown ones; here they become known.
        return x.new_empty(sizes)
    if x.dim() != len(shape) or sizes != list(x.shape):
        raise ValueError(f"EnsureShape: the tensor has shape {tuple(x.shape)}, expected {tuple(shape)}.")
    return same_value(x)


@checked
def ensure_shape(x: Any, shape: Sequence[Any], name: str | None = None) -> torch.Tensor:
    """`x`, which has this shape when it runs; None fits every size.

    Raises:
      ValueError: it has another one.

    Source: tf.ensure_shape.
    """
    x, shape = as_tensor(x), TensorShape(shape).as_list()
    if shapes_differ(x.shape, [size if wanted is None else wanted for size, wanted in zip(x.shape, shape)]):
        raise ValueError(f"EnsureShape: the tensor has shape {tuple(x.shape)}, expected {tuple(shape)}.")
    return named(_of_shape(x, tuple(shape)), name, "EnsureShape")


@checked
def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> torch.Tensor:
    """`input` with one more axis, of size 1, before `axis`.

    Args:
      axis: from -1, the last, to the rank.
      dim: the older name of `axis`.

    Raises:
      ValueError: `axis` is out of range, not given, or given under both names.

    Source: tf.expand_dims.
    """
    axis = one_of("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims().")
    x = as_tensor(input)
    return named(torch.unsqueeze(x, known_axis(axis, x.dim() + 1, "ExpandDims")), name, "ExpandDims")


def _squeezed_all(x: torch.Tensor) -> torch.Tensor:
    return torch.squeeze(x)


@leaf
def _squeezed(x: torch.Tensor, axes: list[int]) -> torch.Tensor:
    if x.is_meta:
        # An axis that is asked for goes, also where another size stands for an unknown one.
        return x.new_empty([size for axis, size in enumerate(x.shape) if axis not in axes])
    for axis in axes:
        if x.shape[axis] != 1:
            raise ValueError(f"Can not squeeze dim[{axis}], expected a dimension of 1, got {x.shape[axis]}.")
    return torch.squeeze(x, axes)


@checked
def squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> torch.Tensor:
    """`input` without axes of size 1: those in `axis`, or all.

    Args:
      squeeze_dims: the older name of `axis`.

    Raises:
      ValueError: an axis is out of range or has another size, or is given under both names.

    Source: tf.squeeze.
    """
    axis = one_of("axis", axis, "squeeze_dims", squeeze_dims)
    x = as_tensor(input)
    asked = [] if axis is None else known_ints(axis, "The axis of squeeze")
    axes = [known_axis(item, x.dim(), "Squeeze") for item in asked]
    for item in axes:
        if is_known(x.shape[item]) and x.shape[item] != 1:
            raise ValueError(f"Can not squeeze dim[{item}], expected a dimension of 1, got {x.shape[item]}.")
    if axes:
        return named(_squeezed(x, axes), name, "Squeeze")
    if None in static_sizes(x):
        result: torch.Tensor = of_unknown_size(_squeezed_all, (x,), (None, x.dtype), "Squeeze", name)
        return result
    return named(torch.squeeze(x), name, "Squeeze")


@checked
def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> torch.Tensor:
    """`a` with its axes in another order.

    Args:
      perm: for each axis of the result, the axis of `a` that it is; by default all in reverse.
      conjugate: of complex numbers, conjugated too.

    Raises:
      ValueError: `perm` is no permutation of the axes.

    Source: tf.transpose.
    """
    x = as_tensor(a)
    order = list(range(x.dim()))[::-1] if perm is None else known_ints(perm, "The perm of transpose")
    result = torch.permute(x, order)
    return named(
        torch.conj_physical(result) if conjugate and x.dtype in COMPLEX else result, name, "transpose"
    )


@checked
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> torch.Tensor:
    """`input` repeated along axes of size 1 and new ones in front.

    Raises:
      ValueError: it does not broadcast to `shape`.

    Source: tf.broadcast_to.
    """
    return named(torch.broadcast_to(as_tensor(input), as_sizes(shape)), name, "BroadcastTo")


def broadcast_static_shape(shape_x: Sequence[Any], shape_y: Sequence[Any]) -> TensorShape:
    """What the shapes broadcast to; None for a size that is not known.

    Raises:
      ValueError: they do not.

    Source: tf.broadcast_static_shape.
    """
    rank = max(len(shape_x), len(shape_y))
    sizes = []
    padded = ([1] * (rank - len(shape)) + TensorShape(shape).as_list() for shape in (shape_x, shape_y))
    for one, other in zip(*padded):
        if one is None or other is None:
            known = other if one is None else one
            sizes.append(None if known == 1 else known)
        elif one == other or 1 in (one, other):
            sizes.append(one if other == 1 else other)
        else:
            raise ValueError(f"Incompatible shapes for broadcasting: {tuple(shape_x)} and {tuple(shape_y)}.")
    return TensorShape(sizes)


@checked
def tile(input: Any, multiples: Any, name: str | None = None) -> torch.Tensor:
    """`input` repeated along each axis as often as `multiples` says.

    Raises:
      ValueError: there is not one multiple for each axis.

    Source: tf.tile.
    """
    x, repeats = as_tensor(input), as_sizes(multiples)
    if len(repeats) != x.dim():
        raise ValueError(f"Tile: expected {x.dim()} multiples, one for each axis, got {len(repeats)}.")
    return named(torch.tile(x, repeats), name, "Tile")


@checked
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> torch.Tensor:
    """Elements moved forward along axes; what leaves at the end comes in at the front. Source: tf.roll."""
    axes = known_ints(axis, "The axis of roll")
    return named(torch.roll(as_tensor(input), as_sizes(shift), axes), name, "Roll")


@checked
def concat(
    values: Any = None, axis: Any = None, name: str = "concat", concat_dim: Any = None
) -> torch.Tensor:
    """Tensors joined along an axis that they have.

    Args:
      values: a list of tensors, which agree in all other sizes.
      concat_dim: the name of `axis` before TensorFlow 1.0, when it was also the first argument: `concat(3, [a, b])`
        is understood as well.

    Raises:
      ValueError: the shapes do not fit, or there is no such axis.
      TypeError: the dtypes differ.

    Source: tf.concat.
    """
    axis = one_of("axis", axis, "concat_dim", concat_dim)
    if isinstance(axis, (list, tuple)) and not isinstance(values, (list, tuple)):
        values, axis = axis, values
    if values is None or axis is None:
        raise TypeError("concat needs values, a list of tensors, and an axis.")
    if not isinstance(values, (list, tuple)):
        values = [values]
    parts = tensors(values, "ConcatV2")
    same_dtypes(parts, "ConcatV2")
    if len({part.dim() for part in parts}) != 1:
        raise ValueError(
            f"ConcatV2: ranks of all inputs should match: {[tuple(part.shape) for part in parts]}."
        )
    along = known_axis(axis, parts[0].dim(), "ConcatV2")
    if len(parts) == 1:
        with name_scope(name):
            return named(same_value(parts[0]), None, "concat")
    return named(torch.cat(parts, along), name, "concat")


@checked
def stack(values: Any, axis: int = 0, name: str = "stack") -> torch.Tensor:
    """Tensors of one shape joined along a new axis.

    Raises:
      ValueError: the shapes differ, or `axis` is out of range.
      TypeError: the dtypes differ.

    Source: tf.stack.
    """
    parts = tensors(values, "Pack")
    same_dtypes(parts, "Pack")
    return named(torch.stack(parts, known_axis(axis, parts[0].dim() + 1, "Pack")), name, "stack")


@checked
def parallel_stack(values: Any, name: str = "parallel_stack") -> torch.Tensor:
    """`stack` along a new first axis. Source: tf.parallel_stack."""
    parts = tensors(values, "ParallelConcat")
    same_dtypes(parts, "ParallelConcat")
    with name_scope(name):
        return named(torch.stack(parts), None, "ParallelConcat")


@leaf
def _slices(x: torch.Tensor, axis: int, count: int) -> list[torch.Tensor]:
    return [torch.select(x, axis, position) for position in range(count)]


@checked
def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[torch.Tensor]:
    """The slices of `value` along `axis`, without it.

    Args:
      num: how many there are; only needed where that size is not known.

    Raises:
      ValueError: `num` is wrong, or missing and not known; or `axis` is out of range.

    Source: tf.unstack.
    """
    x = as_tensor(value)
    axis = known_axis(axis, x.dim(), "Unpack")
    size = x.shape[axis]
    if is_known(size):
        if num is not None and num != size:
            raise ValueError(f"Unpack: axis {axis} has size {size}, but num is {num}.")
        return named(list(torch.unbind(x, axis)), name, "unstack")
    if num is None:
        raise ValueError(f"Cannot infer num from shape {tuple(x.shape)}: pass num, the size of axis {axis}.")
    return named(list(_slices(x, axis, num)), name, "unstack")


@leaf
def _pieces(x: torch.Tensor, sizes: Sequence[int], axis: int) -> list[torch.Tensor]:
    if x.is_meta:
        # Sizes that stand for unknown ones need not add up.
        return [x.new_empty([*x.shape[:axis], size, *x.shape[axis + 1 :]]) for size in sizes]
    return list(torch.split(x, list(sizes), axis))


@checked
def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split"
) -> list[torch.Tensor]:
    """`value` cut into pieces along `axis`.

    Args:
      num_or_size_splits: an int, how many equal pieces; or the size of each, one of which may be -1 for the rest.
      num: how many sizes there are, where that is not known.

    Raises:
      ValueError: the pieces do not come out even, or there is no such axis.

    Source: tf.split.
    """
    x = as_tensor(value)
    axis = known_axis(axis, x.dim(), "split")
    size = x.shape[axis]
    if np.ndim(num_or_size_splits) == 0:
        (count,) = known_ints(num_or_size_splits, "The number of pieces of split")
        if count < 1 or (is_known(size) and size % count):
            raise ValueError(
                f"Dimension size must be evenly divisible by {count} but is {size}, the size of axis {axis}. "
                f"Pass a list of sizes for uneven pieces."
            )
        use_up("Const")
        return named(list(_pieces(x, (size // count,) * count, axis)), name, "split")
    sizes = list(as_sizes(num_or_size_splits))
    open_ones = [position for position, item in enumerate(sizes) if is_known(item) and item == -1]
    if len(open_ones) > 1:
        raise ValueError(f"There can only be one -1 in the sizes of split, got {sizes}.")
    for position in open_ones:
        rest = size
        for item in sizes[:position] + sizes[position + 1 :]:
            rest = rest - item
        sizes[position] = rest
    if all(map(is_known, [size, *sizes])) and sum(sizes) != size:
        raise ValueError(f"split: the sizes {sizes} do not add up to {size}, the size of axis {axis}.")
    return named(list(_pieces(x, tuple(sizes), axis)), name, "split")


@checked
def meshgrid(*args: Any, **kwargs: Any) -> list[torch.Tensor]:
    """The coordinates of the points of a grid, one tensor for each axis.

    Args:
      args: the coordinates along each axis, vectors or scalars.
      indexing: as a keyword; `"xy"`, the default, has rows for the second argument, `"ij"` for the first.
      name: as a keyword.

    Raises:
      ValueError: `indexing` is neither.

    Source: tf.meshgrid.
    """
    indexing, name = kwargs.pop("indexing", "xy"), kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(
            f"'{next(iter(kwargs))}' is an invalid keyword argument for meshgrid. It takes indexing, name."
        )
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing parameter must be either 'xy' or 'ij', got {indexing!r}.")
    vectors = [torch.flatten(item) for item in tensors(args, "meshgrid")]
    with name_scope(name):
        return (
            [named(grid, None, "mul") for grid in torch.meshgrid(*vectors, indexing=indexing)]
            if vectors
            else []
        )
