"""Control flow in recorded graphs: grouping, conditions, loops, and Python functions as operations.

A branch or a loop's body is recorded once, into a `Body` of its own; only the branch that is taken runs.
Inside a step, where code computes as it goes, the same functions call Python's own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dtypes import as_dtype, string
from slim_torch.graph import Graph
from slim_torch.inference import like_structure, no_outputs, tensor_like, tensors_like
from slim_torch.plan import Body
from slim_torch.recording import (
    Operation,
    control_dependencies,
    record,
    recorder_of,
    recording_graph,
)
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.traced import converted

__all__ = [
    "Assert",
    "Print",
    "case",
    "check_assertion",
    "cond",
    "foldl",
    "foldr",
    "group",
    "map_fn",
    "no_op",
    "nothing",
    "operation_calling",
    "py_func",
    "scan",
    "tuple",
    "while_loop",
    "with_dependencies",
]

_tuple = __builtins__["tuple"] if isinstance(__builtins__, dict) else __builtins__.tuple


def nothing(*_: Any) -> None:
    return None


def no_op(name: str | None = None) -> Any:
    """An operation that does nothing but wait for its control dependencies. Source: tf.no_op."""
    graph = recording_graph()
    if graph is None:
        return nothing
    return record(nothing, (), op_type="NoOp", name=name or "NoOp", static=no_outputs(), graph=graph)


def group(*inputs: Any, **kwargs: Any) -> Any:
    """An operation that has run when all of `inputs` have. Source: tf.group.

    Inside a step: a function that calls those of `inputs` that can be called.

    Raises:
      TypeError: an input is neither a tensor nor an operation.
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    flat = list(_flat(inputs))
    graph = recording_graph()
    if graph is None:
        return _Group(flat)
    recorder_of(graph)
    flat = converted(flat)
    for item in flat:
        if not (isinstance(item, (torch.Tensor, Operation)) or hasattr(item, "op") or callable(item)):
            raise TypeError(
                f"Expected tf.group() expected Tensor objects not None passed to tf.group(). Got {item!r} of type "
                f"{type(item).__name__}."
            )
    with control_dependencies(flat):
        return record(
            nothing,
            (),
            op_type="NoOp",
            name=name or ("group_deps" if flat else "NoOp"),
            static=no_outputs(),
            graph=graph,
        )


class _Group:
    """Several updates as one. Inside a step only."""

    belongs_to_step = True

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = list(items)

    def __call__(self) -> None:
        from slim_torch.updates import run_updates

        run_updates([item for item in self.items if callable(item)])


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, (list, _tuple)):
            yield from _flat(value)
        else:
            yield value


def tuple(
    tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None
) -> list[Any]:
    """The same tensors, available only when all of them (and `control_inputs`) are. Source: tf.tuple."""
    graph = recording_graph()
    if graph is None:
        return list(tensors)
    with graph.name_scope(name or "tuple"):
        gate = group(*[t for t in tensors if t is not None], *(control_inputs or ()))
        return [None if t is None else with_dependencies([gate], t) for t in tensors]


def _same(value: Any) -> Any:
    return value


def _copied(value: torch.Tensor) -> torch.Tensor:
    return value.clone()


def with_dependencies(dependencies: Sequence[Any], output_tensor: Any, name: str | None = None) -> Any:
    """`output_tensor`, available only after `dependencies`. Source: control_flow_ops.with_dependencies."""
    graph = recording_graph()
    if graph is None:
        return output_tensor
    recorder_of(graph)
    output_tensor = converted(output_tensor)
    function = _copied if isinstance(output_tensor, torch.nn.Parameter) else _same
    with control_dependencies([*dependencies, output_tensor]):
        return record(function, (output_tensor,), op_type="Identity", name=name or "control_dependency")


def operation_calling(function: Callable[[], Any], graph: Graph) -> Operation:
    """The operation that calls `function`; one for each function."""
    recorder = recorder_of(graph)
    for op in recorder.operations:
        if op.function is function and op.type == "Call":
            return op
    open_before, recorder.finalized = recorder.finalized, False
    try:
        made: Operation = record(
            function, (), op_type="Call", static=no_outputs(), stateful=True, graph=graph
        )
    finally:
        recorder.finalized = open_before
    return made


