"""Inception v4: a deeper network of more uniform modules, with a second classifier on the way.

Source: https://arxiv.org/abs/1602.07261, with the names of the checkpoint published as
inception_v4_2016_09_09. TensorFlow's contrib does not have this network.
"""

from __future__ import annotations

from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.inception_steps import (
    Step,
    auxiliary_logits,
    avg_pool,
    conv,
    fork,
    max_pool,
    mixed,
    pool_whole,
    run_steps,
)
from slim_torch.nets.inception_utils import inception_arg_scope

__all__ = ["inception_v4", "inception_v4_arg_scope", "inception_v4_base"]

_VALID: dict[str, Any] = {"padding": "VALID"}
_HALVED: dict[str, Any] = {"padding": "VALID", "stride": 2}


def _module_a(name: str) -> Step:
    """For 35x35 pixels and 384 channels."""
    return mixed(
        name,
        [conv(96, 1, "0a")],
        [conv(64, 1, "0a"), conv(96, 3, "0b")],
        [conv(64, 1, "0a"), conv(96, 3, "0b"), conv(96, 3, "0c")],
        [avg_pool(3, "0a"), conv(96, 1, "0b")],
    )


def _module_b(name: str) -> Step:
    """For 17x17 pixels and 1024 channels."""
    return mixed(
        name,
        [conv(384, 1, "0a")],
        [conv(192, 1, "0a"), conv(224, (1, 7), "0b"), conv(256, (7, 1), "0c")],
        [
            conv(192, 1, "0a"),
            conv(192, (7, 1), "0b"),
            conv(224, (1, 7), "0c"),
            conv(224, (7, 1), "0d"),
            conv(256, (1, 7), "0e"),
        ],
        [avg_pool(3, "0a"), conv(128, 1, "0b")],
    )


def _module_c(name: str) -> Step:
    """For 8x8 pixels and 1536 channels."""
    return mixed(
        name,
        [conv(256, 1, "0a")],
        [conv(384, 1, "0a"), fork(conv(256, (1, 3), "0b"), conv(256, (3, 1), "0c"))],
        [
            conv(384, 1, "0a"),
            conv(448, (3, 1), "0b"),
            conv(512, (1, 3), "0c"),
            fork(conv(256, (1, 3), "0d"), conv(256, (3, 1), "0e")),
        ],
        [avg_pool(3, "0a"), conv(256, 1, "0b")],
    )


_STEPS = [
    conv(32, 3, "1a", **_HALVED),
    conv(32, 3, "2a", **_VALID),
    conv(64, 3, "2b"),
    mixed("Mixed_3a", [max_pool(3, "0a", **_HALVED)], [conv(96, 3, "0a", **_HALVED)]),
    mixed(
        "Mixed_4a",
        [conv(64, 1, "0a"), conv(96, 3, "1a", **_VALID)],
        [conv(64, 1, "0a"), conv(64, (1, 7), "0b"), conv(64, (7, 1), "0c"), conv(96, 3, "1a", **_VALID)],
    ),
    mixed("Mixed_5a", [conv(192, 3, "1a", **_HALVED)], [max_pool(3, "1a", **_HALVED)]),
    *[_module_a(f"Mixed_5{place}") for place in "bcde"],
    mixed(
        "Mixed_6a",
        [conv(384, 3, "1a", **_HALVED)],
        [conv(192, 1, "0a"), conv(224, 3, "0b"), conv(256, 3, "1a", **_HALVED)],
        [max_pool(3, "1a", **_HALVED)],
    ),
    *[_module_b(f"Mixed_6{place}") for place in "bcdefgh"],
    mixed(
        "Mixed_7a",
        [conv(192, 1, "0a"), conv(192, 3, "1a", **_HALVED)],
        [
            conv(256, 1, "0a"),
            conv(256, (1, 7), "0b"),
            conv(320, (7, 1), "0c"),
            conv(320, 3, "1a", **_HALVED),
        ],
        [max_pool(3, "1a", **_HALVED)],
    ),
    *[_module_c(f"Mixed_7{place}") for place in "bcd"],
]


def inception_v4_base(
    inputs: tf.Tensor, final_endpoint: str = "Mixed_7d", scope: Any = None
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of Inception v4.

    Args:
      inputs: `[batch, height, width, 3]`.
      final_endpoint: the last step to build: `Conv2d_1a_3x3`, `Conv2d_2a_3x3`, `Conv2d_2b_3x3`, `Mixed_3a`,
        `Mixed_4a`, `Mixed_5a` to `Mixed_5e`, `Mixed_6a` to `Mixed_6h`, or `Mixed_7a` to `Mixed_7d`.
      scope: for `variable_scope`; `"InceptionV4"` by default.

    Returns:
      `(net, end_points)`: the output of the last step, `[batch, 8, 8, 1536]` for the whole trunk and images
      of 299 by 299, and all outputs by name.

    Raises:
      ValueError: there is no step `final_endpoint`, or the image is too small.
    """
    with tf.variable_scope(scope, "InceptionV4", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.max_pool2d, slim.avg_pool2d], stride=1, padding="SAME"):
            return run_steps(inputs, _STEPS, final_endpoint)


def inception_v4(
    inputs: tf.Tensor,
    num_classes: int | None = 1001,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    reuse: Any = None,
    scope: Any = "InceptionV4",
    create_aux_logits: bool = True,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Inception v4 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 299 by 299.
      num_classes: the size of the last layer; None or 0 ends before its dropout, without `AuxLogits`.
      is_training: for `batch_norm` and `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      reuse, scope: for `variable_scope`.
      create_aux_logits: builds the second classifier, whose logits are the end point `AuxLogits`. Its
        variables depend on the size of the image, which must be known.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: the image is too small, or of unknown size with `create_aux_logits`.
    """
    with tf.variable_scope(scope, "InceptionV4", [inputs], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = inception_v4_base(inputs, scope=sc)
            if create_aux_logits and num_classes:
                with tf.variable_scope("AuxLogits"):
                    end_points["AuxLogits"] = auxiliary_logits(
                        end_points["Mixed_6h"],
                        num_classes,
                        scopes=("AvgPool_1a_5x5", "Conv2d_1b_1x1", "Conv2d_2a", "Aux_logits"),
                    )
            with tf.variable_scope("Logits"):
                net = pool_whole(net, "AvgPool_1a")
                end_points["global_pool"] = net
                if not num_classes:
                    return net, end_points
                net = slim.dropout(net, dropout_keep_prob, scope="Dropout_1b")
                net = slim.flatten(net, scope="PreLogitsFlatten")
                end_points["PreLogitsFlatten"] = net
                logits = slim.fully_connected(net, num_classes, activation_fn=None, scope="Logits")
                end_points["Logits"] = logits
                end_points["Predictions"] = tf.nn.softmax(logits, name="Predictions")
            return logits, end_points


inception_v4.default_image_size = 299  # type: ignore[attr-defined]
inception_v4_arg_scope = inception_arg_scope
