"""Golden programs for `get_variable`: its errors, initializers, collections, and what it inherits.

What it inherits from a variable scope: initializer, regularizer, dtype and custom getters. Names and
reuse of the scopes themselves are in `scope_programs.py`.
"""

from program_registry import dtype_name, error_of, index_in, inventory, names, program, shape_of, value_of

# Keyword arguments that slim_torch's getters receive besides TensorFlow's.
EXTENSIONS = ("device", "memory_order")


def lands_in(tf, variable):
    """Names of the usual collections that hold this very variable."""
    keys = ("GLOBAL_VARIABLES", "LOCAL_VARIABLES", "MODEL_VARIABLES", "TRAINABLE_VARIABLES")
    return [
        key for key in keys if index_in(tf.get_collection(getattr(tf.GraphKeys, key)), variable) is not None
    ]


def losses(tf):
    """Values of the regularization losses, in order."""
    found = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return [round(value_of(loss), 4) for loss in found]


def described(variable):
    return [variable.name, shape_of(variable), dtype_name(variable.dtype), bool(variable.trainable)]


@program()
def plain_variable(tf, slim, zeros):
    v = tf.get_variable("v", [2, 3])
    return [described(v), lands_in(tf, v), inventory(tf)]


@program()
def shapes_of_every_kind(tf, slim, zeros):
    given = {"list": [2, 3], "tuple": (4,), "int": 5, "scalar": []}
    return {kind: shape_of(tf.get_variable(kind, given[kind])) for kind in sorted(given)}


@program()
def slash_in_a_variable_name(tf, slim, zeros):
    v = tf.get_variable("x/y/v", [1])
    with tf.variable_scope("x/y", reuse=True):
        w = tf.get_variable("v", [1])
    return [v.name, v is w]


@program()
def positional_arguments(tf, slim, zeros):
    v = tf.get_variable("v", [2], tf.float64, tf.constant_initializer(2.0), None, False)
    return [described(v), value_of(v), lands_in(tf, v)]


@program(words=("Variable v already exists",))
def created_twice(tf, slim, zeros):
    tf.get_variable("v", [1])
    tf.get_variable("v", [1])


@program(words=("Variable a/b/v already exists", "reuse=True", "reuse=tf.AUTO_REUSE"))
def created_twice_in_nested_scopes(tf, slim, zeros):
    for _ in range(2):
        with tf.variable_scope("a"), tf.variable_scope("b"):
            tf.get_variable("v", [1])


@program(words=("Variable a/v does not exist, or was not created with tf.get_variable()",))
def missing_under_reuse(tf, slim, zeros):
    with tf.variable_scope("a", reuse=True):
        tf.get_variable("v", [1])


@program(words=("Trying to share variable v", "specified shape (2,)", "found shape (1,)"))
def shared_with_another_shape(tf, slim, zeros):
    tf.get_variable("v", [1])
    tf.get_variable_scope().reuse_variables()
    tf.get_variable("v", [2])


@program(words=("Trying to share variable a/v", "specified shape (2, 1)", "found shape (2,)"))
def auto_reuse_with_another_rank(tf, slim, zeros):
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        tf.get_variable("v", [2])
        tf.get_variable("v", [2, 1])


@program(words=("Trying to share variable v", "specified dtype", "found dtype"))
def shared_with_another_dtype(tf, slim, zeros):
    tf.get_variable("v", [1], dtype=tf.float32)
    tf.get_variable_scope().reuse_variables()
    tf.get_variable("v", [1], dtype=tf.int32)


@program(words=("shape", "fully defined"))
def no_shape(tf, slim, zeros):
    tf.get_variable("v")


@program(words=("shape", "fully defined"))
def unknown_dimension(tf, slim, zeros):
    with tf.variable_scope("a"):
        tf.get_variable("v", [None, 2])


@program()
def unknown_dimension_under_reuse(tf, slim, zeros):
    v = tf.get_variable("v", [3, 2])
    tf.get_variable_scope().reuse_variables()
    return tf.get_variable("v", [None, 2]) is v


