"""Queues of recorded graphs.

TensorFlow fills a queue from threads. Here a run that takes from a queue with a runner pulls: it runs the
runner's operations, in turn, until there is enough, so the same program gives the same values each time. A
queue without a runner waits for whoever fills it, another thread perhaps. What is in a queue is kept for each
session. What a runner is stands in `queue_runners.py`, which queues make up input pipelines in
`input_queues.py`.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_streams import pad_and_stack, row_of, stacked
from slim_torch.dataset_structure import Spec, components_of, leaf_of, moved
from slim_torch.dtypes import as_dtype
from slim_torch.inference import no_outputs, tensor_like, tensors_like
from slim_torch.plan import Plan
from slim_torch.recording import Operation, record, recorder_of, recording_graph
from slim_torch.sources import _Draw, constant
from slim_torch.symbolic import as_static_shape
from slim_torch.tensor_shape import TensorShape
from slim_torch.tensors import _holds_tensor, as_tensor

__all__ = [
    "FIFOQueue",
    "PaddingFIFOQueue",
    "QueueBase",
    "RandomShuffleQueue",
    "recorded",
]


class _Pulling(threading.local):
    """Whether this thread runs a runner's operation."""

    depth = 0


_pulling = _Pulling()


class _Contents:
    """What a queue holds in one session."""

    def __init__(self, queue: QueueBase, number: int) -> None:
        self.handle = f"{type(queue).__name__} '_{number}_{queue._op.name}'"
        self.items: deque[tuple[Any, ...]] = deque()
        self.closed = False
        self.cancelled = False
        self.pulling = False
        self.changed = threading.Condition()
        self.next_runner = 0
        self.finished: set[int] = set()


