"""`tf.image`: random crops, flips and colours. Every run draws anew; an argument `seed` repeats the sequence.

Numbers are not TensorFlow's, their distributions are. What is done with them is in `image_geometry.py` and
`image_colour.py`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.image_colour import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation
from slim_torch.tf.image_geometry import check_image
from slim_torch.tf.operands import is_known, uniform_draws

__all__ = [
    "random_brightness",
    "random_contrast",
    "random_crop",
    "random_flip_left_right",
    "random_flip_up_down",
    "random_hue",
    "random_saturation",
]


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Each image mirrored with probability 1/2. Source: tf.image.random_flip_left_right."""
    return _flipped_or_not(image, -2, seed, "random_flip_left_right")


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Each image upside down with probability 1/2. Source: tf.image.random_flip_up_down."""
    return _flipped_or_not(image, -3, seed, "random_flip_up_down")


def _flipped_or_not(image: Any, axis: int, seed: int | None, function: str) -> Tensor:
    with name_scope(None, function):
        x = check_image(image, function)
        shape = (1, 1, 1) if x.dim() == 3 else (x.shape[0], 1, 1, 1)
        flips = uniform_draws(x, shape, 0.0, 1.0, torch.float32, seed) < 0.5
        return named(torch.where(flips, x.flip(axis), x), None, "Merge" if x.dim() == 3 else "add")


def _number(image: Tensor, low: float, high: float, seed: int | None) -> Tensor:
    return uniform_draws(image, (), low, high, torch.float32, seed)


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a number in [-max_delta, max_delta).

    Raises:
      ValueError: `max_delta` is negative.

    Source: tf.image.random_brightness.
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    x = as_tensor(image)
    return adjust_brightness(x, _number(x, -max_delta, max_delta, seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a number in [-max_delta, max_delta).

    Raises:
      ValueError: `max_delta` is not in [0, 0.5].

    Source: tf.image.random_hue.
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    x = as_tensor(image)
    return adjust_hue(x, _number(x, -max_delta, max_delta, seed))


def _check_range(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a factor in [lower, upper).

    Raises:
      ValueError: `upper` is not above `lower`, or `lower` is negative.

    Source: tf.image.random_contrast.
    """
    _check_range(lower, upper)
    x = as_tensor(image)
    return adjust_contrast(x, _number(x, lower, upper, seed))


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a factor in [lower, upper); errors as in `random_contrast`.

    Source: tf.image.random_saturation.
    """
    _check_range(lower, upper)
    x = as_tensor(image)
    return adjust_saturation(x, _number(x, lower, upper, seed))


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A part of `value` at a random place.

    Args:
      size: of the part, for each axis.

    Raises:
      ValueError: the part is larger than `value`, or `size` has another length than `value` has axes.

    Source: tf.random_crop.
    """
    with name_scope(name, "random_crop") as scope:
        x = as_tensor(value)
        sizes = as_sizes(size)
        if len(sizes) != x.dim():
            raise ValueError(f"size must have one entry for each of the {x.dim()} axes, got {sizes}.")
        for own, wanted in zip(x.shape, sizes):
            if is_known(own, wanted) and wanted > own:
                raise ValueError(f"Need value.shape >= size, got {tuple(x.shape)} and {sizes}.")
        shares = uniform_draws(x, (x.dim(),), 0.0, 1.0, torch.float64, seed)
        return named(_crop_at(x, shares, sizes), scope, "random_crop")


@leaf
def _crop_at(x: Tensor, shares: Tensor, sizes: tuple[Any, ...]) -> Tensor:
    """The part whose first place is the given share of those possible, for each axis."""
    for axis, wanted in enumerate(sizes):
        spare = x.shape[axis] - wanted
        if spare:
            # Without reading the place, which would wait for the device.
            first = (shares[axis] * (spare + 1)).long()
            x = x.index_select(axis, torch.arange(wanted, device=x.device) + first)
    return x
