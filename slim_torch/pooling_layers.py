"""The pooling layers: checks and names around `spatial.pool`. They create no variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch import spatial
from slim_torch.arg_scope import add_arg_scope
from slim_torch.layer_support import check_rank, layer_input
from slim_torch.padding import is_channels_first, normalize_padding, normalize_tuple
from slim_torch.recorded_layers import label_steps
from slim_torch.scopes import name_scope
from slim_torch.utils import collect_named_outputs, n_positive_integers

__all__ = ["avg_pool2d", "avg_pool3d", "max_pool2d", "max_pool3d", "pool"]

Size = int | Sequence[int]

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _pool_layer(
    inputs: torch.Tensor,
    kind: str,
    dims: int,
    kernel_size: Size,
    stride: Size,
    padding: str,
    data_format: str,
    outputs_collections: Any,
    scope: str | None,
    default_name: str,
) -> torch.Tensor:
    channels_first = is_channels_first(data_format, (_FORMATS[dims][0], _FORMATS[dims][1]))
    with name_scope(scope, default_name) as name:
        check_rank(inputs, dims + 2, default_name)
        kernel = normalize_tuple(kernel_size, dims, "pool_size")
        strides = normalize_tuple(stride, dims, "strides")
        padding = normalize_padding(padding)
        if min(kernel) < 1:
            raise ValueError(f"ksize cannot be zero. Got {kernel}.")
        if min(strides) < 1:
            raise ValueError(f"Stride must be > 0, but got {min(strides)}")
        if kind == "AVG" and not inputs.dtype.is_floating_point:
            raise TypeError(
                f"{default_name}: inputs have dtype {str(inputs.dtype)[6:]}, not in list of allowed values: "
                f"float16, bfloat16, float32, float64. Convert them first."
            )
        outputs = spatial.pool(
            inputs, kind, kernel=kernel, stride=strides, padding=padding, channels_first=channels_first
        )
        if type(outputs) is not torch.Tensor:
            op = _op_name(kind, dims)
            outputs = label_steps(outputs, (op, op))
        return collect_named_outputs(outputs_collections, name, outputs)


def _op_name(kind: str, dims: int) -> str:
    op = "MaxPool" if kind == "MAX" else "AvgPool"
    return op + "3D" if dims == 3 else op


@add_arg_scope
def max_pool2d(
    inputs: torch.Tensor,
    kernel_size: Size,
    stride: Size = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """The largest value of each window, channel by channel.

    Args:
      inputs: `[batch, height, width, channels]`, or `[batch, channels, height, width]` for `"NCHW"`.
      kernel_size, stride: in pixels, one int or `(height, width)`.
      padding: `"VALID"` keeps whole windows; `"SAME"` gives `ceil(size / stride)`, and what it pads
        never wins.
      outputs_collections: collections for the output, under the name of the scope.
      scope: a name scope, `"MaxPool2D"` made unique by default.

    Returns:
      `[batch, out_height, out_width, channels]`, in the format and dtype of `inputs`.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.contrib.layers.max_pool2d.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    return _pool_layer(
        inputs, "MAX", 2, kernel_size, stride, padding, data_format, outputs_collections, scope, "MaxPool2D"
    )


