"""The activation functions that slim code passes to layers, under TensorFlow's names.

Pure functions of one tensor, or of an array or numbers; `tf.nn` offers them. Layers with variables, softmax
over classes as a layer among them, are elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named

__all__ = [
    "crelu",
    "elu",
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


def relu(features: Any, name: str | None = None) -> torch.Tensor:
    """`max(features, 0)`. Source: tf.nn.relu."""
    return named(torch.relu(as_tensor(features)), name, "Relu")


def relu6(features: Any, name: str | None = None) -> torch.Tensor:
    """`min(max(features, 0), 6)`. Source: tf.nn.relu6."""
    return named(F.relu6(as_tensor(features)), name, "Relu6")


def elu(features: Any, name: str | None = None) -> torch.Tensor:
    """`exp(x) - 1` below zero, `x` above. Source: tf.nn.elu."""
    return named(F.elu(as_tensor(features)), name, "Elu")


def selu(features: Any, name: str | None = None) -> torch.Tensor:
    """Scaled ELU. Source: tf.nn.selu."""
    return named(F.selu(as_tensor(features)), name, "Selu")


def crelu(features: Any, name: str | None = None, axis: int = -1) -> torch.Tensor:
    """ReLU of `features` and of `-features`, side by side along `axis`. Source: tf.nn.crelu."""
    with name_scope(name, "CRelu"):
        features = as_tensor(features)
        return named(torch.relu(torch.cat([features, -features], dim=axis)), None, "Relu")


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> torch.Tensor:
    """`alpha * x` below zero, `x` above; float32 for integers. Source: tf.nn.leaky_relu."""
    features = as_tensor(features)
    if not features.dtype.is_floating_point:
        features = features.to(torch.float32)
    return named(F.leaky_relu(features, alpha), name, "LeakyRelu")


def _inexact(x: Any, argument: str = "x") -> torch.Tensor:
    """`x` as a tensor of floating point or complex numbers.

    Raises:
      TypeError: `x` is of integers.
    """
    tensor = as_tensor(x)
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise TypeError(
            f"Value passed to parameter '{argument}' has DataType {str(tensor.dtype)[6:]} not in list of allowed values: "
            f"bfloat16, float16, float32, float64. Convert it with tf.cast."
        )
    return tensor


def sigmoid(x: Any, name: str | None = None) -> torch.Tensor:
    """`1 / (1 + exp(-x))`. Source: tf.nn.sigmoid."""
    return named(torch.sigmoid(_inexact(x)), name, "Sigmoid")


def tanh(x: Any, name: str | None = None) -> torch.Tensor:
    """Hyperbolic tangent. Source: tf.nn.tanh."""
    return named(torch.tanh(_inexact(x)), name, "Tanh")


def softplus(features: Any, name: str | None = None) -> torch.Tensor:
    """`log(1 + exp(x))`. Source: tf.nn.softplus."""
    return named(F.softplus(_inexact(features, "features")), name, "Softplus")


def softsign(features: Any, name: str | None = None) -> torch.Tensor:
    """`x / (1 + |x|)`. Source: tf.nn.softsign."""
    return named(F.softsign(_inexact(features, "features")), name, "Softsign")


def swish(features: Any) -> torch.Tensor:
    """`x * sigmoid(x)`. Source: tf.nn.swish."""
    # TensorFlow names the gradient's frame, not the product.
    return named(F.silu(_inexact(features)), None, "IdentityN")


def softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> torch.Tensor:
    """Softmax along `axis`, the last by default; `dim` is its old name. Source: tf.nn.softmax."""
    return _along_axis(torch.softmax, logits, axis, name, dim, "Softmax")


def log_softmax(
    logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> torch.Tensor:
    """Logarithm of the softmax along `axis`, the last by default. Source: tf.nn.log_softmax."""
    return _along_axis(torch.log_softmax, logits, axis, name, dim, "LogSoftmax")


def _along_axis(
    function: Callable[..., torch.Tensor],
    logits: Any,
    axis: int | None,
    name: str | None,
    dim: int | None,
    op: str,
) -> torch.Tensor:
    logits = as_tensor(logits)
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'. Give `axis`; `dim` is its old name.")
    along = dim if axis is None else axis
    along = -1 if along is None else along
    rank = logits.dim()
    if not -rank <= along < rank:
        raise ValueError(
            f"{op}: dimension must be in the range [{-rank}, {rank}) where {rank} is the number of dimensions in "
            f"the input, got {along}."
        )
    # For another axis than the last TensorFlow transposes to and fro.
    default = op if along % rank == rank - 1 else "transpose_1"
    return named(function(logits, dim=along), name, default)
