"""S3D-G: GoogLeNet over space and time, separably, with gates; and all that lies between it and I3D.

Names are those of Inception V1, so that its checkpoints can begin one. Source: s3dg.py of
tensorflow/models, research/slim/nets; https://arxiv.org/abs/1712.04851.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.i3d_utils import (
    conv3d_spatiotemporal,
    i3d_batch_norm_params,
    inception_block_v1_3d,
)
from slim_torch.nets.shapes import reduced_kernel_size, static_sizes

__all__ = ["classify_video", "s3dg", "s3dg_arg_scope", "s3dg_base", "self_gating"]

# The inception blocks and the pooling before them: channels of the branches, or window and stride.
_LAYERS: tuple[tuple[str, Any], ...] = (
    ("Mixed_3b", (64, 96, 128, 16, 32, 32)),
    ("Mixed_3c", (128, 128, 192, 32, 96, 64)),
    ("MaxPool_4a_3x3", ([3, 3, 3], [2, 2, 2])),
    ("Mixed_4b", (192, 96, 208, 16, 48, 64)),
    ("Mixed_4c", (160, 112, 224, 24, 64, 64)),
    ("Mixed_4d", (128, 128, 256, 24, 64, 64)),
    ("Mixed_4e", (112, 144, 288, 32, 64, 64)),
    ("Mixed_4f", (256, 160, 320, 32, 128, 128)),
    ("MaxPool_5a_2x2", ([2, 2, 2], [2, 2, 2])),
    ("Mixed_5b", (256, 160, 320, 32, 128, 128)),
    ("Mixed_5c", (384, 192, 384, 48, 128, 128)),
)


def s3dg_arg_scope(
    weight_decay: float = 1e-7, batch_norm_decay: float = 0.999, batch_norm_epsilon: float = 0.001
) -> dict[str, dict[str, Any]]:
    """The arg_scope of S3D-G: separable convolutions, batch normalization, ReLU, an L2 penalty.

    Args:
      weight_decay: the scale of the penalty on weights.
      batch_norm_decay, batch_norm_epsilon: for `batch_norm`.
    """
    with slim.arg_scope(
        [slim.conv3d, conv3d_spatiotemporal],
        weights_regularizer=slim.l2_regularizer(weight_decay),
        activation_fn=tf.nn.relu,
        normalizer_fn=slim.batch_norm,
        normalizer_params=i3d_batch_norm_params(batch_norm_decay, batch_norm_epsilon),
    ):
        with slim.arg_scope([conv3d_spatiotemporal], separable=True) as scope:
            return scope


def self_gating(input_tensor: tf.Tensor, scope: str, data_format: str = "NDHWC") -> tf.Tensor:
    """Each channel, weighted by what there is in all channels on average.

    Args:
      input_tensor: `[batch, time, height, width, channels]`, the sizes known but for the batch's.
      scope: the variables are in `scope/self_gating`.
      data_format: `"NDHWC"` or `"NCDHW"`.
    """
    sizes: Any = static_sizes(input_tensor)
    window = [sizes[data_format.index(axis)] for axis in "DHW"]
    average = slim.avg_pool3d(
        input_tensor, window, stride=1, data_format=data_format, scope=scope + "/self_gating/avg_pool3d"
    )
    weights = slim.conv3d(
        average,
        sizes[data_format.index("C")],
        [1, 1, 1],
        activation_fn=None,
        normalizer_fn=None,
        biases_initializer=None,
        data_format=data_format,
        weights_initializer=tf.truncated_normal_initializer(stddev=0.01),
        scope=scope + "/self_gating/transformer_W",
    )
    return tf.multiply(tf.nn.sigmoid(weights), input_tensor)


def s3dg_base(
    inputs: tf.Tensor,
    first_temporal_kernel_size: int = 3,
    temporal_conv_startat: str | None = "Conv2d_2c_3x3",
    gating_startat: str | None = "Conv2d_2c_3x3",
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    data_format: str = "NDHWC",
    scope: Any = "InceptionV1",
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The layers before the classifier.

    Args:
      inputs: `[batch, time, height, width, 3]`.
      first_temporal_kernel_size: the steps in time of the first convolution: 1, 3, 5 or 7.
      temporal_conv_startat: the layer from which on 3x3 convolutions have three steps in time; None: never.
      gating_startat: the layer from which on there are gates; None: never.
      final_endpoint: ends the network with this end point.
      min_depth: the fewest channels that `depth_multiplier` leaves a layer.
      depth_multiplier: of the channels.
      data_format: `"NDHWC"` or `"NCDHW"`.
      scope: for `variable_scope`.

    Returns:
      `(net, end_points)`.

    Raises:
      ValueError: an argument is not among those that are possible.
    """
    if data_format not in ("NDHWC", "NCDHW"):
        raise ValueError(f"Unknown data_format {data_format}. Expected 'NDHWC' or 'NCDHW'.")
    if depth_multiplier <= 0:
        raise ValueError(f"depth_multiplier is not greater than zero. Got {depth_multiplier}.")
    if first_temporal_kernel_size not in (1, 3, 5, 7):
        raise ValueError(
            f"first_temporal_kernel_size can only be 1, 3, 5 or 7. Got {first_temporal_kernel_size}."
        )

    def depth(channels: int) -> int:
        return max(int(channels * depth_multiplier), min_depth)

    def gate(net: tf.Tensor, scope: str) -> tf.Tensor:
        return self_gating(net, scope, data_format=data_format)

    end_points = {}
    steps, gating = 1, False
    with tf.variable_scope(scope, "InceptionV1", [inputs]):
        with slim.arg_scope([slim.conv3d], weights_initializer=tf.truncated_normal_initializer(stddev=0.01)):
            with slim.arg_scope(
                [slim.conv3d, slim.max_pool3d, conv3d_spatiotemporal],
                stride=1,
                data_format=data_format,
                padding="SAME",
            ):
                # A separable convolution over few channels is slow.
                net = end_points["Conv2d_1a_7x7"] = conv3d_spatiotemporal(
                    inputs,
                    depth(64),
                    [first_temporal_kernel_size, 7, 7],
                    stride=2,
                    separable=False,
                    scope="Conv2d_1a_7x7",
                )
                if final_endpoint == "Conv2d_1a_7x7":
                    return net, end_points
                net = end_points["MaxPool_2a_3x3"] = slim.max_pool3d(
                    net, [1, 3, 3], stride=[1, 2, 2], scope="MaxPool_2a_3x3"
                )
                if final_endpoint == "MaxPool_2a_3x3":
                    return net, end_points
                net = end_points["Conv2d_2b_1x1"] = slim.conv3d(
                    net, depth(64), [1, 1, 1], scope="Conv2d_2b_1x1"
                )
                if final_endpoint == "Conv2d_2b_1x1":
                    return net, end_points
                name = "Conv2d_2c_3x3"
                steps = 3 if temporal_conv_startat == name else steps
                gating = gating or gating_startat == name
                net = conv3d_spatiotemporal(net, depth(192), [steps, 3, 3], scope=name)
                if gating:
                    net = gate(net, name)
                end_points[name] = net
                if final_endpoint == name:
                    return net, end_points
                net = end_points["MaxPool_3a_3x3"] = slim.max_pool3d(
                    net, [1, 3, 3], stride=[1, 2, 2], scope="MaxPool_3a_3x3"
                )
                if final_endpoint == "MaxPool_3a_3x3":
                    return net, end_points
                for name, arguments in _LAYERS:
                    if name.startswith("MaxPool"):
                        window, stride = arguments
                        net = slim.max_pool3d(net, window, stride=stride, scope=name)
                    else:
                        steps = 3 if temporal_conv_startat == name else steps
                        gating = gating or gating_startat == name
                        block = functools.partial(
                            inception_block_v1_3d,
                            temporal_kernel_size=steps,
                            self_gating_fn=gate if gating else None,
                            data_format=data_format,
                            scope=name,
                        )
                        net = block(net, *[depth(channels) for channels in arguments])
                    end_points[name] = net
                    if final_endpoint == name:
                        return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}. Expected one of {list(end_points)}.")


