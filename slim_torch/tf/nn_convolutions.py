"""`tf.nn`: convolutions with filters given as tensors, and their transposes.

Layers that make their own variables are in `slim_torch.layers`; the kernels and SAME are in `spatial.py`.
Strides are one number, one for each spatial axis, or one for each axis of the tensor; filters have
TensorFlow's shape `[spatial..., in, out]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST, is_channels_first, same_padding
from slim_torch.scopes import name_scope
from slim_torch.spatial import convolve, depthwise_convolve
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.operands import check_compatible, check_window, either, is_known, operand, spatial_numbers

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_native",
    "separable_conv2d",
]

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
# A filter `[spatial..., in, out]` as PyTorch's `[out, in, spatial...]`; the same axes for a transpose, whose
# filter is `[spatial..., out, in]`.
_FILTER_AXES = {1: (2, 1, 0), 2: (3, 2, 0, 1), 3: (4, 3, 0, 1, 2)}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def _convolved(
    op: str,
    value: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    dilations: Any,
    n: int,
) -> Tensor:
    """A convolution over `n` axes, arguments checked."""
    if filters is None:
        raise ValueError(
            f"'{op}': the filter is None. Pass a tensor [spatial..., in_channels, out_channels]."
        )
    if padding is None:
        raise TypeError(f"'{op}' missing required argument 'padding'. Pass 'SAME' or 'VALID'.")
    x = as_tensor(value)
    kernel = operand(filters, x, op, "filter")
    check_window(x, n + 2, op, padding, explicit=n == 2)
    if kernel.dim() != n + 2:
        raise ValueError(f"Shape must be rank {n + 2} but is rank {kernel.dim()} for the filter of '{op}'.")
    channels_first = is_channels_first(data_format or _FORMATS[n][0], _FORMATS[n])
    stride = spatial_numbers(strides, n, channels_first, "strides")
    rate = spatial_numbers(dilations, n, channels_first, "dilations")
    channels, expected = x.shape[1 if channels_first else -1], kernel.shape[-2]
    groups = 1
    if is_known(channels, expected) and channels != expected:
        if expected == 0 or channels % expected:
            raise ValueError(
                f"input depth must be evenly divisible by filter depth: {channels} vs {expected} in '{op}'. The "
                f"filter's third axis from the end counts the input's channels."
            )
        groups = channels // expected
    return convolve(
        x,
        kernel.permute(_FILTER_AXES[n]),
        None,
        stride=stride,
        padding=padding,
        rate=rate,
        channels_first=channels_first,
        groups=groups,
    )


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: str | None = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolution of `[batch, width, in]` with `[width, in, out]`. Source: tf.nn.conv1d.

    `use_cudnn_on_gpu` has no effect: PyTorch decides.
    """
    formats = {"NHWC": "NWC", "NCHW": "NCW"}
    with name_scope(name, "conv1d"):
        x = either("input", input, "value", value)
        data_format = formats.get(data_format or "NWC", data_format)
        y = _convolved("conv1d", x, filters, stride, padding, data_format, dilations, 1)
        return named(y, None, "Squeeze")


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolution of `[batch, height, width, in]` with `[height, width, in, out]`.

    Args:
      filter, filters: two names of the same argument. With fewer input channels than the image has, the
        channels are convolved in groups.
      padding: `"SAME"`, `"VALID"`, or pairs `(before, after)` for all four axes.
      use_cudnn_on_gpu: no effect: PyTorch decides.

    Raises:
      ValueError: shapes do not fit, or a format or padding is unknown.
      TypeError: the dtypes differ.

    Source: tf.nn.conv2d.
    """
    kernel = either("filters", filters, "filter", filter)
    return named(
        _convolved("Conv2D", input, kernel, strides, padding, data_format, dilations, 2), name, "Conv2D"
    )


def conv3d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: str | None = None,
    data_format: str | None = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Convolution of `[batch, depth, height, width, in]`; see `conv2d`. Source: tf.nn.conv3d."""
    kernel = either("filters", filters, "filter", filter)
    return named(
        _convolved("Conv3D", input, kernel, strides, padding, data_format, dilations, 3), name, "Conv3D"
    )


