"""`tf.contrib.losses`: slim's losses."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.losses import (
        absolute_difference,
        add_loss,
        compute_weighted_loss,
        cosine_distance,
        get_losses,
        get_regularization_losses,
        get_total_loss,
        hinge_loss,
        log_loss,
        mean_pairwise_squared_error,
        mean_squared_error,
        sigmoid_cross_entropy,
        softmax_cross_entropy,
        sparse_softmax_cross_entropy,
    )

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.losses")
