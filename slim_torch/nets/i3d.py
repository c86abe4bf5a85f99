"""I3D: GoogLeNet over space and time.

It is `s3dg.py` with whole convolutions and without gates, and names its variables as Inception V1 does.
Source: i3d.py of tensorflow/models, research/slim/nets; https://arxiv.org/abs/1705.07750.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.i3d_utils import conv3d_spatiotemporal, i3d_batch_norm_params
from slim_torch.nets.s3dg import classify_video, s3dg_base

__all__ = ["i3d", "i3d_arg_scope", "i3d_base"]


def i3d_arg_scope(
    weight_decay: float = 1e-7,
    batch_norm_decay: float = 0.999,
    batch_norm_epsilon: float = 0.001,
    use_renorm: bool = False,
    separable_conv3d: bool = False,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of I3D: batch normalization, ReLU, an L2 penalty.

    Args:
      weight_decay: the scale of the penalty on weights.
      batch_norm_decay, batch_norm_epsilon: for `batch_norm`.
      use_renorm: batch renormalization.
      separable_conv3d: convolutions over space and over time, one after the other.
    """
    params = i3d_batch_norm_params(batch_norm_decay, batch_norm_epsilon)
    with slim.arg_scope(
        [slim.conv3d, conv3d_spatiotemporal],
        weights_regularizer=slim.l2_regularizer(weight_decay),
        activation_fn=tf.nn.relu,
        normalizer_fn=slim.batch_norm,
        normalizer_params=dict(params, renorm=use_renorm),
    ):
        with slim.arg_scope([conv3d_spatiotemporal], separable=separable_conv3d) as scope:
            return scope


def i3d_base(
    inputs: tf.Tensor, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The layers before the classifier.

    Args:
      inputs: `[batch, time, height, width, 3]`.
      final_endpoint: ends the network with this end point.
      scope: for `variable_scope`.

    Returns:
      `(net, end_points)`.

    Raises:
      ValueError: there is no such end point.
    """
    return s3dg_base(
        inputs,
        first_temporal_kernel_size=7,
        temporal_conv_startat="Conv2d_2c_3x3",
        gating_startat=None,
        final_endpoint=final_endpoint,
        scope=scope,
    )


def i3d(
    inputs: tf.Tensor,
    num_classes: int = 1000,
    dropout_keep_prob: float = 0.8,
    is_training: Any = True,
    prediction_fn: Callable[..., tf.Tensor] = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """I3D.

    Args:
      inputs: `[batch, time, height, width, 3]`.
      num_classes: the size of the last layer.
      dropout_keep_prob: the share of activations that dropout keeps.
      is_training: for `batch_norm` and `dropout`.
      prediction_fn: takes logits and `scope`, gives the end point `"Predictions"`.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`.

    Returns:
      `(logits, end_points)`: `[batch, num_classes]`, and the outputs of the layers by name.
    """
    with tf.variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = i3d_base(inputs, scope=sc)
            return classify_video(
                net, end_points, num_classes, dropout_keep_prob, prediction_fn, spatial_squeeze
            )


i3d.default_image_size = 224  # type: ignore[attr-defined]
