"""What every function of the `tf` namespace does with its arguments and its result.

Arguments may be tensors (real or recorded), variables, NumPy arrays, Python numbers and nested lists of
them; a result has a name if it is recorded. Which mathematics is done is up to the callers.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch
from torch.overrides import handle_torch_function, has_torch_function

from slim_torch.building import with_its_value
from slim_torch.compiled_shape import CompiledDimension
from slim_torch.dtypes import as_dtype, constant_dtype, string
from slim_torch.graph import get_default_graph
from slim_torch.inference import infer, tensor_like
from slim_torch.recording import record, recorder_of, recording_graph, records, rename
from slim_torch.sources import constant
from slim_torch.symbolic import WORLDS, SymbolicNumber, SymbolicTensor, is_symbolic, known_or_symbolic
from slim_torch.traced import TracedTensor, converted

__all__ = [
    "as_operand",
    "as_sizes",
    "as_tensor",
    "known_value",
    "leaf",
    "leaf_call",
    "named",
    "of_any_rank",
    "use_up",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")


def as_tensor(value: Any, dtype: Any = None, like: torch.Tensor | None = None) -> torch.Tensor:
    """`value` as a tensor: as it is, or as a constant (float32 and int32 for Python numbers).

    Args:
      dtype: what a constant becomes; a tensor must have it already.
      like: a tensor whose dtype and device a constant takes.

    Raises:
      ValueError: a tensor has another dtype.
    """
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(value, TracedTensor) and records(value.traced_graph):
        value = converted(value)
    if isinstance(value, torch.Tensor):
        if wanted is not None and value.dtype != wanted:
            raise ValueError(
                f"Tensor conversion requested dtype {str(wanted)[6:]} for Tensor with dtype {str(value.dtype)[6:]}. "
                f"Convert it with tf.cast."
            )
        return value
    if isinstance(value, SymbolicNumber):
        return leaf_call(
            _number_as_tensor, (value, wanted or torch.int32), [], wanted or torch.int32, "Const", None
        )
    if isinstance(value, (list, tuple)) and any(_holds_tensor(item) for item in value):
        return torch.stack(_of_one_dtype([as_tensor(item, dtype, like) for item in value]))
    if like is None and records(get_default_graph()):
        return constant(value, wanted)
    if wanted is None and isinstance(value, np.ndarray) and value.dtype == object:
        wanted = string  # type: ignore[assignment]
    if wanted is None:
        wanted = constant_dtype(value) if like is None else like.dtype
    if wanted is string:
        return constant(value, wanted)
    device = None if like is None or is_symbolic(like) else like.device
    return with_its_value(lambda: torch.as_tensor(_with_steps_forward(value), device=device).to(wanted))


def _with_steps_forward(value: Any) -> np.ndarray:
    """An array that PyTorch takes: it takes no steps backwards (`image[..., ::-1]`)."""
    array = np.asarray(value)
    if torch.compiler.is_compiling() or all(step >= 0 for step in array.strides):
        return array
    return array.copy()


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_holds_tensor, value))
    return isinstance(value, (torch.Tensor, SymbolicNumber))


def _of_one_dtype(parts: list[Any]) -> list[Any]:
    """Plain numbers among recorded tensors take the dtype of those."""
    tensors = [part for part in parts if isinstance(part, SymbolicTensor) and part.op.type != "Const"]
    if not tensors:
        return parts
    dtype = tensors[0].dtype
    return [part if part.dtype == dtype else part.to(dtype) for part in parts]


def _number_as_tensor(value: Any, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor(value, dtype=dtype)


def as_operand(value: Any, like: torch.Tensor, which: str, operation: str) -> Any:
    """The other operand of an operator on the recorded tensor `like`.

    Numbers and arrays take its dtype; numbers stay numbers, which costs nothing when the graph runs.

    Raises:
      TypeError: a tensor of another dtype, or a value that the dtype cannot hold.
    """
    dtype = like.dtype
    shown = str(dtype).removeprefix("torch.")
    if isinstance(value, torch.Tensor):
        if value.dtype != dtype:
            other = "y" if which == "x" else "x"
            raise TypeError(
                f"Input 'y' of {operation!r} Op has type {str(value.dtype)[6:]} that does not match type {shown} of "
                f"argument {other!r}. Convert one of them with tf.cast."
            )
        return value
    if dtype is string:
        return constant(value)
    if isinstance(value, SymbolicNumber):
        return value
    if isinstance(value, (list, tuple)) and _holds_tensor(value):
        return as_tensor(value, dtype)
    if value is None or isinstance(value, (str, bytes, dict)):
        raise TypeError(f"Expected {shown}, got {value!r} of type '{type(value).__name__}' instead.")
    array = np.asarray(value)
    if array.dtype == object:
        return NotImplemented
    if array.dtype.kind == "f" and not (dtype.is_floating_point or dtype.is_complex):
        raise TypeError(f"Expected {shown}, got {value!r} of type '{type(value).__name__}' instead.")
    if array.dtype.kind == "b" and dtype is not torch.bool and isinstance(value, bool):
        raise TypeError(f"Expected {shown}, got {value!r} of type 'bool' instead.")
    if array.ndim == 0 and dtype is not torch.bool:
        number = array.item()
        return float(number) if dtype.is_floating_point else number
    return torch.from_numpy(np.array(array)).to(dtype)


def as_sizes(shape: Any) -> tuple[Any, ...]:
    """A shape as a tuple that goes wherever PyTorch takes sizes.

    Args:
      shape: an int, a list that may mix ints with 0-d integer tensors, a `TensorShape`, or an integer tensor
        of one axis. Recorded tensors give sizes that are known when the graph runs.
    """
    if isinstance(shape, SymbolicNumber):
        return (shape,)
    if isinstance(shape, SymbolicTensor):
        return _recorded_sizes(shape)
    if isinstance(shape, torch.Tensor):
        return tuple(int(size) for size in shape.tolist()) if shape.dim() else (int(shape),)
    if isinstance(shape, (int, np.integer)):
        return (int(shape),)
    if isinstance(shape, CompiledDimension):
        return (shape.value,)
    return tuple(
        _item(size) if isinstance(size, SymbolicTensor) and size.stand_ins is None else as_sizes(size)[0]
        for size in shape
    )


def _recorded_sizes(shape: SymbolicTensor) -> tuple[Any, ...]:
    stand_ins = shape._ranked("shape")
    if shape.dtype not in (torch.int32, torch.int64):
        raise TypeError(f"A shape must be made of int32 or int64, got {shape!r}.")
    if not shape.dim():
        return (_item(shape),)
    length = {len(item) for item in stand_ins}
    if len(length) > 1:
        raise ValueError(f"The length of the shape {shape!r} is not known.")
    return tuple(_item(shape[i]) for i in range(length.pop()))


def _item(tensor: SymbolicTensor) -> Any:
    """A 0-d integer tensor as a size; one of unknown rank has to be one when the graph runs."""
    stand_ins = tensor.stand_ins
    if stand_ins is None or stand_ins[0].device.type == "meta":
        # Nothing is known of it: values that nothing else has.
        return known_or_symbolic(tuple(2003 + 13 * world for world in range(WORLDS)), ("item", tensor))
    return known_or_symbolic(tuple(int(item) for item in stand_ins), ("item", tensor))


def known_value(value: Any) -> np.ndarray | None:
    """The value where it is known without running anything; None for variables and most recorded tensors."""
    if isinstance(value, (torch.nn.Parameter, SymbolicNumber)):
        return None
    if isinstance(value, SymbolicTensor):
        stand_ins = value.stand_ins
        if stand_ins is None or any(item.device.type == "meta" for item in stand_ins):
            return None
        same = all(
            item.shape == stand_ins[0].shape and bool((item == stand_ins[0]).all()) for item in stand_ins
        )
        return stand_ins[0].numpy() if same else None
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return np.asarray(value)


def named(result: _T, name: str | None, default: str) -> _T:
    """`result`, a tensor or a sequence of them that has just been computed.

    If it is recorded its operation gets `name`, or `default`, made unique in the name scope; a real tensor
    carries no name.
    """
    if isinstance(result, TracedTensor):
        result.given_name = (name or default, default)
        return result
    _last.default = default
    first: Any = result[0] if isinstance(result, (list, tuple)) and result else result
    if isinstance(first, SymbolicTensor):
        if first.op._name is not None:
            # Somebody else's tensor, handed through: as TensorFlow does, another operation for it.
            if first is result:
                return _through(first, name or default)
            return result
        rename(first, name or default, default)
    return result


def _through(tensor: Any, name: str) -> Any:
    return record(_identity, (tensor,), op_type="Identity", name=name)


def _identity(value: Any) -> Any:
    return value


def leaf_call(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    shape: Any,
    dtype: Any,
    op_type: str,
    name: str | None,
) -> Any:
    """`function(*args)` as one operation outside of steps, called at once inside.

    Args:
      shape: the static shape of the result, for when stand-ins do not show it; None for an unknown rank.
    """
    graph = recording_graph()
    if graph is None:
        return function(*args)
    recorder_of(graph)
    try:
        # Stand-ins show no bytes.
        static = tensor_like(shape, dtype) if dtype is string else infer(function, args, {})
    except (TypeError, ValueError, RuntimeError, NotImplementedError):
        static = tensor_like(shape, dtype)
    return record(function, args, op_type=op_type, name=name or op_type, static=static, graph=graph)


def of_any_rank(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function`, recorded as one operation where the rank of an argument is not known before it runs."""

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not any(_rank_unknown(arg) for arg in (*args, *kwargs.values())):
            return function(*args, **kwargs)
        keywords: dict[str, Any] = dict(kwargs)
        name = keywords.pop("name", None)
        _last.default = None
        made: Any = record(function, args, keywords)
        return named(made, name, _last.default or function.__name__.capitalize())

    return wrapper


def _rank_unknown(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_rank_unknown, value))
    return isinstance(value, SymbolicTensor) and value.stand_ins is None


class _LastName(threading.local):
    """The default name that `named` was last given: that of a function which was tried on stand-ins."""

    default: str | None = None


_last = _LastName()


def use_up(name: str) -> None:
    """Counts a name as used: TensorFlow has an operation of this name here, which nobody needs to see."""
    graph = get_default_graph()
    if records(graph):
        graph.unique_name(name)


def leaf(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function`, recorded as one operation instead of the ones that it consists of.

    For functions that look at values or make tensors of sizes that are known only when they run. Recorded
    tensors must be among the positional arguments, or directly in a list or tuple there.
    """

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        relevant: list[Any] = []
        for arg in args:
            relevant.extend(arg) if isinstance(arg, (list, tuple)) else relevant.append(arg)
        if has_torch_function(relevant):
            return handle_torch_function(wrapper, relevant, *args, **kwargs)
        return function(*args, **kwargs)

    # What a plan calls: there is nothing recorded among real values.
    wrapper.plain = function  # type: ignore[attr-defined]
    return wrapper
