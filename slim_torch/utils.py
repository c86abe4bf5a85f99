"""Small helpers that slim code reaches through `slim.utils`: aliases, sizes, and static conditions.

Nothing here computes on activations or creates variables. An alias is a name that a layer gives to its
output; the aliases of a tensor are kept on it, in a list under the attribute `aliases`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch

from slim_torch.graph import add_to_collections, get_collection, get_collection_ref, get_default_graph
from slim_torch.recording import records
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensor_shape import TensorShape

__all__ = [
    "append_tensor_alias",
    "channel_dimension",
    "collect_named_outputs",
    "constant_value",
    "convert_collection_to_dict",
    "first_dimension",
    "gather_tensors_aliases",
    "get_collection_ref",
    "get_tensor_aliases",
    "get_variable_collections",
    "last_dimension",
    "n_positive_integers",
    "smart_cond",
    "static_cond",
    "two_element_tuple",
]

_T = TypeVar("_T")


def collect_named_outputs(collections: str | Sequence[str] | None, alias: str, outputs: _T) -> _T:
    """Adds `outputs` to `collections` under the name `alias`, and returns it.

    Without collections nothing happens, and the alias is not kept either.

    Raises:
      IndexError: `alias` is empty.

    Source: tf.contrib.slim.utils.collect_named_outputs.
    """
    if collections:
        append_tensor_alias(outputs, alias)
        add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: _T, alias: str) -> _T:
    """Adds `alias`, without a final slash, to the aliases of `tensor`, and returns the tensor.

    Raises:
      IndexError: `alias` is empty.
    """
    if alias[-1] == "/":
        alias = alias[:-1]
    if hasattr(tensor, "aliases"):
        tensor.aliases.append(alias)
    else:
        tensor.aliases = [alias]  # type: ignore[attr-defined]
    return tensor


def gather_tensors_aliases(tensors: Iterable[Any]) -> list[str]:
    """The aliases of several tensors, in order, in one list."""
    aliases: list[str] = []
    for tensor in tensors:
        aliases += get_tensor_aliases(tensor)
    return aliases


def get_tensor_aliases(tensor: Any) -> list[str]:
    """The aliases of `tensor`; a variable without any answers with its name.

    TensorFlow falls back on the name of the op that made a tensor. A PyTorch tensor comes from no
    named op, so for one that is no variable the list is empty.
    """
    if hasattr(tensor, "aliases"):
        return tensor.aliases
    name = tensor.name
    return [name.removesuffix(":0")] if name else []


def convert_collection_to_dict(collection: str, clear_collection: bool = False) -> OrderedDict[str, Any]:
    """The entries of a collection by alias, in order; an entry with two aliases is there twice.

    Args:
      clear_collection: also empty the collection.

    Of two entries with the same alias the later one is given.
    """
    entries = OrderedDict(
        (alias, value) for value in get_collection(collection) for alias in get_tensor_aliases(value)
    )
    if clear_collection:
        get_default_graph().clear_collection(collection)
    return entries


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """The collections for the variable `name`: the entry of a dictionary (or None), or what is given."""
    if isinstance(variables_collections, Mapping):
        return variables_collections.get(name)
    return variables_collections


def _dimension(shape: Sequence[Any] | None, index: int, min_rank: int) -> Any:
    if shape is None or getattr(shape, "ndims", 0) is None:
        raise ValueError("dims of shape must be known but is None. Give the tensor a shape first.")
    if len(shape) < min_rank:
        raise ValueError(
            f"rank of shape must be at least {min_rank} not: {len(shape)}. The shape is {tuple(shape)}."
        )
    size = shape[index]
    if getattr(size, "value", size) is None:
        known = ["?" if getattr(other, "value", other) is None else str(int(other)) for other in shape]
        text = ", ".join(known) + ("," if len(known) == 1 else "")
        raise ValueError(
            f"dimension {index} of shape must be known but is None: ({text}). Variables are sized by it."
        )
    return size


def last_dimension(shape: Sequence[Any] | None, min_rank: int = 1) -> Any:
    """The last size of `shape`.

    Args:
      shape: `tensor.shape` or `get_shape()`; None is a shape of unknown rank.
      min_rank: the fewest axes that will do.

    Raises:
      ValueError: the rank or the size is not known, or there are fewer than `min_rank` axes.
    """
    return _dimension(shape, -1, min_rank)


def first_dimension(shape: Sequence[Any] | None, min_rank: int = 1) -> Any:
    """The first size of `shape`; arguments and errors as in `last_dimension`."""
    return _dimension(shape, 0, min_rank)


def channel_dimension(shape: Sequence[Any] | None, data_format: str, min_rank: int = 1) -> Any:
    """The size of axis 1 for `"channels_first"`, of the last axis for *every* other `data_format`.

    So for `"NCHW"` too: it is Keras's spelling that counts, as in TensorFlow. Errors as in
    `last_dimension`.
    """
    return _dimension(shape, 1 if data_format == "channels_first" else -1, min_rank)


def two_element_tuple(int_or_tuple: Any) -> tuple[Any, Any]:
    """`(n, n)` for an int, two ints for a list, a tuple or a shape of two.

    Raises:
      ValueError: a list or a shape of another length, or anything else.
    """
    if isinstance(int_or_tuple, (TensorShape, torch.Size)):
        if len(int_or_tuple) == 2:
            return int_or_tuple[0], int_or_tuple[1]
    elif isinstance(int_or_tuple, (list, tuple)):
        if len(int_or_tuple) != 2:
            raise ValueError(f"Must be a list with 2 elements: {int_or_tuple!r}. Give (height, width).")
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    elif isinstance(int_or_tuple, int):
        return int(int_or_tuple), int(int_or_tuple)
    raise ValueError(
        f"Must be an int, a list with 2 elements or a TensorShape of length 2. Got {int_or_tuple!r}."
    )


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """`n` positive integers from one, which is repeated, or from a sequence of `n`.

    Raises:
      ValueError: `n` is not a positive integer, `value` is neither, or one of them is not positive.
      TypeError: `value` is None.
    """
    count = int(n) if not isinstance(n, str) else 0
    if count < 1 or count != n:
        raise ValueError(f"n must be a positive integer. Got {n!r}.")
    try:
        integers: tuple[int, ...] = (int(value),) * count
    except (TypeError, ValueError):
        malformed = f"Expected sequence of {n} positive integers, but received {value!r}"
        if len(value) != count:
            raise ValueError(malformed) from None
        try:
            integers = tuple(int(item) for item in value)
        except (TypeError, ValueError):
            raise ValueError(malformed) from None
    for integer in integers:
        if integer < 1:
            raise ValueError(f"expected positive integer, but received {integer}")
    return integers


def constant_value(value_or_tensor_or_var: Any, dtype: torch.dtype | None = None) -> Any:
    """The value where it is known without running the model, else None.

    Python and NumPy values are given back as they are; a tensor in the CPU's memory gives a NumPy array. A
    variable, whose value may change, gives None; so does a tensor that has no value yet (fake, traced,
    recorded) and one on another device, which would have to be waited for.

    Args:
      dtype: the dtype that a tensor or variable must have.

    Raises:
      ValueError: the argument is None, or a tensor of another dtype.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None. Pass a value, a tensor or a variable.")
    if not isinstance(value, torch.Tensor):
        return value
    if dtype is not None and value.dtype != dtype:
        raise ValueError(f"It has the wrong type {value.dtype} instead of {dtype}. Convert it first.")
    if isinstance(value, SymbolicTensor):
        from slim_torch.tensors import known_value

        return known_value(value)
    # Every stand-in for a tensor is a subclass, or wrapped by functorch; only a plain tensor has a value.
    if (
        torch.compiler.is_compiling()
        or type(value) is not torch.Tensor
        or value.device.type != "cpu"
        or torch._C._functorch.is_functorch_wrapped_tensor(value)
    ):
        return None
    return value.detach().numpy()