@add_arg_scope
def avg_pool2d(
    inputs: torch.Tensor,
    kernel_size: Size,
    stride: Size = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """The mean of each window, channel by channel; what SAME pads is not counted.

    Arguments, result and errors are those of `max_pool2d`; a TypeError for integers besides.

    Source: tf.contrib.layers.avg_pool2d.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    return _pool_layer(
        inputs, "AVG", 2, kernel_size, stride, padding, data_format, outputs_collections, scope, "AvgPool2D"
    )


@add_arg_scope
def max_pool3d(
    inputs: torch.Tensor,
    kernel_size: Size,
    stride: Size = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """`max_pool2d` over depth, height and width.

    Args:
      inputs: `[batch, depth, height, width, channels]`, or channels second for `"NCDHW"`.

    Source: tf.contrib.layers.max_pool3d.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    return _pool_layer(
        inputs, "MAX", 3, kernel_size, stride, padding, data_format, outputs_collections, scope, "MaxPool3D"
    )


@add_arg_scope
def avg_pool3d(
    inputs: torch.Tensor,
    kernel_size: Size,
    stride: Size = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """`avg_pool2d` over depth, height and width.

    Args:
      inputs: `[batch, depth, height, width, channels]`, or channels second for `"NCDHW"`.

    Source: tf.contrib.layers.avg_pool3d.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    return _pool_layer(
        inputs, "AVG", 3, kernel_size, stride, padding, data_format, outputs_collections, scope, "AvgPool3D"
    )


@add_arg_scope
def pool(
    inputs: torch.Tensor,
    kernel_size: Size,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Size = 1,
    stride: Size = 1,
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """Pooling over one to three spatial axes, with dilation.

    Args:
      inputs: `[batch, spatial..., channels]`, or channels second for a `data_format` beginning `NC`.
      pooling_type: `"MAX"` or `"AVG"`.
      padding: `"VALID"`, or `"SAME"` without dilation.
      dilation_rate: the distance between the pixels of a window; above one only with stride 1.
      stride: at most the size of the window.
      scope: a name scope, `"max_pool"` or `"avg_pool"` made unique by default.

    Returns:
      `[batch, out_spatial..., channels]`, in the format and dtype of `inputs`.

    Raises:
      ValueError: a rank, size, format, type or padding does not fit.

    Source: tf.contrib.layers.pool.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with name_scope(scope, f"{pooling_type.lower()}_pool") as name:
        dims = inputs.dim() - 2
        if dims < 1:
            raise ValueError(f"Rank of inputs must be >= 3. Got {inputs.dim()}.")
        if dims > 3:
            raise ValueError(f"It is required that 1 <= num_spatial_dims <= 3. The input has {dims}.")
        kernel = n_positive_integers(dims, kernel_size)
        strides = n_positive_integers(dims, stride)
        rates = n_positive_integers(dims, dilation_rate)
        if pooling_type not in ("MAX", "AVG"):
            raise ValueError(f"{dims}-D {pooling_type} pooling is not supported. Use 'MAX' or 'AVG'.")
        last, first = _FORMATS[dims]
        op = _op_name(pooling_type, dims)
        if data_format not in (None, last, first):
            raise ValueError(
                f"Attr 'data_format' of '{op}' Op passed string '{data_format}' not in: \"{last}\", \"{first}\"."
            )
        if padding not in ("SAME", "VALID"):
            raise ValueError(
                f"Attr 'padding' of '{op}' Op passed string '{padding}' not in: \"SAME\", \"VALID\"."
            )
        if any(step > size for step, size in zip(strides, kernel)):
            raise ValueError(
                f"strides > window_shape not supported due to inconsistency between CPU and GPU "
                f"implementations. Got stride {strides} and window {kernel}."
            )
        if max(rates) > 1:
            if max(strides) > 1:
                raise ValueError(
                    f"strides > 1 not supported in conjunction with dilation_rate > 1. Got {strides} and {rates}."
                )
            if padding == "SAME":
                raise ValueError("pooling with SAME padding is not implemented for dilation_rate > 1")
        outputs = spatial.pool(
            inputs,
            pooling_type,
            kernel=kernel,
            stride=strides,
            padding=padding,
            rate=rates,
            channels_first=data_format == first,
        )
        if type(outputs) is not torch.Tensor:
            names = [(name, op)]
            if dims == 1:
                names.append(("Squeeze", "Squeeze"))
            if max(rates) > 1:
                names.append(("BatchToSpaceND", "BatchToSpaceND"))
            outputs = label_steps(outputs, *names)
        return collect_named_outputs(outputs_collections, name, outputs)
