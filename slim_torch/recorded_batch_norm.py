"""The recorded form of `batch_norm`: updates as operations, and TensorFlow's names.

`normalization.py` decides what is computed; here the updates of the moving averages become operations that run
when they are fetched, or when something that depends on them is. Names, and whether a collection gets an
operation or its tensor, follow the three implementations of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from torch import Tensor

from slim_torch.batch_statistics import Moving, by_kernel, by_kernel_if, gated
from slim_torch.graph import Graph
from slim_torch.inference import infer, tensor_like
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import label
from slim_torch.recording import record, recorder_of
from slim_torch.updates import assign_moving_average, assign_variance_of_stddev, assign_zero_debiased

__all__ = [
    "Form",
    "finished",
    "kernel_or_moving",
    "moving_average_updates",
    "renorm_updates",
    "undefined_channels",
]


class Form(NamedTuple):
    """Which of TensorFlow's implementations a call is.

    Attributes:
      rank: of the inputs.
      core: the core layer, not one of slim's older ones.
      fused: with the fused kernel.
      gate: the recorded `is_training`; None where it is known.
      channels_first: the place of the channels.
      conditions: how many conditions the core layer without the fused kernel has had before the updates.
    """

    rank: int
    core: bool
    fused: bool
    gate: Any
    channels_first: bool
    conditions: int = 2


def undefined_channels(inputs: Any, form: Form) -> str:
    """What TensorFlow says where the number of channels is not known."""
    if form.core:
        return f"('Input has undefined `axis` dimension. Input shape: ', {inputs.get_shape()!r})"
    if form.fused and form.rank == 2:
        return "`C` dimension must be known but is None"
    channels = "`C`" if form.fused else "channels"
    return f"Inputs {inputs.name} has undefined {channels} dimension (?,)."


def kernel_or_moving(
    x: Tensor,
    axis: int,
    gamma: Tensor | None,
    beta: Tensor | None,
    moving: Moving,
    epsilon: float,
    gate: Any,
    corrected: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Output, mean and variance: the batch's in runs that train, else by and of the moving averages."""
    given = (x, axis, gamma, beta)
    made: tuple[Tensor, Tensor, Tensor] = record(
        by_kernel_if,
        (gate, *given, moving.mean, moving.variance, epsilon, corrected),
        op_type="Merge",
        static=infer(by_kernel, (*given, epsilon, corrected), {}),
    )
    return made


def finished(
    graph: Graph,
    form: Form,
    outputs: Any,
    update: Callable[[Graph, Form], Sequence[Any]] | None,
    updates_collections: Any,
    scope: str,
) -> Any:
    """The output under its name, with the updates in their collections, or before it.

    Args:
      update: records and names the updates; None where there are none.
      scope: the name scope of the core layer's updates.
    """
    if form.fused:
        if form.rank == 2:
            graph.unique_name("Reshape")
            outputs = outputs[:, :, None, None] if form.channels_first else outputs[:, None, None, :]
        if form.gate is None:
            outputs = label(outputs, "FusedBatchNormV3")
        else:
            with graph.name_scope("cond"):
                outputs = label(outputs, "Merge")
    if update is not None:
        with graph.name_scope(scope) if form.core else nullcontext():
            updates = update(graph, form)
        if updates_collections is None:
            outputs = _after(graph, form, updates, outputs)
        else:
            for item in updates:
                graph.add_to_collections(updates_collections, item.op if form.core else item)
    if not form.fused:
        with graph.name_scope("batchnorm"):
            outputs = label(outputs, "add_1", "AddV2")
    elif form.rank == 2:
        outputs = label(outputs.flatten(1), "Reshape")
    return outputs


def _after(graph: Graph, form: Form, updates: Sequence[Any], outputs: Any) -> Any:
    from slim_torch.control_flow import with_dependencies

    if form.fused and form.gate is not None:
        with graph.name_scope("cond"):
            outputs = with_dependencies(updates, outputs, name="Merge")
            outputs.op.type = "Merge"
            return outputs
    if form.fused:
        return with_dependencies(updates, outputs, name="Identity")
    if form.gate is not None:
        graph.unique_name("cond")
    with recorder_of(graph).control_dependencies(updates):
        return outputs.view_as(outputs)


def moving_average_updates(
    graph: Graph,
    form: Form,
    moving: Moving,
    mean: Tensor,
    variance: Tensor,
    decay: float,
    zero_debias: tuple[Variable, Variable] | None,
    at_once: bool,
) -> list[Any]:
    """The two updates, of the mean and of the variance. The statistics are the moving ones in runs that do not train."""
    if zero_debias is None:
        first = _average(moving.mean, mean, decay)
    else:
        first = _assignment(
            assign_zero_debiased, (moving.mean, *zero_debias, mean, decay, form.gate), 3, moving.mean
        )
    updates = [first, _average(moving.variance, variance, decay)]
    return updates if at_once and form.gate is not None else _named(graph, form, updates)


def renorm_updates(
    graph: Graph,
    form: Form,
    moving: Moving,
    mean: Tensor,
    variance: Tensor,
    decay: float,
    renorm_decay: float,
    epsilon: float,
) -> list[Any]:
    """The two updates of renorm, each of which needs both renorm averages updated."""
    assert moving.stddev is not None
    assert moving.renorm_mean is not None
    assert moving.renorm_stddev is not None
    gate = form.gate
    stddev = (variance + epsilon).sqrt()
    averages = []
    for variable, value in ((moving.renorm_mean, mean), (moving.renorm_stddev, stddev)):
        averages.append(label(_average(variable, gated(gate, value, variable), renorm_decay), _AVERAGE, _SUB))
    with recorder_of(graph).control_dependencies(averages):
        first = _average(moving.mean, gated(gate, mean, moving.mean), decay)
        second = _average(moving.stddev, gated(gate, stddev, moving.stddev), decay)
    arguments = (moving.variance, moving.stddev, epsilon, gate)
    with recorder_of(graph).control_dependencies([second]):
        last = _assignment(assign_variance_of_stddev, arguments, 1, moving.variance)
    if gate is not None:
        return _in_conditions(graph, form, [first, last])
    label(first, _AVERAGE, _SUB)
    label(second, _AVERAGE, _SUB)
    return [first, label(last, "AssignNewValue", "Assign")]


_AVERAGE, _SUB = "AssignMovingAvg", "AssignSub"


def _average(variable: Variable, value: Tensor, decay: float) -> Any:
    return _assignment(assign_moving_average, (variable, value, decay), 1, variable)


def _assignment(function: Any, args: tuple[Any, ...], written: int, variable: Variable) -> Any:
    """`function(*args)`, which writes the first `written` of its arguments and gives `variable`."""
    static = tensor_like(list(variable.shape), variable.dtype)
    return record(function, args, writes=args[:written], static=static, op_type=_SUB)


def _named(graph: Graph, form: Form, updates: list[Any]) -> list[Any]:
    if form.gate is None or (form.core and form.fused):
        if form.gate is not None:
            graph.unique_name("cond")
        return [label(item, _AVERAGE, _SUB) for item in updates]
    if form.core:
        return _in_conditions(graph, form, updates)
    with graph.name_scope("cond"):
        return [label(item, "Merge") for item in updates]


def _in_conditions(graph: Graph, form: Form, updates: list[Any]) -> list[Any]:
    for _ in range(form.conditions):
        graph.unique_name("cond")
    named = []
    for item in updates:
        with graph.name_scope("cond"):
            named.append(label(item, "Merge"))
    return named
