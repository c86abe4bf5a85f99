"""MobileNet v1, v2 and v3 against TensorFlow 1.15.5: `golden/mobilenet_programs.py`, and more.

The answers are in `golden/mobilenet.json.gz` and `.npz`; `golden/make_mobilenet.py` asks for them anew.
"""

import pytest
import torch
from network_runner import Answers, without_draws
from torch.utils.flop_counter import FlopCounterMode

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.nets import mobilenet_v1
from slim_torch.nets.mobilenet import conv_blocks, mobilenet, mobilenet_v2, mobilenet_v3

from mobilenet_programs import REGISTRY  # isort: skip - beside the golden files, found by network_runner

ANSWERS = Answers(REGISTRY)
# TensorFlow's words (here those of slim_torch's source, run on it).
WORDS = tuple(
    (words, words)
    for words in (
        "Unknown final endpoint Conv2d_14_pointwise",
        "depth_multiplier is not greater than zero",
        "Only allowed output_stride values are 8, 16, 32",
        "Invalid input tensor rank, expected 4, was: 3",
        "multiplier is not greater than zero",
        "doesn't support generic multiplier parameter",
        "Expected rank 4 input, was: 3",
        "Output stride must be None, 1 or a multiple of 2",
        "'nowhere' is unknown value for depthwise_location",
        '`use_explicit_padding` should only be used with "SAME" padding',
    )
)


@pytest.mark.parametrize("case_id", ANSWERS.recorded)
def test_recorded_networks_have_the_names_and_shapes_of_tensorflow(case_id, monkeypatch):
    without_draws(monkeypatch)
    ANSWERS.check_recorded(case_id)


@pytest.mark.parametrize("case_id", ANSWERS.stepped)
def test_networks_of_one_step_have_the_names_and_shapes_of_tensorflow(case_id, monkeypatch):
    without_draws(monkeypatch)
    ANSWERS.check_stepped(case_id)


@pytest.mark.parametrize("case_id", ANSWERS.refused)
def test_what_is_refused_there_is_refused_with_its_words(case_id):
    ANSWERS.check_refused(case_id, WORDS)


@pytest.mark.parametrize("case_id", ANSWERS.computed)
def test_networks_have_the_numbers_of_tensorflow(case_id, monkeypatch):
    without_draws(monkeypatch)
    ANSWERS.check_computed(case_id)


# Known of each network, for 1000 classes and images of 224 by 224: the parameters of other implementations
# (with a gamma in every batch_norm, which MobileNet v3 leaves out here), and the published multiply-adds, in
# millions. They are derived from nothing here.
KNOWN = {
    "v1": (mobilenet_v1.mobilenet_v1, mobilenet_v1.mobilenet_v1_arg_scope, 4_231_976, 569),
    "v1_0.25": (mobilenet_v1.mobilenet_v1_025, mobilenet_v1.mobilenet_v1_arg_scope, 470_072, 41),
    "v2": (mobilenet_v2.mobilenet, mobilenet_v2.training_scope, 3_504_872, 300),
    "v2_1.4": (mobilenet_v2.mobilenet_v2_140, mobilenet_v2.training_scope, 6_108_776, 582),
    "v3_large": (mobilenet_v3.large, mobilenet_v3.training_scope, 5_483_032, 217),
    "v3_small": (mobilenet_v3.small, mobilenet_v3.training_scope, 2_542_856, 56),
    "v3_large_minimalistic": (mobilenet_v3.large_minimalistic, mobilenet_v3.training_scope, None, 209),
    "v3_edge_tpu": (mobilenet_v3.edge_tpu, mobilenet_v3.training_scope, None, 990),
}


@pytest.mark.parametrize("name", KNOWN)
def test_parameters_and_multiply_adds_are_those_known_of_the_network(name, monkeypatch):
    without_draws(monkeypatch)
    network, arg_scope, parameters, millions = KNOWN[name]
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad(), slim.arg_scope(arg_scope(is_training=False)):
        # For the last layers without is_training as an argument of its own.
        with slim.arg_scope([slim.batch_norm], scale=True):
            with FlopCounterMode(display=False) as counted:
                network(torch.zeros(1, 224, 224, 3), 1000, is_training=False)
        if parameters is not None:
            assert sum(v.numel() for v in tf.trainable_variables()) == parameters
    assert abs(counted.get_total_flops() / 2e6 - millions) < 1


def inverted(image, **kwargs):
    return mobilenet_v2.mobilenet(image, **{"num_classes": 5, "depth_multiplier": 0.1, **kwargs})


def test_a_session_runs_batches_and_images_of_unknown_size():
    with Graph().as_default():
        images = tf.placeholder(tf.float32, (None, None, None, 3))
        with slim.arg_scope(mobilenet_v2.training_scope(is_training=False)):
            logits, end_points = inverted(images)
        assert logits.get_shape().as_list() == [None, 5]
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for shape in ((2, 64, 96, 3), (1, 33, 40, 3)):
                fed = {images: torch.zeros(shape).numpy()}
                assert session.run(end_points["Predictions"], fed).shape == (shape[0], 5)


