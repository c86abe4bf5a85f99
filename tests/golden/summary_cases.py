"""Programs with summaries, for TensorFlow and for slim_torch: `CASES` by name, each of them `case(tf, slim)`.

A case returns what a session is to run: string tensors, or nothing where only names are asked for.
"""

import collections

import numpy as np

CASES = collections.OrderedDict()


def case(function):
    CASES[function.__name__] = function
    return function


def numbers(*shape, **options):
    """Normally distributed numbers, the same ones every time."""
    drawn = np.random.RandomState(options.get("seed", 0)).randn(*shape)
    return (drawn * options.get("scale", 1)).astype(options.get("dtype", np.float32))


def vector(tf, size=3):
    return tf.constant(numbers(size), name="x")


# Numbers


@case
def scalars(tf, slim):
    values = [1.5, -2.0, 0.0, float("nan"), float("inf"), 0.1]
    return [tf.summary.scalar("loss", tf.constant(value)) for value in values]


@case
def scalars_of_dtypes(tf, slim):
    made = [
        np.float64(1e300),
        np.float64(0.1),
        np.int64(2**40 + 1),
        np.int64(2**55 + 2**31 + 1),
        np.uint8(200),
    ]
    made += [np.float16(0.1), np.int32(-7), np.int16(-300), np.int8(-3), np.uint16(60000)]
    return [tf.summary.scalar("s", tf.constant(value)) for value in made]


@case
def scalar_names(tf, slim):
    x = tf.constant(1.0)
    made = [tf.summary.scalar("a b:$(c)", x), tf.summary.scalar("/lead", x), tf.summary.scalar("a//b", x)]
    made.append(tf.summary.scalar("q/", x))
    with tf.name_scope("s"):
        made += [tf.summary.scalar("a", x), tf.summary.scalar("a", x), tf.summary.scalar("A", x)]
    with tf.variable_scope("v"):
        made.append(tf.summary.scalar("a", x))
    return made


@case
def scalar_families(tf, slim):
    x = tf.constant(1.0)
    made = [tf.summary.scalar("foo", x, family="fam ily"), tf.summary.scalar("fam/foo", x, family="fam")]
    with tf.name_scope("s"):
        made += [tf.summary.scalar("foo", x, family="fam"), tf.summary.scalar("foo", x, family="fam")]
    made.append(tf.summary.scalar("x", x, family="/a"))
    return made


@case
def scalar_collections(tf, slim):
    x = tf.constant(1.0)
    made = [tf.summary.scalar("a", x, collections=[]), tf.summary.scalar("b", x, collections=["q"])]
    return made + [tf.summary.scalar("c", x, collections=["q", tf.GraphKeys.SUMMARIES])]


@case
def scalar_of_a_variable(tf, slim):
    variable = tf.get_variable("v", initializer=2.5)
    return [tf.summary.scalar(variable.op.name, variable), tf.summary.scalar("twice", variable * 2)]


@case
def scalar_of_a_vector(tf, slim):
    return [tf.summary.scalar("v", tf.constant([1.0, 2.0]))]


@case
def scalar_of_a_boolean(tf, slim):
    return [tf.summary.scalar("b", tf.constant(True))]


@case
def scalar_without_a_name(tf, slim):
    return [tf.summary.scalar(None, tf.constant(1.0))]


@case
def scalar_with_a_bad_name(tf, slim):
    return [tf.summary.scalar("_x", tf.constant(1.0))]


@case
def scalar_with_a_number_for_a_name(tf, slim):
    return [tf.summary.scalar(3, tf.constant(1.0))]


# Histograms


@case
def histograms(tf, slim):
    values = [
        [1.0, 2.0, -3.0, 0.0, 1e-13, -1e-13, 1e25, 5.0],
        [1e-12, 1.1e-12, 1.0, -1e-12],
        3.0,
        [[0.0, 0.0], [0.0, 0.0]],
        [1.5, 1.5, -1.5],
    ]
    return [tf.summary.histogram("h", tf.constant(value)) for value in values]


@case
def histogram_of_nothing(tf, slim):
    return [tf.summary.histogram("h", tf.zeros([0, 3]))]


