"""The layers that neither convolve, pool nor multiply by a matrix.

Dropout, reshaping, softmaxes, norms of vectors, generalized divisive normalization, and the two that
apply other layers, `repeat` and `stack`. Batch normalization and its relatives are in
`normalization.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch import initializers
from slim_torch.arg_scope import add_arg_scope
from slim_torch.dtypes import constant_dtype
from slim_torch.graph import get_default_graph
from slim_torch.layer_support import layer_variable
from slim_torch.padding import is_channels_first
from slim_torch.scopes import name_scope, variable_scope
from slim_torch.utils import collect_named_outputs

__all__ = [
    "SparseTensor",
    "dense_to_sparse",
    "dropout",
    "flatten",
    "images_to_sequence",
    "maxout",
    "one_hot_encoding",
    "repeat",
    "scale_gradient",
    "sequence_to_images",
    "softmax",
    "spatial_softmax",
    "stack",
    "unit_norm",
]


@add_arg_scope
def dropout(
    inputs: torch.Tensor,
    keep_prob: Any = 0.5,
    noise_shape: Sequence[int] | None = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> torch.Tensor:
    """Sets elements to zero at random, and scales the others by `1 / keep_prob`.

    Args:
      inputs: any shape, floating point.
      keep_prob: the probability of keeping an element, above 0 and at most 1; a float, or a 0-d tensor.
      noise_shape: the shape of the random choice, broadcast to `inputs`; 1 keeps or drops a whole axis.
      is_training: False gives the inputs; a bool or a 0-d bool tensor.
      seed: makes the sequence of choices of this call site repeatable; PyTorch's generator by default.

    Raises:
      ValueError: `keep_prob` is a number outside its range, or the inputs are integers.

    Source: tf.contrib.layers.dropout.
    """
    with variable_scope(scope, "Dropout", [inputs]) as sc:
        if isinstance(is_training, torch.Tensor):
            dropped = _dropped(inputs, keep_prob, noise_shape, seed, sc.name)
            outputs = torch.where(is_training, dropped, inputs)
        elif is_training:
            outputs = _dropped(inputs, keep_prob, noise_shape, seed, sc.name)
        else:
            outputs = inputs
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _dropped(
    inputs: torch.Tensor, keep_prob: Any, noise_shape: Sequence[int] | None, seed: int | None, name: str
) -> torch.Tensor:
    if not inputs.dtype.is_floating_point:
        raise ValueError(
            f"x has to be a floating point tensor since it's going to be scaled. Got a {str(inputs.dtype)[6:]} "
            f"tensor instead."
        )
    if not isinstance(keep_prob, torch.Tensor):
        rate = 1 - keep_prob
        if not 0 <= rate < 1:
            raise ValueError(
                f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}: keep_prob is "
                f"{keep_prob}, expected above 0 and at most 1."
            )
        if rate == 0:
            return inputs
        if noise_shape is None and seed is None:
            return F.dropout(inputs, rate, training=True)
    if noise_shape is None:
        shape = list(inputs.shape)
    else:
        shape = [size if own is None else own for own, size in zip(noise_shape, inputs.shape)]
        if any(own not in (1, size) for own, size in zip(shape, inputs.shape)):
            raise ValueError(
                f"Dimensions must be equal, but noise_shape {tuple(shape)} does not broadcast to inputs of shape "
                f"{tuple(inputs.shape)}. Use 1 for an axis to share one choice."
            )
    generator = None if seed is None else get_default_graph().stream(name, seed, inputs.device)
    noise = torch.rand(shape, generator=generator, dtype=inputs.dtype, device=inputs.device)
    return torch.where(noise < keep_prob, inputs / keep_prob, 0.0)


@add_arg_scope
def flatten(inputs: torch.Tensor, outputs_collections: Any = None, scope: str | None = None) -> torch.Tensor:
    """Joins all axes but the first: `[batch, ...]` becomes `[batch, size]`.

    Raises:
      ValueError: `inputs` has no axes.

    Source: tf.contrib.layers.flatten.
    """
    with name_scope(scope, "Flatten") as name:
        if inputs.dim() == 0:
            raise ValueError("Input 0 of layer flatten is incompatible: expected min_ndim=1, found ndim=0.")
        outputs = inputs.unsqueeze(1) if inputs.dim() == 1 else inputs.flatten(1)
        return collect_named_outputs(outputs_collections, name, outputs)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: Any = 1.0,
    off_value: Any = 0.0,
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """`on_value` where the last index equals the label, `off_value` elsewhere.

    Args:
      labels: uint8, int32 or int64, any shape, or a list; labels out of range are off everywhere.
      num_classes: the size of the new last axis.

    Returns:
      `[*labels.shape, num_classes]`, in the dtype of the values: float32 for Python floats.

    Raises:
      TypeError: labels or `num_classes` are no integers, or the values differ in dtype.
      ValueError: `num_classes` is negative.

    Source: tf.contrib.layers.one_hot_encoding.
    """
    with name_scope(scope, "OneHotEncoding") as name:
        ids = labels if isinstance(labels, torch.Tensor) else torch.as_tensor(labels)
        if ids.dtype not in (torch.uint8, torch.int32, torch.int64):
            raise TypeError(
                f"Value passed to parameter 'indices' has DataType {str(ids.dtype)[6:]} not in list of allowed "
                f"values: uint8, int32, int64"
            )
        if not isinstance(num_classes, int):
            raise TypeError(f"Expected int32, got {num_classes!r} for num_classes of one_hot_encoding.")
        if num_classes < 0:
            raise ValueError(f"num_classes must be non-negative but is {num_classes}")
        dtype = constant_dtype(on_value)
        if constant_dtype(off_value) != dtype:
            raise TypeError(
                f"dtype {str(dtype)[6:]} of on_value does not match dtype {str(constant_dtype(off_value))[6:]} of "
                f"off_value. Write both in the same way."
            )
        classes = torch.arange(num_classes, device=ids.device)
        on = torch.as_tensor(on_value, dtype=dtype, device=ids.device)
        off = torch.as_tensor(off_value, dtype=dtype, device=ids.device)
        outputs = torch.where(ids.unsqueeze(-1) == classes, on, off)
        return collect_named_outputs(outputs_collections, name, outputs)


@add_arg_scope
def softmax(logits: torch.Tensor, scope: Any = None) -> torch.Tensor:
    """Softmax over the last axis.

    Raises:
      ValueError: fewer than two axes.

    Source: tf.contrib.layers.softmax.
    """
    with variable_scope(scope, "softmax", [logits]):
        if logits.dim() < 2:
            raise ValueError(f"rank of shape must be at least 2 not: {logits.dim()}")
        return torch.softmax(logits, dim=-1)


@add_arg_scope
def spatial_softmax(
    features: torch.Tensor,
    temperature: Any = None,
    name: Any = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> torch.Tensor:
    """The expected place of each channel under a softmax over its pixels.

    Args:
      features: `[batch, height, width, channels]`, or `[batch, channels, height, width]` for `"NCHW"`.
      temperature: what the variable begins at, one by default; it divides the features.

    Returns:
      `[batch, 2 * channels]`: for each channel the row, then the column, from -1 to 1.

    Creates `temperature`, a scalar, in the scope `"spatial_softmax"`.

    Raises:
      ValueError: a rank or the format does not fit.

    Source: tf.contrib.layers.spatial_softmax (https://arxiv.org/abs/1509.06113).
    """
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with variable_scope(name, "spatial_softmax", [features]) as sc:
        if features.dim() != 4:
            raise IndexError(
                f"list index out of range: spatial_softmax needs features of rank 4, got {features.dim()}."
            )
        x = features if channels_first else features.permute(0, 3, 1, 2)
        scale = layer_variable(
            sc,
            "temperature",
            "temperature",
            [],
            features,
            initializers.ones_initializer()
            if temperature is None
            else initializers.constant_initializer(temperature),
            None,
            trainable,
            # A frozen temperature joins none of them in the original.
            variables_collections if trainable else None,
            own_regularizer=False,
        )
        batch, channels, height, width = x.shape
        attention = torch.softmax(x.reshape(batch, channels, -1) / scale, dim=-1)
        attention = attention.view(batch, channels, height, width)
        rows, columns = _places(height, x), _places(width, x)
        row = (attention.sum(3) * rows).sum(2)
        column = (attention.sum(2) * columns).sum(2)
        return torch.stack([row, column], dim=2).flatten(1)


def _places(size: Any, like: torch.Tensor) -> torch.Tensor:
    """`size` numbers from -1 to 1, evenly spaced. `torch.linspace` would fix a symbolic size."""
    step = 2.0 / torch.sym_max(size - 1, 1)
    return torch.arange(size, dtype=like.dtype, device=like.device) * step - 1.0


@add_arg_scope
def unit_norm(inputs: torch.Tensor, dim: int, epsilon: float = 1e-7, scope: Any = None) -> torch.Tensor:
    """Divides by the Euclidean norm along one axis: `x / sqrt(sum(x**2) + epsilon)`.

    Raises:
      ValueError: `dim` is negative or not an axis.

    Source: tf.contrib.layers.unit_norm.
    """
    with variable_scope(scope, "UnitNorm", [inputs]):
        if not 0 <= dim < inputs.dim():
            raise ValueError(
                f"dim must be positive but smaller than the input rank. Got {dim} for rank {inputs.dim()}."
            )
        return inputs / torch.sqrt(inputs.square().sum(dim, keepdim=True) + epsilon)


@add_arg_scope
def maxout(inputs: torch.Tensor, num_units: int, axis: int = -1, scope: Any = None) -> torch.Tensor:
    """The largest of each group of features, `num_units` groups.

    For another axis than the last the groups mix with the axes after it, as they do in the original.

    Args:
      axis: the axis of the features; its size must be a multiple of `num_units`.

    Raises:
      ValueError: it is not.

    Source: tf.contrib.layers.maxout (https://arxiv.org/abs/1302.4389).
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        shape = list(inputs.shape)
        features = shape[axis]
        if features % num_units:
            raise ValueError(f"number of features({features}) is not a multiple of num_units({num_units})")
        shape[axis] = num_units
        return inputs.reshape([*shape, features // num_units]).amax(-1)


class _ScaleGradient(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(inputs: torch.Tensor, multiplier: Any) -> torch.Tensor:
        return inputs.view_as(inputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.multiplier = inputs[1]

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient * ctx.multiplier, None


def scale_gradient(inputs: torch.Tensor, gradient_multiplier: Any) -> torch.Tensor:
    """`inputs`, whose gradient is multiplied by `gradient_multiplier` (a number or a 0-d tensor).

    Source: tf.contrib.layers.scale_gradient.
    """
    return _ScaleGradient.apply(inputs, gradient_multiplier)


@add_arg_scope
def images_to_sequence(
    inputs: torch.Tensor, data_format: str = "NHWC", outputs_collections: Any = None, scope: str | None = None
) -> torch.Tensor:
    """Each row of each image as a sequence: `[width, batch * height, channels]`.

    Args:
      inputs: `[batch, height, width, channels]`, or `[batch, channels, height, width]` for `"NCHW"`.

    Raises:
      ValueError: the rank or the format does not fit.

    Source: tf.contrib.layers.images_to_sequence.
    """
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with name_scope(scope, "ImagesToSequence") as name:
        x = inputs.permute(0, 2, 3, 1) if channels_first and inputs.dim() == 4 else inputs
        _, _, width, channels = x.shape
        outputs = x.reshape(-1, width, channels).transpose(0, 1)
        return collect_named_outputs(outputs_collections, name, outputs)


@add_arg_scope
def sequence_to_images(
    inputs: torch.Tensor,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: str | None = None,
) -> torch.Tensor:
    """The way back from `images_to_sequence`: `[batch, height, width, channels]`.

    Args:
      inputs: `[width, batch * height, channels]`.
      output_data_format: `"channels_first"` gives `[batch, channels, height, width]`.

    Raises:
      ValueError: the rank does not fit.

    Source: tf.contrib.layers.sequence_to_images.
    """
    with name_scope(scope, "SequenceToImages") as name:
        width, rows, channels = inputs.shape
        if rows % height:
            raise ValueError(
                f"Cannot reshape a tensor with {rows} rows to images of height {height}: not a multiple."
            )
        outputs = inputs.transpose(0, 1).reshape(-1, height, width, channels)
        if output_data_format == "channels_first":
            outputs = outputs.permute(0, 3, 1, 2)
        return collect_named_outputs(outputs_collections, name, outputs)


@dataclass(eq=False)
class SparseTensor:
    """The elements of a tensor that count. Source: tf.SparseTensor.

    Attributes:
      indices: int64 `[count, rank]`, in row-major order.
      values: `[count]`.
      dense_shape: int64 `[rank]`.
    """

    indices: torch.Tensor
    values: torch.Tensor
    dense_shape: torch.Tensor


@add_arg_scope
def dense_to_sparse(
    tensor: torch.Tensor, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> SparseTensor:
    """The elements that differ from `eos_token`, as the CTC loss takes its labels.

    Source: tf.contrib.layers.dense_to_sparse.
    """
    with variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        indices = torch.nonzero(tensor != eos_token)
        values = tensor[tuple(indices.unbind(1))]
        dense_shape = torch.tensor(tensor.shape, dtype=torch.int64, device=tensor.device)
        outputs = SparseTensor(indices, values, dense_shape)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def repeat(
    inputs: torch.Tensor, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> torch.Tensor:
    """Applies `layer` to its own output, `repetitions` times, in the scopes `name_1`, `name_2`, ...

    Args:
      layer: a function that takes `scope`; `args` and `kwargs` go to each call.
      scope (among `kwargs`): the scope around all of them, and their name; by default `"Repeat"` and the
        name of the function.

    Source: tf.contrib.layers.repeat.
    """
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        name = _layer_name(layer, "repeat") if scope is None else _scope_name(scope)
        outputs = inputs
        for i in range(repetitions):
            outputs = layer(outputs, *args, scope=f"{name}_{i + 1}", **kwargs)
        return outputs


def stack(
    inputs: torch.Tensor, layer: Callable[..., Any], stack_args: Sequence[Any], **kwargs: Any
) -> torch.Tensor:
    """Applies `layer` once for each entry of `stack_args`, in the scopes `name_1`, `name_2`, ...

    Args:
      layer: a function that takes `scope`.
      stack_args: for each call its positional argument, or a list or tuple of several.
      scope (among `kwargs`): the scope around all of them, and their name; by default `"Stack"` and the
        name of the function.

    Raises:
      ValueError: `stack_args` is no list or tuple.

    Source: tf.contrib.layers.stack.
    """
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError(  # noqa: TRY004 - TensorFlow's type
            f"stack_args need to be a list or tuple. Got {stack_args!r}."
        )
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Stack", [inputs]):
        name = _layer_name(layer, "stack") if scope is None else _scope_name(scope)
        outputs = inputs
        for i, arguments in enumerate(stack_args):
            if not isinstance(arguments, (list, tuple)):
                arguments = [arguments]
            outputs = layer(outputs, *arguments, scope=f"{name}_{i + 1}", **kwargs)
        return outputs


def _layer_name(layer: Callable[..., Any], otherwise: str) -> str:
    function = layer if hasattr(layer, "__name__") else getattr(layer, "func", None)
    return str(getattr(function, "__name__", otherwise))


def _scope_name(scope: Any) -> str:
    return scope if isinstance(scope, str) else scope.name
