"""Residual networks against TensorFlow 1.15.5: every program of `golden/resnet_cases.py`, and more.

The answers are in `golden/resnet_v1.json` and `.npz`; `golden/make_resnet_v1.py` asks for them anew.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import resnet_cases as cases

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.nets import resnet_utils, resnet_v1
from slim_torch.updates import run_updates

FACTS, STREAMS = cases.load()
REGENERATE = "If the oracle is right, fix the code; to ask it again run golden/make_resnet_v1.py."
NETWORKS = [case_id for case_id in cases.PROGRAMS if case_id in cases.DIGESTED]
RUNNABLE = [c for c in cases.PROGRAMS if c in STREAMS and c not in cases.DIGESTED]
REFUSED = [c for c in cases.PROGRAMS if "raises" in FACTS[c]]
# The words of TensorFlow's message that must be in ours.
TELLING = (
    "output_stride cannot be reached",
    "output_stride needs to be a multiple of 4",
    "already exists, disallowed",
    "does not exist",
    "rank",
    "strides > 1 not supported in conjunction with dilation_rate > 1",
    "'list' and 'int'",
)


class Kit:
    """What a program is made with."""

    tf, slim, resnet_utils, resnet_v1 = tf, slim, resnet_utils, resnet_v1

    def __init__(self, dtype=torch.float32, images=()):
        self.dtype = dtype
        self.given = list(images)
        self.images = []

    def image(self, shape):
        if self.given:
            image = self.given.pop(0)
        else:
            value = np.array(cases.image_value(len(self.images), shape))
            image = torch.from_numpy(value).to(self.dtype).requires_grad_()
        self.images.append(image)
        return image


def describe_variables(graph):
    """Lines as in make_resnet_v1.py."""
    variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
    collections = [GraphKeys.MODEL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES]
    members = [{id(v) for v in graph.get_collection(key)} for key in collections]
    for key, ids in zip(collections, members):
        in_order = [v for v in variables if id(v) in ids]
        assert all(a is b for a, b in zip(graph.get_collection(key), in_order, strict=True)), key
    lines = []
    for v in variables:
        assert v.dtype == torch.float32
        assert v.trainable == (id(v) in members[1])
        flags = "".join(letter if id(v) in ids else "-" for letter, ids in zip("MT", members))
        lines.append(f"{flags} {v.op.name} {list(v.shape)}")
    return lines


def describe(graph, outputs):
    return {
        "variables": describe_variables(graph),
        "updates": [u.op.name for u in graph.get_collection(GraphKeys.UPDATE_OPS)],
        "losses": len(graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)),
        "outputs": [f"{name} {list(y.shape)}" for name, y in outputs],
    }


def start(graph):
    for v in graph.variables:
        v.assign(cases.start_value(v.op.name, list(v.shape)))


def run(case_id, graph, dtype=torch.float32):
    """One step of a program from the values of `cases.start_value`: what is looked at, and the outputs."""
    with graph.as_default():
        with graph.step():
            cases.PROGRAMS[case_id](Kit(dtype))
        start(graph)
        kit = Kit(dtype)
        with graph.step():
            outputs = cases.PROGRAMS[case_id](kit)
        net = outputs[0][1]
        (net * torch.from_numpy(np.array(cases.slope_value(net.shape)))).sum().backward()
        losses = graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
        facts = describe(graph, outputs)
        trainable = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
        slopes = [("image", kit.images[0].grad)] + [(v.op.name, v.grad) for v in trainable]
        facts["no_gradient"] = [name for name, slope in slopes if slope is None]
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
    seen = [("output", name, y) for name, y in outputs]
    seen.append(("loss", "total_loss", sum(losses) if losses else torch.zeros(())))
    seen += [("gradient", name, slope) for name, slope in slopes if slope is not None]
    seen += [("average", v.op.name, v) for v in graph.variables if not v.trainable]
    return facts, [(kind, name, array.detach().numpy()) for kind, name, array in seen]


def differences(case_id, seen):
    """For each array: kind, name, and the largest difference relative to the largest expected magnitude."""
    whole = 40 if case_id in cases.DIGESTED else 400
    stream, position = STREAMS[case_id], 0
    for kind, name, array in seen:
        ours = cases.digest(name, array, whole)
        theirs = stream[position : position + ours.size].astype("float64")
        position += ours.size
        assert theirs.size == ours.size, REGENERATE
        scale = max(np.abs(theirs).max(initial=0.0), 1e-30)
        yield kind, name, np.abs(ours - theirs).max(initial=0.0) / scale
    assert position == stream.size, REGENERATE


def assert_agrees(case_id, seen, tolerances):
    offenders = [
        f"{kind} {name}: off by {off:.3g}, allowed {tolerances[kind]:.3g}"
        for kind, name, off in differences(case_id, seen)
        if not off <= tolerances[kind]
    ]
    assert not offenders, "\n".join([*offenders, REGENERATE])


@pytest.mark.parametrize("case_id", RUNNABLE)
def test_small_programs_have_the_names_and_numbers_of_tensorflow(case_id):
    facts, seen = run(case_id, Graph())
    assert facts == FACTS[case_id], REGENERATE
    outputs = 1e-4 if case_id.startswith(("small_", "twice_")) else 1e-5
    assert_agrees(case_id, seen, {"output": outputs, "loss": 1e-5, "gradient": 1e-4, "average": 1e-5})


# One update moves an average by 0.003 of the way, so the averages are held to more than the outputs.
@pytest.mark.parametrize("case_id", NETWORKS)
def test_resnet_50_has_the_names_and_numbers_of_tensorflow(case_id):
    facts, seen = run(case_id, Graph())
    assert facts == FACTS[case_id], REGENERATE
    assert_agrees(case_id, seen, {"output": 1e-4, "loss": 1e-5, "gradient": 1e-4, "average": 1e-6})


@pytest.mark.parametrize("case_id", REFUSED)
def test_what_tensorflow_refuses_is_refused_with_its_words(case_id):
    facts = FACTS[case_id]
    graph = Graph()
    error = {"ValueError": ValueError, "TypeError": TypeError}[facts["raises"]]
    words = next(words for words in TELLING if words in facts["message"])
    with graph.as_default(), pytest.raises(error) as raised:
        cases.PROGRAMS[case_id](Kit())
    assert words in str(raised.value)
    assert describe_variables(graph) == facts["variables"]


@pytest.mark.parametrize("case_id", [c for c in cases.PROGRAMS if c in cases.NAMES_ONLY])
def test_names_shapes_order_and_collections_are_those_of_tensorflow(case_id):
    observed = {}

    def program(image):
        outputs = cases.PROGRAMS[case_id](Kit(images=[image]))
        observed.update(describe(tf.get_default_graph(), outputs))

    size = 321 if case_id in ("names_stride_8", "names_stride_32") else 224
    module = slim.Module(program)
    module.graph.seed = 0
    module.build(torch.empty(2, size, size, 3))
    assert observed == FACTS[case_id], REGENERATE


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_resnet_50_as_a_module_gives_the_logits_of_tensorflow(mode):
    with slim.arg_scope(resnet_v1.resnet_arg_scope()):
        module = slim.Module(resnet_v1.resnet_v1_50, num_classes=10).build(torch.empty(1, 64, 64, 3))
    start(module.graph)
    module.train(mode == "training")
    net, end_points = module(torch.from_numpy(cases.image_value(0, [4, 64, 64, 3])))
    expected = STREAMS[f"resnet_v1_50_{mode}"][: net.numel()]
    assert np.abs(net.detach().numpy().ravel() - expected).max() <= 1e-4 * np.abs(expected).max(), REGENERATE
    assert list(end_points)[-1] == "predictions"
    assert list(module.state_dict()) == [v.op.name for v in module.parameters()] + [
        v.op.name for v in module.buffers()
    ]


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("size", [(8, 7), (9, 12), (2, 1)])
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_strided_conv2d_same_is_every_nth_pixel_of_the_unstrided_one(kernel, size, stride):
    x = torch.from_numpy(cases.image_value(0, [2, *size, 3]))
    with Graph().as_default():
        strided = resnet_utils.conv2d_same(x, 4, kernel, stride, scope="conv")
        with tf.variable_scope("", reuse=True):
            whole = resnet_utils.conv2d_same(x, 4, kernel, 1, scope="conv")
    torch.testing.assert_close(strided, whole[:, ::stride, ::stride])


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_subsample_takes_every_nth_pixel_beginning_with_the_first(factor):
    x = torch.from_numpy(cases.image_value(0, [2, 7, 8, 3]))
    with Graph().as_default():
        assert torch.equal(resnet_utils.subsample(x, factor), x[:, ::factor, ::factor])


def small_network(image, is_training=True, output_stride=None, **kwargs):
    with slim.arg_scope(resnet_v1.resnet_arg_scope()):
        return resnet_v1.resnet_v1(
            image,
            cases.small_blocks(Kit()),
            3,
            is_training,
            output_stride=output_stride,
            scope="net",
            **kwargs,
        )


@pytest.mark.parametrize("output_stride", [4, 8, 16])
def test_dense_features_hold_the_sparse_ones_at_every_nth_pixel(output_stride):
    module = slim.Module(small_network, global_pool=False).eval()
    image = torch.from_numpy(cases.image_value(0, [2, 65, 81, 3]))
    module.build(image)
    start(module.graph)
    sparse, _ = module(image)
    dense, _ = module(image, output_stride=output_stride)
    factor = 16 // output_stride
    assert dense.shape[1] > sparse.shape[1] or factor == 1
    torch.testing.assert_close(dense[:, ::factor, ::factor], sparse, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("is_training", [True, False])
def test_is_training_as_a_tensor_gives_what_the_bool_gives(is_training):
    module = slim.Module(small_network).build(torch.empty(2, 32, 32, 3))
    start(module.graph)
    image = torch.from_numpy(cases.image_value(0, [2, 32, 32, 3]))
    expected, _ = module(image, is_training=is_training)
    actual, _ = module(image, is_training=torch.tensor(is_training))
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_spatial_squeeze_drops_height_and_width_and_has_an_end_point():
    module = slim.Module(small_network).build(torch.empty(2, 32, 32, 3))
    image = torch.from_numpy(cases.image_value(0, [2, 32, 32, 3]))
    whole, plain = module(image)
    squeezed, end_points = module(image, spatial_squeeze=True)
    assert whole.shape == (2, 1, 1, 3)
    assert torch.equal(squeezed, whole[:, 0, 0])
    assert [key for key in end_points if key not in plain] == ["net/spatial_squeeze"]
    assert end_points["predictions"].shape == (2, 3)


def test_every_step_gives_the_same_end_points_and_no_new_variables():
    module = slim.Module(small_network).build(torch.empty(2, 32, 32, 3))
    variables = module.graph.variables
    keys = [list(module(torch.zeros(2, 32, 32, 3))[1]) for _ in range(2)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == len(set(keys[0])) > 20
    assert all(a is b for a, b in zip(module.graph.variables, variables, strict=True))


def test_a_block_is_a_named_tuple():
    block = resnet_v1.resnet_v1_block("block1", base_depth=2, num_units=3, stride=2)
    scope, unit_fn, args = block
    assert (scope, unit_fn) == ("block1", resnet_v1.bottleneck)
    assert [(unit["depth"], unit["depth_bottleneck"], unit["stride"]) for unit in args] == [
        (8, 2, 1),
        (8, 2, 1),
        (8, 2, 2),
    ]
    assert block == resnet_utils.Block(scope="block1", unit_fn=resnet_v1.bottleneck, args=args)


@pytest.mark.parametrize("depth", [50, 101, 152, 200])
def test_every_network_tells_its_usual_image_size(depth):
    assert getattr(resnet_v1, f"resnet_v1_{depth}").default_image_size == 224
