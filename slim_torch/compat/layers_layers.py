"""Names of `tensorflow.contrib.layers.python.layers.layers` that are not in `tf.contrib.layers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from slim_torch.arg_scope import add_arg_scope
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.utils import collect_named_outputs

__all__ = [
    "DATA_FORMAT_NCDHW",
    "DATA_FORMAT_NCHW",
    "DATA_FORMAT_NDHWC",
    "DATA_FORMAT_NHWC",
    "poincare_normalize",
]

DATA_FORMAT_NCHW = "NCHW"
DATA_FORMAT_NHWC = "NHWC"
DATA_FORMAT_NCDHW = "NCDHW"
DATA_FORMAT_NDHWC = "NDHWC"


def poincare_normalize(
    x: Any, axis: int | Sequence[int] = 1, epsilon: float = 1e-5, name: str | None = None
) -> torch.Tensor:
    """Scales vectors longer than `1 - epsilon` down to that length: into the Poincare ball.

    Args:
      axis: the axis along which a vector lies; of several, the norm is over all of them.

    Source: tf.contrib.layers.python.layers.layers.poincare_normalize.
    """
    values = as_tensor(x)
    axes = axis if isinstance(axis, int) else list(axis)
    norm = values.square().sum(axes, keepdim=True).sqrt()
    # Short vectors, zeros among them, are divided by the length that they may have.
    scaled = values * ((1.0 - epsilon) / norm.clamp_min(1.0 - epsilon))
    return named(scaled, name, "poincare_normalize")


@add_arg_scope
def _inner_flatten(
    inputs: Any, new_rank: int, output_collections: Any = None, scope: str | None = None
) -> Any:
    """Joins the last axes, so that `new_rank` are left. Only TensorFlow's own tests call it.

    Raises:
      ValueError: `inputs` has fewer axes.
    """
    with name_scope(scope, "InnerFlatten") as name:
        x = as_tensor(inputs)
        if x.dim() < new_rank:
            raise ValueError(
                f"inputs has rank less than new_rank. {x!r} must have rank at least {new_rank}. "
                f"Received rank {x.dim()}, shape {tuple(x.shape)}"
            )
        return collect_named_outputs(
            output_collections, name, named(x.flatten(new_rank - 1), None, "Reshape")
        )