def _require_callables(fn1: Any, fn2: Any) -> None:
    if not callable(fn1):
        raise TypeError(f"fn1 must be callable. Got {fn1!r}; pass a function without arguments.")
    if not callable(fn2):
        raise TypeError(f"fn2 must be callable. Got {fn2!r}; pass a function without arguments.")


def static_cond(pred: Any, fn1: Callable[[], _T], fn2: Callable[[], _T]) -> _T:
    """`fn1()` if `pred` else `fn2()`, for a `pred` that is a Python or NumPy value.

    Raises:
      TypeError: `fn1` or `fn2` is not callable, or `pred` is a tensor.
    """
    _require_callables(fn1, fn2)
    if isinstance(pred, torch.Tensor):
        raise TypeError("Using a tensor as a Python bool is not allowed in static_cond. Use smart_cond.")
    return fn1() if pred else fn2()


def smart_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None) -> Any:
    """`static_cond` where the value of `pred` is known; elsewhere both, and a choice between the results.

    A recorded `pred` is `tf.cond`'s, and only one function runs with the graph. For others without a known
    value (see `constant_value`) both functions run and `torch.where` picks the result: TensorFlow runs
    only one of them, but both kinds of code see the same value.

    Args:
      pred: a value, or a 0-d tensor; a bool one where its value is not known.
      fn1: gives a tensor or number, or a list, tuple or dictionary of them.
      fn2: gives the same structure, with the same dtypes and shapes.

    Raises:
      TypeError: `fn1` or `fn2` is not callable, `pred` is not bool, or the structures differ in kind.
      ValueError: `pred` is None or has axes, or the results do not match.
    """
    _require_callables(fn1, fn2)
    value = constant_value(pred)
    if value is not None:
        return static_cond(value, fn1, fn2)
    if pred.dtype != torch.bool:
        raise TypeError(
            f"Input 'pred' of smart_cond has type {str(pred.dtype)[6:]} that does not match expected type "
            f"of bool. Compare it with 0."
        )
    graph = get_default_graph()
    if graph.recorder is not None and records(graph):
        from slim_torch.control_flow import cond

        return cond(pred, fn1, fn2, name=name)
    if pred.dim() != 0:
        raise ValueError(f"Shape must be rank 0 but is rank {pred.dim()} for 'pred' of smart_cond.")
    return _choose(pred, fn1(), fn2())


