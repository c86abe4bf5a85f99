"""Runs the cases of `golden/layer_cases.py` with slim_torch and compares them with TensorFlow's answers.

`measure` gives what slim_torch does with a case, in the form of the golden file; `compare` holds it
against the file; `refuse` runs a case that has to raise. All take a device, and `measure` takes the
function that calls the layers, so that another way of running the same code reuses the same table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

from layer_cases import ERRORS, VALUES, resolve  # noqa: E402
from values import value_for  # noqa: E402

__all__ = [
    "ERRORS",
    "VALUES",
    "Case",
    "build",
    "compare",
    "describe",
    "expected",
    "golden",
    "measure",
    "name_of",
    "parts_of",
    "refuse",
]

Case = dict[str, Any]
REGENERATE = "TF_CPP_MIN_LOG_LEVEL=3 python3.7 tests/golden/make_layers.py (needs TensorFlow 1.15.5)"
VALUE_TOLERANCE = 1e-5
GRADIENT_TOLERANCE = 1e-4
RESERVED = ("regularization_losses", "update_ops")


@cache
def golden() -> tuple[dict[str, Any], np.ndarray]:
    """What TensorFlow answered: the facts by case id, and the flat array of all numbers."""
    facts = json.loads((GOLDEN / "layers.json").read_text())
    return facts, np.load(GOLDEN / "layers.npz")["values"]


def expected(case: Case) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """TensorFlow's facts and arrays for one case."""
    facts, flat = golden()
    assert case["id"] in facts, f"no golden answer for {case['id']}; regenerate: {REGENERATE}"
    found = facts[case["id"]]
    arrays = {
        name: flat[start : start + int(np.prod(shape))].reshape(shape)
        for name, (start, shape) in found.get("arrays", {}).items()
    }
    return found, arrays


def build(case: Case, inputs: list[torch.Tensor]) -> Any:
    """Makes the calls of a case in the default graph; returns the output of the last one."""
    within = case.get("within")
    with tf.variable_scope(**resolve(within, tf, slim)) if within else nullcontext():
        for layer, args, kwargs in case.get("before", ()):
            _call(layer, inputs, args, kwargs)
        return _call(case["layer"], inputs, case["args"], case["kwargs"])


def _call(layer: str, inputs: list[torch.Tensor], args: Any, kwargs: Any) -> Any:
    return getattr(slim, layer)(*inputs, *resolve(args, tf, slim), **resolve(kwargs, tf, slim))


def _inputs(case: Case, device: str) -> list[torch.Tensor]:
    tensors = []
    for shape, dtype in case["inputs"]:
        tensor = torch.from_numpy(np.array(value_for(case["id"], shape, dtype))).to(device)
        tensors.append(tensor.requires_grad_(tensor.is_floating_point()))
    return tensors


