"""Learning rates that depend on the step: TensorFlow's decays, as functions of the global step.

A schedule of a recorded variable is recorded and follows it. One of a real step is a number for that step; an
optimizer that is given `lambda: exponential_decay(...)` asks for it anew at each application.

TensorFlow multiplies by the reciprocal where the divisor is a constant, and so does `_over`: where the step is
a multiple of `decay_steps` that decides about the next stair or cycle. With 41 steps, for one, the first stair
ends after step 41 instead of before it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import name_scope
from slim_torch.symbolic import is_symbolic
from slim_torch.tensors import as_tensor, known_value, named

__all__ = [
    "cosine_decay",
    "cosine_decay_restarts",
    "exponential_decay",
    "inverse_time_decay",
    "linear_cosine_decay",
    "natural_exp_decay",
    "noisy_linear_cosine_decay",
    "piecewise_constant",
    "polynomial_decay",
]


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * decay_rate ** (global_step / decay_steps)`.

    Args:
      learning_rate: at the start: a number (float32) or a tensor, whose dtype the result has.
      global_step: a number, tensor or variable. Of a tensor with axes every element counts for itself.
      decay_steps: steps for one factor of `decay_rate`.
      staircase: the exponent is rounded down to whole numbers.
      name: of the recorded operation.

    Returns:
      A tensor of the shape of `global_step`, usually 0-d.

    Raises:
      ValueError: `learning_rate` or `global_step` is None.

    Source: tf.train.exponential_decay.
    """
    with name_scope(name, "ExponentialDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        return named(
            rate * _like(decay_rate, rate) ** _periods(step, decay_steps, staircase),
            scope,
            "ExponentialDecay",
        )


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * exp(-decay_rate * global_step / decay_steps)`; see `exponential_decay`.

    Source: tf.train.natural_exp_decay.
    """
    factor = torch.exp(-as_tensor(decay_rate))
    return exponential_decay(learning_rate, global_step, decay_steps, factor, staircase, name)


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """`learning_rate / (1 + decay_rate * global_step / decay_steps)`; see `exponential_decay`.

    Source: tf.train.inverse_time_decay.
    """
    with name_scope(name, "InverseTimeDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        periods = _periods(step, decay_steps, staircase)
        return named(rate / (1 + _like(decay_rate, rate) * periods), scope, "InverseTimeDecay")


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From `learning_rate` to `end_learning_rate` in `decay_steps`, as `(1 - global_step / decay_steps) ** power`.

    Args:
      cycle: after `decay_steps` it starts anew, with the next multiple of `decay_steps` as its end, instead of
        staying at `end_learning_rate`.
      The others as for `exponential_decay`.

    Source: tf.train.polynomial_decay.
    """
    with name_scope(name, "PolynomialDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        end, steps = _like(end_learning_rate, rate), _like(decay_steps, rate)
        if cycle:
            # The first cycle is one that has begun, also at step 0.
            # Here TensorFlow's tensors are no constants, but its numbers are.
            cycles = _over(step, decay_steps, not isinstance(decay_steps, Tensor))
            done = step / (steps * torch.ceil(cycles).clamp(min=1.0))
        else:
            done = _over(torch.minimum(step, steps), decay_steps)
        left = (1 - done) ** _like(power, rate)
        return named((rate - end) * left + end, scope, "PolynomialDecay")


def piecewise_constant(
    x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None
) -> Tensor:
    """`values[0]` up to and including `boundaries[0]`, `values[1]` up to `boundaries[1]`, and so on.

    Args:
      x: a 0-d tensor, a number or a variable, such as the global step.
      boundaries: rising, of the dtype of `x` (int32 will do for an int64 one).
      values: one more than boundaries, all of one dtype.
      name: of the recorded operation.

    Raises:
      ValueError: dtypes or lengths do not fit, boundaries do not rise, or there are none.

    Source: tf.train.piecewise_constant.
    """
    if not boundaries:
        raise ValueError("piecewise_constant needs at least one boundary.")
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    step = as_tensor(_given(x))
    edges = [as_tensor(boundary) for boundary in boundaries]
    for position, edge in enumerate(edges):
        if edge.dtype == torch.int32 and step.dtype == torch.int64:
            edges[position] = edge.to(torch.int64)
        elif edge.dtype != step.dtype:
            raise ValueError(f"Boundaries ({edge.dtype}) must have the same dtype as x ({step.dtype}).")
    known = [known_value(edge) for edge in edges]
    if any(a is not None and b is not None and a >= b for a, b in itertools.pairwise(known)):
        raise ValueError(f"boundaries {list(boundaries)} do not rise.")
    levels = [as_tensor(value) for value in values]
    for level in levels[1:]:
        if level.dtype != levels[0].dtype:
            raise ValueError(
                f"Values must have elements all with the same dtype ({levels[0].dtype} vs {level.dtype})."
            )
    with name_scope(name, "PiecewiseConstant"):
        with name_scope("case"):
            with name_scope("cond"):
                # Whatever the step's device: constants of no axis mix with tensors of any.
                result = levels[-1]
                for edge, level in reversed(list(zip(edges, levels))):
                    result = torch.where(step <= edge, level, result)
                return named(result, "Merge", "Merge")


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: Any = 0.0, name: str | None = None
) -> Tensor:
    """From `learning_rate` down to `alpha * learning_rate` in `decay_steps`, along half a cosine.

    The arguments are those of `exponential_decay`. Source: tf.train.cosine_decay.
    """
    with name_scope(name, "CosineDecay"):
        rate, step = _rate_and_step(learning_rate, global_step)
        done = _over(torch.minimum(step, _like(decay_steps, rate)), decay_steps)
        return named(rate * _floored(0.5 * (1 + torch.cos(math.pi * done)), alpha), "Mul_3", "Mul_3")


def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: Any = 2.0,
    m_mul: Any = 1.0,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """`cosine_decay` that starts anew at its end, each time for longer.

    Args:
      first_decay_steps: steps of the first period; each later one has `t_mul` times as many, and begins at
        `m_mul` times the rate.
      alpha: the smallest rate, as a part of `learning_rate`.
      The others as for `exponential_decay`.

    Source: tf.train.cosine_decay_restarts.
    """
    with name_scope(name, "SGDRDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        done = _over(step, first_decay_steps)
        growth = _like(t_mul, rate)
        constant = _is_constant(t_mul)
        equal = torch.floor(done)
        # The periods before this one are `growth ** 0 + ... + growth ** (restarts - 1)` first ones long.
        longer = torch.floor(_over(_log(1 - done * (1 - growth)), _log(growth), constant))
        power = growth**longer
        before = _over(1 - power, 1 - growth, constant)
        same = growth == 1
        restarts = torch.where(same, equal, longer)
        done = torch.where(same, done - equal, (done - before) / power)
        height = 0.5 * _like(m_mul, rate) ** restarts
        return named(rate * _floored(height * (1 + torch.cos(math.pi * done)), alpha), scope, "SGDRDecay")


def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`learning_rate * ((alpha + linear) * cosine + beta)`, both falling from 1 to 0 in `decay_steps`.

    Args:
      num_periods: periods of the cosine in `decay_steps`.
      The others as for `exponential_decay`.

    Source: tf.train.linear_cosine_decay.
    """
    with name_scope(name, "LinearCosineDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        linear, cosine = _linear_and_cosine(rate, step, decay_steps, num_periods)
        return named(
            rate * ((_like(alpha, rate) + linear) * cosine + _like(beta, rate)), scope, "LinearCosineDecay"
        )


def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: Any = 1.0,
    variance_decay: Any = 0.55,
    num_periods: Any = 0.5,
    alpha: Any = 0.0,
    beta: Any = 0.001,
    name: str | None = None,
) -> Tensor:
    """`linear_cosine_decay` with normal noise on its linear part.

    Args:
      initial_variance, variance_decay: the noise has the variance
        `initial_variance / (1 + global_step) ** variance_decay`.
      The others as for `linear_cosine_decay`.

    The noise is drawn by PyTorch: `torch.manual_seed` decides. Source: tf.train.noisy_linear_cosine_decay.
    """
    with name_scope(name, "NoisyLinearCosineDecay") as scope:
        rate, step = _rate_and_step(learning_rate, global_step)
        linear, cosine = _linear_and_cosine(rate, step, decay_steps, num_periods)
        step = torch.minimum(step, _like(decay_steps, rate))
        variance = _like(initial_variance, rate) / (1 + step) ** _like(variance_decay, rate)
        noisy = linear + torch.randn_like(linear) * torch.sqrt(variance)
        return named(
            rate * ((_like(alpha, rate) + noisy) * cosine + _like(beta, rate)),
            scope,
            "NoisyLinearCosineDecay",
        )


def _rate_and_step(learning_rate: Any, global_step: Any) -> tuple[Tensor, Tensor]:
    """The rate as a tensor, and the step as one of its dtype."""
    # A whole number is a rate as well: TensorFlow's int32 arithmetic has no use here.
    rate = as_tensor(float(learning_rate) if type(learning_rate) is int else _given(learning_rate))
    return rate, as_tensor(_given(global_step)).to(rate.dtype)


def _given(value: Any) -> Any:
    if value is None:
        raise ValueError("None values not supported. Give a number, a tensor or a variable.")
    return value


def _like(value: Any, rate: Tensor) -> Tensor:
    return as_tensor(value).to(rate.dtype)


def _over(value: Tensor, divisor: Any, constant: bool | None = None) -> Tensor:
    """`value / divisor`, as TensorFlow computes it; see the module."""
    by = _like(divisor, value)
    if _is_constant(divisor) if constant is None else constant:
        return value * torch.reciprocal(by)
    return value / by


def _log(value: Tensor) -> Tensor:
    """The logarithm, rounded once: its last bit decides about a restart where a period ends at a whole step."""
    return torch.log(value.to(torch.float64)).to(value.dtype)


def _is_constant(value: Any) -> bool:
    if is_symbolic(value):
        return known_value(value) is not None
    return not isinstance(value, torch.nn.Parameter)


def _periods(step: Tensor, decay_steps: Any, staircase: bool) -> Tensor:
    periods = _over(step, decay_steps)
    return torch.floor(periods) if staircase else periods


def _floored(cosine: Tensor, alpha: Any) -> Tensor:
    least = _like(alpha, cosine)
    return (1 - least) * cosine + least


def _linear_and_cosine(
    rate: Tensor, step: Tensor, decay_steps: Any, num_periods: Any
) -> tuple[Tensor, Tensor]:
    steps = _like(decay_steps, rate)
    step = torch.minimum(step, steps)
    done = _over(step, decay_steps)
    return _over(steps - step, decay_steps), 0.5 * (
        1 + torch.cos(math.pi * (2 * _like(num_periods, rate) * done))
    )
