"""Batches of examples that queues gather, from producers (`input_producers.py`) or anything else. Source: tf.train.

The queues and how they are filled are in `queues.py`: no threads, each run pulls what it takes, in the same
order each time. Where TensorFlow's threads race (`batch_join`), the sources take turns here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slim_torch.dataset_structure import spec_of
from slim_torch.input_producers import outside_steps
from slim_torch.other_layers import SparseTensor
from slim_torch.queue_runners import QueueRunner, add_queue_runner
from slim_torch.queues import (
    FIFOQueue,
    PaddingFIFOQueue,
    QueueBase,
    RandomShuffleQueue,
    _enqueue,
    _enqueue_many,
    recorded,
)
from slim_torch.scopes import name_scope
from slim_torch.symbolic import as_static_shape
from slim_torch.tensor_shape import TensorShape

__all__ = [
    "batch",
    "batch_join",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "prefetch_queue",
    "shuffle_batch",
    "shuffle_batch_join",
]


def _as_lists(tensors_list: Sequence[Any]) -> tuple[list[list[Any]], list[str] | None]:
    """Lists of tensors; and the keys if they were dictionaries."""
    keys = None
    if isinstance(tensors_list[0], dict):
        keys = sorted(tensors_list[0])
        if any(sorted(tensors) != keys for tensors in tensors_list):
            raise ValueError("All dictionaries in tensors_list must have the same keys")
        lists = [[tensors[key] for key in keys] for tensors in tensors_list]
    else:
        lists = [
            list(tensors) if isinstance(tensors, (list, tuple)) else [tensors] for tensors in tensors_list
        ]
    if not lists[0]:
        raise ValueError("Expected at least one tensor in batch().")
    return [
        [value if isinstance(value, SparseTensor) else recorded(value) for value in x] for x in lists
    ], keys


def _element_shapes(lists: Sequence[Sequence[Any]], shapes: Any, many: bool) -> list[Any]:
    if shapes is not None:
        return [TensorShape(as_static_shape(shape)) for shape in shapes]
    found = []
    for parts in zip(*lists):
        specs = [spec_of(part) for part in parts]
        if any(spec.dtype != specs[0].dtype for spec in specs):
            raise TypeError(f"Expected types to be consistent: {[str(spec.dtype) for spec in specs]}.")
        common = specs[0].shape
        for spec in specs[1:]:
            same = common is not None and spec.shape is not None and len(common) == len(spec.shape)
            common = [a if a == b else None for a, b in zip(common, spec.shape)] if same else None  # type: ignore[arg-type]
        found.append(TensorShape(common[1:] if many and common is not None else common))
    return found


def _make_queue(
    make: Any, lists: Sequence[Sequence[Any]], shapes: Sequence[Any], dynamic_pad: bool, keys: Any = None
) -> QueueBase:
    specs = [spec_of(part) for part in lists[0]]
    dense = [shape for shape, spec in zip(shapes, specs) if spec.kind == "dense"]
    if not dynamic_pad and not all(shape.is_fully_defined() for shape in dense):
        shown = [shape.as_list() if shape.ndims is not None else None for shape in dense]
        raise ValueError(f"All shapes must be fully defined: {shown}")
    if dynamic_pad and any(shape.ndims is None for shape in dense):
        raise ValueError("dynamic_pad needs tensors of known rank. Call set_shape.")
    queue: QueueBase = make([spec.dtype for spec in specs], [None] * len(specs), keys)
    for own, shape, spec in zip(queue._specs, shapes, specs):
        own.kind = spec.kind
        own.shape = None if shape.ndims is None else shape.as_list()
    return queue


def _fill(queue: QueueBase, lists: Sequence[Sequence[Any]], keep_input: Any, many: bool) -> None:
    keep = None if keep_input is True else recorded(keep_input)
    function, op_type = (_enqueue_many, "QueueEnqueueManyV2") if many else (_enqueue, "QueueEnqueueV2")
    name = f"{queue.name}_EnqueueMany" if many else f"{queue.name}_enqueue"
    if keep is not None and spec_of(keep).shape != [] and not many:
        raise ValueError("keep_input must be a scalar, or a vector when enqueueing many at once.")
    operations = [queue._put(function, leaves, name, op_type, keep) for leaves in lists]
    add_queue_runner(QueueRunner(queue, operations))


def _batched(
    kind: str,
    tensors_list: Sequence[Any],
    batch_size: Any,
    make: Any,
    *,
    name: str | None,
    shapes: Any,
    enqueue_many: bool,
    smaller: bool,
    keep_input: Any = True,
    dynamic_pad: bool = False,
) -> Any:
    outside_steps(f"tf.train.{kind}")
    with name_scope(name, kind, list(tensors_list)) as scope:
        lists, keys = _as_lists(tensors_list)
        found = _element_shapes(lists, shapes, enqueue_many)
        queue = _make_queue(make, lists, found, dynamic_pad)
        _fill(queue, lists, keep_input, enqueue_many)
        size = batch_size if isinstance(batch_size, int) else recorded(batch_size)
        taken = queue.dequeue_up_to(size, name=scope) if smaller else queue.dequeue_many(size, name=scope)
        if keys is not None:
            return dict(zip(keys, taken if isinstance(taken, list) else [taken]))
        return taken


def _first_in_first_out(capacity: int, dynamic_pad: bool) -> Any:
    kind: Any = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return lambda dtypes, shapes, keys: kind(capacity, dtypes, shapes, keys)


def _shuffling(capacity: int, min_after_dequeue: int, seed: int | None) -> Any:
    return lambda dtypes, shapes, keys: RandomShuffleQueue(
        capacity, min_after_dequeue, dtypes, shapes, keys, seed
    )


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """`batch_size` values of `tensors`, from as many evaluations of them, stacked.

    Args:
      tensors: a list or dictionary of tensors, dense or sparse.
      enqueue_many: whether `tensors` hold several examples each, along the first axis.
      shapes: of one example, where they are not known.
      dynamic_pad: whether sizes may differ; then the batch is padded to the largest.
      allow_smaller_final_batch: whether the examples left over at the end make a batch.
      num_threads, capacity, shared_name: accepted without effect.

    Returns:
      A list or dictionary like `tensors`; a tensor for a list of one.

    Raises:
      ValueError: the shape of an example is not known.
      tf.errors.OutOfRangeError (when run): the examples have come to an end.

    Source: tf.train.batch.
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `batch`, of the examples for which `keep_input` is true. Source: tf.train.maybe_batch."""
    return _batched(
        "batch", [tensors], batch_size, _first_in_first_out(capacity, dynamic_pad), name=name, shapes=shapes,
        enqueue_many=enqueue_many, smaller=allow_smaller_final_batch, keep_input=keep_input, dynamic_pad=dynamic_pad,
    )  # fmt: skip


def batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `batch`, from several lists of tensors, which take turns. Source: tf.train.batch_join."""
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `batch_join`, of the examples for which `keep_input` is true."""
    return _batched(
        "batch_join", tensors_list, batch_size, _first_in_first_out(capacity, dynamic_pad), name=name, shapes=shapes,
        enqueue_many=enqueue_many, smaller=allow_smaller_final_batch, keep_input=keep_input, dynamic_pad=dynamic_pad,
    )  # fmt: skip


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `batch`, in random order.

    Args:
      min_after_dequeue: how many examples more than a batch there are to choose from.
      seed: with it, or the graph's, the order is the same in each session.

    Source: tf.train.shuffle_batch.
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `shuffle_batch`, of the examples for which `keep_input` is true."""
    return _batched(
        "shuffle_batch", [tensors], batch_size, _shuffling(capacity, min_after_dequeue, seed), name=name, shapes=shapes,
        enqueue_many=enqueue_many, smaller=allow_smaller_final_batch, keep_input=keep_input,
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `shuffle_batch`, from several lists of tensors. Source: tf.train.shuffle_batch_join."""
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """The same as `shuffle_batch_join`, of the examples for which `keep_input` is true."""
    return _batched(
        "shuffle_batch_join", tensors_list, batch_size, _shuffling(capacity, min_after_dequeue, seed), name=name,
        shapes=shapes, enqueue_many=enqueue_many, smaller=allow_smaller_final_batch, keep_input=keep_input,
    )  # fmt: skip


def prefetch_queue(
    tensors: Any,
    capacity: int = 8,
    num_threads: int = 1,
    dynamic_pad: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> QueueBase:
    """A queue of the values of `tensors`, such as whole batches; take them with `dequeue()`.

    Args:
      tensors: a list or dictionary of tensors.
      capacity, num_threads, shared_name: accepted without effect.

    Source: tf.contrib.slim.prefetch_queue.prefetch_queue.
    """
    outside_steps("slim.prefetch_queue.prefetch_queue")
    with name_scope(name, "prefetch_queue", [tensors]):
        lists, keys = _as_lists([tensors])
        shapes = _element_shapes(lists, None, False)
        queue = _make_queue(_first_in_first_out(capacity, dynamic_pad), lists, shapes, dynamic_pad, keys)
        _fill(queue, lists, True, False)
        return queue
