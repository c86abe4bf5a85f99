"""Event files, which TensorBoard shows: writing them, and reading them back. The framing is that of `records.py`."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from slim_torch.records import TFRecordWriter, read_records
from slim_torch.summary_protos import Event, SessionLog, Summary

__all__ = ["FileWriter", "FileWriterCache", "summary_iterator"]


class FileWriter:
    """Writes events to a new file `events.out.tfevents.<seconds>.<host><filename_suffix>` in `logdir`.

    Args:
      logdir: the folder; made if it is not there.
      graph, graph_def, session, max_queue: accepted without effect.
      flush_secs: the seconds after which a write flushes the file.

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
        self._logdir = os.fspath(logdir)
        self._suffix = filename_suffix or ""
        self._flush_secs = flush_secs
        self._lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        os.makedirs(self._logdir, exist_ok=True)
        base = os.path.join(self._logdir, f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}")
        path, count = base + self._suffix, 0
        while os.path.exists(path):
            # A second file within the second replaces none.
            count += 1
            path = f"{base}.{count}{self._suffix}"
        self._file: TFRecordWriter | None = TFRecordWriter(path)
        self._flushed = time.monotonic()
        self._file.write(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        self._file.flush()

    def get_logdir(self) -> str:
        return self._logdir

    def add_event(self, event: Event) -> None:
        """Writes an event; none once the writer is closed.

        Raises:
          TypeError: it is no `Event`.
        """
        if not isinstance(event, Event):
            raise TypeError(f"expected an event_pb2.Event proto, but got {type(event)}")
        with self._lock:
            if self._file is None:
                return
            self._file.write(event.SerializeToString())
            if time.monotonic() - self._flushed >= self._flush_secs:
                self._file.flush()
                self._flushed = time.monotonic()

    def _add(self, global_step: Any, **what: Any) -> None:
        step = None if global_step is None else int(global_step)
        self.add_event(Event(wall_time=time.time(), step=step, **what))

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Writes a `Summary`, or its bytes.

        Raises:
          DecodeError: the bytes are no summary.
        """
        if isinstance(summary, np.ndarray):
            summary = summary.item()
        self._add(global_step, summary=Summary.FromString(summary) if isinstance(summary, bytes) else summary)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        self._add(global_step, session_log=session_log)

    def add_graph(self, graph: Any = None, global_step: Any = None, graph_def: Any = None) -> None:
        """Accepted without effect: there is no GraphDef."""

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Accepted without effect."""

    def flush(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.flush()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def reopen(self) -> None:
        """After `close`, a new file."""
        with self._lock:
            if self._file is None:
                self._open()

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
        with cls._lock:
            key = os.fspath(logdir)
            if key not in cls._writers:
                cls._writers[key] = FileWriter(key)
            return cls._writers[key]

    @classmethod
    def clear(cls) -> None:
        with cls._lock:
            for writer in cls._writers.values():
                writer.close()
            cls._writers.clear()


def summary_iterator(path: Any) -> Iterator[Event]:
    """The events of a file. Source: tf.train.summary_iterator."""
    return map(Event.FromString, read_records(path))
