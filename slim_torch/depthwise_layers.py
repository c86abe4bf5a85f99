"""The convolution layers that treat each channel on its own: separable and in-plane.

Variables and scopes around `spatial.depthwise_convolve`. Depthwise weights are `[height, width, in,
multiplier]`, and lie in memory as `[in, multiplier, height, width]`, which is what PyTorch's grouped
convolution takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import initializers, spatial
from slim_torch.activations import relu
from slim_torch.arg_scope import add_arg_scope
from slim_torch.graph import Graph, get_default_graph
from slim_torch.layer_support import (
    CONVOLUTION_MEMORY,
    as_dimension,
    check_rank,
    finish,
    layer_biases,
    layer_input,
    layer_variable,
)
from slim_torch.padding import is_channels_first, normalize_padding, normalize_tuple
from slim_torch.recorded_layers import check_known, claim, label_steps, recorded
from slim_torch.scopes import variable_scope
from slim_torch.symbolic import SymbolicNumber
from slim_torch.utils import two_element_tuple

__all__ = [
    "conv2d_in_plane",
    "convolution2d_in_plane",
    "depthwise_names",
    "separable_conv2d",
    "separable_convolution2d",
]

Size = int | Sequence[int]
Function = Callable[..., Any]

_XAVIER = initializers.xavier_initializer()
_ZEROS = initializers.zeros_initializer()


@add_arg_scope
def convolution2d_in_plane(
    inputs: torch.Tensor,
    kernel_size: Size,
    stride: Size = 1,
    padding: str = "SAME",
    activation_fn: Function | None = relu,
    normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Function | None = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> torch.Tensor:
    """The same one-channel convolution applied to every channel.

    Args:
      inputs: `[batch, height, width, channels]`.
      padding: `"SAME"` or `"VALID"`. The other arguments are those of `convolution`.

    Returns:
      `[batch, out_height, out_width, channels]`.

    Creates `weights`, `[kernel_height, kernel_width, 1, 1]`, and `biases`, `[channels]`, in the scope
    `"ConvInPlane"`.

    Raises:
      ValueError: a rank, size or padding does not fit.

    Source: tf.contrib.layers.conv2d_in_plane.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        kernel = two_element_tuple(kernel_size)
        strides = two_element_tuple(stride)
        if inputs.dim() != 4:
            raise ValueError(
                f"rank of shape must be at least 4 not: {inputs.dim()}. Expected [batch, height, width, channels]."
            )
        channels = inputs.shape[3]
        if type(channels) is not int:
            check_known(channels, _unknown_channels(inputs))
        weights = layer_variable(
            sc,
            "weights",
            "weights",
            [*kernel, 1, 1],
            inputs,
            weights_initializer,
            weights_regularizer,
            trainable,
            variables_collections,
            own_regularizer=False,
        )
        biases = layer_biases(
            sc,
            channels,
            inputs,
            normalizer_fn,
            biases_initializer,
            biases_regularizer,
            trainable,
            variables_collections,
            own_regularizer=False,
        )
        _check_depthwise(padding, strides)
        graph = get_default_graph()
        is_recorded = graph.recorder is not None and recorded(graph)
        outputs = spatial.depthwise_convolve(
            inputs,
            weights.permute(2, 3, 0, 1).expand(channels, 1, *kernel),
            None if is_recorded else biases,
            stride=strides,
            padding=padding,
            rate=(1, 1),
        )
        if is_recorded:
            outputs = label_steps(outputs, ("depthwise", "DepthwiseConv2dNative"))
        added = biases if is_recorded else None
        return finish(
            outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params, added
        )


def _unknown_channels(inputs: torch.Tensor) -> str:
    shape = ", ".join("?" if isinstance(size, SymbolicNumber) else str(size) for size in inputs.shape)
    return f"dimension -1 of shape must be known but is None: ({shape})"


def _check_depthwise(padding: str, strides: Sequence[int]) -> None:
    if padding not in ("SAME", "VALID"):
        raise ValueError(
            f"Attr 'padding' of 'DepthwiseConv2dNative' Op passed string '{padding}' not in: \"SAME\", \"VALID\"."
        )
    if min(strides) < 1:
        raise ValueError(f"Stride must be > 0, but got {min(strides)}")


