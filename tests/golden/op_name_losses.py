"""Cases of operation names: losses of both kinds, regularizers, training, scopes."""

from op_name_tools import case, image

# Per kind of loss: a function of a module (`slim.losses`, `tf.losses`), predictions and labels.
PAIRS = ("absolute_difference", "log_loss", "mean_squared_error", "mean_pairwise_squared_error")


def _sources(tf, shape=(4, 3)):
    return image(tf, shape, "predictions"), image(tf, shape, "labels")


def _slim_losses():
    def pair(name, shape=(4, 3), **kwargs):
        def build(tf, slim):
            predictions, labels = _sources(tf, shape)
            return getattr(slim.losses, name)(predictions, labels, **kwargs)

        return build

    for name in PAIRS + ("sigmoid_cross_entropy", "softmax_cross_entropy", "hinge_loss"):
        case(f"slim.losses/{name}", pair(name))
        case(f"slim.losses/{name}_scope", pair(name, scope="s"))
        case(f"slim.losses/{name}_unknown", pair(name, (None, 3)))
        if name != "hinge_loss":
            case(f"slim.losses/{name}_weights", pair(name, weights=2.0))
    for name in ("sigmoid_cross_entropy", "softmax_cross_entropy"):
        case(f"slim.losses/{name}_smoothing", pair(name, label_smoothing=0.1))

    def sparse(tf, slim):
        logits, labels = image(tf, (4, 3)), tf.placeholder(tf.int32, [4], name="labels")
        return slim.losses.sparse_softmax_cross_entropy(logits, labels)

    def cosine(tf, slim):
        return slim.losses.cosine_distance(*_sources(tf), dim=1)

    def weights_tensor(tf, slim):
        predictions, labels = _sources(tf)
        return slim.losses.mean_squared_error(predictions, labels, weights=tf.placeholder(tf.float32, [4]))

    def several(tf, slim):
        logits, labels = _sources(tf)
        found = [
            slim.losses.softmax_cross_entropy(logits, labels),
            slim.losses.softmax_cross_entropy(logits, labels),
        ]
        with tf.name_scope("tower"):
            found.append(slim.losses.softmax_cross_entropy(logits, labels))
        with tf.variable_scope("net"):
            found.append(slim.losses.softmax_cross_entropy(logits, labels, scope="loss"))
        slim.fully_connected(logits, 2, weights_regularizer=slim.l2_regularizer(0.1))
        return found + [slim.losses.get_total_loss(), slim.losses.get_total_loss(name="sum")]

    def added(tf, slim):
        logits, labels = _sources(tf)
        slim.losses.add_loss(tf.reduce_mean(tf.square(logits - labels)))
        return slim.losses.get_total_loss(add_regularization_losses=False)

    def compute_weighted(tf, slim):
        logits, _ = _sources(tf)
        return slim.losses.compute_weighted_loss(logits, 0.5)

    for name, build in (
        ("sparse_softmax_cross_entropy", sparse),
        ("cosine_distance", cosine),
        ("weights_tensor", weights_tensor),
        ("several", several),
        ("added", added),
        ("compute_weighted_loss", compute_weighted),
    ):
        case("slim.losses/" + name, build)


def _tf_losses():
    def pair(name, shape=(4, 3), **kwargs):
        def build(tf, slim):
            predictions, labels = _sources(tf, shape)
            return getattr(tf.losses, name)(labels, predictions, **kwargs)

        return build

    for name in PAIRS + ("sigmoid_cross_entropy", "softmax_cross_entropy", "hinge_loss", "huber_loss"):
        case(f"tf.losses/{name}", pair(name))
        case(f"tf.losses/{name}_scope", pair(name, (None, 3), scope="s"))

    def sparse(tf, slim):
        logits, labels = image(tf, (None, 3)), tf.placeholder(tf.int32, [None], name="labels")
        return [
            tf.losses.sparse_softmax_cross_entropy(labels, logits),
            tf.losses.sparse_softmax_cross_entropy(labels, logits, scope="loss"),
        ]

    def total(tf, slim):
        logits, labels = _sources(tf)
        net = slim.fully_connected(logits, 3, weights_regularizer=slim.l2_regularizer(0.1))
        tf.losses.mean_squared_error(labels, net)
        return [
            tf.losses.get_regularization_loss(),
            tf.losses.get_total_loss(),
            tf.add_n(tf.losses.get_losses()),
        ]

    case("tf.losses/sparse_softmax_cross_entropy", sparse)
    case("tf.losses/total", total)


