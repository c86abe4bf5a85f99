"""Where an infinity or NaN comes from, looked for once a loss is found not to be finite.

Nothing here runs, and nothing is paid, while losses are finite. First the variables are looked at; if they are
fine the model runs once more, and the first operation that makes a bad value of good ones is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from slim_torch import errors
from slim_torch.graph import Graph
from slim_torch.parameter import Variable
from slim_torch.recording import Operation, computing
from slim_torch.symbolic import SymbolicTensor

if TYPE_CHECKING:
    from slim_torch.plan import Plan

__all__ = ["NonFiniteLossError", "explain", "explained", "with_origin"]

_SHOWN = 5


class NonFiniteLossError(errors.InvalidArgumentError, FloatingPointError):
    """A loss is infinite or not a number. TensorFlow raises InvalidArgumentError, PyTorch's users know the other."""


def _is_bad(value: Any) -> bool:
    if not isinstance(value, Tensor) or isinstance(value, SymbolicTensor):
        return False
    if not (value.dtype.is_floating_point or value.dtype.is_complex):
        return False
    return not bool(torch.isfinite(value.detach()).all())


def _bad_variables(variables: Iterable[Variable]) -> str | None:
    with computing():
        names = [variable.op.name for variable in variables if _is_bad(variable)]
    if not names:
        return None
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"Before the step, these variables held values that are not finite already: {shown}{more}."


class _FirstBad(TorchFunctionMode):
    """Notes where the first bad result is made that does not come from a bad argument."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self._graph = graph
        self.found: str | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if self.found is None:
            results = result if isinstance(result, (tuple, list)) else (result,)
            with torch._C.DisableTorchFunction():
                if any(map(_is_bad, results)):
                    where = self._graph.get_name_scope()
                    layer = f"in '{where}'" if where else "outside of all scopes"
                    name = getattr(func, "__name__", repr(func)).strip("_")
                    self.found = (
                        f"It came in with the data, which were first used {layer}."
                        if any(map(_is_bad, args))
                        else f"It first appeared {layer}, in the result of {name}."
                    )
        return result


def explain(graph: Graph, total_loss: Callable[[], Any], variables: Sequence[Variable]) -> str:
    """A sentence on where the loss that is not finite comes from; the model is run again if need be."""
    bad = _bad_variables(variables)
    if bad is not None:
        return bad
    with torch.no_grad(), graph.as_default(), graph.step(), _FirstBad(graph) as watch:
        try:
            total_loss()
        except StopIteration:
            return "The data have ended, so that it could not be looked for."
    if watch.found is not None:
        return watch.found
    return "It did not come again when the model ran once more, so look at the batch of that step."


def with_origin(check: Callable[..., Any]) -> Callable[..., Any]:
    """Marks what an operation runs: if it fails, the session is to look for where its input went bad."""
    check.explains_failure = True  # type: ignore[attr-defined]
    return check


def explained(err: errors.OpError, plan: Plan, values: Sequence[Any]) -> errors.OpError:
    """`err` with the operation or variable that the bad value comes from, if its operation is such a check.

    Args:
      plan, values: what was run, and what it was fed.
    """
    op = err.op
    if not isinstance(op, Operation) or not getattr(op.function, "explains_failure", False):
        return err
    origin = _first_bad_operation(plan, op, values)
    return err if origin is None else type(err)(err.node_def, op, f"{err.message}\n{origin}")


def _first_bad_operation(plan: Plan, check: Operation, values: Sequence[Any]) -> str | None:
    from slim_torch.plan import Plan, inputs_of, needed

    fed = set(map(id, plan.feeds))
    # What `check` takes its input from, leaving out whatever would change a variable once more.
    stack, seen = [tensor.op for tensor in inputs_of(check)], {}
    while stack:
        op = stack.pop()
        if id(op) not in seen:
            seen[id(op)] = op
            stack.extend(tensor.op for tensor in inputs_of(op) if id(tensor) not in fed)
    operations = sorted(seen.values(), key=lambda op: op.index)
    harmless: list[Operation] = []
    harmful: set[int] = set()
    for op in operations:
        before = [*(tensor.op for tensor in inputs_of(op) if id(tensor) not in fed), *op.control_inputs]
        if any(id(other) in harmful for other in before) or any(o.writes for o in needed([op], fed)):
            harmful.add(id(op))
        else:
            harmless.append(op)
    variables = {id(part): part for op in operations for part in op.inputs if isinstance(part, Variable)}
    bad = _bad_variables(variables.values())
    if bad is not None:
        return bad
    watched = [
        tensor
        for op in harmless
        for tensor in op.outputs
        if isinstance(tensor.dtype, torch.dtype) and tensor.dtype.is_floating_point
    ]
    for feed, value in zip(plan.feeds, values):
        if _is_bad(value):
            return f"It came in by the feed of '{feed.name}'."
    if not watched:
        return None
    again = Plan(check.graph, watched, plan.feeds)
    try:
        results = again.run(*values)
    except (errors.OpError, RuntimeError, ValueError, IndexError, TypeError):
        return None
    for tensor, result in zip(watched, results):
        if _is_bad(result):
            return f"It first appeared in '{tensor.op.name}' ({tensor.op.type})."
    return "It did not come again when the operations ran once more, so look at the batch of that step."
