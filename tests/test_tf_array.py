"""The array functions of `tf` against TensorFlow 1.15.5's answers in `golden/tf_math.json`."""

import inspect

import pytest
import torch
from tf_math_runner import (
    HOW,
    KNOWN_SIZES_ONLY,
    RECORD,
    check_eager,
    check_recorded,
    check_unknown_sizes,
    function_named,
)

from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.session import Session

import tf_math_array_cases  # isort: skip

CASES = tf_math_array_cases.CASES


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def test_every_case_has_an_answer():
    assert {case["id"] for case in CASES} <= set(RECORD["cases"]), HOW
    assert len(CASES) >= 280


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_function_has_tensorflows_values_and_gradients(case, graph):
    with graph.step():
        check_eager(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_function_has_tensorflows_values_and_names(case):
    check_recorded(case)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case["id"] not in KNOWN_SIZES_ONLY and "error" not in RECORD["cases"].get(case["id"], ())
    ],
    ids=lambda case: case["id"],
)
def test_recorded_function_works_on_sizes_that_are_not_known(case):
    check_unknown_sizes(case)


@pytest.mark.parametrize("name", sorted({case["function"] for case in CASES}))
def test_function_has_tensorflows_arguments(name):
    expected = RECORD["signatures"][name]
    found = inspect.signature(function_named(name)).parameters.values()
    listed = [
        [parameter.name]
        if parameter.default is inspect.Parameter.empty
        else [parameter.name, str(parameter.default).removeprefix("torch.")]
        for parameter in found
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    wanted = [[item[0], *(str(default) for default in item[1:])] for item in expected["args"]]
    if name == "concat":  # it has an older name of an argument more, and so no argument that is required
        assert [item[0] for item in listed] == [*(item[0] for item in wanted), "concat_dim"]
        return
    assert listed == wanted
    kinds = [parameter.kind for parameter in found]
    assert (inspect.Parameter.VAR_POSITIONAL in kinds) == (expected["varargs"] is not None)


def test_concat_understands_the_order_of_arguments_before_tensorflow_1(graph):
    a, b = torch.zeros(2, 1), torch.ones(2, 1)
    with graph.step():
        new = tf.concat([a, b], 1)
        assert torch.equal(tf.concat(1, [a, b]), new)
        assert torch.equal(tf.concat(concat_dim=1, values=[a, b]), new)
        with pytest.raises(ValueError, match="concat_dim"):
            tf.concat([a, b], 1, concat_dim=1)
        with pytest.raises(TypeError, match="axis"):
            tf.concat([a, b])


def test_identity_of_a_variable_keeps_its_value_when_the_variable_changes(graph):
    with graph.step():
        variable = tf.get_variable("v", [2], initializer=tf.ones_initializer())
        kept = tf.identity(variable)
        variable.assign(torch.zeros(2))
        assert kept.tolist() == [1.0, 1.0]
        assert tf.identity(kept) is not kept
        (gradient,) = torch.autograd.grad(kept.sum(), variable)
        assert gradient.tolist() == [1.0, 1.0]


def test_block_of_a_recorded_image_may_begin_anywhere():
    image = tf.placeholder(tf.float32, [None, None, 3])
    begin = tf.placeholder(tf.int32, [2])
    crop = tf.slice(image, tf.concat([begin, [0]], 0), [2, 2, -1])
    assert crop.get_shape().as_list() == [2, 2, None]
    pixels = torch.arange(5 * 4 * 3, dtype=torch.float32).reshape(5, 4, 3)
    with Session() as session:
        assert session.run(crop, {image: pixels, begin: [3, 1]}).tolist() == pixels[3:5, 1:3].tolist()


def test_padding_may_be_known_only_when_the_graph_runs():
    x = tf.placeholder(tf.float32, [1, None])
    paddings = tf.placeholder(tf.int32, [2, 2])
    padded = [tf.pad(x, paddings), tf.pad(x, paddings, "SYMMETRIC")]
    with Session() as session:
        constant, mirrored = session.run(padded, {x: [[1.0, 2.0, 3.0]], paddings: [[0, 0], [2, 1]]})
    assert constant.tolist() == [[0.0, 0.0, 1.0, 2.0, 3.0, 0.0]]
    assert mirrored.tolist() == [[2.0, 1.0, 1.0, 2.0, 3.0, 3.0]]


def test_squeezed_axis_goes_from_the_static_shape_and_is_looked_at_when_the_graph_runs():
    x = tf.placeholder(tf.float32, [None, None, 3])
    flat = tf.squeeze(x, [1])
    assert flat.get_shape().as_list() == [None, 3]
    with Session() as session:
        assert session.run(flat, {x: torch.zeros(2, 1, 3)}).shape == (2, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="expected a dimension of 1, got 4"):
            session.run(flat, {x: torch.zeros(2, 4, 3)})


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        pytest.param([2, 1], [3], [2, 3], id="known"),
        pytest.param([None, 1], [4, 3], [4, 3], id="unknown-against-known"),
        pytest.param([None], [1], [None], id="unknown-against-one"),
        pytest.param([], [2], [2], id="scalar"),
    ],
)
def test_static_shapes_broadcast(one, other, result):
    assert tf.broadcast_static_shape(tf.TensorShape(one), tf.TensorShape(other)).as_list() == result


def test_static_shapes_that_do_not_broadcast_are_refused():
    with pytest.raises(ValueError, match="Incompatible shapes"):
        tf.broadcast_static_shape(tf.TensorShape([2]), tf.TensorShape([3]))
