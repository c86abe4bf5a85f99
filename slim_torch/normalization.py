"""`batch_norm`: which of TensorFlow's paths is taken, its variables, and the updates it leaves behind.

The arithmetic is in `batch_statistics.py`, the update objects in `updates.py`; layer, instance and
group normalization are in `group_normalization.py`. Invariant: nothing here changes a moving average,
except by running an update when `updates_collections` is None.

TensorFlow has three implementations behind one function, and old checkpoints show which was used by the
order of the variables: the core layer, and slim's two older ones, with and without the fused kernel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch import batch_statistics as stats
from slim_torch.arg_scope import add_arg_scope
from slim_torch.batch_statistics import Moving, batch_norm_with_statistics, gated
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.initializers import Ones, Zeros
from slim_torch.layer_support import MODEL_COLLECTIONS, layer_input
from slim_torch.parameter import Variable
from slim_torch.recorded_batch_norm import (
    Form,
    finished,
    kernel_or_moving,
    moving_average_updates,
    renorm_updates,
    undefined_channels,
)
from slim_torch.recorded_layers import check_known, claim, recorded
from slim_torch.scopes import (
    VariableScope,
    get_layer_variable,
    get_variable,
    recall,
    remember,
    variable_scope,
)
from slim_torch.updates import (
    AssignMovingAverage,
    AssignTogether,
    AssignVarianceOfStddev,
    AssignZeroDebiasedMovingAverage,
)
from slim_torch.utils import collect_named_outputs, constant_value, get_variable_collections
from slim_torch.variable_store import add_regularization_loss
from slim_torch.variables import model_variable

__all__ = [
    "MIN_FUSED_EPSILON",
    "batch_norm",
    "batch_norm_with_statistics",
    "check_clipping",
    "normalized",
    "square_root",
]

# cuDNN's smallest epsilon, rounded up: TensorFlow's fused kernel never uses less.
MIN_FUSED_EPSILON = 1.001e-5
_ZEROS, _ONES = Zeros(), Ones()
_FUSABLE_RANKS = (2, 4)
_CLIPPING_KEYS = ("rmax", "rmin", "dmax")


@add_arg_scope
def batch_norm(
    inputs: Tensor,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Callable[[Tensor], Tensor] | None = None,
    param_initializers: Mapping[str, Any] | None = None,
    param_regularizers: Mapping[str, Any] | None = None,
    updates_collections: str | Sequence[str] | None = GraphKeys.UPDATE_OPS,
    is_training: bool | Tensor = True,
    reuse: Any = None,
    variables_collections: Sequence[str] | Mapping[str, Any] | None = None,
    outputs_collections: str | Sequence[str] | None = None,
    trainable: bool = True,
    batch_weights: Tensor | None = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: str | VariableScope | None = None,
    renorm: bool = False,
    renorm_clipping: Mapping[str, Any] | None = None,
    renorm_decay: float = 0.99,
    adjustment: Callable[[Any], tuple[Tensor, Tensor]] | None = None,
) -> Tensor:
    """Normalizes each channel: by the batch's mean and variance in training, by moving averages after.

    Args:
      inputs: `[batch, ..., channels]`, or `[batch, channels, ...]` if `data_format` is `"NCHW"`; rank 1
        is one example.
      decay: the weight of the old value in a moving average.
      center, scale: whether to add `beta`, and to multiply by `gamma`.
      epsilon: added to the variance; at least 1.001e-5 on the fused path.
      activation_fn: applied to the result.
      param_initializers: by variable name (`"beta"`, `"gamma"`, `"moving_mean"`, `"moving_variance"`).
      param_regularizers: for `"beta"` and `"gamma"`. Ignored, as in TensorFlow, where neither the core
        nor the fused path is taken (rank 3, with `updates_collections=None`, is such a case).
      updates_collections: where the updates of the moving averages go: two callable objects, which
        change nothing until they are called (or given to `run_updates`). None applies them at once.
      is_training: a 0-d bool tensor decides when the model runs: both ways are computed.
      trainable: False makes the variables untrained; on the core path there are no updates then.
      batch_weights: `[batch]`, how much each example counts in the batch's statistics.
      fused: False keeps away from the fused path, which takes rank 2 and 4 and puts the variance
        divided by `count - 1` into the moving variance; elsewhere it is divided by `count`.
      zero_debias_moving_mean: corrects the moving mean for having started at zero.
      renorm: batch renormalization, with `renorm_clipping` (a dictionary of `rmax`, `rmin` and `dmax`)
        and `renorm_decay`.
      adjustment: a function of the inputs' shape that gives a scale and an offset for the normalized
        values in training. Ignored, as in TensorFlow, off the core path.

    Returns:
      A tensor like `inputs`.

    Creates `gamma`, `beta`, `moving_mean`, `moving_variance` (`[channels]`, float32 for inputs of 16
    bits), in the order that TensorFlow has on the path taken; with renorm also `moving_stddev`,
    `renorm_mean`, `renorm_stddev`; with zero_debias_moving_mean, in training, `biased` and `local_step`
    under the moving mean's full name.

    Raises:
      TypeError: the inputs are integers.
      ValueError: an unknown `data_format`; a scalar; renorm together with batch_weights, another
        `updates_collections` or zero_debias_moving_mean; an unknown key in `renorm_clipping`;
        batch_weights of another shape.

    Source: tf.contrib.layers.batch_norm.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format has to be either NCHW or NHWC. Got {data_format!r}.")
    rank = inputs.dim()
    plain = (
        batch_weights is None and updates_collections == GraphKeys.UPDATE_OPS and not zero_debias_moving_mean
    )
    if renorm:
        if not plain:
            raise ValueError(
                "renorm is not supported with batch_weights, updates_collections or zero_debias_moving_mean. "
                "Leave those out, or renorm."
            )
        check_clipping(renorm_clipping)
    fusing = fused is not False and rank in _FUSABLE_RANKS
    fusing = fusing and not renorm and adjustment is None and batch_weights is None
    core = plain and not (fusing and rank == 2)
    if not inputs.dtype.is_floating_point:
        raise TypeError(
            f"Value passed to parameter 'x' has DataType {str(inputs.dtype)[6:]} not in list of allowed "
            f"values: float16, bfloat16, float32, float64. Convert the inputs of batch_norm."
        )
    if rank < (2 if data_format == "NCHW" else 1):
        raise ValueError(
            f"Input has undefined rank: batch_norm got shape {tuple(inputs.shape)}, expected [batch, ..., "
            f"channels], or [batch, channels, ...] with data_format='NCHW'."
        )
    if fusing:
        epsilon = max(epsilon, MIN_FUSED_EPSILON)
    training: bool | Tensor
    graph = get_default_graph()
    form = None
    if graph.recorder is not None and recorded(graph):
        known_training = constant_value(is_training)
        training = is_training if known_training is None else bool(known_training)
        gate = training if isinstance(training, Tensor) else None
        conditions = 6 if renorm else 4 if adjustment is not None else 2
        form = Form(rank, core, fusing, gate, data_format == "NCHW" and rank > 1, conditions)
    elif isinstance(is_training, Tensor):
        training = is_training.to(device=inputs.device, dtype=torch.bool)
    else:
        training = bool(is_training)

    with variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as sc:
        axis = 1 if data_format == "NCHW" else rank - 1
        shape = (inputs.shape[axis],)
        if form is not None:
            check_known(shape[0], undefined_channels(inputs, form))
            claim(graph, sc.name)
        dtype = inputs.dtype
        if dtype.itemsize == 2:
            # Float32, but for a module that was converted as a whole (`module.half()`).
            made = graph._store.get(f"{sc._name}/moving_mean")
            dtype = dtype if made is not None and made.dtype is dtype else torch.float32
        asked = (shape, dtype, center, scale, core, trainable, renorm)
        plain_variables = not (param_regularizers or variables_collections)
        known = recall(graph, sc, "batch_norm", asked) if plain_variables else None
        if known is None:
            make = _Maker(
                graph,
                sc,
                shape,
                dtype,
                inputs.device,
                trainable,
                core,
                fusing,
                param_initializers or {},
                param_regularizers or {},
                None if core else variables_collections,
            )
            known = make.all(center, scale, renorm)
            if plain_variables:
                remember(graph, sc, "batch_norm", asked, make.names, known)
        gamma, beta, moving = known
        if core and variables_collections:
            _join(variables_collections, "moving_mean", moving.mean)
            _join(variables_collections, "moving_variance", moving.variance)
            _join(variables_collections, "beta", beta)
            _join(variables_collections, "gamma", gamma)

        outputs = normalized(
            graph,
            form,
            sc.original_name_scope,
            inputs,
            axis,
            gamma,
            beta,
            moving,
            training,
            epsilon=epsilon,
            decay=decay,
            core=core,
            fusing=fusing,
            trainable=trainable,
            updates_collections=updates_collections,
            batch_weights=batch_weights,
            zero_debias_moving_mean=zero_debias_moving_mean,
            renorm=renorm,
            renorm_clipping=renorm_clipping,
            renorm_decay=renorm_decay,
            adjustment=adjustment,
        )
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        if outputs_collections:
            return collect_named_outputs(outputs_collections, sc.name, outputs)
        return outputs


