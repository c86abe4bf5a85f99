"""Generalized divisive normalization, the layer `gdn`.

Its variables are kept in a form whose square is the parameter, so that gradient descent cannot make it
negative. Source of the method: https://arxiv.org/abs/1511.06281 and https://arxiv.org/abs/1611.01704.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.layer_support import variable_dtype
from slim_torch.recorded_layers import check_known, label, scoped
from slim_torch.scopes import get_variable, variable_scope
from slim_torch.tensors import leaf

__all__ = ["gdn"]


class _LowerBound(torch.autograd.Function):
    """`max(x, bound)`, whose gradient also passes below the bound where it leads back up."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, bound: float) -> torch.Tensor:
        return x.clamp(min=bound)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.bound = inputs[1]

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        (x,) = ctx.saved_tensors
        return torch.where((x >= ctx.bound) | (gradient < 0), gradient, 0.0), None


@leaf
def _at_least(x: torch.Tensor, bound: float) -> torch.Tensor:
    return _LowerBound.apply(x, bound)


def gdn(
    inputs: torch.Tensor,
    inverse: bool = False,
    beta_min: float = 1e-6,
    gamma_init: float = 0.1,
    reparam_offset: float = 2**-18,
    data_format: str = "channels_last",
    activity_regularizer: Callable[[torch.Tensor], Any] | None = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> torch.Tensor:
    """Divides each channel by a learned norm of all channels of its pixel.

    `y[j] = x[j] / sqrt(beta[j] + sum_i(gamma[i, j] * x[i]**2))`, or times that root if `inverse`.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, ...]` for `"channels_first"`; three to five axes.
      beta_min: the least that beta may become.
      gamma_init: gamma begins as this times the identity matrix; beta begins as ones.
      reparam_offset: keeps the gradients of the variables away from zero.
      activity_regularizer: its value for the output, divided by the batch size, joins
        REGULARIZATION_LOSSES.
      name: the variable scope, `"gdn"` made unique by default.

    Returns:
      The shape of `inputs`.

    Creates `reparam_beta`, `[channels]`, and `reparam_gamma`, `[channels, channels]`.

    Raises:
      ValueError: a rank or the format does not fit.

    Source: tf.contrib.layers.gdn.
    """
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f"Unsupported `data_format` for GDN layer: {data_format}. Use 'channels_last' or 'channels_first'."
        )
    scope = (
        variable_scope("gdn", reuse=reuse)
        if reuse and name is None
        else variable_scope(name, "gdn", reuse=reuse)
    )
    with scope:
        rank = inputs.dim()
        if not 3 <= rank <= 5:
            bound = "min_ndim=3" if rank < 3 else "max_ndim=5"
            raise ValueError(
                f"Input 0 of layer gdn is incompatible with the layer: expected {bound}, found ndim={rank}."
            )
        axis = 1 if data_format == "channels_first" else rank - 1
        channels = inputs.shape[axis]
        check_known(channels, "The channel dimension of the inputs to `GDN` must be defined.")
        dtype = variable_dtype(inputs)
        pedestal = reparam_offset**2

        def beta_initializer(shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
            return torch.sqrt(torch.ones(shape, dtype=dtype) + pedestal)

        def gamma_initializer(shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
            return torch.sqrt(gamma_init * torch.eye(shape[0], dtype=dtype) + pedestal)

        reparam_beta = get_variable(
            "reparam_beta", [channels], dtype, beta_initializer, trainable=trainable, device=inputs.device
        )
        reparam_gamma = get_variable(
            "reparam_gamma",
            [channels, channels],
            dtype,
            gamma_initializer,
            trainable=trainable,
            device=inputs.device,
        )
        beta = _at_least(reparam_beta, (beta_min + pedestal) ** 0.5).square() - pedestal
        gamma = _at_least(reparam_gamma, reparam_offset).square() - pedestal
        x = inputs.movedim(axis, -1)
        square = label(x.square() @ gamma, "convolution", "Conv2D")
        norm = torch.sqrt(label(square + beta, "BiasAdd"))
        outputs = (x * norm if inverse else x / norm).movedim(-1, axis)
        outputs = label(outputs, *(("mul", "Mul") if inverse else ("truediv", "RealDiv")))
        if activity_regularizer is not None:
            with scoped(None, "ActivityRegularizer"):
                loss = activity_regularizer(outputs)
                if loss is not None:
                    loss = label(loss / inputs.shape[0], "truediv", "RealDiv")
                    get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
        return outputs