@case
def histograms_of_random_numbers(tf, slim):
    scales = [1e-14, 1e-6, 1.0, 1e6, 1e19]
    arrays = [numbers(1000, seed=n, scale=scale) for n, scale in enumerate(scales)]
    arrays += [numbers(10, 20, 3, seed=9, dtype=np.float64), numbers(5000, seed=8) ** 2]
    return [tf.summary.histogram("h", tf.constant(array)) for array in arrays]


@case
def histograms_of_dtypes(tf, slim):
    made = [
        np.array([1, 2, 300], np.int64),
        np.array([1, 2, 200], np.uint8),
        np.array([1, 2, 200.3], np.float16),
    ]
    made += [np.array([-5, 7], np.int32), np.array([1e300, -1e300, 1e20])]
    return [tf.summary.histogram("h", tf.constant(array)) for array in made]


@case
def histogram_names(tf, slim):
    with tf.variable_scope("v"):
        return [tf.summary.histogram("h", vector(tf)), tf.summary.histogram("h", vector(tf), family="f")]


@case
def histogram_of_nan(tf, slim):
    return [tf.summary.histogram("h", tf.constant([1.0, float("nan")]))]


@case
def histogram_of_infinity(tf, slim):
    return [tf.summary.histogram("h", tf.constant([1.0, float("inf")]))]


@case
def histogram_of_strings(tf, slim):
    return [tf.summary.histogram("h", tf.constant(["a"]))]


# Images


@case
def images(tf, slim):
    made = [tf.summary.image("im", tf.constant(numbers(2, 5, 4, channels))) for channels in (1, 3, 4)]
    made.append(tf.summary.image("positive", tf.constant(np.abs(numbers(2, 5, 4, 3, scale=0.1)))))
    return made


@case
def image_dtypes(tf, slim):
    kinds = (np.float16, np.float32, np.float64)
    arrays = [f(numbers(1, 20, 30, 1)).astype(kind) for kind in kinds for f in (np.abs, np.array)]
    arrays.append(np.random.RandomState(0).randint(0, 256, (1, 4, 4, 3)).astype(np.uint8))
    return [tf.summary.image("im", tf.constant(array)) for array in arrays]


@case
def image_tags(tf, slim):
    one, four = tf.constant(numbers(1, 2, 2, 1)), tf.constant(numbers(4, 2, 2, 1))
    made = [tf.summary.image("im", four), tf.summary.image("im", four, max_outputs=1, family="f")]
    made += [tf.summary.image("im", one), tf.summary.image("im", one, 1), tf.summary.image("im", four, 9)]
    return made + [
        tf.summary.image("none", tf.zeros([0, 2, 2, 1])),
        tf.summary.image("none", tf.zeros([0, 2, 2, 1]), 1),
    ]


@case
def images_that_are_not_finite(tf, slim):
    nan, inf = float("nan"), float("inf")
    arrays = [[[[0.0], [nan]], [[1.0], [2.0]]], [[[nan], [nan]]], [[[0.0], [inf]], [[-3.0], [1.0]]]]
    arrays += [[[[0.0, 1, 2], [nan, 1, 3]]], [[[0.0, 1, 2, 3], [nan, 1, 3, 1]]]]
    return [tf.summary.image("im", tf.constant([array], tf.float32)) for array in arrays]


@case
def images_of_extreme_numbers(tf, slim):
    pairs = [[1e-7, 2e-7], [1.1e-6, 0.0], [-1e-7, 2e-7], [1e38, -1e38], [0.0, 0.0], [-1.0, -2.0]]
    return [tf.summary.image("im", tf.constant([[[[a], [b]]]], tf.float32)) for a, b in pairs]


@case
def image_of_two_channels(tf, slim):
    return [tf.summary.image("im", tf.zeros([2, 2, 2, 2]))]


@case
def image_of_rank_3(tf, slim):
    return [tf.summary.image("im", tf.zeros([2, 2, 3]))]


@case
def image_without_pixels(tf, slim):
    return [tf.summary.image("im", tf.zeros([1, 0, 2, 1]))]


@case
def image_of_integers(tf, slim):
    return [tf.summary.image("im", tf.zeros([1, 2, 2, 1], tf.int32))]


@case
def no_images(tf, slim):
    return [tf.summary.image("im", tf.zeros([1, 2, 2, 1]), max_outputs=0)]


