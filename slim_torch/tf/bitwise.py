"""`tf.bitwise`: integers bit by bit."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import INTEGER, checked, operands, require

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]


@checked
def bitwise_and(x: Any, y: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.bitwise_and."""
    return named(torch.bitwise_and(*operands(x, y, "BitwiseAnd", INTEGER)), name, "BitwiseAnd")


@checked
def bitwise_or(x: Any, y: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.bitwise_or."""
    return named(torch.bitwise_or(*operands(x, y, "BitwiseOr", INTEGER)), name, "BitwiseOr")


@checked
def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.bitwise_xor."""
    return named(torch.bitwise_xor(*operands(x, y, "BitwiseXor", INTEGER)), name, "BitwiseXor")


@checked
def left_shift(x: Any, y: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.left_shift."""
    return named(torch.bitwise_left_shift(*operands(x, y, "LeftShift", INTEGER)), name, "LeftShift")


@checked
def right_shift(x: Any, y: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.right_shift."""
    return named(torch.bitwise_right_shift(*operands(x, y, "RightShift", INTEGER)), name, "RightShift")


@checked
def invert(x: Any, name: str | None = None) -> Any:
    """Source: tf.bitwise.invert."""
    return named(torch.bitwise_not(require(as_tensor(x), INTEGER, "Invert")), name, "Invert")
