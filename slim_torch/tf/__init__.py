"""`from slim_torch import tf`: the TensorFlow 1 names that slim model code uses.

Names only; what they do is defined where it belongs. Dtypes are PyTorch's.
"""

from torch import (
    bfloat16,
    bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)

from slim_torch.activations import identity, sigmoid, tanh
from slim_torch.graph import (
    Graph,
    GraphKeys,
    add_to_collection,
    add_to_collections,
    get_collection,
    get_collection_ref,
    get_default_graph,
    reset_default_graph,
    set_random_seed,
)
from slim_torch.initializers import VarianceScaling as variance_scaling_initializer
from slim_torch.initializers import (
    constant_initializer,
    glorot_normal_initializer,
    glorot_uniform_initializer,
    ones_initializer,
    orthogonal_initializer,
    random_normal_initializer,
    random_uniform_initializer,
    truncated_normal_initializer,
    uniform_unit_scaling_initializer,
    zeros_initializer,
)
from slim_torch.scopes import (
    AUTO_REUSE,
    VariableScope,
    get_variable,
    get_variable_scope,
    name_scope,
    no_regularizer,
    variable_op_scope,
    variable_scope,
)
from slim_torch.tensor_shape import Dimension, TensorShape
from slim_torch.tf import nn, train
from slim_torch.variables import (
    Variable,
    global_variables,
    local_variables,
    model_variables,
    trainable_variables,
)

half = float16
double = float64

__all__ = [
    "AUTO_REUSE",
    "Dimension",
    "Graph",
    "GraphKeys",
    "TensorShape",
    "Variable",
    "VariableScope",
    "add_to_collection",
    "add_to_collections",
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "constant_initializer",
    "double",
    "float16",
    "float32",
    "float64",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "get_variable",
    "get_variable_scope",
    "global_variables",
    "glorot_normal_initializer",
    "glorot_uniform_initializer",
    "half",
    "identity",
    "int8",
    "int16",
    "int32",
    "int64",
    "local_variables",
    "model_variables",
    "name_scope",
    "nn",
    "no_regularizer",
    "ones_initializer",
    "orthogonal_initializer",
    "random_normal_initializer",
    "random_uniform_initializer",
    "reset_default_graph",
    "set_random_seed",
    "sigmoid",
    "tanh",
    "train",
    "trainable_variables",
    "truncated_normal_initializer",
    "uint8",
    "uniform_unit_scaling_initializer",
    "variable_op_scope",
    "variable_scope",
    "variance_scaling_initializer",
    "zeros_initializer",
]
