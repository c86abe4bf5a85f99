"""`tf.layers`: batch normalization, as a class and as a function.

Statistics, outputs and updates are those of `slim_torch/normalization.py`, on what is called the core path there;
here are tf.layers' arguments, axes and variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from slim_torch.batch_statistics import Moving
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.normalization import MIN_FUSED_EPSILON, check_clipping, normalized, square_root
from slim_torch.recorded_batch_norm import Form
from slim_torch.recorded_layers import recorded
from slim_torch.recording import rename
from slim_torch.scopes import get_variable_scope
from slim_torch.sources import placeholder_with_default
from slim_torch.symbolic import SymbolicTensor
from slim_torch.tf.layers_base import InputSpec, Layer, as_initializer, size_at
from slim_torch.tf.layers_core import known_bool

__all__ = ["BatchNormalization", "batch_normalization"]


class BatchNormalization(Layer):
    """Normalizes each channel: by the batch's mean and variance in training, by moving averages after.

    Args:
      axis: of the channels.
      momentum: the weight of the old value in a moving average.
      epsilon: added to the variance; at least 1.001e-5 where the fused kernel is used.
      center, scale: whether to add `beta`, and to multiply by `gamma`.
      fused: False keeps away from the fused kernel, which puts the variance divided by `count - 1` into the moving
        variance, elsewhere it is divided by `count`; None and True use it where it can be: for rank 4 with the
        channels second or last.
      trainable: False makes the variables untrained, and there are no updates.
      renorm, renorm_clipping, renorm_momentum: batch renormalization.
      adjustment: a function of the inputs' shape that gives a scale and an offset for the normalized values in
        training.
      virtual_batch_size, several axes, constraints: refused.

    Creates `gamma`, `beta`, `moving_mean`, `moving_variance` (`[channels]`, float32 for inputs of 16 bits), and
    with renorm `moving_stddev`, `renorm_mean`, `renorm_stddev`.

    Raises:
      ValueError: there is no such axis, its size is not known, or `renorm_clipping` has an unknown key.
      TypeError: `axis` is no int, or the inputs are integers.
      NotImplementedError: several axes, or `virtual_batch_size`.

    Source: tf.layers.BatchNormalization.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, Any] | None = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Callable[[Any], Any] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        axes = [axis] if isinstance(axis, int) else list(axis)
        if len(axes) != 1 or virtual_batch_size is not None:
            raise NotImplementedError(
                f"batch normalization over several axes ({axis=}) or of virtual batches ({virtual_batch_size=}) is "
                f"not supported. Reshape the inputs so that one axis holds the channels."
            )
        if renorm:
            check_clipping(renorm_clipping)
        self.axis, self.momentum, self.epsilon = axes, momentum, epsilon
        self.center, self.scale = center, scale
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping, renorm_momentum
        self.fused, self.adjustment = fused, adjustment
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    def build(self, input_shape: Any) -> None:
        rank = len(input_shape)
        axis = self.axis[0] + rank if self.axis[0] < 0 else self.axis[0]
        if not 0 <= axis < rank:
            raise ValueError(f"Invalid axis: {self.axis[0]}")
        self.axis = [axis]
        size = size_at(input_shape, axis)
        if size is None:
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", input_shape)
        self.input_spec = InputSpec(ndim=rank, axes={axis: size})
        fusable = rank == 4 and axis in (1, 3) and not self.renorm and self.adjustment is None
        self.fused = fusable and self.fused is not False
        wide = self._dtype is None or self._dtype.itemsize > 2
        dtype = self._dtype if wide else torch.float32

        def one(name: str, initializer: Any, regularizer: Any = None, constraint: Any = None) -> Any:
            return self.add_variable(
                name,
                (size,),
                dtype,
                initializer,
                regularizer,
                name in ("gamma", "beta"),
                constraint,
            )

        if self.scale:
            self.gamma = one("gamma", self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint)
        if self.center:
            self.beta = one("beta", self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        self.moving_mean = one("moving_mean", self.moving_mean_initializer)
        self.moving_variance = one("moving_variance", self.moving_variance_initializer)
        self._moving = Moving(self.moving_mean, self.moving_variance)
        if self.renorm:
            root = square_root(as_initializer(self.moving_variance_initializer))
            self._moving = self._moving._replace(
                stddev=one("moving_stddev", root),
                renorm_mean=one("renorm_mean", self.moving_mean_initializer),
                renorm_stddev=one("renorm_stddev", root),
            )
        self.built = True

    def call(self, inputs: torch.Tensor, training: Any = False) -> torch.Tensor:
        if not inputs.dtype.is_floating_point:
            raise TypeError(
                f"Input 'y' of 'AddV2' Op has type float32 that does not match type {str(inputs.dtype)[6:]} of "
                f"argument 'x': batch normalization is of floating-point numbers. Convert the inputs."
            )
        graph = get_default_graph()
        rank, axis = inputs.dim(), self.axis[0]
        fused = bool(self.fused)
        if training is None:
            training = _learning_phase(graph) if recorded(graph) else False
        known = known_bool(training)
        form = None
        if recorded(graph):
            conditions = 6 if self.renorm else 4 if self.adjustment is not None else 2
            gate = training if known is None else None
            form = Form(rank, True, fused, gate, axis == 1 and rank > 1, conditions)
        elif known is None:
            training = training.to(device=inputs.device, dtype=torch.bool)
        # The kernels know channels that are the second axis or the last one.
        moved = axis not in (1, rank - 1)
        x = inputs.movedim(axis, -1) if moved else inputs
        before = len(graph.get_collection_ref(GraphKeys.UPDATE_OPS))
        outputs = normalized(
            graph,
            form,
            get_variable_scope().original_name_scope,
            x,
            rank - 1 if moved else axis,
            self.gamma,
            self.beta,
            self._moving,
            training if known is None else known,
            epsilon=max(self.epsilon, MIN_FUSED_EPSILON) if fused else self.epsilon,
            decay=self.momentum,
            core=True,
            fusing=fused,
            trainable=self.trainable,
            updates_collections=GraphKeys.UPDATE_OPS,
            renorm=self.renorm,
            renorm_clipping=self.renorm_clipping,
            renorm_decay=self.renorm_momentum,
            adjustment=self.adjustment,
        )
        self._step_updates += graph.get_collection_ref(GraphKeys.UPDATE_OPS)[before:]
        return _moved_back(outputs, axis) if moved else outputs


def _moved_back(outputs: torch.Tensor, axis: int) -> torch.Tensor:
    """The last axis as `axis`; the result has the name."""
    moved = outputs.movedim(-1, axis)
    if isinstance(outputs, SymbolicTensor) and isinstance(moved, SymbolicTensor):
        name, kind = outputs.op.name, outputs.op.type
        rename(outputs, f"{name}_channels_last/", kind)
        rename(moved, f"{name}/", kind)
    return moved


def _learning_phase(graph: Graph) -> Any:
    """The placeholder that says whether a run trains, where a layer was not told: it does not, unless it is fed."""
    try:
        return graph.get_tensor_by_name("keras_learning_phase:0")
    except KeyError:
        with graph.name_scope(None):
            return placeholder_with_default(False, [], name="keras_learning_phase")


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = "zeros",
    gamma_initializer: Any = "ones",
    moving_mean_initializer: Any = "zeros",
    moving_variance_initializer: Any = "ones",
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Mapping[str, Any] | None = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Callable[[Any], Any] | None = None,
) -> torch.Tensor:
    """Normalizes each channel of `inputs`; see `BatchNormalization`.

    Args:
      training: whether the batch's statistics are used, and updates of the moving averages put into UPDATE_OPS: a
        bool, a 0-d bool tensor, or None, which is False until the placeholder `keras_learning_phase` is fed.

    Source: tf.layers.batch_normalization.
    """
    layer = BatchNormalization(
        axis,
        momentum,
        epsilon,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        moving_mean_initializer,
        moving_variance_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
        renorm,
        renorm_clipping,
        renorm_momentum,
        fused,
        trainable,
        virtual_batch_size,
        adjustment,
        name,
        _reuse=reuse,
        _scope=name,
    )
    made: torch.Tensor = layer(inputs, training=training)
    return made
