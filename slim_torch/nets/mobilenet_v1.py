"""MobileNet v1: depthwise and 1x1 convolutions in turn.

Source: https://arxiv.org/abs/1704.04861, with the names of the checkpoints published as
mobilenet_v1_{1.0,0.75,0.5,0.25}_{224,192,160,128}. TensorFlow's contrib does not have this network. The
building blocks of MobileNet v2 and v3 are in `mobilenet/`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.mobilenet.conv_blocks import fixed_padding
from slim_torch.nets.shapes import reduced_kernel_size, static_sizes

__all__ = [
    "MOBILENETV1_CONV_DEFS",
    "Conv",
    "DepthSepConv",
    "mobilenet_v1",
    "mobilenet_v1_025",
    "mobilenet_v1_050",
    "mobilenet_v1_075",
    "mobilenet_v1_arg_scope",
    "mobilenet_v1_base",
]


class Conv(NamedTuple):
    """An ordinary convolution: `(height, width)` of its kernel, stride, filters."""

    kernel: Sequence[int]
    stride: int
    depth: int


class DepthSepConv(NamedTuple):
    """A depthwise convolution, with this kernel and stride, and a 1x1 convolution with `depth` filters."""

    kernel: Sequence[int]
    stride: int
    depth: int


MOBILENETV1_CONV_DEFS = [
    Conv(kernel=[3, 3], stride=2, depth=32),
    DepthSepConv(kernel=[3, 3], stride=1, depth=64),
    DepthSepConv(kernel=[3, 3], stride=2, depth=128),
    DepthSepConv(kernel=[3, 3], stride=1, depth=128),
    DepthSepConv(kernel=[3, 3], stride=2, depth=256),
    DepthSepConv(kernel=[3, 3], stride=1, depth=256),
    DepthSepConv(kernel=[3, 3], stride=2, depth=512),
    *[DepthSepConv(kernel=[3, 3], stride=1, depth=512)] * 5,
    DepthSepConv(kernel=[3, 3], stride=2, depth=1024),
    DepthSepConv(kernel=[3, 3], stride=1, depth=1024),
]


def mobilenet_v1_base(
    inputs: tf.Tensor,
    final_endpoint: str = "Conv2d_13_pointwise",
    min_depth: int = 8,
    depth_multiplier: float = 1.0,
    conv_defs: Sequence[Any] | None = None,
    output_stride: int | None = None,
    use_explicit_padding: bool = False,
    scope: Any = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of MobileNet v1.

    Args:
      inputs: `[batch, height, width, 3]`.
      final_endpoint: the last layer to build: `Conv2d_0`, `Conv2d_1_depthwise`, `Conv2d_1_pointwise` ...
        `Conv2d_13_pointwise`.
      min_depth: the least number of filters that `depth_multiplier` leaves a layer.
      depth_multiplier: multiplies the number of filters of every layer.
      conv_defs: the layers, each a `Conv` or a `DepthSepConv`; None means MobileNet's.
      output_stride: the ratio of the sizes of input and output, 8, 16 or 32, by dilation in place of
        stride; None means that of the strides.
      use_explicit_padding: pads with the same number of pixels for images of every size, and convolves
        with VALID.
      scope: for `variable_scope`; `"MobilenetV1"` by default.

    Returns:
      `(net, end_points)`: the output of the last layer, and the outputs of all layers by name.

    Raises:
      ValueError: `depth_multiplier` is not positive, `output_stride` is not one of those, a definition is
        of another kind, or there is no layer `final_endpoint`.
    """
    if depth_multiplier <= 0:
        raise ValueError(f"depth_multiplier is not greater than zero. Got {depth_multiplier}.")
    if output_stride is not None and output_stride not in (8, 16, 32):
        raise ValueError(f"Only allowed output_stride values are 8, 16, 32. Got {output_stride}.")
    if conv_defs is None:
        conv_defs = MOBILENETV1_CONV_DEFS
    padding = "VALID" if use_explicit_padding else "SAME"
    end_points: dict[str, tf.Tensor] = {}
    current_stride = rate = 1
    net = inputs
    with tf.variable_scope(scope, "MobilenetV1", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.separable_conv2d], padding=padding):
            for i, conv_def in enumerate(conv_defs):
                if not isinstance(conv_def, (Conv, DepthSepConv)):
                    raise ValueError(  # noqa: TRY004 - what the original raises
                        f"Unknown convolution type {type(conv_def).__name__} for layer {i}."
                    )
                depth = max(int(conv_def.depth * depth_multiplier), min_depth)
                if output_stride is not None and current_stride == output_stride:
                    layer_stride, layer_rate = 1, rate
                    rate *= conv_def.stride
                else:
                    layer_stride, layer_rate = conv_def.stride, 1
                    current_stride *= conv_def.stride
                if use_explicit_padding:
                    net = fixed_padding(net, conv_def.kernel, layer_rate)
                name = f"Conv2d_{i}"
                if isinstance(conv_def, Conv):
                    net = slim.conv2d(
                        net, depth, conv_def.kernel, stride=layer_stride, rate=layer_rate, scope=name
                    )
                    end_points[name] = net
                    if name == final_endpoint:
                        return net, end_points
                    continue
                net = slim.separable_conv2d(
                    net,
                    None,
                    conv_def.kernel,
                    depth_multiplier=1,
                    stride=layer_stride,
                    rate=layer_rate,
                    scope=f"{name}_depthwise",
                )
                end_points[f"{name}_depthwise"] = net
                if f"{name}_depthwise" == final_endpoint:
                    return net, end_points
                net = slim.conv2d(net, depth, [1, 1], stride=1, scope=f"{name}_pointwise")
                end_points[f"{name}_pointwise"] = net
                if f"{name}_pointwise" == final_endpoint:
                    return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}. There are {', '.join(end_points)}.")


