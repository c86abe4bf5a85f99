"""The layers that neither convolve, pool nor multiply by a matrix.

Dropout, reshaping, softmaxes, norms of vectors, generalized divisive normalization, and the two that
apply other layers, `repeat` and `stack`. Batch normalization and its relatives are in
`normalization.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch import initializers
from slim_torch.arg_scope import add_arg_scope
from slim_torch.dtypes import constant_dtype
from slim_torch.graph import get_default_graph
from slim_torch.inference import infer, tensors_like
from slim_torch.layer_support import layer_input, layer_variable
from slim_torch.padding import is_channels_first
from slim_torch.recorded_layers import check_known, claim, differ, label, recorded, same, scoped
from slim_torch.recording import record
from slim_torch.scopes import name_scope, variable_scope
from slim_torch.sources import _Draw as Draw
from slim_torch.sources import constant
from slim_torch.sources import shape as shape_of
from slim_torch.sparse import SparseTensor
from slim_torch.symbolic import SymbolicNumber, static_shape
from slim_torch.tensors import as_sizes, as_tensor, leaf
from slim_torch.utils import collect_named_outputs, constant_value

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
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with variable_scope(scope, "Dropout", [inputs]) as sc:
        graph = get_default_graph()
        if graph.recorder is not None and recorded(graph):
            claim(graph, sc.name)
            outputs = _recorded_dropout(inputs, keep_prob, noise_shape, is_training, seed)
        elif isinstance(is_training, torch.Tensor):
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
    rate = _checked_rate(inputs, keep_prob)
    if rate == 0:
        return inputs
    if rate is not None and noise_shape is None and seed is None:
        return F.dropout(inputs, rate, training=True)
    shape = _noise_shape(inputs, noise_shape)
    generator = None if seed is None else get_default_graph().stream(name, seed, inputs.device)
    return _by_noise(inputs, keep_prob, shape, generator)


def _checked_rate(inputs: torch.Tensor, keep_prob: Any) -> Any:
    """`1 - keep_prob`; None for a tensor."""
    if not inputs.dtype.is_floating_point:
        raise ValueError(
            f"x has to be a floating point tensor since it's going to be scaled. Got a {str(inputs.dtype)[6:]} "
            f"tensor instead."
        )
    if isinstance(keep_prob, torch.Tensor):
        return None
    rate = 1 - keep_prob
    if not 0 <= rate < 1:
        raise ValueError(
            f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}: keep_prob is "
            f"{keep_prob}, expected above 0 and at most 1."
        )
    return rate


def _noise_shape(inputs: torch.Tensor, noise_shape: Sequence[int] | None) -> list[Any]:
    if noise_shape is None:
        return list(inputs.shape)
    shape = [size if own is None else own for own, size in zip(noise_shape, inputs.shape)]
    if any(own != 1 and differ(own, size) for own, size in zip(shape, inputs.shape)):
        raise ValueError(
            f"Dimensions must be equal, but noise_shape {tuple(shape)} does not broadcast to inputs of shape "
            f"{tuple(inputs.shape)}. Use 1 for an axis to share one choice."
        )
    return shape


def _by_noise(
    inputs: torch.Tensor, keep_prob: Any, shape: Sequence[int], generator: torch.Generator | None
) -> torch.Tensor:
    noise = torch.rand(shape, generator=generator, dtype=inputs.dtype, device=inputs.device)
    return torch.where(noise < keep_prob, inputs / keep_prob, 0.0)


def _recorded_dropout(
    inputs: torch.Tensor, keep_prob: Any, noise_shape: Any, is_training: Any, seed: int | None
) -> torch.Tensor:
    """Dropout as one operation, which draws only in runs that train."""
    graph = get_default_graph()
    known = constant_value(is_training)
    if known is not None and not known:
        return same(inputs, "Identity")
    rate = _checked_rate(inputs, keep_prob)
    if rate == 0 and known is not None:
        return inputs
    if noise_shape is not None:
        noise_shape = as_sizes(noise_shape) if isinstance(noise_shape, torch.Tensor) else noise_shape
        noise_shape = _noise_shape(inputs, noise_shape)
    training = None if known is not None else is_training
    name = ("Merge", "Merge") if known is None else ("mul_1", "Mul")
    with graph.name_scope("cond" if known is None else "dropout") as scope:
        draw = Draw(seed, scope[:-1])
        outputs = record(
            _dropped_in_run,
            (inputs, keep_prob, noise_shape, training, draw),
            stateful=True,
            static=infer(torch.clone, (inputs,), {}),
        )
        return label(outputs, *name)


def _dropped_in_run(
    inputs: torch.Tensor, keep_prob: Any, noise_shape: Any, training: Any, draw: Any
) -> torch.Tensor:
    if training is not None and not bool(training):
        return inputs
    generator = draw(inputs.device)
    if noise_shape is None and generator is None:
        return F.dropout(inputs, 1.0 - float(keep_prob), training=True)
    return _by_noise(inputs, keep_prob, _noise_shape(inputs, noise_shape), generator)


@add_arg_scope
def flatten(inputs: torch.Tensor, outputs_collections: Any = None, scope: str | None = None) -> torch.Tensor:
    """Joins all axes but the first: `[batch, ...]` becomes `[batch, size]`.

    Raises:
      ValueError: `inputs` has no axes.

    Source: tf.contrib.layers.flatten.
    """
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with name_scope(scope, "Flatten") as name:
        if inputs.dim() == 0:
            raise ValueError("Input 0 of layer flatten is incompatible: expected min_ndim=1, found ndim=0.")
        outputs = inputs.unsqueeze(1) if inputs.dim() == 1 else inputs.flatten(1)
        if type(outputs) is not torch.Tensor and recorded(get_default_graph()):
            # TensorFlow's layer inside takes the default name of a variable scope.
            with variable_scope(None, "flatten"):
                outputs = label(outputs, "Reshape")
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
    if type(labels) is not torch.Tensor:
        labels = layer_input(labels)
    with name_scope(scope, "OneHotEncoding") as name:
        ids = as_tensor(labels)
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
        outputs = label(torch.where(ids.unsqueeze(-1).eq(classes), on, off), "one_hot", "OneHot")
        return collect_named_outputs(outputs_collections, name, outputs)


@add_arg_scope
def softmax(logits: torch.Tensor, scope: Any = None) -> torch.Tensor:
    """Softmax over the last axis.

    Raises:
      ValueError: fewer than two axes.

    Source: tf.contrib.layers.softmax.
    """
    if type(logits) is not torch.Tensor:
        logits = layer_input(logits)
    with variable_scope(scope, "softmax", [logits]):
        if logits.dim() < 2:
            raise ValueError(f"rank of shape must be at least 2 not: {logits.dim()}")
        if recorded(get_default_graph()):
            size = logits.shape[-1]
            check_known(size, f"dimension -1 of shape must be known but is None: {logits.shape}")
            flat = label(logits.reshape(-1, size), "Reshape")
            return label(label(torch.softmax(flat, dim=-1), "Softmax").reshape(logits.shape), "Reshape")
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
    if type(features) is not torch.Tensor:
        features = layer_input(features)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with variable_scope(name, "spatial_softmax", [features]) as sc:
        if features.dim() != 4:
            raise IndexError(
                f"list index out of range: spatial_softmax needs features of rank 4, got {features.dim()}."
            )
        check_known(
            features.shape[1 if channels_first else 3],
            "The num_channels dimension of the inputs to `spatial_softmax` should be defined. Found `None`.",
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
        with scoped(None, "spatial_softmax_op"):
            return _expected_places(x, scale)


def _expected_places(x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    batch, channels, height, width = x.shape
    flat = x.reshape(batch * channels, height * width)
    attention = label(torch.softmax(flat / scale, dim=-1), "Softmax").view(batch, channels, height, width)
    rows, columns = _places(height, x), _places(width, x)
    row = (attention.sum(3) * rows).sum(2)
    column = (attention.sum(2) * columns).sum(2)
    return label(torch.stack([row, column], dim=2).flatten(1), "Reshape_3", "Reshape")


@leaf
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
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with variable_scope(scope, "UnitNorm", [inputs]):
        if not 0 <= dim < inputs.dim():
            raise ValueError(
                f"dim must be positive but smaller than the input rank. Got {dim} for rank {inputs.dim()}."
            )
        return label(inputs / torch.sqrt(inputs.square().sum(dim, keepdim=True) + epsilon), "div", "RealDiv")


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
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with variable_scope(scope, "MaxOut", [inputs]):
        shape = list(inputs.shape)
        features = shape[axis]
        if isinstance(features, SymbolicNumber):
            raise TypeError(
                "unsupported operand type(s) for %: 'NoneType' and 'int': maxout needs a known number of features. "
                "Give the placeholder a shape."
            )
        if features % num_units:
            raise ValueError(f"number of features({features}) is not a multiple of num_units({num_units})")
        shape[axis] = num_units
        return label(label(inputs.reshape([*shape, features // num_units]), "Reshape").amax(-1), "Max")


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
    return _scale_gradient(inputs, gradient_multiplier)


@leaf
def _scale_gradient(inputs: torch.Tensor, gradient_multiplier: Any) -> torch.Tensor:
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
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    with name_scope(scope, "ImagesToSequence") as name:
        x = inputs.permute(0, 2, 3, 1) if channels_first and inputs.dim() == 4 else inputs
        _, _, width, channels = x.shape
        for size in (width, channels):
            check_known(
                size, "Tried to convert 'shape' to a tensor and failed. Error: None values not supported."
            )
        outputs = label(x.reshape(-1, width, channels).transpose(0, 1), "Reshape")
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
    if type(inputs) is not torch.Tensor:
        inputs = layer_input(inputs)
    with name_scope(scope, "SequenceToImages") as name:
        width, rows, channels = inputs.shape
        if isinstance(width, SymbolicNumber) or isinstance(channels, SymbolicNumber):
            raise TypeError(
                "Failed to convert object of type <class 'list'> to Tensor: the width and the channels of "
                "sequence_to_images must be known. Give the placeholder a shape."
            )
        if not isinstance(rows, SymbolicNumber) and rows % height:
            raise ValueError(
                f"Cannot reshape a tensor with {rows} rows to images of height {height}: not a multiple."
            )
        outputs = inputs.transpose(0, 1).reshape(-1, height, width, channels)
        if output_data_format == "channels_first":
            outputs = outputs.permute(0, 3, 1, 2)
        outputs = label(outputs, "transpose", "Transpose")
        return collect_named_outputs(outputs_collections, name, outputs)


def _entries(tensor: torch.Tensor, value: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Where `tensor` differs from `value`, and what it holds there."""
    indices = torch.nonzero(tensor.ne(value))
    return indices, tensor[tuple(indices.unbind(1))]


def _recorded_entries(tensor: Any, value: Any) -> tuple[Any, Any, Any]:
    known = static_shape(tensor.stand_ins)
    rank = None if known is None else len(known)
    static = tensors_like(tuple, [([None, rank], torch.int64), ([None], tensor.dtype)])
    indices, values = record(_entries, (tensor, value), static=static)
    label(indices, "Where")
    values = label(same(values), "GatherNd")
    if known is None or None in known:
        return indices, values, shape_of(tensor, out_type=torch.int64)
    return indices, values, constant(known, torch.int64, name="Shape")


@add_arg_scope
def dense_to_sparse(
    tensor: torch.Tensor, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> SparseTensor:
    """The elements that differ from `eos_token`, as the CTC loss takes its labels.

    Source: tf.contrib.layers.dense_to_sparse.
    """
    if type(tensor) is not torch.Tensor:
        tensor = layer_input(tensor)
    with variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        if recorded(get_default_graph()):
            indices, values, dense_shape = _recorded_entries(tensor, eos_token)
        else:
            indices, values = _entries(tensor, eos_token)
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
