"""Scopes, names, arg_scope and variables: slim_torch gives the facts that TensorFlow 1.15.5 gave.

The programs are in `golden/*_programs.py`, TensorFlow's answers in `golden/programs.json`. Each program
runs in a fresh graph; the answers must be equal, and errors must have TensorFlow's type and telling words.
"""

import json
import sys
from pathlib import Path

import pytest
import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import program_registry

GOLDEN = Path(__file__).parent / "golden"
REGENERATE = "python tests/golden/make_programs.py  (with the Python that has TensorFlow 1.15.5)"
PROGRAMS = program_registry.load_programs()
EXPECTED = json.loads((GOLDEN / "programs.json").read_text())


def zeros(*shape: int, dtype: str = "float32") -> torch.Tensor:
    return torch.zeros(shape, dtype=getattr(torch, dtype))


def difference(key: str, expected: object, got: object) -> str:
    return (
        f"{key}\n  TensorFlow: {json.dumps(expected)}\n  slim_torch: {json.dumps(got)}\n"
        f"If the program has changed, regenerate: {REGENERATE}"
    )


@pytest.mark.parametrize("key", PROGRAMS)
def test_program_gives_the_facts_that_tensorflow_gives(key):
    assert key in EXPECTED, f"{key} is not in programs.json; regenerate: {REGENERATE}"
    expected, entry = EXPECTED[key], PROGRAMS[key]
    with Graph().as_default():
        got = program_registry.run(entry, tf, slim, zeros)
    if entry.words is None:
        assert got == expected, difference(key, expected, got)
        return
    assert isinstance(got, dict), difference(key, expected, got)
    assert got.get("error") == expected["error"], difference(key, expected, got)
    missing = [word for word in expected["words"] if word not in got["message"]]
    assert not missing, f"words {missing} are missing: " + difference(key, expected, got)


def test_every_recorded_program_still_exists():
    assert set(EXPECTED) == set(PROGRAMS), f"regenerate: {REGENERATE}"


def test_at_least_sixty_programs_and_a_dozen_errors_are_covered():
    assert len(PROGRAMS) >= 60
    assert sum(entry.words is not None for entry in PROGRAMS.values()) >= 12
