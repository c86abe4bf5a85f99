"""`Variable`: a `torch.nn.Parameter` with a TensorFlow name.

Only the class and how its memory is made; who may create one under which name is decided in
`scopes.py`, and the functions that look for variables are in `variables.py`. Invariant: the logical
shape is TensorFlow's; the order of the axes in memory is the layer's choice and stays with the variable.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch.building import on_real_tensors, uncompiled
from slim_torch.dtypes import as_dtype, constant_dtype
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.tensor_shape import TensorShape

__all__ = ["Variable", "create_variable"]


class _Operation(NamedTuple):
    """What `variable.op` answers."""

    name: str
    type: str = "VariableV2"


class Variable(torch.nn.Parameter):
    """A value that lives in the graph from one step to the next.

    `Variable(initial_value, name=...)` makes one outside the reuse rules of `get_variable`, under
    `name` made unique in the current name scope. In a later step the same call gives the same
    variable, with the value it has by then.

    Args:
      initial_value: an array, a number, a tensor, or a function without arguments that gives one.
      trainable: whether it joins TRAINABLE_VARIABLES; only floating-point variables get gradients.
      collections: the collections to join, `[GraphKeys.GLOBAL_VARIABLES]` by default.
      name: the name, `"Variable"` by default.
      dtype: converts the initial value; by default Python numbers give float32 and int32.

    Raises:
      ValueError: `initial_value` is None, or `collections` is not a list, tuple or set.

    Source: tf.Variable.
    """

    _op_name: str
    trainable: bool
    graph: Graph

    def __new__(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Iterable[str] | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> Variable:
        if initial_value is None:
            raise ValueError("initial_value must be specified. Pass an array, a number or a function.")
        if collections is not None and (
            isinstance(collections, str) or not isinstance(collections, Iterable)
        ):
            raise ValueError(
                f"collections argument to Variable constructor must be a list, tuple, or set. "
                f"Got {collections!r}."
            )
        graph = get_default_graph()
        op_name = graph.unique_name(name or "Variable")
        known = graph._variables.get(op_name)
        if known is not None:
            return known
        return create_variable(
            graph,
            op_name,
            initial_value,
            dtype=dtype,
            trainable=trainable is not False,
            collections=collections,
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        copied = memo.get(id(self))
        if copied is None:
            data = self.data.clone(memory_format=torch.preserve_format)
            copied = _wrap(data, self.requires_grad, self._op_name, self.trainable)
            memo[id(self)] = copied
            copied.graph = memo.get(id(self.graph), self.graph)
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Pickled as a plain parameter: a name means something only in its graph.
        plain = torch.nn.Parameter(self.data, self.requires_grad)
        return plain.__reduce_ex__(protocol)

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return (
            f"<Variable '{self.name}' shape={tuple(self.shape)} dtype={str(self.dtype)[6:]} "
            f"device={self.device}>"
        )

    @property
    def name(self) -> str:
        """TensorFlow's name of the tensor, such as `"conv1/weights:0"`."""
        return self._op_name + ":0"

    @property
    def op(self) -> _Operation:
        """`variable.op.name` is the name without the `:0`."""
        return _Operation(self._op_name)

    def get_shape(self) -> TensorShape:
        """The logical shape, TensorFlow's."""
        return TensorShape(self.shape)

    def value(self) -> Variable:
        """The variable itself: in PyTorch it is its own value."""
        return self

    def read_value(self) -> torch.Tensor:
        """A copy of the value, which later assignments leave alone."""
        return self.clone()

    def eval(self, session: Any = None) -> np.ndarray:
        """The value as a NumPy array."""
        return self.detach().cpu().numpy()

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None) -> Variable:
        """Writes `value` over the variable, in place. Returns the variable.

        Raises:
          ValueError: `value` has another shape. Nothing is written.
        """
        new = self._operand(value)
        with torch.no_grad():
            self.copy_(new)
        return self

    def assign_add(self, delta: Any, use_locking: bool = False, name: str | None = None) -> Variable:
        """Adds `delta` in place; see `assign`."""
        new = self._operand(delta)
        with torch.no_grad():
            self.add_(new)
        return self

    def assign_sub(self, delta: Any, use_locking: bool = False, name: str | None = None) -> Variable:
        """Subtracts `delta` in place; see `assign`."""
        new = self._operand(delta)
        with torch.no_grad():
            self.sub_(new)
        return self

    def load(self, value: Any, session: Any = None) -> None:
        """`assign` under its older name."""
        self.assign(value)

    def _operand(self, value: Any) -> torch.Tensor:
        new = value if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
        if new.shape != self.shape:
            raise ValueError(
                f"Dimension mismatch in an assignment to '{self._op_name}': the variable has shape "
                f"{tuple(self.shape)}, the value {tuple(new.shape)}. Shapes must be equal."
            )
        return new.to(device=self.device, dtype=self.dtype)


