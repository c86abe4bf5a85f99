"""Inception v3: factorized convolutions, and a second classifier on the way.

Source: tf.contrib.slim.nets.inception_v3, with the arguments that its later copies added at the end; and
https://arxiv.org/abs/1512.00567.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.inception_steps import (
    Form,
    Step,
    avg_pool,
    classify,
    conv,
    fork,
    max_pool,
    mixed,
    run_steps,
    scaled_width,
    trunc_normal,
)
from slim_torch.nets.inception_utils import inception_arg_scope
from slim_torch.nets.shapes import reduced_kernel_size

__all__ = ["inception_v3", "inception_v3_arg_scope", "inception_v3_base"]

_VALID: dict[str, Any] = {"padding": "VALID"}
_HALVED: dict[str, Any] = {"padding": "VALID", "stride": 2}


def _small_module(name: str, pooled: int, misnamed: bool = False) -> Step:
    """For 35x35 pixels: one 5x5 convolution, and two of 3x3."""
    large = [conv(48, 1, "0a"), conv(64, 5, "0b")]
    if misnamed:
        # Checkpoints have these names in Mixed_5c.
        large = [conv(48, 1, "0b"), conv(64, 5, "0c", name="Conv_1_0c_5x5")]
    return mixed(
        name,
        [conv(64, 1, "0a")],
        large,
        [conv(64, 1, "0a"), conv(96, 3, "0b"), conv(96, 3, "0c")],
        [avg_pool(3, "0a"), conv(pooled, 1, "0b")],
    )


def _crossed_module(name: str, inner: int) -> Step:
    """For 17x17 pixels: 7x7 convolutions as 1x7 and 7x1, with `inner` filters on the way."""
    return mixed(
        name,
        [conv(192, 1, "0a")],
        [conv(inner, 1, "0a"), conv(inner, (1, 7), "0b"), conv(192, (7, 1), "0c")],
        [
            conv(inner, 1, "0a"),
            conv(inner, (7, 1), "0b"),
            conv(inner, (1, 7), "0c"),
            conv(inner, (7, 1), "0d"),
            conv(192, (1, 7), "0e"),
        ],
        [avg_pool(3, "0a"), conv(192, 1, "0b")],
    )


def _wide_module(name: str, place: str) -> Step:
    """For 8x8 pixels: 1x3 and 3x1 convolutions side by side; `place` is where the first 3x1 says that it is."""
    return mixed(
        name,
        [conv(320, 1, "0a")],
        [conv(384, 1, "0a"), fork(conv(384, (1, 3), "0b"), conv(384, (3, 1), place))],
        [
            conv(448, 1, "0a"),
            conv(384, 3, "0b"),
            fork(conv(384, (1, 3), "0c"), conv(384, (3, 1), "0d")),
        ],
        [avg_pool(3, "0a"), conv(192, 1, "0b")],
    )


_STEPS = [
    conv(32, 3, "1a", **_HALVED),
    conv(32, 3, "2a", **_VALID),
    conv(64, 3, "2b"),
    max_pool(3, "3a", **_HALVED),
    conv(80, 1, "3b", **_VALID),
    conv(192, 3, "4a", **_VALID),
    max_pool(3, "5a", **_HALVED),
    _small_module("Mixed_5b", 32),
    _small_module("Mixed_5c", 64, misnamed=True),
    _small_module("Mixed_5d", 64),
    # Checkpoints have 1x1 in the names of these strided 3x3 convolutions.
    mixed(
        "Mixed_6a",
        [conv(384, 3, "1a", name="Conv2d_1a_1x1", **_HALVED)],
        [
            conv(64, 1, "0a"),
            conv(96, 3, "0b"),
            conv(96, 3, "1a", name="Conv2d_1a_1x1", **_HALVED),
        ],
        [max_pool(3, "1a", **_HALVED)],
    ),
    _crossed_module("Mixed_6b", 128),
    _crossed_module("Mixed_6c", 160),
    _crossed_module("Mixed_6d", 160),
    _crossed_module("Mixed_6e", 192),
    mixed(
        "Mixed_7a",
        [conv(192, 1, "0a"), conv(320, 3, "1a", **_HALVED)],
        [
            conv(192, 1, "0a"),
            conv(192, (1, 7), "0b"),
            conv(192, (7, 1), "0c"),
            conv(192, 3, "1a", **_HALVED),
        ],
        [max_pool(3, "1a", **_HALVED)],
    ),
    _wide_module("Mixed_7b", "0b"),
    _wide_module("Mixed_7c", "0c"),
]


def inception_v3_base(
    inputs: tf.Tensor,
    final_endpoint: str = "Mixed_7c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of Inception v3.

    Args:
      inputs: `[batch, height, width, 3]`.
      final_endpoint: the last step to build: `Conv2d_1a_3x3`, `Conv2d_2a_3x3`, `Conv2d_2b_3x3`,
        `MaxPool_3a_3x3`, `Conv2d_3b_1x1`, `Conv2d_4a_3x3`, `MaxPool_5a_3x3`, `Mixed_5b` to `Mixed_5d`,
        `Mixed_6a` to `Mixed_6e`, or `Mixed_7a` to `Mixed_7c`.
      min_depth: the least number of filters that `depth_multiplier` leaves a layer.
      depth_multiplier: multiplies the number of filters of every layer.
      scope: for `variable_scope`; `"InceptionV3"` by default.

    Returns:
      `(net, end_points)`: the output of the last step, `[batch, 8, 8, 2048]` for the whole trunk and images
      of 299 by 299, and all outputs by name.

    Raises:
      ValueError: there is no step `final_endpoint`, `depth_multiplier` is not positive, or the image is
        too small.
    """
    width = scaled_width(depth_multiplier, min_depth)
    with tf.variable_scope(scope, "InceptionV3", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.max_pool2d, slim.avg_pool2d], stride=1, padding="SAME"):
            return run_steps(inputs, _STEPS, final_endpoint, Form(width))


