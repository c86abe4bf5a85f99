"""Evaluations answer, log and call hooks as TensorFlow 1.15.5's; programs and answers are in `golden/evaluation*`."""

import json
import logging
import sys
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf, training

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import evaluation_programs  # noqa: E402

EXPECTED = json.loads((GOLDEN / "evaluation.json").read_text())
REGENERATE = "python3.7 tests/golden/make_evaluation.py (needs TensorFlow 1.15.5)"


@pytest.fixture(autouse=True)
def _writers_closed():
    yield
    tf.summary.FileWriterCache.clear()


def assert_close(got, expected):
    """The same structure, and numbers that differ by 1e-5 at most."""
    if isinstance(expected, float) and isinstance(got, (int, float)):
        assert got == pytest.approx(expected, rel=1e-5, abs=1e-7)
        return
    assert type(got) is type(expected), (got, expected)
    if isinstance(expected, list):
        assert len(got) == len(expected), (got, expected)
        for one, other in zip(got, expected):
            assert_close(one, other)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key in expected:
            assert_close(got[key], expected[key])
    else:
        assert got == expected


@pytest.mark.parametrize("name", evaluation_programs.PROGRAMS)
def test_program_answers_as_tensorflow_did(name, tmp_path):
    assert name in EXPECTED, f"no golden answer; regenerate: {REGENERATE}"
    tools = evaluation_programs.Tools(tf, slim, training, str(tmp_path))
    got = evaluation_programs.run(evaluation_programs.PROGRAMS[name], tools, logging.getLogger("slim_torch"))
    expected = EXPECTED[name]
    assert got["noted"] == expected["noted"]
    assert_close(json.loads(json.dumps(got["value"])), expected["value"])
    assert_close(json.loads(json.dumps(got["events"])), expected["events"])


def test_every_recorded_program_still_exists():
    assert EXPECTED.keys() == evaluation_programs.PROGRAMS.keys(), f"regenerate: {REGENERATE}"
