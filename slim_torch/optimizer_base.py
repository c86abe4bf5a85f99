"""`Optimizer`: what TensorFlow's optimizers have in common, on `torch.optim.Optimizer`.

Gradients, slots, groups, and the order in which things happen; each rule of updating is a function of lists
in `adaptive_optimizers.py` or `proximal_optimizers.py`. Invariant: no tensor's value is looked at, and the
number of kernels does not depend on the number of variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, overload

import numpy as np
import torch
from torch import Tensor

from slim_torch.building import active_fake_mode
from slim_torch.custom_updates import OneByOne
from slim_torch.gradients import gradients as recorded_gradients
from slim_torch.graph import GraphKeys
from slim_torch.inference import no_outputs
from slim_torch.parameter import Variable
from slim_torch.recorded_variable import RecordedVariable, assign_add
from slim_torch.recording import record, recorder_of, recording_graph
from slim_torch.slot_variables import SlotOwner
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tensors import as_tensor
from slim_torch.traced import converted
from slim_torch.variables import trainable_variables

__all__ = ["Lists", "Optimizer", "Values", "rounded"]

Lists = dict[str, list[Tensor]]
"""Slots by name, each a list in the order of the variables; a counter is a list of one."""

Values = dict[str, Any]
"""Hyperparameters by name: floats, or 0-d tensors of the variables' dtype and device."""

_FLOATING = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
_KEPT_LAYOUTS = 16
_COUNTERS = "counters"


class _Part(NamedTuple):
    """Variables that one call of the update takes together, and their slots."""

    positions: list[int]
    variables: list[Tensor]
    slots: Lists
    group: int


