"""Inception v1 (GoogLeNet), with batch normalization by its arg_scope.

Source: tf.contrib.slim.nets.inception_v1, with the arguments that its later copies added at the end; and
https://arxiv.org/abs/1409.4842. Convolutions of size 5x5 in the paper are 3x3 here, as in the original.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.inception_steps import (
    Step,
    classify,
    conv,
    max_pool,
    mixed,
    run_steps,
    trunc_normal,
)
from slim_torch.nets.inception_utils import inception_arg_scope

__all__ = ["inception_v1", "inception_v1_arg_scope", "inception_v1_base"]


def _module(
    name: str,
    single: int,
    middle: tuple[int, int],
    large: tuple[int, int],
    pooled: int,
    large_name: str | None = None,
) -> Step:
    """A 1x1 convolution, two pairs of 1x1 and 3x3, and a pooled one, of the given numbers of filters."""
    return mixed(
        name,
        [conv(single, 1, "0a")],
        [conv(middle[0], 1, "0a"), conv(middle[1], 3, "0b")],
        [conv(large[0], 1, "0a"), conv(large[1], 3, "0b", name=large_name)],
        [max_pool(3, "0a"), conv(pooled, 1, "0b")],
    )


_ROOT = [
    conv(64, 7, "1a", stride=2),
    max_pool(3, "2a", stride=2),
    conv(64, 1, "2b"),
    conv(192, 3, "2c"),
    max_pool(3, "3a", stride=2),
]
_MODULES = [
    _module("Mixed_3b", 64, (96, 128), (16, 32), 32),
    _module("Mixed_3c", 128, (128, 192), (32, 96), 64),
    max_pool(3, "4a", stride=2),
    _module("Mixed_4b", 192, (96, 208), (16, 48), 64),
    _module("Mixed_4c", 160, (112, 224), (24, 64), 64),
    _module("Mixed_4d", 128, (128, 256), (24, 64), 64),
    _module("Mixed_4e", 112, (144, 288), (32, 64), 64),
    _module("Mixed_4f", 256, (160, 320), (32, 128), 128),
    max_pool(2, "5a", stride=2),
    # Checkpoints have this name, with an a where the others have a b.
    _module("Mixed_5b", 256, (160, 320), (32, 128), 128, "Conv2d_0a_3x3"),
    _module("Mixed_5c", 384, (192, 384), (48, 128), 128),
]


def inception_v1_base(
    inputs: tf.Tensor,
    final_endpoint: str = "Mixed_5c",
    scope: Any = "InceptionV1",
    include_root_block: bool = True,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of Inception v1.

    Args:
      inputs: `[batch, height, width, 3]`.
      final_endpoint: the last step to build: `Conv2d_1a_7x7`, `MaxPool_2a_3x3`, `Conv2d_2b_1x1`,
        `Conv2d_2c_3x3`, `MaxPool_3a_3x3`, `Mixed_3b`, `Mixed_3c`, `MaxPool_4a_3x3`, `Mixed_4b` to
        `Mixed_4f`, `MaxPool_5a_2x2`, `Mixed_5b` or `Mixed_5c`.
      scope: for `variable_scope`.
      include_root_block: begins with the steps before `Mixed_3b`, stride 8 in all. TensorFlow's contrib
        does not have this argument; later copies have it before `scope`.

    Returns:
      `(net, end_points)`: the output of the last step, `[batch, ceil(height / 32), ceil(width / 32), 1024]`
      for the whole trunk, and all outputs by name.

    Raises:
      ValueError: there is no step `final_endpoint`.
    """
    with tf.variable_scope(scope, "InceptionV1", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_initializer=trunc_normal(0.01)):
            with slim.arg_scope([slim.conv2d, slim.max_pool2d], stride=1, padding="SAME"):
                steps = _ROOT + _MODULES if include_root_block else _MODULES
                return run_steps(inputs, steps, final_endpoint)


def inception_v1(
    inputs: tf.Tensor,
    num_classes: int | None = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Callable[..., Any] = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
    global_pool: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Inception v1 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 224 by 224.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `batch_norm` and `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      prediction_fn: makes the end point `Predictions` of the logits.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`.
      global_pool: takes the mean over all pixels in place of 7x7 windows, for images of every size.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: the last feature map is smaller than 7x7 without `global_pool`, or what is to be
        squeezed is not 1.
    """
    # The name in contrib, whose network always has classes; op names show it, no variable does.
    pool_scope = "MaxPool_0a_7x7" if num_classes else "AvgPool_0a_7x7"
    with tf.variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = inception_v1_base(inputs, scope=sc)
            net = classify(
                net,
                end_points,
                num_classes,
                lambda net: slim.avg_pool2d(net, [7, 7], stride=1, scope=pool_scope),
                "0c",
                "0b",
                dropout_keep_prob,
                spatial_squeeze,
                global_pool,
                prediction_fn=prediction_fn,
            )
            return net, end_points


inception_v1.default_image_size = 224  # type: ignore[attr-defined]


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str | None = "moving_vars",
    **arguments: Any,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of Inception v1; see `inception_arg_scope`, whose other arguments it takes by name.

    The moving averages join the collection `batch_norm_var_collection`, as in TensorFlow's contrib; in
    later copies they join none.
    """
    return inception_arg_scope(
        weight_decay, use_batch_norm, batch_norm_var_collection=batch_norm_var_collection, **arguments
    )
