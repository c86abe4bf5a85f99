"""From the name of a network to a function that builds it. Source: nets_factory of tensorflow/models' slim."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import slim_torch as slim

__all__ = ["NETWORKS", "get_network_fn"]

_TABLE = """
    alexnet_v2          alexnet               alexnet_v2           alexnet_v2_arg_scope
    cifarnet            cifarnet              cifarnet             cifarnet_arg_scope
    i3d                 i3d                   i3d                  i3d_arg_scope
    inception_resnet_v2 inception_resnet_v2   inception_resnet_v2  inception_resnet_v2_arg_scope
    inception_v1        inception_v1          inception_v1         inception_v1_arg_scope
    inception_v2        inception_v2          inception_v2         inception_v2_arg_scope
    inception_v3        inception_v3          inception_v3         inception_v3_arg_scope
    inception_v4        inception_v4          inception_v4         inception_v4_arg_scope
    lenet               lenet                 lenet                lenet_arg_scope
    mobilenet_v1        mobilenet_v1          mobilenet_v1         mobilenet_v1_arg_scope
    mobilenet_v1_075    mobilenet_v1          mobilenet_v1_075     mobilenet_v1_arg_scope
    mobilenet_v1_050    mobilenet_v1          mobilenet_v1_050     mobilenet_v1_arg_scope
    mobilenet_v1_025    mobilenet_v1          mobilenet_v1_025     mobilenet_v1_arg_scope
    mobilenet_v2        mobilenet.mobilenet_v2  mobilenet          training_scope
    mobilenet_v2_140    mobilenet.mobilenet_v2  mobilenet_v2_140   training_scope
    mobilenet_v2_035    mobilenet.mobilenet_v2  mobilenet_v2_035   training_scope
    mobilenet_v3_small  mobilenet.mobilenet_v3  small              training_scope
    mobilenet_v3_large  mobilenet.mobilenet_v3  large              training_scope
    mobilenet_v3_small_minimalistic  mobilenet.mobilenet_v3  small_minimalistic  training_scope
    mobilenet_v3_large_minimalistic  mobilenet.mobilenet_v3  large_minimalistic  training_scope
    nasnet_cifar        nasnet                build_nasnet_cifar   nasnet_cifar_arg_scope
    nasnet_large        nasnet                build_nasnet_large   nasnet_large_arg_scope
    nasnet_mobile       nasnet                build_nasnet_mobile  nasnet_mobile_arg_scope
    overfeat            overfeat              overfeat             overfeat_arg_scope
    pnasnet_large       pnasnet               build_pnasnet_large  pnasnet_large_arg_scope
    pnasnet_mobile      pnasnet               build_pnasnet_mobile pnasnet_mobile_arg_scope
    resnet_v1_50        resnet_v1             resnet_v1_50         resnet_arg_scope
    resnet_v1_101       resnet_v1             resnet_v1_101        resnet_arg_scope
    resnet_v1_152       resnet_v1             resnet_v1_152        resnet_arg_scope
    resnet_v1_200       resnet_v1             resnet_v1_200        resnet_arg_scope
    resnet_v2_50        resnet_v2             resnet_v2_50         resnet_arg_scope
    resnet_v2_101       resnet_v2             resnet_v2_101        resnet_arg_scope
    resnet_v2_152       resnet_v2             resnet_v2_152        resnet_arg_scope
    resnet_v2_200       resnet_v2             resnet_v2_200        resnet_arg_scope
    s3dg                s3dg                  s3dg                 s3dg_arg_scope
    vgg_a               vgg                   vgg_a                vgg_arg_scope
    vgg_16              vgg                   vgg_16               vgg_arg_scope
    vgg_19              vgg                   vgg_19               vgg_arg_scope
"""
_PLACES = {line.split()[0]: tuple(line.split()[1:]) for line in _TABLE.splitlines() if line.strip()}

NETWORKS = tuple(sorted(_PLACES))
"""The names that `get_network_fn` knows."""


def get_network_fn(
    name: str, num_classes: int | None, weight_decay: float = 0.0, is_training: Any = False
) -> Callable[..., Any]:
    """A function `(images, **kwargs)` that gives the logits and end points of a network, under its arg_scope.

    Args:
      name: one of `NETWORKS`.
      num_classes: the length of the logits; 0 or None gives the features before them.
      weight_decay: of the L2 penalty on weights.
      is_training: whether it is built for training.

    Returns:
      The function; its attribute `default_image_size` is the height and width that the network was made for.

    Raises:
      ValueError: there is no network of this name.
    """
    if name not in _PLACES:
        raise ValueError(f"Name of network unknown {name}. Known: {', '.join(NETWORKS)}.")
    place, function, scope_function = _PLACES[name]
    module = importlib.import_module(f"slim_torch.nets.{place}")
    network = getattr(module, function)
    arg_scope = getattr(module, scope_function)

    @functools.wraps(network)
    def network_fn(images: Any, **kwargs: Any) -> Any:
        with slim.arg_scope(arg_scope(weight_decay=weight_decay)):
            return network(images, num_classes=num_classes, is_training=is_training, **kwargs)

    return network_fn
