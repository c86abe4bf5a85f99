"""Runs the cases of `golden/loss_cases.py` and `golden/tf_loss_cases.py`, and compares with TensorFlow's answers."""

import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch.graph import Graph, GraphKeys
from slim_torch.session import Session
from slim_torch.sources import placeholder

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import loss_cases  # noqa: E402

HOW = "Regenerate with the oracle's Python: cd tests/golden && python make_losses.py"
# TensorFlow met these while running, where Python code cannot catch them usefully; here they are caught at the call.
ERRORS = {"ValueError": ValueError, "TypeError": TypeError, "InvalidArgumentError": ValueError}
# What an error of ours says wherever TensorFlow's does.
TELLING = (
    "are incompatible",
    "Dimensions must be equal",
    "can not be broadcast to values",
    "Invalid reduction dimension",
    "Invalid Reduction Key",
    "not in list of allowed values",
    "does not match type",
    "You must specify 'axis'",
    "Cannot specify both 'dim' and 'axis'",
    "Shape mismatch",
)
# Half precision carries 11 bits, so its golden values are only as exact as that: 2 ** -11.
VALUE_TOLERANCE = {"float16": 2**-11}


def answers(file_name):
    return json.loads((GOLDEN / file_name).read_text())


def signatures(module):
    """As `make_losses.py` has them."""
    return {
        name: [
            [parameter.name] if parameter.default is parameter.empty else [parameter.name, parameter.default]
            for parameter in inspect.signature(getattr(module, name)).parameters.values()
        ]
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    }


def assert_close(actual, expected, relative):
    expected = np.asarray(expected, np.float64)
    finite = np.abs(expected[np.isfinite(expected)])
    bound = relative * (finite.max() if finite.size else 0.0)
    np.testing.assert_allclose(np.asarray(actual, np.float64), expected, rtol=0, atol=bound)


def arguments(case):
    """`(inputs, labels, weights, keywords)` of tensors; floating-point ones want gradients."""
    *arrays, keywords = loss_cases.arguments(case)
    tensors = [torch.from_numpy(array) if isinstance(array, np.ndarray) else array for array in arrays]
    for tensor in tensors:
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            tensor.requires_grad_()
    return (*tensors, keywords)


def call(module, labels_first, case, inputs, labels, weights, keywords):
    positional = [inputs]
    if labels is not None:
        positional.insert(0 if labels_first else 1, labels)
    keywords = dict(keywords) if weights is None else dict(keywords, weights=weights)
    return getattr(module, case["function"])(*positional, **keywords)


def check(module, labels_first, case, answer, graph):
    """Value, shape, dtype, name, collections and gradients, or the type and the telling words of the error."""
    inputs, labels, weights, keywords = arguments(case)
    if "error" in answer:
        with pytest.raises(ERRORS[answer["error"]]) as caught:
            call(module, labels_first, case, inputs, labels, weights, keywords)
        for words in TELLING:
            assert words not in answer["message"] or words in str(caught.value)
        assert not graph.get_all_collection_keys()
        return
    loss = call(module, labels_first, case, inputs, labels, weights, keywords)
    half = case.get("dtype") == "float16"
    assert list(loss.shape) == answer["shape"]
    assert str(loss.dtype) == "torch." + answer["dtype"]
    assert_close(
        loss.detach().flatten(), np.ravel(answer["value"]), VALUE_TOLERANCE.get(case.get("dtype"), 1e-5)
    )
    assert (
        loss.slim_name_scope == answer["name"]
        if hasattr(loss, "slim_name_scope")
        else not answer["collections"]
    )
    assert [key for key in graph.get_all_collection_keys() if graph.get_collection(key)] == answer[
        "collections"
    ]
    for key in answer["collections"]:
        (collected,) = graph.get_collection(key)
        assert collected is loss
    for name, argument in (("gradient", inputs), ("labels_gradient", labels), ("weights_gradient", weights)):
        if name not in answer:
            continue
        gradient = None
        if loss.requires_grad:
            (gradient,) = torch.autograd.grad(loss.sum(), argument, allow_unused=True, retain_graph=True)
        if answer[name] is None:
            assert gradient is None
        else:
            # The half-precision kernels round every intermediate result; two roundings of difference.
            assert_close(gradient.flatten(), answer[name], 2**-10 if half else 1e-4)


def check_recorded(module, labels_first, function, weighted):
    """A loss of placeholders with an unknown batch, run with two batch sizes, gives what it gives of tensors."""
    rowwise = not labels_first or "softmax" in function
    keywords = {"axis": 1} if function == "cosine_distance" else {}
    sparse = function.startswith("sparse")
    with Graph().as_default() as graph:
        inputs = placeholder(torch.float32, [None, 4])
        labels = placeholder(torch.int64, [None]) if sparse else placeholder(torch.float32, [None, 4])
        weights = placeholder(torch.float32, [None] if rowwise else [None, 1])
        given = dict(keywords, weights=weights) if weighted else keywords
        positional = [inputs] if function == "compute_weighted_loss" else [inputs, labels]
        loss = getattr(module, function)(*positional[:: -1 if labels_first else 1], **given)
        assert graph.get_collection(GraphKeys.LOSSES) == (
            [] if function == "hinge_loss" and not labels_first else [loss]
        )
        with Session() as session:
            for batch in (5, 3):
                feeds = {
                    inputs: np.linspace(0.1, 0.9, batch * 4, dtype=np.float32).reshape(batch, 4),
                    labels: np.arange(batch) % 4
                    if sparse
                    else np.eye(4, dtype=np.float32)[np.arange(batch) % 4],
                    weights: np.arange(batch, dtype=np.float32).reshape((batch,) if rowwise else (batch, 1)),
                }
                result = session.run(loss, feeds)
                real = {source: torch.from_numpy(array) for source, array in feeds.items()}
                with graph.step():
                    given = dict(keywords, weights=real[weights]) if weighted else keywords
                    arguments = [real[inputs], real[labels]][: len(positional)]
                    expected = getattr(module, function)(*arguments[:: -1 if labels_first else 1], **given)
                np.testing.assert_allclose(result, expected.numpy(), rtol=1e-5)
    return loss.name
