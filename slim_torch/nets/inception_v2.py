"""Inception v2: GoogLeNet with batch normalization, and two 3x3 convolutions for one of 5x5.

Source: tf.contrib.slim.nets.inception_v2, with the arguments that its later copies added at the end; and
https://arxiv.org/abs/1502.03167.
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
    max_pool,
    mixed,
    run_steps,
    scaled_width,
    trunc_normal,
)
from slim_torch.nets.inception_utils import inception_arg_scope
from slim_torch.nets.shapes import reduced_kernel_size

__all__ = ["inception_v2", "inception_v2_arg_scope", "inception_v2_base"]


def _separable_root(in_nchw: bool) -> Step:
    """The first convolution: up to eight 7x7 filters for each channel of the image, then 1x1."""
    if in_nchw:
        raise ValueError(
            "separable convolution only supports NHWC layout. NCHW data format can only be used when "
            "use_separable_conv is False."
        )

    def build(net: tf.Tensor, form: Form) -> tf.Tensor:
        filters = form.width(64)
        return slim.separable_conv2d(
            net,
            filters,
            [7, 7],
            depth_multiplier=min(int(filters / 3), 8),
            stride=2,
            padding="SAME",
            weights_initializer=trunc_normal(1.0),
            scope="Conv2d_1a_7x7",
        )

    return Step("Conv2d_1a_7x7", build)


def _module(
    name: str,
    single: int,
    middle: tuple[int, int],
    large: tuple[int, int],
    pooled: int,
    pool: Callable[..., Step] = avg_pool,
) -> Step:
    """A 1x1 convolution, chains of one and two 3x3 after a 1x1, and a pooled one, of the given numbers of filters."""
    return mixed(
        name,
        [conv(single, 1, "0a")],
        [conv(middle[0], 1, "0a", 0.09), conv(middle[1], 3, "0b")],
        [conv(large[0], 1, "0a", 0.09), conv(large[1], 3, "0b"), conv(large[1], 3, "0c")],
        [pool(3, "0a"), conv(pooled, 1, "0b", 0.1)],
    )


def _reduction(name: str, middle: tuple[int, int], large: tuple[int, int]) -> Step:
    """Halves the height and width, by strided 3x3 convolutions and max pooling."""
    return mixed(
        name,
        [conv(middle[0], 1, "0a", 0.09), conv(middle[1], 3, "1a", stride=2)],
        [conv(large[0], 1, "0a", 0.09), conv(large[1], 3, "0b"), conv(large[1], 3, "1a", stride=2)],
        [max_pool(3, "1a", stride=2)],
    )


_ROOT = [max_pool(3, "2a", stride=2), conv(64, 1, "2b", 0.1), conv(192, 3, "2c"), max_pool(3, "3a", stride=2)]
_MODULES = [
    _module("Mixed_3b", 64, (64, 64), (64, 96), 32),
    _module("Mixed_3c", 64, (64, 96), (64, 96), 64),
    _reduction("Mixed_4a", (128, 160), (64, 96)),
    _module("Mixed_4b", 224, (64, 96), (96, 128), 128),
    _module("Mixed_4c", 192, (96, 128), (96, 128), 128),
    _module("Mixed_4d", 160, (128, 160), (128, 160), 96),
    _module("Mixed_4e", 96, (128, 192), (160, 192), 96),
    _reduction("Mixed_5a", (128, 192), (192, 256)),
    _module("Mixed_5b", 352, (192, 320), (160, 224), 128),
    _module("Mixed_5c", 352, (192, 320), (192, 224), 128, max_pool),
]


def inception_v2_base(
    inputs: tf.Tensor,
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
    use_separable_conv: bool = True,
    data_format: str = "NHWC",
    include_root_block: bool = True,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of Inception v2.

    Args:
      inputs: `[batch, height, width, 3]`, or `[batch, 3, height, width]` for `"NCHW"`.
      final_endpoint: the last step to build: `Conv2d_1a_7x7`, `MaxPool_2a_3x3`, `Conv2d_2b_1x1`,
        `Conv2d_2c_3x3`, `MaxPool_3a_3x3`, `Mixed_3b`, `Mixed_3c`, `Mixed_4a` to `Mixed_4e`, or `Mixed_5a`
        to `Mixed_5c`.
      min_depth: the least number of filters that `depth_multiplier` leaves a layer.
      depth_multiplier: multiplies the number of filters of every layer.
      scope: for `variable_scope`; `"InceptionV2"` by default.
      use_separable_conv: the first layer is separable; False makes it an ordinary convolution.
      data_format: of `inputs` and all outputs. `"NCHW"` needs `use_separable_conv=False`.
      include_root_block: begins with the steps before `Mixed_3b`, stride 8 in all. TensorFlow's contrib has
        neither this nor the two arguments before; later copies have the three before `scope`.

    Returns:
      `(net, end_points)`: the output of the last step, `[batch, ceil(height / 32), ceil(width / 32), 1024]`
      for the whole trunk, and all outputs by name.

    Raises:
      ValueError: there is no step `final_endpoint`, `depth_multiplier` is not positive, or `data_format`
        is unknown or does not go with a separable convolution.
    """
    width = scaled_width(depth_multiplier, min_depth)
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be either NHWC or NCHW. Got {data_format}.")
    in_nchw = data_format == "NCHW"
    steps = _MODULES
    if include_root_block:
        first = _separable_root(in_nchw) if use_separable_conv else conv(64, 7, "1a", 1.0, stride=2)
        steps = [first] + _ROOT + _MODULES
    with tf.variable_scope(scope, "InceptionV2", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.max_pool2d, slim.avg_pool2d], stride=1, padding="SAME"):
            if not in_nchw:
                return run_steps(inputs, steps, final_endpoint, Form(width))
            with slim.arg_scope(
                [slim.conv2d, slim.max_pool2d, slim.avg_pool2d, slim.batch_norm], data_format="NCHW"
            ):
                return run_steps(inputs, steps, final_endpoint, Form(width, channel_axis=1))


def inception_v2(
    inputs: tf.Tensor,
    num_classes: int | None = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Callable[..., Any] = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV2",
    global_pool: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Inception v2 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 224 by 224.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `batch_norm` and `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      min_depth, depth_multiplier: see `inception_v2_base`.
      prediction_fn: makes the end point `Predictions` of the logits.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`.
      global_pool: takes the mean over all pixels in place of windows of at most 7x7.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `depth_multiplier` is not positive, or what is to be squeezed is not 1.
    """

    def pool(net: tf.Tensor) -> tf.Tensor:
        kernel = reduced_kernel_size(net, [7, 7])
        return slim.avg_pool2d(net, kernel, padding="VALID", scope=f"AvgPool_1a_{kernel[0]}x{kernel[1]}")

    with tf.variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = inception_v2_base(
                inputs, min_depth=min_depth, depth_multiplier=depth_multiplier, scope=sc
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
            )
            if num_classes:
                end_points["Predictions"] = prediction_fn(net, scope="Predictions")
            return net, end_points


inception_v2.default_image_size = 224  # type: ignore[attr-defined]


def inception_v2_arg_scope(
    weight_decay: float = 0.00004, batch_norm_var_collection: str | None = "moving_vars", **arguments: Any
) -> dict[str, dict[str, Any]]:
    """The arg_scope of Inception v2; see `inception_arg_scope`, whose other arguments it takes by name.

    The moving averages join the collection `batch_norm_var_collection`, as in TensorFlow's contrib; in
    later copies they join none.
    """
    return inception_arg_scope(weight_decay, batch_norm_var_collection=batch_norm_var_collection, **arguments)