@program(words=("initializer is a constant", "do not specify shape"))
def constant_initializer_with_a_shape(tf, slim, zeros):
    tf.get_variable("v", [2], initializer=[1.0, 2.0])


@program(words=("is not a valid",))
def invalid_variable_name(tf, slim, zeros):
    tf.get_variable("a b", [1])


@program()
def invalid_variable_names_of_every_kind(tf, slim, zeros):
    bad = ["", "a b", "/a", "_a", "a:0"]
    good = ["a/b", "a.b", "a-b", "A_b"]
    return [[name, error_of(lambda name=name: tf.get_variable(name, [1]))] for name in bad + good]


@program()
def failed_creation_claims_no_name(tf, slim, zeros):
    error = error_of(lambda: tf.get_variable("v", [None]))
    v = tf.get_variable("v", [1])
    return [error, v.name, names(tf.global_variables())]


@program()
def failed_creation_after_a_good_one(tf, slim, zeros):
    v = tf.get_variable("v", [1])
    error = error_of(lambda: tf.get_variable("v", [1]))
    return [error, v.name, names(tf.global_variables()), names(tf.trainable_variables())]


@program()
def initializer_given_as_list(tf, slim, zeros):
    v = tf.get_variable("v", initializer=[[1.0, 2.0], [3.0, 4.0]])
    return [described(v), value_of(v)]


@program()
def initializer_given_as_number(tf, slim, zeros):
    v = tf.get_variable("v", initializer=3.0)
    w = tf.get_variable("w", initializer=3)
    b = tf.get_variable("b", initializer=True)
    return [[described(x), value_of(x)] for x in (v, w, b)]


@program()
def initializer_given_as_array(tf, slim, zeros):
    import numpy as np

    v = tf.get_variable("v", initializer=np.arange(4, dtype=np.int64).reshape(2, 2))
    w = tf.get_variable("w", initializer=np.ones([2], np.float32))
    return [[described(x), value_of(x)] for x in (v, w)]


@program()
def initializer_given_as_tensor(tf, slim, zeros):
    v = tf.get_variable("v", initializer=zeros(2, 3))
    return [described(v), value_of(v)]


@program()
def initializer_given_as_class(tf, slim, zeros):
    v = tf.get_variable("v", [2], initializer=tf.zeros_initializer)
    w = tf.get_variable("w", [2], initializer=tf.ones_initializer)
    return [[described(x), value_of(x)] for x in (v, w)]


@program()
def initializer_given_as_function_without_arguments(tf, slim, zeros):
    v = tf.get_variable("v", initializer=lambda: tf.ones_initializer()([2, 3]))
    return [described(v), value_of(v)]


@program()
def initializer_given_as_object(tf, slim, zeros):
    v = tf.get_variable("v", [2], initializer=tf.constant_initializer(0.5))
    w = tf.get_variable("w", [2], dtype=tf.int32, initializer=tf.constant_initializer(7))
    u = tf.get_variable("u", [2, 2], initializer=tf.constant_initializer([1.0, 2.0, 3.0, 4.0]))
    return [[described(x), value_of(x)] for x in (v, w, u)]


@program()
def initializer_given_as_function(tf, slim, zeros):
    seen = []

    def initializer(shape, dtype=None, partition_info=None):
        seen.append([[int(size) for size in shape], dtype_name(dtype), partition_info is None])
        return tf.ones_initializer()(shape, dtype=dtype)

    v = tf.get_variable("v", [2, 3], initializer=initializer)
    return [described(v), value_of(v), seen[0]]


@program()
def initializer_is_not_called_for_a_reused_variable(tf, slim, zeros):
    calls = []

    def initializer(shape, dtype=None, partition_info=None):
        calls.append(1)
        return tf.zeros_initializer()(shape, dtype=dtype)

    tf.get_variable("v", [2], initializer=initializer)
    tf.get_variable_scope().reuse_variables()
    before = len(calls)
    tf.get_variable("v", [2], initializer=initializer)
    return [before, len(calls)]


