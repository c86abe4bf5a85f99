"""Changing some rows or elements of a variable: the scatter functions, and `IndexedSlices`, which they take.

As assignments (`recorded_variable.py`) they are operations outside of steps, whose output is the variable
afterwards, and inside of steps they write at once. Scattering into new tensors is in `tf/indexing.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import torch

from slim_torch import errors
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import tensor_like
from slim_torch.parameter import Variable
from slim_torch.recorded_variable import RecordedVariable
from slim_torch.recording import Operation, record, recorder_of, recording_graph
from slim_torch.symbolic import SymbolicTensor, merged_shape, shown, static_shape
from slim_torch.tensors import as_tensor
from slim_torch.traced import converted

__all__ = [
    "IndexedSlices",
    "IndexedSlicesValue",
    "assert_variables_initialized",
    "batch_scatter_update",
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]


class IndexedSlicesValue(NamedTuple):
    """The value of an `IndexedSlices`, as NumPy arrays."""

    values: Any
    indices: Any
    dense_shape: Any


class IndexedSlices:
    """Some rows of a larger tensor. Source: tf.IndexedSlices.

    Attributes:
      values: `[n, ...]`.
      indices: `[n]`: which row of the larger tensor each is.
      dense_shape: the shape of the larger tensor, if it is known.
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values, self._indices, self._dense_shape = values, indices, dense_shape

    @property
    def values(self) -> Any:
        return self._values

    @property
    def indices(self) -> Any:
        return self._indices

    @property
    def dense_shape(self) -> Any:
        return self._dense_shape

    @property
    def dtype(self) -> Any:
        return self._values.dtype

    @property
    def device(self) -> Any:
        return self._values.device

    @property
    def op(self) -> Any:
        return self._values.op

    @property
    def name(self) -> str:
        return str(self._values.name)

    @property
    def graph(self) -> Any:
        return self._values.graph

    @property
    def components(self) -> tuple[Any, ...]:
        """What goes through a branch in its place, and what a session fetches for it."""
        parts = (self._values, self._indices, self._dense_shape)
        return parts if self._dense_shape is not None else parts[:2]

    session_parts = components

    @staticmethod
    def with_components(values: Any, indices: Any, dense_shape: Any = None) -> IndexedSlices:
        """Slices of these tensors."""
        return IndexedSlices(values, indices, dense_shape)

    @staticmethod
    def session_value(values: Any, indices: Any, dense_shape: Any = None) -> IndexedSlicesValue:
        """What a session gives for it."""
        return IndexedSlicesValue(values, indices, dense_shape)

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"


# What the operations do when they run


def _check_indices(indices: torch.Tensor, size: int) -> None:
    flat = indices.reshape(-1)
    outside = ((flat < 0) | (flat >= size)).nonzero()
    if len(outside):
        place = int(outside[0])
        raise errors.InvalidArgumentError(
            None, None, f"indices[{place}] = {int(flat[place])} is not in [0, {size})"
        )


_Change = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], None]


