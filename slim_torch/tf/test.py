"""`tf.test`: test cases that compare arrays, each in a fresh graph."""

# unittest's assertions are what these tests are made of, and test_session is none.
# ruff: noqa: PT009, PT028

from __future__ import annotations

import tempfile
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import torch

from slim_torch import errors
from slim_torch.graph import Graph, reset_default_graph
from slim_torch.session import Session, get_default_session
from slim_torch.tf.assertions import Assertions as _Assertions
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "TestCase",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_gpu_available",
    "main",
    "mock",
]


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether there is a GPU that PyTorch can use. Source: tf.test.is_gpu_available."""
    if not torch.cuda.is_available():
        return False
    least = min_cuda_compute_capability
    return least is None or torch.cuda.get_device_capability() >= tuple(least)


def gpu_device_name() -> str:
    """`"/device:GPU:0"`, or nothing without a GPU. Source: tf.test.gpu_device_name."""
    return "/device:GPU:0" if is_gpu_available() else ""


def is_built_with_cuda() -> bool:
    """Whether PyTorch knows GPUs. Source: tf.test.is_built_with_cuda."""
    return torch.version.cuda is not None


_directories: list[str] = []


def get_temp_dir() -> str:
    """A directory for the files of this run's tests. Source: tf.test.get_temp_dir."""
    if not _directories:
        _directories.append(tempfile.mkdtemp(prefix="slim_torch_test"))
    return _directories[0]


def main(argv: Any = None) -> None:
    """Runs the tests of the script. Source: tf.test.main."""
    unittest.main(argv=argv)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, torch.Tensor) and not hasattr(value, "op"):
        return value.detach().cpu().numpy()
    if isinstance(value, torch.Tensor):
        session = get_default_session()
        return np.asarray(value.eval() if session is None else session.run(value))  # type: ignore[attr-defined]
    if isinstance(value, (list, tuple)) and any(isinstance(item, torch.Tensor) for item in value):
        return np.array([_array(item) for item in value])
    return np.asarray(value)


class TestCase(_Assertions):
    """A test case whose tests begin with an empty default graph. Source: tf.test.TestCase."""

    # pytest collects classes by their name; this one has no tests.
    __test__ = False

    # Also for a subclass whose setUp calls no other.
    _cached: Session | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    def setUp(self) -> None:
        super().setUp()
        reset_default_graph()

    def tearDown(self) -> None:
        if self._cached is not None:
            self._cached.close()
        super().tearDown()

    def get_temp_dir(self) -> str:
        """A directory of this test's own."""
        if "_directory" not in self.__dict__:
            self._directory = tempfile.mkdtemp(dir=get_temp_dir())
        return self._directory

    # Sessions

    @contextmanager
    def session(
        self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """A new session, the default one in the block."""
        with Session(graph=graph, config=config) as session:
            yield session

    @contextmanager
    def cached_session(
        self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Iterator[Session]:
        """The session of this test, made when it is first asked for; the default one in the block."""
        if self._cached is None:
            self._cached = Session(graph=graph, config=config)
        with self._cached.graph.as_default(), self._cached.as_default():
            yield self._cached

    def test_session(
        self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False, force_gpu: bool = False
    ) -> Any:
        """The older name of `cached_session`; of `session` for a graph that is given."""
        if getattr(self, "_testMethodName", "") == "test_session":
            self.skipTest("Not a test.")
        chosen = self.cached_session if graph is None else self.session
        return chosen(graph, config, use_gpu, force_gpu)

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors, by the default session."""
        session = get_default_session()
        return Session().run(tensors) if session is None else session.run(tensors)

    # Comparisons

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Fails unless `|a - b| <= atol + rtol * |b|` everywhere; dictionaries and lists item by item."""
        if isinstance(a, dict):
            self.assertIsInstance(b, dict, msg)
            self.assertCountEqual(a, b, msg)
            for key in a:
                self.assertAllClose(a[key], b[key], rtol, atol, f"{msg or ''} at {key!r}")
            return
        if isinstance(a, (list, tuple)) and _is_ragged(a):
            self.assertEqual(len(a), len(b), msg)
            for place, (first, second) in enumerate(zip(a, b)):
                self.assertAllClose(first, second, rtol, atol, f"{msg or ''} at {place}")
            return
        first, second = _array(a), _array(b)
        self.assertEqual(
            first.shape,
            second.shape,
            f"Shape mismatch: expected {first.shape}, got {second.shape}. {msg or ''}",
        )
        np.testing.assert_allclose(
            first.astype(_wide(first)), second.astype(_wide(second)), rtol=rtol, atol=atol, err_msg=msg or ""
        )

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """`assertAllClose` with the tolerance that the narrower of the two dtypes asks for."""
        dtypes = {_array(a).dtype, _array(b).dtype}
        if np.dtype(np.float32) in dtypes:
            rtol, atol = max(rtol, float_rtol), max(atol, float_atol)
        if np.dtype(np.float16) in dtypes:
            rtol, atol = max(rtol, half_rtol), max(atol, half_atol)
        self.assertAllClose(a, b, rtol, atol, msg)

    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Fails if `assertAllClose` holds."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError(f"The two values are close at all {_array(a).size} elements")

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fails unless shapes and elements are equal; NaN equals NaN."""
        first, second = _array(a), _array(b)
        self.assertEqual(
            first.shape,
            second.shape,
            f"Shape mismatch: expected {first.shape}, got {second.shape}. {msg or ''}",
        )
        np.testing.assert_array_equal(first, second, err_msg=msg or "")

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Fails if `assertAllEqual` holds."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue((_array(a) > comparison_target).all())

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue((_array(a) < comparison_target).all())

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue((_array(a) >= comparison_target).all())

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        self.assertTrue((_array(a) <= comparison_target).all())

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: str | None = None) -> None:
        """Fails unless all elements are within `err`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for first, second in zip(farray1, farray2):
            self.assertNear(float(first), float(second), err, msg)

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Fails unless two numbers are within `err`."""
        self.assertTrue(f1 == f2 or abs(f1 - f2) <= err, f"{f1} != {f2} +/- {err} {msg or ''}")

    def assertShapeEqual(self, np_array: Any, tf_tensor: Any, msg: str | None = None) -> None:
        """Fails unless a tensor has the static shape of an array."""
        self.assertEqual(list(np_array.shape), tf_tensor.get_shape().as_list(), msg)

    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        self.assertTrue(
            actual.startswith(expected_start),
            f"{actual!r} does not start with {expected_start!r} {msg or ''}",
        )

    @contextmanager
    def assertRaisesWithPredicateMatch(
        self, exception_type: Any, expected_err_re_or_predicate: str | Callable[[Any], Any]
    ) -> Iterator[None]:
        """Fails unless the block raises, with a message that matches a pattern, or as a function says."""
        import re

        wanted = expected_err_re_or_predicate
        try:
            yield
        except exception_type as err:
            text = err.message if isinstance(err, errors.OpError) else str(err)
            holds = wanted(err) if callable(wanted) else re.search(wanted, text)
            if not holds:
                raise AssertionError(f"Exception of type {type(err)}: {err}") from err
        else:
            self.fail(f"{exception_type} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """`assertRaisesWithPredicateMatch` of tf.errors.OpError."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)


def _is_ragged(items: Any) -> bool:
    shapes = {np.shape(_array(item)) for item in items if not isinstance(item, dict)}
    return len(shapes) > 1 or any(isinstance(item, dict) for item in items)


def _wide(array: np.ndarray) -> Any:
    return np.complex128 if array.dtype.kind == "c" else np.float64


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.test")
