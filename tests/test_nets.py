"""The zoo against TensorFlow 1.15.5: every program of `golden/nets_programs.py`.

The answers are in `golden/nets.json.gz` and `nets.npz`; `golden/make_nets.py` asks for them anew.
"""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import nets_programs as programs

import slim_torch as slim
from slim_torch import initializers, tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.updates import run_updates

FACTS, STREAMS = programs.load()
REGENERATE = "If the oracle is right, fix the code; to ask it again run golden/make_nets.py."
REFUSED = [c for c in programs.PROGRAMS if "raises" in FACTS[c]]
RECORDED = [c for c in programs.PROGRAMS if c in programs.RECORDED and c not in REFUSED]
STEPPED = [c for c in programs.PROGRAMS if c in programs.STEPPED and c not in REFUSED]
COMPUTED = [c for c in programs.PROGRAMS if c in STREAMS]
# The words of TensorFlow's message that must be in ours; None where its message speaks of its own code.
TELLING = (
    ("Can not squeeze dim[", "Can not squeeze dim["),
    ("in converted code", None),
    ("rank 4, got 3", "rank 4, got 3"),
    ("Shape must be rank 4 but is rank 3", "rank"),
    ("already exists, disallowed", "already exists, disallowed"),
    ("output_stride needs to be a multiple of 4", "output_stride needs to be a multiple of 4"),
    ("output_stride cannot be reached", "output_stride cannot be reached"),
    ("Expected int32, got 1.5", "1.5"),
    ("Paddings must be non-negative", "must be non-negative"),
)


@pytest.fixture(autouse=True)
def _no_draws(monkeypatch):
    """Variables begin with whatever is in memory: what is computed is computed from `start_value`."""
    for draw in ("normal", "truncated_normal", "uniform_draws"):
        monkeypatch.setattr(initializers, draw, lambda sizes, low, high, dtype, seed: torch.empty(sizes))


def marked(case_ids):
    return [pytest.param(c, marks=pytest.mark.slow) if c in programs.SLOW else c for c in case_ids]


class Kit:
    """What a program is made with."""

    tf, slim = tf, slim

    def __init__(self, symbolic, given=None):
        self.symbolic = symbolic
        self.given = given
        self.images = 0

    @staticmethod
    def nets(name):
        return importlib.import_module(f"slim_torch.nets.{name}")

    def image(self, shape):
        if self.given is not None:
            return self.given
        self.images += 1
        if self.symbolic:
            return tf.placeholder(tf.float32, shape, name="image")
        return torch.from_numpy(np.array(programs.image_value(self.images - 1, shape)))


def describe_variables(case_id, graph):
    """Lines as in make_nets.py."""
    variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
    collections = [GraphKeys.MODEL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES]
    members = [{id(v) for v in graph.get_collection(key)} for key in collections]
    for key, ids in zip(collections, members):
        in_order = [v for v in variables if id(v) in ids]
        assert all(a is b for a, b in zip(graph.get_collection(key), in_order, strict=True)), key
    lines = []
    for v in variables:
        flags = "".join(letter if id(v) in ids else "-" for letter, ids in zip("MT", members))
        lines.append(f"{flags} {v.op.name} {list(v.shape)}")
    return programs.listed(case_id, lines)


def describe(case_id, graph, outputs):
    shapes = [y.get_shape().as_list() if hasattr(y, "get_shape") else list(y.shape) for _, y in outputs]
    facts = {
        "variables": describe_variables(case_id, graph),
        "parameters": sum(v.numel() for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)),
        "updates": programs.listed(
            case_id, [getattr(u, "op", u).name for u in graph.get_collection(GraphKeys.UPDATE_OPS)]
        ),
        "losses": len(graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)),
        "outputs": [f"{name} {shape}" for (name, _), shape in zip(outputs, shapes)],
    }
    if case_id in programs.RECORDED:
        facts["ops"] = [y.op.name for _, y in outputs]
    return facts


