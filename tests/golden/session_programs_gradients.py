"""Golden programs for `tf.gradients`, stopped, custom and overridden gradients, second derivatives.

Clipping is in `session_programs_clipping.py`.
"""

import itertools

from session_registry import error, initialized, program, static

# The registry of gradients outlives graphs and takes each name once.
REGISTERED = itertools.count()


@program()
def gradient_for_a_placeholder(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    gradient = tf.gradients(tf.reduce_sum(x * x), x)
    with tf.Session() as session:
        return [type(gradient).__name__, static(gradient[0]), session.run(gradient[0], {x: [1.0, -2.0]})]


@program()
def gradient_for_variables(tf, slim):
    v, w = tf.get_variable("v", initializer=[1.0, 2.0]), tf.get_variable("w", initializer=3.0)
    gradients = tf.gradients(tf.reduce_sum(v * v) * w, [v, w])
    with initialized(tf) as session:
        return [[static(g) for g in gradients], session.run(gradients)]


@program()
def gradient_follows_the_variable(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    gradient = tf.gradients(v * v, v)[0]
    with initialized(tf) as session:
        first = session.run(gradient)
        v.load(5.0, session)
        return [first, session.run(gradient)]


@program()
def names_of_gradients(tf, slim):
    x = tf.placeholder(tf.float32, [])
    first, second = tf.gradients(x * x, x)[0], tf.gradients(tf.sin(x), x, name="mine")[0]
    return [first.name.split("/")[0], second.name.split("/")[0]]


@program()
def ys_that_are_not_scalars_are_summed(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as session:
        return session.run(tf.gradients(tf.stack([x, x * x]), x)[0], {x: [3.0, 4.0]})


@program()
def several_ys_are_summed(tf, slim):
    x = tf.placeholder(tf.float32, [])
    with tf.Session() as session:
        return session.run(tf.gradients([x * x, 5.0 * x, tf.constant(1.0)], x), {x: 3.0})


@program()
def weights_of_the_ys(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = x * x
    weighted = tf.gradients(y, x, grad_ys=tf.constant([1.0, 10.0]))
    mixed = tf.gradients([y, x * 3.0], x, grad_ys=[None, tf.constant([2.0, 0.0])])
    with tf.Session() as session:
        return session.run([weighted, mixed], {x: [3.0, 4.0]})


@program()
def one_weight_for_each_of_the_ys(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    return error(lambda: tf.gradients([x * x], [x], grad_ys=[None, None]))[0]


@program()
def unconnected_gives_none(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    gradients = tf.gradients(x * 2.0, [x, y])
    return [g is None for g in gradients]


@program()
def unconnected_gives_zeros_when_asked(tf, slim):
    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [2])
    gradients = tf.gradients(x * 2.0, [x, y], unconnected_gradients=tf.UnconnectedGradients.ZERO)
    with tf.Session() as session:
        return session.run(gradients, {x: 1.0, y: [1.0, 2.0]})


@program()
def integers_and_comparisons_have_no_gradient(tf, slim):
    x = tf.placeholder(tf.float32, [3])
    steps = [tf.to_float(tf.argmax(x)), tf.cast(x > 0.0, tf.float32), tf.to_float(tf.to_int32(x))]
    return [tf.gradients(step, x)[0] is None for step in steps]


@program()
def functions_that_are_flat_have_zero_gradient(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    made = [tf.gradients(f(x), x)[0] for f in (tf.zeros_like, tf.floor, tf.round, tf.sign, tf.shape)]
    with tf.Session() as session:
        return [None if g is None else session.run(g, {x: [0.5, 1.5]}) for g in made]


@program()
def stop_gradient(tf, slim):
    x = tf.placeholder(tf.float32, [])
    partly = tf.gradients(x * tf.stop_gradient(x), x)
    wholly = tf.gradients(tf.stop_gradient(x * x), x)
    with tf.Session() as session:
        return [session.run(partly[0], {x: 3.0}), wholly[0] is None]


@program()
def stop_gradients_argument(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    gradients = tf.gradients(x + y, [x, y], stop_gradients=[x, y])
    with tf.Session() as session:
        return session.run(gradients, {x: 1.0})


@program()
def straight_through_estimator(tf, slim):
    x = tf.placeholder(tf.float32, [3])
    hard = x + tf.stop_gradient(tf.round(x) - x)
    with tf.Session() as session:
        return session.run([hard, tf.gradients(hard, x)[0]], {x: [0.25, 0.75, 1.25]})


@program()
def gradient_for_an_intermediate_tensor(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    z = y * y
    gradients = tf.gradients(z, [y, x, z])
    with tf.Session() as session:
        return session.run(gradients, {x: 3.0})


@program()
def gradient_for_a_fed_intermediate_tensor(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    gradient = tf.gradients(y * y, y)[0]
    with tf.Session() as session:
        return session.run(gradient, {y: 7.0})


@program()
def gradient_for_an_activation(tf, slim):
    image = tf.placeholder(tf.float32, [None, 4, 4, 1])
    features = slim.conv2d(image, 1, 3, weights_initializer=tf.ones_initializer(), scope="c")
    logits = slim.fully_connected(slim.flatten(features), 2, weights_initializer=tf.ones_initializer())
    attention = tf.gradients(logits[:, 1], features)[0]
    with initialized(tf) as session:
        return [static(attention), session.run(tf.reduce_sum(attention), {image: [[[[1.0]] * 4] * 4]})]


@program()
def gradient_of_a_gradient(tf, slim):
    x = tf.placeholder(tf.float32, [])
    first = tf.gradients(x**3.0, x)[0]
    second = tf.gradients(first, x)[0]
    third = tf.gradients(second, x)[0]
    with tf.Session() as session:
        return session.run([first, second, third], {x: 2.0})


@program()
def gradient_penalty(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    score = slim.fully_connected(
        x, 1, activation_fn=tf.tanh, weights_initializer=tf.constant_initializer(0.5)
    )
    slopes = tf.sqrt(tf.reduce_sum(tf.square(tf.gradients(score, x)[0]), axis=1))
    penalty = tf.reduce_mean(tf.square(slopes - 1.0))
    weights = slim.get_variables_by_name("weights")[0]
    with initialized(tf) as session:
        return session.run([penalty, tf.gradients(penalty, weights)[0]], {x: [[1.0, 2.0], [0.0, 1.0]]})


@program()
def hessians(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = x[0] ** 2.0 * x[1] + x[1] ** 3.0
    with tf.Session() as session:
        return session.run(tf.hessians(y, x), {x: [2.0, 3.0]})


@program()
def custom_gradient(tf, slim):
    @tf.custom_gradient
    def clipped_square(x):
        def grad(dy):
            return tf.clip_by_value(dy * 2.0 * x, -1.0, 1.0)

        return x * x, grad

    x = tf.placeholder(tf.float32, [3])
    y = clipped_square(x)
    with tf.Session() as session:
        return session.run([y, tf.gradients(y, x)[0]], {x: [0.25, 3.0, -3.0]})


@program()
def custom_gradient_of_several_inputs(tf, slim):
    @tf.custom_gradient
    def product(x, y):
        return x * y, lambda dz: (dz * 100.0, dz * 200.0)

    x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    z = product(x * 2.0, y)
    with tf.Session() as session:
        return session.run([z] + tf.gradients(z * 3.0, [x, y]), {x: 1.0, y: 5.0})


@program()
def gradient_reversal_by_override(tf, slim):
    name = f"SessionProgramsReversed{next(REGISTERED)}"

    @tf.RegisterGradient(name)
    def reverse(op, grad):
        return [-2.0 * grad]

    x = tf.placeholder(tf.float32, [2])
    with tf.get_default_graph().gradient_override_map({"Identity": name}):
        y = tf.identity(x, name="flip")
    z = tf.identity(x)
    with tf.Session() as session:
        return [y.name] + session.run(
            [y, tf.gradients(y * y, x)[0], tf.gradients(z * z, x)[0]], {x: [1.0, 2.0]}
        )


@program()
def guided_relu_by_override(tf, slim):
    name = f"SessionProgramsGuided{next(REGISTERED)}"

    @tf.RegisterGradient(name)
    def guided(op, grad):
        gate = tf.cast(op.outputs[0] > 0.0, tf.float32)
        return gate * tf.cast(grad > 0.0, tf.float32) * grad

    x = tf.placeholder(tf.float32, [4])
    with tf.get_default_graph().gradient_override_map({"Relu": name}):
        y = tf.nn.relu(x)
    weights = tf.constant([1.0, -1.0, 1.0, -1.0])
    with tf.Session() as session:
        return session.run(tf.gradients(y * weights, x)[0], {x: [1.0, 2.0, -1.0, -2.0]})


@program()
def gradient_of_maximum_and_relu_at_zero(tf, slim):
    x = tf.placeholder(tf.float32, [3])
    made = [tf.nn.relu(x), tf.maximum(x, 0.0), tf.minimum(x, 0.0), tf.abs(x), tf.nn.leaky_relu(x, 0.5)]
    with tf.Session() as session:
        return session.run([tf.gradients(m, x)[0] for m in made], {x: [-1.0, 0.0, 1.0]})


@program()
def gradients_of_integer_tensors(tf, slim):
    i = tf.placeholder(tf.int32, [])
    gradient = tf.gradients(tf.to_float(i) * 2.0, i)
    return [g is None for g in gradient]


@program()
def gradients_through_gather_and_concat(tf, slim):
    table = tf.get_variable("table", initializer=[[1.0], [2.0], [3.0]])
    rows = tf.gather(table, [2, 0, 2])
    y = tf.reduce_sum(tf.concat([rows, rows * rows], 1))
    dense = tf.convert_to_tensor(tf.gradients(y, table)[0])
    with initialized(tf) as session:
        return session.run(dense)


@program()
def gradients_through_assignments_do_not_flow(tf, slim):
    v, x = tf.get_variable("v", initializer=1.0), tf.placeholder(tf.float32, [])
    y = tf.assign(v, x * 2.0) * 3.0
    return tf.gradients(y, x)[0] is None


@program()
def gradients_are_computed_only_when_fetched(tf, slim):
    calls = []

    @tf.custom_gradient
    def noted(x):
        def grad(dy):
            note = tf.py_func(lambda: calls.append("backward"), [], [])
            with tf.control_dependencies([note]):
                return dy * 1.0

        return x * 1.0, grad

    x = tf.placeholder(tf.float32, [])
    y = noted(x)
    gradient = tf.gradients(y, x)[0]
    with tf.Session() as session:
        session.run(y, {x: 1.0})
        before = list(calls)
        session.run([y, gradient], {x: 1.0})
        return [before, calls]
