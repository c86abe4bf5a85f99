"""`slim.metrics` and `tf.metrics` against the answers of TensorFlow 1.15.5 in `golden/metrics.json`."""

import contextlib
import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import metrics, tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.scopes import variable_scope
from slim_torch.tf import metrics as tf_metrics

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import metric_cases  # noqa: E402

ANSWERS = json.loads((GOLDEN / "metrics.json").read_text())
HOW = "Regenerate with the oracle's Python: cd tests/golden && python make_metrics.py"
MODULES = {"tf": tf_metrics, "contrib": metrics}
CASES = [case for case in metric_cases.CASES if case["function"] in MODULES[case["module"]].__all__]
ERRORS = {"ValueError": ValueError, "TypeError": TypeError, "InvalidArgumentError": ValueError}


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def assert_close(actual, expected):
    if expected is None:
        assert actual is None
        return
    expected = np.asarray(expected, np.float64)
    # JSON keeps no shape of an empty array.
    expected = expected if expected.size else expected.reshape(tuple(actual.shape))
    np.testing.assert_allclose(np.asarray(actual, np.float64), expected, rtol=1e-5, atol=1e-7)


def build(case, number):
    """The metric of one batch, in a step of its own: the same variables each time."""
    function = getattr(MODULES[case["module"]], case["function"])
    keywords = {name: torch.from_numpy(array) for name, array in metric_cases.batch(case, number).items()}
    keywords.update(case["kwargs"])
    if "metrics_collections" in inspect.signature(function).parameters:
        keywords.update(metrics_collections=["my_metrics"], updates_collections=["my_updates"])
    scope = contextlib.nullcontext() if case["scope"] is None else variable_scope(case["scope"])
    with scope:
        for _ in range(case["times"]):
            result = function(**keywords)
    return result


def run_all(case, graph):
    for number in range(metric_cases.BATCHES):
        with graph.step():
            build(case, number)[1]()


def test_every_metric_case_has_an_answer():
    assert {case["id"] for case in metric_cases.CASES} == set(ANSWERS) - {"signatures"}, HOW


def test_functions_and_their_parameters_are_tensorflows():
    for name, module in MODULES.items():
        for function in module.__all__:
            parameters = inspect.signature(getattr(module, function)).parameters.values()
            assert [
                [parameter.name]
                if parameter.default is parameter.empty
                else [parameter.name, parameter.default]
                for parameter in parameters
            ] == ANSWERS["signatures"][name][function], function


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_metric_has_tensorflows_variables_names_and_results(case, graph):
    answer = ANSWERS[case["id"]]
    if answer.get("when") == "building":
        with pytest.raises(ERRORS[answer["error"]]):
            build(case, 0)
        return
    if answer.get("when") == "running":
        with pytest.raises(ERRORS[answer["error"]]):
            run_all(case, graph)
        return
    for number, (updated, value_after) in enumerate(answer["batches"]):
        with graph.step():
            value, update = build(case, number)
            if not number:
                assert_close(value(), answer["before"][0])
            assert_close(update(), updated[0])
            assert_close(value(), value_after[0])
            assert [value.name, update.name] == [names[0] for names in answer["names"]]
            if answer["collected"][0][0]:
                assert graph.get_collection("my_metrics")[-1] is value
                assert graph.get_collection("my_updates")[-1] is update
    made = update.variables
    assert [variable.op.name for variable in made] == [name for name, *_ in answer["variables"]]
    assert [str(variable.dtype)[6:] for variable in made] == [dtype for *_, dtype, _ in answer["variables"]]
    for variable in made:
        for key in (GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES):
            assert any(variable is known for known in graph.get_collection(key))
    for variable, after in zip(made, answer["after"], strict=True):
        if case["function"] != "streaming_concat":
            assert_close(variable.detach(), after)


def placeholders(case):
    """A placeholder for each input, with the sizes that differ between the batches left open."""
    batches = [metric_cases.batch(case, number) for number in range(metric_cases.BATCHES)]
    made = {}
    for name, first in batches[0].items():
        shapes = [batch[name].shape for batch in batches]
        same_rank = len({len(shape) for shape in shapes}) == 1
        shape = [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes)] if same_rank else None
        made[name] = tf.placeholder(torch.from_numpy(first).dtype, shape)
    return made, batches


def build_recorded(case):
    function = getattr(MODULES[case["module"]], case["function"])
    inputs, batches = placeholders(case)
    keywords = {**inputs, **case["kwargs"]}
    if "metrics_collections" in inspect.signature(function).parameters:
        keywords.update(metrics_collections=["my_metrics"], updates_collections=["my_updates"])
    scope = contextlib.nullcontext() if case["scope"] is None else variable_scope(case["scope"])
    with scope:
        for _ in range(case["times"]):
            result = function(**keywords)
    return result, inputs, batches


def run_recorded(case):
    (_, update), inputs, batches = build_recorded(case)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for batch in batches:
            session.run(update, {inputs[name]: array for name, array in batch.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_metric_has_tensorflows_variables_names_and_results(case, graph):
    answer = ANSWERS[case["id"]]
    if answer.get("when"):
        with pytest.raises((ValueError, TypeError, tf.errors.InvalidArgumentError)):
            run_recorded(case)
        return
    (value, update), inputs, batches = build_recorded(case)
    assert [value.name, update.name] == [names[0] for names in answer["names"]]
    if answer["collected"][0][0]:
        assert graph.get_collection("my_metrics")[-1] is value
        assert graph.get_collection("my_updates")[-1] is update
    assert [variable.op.name for variable in tf.local_variables()][-len(answer["variables"]) :] == [
        name for name, *_ in answer["variables"]
    ]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert_close(session.run(value), answer["before"][0])
        for batch, (updated, value_after) in zip(batches, answer["batches"]):
            feed = {inputs[name]: array for name, array in batch.items()}
            assert_close(session.run(update, feed), updated[0])
            assert_close(session.run(value), value_after[0])
