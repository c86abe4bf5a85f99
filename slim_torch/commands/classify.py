"""`slim-torch classify`: what a network of the zoo sees in images, with a checkpoint of TensorFlow or of slim_torch."""

from __future__ import annotations

import argparse
from typing import Any

import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.building import building
from slim_torch.checkpoint import latest_checkpoint, load_checkpoint
from slim_torch.commands.images import decoded
from slim_torch.nets.nets_factory import NETWORKS, get_network_fn
from slim_torch.preprocessing.preprocessing_factory import get_preprocessing

__all__ = ["add_command", "checkpoint_at", "restore"]


def add_command(commands: Any) -> None:
    """Adds `classify` to the sub-commands of an argument parser."""
    command = commands.add_parser("classify", help="name what images show, with a network and its checkpoint")
    command.add_argument("images", metavar="IMAGE", nargs="+", help="JPEG, PNG, GIF or BMP files")
    command.add_argument("--network", required=True, metavar="NAME", help=f"one of {', '.join(NETWORKS)}")
    command.add_argument("--checkpoint", required=True, metavar="PATH", help="file, prefix or folder")
    command.add_argument("--labels", metavar="FILE", help="names of the classes, one a line (or NUMBER:NAME)")
    command.add_argument("--top", type=int, default=5, metavar="N", help="how many classes are shown (5)")
    command.add_argument(
        "--image-size", type=int, metavar="PIXELS", help="height and width (the network's own)"
    )
    command.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="torch device"
    )
    command.set_defaults(run=_classify)


def checkpoint_at(path: str) -> str:
    """The checkpoint that a path means: the latest one of a folder, else itself."""
    return latest_checkpoint(path) or path


def restore(path: str, variables: Any) -> None:
    """Gives variables, by themselves or by name, their values from a checkpoint, which must have all of them."""
    assign = slim.assign_from_checkpoint_fn(path, variables)
    assert assign is not None
    assign(None)


def _classify(options: argparse.Namespace) -> None:
    path = checkpoint_at(options.checkpoint)
    num_classes = _classes_of(path)
    names = _names(options.labels)
    with tf.Graph().as_default() as graph, torch.no_grad():
        graph.to(torch.device(options.device))
        network = get_network_fn(options.network, num_classes, is_training=False)
        size = options.image_size or getattr(network, "default_image_size", 224)
        preprocess = get_preprocessing(options.network, is_training=False)
        channels = 1 if options.network == "lenet" else 3
        with building(graph, "network"):
            network(torch.zeros(1, size, size, channels, device=options.device))
        restore(path, slim.get_model_variables())
        for image in options.images:
            with open(image, "rb") as file, graph.step():
                pixels = preprocess(decoded(file.read(), channels), size, size)
                logits, _ = network(pixels[None].to(options.device))
            _show(image, logits.flatten(), names, options.top)


def _classes_of(path: str) -> int:
    """The length of the logits: of the last layer's biases in the checkpoint.

    Raises:
      ValueError: no variable looks like that.
    """
    shapes = load_checkpoint(path).get_variable_to_shape_map()
    endings = ("Logits/Conv2d_1c_1x1/biases", "Logits/Logits/biases", "Logits/biases", "logits/biases", "fc8/biases",
               "FC/biases", "fc/biases", "Logits/Conv2d_0c_1x1/biases")  # fmt: skip
    for ending in endings:
        for name, shape in shapes.items():
            if name.endswith(ending) and "Aux" not in name and "aux" not in name:
                return int(shape[-1])
    raise ValueError(f"{path}: no variable holds the biases of logits. Is it a checkpoint of a classifier?")


def _names(path: str | None) -> dict[int, str]:
    if path is None:
        return {}
    names = {}
    with open(path, encoding="utf-8") as file:
        for place, line in enumerate(file):
            number, colon, name = line.strip().partition(":")
            if colon and number.isdigit():
                names[int(number)] = name.strip()
            else:
                names[place] = line.strip()
    return names


def _show(image: str, logits: torch.Tensor, names: dict[int, str], count: int) -> None:
    probabilities = logits.float().softmax(0)
    best = probabilities.topk(min(count, len(probabilities)))
    print(image)
    for probability, label in zip(best.values.tolist(), best.indices.tolist()):
        print(f"  {probability:7.2%}  {label:5}  {names.get(label, '')}".rstrip())
