"""Metrics of the curves that thresholds draw: areas, and one rate at a given other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import quotient
from slim_torch.streaming.core import Collections, Metric, State, nothing
from slim_torch.streaming.counts import EPSILON, OUTCOMES, at_thresholds

__all__ = [
    "auc",
    "curve_points",
    "f1_score",
    "precision_at_recall",
    "recall_at_precision",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
]

_ALL = tuple(OUTCOMES)

_POINT_EPSILON = 1e-6
"""What TensorFlow adds to both sides of the ratios of points."""


def _spread(count: int) -> list[float]:
    """Thresholds evenly over [0, 1], the first and the last a little outside."""
    inner = [(number + 1) / (count - 1) for number in range(count - 2)]
    return [-EPSILON, *inner, 1 + EPSILON]


def _points(state: State, curve: str) -> tuple[Tensor, Tensor]:
    """x and y of the points of a curve: false positive rate and recall, or recall and precision."""
    tp, fn, tn, fp = state
    recall = (tp + _POINT_EPSILON) / (tp + fn + _POINT_EPSILON)
    if curve == "ROC":
        return fp / (fp + tn + _POINT_EPSILON), recall
    return recall, (tp + _POINT_EPSILON) / (tp + fp + _POINT_EPSILON)


def _ignored(curve: str) -> tuple[str, ...]:
    """The outcomes that a curve does not ask for, whose variables stay zero."""
    return ("true_negatives",) if curve == "PR" else ()


def _area(state: State, curve: str, method: str) -> Tensor:
    if curve == "PR" and method == "careful_interpolation":
        return _interpolated_area(state)
    x, y = _points(state, curve)
    widths, left, right = x[:-1] - x[1:], y[:-1], y[1:]
    if method == "minoring":
        return (widths * torch.minimum(left, right)).sum()
    if method == "majoring":
        return (widths * torch.maximum(left, right)).sum()
    return (widths * (left + right) / 2).sum()


def _interpolated_area(state: State) -> Tensor:
    """The area under precision by recall where true positives are linear in positives between thresholds."""
    tp, fn, _, fp = state
    positives = tp + fp
    hits, found = tp[:-1] - tp[1:], (positives[:-1] - positives[1:]).clamp(min=0)
    slope = quotient(hits, found)
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    growth = torch.where(both, quotient(positives[:-1], positives[1:]), 1)
    return quotient(slope * (hits + intercept * growth.log()), (tp[1:] + fn[1:]).clamp(min=0)).sum()


def auc(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> Metric:
    """The area under a curve, from its points at thresholds.

    Args:
      labels: cast to bool.
      predictions: in [0, 1], of the shape of the labels, up to a last axis of size 1.
      weights: a number, or a tensor that broadcasts to them; None weighs all elements alike.
      num_thresholds: how many thresholds there are, spread evenly over [0, 1].
      metrics_collections, updates_collections: where value and update are added.
      curve: `"ROC"`, or `"PR"` for precision by recall.
      name: the name scope, `"auc"` by default.
      summation_method: `"trapezoidal"`, `"careful_interpolation"` (which differs for PR), `"minoring"` or
        `"majoring"` for sums of the lower or the higher ends.
      thresholds: the inner thresholds, instead of evenly spread ones.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variables `true_positives`, `false_negatives`,
      `true_negatives` and `false_positives`, each `[thresholds]`.

    Raises:
      ValueError: the shapes differ, `weights` do not fit, or the curve or the method is not known.

    Source: tf.metrics.auc.
    """
    with variable_scope(name, "auc"):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        if summation_method not in ("trapezoidal", "careful_interpolation", "minoring", "majoring"):
            raise ValueError(
                f"Invalid summation_method: {summation_method}. Pass trapezoidal, careful_interpolation, minoring or "
                f"majoring."
            )
        interpolated = curve == "PR" and summation_method == "careful_interpolation"
        levels = (
            _spread(num_thresholds) if thresholds is None else [-EPSILON, *sorted(thresholds), 1 + EPSILON]
        )
        return at_thresholds(
            _ALL,
            labels,
            predictions,
            levels,
            weights,
            lambda state: _area(state, curve, summation_method),
            metrics_collections,
            updates_collections,
            ("interpolate_pr_auc", "interpolate_pr_auc_1") if interpolated else ("value", "update_op"),
            ignored=_ignored(curve),
        )


def curve_points(
    labels: Tensor | None = None,
    predictions: Tensor | None = None,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    curve: str = "ROC",
    name: str | None = None,
) -> Metric:
    """The points that `auc` sums over.

    See `auc`; `name` is `"curve_points"` by default, and the results are `[num_thresholds, 2]`, x and y.
    Source: tf.contrib.metrics.streaming_curve_points.
    """
    with variable_scope(name, "curve_points"):
        if curve not in ("ROC", "PR"):
            raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
        return at_thresholds(
            _ALL,
            labels,
            predictions,
            _spread(num_thresholds),
            weights,
            lambda state: torch.stack(_points(state, curve), 1),
            metrics_collections,
            updates_collections,
            ("stack_1", "group_deps"),
            nothing,
        )


# Where a tensor says which element is wanted, `take` gives it; an index would wait for the tensor's value.


def _last_closest(values: Tensor, wanted: float) -> Tensor:
    """Where values are closest to a wanted one, the last of equals."""
    distances = (values - wanted).abs()
    return len(distances) - 1 - distances.flip(0).argmin()


def _first_closest(values: Tensor, wanted: float) -> Tensor:
    return (values - wanted).abs().argmin()


def _sensitivities(state: State) -> Tensor:
    tp, fn, _, _ = state
    return tp / (tp + fn + EPSILON)


def _specificities(state: State) -> Tensor:
    _, _, tn, fp = state
    return tn / (tn + fp + EPSILON)


def _rate_at(
    labels: Any,
    predictions: Any,
    value: Callable[[State], Tensor],
    weights: Any,
    num_thresholds: int,
    metrics_collections: Collections,
    updates_collections: Collections,
    name: str | None,
    default: str,
    outcomes: Sequence[str] = _ALL,
    ops: tuple[str, str] = ("value", "update_op"),
    ignored: Sequence[str] = (),
) -> Metric:
    with variable_scope(name, default):
        return at_thresholds(
            outcomes,
            labels,
            predictions,
            _spread(num_thresholds),
            weights,
            value,
            metrics_collections,
            updates_collections,
            ops,
            ignored=ignored,
        )


def _check_rate(name: str, rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"`{name}` must be in the range [0, 1]. Got {rate}.")


def sensitivity_at_specificity(
    labels: Tensor,
    predictions: Tensor,
    specificity: float,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The sensitivity at the threshold whose specificity is closest to `specificity`, in [0, 1].

    See `auc`; `name` is `"sensitivity_at_specificity"` by default. Source: tf.metrics.sensitivity_at_specificity.
    """
    _check_rate("specificity", specificity)

    def value(state: State) -> Tensor:
        return _sensitivities(state).take(_first_closest(_specificities(state), specificity))

    return _rate_at(
        labels,
        predictions,
        value,
        weights,
        num_thresholds,
        metrics_collections,
        updates_collections,
        name,
        "sensitivity_at_specificity",
    )


