"""Golden programs for layers that behave differently in training, when recorded: batch_norm, dropout."""

import numpy as np
from session_registry import initialized, program, static

VALUES = np.array([[[[1.0, 2.0]], [[3.0, 6.0]]], [[[5.0, 0.0]], [[-1.0, 4.0]]]], np.float32)


def statistics(slim):
    return slim.get_variables_by_name("moving_mean") + slim.get_variables_by_name("moving_variance")


@program()
def names_of_batch_norm(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    training = tf.placeholder(tf.bool, [])
    flat = tf.placeholder(tf.float32, [None, 3])
    made = [
        slim.batch_norm(x),
        slim.batch_norm(x, is_training=False, scope="test"),
        slim.batch_norm(x, activation_fn=tf.nn.relu, scope="bn"),
        slim.batch_norm(x, is_training=training, scope="either"),
        slim.batch_norm(flat, scope="flat"),
        slim.batch_norm(x, fused=False, scope="plain"),
    ]
    return [[m.name, static(m)] for m in made]


@program()
def updates_are_collected(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    slim.batch_norm(x, scope="a")
    slim.batch_norm(x, scope="b", is_training=False)
    slim.batch_norm(x, scope="c", updates_collections="mine")
    slim.batch_norm(x, scope="d", updates_collections=None)
    return [len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)), len(tf.get_collection("mine"))]


