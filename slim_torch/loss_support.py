"""What the losses of `slim.losses` and of `tf.losses` have in common: their arguments, formulas and names.

The families differ in the order of arguments, and in how weights fit and losses are reduced: that is in
`losses.py` and `tf_losses.py`. Formulas take tensors of one shape and give a loss per element, or per row of
classes. Nothing here reads a tensor's value on the host, so losses can be compiled and recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import has_torch_function

from slim_torch.dtypes import constant_dtype
from slim_torch.graph import get_default_graph
from slim_torch.symbolic import SymbolicTensor, is_symbolic
from slim_torch.tensors import as_tensor, named

__all__ = [
    "Weights",
    "absolute_errors",
    "add_named",
    "as_pair",
    "as_weights",
    "at_least_one",
    "cosine_distances",
    "fits",
    "hinge_losses",
    "huber_losses",
    "log_losses",
    "logistic_losses",
    "one_axis",
    "pairwise_errors",
    "quotient_or_zero",
    "row_sums",
    "same_shape",
    "softmax_losses",
    "sparse_softmax_losses",
    "squared_errors",
    "sum_of_losses",
]

Weights = float | Sequence[float] | Tensor


# Arguments


def as_pair(function: str, first: str, a: Any, second: str, b: Any) -> tuple[Tensor, Tensor]:
    """`a` and `b` as tensors; constants go to the device of the other.

    Raises:
      TypeError: one of them is None.
    """
    for name, value in ((first, a), (second, b)):
        if value is None:
            raise TypeError(f"{function}: {name} is None, expected a tensor. Pass both {first} and {second}.")
    if not isinstance(a, Tensor):
        a = as_tensor(a, constant_dtype(a), b if isinstance(b, Tensor) else None)
    if not isinstance(b, Tensor):
        b = as_tensor(b, constant_dtype(b), a)
    return a, b


def same_shape(function: str, first: str, a: Any, second: str, b: Any) -> tuple[Tensor, Tensor]:
    """`as_pair`, of one shape.

    Raises:
      ValueError: the shapes differ.
    """
    a, b = as_pair(function, first, a, second, b)
    if not fits(a.shape, b.shape):
        raise ValueError(
            f"{function}: Shapes {tuple(a.shape)} and {tuple(b.shape)} are incompatible: those of {first} and "
            f"{second}. They must be equal; nothing is broadcast."
        )
    return a, b


def fits(shape: Sequence[int], other: Sequence[int], one: bool = False) -> bool:
    """Whether two shapes are the same as far as they are known, or, with `one`, `shape` has 1 where they differ."""
    return len(shape) == len(other) and all(
        size == wanted or (one and size == 1) or is_symbolic(size) or is_symbolic(wanted)
        for size, wanted in zip(shape, other)
    )


def as_weights(weights: Any, losses: Tensor) -> Tensor:
    """Weights as a float32 tensor on the device of `losses`.

    Raises:
      ValueError: they are None.
    """
    if weights is None:
        raise ValueError("weights: None values not supported. Pass 1.0 to weigh all elements alike.")
    if isinstance(weights, (int, float)):
        return losses.new_full((), float(weights), dtype=torch.float32)
    return as_tensor(weights, constant_dtype(weights), losses).to(torch.float32)


def one_axis(axis: Any, dim: Any) -> Any:
    """The axis that `cosine_distance` sums over, of its argument and the one it used to have.

    Raises:
      ValueError: both are given, or none.
    """
    if axis is not None and dim is not None:
        raise ValueError(
            "cosine_distance: Cannot specify both 'dim' and 'axis'. They mean the same; pass axis."
        )
    if axis is None and dim is None:
        raise ValueError("cosine_distance: You must specify 'axis'. Pass the axis that holds the vectors.")
    return dim if axis is None else axis


def _floating(function: str, logits: Tensor) -> Tensor:
    if not logits.is_floating_point():
        raise TypeError(
            f"{function}: logits have DataType {str(logits.dtype)[6:]} not in list of allowed values: "
            f"float16, bfloat16, float32, float64."
        )
    # Autocast layers give half precision; a loss keeps the precision that autocast keeps for losses.
    return logits.float() if torch.is_autocast_enabled(logits.device.type) else logits


# Formulas


def absolute_errors(predictions: Tensor, labels: Tensor) -> Tensor:
    """`|predictions - labels|`, float32."""
    return (predictions.float() - labels.float()).abs()


def squared_errors(predictions: Tensor, labels: Tensor) -> Tensor:
    """`(predictions - labels) ** 2`, float32."""
    return (predictions.float() - labels.float()).square()


def log_losses(predictions: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    """Cross entropy of labels and probabilities in [0, 1], float32."""
    predictions, labels = predictions.float(), labels.float()
    return -labels * (predictions + epsilon).log() - (1 - labels) * (1 - predictions + epsilon).log()


def hinge_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """`max(0, 1 - sign * logits)`, where labels 1 and 0 are the signs 1 and -1."""
    return functional.relu(1 - (2 * labels.float() - 1) * logits)


def huber_losses(predictions: Tensor, labels: Tensor, delta: float) -> Tensor:
    """Half the squared error up to `delta`, and from there a line of slope `delta`; float32.

    Raises:
      TypeError: `delta` is an int.
    """
    if isinstance(delta, int):
        raise TypeError(
            f"huber_loss: delta has type int32 that does not match type float32. Pass {float(delta)}."
        )
    errors = absolute_errors(predictions, labels)
    quadratic = errors.clamp(max=delta)
    return 0.5 * quadratic.square() + delta * (errors - quadratic)


def cosine_distances(predictions: Tensor, labels: Tensor, axis: Any, keepdim: bool) -> Tensor:
    """One minus the dot products along `axis`, float32: for unit vectors, the cosine distance.

    Args:
      keepdim: whether the axis stays, with size 1.

    Raises:
      ValueError: there is no such axis.
    """
    if not isinstance(axis, int) or not -predictions.dim() <= axis < predictions.dim():
        raise ValueError(
            f"cosine_distance: Invalid reduction dimension {axis!r} for input with {predictions.dim()} dimensions. "
            f"Pass one axis, an int."
        )
    return 1 - (predictions.float() * labels.float()).sum(axis, keepdim=keepdim)


def softmax_losses(logits: Tensor, onehot_labels: Tensor, label_smoothing: float, axis: int) -> Tensor:
    """Cross entropies between softmaxes over the last axis and labels, in the dtype of `logits`.

    Args:
      label_smoothing: this much of a label is spread evenly over the classes.
      axis: whose size is taken for the number of classes.

    The gradient by the logits is `softmax - labels` also for labels that do not sum to one: TensorFlow's kernel,
    where differentiating the formula would give another answer. No gradient flows into the labels.
    """
    logits = _floating("softmax_cross_entropy", logits)
    labels = onehot_labels.detach().to(logits.dtype)
    if label_smoothing > 0:
        labels = labels * (1.0 - label_smoothing) + label_smoothing / logits.shape[axis]
    log_probabilities = functional.log_softmax(logits, -1)
    losses = -(labels * log_probabilities).sum(-1)
    # Worth nothing in value; its gradient turns sum(labels) * softmax - labels into softmax - labels.
    log_normalizer = logits.logsumexp(-1)
    return losses + (1 - labels.sum(-1)) * (log_normalizer - log_normalizer.detach())


def sparse_softmax_losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropies between softmaxes over the last axis and one class each, in the dtype of `logits`.

    Args:
      labels: of the shape of `logits` without its last axis; int32 or int64.

    Raises:
      TypeError: `labels` are neither int32 nor int64, or `logits` are not floating point.
    """
    if labels.dtype not in (torch.int32, torch.int64):
        raise TypeError(
            f"sparse_softmax_cross_entropy: labels have DataType {str(labels.dtype)[6:]} not in list of "
            f"allowed values: int32, int64. Convert them with labels.long()."
        )
    logits = _floating("sparse_softmax_cross_entropy", logits)
    # PyTorch would leave out rows labelled -100; here that is a label out of range like any other.
    ignored = torch.iinfo(torch.int64).min
    rows, classes = (logits, labels) if logits.dim() <= 2 else (logits.flatten(0, -2), labels.reshape(-1))
    losses = functional.cross_entropy(rows, classes.long(), reduction="none", ignore_index=ignored)
    return losses if logits.dim() <= 2 else losses.reshape(labels.shape)


