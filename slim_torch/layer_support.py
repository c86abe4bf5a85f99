"""What layers share: making a variable, and what happens to an output once it is computed.

The layers themselves are in the modules that `layers.py` names; padding and kernels are in `spatial.py`.
Holds no state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import scopes
from slim_torch.activations import relu
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.padding import CHANNELS_LAST
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import add_bias, label
from slim_torch.scopes import VariableScope
from slim_torch.sources import constant
from slim_torch.utils import collect_named_outputs, get_variable_collections
from slim_torch.variable_store import add_regularization_loss

__all__ = [
    "CONVOLUTION_MEMORY",
    "MODEL_COLLECTIONS",
    "activate",
    "add_layer_loss",
    "as_dimension",
    "check_rank",
    "finish",
    "layer_biases",
    "layer_input",
    "layer_variable",
    "variable_dtype",
]

CONVOLUTION_MEMORY = {1: (2, 0, 1), 2: (3, 0, 1, 2), 3: (4, 0, 1, 2, 3)}
"""Axes in memory of `[spatial..., in, out]` weights: their `[out, in, spatial...]` view is channels-last."""


MODEL_COLLECTIONS = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES)
"""What every variable of a layer joins."""


def variable_dtype(inputs: torch.Tensor) -> torch.dtype:
    """The dtype of a layer's variables: that of its inputs, but float32 where autocast made those narrow."""
    dtype = inputs.dtype
    if dtype in (torch.float16, torch.bfloat16) and torch.is_autocast_enabled(inputs.device.type):
        return torch.float32
    return dtype


def layer_variable(
    scope: VariableScope,
    key: str,
    name: str,
    shape: Sequence[Any],
    inputs: torch.Tensor,
    initializer: Any,
    regularizer: Any,
    trainable: bool,
    variables_collections: Any,
    memory_order: Sequence[int] | None = None,
    own_regularizer: bool = True,
) -> Variable:
    """The model variable `name` of a layer, on the device of its inputs.

    Args:
      scope: the variable scope in force.
      key: the variable's entry in a dictionary of `variables_collections`.
      own_regularizer: the layer's regularizer adds to one from the variable scope (as in the layers that
        TensorFlow builds on tf.layers); False lets it take the scope's place.
    """
    graph = get_default_graph()
    if own_regularizer:
        scope._makes_model_variables = True
    variable = scopes.get_layer_variable(
        graph,
        scope,
        name,
        tuple(shape),
        variable_dtype(inputs),
        initializer,
        None if own_regularizer else regularizer,
        trainable,
        MODEL_COLLECTIONS,
        inputs.device,
        memory_order,
    )
    if own_regularizer and regularizer is not None:
        add_layer_loss(graph, scope, name, variable, regularizer)
    if variables_collections:
        collections = get_variable_collections(variables_collections, key) or ()
        for collection in dict.fromkeys([collections] if isinstance(collections, str) else collections):
            if not any(known is variable for known in graph.get_collection_ref(collection)):
                graph.add_to_collection(collection, variable)
    return variable


def add_layer_loss(
    graph: Graph, scope: VariableScope, name: str, variable: torch.Tensor, regularizer: Callable[..., Any]
) -> None:
    """The regularization loss that a layer adds for its variable `name`, beside that of the variable scope."""
    add_regularization_loss(graph, f"{scope._name}/{name}", variable, regularizer, owner="layer")


def layer_biases(
    scope: VariableScope,
    size: Any,
    inputs: torch.Tensor,
    normalizer_fn: Callable[..., Any] | None,
    initializer: Any,
    regularizer: Any,
    trainable: bool,
    variables_collections: Any,
    own_regularizer: bool = True,
) -> Variable | None:
    """The variable `biases`, `[size]`; None with a normalizer, or without an initializer."""
    if normalizer_fn is not None or initializer is None:
        return None
    return layer_variable(
        scope,
        "biases",
        "biases",
        (size,),
        inputs,
        initializer,
        regularizer,
        trainable,
        variables_collections,
        own_regularizer=own_regularizer,
    )


def finish(
    outputs: torch.Tensor,
    scope: VariableScope,
    activation_fn: Callable[..., Any] | None,
    outputs_collections: Any,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    biases: torch.Tensor | None = None,
    channels_first: bool = False,
) -> torch.Tensor:
    """Normalizes, activates and collects the output of a layer, under the name of its scope.

    Args:
      biases: only for recorded outputs, whose bias is an operation of its own; the product of others has it.
    """
    if biases is not None:
        outputs = add_bias(outputs, biases, channels_first)
        # TensorFlow has no kernel for one spatial axis after the channels, and adds a reshaped bias.
        flat = channels_first and outputs.dim() == 3
        outputs = label(outputs, *(("add", "AddV2") if flat else ("BiasAdd", "BiasAdd")))
    unseen = True
    if normalizer_fn is not None:
        # What a normalizer of one's own does with its input, and gives, may be anything.
        unseen = getattr(normalizer_fn, "gives_new_tensor", False)
        if unseen and type(outputs) is torch.Tensor and not torch.is_grad_enabled():
            outputs.overwritable = True  # type: ignore[attr-defined]
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
        # A collected tensor has aliases.
        unseen = unseen and not hasattr(outputs, "aliases")
    if activation_fn is not None:
        outputs = activate(outputs, activation_fn) if unseen else activation_fn(outputs)
    if outputs_collections:
        return collect_named_outputs(outputs_collections, scope._name, outputs)
    return outputs


def activate(new: torch.Tensor, activation_fn: Callable[..., Any]) -> torch.Tensor:
    """`activation_fn(new)`, for a tensor just computed, which nobody else has: ReLU is written over it.

    Memory that has just been written is in the cache; for large activations that is most of the cost.
    """
    if activation_fn is not relu or type(new) is not torch.Tensor:
        return activation_fn(new)
    if not torch.is_grad_enabled():
        return new.relu_()
    if torch.compiler.is_compiling():
        return relu(new)
    base = new._base
    if base is None:
        return new.relu_()
    # Writing over a view would cost autograd copies: write over what it is a view of, and view that anew.
    order = CHANNELS_LAST.get(base.dim() - 2)
    if order is not None:
        view = base.permute(order)
        if view.shape == new.shape and view.stride() == new.stride():
            return base.relu_().permute(order)
    return relu(new)


def layer_input(inputs: Any) -> torch.Tensor:
    """What a layer was given as a tensor: an array or a list is a constant, recorded outside of steps.

    Layers call it for what is no plain `torch.Tensor`, the usual case, which this must cost nothing.
    """
    return inputs if isinstance(inputs, torch.Tensor) else constant(inputs)


def check_rank(inputs: torch.Tensor, rank: int, layer: str) -> None:
    """Raises ValueError unless `inputs` has `rank` axes."""
    if inputs.dim() != rank:
        raise ValueError(
            f"Input 0 of layer {layer} is incompatible with the layer: expected ndim={rank}, found "
            f"ndim={inputs.dim()}. Full shape received: {list(inputs.shape)}. For a single example, pass "
            f"inputs[None]."
        )


def as_dimension(value: Any) -> Any:
    """A number of units or channels as an int; None stays None, which no variable can be made of.

    Raises:
      ValueError: it is negative, or not a whole number.
    """
    if value is None or (type(value) is int and value >= 0):
        return value
    if isinstance(value, torch.SymInt):
        return value
    try:
        size = int(value)
    except (TypeError, ValueError):
        size = None
    if size is None or (isinstance(value, float) and size != value):
        raise ValueError(f"Ambiguous dimension: {value}. Pass a whole number.")
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size
