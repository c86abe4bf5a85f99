"""`tf.layers` against TensorFlow 1.15.5: numbers, names, collections and errors, eagerly and recorded.

The table is `golden/tf_layers_cases.py`, the programs are in `golden/tf_layers_programs.py`, the answers are
`golden/tf_layers.json` and `tf_layers.npz`. Tolerances: 1e-5 for values, 1e-4 for gradients, relative to the largest
magnitude of the array.
"""

from __future__ import annotations

import inspect
import json
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from layer_runner import GOLDEN, Case, describe, name_of

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.updates import run_updates

from layer_case_tools import resolve  # isort: skip - layer_runner finds the golden folder
from session_registry import Program, run  # isort: skip
from tf_layers_cases import ERRORS, VALUES  # isort: skip
from tf_layers_programs import PROGRAMS  # isort: skip
from values import value_for  # isort: skip

from test_session_programs import agree  # isort: skip

REGENERATE = "python tests/golden/make_tf_layers.py  (with the Python that has TensorFlow 1.15.5)"
EXPECTED = json.loads((GOLDEN / "tf_layers.json").read_text())
NUMBERS = np.load(GOLDEN / "tf_layers.npz")["values"]
# Offered with InputSpec's arguments only, and not at all.
NOT_OFFERED = {"experimental"}


def _ids(cases: list[Case]) -> list[str]:
    return [case["id"] for case in cases]


def build(case: Case, inputs: list[Any]) -> Any:
    within = case.get("within")
    with tf.variable_scope(**resolve(within, tf, slim)) if within else nullcontext():
        for layer, args, kwargs in case.get("before", ()):
            _call(layer, inputs, args, kwargs)
        return _call(case["layer"], inputs, case["args"], case["kwargs"])


def _call(layer: str, inputs: list[Any], args: Any, kwargs: Any) -> Any:
    return getattr(tf.layers, layer)(*inputs, *resolve(list(args), tf, slim), **resolve(kwargs, tf, slim))


def _arrays(case: Case) -> dict[str, np.ndarray]:
    return {
        name: NUMBERS[start : start + int(np.prod(shape))].reshape(shape)
        for name, (start, shape) in EXPECTED["cases"][case["id"]]["arrays"].items()
    }


def compare(case: Case, facts: dict[str, Any], numbers: dict[str, np.ndarray]) -> None:
    answer = EXPECTED["cases"][case["id"]]
    for key in ("variables", "collections", "dtype", "outputs", "updates"):
        assert facts[key] == answer[key], key
    assert facts["losses"] == pytest.approx(answer["losses"], rel=1e-5)
    expected = _arrays(case)
    for name, wanted in expected.items():
        if name not in numbers:
            assert name.startswith("d:"), f"no {name}"
            assert not wanted.any(), f"no gradient for {name}"
            continue
        given = numbers[name]
        assert given.shape == wanted.shape, name
        tolerance = 1e-4 if name.startswith("d:") else 1e-5
        scale = float(np.abs(wanted).max()) if wanted.size else 0.0
        # The gradient by what a normalization takes away is nothing but rounding.
        floor = 2e-6 if name.startswith("d:") else 0.0
        np.testing.assert_allclose(given, wanted, rtol=0, atol=tolerance * scale + floor, err_msg=name)
    for name in numbers.keys() - expected.keys():
        assert not numbers[name].any(), f"{name} has a gradient, and none in TensorFlow"


def _load_variables() -> None:
    for variable in tf.global_variables():
        variable.load(value_for(variable.op.name, list(variable.shape), name_of(variable.dtype)))


