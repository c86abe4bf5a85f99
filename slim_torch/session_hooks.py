"""Hooks: what a monitored session calls before and after each run, and the hooks that training scripts use.

The sessions that call them are in `monitored_session.py`. A hook asks for tensors to be fetched in the run
that the script makes anyway, so that it sees the values of that run. The global step that such a fetch gives
may be that before the run's increment; a hook that acts on it reads it again afterwards.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from slim_torch.checkpoint.saver import Saver
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.variable import Variable
from slim_torch.variables import get_global_step

__all__ = [
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "FeedFnHook",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "LoggingTensorHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "ProfilerHook",
    "SecondOrStepTimer",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
]

_logger = logging.getLogger("slim_torch")

# How often a step counter says that the step does not change.
_STANDSTILL_WARNINGS = 5

_WAIT_SECONDS = 0.5


class SessionRunArgs(NamedTuple):
    """What is to be run: fetches, feeds and options. Source: tf.train.SessionRunArgs."""

    fetches: Any
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a run gave: values for the hook's own fetches. Source: tf.train.SessionRunValues."""

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """The run that a hook is called for.

    Attributes:
      original_args: what the script runs, a `SessionRunArgs`.
      session: the plain session; running it calls no hooks.
      stop_requested: whether a hook has asked to stop.

    Source: tf.train.SessionRunContext.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        return self._original_args

    @property
    def session(self) -> Any:
        return self._session

    @property
    def stop_requested(self) -> bool:
        return self._stop_requested

    def request_stop(self) -> None:
        """Makes the monitored session's `should_stop` true after this run."""
        self._stop_requested = True


