"""Runs the calls of `golden/tf_call_tools.py` in slim_torch and compares with TensorFlow's answers."""

import functools
import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import tf
from slim_torch.graph import get_default_graph

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import tf_call_tools as tools  # noqa: E402

# What TensorFlow finds while running reaches Python code as one of its own errors; here PyTorch or the
# function itself raises, at the call.
RUNNING = (ValueError, IndexError, RuntimeError)
ERRORS = {"ValueError": ValueError, "TypeError": TypeError, "OpError": RUNNING, "LookupError": LookupError}


class Answers:
    """The golden files of one table, `<stem>.json` and `<stem>.npz`."""

    def __init__(self, stem):
        self.how = f"Regenerate with the oracle's Python: cd tests/golden && python make_{stem}.py"
        golden = json.loads((GOLDEN / f"{stem}.json").read_text())
        self.facts, self.signatures = golden["answers"], golden["signatures"]
        with np.load(GOLDEN / f"{stem}.npz", allow_pickle=False) as arrays:
            self.arrays = dict(arrays)


def function_of(case):
    return functools.reduce(getattr, case["function"].split("."), tf)


class Names:
    """What `named` was told last for each tensor, made unique as operations are."""

    def __init__(self, monkeypatch):
        self._given = []
        for name, module in list(sys.modules.items()):
            if name.startswith("slim_torch.") and getattr(module, "named", None) is not None:
                monkeypatch.setattr(module, "named", self._named)

    def _named(self, result, name, default):
        full = name[:-1] if name and name.endswith("/") else get_default_graph().unique_name(name or default)
        for tensor in tools.outputs(result):
            self._given.append((tensor, full))
        return result

    def of(self, tensor):
        return next((name for known, name in reversed(self._given) if known is tensor), None)


def tensors_of(case, requires_grad=True):
    tensors = {place: torch.from_numpy(array.copy()) for place, array in tools.inputs(case).items()}
    for tensor in tensors.values():
        tensor.requires_grad_(requires_grad and tensor.dtype.is_floating_point)
    return tensors


def call(case, tensors):
    args, kwargs = tools.arguments(case, tensors, lambda name: getattr(tf, name))
    return function_of(case)(*args, **kwargs)


def assert_close(given, expected, case, what, relative):
    given = given.detach().numpy() if isinstance(given, torch.Tensor) else np.asarray(given)
    assert given.shape == expected.shape, (case["id"], what)
    if expected.dtype.kind not in "f":
        np.testing.assert_array_equal(given, expected, err_msg=f"{case['id']}: {what}")
        return
    finite = np.abs(expected[np.isfinite(expected)].astype(np.float64))
    limit = relative * finite.max() if finite.size else 0.0
    np.testing.assert_allclose(
        given.astype(np.float64),
        expected.astype(np.float64),
        rtol=0,
        atol=limit,
        err_msg=f"{case['id']}: {what}",
    )


def relative_for(dtype):
    # Half precision carries 11 bits.
    return 2.0**-10 if dtype == "float16" else 1e-5


def check_case(case, answers, monkeypatch):
    """Asserts that the call gives what the oracle gave: values, dtypes, shapes, names, gradients, or its error."""
    facts = answers.facts[case["id"]]
    tensors = tensors_of(case)
    if "error" in facts:
        expected = next(ERRORS[kind] for kind in facts["error"] if kind in ERRORS)
        with pytest.raises(expected) as raised, get_default_graph().step():
            call(case, tensors)
        assert case["words"] in str(raised.value)
        return
    function_of(case)  # imported before its module's `named` is replaced
    names = Names(monkeypatch)
    with get_default_graph().step():
        results = tools.outputs(call(case, tensors), case)
    assert len(results) == len(facts["outputs"])
    loss = torch.zeros((), dtype=torch.float64)
    for i, (result, output) in enumerate(zip(results, facts["outputs"])):
        dtype = str(result.dtype)[6:]
        assert dtype == output["dtype"], case["id"]
        expected = answers.arrays[f"{case['id']}/{i}"]
        assert_close(result, expected, case, f"output {i}", relative_for(dtype))
        if not output["name"].startswith("given"):
            assert names.of(result) == output["name"], case["id"]
        else:
            assert any(result is tensor for tensor in tensors.values())
        if result.requires_grad:
            weight = torch.from_numpy(tools.output_weight(case, i, tuple(result.shape)))
            loss = loss + (result * weight.to(result.dtype)).sum().double()
    if not facts["gradients"]:
        return
    if loss.requires_grad:
        loss.backward()
    for place, reaches in facts["gradients"].items():
        gradient = tensors[place].grad
        if reaches:
            expected = answers.arrays[f"{case['id']}/gradient/{place}"]
            assert gradient is not None, f"{case['id']}: no gradient reaches {place}"
            relative = relative_for(str(gradient.dtype)[6:])
            assert_close(gradient, expected, case, f"gradient by {place}", relative)
        else:
            assert gradient is None or not gradient.any(), f"{case['id']}: a gradient reaches {place}"


def check_signature(name, answers):
    """Asserts that the function has the oracle's arguments, in its order and with its defaults."""
    parameters = inspect.signature(function_of({"function": name})).parameters.values()
    expected = answers.signatures[name]
    assert [parameter.name for parameter in parameters] == [entry[0] for entry in expected], name
    for parameter, entry in zip(parameters, expected):
        default = parameter.default
        default = list(default) if isinstance(default, tuple) else default
        default = str(default)[6:] if isinstance(default, torch.dtype) else default
        assert entry[1:] == ([] if default is parameter.empty else [default]), (name, parameter.name)


def recordable(cases):
    """The cases that answer and take a tensor."""
    return [case for case in cases if "words" not in case and tools.inputs(case)]


def check_recorded(case, answers):
    """Like `check_case` for a call that is recorded from constants and run by a session."""
    facts = answers.facts[case["id"]]
    arrays = tools.inputs(case)
    tensors = {place: tf.constant(array, name="given") for place, array in arrays.items()}
    results = tools.outputs(call(case, tensors), case)
    for result, output in zip(results, facts["outputs"]):
        assert result.op.name == output["name"], case["id"]
        assert str(result.dtype)[6:] == output["dtype"], case["id"]
    with tf.Session() as session:
        values = session.run(results)
    for i, (value, output) in enumerate(zip(values, facts["outputs"])):
        expected = answers.arrays[f"{case['id']}/{i}"]
        assert_close(value, expected, case, f"output {i}", relative_for(output["dtype"]))
