"""Metrics of scores counted in buckets of equal width, which read more than one thing from few counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from slim_torch.check_ops import assert_greater_equal, assert_less_equal
from slim_torch.control_flow import with_dependencies
from slim_torch.graph import GraphKeys
from slim_torch.loss_support import fits
from slim_torch.recording import recording_graph
from slim_torch.scopes import variable_scope
from slim_torch.streaming.arguments import as_batch, check_same_shape, squeezed
from slim_torch.streaming.core import Metric, State, metric_of_parts, nothing, required
from slim_torch.tensors import as_tensor

__all__ = ["PrecisionRecallData", "auc_using_histogram", "precision_recall_at_equal_thresholds"]

_EPSILON = 1e-7
_CLASSES = ("tp", "fp")


class PrecisionRecallData(NamedTuple):
    """Counts and ratios, each `[thresholds]`, and the thresholds."""

    tp: Any
    fp: Any
    tn: Any
    fn: Any
    precision: Any
    recall: Any
    thresholds: Any


def _counted(places: Tensor, weights: Tensor, buckets: int) -> Tensor:
    """The weight in each bucket."""
    return weights.new_zeros(buckets).index_add(0, places, weights)


def _from_above(buckets: Tensor) -> Tensor:
    """For each bucket what is in it and the higher ones."""
    return buckets.flip(0).cumsum(0).flip(0)


def precision_recall_at_equal_thresholds(
    labels: Tensor,
    predictions: Tensor,
    weights: Tensor | None = None,
    num_thresholds: int | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> tuple[PrecisionRecallData, Any]:
    """Precision and recall at thresholds spread evenly over [0, 1], in a time that does not depend on their number.

    Args:
      labels: bool, of the shape of the predictions.
      predictions: floats in [0, 1]; from a threshold on they are positive.
      weights: a number, or a tensor that broadcasts to the predictions; None weighs all elements alike.
      num_thresholds: how many thresholds there are; 201 by default.
      use_locking: accepted without effect.
      name: the name scope, `"precision_recall_at_equal_thresholds"` by default.

    Returns:
      `(PrecisionRecallData(tp, fp, tn, fn, precision, recall, thresholds), update_op)`, each `[num_thresholds]` of
      the dtype of the predictions; the update gives nothing. Creates the local variables `variables/tp_buckets`
      and `variables/fp_buckets`, both float64.

    Raises:
      TypeError: the labels are not bool.
      ValueError: the shapes differ, or `weights` do not fit.
      tf.errors.InvalidArgumentError: a prediction is not in [0, 1]; at once where it is known, else when run.

    Source: tf.contrib.metrics.precision_recall_at_equal_thresholds.
    """
    count = 201 if num_thresholds is None else num_thresholds
    with variable_scope(name, "precision_recall_at_equal_thresholds"):
        labels, predictions = as_batch(labels), as_batch(predictions)
        if labels.dtype != torch.bool:
            raise TypeError(
                f"labels must be of type bool, got {str(labels.dtype)[6:]}. Convert them with tf.cast."
            )
        check_same_shape(labels, predictions)
        if weights is not None:
            weights = as_batch(weights, predictions).double()
            if weights.dim() and not fits(weights.shape, predictions.shape, one=True):
                raise ValueError(
                    f"Dimensions must be equal, but the weights have shape {tuple(weights.shape)} and the predictions "
                    f"{tuple(predictions.shape)}."
                )
        predictions = _in_range(predictions)
        dtype = predictions.dtype

        def update(state: State, predictions: Tensor, labels: Tensor, weights: Tensor | None) -> State:
            required((predictions >= 0) & (predictions <= 1), "predictions must be in [0, 1]")
            places = (predictions.double() * (count - 1)).floor().long().clamp(0, count - 1).reshape(-1)
            full = predictions.double().new_ones(predictions.shape)
            full = full if weights is None else full * weights
            counted = (_counted(places, (full * of).reshape(-1), count) for of in (labels, ~labels))
            return tuple(old + new for old, new in zip(state, counted, strict=True))

        def read(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[State], Tensor]:
            return lambda state: function(_from_above(state[0]), _from_above(state[1])).to(dtype)

        def ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
            return numerator / denominator.clamp(min=_EPSILON)

        functions = PrecisionRecallData(
            tp=read(lambda tp, fp: tp),
            fp=read(lambda tp, fp: fp),
            tn=read(lambda tp, fp: fp[0] - fp),
            fn=read(lambda tp, fp: tp[0] - tp),
            precision=read(lambda tp, fp: ratio(tp, tp + fp)),
            recall=read(lambda tp, fp: ratio(tp, tp[0])),
            thresholds=lambda state: torch.linspace(0, 1, count, dtype=dtype, device=state[0].device),
        )
        if dtype == torch.float64:
            ops = ["tp", "fp", "sub_1", "sub_2", "truediv", "truediv_1", "Cast_5"]
        else:
            ops = [f"Cast_{number}" for number in range(5, 11)] + ["LinSpace"]
        values, update_op = metric_of_parts(
            [(f"variables/{kind}_buckets", (count,), torch.float64) for kind in _CLASSES],
            update,
            dict(zip(ops, functions, strict=True)),
            (predictions, labels, weights),
            "group_deps",
            nothing,
        )
        return PrecisionRecallData(*values), update_op


def _in_range(predictions: Tensor) -> Tensor:
    """Recorded predictions with the check that they are in [0, 1]; the update checks those of a step."""
    if recording_graph() is None:
        return predictions
    message, dtype = "predictions must be in [0, 1]", predictions.dtype
    checks = [
        assert_greater_equal(predictions, as_tensor(0.0, dtype), message=message),
        assert_less_equal(predictions, as_tensor(1.0, dtype), message=message),
    ]
    checked: Tensor = with_dependencies(checks, predictions)
    return checked


def auc_using_histogram(
    boolean_labels: Tensor,
    scores: Tensor,
    score_range: Any,
    nbins: int = 100,
    collections: Iterable[str] | None = None,
    check_shape: bool = True,
    name: str | None = None,
) -> Metric:
    """The area under the ROC curve, from histograms of the scores of each class.

    Args:
      boolean_labels: bool, of the shape of the scores, up to a last axis of size 1.
      scores: real numbers.
      score_range: `[low, high]`; what lies outside counts to the first or last bin.
      nbins: how many bins there are.
      collections: of the variables, LOCAL_VARIABLES by default.
      check_shape: whether the shapes are checked.
      name: the name scope, `"auc_using_histogram"` by default.

    Returns:
      `(value, update_op)`: 0-d float32, NaN while one class has not been seen; and an update that gives nothing.
      Creates the variables `hist_accumulate/hist_true_acc` and `hist_accumulate/hist_false_acc`, int64.

    Raises:
      ValueError: the labels are not bool, or the shapes differ.

    Source: tf.contrib.metrics.auc_using_histogram.
    """
    with variable_scope(name, "auc_using_histogram"):
        labels, scores = as_batch(boolean_labels), as_batch(scores)
        if labels.dtype != torch.bool:
            raise ValueError(
                f"Argument boolean_labels should have dtype bool.  Found: {str(labels.dtype)[6:]}. Convert them with "
                f"tf.cast."
            )
        if check_shape:
            scores, labels = squeezed(scores, labels)
            check_same_shape(labels, scores)
        limits = as_batch(score_range, scores)

        def update(state: State, labels: Tensor, scores: Tensor, limits: Tensor) -> State:
            low, high = limits.unbind()
            places = ((scores - low) / (high - low) * nbins).floor().long().clamp(0, nbins - 1).reshape(-1)
            flat = labels.reshape(-1)
            counted = (_counted(places, of.long(), nbins) for of in (flat, ~flat))
            return tuple(old + new for old, new in zip(state, counted, strict=True))

        values, update_op = metric_of_parts(
            [(f"hist_accumulate/hist_{kind}_acc", (nbins,), torch.int64) for kind in ("true", "false")],
            update,
            {"auc": _histogram_area},
            (labels, scores, limits),
            "hist_accumulate/update_op",
            nothing,
            [GraphKeys.LOCAL_VARIABLES] if collections is None else list(collections),
        )
        return values[0], update_op


def _histogram_area(state: State) -> Tensor:
    """How likely a score of the true ones is in a higher bin than one of the false ones; the same bin by half."""
    true, false = (part.double() for part in state)
    below = false.cumsum(0) - false / 2
    return ((true * below).sum() / (true.sum() * false.sum())).float()
