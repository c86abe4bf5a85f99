"""`tf.contrib.layers`: slim's layers, regularizers and initializers, and `optimize_loss`."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch import (
        apply_regularization,
        avg_pool2d,
        avg_pool3d,
        batch_norm,
        bias_add,
        conv1d,
        conv2d,
        conv2d_in_plane,
        conv2d_transpose,
        conv3d,
        conv3d_transpose,
        convolution,
        convolution1d,
        convolution2d,
        convolution2d_in_plane,
        convolution2d_transpose,
        convolution3d,
        convolution3d_transpose,
        dense_to_sparse,
        dropout,
        elu,
        embed_sequence,
        flatten,
        fully_connected,
        gdn,
        group_norm,
        images_to_sequence,
        initializers,
        instance_norm,
        l1_l2_regularizer,
        l1_regularizer,
        l2_regularizer,
        layer_norm,
        legacy_fully_connected,
        legacy_linear,
        legacy_relu,
        linear,
        max_pool2d,
        max_pool3d,
        maxout,
        one_hot_encoding,
        regularizers,
        relu,
        relu6,
        repeat,
        scale_gradient,
        separable_conv2d,
        separable_convolution2d,
        sequence_to_images,
        softmax,
        spatial_softmax,
        stack,
        sum_regularizer,
        summaries,
        unit_norm,
        utils,
        variance_scaling_initializer,
        xavier_initializer,
        xavier_initializer_conv2d,
    )
    from slim_torch.loss_optimization import (
        OPTIMIZER_CLS_NAMES,
        OPTIMIZER_SUMMARIES,
        optimize_loss,
    )
    from slim_torch.summaries import (
        summarize_activation,
        summarize_activations,
        summarize_collection,
        summarize_tensor,
        summarize_tensors,
    )

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.layers")
