"""`tf.layers.Layer`: an object with a variable scope of its own, and what all layers of `tf.layers` share.

Where a layer's variables and operations are named, when it is built, and what its losses and updates join is
decided here; what a layer computes is in `layers_convolutions.py` and its neighbours. A layer may live for one
call, as those behind `tf.layers.conv2d` do, or from step to step; its variables are the graph's.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from slim_torch import activations, recorded_variable, scopes
from slim_torch.compiled_shape import shape_of
from slim_torch.dtypes import as_dtype
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import label, scoped
from slim_torch.scopes import VariableScope, get_variable_scope, name_scope, variable_scope
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensors import as_tensor
from slim_torch.tf import initializers
from slim_torch.variable_store import add_regularization_loss

__all__ = [
    "InputSpec",
    "Layer",
    "as_activation",
    "as_initializer",
    "channels_first",
    "function_of",
    "size_at",
]

Function = Callable[..., Any]

_KERAS_ARGUMENTS = ("input_shape", "batch_input_shape", "batch_size", "weights")


class InputSpec:
    """What a layer asks of an input: every argument that is not None. Source: tf.layers.InputSpec.

    Args:
      shape: sizes, None for any.
      ndim, max_ndim, min_ndim: of the rank.
      axes: sizes by axis.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
    ) -> None:
        self.dtype = dtype
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = axes or {}

    def check(self, x: torch.Tensor, index: int, layer: str) -> None:
        """Raises ValueError unless `x`, input `index` of the layer, is as asked for."""
        start = f"Input {index} of layer {layer} is incompatible with the layer: "
        if isinstance(x, SymbolicTensor) and x.stand_ins is None:
            raise ValueError(f"{start}its rank is undefined, but the layer requires a defined rank.")
        rank, received = x.dim(), f"Full shape received: {_listed(x)}"
        if self.ndim is not None and rank != self.ndim:
            raise ValueError(f"{start}expected ndim={self.ndim}, found ndim={rank}. {received}")
        if self.max_ndim is not None and rank > self.max_ndim:
            raise ValueError(f"{start}expected max_ndim={self.max_ndim}, found ndim={rank}. {received}")
        if self.min_ndim is not None and rank < self.min_ndim:
            raise ValueError(f"{start}: expected min_ndim={self.min_ndim}, found ndim={rank}. {received}")
        if self.dtype is not None and x.dtype != as_dtype(self.dtype):
            raise ValueError(
                f"{start}expected dtype={self.dtype}, found dtype={str(x.dtype)[6:]}. {received}"
            )
        axes = self.axes if self.shape is None else dict(enumerate(self.shape))
        for axis, size in axes.items():
            found = _listed(x)[int(axis)]
            if size is not None and found is not None and found != int(size):
                raise ValueError(
                    f"{start}expected axis {axis} of input shape to have value {size} but received input with shape "
                    f"{_listed(x)}"
                )


def _listed(x: torch.Tensor) -> list[Any]:
    return x.get_shape().as_list() if isinstance(x, SymbolicTensor) else list(x.shape)


