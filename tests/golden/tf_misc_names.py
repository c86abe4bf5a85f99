"""Programs about the names of `tf` that few programs use: special functions, matrices, bits, files, dtypes, nests."""

import os
import tempfile

import numpy as np
from session_registry import error
from tf_misc_tools import outcome, program, shown

SMALL = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]], np.float32)


@program
def special_functions(tf):
    x = np.array([0.25, 1.0, 2.5], np.float32)
    y = np.array([0.5, 2.0, 0.0], np.float32)
    zero = np.array([0.0, 1.0, 0.0], np.float32)
    functions = [
        lambda: tf.igamma(x, y),
        lambda: tf.igammac(x, y),
        lambda: tf.zeta(x + 1.5, y + 1),
        lambda: tf.polygamma(zero, x),
        lambda: tf.polygamma(zero + 1, x),
        lambda: tf.polygamma(zero + 2, x),
        lambda: tf.math.bessel_i0e(x),
        lambda: tf.math.bessel_i1e(x),
        lambda: tf.math.xlogy(zero, x),
        lambda: tf.math.xdivy(zero, y),
        lambda: tf.math.multiply_no_nan(x, y),
        lambda: tf.math.reciprocal_no_nan(y),
        lambda: tf.math.nextafter(x, y),
        lambda: tf.math.polyval([1.0, -2.0, 3.0], x),
    ]
    return [outcome(tf, lambda feed, function=function: function())[-1] for function in functions]


@program
def refused_special_functions(tf):
    return [
        outcome(tf, lambda feed: tf.igamma(tf.constant([1]), tf.constant([2]))),
        outcome(tf, lambda feed: tf.math.xlogy(tf.constant([1]), tf.constant([2]))),
    ]


@program
def matrices(tf):
    right = np.arange(6, dtype=np.float32).reshape(3, 2)
    functions = [
        lambda: tf.eye(2),
        lambda: tf.eye(2, num_columns=3, batch_shape=[2], dtype=tf.int32),
        lambda: tf.svd(SMALL, compute_uv=False),
        lambda: tf.self_adjoint_eigvals(SMALL),
        lambda: tf.matrix_triangular_solve(SMALL, right),
        lambda: tf.matrix_triangular_solve(SMALL, right, lower=False, adjoint=True),
        lambda: tf.cholesky_solve(np.linalg.cholesky(SMALL), right),
        lambda: tf.matrix_solve_ls(SMALL[:, :2], right, l2_regularizer=0.5),
        lambda: tf.linalg.expm(SMALL / 4),
        lambda: tf.linalg.logdet(SMALL),
        lambda: tf.linalg.adjoint(SMALL),
        lambda: tf.linalg.matvec(SMALL, right[:, 1]),
        lambda: tf.linalg.matvec(SMALL, right[:, 0], transpose_a=True),
        lambda: tf.linalg.slogdet(SMALL)[1],
    ]
    return [outcome(tf, lambda feed, function=function: function())[-1] for function in functions]


@program
def factors_multiply_to_the_matrix(tf):
    """Signs of factors are left open."""

    def by_svd(feed):
        s, u, v = tf.svd(SMALL[:, :2])
        return tf.matmul(u, tf.matmul(tf.diag(s), v, transpose_b=True))

    def by_qr(feed):
        q, r = tf.qr(SMALL)
        return tf.matmul(q, r)

    def by_eigenvectors(feed):
        e, v = tf.self_adjoint_eig(SMALL)
        return tf.matmul(v, tf.matmul(tf.diag(e), v, transpose_b=True))

    return [np.round(outcome(tf, build)[-1], 4).tolist() for build in (by_svd, by_qr, by_eigenvectors)]


@program
def bits(tf):
    x, y = np.array([12, 7, 255], np.int32), np.array([10, 1, 4], np.int32)
    names = ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift")
    found = [
        outcome(tf, lambda feed, name=name: getattr(tf.bitwise, name)(tf.constant(x), y)) for name in names
    ]
    return [*found, outcome(tf, lambda feed: tf.bitwise.invert(tf.constant(x)))]


@program
def other_spellings(tf):
    x = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]], np.float32)
    functions = [
        lambda feed: tf.arg_max(x, 1),
        lambda feed: tf.arg_min(x, 0, output_type=tf.int32),
        lambda feed: tf.lin_space(0.0, 1.0, 3),
        lambda feed: tf.broadcast_dynamic_shape(tf.constant([2, 1, 3]), tf.constant([4, 1])),
        lambda feed: tf.guarantee_const(x),
        lambda feed: tf.to_complex64(x[0]) * 0 + 1,
    ]
    return [outcome(tf, function)[-1] if place < 5 else None for place, function in enumerate(functions)]


