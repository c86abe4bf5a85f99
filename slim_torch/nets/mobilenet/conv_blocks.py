"""The blocks that MobileNets are made of: inverted residuals, separable and split convolutions.

How blocks become a network is in `mobilenet.py`. Holds, per thread, a stack of dictionaries for the named
outputs of the blocks that are being built.

Source: https://arxiv.org/abs/1801.04381 and https://arxiv.org/abs/1905.02244, with the names of the
published checkpoints. TensorFlow's contrib does not have these blocks.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.shapes import static_sizes

__all__ = [
    "expand_input_by_factor",
    "expanded_conv",
    "fixed_padding",
    "make_divisible",
    "named_outputs",
    "split_conv",
    "split_separable_conv2d",
    "squeeze_excite",
]


class _Outputs(threading.local):
    def __init__(self) -> None:
        self.stack: list[dict[str, Any]] = []


_outputs = _Outputs()


@contextlib.contextmanager
def named_outputs() -> Iterator[dict[str, Any]]:
    """Gives a dictionary that gets the outputs, by name, of the blocks built in this context."""
    found: dict[str, Any] = {}
    _outputs.stack.append(found)
    try:
        yield found
    finally:
        _outputs.stack.pop()


def _named(net: tf.Tensor, name: str) -> tf.Tensor:
    """`net` under a name, told to the innermost `named_outputs`."""
    net = tf.identity(net, name=name)
    if _outputs.stack:
        _outputs.stack[-1][name] = net
    return net


def fixed_padding(inputs: tf.Tensor, kernel_size: Sequence[int], rate: int = 1) -> tf.Tensor:
    """`[batch, height, width, channels]` with as many pixels around as a kernel needs, whatever the size.

    A VALID convolution, strided or not, then gives `ceil(size / stride)`.
    """
    pairs = []
    for size in (kernel_size[0], kernel_size[1]):
        total = (size - 1) * rate
        pairs.append([total // 2, total - total // 2])
    return tf.pad(inputs, [[0, 0], pairs[0], pairs[1], [0, 0]])


def make_divisible(value: float, divisor: int, min_value: int | None = None) -> int:
    """The multiple of `divisor` that is nearest to `value`, at least `min_value` and nine tenths of `value`.

    Args:
      min_value: None means `divisor`.
    """
    if min_value is None:
        min_value = divisor
    nearest = max(min_value, int(value + divisor / 2) // divisor * divisor)
    return int(nearest + divisor if nearest < 0.9 * value else nearest)


def expand_input_by_factor(n: float, divisible_by: int = 8) -> Callable[..., int]:
    """A function that gives `n` times its argument `num_inputs`, as a multiple of `divisible_by`."""
    return lambda num_inputs, **_: make_divisible(num_inputs * n, divisible_by)


def _shares(total: int, ways: int, divisible_by: int) -> list[int]:
    """`total` in so many parts: all but the last equal, and all but the last multiples of `divisible_by`."""
    share = make_divisible(total / ways, divisible_by)
    shares = [share] * (ways - 1)
    return shares + [total - sum(shares)]


def split_conv(
    input_tensor: tf.Tensor,
    num_outputs: int,
    num_ways: int,
    scope: str,
    divisible_by: int = 8,
    **kwargs: Any,
) -> tf.Tensor:
    """A 1x1 convolution, in groups of channels.

    Args:
      input_tensor: `[batch, height, width, channels]`.
      num_ways: the number of groups; one where a group would have fewer than `divisible_by` channels.
      scope: the scope of the convolution; with groups `<scope>_part_0`, `<scope>_part_1` ...
      divisible_by: what the numbers of channels of the groups but the last are multiples of.
      **kwargs: for `conv2d`.

    Returns:
      `[batch, height, width, num_outputs]`.
    """
    channels = static_sizes(input_tensor)[3]
    assert channels is not None
    if num_ways == 1 or min(channels // num_ways, num_outputs // num_ways) < divisible_by:
        return slim.conv2d(input_tensor, num_outputs, [1, 1], scope=scope, **kwargs)
    parts = tf.split(input_tensor, _shares(channels, num_ways, divisible_by), axis=3, name=f"split_{scope}")
    outputs = []
    part_scope = scope
    for i, (part, size) in enumerate(zip(parts, _shares(num_outputs, num_ways, divisible_by))):
        part_scope = f"{scope}_part_{i}"
        part = slim.conv2d(part, size, [1, 1], scope=part_scope, **kwargs)
        outputs.append(_named(part, f"{part_scope}_output"))
    return tf.concat(outputs, 3, name=f"{part_scope}_concat")


@slim.add_arg_scope
def expanded_conv(
    input_tensor: tf.Tensor,
    num_outputs: int,
    expansion_size: Any = expand_input_by_factor(6),  # noqa: B008
    stride: int = 1,
    rate: int = 1,
    kernel_size: Sequence[int] = (3, 3),
    residual: Any = True,
    normalizer_fn: Callable[..., Any] | None = None,
    split_projection: int = 1,
    split_expansion: int = 1,
    split_divisible_by: int = 8,
    expansion_transform: Callable[..., Any] | None = None,
    depthwise_location: str | None = "expansion",
    depthwise_channel_multiplier: int = 1,
    endpoints: dict[str, Any] | None = None,
    use_explicit_padding: bool = False,
    padding: str = "SAME",
    inner_activation_fn: Callable[..., Any] | None = None,
    depthwise_activation_fn: Callable[..., Any] | None = None,
    project_activation_fn: Callable[..., Any] | None = tf.identity,
    depthwise_fn: Callable[..., Any] = slim.separable_conv2d,
    expansion_fn: Callable[..., Any] = split_conv,
    projection_fn: Callable[..., Any] = split_conv,
    scope: Any = None,
) -> tf.Tensor:
    """An inverted residual: a 1x1 convolution to more channels, a depthwise one, and a 1x1 one to fewer.

    Args:
      input_tensor: `[batch, height, width, channels]`.
      num_outputs: the channels of the output.
      expansion_size: the channels in between, or a function that gives them for `num_inputs`; if they are
        no more than those of the input, there is no first convolution.
      stride, rate, kernel_size: of the depthwise convolution.
      residual: adds the input where the stride is 1 and the channels are as many; or a function of
        `(input_tensor, output_tensor=)`.
      normalizer_fn: of all three convolutions.
      split_projection, split_expansion, split_divisible_by: see `split_conv`.
      expansion_transform: a function of `(expansion_tensor=, input_tensor=)` for what is projected.
      depthwise_location: where the depthwise convolution is: on the `"expansion"`, the `"input"` or the
        `"output"`; None leaves it out.
      depthwise_channel_multiplier: how many channels it gives for each.
      endpoints: gets the intermediate outputs, by the names `expansion_output`, `depthwise_output`,
        `expansion_transform` and `projection_output`.
      use_explicit_padding: pads by `fixed_padding`, with `padding="SAME"`.
      padding: of the depthwise convolution.
      inner_activation_fn: of the expansion; None leaves it to the arg_scope.
      depthwise_activation_fn: of the depthwise convolution; None means `inner_activation_fn`.
      project_activation_fn: of the projection.
      depthwise_fn, expansion_fn, projection_fn: the layers.
      scope: for `variable_scope`; `"expanded_conv"` by default.

    Returns:
      `[batch, ceil(height / stride), ceil(width / stride), num_outputs]`.

    Raises:
      TypeError: `depthwise_location` is unknown, or explicit padding is asked for with another `padding`.

    Source: https://arxiv.org/abs/1801.04381.
    """
    if depthwise_location not in (None, "input", "output", "expansion"):
        raise TypeError(
            f"{depthwise_location!r} is unknown value for depthwise_location. Pass 'expansion', 'input', 'output' "
            f"or None."
        )
    if use_explicit_padding:
        if padding != "SAME":
            raise TypeError(
                f'`use_explicit_padding` should only be used with "SAME" padding. Got {padding!r}.'
            )
        padding = "VALID"
    if depthwise_activation_fn is None:
        depthwise_activation_fn = inner_activation_fn

    found: dict[str, Any] = {} if endpoints is None else endpoints

    def depthwise(net: tf.Tensor, **activation: Any) -> tf.Tensor:
        if use_explicit_padding:
            net = fixed_padding(net, kernel_size, rate)
        net = depthwise_fn(
            net,
            num_outputs=None,
            kernel_size=kernel_size,
            depth_multiplier=depthwise_channel_multiplier,
            stride=stride,
            rate=rate,
            normalizer_fn=normalizer_fn,
            padding=padding,
            scope="depthwise",
            **activation,
        )
        found["depthwise_output"] = _named(net, "depthwise_output")
        return found["depthwise_output"]

    with tf.variable_scope(scope, default_name="expanded_conv") as sc:
        with tf.name_scope(sc.original_name_scope):
            input_tensor = tf.identity(input_tensor, "input")
            net = input_tensor
            depth = static_sizes(net)[3]
            if depthwise_location == "input":
                net = depthwise(net, activation_fn=None)
            inner_size = expansion_size(num_inputs=depth) if callable(expansion_size) else expansion_size
            channels = static_sizes(net)[3]
            assert channels is not None
            if inner_size > channels:
                if expansion_fn is split_conv:
                    expansion_fn = _split(split_expansion, split_divisible_by)
                net = expansion_fn(
                    net,
                    inner_size,
                    scope="expand",
                    normalizer_fn=normalizer_fn,
                    **_activation(inner_activation_fn),
                )
                net = _named(net, "expansion_output")
            found["expansion_output"] = net
            if depthwise_location == "expansion":
                net = depthwise(net, **_activation(depthwise_activation_fn))
            if expansion_transform:
                net = expansion_transform(expansion_tensor=net, input_tensor=input_tensor)
            found["expansion_transform"] = net
            if projection_fn is split_conv:
                projection_fn = _split(split_projection, split_divisible_by)
            net = projection_fn(
                net,
                num_outputs,
                scope="project",
                normalizer_fn=normalizer_fn,
                activation_fn=project_activation_fn,
            )
            found["projection_output"] = net
            if depthwise_location == "output":
                net = depthwise(net, activation_fn=None)
            if callable(residual):
                net = residual(input_tensor=input_tensor, output_tensor=net)
            elif residual and stride == 1 and static_sizes(net)[3] == depth:
                net = net + input_tensor
            return _named(net, "output")


def _split(ways: int, divisible_by: int) -> Callable[..., Any]:
    return functools.partial(split_conv, num_ways=ways, divisible_by=divisible_by, stride=1)


def _activation(function: Callable[..., Any] | None) -> dict[str, Any]:
    """The argument `activation_fn`, absent where the arg_scope is to decide."""
    return {} if function is None else {"activation_fn": function}


@slim.add_arg_scope
def split_separable_conv2d(
    input_tensor: tf.Tensor,
    num_outputs: int,
    scope: str | None = None,
    normalizer_fn: Callable[..., Any] | None = None,
    stride: int = 1,
    rate: int = 1,
    endpoints: dict[str, Any] | None = None,
    use_explicit_padding: bool = False,
) -> tf.Tensor:
    """A separable convolution as in MobileNet v1: normalized and activated between its two parts as well.

    Args:
      input_tensor: `[batch, height, width, channels]`.
      num_outputs: the channels of the output.
      scope: the parts are in `<scope>_depthwise` and `<scope>_pointwise`; by default in `separable/depthwise`
        and `separable/pointwise`.
      normalizer_fn: of both parts.
      stride, rate: of the 3x3 depthwise part.
      endpoints: gets the outputs of both parts by their scopes.
      use_explicit_padding: pads by `fixed_padding`.

    Returns:
      `[batch, ceil(height / stride), ceil(width / stride), num_outputs]`.
    """
    with contextlib.ExitStack() as stack:
        prefix = ""
        if scope is None:
            sc = stack.enter_context(tf.variable_scope(None, default_name="separable"))
            stack.enter_context(tf.name_scope(sc.original_name_scope))
        else:
            prefix = f"{scope}_"
        padding = "SAME"
        if use_explicit_padding:
            padding = "VALID"
            input_tensor = fixed_padding(input_tensor, (3, 3), rate)
        net = slim.separable_conv2d(
            input_tensor,
            None,
            (3, 3),
            depth_multiplier=1,
            stride=stride,
            rate=rate,
            normalizer_fn=normalizer_fn,
            padding=padding,
            scope=f"{prefix}depthwise",
        )
        pointwise = slim.conv2d(
            net, num_outputs, [1, 1], stride=1, normalizer_fn=normalizer_fn, scope=f"{prefix}pointwise"
        )
        if endpoints is not None:
            endpoints[f"{prefix}depthwise"] = net
            endpoints[f"{prefix}pointwise"] = pointwise
        return pointwise


def squeeze_excite(
    input_tensor: tf.Tensor,
    divisible_by: int = 8,
    squeeze_factor: float = 3,
    inner_activation_fn: Callable[..., Any] | None = tf.nn.relu,
    gating_fn: Callable[..., Any] | None = tf.sigmoid,
    squeeze_input_tensor: tf.Tensor | None = None,
    pool: Sequence[int] | None = None,
) -> tf.Tensor:
    """`input_tensor` times a factor for each channel, which two layers compute of the mean over all pixels.

    Args:
      input_tensor: `[batch, height, width, channels]`.
      divisible_by, squeeze_factor: the first layer has `channels / squeeze_factor` outputs, rounded to a
        multiple of `divisible_by`.
      inner_activation_fn, gating_fn: of the first and the second layer.
      squeeze_input_tensor: what the mean is taken of, if not of `input_tensor`.
      pool: `(height, width)` of windows in place of all pixels; the factors must then broadcast.

    Creates `squeeze_excite/Conv` and `squeeze_excite/Conv_1`, `weights` and `biases` each.

    Source: https://arxiv.org/abs/1709.01507.
    """
    with tf.variable_scope("squeeze_excite"):
        source = input_tensor if squeeze_input_tensor is None else squeeze_input_tensor
        _, height, width, channels = static_sizes(source)
        outputs = static_sizes(input_tensor)[3]
        assert channels is not None
        assert outputs is not None
        window = [height, width] if pool is None else list(pool)
        if None in window:
            pooled = tf.reduce_mean(source, [1, 2], keepdims=True)
        else:
            pooled = tf.nn.avg_pool(source, [1, *window, 1], strides=[1, 1, 1, 1], padding="VALID")
        squeezed = slim.conv2d(
            pooled,
            make_divisible(channels / squeeze_factor, divisible_by),
            [1, 1],
            normalizer_fn=None,
            activation_fn=inner_activation_fn,
        )
        factors = slim.conv2d(
            squeezed,
            outputs,
            [1, 1],
            normalizer_fn=None,
            activation_fn=gating_fn,
        )
        return input_tensor * factors
