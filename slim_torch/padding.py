"""SAME and VALID: TensorFlow's padding arithmetic, and the order of the axes of images.

Pure functions of sizes and formats; what runs with them is in `spatial.py`. Sizes may be symbolic:
nothing here converts one to an int or asks for its value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = [
    "CHANNELS_FIRST",
    "CHANNELS_LAST",
    "is_channels_first",
    "normalize_padding",
    "normalize_tuple",
    "padding_pairs",
    "same_padding",
    "valid_output_size",
]

Pairs = list[tuple[Any, Any]]

CHANNELS_FIRST = {1: (0, 2, 1), 2: (0, 3, 1, 2), 3: (0, 4, 1, 2, 3)}
"""By the number of spatial axes: the permutation that views channels-last as channels-first."""

CHANNELS_LAST = {1: (0, 2, 1), 2: (0, 2, 3, 1), 3: (0, 2, 3, 4, 1)}
"""The permutation back."""


def same_padding(size: Any, kernel: int, stride: int = 1, rate: int = 1) -> tuple[Any, Any]:
    """How much SAME pads one axis: `(before, after)`, the odd pixel after.

    The output has `ceil(size / stride)` places, so the padding is
    `max((ceil(size / stride) - 1) * stride + (kernel - 1) * rate + 1 - size, 0)` in all.
    """
    reach = (kernel - 1) * rate
    if stride == 1 or reach == 0:
        total: Any = reach
    else:
        # The same, in the form that a compiler of symbolic sizes finds simplest.
        total = reach - (size - 1) % stride
        if reach < stride - 1:
            total = torch.sym_max(total, 0)
    before = total // 2
    return before, total - before


def valid_output_size(size: Any, kernel: int, stride: int = 1, rate: int = 1) -> Any:
    """How many whole windows fit into one axis.

    Raises:
      ValueError: not even one does.
    """
    reach = (kernel - 1) * rate + 1
    if type(size) is int and size < reach:
        raise ValueError(
            f"Negative dimension size caused by subtracting {reach} from {size}: the window covers {reach} "
            f"pixels of an axis that has {size}. Use padding='SAME', a smaller kernel or a larger input."
        )
    return (size - reach) // stride + 1


def normalize_padding(padding: Any) -> Any:
    """`"SAME"` or `"VALID"` from any mixture of cases; a list of explicit pairs as it is.

    Raises:
      ValueError: neither.
    """
    if padding == "SAME" or padding == "VALID":
        return padding
    if isinstance(padding, (list, tuple)):
        return padding
    if padding.upper() in ("SAME", "VALID", "CAUSAL"):
        return padding.upper()
    raise ValueError(
        f'The `padding` argument must be a list/tuple or one of "valid", "same" (or "causal", only for '
        f"`Conv1D). Received: {padding}"
    )


def padding_pairs(
    padding: Any,
    sizes: Sequence[Any],
    kernel: Sequence[int],
    stride: Sequence[int],
    rate: Sequence[int],
    channels_first: bool = False,
) -> Pairs:
    """`(before, after)` for each spatial axis.

    Args:
      padding: `"SAME"`, `"VALID"`, `"CAUSAL"` (all of it before), or a pair for each axis of the
        tensor, batch and channels included, as TensorFlow has it.
      sizes, kernel, stride, rate: one entry for each spatial axis.

    Raises:
      ValueError: VALID, and the input is smaller than the window; or a wrong number of pairs.
    """
    axes = range(len(sizes))
    if padding == "SAME":
        return [same_padding(sizes[i], kernel[i], stride[i], rate[i]) for i in axes]
    if padding == "CAUSAL":
        return [((kernel[i] - 1) * rate[i], 0) for i in axes]
    pairs: Pairs = [(0, 0) for _ in axes]
    if padding != "VALID":
        if len(padding) != len(sizes) + 2:
            raise ValueError(
                f"explicit padding {padding!r} needs a pair for each of the {len(sizes) + 2} axes of the tensor, "
                f"batch and channels included."
            )
        given = padding[2:] if channels_first else padding[1:-1]
        pairs = [(before, after) for before, after in given]
    for i in axes:
        valid_output_size(sizes[i] + pairs[i][0] + pairs[i][1], kernel[i], stride[i], rate[i])
    return pairs


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`n` integers from an integer or a sequence of `n`.

    Raises:
      ValueError: anything else.
    """
    if isinstance(value, int):
        return (value,) * n
    try:
        values = tuple(value)
        if len(values) == n:
            return tuple(map(int, values))
    except (TypeError, ValueError):
        pass
    raise ValueError(f"The `{name}` argument must be a tuple of {n} integers. Received: {value}")


def is_channels_first(data_format: str, allowed: tuple[str, str]) -> bool:
    """Whether `data_format` is `allowed[1]`, the channels-first name, rather than `allowed[0]`.

    Raises:
      ValueError: it is neither.
    """
    if data_format == allowed[0]:
        return False
    if data_format == allowed[1]:
        return True
    raise ValueError(f"data_format has to be either {allowed[1]} or {allowed[0]}. Got {data_format!r}.")