@program
def repeating(tf):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    return [
        outcome(tf, lambda feed: tf.repeat(x, 2))[-1],
        outcome(tf, lambda feed: tf.repeat(x, 2, axis=1))[-1],
        outcome(tf, lambda feed: tf.repeat(x, [1, 3], axis=0))[-1],
    ]


@program
def switching(tf):
    def of(number, **kwargs):
        functions = [lambda: tf.constant(1.0), lambda: tf.constant(2.0), lambda: tf.constant(3.0)]
        return outcome(tf, lambda feed: tf.switch_case(feed.of(number, [], "int32"), functions, **kwargs))[-1]

    return [of(0), of(1), of(7), of(-1), of(5, default=lambda: tf.constant(9.0))]


@program
def csv(tf):
    lines = ["1,2.5,a", '3,,"x,y"']
    defaults = [[0], [7.0], [""]]
    return [
        outcome(tf, lambda feed: tf.decode_csv(lines, defaults)),
        outcome(tf, lambda feed: tf.decode_csv("5;NA;b", defaults, field_delim=";", na_value="NA")),
        outcome(tf, lambda feed: tf.decode_csv(lines, [[0], [""]], select_cols=[0, 2])),
        outcome(tf, lambda feed: tf.decode_csv("1,2", defaults), "Expect 3 fields but have 2 in record 0"),
        outcome(tf, lambda feed: tf.decode_csv("x", [[0]]), "Field 0 in record 0 is not a valid int32: x"),
        outcome(
            tf,
            lambda feed: tf.decode_csv("1,,a", [[0], tf.constant([], tf.float32), [""]]),
            "Field 1 is required but missing",
        ),
    ]


@program
def files(tf):
    with tempfile.TemporaryDirectory() as folder:
        with tf.Graph().as_default(), tf.Session() as session:
            path = os.path.join(folder, "new", "b.txt")
            written = tf.write_file(path, "content")
            session.run(written)
            session.run(tf.write_file(tf.constant(os.path.join(folder, "new", "a.txt")), "x"))
            found = session.run(tf.matching_files(os.path.join(folder, "new", "*.txt")))
            with open(path) as file:
                content = file.read()
    return [content, [os.path.basename(name).decode() for name in found], written.type]


@program
def dtypes(tf):
    facts = []
    for name in [
        "float16",
        "float32",
        "float64",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "bool",
        "complex64",
        "complex128",
        "string",
    ]:
        dtype = getattr(tf, name)
        facts.append([dtype.name, dtype.base_dtype.name, np.dtype(dtype.as_numpy_dtype).name])
        facts.append([dtype.as_datatype_enum, dtype.size, dtype.real_dtype.name])
        facts.append([dtype.is_bool, dtype.is_floating, dtype.is_integer, dtype.is_complex])
        facts.append([dtype.is_unsigned, dtype.is_quantized, dtype.is_compatible_with(tf.float32)])
        if dtype.is_integer:
            facts.append([int(dtype.min), int(dtype.max), [int(limit) for limit in dtype.limits]])
        elif dtype.is_floating and name != "float16":
            facts.append([float(dtype.min), float(dtype.max), list(dtype.limits)])
        elif not dtype.is_floating:
            facts.append(error(lambda dtype=dtype: dtype.max, "Cannot find maximum value"))
    return facts


@program
def nests(tf):
    nest = tf.nest
    structure = {"b": [1, (2, 3)], "a": 4}
    return [
        nest.flatten(structure),
        nest.flatten(5),
        nest.map_structure(lambda x, y: x + y, structure, {"a": 1, "b": [1, (1, 1)]}),
        nest.pack_sequence_as(structure, [9, 8, 7, 6]),
        [nest.is_nested(value) for value in ([], {}, "ab", (1,), 3)],
        error(lambda: nest.pack_sequence_as(structure, [1]), "Structure had 4 elements"),
        error(lambda: nest.assert_same_structure([1], [1, 2]), "nested structure"),
        error(lambda: nest.assert_same_structure([1], (1,)), "same sequence type"),
        error(lambda: nest.map_structure(3, [1]), "func must be callable"),
    ]