@program()
def default_initializer_of_integers_and_booleans(tf, slim, zeros):
    made = [tf.get_variable("i32", [2], tf.int32), tf.get_variable("i64", [2], tf.int64)]
    made += [tf.get_variable("u8", [2], tf.uint8), tf.get_variable("b", [2], tf.bool)]
    return [[described(v), value_of(v)] for v in made]


@program()
def default_initializer_of_floats_is_glorot_uniform(tf, slim, zeros):
    facts = []
    for name, shape, dtype in (
        ("matrix", [30, 20], tf.float32),
        ("kernel", [3, 3, 8, 16], tf.float32),
        ("vector", [600], tf.float32),
        ("double", [30, 20], tf.float64),
    ):
        v = tf.get_variable(name, shape, dtype)
        receptive = 1
        for size in shape[:-2]:
            receptive *= size
        fan_in = (shape[-2] if len(shape) > 1 else shape[0]) * receptive
        fan_out = shape[-1] * receptive
        limit = (6.0 / (fan_in + fan_out)) ** 0.5

        def flat(values):
            return [x for value in values for x in flat(value)] if isinstance(values, list) else [values]

        largest = max(abs(x) for x in flat(value_of(v)))
        facts.append([described(v), 0.9 * limit < largest <= limit])
    return facts


@program()
def trainable_argument(tf, slim, zeros):
    v = tf.get_variable("v", [1], trainable=False)
    w = tf.get_variable("w", [1], trainable=True)
    i = tf.get_variable("i", [1], tf.int32)
    return [[described(x), lands_in(tf, x)] for x in (v, w, i)]


