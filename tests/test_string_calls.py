"""Strings are moved about as TensorFlow 1.15.5 moves them, and stay strings (`golden/make_string_calls.py`)."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import string_call_cases  # noqa: E402

EXPECTED = json.loads((GOLDEN / "string_calls.json").read_text())


@pytest.mark.parametrize("name", string_call_cases.CASES)
def test_answer_is_tensorflows(name):
    assert string_call_cases.answer(tf, string_call_cases.CASES[name]) == EXPECTED[name]


def test_every_case_has_an_answer():
    assert EXPECTED.keys() == string_call_cases.CASES.keys()


def test_bytes_that_are_numbers_stay_numbers():
    with tf.Graph().as_default(), tf.Session() as session:
        pixels = tf.constant(np.array([1, 2, 3], np.uint8))
        assert tf.identity(pixels).dtype == tf.uint8
        assert session.run(tf.reverse(pixels, [0])).tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    "compute",
    [
        pytest.param(lambda s: s + s, id="sum"),
        pytest.param(lambda s: tf.cast(s, tf.int32), id="cast"),
        pytest.param(lambda s: tf.reduce_sum(s), id="reduce"),
        pytest.param(lambda s: -s, id="negative"),
        pytest.param(lambda s: s < s, id="order"),
    ],
)
def test_nothing_is_computed_with_strings(compute):
    with tf.Graph().as_default(), pytest.raises(TypeError, match="not in list of allowed values"):
        compute(tf.constant(["a", "b"]))
