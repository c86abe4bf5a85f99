"""`Supervisor`: a session that begins at the latest checkpoint, and saves while it is used.

How a session becomes ready is `session_manager.py`'s; threads and stopping are `coordinator.py`'s.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from slim_torch import errors
from slim_torch.checkpoint.saver import Saver
from slim_torch.control_flow import group
from slim_torch.coordinator import Coordinator, LooperThread, start_queue_runners
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.recorded_variable import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from slim_torch.session import Session
from slim_torch.session_manager import SessionManager
from slim_torch.summary_protos import SessionLog, Summary
from slim_torch.variables import get_global_step, global_variables

__all__ = ["SpeedSummary", "Supervisor", "basic_train_loop"]

_logger = logging.getLogger("slim_torch")


class Supervisor:
    """Prepares a session, saves it every so often, and stops its threads.

    It finalizes the graph. Where a default is `USE_DEFAULT` (0), the first element of the graph's collection of
    that name is taken (INIT_OP, READY_OP, SAVERS, ...); if there is none, what is said here is made and put
    there. None means: none.

    Args:
      graph: the default graph by default.
      ready_op: names what is not initialized; by default `tf.report_uninitialized_variables()`.
      ready_for_local_init_op: the same for running `local_init_op`; by default none.
      is_chief: whether it initializes and saves; others wait until the session is ready.
      init_op: run if there is no checkpoint; by default it initializes the global variables.
      init_feed_dict: what `init_op` is fed.
      local_init_op: run in every session; by default it initializes the local variables.
      logdir: the folder of checkpoints and summaries; None saves nothing.
      summary_op: run every `save_summaries_secs`; by default all summaries, merged.
      saver: by default a Saver of all global variables; none if there are none.
      global_step: the number in the names of checkpoints; by default the graph's global step.
      save_summaries_secs, save_model_secs: the seconds between two summaries, two checkpoints; 0 for none.
      recovery_wait_secs: the seconds between two looks at whether a session is ready.
      stop_grace_secs: how long threads may go on after the stop.
      checkpoint_basename: checkpoints are `<logdir>/<checkpoint_basename>-<step>`.
      session_manager: in place of the one that is made.
      summary_writer: by default one for `logdir`.
      init_fn: called with the session after `init_op`, if there is no checkpoint.
      local_init_run_options: accepted without effect.

    Source: tf.train.Supervisor.
    """

    USE_DEFAULT = 0

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = USE_DEFAULT,
        ready_for_local_init_op: Any = USE_DEFAULT,
        is_chief: bool = True,
        init_op: Any = USE_DEFAULT,
        init_feed_dict: Mapping[Any, Any] | None = None,
        local_init_op: Any = USE_DEFAULT,
        logdir: str | None = None,
        summary_op: Any = USE_DEFAULT,
        saver: Any = USE_DEFAULT,
        global_step: Any = USE_DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: SessionManager | None = None,
        summary_writer: Any = USE_DEFAULT,
        init_fn: Callable[[Session], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        self._coord = Coordinator()
        self._is_chief = is_chief
        self._init_feed_dict = init_feed_dict
        self._init_fn = init_fn
        self._logdir = os.fspath(logdir) if logdir else None
        self._save_summaries_secs = save_summaries_secs
        self._save_model_secs = save_model_secs
        self._stop_grace_secs = stop_grace_secs
        with self._graph.as_default():
            self._init_op = self._default(init_op, GraphKeys.INIT_OP, global_variables_initializer)
            self._local_init_op = self._default(
                local_init_op, GraphKeys.LOCAL_INIT_OP, lambda: group(local_variables_initializer())
            )
            self._ready_op = self._default(ready_op, GraphKeys.READY_OP, report_uninitialized_variables)
            self._ready_for_local_init_op = self._default(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, _nothing
            )
            self._summary_op = self._default(summary_op, GraphKeys.SUMMARY_OP, _merged_summaries)
            self._global_step = self._default(global_step, GraphKeys.GLOBAL_STEP, get_global_step)
            self._saver = self._default(
                saver, GraphKeys.SAVERS, lambda: Saver() if global_variables() else None
            )
        self._save_path: str | None = None
        self._started = self._closed_writer = False
        self._summary_writer: Any = None if _is_default(summary_writer) else summary_writer
        if self._logdir is not None and is_chief:
            self._save_path = os.path.join(self._logdir, checkpoint_basename)
            if _is_default(summary_writer):
                os.makedirs(self._logdir, exist_ok=True)
                self._summary_writer = _writer(self._logdir)
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
        )
        self._graph.finalize()

    def _default(self, given: Any, collection: str, make: Callable[[], Any]) -> Any:
        if not _is_default(given):
            return given
        known = self._graph.get_collection(collection)
        if known:
            return known[0]
        made = make()
        if made is not None:
            self._graph.add_to_collection(collection, made)
        return made

    @property
    def is_chief(self) -> bool:
        return self._is_chief

    @property
    def session_manager(self) -> SessionManager:
        return self._session_manager

    @property
    def coord(self) -> Coordinator:
        return self._coord

    @property
    def init_op(self) -> Any:
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float:
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        return self._global_step

    @property
    def saver(self) -> Any:
        return self._saver

    @property
    def save_model_secs(self) -> float:
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """The prefix of checkpoints, without the step; None without a `logdir`."""
        return self._save_path

    @contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Session]:
        """Context manager: a session that is ready, as `prepare_or_wait_for_session` gives it.

        At the end of the block threads are stopped and the session is closed; it is not saved. The first
        exception of the block or of a thread is raised then, except for `tf.errors.OutOfRangeError`.
        """
        session: Session | None = None
        try:
            session = self.prepare_or_wait_for_session(
                master, config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as err:
            self.request_stop(err)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    session.close()

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Session:
        """A session that is ready: the latest checkpoint of `logdir`, else `init_op` and then `init_fn`.

        Args:
          config: of the session.
          wait_for_checkpoint: whether to wait for a checkpoint, `max_wait_secs` seconds at most.
          start_standard_services: whether to start the threads that save.

        Raises:
          RuntimeError: the session is not ready afterwards.
        """
        self._coord.clear_stop()
        if not self._is_chief:
            return self._session_manager.wait_for_session(master, config, max_wait_secs)
        session = self._session_manager.prepare_session(
            master,
            init_op=self._init_op,
            saver=self._saver,
            checkpoint_dir=self._logdir,
            wait_for_checkpoint=wait_for_checkpoint,
            max_wait_secs=max_wait_secs,
            config=config,
            init_feed_dict=self._init_feed_dict,
            init_fn=self._init_fn,
        )
        if start_standard_services and self._logdir is not None:
            self.start_standard_services(session)
        self.start_queue_runners(session)
        return session

    def standard_services(self, sess: Session) -> list[tuple[float, Callable[[], None]]]:
        """What the chief does every so many seconds: saving checkpoints, summaries and the speed.

        Returns:
          Pairs of the seconds and a function.
        """
        services: list[tuple[float, Callable[[], None]]] = []
        if self._saver is not None and self._save_model_secs:
            services.append((self._save_model_secs, lambda: self._save(sess)))
        if self._summary_writer is not None and self._save_summaries_secs:
            if self._summary_op is not None:
                services.append((self._save_summaries_secs, lambda: self._write_summaries(sess)))
            if self._global_step is not None:
                services.append(
                    (self._save_summaries_secs, SpeedSummary(self._summary_writer, lambda: self._step(sess)))
                )
        return services

    def log_session_start(self) -> None:
        """Notes the start of a session in the event file; its end is noted by `stop`."""
        if self._summary_writer is not None:
            self._started = True
            if self._closed_writer:
                self._closed_writer = False
                self._summary_writer.reopen()
            self._summary_writer.add_session_log(SessionLog(status=SessionLog.START), 0)

    def start_standard_services(self, sess: Session) -> list[LooperThread] | None:
        """Starts the threads that save checkpoints, summaries and the speed, and gives them; None without a `logdir`.

        Raises:
          RuntimeError: this is not the chief.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only the chief supervisor starts the standard services: it alone writes to logdir."
            )
        if self._logdir is None:
            _logger.warning("Standard services need a 'logdir' passed to the Supervisor.")
            return None
        self.log_session_start()
        return [self.loop(seconds, service) for seconds, service in self.standard_services(sess)]

    def start_queue_runners(self, sess: Session, queue_runners: Any = None) -> list[threading.Thread]:
        """The threads of the graph's queue runners, or of those given; see `start_queue_runners` of the module."""
        if queue_runners is None:
            return start_queue_runners(sess, coord=self._coord)
        threads: list[threading.Thread] = []
        for runner in queue_runners:
            threads += runner.create_threads(sess, coord=self._coord, daemon=True, start=True)
        return threads

    def loop(
        self,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls `target` every so many seconds until the stop."""
        return LooperThread.loop(self._coord, timer_interval_secs, target, args, kwargs)

    def stop(
        self,
        threads: Sequence[threading.Thread] | None = None,
        close_summary_writer: bool = True,
        ignore_live_threads: bool = False,
    ) -> None:
        """Stops the threads and waits for them; closes the summary writer.

        Raises:
          RuntimeError: threads go on for longer than `stop_grace_secs`.
          The first exception of a thread.
        """
        self._coord.request_stop()
        try:
            self._coord.join(threads, self._stop_grace_secs, ignore_live_threads)
        finally:
            if close_summary_writer and self._summary_writer is not None:
                if self._started:
                    self._started = False
                    self._summary_writer.add_session_log(SessionLog(status=SessionLog.STOP))
                self._summary_writer.close()
                self._closed_writer = True

    def request_stop(self, ex: Any = None) -> None:
        """Asks everybody to stop; see `Coordinator.request_stop`."""
        self._coord.request_stop(ex)

    def should_stop(self) -> bool:
        """Whether a stop was requested."""
        return self._coord.should_stop()

    def stop_on_exception(self) -> Any:
        """Context manager: an exception in the block becomes a request to stop."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until a stop is requested."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess: Session, summary: Any, global_step: Any = None) -> None:
        """Writes a summary that was run; by default with the session's global step.

        Raises:
          RuntimeError: there is no summary writer.
        """
        if self._summary_writer is None:
            raise RuntimeError("Writing a summary requires a summary writer.")
        self._summary_writer.add_summary(summary, self._step(sess) if global_step is None else global_step)

    def _step(self, session: Session) -> int | None:
        return None if self._global_step is None else int(session.run(self._global_step))

    def _write_summaries(self, session: Session) -> None:
        fetches = [self._summary_op] + ([] if self._global_step is None else [self._global_step])
        summary, *step = session.run(fetches)
        self._summary_writer.add_summary(summary, int(step[0]) if step else None)
        self._summary_writer.flush()

    def _save(self, session: Session) -> None:
        _logger.info("Saving checkpoint to path %s", self._save_path)
        self._saver.save(session, self._save_path, global_step=self._global_step)
        if self._summary_writer is not None and self._global_step is not None:
            saved = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=self._save_path)
            self._summary_writer.add_session_log(saved, self._step(session))

    PrepareSession = prepare_or_wait_for_session
    StartStandardServices = start_standard_services
    StartQueueRunners = start_queue_runners
    Loop = loop
    Stop = stop
    RequestStop = request_stop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    master: str = "",
) -> None:
    """Calls `train_step_fn(session, *args, **kwargs)` until the supervisor is asked to stop.

    A `tf.errors.AbortedError` begins a new session; other exceptions are raised as by `managed_session`.

    Source: tf.train.basic_train_loop.
    """
    aborted = True
    while aborted:
        aborted = False
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or ()), **(kwargs or {}))
        except errors.AbortedError:
            aborted = True


class SpeedSummary:
    """Writes and logs the global steps per second since the last call, `global_step/sec`."""

    def __init__(self, writer: Any, step: Callable[[], int | None]) -> None:
        self._writer = writer
        self._step = step
        self._last_step = step() or 0
        self._last_time = time.monotonic()

    def __call__(self) -> None:
        step, now = self._step() or 0, time.monotonic()
        speed = (step - self._last_step) / max(now - self._last_time, 1e-9)
        self._last_step, self._last_time = step, now
        value = Summary.Value(tag="global_step/sec", simple_value=speed)
        self._writer.add_summary(Summary(value=[value]), step)
        _logger.info("global_step/sec: %g", speed)


def _is_default(given: Any) -> bool:
    # Equality of tensors would be recorded.
    return not isinstance(given, torch.Tensor) and isinstance(given, int) and given == Supervisor.USE_DEFAULT


def _nothing() -> None:
    return None


def _merged_summaries() -> Any:
    summaries = _summaries()
    return None if summaries is None else summaries.merge_all()


def _writer(logdir: str) -> Any:
    summaries = _summaries()
    return None if summaries is None else summaries.FileWriter(logdir)


def _summaries() -> Any:
    from slim_torch import tf

    return getattr(tf, "summary", None)
