"""The structure of a dataset's elements: tuples and dictionaries of tensors, and what is known of each.

An element is held *flat*, as a tuple of leaves: tensors, NumPy arrays of bytes for strings, sparse tensors,
and datasets. How elements are made is in `datasets.py`. A list is no structure here: it is a tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from slim_torch.dtypes import string
from slim_torch.other_layers import SparseTensor
from slim_torch.symbolic import SymbolicNumber, SymbolicTensor, static_shape
from slim_torch.tensor_shape import TensorShape

__all__ = [
    "Spec",
    "as_leaf",
    "components_of",
    "flat",
    "is_dataset",
    "leaf_of",
    "mapped",
    "moved",
    "packed",
    "spec_of",
    "text",
]

Shape = list[int | None] | None


@dataclass
class Spec:
    """What is known of one leaf.

    Attributes:
      dtype: of the tensor; None for a dataset.
      shape: its static shape; None for an unknown rank.
      kind: `"dense"`, `"sparse"` or `"dataset"`.
      nested: the structure of a dataset's elements, and None for tensors.
    """

    dtype: Any
    shape: Shape
    kind: str = "dense"
    nested: Any = None

    def with_shape(self, shape: Shape) -> Spec:
        return Spec(self.dtype, shape, self.kind, self.nested)

    def batched(self, size: int | None) -> Spec:
        return self.with_shape(None if self.shape is None else [size, *self.shape])

    def components(self) -> list[tuple[Shape, Any]]:
        """Shapes and dtypes of the tensors that a session gives for it."""
        if self.kind == "dense":
            return [(self.shape, self.dtype)]
        if self.kind == "sparse":
            rank = None if self.shape is None else len(self.shape)
            return [([None, rank], torch.int64), ([None], self.dtype), ([rank], torch.int64)]
        return [([], torch.uint8)]


def flat(structure: Any) -> list[Any]:
    """The leaves in order; those of a dictionary by key."""
    if isinstance(structure, tuple) and not isinstance(structure, TensorShape):
        return [leaf for item in structure for leaf in flat(item)]
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in flat(structure[key])]
    return [structure]


def packed(structure: Any, leaves: Iterator[Any]) -> Any:
    """The structure with other leaves."""
    if isinstance(structure, tuple) and not isinstance(structure, TensorShape):
        items = [packed(item, leaves) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else tuple(items)
    if isinstance(structure, dict):
        made = {key: packed(structure[key], leaves) for key in sorted(structure)}
        return type(structure)((key, made[key]) for key in structure)
    return next(leaves)


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """The structure with `function` of each leaf."""
    return packed(structure, iter([function(leaf) for leaf in flat(structure)]))


def is_dataset(leaf: Any) -> bool:
    """Whether a leaf is a `Dataset` (which this module cannot import)."""
    return getattr(leaf, "is_dataset", False) is True


def moved(parts: list[Any], device: torch.device) -> list[Any]:
    """The tensors on a session's device; a copy to an accelerator does not wait."""
    if device.type == "cpu":
        return parts
    found = []
    for part in parts:
        if isinstance(part, torch.Tensor):
            pins = device.type == "cuda" and part.device.type == "cpu" and not part.is_pinned()
            part = (part.pin_memory() if pins else part).to(device, non_blocking=True)
        found.append(part)
    return found


def text(content: bytes) -> np.ndarray[Any, Any]:
    """One string as a recorded graph holds it when it runs."""
    made = np.empty((), dtype=object)
    made[()] = content
    return made


def as_leaf(value: Any, dtype: Any = None) -> Any:
    """A value that somebody gave as a leaf: a recorded tensor as it is, all else as a real tensor."""
    from slim_torch.sources import _real_constant
    from slim_torch.tensors import _holds_tensor, as_tensor

    if isinstance(value, SparseTensor):
        indices, shape = (as_leaf(part, torch.int64) for part in (value.indices, value.dense_shape))
        return SparseTensor(indices, as_leaf(value.values), shape)
    if isinstance(value, (SymbolicTensor, torch.nn.Parameter)):
        return value
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, SymbolicNumber) or _holds_tensor(value):
        return as_tensor(value, dtype)
    return _real_constant(value, dtype, None)


def _dtype_of(value: Any) -> Any:
    return string if isinstance(value, np.ndarray) else value.dtype


def _shape_of(value: Any) -> Shape:
    return static_shape(value.stand_ins) if isinstance(value, SymbolicTensor) else list(value.shape)


def spec_of(leaf: Any) -> Spec:
    """What is known of a leaf before anything runs."""
    if isinstance(leaf, SparseTensor):
        return Spec(_dtype_of(leaf.values), _sparse_shape(leaf), "sparse")
    if is_dataset(leaf):
        return Spec(None, [], "dataset", leaf._structure)
    return Spec(_dtype_of(leaf), _shape_of(leaf))


def _sparse_shape(leaf: SparseTensor) -> Shape:
    from slim_torch.tensors import known_value

    if isinstance(leaf.dense_shape, torch.Tensor):
        known = known_value(leaf.dense_shape)
        if known is not None:
            return [int(size) for size in known]
        length = _shape_of(leaf.dense_shape)
        if length is not None and length[0] is not None:
            return [None] * length[0]
    return None


def components_of(leaf: Any) -> list[Any]:
    """The tensors of a leaf."""
    if isinstance(leaf, SparseTensor):
        return [leaf.indices, leaf.values, leaf.dense_shape]
    return [leaf]


def leaf_of(spec: Spec, components: Sequence[Any]) -> Any:
    """The leaf that consists of `components`."""
    return SparseTensor(*components) if spec.kind == "sparse" else components[0]