# Conditions


@contextmanager
def _recorded_body(graph: Graph, parameters: Sequence[SymbolicTensor] = ()) -> Iterator[Body]:
    recorder = recorder_of(graph)
    body = Body(parameters, recorder.body)
    outer, recorder.body = recorder.body, body
    control, recorder._control = recorder._control, []
    first = len(recorder.operations)
    try:
        yield body
    finally:
        body.operations = [op for op in recorder.operations[first:] if op.body is body]
        recorder.body = outer
        recorder._control = control


def _is_composite(value: Any) -> bool:
    """Whether `value` is several tensors under one name: a TensorArray, a SparseTensor, IndexedSlices."""
    return hasattr(value, "with_components")


def _results(value: Any) -> Any:
    """What a branch gave, as tensors; None for an operation."""
    from slim_torch.tensors import as_tensor

    if value is None or isinstance(value, Operation):
        return None
    if isinstance(value, (list, _tuple)):
        items = [_results(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _results(item) for key, item in value.items()}
    if _is_composite(value):
        return value.with_components(*map(_results, value.components))
    made = as_tensor(value)
    if isinstance(made, SymbolicTensor):
        return made
    return record(_copied, (made,), op_type="Identity")


def _run_branch(pred: Any, true: Any, false: Any) -> Any:
    function, captured = true if bool(pred) else false
    return function(*captured)


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """What `true_fn()` gives if `pred`, else what `false_fn()` does; of the operations only those of one run.

    Args:
      pred: a 0-d bool tensor.
      true_fn, false_fn: give a tensor or a list of them, alike in number, dtype and structure.

    Raises:
      TypeError: a function is not callable, `pred` is a Python bool, or the results differ in structure.
      ValueError: a function gives nothing, or the results differ in dtype.

    Source: tf.cond.
    """
    true_fn = fn1 if true_fn is None else true_fn
    false_fn = fn2 if false_fn is None else false_fn
    if not callable(true_fn):
        raise TypeError("true_fn must be callable.")
    if not callable(false_fn):
        raise TypeError("false_fn must be callable.")
    graph = recording_graph()
    if graph is None:
        return true_fn() if bool(pred) else false_fn()
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    from slim_torch.tensors import as_tensor

    pred = as_tensor(pred)
    with graph.name_scope(name or "cond"):
        branches: list[Body] = []
        for function in (true_fn, false_fn):
            with _recorded_body(graph) as body:
                given = function()
                if given is None:
                    raise ValueError(f"{'true' if not branches else 'false'}_fn must have a return value.")
                body.results = _results(given)
            branches.append(body)
        first, second = branches
        structure = first.results
        for body in branches:
            body.results = _without_composites(body.results)
        _check_alike(first.results, second.results)
        flags: dict[str, Any] = {
            "writes": [v for body in branches for op in body.operations for v in op.writes],
            "stateful": any(op.stateful for body in branches for op in body.operations),
        }
        static = like_structure([first.results, second.results])
        if first.results is None:
            static = no_outputs()
        made = record(
            _run_branch, (pred, first, second), op_type="Merge", static=static, graph=graph, **flags
        )
        _name_results(made, "Merge")
        return _with_composites(structure, made)


def _without_composites(value: Any) -> Any:
    """A structure of results with the tensors of composites in their place."""
    if isinstance(value, (list, _tuple)):
        items = [_without_composites(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _without_composites(item) for key, item in value.items()}
    return _tuple(value.components) if _is_composite(value) else value


def _with_composites(structure: Any, value: Any) -> Any:
    """The reverse: `value`, with the composites that `structure` has."""
    if isinstance(structure, (list, _tuple)):
        items = [_with_composites(part, item) for part, item in zip(structure, value)]
        return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)
    if isinstance(structure, dict):
        return {key: _with_composites(structure[key], value[key]) for key in structure}
    return structure.with_components(*value) if _is_composite(structure) else value


def _name_results(made: Any, name: str) -> None:
    op = (
        made
        if isinstance(made, Operation)
        else next((t.op for t in _flat([made]) if isinstance(t, SymbolicTensor)), None)
    )
    if op is not None:
        recorder_of(op.graph).name(op, name)


def _check_alike(first: Any, second: Any) -> None:
    a, b = list(_flat([first])), list(_flat([second]))
    if type(first) is not type(second) and (
        isinstance(first, (list, _tuple)) or isinstance(second, (list, _tuple))
    ):
        raise TypeError(
            f"Incompatible return types of true_fn and false_fn: The two structures don't have the same nested "
            f"structure: {first!r} and {second!r}."
        )
    if len(a) != len(b):
        raise ValueError(
            f"Incompatible return values of true_fn and false_fn: The two structures don't have the same number of "
            f"elements: {len(a)} and {len(b)}."
        )
    for x, y in zip(a, b):
        if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) and x.dtype != y.dtype:
            raise ValueError(
                f"Outputs of true_fn and false_fn must have the same type: {str(x.dtype)[6:]}, {str(y.dtype)[6:]}"
            )


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """What the function of the first true predicate gives, or else `default()`. Source: tf.case."""
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not pairs:
        raise ValueError("At least one (predicate, function) pair is needed.")

    def choose(place: int) -> Any:
        if place == len(pairs) and default is None:
            failed = Assert(False, ["None of the conditions evaluated as True, and there is no default."])
            with control_dependencies([failed]):
                return _unreachable(pairs[-1][1]())
        if place == len(pairs):
            assert default is not None
            return default()
        pred, function = pairs[place]
        return cond(pred, function, lambda: choose(place + 1))

    graph = recording_graph()
    if graph is None:
        return choose(0)
    with graph.name_scope(name):
        if not exclusive:
            return choose(0)
        count = record(
            _count_true, ([pred for pred, _ in pairs],), static=tensor_like([], torch.bool), graph=graph
        )
        alone = Assert(count, ["More than one condition evaluated as True, but exclusive=True."])
        with control_dependencies([alone]):
            return choose(0)


