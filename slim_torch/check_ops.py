"""Assertions about the values of tensors: operations that fail when they run.

What is known while the graph is built, the values of constants, is checked at once; the rest is recorded.
Inside a step, where code computes as it goes, everything is checked at once. Assertions about dtypes and ranks
are in `static_checks.py`, `tf.Assert` itself in `control_flow.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import torch

from slim_torch import errors
from slim_torch.control_flow import check_assertion, group, no_op, nothing, with_dependencies
from slim_torch.dtypes import string
from slim_torch.graph import get_default_graph
from slim_torch.inference import no_outputs
from slim_torch.recording import record, recorder_of, recording_graph, records
from slim_torch.scopes import name_scope
from slim_torch.sources import constant
from slim_torch.symbolic import SymbolicTensor, is_symbolic
from slim_torch.tensors import as_tensor, known_value, leaf, named
from slim_torch.traced import converted
from slim_torch.train_ops import check_numerics

__all__ = [
    "add_check_numerics_ops",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "asserted",
    "called",
    "check_operand",
    "dtype_name",
    "is_non_decreasing",
    "is_strictly_increasing",
    "value_of",
    "verify_tensor_all_finite",
]


def dtype_name(dtype: Any) -> str:
    """`"float32"` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def check_operand(value: Any, name: str, dtype: Any = None) -> Any:
    """A tensor as it is, anything else as a constant of this name."""
    if isinstance(value, torch.Tensor) or is_symbolic(value):
        return as_tensor(converted(value) if records(get_default_graph()) else value, dtype)
    if recording_graph() is not None and not _holds_tensor(value):
        return constant(value, dtype, name=name)
    return as_tensor(value, dtype)


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensor, value))
    return isinstance(value, torch.Tensor)


def called(tensor: Any, default: str = "tensor") -> str:
    """The name of a tensor, as messages show it."""
    return str(getattr(tensor, "name", None) or default)


def value_of(tensor: Any) -> Any:
    """The value if it is known while the graph is built."""
    if isinstance(tensor, SymbolicTensor) and tensor.op.type == "Const" and tensor.op.args:
        return np.asarray(tensor.op.args[0])
    return tensor if isinstance(tensor, np.ndarray) else known_value(tensor)


def _refuse(data: Sequence[Any]) -> NoReturn:
    """Raises InvalidArgumentError showing `data`, one item in a line."""
    lines = []
    for item in data:
        value = item if isinstance(item, str) else value_of(item)
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        lines.append(repr(item) if value is None else str(value))
    raise errors.InvalidArgumentError(None, None, "\n".join(lines))


def asserted(condition: Any, data: Sequence[Any], summarize: int | None) -> Any:
    """Records an assertion, named as TensorFlow names those with and without a condition around them."""
    graph = recording_graph()
    if graph is None:
        if not bool(condition):
            _refuse(data)
        return nothing
    shown_data = [as_tensor(item) for item in data]
    # TensorFlow evaluates the data of an assertion only where it fails, if copying them might cost something.
    plain = all(item.dtype in (string, torch.int32) for item in shown_data)
    return record(
        check_assertion,
        (condition, shown_data, summarize),
        op_type="Assert" if plain else "Merge",
        name="Assert/Assert" if plain else "Assert/AssertGuard/Merge",
        static=no_outputs(),
        stateful=True,
        graph=graph,
    )


_Compare = Callable[[Any, Any], Any]


def _holds(compare: _Compare, of_arrays: _Compare, x: Any, y: Any) -> torch.Tensor:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return torch.tensor(bool(np.all(of_arrays(x, y))))
    return compare(x, y).all()


