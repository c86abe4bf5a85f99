"""`tf.nn`: cross entropies and their kin, one value for each example and none collected.

Losses that join collections are in `slim_torch.losses`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.operands import either, floating_operand, is_known, operand

__all__ = [
    "log_poisson_loss",
    "sigmoid_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "sparse_softmax_cross_entropy_with_logits",
    "weighted_cross_entropy_with_logits",
]


def _named_arguments(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None:
        raise ValueError(f"Only call `{function}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError(f"Both labels and logits must be provided to `{function}`.")


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """`softmax_cross_entropy_with_logits_v2` that gives no gradient to the labels.

    Source: tf.nn.softmax_cross_entropy_with_logits.
    """
    _named_arguments("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    along = either("axis", axis, "dim", dim)
    logits = floating_operand(logits, "SoftmaxCrossEntropyWithLogits", "features")
    labels = operand(labels, logits, "SoftmaxCrossEntropyWithLogits", "labels").detach()
    return _softmax_cross_entropy(labels, logits, along, name, "softmax_cross_entropy_with_logits_sg")


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None
) -> Tensor:
    """The cross entropy of the softmax of the logits, for labels that are distributions.

    Args:
      labels: of the shape of `logits`; usually one-hot, and expected to sum to 1 along `axis`.
      axis: of the classes, the last by default; `dim` is its old name.

    Returns:
      The shape of `logits` without `axis`.

    Raises:
      ValueError: the shapes differ.

    Source: tf.nn.softmax_cross_entropy_with_logits_v2.
    """
    along = either("axis", axis, "dim", dim)
    logits = floating_operand(logits, "SoftmaxCrossEntropyWithLogits", "features")
    labels = operand(labels, logits, "SoftmaxCrossEntropyWithLogits", "labels")
    along = -1 if along is None else along
    return _softmax_cross_entropy(labels, logits, along, name, "softmax_cross_entropy_with_logits")


def _softmax_cross_entropy(labels: Tensor, logits: Tensor, axis: int, name: str | None, scope: str) -> Tensor:
    with name_scope(name, scope):
        _check_broadcast(labels, logits)
        narrow = logits.dtype if logits.dtype.itemsize == 2 else None
        if narrow is not None:
            labels, logits = labels.float(), logits.float()
        shifted = logits - logits.detach().amax(axis, keepdim=True)
        total = shifted.exp().sum(axis).log()
        # TensorFlow's gradient is softmax - labels, also where the labels do not sum to 1.
        losses = total + (labels.sum(axis) - 1) * total.detach() - (labels * shifted).sum(axis)
        if narrow is not None:
            return named(losses.to(narrow), None, "Cast_2")
        return named(losses, None, "Reshape_2")


def _check_broadcast(labels: Tensor, logits: Tensor) -> None:
    sizes = list(zip(labels.shape, logits.shape))
    wrong = any(is_known(a, b) and a not in (1, b) for a, b in sizes)
    if wrong or labels.dim() != logits.dim():
        raise ValueError(
            f"logits and labels must be broadcastable: logits_size={list(logits.shape)} "
            f"labels_size={list(labels.shape)}."
        )


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross entropy of the softmax of the logits, for labels that are class numbers.

    Args:
      labels: int32 or int64, the shape of `logits` without its last axis, the classes. In TensorFlow a
        number outside the classes is an error on the CPU and gives NaN on the GPU; here PyTorch raises.

    Raises:
      ValueError: the ranks do not fit, or arguments are not given by name.
      TypeError: the labels are no integers.

    Source: tf.nn.sparse_softmax_cross_entropy_with_logits.
    """
    op = "SparseSoftmaxCrossEntropyWithLogits"
    _named_arguments("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    logits, labels = floating_operand(logits, op, "features"), as_tensor(labels)
    if labels.dtype not in (torch.int32, torch.int64):
        raise TypeError(
            f"Value passed to parameter 'labels' has DataType {str(labels.dtype)[6:]} not in list of allowed "
            f"values: int32, int64. Convert the labels with tf.cast."
        )
    if labels.dim() != logits.dim() - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {labels.dim()}) should equal rank of logits minus 1 "
            f"(received {logits.dim()})."
        )
    with name_scope(name, op) as scope:
        wide = logits.float() if logits.dtype.itemsize == 2 else logits
        logs = torch.log_softmax(wide, -1).gather(-1, labels.long().unsqueeze(-1))
        losses = -logs.squeeze(-1).to(logits.dtype)
        if labels.dim() != 1:
            return named(losses, None, "Reshape_2")
        # TensorFlow gives the operation the name of the scope that it is in.
        return named(losses, None, scope.rstrip("/").rsplit("/", 1)[-1] if name else op)


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross entropy of independent yes-or-no labels, element by element.

    Raises:
      ValueError: the shapes differ, or arguments are not given by name.

    Source: tf.nn.sigmoid_cross_entropy_with_logits.
    """
    _named_arguments("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    logits = floating_operand(logits, "logistic_loss", "logits")
    labels = operand(labels, logits, "logistic_loss", "labels")
    _check_same("logits", logits, "labels", labels)
    losses = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return named(losses, name, "logistic_loss")


def _check_same(first: str, a: Tensor, second: str, b: Tensor) -> None:
    sizes = list(zip(a.shape, b.shape))
    if a.dim() != b.dim() or any(is_known(m, n) and m != n for m, n in sizes):
        raise ValueError(
            f"{first} and {second} must have the same shape ({list(a.shape)} vs {list(b.shape)})"
        )


def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` in which a missed yes costs `pos_weight` times as much.

    `targets` is the old name of `labels`. Source: tf.nn.weighted_cross_entropy_with_logits.
    """
    logits = floating_operand(logits, "logistic_loss", "logits")
    labels = operand(either("labels", labels, "targets", targets), logits, "logistic_loss", "labels")
    _check_same("logits", logits, "targets", labels)
    weight = operand(pos_weight, logits, "logistic_loss", "pos_weight")
    factor = 1 + (weight - 1) * labels
    return named((1 - labels) * logits - factor * F.logsigmoid(logits), name, "logistic_loss")


def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """The negative log likelihood of counts, given the logarithm of their expectation, up to a constant.

    Args:
      compute_full_loss: adds Stirling's approximation of the constant, where the target is above 1.

    Source: tf.nn.log_poisson_loss.
    """
    log_input = floating_operand(log_input, "log_poisson_loss", "log_input")
    targets = operand(targets, log_input, "log_poisson_loss", "targets")
    _check_same("log_input", log_input, "targets", targets)
    with name_scope(name, "log_poisson_loss"):
        losses = log_input.exp() - log_input * targets
        if not compute_full_loss:
            return named(losses, None, "sub")
        large = targets > 1
        safe = torch.where(large, targets, 1.0)
        stirling = safe * safe.log() - safe + 0.5 * (2 * math.pi * safe).log()
        return named(losses + torch.where(large, stirling, 0.0), None, "add_1")
