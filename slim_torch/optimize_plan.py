"""What a plan does differently from how it was recorded: gradients prepared, layout changes and copies saved.

Works on the steps of one plan; the graph itself is never changed. Invariant: what is fetched, fed, or used
more than once has the value that was recorded.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch.batch_statistics import batch_norm_over
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import add_bias, is_product
from slim_torch.recording import Operation, parts_of
from slim_torch.spatial import padded_convolution
from slim_torch.symbolic import SymbolicNumber, SymbolicTensor
from slim_torch.updates import AssignMovingAverage, run_updates

__all__ = ["Step", "optimized"]


# As a plan calls them.
_ADD_BIAS = add_bias.plain  # type: ignore[attr-defined]
_PADDED = padded_convolution.plain  # type: ignore[attr-defined]


class Step:
    """One call of a plan: an operation, possibly changed by an optimization."""

    __slots__ = ("args", "function", "kwargs", "op", "outputs", "result")

    def __init__(
        self, op: Operation | None, function: Any, args: Any, kwargs: Any, result: Any, outputs: Any
    ) -> None:
        self.op = op
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.result = result
        self.outputs = outputs

    @classmethod
    def of(cls, op: Operation) -> Step:
        function = getattr(op.function, "plain", op.function)
        args, kwargs = op.args, op.kwargs
        if op.gradient_type is not None and op.outputs:
            from slim_torch.gradients import call_with_gradient, registered_gradient

            gradient = registered_gradient(op.gradient_type)
            args, kwargs = (op.function, gradient, op.type, op.args, op.kwargs), {}
            function = call_with_gradient
        return cls(op, function, args, kwargs, op.result, op.outputs)


def optimized(
    operations: Sequence[Operation], fetches: Sequence[Any], feeds: Sequence[Any], has_gradient: bool
) -> list[Step]:
    """The steps that compute `fetches`."""
    steps = _with_biases_in_products([Step.of(op) for op in operations], fetches, feeds)
    steps = _elementwise_first(steps, fetches, feeds)
    steps = _without_layout_pairs(steps, fetches, feeds)
    steps = _with_gradients(steps, feeds) if has_gradient else _in_place(steps, fetches, feeds)
    return _updates_together(steps, fetches)


# Gradients


def _watched(x: torch.Tensor) -> torch.Tensor:
    """`x` as something that autograd can derive by."""
    return x if x.requires_grad else x.detach().requires_grad_()


def _cut(x: torch.Tensor) -> torch.Tensor:
    """`x` without its history."""
    return x.detach().requires_grad_()


def _with_gradients(steps: list[Step], feeds: Sequence[Any]) -> list[Step]:
    """Tensors that are derived by made so, and autograd's memory kept as long as somebody needs it."""
    places = [
        place
        for place, step in enumerate(steps)
        if step.op is not None and getattr(step.op, "differentiates", False)
    ]
    watched: dict[int, Any] = {}
    cut: set[int] = set()
    for place in places:
        step = steps[place]
        _, xs, _, stops = step.args
        for x in [*xs, *stops]:
            if isinstance(x, SymbolicTensor) or not x.requires_grad:
                watched[id(x)] = x
        cut.update(id(x) for x in stops)
    needs_second = _followed_by_gradient(steps, set(places))
    for place in places:
        step = steps[place]
        step.kwargs = {
            "create_graph": place in needs_second,
            "retain_graph": place != places[-1],
        }
    prepared = [_watching(watched[id(feed)], id(feed) in cut) for feed in feeds if id(feed) in watched]
    prepared += [
        _watching(x, False)
        for x in watched.values()
        if isinstance(x, Variable) and not any(x is feed for feed in feeds)
    ]
    result = prepared
    for step in steps:
        result.append(step)
        result.extend(_watching(t, id(t) in cut) for t in step.outputs if id(t) in watched)
    return result


def _watching(tensor: Any, cut: bool) -> Step:
    return Step(None, _cut if cut else _watched, (tensor,), {}, tensor, [tensor])


def _followed_by_gradient(steps: list[Step], places: set[int]) -> set[int]:
    """Which gradients another derivative is taken of."""
    found: set[int] = set()
    needed: set[int] = set()
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        wanted = any(id(output) in needed for output in step.outputs)
        if place in places and wanted:
            found.add(place)
        if place in places:
            needed.update(id(y) for y in parts_of(step.args[0]))
        if wanted or place in places:
            needed.update(
                id(part) for part in parts_of((step.args, step.kwargs)) if isinstance(part, SymbolicTensor)
            )
    return found


# Layout


