"""`tf.confusion_matrix`: how often each class was taken for each other one. Streaming ones are in `streaming/`."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.check_ops import assert_less, assert_non_negative
from slim_torch.control_flow import with_dependencies
from slim_torch.dtypes import as_dtype
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_tensor, known_value

__all__ = ["confusion_matrix"]


def _counts(labels: Any, predictions: Any, weights: Any, classes: Any, dtype: torch.dtype) -> torch.Tensor:
    labels, predictions = labels.long(), predictions.long()
    if classes is None:
        classes = max((int(x.max()) + 1 for x in (labels, predictions) if x.numel()), default=0)
    size = int(classes)
    ones = torch.ones(labels.shape, dtype=dtype, device=labels.device)
    given = ones if weights is None else weights.to(dtype).expand(labels.shape)
    flat = torch.zeros(size * size, dtype=dtype, device=labels.device)
    return flat.index_add(0, labels * size + predictions, given).reshape(size, size)


def _sizes(x: Any) -> list[int | None] | None:
    return static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)


def _vector(x: Any, other: Any) -> Any:
    """`x` without a last axis of size 1 that `other` has not."""
    shape, known = _sizes(x), _sizes(other)
    if shape is not None and known is not None and len(shape) == len(known) + 1 and shape[-1] in (1, None):
        return x.squeeze(-1)
    return x


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = torch.int32,
    name: str | None = None,
    weights: Any = None,
) -> torch.Tensor:
    """`[num_classes, num_classes]`: row by label, column by prediction, how many examples (or their weights).

    Args:
      labels, predictions: `[n]`, integers.
      num_classes: one more than the largest label and prediction by default.
      weights: `[n]`, of each example.

    Raises:
      tf.errors.InvalidArgumentError: a label or prediction is negative, or not below `num_classes`: at once where
        it is known, else when run.

    Source: tf.confusion_matrix.
    """
    graph = recording_graph()
    with name_scope(name, "confusion_matrix", [predictions, labels, num_classes, weights]):
        given, found = as_tensor(labels), as_tensor(predictions)
        given, found = _vector(given, found), _vector(found, given)
        checks = []
        for tensor, word in ((given, "labels"), (found, "predictions")):
            checks.append(assert_non_negative(tensor, message=f"`{word}` contains negative values"))
            if num_classes is not None:
                limit = as_tensor(num_classes, tensor.dtype)
                checks.append(assert_less(tensor, limit, message=f"`{word}` out of bound"))
        known = known_value(num_classes) if num_classes is not None else None
        size = None if known is None else int(known)
        if num_classes is None:
            values = [known_value(given), known_value(found)]
            if all(value is not None and value.size for value in values):
                size = max(int(value.max()) for value in values if value is not None) + 1
        factor = None if weights is None else as_tensor(weights)
        args = (given, found, factor, num_classes, as_dtype(dtype))
        if graph is None:
            return _counts(*args)
        return record(
            _counts,
            (with_dependencies(checks, given), *args[1:]),
            op_type="SparseTensorDenseAdd",
            name="SparseTensorDenseAdd",
            static=tensor_like([size, size], as_dtype(dtype)),
            graph=graph,
        )
