"""What layers do in recorded code only: names for their operations, and the operations they are made of.

A layer asks `recorded` once; where it says no, nothing of this is used. Names follow TensorFlow's rules for
tf.layers. Which calls a layer consists of is up to the layers; `optimize_plan.py` knows `add_bias` and puts it
back into the product before it when the graph runs.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch

from slim_torch.graph import Graph, get_default_graph
from slim_torch.recording import record, records, rename
from slim_torch.symbolic import SymbolicNumber, SymbolicTensor
from slim_torch.tensors import leaf

__all__ = [
    "add_bias",
    "check_known",
    "claim",
    "differ",
    "is_product",
    "label",
    "label_steps",
    "recorded",
    "same",
    "scoped",
]

# PyTorch's functions that are a layer's product or pool; what follows them only moves elements.
_PRODUCTS = frozenset(
    ["conv2d", "conv3d", "conv_transpose2d", "conv_transpose3d", "linear", "padded_convolution", "pooled"]
)  # fmt: skip


def recorded(graph: Graph) -> bool:
    """Whether a layer that is called now is recorded."""
    return graph.recorder is not None and records(graph)


def scoped(name: str | None, default: str) -> Any:
    """The name scope `name` or `default` in recorded code; elsewhere a block that names nothing."""
    graph = get_default_graph()
    return graph.name_scope(name or default) if recorded(graph) else nullcontext("")


def claim(graph: Graph, scope_name: str) -> None:
    """Takes the last part of the scope's name inside the name scope, as every layer of tf.layers does.

    As case makes no difference, an operation inside is called `conv2d/Conv2D_1`, or `Dropout/dropout_1`.
    """
    graph.unique_name(scope_name.rpartition("/")[2])


def label(x: Any, name: str, op_type: str | None = None) -> Any:
    """`x`, its operation called `name` in the name scope in force; a real tensor as it is.

    Args:
      name: made unique; one that ends in a slash is a full name.
      op_type: TensorFlow's type of operation, by default `name`.

    A tensor that has a name already is handed through an operation of this name.
    """
    if not isinstance(x, SymbolicTensor):
        return x
    if x.op._name is not None:
        x = same(x)
    rename(x, name, op_type or name)
    return x


def label_steps(y: Any, *names: tuple[str, str]) -> Any:
    """Names the last operations that led to `y`, from the product on; pairs of name and type, in order.

    Where there are more names than operations, the last ones are operations that do nothing.
    """
    if not isinstance(y, SymbolicTensor):
        return y
    steps: list[SymbolicTensor] = []
    tensor: Any = y
    while isinstance(tensor, SymbolicTensor) and tensor.op._name is None and len(steps) < len(names):
        steps.append(tensor)
        if is_product(tensor.op.function):
            break
        tensor = tensor.op.args[0]
    steps.reverse()
    for step, (name, op_type) in zip(steps, names):
        label(step, name, op_type)
    if steps and not is_product(steps[0].op.function):
        _hide_product(steps[0])
    for name, op_type in names[len(steps) :]:
        y = label(y, name, op_type)
    return y


def _hide_product(tensor: Any) -> None:
    """PyTorch's own product, before a step that has the name, is not of the type that old code looks for."""
    while isinstance(tensor, SymbolicTensor) and not is_product(tensor.op.function):
        tensor = tensor.op.args[0]
    tensor.op.type = tensor.op._default_name = "Product"


def is_product(function: Any) -> bool:
    return getattr(function, "__name__", "") in _PRODUCTS


def same(x: Any, name: str | None = None) -> Any:
    """`x` as the result of an operation of its own."""
    return record(_same, (x,), op_type="Identity", name=name)


def _same(x: Any) -> Any:
    return x


@leaf
def add_bias(x: torch.Tensor, bias: torch.Tensor, channels_first: bool) -> torch.Tensor:
    """`x` plus a number for each channel."""
    return x + (bias.view(-1, *(1,) * (x.dim() - 2)) if channels_first else bias)


def check_known(size: Any, message: str) -> None:
    """Raises ValueError(`message`) if `size` is not known before the graph runs."""
    if isinstance(size, SymbolicNumber):
        raise ValueError(message)  # noqa: TRY004 - nothing is wrong with its type


def differ(a: Any, b: Any) -> bool:
    """Whether two sizes differ; those that are not known may be equal."""
    return not isinstance(a, SymbolicNumber) and not isinstance(b, SymbolicNumber) and bool(a != b)