@program()
def collections_argument(tf, slim, zeros):
    v = tf.get_variable("v", [1], collections=["mine"])
    w = tf.get_variable("w", [1], collections=["mine", tf.GraphKeys.GLOBAL_VARIABLES])
    u = tf.get_variable("u", [1], collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    n = tf.get_variable("n", [1], collections=[])
    return [[lands_in(tf, x) for x in (v, w, u, n)], names(tf.get_collection("mine"))]


@program()
def collections_argument_already_naming_trainable(tf, slim, zeros):
    keys = [tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES]
    v = tf.get_variable("v", [1], collections=keys)
    w = tf.get_variable("w", [1], collections=keys, trainable=False)
    return [[lands_in(tf, x) for x in (v, w)], names(tf.trainable_variables()), names(tf.global_variables())]


@program()
def collections_argument_naming_one_twice(tf, slim, zeros):
    tf.get_variable("v", [1], collections=["mine", "mine"])
    return names(tf.get_collection("mine"))


@program()
def collections_of_a_reused_variable(tf, slim, zeros):
    tf.get_variable("v", [1])
    tf.get_variable_scope().reuse_variables()
    tf.get_variable("v", [1], collections=["mine"])
    return [names(tf.get_collection("mine")), names(tf.global_variables())]


@program()
def initializer_of_a_scope(tf, slim, zeros):
    with tf.variable_scope("a", initializer=tf.constant_initializer(2.0)):
        v = tf.get_variable("v", [1])
        own = tf.get_variable("own", [1], initializer=tf.constant_initializer(3.0))
        with tf.variable_scope("b"):
            inherited = tf.get_variable("v", [1])
        with tf.variable_scope("c", initializer=tf.constant_initializer(4.0)):
            overridden = tf.get_variable("v", [1])
    return [[x.name, value_of(x)] for x in (v, own, inherited, overridden)]


@program()
def initializer_of_a_reopened_object(tf, slim, zeros):
    with tf.variable_scope("a", initializer=tf.constant_initializer(2.0)) as sc:
        pass
    with tf.variable_scope("b", initializer=tf.constant_initializer(9.0)):
        with tf.variable_scope(sc):
            v = tf.get_variable("v", [1])
        with tf.variable_scope(sc, initializer=tf.constant_initializer(5.0)):
            w = tf.get_variable("w", [1])
    return [[x.name, value_of(x)] for x in (v, w)]


@program()
def initializer_set_on_a_scope(tf, slim, zeros):
    with tf.variable_scope("a") as sc:
        sc.set_initializer(tf.constant_initializer(2.0))
        v = tf.get_variable("v", [1])
    tf.get_variable_scope().set_initializer(tf.constant_initializer(3.0))
    w = tf.get_variable("w", [1])
    with tf.variable_scope("b"):
        u = tf.get_variable("u", [1])
    return [[x.name, value_of(x)] for x in (v, w, u)]


@program()
def initializer_of_a_scope_reaches_layers_only_without_a_default(tf, slim, zeros):
    with tf.variable_scope("a", initializer=tf.constant_initializer(2.0)):
        slim.fully_connected(zeros(1, 1), 1, weights_initializer=None, scope="fc")
        slim.fully_connected(zeros(1, 1), 1, weights_initializer=tf.ones_initializer(), scope="own")
    return [[v.op.name, value_of(v)] for v in tf.global_variables()]


@program()
def regularizer_of_get_variable(tf, slim, zeros):
    tf.get_variable("v", [2], initializer=tf.constant_initializer(2.0), regularizer=slim.l2_regularizer(0.5))
    tf.get_variable("w", [2], initializer=tf.constant_initializer(3.0), regularizer=slim.l1_regularizer(0.5))
    tf.get_variable("u", [2])
    return losses(tf)


@program()
def regularizer_of_a_scope(tf, slim, zeros):
    constant = tf.constant_initializer
    with tf.variable_scope("a", regularizer=slim.l2_regularizer(1.0), initializer=constant(1.0)):
        tf.get_variable("v", [2])
        tf.get_variable("own", [2], regularizer=slim.l1_regularizer(3.0))
        with tf.variable_scope("b"):
            tf.get_variable("v", [4])
        with tf.variable_scope("c", regularizer=slim.l1_regularizer(5.0)):
            tf.get_variable("v", [2])
        tf.get_variable("fixed", [6], trainable=False)
    tf.get_variable("v", [2])
    return losses(tf)


@program()
def regularizer_set_on_a_scope(tf, slim, zeros):
    with tf.variable_scope("a", initializer=tf.constant_initializer(2.0)) as sc:
        sc.set_regularizer(slim.l2_regularizer(1.0))
        tf.get_variable("v", [3])
    return losses(tf)


@program()
def regularizer_of_a_reused_variable(tf, slim, zeros):
    constant = tf.constant_initializer
    with tf.variable_scope("a", regularizer=slim.l2_regularizer(1.0), initializer=constant(2.0)) as sc:
        tf.get_variable("v", [1])
        sc.reuse_variables()
        tf.get_variable("v", [1])
        tf.get_variable("v", [1], regularizer=slim.l1_regularizer(1.0))
    return losses(tf)


@program()
def regularizer_switched_off_in_a_scope(tf, slim, zeros):
    constant = tf.constant_initializer
    with tf.variable_scope("a", regularizer=slim.l2_regularizer(1.0), initializer=constant(2.0)):
        with tf.variable_scope("b", regularizer=tf.no_regularizer):
            tf.get_variable("v", [1])
        tf.get_variable("w", [1], regularizer=tf.no_regularizer)
    return losses(tf)


@program()
def regularizer_returning_none(tf, slim, zeros):
    tf.get_variable("v", [1], regularizer=lambda tensor: None)
    tf.get_variable("w", [1], regularizer=slim.l2_regularizer(0.0))
    return losses(tf)


@program()
def regularizer_of_a_scope_adds_to_a_layers_own(tf, slim, zeros):
    with tf.variable_scope("a", regularizer=slim.l2_regularizer(1.0)):
        slim.conv2d(
            zeros(1, 2, 2, 1),
            1,
            1,
            weights_initializer=tf.constant_initializer(2.0),
            weights_regularizer=slim.l1_regularizer(3.0),
            biases_initializer=tf.constant_initializer(4.0),
        )
    return sorted(losses(tf))


@program()
def regularizer_of_a_scope_reaches_every_layer(tf, slim, zeros):
    counts = []
    with tf.variable_scope("a", regularizer=slim.l2_regularizer(1.0)):
        for layer in (
            lambda: slim.conv2d(zeros(1, 4, 4, 2), 3, 3),
            lambda: slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_fn=slim.batch_norm),
            lambda: slim.fully_connected(zeros(1, 4), 3),
            lambda: slim.separable_conv2d(zeros(1, 4, 4, 2), 3, 3),
            lambda: slim.conv2d_transpose(zeros(1, 4, 4, 2), 3, 3),
            lambda: slim.batch_norm(zeros(2, 4, 4, 2), scale=True),
            lambda: slim.batch_norm(zeros(2, 4), scale=True),
            lambda: slim.layer_norm(zeros(2, 4)),
            lambda: slim.bias_add(zeros(2, 4)),
        ):
            layer()
            counts.append(len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)))
    return counts


