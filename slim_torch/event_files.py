"""Event files, which TensorBoard shows: writing them, and reading them back.

The framing is that of `records.py`, the messages are those of `summary_protos.py`; so no package but slim_torch is
needed to write a file, and TensorBoard (the extra `tensorboard`) only to look at it.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar, SupportsBytes

import numpy as np

from slim_torch import errors
from slim_torch.graph import Graph
from slim_torch.records import TFRecordWriter, read_records
from slim_torch.summary_protos import Event, SessionLog, Summary

__all__ = ["FileWriter", "FileWriterCache", "summary_iterator"]


def _event(global_step: Any, **what: Any) -> Event:
    step = None if global_step is None else int(global_step)
    return Event(wall_time=time.time(), step=step, **what)


class FileWriter:
    """Writes events to a new file `events.out.tfevents.<seconds>.<host><filename_suffix>` in `logdir`.

    The file is made with the first event, or by `flush` or `close`. Several threads may write.

    Args:
      logdir: the folder; made if it is not there.
      graph, graph_def, max_queue: accepted without effect: no graph is written, and no event waits.
      flush_secs: the seconds after which an event flushes the file.
      session: must be None.

    Raises:
      TypeError: `logdir` is no path.
      ValueError: a `session` is given.
      FailedPreconditionError: `logdir` cannot be a folder.

    Source: tf.summary.FileWriter.
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        if session is not None:
            raise ValueError("FileWriter: writing through a session is not supported. Leave `session` out.")
        self._logdir = os.fspath(logdir)
        self._suffix = filename_suffix or ""
        self._flush_secs = flush_secs
        self._lock = threading.Lock()
        self._file: TFRecordWriter | None = None
        self._closed = False
        self._flushed = time.monotonic()
        # What has been shown once need not be written again.
        self._tags_with_metadata: set[str] = set()
        self._run_tags: set[str] = set()
        try:
            os.makedirs(self._logdir or ".", exist_ok=True)
        except (FileExistsError, NotADirectoryError) as err:
            raise errors.FailedPreconditionError(None, None, f"{self._logdir}; Not a directory") from err

    def _opened(self) -> TFRecordWriter:
        if self._file is None:
            seconds = int(time.time())
            while True:
                # Another writer's file of the same second is not replaced.
                name = f"events.out.tfevents.{seconds:010d}.{socket.gethostname()}{self._suffix}"
                path = os.path.join(self._logdir, name)
                try:
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
                    break
                except FileExistsError:
                    seconds += 1
            self._file = TFRecordWriter(path)
            version = Event(wall_time=time.time(), file_version="brain.Event:2")
            self._file.write(version.SerializeToString())
        return self._file

    def get_logdir(self) -> str:
        """The folder."""
        return self._logdir

    def _is_closed(self) -> bool:
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter is explicitly "
                "reopened.",
                stacklevel=3,
            )
        return self._closed

    def add_event(self, event: Event) -> None:
        """Writes an event; nothing but a warning once the writer is closed.

        Raises:
          TypeError: it is no `Event`.
        """
        if not isinstance(event, Event):
            raise TypeError(f"expected an event_pb2.Event proto, but got {type(event)}")
        if not self._is_closed():
            self._write(event)

    def _write(self, event: Event) -> None:
        content = event.SerializeToString()
        with self._lock:
            file = self._opened()
            file.write(content)
            if time.monotonic() - self._flushed >= self._flush_secs:
                file.flush()
                self._flushed = time.monotonic()

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Writes a summary.

        Args:
          summary: a `Summary`, its bytes, or what `tf.summary` gives inside a step. The metadata of a tag are
            written the first time only.
          global_step: the step that it belongs to.

        Raises:
          TypeError: it is no summary.
          DecodeError: the bytes are no summary.
        """
        if self._is_closed():
            return
        if isinstance(summary, np.ndarray):
            summary = summary.item()
        if not isinstance(summary, Summary):
            if not isinstance(summary, SupportsBytes):
                raise TypeError(
                    f"add_summary: expected a tf.Summary or its bytes, got {type(summary).__name__}. A recorded summary has "
                    f"to be run first: writer.add_summary(session.run(summary), step)."
                )
            summary = Summary.FromString(bytes(summary))
        event = _event(global_step, summary=summary)
        with self._lock:
            for value in event.summary.value:
                if value.HasField("metadata"):
                    if value.tag in self._tags_with_metadata:
                        value.ClearField("metadata")
                    self._tags_with_metadata.add(value.tag)
        self._write(event)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Writes what happened to a session."""
        if not self._is_closed():
            self._write(_event(global_step, session_log=session_log))

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Writes nothing: a recorded graph has no GraphDef.

        Raises:
          TypeError: `graph` is no `Graph`.
        """
        if graph_def is None and not isinstance(graph, Graph):
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Writes nothing; see `add_graph`."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Writes nothing: traces are PyTorch's profiler's.

        Raises:
          ValueError: `tag` was given before.
        """
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_tags.add(tag)

    def flush(self) -> None:
        """Hands all events to the operating system."""
        if not self._is_closed():
            with self._lock:
                self._opened().flush()
                self._flushed = time.monotonic()

    def close(self) -> None:
        """Ends the file. Does nothing the second time."""
        if not self._closed:
            with self._lock:
                self._closed = True
                self._opened().close()
                self._file = None

    def reopen(self) -> None:
        """After `close`, lets events be written to a new file."""
        self._closed = False

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()


class FileWriterCache:
    """One writer for each folder. Source: tf.summary.FileWriterCache."""

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _writers: ClassVar[dict[str, FileWriter]] = {}

    @classmethod
    def get(cls, logdir: Any) -> FileWriter:
        """The writer for a folder, made if there is none."""
        with cls._lock:
            key = os.fspath(logdir)
            if key not in cls._writers:
                cls._writers[key] = FileWriter(key)
            return cls._writers[key]

    @classmethod
    def clear(cls) -> None:
        """Closes the writers and forgets them."""
        with cls._lock:
            for writer in cls._writers.values():
                writer.close()
            cls._writers.clear()


def summary_iterator(path: Any) -> Iterator[Event]:
    """The events of a file.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: the file is damaged, or ends within an event.

    Source: tf.train.summary_iterator.
    """
    return map(Event.FromString, read_records(path))
