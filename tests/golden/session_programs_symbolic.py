"""Golden programs for symbolic tensors: dtypes, names, op types, operators, slicing, what has no value.

Static shapes are in `session_programs_shapes.py`.
"""

import numpy as np
from program_registry import dtype_name
from session_registry import error, kind, program, static


@program()
def placeholder_describes_itself(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    return [x.name, x.op.name, x.op.type, dtype_name(x.dtype), static(x), x.get_shape().ndims]


@program()
def placeholder_names_count_up(tf, slim):
    made = [tf.placeholder(tf.float32) for _ in range(3)] + [tf.placeholder(tf.int32, name="p")]
    made.append(tf.placeholder(tf.bool, name="p"))
    return [x.name for x in made]


@program()
def dtypes_of_constants(tf, slim):
    made = [
        tf.constant(value)
        for value in (1, 1.5, True, [1, 2], [1.0], np.arange(2), np.zeros(2), np.float32(1))
    ]
    made += [tf.constant(1, tf.float32), tf.constant(np.zeros(2), dtype="float32"), tf.constant(2, tf.int64)]
    return [dtype_name(x.dtype) for x in made]


@program()
def names_and_types_of_constants(tf, slim):
    made = [tf.constant(1), tf.constant(2, name="two"), tf.constant([3], name="two")]
    return [[x.name, x.op.type, static(x)] for x in made]


@program()
def constant_fills_a_shape(tf, slim):
    with tf.Session() as session:
        return session.run([tf.constant(7, shape=[2, 2]), tf.constant([1, 2, 3, 4], shape=[2, 2])])


@program()
def arithmetic_operators(tf, slim):
    x, y = tf.constant([1.0, -2.0, 3.0]), tf.constant([2.0, 4.0, -0.5])
    results = [x + y, x - y, x * y, x / y, x // y, x % y, x**2.0, -x, abs(x)]
    with tf.Session() as session:
        return [[r.op.name, r.op.type] for r in results] + session.run(results)


@program()
def integer_operators(tf, slim):
    x, y = tf.constant([7, -7, 8]), tf.constant([2, 2, -3])
    results = [x + y, x // y, x % y, x / y, x * 3, 10 - x]
    with tf.Session() as session:
        return [dtype_name(r.dtype) for r in results] + session.run(results)


@program()
def comparison_operators(tf, slim):
    x, y = tf.constant([1.0, 2.0, 3.0]), tf.constant([2.0, 2.0, 2.0])
    results = [x < y, x <= y, x > y, x >= y, tf.equal(x, y), tf.not_equal(x, y)]
    with tf.Session() as session:
        return [[r.op.type, dtype_name(r.dtype)] for r in results] + session.run(results)


@program()
def logical_operators(tf, slim):
    a, b = tf.constant([True, True, False]), tf.constant([True, False, False])
    results = [a & b, a | b, a ^ b, ~a]
    with tf.Session() as session:
        return [r.op.type for r in results] + session.run(results)


@program()
def python_numbers_on_the_left(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    results = [1 + x, 3 - x, 2 * x, 1 / x, 2.0**x, 7 // x, 5 % x]
    with tf.Session() as session:
        return [[r.op.name, r.op.type] for r in results] + session.run(results, {x: [2.0, 4.0]})


@program()
def numpy_values_on_the_left(tf, slim):
    x = tf.placeholder(tf.float32, [2], name="x")
    results = [
        np.float32(3) * x,
        np.array([1.0, 2.0], np.float32) + x,
        np.array([1.0, 2.0], np.float32) - x,
        np.float32(1) / x,
    ]
    with tf.Session() as session:
        return [[r.op.type, static(r)] for r in results] + session.run(results, {x: [2.0, 4.0]})


@program()
def equality_is_identity(tf, slim):
    x, y = tf.constant(1.0), tf.constant(1.0)
    return [x == y, x == x, x != y, x in [x], len({x, y, x}), x is tf.convert_to_tensor(x)]


@program()
def tensors_are_keys_of_dictionaries(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    table = {x: 1.0, y: 2.0}
    with tf.Session() as session:
        return [table[y], session.run([x, y], table)]


@program()
def mixed_dtypes_are_refused(tf, slim):
    x, i = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [2])
    return [
        error(lambda: x + i, "float32", "int32"),
        error(lambda: tf.constant(1) + 0.5, "int32")[:1],
        error(lambda: tf.matmul(tf.zeros([1, 1]), tf.zeros([1, 1], tf.int32)), "float32", "int32"),
    ]


@program()
def slicing(tf, slim):
    x = tf.constant(np.arange(24).reshape(2, 3, 4))
    parts = [x[0], x[:, 1], x[..., -1], x[:, 1:, ::2], x[:, tf.newaxis, 0], x[1, 2, 3], x[-1:], x[:, ::-1, 0]]
    with tf.Session() as session:
        return [
            [static(p) for p in parts],
            [p.op.name for p in parts[:3]],
            parts[0].op.type,
            session.run(parts),
        ]


@program()
def slicing_with_tensors_as_bounds(tf, slim):
    x, n = tf.constant([1, 2, 3, 4, 5]), tf.placeholder(tf.int32, [], name="n")
    parts = [x[n], x[:n], x[n:], x[n - 1 : n + 1]]
    with tf.Session() as session:
        return [[static(p) for p in parts], session.run(parts, {n: 2})]


@program()
def slicing_unknown_dimensions(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, 3])
    parts = [x[0], x[:, 0], x[..., 0], x[:, 1:], x[..., :2], x[:1]]
    with tf.Session() as session:
        return [[static(p) for p in parts], session.run(parts[2:5], {x: np.arange(12).reshape(2, 2, 3)})]


@program(words=("bool",))
def tensor_as_a_condition(tf, slim):
    if tf.placeholder(tf.float32, []) > 0:
        return "taken"


@program()
def tensors_have_no_value_outside_a_session(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    return [error(lambda f=f: f(x))[0] for f in (bool, int, float)] + [error(lambda: not x)[0]]


@program()
def iterating_over_a_tensor(tf, slim):
    return error(lambda: list(tf.constant([1.0, 2.0])))[0]


@program()
def unstacking_instead_of_iterating(tf, slim):
    a, b = tf.unstack(tf.constant([[1.0, 2.0], [3.0, 4.0]]))
    c, d = tf.unstack(tf.placeholder(tf.float32, [None, 2]), axis=1)
    with tf.Session() as session:
        return [a.name, b.name, a.op.type, static(c), d.name, session.run([a, b])]


@program()
def unstacking_an_unknown_dimension(tf, slim):
    return error(lambda: tf.unstack(tf.placeholder(tf.float32, [None, 2])), "Cannot infer num from shape")


@program()
def eval_in_a_session(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = x * 2.0
    with tf.Session() as session:
        first = y.eval({x: [1.0, 2.0]})
        second = y.eval(feed_dict={x: [3.0, 4.0]}, session=session)
    outside = error(
        lambda: y.eval({x: [1.0, 2.0]}), "Cannot evaluate tensor using `eval()`", "No default session"
    )
    return [first, second, kind(first), outside]


@program()
def shape_size_and_rank_as_tensors(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3, None])
    made = [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x, out_type=tf.int64), tf.shape(x)[0]]
    with tf.Session() as session:
        values = session.run(made, {x: np.zeros((2, 3, 4))})
        return [[static(m), dtype_name(m.dtype)] for m in made] + [m.op.type for m in made[:3]] + values


@program()
def shape_of_unknown_rank_as_tensors(tf, slim):
    x = tf.placeholder(tf.float32)
    made = [tf.shape(x), tf.size(x), tf.rank(x)]
    with tf.Session() as session:
        return [[static(m) for m in made]] + [session.run(made, {x: value}) for value in (1.0, [[1.0, 2.0]])]


@program()
def sizes_in_arithmetic(tf, slim):
    x = tf.placeholder(tf.float32, [None, None], name="x")
    height, width = tf.shape(x)[0], tf.shape(x)[1]
    flat = tf.reshape(x, [height * width])
    padded = tf.reshape(x, tf.stack([1, height, width, 1]))
    half = tf.to_float(height) / 2.0
    with tf.Session() as session:
        return [static(flat), static(padded), session.run([flat, padded, half], {x: [[1.0, 2.0, 3.0]]})]


@program()
def tensors_are_packed_into_lists(tf, slim):
    x = tf.placeholder(tf.int32, [])
    packed = tf.convert_to_tensor([x, 2, x + 1])
    with tf.Session() as session:
        return [static(packed), packed.op.type, session.run(packed, {x: 5})]


@program()
def inputs_and_graph_of_an_op(tf, slim):
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [], name="y")
    z = tf.add(x, y, name="z")
    graph = tf.get_default_graph()
    return [
        [i.name for i in z.op.inputs],
        [o.name for o in z.op.outputs],
        z.graph is graph,
        z.op.graph is graph,
        [c.name for c in x.consumers()],
        z.op.outputs[0] is z,
        z.op is graph.get_operation_by_name("z"),
    ]


@program()
def op_types_of_common_functions(tf, slim):
    x = tf.placeholder(tf.float32, [None, 4])
    made = [
        tf.identity(x),
        tf.nn.relu(x),
        tf.nn.softmax(x),
        tf.reduce_mean(x, axis=1),
        tf.reduce_sum(x),
        tf.square(x),
        tf.reshape(x, [-1]),
        tf.concat([x, x], 1),
        tf.stack([x, x]),
        tf.transpose(x),
        tf.matmul(x, tf.ones([4, 2])),
        tf.cast(x, tf.int32),
        tf.stop_gradient(x),
        tf.expand_dims(x, 0),
        tf.squeeze(tf.reshape(x, [1, -1])),
        tf.argmax(x, 1),
        tf.zeros_like(x),
        tf.maximum(x, 0.0),
        tf.sigmoid(x),
        tf.tanh(x),
    ]
    return [[m.op.name, m.op.type, static(m)] for m in made]


@program()
def representation_tells_name_shape_and_dtype(tf, slim):
    text = str(tf.placeholder(tf.float32, [None, 3], name="x"))
    return [word in text for word in ("x:0", "3", "float32")]
