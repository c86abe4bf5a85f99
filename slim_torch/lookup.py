"""Lookup tables: from strings or numbers to their places in a list, and back.

A table is a constant here, so there is nothing to initialize, and `tf.tables_initializer` has nothing to do.
Words out of the vocabulary that get numbers of their own (`num_oov_buckets`) get them by a hash that is
stable, but not TensorFlow's.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.control_flow import no_op
from slim_torch.dtypes import as_dtype, string
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recording_graph
from slim_torch.sources import constant
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_tensor, known_value

__all__ = [
    "LookupTable",
    "index_table_from_file",
    "index_table_from_tensor",
    "index_to_string_table_from_tensor",
]


class LookupTable:
    """A map from keys to values, both fixed.

    Attributes:
      key_dtype, value_dtype: of keys and values.
      default: what a key that is not there gives.
      buckets: how many numbers there are for keys that are not there; 0 for `default`.
    """

    def __init__(
        self,
        keys: Sequence[Any],
        values: Sequence[Any],
        key_dtype: Any,
        value_dtype: Any,
        default: Any,
        buckets: int,
    ) -> None:
        self._map = dict(zip(keys, values))
        if len(self._map) != len(keys):
            raise ValueError("A lookup table needs keys that differ from each other.")
        self.key_dtype, self.value_dtype, self.default, self.buckets = (
            key_dtype,
            value_dtype,
            default,
            buckets,
        )

    @property
    def init(self) -> Any:
        """An operation that does nothing."""
        return no_op()

    initializer = init

    def size(self, name: str | None = None) -> Any:
        """The number of keys, buckets included, int64."""
        return constant(len(self._map) + self.buckets, torch.int64, name=name or "hash_table_Size")

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of `keys`, in their shape.

        Raises:
          TypeError: `keys` have another dtype.
        """
        tensor = as_tensor(keys)
        given = string if isinstance(tensor, np.ndarray) else tensor.dtype
        if given != self.key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self.key_dtype}, got {given}. Convert them with tf.cast."
            )
        graph = recording_graph()
        if graph is None:
            return self._found(tensor)
        shape = static_shape(tensor.stand_ins) if isinstance(tensor, SymbolicTensor) else list(tensor.shape)
        return record(
            self._found,
            (tensor,),
            op_type="LookupTableFindV2",
            name=name or "hash_table_Lookup/LookupTableFindV2",
            static=tensor_like(shape, self.value_dtype),
            graph=graph,
        )

    def _found(self, keys: Any) -> Any:
        flat = keys.reshape(-1).tolist()
        values = [self._value(key) for key in flat]
        if self.value_dtype is string:
            found = np.empty(len(values), dtype=object)
            found[:] = values
            return found.reshape(keys.shape)
        return torch.tensor(values, dtype=self.value_dtype).reshape(tuple(keys.shape))

    def _value(self, key: Any) -> Any:
        if key in self._map or not self.buckets:
            return self._map.get(key, self.default)
        shown = key if isinstance(key, bytes) else str(key).encode()
        return len(self._map) + zlib.crc32(shown) % self.buckets


def _listed(values: Any, what: str) -> list[Any]:
    """A vector that is known, as a list; strings as bytes."""
    if isinstance(values, SymbolicTensor):
        known = values.op.args[0] if values.op.type == "Const" else known_value(values)
        if known is None:
            raise ValueError(f"{what} must be known when the table is made, got {values!r}.")
        values = known
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{what} must be a vector, got shape {array.shape}.")
    return [item.encode() if isinstance(item, str) else item for item in array.tolist()]


def index_table_from_tensor(
    vocabulary_list: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = None,
    dtype: Any = string,
    name: str | None = None,
) -> LookupTable:
    """A table from the items of a vector to their places in it, int64.

    Args:
      num_oov_buckets: how many further numbers items that are not in it get.
      default_value: what they get if there are none.

    Raises:
      ValueError: `vocabulary_list` is missing, no vector, or has an item twice; `num_oov_buckets` is negative.

    Source: tf.contrib.lookup.index_table_from_tensor.
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")
    keys = _listed(vocabulary_list, "vocabulary_list")
    kind = as_dtype(dtype)
    return LookupTable(keys, [*range(len(keys))], kind, torch.int64, default_value, num_oov_buckets)


def index_table_from_file(
    vocabulary_file: Any,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    name: str | None = None,
) -> LookupTable:
    """A table from the lines of a file to their numbers, from 0 on; otherwise as `index_table_from_tensor`.

    Args:
      vocab_size: how many lines count; all by default.

    Source: tf.contrib.lookup.index_table_from_file.
    """
    with open(vocabulary_file, "rb") as file:
        lines = [line.rstrip(b"\r\n") for line in file]
    words = lines if vocab_size is None else lines[:vocab_size]
    array = np.empty(len(words), dtype=object)
    array[:] = words
    return index_table_from_tensor(array, num_oov_buckets, default_value)


def index_to_string_table_from_tensor(
    vocabulary_list: Any, default_value: str = "UNK", name: str | None = None
) -> LookupTable:
    """A table from int64 places in a vector of strings to what is there, or `default_value`.

    Source: tf.contrib.lookup.index_to_string_table_from_tensor.
    """
    values = _listed(vocabulary_list, "vocabulary_list")
    return LookupTable([*range(len(values))], values, torch.int64, string, default_value.encode(), 0)
