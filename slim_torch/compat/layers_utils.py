"""`tensorflow.python.layers.utils`: how layers read their arguments."""

from __future__ import annotations

from typing import Any

from slim_torch.compat.tensor_util import smart_cond
from slim_torch.compat.tensor_util import smart_constant_value as constant_value

__all__ = [
    "constant_value",
    "convert_data_format",
    "normalize_data_format",
    "normalize_padding",
    "normalize_tuple",
    "smart_cond",
]


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """An int `n` times, or `n` ints as a tuple.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(value, int):
        return (value,) * n
    try:
        found = tuple(value)
    except TypeError:
        found = ()
    if len(found) != n or not all(isinstance(size, int) for size in found):
        raise ValueError(f"The `{name}` argument must be a tuple of {n} integers. Received: {value}")
    return found


def normalize_data_format(value: str) -> str:
    """`channels_first` or `channels_last`, in small letters."""
    found = value.lower()
    if found not in {"channels_first", "channels_last"}:
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}'
        )
    return found


def normalize_padding(value: str) -> str:
    """`valid` or `same`, in small letters."""
    found = value.lower()
    if found not in {"valid", "same"}:
        raise ValueError(f'The `padding` argument must be one of "valid", "same". Received: {value}')
    return found


def convert_data_format(data_format: str, ndim: int) -> str:
    """`channels_last` and `channels_first` as `NHWC`, `NCDHW`, ..., for tensors of rank `ndim`."""
    space = {3: "W", 4: "HW", 5: "DHW"}.get(ndim)
    if space is None:
        raise ValueError(f"Input rank not supported: {ndim}")
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Invalid data_format: {data_format}")
    return f"N{space}C" if data_format == "channels_last" else f"NC{space}"
