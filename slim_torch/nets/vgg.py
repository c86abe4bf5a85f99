"""VGG: stacks of 3x3 convolutions, then three layers over all pixels, as convolutions.

VGG-11 (`vgg_a`), VGG-16 and VGG-19. Source: tf.contrib.slim.nets.vgg, with the arguments that its later
copies added at the end; and https://arxiv.org/abs/1409.1556.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.classifier import classify

__all__ = ["vgg_16", "vgg_19", "vgg_a", "vgg_arg_scope", "vgg_d", "vgg_e"]


def vgg_arg_scope(weight_decay: float = 0.0005) -> dict[str, dict[str, Any]]:
    """The arg_scope of VGG: an L2 penalty on weights, ReLU, and SAME convolutions.

    Args:
      weight_decay: the scale of the penalty.
    """
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        activation_fn=tf.nn.relu,
        weights_regularizer=slim.l2_regularizer(weight_decay),
        biases_initializer=tf.zeros_initializer(),
    ):
        with slim.arg_scope([slim.conv2d], padding="SAME") as scope:
            return scope


def _network(name: str, convolutions: Sequence[int]) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """VGG with `convolutions` layers in its five stacks, under the name that TensorFlow gives it."""

    def network(
        inputs: tf.Tensor,
        num_classes: int | None = 1000,
        is_training: Any = True,
        dropout_keep_prob: float = 0.5,
        spatial_squeeze: bool = True,
        scope: Any = name,
        fc_conv_padding: str = "VALID",
        global_pool: bool = False,
        reuse: Any = None,
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        with tf.variable_scope(scope, name, [inputs], reuse=reuse) as sc:
            end_points_collection = sc.original_name_scope + "_end_points"
            with slim.arg_scope(
                [slim.conv2d, slim.fully_connected, slim.max_pool2d],
                outputs_collections=end_points_collection,
            ):
                net = inputs
                for i, (repetitions, depth) in enumerate(zip(convolutions, (64, 128, 256, 512, 512)), 1):
                    net = slim.repeat(net, repetitions, slim.conv2d, depth, [3, 3], scope=f"conv{i}")
                    net = slim.max_pool2d(net, [2, 2], scope=f"pool{i}")
                net = slim.conv2d(net, 4096, [7, 7], padding=fc_conv_padding, scope="fc6")
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
                )

    network.__name__ = network.__qualname__ = name
    network.__doc__ = f"""VGG with {sum(convolutions) + 3} layers.

    Args:
      inputs: `[batch, height, width, 3]`.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      spatial_squeeze: drops the height and width of the logits, which must then be 1; off for images
        larger than usual.
      scope: for `variable_scope`. TensorFlow's contrib has it in this place; later copies have `reuse`.
      fc_conv_padding: of the 7x7 convolution; SAME makes the network fully convolutional for images of
        every size.
      global_pool: takes the mean over all pixels before the last layer.
      reuse: for `variable_scope`.

    Returns:
      `(net, end_points)`: `[batch, num_classes]`, or with the height and width that are left; and the
      outputs of the layers by name.

    Raises:
      ValueError: `inputs` is not of rank 4, or what is to be squeezed is not 1.
    """
    network.default_image_size = 224  # type: ignore[attr-defined]
    return network


vgg_a = _network("vgg_a", (1, 1, 2, 2, 2))
vgg_16 = _network("vgg_16", (2, 2, 3, 3, 3))
vgg_19 = _network("vgg_19", (2, 2, 4, 4, 4))
vgg_d, vgg_e = vgg_16, vgg_19
