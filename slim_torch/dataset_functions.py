"""The functions that datasets apply to elements: recorded once, then run for each element.

A function given outside of steps is called once with recorded tensors, into a body of its own that leaves
nothing behind in the graph; one given inside a step is called for each element. Invariant: an input pipeline
computes on the CPU, whatever device the model is on.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from slim_torch import errors
from slim_torch.dataset_structure import (
    Spec,
    as_leaf,
    components_of,
    flat,
    is_dataset,
    leaf_of,
    mapped,
    packed,
    spec_of,
)
from slim_torch.graph import get_default_graph
from slim_torch.inference import tensor_like
from slim_torch.other_layers import SparseTensor
from slim_torch.plan import Body
from slim_torch.recording import computing, record, recorder_of, recording_graph
from slim_torch.symbolic import SymbolicTensor

__all__ = ["Bound", "Failure", "Function", "Run"]


class Failure:
    """An element that could not be made: the error in its place."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Run:
    """One run of a pipeline, from initialization to the end.

    Args:
      values: what the recorded tensors that it starts from are, by id.
      session: the session that it runs in; None for a pipeline that is iterated over directly.
    """

    def __init__(
        self, values: dict[int, Any], session: Any = None, memo: dict[Any, Any] | None = None
    ) -> None:
        self._values = values
        self._session = None if session is None else weakref.ref(session)
        self.memo: dict[Any, Any] = {} if memo is None else memo

    def value(self, tensor: Any) -> Any:
        if not isinstance(tensor, SymbolicTensor):
            return tensor.detach().cpu() if isinstance(tensor, torch.nn.Parameter) else tensor
        found = self._values.get(id(tensor), self)
        if found is self:
            raise ValueError(
                f"The dataset depends on the recorded tensor {tensor.name!r}, which only a session can compute. Use "
                f"make_initializable_iterator and run it in a session."
            )
        return found

    def number(self, value: Any) -> int:
        return int(self.value(value))

    def within(self, tensors: Sequence[Any], values: Sequence[Any]) -> Run:
        """A run that knows other values: that of a dataset that a function made."""
        session = None if self._session is None else self._session()
        return Run({**self._values, **{id(t): v for t, v in zip(tensors, values)}}, session, {})

    def random(self, key: Any, seeds: tuple[Any, ...]) -> random.Random:
        """The numbers of one shuffle: given by its seeds, or by PyTorch's generator where there are none."""
        found = self.memo.get(("random", key))
        if found is None:
            first: Any = repr(seeds)
            if seeds[0] is None and seeds[1] is None:
                first = int(torch.randint(0, 2**62, ()))
            found = self.memo["random", key] = random.Random(first)
        made: random.Random = found
        return made

    @contextmanager
    def context(self) -> Iterator[None]:
        """What a thread needs around work for this run."""
        from slim_torch.session import _sessions

        session = None if self._session is None else self._session()
        _sessions.running.append(session)  # type: ignore[arg-type]
        try:
            with computing(), torch.no_grad():
                yield
        finally:
            _sessions.running.pop()


class Bound:
    """A dataset with the run that knows its values; what a leaf that is a dataset is when it runs."""

    def __init__(self, dataset: Any, run: Run) -> None:
        self._dataset = dataset
        self._run = run

    def items(self) -> Iterator[Any]:
        items: Iterator[Any] = self._dataset._items(self._run)
        return items