@program()
def dtype_of_a_scope(tf, slim, zeros):
    with tf.variable_scope("a", dtype=tf.float64) as sc:
        v = tf.get_variable("v", [1])
        own = tf.get_variable("own", [1], tf.float32)
        with tf.variable_scope("b"):
            inherited = tf.get_variable("v", [1])
        with tf.variable_scope("c", dtype=tf.int32):
            overridden = tf.get_variable("v", [1])
    with tf.variable_scope(sc):
        again = tf.get_variable("w", [1])
    outside = tf.get_variable("v", [1])
    return [dtype_name(sc.dtype)] + [described(x) for x in (v, own, inherited, overridden, again, outside)]


@program()
def getter_receives(tf, slim, zeros):
    seen = []

    def getter(getter, name, *args, **kwargs):
        shape = kwargs.get("shape")
        seen.append([name, len(args), sorted(key for key in kwargs if key not in EXTENSIONS)])
        seen.append([[int(size) for size in shape], dtype_name(kwargs["dtype"]), kwargs["trainable"]])
        seen.append([kwargs["reuse"], kwargs["collections"], kwargs["initializer"], kwargs["regularizer"]])
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        v = tf.get_variable("v", [1, 2])
    return seen + [v.name]


@program()
def getter_order_from_inside_out(tf, slim, zeros):
    order = []

    def named(label):
        def getter(getter, name, *args, **kwargs):
            order.append(label)
            return getter(name, *args, **kwargs)

        return getter

    with tf.variable_scope("a", custom_getter=named("outer")):
        with tf.variable_scope("b", custom_getter=named("inner")):
            v = tf.get_variable("v", [1])
            order.append("given at the call:")
            tf.get_variable("own", [1], custom_getter=named("call"))
        order.append("outer scope only:")
        tf.get_variable("w", [1])
    order.append("no scope:")
    tf.get_variable("u", [1])
    return [order, v.name]


@program()
def getter_of_a_reopened_object(tf, slim, zeros):
    order = []

    def named(label):
        def getter(getter, name, *args, **kwargs):
            order.append([label, name])
            return getter(name, *args, **kwargs)

        return getter

    with tf.variable_scope("a", custom_getter=named("a")) as sc:
        pass
    with tf.variable_scope("b", custom_getter=named("b")):
        with tf.variable_scope(sc):
            tf.get_variable("v", [1])
        with tf.variable_scope(sc, custom_getter=named("c")):
            tf.get_variable("w", [1])
    return order


@program()
def getter_set_on_a_scope(tf, slim, zeros):
    seen = []

    def getter(getter, name, *args, **kwargs):
        seen.append(name)
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a") as sc:
        sc.set_custom_getter(getter)
        tf.get_variable("v", [1])
    return seen


@program()
def getter_renames_a_variable(tf, slim, zeros):
    def getter(getter, name, *args, **kwargs):
        return getter(name.replace("old", "new"), *args, **kwargs)

    with tf.variable_scope("old_net", custom_getter=getter):
        v = tf.get_variable("old_v", [1])
        slim.fully_connected(zeros(1, 2), 3, scope="old_fc")
    return [v.name, names(tf.global_variables())]


@program()
def getter_changes_arguments(tf, slim, zeros):
    def getter(getter, name, *args, **kwargs):
        kwargs["trainable"] = False
        kwargs["initializer"] = tf.constant_initializer(5.0)
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        v = tf.get_variable("v", [2])
    return [described(v), value_of(v), names(tf.trainable_variables())]


