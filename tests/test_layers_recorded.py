"""Every layer except the normalizations, recorded: the numbers, names and errors of TensorFlow 1.15.5.

The cases and answers are those of `test_layers_golden.py`. Here a case is built once of placeholders and run by
a session, with its shapes known, and again with all sizes but the channels unknown; TensorFlow's answers
to that (static shapes, and what it refuses) are in `golden/layers_unknown.json`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from layer_runner import (
    ERRORS,
    GOLDEN,
    VALUES,
    Case,
    build,
    compare,
    describe,
    expected,
    name_of,
    parts_of,
)

from layer_case_tools import unknown_shape  # isort: skip - layer_runner finds the golden folder
from values import value_for

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.plan import Plan
from slim_torch.recorded_layers import add_bias

UNKNOWN = json.loads((GOLDEN / "layers_unknown.json").read_text())
ACCEPTED = [case for case in VALUES if "type" not in UNKNOWN[case["id"]]]
REFUSED = [case for case in VALUES if "type" in UNKNOWN[case["id"]]]


def _ids(cases: list[Case]) -> list[str]:
    return [case["id"] for case in cases]


def _placeholders(case: Case, unknown: bool) -> list[Any]:
    return [
        tf.placeholder(dtype, unknown_shape(case, shape) if unknown else shape)
        for shape, dtype in case["inputs"]
    ]


def _gradients(case: Case, inputs: list[Any], output: Any, shape: list[int]) -> dict[str, Any]:
    sources = {variable.op.name: variable for variable in tf.trainable_variables()}
    if inputs[0].dtype.is_floating_point:
        sources["input"] = inputs[0]
    weights = value_for(case["id"] + "/R", shape, name_of(output.dtype))
    total = tf.reduce_sum(output * tf.constant(weights, output.dtype))
    found = tf.gradients(total, list(sources.values()))
    return {f"d:{name}": gradient for name, gradient in zip(sources, found) if gradient is not None}


def measure(case: Case, unknown: bool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the recorded case gives, in the form of the golden file."""
    answer, _ = expected(case)
    with Graph().as_default() as graph:
        inputs = _placeholders(case, unknown)
        output = build(case, inputs)
        facts = describe(graph, output, [])
        wanted = parts_of(output)
        losses = tf.get_collection("regularization_losses")
        feeds = {
            tensor: value_for(case["id"], shape, dtype)
            for tensor, (shape, dtype) in zip(inputs, case["inputs"])
        }
        if "out" in wanted and output.dtype.is_floating_point:
            wanted.update(_gradients(case, inputs, output, answer["static"]))
        with tf.Session() as session:
            for variable in tf.global_variables():
                shape = variable.get_shape().as_list()
                variable.load(value_for(variable.op.name, shape, name_of(variable.dtype)), session)
            numbers, facts["losses"] = session.run([wanted, losses], feeds)
    return facts, numbers


def _forgets_channels(case: Case) -> bool:
    """TensorFlow does not know the channels after a dilated pool with channels first; slim_torch does."""
    return case["layer"] == "pool" and re.search("-r[x1]*[2-9].*-VALID-NC", case["id"]) is not None


@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_recorded_layer_gives_the_names_numbers_and_static_shape_of_tensorflow(case):
    facts, numbers = measure(case, unknown=False)
    assert facts["static"] == expected(case)[0]["static"]
    compare(case, facts, numbers)


@pytest.mark.parametrize("case", ACCEPTED, ids=_ids(ACCEPTED))
def test_recorded_layer_of_unknown_sizes_gives_the_numbers_and_static_shape_of_tensorflow(case):
    facts, numbers = measure(case, unknown=True)
    answer = UNKNOWN[case["id"]]
    static = facts.pop("static")
    if _forgets_channels(case):
        static[1] = None
    assert static == answer["static"]
    assert len(facts["losses"]) == answer["losses"]
    compare(case, {**facts, "static": expected(case)[0]["static"]}, numbers)


@pytest.mark.parametrize("case", REFUSED, ids=_ids(REFUSED))
def test_recorded_layer_refuses_the_unknown_sizes_that_tensorflow_refuses(case):
    with Graph().as_default(), pytest.raises(Exception) as caught:  # noqa: PT011 - the type is compared
        build(case, _placeholders(case, unknown=True))
    assert caught.type.__name__ == UNKNOWN[case["id"]]["type"]


@pytest.mark.parametrize("case", ERRORS, ids=_ids(ERRORS))
def test_recorded_layer_refuses_what_tensorflow_refuses_with_the_same_words(case):
    answer, _ = expected(case)
    with Graph().as_default(), pytest.raises(Exception) as caught:  # noqa: PT011 - the type is compared
        build(case, _placeholders(case, unknown=False))
    assert caught.type.__name__ == answer["type"], f"{caught.type.__name__}: {caught.value}"
    missing = [word for word in case["words"] if word not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value!s} (TensorFlow: {answer['message']})"


def test_golden_file_answers_exactly_the_cases_of_the_table():
    assert set(UNKNOWN) == set(_ids(VALUES)), "regenerate: python3.7 tests/golden/make_layers_unknown.py"
    assert len(ACCEPTED) > 700


@pytest.mark.parametrize(
    "layer", ["conv2d", "conv1d", "conv2d_transpose", "separable_conv2d", "fully_connected"]
)
def test_bias_is_part_of_the_product_unless_somebody_looks_between(layer):
    shape = {"conv1d": [None, 8, 3], "fully_connected": [None, 4, 3]}.get(layer, [None, 8, 8, 3])
    arguments = {"fully_connected": [4], "separable_conv2d": [4, 3, 1]}.get(layer, [4, 3])
    with Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, shape)
        y = getattr(slim, layer)(x, *arguments, biases_initializer=tf.ones_initializer(), scope="s")
        sum_ = graph.get_tensor_by_name("s/BiasAdd:0")
        product = sum_.op.inputs[0]

        def calls_add_bias(fetches):
            names = Plan(graph, fetches, [x]).source.names.values()
            return any(value in (add_bias, add_bias.plain) for value in names if callable(value))

        assert not calls_add_bias([y])
        assert not calls_add_bias([sum_])
        assert calls_add_bias([y, product])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            feeds = {x: np.linspace(-1, 1, 2 * int(np.prod(shape[1:]))).reshape(2, *shape[1:])}
            together, before = session.run([sum_, product], feeds)
            np.testing.assert_allclose(session.run(sum_, feeds), before + 1, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(together, before + 1, rtol=1e-6)
