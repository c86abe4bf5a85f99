"""Assertions that TensorFlow's test cases have beside unittest's, on Python values and arrays of known values.

Those that compare the values of tensors by tolerance are in `test.py`.
"""

# These are unittest's assertions under other names.
# ruff: noqa: PT009, PT027

from __future__ import annotations

import unittest
from collections.abc import Collection, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Assertions"]


class Assertions(unittest.TestCase):
    """A test case with the assertions of absl's. Source: tf.test.TestCase."""

    __test__ = False

    # Names that unittest dropped in Python 3.12.
    assertEquals = unittest.TestCase.assertEqual
    assertNotEquals = unittest.TestCase.assertNotEqual
    assertAlmostEquals = unittest.TestCase.assertAlmostEqual
    assertNotAlmostEquals = unittest.TestCase.assertNotAlmostEqual
    assertRaisesRegexp = unittest.TestCase.assertRaisesRegex
    assertRegexpMatches = unittest.TestCase.assertRegex
    assertNotRegexpMatches = unittest.TestCase.assertNotRegex
    assert_ = unittest.TestCase.assertTrue

    def assertItemsEqual(
        self, expected_seq: Iterable[Any], actual_seq: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails unless both have the same items, in any order."""
        self.assertCountEqual(expected_seq, actual_seq, msg)

    def assertSameElements(
        self, expected_seq: Iterable[Any], actual_seq: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails unless both have the same items, in any order and however often."""
        self.assertCountEqual(dict.fromkeys(expected_seq), dict.fromkeys(actual_seq), msg)

    def assertNoCommonElements(
        self, expected_seq: Iterable[Any], actual_seq: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails if an item is in both."""
        self.assertEqual(set(expected_seq) & set(actual_seq), set(), msg)

    def assertContainsSubset(
        self, expected_subset: Iterable[Any], actual_set: Iterable[Any], msg: Any = None
    ) -> None:
        """Fails unless all items of the first are in the second."""
        self.assertEqual(set(expected_subset) - set(actual_set), set(), msg)

    def assertLen(self, container: Collection[Any], expected_len: int, msg: Any = None) -> None:
        """Fails unless it has that many items."""
        self.assertEqual(len(container), expected_len, msg)

    def assertEmpty(self, container: Collection[Any], msg: Any = None) -> None:
        """Fails unless it has no items."""
        self.assertLen(container, 0, msg)

    def assertNotEmpty(self, container: Collection[Any], msg: Any = None) -> None:
        """Fails unless it has an item."""
        self.assertNotEqual(len(container), 0, msg)

    def assertBetween(self, value: Any, minv: Any, maxv: Any, msg: Any = None) -> None:
        """Fails unless `minv <= value <= maxv`."""
        self.assertLessEqual(minv, value, msg)
        self.assertLessEqual(value, maxv, msg)

    def assertEndsWith(self, actual: str, expected_end: str, msg: Any = None) -> None:
        """Fails unless a string ends so."""
        self.assertTrue(
            actual.endswith(expected_end), f"{actual!r} does not end with {expected_end!r} {msg or ''}"
        )

    def assertSequenceAlmostEqual(
        self,
        expected_seq: Sequence[Any],
        actual_seq: Sequence[Any],
        places: int | None = None,
        msg: Any = None,
        delta: float | None = None,
    ) -> None:
        """`assertAlmostEqual` item by item."""
        self.assertEqual(len(expected_seq), len(actual_seq), msg)
        for expected, actual in zip(expected_seq, actual_seq):
            # unittest takes one of the two.
            if delta is None:
                self.assertAlmostEqual(expected, actual, places, msg)
            else:
                self.assertAlmostEqual(expected, actual, msg=msg, delta=delta)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:
        """Fails unless the Euclidean norm of the difference is below `err`."""
        self.assertLess(float(np.linalg.norm(np.asarray(ndarray1) - np.asarray(ndarray2))), err, msg)

    @contextmanager
    def assertRaisesWithLiteralMatch(
        self, expected_exception: Any, expected_exception_message: str
    ) -> Iterator[None]:
        """Fails unless the block raises, with just this message."""
        with self.assertRaises(expected_exception) as caught:
            yield
        self.assertEqual(str(caught.exception), expected_exception_message)
