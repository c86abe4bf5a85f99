"""Sources of batches for training functions: nothing is lost to building, and a position can be kept.

What a training run does with a position is in `checkpoint/training_state.py`.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from slim_torch.building import active_fake_mode, on_real_tensors
from slim_torch.random_state import random_state, set_random_state

__all__ = ["BatchSource", "batches", "sources_noted"]

Batch = TypeVar("Batch")


class _Noted(threading.local):
    def __init__(self) -> None:
        self.sources: list[list[BatchSource[Any]]] = []


_noted = _Noted()


@contextmanager
def sources_noted() -> Iterator[list[BatchSource[Any]]]:
    """The sources that model code takes batches from while it is built in the block, each once."""
    sources: list[BatchSource[Any]] = []
    _noted.sources.append(sources)
    try:
        yield sources
    finally:
        _noted.sources.pop()


class BatchSource(Generic[Batch]):
    """An iterator that loses no batch to building.

    While a model is built (run on fake tensors, to make its variables) `next` hands out batches without
    using them up; the first real step gets the same ones again, from the first on.

    Attributes:
      has_position: whether what it takes batches from has `state_dict()` and `load_state_dict(state)`.
    """

    def __init__(self, iterable: Iterable[Batch]) -> None:
        self._iterable: Any = iterable
        self.has_position = all(
            callable(getattr(iterable, name, None)) for name in ("state_dict", "load_state_dict")
        )
        # A loader begins where it was told to when it is iterated, so that waits for the first batch.
        self._iterator: Iterator[Batch] | None = None
        self._peeked: list[Batch] = []
        # Where the source was before, and the random generators, which its batches may be drawn from.
        self._before_peeking: tuple[Any, Any] = (None, None)
        self._used = 0  # of those that were peeked since
        self._building: Any = None
        self._position = 0

    def __iter__(self) -> BatchSource[Batch]:
        return self

    def __next__(self) -> Batch:
        building = active_fake_mode()
        if building is None:
            if not self._peeked:
                return self._taken()
            self._used += 1
            return self._peeked.pop(0)
        for sources in _noted.sources[-1:]:
            if not any(source is self for source in sources):
                sources.append(self)
        if building is not self._building:
            self._building, self._position = building, 0
        if self._position == len(self._peeked):
            # The data is real, whatever is computed from it now.
            with on_real_tensors():
                self._peek()
        self._position += 1
        return self._peeked[self._position - 1]

    def has_ended(self) -> bool:
        """Whether there are no more batches; none is used up."""
        if not self._peeked:
            try:
                self._peek()
            except StopIteration:
                return True
        return False

    def state_dict(self) -> dict[str, Any]:
        """The position: the next batch is the one that comes next now.

        Raises:
          TypeError: what it takes batches from has no `state_dict()` and `load_state_dict(state)`.
        """
        self._check_position()
        if not self._peeked:
            return {"source": self._iterable.state_dict(), "used": 0, "peeked": 0}
        source, generators = self._before_peeking
        return {"source": source, "random": generators, "used": self._used, "peeked": len(self._peeked)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes to a position that `state_dict` gave. Raises as that.

        Batches that had been peeked are drawn again, from random generators as they were then, which leaves those at
        another place: who keeps their state puts it back afterwards.
        """
        self._check_position()
        self._peeked.clear()
        self._iterable.load_state_dict(state["source"])
        self._iterator = None
        if not state["peeked"]:
            return
        set_random_state(state["random"])
        for _ in range(state["used"] + state["peeked"]):
            self._peek()
        del self._peeked[: state["used"]]
        self._used = state["used"]

    def _taken(self) -> Batch:
        if self._iterator is None:
            self._iterator = iter(self._iterable)
        return next(self._iterator)

    def _peek(self) -> None:
        if not self._peeked:
            if self.has_position:
                self._before_peeking = copy.deepcopy(self._iterable.state_dict()), random_state()
            self._used = 0
        self._peeked.append(self._taken())

    def _check_position(self) -> None:
        if not self.has_position:
            raise TypeError(
                f"{type(self._iterable).__name__} has no position to keep: it has no state_dict() and load_state_dict(state)."
            )


def batches(iterable: Iterable[Batch]) -> BatchSource[Batch]:
    """Wraps a source of batches (a `DataLoader`, a generator) for use inside a training function.

    `next(source)` gives a batch. Building a train op consumes none, so that training sees every batch of
    `iterable` exactly once. When it is exhausted `next` raises StopIteration, which ends `train`.

    Where `iterable` has `state_dict()` and `load_state_dict(state)`, `train` keeps its position in the checkpoints
    and goes on there when it resumes. The state may consist of numbers, texts, bytes, tensors, arrays, and of
    lists, tuples and dictionaries of them; after `load_state_dict`, `iter(iterable)` begins at the position.
    """
    return BatchSource(iterable)
