"""Counts of hits and misses, and the ratios of them: precision, recall, error rates, at one threshold or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import as_batch, broadcast, fitted, quotient
from slim_torch.streaming.core import Collections, Metric, State, metric

__all__ = [
    "EPSILON",
    "OUTCOMES",
    "at_thresholds",
    "count_outcomes",
    "false_negative_rate",
    "false_negative_rate_at_thresholds",
    "false_negatives",
    "false_negatives_at_thresholds",
    "false_positive_rate",
    "false_positive_rate_at_thresholds",
    "false_positives",
    "false_positives_at_thresholds",
    "precision",
    "precision_at_thresholds",
    "recall",
    "recall_at_thresholds",
    "true_negatives",
    "true_negatives_at_thresholds",
    "true_positives",
    "true_positives_at_thresholds",
    "unscoped_at_thresholds",
]

EPSILON = 1e-7
"""What TensorFlow adds to the divisors of ratios at thresholds, and to thresholds at the ends."""

# Whether the label is positive, and whether the prediction is.
OUTCOMES = {
    "true_positives": (True, True),
    "false_negatives": (True, False),
    "true_negatives": (False, False),
    "false_positives": (False, True),
}


def _matching(outcome: str, labels: Tensor, predictions: Tensor) -> Tensor:
    """Where labels and predictions, both bool, have this outcome."""
    label, prediction = OUTCOMES[outcome]
    return (labels if label else ~labels) & (predictions if prediction else ~predictions)


def count_outcomes(
    outcomes: Sequence[str], predictions: Tensor, labels: Tensor, weights: Tensor | None
) -> State:
    """The weight of each outcome, over all axes of `labels`; predictions may have more axes in front."""
    axes = tuple(range(predictions.dim() - labels.dim(), predictions.dim()))
    found = []
    for outcome in outcomes:
        matching = _matching(outcome, labels, predictions).float()
        matching = matching if weights is None else matching * weights
        found.append(matching.sum(axes) if axes else matching)
    return tuple(found)


def _counting(outcomes: Sequence[str], ignored: Sequence[str] = ()) -> Callable[..., State]:
    def update(state: State, predictions: Tensor, labels: Tensor, weights: Tensor | None) -> State:
        counted = count_outcomes(outcomes, predictions, labels, weights)
        return tuple(
            old if outcome in ignored else old + new
            for outcome, old, new in zip(outcomes, state, counted, strict=True)
        )

    return update


def _batch(labels: Any, predictions: Any, weights: Any) -> tuple[Tensor, Tensor, Tensor | None]:
    predictions, labels, weights = fitted(predictions, labels, weights)
    weights = None if weights is None else broadcast(weights, predictions)
    return predictions.bool(), labels.bool(), weights


def _count(outcome: str) -> Callable[..., Metric]:
    def count(
        labels: Tensor,
        predictions: Tensor,
        weights: Tensor | None = None,
        metrics_collections: Collections = None,
        updates_collections: Collections = None,
        name: str | None = None,
    ) -> Metric:
        with variable_scope(name, outcome):
            return metric(
                [("count", (), torch.float32)],
                _counting([outcome]),
                lambda state: state[0],
                _batch(labels, predictions, weights),
                metrics_collections,
                updates_collections,
                ops=("Identity", "AssignAdd"),
            )

    label, prediction = OUTCOMES[outcome]
    count.__name__ = count.__qualname__ = outcome
    count.__doc__ = f"""How many elements, by weight, are {_said(label)} and predicted to be {_said(prediction)}.

    Args:
      labels, predictions: of one shape, up to a last axis of size 1; cast to bool.
      weights: a number, or a tensor that broadcasts to them; None weighs all elements alike.
      metrics_collections, updates_collections: where value and update are added.
      name: the name scope, `"{outcome}"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variable `count`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.

    Source: tf.metrics.{outcome}.
    """
    return count


def _said(positive: bool) -> str:
    return "positive" if positive else "negative"


true_positives = _count("true_positives")
false_positives = _count("false_positives")
true_negatives = _count("true_negatives")
false_negatives = _count("false_negatives")


def _ratio(default: str, outcomes: tuple[str, str]) -> Callable[..., Metric]:
    def ratio(
        labels: Tensor,
        predictions: Tensor,
        weights: Tensor | None = None,
        metrics_collections: Collections = None,
        updates_collections: Collections = None,
        name: str | None = None,
    ) -> Metric:
        with variable_scope(name, default):
            return metric(
                [(f"{outcome}/count", (), torch.float32) for outcome in outcomes],
                _counting(outcomes),
                lambda state: quotient(state[0], state[0] + state[1]),
                _batch(labels, predictions, weights),
                metrics_collections,
                updates_collections,
            )

    first, second = (outcome.replace("_", " ") for outcome in outcomes)
    ratio.__name__ = ratio.__qualname__ = default
    ratio.__doc__ = f"""The {first} among {first} and {second}, by weight; 0 where there are neither.

    Arguments and errors are those of `true_positives`; `name` is `"{default}"` by default.

    Returns:
      `(value, update_op)`, both 0-d float32. Creates the local variables `{outcomes[0]}/count` and
      `{outcomes[1]}/count`.

    Source: tf.metrics, tf.contrib.metrics.
    """
    return ratio


precision = _ratio("precision", ("true_positives", "false_positives"))
recall = _ratio("recall", ("true_positives", "false_negatives"))
false_positive_rate = _ratio("false_positive_rate", ("false_positives", "true_negatives"))
false_negative_rate = _ratio("false_negative_rate", ("false_negatives", "true_positives"))


def at_thresholds(
    outcomes: Sequence[str],
    labels: Any,
    predictions: Any,
    thresholds: Sequence[float],
    weights: Any,
    value: Callable[[State], Any],
    metrics_collections: Collections,
    updates_collections: Collections,
    ops: tuple[str, str] = ("value", "update_op"),
    updated: Callable[[State], Any] | None = None,
    ignored: Sequence[str] = (),
) -> Metric:
    """A metric of outcomes where a prediction above a threshold is positive: a variable `[thresholds]` for each.

    Args:
      ignored: outcomes that have a variable but are not counted.
    """
    predictions, labels, weights = fitted(predictions, labels, weights)
    if weights is not None:
        weights = broadcast(weights, predictions).reshape(-1)
    counting = _counting(outcomes, ignored)
    levels = torch.tensor(list(thresholds), dtype=torch.float32, device=predictions.device)

    def update(state: State, predictions: Tensor, labels: Tensor, weights: Tensor | None) -> State:
        return counting(state, predictions > levels[:, None], labels, weights)

    return metric(
        [(outcome, (len(thresholds),), torch.float32) for outcome in outcomes],
        update,
        value,
        (predictions.float().reshape(-1), labels.bool().reshape(-1), weights),
        metrics_collections,
        updates_collections,
        updated=updated,
        ops=ops,
    )


def _count_at_thresholds(outcome: str) -> Callable[..., Metric]:
    def count(
        labels: Tensor,
        predictions: Tensor,
        thresholds: Sequence[float],
        weights: Tensor | None = None,
        metrics_collections: Collections = None,
        updates_collections: Collections = None,
        name: str | None = None,
    ) -> Metric:
        with variable_scope(name, outcome):
            return at_thresholds(
                [outcome],
                labels,
                predictions,
                thresholds,
                weights,
                lambda state: state[0],
                metrics_collections,
                updates_collections,
                ops=("Identity", "AssignAdd"),
            )

    count.__name__ = count.__qualname__ = outcome + "_at_thresholds"
    count.__doc__ = f"""The `{outcome}` for each threshold that predictions have to exceed.

    Args:
      labels: cast to bool.
      predictions: in [0, 1], of the shape of the labels, up to a last axis of size 1.
      thresholds: a list of floats.
      weights, metrics_collections, updates_collections: see `{outcome}`.
      name: the name scope, `"{outcome}"` by default.

    Returns:
      `(value, update_op)`, both float32 `[thresholds]`. Creates the local variable `{outcome}`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.

    Source: tf.metrics.{outcome}_at_thresholds.
    """
    return count


true_positives_at_thresholds = _count_at_thresholds("true_positives")
false_positives_at_thresholds = _count_at_thresholds("false_positives")
true_negatives_at_thresholds = _count_at_thresholds("true_negatives")
false_negatives_at_thresholds = _count_at_thresholds("false_negatives")


def unscoped_at_thresholds(outcome: str) -> Callable[..., Metric]:
    """The count at thresholds of tf.contrib.metrics: predictions first, and no scope of its own."""

    def count(
        predictions: Tensor, labels: Tensor, thresholds: Sequence[float], weights: Tensor | None = None
    ) -> Metric:
        predictions = as_batch(predictions)
        if predictions.dtype != torch.float32:
            raise TypeError(
                f"predictions have type {str(predictions.dtype)[6:]} that does not match type float32 of the "
                f"thresholds. Pass predictions.float()."
            )
        result = at_thresholds(
            [outcome],
            labels,
            predictions,
            thresholds,
            weights,
            lambda state: state[0],
            None,
            None,
            ("value", "AssignAdd"),
        )
        # The variable is the value.
        if isinstance(result[0], Tensor):
            return result[0].variables[0], result[1]  # type: ignore[return-value]
        result[0].name = result[0].variables[0].name
        return result

    count.__name__ = count.__qualname__ = f"streaming_{outcome}_at_thresholds"
    count.__doc__ = f"""`tf.metrics.{outcome}_at_thresholds` with predictions first, and no scope of its own.

    Source: tf.contrib.metrics.streaming_{outcome}_at_thresholds.
    """
    return count


def _ratio_at_thresholds(
    default: str, outcomes: tuple[str, str], wanted: int, op: str
) -> Callable[..., Metric]:
    def ratio(
        labels: Tensor,
        predictions: Tensor,
        thresholds: Sequence[float],
        weights: Tensor | None = None,
        metrics_collections: Collections = None,
        updates_collections: Collections = None,
        name: str | None = None,
    ) -> Metric:
        with variable_scope(name, default):
            return at_thresholds(
                outcomes,
                labels,
                predictions,
                thresholds,
                weights,
                lambda state: state[wanted] / (EPSILON + state[0] + state[1]),
                metrics_collections,
                updates_collections,
                ops=(f"{op}_value", f"{op}_update_op"),
            )

    ratio.__name__ = ratio.__qualname__ = default
    ratio.__doc__ = f"""`{default.removesuffix("_at_thresholds")}` for each threshold that predictions have to exceed.

    Arguments and errors are those of `true_positives_at_thresholds`; `name` is `"{default}"` by default.

    Returns:
      `(value, update_op)`, both float32 `[thresholds]`. Creates the local variables `{outcomes[0]}` and
      `{outcomes[1]}`.

    Source: tf.metrics, tf.contrib.metrics.
    """
    return ratio


precision_at_thresholds = _ratio_at_thresholds(
    "precision_at_thresholds", ("true_positives", "false_positives"), 0, "precision"
)
recall_at_thresholds = _ratio_at_thresholds(
    "recall_at_thresholds", ("true_positives", "false_negatives"), 0, "recall"
)
false_positive_rate_at_thresholds = _ratio_at_thresholds(
    "false_positive_rate_at_thresholds", ("true_negatives", "false_positives"), 1, "fpr"
)
false_negative_rate_at_thresholds = _ratio_at_thresholds(
    "false_negative_rate_at_thresholds", ("true_positives", "false_negatives"), 1, "fnr"
)
