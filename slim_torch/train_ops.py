"""`create_train_op` for a recorded loss, and what slim does with gradients on the way to the variables.

The train op is a recorded tensor: fetching it runs the updates, applies the gradients, and gives the loss
from before. The train op of a function is in `train_op.py`, the loop in `learning.py`.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch import distributed, errors
from slim_torch.control_flow import no_op, with_dependencies
from slim_torch.gradients import gradients
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import like_structure, no_outputs, tensors_like
from slim_torch.nonfinite import with_origin
from slim_torch.parameter import Variable
from slim_torch.plan import needed
from slim_torch.recorded_variable import assign_add
from slim_torch.recording import operation_of, record, recorder_of
from slim_torch.scatter_ops import IndexedSlices
from slim_torch.session import current_session
from slim_torch.symbolic import SymbolicTensor
from slim_torch.sync_replicas import sync_replicas_in
from slim_torch.tensors import as_tensor, leaf
from slim_torch.variables import trainable_variables

__all__ = [
    "averaged_over_processes",
    "check_numerics",
    "clip_gradient_norms",
    "multiply_gradients",
    "recorded_train_op",
]

Pairs = list[tuple[Any, Variable]]


@leaf
def _clipped_each(max_norm: Any, *tensors: Tensor) -> list[Tensor]:
    norms = torch._foreach_norm(list(tensors))
    scales = [max_norm / norm.clamp(min=max_norm) for norm in norms]
    return [tensor * scale for tensor, scale in zip(tensors, scales)]


def clip_gradient_norms(gradients_to_variables: Sequence[tuple[Any, Any]], max_norm: float) -> Pairs:
    """Each gradient scaled down so that its own norm is at most `max_norm`.

    Args:
      gradients_to_variables: pairs of a gradient, or None, and a variable.

    Source: tf.contrib.slim.learning.clip_gradient_norms.
    """
    found = [_values(gradient) for gradient, _ in gradients_to_variables if gradient is not None]
    clipped = iter(_clipped_each(max_norm, *found) if found else ())
    return [
        (None if gradient is None else _with_values(gradient, next(clipped)), variable)
        for gradient, variable in gradients_to_variables
    ]


def _values(gradient: Any) -> Any:
    return gradient.values if isinstance(gradient, IndexedSlices) else gradient


def _with_values(gradient: Any, values: Any) -> Any:
    """The gradient with other values: of a part of a variable, for the same part."""
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(values, gradient.indices, gradient.dense_shape)
    return values


def multiply_gradients(grads_and_vars: Sequence[tuple[Any, Any]], gradient_multipliers: Any) -> Pairs:
    """The gradients of the variables (or names of variables) in a dictionary multiplied by its values.

    Raises:
      ValueError: `grads_and_vars` is no list, `gradient_multipliers` is no dictionary or empty, or a gradient to
        be multiplied is None.

    Source: tf.contrib.slim.learning.multiply_gradients.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")  # noqa: TRY004 - TensorFlow's type
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, Mapping):
        raise ValueError("`gradient_multipliers` must be a dict.")  # noqa: TRY004 - TensorFlow's type
    by_identity = {id(key): value for key, value in gradient_multipliers.items()}
    by_name = {key: value for key, value in gradient_multipliers.items() if isinstance(key, str)}
    multiplied: Pairs = []
    for gradient, variable in grads_and_vars:
        key = variable.op.name
        if id(variable) in by_identity or key in by_name:
            if gradient is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = by_identity[id(variable)] if id(variable) in by_identity else by_name[key]
            values = _values(gradient)
            if not isinstance(factor, (int, float)):
                factor = as_tensor(factor).to(values.dtype)
            gradient = _with_values(gradient, values * factor)
        multiplied.append((gradient, variable))
    return multiplied


def _checked(tensor: Tensor, message: str) -> Tensor:
    if not torch.isfinite(tensor).all():
        kind = "NaN" if torch.isnan(tensor).any() else "Inf"
        raise errors.InvalidArgumentError(None, None, f"{message} : Tensor had {kind} values")
    return tensor


@with_origin
def _checked_loss(loss: Tensor, message: str) -> Tensor:
    return _checked(loss, message)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """`tensor`; InvalidArgumentError with `message` if it holds an infinity or NaN when it runs.

    Source: tf.check_numerics.
    """
    value = as_tensor(tensor)
    if not isinstance(value, SymbolicTensor):
        return _checked(value, message)
    return record(
        _checked,
        (value, message),
        op_type="CheckNumerics",
        name=name or "CheckNumerics",
        static=like_structure([value]),
    )


