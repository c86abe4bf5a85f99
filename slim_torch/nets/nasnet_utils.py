"""The cells of NASNet and what they are made of: pooling, stacked separable convolutions, drop path.

The networks are in `nasnet.py` and `pnasnet.py`. A cell combines two hidden states, the output of the cell
before and that of the one before that, in five steps; each step adds two transformed states to a new one.
Source: nasnet_utils.py of tensorflow/models, research/slim/nets/nasnet; https://arxiv.org/abs/1707.07012.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import all_sizes, static_sizes

__all__ = [
    "NasNetABaseCell",
    "NasNetANormalCell",
    "NasNetAReductionCell",
    "activation",
    "calc_reduction_layers",
    "drop_path",
    "factorized_reduction",
    "get_channel_dim",
    "get_channel_index",
    "global_avg_pool",
]

STEPS = 5


def calc_reduction_layers(num_cells: int, num_reduction_layers: int) -> list[int]:
    """The indices of the cells before which the image shrinks, evenly spread."""
    return [
        int(float(layer) / (num_reduction_layers + 1) * num_cells)
        for layer in range(1, num_reduction_layers + 1)
    ]


def activation(net: tf.Tensor, bounded: bool) -> tf.Tensor:
    """ReLU, or where quantization wants values bounded ReLU6."""
    return tf.nn.relu6(net) if bounded else tf.nn.relu(net)


@slim.add_arg_scope
def get_channel_index(data_format: str = "NHWC") -> int:
    """The axis of the channels."""
    return _channels_axis(data_format)


def _channels_axis(data_format: str) -> int:
    return 3 if data_format == "NHWC" else 1


@slim.add_arg_scope
def get_channel_dim(shape: Any, data_format: str = "NHWC") -> int:
    """The number of channels of a shape.

    Raises:
      ValueError: the shape is not that of images.
    """
    if len(shape) != 4:
        raise ValueError(f"Not the shape of images: {shape}. Expected [batch, height, width, channels].")
    return int(shape[_channels_axis(data_format)])


@slim.add_arg_scope
def global_avg_pool(x: tf.Tensor, data_format: str = "NHWC") -> tf.Tensor:
    """The mean over all pixels: `[batch, channels]`."""
    return tf.reduce_mean(x, [1, 2] if data_format == "NHWC" else [2, 3])


@slim.add_arg_scope
def factorized_reduction(
    net: tf.Tensor, output_filters: int, stride: int, data_format: str = "NHWC"
) -> tf.Tensor:
    """`net` with every `stride`-th pixel and `output_filters` channels.

    For a stride above 1 half of the channels are computed from the pixels at 0, 2, ... and half from
    those at 1, 3, ..., so that no pixel is without effect.

    Args:
      net: images.
      output_filters: an odd number gives the second half one more.
    """
    if stride == 1:
        net = slim.conv2d(net, output_filters, 1, scope="path_conv")
        return slim.batch_norm(net, scope="path_bn")
    last = data_format == "NHWC"
    window = [1, 1, 1, 1]
    strides = [1, stride, stride, 1] if last else [1, 1, stride, stride]
    first = tf.nn.avg_pool(net, window, strides, "VALID", data_format=data_format)
    first = slim.conv2d(first, output_filters // 2, 1, scope="path1_conv")
    if last:
        shifted = tf.pad(net, [[0, 0], [0, 1], [0, 1], [0, 0]])[:, 1:, 1:, :]
    else:
        shifted = tf.pad(net, [[0, 0], [0, 0], [0, 1], [0, 1]])[:, :, 1:, 1:]
    second = tf.nn.avg_pool(shifted, window, strides, "VALID", data_format=data_format)
    second = slim.conv2d(second, output_filters - output_filters // 2, 1, scope="path2_conv")
    net = tf.concat(values=[first, second], axis=_channels_axis(data_format))
    return slim.batch_norm(net, scope="final_path_bn")


@slim.add_arg_scope
def drop_path(net: tf.Tensor, keep_prob: Any, is_training: Any = True) -> tf.Tensor:
    """`net` with whole examples set to zero, and the others scaled up in return, while training.

    Args:
      keep_prob: the share that is kept, a number or a 0-d tensor.
      is_training: a bool.
    """
    if not is_training:
        return net
    draws = keep_prob + tf.random_uniform([all_sizes(net)[0], 1, 1, 1], dtype=tf.float32)
    kept = tf.cast(tf.floor(draws), net.dtype)
    scale = tf.cast(1.0 / keep_prob, net.dtype)
    return net * scale * kept


def _kernel_and_repetitions(operation: str) -> tuple[int, int]:
    """`"separable_5x5_2"` is a kernel of 5 pixels, twice; without the last part, once."""
    parts = operation.split("_")
    kernel = int(parts[1].split("x")[0])
    return kernel, int(parts[2]) if len(parts) > 2 else 1


def _stacked_separable_conv(
    net: tf.Tensor, stride: int, operation: str, filter_size: int, bounded: bool
) -> tf.Tensor:
    """Activation, separable convolution and normalization, as often as `operation` says."""
    kernel, repetitions = _kernel_and_repetitions(operation)
    for layer in range(1, repetitions + 1):
        suffix = f"{kernel}x{kernel}_{layer}"
        net = activation(net, bounded)
        net = slim.separable_conv2d(
            net,
            filter_size,
            kernel,
            depth_multiplier=1,
            scope=f"separable_{suffix}",
            stride=stride if layer == 1 else 1,
        )
        net = slim.batch_norm(net, scope=f"bn_sep_{suffix}")
    return net


def _pooling(net: tf.Tensor, stride: int, operation: str, bounded: bool) -> tf.Tensor:
    """`"avg_pool_3x3"` and `"max_pool_3x3"`."""
    kind, _, window = operation.split("_")
    size = int(window.split("x")[0])
    if bounded:
        net = tf.nn.relu6(net)
    if kind == "avg":
        return slim.avg_pool2d(net, size, stride=stride, padding="SAME")
    if kind == "max":
        return slim.max_pool2d(net, size, stride=stride, padding="SAME")
    raise NotImplementedError(f"Unimplemented pooling type: {kind}. Expected 'avg' or 'max'.")


class NasNetABaseCell:
    """A cell of any operations; called, it adds itself to a network.

    Args:
      num_conv_filters: its channels, before scaling.
      operations: two for each of the five steps: `"separable_5x5_2"`, `"avg_pool_3x3"`, `"max_pool_3x3"`,
        `"none"`.
      used_hiddenstates: for each of the seven states, whether a step has used it; the others are
        concatenated to the output.
      hiddenstate_indices: the state that each operation begins with: 0 the input, 1 the input before
        that, from 2 the sums of the steps.
      drop_path_keep_prob: the share of examples that `drop_path` keeps in the last cell, at the end of
        training.
      total_num_cells: in the network.
      total_training_steps: after which drop path has its full effect.
      use_bounded_activation: ReLU6 for ReLU.
    """

    def __init__(
        self,
        num_conv_filters: int,
        operations: Sequence[str],
        used_hiddenstates: Sequence[int],
        hiddenstate_indices: Sequence[int],
        drop_path_keep_prob: float,
        total_num_cells: int,
        total_training_steps: int,
        use_bounded_activation: bool = False,
    ) -> None:
        self._num_conv_filters = num_conv_filters
        self._operations = operations
        self._used_hiddenstates = used_hiddenstates
        self._hiddenstate_indices = hiddenstate_indices
        self._drop_path_keep_prob = drop_path_keep_prob
        self._total_num_cells = total_num_cells
        self._total_training_steps = total_training_steps
        self._bounded = use_bounded_activation

    def __call__(
        self,
        net: tf.Tensor,
        scope: str | None = None,
        filter_scaling: float = 1,
        stride: int = 1,
        prev_layer: tf.Tensor | None = None,
        cell_num: int = -1,
        current_step: Any = None,
    ) -> tf.Tensor:
        """The output of the cell.

        Args:
          net: images, the output of the cell before.
          scope: the variable scope.
          filter_scaling: of the channels.
          stride: of the operations on `net` and `prev_layer`.
          prev_layer: the output of the cell before that, of the same image size or twice that; None means
            `net`.
          cell_num: how many cells there are before this one.
          current_step: of training; by default the global step.
        """
        self._cell_num = cell_num
        self._filter_size = int(self._num_conv_filters * filter_scaling)
        with tf.variable_scope(scope):
            states = self._cell_base(net, prev_layer)
            for step in range(STEPS):
                with tf.variable_scope(f"comb_iter_{step}"):
                    halves = []
                    for side, i in (("left", 2 * step), ("right", 2 * step + 1)):
                        index = self._hiddenstate_indices[i]
                        with tf.variable_scope(side):
                            halves.append(
                                self._apply_operation(
                                    states[index],
                                    self._operations[i],
                                    # A sum of an earlier step is small already.
                                    stride if index < 2 else 1,
                                    current_step,
                                )
                            )
                    with tf.variable_scope("combine"):
                        combined = halves[0] + halves[1]
                        if self._bounded:
                            combined = tf.nn.relu6(combined)
                    states.append(combined)
            with tf.variable_scope("cell_output"):
                return self._combine_unused_states(states)

    def _cell_base(self, net: tf.Tensor, prev_layer: tf.Tensor | None) -> list[tf.Tensor]:
        """The two states that the cell begins with, of the same shape."""
        prev_layer = self._reduce_prev_layer(prev_layer, net)
        net = activation(net, self._bounded)
        net = slim.conv2d(net, self._filter_size, 1, scope="1x1")
        net = slim.batch_norm(net, scope="beginning_bn")
        return [net, prev_layer]

    def _reduce_prev_layer(self, prev_layer: tf.Tensor | None, net: tf.Tensor) -> tf.Tensor:
        if prev_layer is None:
            return net
        if static_sizes(prev_layer)[2] != static_sizes(net)[2]:
            prev_layer = activation(prev_layer, self._bounded)
            return factorized_reduction(prev_layer, self._filter_size, stride=2)
        if get_channel_dim(prev_layer.shape) != self._filter_size:
            prev_layer = activation(prev_layer, self._bounded)
            prev_layer = slim.conv2d(prev_layer, self._filter_size, 1, scope="prev_1x1")
            return slim.batch_norm(prev_layer, scope="prev_bn")
        return prev_layer

    def _apply_operation(self, net: tf.Tensor, operation: str, stride: int, current_step: Any) -> tf.Tensor:
        filters_differ = get_channel_dim(net.shape) != self._filter_size
        if "separable" in operation:
            net = _stacked_separable_conv(net, stride, operation, self._filter_size, self._bounded)
        elif operation == "none":
            if self._bounded:
                net = tf.nn.relu6(net)
            if stride > 1 or filters_differ:
                if not self._bounded:
                    net = tf.nn.relu(net)
                net = slim.conv2d(net, self._filter_size, 1, stride=stride, scope="1x1")
                net = slim.batch_norm(net, scope="bn_1")
            return net
        elif "pool" in operation:
            net = _pooling(net, stride, operation, self._bounded)
            if filters_differ:
                net = slim.conv2d(net, self._filter_size, 1, stride=1, scope="1x1")
                net = slim.batch_norm(net, scope="bn_1")
        else:
            raise ValueError(f"Unimplemented operation: {operation}")
        return self._apply_drop_path(net, current_step)

    def _combine_unused_states(self, states: list[tf.Tensor]) -> tf.Tensor:
        """The states that no step used, side by side, reduced to the shape of the last one."""
        final_width = static_sizes(states[-1])[2]
        final_filters = get_channel_dim(states[-1].shape)
        unused = []
        for i, (state, used) in enumerate(zip(states, self._used_hiddenstates)):
            if used:
                continue
            shrink = static_sizes(state)[2] != final_width
            if shrink or get_channel_dim(state.shape) != final_filters:
                with tf.variable_scope(f"reduction_{i}"):
                    state = factorized_reduction(state, final_filters, 2 if shrink else 1)
            unused.append(state)
        return tf.concat(values=unused, axis=get_channel_index())

    def _apply_drop_path(self, net: tf.Tensor, current_step: Any) -> tf.Tensor:
        """Drops more in later cells, and later in training."""
        keep_prob = self._drop_path_keep_prob
        if keep_prob >= 1.0:
            return net
        layer_ratio = (self._cell_num + 1) / float(self._total_num_cells)
        keep_prob = 1 - layer_ratio * (1 - keep_prob)
        if current_step is None:
            current_step = tf.train.get_or_create_global_step()
        progress = tf.minimum(1.0, tf.cast(current_step, tf.float32) / self._total_training_steps)
        return drop_path(net, 1 - progress * (1 - keep_prob))


class NasNetANormalCell(NasNetABaseCell):
    """The cell of NASNet-A that leaves the size of the image as it is."""

    def __init__(
        self,
        num_conv_filters: int,
        drop_path_keep_prob: float,
        total_num_cells: int,
        total_training_steps: int,
        use_bounded_activation: bool = False,
    ) -> None:
        super().__init__(
            num_conv_filters,
            [
                "separable_5x5_2",
                "separable_3x3_2",
                "separable_5x5_2",
                "separable_3x3_2",
                "avg_pool_3x3",
                "none",
                "avg_pool_3x3",
                "avg_pool_3x3",
                "separable_3x3_2",
                "none",
            ],
            [1, 0, 0, 0, 0, 0, 0],
            [0, 1, 1, 1, 0, 1, 1, 1, 0, 0],
            drop_path_keep_prob,
            total_num_cells,
            total_training_steps,
            use_bounded_activation,
        )


class NasNetAReductionCell(NasNetABaseCell):
    """The cell of NASNet-A that halves the size of the image."""

    def __init__(
        self,
        num_conv_filters: int,
        drop_path_keep_prob: float,
        total_num_cells: int,
        total_training_steps: int,
        use_bounded_activation: bool = False,
    ) -> None:
        super().__init__(
            num_conv_filters,
            [
                "separable_5x5_2",
                "separable_7x7_2",
                "max_pool_3x3",
                "separable_7x7_2",
                "avg_pool_3x3",
                "separable_5x5_2",
                "none",
                "avg_pool_3x3",
                "separable_3x3_2",
                "max_pool_3x3",
            ],
            [1, 1, 1, 0, 0, 0, 0],
            [0, 1, 0, 1, 0, 1, 3, 2, 2, 0],
            drop_path_keep_prob,
            total_num_cells,
            total_training_steps,
            use_bounded_activation,
        )
