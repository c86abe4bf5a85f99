"""Golden programs for static shapes: unknown dimensions and ranks through reshapes, reductions and layers."""

import numpy as np
from session_registry import error, program, static


@program()
def unknown_rank(tf, slim):
    x = tf.placeholder(tf.float32)
    shape = x.get_shape()
    refused = error(shape.as_list, "as_list() is not defined on an unknown TensorShape")
    return [shape.ndims, shape.is_fully_defined(), refused, static(x + 1.0), static(tf.nn.relu(x))]


@program()
def dimensions_of_a_shape(tf, slim):
    shape = tf.placeholder(tf.float32, [None, 3, 4]).get_shape()
    return [
        shape.as_list(),
        shape.ndims,
        len(shape),
        shape[1].value,
        shape[0].value,
        int(shape[2]),
        shape[1:].as_list(),
        shape[-1] == 4,
        shape.is_fully_defined(),
        shape[1:].is_fully_defined(),
        shape[1:].num_elements(),
        shape.num_elements(),
        [d.value for d in shape],
    ]


@program()
def shape_property(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3])
    return [x.shape.as_list(), x.shape[-1].value, x.shape.ndims, x.shape[0].value]


@program()
def set_shape_adds_what_is_known(tf, slim):
    x = tf.placeholder(tf.float32)
    facts = []
    for shape in ([None, None, 3], [2, None, None], [None, 4, None], None):
        x.set_shape(shape)
        facts.append(static(x))
    return facts


@program()
def set_shape_against_what_is_known(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3])
    facts = [error(lambda: x.set_shape([2, 4]), "Dimension 1", "3 and 4")]
    facts.append(error(lambda: x.set_shape([2]), "rank")[0])
    return facts + [static(x)]


@program()
def set_shape_reaches_later_operations(tf, slim):
    x = tf.placeholder(tf.float32)
    y = tf.identity(x)
    y.set_shape([None, 5])
    z = y * 2.0
    with tf.Session() as session:
        return [static(x), static(y), static(z), session.run(z, {x: [[1.0, 2.0, 3.0, 4.0, 5.0]]})]


@program()
def set_shape_checks_what_is_fed(tf, slim):
    x = tf.placeholder(tf.float32, [None, None])
    x.set_shape([None, 2])
    with tf.Session() as session:
        return error(
            lambda: session.run(x, {x: [[1.0, 2.0, 3.0]]}), "Cannot feed value of shape (1, 3)", "(?, 2)"
        )


@program()
def reshape_static_shapes(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2, 3])
    k = tf.placeholder(tf.float32, [4, 6])
    return [
        static(tf.reshape(x, [-1])),
        static(tf.reshape(x, [-1, 6])),
        static(tf.reshape(x, [5, 6])),
        static(tf.reshape(k, [-1, 3])),
        static(tf.reshape(k, [2, -1, 4])),
        static(tf.reshape(k, tf.shape(k))),
        static(tf.reshape(x, tf.shape(x))),
        static(tf.reshape(x, [tf.shape(x)[0], 6])),
        static(tf.reshape(x, tf.stack([tf.shape(x)[0], 3, 2]))),
        static(tf.reshape(x, tf.placeholder(tf.int32, [2]))),
        static(tf.reshape(x, tf.placeholder(tf.int32))),
    ]


@program()
def reshape_errors(tf, slim):
    return [
        error(lambda: tf.reshape(tf.zeros([4, 6]), [5, 5]), "24", "25"),
        error(lambda: tf.reshape(tf.zeros([4, 6]), [7, -1]), "24", "7"),
    ]


@program()
def reshape_error_when_run(tf, slim):
    x = tf.placeholder(tf.float32, [None])
    y = tf.reshape(x, [-1, 2])
    with tf.Session() as session:
        return [error(lambda: session.run(y, {x: np.zeros(3)}), "3")[0], session.run(y, {x: [1, 2, 3, 4]})]


