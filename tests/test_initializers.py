"""Initializers give TensorFlow's values, errors and distributions, and draws that a seed repeats.

Facts: tests/golden/initializers.json, made by tests/golden/make_initializers.py.
"""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from golden.expressions import check, tensor

from slim_torch import initializers
from slim_torch.graph import Graph

GOLDEN = json.loads((Path(__file__).parent / "golden" / "initializers.json").read_text())

DTYPES = [
    "bool",
    "int8",
    "uint8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
]
SLIM = ("variance_scaling_initializer", "xavier_initializer", "xavier_initializer_conv2d")
PUBLIC = {name: getattr(initializers, name) for name in initializers.__all__ if name[0].islower()}


def gram(value):
    """The products of the shorter side's vectors."""
    matrix = value.reshape(-1, value.shape[-1])
    return matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T


NAMES = {
    "np": np,
    "slim": SimpleNamespace(**{name: PUBLIC[name] for name in SLIM}),
    "tf": SimpleNamespace(
        **{name: made for name, made in PUBLIC.items() if name not in SLIM},
        **{name: getattr(torch, name) for name in DTYPES},
        variance_scaling_initializer=initializers.VarianceScaling,
        initializers=SimpleNamespace(identity=initializers.Identity, **PUBLIC),
    ),
    "gram": gram,
    "rounded": lambda value: torch.round(value * 1000.0) / 1000.0,
    "shape_and_dtype": lambda value: [str(value.dtype)[6:], *value.shape],
}


def encode(value):
    if isinstance(value, torch.Tensor):
        return tensor((value.real if value.is_complex() else value).numpy())
    return value if isinstance(value, (bool, list)) else str(type(value))


@pytest.mark.parametrize("case", GOLDEN["programs"])
def test_values_and_errors_are_tensorflows(case):
    with Graph().as_default():
        # 0.001 is where `rounded` rounds, and what float32 can be off by there.
        check(GOLDEN["programs"][case], NAMES, encode, relative=1e-3 if "orthogonal" in case else 1e-6)


@pytest.mark.parametrize("case", GOLDEN["draws"], ids=lambda case: f"{case['initializer']}{case['shape']}")
def test_draws_are_distributed_as_tensorflows(case):
    graph = Graph()
    graph.seed = 2
    with graph.as_default():
        initializer = eval(case["initializer"], NAMES)
        drawn = torch.stack([initializer(json.loads(case["shape"])) for _ in range(case["times"])]).double()
    count, stddev = drawn.numel(), case["stddev"]
    # The standard error of a mean of n draws is s / sqrt(n), that of a deviation at most s / sqrt(2 n) (a
    # normal variable's; less for the others). Both samples have it, hence sqrt(2); 4.5 of them leave one
    # case in 150,000 out by chance.
    error = 4.5 * math.sqrt(2.0) * stddev / math.sqrt(count)
    assert drawn.mean().item() == pytest.approx(case["mean"], abs=error)
    assert drawn.std(correction=0).item() == pytest.approx(stddev, abs=error / math.sqrt(2.0))
    if case["family"] == "normal":
        return
    # n draws leave a gap of more than g below the upper bound with probability exp(-n p g), where p is the
    # density there: 1 / (sqrt(12) s) for a uniform variable of deviation s; for a normal variable cut at
    # two of its deviations 0.0566 / (1.137 s).
    density = {"uniform": 0.2887, "truncated": 0.0498, "integers": math.inf}[case["family"]] / stddev
    gap = 12.0 / (count * density)
    assert drawn.min().item() == pytest.approx(case["min"], abs=gap)
    assert drawn.max().item() == pytest.approx(case["max"], abs=gap)