def normalized(
    graph: Graph,
    form: Form | None,
    scope: str,
    inputs: Tensor,
    axis: int,
    gamma: Tensor | None,
    beta: Tensor | None,
    moving: Moving,
    training: bool | Tensor,
    *,
    epsilon: float,
    decay: float,
    core: bool,
    fusing: bool,
    trainable: bool,
    updates_collections: str | Sequence[str] | None,
    batch_weights: Tensor | None = None,
    zero_debias_moving_mean: bool = False,
    renorm: bool = False,
    renorm_clipping: Mapping[str, Any] | None = None,
    renorm_decay: float = 0.99,
    adjustment: Callable[[Any], tuple[Tensor, Tensor]] | None = None,
) -> Tensor:
    """The normalized inputs; the updates of the moving averages go to their collections. See `batch_norm`.

    Args:
      form: None outside of recorded code.
      scope: the name scope of the core layer's updates.
      axis: of the channels: the second, or the last.
      core: whether it is TensorFlow's core layer.
      fusing: whether it takes the fused path.
    """
    rank, channels = inputs.dim(), inputs.shape[axis]
    x = inputs.unsqueeze(0) if rank == 1 else inputs
    axis = max(axis, 1)
    update: Callable[..., Sequence[Any]] | None = None
    if training is False:
        outputs = stats.by_moving_averages(x, axis, gamma, beta, moving, epsilon)
    else:
        gate = None if training is True else training
        special = renorm or batch_weights is not None or (adjustment is not None and core)
        if gate is None and not special:
            outputs, mean, variance = stats.by_kernel(x, axis, gamma, beta, epsilon, corrected=fusing)
        elif form is not None and not special:
            outputs, mean, variance = kernel_or_moving(x, axis, gamma, beta, moving, epsilon, gate, fusing)
        else:
            mean, variance = stats.moments(x, axis, batch_weights)
            factors = None
            if renorm:
                factors = stats.renorm_factors(mean, variance, moving, renorm_clipping, epsilon, gate)
            extra = adjustment(inputs.shape) if adjustment is not None and core else None
            outputs = stats.by_moments(
                x, axis, mean, variance, gamma, beta, moving, epsilon, gate, factors, extra
            )
            mean, variance = mean.detach(), variance.detach()
            if fusing:
                count = x.numel() // channels
                variance = variance * (count / torch.sym_max(count - 1, 1))
        if trainable or not core:
            if core and fusing:
                decay = _in_float32(decay)
            biased = None
            if zero_debias_moving_mean:
                biased = _zero_debias_variables(moving.mean, model=not fusing)
            where = scope if core else graph.get_name_scope()
            updates: Sequence[Callable[[], None]]
            if form is not None:
                if special and gate is not None and not renorm:
                    variance = gated(gate, variance, moving.variance)
                    mean = mean if biased else gated(gate, mean, moving.mean)
                if renorm:
                    update = functools.partial(
                        renorm_updates,
                        moving=moving,
                        mean=mean,
                        variance=variance,
                        decay=decay,
                        renorm_decay=renorm_decay,
                        epsilon=epsilon,
                    )
                else:
                    update = functools.partial(
                        moving_average_updates,
                        moving=moving,
                        mean=mean,
                        variance=variance,
                        decay=decay,
                        zero_debias=biased,
                        at_once=updates_collections is None,
                    )
                updates = ()
            elif renorm:
                updates = _renorm_updates(moving, mean, variance, decay, renorm_decay, epsilon, gate, where)
            else:
                updates = _updates(moving, mean, variance, decay, gate, where, biased)
            for item in updates:
                if updates_collections is None:
                    item()
                else:
                    graph.add_to_collections(updates_collections, item)
    if rank == 1:
        outputs = outputs.squeeze(0)
    if form is not None:
        outputs = finished(graph, form, outputs, update, updates_collections, scope)
    return outputs


