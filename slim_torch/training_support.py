"""What both training loops stand on: arguments, timers, signals, the progress bar, the log, traces.

The loops are `training_session.py` (recorded train ops) and `training_loop.py` (train ops of functions).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import torch

from slim_torch.graph import Graph

__all__ = [
    "Arguments",
    "Interrupts",
    "Progress",
    "Timers",
    "interrupts_held",
    "is_default",
    "profiled",
    "progress_bar",
    "progress_shown",
]

_logger = logging.getLogger("slim_torch")


@dataclass(frozen=True)
class Arguments:
    """The arguments of `learning.train`, by their names there, after those that it has checked itself."""

    logdir: str | None
    train_step_fn: Callable[..., Any]
    train_step_kwargs: Any
    log_every_n_steps: int
    graph: Graph | None
    is_chief: bool
    global_step: Any
    number_of_steps: int | None
    init_op: Any
    init_feed_dict: Mapping[Any, Any] | None
    local_init_op: Any
    init_fn: Callable[[Any], Any] | None
    ready_op: Any
    summary_op: Any
    save_summaries_secs: float | None
    summary_writer: Any
    saver: Any
    save_interval_secs: float | None
    sync_optimizer: Any
    session_config: Any
    session_wrapper: Callable[[Any], Any] | None
    trace_every_n_steps: int | None
    ignore_live_threads: bool

    @property
    def writes(self) -> bool:
        """Whether checkpoints and summaries are written."""
        return self.is_chief and bool(self.logdir)


def is_default(given: Any) -> bool:
    """Whether an argument is left at TF-Slim's `_USE_DEFAULT`, which is 0. (Equality of tensors would be recorded.)"""
    return type(given) is int and given == 0


class Timers:
    """Functions that are called every so many seconds, each for the first time at once.

    They are called between two steps, so what they save is of one step.

    Args:
      services: pairs of the seconds and a function.
    """

    def __init__(self, services: Iterable[tuple[float, Callable[[], None]]]) -> None:
        self._services = list(services)
        self._due = [0.0] * len(self._services)
        self._next = 0.0 if self._services else float("inf")

    def run_due(self) -> None:
        """Calls those whose time has come."""
        if time.monotonic() < self._next:
            return
        for number, (seconds, function) in enumerate(self._services):
            if time.monotonic() >= self._due[number]:
                begin = time.monotonic()
                function()
                self._due[number] = begin + seconds
        self._next = min(self._due)


class Interrupts:
    """Which signal to stop has come, if one has."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def has_come(self) -> bool:
        """Whether to stop after this step; says so in the log."""
        if self.signal is None:
            return False
        _logger.info("Caught %s: stopping.", signal.Signals(self.signal).name)
        return True

    def raise_again(self) -> NoReturn:
        """Ends as the signal would have: KeyboardInterrupt after Ctrl-C, SystemExit after SIGTERM."""
        if self.signal == signal.SIGINT:
            raise KeyboardInterrupt
        assert self.signal is not None
        raise SystemExit(128 + self.signal)


@contextmanager
def interrupts_held() -> Iterator[Interrupts]:
    """Notes the first Ctrl-C or SIGTERM, so that no step is left half done; the second one is raised at once.

    The one that was noted is raised at the end of the block.
    """
    held = Interrupts()
    # Only Python's own reactions are replaced, never an application's; other threads get no signals.
    replaced = {}
    if threading.current_thread() is threading.main_thread():
        for number, default in (
            (signal.SIGINT, signal.default_int_handler),
            (signal.SIGTERM, signal.SIG_DFL),
        ):
            if signal.getsignal(number) is default or signal.getsignal(number) == default:
                replaced[number] = default

    def hold(number: int, frame: Any) -> None:
        again = held.signal is not None
        held.signal = number
        if again:
            held.raise_again()

    for number in replaced:
        signal.signal(number, hold)
    try:
        yield held
    finally:
        for number, default in replaced.items():
            signal.signal(number, default)
    if held.signal is not None:
        held.raise_again()


class Progress:
    """A progress bar on a terminal."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def show(self, step: int) -> None:
        """The bar at a global step."""
        self._bar.update(step - self._bar.n)


@contextmanager
def progress_bar(total: int | None, step: int) -> Iterator[Progress | None]:
    """A bar that begins at `step`; None where stderr is no terminal, or tqdm is not installed."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    try:
        from tqdm import tqdm
    except ImportError:
        yield None
        return
    with tqdm(total=total, initial=step, unit="step", dynamic_ncols=True, file=sys.stderr) as bar:

        def cleared(record: logging.LogRecord) -> bool:
            bar.clear()  # the line of the log takes its place; the next step draws it again
            return True

        _logger.addFilter(cleared)
        try:
            yield Progress(bar)
        finally:
            _logger.removeFilter(cleared)


@contextmanager
def progress_shown() -> Iterator[None]:
    """Shows the log on stderr, as TensorFlow did, unless the application has set up logging itself."""
    if _logger.hasHandlers():
        yield
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    level = _logger.level
    _logger.addHandler(handler)
    if level == logging.NOTSET:
        _logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        _logger.removeHandler(handler)
        _logger.setLevel(level)


@contextmanager
def profiled(logdir: str) -> Iterator[Callable[[int], None]]:
    """Profiles the block with torch.profiler.

    Gives a function that writes the profile to `<logdir>/tf_trace-<step>.json`, for chrome://tracing; to be called
    after the block.
    """
    from torch.profiler import ProfilerActivity, profile

    activities = [ProfilerActivity.CPU]
    if torch.cuda.is_available():
        activities.append(ProfilerActivity.CUDA)
    profiler = profile(activities=activities)

    def write(step: int) -> None:
        path = os.path.join(logdir, f"tf_trace-{step}.json")
        _logger.info("Writing trace to %s", path)
        os.makedirs(logdir, exist_ok=True)
        profiler.export_chrome_trace(path)

    with profiler:
        yield write
