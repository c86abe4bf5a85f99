"""Variables of a graph that records: calls on them become operations, and they begin without a value.

`RecordedVariable` is what a graph's variables are from its first recorded operation on. Its value is the
parameter's memory, one for all sessions; whether it counts as initialized is each session's to know. The
operations that initialize and assign are here; running them is `session.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import no_outputs, tensor_like
from slim_torch.parameter import Variable, set_user_class
from slim_torch.recording import Operation, record, record_call, recorder_of, records
from slim_torch.symbolic import SymbolicTensor, _caller_is_internal, merged_shape, static_shape
from slim_torch.tensor_shape import TensorShape
from slim_torch.traced import converted, remembered, traced_call, tracing

__all__ = [
    "RecordedVariable",
    "assign",
    "assign_add",
    "assign_sub",
    "global_variables_initializer",
    "is_variable_initialized",
    "local_variables_initializer",
    "report_uninitialized_variables",
    "variables_initializer",
]

# Calls that ask for the value as it is now, or belong to PyTorch's own training.
_REAL = frozenset(
    [
        "detach",
        "numpy",
        "item",
        "tolist",
        "cpu",
        "data_ptr",
        "backward",
        "grad",
        "register_hook",
        "retain_grad",
        "storage",
        "untyped_storage",
        "__array__",
        "__repr__",
        "__format__",
        "__bool__",
        "__int__",
        "__float__",
        "__index__",
        "__len__",
        "__contains__",
        "__deepcopy__",
        "__reduce_ex__",
        "__get__",
        "__set__",
        "__delete__",
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
        "is_same_size",
        "storage_offset",
        "equal",
        "pin_memory",
        "share_memory_",
        "__setstate__",
        "__dlpack__",
        "__dlpack_device__",
        "is_shared",
        "is_pinned",
        "is_inference",
        "is_conj",
        "is_neg",
        "has_names",
        "allclose",
    ]
)


class VariableOperation:
    """What `variable.op` answers: fetching it runs nothing."""

    type = "VariableV2"
    device = ""
    inputs: tuple[Any, ...] = ()
    control_inputs: tuple[Any, ...] = ()

    def __init__(self, variable: RecordedVariable) -> None:
        self.variable = variable

    @property
    def name(self) -> str:
        return self.variable._op_name

    @property
    def graph(self) -> Any:
        return self.variable.graph

    @property
    def outputs(self) -> list[Any]:
        return [self.variable]

    def values(self) -> tuple[Any, ...]:
        return (self.variable,)


class RecordedVariable(Variable):
    """A variable whose use is recorded outside of steps; see the module."""

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if not any(issubclass(kind, SymbolicTensor) for kind in types):
            graph = _owner(args, kwargs)
            if is_real_call(func) or not records(graph):
                return traced_call(graph, func, args, kwargs)
            args, kwargs = converted((args, kwargs))
        return record_call(func, args, kwargs, internal=_caller_is_internal())

    @property
    def shape(self) -> TensorShape:  # type: ignore[override]
        with torch._C.DisableTorchFunctionSubclass():
            return TensorShape(torch.Tensor.shape.__get__(self))  # type: ignore[attr-defined]

    @property
    def op(self) -> Any:
        if "_operation" not in self.__dict__:
            self._operation = VariableOperation(self)
        return self._operation

    def get_shape(self) -> TensorShape:
        """The shape that it was made with, also where an assignment without a check has replaced it."""
        return self.__dict__.get("_declared_shape") or self.shape

    @property
    def initializer(self) -> Operation:
        """The operation that gives it its initial value."""
        op = self.__dict__.get("_initializer_op")
        if op is None:
            initial = self._recorded_initial()
            with recorder_of(self.graph).outside_control():
                op = record(
                    _initialize,
                    (self, initial, _Kept(self.initial)),
                    op_type="Assign",
                    name=f"{self._op_name}/Assign/",
                    writes=(self,),
                    static=no_outputs(),
                    graph=self.graph,
                )
            op.initializes = self
            self._initializer_op = op
        return op

    @property
    def initial_value(self) -> Any:
        """The tensor that it is initialized with."""
        initial = self._recorded_initial()
        if initial is not None:
            return initial
        if "_initial_value" not in self.__dict__:
            with recorder_of(self.graph).outside_control():
                self._initial_value = record(
                    _initial_value,
                    (self,),
                    op_type="Const",
                    name=f"{self._op_name}/initial_value/",
                    static=tensor_like(self.get_shape().as_list(), self.dtype),
                )
            self._initial_value.op.unchecked = True
        return self._initial_value

    def _recorded_initial(self) -> SymbolicTensor | None:
        return self.initial if isinstance(self.initial, SymbolicTensor) else None

    def initialized_value(self) -> Any:
        """Its value, or the initial value where it is not initialized: for the initial values of others."""
        if self.graph._thread.steps:
            return self
        recorder_of(self.graph)
        initial = self._recorded_initial()
        with recorder_of(self.graph).outside_control():
            made = record(
                _initialized_value,
                (self, initial),
                op_type="Merge",
                static=tensor_like(list(self.shape), self.dtype),
            )
        made.op.unchecked = True
        return made

    def value(self) -> Any:
        return self.read_value()

    def read_value(self) -> Any:
        """The value at the moment when this is run, in its own memory."""
        return (
            record(torch.clone, (self,), op_type="Identity", name=f"{self._op_name}/read")
            if records(self.graph)
            else super().read_value()
        )

    def eval(self, session: Any = None) -> np.ndarray:
        from slim_torch.session import default_session_for, get_default_session

        if not records(self.graph) or (session is None and get_default_session() is None):
            return super().eval(session)

        return default_session_for(self.graph, session, "eval(session=session)").run(self)

    def load(self, value: Any, session: Any = None) -> None:
        """Writes `value`, now, and counts as an initialization.

        Raises:
          ValueError: there is no session, or the value has another shape.
        """
        if records(self.graph):
            from slim_torch.session import default_session_for

            default_session_for(self.graph, session, "load(value, session=session)")
        if tuple(np.shape(value)) != tuple(self.shape):
            raise ValueError(
                f"Cannot feed value of shape {np.shape(value)} for Tensor '{self._op_name}/initial_value:0', which has shape "
                f"'{self.get_shape()}'"
            )
        Variable.assign(self, value)
        self.mark_initialized()

    def mark_initialized(self) -> None:
        """Counts as initialized in every session: the value came from outside the graph."""
        self._has_value = True

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        return assign(self, value, use_locking=use_locking, name=name)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        return assign_add(self, delta, use_locking=use_locking, name=name)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        return assign_sub(self, delta, use_locking=use_locking, name=name)

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]
        return self + other

    def __isub__(self, other: Any) -> Any:  # type: ignore[misc]
        return self - other

    def __imul__(self, other: Any) -> Any:  # type: ignore[misc]
        return self * other

    def __itruediv__(self, other: Any) -> Any:  # type: ignore[misc]
        return self / other

    def __iter__(self) -> Any:
        if records(self.graph):
            raise TypeError("'Variable' object is not iterable.")
        return super().__iter__()

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, (int, float)) or not records(self.graph):
            return torch.eq(self, other)
        return self is other

    def __ne__(self, other: Any) -> Any:
        if isinstance(other, (int, float)) or not records(self.graph):
            return torch.ne(self, other)
        return self is not other

    def __hash__(self) -> int:
        return id(self)


set_user_class(RecordedVariable)


def is_real_call(func: Callable[..., Any]) -> bool:
    """Whether a call is about the value as it is now, also where others are recorded."""
    name = getattr(func, "__name__", "")
    in_place = name.endswith("_") and not name.endswith("__")
    return name in _REAL or in_place or name.startswith(("_foreach", "_fused"))


def _owner(args: Any, kwargs: Any) -> Any:
    from slim_torch.recording import parts_of

    for part in parts_of((args, kwargs)):
        if isinstance(part, RecordedVariable):
            return part.graph
    return get_default_graph()


# What the operations do when they run


class _Kept:
    """What a variable was initialized from when the operation was made; the variable's own may have been replaced."""

    def __init__(self, initial: Any) -> None:
        self.initial = initial