def convolution(
    input: Any,
    filter: Any,
    padding: str,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolution over one to three axes, as many as the filter has.

    Raises:
      ValueError: both a stride and a rate are above 1, or see `conv2d`.

    Source: tf.nn.convolution.
    """
    kernel = as_tensor(either("filters", filters, "filter", filter))
    rates = either("dilations", dilations, "dilation_rate", dilation_rate)
    n = kernel.dim() - 2
    if n not in _FORMATS:
        raise ValueError(
            f"num_spatial_dims must be one of 1, 2 or 3, the filter has {n} spatial axes: expected shape "
            f"[spatial..., in_channels, out_channels], got {tuple(kernel.shape)}."
        )
    dilated = _check_rates("strides", strides, rates)
    y = _convolved("convolution", input, kernel, strides, padding, data_format, rates, n)
    return _named_as_spaced(y, name, "convolution", dilated, squeezed=n == 1)


def _check_rates(what: str, strides: Any, rates: Any) -> bool:
    """Whether any rate is above 1.

    Raises:
      ValueError: and a stride too.
    """
    dilated = rates is not None and any(rate > 1 for rate in _listed(rates))
    if dilated and strides is not None and any(stride > 1 for stride in _listed(strides)):
        raise ValueError(f"{what} > 1 not supported in conjunction with dilation_rate > 1: use one of them.")
    return dilated


def _listed(value: Any) -> Sequence[int]:
    return (value,) if isinstance(value, int) else value


def _named_as_spaced(y: Tensor, name: str | None, default: str, dilated: bool, squeezed: bool) -> Tensor:
    """Names what TensorFlow computes on batches of strided images if it is dilated."""
    if not dilated and not squeezed:
        return named(y, name, default)
    with name_scope(name, default):
        return named(y, None, "BatchToSpaceND" if dilated else "Squeeze")


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: str, name: str | None = None) -> Tensor:
    """`conv2d` with `rate - 1` pixels left out between those of the window. Source: tf.nn.atrous_conv2d."""
    return convolution(value, filters, padding, dilation_rate=[rate, rate], name=name)


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Each channel convolved on its own.

    Args:
      filter: `[height, width, in, multiplier]`.
      rate: two numbers for height and width; `dilations` is its other name.

    Returns:
      `[batch, height, width, in * multiplier]`.

    Source: tf.nn.depthwise_conv2d.
    """
    rates = either("dilations", dilations, "rate", rate)
    y = _depthwise("depthwise", input, filter, strides, padding, data_format, rates)
    dilated = rates is not None and any(number > 1 for number in _listed(rates))
    return _named_as_spaced(y, name, "depthwise", dilated, squeezed=False)


def _depthwise(
    op: str, input: Any, filter: Any, strides: Any, padding: str, data_format: str | None, rates: Any
) -> Tensor:
    x = as_tensor(input)
    kernel = operand(filter, x, op, "filter")
    check_window(x, 4, op, padding)
    check_window(kernel, 4, f"the filter of {op}", padding)
    channels_first = is_channels_first(data_format or "NHWC", _FORMATS[2])
    check_compatible(
        x.shape[1 if channels_first else 3], kernel.shape[2], f"input channels and filter channels of '{op}'"
    )
    return depthwise_convolve(
        x,
        kernel.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1),
        None,
        stride=spatial_numbers(strides, 2, channels_first, "strides"),
        padding=padding,
        rate=spatial_numbers(rates, 2, channels_first, "dilations"),
        channels_first=channels_first,
    )


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """`depthwise_conv2d` as one operation. Source: tf.nn.depthwise_conv2d_native."""
    op = "DepthwiseConv2dNative"
    return named(_depthwise(op, input, filter, strides, padding, data_format, dilations), name, op)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """`depthwise_conv2d` followed by a convolution with `pointwise_filter`, `[1, 1, in * multiplier, out]`.

    Raises:
      ValueError: the filters do not fit each other or the input.

    Source: tf.nn.separable_conv2d.
    """
    rates = either("dilations", dilations, "rate", rate)
    with name_scope(name, "separable_conv2d") as scope:
        x = as_tensor(input)
        pointwise = operand(pointwise_filter, x, "separable_conv2d", "pointwise_filter")
        check_compatible(pointwise.shape[0], 1, "height of the pointwise filter")
        check_compatible(pointwise.shape[1], 1, "width of the pointwise filter")
        depthwise = _depthwise("separable_conv2d", x, depthwise_filter, strides, padding, data_format, rates)
        channels = depthwise.shape[1 if data_format == "NCHW" else 3]
        check_compatible(
            channels, pointwise.shape[2], "outputs of the depthwise part, inputs of the pointwise"
        )
        y = _convolved("separable_conv2d", depthwise, pointwise, 1, "VALID", data_format, None, 2)
    return named(y, scope, "separable_conv2d")


