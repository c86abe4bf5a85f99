"""Values and gradients kept within bounds, under TensorFlow's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import FLOATING, INTEGER, checked, is_known, known_ints, like, require

__all__ = ["clip_by_average_norm", "clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm"]


@checked
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> torch.Tensor:
    """`t` with what is below or above the bounds replaced by them.

    Args:
      clip_value_min, clip_value_max: numbers, or tensors that broadcast to the shape of `t`. Where they are
        crossed the result is `clip_value_min`.

    Raises:
      ValueError: a bound would make `t` larger.

    The gradient goes through on the bounds themselves. Source: tf.clip_by_value.
    """
    x = require(as_tensor(t), FLOATING | INTEGER, "clip_by_value")
    numbers = all(isinstance(bound, (int, float)) for bound in (clip_value_min, clip_value_max))
    low, high = (like(bound, x, "clip_by_value") for bound in (clip_value_min, clip_value_max))
    if numbers and clip_value_min <= clip_value_max:
        return named(torch.clamp(x, clip_value_min, clip_value_max), name, "clip_by_value")
    for bound in (low, high):
        wider = (
            is_known(b) and is_known(a) and a == 1 != b for a, b in zip(x.shape[::-1], bound.shape[::-1])
        )
        if bound.dim() > x.dim() or any(wider):
            raise ValueError(
                f"clip_by_value: a bound of shape {tuple(bound.shape)} would change the shape {tuple(x.shape)}."
            )
    below = torch.where(x <= high, x, high)
    return named(torch.where(below >= low, below, low), name, "clip_by_value")


@checked
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> torch.Tensor:
    """`t` scaled down to the Euclidean norm `clip_norm` where its own, along `axes`, is larger.

    Source: tf.clip_by_norm.
    """
    x = require(as_tensor(t), FLOATING, "clip_by_norm")
    dims = list(range(x.dim())) if axes is None else known_ints(axes, "The axes of clip_by_norm")
    bound = like(clip_norm, x, "clip_by_norm")
    squares = torch.sum(x * x, dims, keepdim=True) if dims else x * x
    positive = squares > 0
    # The root is taken where it has a gradient.
    safe = torch.where(positive, squares, torch.ones_like(squares))
    length = torch.where(positive, torch.sqrt(safe), squares)
    return named(x * bound / torch.where(length >= bound, length, bound), name, "clip_by_norm")


@checked
def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> torch.Tensor:
    """`t` scaled down to the norm `clip_norm` per element where its own is larger. Source: tf.clip_by_average_norm."""
    x = require(as_tensor(t), FLOATING, "clip_by_average_norm")
    bound = like(clip_norm, x, "clip_by_average_norm")
    count = torch.sum(torch.ones_like(x))
    inverse, largest = torch.rsqrt(torch.sum(x * x)) * count, torch.reciprocal(bound)
    return named(x * bound * torch.where(inverse <= largest, inverse, largest), name, "clip_by_average_norm")


def _listed(t_list: Any) -> list[torch.Tensor | None]:
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError(f"t_list should be a sequence of tensors, got {t_list!r}.")
    return [None if item is None else as_tensor(item) for item in t_list]


@checked
def global_norm(t_list: Any, name: str | None = None) -> torch.Tensor:
    """The Euclidean norm of all elements of all tensors; None among them counts nothing.

    Raises:
      TypeError: `t_list` is no list.

    Source: tf.global_norm.
    """
    listed = _listed(t_list)
    with name_scope(name, "global_norm", listed):
        halves = [torch.sum(item * item) / 2 for item in listed if item is not None]
        return named(torch.sqrt(2.0 * torch.sum(torch.stack(halves))), None, "global_norm")


@checked
def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[torch.Tensor | None], torch.Tensor]:
    """Tensors scaled down together to the norm `clip_norm` where their own is larger.

    Args:
      use_norm: their norm, where it is known.

    Returns:
      The tensors, NaN if the norm is not finite, and the norm.

    Raises:
      TypeError: `t_list` is no list.

    Source: tf.clip_by_global_norm.
    """
    listed = _listed(t_list)
    size = as_tensor(global_norm(listed) if use_norm is None else use_norm)
    with name_scope(name, "clip_by_global_norm", listed):
        bound = like(clip_norm, size, "clip_by_global_norm")
        inverse, largest = torch.reciprocal(size), torch.reciprocal(bound)
        scale = bound * torch.where(inverse <= largest, inverse, largest)
        scale = torch.where(torch.isfinite(size), scale, torch.full_like(scale, np.nan))
        with name_scope("clip_by_global_norm"):
            return [
                None if item is None else named(item * scale, None, f"_{position}")
                for position, item in enumerate(listed)
            ], size
