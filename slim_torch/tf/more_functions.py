"""Names of `tf` that are written in terms of others: older spellings, and small conveniences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from slim_torch.control_flow import case
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, leaf
from slim_torch.tf.casting import cast
from slim_torch.tf.reductions import argmax, argmin
from slim_torch.tf.support import of_unknown_size, static_sizes

__all__ = [
    "AggregationMethod",
    "arg_max",
    "arg_min",
    "broadcast_dynamic_shape",
    "repeat",
    "switch_case",
    "to_complex64",
    "to_complex128",
]


class AggregationMethod:
    """How gradients are added up; PyTorch decides. Source: tf.AggregationMethod."""

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


def arg_max(input: Any, dimension: Any, output_type: Any = torch.int64, name: str | None = None) -> Any:
    """`tf.argmax`. Source: tf.arg_max."""
    return argmax(input, dimension, name, output_type=output_type)


def arg_min(input: Any, dimension: Any, output_type: Any = torch.int64, name: str | None = None) -> Any:
    """`tf.argmin`. Source: tf.arg_min."""
    return argmin(input, dimension, name, output_type=output_type)


def to_complex64(x: Any, name: str = "ToComplex64") -> Any:
    """Source: tf.to_complex64."""
    return cast(x, torch.complex64, name=name)


def to_complex128(x: Any, name: str = "ToComplex128") -> Any:
    """Source: tf.to_complex128."""
    return cast(x, torch.complex128, name=name)


@leaf
def _broadcast(shape_x: torch.Tensor, shape_y: torch.Tensor) -> torch.Tensor:
    return torch.tensor(torch.broadcast_shapes(shape_x.tolist(), shape_y.tolist()), dtype=shape_x.dtype)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Any:
    """The shape of what has two shapes as operands, as a tensor. Source: tf.broadcast_dynamic_shape."""
    x, y = as_tensor(shape_x), as_tensor(shape_y)
    lengths = [static_sizes(x)[0], static_sizes(y)[0]]
    length = None if None in lengths else max(size for size in lengths if size is not None)
    return of_unknown_size(_broadcast.plain, (x, y), ([length], x.dtype), "BroadcastArgs", None)  # type: ignore[attr-defined]


def _repeated(x: torch.Tensor, repeats: Any, axis: int | None) -> torch.Tensor:
    counts = repeats.long() if isinstance(repeats, torch.Tensor) else torch.as_tensor(repeats)
    x = x.flatten() if axis is None else x
    return torch.repeat_interleave(x, counts.to(x.device), dim=0 if axis is None else axis)


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Any:
    """Each entry along `axis` as many times as `repeats` says; of the flat tensor without an axis.

    Args:
      repeats: an int for all, or one for each entry.

    Source: tf.repeat.
    """
    x = as_tensor(input)
    repeats = repeats if isinstance(repeats, (int, torch.Tensor)) else as_tensor(repeats)
    sizes: list[int | None] = [None] if axis is None else static_sizes(x)
    if axis is not None:
        known = sizes[axis]
        sizes[axis] = known * repeats if isinstance(repeats, int) and known is not None else None
    with name_scope(name, "Repeat"):
        return of_unknown_size(_repeated, (x, repeats, axis), (sizes, x.dtype), "Repeat", None)


def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: str = "switch_case"
) -> Any:
    """What the function of this number gives; the last one's for numbers that have none.

    Args:
      branch_index: a 0-d int32 tensor.
      branch_fns: functions, or `(number, function)` pairs, or a dictionary.

    Source: tf.switch_case.
    """
    pairs = list(branch_fns.items() if isinstance(branch_fns, dict) else branch_fns)
    pairs = [pair if isinstance(pair, tuple) else (place, pair) for place, pair in enumerate(pairs)]
    otherwise = default or max(pairs, key=lambda pair: pair[0])[1]
    index = as_tensor(branch_index)
    return case([(index == number, function) for number, function in pairs], otherwise, name=name)
