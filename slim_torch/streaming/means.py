"""Metrics that are means over elements: of values, errors, hits."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import (
    aligned,
    as_batch,
    broadcast,
    check_same_shape,
    equal,
    fitted,
    quotient,
    same_dtype,
    squeezed,
)
from slim_torch.streaming.core import Collections, Metric, State, derived, metric

__all__ = [
    "accuracy",
    "in_top_k",
    "mean",
    "mean_absolute_error",
    "mean_cosine_distance",
    "mean_relative_error",
    "mean_squared_error",
    "mean_tensor",
    "percentage_below",
    "root_mean_squared_error",
]


def _mean_update(state: State, values: Tensor, weights: Tensor | None) -> State:
    total, count = state
    values = values.float()
    if weights is None:
        return total + values.sum(), count + values.numel()
    return total + (values * weights).sum(), count + weights.sum()


def _mean_value(state: State) -> Tensor:
    return quotient(*state)


def mean(
    values: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of all elements.

    Args:
      values: any shape, any dtype.
      weights: a number, or a tensor that broadcasts to `values`; None weighs all elements alike.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"mean"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variables `total` and `count`.

    Raises:
      ValueError: `weights` do not fit.

    Source: tf.metrics.mean.
    """
    with variable_scope(name, "mean"):
        values = as_batch(values)
        if weights is not None:
            weights = broadcast(aligned(weights, values), values)
        return metric(
            [("total", (), torch.float32), ("count", (), torch.float32)],
            _mean_update,
            _mean_value,
            (values, weights),
            metrics_collections,
            updates_collections,
        )


def _mean_tensor_update(state: State, values: Tensor, weights: Tensor | None) -> State:
    total, count = state
    weights = torch.ones_like(values) if weights is None else weights
    return total + values * weights, count + weights


def mean_tensor(
    values: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of every element over the batches.

    Args:
      values: of one shape in all batches.
      weights, metrics_collections, updates_collections: see `mean`.
      name: the name scope, `"mean"` by default.

    Returns:
      `(value, update_op)`, both float32 of the shape of `values`. Creates the local variables `total_tensor` and
      `count_tensor`.

    Raises:
      ValueError: `weights` do not fit.

    Source: tf.metrics.mean_tensor.
    """
    with variable_scope(name, "mean"):
        values = as_batch(values).float()
        if weights is not None:
            weights = broadcast(aligned(weights, values), values)
        return metric(
            [("total_tensor", values.shape, torch.float32), ("count_tensor", values.shape, torch.float32)],
            _mean_tensor_update,
            _mean_value,
            (values, weights),
            metrics_collections,
            updates_collections,
        )


def percentage_below(
    values: Tensor,
    threshold: Any,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The fraction of elements, by weight, that are less than `threshold`.

    See `mean`; `name` is `"percentage_below_threshold"` by default. Source: tf.metrics.percentage_below.
    """
    below = as_batch(values) < threshold
    return mean(
        below, weights, metrics_collections, updates_collections, name or "percentage_below_threshold"
    )


def accuracy(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The fraction of predictions, by weight, that equal their labels.

    Args:
      labels, predictions: of one shape, up to a last axis of size 1.
      weights, metrics_collections, updates_collections: see `mean`.
      name: the name scope, `"accuracy"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variables `total` and `count`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.

    Source: tf.metrics.accuracy.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    hits = equal(predictions, labels)
    return mean(hits, weights, metrics_collections, updates_collections, name or "accuracy")


def in_top_k(
    predictions: Tensor,
    labels: Tensor,
    k: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The fraction of rows, by weight, whose label is among the `k` highest predictions.

    Args:
      predictions: `[batch, classes]`.
      labels: `[batch]`.
      weights, metrics_collections, updates_collections: see `mean`.
      name: the name scope, `"recall_at_<k>"` by default.

    Source: tf.contrib.metrics.streaming_recall_at_k.
    """
    predictions, labels = as_batch(predictions), as_batch(labels)
    own = predictions.gather(-1, labels.long().unsqueeze(-1))
    hits = (predictions > own).sum(-1) < k
    return mean(hits, weights, metrics_collections, updates_collections, name or f"recall_at_{k}")


def mean_absolute_error(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of `|labels - predictions|`.

    See `accuracy`; `name` is `"mean_absolute_error"` by default. Source: tf.metrics.mean_absolute_error.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    same_dtype(predictions, labels)
    errors = (predictions - labels).abs()
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_absolute_error")


def mean_squared_error(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of `(labels - predictions) ** 2`.

    See `accuracy`; `name` is `"mean_squared_error"` by default. Source: tf.metrics.mean_squared_error.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    same_dtype(predictions, labels)
    errors = (predictions - labels).square()
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_squared_error")


def root_mean_squared_error(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The square root of `mean_squared_error`.

    `name` is `"root_mean_squared_error"` by default. Source: tf.metrics.root_mean_squared_error.
    """
    base = mean_squared_error(labels, predictions, weights, name=name or "root_mean_squared_error")
    return derived(base, torch.sqrt, "Sqrt", metrics_collections, updates_collections)


def mean_relative_error(
    labels: Tensor,
    predictions: Tensor,
    normalizer: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The weighted mean of `|labels - predictions| / normalizer`, which is 0 where the normalizer is.

    See `accuracy`; `normalizer` is of the shape of the predictions, `name` is `"mean_relative_error"` by default.
    Source: tf.metrics.mean_relative_error.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    predictions, normalizer = squeezed(predictions, as_batch(normalizer, predictions))
    check_same_shape(predictions, normalizer)
    zero = normalizer == 0
    errors = torch.where(zero, 0, (labels - predictions).abs() / torch.where(zero, 1, normalizer))
    return mean(errors, weights, metrics_collections, updates_collections, name or "mean_relative_error")


def mean_cosine_distance(
    labels: Tensor,
    predictions: Tensor,
    dim: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """One minus the weighted mean of the dot products along `dim` of vectors of length one.

    See `accuracy`; `weights` have size 1 at `dim`, `name` is `"mean_cosine_distance"` by default.
    Source: tf.metrics.mean_cosine_distance.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    products = (predictions * labels).sum(dim, keepdim=True)
    base = mean(products, weights, None, None, name or "mean_cosine_distance")
    return derived(base, lambda mean: 1 - mean, "Sub", metrics_collections, updates_collections)
