"""PyTorch calls on strings: moving them about, and comparing them.

Strings are object arrays when a graph runs, which PyTorch's functions do not take. A function that only moves elements
(reshapes, indexes, stacks, gathers) does the same to their numbers in a sorted list of all strings of the call; since
equal strings have one number, and the numbers are in the order of the strings, comparisons come out right as well;
and the empty string is always number 0, as what fills gaps has to be. Arithmetic is refused. What computes with
characters is in `string_ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils import _pytree

from slim_torch.dtypes import string
from slim_torch.symbolic import SymbolicTensor

__all__ = ["StringCall", "has_strings", "refuse_arithmetic"]


def has_strings(args: Any, kwargs: Any) -> bool:
    """Whether there are recorded strings among the arguments, directly or in lists, tuples and dictionaries."""
    if isinstance(args, SymbolicTensor):
        return args.dtype is string
    if isinstance(args, (list, tuple)) and any(has_strings(item, None) for item in args):
        return True
    return isinstance(kwargs, dict) and any(has_strings(item, None) for item in kwargs.values())


# As PyTorch calls them, without underscores.
_ARITHMETIC = frozenset(
    [
        "abs",
        "add",
        "div",
        "divide",
        "exp",
        "floor",
        "float",
        "int",
        "log",
        "long",
        "lt",
        "le",
        "gt",
        "ge",
        "matmul",
        "max",
        "mean",
        "min",
        "mod",
        "mul",
        "multiply",
        "neg",
        "pow",
        "radd",
        "rdiv",
        "remainder",
        "rmul",
        "rsub",
        "rtruediv",
        "sqrt",
        "sub",
        "subtract",
        "sum",
        "to",
        "truediv",
        "true_divide",
        "type",
    ]
)


def refuse_arithmetic(function: Callable[..., Any]) -> None:
    """Nothing can be computed with strings.

    Raises:
      TypeError: the function computes.
    """
    name = getattr(function, "__name__", "").strip("_")
    if name in _ARITHMETIC:
        raise TypeError(
            f"{name} of a tensor of DataType string, which is not in list of allowed values. Join strings by tf.string_join, "
            f"and make numbers of them by tf.string_to_number."
        )


class StringCall:
    """`function`, made fit for strings.

    Args:
      function: takes tensors, and only moves or compares their elements.
      gives_strings: for each tensor of its result, in order, whether it is of strings.
    """

    def __init__(self, function: Callable[..., Any], gives_strings: Sequence[bool]) -> None:
        self.function = function
        self.gives_strings = tuple(gives_strings)
        self.__name__ = getattr(function, "__name__", "string_call")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, structure = _pytree.tree_flatten((args, kwargs))
        places = [place for place, leaf in enumerate(leaves) if _is_array_of_strings(leaf)]
        flat = np.concatenate([np.array([b""], object), *(leaves[place].reshape(-1) for place in places)])
        known, numbers = np.unique(flat, return_inverse=True)
        begin = 1
        for place in places:
            shape, size = leaves[place].shape, leaves[place].size
            leaves[place] = torch.from_numpy(numbers[begin : begin + size].reshape(shape).astype(np.int64))
            begin += size
        args, kwargs = _pytree.tree_unflatten(leaves, structure)
        results, shape_of_result = _pytree.tree_flatten(self.function(*args, **kwargs))
        flags = iter(self.gives_strings)
        for place, result in enumerate(results):
            if isinstance(result, torch.Tensor) and next(flags):
                made = np.empty(tuple(result.shape), object)
                made[...] = known[result.numpy()]
                results[place] = made
        return _pytree.tree_unflatten(results, shape_of_result)


def _is_array_of_strings(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object
