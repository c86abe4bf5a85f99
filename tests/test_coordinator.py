"""Coordinators and looping threads: programs that TensorFlow 1.15.5 was asked too (`golden/make_supervisor.py`)."""

import json
import sys
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import session_registry  # noqa: E402
import supervisor_programs  # noqa: E402

EXPECTED = json.loads((GOLDEN / "supervisor.json").read_text())
NAMES = [name for name in supervisor_programs.PROGRAMS if name.startswith("coordinator")]


@pytest.mark.parametrize("name", NAMES)
def test_program(name):
    assert session_registry.run(supervisor_programs.PROGRAMS[name], tf, slim) == EXPECTED[name]