def _set(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    # One after the other, so that of equal indices the last one counts.
    if len(at.unique()) == len(at):
        rows[at] = new
    else:
        for place, row in zip(at.tolist(), new):
            rows[place] = row


def _add(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    rows.index_add_(0, at, new)


def _subtract(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    rows.index_add_(0, at, new, alpha=-1)


def _multiply(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    _reduce(rows, at, new, "prod")


def _divide(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    floating = rows.is_floating_point()
    for place, row in zip(at.tolist(), new):
        rows[place] = torch.div(rows[place], row, rounding_mode=None if floating else "trunc")


def _least(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    _reduce(rows, at, new, "amin")


def _greatest(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor) -> None:
    _reduce(rows, at, new, "amax")


def _reduce(rows: torch.Tensor, at: torch.Tensor, new: torch.Tensor, how: str) -> None:
    rows.scatter_reduce_(0, at.reshape(-1, *[1] * (new.dim() - 1)).expand(new.shape), new, how)


def _scatter_rows(
    variable: Variable, change: _Change, indices: torch.Tensor, updates: torch.Tensor
) -> Variable:
    """Changes rows of the first axis; `indices` may have any shape, and `updates` be one number."""
    row = variable.shape[1:]
    wanted = (*indices.shape, *row)
    if updates.dim() and tuple(updates.shape) != wanted:
        _refuse_updates(list(updates.shape), list(wanted), "InvalidArgument")
    _check_indices(indices, variable.shape[0])
    with torch.no_grad():
        values = updates.detach().expand(wanted).reshape(-1, *row)
        change(variable.detach(), indices.reshape(-1).long(), values)
    return variable


def _scatter_elements(
    variable: Variable, change: _Change, indices: torch.Tensor, updates: torch.Tensor
) -> Variable:
    """Changes what each `indices[..., :]` points at."""
    depth = indices.shape[-1]
    outer, inner = list(variable.shape[:depth]), list(variable.shape[depth:])
    wanted = [*indices.shape[:-1], *inner]
    if list(updates.shape) != wanted:
        _refuse_updates(list(updates.shape), wanted, "InvalidArgument")
    flat = indices.reshape(-1, depth).long()
    limits = torch.tensor(outer, device=flat.device)
    outside = ((flat < 0) | (flat >= limits)).any(1).nonzero()
    if len(outside):
        place = int(outside[0])
        shape = ",".join(map(str, variable.shape))
        raise errors.InvalidArgumentError(
            None,
            None,
            f"indices[{place}] = {str(flat[place].tolist()).replace(' ', '')} does not index into shape [{shape}]",
        )
    with torch.no_grad():
        rows = variable.detach().clone(memory_format=torch.contiguous_format).reshape(-1, *inner)
        strides = [1] * depth
        for axis in range(depth - 1, 0, -1):
            strides[axis - 1] = strides[axis] * outer[axis]
        at = (flat * torch.tensor(strides, device=flat.device)).sum(1)
        change(rows, at, updates.detach().reshape(-1, *inner))
        variable.copy_(rows.reshape(variable.shape))
    return variable


def _scatter_in_batches(
    variable: Variable, change: _Change, indices: torch.Tensor, updates: torch.Tensor
) -> Variable:
    """`variable[b, indices[b, i]] = updates[b, i]` for leading axes `b`."""
    outer = indices.shape[:-1]
    places = [
        torch.arange(size, device=indices.device).reshape(
            [-1 if i == axis else 1 for i, _ in enumerate(indices.shape)]
        )
        for axis, size in enumerate(outer)
    ]
    full = torch.stack([*(place.expand(indices.shape) for place in places), indices.long()], -1)
    return _scatter_elements(variable, change, full, updates)


def _refuse_updates(given: Sequence[Any], wanted: Sequence[Any], kind: str) -> NoReturn:
    message = (
        f"Shapes must be equal: updates have shape {shown(given, '[]')}, the indices and the variable ask for "
        f"{shown(wanted, '[]')}."
    )
    if kind == "InvalidArgument":
        raise errors.InvalidArgumentError(None, None, message)
    raise ValueError(message)


# Recording them


def _static(x: Any) -> list[int | None] | None:
    return static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)


def _target(ref: Any) -> tuple[Variable | None, list[Operation]]:
    """The variable to change, and what has to run before: the output of an assignment is the variable after it."""
    if isinstance(ref, SymbolicTensor) and len(ref.op.writes) == 1:
        return ref.op.writes[0], [ref.op]
    return (ref if isinstance(ref, Variable) else None), []


def _scattered(
    run: Callable[..., Variable],
    change: _Change,
    op_type: str,
    ref: Any,
    indices: Any,
    updates: Any,
    name: str | None,
) -> Any:
    recording = recording_graph() is not None
    variable, before = _target(converted(ref) if recording else ref)
    if variable is None:
        raise AttributeError(
            f"{type(ref).__name__!r} object has no attribute '_lazy_read': {op_type} changes a variable, got {ref!r}. "
            f"Use tf.tensor_scatter_update for a tensor."
        )
    if recording:
        recorder_of(variable.graph)
    elif isinstance(variable, RecordedVariable):
        variable.mark_initialized()
    at = converted(indices) if recording else indices
    at = at if isinstance(at, torch.Tensor) else as_tensor(at)
    if at.dtype not in (torch.int32, torch.int64):
        raise TypeError(
            f"Value passed to parameter 'indices' has DataType {str(at.dtype)[6:]} not in list of allowed values: "
            f"int32, int64"
        )
    new = converted(updates) if recording else updates
    new = new if isinstance(new, torch.Tensor) else as_tensor(new, variable.dtype)
    if new.dtype != variable.dtype:
        raise TypeError(
            f"Input 'updates' of '{op_type}' Op has type {str(new.dtype)[6:]} that does not match type "
            f"{str(variable.dtype)[6:]} of argument 'ref'. Convert it with tf.cast."
        )
    _check_static(run, variable, _static(at), _static(new))
    if not recording:
        with torch._C.DisableTorchFunctionSubclass():
            return run(variable, change, at.to(variable.device), new.to(variable.device))
    with recorder_of(variable.graph).control_dependencies(before):
        return record(
            run,
            (variable, change, at, new),
            op_type=op_type,
            name=name or op_type,
            writes=(variable,),
            static=tensor_like(variable.get_shape().as_list(), variable.dtype),
        )


def _check_static(run: Any, variable: Variable, at: Any, new: Any) -> None:
    """Raises ValueError for updates that fit no indices."""
    if at is None or new is None:
        return
    shape = variable.get_shape().as_list()
    if run is _scatter_rows:
        wanted = [*at, *shape[1:]]
        if new == []:
            return
    elif run is _scatter_in_batches:
        wanted = [*at, *shape[len(at) :]]
    else:
        depth = at[-1] if at else None
        if depth is None:
            return
        if depth > len(shape):
            raise ValueError(
                f"indices.shape[-1] must be <= ref.rank: {depth} indices for a variable of shape {shown(shape, '[]')}."
            )
        wanted = [*at[:-1], *shape[depth:]]
    try:
        merged_shape(new, wanted)
    except ValueError:
        _refuse_updates(new, wanted, "Value")


def scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Writes rows of a variable: `ref[indices[i]] = updates[i]`. Source: tf.scatter_update.

    Args:
      indices: int32 or int64, of any shape; of equal ones the last counts.
      updates: `indices.shape + ref.shape[1:]`, or one number.
      use_locking: accepted without effect.

    Returns:
      The variable afterwards: an operation's output outside of steps, the variable itself inside.

    Raises:
      TypeError: `indices` are no integers, or `updates` have another dtype.
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: when run, an index is outside of the variable.
    """
    return _scattered(_scatter_rows, _set, "ScatterUpdate", ref, indices, updates, name)


def scatter_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Adds to rows of a variable; equal indices add up. See `scatter_update`. Source: tf.scatter_add."""
    return _scattered(_scatter_rows, _add, "ScatterAdd", ref, indices, updates, name)


def scatter_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtracts from rows of a variable; see `scatter_add`. Source: tf.scatter_sub."""
    return _scattered(_scatter_rows, _subtract, "ScatterSub", ref, indices, updates, name)


def scatter_mul(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Multiplies rows of a variable; see `scatter_add`. Source: tf.scatter_mul."""
    return _scattered(_scatter_rows, _multiply, "ScatterMul", ref, indices, updates, name)


def scatter_div(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Divides rows of a variable; see `scatter_add`. Source: tf.scatter_div."""
    return _scattered(_scatter_rows, _divide, "ScatterDiv", ref, indices, updates, name)


def scatter_min(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """The lesser of rows of a variable and `updates`; see `scatter_add`. Source: tf.scatter_min."""
    return _scattered(_scatter_rows, _least, "ScatterMin", ref, indices, updates, name)


def scatter_max(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """The greater of rows of a variable and `updates`; see `scatter_add`. Source: tf.scatter_max."""
    return _scattered(_scatter_rows, _greatest, "ScatterMax", ref, indices, updates, name)


def scatter_nd_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Writes elements or slices of a variable: `ref[indices[i, :]] = updates[i]`. Source: tf.scatter_nd_update.

    Args:
      indices: `[..., k]`, int32 or int64: the first `k` axes' places, `k <= ref.rank`.
      updates: `indices.shape[:-1] + ref.shape[k:]`.

    Otherwise as `scatter_update`.
    """
    return _scattered(_scatter_elements, _set, "ScatterNdUpdate", ref, indices, updates, name)


def scatter_nd_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Adds to elements or slices of a variable; see `scatter_nd_update`. Source: tf.scatter_nd_add."""
    return _scattered(_scatter_elements, _add, "ScatterNdAdd", ref, indices, updates, name)


def scatter_nd_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtracts from elements or slices of a variable; see `scatter_nd_update`. Source: tf.scatter_nd_sub."""
    return _scattered(_scatter_elements, _subtract, "ScatterNdSub", ref, indices, updates, name)


def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """`ref[b, indices[b, i]] = updates[b, i]`, for all leading places `b`. Source: tf.batch_scatter_update."""
    return _scattered(_scatter_in_batches, _set, "ScatterNdUpdate", ref, indices, updates, name)


def scatter_slices(
    function: Callable[..., Any], variable: Any, sparse_delta: Any, use_locking: bool, name: str | None
) -> Any:
    """What `Variable.scatter_*` does: `function` with the rows of an `IndexedSlices`.

    Raises:
      TypeError: `sparse_delta` is none.
    """
    if not isinstance(sparse_delta, IndexedSlices):
        raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
    return function(variable, sparse_delta.indices, sparse_delta.values, use_locking=use_locking, name=name)


def assert_variables_initialized(var_list: Sequence[Any] | None = None) -> Any:
    """Ranks of variables; FailedPreconditionError, when run, unless all of them have values.

    Args:
      var_list: by default the global and local variables that exist now. None of them: gives None.

    Source: tf.assert_variables_initialized.
    """
    graph = get_default_graph()
    if var_list is None:
        var_list = [
            *graph.get_collection(GraphKeys.GLOBAL_VARIABLES),
            *graph.get_collection(GraphKeys.LOCAL_VARIABLES),
        ]
    if not var_list:
        return None
    if recording_graph() is None:
        return _ranks(var_list)
    single = len(var_list) == 1
    return record(
        _ranks,
        (list(var_list),),
        op_type="Rank" if single else "stack",
        name="Rank" if single else "stack",
        static=tensor_like([] if single else [len(var_list)], torch.int32),
        stateful=True,
        graph=graph,
    )


def _ranks(variables: Sequence[Variable]) -> torch.Tensor:
    ranks = torch.tensor([variable.dim() for variable in variables], dtype=torch.int32)
    return ranks[0] if len(variables) == 1 else ranks