def _compared(
    compare: _Compare,
    of_arrays: _Compare,
    op_type: str,
    sign: str,
    operands: tuple[Any, Any],
    data: Sequence[Any] | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
    default: str,
) -> Any:
    graph = recording_graph()
    with name_scope(name, default, [*operands, data]):
        x, y = check_operand(operands[0], "x"), check_operand(operands[1], "y")
        if x.dtype != y.dtype:
            raise TypeError(
                f"Input 'y' of '{op_type}' Op has type {dtype_name(y.dtype)} that does not match type "
                f"{dtype_name(x.dtype)} of argument 'x'. Convert one of them with tf.cast."
            )
        if op_type not in ("Equal", "NotEqual") and x.dtype in (string, torch.bool):
            raise TypeError(
                f"Value passed to parameter 'x' has DataType {dtype_name(x.dtype)} not in list of allowed values: "
                f"'{op_type}' orders real numbers."
            )
        if data is None:
            data = [
                *([message] if message else []),
                f"Condition x {sign} y did not hold element-wise:",
                f"x ({called(x, 'x')}) = ",
                x,
                f"y ({called(y, 'y')}) = ",
                y,
            ]
        elif message:
            data = [message, *data]
        if graph is None:
            if isinstance(x, torch.Tensor) and x.shape != y.shape:
                _check_broadcast(x, y, op_type)
            return asserted(_holds(compare, of_arrays, x, y), data, summarize)
        recorder_of(graph)
        x, y = converted((x, y))
        condition = record(_holds, (compare, of_arrays, x, y), op_type="All", graph=graph)
        known_x, known_y = value_of(x), value_of(y)
        if known_x is not None and known_y is not None and not np.all(of_arrays(known_x, known_y)):
            _refuse(data)
        return asserted(condition, data, summarize)


def _check_broadcast(x: Any, y: Any, op_type: str) -> None:
    try:
        torch.broadcast_shapes(x.shape, y.shape)
    except RuntimeError as err:
        raise ValueError(f"Dimensions must be equal for '{op_type}': {err}") from err


