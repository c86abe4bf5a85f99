"""The losses of tf.contrib.losses (`slim.losses`): per-example values, weighted, reduced to one number.

Every function here but `hinge_loss` puts its result into the LOSSES collection of the current step and
returns it; `get_total_loss` adds up what a step has gathered. Regularization losses are made where variables
are (`scopes.py`), formulas are in `loss_support.py`, and the family of `tf.losses` is in `tf_losses.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from slim_torch.tensors import as_tensor, named

__all__ = [
    "absolute_difference",
    "add_loss",
    "compute_weighted_loss",
    "cosine_distance",
    "get_losses",
    "get_regularization_losses",
    "get_total_loss",
    "hinge_loss",
    "log_loss",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]


def add_loss(loss: Any, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Adds `loss` to a collection of losses; with `loss_collection=None` to none.

    Source: tf.contrib.losses.add_loss, tf.losses.add_loss.
    """
    if loss_collection is not None:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """The losses of the current step, in the order of adding.

    Args:
      scope: a regular expression that a loss's name must match from the start. The losses of this
        module have TensorFlow's names (`"my_scope/softmax_cross_entropy_loss/value:0"`); a tensor given
        to `add_loss` answers with the name scope that it was added in.

    Source: tf.contrib.losses.get_losses, tf.losses.get_losses.
    """
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The regularization losses of the variables that the current step has used.

    Args:
      scope: a regular expression for the names, as in `get_losses`.

    Source: tf.contrib.losses.get_regularization_losses, tf.losses.get_regularization_losses.
    """
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Tensor:
    """The sum of the step's losses, and of its regularization losses.

    Args:
      add_regularization_losses: whether the second group takes part.
      name: the name that the sum takes among the step's names.

    Returns:
      A tensor of the shape that the losses have in common; 0-d for all losses of this module.

    Raises:
      ValueError: there are no losses, or their shapes differ.
      TypeError: their dtypes differ.

    Source: tf.contrib.losses.get_total_loss.
    """
    losses = get_losses()
    if add_regularization_losses:
        losses = losses + get_regularization_losses()
    return sum_of_losses(losses, name)


def compute_weighted_loss(losses: Tensor, weights: Weights = 1.0, scope: str | None = None) -> Tensor:
    """The weighted mean of `losses`, over the elements whose weight is not zero.

    Args:
      losses: `[batch, d1, ... dN]`, at least rank 1.
      weights: a number, or a tensor `[batch]`, `[batch, d1]`, ... that broadcasts to the leading axes of
        `losses`; a last axis of size 1 is dropped from rank 2 upwards. An axis of size 1 in `weights`
        broadcasts, but its weight counts once for the mean's divisor (TensorFlow does so).
      scope: the name scope of the loss, `"weighted_loss"` by default.

    Returns:
      0-d, computed in float32 and then given the dtype of `losses`. Zero where no element has a
      weight, or there are no elements.

    Raises:
      ValueError: `weights` is None or does not fit, or `losses` is a scalar.

    Adds the result to LOSSES. Source: tf.contrib.losses.compute_weighted_loss.
    """
    with _scope(scope, "weighted_loss") as name:
        return _collected(as_tensor(losses), weights, name)


def absolute_difference(
    predictions: Tensor, labels: Tensor | None = None, weights: Weights = 1.0, scope: str | None = None
) -> Tensor:
    """The weighted mean of `|predictions - labels|`.

    Args:
      predictions: any shape from rank 1, any dtype.
      labels: of the same shape; any dtype.
      weights: a number, or as `compute_weighted_loss` takes them for the shape of `predictions`.
      scope: the name scope of the loss, `"absolute_difference"` by default.

    Returns:
      0-d float32, whatever the dtypes given.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: an argument is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.absolute_difference.
    """
    with _scope(scope, "absolute_difference") as name:
        predictions, labels = same_shape("absolute_difference", "predictions", predictions, "labels", labels)
        return _collected(absolute_errors(predictions, labels), weights, name)


def log_loss(
    predictions: Tensor,
    labels: Tensor | None = None,
    weights: Weights = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Tensor:
    """Cross entropy between probabilities and labels in [0, 1], element by element.

    Args:
      predictions: probabilities, any shape from rank 1.
      labels: of the same shape; any dtype.
      weights: a number, or as `compute_weighted_loss` takes them for the shape of `predictions`.
      epsilon: is added before each logarithm.
      scope: the name scope of the loss, `"log_loss"` by default.

    Returns:
      0-d float32, whatever the dtypes given.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: an argument is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.log_loss.
    """
    with _scope(scope, "log_loss") as name:
        predictions, labels = same_shape("log_loss", "predictions", predictions, "labels", labels)
        return _collected(log_losses(predictions, labels, epsilon), weights, name)


def hinge_loss(logits: Tensor, labels: Tensor | None = None, scope: str | None = None) -> Tensor:
    """`max(0, 1 - sign * logits)`, element by element; not reduced, and in no collection.

    Args:
      logits: any shape, float32.
      labels: of the same shape, 1 for the sign 1 and 0 for the sign -1; any dtype.
      scope: the name scope of the loss, `"hinge_loss"` by default.

    Returns:
      Float32, of the shape of `logits`.

    Raises:
      ValueError: the shapes differ.
      TypeError: an argument is missing, or `logits` are not float32.

    Source: tf.contrib.losses.hinge_loss, which neither reduces the loss nor puts it into LOSSES.
    """
    with _scope(scope, "hinge_loss"):
        logits, labels = same_shape("hinge_loss", "logits", logits, "labels", labels)
        if logits.dtype != torch.float32:
            raise TypeError(
                f"hinge_loss: logits have type {str(logits.dtype)[6:]} that does not match type float32 of the "
                f"labels. Pass logits.float()."
            )
        return named(hinge_losses(logits, labels), None, "Relu")


def cosine_distance(
    predictions: Tensor,
    labels: Tensor | None = None,
    axis: int | None = None,
    weights: Weights = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Tensor:
    """The weighted mean of one minus the dot products of vectors, which are of length one already.

    Args:
      predictions: any shape from rank 2, any dtype.
      labels: of the same shape; any dtype.
      axis: the axis that holds the vectors.
      weights: a number, or as `compute_weighted_loss` takes them for the shape of `predictions` without `axis`.
      scope: the name scope of the loss, `"cosine_distance_loss"` by default.
      dim: the old name of `axis`.

    Returns:
      0-d float32, whatever the dtypes given.

    Raises:
      ValueError: no axis, or one that does not exist; the shapes differ, or `weights` do not fit.
      TypeError: an argument is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.cosine_distance.
    """
    axis = one_axis(axis, dim)
    with _scope(scope, "cosine_distance_loss") as name:
        predictions, labels = same_shape("cosine_distance", "predictions", predictions, "labels", labels)
        return _collected(cosine_distances(predictions, labels, axis, keepdim=False), weights, name)


def mean_pairwise_squared_error(
    predictions: Tensor, labels: Tensor | None = None, weights: Weights = 1.0, scope: str | None = None
) -> Tensor:
    """The mean squared difference between pairs of errors in a row, weighted and summed over the rows.

    Args:
      predictions: `[batch, ...]`, any dtype.
      labels: of the same shape; any dtype.
      weights: a number, or `[batch]`. Beyond rank 1 TensorFlow broadcasts them against the row's losses,
        `[batch]`, as if these were the last axis, and so does this.
      scope: the name scope of the loss, `"mean_pairwise_squared_error"` by default.

    Returns:
      0-d float32: for a row of n errors e, `2 * (sum(e ** 2) / n - sum(e) ** 2 / n ** 2)`.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: an argument is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.mean_pairwise_squared_error. The one of `tf.losses`
    divides by n - 1 instead.
    """
    function = "mean_pairwise_squared_error"
    with _scope(scope, function) as name:
        predictions, labels = same_shape(function, "predictions", predictions, "labels", labels)
        differences = predictions.float() - labels.float()
        _check_batched(differences)
        weights = as_weights(weights, differences)
        rank = weights.dim()
        if rank > differences.dim():
            raise _unfitting(weights, differences)
        if rank == 0:
            present = row_sums((torch.ones_like(differences) * weights != 0).long())
        else:
            _check_broadcast(differences.shape[:1], weights.shape[:1], weights, differences)
            _check_broadcast(differences.shape[:1], weights.shape[-1:], weights, differences)
            present = row_sums((weights != 0).long()) * math.prod(differences.shape[rank:])
        losses = pairwise_errors(differences, present, less=0, keepdim=False)
        return add_named((losses * weights).sum(), name, "value_2", GraphKeys.LOSSES)


def softmax_cross_entropy(
    logits: Tensor,
    onehot_labels: Tensor,
    weights: Weights = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Cross entropy between a softmax of `logits` and `onehot_labels`, weighted mean over the batch.

    Args:
      logits: `[batch, classes]`, or more axes with the classes last.
      onehot_labels: of the same shape; any dtype. No gradient flows into them.
      weights: a number, `[batch]` or `[batch, 1]`; see `compute_weighted_loss`.
      label_smoothing: where above 0, labels become
        `onehot_labels * (1 - label_smoothing) + label_smoothing / size of axis 1`.
        (Axis 1 also beyond rank 2, where it is not that of the classes: TensorFlow's oddity, kept.)
      scope: the name scope of the loss, `"softmax_cross_entropy_loss"` by default.

    Returns:
      0-d, dtype of `logits` (float32 under autocast).

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: `logits` are not floating point.

    The gradient by the logits is `softmax - labels`, times the weight, also for labels that do not sum
    to one: TensorFlow's kernel, where differentiating the formula would give another answer.

    Adds the result to LOSSES. Source: tf.contrib.losses.softmax_cross_entropy.
    """
    function = "softmax_cross_entropy"
    with _scope(scope, "softmax_cross_entropy_loss") as name:
        logits, labels = same_shape(function, "logits", logits, "onehot_labels", onehot_labels)
        return _collected(softmax_losses(logits, labels, label_smoothing, axis=1), weights, name, labels)


