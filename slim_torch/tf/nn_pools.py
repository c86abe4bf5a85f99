"""`tf.nn`: pooling, and morphology, which is pooling with weights that add.

The layers are in `slim_torch.layers`; the kernels and SAME are in `spatial.py`. Windows and strides are one
number, one for each spatial axis, or one for each axis of the tensor.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch import spatial
from slim_torch.dtypes import as_dtype
from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST, is_channels_first, padding_pairs
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.operands import check_compatible, check_window, either, operand, spatial_numbers

__all__ = [
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "dilation2d",
    "erosion2d",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "pool",
]

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _pooled(
    op: str,
    value: Any,
    kind: str,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    n: int,
    rates: Any = None,
) -> Tensor:
    x = as_tensor(value)
    check_window(x, n + 2, op, padding)
    channels_first = is_channels_first(data_format or _FORMATS[n][0], _FORMATS[n])
    return spatial.pool(
        x,
        kind,
        kernel=spatial_numbers(ksize, n, channels_first, "ksize"),
        stride=spatial_numbers(strides, n, channels_first, "strides"),
        padding=padding,
        rate=spatial_numbers(rates, n, channels_first, "dilations"),
        channels_first=channels_first,
    )


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The largest value of each window of `[batch, height, width, channels]`.

    Args:
      ksize: may also cover channels, if it covers one pixel: then `strides` must be the same.

    Raises:
      ValueError: rank, format or padding are not known ones, or VALID with a window larger than the image.

    Source: tf.nn.max_pool.
    """
    x = as_tensor(either("input", input, "value", value))
    if isinstance(ksize, (list, tuple)) and len(ksize) == 4 and data_format == "NHWC" and ksize[3] > 1:
        return named(_max_over_channels(x, list(ksize), list(strides)), name, "MaxPool")
    return named(_pooled("MaxPool", x, "MAX", ksize, strides, padding, data_format, 2), name, "MaxPool")


def _max_over_channels(x: Tensor, ksize: list[int], strides: list[int]) -> Tensor:
    window = ksize[3]
    if ksize[:3] != [1, 1, 1] or strides != ksize:
        raise ValueError(
            f"MaxPoolingOp exactly one of pooling across depth or pooling across width/height: ksize is {ksize}, "
            f"strides {strides}; expected [1, 1, 1, k] for both."
        )
    check_compatible(x.shape[3] % window, 0, f"rest of the channels divided by {window}")
    return x.unflatten(3, (-1, window)).amax(-1)


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window, padding not counted; see `max_pool`. Source: tf.nn.avg_pool."""
    x = either("input", input, "value", value)
    return named(_pooled("AvgPool", x, "AVG", ksize, strides, padding, data_format, 2), name, "AvgPool")


def max_pool1d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NWC", name: str | None = None
) -> Tensor:
    """`max_pool` of `[batch, width, channels]`. Source: tf.nn.max_pool1d."""
    with name_scope(name, "MaxPool1d"):
        return named(
            _pooled("MaxPool1d", input, "MAX", ksize, strides, padding, data_format, 1), None, "Squeeze"
        )


def avg_pool1d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NWC", name: str | None = None
) -> Tensor:
    """`avg_pool` of `[batch, width, channels]`. Source: tf.nn.avg_pool1d."""
    with name_scope(name, "AvgPool1D"):
        return named(
            _pooled("AvgPool1D", input, "AVG", ksize, strides, padding, data_format, 1), None, "Squeeze"
        )


def max_pool2d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """`max_pool` under another name. Source: tf.nn.max_pool2d."""
    return named(
        _pooled("MaxPool2d", input, "MAX", ksize, strides, padding, data_format, 2), name, "MaxPool2d"
    )


def avg_pool2d(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """`avg_pool` under another name. Source: tf.nn.avg_pool2d."""
    return avg_pool(value, ksize, strides, padding, data_format, name, input)


def max_pool3d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NDHWC", name: str | None = None
) -> Tensor:
    """`max_pool` of `[batch, depth, height, width, channels]`. Source: tf.nn.max_pool3d."""
    return named(
        _pooled("MaxPool3D", input, "MAX", ksize, strides, padding, data_format, 3), name, "MaxPool3D"
    )


def avg_pool3d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NDHWC", name: str | None = None
) -> Tensor:
    """`avg_pool` of `[batch, depth, height, width, channels]`. Source: tf.nn.avg_pool3d."""
    return named(
        _pooled("AvgPool3D", input, "AVG", ksize, strides, padding, data_format, 3), name, "AvgPool3D"
    )


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Pooling over one to three axes, as many as `window_shape` has.

    Args:
      pooling_type: `"MAX"` or `"AVG"`.
      dilation_rate: the distance of neighbouring pixels of a window, for VALID only.

    Raises:
      ValueError: an unknown type, a rate above 1 with SAME or with a stride, or see `max_pool`.

    Source: tf.nn.pool.
    """
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be 'MAX' or 'AVG', got {pooling_type!r}.")
    n = len(window_shape)
    if n not in _FORMATS:
        raise ValueError(f"Pooling is over 1, 2 or 3 axes, window_shape has {n}: {list(window_shape)}.")
    rates = either("dilations", dilations, "dilation_rate", dilation_rate)
    dilated = rates is not None and any(rate > 1 for rate in rates)
    if dilated and padding == "SAME":
        raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1. Use VALID.")
    if dilated and strides is not None and any(stride > 1 for stride in strides):
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1: use one of them.")
    default = "max_pool" if pooling_type == "MAX" else "avg_pool"
    y = _pooled(default, input, pooling_type, window_shape, strides, padding, data_format, n, rates)
    if not dilated and n > 1:
        return named(y, name, default)
    with name_scope(name, default):
        return named(y, None, "BatchToSpaceND" if dilated else "Squeeze")


