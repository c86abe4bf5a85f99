"""`slim.learning.train` on recorded train ops: programs that TensorFlow 1.15.5 was asked too (`golden/make_learning.py`)."""

import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import learning_programs  # noqa: E402
import session_registry  # noqa: E402

EXPECTED = json.loads((GOLDEN / "learning.json").read_text())
SIGNATURES = EXPECTED.pop("signatures")


def near(facts):
    """Floats are compared to 1e-5, as everywhere; everything else exactly."""
    if isinstance(facts, float):
        return pytest.approx(facts, rel=1e-5, abs=1e-7)
    if isinstance(facts, list):
        return [near(item) for item in facts]
    if isinstance(facts, dict):
        return {key: near(item) for key, item in facts.items()}
    return facts


@pytest.mark.parametrize("name", learning_programs.PROGRAMS)
def test_program(name):
    assert session_registry.run(learning_programs.PROGRAMS[name], tf, slim) == near(EXPECTED[name])


def test_every_program_has_an_answer():
    assert set(EXPECTED) == set(learning_programs.PROGRAMS)


@pytest.mark.parametrize("name", SIGNATURES)
def test_parameters_are_tensorflows_in_order_and_with_their_defaults(name):
    parameters = inspect.signature(getattr(slim.learning, name)).parameters.values()
    assert [
        [p.name, "required" if p.default is p.empty else getattr(p.default, "__name__", p.default)]
        for p in parameters
    ] == SIGNATURES[name]


def quadratic():
    return learning_programs.quadratic(tf, slim)


def test_who_is_not_the_chief_resumes_and_writes_nothing(tmp_path):
    with tf.Graph().as_default():
        slim.learning.train(quadratic(), tmp_path, number_of_steps=2)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with tf.Graph().as_default():
        steps = []

        def step(session, op, global_step, keywords):
            steps.append(int(session.run(global_step)))
            assert keywords["summary_writer"] is None
            return slim.learning.train_step(session, op, global_step, keywords)

        slim.learning.train(quadratic(), tmp_path, step, number_of_steps=4, is_chief=False)
    assert steps == [2, 3]
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"master": "grpc://here:1"}, "torchrun"),
        ({"is_chief": False, "startup_delay_steps": 3}, "do not train asynchronously"),
    ],
)
def test_what_only_a_cluster_has_is_refused(keywords, message):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        slim.learning.train(quadratic(), None, number_of_steps=1, **keywords)


def test_checkpoints_of_the_two_ways_are_the_same(tmp_path):
    """A recorded run goes on as a function, and that one as a recorded run again."""

    def loss():
        x = tf.get_variable("x", initializer=np.array([1.0, 2.0], np.float32))
        return tf.exp(0.1 * tf.reduce_sum(x * x))

    def train(recorded, logdir, steps):
        with tf.Graph().as_default():
            optimizer = tf.train.AdamOptimizer(0.1)
            train_op = slim.learning.create_train_op(loss() if recorded else loss, optimizer)
            return slim.learning.train(train_op, logdir, number_of_steps=steps)

    whole = train(True, None, 9)
    assert [train(number % 2 == 0, tmp_path, 3 * number + 3) for number in range(3)][-1] == pytest.approx(
        whole, rel=1e-6
    )


def test_random_operations_go_on_where_they_were(tmp_path):
    def train(logdir, steps):
        with tf.Graph().as_default():
            tf.set_random_seed(3)
            x = tf.get_variable("x", initializer=np.ones(50, np.float32))
            noisy = slim.dropout(tf.constant(np.ones(50, np.float32)) * x, 0.5)
            noisy += tf.random_normal([50], stddev=0.1)
            train_op = slim.learning.create_train_op(
                tf.reduce_sum(tf.square(noisy)), tf.train.GradientDescentOptimizer(0.01)
            )
            return slim.learning.train(train_op, logdir, number_of_steps=steps)

    whole = train(None, 8)
    train(tmp_path, 3)
    assert train(tmp_path, 8) == whole
