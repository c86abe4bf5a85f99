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
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensor_shape import TensorShape

__all__ = ["Variable", "create_variable", "set_user_class"]


_user_class: type[Variable] | None = None


def set_user_class(kind: type[Variable]) -> None:
    """Tells what variables are that code made itself, outside of steps: `RecordedVariable`."""
    global _user_class
    _user_class = kind


class _Operation(NamedTuple):
    """What `variable.op` answers."""

    name: str
    type: str = "VariableV2"


class _Initial(NamedTuple):
    """What a variable's first value was made from."""

    initializer: Any
    shape: Sequence[int] | None
    dtype: torch.dtype | None
    draws: int


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
    # How a session gives it its initial value again: a recorded tensor, or what it was made from. The memory
    # holds that value as long as PyTorch's count of changes is this one.
    initial: Any
    pristine_version: int

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
        if dtype is not None and isinstance(initial_value, np.ndarray):
            # Unlike get_variable, which refuses an array of another dtype.
            initial_value = torch.as_tensor(initial_value).to(as_dtype(dtype))
        graph = get_default_graph()
        op_name = graph.unique_name(name or "Variable")
        known = graph._variables.get(op_name)
        if known is not None:
            return known
        made = create_variable(
            graph,
            op_name,
            initial_value,
            dtype=dtype,
            trainable=trainable is not False,
            collections=collections,
        )
        if not graph._thread.steps:
            made.remember_calls()
        return made

    def remember_calls(self) -> None:
        """Outside of steps, a variable that code made itself remembers what is computed with it; see traced.py."""
        if type(self) is Variable and _user_class is not None:
            self.__class__ = _user_class

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        copied = memo.get(id(self))
        if copied is None:
            data = self.data.clone(memory_format=torch.preserve_format)
            copied = _wrap(data, self.requires_grad, self._op_name, self.trainable, Variable)
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

    # Writing parts; with the arguments of tf.scatter_update and its relatives, and rows as `tf.IndexedSlices`.

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_update", sparse_delta, use_locking, name)

    def scatter_add(  # type: ignore[override]
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        return self._scatter("scatter_add", sparse_delta, use_locking, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_sub", sparse_delta, use_locking, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_mul", sparse_delta, use_locking, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_div", sparse_delta, use_locking, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_min", sparse_delta, use_locking, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        return self._scatter("scatter_max", sparse_delta, use_locking, name)

    def batch_scatter_update(
        self, sparse_delta: Any, use_locking: bool = False, name: str | None = None
    ) -> Any:
        return self._scatter("batch_scatter_update", sparse_delta, use_locking, name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        from slim_torch.scatter_ops import scatter_nd_update

        return scatter_nd_update(self, indices, updates, name=name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        from slim_torch.scatter_ops import scatter_nd_add

        return scatter_nd_add(self, indices, updates, name=name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        from slim_torch.scatter_ops import scatter_nd_sub

        return scatter_nd_sub(self, indices, updates, name=name)

    def _scatter(self, function: str, sparse_delta: Any, use_locking: bool, name: str | None) -> Any:
        # Not at the top: the operations stand on the variables.
        from slim_torch import scatter_ops

        return scatter_ops.scatter_slices(
            getattr(scatter_ops, function), self, sparse_delta, use_locking, name
        )

    def count_up_to(self, limit: int) -> Any:
        """See `tf.count_up_to`."""
        from slim_torch.input_producers import count_up_to

        return count_up_to(self, limit)

    def load(self, value: Any, session: Any = None) -> None:
        """`assign` under its older name."""
        self.assign(value)

    def draw_initial_value(self, times: int = 0, initial: Any = None) -> torch.Tensor:
        """The initial value once more: a seeded one is the same for the same count of `times`.

        Args:
          initial: what it was made from, if not what is `self.initial` now.
        """
        graph, initial = self.graph, initial or self.initial
        draws, graph._draws = graph._draws, initial.draws + times * 1_000_003
        try:
            with on_real_tensors(), torch.no_grad():
                return _initial_tensor(initial.initializer, initial.shape, initial.dtype, self._op_name)
        finally:
            graph._draws = draws

    def replace_initial_value(self, value: torch.Tensor) -> None:
        """`value` is what it is initialized with from here on, and what it has now."""
        self.initial = _Initial(value, list(value.shape), self.dtype, 0)
        self.__dict__.pop("_initializer_op", None)
        self.__dict__.pop("_initial_value", None)
        with on_real_tensors():
            Variable.assign(self, value)

    def _operand(self, value: Any) -> torch.Tensor:
        new = value if isinstance(value, torch.Tensor) else torch.as_tensor(np.array(value))
        if new.shape != self.shape:
            raise ValueError(
                f"Dimension mismatch in an assignment to '{self._op_name}': the variable has shape "
                f"{tuple(self.shape)}, the value {tuple(new.shape)}. Shapes must be equal."
            )
        return new.to(device=self.device, dtype=self.dtype)


def _wrap(
    data: torch.Tensor, requires_grad: bool, op_name: str, trainable: bool, kind: type[Variable]
) -> Variable:
    variable: Variable = torch.Tensor._make_subclass(kind, data, requires_grad)
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
    if isinstance(value, SymbolicTensor):
        return value
    tensor = value.detach() if isinstance(value, torch.Tensor) else torch.as_tensor(np.array(value))
    return tensor.to(dtype)


def _memory_for(initial: SymbolicTensor, op_name: str) -> torch.Tensor:
    """Memory for a variable whose initial value is recorded; it is written when a session initializes it."""
    shape = static_shape(initial.stand_ins)
    if shape is None or None in shape:
        raise ValueError(
            f"initial_value must have a shape specified: that of {initial!r}, for variable '{op_name}', is not fully "
            f"known. Give it a shape with tf.reshape or set_shape."
        )
    return torch.zeros([size for size in shape if size is not None], dtype=initial.dtype)


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
    if graph.finalized:
        raise RuntimeError("Graph is finalized and cannot be modified.")
    with contextlib.ExitStack() as stack:
        stack.enter_context(on_real_tensors())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        wanted = None if dtype is None else as_dtype(dtype)
        draws = graph._draws
        initial = _initial_tensor(initializer, shape, wanted, op_name)
        recorded = isinstance(initial, SymbolicTensor)
        tensor = _memory_for(initial, op_name) if isinstance(initial, SymbolicTensor) else initial
        target = device or graph.default_device or torch.get_default_device()
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
        variable = _wrap(data, trainable and floating, op_name, trainable, graph.variable_class or Variable)
    variable.graph = graph
    variable.initial = initial if recorded else _Initial(initializer, shape, wanted, draws)
    variable.pristine_version = -1 if recorded else variable._version
    graph._variables[op_name] = variable
    keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
        keys.append(GraphKeys.TRAINABLE_VARIABLES)
    graph.add_to_collections(keys, variable)
    return variable
