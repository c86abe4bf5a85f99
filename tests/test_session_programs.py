"""Sessions: slim_torch gives the facts that TensorFlow 1.15.5 gave.

The programs are in `golden/session_programs_*.py`, TensorFlow's answers in `golden/session_programs.json`.
Each program runs in a fresh graph; names, shapes, orders and errors (type and telling words) must be equal,
floating point numbers within 1e-5.
"""

import json
import math
import sys
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import session_registry

GOLDEN = Path(__file__).parent / "golden"
REGENERATE = "python tests/golden/make_session_programs.py  (with the Python that has TensorFlow 1.15.5)"
PROGRAMS = session_registry.load_programs()
EXPECTED = json.loads((GOLDEN / "session_programs.json").read_text())


def agree(expected: object, got: object) -> bool:
    """Equal in type and value; floating point numbers within 1e-5 (relative; 1e-6 absolute around zero)."""
    if type(expected) is not type(got):
        return False
    if isinstance(expected, float):
        close = math.isclose(expected, got, rel_tol=1e-5, abs_tol=1e-6)
        return close or (math.isnan(expected) and math.isnan(got))
    if isinstance(expected, list):
        return len(expected) == len(got) and all(map(agree, expected, got))
    if isinstance(expected, dict):
        return expected.keys() == got.keys() and all(agree(expected[key], got[key]) for key in expected)
    return expected == got


def difference(key: str, expected: object, got: object) -> str:
    return (
        f"{key}\n  TensorFlow: {json.dumps(expected)}\n  slim_torch: {json.dumps(got)}\n"
        f"If the program has changed, regenerate: {REGENERATE}"
    )


# What is known to differ, and is said in docs/sessions.md.
DIFFERENT = {
    "assignments.variable_of_unknown_shape": "variables of unknown shape are not supported",
    "shapes.reshape_static_shapes": "a reshape of unknown rank to a shape of unknown length has one axis, unknown",
}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(
            key, marks=[pytest.mark.xfail(reason=DIFFERENT[key], strict=True)] if key in DIFFERENT else []
        )
        for key in PROGRAMS
    ],
)
def test_program_gives_the_facts_that_tensorflow_gives(key):
    assert key in EXPECTED, f"{key} is not in session_programs.json; regenerate: {REGENERATE}"
    expected, entry = EXPECTED[key], PROGRAMS[key]
    got = session_registry.run(entry, tf, slim)
    if entry.words is None:
        assert agree(expected, got), difference(key, expected, got)
        return
    assert isinstance(got, dict), difference(key, expected, got)
    assert got.get("error") == expected["error"], difference(key, expected, got)
    missing = [word for word in expected["words"] if word not in got["message"]]
    assert not missing, f"words {missing} are missing: " + difference(key, expected, got)


def test_every_recorded_program_still_exists():
    assert set(EXPECTED) == set(PROGRAMS), f"regenerate: {REGENERATE}"


def test_at_least_500_programs_are_covered():
    assert len(PROGRAMS) >= 500


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        pytest.param([1.0, {"a": None}], [1.000001, {"a": None}], True, id="within-tolerance"),
        pytest.param([1.0], [1.0001], False, id="beyond-tolerance"),
        pytest.param([1, True], [1.0, True], False, id="int-is-not-float"),
        pytest.param([1], [True], False, id="int-is-not-bool"),
        pytest.param([1, 2], [1], False, id="shorter-list"),
        pytest.param({"a": 1}, {"b": 1}, False, id="other-key"),
        pytest.param([float("nan")], [float("nan")], True, id="both-nan"),
        pytest.param(["x:0"], ["x_1:0"], False, id="other-name"),
    ],
)
def test_comparison_of_facts(expected, got, same):
    assert agree(expected, got) is same
