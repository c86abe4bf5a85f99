"""Programs about `tf.layers`: names and scopes of layers as objects, layers of one's own, losses and updates.

A program is a function of `(tf, slim)` that returns facts; see `session_registry.py`. TensorFlow's answers are in
`tf_layers.json`.
"""

import collections

import numpy as np
from session_registry import error, initialized, static

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def names(tensors):
    return [tensor.name for tensor in tensors]


def image(tf):
    return tf.placeholder(tf.float32, [None, 8, 8, 3], name="image")


def rows(tf):
    return tf.placeholder(tf.float32, [None, 3], name="rows")


@program
def a_small_network(tf, slim):
    net = image(tf)
    made = []
    for filters in (4, 8):
        net = tf.layers.conv2d(net, filters, 3, padding="same", activation=tf.nn.relu)
        made.append(net)
        net = tf.layers.max_pooling2d(net, 2, 2)
        made.append(net)
    net = tf.layers.flatten(net)
    made.append(net)
    net = tf.layers.dense(net, 16, activation=tf.nn.relu, name="fc")
    net = tf.layers.dropout(net, rate=0.4, training=True)
    made.append(net)
    net = tf.layers.batch_normalization(net, training=tf.placeholder(tf.bool, []))
    made.append(net)
    made.append(tf.layers.dense(net, 3))
    return [
        names(made),
        [static(m) for m in made],
        names(tf.global_variables()),
        names(tf.trainable_variables()),
        names(tf.model_variables()),
        [op.name for op in tf.get_collection(tf.GraphKeys.UPDATE_OPS)],
    ]


@program
def objects_are_named_when_made_and_scoped_when_called(tf, slim):
    x = image(tf)
    first, second = tf.layers.Conv2D(4, 3), tf.layers.Conv2D(4, 3)
    facts = [first.name, second.name, error(lambda: first.scope_name, "has not been used yet")]
    facts += [second(x).name, first(x).name, first(x).name, second.scope_name, first.scope_name]
    with tf.variable_scope("s"):
        third = tf.layers.Conv2D(4, 3)
        facts += [third.name, third(x).name, third.kernel.name, tf.layers.conv2d(x, 4, 3).name, first(x).name]
    with tf.name_scope("ns"):
        facts += [tf.layers.conv2d(x, 4, 3).name, tf.layers.conv2d(x, 4, 3, name="n").name, first(x).name]
    return facts + [names(tf.global_variables())]


@program
def names_given_to_objects(tf, slim):
    x = rows(tf)
    with tf.variable_scope("s"):
        a, b = tf.layers.Dense(2), tf.layers.Dense(2, name="b")
    facts = [a(x).name, b(x).name, a.name, b.name, a.scope_name, b.scope_name]
    c = tf.layers.Dense(2, name="b")
    facts += [c(x).name, c.name, c.scope_name]
    with tf.variable_scope("s"):
        d = tf.layers.Dense(2, _scope="z")
    facts += [d.name, d.scope_name, d(x).name]
    e = tf.layers.Dense(2, _reuse=True, _scope="s/z")
    return facts + [e(x).name, e.kernel is d.kernel, e.scope_name]


@program
def default_names_of_classes(tf, slim):
    class MyHTTPLayer(tf.layers.Layer):
        pass

    class _Hidden(tf.layers.Layer):
        pass

    made = [
        tf.layers.Dense(2, name="dense_1"),
        tf.layers.Dense(2),
        tf.layers.Dense(2),
        tf.layers.Conv2DTranspose(1, 1),
        tf.layers.SeparableConv1D(1, 1),
        tf.layers.MaxPooling2D(1, 1),
        tf.layers.BatchNormalization(),
        MyHTTPLayer(),
        _Hidden(),
    ]
    return names(made)


@program
def attributes_of_objects(tf, slim):
    x = rows(tf)
    dense = tf.layers.Dense(2, kernel_regularizer=slim.l2_regularizer(0.1))
    facts = [dense.built, dense.weights, dense.trainable, dense.losses, dense.updates, dense.units]
    dense.apply(x)
    facts += [dense.built, names(dense.weights), names(dense.trainable_weights), dense.non_trainable_weights]
    facts += [names(dense.variables), names(dense.losses), dense.count_params(), dense.bias.name]
    norm = tf.layers.BatchNormalization()
    norm(x, training=True)
    facts += [names(norm.weights), names(norm.trainable_variables), names(norm.non_trainable_variables)]
    facts += [names(norm.updates), norm.axis, norm.gamma.name, norm.moving_mean.name]
    conv = tf.layers.Conv2D(2, 3, trainable=False)
    conv(image(tf))
    facts += [
        names(conv.trainable_weights),
        names(conv.non_trainable_weights),
        conv.strides,
        conv.kernel_size,
    ]
    facts += [conv.padding, conv.data_format, conv.dilation_rate, conv.filters, conv.rank]
    dense.trainable = False
    return facts + [
        names(dense.trainable_weights),
        names(dense.non_trainable_weights),
        names(tf.trainable_variables()),
    ]