def _wrap(data: torch.Tensor, requires_grad: bool, op_name: str, trainable: bool) -> Variable:
    variable: Variable = torch.Tensor._make_subclass(Variable, data, requires_grad)
    variable._op_name = op_name
    variable.trainable = trainable
    return variable


def _initial_tensor(
    initializer: Any, shape: Sequence[int] | None, dtype: torch.dtype | None, op_name: str
) -> torch.Tensor:
    if callable(initializer) and not isinstance(initializer, torch.Tensor):
        value = initializer() if shape is None else initializer(list(shape), dtype=dtype)
    else:
        value = initializer
    if isinstance(value, torch.Tensor) and getattr(value, "fake_mode", None) is not None:
        raise ValueError(
            f"Variable '{op_name}' was given an initial value that the function computed while its variables were "
            f"being made, when tensors have no values: it needs the value of a tensor. Pass an initializer such as "
            f"tf.ones_initializer(), an array, or a function that computes the value."
        )
    given = constant_dtype(value)
    if dtype is None:
        dtype = given
    elif isinstance(value, (torch.Tensor, np.ndarray)) and given != dtype:
        raise ValueError(
            f"Initializer type '{str(given)[6:]}' and explicit dtype '{str(dtype)[6:]}' don't match "
            f"for variable '{op_name}'. Give one dtype, or convert the initial value."
        )
    tensor = value.detach() if isinstance(value, torch.Tensor) else torch.as_tensor(np.asarray(value))
    return tensor.to(dtype)


# A variable is made once: torch.compile must not take this into its graph.
@uncompiled
def create_variable(
    graph: Graph,
    op_name: str,
    initializer: Any,
    *,
    shape: Sequence[int] | None = None,
    dtype: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    device: torch.device | None = None,
    memory_order: Sequence[int] | None = None,
) -> Variable:
    """Makes a variable, registers it in `graph` and adds it to its collections.

    Args:
      op_name: the full name, already unique.
      initializer: a callable `(shape, dtype) -> tensor`, one without arguments when `shape` is None,
        or the value itself.
      device: where it lives; by default the graph's device, then PyTorch's.
      memory_order: the logical axes in the order they have in memory, outermost first.

    The value is real and fit for training also when the surrounding code runs on fake tensors, in
    inference mode or without gradients.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(on_real_tensors())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        tensor = _initial_tensor(initializer, shape, None if dtype is None else as_dtype(dtype), op_name)
        target = device or graph.device or torch.get_default_device()
        if memory_order is None:
            data = tensor.to(target, copy=True).contiguous()
        else:
            inverse = [0] * len(memory_order)
            for position, axis in enumerate(memory_order):
                inverse[axis] = position
            stored = torch.empty(
                [tensor.shape[axis] for axis in memory_order], dtype=tensor.dtype, device=target
            )
            data = stored.permute(inverse).copy_(tensor)
        floating = data.is_floating_point() or data.is_complex()
        variable = _wrap(data, trainable and floating, op_name, trainable)
    variable.graph = graph
    graph._variables[op_name] = variable
    keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
        keys.append(GraphKeys.TRAINABLE_VARIABLES)
    graph.add_to_collections(keys, variable)
    return variable
