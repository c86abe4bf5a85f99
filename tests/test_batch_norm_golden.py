"""Every normalization program of `golden/batch_norm_cases.py`, against TensorFlow 1.15.5's answers.

The answers are in `golden/batch_norm.json` and `.npz`; `golden/make_batch_norm.py` asks for them anew.
Arrays agree when they differ by at most the tolerance times the largest expected magnitude.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import batch_norm_cases as cases

from slim_torch import initializers, regularizers
from slim_torch.graph import Graph, GraphKeys
from slim_torch.group_normalization import group_norm, instance_norm, layer_norm
from slim_torch.normalization import batch_norm
from slim_torch.scopes import AUTO_REUSE, variable_scope
from slim_torch.updates import run_updates

ANSWERS, ARRAYS = cases.load()
FUNCTIONS = {
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
}
REGULARIZERS = {"l1": regularizers.l1_regularizer, "l2": regularizers.l2_regularizer}
ACTIVATIONS = {"relu": torch.relu, "relu6": torch.nn.functional.relu6, "tanh": torch.tanh}
REGENERATE = "If the oracle is right, fix the code; to ask it again run golden/make_batch_norm.py."

# What differs on purpose: the docstrings say so.
DELIBERATE = {
    "refuses_rank0_at_once": "TensorFlow accepts a scalar off the core path",
    "group_norm_negative_reduction_axis_out_of_range": "TensorFlow overlooks the axis",
    "instance_norm_rank1": "TensorFlow raises IndexError",
}
RUNNABLE = [c for c in cases.CASES if "raises" not in ANSWERS[c["id"]] and c["id"] not in DELIBERATE]
REFUSED = [c for c in cases.CASES if "raises" in ANSWERS[c["id"]] and c["id"] not in DELIBERATE]


def by_id(case):
    return case["id"]


def real_arguments(case, call):
    arguments = {**case["kwargs"], **call}
    if arguments.get("activation_fn"):
        arguments["activation_fn"] = ACTIVATIONS[arguments["activation_fn"]]
    if "param_initializers" in arguments:
        constants = arguments["param_initializers"]
        arguments["param_initializers"] = {k: initializers.Constant(v) for k, v in constants.items()}
    if "param_regularizers" in arguments:
        pairs = arguments["param_regularizers"]
        arguments["param_regularizers"] = {k: REGULARIZERS[kind](s) for k, (kind, s) in pairs.items()}
    if "batch_weights" in arguments:
        arguments["batch_weights"] = torch.from_numpy(cases.weights_value(case))
    if "adjustment" in arguments:
        pair = tuple(torch.from_numpy(value) for value in cases.adjustment_values(case))
        arguments["adjustment"] = lambda shape: pair
    return arguments


def run_calls(case, inputs, training):
    """The outputs of the case's calls, in the graph and step in force."""
    outputs = []
    for x, call in zip(inputs, case["calls"]):
        arguments = real_arguments(case, call)
        if training is not None:
            arguments["is_training"] = torch.tensor(training) if case["feed_training"] else training
        function = FUNCTIONS[case["function"]]
        if case["scope"] is None:
            outputs.append(function(x, **arguments))
            continue
        options = dict(case["scope"])
        name = options.pop("name")
        if "initializer" in options:
            options["initializer"] = initializers.Constant(options["initializer"])
        if "regularizer" in options:
            kind, scale = options["regularizer"]
            options["regularizer"] = REGULARIZERS[kind](scale)
        if options.get("reuse") == "auto":
            options["reuse"] = AUTO_REUSE
        with variable_scope(name, **options):
            outputs.append(function(x, **arguments))
    return outputs


def step_inputs(case, step, requires_grad=False):
    arrays = [cases.input_value(case, step, i) for i in range(len(case["calls"]))]
    return [torch.from_numpy(np.array(a)).requires_grad_(requires_grad) for a in arrays]


def update_keys(case):
    keys = case["kwargs"].get("updates_collections", GraphKeys.UPDATE_OPS)
    return [keys] if isinstance(keys, str) else keys


def assert_close(actual, expected, tolerance, what):
    actual = actual.detach().numpy()
    assert list(actual.shape) == list(expected.shape), (
        f"{what}: shape {actual.shape}, expected {expected.shape}"
    )
    limit = tolerance * max(np.abs(expected).max(initial=0.0), 1e-30)
    worst = np.abs(actual.astype("float64") - expected).max(initial=0.0)
    assert worst <= limit, f"{what}: off by {worst:.3g}, allowed {limit:.3g}. {REGENERATE}"


def modes(case):
    if case["feed_training"]:
        return {"fed": case["steps"][0]}
    return {str(training): training for training in case["steps"]}