def recorded_train_op(
    total_loss: SymbolicTensor,
    optimizer: Any,
    global_step: Variable | None,
    update_ops: Any,
    variables_to_train: Iterable[Variable] | None,
    clip_gradient_norm: float,
    gradient_multipliers: Mapping[Any, Any] | None,
    numerics_checked: bool,
    warn: Any,
) -> SymbolicTensor:
    """The recorded form of `learning.create_train_op`, with its arguments."""
    distributed.initialize_if_launched()
    graph = total_loss.graph
    recorder = recorder_of(graph)
    collected = graph.get_collection(GraphKeys.UPDATE_OPS)
    updates = collected if update_ops is None else list(update_ops() if callable(update_ops) else update_ops)
    if not {id(update) for update in collected} <= {id(update) for update in updates}:
        warn("update_ops in create_train_op does not contain all the update_ops in GraphKeys.UPDATE_OPS")
    if updates:
        with recorder.control_dependencies(updates):
            barrier = no_op(name="update_barrier")
        total_loss = with_dependencies([barrier], total_loss)
    variables = list(trainable_variables() if variables_to_train is None else variables_to_train)
    assert variables, "create_train_op: there are no variables to train."
    pairs: Pairs = list(zip(gradients(total_loss, variables), variables))
    total_loss, pairs = averaged_over_processes(total_loss, pairs, optimizer, updates)
    with graph.name_scope("train_op") as scope:
        if numerics_checked:
            # Before anything is changed by the gradients.
            total_loss = record(
                _checked_loss,
                (total_loss, "LossTensor is inf or nan"),
                op_type="CheckNumerics",
                name="CheckNumerics",
                static=like_structure([total_loss]),
            )
    if gradient_multipliers:
        pairs = multiply_gradients(pairs, gradient_multipliers)
    if clip_gradient_norm > 0:
        with graph.name_scope("clip_grads"):
            pairs = clip_gradient_norms(pairs, clip_gradient_norm)
    with recorder.control_dependencies([total_loss]):
        applied = _applied(optimizer, pairs, global_step)
    with graph.name_scope(scope):
        train_op = with_dependencies([applied], total_loss)
    if not any(train_op is op for op in graph.get_collection(GraphKeys.TRAIN_OP)):
        graph.add_to_collection(GraphKeys.TRAIN_OP, train_op)
    return train_op


def averaged_over_processes(
    loss: Any, pairs: Pairs, optimizer: Any, updates: Sequence[Any] = ()
) -> tuple[Any, Pairs]:
    """A loss and its gradients as means over the processes; what `updates` change then comes from the chief.

    In a single process they are returned as they are. Gradients for a `SyncReplicasOptimizer` are, too: it
    averages them itself.

    Args:
      optimizer: what the gradients are for.
      updates: recorded update operations, which have to run before.
    """
    if distributed.world_size() == 1:
        return loss, pairs
    found = [] if sync_replicas_in(optimizer) else [gradient for gradient, _ in pairs if gradient is not None]
    if not isinstance(loss, SymbolicTensor):
        mean, *means = [tensor.detach().clone() for tensor in (loss, *found)]
        distributed.average([mean, *means])
    else:
        operations = [op for op in (operation_of(update, loss.graph) for update in updates) if op is not None]
        changed = list(dict.fromkeys(v for op in needed(operations, set()) for v in op.writes))
        mean, *means = record(
            _Averaging([variable for gradient, variable in pairs if gradient is not None]),
            ([loss, *found], changed),
            op_type="CollectiveReduce",
            writes=changed,
            static=tensors_like(list, [([], loss.dtype), *((list(g.shape), g.dtype) for g in found)]),
            graph=loss.graph,
        )
    given = iter(means)
    if found:
        pairs = [(None if g is None else next(given), variable) for g, variable in pairs]
    return mean, pairs


class _Averaging:
    """Averages loss and gradients over the processes; in the first run of a session, sees that all agree."""

    def __init__(self, variables: Sequence[Variable]) -> None:
        self._variables = variables
        self._checked: weakref.WeakSet[Any] = weakref.WeakSet()

    def __call__(self, tensors: Sequence[Tensor], changed: Sequence[Tensor]) -> list[Tensor]:
        if current_session() not in self._checked:
            differing = distributed.differing(self._variables)
            if differing:
                raise errors.FailedPreconditionError(
                    None,
                    None,
                    f"The variables {[v.op.name for v in differing[:5]]} do not have the same values in all "
                    f"processes. Call slim_torch.distributed.broadcast_variables() once they are initialized.",
                )
            self._checked.add(current_session())
        means = [tensor.detach().clone() for tensor in tensors]
        distributed.average(means)
        distributed.broadcast_variables(changed)
        return means


def _applied(optimizer: Any, pairs: Pairs, global_step: Variable | None) -> Any:
    if hasattr(optimizer, "apply_gradients"):
        return optimizer.apply_gradients(pairs, global_step=global_step)
    given = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
    if not given:
        raise ValueError(
            f"No gradients provided for any variable: {[str(variable) for _, variable in pairs]}."
        )
    variables = [variable for _, variable in given]
    if not isinstance(optimizer, torch.optim.Optimizer):
        optimizer = optimizer(variables)
    step = record(
        _stepped,
        (optimizer, variables, [gradient for gradient, _ in given]),
        op_type="NoOp",
        name=type(optimizer).__name__,
        writes=variables,
        static=no_outputs(),
        graph=get_default_graph(),
    )
    if global_step is None:
        return step
    with recorder_of(step.graph).control_dependencies([step]):
        return assign_add(global_step, 1).op


def _stepped(optimizer: torch.optim.Optimizer, variables: list[Variable], grads: list[Tensor]) -> None:
    """One step of a PyTorch optimizer with these gradients."""
    for variable, gradient in zip(variables, grads):
        variable.grad = gradient.detach()
    try:
        optimizer.step()
    finally:
        for variable in variables:
            variable.grad = None
