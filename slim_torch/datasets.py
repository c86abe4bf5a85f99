"""`tf.data.Dataset`: descriptions of streams of elements, and the transformations that make one of another.

A dataset computes nothing by itself: an iterator (`dataset_iterators.py`) runs it in a session, or Python's
`for` does, with real tensors. Files are read in `dataset_sources.py`. As long as elements are rows of the same
columns (slices of tensors, shuffled, repeated, taken) only the numbers of the rows move, and a batch is one
selection.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_functions import Bound, Failure, Function, Run
from slim_torch.dataset_padding import padded_shape, padding_value, parts_like
from slim_torch.dataset_streams import (
    Items,
    batched,
    filtered,
    flattened,
    gathered,
    interleaved,
    mapped_items,
    padded,
    prefetched,
    repeated,
    row_of,
    shuffled,
    stacked,
    unbatched,
    windows,
    zipped,
)
from slim_torch.dataset_structure import (
    Spec,
    as_leaf,
    components_of,
    flat,
    mapped,
    packed,
    spec_of,
)
from slim_torch.graph import get_default_graph
from slim_torch.other_layers import SparseTensor
from slim_torch.parameter import Variable
from slim_torch.recording import computing, recorder_of
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensor_shape import TensorShape

__all__ = ["AUTOTUNE", "Dataset"]

AUTOTUNE = -1
"""For a number of threads, or of elements kept ready, that is to be chosen here."""

_KEPT_READY = 4
_LARGEST_RANGE = 1 << 20

Change = Callable[[Run, Callable[[], Items]], Items]


class Dataset:
    """A stream of elements: tensors, or tuples and dictionaries of them, nested. Source: tf.data.Dataset.

    Made by the static methods and transformations; every transformation gives a new dataset. Numbers such as
    a batch size may be recorded tensors, which are computed when an iterator is initialized.

    Iterating with `for` gives real tensors, as long as nothing depends on recorded ones.
    """

    is_dataset = True

    def __init__(
        self,
        structure: Any,
        items: Callable[[Run], Items],
        *,
        inputs: Sequence[Dataset] = (),
        parameters: Sequence[Any] = (),
        functions: Sequence[Function] = (),
        columns: Callable[[Run], list[Any]] | None = None,
        rows: Callable[[Run], Items] | None = None,
    ) -> None:
        """
        Args:
          structure: of `Spec`s; or a function that gives it.
          items: begins the stream of a run.
          inputs, parameters, functions: what it is made of, where recorded tensors may be.
          columns, rows: for elements that are rows of columns, those, and the stream of the rows' numbers.
        """
        self._given_structure = structure
        self._items = items
        self._columns = columns
        self._rows = rows
        sources: dict[int, SymbolicTensor] = {}
        starts: list[Any] = [*inputs, *functions]
        for given in starts:
            sources.update((id(tensor), tensor) for tensor in given._sources)
        for leaf in parameters:
            parts = (part for part in components_of(leaf) if isinstance(part, SymbolicTensor))
            sources.update((id(tensor), tensor) for tensor in parts)
        self._sources = list(sources.values())
        self._variables = [leaf for leaf in parameters if isinstance(leaf, Variable)]
        self._bodies = list(functions)
        for dataset in inputs:
            self._variables += dataset._variables
            self._bodies += dataset._bodies

    @property
    def _structure(self) -> Any:
        if callable(self._given_structure):
            self._given_structure = self._given_structure()
        return self._given_structure

    # What is known of the elements

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
        classes = {"dense": torch.Tensor, "sparse": SparseTensor, "dataset": Dataset}
        return mapped(lambda spec: classes[spec.kind], self._structure)

    def __repr__(self) -> str:
        shapes = packed(self._structure, iter([str(TensorShape(s.shape)) for s in flat(self._structure)]))
        return f"<Dataset shapes: {shapes}, types: {self.output_types}>"

    # Running

    def __iter__(self) -> Iterator[Any]:
        """Elements as real tensors; strings as bytes, or NumPy arrays of them.

        Raises:
          ValueError: the dataset depends on a recorded tensor.
          tf.errors.OpError: an element could not be made.
        """
        items = self._items(Run({}))
        while True:
            with computing(), torch.no_grad():
                item = next(items, None)
            if item is None:
                return
            if isinstance(item, Failure):
                raise item.error
            yield packed(self._structure, iter([_shown(leaf) for leaf in item]))

    def make_one_shot_iterator(self) -> Any:
        """An iterator that each session begins by itself.

        Raises:
          ValueError: the dataset depends on a placeholder or a variable.

        Source: tf.data.Dataset.make_one_shot_iterator.
        """
        from slim_torch.dataset_iterators import one_shot_iterator

        return one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Any:
        """An iterator that begins, anew, whenever its `initializer` runs.

        Args:
          shared_name: accepted without effect.

        Source: tf.data.Dataset.make_initializable_iterator.
        """
        from slim_torch.dataset_iterators import initializable_iterator

        return initializable_iterator(self)

    # Sources

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """One element: `tensors`. Source: tf.data.Dataset.from_tensors."""
        leaves = mapped(as_leaf, tensors)
        parameters = flat(leaves)

        def items(run: Run) -> Items:
            # A view, for nobody is to change the memory that the next run gives out again.
            yield tuple(_view(_value(leaf, run)) for leaf in parameters)

        return Dataset(mapped(spec_of, leaves), items, parameters=parameters)

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """An element for each index of the first axis. Source: tf.data.Dataset.from_tensor_slices.

        Args:
          tensors: arrays, lists, or recorded tensors, in a tuple or dictionary, nested. Real tensors are not
            copied.

        Raises:
          ValueError: something has no first axis, or the first axes differ.
        """
        leaves = mapped(as_leaf, tensors)
        parameters = flat(leaves)
        specs = mapped(spec_of, leaves)
        lengths = set()
        for leaf, spec in zip(parameters, flat(specs)):
            if spec.kind != "dense":
                raise TypeError("from_tensor_slices takes no sparse tensors. Use from_tensors(...).map(...).")
            if spec.shape is not None and not spec.shape:
                raise ValueError(f"Value {leaf!r} has insufficient rank for batching.")
            if spec.shape is not None and spec.shape[0] is not None:
                lengths.add(spec.shape[0])
        if len(lengths) > 1:
            first, second = sorted(lengths)[:2]
            raise ValueError(f"Dimensions {first} and {second} are not compatible")

        def columns(run: Run) -> list[Any]:
            return [_value(leaf, run) for leaf in parameters]

        def rows(run: Run) -> Items:
            found = {len(column) for column in columns(run)}
            if len(found) > 1:
                raise errors.InvalidArgumentError(
                    None, None, f"from_tensor_slices: the sizes of the first axis differ: {sorted(found)}."
                )
            return iter(range(found.pop()))

        structure = mapped(lambda s: s.with_shape(None if s.shape is None else s.shape[1:]), specs)
        return _of_rows(structure, columns, rows, parameters=parameters)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any], output_types: Any, output_shapes: Any = None, args: Any = None
    ) -> Dataset:
        """What `generator(*args)` yields, begun anew for each pass.

        Args:
          generator: a function that gives something to iterate over; `args` reach it as NumPy values.
          output_types: the structure of an element, of dtypes.
          output_shapes: the same of shapes; unknown ranks by default.

        Raises:
          TypeError: `generator` cannot be called.

        Source: tf.data.Dataset.from_generator.
        """
        from slim_torch.dataset_sources import generated

        return generated(generator, output_types, output_shapes, args)

    @staticmethod
    def range(*args: Any) -> Dataset:
        """int64 numbers; arguments as for Python's `range`. Source: tf.data.Dataset.range."""
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid arguments to RangeDataset: {args}")
        bounds = [as_leaf(arg) for arg in args]

        def numbers(run: Run) -> range:
            return range(*(run.number(bound) for bound in bounds))

        def items(run: Run) -> Items:
            return ((torch.tensor(number),) for number in numbers(run))

        def columns(run: Run) -> list[Any]:
            given = numbers(run)
            return [torch.arange(given.start, given.stop, given.step)]

        structure = Spec(torch.int64, [])
        known = [bound for bound in bounds if not isinstance(bound, SymbolicTensor)]
        if len(known) < len(bounds) or len(range(*map(int, known))) > _LARGEST_RANGE:
            return Dataset(structure, items, parameters=bounds)
        return _of_rows(structure, columns, lambda run: iter(range(len(numbers(run)))), parameters=bounds)

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """Elements made of one element of each, as long as all have one.

        Args:
          datasets: a tuple or dictionary, nested.

        Raises:
          TypeError: it is something else, such as a list.

        Source: tf.data.Dataset.zip.
        """
        parts = flat(datasets)
        for part in parts:
            if not isinstance(part, Dataset):
                lists = " Nested structures do not support Python lists; please use a tuple instead."
                raise TypeError(
                    f"The argument to `Dataset.zip()` must be a nested structure of `Dataset` objects."
                    f"{lists if isinstance(part, list) else ''}"
                )
        return Dataset(
            lambda: packed(datasets, iter([part._structure for part in parts])),
            lambda run: zipped([part._items(run) for part in parts]),
            inputs=parts,
        )

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: int | None = None) -> Dataset:
        """The names of the files that match; shuffled unless `shuffle` is false.

        Source: tf.data.Dataset.list_files.
        """
        from slim_torch.dataset_sources import matching_files

        found = matching_files(file_pattern)
        return found if shuffle is False else found.shuffle(1 << 30, seed)

    # Transformations of the order

    def _passing(self, change: Change, parameters: Sequence[Any] = ()) -> Dataset:
        """A dataset with the same elements in another order and number."""
        own, rows = self._items, self._rows
        return Dataset(
            lambda: self._structure,
            lambda run: change(run, lambda: own(run)),
            inputs=[self],
            parameters=parameters,
            columns=self._columns,
            rows=None if rows is None else lambda run: change(run, lambda: rows(run)),
        )

    def shuffle(
        self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool | None = None
    ) -> Dataset:
        """Each time one of the next `buffer_size` elements, picked at random.

        Args:
          seed: with it the order is the same each time the iterator begins.
          reshuffle_each_iteration: whether a `repeat` behind it gets another order each time; true by default.

        Without a seed, here and in the graph, PyTorch's generator decides. The order that TensorFlow has for
        the same seed is another one.

        Source: tf.data.Dataset.shuffle.
        """
        size, key = as_leaf(buffer_size), object()
        seeds = _seeds(seed)

        def change(run: Run, start: Callable[[], Items]) -> Items:
            count = _positive(run.number(size), "buffer_size must be greater than zero.")
            draw = run.random(key, seeds)
            if reshuffle_each_iteration is False:
                import random

                state = run.memo.setdefault(("state", key), draw.getstate())
                draw = random.Random()
                draw.setstate(state)
            return shuffled(start(), count, draw)

        return self._passing(change, [size])

    def repeat(self, count: Any = None) -> Dataset:
        """The elements `count` times; without end for None or -1. Source: tf.data.Dataset.repeat."""
        times = as_leaf(-1 if count is None else count)
        return self._passing(lambda run, start: repeated(start, run.number(times)), [times])

    def take(self, count: Any) -> Dataset:
        """The first `count` elements; all for -1. Source: tf.data.Dataset.take."""
        number = as_leaf(count)

        def change(run: Run, start: Callable[[], Items]) -> Items:
            most = run.number(number)
            return start() if most < 0 else itertools.islice(start(), most)

        return self._passing(change, [number])

    def skip(self, count: Any) -> Dataset:
        """All but the first `count` elements; none for -1. Source: tf.data.Dataset.skip."""
        number = as_leaf(count)

        def change(run: Run, start: Callable[[], Items]) -> Items:
            first = run.number(number)
            return iter(()) if first < 0 else itertools.islice(start(), first, None)

        return self._passing(change, [number])

    def shard(self, num_shards: Any, index: Any) -> Dataset:
        """Every `num_shards`-th element, from the one with number `index`. Source: tf.data.Dataset.shard."""
        shards, first = as_leaf(num_shards), as_leaf(index)

        def change(run: Run, start: Callable[[], Items]) -> Items:
            step, begin = run.number(shards), run.number(first)
            if step < 1 or not 0 <= begin < step:
                raise errors.InvalidArgumentError(
                    None, None, f"Index must be between 0 and {step - 1} (currently index = {begin})."
                )
            return itertools.islice(start(), begin, None, step)

        return self._passing(change, [shards, first])

    def prefetch(self, buffer_size: Any) -> Dataset:
        """The same elements, made ahead by a thread that keeps up to `buffer_size` ready.

        Source: tf.data.Dataset.prefetch.
        """
        size = as_leaf(buffer_size)

        def items(run: Run) -> Items:
            count = run.number(size)
            if count < -1:
                raise errors.InvalidArgumentError(
                    None, None, "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning"
                )
            if not count:
                return self._items(run)
            return prefetched(self._items(run), _KEPT_READY if count < 0 else count, run.context)

        # The numbers of rows are not worth a thread.
        return Dataset(
            lambda: self._structure,
            items,
            inputs=[self],
            parameters=[size],
            columns=self._columns,
            rows=self._rows,
        )

    def cache(self, filename: Any = "") -> Dataset:
        """The same elements, kept in memory from the first pass on.

        Args:
          filename: accepted; nothing is written to a file.

        Source: tf.data.Dataset.cache.
        """
        key = object()

        def items(run: Run) -> Items:
            kept = run.memo.get(key)
            return map(_protected, kept) if kept is not None else _keeping(self._items(run), run, key)

        return Dataset(lambda: self._structure, items, inputs=[self], columns=self._columns, rows=self._rows)

    def concatenate(self, dataset: Dataset) -> Dataset:
        """These elements, then those of `dataset`.

        Raises:
          TypeError: their dtypes differ.

        Source: tf.data.Dataset.concatenate.
        """
        if self.output_types != dataset.output_types:
            raise TypeError(
                f"Two datasets to concatenate have different types {self.output_types} and {dataset.output_types}"
            )
        specs = [
            first.with_shape(_common_shape(first.shape, second.shape))
            for first, second in zip(flat(self._structure), flat(dataset._structure))
        ]
        return Dataset(
            packed(self._structure, iter(specs)),
            lambda run: itertools.chain(self._items(run), _later(lambda: dataset._items(run))),
            inputs=[self, dataset],
        )

    # Functions

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Dataset:
        """`map_func` of each element. Source: tf.data.Dataset.map.

        Args:
          map_func: takes an element; the parts of one that is a plain tuple are its arguments. It is recorded
            once; inside a step it is called for each element.
          num_parallel_calls: in how many threads a function that takes long may run, if it neither draws
            random numbers nor has effects. The order stays.
        """
        function = Function(map_func, self, "Dataset.map")
        workers = 1 if num_parallel_calls is None or not function.parallel else _workers(num_parallel_calls)

        def items(run: Run) -> Items:
            return mapped_items(self._items(run), function.bound(run), workers, run.context)

        return Dataset(_structure_after(function, items), items, inputs=[self], functions=[function])

    def map_with_legacy_function(self, map_func: Any, num_parallel_calls: Any = None) -> Dataset:
        """The same as `map`."""
        return self.map(map_func, num_parallel_calls)

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which `predicate` gives true. Source: tf.data.Dataset.filter.

        Raises:
          ValueError: it gives something else than one bool.
        """
        function = Function(predicate, self, "Dataset.filter")
        if function.structure is not None:
            spec = function.structure
            if not isinstance(spec, Spec) or spec.dtype != torch.bool or spec.shape not in (None, []):
                raise ValueError(
                    f"`predicate` return type must be convertible to a scalar boolean tensor. Was {spec}."
                )
        return Dataset(
            lambda: self._structure,
            lambda run: filtered(self._items(run), function.bound(run)),
            inputs=[self],
            functions=[function],
        )

    filter_with_legacy_function = filter

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the datasets that `map_func` makes, one after the other.

        Raises:
          TypeError: it gives no dataset.

        Source: tf.data.Dataset.flat_map.
        """
        function = self._dataset_function(map_func, "Dataset.flat_map")

        def items(run: Run) -> Items:
            return flattened(self._items(run), function.bound(run))

        structure = _structure_after(function, items, of_result=True)
        return Dataset(structure, items, inputs=[self], functions=[function])

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: int = AUTOTUNE,
        block_length: int = 1,
        num_parallel_calls: Any = None,
    ) -> Dataset:
        """The elements of `cycle_length` datasets at a time, `block_length` of each in turn.

        Args:
          map_func: makes a dataset of an element.
          cycle_length: by default the number of processors.
          num_parallel_calls: accepted without effect.

        Source: tf.data.Dataset.interleave.
        """
        function = self._dataset_function(map_func, "Dataset.interleave")
        cycle, block = as_leaf(_workers(cycle_length)), as_leaf(block_length)

        def items(run: Run) -> Items:
            counts = [_positive(run.number(n), "cycle_length must be > 0") for n in (cycle, block)]
            return interleaved(self._items(run), function.bound(run), *counts)

        structure = _structure_after(function, items, of_result=True)
        return Dataset(structure, items, inputs=[self], parameters=[cycle, block], functions=[function])

    def _dataset_function(self, map_func: Callable[..., Any], caller: str) -> Function:
        function = Function(map_func, self, caller)
        if function.structure is not None and not isinstance(function.result, Dataset):
            raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(function.result)}")
        return function

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """`transformation_func` of this dataset. Source: tf.data.Dataset.apply.

        Raises:
          TypeError: it gives no dataset.
        """
        made = transformation_func(self)
        if not isinstance(made, Dataset):
            raise TypeError(f"`transformation_func` must return a Dataset, it gave {type(made).__name__}.")
        return made

    # Batches

    def batch(self, batch_size: Any, drop_remainder: bool = False) -> Dataset:
        """Elements stacked, `batch_size` at a time.

        Args:
          drop_remainder: whether a smaller last batch is left out; then the static shape has the batch size.

        Source: tf.data.Dataset.batch.
        """
        size = as_leaf(batch_size)

        def items(run: Run) -> Items:
            count = _positive(run.number(size), "Batch size must be greater than zero.")
            if self._rows is not None and self._columns is not None:
                return gathered(self._rows(run), self._columns(run), count, drop_remainder)
            return batched(self._items(run), count, drop_remainder, stacked)

        known = _known_size(size) if drop_remainder else None
        structure = lambda: mapped(lambda spec: _batched(spec, known), self._structure)  # noqa: E731
        return Dataset(structure, items, inputs=[self], parameters=[size])

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any, padding_values: Any = None, drop_remainder: bool = False
    ) -> Dataset:
        """Elements of different sizes stacked, `batch_size` at a time, each padded.

        Args:
          padded_shapes: for each leaf the shape to pad to; None or -1 for the largest size of the batch.
          padding_values: for each leaf; by default 0, and the empty string.

        Raises:
          ValueError: a shape does not fit.
          tf.errors.DataLossError (when run): an element is larger than the padded shape.

        Source: tf.data.Dataset.padded_batch.
        """
        size = as_leaf(batch_size)
        specs = flat(self._structure)
        shapes = [
            padded_shape(shape, spec)
            for shape, spec in zip(parts_like(self._structure, padded_shapes), specs)
        ]
        given = [None] * len(specs) if padding_values is None else parts_like(self._structure, padding_values)
        values = [padding_value(value, spec) for value, spec in zip(given, specs)]

        def items(run: Run) -> Items:
            count = _positive(run.number(size), "Batch size must be greater than zero.")
            return batched(self._items(run), count, drop_remainder, padded(shapes, values))

        known = _known_size(size) if drop_remainder else None
        made = [spec.with_shape(shape).batched(known) for spec, shape in zip(specs, shapes)]
        return Dataset(packed(self._structure, iter(made)), items, inputs=[self], parameters=[size])

    def unbatch(self) -> Dataset:
        """The rows of each element. Source: tf.data.Dataset.unbatch."""
        return Dataset(
            lambda: mapped(lambda s: s.with_shape(None if s.shape is None else s.shape[1:]), self._structure),
            lambda run: unbatched(self._items(run)),
            inputs=[self],
        )

    def window(self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False) -> Dataset:
        """Datasets of up to `size` elements, `stride` apart; each begins `shift` after the one before.

        Source: tf.data.Dataset.window.
        """
        numbers = [as_leaf(size if number is None else number) for number in (size, shift, stride)]

        def items(run: Run) -> Items:
            message = "Window size, shift and stride must be > 0."
            width, step, gap = (_positive(run.number(number), message) for number in numbers)
            for group in windows(self._items(run), width, step, gap, drop_remainder):
                failed = next((item for item in group if isinstance(item, Failure)), None)
                yield failed or tuple(
                    Bound(_kept([item[place] for item in group], spec), run)
                    for place, spec in enumerate(flat(self._structure))
                )

        structure = lambda: mapped(lambda spec: Spec(None, [], "dataset", spec), self._structure)  # noqa: E731
        return Dataset(structure, items, inputs=[self], parameters=numbers)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """`reduce_func(state, element)` over all elements. Source: tf.data.Dataset.reduce."""
        from slim_torch.dataset_iterators import reduced

        return reduced(self, initial_state, reduce_func)

    def with_options(self, options: Any) -> Dataset:
        """The same dataset: there is nothing to choose."""
        return self


