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
    assert_agrees(case_id, seen, {"output": 1e-5, "loss": 1e-5, "gradient": 1e-4, "average": 1e-5})


@pytest.mark.parametrize("case_id", NETWORKS)
def test_resnet_50_has_the_names_and_numbers_of_tensorflow(case_id):
    facts, seen = run(case_id, Graph())
    assert facts == FACTS[case_id], REGENERATE
    assert_agrees(case_id, seen, {"output": 1e-4, "loss": 1e-5, "gradient": 1e-3, "average": 1e-4})


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
    module.build(torch.empty(4, size, size, 3))
    assert observed == FACTS[case_id], REGENERATE