def mobilenet_v1(
    inputs: tf.Tensor,
    num_classes: int | None = 1000,
    dropout_keep_prob: float = 0.999,
    is_training: Any = True,
    min_depth: int = 8,
    depth_multiplier: float = 1.0,
    conv_defs: Sequence[Any] | None = None,
    prediction_fn: Callable[..., Any] | None = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "MobilenetV1",
    global_pool: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """MobileNet v1 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 224 by 224.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      dropout_keep_prob: the share of activations that dropout keeps.
      is_training: for `batch_norm` and `dropout`.
      min_depth, depth_multiplier, conv_defs: see `mobilenet_v1_base`.
      prediction_fn: makes the end point `Predictions` of the logits; None makes none.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`.
      global_pool: takes the mean over all pixels in place of windows of at most 7x7.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `inputs` is not of rank 4, what is to be squeezed is not 1, or as `mobilenet_v1_base`.
    """
    rank = len(static_sizes(inputs))
    if rank != 4:
        raise ValueError(f"Invalid input tensor rank, expected 4, was: {rank}.")
    with tf.variable_scope(scope, "MobilenetV1", [inputs], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = mobilenet_v1_base(
                inputs,
                scope=sc,
                min_depth=min_depth,
                depth_multiplier=depth_multiplier,
                conv_defs=conv_defs,
            )
            with tf.variable_scope("Logits"):
                if global_pool:
                    net = tf.reduce_mean(net, [1, 2], keepdims=True, name="global_pool")
                    end_points["global_pool"] = net
                else:
                    kernel = reduced_kernel_size(net, [7, 7])
                    net = slim.avg_pool2d(net, kernel, padding="VALID", scope="AvgPool_1a")
                    end_points["AvgPool_1a"] = net
                if not num_classes:
                    return net, end_points
                net = slim.dropout(net, keep_prob=dropout_keep_prob, scope="Dropout_1b")
                logits = slim.conv2d(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="Conv2d_1c_1x1"
                )
                if spatial_squeeze:
                    logits = tf.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            if prediction_fn:
                end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
            return logits, end_points


mobilenet_v1.default_image_size = 224  # type: ignore[attr-defined]


def _scaled(depth_multiplier: float) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    scaled = functools.partial(mobilenet_v1, depth_multiplier=depth_multiplier)
    return functools.update_wrapper(scaled, mobilenet_v1)


mobilenet_v1_075 = _scaled(0.75)
mobilenet_v1_050 = _scaled(0.50)
mobilenet_v1_025 = _scaled(0.25)


def mobilenet_v1_arg_scope(
    is_training: Any = True,
    weight_decay: float = 0.00004,
    stddev: float = 0.09,
    regularize_depthwise: bool = False,
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    batch_norm_updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    normalizer_fn: Callable[..., Any] | None = slim.batch_norm,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of MobileNet v1: `with slim.arg_scope(mobilenet_v1_arg_scope()): ...`.

    Args:
      is_training: for `batch_norm`; None leaves it alone.
      weight_decay: the scale of the L2 penalty on weights.
      stddev: of the initial weights.
      regularize_depthwise: depthwise weights have the penalty too.
      batch_norm_decay, batch_norm_epsilon: for `batch_norm`.
      batch_norm_updates_collections: for `batch_norm`; None updates the moving averages at once.
      normalizer_fn: of all convolutions but the last.
    """
    batch_norm_params = {
        "center": True,
        "scale": True,
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "updates_collections": batch_norm_updates_collections,
    }
    if is_training is not None:
        batch_norm_params["is_training"] = is_training
    regularizer = slim.l2_regularizer(weight_decay)
    with slim.arg_scope(
        [slim.conv2d, slim.separable_conv2d],
        weights_initializer=tf.truncated_normal_initializer(stddev=stddev),
        activation_fn=tf.nn.relu6,
        normalizer_fn=normalizer_fn,
    ):
        with slim.arg_scope([slim.batch_norm], **batch_norm_params):
            with slim.arg_scope([slim.conv2d], weights_regularizer=regularizer):
                depthwise_regularizer = regularizer if regularize_depthwise else None
                with slim.arg_scope(
                    [slim.separable_conv2d], weights_regularizer=depthwise_regularizer
                ) as scope:
                    return scope
