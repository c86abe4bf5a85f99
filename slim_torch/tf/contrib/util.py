"""`tf.contrib.util`."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.tf.framework import get_static_value as constant_value

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.util")