class QueueBase:
    """What all queues have in common. Source: tf.QueueBase.

    Args:
      capacity: how many elements there may be before `enqueue` waits.
      dtypes: of the parts of an element.
      shapes: their shapes; without them `dequeue_many` is not possible.
      names: the names of the parts; then elements are dictionaries.
      shared_name: accepted without effect.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "queue",
        op_type: str = "QueueV2",
    ) -> None:
        graph = recording_graph()
        if graph is None:
            raise RuntimeError(
                f"{type(self).__name__} inside graph.step(): code there computes with real tensors. Iterate over a "
                f"dataset, or build the queue at top level."
            )
        recorder_of(graph)
        kinds = [as_dtype(dtype) for dtype in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]
        if shapes is not None and len(kinds) == 1 and not _is_list_of_shapes(shapes):
            shapes = [shapes]
        if shapes is not None and len(shapes) != len(kinds):
            raise ValueError(
                f"Queue shapes must have the same length as dtypes: {len(shapes)} shapes, {len(kinds)} dtypes."
            )
        if names is not None and len(names) != len(kinds):
            raise ValueError(
                f"Queue names must have the same length as dtypes: {len(names)} names, {len(kinds)} dtypes."
            )
        self._has_shapes = shapes is not None
        given = shapes if shapes is not None else [None] * len(kinds)
        self._specs = [Spec(kind, as_static_shape(shape)) for kind, shape in zip(kinds, given)]
        self._names = list(names) if names is not None else None
        self._capacity = int(capacity)
        self._graph = graph
        self._op: Operation = record(
            _nothing, (), op_type=op_type, name=name, static=no_outputs(), stateful=True, graph=graph
        )
        self._runners: list[Any] = []
        self._contents: weakref.WeakKeyDictionary[Any, _Contents] = weakref.WeakKeyDictionary()

    # What is known

    @property
    def name(self) -> str:
        """The last part of the name of its operation."""
        return self._op.name.split("/")[-1]

    @property
    def queue_ref(self) -> Operation:
        return self._op

    @property
    def dtypes(self) -> list[Any]:
        return [spec.dtype for spec in self._specs]

    @property
    def shapes(self) -> list[TensorShape]:
        return [TensorShape(spec.shape) for spec in self._specs]

    @property
    def names(self) -> list[str] | None:
        return self._names

    # Filling

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """The operation that adds one element.

        Args:
          vals: a tensor, a list of tensors, or for a queue with names a dictionary.

        Raises:
          ValueError: the number, a name or a shape does not fit.
          TypeError: a dtype does not fit.
        """
        leaves = self._leaves(vals)
        for leaf, spec in zip(leaves, self._specs):
            _check_shape(leaf, spec.shape, spec)
        return self._put(_enqueue, leaves, name or f"{self.name}_enqueue", "QueueEnqueueV2")

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """The operation that adds an element for each index of the first axis. See `enqueue`."""
        leaves = self._leaves(vals)
        for leaf, spec in zip(leaves, self._specs):
            _check_shape(leaf, None if spec.shape is None else [None, *spec.shape], spec)
        return self._put(_enqueue_many, leaves, name or f"{self.name}_EnqueueMany", "QueueEnqueueManyV2")

    def _put(
        self, function: Callable[..., None], leaves: Sequence[Any], name: str, op_type: str, keep: Any = None
    ) -> Operation:
        parts = [components_of(leaf) for leaf in leaves]
        made: Operation = record(
            function,
            (self, parts, keep),
            op_type=op_type,
            name=name,
            static=no_outputs(),
            stateful=True,
            graph=self._graph,
        )
        return made

    def _leaves(self, vals: Any) -> list[Any]:
        if self._names is not None:
            if not isinstance(vals, dict):
                raise ValueError("You must enqueue a dictionary in a Queue with names")
            if sorted(vals) != sorted(self._names):
                raise ValueError(
                    f"Keys in dictionary to enqueue do not match names of Queue.  Dictionary: {sorted(vals)},Queue: "
                    f"{sorted(self._names)}"
                )
            values = [vals[key] for key in self._names]
        else:
            if isinstance(vals, dict):
                raise ValueError("You can't enqueue a dictionary in a Queue without names")
            several = isinstance(vals, (list, tuple)) and (len(self._specs) > 1 or len(vals) == 1)
            values = list(vals) if several else [vals]
        if len(values) != len(self._specs):
            raise ValueError(
                f"A queue of {len(self._specs)} components was given {len(values)} values to enqueue."
            )
        found = []
        for value, spec in zip(values, self._specs):
            if isinstance(value, torch.Tensor) and value.dtype != spec.dtype:
                raise TypeError(
                    f"Expected {_shown(spec.dtype)}, got a tensor of type {_shown(value.dtype)} to enqueue. Use tf.cast."
                )
            found.append(value if spec.kind == "sparse" else recorded(value, spec.dtype))
        return found

    # Taking

    def dequeue(self, name: str | None = None) -> Any:
        """The oldest element, taken out.

        Raises (when run):
          tf.errors.OutOfRangeError: the queue is closed, and empty.
        """
        return self._get(_dequeue, (), self._specs, name or f"{self.name}_Dequeue", "QueueDequeueV2")

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """The `n` oldest elements, stacked.

        Raises (when run):
          tf.errors.OutOfRangeError: the queue is closed, and has fewer.
        """
        specs = self._stacked_specs(_known(n))
        return self._get(
            _dequeue_many, (n, False), specs, name or f"{self.name}_DequeueMany", "QueueDequeueManyV2"
        )

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """The `n` oldest elements, stacked; fewer, when the queue is closed and has fewer."""
        specs = self._stacked_specs(None)
        return self._get(
            _dequeue_many, (n, True), specs, name or f"{self.name}_DequeueUpTo", "QueueDequeueUpToV2"
        )

    def _stacked_specs(self, size: int | None) -> list[Spec]:
        return [spec.batched(size) if self._has_shapes else spec for spec in self._specs]

    def _get(
        self, function: Callable[..., Any], args: Any, specs: Sequence[Spec], name: str, op_type: str
    ) -> Any:
        made = record(
            function,
            (self, *args),
            op_type=op_type,
            name=name,
            static=tensors_like(list, [pair for spec in specs for pair in spec.components()]),
            stateful=True,
            graph=self._graph,
        )
        parts = iter(made)
        leaves = [leaf_of(spec, [next(parts) for _ in spec.components()]) for spec in specs]
        if self._names is not None:
            return dict(zip(self._names, leaves))
        return leaves[0] if len(leaves) == 1 else leaves

    # The end

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """The operation after which nothing more can be added.

        Args:
          cancel_pending_enqueues: whether those that wait for room fail.
        """
        made: Operation = record(
            _close,
            (self, cancel_pending_enqueues),
            op_type="QueueCloseV2",
            name=name or f"{self.name}_Close",
            static=no_outputs(),
            stateful=True,
            graph=self._graph,
        )
        return made

    def size(self, name: str | None = None) -> Any:
        """How many elements there are, int32."""
        return self._fact(_size, torch.int32, name or f"{self.name}_Size", "QueueSizeV2")

    def is_closed(self, name: str | None = None) -> Any:
        """Whether the queue is closed."""
        return self._fact(_is_closed, torch.bool, name or f"{self.name}_Is_Closed", "QueueIsClosedV2")

    def _fact(self, function: Callable[..., Any], dtype: Any, name: str, op_type: str) -> Any:
        return record(
            function,
            (self,),
            op_type=op_type,
            name=name,
            static=tensor_like([], dtype),
            stateful=True,
            graph=self._graph,
        )

    # Running

    def _now(self) -> _Contents:
        """The contents in the session that is running."""
        from slim_torch.session import current_session

        session = current_session()
        found = self._contents.get(session)
        if found is None:
            found = self._contents.setdefault(session, _Contents(self, len(self._contents)))
        return found

    def _ready(self, contents: _Contents, count: int) -> bool:
        return len(contents.items) >= count

    def _pick(self, contents: _Contents) -> tuple[Any, ...]:
        return contents.items.popleft()

    def _combine(self, group: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        return stacked(group)

    def _take(self, count: int, fewer: bool) -> list[tuple[Any, ...]]:
        contents = self._now()
        with contents.changed:
            while not self._ready(contents, count):
                if contents.closed:
                    if len(contents.items) >= count:
                        break
                    if fewer and contents.items:
                        count = len(contents.items)
                        break
                    raise errors.OutOfRangeError(
                        None,
                        None,
                        f"{contents.handle} is closed and has insufficient elements (requested {count}, current size "
                        f"{len(contents.items)})",
                    )
                if not self._pull(contents):
                    _wait(contents)
            taken = [self._pick(contents) for _ in range(count)]
            contents.changed.notify_all()
        return taken

    def _pull(self, contents: _Contents) -> bool:
        """Runs the next operation of a runner; whether there are runners."""
        from slim_torch.session import _Prepared, current_session

        steps = [(runner, op) for runner in self._runners for op in runner.enqueue_ops]
        if not steps:
            return False
        session = current_session()
        live = [step for step in enumerate(steps) if step[0] not in contents.finished]
        place, (runner, op) = next(
            (step for step in live if step[0] >= contents.next_runner), live[0] if live else (0, steps[0])
        )
        prepared = session._plans.get(("pipeline", id(op)))
        if prepared is None:
            # Input pipelines compute on the CPU; what is taken outside of one goes to the session's device.
            plan = Plan(self._graph, [op], [], torch.device("cpu"))
            prepared = session._plans["pipeline", id(op)] = _Prepared(plan, session._config)
        outer, contents.pulling = contents.pulling, True
        _pulling.depth += 1
        try:
            session._run(prepared, [])
            contents.next_runner = (place + 1) % len(steps)
        except runner.queue_closed_exception_types:
            contents.finished.add(place)
        finally:
            _pulling.depth -= 1
            contents.pulling = outer
        if len(contents.finished) == len(steps):
            contents.closed = True
        return True


def _wait(contents: _Contents) -> None:
    from slim_torch.session import current_session

    if current_session()._closed:
        raise errors.CancelledError(None, None, f"{contents.handle}: the session has been closed.")
    contents.changed.wait(0.1)


def recorded(value: Any, dtype: Any = None) -> Any:
    """`value` as a tensor of the graph."""
    if isinstance(value, torch.Tensor) or _holds_tensor(value):
        return as_tensor(value, dtype)
    return constant(value, dtype)


def _nothing() -> None:
    return None


def _shown(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _known(n: Any) -> int | None:
    from slim_torch.tensors import known_value

    known = known_value(n)
    return None if known is None else int(known)


def _is_list_of_shapes(shapes: Any) -> bool:
    return (
        isinstance(shapes, (list, tuple))
        and len(shapes) == 1
        and not isinstance(shapes, TensorShape)
        and (shapes[0] is None or isinstance(shapes[0], (list, tuple)))
    )


def _check_shape(leaf: Any, shape: Any, spec: Spec) -> None:
    if spec.kind == "dense" and shape is not None:
        given = leaf.get_shape() if hasattr(leaf, "get_shape") else TensorShape(leaf.shape)
        if not given.is_compatible_with(TensorShape(shape)):
            raise ValueError(f"Shapes {given} and {TensorShape(shape)} are incompatible")


def _kept(part: Any) -> Any:
    """A value that nobody changes."""
    return part.detach().clone() if isinstance(part, torch.nn.Parameter) else part


def _element(queue: QueueBase, parts: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(leaf_of(spec, list(map(_kept, given))) for spec, given in zip(queue._specs, parts))


def _enqueue(queue: QueueBase, parts: Sequence[Any], keep: Any) -> None:
    if keep is None or bool(keep):
        _add(queue, [_element(queue, parts)])


def _enqueue_many(queue: QueueBase, parts: Sequence[Any], keep: Any) -> None:
    columns = _element(queue, parts)
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"All input tensors must have the same size in the 0th dimension, they have {sorted(lengths)}.",
        )
    rows = range(lengths.pop())
    if keep is not None:
        chosen = np.broadcast_to(np.asarray(keep), (len(rows),))
        rows = [row for row in rows if chosen[row]]  # type: ignore[assignment]
    _add(queue, [tuple(row_of(column, row) for column in columns) for row in rows])


def _add(queue: QueueBase, elements: Sequence[tuple[Any, ...]]) -> None:
    contents = queue._now()
    with contents.changed:
        for element in elements:
            while not contents.closed and not contents.pulling and len(contents.items) >= queue._capacity:
                _wait(contents)
            if contents.closed:
                raise errors.CancelledError(None, None, f"{contents.handle} is closed.")
            contents.items.append(element)
            contents.changed.notify_all()


def _dequeue(queue: QueueBase) -> list[Any]:
    parts = [part for leaf in queue._take(1, False)[0] for part in components_of(leaf)]
    # Views: the memory may be a constant's.
    return _delivered([part.view_as(part) if isinstance(part, torch.Tensor) else part for part in parts])


def _dequeue_many(queue: QueueBase, n: Any, fewer: bool) -> list[Any]:
    if not queue._has_shapes:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"{type(queue).__name__}'s DequeueMany and DequeueUpTo require the components to have specified shapes.",
        )
    combined = queue._combine(queue._take(int(n), fewer))
    return _delivered([part for leaf in combined for part in components_of(leaf)])


def _delivered(parts: list[Any]) -> list[Any]:
    """What the run takes, on its session's device; inside a pipeline as it is."""
    from slim_torch.session import current_session

    return parts if _pulling.depth else moved(parts, current_session()._device)


