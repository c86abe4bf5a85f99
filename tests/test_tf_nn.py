"""`tf.nn` against the answers of TensorFlow 1.15.5 in `golden/tf_nn.json`."""

import numpy as np
import pytest
import torch
from tf_call_runner import Answers, check_case, check_recorded, check_signature, recordable

from slim_torch import tf
from slim_torch.graph import Graph

import tf_nn_cases  # isort: skip

ANSWERS = Answers("tf_nn")
CASES = {case["id"]: case for case in tf_nn_cases.CASES}


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


# Formats that TensorFlow's CPU kernels do not have: the same as channels-last on permuted tensors.

FIRST = {3: (0, 2, 1), 4: (0, 3, 1, 2), 5: (0, 4, 1, 2, 3)}
LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}


@pytest.mark.parametrize(
    ("call", "rank"),
    [
        pytest.param(
            lambda x, f, s: tf.nn.conv2d(x, torch.ones(3, 3, 4, 2), s(2), "SAME", data_format=f),
            4,
            id="conv2d",
        ),
        pytest.param(
            lambda x, f, s: tf.nn.conv1d(x, torch.ones(3, 4, 2), 2, "SAME", data_format=f), 3, id="conv1d"
        ),
        pytest.param(
            lambda x, f, s: tf.nn.conv3d(x, torch.ones(3, 2, 2, 4, 2), s(2), "SAME", data_format=f),
            5,
            id="conv3d",
        ),
        pytest.param(
            lambda x, f, s: tf.nn.depthwise_conv2d(x, torch.ones(3, 3, 4, 2), s(2), "SAME", data_format=f),
            4,
            id="depthwise_conv2d",
        ),
        pytest.param(
            lambda x, f, s: tf.nn.separable_conv2d(
                x, torch.ones(3, 3, 4, 2), torch.ones(1, 1, 8, 3), s(2), "SAME", data_format=f
            ),
            4,
            id="separable_conv2d",
        ),
        pytest.param(lambda x, f, s: tf.nn.max_pool(x, s(3), s(2), "SAME", f), 4, id="max_pool"),
        pytest.param(lambda x, f, s: tf.nn.avg_pool3d(x, s(3), s(2), "SAME", f), 5, id="avg_pool3d"),
        pytest.param(
            lambda x, f, s: tf.nn.pool(x, [3, 3], "AVG", "SAME", strides=[2, 2], data_format=f), 4, id="pool"
        ),
        pytest.param(lambda x, f, s: tf.nn.bias_add(x, torch.arange(4.0), f), 4, id="bias_add"),
        pytest.param(
            lambda x, f, s: tf.nn.fused_batch_norm(x, torch.ones(4), torch.ones(4), data_format=f)[0],
            4,
            id="fused_batch_norm",
        ),
        pytest.param(lambda x, f, s: tf.nn.space_to_depth(x, 2, data_format=f), 4, id="space_to_depth"),
        pytest.param(lambda x, f, s: tf.nn.depth_to_space(x, 2, data_format=f), 4, id="depth_to_space"),
    ],
)
def test_channels_first_is_channels_last_permuted(call, rank):
    x = (
        torch.randn(2, 6, 6, 6, 4)
        if rank == 5
        else torch.randn(2, 6, 6, 4)
        if rank == 4
        else torch.randn(2, 6, 4)
    )
    names = {3: ("NWC", "NCW"), 4: ("NHWC", "NCHW"), 5: ("NDHWC", "NCDHW")}[rank]
    last = call(x, names[0], lambda k: [1, *[k] * (rank - 2), 1])
    first = call(x.permute(FIRST[rank]).contiguous(), names[1], lambda k: [1, 1, *[k] * (rank - 2)])
    torch.testing.assert_close(first.permute(LAST[rank]), last)


