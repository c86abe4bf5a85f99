"""Reading `tf.train.Example`s inside a recorded graph: `parse_single_example`, `parse_example`, and bytes.

The messages themselves are in `examples.py`. Inside a step the same functions read at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_structure import Spec, as_leaf, leaf_of, spec_of, text
from slim_torch.dtypes import as_dtype, numpy_dtype, string
from slim_torch.examples import features_of
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.queues import recorded
from slim_torch.recording import record, recorder_of, recording_graph
from slim_torch.records import open_for_reading
from slim_torch.symbolic import SymbolicTensor, as_static_shape
from slim_torch.tensors import known_value

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "VarLenFeature",
    "decode_raw",
    "parse_example",
    "parse_single_example",
    "read_file",
]


class FixedLenFeature(NamedTuple):
    """A feature of known shape. Source: tf.FixedLenFeature.

    Without `default_value` it must be in every example.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature of any length; gives a SparseTensor. Source: tf.VarLenFeature."""

    dtype: Any


class FixedLenSequenceFeature(NamedTuple):
    """A feature of any number of values of known shape. Source: tf.FixedLenSequenceFeature."""

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


_KIND_OF = {torch.float32: "float_list", torch.int64: "int64_list", string: "bytes_list"}
_NAMES = {"float_list": "float", "int64_list": "int64", "bytes_list": "string"}


class _Wanted:
    """One feature, as it is looked for."""

    def __init__(self, key: str, feature: Any) -> None:
        if not isinstance(feature, (FixedLenFeature, VarLenFeature, FixedLenSequenceFeature)):
            raise ValueError(f"Invalid feature {key}:{feature}.")  # noqa: TRY004 - TensorFlow's
        if isinstance(feature, FixedLenSequenceFeature) and not feature.allow_missing:
            raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
        self.key = key
        self.dtype: Any = as_dtype(feature.dtype)
        if self.dtype not in _KIND_OF:
            raise TypeError(
                f"Feature {key} has DataType {self.dtype} not in list of allowed values: float32, int64, string"
            )
        self.list_kind = _KIND_OF[self.dtype]
        self.kind = type(feature)
        self.shape: list[int] = []
        self.default: Any = None
        if isinstance(feature, VarLenFeature):
            return
        shape = as_static_shape(feature.shape)
        if shape is None or None in shape:
            raise ValueError(f"The shape of feature {key} must be known, got {feature.shape}.")
        self.shape = [int(size) for size in shape if size is not None]
        if feature.default_value is not None:
            self.default = self._default(feature.default_value)

    def _default(self, value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            # Slim's own examples write `default_value=tf.zeros([1], dtype=tf.int64)`.
            known = value.op.args[0] if value.op.type == "Const" else known_value(value)
            if known is None:
                raise ValueError(
                    f"The default value of feature {self.key} is {value!r}, whose value is not known before it runs. Pass "
                    f"a constant."
                )
            value = known
        leaf = as_leaf(value, self.dtype) if not isinstance(value, torch.Tensor) else as_leaf(value)
        array = leaf if isinstance(leaf, np.ndarray) else leaf.numpy()
        if self.kind is FixedLenSequenceFeature:
            return array.reshape(-1)[0]
        if array.size != math.prod(self.shape):
            raise ValueError(
                f"Cannot reshape a tensor with {array.size} elements to shape {self.shape} ({math.prod(self.shape)} elements) "
                f"for the default value of feature {self.key}."
            )
        return array.reshape(-1)

    def spec(self, batched: bool) -> Spec:
        front: list[int | None] = [None] if batched else []
        if self.kind is VarLenFeature:
            return Spec(self.dtype, [None] * (2 if batched else 1), "sparse")
        if self.kind is FixedLenSequenceFeature:
            front.append(None)
        return Spec(self.dtype, [*front, *self.shape])

    def values(self, found: Mapping[str, tuple[str | None, Any]]) -> Any:
        """The values of one example, flat; None where it has none."""
        kind, values = found.get(self.key, (None, None))
        if kind is None:
            if self.kind is FixedLenFeature and self.default is None:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Feature: {self.key} (data type: {_NAMES[self.list_kind]}) is required but could not be found.",
                )
            return self.default if self.kind is FixedLenFeature else self._array([])
        if kind != self.list_kind:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Key: {self.key}.  Data types don't match. Data type: {_NAMES[kind]} but expected type: "
                f"{_NAMES[self.list_kind]}",
            )
        count = math.prod(self.shape)
        fits = len(values) == count if self.kind is FixedLenFeature else not count or len(values) % count == 0
        if self.kind is not VarLenFeature and not fits:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Key: {self.key}.  Can't parse serialized Example. It has {len(values)} values, the shape is {self.shape}.",
            )
        return self._array(values)

    def _array(self, values: Any) -> Any:
        if self.dtype is string:
            made = np.empty(len(values), dtype=object)
            made[:] = values
            return made
        return np.asarray(values, dtype=numpy_dtype(self.dtype))

    def one(self, values: Any) -> list[Any]:
        """The parts of the result for one example."""
        if self.kind is VarLenFeature:
            indices = torch.arange(len(values)).unsqueeze(1)
            return [indices, self._tensor(values), torch.tensor([len(values)])]
        length = [-1] if self.kind is FixedLenSequenceFeature else []
        return [self._tensor(values.reshape([*length, *self.shape]))]

    def many(self, lists: Sequence[Any]) -> list[Any]:
        """The parts of the result for several examples."""
        longest = max(map(len, lists), default=0)
        if self.kind is VarLenFeature:
            indices = [
                torch.stack([torch.full((len(v),), n), torch.arange(len(v))], 1) for n, v in enumerate(lists)
            ]
            together = np.concatenate(lists) if lists else self._array([])
            return [
                torch.cat(indices) if indices else torch.empty((0, 2), dtype=torch.int64),
                self._tensor(together),
                torch.tensor([len(lists), longest]),
            ]
        if self.kind is FixedLenFeature:
            rows = [values.reshape(self.shape) for values in lists]
            return [self._tensor(np.stack(rows) if rows else self._array([]).reshape([0, *self.shape]))]
        empty = (b"" if self.dtype is string else 0) if self.default is None else self.default
        padded = np.full((len(lists), longest), empty, dtype=numpy_dtype(self.dtype))
        for row, values in zip(padded, lists):
            row[: len(values)] = values
        size = math.prod(self.shape)
        return [self._tensor(padded.reshape([len(lists), longest // size if size else 0, *self.shape]))]

    def _tensor(self, array: Any) -> Any:
        return array if self.dtype is string else torch.from_numpy(np.array(array))


def _bytes(value: Any) -> bytes:
    content = value.item() if isinstance(value, np.ndarray) else value
    return content.encode("latin-1") if isinstance(content, str) else bytes(content)


def _found(serialized: bytes, wanted: Sequence[_Wanted]) -> dict[str, tuple[str | None, Any]]:
    try:
        return features_of(serialized, {feature.key for feature in wanted})
    except ValueError as err:
        raise errors.InvalidArgumentError(
            None, None, f"Could not parse example input of {len(serialized)} bytes: {err}"
        ) from err


def _parse_one(serialized: Any, wanted: _List) -> list[Any]:
    found = _found(_bytes(serialized), wanted.features)
    return [part for feature in wanted.features for part in feature.one(feature.values(found))]


def _parse_many(serialized: Any, wanted: _List) -> list[Any]:
    found = [_found(_bytes(item), wanted.features) for item in np.asarray(serialized).reshape(-1).tolist()]
    return [
        part
        for feature in wanted.features
        for part in feature.many([feature.values(example) for example in found])
    ]


class _List:
    """The features of one call; no structure that a recorder would look into."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        if not features:
            raise ValueError("Missing features.")
        self.features = [_Wanted(key, features[key]) for key in sorted(features)]