def _close(queue: QueueBase, cancel: bool) -> None:
    contents = queue._now()
    with contents.changed:
        if contents.closed and not (cancel and not contents.cancelled):
            handle = contents.handle.split(" ", 1)[1]
            raise errors.CancelledError(None, None, f"Queue {handle} is already closed.")
        contents.closed = True
        contents.cancelled = cancel
        contents.changed.notify_all()


def _size(queue: QueueBase) -> torch.Tensor:
    return torch.tensor(len(queue._now().items), dtype=torch.int32)


def _is_closed(queue: QueueBase) -> torch.Tensor:
    return torch.tensor(queue._now().closed)


class FIFOQueue(QueueBase):
    """First in, first out. Source: tf.FIFOQueue. See `QueueBase`."""

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        super().__init__(capacity, dtypes, shapes, names, shared_name, name, "FIFOQueueV2")


class PaddingFIFOQueue(QueueBase):
    """First in, first out; `dequeue_many` pads to the largest. Source: tf.PaddingFIFOQueue.

    Args:
      shapes: with None for sizes that differ.
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        super().__init__(capacity, dtypes, shapes, names, shared_name, name, "PaddingFIFOQueueV2")

    def _combine(self, group: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        empty = [b"" if not isinstance(spec.dtype, torch.dtype) else 0 for spec in self._specs]
        return tuple(
            stacked([(leaf,) for leaf in leaves])[0]
            if spec.kind == "sparse"
            else pad_and_stack(leaves, spec.shape, value)
            for leaves, spec, value in zip(zip(*group), self._specs, empty)
        )


class RandomShuffleQueue(QueueBase):
    """Gives its elements in random order. Source: tf.RandomShuffleQueue.

    Args:
      min_after_dequeue: how many elements must stay, so that there is something to choose from; until the
        queue is closed.
      seed: with it, or the graph's, the order is the same in each session.
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        super().__init__(capacity, dtypes, shapes, names, shared_name, name, "RandomShuffleQueueV2")
        self._min_after_dequeue = int(min_after_dequeue)
        self._draw = _Draw(seed, self._op.name)

    def _ready(self, contents: _Contents, count: int) -> bool:
        return len(contents.items) >= count + self._min_after_dequeue

    def _pick(self, contents: _Contents) -> tuple[Any, ...]:
        items = contents.items
        generator = self._draw(torch.device("cpu"))
        place = int(torch.randint(len(items), (), generator=generator))
        items[place], items[0] = items[0], items[place]
        return items.popleft()


def __getattr__(name: str) -> Any:
    # `slim.queues` has them; they start the threads of the runners, which stand upon queues.
    if name in ("NestedQueueRunnerError", "QueueRunners"):
        from slim_torch import queue_runners

        return getattr(queue_runners, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
