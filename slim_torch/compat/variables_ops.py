"""Names around variables that `tf` has for TensorFlow's clusters, and its modules for its kinds of variables."""

from __future__ import annotations

import enum
from typing import Any

from slim_torch.control_flow import no_op
from slim_torch.variables import Variable
from slim_torch.variables import global_variables as all_variables

__all__ = [
    "PartitionedVariable",
    "RefVariable",
    "ResourceVariable",
    "VariableAggregation",
    "VariableSynchronization",
    "VariableV1",
    "all_variables",
    "initialize_resources",
    "is_resource_variable",
    "local_resources",
    "report_uninitialized_resources",
    "shared_resources",
]

VariableV1 = RefVariable = ResourceVariable = Variable


class PartitionedVariable:
    """There is no variable of this kind. Source: tf.PartitionedVariable."""


class VariableSynchronization(enum.Enum):
    """How copies of a variable stay equal; there are no copies. Source: tf.VariableSynchronization."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How copies of a variable are put together; there are no copies. Source: tf.VariableAggregation."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


def is_resource_variable(var: Any) -> bool:
    """Whether it is a variable: all can do what resource variables can."""
    return isinstance(var, Variable)


def shared_resources() -> list[Any]:
    """None."""
    return []


local_resources = shared_resources


def initialize_resources(resource_list: Any, name: str = "init") -> Any:
    """An operation without effect."""
    return no_op(name)


def report_uninitialized_resources(
    resource_list: Any = None, name: str = "report_uninitialized_resources"
) -> Any:
    """A constant without names."""
    from slim_torch.dtypes import string
    from slim_torch.sources import constant

    return constant([], string, name=name)
