"""The train op of a function: one update of the model per call.

Here is `TrainOp`, what `learning.create_train_op` makes of a function; for a recorded loss see `train_ops.py`.
Invariants: a step changes all of its variables or, if its loss is not finite, none; and in a program of several
processes, all of them do the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch import distributed
from slim_torch.building import building
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.nonfinite import NonFiniteLossError, explain
from slim_torch.optimizer_base import Optimizer
from slim_torch.parameter import Variable
from slim_torch.sync_replicas import sync_replicas_in
from slim_torch.train_ops import multiply_gradients
from slim_torch.updates import changed_by, run_updates
from slim_torch.variables import trainable_variables

__all__ = ["OptimizerMaker", "TrainOp", "Updates"]

OptimizerMaker = Callable[[list[Variable]], torch.optim.Optimizer]
Updates = Iterable[Callable[[], Any]]

_logger = logging.getLogger("slim_torch")


class TrainOp:
    """One update of a model; made by `create_train_op`.

    Calling it runs the model in a new step of its graph, computes gradients, runs the step's update
    operations and the optimizer, counts the global step, and returns the loss *before* the update.

    In a program of several processes (see `distributed.py`) each runs the model on its own batch. The gradients
    and the loss are means over the processes, what the update operations change comes from the chief, and all
    begin with the chief's values.

    Attributes:
      graph: the graph that it was created in, and whose variables it trains.
      optimizer: the `torch.optim.Optimizer`.
      global_step: the variable that counts, or None.
      variables: the variables that it trains.
    """

    def __init__(
        self,
        total_loss: Callable[[], Tensor],
        optimizer: torch.optim.Optimizer | OptimizerMaker,
        global_step: Variable | None,
        update_ops: Updates | Callable[[], Updates] | None,
        variables_to_train: Iterable[Variable] | None,
        clip_gradient_norm: float,
        gradient_multipliers: Mapping[Any, Any] | None,
        check_numerics: bool,
    ) -> None:
        distributed.initialize_if_launched()
        self.graph = get_default_graph()
        self.global_step = global_step
        self._total_loss = total_loss
        self._update_ops = update_ops if update_ops is None or callable(update_ops) else list(update_ops)
        self._clip_gradient_norm = clip_gradient_norm
        self._gradient_multipliers = gradient_multipliers
        self._check_numerics = check_numerics
        self._parallel: Callable[[], Tensor] | None = None
        self._joined = False
        self._build()
        self.variables = _checked_variables(variables_to_train)
        self.optimizer = _checked_optimizer(optimizer, self.variables, self.graph)

    def __call__(self) -> Tensor:
        """Makes one update.

        Returns:
          The loss before the update, 0-d, without gradient.

        Raises:
          NonFiniteLossError: the loss is infinite or not a number, and numerics are checked; it is both a
            FloatingPointError and TensorFlow's InvalidArgumentError. Nothing has been updated.
          ValueError: no variable has a gradient.
        """
        together = distributed.world_size() > 1
        if together and not self._joined:
            self._join()
        with self.graph.as_default(), self.graph.step():
            loss, gradients = self._computed_together() if together else self._computed()
            trained = [(v, g) for v, g in zip(self.variables, gradients, strict=True) if g is not None]
            if not trained:
                raise ValueError(_no_gradients(self.variables))
            # After the backward pass is on its way, so that a GPU is not idle while the host waits.
            failed = self._check_numerics and not torch.isfinite(loss)
            if not failed:
                updates = list(self._updates())
                run_updates(updates)
                if together:
                    distributed.broadcast_variables(changed_by(updates))
                self._apply(trained)
        if failed:
            raise NonFiniteLossError(
                None,
                None,
                f"LossTensor is inf or nan : the total loss is {loss.item()}, and nothing was updated. "
                f"{explain(self.graph, self._total_loss, self.graph.variables)} Lower the learning rate, clip "
                f"gradients, or pass check_numerics=False to go on regardless.",
            )
        return loss

    def _computed(self) -> tuple[Tensor, Sequence[Tensor | None]]:
        """The loss, and a gradient for each variable."""
        loss = self._total_loss()
        return loss.detach(), torch.autograd.grad(loss, self.variables, allow_unused=True)

    def _computed_together(self) -> tuple[Tensor, Sequence[Tensor | None]]:
        """Means over the processes of the same."""
        if self._parallel is None:
            # Gradients of most runs are only collected; the optimizer averages those of all of them at once.
            loss, gradients = self._computed()
            return distributed.started_average(loss)(), gradients
        loss = self._parallel()
        mean = distributed.started_average(loss.detach())
        try:
            loss.backward(inputs=self._trained_together)
            return mean(), [variable.grad for variable in self.variables]
        finally:
            for variable in self.variables:
                variable.grad = None

    def _join(self) -> None:
        """Takes over the chief's values, and has gradients averaged from now on."""
        distributed.broadcast_variables(self.graph.variables)
        self._joined = True
        sync = sync_replicas_in(self.optimizer)
        if sync is not None and sync.runs_per_update > 1:
            return
        with building(self.graph, "total_loss"):
            leaves = _leaves(self._total_loss())
        # Each of them has to get a gradient.
        self._trained_together = [variable for variable in self.variables if id(variable) in leaves]
        if not self._trained_together:
            raise ValueError(_no_gradients(self.variables))
        self._parallel = distributed.data_parallel(self._total_loss, self._trained_together)
        if sync is not None:
            sync.gets_means = True

    def _updates(self) -> Updates:
        if self._update_ops is None:
            return self.graph.get_collection(GraphKeys.UPDATE_OPS)
        return self._update_ops() if callable(self._update_ops) else self._update_ops

    def _apply(self, trained: list[tuple[Variable, Tensor]]) -> None:
        if self._gradient_multipliers:
            pairs = multiply_gradients([(g, v) for v, g in trained], self._gradient_multipliers)
            trained = [(v, g) for g, v in pairs]
        gradients = [gradient for _, gradient in trained]
        if self._clip_gradient_norm > 0:
            gradients = _clipped(gradients, self._clip_gradient_norm)
        for (variable, _), gradient in zip(trained, gradients, strict=True):
            variable.grad = gradient
        try:
            self.optimizer.step()
        finally:
            for variable, _ in trained:
                variable.grad = None
        if self.global_step is not None and getattr(self.optimizer, "updated", True):
            self.global_step.assign_add(1)

    def _build(self) -> None:
        """Runs the model once without computing, so that its variables exist."""
        try:
            with building(self.graph, "total_loss"):
                loss = self._total_loss()
                updates = self.graph.get_collection(GraphKeys.UPDATE_OPS)
                chosen = list(self._updates())
        except StopIteration as err:
            raise ValueError(
                "The data ended before the first step. Pass a source with at least one batch."
            ) from err
        if not isinstance(loss, Tensor) or loss.ndim:
            what = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
            raise ValueError(
                f"total_loss returned {what}, expected a scalar tensor. Reduce the loss, or sum the losses."
            )
        if not loss.requires_grad:
            raise ValueError(_no_gradients(trainable_variables()))
        if self._update_ops is not None and not {id(update) for update in updates} <= {
            id(update) for update in chosen
        }:
            _logger.warning(
                "update_ops in create_train_op does not contain all the update_ops in GraphKeys.UPDATE_OPS"
            )


