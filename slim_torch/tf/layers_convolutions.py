"""`tf.layers`: convolutions, separable and transposed ones, as classes and as functions.

The arithmetic, its names when it is recorded and the order of weights in memory are those of the layers of slim
(`slim_torch/convolution_layers.py`, `spatial.py`); here are tf.layers' arguments and variables: `kernel`, `bias`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import spatial
from slim_torch.convolution_layers import OUT_IN, Window, recorded_convolution, recorded_transposed
from slim_torch.depthwise_layers import depthwise_names
from slim_torch.graph import get_default_graph
from slim_torch.layer_support import CONVOLUTION_MEMORY, as_dimension, finish
from slim_torch.padding import normalize_padding, normalize_tuple
from slim_torch.recorded_layers import add_bias, label, label_steps, recorded
from slim_torch.scopes import get_variable_scope
from slim_torch.tensors import use_up
from slim_torch.tf.layers_base import InputSpec, Layer, as_activation, channels_first, function_of, size_at

__all__ = [
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "SeparableConv1D",
    "SeparableConv2D",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "separable_conv1d",
    "separable_conv2d",
]

Size = int | Sequence[int]
Function = Callable[..., Any]

# Depthwise kernels `[spatial..., in, multiplier]` lie in memory as PyTorch's grouped `[in, multiplier, spatial...]`.
_DEPTHWISE_MEMORY = {1: (1, 2, 0), 2: (2, 3, 0, 1)}


class _Convolution(Layer):
    """What all convolutions have: the arguments, a bias and an activation."""

    _dims: int

    def __init__(
        self,
        filters: int,
        kernel_size: Size,
        strides: Size,
        padding: str,
        data_format: str,
        dilation_rate: Size,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        trainable: bool,
        name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.rank = dims = self._dims
        self.filters = filters
        self.kernel_size = normalize_tuple(kernel_size, dims, "kernel_size")
        self.strides = normalize_tuple(strides, dims, "strides")
        self.padding = normalize_padding(padding).lower()
        if self.padding == "causal" and dims > 1:
            raise ValueError("Causal padding is only supported for `Conv1D`and ``SeparableConv1D`.")
        self._channels_first = channels_first(data_format)
        self.data_format = data_format.lower()
        self.dilation_rate = normalize_tuple(dilation_rate, dims, "dilation_rate")
        self.activation = as_activation(activation)
        self.use_bias = use_bias
        self.bias_initializer, self.bias_regularizer = bias_initializer, bias_regularizer
        self.bias_constraint = bias_constraint
        self.bias: Any = None
        self.input_spec = InputSpec(ndim=dims + 2)

    def _channels(self, input_shape: Any) -> Any:
        """The number of input channels, which the layer insists on from now on."""
        axis = 1 if self._channels_first else -1
        size = size_at(input_shape, axis)
        if size is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        self.input_spec = InputSpec(ndim=self._dims + 2, axes={axis: size})
        return size

    def _check_steps(self) -> None:
        for name, values in (("strides", self.strides), ("dilation_rate", self.dilation_rate)):
            if min(values) < 1:
                raise ValueError(f"all values of {name} must be positive. Got {values}.")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"strides > 1 not supported in conjunction with dilation_rate > 1. Got strides {self.strides} and "
                f"dilation_rate {self.dilation_rate}."
            )

    def _add_bias(self) -> None:
        if self.use_bias:
            self.bias = self.add_variable(
                "bias",
                (as_dimension(self.filters),),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def _finish(self, outputs: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        return finish(
            outputs,
            get_variable_scope(),
            self.activation,
            None,
            biases=bias,
            channels_first=self._channels_first,
        )


class _Conv(_Convolution):
    """A convolution over `_dims` spatial axes."""

    def __init__(
        self,
        filters: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Size = 1,
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
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            trainable,
            name,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.kernel_initializer, self.kernel_regularizer = kernel_initializer, kernel_regularizer
        self.kernel_constraint = kernel_constraint
        self.kernel: Any = None

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = self.add_variable(
            "kernel",
            (*self.kernel_size, channels, as_dimension(self.filters)),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            memory_order=CONVOLUTION_MEMORY[self._dims],
        )
        self._add_bias()

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        self._check_steps()
        padding = self.padding.upper()
        fixed = spatial.fixed_padding(padding, self.kernel_size, self.strides, self.dilation_rate)
        window = Window(self.strides, padding, self.dilation_rate, fixed)
        if recorded(get_default_graph()):
            outputs = recorded_convolution(inputs, self.kernel, window, self._dims, self._channels_first)
            return self._finish(outputs, self.bias)
        return self._finish(
            spatial.convolve(
                inputs,
                self.kernel.permute(OUT_IN[self._dims]),
                self.bias,
                stride=window.stride,
                padding=window.padding,
                rate=window.rate,
                channels_first=self._channels_first,
                pads=window.pads,
            )
        )


class Conv1D(_Conv):
    """A convolution over one spatial axis; see `Conv2D`. Source: tf.layers.Conv1D."""

    _dims = 1


class Conv2D(_Conv):
    """A convolution of `[batch, height, width, in]` with bias and activation.

    Args:
      filters: how many outputs.
      kernel_size, strides, dilation_rate: in pixels, one int for all spatial axes or one for each.
      padding: `"valid"` or `"same"`, in any case; `Conv1D` also knows `"causal"`.
      data_format: `"channels_last"`, or `"channels_first"` for `[batch, in, height, width]`.
      activation: a function, or its name; None leaves the output linear.
      kernel_initializer: None means that of the variable scope, then Glorot's uniform one.
      kernel_regularizer, bias_regularizer, activity_regularizer: their values join REGULARIZATION_LOSSES, the
        last one's divided by the batch.
      kernel_constraint, bias_constraint: refused; see `get_variable`.
      trainable, name: see `Layer`.

    Creates `kernel`, `[height, width, in, filters]`, and `bias`, `[filters]`.

    Raises:
      ValueError: a rank, size, format or padding does not fit.

    Source: tf.layers.Conv2D.
    """

    _dims = 2


class Conv3D(_Conv):
    """A convolution of `[batch, depth, height, width, in]`; see `Conv2D`. Source: tf.layers.Conv3D."""

    _dims = 3


class _Transposed(_Conv):
    """A transposed convolution."""

    def __init__(
        self,
        filters: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
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
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            1,
            activation,
            use_bias,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            trainable,
            name,
            **kwargs,
        )

    def build(self, input_shape: Any) -> None:
        channels = self._channels(input_shape)
        self.kernel = self.add_variable(
            "kernel",
            (*self.kernel_size, as_dimension(self.filters), channels),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            memory_order=CONVOLUTION_MEMORY[self._dims],
        )
        self._add_bias()

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        padding = self.padding.upper()
        if recorded(get_default_graph()):
            outputs = recorded_transposed(
                inputs, self.kernel, self.strides, padding, self._dims, self._channels_first
            )
            return self._finish(outputs, self.bias)
        return self._finish(
            spatial.convolve_transposed(
                inputs,
                self.kernel.permute(OUT_IN[self._dims]),
                self.bias,
                stride=self.strides,
                padding=padding,
                channels_first=self._channels_first,
            )
        )


class Conv2DTranspose(_Transposed):
    """A transposed convolution over two spatial axes.

    Arguments are those of `Conv2D`. `"same"` gives `size * stride` pixels, `"valid"`
    `size * stride + max(kernel - stride, 0)`.

    Creates `kernel`, `[height, width, filters, in]`, and `bias`, `[filters]`.

    Source: tf.layers.Conv2DTranspose.
    """

    _dims = 2


class Conv3DTranspose(_Transposed):
    """A transposed convolution over three spatial axes; see `Conv2DTranspose`. Source: tf.layers.Conv3DTranspose."""

    _dims = 3


class _Separable(_Convolution):
    """A convolution of each channel on its own, then one of size one across channels."""

    def __init__(
        self,
        filters: int,
        kernel_size: Size,
        strides: Size = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: Size = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = None,
        pointwise_initializer: Any = None,
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters,
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            trainable,
            name,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self._depthwise = (depthwise_initializer, depthwise_regularizer, depthwise_constraint)
        self._pointwise = (pointwise_initializer, pointwise_regularizer, pointwise_constraint)
        self.depthwise_kernel: Any = None
        self.pointwise_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        dims, channels = self._dims, self._channels(input_shape)
        initializer, regularizer, constraint = self._depthwise
        self.depthwise_kernel = self.add_variable(
            "depthwise_kernel",
            (*self.kernel_size, channels, as_dimension(self.depth_multiplier)),
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
            memory_order=_DEPTHWISE_MEMORY[dims],
        )
        initializer, regularizer, constraint = self._pointwise
        self.pointwise_kernel = self.add_variable(
            "pointwise_kernel",
            (*(1,) * dims, channels * self.depth_multiplier, as_dimension(self.filters)),
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
            memory_order=CONVOLUTION_MEMORY[dims],
        )
        self._add_bias()

    def _both(self, x: torch.Tensor, bias: torch.Tensor | None, is_recorded: bool) -> torch.Tensor:
        """The depthwise and the pointwise convolution, one spatial axis as two, the first of size one."""
        strides, rates, padding = self.strides, self.dilation_rate, self.padding.upper()
        depthwise, pointwise = self.depthwise_kernel, self.pointwise_kernel
        if self._dims == 1:
            # TensorFlow strides both axes; there is one row.
            strides, rates = (1, *strides), (1, *rates)
            depthwise, pointwise = depthwise.unsqueeze(0), pointwise.unsqueeze(0)
        y = spatial.depthwise_convolve(
            x,
            depthwise.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1),
            None,
            stride=strides,
            padding=padding,
            rate=rates,
            channels_first=self._channels_first,
        )
        name = ""
        if is_recorded:
            name, inner = depthwise_names(get_default_graph(), True, max(rates) > 1)
            y = label_steps(y, *inner)
        y = spatial.convolve(
            y,
            pointwise.permute(OUT_IN[2]),
            bias,
            stride=(1, 1),
            padding="VALID",
            rate=(1, 1),
            channels_first=self._channels_first,
        )
        return label_steps(y, (name, "Conv2D")) if is_recorded else y


class SeparableConv2D(_Separable):
    """A convolution of each channel on its own, then a 1x1 convolution across channels.

    Args:
      depth_multiplier: how many outputs each channel gets in the first part.
      strides, dilation_rate: of the first part. Both above one is allowed; see `slim.separable_conv2d`.
      The others are those of `Conv2D`.

    Creates `depthwise_kernel`, `[height, width, in, depth_multiplier]`, `pointwise_kernel`,
    `[1, 1, in * depth_multiplier, filters]`, and `bias`, `[filters]`.

    Source: tf.layers.SeparableConv2D.
    """

    _dims = 2

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        if recorded(get_default_graph()):
            return self._finish(self._both(inputs, None, True), self.bias)
        return self._finish(self._both(inputs, self.bias, False))


class SeparableConv1D(_Separable):
    """`SeparableConv2D` over one spatial axis. Source: tf.layers.SeparableConv1D."""

    _dims = 1

    def call(self, inputs: torch.Tensor) -> torch.Tensor:
        row = 2 if self._channels_first else 1
        if not recorded(get_default_graph()):
            return self._finish(self._both(inputs.unsqueeze(row), self.bias, False).squeeze(row))
        use_up("ExpandDims")
        y = self._both(inputs.unsqueeze(row), None, True)
        if self.bias is not None:
            y = label(add_bias(y, self.bias, self._channels_first), "BiasAdd")
        return self._finish(label(y.squeeze(row), "Squeeze"))


conv1d = function_of(Conv1D, "conv1d", "A convolution of `[batch, width, in]`, with variables of its own.")
conv2d = function_of(
    Conv2D, "conv2d", "A convolution of `[batch, height, width, in]`, with variables of its own."
)
conv3d = function_of(
    Conv3D, "conv3d", "A convolution of `[batch, depth, height, width, in]`, with variables of its own."
)
conv2d_transpose = function_of(
    Conv2DTranspose, "conv2d_transpose", "A transposed convolution over two spatial axes."
)
conv3d_transpose = function_of(
    Conv3DTranspose, "conv3d_transpose", "A transposed convolution over three spatial axes."
)
separable_conv1d = function_of(
    SeparableConv1D, "separable_conv1d", "A separable convolution of `[batch, width, in]`."
)
separable_conv2d = function_of(
    SeparableConv2D, "separable_conv2d", "A separable convolution of `[batch, height, width, in]`."
)
