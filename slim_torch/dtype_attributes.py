"""What TensorFlow's dtypes answer, asked of PyTorch's: `x.dtype.base_dtype`, `tf.float32.max`, ...

PyTorch's dtypes are the dtypes everywhere, and old code asks them what it asked TensorFlow's. The type `torch.dtype` is
not open to new attributes, so they are put into its dictionary; attributes that PyTorch has are left alone. What a dtype
may be given as is in `dtypes.py`.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

__all__ = ["install"]


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _as_numpy_dtype(dtype: torch.dtype) -> Any:
    from slim_torch.dtypes import numpy_dtype

    return np.bool_ if dtype is torch.bool else numpy_dtype(dtype)


def _is_integer(dtype: torch.dtype) -> bool:
    return not (dtype.is_floating_point or dtype.is_complex or dtype is torch.bool)


def _limit(dtype: torch.dtype, which: str) -> Any:
    if dtype is torch.bool or dtype.is_complex:
        raise TypeError(f"Cannot find {which}imum value of {_name(dtype)}.")
    info: Any = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    return getattr(info, which)


def _limits(dtype: torch.dtype) -> tuple[int, int]:
    # Of images: what is black and what is white.
    return 0, 1 if dtype.is_floating_point else _limit(dtype, "max")


def _is_compatible_with(dtype: torch.dtype) -> Callable[[Any], bool]:
    from slim_torch.dtypes import as_dtype

    return lambda other: as_dtype(other) == dtype


# TensorFlow's numbers, as its files have them.
_ENUM = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "complex64": 8, "int64": 9, "bool": 10,
    "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip

_ATTRIBUTES: dict[str, Callable[[torch.dtype], Any]] = {
    "as_datatype_enum": lambda dtype: _ENUM[_name(dtype)],
    "as_numpy_dtype": _as_numpy_dtype,
    "base_dtype": lambda dtype: dtype,
    "is_bool": lambda dtype: dtype is torch.bool,
    "is_compatible_with": _is_compatible_with,
    "is_floating": lambda dtype: dtype.is_floating_point,
    "is_integer": _is_integer,
    "is_numpy_compatible": lambda dtype: True,
    "is_quantized": lambda dtype: False,
    "is_unsigned": lambda dtype: _is_integer(dtype) and not dtype.is_signed,
    "limits": _limits,
    "max": lambda dtype: _limit(dtype, "max"),
    "min": lambda dtype: _limit(dtype, "min"),
    "name": _name,
    "real_dtype": lambda dtype: dtype.to_real(),
    "size": lambda dtype: dtype.itemsize,
}


def install() -> None:
    """Gives `torch.dtype` the attributes; again, if it has them."""
    (attributes,) = gc.get_referents(torch.dtype.__dict__)
    for name, getter in _ATTRIBUTES.items():
        attributes[name] = property(getter)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(torch.dtype))
