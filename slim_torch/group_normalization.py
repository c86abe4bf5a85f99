"""Normalization of each example by its own statistics: `layer_norm`, `instance_norm`, `group_norm`.

Nothing here depends on the rest of the batch, so nothing is updated and training is as inference;
`batch_norm` is in `normalization.py`. Invariant: an activation is never copied into another layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.arg_scope import add_arg_scope
from slim_torch.graph import get_default_graph
from slim_torch.initializers import Ones, Zeros
from slim_torch.layer_support import layer_input, variable_dtype
from slim_torch.padding import is_channels_first
from slim_torch.recorded_layers import check_known, label, recorded, scoped
from slim_torch.scopes import VariableScope, variable_scope
from slim_torch.utils import collect_named_outputs, get_variable_collections
from slim_torch.variables import model_variable

__all__ = ["group_norm", "instance_norm", "layer_norm"]

_ZEROS, _ONES = Zeros(), Ones()


@add_arg_scope
def layer_norm(
    inputs: Tensor,
    center: bool = True,
    scale: bool = True,
    activation_fn: Callable[[Tensor], Tensor] | None = None,
    reuse: Any = None,
    variables_collections: Sequence[str] | Mapping[str, Any] | None = None,
    outputs_collections: str | Sequence[str] | None = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: str | VariableScope | None = None,
) -> Tensor:
    """Normalizes over the axes from `begin_norm_axis` on: mean 0 and variance 1, then scale and offset.

    Args:
      inputs: rank 2 or more with the default axes.
      center, scale: whether to add `beta`, and to multiply by `gamma`.
      activation_fn: applied to the result.
      begin_norm_axis: the first of the axes over which the statistics are taken.
      begin_params_axis: the first of the axes that `gamma` and `beta` have.

    Returns:
      A tensor like `inputs`.

    Creates `beta`, `gamma` of shape `inputs.shape[begin_params_axis:]`.

    Raises:
      ValueError: an axis is not one of `inputs`.

    Source: tf.contrib.layers.layer_norm, whose epsilon is 1e-12, or 1e-3 for float16.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    rank = inputs.dim()
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) must be < "
                f"rank(inputs) ({rank}). The inputs have shape {tuple(inputs.shape)}."
            )
        begin = begin_norm_axis if begin_norm_axis >= 0 else max(begin_norm_axis + rank, 0)
        shape = inputs.shape[begin_params_axis:]
        for size in shape:
            if type(size) is not int:
                check_known(
                    size,
                    f"Inputs {_name_of(inputs)}: shape(inputs)[{begin_params_axis}:] is not fully defined: {shape!r}",
                )
        beta, gamma = _parameters(inputs, shape, center, scale, None, trainable, variables_collections)
        epsilon = 1e-3 if inputs.dtype == torch.float16 else 1e-12
        if len(shape) == rank - begin:
            outputs = F.layer_norm(inputs, shape, gamma, beta, epsilon)
        else:
            outputs = F.layer_norm(inputs, inputs.shape[begin:], None, None, epsilon)
            outputs = _scaled(outputs, gamma, beta)
        outputs = _named(outputs, "batchnorm")
        return _finished(outputs, activation_fn, outputs_collections, sc)