@add_arg_scope
def separable_convolution2d(
    inputs: torch.Tensor,
    num_outputs: int | None,
    kernel_size: Size,
    depth_multiplier: int = 1,
    stride: Size = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Size = 1,
    activation_fn: Function | None = relu,
    normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    pointwise_initializer: Any = None,
    weights_regularizer: Function | None = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> torch.Tensor:
    """A convolution of each channel on its own, then a 1x1 convolution across channels.

    Args:
      inputs: `[batch, height, width, in]`, or `[batch, in, height, width]` for `"NCHW"`.
      num_outputs: the filters of the 1x1 convolution; None leaves it out.
      depth_multiplier: how many outputs each channel gets in the first part.
      stride, rate: of the first part. Both above one is allowed, and computes what TensorFlow does: not
        a strided dilated convolution, but one with its places interleaved in blocks of `rate`.
      weights_initializer: of both parts, but for a `pointwise_initializer`.
      weights_regularizer: of both parts.
      The others are those of `convolution`.

    Returns:
      `[batch, out_height, out_width, num_outputs or in * depth_multiplier]`, in the format of `inputs`.

    Creates, in the scope `"SeparableConv2d"`, `depthwise_weights` `[kernel_height, kernel_width, in,
    depth_multiplier]`, `pointwise_weights` `[1, 1, in * depth_multiplier, num_outputs]` unless
    `num_outputs` is None, and `biases`.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.contrib.layers.separable_conv2d.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse) as sc:
        pointwise = num_outputs is not None
        if pointwise:
            check_rank(inputs, 4, "SeparableConv2d")
            padding = normalize_padding(padding)
        elif inputs.dim() != 4:
            raise ValueError(
                f"rank of shape must be at least 4 not: {inputs.dim()}. Expected [batch, height, width, channels]."
            )
        kernel = normalize_tuple(kernel_size, 2, "kernel_size")
        strides = normalize_tuple(stride, 2, "strides")
        rates = normalize_tuple(rate, 2, "dilation_rate")
        channels = inputs.shape[1 if channels_first else 3]
        if type(channels) is not int:
            check_known(
                channels,
                "The channel dimension of the inputs should be defined. Found `None`."
                if pointwise
                else _unknown_channels(inputs),
            )
        graph = get_default_graph()
        is_recorded = graph.recorder is not None and recorded(graph)
        if is_recorded and pointwise:
            claim(graph, sc.name)
        depth = channels * depth_multiplier
        # The two forms differ in the original: only the full one adds to a scope's regularizer.
        depthwise_weights = layer_variable(
            sc,
            "weights",
            "depthwise_weights",
            [*kernel, channels, as_dimension(depth_multiplier)],
            inputs,
            weights_initializer,
            weights_regularizer,
            trainable,
            variables_collections,
            (2, 3, 0, 1),
            own_regularizer=pointwise,
        )
        size = depth
        pointwise_weights = None
        if pointwise:
            size = as_dimension(num_outputs)
            pointwise_weights = layer_variable(
                sc,
                "weights",
                "pointwise_weights",
                [1, 1, depth, size],
                inputs,
                weights_initializer if pointwise_initializer is None else pointwise_initializer,
                weights_regularizer,
                trainable,
                variables_collections,
                CONVOLUTION_MEMORY[2],
            )
        biases = layer_biases(
            sc,
            size,
            inputs,
            normalizer_fn,
            biases_initializer,
            biases_regularizer,
            trainable,
            variables_collections,
            own_regularizer=pointwise,
        )
        _check_depthwise(padding, strides)
        if min(rates) < 1:
            raise ValueError(f"dilation_rate must be positive. Got {rates}.")
        outputs = spatial.depthwise_convolve(
            inputs,
            depthwise_weights.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1),
            None if pointwise or is_recorded else biases,
            stride=strides,
            padding=padding,
            rate=rates,
            channels_first=channels_first,
        )
        if is_recorded:
            name, inner = depthwise_names(graph, pointwise, max(rates) > 1)
            outputs = label_steps(outputs, *inner)
        if pointwise_weights is not None:
            outputs = spatial.convolve(
                outputs,
                pointwise_weights.permute(3, 2, 0, 1),
                None if is_recorded else biases,
                stride=(1, 1),
                padding="VALID",
                rate=(1, 1),
                channels_first=channels_first,
            )
            if is_recorded:
                outputs = label_steps(outputs, (name, "Conv2D"))
        return finish(
            outputs,
            sc,
            activation_fn,
            outputs_collections,
            normalizer_fn,
            normalizer_params,
            biases if is_recorded else None,
            channels_first,
        )


def depthwise_names(graph: Graph, pointwise: bool, dilated: bool) -> tuple[str, list[tuple[str, str]]]:
    """The name of the 1x1 convolution, and names and types of the operations of the first part, in order."""
    kind = ("DepthwiseConv2dNative", "BatchToSpaceND")
    if not pointwise and not dilated:
        return "", [("depthwise", kind[0])]
    with graph.name_scope("separable_conv2d" if pointwise else "depthwise") as scope:
        first = f"{scope}depthwise/" if pointwise else scope
        names = [(first, kind[0]), (f"{scope}BatchToSpaceND/", kind[1])]
        return scope, names if dilated else names[:1]


conv2d_in_plane = convolution2d_in_plane
separable_conv2d = separable_convolution2d
