"""`slim.dataset_data_provider`: the items of a `slim.dataset.Dataset`, read example by example.

Source: tf.contrib.slim.dataset_data_provider.
"""

from __future__ import annotations

from typing import Any

from slim_torch import data_provider, parallel_reader

__all__ = ["DatasetDataProvider"]


class DatasetDataProvider(data_provider.DataProvider):
    """Reads the files of a dataset and takes each record apart.

    Args:
      dataset: a `slim.dataset.Dataset`.
      num_readers: how many files are read in turn.
      reader_kwargs: arguments for the readers.
      shuffle: whether files and records come in random order.
      num_epochs: how often the files are read; None for no end. A local variable counts.
      common_queue_capacity: accepted without effect.
      common_queue_min: how many records there are to choose from.
      record_key: the name of the item that says where a record comes from.
      seed: with it, or the graph's, the order is the same in each session.

    Raises:
      ValueError: `record_key` is an item of the dataset, or there are no files.
    """

    def __init__(
        self,
        dataset: Any,
        num_readers: int = 1,
        reader_kwargs: dict[str, Any] | None = None,
        shuffle: bool = True,
        num_epochs: int | None = None,
        common_queue_capacity: int = 256,
        common_queue_min: int = 10,
        record_key: str = "record_key",
        seed: int | None = None,
        scope: str | None = None,
    ) -> None:
        key, data = parallel_reader.parallel_read(
            dataset.data_sources,
            reader_class=dataset.reader,
            num_epochs=num_epochs,
            num_readers=num_readers,
            reader_kwargs=reader_kwargs,
            shuffle=shuffle,
            capacity=common_queue_capacity,
            min_after_dequeue=common_queue_min,
            seed=seed,
            scope=scope,
        )
        items = list(dataset.decoder.list_items())
        if record_key in items:
            raise ValueError(
                f"The item name used for `record_key` cannot also be used for a dataset item: {record_key}"
            )
        tensors = dict(zip(items, dataset.decoder.decode(data, items)))
        tensors[record_key] = key
        super().__init__(items_to_tensors=tensors, num_samples=dataset.num_samples)
