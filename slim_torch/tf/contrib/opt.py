"""`tf.contrib.opt`: optimizers that did not make it into `tf.train`."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.contrib_optimizers import (
        AdaMaxOptimizer,
        AdamWOptimizer,
        DecoupledWeightDecayExtension,
        LazyAdamOptimizer,
        MomentumWOptimizer,
        NadamOptimizer,
        extend_with_decoupled_weight_decay,
    )
    from slim_torch.wrapped_optimizers import MovingAverageOptimizer

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.opt")
