"""Recording: the operations that recorded code leaves in its graph, and how a call becomes one of them.

A call on a symbolic tensor is not computed; `record` keeps it as an `Operation` of the graph's `Recorder`,
with the tensors it takes, the operations that must have run before it, and a name. What the results look like
is found out in `inference.py`; which operations run, and when, is decided in `plan.py` and `session.py`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from slim_torch.graph import Graph, get_default_graph
from slim_torch.inference import Inferred, infer
from slim_torch.parameter import Variable
from slim_torch.string_calls import StringCall, has_strings, refuse_arithmetic
from slim_torch.symbolic import SymbolicNumber, SymbolicTensor
from slim_torch.traced import TracedTensor, convert_all, converted, symbolic_of

__all__ = [
    "Operation",
    "Recorder",
    "binary",
    "control_dependencies",
    "record",
    "record_call",
    "recorder_of",
    "recording_graph",
    "records",
    "rename",
    "sources_of",
]


class Operation:
    """One recorded call. Source: tf.Operation.

    Attributes:
      type: TensorFlow's type of operation where it has one (`"Conv2D"`).
      function, args, kwargs: the call; tensors in it are symbolic ones, variables, or constants.
      outputs: its symbolic tensors.
      control_inputs: the operations that run before it.
      writes: the variables that it changes.
      stateful: whether each run of it counts, though nothing takes its result.
      body: the function of a `cond` or loop that it belongs to; None outside of those.
    """

    def __init__(
        self,
        recorder: Recorder,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        op_type: str,
        writes: Sequence[Variable],
        stateful: bool,
    ) -> None:
        self.graph = recorder.graph
        self.device = recorder.device
        self.type = OP_TYPES.get(op_type, op_type)
        self._default_name = op_type
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.writes = tuple(writes)
        self.stateful = stateful
        self.control_inputs: list[Operation] = recorder.current_control_inputs()
        self.body = recorder.body
        self.index = len(recorder.operations)
        self.outputs: list[SymbolicTensor] = []
        self.result: Any = None
        self.gradient_type = recorder.overriding_gradient(op_type)
        self._scope = recorder.graph.get_name_scope()
        self._name: str | None = None
        recorder.operations.append(self)

    @property
    def name(self) -> str:
        if self._name is None:
            recorder = recorder_of(self.graph)
            recorder.name(self, self._default_name, self._scope)
        assert self._name is not None
        return self._name

    @property
    def inputs(self) -> list[Any]:
        """The symbolic tensors and variables that it takes, in order."""
        return [part for part in parts_of((self.args, self.kwargs)) if isinstance(part, torch.Tensor)]

    def values(self) -> tuple[SymbolicTensor, ...]:
        return tuple(self.outputs)

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs it in `session`, or in the default session.

        Raises:
          ValueError: there is no session.
        """
        from slim_torch.session import default_session_for

        default_session_for(self.graph, session, "run(session=session)").run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"