@program()
def updates_run_only_when_fetched(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    y = slim.batch_norm(x, decay=0.5, scope="bn")
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with initialized(tf) as session:
        first = session.run(y, {x: VALUES})
        before = session.run(statistics(slim))
        session.run(updates, {x: VALUES})
        return [first, before, session.run(statistics(slim))]


@program()
def updates_in_control_dependencies(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    y = slim.batch_norm(x, decay=0.5, scale=True, scope="bn")
    loss = tf.reduce_sum(tf.square(y - 1.0))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with initialized(tf) as session:
        for _ in range(2):
            session.run(train, {x: VALUES})
        return [session.run(tf.trainable_variables()), session.run(statistics(slim))]


@program()
def updates_in_place(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    y = slim.batch_norm(x, decay=0.5, updates_collections=None, scope="bn")
    with initialized(tf) as session:
        session.run(y, {x: VALUES})
        return session.run(statistics(slim))


@program()
def training_as_a_placeholder(tf, slim):
    x, training = tf.placeholder(tf.float32, [None, 2, 1, 2]), tf.placeholder(tf.bool, [], name="training")
    y = slim.batch_norm(x, decay=0.5, is_training=training, scope="bn")
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    facts = []
    with initialized(tf) as session:
        for value in (True, False, True):
            out = session.run([y, updates], {x: VALUES, training: value})[0]
            facts.append([out[0, 0, 0], session.run(statistics(slim))])
        return facts


@program()
def training_as_a_placeholder_in_place(tf, slim):
    x, training = tf.placeholder(tf.float32, [None, 2, 1, 2]), tf.placeholder(tf.bool, [])
    y = slim.batch_norm(x, decay=0.5, is_training=training, updates_collections=None, scope="bn")
    facts = []
    with initialized(tf) as session:
        for value in (False, True, False):
            session.run(y, {x: VALUES, training: value})
            facts.append(session.run(statistics(slim)))
        return facts


@program()
def training_as_a_placeholder_in_a_dense_network(tf, slim):
    x, training = tf.placeholder(tf.float32, [None, 2]), tf.placeholder_with_default(False, [])
    with slim.arg_scope([slim.batch_norm], is_training=training, decay=0.9):
        net = slim.fully_connected(
            x, 2, normalizer_fn=slim.batch_norm, weights_initializer=tf.ones_initializer(), scope="fc"
        )
    train = slim.learning.create_train_op(tf.reduce_sum(net), tf.train.GradientDescentOptimizer(0.1))
    batch = [[1.0, 2.0], [3.0, 5.0], [0.0, -1.0]]
    with initialized(tf) as session:
        facts = [session.run(net, {x: batch})]
        session.run(train, {x: batch, training: True})
        return facts + [session.run(net, {x: batch}), session.run(tf.global_variables())]


@program()
def inference_uses_the_moving_statistics(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    y = slim.batch_norm(x, is_training=False, scope="bn")
    with initialized(tf) as session:
        mean, variance = statistics(slim)
        session.run([tf.assign(mean, [1.0, 2.0]), tf.assign(variance, [4.0, 0.25])])
        return session.run(y, {x: VALUES})


@program()
def train_and_test_networks_share_statistics(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    slim.batch_norm(x, decay=0.5, scope="bn")
    test = slim.batch_norm(x, decay=0.5, is_training=False, scope="bn", reuse=True)
    with initialized(tf) as session:
        before = session.run(test, {x: VALUES})[0, 0, 0]
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {x: VALUES})
        return [before, session.run(test, {x: VALUES})[0, 0, 0], len(tf.global_variables())]


@program()
def create_train_op_runs_the_updates(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    y = slim.batch_norm(x, decay=0.5, scope="bn")
    loss = tf.reduce_mean(tf.square(y - 2.0))
    train = slim.learning.create_train_op(loss, tf.train.MomentumOptimizer(0.1, 0.9))
    with initialized(tf) as session:
        losses = [session.run(train, {x: VALUES}) for _ in range(3)]
        return [losses, session.run(statistics(slim)), session.run(slim.get_variables_by_name("beta"))]


@program()
def gradients_through_batch_statistics(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 1, 2])
    weights = tf.constant(np.arange(8).reshape(2, 2, 1, 2), tf.float32)
    for training in (True, False):
        slim.batch_norm(x, is_training=training, scope="bn", reuse=not training)
    outputs = [
        tf.get_default_graph().get_tensor_by_name(name)
        for name in ("bn/FusedBatchNormV3:0", "bn_1/FusedBatchNormV3:0")
    ]
    gradients = [tf.gradients(tf.reduce_sum(y * weights), x)[0] for y in outputs]
    with initialized(tf) as session:
        return session.run(gradients, {x: VALUES})


@program()
def batches_of_any_size(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 1])
    y = slim.batch_norm(x, scope="bn")
    with initialized(tf) as session:
        facts = []
        for shape in ((1, 2, 2, 1), (3, 1, 4, 1)):
            value = session.run(y, {x: np.arange(np.prod(shape)).reshape(shape)})
            facts.append([list(value.shape), value.ravel()[:3]])
        return facts


@program()
def dropout_as_a_placeholder(tf, slim):
    x, training = tf.ones([100]), tf.placeholder(tf.bool, [])
    y = slim.dropout(x, 0.8, is_training=training)
    with tf.Session() as session:
        off, on = session.run(y, {training: False}), session.run(y, {training: True})
        return [y.name, sorted(set(off.tolist())), sorted(set(np.round(on, 4).tolist()))]


@program()
def dropout_switched_off(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = slim.dropout(x, 0.5, is_training=False)
    z = slim.dropout(x, 1.0)
    with tf.Session() as session:
        return [y.name, z.name, static(z), session.run([y, z], {x: [[1.0, 2.0, 3.0]]})]


@program()
def keep_probability_as_a_placeholder(tf, slim):
    x, keep = tf.ones([50]), tf.placeholder(tf.float32, [], name="keep_prob")
    y = tf.nn.dropout(x, keep)
    with tf.Session() as session:
        whole, half = session.run(y, {keep: 1.0}), session.run(y, {keep: 0.5})
        return [static(y), sorted(set(whole.tolist())), sorted(set(half.tolist()))]


@program()
def noise_shape_of_dropout(tf, slim):
    y = slim.dropout(tf.ones([20, 4]), 0.5, noise_shape=[20, 1])
    with tf.Session() as session:
        value = session.run(y)
        return [static(y), bool((value == value[:, :1]).all())]
