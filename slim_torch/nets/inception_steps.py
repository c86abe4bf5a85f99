"""How the Inception networks are written down: as lists of named steps, and what runs them.

A step turns one tensor into another; chains of steps side by side make an Inception module. What steps a
network has is in its own module; the arg_scope is in `inception_utils.py`. Holds no state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import static_sizes

__all__ = [
    "Form",
    "Step",
    "auxiliary_logits",
    "avg_pool",
    "classify",
    "conv",
    "fork",
    "max_pool",
    "mixed",
    "pool_whole",
    "run_chain",
    "run_steps",
    "scaled_width",
    "trunc_normal",
]


class Form(NamedTuple):
    """What may differ from network to network of the same steps.

    Attributes:
      width: turns a layer's nominal number of filters into the number that it has.
      channel_axis: 3, or 1 for channels before height and width.
    """

    width: Callable[[int], int] = int
    channel_axis: int = 3


_PLAIN = Form()


class Step(NamedTuple):
    """One part of a network.

    Attributes:
      name: its scope and, in the trunk of a network, the key of its end point.
      build: gives the output of an input, in a form.
    """

    name: str
    build: Callable[[Any, Form], Any]


def trunc_normal(stddev: float) -> Any:
    """The initializer of weights: normal around 0, redrawn beyond two standard deviations."""
    return tf.truncated_normal_initializer(0.0, stddev)


def _size_name(kernel: Sequence[int]) -> str:
    return f"{kernel[0]}x{kernel[1]}"


def conv(
    filters: int,
    kernel: int | Sequence[int],
    place: str,
    stddev: float | None = None,
    name: str | None = None,
    **arguments: Any,
) -> Step:
    """A convolution, named by its place and kernel: `Conv2d_0a_1x1`.

    Args:
      filters: their nominal number.
      kernel: `(height, width)`; one int means square.
      place: such as `"0a"`.
      stddev: of the initial weights; None leaves them to the arg_scope.
      name: where the original has a name that does not fit kernel and place.
      **arguments: for `conv2d`.
    """
    size = [kernel, kernel] if isinstance(kernel, int) else list(kernel)
    scope = name or f"Conv2d_{place}_{_size_name(size)}"

    def build(net: tf.Tensor, form: Form) -> tf.Tensor:
        own = {} if stddev is None else {"weights_initializer": trunc_normal(stddev)}
        return slim.conv2d(net, form.width(filters), size, scope=scope, **own, **arguments)

    return Step(scope, build)


def max_pool(kernel: int, place: str, **arguments: Any) -> Step:
    """Max pooling: `MaxPool_0a_3x3`. The arguments are those of `max_pool2d`."""
    scope = f"MaxPool_{place}_{_size_name([kernel, kernel])}"
    return Step(scope, lambda net, form: slim.max_pool2d(net, [kernel, kernel], scope=scope, **arguments))


def avg_pool(kernel: int, place: str, **arguments: Any) -> Step:
    """Average pooling: `AvgPool_0a_3x3`. The arguments are those of `avg_pool2d`."""
    scope = f"AvgPool_{place}_{_size_name([kernel, kernel])}"
    return Step(scope, lambda net, form: slim.avg_pool2d(net, [kernel, kernel], scope=scope, **arguments))


def run_chain(net: tf.Tensor, steps: Sequence[Step], form: Form = _PLAIN) -> tf.Tensor:
    """One step after the other."""
    for step in steps:
        net = step.build(net, form)
    return net


def fork(*steps: Step) -> Step:
    """Several steps on the same tensor, their channels side by side."""

    def build(net: tf.Tensor, form: Form) -> tf.Tensor:
        return tf.concat([step.build(net, form) for step in steps], form.channel_axis)

    return Step("", build)


def mixed(name: str, *chains: Sequence[Step]) -> Step:
    """An Inception module: chains on the same tensor, in `Branch_0`, `Branch_1` ..., their channels side by side."""

    def build(net: tf.Tensor, form: Form) -> tf.Tensor:
        with tf.variable_scope(name):
            outputs = []
            for i, chain in enumerate(chains):
                with tf.variable_scope(f"Branch_{i}"):
                    outputs.append(run_chain(net, chain, form))
            return tf.concat(outputs, form.channel_axis)

    return Step(name, build)


def scaled_width(depth_multiplier: float, min_depth: int) -> Callable[[int], int]:
    """The numbers of filters multiplied, but at least `min_depth`.

    Raises:
      ValueError: `depth_multiplier` is not positive.
    """
    if depth_multiplier <= 0:
        raise ValueError(f"depth_multiplier is not greater than zero. Got {depth_multiplier}.")
    return lambda filters: max(int(filters * depth_multiplier), min_depth)


def run_steps(
    net: tf.Tensor, steps: Sequence[Step], final_endpoint: str, form: Form = _PLAIN
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of a network, up to and with the step `final_endpoint`.

    Returns:
      `(net, end_points)`: the output of that step, and all outputs by name, in order.

    Raises:
      ValueError: there is no such step.
    """
    names = [step.name for step in steps]
    if final_endpoint not in names:
        raise ValueError(f"Unknown final endpoint {final_endpoint}. There are {', '.join(names)}.")
    end_points = {}
    for step in steps[: names.index(final_endpoint) + 1]:
        net = step.build(net, form)
        end_points[step.name] = net
    return net, end_points


