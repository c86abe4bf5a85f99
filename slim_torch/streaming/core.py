"""A metric: variables that gather over batches, a pure function that brings them up to date, and one that reads.

Formulas are in the modules beside this one, as functions of plain tensors: `update(state, *inputs)` gives the new
state, a tuple with a tensor for each variable, and `value(state)` what the metric says by then. Nothing else
touches the variables.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch import errors
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import Inferred, infer
from slim_torch.parameter import Variable
from slim_torch.recording import record, records, rename
from slim_torch.tensors import named

__all__ = [
    "Collections",
    "Metric",
    "MetricUpdate",
    "MetricValue",
    "State",
    "call_it",
    "collect",
    "derived",
    "metric",
    "metric_of_parts",
    "nothing",
    "required",
]

State = tuple[Tensor, ...]
Metric = tuple["MetricValue", "MetricUpdate"]
Collections = str | Iterable[str] | None


class _Failures(threading.local):
    """What the update that is running has found wrong on an accelerator, by message: 0-d bool tensors."""

    found: dict[str, Tensor] | None = None


_failures = _Failures()


def required(condition: Tensor, message: str) -> None:
    """Within an update, sees to it that values of the batch are as they must be.

    On the processor it raises at once. On an accelerator that would take a synchronization per batch: there the
    metric raises when its value is read.

    Raises:
      tf.errors.InvalidArgumentError: `condition` does not hold everywhere.
    """
    if condition.device.type == "cpu":
        if not bool(condition.all()):
            raise errors.InvalidArgumentError(None, None, f"assertion failed: [{message}]")
    elif _failures.found is not None:
        failed = ~condition.all()
        known = _failures.found.get(message)
        _failures.found[message] = failed if known is None else known | failed


def _bring_up_to_date(
    update: Callable[..., State], variables: Sequence[Tensor], inputs: Sequence[Any]
) -> None:
    """Adds a batch to the variables."""
    first = variables[0]
    _failures.found = first.__dict__.pop(_FAILED, {})
    try:
        with torch.no_grad():
            state = update(tuple(variable.detach() for variable in variables), *inputs)
            for variable, new in zip(variables, state, strict=True):
                if variable.shape == new.shape:
                    variable.copy_(new)
                else:
                    variable.data = new.to(variable.dtype)
        if _failures.found:
            first.__dict__[_FAILED] = _failures.found
    finally:
        _failures.found = None


# The attribute of a metric's first variable that keeps the failures.
_FAILED = "failed_requirements"


def _read(function: Callable[[State], Any], variables: Sequence[Tensor]) -> Any:
    """A function of the values of the variables, after a look at what went wrong."""
    for message, failed in variables[0].__dict__.pop(_FAILED, {}).items():
        if bool(failed):
            raise errors.InvalidArgumentError(None, None, f"assertion failed: [{message}]")
    return _of_state(function, variables)


def _of_state(function: Callable[[State], Any], variables: Sequence[Tensor]) -> Any:
    with torch.no_grad():
        state = tuple(variable.detach() for variable in variables)
        result = function(state)
        # Later updates must not change what was read.
        return result.clone() if any(result is value for value in state) else result


def nothing(state: State) -> None:
    """What an update gives that TensorFlow has as an operation without a result."""


class MetricValue:
    """What a metric says about the batches so far, computed when it is called.

    Attributes:
      name: TensorFlow's name of the tensor.
      variables: what it is computed from.
    """

    belongs_to_step = True

    def __init__(self, function: Callable[[State], Any], variables: tuple[Variable, ...], op: str) -> None:
        self.function = function
        self.variables = variables
        # An operation without a result has a name without the number of one.
        self.name = get_default_graph().unique_name(op) + ("" if function is nothing else ":0")

    def __call__(self) -> Any:
        return _read(self.function, self.variables)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"


class MetricUpdate(MetricValue):
    """Adds the batch to the metric's variables when it is called, each time anew; gives what it then says."""

    def __init__(
        self,
        function: Callable[[State], Any],
        variables: tuple[Variable, ...],
        op: str,
        update: Callable[..., State],
        inputs: tuple[Any, ...],
    ) -> None:
        super().__init__(function, variables, op)
        self.update = update
        self.inputs = inputs

    def __call__(self) -> Any:
        _bring_up_to_date(self.update, self.variables, self.inputs)
        return _of_state(self.function, self.variables)