@program()
def concat_static_shapes(tf, slim):
    x, y = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [3, None])
    z = tf.placeholder(tf.float32, [None, 5])
    return [
        static(tf.concat([x, z], 1)),
        static(tf.concat([x, y], 0)),
        static(tf.concat([x, y], 1)),
        static(tf.stack([x, y])),
        static(tf.stack([x, x], axis=-1)),
        error(lambda: tf.concat([x, z], 0), "2", "5")[0],
        error(lambda: tf.stack([x, z]), "2", "5")[0],
    ]


@program()
def matmul_static_shapes(tf, slim):
    x, w = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [4, None])
    batch = tf.placeholder(tf.float32, [None, 3, 4])
    wrong = error(lambda: tf.matmul(x, tf.zeros([3, 2])), "Dimensions must be equal", "4 and 3")
    return [
        static(tf.matmul(x, w)),
        static(tf.matmul(x, tf.zeros([4, 2]))),
        static(tf.matmul(x, x, transpose_b=True)),
        static(tf.matmul(x, x, transpose_a=True)),
        static(tf.matmul(batch, batch, transpose_b=True)),
        wrong,
    ]


@program()
def reduction_static_shapes(tf, slim):
    x = tf.placeholder(tf.float32, [None, 3, None])
    return [
        static(tf.reduce_sum(x)),
        static(tf.reduce_sum(x, 0)),
        static(tf.reduce_mean(x, [1, 2])),
        static(tf.reduce_max(x, axis=-1, keepdims=True)),
        static(tf.reduce_mean(x, keepdims=True)),
        static(tf.argmax(x, axis=1)),
        static(tf.reduce_sum(tf.placeholder(tf.float32), 1)),
        static(tf.reduce_sum(tf.placeholder(tf.float32))),
    ]


@program()
def broadcast_static_shapes(tf, slim):
    x, y = tf.placeholder(tf.float32, [None, 1]), tf.placeholder(tf.float32, [3])
    u, v = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None, 2])
    wrong = error(lambda: x * tf.zeros([2]) + y, "Dimensions must be equal", "2 and 3")
    return [static(x + y), static(u + v), static(x + tf.placeholder(tf.float32)), static(u * 2.0), wrong]


@program()
def squeeze_and_expand_static_shapes(tf, slim):
    x = tf.placeholder(tf.float32, [None, 1, 1, 5])
    return [
        static(tf.squeeze(x, [1, 2])),
        static(tf.squeeze(x)),
        static(tf.squeeze(tf.zeros([1, 2, 1]))),
        static(tf.expand_dims(x, 1)),
        static(tf.expand_dims(x, -1)),
        static(tf.transpose(x, [3, 0, 1, 2])),
        static(tf.tile(x, [1, 2, 3, 1])),
        static(tf.pad(x, [[0, 0], [1, 1], [2, 2], [0, 0]])),
        error(lambda: tf.squeeze(x, [3]), "Can not squeeze dim[3]", "got 5"),
    ]


@program()
def split_static_shapes(tf, slim):
    x = tf.placeholder(tf.float32, [None, 6])
    halves, parts = tf.split(x, 2, axis=1), tf.split(x, [1, 2, 3], axis=1)
    wrong = error(lambda: tf.split(x, 4, axis=1), "6", "4")[0]
    return [[static(p) for p in halves + parts], [p.name for p in halves], parts[2].name, wrong]


