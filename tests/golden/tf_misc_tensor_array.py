"""Programs about TensorArray."""

from tf_misc_tools import outcome, program


def array(tf, size=3, **kwargs):
    return tf.TensorArray(tf.float32, size, **kwargs)


ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


@program
def writing_and_reading(tf):
    def one(use, *words, **kwargs):
        return outcome(tf, lambda feed: use(array(tf, **kwargs)), *words)

    return [
        one(lambda a: a.write(0, 1.0).write(1, 2.0).write(2, 3.0).stack()),
        one(lambda a: a.write(0, [1.0, 2.0]).read(0)),
        one(lambda a: a.write(0, 1.0, name="mine").read(0, name="read")),
        one(lambda a: a.write(0, 1).read(0)),
        one(lambda a: a.write(0, 1.0).stack()),
        one(lambda a: a.write(0, 1.0).stack(), element_shape=[]),
        one(lambda a: a.write(0, 1.0).read(1)),
        one(
            lambda a: a.write(7, 1.0).read(1),
            "Tried to write to index 7 but array is not resizeable and size is: 3",
        ),
        one(lambda a: a.write(0, 1.0).read(9), "Tried to read from index 9 but array size is: 3"),
        one(
            lambda a: a.write(0, 1.0).write(0, 2.0).read(0),
            "Could not write to TensorArray index 0 because it has already been written to.",
        ),
        one(lambda a: a.write(0, tf.constant(1)).stack()),
        one(lambda a: a.write(0, 1.0).write(5, 2.0).stack(), size=1, dynamic_size=True, element_shape=[]),
        one(lambda a: a.write(0, 1.0).write(5, 2.0).size(), size=1, dynamic_size=True),
        one(lambda a: a.size()),
        one(lambda a: a.write(0, 1.0).identity().read(0)),
        one(lambda a: a.stack(), "size zero", size=0),
        one(lambda a: a.stack(), size=0, element_shape=[2]),
        outcome(tf, lambda feed: tf.TensorArray(tf.float32).size(), "Size must be provided"),
    ]


@program
def fed_places_and_values(tf):
    def build(feed):
        i, x = feed.of(2, [], "int32"), feed.of([1.0, 2.0], [None], name="x")
        a = array(tf, i + 1, clear_after_read=False).write(i, x).write(0, x * 2.0).write(1, x)
        return [a.read(i), a.stack(), a.size()]

    return outcome(tf, build)


@program
def elements_of_one_shape(tf):
    return [
        outcome(
            tf,
            lambda feed: array(tf).write(0, [1.0]).write(1, 2.0).stack(),
            "Inconsistent shapes: saw () but expected (1,)",
        ),
        outcome(
            tf,
            lambda feed: array(tf, element_shape=[2]).write(0, [1.0]).stack(),
            "saw (1,) but expected (2,)",
        ),
        outcome(tf, lambda feed: array(tf, 2, infer_shape=False).write(0, [1.0]).write(1, 2.0).stack()),
        outcome(tf, lambda feed: array(tf, 2, infer_shape=False).write(0, [1.0]).write(1, 2.0).read(1)),
    ]


@program
def many_at_once(tf):
    return [
        outcome(tf, lambda feed: array(tf).unstack(ROWS).read(1)),
        outcome(tf, lambda feed: array(tf).unstack(ROWS[:2]).read(1)),
        outcome(tf, lambda feed: array(tf, 0, dynamic_size=True).unstack(ROWS).stack()),
        outcome(tf, lambda feed: array(tf, 2).unstack(ROWS).stack()),
        outcome(tf, lambda feed: array(tf).unstack(ROWS).gather([2, 0])),
        outcome(tf, lambda feed: array(tf).scatter([2, 0, 1], ROWS).stack()),
        outcome(tf, lambda feed: array(tf, 2).write(0, ROWS[:1]).write(1, ROWS[1:2]).concat()),
        outcome(
            tf, lambda feed: array(tf, 2, infer_shape=False).write(0, ROWS[:1]).write(1, ROWS[1:]).concat()
        ),
        outcome(tf, lambda feed: array(tf, 2, infer_shape=False).split(ROWS, [2, 1]).read(0)),
        outcome(
            tf,
            lambda feed: array(tf, 2, infer_shape=False).split(ROWS, [2, 2]).read(0),
            "sum of lengths is 4",
        ),
    ]


@program
def in_a_loop(tf):
    def build(feed):
        _, made = tf.while_loop(
            lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, tf.cast(i, tf.float32) * 2.0)), [0, array(tf)]
        )
        return made.stack()

    return outcome(tf, build)


@program
def a_recurrent_loop(tf):
    def build(feed):
        inputs = array(tf).unstack(feed.of(ROWS, [3, 2]))
        outputs = array(tf, 0, dynamic_size=True, element_shape=[2])

        def step(i, out, state):
            state = state * 0.5 + inputs.read(i)
            return i + 1, out.write(i, state), state

        _, out, last = tf.while_loop(lambda i, *_: i < 3, step, (0, outputs, tf.zeros([2])))
        return [out.stack(), tf.identity(last, name="last"), out.size()]

    return outcome(tf, build)


@program
def nested_in_the_loop_variables(tf):
    def build(feed):
        def step(i, state):
            a, total = state["a"], state["total"]
            return i + 1, {"a": a.write(i, total), "total": total + 1.0}

        _, state = tf.while_loop(
            lambda i, state: i < 3, step, (0, {"a": array(tf), "total": tf.constant(1.0)})
        )
        return [state["a"].stack(), tf.identity(state["total"], name="total")]

    return outcome(tf, build)


@program
def the_gradient_goes_through(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    given = array(tf).unstack(x)
    _, made = tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, given.read(i) ** 2)), [0, array(tf)]
    )
    with tf.Session() as session:
        return session.run(tf.gradients(made.stack(), x)[0])


@program
def in_a_branch(tf):
    def build(value):
        def made(feed):
            a = array(tf, 1)
            return tf.cond(
                feed.of(value, [], "bool"), lambda: a.write(0, 1.0).read(0), lambda: tf.constant(7.0)
            )

        return made

    return [outcome(tf, build(True)), outcome(tf, build(False))]