class SessionRunHook:
    """What a hook may do; each method does nothing here. Source: tf.train.SessionRunHook."""

    def begin(self) -> None:
        """Called once, before the session exists; here operations can still be added to the graph."""

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Called for each new session, when its variables have values."""

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Called before each run; what it gives is fetched and fed in that run as well."""
        return None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Called after each run that raised nothing."""

    def end(self, session: Any) -> None:
        """Called at the end, if no exception other than the end of the input has ended the session."""


class SecondOrStepTimer:
    """Says when something is due that happens every so many seconds, or every so many steps.

    Raises:
      ValueError: both are given, or neither.

    Source: tf.train.SecondOrStepTimer.
    """

    def __init__(self, every_secs: float | None = None, every_steps: int | None = None) -> None:
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs = every_secs
        self._every_steps = every_steps
        self.reset()

    def reset(self) -> None:
        """Forgets when it was last."""
        self._last_step: int | None = None
        self._last_time = 0.0

    def should_trigger_for_step(self, step: int) -> bool:
        """Whether it is due at `step`: the first time, and then when the interval has passed."""
        if self._last_step is None:
            return True
        if step == self._last_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_time + self._every_secs
        assert self._every_steps is not None
        return bool(step >= self._last_step + self._every_steps)

    def update_last_triggered_step(self, step: int) -> tuple[float | None, int | None]:
        """Notes that it was done at `step`; the seconds and steps since the time before, None at first."""
        now = time.time()
        seconds, steps = (
            (None, None) if self._last_step is None else (now - self._last_time, step - self._last_step)
        )
        self._last_step, self._last_time = step, now
        return seconds, steps

    def last_triggered_step(self) -> int | None:
        """The step given to the last update."""
        return self._last_step


class _Never(SecondOrStepTimer):
    """A timer that is never due."""

    def __init__(self) -> None:
        super().__init__(every_steps=1)

    def should_trigger_for_step(self, step: int) -> bool:
        return False


class StopAtStepHook(SessionRunHook):
    """Asks to stop when the global step has come to a value.

    Args:
      num_steps: how many steps from where the session begins.
      last_step: the global step at which to stop.

    Raises:
      ValueError: both are given, or neither.

    Source: tf.train.StopAtStepHook.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        self._global_step = _global_step("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._last_step is None:
            assert self._num_steps is not None
            self._last_step = int(session.run(self._global_step)) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        assert self._last_step is not None
        if (
            run_values.results + 1 >= self._last_step
            and run_context.session.run(self._global_step) >= self._last_step
        ):
            run_context.request_stop()


class CheckpointSaverListener:
    """Is told of the checkpoints that a `CheckpointSaverHook` writes. Source: tf.train.CheckpointSaverListener."""

    def begin(self) -> None:
        """Called once, before the session exists."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Called before each checkpoint."""

    def after_save(self, session: Any, global_step_value: int) -> bool | None:
        """Called after each checkpoint; True asks the training to stop."""
        return None

    def end(self, session: Any, global_step_value: int) -> None:
        """Called at the end, after the last checkpoint."""


class CheckpointSaverHook(SessionRunHook):
    """Writes checkpoints: when the session begins, at intervals, and at the end.

    Args:
      checkpoint_dir: the folder.
      save_secs, save_steps: the interval, one of both.
      saver: writes them; by default that of `scaffold`, else the only one in the collection SAVERS.
      checkpoint_basename: the prefix of the files, to which the global step is joined.
      scaffold: whose saver is used.
      listeners: `CheckpointSaverListener`s, called in order.

    Raises:
      ValueError: `saver` and `scaffold` are given, or not exactly one interval.
      RuntimeError: there is no global step, or it is not clear which saver is meant.

    Source: tf.train.CheckpointSaverHook.
    """

    def __init__(
        self,
        checkpoint_dir: str | os.PathLike[str],
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Saver | None = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Any = None,
        listeners: Iterable[CheckpointSaverListener] | None = None,
    ) -> None:
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._scaffold = scaffold
        self._save_path = os.path.join(os.fspath(checkpoint_dir), checkpoint_basename)
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._listeners = list(listeners or ())

    def begin(self) -> None:
        self._global_step = _global_step("CheckpointSaverHook")
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        step = session.run(self._global_step)
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = run_context.session.run(self._global_step)
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        step = session.run(self._global_step)
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: int) -> bool:
        """Writes a checkpoint; whether a listener asks to stop."""
        _logger.info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._chosen_saver().save(session, self._save_path, global_step=step)
        stop = False
        for listener in self._listeners:
            if listener.after_save(session, step):
                _logger.info(
                    "A CheckpointSaverListener requested that training be stopped. listener: %s", listener
                )
                stop = True
        return stop

    def _chosen_saver(self) -> Any:
        if self._saver is None and self._scaffold is not None:
            self._saver = self._scaffold.saver
        if self._saver is None:
            savers = get_default_graph().get_collection(GraphKeys.SAVERS)
            if not savers:
                raise RuntimeError(
                    f"No items in collection {GraphKeys.SAVERS}. Please add a saver to the collection or provide a saver "
                    f"or scaffold."
                )
            if len(savers) > 1:
                raise RuntimeError(
                    f"More than one item in collection {GraphKeys.SAVERS}. Please indicate which one to use by passing it "
                    f"to the constructor."
                )
            self._saver = savers[0]
        return self._saver