def logistic_losses(logits: Tensor, labels: Tensor, label_smoothing: float) -> Tensor:
    """Cross entropies between sigmoids and labels in [0, 1], in the dtype of `logits`."""
    logits = _floating("sigmoid_cross_entropy", logits)
    labels = labels.to(logits.dtype)
    if label_smoothing > 0:
        labels = labels * (1.0 - label_smoothing) + 0.5 * label_smoothing
    return functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")


def pairwise_errors(differences: Tensor, present: Tensor, less: int, keepdim: bool) -> Tensor:
    """For each row, the mean of the squared differences between pairs of its elements.

    Args:
      differences: predictions minus labels, `[batch, ...]`.
      present: how many elements of a row take part, n.
      less: the mean is over `n * (n - less)` pairs.
      keepdim: whether the axes after the batch stay, with size 1.
    """
    squares, sums = row_sums(differences.square(), keepdim), row_sums(differences, keepdim)
    others = (present - less).clamp(min=0)
    return 2 * (quotient_or_zero(squares, others) - quotient_or_zero(sums.square(), present * others))


def row_sums(tensor: Tensor, keepdim: bool = False) -> Tensor:
    """The sums over all axes but the first."""
    axes = tuple(range(1, tensor.dim()))
    # PyTorch reads no axes as all axes.
    return tensor.sum(axes, keepdim=keepdim) if axes else tensor


