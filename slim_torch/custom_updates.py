"""Optimizers that people write for TensorFlow: a class with `_create_slots`, `_prepare`, `_apply_dense`, `_finish`.

`OneByOne` is what `Optimizer` offers them. Their methods work on one variable at a time, by operations that
assign; slim_torch's own optimizers are functions of lists (`optimizer_base.py`) and use nothing of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.control_flow import group
from slim_torch.graph import GraphKeys
from slim_torch.parameter import Variable
from slim_torch.recorded_variable import assign_add
from slim_torch.recording import recorder_of, records
from slim_torch.slot_variables import SlotOwner

__all__ = ["OneByOne"]


class OneByOne:
    """The methods of tf.train.Optimizer that subclasses override, and those that they call."""

    _name: str
    _owner: SlotOwner
    state: Any
    _counters: dict[str, Any]

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Makes the slots of the variables."""

    def _prepare(self) -> None:
        """Makes tensors of hyperparameters."""

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        """The operation that updates `var`."""
        raise NotImplementedError

    def _resource_apply_dense(self, grad: Any, handle: Any) -> Any:
        """The same, for those that have only this."""
        raise NotImplementedError

    def _finish(self, update_ops: Any, name_scope: Any) -> Any:
        """The operation that is the whole update; made of the operations of the variables."""

    def _updates_one_by_one(self) -> bool:
        kind = type(self)
        return (
            kind._apply_dense is not OneByOne._apply_dense
            or kind._resource_apply_dense is not OneByOne._resource_apply_dense
        )

    def _apply_one_by_one(
        self, pairs: Sequence[tuple[Any, Any]], global_step: Variable | None, name: str | None
    ) -> Any:
        """One application, as `apply_gradients`."""
        kind = type(self)
        apply = (
            self._apply_dense
            if kind._apply_dense is not OneByOne._apply_dense
            else self._resource_apply_dense
        )
        graph = pairs[0][1].graph
        overridden = kind._finish is not OneByOne._finish
        with graph.as_default(), torch.no_grad():
            recorded = records(graph)
            self._prepare()
            updates = []
            with graph.name_scope(name or self._name) as scope:
                for gradient, variable in pairs:
                    with graph.name_scope(f"update_{variable.op.name}"):
                        updates.append(apply(gradient, variable))
                last = scope if global_step is None else "update"
                finished: Any = self._finish(updates, last) if overridden else group(*updates, name=last)
                if recorded and global_step is not None:
                    with recorder_of(graph).control_dependencies([finished]):
                        finished = assign_add(global_step, 1, name=scope).op
            if recorded:
                graph.add_to_collection(GraphKeys.TRAIN_OP, finished)
                return finished
            # Whatever assigns has done so; what is left is a function.
            if callable(finished):
                finished()
            if global_step is not None:
                global_step.assign_add(1)
            return None

    # What subclasses call

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        """The slot of `var`, made of zeros if there is none."""
        return self._made_slot(var, slot_name, op_name, lambda shape, dtype: torch.zeros(shape, dtype=dtype))

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> Any:
        """The slot of `var`, made of the value `val` if there is none."""
        return self._made_slot(var, slot_name, op_name, lambda shape, dtype: val)

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        """The slot of `var`, made by `initializer` if there is none; always of the variable's shape."""
        return self._made_slot(var, slot_name, op_name, initializer)

    def _made_slot(self, var: Any, slot_name: str, op_name: str, initializer: Any) -> Any:
        slots = self.state[var]
        if slot_name not in slots:
            slots[slot_name] = self._owner.slot(var, op_name, initializer)
        return slots[slot_name]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any) -> Any:
        """A variable of which there is one for the optimizer."""
        if name not in self._counters:
            self._counters[name] = Variable(initial_value, trainable=False, name=name)
        return self._counters[name]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Any:
        """The variable that `_create_non_slot_variable` made; None if there is none."""
        return self._counters.get(name)

    def _non_slot_variables(self) -> list[Any]:
        return list(self._counters.values())

    def _call_if_callable(self, param: Any) -> Any:
        """`param`, or what it gives if it is a function."""
        return param() if callable(param) and not isinstance(param, Tensor) else param

    def _valid_dtypes(self) -> set[Any]:
        return {torch.float16, torch.bfloat16, torch.float32, torch.float64}
