"""A metric: variables that gather over batches, a pure function that brings them up to date, and one that reads.

Formulas are in the modules beside this one, as functions of plain tensors: `update(state, *inputs)` gives the new
state, a tuple with a tensor for each variable, and `value(state)` what the metric says by then. Nothing else
touches the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import infer
from slim_torch.recording import Operation, record, recorder_of, records, rename
from slim_torch.tensors import named
from slim_torch.variable import Variable

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
]

State = tuple[Tensor, ...]
Metric = tuple["MetricValue", "MetricUpdate"]
Collections = str | Iterable[str] | None


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
        self.name = get_default_graph().unique_name(op) + ("" if op == "group_deps" else ":0")

    def __call__(self) -> Any:
        with torch.no_grad():
            return self.function(tuple(variable.detach() for variable in self.variables))

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
        with torch.no_grad():
            state = self.update(tuple(variable.detach() for variable in self.variables), *self.inputs)
            for variable, new in zip(self.variables, state, strict=True):
                if variable.shape == new.shape:
                    variable.copy_(new)
                else:
                    variable.data = new.to(variable.dtype)
        return super().__call__()


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
) -> Metric:
    """`(value, update_op)` of a metric, in the current name scope.

    Args:
      variables: names, shapes and dtypes of its local variables, which start at zero.
      update, value: see the module.
      inputs: what `update` takes beside the state: the batch, without gradients.
      updated: what the update gives, a function of the new state; `value` by default.
      ops: TensorFlow's names of the two operations.
    """
    device = next((item.device for item in inputs if isinstance(item, Tensor)), None)
    made = tuple(
        Variable(
            torch.zeros(tuple(shape), dtype=dtype, device=device),
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
            name=name,
        )
        for name, shape, dtype in variables
    )
    if records(get_default_graph()):
        recorded = _recorded(made, update, value, updated or value, inputs, ops)
        return collect(recorded, metrics_collections, updates_collections)
    batch = tuple(item.detach() if isinstance(item, Tensor) else item for item in inputs)
    result = (
        MetricValue(value, made, ops[0]),
        MetricUpdate(updated or value, made, ops[1], update, batch),
    )
    return collect(result, metrics_collections, updates_collections)


def _recorded_value(function: Callable[[State], Any], variables: Sequence[Tensor]) -> Any:
    return function(tuple(variable.detach() for variable in variables))


def _recorded_update(
    updated: Callable[[State], Any],
    update: Callable[..., State],
    variables: Sequence[Variable],
    inputs: Sequence[Any],
) -> Any:
    """Adds the batch to the variables; gives what the metric then says."""
    with torch.no_grad():
        state = update(tuple(variable.detach() for variable in variables), *inputs)
        for variable, new in zip(variables, state, strict=True):
            if variable.shape == new.shape:
                variable.copy_(new)
            else:
                variable.data = new.to(variable.dtype)
    return _recorded_value(updated, variables)


def _recorded(
    variables: tuple[Variable, ...],
    update: Callable[..., State],
    value: Callable[[State], Any],
    updated: Callable[[State], Any],
    inputs: Sequence[Any],
    ops: tuple[str, str],
) -> Any:
    """Both parts of a metric as recorded tensors."""
    given = list(variables)
    now = infer(_recorded_value, (value, given), {})
    after = infer(_recorded_value, (updated, given), {})
    result = record(_recorded_value, (value, given), op_type="DivNoNan", static=now)
    update_op = record(
        _recorded_update,
        (updated, update, given, list(inputs)),
        op_type="DivNoNan",
        writes=variables,
        static=after,
    )
    if isinstance(update_op, Operation):
        recorder_of(update_op.graph).name(update_op, ops[1])
    pair = named(result, None, ops[0]), named(update_op, None, ops[1])
    for part in pair:
        if isinstance(part, Tensor):
            part.variables = variables  # type: ignore[attr-defined]
    return pair


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