def specificity_at_sensitivity(
    labels: Tensor,
    predictions: Tensor,
    sensitivity: float,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The specificity at the threshold whose sensitivity is closest to `sensitivity`, in [0, 1].

    See `auc`; `name` is `"specificity_at_sensitivity"` by default. Source: tf.metrics.specificity_at_sensitivity.
    """
    _check_rate("sensitivity", sensitivity)

    def value(state: State) -> Tensor:
        return _specificities(state).take(_last_closest(_sensitivities(state), sensitivity))

    return _rate_at(
        labels,
        predictions,
        value,
        weights,
        num_thresholds,
        metrics_collections,
        updates_collections,
        name,
        "specificity_at_sensitivity",
    )


def precision_at_recall(
    labels: Tensor,
    predictions: Tensor,
    target_recall: float,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The precision at the highest threshold whose recall is at least `target_recall`, in [0, 1].

    See `auc`; `name` is `"precision_at_recall"` by default. Source: tf.contrib.metrics.precision_at_recall.
    """
    _check_rate("target_recall", target_recall)

    def value(state: State) -> Tensor:
        recalls, precisions = _points(state, "PR")
        # Recall falls with the threshold.
        return precisions.take((recalls >= target_recall).sum() - 1)

    return _rate_at(
        labels,
        predictions,
        value,
        weights,
        num_thresholds,
        metrics_collections,
        updates_collections,
        name,
        "precision_at_recall",
        ignored=("true_negatives",),
    )


def recall_at_precision(
    labels: Tensor,
    predictions: Tensor,
    precision: float,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
    strict_mode: bool = False,
) -> Metric:
    """The recall at the threshold whose precision is closest to `precision`, in [0, 1].

    See `auc`; `name` is `"recall_at_precision"` by default. With `strict_mode`, the one whose
    precision is closest from above, and 0 without any.
    Source: tf.contrib.metrics.recall_at_precision.
    """
    _check_rate("precision", precision)

    def value(state: State) -> Tensor:
        tp, _, _, fp = state
        precisions, recalls = tp / (tp + fp + EPSILON), _sensitivities(state)
        if not strict_mode:
            return recalls.take(_first_closest(precisions, precision))
        reached = precisions >= precision
        least = torch.where(reached, precisions, torch.inf).argmin()
        return torch.where(reached.any(), recalls.take(least), 0)

    return _rate_at(
        labels,
        predictions,
        value,
        weights,
        num_thresholds,
        metrics_collections,
        updates_collections,
        name,
        "recall_at_precision",
        ops=("cond/Merge", "cond_1/Merge") if strict_mode else ("value", "update_op"),
        ignored=("true_negatives",),
    )


def f1_score(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    num_thresholds: int = 200,
    metrics_collections: Collections = None,
    updates_collections: Collections = None,
    name: str | None = None,
) -> Metric:
    """The best F1 score of all thresholds: the harmonic mean of precision and recall.

    See `auc`; `name` is `"f1"` by default, and there is no variable `true_negatives`.
    Source: tf.contrib.metrics.f1_score.
    """

    def value(state: State) -> Tensor:
        tp, fn, fp = state
        precision, recall = tp / (EPSILON + tp + fp), tp / (EPSILON + tp + fn)
        return (2 * precision * recall / (precision + recall + EPSILON)).max()

    outcomes = ("true_positives", "false_negatives", "false_positives")
    return _rate_at(
        labels,
        predictions,
        value,
        weights,
        num_thresholds,
        metrics_collections,
        updates_collections,
        name,
        "f1",
        outcomes,
        ("Max", "Max_1"),
    )