@case
def image_count_is_no_number(tf, slim):
    return [tf.summary.image("im", tf.zeros([1, 2, 2, 1]), max_outputs="x")]


# Sounds


@case
def sounds(tf, slim):
    special = np.array(
        [-1, 1, 0.5, -0.5, 1 / 65536.0, -1 / 65536.0, 2, -2, np.nan, np.inf, -np.inf], np.float32
    )
    made = [
        tf.summary.audio("au", tf.constant(numbers(2, 100, channels, scale=0.4)), 16000)
        for channels in (1, 2)
    ]
    made += [
        tf.summary.audio("au", tf.constant(special[None]), 8000.5),
        tf.summary.audio("one", tf.constant(numbers(2, 9)), 8000, 1),
    ]
    return made + [tf.summary.audio("au", tf.constant(numbers(2, 9)), tf.constant(44100.0), family="fam")]


@case
def sound_of_rank_1(tf, slim):
    return [tf.summary.audio("au", tf.zeros([5]), 8000)]


@case
def sound_of_integers(tf, slim):
    return [tf.summary.audio("au", tf.zeros([1, 5], tf.int32), 8000)]


@case
def sound_of_no_rate(tf, slim):
    return [tf.summary.audio("au", tf.zeros([1, 5]), 0)]


@case
def sound_without_frames(tf, slim):
    return [tf.summary.audio("au", tf.zeros([1, 0]), 8000)]


@case
def no_sounds(tf, slim):
    return [tf.summary.audio("au", tf.zeros([1, 3]), 8000, max_outputs=0)]


# Texts and tensors


@case
def texts(tf, slim):
    with tf.name_scope("s"):
        return [
            tf.summary.text("t", tf.constant("hello")),
            tf.summary.text("t", tf.constant([["a", "b"], ["c", ""]])),
        ]


@case
def text_of_numbers(tf, slim):
    return [tf.summary.text("t", tf.constant(1.0))]


@case
def tensors(tf, slim):
    metadata = tf.SummaryMetadata(plugin_data=tf.SummaryMetadata.PluginData(plugin_name="p", content=b"c"))
    made = [tf.summary.tensor_summary("t", vector(tf)), tf.summary.tensor_summary("t", tf.constant(1.0))]
    made.append(
        tf.summary.tensor_summary("t", tf.constant([[1, 2, 3]]), display_name="d", summary_metadata=metadata)
    )
    made.append(tf.summary.tensor_summary("t", tf.constant(["a", "b"]), family="f", summary_description="s"))
    return made + [
        tf.summary.tensor_summary("t", tf.zeros([0, 2])),
        tf.summary.tensor_summary("t", tf.constant(True)),
    ]


@case
def tensors_of_dtypes(tf, slim):
    kinds = [tf.float64, tf.uint8, tf.int16, tf.int8, tf.int64, tf.bfloat16, tf.float16, tf.complex64]
    return [tf.summary.tensor_summary("t", tf.cast(tf.constant([1.0, 2.0]), kind)) for kind in kinds]


# Merging


@case
def merges(tf, slim):
    a, b = tf.summary.scalar("a", tf.constant(1.0)), tf.summary.histogram("b", vector(tf))
    made = [tf.summary.merge([b, a]), tf.summary.merge((a,), name="mine"), tf.summary.merge([a], name="a b$")]
    with tf.name_scope("outer"):
        made += [
            tf.summary.merge_all(),
            tf.summary.merge([a, tf.constant(b"")], collections=["kept"], name="k"),
        ]
    return [*made, tf.summary.merge([tf.summary.merge([a]), b]), tf.get_collection("kept")[0]]


@case
def merge_all_of_a_scope(tf, slim):
    for name in "ab":
        with tf.name_scope(name):
            tf.summary.scalar("x", tf.constant(1.0))
    assert tf.summary.merge_all(scope="c") is None
    assert tf.summary.merge_all("other") is None
    return [tf.summary.merge_all(scope="a"), tf.summary.merge_all(scope="b/", name="n")]


@case
def merge_of_nothing(tf, slim):
    return [tf.summary.merge([])]


@case
def merge_of_no_list(tf, slim):
    return [tf.summary.merge("abc")]


