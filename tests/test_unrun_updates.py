"""Who trains without running the updates of batch norm is told, once; nobody else is."""

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import learning, tf
from slim_torch.graph import Graph
from slim_torch.updates import run_updates

IMAGES = np.ones((2, 6, 6, 3), np.float32)


@pytest.fixture
def warnings(caplog):
    """The warnings so far."""
    return lambda: [record.getMessage() for record in caplog.records if "update operations" in record.msg]


def normalized(images, is_training=True):
    return slim.batch_norm(slim.conv2d(images, 4, 3), is_training=is_training)


def module_loop(steps, trains=True, runs_updates=False):
    module = slim.Module(normalized)
    images = torch.as_tensor(IMAGES)
    module.build(images)
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    for _ in range(steps):
        loss = (module(images) + 1).square().mean()
        if trains:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if runs_updates:
            run_updates(module.graph.get_collection("update_ops"))


def test_a_loop_of_ones_own_without_updates_is_warned_of_once(warnings):
    module_loop(5)
    (message,) = warnings()
    assert "'BatchNorm/AssignMovingAvg'" in message
    assert "create_train_op" in message


def test_a_loop_that_runs_them_is_not(warnings):
    module_loop(5, runs_updates=True)
    assert warnings() == []


def test_a_model_in_training_mode_that_is_not_trained_is_not(warnings):
    module_loop(5, trains=False)
    assert warnings() == []


def test_a_train_op_of_a_function_is_not(warnings):
    with Graph().as_default():
        train_op = learning.create_train_op(
            lambda: normalized(torch.as_tensor(IMAGES)).square().mean(),
            tf.train.GradientDescentOptimizer(0.1),
        )
        for _ in range(4):
            train_op()
    assert warnings() == []


def recorded(make_train_op, also=lambda: [], is_training=True):
    with Graph().as_default():
        images = tf.placeholder(tf.float32, [None, 6, 6, 3])
        outputs = normalized(images, is_training)
        train_op = make_train_op(tf.reduce_mean(outputs * outputs + outputs))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run([train_op, also()], {images: IMAGES})


def minimized(loss):
    return tf.train.AdamOptimizer().minimize(loss)


def updates():
    return tf.get_collection(tf.GraphKeys.UPDATE_OPS)


def minimized_after_updates(loss):
    with tf.control_dependencies(updates()):
        return minimized(loss)


def test_minimize_without_the_updates_is_warned_of_once(warnings):
    recorded(minimized)
    (message,) = warnings()
    assert "none of its 2 update operations (such as 'BatchNorm/AssignMovingAvg')" in message
    assert "tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS))" in message


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"make_train_op": minimized_after_updates}, id="control-dependencies"),
        pytest.param({"make_train_op": minimized, "also": updates}, id="fetched-beside"),
        pytest.param({"make_train_op": minimized, "is_training": False}, id="not-in-training-mode"),
        pytest.param(
            {
                "make_train_op": lambda loss: learning.create_train_op(
                    loss, tf.train.GradientDescentOptimizer(0.1)
                )
            },
            id="create-train-op",
        ),
    ],
)
def test_recorded_training_with_updates_is_not(warnings, arguments):
    recorded(**arguments)
    assert warnings() == []
