"""The convolution layers: variables and scopes around the functions of `spatial.py`.

One function, `convolution`, is behind all ordinary ones, and the transposed ones share its pieces; those
that treat each channel on its own are in `depthwise_layers.py`. Weights have TensorFlow's shapes, `[spatial..., in, out]`, and lie in memory so that
the view that PyTorch wants is channels-last.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, ParamSpec, cast

import torch

from slim_torch import initializers, spatial
from slim_torch.activations import relu
from slim_torch.arg_scope import add_arg_scope
from slim_torch.graph import get_default_graph
from slim_torch.layer_support import (
    CONVOLUTION_MEMORY,
    add_layer_loss,
    as_dimension,
    check_rank,
    finish,
    layer_biases,
    layer_input,
    layer_variable,
    variable_dtype,
)
from slim_torch.padding import is_channels_first, normalize_padding, normalize_tuple
from slim_torch.recorded_layers import check_known, claim, label_steps, recorded
from slim_torch.scopes import VariableScope, recall, remember, variable_scope

__all__ = [
    "OUT_IN",
    "Window",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "convolution",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "convolution3d_transpose",
    "recorded_convolution",
    "recorded_transposed",
]

Size = int | Sequence[int]
Function = Callable[..., Any]
_P = ParamSpec("_P")

_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")
_PLAIN = (int, list, tuple)
_UNKNOWN_CHANNELS = "The channel dimension of the inputs should be defined. Found `None`."
OUT_IN = {1: (2, 1, 0), 2: (3, 2, 0, 1), 3: (4, 3, 0, 1, 2)}
"""`[spatial..., in, out]` weights as PyTorch's `[out, in, spatial...]`; for transposed ones, of `[spatial..., out, in]`."""
_XAVIER = initializers.xavier_initializer()
_ZEROS = initializers.zeros_initializer()


class Window(NamedTuple):
    """How a convolution's window moves; see `spatial.convolve`."""

    stride: tuple[int, ...]
    padding: Any
    rate: tuple[int, ...]
    pads: list[int] | None


