"""Variables that training keeps beside the model's: an optimizer's slots and counters, moving averages.

Decides on their names, and on when an existing one is meant; what is in them is up to `optimizers.py` and
`moving_averages.py`. Invariant: a slot has its variable's shape, and its order of axes in memory, so that
PyTorch's kernels over lists of both take their fast path.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

import torch

from slim_torch.graph import Graph, get_default_graph
from slim_torch.parameter import Variable, create_variable
from slim_torch.scopes import variable_scope

__all__ = ["SlotOwner"]


def _memory_order(tensor: torch.Tensor) -> list[int]:
    """The axes of `tensor` in the order that they have in memory, outermost first."""
    strides = tensor.stride()
    return sorted(range(len(strides)), key=lambda axis: -strides[axis])


class SlotOwner:
    """Makes the variables of one optimizer or moving average.

    An owner that was made in the step that it first works in is taken for one that the model code makes
    anew in every step: it gets the variables that the same code made in an earlier step. Any other owner,
    and one that is seen in a second step, keeps its variables to itself.
    """

    def __init__(self) -> None:
        thread = get_default_graph()._thread
        # Weak, for a step's state holds the step's tensors.
        self._step = weakref.ref(thread.state) if thread.steps else None
        self._made: list[Variable] = []

    def slot(
        self,
        primary: torch.Tensor,
        name: str,
        initializer: Callable[..., torch.Tensor],
    ) -> Variable:
        """A variable under `<name of primary>/<name>`, inside the variable scope in force.

        Args:
          primary: a variable, or a recorded tensor, whose shape, dtype, device and order in memory it gets.
          initializer: `(shape, dtype) -> tensor`.

        Raises:
          ValueError: as for `get_variable`: the variable scope has `reuse=True` and there is no such slot,
            or its names begin anew and there is one; a variable that is no slot has the name.

        Source: the slot variables of tf.train.Optimizer.
        """
        graph = primary.graph if isinstance(primary, Variable) else get_default_graph()
        thread = graph._thread
        with graph.as_default():
            while True:
                with variable_scope(None, f"{primary.op.name}/{name}") as scope:  # type: ignore[attr-defined]
                    op_name, reuse = scope.name, scope.reuse
                    # As in TensorFlow the slot is the variable '' of the scope, so that get_variable of its
                    # name does not find it.
                    key = op_name + "/"
                    known = graph._store.get(key)
                    claimed = key in thread.state.claimed
                    if known is None and reuse is True:
                        raise ValueError(
                            f"Variable {key} does not exist, or was not created with tf.get_variable(). Did you "
                            f"mean to set reuse=tf.AUTO_REUSE in VarScope?"
                        )
                    if claimed and not reuse:
                        raise ValueError(
                            f"Variable {key} already exists, disallowed. Did you mean to set reuse=True or "
                            f"reuse=tf.AUTO_REUSE in VarScope?"
                        )
                    if known is not None and not reuse and not self._shared(graph, known):
                        continue
                    if known is None:
                        known = self._create(graph, op_name, primary, initializer)
                        graph._store[key] = known
                        graph._store_names[op_name.lower()] = key
                        # The name scope that was entered does not count as the variable's name.
                        thread.state.names.setdefault(op_name.lower(), 1)
                    thread.state.claimed.add(key)
                    return known

    def counter(self, near: torch.Tensor, name: str, value: float) -> Variable:
        """A float32 scalar under `name`, made unique in the name scope in force, on the device of `near`."""
        graph = near.graph if isinstance(near, Variable) else get_default_graph()
        with graph.as_default():
            while True:
                op_name = graph.unique_name(name)
                known = graph._variables.get(op_name)
                if known is None:
                    return self._noted(
                        create_variable(
                            graph, op_name, value, dtype=torch.float32, trainable=False, device=near.device
                        )
                    )
                if self._shared(graph, known):
                    return known

    def keep(self) -> None:
        """Called when the owner is at work: one that outlives its step keeps what it made to itself."""
        if self._step is not None and self._step() is not get_default_graph()._thread.state:
            self._step = None
            for variable in self._made:
                variable._made_in_step = False  # type: ignore[attr-defined]
            self._made.clear()

    def _create(
        self,
        graph: Graph,
        op_name: str,
        primary: torch.Tensor,
        initializer: Callable[..., torch.Tensor],
    ) -> Variable:
        if op_name in graph._variables:
            raise ValueError(
                f"Duplicate node name in graph: '{op_name}'. A variable that is no slot has the name of one. "
                f"Rename it, or give the optimizer another name."
            )
        variable = isinstance(primary, Variable)
        return self._noted(
            create_variable(
                graph,
                op_name,
                initializer,
                shape=primary.get_shape().as_list(),  # type: ignore[attr-defined]
                dtype=primary.dtype,
                trainable=False,
                device=primary.device if variable else None,
                memory_order=_memory_order(primary) if variable else None,
            )
        )

    def _noted(self, variable: Variable) -> Variable:
        if self._step is not None:
            variable._made_in_step = True  # type: ignore[attr-defined]
            self._made.append(variable)
        return variable

    def _shared(self, graph: Graph, known: Variable) -> bool:
        """Whether this owner may take a variable of an earlier execution for its own."""
        current = self._step is not None and self._step() is graph._thread.state
        return current and getattr(known, "_made_in_step", False)
