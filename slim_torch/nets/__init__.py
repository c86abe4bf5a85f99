"""The model zoo: networks of `tf.contrib.slim.nets` and its later copies, variable for variable.

Each is a module, imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slim_torch.nets import (
        alexnet,
        cifarnet,
        cyclegan,
        dcgan,
        i3d,
        i3d_utils,
        inception,
        inception_resnet_v2,
        inception_utils,
        inception_v1,
        inception_v2,
        inception_v3,
        inception_v4,
        lenet,
        mobilenet,
        mobilenet_v1,
        nasnet,
        nasnet_utils,
        overfeat,
        pix2pix,
        pnasnet,
        resnet_utils,
        resnet_v1,
        resnet_v1_beta,
        resnet_v2,
        s3dg,
        vgg,
    )
    from slim_torch.nets.mobilenet import mobilenet_v2, mobilenet_v3

_IN_MOBILENET = ("mobilenet_v2", "mobilenet_v3")

__all__ = [
    "alexnet",
    "cifarnet",
    "cyclegan",
    "dcgan",
    "i3d",
    "i3d_utils",
    "inception",
    "inception_resnet_v2",
    "inception_utils",
    "inception_v1",
    "inception_v2",
    "inception_v3",
    "inception_v4",
    "lenet",
    "mobilenet",
    "mobilenet_v1",
    "mobilenet_v2",
    "mobilenet_v3",
    "nasnet",
    "nasnet_utils",
    "overfeat",
    "pix2pix",
    "pnasnet",
    "resnet_utils",
    "resnet_v1",
    "resnet_v1_beta",
    "resnet_v2",
    "s3dg",
    "vgg",
]


def __getattr__(name: str) -> Any:
    if name in _IN_MOBILENET:
        return importlib.import_module(f"slim_torch.nets.mobilenet.{name}")
    if name in __all__:
        return importlib.import_module(f"slim_torch.nets.{name}")
    raise AttributeError(f"module 'slim_torch.nets' has no attribute {name!r}")