def _count_true(preds: Sequence[Any]) -> torch.Tensor:
    return torch.tensor(sum(bool(pred) for pred in preds) <= 1)


def _unreachable(value: Any) -> Any:
    return (
        [_unreachable(item) for item in value]
        if isinstance(value, list)
        else record(_same, (_results(value),))
    )


# Loops


def _parameter(graph: Graph, like: Any, shape: Any = None) -> SymbolicTensor:
    """A tensor that stands for an argument of a body."""
    sizes = static_shape(like.stand_ins) if isinstance(like, SymbolicTensor) else list(like.shape)
    if shape is not None:
        sizes = shape if shape != "unknown" else None
    return record(nothing, (), op_type="Parameter", static=tensor_like(sizes, like.dtype), graph=graph)


def _packed(structure: Any, flat: Iterator[Any]) -> Any:
    if isinstance(structure, (list, _tuple)):
        items = [_packed(item, flat) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)
    if isinstance(structure, dict):
        return {key: _packed(structure[key], flat) for key in sorted(structure)}
    if _is_composite(structure):
        return structure.with_components(*(next(flat) for _ in structure.components))
    return next(flat)


def _flattened(structure: Any) -> list[Any]:
    if isinstance(structure, (list, _tuple)):
        return [item for part in structure for item in _flattened(part)]
    if isinstance(structure, dict):
        return [item for key in sorted(structure) for item in _flattened(structure[key])]
    if _is_composite(structure):
        return list(structure.components)
    return [structure]