def sparse_softmax_cross_entropy(
    logits: Tensor, labels: Tensor | Sequence[int], weights: Weights = 1.0, scope: str | None = None
) -> Tensor:
    """Cross entropy between a softmax of `logits` and one class per row.

    Args:
      logits: `[batch, classes]`.
      labels: `[batch]` or `[batch, 1]`, int32 or int64, in `[0, classes)`.
      weights: a number, `[batch]` or `[batch, 1]`; see `compute_weighted_loss`.
      scope: the name scope of the loss, `"sparse_softmax_cross_entropy_loss"` by default.

    Returns:
      0-d, dtype of `logits` (float32 under autocast).

    Raises:
      ValueError: `labels` or `weights` do not fit.
      TypeError: `labels` are neither int32 nor int64, or `logits` are not floating point.
      IndexError: a label is out of range (on a CPU; on a GPU a device assertion).

    Adds the result to LOSSES. Source: tf.contrib.losses.sparse_softmax_cross_entropy.
    """
    function = "sparse_softmax_cross_entropy"
    with _scope(scope, "sparse_softmax_cross_entropy_loss") as name:
        logits, labels = as_pair(function, "logits", logits, "labels", labels)
        rows = [*logits.shape[:1], *[1] * (labels.dim() - 1)]
        if logits.dim() != 2 or not fits(labels.shape, rows):
            raise ValueError(
                f"{function}: Shape mismatch: labels have shape {tuple(labels.shape)}, logits {tuple(logits.shape)}; "
                f"expected logits [batch, classes] and labels [batch] or [batch, 1]. Flatten further axes into the "
                f"batch first."
            )
        return _collected(sparse_softmax_losses(logits, labels.reshape(-1)), weights, name)


