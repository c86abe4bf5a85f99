"""`tf.layers`: dense layers, dropout, flattening and pooling, as classes and as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch import spatial
from slim_torch.control_flow import cond
from slim_torch.dense_layers import recorded_product
from slim_torch.graph import get_default_graph
from slim_torch.layer_support import finish
from slim_torch.padding import normalize_padding, normalize_tuple
from slim_torch.recorded_layers import label, label_steps, recorded, same
from slim_torch.scopes import get_variable_scope
from slim_torch.tensors import known_value
from slim_torch.tf import nn_functions
from slim_torch.tf.layers_base import InputSpec, Layer, as_activation, channels_first, function_of, size_at

__all__ = [
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "Dense",
    "Dropout",
    "Flatten",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "average_pooling1d",
    "average_pooling2d",
    "average_pooling3d",
    "dense",
    "dropout",
    "flatten",
    "known_bool",
    "max_pooling1d",
    "max_pooling2d",
    "max_pooling3d",
]

Size = int | Sequence[int]


class Dense(Layer):
    """A matrix product over the last axis, with bias and activation.

    Args:
      units: how many outputs.
      activation, use_bias, and the initializers, regularizers and constraints: see `Conv2D`.

    Creates `kernel`, `[in, units]`, and `bias`, `[units]`.

    Raises:
      ValueError: fewer than two axes, or the last one's size is not known.
      TypeError: inputs of integers.

    Source: tf.layers.Dense.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units)
        self.activation = as_activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.kernel: Any = None
        self.bias: Any = None
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        dtype = self._dtype or torch.float32
        if not dtype.is_floating_point:
            raise TypeError(
                f"Unable to build `Dense` layer with non-floating point dtype {str(dtype)[6:]}. Convert the inputs "
                f"to float32."
            )
        size = size_at(input_shape, -1)
        if size is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_variable(
            "kernel",
            (size, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            memory_order=(1, 0),
        )
        if self.use_bias:
            self.bias = self.add_variable(
                "bias",
                (self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        if recorded(get_default_graph()):
            outputs = recorded_product(inputs, self.kernel)
            return finish(outputs, get_variable_scope(), self.activation, None, biases=self.bias)
        outputs = F.linear(inputs, self.kernel.t(), self.bias)
        return finish(outputs, get_variable_scope(), self.activation, None)


class Dropout(Layer):
    """Sets elements to zero with probability `rate`, and scales the others, where `training` is true.

    Args:
      rate: from 0 to below 1; a number, or a 0-d tensor.
      noise_shape: the shape of the random choice, broadcast to the inputs; 1 keeps or drops a whole axis.
      seed: makes the sequence of choices repeatable.

    Source: tf.layers.Dropout.
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed

    def call(self, inputs: torch.Tensor, training: Any = False) -> torch.Tensor:
        known = known_bool(training)

        def dropped() -> torch.Tensor:
            return nn_functions.dropout(inputs, noise_shape=self.noise_shape, seed=self.seed, rate=self.rate)

        if known is None:
            if recorded(get_default_graph()):
                made: torch.Tensor = cond(training, dropped, lambda: same(inputs))
                return made
            return torch.where(training, dropped(), inputs)
        if known:
            return dropped()
        return label(inputs, "Identity")


def known_bool(value: Any) -> bool | None:
    """A bool where it is known without running, also from 0, 1 and a constant; None where it is not.

    Raises:
      TypeError: it is none of these, nor a tensor.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, torch.Tensor):
        if torch.compiler.is_compiling() or (value.device.type == "meta" and type(value) is torch.Tensor):
            return None
        known = known_value(value) if type(value) is not torch.Tensor or value.device.type == "cpu" else None
        return None if known is None else bool(known)
    if value in (0, 1):
        return bool(value)
    raise TypeError(f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(value)}")


class Flatten(Layer):
    """Joins all axes but the first: `[batch, ...]` becomes `[batch, size]`.

    Args:
      data_format: with `"channels_first"` the channels go last first, so that both formats give the same.

    Source: tf.layers.Flatten.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._channels_first = channels_first(data_format or "channels_last")
        self.data_format = (data_format or "channels_last").lower()
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        x = inputs
        if self._channels_first and x.dim() > 2:
            x = label(x.movedim(1, -1), "transpose", "Transpose")
        return label(x.unsqueeze(1) if x.dim() == 1 else x.flatten(1), "Reshape")


class _Pooling(Layer):
    """A pool over `_dims` spatial axes."""

    _dims: int
    _kind: str

    def __init__(
        self,
        pool_size: Size,
        strides: Size,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if strides is None:
            raise ValueError("Argument `strides` must not be None.")
        super().__init__(name=name, **kwargs)
        self.pool_size = normalize_tuple(pool_size, self._dims, "pool_size")
        self.strides = normalize_tuple(strides, self._dims, "strides")
        self.padding = normalize_padding(padding).lower()
        self._channels_first = channels_first(data_format)
        self.data_format = data_format.lower()
        self.input_spec = InputSpec(ndim=self._dims + 2)

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._kind == "AVG" and not inputs.dtype.is_floating_point:
            raise TypeError(
                f"Value passed to parameter 'value' has DataType {str(inputs.dtype)[6:]} not in list of allowed "
                f"values: float16, bfloat16, float32, float64. Convert the inputs of {self._name}."
            )
        outputs = spatial.pool(
            inputs,
            self._kind,
            kernel=self.pool_size,
            stride=self.strides,
            padding=self.padding.upper(),
            channels_first=self._channels_first,
        )
        op = "MaxPool" if self._kind == "MAX" else "AvgPool"
        names = [(op + "3D", op + "3D") if self._dims == 3 else (op, op)]
        if self._dims == 1:
            names.append(("Squeeze", "Squeeze"))
        return label_steps(outputs, *names)


class MaxPooling1D(_Pooling):
    """The largest value of each window of `[batch, width, channels]`; see `MaxPooling2D`."""

    _dims, _kind = 1, "MAX"


class MaxPooling2D(_Pooling):
    """The largest value of each window of `[batch, height, width, channels]`.

    Args:
      pool_size, strides: in pixels, one int for all spatial axes or one for each.
      padding: `"valid"` or `"same"`; what it pads never wins, nor counts in a mean.
      data_format: `"channels_last"`, or `"channels_first"` for `[batch, channels, height, width]`.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.layers.MaxPooling2D.
    """

    _dims, _kind = 2, "MAX"


class MaxPooling3D(_Pooling):
    """The largest value of each window of `[batch, depth, height, width, channels]`; see `MaxPooling2D`."""

    _dims, _kind = 3, "MAX"


class AveragePooling1D(_Pooling):
    """The mean of each window of `[batch, width, channels]`; see `MaxPooling2D`."""

    _dims, _kind = 1, "AVG"


class AveragePooling2D(_Pooling):
    """The mean of each window of `[batch, height, width, channels]`; see `MaxPooling2D`."""

    _dims, _kind = 2, "AVG"


class AveragePooling3D(_Pooling):
    """The mean of each window of `[batch, depth, height, width, channels]`; see `MaxPooling2D`."""

    _dims, _kind = 3, "AVG"


dense = function_of(Dense, "dense", "A matrix product over the last axis, with variables of its own.")


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> torch.Tensor:
    """Sets elements to zero at random if `training`, a bool or a 0-d bool tensor; see `Dropout`.

    Source: tf.layers.dropout.
    """
    made: torch.Tensor = Dropout(rate, noise_shape, seed, name)(inputs, training=training)
    return made


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> torch.Tensor:
    """Joins all axes but the first; see `Flatten`. Source: tf.layers.flatten."""
    made: torch.Tensor = Flatten(data_format, name=name)(inputs)
    return made


def _pool_function(layer: type[_Pooling], name: str) -> Any:
    def pool(
        inputs: Any,
        pool_size: Size,
        strides: Size,
        padding: str = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> torch.Tensor:
        made: torch.Tensor = layer(pool_size, strides, padding, data_format, name)(inputs)
        return made

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = (
        f"{layer.__doc__.partition(';')[0] if layer.__doc__ else ''}\n\n    Arguments and errors are those of "
        f"`{layer.__name__}`.\n\n    Source: tf.layers.{name}.\n    "
    )
    return pool


max_pooling1d = _pool_function(MaxPooling1D, "max_pooling1d")
max_pooling2d = _pool_function(MaxPooling2D, "max_pooling2d")
max_pooling3d = _pool_function(MaxPooling3D, "max_pooling3d")
average_pooling1d = _pool_function(AveragePooling1D, "average_pooling1d")
average_pooling2d = _pool_function(AveragePooling2D, "average_pooling2d")
average_pooling3d = _pool_function(AveragePooling3D, "average_pooling3d")
