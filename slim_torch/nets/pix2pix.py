"""Pix2pix: an encoder and a decoder with connections between them, and a discriminator of patches.

Source: pix2pix.py of tensorflow/models, research/slim/nets; https://arxiv.org/abs/1611.07004.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import all_sizes

__all__ = ["Block", "pix2pix_arg_scope", "pix2pix_discriminator", "pix2pix_generator", "upsample"]


class Block(NamedTuple):
    """One layer of the encoder and the one of the decoder that answers to it.

    Attributes:
      num_filters: the channels of both.
      decoder_keep_prob: the share of activations that the decoder's dropout keeps; 0 means no dropout.
    """

    num_filters: int
    decoder_keep_prob: float


def pix2pix_arg_scope() -> dict[str, dict[str, Any]]:
    """The arg_scope of pix2pix: instance normalization with an epsilon of 1e-5, normal weights."""
    with slim.arg_scope(
        [slim.conv2d, slim.conv2d_transpose],
        normalizer_fn=slim.instance_norm,
        normalizer_params={"center": True, "scale": True, "epsilon": 0.00001},
        weights_initializer=tf.random_normal_initializer(0, 0.02),
    ) as scope:
        return scope


def upsample(
    net: tf.Tensor, num_outputs: int, kernel_size: Sequence[int], method: str = "nn_upsample_conv"
) -> tf.Tensor:
    """`net` on a finer grid, through a 4x4 convolution without activation.

    Args:
      net: `[batch, height, width, channels]`.
      kernel_size: how many times finer, `(height, width)`.
      method: `"nn_upsample_conv"` repeats pixels before an ordinary convolution, `"conv2d_transpose"` is a
        transposed one.

    Raises:
      ValueError: `method` is neither.
    """
    if method == "nn_upsample_conv":
        _, height, width, _ = all_sizes(net)
        net = tf.image.resize_nearest_neighbor(net, [kernel_size[0] * height, kernel_size[1] * width])
        return slim.conv2d(net, num_outputs, [4, 4], activation_fn=None)
    if method == "conv2d_transpose":
        return slim.conv2d_transpose(net, num_outputs, [4, 4], stride=kernel_size, activation_fn=None)
    raise ValueError(f"Unknown method: [{method}]. Expected 'nn_upsample_conv' or 'conv2d_transpose'.")


def _default_generator_blocks() -> list[Block]:
    return [
        Block(64, 0.5),
        Block(128, 0.5),
        Block(256, 0.5),
        Block(512, 0),
        Block(512, 0),
        Block(512, 0),
        Block(512, 0),
    ]


def pix2pix_generator(
    net: tf.Tensor,
    num_outputs: int,
    blocks: Sequence[Block] | None = None,
    upsample_method: str = "nn_upsample_conv",
    is_training: Any = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The generator: an image to an image.

    Args:
      net: `[batch, height, width, channels]`, the sizes multiples of 2 to the number of blocks.
      num_outputs: the channels of the result.
      blocks: the layers from the outermost to the innermost; None means seven, of 64 to 512 channels.
      upsample_method: see `upsample`.
      is_training: accepted; dropout is on in either case, as it is the network's source of chance (paper,
        section 2.1).

    Returns:
      `(logits, end_points)`: `[batch, height, width, num_outputs]`, and the outputs of the layers by name;
      `"predictions"` is the hyperbolic tangent of the logits.

    Raises:
      ValueError: `upsample_method` is not known, or sizes do not fit.
    """
    end_points = {}
    blocks = list(blocks or _default_generator_blocks())
    activations: list[tf.Tensor] = []
    with tf.variable_scope("encoder"):
        with slim.arg_scope([slim.conv2d], stride=2, activation_fn=tf.nn.leaky_relu):
            last = len(blocks) - 1
            for i, block in enumerate(blocks):
                # The outermost layer is not normalized (paper, section 6.1.1), nor is the innermost, whose
                # image may be one pixel.
                arguments: dict[str, Any] = {}
                if i in (0, last):
                    arguments["normalizer_fn"] = None
                if i == last > 0:
                    arguments["activation_fn"] = None
                encoded = slim.conv2d(
                    activations[-1] if activations else net, block.num_filters, [4, 4], **arguments
                )
                activations.append(encoded)
                end_points[f"encoder{i}"] = encoded
    decoded = activations[-1]
    with tf.variable_scope("decoder"):
        with slim.arg_scope([slim.dropout], is_training=True):
            for i, block in enumerate(reversed(blocks)):
                if i > 0:
                    decoded = tf.concat([decoded, activations[-i - 1]], axis=3)
                # The activation comes before the convolution here.
                decoded = tf.nn.relu(decoded)
                decoded = upsample(decoded, block.num_filters, [2, 2], method=upsample_method)
                if block.decoder_keep_prob > 0:
                    decoded = slim.dropout(decoded, keep_prob=block.decoder_keep_prob)
                end_points[f"decoder{i}"] = decoded
    with tf.variable_scope("output"):
        logits = slim.conv2d(decoded, num_outputs, [4, 4], activation_fn=None, normalizer_fn=None)
        # Of the input's sizes, which decoding may have lost sight of.
        logits = tf.reshape(logits, all_sizes(net)[:3] + [num_outputs])
        end_points["logits"] = logits
        end_points["predictions"] = tf.tanh(logits)
    return logits, end_points


def pix2pix_discriminator(
    net: tf.Tensor,
    num_filters: Sequence[int],
    padding: int = 2,
    pad_mode: str = "REFLECT",
    activation_fn: Callable[..., tf.Tensor] = tf.nn.leaky_relu,
    is_training: Any = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The discriminator: for each patch of an image, whether it is real.

    Args:
      net: `[batch, height, width, channels]`.
      num_filters: the channels of the layers; all but the last have stride 2.
      padding: pixels on each side, before each 4x4 convolution; 0 means none.
      pad_mode: see `tf.pad`.
      activation_fn: of all layers but the logits.
      is_training: accepted, without effect.

    Returns:
      `(logits, end_points)`: `[batch, out_height, out_width, 1]`, and the outputs of the layers by name;
      `"predictions"` is the sigmoid of the logits.

    Raises:
      TypeError: `padding` is not an integer.
      ValueError: `padding` is negative.
    """
    del is_training
    padding = operator.index(padding)
    end_points = {}
    last = len(num_filters) - 1

    def padded(net: tf.Tensor, scope: str) -> tf.Tensor:
        if not padding:
            return net
        with tf.variable_scope(scope):
            return tf.pad(net, [[0, 0], [padding] * 2, [padding] * 2, [0, 0]], pad_mode)

    with slim.arg_scope([slim.conv2d], stride=2, padding="valid", activation_fn=activation_fn):
        for i, filters in enumerate(num_filters):
            scope = f"conv{i}"
            arguments: dict[str, Any] = {}
            if i == 0:
                # Its input is an image, whose statistics tell.
                arguments["normalizer_fn"] = None
            elif i == last:
                arguments["stride"] = 1
            net = slim.conv2d(padded(net, scope), filters, [4, 4], scope=scope, **arguments)
            end_points[scope] = net
        scope = f"conv{last + 1}"
        logits = slim.conv2d(
            padded(net, scope), 1, [4, 4], stride=1, activation_fn=None, normalizer_fn=None, scope=scope
        )
        end_points["logits"] = logits
        end_points["predictions"] = tf.sigmoid(logits)
    return logits, end_points
