"""Regularizers give TensorFlow's penalties, gradients and errors, and copy no weights for it.

Facts: tests/golden/regularizers.json, made by tests/golden/make_regularizers.py.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from golden.expressions import check, tensor
from golden.values import value_for

from slim_torch import regularizers
from slim_torch.graph import Graph, GraphKeys, add_to_collection, get_collection
from slim_torch.regularizers import apply_regularization, l1_l2_regularizer, l1_regularizer, l2_regularizer

GOLDEN = json.loads((Path(__file__).parent / "golden" / "regularizers.json").read_text())


def gradient(regularizer, weights):
    weights.requires_grad_()
    (result,) = torch.autograd.grad(regularizer(weights), weights)
    return result


NAMES = {
    "slim": SimpleNamespace(**{name: getattr(regularizers, name) for name in regularizers.__all__}),
    "np": np,
    "weights": lambda shape, dtype="float32": torch.from_numpy(value_for("w", shape, dtype)),
    "zeros": torch.zeros,
    "scalar": torch.tensor,
    "gradient": gradient,
    "add": add_to_collection,
    "collection": get_collection,
}


def encode(value):
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, torch.Tensor):
        return tensor(value.detach().numpy())
    return value if value is None or isinstance(value, int) else str(type(value))


@pytest.mark.parametrize("case", GOLDEN)
def test_penalties_gradients_and_errors_are_tensorflows(case):
    with Graph().as_default():
        check(GOLDEN[case], NAMES, encode)


def kernel(dtype=torch.float32):
    """A convolution's weights as a variable holds them: logical HWIO, OHWI in memory."""
    stored = torch.from_numpy(value_for("stored", (5, 3, 3, 4), "float64")).to(dtype)
    return torch.nn.Parameter(stored.permute(1, 2, 3, 0))


@pytest.mark.parametrize("make", [l1_regularizer, l2_regularizer, l1_l2_regularizer])
def test_gradient_keeps_the_memory_layout_of_the_weights(make):
    weights = kernel()
    make(0.5)(weights).backward()
    assert weights.grad.stride() == weights.stride()


def test_l2_is_exact_to_float32_for_the_largest_weights_of_a_network():
    # 2.4 million equal signs: an accumulation in float32, one after the other, is off by 1e-4 here.
    weights = torch.randn(512, 3, 3, 512, generator=torch.Generator().manual_seed(1)).permute(1, 2, 3, 0)
    expected = 0.5 * 0.25 * weights.double().square().sum()
    assert l2_regularizer(0.25)(weights).item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("make", [l1_regularizer, l2_regularizer, l1_l2_regularizer])
def test_gradient_at_zero_is_zero(make):
    weights = torch.nn.Parameter(torch.zeros(2, 3))
    make(0.5)(weights).backward()
    assert torch.equal(weights.grad, torch.zeros(2, 3))


def test_l2_has_first_and_second_derivatives():
    weights = kernel(torch.float64)
    assert torch.autograd.gradcheck(l2_regularizer(0.5), (weights,))
    assert torch.autograd.gradgradcheck(l2_regularizer(0.5), (weights,))


def test_l2_goes_through_function_transforms():
    weights = torch.from_numpy(value_for("w", (6, 4)))
    per_row = torch.func.vmap(torch.func.grad(l2_regularizer(0.5)))(weights)
    # d/dw of 0.5 * w**2 / 2
    torch.testing.assert_close(per_row, 0.5 * weights)


@pytest.mark.parametrize("make", [l1_regularizer, l2_regularizer, l1_l2_regularizer])
def test_compiled_penalty_and_gradient_are_the_eager_ones(make):
    eager, compiled = kernel(), kernel()
    regularizer = make(0.5)
    expected = regularizer(eager)
    expected.backward()
    actual = torch.compile(regularizer, backend="aot_eager", fullgraph=True)(compiled)
    actual.backward()
    torch.testing.assert_close(actual, expected)
    torch.testing.assert_close(compiled.grad, eager.grad)


@pytest.mark.parametrize("make", [l1_regularizer, l2_regularizer])
def test_penalty_stays_in_float32_under_autocast(make):
    weights = kernel()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        penalty = make(0.5)(weights)
    assert penalty.dtype == torch.float32
    assert torch.equal(penalty, make(0.5)(weights))


def test_applied_penalty_is_the_entry_of_the_collection_and_has_gradients():
    weights = kernel()
    with Graph().as_default():
        total = apply_regularization(l2_regularizer(0.5), [weights])
        assert get_collection(GraphKeys.REGULARIZATION_LOSSES) == [total]
    total.backward()
    torch.testing.assert_close(weights.grad, 0.5 * weights.detach())
