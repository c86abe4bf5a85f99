"""TensorFlow's data types: their numbers in files, what holds them in NumPy, and what they are in torch.

Invariant: `storage` has the size and the bits of the type in a file; what NumPy lacks (bfloat16, the short
floats of safetensors files) is stored as unsigned integers and widened exactly by `to_numpy`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

__all__ = ["BY_NUMBER", "DataType", "to_numpy", "to_torch"]


class DataType(NamedTuple):
    """A data type.

    Attributes:
      name: TensorFlow's name of it.
      torch_dtype: the torch dtype; `bytes` for strings; `object` for what is no plain value (a resource, a
        variant), which can be listed and not read.
      storage: the NumPy dtype of the bits, None where there are none of fixed size.
    """

    name: str
    torch_dtype: Any
    storage: np.dtype[Any] | None


def _plain(name: str, torch_dtype: torch.dtype, storage: str) -> DataType:
    return DataType(name, torch_dtype, np.dtype(storage))


BY_NUMBER = {
    1: _plain("float32", torch.float32, "f4"),
    2: _plain("float64", torch.float64, "f8"),
    3: _plain("int32", torch.int32, "i4"),
    4: _plain("uint8", torch.uint8, "u1"),
    5: _plain("int16", torch.int16, "i2"),
    6: _plain("int8", torch.int8, "i1"),
    7: DataType("string", bytes, None),
    8: _plain("complex64", torch.complex64, "c8"),
    9: _plain("int64", torch.int64, "i8"),
    10: _plain("bool", torch.bool, "?"),
    # Quantized numbers are given as the integers that they are stored as.
    11: _plain("qint8", torch.int8, "i1"),
    12: _plain("quint8", torch.uint8, "u1"),
    13: _plain("qint32", torch.int32, "i4"),
    14: _plain("bfloat16", torch.bfloat16, "u2"),
    15: _plain("qint16", torch.int16, "i2"),
    16: _plain("quint16", torch.uint16, "u2"),
    17: _plain("uint16", torch.uint16, "u2"),
    18: _plain("complex128", torch.complex128, "c16"),
    19: _plain("float16", torch.float16, "f2"),
    20: DataType("resource", object, None),
    21: DataType("variant", object, None),
    22: _plain("uint32", torch.uint32, "u4"),
    23: _plain("uint64", torch.uint64, "u8"),
}


def to_numpy(stored: np.ndarray[Any, Any], dtype: DataType) -> np.ndarray[Any, Any]:
    """`stored` as NumPy users expect it: read-only, in native byte order, short floats as float32."""
    result = stored
    if dtype.storage is not None:
        result = stored.astype(dtype.storage, copy=False)
        if dtype.torch_dtype is torch.bfloat16:
            # The upper half of a float32.
            result = (
                (result.reshape(-1).astype(np.uint32) << np.uint32(16)).view(np.float32).reshape(result.shape)
            )
        elif dtype.torch_dtype.is_floating_point and result.dtype.kind != "f":
            result = to_torch(stored, dtype).to(torch.float32).numpy()
        elif dtype.torch_dtype is torch.bool:
            # A byte that is neither 0 nor 1 means true, and must not reach code that counts on the two.
            raw = result.view(np.uint8)
            result = np.asarray(raw != 0) if raw.size and raw.max() > 1 else result
    result.flags.writeable = False
    return result


def to_torch(stored: np.ndarray[Any, Any], dtype: DataType) -> torch.Tensor:
    """`stored` as a new tensor of its own type, which shares no memory with it."""
    assert dtype.storage is not None
    native = stored.astype(dtype.storage, copy=False)
    buffer = torch.empty(native.nbytes, dtype=torch.uint8)
    buffer.numpy()[...] = native.reshape(-1).view(np.uint8)
    if dtype.torch_dtype is torch.bool:
        return (buffer != 0).reshape(stored.shape)
    return buffer.view(dtype.torch_dtype).reshape(stored.shape)