class _Maker:
    """Makes the variables of one batch_norm, or finds them, in the order that TensorFlow has."""

    def __init__(
        self,
        graph: Graph,
        scope: VariableScope,
        shape: tuple[Any, ...],
        dtype: torch.dtype,
        device: torch.device,
        trainable: bool,
        core: bool,
        fusing: bool,
        initializers: Mapping[str, Any],
        regularizers: Mapping[str, Any],
        collections: Any,
    ) -> None:
        self.names: list[str] = []
        self._where = graph, scope
        self._kind = shape, dtype
        self._device = device
        self._trainable = trainable
        self._core = core
        self._fusing = fusing
        self._initializers = initializers
        self._regularizers = regularizers
        self._collections = collections

    def all(self, center: bool, scale: bool, renorm: bool) -> tuple[Variable | None, Variable | None, Moving]:
        gamma = self._one("gamma", _ONES, True) if scale and self._core else None
        beta = self._one("beta", _ZEROS, True) if center else None
        if scale and not self._core:
            gamma = self._one("gamma", _ONES, True)
        moving = Moving(self._one("moving_mean", _ZEROS), self._one("moving_variance", _ONES))
        if renorm:
            root = square_root(self._initializers.get("moving_variance", _ONES))
            moving = moving._replace(
                stddev=self._one("moving_stddev", root),
                renorm_mean=self._one("renorm_mean", self._initializers.get("moving_mean", _ZEROS)),
                renorm_stddev=self._one("renorm_stddev", root),
            )
        return gamma, beta, moving

    def _one(self, name: str, initializer: Any, trained: bool = False) -> Variable:
        self.names.append(name)
        graph, scope = self._where
        shape, dtype = self._kind
        regularizer = self._regularizers.get(name) if trained else None
        own = get_variable_collections(self._collections, name) if self._collections else None
        variable = get_layer_variable(
            graph,
            scope,
            name,
            shape,
            dtype,
            self._initializers.get(name, initializer),
            regularizer if self._fusing and not self._core else None,
            trained and self._trainable,
            dict.fromkeys([*own, *MODEL_COLLECTIONS]) if own else MODEL_COLLECTIONS,
            self._device,
        )
        if self._core and regularizer is not None:
            # The core layer has a regularizer of its own, beside the variable scope's.
            add_regularization_loss(graph, f"{scope.name}/{name}", variable, regularizer, owner="layer")
        return variable


