"""Operations that give serialized summaries: scalars, histograms, and several merged.

Inside a step they give the bytes at once. Writing them to files is up to `event_files.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dtypes import string
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.summary_protos import HistogramProto, Summary
from slim_torch.tensors import as_tensor

__all__ = ["histogram", "merge", "merge_all", "scalar"]

_LARGEST = float(np.finfo(np.float64).max)


def _fail(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _clean(name: str) -> str:
    return re.sub(r"[^-/\w\.]", "_", name).lstrip("/")


def _recorded(
    function: Callable[..., Any], args: tuple[Any, ...], op_type: str, name: str, collections: Any
) -> Any:
    graph = recording_graph()
    if graph is None:
        made = function(*args).item()
    else:
        static = tensor_like([], string)
        made = record(function, args, op_type=op_type, name=name, static=static, graph=graph)
    for key in collections:
        get_default_graph().add_to_collection(key, made)
    return made


def _summary(
    function: Callable[..., Any], name: str, values: Any, family: str | None, collections: Any, op_type: str
) -> Any:
    family = None if family is None else _clean(family)
    name = _clean(name)
    with name_scope(name if family is None else f"{family}/{name}", None, [values]) as scope:
        tag = scope.rstrip("/")
        tensor = as_tensor(values)
        if tensor.dtype in (torch.bool, string):
            kind = "bool" if tensor.dtype == torch.bool else "string"
            raise TypeError(f"Value passed to parameter 'values' has DataType {kind}: expected numbers.")
        args = (tensor, tag if family is None else f"{family}/{tag}")
        chosen = [GraphKeys.SUMMARIES] if collections is None else collections
        return _recorded(function, args, op_type, scope, chosen)


def _serialized(tag: str, **value: Any) -> np.ndarray:
    return np.array(Summary(value=[Summary.Value(tag=tag, **value)]).SerializeToString(), dtype=object)


def _scalar(value: torch.Tensor, tag: str) -> np.ndarray:
    if value.dim():
        raise _fail(f"tags and values not the same shape: [] != {list(value.shape)} (tag '{tag}')")
    return _serialized(tag, simple_value=value.item())


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Any:
    """One number. The tag is the operation's name, after `family/` if there is one.

    Raises:
      TypeError: `tensor` holds no numbers.
      InvalidArgumentError: when it runs, `tensor` is no scalar.

    Source: tf.summary.scalar.
    """
    return _summary(_scalar, name, tensor, family, collections, "ScalarSummary")


def _limits() -> np.ndarray:
    limits, limit = [], 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    limits.append(_LARGEST)
    return np.array([*(-item for item in reversed(limits)), 0.0, *limits])


def _histogram(values: torch.Tensor, tag: str) -> np.ndarray:
    data = values.detach().cpu().to(torch.float64).numpy().reshape(-1)
    if np.isnan(data).any():
        raise _fail(f"Nan in summary histogram for: {tag}")
    if np.isinf(data).any():
        raise _fail(f"Infinity in summary histogram for: {tag}")
    limits = _limits()
    places = np.minimum(np.searchsorted(limits, data, side="right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    # Of neighbouring empty buckets only the last is written.
    kept = (counts > 0) | np.append(counts[1:] > 0, True)
    found = HistogramProto(min=_LARGEST, max=-_LARGEST, bucket_limit=limits[kept], bucket=counts[kept])
    if len(data):
        found.min, found.max, found.num = data.min(), data.max(), len(data)
        with np.errstate(over="ignore"):
            # One after the other, as TensorFlow adds.
            found.sum, found.sum_squares = np.cumsum(data)[-1], np.cumsum(data * data)[-1]
    return _serialized(tag, histo=found)


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Any:
    """How many values fall into each of TensorFlow's buckets, which grow by a tenth.

    Raises:
      TypeError: `values` holds no numbers.
      InvalidArgumentError: when it runs, a value is not finite.

    Source: tf.summary.histogram.
    """
    return _summary(_histogram, name, values, family, collections, "HistogramSummary")


def _merged(parts: Sequence[Any]) -> np.ndarray:
    merged, tags = Summary(), set()
    for part in parts:
        for value in Summary.FromString(np.asarray(part, dtype=object).item()).value:
            if value.tag in tags:
                raise _fail(f"Duplicate tag {value.tag} found in summary inputs")
            tags.add(value.tag)
            merged.value.append(value)
    return np.array(merged.SerializeToString(), dtype=object)


def merge(inputs: Sequence[Any], collections: Any = None, name: str | None = None) -> Any:
    """Several serialized summaries as one, in their order.

    Raises:
      ValueError: there are none.
      InvalidArgumentError: when it runs, two have the same tag.

    Source: tf.summary.merge.
    """
    parts = list(inputs)
    if not parts:
        raise ValueError(
            "List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum length 1."
        )
    with name_scope(name, "Merge", parts):
        return _recorded(_merged, (parts,), "MergeSummary", name or "MergeSummary", collections or [])


def merge_all(key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Any:
    """The summaries of a collection, merged; None if there are none. Source: tf.summary.merge_all."""
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None
