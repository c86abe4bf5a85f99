"""Hooks that stop, wait, feed, log and look: those of training scripts that write no files.

Hooks that write are in `writing_hooks.py`. A hook asks for tensors to be fetched in the run that the script makes
anyway, so that it sees the values of that run. The global step that such a fetch gives may be that before the
run's increment; a hook that acts on it reads it again afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from slim_torch.session_run_hook import (
    NeverTimer,
    SecondOrStepTimer,
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
    element_of,
    required_global_step,
)

__all__ = [
    "FeedFnHook",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "LoggingTensorHook",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "StopAtStepHook",
]

_logger = logging.getLogger("slim_torch")

_WAIT_SECONDS = 0.5


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
        self._global_step = required_global_step("StopAtStepHook")

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
        self._timer = SecondOrStepTimer(every_n_secs, every_n_iter) if given else NeverTimer()

    def begin(self) -> None:
        self._timer.reset()
        self._runs = 0
        self._tensors = [element_of(tensor) for tensor in self._given]

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


class GlobalStepWaiterHook(SessionRunHook):
    """Holds the first run back until the global step has come to a value. Source: tf.train.GlobalStepWaiterHook."""

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        self._waiting = self._wait_until_step > 0
        self._global_step = required_global_step("_GlobalStepWaiterHook")

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
