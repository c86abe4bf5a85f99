"""`tensorflow.python.eager.context`: what asks whether code runs eagerly. In TensorFlow 1 it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["executing_eagerly", "graph_mode", "in_eager_mode", "in_graph_mode"]


def executing_eagerly() -> bool:
    """False: the graph is recorded. Source: tf.executing_eagerly."""
    return False


in_eager_mode = executing_eagerly


def in_graph_mode() -> bool:
    """True."""
    return True


@contextmanager
def graph_mode() -> Iterator[None]:
    """It always is."""
    yield