@add_arg_scope
def convolution(
    inputs: torch.Tensor,
    num_outputs: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: Any = "SAME",
    data_format: str | None = None,
    rate: Size = 1,
    activation_fn: Function | None = relu,
    normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Function | None = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    conv_dims: int | None = None,
) -> torch.Tensor:
    """A convolution over one, two or three spatial axes, with bias or normalizer, and activation.

    Args:
      inputs: `[batch, spatial..., in]`, or `[batch, in, spatial...]` for a `data_format` beginning `NC`.
      num_outputs: the number of filters.
      kernel_size, stride, rate: in pixels, one int for all spatial axes or one for each. Stride and rate
        may not both be above one.
      padding: `"SAME"` (`ceil(size / stride)` outputs, the odd pixel after), `"VALID"`, or a pair for
        each axis of the tensor.
      data_format: `"NWC"`, `"NHWC"`, `"NDHWC"` (None means these) or `"NCW"`, `"NCHW"`, `"NCDHW"`.
      activation_fn: applied last; None leaves the output linear. ReLU by default.
      normalizer_fn: called on the output with `normalizer_params` in place of biases.
      weights_initializer, biases_initializer: None for the biases leaves them out.
      weights_regularizer, biases_regularizer: their values join REGULARIZATION_LOSSES.
      reuse: as for `variable_scope`; needs `scope`.
      variables_collections: collections for the variables, or a dictionary with the keys `"weights"` and
        `"biases"`. Those of a normalizer are not meant.
      outputs_collections: collections for the output, under the scope's name.
      trainable: whether weights and biases join TRAINABLE_VARIABLES.
      scope: the variable scope, `"Conv"` made unique by default.
      conv_dims: how many spatial axes there must be; None takes them from `inputs`.

    Returns:
      `[batch, out_spatial..., num_outputs]`, in the format and dtype of `inputs`.

    Creates `weights`, `[kernel..., in, num_outputs]`, and `biases`, `[num_outputs]`, unless there is a
    normalizer or no initializer for them.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.contrib.layers.convolution.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}. Expected one of {_FORMATS[1:]}.")
    channels_first = data_format is not None and data_format.startswith("NC")
    rank = inputs.dim()
    with variable_scope(scope, "Conv", [inputs], reuse=reuse) as sc:
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(
                f"Convolution expects input with rank {conv_dims + 2}, got {rank}: the shape is {tuple(inputs.shape)}."
            )
        dims = rank - 2
        if not 1 <= dims <= 3:
            raise ValueError(
                f"Convolution not supported for input with rank {rank}. Expected "
                f"[batch, spatial..., channels] with one to three spatial axes."
            )
        channels = inputs.shape[1 if channels_first else -1]
        if type(channels) is not int:
            check_known(channels, _UNKNOWN_CHANNELS)
        biased = normalizer_fn is None and biases_initializer is not None
        # What comes of all this is kept from step to step.
        asked = (
            channels,
            dims,
            variable_dtype(inputs),
            num_outputs,
            kernel_size,
            stride,
            padding,
            rate,
            biased,
            trainable,
        )
        graph = get_default_graph()
        is_recorded = graph.recorder is not None and recorded(graph)
        if is_recorded:
            claim(graph, sc.name)
        # Not if the variables have more to join, nor if two calls cannot be compared by `==` (arrays).
        plain = not variables_collections and (
            type(kernel_size) in _PLAIN
            and type(stride) in _PLAIN
            and type(rate) in _PLAIN
            and type(padding) is str
        )
        known = recall(graph, sc, "convolution", asked) if plain else None
        if known is not None:
            weights, biases, window = known
            sc._makes_model_variables = True
            if weights_regularizer is not None:
                add_layer_loss(graph, sc, "weights", weights, weights_regularizer)
            if biases is not None and biases_regularizer is not None:
                add_layer_loss(graph, sc, "biases", biases, biases_regularizer)
        else:
            kernel = normalize_tuple(kernel_size, dims, "kernel_size")
            strides = normalize_tuple(stride, dims, "strides")
            rates = normalize_tuple(rate, dims, "dilation_rate")
            padding = normalize_padding(padding)
            if padding == "CAUSAL" and dims != 1:
                raise ValueError("Causal padding is only supported for `Conv1D`. Use 'SAME' or 'VALID'.")
            outputs_number = as_dimension(num_outputs)
            weights = layer_variable(
                sc,
                "weights",
                "weights",
                (*_checked_sizes(kernel), channels, outputs_number),
                inputs,
                weights_initializer,
                weights_regularizer,
                trainable,
                variables_collections,
                CONVOLUTION_MEMORY[dims],
            )
            biases = layer_biases(
                sc,
                outputs_number,
                inputs,
                normalizer_fn,
                biases_initializer,
                biases_regularizer,
                trainable,
                variables_collections,
            )
            if min(strides) < 1 or min(rates) < 1:
                name, values = ("strides", strides) if min(strides) < 1 else ("dilation_rate", rates)
                raise ValueError(f"all values of {name} must be positive. Got {values}.")
            if max(strides) > 1 and max(rates) > 1:
                raise ValueError(
                    f"strides > 1 not supported in conjunction with dilation_rate > 1. Got stride {strides} and "
                    f"rate {rates}."
                )
            window = Window(strides, padding, rates, spatial.fixed_padding(padding, kernel, strides, rates))
            if plain and type(channels) is type(num_outputs) is int:
                names = ("weights", "biases") if biased else ("weights",)
                # Copied: a caller may change a list.
                asked = copy.deepcopy(asked)
                remember(graph, sc, "convolution", asked, names, (weights, biases, window))
        if is_recorded:
            return finish(
                recorded_convolution(inputs, weights, window, dims, channels_first),
                sc,
                activation_fn,
                outputs_collections,
                normalizer_fn,
                normalizer_params,
                biases,
                channels_first,
            )
        # No name for the output here: it would keep the memory from being used again by what follows.
        return finish(
            spatial.convolve(
                inputs,
                weights.permute(OUT_IN[dims]),
                biases,
                stride=window.stride,
                padding=window.padding,
                rate=window.rate,
                channels_first=channels_first,
                pads=window.pads,
            ),
            sc,
            activation_fn,
            outputs_collections,
            normalizer_fn,
            normalizer_params,
        )


def recorded_convolution(
    inputs: torch.Tensor, weights: torch.Tensor, window: Window, dims: int, channels_first: bool
) -> torch.Tensor:
    """The convolution without bias, its operations named as TensorFlow names them."""
    graph = get_default_graph()
    outputs = spatial.convolve(
        inputs,
        weights.permute(OUT_IN[dims]),
        None,
        stride=window.stride,
        padding=window.padding,
        rate=window.rate,
        channels_first=channels_first,
        pads=window.pads,
    )
    dilated = max(window.rate) > 1
    if dilated:
        graph.unique_name("SpaceToBatchND")
    if dims == 1:
        with graph.name_scope("conv1d") as scope:
            names = [(scope, "Conv2D"), (f"{scope}Squeeze/", "Squeeze")]
    else:
        names = [(f"Conv{dims}D", f"Conv{dims}D")]
    if dilated:
        names.append(("BatchToSpaceND", "BatchToSpaceND"))
    return label_steps(outputs, *names)


def _checked_sizes(kernel: tuple[int, ...]) -> tuple[int, ...]:
    return kernel if min(kernel) >= 0 else tuple(map(as_dimension, kernel))


def _with_dims(dims: int, original: Callable[_P, torch.Tensor]) -> Callable[_P, torch.Tensor]:
    """`convolution` for one number of spatial axes, under the name that TensorFlow gives it."""

    def layer(
        inputs: torch.Tensor,
        num_outputs: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Any = "SAME",
        data_format: str | None = None,
        rate: Size = 1,
        activation_fn: Function | None = relu,
        normalizer_fn: Function | None = None,
        normalizer_params: dict[str, Any] | None = None,
        weights_initializer: Any = _XAVIER,
        weights_regularizer: Function | None = None,
        biases_initializer: Any = _ZEROS,
        biases_regularizer: Function | None = None,
        reuse: Any = None,
        variables_collections: Any = None,
        outputs_collections: Any = None,
        trainable: bool = True,
        scope: Any = None,
    ) -> torch.Tensor:
        return _convolution(
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            data_format,
            rate,
            activation_fn,
            normalizer_fn,
            normalizer_params,
            weights_initializer,
            weights_regularizer,
            biases_initializer,
            biases_regularizer,
            reuse,
            variables_collections,
            outputs_collections,
            trainable,
            scope,
            dims,
        )

    layer.__name__ = layer.__qualname__ = f"convolution{dims}d"
    layer.__doc__ = (
        f"`convolution` of `inputs` with {dims} spatial {'axis' if dims == 1 else 'axes'}; a ValueError for another rank."
        f"\n\n    Arguments, result, variables and errors are those of `convolution`."
        f"\n\n    Source: tf.contrib.layers.conv{dims}d.\n    "
    )
    return cast(Callable[_P, torch.Tensor], add_arg_scope(layer))


# The scope and name of the plain function are the original's; the decorated one adds only arg_scope.
_convolution = convolution.__wrapped__  # type: ignore[attr-defined]

conv1d = convolution1d = _with_dims(1, convolution)
conv2d = convolution2d = _with_dims(2, convolution)
conv3d = convolution3d = _with_dims(3, convolution)


@add_arg_scope
def convolution2d_transpose(
    inputs: torch.Tensor,
    num_outputs: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Function | None = relu,
    normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Function | None = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> torch.Tensor:
    """A transposed convolution over two spatial axes.

    Args:
      inputs: `[batch, height, width, in]`, or `[batch, in, height, width]` for `"NCHW"`.
      padding: `"SAME"` gives `size * stride`, `"VALID"` `size * stride + max(kernel - stride, 0)`.
      The others are those of `convolution`.

    Returns:
      `[batch, out_height, out_width, num_outputs]`, in the format of `inputs`.

    Creates `weights`, `[kernel_height, kernel_width, num_outputs, in]`, and `biases`, `[num_outputs]`, in
    the scope `"Conv2d_transpose"`.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.contrib.layers.conv2d_transpose.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with variable_scope(scope, "Conv2d_transpose", [inputs], reuse=reuse) as sc:
        check_rank(inputs, 4, "Conv2d_transpose")
        return _transposed(
            sc,
            inputs,
            num_outputs,
            normalize_tuple(kernel_size, 2, "kernel_size"),
            normalize_tuple(stride, 2, "strides"),
            padding,
            channels_first,
            activation_fn,
            normalizer_fn,
            normalizer_params,
            weights_initializer,
            weights_regularizer,
            biases_initializer,
            biases_regularizer,
            variables_collections,
            outputs_collections,
            trainable,
        )


