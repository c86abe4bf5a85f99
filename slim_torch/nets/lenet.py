"""LeNet, as TensorFlow's tutorial on digits has it: two convolutions, two dense layers.

Source: lenet.py of tensorflow/models, research/slim/nets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf

__all__ = ["lenet", "lenet_arg_scope"]


def lenet(
    images: tf.Tensor,
    num_classes: int | None = 10,
    is_training: Any = False,
    dropout_keep_prob: float = 0.5,
    prediction_fn: Callable[..., tf.Tensor] = slim.softmax,
    scope: Any = "LeNet",
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """LeNet.

    Args:
      images: `[batch, height, width, channels]`; height and width must be known.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      prediction_fn: takes logits and `scope`, gives the end point `"Predictions"`.
      scope: for `variable_scope`.

    Returns:
      `(net, end_points)`: `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `images` is not of rank 4.
    """
    end_points = {}
    with tf.variable_scope(scope, "LeNet", [images]):
        net = end_points["conv1"] = slim.conv2d(images, 32, [5, 5], scope="conv1")
        net = end_points["pool1"] = slim.max_pool2d(net, [2, 2], 2, scope="pool1")
        net = end_points["conv2"] = slim.conv2d(net, 64, [5, 5], scope="conv2")
        net = end_points["pool2"] = slim.max_pool2d(net, [2, 2], 2, scope="pool2")
        net = end_points["Flatten"] = slim.flatten(net)
        net = end_points["fc3"] = slim.fully_connected(net, 1024, scope="fc3")
        if not num_classes:
            return net, end_points
        net = end_points["dropout3"] = slim.dropout(
            net, dropout_keep_prob, is_training=is_training, scope="dropout3"
        )
        logits = slim.fully_connected(net, num_classes, activation_fn=None, scope="fc4")
    end_points["Logits"] = logits
    end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


lenet.default_image_size = 28  # type: ignore[attr-defined]


def lenet_arg_scope(weight_decay: float = 0.0) -> dict[str, dict[str, Any]]:
    """The arg_scope of LeNet: an L2 penalty on weights, which begin truncated normal, and ReLU.

    Args:
      weight_decay: the scale of the penalty.
    """
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_regularizer=slim.l2_regularizer(weight_decay),
        weights_initializer=tf.truncated_normal_initializer(stddev=0.1),
        activation_fn=tf.nn.relu,
    ) as scope:
        return scope
