"""The pieces that residual networks are made of: strided convolutions, blocks, and the arg_scope.

The networks themselves are in `resnet_v1.py`. Source: tf.contrib.slim.nets.resnet_utils, and
https://arxiv.org/abs/1512.03385.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from slim_torch import initializers, layers, regularizers
from slim_torch.activations import relu
from slim_torch.arg_scope import add_arg_scope, arg_scope
from slim_torch.graph import GraphKeys
from slim_torch.padding import same_padding
from slim_torch.scopes import variable_scope
from slim_torch.utils import collect_named_outputs

__all__ = ["Block", "conv2d_same", "resnet_arg_scope", "stack_blocks_dense", "subsample"]


class Block(NamedTuple):
    """One block of a residual network.

    Attributes:
      scope: its variable scope.
      unit_fn: `unit_fn(net, rate=..., **args)`, which computes one unit.
      args: the keyword arguments of each unit: `depth`, `depth_bottleneck`, `stride`.
    """

    scope: str
    unit_fn: Callable[..., torch.Tensor]
    args: Sequence[Mapping[str, Any]]


def subsample(inputs: torch.Tensor, factor: int, scope: str | None = None) -> torch.Tensor:
    """Every `factor`-th pixel of `[batch, height, width, channels]`, beginning with the first."""
    if factor == 1:
        return inputs
    return layers.max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: torch.Tensor, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None
) -> torch.Tensor:
    """A strided convolution whose padding does not depend on the size of the image.

    `layers.conv2d` with SAME pads an even image on one side only; here it is padded by
    `(kernel_size - 1) * rate` in all, half of it before, and convolved with VALID, so that a stride of 2
    and a stride of 1 followed by `subsample` give the same.

    Args:
      inputs: `[batch, height, width, channels]`.
      kernel_size: one int.
      The others are those of `layers.conv2d`.

    Returns:
      `[batch, ceil(height / stride), ceil(width / stride), num_outputs]`.
    """
    if stride == 1:
        return layers.conv2d(
            inputs, num_outputs, kernel_size, stride=1, rate=rate, padding="SAME", scope=scope
        )
    before, after = same_padding(0, kernel_size, 1, rate)
    # An explicit pair for each axis: where both sides are equal, nothing is copied.
    padding = [[0, 0], [before, after], [before, after], [0, 0]]
    return layers.conv2d(
        inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding=padding, scope=scope
    )


@add_arg_scope
def stack_blocks_dense(
    net: torch.Tensor,
    blocks: Sequence[Block],
    output_stride: int | None = None,
    outputs_collections: Any = None,
) -> torch.Tensor:
    """Applies `blocks`, with dilation in place of stride once `output_stride` is reached.

    Args:
      net: `[batch, height, width, channels]`.
      output_stride: the ratio of the sizes of `net` and the result; None leaves the strides as they are.
      outputs_collections: collections for the output of each block, under the name of its scope.

    Returns:
      `[batch, out_height, out_width, depth]`.

    Raises:
      ValueError: the blocks cannot reach `output_stride`.
    """
    current_stride = 1
    rate = 1
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as sc:
            for i, unit in enumerate(block.args):
                if output_stride is not None and current_stride > output_stride:
                    raise ValueError(_unreachable(output_stride))
                with variable_scope(f"unit_{i + 1}", values=[net]):
                    if output_stride is not None and current_stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **{**unit, "stride": 1})
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        current_stride *= unit.get("stride", 1)
            net = collect_named_outputs(outputs_collections, sc.name, net)
    if output_stride is not None and current_stride != output_stride:
        raise ValueError(_unreachable(output_stride))
    return net


def _unreachable(output_stride: int) -> str:
    return (
        f"The target output_stride cannot be reached. Got {output_stride}: it must be a product of the "
        f"strides of the first units, and at most the product of all."
    )


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of residual networks: `with slim.arg_scope(resnet_arg_scope()): ...`.

    Convolutions get an L2 penalty, He's initial values, ReLU and batch normalization; max pooling pads
    with SAME.

    Args:
      weight_decay: the scale of the L2 penalty on weights.
      batch_norm_decay, batch_norm_epsilon, batch_norm_scale: for `batch_norm`.
    """
    batch_norm_params = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
        "updates_collections": GraphKeys.UPDATE_OPS,
    }
    with (
        arg_scope(
            [layers.conv2d],
            weights_regularizer=regularizers.l2_regularizer(weight_decay),
            weights_initializer=initializers.variance_scaling_initializer(),
            activation_fn=relu,
            normalizer_fn=layers.batch_norm,
            normalizer_params=batch_norm_params,
        ),
        arg_scope([layers.batch_norm], **batch_norm_params),
        arg_scope([layers.max_pool2d], padding="SAME") as scope,
    ):
        return scope
