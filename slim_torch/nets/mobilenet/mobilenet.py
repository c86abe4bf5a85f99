"""What makes a network of a list of MobileNet's blocks: multipliers, strides, end points, the last layer.

The blocks are in `conv_blocks.py`, the lists in `mobilenet_v2.py` and `mobilenet_v3.py`. TensorFlow's
contrib does not have these functions; names, arguments and defaults are those of the code that the
published checkpoints are for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import slim_torch as slim
from slim_torch import tf
from slim_torch.nets.mobilenet.conv_blocks import fixed_padding, make_divisible, named_outputs
from slim_torch.nets.shapes import static_sizes

__all__ = [
    "Op",
    "depth_multiplier",
    "global_pool",
    "mobilenet",
    "mobilenet_base",
    "op",
    "safe_arg_scope",
    "training_scope",
]


@slim.add_arg_scope
def depth_multiplier(
    output_params: dict[str, Any],
    multiplier: float,
    divisible_by: int = 8,
    min_depth: int = 8,
    **unused_kwargs: Any,
) -> None:
    """Multiplies `num_outputs` in the arguments of a layer, if it is there.

    Args:
      output_params: the arguments, which are changed.
      divisible_by, min_depth: see `make_divisible`.
    """
    if "num_outputs" in output_params:
        filters = output_params["num_outputs"] * multiplier
        output_params["num_outputs"] = make_divisible(filters, divisible_by, min_depth)


class Op(NamedTuple):
    """One layer of a network.

    Attributes:
      op: the layer.
      params: its keyword arguments.
      multiplier_func: `multiplier_func(params, multiplier)` changes the arguments for a depth multiplier.
    """

    op: Callable[..., Any]
    params: dict[str, Any]
    multiplier_func: Callable[..., Any]


def op(
    opfunc: Callable[..., Any], multiplier_func: Callable[..., Any] = depth_multiplier, **params: Any
) -> Op:
    """A layer for the `"spec"` of a network."""
    return Op(opfunc, params, multiplier_func)


def safe_arg_scope(funcs: Sequence[Callable[..., Any]], **kwargs: Any) -> Any:
    """`slim.arg_scope` without the arguments that are None."""
    return slim.arg_scope(funcs, **{name: value for name, value in kwargs.items() if value is not None})


@contextlib.contextmanager
def _defaults(defaults: Mapping[Any, Mapping[str, Any]]) -> Iterator[None]:
    """An arg_scope of `{functions: arguments}`."""
    with contextlib.ExitStack() as stack:
        for functions, arguments in defaults.items():
            stack.enter_context(slim.arg_scope(list(functions), **arguments))
        yield


@slim.add_arg_scope
def mobilenet_base(
    inputs: tf.Tensor,
    conv_defs: Mapping[str, Any],
    multiplier: float = 1.0,
    final_endpoint: str | None = None,
    output_stride: int | None = None,
    use_explicit_padding: bool = False,
    scope: Any = None,
    is_training: Any = False,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The trunk of a MobileNet.

    Args:
      inputs: `[batch, height, width, channels]`.
      conv_defs: `"spec"`, a list of layers made by `op`; and maybe `"defaults"` and `"overrides"`,
        `{functions: arguments}` for arg_scopes, the latter the inner one.
      multiplier: for the depth of the layers, by each layer's `multiplier_func`.
      final_endpoint: the last layer to build: `layer_1`, `layer_2` ...; None means all.
      output_stride: the ratio of the sizes of input and output, by dilation in place of stride; None means
        that of the strides.
      use_explicit_padding: pads with the same number of pixels for images of every size, and convolves
        with VALID.
      scope: for `variable_scope`; `"Mobilenet"` by default.
      is_training: for `batch_norm`; None leaves it to the arg_scope.

    Returns:
      `(net, end_points)`: the output of the last layer; the outputs of the layers, and after them those
      inside of layers: `layer_3/expansion_output`, `layer_3/depthwise_output`, `layer_3/output` ...

    Raises:
      ValueError: `multiplier` is not positive, or `output_stride` is not 1 or even.
    """
    if multiplier <= 0:
        raise ValueError(f"multiplier is not greater than zero. Got {multiplier}.")
    if output_stride is not None and (output_stride == 0 or (output_stride > 1 and output_stride % 2)):
        raise ValueError(f"Output stride must be None, 1 or a multiple of 2. Got {output_stride}.")
    overrides = dict(conv_defs.get("overrides", {}))
    if use_explicit_padding:
        overrides[(slim.conv2d, slim.separable_conv2d)] = {"padding": "VALID"}
    end_points: dict[str, tf.Tensor] = {}
    inner: dict[str, tf.Tensor] = {}
    current_stride = rate = 1
    net = inputs
    with contextlib.ExitStack() as stack:
        sc = stack.enter_context(tf.variable_scope(scope, default_name="Mobilenet"))
        stack.enter_context(tf.name_scope(sc.original_name_scope))
        stack.enter_context(safe_arg_scope([slim.batch_norm], is_training=is_training))
        stack.enter_context(_defaults(conv_defs.get("defaults", {})))
        stack.enter_context(_defaults(overrides))
        for i, layer in enumerate(conv_defs["spec"]):
            params = dict(layer.params)
            layer.multiplier_func(params, multiplier)
            stride = params.get("stride", 1)
            layer_rate = 1
            if output_stride is not None and current_stride == output_stride:
                params["stride"] = 1
                layer_rate = rate
                rate *= stride
            else:
                params["stride"] = stride
                current_stride *= stride
            kernel_size = params.get("kernel_size", ())
            kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
            # There is nothing to dilate in a 1x1 kernel.
            if layer_rate > 1 and kernel != (1, 1):
                params["rate"] = layer_rate
            if use_explicit_padding:
                if kernel:
                    net = fixed_padding(net, kernel, layer_rate)
                else:
                    params["use_explicit_padding"] = True
            name = f"layer_{i + 1}"
            with named_outputs() as found:
                net = layer.op(net, **params)
            end_points[name] = net
            inner.update((f"{name}/{key}", output) for key, output in found.items())
            if name == final_endpoint:
                break
    end_points.update(inner)
    return net, end_points


