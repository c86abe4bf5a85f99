"""From a set of fetches to one Python function: what has to run, in which order, with what memory.

A `Plan` holds the operations that the fetches need and the feeds do not replace, ordered so that everything
that changes variables comes as late as its place allows, and turned into the source of a function with one
line for each operation. It is made once for a set of fetches and feeds. Running it is `session.py`'s.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from slim_torch.graph import Graph
from slim_torch.optimize_plan import Step, optimized
from slim_torch.parameter import Variable
from slim_torch.recording import Operation, parts_of
from slim_torch.symbolic import SymbolicNumber, SymbolicTensor

__all__ = ["Body", "Plan"]

_SYMBOLS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.truediv: "/",
    operator.pow: "**",
}


class Body:
    """The operations of one function of a `cond` or a loop.

    Attributes:
      parameters: the symbolic tensors that stand for its arguments.
      results: what it gives: a structure of tensors.
      captures: the tensors from outside that it takes.
    """

    def __init__(self, parameters: Sequence[SymbolicTensor], outer: Any) -> None:
        self.parameters = list(parameters)
        self.outer = outer
        self.operations: list[Operation] = []
        self.results: Any = None

    @property
    def captures(self) -> list[SymbolicTensor]:
        own = set(map(id, self.operations))
        found: dict[int, SymbolicTensor] = {}
        for op in self.operations:
            for part in inputs_of(op):
                if id(part.op) not in own:
                    found[id(part)] = part
        for part in parts_of(self.results):
            if isinstance(part, SymbolicTensor) and id(part.op) not in own:
                found[id(part)] = part
        parameters = set(map(id, self.parameters))
        return [tensor for key, tensor in found.items() if key not in parameters]


def inputs_of(op: Operation) -> Iterable[SymbolicTensor]:
    """The tensors that an operation takes, those that its bodies take from outside included."""
    for part in parts_of((op.args, op.kwargs)):
        if isinstance(part, SymbolicTensor):
            yield part
        elif isinstance(part, Body):
            yield from part.captures


def needed(targets: Iterable[Operation], fed: set[int], within: set[int] | None = None) -> list[Operation]:
    """The operations that `targets` need, in the order of recording; tensors in `fed` need nothing."""
    found: dict[int, Operation] = {}
    stack = list(targets)
    while stack:
        op = stack.pop()
        if id(op) in found or (within is not None and id(op) not in within):
            continue
        found[id(op)] = op
        stack.extend(part.op for part in inputs_of(op) if id(part) not in fed)
        # What is fed has not to be waited for.
        stack.extend(
            control
            for control in op.control_inputs
            if not control.outputs or any(id(output) not in fed for output in control.outputs)
        )
    return sorted(found.values(), key=lambda op: op.index)


def scheduled(operations: Sequence[Operation], fed: set[int]) -> list[Operation]:
    """The same with all that neither changes a variable nor follows such a change before the rest.

    So a value is read, and a gradient computed, before an update that happens to be fetched too.
    """
    late: set[int] = set()
    for op in operations:
        if (
            op.writes
            or any(id(part.op) in late for part in inputs_of(op) if id(part) not in fed)
            or any(id(control) in late for control in op.control_inputs)
        ):
            late.add(id(op))
    return [op for op in operations if id(op) not in late] + [op for op in operations if id(op) in late]


class _Source:
    """The lines of the function under construction, and the objects that they name."""

    def __init__(self, device: torch.device | None) -> None:
        self.lines: list[str] = []
        self.operations: list[Operation | None] = []
        self.names: dict[str, Any] = {"_inf": math.inf, "_nan": math.nan}
        self.constants: list[torch.Tensor] = []
        self._known: dict[int, str] = {}
        self._keep: list[Any] = []
        self._device = device

    def add(self, line: str, op: Operation | None = None) -> None:
        self.lines.append(line)
        self.operations.append(op)

    def constant(self, value: Any, prefix: str = "c") -> str:
        name = self._known.get(id(value))
        if name is None:
            name = f"{prefix}{len(self._known)}"
            self._known[id(value)] = name
            self._keep.append(value)
            if isinstance(value, torch.Tensor) and not isinstance(value, Variable):
                value = value.detach()
                if self._device is not None and value.dim():
                    value = value.to(self._device)
                self.constants.append(value)
            self.names[name] = value
        return name


class Plan:
    """One fetch set made runnable.

    Attributes:
      run: the function; takes the fed values in order, gives the fetched ones in order.
      reads: the variables that must have been initialized.
      initializes: the variables that it initializes.
      writes: those that it changes.
      has_gradient: whether autograd must be on.
      pure: whether it neither changes anything nor depends on anything but its feeds and variables.
    """

    def __init__(
        self,
        graph: Graph,
        fetches: Sequence[Any],
        feeds: Sequence[Any],
        device: torch.device | None = None,
    ) -> None:
        fed = set(map(id, feeds))
        targets = [
            fetch if isinstance(fetch, Operation) else fetch.op
            for fetch in fetches
            if isinstance(fetch, Operation) or (isinstance(fetch, SymbolicTensor) and id(fetch) not in fed)
        ]
        operations = scheduled(needed(targets, fed), fed)
        self.operations = operations
        self._collect_effects(operations, fetches, fed)
        self.fetches = list(fetches)
        self.feeds = list(feeds)
        self.source = _Source(device)
        results = [fetch for fetch in fetches if not isinstance(fetch, Operation)]
        writer = _Writer(self.source, fed)
        parameters = [writer.name_of(feed) for feed in feeds]
        steps = optimized(operations, results, feeds, self.has_gradient)
        writer.write(steps, results, keep=results)
        outputs = ", ".join(writer.expression(result) for result in results)
        self.source.add(f"return ({outputs}{',' if results else ''})")
        self.run = _compiled("replay", parameters, self.source)
        self._result_of = [not isinstance(fetch, Operation) for fetch in fetches]

    def _collect_effects(
        self, operations: Sequence[Operation], fetches: Sequence[Any], fed: set[int]
    ) -> None:
        initializes: dict[int, Variable] = {}
        reads: dict[int, Variable] = {}
        writes: dict[int, Variable] = {}
        self.has_gradient = False
        self.pure = True
        for op in _with_bodies(operations):
            initialized = getattr(op, "initializes", None)
            if getattr(op, "differentiates", False):
                self.has_gradient = True
            if op.stateful or op.writes or op.control_inputs:
                self.pure = False
            if not getattr(op, "unchecked", False) and initialized is None:
                given = op.writes if op.type == "Assign" else ()
                for part in (*parts_of((op.args, op.kwargs)), *(() if op.type == "Assign" else op.writes)):
                    known = id(part) in fed or id(part) in initializes or any(part is v for v in given)
                    if isinstance(part, Variable) and not known:
                        reads[id(part)] = part
                initializes.update((id(variable), variable) for variable in given)
            if initialized is not None:
                initializes[id(initialized)] = initialized
            writes.update((id(variable), variable) for variable in op.writes)
        for fetch in fetches:
            if isinstance(fetch, Variable) and id(fetch) not in initializes and id(fetch) not in fed:
                reads[id(fetch)] = fetch
        self.reads = list(reads.values())
        self.initializes = list(initializes.values())
        self.writes = list(writes.values())

    def operation_at(self, line: int) -> Operation | None:
        """The operation of a line of the function's source, counted from 1 for `def`."""
        place = line - 2
        return self.source.operations[place] if 0 <= place < len(self.source.operations) else None