def _initialize(variable: Variable, value: torch.Tensor | None, kept: _Kept) -> None:
    from slim_torch.session import current_session

    times = current_session().times_initialized(variable)
    with torch.no_grad():
        if value is not None:
            _overwrite(variable, value)
        elif times or variable._version != variable.pristine_version or kept.initial is not variable.initial:
            _overwrite(variable, variable.draw_initial_value(times, kept.initial))


def _overwrite(variable: Variable, value: torch.Tensor) -> None:
    """Writes the initial value, also where one of another shape has been assigned since."""
    if variable.shape == value.shape:
        variable.copy_(value)
    else:
        variable.data = value.clone()


def _initial_value(variable: Variable) -> torch.Tensor:
    return variable.draw_initial_value(0)


def _initialized_value(variable: Variable, initial: torch.Tensor | None) -> torch.Tensor:
    from slim_torch.session import current_session

    session = current_session()
    fresh = initial is None and variable._version == variable.pristine_version
    if fresh or session.is_initialized(variable):
        return variable.detach().clone()
    if initial is not None:
        return initial
    # The memory holds what another session has left there.
    with torch.no_grad():
        return variable.draw_initial_value(session._initializations.get(id(variable), 0))


def _assign(variable: Variable, value: torch.Tensor) -> torch.Tensor:
    if value.shape != variable.shape:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Assign requires shapes of both tensors to match. lhs shape= {list(variable.shape)} rhs shape= "
            f"{list(value.shape)}",
        )
    with torch.no_grad():
        return variable.copy_(value)


