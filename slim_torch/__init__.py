"""slim_torch: the TF-Slim API on PyTorch.

Here are the public names of `tf.contrib.slim`, and two that PyTorch needs: `Graph` and `Module`.

What is here is imported when it is first used, but for `arg_scope`, which is the name of a module too.
"""

from typing import TYPE_CHECKING, Any

from slim_torch.arg_scope import (
    add_arg_scope,
    arg_scope,
    arg_scope_func_key,
    arg_scoped_arguments,
    current_arg_scope,
    has_arg_scope,
)
from slim_torch.lazy import attach

__version__ = "0.1.0"

if TYPE_CHECKING:
    from slim_torch import (
        data_decoder,
        data_provider,
        dataset,
        dataset_data_provider,
        evaluation,
        initializers,
        layers,
        learning,
        losses,
        metrics,
        model_analyzer,
        nets,
        parallel_reader,
        prefetch_queue,
        queues,
        regularizers,
        summaries,
        tfexample_decoder,
        utils,
    )
    from slim_torch.checkpoint.restore import (
        assign_from_checkpoint,
        assign_from_checkpoint_fn,
    )
    from slim_torch.graph import (
        Graph,
    )
    from slim_torch.initializers import (
        variance_scaling_initializer,
        xavier_initializer,
        xavier_initializer_conv2d,
    )
    from slim_torch.layers import (
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
        instance_norm,
        layer_norm,
        legacy_fully_connected,
        legacy_linear,
        legacy_relu,
        linear,
        max_pool2d,
        max_pool3d,
        maxout,
        one_hot_encoding,
        pool,
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
        unit_norm,
    )
    from slim_torch.loss_optimization import OPTIMIZER_CLS_NAMES, OPTIMIZER_SUMMARIES, optimize_loss
    from slim_torch.module import (
        Module,
    )
    from slim_torch.regularizers import (
        apply_regularization,
        l1_l2_regularizer,
        l1_regularizer,
        l2_regularizer,
        sum_regularizer,
    )
    from slim_torch.summaries import (
        summarize_activation,
        summarize_activations,
        summarize_biases,
        summarize_collection,
        summarize_tensor,
        summarize_tensors,
        summarize_variables,
        summarize_weights,
    )
    from slim_torch.variables import (
        Variable,
        add_model_variable,
        assert_global_step,
        assert_or_get_global_step,
        assign_from_values,
        assign_from_values_fn,
        create_global_step,
        filter_variables,
        get_global_step,
        get_local_variables,
        get_model_variables,
        get_or_create_global_step,
        get_trainable_variables,
        get_unique_variable,
        get_variable_full_name,
        get_variables,
        get_variables_by_name,
        get_variables_by_suffix,
        get_variables_to_restore,
        global_variable,
        local_variable,
        model_variable,
        variable,
    )

# TensorFlow's own modules, which are to be seen in slim because it imports them.
_OF_TENSORFLOW = {
    "array_ops": "tensorflow.python.ops.array_ops",
    "control_flow_ops": "tensorflow.python.ops.control_flow_ops",
    "data": "tf_slim.data",
    "init_ops": "tensorflow.python.ops.init_ops",
    "math_ops": "tensorflow.python.ops.math_ops",
    "nn": "tensorflow.python.ops.nn",
    "nn_ops": "tensorflow.python.ops.nn_ops",
    "ops": "tensorflow.python.framework.ops",
    "random_ops": "tensorflow.python.ops.random_ops",
    "variable_scope": "tensorflow.python.ops.variable_scope",
}

if not TYPE_CHECKING:
    __all__, _listed, __dir__ = attach(
        __name__,
        "slim",
        "add_arg_scope",
        "arg_scope",
        "arg_scope_func_key",
        "arg_scoped_arguments",
        "current_arg_scope",
        "has_arg_scope",
    )

    def __getattr__(name: str) -> Any:
        if name not in _OF_TENSORFLOW:
            return _listed(name)
        from slim_torch.compat.facade import module_named

        return module_named(_OF_TENSORFLOW[name])