def metric(
    variables: Sequence[tuple[str, Sequence[int], torch.dtype]],
    update: Callable[..., State],
    value: Callable[[State], Any],
    inputs: Sequence[Any],
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    *,
    updated: Callable[[State], Any] | None = None,
    ops: tuple[str, str] = ("value", "update_op"),
    static: Inferred | None = None,
) -> Metric:
    """`(value, update_op)` of a metric, in the current name scope.

    Args:
      variables: names, shapes and dtypes of its local variables, which start at zero.
      update, value: see the module.
      inputs: what `update` takes beside the state: the batch, without gradients.
      updated: what the update gives, a function of the new state; `value` by default.
      ops: TensorFlow's names of the two operations.
      static: what the value looks like, where its shape changes from batch to batch.
    """
    made = _local_variables(variables, inputs)
    result = (
        _value_part(value, made, ops[0], static),
        _update_part(updated or value, update, made, inputs, ops[1]),
    )
    return collect(result, metrics_collections, updates_collections)


def metric_of_parts(
    variables: Sequence[tuple[str, Sequence[int], torch.dtype]],
    update: Callable[..., State],
    values: Mapping[str, Callable[[State], Any]],
    inputs: Sequence[Any],
    op: str,
    updated: Callable[[State], Any],
    collections: Sequence[str] = (GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES),
) -> tuple[list[MetricValue], MetricUpdate]:
    """A metric that says several things: its values, one for each operation in `values`, and their update.

    See `metric`. `op` is TensorFlow's name of the update, `updated` what it gives; `collections` are those of the
    variables.
    """
    made = _local_variables(variables, inputs, collections)
    parts = [_value_part(value, made, name) for name, value in values.items()]
    return parts, _update_part(updated, update, made, inputs, op)


def _local_variables(
    variables: Sequence[tuple[str, Sequence[int], torch.dtype]],
    inputs: Sequence[Any],
    collections: Sequence[str] = (GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES),
) -> tuple[Variable, ...]:
    device = next((item.device for item in inputs if isinstance(item, Tensor)), None)
    return tuple(
        Variable(
            # A function, so that the value is real where the surrounding code runs on fake tensors.
            functools.partial(torch.zeros, tuple(shape), dtype=dtype, device=device),
            trainable=False,
            collections=list(collections),
            name=name,
        )
        for name, shape, dtype in variables
    )


def _value_part(
    function: Callable[[State], Any], variables: tuple[Variable, ...], op: str, static: Inferred | None = None
) -> Any:
    if not records(get_default_graph()):
        return MetricValue(function, variables, op)
    args = (function, list(variables))
    static = infer(_of_state, args, {}) if static is None else static
    return _with_variables(record(_read, args, op_type="DivNoNan", name=op, static=static), variables)


def _update_part(
    updated: Callable[[State], Any],
    update: Callable[..., State],
    variables: tuple[Variable, ...],
    inputs: Sequence[Any],
    op: str,
) -> Any:
    if not records(get_default_graph()):
        batch = tuple(item.detach() if isinstance(item, Tensor) else item for item in inputs)
        return MetricUpdate(updated, variables, op, update, batch)
    part = record(
        _recorded_update,
        (updated, update, list(variables), list(inputs)),
        op_type="DivNoNan",
        name=op,
        writes=variables,
        static=infer(_of_state, (updated, list(variables)), {}),
    )
    return _with_variables(part, variables)


def _with_variables(part: Any, variables: tuple[Variable, ...]) -> Any:
    """A recorded part of a metric, which knows the variables."""
    if isinstance(part, Tensor):
        part.variables = variables  # type: ignore[attr-defined]
    return part


def _recorded_update(
    updated: Callable[[State], Any],
    update: Callable[..., State],
    variables: Sequence[Variable],
    inputs: Sequence[Any],
) -> Any:
    """Adds the batch to the variables; gives what the metric then says."""
    _bring_up_to_date(update, variables, inputs)
    return _of_state(updated, variables)


def derived(
    base: Metric,
    function: Callable[[Any], Any],
    op: str,
    metrics_collections: Collections,
    updates_collections: Collections,
) -> Metric:
    """A metric whose value is a function of that of another, and which shares its variables."""
    value, update = base
    if isinstance(value, Tensor):
        recorded: Any = (named(function(value), None, op), named(function(update), None, op))
        return collect(recorded, metrics_collections, updates_collections)

    def applied(inner: Callable[[State], Any]) -> Callable[[State], Any]:
        return lambda state: function(inner(state))

    result = (
        MetricValue(applied(value.function), value.variables, op),
        MetricUpdate(applied(update.function), update.variables, op, update.update, update.inputs),
    )
    return collect(result, metrics_collections, updates_collections)


def call_it(part: Any, scope: str) -> None:
    """Gives a part of a metric the name of a scope."""
    if isinstance(part, Tensor):
        rename(part, scope)
    else:
        part.name = scope.rstrip("/") + ":0"


def collect(result: Metric, metrics_collections: Collections, updates_collections: Collections) -> Metric:
    """`result`, its parts added to collections if there are any."""
    graph = get_default_graph()
    for names, part in zip((metrics_collections, updates_collections), result, strict=True):
        if names:
            graph.add_to_collections(names, part)
    return result
