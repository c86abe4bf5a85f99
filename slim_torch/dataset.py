"""`slim.dataset`: what there is to know of a dataset on disk: its files, and how they are read.

Not `tf.data`, whose datasets are in `datasets.py`. Source: tf.contrib.slim.dataset.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Dataset"]


class Dataset:
    """A description of a dataset.

    Args:
      data_sources: names or patterns of the files.
      reader: the class of the reader, such as `tf.TFRecordReader`.
      decoder: a `slim.data_decoder.DataDecoder`.
      num_samples: how many examples there are.
      items_to_descriptions: what each item of an example is.
      kwargs: further attributes, such as `num_classes`.
    """

    def __init__(
        self,
        data_sources: Any,
        reader: Any,
        decoder: Any,
        num_samples: int | None,
        items_to_descriptions: dict[str, str],
        **kwargs: Any,
    ) -> None:
        kwargs["data_sources"] = data_sources
        kwargs["reader"] = reader
        kwargs["decoder"] = decoder
        kwargs["num_samples"] = num_samples
        kwargs["items_to_descriptions"] = items_to_descriptions
        self.__dict__.update(kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"This dataset has no attribute {name!r}; it was made with {', '.join(sorted(self.__dict__))}."
        )
