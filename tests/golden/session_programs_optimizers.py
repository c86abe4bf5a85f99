"""Golden programs for optimizers in recorded form: update rules, slots, `var_list`, learning rates, errors.

`global_step` and train ops are in `session_programs_training.py`.
"""

from session_registry import error, initialized, program


def quadratic(tf):
    """Two variables and a loss that pulls both to zero with different strengths."""
    v = tf.get_variable("v", initializer=[1.0, -2.0])
    w = tf.get_variable("w", initializer=3.0)
    return v, w, 0.5 * tf.reduce_sum(v * v) + w * w


def after_steps(tf, step, count, values, feed=None):
    """`values` after each of `count` runs of `step`."""
    with initialized(tf) as session:
        facts = []
        for _ in range(count):
            session.run(step, feed)
            facts.append(session.run(values))
        return facts


@program()
def gradient_descent(tf, slim):
    v, w, loss = quadratic(tf)
    return after_steps(tf, tf.train.GradientDescentOptimizer(0.1).minimize(loss), 3, [v, w, loss])


@program()
def momentum(tf, slim):
    v, w, loss = quadratic(tf)
    return after_steps(tf, tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss), 4, [v, w, loss])


@program()
def nesterov_momentum(tf, slim):
    v, w, loss = quadratic(tf)
    step = tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True).minimize(loss)
    return after_steps(tf, step, 4, [v, w, loss])


@program()
def adam(tf, slim):
    v, w, loss = quadratic(tf)
    return after_steps(tf, tf.train.AdamOptimizer(0.1).minimize(loss), 4, [v, w, loss])


@program()
def adam_with_its_own_constants(tf, slim):
    v, w, loss = quadratic(tf)
    step = tf.train.AdamOptimizer(0.01, beta1=0.5, beta2=0.9, epsilon=0.1).minimize(loss)
    return after_steps(tf, step, 4, [v, w, loss])


@program()
def names_of_train_ops(tf, slim):
    _, _, loss = quadratic(tf)
    made = [
        tf.train.GradientDescentOptimizer(0.1).minimize(loss),
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss),
        tf.train.AdamOptimizer(0.1).minimize(loss),
        tf.train.AdamOptimizer(0.1).minimize(loss, name="train"),
    ]
    return [op.name for op in made]


@program()
def slots_of_momentum(tf, slim):
    v, _, loss = quadratic(tf)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    before = optimizer.get_slot_names()
    step = optimizer.minimize(loss)
    slot = optimizer.get_slot(v, "momentum")
    facts = [before, optimizer.get_slot_names(), slot.name, optimizer.get_slot(v, "other") is None]
    return facts + [[x.name for x in optimizer.variables()], after_steps(tf, step, 2, [slot])]


@program()
def slots_of_adam(tf, slim):
    v, w, loss = quadratic(tf)
    optimizer = tf.train.AdamOptimizer(0.1)
    step = optimizer.minimize(loss)
    slots = [optimizer.get_slot(x, name) for x in (v, w) for name in optimizer.get_slot_names()]
    facts = [optimizer.get_slot_names(), [s.name for s in slots], [x.name for x in optimizer.variables()]]
    return facts + [after_steps(tf, step, 2, slots + [x for x in optimizer.variables() if "power" in x.name])]


@program()
def slots_of_gradient_descent(tf, slim):
    _, _, loss = quadratic(tf)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    optimizer.minimize(loss)
    return [optimizer.get_slot_names(), optimizer.variables(), [x.name for x in tf.global_variables()]]


@program()
def slots_are_not_trainable(tf, slim):
    _, _, loss = quadratic(tf)
    tf.train.AdamOptimizer(0.1).minimize(loss)
    return [[x.name for x in tf.global_variables()], [x.name for x in tf.trainable_variables()]]


@program()
def slots_follow_the_scope_of_their_variable(tf, slim):
    with tf.variable_scope("net"):
        w = slim.fully_connected(tf.ones([1, 2]), 1, scope="fc")
    with tf.name_scope("optimize"), tf.variable_scope("train"):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(w))
    return [x.name for x in tf.global_variables()]


@program()
def two_adams(tf, slim):
    _, _, loss = quadratic(tf)
    first = tf.train.AdamOptimizer(0.1).minimize(loss)
    second = tf.train.AdamOptimizer(0.1, name="Other").minimize(loss)
    third = tf.train.AdamOptimizer(0.1).minimize(loss)
    return [[x.name for x in tf.global_variables()], [op.name for op in (first, second, third)]]


@program()
def compute_gradients(tf, slim):
    v, _, loss = quadratic(tf)
    pairs = tf.train.GradientDescentOptimizer(0.1).compute_gradients(loss)
    with initialized(tf) as session:
        return [[x.name for _, x in pairs], session.run([g for g, _ in pairs]), pairs[0][1] is v]


@program()
def compute_gradients_of_unconnected_variables(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    tf.get_variable("other", initializer=2.0)
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    pairs = optimizer.compute_gradients(v * v)
    step = optimizer.apply_gradients(pairs)
    return [[g is None for g, _ in pairs], after_steps(tf, step, 1, tf.global_variables())]


@program()
def gradients_changed_before_they_are_applied(tf, slim):
    v, w, loss = quadratic(tf)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    pairs = [
        (g * 2.0 if x is v else tf.clip_by_value(g, -1.0, 1.0), x)
        for g, x in optimizer.compute_gradients(loss)
    ]
    return after_steps(tf, optimizer.apply_gradients(pairs), 2, [v, w])


@program()
def gradients_fed_from_outside(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    g = tf.placeholder(tf.float32, [2])
    step = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(g, v)])
    return after_steps(tf, step, 2, v, {g: [0.5, -0.5]})


