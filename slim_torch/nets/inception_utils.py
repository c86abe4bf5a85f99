"""The arg_scope that the Inception networks share.

Source: tf.contrib.slim.nets (`inception_v1_arg_scope` and its kin), with the arguments of the later
`inception_utils.inception_arg_scope`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slim_torch as slim
from slim_torch import tf

__all__ = ["inception_arg_scope"]


def inception_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    batch_norm_updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    batch_norm_scale: bool = False,
    batch_norm_var_collection: str | None = None,
    use_fused_batchnorm: bool | None = None,
) -> dict[str, dict[str, Any]]:
    """The arg_scope of Inception networks: `with slim.arg_scope(inception_arg_scope()): ...`.

    Convolutions get an L2 penalty, initial values by `variance_scaling_initializer`, an activation and
    batch normalization; fully connected layers get the penalty.

    Args:
      weight_decay: the scale of the L2 penalty on weights.
      use_batch_norm: off, convolutions have biases instead.
      batch_norm_decay, batch_norm_epsilon, batch_norm_scale: for `batch_norm`.
      activation_fn: of the convolutions.
      batch_norm_updates_collections: for `batch_norm`; None updates the moving averages at once.
      batch_norm_var_collection: a collection for the moving averages.
      use_fused_batchnorm: `fused` of `batch_norm`; None leaves it to that.
    """
    normalizer_params: dict[str, Any] = {}
    if use_batch_norm:
        normalizer_params = {
            "decay": batch_norm_decay,
            "epsilon": batch_norm_epsilon,
            "updates_collections": batch_norm_updates_collections,
            "fused": use_fused_batchnorm,
            "scale": batch_norm_scale,
        }
        if batch_norm_var_collection is not None:
            moving = [batch_norm_var_collection]
            normalizer_params["variables_collections"] = {
                "beta": None,
                "gamma": None,
                "moving_mean": moving,
                "moving_variance": moving,
            }
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(weight_decay)
    ):
        with slim.arg_scope(
            [slim.conv2d],
            weights_initializer=slim.variance_scaling_initializer(),
            activation_fn=activation_fn,
            normalizer_fn=slim.batch_norm if use_batch_norm else None,
            normalizer_params=normalizer_params,
        ) as scope:
            return scope
