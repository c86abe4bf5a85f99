"""OverFeat, the fast model: five convolutions, then three layers over all pixels, as convolutions.

Source: tf.contrib.slim.nets.overfeat, with an argument of its later copies; and
https://arxiv.org/abs/1312.6229.
"""

from __future__ import annotations

from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.classifier import classify

__all__ = ["overfeat", "overfeat_arg_scope"]


def overfeat_arg_scope(weight_decay: float = 0.0005) -> dict[str, dict[str, Any]]:
    """The arg_scope of OverFeat: an L2 penalty on weights, SAME convolutions, VALID pooling.

    Args:
      weight_decay: the scale of the penalty.
    """
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        activation_fn=tf.nn.relu,
        weights_regularizer=slim.l2_regularizer(weight_decay),
        biases_initializer=tf.zeros_initializer(),
    ):
        with slim.arg_scope([slim.conv2d], padding="SAME"):
            with slim.arg_scope([slim.max_pool2d], padding="VALID") as scope:
                return scope


def overfeat(
    inputs: tf.Tensor,
    num_classes: int | None = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
    global_pool: bool = False,
    reuse: Any = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """OverFeat.

    Args:
      inputs: `[batch, height, width, 3]`.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      spatial_squeeze: drops the height and width of the logits, which must then be 1; off for images
        larger than usual.
      scope, reuse: for `variable_scope`.
      global_pool: takes the mean over all pixels before the last layer.

    Returns:
      `(net, end_points)`: `[batch, num_classes]`, or with the height and width that are left; and the
      outputs of the layers by name.

    Raises:
      ValueError: `inputs` is not of rank 4, or what is to be squeezed is not 1.
    """
    with tf.variable_scope(scope, "overfeat", [inputs], reuse=reuse) as sc:
        end_points_collection = sc.original_name_scope + "_end_points"
        with slim.arg_scope(
            [slim.conv2d, slim.fully_connected, slim.max_pool2d], outputs_collections=end_points_collection
        ):
            net = slim.conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = slim.max_pool2d(net, [2, 2], scope="pool1")
            net = slim.conv2d(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = slim.max_pool2d(net, [2, 2], scope="pool2")
            net = slim.conv2d(net, 512, [3, 3], scope="conv3")
            net = slim.conv2d(net, 1024, [3, 3], scope="conv4")
            net = slim.conv2d(net, 1024, [3, 3], scope="conv5")
            net = slim.max_pool2d(net, [2, 2], scope="pool5")
            with slim.arg_scope(
                [slim.conv2d],
                weights_initializer=tf.truncated_normal_initializer(stddev=0.005),
                biases_initializer=tf.constant_initializer(0.1),
            ):
                net = slim.conv2d(net, 3072, [6, 6], padding="VALID", scope="fc6")
                net = slim.dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = slim.conv2d(net, 4096, [1, 1], scope="fc7")
                end_points = slim.utils.convert_collection_to_dict(end_points_collection)
                return classify(
                    net,
                    sc.name,
                    end_points,
                    num_classes,
                    is_training,
                    dropout_keep_prob,
                    spatial_squeeze,
                    global_pool,
                    biases_initializer=tf.zeros_initializer(),
                )


overfeat.default_image_size = 231  # type: ignore[attr-defined]
