"""Programs about losses over drawn classes: functions of `(tf, slim)` that return facts; see `session_registry.py`.

TensorFlow's answers are in `tf_programs.json`. Draws differ; what is expected of them does not.
"""

import collections

import numpy as np
from values import value_for

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def of_loss(tf, function, labels, expected, **kwargs):
    """A loss for given draws, and its gradients."""
    weights, biases, inputs = (
        tf.constant(value_for(name, shape)) for name, shape in (("w", (10, 4)), ("b", (10,)), ("x", (3, 4)))
    )
    drawn = (
        tf.constant([2, 4, 7], tf.int64),
        tf.constant(expected),
        tf.constant([0.2, 0.3, 0.6]),
    )
    loss = function(
        weights, biases, tf.constant(labels, tf.int64), inputs, 3, 10, sampled_values=drawn, **kwargs
    )
    gradients = tf.gradients(loss * [1.0, 2.0, 3.0], [weights, biases, inputs])
    with tf.Session() as session:
        return session.run([loss] + [tf.convert_to_tensor(gradient) for gradient in gradients])


ONE = ([[1], [2], [3]], [[0.5], [0.4], [0.3]])
TWO = ([[1, 4], [2, 5], [3, 2]], [[0.5, 0.3], [0.4, 0.2], [0.3, 0.4]])


@program
def sampled_softmax(tf, slim):
    return of_loss(tf, tf.nn.sampled_softmax_loss, *ONE)


@program
def sampled_softmax_with_hits(tf, slim):
    return of_loss(tf, tf.nn.sampled_softmax_loss, *ONE, remove_accidental_hits=False)


@program
def sampled_softmax_of_several_classes(tf, slim):
    return of_loss(tf, tf.nn.sampled_softmax_loss, *TWO, num_true=2)


@program
def noise_contrastive(tf, slim):
    return of_loss(tf, tf.nn.nce_loss, *ONE)


@program
def noise_contrastive_of_several_classes(tf, slim):
    return of_loss(tf, tf.nn.nce_loss, *TWO, num_true=2, remove_accidental_hits=True)


@program
def what_is_expected_of_draws(tf, slim):
    labels = tf.constant([[1], [2], [9]], tf.int64)
    uniform = tf.nn.uniform_candidate_sampler(labels, 1, 5, False, 10)
    zipf = tf.nn.log_uniform_candidate_sampler(labels, 1, 5, False, 10)
    with tf.Session() as session:
        facts = []
        for sampler in (uniform, zipf):
            drawn, true, expected = session.run(sampler)
            table = np.log((np.arange(10) + 2.0) / (np.arange(10) + 1.0)) / np.log(11.0) * 5
            table = np.full(10, 0.5) if sampler is uniform else table
            close = bool(np.allclose(expected, table[drawn], rtol=1e-5))
            facts.append([drawn.dtype.name, list(drawn.shape), bool((drawn < 10).all()), true, close])
        return facts


@program
def different_draws(tf, slim):
    drawn = tf.nn.log_uniform_candidate_sampler(
        tf.constant([[1]], tf.int64), 1, 10, True, 10
    ).sampled_candidates
    with tf.Session() as session:
        return sorted(session.run(drawn).tolist())
