"""Runs the golden programs of `golden/input_programs.py`; `test_dataset.py` and `test_input_queues.py` share them."""

import json
import sys
from pathlib import Path

import slim_torch as slim
from slim_torch import tf

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import input_programs
import session_registry
from test_session_programs import agree

GOLDEN = Path(__file__).parent / "golden"
REGENERATE = "python tests/golden/make_datasets.py  (with the Python that has TensorFlow 1.15.5)"
EXPECTED = json.loads((GOLDEN / "datasets.json").read_text())
PROGRAMS = input_programs.PROGRAMS


def keys(*beginnings):
    """The programs whose names begin so."""
    return [key for key in PROGRAMS if key.startswith(beginnings)]


def check(key):
    """Asserts that slim_torch gives the facts that TensorFlow gave."""
    assert key in EXPECTED, f"{key} is not in datasets.json; regenerate: {REGENERATE}"
    got = session_registry.run(PROGRAMS[key], tf, slim)
    assert agree(EXPECTED[key], got), (
        f"{key}\n  TensorFlow: {json.dumps(EXPECTED[key])}\n  slim_torch: {json.dumps(got)}\n"
        f"If the program has changed, regenerate: {REGENERATE}"
    )
