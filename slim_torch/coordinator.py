"""Threads that stop together: `Coordinator`, `LooperThread`, and the starting of queue runners.

The first exception that any thread reports is raised where the threads are joined. What fills queues is in
`queues.py`: runs pull what they take, so no thread is needed for that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from slim_torch import errors
from slim_torch.graph import GraphKeys

__all__ = ["Coordinator", "LooperThread", "start_queue_runners"]

# How long the end of the last thread may go unnoticed.
_POLL_SECONDS = 0.05


class Coordinator:
    """Stops several threads together, and passes on the first exception of any.

    Args:
      clean_stop_exception_types: exceptions that end the threads without being an error, a tuple;
        `tf.errors.OutOfRangeError` by default, the end of the input.

    Source: tf.train.Coordinator.
    """

    def __init__(self, clean_stop_exception_types: Sequence[type[BaseException]] | None = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._exception: BaseException | None = None
        self._joined = False
        self._threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop; `should_stop` answers True from now on.

        Args:
          ex: the exception that is the reason, or what `sys.exc_info()` gives; `join` raises the first one,
            if it was given before any other request. Where everything has been joined it is raised at once.
        """
        if isinstance(ex, tuple):
            ex = ex[1]
        if ex is not None and not isinstance(ex, BaseException):
            raise TypeError(f"ex must be an exception or a result of sys.exc_info(), got {ex!r}.")
        with self._lock:
            if isinstance(ex, self._clean):
                ex = None
            if self._joined:
                if ex is not None:
                    raise ex
                return
            if not self._stop.is_set():
                self._exception = ex
                self._stop.set()

    def should_stop(self) -> bool:
        """Whether a stop was requested."""
        return self._stop.is_set()

    @contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Context manager: an exception in the block becomes a request to stop, and ends there."""
        try:
            yield
        except BaseException as err:
            self.request_stop(err)

    def clear_stop(self) -> None:
        """Forgets a request, and its exception: the coordinator can be used anew."""
        with self._lock:
            self._joined = False
            self._exception = None
            self._stop.clear()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits for a request, `timeout` seconds at most; whether there was one."""
        return self._stop.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Adds a thread to those that `join` waits for."""
        with self._lock:
            self._threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits until the threads have ended.

        Args:
          threads: waited for besides those that are registered.
          stop_grace_period_secs: how long they may go on after a request to stop.
          ignore_live_threads: whether threads that go on longer are left alone.

        Raises:
          RuntimeError: threads go on after that time.
          The exception given to `request_stop`, each time until `clear_stop`.
        """
        with self._lock:
            waited = self._threads.union(threads or ())
        while any(thread.is_alive() for thread in waited) and not self._stop.wait(_POLL_SECONDS):
            pass
        deadline = time.monotonic() + stop_grace_period_secs
        for thread in waited:
            thread.join(max(0.0, deadline - time.monotonic()))
        alive = [thread.name for thread in waited if thread.is_alive()]
        with self._lock:
            self._joined = True
            self._threads.clear()
            raised = self._exception
        if raised is not None:
            raise raised
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    @property
    def joined(self) -> bool:
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises the exception that was given to `request_stop`, if there is one."""
        with self._lock:
            if self._exception is not None:
                raise self._exception


class LooperThread(threading.Thread):
    """A daemon thread that calls a function again and again until its coordinator says stop.

    Args:
      coord: the coordinator; it waits for this thread, and is told of an exception.
      timer_interval_secs: the seconds from one call to the next; None calls without waiting.
      target, args, kwargs: what is called; or override `run_loop`.

    Raises:
      ValueError: `coord` is no coordinator, or there are arguments and no target.

    Source: tf.train.LooperThread.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(  # noqa: TRY004 - TensorFlow's type
                f"'coord' argument must be a Coordinator: {coord}"
            )
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' arguments require that you also pass 'target'.")
        super().__init__(daemon=True)
        self._coord = coord
        self._seconds = timer_interval_secs
        self._called = target
        self._arguments = tuple(args or ())
        self._keywords = dict(kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> LooperThread:
        """Makes such a thread and starts it."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        with self._coord.stop_on_exception():
            self.start_loop()
            begin = time.monotonic()
            turn = 0
            while not self._coord.wait_for_stop(
                0 if self._seconds is None else max(0.0, begin + turn * self._seconds - time.monotonic())
            ):
                self.run_loop()
                turn += 1
            self.stop_loop()

    def start_loop(self) -> None:
        """Called once, when the thread starts."""

    def stop_loop(self) -> None:
        """Called once, when the thread was asked to stop."""

    def run_loop(self) -> None:
        """Called in each turn: the target."""
        if self._called is not None:
            self._called(*self._arguments, **self._keywords)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the queue runners of the graph. Source: tf.train.start_queue_runners.

    Args:
      sess: the session; the default one if None.

    Returns:
      Their threads: none for the queues here, which are filled by the runs that take from them.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is no session.
    """
    from slim_torch.session import Session, get_default_session

    if sess is None:
        sess = get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` or pass an "
                "explicit session to tf.start_queue_runners(sess=sess)"
            )
    # A monitored session has a graph and a run too, without being a Session.
    if not isinstance(sess, Session) and not (hasattr(sess, "graph") and hasattr(sess, "run")):
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    threads: list[threading.Thread] = []
    for runner in sess.graph.get_collection(collection):
        threads += runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    return threads