@program
def framework_tools(tf):
    framework = tf.contrib.framework
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.placeholder(tf.float32, name="y")
    with tf.name_scope("outer"):
        scope = framework.get_name_scope()
    shaped = framework.with_shape([2, 3], x)
    squeezed = framework.remove_squeezable_dimensions(tf.zeros([4, 1]), tf.zeros([4]))
    variable = tf.get_variable("v", initializer=[1.0, 2.0])
    with tf.Session() as session:
        session.run(framework.zero_initializer(variable))
        values = [
            shown(session.run(variable)),
            shown(session.run(shaped, {x: np.ones((2, 3))})),
            shown(session.run(framework.reduce_sum_n([tf.constant([1.0, 2.0]), tf.constant(3.0)]))),
        ]
    return [
        scope,
        framework.strip_name_scope("a/b/w", "a"),
        framework.prepend_name_scope("w", "a/b"),
        shaped.get_shape().as_list(),
        [tensor.get_shape().as_list() for tensor in squeezed],
        values,
        [placeholder.op.name for placeholder in framework.get_placeholders(tf.get_default_graph())],
        framework.smart_cond(True, lambda: 1, lambda: 2),
        framework.smart_cond(tf.constant(False), lambda: 1, lambda: 2),
        framework.smart_constant_value(1),
        error(lambda: framework.smart_constant_value("a"), "`pred` must be a Tensor"),
        error(lambda: framework.with_shape([2, 4], x)),
        error(lambda: framework.assert_scalar_int(tf.constant(1.0))),
        framework.is_tensor(y),
        framework.get_graph_from_inputs([x]) is tf.get_default_graph(),
    ]


def _trained(tf, **arguments):
    with tf.Graph().as_default():
        x = tf.get_variable("x", [], initializer=tf.constant_initializer(3.0))
        y = tf.get_variable("y", [2], initializer=tf.constant_initializer(1.0))
        step = tf.train.get_or_create_global_step()
        loss = tf.square(x) * 2 + tf.reduce_sum(y)
        try:
            train = tf.contrib.layers.optimize_loss(loss, step, **arguments)
        except ValueError as err:
            return str(err).split(".")[0]
        names = [variable.name for variable in tf.global_variables()]
        summaries = sorted(summary.name for summary in tf.get_collection("summaries"))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            losses = [shown(session.run(train)) for _ in range(2)]
            return [train.name, names, summaries, losses, shown(session.run([x, y, step]))]


@program
def optimize_loss(tf):
    sgd = tf.train.GradientDescentOptimizer
    every = ["loss", "gradients", "gradient_norm", "global_gradient_norm", "learning_rate"]
    decay = lambda rate, step: tf.train.exponential_decay(rate, step, 1, 0.5)  # noqa: E731
    return [
        _trained(tf, learning_rate=0.1, optimizer="SGD"),
        _trained(tf, learning_rate=0.1, optimizer="Momentum"),
        _trained(tf, learning_rate=0.1, optimizer="Adam", clip_gradients=1.0),
        _trained(tf, learning_rate=0.1, optimizer=sgd, clip_gradients=1.0, summaries=every),
        _trained(
            tf,
            learning_rate=0.1,
            optimizer=lambda rate: tf.train.MomentumOptimizer(rate, 0.9),
            learning_rate_decay_fn=decay,
        ),
        _trained(
            tf,
            learning_rate=None,
            optimizer=tf.train.AdamOptimizer(),
            gradient_multipliers={"x": 0.5},
            name="train",
        ),
        _trained(tf, learning_rate=0.1, optimizer="SGD", increment_global_step=False),
        _trained(tf, learning_rate="a", optimizer="SGD"),
        _trained(tf, learning_rate=0.1, optimizer="unknown"),
        _trained(tf, learning_rate=None, optimizer="SGD"),
        _trained(tf, learning_rate=0.1, optimizer="SGD", clip_gradients="x"),
        _trained(tf, learning_rate=0.1, optimizer="SGD", summaries=["unknown"]),
    ]


@program
def keras_names(tf):
    keras = tf.keras
    x = np.array([[1.0, -2.0], [3.0, 0.5]], np.float32)
    regularizers = keras.regularizers
    return [
        outcome(tf, lambda feed: regularizers.l2(0.1)(tf.constant(x)))[-1],
        outcome(tf, lambda feed: regularizers.l1_l2(0.1, 0.2)(tf.constant(x)))[-1],
        outcome(tf, lambda feed: keras.backend.mean(tf.constant(x), axis=0))[-1],
        list(keras.backend.int_shape(tf.placeholder(tf.float32, [None, 2]))),
        [keras.initializers.RandomNormal().stddev, keras.initializers.RandomUniform().maxval],
        keras.backend.image_data_format(),
    ]
