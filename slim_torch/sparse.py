"""Sparse tensors: `SparseTensor`, a triple of tensors, and the functions that make dense ones of it.

A `SparseTensor` stands wherever a session takes a fetch or feed, and goes through `tf.cond` and
`tf.while_loop` as its three tensors.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dtypes import string
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.sources import constant, placeholder
from slim_torch.symbolic import SymbolicTensor, as_static_shape, static_shape
from slim_torch.tensor_shape import TensorShape
from slim_torch.tensors import as_tensor, known_value

__all__ = [
    "SparseTensor",
    "SparseTensorValue",
    "sparse_placeholder",
    "sparse_reorder",
    "sparse_retain",
    "sparse_tensor_dense_matmul",
    "sparse_tensor_to_dense",
    "sparse_to_dense",
]


class SparseTensorValue(NamedTuple):
    """The value of a `SparseTensor`, as NumPy arrays. Source: tf.SparseTensorValue."""

    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor:
    """The elements of a tensor that count.

    Attributes:
      indices: int64 `[count, rank]`, in row-major order.
      values: `[count]`.
      dense_shape: int64 `[rank]`.

    Raises:
      ValueError: the three do not fit together.

    Source: tf.SparseTensor.
    """

    indices: Any
    values: Any
    dense_shape: Any

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        if recording_graph() is None:
            parts = _part(indices, torch.int64), _part(values), _part(dense_shape, torch.int64)
        else:
            with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
                parts = (
                    _part(indices, torch.int64, "indices"),
                    _part(values, None, "values"),
                    _part(dense_shape, torch.int64, "dense_shape"),
                )
        self.indices, self.values, self.dense_shape = parts
        self._check()

    def _check(self) -> None:
        known = [_sizes(part) for part in (self.indices, self.values, self.dense_shape)]
        for shape, rank in zip(known, (2, 1, 1)):
            if shape is not None and len(shape) != rank:
                raise ValueError(f"Shape {TensorShape(shape)} must have rank {rank}")
        indices, values, dense_shape = (shape or [None] * 2 for shape in known)
        for a, b in ((indices[0], values[0]), (indices[1], dense_shape[0])):
            if a is not None and b is not None and a != b:
                raise ValueError(f"Dimensions {a} and {b} are not compatible")

    # One of its tensors answers for it.

    @property
    def dtype(self) -> Any:
        return string if isinstance(self.values, np.ndarray) else self.values.dtype

    @property
    def op(self) -> Any:
        return self.values.op

    @property
    def name(self) -> str:
        return str(self.values.name)

    @property
    def graph(self) -> Any:
        return self.values.graph

    @property
    def shape(self) -> TensorShape:
        return self.get_shape()

    def get_shape(self) -> TensorShape:
        """The static shape, as far as it is known."""
        if isinstance(self.dense_shape, SymbolicTensor) and self.dense_shape.op.type == "Placeholder":
            return TensorShape(self.__dict__.get("_declared"))
        known = known_value(self.dense_shape)
        if known is not None:
            return TensorShape([int(size) for size in known])
        length = (_sizes(self.dense_shape) or [None])[0]
        if length is None:
            length = (_sizes(self.indices) or [None, None])[1]
        return TensorShape(None if length is None else [None] * length)

    @property
    def session_parts(self) -> tuple[Any, Any, Any]:
        """The tensors that a session fetches, or is fed, for it."""
        return (self.indices, self.values, self.dense_shape)

    @staticmethod
    def session_value(indices: Any, values: Any, dense_shape: Any) -> SparseTensorValue:
        """What a session gives for it."""
        return SparseTensorValue(indices, values, dense_shape)

    @property
    def components(self) -> tuple[Any, Any, Any]:
        """What goes through a loop or a branch in its place."""
        return self.session_parts

    @staticmethod
    def with_components(indices: Any, values: Any, dense_shape: Any) -> SparseTensor:
        """A sparse tensor of these tensors, as they are."""
        made = SparseTensor.__new__(SparseTensor)
        made.indices, made.values, made.dense_shape = indices, values, dense_shape
        return made

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """The value, by `session` or the default session."""
        from slim_torch.session import default_session_for

        found: SparseTensorValue = default_session_for(self.graph, session, "eval(session=session)").run(
            self, feed_dict
        )
        return found

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices}, values={self.values}, dense_shape={self.dense_shape})"


def _part(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    if isinstance(value, torch.Tensor) or (isinstance(value, np.ndarray) and value.dtype == object):
        return value
    return as_tensor(value, dtype) if name is None else constant(value, dtype, name=name)


def _sizes(part: Any) -> list[int | None] | None:
    return static_shape(part.stand_ins) if isinstance(part, SymbolicTensor) else list(part.shape)


def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """A sparse tensor whose value every run must be fed: a `SparseTensorValue`, or a triple.

    Args:
      shape: None for sizes that are not known; None as a whole, also for the rank.

    Raises:
      RuntimeError: inside a step.

    Source: tf.sparse_placeholder.
    """
    declared = as_static_shape(shape)
    rank = None if declared is None else len(declared)
    prefix = f"{name}/" if name else ""
    dense_shape = placeholder(torch.int64, [rank], name=f"{prefix}shape")
    values = placeholder(dtype, [None], name=f"{prefix}values")
    indices = placeholder(torch.int64, [None, rank], name=f"{prefix}indices")
    made = SparseTensor.with_components(indices, values, dense_shape)
    made.__dict__["_declared"] = declared
    return made


def _sparse(value: Any) -> SparseTensor:
    if isinstance(value, SparseTensorValue):
        return SparseTensor(*value)
    if not isinstance(value, SparseTensor):
        raise TypeError(f"Input must be a SparseTensor. Got {value!r}.")
    return value


# What the operations do when they run


def _fail(message: str) -> NoReturn:
    raise errors.InvalidArgumentError(None, None, message)


def _shown(row: Any) -> str:
    return "[" + ",".join(str(int(x)) for x in row) + "]"


def _to_dense(indices: Any, dense_shape: Any, values: Any, default: Any, validates: bool) -> Any:
    sizes = [int(size) for size in dense_shape]
    places = indices.reshape(-1, len(sizes)).long() if indices.dim() != 1 else indices.reshape(-1, 1).long()
    limits = torch.tensor(sizes, device=places.device)
    outside = ((places < 0) | (places >= limits)).any(1).nonzero()
    if len(outside):
        place = int(outside[0])
        _fail(
            f"indices[{place}] = {_shown(places[place])} is out of bounds: need 0 <= index < {_shown(sizes)}"
        )
    strides = torch.tensor(
        [int(np.prod(sizes[axis + 1 :])) for axis, _ in enumerate(sizes)], device=places.device
    )
    flat = (places * strides).sum(1)
    if validates:
        steps = flat.diff()
        wrong = (steps <= 0).nonzero()
        if len(wrong):
            place = int(wrong[0]) + 1
            kind = (
                "is repeated"
                if not int(steps[place - 1])
                else "is out of order. Many sparse ops require sorted indices.\n    Use `tf.sparse.reorder` to create a "
                "correctly ordered copy."
            )
            _fail(f"indices[{place}] = {_shown(places[place])} {kind}")
    if isinstance(values, np.ndarray):
        filled = np.full(
            int(np.prod(sizes)), b"" if default is None else np.asarray(default).item(), dtype=object
        )
        filled[flat.numpy()] = values
        return filled.reshape(sizes)
    base = values.new_zeros(int(np.prod(sizes))) if default is None else default.expand(int(np.prod(sizes)))
    return base.index_put((flat,), values.expand(len(flat))).reshape(sizes)


def _matmul(indices: Any, values: Any, dense_shape: Any, b: Any, adjoint_a: bool, adjoint_b: bool) -> Any:
    rows, columns = indices[:, 0], indices[:, 1]
    sizes = [int(size) for size in dense_shape]
    dense = b.mH if adjoint_b else b
    if adjoint_a:
        rows, columns, values, sizes = columns, rows, values.conj(), sizes[::-1]
    if dense.shape[0] != sizes[1]:
        _fail(
            f"Cannot multiply A and B because inner dimension does not match: {sizes[1]} vs. {dense.shape[0]}.  Did you "
            f"forget a transpose?"
        )
    terms = values[:, None] * dense[columns]
    return terms.new_zeros((sizes[0], dense.shape[1])).index_add(0, rows, terms)


def _reordered(indices: Any, values: Any) -> tuple[Any, Any]:
    order = np.lexsort(indices.cpu().numpy().T[::-1])
    at = torch.from_numpy(order).to(indices.device)
    return indices[at], (values[order] if isinstance(values, np.ndarray) else values[at])


def _retained(indices: Any, values: Any, kept: Any) -> tuple[Any, Any]:
    mask = kept.cpu().numpy() if isinstance(values, np.ndarray) else kept
    return indices[kept], values[mask]


# Recording them


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Any:
    """A dense tensor that holds `sparse_values` at `sparse_indices`, and `default_value` elsewhere.

    Args:
      sparse_indices: `[count, rank]`; `[count]` for one axis, a number for one element.
      sparse_values: `[count]`, or one number for all.
      validate_indices: whether they must be in row-major order, without repetitions.

    Raises:
      tf.errors.InvalidArgumentError: when run, an index is outside, out of order or repeated.

    Source: tf.sparse_to_dense.
    """
    values = as_tensor(sparse_values)
    default = None if _is_default(default_value, values) else as_tensor(default_value, _dtype(values))
    places, sizes = as_tensor(sparse_indices), as_tensor(output_shape)
    return _densified(places, sizes, values, default, validate_indices, name)


def _is_default(value: Any, values: Any) -> bool:
    return not isinstance(value, torch.Tensor) and _dtype(values) is not string and value in (0, None)


def _dtype(values: Any) -> Any:
    return string if isinstance(values, np.ndarray) else values.dtype


def _densified(places: Any, sizes: Any, values: Any, default: Any, validates: bool, name: str | None) -> Any:
    graph = recording_graph()
    if graph is None:
        return _to_dense(places, sizes, values, default, validates)
    known = known_value(sizes)
    length = (_sizes(sizes) or [None])[0]
    shape = [int(s) for s in known] if known is not None else None if length is None else [None] * length
    return record(
        _to_dense,
        (places, sizes, values, default, validates),
        op_type="SparseToDense",
        name=name or "SparseToDense",
        static=tensor_like(shape, _dtype(values)),
        graph=graph,
    )


def sparse_tensor_to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: str | None = None
) -> Any:
    """The dense tensor of the same elements. Source: tf.sparse_tensor_to_dense.

    Args:
      default_value: what the other elements are; 0, or the empty string.
      validate_indices: as in `sparse_to_dense`.

    Raises:
      TypeError: `sp_input` is no sparse tensor.
      tf.errors.InvalidArgumentError: as in `sparse_to_dense`.
    """
    sparse = _sparse(sp_input)
    empty = default_value is None or _is_default(default_value, sparse.values)
    default = None if empty else as_tensor(default_value, sparse.dtype)
    return _densified(sparse.indices, sparse.dense_shape, sparse.values, default, validate_indices, name)


def sparse_tensor_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Any:
    """The product of a sparse matrix and a dense one. Source: tf.sparse_tensor_dense_matmul.

    Args:
      adjoint_a, adjoint_b: whether a matrix is transposed (and conjugated) first.

    Raises:
      TypeError: `sp_a` is no sparse tensor.
      ValueError: the sizes are known, and do not fit.
      tf.errors.InvalidArgumentError: when run, they do not fit.
    """
    sparse = _sparse(sp_a)
    graph = recording_graph()
    with name_scope(name, "SparseTensorDenseMatMul", [b]):
        dense = as_tensor(b, sparse.dtype)
        args = (sparse.indices, sparse.values, sparse.dense_shape, dense, adjoint_a, adjoint_b)
        left = sparse.get_shape()
        rows = left.as_list() if left.ndims == 2 else [None, None]
        columns = _sizes(dense) or [None, None]
        rows, columns = (rows[::-1] if adjoint_a else rows), (columns[::-1] if adjoint_b else columns)
        if None not in (rows[1], columns[0]) and rows[1] != columns[0]:
            raise ValueError(
                f"Dimensions must be equal, but are {rows[1]} and {columns[0]} for the sparse matrix of shape {left} and "
                f"the dense one of shape {TensorShape(_sizes(dense))}."
            )
        if graph is None:
            return _matmul(*args)
        return record(
            _matmul,
            args,
            op_type="SparseTensorDenseMatMul",
            name="SparseTensorDenseMatMul",
            static=tensor_like([rows[0], columns[1]], dense.dtype),
            graph=graph,
        )


def _changed(
    sparse: SparseTensor, function: Any, args: tuple[Any, ...], op_type: str, name: str | None
) -> Any:
    graph = recording_graph()
    if graph is None:
        indices, values = function(*args)
    else:
        rank = (_sizes(sparse.indices) or [None, None])[1]
        static = tensors_like(tuple, [([None, rank], torch.int64), ([None], sparse.dtype)])
        indices, values = record(
            function, args, op_type=op_type, name=name or op_type, static=static, graph=graph
        )
    return SparseTensor.with_components(indices, values, sparse.dense_shape)


def sparse_reorder(sp_input: Any, name: str | None = None) -> SparseTensor:
    """The same with its elements in row-major order. Source: tf.sparse_reorder."""
    sparse = _sparse(sp_input)
    made: SparseTensor = _changed(sparse, _reordered, (sparse.indices, sparse.values), "SparseReorder", name)
    return made


def sparse_retain(sp_input: Any, to_retain: Any) -> SparseTensor:
    """The elements for which `to_retain`, `[count]`, is true. Source: tf.sparse_retain."""
    sparse = _sparse(sp_input)
    kept = as_tensor(to_retain, torch.bool)
    made: SparseTensor = _changed(
        sparse, _retained, (sparse.indices, sparse.values, kept), "SparseRetain", None
    )
    return made
