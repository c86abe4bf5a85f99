"""Hooks that write files: checkpoints, summaries, profiles.

The writer of summaries for a folder is `FileWriterCache`'s, so that all hooks of a folder write one file. The
global step that a hook fetches may be that before the run's increment; a hook that acts on it reads it again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Any

from slim_torch.checkpoint.saver import Saver
from slim_torch.event_files import FileWriterCache
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.session_run_hook import (
    SecondOrStepTimer,
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
    required_global_step,
)
from slim_torch.summary_ops import LazySummary
from slim_torch.summary_protos import SessionLog, Summary

__all__ = [
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "ProfilerHook",
    "StepCounterHook",
    "SummarySaverHook",
    "recorded_summary",
]

_logger = logging.getLogger("slim_torch")

# How often a step counter says that the step does not change.
_STANDSTILL_WARNINGS = 5


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
        _logger.info("Create CheckpointSaverHook.")
        if saver is not None and scaffold is not None:
            raise ValueError("You cannot provide both saver and scaffold.")
        self._saver = saver
        self._scaffold = scaffold
        self._folder = os.fspath(checkpoint_dir)
        self._save_path = os.path.join(self._folder, checkpoint_basename)
        self._timer = SecondOrStepTimer(save_secs, save_steps)
        self._listeners = list(listeners or ())

    def begin(self) -> None:
        self._writer = FileWriterCache.get(self._folder)
        self._global_step = required_global_step("CheckpointSaverHook")
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
        saved = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path)
        self._writer.add_session_log(saved, step)
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


class StepCounterHook(SessionRunHook):
    """Logs how many global steps are made in a second.

    Args:
      every_n_steps, every_n_secs: the interval, one of both.
      output_dir: the folder whose writer gets the figure as the summary `global_step/sec`.
      summary_writer: a writer that gets it in place of the folder's.

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
        self._folder = output_dir
        self._last: int | None = None
        self._warnings_left = _STANDSTILL_WARNINGS

    def begin(self) -> None:
        self._writer = _writer_for(self._folder, self._writer)
        self._global_step = required_global_step("StepCounterHook")

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
        if self._writer is not None:
            value = Summary.Value(tag="global_step/sec", simple_value=rate)
            self._writer.add_summary(Summary(value=[value]), step)


class SummarySaverHook(SessionRunHook):
    """Writes summaries at intervals, the first run's included.

    Args:
      save_steps, save_secs: the interval, one of both.
      output_dir: the folder whose writer gets them.
      summary_writer: in place of the folder's, an object with `add_summary(summary, step)` and `flush()`. With
        neither nothing is run or written.
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
        self._folder = output_dir
        self._scaffold = scaffold
        self._summary_op = summary_op

    def begin(self) -> None:
        self._next_step: int | None = None
        self._writer = _writer_for(self._folder, self._writer)
        self._summary_op = recorded_summary(self._summary_op)
        self._global_step = required_global_step("SummarySaverHook")

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
            if self._next_step is None and hasattr(self._writer, "add_session_log"):
                self._writer.add_session_log(SessionLog(status=SessionLog.START), step)
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results["summaries"]:
                self._writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any = None) -> None:
        if self._writer is not None:
            self._writer.flush()


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
        self._global_step = required_global_step("ProfilerHook")

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


def _writer_for(folder: str | None, writer: Any) -> Any:
    """The writer that was given, or the folder's."""
    return FileWriterCache.get(folder) if writer is None and folder else writer


def recorded_summary(summary: Any) -> Any:
    """A summary, or a list of them, as operations of the graph where that is recorded: before it is finalized."""
    if isinstance(summary, (list, tuple)):
        return [recorded_summary(part) for part in summary]
    lazy = isinstance(summary, LazySummary) and not summary.in_step
    return summary.recorded() if lazy and get_default_graph().recorder is not None else summary
