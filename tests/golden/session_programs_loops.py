"""Golden programs for loops inside a graph: while_loop, map_fn, scan, foldl, foldr."""

import numpy as np
from session_registry import error, initialized, program, static


@program()
def while_loop_counts(tf, slim):
    limit = tf.placeholder(tf.int32, [])
    i = tf.while_loop(lambda i: i < limit, lambda i: i + 1, [tf.constant(0)])
    with tf.Session() as session:
        return [static(i), session.run(i, {limit: 5}), session.run(i, {limit: -1})]


@program()
def while_loop_of_several_variables(tf, slim):
    n = tf.placeholder(tf.int32, [])
    result = tf.while_loop(
        lambda i, a, b: i < n,
        lambda i, a, b: (i + 1, b, a + b),
        (tf.constant(0), tf.constant(0), tf.constant(1)),
    )
    with tf.Session() as session:
        return [type(result).__name__, session.run(result, {n: 10}), session.run(result[1], {n: 7})]


@program()
def while_loop_with_nested_variables(tf, slim):
    start = (tf.constant(0), (tf.constant(1.0), tf.constant([0.0, 5.0])))
    i, (a, b) = tf.while_loop(
        lambda i, pair: i < 3, lambda i, pair: (i + 1, (pair[0] * 2.0, pair[1] + [1.0, 1.0])), start
    )
    with tf.Session() as session:
        return session.run([i, a, b])


@program()
def while_loop_of_a_growing_tensor(tf, slim):
    i = tf.constant(0)
    x = tf.zeros([1, 2])
    _, y = tf.while_loop(
        lambda i, x: i < 3,
        lambda i, x: (i + 1, tf.concat([x, tf.fill([1, 2], tf.to_float(i))], 0)),
        [i, x],
        shape_invariants=[i.get_shape(), tf.TensorShape([None, 2])],
    )
    with tf.Session() as session:
        return [static(y), session.run(y)]


@program()
def while_loop_whose_shape_changes(tf, slim):
    def build():
        return tf.while_loop(lambda x: tf.size(x) < 9, lambda x: tf.concat([x, x], 0), [tf.zeros([2])])

    return error(build)[0]


@program()
def while_loop_with_a_largest_number_of_iterations(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = tf.while_loop(lambda v: v < 1000.0, lambda v: v * 2.0, [x], maximum_iterations=4)
    with tf.Session() as session:
        return [session.run(y, {x: 1.0}), session.run(y, {x: 600.0})]


@program()
def while_loop_with_side_effects(tf, slim):
    count = tf.get_variable("count", initializer=0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(count, 2)]):
            return i + 1

    loop = tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])
    with initialized(tf) as session:
        return [session.run(loop), session.run(count)]


@program()
def while_loop_reads_tensors_from_outside(tf, slim):
    w, x = tf.get_variable("w", initializer=3.0), tf.placeholder(tf.float32, [])
    _, y = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a * w + x), [0, 1.0])
    with initialized(tf) as session:
        return session.run(y, {x: 0.5})


@program()
def gradient_through_while_loop(tf, slim):
    x, n = tf.placeholder(tf.float32, []), tf.placeholder(tf.int32, [])
    _, y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, 1.0])
    gradient = tf.gradients(y, x)[0]
    with tf.Session() as session:
        return [session.run([y, gradient], {x: 2.0, n: k}) for k in (1, 3, 4)]


@program()
def gradient_through_while_loop_to_a_variable(tf, slim):
    w = tf.get_variable("w", initializer=[[1.0, 2.0], [0.0, 1.0]])
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.matmul(a, w)), [0, tf.ones([1, 2])])
    with initialized(tf) as session:
        return session.run([y, tf.gradients(tf.reduce_sum(y), w)[0]])


@program()
def while_loop_structure_must_stay(tf, slim):
    return error(lambda: tf.while_loop(lambda i: i < 2, lambda i: (i + 1, i), [tf.constant(0)]))[0]


@program()
def while_loop_dtype_must_stay(tf, slim):
    loop = tf.while_loop(lambda i: i < 2, lambda i: tf.to_float(i) + 1.0, [tf.constant(0)])
    with tf.Session() as session:
        return error(lambda: session.run(loop))[0]


@program()
def while_loop_needs_functions(tf, slim):
    return [
        error(lambda: tf.while_loop(True, lambda i: i, [0]), "cond must be callable"),
        error(lambda: tf.while_loop(lambda i: i < 1, 3, [0]), "body must be callable"),
        error(lambda: tf.while_loop(lambda: True, lambda: (), []), "No loop variables provided"),
    ]


