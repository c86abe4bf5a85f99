"""How a variable gets its name: `variable_scope`, `name_scope`, `get_variable`.

A variable scope puts its name before those of variables and hands down defaults (reuse, initializer,
regularizer, custom getter, dtype); a name scope does the first for everything else. Where a thread
stands is kept by the graph. Default arguments of layers are inherited elsewhere, in `arg_scope.py`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.graph import Graph, GraphKeys, _State, _Thread, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.variable_store import claim

__all__ = [
    "AUTO_REUSE",
    "VariableScope",
    "get_layer_variable",
    "get_variable",
    "get_variable_scope",
    "name_scope",
    "no_regularizer",
    "recall",
    "remember",
    "variable_op_scope",
    "variable_scope",
]


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
"""As `reuse`: create variables that do not exist, reuse those that do."""


_NO_DEFAULTS: dict[str, Any] = {}


class VariableScope:
    """The defaults that `get_variable` takes from the scope it is called in.

    Source: tf.VariableScope.
    """

    def __init__(self, name: str = "", reuse: bool | _ReuseMode | None = False) -> None:
        self._name = name
        self._original_name_scope = ""
        self._reuse = reuse
        # Set by the layers that TensorFlow builds on tf.layers: variables made inside, a normalizer's among
        # them, join MODEL_VARIABLES.
        self._makes_model_variables = False
        # Handed down from scope to scope as it is, and so replaced where one of them changes.
        self._defaults = _NO_DEFAULTS

    def copy(self) -> VariableScope:
        """The same defaults, to be changed on their own."""
        copied = VariableScope(self._name, self._reuse)
        copied._original_name_scope = self._original_name_scope
        copied._makes_model_variables = self._makes_model_variables
        copied._defaults = self._defaults
        return copied

    @property
    def name(self) -> str:
        """What stands before the names of variables, without a final slash."""
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope of the block that made this object, with a final slash."""
        return self._original_name_scope

    @property
    def reuse(self) -> bool | _ReuseMode | None:
        return self._reuse

    def reuse_variables(self) -> None:
        """From here on variables of this scope are reused, not created."""
        self._reuse = True

    @property
    def initializer(self) -> Any:
        return self._defaults.get("initializer")

    @property
    def regularizer(self) -> Any:
        return self._defaults.get("regularizer")

    @property
    def caching_device(self) -> Any:
        return self._defaults.get("caching_device")

    @property
    def custom_getter(self) -> Callable[..., Any] | None:
        return self._defaults.get("custom_getter")

    @property
    def dtype(self) -> torch.dtype:
        return self._defaults.get("dtype", torch.float32)

    @property
    def use_resource(self) -> bool | None:
        return self._defaults.get("use_resource")

    def set_initializer(self, initializer: Any) -> None:
        self._defaults = {**self._defaults, "initializer": initializer}

    def set_regularizer(self, regularizer: Any) -> None:
        self._defaults = {**self._defaults, "regularizer": regularizer}

    def set_caching_device(self, caching_device: Any) -> None:
        self._defaults = {**self._defaults, "caching_device": caching_device}

    def set_custom_getter(self, custom_getter: Callable[..., Any] | None) -> None:
        self._defaults = {**self._defaults, "custom_getter": custom_getter}

    def set_dtype(self, dtype: Any) -> None:
        self._defaults = {**self._defaults, "dtype": as_dtype(dtype)}

    def set_use_resource(self, use_resource: bool | None) -> None:
        self._defaults = {**self._defaults, "use_resource": use_resource}

    def get_collection(self, name: str) -> list[Any]:
        """The entries of a collection whose names are inside this scope."""
        return get_default_graph().get_collection(name, self._name + "/" if self._name else None)

    def trainable_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)


def no_regularizer(_: torch.Tensor) -> None:
    """As `regularizer`: none, also where a scope has one. Source: tf.no_regularizer."""
    return None


def get_variable_scope() -> VariableScope:
    """The variable scope in force."""
    return _current_scope(get_default_graph()._thread)


def _current_scope(thread: _Thread) -> VariableScope:
    scope = thread.variable_scope
    if scope is None:
        scope = thread.variable_scope = VariableScope()
    return scope


