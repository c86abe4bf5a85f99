"""Padding, and images cut into blocks and patches, under TensorFlow's names.

The padding that convolutions choose for themselves is in `slim_torch.padding`, blocks as channels are in
`nn_functions.py`. Sizes may be recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.padding import same_padding
from slim_torch.tensors import as_sizes, as_tensor, known_value, leaf, named
from slim_torch.tf.support import checked, is_known, known_ints

__all__ = [
    "batch_to_space",
    "batch_to_space_nd",
    "extract_image_patches",
    "pad",
    "space_to_batch",
    "space_to_batch_nd",
]


def _pairs(paddings: Any, rank: int, op: str) -> list[tuple[Any, Any]]:
    """`(before, after)` for each axis, from a list of pairs or a tensor `[rank, 2]`."""
    if isinstance(paddings, torch.Tensor):
        flat = list(as_sizes(torch.flatten(paddings)))
    else:
        flat = [size for pair in paddings for size in as_sizes(pair)]
    if len(flat) != 2 * rank:
        raise ValueError(
            f"{op}: paddings must be {rank} pairs, (before, after) for each axis, got {paddings!r}."
        )
    if any(is_known(size) and size < 0 for size in flat):
        raise ValueError(f"{op}: paddings must be non-negative, got {paddings!r}.")
    return list(zip(flat[::2], flat[1::2]))


def _constant_padded(x: torch.Tensor, pairs: Sequence[tuple[Any, Any]], value: Any) -> torch.Tensor:
    # PyTorch's list begins with the last axis.
    return torch.constant_pad_nd(x, [size for pair in reversed(pairs) for size in pair], value)


@leaf
def _mirrored(x: torch.Tensor, axis: int, before: int, after: int, skipped: int) -> torch.Tensor:
    """`x` with mirror images of its ends along `axis`, which leave out the `skipped` outermost elements."""
    if x.is_meta:
        # Sizes that stand for unknown ones need not fit.
        return x.new_empty([*x.shape[:axis], before + x.shape[axis] + after, *x.shape[axis + 1 :]])
    first = torch.flip(torch.narrow(x, axis, skipped, before), [axis])
    last = torch.flip(torch.narrow(x, axis, x.shape[axis] - after - skipped, after), [axis])
    return torch.cat([first, x, last], axis)


@checked
def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", name: str | None = None, constant_values: Any = 0
) -> torch.Tensor:
    """`tensor` with more elements around it.

    Args:
      paddings: `(before, after)` for each axis; ints, or an integer tensor `[rank, 2]`.
      mode: `"CONSTANT"`; or a mirror image, `"REFLECT"` without the edge and `"SYMMETRIC"` with it.
      constant_values: what CONSTANT pads with.

    Raises:
      ValueError: there is no such mode, there are not two non-negative paddings for each axis, or a mirror image
        would be larger than the tensor.

    Source: tf.pad.
    """
    x = as_tensor(tensor)
    pairs = _pairs(paddings, x.dim(), "Pad")
    kind = mode.upper()
    if kind == "CONSTANT":
        value = known_value(constant_values)
        if value is None:
            raise ValueError("Pad: constant_values must be known when the graph is built. Pass a number.")
        op = "Pad" if not isinstance(constant_values, torch.Tensor) and constant_values == 0 else "PadV2"
        return named(_constant_padded(x, pairs, value.item()), name, op)
    if kind not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(f"Unknown padding mode: {mode!r}. Expected CONSTANT, REFLECT or SYMMETRIC.")
    result = x
    for axis, (before, after) in enumerate(pairs):
        if not is_known(before) or not is_known(after) or before or after:
            result = _mirrored(result, axis, before, after, 1 if kind == "REFLECT" else 0)
    return named(result.view_as(x) if result is x else result, name, "MirrorPad")


@checked
def space_to_batch_nd(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> torch.Tensor:
    """Blocks of the axes after the first, each position of a block an entry of the batch.

    Args:
      input: `[batch, *space, ...]`.
      block_shape: the size of a block along each axis of space.
      paddings: `(before, after)` for each of them, zeros added first.

    Returns:
      `[product of block_shape * batch, *(padded space / block_shape), ...]`.

    Raises:
      ValueError: the blocks do not fill the padded space.

    Source: tf.space_to_batch_nd.
    """
    return _to_batch(as_tensor(input), known_ints(block_shape, "block_shape"), paddings, name)


def _to_batch(x: torch.Tensor, blocks: list[int], paddings: Any, name: str | None) -> torch.Tensor:
    count, rest = len(blocks), list(range(len(blocks) + 1, x.dim()))
    pairs = _pairs(paddings, count, "SpaceToBatchND")
    x = _constant_padded(x, [(0, 0), *pairs, *((0, 0) for _ in rest)], 0)
    batch, shape, entries = x.shape[0], [], x.shape[0]
    for axis, block in enumerate(blocks, 1):
        shape += [x.shape[axis] // block, block]
        entries = entries * block
    apart = torch.reshape(x, [batch, *shape, *(x.shape[axis] for axis in rest)])
    inside, outside = list(range(2, 2 * count + 1, 2)), list(range(1, 2 * count, 2))
    tail = range(2 * count + 1, apart.dim())
    result = torch.permute(apart, [*inside, 0, *outside, *tail])
    result = torch.reshape(result, [entries, *shape[::2], *(x.shape[axis] for axis in rest)])
    return named(result, name, "SpaceToBatchND")


@checked
def space_to_batch(
    input: Any, paddings: Any, block_size: Any = None, name: str | None = None, block_shape: Any = None
) -> torch.Tensor:
    """`space_to_batch_nd` of images `[batch, height, width, channels]`, square blocks. Source: tf.space_to_batch."""
    blocks = known_ints(block_size if block_shape is None else block_shape, "block_size")
    return _to_batch(as_tensor(input), blocks * 2 if len(blocks) == 1 else blocks, paddings, name)


@checked
def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> torch.Tensor:
    """The reverse of `space_to_batch_nd`.

    Args:
      crops: `(before, after)` for each axis of space, cut off in the end.

    Raises:
      ValueError: the batch is no multiple of a block.

    Source: tf.batch_to_space_nd.
    """
    return _to_space(as_tensor(input), known_ints(block_shape, "block_shape"), crops, name)


def _to_space(x: torch.Tensor, blocks: list[int], crops: Any, name: str | None) -> torch.Tensor:
    count, rest = len(blocks), list(range(len(blocks) + 1, x.dim()))
    pairs = _pairs(crops, count, "BatchToSpaceND")
    entries = 1
    for block in blocks:
        entries *= block
    batch = x.shape[0] // entries
    space = [x.shape[axis] for axis in range(1, count + 1)]
    tail = [x.shape[axis] for axis in rest]
    apart = torch.reshape(x, [*blocks, batch, *space, *tail])
    order = [count]
    for axis in range(count):
        order += [count + 1 + axis, axis]
    whole = [size * block for size, block in zip(space, blocks)]
    result = torch.reshape(
        torch.permute(apart, [*order, *range(2 * count + 1, apart.dim())]), [batch, *whole, *tail]
    )
    for axis, (before, after) in enumerate(pairs, 1):
        result = torch.narrow(result, axis, before, result.shape[axis] - before - after)
    return named(result, name, "BatchToSpaceND")


@checked
def batch_to_space(
    input: Any, crops: Any, block_size: Any, name: str | None = None, block_shape: Any = None
) -> torch.Tensor:
    """`batch_to_space_nd` of images `[batch, height, width, channels]`, square blocks. Source: tf.batch_to_space."""
    blocks = known_ints(block_size if block_shape is None else block_shape, "block_size")
    return _to_space(as_tensor(input), blocks * 2 if len(blocks) == 1 else blocks, crops, name)


@checked
def extract_image_patches(
    images: Any,
    ksizes: Sequence[int] | None = None,
    strides: Sequence[int] | None = None,
    rates: Sequence[int] | None = None,
    padding: str | None = None,
    name: str | None = None,
    sizes: Sequence[int] | None = None,
) -> torch.Tensor:
    """The windows that a convolution would see, each as the channels of one pixel.

    Args:
      images: `[batch, height, width, channels]`.
      ksizes, strides, rates: `[1, height, width, 1]`: of the window, between windows, between its elements.
      padding: `"VALID"` or `"SAME"`, which pads with zeros.
      sizes: another name of `ksizes`.

    Returns:
      `[batch, out_height, out_width, height * width * channels]` with the window's height and width, row by row.

    Raises:
      ValueError: an argument is missing or is not of this form.

    Source: tf.extract_image_patches.
    """
    windows = ksizes if sizes is None else sizes
    x = as_tensor(images)
    for what, value in (("ksizes", windows), ("strides", strides), ("rates", rates)):
        if value is None or len(value) != 4 or value[0] != 1 or value[3] != 1:
            raise ValueError(f"extract_image_patches: {what} must be [1, height, width, 1], got {value!r}.")
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"extract_image_patches: padding must be 'SAME' or 'VALID', got {padding!r}.")
    assert windows is not None
    assert strides is not None
    assert rates is not None
    if padding == "SAME":
        pairs = [same_padding(x.shape[axis], windows[axis], strides[axis], rates[axis]) for axis in (1, 2)]
        x = _constant_padded(x, [(0, 0), *pairs, (0, 0)], 0)
    for axis in (1, 2):
        # Each call adds a last axis, the window's; the elements between those of the window are then left out.
        x = x.unfold(axis, (windows[axis] - 1) * rates[axis] + 1, strides[axis])[..., :: rates[axis]]
    return named(torch.flatten(torch.permute(x, [0, 1, 2, 4, 5, 3]), 3), name, "ExtractImagePatches")