def max_pool_with_argmax(
    input: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    Targmax: Any = None,
    name: str | None = None,
    output_dtype: Any = None,
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """`max_pool`, and where in the image each value is.

    Args:
      ksize, strides: four numbers.
      Targmax, output_dtype: of the places, int64 by default.
      include_batch_in_index: whether the images count as lying one behind the other.

    Returns:
      The values, and their places: `(y * width + x) * channels + channel`, and with the batch
      `((b * height + y) * width + x) * channels + channel`.

    Raises:
      TypeError: `ksize` or `strides` are no lists.

    Source: tf.nn.max_pool_with_argmax.
    """
    for argument, given in (("ksize", ksize), ("strides", strides)):
        if not isinstance(given, (list, tuple)):
            raise TypeError(
                f"Expected list for '{argument}' argument to 'max_pool_with_argmax' Op, not {given}."
            )
    if data_format != "NHWC":
        raise ValueError(f"Attr 'data_format' of 'MaxPoolWithArgmax' must be 'NHWC', got {data_format!r}.")
    wanted = either("output_dtype", output_dtype, "Targmax", Targmax)
    x = as_tensor(input)
    check_window(x, 4, "MaxPoolWithArgmax", padding)
    kernel = spatial_numbers(ksize, 2, False, "ksize")
    stride = spatial_numbers(strides, 2, False, "strides")
    dtype = torch.int64 if wanted is None else as_dtype(wanted)
    result = _max_and_place(x, kernel, stride, padding, include_batch_in_index, dtype)
    result = named(result, name, "MaxPoolWithArgmax")
    return result[0], result[1]


@leaf
def _max_and_place(
    x: Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: str,
    with_batch: bool,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:
    batch, height, width, channels = x.shape
    rows, columns = padding_pairs(padding, (height, width), kernel, stride, (1, 1))
    padded = F.pad(x.permute(CHANNELS_FIRST[2]), [*columns, *rows], value=-torch.inf)
    values, flat = F.max_pool2d(padded, kernel, stride, return_indices=True)
    across = padded.shape[3]
    y, x_place = flat // across - rows[0], flat % across - columns[0]
    channel = torch.arange(channels, device=x.device).view(-1, 1, 1)
    if with_batch:
        y = y + height * torch.arange(batch, device=x.device).view(-1, 1, 1, 1)
    places = (y * width + x_place) * channels + channel
    return values.permute(CHANNELS_LAST[2]), places.permute(CHANNELS_LAST[2]).to(dtype)


def dilation2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: str | None = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Grayscale dilation: the largest of window plus filter, channel by channel.

    Args:
      input: `[batch, height, width, channels]`.
      filter: `[height, width, channels]`.
      strides, rates: numbers of all four axes.

    Source: tf.nn.dilation2d.
    """
    kernel = either("filters", filters, "filter", filter)
    y = _dilated(as_tensor(input), kernel, strides, either("dilations", dilations, "rates", rates), padding)
    return named(y, name, "Dilation2D")


def erosion2d(
    value: Any, kernel: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """Grayscale erosion: the smallest of window minus the kernel upside down. Source: tf.nn.erosion2d."""
    with name_scope(name, "erosion2d"):
        x = as_tensor(value)
        flipped = operand(kernel, x, "Dilation2D", "filter").flip(0, 1)
        return named(-_dilated(-x, flipped, strides, rates, padding), None, "Neg_1")


def _dilated(x: Tensor, filter: Any, strides: Any, rates: Any, padding: str | None) -> Tensor:
    kernel = operand(filter, x, "Dilation2D", "filter")
    check_window(x, 4, "Dilation2D", padding)
    stride = spatial_numbers(strides, 2, False, "strides")
    rate = spatial_numbers(rates, 2, False, "rates")
    check_compatible(x.shape[3], kernel.shape[2], "input channels and filter channels of 'Dilation2D'")
    rows, columns = padding_pairs(padding, x.shape[1:3], kernel.shape[:2], stride, rate)
    padded = F.pad(x, [0, 0, *columns, *rows], value=-torch.inf)
    for axis in (0, 1):
        # A new last axis: the window, of which every `rate`-th pixel counts.
        reach = (kernel.shape[axis] - 1) * rate[axis] + 1
        padded = padded.unfold(1 + axis, reach, stride[axis])[..., :: rate[axis]]
    return (padded + kernel.permute(2, 0, 1)).amax((-2, -1))