@program()
def tensor_array_in_a_loop(tf, slim):
    n = tf.placeholder(tf.int32, [])
    array = tf.TensorArray(tf.float32, size=n)
    _, array = tf.while_loop(
        lambda i, a: i < n, lambda i, a: (i + 1, a.write(i, tf.to_float(i) * [1.0, 10.0])), [0, array]
    )
    with tf.Session() as session:
        return session.run(array.stack(), {n: 3})


@program()
def map_over_rows(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.map_fn(lambda row: row * row[0], x)
    with tf.Session() as session:
        return [static(y), session.run(y, {x: [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]})]


@program()
def map_to_another_dtype(tf, slim):
    x = tf.constant([[1.0, 5.0, 2.0], [7.0, 1.0, 0.0]])
    y = tf.map_fn(lambda row: tf.argmax(row), x, dtype=tf.int64)
    with tf.Session() as session:
        return [static(y), session.run(y)]


@program()
def map_over_several_tensors(tf, slim):
    x, y = tf.constant([1.0, 2.0, 3.0]), tf.constant([10.0, 20.0, 30.0])
    total = tf.map_fn(lambda pair: pair[0] + pair[1], (x, y), dtype=tf.float32)
    both = tf.map_fn(lambda pair: (pair[1], pair[0] * 2.0), (x, y))
    with tf.Session() as session:
        return [session.run(total), session.run(both)]


@program()
def map_of_a_wrong_dtype(tf, slim):
    y = tf.map_fn(lambda row: tf.argmax(row), tf.zeros([2, 3]))
    with tf.Session() as session:
        return error(lambda: session.run(y))[0]


@program()
def gradient_through_map(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    y = tf.map_fn(lambda e: e * e * e, x)
    with tf.Session() as session:
        return session.run(tf.gradients(y, x)[0], {x: [1.0, 2.0, 3.0]})


@program()
def map_with_side_effects(tf, slim):
    calls = []

    def note(value):
        calls.append(float(value))
        return np.float32(value * 2)

    x = tf.placeholder(tf.float32, [None])
    y = tf.map_fn(lambda e: tf.py_func(note, [e], tf.float32), x, parallel_iterations=1)
    with tf.Session() as session:
        return [session.run(y, {x: [3.0, 1.0, 2.0]}), calls]


@program()
def scan_keeps_every_step(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    y = tf.scan(lambda total, e: total + e, x)
    z = tf.scan(lambda total, e: total * 2.0 + e, x, initializer=1.0)
    with tf.Session() as session:
        return [static(y), session.run([y, z], {x: [1.0, 2.0, 3.0, 4.0]})]


@program()
def scan_of_a_recurrent_state(tf, slim):
    x = tf.constant([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    w = tf.get_variable("w", initializer=[[0.5, 0.0], [0.25, 1.0]])
    states = tf.scan(
        lambda h, e: tf.tanh(tf.matmul(h, w) + e), tf.expand_dims(x, 1), initializer=tf.zeros([1, 2])
    )
    with initialized(tf) as session:
        return session.run([states, tf.gradients(tf.reduce_sum(states), w)[0]])


@program()
def scan_in_reverse(tf, slim):
    y = tf.scan(lambda total, e: total + e, tf.constant([1, 2, 3]), reverse=True)
    with tf.Session() as session:
        return session.run(y)


@program()
def scan_with_a_structured_state(tf, slim):
    y = tf.scan(
        lambda state, e: (state[0] + e, state[1] * e), tf.constant([1.0, 2.0, 3.0]), initializer=(0.0, 1.0)
    )
    with tf.Session() as session:
        return session.run(y)


@program()
def folds(tf, slim):
    x = tf.constant([1.0, 2.0, 3.0])
    results = [
        tf.foldl(lambda a, e: a - e, x),
        tf.foldr(lambda a, e: a - e, x),
        tf.foldl(lambda a, e: a * 10.0 + e, x, initializer=0.0),
        tf.foldr(lambda a, e: a * 10.0 + e, x, initializer=0.0),
    ]
    with tf.Session() as session:
        return [[static(r) for r in results], session.run(results)]


@program()
def loop_with_a_cond_inside(tf, slim):
    n = tf.placeholder(tf.int32, [])

    def body(i, total):
        even = tf.equal(i % 2, 0)
        return i + 1, tf.cond(even, lambda: total + i, lambda: total * 2)

    _, total = tf.while_loop(lambda i, total: i < n, body, [0, 0])
    with tf.Session() as session:
        return [session.run(total, {n: k}) for k in (1, 4, 7)]


@program()
def loops_inside_loops(tf, slim):
    def outer(i, total):
        _, inner = tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + j), [0, 0])
        return i + 1, total + inner

    _, total = tf.while_loop(lambda i, total: i < 5, outer, [0, 0])
    with tf.Session() as session:
        return session.run(total)
