"""Golden programs for random tensors: when values are drawn, and when they repeat. Facts are booleans."""

import numpy as np
from session_registry import initialized, program, static


def same(a, b):
    return bool(np.array_equal(a, b))


@program()
def one_value_within_a_run(tf, slim):
    x = tf.random_uniform([4])
    y = x * 1.0
    with tf.Session() as session:
        a, b, c = session.run([x, x, y])
        return [same(a, b), same(a, c), static(x)]


@program()
def a_new_value_at_every_run(tf, slim):
    made = [tf.random_uniform([8]), tf.random_normal([8]), tf.truncated_normal([8])]
    with tf.Session() as session:
        return [same(a, b) for a, b in zip(session.run(made), session.run(made))]


@program()
def two_tensors_are_independent(tf, slim):
    x, y = tf.random_normal([8]), tf.random_normal([8])
    with tf.Session() as session:
        return [same(*session.run([x, y])), x.name, y.name]


@program()
def operation_seed_repeats_between_sessions(tf, slim):
    x = tf.random_uniform([8], seed=3)
    facts = []
    with tf.Session() as session:
        first, second = session.run(x), session.run(x)
    with tf.Session() as session:
        facts = [same(first, session.run(x)), same(second, session.run(x)), same(first, second)]
    return facts


@program()
def graph_seed_repeats_between_sessions(tf, slim):
    tf.set_random_seed(5)
    x, y = tf.random_uniform([8]), tf.random_uniform([8])
    with tf.Session() as session:
        first = session.run([x, y])
    with tf.Session() as session:
        second = session.run([x, y])
    return [same(first[0], second[0]), same(first[1], second[1]), same(first[0], first[1])]


@program()
def graph_seed_repeats_between_graphs(tf, slim):
    values = []
    for _ in range(2):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(5)
            values.append(session.run([tf.random_normal([8]), tf.random_uniform([8])]))
    return [same(a, b) for a, b in zip(*values)]


@program()
def other_graph_seeds_give_other_values(tf, slim):
    values = []
    for seed in (1, 2):
        with tf.Graph().as_default(), tf.Session() as session:
            tf.set_random_seed(seed)
            values.append(session.run(tf.random_normal([8])))
    return same(*values)


@program()
def seeded_initializers_repeat(tf, slim):
    values = []
    for _ in range(2):
        with tf.Graph().as_default():
            tf.set_random_seed(7)
            slim.fully_connected(tf.zeros([1, 4]), 8)
            with initialized(tf) as session:
                values.append(session.run("fully_connected/weights:0"))
    return same(*values)


@program()
def running_the_initializer_again_draws_again(tf, slim):
    v = tf.get_variable("v", [8], initializer=tf.random_normal_initializer())
    with tf.Session() as session:
        session.run(v.initializer)
        first, again = session.run(v), session.run(v)
        session.run(v.initializer)
        return [same(first, again), same(first, session.run(v))]


@program()
def range_and_shape_of_random_values(tf, slim):
    n = tf.placeholder(tf.int32, [])
    x = tf.random_uniform([n, 3], 2.0, 3.0)
    i = tf.random_uniform([50], maxval=4, dtype=tf.int32)
    t = tf.truncated_normal([200], mean=1.0, stddev=0.5)
    with tf.Session() as session:
        a, b, c = session.run([x, i, t], {n: 5})
        inside = [
            bool(((a >= 2) & (a < 3)).all()),
            bool(((b >= 0) & (b < 4)).all()),
            bool((abs(c - 1) <= 1).all()),
        ]
        return [static(x), list(a.shape), a.dtype.name, b.dtype.name, inside]


@program()
def shuffling_keeps_the_rows(tf, slim):
    x = tf.constant(np.arange(12).reshape(6, 2))
    y = tf.random_shuffle(x)
    with tf.Session() as session:
        value = session.run(y)
        return [sorted(value.tolist()), static(y)]


@program()
def dropout_draws_at_every_run(tf, slim):
    x = tf.ones([64])
    y = slim.dropout(x, 0.5)
    with tf.Session() as session:
        first, second = session.run(y), session.run(y)
        return [same(first, second), sorted(set(first.tolist())), same(*session.run([y, y]))]


@program()
def gradient_sees_the_values_of_the_same_run(tf, slim):
    x = tf.constant([1.0, 2.0, 3.0, 4.0])
    noise = tf.random_normal([4])
    gradient = tf.gradients(tf.reduce_sum(x * noise), x)[0]
    kept = slim.dropout(x, 0.5)
    mask = tf.gradients(kept, x)[0]
    with tf.Session() as session:
        n, g, k, m = session.run([noise, gradient, kept, mask])
        return [same(n, g), bool(np.allclose(k, m * np.array([1.0, 2.0, 3.0, 4.0])))]