class name_scope:
    """Context manager: puts a name before the names of operations; see `Graph.name_scope`.

    Args:
      name: the name; None means `default_name`, and with neither the root.
      values: accepted for TensorFlow's sake; tensors carry no graph here.

    Source: tf.name_scope.
    """

    def __init__(self, name: str | None, default_name: str | None = None, values: Any = None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name for name_scope must be a string, got {name!r}.")
        self._name = default_name if name is None else name

    @property
    def name(self) -> str | None:
        return self._name

    def __enter__(self) -> str:
        self._scope = get_default_graph().name_scope(self._name)
        return self._scope.__enter__()

    def __exit__(self, *exc_info: object) -> None:
        self._scope.__exit__(*exc_info)


class variable_scope:
    """Context manager: the scope in which `get_variable` and layers make their variables.

    Args:
      name_or_scope: the name to put before those of variables, or a scope to enter again; None means
        `default_name`, made unique.
      default_name: a name for when none is given.
      values: accepted for TensorFlow's sake; tensors carry no graph here.
      initializer, regularizer, custom_getter, dtype: defaults for the variables made inside.
      caching_device, use_resource: kept and handed down; they make no difference to PyTorch.
      reuse: True reuses variables and creates none, `AUTO_REUSE` does as needed; None and False
        inherit. It cannot be switched off inside a scope that has it on.
      auxiliary_name_scope: False leaves the name scope as it is.

    Gives the `VariableScope`. A name opened twice gives `name` both times, and `name/`, then `name_1/`
    as `original_name_scope`.

    Raises:
      TypeError: neither a name nor a default name is given, or the name is not a string or scope.
      ValueError: `reuse=True` without `name_or_scope`; a name that TensorFlow does not allow.
      NotImplementedError: `partitioner` or `constraint` is given.

    Source: tf.variable_scope.
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Callable[..., Any] | None = None,
        reuse: bool | _ReuseMode | None = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if name_or_scope is not None and not isinstance(name_or_scope, (str, VariableScope)):
            raise TypeError(
                f"VariableScope: name_or_scope must be a string or VariableScope. Got {name_or_scope!r}."
            )
        if reuse and name_or_scope is None:
            raise ValueError(
                "reuse=True cannot be used without a name_or_scope: a default name is made unique, so "
                "there is nothing to reuse. Give the scope's name."
            )
        if partitioner is not None or constraint is not None:
            _refuse(partitioner=partitioner, constraint=constraint)
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse
        self._auxiliary_name_scope = auxiliary_name_scope
        self._inner_name: str | None = None
        defaults = _NO_DEFAULTS
        if not (
            initializer is regularizer is caching_device is custom_getter is dtype is use_resource is None
        ):
            if dtype is not None:
                dtype = as_dtype(dtype)
            given = {
                "initializer": initializer,
                "regularizer": regularizer,
                "caching_device": caching_device,
                "custom_getter": custom_getter,
                "dtype": dtype,
                "use_resource": use_resource,
            }
            defaults = {key: value for key, value in given.items() if value is not None}
        self._defaults = defaults

    def __enter__(self) -> VariableScope:
        graph = get_default_graph()
        self._thread = thread = graph._per_thread.thread
        state = thread.state
        self._outer = outer = thread.variable_scope or _current_scope(thread)
        self._outer_name_scope = thread.name_scope
        given = self._name_or_scope
        inner_name: str | None
        if isinstance(given, VariableScope):
            scope = given.copy()
            if self._reuse:
                scope._reuse = self._reuse
            # Its own name scope is new, but the object goes on speaking of the first one.
            inner_name = self._inner_name or given._name.rpartition("/")[2]
            given_name = ""
        else:
            if given is None:
                given = self._name_or_scope = _unique_default(state, outer._name, self._default_name or "")
                inner_name = self._default_name
            else:
                inner_name = self._inner_name or given
            full_name = f"{outer._name}/{given}" if outer._name else given
            scope = VariableScope(full_name, self._reuse or outer._reuse)
            scope._makes_model_variables = outer._makes_model_variables
            scope._defaults = outer._defaults
            given_name = given
        if self._auxiliary_name_scope and (inner_name or given_name or isinstance(given, str)):
            # A second entry of this very object finds the name scope of the first.
            self._inner_name = graph.enter_name_scope(thread, inner_name)
        # Nothing below fails: a rejected scope has left no trace.
        self._saved_counts: dict[str, dict[str, int]] | None = None
        if isinstance(given, VariableScope):
            self._saved_counts = {parent: dict(counts) for parent, counts in state.scope_counts.items()}
        else:
            scope._original_name_scope = thread.name_scope + "/" if thread.name_scope else ""
        if "/" in given_name:
            state.slashed = True
        parent, _, leaf = scope._name.rpartition("/")
        counts = state.scope_counts.get(parent)
        if counts is None:
            counts = state.scope_counts[parent] = {}
        counts[leaf] = counts.get(leaf, 0) + 1
        if self._defaults:
            defaults = {**scope._defaults, **self._defaults}
            if "custom_getter" in self._defaults:
                defaults["custom_getter"] = _composed(self._defaults["custom_getter"], scope.custom_getter)
            scope._defaults = defaults
        self._scope = thread.variable_scope = scope
        return scope

    def __exit__(self, *exc_info: object) -> None:
        thread = self._thread
        # A scope that is entered again starts its default names anew.
        counts = thread.state.scope_counts
        name = self._scope._name
        counts.pop(name, None)
        if thread.state.slashed:
            # Scopes below have forgotten theirs when they were left, but for names with slashes ('a/b').
            below = name + "/"
            for parent in [key for key in counts if key.startswith(below)]:
                del counts[parent]
        if self._saved_counts is not None:
            thread.state.scope_counts = self._saved_counts
        thread.variable_scope = self._outer
        thread.name_scope = self._outer_name_scope


def variable_op_scope(
    values: Any, name_or_scope: str | VariableScope | None, default_name: str | None = None, **kwargs: Any
) -> variable_scope:
    """`variable_scope` with its older order of arguments. Source: tf.variable_op_scope."""
    return variable_scope(name_or_scope, default_name, values, **kwargs)


def _unique_default(state: _State, outer: str, default_name: str) -> str:
    full = f"{outer}/{default_name}" if outer else default_name
    parent, _, leaf = full.rpartition("/")
    counts = state.scope_counts.get(parent)
    if counts is None or not counts.get(leaf, 0):
        return default_name
    index = 1
    while counts.get(f"{leaf}_{index}", 0):
        index += 1
    return f"{default_name}_{index}"


def _composed(custom_getter: Callable[..., Any], outer: Callable[..., Any] | None) -> Callable[..., Any]:
    if outer is None:
        return custom_getter

    def composed(getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        def outer_getter(*inner_args: Any, **inner_kwargs: Any) -> Any:
            return outer(getter, *inner_args, **inner_kwargs)

        return custom_getter(outer_getter, *args, **kwargs)

    return composed


def _refuse(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(
                f"{name}={value!r} is not supported: variables are neither split nor projected here. "
                f"Leave {name} out."
            )


def get_variable(
    name: str,
    shape: Sequence[int] | int | None = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Callable[..., Any] | None = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
    *,
    device: Any = None,
    memory_order: Sequence[int] | None = None,
) -> Variable:
    """Creates the variable `name` in the current scope, or gives the one that exists.

    Args:
      name: the name inside the current variable scope.
      shape: the logical shape; may be left out when the variable exists or the initializer decides.
      dtype: float32 by default, or the scope's.
      initializer: a callable `(shape, dtype) -> tensor`, a class of such, a constant, or a callable
        without arguments. By default the scope's, then Glorot's uniform one (zeros for integers).
      regularizer: `tensor -> 0-d tensor or None`; its value joins REGULARIZATION_LOSSES the first
        time that a step asks for the variable. By default the scope's.
      trainable: whether it joins TRAINABLE_VARIABLES; True by default.
      collections: the collections to join, GLOBAL_VARIABLES by default.
      custom_getter: called as `custom_getter(getter, name, ...)` instead of the plain getter.
      caching_device, validate_shape, use_resource, synchronization, aggregation: accepted, and handed
        to custom getters; they make no difference to PyTorch.
      device: where to create it; the graph's device, then PyTorch's, by default.
      memory_order: the logical axes in the order they have in memory, outermost first.

    Raises:
      ValueError: the variable exists and reuse is off; it does not exist and `reuse=True`; shape or
        dtype differ from the existing one's; the shape is missing or not fully known.
      NotImplementedError: `partitioner` or `constraint` is given.

    Source: tf.get_variable.
    """
    graph = get_default_graph()
    thread = graph._thread
    scope = _current_scope(thread)
    full_name = f"{scope._name}/{name}" if scope._name else name
    if scope._defaults:
        if initializer is None:
            initializer = scope.initializer
        if regularizer is None:
            regularizer = scope.regularizer
        if custom_getter is None:
            custom_getter = scope.custom_getter
    if dtype is None:
        dtype = scope.dtype if shape is not None or initializer is None or callable(initializer) else None
    if partitioner is not None or constraint is not None:
        _refuse(partitioner=partitioner, constraint=constraint)

    if custom_getter is None:
        variable = claim(
            graph,
            thread,
            full_name,
            shape,
            dtype,
            initializer,
            regularizer,
            scope._reuse,
            trainable,
            collections,
            device,
            memory_order,
        )
        if thread.steps == 0 and type(variable) is Variable:
            variable.remember_calls()
        return variable

    def getter(
        name: str,
        shape: Any = None,
        dtype: Any = torch.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Variable:
        _refuse(partitioner=partitioner, constraint=constraint)
        # The axes in memory fit the shape that the layer asked for; a getter may ask for another.
        order = (
            memory_order if shape is not None and memory_order and len(shape) == len(memory_order) else None
        )
        return claim(
            graph,
            thread,
            name,
            shape,
            dtype,
            initializer,
            regularizer,
            reuse,
            trainable,
            collections,
            device,
            order,
        )

    return custom_getter(
        getter,
        name=full_name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        reuse=scope._reuse,
        trainable=True if trainable is None else trainable,
        collections=collections,
        caching_device=scope.caching_device if caching_device is None else caching_device,
        partitioner=None,
        validate_shape=validate_shape,
        use_resource=scope.use_resource if use_resource is None else use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
        constraint=None,
    )


def get_layer_variable(
    graph: Graph,
    scope: VariableScope,
    name: str,
    shape: tuple[Any, ...],
    dtype: torch.dtype,
    initializer: Any,
    regularizer: Any,
    trainable: bool,
    collections: Iterable[str],
    device: torch.device,
    memory_order: Sequence[int] | None = None,
) -> Variable:
    """`get_variable` for layers, without what they never ask for.

    Args:
      scope: the variable scope in force.
    """
    if scope._defaults:
        return get_variable(
            name,
            shape,
            dtype,
            initializer,
            regularizer,
            trainable,
            collections,
            device=device,
            memory_order=memory_order,
        )
    full_name = f"{scope._name}/{name}" if scope._name else name
    return claim(
        graph,
        graph._per_thread.thread,
        full_name,
        shape,
        dtype,
        initializer,
        regularizer,
        scope._reuse,
        trainable,
        collections,
        device,
        memory_order,
    )


def recall(graph: Graph, scope: VariableScope, layer: str, asked: tuple[Any, ...]) -> Any:
    """What `remember` was last given here, with its variables claimed for this step; None if other things are asked.

    A layer gets its variables, and what it made of its arguments, by one look. No variable is touched: after
    a large kernel they are in no cache, and a few hundred touches would be felt.
    """
    known = graph._layer_variables.get((layer, scope._name))
    if known is None or known[0] != asked or scope._defaults:
        return None
    thread = graph._per_thread.thread
    if thread.substitutes or not thread.state.claimed.isdisjoint(known[1]):
        return None
    thread.state.claimed.update(known[1])
    return known[2]


def remember(
    graph: Graph, scope: VariableScope, layer: str, asked: tuple[Any, ...], names: Iterable[str], known: Any
) -> None:
    """Keeps what a layer got in this scope for later steps that ask for the same; see `recall`.

    Args:
      layer: the kind of layer; two kinds may share a scope.
      asked: all that decides on `known`, but for what only counts when variables are made.
      names: the names of the variables inside the scope.
    """
    # What is written while torch.compile traces would have the traced code checked, and traced, again.
    if torch.compiler.is_dynamo_compiling() or scope._defaults or graph._per_thread.thread.substitutes:
        return
    full_names = tuple(f"{scope._name}/{name}" for name in names)
    graph._layer_variables[layer, scope._name] = (asked, full_names, known)
