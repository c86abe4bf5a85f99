"""CycleGAN's generator: residual blocks between convolutions of stride 2 and their opposites.

Its discriminator is pix2pix's. Source: cyclegan.py of tensorflow/models, research/slim/nets;
https://arxiv.org/abs/1703.10593.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import all_sizes, static_sizes

__all__ = ["cyclegan_arg_scope", "cyclegan_generator_resnet", "cyclegan_upsample"]


def cyclegan_arg_scope(
    instance_norm_center: bool = True,
    instance_norm_scale: bool = True,
    instance_norm_epsilon: float = 0.001,
    weights_init_stddev: float = 0.02,
    weight_decay: float = 0.0,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of CycleGAN: instance normalization, normal weights.

    Args:
      instance_norm_center, instance_norm_scale, instance_norm_epsilon: for `instance_norm`.
      weights_init_stddev: of the values that weights begin with.
      weight_decay: the scale of the L2 penalty on weights; 0 means none.
    """
    regularizer = slim.l2_regularizer(weight_decay) if weight_decay and weight_decay > 0 else None
    with slim.arg_scope(
        [slim.conv2d],
        normalizer_fn=slim.instance_norm,
        normalizer_params={
            "center": instance_norm_center,
            "scale": instance_norm_scale,
            "epsilon": instance_norm_epsilon,
        },
        weights_initializer=tf.random_normal_initializer(0, weights_init_stddev),
        weights_regularizer=regularizer,
    ) as scope:
        return scope


def cyclegan_upsample(
    net: tf.Tensor,
    num_outputs: int,
    stride: Sequence[int],
    method: str = "conv2d_transpose",
    pad_mode: str = "REFLECT",
    align_corners: bool = False,
) -> tf.Tensor:
    """`net` on a finer grid, through a 3x3 convolution.

    Args:
      net: `[batch, height, width, channels]`.
      stride: how many times finer, `(height, width)`.
      method: `"nn_upsample_conv"` and `"bilinear_upsample_conv"` resize before an ordinary convolution,
        `"conv2d_transpose"` is a transposed one.
      pad_mode: of the ordinary convolution; see `tf.pad`.
      align_corners: of resizing.

    Raises:
      ValueError: `method` is not known.
    """
    with tf.variable_scope("upconv"):
        if method == "conv2d_transpose":
            net = slim.conv2d_transpose(net, num_outputs, kernel_size=[3, 3], stride=stride, padding="valid")
            # Of an even image SAME drops the pixel after; the way back needs the one before dropped.
            return net[:, 1:, 1:, :]
        _, height, width, _ = all_sizes(net)
        finer = [stride[0] * height, stride[1] * width]
        if method == "nn_upsample_conv":
            net = tf.image.resize_nearest_neighbor(net, finer, align_corners=align_corners)
        elif method == "bilinear_upsample_conv":
            net = tf.image.resize_bilinear(net, finer, align_corners=align_corners)
        else:
            raise ValueError(
                f"Unknown method: [{method}]. Expected 'nn_upsample_conv', 'bilinear_upsample_conv' or "
                f"'conv2d_transpose'."
            )
        net = tf.pad(net, [[0, 0], [1, 1], [1, 1], [0, 0]], pad_mode)
        return slim.conv2d(net, num_outputs, kernel_size=[3, 3], padding="valid")


def cyclegan_generator_resnet(
    images: tf.Tensor,
    arg_scope_fn: Callable[[], Any] = cyclegan_arg_scope,
    num_resnet_blocks: int = 6,
    num_filters: int = 64,
    upsample_fn: Callable[..., tf.Tensor] = cyclegan_upsample,
    kernel_size: int | Sequence[int] = 3,
    tanh_linear_slope: float = 0.0,
    is_training: Any = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The generator: an image to an image of the same shape.

    Args:
      images: `[batch, height, width, channels]`.
      arg_scope_fn: gives the arg_scope of the layers.
      num_resnet_blocks: 6 for images of 128x128, 9 for those of 256x256 and more.
      num_filters: the channels of the first layer; they are four times as many within.
      upsample_fn: `upsample_fn(net, num_outputs=..., stride=...)`; see `cyclegan_upsample`.
      kernel_size: of the layers between the first and the last, which have 7x7.
      tanh_linear_slope: how much of the logits is added to their hyperbolic tangent.
      is_training: accepted, without effect.

    Returns:
      `(predictions, end_points)`: `[batch, height, width, channels]`, from -1 to 1, and the outputs of the
      layers by name.

    Raises:
      ValueError: a known height or width is no multiple of 4.
    """
    del is_training
    end_points = {}
    sizes: Any = static_sizes(images)
    _, height, width, num_outputs = sizes
    for name, size in (("height", height), ("width", width)):
        if size and size % 4 != 0:
            raise ValueError(f"The input {name} must be a multiple of 4. Got {size}: pad or crop the images.")
    kernel: Any = kernel_size if isinstance(kernel_size, (list, tuple)) else [kernel_size, kernel_size]
    # As SAME for stride 1, but with the image's reflection.
    paddings = [[0, 0]] + [[(size - 1) // 2, size // 2] for size in kernel] + [[0, 0]]
    wide_paddings = [[0, 0], [3, 3], [3, 3], [0, 0]]

    def reflected(net: tf.Tensor) -> tf.Tensor:
        return tf.pad(net, paddings, "REFLECT")

    with slim.arg_scope(arg_scope_fn()):
        with tf.variable_scope("input"):
            net = tf.pad(images, wide_paddings, "REFLECT")
            net = slim.conv2d(net, num_filters, kernel_size=[7, 7], padding="VALID")
            end_points["encoder_0"] = net
        with tf.variable_scope("encoder"):
            with slim.arg_scope([slim.conv2d], stride=2, activation_fn=tf.nn.relu, padding="VALID"):
                net = end_points["encoder_1"] = slim.conv2d(reflected(net), num_filters * 2, kernel)
                net = end_points["encoder_2"] = slim.conv2d(reflected(net), num_filters * 4, kernel)
        with tf.variable_scope("residual_blocks"):
            with slim.arg_scope([slim.conv2d], stride=1, activation_fn=tf.nn.relu, padding="VALID"):
                for i in range(num_resnet_blocks):
                    with tf.variable_scope(f"block_{i}"):
                        residual = slim.conv2d(reflected(net), num_filters * 4, kernel)
                        residual = slim.conv2d(
                            reflected(residual), num_filters * 4, kernel, activation_fn=None
                        )
                        net = net + residual
                        end_points[f"resnet_block_{i}"] = net
        with tf.variable_scope("decoder"):
            with slim.arg_scope([slim.conv2d], stride=1, activation_fn=tf.nn.relu):
                for i, filters in ((1, num_filters * 2), (2, num_filters)):
                    with tf.variable_scope(f"decoder{i}"):
                        net = upsample_fn(net, num_outputs=filters, stride=[2, 2])
                    end_points[f"decoder{i}"] = net
        with tf.variable_scope("output"):
            net = tf.pad(net, wide_paddings, "REFLECT")
            logits = slim.conv2d(
                net, num_outputs, [7, 7], activation_fn=None, normalizer_fn=None, padding="valid"
            )
            logits = tf.reshape(logits, all_sizes(images))
            end_points["logits"] = logits
            end_points["predictions"] = tf.tanh(logits) + logits * tanh_linear_slope
    return end_points["predictions"], end_points
