"""Penalties on weights: functions that give a regularizer, and what applies one.

A regularizer maps a tensor to a 0-d tensor of its dtype, or to None for no penalty. Putting the penalty
of a new variable into REGULARIZATION_LOSSES is the business of `scopes.py`. Invariant: nothing here
copies a weight to change its layout.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any

import torch

from slim_torch.graph import GraphKeys, add_to_collection, get_collection
from slim_torch.recorded_layers import label, scoped
from slim_torch.tensors import leaf

__all__ = [
    "Regularizer",
    "apply_regularization",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "sum_regularizer",
]

Regularizer = Callable[[torch.Tensor], "torch.Tensor | None"]


class _HalfSumOfSquares(torch.autograd.Function):
    """`sum(x**2) / 2`, whose gradient is x itself: one pass over the weights, where autograd's own
    derivative of the square takes three."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor) -> torch.Tensor:
        # Summed pairwise, in whatever order the memory has. A dot product or a norm is as fast, but
        # adds one after the other: off by 3e-5 to 8e-5 for the largest weights of a ResNet.
        return (x * x).sum() * 0.5

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return x * gradient


@leaf
def _half_sum_of_squares(x: torch.Tensor) -> torch.Tensor:
    return _HalfSumOfSquares.apply(x)


def _check_scale(scale: Any, name: str = "scale") -> None:
    if isinstance(scale, numbers.Integral):
        # A ValueError, not the TypeError one would expect: TensorFlow's.
        raise ValueError(  # noqa: TRY004
            f"{name} cannot be an integer: {scale}. Pass a float, such as {float(scale)}."
        )
    if isinstance(scale, numbers.Real) and scale < 0.0:
        raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale:g}. Pass 0.0 for no penalty.")


def _as_factor(scale: Any, weights: torch.Tensor) -> Any:
    """The scale as something to multiply by, in the dtype of the weights, which TensorFlow converts it to."""
    if scale is None:
        raise ValueError("None values not supported: the scale of the regularizer is None. Pass a float.")
    if isinstance(scale, str) or not weights.is_floating_point():
        raise TypeError(
            f"Expected {str(weights.dtype)[6:]}, got {scale!r} of type '{type(scale).__name__}' instead. "
            f"Regularize floating-point weights, with a float for the scale."
        )
    if isinstance(scale, numbers.Real):
        return scale
    return torch.as_tensor(scale, dtype=weights.dtype, device=weights.device)


def _no_penalty(_: torch.Tensor) -> None:
    return None


def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """`scale` times the sum of the absolute values.

    Args:
      scale: a float, or a floating-point 0-d tensor; 0.0 gives a regularizer that answers None.
      scope: what a recorded penalty is called, `"l1_regularizer"` by default.

    Raises:
      ValueError: `scale` is an integer or negative; at the call, it is None.
      TypeError: at the call, the weights are not floating-point.

    Source: tf.contrib.slim.l1_regularizer.
    """
    _check_scale(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return _no_penalty

    def l1(weights: torch.Tensor) -> torch.Tensor:
        with scoped(scope, "l1_regularizer") as name:
            return label(_as_factor(scale, weights) * weights.abs().sum(), name, "Mul")

    return l1


def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """`scale` times *half* the sum of the squares, as in TensorFlow; the gradient is `scale * weights`.

    Arguments and errors as in `l1_regularizer`. Source: tf.contrib.slim.l2_regularizer.
    """
    _check_scale(scale)
    if isinstance(scale, numbers.Real) and scale == 0.0:
        return _no_penalty

    def l2(weights: torch.Tensor) -> torch.Tensor:
        factor = _as_factor(scale, weights)
        if torch.compiler.is_compiling():
            # Compiled, the plain form is one pass already, forwards and backwards.
            return factor * ((weights * weights).sum() * 0.5)
        with scoped(scope, "l2_regularizer") as name:
            return label(factor * label(_half_sum_of_squares(weights), "L2Loss"), name, "Mul")

    return l2


def l1_l2_regularizer(scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None) -> Regularizer:
    """The sum of `l1_regularizer(scale_l1)` and `l2_regularizer(scale_l2)`.

    Errors as in `l1_regularizer`. Source: tf.contrib.slim.l1_l2_regularizer.
    """
    _check_scale(scale_l1, "scale_l1")
    _check_scale(scale_l2, "scale_l2")
    both = sum_regularizer([l1_regularizer(scale_l1), l2_regularizer(scale_l2)], scope or "l1_l2_regularizer")
    assert both is not None
    return both


def sum_regularizer(
    regularizer_list: Iterable[Regularizer | None], scope: str | None = None
) -> Regularizer | None:
    """The sum of several regularizers; Nones in the list are left out.

    Returns:
      None when nothing is left, otherwise a regularizer, which answers None where all of them do.

    Raises:
      TypeError: `regularizer_list` is not a list.
      ValueError: at the call, the penalties have different shapes.

    Source: tf.contrib.slim.sum_regularizer.
    """
    regularizers = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not regularizers:
        return None

    def sum_reg(weights: torch.Tensor) -> torch.Tensor | None:
        with scoped(scope, "sum_regularizer") as name:
            given = (regularizer(weights) for regularizer in regularizers)
            penalties = [penalty for penalty in given if penalty is not None]
            if not penalties:
                return None
            total = penalties[0]
            for penalty in penalties[1:]:
                if penalty.shape != total.shape:
                    raise ValueError(
                        f"Shapes must be equal in sum_regularizer, but are {tuple(total.shape)} and "
                        f"{tuple(penalty.shape)}. Every regularizer must return a 0-d tensor."
                    )
                total = total + penalty
            return label(total, name, "AddN" if len(penalties) > 1 else "Identity")

    return sum_reg


def apply_regularization(
    regularizer: Regularizer, weights_list: Iterable[torch.Tensor] | None = None
) -> torch.Tensor:
    """The summed penalty of several weights, which is also added to REGULARIZATION_LOSSES.

    Args:
      weights_list: the weights; None or an empty list means the collection WEIGHTS.

    Returns:
      A 0-d tensor. A regularizer that answers None counts as zero.

    Raises:
      ValueError: there are no weights, or the regularizer returns a tensor that is not 0-d.
      TypeError: `weights_list` is a tensor.

    Source: tf.contrib.slim.apply_regularization.
    """
    if isinstance(weights_list, torch.Tensor):
        raise TypeError("weights_list is a tensor, expected a list of tensors. Pass [weights].")
    weights = list(weights_list or ()) or get_collection(GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize. Pass weights_list, or add weights to GraphKeys.WEIGHTS.")
    with scoped(None, "get_regularization_penalty") as name:
        penalties: list[torch.Tensor] = []
        for weight in weights:
            penalty = regularizer(weight)
            if penalty is None:
                continue
            if penalty.dim() != 0:
                raise ValueError(
                    f"regularizer must return a scalar Tensor instead of a Tensor with rank {penalty.dim()}. "
                    f"Sum over all axes."
                )
            penalties.append(penalty)
        total = sum(penalties[1:], penalties[0]) if penalties else torch.zeros((), device=weights[0].device)
        total = label(total, name, "AddN" if len(penalties) > 1 else "Identity")
    add_to_collection(GraphKeys.REGULARIZATION_LOSSES, total)
    return total