@program()
def convolutions_with_unknown_height_and_width(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    same = slim.conv2d(x, 4, 3)
    strided = slim.conv2d(same, 5, [3, 3], stride=2)
    valid = slim.conv2d(strided, 6, 3, padding="VALID")
    pooled = slim.max_pool2d(valid, 2)
    up = slim.conv2d_transpose(pooled, 2, 3, stride=2)
    return [static(t) for t in (same, strided, valid, pooled, up, tf.reduce_mean(up, [1, 2]))]


@program()
def convolutions_with_a_known_size(tf, slim):
    x = tf.placeholder(tf.float32, [None, 28, 27, 1])
    same = slim.conv2d(x, 4, 3, stride=2)
    valid = slim.conv2d(same, 5, 3, padding="VALID")
    pooled = slim.avg_pool2d(valid, 2)
    flat = slim.flatten(pooled)
    up = slim.conv2d_transpose(pooled, 2, 3, stride=3, padding="VALID")
    out = slim.fully_connected(flat, 7)
    return [static(t) for t in (same, valid, pooled, flat, up, out)]


@program()
def partly_known_image_size(tf, slim):
    x = tf.placeholder(tf.float32, [4, None, 10, 1])
    return [
        static(slim.conv2d(x, 2, 3, stride=2)),
        static(slim.max_pool2d(x, 3, padding="SAME")),
        static(slim.separable_conv2d(x, 2, 3, depth_multiplier=2)),
        static(slim.flatten(x)),
        static(slim.batch_norm(x)),
    ]


@program()
def flatten_of_unknown_dimensions(tf, slim):
    return [
        static(slim.flatten(tf.placeholder(tf.float32, [None, 2, 3]))),
        static(slim.flatten(tf.placeholder(tf.float32, [5, None, 3]))),
        static(slim.flatten(tf.placeholder(tf.float32, [None, None]))),
        error(lambda: slim.flatten(tf.placeholder(tf.float32)))[0],
    ]


@program()
def dense_layer_needs_its_last_dimension(tf, slim):
    x = tf.placeholder(tf.float32, [None, None])
    return [
        error(lambda: slim.fully_connected(x, 3), "last dimension", "should be defined"),
        static(slim.fully_connected(tf.placeholder(tf.float32, [None, None, 4]), 3)),
    ]


@program()
def convolution_needs_its_channels(tf, slim):
    x = tf.placeholder(tf.float32, [None, 8, 8, None])
    x.set_shape([None, None, None, 2])
    made = static(slim.conv2d(x, 3, 3))
    y = tf.placeholder(tf.float32, [None, 8, 8, None])
    return [made, error(lambda: slim.conv2d(y, 3, 3), "channel dimension", "should be defined")]


@program()
def one_graph_runs_on_many_sizes(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 1])
    y = slim.conv2d(x, 1, 3, stride=2, weights_initializer=tf.ones_initializer(), activation_fn=None)
    z = slim.max_pool2d(y, 2, stride=1)
    facts = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for batch, height, width in ((1, 4, 4), (2, 5, 7), (1, 3, 9)):
            image = np.arange(batch * height * width).reshape(batch, height, width, 1)
            value = session.run(z, {x: image})
            facts.append([list(value.shape), value.sum()])
    return facts


@program()
def python_functions_have_unknown_shapes(tf, slim):
    x = tf.placeholder(tf.float32, [2])
    y = tf.py_func(lambda a: a * 2, [x], tf.float32)
    before = static(y)
    y.set_shape([2])
    several = tf.py_func(lambda a: (a, a), [x], [tf.float32, tf.float32])
    return [before, static(y), [static(s) for s in several], y.op.type]


@program()
def constants_made_from_unknown_sizes(tf, slim):
    x = tf.placeholder(tf.float32, [None, 2])
    n = tf.shape(x)[0]
    made = [tf.zeros([n, 3]), tf.ones(tf.shape(x)), tf.fill([n], 2.0), tf.range(n), tf.zeros_like(x)]
    made.append(tf.random_normal([n, 4]))
    with tf.Session() as session:
        values = session.run(made, {x: np.zeros((2, 2))})
    return [[static(m) for m in made], [list(v.shape) for v in values], values[:5]]


@program()
def indexed_operations_static_shapes(tf, slim):
    x, i = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.int32, [None])
    return [
        static(tf.gather(x, i)),
        static(tf.gather(x, [0, 1])),
        static(tf.one_hot(i, 3)),
        static(tf.boolean_mask(x, x[:, 0] > 0.0)),
        static(tf.where(x > 0.0)),
        static(tf.nn.top_k(x, 2).values),
        static(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x)),
        static(tf.image.resize_bilinear(tf.placeholder(tf.float32, [None, None, None, 3]), [8, 9])),
        static(tf.slice(x, [0, 1], [-1, 2])),
    ]
