"""TF-Slim's layers, in one place.

Each is defined beside its kin: convolutions in `convolution_layers.py` and
`depthwise_layers.py`, pooling in
`pooling_layers.py`, matrix products in `dense_layers.py`, normalization in `normalization.py` and
`group_normalization.py`, the rest in `other_layers.py` and `gdn_layer.py`. Nothing is defined here.
"""

from slim_torch.convolution_layers import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    convolution,
    convolution1d,
    convolution2d,
    convolution2d_transpose,
    convolution3d,
    convolution3d_transpose,
)
from slim_torch.dense_layers import (
    bias_add,
    elu,
    embed_sequence,
    fully_connected,
    legacy_fully_connected,
    legacy_linear,
    legacy_relu,
    linear,
    relu,
    relu6,
)
from slim_torch.depthwise_layers import (
    conv2d_in_plane,
    convolution2d_in_plane,
    separable_conv2d,
    separable_convolution2d,
)
from slim_torch.gdn_layer import gdn
from slim_torch.group_normalization import group_norm, instance_norm, layer_norm
from slim_torch.normalization import batch_norm
from slim_torch.other_layers import (
    dense_to_sparse,
    dropout,
    flatten,
    images_to_sequence,
    maxout,
    one_hot_encoding,
    repeat,
    scale_gradient,
    sequence_to_images,
    softmax,
    spatial_softmax,
    stack,
    unit_norm,
)
from slim_torch.pooling_layers import avg_pool2d, avg_pool3d, max_pool2d, max_pool3d, pool

__all__ = [
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bias_add",
    "conv1d",
    "conv2d",
    "conv2d_in_plane",
    "conv2d_transpose",
    "conv3d",
    "conv3d_transpose",
    "convolution",
    "convolution1d",
    "convolution2d",
    "convolution2d_in_plane",
    "convolution2d_transpose",
    "convolution3d",
    "convolution3d_transpose",
    "dense_to_sparse",
    "dropout",
    "elu",
    "embed_sequence",
    "flatten",
    "fully_connected",
    "gdn",
    "group_norm",
    "images_to_sequence",
    "instance_norm",
    "layer_norm",
    "legacy_fully_connected",
    "legacy_linear",
    "legacy_relu",
    "linear",
    "max_pool2d",
    "max_pool3d",
    "maxout",
    "one_hot_encoding",
    "pool",
    "relu",
    "relu6",
    "repeat",
    "scale_gradient",
    "separable_conv2d",
    "separable_convolution2d",
    "sequence_to_images",
    "softmax",
    "spatial_softmax",
    "stack",
    "unit_norm",
]
