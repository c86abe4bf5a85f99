"""The store behind `get_variable`: the variable of a name, which exists, or is made.

Decides, for a full name, between giving what exists, making it, and TensorFlow's errors; and counts each
variable's regularization loss once in a step. Full names, and the defaults of scopes, come from
`scopes.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch

from slim_torch import initializers
from slim_torch.dtypes import as_device, as_dtype
from slim_torch.graph import Deferred, Graph, GraphKeys, _Thread, checked_name, get_default_graph
from slim_torch.parameter import Variable, create_variable
from slim_torch.recording import recorder_of, records

__all__ = ["add_regularization_loss", "claim"]


def claim(
    graph: Graph,
    thread: _Thread,
    name: str,
    shape: Any,
    dtype: Any,
    initializer: Any,
    regularizer: Any,
    reuse: Any,
    trainable: bool | None,
    collections: Iterable[str] | None,
    device: Any,
    memory_order: Sequence[int] | None,
) -> Variable:
    """The variable `name` of the store: the existing one, claimed for this step, or a new one."""
    state = thread.state
    variable = graph._store.get(name)
    if variable is None:
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or was not created with tf.get_variable(). Did you mean to "
                f"set reuse=tf.AUTO_REUSE in VarScope?"
            )
        variable = _create(
            graph, name, shape, dtype, initializer, trainable is not False, collections, device, memory_order
        )
        state.claimed.add(name)
    else:
        if name not in state.claimed:
            state.claimed.add(name)
        elif not reuse:
            raise ValueError(
                f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or "
                f"reuse=tf.AUTO_REUSE in VarScope? To run the model code once more, put each run in "
                f"`with graph.step():`."
            )
        if shape is not None and not _same_shape(shape, variable):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {_tuple(shape)} and found shape "
                f"{tuple(variable.shape)}."
            )
        if dtype is not None and dtype is not variable.dtype and as_dtype(dtype) != variable.dtype:
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {str(as_dtype(dtype))[6:]} and found "
                f"dtype {str(variable.dtype)[6:]}."
            )
    if thread.substitutes:
        variable = cast(Variable, thread.substitutes.get(variable._op_name, variable))
    if regularizer is not None:
        add_regularization_loss(graph, name, variable, regularizer)
    return variable


def add_regularization_loss(
    graph: Graph, name: str, variable: torch.Tensor, regularizer: Any, owner: str = ""
) -> None:
    """Puts a variable's regularization loss into REGULARIZATION_LOSSES, once in a step.

    Args:
      name: the full name that the variable was asked for by.
      owner: tells apart a layer's own regularizer from the one of the variable scope: both count.
    """
    regularized = graph._thread.state.regularized
    key = f"{name}:{owner}"
    if key not in regularized:
        regularized.add(key)
        loss: Any = _RegularizationLoss(regularizer, variable, name)
        if owner and not graph._thread.steps:
            scope, part = graph.get_name_scope(), name.rpartition("/")[2]
            loss.scope = f"{scope}/{_CORE_NAMES.get(part, part)}" if scope else part
        if graph.recorder is not None and records(graph):
            loss = loss()
        if loss is not None:
            graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


_CORE_NAMES = {
    "weights": "kernel",
    "biases": "bias",
    "depthwise_weights": "depthwise_kernel",
    "pointwise_weights": "pointwise_kernel",
}
"""What the layers of tf.layers call a variable, where TF-Slim calls it otherwise."""


class _RegularizationLoss(Deferred):
    """The regularization loss of a variable: computed when it is asked for, but recorded only once.

    Attributes:
      scope: what its operations are named after: the variable, or what a layer calls it.
    """

    scope: str | None = None
    _recorded: tuple[Any] | None = None

    def __call__(self) -> Any:
        graph = get_default_graph()
        if graph.recorder is None or not records(graph):
            return super().__call__()
        if self._recorded is None:
            with (
                recorder_of(graph).outside_control(),
                graph.name_scope(f"{self.scope or self.name}/Regularizer/"),
            ):
                self._recorded = (super().__call__(),)
        return self._recorded[0]


def _tuple(shape: Any) -> tuple[Any, ...]:
    return (shape,) if isinstance(shape, (int, torch.SymInt)) else tuple(shape)


def _same_shape(shape: Any, variable: Variable) -> bool:
    given, known = _tuple(shape), variable.shape
    if given == known:
        return True
    return len(given) == len(known) and all(a is None or a == b for a, b in zip(given, known))


def _create(
    graph: Graph,
    name: str,
    shape: Any,
    dtype: Any,
    initializer: Any,
    trainable: bool,
    collections: Iterable[str] | None,
    device: Any,
    memory_order: Sequence[int] | None,
) -> Variable:
    if not name:
        raise ValueError("'' is not a valid node name: a variable needs a name.")
    sizes = None if shape is None else _tuple(shape)
    if isinstance(initializer, type):
        initializer = initializer()
    constant = initializer is not None and (
        isinstance(initializer, torch.Tensor) or not callable(initializer)
    )
    if constant and sizes is not None:
        raise ValueError(
            f"If initializer is a constant, do not specify shape. Variable '{name}' was given shape {sizes}; "
            f"leave it out, or use tf.constant_initializer."
        )
    unknown = sizes is not None and not all(isinstance(size, int) for size in sizes)
    if unknown or (sizes is None and initializer is None):
        raise ValueError(
            f"The initializer passed is not valid: for variable '{name}' `shape` should be fully defined, "
            f"got {sizes}. Pass every size as an integer, or an initializer that is a constant or a callable "
            f"without arguments and no shape."
        )
    dtype = None if dtype is None else as_dtype(dtype)
    if initializer is None:
        floating = dtype is None or dtype.is_floating_point or dtype.is_complex
        initializer = (
            initializers.glorot_uniform_initializer() if floating else initializers.zeros_initializer()
        )
    # get_variable's names come from variable scopes alone.
    op_name = graph.unique_name(checked_name(name), scope="")
    scope = graph._thread.variable_scope
    if scope is not None and scope._makes_model_variables:
        collections = dict.fromkeys(
            [*(collections or ()), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
        )
    variable = create_variable(
        graph,
        op_name,
        initializer,
        shape=sizes,
        dtype=dtype,
        trainable=trainable,
        collections=collections,
        device=_there(as_device(device)),
        memory_order=memory_order,
    )
    graph._store[name] = variable
    graph._store_names[op_name.lower()] = name
    return variable


def _there(device: torch.device | None) -> torch.device | None:
    """The device, unless it is a GPU where there is none: then what is made by default, as by soft placement."""
    if device is not None and device.type == "cuda" and not torch.cuda.is_available():
        return None
    return device