def test_training_and_evaluation_share_variables_by_reuse():
    with Graph().as_default():
        with slim.arg_scope(mobilenet_v1.mobilenet_v1_arg_scope()):
            train = tf.random_uniform((2, 64, 64, 3))
            mobilenet_v1.mobilenet_v1(train, 4, depth_multiplier=0.25)
            variables = len(tf.global_variables())
            evaluated = tf.random_uniform((1, 96, 96, 3))
            logits, _ = mobilenet_v1.mobilenet_v1(
                evaluated, 4, depth_multiplier=0.25, is_training=False, reuse=True
            )
            assert len(tf.global_variables()) == variables
            predictions = tf.argmax(logits, 1)
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                assert session.run(predictions).shape == (1,)


def convolution_filters():
    """The numbers of filters of the convolutions across channels, in order."""
    weights = [v for v in tf.global_variables() if v.op.name.endswith("/weights")]
    return [v.shape[3] for v in weights if "depthwise" not in v.op.name]


def test_channels_are_multiples_of_what_the_caller_says():
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad():
        mobilenet_v2.mobilenet(torch.zeros(1, 32, 32, 16), divisible_by=16, min_depth=32)
        # By hand: 16 and 24 rise to 32 and 6 * 16 of 32 channels is 192.
        assert set(convolution_filters()) == {32, 64, 96, 160, 192, 320, 384, 576, 960, 1280, 1001}


def test_an_arg_scope_sets_the_least_depth():
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad():
        with slim.arg_scope([mobilenet.depth_multiplier], min_depth=32):
            mobilenet_v2.mobilenet(torch.zeros(1, 32, 32, 2), depth_multiplier=0.1)
        # By hand: a tenth of all but 1280 is at most 32; 192 is six times that.
        assert set(convolution_filters()) == {32, 192, 128, 1001}


def test_a_definition_of_ones_own_with_its_own_multiplier():
    def inverse(params, multiplier):
        params["num_outputs"] = int(params["num_outputs"] / multiplier)

    first = mobilenet.op(
        slim.conv2d, kernel_size=(3, 3), multiplier_func=inverse, num_outputs=16, activation_fn=None
    )
    definition = {**mobilenet_v2.V2_DEF, "spec": [first, *mobilenet_v2.V2_DEF["spec"][1:4]]}
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad():
        mobilenet_v2.mobilenet_base(torch.zeros(1, 32, 32, 3), conv_defs=definition, depth_multiplier=0.1)
        # By hand: 16 / 0.1; then 8, the least, after no expansion, and 48, six times 8.
        assert convolution_filters() == [160, 8, 48, 8, 48, 8]


def test_overrides_split_the_expansions():
    definition = {**mobilenet_v2.V2_DEF, "overrides": {(conv_blocks.expanded_conv,): {"split_expansion": 2}}}
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad():
        _, end_points = mobilenet_v2.mobilenet(torch.zeros(1, 32, 32, 3), conv_defs=definition)
        names = [v.op.name for v in tf.global_variables() if v.op.name.endswith("/weights")]
    # Of 17 blocks the first has no expansion; three convolutions are in no block.
    assert len(names) == 16 * 3 + 1 + 3
    assert "MobilenetV2/expanded_conv_1/expand_part_1/weights" in names
    assert "layer_3/expand_part_1_output" in end_points


def test_activation_fn_takes_the_place_of_relu6_and_leaves_the_definition_alone():
    graph = Graph()
    with graph.as_default(), graph.step(), torch.no_grad():
        _, end_points = inverted(torch.ones(1, 32, 32, 3), activation_fn=torch.tanh, is_training=True)
    assert end_points["layer_1"].min() < 0
    layers = (slim.conv2d, slim.fully_connected, slim.separable_conv2d)
    assert mobilenet_v2.V2_DEF["defaults"][layers]["activation_fn"] is tf.nn.relu6


def test_training_scope_leaves_is_training_alone_where_it_is_none():
    key = slim.arg_scope_func_key(slim.batch_norm)
    assert "is_training" not in mobilenet.training_scope(is_training=None)[key]
    assert mobilenet.training_scope()[key]["is_training"] is True
    assert mobilenet.training_scope(is_training=False)[key]["is_training"] is False


def test_a_block_that_fails_leaves_no_outputs_open():
    graph = Graph()
    with graph.as_default(), graph.step():
        with pytest.raises(TypeError, match="depthwise_location"), conv_blocks.named_outputs():
            conv_blocks.expanded_conv(torch.zeros(1, 4, 4, 8), 8, depthwise_location="nowhere")
        with conv_blocks.named_outputs() as found:
            conv_blocks.expanded_conv(torch.zeros(1, 4, 4, 8), 8)
    assert list(found) == ["expansion_output", "depthwise_output", "output"]


@pytest.mark.parametrize(
    "network",
    [
        mobilenet_v1.mobilenet_v1_050,
        mobilenet_v2.mobilenet_v2_035,
        mobilenet_v3.small,
        mobilenet_v3.mobilenet,
    ],
)
def test_every_network_tells_its_usual_image_size(network):
    assert network.default_image_size == 224