@program
def a_layer_of_ones_own(tf, slim):
    shapes = []

    class Mine(tf.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def build(self, shape):
            shapes.append(shape.as_list())
            self.w = self.add_variable(
                "w", [shape[-1].value, self.units], regularizer=slim.l2_regularizer(0.1)
            )
            self.v = self.add_weight(
                name="v", shape=[self.units], initializer=tf.zeros_initializer(), trainable=False
            )
            self.built = True

        def call(self, x, twice=False):
            self.add_loss(tf.reduce_sum(x, name="of_x"), inputs=True)
            self.add_update(tf.assign_add(self.v, tf.ones([self.units])), inputs=True)
            inside = tf.get_variable("inside", [self.units])
            return (tf.matmul(x, self.w) + inside) * (2.0 if twice else 1.0)

    x = rows(tf)
    layer = Mine(4)
    facts = [layer(x).name, names(layer.weights), names(layer.losses), names(layer.updates), layer.name]
    facts += [layer(x, twice=True).name, names(layer.losses), names(layer.updates)]
    facts += [Mine(4, name="other").apply(x).name, shapes, names(tf.global_variables())]
    keys = (tf.GraphKeys.UPDATE_OPS, tf.GraphKeys.REGULARIZATION_LOSSES, tf.GraphKeys.TRAINABLE_VARIABLES)
    return facts + [names(tf.get_collection(key)) for key in keys]


@program
def layers_of_several_inputs(tf, slim):
    class Sum(tf.layers.Layer):
        def call(self, xs):
            return xs[0] + xs[1]

    class Twice(tf.layers.Layer):
        def build(self, shapes):
            found.append({key: shape.as_list() for key, shape in shapes.items()})
            super().build(shapes)

        def call(self, xs):
            return {"a": xs["a"] * 2.0}

    class Nothing(tf.layers.Layer):
        def call(self, x):
            pass

    found = []
    x = rows(tf)
    facts = [Sum()([x, x]).name, Twice()({"a": x})["a"].name, found, tf.layers.Layer()(x) is x]
    facts.append(error(lambda: Nothing()(x), "should return a Tensor", "nothing_1"))
    facts.append(error(lambda: tf.layers.Dense(2, depth=3), "Keyword argument not understood"))
    return facts + [error(lambda: tf.layers.Dense(2)([x, x]), "expects 1 inputs, but it received 2")]


@program
def a_layer_of_layers(tf, slim):
    class Block(tf.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = tf.layers.Dense(4, name="first")
            self.norm = tf.layers.BatchNormalization(name="norm")

        def call(self, x, training):
            return self.norm(self.first(x), training=training)

    x = rows(tf)
    block = Block(name="block")
    out = block(x, training=True)
    return [
        out.name,
        names(block.first.weights),
        names(tf.global_variables()),
        names(block.trainable_weights),
    ]


@program
def a_layer_checks_what_it_is_called_with_again(tf, slim):
    dense, conv = tf.layers.Dense(2), tf.layers.Conv2D(2, 1)
    dense(rows(tf))
    conv(image(tf))
    return [
        error(lambda: dense(tf.zeros([2, 4])), "expected axis -1 of input shape to have value 3"),
        error(lambda: conv(tf.zeros([2, 4, 4, 4])), "expected axis -1 of input shape to have value 3"),
        error(lambda: dense(tf.placeholder(tf.float32)), "its rank is undefined"),
        error(lambda: tf.layers.dense(tf.placeholder(tf.float32, [2, None]), 2), "should be defined"),
        error(
            lambda: tf.layers.conv2d(tf.placeholder(tf.float32, [2, 3, 3, None]), 2, 1), "should be defined"
        ),
    ]


@program
def reuse_by_scope(tf, slim):
    x = rows(tf)
    facts = []
    for i in range(2):
        with tf.variable_scope("net", reuse=i > 0):
            net = tf.layers.dense(tf.layers.dense(x, 4), 4)
            facts.append(tf.layers.dense(net, 4, name="last").name)
            with tf.variable_scope("in"):
                facts.append(tf.layers.dense(net, 2).name)
    for _ in range(2):
        with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
            facts += [tf.layers.dense(x, 4, name="d").name, tf.layers.dense(x, 4).name]
    return facts + [names(tf.global_variables())]


@program
def defaults_of_the_variable_scope(tf, slim):
    x = rows(tf)
    asked = []

    def getter(getter, name, *args, **kwargs):
        asked.append([name, kwargs["trainable"]])
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        tf.layers.dense(x, 2)
        tf.layers.batch_normalization(x)
    with tf.variable_scope(
        "b", initializer=tf.constant_initializer(3.0), regularizer=slim.l2_regularizer(1.0)
    ):
        tf.layers.dense(x, 2)
    with initialized(tf) as session:
        values = session.run(tf.global_variables("b/"))
        return [asked, values, names(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))]


@program
def arrays_and_constants_as_inputs(tf, slim):
    a = tf.layers.dense(np.ones([2, 3], np.float32), 2, kernel_initializer=tf.ones_initializer())
    b = tf.layers.dense(np.ones([2, 3]), 2, kernel_initializer=tf.ones_initializer())
    with initialized(tf) as session:
        return [a.dtype.name, b.dtype.name] if hasattr(a.dtype, "nothing") else session.run([a, b])


@program
def dropout_drops_in_training_only(tf, slim):
    x = tf.placeholder(tf.float32, [50, 40])
    training = tf.placeholder(tf.bool, [])
    made = [
        tf.layers.dropout(x, 0.25, training=True),
        tf.layers.dropout(x, 0.25, training=training),
        tf.layers.dropout(x, 0.5, noise_shape=[50, 1], training=True, name="rows"),
        tf.layers.Dropout(0.25)(x, training=training),
    ]
    facts = [names(made)]
    with tf.Session() as session:
        for flag in (True, False):
            values = session.run(made, {x: np.ones([50, 40]), training: flag})
            facts.append([sorted(set(np.round(v, 4).ravel().tolist())) for v in values])
        facts.append(bool((np.ptp(values[2], axis=1) == 0).all()))
    return facts


@program
def batch_norm_told_when_it_runs(tf, slim):
    x = tf.placeholder(tf.float32, [4, 2])
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.batch_normalization(x, training=training, momentum=0.5)
    images = tf.layers.batch_normalization(
        tf.reshape(x, [2, 2, 1, 2]), training=training, momentum=0.5, name="im"
    )
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    feed = {x: np.arange(8.0).reshape(4, 2) ** 2}
    facts = [y.name, images.name, [op.name for op in updates]]
    with initialized(tf) as session:
        for flag in (True, False):
            feed[training] = flag
            facts.append(session.run([y, images], feed))
            session.run(updates, feed)
            facts.append(session.run(tf.global_variables()))
    return facts


@program
def batch_norm_by_learning_phase(tf, slim):
    x = tf.placeholder(tf.float32, [4, 2])
    y = tf.layers.batch_normalization(x, training=None)
    tf.layers.batch_normalization(x, training=None)
    feed = {x: np.arange(8.0).reshape(4, 2)}
    with initialized(tf) as session:
        return [session.run(y, feed), session.run(y, dict(feed, **{"keras_learning_phase:0": True}))]


@program
def training_a_network(tf, slim):
    x = tf.placeholder(tf.float32, [None, 6, 6, 2])
    init = tf.constant_initializer(0.1)
    net = tf.layers.conv2d(x, 3, 3, activation=tf.nn.relu, kernel_initializer=init)
    net = tf.layers.batch_normalization(net, training=True)
    net = tf.layers.dense(
        tf.layers.flatten(net),
        2,
        kernel_initializer=init,
        kernel_regularizer=slim.l2_regularizer(0.1),
    )
    loss = tf.reduce_mean(tf.square(net - 1.0)) + tf.losses.get_regularization_loss()
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    values = np.linspace(-1, 1, 3 * 72).reshape(3, 6, 6, 2)
    with initialized(tf) as session:
        losses = [session.run([loss, train], {x: values})[0] for _ in range(3)]
        return [losses, [session.run(v).sum() for v in tf.global_variables()]]
