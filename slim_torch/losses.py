"""The losses of tf.contrib.losses (`slim.losses`): per-example values, weighted, reduced to one number.

Every function here puts its result into the LOSSES collection of the current step and returns it;
`get_total_loss` adds up what a step has gathered. Regularization losses are made where variables are
(`scopes.py`). Invariant: nothing here reads a tensor's value on the host, so losses can be compiled and
recorded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from slim_torch.graph import Graph, GraphKeys, get_default_graph

__all__ = [
    "add_loss",
    "compute_weighted_loss",
    "get_losses",
    "get_regularization_losses",
    "get_total_loss",
    "mean_squared_error",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
]

Weights = float | Sequence[float] | Tensor


def add_loss(loss: Any, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Adds `loss` to a collection of losses; with `loss_collection=None` to none.

    Source: tf.contrib.losses.add_loss.
    """
    if loss_collection is not None:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Any]:
    """The losses of the current step, in the order of adding.

    Args:
      scope: a regular expression that a loss's name must match from the start. The losses of this
        module have TensorFlow's names (`"my_scope/softmax_cross_entropy_loss/value:0"`); a tensor given
        to `add_loss` answers with the name scope that it was added in.

    Source: tf.contrib.losses.get_losses.
    """
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The regularization losses of the variables that the current step has used.

    Args:
      scope: a regular expression for the names, as in `get_losses`.

    Source: tf.contrib.losses.get_regularization_losses.
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
    if not losses:
        raise ValueError(
            "get_total_loss: inputs must be a list of at least one Tensor with the same dtype and shape, "
            "but the step has no losses. Call a loss of slim.losses, or add_loss, in this step first."
        )
    get_default_graph().unique_name(name)
    tensors = [loss if isinstance(loss, Tensor) else torch.as_tensor(loss) for loss in losses]
    dtypes = [str(tensor.dtype)[6:] for tensor in tensors]
    if len(set(dtypes)) > 1:
        raise TypeError(
            f"get_total_loss: losses have types {dtypes} that don't all match. Cast them to one dtype."
        )
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len(set(shapes)) > 1:
        raise ValueError(
            f"get_total_loss: shapes must be equal, but are {shapes}. Reduce each loss to a number."
        )
    return torch.stack(tensors).sum(0)


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
    return _collected(losses, weights, scope or "weighted_loss")


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
    _check_same_shape("softmax_cross_entropy", "logits", logits, "onehot_labels", onehot_labels)
    logits = _floating("softmax_cross_entropy", logits)
    labels = onehot_labels.detach().to(logits.dtype)
    if label_smoothing > 0:
        labels = labels * (1.0 - label_smoothing) + label_smoothing / logits.shape[1]
    log_probabilities = functional.log_softmax(logits, -1)
    losses = -(labels * log_probabilities).sum(-1)
    # Worth nothing in value; its gradient turns sum(labels) * softmax - labels into softmax - labels.
    log_normalizer = logits.logsumexp(-1)
    losses = losses + (1 - labels.sum(-1)) * (log_normalizer - log_normalizer.detach())
    return _collected(losses, weights, scope or "softmax_cross_entropy_loss")


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
    if not isinstance(labels, Tensor):
        labels = torch.as_tensor(labels, device=logits.device)
    if labels.dtype not in (torch.int32, torch.int64):
        raise TypeError(
            f"sparse_softmax_cross_entropy: labels have DataType {str(labels.dtype)[6:]} not in list of "
            f"allowed values: int32, int64. Convert them with labels.long()."
        )
    shape, given = tuple(logits.shape), tuple(labels.shape)
    if len(shape) != 2 or not given or given[0] != shape[0] or any(size != 1 for size in given[1:]):
        raise ValueError(
            f"sparse_softmax_cross_entropy: Shape mismatch: labels have shape {given}, logits {shape}; "
            f"expected logits [batch, classes] and labels [batch] or [batch, 1]. Flatten further axes "
            f"into the batch first."
        )
    logits = _floating("sparse_softmax_cross_entropy", logits)
    # PyTorch would leave out rows labelled -100; here that is a label out of range like any other.
    losses = functional.cross_entropy(
        logits, labels.reshape(-1).long(), reduction="none", ignore_index=torch.iinfo(torch.int64).min
    )
    return _collected(losses, weights, scope or "sparse_softmax_cross_entropy_loss")


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
    _check_same_shape("sigmoid_cross_entropy", "logits", logits, "multi_class_labels", multi_class_labels)
    logits = _floating("sigmoid_cross_entropy", logits)
    labels = multi_class_labels.to(logits.dtype)
    if label_smoothing > 0:
        labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing
    losses = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return _collected(losses, weights, scope or "sigmoid_cross_entropy_loss")


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
      TypeError: a tensor is missing.

    Adds the result to LOSSES. Source: tf.contrib.losses.mean_squared_error.
    """
    _check_same_shape("mean_squared_error", "predictions", predictions, "labels", labels)
    assert labels is not None
    losses = functional.mse_loss(predictions.float(), labels.float(), reduction="none")
    return _collected(losses, weights, scope or "mean_squared_error")


def _check_same_shape(function: str, first: str, a: Any, second: str, b: Any) -> None:
    for name, value in ((first, a), (second, b)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{function}: {name} is {value!r}, expected a tensor. Pass torch.as_tensor(...).")
    if a.shape != b.shape:
        raise ValueError(
            f"{function}: Shapes {tuple(a.shape)} of {first} and {tuple(b.shape)} of {second} are "
            f"incompatible. They must be equal; nothing is broadcast."
        )


def _floating(function: str, logits: Tensor) -> Tensor:
    if not logits.is_floating_point():
        raise TypeError(
            f"{function}: logits have DataType {str(logits.dtype)[6:]} not in list of allowed values: "
            f"float16, bfloat16, float32, float64."
        )
    # Autocast layers give half precision; a loss keeps the precision that autocast keeps for losses.
    return logits.float() if torch.is_autocast_enabled(logits.device.type) else logits


def _collected(losses: Tensor, weights: Any, name: str) -> Tensor:
    graph = get_default_graph()
    with graph.name_scope(name) as scope:
        loss = _weighted_mean(losses.float(), weights).to(losses.dtype)
        _add_named(graph, loss, scope + "value:0")
    return loss


def _add_named(graph: Graph, loss: Tensor, name: str) -> None:
    # The registry matches a tensor by this attribute; TensorFlow's own name is what scopes are made for.
    loss.slim_name_scope = name  # type: ignore[attr-defined]
    graph.add_to_collection(GraphKeys.LOSSES, loss)


def _weighted_mean(losses: Tensor, weights: Any) -> Tensor:
    if weights is None:
        raise ValueError("weights: None values not supported. Pass 1.0 to weigh all elements alike.")
    if losses.ndim == 0:
        raise ValueError(
            "losses: expected at least rank 1, [batch, ...], got a scalar. Add a finished loss with add_loss."
        )
    if isinstance(weights, (int, float)) and weights != 0:
        # sym_max: no elements give 0, not 0 / 0.
        return losses.sum() * weights / torch.sym_max(losses.numel(), 1)
    weights = torch.as_tensor(weights, device=losses.device).to(torch.float32)
    if weights.ndim > 1 and weights.shape[-1] == 1:
        weights = weights.squeeze(-1)
    rank = weights.ndim
    if rank > losses.ndim:
        raise ValueError(
            f"weights of shape {tuple(weights.shape)} have more axes than losses of shape "
            f"{tuple(losses.shape)}. Expected a number, or the leading axes of the losses."
        )
    if rank == 0:
        total, elements = losses.sum() * weights, losses.numel()
    else:
        sums = losses.sum(tuple(range(rank, losses.ndim))) if rank < losses.ndim else losses
        for size, weight in zip(sums.shape, weights.shape, strict=True):
            if size != weight and size != 1 and weight != 1:
                raise ValueError(
                    f"Dimensions must be equal, but are {size} and {weight}: weights of shape "
                    f"{tuple(weights.shape)} do not broadcast to losses of shape {tuple(losses.shape)}. "
                    f"Expected a number, or one weight per element of the losses' leading axes."
                )
        # Every weight stands for all elements along the axes that it does not have.
        total, elements = (sums * weights).sum(), math.prod(losses.shape[rank:])
    present = (weights != 0).sum() * elements
    return torch.where(present > 0, total / present.clamp(min=1), torch.zeros_like(total))
