"""TF-Slim's variables: how models make them, and how they are found, filtered and assigned.

`variable` and `model_variable` go through `scopes.get_variable`, so all its rules hold; the class
itself is in `parameter.py`. Reading and writing checkpoint files is not here.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.arg_scope import add_arg_scope
from slim_torch.assignments import assignment, assignment_fn
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.scopes import VariableScope, get_variable, get_variable_scope

_logger = logging.getLogger("slim_torch")

__all__ = [
    "Variable",
    "add_model_variable",
    "assert_global_step",
    "assert_or_get_global_step",
    "assign_from_values",
    "assign_from_values_fn",
    "create_global_step",
    "filter_variables",
    "get_global_step",
    "get_local_variable",
    "get_local_variables",
    "get_model_variables",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variable_full_name",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "global_variable",
    "global_variables",
    "local_variable",
    "local_variables",
    "model_variable",
    "model_variables",
    "trainable_variables",
    "variable",
]


@add_arg_scope
def variable(
    name: str,
    shape: Sequence[int] | int | None = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: str | Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = None,
    aggregation: Any = None,
    *,
    memory_order: Sequence[int] | None = None,
) -> Variable:
    """Creates a variable in the current variable scope, or gives the one that exists.

    Args:
      name, shape, dtype, initializer, regularizer, trainable: as for `get_variable`.
      custom_getter: called in place of `get_variable`, with its arguments and `reuse`.
      collections: the collections to join, each once; `[GraphKeys.GLOBAL_VARIABLES]` by default.
      device: a torch device, its name, or TensorFlow's form (`"/gpu:0"`).
      caching_device, use_resource, synchronization, aggregation: accepted; without effect here.
      memory_order: the logical axes in the order they have in memory, outermost first.

    Raises:
      ValueError: as `get_variable`.
      NotImplementedError: `partitioner` is given.

    Source: tf.contrib.framework.variable.
    """
    keys = list(dict.fromkeys([GraphKeys.GLOBAL_VARIABLES] if collections is None else collections))
    if custom_getter is not None:
        # Unlike the getter of a scope, this one is called in place of get_variable, by the short name.
        return custom_getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            reuse=get_variable_scope().reuse,
            trainable=trainable,
            collections=keys,
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=keys,
        caching_device=caching_device,
        partitioner=partitioner,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
        device=device,
        memory_order=memory_order,
    )


@add_arg_scope
def model_variable(
    name: str,
    shape: Sequence[int] | int | None = None,
    dtype: Any = torch.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = None,
    aggregation: Any = None,
    *,
    memory_order: Sequence[int] | None = None,
) -> Variable:
    """`variable` that also joins GLOBAL_VARIABLES and MODEL_VARIABLES, whatever `collections` says.

    Source: tf.contrib.framework.model_variable.
    """
    keys = [*(collections or ()), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=keys,
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
        memory_order=memory_order,
    )


def local_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: bool | None = None
) -> Variable:
    """A variable of this process: untrained, in LOCAL_VARIABLES, and in no checkpoint by default."""
    return Variable(initial_value, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES], name=name)


def global_variable(
    initial_value: Any, validate_shape: bool = True, name: str | None = None, use_resource: bool | None = None
) -> Variable:
    """An untrained variable in GLOBAL_VARIABLES."""
    return Variable(initial_value, trainable=False, collections=[GraphKeys.GLOBAL_VARIABLES], name=name)


def add_model_variable(var: Variable) -> None:
    """Adds `var` to MODEL_VARIABLES unless it is there."""
    graph = get_default_graph()
    if not any(known is var for known in graph.get_collection_ref(GraphKeys.MODEL_VARIABLES)):
        graph.add_to_collection(GraphKeys.MODEL_VARIABLES, var)


def global_variables(scope: str | None = None) -> list[Variable]:
    """GLOBAL_VARIABLES, those whose name `scope` (a regular expression) matches from the start."""
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Variable]:
    """LOCAL_VARIABLES, filtered as in `global_variables`."""
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Variable]:
    """MODEL_VARIABLES, filtered as in `global_variables`."""
    return get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Variable]:
    """TRAINABLE_VARIABLES, filtered as in `global_variables`."""
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def get_variables(
    scope: str | VariableScope | None = None,
    suffix: str | None = None,
    collection: str = GraphKeys.GLOBAL_VARIABLES,
) -> list[Variable]:
    """The variables of `collection` under `scope` whose names end in `suffix`.

    Args:
      scope: a scope, or a regular expression that the name must match from the start: `'net'` also
        finds `network/...`.
      suffix: the last parts of the name; it may hold slashes.

    Source: tf.contrib.framework.get_variables.
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    if suffix is not None:
        suffix = suffix.rstrip("/").removesuffix(":0")
        scope = (scope or "") + ".*" + suffix + ":0$"
    return get_default_graph().get_collection(collection, scope)


