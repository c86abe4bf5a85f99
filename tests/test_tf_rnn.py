"""Recurrent cells and networks against TensorFlow 1.15.5, on real tensors and recorded.

The cases are in `golden/tf_rnn_cases.py`, the answers in `golden/tf_rnn.json` and `tf_rnn.npz`. Tolerances: 1e-5 for
values, 1e-4 for gradients, relative to the largest magnitude of the array.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
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

from tf_rnn_cases import CASES, LENGTHS, REFUSED, SHAPE, flat  # noqa: E402
from values import value_for  # noqa: E402

REGENERATE = "python tests/golden/make_tf_rnn.py  (with the Python that has TensorFlow 1.15.5)"
EXPECTED = json.loads((GOLDEN / "tf_rnn.json").read_text())
ARRAYS = np.load(GOLDEN / "tf_rnn.npz")


def _check(name: str, values: list[Any], gradients: dict[str, Any]) -> None:
    facts = EXPECTED["cases"][name]
    assert [list(value.shape) for value in values] == facts["shapes"]
    for i, value in enumerate(values):
        wanted = ARRAYS[f"{name}/{i}"]
        np.testing.assert_allclose(value, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max(), err_msg=f"{i}")
    assert list(gradients) == ["x", *facts["trained"]]
    for key, gradient in gradients.items():
        wanted = ARRAYS[f"{name}/d:{key}"]
        np.testing.assert_allclose(gradient, wanted, rtol=0, atol=1e-4 * np.abs(wanted).max(), err_msg=key)


def _load(name: str) -> None:
    made = [[variable.op.name, list(variable.shape)] for variable in tf.global_variables()]
    assert made == EXPECTED["cases"][name]["variables"]
    for variable in tf.global_variables():
        variable.load(value_for(variable.op.name, list(variable.shape)))


@pytest.mark.parametrize("name", CASES)
def test_case_on_real_tensors_gives_what_tensorflow_gives(name):
    def run(x: torch.Tensor) -> list[Any]:
        return flat(CASES[name](tf, x, torch.tensor(LENGTHS)))

    with Graph().as_default() as graph:
        x = torch.from_numpy(np.array(value_for(name, SHAPE))).requires_grad_()
        with graph.step():
            run(x)
        _load(name)
        with graph.step():
            tensors = run(x)
        weights = [
            torch.from_numpy(np.array(value_for(f"{name}/R/{i}", t.shape))) for i, t in enumerate(tensors)
        ]
        total = sum((tensor * weight).sum() for tensor, weight in zip(tensors, weights))
        sources = {"x": x} | {variable.op.name: variable for variable in tf.trainable_variables()}
        found = torch.autograd.grad(total, list(sources.values()))
        _check(name, [tensor.detach().numpy() for tensor in tensors], dict(zip(sources, found)))


# The others state the batch themselves, or unstack the steps.
OF_ANY_SIZE = [name for name in CASES if name.startswith(("dynamic", "bidirectional", "stacked"))]
RECORDED = [(name, SHAPE) for name in CASES] + [(name, (None, None, 4)) for name in OF_ANY_SIZE]


@pytest.mark.parametrize(
    ("name", "sizes"),
    RECORDED,
    ids=[f"{name}-{'known' if sizes is SHAPE else 'unknown'}" for name, sizes in RECORDED],
)
def test_recorded_case_gives_what_tensorflow_gives(name, sizes):
    with Graph().as_default():
        x = tf.placeholder(tf.float32, sizes)
        tensors = flat(CASES[name](tf, x, tf.constant(LENGTHS)))
        shapes = EXPECTED["cases"][name]["shapes"]
        if sizes is SHAPE:
            assert [tensor.get_shape().as_list() for tensor in tensors] == shapes
        total = tf.add_n(
            [tf.reduce_sum(t * value_for(f"{name}/R/{i}", shapes[i])) for i, t in enumerate(tensors)]
        )
        sources = {"x": x} | {variable.op.name: variable for variable in tf.trainable_variables()}
        gradients = tf.gradients(total, list(sources.values()))
        with tf.Session() as session:
            _load(name)
            values, found = session.run([tensors, gradients], {x: value_for(name, SHAPE)})
        _check(name, values, dict(zip(sources, found)))


@pytest.mark.parametrize("recorded", [False, True], ids=["real", "recorded"])
@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_tensorflow_refuses(name, recorded):
    words, function = REFUSED[name]
    with Graph().as_default() as graph, nullcontext() if recorded else graph.step():
        x = tf.placeholder(tf.float32, SHAPE) if recorded else torch.zeros(SHAPE)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the type is compared
            function(tf, x)
    assert caught.type.__name__ == EXPECTED["refused"][name]
    assert words in str(caught.value)


def test_golden_file_answers_exactly_the_cases():
    assert set(EXPECTED["cases"]) == set(CASES), REGENERATE
    assert set(EXPECTED["refused"]) == set(REFUSED), REGENERATE


@pytest.mark.parametrize("keep", [0.5, 1.0])
def test_dropout_wrapper_drops_what_it_is_told_to(keep):
    with Graph().as_default() as graph, graph.step():
        cells = tf.nn.rnn_cell
        cell = cells.DropoutWrapper(cells.LSTMCell(400), output_keep_prob=keep, seed=3)
        output, state = cell(torch.ones(2, 3), cell.zero_state(2, tf.float32))
        zeros = float((output == 0).float().mean())
        assert not (state.h == 0).any()
        assert (zeros == 0) == (keep == 1.0)
        assert abs(zeros - (1 - keep)) < 0.1
        kept = output != 0
        torch.testing.assert_close(output[kept] * keep, state.h[kept])


def test_network_compiles_without_a_break():
    def network(x: torch.Tensor) -> torch.Tensor:
        outputs, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, dtype=tf.float32)
        return outputs

    module = slim.Module(network)
    x = torch.randn(2, 3, 4)
    expected = module(x)
    torch.testing.assert_close(torch.compile(module, fullgraph=True, backend="eager")(x), expected)
