"""How predictions, labels and weights are made to fit each other, as the metrics of TensorFlow do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slim_torch.dtypes import constant_dtype, string
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.loss_support import fits
from slim_torch.recording import record
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_tensor

__all__ = [
    "aligned",
    "as_batch",
    "at_any_rank",
    "broadcast",
    "check_same_shape",
    "equal",
    "fitted",
    "quotient",
    "same_dtype",
    "squeezed",
]


def as_batch(value: Any, like: Tensor | None = None) -> Tensor:
    """A tensor, without gradients; constants go to the device of `like`."""
    tensor = value if isinstance(value, Tensor) else as_tensor(value, constant_dtype(value), like)
    return tensor.detach()


def squeezed(predictions: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The two, without the last axis of the one that has one axis more, if its size is 1."""
    if predictions.dim() == labels.dim() + 1 and predictions.shape[-1] == 1:
        predictions = predictions.squeeze(-1)
    elif labels.dim() == predictions.dim() + 1 and labels.shape[-1] == 1:
        labels = labels.squeeze(-1)
    return predictions, labels


def check_same_shape(predictions: Tensor, labels: Tensor) -> None:
    """Raises ValueError where the shapes differ."""
    if not fits(predictions.shape, labels.shape):
        raise ValueError(
            f"Shapes {tuple(predictions.shape)} and {tuple(labels.shape)} are incompatible: those of predictions and "
            f"labels. They must be equal; nothing is broadcast."
        )


def fitted(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Tensor, Tensor | None]:
    """Predictions, labels and weights of ranks that fit, after dropping or adding a last axis of size 1.

    Raises:
      ValueError: the shapes of predictions and labels differ.
    """
    predictions = as_batch(predictions, labels if isinstance(labels, Tensor) else None)
    labels = as_batch(labels, predictions)
    weights = None if weights is None else as_batch(weights, predictions)
    return at_any_rank(_fitted, predictions, labels, weights)


def _fitted(
    predictions: Tensor, labels: Tensor, weights: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    predictions, labels = squeezed(predictions, labels)
    check_same_shape(predictions, labels)
    return predictions, labels, None if weights is None else _aligned(weights, predictions)


def at_any_rank(function: Callable[..., Any], *args: Any) -> Any:
    """`function` of tensors, and None; where a rank is not known before it runs, recorded as one operation.

    It gives its arguments, each in another shape.
    """
    tensors = [arg for arg in args if arg is not None]
    if all(not isinstance(arg, SymbolicTensor) or arg.stand_ins is not None for arg in tensors):
        return function(*args)
    given = [(None, arg.dtype) for arg in tensors]
    made = record(_without_none, (function, *args), op_type="Squeeze", static=tensors_like(tuple, given))
    return (*made, *(None for _ in range(len(args) - len(made))))


def _without_none(function: Callable[..., Any], *args: Any) -> Any:
    return tuple(part for part in function(*args) if part is not None)


def same_dtype(predictions: Tensor, labels: Tensor) -> None:
    """Raises TypeError where the dtypes differ: nothing is promoted."""
    if predictions.dtype != labels.dtype:
        raise TypeError(
            f"predictions have type {str(predictions.dtype)[6:]} that does not match type {str(labels.dtype)[6:]} of "
            f"the labels. Cast one of them."
        )


def equal(predictions: Tensor, labels: Tensor) -> Tensor:
    """Where predictions, in the dtype of the labels, equal these; strings too."""
    if string not in (predictions.dtype, labels.dtype):
        return torch.eq(predictions.to(labels.dtype), labels)
    if predictions.dtype is not labels.dtype:
        raise TypeError(
            f"Predictions are {predictions.dtype}, and labels {labels.dtype}: both must be strings."
        )
    shape = static_shape(predictions.stand_ins) if isinstance(predictions, SymbolicTensor) else None
    static = tensor_like(shape, torch.bool)
    made: Tensor = record(_equal_strings, (predictions, labels), op_type="Equal", static=static)
    return made


def _equal_strings(predictions: Any, labels: Any) -> Tensor:
    return torch.from_numpy(np.asarray(predictions == labels, dtype=bool))


def aligned(weights: Any, values: Tensor) -> Tensor:
    """Weights with a last axis of size 1 dropped or added where that gives them the rank of `values`."""
    fitting: Tensor = at_any_rank(_with_values, as_batch(weights, values), values)[0]
    return fitting


def _with_values(weights: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    return _aligned(weights, values), values


def _aligned(weights: Tensor, values: Tensor) -> Tensor:
    if weights.dim() == values.dim() + 1 and weights.shape[-1] == 1:
        return weights.squeeze(-1)
    if weights.dim() and weights.dim() == values.dim() - 1:
        return weights.unsqueeze(-1)
    return weights


def broadcast(weights: Tensor, values: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Weights of the shape of `values`.

    Raises:
      ValueError: the weights are no scalar, and neither have the rank of `values` nor its sizes or 1.
    """
    spread: Tensor = at_any_rank(_spread, weights.to(dtype), values)[0]
    return spread


def _spread(weights: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    if weights.dim() and not fits(weights.shape, values.shape, one=True):
        raise ValueError(
            f"weights can not be broadcast to values. values.rank={values.dim()}. weights.rank={weights.dim()}. "
            f"values.shape={tuple(values.shape)}. weights.shape={tuple(weights.shape)}. Expected a number, or a tensor "
            f"of the rank of the values with their sizes, or 1, on every axis."
        )
    return weights.expand_as(values), values


def quotient(dividend: Tensor, divisor: Tensor) -> Tensor:
    """The quotient, and zero where the divisor is not positive."""
    return torch.where(divisor > 0, dividend / torch.where(divisor > 0, divisor, 1), 0)
