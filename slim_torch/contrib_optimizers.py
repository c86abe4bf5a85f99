"""Optimizers of tf.contrib.opt: decoupled weight decay, and relatives of Adam.

What optimizers have in common is in `optimizer_base.py`, the usual ones are in `adaptive_optimizers.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from slim_torch.adaptive_optimizers import AdamOptimizer, MomentumOptimizer
from slim_torch.optimizer_base import Lists, Optimizer, Values, rounded
from slim_torch.parameter import Variable

__all__ = [
    "AdaMaxOptimizer",
    "AdamWOptimizer",
    "DecoupledWeightDecayExtension",
    "LazyAdamOptimizer",
    "MomentumWOptimizer",
    "NadamOptimizer",
    "extend_with_decoupled_weight_decay",
]


class DecoupledWeightDecayExtension(Optimizer):
    """Goes before an optimizer in a list of bases: `variable -= weight_decay * variable` before each update.

    Args:
      weight_decay: a hyperparameter; see `Optimizer`. It is not multiplied by the learning rate.
      *args, **kwargs: for the optimizer.

    Source: tf.contrib.opt.DecoupledWeightDecayExtension.
    """

    def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
        self._decayed: set[int] | None = None
        super().__init__(*args, **kwargs)
        self._hyperparameters = (*self._hyperparameters, "weight_decay")
        self.defaults["weight_decay"] = weight_decay
        for group in self.param_groups:
            group.setdefault("weight_decay", weight_decay)

    def minimize(self, *args: Any, decay_var_list: Iterable[Variable] | None = None, **kwargs: Any) -> Any:
        """As `Optimizer.minimize`; `decay_var_list` are the variables that decay, all of them by default."""
        self._decayed = None if decay_var_list is None else set(map(id, decay_var_list))
        return super().minimize(*args, **kwargs)

    def apply_gradients(
        self,
        grads_and_vars: Iterable[tuple[Any, Any]],
        global_step: Variable | None = None,
        name: str | None = None,
        decay_var_list: Iterable[Variable] | None = None,
    ) -> Any:
        """As `Optimizer.apply_gradients`; see `minimize`."""
        if decay_var_list is not None:
            self._decayed = set(map(id, decay_var_list))
        return super().apply_gradients(grads_and_vars, global_step, name)

    @torch.no_grad()
    def _run(self, variables: list[Tensor], gradients: list[Tensor], values: list[Values]) -> None:
        for part in self._layout(variables):
            chosen = [v for v in part.variables if self._decayed is None or id(v) in self._decayed]
            if chosen:
                decay = values[part.group]["weight_decay"]
                if isinstance(decay, Tensor):
                    decay = decay.to(chosen[0].device, chosen[0].dtype)
                torch._foreach_sub_(chosen, torch._foreach_mul(chosen, decay))
        super()._run(variables, gradients, values)


def extend_with_decoupled_weight_decay(base_optimizer: type[Optimizer]) -> type[Optimizer]:
    """A class like `base_optimizer` with decoupled weight decay; its first argument is `weight_decay`.

    Source: tf.contrib.opt.extend_with_decoupled_weight_decay.
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc,valid-type]
        """`base_optimizer` with decoupled weight decay."""

    return OptimizerWithDecoupledWeightDecay


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with decoupled weight decay.

    Args:
      weight_decay: see `DecoupledWeightDecayExtension`.
      The others as for `MomentumOptimizer`.

    Source: tf.contrib.opt.MomentumWOptimizer.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
        *,
        params: Any = None,
    ) -> None:
        super().__init__(
            weight_decay, learning_rate, momentum, use_locking, name, use_nesterov, params=params
        )


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with decoupled weight decay.

    Args:
      weight_decay: see `DecoupledWeightDecayExtension`.
      The others as for `AdamOptimizer`.

    Source: tf.contrib.opt.AdamWOptimizer.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-08,
        use_locking: bool = False,
        name: str = "AdamW",
        *,
        params: Any = None,
    ) -> None:
        super().__init__(weight_decay, learning_rate, beta1, beta2, epsilon, use_locking, name, params=params)


class LazyAdamOptimizer(AdamOptimizer):
    """Adam. Gradients are dense here, so every row of an embedding is updated, which TensorFlow's leaves out.

    Source: tf.contrib.opt.LazyAdamOptimizer.
    """


class NadamOptimizer(AdamOptimizer):
    """Adam with Nesterov's momentum: the step has `beta1 * m + (1 - beta1) * gradient` in the place of `m`.

    Args and slots as for `AdamOptimizer`. Source: tf.contrib.opt.NadamOptimizer.
    """

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        beta1, beta2 = values["beta1"], values["beta2"]
        rate = values["lr"] * torch.sqrt(1 - _power(slots, "beta2", variables[0]))
        rate = rate / (1 - _power(slots, "beta1", variables[0]))
        _decay_towards(slots["m"], gradients, beta1)
        _decay_towards(slots["v"], torch._foreach_mul(gradients, gradients), beta2)
        steps = torch._foreach_mul(slots["m"], beta1)
        torch._foreach_add_(steps, torch._foreach_mul(gradients, 1 - beta1))
        roots = torch._foreach_sqrt(slots["v"])
        torch._foreach_add_(roots, values["epsilon"])
        torch._foreach_div_(steps, roots)
        torch._foreach_sub_(variables, torch._foreach_mul(steps, rate))


class AdaMaxOptimizer(AdamOptimizer):
    """Adam by the largest gradient: `v = max(beta2 * v, |gradient|)`.

    The step is `learning_rate / (1 - beta1**t) * m / (v + epsilon)`.

    Args as for `AdamOptimizer`; `name` is "AdaMax". Creates the variable `beta1_power` only.
    Source: tf.contrib.opt.AdaMaxOptimizer.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-08,
        use_locking: bool = False,
        name: str = "AdaMax",
        *,
        params: Any = None,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name, params=params)

    def _counter_values(self) -> dict[str, Any]:
        return {"beta1_power": rounded(self.param_groups[0]["beta1"])}

    @staticmethod
    def update(variables: list[Tensor], gradients: list[Tensor], slots: Lists, values: Values) -> None:
        _decay_towards(slots["m"], gradients, values["beta1"])
        torch._foreach_mul_(slots["v"], values["beta2"])
        torch._foreach_maximum_(slots["v"], torch._foreach_abs(gradients))
        steps = torch._foreach_div(slots["m"], torch._foreach_add(slots["v"], values["epsilon"]))
        rate = values["lr"] / (1 - _power(slots, "beta1", variables[0]))
        torch._foreach_sub_(variables, torch._foreach_mul(steps, rate))

    def _count(self, counters: dict[str, Tensor], values: Values) -> None:
        counters["beta1_power"].mul_(values["beta1"])


def _power(slots: Lists, name: str, like: Tensor) -> Tensor:
    return slots[f"{name}_power"][0].to(like.device, like.dtype)


def _decay_towards(averages: list[Tensor], values: Any, decay: Any) -> None:
    """`averages = decay * averages + (1 - decay) * values`."""
    torch._foreach_mul_(averages, decay)
    torch._foreach_add_(averages, torch._foreach_mul(values, 1 - decay))