class LoggingTensorHook(SessionRunHook):
    """Logs values of tensors.

    Args:
      tensors: a dictionary from tags to tensors (or names of tensors or operations), logged in the order
        of the tags; or a list of them.
      every_n_iter, every_n_secs: how often, counted in runs of the session; the first run is logged.
      at_end: whether to log at the end as well; without an interval, only there.
      formatter: makes the line of a dictionary from tags to values.

    Raises:
      ValueError: not exactly one interval, without `at_end`; or `every_n_iter` is not positive.

    Source: tf.train.LoggingTensorHook.
    """

    def __init__(
        self,
        tensors: Mapping[Any, Any] | Sequence[Any],
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[Any, Any]], str] | None = None,
    ) -> None:
        given = (every_n_iter is not None) + (every_n_secs is not None)
        if given == 2 or (not given and not at_end):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, Mapping):
            self._tags = sorted(tensors)
            self._given = [tensors[tag] for tag in self._tags]
        else:
            self._tags = self._given = list(tensors)
        self._formatter = formatter
        self._at_end = at_end
        self._timer = SecondOrStepTimer(every_n_secs, every_n_iter) if given else _Never()

    def begin(self) -> None:
        self._timer.reset()
        self._runs = 0
        self._tensors = [_element(tensor) for tensor in self._given]

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        self._due = self._timer.should_trigger_for_step(self._runs)
        return SessionRunArgs(self._tensors) if self._due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._due:
            self._log(run_values.results)
        self._runs += 1

    def end(self, session: Any) -> None:
        if self._at_end:
            self._log(session.run(self._tensors))

    def _log(self, values: Sequence[Any]) -> None:
        seconds, _ = self._timer.update_last_triggered_step(self._runs)
        if self._formatter is not None:
            _logger.info("%s", self._formatter(dict(zip(self._tags, values))))
            return
        line = ", ".join(f"{tag} = {value}" for tag, value in zip(self._tags, values))
        _logger.info("%s%s", line, "" if seconds is None else f" ({seconds:.3f} sec)")