def measure(case: Case) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a case gives on real tensors."""

    def inputs() -> list[torch.Tensor]:
        tensors = [torch.from_numpy(np.array(value_for(case["id"], *given))) for given in case["inputs"]]
        return [tensor.requires_grad_(tensor.is_floating_point()) for tensor in tensors]

    with Graph().as_default() as graph:
        with graph.step():
            build(case, inputs())
        made = tf.global_variables()
        _load_variables()
        with graph.step():
            given = inputs()
            output = build(case, given)
            assert tf.global_variables() == made, "the second step made variables"
            losses = [float(loss.detach()) for loss in graph.get_collection("regularization_losses")]
            facts = describe(graph, output, losses)
            numbers = {"out": output.detach().numpy().copy()}
            sources = {variable.op.name: variable for variable in tf.trainable_variables()} | {
                "input": given[0]
            }
            weights = torch.from_numpy(np.array(value_for(case["id"] + "/R", list(output.shape)))).to(output)
            gradients = torch.autograd.grad(
                (output * weights).sum(), list(sources.values()), allow_unused=True
            )
            for name, gradient in zip(sources, gradients):
                if gradient is not None:
                    numbers["d:" + name] = gradient.numpy()
            updates = graph.get_collection("update_ops")
            run_updates(updates)
        if updates:
            rest = [variable for variable in made if not variable.trainable]
            numbers.update({"after:" + variable.op.name: variable.detach().numpy() for variable in rest})
        return facts, numbers


def measure_recorded(case: Case, unknown: bool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What a recorded case gives, with the names of operations."""
    shape, dtype = case["inputs"][0]
    first = case["kwargs"].get("data_format") == "channels_first"
    axis = case["kwargs"].get("axis", 1 if first else -1) % max(len(shape), 1)
    sizes = [size if i == axis or not unknown else None for i, size in enumerate(shape)]
    with Graph().as_default() as graph:
        x = tf.placeholder(dtype, sizes)
        output = build(case, [x])
        static = output.get_shape().as_list()
        losses = tf.get_collection("regularization_losses")
        updates = tf.get_collection("update_ops")
        names = {
            "name": output.op.name,
            "type": output.op.type,
            "update_names": [op.name for op in updates],
            "loss_names": [loss.op.name for loss in losses],
        }
        facts = describe(graph, output, []) | names | {"static": static}
        wanted: dict[str, Any] = {"out": output}
        weights = value_for(case["id"] + "/R", EXPECTED["cases"][case["id"]]["static"])
        sources = {variable.op.name: variable for variable in tf.trainable_variables()} | {"input": x}
        total = tf.reduce_sum(output * tf.constant(weights, output.dtype))
        for name, gradient in zip(sources, tf.gradients(total, list(sources.values()))):
            if gradient is not None:
                wanted["d:" + name] = gradient
        feed = {x: value_for(case["id"], shape, dtype)}
        with tf.Session() as session:
            _load_variables()
            numbers, facts["losses"] = session.run([wanted, losses], feed)
            if updates:
                session.run(updates, feed)
                rest = [variable for variable in tf.global_variables() if not variable.trainable]
                numbers.update({"after:" + variable.op.name: session.run(variable) for variable in rest})
    return facts, numbers


@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_layer_on_real_tensors_gives_what_tensorflow_gives(case):
    facts, numbers = measure(case)
    assert facts["static"] == EXPECTED["cases"][case["id"]]["static"]
    compare(case, facts, numbers)


@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_recorded_layer_gives_what_tensorflow_gives(case):
    facts, numbers = measure_recorded(case, unknown=False)
    answer = EXPECTED["cases"][case["id"]]
    for key in ("static", "name", "type", "update_names", "loss_names"):
        assert facts[key] == answer[key], key
    compare(case, facts, numbers)


@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_recorded_layer_of_unknown_sizes_gives_what_tensorflow_gives(case):
    wanted = EXPECTED["cases"][case["id"]]["unknown"]
    if isinstance(wanted, dict):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the type is compared
            measure_recorded(case, unknown=True)
        assert caught.type.__name__ == wanted["error"]
        return
    facts, numbers = measure_recorded(case, unknown=True)
    assert facts["static"] == wanted
    compare(case, facts, numbers)