def parts_of(value: Any) -> Iterator[Any]:
    """What the structure of a call holds: tensors and everything else that is no container."""
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from parts_of(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from parts_of(item)
    elif isinstance(value, slice):
        yield from parts_of((value.start, value.stop, value.step))
    elif isinstance(value, SymbolicNumber):
        yield from value.tensors()
    else:
        yield value


class Recorder:
    """What a graph knows of its operations. There is one for each graph, made by `recorder_of`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.operations: list[Operation] = []
        self.body: Any = None
        self.finalized = False
        self.device = ""
        self._by_name: dict[str, Operation] = {}
        self._control: list[list[Operation] | None] = []
        self._gradient_overrides: list[dict[str, str]] = []

    # Names

    def name(self, op: Operation, name: str, scope: str | None = None) -> None:
        """Gives `op` the name `name`, made unique; one that ends in a slash is taken as it is."""
        if op._name is not None:
            self._by_name.pop(op._name, None)
        if name.endswith("/"):
            op._name = name[:-1]
        else:
            inside = self.graph.get_name_scope() if scope is None else scope
            if _VALID_OP_NAME.match(f"{inside}/{name}" if inside else name) is None:
                raise ValueError(f"'{name}' is not a valid node name")
            op._name = self.graph.unique_name(name, scope=scope)
        self._by_name[op._name] = op

    def operation(self, name: str) -> Operation | None:
        found = self._by_name.get(name)
        if found is None and any(op._name is None for op in self.operations):
            for op in self.operations:
                op.name  # noqa: B018 - names it
            found = self._by_name.get(name)
        return found

    # Control dependencies

    def current_control_inputs(self) -> list[Operation]:
        found: dict[int, Operation] = {}
        for entry in self._control:
            if entry is None:
                found.clear()
            else:
                found.update((id(op), op) for op in entry)
        return list(found.values())

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """What is recorded in the block runs after `control_inputs`; None lifts what is in force."""
        entry = (
            None if control_inputs is None else [operation_of(item, self.graph) for item in control_inputs]
        )
        self._control.append(None if entry is None else [op for op in entry if op is not None])
        try:
            yield
        finally:
            self._control.pop()

    @contextmanager
    def lifted_control(self) -> Iterator[None]:
        """No control dependencies in the block."""
        control, self._control = self._control, []
        try:
            yield
        finally:
            self._control = control

    @contextmanager
    def outside_control(self) -> Iterator[None]:
        """Recording as if at the top: no control dependencies and no body."""
        control, self._control = self._control, []
        body, self.body = self.body, None
        try:
            yield
        finally:
            self._control, self.body = control, body

    @contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """The gradients of the types of operation in the map are those registered under the other name."""
        self._gradient_overrides.append(dict(op_type_map))
        try:
            yield
        finally:
            self._gradient_overrides.pop()

    def overriding_gradient(self, op_type: str) -> str | None:
        for overrides in reversed(self._gradient_overrides):
            if op_type in overrides:
                return overrides[op_type]
        return None

    def check_open(self) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")


class _Running(threading.local):
    depth = 0


_running = _Running()


class computing:
    """Context manager: in the block, calls on variables compute. A class: sessions enter it at every run."""

    def __enter__(self) -> None:
        _running.depth += 1
        self._plain = torch._C.DisableTorchFunctionSubclass()
        self._plain.__enter__()

    def __exit__(self, *exc_info: object) -> None:
        self._plain.__exit__(None, None, None)
        _running.depth -= 1


def recorder_of(graph: Graph) -> Recorder:
    """The recorder of `graph`. From its making on, calls on the graph's variables are recorded."""
    recorder: Recorder | None = graph.recorder
    if recorder is None:
        recorder = graph.recorder = Recorder(graph)
        from slim_torch.recorded_variable import RecordedVariable

        graph.variable_class = RecordedVariable
        for variable in graph._variables.values():
            variable.__class__ = RecordedVariable
        convert_all(graph)
    return recorder


def records(graph: Graph) -> bool:
    """Whether code that runs now is recorded: there is a recorder, and neither a step nor a session runs."""
    return graph.recorder is not None and not _running.depth and not graph._thread.steps


def recording_graph() -> Graph | None:
    """The default graph, if sources of values are to be symbolic in it: outside steps and sessions."""
    graph = get_default_graph()
    if _running.depth or graph._thread.steps:
        return None
    return graph


def operation_of(item: Any, graph: Graph) -> Operation | None:
    """The operation of a tensor, an operation, or another thing that TensorFlow takes for one.

    Raises:
      TypeError: it is none.
    """
    if isinstance(item, TracedTensor):
        item = symbolic_of(item)
    if isinstance(item, SymbolicTensor):
        return item.op
    if isinstance(item, Operation):
        return item
    if isinstance(item, torch.Tensor) or getattr(item, "variable", None) is not None:
        return None  # A variable or a constant has nothing to run.
    op = getattr(item, "op", None)
    if isinstance(op, Operation):
        return op
    if callable(item):
        return record(item, (), op_type="NoOp", stateful=True, graph=graph).op
    raise TypeError(f"Can not convert a {type(item).__name__} into a Operation.")


def record(
    function: Callable[..., Any],
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    op_type: str | None = None,
    name: str | None = None,
    writes: Sequence[Variable] = (),
    stateful: bool = False,
    static: Inferred | None = None,
    graph: Graph | None = None,
) -> Any:
    """Records the call `function(*args, **kwargs)` and gives its symbolic results.

    Args:
      name: the name to make unique; None leaves it to be given when somebody asks for it.
      writes: the variables that the call changes.
      stateful: whether it does something beside giving results.
      static: what the results look like; None finds it out by `infer`. An empty `Inferred` is an operation
        without outputs, which is what is returned then.

    Raises:
      ValueError: the arguments do not fit together, or belong to different graphs.
      RuntimeError: the graph is finalized.
    """
    kwargs = kwargs or {}
    graph = graph or graph_of(args, kwargs)
    recorder = recorder_of(graph)
    recorder.check_open()
    # The call may keep the caller's lists; those may change.
    args, kwargs = converted(_copied(args)), converted(_copied(kwargs))
    op_type = op_type or operation_type(function)
    if static is None:
        of_strings = has_strings(args, kwargs)
        if of_strings:
            refuse_arithmetic(function)
        static = infer(function, args, kwargs)
        if of_strings:
            function = StringCall(function, static.become_strings())
    op = Operation(recorder, function, args, kwargs, op_type, writes, stateful)
    if name is not None:
        recorder.name(op, name)
    result = static.build(op)
    op.result = result
    return result


def _copied(value: Any) -> Any:
    if type(value) is list:
        return [_copied(item) for item in value]
    if type(value) is tuple:
        return tuple(_copied(item) for item in value)
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    return value


def graph_of(*values: Any) -> Graph:
    """The graph that the symbolic parts of a call belong to; the default one if there are none.

    Raises:
      ValueError: they belong to several.
    """
    graph: Graph | None = None
    first: Any = None
    for part in parts_of(values):
        if isinstance(part, SymbolicTensor):
            owner = part.op.graph
        elif isinstance(part, Variable):
            owner = part.graph
        else:
            continue
        if graph is None:
            graph, first = owner, part
        elif graph is not owner:
            raise ValueError(f"Tensor {part.name!r} must be from the same graph as Tensor {first.name!r}.")
    return graph or get_default_graph()


def operation_type(function: Callable[..., Any]) -> str:
    """A type for a call that nobody has named."""
    name = getattr(function, "__name__", type(function).__name__).strip("_")
    known = _TYPES.get(name)
    if known is not None:
        return known
    return "".join(part.capitalize() for part in name.split("_")) or "Call"


OP_TYPES = {
    "add": "AddV2",
    "sub": "Sub",
    "mul": "Mul",
    "truediv": "RealDiv",
    "floordiv": "FloorDiv",
    "mod": "FloorMod",
    "pow": "Pow",
    "matmul": "MatMul",
    "and": "LogicalAnd",
    "or": "LogicalOr",
    "xor": "LogicalAnd",
    "concat": "ConcatV2",
    "stack": "Pack",
    "unstack": "Unpack",
    "split": "Split",
    "transpose": "Transpose",
    "one_hot": "OneHot",
    "strided_slice": "StridedSlice",
    "zeros": "Fill",
    "ones": "Fill",
    "zeros_like": "ZerosLike",
    "ones_like": "OnesLike",
    "range": "Range",
    "div": "RealDiv",
    "ToFloat": "Cast",
    "ToInt32": "Cast",
    "ToInt64": "Cast",
    "ToDouble": "Cast",
    "BiasAdd": "BiasAdd",
    "random_uniform": "Add",
    "random_normal": "Add",
    "truncated_normal": "Add",
    "value": "DivNoNan",
    "value_2": "Select",
    "add_1": "AddV2",
    "mul_1": "Mul",
    "logistic_loss": "Add",
    "l2_normalize": "Mul",
    "clip_by_value": "Maximum",
    "clip_by_norm": "Identity",
    "Tensordot": "Reshape",
    "Reshape_2": "Reshape",
    "ExponentialDecay": "Mul",
    "PolynomialDecay": "Add",
    "global_norm": "Sqrt",
    "Squeeze_1": "Squeeze",
}
"""TensorFlow's type of an operation whose default name is another."""

# What TensorFlow calls what a user's PyTorch call does; the rest is derived from PyTorch's name.
_TYPES = {
    "add": "add",
    "sub": "sub",
    "rsub": "sub",
    "mul": "mul",
    "div": "truediv",
    "true_divide": "truediv",
    "rdiv": "truediv",
    "rtruediv": "truediv",
    "pow": "pow",
    "matmul": "MatMul",
    "getitem": "strided_slice",
    "conv2d": "Conv2D",
    "relu": "Relu",
    "cat": "concat",
    "mean": "Mean",
    "sum": "Sum",
    "permute": "transpose",
    "stack": "stack",
    "where": "Select",
}

_METADATA = frozenset(
    [
        "dim",
        "size",
        "numel",
        "nelement",
        "ndimension",
        "is_contiguous",
        "stride",
        "element_size",
        "type",
        "is_floating_point",
        "is_complex",
        "is_signed",
        "get_device",
        "has_names",
        "is_same_size",
        "is_inference",
        "is_pinned",
        "is_shared",
        "storage_offset",
        "is_conj",
        "is_neg",
        "is_set_to",
        "__len__",
        "data_ptr",
    ]
)
_VIEW_PROPERTIES = frozenset(("T", "mT", "H", "mH", "real", "imag"))


def record_call(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], internal: bool
) -> Any:
    """What a PyTorch call on a symbolic tensor, or on a variable of a recorded graph, gives.

    Args:
      internal: whether slim_torch itself makes the call; only a user's calls take names of their own.
    """
    name = getattr(function, "__name__", "")
    if name == "__get__":
        return _property(function, args)
    if name == "__set__":
        raise TypeError("A recorded tensor has no attribute of PyTorch's that could be set.")
    if name in _METADATA:
        return _on_stand_in(function, args, kwargs)
    if name == "__setitem__":
        raise TypeError(
            "'Tensor' object does not support item assignment. Use tf.where, tf.concat or tf.scatter_nd."
        )
    if name.endswith("_") and not name.endswith("__"):
        target = args[0] if args else None
        if not isinstance(target, Variable):
            raise TypeError(
                f"{name} would change a recorded tensor in place, and a recorded tensor stands for a value. Use "
                f"{name.rstrip('_')}."
            )
        return record(function, args, kwargs, writes=(target,), op_type="Assign")
    return record(function, args, kwargs, name=None if internal else operation_type(function))


