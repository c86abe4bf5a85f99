"""Metrics and sets in programs like TensorFlow's own tests of them: slim_torch gives the facts that 1.15.5 gave.

The programs are in `golden/metric_programs.py`, TensorFlow's answers in `golden/metric_programs.json`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import session_registry  # noqa: E402 - the folder has to be found first
from metric_programs import PROGRAMS  # noqa: E402

EXPECTED = json.loads((GOLDEN / "metric_programs.json").read_text())
REGENERATE = "python tests/golden/make_metric_programs.py  (with the Python that has TensorFlow 1.15.5)"


def assert_same(got, expected, path=""):
    """Equal in type and value; floating point numbers within 1e-5."""
    assert type(got) is type(expected), path
    if isinstance(expected, list):
        assert len(got) == len(expected), path
        for number, (item, wanted) in enumerate(zip(got, expected, strict=True)):
            assert_same(item, wanted, f"{path}[{number}]")
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-5, abs=1e-6, nan_ok=True), path
    else:
        assert got == expected, path


def test_every_program_has_an_answer():
    assert set(EXPECTED) == set(PROGRAMS), f"regenerate: {REGENERATE}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_gives_what_it_gave_in_tensorflow(name):
    got = session_registry.run(PROGRAMS[name], tf, slim)
    assert_same(json.loads(json.dumps(got)), EXPECTED[name])


class TestOfTensorFlowWithoutItsSetUp(tf.test.TestCase):
    """Tests of tf.contrib.metrics override `setUp` and call no other."""

    def setUp(self):
        tf.reset_default_graph()

    def test_a_cached_session(self):
        with self.cached_session() as session:
            mean, update = slim.metrics.streaming_mean(tf.constant([1.0, 3.0]))
            session.run(tf.local_variables_initializer())
            session.run(update)
            self.assertAllClose(2.0, mean.eval())


def test_arrays_may_step_backwards():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)[:, ::-1]
    with tf.Graph().as_default() as graph, graph.step():
        assert tf.reduce_sum(array, 0).tolist() == [7, 5, 3]
        assert tf.get_variable("v", initializer=array).tolist() == [[2, 1, 0], [5, 4, 3]]
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.float32, [None, 3])
        assert session.run(fed + 1, {fed: array}).tolist() == [[3, 2, 1], [6, 5, 4]]
