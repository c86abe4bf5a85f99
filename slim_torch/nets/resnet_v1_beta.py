"""ResNets of the first kind as DeepLab has them: the 'beta' variants, with three 3x3 convolutions at the root.

ResNet-18, -50 and -101, with either root, and with `multi_grid`, the rates of the units of the last block.
The plain networks are in `resnet_v1.py`. Source: core/resnet_v1_beta.py of tensorflow/models,
research/deeplab; https://arxiv.org/abs/1706.05587.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets import resnet_utils

__all__ = [
    "bottleneck",
    "lite_bottleneck",
    "resnet_v1_18",
    "resnet_v1_18_beta",
    "resnet_v1_50",
    "resnet_v1_50_beta",
    "resnet_v1_101",
    "resnet_v1_101_beta",
    "resnet_v1_beta",
    "resnet_v1_beta_block",
    "resnet_v1_small_beta_block",
    "root_block_fn_for_beta_variant",
]


@slim.add_arg_scope
def bottleneck(
    inputs: tf.Tensor,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    unit_rate: int = 1,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> tf.Tensor:
    """One unit: 1x1, 3x3 and 1x1 convolutions around a shortcut, then ReLU.

    Args:
      inputs: `[batch, height, width, channels]`.
      depth: the channels of the output.
      depth_bottleneck: the channels of the first two convolutions.
      stride: of the 3x3 convolution, and of the shortcut.
      unit_rate: multiplies `rate`.
      rate: of the 3x3 convolution.
      outputs_collections: collections for the output, under the name of the scope.

    Returns:
      `[batch, ceil(height / stride), ceil(width / stride), depth]`.
    """
    with tf.variable_scope(scope, "bottleneck_v1", [inputs]) as sc:
        shortcut = _shortcut(inputs, depth, stride)
        residual = slim.conv2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = resnet_utils.conv2d_same(
            residual, depth_bottleneck, 3, stride, rate=rate * unit_rate, scope="conv2"
        )
        residual = slim.conv2d(residual, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        output = tf.nn.relu(shortcut + residual)
        return slim.utils.collect_named_outputs(outputs_collections, sc.name, output)


@slim.add_arg_scope
def lite_bottleneck(
    inputs: tf.Tensor,
    depth: int,
    stride: int,
    unit_rate: int = 1,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> tf.Tensor:
    """One unit of ResNet-18: two 3x3 convolutions around a shortcut, then ReLU.

    The second has the stride. Arguments and result are those of `bottleneck`.
    """
    with tf.variable_scope(scope, "lite_bottleneck_v1", [inputs]) as sc:
        shortcut = _shortcut(inputs, depth, stride)
        residual = resnet_utils.conv2d_same(inputs, depth, 3, 1, rate=rate * unit_rate, scope="conv1")
        with slim.arg_scope([slim.conv2d], activation_fn=None):
            residual = resnet_utils.conv2d_same(
                residual, depth, 3, stride, rate=rate * unit_rate, scope="conv2"
            )
        output = tf.nn.relu(shortcut + residual)
        return slim.utils.collect_named_outputs(outputs_collections, sc.name, output)


def _shortcut(inputs: tf.Tensor, depth: int, stride: int) -> tf.Tensor:
    if slim.utils.last_dimension(inputs.shape, min_rank=4) == depth:
        return resnet_utils.subsample(inputs, stride, "shortcut")
    return slim.conv2d(inputs, depth, [1, 1], stride=stride, activation_fn=None, scope="shortcut")


def root_block_fn_for_beta_variant(net: tf.Tensor, depth_multiplier: float = 1.0) -> tf.Tensor:
    """Three 3x3 convolutions, stride 2 in all, in place of one of 7x7.

    Args:
      net: `[batch, height, width, channels]`.
      depth_multiplier: of the channels, which are 64, 64 and 128.
    """
    net = resnet_utils.conv2d_same(net, int(64 * depth_multiplier), 3, stride=2, scope="conv1_1")
    net = resnet_utils.conv2d_same(net, int(64 * depth_multiplier), 3, stride=1, scope="conv1_2")
    return resnet_utils.conv2d_same(net, int(128 * depth_multiplier), 3, stride=1, scope="conv1_3")


def _root_block(net: tf.Tensor) -> tf.Tensor:
    return resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")


def resnet_v1_beta(
    inputs: tf.Tensor,
    blocks: Sequence[resnet_utils.Block],
    num_classes: int | None = None,
    is_training: Any = None,
    global_pool: bool = True,
    output_stride: int | None = None,
    root_block_fn: Callable[[tf.Tensor], tf.Tensor] | None = None,
    reuse: Any = None,
    scope: Any = None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """A residual network of the first kind with a root of one's own.

    Args:
      inputs: `[batch, height, width, 3]`.
      blocks: see `resnet_v1_beta_block`.
      num_classes: the size of the last layer; None ends before it.
      is_training: for `batch_norm`; None leaves it to the arg_scope.
      global_pool: takes the mean over all pixels before the last layer.
      output_stride: the ratio of the sizes of input and output, by dilation in place of stride; None
        means that of the strides.
      root_block_fn: computes the first layers, of stride 2; by default one 7x7 convolution.
      reuse, scope: for `variable_scope`; `"resnet_v1"` by default.

    Returns:
      `(net, end_points)`: `[batch, 1, 1, num_classes]` (without global pooling, the last feature map's
      height and width), and the outputs of the layers by name; `"predictions"` is the softmax.

    Raises:
      ValueError: `output_stride` cannot be reached.
    """
    with tf.variable_scope(scope, "resnet_v1", [inputs], reuse=reuse) as sc:
        end_points_collection = sc.original_name_scope + "_end_points"
        with slim.arg_scope(
            [slim.conv2d, bottleneck, lite_bottleneck, resnet_utils.stack_blocks_dense],
            outputs_collections=end_points_collection,
        ):
            training = {} if is_training is None else {"is_training": is_training}
            with slim.arg_scope([slim.batch_norm], **training):
                if output_stride is not None:
                    if output_stride % 4 != 0:
                        raise ValueError(
                            f"The output_stride needs to be a multiple of 4. Got {output_stride}."
                        )
                    output_stride //= 4
                net = (root_block_fn or _root_block)(inputs)
                net = slim.max_pool2d(net, 3, stride=2, padding="SAME", scope="pool1")
                net = resnet_utils.stack_blocks_dense(net, blocks, output_stride)
                if global_pool:
                    net = tf.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
                if num_classes is not None:
                    net = slim.conv2d(
                        net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits"
                    )
                end_points = slim.utils.convert_collection_to_dict(end_points_collection)
                if num_classes is not None:
                    end_points["predictions"] = slim.softmax(net, scope="predictions")
                return net, end_points


def resnet_v1_beta_block(scope: str, base_depth: int, num_units: int, stride: int) -> resnet_utils.Block:
    """A block of `num_units` bottlenecks of depth `4 * base_depth`; the last one has the stride."""
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1, "unit_rate": 1}
    units = [unit] * (num_units - 1) + [dict(unit, stride=stride)]
    return resnet_utils.Block(scope, bottleneck, units)


def resnet_v1_small_beta_block(
    scope: str, base_depth: int, num_units: int, stride: int
) -> resnet_utils.Block:
    """A block of `num_units` units of ResNet-18 of depth `base_depth`; the last one has the stride."""
    unit = {"depth": base_depth, "stride": 1, "unit_rate": 1}
    units = [unit] * (num_units - 1) + [dict(unit, stride=stride)]
    return resnet_utils.Block(scope, lite_bottleneck, units)


def _network(
    name: str, units: Sequence[int], beta: bool
) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    """The network `name`, with `units` bottlenecks in its first three blocks."""
    default_scope = name[: -len("_beta")] if beta else name
    small = name.startswith("resnet_v1_18")

    def network(
        inputs: tf.Tensor,
        num_classes: int | None = None,
        is_training: Any = None,
        global_pool: bool = False,
        output_stride: int | None = None,
        multi_grid: Sequence[int] | None = None,
        reuse: Any = None,
        scope: Any = default_scope,
        *,
        root_depth_multiplier: float = 0.25 if small else 1.0,
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        last = 2 if small else 3
        rates = [1] * last if multi_grid is None else multi_grid
        if len(rates) != last:
            raise ValueError(f"Expect multi_grid to have length {last}. Got {multi_grid}.")
        make = resnet_v1_small_beta_block if small else resnet_v1_beta_block
        unit = {"depth": 512} if small else {"depth": 2048, "depth_bottleneck": 512}
        blocks = [
            make(f"block{i + 1}", base_depth=64 * 2**i, num_units=number, stride=2)
            for i, number in enumerate(units)
        ]
        blocks.append(
            resnet_utils.Block(
                "block4",
                lite_bottleneck if small else bottleneck,
                [dict(unit, stride=1, unit_rate=rate) for rate in rates],
            )
        )
        root = functools.partial(root_block_fn_for_beta_variant, depth_multiplier=root_depth_multiplier)
        return resnet_v1_beta(
            inputs,
            blocks,
            num_classes,
            is_training,
            global_pool,
            output_stride,
            root_block_fn=root if beta else None,
            reuse=reuse,
            scope=scope,
        )

    network.__name__ = network.__qualname__ = name
    network.__doc__ = f"""{name}; see `resnet_v1_beta` for arguments, results and errors.

    Without a mean over all pixels, by default, and under the scope `{default_scope}`. `multi_grid` are the
    rates of the units of the last block, ones by default; `root_depth_multiplier` is that of the root's
    channels in a beta variant, a quarter by default for ResNet-18.
    """
    network.default_image_size = 224  # type: ignore[attr-defined]
    return network


resnet_v1_18 = _network("resnet_v1_18", (2, 2, 2), beta=False)
resnet_v1_18_beta = _network("resnet_v1_18_beta", (2, 2, 2), beta=True)
resnet_v1_50 = _network("resnet_v1_50", (3, 4, 6), beta=False)
resnet_v1_50_beta = _network("resnet_v1_50_beta", (3, 4, 6), beta=True)
resnet_v1_101 = _network("resnet_v1_101", (3, 4, 23), beta=False)
resnet_v1_101_beta = _network("resnet_v1_101_beta", (3, 4, 23), beta=True)
