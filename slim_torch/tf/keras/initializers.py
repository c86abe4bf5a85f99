"""`tf.keras.initializers`: those of `tf.initializers`; normal and uniform ones are narrower by default."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch import initializers as _initializers
from slim_torch.initializers import (
    Constant,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    VarianceScaling,
    Zeros,
    he_normal,
    he_uniform,
    lecun_normal,
    lecun_uniform,
)
from slim_torch.initializers import GlorotNormal as glorot_normal
from slim_torch.initializers import GlorotUniform as glorot_uniform

__all__ = [
    "Constant",
    "Identity",
    "Initializer",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "uniform",
    "zeros",
]


class RandomNormal(_initializers.RandomNormal):
    """Normal, of standard deviation 0.05. Source: tf.keras.initializers.RandomNormal."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class TruncatedNormal(_initializers.TruncatedNormal):
    """Truncated normal, of standard deviation 0.05. Source: tf.keras.initializers.TruncatedNormal."""

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


class RandomUniform(_initializers.RandomUniform):
    """Uniform between -0.05 and 0.05. Source: tf.keras.initializers.RandomUniform."""

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None, dtype: Any = torch.float32
    ) -> None:
        super().__init__(minval, maxval, seed, dtype)


normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal = TruncatedNormal
constant, identity, ones, orthogonal, zeros = Constant, Identity, Ones, Orthogonal, Zeros


def get(identifier: Any) -> Any:
    """The initializer of a name, or the one that is given. Source: tf.keras.initializers.get.

    Raises:
      ValueError: there is none of this name.
    """
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, str) and identifier in __all__ and identifier != "get":
        return globals()[identifier]()
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")