@pytest.mark.parametrize("case_id", marked(RECORDED))
def test_recorded_networks_have_the_names_and_shapes_of_tensorflow(case_id):
    graph = Graph()
    with graph.as_default():
        outputs = programs.PROGRAMS[case_id](Kit(symbolic=True))
        assert describe(case_id, graph, outputs) == FACTS[case_id], REGENERATE


class _Asked(Exception):
    """The shape of the image that a program asks for."""


class _Asking(Kit):
    def image(self, shape):
        raise _Asked(shape)


@pytest.mark.parametrize("case_id", marked(STEPPED))
def test_networks_of_one_step_have_the_names_and_shapes_of_tensorflow(case_id):
    with Graph().as_default(), pytest.raises(_Asked) as asked:
        programs.PROGRAMS[case_id](_Asking(symbolic=False))
    observed = {}

    def program(image):
        outputs = programs.PROGRAMS[case_id](Kit(symbolic=False, given=image))
        observed.update(describe(case_id, tf.get_default_graph(), outputs))

    # Building computes nothing.
    slim.Module(program).build(torch.empty(asked.value.args[0]))
    assert observed == FACTS[case_id], REGENERATE


@pytest.mark.parametrize("case_id", REFUSED)
def test_what_tensorflow_refuses_is_refused_with_its_words(case_id):
    facts = FACTS[case_id]
    graph = Graph()
    error = {"ValueError": ValueError, "TypeError": TypeError}[facts["raises"]]
    # Where the network is slim_torch's, so is the message.
    telling = [words for theirs, words in TELLING if theirs in facts["message"]]
    words = telling[0] if telling else facts["message"]
    assert telling or case_id in programs.OWN
    with graph.as_default(), pytest.raises(error) as raised:
        programs.PROGRAMS[case_id](Kit(symbolic=case_id in programs.RECORDED))
    assert words is None or words in str(raised.value)
    assert describe_variables(case_id, graph) == facts["variables"]


@torch.no_grad()
def run(case_id):
    """One step of a program from the values of `start_value`: what is looked at, and the arrays."""
    graph = Graph()
    with graph.as_default():
        with graph.step():
            programs.PROGRAMS[case_id](Kit(symbolic=False))
        for v in graph.variables:
            if v.dtype == torch.float32:
                v.assign(programs.start_value(v.op.name, list(v.shape)))
        with graph.step():
            outputs = programs.PROGRAMS[case_id](Kit(symbolic=False))
        losses = graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
        facts = describe(case_id, graph, outputs)
        total = sum(losses) if losses else torch.zeros(())
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
    averages = [v for v in graph.variables if not v.trainable and v.dtype == torch.float32]
    seen = [("output", name, y) for name, y in outputs]
    seen.append(("loss", "total_loss", total))
    seen += [("average", v.op.name, v) for v in averages]
    return facts, [(kind, name, array.detach().numpy()) for kind, name, array in seen]


@pytest.mark.parametrize("case_id", marked(COMPUTED))
def test_networks_have_the_numbers_of_tensorflow(case_id):
    facts, seen = run(case_id)
    assert facts == FACTS[case_id], REGENERATE
    tolerances = {"output": 1e-4, "loss": 1e-5, "average": 1e-5}
    stream, position, offenders = STREAMS[case_id], 0, []
    for kind, name, array in seen:
        ours = programs.digest(name, array)
        theirs = stream[position : position + ours.size].astype("float64")
        position += ours.size
        scale = max(np.abs(theirs).max(initial=0.0), 1e-30)
        off = np.abs(ours - theirs).max(initial=0.0) / scale
        if not off <= tolerances[kind]:
            offenders.append(f"{kind} {name}: off by {off:.3g}, allowed {tolerances[kind]:.3g}")
    assert position == stream.size, REGENERATE
    assert not offenders, "\n".join([*offenders, REGENERATE])