def measure(
    case: Case,
    device: str = "cpu",
    builder: Callable[[Case, list[torch.Tensor]], Any] = build,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Runs a case twice, first to make its variables, then with the values TensorFlow was given."""
    with Graph().as_default() as graph:
        with graph.step():
            builder(case, _inputs(case, device))
        made = [variable.op.name for variable in tf.global_variables()]
        for variable in tf.global_variables():
            assert variable.device.type == torch.device(device).type, (
                f"{variable.name} is on {variable.device}"
            )
            variable.assign(value_for(variable.op.name, list(variable.shape), name_of(variable.dtype)))
        with graph.step():
            inputs = _inputs(case, device)
            output = builder(case, inputs)
            assert [variable.op.name for variable in tf.global_variables()] == made, (
                "the second step made variables"
            )
            losses = [float(loss.detach()) for loss in graph.get_collection("regularization_losses")]
            return describe(graph, output, losses), _numbers(case, inputs, output)


def parts_of(output: Any) -> dict[str, Any]:
    """The tensors of an output by name: one, or three if it is sparse."""
    if hasattr(output, "dense_shape"):
        return {"indices": output.indices, "values": output.values, "dense_shape": output.dense_shape}
    if output.is_sparse:
        flat = output.coalesce()
        return {
            "indices": flat.indices().T,
            "values": flat.values(),
            "dense_shape": torch.tensor(flat.shape, dtype=torch.int64),
        }
    return {"out": output}


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def describe(graph: Graph, output: Any, losses: list[float]) -> dict[str, Any]:
    """The facts of a graph whose last call gave `output`."""
    variables: dict[str, list[str]] = {}
    outputs: dict[str, list[list[str]]] = {}
    for key in graph.get_all_collection_keys():
        if key.startswith("__") or key in RESERVED:
            continue
        members = graph.get_collection(key)
        if members and all(isinstance(member, torch.nn.Parameter) for member in members):
            variables[key] = [member.op.name for member in members]
        elif members:
            outputs[key] = [list(getattr(member, "aliases", ())) for member in members]
    main = parts_of(output)
    shown = main.get("out", main.get("values"))
    assert shown is not None
    return {
        "static": shown.get_shape().as_list() if hasattr(shown, "get_shape") else list(shown.shape),
        "dtype": name_of(shown.dtype),
        "variables": [
            [variable.op.name, list(variable.shape), name_of(variable.dtype)]
            for variable in tf.global_variables()
        ],
        "collections": variables,
        "outputs": outputs,
        "updates": len(graph.get_collection("update_ops")),
        "losses": losses,
        "dictionary": {
            key: sorted(slim.utils.convert_collection_to_dict(key))
            for key, aliases in outputs.items()
            if all(aliases)
        },
    }


def _numbers(case: Case, inputs: list[torch.Tensor], output: Any) -> dict[str, np.ndarray]:
    found = {name: part.detach().cpu().numpy() for name, part in parts_of(output).items()}
    sources = {variable.op.name: variable for variable in tf.trainable_variables()}
    if inputs[0].requires_grad:
        sources["input"] = inputs[0]
    if "out" not in found or not output.is_floating_point() or not sources or not output.requires_grad:
        return found
    weights = value_for(case["id"] + "/R", list(output.shape), name_of(output.dtype))
    total = (output * torch.from_numpy(np.array(weights)).to(output.device)).sum()
    gradients = torch.autograd.grad(total, list(sources.values()), allow_unused=True)
    for name, gradient in zip(sources, gradients, strict=True):
        if gradient is not None:
            found["d:" + name] = gradient.cpu().numpy()
    return found


def compare(case: Case, facts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Asserts that names, order, shapes, collections and numbers are TensorFlow's."""
    answer, numbers = expected(case)
    assert facts["variables"] == answer["variables"]
    assert facts["collections"] == answer["collections"]
    for ours, theirs in zip(facts["static"], answer["static"], strict=True):
        assert theirs is None or ours == theirs, (facts["static"], answer["static"])
    for key in ("dtype", "outputs", "dictionary", "updates"):
        assert facts[key] == answer[key], key
    if not case.get("values", True):
        assert len(facts["losses"]) == answer["losses"]
        return
    assert facts["losses"] == pytest.approx(answer["losses"], rel=VALUE_TOLERANCE)
    for name, wanted in numbers.items():
        if name not in arrays:
            # A gradient that autograd knows to be nothing, TensorFlow may give as zeros.
            assert name.startswith("d:"), f"no {name}"
            assert not wanted.any(), f"no gradient for {name}"
        else:
            _assert_close(name, arrays[name], wanted)
    for name in arrays.keys() - numbers.keys():
        assert not arrays[name].any(), f"{name} has a gradient, and none in TensorFlow"


def _assert_close(name: str, ours: np.ndarray, wanted: np.ndarray) -> None:
    """Within the tolerance, relative to the largest magnitude of the array."""
    assert ours.shape == wanted.shape, name
    tolerance = GRADIENT_TOLERANCE if name.startswith("d:") else VALUE_TOLERANCE
    scale = float(np.abs(wanted).max()) if wanted.size else 0.0
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=tolerance * scale, err_msg=name)


def refuse(case: Case, device: str = "cpu") -> None:
    """Asserts that a case raises TensorFlow's exception with the telling words of its message."""
    answer, _ = expected(case)
    with Graph().as_default() as graph, graph.step(), pytest.raises(Exception) as caught:  # noqa: PT011
        build(case, _inputs(case, device))
    assert caught.type.__name__ == answer["type"], f"{caught.type.__name__}: {caught.value}"
    missing = [word for word in case["words"] if word not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value!s} (TensorFlow: {answer['message']})"
