"""CTC, sampled losses and images of unknown size against TensorFlow 1.15.5.

The programs are in `golden/tf_ctc_programs.py`, `tf_sampling_programs.py` and `tf_unknown_programs.py`, TensorFlow's
answers in `golden/tf_programs.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from test_session_programs import agree

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph

from session_registry import Program, run  # isort: skip - test_session_programs finds the golden folder
import tf_ctc_programs  # isort: skip
import tf_sampling_programs  # isort: skip
import tf_unknown_programs  # isort: skip
from tf_ctc_programs import ROWS, labels, logits  # isort: skip

PROGRAMS = {**tf_ctc_programs.PROGRAMS, **tf_sampling_programs.PROGRAMS, **tf_unknown_programs.PROGRAMS}

EXPECTED = json.loads((Path(__file__).parent / "golden" / "tf_programs.json").read_text())


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_gives_the_facts_that_tensorflow_gives(name):
    got = run(Program(PROGRAMS[name], None, False), tf, slim)
    assert agree(EXPECTED[name], got), (
        f"TensorFlow: {json.dumps(EXPECTED[name])}\nslim_torch: {json.dumps(got)}"
    )


def test_golden_file_answers_exactly_the_programs():
    assert set(EXPECTED) == set(PROGRAMS), "regenerate: python tests/golden/make_tf_programs.py"


def test_loss_and_decoders_on_real_tensors_give_what_tensorflow_gives():
    with Graph().as_default() as graph, graph.step():
        x = torch.from_numpy(logits()).requires_grad_()
        loss = tf.nn.ctc_loss(labels(tf, ROWS), x, torch.tensor([6, 5, 3]))
        (gradient,) = torch.autograd.grad((loss * torch.tensor([1.0, 2.0, 3.0])).sum(), [x])
        (greedy,), scores = tf.nn.ctc_greedy_decoder(x.detach(), torch.tensor([6, 4, 5]))
    expected = EXPECTED["loss"]
    torch.testing.assert_close(loss, torch.tensor(expected[2]), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradient, torch.tensor(expected[3]), rtol=1e-4, atol=1e-6)
    found, wanted_scores = EXPECTED["greedy"]
    assert [greedy.indices.tolist(), greedy.values.tolist(), greedy.dense_shape.tolist()] == found[0][:3]
    torch.testing.assert_close(scores, torch.tensor(wanted_scores), rtol=1e-5, atol=1e-6)
