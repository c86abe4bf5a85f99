"""Residual networks of the first kind: the activation comes after the addition.

ResNet-50, -101, -152 and -200, for classification and, with `output_stride`, for dense prediction.
Their pieces are in `resnet_utils.py`. Source: tf.contrib.slim.nets.resnet_v1, and
https://arxiv.org/abs/1512.03385.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import layers, tf, utils
from slim_torch.activations import relu
from slim_torch.arg_scope import add_arg_scope, arg_scope
from slim_torch.layer_support import activate
from slim_torch.nets import resnet_utils
from slim_torch.nets.resnet_utils import resnet_arg_scope
from slim_torch.scopes import variable_scope

__all__ = [
    "bottleneck",
    "resnet_arg_scope",
    "resnet_v1",
    "resnet_v1_50",
    "resnet_v1_101",
    "resnet_v1_152",
    "resnet_v1_200",
    "resnet_v1_block",
]

EndPoints = dict[str, torch.Tensor]


@add_arg_scope
def bottleneck(
    inputs: torch.Tensor,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> torch.Tensor:
    """One unit: 1x1, 3x3 and 1x1 convolutions around a shortcut, then ReLU.

    Args:
      inputs: `[batch, height, width, channels]`.
      depth: the channels of the output.
      depth_bottleneck: the channels of the first two convolutions.
      stride: of the 3x3 convolution, and of the shortcut.
      rate: of the 3x3 convolution.
      outputs_collections: collections for the output, under the name of the scope.

    Returns:
      `[batch, ceil(height / stride), ceil(width / stride), depth]`.
    """
    with variable_scope(scope, "bottleneck_v1", [inputs]) as sc:
        depth_in = utils.last_dimension(inputs.shape, min_rank=4)
        if depth == depth_in:
            shortcut = resnet_utils.subsample(inputs, stride, "shortcut")
        else:
            shortcut = layers.conv2d(
                inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut"
            )
        residual = layers.conv2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = resnet_utils.conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = layers.conv2d(residual, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        output = activate(shortcut + residual, relu)
        return utils.collect_named_outputs(outputs_collections, sc.name, output)


def resnet_v1(
    inputs: torch.Tensor,
    blocks: Sequence[resnet_utils.Block],
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
    *,
    spatial_squeeze: bool = False,
) -> tuple[torch.Tensor, EndPoints]:
    """A residual network of the first kind.

    Args:
      inputs: `[batch, height, width, 3]`.
      blocks: see `resnet_v1_block`.
      num_classes: the size of the last layer; None ends before it.
      is_training: for `batch_norm`.
      global_pool: takes the mean over all pixels before the last layer.
      output_stride: the ratio of the sizes of input and output, by dilation in place of stride; None
        means that of the strides.
      include_root_block: begins with a 7x7 convolution and max pooling, stride 4 in all.
      reuse, scope: for `variable_scope`; `"resnet_v1"` by default.
      spatial_squeeze: drops the height and width of the logits, which must be 1. Off, as in
        TensorFlow 1.15's contrib; later copies of this network have it on.

    Returns:
      `(net, end_points)`: `[batch, 1, 1, num_classes]` (without global pooling, the last feature map's
      height and width), and the outputs of the layers by name; `"predictions"` is the softmax.

    Raises:
      ValueError: `output_stride` cannot be reached.
    """
    with variable_scope(scope, "resnet_v1", [inputs], reuse=reuse) as sc:
        end_points_collection = sc.original_name_scope + "_end_points"
        with (
            arg_scope(
                [layers.conv2d, bottleneck, resnet_utils.stack_blocks_dense],
                outputs_collections=end_points_collection,
            ),
            arg_scope([layers.batch_norm], is_training=is_training),
        ):
            net = inputs
            if include_root_block:
                if output_stride is not None:
                    if output_stride % 4 != 0:
                        raise ValueError(
                            f"The output_stride needs to be a multiple of 4. Got {output_stride}."
                        )
                    output_stride //= 4
                net = resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = layers.max_pool2d(net, [3, 3], stride=2, scope="pool1")
            net = resnet_utils.stack_blocks_dense(net, blocks, output_stride)
            if global_pool:
                net = tf.reduce_mean(net, [1, 2], keepdims=True, name="pool5")
            if num_classes is not None:
                net = layers.conv2d(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits"
                )
            end_points = utils.convert_collection_to_dict(end_points_collection)
            if num_classes is not None:
                if spatial_squeeze:
                    net = net.squeeze(2).squeeze(1)
                    end_points[sc.name + "/spatial_squeeze"] = net
                end_points["predictions"] = layers.softmax(net, scope="predictions")
            return net, end_points


def resnet_v1_block(scope: str, base_depth: int, num_units: int, stride: int) -> resnet_utils.Block:
    """A block of `num_units` bottlenecks of depth `4 * base_depth`; the last one has the stride."""
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1}
    return resnet_utils.Block(scope, bottleneck, [unit] * (num_units - 1) + [{**unit, "stride": stride}])


def _network(layers_number: int, units: Sequence[int]) -> Callable[..., tuple[torch.Tensor, EndPoints]]:
    """ResNet with `units` bottlenecks in its four blocks, under the name that TensorFlow gives it."""
    name = f"resnet_v1_{layers_number}"

    def network(
        inputs: torch.Tensor,
        num_classes: int | None = None,
        is_training: Any = True,
        global_pool: bool = True,
        output_stride: int | None = None,
        reuse: Any = None,
        scope: Any = name,
        *,
        spatial_squeeze: bool = False,
    ) -> tuple[torch.Tensor, EndPoints]:
        blocks = [
            resnet_v1_block("block1", base_depth=64, num_units=units[0], stride=2),
            resnet_v1_block("block2", base_depth=128, num_units=units[1], stride=2),
            resnet_v1_block("block3", base_depth=256, num_units=units[2], stride=2),
            resnet_v1_block("block4", base_depth=512, num_units=units[3], stride=1),
        ]
        return resnet_v1(
            inputs,
            blocks,
            num_classes,
            is_training,
            global_pool,
            output_stride,
            include_root_block=True,
            reuse=reuse,
            scope=scope,
            spatial_squeeze=spatial_squeeze,
        )

    network.__name__ = network.__qualname__ = name
    network.__doc__ = f"ResNet-{layers_number}; see `resnet_v1` for arguments, results and errors."
    network.default_image_size = 224  # type: ignore[attr-defined]
    return network


resnet_v1_50 = _network(50, (3, 4, 6, 3))
resnet_v1_101 = _network(101, (3, 4, 23, 3))
resnet_v1_152 = _network(152, (3, 8, 36, 3))
resnet_v1_200 = _network(200, (3, 24, 36, 3))
