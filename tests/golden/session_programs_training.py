"""Golden programs for training: `global_step`, decayed rates, `slim.learning.create_train_op` on a tensor."""

import numpy as np
from session_registry import error, initialized, program, static


def regression(tf, slim, **kwargs):
    """A linear layer of ones on fixed data and its mean squared loss."""
    x = tf.constant([[1.0, 2.0], [3.0, -1.0]])
    y = slim.fully_connected(
        x, 1, activation_fn=None, weights_initializer=tf.ones_initializer(), scope="fc", **kwargs
    )
    return tf.losses.mean_squared_error(tf.constant([[1.0], [0.0]]), y)


@program()
def minimize_counts_steps(tf, slim):
    loss = regression(tf, slim)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    with initialized(tf) as session:
        facts = [session.run(step)]
        for _ in range(3):
            session.run(train)
            facts.append(session.run(step))
        return [train.name, facts]


@program()
def apply_gradients_counts_steps(tf, slim):
    loss = regression(tf, slim)
    step = tf.Variable(10, trainable=False, name="my_step")
    optimizer = tf.train.AdamOptimizer(0.1)
    train = optimizer.apply_gradients(optimizer.compute_gradients(loss), global_step=step, name="apply")
    with initialized(tf) as session:
        session.run([train, train])
        return [train.name, session.run(step)]


@program()
def two_optimizers_on_one_step(tf, slim):
    loss = regression(tf, slim)
    step = tf.train.get_or_create_global_step()
    first = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    second = tf.train.MomentumOptimizer(0.1, 0.5).minimize(loss)
    with initialized(tf) as session:
        session.run(first)
        session.run(second)
        return [session.run(step), session.run(loss)]


@program()
def rate_decays_with_the_step(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.5, step, 2, 0.1, staircase=True)
    train = tf.train.GradientDescentOptimizer(rate).minimize(v, global_step=step)
    with initialized(tf) as session:
        facts = []
        for _ in range(5):
            facts.append(session.run(rate))
            session.run(train)
        return [facts, session.run(v), rate.name, static(rate)]


@program()
def schedules_of_the_rate(tf, slim):
    step = tf.placeholder(tf.int64, [])
    rates = [
        tf.train.exponential_decay(1.0, step, 10, 0.5),
        tf.train.polynomial_decay(1.0, step, 10, 0.1, power=2.0),
        tf.train.piecewise_constant(step, [np.int64(5), np.int64(8)], [1.0, 0.5, 0.25]),
        tf.train.inverse_time_decay(1.0, step, 10, 0.5),
        tf.train.natural_exp_decay(1.0, step, 10, 0.5),
        tf.train.cosine_decay(1.0, step, 10),
    ]
    with tf.Session() as session:
        return [session.run(rates, {step: value}) for value in (0, 5, 8, 20)]


@program()
def train_op_gives_the_loss_before_its_update(tf, slim):
    loss = regression(tf, slim)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    with initialized(tf) as session:
        facts = [session.run(train), session.run(loss)]
        return [static(train), facts, session.run(train), session.run(slim.get_global_step())]


@program()
def train_op_is_in_its_collection(tf, slim):
    loss = regression(tf, slim)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    found = tf.get_collection(tf.GraphKeys.TRAIN_OP)
    return [found[-1] is train, len(found), [v.name for v in tf.global_variables()]]


@program()
def train_op_with_a_step_of_its_own(tf, slim):
    loss = regression(tf, slim)
    step = tf.Variable(5, trainable=False, name="mine", dtype=tf.int64)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1), global_step=step)
    with initialized(tf) as session:
        session.run(train)
        return [session.run(step), [v.name for v in tf.global_variables()]]


@program()
def train_op_without_a_step(tf, slim):
    loss = regression(tf, slim)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1), global_step=None)
    with initialized(tf) as session:
        return [session.run([train]), [v.name for v in tf.global_variables()]]


@program()
def train_op_runs_update_ops(tf, slim):
    count = tf.get_variable("count", initializer=0.0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(count, 1.0))
    train = slim.learning.create_train_op(regression(tf, slim), tf.train.GradientDescentOptimizer(0.1))
    with initialized(tf) as session:
        session.run(train)
        session.run(train)
        return session.run(count)


@program()
def train_op_with_update_ops_of_its_own(tf, slim):
    a = tf.get_variable("a", initializer=0.0, trainable=False)
    b = tf.get_variable("b", initializer=0.0, trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(a, 1.0))
    train = slim.learning.create_train_op(
        regression(tf, slim), tf.train.GradientDescentOptimizer(0.1), update_ops=[tf.assign_add(b, 2.0)]
    )
    with initialized(tf) as session:
        session.run(train)
        return session.run([a, b])


