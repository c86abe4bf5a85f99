"""The model zoo: networks of `tf.contrib.slim.nets`, variable for variable."""

from slim_torch.nets import resnet_utils, resnet_v1

__all__ = ["resnet_utils", "resnet_v1"]
