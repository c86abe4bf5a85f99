"""Queue runners: which operations fill a queue. How they are run is in `queues.py`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from slim_torch import errors
from slim_torch.graph import GraphKeys, add_to_collection
from slim_torch.queues import QueueBase

__all__ = ["NestedQueueRunnerError", "QueueRunner", "QueueRunners", "add_queue_runner"]


class QueueRunner:
    """The operations that fill a queue: whoever takes from it runs them. Source: tf.train.QueueRunner.

    Args:
      enqueue_ops: run in turn; the queue closes when all of them have ended.
      queue_closed_exception_types: the errors that are an end; OutOfRangeError and CancelledError by default.
      close_op, cancel_op: kept, and not needed here.
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: tuple[type[BaseException], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None:
            raise ValueError(
                "There is no QueueRunnerDef: make a QueueRunner from a queue and its operations."
            )
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self.queue = queue
        self.enqueue_ops = list(enqueue_ops)
        self.close_op = close_op
        self.cancel_op = cancel_op
        self.queue_closed_exception_types: tuple[type[BaseException], ...] = queue_closed_exception_types or (
            errors.OutOfRangeError,
            errors.CancelledError,
        )
        self.exceptions_raised: list[BaseException] = []
        queue._runners.append(self)

    @property
    def name(self) -> str:
        """The queue's name."""
        return self.queue._op.name

    def create_threads(
        self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """The threads that fill the queue: none, for runs pull what they take."""
        return []


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds `qr` to the collection of the graph. Source: tf.train.add_queue_runner."""
    add_to_collection(collection, qr)


class NestedQueueRunnerError(Exception):
    """`QueueRunners` inside itself. Source: slim.queues.NestedQueueRunnerError."""


_running = threading.local()


@contextmanager
def QueueRunners(session: Any) -> Iterator[None]:
    """Starts the queue runners of the graph, and stops them at the end of the block.

    Raises:
      NestedQueueRunnerError: it is already in use.

    Source: slim.queues.QueueRunners.
    """
    from slim_torch.coordinator import Coordinator

    if getattr(_running, "inside", False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested.")
    _running.inside = True
    try:
        coordinator = Coordinator()
        threads = [
            thread
            for runner in session.graph.get_collection(GraphKeys.QUEUE_RUNNERS)
            for thread in runner.create_threads(session, coord=coordinator, daemon=True, start=True)
        ]
        yield
        coordinator.request_stop()
        coordinator.join(threads, stop_grace_period_secs=120)
    finally:
        _running.inside = False
