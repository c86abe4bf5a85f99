"""DCGAN: a generator of transposed convolutions and a discriminator of strided ones.

Source: dcgan.py of tensorflow/models, research/slim/nets; https://arxiv.org/abs/1511.06434.
"""

from __future__ import annotations

from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import static_sizes

__all__ = ["discriminator", "generator"]


def _power_of_two(size: int) -> bool:
    return size > 0 and size & (size - 1) == 0


def _checked_width(inputs: tf.Tensor) -> int:
    """The width of square images."""
    sizes = static_sizes(inputs)
    if len(sizes) != 4:
        raise ValueError(f"Input tensor must have rank 4, [batch, height, width, channels]. Got {sizes}.")
    height, width = sizes[1:3]
    if height is None or width is None:
        raise ValueError(f"The height and width of the input tensor must be known. Got {sizes}.")
    if height != width:
        raise ValueError(f"Input tensor does not have equal width and height: {sizes[1:3]}.")
    if not _power_of_two(width):
        raise ValueError(f"Input tensor `width` is not a power of 2: {width}.")
    return width


def discriminator(
    inputs: tf.Tensor,
    depth: int = 64,
    is_training: Any = True,
    reuse: Any = None,
    scope: Any = "Discriminator",
    fused_batch_norm: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Whether images are real.

    Args:
      inputs: `[batch, size, size, channels]`, the size a power of 2.
      depth: the channels of the first layer; each of the others has twice as many.
      is_training: for `batch_norm`.
      reuse, scope: for `variable_scope`.
      fused_batch_norm: for `batch_norm`.

    Returns:
      `(logits, end_points)`: `[batch, 1]`, and the outputs of the layers by name.

    Raises:
      ValueError: `inputs` has another rank, is not square, or its size is not known or no power of 2.
    """
    width = _checked_width(inputs)
    end_points = {}
    with tf.variable_scope(scope, values=[inputs], reuse=reuse):
        with slim.arg_scope(
            [slim.batch_norm], is_training=is_training, zero_debias_moving_mean=True, fused=fused_batch_norm
        ):
            with slim.arg_scope([slim.conv2d], stride=2, activation_fn=tf.nn.leaky_relu):
                net = inputs
                for i in range(width.bit_length() - 1):
                    name = f"conv{i + 1}"
                    net = slim.conv2d(
                        net, depth * 2**i, 4, normalizer_fn=slim.batch_norm if i else None, scope=name
                    )
                    end_points[name] = net
                logits = slim.conv2d(
                    net,
                    1,
                    kernel_size=1,
                    stride=1,
                    padding="VALID",
                    normalizer_fn=None,
                    activation_fn=None,
                )
                logits = tf.reshape(logits, [-1, 1])
                end_points["logits"] = logits
                return logits, end_points


def generator(
    inputs: tf.Tensor,
    depth: int = 64,
    final_size: int = 32,
    num_outputs: int = 3,
    is_training: Any = True,
    reuse: Any = None,
    scope: Any = "Generator",
    fused_batch_norm: bool = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Images from noise.

    Args:
      inputs: `[batch, size of the noise]`.
      depth: the channels of the last layer but one; each of those before has twice as many.
      final_size: the height and width of the images, a power of 2, at least 8.
      num_outputs: the channels of the images.
      is_training: for `batch_norm`.
      reuse, scope: for `variable_scope`.
      fused_batch_norm: for `batch_norm`.

    Returns:
      `(logits, end_points)`: `[batch, final_size, final_size, num_outputs]`, and the outputs of the layers
      by name.

    Raises:
      ValueError: `inputs` has another rank, or `final_size` is no power of 2 or less than 8.
    """
    if len(static_sizes(inputs)) != 2:
        raise ValueError(f"Input tensor must have rank 2, [batch, channels]. Got {static_sizes(inputs)}.")
    if not _power_of_two(final_size):
        raise ValueError(f"`final_size` ({final_size}) must be a power of 2.")
    if final_size < 8:
        raise ValueError(f"`final_size` ({final_size}) must be greater than 8.")
    end_points = {}
    layers_number = final_size.bit_length() - 2
    with tf.variable_scope(scope, values=[inputs], reuse=reuse):
        with slim.arg_scope(
            [slim.batch_norm], is_training=is_training, zero_debias_moving_mean=True, fused=fused_batch_norm
        ):
            with slim.arg_scope([slim.conv2d_transpose], normalizer_fn=slim.batch_norm, stride=2):
                # From one pixel to four times four.
                net = tf.expand_dims(tf.expand_dims(inputs, 1), 1)
                net = slim.conv2d_transpose(
                    net, depth * 2 ** (layers_number - 1), 4, stride=1, padding="VALID", scope="deconv1"
                )
                end_points["deconv1"] = net
                for i in range(2, layers_number):
                    name = f"deconv{i}"
                    net = slim.conv2d_transpose(net, depth * 2 ** (layers_number - i), 4, scope=name)
                    end_points[name] = net
                name = f"deconv{layers_number}"
                net = slim.conv2d_transpose(net, depth, 4, normalizer_fn=None, activation_fn=None, scope=name)
                end_points[name] = net
                logits = slim.conv2d(
                    net,
                    num_outputs,
                    normalizer_fn=None,
                    activation_fn=None,
                    kernel_size=1,
                    stride=1,
                    padding="VALID",
                    scope="logits",
                )
                end_points["logits"] = logits
                return logits, end_points
