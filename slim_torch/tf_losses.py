"""The losses of `tf.losses`: labels first, weights of the losses' rank, a choice of reductions.

Every function puts its result into a collection of the current step, LOSSES by default, and returns it.
Formulas are in `loss_support.py`. In the older family, `losses.py`, predictions come first, weights fit by
their leading axes, and there is one reduction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.loss_support import (
    Weights,
    absolute_errors,
    add_named,
    as_pair,
    as_weights,
    at_least_one,
    cosine_distances,
    fits,
    hinge_losses,
    huber_losses,
    log_losses,
    logistic_losses,
    one_axis,
    pairwise_errors,
    quotient_or_zero,
    row_sums,
    same_shape,
    softmax_losses,
    sparse_softmax_losses,
    squared_errors,
    sum_of_losses,
)
from slim_torch.losses import add_loss, get_losses, get_regularization_losses
from slim_torch.tensors import as_tensor

__all__ = [
    "Reduction",
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "cosine_distance",
    "get_losses",
    "get_regularization_loss",
    "get_regularization_losses",
    "get_total_loss",
    "hinge_loss",
    "huber_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


class Reduction:
    """What becomes of the weighted losses. Source: tf.losses.Reduction."""

    NONE = "none"
    """They stay as they are."""
    SUM = "weighted_sum"
    """Their sum."""
    MEAN = "weighted_mean"
    """The sum over the sum of the weights."""
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    """The sum over the number of losses."""
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    """The sum over the number of losses whose weight is not zero."""
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS
    """The older name of the last."""

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """Every reduction."""
        return (
            cls.NONE,
            cls.SUM,
            cls.MEAN,
            cls.SUM_OVER_BATCH_SIZE,
            cls.SUM_OVER_NONZERO_WEIGHTS,
            cls.SUM_BY_NONZERO_WEIGHTS,
        )

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError where `key` is no reduction."""
        if key not in cls.all():
            raise ValueError(
                f"Invalid Reduction Key {key}. Pass one of {', '.join(dict.fromkeys(cls.all()))}."
            )


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """The sum of the step's losses, and of its regularization losses.

    Args:
      add_regularization_losses: whether the second group takes part.
      name: the name that the sum takes among the step's names.
      scope: a regular expression for the names of the losses of both groups, as in `get_losses`.

    Returns:
      A tensor of the shape that the losses have in common.

    Raises:
      ValueError: there are no losses, or their shapes differ.
      TypeError: their dtypes differ.

    Source: tf.losses.get_total_loss.
    """
    losses = get_losses(scope=scope)
    if add_regularization_losses:
        losses = losses + get_regularization_losses(scope=scope)
    return sum_of_losses(losses, name)


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Tensor:
    """The sum of the step's regularization losses; zero without any.

    Args:
      scope: a regular expression for the names, as in `get_losses`.
      name: the name that the sum takes among the step's names.

    Source: tf.losses.get_regularization_loss.
    """
    losses = get_regularization_losses(scope)
    return sum_of_losses(losses, name) if losses else torch.zeros((), dtype=torch.float32)


