"""Optimizers around another optimizer: `OptimizerWrapper`, and `MovingAverageOptimizer`.

What is not theirs they leave to the optimizer inside: gradients, slots, groups of parameters, state. The one
that aggregates over replicas is in `sync_replicas.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, overload

from torch import Tensor

from slim_torch.checkpoint.saver import Saver
from slim_torch.control_flow import group
from slim_torch.moving_averages import ExponentialMovingAverage
from slim_torch.optimizer_base import Optimizer
from slim_torch.parameter import Variable
from slim_torch.recording import Operation, recorder_of
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.variables import global_variables

__all__ = ["MovingAverageOptimizer", "OptimizerWrapper"]


class OptimizerWrapper(Optimizer):
    """An optimizer that does something around the steps of another.

    Args:
      opt: one of TensorFlow's optimizers.

    Raises:
      TypeError: `opt` is none.
    """

    def __init__(self, opt: Optimizer, use_locking: bool, name: str) -> None:
        # PyTorch's constructor is left out: the groups and the state are those of the optimizer inside.
        if not isinstance(opt, Optimizer):
            raise TypeError(
                f"{type(self).__name__} was given {opt!r}, expected one of TensorFlow's optimizers, such as "
                f"tf.train.MomentumOptimizer."
            )
        self._optimizer = opt
        self._name = name
        self._use_locking = use_locking

    @property
    def param_groups(self) -> list[dict[str, Any]]:  # type: ignore[override]
        return self._optimizer.param_groups

    @property
    def state(self) -> Any:  # type: ignore[override]
        return self._optimizer.state

    @property
    def defaults(self) -> dict[str, Any]:  # type: ignore[override]
        return self._optimizer.defaults

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[tuple[Tensor | None, Any]]:
        """As the optimizer inside computes them."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def get_slot(self, var: Tensor, name: str) -> Tensor | None:
        """A slot of the optimizer inside."""
        return self._optimizer.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        """The names of the slots of the optimizer inside."""
        return self._optimizer.get_slot_names()

    def variables(self) -> list[Variable]:
        """The variables of the optimizer inside."""
        return self._optimizer.variables()

    def make_slots(self, variables: Sequence[Tensor]) -> None:
        """Makes what the optimizer inside keeps."""
        self._optimizer.make_slots(variables)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As the optimizer inside."""
        self._optimizer.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """That of the optimizer inside."""
        return self._optimizer.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Loads into the optimizer inside."""
        self._optimizer.load_state_dict(state_dict)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds parameters to the optimizer inside."""
        self._optimizer.add_param_group(param_group)

    @property
    def updated(self) -> bool:
        """Whether the last `step` updated the variables, or only collected gradients."""
        return getattr(self._optimizer, "updated", True)

    def _with_gradients(self) -> list[Tensor]:
        """The parameters that have a `.grad`."""
        return [p for parts in self.param_groups for p in parts["params"] if p.grad is not None]


class MovingAverageOptimizer(OptimizerWrapper):
    """An optimizer that also follows its variables with moving averages, and saves those in their place.

    Args:
      opt: the optimizer that makes the updates.
      average_decay, num_updates: see `ExponentialMovingAverage`.
      sequential_update: accepted, without effect: an average always takes the value after the update. (With
        False TensorFlow leaves open which of the two it takes.)

    Creates `<variable>/ExponentialMovingAverage` for each variable that it updates.
    Source: tf.contrib.opt.MovingAverageOptimizer.
    """

    def __init__(
        self,
        opt: Optimizer,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        super().__init__(opt, False, opt.get_name() if isinstance(opt, Optimizer) else "")
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        # The names of variables and averages, each with the one that it changes places with.
        self._swapped: dict[str, str] = {}

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Any]],
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Any:
        """One update of the variables, then of their averages. Arguments and errors as for `Optimizer`."""
        pairs = list(converted(tuple(grads_and_vars)))
        applied = self._optimizer.apply_gradients(pairs, global_step, name)
        variables = [variable for gradient, variable in pairs if gradient is not None]
        if not isinstance(applied, (Operation, SymbolicTensor)):
            self._average(variables)
            return None
        with recorder_of(applied.graph).control_dependencies([applied]):
            averaged = self._average(variables)
        return group(applied, averaged, name="train_with_avg")

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """A step of the optimizer inside, then one of the averages."""
        loss = self._optimizer.step(closure)
        if self.updated:
            self._average(self._with_gradients())
        return loss

    def make_slots(self, variables: Sequence[Tensor]) -> None:
        """Makes what the optimizer inside keeps, and the averages."""
        super().make_slots(variables)
        self._ema.make_averages(variables)
        self._note(variables)

    def swapping_saver(self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any) -> Saver:
        """A `Saver` of checkpoints in which averages have the names of their variables, and the reverse.

        So a program that evaluates restores the averages with a plain `Saver`, and one that trains goes on with
        this one.

        Args:
          var_list: variables, or a dictionary by the names in the checkpoint; all global variables by default.
          name, **kwargs: for `Saver`.

        Raises:
          RuntimeError: nothing has been applied yet, so there are no averages.
          ValueError: `var_list` has a variable without its average, or the reverse.
        """
        if not self._swapped:
            raise RuntimeError("Must call apply_gradients or minimize before creating the swapping_saver")
        if var_list is None:
            var_list = global_variables()
        named: dict[str, Any] = (
            dict(var_list)
            if isinstance(var_list, Mapping)
            else {variable.op.name: variable for variable in var_list}
        )
        swapped = {}
        for key, variable in named.items():
            other = self._swapped.get(key, key)
            if other not in named:
                raise ValueError(
                    f"Variable to swap {other} is not part of variables to save. "
                    f"This breaks MovingAverageOptimizer."
                )
            swapped[key] = variable if other == key else named[other]
        return Saver(swapped, name=name, **kwargs)

    def _average(self, variables: Sequence[Tensor]) -> Any:
        applied = self._ema.apply(variables)
        self._note(variables)
        return applied

    def _note(self, variables: Sequence[Tensor]) -> None:
        for variable in variables:
            average = self._ema.average(variable)
            if average is not None and isinstance(variable, Variable):
                self._swapped[variable.op.name] = average.op.name
                self._swapped[average.op.name] = variable.op.name
