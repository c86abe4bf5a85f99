"""Producers of input pipelines: queues of rows, of strings and of numbers, for some epochs. Source: tf.train.

Batches are made of them in `input_queues.py`.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_structure import spec_of, text
from slim_torch.dtypes import string
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import tensor_like
from slim_torch.parameter import Variable
from slim_torch.queue_runners import QueueRunner, add_queue_runner
from slim_torch.queues import FIFOQueue, recorded
from slim_torch.recording import control_dependencies, record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.symbolic import as_static_shape
from slim_torch.tensor_shape import TensorShape

__all__ = [
    "count_up_to",
    "input_producer",
    "limit_epochs",
    "match_filenames_once",
    "outside_steps",
    "range_input_producer",
    "slice_input_producer",
    "string_input_producer",
]


def outside_steps(what: str) -> None:
    if recording_graph() is None:
        raise RuntimeError(
            f"{what} inside graph.step(): code there computes with real tensors. Iterate over a tf.data.Dataset, or "
            f"build the graph at top level and run it in a tf.Session."
        )


# Counting


def _same(value: Any) -> Any:
    return value


def _count_up_to(variable: Any, limit: int) -> torch.Tensor:
    count = variable.detach().clone()
    if int(count) >= limit:
        raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
    with torch.no_grad():
        variable.add_(1)
    return count


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Any:
    """The value of an integer variable, which is then one higher. Source: tf.count_up_to.

    Raises:
      TypeError: the variable holds no integers.
      ValueError: it is no scalar.
      tf.errors.OutOfRangeError: when run, the variable has reached `limit`.
    """
    if ref.dtype not in (torch.int32, torch.int64):
        raise TypeError(
            f"Value passed to parameter 'ref' has DataType {str(ref.dtype)[6:]} not in list of allowed values: int32, "
            f"int64"
        )
    if ref.dim():
        raise ValueError(
            f"Shape must be rank 0 but is rank {ref.dim()}: tf.count_up_to takes a scalar variable."
        )
    if recording_graph() is None:
        with torch._C.DisableTorchFunctionSubclass():
            return _count_up_to(ref, int(limit))
    return record(
        _count_up_to,
        (ref, int(limit)),
        op_type="CountUpTo",
        name=name or "CountUpTo",
        writes=[ref],
        static=tensor_like([], ref.dtype),
        graph=ref.graph,
    )


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Any:
    """`tensor` in `num_epochs` runs; then OutOfRangeError. Source: tf.train.limit_epochs.

    Creates the local variable `epochs`, which counts; without `num_epochs`, nothing.

    Raises:
      ValueError: `num_epochs` is not positive.
    """
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    outside_steps("tf.train.limit_epochs")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = Variable(
            np.int64(0), name="epochs", trainable=False, collections=[GraphKeys.LOCAL_VARIABLES]
        )
        counter = count_up_to(epochs, num_epochs)
        with control_dependencies([counter]):
            value = recorded(tensor)
            spec = spec_of(value)
            return record(
                _same, (value,), op_type="Identity", name=scope, static=tensor_like(spec.shape, spec.dtype)
            )


# Producers


def _match(patterns: Any) -> Any:
    given = [os.fsdecode(pattern) for pattern in np.asarray(patterns).reshape(-1).tolist()]
    found = [os.fsencode(name) for pattern in given for name in sorted(glob.glob(pattern))]
    made = np.empty(len(found), dtype=object)
    made[:] = found
    return made


def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """The names of the files that match one of the patterns, sorted; strings.

    TensorFlow keeps them in a local variable; here they are looked up when they are needed.

    Source: tf.train.match_filenames_once.
    """
    outside_steps("tf.train.match_filenames_once")
    return record(
        _match,
        (recorded(pattern),),
        op_type="MatchingFiles",
        name=name or "matching_filenames",
        static=tensor_like([None], string),
    )


def _in_random_order(x: Any, draw: Any) -> Any:
    order = torch.randperm(len(x), generator=draw(torch.device("cpu")))
    return x[order.to(x.device)] if isinstance(x, torch.Tensor) else x[order.numpy()]


def _shuffled(tensor: Any, seed: int | None) -> Any:
    from slim_torch.sources import _Draw

    graph = get_default_graph()
    draw = _Draw(seed, graph.unique_name("RandomShuffle", mark_as_used=False))
    spec = spec_of(tensor)
    return record(
        _in_random_order,
        (tensor, draw),
        op_type="RandomShuffle",
        name="RandomShuffle",
        static=tensor_like(spec.shape, spec.dtype),
        graph=graph,
    )


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of the rows of `input_tensor`, epoch after epoch.

    Args:
      element_shape: the shape of a row, where it is not known.
      num_epochs: after so many, OutOfRangeError; a local variable `epochs` counts. None for no end.
      shuffle: whether each epoch has another order.
      capacity, shared_name, summary_name, cancel_op: accepted without effect.

    Raises:
      ValueError: the shape of a row is not known.

    Source: tf.train.input_producer.
    """
    outside_steps("tf.train.input_producer")
    with name_scope(name, "input_producer", [input_tensor]) as scope:
        tensor = recorded(input_tensor)
        shape = spec_of(tensor).shape
        row = TensorShape(None if shape is None else shape[1:]).merge_with(
            TensorShape(as_static_shape(element_shape))
        )
        if not row.is_fully_defined():
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be specified"
            )
        if shuffle:
            tensor = _shuffled(tensor, seed)
        tensor = limit_epochs(tensor, num_epochs)
        queue = FIFOQueue(capacity, [tensor.dtype], shapes=[row], name=scope)
        enqueue = queue.enqueue_many([tensor])
        add_queue_runner(QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        return queue


def _checked_not_empty(names: Any) -> Any:
    if not np.size(names):
        raise errors.InvalidArgumentError(
            None, None, "assertion failed: [string_input_producer requires a non-null input tensor]"
        )
    return names


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of strings, such as names of files; see `input_producer`.

    Raises:
      ValueError: there are no strings.

    Source: tf.train.string_input_producer.
    """
    error = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, torch.Tensor) and not len(string_tensor):
        raise ValueError(error)
    outside_steps("tf.train.string_input_producer")
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        tensor = recorded(string_tensor, string)
        shape = spec_of(tensor).shape
        checked = record(
            _checked_not_empty,
            (tensor,),
            op_type="Identity",
            name="Identity",
            static=tensor_like(shape, string),
        )
        return input_producer(checked, [], num_epochs, shuffle, seed, capacity, name=scope)


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> FIFOQueue:
    """A queue of the int32 numbers below `limit`; see `input_producer`. Source: tf.train.range_input_producer."""
    from slim_torch import sources

    outside_steps("tf.train.range_input_producer")
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(sources.range(limit), [], num_epochs, shuffle, seed, capacity, name=scope)


def slice_input_producer(
    tensor_list: Sequence[Any],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Any]:
    """One row of each tensor in each run, the same of all; see `input_producer`.

    Raises:
      ValueError: `tensor_list` is empty.

    Source: tf.train.slice_input_producer.
    """
    outside_steps("tf.train.slice_input_producer")
    with name_scope(name, "input_producer", list(tensor_list)):
        tensors = [recorded(value) for value in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        length = spec_of(tensors[0]).shape
        limit = length[0] if length and length[0] is not None else _length(tensors[0])
        index = range_input_producer(limit, num_epochs, shuffle, seed, capacity).dequeue()
        return [_row(tensor, index) for tensor in tensors]


def _length_of(x: Any) -> torch.Tensor:
    return torch.tensor(len(x), dtype=torch.int32)


def _length(tensor: Any) -> Any:
    return record(
        _length_of,
        (tensor,),
        op_type="StridedSlice",
        name="strided_slice",
        static=tensor_like([], torch.int32),
    )


def _row_of(x: Any, index: Any) -> Any:
    row = int(index)
    if not 0 <= row < len(x):
        raise errors.InvalidArgumentError(None, None, f"indices = {row} is not in [0, {len(x)})")
    found = x[row]
    return text(found) if isinstance(found, bytes) else found


def _row(tensor: Any, index: Any) -> Any:
    spec = spec_of(tensor)
    shape = None if spec.shape is None else spec.shape[1:]
    return record(
        _row_of,
        (tensor, index),
        op_type="GatherV2",
        name="GatherV2",
        static=tensor_like(shape, spec.dtype),
    )
