"""Gradients of recorded tensors, and ways to stop or replace them.

`gradients` records one operation for all derivatives; when it runs, PyTorch's autograd computes them. Which
tensors are connected is decided when it is recorded, since TensorFlow answers None there already.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from slim_torch.inference import tensors_like
from slim_torch.parameter import Variable
from slim_torch.recording import (
    Operation,
    parts_of,
    record,
    recorder_of,
    recording_graph,
)
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.traced import converted

__all__ = [
    "NoGradient",
    "NotDifferentiable",
    "RegisterGradient",
    "UnconnectedGradients",
    "custom_gradient",
    "gradients",
    "hessians",
    "stop_gradient",
]

# Operations whose results do not pass a gradient on, by the name of the function.
_STOPPING = frozenset(
    [
        "detach",
        "argmax",
        "argmin",
        "sign",
        "floor",
        "ceil",
        "round",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "zeros_like",
        "ones_like",
        "full_like",
        "rand_like",
        "randn_like",
        "_shape_of",
        "_size_of",
        "_rank_of",
        "isnan",
        "isinf",
        "isfinite",
        "logical_and",
        "logical_or",
        "logical_not",
    ]
)


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: Any = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = "none",
) -> list[Any]:
    """The derivatives of the sum of `ys` by each of `xs`.

    Args:
      ys, xs: a tensor or a list of them; `xs` may be variables.
      grad_ys: what the derivative of something else by each of `ys` is; ones by default.
      stop_gradients: tensors that count as constants.
      unconnected_gradients: `"zero"` for zeros where an x has no influence; None by default.

    Returns:
      A list of tensors like `xs`, None for one that has no influence on `ys`.

    Raises:
      ValueError: `grad_ys` has another length or shapes; inside a step, where autograd is PyTorch's own, nothing
        is raised that `torch.autograd.grad` would not raise.

    Source: tf.gradients.
    """
    targets = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    sources = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    given = (
        [None] * len(targets)
        if grad_ys is None
        else list(grad_ys)
        if isinstance(grad_ys, (list, tuple))
        else [grad_ys]
    )
    if len(given) != len(targets):
        raise ValueError(f"Passed {len(given)} grad_ys for {len(targets)} ys")
    stops = (
        []
        if stop_gradients is None
        else stop_gradients
        if isinstance(stop_gradients, (list, tuple))
        else [stop_gradients]
    )
    zero = getattr(unconnected_gradients, "value", unconnected_gradients) == "zero"
    graph = recording_graph()
    if graph is None:
        return _eager(targets, sources, given, zero)
    recorder_of(graph)
    targets, sources, stops = converted(targets), converted(sources), converted(list(stops))
    # TensorFlow warns of integers, and goes on without them.
    given = [g for g, y in zip(converted(given), targets) if y.dtype.is_floating_point or y.dtype.is_complex]
    targets = [y for y in targets if y.dtype.is_floating_point or y.dtype.is_complex]
    connected = _reached(targets, sources, {id(tensor) for tensor in stops})
    wanted = [x for x, reached in zip(sources, connected) if reached]
    outputs = [t for t in targets if isinstance(t, torch.Tensor)]
    found: list[Any] = []
    if wanted:
        grads = [None if g is None else as_tensor(g, like=y) for y, g in zip(outputs, given)]
        for y, g in zip(outputs, grads):
            if g is not None:
                _check_grad_y(y, g)
        static = tensors_like(list, [(_shape(x), x.dtype) for x in wanted])
        with graph.name_scope(name):
            found = record(
                autograd,
                (outputs, wanted, grads, list(stops)),
                op_type="Gradients",
                name="grad",
                static=static,
                graph=graph,
            )
        found[0].op.differentiates = True
    results = iter(found)
    return [
        next(results) if reached else (torch.zeros_like(x) if zero else None)
        for x, reached in zip(sources, connected)
    ]


def _shape(x: Any) -> Any:
    return static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)


def _check_grad_y(y: Any, grad: Any) -> None:
    if grad.dtype != y.dtype:
        raise TypeError(
            f"Gradient type {str(grad.dtype)[6:]} generated for tensor {y!r} does not match its type."
        )
    a, b = _shape(y), _shape(grad)
    if a is None or b is None or len(a) != len(b):
        return
    if any(p is not None and q is not None and p != q for p, q in zip(a, b)):
        raise ValueError(f"Shapes {tuple(a)} and {tuple(b)} of a y and its grad_y are incompatible.")


def autograd(
    ys: Sequence[torch.Tensor],
    xs: Sequence[torch.Tensor],
    grad_ys: Sequence[torch.Tensor | None],
    stops: Sequence[torch.Tensor] = (),
    create_graph: bool = False,
    retain_graph: bool = True,
) -> list[torch.Tensor]:
    """What `gradients` runs. `stops` only keeps those tensors to be cut off; the plan has done it."""
    pairs = [(y, g) for y, g in zip(ys, grad_ys) if y.requires_grad]
    if not pairs:
        return [torch.zeros_like(x) for x in xs]
    outputs = [y for y, _ in pairs]
    grads = [
        torch.ones_like(y) if g is None else g.expand_as(y) if g.shape != y.shape else g for y, g in pairs
    ]
    known = [x for x in xs if x.requires_grad]
    found = iter(
        torch.autograd.grad(
            outputs,
            known,
            grads,
            allow_unused=True,
            create_graph=create_graph,
            retain_graph=retain_graph or create_graph,
        )
        if known
        else ()
    )
    result = []
    for x in xs:
        gradient = next(found) if x.requires_grad else None
        result.append(torch.zeros_like(x) if gradient is None or gradient._is_zerotensor() else gradient)
    return result


def _eager(ys: list[Any], xs: list[Any], grads: list[Any], zero: bool) -> list[Any]:
    outputs = [
        torch.ones_like(y) if g is None else torch.as_tensor(g, dtype=y.dtype) for y, g in zip(ys, grads)
    ]
    found = torch.autograd.grad(ys, xs, outputs, allow_unused=True, retain_graph=True, create_graph=True)
    return [torch.zeros_like(x) if g is None and zero else g for x, g in zip(xs, found)]


def _reached(ys: Sequence[Any], xs: Sequence[Any], stops: set[int]) -> list[bool]:
    """Which of `xs` a derivative of `ys` arrives at."""
    wanted = {id(x) for x in xs}
    arrived: set[int] = set()
    seen: set[int] = set()
    stack: list[Any] = list(ys)
    while stack:
        tensor = stack.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if id(tensor) in wanted:
            arrived.add(id(tensor))
        if not isinstance(tensor, SymbolicTensor) or id(tensor) in stops:
            continue
        op = tensor.op
        if getattr(op.function, "__name__", "") in _STOPPING or op.writes:
            continue
        stack.extend(_differentiable_inputs(op))
    return [id(x) in arrived for x in xs]


def _differentiable_inputs(op: Operation) -> Iterable[Any]:
    from slim_torch.plan import Body

    for part in parts_of((op.args, op.kwargs)):
        if isinstance(part, Body):
            for inner in part.operations:
                yield from _differentiable_inputs(inner)
            yield from (t for t in part.captures if t.is_floating_point())
        elif isinstance(part, (SymbolicTensor, Variable)) and (
            part.is_floating_point() or part.dtype.is_complex
        ):
            yield part


def hessians(ys: Any, xs: Any, name: str = "hessians", **kwargs: Any) -> list[Any]:
    """The second derivatives of a scalar by each x, `[*x.shape, *x.shape]`, row by row. Source: tf.hessians.

    Raises:
      ValueError: the shape of an x is not fully known.
    """
    sources = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    found = []
    for x, first in zip(sources, gradients(ys, sources, name=name, **kwargs)):
        shape = _shape(x)
        if shape is None or None in shape:
            raise ValueError(f"Cannot compute Hessian by {x!r}: its shape must be fully known.")
        parts = first.reshape(-1)
        rows = [gradients(parts[i], x, name=name)[0] for i in range(parts.shape[0])]
        rows = [torch.zeros_like(x) if row is None else row for row in rows]
        found.append(torch.stack(rows).reshape((*shape, *shape)))
    return found


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """`input`, through which no gradient flows. Source: tf.stop_gradient."""
    x = as_tensor(input)
    return named(x.detach(), name, "StopGradient")


# Gradients of one's own

_registered: dict[str, Callable[..., Any] | None] = {}


class UnconnectedGradients(enum.Enum):
    """What `gradients` gives for an x without influence. Source: tf.UnconnectedGradients."""

    NONE = "none"
    ZERO = "zero"


class RegisterGradient:
    """Decorator: registers a gradient function `(op, grad) -> gradients by the op's inputs` under a name.

    With `graph.gradient_override_map({"Relu": "Mine"})` operations recorded in the block take it.

    Raises:
      KeyError: the name is taken.

    Source: tf.RegisterGradient.
    """

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        if self._type in _registered:
            raise KeyError(
                f"Registering two gradient with name '{self._type}'! (Previous registration was in {f.__module__})"
            )
        _registered[self._type] = f
        return f


def NotDifferentiable(op_type: str) -> None:
    """Registers that operations overridden with this name have no gradient. Source: tf.NotDifferentiable."""
    _registered[op_type] = None


NoGradient = NotDifferentiable


def registered_gradient(name: str) -> Callable[..., Any] | None:
    """The gradient function of a name.

    Raises:
      LookupError: there is none.
    """
    if name not in _registered:
        raise LookupError(f"gradient registry has no entry for: {name}")
    return _registered[name]


class _Real:
    """What a registered gradient function sees as the operation: its values."""

    def __init__(self, inputs: Sequence[Any], outputs: Sequence[Any], op_type: str) -> None:
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.type = op_type

    def get_attr(self, name: str) -> Any:
        raise ValueError(f"No attr named '{name}' in a recorded operation: it is a PyTorch call.")


class _Replaced(torch.autograd.Function):
    """A function with another gradient than its own."""

    @staticmethod
    def forward(ctx: Any, function: Any, gradient: Any, op_type: str, count: int, *inputs: Any) -> Any:
        output = function(*inputs)
        ctx.gradient, ctx.op_type, ctx.count = gradient, op_type, count
        several = isinstance(output, tuple)
        ctx.save_for_backward(*inputs, *(output if several else (output,)))
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        saved = ctx.saved_tensors
        inputs, outputs = saved[: ctx.count], saved[ctx.count :]
        found: Any = [None] * ctx.count
        if ctx.gradient is not None:
            found = ctx.gradient(_Real(inputs, outputs, ctx.op_type), *grads)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        return (None, None, None, None, *found)


def call_with_gradient(
    function: Callable[..., Any],
    gradient: Callable[..., Any] | None,
    op_type: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Calls `function`, whose gradient by its floating-point tensors is `gradient`'s."""
    places = [i for i, arg in enumerate(args) if isinstance(arg, torch.Tensor) and arg.is_floating_point()]

    def on_tensors(*tensors: torch.Tensor) -> Any:
        full = list(args)
        for place, tensor in zip(places, tensors):
            full[place] = tensor
        return function(*full, **kwargs)

    with torch.enable_grad():
        return _Replaced.apply(on_tensors, gradient, op_type, len(places), *(args[i] for i in places))


class _Custom(torch.autograd.Function):
    """The result of a function that brought its gradient along."""

    @staticmethod
    def forward(ctx: Any, f: Any, box: Any, *inputs: Any) -> Any:
        tensors = [x.detach() for x in inputs]
        result, gradient = f(*tensors)
        ctx.gradient, ctx.count = gradient, len(inputs)
        if isinstance(result, (list, tuple)):
            box["kind"] = type(result)
            return tuple(result)
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        found = ctx.gradient(*grads)
        found = list(found) if isinstance(found, (list, tuple)) else [found]
        return (None, None, *found)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a function that gives its result and a function for its gradient.

    The function runs on real tensors when the graph runs: it may use any PyTorch or tf function.

    Source: tf.custom_gradient.
    """

    @leaf
    def call(*args: Any) -> Any:
        box: dict[str, Any] = {}
        result = _Custom.apply(f, box, *args)
        return box["kind"](result) if "kind" in box else result

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise ValueError(
                "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
            )
        return named(call(*map(as_tensor, args)), None, "IdentityN")

    return decorated
