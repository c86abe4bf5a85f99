"""Calls that TF-Slim's own unit tests make of names below `tensorflow.contrib`; values are TensorFlow 1.15.5's."""

import numpy as np
import pytest

from slim_torch import errors, tf
from slim_torch.compat import facade

LAYERS = facade.module_named("tensorflow.contrib.layers.python.layers.layers")
OPS = facade.module_named("tensorflow.contrib.framework.python.ops.ops")


@pytest.fixture(autouse=True)
def _fresh_graph():
    with tf.Graph().as_default():
        yield


def test_poincare_normalize_shortens_long_vectors():
    x = tf.constant([[0.0, 0.0], [3.0, 4.0], [0.3, 0.4]])
    by_row = LAYERS.poincare_normalize(x, 1)
    jointly = LAYERS.poincare_normalize(
        tf.constant([[3.0, 4.0], [0.3, 0.4]]), [0, 1], epsilon=0.1, name="all"
    )
    assert (by_row.op.name, jointly.op.name) == ("poincare_normalize", "all")
    with tf.Session() as session:
        rows, both = session.run([by_row, jointly])
    np.testing.assert_allclose(rows, [[0, 0], [0.599994, 0.799992], [0.3, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(both, [[0.5373201, 0.7164268], [0.05373201, 0.07164268]], rtol=1e-6)


@pytest.mark.parametrize(
    ("rank", "shape"),
    [(1, [None]), (2, [2, None]), (4, [2, None, 4, None]), (6, [2, None, 4, None, 5, None])],
)
def test_inner_flatten_joins_the_last_axes(rank, shape):
    x = tf.placeholder(tf.float32, [2, None, 4, None, 5, None])
    flattened = LAYERS._inner_flatten(x, rank)
    assert flattened.shape.as_list() == shape
    assert flattened.op.name == "InnerFlatten/Reshape"


def test_inner_flatten_wants_enough_axes():
    with pytest.raises(ValueError, match="inputs has rank less than new_rank"):
        LAYERS._inner_flatten(tf.placeholder(tf.float32, [2, 3]), 3)


@pytest.mark.parametrize("dtype", [tf.float32, tf.int64])
def test_zero_initializer_initializes_once(dtype):
    v = tf.Variable(tf.ones([2, 3], dtype))
    zero = tf.contrib.framework.zero_initializer(v)
    assert zero.op.name == "zero_initializer"
    with tf.Session() as session:
        with pytest.raises(errors.FailedPreconditionError, match="uninitialized value"):
            session.run(v)
        np.testing.assert_array_equal(session.run(zero), np.zeros([2, 3]))
        np.testing.assert_array_equal(session.run(v), np.zeros([2, 3]))
        with pytest.raises(errors.InvalidArgumentError, match="input is already initialized"):
            session.run(zero)
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(errors.InvalidArgumentError, match="input is already initialized"):
            session.run(zero)
        np.testing.assert_array_equal(session.run(v), np.ones([2, 3]))


def test_inputs_of_another_graph_than_the_one_given():
    x = tf.constant(1)
    with pytest.raises(ValueError, match="not from the passed-in graph"):
        OPS.get_graph_from_inputs([x], graph=tf.Graph())
    with tf.Graph().as_default():
        y = tf.constant(1)
    with pytest.raises(ValueError, match="must be from the same graph"):
        OPS.get_graph_from_inputs([x, y])


@pytest.mark.parametrize(("encode", "decode"), [("encode_png", "decode_png"), ("encode_jpeg", "decode_jpeg")])
def test_an_encoded_image_is_a_string_tensor(encode, decode):
    image = np.full([4, 3, 3], 200, np.uint8)
    written = getattr(tf.image, encode)(tf.constant(image))
    assert (written.dtype.name, written.shape.as_list()) == ("string", [])
    assert written.op.type == {"encode_png": "EncodePng", "encode_jpeg": "EncodeJpeg"}[encode]
    with tf.Session():
        assert isinstance(written.eval(), bytes)
        # One gray level, which a JPEG keeps to a unit.
        np.testing.assert_allclose(getattr(tf.image, decode)(written).eval(), image, atol=1)


def test_a_feature_looked_up_in_a_table():
    handlers = facade.module_named("tensorflow.contrib.slim.python.slim.data.tfexample_decoder")
    table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["dog", "cat"]))
    animals = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"cat", b"dog"]))
    example = tf.train.Example(features=tf.train.Features(feature={"l": animals, "v": animals}))
    decoder = handlers.TFExampleDecoder(
        {"l": tf.FixedLenFeature([2], tf.string), "v": tf.VarLenFeature(tf.string)},
        {
            "row": handlers.LookupTensor("l", table),
            "column": handlers.LookupTensor("l", table, shape=[2, 1]),
            "sparse": handlers.LookupTensor("v", table),
        },
    )
    items = decoder.decode(tf.constant(example.SerializeToString()), ["row", "column", "sparse"])
    assert [item.dtype for item in items] == [tf.int64] * 3
    assert items[1].shape.as_list() == [2, 1]
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        row, column, sparse = session.run(items)
    assert (row.tolist(), column.tolist(), sparse.tolist()) == ([1, 0], [[1], [0]], [1, 0])


def test_assertions_on_python_values():
    case = tf.test.TestCase()
    case.assertItemsEqual([1, 2, 2], [2, 1, 2])
    case.assertSameElements([1, 2, 2], [2, 1])
    case.assertNoCommonElements([1], [2])
    case.assertContainsSubset([1], [1, 2])
    case.assertLen("abc", 3)
    case.assertEmpty({})
    case.assertNotEmpty("a")
    case.assertBetween(1, 1, 2)
    case.assertEndsWith("conv/weights", "weights")
    case.assertSequenceAlmostEqual([1.0], [1.04], places=1)
    case.assertSequenceAlmostEqual([1.0], [1.4], delta=0.5)
    case.assertNDArrayNear(np.zeros(4), np.full(4, 0.4), 0.81)
    with case.assertRaisesWithLiteralMatch(ValueError, "no"):
        raise ValueError("no")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("assertItemsEqual", ([1, 2, 2], [2, 1])),
        ("assertSameElements", ([1, 2], [2])),
        ("assertNoCommonElements", ([1], [1, 2])),
        ("assertContainsSubset", ([1, 3], [1, 2])),
        ("assertLen", ("abc", 2)),
        ("assertEmpty", ([0],)),
        ("assertNotEmpty", ([],)),
        ("assertBetween", (3, 1, 2)),
        ("assertEndsWith", ("weights", "biases")),
        ("assertSequenceAlmostEqual", ([1.0], [1.1])),
        ("assertSequenceAlmostEqual", ([1.0], [1.0, 2.0])),
        ("assertNDArrayNear", (np.zeros(4), np.full(4, 0.4), 0.79)),
    ],
)
def test_assertions_that_fail(name, arguments):
    with pytest.raises(AssertionError):
        getattr(tf.test.TestCase(), name)(*arguments)
