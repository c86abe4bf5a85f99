"""Iterators over datasets: what takes a dataset's elements into a recorded graph.

`get_next` is one operation that gives all tensors of an element, so they belong together in every run. Where
an iterator stands is kept for each session. Inside a step an iterator gives real tensors at once.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from collections.abc import Iterator as PythonIterator
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_functions import Failure, Function, Run
from slim_torch.dataset_padding import parts_like
from slim_torch.dataset_structure import Spec, components_of, flat, leaf_of, mapped, moved, packed, text
from slim_torch.dtypes import as_dtype, string
from slim_torch.graph import Graph, get_default_graph
from slim_torch.inference import no_outputs, tensor_like, tensors_like
from slim_torch.parameter import Variable
from slim_torch.plan import Plan
from slim_torch.recording import Operation, computing, parts_of, record, recorder_of, recording_graph
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensor_shape import TensorShape

__all__ = ["Iterator", "get_single_element", "initializable_iterator", "one_shot_iterator", "reduced"]

_by_handle: weakref.WeakValueDictionary[bytes, Iterator] = weakref.WeakValueDictionary()


class _State:
    """Where an iterator stands in one session."""

    def __init__(self, items: PythonIterator[Any], device: torch.device) -> None:
        self._items = items
        self._device = device
        self._lock = threading.Lock()

    def next(self) -> list[Any]:
        with self._lock:
            item = next(self._items, None)
        if item is None:
            raise errors.OutOfRangeError(None, None, "End of sequence")
        if isinstance(item, Failure):
            # Raised anew each time, for the session writes the operation into it.
            raise type(item.error)(None, None, str(item.error)) from item.error
        parts = [part for leaf in item for part in components_of(leaf)]
        return moved(parts, self._device)


class Iterator:
    """Gives the elements of a dataset one after the other. Source: tf.data.Iterator.

    Made by the methods of a dataset, or by the static methods.
    """

    def __init__(self, structure: Any, graph: Graph | None) -> None:
        self._structure = structure
        self._graph = graph
        self._initializer: Operation | None = None
        self._begins_itself = False
        self._states: weakref.WeakKeyDictionary[Any, _State] = weakref.WeakKeyDictionary()
        self._eager_state: _State | None = None

    # What is known

    @property
    def output_types(self) -> Any:
        """The dtypes, in the structure of an element."""
        return mapped(lambda spec: spec.dtype, self._structure)

    @property
    def output_shapes(self) -> Any:
        """The static shapes, in the structure of an element."""
        return mapped(lambda spec: TensorShape(spec.shape), self._structure)

    @property
    def output_classes(self) -> Any:
        """`tf.Tensor` or `tf.SparseTensor`, in the structure of an element."""
        from slim_torch.other_layers import SparseTensor

        kinds = {"sparse": SparseTensor}
        return mapped(lambda spec: kinds.get(spec.kind, torch.Tensor), self._structure)

    @property
    def initializer(self) -> Operation:
        """The operation that begins the dataset, anew each time.

        Raises:
          ValueError: it begins by itself, or by operations of `make_initializer`.
        """
        if self._initializer is None or self._begins_itself:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    # Making

    @staticmethod
    def from_structure(
        output_types: Any,
        output_shapes: Any = None,
        shared_name: str | None = None,
        output_classes: Any = None,
    ) -> Iterator:
        """An iterator for several datasets, begun by the operations of `make_initializer`.

        Args:
          output_types: the dtypes of an element, in its structure.
          output_shapes: the shapes; unknown ranks by default.
          shared_name, output_classes: accepted without effect; sparse tensors are not supported.
        """
        return Iterator(_structure_of(output_types, output_shapes), _graph("tf.data.Iterator"))

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """An iterator that is, in each run, the one that the handle belongs to.

        Args:
          string_handle: a recorded string, fed with what another iterator's `string_handle()` gave.
        """
        structure = _structure_of(output_types, output_shapes)
        return _Feedable(structure, _graph("tf.data.Iterator"), string_handle)

    def make_initializer(self, dataset: Any, name: str | None = None) -> Operation:
        """The operation that begins `dataset` in this iterator.

        Raises:
          TypeError: the dataset's elements have other dtypes, structures, or shapes.
        """
        if flat(self.output_types) != flat(dataset.output_types):
            raise TypeError(
                f"Expected output types {self.output_types} but got dataset with output types {dataset.output_types}."
            )
        for expected, given in zip(flat(self._structure), flat(dataset._structure)):
            if not TensorShape(expected.shape).is_compatible_with(TensorShape(given.shape)):
                raise TypeError(
                    f"Expected output shapes compatible with {self.output_shapes} but got dataset with output shapes "
                    f"{dataset.output_shapes}."
                )
        return self._initializer_for(dataset, name or "make_initializer")

    def _initializer_for(self, dataset: Any, name: str) -> Operation:
        made: Operation = record(
            _begin,
            (self, dataset, list(dataset._sources)),
            op_type="MakeIterator",
            name=name,
            static=no_outputs(),
            stateful=True,
            graph=self._graph,
        )
        return made

    # Elements

    def get_next(self, name: str | None = None) -> Any:
        """The next element, in the dataset's structure.

        Raises (when run):
          tf.errors.OutOfRangeError: there is none.
          tf.errors.FailedPreconditionError: nothing has begun the iterator in this session.

        Source: tf.data.Iterator.get_next.
        """
        if recording_graph() is None:
            return self._eager_next()
        assert self._graph is not None
        specs = flat(self._structure)
        shapes = [pair for spec in specs for pair in spec.components()]
        made = record(
            _next,
            (self, *self._arguments()),
            op_type="IteratorGetNext",
            name=name or "IteratorGetNext",
            static=tensors_like(list, shapes),
            stateful=True,
            graph=self._graph,
        )
        parts = iter(made)
        leaves = [leaf_of(spec, [next(parts) for _ in spec.components()]) for spec in specs]
        return packed(self._structure, iter(leaves))

    def string_handle(self, name: str | None = None) -> Any:
        """A string that stands for this iterator in `feed_dict`, for `from_string_handle`."""
        handle = f"slim_torch iterator {id(self)}".encode()
        _by_handle[handle] = self
        return record(
            _handle,
            (self, text(handle)),
            op_type="IteratorToStringHandle",
            name=name or "IteratorToStringHandle",
            static=tensor_like([], string),
            graph=self._graph,
        )

    def _arguments(self) -> tuple[Any, ...]:
        return ()

    def _state(self) -> _State:
        """The state in the session that is running."""
        from slim_torch.session import current_session

        session = current_session()
        state = self._states.get(session)
        if state is None and self._begins_itself:
            # Apart from the plan of the run, so that what the dataset starts from is computed once.
            assert self._graph is not None
            Plan(self._graph, [self._initializer], [], torch.device("cpu")).run()
            state = self._states.get(session)
        if state is None:
            raise errors.FailedPreconditionError(
                None,
                None,
                "GetNext() failed because the iterator has not been initialized. Ensure that you have run the initializer "
                "operation for this iterator before getting the next element.",
            )
        return state

    def _eager_next(self) -> Any:
        if self._eager_state is None:
            raise errors.FailedPreconditionError(
                None, None, "Inside a step only iterators that were made there give elements."
            )
        with computing(), torch.no_grad():
            parts = iter(self._eager_state.next())
        specs = flat(self._structure)
        leaves = [leaf_of(spec, [next(parts) for _ in spec.components()]) for spec in specs]
        return packed(self._structure, iter(leaves))

    def __iter__(self) -> PythonIterator[Any]:
        """The elements that are left, inside a step."""
        while True:
            try:
                yield self._eager_next()
            except errors.OutOfRangeError:
                return


class _Feedable(Iterator):
    """The iterator whose handle is fed."""

    def __init__(self, structure: Any, graph: Graph, handle: Any) -> None:
        super().__init__(structure, graph)
        self._handle = handle

    def _arguments(self) -> tuple[Any, ...]:
        return (self._handle,)


def _next(iterator: Iterator, handle: Any = None) -> list[Any]:
    if handle is not None:
        content = handle.item() if isinstance(handle, np.ndarray) else handle
        content = content.encode() if isinstance(content, str) else content
        found = _by_handle.get(content)
        if found is None:
            raise errors.InvalidArgumentError(None, None, f"No iterator has the handle {content!r}.")
        iterator = found
    return iterator._state().next()


def _handle(iterator: Iterator, handle: Any) -> Any:
    return handle


def _begin(iterator: Iterator, dataset: Any, values: Sequence[Any]) -> None:
    from slim_torch.session import current_session

    session = current_session()
    iterator._states[session] = _State(_items(dataset, values, session), session._device)


def _items(dataset: Any, values: Sequence[Any], session: Any) -> PythonIterator[Any]:
    on_cpu = [value.cpu() if isinstance(value, torch.Tensor) else value for value in values]
    run = Run({id(tensor): value for tensor, value in zip(dataset._sources, on_cpu)}, session)
    items: PythonIterator[Any] = dataset._items(run)
    return items


def _graph(what: str) -> Graph:
    graph = recording_graph()
    if graph is None:
        raise RuntimeError(
            f"{what} inside graph.step(): iterate over the dataset, or over its one-shot iterator."
        )
    recorder_of(graph)
    return graph


def _structure_of(types: Any, shapes: Any) -> Any:
    from slim_torch.symbolic import as_static_shape

    dtypes = mapped(as_dtype, types)
    given = [None] * len(flat(dtypes)) if shapes is None else parts_like(dtypes, shapes)
    specs = [Spec(dtype, as_static_shape(shape)) for dtype, shape in zip(flat(dtypes), given)]
    return packed(dtypes, iter(specs))


def one_shot_iterator(dataset: Any) -> Iterator:
    """See `Dataset.make_one_shot_iterator`."""
    graph = recording_graph()
    iterator = Iterator(dataset._structure, graph)
    if graph is None:
        iterator._eager_state = _State(dataset._items(Run({})), torch.device("cpu"))
        return iterator
    recorder_of(graph)
    _check_captures(dataset)
    iterator._begins_itself = True
    iterator._initializer = iterator._initializer_for(dataset, "OneShotIterator")
    return iterator


def initializable_iterator(dataset: Any) -> Iterator:
    """See `Dataset.make_initializable_iterator`."""
    iterator = Iterator(dataset._structure, _graph("make_initializable_iterator"))
    iterator._initializer = iterator._initializer_for(dataset, "MakeIterator")
    return iterator


def _check_captures(dataset: Any) -> None:
    """A one-shot iterator starts from what never changes."""
    variables = [variable.name for variable in dataset._variables]
    stack = [tensor.op for tensor in dataset._sources]
    for function in dataset._bodies:
        stack.extend(function.operations)
    seen: set[int] = set()
    while stack:
        op = stack.pop()
        if id(op) in seen:
            continue
        seen.add(id(op))
        if op.type == "Placeholder":
            raise ValueError(
                f"Cannot capture a placeholder (name:{op.name}, type:Placeholder) by value. Use "
                f"make_initializable_iterator, and feed the placeholder when you run its initializer."
            )
        for part in parts_of((op.args, op.kwargs)):
            if isinstance(part, SymbolicTensor):
                stack.append(part.op)
            elif isinstance(part, Variable):
                variables.append(part.name)
    if variables:
        raise ValueError(
            f"Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does not support "
            f"datasets that capture stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
            f"`Dataset.make_initializable_iterator()`. (Original error: Cannot capture a stateful node "
            f"(name:{variables[0]}) by value.)"
        )


# All elements at once


def _single(dataset: Any, values: Sequence[Any]) -> list[Any]:
    from slim_torch.session import current_session

    session = current_session()
    state = _State(_items(dataset, values, session), session._device)
    try:
        made = state.next()
    except errors.OutOfRangeError:
        raise errors.InvalidArgumentError(None, None, "Dataset was empty.") from None
    try:
        state.next()
    except errors.OutOfRangeError:
        return made
    raise errors.InvalidArgumentError(None, None, "Dataset had more than one element.")


def get_single_element(dataset: Any) -> Any:
    """The one element of a dataset. Source: tf.data.experimental.get_single_element.

    Raises (when run):
      tf.errors.InvalidArgumentError: there are none, or several.
    """
    if recording_graph() is None:
        found = list(dataset)
        if len(found) != 1:
            raise errors.InvalidArgumentError(
                None, None, "Dataset was empty." if not found else "Dataset had more than one element."
            )
        return found[0]
    return _of_all(_single, dataset, dataset._structure, "DatasetToSingleElement")


def _of_all(function: Callable[..., Any], dataset: Any, structure: Any, name: str, *args: Any) -> Any:
    specs = flat(structure)
    made = record(
        function,
        (dataset, list(dataset._sources), *args),
        op_type=name,
        name=name,
        static=tensors_like(list, [pair for spec in specs for pair in spec.components()]),
        stateful=True,
        graph=get_default_graph(),
    )
    parts = iter(made)
    return packed(
        structure, iter([leaf_of(spec, [next(parts) for _ in spec.components()]) for spec in specs])
    )


class _StateAndElement:
    """What a `reduce` function takes, as `Function` wants to know it."""

    def __init__(self, structure: Any) -> None:
        self._structure = structure


def _reduce(dataset: Any, values: Sequence[Any], function: Function, captured: Any, state: Any) -> list[Any]:
    from slim_torch.session import current_session

    session = current_session()
    run = Run(
        {
            **{id(tensor): value for tensor, value in zip(dataset._sources, values)},
            **{id(tensor): value for tensor, value in zip(function._sources, captured)},
        },
        session,
    )
    step = function.bound(run)
    current = tuple(state)
    for item in dataset._items(run):
        made = item if isinstance(item, Failure) else step((*current, *item))
        if isinstance(made, Failure):
            raise made.error
        current = made
    return list(current)


def reduced(dataset: Any, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
    """See `Dataset.reduce`."""
    from slim_torch.dataset_structure import as_leaf, spec_of

    state = mapped(as_leaf, initial_state)
    if recording_graph() is None:
        for element in dataset:
            state = reduce_func(state, element)
        return state
    structure = mapped(spec_of, state)
    function = Function(reduce_func, _StateAndElement((structure, dataset._structure)), "Dataset.reduce")
    return _of_all(
        _reduce, dataset, function.structure, "ReduceDataset", function, list(function._sources), flat(state)
    )
