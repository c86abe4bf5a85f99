"""`tf.contrib.layers.optimize_loss`: a train op for a recorded loss, with its optimizer given by name.

`slim.learning.create_train_op` is slim's own; see `train_ops.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import optimizers as _optimizers
from slim_torch.control_flow import with_dependencies
from slim_torch.graph import GraphKeys, get_collection
from slim_torch.initializers import Constant
from slim_torch.optimizer_base import Optimizer
from slim_torch.scopes import get_variable, variable_scope
from slim_torch.sources import random_normal, shape
from slim_torch.tensors import as_tensor
from slim_torch.train_ops import multiply_gradients
from slim_torch.variables import Variable, get_global_step, trainable_variables

__all__ = ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "optimize_loss"]

OPTIMIZER_CLS_NAMES: dict[str, Callable[[Any], Optimizer]] = {
    "Adagrad": _optimizers.AdagradOptimizer,
    "Adam": _optimizers.AdamOptimizer,
    "Ftrl": _optimizers.FtrlOptimizer,
    "Momentum": lambda learning_rate: _optimizers.MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": _optimizers.RMSPropOptimizer,
    "SGD": _optimizers.GradientDescentOptimizer,
}
"""The optimizers that have a name."""

OPTIMIZER_SUMMARIES = ["learning_rate", "loss", "gradients", "gradient_norm", "global_gradient_norm"]
"""What can be summarized."""

Pairs = list[tuple[Any, Any]]


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: dict[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Sequence[Any] | None = None,
    variables: Sequence[Any] | None = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """A tensor that makes one update when it is run, and gives the loss before it.

    Args:
      loss: a recorded 0-d tensor.
      global_step: the variable that counts steps; None for the graph's, if there is one.
      learning_rate: a number or a 0-d tensor, kept in a variable `learning_rate`; None if the optimizer has its own.
      optimizer: a name (see `OPTIMIZER_CLS_NAMES`), a class, an optimizer, or a function that gives one.
      gradient_noise_scale: standard deviation of normal noise that is added to the gradients.
      gradient_multipliers: factors for gradients, by variable or its name.
      clip_gradients: the largest norm of all gradients together, or a function of `(gradient, variable)` pairs.
      learning_rate_decay_fn: gives the rate from the rate and the global step.
      update_ops: run before the loss; by default the collection UPDATE_OPS.
      variables: what to train; by default all trainable variables.
      name: of the scope, "OptimizeLoss" by default.
      summaries: what to summarize; by default the loss, the learning rate and the norm of the gradients.
      colocate_gradients_with_ops: without effect.
      increment_global_step: whether the step is counted.

    Raises:
      ValueError: an argument is none of these.

    Source: tf.contrib.layers.optimize_loss.
    """
    loss = as_tensor(loss)
    if loss.dim() != 0:
        raise ValueError(f"Shape must be rank 0 but is rank {loss.dim()}: the loss has to be a scalar.")
    step = get_global_step() if global_step is None else global_step
    with variable_scope(name, "OptimizeLoss", [loss, step]):
        if update_ops is None:
            update_ops = get_collection(GraphKeys.UPDATE_OPS)
        if update_ops:
            loss = with_dependencies(list(update_ops), loss)
        wanted = ["loss", "learning_rate", "global_gradient_norm"] if summaries is None else list(summaries)
        for summary in wanted:
            if summary not in OPTIMIZER_SUMMARIES:
                raise ValueError(
                    f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided {summary}."
                )
        rate = _learning_rate(learning_rate, learning_rate_decay_fn, step, wanted)
        trainer = _trainer(optimizer, learning_rate, rate)
        trained = trainable_variables() if variables is None else list(variables)
        pairs = trainer.compute_gradients(loss, trained)
        if gradient_noise_scale is not None:
            pairs = _noisy(pairs, gradient_noise_scale)
        if gradient_multipliers is not None:
            pairs = _multiplied(pairs, gradient_multipliers)
        _summarize_norm(pairs, "global_norm/gradient_norm", wanted)
        pairs = _clipped(pairs, clip_gradients)
        if "loss" in wanted:
            _summary().scalar("loss", loss)
        _summarize_gradients(pairs, wanted)
        if clip_gradients is not None:
            _summarize_norm(pairs, "global_norm/clipped_gradient_norm", wanted)
        updated = trainer.apply_gradients(
            pairs, global_step=step if increment_global_step else None, name="train"
        )
        return with_dependencies([updated], loss)


def _summary() -> Any:
    from slim_torch.tf import summary

    return summary


def _learning_rate(given: Any, decay: Callable[[Any, Any], Any] | None, step: Any, wanted: list[str]) -> Any:
    if given is None:
        return None
    if isinstance(given, torch.Tensor):
        if given.dim() != 0:
            raise ValueError(f"Learning rate should be 0d Tensor or float. Got {given} of type {type(given)}")
        rate = given
    elif isinstance(given, (int, float)):
        if given < 0.0:
            raise ValueError(f"Invalid learning_rate {given}.")
        rate = get_variable("learning_rate", [], trainable=False, initializer=Constant(float(given)))
    else:
        raise ValueError(  # noqa: TRY004 - TensorFlow's type
            f"Learning rate should be 0d Tensor or float. Got {given} of type {type(given)}"
        )
    if decay is not None:
        if step is None:
            raise ValueError("global_step is required for learning_rate_decay_fn.")
        rate = decay(rate, step)
        if "learning_rate" in wanted:
            _summary().scalar("learning_rate", rate)
    return rate


def _trainer(optimizer: Any, given: Any, rate: Any) -> Optimizer:
    if isinstance(optimizer, str):
        if given is None:
            raise ValueError(
                f"Learning rate is None, but should be specified if optimizer is string ({optimizer})."
            )
        if optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided {optimizer}."
            )
        return OPTIMIZER_CLS_NAMES[optimizer](rate)
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        if given is None:
            raise ValueError(
                f"Learning rate is None, but should be specified if optimizer is class ({optimizer})."
            )
        return optimizer(rate)  # type: ignore[call-arg]
    if isinstance(optimizer, Optimizer):
        return optimizer
    if callable(optimizer):
        made = optimizer() if given is None else optimizer(rate)
        if not isinstance(made, Optimizer):
            raise ValueError(  # noqa: TRY004 - TensorFlow's type
                f"Unrecognized optimizer: function should return subclass of Optimizer. Got {made}."
            )
        return made
    raise ValueError(
        f"Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of Optimizer or "
        f"function with one argument. Got {optimizer}."
    )


def _noisy(pairs: Pairs, scale: float) -> Pairs:
    return [
        (None if gradient is None else gradient + random_normal(shape(gradient)) * scale, variable)
        for gradient, variable in pairs
    ]


def _multiplied(pairs: Pairs, multipliers: dict[Any, Any]) -> Pairs:
    named = {}
    for key, factor in multipliers.items():
        named[key.op.name if isinstance(key, Variable) else key] = factor
    return [
        (
            multiply_gradients([pair], {pair[1]: named[pair[1].op.name]})[0]
            if pair[1].op.name in named
            else pair
        )
        for pair in pairs
    ]


def _clipped(pairs: Pairs, clip: Any) -> Pairs:
    if clip is None:
        return pairs
    if isinstance(clip, (int, float)):
        from slim_torch.tf.clipping import clip_by_global_norm

        gradients, _ = clip_by_global_norm([gradient for gradient, _ in pairs], clip)
        return list(zip(gradients, [variable for _, variable in pairs]))
    if callable(clip):
        return list(clip(pairs))
    raise ValueError(f"Unknown type {type(clip)} for clip_gradients")


def _summarize_norm(pairs: Pairs, name: str, wanted: list[str]) -> None:
    from slim_torch.tf.clipping import global_norm

    if "global_gradient_norm" in wanted or "gradient_norm" in wanted:
        _summary().scalar(name, global_norm([gradient for gradient, _ in pairs]))


def _summarize_gradients(pairs: Pairs, wanted: list[str]) -> None:
    from slim_torch.tf.clipping import global_norm

    for gradient, variable in pairs:
        if gradient is None:
            continue
        label = variable.name.replace(":", "_")
        if "gradients" in wanted:
            _summary().histogram(f"gradients/{label}", gradient)
        if "gradient_norm" in wanted:
            _summary().scalar(f"gradient_norm/{label}", global_norm([gradient]))