def _regularizers():
    def build(make):
        def program(tf, slim):
            slim.fully_connected(image(tf, (4, 3)), 2, weights_regularizer=make(slim), scope="fc")
            with tf.variable_scope("a"):
                slim.fully_connected(image(tf, (4, 3)), 2, weights_regularizer=make(slim))
            with tf.variable_scope("r", regularizer=make(slim)):
                tf.get_variable("w", [2, 2])
            return tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)

        return program

    case("regularizers/l1", build(lambda slim: slim.l1_regularizer(0.1)))
    case("regularizers/l2", build(lambda slim: slim.l2_regularizer(0.1)))
    case("regularizers/l1_l2", build(lambda slim: slim.l1_l2_regularizer(0.1, 0.2)))
    case("regularizers/l2_scope", build(lambda slim: slim.l2_regularizer(0.1, scope="decay")))
    case(
        "regularizers/sum",
        build(lambda slim: slim.sum_regularizer([slim.l1_regularizer(0.1), slim.l2_regularizer(0.1)])),
    )

    def applied(tf, slim):
        slim.fully_connected(image(tf, (4, 3)), 2, scope="fc")
        return slim.apply_regularization(slim.l2_regularizer(0.1), slim.get_variables_by_name("weights"))

    case("regularizers/apply", applied)


def _training():
    def loss_of(tf, slim):
        net = slim.fully_connected(image(tf, (4, 3)), 2, scope="fc")
        return tf.reduce_mean(tf.square(net), name="loss")

    def minimize(make, **kwargs):
        def build(tf, slim):
            return make(tf).minimize(loss_of(tf, slim), **kwargs)

        return build

    makers = (
        ("sgd", lambda tf: tf.train.GradientDescentOptimizer(0.1)),
        ("momentum", lambda tf: tf.train.MomentumOptimizer(0.1, 0.9)),
        ("adam", lambda tf: tf.train.AdamOptimizer(0.1)),
        ("rmsprop", lambda tf: tf.train.RMSPropOptimizer(0.1)),
        ("adagrad", lambda tf: tf.train.AdagradOptimizer(0.1)),
    )
    for name, make in makers:
        case("training/" + name, minimize(make))
    case("training/named", minimize(makers[0][1], name="step"))

    def with_global_step(tf, slim):
        step = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(0.1, step, 10, 0.5)
        first = tf.train.GradientDescentOptimizer(rate).minimize(loss_of(tf, slim), global_step=step)
        return [rate, first, step]

    def twice(tf, slim):
        loss = loss_of(tf, slim)
        first = tf.train.AdamOptimizer(0.1).minimize(loss)
        return [first, tf.train.AdamOptimizer(0.1).minimize(loss)]

    def create_train_op(tf, slim):
        loss = loss_of(tf, slim)
        return [
            slim.learning.create_train_op(loss, tf.train.MomentumOptimizer(0.1, 0.9), clip_gradient_norm=1.0),
            slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1), global_step=None),
        ]

    def applied(tf, slim):
        loss = loss_of(tf, slim)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        pairs = optimizer.compute_gradients(loss)
        clipped, norm = tf.clip_by_global_norm([gradient for gradient, _ in pairs], 1.0)
        train = optimizer.apply_gradients(
            list(zip(clipped, [variable for _, variable in pairs])), name="train"
        )
        return [norm, clipped[0], clipped[1], train]

    def average(tf, slim):
        loss_of(tf, slim)
        mean = tf.train.ExponentialMovingAverage(0.9)
        update = mean.apply(tf.trainable_variables())
        return [update, mean.average(tf.trainable_variables()[0])]

    def groups(tf, slim):
        loss = loss_of(tf, slim)
        with tf.control_dependencies([loss]):
            nothing = tf.no_op()
            kept = tf.identity(loss)
        return [
            nothing,
            kept,
            tf.group(nothing),
            tf.group(nothing, name="both"),
            tf.no_op(name="train"),
            tf.global_variables_initializer(),
            tf.local_variables_initializer(),
            tf.tables_initializer(),
        ]

    for name, build in (
        ("global_step", with_global_step),
        ("twice", twice),
        ("create_train_op", create_train_op),
        ("apply_gradients", applied),
        ("moving_average", average),
        ("groups", groups),
    ):
        case("training/" + name, build)


def _variables():
    def build(tf, slim):
        first = tf.Variable(tf.zeros([2]), name="v")
        second = tf.get_variable("w", [2], initializer=tf.zeros_initializer())
        return [
            first.assign([1.0, 2.0]),
            tf.assign(second, [1.0, 2.0]),
            tf.assign_add(first, [1.0, 2.0]),
            first.assign_sub([1.0, 2.0]),
            tf.assign(second, [1.0, 2.0], name="load"),
            first.initializer,
            second.initializer,
            first + second,
            first.initialized_value(),
            tf.identity(first),
            first[0],
            tf.reduce_sum(first),
        ]

    case("variables", build)


def add():
    """Puts the cases of this module in the table."""
    _slim_losses()
    _tf_losses()
    _regularizers()
    _training()
    _variables()
