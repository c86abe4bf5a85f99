"""`tf.TensorArray`: a list of tensors that loops write to and read from.

An array is a value: writing gives a new array and leaves the old one as it is. What stands for it in a
recorded graph, and goes through loops and branches, is its `flow`, a tensor in name only: when the graph
runs it is an `Elements`. Inside a step `flow` is that from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import torch

from slim_torch import errors
from slim_torch.control_flow import no_op
from slim_torch.dtypes import as_dtype, string
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.symbolic import SymbolicTensor, merged_shape, shown, static_shape
from slim_torch.symbolic import as_static_shape as listed
from slim_torch.tensors import as_tensor, known_value

__all__ = ["TensorArray"]


class Elements:
    """The elements of one array at one moment; None for those that nothing has written."""

    def __init__(self, items: list[Any], dtype: Any, grows: bool) -> None:
        self.items = items
        self.dtype = dtype
        self.grows = grows

    def written(self, places: Sequence[int], values: Sequence[Any]) -> Elements:
        """The same with `values` at `places`."""
        items = list(self.items)
        for place, value in zip(places, values):
            if place < 0 or (place >= len(items) and not self.grows):
                _fail(
                    f"Tried to write to index {place} but array is not resizeable and size is: {len(items)}"
                )
            items.extend([None] * (place + 1 - len(items)))
            if items[place] is not None:
                _fail(f"Could not write to TensorArray index {place} because it has already been written to.")
            items[place] = value
        return Elements(items, self.dtype, self.grows)

    def read(self, place: int, shape: Sequence[int | None] | None) -> Any:
        """One element; zeros where nothing was written, if it can be known how many."""
        if not 0 <= place < len(self.items):
            _fail(f"Tried to read from index {place} but array size is: {len(self.items)}")
        item = self.items[place]
        if item is not None:
            return item
        like = next((item for item in self.items if item is not None), None)
        if shape is not None and None not in shape:
            sizes: Any = shape
        elif like is not None:
            sizes = like.shape
        else:
            _fail(
                f"Could not read from TensorArray index {place}: nothing has been written to it, and the element shape "
                f"is not fully defined: {shown(shape, '[]')}. Write to it first, or give the array an element_shape."
            )
        if self.dtype is string:
            return np.full(tuple(sizes), b"", dtype=object)
        return torch.zeros(tuple(sizes), dtype=self.dtype, device=None if like is None else like.device)


def _fail(message: str) -> NoReturn:
    raise errors.InvalidArgumentError(None, None, message)


# What the operations do when they run


def _make(size: Any, dtype: Any, grows: bool) -> Elements:
    return Elements([None] * int(size), dtype, grows)


def _check(flow: Elements, value: Any) -> None:
    given = string if isinstance(value, np.ndarray) else value.dtype
    if given != flow.dtype:
        _fail(f"TensorArray dtype is {_name(flow.dtype)} but Op is trying to write dtype {_name(given)}.")


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _write(flow: Elements, index: Any, value: Any) -> Elements:
    _check(flow, value)
    return flow.written([int(index)], [value])


def _rows(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, np.ndarray) else value.unbind(0)


def _scatter(flow: Elements, indices: Any, value: Any) -> Elements:
    _check(flow, value)
    rows = _rows(value)
    places = [*range(len(rows))] if indices is None else [int(i) for i in indices.reshape(-1)]
    if len(places) != len(rows):
        _fail(f"Expected as many indices as rows of the value, got {len(places)} and {len(rows)}.")
    return flow.written(places, rows)


def _split(flow: Elements, value: Any, lengths: Any) -> Elements:
    _check(flow, value)
    sizes = [int(length) for length in lengths]
    if sum(sizes) != value.shape[0]:
        _fail(
            f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {sum(sizes)} and value's "
            f"shape is: {list(value.shape)}"
        )
    if isinstance(value, np.ndarray):
        pieces: Any = np.split(value, np.cumsum(sizes)[:-1])
    else:
        pieces = value.split(sizes)
    return flow.written([*range(len(sizes))], pieces)


def _read(flow: Elements, index: Any, shape: Any) -> Any:
    return flow.read(int(index), shape)


def _gather(flow: Elements, indices: Any, shape: Any) -> Any:
    places = [*range(len(flow.items))] if indices is None else [int(i) for i in indices.reshape(-1)]
    if not places:
        if shape is None or None in shape:
            raise errors.UnimplementedError(
                None,
                None,
                f"TensorArray has size zero, but element shape {shown(shape)} is not fully defined. Currently only static "
                f"shapes are supported when packing zero-size TensorArrays.",
            )
        if flow.dtype is string:
            return np.empty((0, *shape), dtype=object)
        return torch.zeros((0, *shape), dtype=flow.dtype)
    parts = [flow.read(place, shape) for place in places]
    if any(part.shape != parts[0].shape for part in parts):
        shapes = ", ".join(str(list(part.shape)) for part in parts)
        _fail(f"TensorArray has inconsistent shapes: the elements to be packed have shapes {shapes}.")
    return np.stack(parts) if flow.dtype is string else torch.stack(parts)


def _concat(flow: Elements, shape: Any) -> Any:
    parts = [flow.read(place, shape) for place, _ in enumerate(flow.items)]
    if any(part.ndim == 0 for part in parts):
        _fail("Concat saw a scalar shape at index 0 but requires at least vectors.")
    return np.concatenate(parts) if flow.dtype is string else torch.cat(parts)


def _size(flow: Elements) -> torch.Tensor:
    return torch.tensor(len(flow.items), dtype=torch.int32)


def _same(flow: Elements) -> Elements:
    return flow


class TensorArray:
    """A list of tensors of one dtype.

    Args:
      size: how many elements it has, a number or a 0-d integer tensor.
      dynamic_size: whether writing past the end makes it longer.
      infer_shape: whether all elements must have one shape, which is found out from what is written.
      element_shape: that shape, as far as it is known.
      tensor_array_name, clear_after_read, colocate_with_first_write_call: accepted without effect: memory is
        freed when nothing needs it any more, and an element can be read as often as you like.

    Raises:
      ValueError: neither `size` nor `flow` is given.

    Source: tf.TensorArray.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if handle is not None:
            raise ValueError("TensorArray: there are no handles. Pass the `flow` of another array.")
        self._dtype = as_dtype(dtype)
        given = listed(element_shape)
        # Shared by all arrays that writing makes of this one, also those that a loop's body makes.
        self._element_shape: list[list[int | None] | None] = [given]
        self._infers = infer_shape or given is not None
        self._dynamic = bool(dynamic_size)
        if flow is not None:
            self._flow = flow
            return
        if size is None:
            raise ValueError("Size must be provided if handle is not provided")
        self._flow = self._recorded(
            _make, (size, self._dtype, self._dynamic), "TensorArrayV3", name or "TensorArray"
        )

    # What it is

    @property
    def flow(self) -> Any:
        return self._flow

    handle = flow

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def dynamic_size(self) -> bool:
        return self._dynamic

    @property
    def element_shape(self) -> Any:
        """The shape of the elements as far as it is known, a `TensorShape`."""
        from slim_torch.tensor_shape import TensorShape

        return TensorShape(self._element_shape[0])

    @property
    def components(self) -> tuple[Any, ...]:
        """What goes through a loop in its place."""
        return (self._flow,)

    def with_components(self, flow: Any) -> TensorArray:
        """This array at another moment."""
        other = TensorArray(self._dtype, flow=flow, infer_shape=self._infers, dynamic_size=self._dynamic)
        other._element_shape = self._element_shape
        return other

    def identity(self) -> TensorArray:
        """The same array, after the control dependencies that are in force."""
        return self.with_components(self._recorded(_same, (self._flow,), "Identity", "Identity"))

    def close(self, name: str | None = None) -> Any:
        """An operation that does nothing: there is nothing to free."""
        return no_op(name or "TensorArrayCloseV3")

    def size(self, name: str | None = None) -> Any:
        """The number of elements, a 0-d int32 tensor."""
        return self._result(_size, "TensorArraySizeV3", (self._flow,), [], torch.int32, name)

    # Writing

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` as element `index`.

        Raises:
          ValueError: the shape of `value` is not that of the other elements.
          tf.errors.InvalidArgumentError: when run: the element has been written before, there is no such element,
            or the dtype is another.
        """
        with name_scope(name, "TensorArrayWrite", [index, value]):
            value = self._value(value)
            self._found(_static(value))
            return self._written(_write, (self._flow, index, value), "TensorArrayWriteV3")

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value[i]` as element `indices[i]`; see `write`."""
        with name_scope(name, "TensorArrayScatter", [indices, value]):
            value = self._value(value)
            self._found(_of_rows(_static(value)))
            return self._written(_scatter, (self._flow, as_tensor(indices), value), "TensorArrayScatterV3")

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value[i]` as element `i`; see `write`."""
        with name_scope(name, "TensorArrayUnstack", [value]):
            value = self._value(value)
            self._found(_of_rows(_static(value)))
            with name_scope("TensorArrayScatter"):
                return self._written(_scatter, (self._flow, None, value), "TensorArrayScatterV3")

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The array with the parts of `value`, `lengths[i]` long along the first axis, as elements; see `write`."""
        with name_scope(name, "TensorArraySplit", [value, lengths]):
            value, lengths = self._value(value), as_tensor(lengths)
            known, shape = known_value(lengths), _static(value)
            if known is not None and known.size and (known == known[0]).all() and shape:
                self._found([int(known[0]), *shape[1:]])
            return self._written(_split, (self._flow, value, lengths), "TensorArraySplitV3")

    # Reading

    def read(self, index: Any, name: str | None = None) -> Any:
        """Element `index`; zeros if nothing has written it.

        Raises:
          tf.errors.InvalidArgumentError: when run: there is no such element, or it was not written, and no shape is
            known.
        """
        shape = self._element_shape[0]
        return self._result(_read, "TensorArrayReadV3", (self._flow, index, shape), shape, self._dtype, name)

    def stack(self, name: str | None = None) -> Any:
        """All elements, along a new first axis."""
        with name_scope(name, "TensorArrayStack"):
            return self.gather(None)

    def gather(self, indices: Any, name: str | None = None) -> Any:
        """The elements at `indices`, along a new first axis.

        Raises:
          tf.errors.InvalidArgumentError: when run, the elements differ in shape; see `read`.
          tf.errors.UnimplementedError: when run, there are none, and no shape is known.
        """
        shape = self._element_shape[0]
        whole = None if shape is None else [None, *shape]
        places = None if indices is None else as_tensor(indices)
        return self._result(
            _gather, "TensorArrayGatherV3", (self._flow, places, shape), whole, self._dtype, name
        )

    def concat(self, name: str | None = None) -> Any:
        """All elements, one after the other along their first axis; otherwise as `gather`."""
        shape = self._element_shape[0]
        whole = None if not shape else [None, *shape[1:]]
        return self._result(_concat, "TensorArrayConcatV3", (self._flow, shape), whole, self._dtype, name)

    # Recording

    def _value(self, value: Any) -> Any:
        return value if isinstance(value, torch.Tensor) else as_tensor(value, self._dtype)

    def _found(self, shape: list[int | None] | None) -> None:
        """Keeps what a write says about the shape of the elements."""
        known = self._element_shape[0]
        if not self._infers or shape is None:
            return
        if known is None:
            self._element_shape[0] = shape
            return
        try:
            self._element_shape[0] = merged_shape(known, shape)
        except ValueError as err:
            raise ValueError(
                f"Inconsistent shapes: saw {shown(shape)} but expected {shown(known)}. Give the TensorArray "
                f"infer_shape=False if its elements differ in shape."
            ) from err

    def _written(self, function: Callable[..., Any], args: tuple[Any, ...], op_type: str) -> TensorArray:
        return self.with_components(self._recorded(function, args, op_type, op_type))

    def _recorded(self, function: Callable[..., Any], args: tuple[Any, ...], op_type: str, name: str) -> Any:
        """A flow."""
        graph = recording_graph()
        if graph is None:
            return function(*args)
        return record(
            function, args, op_type=op_type, name=name, static=tensor_like([], torch.float32), graph=graph
        )

    def _result(
        self,
        function: Callable[..., Any],
        op_type: str,
        args: tuple[Any, ...],
        shape: Any,
        dtype: Any,
        name: str | None,
    ) -> Any:
        graph = recording_graph()
        if graph is None:
            return function(*args)
        return record(
            function,
            args,
            op_type=op_type,
            name=name or op_type,
            static=tensor_like(shape, dtype),
            graph=graph,
        )


def _static(value: Any) -> list[int | None] | None:
    return static_shape(value.stand_ins) if isinstance(value, SymbolicTensor) else list(value.shape)


def _of_rows(shape: list[int | None] | None) -> list[int | None] | None:
    if shape == []:
        raise ValueError("Shape must be at least rank 1 but is rank 0: a scalar has no rows.")
    return None if shape is None else shape[1:]
