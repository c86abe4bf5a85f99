"""How AlexNet, OverFeat and VGG end: dropout and a last layer over all pixels, as a convolution."""

from __future__ import annotations

from typing import Any

import slim_torch as slim
from slim_torch import tf

__all__ = ["classify"]


def classify(
    net: tf.Tensor,
    scope_name: str,
    end_points: dict[str, tf.Tensor],
    num_classes: int | None,
    is_training: Any,
    dropout_keep_prob: float,
    spatial_squeeze: bool,
    global_pool: bool,
    **arguments: Any,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The logits of `net` and all end points.

    Args:
      net: `[batch, height, width, channels]`, the output of `fc7`.
      scope_name: the name of the network's variable scope.
      end_points: those up to `net`; what is made here is added.
      num_classes: None or 0 ends before the last dropout.
      spatial_squeeze: drops the height and width of the logits.
      global_pool: takes the mean over all pixels first.
      **arguments: for the last `conv2d`.
    """
    if global_pool:
        net = tf.reduce_mean(net, [1, 2], keepdims=True, name="global_pool")
        end_points["global_pool"] = net
    if num_classes:
        net = slim.dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout7")
        net = slim.conv2d(
            net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **arguments
        )
        if spatial_squeeze:
            net = tf.squeeze(net, [1, 2], name="fc8/squeezed")
        end_points[scope_name + "/fc8"] = net
    return net, end_points