def assert_equal(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """An operation that fails unless `x == y` for all elements, broadcast. Source: tf.assert_equal.

    Args:
      data: what a failure shows; by default the condition and both tensors.
      summarize: how many elements of each tensor it shows, 3 by default; -1 for all.
      message: what it says first.

    Inside a step it is checked at once.

    Raises:
      tf.errors.InvalidArgumentError: constants that are not equal; when run, values that are not.
      TypeError: the dtypes differ.
      ValueError: the shapes do not broadcast.
    """
    scope = name or "assert_equal"
    if x is y:
        with name_scope(scope):
            return no_op()
    # TensorFlow enters the scope twice, which shows in the names.
    with name_scope(scope):
        pass
    return _compared(
        torch.eq,
        np.equal,
        "Equal",
        "==",
        (x, y),
        data,
        summarize,
        message,
        name,
        "assert_equal",
    )


def assert_none_equal(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x != y`. Source: tf.assert_none_equal."""
    return _compared(
        torch.ne,
        np.not_equal,
        "NotEqual",
        "!=",
        (x, y),
        data,
        summarize,
        message,
        name,
        "assert_none_equal",
    )


def assert_less(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x < y`. Source: tf.assert_less."""
    return _compared(torch.lt, np.less, "Less", "<", (x, y), data, summarize, message, name, "assert_less")


def assert_less_equal(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x <= y`. Source: tf.assert_less_equal."""
    return _compared(
        torch.le,
        np.less_equal,
        "LessEqual",
        "<=",
        (x, y),
        data,
        summarize,
        message,
        name,
        "assert_less_equal",
    )


def assert_greater(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x > y`. Source: tf.assert_greater."""
    return _compared(
        torch.gt, np.greater, "Greater", ">", (x, y), data, summarize, message, name, "assert_greater"
    )


def assert_greater_equal(
    x: Any,
    y: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x >= y`. Source: tf.assert_greater_equal."""
    return _compared(
        torch.ge,
        np.greater_equal,
        "GreaterEqual",
        ">=",
        (x, y),
        data,
        summarize,
        message,
        name,
        "assert_greater_equal",
    )


def _signed(
    x: Any,
    sign: str,
    data: Sequence[Any] | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
    default: str,
) -> Any:
    with name_scope(name, default, [x, data]):
        x = check_operand(x, "x")
        if data is None:
            data = [
                message or "",
                f"Condition x {sign} 0 did not hold element-wise:",
                f"x ({called(x, 'x')}) = ",
                x,
            ]
        elif message:
            data = [message, *data]
        zero = check_operand(0, "Const", x.dtype)
        check = assert_less if sign in ("<", ">") else assert_less_equal
        first, second = (x, zero) if sign in ("<", "<=") else (zero, x)
        return check(first, second, data=data, summarize=summarize)


def assert_positive(
    x: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x > 0`. Source: tf.assert_positive."""
    return _signed(x, ">", data, summarize, message, name, "assert_positive")


def assert_negative(
    x: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x < 0`. Source: tf.assert_negative."""
    return _signed(x, "<", data, summarize, message, name, "assert_negative")


def assert_non_negative(
    x: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x >= 0`. Source: tf.assert_non_negative."""
    return _signed(x, ">=", data, summarize, message, name, "assert_non_negative")


def assert_non_positive(
    x: Any,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """As `assert_equal`, for `x <= 0`. Source: tf.assert_non_positive."""
    return _signed(x, "<=", data, summarize, message, name, "assert_non_positive")


def _near(x: Any, y: Any, rtol: Any, atol: Any) -> torch.Tensor:
    return ((x - y).abs() < atol + rtol * y.abs()).all()


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Sequence[Any] | None = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Any:
    """An operation that fails unless `|x - y| < atol + rtol * |y|` for all elements. Source: tf.assert_near.

    Args:
      rtol, atol: ten times the resolution of the dtype of `x` by default.

    Raises:
      ValueError: the dtype is not a floating-point one.
      tf.errors.InvalidArgumentError: when run, values that are further apart.
    """
    graph = recording_graph()
    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = check_operand(x, "x")
        y = check_operand(y, "y", x.dtype)
        if not x.dtype.is_floating_point:
            raise ValueError(
                f"data type {dtype_name(x.dtype)} not inexact: assert_near compares floating-point numbers. Use "
                f"assert_equal."
            )
        resolution = 10 * torch.finfo(x.dtype).eps
        relative = check_operand(resolution if rtol is None else rtol, "rtol", x.dtype)
        absolute = check_operand(resolution if atol is None else atol, "atol", x.dtype)
        if data is None:
            data = [
                message or "",
                f"x and y not equal to tolerance rtol = {_shown(relative)}, atol = {_shown(absolute)}",
                f"x ({called(x, 'x')}) = ",
                x,
                f"y ({called(y, 'y')}) = ",
                y,
            ]
        if graph is None:
            return asserted(_near(x, y, relative, absolute), data, summarize)
        recorder_of(graph)
        condition = record(_near, converted((x, y, relative, absolute)), op_type="All", graph=graph)
        return asserted(condition, data, summarize)


def _shown(tensor: Any) -> str:
    known = value_of(tensor)
    return repr(tensor) if known is None else f"{known.item():g}"


# Numbers


def verify_tensor_all_finite(
    t: Any = None, msg: str | None = None, name: str | None = None, x: Any = None, message: str | None = None
) -> Any:
    """`t`, which fails with `msg` when it runs and holds an infinity or NaN. Source: tf.verify_tensor_all_finite.

    Args:
      x, message: the newer names of `t` and `msg`.
    """
    tensor, text = (t if x is None else x), (msg if message is None else message)
    if tensor is None or text is None:
        raise ValueError("verify_tensor_all_finite needs a tensor and a message.")
    with name_scope(name, "VerifyFinite", [tensor]):
        tensor = check_operand(tensor, "t")
        return with_dependencies([check_numerics(tensor, text)], tensor)


def add_check_numerics_ops() -> Any:
    """An operation that checks all floating-point tensors of the graph for infinities and NaN.

    Raises:
      RuntimeError: inside a step, where no tensors are recorded.

    Source: tf.add_check_numerics_ops.
    """
    graph = recording_graph()
    if graph is None:
        raise RuntimeError(
            "tf.add_check_numerics_ops inside graph.step(): it checks the tensors of a recorded graph. Use "
            "tf.check_numerics on a tensor."
        )
    recorder = recorder_of(graph)
    checks: list[Any] = []
    # Tensors inside of a branch or a loop's body cannot be checked from outside.
    for op in [op for op in recorder.operations if op.body is None]:
        for output in op.outputs:
            if isinstance(output.dtype, torch.dtype) and output.dtype.is_floating_point:
                with recorder.control_dependencies(checks[-1:]):
                    checks.append(check_numerics(output, output.name))
    return group(*checks)


@leaf
def _is_ordered(x: torch.Tensor, strictly: bool) -> torch.Tensor:
    steps = x.reshape(-1).diff()
    return ((steps > 0) if strictly else (steps >= 0)).all()


def is_non_decreasing(x: Any, name: str | None = None) -> Any:
    """Whether no element, in row-major order, is less than the one before it. Source: tf.is_non_decreasing."""
    with name_scope(name, "is_non_decreasing", [x]):
        return named(_is_ordered(check_operand(x, "x"), False), None, "All")


def is_strictly_increasing(x: Any, name: str | None = None) -> Any:
    """Whether each element, in row-major order, is greater than the one before it.

    Source: tf.is_strictly_increasing.
    """
    with name_scope(name, "is_strictly_increasing", [x]):
        return named(_is_ordered(check_operand(x, "x"), True), None, "All")