# Lets a layer write its activation over the result, where the result is in no collection.
batch_norm.gives_new_tensor = True  # type: ignore[attr-defined]


def check_clipping(clipping: Mapping[str, Any] | None) -> None:
    if clipping is not None and not set(clipping) <= set(_CLIPPING_KEYS):
        raise ValueError(f"renorm_clipping {dict(clipping)} contains keys not in {list(_CLIPPING_KEYS)}")


def square_root(initializer: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def rooted(shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return initializer(shape, dtype=dtype).sqrt()

    return rooted


def _join(variables_collections: Any, name: str, variable: Variable | None) -> None:
    # The core layer's variables join when all are made, also those that were there before, each once.
    graph = get_default_graph()
    keys = get_variable_collections(variables_collections, name) or ()
    for key in (keys,) if isinstance(keys, str) else keys:
        if variable is not None and not any(known is variable for known in graph.get_collection_ref(key)):
            graph.add_to_collection(key, variable)


def _zero_debias_variables(moving_mean: Variable, model: bool) -> tuple[Variable, Variable]:
    # TensorFlow puts the moving mean's full name under the scope that it is in already.
    make = model_variable if model else get_variable
    name, dtype, device = moving_mean.op.name, moving_mean.dtype, moving_mean.device
    biased = make(name + "/biased", moving_mean.shape, dtype, _ZEROS, trainable=False, device=device)
    local_step = make(name + "/local_step", (), dtype, _ZEROS, trainable=False, device=device)
    return biased, local_step


def _in_float32(value: float) -> float:
    """`value` as float32 has it: the core layer's fused path subtracts its decay from 1 in float32."""
    # Dekker's splitting, in plain arithmetic that a compiler can fold.
    scaled = value * float(2**29 + 1)
    return scaled - (scaled - value)


def _updates(
    moving: Moving,
    mean: Tensor,
    variance: Tensor,
    decay: float,
    gate: Tensor | None,
    scope: str,
    zero_debias: tuple[Variable, Variable] | None,
) -> tuple[Callable[[], None], Callable[[], None]]:
    first: Callable[[], None]
    if zero_debias is None:
        first = AssignMovingAverage(moving.mean, gated(gate, mean, moving.mean), decay, scope)
    else:
        first = AssignZeroDebiasedMovingAverage(moving.mean, *zero_debias, mean, decay, gate, scope)
    value = gated(gate, variance, moving.variance)
    return first, AssignMovingAverage(moving.variance, value, decay, scope, "AssignMovingAvg_1")


def _renorm_updates(
    moving: Moving,
    mean: Tensor,
    variance: Tensor,
    decay: float,
    renorm_decay: float,
    epsilon: float,
    gate: Tensor | None,
    scope: str,
) -> tuple[AssignTogether, AssignTogether]:
    """The two updates of renorm. TensorFlow's either one also updates both renorm averages."""
    assert moving.stddev is not None
    assert moving.renorm_mean is not None
    assert moving.renorm_stddev is not None
    stddev = (variance + epsilon).sqrt()

    def average(variable: Variable, value: Tensor, decay: float) -> AssignMovingAverage:
        return AssignMovingAverage(variable, gated(gate, value, variable), decay, scope)

    first = AssignTogether(
        [average(moving.renorm_mean, mean, renorm_decay), average(moving.mean, mean, decay)],
        scope=scope,
        op="AssignMovingAvg_2",
    )
    second = AssignTogether(
        [average(moving.renorm_stddev, stddev, renorm_decay), average(moving.stddev, stddev, decay)],
        [AssignVarianceOfStddev(moving.variance, moving.stddev, epsilon, gate, scope)],
        scope=scope,
        op="AssignNewValue",
    )
    return first, second
