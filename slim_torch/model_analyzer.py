"""`slim.model_analyzer`: the sizes of variables and of what operations give.

What is printed is TensorFlow's, line for line; operations are those that are recorded here, which are fewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from slim_torch.dtypes import string
from slim_torch.graph import Graph
from slim_torch.symbolic import SymbolicTensor, static_shape

__all__ = ["analyze_ops", "analyze_vars", "tensor_description"]


def _sizes(tensor: Any) -> list[int | None] | None:
    return static_shape(tensor.stand_ins) if isinstance(tensor, SymbolicTensor) else list(tensor.shape)


def _count(sizes: Iterable[int | None] | None) -> int:
    """The number of elements, 0 if that is not known."""
    total = 1
    for size in [0] if sizes is None else sizes:
        total *= size or 0
    return total


def tensor_description(var: Any) -> str:
    """Dtype and static shape, `"(float32 ?x8x8x3)"`. Source: slim.model_analyzer.tensor_description."""
    dtype = "string" if var.dtype is string else str(var.dtype).removeprefix("torch.")
    reference = "_ref" if isinstance(var, torch.nn.Parameter) else ""
    sizes = _sizes(var)
    shape = "<unknown>" if sizes is None else "x".join("?" if size is None else str(size) for size in sizes)
    return f"({dtype}{reference} {shape})"


def analyze_ops(graph: Graph, print_info: bool = False) -> int:
    """The number of elements of all tensors of a graph whose shapes are known.

    Args:
      print_info: print a line for each.

    Source: slim.model_analyzer.analyze_ops.
    """
    if print_info:
        print("---------")
        print("Operations: name -> (type shapes) [size]")
        print("---------")
    total = 0
    for operation in graph.get_operations():
        sizes, shapes = 0, ""
        for output in operation.outputs:
            sizes += _count(_sizes(output))
            shapes += (", " if shapes else "") + tensor_description(output)
        if print_info:
            print(operation.name, "\t->", shapes or "(no outputs)", f"[{sizes}]")
        total += sizes
    return total


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """The number of values in variables, and their size in bytes.

    Args:
      print_info: print a line for each.

    Source: slim.model_analyzer.analyze_vars.
    """
    if print_info:
        print("---------")
        print("Variables: name (type shape) [size]")
        print("---------")
    total = total_bytes = 0
    for variable in variables:
        count = _count(_sizes(variable))
        size = count * variable.dtype.itemsize
        total, total_bytes = total + count, total_bytes + size
        if print_info:
            print(variable.name, tensor_description(variable), f"[{count}, bytes: {size}]")
    if print_info:
        print("Total size of variables:", total)
        print("Total bytes of variables:", total_bytes)
    return total, total_bytes
