"""Golden programs for what a run executes: what is fetched, what that needs, once, in which order."""

import numpy as np
from session_registry import error, initialized, program


def counter(tf, name="counter"):
    """A variable that starts at zero, and the op that adds one to it."""
    v = tf.get_variable(name, initializer=0.0, trainable=False)
    return v, tf.assign_add(v, 1.0)


@program()
def side_effects_only_when_fetched(tf, slim):
    count, step = counter(tf)
    other = tf.constant(1.0) + 1.0
    with initialized(tf) as session:
        session.run(other)
        before = session.run(count)
        session.run([other, step])
        return [before, session.run(count)]


@program()
def side_effects_of_what_a_fetch_needs(tf, slim):
    count, step = counter(tf)
    y = tf.square(step + 1.0)
    with initialized(tf) as session:
        return [session.run(y), session.run(y), session.run(count)]


@program()
def each_operation_runs_once_per_run(tf, slim):
    count, step = counter(tf)
    a, b = step * 2.0, step * 3.0
    with initialized(tf) as session:
        return [session.run([a, b, a + b, step]), session.run(count)]


@program()
def one_update_for_each_call_of_run(tf, slim):
    count, step = counter(tf)
    with initialized(tf) as session:
        for _ in range(5):
            session.run(step.op)
        return session.run(count)


@program()
def control_dependencies_run_first(tf, slim):
    count, step = counter(tf)
    with tf.control_dependencies([step]):
        y = tf.constant(7.0)
        z = tf.identity(count)
    with initialized(tf) as session:
        return [session.run(y), session.run(count), session.run(z), session.run(count)]


@program()
def tensors_made_before_a_control_dependency_are_free_of_it(tf, slim):
    count, step = counter(tf)
    y = tf.constant(7.0)
    with tf.control_dependencies([step]):
        same = y
    with initialized(tf) as session:
        return [session.run(same), session.run(count)]


@program()
def operators_inside_control_dependencies(tf, slim):
    x = tf.placeholder(tf.float32, [])
    count, step = counter(tf)
    with tf.control_dependencies([step]):
        y = x * 2.0
        z = y + 1.0
    w = z * 10.0
    with initialized(tf) as session:
        return [session.run(w, {x: 1.0}), session.run(count), session.run(z, {z: 4.0}), session.run(count)]


@program()
def nested_control_dependencies_add_up(tf, slim):
    first, add_first = counter(tf, "first")
    second, add_second = counter(tf, "second")
    with tf.control_dependencies([add_first]):
        with tf.control_dependencies([add_second]):
            both = tf.no_op()
        one = tf.no_op()
    with initialized(tf) as session:
        session.run(both)
        after_both = session.run([first, second])
        session.run(one)
        return [after_both, session.run([first, second])]


@program()
def control_dependencies_of_none(tf, slim):
    count, step = counter(tf)
    with tf.control_dependencies([step]):
        with tf.control_dependencies(None):
            free = tf.constant(1.0)
            with tf.control_dependencies([]):
                also_free = tf.constant(2.0)
        bound = tf.constant(3.0)
    with initialized(tf) as session:
        session.run([free, also_free])
        before = session.run(count)
        session.run(bound)
        return [before, session.run(count)]


@program()
def control_dependencies_on_variables_and_operations(tf, slim):
    count, step = counter(tf)
    v = tf.get_variable("v", initializer=3.0)
    with tf.control_dependencies([v, step.op, tf.no_op()]):
        y = tf.constant(1.0)
    with initialized(tf) as session:
        return [session.run(y), session.run(count)]


@program()
def control_inputs_of_an_operation(tf, slim):
    a, b = tf.constant(1.0, name="a"), tf.no_op(name="b")
    with tf.control_dependencies([a, b]):
        c = tf.no_op(name="c")
        d = tf.identity(a, name="d")
    inputs = sorted(op.name for op in c.control_inputs)
    return [inputs, [i.name for i in d.op.inputs]]


@program()
def what_cannot_be_a_control_dependency(tf, slim):
    def enter(inputs):
        with tf.control_dependencies(inputs):
            pass

    return [error(lambda: enter([3]))[0], error(lambda: enter([None]))[0]]


@program()
def group(tf, slim):
    first, add_first = counter(tf, "first")
    second, add_second = counter(tf, "second")
    both = tf.group(add_first, add_second, name="both")
    with initialized(tf) as session:
        return [both.name, both.type, session.run(both), session.run([first, second])]


@program()
def group_of_lists_and_of_nothing(tf, slim):
    count, step = counter(tf)
    nested, empty = tf.group([step, [tf.constant(1.0)]]), tf.group()
    with initialized(tf) as session:
        return [session.run([nested, empty]), session.run(count), nested.name, empty.type]


@program()
def no_op(tf, slim):
    op, named = tf.no_op(), tf.no_op(name="done")
    with tf.Session() as session:
        return [op.name, named.name, op.type, session.run([op, named]), list(op.outputs)]


@program()
def tuple_waits_for_all(tf, slim):
    count, step = counter(tf)
    x = tf.placeholder(tf.float32, [])
    a, b = tf.tuple([x * 2.0, step])
    c, none = tf.tuple([x, None], control_inputs=[step])
    with initialized(tf) as session:
        first = session.run(a, {x: 1.0})
        after = session.run(count)
        return [first, after, session.run(c, {x: 5.0}), session.run(count), none, a.name, b.name]


@program()
def chained_identity_as_a_barrier(tf, slim):
    x = tf.placeholder(tf.float32, [])
    count, step = counter(tf)
    with tf.control_dependencies([step]):
        loss = tf.identity(x, name="loss")
    with initialized(tf) as session:
        return [loss.name, session.run(loss, {x: 2.0}), session.run(x, {x: 3.0}), session.run(count)]


