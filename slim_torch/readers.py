"""Readers: what takes names of files from a queue and gives their contents, record by record.

Each run of `read` gives one record; where a reader stands is kept for each session. Datasets of files
(`dataset_sources.py`) read the same formats.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from slim_torch import errors
from slim_torch.dataset_structure import text
from slim_torch.dtypes import string
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.queues import QueueBase
from slim_torch.recording import record, recorder_of, recording_graph
from slim_torch.records import compression_of, open_for_reading, read_keyed_records

__all__ = [
    "FixedLengthRecordReader",
    "IdentityReader",
    "ReaderBase",
    "TFRecordReader",
    "TextLineReader",
    "WholeFileReader",
]

Records = Iterator[tuple[str, bytes]]


class _Position:
    """Where a reader stands in one session."""

    def __init__(self) -> None:
        self.records: Records = iter(())
        self.lock = threading.Lock()
        self.produced = 0


class ReaderBase:
    """What all readers have in common. Source: tf.ReaderBase."""

    def __init__(self, name: str | None = None) -> None:
        graph = recording_graph()
        if graph is None:
            raise RuntimeError(
                f"{type(self).__name__} inside graph.step(): iterate over a tf.data.Dataset of the files."
            )
        recorder_of(graph)
        self._graph = graph
        self._positions: weakref.WeakKeyDictionary[Any, _Position] = weakref.WeakKeyDictionary()

    def _records(self, name: str) -> Records:
        """Keys and records of a file."""
        raise NotImplementedError

    def read(self, queue: QueueBase, name: str | None = None) -> tuple[Any, Any]:
        """The next key and record, two strings; the files' names come from `queue`.

        Raises (when run):
          tf.errors.OutOfRangeError: there are no more files.
        """
        key, value = record(
            _read,
            (self, queue),
            op_type="ReaderReadV2",
            name=name or "ReaderReadV2",
            static=tensors_like(list, [([], string), ([], string)]),
            stateful=True,
            graph=self._graph,
        )
        return key, value

    def read_up_to(self, queue: QueueBase, num_records: Any, name: str | None = None) -> tuple[Any, Any]:
        """Up to `num_records` keys and records, of one file."""
        keys, values = record(
            _read_up_to,
            (self, queue, num_records),
            op_type="ReaderReadUpToV2",
            name=name or "ReaderReadUpToV2",
            static=tensors_like(list, [([None], string), ([None], string)]),
            stateful=True,
            graph=self._graph,
        )
        return keys, values

    def num_records_produced(self, name: str | None = None) -> Any:
        """How many records the reader has given, int64."""
        import torch

        return record(
            _produced,
            (self,),
            op_type="ReaderNumRecordsProducedV2",
            name=name or "ReaderNumRecordsProducedV2",
            static=tensor_like([], torch.int64),
            stateful=True,
            graph=self._graph,
        )

    def _position(self) -> _Position:
        from slim_torch.session import current_session

        return self._positions.setdefault(current_session(), _Position())

    def _next(self, queue: QueueBase, most: int) -> list[tuple[str, bytes]]:
        position = self._position()
        with position.lock:
            while True:
                found = list(itertools.islice(position.records, most))
                if found:
                    position.produced += len(found)
                    return found
                leaf = queue._take(1, False)[0][0]
                name = leaf.item() if isinstance(leaf, np.ndarray) else leaf
                position.records = self._records(os.fsdecode(name))


def _read(reader: ReaderBase, queue: QueueBase) -> list[Any]:
    ((key, value),) = reader._next(queue, 1)
    return [text(os.fsencode(key)), text(value)]


def _read_up_to(reader: ReaderBase, queue: QueueBase, most: Any) -> list[Any]:
    found = reader._next(queue, int(most))
    columns = [np.empty(len(found), dtype=object), np.empty(len(found), dtype=object)]
    columns[0][:] = [os.fsencode(key) for key, _ in found]
    columns[1][:] = [value for _, value in found]
    return columns


def _produced(reader: ReaderBase) -> Any:
    import torch

    return torch.tensor(reader._position().produced)


class TFRecordReader(ReaderBase):
    """The records of TFRecord files; keys are `name:position`. Source: tf.TFRecordReader.

    Args:
      options: a `tf.python_io.TFRecordOptions`.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        super().__init__(name)
        self._compression = compression_of(options)

    def _records(self, name: str) -> Records:
        for position, content in read_keyed_records(name, self._compression):
            yield f"{name}:{position}", content


class WholeFileReader(ReaderBase):
    """Whole files; keys are their names. Source: tf.WholeFileReader."""

    def _records(self, name: str) -> Records:
        with open_for_reading(name, "") as file:
            yield name, file.read()


class IdentityReader(ReaderBase):
    """The names themselves, as keys and as records. Source: tf.IdentityReader."""

    def _records(self, name: str) -> Records:
        yield name, os.fsencode(name)


class TextLineReader(ReaderBase):
    """The lines of text files; keys are `name:line`, from 1. Source: tf.TextLineReader.

    Args:
      skip_header_lines: how many lines of each file are left out.
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self._skip = skip_header_lines or 0

    def _records(self, name: str) -> Records:
        with open_for_reading(name, "") as file:
            for number, line in enumerate(file, 1):
                if number > self._skip:
                    yield f"{name}:{number}", line.removesuffix(b"\n").removesuffix(b"\r")


class FixedLengthRecordReader(ReaderBase):
    """Pieces of equal length; keys are `name:number`. Source: tf.FixedLengthRecordReader.

    Args:
      record_bytes: the length of a piece.
      header_bytes, footer_bytes: what is left out at both ends of a file.
      hop_bytes: from the start of a piece to that of the next; `record_bytes` by default.
      encoding: `""`, `"GZIP"` or `"ZLIB"`.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        super().__init__(name)
        if record_bytes < 1:
            raise errors.InvalidArgumentError(None, None, f"record_bytes must be > 0, got {record_bytes}.")
        self._length = record_bytes
        self._ends = (header_bytes or 0, footer_bytes or 0)
        self._hop = hop_bytes or record_bytes
        self._compression = compression_of(encoding)

    def _records(self, name: str) -> Records:
        with open_for_reading(name, self._compression) as file:
            content = file.read()
        body = content[self._ends[0] : len(content) - self._ends[1]]
        for number, start in enumerate(range(0, len(body) - self._length + 1, self._hop)):
            yield f"{name}:{number}", body[start : start + self._length]
