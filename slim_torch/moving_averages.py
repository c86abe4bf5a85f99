"""Averages of variables that follow them slowly: `ExponentialMovingAverage` and `assign_moving_average`.

The averages of batch statistics are batch norm's own (`updates.py`). Invariant: an average is a variable with
the name that TensorFlow gives it, so checkpoints hold it, and `variables_to_restore` finds it there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.building import active_fake_mode
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import no_outputs, tensor_like
from slim_torch.optimizer_base import rounded
from slim_torch.parameter import Variable
from slim_torch.recording import record, records
from slim_torch.scopes import get_variable, variable_scope
from slim_torch.slot_variables import SlotOwner
from slim_torch.tensors import as_tensor
from slim_torch.variables import global_variables, trainable_variables

__all__ = ["ExponentialMovingAverage", "assign_moving_average", "moving_average_variables"]

_FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class ExponentialMovingAverage:
    """Keeps averages of variables: `average -= (1 - decay) * (average - variable)` each time it is applied.

    Args:
      decay: the weight of the old average: a number, or a 0-d tensor.
      num_updates: a count of updates, such as the global step; the weight is then at most
        `(1 + num_updates) / (10 + num_updates)`, so that averages move fast in the beginning.
      zero_debias: averages of tensors (not of variables) are divided by the weight that they have got so far.
      name: the last part of the averages' names.

    The average of a variable starts at its value at the time when it is made, which is the first `apply`: call
    it, or `make_averages`, before training, as TensorFlow's graphs did. In a graph of its own, in a program
    that only evaluates, `Saver(average.variables_to_restore())` restores the averages into the variables.

    Source: tf.train.ExponentialMovingAverage.
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._owner = SlotOwner()
        self._averages: dict[Tensor, Variable] = {}
        # What removes the bias of a tensor's average: `biased` and `local_step`.
        self._pairs: dict[Tensor, tuple[Variable, Variable]] = {}

    @property
    def name(self) -> str:
        """The last part of the averages' names."""
        return self._name

    def apply(self, var_list: Iterable[Tensor] | None = None) -> Any:
        """Moves the averages, after making those that do not exist.

        Args:
          var_list: variables, or recorded tensors, whose averages start at zero; all trainable variables by
            default.

        Raises:
          TypeError: something in `var_list` is no floating-point tensor.
          ValueError: it is a real tensor that is no variable, so its average would have no name.

        Variables join MOVING_AVERAGE_VARIABLES.
        """
        values = self.make_averages(var_list)
        if values:
            return self._run_or_record([self._averages[value] for value in values], values)
        return None

    def make_averages(self, var_list: Iterable[Tensor] | None = None) -> list[Tensor]:
        """Makes the averages that do not exist yet, without moving any; arguments and errors as for `apply`.

        Returns:
          The variables of `var_list`.
        """
        values: list[Tensor] = [*trainable_variables()] if var_list is None else list(var_list)
        self._owner.keep()
        for value in values:
            if value not in self._averages:
                self._averages[value] = self._made(value)
        return values

    def average(self, var: Tensor) -> Variable | None:
        """The average of `var`; None if there is none."""
        return self._averages.get(var)

    def average_name(self, var: Any) -> str:
        """The name that the average of `var` has, or would have, such as `"w/ExponentialMovingAverage"`."""
        known = self._averages.get(var)
        if known is not None:
            return known.op.name
        return get_default_graph().unique_name(f"{var.op.name}/{self._name}", mark_as_used=False)

    def variables_to_restore(
        self, moving_avg_variables: Iterable[Variable] | None = None
    ) -> dict[str, Variable]:
        """For `Saver`: variables by the name to restore them from, that of the average if there is one.

        Args:
          moving_avg_variables: the variables to restore from averages; by default the trainable ones and those
            of MOVING_AVERAGE_VARIABLES. Every other global variable is restored from its own name.
        """
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        averaged = list(dict.fromkeys(moving_avg_variables))
        found = {self.average_name(variable): variable for variable in averaged}
        names = {variable.op.name for variable in averaged}
        for variable in global_variables():
            if variable.op.name not in names:
                found.setdefault(variable.op.name, variable)
        return found

    def _made(self, value: Any) -> Variable:
        if not isinstance(value, Tensor):
            raise TypeError(f"var_list holds {value!r}, expected variables.")
        if value.dtype not in _FLOATING:
            named = value.name if isinstance(value, Variable) else value
            raise TypeError(f"The variables must be half, float, or double: {named} is {value.dtype}.")
        if not isinstance(value, Variable):
            if not hasattr(value, "op"):
                raise ValueError(
                    "ExponentialMovingAverage: a tensor of real values has no name, and so its average would have "
                    "none. Average variables, or use assign_moving_average with a variable of your own."
                )
            made = self._owner.slot(value, self._name, _zeros)
            if self._zero_debias:
                self._pairs[made] = _zero_debias_variables(made, True)
            return made
        get_default_graph().add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, value)
        return self._owner.slot(value, self._name, lambda shape, dtype: _initial(value))

    def _run_or_record(self, averages: list[Variable], values: list[Tensor]) -> Any:
        """Moves the averages, or records that."""
        weight = _weight(self._decay, self._num_updates)
        graph = averages[0].graph
        if not records(graph):
            # While a model is built, on tensors without values, only its variables are made.
            if active_fake_mode() is None:
                self._run(averages, values, weight)
            # Outside of steps a session may turn out to be meant, and will call this.
            return None if graph._thread.steps else functools.partial(self._run, averages, values, weight)
        pairs = [variable for average in averages for variable in self._pairs.get(average, ())]
        return record(
            self._run,
            (averages, values, weight),
            op_type="NoOp",
            name=self._name,
            writes=[*averages, *pairs],
            static=no_outputs(),
            graph=graph,
        )

    @torch.no_grad()
    def _run(self, averages: Sequence[Variable], values: Sequence[Tensor], weight: Any) -> None:
        """Moves averages towards real values by `weight`, a float or a 0-d tensor; a kernel for each dtype."""
        groups: dict[tuple[Any, ...], tuple[list[Tensor], list[Tensor]]] = {}
        for average, value in zip(averages, values):
            pair = self._pairs.get(average)
            if pair is not None:
                _assign_moving_average(average, value, pair, weight)
                continue
            group = groups.setdefault((average.device, average.dtype), ([], []))
            group[0].append(average)
            group[1].append(value)
        for (device, dtype), (group_averages, group_values) in groups.items():
            if isinstance(weight, Tensor):
                differences = torch._foreach_sub(group_values, group_averages)
                torch._foreach_mul_(differences, weight.to(device, dtype))
                torch._foreach_add_(group_averages, differences)
            else:
                torch._foreach_lerp_(group_averages, group_values, weight)


