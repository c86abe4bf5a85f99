"""Names of `tf` that steer where and when, rather than compute: devices, conversion, initializers of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from slim_torch.control_flow import no_op
from slim_torch.dtypes import as_device, as_dtype
from slim_torch.graph import get_default_graph
from slim_torch.recorded_variable import RecordedVariable
from slim_torch.recording import records
from slim_torch.scatter_ops import IndexedSlices
from slim_torch.sparse import SparseTensor, SparseTensorValue
from slim_torch.tensors import as_tensor, known_value

__all__ = [
    "GIT_VERSION",
    "VERSION",
    "__version__",
    "as_dtype",
    "colocate_with",
    "container",
    "convert_to_tensor",
    "convert_to_tensor_or_sparse_tensor",
    "device",
    "get_static_value",
    "is_tensor",
    "op_scope",
    "tables_initializer",
]


__version__ = VERSION = "1.15.5"
"""The version of TensorFlow whose names and behaviour these are."""

GIT_VERSION = "v1.15.4-39-g3db52be"
"""The commit of TensorFlow that this version is."""


@contextmanager
def device(device_name_or_function: Any) -> Iterator[None]:
    """Where what is made in the block should be: `"/gpu:0"`, `"/cpu:0"`, a torch device, a function, or None.

    A recorded graph runs on its session's device as a whole, whatever is said here; in code that computes as it
    goes, new tensors are made on the device, unless there is no such device.

    Raises:
      ValueError: the string names no device.

    Source: tf.device.
    """
    chosen = None
    if isinstance(device_name_or_function, (str, torch.device)):
        chosen = as_device(device_name_or_function)
    graph = get_default_graph()
    if graph.recorder is not None:
        outer = graph.recorder.device
        if chosen is not None:
            kind = "GPU" if chosen.type == "cuda" else chosen.type.upper()
            graph.recorder.device = f"/device:{kind}:{chosen.index or 0}"
        try:
            yield
        finally:
            graph.recorder.device = outer
        return
    if (
        chosen is None
        or graph._thread.steps == 0
        or (chosen.type == "cuda" and not torch.cuda.is_available())
    ):
        yield
        return
    with chosen:
        yield


@contextmanager
def colocate_with(op: Any, ignore_existing: bool = False) -> Iterator[None]:
    """Accepted without effect. Source: tf.colocate_with."""
    yield


container = colocate_with


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
) -> Any:
    """`value` as a tensor: as it is, or as a constant. Source: tf.convert_to_tensor.

    Raises:
      ValueError: it is a tensor of another dtype, or None.
      TypeError: it does not go into `dtype`.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, (SparseTensor, SparseTensorValue)):
        raise TypeError(
            f"Failed to convert object of type {type(value)} to Tensor. Contents: {value}. Use tf.sparse_tensor_to_dense."
        )
    if isinstance(value, IndexedSlices):
        return _from_slices(value)
    if isinstance(value, RecordedVariable) and records(value.graph):
        value = value.read_value()
    if isinstance(value, torch.Tensor):
        return as_tensor(value, dtype)
    return as_tensor(value, dtype)


def _from_slices(slices: IndexedSlices) -> Any:
    """The tensor whose rows the slices are, zero elsewhere; of equal indices the sum."""
    from slim_torch.tf.segments import unsorted_segment_sum

    if slices.dense_shape is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {slices}. Give it one."
        )
    return unsorted_segment_sum(slices.values, slices.indices, slices.dense_shape[0])


def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """As `convert_to_tensor`; sparse tensors and their values give sparse tensors.

    Source: tf.convert_to_tensor_or_sparse_tensor.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor(*value)
    return value if isinstance(value, SparseTensor) else convert_to_tensor(value, dtype, name)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor or a variable. Source: tf.contrib.framework.is_tensor."""
    return isinstance(x, torch.Tensor)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The value as a NumPy array where it is known without running anything, else None."""
    return known_value(tensor)


def tables_initializer(name: str = "init_all_tables") -> Any:
    """An operation that initializes lookup tables. There are none to initialize. Source: tf.tables_initializer."""
    return no_op(name)


@contextmanager
def op_scope(values: Any, name: str | None, default_name: str | None = None) -> Iterator[str]:
    """`name_scope` with its older order of arguments. Source: tf.op_scope."""
    with get_default_graph().name_scope(name or default_name) as scope:
        yield scope
