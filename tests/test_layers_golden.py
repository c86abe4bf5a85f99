"""Every layer except the normalizations against TensorFlow 1.15.5: numbers, names, collections, errors.

The table is `golden/layer_cases.py`, the answers are `golden/layers.json` and `layers.npz`, and the
running and comparing is in `layer_runner.py`. Tolerances: 1e-5 for values, 1e-4 for gradients,
relative to the largest magnitude of the array.
"""

from __future__ import annotations

import pytest
import torch
from layer_runner import ERRORS, VALUES, compare, golden, measure, refuse

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


def _ids(cases):
    return [case["id"] for case in cases]


@pytest.fixture
def full_float32(monkeypatch):
    """Turns TF32 off: with it a convolution is right to 1e-3 only."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_layer_gives_the_names_and_numbers_of_tensorflow(case):
    compare(case, *measure(case))


@pytest.mark.parametrize("case", ERRORS, ids=_ids(ERRORS))
def test_layer_refuses_what_tensorflow_refuses_with_the_same_words(case):
    refuse(case)


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("case", VALUES, ids=_ids(VALUES))
def test_layer_on_cuda_gives_the_names_and_numbers_of_tensorflow(case, full_float32):
    compare(case, *measure(case, "cuda"))


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("case", ERRORS, ids=_ids(ERRORS))
def test_layer_on_cuda_refuses_what_tensorflow_refuses(case):
    refuse(case, "cuda")


def test_golden_file_answers_exactly_the_cases_of_the_table():
    facts, _ = golden()
    assert set(facts) == set(_ids(VALUES)) | set(_ids(ERRORS))


def _numbers(cases, key):
    found = [case["kwargs"].get(key, 1) for case in cases]
    return {number for value in found for number in (value if isinstance(value, (list, tuple)) else [value])}


def _kernels(cases):
    found = [case["args"][1] for case in cases]
    return {number for value in found for number in (value if isinstance(value, (list, tuple)) else [value])}


def test_table_reaches_sizes_kernels_strides_rates_and_formats():
    convolutions = [case for case in VALUES if case["layer"] == "conv2d"]
    assert _kernels(convolutions) >= set(range(1, 8))
    assert _numbers(convolutions, "stride") >= {1, 2, 3}
    assert _numbers(convolutions, "rate") >= {1, 2, 3}
    assert {case["kwargs"].get("padding") for case in convolutions} >= {"SAME", "VALID"}
    assert {case["kwargs"].get("data_format") for case in convolutions} >= {"NHWC", "NCHW"}
    assert {size for case in convolutions for size in case["inputs"][0][0][1:]} >= set(range(1, 20))
    assert len(VALUES) >= 450
    assert len(ERRORS) >= 50
