"""How predictions, labels and weights are made to fit each other, as the metrics of TensorFlow do it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.dtypes import constant_dtype
from slim_torch.loss_support import fits
from slim_torch.tensors import as_tensor

__all__ = [
    "aligned",
    "as_batch",
    "broadcast",
    "check_same_shape",
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
    predictions, labels = squeezed(predictions, as_batch(labels, predictions))
    check_same_shape(predictions, labels)
    return predictions, labels, None if weights is None else aligned(weights, predictions)


def same_dtype(predictions: Tensor, labels: Tensor) -> None:
    """Raises TypeError where the dtypes differ: nothing is promoted."""
    if predictions.dtype != labels.dtype:
        raise TypeError(
            f"predictions have type {str(predictions.dtype)[6:]} that does not match type {str(labels.dtype)[6:]} of "
            f"the labels. Cast one of them."
        )


def aligned(weights: Any, values: Tensor) -> Tensor:
    """Weights with a last axis of size 1 dropped or added where that gives them the rank of `values`."""
    weights = as_batch(weights, values)
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
    if weights.dim() and not fits(weights.shape, values.shape, one=True):
        raise ValueError(
            f"weights can not be broadcast to values. values.rank={values.dim()}. weights.rank={weights.dim()}. "
            f"values.shape={tuple(values.shape)}. weights.shape={tuple(weights.shape)}. Expected a number, or a tensor "
            f"of the rank of the values with their sizes, or 1, on every axis."
        )
    return weights.to(dtype).expand_as(values)


def quotient(dividend: Tensor, divisor: Tensor) -> Tensor:
    """The quotient, and zero where the divisor is not positive."""
    return torch.where(divisor > 0, dividend / torch.where(divisor > 0, divisor, 1), 0)
