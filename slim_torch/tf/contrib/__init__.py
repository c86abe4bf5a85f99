"""`tf.contrib`: of its many modules those that slim code uses."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    import slim_torch as slim
    from slim_torch import training
    from slim_torch.tf.contrib import framework, layers, lookup, losses, metrics, opt, rnn, util

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib")