def _parse(function: Callable[..., Any], serialized: Any, features: Any, batched: bool, name: str) -> Any:
    wanted = _List(features)
    specs = [feature.spec(batched) for feature in wanted.features]
    graph = recording_graph()
    if graph is None:
        made = function(serialized, wanted)
    else:
        recorder_of(graph)
        with graph.name_scope(name):
            made = record(
                function,
                (recorded(serialized, string), wanted),
                op_type=name.split("/")[-1],
                name=name.split("/")[-1],
                static=tensors_like(list, [pair for spec in specs for pair in spec.components()]),
                graph=graph,
            )
    parts = iter(made)
    leaves = [leaf_of(spec, [next(parts) for _ in spec.components()]) for spec in specs]
    return {feature.key: leaf for feature, leaf in zip(wanted.features, leaves)}


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """The features of one serialized Example, by name.

    Args:
      serialized: a string `[]`.
      features: what is wanted, by name: `FixedLenFeature` gives a tensor of its shape, `VarLenFeature` a
        SparseTensor, `FixedLenSequenceFeature` a tensor with an axis more.

    Raises:
      ValueError: no features, or one that cannot be.
      tf.errors.InvalidArgumentError (when run): a feature is missing, or has another dtype or length.

    Source: tf.parse_single_example.
    """
    return _parse(_parse_one, serialized, features, False, name or "ParseSingleExample")