@program()
def only_the_variables_of_var_list_change(tf, slim):
    v, w, loss = quadratic(tf)
    step = tf.train.AdamOptimizer(0.1).minimize(loss, var_list=[w])
    return [[x.name for x in tf.global_variables()], after_steps(tf, step, 2, [v, w])]


@program()
def adversaries_with_var_lists(tf, slim):
    with tf.variable_scope("generator"):
        g = tf.get_variable("w", initializer=1.0)
    with tf.variable_scope("discriminator"):
        d = tf.get_variable("w", initializer=2.0)
    score = g * d
    d_step = tf.train.GradientDescentOptimizer(0.1).minimize(
        score, var_list=slim.get_variables("discriminator")
    )
    g_step = tf.train.AdamOptimizer(0.1).minimize(-score, var_list=slim.get_variables("generator"))
    with initialized(tf) as session:
        facts = []
        for step in (d_step, g_step, d_step):
            session.run(step)
            facts.append(session.run([g, d]))
        return facts


@program()
def learning_rate_from_a_placeholder(tf, slim):
    v, w, loss = quadratic(tf)
    rate = tf.placeholder(tf.float32, [])
    step = tf.train.GradientDescentOptimizer(rate).minimize(loss)
    with initialized(tf) as session:
        facts = []
        for value in (0.1, 0.5, 0.0):
            session.run(step, {rate: value})
            facts.append(session.run([v, w]))
        return facts + [error(lambda: session.run(step), "You must feed a value")]


@program()
def learning_rate_from_a_variable(tf, slim):
    v, w, loss = quadratic(tf)
    rate = tf.get_variable("rate", initializer=0.1, trainable=False)
    step = tf.train.MomentumOptimizer(rate, 0.9).minimize(loss)
    with initialized(tf) as session:
        session.run(step)
        session.run(tf.assign(rate, rate * 0.5))
        session.run(step)
        return session.run([v, w, rate])


@program()
def learning_rate_from_a_function(tf, slim):
    v, w, loss = quadratic(tf)
    step = tf.train.GradientDescentOptimizer(lambda: 0.25).minimize(loss)
    return after_steps(tf, step, 2, [v, w])


@program()
def no_variables_to_optimize(tf, slim):
    return error(
        lambda: tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0)), "No variables to optimize"
    )


@program()
def no_gradients_for_any_variable(tf, slim):
    tf.get_variable("v", initializer=1.0)
    return error(
        lambda: tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0)),
        "No gradients provided for any variable, check your graph for ops that do not support gradients",
        "v",
    )


@program()
def errors_of_apply_gradients(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    return [
        error(lambda: optimizer.apply_gradients([]), "No variables provided."),
        error(lambda: optimizer.apply_gradients([(None, v)]), "No gradients provided for any variable"),
    ]


@program()
def loss_of_a_wrong_dtype(tf, slim):
    v = tf.get_variable("v", initializer=1)
    return error(lambda: tf.train.GradientDescentOptimizer(0.1).minimize(v * 2, var_list=[v]))[0]


@program()
def loss_that_is_not_a_scalar(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, -2.0])
    return after_steps(tf, tf.train.GradientDescentOptimizer(0.25).minimize(v * v), 2, v)


@program()
def weights_of_the_loss(tf, slim):
    v = tf.get_variable("v", initializer=[1.0, -2.0])
    step = tf.train.GradientDescentOptimizer(0.25).minimize(v * v, grad_loss=tf.constant([1.0, 0.0]))
    return after_steps(tf, step, 2, v)


@program()
def loss_fetched_beside_the_step_is_the_one_before(tf, slim):
    v = tf.get_variable("v", initializer=4.0)
    loss = tf.square(v - 1.0)
    with tf.control_dependencies([loss]):
        step = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    with initialized(tf) as session:
        return [session.run([loss, step])[0] for _ in range(3)]


@program()
def variables_that_are_not_trainable_stay(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    frozen = tf.get_variable("frozen", initializer=1.0, trainable=False)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(v * frozen)
    return after_steps(tf, step, 2, [v, frozen])


@program()
def optimizer_needs_its_slots_initialized(tf, slim):
    _, _, loss = quadratic(tf)
    init = tf.global_variables_initializer()
    step = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    with tf.Session() as session:
        session.run(init)
        return error(lambda: session.run(step), "Attempting to use uninitialized value", "Momentum")


@program()
def gradients_of_embedding_rows(tf, slim):
    table = tf.get_variable("table", initializer=[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    rows = tf.nn.embedding_lookup(table, [0, 2, 0])
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(rows * rows))
    return after_steps(tf, step, 2, table)


@program()
def shared_variables_collect_their_gradients(tf, slim):
    x = tf.constant([[1.0, 2.0]])
    with slim.arg_scope(
        [slim.fully_connected], activation_fn=None, weights_initializer=tf.ones_initializer()
    ):
        y = slim.fully_connected(x, 2, scope="shared")
        z = slim.fully_connected(y, 2, scope="shared", reuse=True)
    step = tf.train.GradientDescentOptimizer(0.01).minimize(tf.reduce_sum(z))
    return after_steps(tf, step, 2, tf.trainable_variables())