def global_pool(input_tensor: tf.Tensor, use_reduce_mean_for_pooling: bool = False) -> tf.Tensor:
    """The mean over all pixels, `[batch, 1, 1, channels]`: average pooling if their number is known."""
    _, height, width, _ = static_sizes(input_tensor)
    if use_reduce_mean_for_pooling or height is None or width is None:
        return tf.reduce_mean(input_tensor, [1, 2], keepdims=True)
    return tf.nn.avg_pool(input_tensor, [1, height, width, 1], strides=[1, 1, 1, 1], padding="VALID")


@slim.add_arg_scope
def mobilenet(
    inputs: tf.Tensor,
    num_classes: int | None = 1001,
    prediction_fn: Callable[..., Any] | None = slim.softmax,
    reuse: Any = None,
    scope: Any = "Mobilenet",
    base_only: bool = False,
    use_reduce_mean_for_pooling: bool = False,
    **mobilenet_args: Any,
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """A MobileNet for classification.

    Args:
      inputs: `[batch, height, width, channels]`.
      num_classes: the size of the last layer; None or 0 ends before its dropout.
      prediction_fn: makes the end point `Predictions` of the logits; None makes none.
      reuse, scope: for `variable_scope`.
      base_only: ends before the pooling.
      use_reduce_mean_for_pooling: takes the mean as such also where the number of pixels is known.
      **mobilenet_args: for `mobilenet_base`, `conv_defs` among them. `is_training` is for dropout too.

    Returns:
      `(net, end_points)`: the logits, `[batch, num_classes]`, and the outputs of the layers by name.

    Raises:
      ValueError: `inputs` is not of rank 4, or as `mobilenet_base`.
    """
    rank = len(static_sizes(inputs))
    if rank != 4:
        raise ValueError(f"Expected rank 4 input, was: {rank}.")
    with tf.variable_scope(scope, "Mobilenet", reuse=reuse) as sc:
        inputs = tf.identity(inputs, "input")
        net, end_points = mobilenet_base(inputs, scope=sc, **mobilenet_args)
        if base_only:
            return net, end_points
        net = tf.identity(net, name="embedding")
        with tf.variable_scope("Logits"):
            net = global_pool(net, use_reduce_mean_for_pooling)
            end_points["global_pool"] = net
            if not num_classes:
                return net, end_points
            with safe_arg_scope([slim.dropout], is_training=mobilenet_args.get("is_training", False)):
                net = slim.dropout(net, scope="Dropout")
            logits = slim.conv2d(
                net,
                num_classes,
                [1, 1],
                activation_fn=None,
                normalizer_fn=None,
                biases_initializer=tf.zeros_initializer(),
                scope="Conv2d_1c_1x1",
            )
            logits = tf.squeeze(logits, [1, 2])
            logits = tf.identity(logits, name="output")
        end_points["Logits"] = logits
        if prediction_fn:
            end_points["Predictions"] = prediction_fn(logits, "Predictions")
        return logits, end_points


def training_scope(
    is_training: Any = True,
    weight_decay: float = 0.00004,
    stddev: float = 0.09,
    dropout_keep_prob: float = 0.8,
    bn_decay: float = 0.997,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of MobileNets: `with slim.arg_scope(training_scope(is_training=False)): ...`.

    Args:
      is_training: for `batch_norm` and `dropout`; None leaves it alone.
      weight_decay: the scale of the L2 penalty on weights, but for depthwise ones.
      stddev: of the initial weights; negative means `xavier_initializer`.
      dropout_keep_prob: the share of activations that dropout keeps.
      bn_decay: for `batch_norm`.
    """
    initializer = slim.xavier_initializer() if stddev < 0 else tf.truncated_normal_initializer(stddev=stddev)
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            slim.arg_scope(
                [slim.conv2d, slim.fully_connected, slim.separable_conv2d],
                weights_initializer=initializer,
                normalizer_fn=slim.batch_norm,
            )
        )
        stack.enter_context(slim.arg_scope([mobilenet_base, mobilenet], is_training=is_training))
        stack.enter_context(safe_arg_scope([slim.batch_norm], decay=bn_decay, is_training=is_training))
        stack.enter_context(
            safe_arg_scope([slim.dropout], is_training=is_training, keep_prob=dropout_keep_prob)
        )
        stack.enter_context(
            slim.arg_scope([slim.conv2d], weights_regularizer=slim.l2_regularizer(weight_decay))
        )
        return stack.enter_context(slim.arg_scope([slim.separable_conv2d], weights_regularizer=None))
