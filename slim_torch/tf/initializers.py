"""`tf.initializers`: names only; see `slim_torch/initializers.py`."""

from slim_torch.initializers import Identity as identity
from slim_torch.initializers import VarianceScaling as variance_scaling
from slim_torch.initializers import constant_initializer as constant
from slim_torch.initializers import glorot_normal_initializer as glorot_normal
from slim_torch.initializers import glorot_uniform_initializer as glorot_uniform
from slim_torch.initializers import he_normal, he_uniform, lecun_normal, lecun_uniform
from slim_torch.initializers import ones_initializer as ones
from slim_torch.initializers import orthogonal_initializer as orthogonal
from slim_torch.initializers import random_normal_initializer as random_normal
from slim_torch.initializers import random_uniform_initializer as random_uniform
from slim_torch.initializers import truncated_normal_initializer as truncated_normal
from slim_torch.initializers import uniform_unit_scaling_initializer as uniform_unit_scaling
from slim_torch.initializers import zeros_initializer as zeros
from slim_torch.recorded_variable import global_variables_initializer as global_variables
from slim_torch.recorded_variable import local_variables_initializer as local_variables
from slim_torch.recorded_variable import variables_initializer as variables
from slim_torch.tf.framework import tables_initializer
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "constant",
    "global_variables",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "local_variables",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "tables_initializer",
    "truncated_normal",
    "uniform_unit_scaling",
    "variables",
    "variance_scaling",
    "zeros",
]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.initializers")