class Function:
    """What a dataset calls for each element.

    Args:
      dataset: the dataset whose elements it takes.
      caller: the name of what it is given to.

    Attributes:
      structure: what it gives, a structure of `Spec`s; of a function that is not recorded, what it gave last.
      result: what it gave when it was recorded.
      parallel: whether calls may overlap without another result: nothing random, no effects.

    Raises:
      ValueError: it is not callable.
      TypeError: it gives nothing.
    """

    def __init__(self, function: Callable[..., Any], dataset: Any, caller: str) -> None:
        if not callable(function):
            raise ValueError(f"Argument must be callable, but {caller} got {function!r}.")  # noqa: TRY004 - TensorFlow's
        self._function = function
        self._dataset = dataset
        self._caller = caller
        self.structure: Any = None
        self._sources: list[SymbolicTensor] = []
        self.result: Any = None
        self.parallel = False
        self._body: Body | None = None
        self._compiled: Callable[..., Any] | None = None
        if recording_graph() is not None:
            self._record()

    @property
    def operations(self) -> list[Any]:
        """What it consists of, where it is recorded."""
        return [] if self._body is None else self._body.operations

    def _record(self) -> None:
        from slim_torch.sources import _Draw

        graph = get_default_graph()
        with _function_body(graph, self._caller) as body:
            parameters: list[Any] = []
            arguments = mapped(lambda spec: _parameter(graph, spec, parameters), self._dataset._structure)
            body.parameters = list(parameters)
            self.result = self._called(arguments)
            leaves = flat(self.result)
            body.results = [part for leaf in leaves for part in _parts(leaf)]
        self._body = body
        self.structure = mapped(spec_of, self.result)
        self._sources = list(body.captures)
        self.parallel = not any(
            op.stateful or op.writes or any(isinstance(arg, _Draw) for arg in _everything(op.args))
            for op in body.operations
        )

    def _called(self, arguments: Any) -> Any:
        plain = type(arguments) is tuple
        given = self._function(*arguments) if plain else self._function(arguments)
        if isinstance(given, list):
            given = tuple(given)
        if given is None:
            raise TypeError(f"Unsupported return value from function passed to {self._caller}: None.")
        return mapped(self._as_tensors, given)

    def _as_tensors(self, leaf: Any) -> Any:
        from slim_torch.control_flow import _results
        from slim_torch.tensors import as_tensor

        if is_dataset(leaf):
            return leaf
        if recording_graph() is None:
            return as_leaf(leaf)
        if isinstance(leaf, SparseTensor):
            indices, shape = (_results(as_tensor(x, torch.int64)) for x in (leaf.indices, leaf.dense_shape))
            return SparseTensor(indices, _results(as_tensor(leaf.values)), shape)
        return _results(as_tensor(leaf))

    def bound(self, run: Run) -> Callable[[tuple[Any, ...]], Any]:
        """The function of a flat element, for one run: gives a flat element, or a `Failure`."""
        if self._body is None:
            return self._eager(run)
        if self._compiled is None:
            self._compiled = _compiled(self._body)
        function, captured = self._compiled, [run.value(tensor) for tensor in self._sources]
        leaves = flat(self.result)
        simple = all(isinstance(leaf, SymbolicTensor) for leaf in leaves)
        plain = all(spec.kind == "dense" for spec in flat(self._dataset._structure))

        def call(item: tuple[Any, ...]) -> Any:
            arguments = item if plain else [part for leaf in item for part in components_of(leaf)]
            try:
                values = function(*captured, *arguments)
            except errors.OpError as err:
                return Failure(err)
            except (RuntimeError, ValueError, IndexError, TypeError) as err:
                return Failure(_invalid(err))
            return tuple(values) if simple else _assembled(leaves, values, run)

        return call

    def _eager(self, run: Run) -> Callable[[tuple[Any, ...]], Any]:
        def call(item: tuple[Any, ...]) -> Any:
            given = self._called(packed(self._dataset._structure, iter(item)))
            self.structure = mapped(spec_of, given)
            return tuple(Bound(leaf, run) if is_dataset(leaf) else leaf for leaf in flat(given))

        return call


def _invalid(err: BaseException) -> errors.OpError:
    found = errors.InvalidArgumentError(None, None, str(err))
    found.__cause__ = err
    return found


def _everything(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _everything(item)
    else:
        yield value


def _parts(leaf: Any) -> list[Any]:
    return list(leaf._sources) if is_dataset(leaf) else components_of(leaf)


def _assembled(leaves: Sequence[Any], values: Sequence[Any], run: Run) -> tuple[Any, ...]:
    """The flat element that the values of a body are."""
    found: list[Any] = []
    position = 0
    for leaf in leaves:
        parts = _parts(leaf)
        given = values[position : position + len(parts)]
        position += len(parts)
        if is_dataset(leaf):
            found.append(Bound(leaf, run.within(parts, given)))
        else:
            found.append(SparseTensor(*given) if isinstance(leaf, SparseTensor) else given[0])
    return tuple(found)


@contextmanager
def _function_body(graph: Any, caller: str) -> Iterator[Body]:
    """Recording into a body; its operations are no operations of the graph."""
    from slim_torch.control_flow import _recorded_body

    recorder = recorder_of(graph)
    first = len(recorder.operations)
    scope = graph.unique_name(caller.replace(".", "_"), scope="")
    try:
        with graph.name_scope(scope + "/"), _recorded_body(graph) as body:
            yield body
    finally:
        made = recorder.operations[first:]
        recorder.operations[first:] = [op for op in made if op.body is None]
        for op in made:
            if op.body is not None and op._name is not None:
                recorder._by_name.pop(op._name, None)


def _nothing() -> None:
    return None


def _parameter(graph: Any, spec: Spec, parameters: list[Any]) -> Any:
    """A leaf that stands for an argument; its tensors are added to `parameters`."""
    made = [
        record(_nothing, (), op_type="Parameter", static=tensor_like(shape, dtype), graph=graph)
        for shape, dtype in spec.components()
    ]
    parameters.extend(made)
    if spec.kind == "dataset":
        from slim_torch.datasets import Dataset

        source = made[0]
        return Dataset(spec.nested, lambda run: run.value(source).items(), parameters=made)
    return leaf_of(spec, made)


def _compiled(body: Body) -> Callable[..., Any]:
    from slim_torch.plan import _Source, _Writer

    return _Writer(_Source(torch.device("cpu")), set())._body(body)
