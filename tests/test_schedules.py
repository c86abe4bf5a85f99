"""Learning rate schedules: values of TensorFlow 1.15.5 (`golden/make_schedules.py`) in both ways of running."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import schedules, tf
from slim_torch.graph import Graph

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import schedule_cases as cases  # noqa: E402

FACTS = json.loads((GOLDEN / "schedules.json").read_text())
each_case = pytest.mark.parametrize(
    ("case", "schedule", "settings"), cases.CASES, ids=[case[0] for case in cases.CASES]
)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def rate_at(schedule, settings, step):
    arguments = {
        key: torch.tensor(value[1]) if isinstance(value, tuple) else value for key, value in settings.items()
    }
    arguments["x" if schedule == "piecewise_constant" else "global_step"] = step
    return getattr(tf.train, schedule)(**arguments)


def assert_follows(values, expected, start):
    # A cosine near its zero has the precision of its largest value.
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=2e-7 * start)


@each_case
def test_schedule_of_a_tensor_follows_tensorflow(case, schedule, settings):
    facts = FACTS["cases"][case]
    rates = [rate_at(schedule, settings, torch.tensor(step)) for step in cases.STEPS]
    assert {str(rate.dtype)[6:] for rate in rates} == {facts["dtype"]}
    assert all(rate.shape == () for rate in rates)
    assert_follows([rate.item() for rate in rates], facts["values"], max(facts["values"]))


@each_case
def test_schedule_of_a_number_or_a_variable_is_the_same(case, schedule, settings, graph):
    with graph.step():
        variable = tf.train.get_or_create_global_step()
        for step in (0, 17, 40):
            expected = rate_at(schedule, settings, torch.tensor(step))
            variable.assign(torch.tensor(step))
            assert torch.equal(rate_at(schedule, settings, variable), expected)
            assert torch.equal(rate_at(schedule, settings, step), expected)


@pytest.mark.parametrize(
    ("schedule", "settings"),
    [case[1:] for case in cases.CASES if case[1] != "piecewise_constant"],
    ids=[case[0] for case in cases.CASES if case[1] != "piecewise_constant"],
)
def test_schedule_of_many_steps_at_once(schedule, settings):
    rates = rate_at(schedule, settings, torch.tensor(cases.STEPS))
    single = torch.stack([rate_at(schedule, settings, torch.tensor(step)) for step in cases.STEPS])
    torch.testing.assert_close(rates, single, rtol=2e-6, atol=1e-7)


@each_case
def test_recorded_schedule_has_the_name_and_follows_the_step(case, schedule, settings, graph):
    facts = FACTS["cases"][case]
    step = tf.placeholder(tf.int64, [])
    rate = rate_at(schedule, settings, step)
    assert rate.op.name == facts["name"]
    with tf.Session() as session:
        values = [session.run(rate, {step: number}) for number in cases.STEPS]
    assert_follows(values, facts["values"], max(facts["values"]))


def test_float64_rates_are_computed_in_float64():
    rate = tf.train.exponential_decay(np.array(0.1), 3, 8, torch.tensor(0.9, dtype=torch.float64))
    assert rate.item() == pytest.approx(0.1 * 0.9**0.375, rel=1e-15)


def test_a_stair_begins_where_tensorflows_does():
    """41 times the float32 reciprocal of 41 is less than 1."""
    rates = [tf.train.exponential_decay(1.0, step, 41, 0.5, staircase=True).item() for step in (40, 41, 42)]
    assert rates == [1.0, 1.0, 0.5]
    assert FACTS["cases"]["exponential_decay_3"]["values"][41] == 0.5


def test_noise_has_the_variance_that_is_asked_for():
    steps = torch.full((20000,), 3)
    noisy = tf.train.noisy_linear_cosine_decay(
        1.0, steps, 10, initial_variance=4.0, variance_decay=0.5, beta=0.0
    )
    plain = tf.train.linear_cosine_decay(1.0, steps, 10, beta=0.0)
    cosine = 0.5 * (1 + np.cos(np.pi * 0.3))
    # The variance at step 3 is 4 / (1 + 3) ** 0.5 = 2.
    assert (noisy - plain).std().item() == pytest.approx(cosine * 2**0.5, rel=0.03)
    assert (noisy - plain).mean().item() == pytest.approx(0.0, abs=0.05)


REFUSED = {
    "lengths": lambda step: tf.train.piecewise_constant(step, [10, 20], [0.1, 0.2]),
    "float boundaries": lambda step: tf.train.piecewise_constant(step, [10.0, 20.0], [0.1, 0.2, 0.3]),
    "mixed values": lambda step: tf.train.piecewise_constant(step, [10, 20], [1, 0.2, 0.3]),
    "no step": lambda step: tf.train.exponential_decay(0.1, None, 10, 0.9),
    "no rate": lambda step: tf.train.exponential_decay(None, step, 10, 0.9),
    "no cosine step": lambda step: tf.train.cosine_decay(0.1, None, 10),
    "no piecewise step": lambda step: tf.train.piecewise_constant(None, [10], [0.1, 0.2]),
}


@pytest.mark.parametrize("name", FACTS["refused"])
def test_what_tensorflow_refuses_is_refused(name):
    kind, message = FACTS["refused"][name]
    with pytest.raises(ValueError, match=message.split("(<")[0].rstrip(" .")):
        REFUSED[name](torch.tensor(3))
    assert kind == "ValueError"


def test_boundaries_must_rise_and_exist():
    with pytest.raises(ValueError, match="do not rise"):
        tf.train.piecewise_constant(3, [20, 10], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="at least one"):
        tf.train.piecewise_constant(3, [], [0.1])


def test_every_schedule_is_in_tf_train():
    assert all(getattr(tf.train, name) is getattr(schedules, name) for name in schedules.__all__)
    assert tf.train.piecewise_constant_decay is tf.train.piecewise_constant
