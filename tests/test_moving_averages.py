"""Moving averages: names and values of TensorFlow 1.15.5 (`golden/make_moving_averages.py`)."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.moving_averages import assign_moving_average, moving_average_variables

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import moving_average_programs as programs  # noqa: E402

FACTS = json.loads((GOLDEN / "moving_averages.json").read_text())
COLLECTIONS = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES]


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def names(variables):
    return [variable.op.name for variable in variables]


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_program_has_tensorflows_outcome(name, graph):
    expected = FACTS["programs"][name]
    if "error" in expected:
        kind, message = expected["error"]
        with pytest.raises({"TypeError": TypeError, "ValueError": ValueError}[kind]) as caught:
            programs.PROGRAMS[name](tf)
        assert message.split(" Did you mean")[0] in str(caught.value)
    else:
        assert programs.PROGRAMS[name](tf) == expected["result"]
        assert [names(graph.get_collection(key)) for key in COLLECTIONS] == expected["collections"]


@pytest.mark.parametrize(
    ("name", "decay", "counted", "dtype"), programs.RUNS, ids=[run[0] for run in programs.RUNS]
)
def test_average_follows_tensorflow(name, decay, counted, dtype):
    count = tf.Variable(np.int64(0), trainable=False) if counted else None
    variable = tf.get_variable("w", initializer=programs.value(0, dtype))
    average = tf.train.ExponentialMovingAverage(decay, count)
    average.make_averages([variable])
    for step, expected in enumerate(FACTS["averages"][name], 1):
        variable.assign(programs.value(step, dtype))
        if counted:
            count.assign(np.int64(step))
        average.apply([variable])
        np.testing.assert_allclose(average.average(variable).numpy().ravel(), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("place", ["in-steps", "outside-of-steps"])
@pytest.mark.parametrize("name", FACTS["assigned"])
def test_assigned_average_follows_tensorflow(name, place, graph):
    facts = FACTS["assigned"][name]
    ((_, decay, _, dtype),) = [run for run in programs.RUNS if run[0] == name.rsplit("_", 1)[0]]
    with tf.variable_scope("stats"):
        variable = tf.get_variable("mean", initializer=programs.value(0, dtype), trainable=False)

    def update(step):
        with tf.variable_scope("training"):
            assign_moving_average(variable, programs.value(step, dtype), decay, name.endswith("_True"))

    for step, expected in enumerate(facts["history"], 1):
        if place == "in-steps":
            with graph.step():
                update(step)
        else:
            update(step)
        # float64 for the rounding of float32 decays too.
        np.testing.assert_allclose(variable.numpy().ravel(), expected, rtol=1e-6, atol=1e-7)
    assert names(tf.global_variables()) == facts["variables"]


def test_calls_in_one_step_have_zero_debias_variables_of_their_own(graph):
    variable = tf.get_variable("w", initializer=np.zeros(2, np.float32), trainable=False)
    for _ in range(2):
        with graph.step():
            assign_moving_average(variable, np.ones(2, np.float32), 0.9)
            assign_moving_average(variable, np.ones(2, np.float32), 0.9)
    assert names(graph.variables) == ["w", "w/biased", "w/local_step", "w/biased_1", "w/local_step_1"]
    assert [v.item() for v in graph.variables if "local_step" in v.name] == [2.0, 2.0]


def test_averages_are_untrained_and_lie_in_memory_like_their_variables():
    variable = tf.get_variable("w", [3, 3, 4, 5], memory_order=(3, 0, 1, 2))
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply()
    made = average.average(variable)
    assert torch.equal(made, variable)
    assert made.data_ptr() != variable.data_ptr()
    assert made.stride() == variable.stride()
    assert not made.requires_grad


def test_an_evaluation_restores_the_averages(tmp_path):
    with Graph().as_default():
        variable = tf.get_variable("w", initializer=np.zeros(2, np.float32))
        average = tf.train.ExponentialMovingAverage(0.75)
        average.make_averages()
        variable.assign(np.ones(2, np.float32))
        average.apply()
        path = tf.train.Saver().save(None, tmp_path / "model.ckpt")
    with Graph().as_default():
        variable = tf.get_variable("w", [2])
        average = tf.train.ExponentialMovingAverage(0.75)
        tf.train.Saver(average.variables_to_restore()).restore(None, path)
        assert variable.tolist() == [0.25, 0.25]


def test_an_average_made_anew_in_each_step_goes_on(graph):
    variable = tf.get_variable("w", initializer=np.zeros(2, np.float32))
    for _ in range(2):
        with graph.step():
            average = tf.train.ExponentialMovingAverage(0.5)
            average.apply()
            variable.assign(np.full(2, 4, np.float32))
    assert average.average(variable).tolist() == [2.0, 2.0]
    assert names(graph.variables) == ["w", "w/ExponentialMovingAverage"]


def test_decay_may_be_a_tensor():
    variable = tf.get_variable("w", initializer=np.zeros(2, np.float32))
    average = tf.train.ExponentialMovingAverage(torch.tensor(0.75))
    average.make_averages()
    variable.assign(np.ones(2, np.float32))
    average.apply()
    assert average.average(variable).tolist() == [0.25, 0.25]


def test_what_cannot_be_averaged_is_refused():
    average = tf.train.ExponentialMovingAverage(0.9)
    with pytest.raises(TypeError, match=r"var_list holds 3.0"):
        average.apply([3.0])
    with pytest.raises(ValueError, match="has no name"):
        average.apply([torch.zeros(2)])


def test_moving_average_variables_of_a_scope():
    variables = programs.model(tf)
    tf.train.ExponentialMovingAverage(0.9).apply()
    assert moving_average_variables() == variables
    assert moving_average_variables("net/b") == variables[1:]


# In recorded code


@pytest.mark.parametrize("zero_debias", [False, True])
def test_recorded_average_of_a_tensor_follows_tensorflow(zero_debias):
    facts = FACTS["tensors"][str(zero_debias)]
    value = tf.placeholder(tf.float32, [2, 3])
    doubled = tf.multiply(value, 2.0, name="doubled")
    average = tf.train.ExponentialMovingAverage(0.9, zero_debias=zero_debias)
    update = average.apply([doubled])
    assert update.name == facts["name"]
    assert names(tf.global_variables()) == facts["variables"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, expected in enumerate(facts["history"], 1):
            session.run(update, {value: programs.value(step, np.float32)})
            np.testing.assert_allclose(
                session.run(average.average(doubled)).ravel(), expected, rtol=1e-6, atol=1e-7
            )


@pytest.mark.parametrize(
    ("name", "decay", "counted", "dtype"), programs.RUNS, ids=[run[0] for run in programs.RUNS]
)
def test_recorded_average_of_a_variable_follows_tensorflow(name, decay, counted, dtype):
    count = tf.placeholder(tf.int64, [])
    variable = tf.get_variable("w", initializer=programs.value(0, dtype))
    average = tf.train.ExponentialMovingAverage(decay, count if counted else None)
    update = average.apply([variable])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, expected in enumerate(FACTS["averages"][name], 1):
            variable.load(programs.value(step, dtype), session)
            session.run(update, {count: step})
            value = session.run(average.average(variable))
            np.testing.assert_allclose(value.ravel(), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", FACTS["assigned"])
def test_recorded_assignment_follows_tensorflow(name):
    facts = FACTS["assigned"][name]
    ((_, decay, _, dtype),) = [run for run in programs.RUNS if run[0] == name.rsplit("_", 1)[0]]
    value = tf.placeholder(dtype, [2, 3])
    with tf.variable_scope("stats"):
        variable = tf.get_variable("mean", initializer=programs.value(0, dtype), trainable=False)
    with tf.variable_scope("training"):
        update = assign_moving_average(variable, value, decay, name.endswith("_True"))
    assert update.op.name == facts["name"]
    assert names(tf.global_variables()) == facts["variables"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, expected in enumerate(facts["history"], 1):
            after = session.run(update, {value: programs.value(step, dtype)})
            np.testing.assert_allclose(after.ravel(), expected, rtol=1e-6, atol=1e-7)
            np.testing.assert_array_equal(session.run(variable), after)
