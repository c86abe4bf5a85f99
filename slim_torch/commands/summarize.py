"""`slim-torch summarize NETWORK`: layers, shapes, parameters and multiply-adds, without computing anything.

The network is recorded for one image; what is counted are its convolutions and matrix products.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import torch

from slim_torch import tf
from slim_torch.nets.nets_factory import NETWORKS, get_network_fn
from slim_torch.parameter import Variable
from slim_torch.recorded_layers import is_product
from slim_torch.symbolic import SymbolicTensor

__all__ = ["Layer", "add_command", "layers_of", "summarize"]


class Layer(NamedTuple):
    """A layer with variables.

    Attributes:
      name: its variable scope.
      shape: of its output, for one image.
      parameters: the number of elements of its trainable variables.
      multiply_adds: for one image.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def summarize(network: str, num_classes: int, size: int | None = None, channels: int = 3) -> list[Layer]:
    """The layers of a network of the zoo, in order.

    Args:
      network: a name of `nets_factory`.
      num_classes: the length of the logits.
      size: height and width of the image, by default those that the network was made for.

    Raises:
      ValueError: there is no such network, or it does not take images of this size.
    """
    build = get_network_fn(network, num_classes, is_training=False)
    size = size or getattr(build, "default_image_size", 224)
    with tf.Graph().as_default() as graph:
        graph.default_device = torch.device("meta")  # variables without memory
        frames = [64] if network in ("i3d", "s3dg") else []
        build(tf.placeholder(tf.float32, [1, *frames, size, size, channels]))
        return layers_of(graph)


def layers_of(graph: Any) -> list[Layer]:
    """The layers of a recorded graph: those with a convolution or a product, and others with variables."""
    shapes: dict[str, tuple[int, ...]] = {}
    work: dict[str, int] = {}
    for op in graph.get_operations():
        if is_product(op.function) and isinstance(op.args[1], torch.Tensor):
            scope = _variable_scope(op)
            shapes[scope] = tuple(op.outputs[0].get_shape().as_list())
            work[scope] = work.get(scope, 0) + _multiply_adds(op)
    parameters: dict[str, int] = dict.fromkeys(shapes, 0)
    for variable in graph.get_collection("trainable_variables"):
        scope = _owner(variable.op.name, shapes)
        parameters[scope] = parameters.get(scope, 0) + math.prod(variable.get_shape().as_list())
    return [
        Layer(scope, _image_shape(shapes.get(scope, ())), count, work.get(scope, 0))
        for scope, count in parameters.items()
    ]


def _variable_scope(op: Any) -> str:
    """The scope of the weights of a product; of one without variables its own name."""
    part = op.args[1]
    while not isinstance(part, Variable):
        if not isinstance(part, SymbolicTensor) or not part.op.args:
            return str(op.name)
        part = part.op.args[0]
    return part.op.name.rpartition("/")[0]


def _owner(name: str, scopes: Iterable[str]) -> str:
    """The layer that a variable belongs to: its scope, or for that of a normalizer the layer around it."""
    scope = outer = name.rpartition("/")[0]
    while outer:
        if outer in scopes:
            return outer
        outer = outer.rpartition("/")[0]
    return scope


def _image_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """`[batch, channels, spatial...]`, as PyTorch computes, as slim shows it."""
    return shape if len(shape) < 4 else (shape[0], *shape[2:], shape[1])


def _multiply_adds(op: Any) -> int:
    """Every element of the weights is used once for each pixel: of the output, or of a transposed one's input."""
    inputs, weights = op.args[:2]
    product = getattr(op.function, "__name__", "")
    if product == "linear":
        pixels = math.prod(inputs.shape[:-1])
    else:
        pixels = math.prod((inputs if "transpose" in product else op.outputs[0]).shape[2:])
    return int(pixels) * math.prod(int(size) for size in weights.shape)


def add_command(commands: Any) -> None:
    """Adds `summarize` to the sub-commands of an argument parser."""
    command = commands.add_parser(
        "summarize", help="list the layers of a network: shapes, parameters, multiply-adds"
    )
    command.add_argument("network", metavar="NETWORK", help=f"one of {', '.join(NETWORKS)}")
    command.add_argument(
        "--num-classes", type=int, default=1000, metavar="N", help="length of the logits (1000)"
    )
    command.add_argument(
        "--image-size", type=int, metavar="PIXELS", help="height and width (the network's own)"
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    channels = 1 if options.network == "lenet" else 3
    layers = summarize(options.network, options.num_classes, options.image_size, channels)
    for line in _table(layers):
        print(line)


def _table(layers: list[Layer]) -> Iterator[str]:
    total = Layer("total", (), sum(x.parameters for x in layers), sum(x.multiply_adds for x in layers))
    rows = [("layer", "output", "parameters", "multiply-adds")]
    for layer in [*layers, total]:
        shape = "x".join(map(str, layer.shape[1:]))
        rows.append((layer.name, shape, f"{layer.parameters:,}", f"{layer.multiply_adds:,}"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}".rstrip()
