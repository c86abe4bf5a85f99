"""`slim.parallel_reader`: records of many files, from several readers in turn.

TensorFlow reads in threads; here the readers take turns, in the same order each time.
Source: tf.contrib.slim.parallel_reader.
"""

from __future__ import annotations

import glob
from collections.abc import Sequence
from typing import Any

from slim_torch.dtypes import string
from slim_torch.input_producers import string_input_producer
from slim_torch.queue_runners import QueueRunner, add_queue_runner
from slim_torch.queues import FIFOQueue, QueueBase, RandomShuffleQueue
from slim_torch.scopes import name_scope

__all__ = ["ParallelReader", "get_data_files", "parallel_read", "single_pass_read"]


class ParallelReader:
    """Several readers that fill one queue.

    Args:
      reader_class: of the readers.
      common_queue: takes keys and records of all of them.
      num_readers: how many.
      reader_kwargs: their arguments.

    Raises:
      ValueError: `num_readers` is not positive.
    """

    def __init__(
        self,
        reader_class: Any,
        common_queue: QueueBase,
        num_readers: int = 4,
        reader_kwargs: dict[str, Any] | None = None,
    ) -> None:
        if num_readers < 1:
            raise ValueError(f"num_readers must be at least 1, got {num_readers}.")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    def read(self, queue: QueueBase, name: str | None = None) -> Any:
        """The next key and record; the files' names come from `queue`."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue: QueueBase, num_records: Any, name: str | None = None) -> Any:
        """Up to `num_records` keys and records."""
        self._configure_readers_by(queue)
        return self._common_queue.dequeue_up_to(num_records, name=name)

    def _configure_readers_by(self, queue: QueueBase) -> None:
        operations = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        add_queue_runner(QueueRunner(self._common_queue, operations))

    @property
    def common_queue(self) -> QueueBase:
        return self._common_queue


def parallel_read(
    data_sources: Any,
    reader_class: Any,
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: dict[str, Any] | None = None,
    shuffle: bool = True,
    dtypes: Sequence[Any] | None = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: str | None = None,
) -> Any:
    """The next key and record of the files.

    Args:
      data_sources: names or patterns of files, or a list of them.
      reader_class, num_readers, reader_kwargs: see `ParallelReader`.
      num_epochs: how often the files are read; None for no end. A local variable counts.
      shuffle: whether files and records come in random order, records from `min_after_dequeue` others.
      dtypes: of what a reader gives; two strings by default.

    Raises:
      ValueError: there are no files.
    """
    data_files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        names = string_input_producer(
            data_files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames"
        )
        kinds = list(dtypes or [string, string])
        common: QueueBase
        if shuffle:
            common = RandomShuffleQueue(capacity, min_after_dequeue, kinds, seed=seed, name="common_queue")
        else:
            common = FIFOQueue(capacity, kinds, name="common_queue")
        return ParallelReader(reader_class, common, num_readers, reader_kwargs).read(names)


def single_pass_read(
    data_sources: Any,
    reader_class: Any,
    reader_kwargs: dict[str, Any] | None = None,
    scope: str | None = None,
) -> Any:
    """The next key and record of the files, once and in order. See `parallel_read`."""
    data_files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        names = string_input_producer(data_files, num_epochs=1, shuffle=False, capacity=1, name="filenames")
        return reader_class(**(reader_kwargs or {})).read(names)


def get_data_files(data_sources: Any) -> list[str]:
    """The names of the files that there are; `data_sources` may hold patterns.

    Raises:
      ValueError: there are none.
    """
    if isinstance(data_sources, (list, tuple)):
        found = [name for source in data_sources for name in get_data_files(source)]
    elif any(sign in data_sources for sign in "*?["):
        found = sorted(glob.glob(data_sources))
    else:
        found = [data_sources]
    if not found:
        raise ValueError(f"No data files found in {data_sources}")
    return found
