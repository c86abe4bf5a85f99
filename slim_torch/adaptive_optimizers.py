"""Optimizers that keep averages or sums of past gradients: Momentum, Adam, RMSProp, Adagrad, Adadelta.

Each is TensorFlow's rule written for lists of tensors. TensorFlow's form decides wherever several forms are
usual: an epsilon inside a root or outside, a bias correction of the learning rate or of the moments.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.optimizer_base import Lists, Optimizer, Values, rounded

__all__ = [
    "AdadeltaOptimizer",
    "AdagradOptimizer",
    "AdamOptimizer",
    "GradientDescentOptimizer",
    "MomentumOptimizer",
    "RMSPropOptimizer",
]


class GradientDescentOptimizer(Optimizer):
    """`variable -= learning_rate * gradient`.

    Args:
      learning_rate, and all other hyperparameters: see `Optimizer`.
      use_locking: accepted, without effect.
      name: of the operation.
      params: as for `torch.optim.Optimizer`; may be left out.

    Source: tf.train.GradientDescentOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        use_locking: bool = False,
        name: str = "GradientDescent",
        *,
        params: Any = None,
    ) -> None:
        super().__init__(use_locking, name, {"lr": learning_rate}, params)

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        _descend(variables, gradients, values["lr"])


class MomentumOptimizer(Optimizer):
    """`accumulator = momentum * accumulator + gradient; variable -= learning_rate * accumulator`.

    Args:
      use_nesterov: the step is `learning_rate * (gradient + momentum * accumulator)`.
      name: of the operation and of the slots: `w/Momentum`.
      The others as for `GradientDescentOptimizer`.

    The slot is "momentum". Source: tf.train.MomentumOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
        *,
        params: Any = None,
    ) -> None:
        defaults = {"lr": learning_rate, "momentum": momentum, "use_nesterov": use_nesterov}
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {"momentum": (self._name, 0.0)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        accumulators, rate, momentum = slots["momentum"], values["lr"], values["momentum"]
        torch._foreach_mul_(accumulators, momentum)
        torch._foreach_add_(accumulators, gradients)
        if values["use_nesterov"]:
            _descend(variables, gradients, rate)
            rate = rate * momentum
        _descend(variables, accumulators, rate)


class AdamOptimizer(Optimizer):
    """Adam, with the form that its paper has before section 2.1.

    `m` and `v` are moving averages of the gradient and of its square, and the step is
    `learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + epsilon)`. `torch.optim.Adam` adds its
    epsilon to the corrected root, so the same epsilon means something else there.

    Args:
      learning_rate, beta1, beta2, epsilon: see `Optimizer`.
      name: of the operation and of the slots: `w/Adam` for "m", `w/Adam_1` for "v".
      The others as for `GradientDescentOptimizer`.

    Creates the variables `beta1_power` and `beta2_power` as well. Source: tf.train.AdamOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-08,
        use_locking: bool = False,
        name: str = "Adam",
        *,
        params: Any = None,
    ) -> None:
        defaults = {"lr": learning_rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {"m": (self._name, 0.0), "v": (self._name, 0.0)}

    def _counter_values(self) -> dict[str, Any]:
        return {f"{name}_power": rounded(self.param_groups[0][name]) for name in ("beta1", "beta2")}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        like = variables[0]
        power1, power2 = (
            slots[f"{name}_power"][0].to(like.device, like.dtype) for name in ("beta1", "beta2")
        )
        rate = values["lr"] * torch.sqrt(1 - power2) / (1 - power1)
        _move(slots["m"], gradients, 1 - values["beta1"])
        _move_to_squares(slots["v"], gradients, 1 - values["beta2"])
        denominators = torch._foreach_sqrt(slots["v"])
        torch._foreach_add_(denominators, values["epsilon"])
        _add_quotients(variables, slots["m"], denominators, -rate)

    def _count(self, counters: dict[str, Tensor], values: Values) -> None:
        for name in ("beta1", "beta2"):
            counters[f"{name}_power"].mul_(values[name])


class RMSPropOptimizer(Optimizer):
    """RMSProp with momentum, whose mean square starts at one, and whose epsilon is inside the root.

    `rms` is a moving average of the gradient's square; then `momentum = momentum_value * momentum +
    learning_rate * gradient / sqrt(rms + epsilon)`, and `variable -= momentum`. `torch.optim.RMSprop` differs in
    all three: it starts at zero, adds epsilon to the root, and multiplies by the rate at the end.

    Args:
      decay: the weight of the old mean square.
      momentum: 0 keeps no momentum, but there is a slot for it.
      centered: the mean gradient's square is subtracted from the mean square.
      name: of the operation and of the slots: `w/RMSProp` for "rms", then "mg" if centered, then "momentum".
      The others as for `GradientDescentOptimizer`.

    Source: tf.train.RMSPropOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
        *,
        params: Any = None,
    ) -> None:
        self._centered = centered
        defaults = {"lr": learning_rate, "decay": decay, "momentum": momentum, "epsilon": epsilon}
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        centered = {"mg": (self._name, 0.0)} if self._centered else {}
        return {"rms": (self._name, 1.0), **centered, "momentum": (self._name, 0.0)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        mean_squares, momenta, rest = slots["rms"], slots["momentum"], 1 - values["decay"]
        _move_to_squares(mean_squares, gradients, rest)
        if "mg" in slots:
            means = slots["mg"]
            _move(means, gradients, rest)
            roots = torch._foreach_addcmul(mean_squares, means, means, value=-1)
            torch._foreach_add_(roots, values["epsilon"])
        else:
            roots = torch._foreach_add(mean_squares, values["epsilon"])
        torch._foreach_sqrt_(roots)
        torch._foreach_mul_(momenta, values["momentum"])
        _add_quotients(momenta, gradients, roots, values["lr"])
        torch._foreach_sub_(variables, momenta)


class AdagradOptimizer(Optimizer):
    """`accumulator += gradient ** 2; variable -= learning_rate * gradient / sqrt(accumulator)`.

    Args:
      initial_accumulator_value: what the accumulators start at, above 0.
      name: of the operation and of the slots: `w/Adagrad`.
      The others as for `GradientDescentOptimizer`.

    The slot is "accumulator". Raises ValueError for an initial value that is not positive.
    Source: tf.train.AdagradOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
        *,
        params: Any = None,
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        self._initial_value = initial_accumulator_value
        super().__init__(use_locking, name, {"lr": learning_rate}, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {"accumulator": (self._name, self._initial_value)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        torch._foreach_addcmul_(slots["accumulator"], gradients, gradients)
        _add_quotients(variables, gradients, torch._foreach_sqrt(slots["accumulator"]), -values["lr"])


class AdadeltaOptimizer(Optimizer):
    """Adadelta: the step is `learning_rate * gradient * sqrt(accum_update + epsilon) / sqrt(accum + epsilon)`.

    `accum` and `accum_update` are moving averages of the squares of gradients and of steps (those before the
    learning rate).

    Args:
      rho: the weight of the old averages.
      name: of the operation and of the slots: `w/Adadelta` for "accum", `w/Adadelta_1` for "accum_update".
      The others as for `GradientDescentOptimizer`.

    Source: tf.train.AdadeltaOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-08,
        use_locking: bool = False,
        name: str = "Adadelta",
        *,
        params: Any = None,
    ) -> None:
        super().__init__(use_locking, name, {"lr": learning_rate, "rho": rho, "epsilon": epsilon}, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {"accum": (self._name, 0.0), "accum_update": (self._name, 0.0)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        rest, epsilon = 1 - values["rho"], values["epsilon"]
        _move_to_squares(slots["accum"], gradients, rest)
        steps = torch._foreach_add(slots["accum_update"], epsilon)
        torch._foreach_div_(steps, torch._foreach_add(slots["accum"], epsilon))
        torch._foreach_sqrt_(steps)
        torch._foreach_mul_(steps, gradients)
        _descend(variables, steps, values["lr"])
        _move_to_squares(slots["accum_update"], steps, rest)


def _descend(variables: list[Tensor], steps: list[Tensor] | tuple[Tensor, ...], rate: Any) -> None:
    """`variables -= rate * steps`."""
    if isinstance(rate, Tensor):
        torch._foreach_sub_(variables, torch._foreach_mul(steps, rate))
    else:
        torch._foreach_add_(variables, steps, alpha=-rate)


def _move(averages: list[Tensor], values: list[Tensor], weight: Any) -> None:
    """`averages += (values - averages) * weight`."""
    if isinstance(weight, Tensor):
        differences = torch._foreach_sub(values, averages)
        torch._foreach_mul_(differences, weight)
        torch._foreach_add_(averages, differences)
    else:
        torch._foreach_lerp_(averages, values, weight)


def _move_to_squares(averages: list[Tensor], values: Any, weight: Any) -> None:
    """`averages += (values ** 2 - averages) * weight`."""
    torch._foreach_mul_(averages, 1 - weight)
    if isinstance(weight, Tensor):
        torch._foreach_addcmul_(averages, torch._foreach_mul(values, weight), values)
    else:
        torch._foreach_addcmul_(averages, values, values, value=weight)


def _add_quotients(targets: list[Tensor], above: list[Tensor], below: Any, rate: Any) -> None:
    """`targets += rate * above / below`."""
    if isinstance(rate, Tensor):
        torch._foreach_addcdiv_(targets, torch._foreach_mul(above, rate), below)
    else:
        torch._foreach_addcdiv_(targets, above, below, value=rate)