@add_arg_scope
def instance_norm(
    inputs: Tensor,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[[Tensor], Tensor] | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Sequence[str] | Mapping[str, Any] | None = None,
    outputs_collections: str | Sequence[str] | None = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: str | VariableScope | None = None,
) -> Tensor:
    """Normalizes each channel of each example over the spatial axes.

    Args:
      inputs: `[batch, spatial..., channels]`, or `[batch, channels, spatial...]` if `data_format` is
        `"NCHW"`. Without spatial axes only `beta` is left.
      center, scale: whether to add `beta`, and to multiply by `gamma`.
      epsilon: added to the variance.
      activation_fn: applied to the result.
      param_initializers: for `"beta"` and `"gamma"`.

    Returns:
      A tensor like `inputs`.

    Creates `beta`, `gamma` (`[channels]`).

    Raises:
      ValueError: an unknown `data_format`, or fewer than two axes.

    Source: tf.contrib.layers.instance_norm.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    rank = inputs.dim()
    if rank < 2:
        raise ValueError(
            f"instance_norm: inputs have shape {tuple(inputs.shape)}, expected [batch, ..., channels]. For a "
            f"single example, pass inputs[None]."
        )
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        shape = (inputs.shape[1 if channels_first else -1],)
        if type(shape[0]) is not int:
            check_known(shape[0], f"Inputs {_name_of(inputs)} has undefined channels dimension (?,).")
        beta, gamma = _parameters(
            inputs, shape, center, scale, param_initializers, trainable, variables_collections
        )
        if channels_first and rank > 2:
            cudnn = torch.backends.cudnn.enabled
            outputs = torch.instance_norm(inputs, gamma, beta, None, None, True, 0.0, epsilon, cudnn)
        elif rank == 2:
            outputs = _normalized(inputs.unsqueeze(1), (1,), gamma, beta, epsilon).squeeze(1)
        else:
            outputs = _normalized(inputs, tuple(range(1, rank - 1)), gamma, beta, epsilon)
        outputs = _named(outputs, "instancenorm")
        return _finished(outputs, activation_fn, outputs_collections, sc)


@add_arg_scope
def group_norm(
    inputs: Tensor,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Sequence[int] = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[[Tensor], Tensor] | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Sequence[str] | Mapping[str, Any] | None = None,
    outputs_collections: str | Sequence[str] | None = None,
    trainable: bool = True,
    scope: str | VariableScope | None = None,
    mean_close_to_zero: bool = False,
) -> Tensor:
    """Normalizes groups of neighbouring channels over the reduction axes.

    Args:
      inputs: any rank that has the axes.
      groups: how many groups the channels are split into.
      channels_axis: where the channels are; may be negative.
      reduction_axes: the axes, beside the channels of a group, over which statistics are taken. Axes
        that are not named are kept apart, the batch among them by default.
      center, scale: whether to add `beta`, and to multiply by `gamma`.
      epsilon: added to the variance.
      activation_fn: applied to the result.
      param_initializers: for `"beta"` and `"gamma"`.
      mean_close_to_zero: lets TensorFlow use a faster formula for the variance; here the accurate one is
        used either way.

    Returns:
      A tensor like `inputs`.

    Creates `beta`, `gamma` (`[channels]`).

    Raises:
      ValueError: an axis is not one of `inputs`, the channels are among the reduction axes, or they
        cannot be split into `groups`.

    Source: tf.contrib.layers.group_norm. Differs where a negative reduction axis is out of bounds:
    TensorFlow overlooks it.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    rank = inputs.dim()
    axis = channels_axis + rank if channels_axis < 0 else channels_axis
    reduced = sorted({a + rank if a < 0 else a for a in reduction_axes})
    if any(not 0 <= a < rank for a in (axis, *reduced)):
        raise ValueError(
            f"Axis is out of bounds. group_norm got channels_axis={channels_axis} and reduction_axes="
            f"{tuple(reduction_axes)} for inputs of shape {tuple(inputs.shape)}."
        )
    if axis in reduced:
        raise ValueError(
            f"reduction_axis must be mutually exclusive with channels_axis: {tuple(reduction_axes)} name "
            f"axis {axis}, which holds the channels."
        )
    channels = inputs.shape[axis]
    if type(channels) is not int:
        check_known(channels, f"Inputs {_name_of(inputs)} has undefined channel dimension: {axis}.")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels. There can be at most {channels}.")
    if channels % groups:
        raise ValueError(
            f"{channels} channels is not commensurate with {groups} groups. Choose a divisor of {channels}."
        )
    graph = get_default_graph()
    if graph.recorder is not None and recorded(graph):
        # TensorFlow reshapes the inputs before it enters the scope.
        graph.unique_name("Reshape")
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as sc:
        beta, gamma = _parameters(
            inputs, (channels,), center, scale, param_initializers, trainable, variables_collections
        )
        if axis == 1 and rank > 2 and reduced == list(range(2, rank)):
            outputs = F.group_norm(inputs, groups, gamma, beta, epsilon)
        else:
            outputs = _group_norm(inputs, groups, axis, reduced, gamma, beta, epsilon)
        if type(outputs) is not torch.Tensor:
            outputs = label(outputs, f"Reshape_{center + scale}" if center or scale else "Reshape", "Reshape")
        return _finished(outputs, activation_fn, outputs_collections, sc)


def _group_norm(
    inputs: Tensor,
    groups: int,
    axis: int,
    reduced: Sequence[int],
    gamma: Tensor | None,
    beta: Tensor | None,
    epsilon: float,
) -> Tensor:
    grouped = inputs.unflatten(axis, (groups, -1))
    members = axis + 1
    axes = (*(a if a < axis else a + 1 for a in reduced), members)
    shape = (groups, grouped.shape[members], *([1] * (inputs.dim() - 1 - axis)))
    gamma = None if gamma is None else gamma.view(shape)
    beta = None if beta is None else beta.view(shape)
    return _normalized(grouped, axes, gamma, beta, epsilon).flatten(axis, members)


def _parameters(
    inputs: Tensor,
    shape: Sequence[Any],
    center: bool,
    scale: bool,
    initializers: Mapping[str, Any] | None,
    trainable: bool,
    variables_collections: Any,
) -> tuple[Tensor | None, Tensor | None]:
    def parameter(name: str, initializer: Any) -> Tensor:
        return model_variable(
            name,
            shape,
            variable_dtype(inputs),
            initializers.get(name, initializer) if initializers else initializer,
            trainable=trainable,
            collections=get_variable_collections(variables_collections, name),
            device=inputs.device,
        )

    beta = parameter("beta", _ZEROS) if center else None
    gamma = parameter("gamma", _ONES) if scale else None
    return beta, gamma


def _normalized(
    x: Tensor, axes: tuple[int, ...], gamma: Tensor | None, beta: Tensor | None, epsilon: float
) -> Tensor:
    """Mean 0 and variance 1 over `axes`, scaled and moved by parameters that broadcast against `x`."""
    dtype = x.dtype
    if dtype.itemsize == 2:
        x = x.float()
        gamma = None if gamma is None else gamma.float()
        beta = None if beta is None else beta.float()
    variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    factor = (variance + epsilon).rsqrt()
    if gamma is not None:
        factor = factor * gamma
    return _scaled(x - mean, factor, beta).to(dtype)


def _scaled(x: Tensor, factor: Tensor | None, offset: Tensor | None) -> Tensor:
    if factor is not None and offset is not None:
        return torch.addcmul(offset, x, factor)
    if factor is not None:
        return x * factor
    return x if offset is None else x + offset


def _named(outputs: Tensor, scope: str) -> Tensor:
    if type(outputs) is torch.Tensor:
        return outputs
    with scoped(None, scope):
        return label(outputs, "add_1", "AddV2")


def _name_of(inputs: Any) -> str:
    return str(getattr(inputs, "name", ""))


def _finished(
    outputs: Tensor, activation_fn: Callable[[Tensor], Tensor] | None, collections: Any, scope: VariableScope
) -> Tensor:
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collect_named_outputs(collections, scope.name, outputs)
