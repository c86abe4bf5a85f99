"""`tf.keras`: what layers take (initializers, regularizers), and some functions. There are no models and no layers."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.tf.keras import backend, initializers, regularizers

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.keras")
