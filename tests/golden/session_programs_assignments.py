"""Golden programs for assignments: what they return, their order, checks of shape and dtype."""

import numpy as np
from program_registry import dtype_name
from session_registry import error, initialized, program, static


@program()
def assign_returns_the_new_value(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    assign = tf.assign(v, [3.0, 4.0])
    with initialized(tf) as session:
        before = session.run(v)
        return [before, session.run(assign), session.run(v)]


@program()
def assign_add_and_assign_sub(tf, slim):
    v = tf.get_variable("v", initializer=10.0)
    add, sub = tf.assign_add(v, 2.0), tf.assign_sub(v, 5.0)
    with initialized(tf) as session:
        return [session.run(add), session.run(sub), session.run(add), session.run(v)]


@program()
def methods_of_a_variable(tf, slim):
    v = tf.get_variable("v", initializer=10.0)
    with initialized(tf) as session:
        return [session.run(op) for op in (v.assign(1.0), v.assign_add(2.0), v.assign_sub(0.5))] + [
            session.run(v)
        ]


@program()
def names_of_assignments(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    made = [tf.assign(v, 1.0), tf.assign_add(v, 1.0), tf.assign_sub(v, 1.0), tf.assign(v, 2.0, name="mine")]
    return [[m.op.name, m.op.type] for m in made]


@program()
def shape_and_dtype_of_an_assignment(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    assign = tf.assign(v, tf.placeholder(tf.float32))
    return [static(assign), dtype_name(assign.dtype), static(tf.assign_add(v, [1.0, 1.0]) * 2.0)]


@program()
def nothing_happens_until_it_is_run(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    v.assign(5.0)
    tf.assign_add(v, 5.0)
    with initialized(tf) as session:
        return session.run(v)


@program()
def value_is_a_tensor_of_the_same_run(tf, slim):
    x = tf.placeholder(tf.float32, [])
    v = tf.get_variable("v", initializer=0.0)
    w = tf.get_variable("w", initializer=10.0)
    keep = tf.assign(v, x + w)
    with initialized(tf) as session:
        return [session.run(keep, {x: 1.0}), session.run(keep, {x: 2.0}), session.run([v, w])]


@program()
def computing_with_the_result(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    doubled = tf.assign_add(v, 1.0) * 2.0
    with initialized(tf) as session:
        return [session.run(doubled), session.run(doubled), session.run(v)]


@program()
def assignment_of_an_assignment(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    w = tf.get_variable("w", initializer=0.0)
    chain = tf.assign(w, tf.assign_add(v, 1.0) * 10.0)
    with initialized(tf) as session:
        return [session.run(chain), session.run([v, w])]


@program()
def order_by_control_dependencies(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    first = tf.assign(v, 5.0)
    with tf.control_dependencies([first]):
        second = tf.assign_add(v, 1.0)
        with tf.control_dependencies([second]):
            third = tf.assign(v, v.read_value() * 10.0)
    with initialized(tf) as session:
        return [session.run(third), session.run(v)]


@program()
def read_value_after_an_assignment(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    with tf.control_dependencies([tf.assign_add(v, 1.0)]):
        after = v.read_value()
    with initialized(tf) as session:
        return [session.run(after), session.run(after), session.run(v)]


@program()
def value_computed_before_an_assignment(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    old = v + 1.0
    with tf.control_dependencies([old]):
        assign = tf.assign(v, 100.0)
    with initialized(tf) as session:
        return [session.run([old, assign]), session.run([old, assign])]


@program()
def swapping_two_variables(tf, slim):
    a, b = tf.get_variable("a", initializer=1.0), tf.get_variable("b", initializer=2.0)
    double_a, double_b = a * 2.0, b * 2.0
    with tf.control_dependencies([double_a, double_b]):
        swap = tf.group(tf.assign(a, double_b / 2.0), tf.assign(b, double_a / 2.0))
    with initialized(tf) as session:
        session.run(swap)
        return session.run([a, b])


@program()
def wrong_static_shape(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    return [
        error(lambda: tf.assign(v, [1.0]), "2", "1")[0],
        error(lambda: tf.assign_add(v, [1.0, 2.0, 3.0]))[0],
    ]


@program()
def wrong_shape_when_run(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    x = tf.placeholder(tf.float32)
    assign = tf.assign(v, x)
    with initialized(tf) as session:
        refused = error(
            lambda: session.run(assign, {x: [1.0]}), "Assign requires shapes of both tensors to match"
        )
        return [refused, session.run(assign, {x: [3.0, 4.0]})]


@program()
def assignment_without_a_check_of_the_shape(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    grow = tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False)
    with initialized(tf) as session:
        return [session.run(grow), session.run("v:0"), static(v)]


@program()
def variable_of_unknown_shape(tf, slim):
    x = tf.placeholder(tf.float32)
    v = tf.Variable(x, validate_shape=False, name="v")
    grow = tf.assign(v, x, validate_shape=False)
    with tf.Session() as session:
        session.run(v.initializer, {x: [1.0]})
        first = session.run(v)
        session.run(grow, {x: [[1.0, 2.0]]})
        return [static(v), first, session.run(v)]


@program()
def wrong_dtype(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    i = tf.get_variable("i", initializer=1)
    return [
        error(lambda: tf.assign(v, tf.constant([1, 2])))[0],
        error(lambda: tf.assign(i, 1.5))[0],
        error(lambda: tf.assign_add(i, tf.constant(1.0)))[0],
    ]


@program()
def numpy_values(tf, slim):
    v = tf.get_variable("v", initializer=np.array([1.0, 2.0], np.float32))
    with initialized(tf) as session:
        return [
            session.run(v.assign(np.array([5.0, 6.0]))),
            session.run(v.assign_add(np.ones(2, np.float32))),
        ]


@program()
def integer_variables(tf, slim):
    step = tf.get_variable("step", initializer=0, dtype=tf.int32, trainable=False)
    long_step = tf.Variable(0, dtype=tf.int64, trainable=False)
    ops = [tf.assign_add(step, 1), tf.assign_add(long_step, 2)]
    with initialized(tf) as session:
        session.run(ops)
        return [[dtype_name(op.dtype) for op in ops], session.run(ops)]


@program()
def boolean_variable(tf, slim):
    flag = tf.get_variable("flag", initializer=False, trainable=False)
    with initialized(tf) as session:
        before = session.run(flag)
        session.run(tf.assign(flag, tf.logical_not(flag)))
        return [before, session.run(flag), dtype_name(flag.dtype)]


@program()
def many_assignments_at_once(tf, slim):
    made = [tf.get_variable(f"v{i}", initializer=float(i)) for i in range(4)]
    double = tf.group(*[tf.assign(v, v * 2.0) for v in made])
    with initialized(tf) as session:
        session.run(double)
        session.run(double)
        return session.run(made)


@program()
def target_network_copied_from_another(tf, slim):
    with tf.variable_scope("online"):
        slim.fully_connected(tf.zeros([1, 2]), 2, weights_initializer=tf.ones_initializer())
    with tf.variable_scope("target"):
        slim.fully_connected(tf.zeros([1, 2]), 2, weights_initializer=tf.zeros_initializer())
    pairs = zip(slim.get_variables("target"), slim.get_variables("online"))
    copy = tf.group(*[tf.assign(t, 0.75 * t + 0.25 * o) for t, o in pairs])
    with initialized(tf) as session:
        session.run(copy)
        session.run(copy)
        return session.run(slim.get_variables_by_name("weights"))


@program()
def exponential_moving_average(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    ema = tf.train.ExponentialMovingAverage(0.9)
    update = ema.apply([v])
    average = ema.average(v)
    with initialized(tf) as session:
        session.run(tf.assign(v, 2.0))
        session.run(update)
        return [average.name, ema.average_name(v), session.run(average), session.run(v)]


@program()
def scatter_update(tf, slim):
    v = tf.get_variable("v", initializer=[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    update = tf.scatter_update(v, [2, 0], [[9.0, 9.0], [7.0, 7.0]])
    add = tf.scatter_add(v, [1, 1], [[1.0, 0.0], [1.0, 0.5]])
    with initialized(tf) as session:
        return [session.run(update), session.run(add), session.run(v)]


@program()
def count_up_to(tf, slim):
    v = tf.get_variable("v", initializer=0)
    step = tf.count_up_to(v, 2)
    with initialized(tf) as session:
        return [session.run(step), session.run(step), error(lambda: session.run(step), "Reached limit of 2")]
