"""`tf.compat`: text and bytes; and `tf.compat.v1`, which is `tf` itself."""

from __future__ import annotations

import numbers
import os
from typing import Any

import numpy as np

__all__ = [
    "as_bytes",
    "as_str",
    "as_str_any",
    "as_text",
    "bytes_or_text_types",
    "complex_types",
    "dimension_at_index",
    "dimension_value",
    "forward_compatible",
    "integral_types",
    "path_to_str",
    "real_types",
]

integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)
complex_types = (numbers.Complex, np.number)
bytes_or_text_types = (bytes, str)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """As bytes. Source: tf.compat.as_bytes.

    Raises:
      TypeError: it is neither bytes nor text.
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """As text; see `as_bytes`. Source: tf.compat.as_text."""
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """Bytes as text, everything else as `str` has it. Source: tf.compat.as_str_any."""
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path object as text. Source: tf.compat.path_to_str."""
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


def dimension_value(dimension: Any) -> int | None:
    """A size as an int, None if it is not known. Source: tf.compat.dimension_value."""
    value = getattr(dimension, "value", dimension)
    return None if value is None else int(value)


def dimension_at_index(shape: Any, index: int) -> Any:
    """One size of a `TensorShape`. Source: tf.compat.dimension_at_index."""
    return shape[index]


def forward_compatible(year: int, month: int, day: int) -> bool:
    """True: the dates that code of the time of TensorFlow 1.15 asks about are past."""
    return True


def __getattr__(name: str) -> Any:
    if name == "v1":
        import slim_torch.tf

        return slim_torch.tf
    from slim_torch.tf.missing import missing

    raise missing("tf.compat", name)