def _uses(steps: Sequence[Step], fetches: Sequence[Any]) -> dict[int, int]:
    """How often each tensor is used; a fetch counts twice, so that it is never written over."""
    counts: dict[int, int] = {}
    for step in steps:
        for part in parts_of((step.args, step.kwargs)):
            for tensor in [part, *part.captures] if hasattr(part, "captures") else [part]:
                counts[id(tensor)] = counts.get(id(tensor), 0) + 1
    for fetch in fetches:
        counts[id(fetch)] = counts.get(id(fetch), 0) + 2
    return counts


_PERMUTE = torch.Tensor.permute


def _order_of(step: Step) -> tuple[int, ...] | None:
    """The order of axes that a step permutes by."""
    if step.function is not _PERMUTE or step.kwargs:
        return None
    order = step.args[1] if len(step.args) == 2 and isinstance(step.args[1], (tuple, list)) else step.args[1:]
    return tuple(int(axis) for axis in order) if all(type(axis) is int for axis in order) else None


def _replaced(value: Any, substitutes: dict[int, Any]) -> Any:
    if isinstance(value, SymbolicTensor):
        return substitutes.get(id(value), value)
    if type(value) in (list, tuple):
        return type(value)(_replaced(item, substitutes) for item in value)
    if type(value) is dict:
        return {key: _replaced(item, substitutes) for key, item in value.items()}
    return value


_ELEMENTWISE = frozenset(
    (
        F.relu,
        torch.relu,
        torch.Tensor.relu,
        F.relu6,
        F.elu,
        torch.tanh,
        torch.sigmoid,
        operator.add,
        operator.mul,
        operator.sub,
        torch.add,
        torch.mul,
        torch.sub,
    )
)


def _elementwise_first(steps: list[Step], fetches: Sequence[Any], feeds: Sequence[Any]) -> list[Step]:
    """`f(permute(x))` becomes `permute(f(x))`, so that a layer's permutation meets that of the next one.

    Also where others use `permute(x)` too: all of a residual network is then computed in one order of axes,
    and torch.compile, which guesses the layout of a sum from the order of its axes, guesses right.
    """
    counts = _uses(steps, fetches)
    fed = set(map(id, feeds))
    made_by: dict[int, Step] = {}
    result: list[Step] = []
    for step in steps:
        sources = [made_by.get(id(arg)) for arg in step.args] if step.function in _ELEMENTWISE else []
        orders = [None if source is None else _order_of(source) for source in sources]
        if (
            sources
            and orders[0] is not None
            and all(order == orders[0] for order in orders)
            and not any(id(arg) in fed for arg in step.args)
        ):
            outer = step.result
            inner = SymbolicTensor.make(outer.op, outer.value_index, outer.stand_ins, outer.dtype)
            args = tuple(source.args[0] for source in sources if source is not None)
            for source, arg in zip(sources, step.args):
                if counts[id(arg)] == 1:
                    result.remove(source)  # type: ignore[arg-type]
            counts[id(inner)] = 1
            first = Step(step.op, step.function, args, step.kwargs, inner, [inner])
            second = Step(step.op, _PERMUTE, (inner, orders[0]), {}, outer, step.outputs)
            result += [first, second]
            made_by[id(inner)], made_by[id(outer)] = first, second
            continue
        result.append(step)
        if isinstance(step.result, SymbolicTensor) and id(step.result) not in fed:
            made_by[id(step.result)] = step
    return result


def _without_layout_pairs(steps: list[Step], fetches: Sequence[Any], feeds: Sequence[Any]) -> list[Step]:
    """A permutation of a permutation that gives the first tensor again is that tensor."""
    fed = set(map(id, feeds))
    origin: dict[int, tuple[Any, tuple[int, ...]]] = {}
    substitutes: dict[int, Any] = {}
    kept: list[Step] = []
    wanted = {id(fetch) for fetch in fetches} | fed
    measured = _measured(steps)
    for step in steps:
        order = _order_of(step)
        if substitutes:
            step.args = _replaced(step.args, substitutes)
            step.kwargs = _replaced(step.kwargs, substitutes)
        if order is not None and isinstance(step.args[0], SymbolicTensor):
            before = origin.get(id(step.args[0]))
            if (
                before is not None
                and tuple(before[1][axis] for axis in order) == tuple(range(len(order)))
                and id(step.result) not in wanted
            ):
                substitutes[id(step.result)] = before[0]
                if id(step.result) not in measured:
                    continue
            if id(step.result) not in fed:
                origin[id(step.result)] = (step.args[0], order)
        kept.append(step)
    return _without_unused(kept, fetches)


