"""The metrics of tf.contrib.metrics (`slim.metrics`): the names, and metrics put together.

What they compute is in the package `streaming`; those of `tf.metrics`, labels first, are in `tf/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slim_torch.streaming import counts, curves, matrices, means, ranking, statistics
from slim_torch.streaming.core import Metric, MetricUpdate, MetricValue
from slim_torch.streaming.curves import f1_score, precision_at_recall, recall_at_precision
from slim_torch.streaming.matrices import cohen_kappa
from slim_torch.streaming.names import contrib
from slim_torch.streaming.statistics import count

__all__ = [
    "aggregate_metric_map",
    "aggregate_metrics",
    "cohen_kappa",
    "count",
    "f1_score",
    "precision_at_recall",
    "recall_at_precision",
    "sparse_recall_at_top_k",
    "streaming_accuracy",
    "streaming_auc",
    "streaming_concat",
    "streaming_covariance",
    "streaming_curve_points",
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
