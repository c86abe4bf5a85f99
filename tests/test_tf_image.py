"""`tf.image` against the answers of TensorFlow 1.15.5 in `golden/tf_image.json`."""

import io
import sys

import numpy as np
import pytest
import torch
from tf_call_runner import Answers, check_case, check_recorded, check_signature, recordable

from slim_torch import tf
from slim_torch.graph import Graph, get_default_graph

import tf_image_cases  # isort: skip

ANSWERS = Answers("tf_image")
CASES = {case["id"]: case for case in tf_image_cases.CASES}


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def test_every_case_has_an_answer():
    assert set(CASES) == set(ANSWERS.facts), ANSWERS.how


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_call_gives_what_tensorflow_gives(case, monkeypatch):
    check_case(case, ANSWERS, monkeypatch)


@pytest.mark.parametrize("name", sorted(ANSWERS.signatures))
def test_function_has_tensorflows_arguments(name):
    check_signature(name, ANSWERS)


@pytest.mark.parametrize("case", recordable(CASES.values()), ids=lambda case: case["id"])
def test_recorded_call_has_tensorflows_names_and_values(case):
    check_recorded(case, ANSWERS)


# Sizes that are known when the graph runs


@pytest.mark.parametrize("method", [0, 1, 2, 3])
def test_size_may_be_the_shape_of_a_recorded_tensor(method):
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    like = tf.placeholder(tf.float32, [None, None, None, 1])
    y = tf.image.resize_images(x, tf.shape(like)[1:3], method)
    assert y.get_shape().as_list() == [None, None, None, 3]
    image = np.random.RandomState(0).rand(2, 5, 7, 3).astype("float32")
    with tf.Session() as session:
        for size in ((9, 4), (10, 14)):
            value = session.run(y, {x: image, like: np.zeros((1, *size, 1), "float32")})
            expected = tf.image.resize_images(torch.from_numpy(image), size, method)
            np.testing.assert_allclose(value, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_images_of_unknown_size_are_cropped_padded_and_suppressed():
    x = tf.placeholder(tf.float32, [None, None, 3])
    results = [
        tf.image.resize_image_with_crop_or_pad(x, 6, 9),
        tf.image.central_crop(x, 0.5),
        tf.image.resize_image_with_pad(x, 8, 8),
        tf.image.resize_images(x, [10, 10], preserve_aspect_ratio=True),
    ]
    boxes, scores = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None])
    kept = tf.image.non_max_suppression(boxes, scores, 5)
    assert results[0].get_shape().as_list() == [6, 9, 3]
    assert kept.get_shape().as_list() == [None]
    assert kept.dtype == tf.int32
    image = np.random.RandomState(0).rand(5, 7, 3).astype("float32")
    real = torch.from_numpy(image)
    expected = [
        tf.image.resize_image_with_crop_or_pad(real, 6, 9),
        tf.image.central_crop(real, 0.5),
        tf.image.resize_image_with_pad(real, 8, 8),
        tf.image.resize_images(real, [10, 10], preserve_aspect_ratio=True),
    ]
    corners = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [0.0, 10.0, 1.0, 11.0]]
    with tf.Session() as session:
        for value, wanted in zip(session.run(results, {x: image}), expected):
            np.testing.assert_allclose(value, wanted.numpy(), rtol=1e-5, atol=1e-6)
        assert session.run(kept, {boxes: corners, scores: [0.5, 0.9, 0.1]}).tolist() == [1, 2]


@pytest.mark.parametrize(
    "function", ["resize_bilinear", "resize_nearest_neighbor", "resize_bicubic", "resize_area"]
)
def test_resizing_compiles_to_the_same_numbers(function):
    resize = getattr(tf.image, function)
    x = torch.randn(1, 5, 6, 2)
    compiled = torch.compile(lambda x: resize(x, [8, 9]), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), resize(x, [8, 9]))


# Where TensorFlow's behaviour is not followed


def test_a_box_without_area_is_selected_once():
    # TensorFlow 1.15.5 answers [0, 2, 2, 2].
    boxes = torch.tensor(
        [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 5.0, 1.0, 6.0]]
    )
    kept = tf.image.non_max_suppression(boxes, torch.tensor([0.9, 0.8, 0.75, 0.7]), 4, 1.0)
    assert kept.tolist() == [0, 2, 3]


# Random functions


