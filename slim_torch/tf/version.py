"""`tf.version`: the version of TensorFlow whose names and behaviour these are."""

from slim_torch.tf.framework import GIT_VERSION, VERSION

__all__ = ["COMPILER_VERSION", "GIT_VERSION", "VERSION"]

COMPILER_VERSION = "4.8.2"
