"""`tf.contrib.framework`: arg scopes, variables, checkpoints and small tools."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.arg_scope import (
        add_arg_scope,
        arg_scope,
        arg_scoped_arguments,
        current_arg_scope,
        has_arg_scope,
    )
    from slim_torch.checkpoint.reader import (
        load_checkpoint,
    )
    from slim_torch.checkpoint.restore import (
        assign_from_checkpoint,
        assign_from_checkpoint_fn,
        init_from_checkpoint,
        list_variables,
        load_variable,
    )
    from slim_torch.compat import nest
    from slim_torch.compat.deprecation import deprecated, deprecated_arg_values, deprecated_args
    from slim_torch.compat.framework_ops import (
        get_graph_from_inputs,
        get_name_scope,
        prepend_name_scope,
        strip_name_scope,
    )
    from slim_torch.compat.tensor_util import (
        assert_scalar_int,
        get_placeholders,
        py_func,
        reduce_sum_n,
        remove_squeezable_dimensions,
        smart_case,
        smart_cond,
        smart_constant_value,
        with_same_shape,
        with_shape,
        zero_initializer,
    )
    from slim_torch.static_checks import assert_same_float_dtype, assert_scalar
    from slim_torch.tf.framework import convert_to_tensor_or_sparse_tensor, is_tensor
    from slim_torch.tf.sorting import argsort, sort
    from slim_torch.variables import (
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

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.contrib.framework")