def _property(function: Any, args: tuple[Any, ...]) -> Any:
    name = getattr(getattr(function, "__self__", None), "__name__", "")
    if name in _VIEW_PROPERTIES:
        return record(function, args, op_type="transpose")
    if name in ("data", "_base"):
        return args[0] if name == "data" else None
    if name.startswith("is_") and name[3:] in ("cuda", "cpu", "mps", "xpu"):
        return args[0].device.type == name[3:]
    if name == "is_meta":
        return False
    return _on_stand_in(function, args, {})


def _on_stand_in(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    def stand_in(value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            stand_ins = value._ranked("shape")
            return stand_ins[0]
        return value

    with torch._C.DisableTorchFunctionSubclass():
        return function(*map(stand_in, args), **kwargs)


def binary(function: Callable[..., Any], operands: tuple[Any, Any], name: str | None, compares: bool) -> Any:
    """A Python operator on a symbolic tensor, with TensorFlow's rule: the other operand takes its dtype.

    Raises:
      TypeError: the other operand is a tensor of another dtype, or a number that the dtype cannot hold.
    """
    from slim_torch.tensors import as_operand

    first, second = operands
    if isinstance(first, SymbolicTensor):
        second = as_operand(second, first, "y", name or operation_type(function))
    else:
        first = as_operand(first, second, "x", name or operation_type(function))
    if first is NotImplemented or second is NotImplemented:
        return NotImplemented
    return record(function, (first, second), name=name, op_type=name)


def sources_of(tensor: SymbolicTensor) -> list[str]:
    """The names of the placeholders, and of other sources from outside, that `tensor` depends on."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    stack = [tensor.op]
    while stack:
        op = stack.pop()
        if id(op) in seen:
            continue
        seen.add(id(op))
        if op.type in ("Placeholder", "PlaceholderWithDefault", "IteratorGetNext"):
            found[op.name] = None
        stack.extend(part.op for part in op.inputs if isinstance(part, SymbolicTensor))
    return list(found)


def rename(tensor: Any, name: str, op_type: str | None = None) -> None:
    """Gives the operation of a symbolic tensor a name, made unique in the name scope."""
    op = tensor.op
    recorder_of(op.graph).name(op, name)
    if op_type is not None:
        op.type = "Identity" if op_type.startswith("_") else OP_TYPES.get(op_type, op_type)
        op.gradient_type = op.gradient_type or recorder_of(op.graph).overriding_gradient(op.type)


def control_dependencies(control_inputs: Iterable[Any] | None) -> Any:
    """What is recorded in the block runs after `control_inputs`, in any run that needs it.

    Inside a step, where code computes as it goes, the order is that of the code, and this does nothing but
    call what can be called (update operations).

    Source: tf.control_dependencies.
    """
    graph = recording_graph()
    if graph is None:
        return _eager_control_dependencies(control_inputs)
    return recorder_of(graph).control_dependencies(control_inputs)


@contextmanager
def _eager_control_dependencies(control_inputs: Iterable[Any] | None) -> Iterator[None]:
    from slim_torch.updates import run_updates

    run_updates([item for item in control_inputs or () if callable(item)])
    yield


_VALID_OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/-]*$")
_TENSOR_NAME = re.compile(r"^(.*):(\d+)$")


def graph_element(graph: Graph, what: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
    """The tensor, variable or operation of a name such as `"conv1/Relu:0"` or `"conv1/Relu"`.

    Raises:
      KeyError: there is none of this name.
      ValueError: the name is of the kind that is not allowed.
    """
    recorder = recorder_of(graph)
    match = _TENSOR_NAME.match(what)
    if match is None and allow_operation:
        if what.count(":") or not what:
            raise ValueError(f"The name {what!r} looks a like a Tensor name, but is not a valid one.")
        variable = graph._variables.get(what)
        found = recorder.operation(what) or (variable.op if variable is not None else None)
        if found is None:
            raise KeyError(
                f"The name {what!r} refers to an Operation not in the graph.",
            )
        return found
    if match is None:
        if recorder.operation(what) is not None:
            raise ValueError(
                f"The name {what!r} refers to an Operation, not a Tensor. Tensor names must be of the form "
                f'"<op_name>:<output_index>".'
            )
        raise ValueError(
            f"The name {what!r} looks like an (invalid) Operation name, not a Tensor. Tensor names must be of the form "
            f'"<op_name>:<output_index>".'
        )
    if not allow_tensor:
        raise ValueError(f"The name {what!r} appears to refer to a Tensor, not a Operation.")
    op_name, index = match.group(1), int(match.group(2))
    variable = graph._variables.get(op_name.removesuffix("/read"))
    if variable is not None and index == 0:
        return variable
    op = recorder.operation(op_name)
    if op is None:
        raise KeyError(
            f"The name {what!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not exist "
            f"in the graph."
        )
    if index >= len(op.outputs):
        raise KeyError(
            f"The name {what!r} refers to a Tensor which does not exist. The operation, {op_name!r}, exists but only "
            f"has {len(op.outputs)} outputs."
        )
    return op.outputs[index]