def compute_weighted_loss(
    losses: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """`losses` times `weights`, reduced.

    Args:
      losses: of any shape.
      weights: a number, or a tensor of the rank of `losses` whose sizes are those of `losses` or 1.
      scope: the name scope of the loss, `"weighted_loss"` by default.
      loss_collection: the collection that the loss is added to; None for none.
      reduction: one of `Reduction`.

    Returns:
      0-d, or of the shape of `losses` for `Reduction.NONE`; computed in float32 and then given the dtype of
      `losses`. A mean over nothing is zero.

    Raises:
      ValueError: `weights` is None or does not fit, or there is no such reduction.

    Source: tf.losses.compute_weighted_loss.
    """
    with _scope(scope, "weighted_loss") as name:
        return _collected(as_tensor(losses), weights, name, loss_collection, reduction)


def absolute_difference(
    labels: Tensor,
    predictions: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """`|predictions - labels|`, weighted and reduced.

    Args:
      labels, predictions: of one shape; any dtype.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      scope: the name scope of the loss, `"absolute_difference"` by default.

    Returns:
      Float32; 0-d, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.

    Source: tf.losses.absolute_difference.
    """
    with _scope(scope, "absolute_difference") as name:
        predictions, labels = _same_shape("absolute_difference", "predictions", predictions, "labels", labels)
        return _collected(absolute_errors(predictions, labels), weights, name, loss_collection, reduction)


def mean_squared_error(
    labels: Tensor,
    predictions: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """`(predictions - labels) ** 2`, weighted and reduced.

    Args:
      labels, predictions: of one shape; any dtype.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      scope: the name scope of the loss, `"mean_squared_error"` by default.

    Returns:
      Float32; 0-d, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.

    Source: tf.losses.mean_squared_error.
    """
    with _scope(scope, "mean_squared_error") as name:
        predictions, labels = _same_shape("mean_squared_error", "predictions", predictions, "labels", labels)
        return _collected(squared_errors(predictions, labels), weights, name, loss_collection, reduction)


def huber_loss(
    labels: Tensor,
    predictions: Tensor,
    weights: Weights = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Half the squared error up to `delta`, and from there a line of slope `delta`; weighted and reduced.

    Args:
      labels, predictions: of one shape; any dtype.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      delta: a float.
      scope: the name scope of the loss, `"huber_loss"` by default.

    Returns:
      Float32; 0-d, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.
      TypeError: `delta` is an int.

    Source: tf.losses.huber_loss.
    """
    with _scope(scope, "huber_loss") as name:
        predictions, labels = _same_shape("huber_loss", "predictions", predictions, "labels", labels)
        losses = huber_losses(predictions, labels, delta)
        return _collected(losses, weights, name, loss_collection, reduction, {Reduction.NONE: "Mul_3"})


def log_loss(
    labels: Tensor,
    predictions: Tensor,
    weights: Weights = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross entropy between probabilities and labels in [0, 1], weighted and reduced.

    Args:
      labels: any dtype.
      predictions: probabilities, of the shape of `labels`.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      epsilon: is added before each logarithm.
      scope: the name scope of the loss, `"log_loss"` by default.

    Returns:
      Float32; 0-d, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.

    Source: tf.losses.log_loss.
    """
    with _scope(scope, "log_loss") as name:
        predictions, labels = _same_shape("log_loss", "predictions", predictions, "labels", labels)
        losses = log_losses(predictions, labels, epsilon)
        return _collected(losses, weights, name, loss_collection, reduction, {Reduction.NONE: "Mul_2"})


def hinge_loss(
    labels: Tensor,
    logits: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """`max(0, 1 - sign * logits)`, weighted and reduced.

    Args:
      labels: 1 for the sign 1 and 0 for the sign -1; any dtype.
      logits: of the shape of `labels`; any dtype.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      scope: the name scope of the loss, `"hinge_loss"` by default.

    Returns:
      Float32; 0-d, or of the shape of `labels` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.

    Source: tf.losses.hinge_loss.
    """
    with _scope(scope, "hinge_loss") as name:
        logits, labels = _same_shape("hinge_loss", "logits", logits, "labels", labels)
        losses = hinge_losses(logits.float(), labels)
        return _collected(losses, weights, name, loss_collection, reduction, {Reduction.NONE: "Mul_2"})


def cosine_distance(
    labels: Tensor,
    predictions: Tensor,
    axis: int | None = None,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """One minus the dot products of vectors, which are of length one already; weighted and reduced.

    Args:
      labels, predictions: of one shape; any dtype.
      axis: the axis that holds the vectors.
      weights, loss_collection, reduction: see `compute_weighted_loss`, for losses of size 1 at `axis`.
      scope: the name scope of the loss, `"cosine_distance_loss"` by default.
      dim: the old name of `axis`.

    Returns:
      Float32; 0-d, or of the shape of `labels` with size 1 at `axis` for `Reduction.NONE`.

    Raises:
      ValueError: no axis, or one that does not exist; an argument is None, the shapes differ, `weights` do not
        fit, or there is no such reduction.

    Source: tf.losses.cosine_distance.
    """
    axis = one_axis(axis, dim)
    with _scope(scope, "cosine_distance_loss") as name:
        predictions, labels = _same_shape("cosine_distance", "predictions", predictions, "labels", labels)
        losses = cosine_distances(predictions, labels, axis, keepdim=True)
        ops = {Reduction.NONE: "Mul_1", Reduction.SUM: "Sum_1"}
        return _collected(losses, weights, name, loss_collection, reduction, ops)


def mean_pairwise_squared_error(
    labels: Tensor,
    predictions: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """The mean squared difference between pairs of errors in a row, weighted and summed over the rows.

    Args:
      labels, predictions: `[batch, ...]`, of one shape; any dtype.
      weights: as in `compute_weighted_loss`. Elements of weight zero make no pairs.
      scope: the name scope of the loss, `"mean_pairwise_squared_error"` by default.
      loss_collection: the collection that the loss is added to; None for none.

    Returns:
      0-d float32: for a row of n errors e, `2 * (sum(e ** 2) / (n - 1) - sum(e) ** 2 / (n * (n - 1)))`.

    Raises:
      ValueError: an argument is None, the shapes differ, or `weights` do not fit.

    Source: tf.losses.mean_pairwise_squared_error. The one of `slim.losses` divides by n instead of n - 1.
    """
    function = "mean_pairwise_squared_error"
    with _scope(scope, function) as name:
        predictions, labels = _same_shape(function, "predictions", predictions, "labels", labels)
        if predictions.dim() == 0:
            raise ValueError(
                f"{function}: Requires start <= limit: got scalars, expected at least rank 1, [batch, ...]."
            )
        differences = predictions.float() - labels.float()
        weights = _fitting(weights, differences)
        present = row_sums((weights != 0).expand_as(differences).long(), keepdim=True)
        losses = pairwise_errors(differences, present, less=1, keepdim=True) * weights
        return add_named(losses.sum(), name, "value_2", loss_collection)


def softmax_cross_entropy(
    onehot_labels: Tensor,
    logits: Tensor,
    weights: Weights = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross entropy between a softmax of `logits` and `onehot_labels`, weighted and reduced.

    Args:
      onehot_labels: any dtype. No gradient flows into them.
      logits: `[batch, classes]`, or more axes with the classes last; of the shape of the labels.
      weights, loss_collection, reduction: see `compute_weighted_loss`, for losses `[batch]`.
      label_smoothing: where above 0, labels become
        `onehot_labels * (1 - label_smoothing) + label_smoothing / classes`.
      scope: the name scope of the loss, `"softmax_cross_entropy_loss"` by default.

    Returns:
      Dtype of `logits` (float32 under autocast); 0-d, or `[batch]` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.
      TypeError: `logits` are not floating point.

    Source: tf.losses.softmax_cross_entropy.
    """
    function = "softmax_cross_entropy"
    with _scope(scope, "softmax_cross_entropy_loss") as name:
        logits, labels = _same_shape(function, "logits", logits, "onehot_labels", onehot_labels)
        losses = softmax_losses(logits, labels, label_smoothing, axis=-1)
        casts = _constant(weights) + (labels.dtype != logits.dtype)
        return _collected(losses, weights, name, loss_collection, reduction, casts=casts)


def sparse_softmax_cross_entropy(
    labels: Tensor,
    logits: Tensor,
    weights: Weights = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross entropy between a softmax of `logits` and one class each, weighted and reduced.

    Args:
      labels: the shape of `logits` without its last axis, or with 1 there; int32 or int64, in `[0, classes)`.
      logits: `[batch, classes]`, or more axes with the classes last.
      weights, loss_collection, reduction: see `compute_weighted_loss`, for losses `[batch]`; weights of one
        more axis, of size 1, fit too.
      scope: the name scope of the loss, `"sparse_softmax_cross_entropy_loss"` by default.

    Returns:
      Dtype of `logits` (float32 under autocast); 0-d, or `[batch]` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, `labels` or `weights` do not fit, or there is no such reduction.
      TypeError: `labels` are neither int32 nor int64, or `logits` are not floating point.
      IndexError: a label is out of range (on a CPU; on a GPU a device assertion).

    Source: tf.losses.sparse_softmax_cross_entropy.
    """
    function = "sparse_softmax_cross_entropy"
    with _scope(scope, "sparse_softmax_cross_entropy_loss") as name:
        _required(labels=labels, logits=logits)
        logits, labels = as_pair(function, "logits", logits, "labels", labels)
        if labels.dim() == logits.dim() and labels.dim() and labels.shape[-1] == 1:
            labels = labels.squeeze(-1)
        if not fits(labels.shape, logits.shape[:-1]):
            raise ValueError(
                f"{function}: Shape mismatch: The shape of labels (received {tuple(labels.shape)}) should equal the "
                f"shape of logits except for the last dimension (received {tuple(logits.shape)})."
            )
        losses = sparse_softmax_losses(logits, labels)
        if isinstance(weights, (int, float)):
            return _collected(losses, weights, name, loss_collection, reduction, casts=0)
        weights = as_weights(weights, losses)
        if weights.dim() == losses.dim() + 1 and weights.shape[-1] == 1:
            weights = weights.squeeze(-1)
        return _collected(losses, weights, name, loss_collection, reduction)


def sigmoid_cross_entropy(
    multi_class_labels: Tensor,
    logits: Tensor,
    weights: Weights = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Cross entropy between sigmoids of `logits` and labels in [0, 1], weighted and reduced.

    Args:
      multi_class_labels: any dtype.
      logits: of the shape of the labels.
      weights, loss_collection, reduction: see `compute_weighted_loss`.
      label_smoothing: where above 0, labels become
        `multi_class_labels * (1 - label_smoothing) + label_smoothing / 2`.
      scope: the name scope of the loss, `"sigmoid_cross_entropy_loss"` by default.

    Returns:
      Dtype of `logits` (float32 under autocast); 0-d, or of the shape of `logits` for `Reduction.NONE`.

    Raises:
      ValueError: an argument is None, the shapes differ, `weights` do not fit, or there is no such reduction.
      TypeError: `logits` are not floating point.

    Source: tf.losses.sigmoid_cross_entropy.
    """
    function = "sigmoid_cross_entropy"
    with _scope(scope, "sigmoid_cross_entropy_loss") as name:
        logits, labels = _same_shape(function, "logits", logits, "multi_class_labels", multi_class_labels)
        losses = logistic_losses(logits, labels, label_smoothing)
        casts = _constant(weights) + (labels.dtype != logits.dtype)
        return _collected(losses, weights, name, loss_collection, reduction, casts=casts)


def _scope(scope: str | None, default: str) -> Any:
    return get_default_graph().name_scope(default if scope is None else scope)


def _required(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"{name} must not be None. Pass a tensor.")


def _same_shape(function: str, first: str, a: Any, second: str, b: Any) -> tuple[Tensor, Tensor]:
    _required(**{second: b, first: a})
    return same_shape(function, first, a, second, b)


def _fitting(weights: Any, losses: Tensor) -> Tensor:
    weights = as_weights(weights, losses)
    if weights.dim() and not fits(weights.shape, losses.shape, one=True):
        raise ValueError(
            f"weights can not be broadcast to values. values.rank={losses.dim()}. weights.rank={weights.dim()}. "
            f"values.shape={tuple(losses.shape)}. weights.shape={tuple(weights.shape)}. Expected a number, or a "
            f"tensor of the losses' rank with their sizes, or 1, on every axis."
        )
    return weights


def _constant(weights: Any) -> bool:
    return isinstance(weights, (int, float))


def _collected(
    losses: Tensor,
    weights: Any,
    scope: str,
    loss_collection: str | None,
    reduction: str,
    ops: Mapping[str, str] = {},
    casts: int | None = None,
) -> Tensor:
    """The reduced loss, with the name of TensorFlow's last operation.

    Args:
      ops: the names that earlier operations leave for it, by reduction.
      casts: how many casts TensorFlow makes before the last two; by default one of constant weights.
    """
    Reduction.validate(reduction)
    loss = _reduced(losses.float(), weights, reduction).to(losses.dtype)
    if loss.dtype == torch.float32:
        op = ops.get(reduction) or {Reduction.NONE: "Mul", Reduction.SUM: "Sum"}.get(reduction, "value")
    else:
        op = f"Cast_{1 + (_constant(weights) if casts is None else casts)}"
    return add_named(loss, scope, op, loss_collection)


def _reduced(losses: Tensor, weights: Any, reduction: str) -> Tensor:
    constant = _constant(weights)
    if not constant:
        weights = _fitting(weights, losses)
    if reduction == Reduction.NONE:
        return losses * weights
    total = losses.sum() * weights if constant else (losses * weights).sum()
    if reduction == Reduction.SUM:
        return total
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return total / at_least_one(losses.numel())
    if constant and weights:
        mean = total / at_least_one(losses.numel())
        return mean / weights if reduction == Reduction.MEAN else mean
    applied = torch.ones_like(losses) * weights
    return quotient_or_zero(total, applied.sum() if reduction == Reduction.MEAN else (applied != 0).sum())
