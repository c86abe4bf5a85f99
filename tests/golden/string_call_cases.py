"""Operations that move or compare strings, for TensorFlow and for slim_torch: `CASES` by name, `case(tf, s, t)`.

`s` is a vector of two strings, `t` a matrix of them.
"""

import collections

CASES = collections.OrderedDict(
    [
        ("identity", lambda tf, s, t: tf.identity(s)),
        ("dependencies", lambda tf, s, t: dependent(tf, s)),
        ("tuple", lambda tf, s, t: tf.tuple([s])[0]),
        ("stop_gradient", lambda tf, s, t: tf.stop_gradient(s)),
        ("default", lambda tf, s, t: tf.placeholder_with_default(s, [None])),
        ("index", lambda tf, s, t: s[1]),
        ("index_from_end", lambda tf, s, t: t[-1, ::-1]),
        ("new_axis", lambda tf, s, t: s[:, None]),
        ("slice", lambda tf, s, t: tf.slice(t, [0, 1], [-1, 2])),
        ("reshape", lambda tf, s, t: tf.reshape(t, [3, -1])),
        ("expand_dims", lambda tf, s, t: tf.expand_dims(s, 0)),
        ("squeeze", lambda tf, s, t: tf.squeeze(tf.reshape(s, [1, 2, 1]))),
        ("transpose", lambda tf, s, t: tf.transpose(t)),
        ("stack", lambda tf, s, t: tf.stack([s, s], axis=1)),
        ("unstack", lambda tf, s, t: tf.unstack(t)[1]),
        ("concat", lambda tf, s, t: tf.concat([s, t[0]], 0)),
        ("split", lambda tf, s, t: tf.split(t, 3, axis=1)[2]),
        ("tile", lambda tf, s, t: tf.tile(s, [2])),
        ("gather", lambda tf, s, t: tf.gather(s, [1, 1, 0])),
        ("gather_of_axis", lambda tf, s, t: tf.gather(t, [2, 0], axis=1)),
        ("gather_nd", lambda tf, s, t: tf.gather_nd(t, [[0, 1], [1, 2]])),
        ("where", lambda tf, s, t: tf.where([True, False], s, s[::-1])),
        ("boolean_mask", lambda tf, s, t: tf.boolean_mask(s, [False, True])),
        ("reverse", lambda tf, s, t: tf.reverse(t, [1])),
        ("cond", lambda tf, s, t: tf.cond(tf.constant(True), lambda: s, lambda: s[::-1])),
        ("equal", lambda tf, s, t: tf.equal(t, "x")),
        ("not_equal", lambda tf, s, t: tf.not_equal(s, s[::-1])),
        ("where_equal", lambda tf, s, t: tf.where(tf.equal(t, t[0, 0]))),
        ("zeros_like", lambda tf, s, t: tf.zeros_like(t)),
        ("pad", lambda tf, s, t: tf.pad(s, [[1, 2]])),
        ("scatter_nd", lambda tf, s, t: tf.scatter_nd([[2]], ["q"], [3])),
        ("dynamic_partition", lambda tf, s, t: tf.dynamic_partition(s, [1, 0], 2)[1]),
        ("broadcast_to", lambda tf, s, t: tf.broadcast_to(s, [2, 2])),
        ("roll", lambda tf, s, t: tf.manip.roll(s, 1, 0)),
        ("shape", lambda tf, s, t: tf.shape(t)),
        ("size", lambda tf, s, t: tf.size(t)),
        ("of_placeholder", lambda tf, s, t: tf.reshape(unknown(tf, s), [-1, 1])),
        ("empty", lambda tf, s, t: tf.concat([s[:0], s[:0]], 0)),
        ("joined_afterwards", lambda tf, s, t: tf.string_join([t[0, 0], s[1]], "-")),
    ]
)


def dependent(tf, s):
    with tf.control_dependencies([tf.no_op()]):
        return tf.identity(s)


def unknown(tf, s):
    return tf.placeholder_with_default(s, [None])


def answer(tf, case):
    with tf.Graph().as_default(), tf.Session() as session:
        s = tf.constant(["b", "a"])
        t = tf.constant([["x", "", "y"], ["b", "x", "xx"]])
        result = case(tf, s, t)
        value = session.run(result)
        shape = result.get_shape()
        return {
            "string": result.dtype == tf.string,
            "shape": None if shape.ndims is None else shape.as_list(),
            "value": texts(value.tolist() if hasattr(value, "tolist") else value),
        }


def texts(value):
    if isinstance(value, list):
        return [texts(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value
