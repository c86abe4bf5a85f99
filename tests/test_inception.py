"""Inception v1 to v4 and Inception-ResNet v2 against TensorFlow 1.15.5: `golden/inception_programs.py`, and more.

The answers are in `golden/inception.json.gz` and `.npz`; `golden/make_inception.py` asks for them anew.
"""

import pytest
import torch
from network_runner import Answers, without_draws

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.nets import inception
from slim_torch.nets.inception_steps import auxiliary_logits

from inception_programs import REGISTRY  # isort: skip - beside the golden files, found by network_runner

ANSWERS = Answers(REGISTRY)
# TensorFlow's words, and ours where TensorFlow's message speaks of its own code.
WORDS = (
    ("Unknown final endpoint Mixed_9z", "Unknown final endpoint Mixed_9z"),
    ("depth_multiplier is not greater than zero", "depth_multiplier is not greater than zero"),
    ("rank 4, got 3", "rank 4, got 3"),
    ("expected ndim=4, found ndim=3", "expected ndim=4, found ndim=3"),
    ("keras/layers/pooling.py", ""),
    ("keras/layers/convolutional.py", ""),
    ("separable convolution only supports NHWC", "separable convolution only supports NHWC"),
    ("data_format must be either NHWC or NCHW", "data_format must be either NHWC or NCHW"),
    ("output_stride must be 8 or 16", "output_stride must be 8 or 16"),
    ("output_stride==8 is only supported", "output_stride==8 is only supported"),
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
def test_what_tensorflow_refuses_is_refused_with_its_words(case_id):
    ANSWERS.check_refused(case_id, WORDS)


@pytest.mark.parametrize("case_id", ANSWERS.computed)
def test_networks_have_the_numbers_of_tensorflow(case_id, monkeypatch):
    without_draws(monkeypatch)
    ANSWERS.check_computed(case_id)


# The numbers that TF-Slim's own tests hold for the trunks, moving averages included, and those of other
# implementations of v4 and Inception-ResNet v2 (1000 classes, a gamma in every batch_norm, no auxiliary logits).
TRUNKS = {"v1": (224, 5_607_184), "v2": (224, 10_173_112), "v3": (299, 21_802_784)}
WHOLE = {"v4": 42_679_816, "resnet_v2": 55_843_464}


@pytest.mark.parametrize("version", TRUNKS)
def test_trunks_have_the_parameters_known_of_them(version, monkeypatch):
    without_draws(monkeypatch)
    size, parameters = TRUNKS[version]
    with Graph().as_default() as graph, graph.step(), torch.no_grad():
        with slim.arg_scope(getattr(inception, f"inception_{version}_arg_scope")()):
            getattr(inception, f"inception_{version}_base")(torch.zeros(1, size, size, 3))
        assert sum(v.numel() for v in slim.get_model_variables()) == parameters


@pytest.mark.parametrize("version", WHOLE)
def test_whole_networks_have_the_parameters_known_of_them(version, monkeypatch):
    without_draws(monkeypatch)
    with Graph().as_default() as graph, graph.step(), torch.no_grad():
        with slim.arg_scope(getattr(inception, f"inception_{version}_arg_scope")(batch_norm_scale=True)):
            network = getattr(inception, f"inception_{version}")
            network(torch.zeros(1, 75, 75, 3), 1000, is_training=False, create_aux_logits=False)
        assert sum(v.numel() for v in tf.trainable_variables()) == WHOLE[version]


def small_v3(image, **kwargs):
    with slim.arg_scope(inception.inception_v3_arg_scope()):
        return inception.inception_v3(
            image, **{"num_classes": 5, "depth_multiplier": 0.1, "min_depth": 4, **kwargs}
        )


def test_a_session_runs_batches_of_unknown_size():
    with Graph().as_default():
        images = tf.placeholder(tf.float32, (None, 64, 64, 3))
        with slim.arg_scope(inception.inception_v2_arg_scope()):
            logits, end_points = inception.inception_v2(images, 5, is_training=False, depth_multiplier=0.1)
        assert logits.op.name == "InceptionV2/Logits/SpatialSqueeze"
        assert logits.get_shape().as_list() == [None, 5]
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            fed = {images: torch.rand(2, 64, 64, 3).numpy()}
            found, pooled = session.run([end_points["Predictions"], end_points["Mixed_5c"]], fed)
        assert found.shape == (2, 5)
        assert pooled.shape[:3] == (2, 2, 2)


def test_global_pool_takes_images_of_every_size_in_one_module():
    module = slim.Module(small_v3, global_pool=True, create_aux_logits=False).build(
        torch.empty(2, 107, 107, 3)
    )
    module.eval()
    for height, width in ((107, 139), (139, 107)):
        logits, end_points = module(torch.rand(2, height, width, 3))
        assert logits.shape == (2, 5)
        torch.testing.assert_close(end_points["global_pool"][:, 0, 0], end_points["Mixed_7c"].mean((1, 2)))


def test_initial_weights_are_as_wide_as_in_tensorflow():
    """Truncated normal values of a standard deviation s vary by 0.88 s; the numbers s are TensorFlow's own graph's."""
    wanted = {
        "InceptionV2/Conv2d_1a_7x7/depthwise_weights": 1.0,
        "InceptionV2/Conv2d_2b_1x1/weights": 0.1,
        "InceptionV2/Conv2d_2c_3x3/weights": 0.0672,
        "InceptionV2/Mixed_3b/Branch_1/Conv2d_0a_1x1/weights": 0.09,
        "InceptionV2/Mixed_3b/Branch_3/Conv2d_0b_1x1/weights": 0.1,
        "InceptionV2/Mixed_4a/Branch_1/Conv2d_0a_1x1/weights": 0.09,
        "InceptionV2/Mixed_4a/Branch_1/Conv2d_1a_3x3/weights": 0.0549,
    }
    with Graph().as_default() as graph, graph.step(), torch.no_grad():
        with slim.arg_scope(inception.inception_v2_arg_scope()):
            inception.inception_v2_base(torch.zeros(1, 32, 32, 3), final_endpoint="Mixed_4a")
        found = {v.op.name: v.std().item() / 0.8796 for v in tf.trainable_variables() if v.op.name in wanted}
    assert found == pytest.approx(wanted, rel=0.08)


@pytest.mark.parametrize("pairs", [("batch_norm_updates_collections", None), ("updates_collections", None)])
def test_the_v3_arg_scope_knows_both_names_of_the_updates_collections(pairs):
    scope = inception.inception_v3_arg_scope(**dict([pairs]))
    parameters = scope[slim.arg_scope_func_key(slim.conv2d)]["normalizer_params"]
    assert parameters["updates_collections"] is None


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_batch_norm_scale_adds_gammas(version, monkeypatch):
    without_draws(monkeypatch)
    counted = []
    for scope_arguments in ({}, {"batch_norm_scale": True}):
        with Graph().as_default() as graph, graph.step(), torch.no_grad():
            with slim.arg_scope(getattr(inception, f"inception_{version}_arg_scope")(**scope_arguments)):
                getattr(inception, f"inception_{version}_base")(torch.zeros(1, 107, 107, 3))
            names = [v.op.name for v in tf.global_variables()]
            counted.append(sum(name.endswith("/gamma") for name in names))
            assert counted[-1] in (0, sum(name.endswith("/moving_mean") for name in names))
    assert counted[0] == 0 < counted[1]


def test_auxiliary_logits_of_an_unknown_size_say_what_to_do():
    with Graph().as_default():
        images = tf.placeholder(tf.float32, (1, None, None, 1024))
        with pytest.raises(ValueError, match="create_aux_logits=False"):
            auxiliary_logits(images, 5, ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("name", "size"),
    [("v1", 224), ("v2", 224), ("v3", 299), ("v4", 299), ("resnet_v2", 299)],
)
def test_every_network_tells_its_usual_image_size(name, size):
    assert getattr(inception, f"inception_{name}").default_image_size == size
