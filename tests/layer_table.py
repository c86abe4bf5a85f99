"""The table of layers that drives the cross-cutting tests, and the means to run a row of it.

One row at least for every public layer: how it is called, on what, and what it is known to have (a
channels-first form, variables, a gradient). `test_layer_table.py` asserts the promises that hold for all
of them, and that no layer lacks a row. Values are TensorFlow's business and are tested elsewhere.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

import slim_torch as slim
from slim_torch.graph import Graph

__all__ = ["ROWS", "Row", "fill", "first", "last"]

Tensor = torch.Tensor


@dataclass(frozen=True)
class Row:
    """One way of calling one layer.

    Attributes:
      layer: the public name; the first part of `id` is the same.
      call: `call(inputs, **kwargs)` gives the output.
      shape: of the inputs, channels last.
      aliases: other public names of the same function.
      integer: inputs are int64, below 4.
      channels_first: the arguments that choose the channels-first form; None where there is none.
      first_input, first_output: whether these are permuted in that form.
      variables: the names inside the layer's scope, in the order of creation.
      scope: the default scope; None where the layer has none.
      scope_kind: `"variable"` or `"name"`: what kind of scope it opens.
      scope_argument: the name of the argument that sets it.
      regularizers: for each variable that can have a regularizer of its own, the argument that takes it.
      differentiable: the gradient is the derivative of the output.
      spatial: how many axes after the batch may have any size.
      random: draws from PyTorch's generator at each call.
      wide_variables: variables are float32 for inputs of 16 bits.
      untraceable: why it cannot be compiled whole or run on fake tensors; empty where it can.
    """

    id: str
    layer: str
    call: Callable[..., Any]
    shape: tuple[int, ...]
    aliases: tuple[str, ...] = ()
    integer: bool = False
    channels_first: dict[str, Any] | None = None
    first_input: bool = True
    first_output: bool = True
    variables: tuple[str, ...] = ()
    scope: str | None = None
    scope_kind: str = "variable"
    scope_argument: str = "scope"
    regularizers: dict[str, str] = field(default_factory=dict)
    differentiable: bool = True
    spatial: int = 0
    random: bool = False
    wide_variables: bool = False
    untraceable: str = ""

    def inputs(self, dtype: torch.dtype = torch.float32, shape: tuple[int, ...] | None = None) -> Tensor:
        """The inputs of the row, channels last, the same at each call."""
        generator = torch.Generator().manual_seed(len(self.id))
        shape = self.shape if shape is None else shape
        if self.integer:
            return torch.randint(0, 4, shape, generator=generator)
        # Drawn in float64 and far enough from zero and from each other for finite differences.
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    def takes(self, argument: str) -> bool:
        """Whether the layer has an argument of this name."""
        return argument in inspect.signature(getattr(slim, self.layer)).parameters


def fill(graph: Graph, seed: int = 0) -> None:
    """Gives every variable values in [0.5, 1.5): none is zero, and standard deviations are positive."""
    generator = torch.Generator().manual_seed(seed)
    for variable in graph.variables:
        variable.assign(torch.rand(variable.shape, generator=generator, dtype=torch.float64) + 0.5)


def first(x: Tensor) -> Tensor:
    """Channels last to channels first, as a view."""
    return x.movedim(-1, 1)


def last(x: Tensor) -> Tensor:
    """The way back, as a view."""
    return x.movedim(1, -1)


_WEIGHTS = ("weights", "biases")
_REGULARIZERS = {"weights": "weights_regularizer", "biases": "biases_regularizer"}
_SEPARABLE = {
    "depthwise_weights": "weights_regularizer",
    "pointwise_weights": "weights_regularizer",
    "biases": "biases_regularizer",
}
_BATCH_NORM = ("beta", "moving_mean", "moving_variance")


def _convolution(id: str, layer: str, call: Callable[..., Any], shape: tuple[int, ...], **kwargs: Any) -> Row:
    spatial = len(shape) - 2
    options: dict[str, Any] = {
        "channels_first": {"data_format": {1: "NCW", 2: "NCHW", 3: "NCDHW"}[spatial]},
        "variables": _WEIGHTS,
        "scope": "Conv",
        "regularizers": _REGULARIZERS,
        "spatial": spatial,
    }
    return Row(id, layer, call, shape, **{**options, **kwargs})


def _dense(layer: str, **kwargs: Any) -> Row:
    def call(x: Tensor, **arguments: Any) -> Tensor:
        return getattr(slim, layer)(x, 3, **arguments)

    options: dict[str, Any] = {
        "variables": _WEIGHTS,
        "scope": "fully_connected",
        "regularizers": _REGULARIZERS,
        "spatial": 0,
    }
    return Row(layer, layer, call, (2, 5), **{**options, **kwargs})


def _legacy(layer: str) -> Row:
    return _dense(
        layer,
        variables=("weights", "bias"),
        scope_argument="name",
        regularizers={"weights": "weight_regularizer", "bias": "bias_regularizer"},
    )


def _pooling(id: str, layer: str, call: Callable[..., Any], shape: tuple[int, ...], scope: str) -> Row:
    spatial = len(shape) - 2
    return Row(
        id,
        layer,
        call,
        shape,
        channels_first={"data_format": {2: "NCHW", 3: "NCDHW"}[spatial]},
        scope=scope,
        scope_kind="name",
        spatial=spatial,
    )


def _with_batch_norm(x: Tensor, **kwargs: Any) -> Tensor:
    params = {"data_format": kwargs.get("data_format") or "NHWC"}
    return slim.conv2d(x, 4, 3, normalizer_fn=slim.batch_norm, normalizer_params=params, **kwargs)


def _batch_norm(x: Tensor, is_training: bool = True, **kwargs: Any) -> Tensor:
    return slim.batch_norm(x, is_training=is_training, **kwargs)


ROWS: list[Row] = [
    _convolution(
        "conv1d", "conv1d", lambda x, **kw: slim.conv1d(x, 4, 3, **kw), (2, 7, 3), aliases=("convolution1d",)
    ),
    _convolution(
        "conv2d",
        "conv2d",
        lambda x, **kw: slim.conv2d(x, 4, 3, **kw),
        (2, 5, 6, 3),
        aliases=("convolution2d",),
    ),
    _convolution(
        "conv2d-strided", "conv2d", lambda x, **kw: slim.conv2d(x, 4, (3, 4), stride=2, **kw), (2, 5, 6, 3)
    ),
    _convolution(
        "conv2d-dilated", "conv2d", lambda x, **kw: slim.conv2d(x, 4, 3, rate=2, **kw), (2, 5, 6, 3)
    ),
    _convolution(
        "conv2d-valid", "conv2d", lambda x, **kw: slim.conv2d(x, 4, 3, 2, padding="VALID", **kw), (2, 5, 6, 3)
    ),
    _convolution(
        "conv2d-batch_norm",
        "conv2d",
        _with_batch_norm,
        (3, 5, 4, 3),
        variables=("weights", "BatchNorm/beta", "BatchNorm/moving_mean", "BatchNorm/moving_variance"),
        regularizers={"weights": "weights_regularizer"},
        wide_variables=True,
    ),
    _convolution(
        "conv3d",
        "conv3d",
        lambda x, **kw: slim.conv3d(x, 3, 2, stride=2, **kw),
        (2, 3, 4, 3, 2),
        aliases=("convolution3d",),
    ),
    _convolution(
        "convolution", "convolution", lambda x, **kw: slim.convolution(x, 4, (3, 2), **kw), (2, 4, 5, 3)
    ),
    _convolution(
        "conv2d_in_plane",
        "conv2d_in_plane",
        lambda x, **kw: slim.conv2d_in_plane(x, 3, stride=2, **kw),
        (2, 5, 4, 3),
        aliases=("convolution2d_in_plane",),
        channels_first=None,
        scope="ConvInPlane",
    ),
    _convolution(
        "conv2d_transpose",
        "conv2d_transpose",
        lambda x, **kw: slim.conv2d_transpose(x, 4, 3, stride=2, **kw),
        (2, 3, 4, 3),
        aliases=("convolution2d_transpose",),
        scope="Conv2d_transpose",
    ),
    _convolution(
        "conv3d_transpose",
        "conv3d_transpose",
        lambda x, **kw: slim.conv3d_transpose(x, 2, 3, stride=2, **kw),
        (2, 2, 2, 3, 2),
        aliases=("convolution3d_transpose",),
        scope="Conv3d_transpose",
    ),
    _convolution(
        "separable_conv2d",
        "separable_conv2d",
        lambda x, **kw: slim.separable_conv2d(x, 4, 3, depth_multiplier=2, **kw),
        (2, 5, 4, 3),
        aliases=("separable_convolution2d",),
        variables=("depthwise_weights", "pointwise_weights", "biases"),
        regularizers=_SEPARABLE,
        scope="SeparableConv2d",
    ),
    _convolution(
        "separable_conv2d-strided",
        "separable_conv2d",
        lambda x, **kw: slim.separable_conv2d(x, 4, 3, stride=2, **kw),
        (2, 5, 4, 3),
        variables=("depthwise_weights", "pointwise_weights", "biases"),
        regularizers=_SEPARABLE,
        scope="SeparableConv2d",
    ),
    _convolution(
        "separable_conv2d-depthwise",
        "separable_conv2d",
        lambda x, **kw: slim.separable_conv2d(x, None, 3, **kw),
        (2, 5, 4, 3),
        variables=("depthwise_weights", "biases"),
        regularizers={"depthwise_weights": "weights_regularizer", "biases": "biases_regularizer"},
        scope="SeparableConv2d",
    ),
    _dense("fully_connected"),
    _dense("linear"),
    _dense("relu"),
    _dense("relu6"),
    _dense("elu"),
    Row(
        "fully_connected-rank4",
        "fully_connected",
        lambda x, **kw: slim.fully_connected(x, 3, **kw),
        (2, 3, 2, 4),
        variables=_WEIGHTS,
        scope="fully_connected",
        regularizers=_REGULARIZERS,
        spatial=2,
    ),
    _legacy("legacy_fully_connected"),
    _legacy("legacy_linear"),
    _legacy("legacy_relu"),
    Row(
        "bias_add",
        "bias_add",
        slim.bias_add,
        (2, 3, 2, 4),
        channels_first={"data_format": "NCHW"},
        variables=("biases",),
        scope="BiasAdd",
        regularizers={"biases": "regularizer"},
        spatial=2,
    ),
    Row(
        "embed_sequence",
        "embed_sequence",
        lambda x, **kw: slim.embed_sequence(x, 5, 3, **kw),
        (2, 4),
        integer=True,
        variables=("embeddings",),
        scope="EmbedSequence",
        regularizers={"embeddings": "regularizer"},
        spatial=1,
    ),
    Row(
        "max_pool2d-pairs",
        "max_pool2d",
        lambda x, **kw: slim.max_pool2d(x, (3, 2), (2, 1), padding="SAME", **kw),
        (2, 5, 4, 3),
        channels_first={"data_format": "NCHW"},
        scope="MaxPool2D",
        scope_kind="name",
        spatial=2,
    ),
    _pooling(
        "max_pool2d", "max_pool2d", lambda x, **kw: slim.max_pool2d(x, 2, **kw), (2, 5, 4, 3), "MaxPool2D"
    ),
    _pooling(
        "max_pool2d-same",
        "max_pool2d",
        lambda x, **kw: slim.max_pool2d(x, 3, 2, padding="SAME", **kw),
        (2, 5, 4, 3),
        "MaxPool2D",
    ),
    _pooling(
        "avg_pool2d", "avg_pool2d", lambda x, **kw: slim.avg_pool2d(x, 2, **kw), (2, 5, 4, 3), "AvgPool2D"
    ),
    _pooling(
        "avg_pool2d-same",
        "avg_pool2d",
        lambda x, **kw: slim.avg_pool2d(x, 3, 2, padding="SAME", **kw),
        (2, 5, 4, 3),
        "AvgPool2D",
    ),
    _pooling(
        "max_pool3d",
        "max_pool3d",
        lambda x, **kw: slim.max_pool3d(x, 2, padding="SAME", **kw),
        (2, 3, 4, 3, 2),
        "MaxPool3D",
    ),
    _pooling(
        "avg_pool3d",
        "avg_pool3d",
        lambda x, **kw: slim.avg_pool3d(x, 2, padding="SAME", **kw),
        (2, 3, 4, 3, 2),
        "AvgPool3D",
    ),
    _pooling(
        "pool-max",
        "pool",
        lambda x, **kw: slim.pool(x, 3, "MAX", "SAME", stride=2, **kw),
        (2, 5, 4, 3),
        "max_pool",
    ),
    _pooling(
        "pool-avg-dilated",
        "pool",
        lambda x, **kw: slim.pool(x, 2, "AVG", dilation_rate=2, **kw),
        (2, 5, 4, 3),
        "avg_pool",
    ),
    Row(
        "batch_norm",
        "batch_norm",
        _batch_norm,
        (3, 4, 3, 2),
        channels_first={"data_format": "NCHW"},
        variables=_BATCH_NORM,
        scope="BatchNorm",
        regularizers={"beta": "param_regularizers"},
        wide_variables=True,
        spatial=2,
    ),
    Row(
        "batch_norm-inference",
        "batch_norm",
        functools.partial(_batch_norm, is_training=False, scale=True),
        (3, 4, 3, 2),
        channels_first={"data_format": "NCHW"},
        variables=("gamma", *_BATCH_NORM),
        scope="BatchNorm",
        regularizers={"gamma": "param_regularizers", "beta": "param_regularizers"},
        wide_variables=True,
        spatial=2,
    ),
    Row(
        "layer_norm",
        "layer_norm",
        slim.layer_norm,
        (2, 3, 2, 4),
        variables=("beta", "gamma"),
        scope="LayerNorm",
        spatial=2,
    ),
    Row(
        "instance_norm",
        "instance_norm",
        slim.instance_norm,
        (2, 4, 3, 2),
        channels_first={"data_format": "NCHW"},
        variables=("beta", "gamma"),
        scope="InstanceNorm",
        spatial=2,
    ),
    Row(
        "group_norm",
        "group_norm",
        lambda x, **kw: slim.group_norm(x, 2, **kw),
        (2, 3, 2, 4),
        channels_first={"channels_axis": 1, "reduction_axes": (-2, -1)},
        variables=("beta", "gamma"),
        scope="GroupNorm",
        spatial=2,
    ),
    Row(
        "gdn",
        "gdn",
        slim.gdn,
        (2, 3, 2, 4),
        channels_first={"data_format": "channels_first"},
        variables=("reparam_beta", "reparam_gamma"),
        scope="gdn",
        scope_argument="name",
        spatial=2,
    ),
    Row("dropout", "dropout", slim.dropout, (2, 3, 4), scope="Dropout", random=True, spatial=1),
    Row(
        "dropout-inference",
        "dropout",
        lambda x, **kw: slim.dropout(x, is_training=False, **kw),
        (2, 3, 4),
        scope="Dropout",
        spatial=1,
    ),
    Row("flatten", "flatten", slim.flatten, (2, 3, 2, 2), scope="Flatten", scope_kind="name"),
    Row(
        "one_hot_encoding",
        "one_hot_encoding",
        lambda x, **kw: slim.one_hot_encoding(x, 4, **kw),
        (5,),
        integer=True,
        scope="OneHotEncoding",
        scope_kind="name",
        differentiable=False,
    ),
    Row("softmax", "softmax", slim.softmax, (2, 3, 4), scope="softmax", spatial=1),
    Row(
        "spatial_softmax",
        "spatial_softmax",
        slim.spatial_softmax,
        (2, 3, 4, 2),
        channels_first={"data_format": "NCHW"},
        first_output=False,
        variables=("temperature",),
        scope="spatial_softmax",
        scope_argument="name",
        spatial=2,
    ),
    Row("unit_norm", "unit_norm", lambda x, **kw: slim.unit_norm(x, 1, **kw), (2, 5), scope="UnitNorm"),
    Row("maxout", "maxout", lambda x, **kw: slim.maxout(x, 2, **kw), (2, 3, 6), scope="MaxOut", spatial=1),
    Row(
        "scale_gradient",
        "scale_gradient",
        lambda x, **kw: slim.scale_gradient(x, 0.5, **kw),
        (2, 3),
        differentiable=False,
        spatial=1,
    ),
    Row(
        "images_to_sequence",
        "images_to_sequence",
        slim.images_to_sequence,
        (2, 3, 4, 2),
        channels_first={"data_format": "NCHW"},
        first_output=False,
        scope="ImagesToSequence",
        scope_kind="name",
        spatial=2,
    ),
    Row(
        "sequence_to_images",
        "sequence_to_images",
        lambda x, **kw: slim.sequence_to_images(x, 3, **kw),
        (4, 6, 2),
        channels_first={"output_data_format": "channels_first"},
        first_input=False,
        scope="SequenceToImages",
        scope_kind="name",
    ),
    Row(
        "dense_to_sparse",
        "dense_to_sparse",
        slim.dense_to_sparse,
        (3, 4),
        integer=True,
        scope="dense_to_sparse",
        differentiable=False,
        untraceable="the number of elements that it gives depends on their values",
    ),
    Row(
        "repeat",
        "repeat",
        lambda x, **kw: slim.repeat(x, 2, slim.conv2d, 3, 3, **kw),
        (2, 4, 3, 3),
        channels_first={"data_format": "NCHW"},
        variables=(
            "convolution2d_1/weights",
            "convolution2d_1/biases",
            "convolution2d_2/weights",
            "convolution2d_2/biases",
        ),
        scope="Repeat",
        spatial=2,
    ),
    Row(
        "stack",
        "stack",
        lambda x, **kw: slim.stack(x, slim.fully_connected, [4, 3], **kw),
        (2, 5),
        variables=(
            "fully_connected_1/weights",
            "fully_connected_1/biases",
            "fully_connected_2/weights",
            "fully_connected_2/biases",
        ),
        scope="Stack",
    ),
]
