"""Runs the programs of `golden/tf_misc_tools.py` under slim_torch and compares with TensorFlow's facts."""

import importlib
import json
import sys
from pathlib import Path

from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import tf_misc_tools as tools  # noqa: E402

for _module in tools.MODULES:
    importlib.import_module(_module)
EXPECTED = json.loads((GOLDEN / "tf_misc.json").read_text())
HOW = "Regenerate with the oracle's Python: cd tests/golden && python make_tf_misc.py"


def programs(module):
    """The keys of a module's programs."""
    keys = [key for key in tools.PROGRAMS if key.startswith(module + ".")]
    assert keys, module
    assert set(tools.PROGRAMS) == set(EXPECTED), HOW
    return keys


def check_program(key):
    """Asserts that a program's facts are TensorFlow's."""
    found = tools.run(tools.PROGRAMS[key], tf)
    assert not isinstance(found, dict), found
    expected = EXPECTED[key]
    assert len(found) == len(expected)
    for place, (ours, theirs) in enumerate(zip(found, expected)):
        assert agree(ours, theirs), f"fact {place}: {ours}, expected {theirs}"


def agree(found, expected):
    """Whether facts are equal; numbers with a fraction to 1e-5 of their size."""
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(agree, found, expected))
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and set(found) == set(expected)
            and all(agree(found[key], expected[key]) for key in expected)
        )
    if isinstance(expected, float) and isinstance(found, float):
        return found == expected or abs(found - expected) <= 1e-5 * abs(expected)
    return type(found) is type(expected) and found == expected
