"""NASNet-A: networks of searched cells, for CIFAR-10, for phones and large.

The cells are in `nasnet_utils.py`. Source: nasnet.py of tensorflow/models, research/slim/nets/nasnet;
https://arxiv.org/abs/1707.07012.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets import nasnet_utils
from slim_torch.nets.nasnet_utils import activation
from slim_torch.nets.shapes import static_sizes

__all__ = [
    "build_nasnet_cifar",
    "build_nasnet_large",
    "build_nasnet_mobile",
    "cifar_config",
    "large_imagenet_config",
    "mobile_imagenet_config",
    "nasnet_cifar_arg_scope",
    "nasnet_large_arg_scope",
    "nasnet_mobile_arg_scope",
]

Cell = nasnet_utils.NasNetABaseCell


def _config(**changes: Any) -> Any:
    from slim_torch.training import HParams

    values = {
        "stem_multiplier": 3.0,
        "drop_path_keep_prob": 1.0,
        "num_cells": 18,
        "use_aux_head": 1,
        "num_conv_filters": 32,
        "dense_dropout_keep_prob": 0.5,
        "filter_scaling_rate": 2.0,
        "num_reduction_layers": 2,
        "data_format": "NHWC",
        "skip_reduction_layer_input": 0,
        "total_training_steps": 250000,
        "use_bounded_activation": False,
    }
    values.update(changes)
    return HParams(**values)


def cifar_config() -> Any:
    """The hyperparameters of NASNet-A for CIFAR-10: 18 cells of 32 channels.

    `total_training_steps` is 600 epochs of 50000 images in batches of 32.
    """
    return _config(drop_path_keep_prob=0.6, dense_dropout_keep_prob=1.0, total_training_steps=937500)


def large_imagenet_config() -> Any:
    """The hyperparameters of NASNet-A large: 18 cells of 168 channels."""
    return _config(num_conv_filters=168, drop_path_keep_prob=0.7, skip_reduction_layer_input=1)


def mobile_imagenet_config() -> Any:
    """The hyperparameters of NASNet-A mobile: 12 cells of 44 channels."""
    return _config(stem_multiplier=1.0, num_cells=12, num_conv_filters=44)


def _nasnet_arg_scope(
    weight_decay: float, batch_norm_decay: float, batch_norm_epsilon: float
) -> dict[str, dict[str, Any]]:
    with slim.arg_scope(
        [slim.fully_connected, slim.conv2d, slim.separable_conv2d],
        weights_regularizer=slim.l2_regularizer(weight_decay),
        weights_initializer=slim.variance_scaling_initializer(mode="FAN_OUT"),
    ):
        with slim.arg_scope([slim.fully_connected], activation_fn=None, scope="FC"):
            with slim.arg_scope(
                [slim.conv2d, slim.separable_conv2d], activation_fn=None, biases_initializer=None
            ):
                with slim.arg_scope(
                    [slim.batch_norm],
                    decay=batch_norm_decay,
                    epsilon=batch_norm_epsilon,
                    scale=True,
                    fused=True,
                ) as scope:
                    return scope


def nasnet_cifar_arg_scope(
    weight_decay: float = 5e-4, batch_norm_decay: float = 0.9, batch_norm_epsilon: float = 1e-5
) -> dict[str, dict[str, Any]]:
    """The arg_scope of NASNet-A for CIFAR-10.

    Args:
      weight_decay: the scale of the L2 penalty on weights.
      batch_norm_decay, batch_norm_epsilon: for `batch_norm`.
    """
    return _nasnet_arg_scope(weight_decay, batch_norm_decay, batch_norm_epsilon)


def nasnet_mobile_arg_scope(
    weight_decay: float = 4e-5, batch_norm_decay: float = 0.9997, batch_norm_epsilon: float = 1e-3
) -> dict[str, dict[str, Any]]:
    """The arg_scope of NASNet-A mobile; arguments as in `nasnet_cifar_arg_scope`."""
    return _nasnet_arg_scope(weight_decay, batch_norm_decay, batch_norm_epsilon)


def nasnet_large_arg_scope(
    weight_decay: float = 5e-5, batch_norm_decay: float = 0.9997, batch_norm_epsilon: float = 1e-3
) -> dict[str, dict[str, Any]]:
    """The arg_scope of NASNet-A large; arguments as in `nasnet_cifar_arg_scope`."""
    return _nasnet_arg_scope(weight_decay, batch_norm_decay, batch_norm_epsilon)


def build_aux_head(
    net: tf.Tensor, end_points: dict[str, tf.Tensor], num_classes: int, hparams: Any, scope: str
) -> None:
    """Adds logits from the middle of the network, the end point `"AuxLogits"`.

    Args:
      net: images whose height and width are known.
      hparams: `use_bounded_activation` and `data_format` count.
    """
    bounded = hparams.use_bounded_activation
    with tf.variable_scope(scope):
        aux_logits = tf.identity(net)
        with tf.variable_scope("aux_logits"):
            aux_logits = slim.avg_pool2d(aux_logits, [5, 5], stride=3, padding="VALID")
            aux_logits = slim.conv2d(aux_logits, 128, [1, 1], scope="proj")
            aux_logits = slim.batch_norm(aux_logits, scope="aux_bn0")
            aux_logits = activation(aux_logits, bounded)
            sizes: Any = static_sizes(aux_logits)
            window = sizes[1:3] if hparams.data_format == "NHWC" else sizes[2:4]
            aux_logits = slim.conv2d(aux_logits, 768, window, padding="VALID")
            aux_logits = slim.batch_norm(aux_logits, scope="aux_bn1")
            aux_logits = activation(aux_logits, bounded)
            aux_logits = slim.flatten(aux_logits)
            end_points["AuxLogits"] = slim.fully_connected(aux_logits, num_classes)


def imagenet_stem(
    inputs: tf.Tensor, hparams: Any, stem_cell: Cell, current_step: Any = None
) -> tuple[tf.Tensor, list[tf.Tensor | None]]:
    """A strided convolution and two cells, and all their outputs."""
    stem_filters = int(32 * hparams.stem_multiplier)
    net = slim.conv2d(inputs, stem_filters, [3, 3], stride=2, scope="conv0", padding="VALID")
    net = slim.batch_norm(net, scope="conv0_bn")
    cell_outputs = [None, net]
    filter_scaling = 1.0 / hparams.filter_scaling_rate**2
    for cell_num in range(2):
        net = stem_cell(
            net,
            scope=f"cell_stem_{cell_num}",
            filter_scaling=filter_scaling,
            stride=2,
            prev_layer=cell_outputs[-2],
            cell_num=cell_num,
            current_step=current_step,
        )
        cell_outputs.append(net)
        filter_scaling *= hparams.filter_scaling_rate
    return net, cell_outputs


def _cifar_stem(inputs: tf.Tensor, hparams: Any) -> tuple[tf.Tensor, list[tf.Tensor | None]]:
    stem_filters = int(hparams.num_conv_filters * hparams.stem_multiplier)
    net = slim.conv2d(inputs, stem_filters, 3, scope="l1_stem_3x3")
    net = slim.batch_norm(net, scope="l1_stem_bn")
    return net, [None, net]


def final_layer(
    net: tf.Tensor,
    end_points: dict[str, tf.Tensor],
    num_classes: int | None,
    hparams: Any,
    final_endpoint: str | None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The mean over all pixels, the logits and the softmax, as far as `final_endpoint`."""
    with tf.variable_scope("final_layer"):
        net = activation(net, hparams.use_bounded_activation)
        net = end_points["global_pool"] = nasnet_utils.global_avg_pool(net)
        if final_endpoint == "global_pool" or not num_classes:
            return net, end_points
        net = slim.dropout(net, hparams.dense_dropout_keep_prob, scope="dropout")
        logits = end_points["Logits"] = slim.fully_connected(net, num_classes)
        if final_endpoint != "Logits":
            end_points["Predictions"] = tf.nn.softmax(logits, name="predictions")
        return logits, end_points