def _replace(variable: Any, value: torch.Tensor) -> Variable:
    """Assigns a value of any shape."""
    if "_declared_shape" not in variable.__dict__:
        variable._declared_shape = TensorShape(tuple(variable.shape))
    variable.data = value.detach().clone()
    return variable


def _assign_add(variable: Variable, value: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return variable.add_(value)


def _assign_sub(variable: Variable, value: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return variable.sub_(value)


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Any:
    """An operation that writes `value` over the variable `ref`; its output is the variable after that.

    In code that is not recorded it writes at once, and gives the variable.

    Args:
      validate_shape: False lets a value of another shape replace the variable's.

    Raises:
      ValueError: the value has another shape, or another dtype.

    Source: tf.assign.
    """
    checks = validate_shape is not False
    return _recorded_assignment(_assign if checks else _replace, "Assign", "assign", ref, value, name, checks)


def assign_add(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """Adds `value` to a variable; see `assign`. Source: tf.assign_add."""
    return _recorded_assignment(_assign_add, "AssignAdd", "assign_add", ref, value, name)


def assign_sub(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """Subtracts `value` from a variable; see `assign`. Source: tf.assign_sub."""
    return _recorded_assignment(_assign_sub, "AssignSub", "assign_sub", ref, value, name)


def _recorded_assignment(
    function: Callable[..., Any],
    op_type: str,
    method: str,
    ref: Any,
    value: Any,
    name: str | None,
    checks: bool = True,
) -> Any:
    if isinstance(ref, SymbolicTensor) and len(ref.op.writes) == 1:
        # The output of an assignment is the variable, after it.
        with recorder_of(ref.op.graph).control_dependencies([ref.op]):
            return _recorded_assignment(function, op_type, method, ref.op.writes[0], value, name, checks)
    if not isinstance(ref, Variable):
        raise AttributeError(  # noqa: TRY004 - TensorFlow's type
            f"{type(ref).__name__!r} object has no attribute '{method}': expected a variable, got {ref!r}."
        )
    from slim_torch.tensors import as_tensor

    if not records(ref.graph):
        if isinstance(ref, RecordedVariable) and method == "assign":
            ref.mark_initialized()
        if checks:
            getattr(Variable, method)(ref, value)
        else:
            _replace(ref, as_tensor(value, ref.dtype))
        if not tracing(ref.graph):
            return ref
        # The change is made, and can be recorded when it turns out that it was meant as an operation.
        made = remembered(
            ref.graph,
            ref.detach(),
            lambda: _recorded_assignment(function, op_type, method, ref, converted(value), name, checks),
        )
        if name is not None:
            ref.graph.kept.append(made)  # It will be asked for by its name.
        return made
    value = converted(value)
    if isinstance(value, torch.Tensor):
        if value.dtype != ref.dtype:
            raise TypeError(
                f"Tensor conversion requested dtype {str(ref.dtype)[6:]} for Tensor with dtype {str(value.dtype)[6:]}: "
                f"an assignment to '{ref._op_name}'. Convert it with tf.cast."
            )
    elif np.asarray(value).dtype.kind == "f" and not ref.dtype.is_floating_point:
        raise TypeError(
            f"Expected {str(ref.dtype)[6:]}, got {value!r} of type '{type(value).__name__}' instead."
        )
    else:
        value = as_tensor(value, ref.dtype)
    if checks:
        known = static_shape(value.stand_ins) if isinstance(value, SymbolicTensor) else list(value.shape)
        if known is not None:
            merged_shape(ref.get_shape().as_list(), known)
    return record(
        function,
        (ref, value),
        op_type=op_type,
        name=name or op_type,
        writes=(ref,),
        static=tensor_like(ref.get_shape().as_list() if checks else None, ref.dtype),
    )


def variables_initializer(var_list: Sequence[Any], name: str = "init") -> Any:
    """An operation that initializes the variables of a list. Source: tf.variables_initializer."""
    from slim_torch.control_flow import group

    graph = get_default_graph()
    recorder_of(graph)
    if graph._thread.steps:
        return None
    return group(*[variable.initializer for variable in var_list], name=name)


def global_variables_initializer() -> Any:
    """An operation that initializes the global variables that exist now. Source: tf.global_variables_initializer."""
    recorder_of(get_default_graph())
    return variables_initializer(get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES))


def local_variables_initializer() -> Any:
    """An operation that initializes the local variables that exist now. Source: tf.local_variables_initializer."""
    recorder_of(get_default_graph())
    return variables_initializer(get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES))


def _is_initialized(variable: Variable) -> torch.Tensor:
    from slim_torch.session import current_session

    return torch.tensor(current_session().is_initialized(variable))


def is_variable_initialized(ref: Any, name: str | None = None) -> Any:
    """A bool tensor: whether the variable has a value in the session that runs it."""
    made = record(
        _is_initialized,
        (ref,),
        op_type="IsVariableInitialized",
        name=name or "IsVariableInitialized",
        static=tensor_like([], torch.bool),
        stateful=True,
    )
    made.op.unchecked = True
    return made


def _report_uninitialized(variables: Sequence[Variable]) -> np.ndarray:
    from slim_torch.session import current_session

    session = current_session()
    names = [variable._op_name.encode() for variable in variables if not session.is_initialized(variable)]
    return np.array(names, dtype=object)


def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Any:
    """A string tensor, `[n]`: the names of the variables that have no value in the session that runs it.

    Args:
      var_list: by default the global and local variables that exist now.

    Source: tf.report_uninitialized_variables.
    """
    from slim_torch.dtypes import string

    graph = get_default_graph()
    if var_list is None:
        var_list = [
            *graph.get_collection(GraphKeys.GLOBAL_VARIABLES),
            *graph.get_collection(GraphKeys.LOCAL_VARIABLES),
        ]
    made = record(
        _report_uninitialized,
        (list(var_list),),
        op_type="BooleanMask",
        name=f"{name}/boolean_mask/GatherV2",
        static=tensor_like([None], string),
        stateful=True,
        graph=graph,
    )
    made.op.unchecked = True
    return made
