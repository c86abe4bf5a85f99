"""Golden programs for slim's layers when recorded: names of outputs, reuse, end points, losses, fetching by name.

Batch normalization and dropout are in `session_programs_batch_norm.py`.
"""

import numpy as np
from session_registry import error, initialized, program, static


def image(tf, channels=3):
    return tf.placeholder(tf.float32, [None, 8, 8, channels], name="image")


def operations(tf, kinds):
    """Names of operations of the given types, in order."""
    return [op.name for op in tf.get_default_graph().get_operations() if op.type in kinds]


@program()
def names_of_a_convolution(tf, slim):
    x = image(tf)
    made = [slim.conv2d(x, 4, 3), slim.conv2d(x, 4, 3), slim.conv2d(x, 4, 3, scope="conv1")]
    made.append(slim.conv2d(x, 4, 3, activation_fn=None, scope="linear"))
    made.append(slim.conv2d(x, 4, 3, activation_fn=tf.nn.sigmoid, scope="gate"))
    made.append(slim.conv2d(x, 4, 3, activation_fn=None, biases_initializer=None, scope="bare"))
    return [[m.name, m.op.type] for m in made]


@program()
def names_of_a_dense_layer(tf, slim):
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.float32, [None, 3, 4])
    made = [
        slim.fully_connected(x, 2),
        slim.fully_connected(x, 2, scope="fc1"),
        slim.fully_connected(x, 2, activation_fn=None, scope="logits"),
        slim.fully_connected(y, 2, scope="deep"),
        slim.fully_connected(x, 2, activation_fn=tf.nn.tanh, scope="t"),
    ]
    return [[m.name, m.op.type, static(m)] for m in made]


@program()
def names_of_pooling_and_reshaping(tf, slim):
    x = image(tf)
    made = [
        slim.max_pool2d(x, 2),
        slim.max_pool2d(x, 2, scope="pool1"),
        slim.avg_pool2d(x, 2),
        slim.flatten(x),
        slim.flatten(x, scope="flat"),
        slim.softmax(slim.flatten(x)),
        slim.dropout(x),
        slim.dropout(x, scope="drop"),
    ]
    return [[m.name, m.op.type] for m in made]


@program()
def names_of_other_convolutions(tf, slim):
    x = image(tf)
    made = [
        slim.separable_conv2d(x, 4, 3, 1),
        slim.separable_conv2d(x, None, 3, 1, scope="depthwise"),
        slim.conv2d_transpose(x, 4, 3, stride=2),
        slim.conv2d_transpose(x, 4, 3, stride=2, scope="up", activation_fn=None),
        slim.conv2d(x, 4, 3, rate=2),
        slim.conv2d_in_plane(x, 3),
    ]
    return [[m.name, static(m)] for m in made]


@program()
def names_with_a_normalizer(tf, slim):
    x = image(tf)
    with slim.arg_scope([slim.conv2d, slim.fully_connected], normalizer_fn=slim.batch_norm):
        made = [slim.conv2d(x, 4, 3), slim.conv2d(x, 4, 3, activation_fn=None, scope="linear")]
        made.append(slim.fully_connected(slim.flatten(x), 2, scope="fc"))
    return [[m.name, m.op.type] for m in made]


@program()
def outputs_are_fetched_by_name(tf, slim):
    x = image(tf, 1)
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected], weights_initializer=tf.constant_initializer(0.25)
    ):
        net = slim.conv2d(x, 2, 3, scope="conv1")
        net = slim.max_pool2d(net, 2, scope="pool1")
        slim.fully_connected(slim.flatten(net), 2, scope="fc1", activation_fn=None)
    with initialized(tf) as session:
        feed = {"image:0": np.arange(64).reshape(1, 8, 8, 1) / 64.0}
        conv, pool, fc = session.run(["conv1/Relu:0", "pool1/MaxPool:0", "fc1/BiasAdd:0"], feed)
        return [conv.sum(), pool.sum(), fc]


