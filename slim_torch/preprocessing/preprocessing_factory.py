"""From the name of a network to the preprocessing of its images."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from slim_torch.preprocessing import (
    cifarnet_preprocessing,
    inception_preprocessing,
    lenet_preprocessing,
    vgg_preprocessing,
)

__all__ = ["get_preprocessing"]

_NETWORKS = {
    cifarnet_preprocessing: ("cifarnet",),
    inception_preprocessing: (
        "inception", "inception_v1", "inception_v2", "inception_v3", "inception_v4", "inception_resnet_v2",
        "mobilenet_v1", "mobilenet_v1_075", "mobilenet_v1_050", "mobilenet_v1_025",
        "mobilenet_v2", "mobilenet_v2_140", "mobilenet_v2_035",
        "mobilenet_v3_large", "mobilenet_v3_small",
        "mobilenet_v3_large_minimalistic", "mobilenet_v3_small_minimalistic",
        "nasnet_mobile", "nasnet_large", "pnasnet_mobile", "pnasnet_large",
        "resnet_v2_50", "resnet_v2_101", "resnet_v2_152", "resnet_v2_200",
    ),
    lenet_preprocessing: ("lenet",),
    vgg_preprocessing: (
        "alexnet_v2", "overfeat", "resnet_v1_50", "resnet_v1_101", "resnet_v1_152", "resnet_v1_200",
        "vgg", "vgg_a", "vgg_16", "vgg_19",
    ),
}  # fmt: skip
_MODULES = {name: module for module, names in _NETWORKS.items() for name in names}


def get_preprocessing(
    name: str, is_training: bool = False, use_grayscale: bool = False
) -> Callable[..., Any]:
    """The preprocessing function of the network `name`.

    Args:
      name: of a network in `nets_factory`.
      is_training: whether images are distorted at random.
      use_grayscale: whether colours are dropped.

    Returns:
      A function `(image, output_height, output_width, **kwargs)` of one image, uint8 or float, that gives
      `[output_height, output_width, channels]`, float32.

    Raises:
      ValueError: no network of this name is known.

    Source: preprocessing_factory of tensorflow/models' slim.
    """
    module = _MODULES.get(name)
    if module is None:
        raise ValueError(f"Preprocessing name [{name}] was not recognized. Known: {sorted(_MODULES)}.")

    @functools.wraps(module.preprocess_image)
    def preprocess(image: Any, output_height: int, output_width: int, **kwargs: Any) -> Any:
        return module.preprocess_image(
            image, output_height, output_width, is_training=is_training, use_grayscale=use_grayscale, **kwargs
        )

    return preprocess
