"""Metrics of confusion between classes: the matrix itself, intersection over union, accuracy by class, kappa."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import aligned, as_batch, broadcast, check_same_shape, fitted, quotient
from slim_torch.streaming.core import Collections, Metric, State, metric, required
from slim_torch.tensors import known_value

__all__ = ["cohen_kappa", "confusion", "mean_iou", "mean_per_class_accuracy"]


def confusion(
    labels: Tensor, predictions: Tensor, classes: int, weights: Tensor | None, dtype: torch.dtype
) -> Tensor:
    """How often, by weight, row's label was predicted as column's class: `[classes, classes]`.

    Raises:
      tf.errors.InvalidArgumentError: a label or prediction is not in `[0, classes)`.
    """
    labels, predictions = labels.reshape(-1).long(), predictions.reshape(-1).long()
    labels, predictions = _classes(labels, "labels", classes), _classes(predictions, "predictions", classes)
    ones = torch.ones_like(labels, dtype=dtype) if weights is None else weights.reshape(-1).to(dtype)
    flat = torch.zeros(classes * classes, dtype=dtype, device=labels.device)
    return flat.index_add(0, labels * classes + predictions, ones).reshape(classes, classes)


def _classes(values: Tensor, name: str, classes: int) -> Tensor:
    """Classes that are checked, and can be used as indices even if the failure is yet to be seen."""
    required(values >= 0, f"`{name}` contains negative values")
    required(values < classes, f"`{name}` out of bound: not less than num_classes={classes}")
    return values.clamp(0, classes - 1)


def _count_of_classes(num_classes: Any) -> int:
    """The number of classes, which the shapes of variables have."""
    known = known_value(num_classes)
    if known is None:
        raise ValueError(
            f"num_classes has to be known before anything runs, got {num_classes!r}. Pass a number."
        )
    return int(known)


def _classified(labels: Any, predictions: Any, weights: Any, dtype: torch.dtype) -> tuple[Any, ...]:
    predictions, labels = as_batch(predictions), as_batch(labels)
    predictions, labels = predictions.reshape(-1), labels.reshape(-1)
    check_same_shape(predictions, labels)
    if weights is not None:
        weights = as_batch(weights, predictions)
        weights = broadcast(weights.reshape(-1) if weights.dim() > 1 else weights, predictions, dtype)
    return labels, predictions, weights


def _mean_of_defined(dividends: Tensor, divisors: Tensor) -> Tensor:
    """The mean of the quotients whose divisor is positive; 0 without any."""
    defined = divisors > 0
    quotients = torch.where(defined, dividends / torch.where(defined, divisors, 1), 0)
    count = defined.sum()
    return torch.where(count > 0, quotients.sum() / count.clamp(min=1), 0)


def mean_iou(
    labels: Tensor,
    predictions: Tensor,
    num_classes: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of intersection over union of where they are and where they are predicted.

    Args:
      labels, predictions: classes in `[0, num_classes)`, of one shape.
      weights: one for each element; None weighs all alike.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"mean_iou"` by default.

    Returns:
      `(value, update_op)`: 0-d float32, classes that never occurred left out; and the matrix so far, float64
      `[num_classes, num_classes]`. Creates the local variable `total_confusion_matrix`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      tf.errors.InvalidArgumentError: at the update, a class is out of range.

    Source: tf.metrics.mean_iou.
    """
    num_classes = _count_of_classes(num_classes)
    with variable_scope(name, "mean_iou"):
        check_same_shape(as_batch(predictions), as_batch(labels))
        batch = _classified(labels, predictions, weights, torch.float64)
        if weights is not None:
            check_same_shape(
                batch[0], as_batch(weights).flatten() if as_batch(weights).dim() else as_batch(weights)
            )

        def update(state: State, labels: Tensor, predictions: Tensor, weights: Tensor | None) -> State:
            return (state[0] + confusion(labels, predictions, num_classes, weights, torch.float64),)

        def value(state: State) -> Tensor:
            matrix = state[0].float()
            both = matrix.diagonal()
            return _mean_of_defined(both, matrix.sum(0) + matrix.sum(1) - both)

        return metric(
            [("total_confusion_matrix", (num_classes, num_classes), torch.float64)],
            update,
            value,
            batch,
            metrics_collections,
            updates_collections,
            updated=lambda state: state[0],
            ops=("Select_1", "AssignAdd"),
        )


