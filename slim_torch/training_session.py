"""The training loop of recorded train ops: a supervised session that runs the train op until it is done.

The loop of train ops of functions is in `training_loop.py`, the public functions are in `learning.py`.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import Any

import torch

from slim_torch import distributed, errors
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint.training_state import TrainingState
from slim_torch.control_flow import group
from slim_torch.graph import Graph, get_default_graph
from slim_torch.recorded_variable import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from slim_torch.recording import recorder_of
from slim_torch.session import Session
from slim_torch.sources import constant
from slim_torch.supervisor import Supervisor
from slim_torch.sync_replicas import SyncReplicasOptimizer
from slim_torch.tensors import leaf, named
from slim_torch.training_support import (
    Arguments,
    Interrupts,
    Progress,
    Timers,
    interrupts_held,
    is_default,
    progress_bar,
    progress_shown,
)
from slim_torch.variables import get_or_create_global_step

__all__ = ["train_recorded"]

_logger = logging.getLogger("slim_torch")


def train_recorded(train_op: Any, arguments: Arguments) -> Any:
    """`learning.train` for a recorded train op: the loss of the last step, None if there was none."""
    graph = arguments.graph or get_default_graph()
    with graph.as_default(), progress_shown():
        return _Training(train_op, arguments, graph).run()


class _Training:
    """What is made in the graph, and the loop."""

    def __init__(self, train_op: Any, arguments: Arguments, graph: Graph) -> None:
        self._train_op = train_op
        self._arguments = arguments
        self._graph = graph
        self._global_step = (
            get_or_create_global_step() if arguments.global_step is None else arguments.global_step
        )
        saver = arguments.saver or Saver()
        syncs = _sync_optimizers(arguments.sync_optimizer)
        init_op, local_init_op, ready_op = arguments.init_op, arguments.local_init_op, arguments.ready_op
        with graph.name_scope("init_ops"):
            if is_default(init_op):
                init_op = global_variables_initializer()
            if is_default(ready_op):
                ready_op = report_uninitialized_variables()
            if is_default(local_init_op):
                from slim_torch.tf.framework import tables_initializer

                local_init_op = group(local_variables_initializer(), tables_initializer())
            ready_for_local_init_op = None
            if syncs:
                with recorder_of(graph).control_dependencies(
                    [] if local_init_op is None else [local_init_op]
                ):
                    local_init_op = group(
                        *(
                            sync.chief_init_op if arguments.is_chief else sync.local_step_init_op
                            for sync in syncs
                        )
                    )
                ready_for_local_init_op = group(*(sync.ready_for_local_init_op for sync in syncs))
        summary_op = arguments.summary_op
        if is_default(summary_op):
            from slim_torch.summary_ops import merge_all

            summary_op = merge_all()
        self._step_arguments = arguments.train_step_kwargs
        if is_default(self._step_arguments):
            with graph.name_scope("train_step"):
                self._step_arguments = _step_arguments(arguments, self._global_step)
        # Every process has variables of its own and makes them ready; what the chief alone does is to write.
        self._supervisor = Supervisor(
            graph=graph,
            logdir=arguments.logdir,
            init_op=init_op,
            init_feed_dict=arguments.init_feed_dict,
            local_init_op=local_init_op,
            ready_for_local_init_op=ready_for_local_init_op,
            ready_op=ready_op,
            summary_op=summary_op,
            summary_writer=arguments.summary_writer if arguments.is_chief else None,
            global_step=self._global_step,
            saver=saver,
            save_summaries_secs=arguments.save_summaries_secs or 0,
            save_model_secs=arguments.save_interval_secs or 0,
            init_fn=arguments.init_fn,
        )
        if arguments.summary_writer is not None:
            self._step_arguments["summary_writer"] = self._supervisor.summary_writer
        self._saver = saver

    def run(self) -> Any:
        """The loss of the last step."""
        companion, self._saver.companion = (
            self._saver.companion,
            TrainingState(self._graph, is_chief=self._arguments.is_chief),
        )
        try:
            while True:
                try:
                    return self._run_session()
                except errors.AbortedError:
                    _logger.info("Retrying training!")
        finally:
            self._saver.companion = companion

    def _run_session(self) -> Any:
        arguments, supervisor = self._arguments, self._supervisor
        loss = None
        with (
            interrupts_held() as interrupted,
            supervisor.managed_session(
                config=arguments.session_config, start_standard_services=False
            ) as session,
        ):
            distributed.barrier()  # nobody may take the first checkpoint for one to resume from
            distributed.broadcast_variables(self._graph.variables)
            _logger.info("Starting Session.")
            given: Any = session
            if arguments.session_wrapper is not None:
                _logger.info("Wrapping session with wrapper function: %s", arguments.session_wrapper)
                given = arguments.session_wrapper(session)
            services = []
            if arguments.writes:
                supervisor.log_session_start()
                services = supervisor.standard_services(session)
            threads = supervisor.start_queue_runners(session)
            _logger.info("Starting Queues.")
            with ExitStack() as stack:
                bar = None
                if arguments.is_chief:
                    step = int(session.run(self._global_step))
                    bar = stack.enter_context(progress_bar(arguments.number_of_steps, step))
                loss = self._loop(session, given, Timers(services), interrupted, bar)
            if arguments.writes:
                _logger.info("Finished training! Saving model to disk.")
                supervisor.saver.save(session, supervisor.save_path, global_step=self._global_step)
                supervisor.stop(threads, ignore_live_threads=arguments.ignore_live_threads)
        return loss

    def _loop(
        self, session: Session, given: Any, timers: Timers, interrupted: Interrupts, bar: Progress | None
    ) -> Any:
        arguments, supervisor = self._arguments, self._supervisor
        loss = None
        several = distributed.world_size() > 1
        try:
            while not supervisor.should_stop():
                timers.run_due()
                loss, should_stop = arguments.train_step_fn(
                    given, self._train_op, self._global_step, self._step_arguments
                )
                if bar is not None:
                    bar.show(int(session.run(self._global_step)))
                stopped = interrupted.has_come()
                if should_stop or (distributed.any_process(stopped) if several else stopped):
                    _logger.info("Stopping Training.")
                    supervisor.request_stop()
        except (errors.OutOfRangeError, StopIteration) as err:
            _logger.info("Caught %s. Stopping Training. %s", type(err).__name__, err)
        return loss


def _sync_optimizers(given: Any) -> list[SyncReplicasOptimizer]:
    """The synchronizing optimizers of `given`: one, several or None.

    Raises:
      ValueError: one of them is something else.
    """
    if given is None:
        return []
    syncs = [given] if isinstance(given, SyncReplicasOptimizer) else list(given)
    if not all(isinstance(sync, SyncReplicasOptimizer) for sync in syncs):
        raise ValueError("`sync_optimizer` must be a tf.train.SyncReplicasOptimizer.")
    return syncs


def _step_arguments(arguments: Arguments, global_step: Any) -> dict[str, Any]:
    """The operations that `train_step` asks whether to stop, to log, to trace."""
    last, log, trace = (
        arguments.number_of_steps,
        arguments.log_every_n_steps,
        arguments.trace_every_n_steps,
    )
    made: dict[str, Any] = {}
    made["should_stop"] = (
        named(_reaches(global_step, last), None, "GreaterEqual") if last else constant(False)
    )
    if log > 0:
        made["should_log"] = named(_is_multiple(global_step, log), None, "Equal")
    if arguments.is_chief and trace is not None:
        made["should_trace"] = named(_is_multiple(global_step, trace), None, "Equal")
        made["logdir"] = arguments.logdir
    return made


# Asked at every step, so each is one operation that computes with Python's numbers.

_ANSWERS = torch.tensor(False), torch.tensor(True)


@leaf
def _reaches(step: torch.Tensor, last: int) -> torch.Tensor:
    return _ANSWERS[step.item() >= last]


@leaf
def _is_multiple(step: torch.Tensor, number: int) -> torch.Tensor:
    return _ANSWERS[step.item() % number == 0]