def _auxiliary_logits(
    net: tf.Tensor, num_classes: int, width: Callable[[int], int], spatial_squeeze: bool
) -> tf.Tensor:
    """The logits of the second classifier, on the output of `Mixed_6e`."""
    with slim.arg_scope([slim.conv2d, slim.max_pool2d, slim.avg_pool2d], stride=1, padding="SAME"):
        with tf.variable_scope("AuxLogits"):
            net = slim.avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
            net = slim.conv2d(net, width(128), [1, 1], scope="Conv2d_1b_1x1")
            kernel = reduced_kernel_size(net, [5, 5])
            net = slim.conv2d(
                net,
                width(768),
                kernel,
                weights_initializer=trunc_normal(0.01),
                padding="VALID",
                scope=f"Conv2d_2a_{kernel[0]}x{kernel[1]}",
            )
            net = slim.conv2d(
                net,
                num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                weights_initializer=trunc_normal(0.001),
                scope="Conv2d_2b_1x1",
            )
            return tf.squeeze(net, [1, 2], name="SpatialSqueeze") if spatial_squeeze else net


def inception_v3(
    inputs: tf.Tensor,
    num_classes: int | None = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Callable[..., Any] = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV3",
    create_aux_logits: bool = True,
    global_pool: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Inception v3 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 299 by 299.
      num_classes: the size of the last layer; None or 0 ends before its dropout, without `AuxLogits`.
      is_training: for `batch_norm` and `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      min_depth, depth_multiplier: see `inception_v3_base`.
      prediction_fn: makes the end point `Predictions` of the logits.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`. TensorFlow's contrib has no arguments after these; later copies
        have `create_aux_logits` before `scope`.
      create_aux_logits: builds the second classifier, whose logits are the end point `AuxLogits`.
      global_pool: takes the mean over all pixels in place of windows of at most 8x8.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `depth_multiplier` is not positive, the image is too small, or what is to be squeezed
        is not 1.
    """

    def pool(net: tf.Tensor) -> tf.Tensor:
        kernel = reduced_kernel_size(net, [8, 8])
        return slim.avg_pool2d(net, kernel, padding="VALID", scope=f"AvgPool_1a_{kernel[0]}x{kernel[1]}")

    width = scaled_width(depth_multiplier, min_depth)
    with tf.variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = inception_v3_base(
                inputs, min_depth=min_depth, depth_multiplier=depth_multiplier, scope=sc
            )
            if create_aux_logits and num_classes:
                end_points["AuxLogits"] = _auxiliary_logits(
                    end_points["Mixed_6e"], num_classes, width, spatial_squeeze
                )
            net = classify(
                net,
                end_points,
                num_classes,
                pool,
                "1c",
                "1b",
                dropout_keep_prob,
                spatial_squeeze,
                global_pool,
                has_pre_logits=True,
            )
            if num_classes:
                end_points["Predictions"] = prediction_fn(net, scope="Predictions")
            return net, end_points


inception_v3.default_image_size = 299  # type: ignore[attr-defined]


def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str | None = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool | None = True,
    **arguments: Any,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of Inception v3; see `inception_arg_scope`, whose other arguments it takes by name.

    The moving averages join the collection `batch_norm_var_collection`, as in TensorFlow's contrib; in
    later copies they join none, and `updates_collections` is `batch_norm_updates_collections`.
    """
    arguments.setdefault("batch_norm_updates_collections", updates_collections)
    return inception_arg_scope(
        weight_decay,
        batch_norm_decay=batch_norm_decay,
        batch_norm_epsilon=batch_norm_epsilon,
        batch_norm_var_collection=batch_norm_var_collection,
        use_fused_batchnorm=use_fused_batchnorm,
        **arguments,
    )