@program()
def train_op_clips_each_gradient(tf, slim):
    train = slim.learning.create_train_op(
        regression(tf, slim), tf.train.GradientDescentOptimizer(1.0), clip_gradient_norm=0.5
    )
    with initialized(tf) as session:
        session.run(train)
        return session.run(tf.trainable_variables())


@program()
def train_op_multiplies_gradients(tf, slim):
    loss = regression(tf, slim)
    train = slim.learning.create_train_op(
        loss,
        tf.train.GradientDescentOptimizer(0.1),
        gradient_multipliers={"fc/weights": 0.0, "fc/biases": 10.0},
    )
    with initialized(tf) as session:
        session.run(train)
        return session.run(tf.trainable_variables())


@program()
def train_op_for_some_variables(tf, slim):
    loss = regression(tf, slim)
    chosen = slim.get_variables_by_name("biases")
    train = slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(0.1), variables_to_train=chosen
    )
    with initialized(tf) as session:
        session.run(train)
        return session.run(tf.trainable_variables())


@program()
def train_op_checks_the_loss(tf, slim):
    x = tf.placeholder(tf.float32, [])
    v = tf.get_variable("v", initializer=1.0)
    loss = tf.square(v * x)
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    unchecked = slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(0.1), check_numerics=False
    )
    with initialized(tf) as session:
        passed = session.run(unchecked, {x: float("inf")})
        return [passed, error(lambda: session.run(train, {x: float("nan")}), "LossTensor is inf or nan")]


@program()
def train_op_and_regularization_losses(tf, slim):
    regression(tf, slim, weights_regularizer=slim.l2_regularizer(0.5))
    total = tf.losses.get_total_loss()
    train = slim.learning.create_train_op(total, tf.train.GradientDescentOptimizer(0.1))
    with initialized(tf) as session:
        facts = [total.name, session.run(total)]
        session.run(train)
        return [*facts, session.run(tf.trainable_variables()), session.run(total)]


@program()
def losses_of_a_batch_that_is_fed(tf, slim):
    x, labels = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int64, [None])
    logits = slim.fully_connected(
        x,
        3,
        activation_fn=None,
        weights_initializer=tf.constant_initializer([[1.0, 0.0, -1.0], [0.5, 0.5, 0.0]]),
    )
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    correct = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))
    train = tf.train.MomentumOptimizer(0.5, 0.9).minimize(loss)
    with initialized(tf) as session:
        facts = []
        for batch in ([[1.0, 0.0]], [[0.0, 1.0], [2.0, -1.0]]):
            feed = {x: batch, labels: np.zeros(len(batch), np.int64) + 1}
            facts.append(session.run([loss, correct, train], feed)[1])
            facts.append(session.run([loss, correct], feed))
        return facts


@program()
def gradients_accumulated_over_batches(tf, slim):
    x = tf.placeholder(tf.float32, [])
    v = tf.get_variable("v", initializer=1.0)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    ((gradient, _),) = optimizer.compute_gradients(v * v * x)
    total = tf.get_variable("total", initializer=0.0, trainable=False)
    clear, add = tf.assign(total, 0.0), tf.assign_add(total, gradient)
    apply = optimizer.apply_gradients([(total / 2.0, v)])
    with initialized(tf) as session:
        facts = []
        for _ in range(2):
            session.run(clear)
            for value in (1.0, 3.0):
                session.run(add, {x: value})
            session.run(apply)
            facts.append(session.run([v, total]))
        return facts


@program()
def metrics_are_updated_by_their_update_op(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    mean, update = tf.metrics.mean(x)
    with initialized(tf) as session:
        facts = [session.run(mean)]
        for value in ([1.0, 3.0], [8.0]):
            facts += [session.run(update, {x: value}), session.run(mean)]
        return [facts, [v.name for v in tf.local_variables()]]


@program()
def moving_average_of_weights_during_training(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.5).minimize(v * v * 0.5, global_step=step)
    ema = tf.train.ExponentialMovingAverage(0.9, step)
    with tf.control_dependencies([train]):
        both = ema.apply([v])
    with initialized(tf) as session:
        for _ in range(3):
            session.run(both)
        return session.run([v, ema.average(v), step])


@program()
def minibatch_loop_as_scripts_write_it(tf, slim):
    x, y = tf.placeholder(tf.float32, [None, 1], name="x"), tf.placeholder(tf.float32, [None, 1], name="y")
    w, b = tf.Variable(tf.zeros([1, 1]), name="w"), tf.Variable(tf.zeros([1]), name="b")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    data = np.linspace(-1.0, 1.0, 8).reshape(8, 1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(5):
            for start in range(0, 8, 4):
                batch = data[start : start + 4]
                session.run(train, feed_dict={x: batch, y: 2.0 * batch + 1.0})
        return session.run([w, b, loss], {x: data, y: 2.0 * data + 1.0})