class Optimizer(OneByOne, torch.optim.Optimizer):
    """An update rule with TensorFlow's methods that is also a PyTorch optimizer.

    In TensorFlow's way it is told of variables when it is applied: `minimize(loss)`, or
    `apply_gradients(compute_gradients(loss))`. In PyTorch's way it is given parameters, by the keyword
    `params` or `add_param_group`, and used by `loss.backward(); optimizer.step(); optimizer.zero_grad()`.

    For a `Variable` slots are variables of its graph, under TensorFlow's names, untrained, in GLOBAL_VARIABLES:
    a `Saver` saves and restores them. They are made when they are first needed. For other parameters they are
    plain tensors. Both are in `state_dict()`.

    Hyperparameters are Python numbers, 0-d tensors, variables, or functions without arguments that give one,
    which are called whenever the optimizer is applied. A schedule is best given as a function, since a real
    tensor that was computed once does not change any more:
    `AdamOptimizer(lambda: tf.train.exponential_decay(0.1, global_step, 1000, 0.9))`. Python numbers are rounded
    to float32, as in TensorFlow, also where the variables are float64. The groups of `param_groups` hold them,
    the learning rate under "lr", so PyTorch's schedulers work too.

    Gradients are dense, those of embeddings as well: every row is updated at every step, where TensorFlow
    updates, for some rules, only the rows that occurred.

    Source: tf.train.Optimizer.
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(
        self, use_locking: bool, name: str, defaults: Mapping[str, Any] | None = None, params: Any = None
    ) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._name = name
        self._use_locking = use_locking
        self._owner = SlotOwner()
        self._hyperparameters = tuple(defaults or ())
        self._counters: dict[str, Tensor] = {}
        self._layouts: dict[tuple[int, ...], list[_Part]] = {}
        # PyTorch wants a group from the start; the variables join it as they come.
        super().__init__([{"params": []}] if params is None else params, dict(defaults or {}))

    # What a rule defines

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        """Changes variables and slots in place; the gradients stay as they are.

        Args:
          variables, gradients: lists of equal length, all on one device and of one dtype.
          slots: by name, in the order of the variables; see `Lists`.
          values: the hyperparameters.
        """
        raise NotImplementedError

    def _count(self, counters: dict[str, Tensor], values: Values) -> None:
        """Changes the counters, after all variables of an application have been updated."""

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        """For each slot, in TensorFlow's order: the last part of its variable's name, and its initial value."""
        return {}

    def _counter_values(self) -> dict[str, float]:
        """The initial values of variables of which there is one for the optimizer."""
        return {}

    # TensorFlow's methods

    def get_name(self) -> str:
        """The name given to the constructor."""
        return self._name

    def minimize(
        self,
        loss: Tensor | Callable[[], Tensor],
        global_step: Variable | None = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Tensor | None = None,
    ) -> Any:
        """`apply_gradients(compute_gradients(loss))`: one update.

        Raises:
          ValueError: `loss` depends on none of the variables; see both methods.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        given = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not given:
            variables = [str(variable) for _, variable in pairs]
            raise ValueError(
                f"No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {variables} and loss {loss}."
            )
        return self.apply_gradients(given, global_step, name)

    def compute_gradients(
        self,
        loss: Tensor | Callable[[], Tensor],
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Tensor | None = None,
    ) -> list[tuple[Tensor | None, Any]]:
        """The gradients of `loss`.

        Args:
          loss: a tensor, or a function that computes it. Of a tensor with axes the sum counts. A real tensor
            can be used once, as for `backward()`.
          var_list: variables or tensors that `loss` was computed from; by default all trainable variables.
          gate_gradients: one of `GATE_NONE`, `GATE_OP` and `GATE_GRAPH`; without effect.
          aggregation_method, colocate_gradients_with_ops: accepted, without effect.
          grad_loss: the gradient that reaches `loss`, of its shape; ones by default.

        Returns:
          `[(gradient, variable), ...]`, with None for what `loss` does not depend on.

        Raises:
          ValueError: there are no variables; `loss` is no floating-point tensor; a variable is not trainable.
          TypeError: `var_list` holds something that is no variable.
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(
                f"gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH.  "
                f"Not {gate_gradients}"
            )
        if callable(loss) and not isinstance(loss, Tensor):
            loss = loss()
        loss, var_list = converted(loss), converted(var_list)
        variables = self._checked_variables(var_list)
        if not isinstance(loss, Tensor):
            raise TypeError(f"loss is {loss!r}, expected a tensor, or a function that gives one.")
        if loss.dtype not in _FLOATING:
            raise ValueError(
                f"Invalid type {loss.dtype} for the loss, expected: {[str(dtype) for dtype in _FLOATING]}."
            )
        return list(zip(self._gradients(loss, variables, grad_loss), variables))

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Any]],
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Any:
        """Updates variables by their gradients, and then counts `global_step`.

        Args:
          grads_and_vars: pairs, as from `compute_gradients`; those without a gradient are left out. A gradient
            may be an array or a number.
          global_step: the variable to count, or None.
          name: the name of the recorded operation, by default that of the optimizer.

        Raises:
          ValueError: there are no pairs, or none has a gradient; a gradient has another shape than its variable.
          TypeError: a gradient has another dtype than its variable; something is no variable.
          NotImplementedError: a pair holds a tensor in place of a variable.
        """
        pairs = converted(tuple(grads_and_vars))
        if not pairs:
            raise ValueError("No variables provided.")
        for pair in pairs:
            if isinstance(pair, Tensor) or len(pair) != 2:
                raise TypeError(f"apply_gradients was given {pair!r}, expected pairs (gradient, variable).")
        given = [(gradient, variable) for gradient, variable in pairs if gradient is not None]
        if not given:
            variables = [str(variable) for _, variable in pairs]
            raise ValueError(f"No gradients provided for any variable: {variables}.")
        if global_step is not None and not isinstance(global_step, Variable):
            raise TypeError(f"global_step is {global_step!r}, expected a variable, or None.")
        gradients = [_checked_gradient(gradient, variable) for gradient, variable in given]
        if self._updates_one_by_one():
            self.make_slots([variable for _, variable in given])
            pairs_given = list(zip(gradients, (variable for _, variable in given)))
            return self._apply_one_by_one(pairs_given, global_step, name)
        return self._run_or_record([variable for _, variable in given], gradients, global_step, name)

    def get_slot(self, var: Tensor, name: str) -> Tensor | None:
        """The slot `name` of a variable; None if there is none (yet)."""
        return self.state[var].get(name) if var in self.state else None

    def get_slot_names(self) -> list[str]:
        """The names of the slots that have been made, sorted."""
        return sorted({name for slots in self.state.values() for name in slots})

    def variables(self) -> list[Variable]:
        """The optimizer's variables that have been made, by name."""
        made = [*self._counters.values(), *(slot for slots in self.state.values() for slot in slots.values())]
        return sorted(
            (variable for variable in made if isinstance(variable, Variable)), key=lambda made: made.name
        )

    # PyTorch's methods

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Updates the parameters that have a `.grad`.

        Args:
          closure: computes the loss and its gradients anew, and returns the loss.

        Returns:
          What `closure` gave.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        given = [
            (parameter, parameter.grad)
            for group in self.param_groups
            for parameter in group["params"]
            if parameter.grad is not None
        ]
        if given:
            variables, gradients = map(list, zip(*given))
            self.make_slots(variables)
            if self._updates_one_by_one():
                self._apply_one_by_one([(gradient, variable) for variable, gradient in given], None, None)
            else:
                self._run(variables, gradients, self._values())
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The slots and counters, and those hyperparameters that are plain numbers."""
        state = super().state_dict()
        state["param_groups"] = [
            {key: value for key, value in group.items() if not _stays_with_program(key, value)}
            for group in state["param_groups"]
        ]
        if self._counters:
            state[_COUNTERS] = dict(self._counters)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave, into the slots as they are.

        What `state_dict` has no value for stays; so do hyperparameters that are functions or variables.

        Raises:
          ValueError: the groups of parameters differ.
        """
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        numbers = [number for group in state_dict["param_groups"] for number in group["params"]]
        if len(numbers) == len(parameters):
            self.make_slots(
                [
                    parameter
                    for number, parameter in zip(numbers, parameters)
                    if state_dict["state"].get(number)
                ]
            )
        slots = dict(self.state)
        groups = [dict(group) for group in self.param_groups]
        super().load_state_dict(state_dict)
        with torch.no_grad():
            for parameter, own in slots.items():
                loaded = self.state.get(parameter, {})
                for name, slot in own.items():
                    if name in loaded:
                        slot.copy_(loaded[name])
            for name, counter in self._counters.items():
                if name in state_dict.get(_COUNTERS, {}):
                    counter.copy_(state_dict[_COUNTERS][name])
        self.state.clear()
        self.state.update(slots)
        for group, own in zip(self.param_groups, groups):
            for key, value in own.items():
                if key not in group or _stays_with_program(key, value):
                    group[key] = value
        self._layouts.clear()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds parameters with hyperparameters of their own: `{"params": [...], "lr": 0.01}`."""
        super().add_param_group(param_group)
        self._layouts.clear()

    # Between the two

    def make_slots(self, variables: Sequence[Tensor]) -> None:
        """Makes the counters and slots of `variables` that do not exist yet, under TensorFlow's names.

        It is done when variables are first updated. Call it to have them before, for a checkpoint.
        """
        self._owner.keep()
        if not variables or tuple(map(id, variables)) in self._layouts:
            return
        known = {id(parameter) for group in self.param_groups for parameter in group["params"]}
        new = dict.fromkeys(variable for variable in variables if id(variable) not in known)
        self.param_groups[0]["params"].extend(new)
        for name, value in self._counter_values().items():
            if name not in self._counters:
                self._counters[name] = self._counter(variables, name, value)
        if self._updates_one_by_one():
            self._create_slots(variables)
        initializers = self._slot_initializers()
        for variable in variables:
            if initializers and variable not in self.state:
                self.state[variable] = {
                    slot: self._slot(variable, name, value) for slot, (name, value) in initializers.items()
                }

    def _counter(self, variables: Sequence[Tensor], name: str, value: float) -> Tensor:
        named = [variable for variable in variables if isinstance(variable, Variable)]
        if named:
            return self._owner.counter(min(named, key=lambda variable: variable.name), name, value)
        return torch.full((), value, dtype=torch.float32, device=variables[0].device)

    def _slot(self, variable: Tensor, name: str, value: float) -> Tensor:
        if isinstance(variable, Variable):
            return self._owner.slot(
                variable, name, lambda shape, dtype: torch.full(shape, value, dtype=dtype)
            )
        return torch.full_like(variable, value, requires_grad=False)

    def _checked_variables(self, var_list: Any) -> list[Any]:
        if var_list is None:
            var_list = trainable_variables()
        variables = [var_list] if isinstance(var_list, Tensor) else list(var_list)
        if not variables:
            raise ValueError("No variables to optimize.")
        strangers = [variable for variable in variables if not isinstance(variable, Tensor)]
        if strangers:
            raise TypeError(
                f"var_list holds {strangers}, expected variables, such as tf.trainable_variables()."
            )
        return variables

    def _gradients(
        self, loss: Tensor, variables: list[Tensor], grad_loss: Tensor | None
    ) -> Sequence[Tensor | None]:
        """The gradient of `loss` with respect to each of `variables`, None where there is none."""
        if isinstance(loss, (SymbolicTensor, RecordedVariable)) and recording_graph() is not None:
            return recorded_gradients(loss, variables, grad_loss)
        untracked = [
            variable
            for variable in variables
            if isinstance(variable, torch.nn.Parameter)
            and not variable.requires_grad
            and variable.dtype in _FLOATING
        ]
        if untracked:
            raise ValueError(
                f"{untracked} need no gradients, so PyTorch has not kept what they would be computed from. Make "
                f"them with trainable=True, or leave them out of var_list."
            )
        positions = [position for position, variable in enumerate(variables) if variable.requires_grad]
        gradients: list[Tensor | None] = [None] * len(variables)
        if positions and loss.requires_grad:
            if grad_loss is None and loss.dim():
                grad_loss = torch.ones_like(loss)
            tracked = [variables[position] for position in positions]
            found = torch.autograd.grad(loss, tracked, grad_loss, allow_unused=True)
            for position, gradient in zip(positions, found):
                gradients[position] = gradient
        return gradients

    def _run_or_record(
        self, variables: list[Tensor], gradients: list[Tensor], global_step: Variable | None, name: str | None
    ) -> Any:
        """Makes what is missing, then updates the variables and counts, or records that."""
        values = self._values()
        inputs = [*gradients, *(value for group in values for value in group.values())]
        if any(isinstance(part, SymbolicTensor) for part in inputs):
            return self._record(variables, gradients, values, global_step, name or self._name)
        self.make_slots(variables)
        # While a model is built, on tensors without values, only its variables are made.
        if active_fake_mode() is None:
            self._run(variables, gradients, values)
            if global_step is not None:
                global_step.assign_add(1)

    def _record(
        self,
        variables: list[Tensor],
        gradients: list[Tensor],
        values: list[Values],
        global_step: Variable | None,
        name: str,
    ) -> Any:
        """The operation that does one application."""
        graph = recorder_of(next(v.graph for v in variables if isinstance(v, Variable))).graph
        with recorder_of(graph).lifted_control():
            self.make_slots(variables)
        changed = [*variables, *self._counters.values()]
        changed += [slot for variable in variables for slot in self.state.get(variable, {}).values()]
        update = record(
            self._run,
            (variables, gradients, values),
            op_type="NoOp",
            name=None if global_step is not None else name,
            writes=[variable for variable in changed if isinstance(variable, Variable)],
            static=no_outputs(),
            graph=graph,
        )
        if global_step is not None:
            with recorder_of(graph).control_dependencies([update]):
                update = assign_add(global_step, 1, name=name).op
        graph.add_to_collection(GraphKeys.TRAIN_OP, update)
        return update

    def _values(self) -> list[Values]:
        """The hyperparameters of each group, as they are now."""
        return [{name: rounded(group[name]) for name in self._hyperparameters} for group in self.param_groups]

    @torch.no_grad()
    def _run(self, variables: list[Tensor], gradients: list[Tensor], values: list[Values]) -> None:
        """One application to real tensors.

        Args:
          values: the hyperparameters, for each group.
        """
        for part in self._layout(variables):
            first = part.variables[0]
            self.update(
                part.variables,
                [gradients[position] for position in part.positions],
                part.slots,
                {
                    name: value.to(first.device, first.dtype) if isinstance(value, Tensor) else value
                    for name, value in values[part.group].items()
                },
            )
        self._count(self._counters, values[0])

    def _layout(self, variables: list[Tensor]) -> list[_Part]:
        """Variables by device, dtype and group; one that occurs several times is updated as often."""
        key = tuple(map(id, variables))
        layout = self._layouts.get(key)
        if layout is not None:
            return layout
        groups = {
            id(parameter): number
            for number, group in enumerate(self.param_groups)
            for parameter in group["params"]
        }
        parts: dict[tuple[Any, ...], list[int]] = {}
        occurrences: dict[int, int] = {}
        for position, variable in enumerate(variables):
            occurrence = occurrences.get(id(variable), 0)
            occurrences[id(variable)] = occurrence + 1
            where = (occurrence, groups[id(variable)], variable.device, variable.dtype)
            parts.setdefault(where, []).append(position)
        layout = [
            self._part(variables, parts[where], where[1]) for where in sorted(parts, key=lambda w: w[0])
        ]
        if len(self._layouts) == _KEPT_LAYOUTS:
            self._layouts.clear()
        self._layouts[key] = layout
        return layout

    def _part(self, variables: list[Tensor], positions: list[int], group: int) -> _Part:
        members = [variables[position] for position in positions]
        slots = {name: [self.state[member][name] for member in members] for name in self._slot_initializers()}
        slots.update({name: [counter] for name, counter in self._counters.items()})
        return _Part(positions, members, slots, group)


def rounded(value: Any) -> Any:
    """A hyperparameter as it is used: a function is called, a Python number rounded to float32.

    Raises:
      ValueError: the value is None.
    """
    if callable(value) and not isinstance(value, Tensor):
        value = value()
    if value is None:
        raise ValueError("None values not supported. Give every hyperparameter a number, or a tensor.")
    if isinstance(value, (Tensor, bool)):
        return value
    # A NumPy number keeps its precision, as in TensorFlow.
    return value.item() if isinstance(value, np.generic) else float(np.float32(value))


def _stays_with_program(key: str, value: Any) -> bool:
    """Whether a hyperparameter cannot be put into a file, nor be replaced from one."""
    return key != "params" and (callable(value) or isinstance(value, Variable))


def _checked_gradient(gradient: Any, variable: Any) -> Tensor:
    if not isinstance(variable, Tensor):
        raise TypeError(f"apply_gradients was given {variable!r}, expected a variable.")
    if not isinstance(variable, torch.nn.Parameter):
        raise NotImplementedError(
            f"Trying to update a Tensor {variable}. Only variables can be updated; compute_gradients takes "
            f"tensors, so leave those pairs out."
        )
    if not isinstance(gradient, Tensor):
        gradient = as_tensor(gradient).to(variable.device)
    if tuple(gradient.shape) != tuple(variable.shape) or gradient.dtype != variable.dtype:
        what = variable.op.name if isinstance(variable, Variable) else "a parameter"
        if gradient.dtype != variable.dtype:
            raise TypeError(
                f"The gradient of '{what}' has type {str(gradient.dtype)[6:]} that does not match type "
                f"{str(variable.dtype)[6:]} of the variable. Convert it with tf.cast."
            )
        raise ValueError(
            f"Shapes of variable and gradient must be equal, but are {tuple(variable.shape)} and "
            f"{tuple(gradient.shape)}, for '{what}'."
        )
    return gradient
