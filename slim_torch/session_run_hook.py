"""What a hook is: the calls that a session makes to it, what it is told there, and when something is due.

The hooks themselves are in `session_hooks.py` and `writing_hooks.py`, the sessions that call them in
`monitored_session.py`.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from slim_torch.graph import get_default_graph
from slim_torch.parameter import Variable
from slim_torch.variables import get_global_step

__all__ = [
    "NeverTimer",
    "SecondOrStepTimer",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "element_of",
    "required_global_step",
]


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


class NeverTimer(SecondOrStepTimer):
    """A timer that is never due."""

    def __init__(self) -> None:
        super().__init__(every_steps=1)

    def should_trigger_for_step(self, step: int) -> bool:
        return False


def required_global_step(hook: str) -> Variable:
    step = get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {hook}.")
    return step


def element_of(tensor: Any) -> Any:
    """`tensor`, or what it names; the name of an operation means its first output."""
    if not isinstance(tensor, str):
        return tensor
    return get_default_graph().get_tensor_by_name(tensor if ":" in tensor else f"{tensor}:0")
