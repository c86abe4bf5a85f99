"""Programs about writing parts of variables."""

# `outcome` calls its function at once.
# ruff: noqa: B023

from tf_misc_tools import outcome, program

ROWS = ("update", "add", "sub", "mul", "div", "min", "max")


def variable(tf, value=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)), name="v"):
    return tf.get_variable(name, initializer=tf.constant(value))


@program
def rows(tf):
    facts = []
    for name in ROWS:
        scatter = getattr(tf, "scatter_" + name)
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [2, 0], [[9.0, 1.0], [7.0, 8.0]])))
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [1, 1], [[9.0, 1.0], [7.0, 8.0]])))
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [1, 0], 3.0)))
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), 1, [9.0, 1.0], name="mine")))
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [[1, 0]], [[[9.0, 1.0], [1.0, 1.0]]])))
    facts.append(outcome(tf, lambda feed: tf.scatter_div(variable(tf, [7, -7, 9]), [0, 1, 2], [2, 2, -2])))
    return facts


@program
def fed_indices(tf):
    def build(feed):
        at, new = feed.of([2, 0], [None], "int64"), feed.of([[1.0, 1.0], [2.0, 2.0]], [None, 2], name="q")
        return tf.scatter_sub(variable(tf), at, new)

    return outcome(tf, build)


@program
def rows_that_do_not_fit(tf):
    return [
        outcome(
            tf,
            lambda feed: tf.scatter_add(variable(tf), [5], [[9.0, 1.0]]),
            "indices[0] = 5 is not in [0, 3)",
        ),
        outcome(
            tf,
            lambda feed: tf.scatter_update(variable(tf), [0, 5], [[9.0, 1.0]] * 2),
            "indices[1] = 5 is not in",
        ),
        outcome(
            tf,
            lambda feed: tf.scatter_add(variable(tf), [-1], [[9.0, 1.0]]),
            "indices[0] = -1 is not in [0, 3)",
        ),
        outcome(tf, lambda feed: tf.scatter_add(variable(tf), [1], [9.0, 1.0, 3.0]), "Shapes must be equal"),
        outcome(tf, lambda feed: tf.scatter_add(variable(tf), [1, 2], [[9.0, 1.0]])),
        outcome(
            tf,
            lambda feed: tf.scatter_add(variable(tf), [1], tf.constant([[9, 1]])),
            "'updates'",
            "int32",
            "float32",
        ),
        outcome(
            tf,
            lambda feed: tf.scatter_add(variable(tf), [1.0], [[9.0, 1.0]]),
            "'indices' has DataType float32",
        ),
        outcome(tf, lambda feed: tf.scatter_add(tf.constant([[1.0, 2.0]]), [0], [[9.0, 1.0]])),
        outcome(
            tf,
            lambda feed: tf.scatter_nd_add(variable(tf), [[7]], [[9.0, 1.0]]),
            "indices[0] = [7] does not index into shape [3,2]",
        ),
        outcome(tf, lambda feed: tf.scatter_nd_add(variable(tf), [[1]], [9.0, 1.0, 3.0])),
    ]


@program
def elements(tf):
    facts = []
    for name in ("update", "add", "sub"):
        scatter = getattr(tf, "scatter_nd_" + name)
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [[2], [0]], [[9.0, 1.0], [7.0, 8.0]])))
        facts.append(outcome(tf, lambda feed: scatter(variable(tf), [[2, 1], [0, 0]], [9.0, 1.0])))
        facts.append(
            outcome(tf, lambda feed: scatter(variable(tf), [[2, 1], [0, 0], [0, 0]], [9.0, 1.0, 2.0]))
        )
        facts.append(
            outcome(tf, lambda feed: scatter(variable(tf), [[[2]], [[0]]], [[[9.0, 1.0]], [[7.0, 8.0]]]))
        )
    facts.append(
        outcome(
            tf, lambda feed: tf.batch_scatter_update(variable(tf), [[1], [0], [1]], [[9.0], [1.0], [1.0]])
        )
    )
    return facts


@program
def methods(tf):
    def slices():
        return tf.IndexedSlices(tf.constant([[9.0, 1.0]]), tf.constant([1]))

    facts = []
    for name in ROWS:
        facts.append(
            outcome(tf, lambda feed: getattr(variable(tf), "scatter_" + name)(slices(), name="mine"))
        )
    for name in ("update", "add", "sub"):
        facts.append(
            outcome(tf, lambda feed: getattr(variable(tf), "scatter_nd_" + name)([[1]], [[9.0, 1.0]]))
        )
    facts.append(
        outcome(tf, lambda feed: variable(tf).scatter_add([[1.0, 2.0]]), "sparse_delta is not IndexedSlices")
    )
    return facts


@program
def scattering_after_an_assignment(tf):
    def build(feed):
        v = variable(tf)
        return tf.scatter_add(tf.scatter_update(v, [0], [[0.0, 0.0]]), [0], [[1.0, 2.0]])

    return outcome(tf, build)


@program
def the_variable_keeps_what_is_written(tf):
    v = variable(tf)
    add = tf.scatter_add(v, [0], [[1.0, 1.0]])
    with tf.Session() as session:
        try:
            session.run(add)
            early = "nothing"
        except tf.errors.FailedPreconditionError:
            early = "FailedPreconditionError"
        session.run(tf.global_variables_initializer())
        session.run(add)
        return [early, session.run(add + 1.0), session.run(v)]


@program
def counting(tf):
    facts = [
        outcome(tf, lambda feed: tf.count_up_to(variable(tf, 0), 2)),
        outcome(tf, lambda feed: tf.count_up_to(variable(tf, 2), 2), "Reached limit of 2"),
        outcome(tf, lambda feed: variable(tf, 1).count_up_to(2)),
        outcome(tf, lambda feed: tf.count_up_to(variable(tf, 2.0), 2)),
        outcome(tf, lambda feed: tf.count_up_to(variable(tf, [0, 1]), 2)),
    ]
    v = variable(tf, 0)
    step = v.count_up_to(2)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        counted = [session.run(step), session.run(step)]
        try:
            session.run(step)
        except tf.errors.OutOfRangeError:
            counted.append(session.run(v))
    return facts + counted


@program
def initialization_is_asserted(tf):
    facts = [
        outcome(tf, lambda feed: tf.assert_variables_initialized([variable(tf)])),
        outcome(tf, lambda feed: tf.assert_variables_initialized([variable(tf), variable(tf, 1.0, "w")])),
    ]
    facts.append(tf.assert_variables_initialized())
    check = tf.assert_variables_initialized([variable(tf)])
    with tf.Session() as session:
        try:
            session.run(check)
        except tf.errors.FailedPreconditionError:
            facts.append("FailedPreconditionError")
    return facts


@program
def slices_as_tensors(tf):
    def slices(*shape):
        values = tf.constant([[1.0, 2.0], [2.0, 3.0]], name="a")
        return tf.IndexedSlices(values, tf.constant([1, 1]), *map(tf.constant, shape))

    made = slices([3, 2])
    with tf.Session() as session:
        value, short = session.run([made, slices()])
    return [
        [type(value).__name__, value.values, value.indices, value.dense_shape, short.dense_shape],
        [made.name, made.op.name, made.values.name, made.indices.name, made.dense_shape.name],
        slices().dense_shape,
        outcome(tf, lambda feed: tf.convert_to_tensor(slices([3, 2]))),
        outcome(tf, lambda feed: tf.convert_to_tensor(slices()), "without dense_shape"),
    ]
