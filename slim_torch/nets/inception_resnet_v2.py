"""Inception-ResNet v2: Inception modules whose output is added to their input.

Source: https://arxiv.org/abs/1602.07261, with the names of the checkpoint published as
inception_resnet_v2_2016_08_30. TensorFlow's contrib does not have this network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.inception_steps import (
    Form,
    Step,
    auxiliary_logits,
    avg_pool,
    conv,
    max_pool,
    mixed,
    pool_whole,
    run_chain,
    run_steps,
)

__all__ = [
    "block8",
    "block17",
    "block35",
    "inception_resnet_v2",
    "inception_resnet_v2_arg_scope",
    "inception_resnet_v2_base",
]


def _residual(
    net: tf.Tensor, branches: Sequence[Sequence[Step]], scale: float, activation_fn: Callable[..., Any] | None
) -> tf.Tensor:
    """`net` plus `scale` times what the branches, side by side and mixed by a 1x1 convolution, give."""
    outputs = []
    for i, branch in enumerate(branches):
        with tf.variable_scope(f"Branch_{i}"):
            outputs.append(run_chain(net, branch))
    mixed_outputs = tf.concat(outputs, 3)
    added = slim.conv2d(
        mixed_outputs, net.shape[3], 1, normalizer_fn=None, activation_fn=None, scope="Conv2d_1x1"
    )
    added = added * scale
    if activation_fn is tf.nn.relu6:
        # Keeps the sum in a range that eight bits can hold.
        added = tf.clip_by_value(added, -6.0, 6.0)
    net = net + added
    return activation_fn(net) if activation_fn else net


def block35(
    net: tf.Tensor,
    scale: float = 1.0,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    scope: Any = None,
    reuse: Any = None,
) -> tf.Tensor:
    """One residual module for 35x35 pixels: `[batch, height, width, channels]` of the same shape as `net`.

    Args:
      scale: of what is added to `net`.
      activation_fn: of the sum; None for none.
      scope, reuse: for `variable_scope`; `"Block35"` by default.
    """
    with tf.variable_scope(scope, "Block35", [net], reuse=reuse):
        branches = [
            [conv(32, 1, "", name="Conv2d_1x1")],
            [conv(32, 1, "0a"), conv(32, 3, "0b")],
            [conv(32, 1, "0a"), conv(48, 3, "0b"), conv(64, 3, "0c")],
        ]
        return _residual(net, branches, scale, activation_fn)


def block17(
    net: tf.Tensor,
    scale: float = 1.0,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    scope: Any = None,
    reuse: Any = None,
) -> tf.Tensor:
    """One residual module for 17x17 pixels; as `block35`, with the scope `"Block17"` by default."""
    with tf.variable_scope(scope, "Block17", [net], reuse=reuse):
        branches = [
            [conv(192, 1, "", name="Conv2d_1x1")],
            [conv(128, 1, "0a"), conv(160, (1, 7), "0b"), conv(192, (7, 1), "0c")],
        ]
        return _residual(net, branches, scale, activation_fn)


def block8(
    net: tf.Tensor,
    scale: float = 1.0,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    scope: Any = None,
    reuse: Any = None,
) -> tf.Tensor:
    """One residual module for 8x8 pixels; as `block35`, with the scope `"Block8"` by default."""
    with tf.variable_scope(scope, "Block8", [net], reuse=reuse):
        branches = [
            [conv(192, 1, "", name="Conv2d_1x1")],
            [conv(192, 1, "0a"), conv(224, (1, 3), "0b"), conv(256, (3, 1), "0c")],
        ]
        return _residual(net, branches, scale, activation_fn)


def _repeated(
    times: int,
    block: Callable[..., Any],
    scale: float,
    activation_fn: Callable[..., Any] | None,
    rate: int = 1,
) -> Step:
    """The block several times: `Repeat/block35_1`, `Repeat/block35_2` ..."""

    def build(net: tf.Tensor, form: Form) -> tf.Tensor:
        with slim.arg_scope([slim.conv2d], rate=rate):
            return slim.repeat(net, times, block, scale=scale, activation_fn=activation_fn)

    return Step("", build)


def _joined(*steps: Step) -> Step:
    """Several steps as one, which has the name of the last."""
    return Step(steps[-1].name, lambda net, form: run_chain(net, steps, form))


def _steps(
    padding: str, dilated: bool, activation_fn: Callable[..., Any] | None
) -> tuple[list[Step], list[Step]]:
    """The trunk up to `PreAuxLogits`, and the rest of it."""
    halved: dict[str, Any] = {"padding": padding, "stride": 2}
    maybe_halved: dict[str, Any] = {"padding": padding, "stride": 1 if dilated else 2}
    first = [
        conv(32, 3, "1a", **halved),
        conv(32, 3, "2a", padding=padding),
        conv(64, 3, "2b"),
        max_pool(3, "3a", **halved),
        conv(80, 1, "3b", padding=padding),
        conv(192, 3, "4a", padding=padding),
        max_pool(3, "5a", **halved),
        mixed(
            "Mixed_5b",
            [conv(96, 1, "", name="Conv2d_1x1")],
            [conv(48, 1, "0a"), conv(64, 5, "0b")],
            [conv(64, 1, "0a"), conv(96, 3, "0b"), conv(96, 3, "0c")],
            [avg_pool(3, "0a"), conv(64, 1, "0b")],
        ),
        _joined(
            _repeated(10, block35, 0.17, activation_fn),
            mixed(
                "Mixed_6a",
                [conv(384, 3, "1a", **maybe_halved)],
                [conv(256, 1, "0a"), conv(256, 3, "0b"), conv(384, 3, "1a", **maybe_halved)],
                [max_pool(3, "1a", **maybe_halved)],
            ),
        ),
        _repeated(20, block17, 0.10, activation_fn, rate=2 if dilated else 1)._replace(name="PreAuxLogits"),
    ]
    last_block = Step("", lambda net, form: block8(net, activation_fn=None))
    rest = [
        mixed(
            "Mixed_7a",
            [conv(256, 1, "0a"), conv(384, 3, "1a", **halved)],
            [conv(256, 1, "0a"), conv(288, 3, "1a", **halved)],
            [conv(256, 1, "0a"), conv(288, 3, "0b"), conv(320, 3, "1a", **halved)],
            [max_pool(3, "1a", **halved)],
        ),
        _joined(
            _repeated(9, block8, 0.20, activation_fn),
            last_block,
            conv(1536, 1, "7b"),
        ),
    ]
    return first, rest


def inception_resnet_v2_base(
    inputs: tf.Tensor,
    final_endpoint: str = "Conv2d_7b_1x1",
    output_stride: int = 16,
    align_feature_maps: bool = False,
    scope: Any = None,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of Inception-ResNet v2.

    Args:
      inputs: `[batch, height, width, 3]`.
      final_endpoint: the last step to build: `Conv2d_1a_3x3`, `Conv2d_2a_3x3`, `Conv2d_2b_3x3`,
        `MaxPool_3a_3x3`, `Conv2d_3b_1x1`, `Conv2d_4a_3x3`, `MaxPool_5a_3x3`, `Mixed_5b`, `Mixed_6a`,
        `PreAuxLogits`, `Mixed_7a` or `Conv2d_7b_1x1`.
      output_stride: the ratio of the sizes of the input and `PreAuxLogits`: 16, or 8 by dilation in place
        of stride, for end points up to that.
      align_feature_maps: pads all layers with SAME, so that feature maps of different size are aligned.
      scope: for `variable_scope`; `"InceptionResnetV2"` by default.
      activation_fn: of the residual modules.

    Returns:
      `(net, end_points)`: the output of the last step, `[batch, 8, 8, 1536]` for the whole trunk and images
      of 299 by 299, and all outputs by name.

    Raises:
      ValueError: there is no step `final_endpoint`, `output_stride` is neither 8 nor 16, or is 8 with an
        end point after `PreAuxLogits`, or the image is too small.
    """
    if output_stride not in (8, 16):
        raise ValueError(f"output_stride must be 8 or 16. Got {output_stride}.")
    padding = "SAME" if align_feature_maps else "VALID"
    first, rest = _steps(padding, output_stride == 8, activation_fn)
    if output_stride == 8 and final_endpoint in [step.name for step in rest]:
        raise ValueError(
            f"output_stride==8 is only supported up to the PreAuxlogits end_point for now. Got {final_endpoint}."
        )
    with tf.variable_scope(scope, "InceptionResnetV2", [inputs]):
        with slim.arg_scope([slim.conv2d, slim.max_pool2d, slim.avg_pool2d], stride=1, padding="SAME"):
            return run_steps(inputs, first + rest, final_endpoint)


