"""What I3D and S3D-G are made of: convolutions over space and time, and inception blocks of them.

Source: i3d_utils.py of tensorflow/models, research/slim/nets; https://arxiv.org/abs/1712.04851.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import slim_torch as slim
from slim_torch import tf

__all__ = [
    "center_initializer",
    "conv3d_spatiotemporal",
    "i3d_batch_norm_params",
    "inception_block_v1_3d",
]


def center_initializer() -> Callable[..., Any]:
    """For a convolution over time alone: at first it gives what it is given.

    The initializer raises ValueError for a shape that is not `[odd, 1, 1, n, n]`, and TypeError for a dtype
    that is not floating.
    """

    def initializer(shape: Sequence[int], dtype: Any = tf.float32, partition_info: Any = None) -> Any:
        if dtype not in (tf.float16, tf.float32, tf.float64):
            raise TypeError("Cannot create initializer for non-floating point type.")
        sizes = [int(size) for size in shape]
        if len(sizes) != 5 or sizes[1:3] != [1, 1] or sizes[3] != sizes[4] or sizes[0] % 2 == 0:
            raise ValueError(f"Expected a shape [odd, 1, 1, n, n], got {sizes}: a kernel over time alone.")
        value = np.zeros(sizes, "float32")
        value[sizes[0] // 2, 0, 0] = np.eye(sizes[3])
        return tf.constant_initializer(value)(sizes, dtype)

    return initializer


def i3d_batch_norm_params(decay: float, epsilon: float) -> dict[str, Any]:
    """What `batch_norm` takes in these networks; moving averages are in the collection `moving_vars`."""
    return {
        "decay": decay,
        "epsilon": epsilon,
        "fused": False,
        "variables_collections": {
            "beta": None,
            "gamma": None,
            "moving_mean": ["moving_vars"],
            "moving_variance": ["moving_vars"],
        },
    }


@slim.add_arg_scope
def conv3d_spatiotemporal(
    inputs: tf.Tensor,
    num_outputs: int,
    kernel_size: Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: str = "SAME",
    activation_fn: Callable[..., tf.Tensor] | None = None,
    normalizer_fn: Callable[..., tf.Tensor] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_regularizer: Callable[..., Any] | None = None,
    separable: bool = False,
    data_format: str = "NDHWC",
    scope: str = "",
) -> tf.Tensor:
    """A convolution over space and time, in one or one after the other.

    Args:
      inputs: `[batch, time, height, width, channels]`.
      kernel_size: `(time, height, width)`.
      stride: the same, or one int.
      separable: first a convolution over space, then in the scope `scope/temporal` one over time, which
        begins as the identity; where the kernel has more than one step in time.
      data_format: `"NDHWC"` or `"NCDHW"`.
      The others are those of `conv3d`.

    Raises:
      ValueError: `kernel_size` has not three sizes.
    """
    if len(kernel_size) != 3:
        raise ValueError(f"kernel_size must be (time, height, width). Got {kernel_size}.")
    arguments: dict[str, Any] = {
        "padding": padding,
        "activation_fn": activation_fn,
        "normalizer_fn": normalizer_fn,
        "normalizer_params": normalizer_params,
        "weights_regularizer": weights_regularizer,
        "data_format": data_format,
    }
    time, height, width = kernel_size
    if not separable or time == 1:
        return slim.conv3d(inputs, num_outputs, kernel_size, stride=stride, scope=scope, **arguments)
    strides = [stride] * 3 if isinstance(stride, int) else list(stride)
    net = slim.conv3d(
        inputs, num_outputs, [1, height, width], stride=[1] + strides[1:], scope=scope, **arguments
    )
    return slim.conv3d(
        net,
        num_outputs,
        [time, 1, 1],
        stride=[strides[0], 1, 1],
        weights_initializer=center_initializer(),
        scope=scope + "/temporal",
        **arguments,
    )


def inception_block_v1_3d(
    inputs: tf.Tensor,
    num_outputs_0_0a: int,
    num_outputs_1_0a: int,
    num_outputs_1_0b: int,
    num_outputs_2_0a: int,
    num_outputs_2_0b: int,
    num_outputs_3_0b: int,
    temporal_kernel_size: int = 3,
    self_gating_fn: Callable[..., tf.Tensor] | None = None,
    data_format: str = "NDHWC",
    scope: str = "",
) -> tf.Tensor:
    """The inception block of GoogLeNet, with time.

    Args:
      inputs: `[batch, time, height, width, channels]`.
      num_outputs_0_0a: the channels of the 1x1 branch.
      num_outputs_1_0a, num_outputs_1_0b, num_outputs_2_0a, num_outputs_2_0b: those of the two 3x3 branches.
      num_outputs_3_0b: those of the branch that pools.
      temporal_kernel_size: the steps in time of the 3x3 convolutions.
      self_gating_fn: `self_gating_fn(net, scope=...)`, applied to each branch; None means none.
      data_format: `"NDHWC"` or `"NCDHW"`.

    Returns:
      The four branches side by side.
    """

    def gated(net: tf.Tensor, scope: str) -> tf.Tensor:
        return net if self_gating_fn is None else self_gating_fn(net, scope=scope)

    wide = [temporal_kernel_size, 3, 3]
    with tf.variable_scope(scope):
        with tf.variable_scope("Branch_0"):
            name = "Conv2d_0a_1x1"
            branches = [gated(slim.conv3d(inputs, num_outputs_0_0a, [1, 1, 1], scope=name), name)]
        for branch, narrow_outputs, outputs in (
            ("Branch_1", num_outputs_1_0a, num_outputs_1_0b),
            ("Branch_2", num_outputs_2_0a, num_outputs_2_0b),
        ):
            with tf.variable_scope(branch):
                net = slim.conv3d(inputs, narrow_outputs, [1, 1, 1], scope="Conv2d_0a_1x1")
                name = "Conv2d_0b_3x3"
                branches.append(gated(conv3d_spatiotemporal(net, outputs, wide, scope=name), name))
        with tf.variable_scope("Branch_3"):
            net = slim.max_pool3d(inputs, [3, 3, 3], scope="MaxPool_0a_3x3")
            name = "Conv2d_0b_1x1"
            branches.append(gated(slim.conv3d(net, num_outputs_3_0b, [1, 1, 1], scope=name), name))
        return tf.concat(branches, data_format.index("C"))
