"""Deferred updates: objects that change moving averages when they are called, not before.

The update objects that normalization puts into a collection, and `run_updates`, which applies many of
them in a few kernels. What the averages are of is computed in `normalization.py`. Invariant: an update
holds values of its own, without gradients, so running it gives the same result whenever it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from slim_torch.parameter import Variable

__all__ = [
    "AssignMovingAverage",
    "AssignTogether",
    "AssignVarianceOfStddev",
    "AssignZeroDebiasedMovingAverage",
    "assign_moving_average",
    "assign_variance_of_stddev",
    "assign_zero_debiased",
    "changed_by",
    "run_updates",
]


class _Update:
    """What every update answers: a name like that of TensorFlow's update op, made when it is asked for."""

    belongs_to_step = True
    _scope: str
    _op: str

    @property
    def name(self) -> str:
        """`BatchNorm/AssignMovingAvg` and the like."""
        return f"{self._scope.rstrip('/')}/{self._op}" if self._scope else self._op

    @property
    def op(self) -> _Update:
        """The update itself, so that `.op.name` works as on TensorFlow's tensors."""
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"


class AssignMovingAverage(_Update):
    """`variable -= (variable - value) * (1 - decay)`, in place, when called.

    Args:
      variable: the moving average.
      value: what it moves towards: a tensor of its shape that needs no gradient.
      decay: the weight of the old average.
      scope, op: the name scope, with or without a final slash, and the name in it.

    Source: tf.assign_moving_average (with zero_debias=False).
    """

    def __init__(
        self,
        variable: torch.Tensor,
        value: torch.Tensor,
        decay: float,
        scope: str = "",
        op: str = "AssignMovingAvg",
    ) -> None:
        self.variable = variable
        self.value = value
        self.decay = decay
        self._scope = scope
        self._op = op

    def __call__(self) -> None:
        with torch.no_grad():
            self.variable.lerp_(self.value, 1.0 - self.decay)


class AssignTogether(_Update):
    """Several updates that count as one: first the moving averages, then the rest, in order."""

    def __init__(
        self,
        averages: Sequence[AssignMovingAverage],
        rest: Sequence[Callable[[], Any]] = (),
        scope: str = "",
        op: str = "AssignMovingAvg",
    ) -> None:
        self.averages = averages
        self.rest = rest
        self._scope = scope
        self._op = op

    def __call__(self) -> None:
        for average in self.averages:
            average()
        for update in self.rest:
            update()


class AssignVarianceOfStddev(_Update):
    """Sets `variance` to `max(stddev ** 2 - epsilon, 0)`; where `training` is False, leaves it alone."""

    def __init__(
        self,
        variance: torch.Tensor,
        stddev: torch.Tensor,
        epsilon: float,
        training: torch.Tensor | None = None,
        scope: str = "",
        op: str = "AssignNewValue",
    ) -> None:
        self.variance = variance
        self.stddev = stddev
        self.epsilon = epsilon
        self.training = training
        self._scope = scope
        self._op = op

    def __call__(self) -> None:
        assign_variance_of_stddev(self.variance, self.stddev, self.epsilon, self.training)


class AssignZeroDebiasedMovingAverage(_Update):
    """A moving average that does not remember that it started at zero.

    When called, moves `biased` towards `value`, counts the call in `local_step`, and sets
    `variable` to `biased / (1 - decay ** local_step)`.

    Args:
      training: a 0-d bool tensor; where it is False nothing changes. None means True.

    Source: tf.assign_moving_average (with zero_debias=True).
    """

    def __init__(
        self,
        variable: torch.Tensor,
        biased: torch.Tensor,
        local_step: torch.Tensor,
        value: torch.Tensor,
        decay: float,
        training: torch.Tensor | None = None,
        scope: str = "",
        op: str = "AssignMovingAvg",
    ) -> None:
        self.variable = variable
        self.biased = biased
        self.local_step = local_step
        self.value = value
        self.decay = decay
        self.training = training
        self._scope = scope
        self._op = op

    def __call__(self) -> None:
        assign_zero_debiased(
            self.variable, self.biased, self.local_step, self.value, self.decay, self.training
        )


def assign_moving_average(variable: torch.Tensor, value: torch.Tensor, decay: float) -> torch.Tensor:
    """Moves `variable` towards `value`, in place: what the recorded form of `AssignMovingAverage` runs."""
    with torch.no_grad():
        return variable.lerp_(value, 1.0 - decay)


def assign_variance_of_stddev(
    variance: torch.Tensor, stddev: torch.Tensor, epsilon: float, training: torch.Tensor | None
) -> torch.Tensor:
    """What `AssignVarianceOfStddev` does."""
    with torch.no_grad():
        new = (stddev.square() - epsilon).relu()
        return variance.copy_(new if training is None else torch.where(training, new, variance))


def assign_zero_debiased(
    variable: torch.Tensor,
    biased: torch.Tensor,
    local_step: torch.Tensor,
    value: torch.Tensor,
    decay: float,
    training: torch.Tensor | None,
) -> torch.Tensor:
    """What `AssignZeroDebiasedMovingAverage` does."""
    with torch.no_grad():
        new_biased = biased.lerp(value, 1.0 - decay)
        new_step = local_step + 1.0
        average = new_biased / (1.0 - decay**new_step)
        for old, new in ((biased, new_biased), (local_step, new_step), (variable, average)):
            old.copy_(new if training is None else torch.where(training, new, old))
    return variable


def changed_by(updates: Iterable[Any]) -> list[Variable]:
    """The variables that update objects change; what other functions change is not known."""
    found: dict[int, Variable] = {}
    stack = list(updates)[::-1]
    while stack:
        part = stack.pop()
        if isinstance(part, Variable):
            found[id(part)] = part
        elif isinstance(part, _Update):
            stack.extend(list(vars(part).values())[::-1])
        elif isinstance(part, (list, tuple)):
            stack.extend(part[::-1])
    return list(found.values())


def run_updates(updates: Iterable[Callable[[], Any]]) -> None:
    """Calls every update of `updates`, the moving averages among them in a few kernels.

    Moving averages are grouped by decay, device and dtype, one kernel to a group. One that occurs
    several times gets its updates one after the other, in the order given. Whatever is not a moving
    average is called after all of those, in the order given.
    """
    groups: dict[tuple[Any, ...], tuple[list[torch.Tensor], list[torch.Tensor]]] = {}
    occurrences: dict[int, int] = {}
    rest: list[Callable[[], Any]] = []

    def add(update: AssignMovingAverage) -> None:
        variable = update.variable
        occurrence = occurrences.get(id(variable), 0)
        occurrences[id(variable)] = occurrence + 1
        key = (occurrence, update.decay, variable.device, variable.dtype)
        group = groups.get(key)
        if group is None:
            group = groups[key] = ([], [])
        group[0].append(variable)
        group[1].append(update.value)

    for update in updates:
        if isinstance(update, AssignMovingAverage):
            add(update)
        elif isinstance(update, AssignTogether):
            for average in update.averages:
                add(average)
            rest.extend(update.rest)
        else:
            rest.append(update)
    with torch.no_grad():
        # Later occurrences of a variable come after its earlier ones, whatever their decays.
        for key in sorted(groups, key=lambda key: key[0]):
            variables, values = groups[key]
            torch._foreach_lerp_(variables, values, 1.0 - key[1])
    for other in rest:
        other()
