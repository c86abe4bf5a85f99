"""Covariance and correlation, the weight of elements, and the elements themselves, over batches."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from slim_torch.inference import tensor_like
from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import aligned, as_batch, broadcast, fitted
from slim_torch.streaming.core import Collections, Metric, State, metric
from slim_torch.symbolic import SymbolicTensor, static_shape

__all__ = ["concat", "count", "covariance", "pearson_correlation"]

_MOMENTS = ("count", "mean_prediction", "mean_label", "comoment")


def _merged_moments(state: State, predictions: Tensor, labels: Tensor, weights: Tensor) -> State:
    """Count, means and comoment of all batches from those so far and of one more."""
    count, prediction, label, comoment = state
    batch = weights.sum()
    # Without weight these are NaN, and the comoment from then on: TensorFlow does so.
    batch_prediction = (predictions * weights).sum() / batch
    batch_label = (labels * weights).sum() / batch
    batch_comoment = ((predictions - batch_prediction) * (labels - batch_label) * weights).sum()
    total = count + batch
    share = batch / total
    new_prediction = torch.where(batch > 0, prediction + (batch_prediction - prediction) * share, prediction)
    new_label = torch.where(batch > 0, label + (batch_label - label) * share, label)
    apart = (batch_prediction - prediction) * (batch_label - label) * count * share
    return total, new_prediction, new_label, comoment + batch_comoment + apart


def _covariance(state: State) -> Tensor:
    count, _, _, comoment = state
    return torch.where(count > 1, comoment / (count - 1), torch.nan)


def _pair(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Tensor, Tensor]:
    predictions, labels, weights = fitted(predictions, labels, weights)
    predictions, labels = predictions.float(), labels.float()
    if weights is not None and weights.dtype != torch.float32:
        raise ValueError(
            f"weights: Tensor conversion requested dtype float32 for Tensor with dtype {str(weights.dtype)[6:]}. "
            f"Pass weights.float()."
        )
    weights = torch.ones_like(predictions) if weights is None else broadcast(weights, predictions)
    return predictions, labels, weights


def covariance(
    predictions: Tensor,
    labels: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The unbiased sample covariance of predictions and labels, where weights count elements.

    Args:
      predictions, labels: of one shape, up to a last axis of size 1.
      weights: a number, or a tensor that broadcasts to them; None counts each element once.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"covariance"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32; NaN up to a weight of 1. Creates the local variables `count`,
      `mean_prediction`, `mean_label` and `comoment`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.

    Source: tf.contrib.metrics.streaming_covariance.
    """
    with variable_scope(name, "covariance"):
        return metric(
            [(moment, (), torch.float32) for moment in _MOMENTS],
            _merged_moments,
            _covariance,
            _pair(predictions, labels, weights),
            metrics_collections,
            updates_collections,
            ops=("covariance", "update_op"),
        )


def _merged_correlation(state: State, predictions: Tensor, labels: Tensor, weights: Tensor) -> State:
    return (
        *_merged_moments(state[:4], predictions, labels, weights),
        *_merged_moments(state[4:8], predictions, predictions, weights),
        *_merged_moments(state[8:], labels, labels, weights),
    )


def _pearson(state: State) -> Tensor:
    both, predictions, labels = (_covariance(state[start : start + 4]) for start in (0, 4, 8))
    return both / (predictions.sqrt() * labels.sqrt())


def pearson_correlation(
    predictions: Tensor,
    labels: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """Pearson's correlation coefficient of predictions and labels.

    See `covariance`; `name` is `"pearson_r"` by default, and three times four local variables are created, under
    `covariance`, `variance_predictions` and `variance_labels`.

    Source: tf.contrib.metrics.streaming_pearson_correlation.
    """
    with variable_scope(name, "pearson_r"):
        return metric(
            [
                (f"{group}/{moment}", (), torch.float32)
                for group in ("covariance", "variance_predictions", "variance_labels")
                for moment in _MOMENTS
            ],
            _merged_correlation,
            _pearson,
            _pair(predictions, labels, weights),
            metrics_collections,
            updates_collections,
            ops=("pearson_r", "update_op"),
        )


def count(
    values: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The number of elements, or the sum of their weights.

    Args:
      values: any shape.
      weights: a number, or a tensor that broadcasts to `values`; None counts each element once.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"count"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variable `count`.

    Raises:
      ValueError: `weights` do not fit.

    Source: tf.contrib.metrics.count.
    """
    with variable_scope(name, "count"):
        values = as_batch(values)
        if weights is not None:
            weights = broadcast(aligned(weights, values), values)

        def update(state: State, values: Tensor, weights: Tensor | None) -> State:
            return (state[0] + (values.numel() if weights is None else weights.sum()),)

        return metric(
            [("count", (), torch.float32)],
            update,
            lambda state: state[0],
            (values, weights),
            metrics_collections,
            updates_collections,
            ops=("Identity", "AssignAdd"),
        )


def concat(
    values: Tensor,
    axis: int = 0,
    max_size: int | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The values of all batches, one after the other along `axis`.

    Args:
      values: at least rank 1.
      max_size: how long the result may become; what comes later is dropped. None means no limit.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"streaming_concat"` by default.

    Returns:
      `(value, update_op)`: the values so far, and an update that gives nothing. Creates the local variable
      `array`, which grows and has `axis` first, and `size`, int32.

    Raises:
      ValueError: `values` is a scalar, or has no such axis.

    Source: tf.contrib.metrics.streaming_concat. There the array grows ahead of its contents.
    """
    with variable_scope(name, "streaming_concat"):
        values = as_batch(values)
        if not values.dim():
            raise ValueError("values must be at least rank 1; got a scalar. Pass values[None].")
        if not -values.dim() <= axis < values.dim():
            raise ValueError(f"axis = {axis} not in [0, {values.dim()}). Pass an axis of the values.")

        def update(state: State, values: Tensor) -> State:
            array = torch.cat([state[0], values.movedim(axis, 0)])[:max_size]
            return array, torch.full_like(state[1], array.shape[0])

        # The variable has the axis that grows first.
        start = list(values.shape)
        del start[axis]
        known: list[int | None] = list(values.shape)
        if isinstance(values, SymbolicTensor):
            known = static_shape(values.stand_ins) or known
        known[axis] = None
        return metric(
            [("array", [0, *start], values.dtype), ("size", (), torch.int32)],
            update,
            lambda state: state[0].movedim(0, axis),
            (values,),
            metrics_collections,
            updates_collections,
            updated=lambda state: state[1],
            ops=("concat", "Assign"),
            static=tensor_like(known, values.dtype),
        )
