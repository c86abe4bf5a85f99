"""`tf.data`: datasets and their iterators, under TensorFlow's names; `tf.data.experimental` is a namespace here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slim_torch.dataset_functions import Failure
from slim_torch.dataset_iterators import Iterator, get_single_element
from slim_torch.dataset_sources import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from slim_torch.datasets import AUTOTUNE, Dataset
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
    "get_output_classes",
    "get_output_shapes",
    "get_output_types",
    "make_initializable_iterator",
    "make_one_shot_iterator",
]

Transformation = Callable[[Dataset], Dataset]


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """`dataset.make_one_shot_iterator()`."""
    made: Iterator = dataset.make_one_shot_iterator()
    return made


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """`dataset.make_initializable_iterator(shared_name)`."""
    made: Iterator = dataset.make_initializable_iterator(shared_name)
    return made


def get_output_types(dataset_or_iterator: Any) -> Any:
    """The dtypes of an element, in its structure."""
    return dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The static shapes of an element, in its structure."""
    return dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """`tf.Tensor` or `tf.SparseTensor` for each part of an element."""
    return dataset_or_iterator.output_classes


class experimental:
    """Transformations for `Dataset.apply`, and other names. Source: tf.data.experimental."""

    AUTOTUNE = AUTOTUNE
    get_single_element = staticmethod(get_single_element)

    @staticmethod
    def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: int | None = None) -> Transformation:
        """`shuffle`, then `repeat`."""
        return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)

    @staticmethod
    def map_and_batch(
        map_func: Callable[..., Any],
        batch_size: Any,
        num_parallel_batches: Any = None,
        drop_remainder: bool = False,
        num_parallel_calls: Any = None,
    ) -> Transformation:
        """`map`, then `batch`."""
        return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)

    @staticmethod
    def ignore_errors() -> Transformation:
        """Leaves out the elements that could not be made."""

        def apply(dataset: Dataset) -> Dataset:
            return Dataset(
                lambda: dataset._structure,
                lambda run: (item for item in dataset._items(run) if not isinstance(item, Failure)),
                inputs=[dataset],
            )

        return apply

    @staticmethod
    def parallel_interleave(
        map_func: Callable[..., Any],
        cycle_length: int,
        block_length: int = 1,
        sloppy: bool = False,
        buffer_output_elements: Any = None,
        prefetch_input_elements: Any = None,
    ) -> Transformation:
        """`interleave`, always in order."""
        return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)

    @staticmethod
    def unbatch() -> Transformation:
        """The rows of each element."""
        return lambda dataset: dataset.unbatch()


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.data")