def moving_average_variables(scope: str | None = None) -> list[Variable]:
    """MOVING_AVERAGE_VARIABLES: those that an `ExponentialMovingAverage` follows, by default in any scope."""
    return get_default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def assign_moving_average(
    variable: Variable, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """Moves `variable` towards `value`: `variable -= (variable - value) * (1 - decay)`.

    Args:
      value: of the variable's shape.
      decay: the weight of the old average: a number, or a 0-d tensor.
      zero_debias: do not count what the variable started from: it becomes the average of the values so far.
      name: the name of the recorded operation.

    Returns:
      The variable, in recorded code as it is after that.

    With zero_debias it creates the variables `<variable>/biased` and `<variable>/local_step` in the variable
    scope. TensorFlow makes new ones at every call; so does a call here in recorded code or inside a step, where
    calls are told apart by their order. Calls on real tensors outside of steps go on with the same two.

    Source: tensorflow.python.training.moving_averages.assign_moving_average.
    """
    value = as_tensor(value, variable.dtype, like=variable)
    recorded = records(variable.graph)
    pair = _zero_debias_variables(variable, recorded) if zero_debias else ()
    if recorded:
        return record(
            _assign_moving_average,
            (variable, value, pair, _weight(decay)),
            op_type="AssignSub",
            name=name or "AssignMovingAvg",
            writes=[variable, *pair],
            static=tensor_like(variable.get_shape().as_list(), variable.dtype),
        )
    if active_fake_mode() is None:
        _assign_moving_average(variable, value, pair, _weight(decay))
    return variable


@torch.no_grad()
def _assign_moving_average(variable: Tensor, value: Tensor, pair: Sequence[Tensor], weight: Any) -> Tensor:
    if isinstance(weight, Tensor):
        weight = weight.to(variable.device, variable.dtype)
    average = pair[0] if pair else variable
    average.sub_((average - value) * weight)
    if pair:
        biased, local_step = pair
        local_step.add_(1)
        variable.copy_(biased / (1 - (1 - weight) ** local_step))
    return variable


def _zero_debias_variables(variable: Variable, recorded: bool) -> tuple[Variable, Variable]:
    graph = variable.graph
    claimed = graph._thread.state.claimed
    builds = recorded or graph._thread.steps > 0
    with graph.as_default(), variable_scope(variable.op.name) as scope:

        def made(name: str, shape: Sequence[int]) -> Variable:
            unique, count = name, 0
            while builds and not scope.reuse and f"{scope.name}/{unique}" in claimed:
                count += 1
                unique = f"{name}_{count}"
            known = graph._store.get(f"{scope.name}/{unique}")
            if known is not None and not builds:
                return known
            return get_variable(
                unique,
                shape,
                variable.dtype,
                _zeros,
                trainable=False,
                device=variable.device,
            )

        return made("biased", variable.get_shape().as_list()), made("local_step", [])


def _zeros(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    return torch.zeros(tuple(shape), dtype=dtype)


def _weight(decay: Any, num_updates: Any = None) -> Any:
    """The weight of the new value, a float or a 0-d tensor."""
    if num_updates is None:
        # In TensorFlow, too, a number is subtracted before it is rounded.
        return 1.0 - decay if isinstance(decay, Tensor) else rounded(1.0 - decay)
    count = as_tensor(num_updates).to(torch.float32)
    limit = (1.0 + count) / (10.0 + count)
    return 1.0 - torch.minimum(as_tensor(decay, like=limit), limit)


def _initial(variable: Any) -> Tensor:
    """The value that an average starts from: in recorded code the variable's initial one."""
    return variable.initialized_value() if records(variable.graph) else variable.detach()