class StepCounterHook(SessionRunHook):
    """Logs how many global steps are made in a second.

    Args:
      every_n_steps, every_n_secs: the interval, one of both.
      output_dir: accepted without effect; give a writer.
      summary_writer: gets the figure as the summary `global_step/sec`.

    Raises:
      ValueError: not exactly one interval.
      RuntimeError: there is no global step.

    Source: tf.train.StepCounterHook.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("exactly one of every_n_steps and every_n_secs should be provided.")
        self._timer = SecondOrStepTimer(every_n_secs, every_n_steps)
        self._writer = summary_writer
        self._last: int | None = None
        self._warnings_left = _STANDSTILL_WARNINGS

    def begin(self) -> None:
        self._global_step = _global_step("StepCounterHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        fetched = run_values.results
        if self._timer.should_trigger_for_step(fetched + 1):
            step = run_context.session.run(self._global_step)
            if self._timer.should_trigger_for_step(step):
                seconds, steps = self._timer.update_last_triggered_step(step)
                if seconds and steps is not None:
                    self._log(steps / seconds, step)
        if fetched == self._last and self._warnings_left:
            self._warnings_left -= 1
            _logger.warning(
                "The global step (tf.train.get_global_step) has not been increased: it is %d, as in the run before. Pass "
                "it to Optimizer.minimize or Optimizer.apply_gradients.",
                fetched,
            )
        self._last = fetched

    def _log(self, rate: float, step: int) -> None:
        _logger.info("global_step/sec: %g", rate)
        messages = _messages()
        if self._writer is not None and messages is not None:
            summary = messages.Summary
            value = summary.Value(tag="global_step/sec", simple_value=rate)
            self._writer.add_summary(summary(value=[value]), step)


class NanLossDuringTrainingError(RuntimeError):
    """The loss is not a number. Source: tf.train.NanLossDuringTrainingError."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends the training when the loss is not a number.

    Args:
      loss_tensor: a scalar.
      fail_on_nan_loss: True raises `NanLossDuringTrainingError`, False asks to stop.

    Source: tf.train.NanTensorHook.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss = loss_tensor
        self._fail = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not np.isnan(run_values.results):
            return
        if self._fail:
            _logger.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        _logger.warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class SummarySaverHook(SessionRunHook):
    """Writes summaries at intervals, the first run's included.

    Args:
      save_steps, save_secs: the interval, one of both.
      output_dir: accepted without effect; give a writer.
      summary_writer: an object with `add_summary(summary, step)` and `flush()`; without one nothing is run
        or written.
      scaffold: whose `summary_op` is run.
      summary_op: a string tensor, or a list of them; in place of `scaffold`.

    Raises:
      ValueError: not exactly one of `scaffold` and `summary_op`, or not exactly one interval.
      RuntimeError: there is no global step.

    Source: tf.train.SummarySaverHook.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
        scaffold: Any = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("Exactly one of scaffold or summary_op must be provided.")
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._writer = summary_writer
        self._scaffold = scaffold
        self._summary_op = summary_op

    def begin(self) -> None:
        self._next_step: int | None = None
        self._global_step = _global_step("SummarySaverHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        self._due = self._writer is not None and (
            self._next_step is None or self._timer.should_trigger_for_step(self._next_step)
        )
        fetches: dict[str, Any] = {"step": self._global_step}
        if self._due:
            op = self._scaffold.summary_op if self._summary_op is None else self._summary_op
            fetches["summaries"] = [] if op is None else op if isinstance(op, (list, tuple)) else [op]
        return SessionRunArgs(fetches)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = run_values.results["step"] + 1
        if self._due:
            step = run_context.session.run(self._global_step)
            messages = _messages()
            if self._next_step is None and messages is not None and hasattr(self._writer, "add_session_log"):
                log = messages.SessionLog
                self._writer.add_session_log(log(status=log.START), step)
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results["summaries"]:
                self._writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        if self._writer is not None:
            self._writer.flush()


class GlobalStepWaiterHook(SessionRunHook):
    """Holds the first run back until the global step has come to a value. Source: tf.train.GlobalStepWaiterHook."""

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        self._waiting = self._wait_until_step > 0
        self._global_step = _global_step("_GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> None:
        while self._waiting:
            self._waiting = run_context.session.run(self._global_step) < self._wait_until_step
            if self._waiting:
                time.sleep(_WAIT_SECONDS)


class FinalOpsHook(SessionRunHook):
    """Runs something at the end; `final_ops_values` are its values. Source: tf.train.FinalOpsHook."""

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._final_ops = final_ops
        self._feeds = final_ops_feed_dict
        self._values: Any = None

    @property
    def final_ops_values(self) -> Any:
        return self._values

    def end(self, session: Any) -> None:
        if self._final_ops is not None:
            self._values = session.run(self._final_ops, feed_dict=self._feeds)


class FeedFnHook(SessionRunHook):
    """Feeds what `feed_fn()` gives, anew in each run. Source: tf.train.FeedFnHook."""

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(None, feed_dict=self.feed_fn())


class ProfilerHook(SessionRunHook):
    """Writes PyTorch's profile of a run at intervals, as `timeline-<step>.json` for chrome://tracing.

    Args:
      save_steps, save_secs: the interval, one of both.
      output_dir: the folder.
      show_dataflow: accepted without effect.
      show_memory: whether memory is profiled too.

    Raises:
      ValueError: not exactly one interval.
      RuntimeError: there is no global step.

    Source: tf.train.ProfilerHook.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._folder = output_dir
        self._show_memory = show_memory

    def begin(self) -> None:
        self._next_step: int | None = None
        self._profile: Any = None
        self._global_step = _global_step("ProfilerHook")

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        if self._next_step is not None and self._timer.should_trigger_for_step(self._next_step):
            from torch.profiler import profile

            self._profile = profile(profile_memory=self._show_memory)
            self._profile.__enter__()
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        step = run_values.results + 1
        if self._next_step is None:
            self._timer.update_last_triggered_step(step)
        if self._profile is not None:
            self._profile.__exit__(None, None, None)
            step = run_context.session.run(self._global_step)
            self._timer.update_last_triggered_step(step)
            os.makedirs(self._folder or os.curdir, exist_ok=True)
            self._profile.export_chrome_trace(os.path.join(self._folder, f"timeline-{step}.json"))
            self._profile = None
        self._next_step = step + 1


def _global_step(hook: str) -> Variable:
    step = get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {hook}.")
    return step


def _element(tensor: Any) -> Any:
    """`tensor`, or what it names; the name of an operation means its first output."""
    if not isinstance(tensor, str):
        return tensor
    return get_default_graph().get_tensor_by_name(tensor if ":" in tensor else f"{tensor}:0")


def _messages() -> Any:
    """The messages of event files, imported where there is a writer for them; None if there are none."""
    name = "slim_torch.summary_protos"
    return None if importlib.util.find_spec(name) is None else importlib.import_module(name)
