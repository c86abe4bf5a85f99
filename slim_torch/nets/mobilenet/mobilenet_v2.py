"""MobileNet v2: inverted residuals with linear bottlenecks.

Source: https://arxiv.org/abs/1801.04381, with the names of the checkpoints published as
mobilenet_v2_{1.4,1.3,1.0,0.75,0.5,0.35}_{224,192,160,128,96}. TensorFlow's contrib does not have this
network.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.mobilenet import conv_blocks as ops
from slim_torch.nets.mobilenet import mobilenet as lib

__all__ = [
    "V2_DEF",
    "mobilenet",
    "mobilenet_base",
    "mobilenet_v2_035",
    "mobilenet_v2_050",
    "mobilenet_v2_140",
    "training_scope",
]

_LAYERS = (slim.conv2d, slim.fully_connected, slim.separable_conv2d)


def _blocks(*blocks: tuple[int, int]) -> list[lib.Op]:
    """Inverted residuals of `(stride, channels)`."""
    return [lib.op(ops.expanded_conv, stride=stride, num_outputs=size) for stride, size in blocks]


V2_DEF: dict[str, Any] = {
    "defaults": {
        (slim.batch_norm,): {"center": True, "scale": True},
        _LAYERS: {"normalizer_fn": slim.batch_norm, "activation_fn": tf.nn.relu6},
        (ops.expanded_conv,): {
            "expansion_size": ops.expand_input_by_factor(6),
            "split_expansion": 1,
            "normalizer_fn": slim.batch_norm,
            "residual": True,
        },
        (slim.conv2d, slim.separable_conv2d): {"padding": "SAME"},
    },
    "spec": [
        lib.op(slim.conv2d, stride=2, num_outputs=32, kernel_size=[3, 3]),
        lib.op(
            ops.expanded_conv, expansion_size=ops.expand_input_by_factor(1, divisible_by=1), num_outputs=16
        ),
        *_blocks((2, 24), (1, 24), (2, 32), (1, 32), (1, 32), (2, 64), (1, 64), (1, 64), (1, 64)),
        *_blocks((1, 96), (1, 96), (1, 96), (2, 160), (1, 160), (1, 160), (1, 320)),
        lib.op(slim.conv2d, stride=1, kernel_size=[1, 1], num_outputs=1280),
    ],
}


def mobilenet(
    input_tensor: tf.Tensor,
    num_classes: int | None = 1001,
    depth_multiplier: float = 1.0,
    scope: Any = "MobilenetV2",
    conv_defs: Mapping[str, Any] | None = None,
    finegrain_classification_mode: bool = False,
    min_depth: int | None = None,
    divisible_by: int | None = None,
    activation_fn: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """MobileNet v2 for classification; inference by default, training within `training_scope()`.

    Args:
      input_tensor: `[batch, height, width, 3]`, usually 224 by 224.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      depth_multiplier: multiplies the channels of every layer.
      scope: for `variable_scope`.
      conv_defs: the layers, as for `mobilenet_base`; None means `V2_DEF`.
      finegrain_classification_mode: a multiplier below 1 leaves the last layer before the pooling as it is.
      min_depth: the least number of channels that the multiplier leaves a layer; None means 8.
      divisible_by: what the numbers of channels are multiples of; None means 8.
      activation_fn: in place of the layers' ReLU6.
      **kwargs: for the `mobilenet` of `mobilenet.py`: `is_training`, `prediction_fn`, `reuse`, `base_only`,
        `final_endpoint`, `output_stride`, `use_explicit_padding`.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `multiplier` is given, or as the `mobilenet` of `mobilenet.py`.
    """
    conv_defs = V2_DEF if conv_defs is None else conv_defs
    if "multiplier" in kwargs:
        raise ValueError(
            'mobilenetv2 doesn\'t support generic multiplier parameter use "depth_multiplier" instead.'
        )
    if finegrain_classification_mode and depth_multiplier < 1:
        conv_defs = copy.deepcopy(conv_defs)
        conv_defs["spec"][-1].params["num_outputs"] /= depth_multiplier
    if activation_fn:
        conv_defs = copy.deepcopy(conv_defs)
        conv_defs["defaults"][_LAYERS]["activation_fn"] = activation_fn
    with lib.safe_arg_scope([lib.depth_multiplier], min_depth=min_depth, divisible_by=divisible_by):
        return lib.mobilenet(
            input_tensor,
            num_classes=num_classes,
            conv_defs=conv_defs,
            scope=scope,
            multiplier=depth_multiplier,
            **kwargs,
        )


mobilenet.default_image_size = 224  # type: ignore[attr-defined]


def _with(**kwargs: Any) -> Callable[..., tuple[tf.Tensor, dict[str, tf.Tensor]]]:
    return functools.update_wrapper(functools.partial(mobilenet, **kwargs), mobilenet)


mobilenet_v2_140 = _with(depth_multiplier=1.4)
mobilenet_v2_050 = _with(depth_multiplier=0.50, finegrain_classification_mode=True)
mobilenet_v2_035 = _with(depth_multiplier=0.35, finegrain_classification_mode=True)


def mobilenet_base(
    input_tensor: tf.Tensor, depth_multiplier: float = 1.0, **kwargs: Any
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of MobileNet v2, `[batch, ceil(height / 32), ceil(width / 32), 1280]`; see `mobilenet`."""
    return mobilenet(input_tensor, depth_multiplier=depth_multiplier, base_only=True, **kwargs)


def training_scope(**kwargs: Any) -> dict[str, dict[str, Any]]:
    """The arg_scope of MobileNet v2; see `training_scope` of `mobilenet.py`."""
    return lib.training_scope(**kwargs)
