"""A loss that is not finite is an error that says where the first bad value appeared."""

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import learning, tf
from slim_torch.graph import Graph
from slim_torch.nonfinite import NonFiniteLossError

IMAGES = np.ones((2, 6, 6, 3), np.float32)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def network(images, offset):
    net = slim.conv2d(images, 4, 3, scope="conv1")
    with tf.variable_scope("middle"):
        net = slim.conv2d(tf.log(net + offset), 4, 3, normalizer_fn=slim.batch_norm, scope="conv2")
    return tf.reduce_mean(net * net)


def failure(train_op):
    with pytest.raises(
        NonFiniteLossError, match=r"^LossTensor is inf or nan : the total loss is nan"
    ) as info:
        train_op()
    return str(info.value)


def of_a_function(offsets=None, images=None):
    offsets, images = iter(offsets or []), images or (lambda: torch.as_tensor(IMAGES))
    train_op = learning.create_train_op(
        lambda: network(images(), next(offsets, 1.0)), tf.train.GradientDescentOptimizer(0.01)
    )
    return train_op


def test_the_layer_of_a_function_is_named(graph):
    # Building takes the first offset.
    train_op = of_a_function([1.0, 1.0, -9.0, -9.0])
    train_op()
    before = [variable.detach().clone() for variable in graph.variables]
    message = failure(train_op)
    assert "first appeared in 'middle', in the result of log." in message
    assert all(torch.equal(*pair) for pair in zip(before, graph.variables, strict=True))


def test_variables_are_looked_at_first():
    train_op = of_a_function()
    slim.get_model_variables("conv1/biases")[0].data[1] = np.nan
    assert "not finite already: 'conv1/biases'." in failure(train_op)


def test_a_batch_that_does_not_come_again_is_suspected():
    assert "look at the batch of that step" in failure(of_a_function([1.0, -9.0]))


def test_a_bad_input_is_told_from_a_bad_layer():
    bad = torch.full(IMAGES.shape, torch.nan)
    message = failure(of_a_function(images=lambda: bad))
    assert "It came in with the data, which were first used in 'conv1'." in message


def test_it_is_an_error_that_old_and_new_code_catches():
    train_op = of_a_function([1.0] + 4 * [-9.0])
    for kind in (tf.errors.InvalidArgumentError, FloatingPointError):
        with pytest.raises(kind):
            train_op()


@pytest.fixture
def recorded():
    """A session, and a function that runs the recorded train op and gives its error."""
    images, offset = tf.placeholder(tf.float32, [None, 6, 6, 3]), tf.placeholder(tf.float32, [])
    train_op = learning.create_train_op(network(images, offset), tf.train.GradientDescentOptimizer(0.01))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())

        def run(fed_images=IMAGES, fed_offset=1.0):
            session.run(train_op, {images: fed_images, offset: fed_offset})

        def failure(*fed):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"^LossTensor is inf or nan") as info:
                run(*fed)
            return info.value

        yield session, run, failure


def test_the_recorded_operation_is_named(recorded):
    session, run, failure = recorded
    run()
    trained = tf.trainable_variables()
    before = session.run(trained)
    err = failure(IMAGES, -9.0)
    assert "It first appeared in 'middle/Log' (Log)." in err.message
    assert err.op.name == "train_op/CheckNumerics"
    # TensorFlow would have applied the gradients.
    for old, new in zip(before, session.run(trained), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_bad_feed_is_named(recorded):
    _, _, failure = recorded
    assert "by the feed of 'Placeholder:0'" in failure(np.full_like(IMAGES, np.inf)).message


def test_bad_variables_of_a_recorded_graph_are_named(recorded):
    session, _, failure = recorded
    slim.get_model_variables("middle/conv2/weights")[0].load(np.full((3, 3, 4, 4), np.nan), session)
    assert "not finite already: 'middle/conv2/weights'." in failure().message