class Layer:
    """A function of tensors that has variables. Source: tf.layers.Layer.

    A subclass makes its variables in `build(input_shape)`, with `add_variable`, and computes in
    `call(inputs, ...)`. The first call of a layer decides on the names of its variables: they stand in the
    variable scope `name`, made unique, in the scope of that call. Later calls use the same variables.

    Args:
      trainable: whether its variables may be trained.
      name: the name of its scope; by default the class's, in snake case.
      dtype: of its variables; that of its first input by default.
      kwargs: `activity_regularizer`; what Keras's models use (`input_shape` and others) is taken and has no effect.

    Raises:
      TypeError: an unknown argument.
    """

    _default_name = "layer"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._default_name = _snake_case(cls.__name__)

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        scope, self._reuse = kwargs.pop("_scope", None), kwargs.pop("_reuse", None)
        self.activity_regularizer = as_regularizer(kwargs.pop("activity_regularizer", None))
        for key in kwargs:
            if key not in _KERAS_ARGUMENTS:
                raise TypeError("Keyword argument not understood:", key)
        self.trainable = trainable
        self.built = False
        self.input_spec: Any = None
        self.graph: Graph = get_default_graph()
        self._base_name = name or self._default_name
        self._name = name or self._unique_name()
        self._dtype = None if dtype is None else as_dtype(dtype)
        self._own: list[Variable] = []
        self._regularizers: list[tuple[str, Variable, Function]] = []
        self._scope: VariableScope | None = None
        self._device: torch.device | None = None
        self._step: Any = None
        self._step_losses: list[Any] = []
        self._step_updates: list[Any] = []
        if scope is not None:
            self._set_scope(scope)

    # Names

    def _unique_name(self) -> str:
        # Layers are counted like operations, but are none: no operation's name holds a space.
        names = self.graph._thread.state.names
        count = names[f"layer {self._base_name}"] = names.get(f"layer {self._base_name}", 0) + 1
        return f"{self._base_name}_{count}"

    def _set_scope(self, scope: Any = None) -> None:
        if self._scope is None:
            name = self._base_name if scope is None and self._reuse else scope
            with variable_scope(name, None if self._reuse else self._base_name) as captured:
                self._scope = captured

    @property
    def name(self) -> str:
        """The name of the object, which need not be that of its scope."""
        return self._name

    @property
    def scope_name(self) -> str:
        """The beginning of its variables' names, without the slash.

        Raises:
          ValueError: the layer has not been called yet.
        """
        if self._scope is None:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been used yet. The scope '
                f"name is determined the first time the layer instance is called. You must therefore call the layer "
                f"before querying `scope_name`."
            )
        return self._scope.name

    # Calling

    def build(self, input_shape: Any) -> None:
        """Makes the variables, for inputs of a `TensorShape`."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes."""
        return inputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The call, by name."""
        return self(inputs, *args, **kwargs)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Builds the layer if it has not been built, and computes.

        Args:
          inputs: a tensor or what is made one; or a nest of tensors.
          args, kwargs: for `call`; but for `scope`, the variable scope of a first call.

        Raises:
          ValueError: an input is not as the layer's `input_spec` asks for, or `call` gives nothing.
        """
        scope = kwargs.pop("scope", None)
        if not isinstance(inputs, torch.Tensor):
            inputs = _map(as_tensor, inputs)
        self._set_scope(scope)
        assert self._scope is not None
        with (
            variable_scope(
                self._scope, reuse=True if self.built else self._reuse, auxiliary_name_scope=False
            ) as entered,
            name_scope(entered.original_name_scope),
        ):
            return self._called(inputs, args, kwargs)

    def _called(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        flat = [inputs] if isinstance(inputs, torch.Tensor) else list(_leaves(inputs))
        if not self.built:
            self._check(flat)
            if flat:
                self._device = flat[0].device
                if self._dtype is None:
                    self._dtype = flat[0].dtype
            self.build(_map(shape_of, inputs))
            self.built = True
        self._check(flat)
        self._restart()
        for name, variable, regularizer in self._regularizers:
            add_regularization_loss(get_default_graph(), name, variable, regularizer, owner="layer")
        outputs = self.call(inputs, *args, **kwargs)
        if outputs is None:
            raise ValueError(
                f"A layer's `call` method should return a Tensor or a list of Tensors, not None (layer: {self._name})."
            )
        if self.activity_regularizer is not None:
            for output in _leaves(outputs):
                with scoped(None, "ActivityRegularizer"):
                    loss = self.activity_regularizer(output) / output.shape[0]
                    self.add_loss(label(loss, "truediv"))
        return outputs

    def _check(self, inputs: Sequence[Any]) -> None:
        if self.input_spec is None:
            return
        specs = self.input_spec if isinstance(self.input_spec, (list, tuple)) else [self.input_spec]
        if len(specs) != len(inputs):
            raise ValueError(
                f"Layer {self._name} expects {len(specs)} inputs, but it received {len(inputs)} input tensors. Inputs "
                f"received: {inputs}"
            )
        for i, (spec, x) in enumerate(zip(specs, inputs)):
            if spec is not None:
                spec.check(x, i, self._name)

    # Variables

    def add_variable(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        memory_order: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> Variable:
        """Makes a variable in the layer's scope, or finds it there.

        Args:
          dtype: that of the layer by default.
          initializer: as for `get_variable`; or the name of one of `tf.initializers`.
          regularizer: its value joins REGULARIZATION_LOSSES in every step that calls the layer.
          trainable: False keeps it from TRAINABLE_VARIABLES, as does a layer that is not trainable.
          constraint: refused; see `get_variable`.
          memory_order: the logical axes in the order they have in memory, outermost first.
          kwargs: the others of `get_variable`.
        """
        self._set_scope()
        assert self._scope is not None
        if get_variable_scope().name != self._scope.name:
            with (
                variable_scope(
                    self._scope, reuse=True if self.built else self._reuse, auxiliary_name_scope=False
                ) as entered,
                name_scope(entered.original_name_scope),
            ):
                return self.add_variable(
                    name,
                    shape,
                    dtype,
                    initializer,
                    regularizer,
                    trainable,
                    constraint,
                    memory_order,
                    **kwargs,
                )
        variable = scopes.get_variable(
            name,
            None if shape is None else tuple(shape) if isinstance(shape, (list, tuple)) else (shape,),
            self._dtype or torch.float32 if dtype is None else dtype,
            as_initializer(initializer),
            trainable=bool(self.trainable and trainable is not False),
            constraint=constraint,
            device=self._device,
            memory_order=memory_order,
            **kwargs,
        )
        self._own.append(variable)
        if regularizer is not None:
            entry = (f"{self._scope.name}/{name}", variable, as_regularizer(regularizer))
            self._regularizers.append(entry)
            add_regularization_loss(get_default_graph(), *entry, owner="layer")
        return variable

    def add_weight(self, name: str, shape: Any, *args: Any, **kwargs: Any) -> Variable:
        """`add_variable` under its newer name."""
        return self.add_variable(name, shape, *args, **kwargs)

    @property
    def weights(self) -> list[Variable]:
        """Its own variables, those that are trained first; not those of layers that it calls."""
        return [*self.trainable_weights, *self.non_trainable_weights]

    @property
    def trainable_weights(self) -> list[Variable]:
        return _unique([variable for variable in self._own if self.trainable and variable.trainable])

    @property
    def non_trainable_weights(self) -> list[Variable]:
        return _unique([variable for variable in self._own if not (self.trainable and variable.trainable)])

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def dtype(self) -> torch.dtype | None:
        """Of its variables; None before the first call."""
        return self._dtype

    def count_params(self) -> int:
        """How many numbers its variables hold."""
        return sum(variable.numel() for variable in self.weights)

    # Losses and updates, which belong to a step

    def _restart(self) -> None:
        state = get_default_graph()._thread.state
        if self._step is not state:
            self._step, self._step_losses, self._step_updates = state, [], []

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` was given in this step, and the regularization losses of its variables."""
        self._restart()
        made = list(self._step_losses)
        for name, variable, regularizer in self._regularizers:
            with scoped(None, f"{name.rpartition('/')[2]}/Regularizer"):
                made.append(regularizer(variable))
        return [loss for loss in made if loss is not None]

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Puts a loss, or a list of them, into REGULARIZATION_LOSSES."""
        self._restart()
        for loss in losses if isinstance(losses, (list, tuple)) else [losses]:
            self._step_losses.append(loss)
            get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)

    @property
    def updates(self) -> list[Any]:
        """What `add_update` was given in this step."""
        self._restart()
        return [] if not self.trainable else list(self._step_updates)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Puts an update, or a list of them, into UPDATE_OPS."""
        self._restart()
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            op = update.op if isinstance(update, SymbolicTensor) else update
            self._step_updates.append(op)
            get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, op)


def _snake_case(name: str) -> str:
    split = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", split).lower()
    return f"private{snake}" if snake.startswith("_") else snake


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _leaves(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _map(function: Function, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _map(function, item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_map(function, item) for item in value))
    if isinstance(value, (list, tuple)):
        return type(value)(_map(function, item) for item in value)
    return function(value)


def size_at(shape: Any, axis: int) -> Any:
    """One size of what `build` is given, a shape or a list; None if it is not known."""
    size = shape[axis]
    return getattr(size, "value", size)


def _unique(items: list[Any]) -> list[Any]:
    return list({id(item): item for item in items}.values())


def as_activation(activation: Any) -> Function | None:
    """A function, or the name of one of `tf.nn`; None, and `"linear"`, stand for none.

    Raises:
      ValueError: there is none of this name.
    """
    if not isinstance(activation, str):
        return activation
    if activation == "linear":
        return None
    found: Function | None = getattr(activations, activation, None)
    if found is None or activation not in activations.__all__:
        raise ValueError(
            f"Unknown activation function:{activation}. Pass a function such as tf.nn.relu, or its name."
        )
    return found


def as_initializer(initializer: Any) -> Any:
    """An initializer, or the name of one of `tf.initializers`.

    Raises:
      ValueError: it is no function, or there is none of this name.
    """
    if initializer is None:
        return None
    if isinstance(initializer, str):
        found = getattr(initializers, initializer, None)
        if found is None or hasattr(recorded_variable, f"{initializer}_initializer"):
            raise ValueError(f"Unknown initializer: {initializer}")
        return found()
    if not callable(initializer) or isinstance(initializer, torch.Tensor):
        raise ValueError(  # noqa: TRY004 - TensorFlow's type
            f"Could not interpret initializer identifier: {initializer}. Pass a function such as "
            f"tf.constant_initializer(value)."
        )
    return initializer


def as_regularizer(regularizer: Any) -> Any:
    """A function of a tensor, or None.

    Raises:
      ValueError: it is something else.
    """
    if regularizer is not None and not callable(regularizer):
        raise ValueError(
            f"Could not interpret regularizer identifier: {regularizer}. Pass a function such as "
            f"tf.contrib.layers.l2_regularizer(scale)."
        )
    return regularizer


def channels_first(data_format: str) -> bool:
    """Whether the channels are the second axis; data formats are called as in Keras.

    Raises:
      ValueError: it is an unknown format.
    """
    if not isinstance(data_format, str) or data_format.lower() not in ("channels_first", "channels_last"):
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {data_format}'
        )
    return data_format.lower() == "channels_first"


def function_of(layer: type[Layer], name: str, what: str) -> Callable[..., torch.Tensor]:
    """The function of `tf.layers` that makes a layer and calls it.

    Its arguments are the inputs, those of the class up to `name`, and `reuse`.

    Args:
      what: what the function gives: the beginning of its documentation.
    """
    own = list(inspect.signature(layer).parameters.values())[:-1]
    place = next(i for i, parameter in enumerate(own) if parameter.name == "name")

    def function(inputs: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        if len(args) > len(own):
            args, kwargs["reuse"] = args[:-1], args[-1]
        reuse = kwargs.pop("reuse", None)
        scope = args[place] if len(args) > place else kwargs.get("name")
        return layer(*args, **kwargs, _reuse=reuse, _scope=scope)(inputs)

    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("inputs", either, annotation=Any),
            *own,
            inspect.Parameter("reuse", either, default=None, annotation=Any),
        ],
        return_annotation=torch.Tensor,
    )
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{what}\n\n    Arguments and errors are those of `{layer.__name__}`; with `reuse` (True or tf.AUTO_REUSE) and "
        f"`name` the variables that there are\n    under that name are used.\n\n    Source: tf.layers.{name}.\n    "
    )
    return function
