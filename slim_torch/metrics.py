"""The metrics of tf.contrib.metrics (`slim.metrics`): the names, and metrics put together.

What they compute is in the package `streaming`; those of `tf.metrics`, labels first, are in `tf/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from slim_torch.confusion import confusion_matrix
from slim_torch.scopes import name_scope
from slim_torch.set_ops import set_difference, set_intersection, set_size, set_union
from slim_torch.streaming import counts, curves, exact, matrices, means, ranking, statistics
from slim_torch.streaming.arguments import check_same_shape, equal
from slim_torch.streaming.buckets import auc_using_histogram, precision_recall_at_equal_thresholds
from slim_torch.streaming.core import Metric, MetricUpdate, MetricValue
from slim_torch.streaming.curves import f1_score, precision_at_recall, recall_at_precision
from slim_torch.streaming.exact import auc_with_confidence_intervals
from slim_torch.streaming.matrices import cohen_kappa
from slim_torch.streaming.names import contrib
from slim_torch.streaming.statistics import count
from slim_torch.tensors import as_tensor, named

__all__ = [
    "accuracy",
    "aggregate_metric_map",
    "aggregate_metrics",
    "auc_using_histogram",
    "auc_with_confidence_intervals",
    "cohen_kappa",
    "confusion_matrix",
    "count",
    "f1_score",
    "precision_at_recall",
    "precision_recall_at_equal_thresholds",
    "recall_at_precision",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
    "sparse_recall_at_top_k",
    "streaming_accuracy",
    "streaming_auc",
    "streaming_concat",
    "streaming_covariance",
    "streaming_curve_points",
    "streaming_dynamic_auc",
    "streaming_false_negative_rate",
    "streaming_false_negative_rate_at_thresholds",
    "streaming_false_negatives",
    "streaming_false_negatives_at_thresholds",
    "streaming_false_positive_rate",
    "streaming_false_positive_rate_at_thresholds",
    "streaming_false_positives",
    "streaming_false_positives_at_thresholds",
    "streaming_mean",
    "streaming_mean_absolute_error",
    "streaming_mean_cosine_distance",
    "streaming_mean_iou",
    "streaming_mean_relative_error",
    "streaming_mean_squared_error",
    "streaming_mean_tensor",
    "streaming_pearson_correlation",
    "streaming_percentage_less",
    "streaming_precision",
    "streaming_precision_at_thresholds",
    "streaming_recall",
    "streaming_recall_at_k",
    "streaming_recall_at_thresholds",
    "streaming_root_mean_squared_error",
    "streaming_sensitivity_at_specificity",
    "streaming_sparse_average_precision_at_k",
    "streaming_sparse_average_precision_at_top_k",
    "streaming_sparse_precision_at_k",
    "streaming_sparse_precision_at_top_k",
    "streaming_sparse_recall_at_k",
    "streaming_specificity_at_sensitivity",
    "streaming_true_negatives",
    "streaming_true_negatives_at_thresholds",
    "streaming_true_positives",
    "streaming_true_positives_at_thresholds",
]


def accuracy(
    predictions: Tensor, labels: Tensor, weights: Tensor | None = None, name: str | None = None
) -> Tensor:
    """The fraction of the predictions of this batch, by weight, that equal their labels.

    Args:
      predictions, labels: of one shape and dtype: bools, integers or strings.
      weights: a number, or a tensor that broadcasts to them; None weighs all alike.
      name: the name scope, `"accuracy"` by default.

    Returns:
      0-d float32.

    Raises:
      ValueError: another dtype, or dtypes or shapes that differ.

    Source: tf.contrib.metrics.accuracy.
    """
    for what, tensor in (("Labels", labels), ("Predictions", predictions)):
        if tensor.dtype.is_floating_point or tensor.dtype.is_complex:
            raise ValueError(f"{what} should have bool, integer, or string dtype, not {tensor.dtype}")
    if labels.dtype != predictions.dtype:
        raise ValueError(
            f"Dtypes of predictions and labels should match. Given: predictions ({predictions.dtype}) and labels "
            f"({labels.dtype})"
        )
    check_same_shape(predictions, labels)
    with name_scope(name, "accuracy", [predictions, labels, weights]):
        right = equal(predictions, labels).to(torch.float32)
        if weights is None:
            return named(right.mean(), None, "Mean")
        factors = as_tensor(weights, like=right).to(torch.float32)
        return named((right * factors).sum() / factors.expand_as(right).sum(), None, "div")


def aggregate_metrics(*value_update_tuples: Metric) -> tuple[list[MetricValue], list[MetricUpdate]]:
    """The values and the updates of several metrics, as two lists.

    Raises:
      ValueError: no metrics are given.

    Source: tf.contrib.metrics.aggregate_metrics.
    """
    if not value_update_tuples:
        raise ValueError("Expected at least one value_tensor/update_op pair")
    values, updates = zip(*value_update_tuples)
    return list(values), list(updates)


def aggregate_metric_map(
    names_to_tuples: Mapping[Any, Metric],
) -> tuple[dict[Any, MetricValue], dict[Any, MetricUpdate]]:
    """The values and the updates of named metrics, as two dicts.

    Source: tf.contrib.metrics.aggregate_metric_map.
    """
    return (
        {name: value for name, (value, _) in names_to_tuples.items()},
        {name: update for name, (_, update) in names_to_tuples.items()},
    )


sparse_recall_at_top_k = contrib(
    ranking.recall_at_top_k,
    "sparse_recall_at_top_k",
    swapped=False,
    drop=("k",),
    renamed={"predictions_idx": "top_k_predictions"},
)
streaming_accuracy = contrib(means.accuracy, "streaming_accuracy")
streaming_auc = contrib(curves.auc, "streaming_auc", drop=("summation_method", "thresholds"))
streaming_concat = contrib(statistics.concat, "streaming_concat", swapped=False)
streaming_covariance = contrib(statistics.covariance, "streaming_covariance", swapped=False)
streaming_curve_points = contrib(curves.curve_points, "streaming_curve_points", swapped=False)
streaming_dynamic_auc = contrib(exact.dynamic_auc, "streaming_dynamic_auc", swapped=False)
streaming_false_negative_rate = contrib(counts.false_negative_rate, "streaming_false_negative_rate")
streaming_false_negative_rate_at_thresholds = contrib(
    counts.false_negative_rate_at_thresholds, "streaming_false_negative_rate_at_thresholds"
)
streaming_false_negatives = contrib(counts.false_negatives, "streaming_false_negatives")
streaming_false_negatives_at_thresholds = counts.unscoped_at_thresholds("false_negatives")
streaming_false_positive_rate = contrib(counts.false_positive_rate, "streaming_false_positive_rate")
streaming_false_positive_rate_at_thresholds = contrib(
    counts.false_positive_rate_at_thresholds, "streaming_false_positive_rate_at_thresholds"
)
streaming_false_positives = contrib(counts.false_positives, "streaming_false_positives")
streaming_false_positives_at_thresholds = counts.unscoped_at_thresholds("false_positives")
streaming_mean = contrib(means.mean, "streaming_mean", swapped=False)
streaming_mean_absolute_error = contrib(means.mean_absolute_error, "streaming_mean_absolute_error")
streaming_mean_cosine_distance = contrib(means.mean_cosine_distance, "streaming_mean_cosine_distance")
streaming_mean_iou = contrib(matrices.mean_iou, "streaming_mean_iou")
streaming_mean_relative_error = contrib(means.mean_relative_error, "streaming_mean_relative_error")
streaming_mean_squared_error = contrib(means.mean_squared_error, "streaming_mean_squared_error")
streaming_mean_tensor = contrib(means.mean_tensor, "streaming_mean_tensor", swapped=False)
streaming_pearson_correlation = contrib(
    statistics.pearson_correlation, "streaming_pearson_correlation", swapped=False
)
streaming_percentage_less = contrib(means.percentage_below, "streaming_percentage_less", swapped=False)
streaming_precision = contrib(counts.precision, "streaming_precision")
streaming_precision_at_thresholds = contrib(
    counts.precision_at_thresholds, "streaming_precision_at_thresholds"
)
streaming_recall = contrib(counts.recall, "streaming_recall")
streaming_recall_at_k = contrib(means.in_top_k, "streaming_recall_at_k", swapped=False)
streaming_recall_at_thresholds = contrib(counts.recall_at_thresholds, "streaming_recall_at_thresholds")
streaming_root_mean_squared_error = contrib(
    means.root_mean_squared_error, "streaming_root_mean_squared_error"
)
streaming_sensitivity_at_specificity = contrib(
    curves.sensitivity_at_specificity, "streaming_sensitivity_at_specificity"
)
streaming_sparse_average_precision_at_k = contrib(
    ranking.average_precision_at_k, "streaming_sparse_average_precision_at_k"
)
streaming_sparse_average_precision_at_top_k = contrib(
    ranking.average_precision_at_top_k, "streaming_sparse_average_precision_at_top_k", swapped=False
)
streaming_sparse_precision_at_k = contrib(ranking.precision_at_k, "streaming_sparse_precision_at_k")
streaming_sparse_precision_at_top_k = contrib(
    ranking.precision_at_top_k,
    "streaming_sparse_precision_at_top_k",
    drop=("k",),
    renamed={"predictions_idx": "top_k_predictions"},
)
streaming_sparse_recall_at_k = contrib(ranking.recall_at_k, "streaming_sparse_recall_at_k")
streaming_specificity_at_sensitivity = contrib(
    curves.specificity_at_sensitivity, "streaming_specificity_at_sensitivity"
)
streaming_true_negatives = contrib(counts.true_negatives, "streaming_true_negatives")
streaming_true_negatives_at_thresholds = counts.unscoped_at_thresholds("true_negatives")
streaming_true_positives = contrib(counts.true_positives, "streaming_true_positives")
streaming_true_positives_at_thresholds = counts.unscoped_at_thresholds("true_positives")
