"""MobileNet v3: large and small, each also without what is slow on some devices ("minimalistic"), and EdgeTPU.

Source: https://arxiv.org/abs/1905.02244, with the names of the checkpoints published as
v3-{large,small,large-minimalistic,small-minimalistic}_224_{1.0,0.75}_float and
checkpoint_edgetpu_224_1.0. TensorFlow's contrib does not
have these networks.
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
from slim_torch.nets.shapes import static_sizes

__all__ = [
    "V3_EDGETPU",
    "V3_LARGE",
    "V3_LARGE_MINIMALISTIC",
    "V3_SMALL",
    "V3_SMALL_MINIMALISTIC",
    "edge_tpu",
    "hard_swish",
    "large",
    "large_minimalistic",
    "mobilenet",
    "mobilenet_base",
    "reduce_to_1x1",
    "small",
    "small_minimalistic",
    "training_scope",
]


def hard_swish(x: tf.Tensor) -> tf.Tensor:
    """`x * relu6(x + 3) / 6`."""
    with tf.name_scope("hard_swish"):
        return x * tf.nn.relu6(x + 3.0) * (1.0 / 6.0)


def _hard_sigmoid(x: tf.Tensor) -> tf.Tensor:
    # Not a sixth: what the published weights were trained with.
    return tf.nn.relu6(x + 3.0) * 0.16667


def _squeeze_excite(expansion_tensor: tf.Tensor, input_tensor: tf.Tensor) -> tf.Tensor:
    return ops.squeeze_excite(
        expansion_tensor, squeeze_factor=4, inner_activation_fn=tf.nn.relu, gating_fn=_hard_sigmoid
    )


def reduce_to_1x1(input_tensor: tf.Tensor, default_size: int = 7, **kwargs: Any) -> tf.Tensor:
    """The mean over all pixels of a square `[batch, size, size, channels]`.

    Where the size is not known, or the image is not square, windows of `default_size` are taken.
    """
    _, height, width, _ = static_sizes(input_tensor)
    size = height if height is not None and height == width else default_size
    return slim.avg_pool2d(input_tensor, kernel_size=[size, size], **kwargs)


def _block(
    factor: float,
    filters: int,
    kernel: int,
    stride: int = 1,
    activation_fn: Callable[..., Any] = tf.nn.relu,
    squeezed: bool = False,
    residual: bool = True,
) -> lib.Op:
    """An inverted residual that expands its input by `factor`."""
    return lib.op(
        ops.expanded_conv,
        expansion_size=ops.expand_input_by_factor(factor),
        kernel_size=(kernel, kernel),
        stride=stride,
        num_outputs=filters,
        inner_activation_fn=activation_fn,
        expansion_transform=_squeeze_excite if squeezed else None,
        residual=residual,
    )


def _fused_block(factor: float, filters: int, stride: int = 1) -> lib.Op:
    """A residual with a 3x3 convolution across channels in place of the expansion and the depthwise one."""
    return lib.op(
        ops.expanded_conv,
        expansion_size=ops.expand_input_by_factor(factor),
        expansion_fn=functools.partial(slim.conv2d, kernel_size=[3, 3], stride=stride),
        depthwise_location=None,
        stride=stride,
        num_outputs=filters,
    )


_DEFAULTS: dict[Any, dict[str, Any]] = {
    (ops.expanded_conv,): {"normalizer_fn": slim.batch_norm, "residual": True},
    (slim.conv2d, slim.fully_connected, slim.separable_conv2d): {
        "normalizer_fn": slim.batch_norm,
        "activation_fn": tf.nn.relu,
    },
}


def _network(
    blocks: list[lib.Op], last: tuple[int, int], activation_fn: Callable[..., Any]
) -> dict[str, Any]:
    """A definition for `mobilenet_base`: a 3x3 convolution, blocks, and 1x1 convolutions around a mean."""
    return {
        "defaults": _DEFAULTS,
        "spec": [
            lib.op(slim.conv2d, stride=2, num_outputs=16, kernel_size=(3, 3), activation_fn=activation_fn),
            *blocks,
            lib.op(
                slim.conv2d, stride=1, kernel_size=[1, 1], num_outputs=last[0], activation_fn=activation_fn
            ),
            lib.op(reduce_to_1x1, default_size=7, stride=1),
            lib.op(
                slim.conv2d,
                stride=1,
                kernel_size=[1, 1],
                num_outputs=last[1],
                normalizer_fn=None,
                activation_fn=activation_fn,
            ),
        ],
    }


V3_LARGE = _network(
    [
        _block(1, 16, 3),
        _block(4, 24, 3, 2),
        _block(3, 24, 3),
        _block(3, 40, 5, 2, squeezed=True),
        _block(3, 40, 5, squeezed=True),
        _block(3, 40, 5, squeezed=True),
        _block(6, 80, 3, 2, hard_swish),
        _block(2.5, 80, 3, 1, hard_swish),
        _block(184 / 80, 80, 3, 1, hard_swish),
        _block(184 / 80, 80, 3, 1, hard_swish),
        _block(6, 112, 3, 1, hard_swish, squeezed=True),
        _block(6, 112, 3, 1, hard_swish, squeezed=True),
        _block(6, 160, 5, 2, hard_swish, squeezed=True),
        _block(6, 160, 5, 1, hard_swish, squeezed=True),
        _block(6, 160, 5, 1, hard_swish, squeezed=True),
    ],
    (960, 1280),
    hard_swish,
)

V3_SMALL = _network(
    [
        _block(1, 16, 3, 2, squeezed=True),
        _block(72 / 16, 24, 3, 2),
        _block(88 / 24, 24, 3),
        _block(4, 40, 5, 2, hard_swish, squeezed=True),
        _block(6, 40, 5, 1, hard_swish, squeezed=True),
        _block(6, 40, 5, 1, hard_swish, squeezed=True),
        _block(3, 48, 5, 1, hard_swish, squeezed=True),
        _block(3, 48, 5, 1, hard_swish, squeezed=True),
        _block(6, 96, 5, 2, hard_swish, squeezed=True),
        _block(6, 96, 5, 1, hard_swish, squeezed=True),
        _block(6, 96, 5, 1, hard_swish, squeezed=True),
    ],
    (576, 1024),
    hard_swish,
)


def _minimalistic(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The same network with 3x3 kernels, ReLU, and nothing that squeezes."""
    minimal = copy.deepcopy(dict(definition))
    for layer in minimal["spec"]:
        if layer.op is ops.expanded_conv:
            layer.params.update(kernel_size=(3, 3), inner_activation_fn=tf.nn.relu, expansion_transform=None)
        elif layer.op is slim.conv2d:
            layer.params.update(activation_fn=tf.nn.relu)
    return minimal