def _with_bodies(operations: Iterable[Operation]) -> Iterable[Operation]:
    for op in operations:
        yield op
        for part in parts_of((op.args, op.kwargs)):
            if isinstance(part, Body):
                yield from _with_bodies(part.operations)


def _compiled(name: str, parameters: Sequence[str], source: _Source) -> Callable[..., Any]:
    text = f"def {name}({', '.join(parameters)}):\n" + "\n".join("  " + line for line in source.lines)
    scope = source.names
    exec(compile(text, f"<slim_torch {name}>", "exec"), scope)
    return scope[name]


class _Writer:
    """Writes operations as lines of Python."""

    def __init__(self, source: _Source, fed: set[int]) -> None:
        self._source = source
        self._fed = fed
        self._names: dict[int, str] = {}
        self.aliases: dict[int, Any] = {}

    def name_of(self, tensor: Any) -> str:
        name = self._names.get(id(tensor))
        if name is None:
            name = self._names[id(tensor)] = f"t{len(self._names)}"
            self._source._keep.append(tensor)
        return name

    def write(self, steps: Sequence[Any], results: Any, keep: Any) -> None:
        """One line for each step; tensors are dropped after their last use."""
        last: dict[int, int] = {}
        for place, step in enumerate(steps):
            for part in parts_of((step.args, step.kwargs)):
                for tensor in [part, *part.captures] if isinstance(part, Body) else [part]:
                    if isinstance(tensor, SymbolicTensor):
                        last[id(tensor)] = place
        kept = {id(part) for part in parts_of(keep)}
        for place, step in enumerate(steps):
            call = f"{self._source.constant(step.function, 'f')}({self._arguments(step)})"
            self._assign(step, call)
            dropped = dict.fromkeys(
                self._names[id(part)]
                for part in [*self._tensors(step), *step.outputs]
                if isinstance(part, SymbolicTensor)
                and id(part) in self._names
                and last.get(id(part), place) == place
                and id(part) not in kept
                and id(part) not in self._fed
            )
            if dropped:
                self._source.lines[-1] += "; del " + ", ".join(dropped)

    def _tensors(self, step: Any) -> Iterable[SymbolicTensor]:
        for part in parts_of((step.args, step.kwargs)):
            if isinstance(part, SymbolicTensor):
                yield part
            elif isinstance(part, Body):
                yield from part.captures

    def _arguments(self, step: Any) -> str:
        parts = [self.expression(arg) for arg in step.args]
        parts += [f"{key}={self.expression(value)}" for key, value in step.kwargs.items()]
        return ", ".join(parts)

    def _assign(self, step: Any, call: str) -> None:
        result = step.result
        watches = step.op is None
        if watches or (isinstance(result, SymbolicTensor) and id(result) not in self._fed):
            self._source.add(f"{self.name_of(result)} = {call}", step.op)
            return
        paths = [(path, tensor) for path, tensor in _paths(result) if id(tensor) not in self._fed]
        if not paths:
            self._source.add(call, step.op)
            return
        self._source.add(f"r = {call}", step.op)
        targets = ", ".join(self.name_of(tensor) for _, tensor in paths)
        values = ", ".join(f"r{path}" for path, _ in paths)
        self._source.add(f"{targets} = {values}; del r", step.op)

    def expression(self, value: Any) -> str:
        """`value` as Python source."""
        if isinstance(value, SymbolicTensor):
            return self._names[id(value)] if id(value) in self._names else self.name_of(value)
        if isinstance(value, Variable):
            return self._names.get(id(value)) or self._source.constant(value, "v")
        if isinstance(value, SymbolicNumber):
            return self._number(value)
        if value is None or isinstance(value, (bool, str, bytes)):
            return repr(value)
        if type(value) is int or isinstance(value, int):
            return repr(int(value)) if not isinstance(value, bool) else repr(value)
        if type(value) is float:
            return {math.inf: "_inf", -math.inf: "-_inf"}.get(
                value, "_nan" if value != value else repr(value)
            )
        if type(value) is list:
            return "[" + ", ".join(map(self.expression, value)) + "]"
        if type(value) is tuple or type(value).__name__ in ("TensorShape", "Size"):
            return "(" + "".join(self.expression(item) + ", " for item in value) + ")"
        if type(value) is dict:
            items = (f"{self.expression(key)}: {self.expression(item)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        if isinstance(value, slice):
            return "slice(" + ", ".join(map(self.expression, (value.start, value.stop, value.step))) + ")"
        if value is Ellipsis:
            return "..."
        if isinstance(value, Body):
            function = self._body(value)
            captured = "".join(self.expression(tensor) + ", " for tensor in value.captures)
            return f"({self._source.constant(function, 'b')}, ({captured}))"
        if isinstance(value, torch.device) and self._source._device is not None:
            value = self._source._device
        return self._source.constant(value)

    def _number(self, number: SymbolicNumber) -> str:
        kind = number.expression[0]
        if kind == "size":
            return f"{self.expression(number.expression[1])}.shape[{number.expression[2]}]"
        if kind == "item":
            return f"int({self.expression(number.expression[1])})"
        if kind == "number":
            return self.expression(number.expression[1])
        operands = [self.expression(part) for part in number.expression[1:]]
        symbol = _SYMBOLS.get(kind)
        if symbol is not None:
            return f"({operands[0]} {symbol} {operands[1]})"
        if kind is operator.neg:
            return f"(-{operands[0]})"
        return f"{self._source.constant(kind, 'f')}({', '.join(operands)})"

    def _body(self, body: Body) -> Callable[..., Any]:
        """The function of a body: captured tensors first, then its own arguments."""
        source = _Source(self._source._device)
        writer = _Writer(source, {id(tensor) for tensor in [*body.captures, *body.parameters]})
        parameters = [writer.name_of(tensor) for tensor in [*body.captures, *body.parameters]]
        results = body.results
        own = set(map(id, body.operations))
        targets = [part.op for part in parts_of(results) if isinstance(part, SymbolicTensor)]
        targets += [op for op in body.operations if op.writes or op.stateful]
        operations = needed(targets, writer._fed, own)
        writer.write([Step.of(op) for op in operations if op.type != "Parameter"], results, keep=results)
        source.add(f"return {writer.expression(results)}")
        self._source._keep.append(body)
        return _compiled("body", parameters, source)


def _paths(result: Any, path: str = "") -> Iterable[tuple[str, SymbolicTensor]]:
    """Where in a result its tensors are, as source."""
    if isinstance(result, SymbolicTensor):
        yield path, result
    elif isinstance(result, SymbolicNumber) and result.expression[0] == "number":
        yield path, result.expression[1]
    elif isinstance(result, dict):
        for key, item in result.items():
            yield from _paths(item, f"{path}[{key!r}]")
    elif isinstance(result, (list, tuple)):
        for place, item in enumerate(result):
            yield from _paths(item, f"{path}[{place}]")