def _build_base(
    images: tf.Tensor,
    normal_cell: Cell,
    reduction_cell: Cell,
    num_classes: int | None,
    hparams: Any,
    is_training: Any,
    stem_type: str,
    final_endpoint: str | None,
    current_step: Any,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    reduction_indices = nasnet_utils.calc_reduction_layers(hparams.num_cells, hparams.num_reduction_layers)
    if stem_type == "imagenet":
        net, cell_outputs = imagenet_stem(images, hparams, reduction_cell, current_step)
    else:
        net, cell_outputs = _cifar_stem(images, hparams)
    end_points = {"Stem": net}
    if final_endpoint == "Stem":
        return net, end_points
    aux_head_cell = reduction_indices[1] - 1 if len(reduction_indices) >= 2 else None
    filter_scaling = 1.0
    # How many cells there are before the next one, with those of the stem.
    cells_before = 2 if stem_type == "imagenet" else 0
    for cell_num in range(hparams.num_cells):
        prev_layer = cell_outputs[-2]
        if cell_num in reduction_indices:
            filter_scaling *= hparams.filter_scaling_rate
            index = reduction_indices.index(cell_num)
            net = reduction_cell(
                net,
                scope=f"reduction_cell_{index}",
                filter_scaling=filter_scaling,
                stride=2,
                prev_layer=cell_outputs[-2],
                cell_num=cells_before,
                current_step=current_step,
            )
            end_points[f"Reduction_Cell_{index}"] = net
            if final_endpoint == f"Reduction_Cell_{index}":
                return net, end_points
            cells_before += 1
            cell_outputs.append(net)
            if not hparams.skip_reduction_layer_input:
                prev_layer = cell_outputs[-2]
        net = normal_cell(
            net,
            scope=f"cell_{cell_num}",
            filter_scaling=filter_scaling,
            stride=1,
            prev_layer=prev_layer,
            cell_num=cells_before,
            current_step=current_step,
        )
        end_points[f"Cell_{cell_num}"] = net
        if final_endpoint == f"Cell_{cell_num}":
            return net, end_points
        cells_before += 1
        if hparams.use_aux_head and cell_num == aux_head_cell and num_classes and is_training:
            aux_net = activation(net, hparams.use_bounded_activation)
            build_aux_head(aux_net, end_points, num_classes, hparams, scope=f"aux_{cell_num}")
        cell_outputs.append(net)
    return final_layer(net, end_points, num_classes, hparams, final_endpoint)


def prepared(config: Any, images: tf.Tensor, is_training: Any) -> tuple[Any, tf.Tensor]:
    """The hyperparameters in this mode, and the images in their data format."""
    hparams = copy.deepcopy(config)
    if not is_training:
        hparams.set_hparam("drop_path_keep_prob", 1.0)
    if hparams.data_format == "NCHW":
        images = tf.transpose(images, [0, 3, 1, 2])
    return hparams, images


def layers_in_format(data_format: str) -> Any:
    """The arg_scope in which all layers have `data_format`."""
    return slim.arg_scope(
        [
            slim.avg_pool2d,
            slim.max_pool2d,
            slim.conv2d,
            slim.batch_norm,
            slim.separable_conv2d,
            nasnet_utils.factorized_reduction,
            nasnet_utils.global_avg_pool,
            nasnet_utils.get_channel_index,
            nasnet_utils.get_channel_dim,
        ],
        data_format=data_format,
    )


def _network(
    name: str, default_config: Callable[[], Any], image_size: int, stem_type: str
) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    def network(
        images: tf.Tensor,
        num_classes: int | None,
        is_training: Any = True,
        final_endpoint: str | None = None,
        config: Any = None,
        current_step: Any = None,
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        hparams, images = prepared(default_config() if config is None else config, images, is_training)
        # Those between reductions, two reductions, and the stem's two.
        total_num_cells = hparams.num_cells + (4 if stem_type == "imagenet" else 2)
        arguments = (
            hparams.num_conv_filters,
            hparams.drop_path_keep_prob,
            total_num_cells,
            hparams.total_training_steps,
            hparams.use_bounded_activation,
        )
        with slim.arg_scope([slim.dropout, nasnet_utils.drop_path, slim.batch_norm], is_training=is_training):
            with layers_in_format(hparams.data_format):
                return _build_base(
                    images,
                    nasnet_utils.NasNetANormalCell(*arguments),
                    nasnet_utils.NasNetAReductionCell(*arguments),
                    num_classes,
                    hparams,
                    is_training,
                    stem_type,
                    final_endpoint,
                    current_step,
                )

    network.__name__ = network.__qualname__ = f"build_nasnet_{name}"
    network.__doc__ = f"""NASNet-A {name}.

    Args:
      images: `[batch, height, width, 3]`, of any `data_format`.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `batch_norm`, `dropout` and `drop_path`; a bool. The auxiliary head is built where
        it is true.
      final_endpoint: ends the network with this end point.
      config: hyperparameters, in place of `{default_config.__name__}()`; not changed.
      current_step: of training, for drop path; by default the global step.

    Returns:
      `(net, end_points)`: `[batch, num_classes]`, and the outputs of the cells by name.
    """
    network.default_image_size = image_size  # type: ignore[attr-defined]
    return network


build_nasnet_cifar = _network("cifar", cifar_config, 32, "cifar")
build_nasnet_mobile = _network("mobile", mobile_imagenet_config, 224, "imagenet")
build_nasnet_large = _network("large", large_imagenet_config, 331, "imagenet")
