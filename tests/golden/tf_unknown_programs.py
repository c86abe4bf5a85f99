"""Programs about images of unknown size in `tf.nn`, and about dtypes that activations refuse.

Functions of `(tf, slim)` that return facts; see `session_registry.py`. TensorFlow's answers are in `tf_programs.json`.
"""

import collections

import numpy as np
from session_registry import error, static
from values import value_for

PROGRAMS = collections.OrderedDict()
SIZES = ((1, 5, 7), (2, 6, 8), (1, 9, 4), (1, 2, 3), (1, 12, 10))


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def of_every_size(tf, function, sizes=SIZES):
    """The static shape where height and width are not known, and sums of what one graph gives for several sizes."""
    x = tf.placeholder(tf.float32, [None, None, None, 4])
    y = function(x)
    facts = [static(y)]
    with tf.Session() as session:
        for size in sizes:
            value = session.run(y, {x: value_for(f"image/{size}", size + (4,))})
            weights = np.arange(value.size).reshape(value.shape) % 7 - 3.0
            facts.append([list(value.shape), float((value * weights).sum()), float(np.abs(value).sum())])
    return facts


def kernel(tf, *shape):
    return tf.constant(value_for(f"kernel/{shape}", shape))


@program
def convolution_of_every_size(tf, slim):
    return of_every_size(tf, lambda x: tf.nn.conv2d(x, kernel(tf, 3, 3, 4, 2), [1, 2, 3, 1], "SAME"))


@program
def atrous_convolution_of_every_size(tf, slim):
    return of_every_size(tf, lambda x: tf.nn.atrous_conv2d(x, kernel(tf, 3, 3, 4, 2), 2, "SAME"))


@program
def depthwise_convolution_of_every_size(tf, slim):
    return of_every_size(
        tf, lambda x: tf.nn.depthwise_conv2d(x, kernel(tf, 3, 3, 4, 2), [1, 2, 2, 1], "SAME")
    )


@program
def transposed_convolution_of_every_size(tf, slim):
    def there_and_back(x):
        weights = kernel(tf, 3, 3, 4, 2)
        return tf.nn.conv2d_transpose(
            tf.nn.conv2d(x, weights, [1, 2, 2, 1], "SAME"), weights, tf.shape(x), [1, 2, 2, 1]
        )

    return of_every_size(tf, there_and_back)


@program
def pools_of_every_size(tf, slim):
    return [
        of_every_size(tf, lambda x: tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")),
        of_every_size(tf, lambda x: tf.nn.avg_pool(x, [1, 2, 2, 1], [1, 3, 3, 1], "SAME")),
        of_every_size(tf, lambda x: tf.nn.pool(x, [2, 2], "MAX", "SAME", strides=[2, 2])),
    ]


@program
def places_of_every_size(tf, slim):
    return of_every_size(
        tf,
        lambda x: tf.to_float(tf.nn.max_pool_with_argmax(x, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")[1]),
        [size for size in SIZES if size[0] == 1],
    )


@program
def morphology_of_every_size(tf, slim):
    weights = kernel(tf, 3, 3, 4)
    return [
        of_every_size(tf, lambda x: tf.nn.dilation2d(x, weights, [1, 2, 2, 1], [1, 1, 1, 1], "SAME")),
        of_every_size(tf, lambda x: tf.nn.erosion2d(x, weights, [1, 3, 3, 1], [1, 2, 2, 1], "SAME")),
    ]


@program
def patches_of_every_size(tf, slim):
    return [
        of_every_size(
            tf, lambda x: tf.extract_image_patches(x, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
        ),
        of_every_size(
            tf, lambda x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 4, 4, 1], [1, 2, 2, 1], "SAME")
        ),
    ]


@program
def space_and_depth_of_every_size(tf, slim):
    even = [size for size in SIZES if size[1] % 2 == size[2] % 2 == 0]
    return [
        of_every_size(tf, lambda x: tf.space_to_depth(x, 2), even),
        of_every_size(tf, lambda x: tf.depth_to_space(x, 2)),
        static(tf.space_to_depth(tf.placeholder(tf.float32, [2, None, 6, None]), 2)),
        tf.nn.space_to_depth(tf.placeholder(tf.float32, [None, None, None, 3]), 3, name="deep").op.name,
    ]


@program
def gradient_of_space_to_depth(tf, slim):
    x = tf.placeholder(tf.float32, [None, None, None, 4])
    y = tf.space_to_depth(x, 2)
    (gradient,) = tf.gradients(y * y, [x])
    with tf.Session() as session:
        return session.run(gradient, {x: value_for("image", (1, 4, 2, 4))})


@program
def activations_refuse_integers(tf, slim):
    words = "has DataType int32 not in list of allowed values"
    whole = tf.constant([1, 2])
    functions = (tf.sigmoid, tf.tanh, tf.nn.sigmoid, tf.nn.tanh, tf.nn.softplus, tf.nn.softsign, tf.nn.swish)
    return [error(lambda f=f: f(whole), words) for f in functions] + [error(lambda: tf.sigmoid(3), words)]
