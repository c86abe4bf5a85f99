"""`slim.metrics` and `tf.metrics` against the answers of TensorFlow 1.15.5 in `golden/metrics.json.gz`."""

import contextlib
import gzip
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
from slim_torch.streaming import core
from slim_torch.streaming.core import MetricValue
from slim_torch.tf import metrics as tf_metrics

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import metric_cases  # noqa: E402

ANSWERS = json.loads(gzip.decompress((GOLDEN / "metrics.json.gz").read_bytes()))
HOW = "Regenerate with the oracle's Python: cd tests/golden && python make_metrics.py"
MODULES = {"tf": tf_metrics, "contrib": metrics}
CASES = metric_cases.CASES
ERRORS = {
    "ValueError": ValueError,
    "TypeError": TypeError,
    "InvalidArgumentError": tf.errors.InvalidArgumentError,
}


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


def flat(result):
    """The parts of a result, as TensorFlow flattens it."""
    if isinstance(result, tf.SparseTensor):
        return list(result.session_parts)
    return list(result) if isinstance(result, (tuple, list)) else [result]


def parts_of(case, result):
    """Values and updates; a function that is no streaming metric has no updates."""
    return (flat(result[0]), flat(result[1])) if ANSWERS[case["id"]]["streaming"] else (flat(result), [])


def given(part):
    return part() if isinstance(part, MetricValue) else part


def run_all(case, graph):
    for number in range(metric_cases.BATCHES):
        with graph.step():
            result = build(case, number)
            for part in [*parts_of(case, result)[1], *parts_of(case, result)[0]]:
                given(part)


def all_close(parts, expected):
    for part, wanted in zip(parts, expected, strict=True):
        assert_close(part, wanted)


def default_of(value):
    """As JSON has it."""
    return str(value)[6:] if isinstance(value, torch.dtype) else list(value) if value == () else value


def test_every_metric_case_has_an_answer():
    assert {case["id"] for case in metric_cases.CASES} == set(ANSWERS) - {"signatures"}, HOW


def test_every_metric_of_tensorflow_is_here():
    for name, module in MODULES.items():
        assert set(module.__all__) == set(ANSWERS["signatures"][name])


@pytest.mark.parametrize("name", MODULES)
def test_functions_and_their_parameters_are_tensorflows(name):
    for function, expected in ANSWERS["signatures"][name].items():
        parameters = inspect.signature(getattr(MODULES[name], function)).parameters.values()
        assert [
            [parameter.name]
            if parameter.default is parameter.empty
            else [parameter.name, default_of(parameter.default)]
            for parameter in parameters
        ] == expected, function


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_metric_has_tensorflows_variables_names_and_results(case, graph):
    answer = ANSWERS[case["id"]]
    if answer.get("when") == "building":
        with pytest.raises(ERRORS[answer["error"]]):
            build(case, 0)
        return
    if answer.get("when") == "running":
        # Shapes are known in a step, so those that do not fit are refused when it builds.
        with pytest.raises((ValueError, ERRORS[answer["error"]])):
            run_all(case, graph)
        return
    for number, results in enumerate(answer["batches"]):
        with graph.step():
            result = build(case, number)
            values, updates = parts_of(case, result)
            if not answer["streaming"]:
                all_close(values, results[0])
                continue
            if not number:
                all_close(map(given, values), answer["before"])
            all_close(map(given, updates), results[0])
            all_close(map(given, values), results[1])
            assert [[part.name for part in group] for group in (values, updates)] == answer["names"]
            check_collected(answer, result, graph)
    if answer["streaming"]:
        check_variables(answer, updates[0].variables, graph)


def check_collected(answer, result, graph):
    for key, part, collected in zip(("my_metrics", "my_updates"), result, answer["collected"], strict=True):
        if collected and collected[0]:
            assert graph.get_collection(key)[-1] is part


def check_variables(answer, made, graph):
    assert [variable.op.name for variable in made] == [name for name, *_ in answer["variables"]]
    assert [str(variable.dtype)[6:] for variable in made] == [dtype for _, _, dtype, _ in answer["variables"]]
    for variable, (_, shape, _, keys), after in zip(made, answer["variables"], answer["after"], strict=True):
        for key in (GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES):
            assert any(variable is known for known in graph.get_collection(key)) == (key in keys)
        if shape is not None:
            assert list(variable.shape) == shape
            assert_close(variable.detach(), after)
        else:
            # TensorFlow's array grows ahead of its contents.
            assert_close(variable.detach(), np.array(after)[: len(variable)] if variable.dim() else after)


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
    result, inputs, batches = build_recorded(case)
    values, updates = parts_of(case, result)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for batch in batches:
            feed = {inputs[name]: array for name, array in batch.items()}
            session.run(updates or values, feed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_metric_has_tensorflows_variables_names_and_results(case, graph):
    answer = ANSWERS[case["id"]]
    if answer.get("when"):
        with pytest.raises((ValueError, TypeError, tf.errors.InvalidArgumentError)):
            run_recorded(case)
        return
    result, inputs, batches = build_recorded(case)
    values, updates = parts_of(case, result)
    assert [[part.name for part in group] for group in (values, updates)] == answer["names"]
    assert [dtype_of(part) for part in values] == answer["dtypes"][0]
    if answer["streaming"]:
        check_collected(answer, result, graph)
    assert [v.op.name for v in tf.local_variables()][-len(answer["variables"]) :] == [
        name for name, *_ in answer["variables"]
    ] or not answer["streaming"]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for number, (batch, results) in enumerate(zip(batches, answer["batches"], strict=True)):
            feed = {inputs[name]: array for name, array in batch.items()}
            if not answer["streaming"]:
                all_close(session.run(values, feed), results[0])
                continue
            if not number:
                all_close(session.run(values), answer["before"])
            all_close(session.run(updates, feed), results[0])
            all_close(session.run(values), results[1])


def dtype_of(part):
    return str(part.dtype)[6:]


FIRST_CASES = {
    (case["module"], case["function"]): case
    for case in reversed(CASES)
    if ANSWERS[case["id"]].get("streaming") and not ANSWERS[case["id"]].get("when")
}


@pytest.mark.parametrize("case", FIRST_CASES.values(), ids=lambda case: case["id"])
def test_update_waits_for_no_value(case, graph):
    """On the meta device there are no values, so whatever looks at one, as a synchronization does, fails."""
    function = getattr(MODULES[case["module"]], case["function"])
    inputs = {name: torch.from_numpy(array) for name, array in metric_cases.batch(case, 0).items()}
    with graph.step(), torch.device("meta"):
        _, update = function(**{name: tensor.to("meta") for name, tensor in inputs.items()}, **case["kwargs"])
        update()
    assert all(variable.device.type == "meta" for variable in update.variables)


def test_what_an_accelerator_found_wrong_is_raised_when_the_value_is_read(graph, monkeypatch):
    class Elsewhere(torch.Tensor):
        """Values that pretend to be on an accelerator."""

        device = torch.device("cuda")

    with graph.step():
        value, update = metrics.streaming_mean(torch.ones(2))
        counted = update.update

        def failing(state, values, weights):
            core.required(torch.tensor([True, bad]).as_subclass(Elsewhere), "values must be good")
            return counted(state, values, weights)

        update.update = failing
        for bad in (False, True, False):  # noqa: B007 - the update reads it
            update()
        with pytest.raises(tf.errors.InvalidArgumentError, match="values must be good"):
            value()
        assert value() == 1
