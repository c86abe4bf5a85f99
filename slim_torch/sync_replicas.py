"""`SyncReplicasOptimizer`: updates by the mean of the gradients of several replicas, or of several runs.

TensorFlow's replicas were workers that sent gradients to accumulators on parameter servers. Here they are the
processes of torch.distributed, and runs one after the other in each of them: an update takes
`replicas_to_aggregate` gradients, so each process collects over `replicas_to_aggregate / processes` runs.
"""

from __future__ import annotations

import logging
import math
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

import torch
from torch import Tensor

from slim_torch import distributed
from slim_torch.building import active_fake_mode
from slim_torch.control_flow import cond, group, no_op
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import tensors_like
from slim_torch.moving_averages import ExponentialMovingAverage
from slim_torch.optimizer_base import Optimizer
from slim_torch.parameter import Variable
from slim_torch.queue_runners import QueueRunner
from slim_torch.queues import FIFOQueue
from slim_torch.recorded_variable import assign, report_uninitialized_variables
from slim_torch.recording import record, recorder_of
from slim_torch.session import current_session
from slim_torch.session_run_hook import SessionRunHook
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.variables import global_variables
from slim_torch.wrapped_optimizers import OptimizerWrapper

__all__ = ["SyncReplicasOptimizer", "sync_replicas_in"]

_logger = logging.getLogger("slim_torch")