@program()
def getter_returns_another_value(tf, slim, zeros):
    def getter(getter, name, *args, **kwargs):
        return 2.0 * getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        v = tf.get_variable("v", [2], initializer=tf.constant_initializer(3.0))
    return [value_of(v), names(tf.global_variables())]


@program()
def getter_shares_one_variable(tf, slim, zeros):
    shared = tf.get_variable("shared", [2])

    def getter(getter, name, *args, **kwargs):
        return shared

    with tf.variable_scope("a", custom_getter=getter):
        found = [tf.get_variable("v", [2]), tf.get_variable("v", [2])]
    return [all(v is shared for v in found), names(tf.global_variables())]


@program()
def getter_sees_reuse(tf, slim, zeros):
    seen = []

    def getter(getter, name, *args, **kwargs):
        seen.append("AUTO_REUSE" if kwargs["reuse"] is tf.AUTO_REUSE else kwargs["reuse"])
        return getter(name, *args, **kwargs)

    for reuse in (None, True, tf.AUTO_REUSE):
        with tf.variable_scope("a", custom_getter=getter, reuse=reuse):
            tf.get_variable("v", [1])
    return seen


def names_seen_from_layers(tf, layer):
    """Names and shapes that a scope's getter receives while `layer()` runs, then the variables."""
    seen = []

    def getter(getter, name, *args, **kwargs):
        seen.append([name, [int(size) for size in kwargs["shape"]], kwargs["trainable"]])
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        layer()
    return [seen, names(tf.global_variables())]


@program()
def getter_around_conv2d(tf, slim, zeros):
    return names_seen_from_layers(tf, lambda: slim.conv2d(zeros(1, 4, 4, 2), 3, 3))


@program()
def getter_around_fully_connected(tf, slim, zeros):
    return names_seen_from_layers(tf, lambda: slim.fully_connected(zeros(1, 4), 3, trainable=False))


@program()
def getter_around_batch_norm(tf, slim, zeros):
    return names_seen_from_layers(tf, lambda: slim.batch_norm(zeros(2, 4, 4, 2), scale=True))


@program()
def getter_around_batch_norm_of_rank_2(tf, slim, zeros):
    return names_seen_from_layers(tf, lambda: slim.batch_norm(zeros(2, 4), scale=True))


@program()
def getter_around_conv2d_with_batch_norm(tf, slim, zeros):
    def layer():
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_fn=slim.batch_norm, scope="c")

    return names_seen_from_layers(tf, layer)


@program()
def getter_around_separable_conv2d(tf, slim, zeros):
    return names_seen_from_layers(tf, lambda: slim.separable_conv2d(zeros(1, 4, 4, 2), 3, 3))


@program()
def getter_around_layer_norm_and_bias_add(tf, slim, zeros):
    def layer():
        slim.layer_norm(zeros(2, 4))
        slim.bias_add(zeros(2, 4))

    return names_seen_from_layers(tf, layer)


@program()
def getter_freezes_layers(tf, slim, zeros):
    def getter(getter, name, *args, **kwargs):
        kwargs["trainable"] = False
        return getter(name, *args, **kwargs)

    with tf.variable_scope("a", custom_getter=getter):
        slim.conv2d(zeros(1, 4, 4, 2), 3, 3, normalizer_fn=slim.batch_norm)
        slim.fully_connected(zeros(1, 4), 3)
    return inventory(tf)


@program()
def getter_scales_a_layers_weights(tf, slim, zeros):
    def getter(getter, name, *args, **kwargs):
        value = getter(name, *args, **kwargs)
        return 3.0 * value if name.endswith("weights") else value

    with tf.variable_scope("a", custom_getter=getter):
        net = slim.fully_connected(
            zeros(1, 2) + 1.0, 1, weights_initializer=tf.ones_initializer(), activation_fn=None
        )
    return [value_of(net), names(tf.global_variables()), names(slim.get_model_variables())]