@case
def merge_of_numbers(tf, slim):
    return [tf.summary.merge([tf.constant(1.0)])]


@case
def merge_of_one_tag_twice(tf, slim):
    a = tf.summary.scalar("a", tf.constant(1.0))
    return [tf.summary.merge([a, a])]


@case
def merge_of_other_bytes(tf, slim):
    return [tf.summary.merge([tf.constant(b"\xff\xff")])]


# slim's


@case
def slim_histograms(tf, slim):
    x = vector(tf)
    made = [slim.summaries.add_histogram_summary(x), slim.summaries.add_histogram_summary(x, "n", "pre")]
    with tf.variable_scope("v"):
        y = tf.nn.relu(x)
        made += [slim.summaries.add_histogram_summary(y), slim.summaries.add_histogram_summary(y, "y")]
    return made + slim.summaries.add_histogram_summaries([x, y], "p")


@case
def slim_scalars(tf, slim):
    x = tf.constant(3.0, name="x")
    made = [slim.summaries.add_scalar_summary(x), slim.summaries.add_scalar_summary(x, "n", "pre")]
    made.append(slim.summaries.add_scalar_summary(x, "printed", print_summary=True))
    return made + slim.summaries.add_scalar_summaries([x, tf.reduce_sum(x)], "p")


@case
def slim_images(tf, slim):
    x = tf.constant(numbers(1, 2, 2, 3), name="x")
    made = [slim.summaries.add_image_summary(x), slim.summaries.add_image_summary(x, "n", "pre", True)]
    return made + slim.summaries.add_image_summaries([x], "p")


@case
def slim_zero_fractions(tf, slim):
    x = tf.constant([0.0, 1.0, 0.0, 3.0], name="x")
    made = [
        slim.summaries.add_zero_fraction_summary(x),
        slim.summaries.add_zero_fraction_summary(x, "n", "pre"),
    ]
    made.append(slim.summaries.add_zero_fraction_summary(x, print_summary=True))
    return made + slim.summaries.add_zero_fraction_summaries([x], "p")


@case
def tensors_by_rank(tf, slim):
    x, y = tf.constant(1.0, name="x"), tf.constant([1.0, 2.0], name="y")
    made = [slim.summarize_tensor(x), slim.summarize_tensor(y), slim.summarize_tensor(y, "tag")]
    made += slim.summarize_tensors([x, y])
    return made + slim.summarize_tensors([y], slim.summarize_activation)


@case
def tensor_of_unknown_rank(tf, slim):
    return [slim.summarize_tensor(tf.placeholder_with_default([1.0, 2.0], None, name="x"))]


@case
def collections_of_tensors(tf, slim):
    tf.add_to_collection("k", tf.constant(1.0, name="x"))
    tf.add_to_collection("k", tf.nn.relu(vector(tf)))
    made = slim.summarize_collection("k", "x") + slim.summarize_collection("k", ".*elu")
    return made + slim.summarize_collection("k")


@case
def activations(tf, slim):
    x = tf.constant([-1.0, 2.0, 3.0, 8.0], name="x")
    functions = [tf.nn.relu, tf.nn.relu6, tf.nn.softplus, tf.sigmoid, tf.tanh, tf.nn.elu]
    return [slim.summarize_activation(function(x)) for function in functions] + tf.get_collection("summaries")


@case
def a_layer(tf, slim):
    with tf.variable_scope("net"):
        slim.fully_connected(
            tf.constant(numbers(2, 3)),
            4,
            weights_initializer=tf.constant_initializer(0.5),
            outputs_collections=tf.GraphKeys.ACTIVATIONS,
        )
    slim.summarize_activations()
    slim.summarize_variables(".*weights")
    slim.summarize_weights()
    slim.summarize_biases()
    return tf.get_collection("summaries")


@case
def gradients(tf, slim):
    w, b = tf.get_variable("a/w", initializer=[1.0, 2.0]), tf.get_variable("b", initializer=3.0)
    found = tf.gradients(tf.reduce_sum(w * tf.constant([4.0, -5.0])) * b, [w, b])
    with tf.name_scope("outer"):
        return slim.learning.add_gradients_summaries([(found[0], w), (None, w), (found[1], b)])