def get_model_variables(
    scope: str | VariableScope | None = None, suffix: str | None = None
) -> list[Variable]:
    """`get_variables` of MODEL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variable(
    name: str,
    shape: Sequence[int] | None = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = False,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Callable[..., Any] | None = None,
    constraint: Any = None,
    synchronization: Any = None,
    aggregation: Any = None,
) -> Variable:
    """As `get_variable`, for a variable of LOCAL_VARIABLES that is not trained. Source: tf.get_local_variable."""
    return get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=False,
        collections=[*(collections or ()), GraphKeys.LOCAL_VARIABLES],
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_local_variables(
    scope: str | VariableScope | None = None, suffix: str | None = None
) -> list[Variable]:
    """`get_variables` of LOCAL_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(
    scope: str | VariableScope | None = None, suffix: str | None = None
) -> list[Variable]:
    """`get_variables` of TRAINABLE_VARIABLES."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: str | VariableScope | None = None) -> list[Variable]:
    """`get_variables(scope, suffix)`."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name: str, scope: str | VariableScope | None = None) -> list[Variable]:
    """The variables under `scope` whose name ends in `/given_name`.

    A variable of just that name, in no scope, is given too, whatever `scope` says: so does TensorFlow.

    Source: tf.contrib.framework.get_variables_by_name.
    """
    if isinstance(scope, VariableScope):
        scope = scope.name
    return get_variables(scope=f"{scope or ''}.*/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Variable:
    """The variable of that full name.

    Raises:
      ValueError: there is none, or more than one name ends so.
    """
    candidates = get_variables(scope=var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}{_nearest(var_op_name)}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(
        f"Variable {var_op_name} does not uniquely identify a variable: the name is the beginning of "
        f"{', '.join(candidate.op.name for candidate in candidates)}. Give a full name."
    )


def get_variable_full_name(var: Variable) -> str:
    """The name under which checkpoints know `var`, such as `"conv1/weights"`."""
    return var.op.name


def get_variables_to_restore(
    include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
) -> list[Variable]:
    """The variables to take from a checkpoint.

    Args:
      include: scopes whose variables to take, all by default; an empty list takes none.
      exclude: scopes whose variables to leave out. Both match as in `get_variables`.

    Raises:
      TypeError: either is given and is not a list or tuple.

    Source: tf.contrib.framework.get_variables_to_restore.
    """
    if include is None:
        included = get_variables()
    else:
        if not isinstance(include, (list, tuple)):
            raise TypeError(f"include is provided but is not a list or a tuple. Got {include!r}.")
        included = [var for scope in include for var in get_variables(scope)]
    excluded: set[int] = set()
    if exclude is not None:
        if not isinstance(exclude, (list, tuple)):
            raise TypeError(f"exclude is provided but is not a list or a tuple. Got {exclude!r}.")
        excluded = {id(var) for scope in exclude for var in get_variables(scope)}
    return [var for var in included if id(var) not in excluded]


def filter_variables(
    var_list: Iterable[Variable],
    include_patterns: Sequence[str] | None = None,
    exclude_patterns: Sequence[str] | None = None,
    reg_search: bool = True,
) -> list[Variable]:
    """Those of `var_list` that match an include pattern and no exclude pattern.

    Args:
      include_patterns: regular expressions; None includes everything, an empty list nothing.
      exclude_patterns: regular expressions; None or an empty list excludes nothing.
      reg_search: True finds a pattern anywhere in the name, False only at its start.

    Source: tf.contrib.framework.filter_variables.
    """
    match = re.search if reg_search else re.match
    variables = list(var_list)
    if include_patterns is not None:
        variables = [v for v in variables if any(match(pattern, v.name) for pattern in include_patterns)]
    if exclude_patterns:
        variables = [v for v in variables if not any(match(pattern, v.name) for pattern in exclude_patterns)]
    return variables


def assign_from_values(var_names_to_values: Mapping[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """Prepares assigning arrays to variables by name.

    Args:
      var_names_to_values: full names and arrays; an array is reshaped to its variable. A name that no
        variable has stands for the first variable whose name begins so.

    Returns:
      `(assign_op, feed_dict)`. In a recorded graph `session.run(assign_op, feed_dict)` assigns. Elsewhere
      calling `assign_op()` does, and `feed_dict` holds the arrays by name, in the variables' shapes.

    Raises:
      ValueError: names without a variable, or arrays of another size; all of them are listed, and
        nothing is assigned.

    Source: tf.contrib.framework.assign_from_values.
    """
    return assignment(_with_variables(var_names_to_values))


def assign_from_values_fn(var_names_to_values: Mapping[str, Any]) -> Callable[..., None]:
    """A function, such as `learning.train` takes as `init_fn`, that assigns the values.

    Its argument is the session; without sessions it needs none. Raises as `assign_from_values`.
    """
    return assignment_fn(_with_variables(var_names_to_values))


def _with_variables(var_names_to_values: Mapping[str, Any]) -> list[tuple[Variable, torch.Tensor]]:
    """The values in the shapes and dtypes of the variables that they are for."""
    problems: list[str] = []
    pairs: list[tuple[Variable, torch.Tensor]] = []
    for name, value in var_names_to_values.items():
        var = _first_named(name)
        array = value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        if var is None:
            problems.append(f"Variable {name} wasn't found{_nearest(name)}")
        elif array.size != var.numel():
            problems.append(
                f"cannot reshape array of shape {array.shape} into variable {name} of shape {tuple(var.shape)}"
            )
        else:
            pairs.append((var, torch.as_tensor(array.reshape(tuple(var.shape))).to(var.dtype)))
    if problems:
        raise ValueError("; ".join(problems))
    return pairs


def get_global_step(graph: Graph | None = None) -> Variable | None:
    """The global step of the graph; None when it has none, or more than one in its collection.

    Raises:
      TypeError: the variable is not an integer scalar.
    """
    graph = graph or get_default_graph()
    steps = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(steps) > 1:
        _logger.error("Multiple tensors in global_step collection: %s", [step.name for step in steps])
        return None
    step = steps[0] if steps else graph._variables.get("global_step")
    if step is not None:
        assert_global_step(step)
    return step


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of a global step in a session.

    Args:
      sess: the session; None for a variable in code without sessions.
      global_step_tensor: the variable, or a recorded tensor.

    Source: tf.train.global_step.
    """
    if sess is not None:
        return int(sess.run(global_step_tensor))
    return int(global_step_tensor)


def create_global_step(graph: Graph | None = None) -> Variable:
    """Makes the variable `global_step`: an int64 scalar, zero, untrained, in GLOBAL_STEP.

    Raises:
      ValueError: the graph has one.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists. Use get_or_create_global_step to have either.')
    with graph.as_default():
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=torch.int64,
            initializer=lambda shape, dtype: torch.zeros(shape, dtype=dtype),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph: Graph | None = None) -> Variable:
    """The global step of the graph, made if there is none."""
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor: Any) -> None:
    """Checks that a global step is an integer scalar.

    Raises:
      TypeError: it is not.
    """
    if not isinstance(global_step_tensor, torch.Tensor):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor!r}.')
    dtype, shape = global_step_tensor.dtype, tuple(global_step_tensor.shape)
    if dtype not in (torch.int32, torch.int64):
        raise TypeError(f'Existing "global_step" does not have integer type: {dtype}. Use torch.int64.')
    if shape != ():
        raise TypeError(f'Existing "global_step" is not scalar: its shape is {shape}.')


def assert_or_get_global_step(graph: Graph | None = None, global_step_tensor: Any = None) -> Any:
    """Checks `global_step_tensor` as `assert_global_step` does, or gets the graph's when it is None."""
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


def _first_named(name: str) -> Variable | None:
    """The variable of that name, else the first whose name begins so, as TensorFlow picks it."""
    candidates = get_variables(scope=name)
    exact = [var for var in candidates if var.op.name == name]
    found = exact or candidates
    return found[0] if found else None


def _nearest(name: str) -> str:
    names = [var.op.name for var in get_variables()]
    close = difflib.get_close_matches(name, names, n=3)
    return f". The nearest names are: {', '.join(close)}." if close else "."