# Leaves


def _value(leaf: Any, run: Run) -> Any:
    if isinstance(leaf, SparseTensor):
        return SparseTensor(*(run.value(part) for part in components_of(leaf)))
    return run.value(leaf)


def _view(leaf: Any) -> Any:
    return leaf.view_as(leaf) if isinstance(leaf, torch.Tensor) else leaf


def _protected(item: Any) -> Any:
    return item if isinstance(item, Failure) else tuple(map(_view, item))


def _shown(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf[()]
    return list(leaf.items()) if isinstance(leaf, Bound) else leaf


def _of_rows(
    structure: Any, columns: Callable[[Run], list[Any]], rows: Callable[[Run], Items], parameters: Any
) -> Dataset:
    def items(run: Run) -> Items:
        found = columns(run)
        return (tuple([row_of(column, row) for column in found]) for row in rows(run))

    return Dataset(structure, items, parameters=parameters, columns=columns, rows=rows)


def _kept(leaves: Sequence[Any], spec: Spec) -> Dataset:
    return Dataset(spec, lambda run: iter([(leaf,) for leaf in leaves]))


def _keeping(items: Items, run: Run, key: Any) -> Items:
    kept = []
    for item in items:
        kept.append(item)
        yield _protected(item)
    run.memo[key] = kept


def _later(start: Callable[[], Items]) -> Items:
    yield from start()


def _structure_after(function: Function, items: Callable[[Run], Items], of_result: bool = False) -> Any:
    """What is known of what a function gives; of one that is not recorded, by trying it."""

    def found() -> Any:
        if function.structure is None:
            next(items(Run({})), None)
        return function.structure.nested if of_result else function.structure

    return found if function.structure is None else found()


def _common_shape(first: Any, second: Any) -> Any:
    if first is None or second is None or len(first) != len(second):
        return None
    return [a if a == b else None for a, b in zip(first, second)]


def _batched(spec: Spec, size: int | None) -> Spec:
    if spec.kind == "dataset":
        raise TypeError("A dataset of datasets cannot be batched. Use flat_map first.")
    return spec.batched(size)


# Numbers


def _seeds(seed: int | None) -> tuple[Any, ...]:
    graph = get_default_graph()
    place = len(recorder_of(graph).operations) if graph.recorder is not None else 0
    return (seed, graph.seed, place if seed is None else None)


def _positive(number: int, message: str) -> int:
    if number < 1:
        raise errors.InvalidArgumentError(None, None, f"{message} Got {number}.")
    return number


def _known_size(size: Any) -> int | None:
    from slim_torch.tensors import known_value

    known = known_value(size)
    return None if known is None else int(known)


def _workers(number: Any) -> Any:
    return (os.cpu_count() or 1) if isinstance(number, int) and number < 0 else number
