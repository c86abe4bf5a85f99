"""The training loop of train ops of functions, with the rules of TensorFlow's supervisor.

The loop of recorded train ops is in `training_session.py`, the public functions are in `learning.py`. Train steps
are given a `FunctionSession`, so that those written for sessions run here as they are.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch

from slim_torch import distributed, errors
from slim_torch.batch_source import BatchSource
from slim_torch.checkpoint.files import get_checkpoint_state
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint.training import CHECKPOINT_NAME, named_checkpoint
from slim_torch.checkpoint.training_state import TrainingState
from slim_torch.config import ConfigProto
from slim_torch.event_files import FileWriter
from slim_torch.graph import Graph, GraphKeys
from slim_torch.parameter import Variable
from slim_torch.recording import Operation
from slim_torch.summary_ops import merge_all
from slim_torch.summary_protos import SessionLog
from slim_torch.supervisor import SpeedSummary
from slim_torch.symbolic import SymbolicTensor
from slim_torch.train_op import TrainOp
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

__all__ = ["FunctionSession", "train_function"]

_logger = logging.getLogger("slim_torch")


class FunctionSession:
    """What a train step is given in place of a session: `run` calls functions, and reads variables.

    Attributes:
      graph: the graph of the train op.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values of `fetches`, one after the other.

        Args:
          fetches: a function without arguments, such as the train op, which is called; a variable, whose value is
            given as a number or an array; anything that is a value itself; or a list, tuple or dictionary of these.
          options, run_metadata: accepted without effect.

        Raises:
          ValueError: something is fed.
          TypeError: a fetch is recorded, and so needs a real session.
        """
        if feed_dict:
            raise ValueError(
                "There is nothing to feed in a train op of a function: it takes its data from what it closes over."
            )
        return self._value(fetches)

    def _value(self, fetch: Any) -> Any:
        if isinstance(fetch, Variable):
            with torch._C.DisableTorchFunctionSubclass():
                return fetch.item() if fetch.ndim == 0 else fetch.detach().cpu().numpy().copy()
        if isinstance(fetch, (SymbolicTensor, Operation)):
            raise TypeError(
                f"'{fetch.name}' is recorded, and the train op is that of a function. Pass functions or values."
            )
        if isinstance(fetch, (list, tuple)):
            # No map or generator: they would take a StopIteration of the data for their own end.
            values = [self._value(item) for item in fetch]
            return type(fetch)(*values) if hasattr(fetch, "_fields") else type(fetch)(values)
        if isinstance(fetch, Mapping):
            return {key: self._value(value) for key, value in fetch.items()}
        return fetch() if callable(fetch) else fetch


def train_function(train_op: TrainOp, arguments: Arguments) -> Any:
    """`learning.train` for the train op of a function: the loss of the last step, None if there was none."""
    with train_op.graph.as_default(), progress_shown():
        return _Training(train_op, arguments).run()


class _Training:
    def __init__(self, train_op: TrainOp, arguments: Arguments) -> None:
        if arguments.graph is not None and arguments.graph is not train_op.graph:
            raise ValueError("graph is not the one that train_op was created in. Leave it out.")
        if arguments.init_feed_dict:
            raise ValueError(
                "init_feed_dict: in a train op of a function init_op is a function, and fed nothing."
            )
        if arguments.session_config is not None and not isinstance(arguments.session_config, ConfigProto):
            raise TypeError(f"session_config is {arguments.session_config!r}, expected a tf.ConfigProto.")
        global_step = train_op.global_step if arguments.global_step is None else arguments.global_step
        if global_step is None:
            raise ValueError(
                "train_op has global_step=None, so train could never tell how far it is. Create it with a global "
                "step, pass one here, or call train_op() in a loop of your own."
            )
        self._train_op = train_op
        self._arguments = arguments
        self._global_step: Variable = global_step
        self._session = FunctionSession(train_op.graph)
        self._saver: Any = arguments.saver
        if arguments.logdir and self._saver is None:
            self._saver = Saver()
        self._step_arguments = arguments.train_step_kwargs
        if is_default(self._step_arguments):
            self._step_arguments = self._made_step_arguments()

    def run(self) -> Any:
        """The loss of the last step."""
        arguments = self._arguments
        with ExitStack() as stack:
            interrupted = stack.enter_context(interrupts_held())
            autocast = _configured(arguments.session_config, self._train_op.graph)
            if self._saver is not None:
                stack.enter_context(self._companion())
            resumed = self._prepare()
            distributed.barrier()  # nobody may take the first checkpoint for one to resume from
            self._writer = stack.enter_context(self._summary_writer())
            if arguments.summary_writer is not None:
                self._step_arguments["summary_writer"] = self._writer
            given: Any = self._session
            if arguments.session_wrapper is not None:
                given = arguments.session_wrapper(given)
            bar = None
            if arguments.is_chief:
                bar = stack.enter_context(progress_bar(arguments.number_of_steps, _number(self._global_step)))
            loss = self._loop(given, autocast, interrupted, bar)
            if loss is None and not resumed:
                raise ValueError(
                    "The data ended before the first step. Pass a source with at least one batch."
                )
            if arguments.writes:
                _logger.info("Finished training! Saving model to disk.")
                self._save()
            return loss.item() if isinstance(loss, torch.Tensor) else loss

    def _loop(
        self, given: Any, autocast: Callable[[], Any] | None, interrupted: Interrupts, bar: Progress | None
    ) -> Any:
        global_step, step_arguments = self._global_step, self._step_arguments
        train_step = self._arguments.train_step_fn
        if autocast is not None:
            train_step = _under(autocast, train_step)
        before, after = Timers(self._services()), Timers(self._summary_services())
        loss = None
        several = distributed.world_size() > 1
        try:
            while True:
                before.run_due()
                if several and distributed.any_process(self._is_over(interrupted)):
                    _logger.info("Stopping Training.")
                    break
                loss, should_stop = train_step(given, self._train_op, global_step, step_arguments)
                after.run_due()
                if bar is not None:
                    bar.show(_number(global_step))
                if should_stop or (not several and interrupted.has_come()):
                    _logger.info("Stopping Training.")
                    break
        except (errors.OutOfRangeError, StopIteration):
            _logger.info("The data has ended. Stopping Training.")
        return loss

    def _is_over(self, interrupted: Interrupts) -> bool:
        """Whether this process has to stop, and so all have: a signal has come, or its data has ended."""
        sources = self._train_op.graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)
        ended = any(isinstance(source, BatchSource) and source.has_ended() for source in sources)
        return ended or interrupted.has_come()

    # Beginning

    def _prepare(self) -> bool:
        """The latest checkpoint, else `init_op` and `init_fn`; then `local_init_op` and `ready_op`.

        Returns:
          Whether there was a checkpoint.
        """
        arguments = self._arguments
        path = named_checkpoint(arguments.logdir) if arguments.logdir else None
        if path is not None:
            self._saver.restore(None, path)
            state = get_checkpoint_state(os.path.dirname(path))
            if state is not None:
                self._saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        else:
            self._call("init_op", arguments.init_op)
            if arguments.init_fn is not None:
                arguments.init_fn(None)
        self._call("local_init_op", arguments.local_init_op)
        missing = self._call("ready_op", arguments.ready_op)
        if missing is not None and np.size(missing):
            names = ", ".join(map(str, np.ravel(missing)))
            raise RuntimeError(
                f"Init operations did not make model ready. Variables not initialized: {names}"
            )
        return path is not None

    def _call(self, what: str, given: Any) -> Any:
        if given is None or is_default(given):
            return None
        if isinstance(given, (SymbolicTensor, Operation)) or not callable(given):
            raise TypeError(
                f"{what} is {given!r}; with a train op of a function it is a function without arguments, or None."
            )
        return given()

    @contextmanager
    def _companion(self) -> Any:
        before = self._saver.companion
        graph, optimizer = self._train_op.graph, self._train_op.optimizer
        self._saver.companion = TrainingState(graph, optimizer, self._arguments.is_chief)
        try:
            yield
        finally:
            self._saver.companion = before

    def _made_step_arguments(self) -> dict[str, Any]:
        arguments, step = self._arguments, self._global_step
        made: dict[str, Any] = {"should_stop": False}
        last, log, trace = (
            arguments.number_of_steps,
            arguments.log_every_n_steps,
            arguments.trace_every_n_steps,
        )
        if last is not None:
            made["should_stop"] = lambda: _number(step) >= last
        if log == 1:
            made["should_log"] = True
        elif log > 1:
            made["should_log"] = lambda: _number(step) % log == 0
        if arguments.is_chief and trace is not None:
            made["should_trace"] = lambda: _number(step) % trace == 0
            made["logdir"] = arguments.logdir
        return made

    # Writing

    def _services(self) -> list[tuple[float, Callable[[], None]]]:
        """What is done every so many seconds before a step."""
        seconds = self._arguments.save_interval_secs
        return [(seconds, self._save_between)] if seconds and self._arguments.writes else []

    def _summary_services(self) -> list[tuple[float, Callable[[], None]]]:
        """What is done every so many seconds after a step: the summaries are those of that step."""
        seconds = self._arguments.save_summaries_secs
        if self._writer is None or not seconds:
            return []
        services: list[tuple[float, Callable[[], None]]] = []
        if self._arguments.summary_op is not None:
            services.append((seconds, self._write_summaries))
        return [*services, (seconds, SpeedSummary(self._writer, lambda: _number(self._global_step)))]

    def _save(self) -> None:
        assert self._arguments.logdir is not None
        prefix = os.path.join(self._arguments.logdir, CHECKPOINT_NAME)
        path = self._saver.save(None, prefix, global_step=self._global_step)
        _logger.info("Saving checkpoint to path %s", path)

    def _save_between(self) -> None:
        self._save()
        if self._writer is not None:
            saved = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._saver.last_checkpoints[-1])
            self._writer.add_session_log(saved, _number(self._global_step))

    def _write_summaries(self) -> None:
        given = self._arguments.summary_op
        summary = merge_all() if is_default(given) else self._call("summary_op", given)
        if summary is not None:
            self._writer.add_summary(summary, _number(self._global_step))
            self._writer.flush()

    @contextmanager
    def _summary_writer(self) -> Any:
        """The writer of summaries, if there is one; it is closed at the end of the block."""
        arguments = self._arguments
        writer = arguments.summary_writer if arguments.writes else None
        if writer is None:
            yield None
            return
        if is_default(writer):
            writer = FileWriter(arguments.logdir)
        writer.add_session_log(SessionLog(status=SessionLog.START), _number(self._global_step))
        try:
            yield writer
        finally:
            writer.add_session_log(SessionLog(status=SessionLog.STOP))
            writer.close()


def _number(step: Variable) -> int:
    """The value of a global step. Done in each step, so without the detour by which code is recorded."""
    with torch._C.DisableTorchFunctionSubclass():
        return int(step.item())


def _under(context: Callable[[], Any], function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        with context():
            return function(*arguments)

    return call


def _configured(config: ConfigProto | None, graph: Graph) -> Callable[[], Any] | None:
    """Sets what of a session's configuration has a meaning for a function; the context to run each step in."""
    if config is None:
        return None
    config.apply()
    if config.device is not None:
        graph.to(config.torch_device())
    if config.compile:
        _logger.warning(
            "session_config: compile has no effect on training. Compile the model inside total_loss: torch.compile(module)."
        )
    if config.autocast_dtype is None:
        return None
    device = graph.default_device or torch.device("cpu")
    # Each step anew: until it is left, autocast keeps the casts of weights.
    return functools.partial(torch.autocast, device.type, dtype=config.autocast_dtype)