@add_arg_scope
def convolution3d_transpose(
    inputs: torch.Tensor,
    num_outputs: int,
    kernel_size: Size,
    stride: Size = 1,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    activation_fn: Function | None = relu,
    normalizer_fn: Function | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Function | None = None,
    biases_initializer: Any = _ZEROS,
    biases_regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> torch.Tensor:
    """A transposed convolution over three spatial axes; see `conv2d_transpose`.

    Args:
      inputs: `[batch, depth, height, width, in]`, or `[batch, in, depth, height, width]` for `"NCDHW"`.

    Creates `weights`, `[kernel..., num_outputs, in]`, and `biases` in the scope `"Conv3d_transpose"`.

    Source: tf.contrib.layers.conv3d_transpose.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NDHWC", "NCDHW"))
    with variable_scope(scope, "Conv3d_transpose", [inputs], reuse=reuse) as sc:
        check_rank(inputs, 5, "Conv3d_transpose")
        return _transposed(
            sc,
            inputs,
            num_outputs,
            normalize_tuple(kernel_size, 3, "kernel_size"),
            normalize_tuple(stride, 3, "strides"),
            padding,
            channels_first,
            activation_fn,
            normalizer_fn,
            normalizer_params,
            weights_initializer,
            weights_regularizer,
            biases_initializer,
            biases_regularizer,
            variables_collections,
            outputs_collections,
            trainable,
        )


def _transposed(
    sc: VariableScope,
    inputs: torch.Tensor,
    num_outputs: int,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    channels_first: bool,
    activation_fn: Function | None,
    normalizer_fn: Function | None,
    normalizer_params: dict[str, Any] | None,
    weights_initializer: Any,
    weights_regularizer: Function | None,
    biases_initializer: Any,
    biases_regularizer: Function | None,
    variables_collections: Any,
    outputs_collections: Any,
    trainable: bool,
) -> torch.Tensor:
    """What both transposed convolutions have in common: all but the checks."""
    dims = len(kernel)
    padding = normalize_padding(padding)
    size = as_dimension(num_outputs)
    channels = inputs.shape[1 if channels_first else -1]
    check_known(channels, _UNKNOWN_CHANNELS)
    weights = layer_variable(
        sc,
        "weights",
        "weights",
        [*kernel, size, channels],
        inputs,
        weights_initializer,
        weights_regularizer,
        trainable,
        variables_collections,
        CONVOLUTION_MEMORY[dims],
    )
    biases = layer_biases(
        sc,
        size,
        inputs,
        normalizer_fn,
        biases_initializer,
        biases_regularizer,
        trainable,
        variables_collections,
    )
    graph = get_default_graph()
    if not recorded(graph):
        return finish(
            spatial.convolve_transposed(
                inputs,
                weights.permute(OUT_IN[dims]),
                biases,
                stride=strides,
                padding=padding,
                channels_first=channels_first,
            ),
            sc,
            activation_fn,
            outputs_collections,
            normalizer_fn,
            normalizer_params,
        )
    claim(graph, sc.name)
    outputs = recorded_transposed(inputs, weights, strides, padding, dims, channels_first)
    return finish(
        outputs,
        sc,
        activation_fn,
        outputs_collections,
        normalizer_fn,
        normalizer_params,
        biases,
        channels_first,
    )


def recorded_transposed(
    inputs: torch.Tensor,
    weights: torch.Tensor,
    strides: tuple[int, ...],
    padding: str,
    dims: int,
    channels_first: bool,
) -> torch.Tensor:
    """The transposed convolution without bias, its operations named as TensorFlow names them."""
    outputs = spatial.convolve_transposed(
        inputs,
        weights.permute(OUT_IN[dims]),
        None,
        stride=strides,
        padding=padding,
        channels_first=channels_first,
    )
    names = [(f"conv{dims}d_transpose", "Conv2DBackpropInput" if dims == 2 else "Conv3DBackpropInputV2")]
    if channels_first and dims == 2:
        get_default_graph().unique_name("transpose")
        names.append(("transpose", "Transpose"))
    return label_steps(outputs, *names)


conv2d_transpose = convolution2d_transpose
conv3d_transpose = convolution3d_transpose
