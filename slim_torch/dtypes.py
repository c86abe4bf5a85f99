"""What the old code may pass as a dtype or a device, as PyTorch's own objects.

PyTorch's dtypes are the ones used everywhere; names, NumPy types and TensorFlow's device strings are
translated at the border, here and nowhere else.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch

from slim_torch import dtype_attributes

__all__ = ["StringType", "as_device", "as_dtype", "constant_dtype", "numpy_dtype", "string"]

_PLACE = re.compile(r"(?i)^/job:\w+(?:/replica:\d+)?(?:/task:\d+)?$")
_DEVICE = re.compile(
    r"(?i)^(?:/job:\w+)?(?:/replica:\d+)?(?:/task:\d+)?/?(?:device:)?(cpu|gpu)(?::(\d+|\*))?$"
)


class StringType:
    """The dtype of recorded tensors of bytes, which PyTorch has none for. Source: tf.string."""

    name = "string"
    as_datatype_enum = 7
    as_numpy_dtype = object
    is_bool = is_complex = is_floating = is_floating_point = is_integer = is_quantized = is_unsigned = False
    is_numpy_compatible = True
    itemsize = 0
    size = 8

    @property
    def base_dtype(self) -> StringType:
        return self

    real_dtype = base_dtype

    @property
    def max(self) -> Any:
        raise TypeError("Cannot find maximum value of string.")

    @property
    def min(self) -> Any:
        raise TypeError("Cannot find minimum value of string.")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the other is the dtype of strings too."""
        return as_dtype(other) is self

    def __repr__(self) -> str:
        return "string"

    def __deepcopy__(self, memo: Any) -> StringType:
        return self


string = StringType()
"""The one dtype of strings."""

dtype_attributes.install()

_ALIASES = {"half": "float16", "float": "float32", "double": "float64"}


def as_dtype(dtype: Any) -> torch.dtype:
    """The torch dtype for a torch dtype, a NumPy type or a name such as `"float32"`.

    Raises:
      TypeError: it names none.
    """
    if isinstance(dtype, (torch.dtype, StringType)):
        return dtype  # type: ignore[return-value]
    name = _name(dtype)
    if name == "string" or name.startswith("str"):
        return string  # type: ignore[return-value]
    found = getattr(torch, _ALIASES.get(name, name), None) if name.isidentifier() else None
    if not isinstance(found, torch.dtype):
        raise TypeError(
            f"Cannot convert value {dtype!r} to a dtype. Pass a torch dtype such as torch.float32, "
            f"a NumPy type, or its name."
        )
    return found


def _name(dtype: Any) -> str:
    if isinstance(dtype, str):
        return dtype
    # NumPy would read None as float64.
    try:
        return "" if dtype is None else np.dtype(dtype).name
    except TypeError:
        return ""


def numpy_dtype(dtype: Any) -> Any:
    """The NumPy type for a torch dtype; `object` for strings, float32 for bfloat16."""
    if isinstance(dtype, StringType):
        return object
    if dtype == torch.bfloat16:
        return np.float32
    return np.dtype(str(dtype).removeprefix("torch.")).type


def constant_dtype(value: Any) -> torch.dtype:
    """The dtype that TensorFlow gives a constant: float32 and int32 for Python numbers."""
    if isinstance(value, torch.Tensor):
        return value.dtype
    # Without NumPy, which a compiler that meets a layer's Python numbers cannot trace.
    if type(value) in (bool, int, float):
        return (
            torch.bool
            if isinstance(value, bool)
            else torch.int32
            if isinstance(value, int)
            else torch.float32
        )
    if isinstance(value, (np.ndarray, np.generic)):
        return as_dtype(value.dtype)
    array = np.asarray(value)
    if array.dtype == np.float64:
        return torch.float32
    if array.dtype == np.int64:
        return torch.int32
    return as_dtype(array.dtype)


def as_device(device: Any) -> torch.device | None:
    """The torch device for a torch device, its name, or a TensorFlow one such as `"/gpu:0"`.

    None and the empty string mean no choice, and give None; so does a function, which TensorFlow asks for each
    operation, and a place in a cluster (`"/job:worker/task:0"`) without a device.

    Raises:
      ValueError: the string is neither PyTorch's nor TensorFlow's.
    """
    if device is None or device == "" or callable(device) or _PLACE.match(str(device)):
        return None
    if isinstance(device, (torch.device, int)):
        return torch.device(device)
    match = _DEVICE.match(str(device))
    if match is not None:
        index = match.group(2)
        if match.group(1).lower() == "cpu":
            return torch.device("cpu")
        return torch.device("cuda") if index in (None, "*") else torch.device("cuda", int(index))
    try:
        return torch.device(device)
    except (RuntimeError, TypeError) as err:
        raise ValueError(
            f"Malformed device specification {device!r}: expected a torch device ('cuda:0') or "
            f"TensorFlow's form ('/gpu:0', '/device:CPU:0')."
        ) from err