@program()
def values_between_the_steps_of_a_layer(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    slim.fully_connected(
        x,
        2,
        weights_initializer=tf.constant_initializer([[1.0, -1.0], [2.0, 0.5]]),
        biases_initializer=tf.constant_initializer(-3.0),
        scope="fc",
    )
    with initialized(tf) as session:
        return session.run(
            ["fc/MatMul:0", "fc/BiasAdd:0", "fc/Relu:0", "fc/weights:0"], {"x:0": [[1.0, 2.0]]}
        )


@program()
def feeding_between_layers(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    with slim.arg_scope([slim.fully_connected], weights_initializer=tf.ones_initializer()):
        hidden = slim.fully_connected(x, 3)
        out = slim.fully_connected(hidden, 1)
    with initialized(tf) as session:
        return [session.run(out, {hidden: [[1.0, 2.0, 3.0]]}), session.run(out, {x: [[1.0, 1.0]]})]


@program()
def reuse_shares_variables_and_not_operations(tf, slim):
    x, y = image(tf), tf.placeholder(tf.float32, [None, 4, 4, 3])
    first = slim.conv2d(x, 4, 3, scope="shared")
    second = slim.conv2d(y, 4, 3, scope="shared", reuse=True)
    return [first.name, second.name, static(second), [v.name for v in tf.global_variables()]]


@program()
def reuse_of_a_whole_network(tf, slim):
    def net(x, reuse=None):
        with tf.variable_scope("net", reuse=reuse):
            x = slim.fully_connected(x, 2, weights_initializer=tf.ones_initializer(), scope="fc1")
            return slim.fully_connected(x, 1, weights_initializer=tf.ones_initializer(), scope="fc2")

    a, b = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 2])
    first, second = net(a), net(b, reuse=True)
    with initialized(tf) as session:
        values = session.run([first, second], {a: [[1.0, 2.0]], b: [[3.0, 4.0], [0.0, 1.0]]})
        return [first.name, second.name, len(tf.global_variables()), values]


@program()
def reuse_without_a_first_use(tf, slim):
    return error(lambda: slim.conv2d(image(tf), 4, 3, scope="c", reuse=True), "c/weights", "does not exist")


@program()
def making_a_layer_twice(tf, slim):
    x = image(tf)
    slim.conv2d(x, 4, 3, scope="c")
    return error(lambda: slim.conv2d(x, 4, 3, scope="c"), "c/weights", "already exists")


@program()
def end_points(tf, slim):
    x = image(tf)
    with slim.arg_scope([slim.conv2d, slim.max_pool2d], outputs_collections="points"):
        with tf.variable_scope("net"):
            net = slim.conv2d(x, 4, 3, scope="conv1")
            net = slim.max_pool2d(net, 2, scope="pool1")
            slim.repeat(net, 2, slim.conv2d, 4, 3, scope="conv2")
    points = slim.utils.convert_collection_to_dict("points")
    return [[key, value.name, static(value)] for key, value in points.items()]


@program()
def end_points_are_fetched(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    with slim.arg_scope(
        [slim.fully_connected], weights_initializer=tf.ones_initializer(), outputs_collections="points"
    ):
        slim.fully_connected(slim.fully_connected(x, 2, scope="a"), 1, scope="b")
    with initialized(tf) as session:
        return session.run(slim.utils.convert_collection_to_dict("points"), {x: [[1.0, 2.0]]})


@program()
def repeat_and_stack(tf, slim):
    x = image(tf)
    net = slim.repeat(x, 2, slim.conv2d, 4, 3, scope="block")
    flat = slim.stack(slim.flatten(net), slim.fully_connected, [5, 6], scope="fc")
    unnamed = slim.repeat(x, 2, slim.conv2d, 4, 3)
    return [net.name, flat.name, unnamed.name, [v.op.name for v in tf.global_variables()]]


@program()
def regularization_losses(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    with slim.arg_scope([slim.fully_connected], weights_regularizer=slim.l2_regularizer(0.5)):
        net = slim.fully_connected(x, 2, weights_initializer=tf.ones_initializer(), scope="fc1")
        slim.fully_connected(
            net,
            2,
            weights_initializer=tf.constant_initializer(2.0),
            biases_regularizer=slim.l1_regularizer(0.1),
            biases_initializer=tf.ones_initializer(),
            scope="fc2",
        )
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    with initialized(tf) as session:
        return [
            [loss.name for loss in losses],
            session.run(losses),
            session.run(tf.losses.get_regularization_loss()),
        ]


@program()
def regularization_losses_follow_the_weights(tf, slim):
    slim.fully_connected(
        tf.ones([1, 1]),
        1,
        weights_initializer=tf.ones_initializer(),
        weights_regularizer=slim.l2_regularizer(1.0),
        scope="fc",
    )
    loss = slim.losses.get_total_loss()
    train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    with initialized(tf) as session:
        facts = [session.run(loss)]
        for _ in range(2):
            session.run(train)
            facts.append(session.run(loss))
        return facts


@program()
def losses_of_slim_and_tf(tf, slim):
    logits = tf.constant([[1.0, 2.0], [3.0, 1.0]])
    labels = tf.constant([[0.0, 1.0], [0.0, 1.0]])
    made = [
        slim.losses.softmax_cross_entropy(logits, labels),
        tf.losses.softmax_cross_entropy(labels, logits),
        tf.losses.sigmoid_cross_entropy(labels, logits, weights=0.5),
        tf.losses.absolute_difference(labels, logits),
    ]
    with tf.Session() as session:
        collected = tf.get_collection(tf.GraphKeys.LOSSES)
        return [
            [m.name for m in made],
            session.run(made),
            [c.name for c in collected],
            session.run(tf.losses.get_total_loss()),
        ]


@program()
def arg_scope_over_recorded_layers(tf, slim):
    x = image(tf)
    with slim.arg_scope([slim.conv2d], activation_fn=tf.nn.elu, padding="VALID", stride=2) as scope:
        a = slim.conv2d(x, 4, 3)
        b = slim.conv2d(x, 4, 3, activation_fn=None, stride=1)
    with slim.arg_scope(scope):
        c = slim.conv2d(x, 4, 3, scope="c")
    return [[t.name, static(t)] for t in (a, b, c)]


@program()
def operations_of_a_small_network(tf, slim):
    x = image(tf)
    net = slim.conv2d(x, 4, 3, scope="conv1")
    net = slim.max_pool2d(net, 2, scope="pool1")
    net = slim.conv2d(net, 4, 3, scope="conv2")
    slim.fully_connected(slim.flatten(net), 2, activation_fn=None, scope="fc")
    return operations(tf, ("Conv2D", "BiasAdd", "Relu", "MaxPool", "MatMul"))


@program()
def operations_inside_a_variable_scope(tf, slim):
    x = image(tf)
    facts = []
    for _ in range(2):
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            facts.append(slim.conv2d(x, 4, 3, scope="conv1").name)
            facts.append(slim.max_pool2d(x, 2).name)
    with tf.variable_scope("net", reuse=True), tf.name_scope("inner"):
        facts.append(slim.conv2d(x, 4, 3, scope="conv1").name)
    return facts


@program()
def a_residual_block(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 2], name="x")
    with slim.arg_scope([slim.conv2d], weights_initializer=tf.constant_initializer(0.1)):
        with tf.variable_scope("block"):
            residual = slim.conv2d(x, 2, 1, activation_fn=None, scope="conv1")
            residual = slim.conv2d(residual, 2, 3, activation_fn=None, scope="conv2")
            out = tf.nn.relu(x + residual)
    with initialized(tf) as session:
        value = session.run(out, {x: np.arange(18).reshape(1, 3, 3, 2) / 18.0})
        return [out.name, residual.name, static(out), value[0, 1, 1], value.sum()]


@program()
def upsampling_to_the_size_of_another_tensor(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 1])
    small = slim.max_pool2d(x, 2)
    up = tf.image.resize_nearest_neighbor(small, tf.shape(x)[1:3])
    joined = tf.concat([x, up], 3)
    with tf.Session() as session:
        value = session.run(joined, {x: np.arange(16).reshape(1, 4, 4, 1)})
        return [static(up), static(joined), value[0, :, :, 1]]