def test_each_image_of_a_batch_is_flipped_or_not_on_its_own():
    x = torch.arange(3.0).view(1, 1, 3, 1).expand(400, 1, 3, 1)
    flipped = tf.image.random_flip_left_right(x)[:, 0, 0, 0] == 2
    assert set(tf.image.random_flip_left_right(x)[:, 0, 0, 0].tolist()) == {0.0, 2.0}
    # Five standard deviations of 400 even choices.
    assert abs(flipped.sum().item() - 200) < 50
    upright = tf.image.random_flip_up_down(x.transpose(1, 2))[:, 0, 0, 0]
    assert set(upright.tolist()) == {0.0, 2.0}


def test_random_adjustments_stay_in_their_range():
    x = torch.rand(4, 4, 3) * 0.4 + 0.3
    for _ in range(20):
        delta = tf.image.random_brightness(x, 0.2) - x
        assert delta.abs().max() <= 0.2 + 1e-6
        torch.testing.assert_close(delta, delta[0, 0, 0].expand_as(delta))
        mean = x.mean((0, 1))
        factor = (tf.image.random_contrast(x, 0.5, 1.5) - mean) / (x - mean)
        assert 0.5 - 1e-3 <= factor.median() <= 1.5 + 1e-3
        saturation = tf.image.rgb_to_hsv(tf.image.random_saturation(x, 0.2, 0.4))[..., 1]
        share = saturation / tf.image.rgb_to_hsv(x)[..., 1]
        assert 0.2 - 1e-4 <= share.min() <= share.max() <= 0.4 + 1e-4
        hue = tf.image.rgb_to_hsv(tf.image.random_hue(x, 0.1))[..., 0] - tf.image.rgb_to_hsv(x)[..., 0]
        turn = (hue + 0.5) % 1 - 0.5
        assert turn.abs().max() <= 0.1 + 1e-4


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("random_hue", (0.7,)),
        ("random_hue", (-0.1,)),
        ("random_brightness", (-0.2,)),
        ("random_contrast", (0.5, 0.2)),
        ("random_contrast", (-0.5, 0.2)),
        ("random_saturation", (0.5, 0.5)),
        ("random_crop", ([9, 4, 3],)),
        ("random_crop", ([4, 4],)),
    ],
)
def test_random_functions_refuse_impossible_ranges(function, arguments):
    with pytest.raises(ValueError, match=r"must be|Need|size"):
        getattr(tf.image, function)(torch.rand(4, 4, 3), *arguments)


