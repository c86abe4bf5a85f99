"""Sizes that the building of a network depends on.

What is asked of them here is which pixels there are, never what is in them. Source: none; TensorFlow's
code writes `inputs.get_shape().as_list()`, which tensors without a graph do not have.
"""

from __future__ import annotations

from typing import Any

from slim_torch import tf

__all__ = ["all_sizes", "reduced_kernel_size", "static_sizes"]


def static_sizes(inputs: tf.Tensor) -> list[int | None]:
    """The sizes of `inputs`, None for one that is known only when the graph runs."""
    get_shape = getattr(inputs, "get_shape", None)
    return list(inputs.shape) if get_shape is None else get_shape().as_list()


def all_sizes(inputs: tf.Tensor) -> list[Any]:
    """The sizes of `inputs`, as tensors where they are known only when the graph runs."""
    sizes = static_sizes(inputs)
    if None not in sizes:
        return sizes
    dynamic = tf.shape(inputs)
    return [dynamic[axis] if size is None else size for axis, size in enumerate(sizes)]


def reduced_kernel_size(inputs: tf.Tensor, kernel_size: list[int]) -> list[int]:
    """`kernel_size`, but no larger than the image `inputs`, `[batch, spatial..., channels]`.

    Where a size is not known, the kernel is as given.
    """
    sizes = static_sizes(inputs)[1:-1]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return kernel_size
    return [min(size, wanted) for size, wanted in zip(known, kernel_size)]