def sigmoid_cross_entropy(
    logits: Tensor,
    multi_class_labels: Tensor,
    weights: Weights = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Tensor:
    """Cross entropy between sigmoids of `logits` and labels in [0, 1], element by element.

    Args:
      logits: `[batch, classes]`, or any rank from 1.
      multi_class_labels: of the same shape; any dtype.
      weights: a number, or as `compute_weighted_loss` takes them for the shape of `logits`.
      label_smoothing: where above 0, labels become
        `multi_class_labels * (1 - label_smoothing) + label_smoothing / 2`.
      scope: the name scope of the loss, `"sigmoid_cross_entropy_loss"` by default.

    Returns:
      0-d, dtype of `logits` (float32 under autocast).

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: `logits` are not floating point.

    Adds the result to LOSSES. Source: tf.contrib.losses.sigmoid_cross_entropy.
    """
    function = "sigmoid_cross_entropy"
    with _scope(scope, "sigmoid_cross_entropy_loss") as name:
        logits, labels = same_shape(function, "logits", logits, "multi_class_labels", multi_class_labels)
        return _collected(logistic_losses(logits, labels, label_smoothing), weights, name, labels)


def mean_squared_error(
    predictions: Tensor, labels: Tensor | None = None, weights: Weights = 1.0, scope: str | None = None
) -> Tensor:
    """The weighted mean of `(predictions - labels) ** 2`.

    Args:
      predictions: any shape from rank 1, any dtype.
      labels: of the same shape; any dtype.
      weights: a number, or as `compute_weighted_loss` takes them for the shape of `predictions`.
      scope: the name scope of the loss, `"mean_squared_error"` by default.

    Returns:
      0-d float32, whatever the dtypes given.

    Raises:
      ValueError: the shapes differ, or `weights` do not fit.
      TypeError: an argument is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.mean_squared_error.
    """
    with _scope(scope, "mean_squared_error") as name:
        predictions, labels = same_shape("mean_squared_error", "predictions", predictions, "labels", labels)
        return _collected(squared_errors(predictions, labels), weights, name)


def _scope(scope: str | None, default: str) -> Any:
    return get_default_graph().name_scope(default if scope is None else scope)


def _collected(losses: Tensor, weights: Any, scope: str, labels: Tensor | None = None) -> Tensor:
    loss = _weighted_mean(losses.float(), weights).to(losses.dtype)
    # In another dtype the result is the last of several casts of TensorFlow's, one of them that of the labels.
    casts = 3 + (labels is not None and labels.dtype != losses.dtype)
    op = "value" if loss.dtype == torch.float32 else f"Cast_{casts}"
    return add_named(loss, scope, op, GraphKeys.LOSSES)


def _weighted_mean(losses: Tensor, weights: Any) -> Tensor:
    _check_batched(losses)
    if isinstance(weights, (int, float)) and weights != 0:
        # No elements give 0, not 0 / 0.
        return losses.sum() * weights / at_least_one(losses.numel())
    weights = as_weights(weights, losses)
    if weights.dim() > 1 and weights.shape[-1] == 1:
        weights = weights.squeeze(-1)
    rank = weights.dim()
    if rank > losses.dim():
        raise _unfitting(weights, losses)
    if rank == 0:
        total, elements = losses.sum() * weights, losses.numel()
    else:
        sums = losses.sum(tuple(range(rank, losses.dim()))) if rank < losses.dim() else losses
        _check_broadcast(sums.shape, weights.shape, weights, losses)
        # Every weight stands for all elements along the axes that it does not have.
        total, elements = (sums * weights).sum(), math.prod(losses.shape[rank:])
    return quotient_or_zero(total, (weights != 0).sum() * elements)


def _check_batched(losses: Tensor) -> None:
    if losses.dim() == 0:
        raise ValueError(
            "losses: expected at least rank 1, [batch, ...], got a scalar. Add a finished loss with add_loss."
        )


def _check_broadcast(sizes: Sequence[int], others: Sequence[int], weights: Tensor, losses: Tensor) -> None:
    if not all(fits([size], [other], one=True) or other == 1 for size, other in zip(sizes, others)):
        raise _unfitting(weights, losses)


def _unfitting(weights: Tensor, losses: Tensor) -> ValueError:
    return ValueError(
        f"Dimensions must be equal, but are {tuple(losses.shape)} of the losses and {tuple(weights.shape)} of the "
        f"weights, which do not broadcast to the leading ones of the losses. Expected a number, or one weight per "
        f"element of the losses' leading axes."
    )