def _measured(steps: Sequence[Step]) -> set[int]:
    """The tensors whose sizes are used."""
    found: set[int] = set()

    def visit(value: Any) -> None:
        if isinstance(value, SymbolicNumber):
            found.update(map(id, value.tensors()))
        elif isinstance(value, (list, tuple)):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            visit(list(value.values()))
        elif isinstance(value, slice):
            visit((value.start, value.stop, value.step))

    for step in steps:
        visit((step.args, step.kwargs))
    return found


def _without_unused(steps: list[Step], fetches: Sequence[Any]) -> list[Step]:
    """Permutations whose results nobody takes any more go."""
    counts = _uses(steps, fetches)
    return [
        step
        for step in steps
        if step.function is not _PERMUTE or counts.get(id(step.result), 0) or not step.outputs
    ]


# Biases

_MOVES = frozenset(("permute", "squeeze", "narrow", "index_select", "reshape"))


def _with_biases_in_products(steps: list[Step], fetches: Sequence[Any], feeds: Sequence[Any]) -> list[Step]:
    """A layer's bias goes into the call of its convolution or matrix product, where nobody else sees that.

    Only layers record `add_bias`, and only of a product of their own, so what lies between the two leaves
    the channels where they are.
    """
    counts = _uses(steps, fetches)
    places = {id(step.result): place for place, step in enumerate(steps)}
    fed = set(map(id, feeds))
    kept: list[Step | None] = list(steps)
    for place, step in enumerate(steps):
        if step.function is not _ADD_BIAS or not isinstance(step.args[1], Variable):
            continue
        source, bias, _ = step.args
        last = places.get(id(source))
        found = last
        while found is not None and counts.get(id(source), 0) == 1 and id(source) not in fed:
            product = steps[found]
            if is_product(product.function) and product.args[2] is None:
                between = steps[found:place]
                if any(bias is written for other in between if other.op for written in other.op.writes):
                    break
                product.args = (*product.args[:2], bias, *product.args[3:])
                assert last is not None
                steps[last].result, steps[last].outputs = step.result, step.outputs
                places[id(step.result)] = last
                kept[place] = None
                break
            if getattr(product.function, "__name__", "") not in _MOVES:
                break
            source = product.args[0]
            found = places.get(id(source))
    return [step for step in kept if step is not None]


# Memory

_RELU = (F.relu, torch.relu, torch.Tensor.relu)
_NEW = frozenset((torch.conv2d, torch.conv3d, _PADDED, torch.batch_norm, torch.addmm, torch.add, F.linear))


def _in_place(steps: list[Step], fetches: Sequence[Any], feeds: Sequence[Any]) -> list[Step]:
    """ReLU, and batch_norm in inference, over memory that the step before has just written and nobody else reads."""
    counts = _uses(steps, fetches)
    made_by = {id(step.result): step for step in steps if isinstance(step.result, SymbolicTensor)}
    fed = set(map(id, feeds))

    def is_new(source: Any) -> bool:
        while isinstance(source, SymbolicTensor):
            producer = made_by.get(id(source))
            if producer is None or counts.get(id(source), 0) != 1 or id(source) in fed:
                return False
            if producer.function in _NEW:
                return True
            if producer.function is not _PERMUTE:
                return False
            source = producer.args[0]
        return False

    over: list[Step] = []
    for step in steps:
        if step.function in _RELU and is_new(step.args[0]):
            step.function, step.args, step.kwargs = torch.relu_, step.args[:1], {}
        elif step.function is torch.batch_norm and step.args[5:6] == (False,) and is_new(step.args[0]):
            over.append(step)
    for step in over:  # not before: its result is as new as that of torch.batch_norm
        step.function = batch_norm_over
    return steps


# Updates


def _run_together(updates: Sequence[tuple[Variable, torch.Tensor, float]]) -> None:
    run_updates(AssignMovingAverage(*update) for update in updates)


def _updates_together(steps: list[Step], fetches: Sequence[Any]) -> list[Step]:
    """Moving averages that follow each other are updated in a few kernels."""
    from slim_torch.updates import assign_moving_average

    counts = _uses(steps, fetches)
    result: list[Step] = []
    pending: list[Step] = []

    def flush() -> None:
        if len(pending) == 1:
            result.extend(pending)
        elif pending:
            together = Step(pending[0].op, _run_together, ([step.args for step in pending],), {}, None, [])
            result.append(together)
        pending.clear()

    for step in steps:
        if step.function is assign_moving_average and not counts.get(id(step.result), 0):
            pending.append(step)
            continue
        if pending and (step.op is None or step.op.writes or step.op.stateful or _reads(step, pending)):
            flush()
        result.append(step)
    flush()
    return result


def _reads(step: Step, pending: Sequence[Step]) -> bool:
    variables = {id(update.args[0]) for update in pending}
    return any(id(part) in variables for part in parts_of((step.args, step.kwargs)))