def _run_while(condition: Any, body: Any, values: list[Any], limit: Any) -> list[Any]:
    test, test_captured = condition
    step, step_captured = body
    values = list(values)
    count = 0
    while (limit is None or count < int(limit)) and bool(test(*test_captured, *values)):
        values = list(step(*step_captured, *values))
        count += 1
    return values


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)`. Source: tf.while_loop.

    Args:
      loop_vars: a list or tuple of tensors, nested as you like.
      shape_invariants: shapes, with None for sizes that change from one round to the next.
      maximum_iterations: the most rounds there may be.
      parallel_iterations, swap_memory: accepted without effect.

    Raises:
      ValueError: no loop variables, or a shape changes that no invariant lets change.
      TypeError: `cond` or `body` is not callable.
    """
    from slim_torch.tensors import as_tensor

    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if not loop_vars and not isinstance(loop_vars, torch.Tensor):
        raise ValueError("No loop variables provided")
    wrapped = loop_vars if isinstance(loop_vars, (list, _tuple)) else [loop_vars]
    graph = recording_graph()
    if graph is None:
        count = 0
        values = list(wrapped)
        while (maximum_iterations is None or count < maximum_iterations) and bool(cond(*values)):
            given = body(*values)
            values = list(given) if isinstance(given, (list, _tuple)) else [given]
            count += 1
        return values[0] if len(values) == 1 and not return_same_structure else type(wrapped)(values)
    with graph.name_scope(name or "while"):
        flat = [_as_symbolic(as_tensor(value)) for value in _flattened(wrapped)]
        shapes = _invariants(shape_invariants, flat)
        test, _ = _traced(graph, cond, wrapped, flat, shapes)
        step, step_parameters = _traced(graph, body, wrapped, flat, shapes)
        given = step.results
        results = _flattened(given)
        if len(results) != len(flat):
            raise ValueError(
                f"Number of inputs and outputs of body must match loop_vars: {len(flat)}, {len(results)}"
            )
        for before, after, shape in zip(step_parameters, results, shapes):
            if after.dtype != before.dtype:
                # TensorFlow notices when it runs.
                return _packed(wrapped, iter(_failing(flat, _loop_dtype(before, after), graph)))
            _check_loop_shape(before, after, shape)
        test.results = _flattened(test.results)[0]
        step.results = results
        made = record(
            _run_while,
            (test, step, flat, maximum_iterations),
            op_type="Exit",
            static=tensors_like(list, [(static_shape(p.stand_ins), p.dtype) for p in step_parameters]),
            writes=[v for op in step.operations for v in op.writes],
            stateful=any(op.stateful for op in step.operations),
            graph=graph,
        )
        _name_results(made, "Exit")
        packed = _packed(wrapped, iter(made))
    return packed[0] if len(packed) == 1 and not return_same_structure else packed


def _as_symbolic(tensor: Any) -> SymbolicTensor:
    if isinstance(tensor, SymbolicTensor):
        return tensor
    return record(_copied, (tensor,), op_type="Identity")


def _traced(
    graph: Graph, function: Callable[..., Any], structure: Any, flat: Sequence[Any], shapes: Sequence[Any]
) -> Any:
    with _recorded_body(graph) as body:
        parameters = [_parameter(graph, tensor, shape) for tensor, shape in zip(flat, shapes)]
        body.parameters = list(parameters)
        body.results = _results(function(*_packed(structure, iter(parameters))))
    return body, parameters


def _invariants(shape_invariants: Any, flat: Sequence[Any]) -> list[Any]:
    if shape_invariants is None:
        return [None] * len(flat)
    from slim_torch.tensor_shape import TensorShape

    shapes: list[Any] = []

    def visit(value: Any) -> None:
        if value is None or isinstance(value, TensorShape):
            shape = TensorShape(value)
            shapes.append("unknown" if shape.ndims is None else shape.as_list())
        elif isinstance(value, dict):
            for key in sorted(value):
                visit(value[key])
        else:
            for item in value:
                visit(item)

    visit(shape_invariants)
    return shapes


def _loop_dtype(before: Any, after: Any) -> str:
    return (
        f"Loop variable {before.name} enters the loop with type {_shown_dtype(before.dtype)} but has type "
        f"{_shown_dtype(after.dtype)} after one iteration."
    )


def _fail(message: str) -> Any:
    raise errors.InvalidArgumentError(None, None, message)


def _failing(like: Sequence[Any], message: str, graph: Graph) -> list[Any]:
    """Tensors like these whose computation fails."""
    static = tensors_like(list, [(static_shape(t.stand_ins), t.dtype) for t in like])
    return record(_fail, (message,), static=static, graph=graph)


def _check_loop_shape(before: SymbolicTensor, after: Any, invariant: Any) -> None:
    old, new = static_shape(before.stand_ins), static_shape(after.stand_ins)
    if old is None:
        return
    same = new is not None and len(old) == len(new) and all(a is None or a == b for a, b in zip(old, new))
    if not same:
        from slim_torch.symbolic import shown

        raise ValueError(
            f"The shape for {before.name} is not an invariant for the loop. It enters the loop with shape {shown(old)}, but "
            f"has shape {shown(new)} after one iteration. Provide shape invariants using either the `shape_invariants` "
            f"argument of tf.while_loop or set_shape() on the loop variables."
        )


def _first_axis(elems: Any) -> list[Any]:
    from slim_torch.tensors import as_tensor

    return [_as_symbolic(as_tensor(e)) for e in _flattened(elems)]


def _run_map(body: Any, columns: list[Any], reverse: bool = False) -> list[Any]:
    function, captured = body
    rounds = [
        _flattened(function(*captured, *(column[i] for column in columns)))
        for i in _indices(columns, reverse)
    ]
    if not rounds:
        raise errors.InvalidArgumentError(
            None, None, "tf.map_fn over no elements: the shape of the result is not known."
        )
    return [torch.stack(parts) for parts in zip(*rounds)]


def _indices(columns: Sequence[Any], reverse: bool) -> Any:
    places = [*(i for i, _ in enumerate(columns[0]))]
    return places[::-1] if reverse else places


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """`fn` of each element along the first axis, stacked. Source: tf.map_fn.

    Args:
      elems: a tensor, or a structure of tensors that are taken apart together.
      dtype: the dtypes of the results, needed where `fn` gives another structure than it takes.
    """
    if not callable(fn):
        raise TypeError("fn must be callable.")
    graph = recording_graph()
    if graph is None:
        columns = _flattened(elems)
        rounds = [
            fn(_packed(elems, iter([column[i] for column in columns]))) for i in _indices(columns, False)
        ]
        flat = [torch.stack(parts) for parts in zip(*map(_flattened, rounds))]
        return _packed(rounds[0], iter(flat))
    with graph.name_scope(name or "map"):
        columns = _first_axis(elems)
        rows = [column[0] for column in columns]
        body, _ = _traced(
            graph, lambda *values: fn(_packed(elems, iter(values))), list(rows), rows, [None] * len(rows)
        )
        kinds = [column.dtype for column in columns] if dtype is None else map(as_dtype, _flattened(dtype))
        given = _flattened(body.results)
        if [tensor.dtype for tensor in given] != list(kinds):
            shown = ", ".join(_shown_dtype(tensor.dtype) for tensor in given)
            failed = _failing(given, f"TensorArray dtype is not the type of what fn gives: {shown}.", graph)
            return _packed(body.results, iter(failed))
        return _stacked_result(body, columns, _run_map, (body, columns), graph)


def _stacked_result(body: Any, columns: Sequence[Any], function: Any, args: Any, graph: Graph) -> Any:
    structure = body.results
    flat = _flattened(structure)
    length = (static_shape(columns[0].stand_ins) or [None])[0]
    shapes = []
    for tensor in flat:
        own = static_shape(tensor.stand_ins)
        shapes.append((None if own is None else [length, *own], tensor.dtype))
    body.results = flat
    made = record(
        function,
        args,
        op_type="TensorArrayGatherV3",
        static=tensors_like(list, shapes),
        writes=[v for op in body.operations for v in op.writes],
        stateful=any(op.stateful for op in body.operations),
        graph=graph,
    )
    return _packed(structure, iter(made))


def _run_scan(
    body: Any, state: list[Any], columns: list[Any], reverse: bool, keeps: bool, skips: bool
) -> list[Any]:
    function, captured = body
    states = list(state)
    kept = []
    places = _indices(columns, reverse)
    if skips:
        kept.append(states)
        places = places[1:]
    for i in places:
        states = _flattened(function(*captured, *states, *(column[i] for column in columns)))
        kept.append(states)
    if not keeps:
        return states
    if reverse:
        kept.reverse()
    return [torch.stack(parts) for parts in zip(*kept)]


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All states of `state = fn(state, element)` along the first axis, stacked. Source: tf.scan."""
    return _folded(fn, elems, initializer, reverse, name or "scan", keeps=True)


def foldl(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    *args: Any,
    name: str | None = None,
    **kwargs: Any,
) -> Any:
    """The last state of `state = fn(state, element)` along the first axis. Source: tf.foldl."""
    return _folded(fn, elems, initializer, False, name or "foldl", keeps=False)


def foldr(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    *args: Any,
    name: str | None = None,
    **kwargs: Any,
) -> Any:
    """`foldl` from the last element to the first. Source: tf.foldr."""
    return _folded(fn, elems, initializer, True, name or "foldr", keeps=False)


def _folded(
    fn: Callable[..., Any], elems: Any, initializer: Any, reverse: bool, name: str, keeps: bool
) -> Any:
    if not callable(fn):
        raise TypeError("fn must be callable.")
    from slim_torch.tensors import as_tensor

    graph = recording_graph()
    if graph is None:
        columns = _flattened(elems)
        row = lambda i: _packed(elems, iter([column[i] for column in columns]))  # noqa: E731
        places = _indices(columns, reverse)
        skips = initializer is None
        state = row(places[0]) if skips else initializer
        states = [state] if skips else []
        for i in places[1:] if skips else places:
            state = fn(state, row(i))
            states.append(state)
        if not keeps:
            return state
        ordered = states[::-1] if reverse else states
        return _packed(state, iter([torch.stack(p) for p in zip(*map(_flattened, ordered))]))
    with graph.name_scope(name):
        columns = _first_axis(elems)
        skips = initializer is None
        first = -1 if reverse else 0
        rows = [column[first] for column in columns]
        structure = elems if skips else initializer
        state = rows if skips else [_as_symbolic(as_tensor(value)) for value in _flattened(initializer)]
        count = len(state)

        def call(*values: Any) -> Any:
            return fn(_packed(structure, iter(values[:count])), _packed(elems, iter(values[count:])))

        body, _ = _traced(graph, call, [*state, *rows], [*state, *rows], [None] * (count + len(rows)))
        arguments = (body, state, columns, reverse, keeps, skips)
        if keeps:
            return _stacked_result(body, columns, _run_scan, arguments, graph)
        results = body.results
        flat = _flattened(results)
        body.results = flat
        made = record(
            _run_scan,
            arguments,
            op_type="Exit",
            static=tensors_like(list, [(static_shape(t.stand_ins), t.dtype) for t in flat]),
            stateful=any(op.stateful for op in body.operations),
            writes=[v for op in body.operations for v in op.writes],
            graph=graph,
        )
        return _packed(results, iter(made))


# Python functions


def _as_array(value: Any) -> Any:
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def _call_python(function: Callable[..., Any], inputs: Sequence[Any], dtypes: Any, name: str) -> Any:
    given = function(*map(_as_array, inputs))
    if not isinstance(dtypes, list):
        return _checked_output(given, dtypes, name)
    if not dtypes:
        return []
    values = list(given) if isinstance(given, (list, _tuple)) else [given]
    if len(values) != len(dtypes):
        raise errors.InvalidArgumentError(
            None, None, f"{name} returns {len(values)} values, but expects to see {len(dtypes)} values."
        )
    return [_checked_output(value, dtype, name) for value, dtype in zip(values, dtypes)]


def _checked_output(value: Any, dtype: Any, name: str) -> Any:
    if dtype is string:
        # NumPy's own strings lose zeros at their ends.
        return np.asarray(value, dtype=object)
    array = np.asarray(value)
    if isinstance(value, (int, float)) and not isinstance(value, (bool, np.generic)):
        array = array.astype(np.int64 if isinstance(value, int) else np.float64)
    given = torch.from_numpy(np.array(array))
    if given.dtype != dtype:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"0-th value returned by {name} is {_shown_dtype(given.dtype)}, but expects {_shown_dtype(dtype)}",
        )
    return given


def _shown_dtype(dtype: torch.dtype) -> str:
    name = str(dtype).removeprefix("torch.")
    return {"float64": "double", "float32": "float"}.get(name, name)


def py_func(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Calls a Python function with the NumPy values of `inp` each time the graph runs.

    Args:
      Tout: the dtype of its result, or a list of dtypes for a list of results; the shapes are not known.

    Source: tf.py_func.
    """
    from slim_torch.tensors import as_tensor

    inputs = [as_tensor(value) for value in inp]
    dtypes: Any = [as_dtype(d) for d in Tout] if isinstance(Tout, (list, _tuple)) else as_dtype(Tout)
    shown = f"pyfunc_{getattr(func, '__name__', 'function')}"
    graph = recording_graph()
    if graph is None:
        return _call_python(func, inputs, dtypes, shown)
    static = (
        tensors_like(list, [(None, dtype) for dtype in dtypes])
        if isinstance(dtypes, list)
        else tensor_like(None, dtypes)
    )
    if isinstance(dtypes, list) and not dtypes:
        static = no_outputs()
    made = record(
        _call_python,
        (func, inputs, _Fixed(dtypes), shown),
        op_type="PyFunc",
        static=static,
        stateful=stateful,
        graph=graph,
    )
    op = made if isinstance(made, Operation) else _flattened(made)[0].op
    op.function = _call_fixed
    recorder_of(graph).name(op, name or "PyFunc")
    return made


class _Fixed:
    """A constant that is no structure to look into."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _call_fixed(function: Callable[..., Any], inputs: Sequence[Any], dtypes: _Fixed, name: str) -> Any:
    try:
        return _call_python(function, inputs, dtypes.value, name)
    except errors.OpError:
        raise
    except Exception as err:
        kinds: dict[type, Any] = {
            StopIteration: errors.OutOfRangeError,
            MemoryError: errors.ResourceExhaustedError,
            NotImplementedError: errors.UnimplementedError,
            TypeError: errors.InvalidArgumentError,
            ValueError: errors.InvalidArgumentError,
        }
        kind = next((found for known, found in kinds.items() if isinstance(err, known)), errors.UnknownError)
        raise kind(None, None, f"{type(err).__name__}: {err}") from err


def _print(
    value: Any,
    data: Sequence[Any],
    message: str | None,
    first_n: Any,
    summarize: int | None,
    count: list[int],
) -> Any:
    count[0] += 1
    if first_n is None or first_n < 0 or count[0] <= first_n:
        shown = "".join(f"[{_summary(item, summarize)}]" for item in data)
        print(f"{message or ''}{shown}", file=sys.stderr)
    return value


def _summary(value: Any, summarize: int | None) -> str:
    flat = np.asarray(_as_array(value)).reshape(-1)
    most = 3 if summarize is None else summarize
    more = "..." if most >= 0 and len(flat) > most else ""
    return " ".join(_shown_element(item) for item in (flat if most < 0 else flat[:most])) + more


def _shown_element(item: Any) -> str:
    """An element as TensorFlow prints it: six digits, strings without quotes."""
    if isinstance(item, bytes):
        return item.decode(errors="backslashreplace")
    if isinstance(item, np.bool_):
        return str(int(item))
    return f"{float(item):g}" if isinstance(item, np.floating) else str(item)


def Print(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """`input_`; when it runs, `message` and the values of `data` are printed to stderr. Source: tf.Print."""
    from slim_torch.tensors import as_tensor

    graph = recording_graph()
    value = as_tensor(input_)
    if graph is None:
        return _print(value, data, message, first_n, summarize, [0])
    static = (
        like_structure([value])
        if isinstance(value, SymbolicTensor)
        else tensor_like(list(value.shape), value.dtype)
    )
    return record(
        _print,
        (value, [as_tensor(item) for item in data], message, first_n, summarize, _Counter()),
        op_type="Print",
        name=name or "Print",
        static=static,
        stateful=True,
        graph=graph,
    )


class _Counter(list[int]):
    def __init__(self) -> None:
        super().__init__([0])


def check_assertion(condition: Any, data: Sequence[Any], summarize: int | None) -> None:
    """What `Assert` does when it runs."""
    if not bool(condition):
        shown = " ".join(f"[{_summary(item, summarize)}]" for item in data)
        raise errors.InvalidArgumentError(None, None, f"assertion failed: {shown}")


def Assert(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> Any:
    """An operation that fails with InvalidArgumentError, showing `data`, unless `condition`. Source: tf.Assert."""
    from slim_torch.tensors import as_tensor

    graph = recording_graph()
    test, shown = as_tensor(condition), [as_tensor(item) for item in data]
    if graph is None:
        check_assertion(test, shown, summarize)
        return nothing
    return record(
        check_assertion,
        (test, shown, summarize),
        op_type="Assert",
        name=name or "Assert",
        static=no_outputs(),
        stateful=True,
        graph=graph,
    )