def test_truncated_normal_stays_within_two_deviations_and_keeps_their_shape():
    with Graph().as_default():
        drawn = initializers.TruncatedNormal(1.0, 3.0, seed=1)([400_000]).double()
    standard = (drawn - 1.0) / 3.0
    assert standard.abs().max() <= 2.0
    # P(|z| < 1 given |z| < 2) = 0.68269 / 0.95450; the standard error is sqrt(0.715 * 0.285 / 400000).
    assert (standard.abs() < 1.0).double().mean().item() == pytest.approx(0.71523, abs=4.5 * 7.2e-4)


@pytest.mark.parametrize("shape", [[1, 1], [3, 3], [4, 2], [2, 4]], ids=str)
def test_orthogonal_draws_prefer_no_sign(shape):
    graph = Graph()
    graph.seed = 1
    with graph.as_default():
        drawn = torch.stack([initializers.Orthogonal()(shape) for _ in range(900)])
    # By symmetry each entry has mean zero; its deviation is at most 1, the standard error 1 / 30.
    assert drawn.mean(0).abs().max() < 4.5 / 30


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", sorted(set(PUBLIC) - {"constant_initializer"}))
def test_every_initializer_draws_in_the_dtype_of_the_call(name, dtype):
    if name == "orthogonal_initializer" and dtype == torch.bfloat16:
        pytest.skip("TensorFlow has no bfloat16 factorization either, and raises")
    with Graph().as_default():
        value = PUBLIC[name]()([3, 4], dtype=dtype)
    assert value.dtype == dtype
    assert value.device.type == "cpu"
    assert torch.isfinite(value).all()


@pytest.mark.parametrize("name", ["glorot_uniform_initializer", "glorot_normal_initializer"])
def test_glorot_initializers_keep_the_dtype_that_tensorflow_loses(name):
    with Graph().as_default():
        assert PUBLIC[name](dtype=torch.float64)([2, 2]).dtype == torch.float64


RANDOM = {
    "xavier": initializers.xavier_initializer,
    "slim-variance-scaling": initializers.variance_scaling_initializer,
    "variance-scaling": initializers.VarianceScaling,
    "truncated-normal": initializers.TruncatedNormal,
    "random-normal": initializers.RandomNormal,
    "random-uniform": initializers.RandomUniform,
    "unit-scaling": initializers.UniformUnitScaling,
    "orthogonal": initializers.Orthogonal,
    "glorot": initializers.GlorotUniform,
    "he": initializers.he_normal,
}


def draw_twice(make, graph_seed=None, op_seed=None):
    graph = Graph()
    graph.seed = graph_seed
    with graph.as_default():
        return [make(seed=op_seed)([4, 5]) for _ in range(2)]


@pytest.mark.parametrize("make", RANDOM.values(), ids=RANDOM)
class TestSeeds:
    def test_a_graph_seed_repeats_the_draws_in_another_graph(self, make):
        first, again, other = draw_twice(make, 3), draw_twice(make, 3), draw_twice(make, 4)
        assert all(torch.equal(a, b) for a, b in zip(first, again))
        assert not torch.equal(first[0], other[0])

    def test_two_draws_under_one_graph_seed_differ(self, make):
        first, second = draw_twice(make, 3)
        assert not torch.equal(first, second)

    def test_an_op_seed_repeats_its_draw_under_the_same_graph_seed(self, make):
        first, second = draw_twice(make, 3, op_seed=9)
        assert torch.equal(first, second)
        assert not torch.equal(first, draw_twice(make, 3, op_seed=10)[0])

    def test_manual_seed_governs_when_there_is_no_other(self, make):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            first = draw_twice(make)
            torch.manual_seed(5)
            again = draw_twice(make)
            torch.manual_seed(6)
            other = draw_twice(make)
        assert all(torch.equal(a, b) for a, b in zip(first, again))
        assert not torch.equal(first[0], first[1])
        assert not torch.equal(first[0], other[0])

    def test_a_seeded_draw_leaves_the_global_generator_alone(self, make):
        with torch.random.fork_rng(devices=[]):
            before = torch.random.get_rng_state()
            draw_twice(make, 3)
            assert torch.equal(torch.random.get_rng_state(), before)
