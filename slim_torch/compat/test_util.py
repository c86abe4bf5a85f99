"""`tensorflow.python.framework.test_util`: decorators of tests, which here run as they are: with a graph.

`TestCase` is in `slim_torch/tf/test.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from slim_torch.tf.test import TestCase, gpu_device_name, is_gpu_available

__all__ = [
    "IsMklEnabled",
    "NCHWToNHWC",
    "NHWCToNCHW",
    "TensorFlowTestCase",
    "deprecated_graph_mode_only",
    "device",
    "disable_xla",
    "force_gpu",
    "gpu_device_name",
    "is_gpu_available",
    "run_all_in_deprecated_graph_mode_only",
    "run_all_in_graph_and_eager_modes",
    "run_deprecated_v1",
    "run_in_graph_and_eager_modes",
    "run_v1_only",
    "use_gpu",
    "with_c_api",
    "with_c_shapes",
]

TensorFlowTestCase = TestCase


def _unchanged(function: Any) -> Any:
    return function


run_deprecated_v1 = with_c_api = with_c_shapes = _unchanged
deprecated_graph_mode_only = run_all_in_graph_and_eager_modes = _unchanged
run_all_in_deprecated_graph_mode_only = _unchanged


def run_v1_only(reason: str, func: Callable[..., Any] | None = None) -> Any:
    """Decorates with nothing: this is version 1."""
    return _unchanged if func is None else func


def run_in_graph_and_eager_modes(
    func: Callable[..., Any] | None = None, config: Any = None, use_gpu: bool = True, **kwargs: Any
) -> Any:
    """The test in a session, as TensorFlow runs it with a graph."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        def in_session(self: Any, *args: Any, **keywords: Any) -> None:
            with self.test_session(use_gpu=use_gpu, config=config):
                function(self, *args, **keywords)

        in_session.__name__ = function.__name__
        in_session.__doc__ = function.__doc__
        return in_session

    return decorated if func is None else decorated(func)


def disable_xla(description: str) -> Callable[[Any], Any]:
    """Decorates with nothing: there is no XLA."""
    return _unchanged


@contextmanager
def device(use_gpu: bool) -> Iterator[None]:
    """A block without effect: a session chooses its device."""
    yield


@contextmanager
def use_gpu() -> Iterator[None]:
    """A block without effect."""
    yield


force_gpu = use_gpu


def IsMklEnabled() -> bool:
    """False: TensorFlow's builds with it have other layouts."""
    return False


def NHWCToNCHW(input_tensor: Any) -> Any:
    """A tensor, or its shape, with the channels moved to the second place."""
    return _moved(input_tensor, {4: [0, 3, 1, 2], 5: [0, 4, 1, 2, 3]})


def NCHWToNHWC(input_tensor: Any) -> Any:
    """A tensor, or its shape, with the channels moved to the last place."""
    return _moved(input_tensor, {4: [0, 2, 3, 1], 5: [0, 2, 3, 4, 1]})


def _moved(value: Any, orders: dict[int, Sequence[int]]) -> Any:
    from slim_torch.tf.array_functions import transpose

    if isinstance(value, (list, tuple)):
        return [value[place] for place in orders[len(value)]]
    return transpose(value, orders[value.dim()])
