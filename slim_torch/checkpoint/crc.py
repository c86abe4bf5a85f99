"""crc32c as TensorFlow stores it: masked, so that a checksum of data that holds checksums stays useful."""

from __future__ import annotations

from typing import Any

import google_crc32c
import numpy as np

__all__ = ["crc32c", "mask", "masked_crc32c"]

_MASK_DELTA = 0xA282EAD8

Buffer = bytes | memoryview | np.ndarray[Any, Any]


def crc32c(data: Buffer, previous: int = 0) -> int:
    """The checksum of `data`, or that of what `previous` covers followed by `data`; nothing is copied."""
    # The C function refuses memoryviews, which may need releasing, and takes arrays.
    array = data if isinstance(data, bytes) else np.frombuffer(data, np.uint8) if len(data) else b""
    return google_crc32c.extend(previous, array)


def mask(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def masked_crc32c(data: Buffer) -> int:
    return mask(crc32c(data))