def inception_resnet_v2(
    inputs: tf.Tensor,
    num_classes: int | None = 1001,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    reuse: Any = None,
    scope: Any = "InceptionResnetV2",
    create_aux_logits: bool = True,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Inception-ResNet v2 for classification.

    Args:
      inputs: `[batch, height, width, 3]`, usually 299 by 299.
      num_classes: the size of the last layer; None or 0 ends before its dropout, without `AuxLogits`.
      is_training: for `batch_norm` and `dropout`.
      dropout_keep_prob: the share of activations that dropout keeps.
      reuse, scope: for `variable_scope`.
      create_aux_logits: builds the second classifier, whose logits are the end point `AuxLogits`. Its
        variables depend on the size of the image, which must be known.
      activation_fn: of the residual modules; for the convolutions see `inception_resnet_v2_arg_scope`.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: the image is too small, or of unknown size with `create_aux_logits`.
    """
    with tf.variable_scope(scope, "InceptionResnetV2", [inputs], reuse=reuse) as sc:
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            net, end_points = inception_resnet_v2_base(inputs, scope=sc, activation_fn=activation_fn)
            if create_aux_logits and num_classes:
                with tf.variable_scope("AuxLogits"):
                    end_points["AuxLogits"] = auxiliary_logits(
                        end_points["PreAuxLogits"],
                        num_classes,
                        scopes=("Conv2d_1a_3x3", "Conv2d_1b_1x1", "Conv2d_2a_5x5", "Logits"),
                    )
            with tf.variable_scope("Logits"):
                net = pool_whole(net, "AvgPool_1a_8x8")
                end_points["global_pool"] = net
                if not num_classes:
                    return net, end_points
                net = slim.flatten(net)
                net = slim.dropout(net, dropout_keep_prob, is_training=is_training, scope="Dropout")
                end_points["PreLogitsFlatten"] = net
                logits = slim.fully_connected(net, num_classes, activation_fn=None, scope="Logits")
                end_points["Logits"] = logits
                end_points["Predictions"] = tf.nn.softmax(logits, name="Predictions")
            return logits, end_points


inception_resnet_v2.default_image_size = 299  # type: ignore[attr-defined]


def inception_resnet_v2_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    batch_norm_updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    batch_norm_scale: bool = False,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of Inception-ResNet v2: L2 penalties, an activation, batch normalization.

    Args:
      weight_decay: the scale of the L2 penalty on weights and biases.
      batch_norm_decay, batch_norm_epsilon, batch_norm_scale: for `batch_norm`.
      activation_fn: of the convolutions.
      batch_norm_updates_collections: for `batch_norm`; None updates the moving averages at once.
    """
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_regularizer=slim.l2_regularizer(weight_decay),
        biases_regularizer=slim.l2_regularizer(weight_decay),
    ):
        with slim.arg_scope(
            [slim.conv2d],
            activation_fn=activation_fn,
            normalizer_fn=slim.batch_norm,
            normalizer_params={
                "decay": batch_norm_decay,
                "epsilon": batch_norm_epsilon,
                "updates_collections": batch_norm_updates_collections,
                "fused": None,
                "scale": batch_norm_scale,
            },
        ) as scope:
            return scope
