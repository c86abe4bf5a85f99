"""Precision and recall of the classes that are ranked first, for rows with any number of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from slim_torch.graph import get_default_graph
from slim_torch.sparse import SparseTensor, SparseTensorValue, sparse_tensor_to_dense
from slim_torch.streaming.arguments import as_batch, at_any_rank, broadcast, quotient
from slim_torch.streaming.core import Collections, Metric, State, call_it, metric

__all__ = [
    "average_precision_at_k",
    "average_precision_at_top_k",
    "precision_at_k",
    "precision_at_top_k",
    "recall_at_k",
    "recall_at_top_k",
]


def _top(predictions: Any, k: int) -> Tensor:
    """The `k` best classes of each row, the first of equals first."""
    predictions = as_batch(predictions)
    if not 0 <= k <= predictions.shape[-1]:
        raise ValueError(
            f"input must have last dimension >= k = {k} but is {predictions.shape[-1]}. Pass a k of at most the "
            f"number of classes."
        )
    return predictions.sort(stable=True, dim=-1, descending=True).indices[..., :k]


_NO_LABEL = torch.iinfo(torch.int64).min
"""Fills rows of sparse labels up to the longest."""


def _labels(labels: Any, top: Tensor) -> Tensor:
    """Labels `[rows, labels]`, one label for each row getting an axis of its own."""
    if isinstance(labels, SparseTensorValue):
        labels = SparseTensor(*labels)
    if isinstance(labels, SparseTensor):
        labels = sparse_tensor_to_dense(labels, None if labels.dtype != torch.int64 else _NO_LABEL)
    labels = as_batch(labels, top)
    if labels.dtype != torch.int64:
        raise TypeError(f"labels have type {str(labels.dtype)[6:]}, expected int64. Pass labels.long().")
    rows: Tensor = at_any_rank(_in_rows, labels, top)[0]
    return rows


def _in_rows(labels: Tensor, top: Tensor) -> tuple[Tensor, Tensor]:
    return labels.unsqueeze(-1) if labels.dim() == top.dim() - 1 else labels, top


def _weights(weights: Any, values: Tensor) -> Tensor | None:
    return None if weights is None else broadcast(as_batch(weights, values), values, torch.float64)


def _summed(values: Tensor, weights: Tensor | None) -> Tensor:
    values = values.double()
    return (values if weights is None else values * weights).sum()


def _is_label(top: Tensor, labels: Tensor) -> Tensor:
    """Whether each of the best classes is among the labels of its row."""
    return torch.eq(top.unsqueeze(-1), labels.unsqueeze(-2)).any(-1)


def _repeated(labels: Tensor) -> Tensor:
    """Where a row names a class again."""
    earlier = torch.ones(labels.shape[-1], labels.shape[-1], dtype=torch.bool, device=labels.device).tril(-1)
    return (torch.eq(labels.unsqueeze(-1), labels.unsqueeze(-2)) & earlier).any(-1)


def _hits(top: Tensor, labels: Tensor, class_id: int | None) -> Tensor:
    hits = _is_label(top, labels) & ~_repeated(top)
    return (hits if class_id is None else hits & (top == class_id)).sum(-1)


def _misses(top: Tensor, labels: Tensor, class_id: int | None) -> Tensor:
    misses = ~_is_label(top, labels) & ~_repeated(top)
    return (misses if class_id is None else misses & (top == class_id)).sum(-1)


def _missed_labels(top: Tensor, labels: Tensor, class_id: int | None) -> Tensor:
    missed = ~_is_label(labels, top) & ~_repeated(labels) & (labels != _NO_LABEL)
    return (missed if class_id is None else missed & (labels == class_id)).sum(-1)


def _top_ratio(
    default: str,
    outcome: str,
    others: Callable[[Tensor, Tensor, int | None], Tensor],
    labels: Any,
    top: Tensor,
    k: int | None,
    class_id: int | None,
    weights: Any,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
) -> Metric:
    """Hits among hits and others, each row with its weight."""
    suffix = f"{'k' if k is None else k}" + ("" if class_id is None else f"_class{class_id}")
    scope = get_default_graph().name_scope(name or f"{default}_at_{suffix}")
    with scope as opened:
        labels = _labels(labels, top)
        weights = _weights(weights, top.sum(-1))

        def update(state: State, top: Tensor, labels: Tensor, weights: Tensor | None) -> State:
            return (
                state[0] + _summed(_hits(top, labels, class_id), weights),
                state[1] + _summed(others(top, labels, class_id), weights),
            )

        result = metric(
            [
                (f"true_positive_at_{suffix}", (), torch.float64),
                (f"{outcome}_at_{suffix}", (), torch.float64),
            ],
            update,
            lambda state: state[0] / (state[0] + state[1]),
            (top, labels, weights),
            metrics_collections,
            updates_collections,
            ops=("value", "update"),
        )
        # The value has the name of the scope.
        call_it(result[0], opened)
        return result


def precision_at_top_k(
    labels: Tensor,
    predictions_idx: Tensor,
    k: int | None = None,
    class_id: int | None = None,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """`precision_at_k` of classes that are ranked already.

    Args:
      predictions_idx: int64 `[..., k]`, the classes ranked first.
      k: goes into names only.

    Source: tf.metrics.precision_at_top_k.
    """
    return _top_ratio(
        "precision",
        "false_positive",
        _misses,
        labels,
        as_batch(predictions_idx).long(),
        k,
        class_id,
        weights,
        metrics_collections,
        updates_collections,
        name,
    )


def recall_at_top_k(
    labels: Tensor,
    predictions_idx: Tensor,
    k: int | None = None,
    class_id: int | None = None,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """`recall_at_k` of classes that are ranked already.

    Args:
      predictions_idx: int64 `[..., k]`, the classes ranked first.
      k: goes into names only.

    Source: tf.metrics.recall_at_top_k.
    """
    return _top_ratio(
        "recall",
        "false_negative",
        _missed_labels,
        labels,
        as_batch(predictions_idx).long(),
        k,
        class_id,
        weights,
        metrics_collections,
        updates_collections,
        name,
    )


def precision_at_k(
    labels: Tensor,
    predictions: Tensor,
    k: int,
    class_id: int | None = None,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """How many of the `k` classes ranked first are labels of their row.

    Args:
      labels: int64 `[..., labels]`, or `[...]` for one label.
      predictions: `[..., classes]`, higher means better.
      k: how many classes are looked at.
      class_id: counts only what concerns this class.
      weights: a number, or a tensor that broadcasts to `[...]`; None weighs all rows alike.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"precision_at_<k>"` by default, with `"_class<class_id>"` for a class.

    Returns:
      `(value, update_op)`, both 0-d float64; NaN where nothing has been counted. Creates the local variables
      `true_positive_at_<k>` and `false_positive_at_<k>`.

    Raises:
      ValueError: `k` is not between 1 and the number of classes, or `weights` do not fit.

    Source: tf.metrics.precision_at_k.
    """
    return precision_at_top_k(
        labels, _top(predictions, k), k, class_id, weights, metrics_collections, updates_collections, name
    )


def recall_at_k(
    labels: Tensor,
    predictions: Tensor,
    k: int,
    class_id: int | None = None,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """How many of the labels are among the `k` classes ranked first.

    See `precision_at_k`; the second variable is `false_negative_at_<k>`. Source: tf.metrics.recall_at_k.
    """
    return recall_at_top_k(
        labels, _top(predictions, k), k, class_id, weights, metrics_collections, updates_collections, name
    )


def _average_precision(top: Tensor, labels: Tensor, classes: int | None) -> Tensor:
    """The mean of the precisions at each rank that holds a label, float64 `[...]`; NaN without valid labels."""
    hits = _is_label(top, labels).double()
    ranks = torch.arange(1, top.shape[-1] + 1, dtype=torch.float64, device=top.device)
    precisions = hits.cumsum(-1) / ranks
    valid = labels >= 0 if classes is None else (labels >= 0) & (labels < classes)
    return (precisions * hits).sum(-1) / valid.sum(-1).clamp(max=top.shape[-1])


def average_precision_at_top_k(
    top_k_predictions: Tensor,
    labels: Tensor,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """`average_precision_at_k` of classes that are ranked already, int64 `[..., k]`.

    `name` is `"average_precision_at_top_k"` by default.
    Source: tf.contrib.metrics.streaming_sparse_average_precision_at_top_k.
    """
    return _average(
        labels,
        as_batch(top_k_predictions).long(),
        weights,
        metrics_collections,
        updates_collections,
        name or "average_precision_at_top_k",
        "max",
        None,
    )


def average_precision_at_k(
    labels: Tensor,
    predictions: Tensor,
    k: int,
    weights: Tensor | None = None,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The mean over rows of their average precision: of the precisions at each rank up to `k` that holds a label.

    See `precision_at_k`; `name` is `"average_precision_at_<k>"` by default. Creates the local variables `max_1` and
    `total`, both float64. Source: tf.metrics.average_precision_at_k.
    """
    if k < 1:
        raise ValueError(f"Invalid k={k}. Pass a k of at least 1.")
    top = _top(predictions, k)
    name = name or f"average_precision_at_{k}"
    return _average(
        labels,
        top,
        weights,
        metrics_collections,
        updates_collections,
        name,
        "max_1",
        as_batch(predictions).shape[-1],
    )


def _average(
    labels: Any,
    top: Tensor,
    weights: Any,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str,
    most: str,
    classes: int | None,
) -> Metric:
    with get_default_graph().name_scope(name) as opened:
        labels = _labels(labels, top)
        weights = _weights(weights, top.sum(-1))

        def update(state: State, top: Tensor, labels: Tensor, weights: Tensor | None) -> State:
            averages = _average_precision(top, labels, classes)
            rows = torch.ones_like(averages) if weights is None else weights
            return state[0] + rows.sum(), state[1] + (averages * rows).sum()

        result = metric(
            [(most, (), torch.float64), ("total", (), torch.float64)],
            update,
            lambda state: quotient(state[1], state[0]),
            (top, labels, weights),
            metrics_collections,
            updates_collections,
            ops=("mean", "update"),
        )
        # The update has the name of the scope.
        call_it(result[1], opened)
        return result
