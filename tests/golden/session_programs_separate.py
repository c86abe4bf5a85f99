"""Golden programs for several sessions on one graph: each has values of its own."""

from session_registry import error, program


@program()
def sessions_do_not_share_values(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init, step = tf.global_variables_initializer(), tf.assign_add(v, 1.0)
    with tf.Session() as a, tf.Session() as b:
        a.run(init)
        refused = error(lambda: b.run(v), "Attempting to use uninitialized value v")
        b.run(init)
        a.run(step)
        return [refused, a.run(v), b.run(v), b.run(step)]


@program()
def a_new_session_starts_without_values(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init = tf.global_variables_initializer()
    with tf.Session() as session:
        session.run(init)
        first = session.run(v)
    with tf.Session() as session:
        return [
            first,
            error(lambda: session.run(v))[0],
            session.run(tf.report_uninitialized_variables()).tolist(),
        ]


@program()
def a_new_session_initializes_anew(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    init, step = tf.global_variables_initializer(), tf.assign_add(v, 1.0)
    facts = []
    for _ in range(2):
        with tf.Session() as session:
            session.run(init)
            session.run(step)
            facts.append(session.run(v))
    return facts
