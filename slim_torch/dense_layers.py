"""The layers that multiply by a matrix or look up rows of one: `fully_connected` and its relatives.

Weights are `[in, out]`, and lie in memory as the `[out, in]` matrix that PyTorch's kernels want.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch import activations, initializers
from slim_torch.arg_scope import add_arg_scope
from slim_torch.graph import GraphKeys, add_to_collections, get_default_graph
from slim_torch.layer_support import (
    as_dimension,
    finish,
    layer_biases,
    layer_input,
    layer_variable,
    variable_dtype,
)
from slim_torch.padding import is_channels_first
from slim_torch.recorded_layers import add_bias, check_known, claim, label, recorded, scoped
from slim_torch.scopes import get_variable, variable_scope
from slim_torch.variables import model_variable

__all__ = [
    "bias_add",
    "elu",
    "embed_sequence",
    "fully_connected",
    "legacy_fully_connected",
    "legacy_linear",
    "legacy_relu",
    "linear",
    "recorded_product",
    "relu",
    "relu6",
]

Function = Callable[..., Any]

_XAVIER = initializers.xavier_initializer()
_ZEROS = initializers.zeros_initializer()
_DENSE_MEMORY = (1, 0)


@add_arg_scope
def fully_connected(
    inputs: torch.Tensor,
    num_outputs: int,
    activation_fn: Function | None = activations.relu,
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
    """A matrix product over the last axis, with bias or normalizer, and activation.

    Args:
      inputs: `[..., in]`, at least two axes.
      num_outputs: the number of units, an int.
      The others are those of `convolution`.

    Returns:
      `[..., num_outputs]`.

    Creates `weights`, `[in, num_outputs]`, and `biases`, `[num_outputs]`, in the scope
    `"fully_connected"`.

    Raises:
      ValueError: fewer than two axes, or `num_outputs` is no int.
      TypeError: inputs of integers.

    Source: tf.contrib.layers.fully_connected.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    if not isinstance(num_outputs, (int, torch.SymInt)):
        raise ValueError(  # noqa: TRY004 - TensorFlow's type
            f"num_outputs type should be one of [<class 'int'>], got {type(num_outputs)}. Pass an int."
        )
    with variable_scope(scope, "fully_connected", [inputs], reuse=reuse) as sc:
        if inputs.dim() < 2:
            raise ValueError(
                f"Input 0 of layer fully_connected is incompatible with the layer: : expected min_ndim=2, "
                f"found ndim={inputs.dim()}. Full shape received: {list(inputs.shape)}."
            )
        if not inputs.dtype.is_floating_point:
            raise TypeError(
                f"Unable to build `Dense` layer with non-floating point dtype {str(inputs.dtype)[6:]}. Convert "
                f"the inputs to float32."
            )
        size = as_dimension(num_outputs)
        features = inputs.shape[-1]
        if type(features) is not int:
            check_known(
                features, "The last dimension of the inputs to `Dense` should be defined. Found `None`."
            )
        graph = get_default_graph()
        is_recorded = graph.recorder is not None and recorded(graph)
        if is_recorded:
            claim(graph, sc.name)
        weights = layer_variable(
            sc,
            "weights",
            "weights",
            [features, size],
            inputs,
            weights_initializer,
            weights_regularizer,
            trainable,
            variables_collections,
            _DENSE_MEMORY,
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
        if is_recorded:
            return finish(
                recorded_product(inputs, weights),
                sc,
                activation_fn,
                outputs_collections,
                normalizer_fn,
                normalizer_params,
                biases,
            )
        outputs = F.linear(inputs, weights.t(), biases)
        return finish(outputs, sc, activation_fn, outputs_collections, normalizer_fn, normalizer_params)


def recorded_product(inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """`inputs @ weights`, its operations named as TensorFlow names them."""
    if inputs.dim() == 2:
        return label(F.linear(inputs, weights.t(), None), "MatMul")
    with get_default_graph().name_scope("Tensordot") as scope:
        product = label(F.linear(inputs.flatten(0, -2), weights.t(), None), "MatMul")
        return label(product.reshape((*inputs.shape[:-1], weights.shape[1])), scope, "Reshape")


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=activations.relu)
relu6 = functools.partial(fully_connected, activation_fn=activations.relu6)
elu = functools.partial(fully_connected, activation_fn=activations.elu)


@add_arg_scope
def bias_add(
    inputs: torch.Tensor,
    activation_fn: Function | None = None,
    initializer: Any = _ZEROS,
    regularizer: Function | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> torch.Tensor:
    """Adds one learned number to each channel.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, height, width]` for `"NCHW"`.
      The others are those of `convolution`.

    Returns:
      The shape of `inputs`.

    Creates `biases`, `[channels]`, in the scope `"BiasAdd"`.

    Raises:
      ValueError: a rank or the format does not fit.

    Source: tf.contrib.layers.bias_add.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        if channels_first and inputs.dim() != 4:
            raise ValueError(f"Data format NCHW only supports 4D Tensor. Got {inputs.dim()} axes.")
        if inputs.dim() < 2:
            raise ValueError(f"Shape must be at least rank 2 but is rank {inputs.dim()} for '{sc.name}'.")
        channels = inputs.shape[1 if channels_first else -1]
        check_known(channels, "`C` dimension must be known but is None")
        biases = layer_variable(
            sc,
            "biases",
            "biases",
            [channels],
            inputs,
            initializer,
            regularizer,
            trainable,
            variables_collections,
            own_regularizer=False,
        )
        outputs = label(inputs + (biases.view(-1, 1, 1) if channels_first else biases), "BiasAdd")
        return finish(outputs, sc, activation_fn, outputs_collections)


def embed_sequence(
    ids: torch.Tensor,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Function | None = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> torch.Tensor:
    """The rows of an embedding matrix that `ids` name.

    Args:
      ids: int32 or int64, any shape; each at least 0 and below `vocab_size`.
      vocab_size, embed_dim: the shape of the matrix; may be left out when it is reused.
      unique: accepted; whether equal ids are looked up once makes no difference to the result.
      initializer: Glorot's uniform one by default.

    Returns:
      `[*ids.shape, embed_dim]`.

    Creates `embeddings`, `[vocab_size, embed_dim]`, in the scope `"EmbedSequence"`.

    Raises:
      ValueError: a size is missing and nothing is reused.
      TypeError: `ids` are not integers.

    Source: tf.contrib.layers.embed_sequence.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            f"Must specify vocab size and embedding dimension when not reusing. Got vocab_size={vocab_size} and "
            f"embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        if ids.dtype.is_floating_point:
            raise TypeError(
                f"Value passed to parameter 'indices' has DataType {str(ids.dtype)[6:]} not in list of allowed "
                f"values: int32, int64"
            )
        shape = [vocab_size, embed_dim] if vocab_size and embed_dim else None
        embeddings = model_variable(
            "embeddings",
            shape=shape,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            device=ids.device,
        )
        with scoped(None, "embedding_lookup") as name:
            return label(label(F.embedding(ids, embeddings), name, "GatherV2"), "Identity")


def legacy_fully_connected(
    x: torch.Tensor,
    num_output_units: int,
    activation_fn: Function | None = None,
    weight_init: Any = _XAVIER,
    bias_init: Any = _ZEROS,
    name: Any = None,
    weight_collections: Sequence[str] = (GraphKeys.WEIGHTS,),
    bias_collections: Sequence[str] = (GraphKeys.BIASES,),
    output_collections: Sequence[str] = (GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Function | None = None,
    bias_regularizer: Function | None = None,
) -> torch.Tensor:
    """`fully_connected` as it was before TF-Slim: other names, no normalizer, no model variables.

    Args:
      x: `[..., in]`, at least two axes.
      bias_init: None leaves the bias out.
      weight_collections, bias_collections: joined along with GLOBAL_VARIABLES.
      output_collections: joined by the output along with ACTIVATIONS.

    Returns:
      `[..., num_output_units]`.

    Creates `weights`, `[in, num_output_units]`, and `bias`, `[num_output_units]`, in the scope
    `"fully_connected"`.

    Source: tf.contrib.layers.legacy_fully_connected.
    """
    with variable_scope(name, "fully_connected", [x]):
        if x.dim() < 2:
            raise ValueError(f"rank of x must be at least 2 not: {x.dim()}")
        size = as_dimension(num_output_units)
        check_known(x.shape[-1], "last dimension of x must be known but is None")
        weights = get_variable(
            "weights",
            shape=[x.shape[-1], size],
            dtype=variable_dtype(x),
            initializer=weight_init,
            regularizer=weight_regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys([*weight_collections, GraphKeys.GLOBAL_VARIABLES])),
            device=x.device,
            memory_order=_DENSE_MEMORY,
        )
        bias = None
        if bias_init is not None:
            bias = get_variable(
                "bias",
                shape=[size],
                dtype=variable_dtype(x),
                initializer=bias_init,
                regularizer=bias_regularizer,
                trainable=trainable,
                collections=list(dict.fromkeys([*bias_collections, GraphKeys.GLOBAL_VARIABLES])),
                device=x.device,
            )
        if recorded(get_default_graph()):
            outputs = _reshaped_product(x, weights, bias)
        else:
            outputs = F.linear(x, weights.t(), bias)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        add_to_collections([*output_collections, GraphKeys.ACTIVATIONS], outputs)
        return outputs


def _reshaped_product(x: torch.Tensor, weights: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    flat = x if x.dim() == 2 else label(x.flatten(0, -2), "Reshape")
    outputs = label(F.linear(flat, weights.t(), None), "MatMul")
    if bias is not None:
        outputs = label(add_bias(outputs, bias, False), "BiasAdd")
    return outputs if flat is x else label(outputs.reshape((*x.shape[:-1], weights.shape[1])), "Reshape")


legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=activations.relu)
