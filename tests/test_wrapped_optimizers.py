"""Optimizers around optimizers: facts from TensorFlow 1.15.5, and their life as PyTorch's.

`golden/wrapped_optimizers.json` holds the facts; regenerate it with `golden/make_wrapped_optimizers.py`.
"""

import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import contrib_optimizers, learning, tf
from slim_torch.graph import Graph
from slim_torch.sync_replicas import SyncReplicasOptimizer
from slim_torch.variables import global_variables
from slim_torch.wrapped_optimizers import MovingAverageOptimizer

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import wrapped_optimizer_programs as programs  # noqa: E402

FACTS = json.loads((GOLDEN / "wrapped_optimizers.json").read_text())
OPT = types.SimpleNamespace(**vars(contrib_optimizers), MovingAverageOptimizer=MovingAverageOptimizer)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def assert_agree(found, expected, where):
    """Equal structures and strings; numbers up to float32's rounding."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            assert_agree(found[key], value, f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), f"{where}: {found} instead of {expected}"
        for place, value in enumerate(expected):
            assert_agree(found[place], value, f"{where}[{place}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-6), where
    else:
        assert found == expected, where


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_program_gives_what_tensorflow_gives(name):
    assert_agree(programs.PROGRAMS[name](tf, OPT), FACTS[name], name)


def train_op_of_a_function(optimizer):
    """A train op whose gradients are those of the programs, and a function that gives the variables' values."""
    trained = programs.variables(tf)
    step = tf.train.get_or_create_global_step()
    runs = [0]

    def total_loss():
        gradients = map(torch.as_tensor, programs.gradient(runs[0]))
        return sum((variable * gradient).sum() for variable, gradient in zip(trained, gradients))

    train_op = learning.create_train_op(total_loss, optimizer, step)

    def history(count):
        found = []
        for runs[0] in range(count):
            train_op()
            found.append({v.op.name: v.detach().numpy().tolist() for v in global_variables()})
        return found

    return train_op, history


def test_a_train_op_of_a_function_averages_too():
    _, history = train_op_of_a_function(MovingAverageOptimizer(programs.inner(tf, "momentum"), 0.9))
    facts = FACTS["averages_after_momentum"]
    expected = [dict(zip(facts["variables"], values)) for values in facts["history"]]
    assert_agree(history(programs.STEPS), expected, "history")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(programs.amsgrad, "an_optimizer_of_ones_own"), (programs.sign_descent, "the_least_of_an_optimizer")],
)
def test_a_train_op_of_a_function_takes_an_optimizer_of_ones_own(kind, name):
    _, history = train_op_of_a_function(kind(tf)(0.1))
    expected = [dict(zip(FACTS[name]["variables"], values)) for values in FACTS[name]["history"]]
    assert_agree(history(programs.STEPS), expected, "history")


def test_a_train_op_of_a_function_collects_gradients():
    optimizer = SyncReplicasOptimizer(programs.inner(tf, "momentum"), replicas_to_aggregate=4)
    train_op, history = train_op_of_a_function(optimizer)
    found = history(8)
    assert [values["global_step"] for values in found] == [0, 0, 0, 1, 1, 1, 1, 2]
    kernel = np.array([[1.0, -2.0], [0.5, 3.0]])
    accumulator = np.zeros([2, 2])
    for update in range(2):
        mean = np.mean([programs.gradient(4 * update + run)[0] for run in range(4)], axis=0)
        accumulator = 0.9 * accumulator + mean
        kernel = kernel - 0.1 * accumulator
        np.testing.assert_allclose(found[4 * update + 3]["net/kernel"], kernel, 1e-5)
    assert int(train_op.global_step) == 2


def test_recorded_gradients_are_collected_in_each_session():
    step = tf.train.get_or_create_global_step()
    trained, fed = programs.variables(tf), programs.placeholders(tf)
    average = tf.train.ExponentialMovingAverage(0.5)
    optimizer = tf.train.SyncReplicasOptimizer(
        programs.inner(tf, "momentum"), 2, 1, variable_averages=average, variables_to_average=trained[1:]
    )
    train_op = optimizer.apply_gradients(list(zip(fed, trained)), step)
    hook = optimizer.make_session_run_hook(is_chief=True)
    for _ in range(2):
        scale, accumulator, followed = 3.0, 0.0, 3.0
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for run in range(5):
                local_step = session.run(train_op, dict(zip(fed, programs.gradient(run))))
                if run % 2:
                    mean = (programs.gradient(run - 1)[1] + programs.gradient(run)[1]) / 2
                    accumulator = 0.9 * accumulator + mean
                    scale -= 0.1 * accumulator
                    followed = 0.5 * (followed + scale)
                values = session.raw_session().run([step, trained[1], average.average(trained[1])])
                assert local_step == values[0] == (run + 1) // 2
                np.testing.assert_allclose(values[1:], [scale, followed], 1e-6)


def test_one_around_the_other_averages_at_updates_only():
    inside = SyncReplicasOptimizer(programs.inner(tf, "gradient_descent"), replicas_to_aggregate=2)
    _, history = train_op_of_a_function(MovingAverageOptimizer(inside, 0.5))
    found = history(4)
    averages = [values["scale/ExponentialMovingAverage"] for values in found]
    scales = [values["scale"] for values in found]
    assert [values["global_step"] for values in found] == [0, 1, 1, 2]
    expected = [3.0, 0.5 * (3.0 + scales[1])]
    expected += [expected[1], 0.5 * (expected[1] + scales[3])]
    np.testing.assert_allclose(averages, expected, 1e-6)


def test_in_a_pytorch_loop():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.5, params=[weight]), 2)
    for factor in (1.0, 3.0):
        (weight.sum() * factor).backward()
        optimizer.step()
        optimizer.zero_grad()
    # The mean of the gradients is 2.
    assert weight.tolist() == [0.0, 0.0]
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.1)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.05)


@pytest.mark.parametrize("kind", [MovingAverageOptimizer, lambda opt: SyncReplicasOptimizer(opt, 1)])
def test_only_tensorflows_optimizers_go_inside(kind):
    with pytest.raises(TypeError, match=r"expected one of TensorFlow's optimizers"):
        kind(torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], 0.1))