def quotient_or_zero(dividend: Tensor, divisor: Tensor) -> Tensor:
    """The quotient, and zero, with zero gradients, where the divisor is zero."""
    divisor = divisor.to(dividend.dtype)
    defined = divisor != 0
    return torch.where(defined, dividend / torch.where(defined, divisor, 1), 0)


def at_least_one(count: int) -> int:
    """A count of elements, and 1 for none; by arithmetic alone, for a size that is known when the graph runs."""
    return count + 1 // (count + 1)


# Names and sums


def add_named(loss: Tensor, scope: str, op: str, loss_collection: str | None) -> Tensor:
    """`loss` with TensorFlow's name, `scope` and `op`, added to a collection if that is not None."""
    loss = named(loss, None, op)
    if not isinstance(loss, SymbolicTensor):
        # The registry matches a real tensor by this attribute; a recorded one has a name.
        loss.slim_name_scope = f"{scope}{op}:0"  # type: ignore[attr-defined]
    if loss_collection is not None:
        get_default_graph().add_to_collection(loss_collection, loss)
    return loss


def sum_of_losses(losses: Sequence[Any], name: str | None) -> Tensor:
    """The sum of losses of one shape and dtype, which takes `name` among the names of the step.

    Raises:
      ValueError: there are no losses, or their shapes differ.
      TypeError: their dtypes differ.
    """
    if not losses:
        raise ValueError(
            "get_total_loss: inputs must be a list of at least one Tensor with the same dtype and shape, "
            "but the step has no losses. Call a loss of slim.losses, or add_loss, in this step first."
        )
    tensors = [as_tensor(loss) for loss in losses]
    dtypes = [str(tensor.dtype)[6:] for tensor in tensors]
    if len(set(dtypes)) > 1:
        raise TypeError(
            f"get_total_loss: losses have types {dtypes} that don't all match. Cast them to one dtype."
        )
    if not all(fits(tensor.shape, tensors[0].shape) for tensor in tensors):
        raise ValueError(
            f"get_total_loss: Shapes must be equal, but are {[tuple(tensor.shape) for tensor in tensors]}. Reduce "
            f"each loss to a number."
        )
    total = torch.stack(tensors).sum(0)
    if not has_torch_function((total,)):
        get_default_graph().unique_name(name or "AddN")
    return named(total, name, "AddN" if len(tensors) > 1 else "Identity")