def _checked_variables(variables_to_train: Iterable[Variable] | None) -> list[Variable]:
    trainable = trainable_variables()
    if variables_to_train is None:
        variables = trainable
    else:
        variables = list(variables_to_train)
        known = {id(variable) for variable in trainable}
        strangers = [variable.name for variable in variables if id(variable) not in known]
        if strangers:
            raise ValueError(
                f"variables_to_train: {strangers} are not among the trainable variables of the graph. "
                f"Create them with trainable=True, in the graph that the train op is created in."
            )
    if not variables:
        raise ValueError(_no_gradients(variables))
    return variables


def _checked_optimizer(
    optimizer: torch.optim.Optimizer | OptimizerMaker, variables: list[Variable], graph: Graph
) -> torch.optim.Optimizer:
    made = optimizer if isinstance(optimizer, torch.optim.Optimizer) else optimizer(list(variables))
    if not isinstance(made, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer gave {made!r}, expected a torch.optim.Optimizer. Pass one, or a function from variables "
            f"to one, such as functools.partial(torch.optim.SGD, lr=0.1)."
        )
    if isinstance(made, Optimizer):
        # One of TensorFlow's learns of its variables here; its slots have to exist before a checkpoint is read.
        made.make_slots(variables)
    held = {id(parameter): parameter for group in made.param_groups for parameter in group["params"]}
    missing = [variable.name for variable in variables if id(variable) not in held]
    owned = {id(variable) for variable in graph.variables}
    foreign = [tuple(parameter.shape) for key, parameter in held.items() if key not in owned]
    if missing or foreign:
        raise ValueError(
            f"The optimizer does not fit: it lacks the variables {missing}, which are to be trained, and holds "
            f"parameters of shapes {foreign} that are not variables of the graph. Choose variables_to_train to "
            f"match, or pass a function that makes the optimizer from the variables."
        )
    return made


def _leaves(loss: Tensor) -> set[int]:
    """The ids of the variables that autograd would reach from `loss`."""
    leaves: set[int] = set()
    stack, seen = [loss.grad_fn], set()
    while stack:
        node = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            leaves.add(id(leaf))
        stack.extend(before for before, _ in node.next_functions)
    return leaves


def _no_gradients(variables: Iterable[Variable]) -> str:
    names = [variable.name for variable in variables]
    return (
        f"No gradients provided for any variable: {names}. The loss must depend on a trainable variable, and be "
        f"computed with gradients enabled."
    )


def _clipped(gradients: list[Tensor], largest: float) -> list[Tensor]:
    """Each gradient scaled down to the norm `largest` where it is longer. Source: tf.clip_by_norm."""
    # The operations are out of place: autograd may give one tensor to two variables, or an expanded one.
    excess = torch._foreach_div(torch._foreach_norm(gradients), largest)
    return list(torch._foreach_div(gradients, torch._foreach_clamp_min(excess, 1.0)))
