"""Golden programs for variables in a session: initializing them, reading them, asking whether they are ready.

Assignments are in `session_programs_assignments.py`.
"""

import numpy as np
from program_registry import dtype_name
from session_registry import error, initialized, kind, program, static


@program(words=("Attempting to use uninitialized value", "v"))
def reading_before_any_initializer(tf, slim):
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    with tf.Session() as session:
        session.run(v)


@program(words=("Attempting to use uninitialized value", "conv/weights"))
def computing_with_variables_that_are_not_initialized(tf, slim):
    with tf.variable_scope("conv"):
        w = tf.get_variable("weights", [2])
    with tf.Session() as session:
        session.run(tf.reduce_sum(w * 2.0))


@program()
def only_variables_that_are_needed_must_be_initialized(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    w = tf.get_variable("w", initializer=2.0)
    with tf.Session() as session:
        session.run(v.initializer)
        return [session.run(v), error(lambda: session.run(v + w), "Attempting to use uninitialized value w")]


@program()
def a_failed_run_does_nothing_that_waits_for_what_failed(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("w", initializer=2.0)
    step = tf.assign_add(v, 1.0)
    with tf.Session() as session:
        session.run(v.initializer)
        with tf.control_dependencies([w + 1.0]):
            late = tf.assign_add(v, 10.0)
        refused = error(lambda: session.run(late))[0]
        return [refused, session.run(v), session.run(step)]


@program()
def global_variables_initializer(tf, slim):
    v = tf.get_variable("v", [2], initializer=tf.constant_initializer(3.0))
    w = tf.get_variable("w", initializer=np.array([[1, 2]], np.int32))
    init = tf.global_variables_initializer()
    with tf.Session() as session:
        first = session.run(init)
        return [init.name, init.type, first, session.run([v, w]), dtype_name(w.dtype), kind(session.run(w))]


@program()
def initializer_of_an_empty_graph(tf, slim):
    with tf.Session() as session:
        tf.constant(1.0)
        inits = [tf.global_variables_initializer(), tf.local_variables_initializer(), tf.tables_initializer()]
        return [[i.name for i in inits], session.run(inits)]


@program()
def variables_made_after_the_initializer(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init = tf.global_variables_initializer()
    w = tf.get_variable("w", initializer=2.0)
    with tf.Session() as session:
        session.run(init)
        return [session.run(v), error(lambda: session.run(w))[0]]


@program()
def initializing_again_starts_over(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init = tf.global_variables_initializer()
    with tf.Session() as session:
        session.run(init)
        session.run(tf.assign(v, 5.0))
        before = session.run(v)
        session.run(init)
        return [before, session.run(v)]


@program()
def variables_initializer_of_a_list(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("w", initializer=2.0)
    init = tf.variables_initializer([w], name="some")
    with tf.Session() as session:
        session.run(init)
        ready = session.run([tf.is_variable_initialized(v), tf.is_variable_initialized(w)])
        return [init.name, ready, session.run(w)]


@program()
def is_variable_initialized(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    ready = tf.is_variable_initialized(v)
    with tf.Session() as session:
        before = session.run(ready)
        session.run(v.initializer)
        return [dtype_name(ready.dtype), static(ready), before, session.run(ready)]


@program()
def report_uninitialized_variables(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("scope/w", initializer=2.0)
    tf.get_variable("local", initializer=1.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    report, chosen = tf.report_uninitialized_variables(), tf.report_uninitialized_variables([w])
    with tf.Session() as session:
        facts = [session.run(report).tolist()]
        session.run(v.initializer)
        facts += [session.run(report).tolist(), session.run(chosen).tolist()]
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        return facts + [session.run(report).tolist()]


@program()
def report_of_a_graph_without_variables(tf, slim):
    with tf.Session() as session:
        report = session.run(tf.report_uninitialized_variables())
        return [kind(report), tf.report_uninitialized_variables([]) is None]


@program()
def assert_variables_initialized(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    check = tf.assert_variables_initialized([v])
    with tf.Session() as session:
        refused = error(lambda: session.run(check), "Attempting to use uninitialized value v")
        session.run(v.initializer)
        return [refused, session.run(check)]


@program()
def local_variables(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    n = tf.get_variable("n", initializer=5, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    m = slim.local_variable(7.0, name="m")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        refused = error(lambda: session.run(n))[0]
        session.run(tf.local_variables_initializer())
        return [refused, session.run([v, n, m]), [x.op.name for x in tf.local_variables()]]


@program()
def initialized_value(tf, slim):
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.Variable(v.initialized_value() * 2.0, name="w")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return [session.run([v, w]), static(w)]


@program()
def initial_value(tf, slim):
    v = tf.Variable([1.0, 2.0], name="v")
    with tf.Session() as session:
        return [session.run(v.initial_value), v.initial_value.name, error(lambda: session.run(v))[0]]


@program()
def initialized_value_before_and_after_initializing(tf, slim):
    v = tf.Variable(3.0, name="v")
    value = v.initialized_value()
    with tf.Session() as session:
        before = session.run(value)
        ready = session.run(tf.is_variable_initialized(v))
        session.run(v.initializer)
        session.run(tf.assign(v, 8.0))
        return [before, ready, session.run(value)]


@program()
def initial_value_from_another_variable_directly(tf, slim):
    v = tf.Variable(3.0, name="v")
    w = tf.get_variable("w", initializer=v.initialized_value() + 1.0)
    u = tf.Variable(lambda: tf.constant(2.0) * 2.0, name="u")
    with tf.Session() as session:
        session.run(w.initializer)
        first = session.run(w)
        session.run(tf.global_variables_initializer())
        return [first, session.run([v, w, u])]


@program()
def initial_value_from_a_placeholder(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable(x, name="v")
    with tf.Session() as session:
        refused = error(lambda: session.run(v.initializer), "You must feed a value for placeholder")
        session.run(v.initializer, {x: [1.0, 2.0]})
        return [refused, session.run(v)]


@program()
def initializers_see_feeds(tf, slim):
    scale = tf.placeholder_with_default(1.0, [])
    tf.get_variable("v", initializer=scale * 3.0)
    with tf.Session() as session:
        facts = []
        for feed in ({}, {scale: 2.0}):
            session.run(tf.global_variables_initializer(), feed)
            facts.append(session.run("v:0"))
        return facts


@program()
def initial_value_fed(tf, slim):
    v = tf.Variable(tf.zeros([2]), name="v")
    with tf.Session() as session:
        session.run(v.initializer, {v.initial_value: [4.0, 5.0]})
        return session.run(v)


@program()
def load_and_eval(tf, slim):
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    with tf.Session() as session:
        v.load([1.0, 2.0])
        first = v.eval()
        v.load(np.array([3.0, 4.0]), session)
        return [first, v.eval(session=session), session.run(tf.is_variable_initialized(v))]


@program()
def load_of_a_wrong_shape(tf, slim):
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    with tf.Session() as session:
        return error(lambda: v.load([1.0], session), "Cannot feed value of shape (1,)", "(2,)")


@program()
def values_are_read_when_a_run_asks(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    doubled = v * 2.0
    with initialized(tf) as session:
        facts = []
        for value in (3.0, 4.0):
            v.load(value, session)
            facts.append(session.run(doubled))
        return facts


@program()
def value_and_read_value(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    tensors = [v.value(), v.read_value(), tf.convert_to_tensor(v), tf.identity(v)]
    with initialized(tf) as session:
        return [[static(t) for t in tensors], session.run(tensors)]


@program()
def names_of_a_variables_operations(tf, slim):
    v = tf.get_variable("scope/v", initializer=1.0)
    return [v.name, v.op.name, v.op.type, v.initializer.name, v.value().name, v.initial_value.name]


@program()
def operators_of_variables(tf, slim):
    v, w = tf.get_variable("v", initializer=[1.0, 2.0]), tf.Variable([3.0, 5.0])
    results = [v + w, 2.0 * v, v - 1.0, w / v, -v, v**2.0, v > 1.5, v[0], v[1:], abs(v)]
    with initialized(tf) as session:
        return [[r.op.name for r in results[:4]], session.run(results)]


@program()
def variables_that_are_not_trainable(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    step = tf.get_variable("step", initializer=0, trainable=False)
    with initialized(tf) as session:
        names = [x.op.name for x in tf.trainable_variables()]
        return [
            names,
            [x.op.name for x in tf.global_variables()],
            session.run(tf.assign_add(step, 2)),
            session.run(v),
        ]


@program()
def variables_are_shared_by_reuse(tf, slim):
    def net(x):
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            return x * tf.get_variable("w", initializer=2.0)

    a, b = net(tf.constant(1.0)), net(tf.constant(10.0))
    with initialized(tf) as session:
        first = session.run([a, b])
        session.run(tf.assign(tf.global_variables()[0], 3.0))
        return [first, session.run([a, b]), [v.name for v in tf.global_variables()]]


@program()
def slim_variables(tf, slim):
    v = slim.variable("v", [2], initializer=tf.ones_initializer(), regularizer=slim.l2_regularizer(0.5))
    m = slim.model_variable("m", [1], initializer=tf.constant_initializer(4.0))
    with initialized(tf) as session:
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        return [session.run([v, m]), session.run(losses), [loss.name for loss in losses]]


@program()
def assign_from_values(tf, slim):
    tf.get_variable("v", [2], initializer=tf.zeros_initializer())
    tf.get_variable("w", [1], initializer=tf.zeros_initializer())
    assign, feed = slim.assign_from_values({"v": np.array([1.0, 2.0]), "w": np.array([3.0])})
    with initialized(tf) as session:
        session.run(assign, feed)
        first = session.run(["v:0", "w:0"])
        slim.assign_from_values_fn({"v": np.array([7.0, 8.0])})(session)
        return [first, session.run(["v:0", "w:0"])]


@program()
def global_step(tf, slim):
    step = tf.train.get_or_create_global_step()
    again = tf.train.get_global_step()
    with initialized(tf) as session:
        before = tf.train.global_step(session, step)
        session.run(tf.assign_add(step, 1))
        return [step.name, dtype_name(step.dtype), again is step, before, tf.train.global_step(session, step)]
