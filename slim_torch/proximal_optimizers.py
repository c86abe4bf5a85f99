"""Optimizers with a penalty inside the update: Ftrl, proximal gradient descent and Adagrad, dual averaging.

L1 makes weights exactly zero here, which a regularization loss does not. Each is TensorFlow's rule written
for lists of tensors.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.optimizer_base import Lists, Optimizer, Values

__all__ = [
    "AdagradDAOptimizer",
    "FtrlOptimizer",
    "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer",
]


class FtrlOptimizer(Optimizer):
    """Follow the regularized leader, with L1 and L2 penalties.

    Args:
      learning_rate: see `Optimizer`.
      learning_rate_power: at most 0; how the rate falls with the accumulated squares.
      initial_accumulator_value: what the accumulators start at, at least 0.
      l1_regularization_strength, l2_regularization_strength: at least 0.
      use_locking: accepted, without effect.
      name: of the operation and of the slots: `w/Ftrl` for "accum", `w/Ftrl_1` for "linear".
      accum_name, linear_name: the slots' own names, in place of `name`.
      l2_shrinkage_regularization_strength: at least 0; an L2 penalty on the gradient's side.
      params: as for `torch.optim.Optimizer`; may be left out.

    Raises:
      ValueError: a number is out of range.

    Source: tf.train.FtrlOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
        *,
        params: Any = None,
    ) -> None:
        for argument, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{argument} {value:f} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        self._initial_value = initial_accumulator_value
        self._slot_names = (accum_name or name, linear_name or name)
        defaults = {
            "lr": learning_rate,
            "lr_power": learning_rate_power,
            "l1": l1_regularization_strength,
            "l2": l2_regularization_strength,
            "l2_shrinkage": l2_shrinkage_regularization_strength,
        }
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        accum_name, linear_name = self._slot_names
        return {"accum": (accum_name, self._initial_value), "linear": (linear_name, 0.0)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        accumulators, linears = slots["accum"], slots["linear"]
        rate, power = values["lr"], -values["lr_power"]
        before = torch._foreach_pow(accumulators, power)
        torch._foreach_addcmul_(accumulators, gradients, gradients)
        after = torch._foreach_pow(accumulators, power)
        torch._foreach_add_(linears, gradients)
        if values["l2_shrinkage"]:
            torch._foreach_add_(linears, variables, alpha=2 * values["l2_shrinkage"])
        sigmas = torch._foreach_sub(after, before)
        torch._foreach_div_(sigmas, rate)
        torch._foreach_addcmul_(linears, sigmas, variables, value=-1)
        quadratics = torch._foreach_div(after, rate)
        torch._foreach_add_(quadratics, 2 * values["l2"])
        # An accumulator that is still zero has a linear part of zero, and gives zero.
        torch._foreach_clamp_min_(quadratics, torch.finfo(variables[0].dtype).tiny)
        new = _shrunk(linears, values["l1"])
        torch._foreach_div_(new, quadratics)
        torch._foreach_neg_(new)
        torch._foreach_copy_(variables, new)


class ProximalGradientDescentOptimizer(Optimizer):
    """A step of gradient descent, then the proximal operator of the penalties.

    Args:
      learning_rate, l1_regularization_strength, l2_regularization_strength: see `Optimizer`.
      name: of the operation. The others as for `FtrlOptimizer`.

    Source: tf.train.ProximalGradientDescentOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
        *,
        params: Any = None,
    ) -> None:
        defaults = {
            "lr": learning_rate,
            "l1": l1_regularization_strength,
            "l2": l2_regularization_strength,
        }
        super().__init__(use_locking, name, defaults, params)

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        rate = values["lr"]
        stepped = torch._foreach_sub(variables, torch._foreach_mul(gradients, rate))
        new = _shrunk(stepped, rate * values["l1"])
        torch._foreach_div_(new, 1 + rate * values["l2"])
        torch._foreach_copy_(variables, new)


class ProximalAdagradOptimizer(Optimizer):
    """A step of Adagrad, then the proximal operator of the penalties, with each element's own rate.

    Args:
      initial_accumulator_value: what the accumulators start at, above 0.
      name: of the operation and of the slots: `w/ProximalAdagrad`.
      The others as for `ProximalGradientDescentOptimizer`.

    The slot is "accumulator". Raises ValueError for an initial value that is not positive.
    Source: tf.train.ProximalAdagradOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
        *,
        params: Any = None,
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        self._initial_value = initial_accumulator_value
        defaults = {
            "lr": learning_rate,
            "l1": l1_regularization_strength,
            "l2": l2_regularization_strength,
        }
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {"accumulator": (self._name, self._initial_value)}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        torch._foreach_addcmul_(slots["accumulator"], gradients, gradients)
        rates = torch._foreach_rsqrt(slots["accumulator"])
        torch._foreach_mul_(rates, values["lr"])
        stepped = torch._foreach_addcmul(variables, gradients, rates, value=-1)
        new = _shrunk(stepped, torch._foreach_mul(rates, values["l1"]))
        torch._foreach_mul_(rates, values["l2"])
        torch._foreach_add_(rates, 1.0)
        torch._foreach_div_(new, rates)
        torch._foreach_copy_(variables, new)


class AdagradDAOptimizer(Optimizer):
    """Adagrad by dual averaging: a variable depends on the sum of all gradients, not on where it started.

    Args:
      global_step: a 0-d integer tensor or variable: how many updates there have been before.
      initial_gradient_squared_accumulator_value: what the sums of squares start at, above 0.
      name: of the operation and of the slots: `w/AdagradDA` for "gradient_accumulator", `w/AdagradDA_1` for
        "gradient_squared_accumulator".
      The others as for `ProximalGradientDescentOptimizer`.

    Raises ValueError for an initial value that is not positive. Source: tf.train.AdagradDAOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
        *,
        params: Any = None,
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        self._initial_value = initial_gradient_squared_accumulator_value
        defaults = {
            "lr": learning_rate,
            "l1": l1_regularization_strength,
            "l2": l2_regularization_strength,
            "global_step": global_step,
        }
        super().__init__(use_locking, name, defaults, params)

    def _slot_initializers(self) -> dict[str, tuple[str, float]]:
        return {
            "gradient_accumulator": (self._name, 0.0),
            "gradient_squared_accumulator": (self._name, self._initial_value),
        }

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        sums, squares = slots["gradient_accumulator"], slots["gradient_squared_accumulator"]
        rate, step = values["lr"], values["global_step"] + 1
        torch._foreach_add_(sums, gradients)
        torch._foreach_addcmul_(squares, gradients, gradients)
        denominators = torch._foreach_sqrt(squares)
        torch._foreach_add_(denominators, values["l2"] * step * rate)
        new = _shrunk(sums, values["l1"] * step)
        torch._foreach_mul_(new, -rate)
        torch._foreach_div_(new, denominators)
        torch._foreach_copy_(variables, new)


def _shrunk(values: Any, by: Any) -> tuple[Tensor, ...]:
    """`sign(values) * max(abs(values) - by, 0)`; `by` is a number, a 0-d tensor, or a list."""
    sizes = torch._foreach_abs(values)
    if isinstance(by, (list, tuple)):
        torch._foreach_sub_(sizes, by)
    else:
        torch._foreach_add_(sizes, -by)
    torch._foreach_clamp_min_(sizes, 0.0)
    torch._foreach_mul_(sizes, torch._foreach_sign(values))
    return sizes