def _transposed(
    op: str,
    value: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    dilations: Any,
    n: int,
) -> Tensor:
    """What the convolution with these arguments takes, given what it gives: the gradient by its input.

    Args:
      value: `[batch, spatial..., in]`.
      filters: `[spatial..., out, in]`.
      output_shape: of the result, `[batch, spatial..., out]`; sizes may be recorded.
    """
    if output_shape is None:
        raise ValueError(
            f"'{op}': output_shape is None. Pass the shape of the result, [batch, ..., channels]."
        )
    if filters is None:
        raise ValueError(
            f"'{op}': the filter is None. Pass a tensor [spatial..., out_channels, in_channels]."
        )
    x = as_tensor(value)
    kernel = operand(filters, x, op, "filter")
    check_window(x, n + 2, op, padding)
    channels_first = is_channels_first(data_format or _FORMATS[n][0], _FORMATS[n])
    stride = spatial_numbers(strides, n, channels_first, "strides")
    rate = spatial_numbers(dilations, n, channels_first, "dilations")
    sizes = as_sizes(output_shape)
    if len(sizes) != n + 2:
        raise ValueError(f"output_shape must have shape ({n + 2},), got {len(sizes)} sizes: {list(sizes)}.")
    check_compatible(x.shape[0], sizes[0], f"batch of the input and of the output_shape of '{op}'")
    check_compatible(sizes[1 if channels_first else -1], kernel.shape[-2], f"output channels of '{op}'")
    check_compatible(x.shape[1 if channels_first else -1], kernel.shape[-1], f"input channels of '{op}'")
    wanted = sizes[2:] if channels_first else sizes[1:-1]
    for i, size in enumerate(x.shape[2:] if channels_first else x.shape[1:-1]):
        if is_known(size, wanted[i], kernel.shape[i]):
            reach = (kernel.shape[i] - 1) * rate[i] + 1
            outputs = -(-(wanted[i] if padding == "SAME" else wanted[i] - reach + 1) // stride[i])
            check_compatible(
                size, outputs, f"axis {i} of the input of '{op}' and what its output_shape implies"
            )
    return _input_gradient(x, kernel, tuple(wanted), stride, padding, rate, channels_first)


@leaf
def _input_gradient(
    x: Tensor,
    kernel: Tensor,
    wanted: tuple[int, ...],
    stride: tuple[int, ...],
    padding: str,
    rate: tuple[int, ...],
    channels_first: bool,
) -> Tensor:
    n = len(wanted)
    x = x if channels_first else x.permute(CHANNELS_FIRST[n])
    pads = [
        same_padding(wanted[i], kernel.shape[i], stride[i], rate[i])[0] if padding == "SAME" else 0
        for i in range(n)
    ]
    y = _TRANSPOSED[n](x, kernel.permute(_FILTER_AXES[n]), None, stride, pads, 0, 1, rate)
    rest = [wanted[i] - y.shape[2 + i] for i in range(n)]
    if any(rest):
        # SAME cuts off one pixel more at the end than before; where no window reaches there are zeros.
        y = F.pad(y, [number for missing in reversed(rest) for number in (0, missing)])
    return y if channels_first else y.permute(CHANNELS_LAST[n])


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str | None = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose (gradient) of `conv2d`: from `[batch, height, width, in]` to `output_shape`.

    Args:
      filter: `[height, width, out, in]`.
      output_shape: `[batch, height, width, out]`, a list or a tensor: several sizes have the same strided
        size, so it must be said which.

    Raises:
      ValueError: a convolution of `output_shape` would not have the shape of the input, or see `conv2d`.

    Source: tf.nn.conv2d_transpose.
    """
    x = either("input", input, "value", value)
    kernel = either("filters", filters, "filter", filter)
    y = _transposed("conv2d_transpose", x, kernel, output_shape, strides, padding, data_format, dilations, 2)
    return named(y, name, "conv2d_transpose")


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str | None = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """`conv2d_transpose` with its arguments in another order. Source: tf.nn.conv2d_backprop_input."""
    kernel = either("filters", filters, "filter", filter)
    y = _transposed(
        "conv2d_backprop_input",
        out_backprop,
        kernel,
        input_sizes,
        strides,
        padding,
        data_format,
        dilations,
        2,
    )
    return named(y, name, "Conv2DBackpropInput")


def conv3d_transpose(
    value: Any,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: str = "SAME",
    data_format: str | None = "NDHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of `conv3d`; see `conv2d_transpose`. Source: tf.nn.conv3d_transpose."""
    x = either("input", input, "value", value)
    kernel = either("filters", filters, "filter", filter)
    y = _transposed("conv3d_transpose", x, kernel, output_shape, strides, padding, data_format, dilations, 3)
    return named(y, name, "conv3d_transpose")


def conv1d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of `conv1d`; see `conv2d_transpose`. Source: tf.nn.conv1d_transpose."""
    with name_scope(name, "conv1d_transpose"):
        y = _transposed(
            "conv1d_transpose", input, filters, output_shape, strides, padding, data_format, dilations, 1
        )
        return named(y, None, "Squeeze")


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose of `atrous_conv2d`; see `conv2d_transpose`. Source: tf.nn.atrous_conv2d_transpose."""
    with name_scope(name, "atrous_conv2d_transpose") as scope:
        y = _transposed("atrous_conv2d_transpose", value, filters, output_shape, 1, padding, "NHWC", rate, 2)
        if rate > 1:
            return named(y, None, "BatchToSpaceND")
    return named(y, scope, "atrous_conv2d_transpose")
