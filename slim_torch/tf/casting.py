"""Conversions between dtypes, under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import BOOLEAN, COMPLEX, NUMERIC, checked

__all__ = [
    "bitcast",
    "cast",
    "is_numeric_tensor",
    "saturate_cast",
    "to_bfloat16",
    "to_double",
    "to_float",
    "to_int32",
    "to_int64",
]


@checked
def cast(x: Any, dtype: Any, name: str | None = None) -> torch.Tensor:
    """`x` as another dtype; what has it already comes back as it is.

    Args:
      dtype: a torch dtype, a NumPy type or a name. Fractions are cut off towards 0, every number but 0 is true.

    Source: tf.cast.
    """
    x, wanted = as_tensor(x), as_dtype(dtype)
    if x.dtype == wanted:
        return x
    if x.dtype in COMPLEX and wanted not in COMPLEX and wanted not in BOOLEAN:
        x = torch.real(x)
    return named(x.to(wanted), name, "Cast")


def to_float(x: Any, name: str = "ToFloat") -> torch.Tensor:
    """As float32. Source: tf.to_float."""
    return cast(x, torch.float32, name)


def to_double(x: Any, name: str = "ToDouble") -> torch.Tensor:
    """As float64. Source: tf.to_double."""
    return cast(x, torch.float64, name)


def to_bfloat16(x: Any, name: str = "ToBFloat16") -> torch.Tensor:
    """As bfloat16. Source: tf.to_bfloat16."""
    return cast(x, torch.bfloat16, name)


def to_int32(x: Any, name: str = "ToInt32") -> torch.Tensor:
    """As int32. Source: tf.to_int32."""
    return cast(x, torch.int32, name)


def to_int64(x: Any, name: str = "ToInt64") -> torch.Tensor:
    """As int64. Source: tf.to_int64."""
    return cast(x, torch.int64, name)


def _limits(dtype: torch.dtype) -> tuple[float, float]:
    info = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    return info.min, info.max


@checked
def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> torch.Tensor:
    """As another dtype, where too large and too small values become its limits. Source: tf.saturate_cast."""
    x, wanted = as_tensor(value), as_dtype(dtype)
    (lowest, highest), (low, high) = _limits(x.dtype), _limits(wanted)
    bounds = (low if lowest < low else None, high if highest > high else None)
    x = x.view_as(x) if bounds == (None, None) else torch.clamp(x, *bounds)
    return named(x.to(wanted), name, "saturate_cast")


@checked
def bitcast(input: Any, type: Any, name: str | None = None) -> torch.Tensor:
    """The same bytes read as another dtype.

    A smaller one adds a last axis; a larger one takes the last axis away, which has to be as long as there are
    of `input` in it. Source: tf.bitcast.
    """
    x, wanted = as_tensor(input), as_dtype(type)
    if x.dtype.itemsize > wanted.itemsize:
        result = torch.unsqueeze(x, -1).view(wanted)
    elif x.dtype.itemsize < wanted.itemsize:
        result = torch.squeeze(x.view(wanted), -1)
    else:
        result = x.view(wanted)
    return named(result, name, "Bitcast")


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether it is a tensor of numbers: not a Python number, not booleans. Source: tf.is_numeric_tensor."""
    return isinstance(tensor, torch.Tensor) and tensor.dtype in NUMERIC