def parse_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """The features of several serialized Examples; see `parse_single_example`.

    Args:
      serialized: strings `[batch]`; results have that axis in front.

    Source: tf.parse_example.
    """
    return _parse(_parse_many, serialized, features, True, name or "ParseExample")


def _decode_raw(contents: Any, dtype: torch.dtype, little_endian: bool) -> torch.Tensor:
    array = np.asarray(contents, dtype=object)
    kind = np.dtype(numpy_dtype(dtype)).newbyteorder("<" if little_endian else ">")
    rows = []
    for item in array.reshape(-1).tolist():
        content = _bytes(item)
        if len(content) % kind.itemsize:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Input to DecodeRaw has length {len(content)} that is not a multiple of {kind.itemsize}, the size of "
                f"{str(dtype)[6:]}",
            )
        rows.append(np.frombuffer(content, kind).astype(kind.newbyteorder("=")))
    if len({len(row) for row in rows}) > 1:
        raise errors.InvalidArgumentError(
            None, None, "DecodeRaw requires input strings to all be the same size."
        )
    found = torch.from_numpy(np.stack(rows)) if rows else torch.empty((0, 0), dtype=dtype)
    return found.reshape([*array.shape, -1] if found.numel() else [*array.shape, 0])


def decode_raw(bytes: Any, out_type: Any, little_endian: bool = True, name: str | None = None) -> Any:
    """The bytes of strings as numbers, along a new last axis. Source: tf.decode_raw.

    Raises (when run):
      tf.errors.InvalidArgumentError: the length is no multiple of a number's size, or lengths differ.
    """
    dtype = as_dtype(out_type)
    graph = recording_graph()
    if graph is None:
        return _decode_raw(bytes, dtype, little_endian)
    value = recorded(bytes, string)
    shape = spec_of(value).shape
    return record(
        _decode_raw,
        (value, dtype, little_endian),
        op_type="DecodeRaw",
        name=name or "DecodeRaw",
        static=tensor_like(None if shape is None else [*shape, None], dtype),
        graph=graph,
    )


def _read_file(name: Any) -> Any:
    with open_for_reading(_bytes(name), "") as file:
        return text(file.read())


def read_file(filename: Any, name: str | None = None) -> Any:
    """The content of a file, as a string. Source: tf.read_file.

    Raises (when run):
      tf.errors.NotFoundError: there is no such file.
    """
    graph = recording_graph()
    if graph is None:
        return _read_file(filename).item()
    return record(
        _read_file,
        (recorded(filename, string),),
        op_type="ReadFile",
        name=name or "ReadFile",
        static=tensor_like([], string),
        graph=graph,
    )