V3_LARGE_MINIMALISTIC = _minimalistic(V3_LARGE)
V3_SMALL_MINIMALISTIC = _minimalistic(V3_SMALL)

V3_EDGETPU = {
    "defaults": _DEFAULTS,
    "spec": [
        lib.op(slim.conv2d, stride=2, num_outputs=32, kernel_size=(3, 3)),
        _fused_block(1, 16),
        _fused_block(8, 32, 2),
        *[_fused_block(4, 32)] * 3,
        _fused_block(8, 48, 2),
        *[_fused_block(4, 48)] * 3,
        _block(8, 96, 3, 2),
        *[_block(4, 96, 3)] * 3,
        _block(8, 96, 3, residual=False),
        *[_block(4, 96, 3)] * 3,
        _block(8, 160, 5, 2),
        *[_block(4, 160, 5)] * 3,
        _block(8, 192, 3),
        lib.op(slim.conv2d, stride=1, num_outputs=1280, kernel_size=[1, 1]),
    ],
}


def mobilenet(
    input_tensor: tf.Tensor,
    num_classes: int | None = 1001,
    depth_multiplier: float = 1.0,
    scope: Any = "MobilenetV3",
    conv_defs: Mapping[str, Any] | None = None,
    finegrain_classification_mode: bool = False,
    **kwargs: Any,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """MobileNet v3 for classification; inference by default, training within `training_scope()`.

    Args:
      input_tensor: `[batch, height, width, 3]`, usually 224 by 224.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      depth_multiplier: multiplies the channels of every layer.
      scope: for `variable_scope`.
      conv_defs: the layers, as for `mobilenet_base`; None means `V3_LARGE`.
      finegrain_classification_mode: the multiplier leaves the last layer as it is.
      **kwargs: for the `mobilenet` of `mobilenet.py`: `is_training`, `prediction_fn`, `reuse`, `base_only`,
        `final_endpoint`, `output_stride`, `use_explicit_padding`.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `multiplier` is given, or as the `mobilenet` of `mobilenet.py`.
    """
    conv_defs = V3_LARGE if conv_defs is None else conv_defs
    if "multiplier" in kwargs:
        raise ValueError(
            'mobilenetv2 doesn\'t support generic multiplier parameter use "depth_multiplier" instead.'
        )
    if finegrain_classification_mode:
        spec = list(conv_defs["spec"])
        spec[-1] = spec[-1]._replace(multiplier_func=lambda params, multiplier: None)
        conv_defs = {**conv_defs, "spec": spec}
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


large = _with(conv_defs=V3_LARGE)
small = _with(conv_defs=V3_SMALL)
large_minimalistic = _with(conv_defs=V3_LARGE_MINIMALISTIC)
small_minimalistic = _with(conv_defs=V3_SMALL_MINIMALISTIC)
edge_tpu = _with(scope="MobilenetEdgeTPU", conv_defs=V3_EDGETPU)


def mobilenet_base(
    input_tensor: tf.Tensor, depth_multiplier: float = 1.0, **kwargs: Any
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of MobileNet v3, `[batch, 1, 1, 1280]` for images of 224 by 224; see `mobilenet`."""
    return mobilenet(input_tensor, depth_multiplier=depth_multiplier, base_only=True, **kwargs)


def training_scope(**kwargs: Any) -> dict[str, dict[str, Any]]:
    """The arg_scope of MobileNet v3; see `training_scope` of `mobilenet.py`."""
    return lib.training_scope(**kwargs)
