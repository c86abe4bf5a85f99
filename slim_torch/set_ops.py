"""`tf.sets`: the last axis of a tensor as sets, one for each row, and what sets of two tensors have in common.

Rows may have repeated elements, and different numbers of them where they are sparse; so results are sparse tensors,
with the elements of each set in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dtypes import string
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.recording import record, recording_graph
from slim_torch.sparse import SparseTensor
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_tensor

__all__ = ["set_difference", "set_intersection", "set_size", "set_union"]

_ALLOWED = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, string)

_OPERATIONS: dict[str, Callable[[set[Any], set[Any]], set[Any]]] = {
    "intersection": set.intersection,
    "difference": set.difference,
    "union": set.union,
}


def _refused(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _array(values: Any) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else values.detach().cpu().numpy()


def _checked_indices(parts: Any, validates: bool) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    indices, values, sizes = map(_array, parts)
    shape = tuple(map(int, sizes))
    for number, row in enumerate(indices):
        shown = f"indices[{number}] = [{','.join(map(str, row))}]"
        if validates and not all(0 <= place < size for place, size in zip(row, shape, strict=True)):
            raise _refused(f"{shown} is out of bounds: need 0 <= index < [{','.join(map(str, shape))}]")
        before = tuple(indices[number - 1]) if number else None
        if validates and before == tuple(row):
            raise _refused(f"{shown} is repeated")
        if before is not None and before > tuple(row):
            raise _refused(
                f"{shown} is out of order. Many sparse ops require sorted indices.\n    Use `tf.sparse.reorder` to "
                f"create a correctly ordered copy."
            )
    return indices, values, shape


def _rows(value: Any, validates: bool) -> tuple[dict[tuple[int, ...], set[Any]], tuple[int, ...]]:
    """The set of each row that has one, by the row's place, and the sizes of all axes but the last."""
    if not isinstance(value, list):
        array = _array(value)
        shape = array.shape[:-1]
        flat = array.reshape(-1, array.shape[-1]) if array.size else np.empty((0, 0))
        return {place: set(row.tolist()) for place, row in zip(np.ndindex(shape), flat)}, shape
    indices, values, shape = _checked_indices(value, validates)
    rows: dict[tuple[int, ...], set[Any]] = {}
    for place, element in zip(indices[:, :-1].tolist(), values.tolist(), strict=True):
        rows.setdefault(tuple(place), set()).add(element)
    return rows, shape[:-1]


def _combined(a: Any, b: Any, operation: str, validates: bool, dtype: Any) -> tuple[Any, Any, Any]:
    (first, shape), (second, other) = _rows(a, validates), _rows(b, validates)
    if shape != other:
        raise _refused(
            f"Mismatched group shapes {list(shape)} and {list(other)}: all axes but the last must agree."
        )
    indices, values, longest = [], [], 0
    for place in np.ndindex(shape):
        found = sorted(_OPERATIONS[operation](first.get(place, set()), second.get(place, set())))
        longest = max(longest, len(found))
        indices += [(*place, number) for number in range(len(found))]
        values += found
    if dtype is string:
        elements: Any = np.empty(len(values), dtype=object)
        elements[:] = values
    else:
        elements = torch.tensor(values, dtype=dtype)
    places = torch.tensor(indices, dtype=torch.int64).reshape(-1, len(shape) + 1)
    return places, elements, torch.tensor([*shape, longest])


def _counted(parts: Any, validates: bool) -> Any:
    rows, shape = _rows(parts, validates)
    counts = np.zeros(shape, np.int32)
    for place, elements in rows.items():
        counts[place] = len(elements)
    return torch.from_numpy(counts)


