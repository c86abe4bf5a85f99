"""Warnings for the most common mistake of all: training whose update operations nobody runs.

Batch norm in training mode only puts the updates of its moving averages into UPDATE_OPS. Training goes well
without them, and evaluation is wrong. `create_train_op` runs them; here is what tells those who train without
it. Each graph is warned of once.
"""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any

from slim_torch.graph import Graph, GraphKeys
from slim_torch.recording import Operation
from slim_torch.symbolic import SymbolicTensor

if TYPE_CHECKING:
    from slim_torch.plan import Plan

__all__ = ["check_plan", "check_step"]

_logger = logging.getLogger("slim_torch")

_warned: weakref.WeakSet[Graph] = weakref.WeakSet()


def check_plan(graph: Graph, plan: Plan) -> None:
    """Called once for each set of fetches of a session.

    A run that trains a model, computes what its updates take, and runs none of them, is warned of.
    """
    if not plan.has_gradient or graph in _warned:
        return
    if not any(variable.trainable for variable in plan.writes):
        return
    updates = [_operation(update) for update in graph.get_collection(GraphKeys.UPDATE_OPS)]
    missing = [op for op in updates if op is not None]
    running = set(map(id, plan.operations))
    if not missing or any(id(op) in running for op in missing):
        return
    # Updates of a part of the model that does not run here are no mistake.
    missing = [op for op in missing if any(id(part.op) in running for part in _tensors(op))]
    if missing:
        _warned.add(graph)
        _logger.warning(
            "This run trains the model, but none of its %d update operations (such as '%s') is part of it: moving "
            "averages, as of batch norm, stay as they are, and evaluation will be wrong. Use "
            "slim.learning.create_train_op(loss, optimizer), or make the train op inside `with "
            "tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):`. If you run them in runs of their "
            "own, all is well.",
            len(missing),
            missing[0].name,
        )


def check_step(graph: Graph, update: Any) -> None:
    """Called when a step begins, with the first update object that the one before has left.

    If the trained variables have changed since the step before that, and the moving averages have not, the
    program trains without running its updates.
    """
    if graph in _warned:
        return
    averages = getattr(update, "averages", None)
    average = averages[0].variable if averages else getattr(update, "variable", None)
    if average is None:
        return
    # A moving average and a trained variable, and how often they had been changed by the last step.
    last = graph.watched
    trained = (
        next((v for v in graph._variables.values() if v.requires_grad), None) if last is None else last[2]
    )
    if trained is None:
        return
    graph.watched = (average, average._version, trained, trained._version)
    if last is None or last[0] is not average or last[1] != average._version:
        return
    if last[3] != trained._version:
        _warned.add(graph)
        _logger.warning(
            "The model is being trained, but its update operations (such as '%s') are not run: moving averages, as "
            "of batch norm, stay as they are, and evaluation will be wrong. Train with slim.learning.create_train_op, "
            "or call slim_torch.updates.run_updates(graph.get_collection(tf.GraphKeys.UPDATE_OPS)) after each step of "
            "the model.",
            update.name,
        )


def _operation(update: Any) -> Operation | None:
    if isinstance(update, SymbolicTensor):
        return update.op
    return update if isinstance(update, Operation) else None


def _tensors(op: Operation) -> list[SymbolicTensor]:
    return [part for part in op.inputs if isinstance(part, SymbolicTensor)]