@pytest.mark.parametrize("case", RUNNABLE, ids=by_id)
def test_variables_and_collections_are_those_of_tensorflow(case):
    for mode, training in modes(case).items():
        facts = ANSWERS[case["id"]][mode]
        graph = Graph()
        with graph.as_default(), graph.step():
            outputs = run_calls(case, step_inputs(case, 0), training)
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        described = [[v.op.name, list(v.shape), str(v.dtype)[6:], v.trainable] for v in variables]
        assert described == facts["variables"], REGENERATE
        trainable = [v for v in variables if v.trainable]
        assert graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) == trainable
        assert [list(y.shape) for y in outputs] == [shape for _, shape, _ in facts["outputs"]]
        assert [str(y.dtype)[6:] for y in outputs] == [dtype for _, _, dtype in facts["outputs"]]
        assert [getattr(y, "aliases", []) for y in outputs] == facts["aliases"]
        outputs_keys = case["kwargs"].get("outputs_collections") or []
        for key, names in facts["collections"].items():
            entries = graph.get_collection(key)
            assert len(entries) == len(names), key
            if key in outputs_keys:
                assert all(entry is y for entry, y in zip(entries, outputs)), key
            elif key != GraphKeys.REGULARIZATION_LOSSES and mode != "fed":
                assert [entry.op.name for entry in entries] == names, key
        ours = set(graph.get_all_collection_keys())
        assert ours - set(facts["collections"]) <= {
            GraphKeys.GLOBAL_VARIABLES,
            GraphKeys.TRAINABLE_VARIABLES,
        }


@pytest.mark.parametrize("case", RUNNABLE, ids=by_id)
def test_values_gradients_and_moving_averages_are_those_of_tensorflow(case):
    arrays = ARRAYS[case["id"]]
    values, slopes = (4e-3, 4e-3) if case["dtype"] == "float16" else (1e-5, 1e-4)
    graph = Graph()
    with graph.as_default():
        for training in modes(case).values():
            with graph.step():
                run_calls(case, step_inputs(case, 0), training)
        for v in graph.variables:
            start = cases.start_value(v.op.name, list(v.shape))
            v.assign(arrays["initial/" + v.op.name] if case["keep_initial"] else start)
        for step, training in enumerate(case["steps"]):
            mode = "fed" if case["feed_training"] else str(training)
            facts = ANSWERS[case["id"]][mode]
            names = [name for name, _, _, _ in facts["variables"]]
            variables = {v.op.name: v for v in graph.variables if v.op.name in names}
            inputs = step_inputs(case, step, requires_grad=True)
            with graph.step():
                outputs = run_calls(case, inputs, training)
            before = {name: v.detach().clone() for name, v in variables.items()}
            weights = [cases.output_weight(case, step, i, list(y.shape)) for i, y in enumerate(outputs)]
            total = sum((y * torch.from_numpy(w)).sum() for y, w in zip(outputs, weights))
            total.backward()
            losses = graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
            for name, loss in zip(facts["losses"], losses):
                assert_close(loss, arrays[f"{step}/loss/{name}"], values, f"step {step}, {name}")
            for i, (x, y) in enumerate(zip(inputs, outputs)):
                assert_close(y, arrays[f"{step}/output{i}"], values, f"step {step}, output {i}")
                expected = arrays[f"{step}/gradient/input{i}"]
                assert_close(x.grad, expected, slopes, f"step {step}, gradient of input {i}")
            for name, v in variables.items():
                assert torch.equal(v, before[name])
                if v.trainable:
                    expected = arrays[f"{step}/gradient/{name}"]
                    assert_close(v.grad, expected, slopes, f"step {step}, gradient of {name}")
                    v.grad = None
            if case["function"] == "batch_norm" and update_keys(case):
                run_updates(graph.get_collection(update_keys(case)[0]))
            for name, v in variables.items():
                if (not v.trainable and case["function"] == "batch_norm") or f"{step}/after/{name}" in arrays:
                    assert_close(v, arrays[f"{step}/after/{name}"], values, f"step {step}, {name} afterwards")


@pytest.mark.parametrize("case", [c for c in RUNNABLE if update_keys(c) is not None], ids=by_id)
def test_variables_start_from_the_values_of_tensorflow(case):
    graph = Graph()
    with graph.as_default():
        for training in modes(case).values():
            with graph.step():
                run_calls(case, step_inputs(case, 0), training)
    for v in graph.variables:
        assert_close(v, ARRAYS[case["id"]]["initial/" + v.op.name], 1e-6, v.op.name)


@pytest.mark.parametrize("case", REFUSED, ids=by_id)
def test_what_tensorflow_refuses_is_refused_in_its_words(case):
    answer = ANSWERS[case["id"]]
    graph = Graph()
    with pytest.raises((TypeError, ValueError)) as caught, graph.as_default(), graph.step():
        run_calls(case, step_inputs(case, 0), case["steps"][0])
    assert type(caught.value).__name__ == answer["raises"]
    telling = answer["message"].split("TensorShape")[0].split("list of")[0].strip("(', :")
    assert telling.rstrip(".") in str(caught.value)


@pytest.mark.parametrize("name", DELIBERATE)
def test_what_tensorflow_overlooks_is_refused(name):
    case = next(c for c in cases.CASES if c["id"] == name)
    graph = Graph()
    with pytest.raises(ValueError, match=r"Axis is out of bounds|shape"), graph.as_default():
        run_calls(case, step_inputs(case, 0), case["steps"][0])
