"""Golden programs for feeds: what may be fed, checks of shape and dtype, conversions."""

import numpy as np
from program_registry import dtype_name
from session_registry import error, initialized, kind, program


@program()
def python_values(tf, slim):
    x = tf.placeholder(tf.float32)
    with tf.Session() as session:
        return [session.run(x, {x: value}) for value in (1, 2.5, True, [1, 2], [[1.0], [2.0]], (3, 4))]


@program()
def numpy_dtypes_become_the_placeholders(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as session:
        kinds = [
            kind(session.run(x, {x: np.array([1, 2], dtype)}))
            for dtype in ("float64", "int32", "int64", "uint8")
        ]
        return kinds + [kind(session.run(x, {x: np.array([True, False])}))]


@program()
def conversions_to_integers_and_bools(tf, slim):
    x = tf.placeholder(tf.int32, [])
    b = tf.placeholder(tf.bool, [])
    with tf.Session() as session:
        return [
            session.run(x, {x: 1.5}),
            session.run(x, {x: np.int64(7)}),
            session.run(x, {x: np.float32(2.0)}),
            session.run(x, {x: True}),
            session.run(b, {b: 1}),
        ]


@program()
def float_arrays_for_an_integer_placeholder(tf, slim):
    x = tf.placeholder(tf.int32, [None])
    with tf.Session() as session:
        return session.run(x, {x: np.array([1.9, -1.9])})


@program()
def python_integer_that_does_not_fit(tf, slim):
    x = tf.placeholder(tf.int32, [])
    with tf.Session() as session:
        return error(lambda: session.run(x, {x: 2**40}))[0]


@program(words=("Cannot feed value of shape (3,)", "'x:0'", "(2,)"))
def wrong_shape(tf, slim):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.Session() as session:
        session.run(x, {x: np.zeros(3)})


@program(words=("Cannot feed value of shape (2,)", "'x:0'", "(?, 2)"))
def wrong_rank(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    with tf.Session() as session:
        session.run(x, {x: [1.0, 2.0]})


@program()
def unknown_dimensions_take_any_size(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    total = tf.reduce_sum(x)
    with tf.Session() as session:
        return [session.run(total, {x: np.ones((n, 2))}) for n in (1, 5, 0)]


@program()
def scalars_and_arrays_of_one(tf, slim):
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [1], name="y")
    with tf.Session() as session:
        return [
            session.run(x, {x: np.array(2.0)}),
            error(lambda: session.run(x, {x: [2.0]}), "Cannot feed value of shape (1,)", "'x:0'", "()"),
            error(lambda: session.run(y, {y: 2.0}), "Cannot feed value of shape ()", "(1,)"),
        ]


@program()
def placeholder_that_is_not_fed(tf, slim):
    x, y = tf.placeholder(tf.float32, [2, None], name="x"), tf.placeholder(tf.int64, name="y")
    with tf.Session() as session:
        return [
            error(
                lambda: session.run(x + 1.0),
                "You must feed a value for placeholder tensor 'x'",
                "dtype float",
            ),
            error(
                lambda: session.run(y * 2), "You must feed a value for placeholder tensor 'y'", "dtype int64"
            ),
        ]


@program()
def placeholder_that_is_not_needed(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    z = x * 2.0
    with tf.Session() as session:
        return [session.run(z, {x: 1.0}), session.run(z, {x: 1.0, y: 5.0})]


@program()
def placeholder_with_default(tf, slim):
    x = tf.placeholder_with_default([1.0, 2.0], [None], name="x")
    y = x * 2.0
    with tf.Session() as session:
        return [
            x.name,
            x.op.type,
            x.get_shape().as_list(),
            dtype_name(x.dtype),
            session.run(y),
            session.run(y, {x: [5.0, 6.0, 7.0]}),
            error(lambda: session.run(y, {x: 5.0}), "Cannot feed value of shape ()"),
        ]


@program()
def placeholder_with_a_default_from_a_tensor(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = tf.placeholder_with_default(x * 2.0, [])
    with tf.Session() as session:
        return [session.run(y, {x: 3.0}), session.run(y, {y: 1.0})]


@program()
def is_training_with_a_default(tf, slim):
    training = tf.placeholder_with_default(False, shape=(), name="training")
    y = tf.cond(training, lambda: tf.constant(1.0), lambda: tf.constant(2.0))
    with tf.Session() as session:
        return [session.run(y), session.run(y, {training: True}), session.run(y, {"training:0": 1})]


@program()
def intermediate_tensors(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    y = x * 2.0
    z = y + 1.0
    with tf.Session() as session:
        return [session.run(z, {x: 1.0}), session.run(z, {y: 10.0}), session.run([y, z], {x: 1.0, y: 10.0})]


@program()
def feeding_skips_what_the_tensor_needs(tf, slim):
    counter = tf.get_variable("counter", initializer=0.0)
    step = tf.assign_add(counter, 1.0)
    doubled = tf.identity(step) * 2.0
    with initialized(tf) as session:
        return [
            session.run(doubled, {step: 10.0}),
            session.run(counter),
            session.run(doubled),
            session.run(counter),
        ]


@program()
def constants_can_be_fed(tf, slim):
    c = tf.constant([1.0, 2.0], name="c")
    y = c * 2.0
    with tf.Session() as session:
        wrong = error(lambda: session.run(y, {c: [1.0]}), "Cannot feed value of shape (1,)", "c:0")
        return [session.run(y, {c: [5.0, 6.0]}), session.run(y), session.run(y, {"c:0": [0.0, 1.0]}), wrong]


@program()
def variables_can_be_fed(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    y = v * 2.0
    with initialized(tf) as session:
        return [session.run(y, {v: [5.0, 6.0]}), session.run(y), session.run(v)]


@program()
def names_as_keys(tf, slim):
    x = tf.placeholder(tf.float32, [], name="scope/x")
    with tf.Session() as session:
        return [
            session.run(x * 2.0, {"scope/x:0": 3.0}),
            error(
                lambda: session.run(x, {"nothing:0": 3.0}),
                "Cannot interpret feed_dict key as Tensor",
                "nothing",
            ),
            error(lambda: session.run(x, {"scope/x": 3.0}), "Cannot interpret feed_dict key as Tensor"),
        ]


@program()
def what_cannot_be_a_key(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.Session() as session:
        return [
            error(lambda: session.run(x, {3: 1.0}), "Cannot interpret feed_dict key as Tensor"),
            error(lambda: session.run(x, {tf.no_op(): 1.0}), "Cannot interpret feed_dict key as Tensor"),
            error(lambda: session.run(x, [1.0]))[0],
        ]


@program()
def tensors_cannot_be_values(tf, slim):
    x = tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        return error(
            lambda: session.run(x, {x: tf.constant(1.0)}), "value of a feed cannot be a tf.Tensor object"
        )


@program()
def tensor_of_another_graph_as_a_key(tf, slim):
    x = tf.placeholder(tf.float32, [])
    with tf.Graph().as_default():
        other = tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        return error(
            lambda: session.run(x, {other: 1.0}), "Cannot interpret feed_dict key as Tensor", "not an element"
        )


@program()
def tuples_of_tensors_as_keys(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        short = error(lambda: session.run(x, {(x, y): (1.0,)}), "Could not flatten dictionary")
        return [session.run([x * 2.0, y], {(x, y): (1.0, 2.0)}), short]


@program()
def unfeedable_tensors(tf, slim):
    x = tf.constant(1.0)
    graph = tf.get_default_graph()
    before = graph.is_feedable(x)
    graph.prevent_feeding(x)
    with tf.Session() as session:
        refused = error(lambda: session.run(x, {x: 2.0}), "may not be fed")
        return [before, graph.is_feedable(x), refused, session.run(x)]


@program()
def unfetchable_tensors(tf, slim):
    x = tf.constant(1.0)
    y = x + 1.0
    graph = tf.get_default_graph()
    graph.prevent_fetching(x.op)
    with tf.Session() as session:
        refused = error(lambda: session.run(x), "marked as not fetchable")
        return [graph.is_fetchable(x), graph.is_fetchable(y), refused, session.run(y)]


@program()
def ragged_lists(tf, slim):
    x = tf.placeholder(tf.float32, [None, None])
    with tf.Session() as session:
        return error(lambda: session.run(x, {x: [[1.0, 2.0], [3.0]]}))[0]


@program()
def arrays_are_not_changed(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    value = np.array([1.0, 2.0], np.float32)
    with tf.Session() as session:
        results = session.run([x * 3.0, tf.nn.relu(x), -x], {x: value})
        return [value, results]


@program()
def feeds_last_for_one_run(tf, slim):
    x = tf.placeholder(tf.float32, [], name="x")
    y = x + 1.0
    with tf.Session() as session:
        return [session.run(y, {x: 1.0}), error(lambda: session.run(y), "You must feed a value")]


@program()
def strings_can_be_fed(tf, slim):
    x = tf.placeholder(tf.string, [None])
    with tf.Session() as session:
        value = session.run(tf.identity(x), {x: ["a", "bc"]})
        return [kind(value), [item.decode() for item in value]]


@program()
def same_feed_for_a_tensor_and_its_name(tf, slim):
    x = tf.placeholder(tf.float32, [2, 2], name="x")
    y = tf.matmul(x, x)
    value = np.array([[1, 2], [3, 4]])
    with tf.Session() as session:
        return [np.array_equal(session.run(y, {x: value}), session.run("MatMul:0", {"x:0": value}))]