def mean_per_class_accuracy(
    labels: Tensor,
    predictions: Tensor,
    num_classes: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over classes of the fraction of their elements, by weight, that are predicted right.

    See `mean_iou`; `name` is `"mean_accuracy"` by default, the update gives the fractions, `[num_classes]`, and the
    local variables are `total` and `count`. Source: tf.metrics.mean_per_class_accuracy.
    """
    num_classes = _count_of_classes(num_classes)
    with variable_scope(name, "mean_accuracy"):

        def update(state: State, labels: Tensor, predictions: Tensor, weights: Tensor | None) -> State:
            weights = torch.ones_like(labels, dtype=torch.float32) if weights is None else weights
            right = weights * torch.eq(labels, predictions)
            places = _classes(labels.long(), "labels", num_classes)
            return state[0].index_add(0, places, weights), state[1].index_add(0, places, right)

        def fractions(state: State) -> Tensor:
            total, count = state
            return torch.where(total > 0, count / torch.where(total > 0, total, 1), 0)

        return metric(
            [("total", (num_classes,), torch.float32), ("count", (num_classes,), torch.float32)],
            update,
            lambda state: fractions(state).mean(),
            _classified(labels, predictions, weights, torch.float32),
            metrics_collections,
            updates_collections,
            updated=fractions,
            ops=("mean_accuracy", "update_op"),
        )


def cohen_kappa(
    labels: Tensor,
    predictions_idx: Tensor,
    num_classes: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """Cohen's kappa: how much more labels and predictions agree than by chance.

    Args:
      labels, predictions_idx: classes in `[0, num_classes)`, `[batch]` or `[batch, 1]`.
      weights: one for each element; None weighs all alike.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"cohen_kappa"` by default.

    Returns:
      `(value, update_op)`, both 0-d float64. Creates the local variables `po`, `pe_row` and `pe_col`: int64, or
      float32 with weights.

    Raises:
      ValueError: the shapes differ, or there are fewer than two classes.
      tf.errors.InvalidArgumentError: at the update, a class is out of range.

    Source: tf.contrib.metrics.cohen_kappa.
    """
    num_classes = _count_of_classes(num_classes)
    if num_classes < 2:
        raise ValueError(f"`num_classes` must be >= 2.Found: {num_classes}")
    with variable_scope(name, "cohen_kappa"):
        predictions, labels, weights = fitted(predictions_idx, labels, weights)
        if labels.dim() == 2 and labels.shape[-1] == 1:
            predictions, labels = predictions.squeeze(-1), labels.squeeze(-1)
        if labels.dim() != 1:
            raise ValueError(
                f"cohen_kappa: Can not squeeze labels of shape {tuple(labels.shape)}, expected [batch] or [batch, 1]."
            )
        dtype = torch.int64 if weights is None else torch.float32
        if weights is not None:
            weights = broadcast(aligned(weights, labels), labels)

        def update(state: State, labels: Tensor, predictions: Tensor, weights: Tensor | None) -> State:
            matrix = confusion(labels, predictions, num_classes, weights, dtype)
            return state[0] + matrix.diagonal(), state[1] + matrix.sum(0), state[2] + matrix.sum(1)

        def value(state: State) -> Tensor:
            agreed, rows, columns = (part.double() for part in state)
            total = columns.sum()
            by_chance = quotient((rows * columns).sum(), total)
            return quotient(agreed.sum() - by_chance, total - by_chance)

        return metric(
            [(name, (num_classes,), dtype) for name in ("po", "pe_row", "pe_col")],
            update,
            value,
            (labels, predictions, weights),
            metrics_collections,
            updates_collections,
        )
