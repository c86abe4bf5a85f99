"""`tf.dtypes`: PyTorch's dtypes, and what converts them. Names only."""

from torch import (
    bfloat16,
    bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from torch import dtype as DType
from torch import float16 as half
from torch import float64 as double

from slim_torch.dtypes import as_dtype, string
from slim_torch.string_ops import as_string
from slim_torch.tf.casting import cast, saturate_cast
from slim_torch.tf.math_functions import complex

__all__ = [
    "DType",
    "as_dtype",
    "as_string",
    "bfloat16",
    "bool",
    "cast",
    "complex",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "saturate_cast",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]
