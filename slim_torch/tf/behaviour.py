"""Names of `tf` that choose between versions of TensorFlow's behaviour. Here there is one: version 1's."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

__all__ = [
    "control_flow_v2_enabled",
    "disable_control_flow_v2",
    "disable_eager_execution",
    "disable_resource_variables",
    "disable_tensor_equality",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "enable_control_flow_v2",
    "enable_resource_variables",
    "executing_eagerly",
    "get_logger",
    "init_scope",
    "resource_variables_enabled",
    "timestamp",
]


def disable_v2_behavior() -> None:
    """Without effect: behaviour is that of version 1. Source: tf.disable_v2_behavior."""


disable_eager_execution = disable_v2_tensorshape = disable_tensor_equality = disable_v2_behavior
disable_control_flow_v2 = disable_resource_variables = disable_v2_behavior


def enable_resource_variables() -> None:
    """Without effect: variables are read when a run reaches them. Source: tf.enable_resource_variables."""


enable_control_flow_v2 = enable_resource_variables


def executing_eagerly() -> bool:
    """False: the graph is recorded. Source: tf.executing_eagerly."""
    return False


resource_variables_enabled = control_flow_v2_enabled = executing_eagerly


def get_logger() -> logging.Logger:
    """The logger of `tf.logging`. Source: tf.get_logger."""
    return logging.getLogger("slim_torch")


@contextmanager
def init_scope() -> Iterator[None]:
    """A block whose operations wait for nothing that is outside it. Source: tf.init_scope."""
    from slim_torch.recording import control_dependencies

    with control_dependencies(None):
        yield


def timestamp(name: str | None = None) -> Any:
    """The seconds since 1970, float64, anew at each run. Source: tf.timestamp."""
    from slim_torch.inference import tensor_like
    from slim_torch.recording import record, recording_graph

    if recording_graph() is None:
        return _now()
    static = tensor_like([], torch.float64)
    return record(_now, (), op_type="Timestamp", name=name or "Timestamp", stateful=True, static=static)


def _now() -> torch.Tensor:
    return torch.tensor(time.time(), dtype=torch.float64)
