"""Areas under curves of all predictions, which are kept: exact, and with confidence intervals.

Areas from points at thresholds, which keep counts only, are in `curves.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any, NamedTuple

import torch
from torch import Tensor

from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import as_batch, check_same_shape
from slim_torch.streaming.core import Collections, Metric, State, collect, metric_of_parts, nothing, required

__all__ = ["AucData", "auc_with_confidence_intervals", "dynamic_auc"]

_EPSILON = torch.finfo(torch.float32).eps


class AucData(NamedTuple):
    """An area under the curve, and the ends of its confidence interval."""

    auc: Any
    lower: Any
    upper: Any


def _kept(
    labels: Any, predictions: Any, weights: Any, weights_dtype: torch.dtype
) -> tuple[tuple[Tensor, ...], list[tuple[str, list[int], torch.dtype]], Callable[..., State]]:
    """What is kept of a batch, flat, the variables for it, and the update that appends it to them."""
    labels, predictions = as_batch(labels), as_batch(predictions)
    check_same_shape(predictions, labels)
    batch = [predictions.double().reshape(-1), labels.long().reshape(-1)]
    names, dtypes = ["concat_preds", "concat_labels"], [torch.float64, torch.int64]
    if weights is not None:
        weights = as_batch(weights, predictions).reshape(-1)
        batch.append(weights.to(weights_dtype))
        names.append("concat_weights")
        dtypes.append(weights_dtype)
    variables: list[tuple[str, list[int], torch.dtype]] = []
    for name, dtype in zip(names, dtypes, strict=True):
        variables += [(f"{name}/array", [0], dtype), (f"{name}/size", [], torch.int32)]

    def update(state: State, *batch: Tensor) -> State:
        required(batch[1] >= 0, "labels must be 0 or 1, at least one is <0")
        required(batch[1] <= 1, "labels must be 0 or 1, at least one is >1")
        new: list[Tensor] = []
        for array, size, part in zip(state[::2], state[1::2], batch, strict=True):
            array = torch.cat([array, part])
            new += [array, torch.full_like(size, array.shape[0])]
        return tuple(new)

    return tuple(batch), variables, update


def _area(state: State, curve: str) -> Tensor:
    """The area under the straight lines between the points of a curve; 0 where one class has no weight."""
    predictions, labels = state[0], state[2]
    weights = state[4] if len(state) > 4 else torch.ones_like(predictions)
    if not len(predictions):
        return predictions.sum()
    order = predictions.sort(descending=True, stable=True)
    hits = (weights * labels)[order.indices].cumsum(0)
    total = weights[order.indices].cumsum(0)
    # Of equal predictions only the last makes a point; the others stand on the point before it.
    last = torch.cat([order.values[1:] != order.values[:-1], torch.ones_like(labels[:1], dtype=torch.bool)])
    places = torch.arange(len(last), device=last.device)
    at = torch.where(last, places, -1).cummax(0).values

    def points(values: Tensor, first: float) -> Tensor:
        return torch.cat([values.new_full((1,), first), torch.where(at < 0, first, values[at.clamp(min=0)])])

    recall = points(hits / hits[-1], 0.0)
    if curve == "ROC":
        misses = total - hits
        x, y = points(misses / misses[-1], 0.0), recall
    else:
        x, y = recall, points(hits / total, 1.0)
    area = ((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum()
    return torch.where((hits[-1] > 0) & (total[-1] > hits[-1]), area, 0.0)


def dynamic_auc(
    labels: Tensor,
    predictions: Tensor,
    curve: str = "ROC",
    metrics_collections: Collections = (),
    updates_collections: Collections = (),
    name: str | None = None,
    weights: Tensor | None = None,
) -> Metric:
    """The area under a curve through all predictions, by the trapezoidal rule.

    Args:
      labels: 0 or 1, cast to int64.
      predictions: of the shape of the labels, cast to float64.
      curve: `"ROC"`, or `"PR"` for precision by recall.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"dynamic_auc"` by default.
      weights: one for each prediction; None weighs all alike.

    Returns:
      `(value, update_op)`: 0-d float64, 0 while one class has no weight; and an update that gives nothing. Creates
      the local variables `concat_preds/array`, `concat_labels/array` and with weights `concat_weights/array`,
      which grow, and a `size` beside each.

    Raises:
      ValueError: the shapes differ, or the curve is not known.
      tf.errors.InvalidArgumentError: when run, a label is neither 0 nor 1.

    Source: tf.contrib.metrics.streaming_dynamic_auc. As there, precision is NaN where the first predictions
    weigh nothing.
    """
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    with variable_scope(name, "dynamic_auc"):
        batch, variables, update = _kept(labels, predictions, weights, torch.float64)
        values, update_op = metric_of_parts(
            variables,
            update,
            {"cond/Merge": lambda state: _area(state, curve)},
            batch,
            "group_deps",
            nothing,
        )
        return collect((values[0], update_op), metrics_collections, updates_collections)


def _placements(values: Tensor, others: Tensor, other_weights: Tensor, total: Tensor) -> Tensor:
    """For each value the share, by weight, of the other class that is lower; equal ones count by half."""
    order = others.sort()
    below = torch.cat([total.new_zeros(1), other_weights[order.indices].cumsum(0)])
    left = torch.searchsorted(order.values, values)
    right = torch.searchsorted(order.values, values, right=True)
    return (below[left] + below[right]) / (2 * total)


def _interval(state: State, distance: float, logit: bool) -> Tensor:
    """Area, lower and upper end, float32 `[3]`: DeLong's variance, from placements of each class in the other."""
    predictions, _, labels, _, weights, _ = state
    positive = labels == 1
    weights = weights.double()
    # Without weight nothing is placed, so the other class needs no selection, which would take a synchronization.
    of_positives, of_negatives = weights * positive, weights * ~positive
    # As TensorFlow adds it, in float32, where it vanishes beside totals from 2 on.
    first, second = ((part.sum().float() + _EPSILON).double() for part in (of_positives, of_negatives))
    among_negatives = _placements(predictions, predictions, of_negatives, second)
    among_positives = 1 - _placements(predictions, predictions, of_positives, first)
    area = (of_negatives * among_positives).sum() / second

    def variance(shares: Tensor, weights: Tensor, total: Tensor) -> Tensor:
        return (weights * (shares - area).square()).sum() / (total - 1) / total

    deviation = (
        variance(among_positives, of_negatives, second) + variance(among_negatives, of_positives, first)
    ).sqrt() * distance
    if logit:
        centre, width = torch.logit(area), deviation / (area * (1 - area))
        ends = torch.sigmoid(centre - width), torch.sigmoid(centre + width)
    else:
        ends = area - deviation, area + deviation
    both = (of_positives.sum() > 0) & (of_negatives.sum() > 0)
    return torch.where(both, torch.stack([area, *ends]), 0).float()


def auc_with_confidence_intervals(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    alpha: float = 0.95,
    logit_transformation: bool = True,
    metrics_collections: Collections = (),
    updates_collections: Collections = (),
    name: str | None = None,
) -> tuple[AucData, Any]:
    """The area under the ROC curve of all predictions, and its confidence interval by DeLong's method.

    Args:
      labels: 0 or 1, cast to int64.
      predictions: of the shape of the labels, cast to float64.
      weights: how often each prediction counts; None counts each once.
      alpha: the confidence, between 0 and 1.
      logit_transformation: whether the interval is symmetric around the logit of the area, within [0, 1], instead
        of around the area.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"auc_with_confidence_intervals"` by default.

    Returns:
      `(AucData(auc, lower, upper), update_op)`, each 0-d float32, 0 while a class has no weight; the update gives
      True. The local variables are those of `dynamic_auc`, with weights.

    Raises:
      ValueError: the shapes differ, or `alpha` is not between 0 and 1.
      tf.errors.InvalidArgumentError: when run, a label is neither 0 nor 1.

    Source: tf.contrib.metrics.auc_with_confidence_intervals. There the value is 0 also when it is read with a batch
    of one class; here it depends only on what has been kept.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1; currently {alpha:.2f}")
    distance = NormalDist().inv_cdf((1 + alpha) / 2)
    with variable_scope(name, "auc_with_confidence_intervals"):
        if weights is None:
            weights = torch.ones_like(as_batch(predictions), dtype=torch.float32)
        batch, variables, update = _kept(labels, predictions, weights, torch.float32)

        def part(number: int) -> Callable[[State], Tensor]:
            return lambda state: _interval(state, distance, logit_transformation)[number]

        values, update_op = metric_of_parts(
            variables,
            update,
            {f"cond_1/Merge{end}": part(number) for number, end in enumerate(("", "_1", "_2"))},
            batch,
            "cond/Merge",
            lambda state: torch.ones_like(state[1], dtype=torch.bool),
        )
        result: Any = (AucData(*values), update_op)
        return collect(result, metrics_collections, updates_collections)  # type: ignore[return-value]
