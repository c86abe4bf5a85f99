"""`slim_torch.preprocessing` against TensorFlow 1.15.5 running the same code, and what its randomness must keep."""

import pathlib

import numpy as np
import pytest
import torch

from slim_torch import tf
from slim_torch.preprocessing import inception_preprocessing, preprocessing_factory

GOLDEN = pathlib.Path(__file__).parent / "golden"
EXPECTED = np.load(GOLDEN / "preprocessing.npz")


def golden_cases():
    # The script imports TensorFlow at its top; only its table and its images are wanted here.
    source = (GOLDEN / "make_preprocessing.py").read_text()
    namespace = {"np": np}
    start, end = source.index("CASES = ["), source.index("def load")
    exec(source[start:end], namespace)
    return namespace["CASES"], namespace["image_of"]


CASES, image_of = golden_cases()


@pytest.mark.parametrize("place", range(len(CASES)))
def test_evaluation_is_that_of_tensorflow(place):
    name, size, out, grey, arguments = CASES[place]
    expected = EXPECTED[f"eval_{place}"]
    preprocess = preprocessing_factory.get_preprocessing(name, False, grey)
    with tf.Graph().as_default():
        image = tf.placeholder(tf.uint8, [None, None, 3])
        output = preprocess(image, *out, **arguments)
        assert output.get_shape().as_list() == list(expected.shape)
        with tf.Session() as session:
            recorded = session.run(output, {image: image_of(size)})
    with tf.Graph().as_default() as graph, graph.step():
        eager = preprocess(torch.from_numpy(image_of(size)), *out, **arguments)
    scale = np.abs(expected).max()
    for got in (recorded, eager.numpy()):
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5 * scale)


def test_summaries_of_training():
    with tf.Graph().as_default() as graph:
        image = tf.placeholder(tf.float32, [None, None, 3])
        inception_preprocessing.preprocess_for_train(image, 24, 24, None, fast_mode=False)
        names = [op.name for op in graph.get_operations() if op.type == "ImageSummary"]
    assert names == list(EXPECTED["summaries"])


@pytest.mark.parametrize("fast", [True, False])
def test_inception_training(fast):
    with tf.Graph().as_default():
        tf.set_random_seed(1)
        image = tf.placeholder(tf.uint8, [None, None, 3])
        preprocess = preprocessing_factory.get_preprocessing("inception_v1", is_training=True)
        output = preprocess(image, 20, 22, fast_mode=fast)
        with tf.Session() as session:
            values = [session.run(output, {image: image_of((48, 60))}) for _ in range(8)]
    assert {value.shape for value in values} == {(20, 22, 3)}
    assert min(value.min() for value in values) >= -1
    assert max(value.max() for value in values) <= 1
    assert not any(np.array_equal(values[0], value) for value in values[1:])


def test_vgg_training_crops_resized_images():
    # Left of the image all is black, right of it white: a crop is a window on that step.
    step = np.zeros([40, 80, 3], np.uint8)
    step[:, 40:] = 255
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        preprocess = preprocessing_factory.get_preprocessing("vgg_16", is_training=True)
        output = preprocess(tf.constant(step), 16, 16, resize_side_min=20, resize_side_max=24)
        with tf.Session() as session:
            values = [session.run(output) for _ in range(40)]
    means = np.array([123.68, 116.78, 103.94])
    grey = [value + means for value in values]
    assert all(value.min() >= -1e-3 and value.max() <= 255 + 1e-3 for value in grey)
    # Some are all black, some all white, some mirrored.
    assert {0, 255} <= {round(value.mean()) for value in grey}
    edges = [np.sign(value[:, -1].mean() - value[:, 0].mean()) for value in grey]
    assert {-1, 1} <= set(edges)


def test_cifarnet_training_has_zero_mean():
    with tf.Graph().as_default() as graph, graph.step():
        preprocess = preprocessing_factory.get_preprocessing("cifarnet", is_training=True)
        value = preprocess(torch.from_numpy(image_of((32, 32))), 32, 32)
    assert tuple(value.shape) == (32, 32, 3)
    assert abs(float(value.mean())) < 1e-5
    assert abs(float(value.std(correction=0)) - 1) < 1e-4


def test_unknown_names():
    with pytest.raises(ValueError, match=r"\[vgg_17\] was not recognized"):
        preprocessing_factory.get_preprocessing("vgg_17")


def test_vgg_refuses_crops_that_do_not_fit():
    with tf.Graph().as_default():
        preprocess = preprocessing_factory.get_preprocessing("vgg_16")
        image = tf.placeholder(tf.float32, [None, None, 3])
        output = preprocess(image, 32, 32, resize_side_min=20)
        with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Crop size"):
            session.run(output, {image: np.zeros([40, 40, 3])})


def test_color_orderings():
    with pytest.raises(ValueError, match="color_ordering"):
        inception_preprocessing.distort_color(tf.zeros([2, 2, 3]), 4, fast_mode=False)