def _choose(pred: torch.Tensor, first: Any, second: Any) -> Any:
    for which, result in (("true_fn", first), ("false_fn", second)):
        if result is None:
            raise ValueError(f"{which} must have a return value. Return a tensor from both functions.")
    if isinstance(first, (list, tuple, dict)) or isinstance(second, (list, tuple, dict)):
        complaint = f"The two structures don't have the same nested structure: {first!r} and {second!r}."
        if type(first) is not type(second):
            raise TypeError(complaint)
        if len(first) != len(second) or (isinstance(first, dict) and first.keys() != second.keys()):
            raise ValueError(complaint)
        if isinstance(first, dict):
            return {key: _choose(pred, first[key], second[key]) for key in first}
        return type(first)(_choose(pred, *pair) for pair in zip(first, second))
    ours, theirs = (_as_tensor(result, pred.device) for result in (first, second))
    if ours.dtype != theirs.dtype:
        raise ValueError(
            f"Outputs of true_fn and false_fn must have the same type: {ours.dtype}, {theirs.dtype}."
        )
    if ours.shape != theirs.shape:
        raise ValueError(
            f"Outputs of true_fn and false_fn must have the same shape where pred has no known value: "
            f"{tuple(ours.shape)}, {tuple(theirs.shape)}."
        )
    return torch.where(pred, ours, theirs)


def _as_tensor(result: Any, device: torch.device) -> torch.Tensor:
    return result if isinstance(result, torch.Tensor) else torch.as_tensor(result, device=device)