@pytest.mark.parametrize("case", ERRORS, ids=_ids(ERRORS))
@pytest.mark.parametrize("recorded", [False, True], ids=["real", "recorded"])
def test_layer_refuses_what_tensorflow_refuses_with_the_same_words(case, recorded):
    answer = EXPECTED["cases"][case["id"]]
    shape, dtype = case["inputs"][0]
    with Graph().as_default() as graph, nullcontext() if recorded else graph.step():
        x = tf.placeholder(dtype, shape) if recorded else torch.zeros(shape, dtype=getattr(torch, dtype))
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the type is compared
            build(case, [x])
    assert caught.type.__name__ == answer["type"], f"{caught.type.__name__}: {caught.value}"
    missing = [word for word in case["words"] if word not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value!s} (TensorFlow: {answer['message']})"


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_gives_the_facts_that_tensorflow_gives(name):
    got = run(Program(PROGRAMS[name], None, False), tf, slim)
    expected = EXPECTED["programs"][name]
    assert agree(expected, got), (
        f"{name}\n  TensorFlow: {json.dumps(expected)}\n  slim_torch: {json.dumps(got)}"
    )


def test_golden_file_answers_exactly_the_cases_of_the_table():
    assert set(EXPECTED["cases"]) == set(_ids(VALUES)) | set(_ids(ERRORS)), REGENERATE
    assert set(EXPECTED["programs"]) == set(PROGRAMS), REGENERATE


def test_names_of_tf_layers_are_those_of_tensorflow():
    assert set(tf.layers.__all__) == set(EXPECTED["public"]) - NOT_OFFERED
    assert tf.compat.v1.layers is tf.layers


@pytest.mark.parametrize("name", EXPECTED["signatures"])
def test_function_has_the_arguments_of_tensorflow(name):
    parameters = list(inspect.signature(getattr(tf.layers, name)).parameters.values())
    expected = EXPECTED["signatures"][name]
    assert [parameter.name for parameter in parameters] == [entry[0] for entry in expected]
    for parameter, entry in zip(parameters, expected):
        if len(entry) == 2:
            assert parameter.default == entry[1], parameter.name


def network(x: torch.Tensor) -> torch.Tensor:
    y = tf.layers.conv2d(x, 8, 3, strides=2, padding="same", activation=tf.nn.relu)
    y = tf.layers.batch_normalization(y, training=True)
    y = tf.layers.max_pooling2d(tf.layers.separable_conv2d(y, 4, 3), 2, 2)
    y = tf.layers.conv2d_transpose(tf.layers.dropout(y, 0.5), 4, 3, 2)
    return tf.layers.dense(tf.layers.flatten(y), 3, name="fc")


def test_network_compiles_without_a_break_and_is_exported():
    module = slim.Module(network)
    x = torch.randn(2, 16, 16, 3)
    expected = module(x)
    torch.testing.assert_close(torch.compile(module, fullgraph=True, backend="eager")(x), expected)
    torch.testing.assert_close(torch.export.export(module, (x,)).module()(x), expected)


def test_object_keeps_its_variables_and_losses_from_step_to_step():
    with Graph().as_default() as graph:
        dense = tf.layers.Dense(3, kernel_regularizer=slim.l2_regularizer(0.1))
        outputs = []
        for _ in range(3):
            with graph.step():
                outputs.append(dense(torch.ones(2, 4)))
                assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 1
                assert len(dense.losses) == 1
        assert [variable.op.name for variable in tf.global_variables()] == ["dense/kernel", "dense/bias"]
        torch.testing.assert_close(outputs[0], outputs[2])


@pytest.mark.parametrize("arguments", [{"axis": [1, 2]}, {"virtual_batch_size": 2}])
def test_batch_normalization_refuses_what_it_has_not(arguments):
    with (
        Graph().as_default() as graph,
        graph.step(),
        pytest.raises(NotImplementedError, match="not supported"),
    ):
        tf.layers.batch_normalization(torch.zeros(4, 3, 2, 5), **arguments)


def test_constraints_are_refused():
    with Graph().as_default() as graph, graph.step(), pytest.raises(NotImplementedError, match="constraint"):
        tf.layers.dense(torch.zeros(2, 3), 4, kernel_constraint=torch.abs)