def test_transposed_convolution_in_channels_first():
    x, kernel = torch.randn(2, 3, 4, 3), torch.randn(3, 3, 5, 3)
    last = tf.nn.conv2d_transpose(x, kernel, [2, 5, 8, 5], [1, 2, 2, 1])
    first = tf.nn.conv2d_transpose(
        x.permute(0, 3, 1, 2), kernel, [2, 5, 5, 8], [1, 1, 2, 2], data_format="NCHW"
    )
    torch.testing.assert_close(first.permute(0, 2, 3, 1), last)


def test_transposed_convolution_is_the_gradient_of_the_convolution():
    x = torch.randn(1, 7, 10, 2, requires_grad=True)
    kernel = torch.randn(4, 3, 2, 5)
    y = tf.nn.conv2d(x, kernel, [1, 2, 3, 1], "SAME")
    back = torch.randn_like(y)
    (gradient,) = torch.autograd.grad(y, x, back)
    torch.testing.assert_close(tf.nn.conv2d_transpose(back, kernel, [1, 7, 10, 2], [1, 2, 3, 1]), gradient)


# Dropout


def test_dropout_keeps_the_share_it_is_told_and_scales():
    y = tf.nn.dropout(torch.ones(200, 200), rate=0.25)
    assert y.unique().tolist() == pytest.approx([0.0, 4 / 3])
    # Ten standard deviations of the share: 10 * sqrt(0.25 * 0.75 / 40000).
    assert abs((y == 0).float().mean().item() - 0.25) < 0.022


def test_dropout_noise_shape_shares_the_choice():
    y = tf.nn.dropout(torch.ones(50, 6, 3), 0.5, noise_shape=[50, 1, None])
    assert torch.equal(y, y[:, :1].expand_as(y))
    assert 0 < (y == 0).float().mean() < 1


def test_dropout_with_a_seed_repeats_its_sequence(graph):
    def sequence():
        with Graph().as_default() as graph:
            drawn = []
            for _ in range(2):
                with graph.step():
                    drawn.append(tf.nn.dropout(torch.ones(64), 0.5, seed=7))
            return drawn

    first, second = sequence(), sequence()
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    assert not torch.equal(first[0], first[1])


def test_dropout_takes_a_tensor_as_rate():
    y = tf.nn.dropout(torch.ones(1000), rate=torch.tensor(0.5))
    assert set(y.unique().tolist()) == {0.0, 2.0}


# Recorded with sizes that are not known


def test_sizes_may_come_from_a_recorded_tensor():
    kernel = torch.randn(3, 3, 5, 3)
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    like = tf.placeholder(tf.float32, [None, None, None, 5])
    y = tf.nn.conv2d_transpose(x, tf.constant(kernel.numpy()), tf.shape(like), [1, 2, 2, 1])
    assert y.get_shape().as_list()[3] == 5
    for size in (6, 5):
        small = np.random.RandomState(0).rand(2, 3, 4, 3).astype("float32")
        with tf.Session() as session:
            value = session.run(y, {x: small, like: np.zeros((2, size, 8, 5), "float32")})
        expected = tf.nn.conv2d_transpose(torch.from_numpy(small), kernel, [2, size, 8, 5], 2)
        np.testing.assert_allclose(value, expected.numpy(), rtol=1e-5, atol=1e-5)


def test_functions_compile_to_the_same_numbers():
    x, kernel = torch.randn(2, 6, 7, 3), torch.randn(3, 3, 3, 4)

    def model(x):
        y = tf.nn.conv2d(x, kernel, [1, 2, 2, 1], "SAME")
        y = tf.nn.max_pool(tf.nn.lrn(tf.nn.relu6(y)), [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
        mean, variance = tf.nn.moments(y, [0, 1, 2])
        y = tf.nn.batch_normalization(y, mean, variance, None, None, 1e-3)
        y = tf.nn.conv2d_transpose(y, kernel, [2, 6, 7, 3], 2)
        return tf.nn.softmax_cross_entropy_with_logits_v2(
            labels=tf.nn.softmax(y), logits=tf.nn.l2_normalize(y, 3)
        )

    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), model(x))


def test_relu_is_the_function_that_layers_recognize():
    from slim_torch import activations

    assert tf.nn.relu is activations.relu
