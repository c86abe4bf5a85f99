"""Golden programs for choices made when a graph runs: cond, case, where. Loops are in `session_programs_loops.py`."""

from program_registry import dtype_name
from session_registry import error, initialized, program, static


@program()
def cond_takes_one_branch(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(flag, lambda: x * 2.0, lambda: x - 1.0)
    with tf.Session() as session:
        return [
            y.name,
            static(y),
            session.run(y, {flag: True, x: 5.0}),
            session.run(y, {flag: False, x: 5.0}),
        ]


@program()
def side_effects_only_in_the_branch_taken(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    v, w = tf.get_variable("v", initializer=0.0), tf.get_variable("w", initializer=0.0)
    y = tf.cond(flag, lambda: tf.assign_add(v, 1.0), lambda: tf.assign_add(w, 1.0))
    with initialized(tf) as session:
        facts = []
        for value in (True, True, False):
            session.run(y, {flag: value})
            facts.append(session.run([v, w]))
        return facts


@program()
def side_effects_made_outside_happen_in_both(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=0.0)
    step = tf.assign_add(v, 1.0)
    y = tf.cond(flag, lambda: step * 1.0, lambda: tf.constant(-1.0))
    with initialized(tf) as session:
        return [session.run(y, {flag: False}), session.run(v), session.run(y, {flag: True}), session.run(v)]


@program()
def python_functions_are_called_in_the_branch_taken(tf, slim):
    calls = []

    def note(name):
        return lambda: tf.py_func(lambda: calls.append(name), [], [])

    flag = tf.placeholder(tf.bool, [])
    with tf.control_dependencies(
        [tf.cond(flag, lambda: tf.group(note("true")()), lambda: tf.group(note("false")()))]
    ):
        y = tf.constant(1.0)
    with tf.Session() as session:
        for value in (False, True, False):
            session.run(y, {flag: value})
        return calls


@program()
def cond_of_a_comparison(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0.0, lambda: tf.sqrt(x), lambda: tf.constant(-1.0))
    with tf.Session() as session:
        return [session.run(y, {x: 9.0}), session.run(y, {x: -9.0})]


@program()
def cond_with_several_results(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    a, b = tf.cond(
        flag, lambda: (tf.constant(1.0), tf.constant([2])), lambda: (tf.constant(3.0), tf.constant([4]))
    )
    listed = tf.cond(
        flag, lambda: [tf.constant(1.0), tf.constant(2.0)], lambda: [tf.constant(3.0), tf.constant(4.0)]
    )
    with tf.Session() as session:
        return [session.run([a, b, listed], {flag: value}) for value in (True, False)]


@program()
def nested_cond(tf, slim):
    a, b = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    y = tf.cond(a, lambda: tf.cond(b, lambda: tf.constant(1), lambda: tf.constant(2)), lambda: tf.constant(3))
    with tf.Session() as session:
        return [session.run(y, {a: i, b: j}) for i in (True, False) for j in (True, False)]


@program()
def gradient_through_cond(tf, slim):
    flag, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    y = tf.cond(flag, lambda: x * x, lambda: 3.0 * x)
    gradient = tf.gradients(y, x)[0]
    with tf.Session() as session:
        return [session.run(gradient, {flag: value, x: 5.0}) for value in (True, False)]


@program()
def gradient_through_cond_to_variables(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    v, w = tf.get_variable("v", initializer=2.0), tf.get_variable("w", initializer=3.0)
    y = tf.cond(flag, lambda: v * w, lambda: v * v)
    gradients = tf.gradients(y, [v, w])
    with initialized(tf) as session:
        return [session.run(gradients, {flag: value}) for value in (True, False)]


@program()
def cond_on_a_python_bool(tf, slim):
    return error(
        lambda: tf.cond(True, lambda: tf.constant(1), lambda: tf.constant(2)),
        "pred must not be a Python bool",
    )


@program()
def cond_needs_functions(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    return [
        error(lambda: tf.cond(flag, tf.constant(1), lambda: tf.constant(2)), "true_fn must be callable"),
        error(lambda: tf.cond(flag, lambda: tf.constant(1), tf.constant(2)), "false_fn must be callable"),
    ]


@program()
def branches_of_different_kinds(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    return [
        error(lambda: tf.cond(flag, lambda: tf.constant(1), lambda: tf.constant(2.0)))[0],
        error(lambda: tf.cond(flag, lambda: [tf.constant(1)], lambda: [tf.constant(1), tf.constant(2)]))[0],
    ]


@program()
def branches_of_different_shapes(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    y = tf.cond(flag, lambda: tf.zeros([2, 3]), lambda: tf.zeros([4, 3]))
    z = tf.cond(flag, lambda: tf.zeros([2]), lambda: tf.zeros([2, 3]))
    with tf.Session() as session:
        shapes = [list(session.run(y, {flag: value}).shape) for value in (True, False)]
        return [static(y), static(z), shapes]


@program()
def layers_inside_cond(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    x = tf.ones([1, 2])
    ones = tf.ones_initializer()

    def branch(name):
        return lambda: slim.fully_connected(x, 2, weights_initializer=ones, activation_fn=None, scope=name)

    y = tf.cond(flag, branch("a"), lambda: branch("b")() * 2.0)
    with initialized(tf) as session:
        return [
            [v.name for v in tf.global_variables()],
            session.run(y, {flag: True}),
            session.run(y, {flag: False}),
        ]


@program()
def names_inside_cond(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    made = []

    def branch():
        made.append(tf.constant(1.0, name="c"))
        return made[-1]

    first, second = tf.cond(flag, branch, branch), tf.cond(flag, branch, branch, name="choose")
    return [first.name, second.name, [m.name for m in made]]


@program()
def smart_cond_on_a_training_placeholder(tf, slim):
    training = tf.placeholder(tf.bool, [])
    x = tf.placeholder(tf.float32, [4])
    y = slim.dropout(x, 0.5, is_training=training)
    with tf.Session() as session:
        off = session.run(y, {x: [1.0, 2.0, 3.0, 4.0], training: False})
        on = session.run(y, {x: [1.0, 2.0, 3.0, 4.0], training: True})
        return [off, all(value in (0.0, 2.0 * (i + 1)) for i, value in enumerate(on)), y.op.name]


@program()
def case_takes_the_first_that_holds(tf, slim):
    x = tf.placeholder(tf.int32, [])
    y = tf.case(
        [(x < 0, lambda: tf.constant(-1)), (x < 10, lambda: tf.constant(1)), (x < 5, lambda: tf.constant(2))],
        default=lambda: tf.constant(3),
    )
    with tf.Session() as session:
        return [session.run(y, {x: value}) for value in (-4, 3, 12)]


@program()
def case_that_must_be_exclusive(tf, slim):
    x = tf.placeholder(tf.int32, [])
    pairs = [(x < 10, lambda: tf.constant(1)), (x < 5, lambda: tf.constant(2))]
    y = tf.case(pairs, default=lambda: tf.constant(3), exclusive=True)
    with tf.Session() as session:
        return [session.run(y, {x: 7}), session.run(y, {x: 11}), error(lambda: session.run(y, {x: 3}))[0]]


@program()
def case_without_a_default(tf, slim):
    x = tf.placeholder(tf.int32, [])
    y = tf.case([(x < 10, lambda: tf.constant(1)), (x < 20, lambda: tf.constant(2))])
    with tf.Session() as session:
        return [session.run(y, {x: 3}), session.run(y, {x: 13}), error(lambda: session.run(y, {x: 23}))[0]]


@program()
def where_chooses_elements(tf, slim):
    mask = tf.placeholder(tf.bool, [None])
    x, y = tf.constant([1.0, 2.0, 3.0]), tf.constant([10.0, 20.0, 30.0])
    z = tf.where(mask, x, y)
    with tf.Session() as session:
        return [static(z), z.op.name, z.op.type, session.run(z, {mask: [True, False, True]})]


@program()
def where_gives_indices(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    indices = tf.where(x > 1.0)
    with tf.Session() as session:
        return [
            static(indices),
            dtype_name(indices.dtype),
            session.run(indices, {x: [[1.0, 2.0], [3.0, 0.0]]}),
        ]


@program()
def where_chooses_rows(tf, slim):
    mask = tf.constant([True, False])
    z = tf.where(mask, [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]])
    with tf.Session() as session:
        return [static(z), session.run(z)]


@program()
def gradient_of_where_reaches_what_was_chosen(tf, slim):
    x = tf.placeholder(tf.float32, [3])
    y = tf.where(x > 0.0, x * x, -x)
    with tf.Session() as session:
        return session.run(tf.gradients(y, x)[0], {x: [2.0, -1.0, 3.0]})


@program()
def both_sides_of_where_are_computed(tf, slim):
    v = tf.get_variable("v", initializer=0.0)
    z = tf.where(tf.constant(True), tf.constant(1.0), tf.assign_add(v, 1.0))
    with initialized(tf) as session:
        return [session.run(z), session.run(v)]


@program()
def cond_inside_control_dependencies(tf, slim):
    flag = tf.placeholder(tf.bool, [])
    v = tf.get_variable("v", initializer=0.0)
    update = tf.cond(flag, lambda: tf.assign_add(v, 1.0), lambda: tf.identity(v))
    with tf.control_dependencies([update]):
        y = tf.constant(4.0)
    with initialized(tf) as session:
        facts = []
        for value in (False, True):
            facts.append([session.run(y, {flag: value}), session.run(v)])
        return facts


@program()
def fed_values_decide_anew_at_every_run(tf, slim):
    step = tf.train.get_or_create_global_step()
    warm = tf.cond(step < 2, lambda: tf.constant(0.1), lambda: tf.constant(1.0))
    with initialized(tf) as session:
        facts = []
        for _ in range(4):
            facts.append(session.run(warm))
            session.run(tf.assign_add(step, 1))
        return facts


@program()
def cond_whose_predicate_is_not_fed(tf, slim):
    flag = tf.placeholder(tf.bool, [], name="flag")
    y = tf.cond(flag, lambda: tf.constant(1), lambda: tf.constant(2))
    with tf.Session() as session:
        return error(lambda: session.run(y), "You must feed a value for placeholder tensor 'flag'")
