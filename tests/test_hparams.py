"""HParams answers as TensorFlow 1.15.5's (`golden/make_hparams.py`)."""

import copy
import json
import sys
from pathlib import Path

import pytest

from slim_torch.hparams import HParams, parse_values

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import hparams_cases  # noqa: E402

EXPECTED = json.loads((GOLDEN / "hparams.json").read_text())


@pytest.mark.parametrize("name", hparams_cases.CASES)
def test_answer_is_tensorflows(name):
    got = hparams_cases.answer(hparams_cases.CASES[name], HParams, parse_values)
    assert json.loads(json.dumps(got)) == EXPECTED[name]


def test_every_case_has_an_answer():
    assert EXPECTED.keys() == hparams_cases.CASES.keys()


def test_copies_are_of_their_own():
    first = HParams(layers=[1, 2])
    second = copy.deepcopy(first)
    second.layers.append(3)
    assert first.layers == [1, 2]


def test_a_definition_says_what_to_do():
    with pytest.raises(TypeError, match="by name"):
        HParams({"lr": 0.1})
