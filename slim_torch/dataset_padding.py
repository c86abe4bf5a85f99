"""What `padded_batch` is told: the shape to pad each leaf to, and with what. Padding itself is in `dataset_streams.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from slim_torch.dataset_structure import Spec, as_leaf
from slim_torch.dtypes import string
from slim_torch.tensor_shape import TensorShape
from slim_torch.tensors import known_value

__all__ = ["padded_shape", "padding_value", "parts_like"]


def parts_like(structure: Any, given: Any) -> list[Any]:
    """The parts of `given` that stand where `structure` has leaves; they may be lists or tuples themselves."""
    if isinstance(structure, dict):
        return [part for key in sorted(structure) for part in parts_like(structure[key], given[key])]
    if isinstance(structure, tuple):
        return [part for item, own in zip(structure, given) for part in parts_like(item, own)]
    return [given]


def padded_shape(given: Any, spec: Spec) -> Any:
    if isinstance(given, (torch.Tensor, np.ndarray)):
        known = known_value(given)
        if known is None:
            raise ValueError("padded_batch: padded_shapes must be known when the dataset is made.")
        given = known.tolist()
    shape = TensorShape(given)
    sizes = None if shape.ndims is None else [None if s in (None, -1) else s for s in shape.as_list()]
    own = spec.shape
    fits = (
        own is None
        or sizes is None
        or (len(own) == len(sizes) and all(a is None or b is None or a <= b for a, b in zip(own, sizes)))
    )
    if not fits:
        raise ValueError(
            f"The padded shape {TensorShape(sizes)} is not compatible with the corresponding input component shape "
            f"{TensorShape(own)}."
        )
    return sizes


def padding_value(value: Any, spec: Spec) -> Any:
    if spec.kind != "dense":
        raise TypeError("Batching of padded sparse tensors is not currently supported")
    if value is None:
        return b"" if spec.dtype is string else 0
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    leaf = as_leaf(value)
    if (
        isinstance(leaf, torch.Tensor)
        and leaf.dtype != spec.dtype
        and isinstance(value, (torch.Tensor, np.generic))
    ):
        raise TypeError(
            f"Padding value of dtype {leaf.dtype} does not match the component of dtype {spec.dtype}."
        )
    return _known_number(leaf)


def _known_number(leaf: Any) -> Any:
    known = known_value(leaf)
    if known is None:
        raise ValueError("padded_batch: padding_values must be known when the dataset is made.")
    return known.item()
