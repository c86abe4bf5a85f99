"""Golden programs for clipping, and for what the learning helpers do to lists of gradients."""

import numpy as np
from session_registry import error, initialized, program, static


@program()
def clip_by_value(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    y = tf.clip_by_value(x, -1.0, 2.0)
    with tf.Session() as session:
        return [y.name, static(y), session.run([y, tf.gradients(y, x)[0]], {x: [-3.0, 0.5, 3.0]})]


@program()
def clip_by_value_with_tensors(tf, slim):
    x, limit = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        return session.run(tf.clip_by_value(x, -limit, limit), {x: [5.0, -0.5], limit: 2.0})


@program()
def clip_by_norm(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = tf.clip_by_norm(x, 1.0)
    with tf.Session() as session:
        return [y.name, [session.run(y, {x: value}) for value in ([3.0, 4.0], [0.3, 0.4], [0.0, 0.0])]]


@program()
def clip_by_norm_along_an_axis(tf, slim):
    x = tf.constant([[3.0, 4.0], [0.3, 0.4]])
    with tf.Session() as session:
        return session.run([tf.clip_by_norm(x, 1.0, axes=[1]), tf.clip_by_norm(x, 1.0, axes=[0])])


@program()
def clip_by_average_norm(tf, slim):
    x = tf.constant([3.0, 4.0])
    with tf.Session() as session:
        return session.run([tf.clip_by_average_norm(x, 1.0), tf.clip_by_average_norm(x, 10.0)])


@program()
def global_norm(tf, slim):
    norm = tf.global_norm([tf.constant([3.0]), tf.constant([[0.0, 4.0]]), None])
    with tf.Session() as session:
        return [norm.name, static(norm), session.run(norm)]


@program()
def clip_by_global_norm(tf, slim):
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), None, tf.constant([[0.0, 4.0]])], 2.5)
    with tf.Session() as session:
        values = session.run([clipped[0], clipped[2], norm])
        return [type(clipped).__name__, clipped[1] is None, values]


@program()
def clip_by_global_norm_of_small_gradients(tf, slim):
    clipped, norm = tf.clip_by_global_norm([tf.constant([0.3]), tf.constant([0.4])], 2.5)
    with tf.Session() as session:
        return session.run([clipped, norm])


@program()
def clip_by_a_norm_that_is_known(tf, slim):
    clipped, norm = tf.clip_by_global_norm([tf.constant([3.0, 4.0])], 1.0, use_norm=tf.constant(10.0))
    with tf.Session() as session:
        return session.run([clipped, norm])


@program()
def clip_by_global_norm_of_infinite_gradients(tf, slim):
    clipped, norm = tf.clip_by_global_norm([tf.constant([float("inf"), 1.0])], 1.0)
    with tf.Session() as session:
        values, total = session.run([clipped[0], norm])
        return [np.isnan(values).tolist(), bool(np.isinf(total))]


@program()
def clip_by_global_norm_needs_a_list(tf, slim):
    return error(lambda: tf.clip_by_global_norm(tf.constant([1.0]), 1.0), "t_list should be a sequence")


@program()
def clipped_gradients_are_applied(tf, slim):
    v, w = tf.get_variable("v", initializer=3.0), tf.get_variable("w", initializer=4.0)
    loss = 0.5 * (v * v + w * w)
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    gradients, variables = zip(*optimizer.compute_gradients(loss))
    clipped, norm = tf.clip_by_global_norm(gradients, 1.0)
    step = optimizer.apply_gradients(zip(clipped, variables))
    with initialized(tf) as session:
        return [session.run([norm, step])[0], session.run([v, w])]


@program()
def clip_gradient_norms_of_slim(tf, slim):
    v, w = tf.get_variable("v", initializer=[3.0, 4.0]), tf.get_variable("w", initializer=1.0)
    pairs = [(tf.constant([3.0, 4.0]), v), (None, w)]
    clipped = slim.learning.clip_gradient_norms(pairs, 1.0)
    with initialized(tf) as session:
        return [session.run(clipped[0][0]), clipped[1][0] is None, [p[1].name for p in clipped]]


@program()
def multiply_gradients_of_slim(tf, slim):
    v, w = tf.get_variable("v", initializer=[3.0]), tf.get_variable("w", initializer=1.0)
    pairs = [(tf.constant([3.0]), v), (tf.constant(2.0), w)]
    by_name = slim.learning.multiply_gradients(pairs, {"v": 10.0})
    by_variable = slim.learning.multiply_gradients(pairs, {w: 5.0})
    with initialized(tf) as session:
        return session.run([[g for g, _ in by_name], [g for g, _ in by_variable]])


@program()
def multiply_gradients_without_a_gradient(tf, slim):
    v = tf.get_variable("v", initializer=[3.0])
    return [
        error(
            lambda: slim.learning.multiply_gradients([(None, v)], {"v": 2.0}),
            "Requested multiple of `None` gradient",
        ),
        error(lambda: slim.learning.multiply_gradients([], {"v": 2.0}))[0],
        error(
            lambda: slim.learning.multiply_gradients([(tf.constant([1.0]), v)], {}), "gradient_multipliers"
        )[0],
    ]