def classify_video(
    net: tf.Tensor,
    end_points: dict[str, tf.Tensor],
    num_classes: int,
    dropout_keep_prob: float,
    prediction_fn: Callable[..., tf.Tensor],
    spatial_squeeze: bool,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The logits of `net`, `[batch, time, height, width, channels]`: those of all windows, on average."""
    with tf.variable_scope("Logits"):
        window = reduced_kernel_size(net, [2, 7, 7])
        net = slim.avg_pool3d(net, window, stride=1, data_format="NDHWC", scope="AvgPool_0a_7x7")
        net = slim.dropout(net, dropout_keep_prob, scope="Dropout_0b")
        logits = slim.conv3d(
            net,
            num_classes,
            [1, 1, 1],
            activation_fn=None,
            normalizer_fn=None,
            data_format="NDHWC",
            scope="Conv2d_0c_1x1",
        )
        logits = tf.reduce_mean(logits, axis=1)
        if spatial_squeeze:
            logits = tf.squeeze(logits, [1, 2], name="SpatialSqueeze")
    end_points["Logits"] = logits
    end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


def s3dg(
    inputs: tf.Tensor,
    num_classes: int = 1000,
    first_temporal_kernel_size: int = 3,
    temporal_conv_startat: str | None = "Conv2d_2c_3x3",
    gating_startat: str | None = "Conv2d_2c_3x3",
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    dropout_keep_prob: float = 0.8,
    is_training: Any = True,
    prediction_fn: Callable[..., tf.Tensor] = slim.softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    data_format: str = "NDHWC",
    scope: Any = "InceptionV1",
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """S3D-G.

    Args:
      inputs: `[batch, time, height, width, 3]`, or in another `data_format`.
      num_classes: the size of the last layer.
      dropout_keep_prob: the share of activations that dropout keeps.
      is_training: for `batch_norm` and `dropout`.
      prediction_fn: takes logits and `scope`, gives the end point `"Predictions"`.
      spatial_squeeze: drops the height and width of the logits, which must then be 1.
      reuse, scope: for `variable_scope`.
      The others are those of `s3dg_base`.

    Returns:
      `(logits, end_points)`: `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: an argument is not among those that are possible.
    """
    with tf.variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = s3dg_base(
                inputs,
                first_temporal_kernel_size=first_temporal_kernel_size,
                temporal_conv_startat=temporal_conv_startat,
                gating_startat=gating_startat,
                final_endpoint=final_endpoint,
                min_depth=min_depth,
                depth_multiplier=depth_multiplier,
                data_format=data_format,
                scope=sc,
            )
            if data_format == "NCDHW":
                net = tf.transpose(net, [0, 2, 3, 4, 1])
            return classify_video(
                net, end_points, num_classes, dropout_keep_prob, prediction_fn, spatial_squeeze
            )


s3dg.default_image_size = 224  # type: ignore[attr-defined]
