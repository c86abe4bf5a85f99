"""The activation functions that slim code passes to layers, under TensorFlow's names.

Pure functions of one tensor; `tf.nn` offers them. Layers with variables, softmax over classes as a layer
among them, are elsewhere.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = [
    "crelu",
    "elu",
    "identity",
    "leaky_relu",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]


def relu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`max(features, 0)`. Source: tf.nn.relu."""
    return torch.relu(features)


def relu6(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`min(max(features, 0), 6)`. Source: tf.nn.relu6."""
    return F.relu6(features)


def elu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`exp(x) - 1` below zero, `x` above. Source: tf.nn.elu."""
    return F.elu(features)


def selu(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Scaled ELU. Source: tf.nn.selu."""
    return F.selu(features)


def crelu(features: torch.Tensor, name: str | None = None, axis: int = -1) -> torch.Tensor:
    """ReLU of `features` and of `-features`, side by side along `axis`. Source: tf.nn.crelu."""
    return torch.relu(torch.cat([features, -features], dim=axis))


def leaky_relu(features: torch.Tensor, alpha: float = 0.2, name: str | None = None) -> torch.Tensor:
    """`alpha * x` below zero, `x` above. Source: tf.nn.leaky_relu."""
    return F.leaky_relu(features, alpha)


def sigmoid(x: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`1 / (1 + exp(-x))`. Source: tf.nn.sigmoid."""
    return torch.sigmoid(x)


def tanh(x: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """Hyperbolic tangent. Source: tf.nn.tanh."""
    return torch.tanh(x)


def softplus(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`log(1 + exp(x))`. Source: tf.nn.softplus."""
    return F.softplus(features)


def softsign(features: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """`x / (1 + |x|)`. Source: tf.nn.softsign."""
    return F.softsign(features)


def swish(features: torch.Tensor) -> torch.Tensor:
    """`x * sigmoid(x)`. Source: tf.nn.swish."""
    return F.silu(features)


def softmax(logits: torch.Tensor, axis: int = -1, name: str | None = None) -> torch.Tensor:
    """Softmax along `axis`. Source: tf.nn.softmax."""
    return torch.softmax(logits, dim=axis)


def log_softmax(logits: torch.Tensor, axis: int = -1, name: str | None = None) -> torch.Tensor:
    """Logarithm of the softmax along `axis`. Source: tf.nn.log_softmax."""
    return torch.log_softmax(logits, dim=axis)


def identity(input: torch.Tensor, name: str | None = None) -> torch.Tensor:
    """A tensor with the value of `input`, and an object of its own. Source: tf.identity."""
    return input.view_as(input)