# Of the papers: NASNet (1707.07012, tables 1 and 2), PNASNet (1712.00559, tables 3 and 4), Kinetics I3D's
# release without its classifier; VGG's as the layers give it, in millions.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "function", "shape", "classes", "millions"),
    [
        ("nasnet", "build_nasnet_cifar", [1, 32, 32, 3], 10, 3.3),
        ("nasnet", "build_nasnet_mobile", [1, 224, 224, 3], 1001, 5.3),
        ("nasnet", "build_nasnet_large", [1, 331, 331, 3], 1001, 88.8),
        ("pnasnet", "build_pnasnet_mobile", [1, 224, 224, 3], 1001, 5.1),
        ("pnasnet", "build_pnasnet_large", [1, 331, 331, 3], 1001, 86.1),
        ("i3d", "i3d", [1, 64, 224, 224, 3], 400, 12.3 + 1024 * 0.0004),
        ("vgg", "vgg_16", [1, 224, 224, 3], 1000, 138.4),
    ],
)
def test_networks_have_as_many_parameters_as_published(module, function, shape, classes, millions):
    nets = Kit.nets(module)
    scope = getattr(nets, f"{function.replace('build_', '')}_arg_scope", None) or nets.__dict__.get(
        f"{module}_arg_scope"
    )
    network = slim.Module(getattr(nets, function), classes, is_training=False)
    with slim.arg_scope(scope()):
        network.build(torch.empty(shape))
    trainable = network.graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    assert sum(v.numel() for v in trainable) / 1e6 == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize(
    ("module", "function", "size"),
    [
        ("alexnet", "alexnet_v2", 224),
        ("cifarnet", "cifarnet", 32),
        ("i3d", "i3d", 224),
        ("lenet", "lenet", 28),
        ("nasnet", "build_nasnet_cifar", 32),
        ("nasnet", "build_nasnet_large", 331),
        ("nasnet", "build_nasnet_mobile", 224),
        ("overfeat", "overfeat", 231),
        ("pnasnet", "build_pnasnet_large", 331),
        ("pnasnet", "build_pnasnet_mobile", 224),
        ("resnet_v1_beta", "resnet_v1_50_beta", 224),
        ("resnet_v2", "resnet_v2_50", 224),
        ("s3dg", "s3dg", 224),
        ("vgg", "vgg_16", 224),
    ],
)
def test_networks_tell_their_usual_image_size(module, function, size):
    assert getattr(Kit.nets(module), function).default_image_size == size


def test_a_configuration_is_not_changed_by_building():
    nasnet = Kit.nets("nasnet")
    config = nasnet.cifar_config()
    config.set_hparam("num_cells", 3)
    config.set_hparam("num_conv_filters", 4)
    with Graph().as_default() as graph, graph.step(), torch.no_grad():
        nasnet.build_nasnet_cifar(torch.zeros(1, 32, 32, 3), 10, is_training=False, config=config)
    assert config.drop_path_keep_prob == 0.6


def test_drop_path_drops_whole_examples_and_scales_the_others():
    drop_path = Kit.nets("nasnet_utils").drop_path
    x = torch.ones(64, 2, 2, 3)
    with Graph().as_default() as graph, graph.step():
        dropped = drop_path(x, 0.5)
        kept = drop_path(x, 0.5, is_training=False)
    per_example = dropped.flatten(1)
    assert torch.equal(per_example.amin(1), per_example.amax(1))
    assert set(per_example[:, 0].tolist()) == {0.0, 2.0}
    assert torch.equal(kept, x)


def test_the_center_initializer_is_the_identity_over_time():
    i3d_utils = Kit.nets("i3d_utils")
    x = torch.randn(2, 5, 3, 3, 4)
    with Graph().as_default() as graph, graph.step():
        initializer = i3d_utils.center_initializer()
        y = slim.conv3d(x, 4, [3, 1, 1], weights_initializer=initializer, activation_fn=None)
    torch.testing.assert_close(y, x)


@pytest.mark.parametrize("shape", [[2, 1, 1, 4, 4], [3, 1, 1, 4, 5], [3, 3, 1, 4, 4], [3, 1, 4, 4]])
def test_the_center_initializer_refuses_what_has_no_identity(shape):
    with pytest.raises(ValueError, match="a kernel over time alone"):
        Kit.nets("i3d_utils").center_initializer()(shape)