def _dtype(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return string
    return value.dtype


def _parts(value: SparseTensor) -> list[Any]:
    return [value.indices, value.values, value.dense_shape]


def _shape(value: Any) -> list[int | None] | None:
    if isinstance(value, SparseTensor):
        known: list[int | None] | None = (
            value.get_shape().as_list() if value.get_shape().ndims is not None else None
        )
        return known
    return static_shape(value.stand_ins) if isinstance(value, SymbolicTensor) else list(value.shape)


def _operated(a: Any, b: Any, operation: str, validates: bool) -> SparseTensor:
    a, b = (value if isinstance(value, SparseTensor) else as_tensor(value) for value in (a, b))
    if _dtype(a) is not _dtype(b):
        raise TypeError(f"Types don't match, {_dtype(a)} vs {_dtype(b)}. Convert one of them with tf.cast.")
    if _dtype(a) not in _ALLOWED:
        raise TypeError(f"'a' invalid dtype {_dtype(a)}. Sets are of integers or strings.")
    kinds = ["Sparse" if isinstance(value, SparseTensor) else "Dense" for value in (a, b)]
    shapes = [_shape(a), _shape(b)]
    for shape in shapes:
        if shape is not None and len(shape) < 2:
            raise ValueError(
                f"Shape must be at least rank 2 but is rank {len(shape)}: the last axis holds the sets."
            )
    first, second = shapes
    if first is not None and second is not None:
        if len(first) != len(second):
            raise ValueError(f"Shape must be rank {len(first)} but is rank {len(second)}.")
        if any(None not in pair and pair[0] != pair[1] for pair in zip(first[:-1], second[:-1], strict=True)):
            raise ValueError(
                f"All sizes but the last must be equal, but the shapes are {first} and {second}."
            )
    args = (
        _parts(a) if isinstance(a, SparseTensor) else a,
        _parts(b) if isinstance(b, SparseTensor) else b,
        operation,
        validates,
        _dtype(a),
    )
    graph = recording_graph()
    if graph is None:
        return SparseTensor.with_components(*_combined(*args))
    rank = next((len(shape) for shape in shapes if shape is not None), None)
    # As in TensorFlow, whose operation takes the sparse one second.
    name = f"{min(kinds)}To{max(kinds)}SetOperation"
    static = tensors_like(tuple, [([None, rank], torch.int64), ([None], _dtype(a)), ([rank], torch.int64)])
    return SparseTensor.with_components(
        *record(_combined, args, op_type=name, name=name, static=static, graph=graph)
    )


def set_intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """For each row the elements that are in both.

    Args:
      a, b: integers or strings, `[..., elements]`, dense or sparse; equal in all sizes but the last.
      validate_indices: whether the indices of sparse tensors are checked.

    Returns:
      A sparse tensor `[..., most elements of a set]`, each set in order.

    Raises:
      TypeError: the dtypes differ, or are no integers or strings.
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: when run, they do not fit, or indices are out of order.

    Source: tf.sets.set_intersection.
    """
    return _operated(a, b, "intersection", validate_indices)


def set_difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """For each row the elements of `a` that are not in `b`, or the other way round where `aminusb` is False.

    See `set_intersection`. Source: tf.sets.set_difference.
    """
    first, second = (a, b) if aminusb else (b, a)
    return _operated(first, second, "difference", validate_indices)


def set_union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """For each row the elements that are in one or both; see `set_intersection`. Source: tf.sets.set_union."""
    return _operated(a, b, "union", validate_indices)


def set_size(a: Any, validate_indices: bool = True) -> Any:
    """How many different elements each row has.

    Args:
      a: a sparse tensor `[..., elements]` of integers or strings.
      validate_indices: whether its indices are checked.

    Returns:
      int32 `[...]`.

    Raises:
      TypeError: `a` is no sparse tensor, or of another dtype.

    Source: tf.sets.set_size.
    """
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a!r}.")
    if _dtype(a) not in _ALLOWED:
        raise TypeError(f"Invalid dtype {_dtype(a)}. Sets are of integers or strings.")
    args = (_parts(a), validate_indices)
    graph = recording_graph()
    if graph is None:
        return _counted(*args)
    shape = _shape(a)
    sizes = None if shape is None else [None] * (len(shape) - 1)
    static = tensor_like(sizes, torch.int32)
    return record(_counted, args, op_type="SetSize", name="SetSize", static=static, graph=graph)
