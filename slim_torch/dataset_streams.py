"""What the transformations of datasets do with a stream of elements.

Plain generators. An item is a flat element (a tuple of leaves), the number of a row, or a `Failure` in the
place of an element; which it is matters to few of them. What a dataset is, and what is known of its elements
before anything runs, is in `datasets.py`.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_functions import Failure
from slim_torch.dataset_structure import Shape
from slim_torch.other_layers import SparseTensor

__all__ = [
    "batched",
    "filtered",
    "flattened",
    "gathered",
    "interleaved",
    "mapped_items",
    "padded",
    "prefetched",
    "repeated",
    "shuffled",
    "stacked",
    "unbatched",
    "windows",
    "zipped",
]

Items = Iterator[Any]
Call = Callable[[Any], Any]

_SLOW = 5e-4
_TRIALS = 8


def shuffled(items: Items, size: int, draw: Any) -> Items:
    """Each time one of the next `size` items, picked at random."""
    buffer = list(itertools.islice(items, size))
    fraction = draw.random
    if len(buffer) == size:
        for item in items:
            place = int(fraction() * size)
            yield buffer[place]
            buffer[place] = item
    while buffer:
        place = int(fraction() * len(buffer))
        buffer[place], buffer[-1] = buffer[-1], buffer[place]
        yield buffer.pop()


def repeated(start: Callable[[], Items], count: int) -> Items:
    """The stream that `start` begins, `count` times; without end if that is negative."""
    for _ in itertools.count() if count < 0 else range(count):
        empty = True
        for item in start():
            empty = False
            yield item
        if empty:
            return


def zipped(streams: Sequence[Items]) -> Items:
    """One item of each, as long as all have one."""
    for items in zip(*streams):
        failed = next((item for item in items if isinstance(item, Failure)), None)
        yield failed or tuple(itertools.chain.from_iterable(items))


def mapped_items(items: Items, call: Call, workers: int, context: Callable[[], Any]) -> Items:
    """`call` of each; in several threads if that proves to take long. The order stays."""

    def made(item: Any) -> Any:
        return item if isinstance(item, Failure) else call(item)

    if workers > 1:
        spent = 0.0
        for item in itertools.islice(items, _TRIALS):
            begin = time.perf_counter()
            result = made(item)
            spent += time.perf_counter() - begin
            yield result
        if spent > _SLOW * _TRIALS:
            yield from _mapped_by_threads(items, made, workers, context)
    yield from map(made, items)


def _mapped_by_threads(items: Items, call: Call, workers: int, context: Callable[[], Any]) -> Items:
    from concurrent.futures import ThreadPoolExecutor

    def work(item: Any) -> Any:
        with context():
            return call(item)

    pool = ThreadPoolExecutor(workers, "slim_torch map")
    try:
        pending = deque(pool.submit(work, item) for item in itertools.islice(items, workers))
        while pending:
            result = pending.popleft().result()
            pending.extend(pool.submit(work, item) for item in itertools.islice(items, 1))
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def filtered(items: Items, test: Call) -> Items:
    """Those for which the one leaf that `test` gives is true."""
    for item in items:
        if isinstance(item, Failure):
            yield item
            continue
        answer = test(item)
        if isinstance(answer, Failure):
            yield answer
        elif bool(answer[0]):
            yield item


def flattened(items: Items, call: Call) -> Items:
    """The items of the datasets that `call` gives, one after the other."""
    for item in items:
        made = item if isinstance(item, Failure) else call(item)
        if isinstance(made, Failure):
            yield made
        else:
            yield from made[0].items()


def interleaved(items: Items, call: Call, cycle: int, block: int) -> Items:
    """The items of `cycle` datasets at a time, `block` of each in turn."""
    slots: list[Items | None] = [None] * cycle
    place = taken = 0
    ended = False
    while not ended or any(slot is not None for slot in slots):
        slot = slots[place]
        if slot is None:
            if not ended:
                item = next(items, None)
                if item is None:
                    ended = True
                    continue
                made = item if isinstance(item, Failure) else call(item)
                if isinstance(made, Failure):
                    yield made
                    continue
                slots[place] = made[0].items()
                continue
            place, taken = (place + 1) % cycle, 0
            continue
        try:
            item = next(slot)
        except StopIteration:
            slots[place] = None
            place, taken = (place + 1) % cycle, 0
            continue
        yield item
        taken += 1
        if taken == block:
            place, taken = (place + 1) % cycle, 0


def _groups(items: Items, size: int, drop: bool) -> Iterator[list[Any]]:
    while True:
        group = list(itertools.islice(items, size))
        if len(group) < size and (drop or not group):
            return
        yield group


def gathered(rows: Items, columns: Sequence[Any], size: int, drop: bool) -> Items:
    """Batches of rows, one selection for each column."""
    for group in _groups(rows, size, drop):
        indices = torch.tensor(group)
        yield tuple(
            column.index_select(0, indices) if isinstance(column, torch.Tensor) else column[group]
            for column in columns
        )


def batched(items: Items, size: int, drop: bool, combine: Callable[[list[Any]], Any]) -> Items:
    """What `combine` makes of each `size` items; a failure among them takes the place of all."""
    for group in _groups(items, size, drop):
        failed = next((item for item in group if isinstance(item, Failure)), None)
        if failed is not None:
            yield failed
            continue
        try:
            yield combine(group)
        except errors.OpError as err:
            yield Failure(err)


def stacked(group: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """The elements along a new first axis.

    Raises:
      InvalidArgumentError: their shapes differ.
    """
    return tuple(_stack(leaves, place) for place, leaves in enumerate(zip(*group)))


def _stack(leaves: Sequence[Any], component: int) -> Any:
    if isinstance(leaves[0], SparseTensor):
        return _stack_sparse(leaves)
    try:
        return torch.stack(leaves) if isinstance(leaves[0], torch.Tensor) else np.stack(leaves)  # type: ignore[arg-type]
    except (RuntimeError, ValueError):
        shape = leaves[0].shape
        for number, leaf in enumerate(leaves):
            if leaf.shape != shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Cannot batch tensors with different shapes in component {component}. First element had shape "
                    f"{list(shape)} and element {number} had shape {list(leaf.shape)}.",
                ) from None
        raise


def _stack_sparse(leaves: Sequence[SparseTensor]) -> SparseTensor:
    indices = [
        torch.cat([torch.full((len(leaf.indices), 1), number, dtype=torch.int64), leaf.indices], 1)
        for number, leaf in enumerate(leaves)
    ]
    first = leaves[0].values
    values = (
        torch.cat([leaf.values for leaf in leaves])
        if isinstance(first, torch.Tensor)
        else np.concatenate([leaf.values for leaf in leaves])
    )
    shape = torch.stack([leaf.dense_shape for leaf in leaves]).amax(0)
    return SparseTensor(torch.cat(indices), values, torch.cat([torch.tensor([len(leaves)]), shape]))


def padded(shapes: Sequence[Shape], values: Sequence[Any]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """What combines elements whose sizes differ.

    Args:
      shapes: for each leaf what it is padded to; None for the largest of the batch.
      values: for each leaf what it is padded with.

    Raises:
      DataLossError: an element is larger.
    """

    def combine(group: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        return tuple(pad_and_stack(*parts) for parts in zip(zip(*group), shapes, values))

    return combine


def pad_and_stack(leaves: Sequence[Any], shape: Shape, value: Any) -> Any:
    """`leaves` along a new first axis, each padded to `shape`, or to the largest of them."""
    shape = [None] * len(leaves[0].shape) if shape is None else shape
    sizes = [
        max(leaf.shape[axis] for leaf in leaves) if size is None else size for axis, size in enumerate(shape)
    ]
    made: Any
    if isinstance(leaves[0], torch.Tensor):
        first = leaves[0]
        made = torch.full((len(leaves), *sizes), value, dtype=first.dtype, device=first.device)
    else:
        made = np.full((len(leaves), *sizes), value, dtype=object)
    for number, leaf in enumerate(leaves):
        if len(leaf.shape) != len(sizes) or any(a > b for a, b in zip(leaf.shape, sizes)):
            raise errors.DataLossError(
                None,
                None,
                f"Attempted to pad to a smaller size than the input element: shape {tuple(leaf.shape)}, padded shape "
                f"{tuple(sizes)}.",
            )
        made[(number, *(slice(size) for size in leaf.shape))] = leaf
    return made


def unbatched(items: Items) -> Items:
    """The rows of each element."""
    for item in items:
        if isinstance(item, Failure):
            yield item
            continue
        for row in range(len(item[0])):
            yield tuple(row_of(leaf, row) for leaf in item)


def row_of(column: Any, row: int) -> Any:
    """One row of a leaf."""
    if isinstance(column, torch.Tensor):
        return column[row]
    found = column[row]
    if isinstance(found, np.ndarray):
        return found
    made = np.empty((), dtype=object)
    made[()] = found
    return made


def windows(items: Items, size: int, shift: int, stride: int, drop: bool) -> Iterator[list[Any]]:
    """Lists of up to `size` items, `stride` apart; each begins `shift` after the one before."""
    span = (size - 1) * stride + 1
    buffer: deque[Any] = deque(itertools.islice(items, span))
    while buffer and not (drop and len(buffer) < span):
        yield list(itertools.islice(buffer, 0, None, stride))
        for _ in range(min(shift, len(buffer))):
            buffer.popleft()
        for _ in range(max(shift - span, 0)):
            next(items, None)
        buffer.extend(itertools.islice(items, span - len(buffer)))


class _End:
    pass


def prefetched(items: Items, size: int, context: Callable[[], Any]) -> Items:
    """The same, made by a thread that keeps up to `size` items ready."""
    slots = threading.Semaphore(size)
    ready: queue.SimpleQueue[Any] = queue.SimpleQueue()
    stopped = threading.Event()

    def work() -> None:
        try:
            while True:
                slots.acquire()
                if stopped.is_set():
                    return
                # Left while waiting, or a forgotten session would live as long as its thread.
                with context():
                    item = next(items, _End)
                ready.put(item)
                if item is _End:
                    return
        except BaseException as err:
            # Whoever takes the next item gets it.
            ready.put(err)

    threading.Thread(target=work, name="slim_torch prefetch", daemon=True).start()
    try:
        while True:
            item = ready.get()
            slots.release()
            if item is _End:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        slots.release()