@program()
def spatial_mean_and_logits(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 2])
    net = tf.reduce_mean(x, [1, 2], name="pool5", keepdims=True)
    net = slim.conv2d(
        net, 3, [1, 1], activation_fn=None, weights_initializer=tf.ones_initializer(), scope="logits"
    )
    logits = tf.squeeze(net, [1, 2], name="SpatialSqueeze")
    with initialized(tf) as session:
        value = session.run(logits, {x: np.ones((2, 3, 5, 2))})
        return [logits.name, static(logits), value]


@program()
def variables_are_listed_by_slim(tf, slim):
    x = image(tf)
    with tf.variable_scope("a"):
        slim.conv2d(x, 2, 3, scope="c")
    slim.fully_connected(slim.flatten(x), 2, scope="fc")
    made = [slim.get_variables("a"), slim.get_model_variables(), slim.get_variables_by_name("biases")]
    made.append(slim.get_variables_to_restore(exclude=["fc"]))
    return [[v.op.name for v in variables] for variables in made]


@program()
def evaluation_needs_the_same_variables(tf, slim):
    def net(x):
        return slim.fully_connected(
            x, 1, weights_initializer=tf.ones_initializer(), scope="fc", reuse=tf.AUTO_REUSE
        )

    train, test = net(tf.constant([[1.0, 2.0]])), net(tf.placeholder_with_default([[5.0, 5.0]], [None, 2]))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(train))
    with initialized(tf) as session:
        before = session.run(test)
        session.run(step)
        return [before, session.run([train, test])]


@program()
def layers_on_constants(tf, slim):
    y = slim.conv2d(tf.ones([1, 4, 4, 1]), 1, 3, weights_initializer=tf.ones_initializer())
    with initialized(tf) as session:
        return [static(y), session.run(y)[0, :, :, 0]]


@program()
def layers_on_fed_values_of_a_wrong_shape(tf, slim):
    x = image(tf)
    y = slim.conv2d(x, 4, 3)
    with initialized(tf) as session:
        return error(
            lambda: session.run(y, {x: np.zeros((1, 8, 8, 4))}),
            "Cannot feed value of shape (1, 8, 8, 4)",
            "(?, 8, 8, 3)",
        )
