"""`tf.keras.backend`: the functions of it that model code uses beside slim; most are `tf`'s under other names."""

from __future__ import annotations

from typing import Any

from slim_torch.session import Session, get_default_session
from slim_torch.sources import placeholder, random_normal, random_uniform, shape, zeros_like
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tf.array_functions import concat, expand_dims, reshape, squeeze, stack, tile
from slim_torch.tf.array_functions import transpose as permute_dimensions
from slim_torch.tf.casting import cast
from slim_torch.tf.clipping import clip_by_value as clip
from slim_torch.tf.elementwise import abs, exp, log, sqrt, square
from slim_torch.tf.math_functions import maximum, minimum
from slim_torch.tf.reductions import reduce_all as all
from slim_torch.tf.reductions import reduce_any as any
from slim_torch.tf.reductions import reduce_max as max
from slim_torch.tf.reductions import reduce_mean as mean
from slim_torch.tf.reductions import reduce_min as min
from slim_torch.tf.reductions import reduce_sum as sum

__all__ = [
    "abs",
    "all",
    "any",
    "cast",
    "clip",
    "concatenate",
    "epsilon",
    "exp",
    "expand_dims",
    "floatx",
    "get_session",
    "image_data_format",
    "int_shape",
    "log",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "ndim",
    "permute_dimensions",
    "placeholder",
    "random_normal",
    "random_uniform",
    "reshape",
    "shape",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "sum",
    "tile",
    "zeros_like",
]


def concatenate(tensors: Any, axis: int = -1) -> Any:
    """`tf.concat`. Source: tf.keras.backend.concatenate."""
    return concat(tensors, axis)


def epsilon() -> float:
    """1e-7. Source: tf.keras.backend.epsilon."""
    return 1e-7


def floatx() -> str:
    """`"float32"`. Source: tf.keras.backend.floatx."""
    return "float32"


def image_data_format() -> str:
    """`"channels_last"`. Source: tf.keras.backend.image_data_format."""
    return "channels_last"


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The static shape as a tuple, None for an unknown rank. Source: tf.keras.backend.int_shape."""
    sizes = static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)
    return None if sizes is None else tuple(sizes)


def ndim(x: Any) -> int | None:
    """The rank. Source: tf.keras.backend.ndim."""
    sizes = int_shape(x)
    return None if sizes is None else len(sizes)


def get_session() -> Session:
    """The default session, or a new one. Source: tf.keras.backend.get_session."""
    return get_default_session() or Session()
