"""Names of `tf.contrib.framework` and `tensorflow.python.framework.tensor_util` that `tf` has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch.control_flow import case, with_dependencies
from slim_torch.control_flow import py_func as _py_func
from slim_torch.errors import InvalidArgumentError
from slim_torch.graph import Graph
from slim_torch.inference import tensor_like
from slim_torch.recording import record
from slim_torch.scopes import name_scope
from slim_torch.session import current_session
from slim_torch.static_checks import assert_scalar
from slim_torch.tensors import as_tensor, known_value
from slim_torch.utils import constant_value as _boolean_value
from slim_torch.utils import smart_cond as _smart_cond

__all__ = [
    "assert_scalar_int",
    "constant_value",
    "get_placeholders",
    "py_func",
    "reduce_sum_n",
    "remove_squeezable_dimensions",
    "smart_case",
    "smart_cond",
    "smart_constant_value",
    "with_same_shape",
    "with_shape",
    "zero_initializer",
]


def constant_value(tensor: Any, partial: bool = False) -> Any:
    """The value as a NumPy array where nothing needs to run for it, else None."""
    return known_value(tensor)


def smart_constant_value(pred: Any) -> bool | None:
    """A boolean, if it is known without running anything. Source: tf.contrib.framework.smart_constant_value.

    Raises:
      TypeError: it is no boolean, number 0 or 1, or tensor.
    """
    if isinstance(pred, torch.Tensor):
        value = _boolean_value(pred)
        return None if value is None else bool(value)
    if pred in (0, 1):
        return bool(pred)
    raise TypeError(
        f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred).__name__}"
    )


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """`true_fn()` or `false_fn()` where `pred` is known, `tf.cond` where it is not.

    Source: tf.contrib.framework.smart_cond.
    """
    for which, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"`{which}` must be callable.")
    assert true_fn is not None
    assert false_fn is not None
    value = smart_constant_value(pred)
    if value is not None:
        return true_fn() if value else false_fn()
    return _smart_cond(pred, true_fn, false_fn, name)


def smart_case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    name: str = "smart_case",
) -> Any:
    """`tf.case`. Source: tf.contrib.framework.smart_case."""
    return case(pred_fn_pairs, default, exclusive, name=name)


def assert_scalar_int(tensor: Any, name: str | None = None) -> Any:
    """The tensor, whose shape and dtype must be those of an integer.

    Raises:
      ValueError: it has axes, or another dtype.

    Source: tf.contrib.framework.assert_scalar_int.
    """
    with name_scope(name, "assert_scalar_int", [tensor]):
        tensor = as_tensor(tensor)
        if tensor.dtype not in (torch.int32, torch.int64):
            raise ValueError(
                f"Unexpected type {tensor.dtype} for {tensor!r}: an int32 or int64 was expected."
            )
        return assert_scalar(tensor, name)


def reduce_sum_n(tensors: Sequence[Any], name: str | None = None) -> Any:
    """The sum of all elements of all tensors. Source: tf.contrib.framework.reduce_sum_n."""
    from slim_torch.tf.math_functions import add_n
    from slim_torch.tf.reductions import reduce_sum

    if not tensors:
        raise ValueError("No tensors provided.")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [reduce_sum(tensor, name=f"{place}") for place, tensor in enumerate(tensors)]
        return sums[0] if len(sums) == 1 else add_n(sums, name=scope)


def remove_squeezable_dimensions(predictions: Any, labels: Any, name: str | None = None) -> tuple[Any, Any]:
    """Both, the one with one axis more without its last axis, where that has size 1.

    Source: tf.contrib.framework.remove_squeezable_dimensions.
    """
    predictions, labels = as_tensor(predictions), as_tensor(labels)
    difference = predictions.dim() - labels.dim()
    if difference == 1 and predictions.shape[-1] == 1:
        predictions = predictions.squeeze(-1)
    elif difference == -1 and labels.shape[-1] == 1:
        labels = labels.squeeze(-1)
    return predictions, labels


def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """The tensor, with the check that it has this shape.

    Raises:
      ValueError: its shape is known to be another.

    Source: tf.contrib.framework.with_shape.
    """
    from slim_torch.check_ops import assert_equal
    from slim_torch.sources import shape
    from slim_torch.tensor_shape import TensorShape

    tensor = as_tensor(tensor)
    known = known_value(expected_shape) if not isinstance(expected_shape, TensorShape) else None
    wanted = TensorShape(expected_shape if known is None else [int(size) for size in known])
    found = TensorShape(tensor.get_shape()) if hasattr(tensor, "get_shape") else TensorShape(tensor.shape)
    if not found.is_compatible_with(wanted):
        raise ValueError(f"Invalid shape for {tensor!r}: {wanted.as_list()} expected, got {found}.")
    if found.is_fully_defined():
        return tensor
    checked = with_dependencies([assert_equal(shape(tensor), wanted.as_list())], tensor)
    checked.set_shape(wanted)
    return checked


def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """The tensor, with the check that it has the shape of another. Source: tf.contrib.framework.with_same_shape."""
    expected = as_tensor(expected_tensor)
    return with_shape(
        expected.get_shape() if hasattr(expected, "get_shape") else list(expected.shape), tensor
    )


def get_placeholders(graph: Graph) -> list[Any]:
    """The placeholders of a graph. Source: tf.contrib.framework.get_placeholders."""
    return [
        output
        for operation in graph.get_operations()
        if operation.type == "Placeholder"
        for output in operation.outputs
    ]


def py_func(
    func: Callable[..., Any],
    args: Any = (),
    kwargs: dict[str, Any] | None = None,
    output_types: Any = None,
    output_shapes: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """`tf.py_func` with structures of arguments and results. Source: tf.contrib.framework.py_func."""
    from slim_torch.compat import nest

    given = (tuple(args), kwargs or {})
    flat_types = nest.flatten(output_types)

    def flat_func(*values: Any) -> Any:
        positional, keywords = nest.pack_sequence_as(given, values)
        return nest.flatten(func(*positional, **keywords))

    results = _py_func(flat_func, nest.flatten(given), flat_types, stateful, name)
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    if output_shapes is not None:
        for result, sizes in zip(results, _flat_shapes(output_shapes)):
            result.set_shape(sizes)
    return nest.pack_sequence_as(output_types, results)


def _flat_shapes(shapes: Any) -> list[Any]:
    """Shapes in a structure, where a list of sizes is a shape."""
    if isinstance(shapes, dict):
        return [shape for key in sorted(shapes) for shape in _flat_shapes(shapes[key])]
    nested = isinstance(shapes, (list, tuple)) and any(
        not isinstance(size, int) and size is not None for size in shapes
    )
    return [shape for item in shapes for shape in _flat_shapes(item)] if nested else [shapes]


def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Any:
    """An operation that initializes a variable with zeros; its output is the variable after that.

    Raises:
      InvalidArgumentError: at its run, for a variable that has a value.

    Source: tf.contrib.framework.zero_initializer.
    """
    made = record(
        _assign_zeros,
        (ref,),
        op_type="ZeroInitializer",
        name=name,
        writes=(ref,),
        static=tensor_like(ref.get_shape().as_list(), ref.dtype),
        stateful=True,
    )
    made.op.unchecked = True
    return made


def _assign_zeros(variable: Any) -> torch.Tensor:
    session = current_session()
    if session.is_initialized(variable):
        raise InvalidArgumentError(
            None, None, f"input is already initialized: {variable.op.name} has a value."
        )
    session.mark_initialized([variable])
    with torch.no_grad():
        return variable.zero_()
