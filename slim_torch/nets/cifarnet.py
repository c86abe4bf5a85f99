"""CifarNet, as TensorFlow's tutorial on CIFAR-10 has it: two convolutions, three dense layers.

Source: cifarnet.py of tensorflow/models, research/slim/nets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf

__all__ = ["cifarnet", "cifarnet_arg_scope"]


def cifarnet(
    images: tf.Tensor,
    num_classes: int | None = 10,
    is_training: Any = False,
    dropout_keep_prob: float = 0.5,
    prediction_fn: Callable[..., tf.Tensor] = slim.softmax,
    scope: Any = "CifarNet",
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """CifarNet.

    Args:
      images: `[batch, height, width, channels]`; height and width must be known.
      num_classes: the size of the last layer; None or 0 ends before it.
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
    with tf.variable_scope(scope, "CifarNet", [images]):
        net = end_points["conv1"] = slim.conv2d(images, 64, [5, 5], scope="conv1")
        net = end_points["pool1"] = slim.max_pool2d(net, [2, 2], 2, scope="pool1")
        net = tf.nn.lrn(net, 4, bias=1.0, alpha=0.001 / 9.0, beta=0.75, name="norm1")
        net = end_points["conv2"] = slim.conv2d(net, 64, [5, 5], scope="conv2")
        net = tf.nn.lrn(net, 4, bias=1.0, alpha=0.001 / 9.0, beta=0.75, name="norm2")
        net = end_points["pool2"] = slim.max_pool2d(net, [2, 2], 2, scope="pool2")
        net = end_points["Flatten"] = slim.flatten(net)
        net = end_points["fc3"] = slim.fully_connected(net, 384, scope="fc3")
        net = slim.dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout3")
        net = end_points["fc4"] = slim.fully_connected(net, 192, scope="fc4")
        if not num_classes:
            return net, end_points
        logits = slim.fully_connected(
            net,
            num_classes,
            biases_initializer=tf.zeros_initializer(),
            weights_initializer=tf.truncated_normal_initializer(stddev=1 / 192.0),
            weights_regularizer=None,
            activation_fn=None,
            scope="logits",
        )
        end_points["Logits"] = logits
        end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


cifarnet.default_image_size = 32  # type: ignore[attr-defined]


def cifarnet_arg_scope(weight_decay: float = 0.004) -> dict[str, dict[str, Any]]:
    """The arg_scope of CifarNet: ReLU, truncated normal weights, an L2 penalty on the dense layers alone.

    Args:
      weight_decay: the scale of the penalty.
    """
    with slim.arg_scope(
        [slim.conv2d],
        weights_initializer=tf.truncated_normal_initializer(stddev=5e-2),
        activation_fn=tf.nn.relu,
    ):
        with slim.arg_scope(
            [slim.fully_connected],
            biases_initializer=tf.constant_initializer(0.1),
            weights_initializer=tf.truncated_normal_initializer(stddev=0.04),
            weights_regularizer=slim.l2_regularizer(weight_decay),
            activation_fn=tf.nn.relu,
        ) as scope:
            return scope
