"""Order, sets and permutations, under TensorFlow's names."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, named
from slim_torch.tf.support import (
    FLOATING,
    INTEGER,
    checked,
    known_axis,
    of_unknown_size,
    operands,
    require,
    static_sizes,
)

__all__ = [
    "argsort",
    "invert_permutation",
    "searchsorted",
    "setdiff1d",
    "sort",
    "unique",
    "unique_with_counts",
    "unravel_index",
]

_REAL = FLOATING | INTEGER


class Unique(NamedTuple):
    """What `unique` gives: the values, and for each element the place of its value among them."""

    y: torch.Tensor
    idx: torch.Tensor


class UniqueWithCounts(NamedTuple):
    """What `unique_with_counts` gives: as `Unique`, and how often each value comes."""

    y: torch.Tensor
    idx: torch.Tensor
    count: torch.Tensor  # type: ignore[assignment]


class ListDiff(NamedTuple):
    """What `setdiff1d` gives: the values that are left, and where they were."""

    out: torch.Tensor
    idx: torch.Tensor


def _sorted(values: Any, axis: Any, direction: str, op: str) -> tuple[torch.Tensor, torch.Tensor]:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"Unknown sort direction {direction!r}, expected 'ASCENDING' or 'DESCENDING'.")
    x = require(as_tensor(values), _REAL, op)
    along = known_axis(axis, x.dim(), op)
    result: tuple[torch.Tensor, torch.Tensor] = torch.sort(
        x, dim=along, descending=direction == "DESCENDING", stable=True
    )
    return result


@checked
def sort(values: Any, axis: Any = -1, direction: str = "ASCENDING", name: str | None = None) -> torch.Tensor:
    """`values` in order along `axis`.

    Args:
      direction: `"ASCENDING"` or `"DESCENDING"`.

    Raises:
      ValueError: there is no such direction or axis.

    Source: tf.sort.
    """
    with name_scope(name, "sort"):
        return named(_sorted(values, axis, direction, "sort")[0], None, "TopKV2")


@checked
def argsort(
    values: Any, axis: Any = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> torch.Tensor:
    """Where the elements of the sorted `values` come from, int32; see `sort`. Equal ones always keep their order.

    Source: tf.argsort.
    """
    with name_scope(name, "argsort"):
        return named(_sorted(values, axis, direction, "argsort")[1].to(torch.int32), None, "TopKV2")


@checked
def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = torch.int32,
    name: str | None = None,
) -> torch.Tensor:
    """Where `values` would go into `sorted_sequence`, row by row; of equal ones before (`"left"`) or after them.

    Source: tf.searchsorted.
    """
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left', got {side!r}.")
    rows, x = operands(sorted_sequence, values, "searchsorted")
    return named(torch.searchsorted(rows, x, side=side).to(as_dtype(out_type)), name, "searchsorted")


def _distinct(x: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The distinct values in the order in which they come first, where each element is among them, and counts."""
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    places = torch.arange(x.numel(), device=x.device)
    first = torch.full_like(counts, x.numel()).scatter_reduce(0, inverse, places, "amin")
    order = torch.argsort(first)
    return values[order], torch.argsort(order)[inverse].to(dtype), counts[order].to(dtype)


def _vector(x: Any, op: str) -> torch.Tensor:
    found = as_tensor(x)
    if found.dim() != 1:
        raise ValueError(f"{op}: shape must be rank 1 but is rank {found.dim()}: {tuple(found.shape)}.")
    return found


def _recorded_distinct(x: Any, out_idx: Any, name: str | None, op: str) -> Any:
    found, dtype = _vector(x, op), as_dtype(out_idx)
    results = [([None], found.dtype), (static_sizes(found), dtype), ([None], dtype)]
    return of_unknown_size(_distinct, (found, dtype), results, op, name)


@checked
def unique(x: Any, out_idx: Any = torch.int32, name: str | None = None) -> Unique:
    """The distinct values of a vector, in the order in which they come first.

    Returns:
      `(y, idx)` with `y[idx] == x`; `idx` has the dtype `out_idx`.

    Raises:
      ValueError: `x` is no vector.

    Source: tf.unique.
    """
    y, idx, _ = _recorded_distinct(x, out_idx, name, "Unique")
    return Unique(y, idx)


@checked
def unique_with_counts(x: Any, out_idx: Any = torch.int32, name: str | None = None) -> UniqueWithCounts:
    """As `unique`, and how often each value comes. Source: tf.unique_with_counts."""
    return UniqueWithCounts(*_recorded_distinct(x, out_idx, name, "UniqueWithCounts"))


def _without(x: torch.Tensor, y: torch.Tensor, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    idx = torch.nonzero(~torch.isin(x, y)).squeeze(-1)
    return x[idx], idx.to(dtype)


@checked
def setdiff1d(x: Any, y: Any, index_dtype: Any = torch.int32, name: str | None = None) -> ListDiff:
    """The values of the vector `x` that are not in `y`, in their order, and where they were.

    Source: tf.setdiff1d.
    """
    left, dtype = operands(x, y, "ListDiff"), as_dtype(index_dtype)
    results = [([None], left[0].dtype), ([None], dtype)]
    return ListDiff(*of_unknown_size(_without, (*left, dtype), results, "ListDiff", name))


@checked
def invert_permutation(x: Any, name: str | None = None) -> torch.Tensor:
    """`y` with `y[x[i]] = i`, for a permutation of the numbers from 0. Source: tf.invert_permutation."""
    found = _vector(x, "InvertPermutation")
    return named(torch.argsort(found).to(found.dtype), name, "InvertPermutation")


@checked
def unravel_index(indices: Any, dims: Any, name: str | None = None) -> torch.Tensor:
    """The coordinates, in a tensor of shape `dims`, of the elements that flat `indices` name.

    Returns:
      `[len(dims), *indices.shape]`.

    Source: tf.unravel_index.
    """
    rest = require(as_tensor(indices), INTEGER, "UnravelIndex")
    coordinates = []
    for size in reversed(as_sizes(dims)):
        coordinates.append(torch.remainder(rest, size))
        rest = torch.floor_divide(rest, size)
    return named(torch.stack(coordinates[::-1]), name, "UnravelIndex")
