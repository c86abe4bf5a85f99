"""PNASNet-5: networks of one searched cell, for phones and large.

Source: pnasnet.py of tensorflow/models, research/slim/nets/nasnet; https://arxiv.org/abs/1712.00559.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets import nasnet, nasnet_utils
from slim_torch.nets.nasnet_utils import activation

__all__ = [
    "PNasNetNormalCell",
    "build_pnasnet_large",
    "build_pnasnet_mobile",
    "large_imagenet_config",
    "mobile_imagenet_config",
    "pnasnet_large_arg_scope",
    "pnasnet_mobile_arg_scope",
]


def large_imagenet_config() -> Any:
    """The hyperparameters of PNASNet-5 large: 12 cells of 216 channels."""
    config = nasnet.large_imagenet_config()
    for name, value in (("num_cells", 12), ("num_conv_filters", 216), ("drop_path_keep_prob", 0.6)):
        config.set_hparam(name, value)
    return config


def mobile_imagenet_config() -> Any:
    """The hyperparameters of PNASNet-5 mobile: 9 cells of 54 channels."""
    config = nasnet.mobile_imagenet_config()
    for name, value in (("num_cells", 9), ("num_conv_filters", 54), ("skip_reduction_layer_input", 1)):
        config.set_hparam(name, value)
    return config


def pnasnet_large_arg_scope(
    weight_decay: float = 4e-5, batch_norm_decay: float = 0.9997, batch_norm_epsilon: float = 0.001
) -> dict[str, dict[str, Any]]:
    """The arg_scope of PNASNet-5 large: `nasnet.nasnet_large_arg_scope` with these defaults."""
    return nasnet.nasnet_large_arg_scope(weight_decay, batch_norm_decay, batch_norm_epsilon)


def pnasnet_mobile_arg_scope(
    weight_decay: float = 4e-5, batch_norm_decay: float = 0.9997, batch_norm_epsilon: float = 0.001
) -> dict[str, dict[str, Any]]:
    """The arg_scope of PNASNet-5 mobile: `nasnet.nasnet_mobile_arg_scope` with these defaults."""
    return nasnet.nasnet_mobile_arg_scope(weight_decay, batch_norm_decay, batch_norm_epsilon)


class PNasNetNormalCell(nasnet_utils.NasNetABaseCell):
    """The cell of PNASNet-5; with stride 2 it halves the size of the image."""

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
                "max_pool_3x3",
                "separable_7x7_2",
                "max_pool_3x3",
                "separable_5x5_2",
                "separable_3x3_2",
                "separable_3x3_2",
                "max_pool_3x3",
                "separable_3x3_2",
                "none",
            ],
            [1, 1, 0, 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0, 4, 0, 1, 0],
            drop_path_keep_prob,
            total_num_cells,
            total_training_steps,
            use_bounded_activation,
        )


def _build_base(
    images: tf.Tensor,
    cell: PNasNetNormalCell,
    num_classes: int | None,
    hparams: Any,
    is_training: Any,
    final_endpoint: str | None,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    reduction_indices = nasnet_utils.calc_reduction_layers(hparams.num_cells, hparams.num_reduction_layers)
    net, cell_outputs = nasnet.imagenet_stem(images, hparams, cell)
    end_points = {"Stem": net}
    if final_endpoint == "Stem":
        return net, end_points
    aux_head_cell = reduction_indices[1] - 1 if len(reduction_indices) >= 2 else None
    filter_scaling = 1.0
    prev_layer = cell_outputs[-2]
    for cell_num in range(hparams.num_cells):
        is_reduction = cell_num in reduction_indices
        if is_reduction:
            filter_scaling *= hparams.filter_scaling_rate
        if hparams.skip_reduction_layer_input or not is_reduction:
            prev_layer = cell_outputs[-2]
        net = cell(
            net,
            scope=f"cell_{cell_num}",
            filter_scaling=filter_scaling,
            stride=2 if is_reduction else 1,
            prev_layer=prev_layer,
            # After the two of the stem.
            cell_num=cell_num + 2,
        )
        end_points[f"Cell_{cell_num}"] = net
        if final_endpoint == f"Cell_{cell_num}":
            return net, end_points
        cell_outputs.append(net)
        if hparams.use_aux_head and cell_num == aux_head_cell and num_classes and is_training:
            aux_net = activation(net, hparams.use_bounded_activation)
            nasnet.build_aux_head(aux_net, end_points, num_classes, hparams, scope=f"aux_{cell_num}")
    return nasnet.final_layer(net, end_points, num_classes, hparams, final_endpoint)


def _network(
    name: str, default_config: Callable[[], Any], image_size: int
) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    def network(
        images: tf.Tensor,
        num_classes: int | None,
        is_training: Any = True,
        final_endpoint: str | None = None,
        config: Any = None,
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        hparams, images = nasnet.prepared(default_config() if config is None else config, images, is_training)
        cell = PNasNetNormalCell(
            hparams.num_conv_filters,
            hparams.drop_path_keep_prob,
            # With the stem's two.
            hparams.num_cells + 2,
            hparams.total_training_steps,
            hparams.use_bounded_activation,
        )
        with slim.arg_scope([slim.dropout, nasnet_utils.drop_path, slim.batch_norm], is_training=is_training):
            with nasnet.layers_in_format(hparams.data_format):
                return _build_base(images, cell, num_classes, hparams, is_training, final_endpoint)

    network.__name__ = network.__qualname__ = f"build_pnasnet_{name}"
    network.__doc__ = f"""PNASNet-5 {name}.

    Args:
      images: `[batch, height, width, 3]`, of any `data_format`.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      is_training: for `batch_norm`, `dropout` and `drop_path`; a bool. The auxiliary head is built where
        it is true.
      final_endpoint: ends the network with this end point.
      config: hyperparameters, in place of `{default_config.__name__}()`; not changed.

    Returns:
      `(net, end_points)`: `[batch, num_classes]`, and the outputs of the cells by name.
    """
    network.default_image_size = image_size  # type: ignore[attr-defined]
    return network


build_pnasnet_large = _network("large", large_imagenet_config, 331)
build_pnasnet_mobile = _network("mobile", mobile_imagenet_config, 224)