class _Collected:
    """The gradients of the runs since the last update: how many, and their sums."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: list[Tensor] = []

    def add(self, gradients: Sequence[Tensor]) -> None:
        if self.count:
            torch._foreach_add_(self.sums, list(gradients))
        else:
            # Sums of their own: autograd may give one tensor to two variables.
            self.sums = [gradient.detach().clone() for gradient in gradients]
        self.count += 1

    def take_means(self) -> list[Tensor]:
        means = list(torch._foreach_div(self.sums, self.count))
        self.count, self.sums = 0, []
        return means


class SyncReplicasOptimizer(OptimizerWrapper):
    """Makes an update, by another optimizer, from the mean of `replicas_to_aggregate` gradients.

    In one process that is gradient accumulation: of so many runs of the train op all but the last only collect,
    the last updates the variables and counts the global step. In a program started by torchrun the processes
    are the replicas, and the gradients of a run are averaged over them (see `slim_torch.distributed`); with as
    many processes as `replicas_to_aggregate` each run is an update.

    Args:
      opt: the optimizer that makes the updates.
      replicas_to_aggregate: gradients in an update. Rounded up to a multiple of the number of processes: no
        process's gradients are dropped as those of TensorFlow's slowest workers were.
      total_num_replicas: `replicas_to_aggregate` by default; it only counts for the number of tokens that
        `get_init_tokens_op` asks for.
      variable_averages: an `ExponentialMovingAverage` to apply after each update, to `variables_to_average`.
      use_locking: accepted, without effect.
      name: of the recorded operations.

    What has been collected since the last update is not in checkpoints, as in TensorFlow. Creates the local
    variable `sync_rep_local_step`, in recorded code. TensorFlow drops a worker's gradients as stale right after
    the first update where `replicas_to_aggregate` is above the number of workers; none are dropped here.

    Attributes:
      updated: whether the last `step` made an update.

    Raises:
      TypeError: `opt` is none of TensorFlow's optimizers.

    Source: tf.train.SyncReplicasOptimizer.
    """

    updated = True
    local_step_init_op: Any = None
    chief_init_op: Any = None
    ready_for_local_init_op: Any = None

    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: ExponentialMovingAverage | None = None,
        variables_to_average: Iterable[Variable] | None = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        super().__init__(opt, use_locking, name)
        if replicas_to_aggregate < 1:
            raise ValueError(f"replicas_to_aggregate is {replicas_to_aggregate}, expected at least 1.")
        self._replicas_to_aggregate = replicas_to_aggregate
        self._total_num_replicas = replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        self._averages = variable_averages
        self._averaged = None if variables_to_average is None else list(variables_to_average)
        self._gradients_applied = False
        self._chief_queue_runner: QueueRunner | None = None
        self._collected = _Collected()
        self._by_session: weakref.WeakKeyDictionary[Any, _Collected] = weakref.WeakKeyDictionary()
        self.updated = True
        # Set by who hands over gradients that are means over the processes already.
        self.gets_means = False
        _logger.info(
            "SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s",
            replicas_to_aggregate,
            self._total_num_replicas,
        )

    @property
    def runs_per_update(self) -> int:
        """How many runs of a process make one update."""
        return math.ceil(self._replicas_to_aggregate / distributed.world_size())

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Any]],
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Any:
        """Collects the gradients; every `runs_per_update`-th time the variables are updated.

        Returns:
          Of recorded gradients a tensor; running it does that, and gives the global step.

        Raises:
          ValueError: there are no pairs, or there is no `global_step`; or as in `Optimizer`.
        """
        pairs = list(converted(tuple(grads_and_vars)))
        if not pairs:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        given = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not given:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        self._gradients_applied = True
        if any(isinstance(gradient, SymbolicTensor) for gradient, _ in given):
            return self._recorded(given, global_step)
        self.make_slots([variable for _, variable in given])
        if active_fake_mode() is not None:
            return None
        means = self._collect(self._collected, [gradient for gradient, _ in given])
        self.updated = means is not None
        if means is not None:
            self._optimizer.apply_gradients(
                list(zip(means, (variable for _, variable in given))), global_step, name
            )
            self._follow()
        return None

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Collects the parameters' `.grad`; every `runs_per_update`-th step is one of the optimizer inside."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        parameters = self._with_gradients()
        gradients = [parameter.grad for parameter in parameters]
        means = self._collect(self._collected, gradients)  # type: ignore[arg-type]
        self.updated = means is not None
        if means is not None:
            for parameter, mean in zip(parameters, means):
                parameter.grad = mean
            self._optimizer.step()
            self._follow()
        return loss

    def make_slots(self, variables: Sequence[Tensor]) -> None:
        """Makes what the optimizer inside keeps, and the averages."""
        super().make_slots(variables)
        if self._averages is not None:
            self._averages.make_averages(self._averaged)

    # What scripts for clusters ask for

    def get_chief_queue_runner(self) -> QueueRunner:
        """A queue runner that has nothing to do: there are no tokens to hand out.

        Raises:
          ValueError: before `apply_gradients`.
        """
        if not self._gradients_applied:
            raise ValueError("Should be called after apply_gradients().")
        if self._chief_queue_runner is None:
            queue = FIFOQueue(1, [torch.int32], shapes=[[]], name="dummy_queue", shared_name="dummy_queue")
            self._chief_queue_runner = QueueRunner(queue, [no_op()])
        return self._chief_queue_runner

    def get_init_tokens_op(self, num_tokens: int = -1) -> Any:
        """An operation that does nothing: there are no tokens.

        Raises:
          ValueError: before `apply_gradients`; or `num_tokens` would not have been enough.
        """
        if not self._gradients_applied:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens != -1 and num_tokens < needed:
            raise ValueError(
                f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} (needed)"
            )
        return no_op()

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """The hook that a monitored session of a script for clusters is given."""
        return _SyncReplicasHook(self, is_chief, num_tokens)

    def _collect(self, collected: _Collected, gradients: Sequence[Tensor]) -> list[Tensor] | None:
        """The means, if with these gradients there are enough for an update."""
        collected.add(gradients)
        if collected.count < self.runs_per_update:
            return None
        means = collected.take_means()
        if not self.gets_means:
            distributed.average(means)
        return means

    def _follow(self) -> None:
        if self._averages is not None:
            self._averages.apply(self._averaged)

    def _recorded(self, given: list[tuple[Any, Any]], global_step: Variable) -> Any:
        gradients = [gradient for gradient, _ in given]
        variables = [variable for _, variable in given]
        recorder = recorder_of(next(g.graph for g in gradients if isinstance(g, SymbolicTensor)))
        with recorder.lifted_control():
            local_step = Variable(
                0,
                trainable=False,
                collections=[GraphKeys.LOCAL_VARIABLES],
                name="sync_rep_local_step",
                dtype=global_step.dtype,
            )
            self.make_slots(variables)
            self.local_step_init_op = assign(local_step, global_step)
            self.chief_init_op = group(self.local_step_init_op)
            self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
            self.get_chief_queue_runner()
        with get_default_graph().name_scope(self._name):
            due, *means = record(
                self._collected_in_session,
                tuple(gradients),
                op_type="ConditionalAccumulator",
                stateful=True,
                static=tensors_like(
                    list,
                    [([], torch.bool), *((v.get_shape().as_list(), v.dtype) for v in variables)],
                ),
                graph=recorder.graph,
            )

            def update() -> Any:
                applied = self._optimizer.apply_gradients(list(zip(means, variables)), global_step)
                if self._averages is None:
                    return applied
                with recorder.control_dependencies([applied]):
                    return group(applied, self._averages.apply(self._averaged))

            applied = cond(due, update, no_op)
        with recorder.control_dependencies([applied]):
            return assign(local_step, global_step)

    @torch.no_grad()
    def _collected_in_session(self, *gradients: Tensor) -> list[Tensor]:
        collected = self._by_session.setdefault(current_session(), _Collected())
        means = self._collect(collected, gradients)
        return [torch.tensor(means is not None), *(gradients if means is None else means)]


def sync_replicas_in(optimizer: Any) -> SyncReplicasOptimizer | None:
    """`optimizer`, or the one inside it, that aggregates over replicas."""
    while isinstance(optimizer, OptimizerWrapper):
        if isinstance(optimizer, SyncReplicasOptimizer):
            return optimizer
        optimizer = optimizer._optimizer
    return None


class _SyncReplicasHook(SessionRunHook):
    """Checks what TensorFlow's hook checks, and begins the count of local steps."""

    def __init__(self, optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int) -> None:
        self._optimizer = optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens

    def begin(self) -> None:
        if self._is_chief:
            self._optimizer.get_chief_queue_runner()
            self._optimizer.get_init_tokens_op(self._num_tokens)

    def after_create_session(self, session: Any, coord: Any) -> None:
        session.run(self._optimizer.local_step_init_op)