def test_random_crop_reaches_every_place():
    x = torch.arange(20).view(4, 5)
    seen = set()
    for _ in range(200):
        part = tf.image.random_crop(x, [3, 2])
        assert part.shape == (3, 2)
        first = int(part[0, 0])
        torch.testing.assert_close(part, x[first // 5 : first // 5 + 3, first % 5 : first % 5 + 2])
        seen.add(first)
    assert seen == {row * 5 + column for row in (0, 1) for column in range(4)}


def test_random_functions_with_a_seed_repeat_themselves():
    def drawn():
        with Graph().as_default() as graph:
            values = []
            for _ in range(3):
                with graph.step():
                    values.append(
                        tf.image.random_brightness(torch.zeros(4, 4, 3), 0.3, seed=3)[0, 0, 0].item()
                    )
            return values

    assert drawn() == drawn()
    assert len(set(drawn())) == 3


def test_a_recorded_random_function_draws_at_each_run():
    x = tf.placeholder(tf.float32, [4, 4, 3])
    first, second = tf.image.random_brightness(x, 0.3), tf.image.random_brightness(x, 0.3)
    with tf.Session() as session:
        values = [session.run([first, second], {x: np.zeros((4, 4, 3))}) for _ in range(3)]
    assert len({value[0, 0, 0] for pair in values for value in pair}) == 6


def test_random_window_keeps_its_promises():
    boxes = torch.tensor([[[0.2, 0.3, 0.8, 0.9]]])
    for _ in range(50):
        begin, size, window = tf.image.sample_distorted_bounding_box(
            [40, 50, 3], boxes, min_object_covered=0.3, area_range=(0.1, 0.6), aspect_ratio_range=(0.5, 2.0)
        )
        assert begin.dtype == size.dtype == torch.int32
        assert begin[2] == 0
        assert size[2] == -1
        assert window.shape == (1, 1, 4)
        top, left = begin[:2].tolist()
        height, width = size[:2].tolist()
        assert 0 <= top <= 40 - height
        assert 0 <= left <= 50 - width
        assert 0.1 * 2000 <= height * width <= 0.6 * 2000
        # A pixel's rounding on either side.
        assert 0.5 - 1 / height <= width / height <= 2 + 1 / height
        shared = max(min(32, top + height) - max(8, top), 0) * max(min(45, left + width) - max(15, left), 0)
        assert shared >= 0.3 * 24 * 30 - 1e-3
        np.testing.assert_allclose(
            window[0, 0], [top / 40, left / 50, (top + height) / 40, (left + width) / 50], rtol=1e-6
        )


def test_random_window_is_the_whole_image_where_none_fits():
    boxes = torch.tensor([[[0.0, 0.0, 1.0, 1.0]]])
    begin, size, window = tf.image.sample_distorted_bounding_box(
        [40, 50, 3], boxes, min_object_covered=1.0, area_range=(0.05, 0.06), max_attempts=3
    )
    assert (begin.tolist(), size.tolist(), window.tolist()) == ([0, 0, 0], [40, 50, -1], [[[0, 0, 1, 1]]])
    with pytest.raises(ValueError, match="use_image_if_no_bounding_boxes"):
        tf.image.sample_distorted_bounding_box([4, 5, 3], torch.zeros(1, 0, 4))


# Files


def file_of(kind, array, **options):
    PIL = pytest.importorskip("PIL.Image")
    buffer = io.BytesIO()
    PIL.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


PIXELS = np.random.RandomState(0).randint(0, 256, (5, 7, 3)).astype("uint8")


@pytest.mark.parametrize(
    ("kind", "function"),
    [
        ("PNG", "decode_png"),
        ("PNG", "decode_image"),
        ("BMP", "decode_bmp"),
        ("BMP", "decode_image"),
        ("PNG", "decode_jpeg"),
    ],
)
def test_decoding_gives_the_pixels(kind, function):
    with get_default_graph().step():
        pixels = getattr(tf.image, function)(file_of(kind, PIXELS))
    assert pixels.dtype == torch.uint8
    np.testing.assert_array_equal(pixels, PIXELS)


def test_decoding_makes_the_channels_asked_for():
    with get_default_graph().step():
        assert tf.image.decode_png(file_of("PNG", PIXELS), channels=1).shape == (5, 7, 1)
        assert tf.image.decode_png(file_of("PNG", PIXELS), channels=4)[..., 3].unique().tolist() == [255]
        assert tf.image.decode_png(file_of("PNG", PIXELS[..., 0])).shape == (5, 7, 1)
        scaled = tf.image.decode_image(file_of("PNG", PIXELS), dtype=tf.float32)
    np.testing.assert_allclose(scaled, PIXELS / np.float32(255), rtol=1e-6)


def test_jpeg_goes_there_and_back():
    smooth = np.linspace(0, 255, 16 * 16 * 3).reshape(16, 16, 3).astype("uint8")
    with get_default_graph().step():
        contents = tf.image.encode_jpeg(torch.from_numpy(smooth), quality=100, chroma_downsampling=False)
        assert bool(tf.image.is_jpeg(contents))
        assert np.abs(tf.image.decode_jpeg(contents).numpy().astype(int) - smooth).max() <= 3
        assert tf.image.decode_jpeg(contents, ratio=2).shape == (8, 8, 3)


def test_png_goes_there_and_back():
    with get_default_graph().step():
        contents = tf.image.encode_png(torch.from_numpy(PIXELS))
        np.testing.assert_array_equal(tf.image.decode_png(contents), PIXELS)


def test_gif_gives_its_frames():
    PIL = pytest.importorskip("PIL.Image")
    frames = [PIL.fromarray(np.full((4, 6, 3), value, "uint8")) for value in (0, 120, 255)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    with get_default_graph().step():
        assert tf.image.decode_gif(buffer.getvalue()).shape == (3, 4, 6, 3)
        assert tf.image.decode_image(buffer.getvalue()).shape == (3, 4, 6, 3)
        assert tf.image.decode_image(buffer.getvalue(), expand_animations=False).shape == (4, 6, 3)


def test_recorded_bytes_are_decoded_when_the_graph_runs():
    contents = tf.placeholder(tf.string, [])
    image = tf.image.decode_png(contents, channels=3)
    assert image.op.name == "DecodePng"
    assert image.get_shape().as_list() == [None, None, 3]
    with tf.Session() as session:
        np.testing.assert_array_equal(session.run(image, {contents: file_of("PNG", PIXELS)}), PIXELS)


def test_bytes_that_are_no_image_are_an_error():
    pytest.importorskip("PIL.Image")
    with get_default_graph().step(), pytest.raises(ValueError, match="no image that can be read"):
        tf.image.decode_jpeg(b"nothing")


def test_without_pillow_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with get_default_graph().step(), pytest.raises(ImportError, match="pip install"):
        tf.image.decode_png(b"")