def classify(
    net: tf.Tensor,
    end_points: dict[str, tf.Tensor],
    num_classes: int | None,
    pool: Callable[[Any], Any],
    place: str,
    dropout_place: str,
    dropout_keep_prob: float,
    spatial_squeeze: bool,
    global_pool: bool,
    has_pre_logits: bool = False,
    prediction_fn: Callable[..., Any] | None = None,
) -> tf.Tensor:
    """The end of Inception v1, v2 and v3: pooling, dropout, and a 1x1 convolution, in the scope `Logits`.

    Args:
      net: `[batch, height, width, channels]`.
      end_points: `Logits` is added, and `global_pool` and `PreLogits` where there are such.
      num_classes: None or 0 ends after the pooling.
      pool: the pooling where it is not global.
      place, dropout_place: of the convolution and the dropout, for their names.
      has_pre_logits: the output of the dropout is an end point.
      prediction_fn: makes the end point `Predictions`, in the scope too.
    """
    with tf.variable_scope("Logits"):
        if global_pool:
            net = tf.reduce_mean(net, [1, 2], keepdims=True, name="global_pool")
            end_points["global_pool"] = net
        else:
            net = pool(net)
        if not num_classes:
            return net
        net = slim.dropout(net, keep_prob=dropout_keep_prob, scope=f"Dropout_{dropout_place}")
        if has_pre_logits:
            end_points["PreLogits"] = net
        logits = slim.conv2d(
            net,
            num_classes,
            [1, 1],
            activation_fn=None,
            normalizer_fn=None,
            scope=f"Conv2d_{place}_1x1",
        )
        if spatial_squeeze:
            logits = tf.squeeze(logits, [1, 2], name="SpatialSqueeze")
        end_points["Logits"] = logits
        if prediction_fn is not None:
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
        return logits


def pool_whole(net: tf.Tensor, scope: str) -> tf.Tensor:
    """The mean over all pixels, `[batch, 1, 1, channels]`: average pooling if their number is known."""
    _, height, width, _ = static_sizes(net)
    if height is None or width is None:
        return tf.reduce_mean(net, [1, 2], keepdims=True, name="global_pool")
    return slim.avg_pool2d(net, [height, width], padding="VALID", scope=scope)


def auxiliary_logits(net: tf.Tensor, num_classes: int, scopes: Sequence[str]) -> tf.Tensor:
    """The second classifier of Inception v4 and Inception-ResNet v2, `[batch, num_classes]`.

    Args:
      net: `[batch, height, width, channels]`, usually 17x17 pixels.
      scopes: of the pooling, of two convolutions, the second over all pixels, and of the last layer.

    Raises:
      ValueError: the number of pixels is not known, on which the shape of a variable depends.
    """
    net = slim.avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope=scopes[0])
    net = slim.conv2d(net, 128, [1, 1], stride=1, padding="SAME", scope=scopes[1])
    _, height, width, _ = static_sizes(net)
    if height is None or width is None:
        raise ValueError(
            f"The auxiliary classifier needs a known image size: its input has {height} by {width} pixels. "
            f"Pass create_aux_logits=False."
        )
    net = slim.conv2d(net, 768, [height, width], stride=1, padding="VALID", scope=scopes[2])
    net = slim.flatten(net)
    return slim.fully_connected(net, num_classes, activation_fn=None, scope=scopes[3])