@program()
def update_before_and_after_a_read(tf, slim):
    count, step = counter(tf)
    before = count * 10.0
    with tf.control_dependencies([before]):
        update = tf.assign_add(count, 1.0)
    with tf.control_dependencies([update]):
        after = count * 10.0
    with initialized(tf) as session:
        return [session.run([before, after]), session.run([before, update, after]), session.run(step)]


@program()
def update_ops_run_when_asked(tf, slim):
    count, step = counter(tf)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, step)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.no_op(name="train")
    with initialized(tf) as session:
        session.run(tf.constant(1.0))
        before = session.run(count)
        session.run(train)
        return [before, session.run(count), session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))]


@program()
def summaries_and_losses_are_not_run_unless_fetched(tf, slim):
    calls = []

    def note(value):
        calls.append(float(value))
        return value

    x = tf.placeholder(tf.float32, [])
    noted = tf.py_func(note, [x], tf.float32)
    tf.losses.add_loss(tf.reshape(noted, []))
    with tf.Session() as session:
        session.run(x * 2.0, {x: 1.0})
        before = list(calls)
        total = session.run(tf.losses.get_total_loss(), {x: 4.0})
        return [before, calls, total]


@program()
def python_function_is_called_once_per_run(tf, slim):
    calls = []

    def double(value):
        calls.append(value.tolist())
        return value * 2

    x = tf.placeholder(tf.float32, [2])
    y = tf.py_func(double, [x], tf.float32)
    y.set_shape([2])
    with tf.Session() as session:
        facts = [list(calls), session.run([y, y + 1.0, tf.reduce_sum(y)], {x: [1.0, 2.0]}), list(calls)]
        session.run(x, {x: [5.0, 6.0]})
        session.run(y, {x: [3.0, 4.0]})
        return facts + [calls]


@program()
def python_function_with_several_results(tf, slim):
    def split(value, n):
        return value[:n], np.float32(value[n:].sum())

    x = tf.placeholder(tf.float32, [3])
    head, rest = tf.py_func(split, [x, tf.constant(1)], [tf.float32, tf.float32], name="split")
    with tf.Session() as session:
        return [head.name, rest.name, session.run([head, rest], {x: [1.0, 2.0, 3.0]})]


@program()
def python_function_without_results(tf, slim):
    calls = []
    note = tf.py_func(lambda v: calls.append(int(v)), [tf.constant(4)], [])
    with tf.control_dependencies([note]):
        y = tf.constant(1.0)
    with tf.Session() as session:
        return [session.run(y), calls]


@program()
def python_function_of_a_wrong_dtype(tf, slim):
    y = tf.py_func(lambda: np.zeros(2, np.float64), [], tf.float32)
    with tf.Session() as session:
        return error(lambda: session.run(y), "double", "float")


@program()
def python_function_that_raises(tf, slim):
    def fail(value):
        raise ValueError("this is wrong")

    y = tf.py_func(fail, [tf.constant(1.0)], tf.float32)
    with tf.Session() as session:
        return error(lambda: session.run(y), "this is wrong")


@program()
def print_passes_its_input_on(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = tf.Print(x, [x, tf.shape(x)], message="x: ", first_n=1, summarize=3)
    with tf.Session() as session:
        return [y.op.name, y.op.type, y.get_shape().as_list(), session.run(y * 2.0, {x: [1.0, 2.0]})]


@program()
def assert_that_holds(tf, slim):
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, [x])]):
        y = tf.sqrt(x)
    with tf.Session() as session:
        return session.run(y, {x: 4.0})


@program()
def assert_that_fails(tf, slim):
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.Assert(x > 0.0, ["x must be positive", x])]):
        y = tf.sqrt(x)
    with tf.Session() as session:
        return error(lambda: session.run(y, {x: -4.0}), "assertion failed", "x must be positive", "-4")


@program()
def assertions_of_values(tf, slim):
    x, y = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
    checks = [tf.assert_equal(x, y), tf.assert_less(x, y), tf.assert_positive(x)]
    with tf.Session() as session:
        feed = {x: [1, 2], y: [1, 2]}
        return [
            session.run(checks[0], feed),
            error(lambda: session.run(checks[1], feed), "assertion failed")[0],
            session.run(checks[2], feed),
            error(lambda: session.run(checks[2], {x: [0]}), "assertion failed")[0],
        ]


@program()
def assertion_that_is_not_fetched(tf, slim):
    x = tf.placeholder(tf.float32, [])
    tf.Assert(x > 0.0, [x])
    with tf.Session() as session:
        return session.run(x * 2.0, {x: -1.0})


@program()
def check_numerics(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = tf.check_numerics(x, "loss is wrong")
    with tf.Session() as session:
        bad = error(lambda: session.run(y, {x: [1.0, float("nan")]}), "loss is wrong", "NaN")
        worse = error(lambda: session.run(y, {x: [1.0, float("inf")]}), "loss is wrong", "Inf")
        return [session.run(y, {x: [1.0, 2.0]}), bad, worse]


@program()
def depending_on_an_earlier_step(tf, slim):
    state = tf.get_variable("state", initializer=1.0, trainable=False)
    grow = tf.assign(state, state * 2.0)
    with initialized(tf) as session:
        return [session.run(grow) for _ in range(4)]


@program()
def add_n_and_accumulated_losses(tf, slim):
    losses = [tf.constant(float(i)) for i in range(3)]
    for loss in losses:
        tf.add_to_collection("losses", loss)
    total = tf.add_n(tf.get_collection("losses"), name="total")
    with tf.Session() as session:
        return [total.name, total.op.type, session.run(total), error(lambda: tf.add_n([]))[0]]
