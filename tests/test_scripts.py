"""Complete TensorFlow 1 scripts run on slim_torch and give TensorFlow's names and numbers.

The scripts are in `golden/scripts/`, TensorFlow's answers in `golden/scripts.json` and `scripts.npz`. Names,
static shapes, order of variables and integers must be equal; floating-point numbers agree within 1e-4 of
the largest magnitude of their array, as all of them come out of whole networks.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.nets import resnet_v1

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import script_tools

REGENERATE = "TF_CPP_MIN_LOG_LEVEL=3 python3.7 tests/golden/make_scripts.py (needs TensorFlow 1.15.5)"
TOLERANCE = 1e-4
EXPECTED = script_tools.load()


@pytest.mark.parametrize("script", script_tools.SCRIPTS)
def test_script_gives_the_names_and_numbers_that_tensorflow_gives(script, tmp_path):
    assert script in EXPECTED, f"no golden answer for {script}; regenerate: {REGENERATE}"
    facts, numbers = EXPECTED[script]
    with Graph().as_default():
        got, ours = script_tools.run(script, tf, slim, script_tools.Kit(tf, str(tmp_path), resnet_v1))
    for label, fact in facts.items():
        assert got.get(label) == fact, label
    assert got.keys() == facts.keys()
    for label, wanted in numbers.items():
        exact = facts[label][0] == "exact"
        scale = np.abs(wanted).max(initial=0.0)
        atol = 0.0 if exact else TOLERANCE * scale
        np.testing.assert_allclose(ours[label], wanted, rtol=0, atol=atol, err_msg=label)


def test_every_recorded_script_still_exists():
    assert set(EXPECTED) == set(script_tools.SCRIPTS), f"regenerate: {REGENERATE}"
    assert sum(array.size for _, numbers in EXPECTED.values() for array in numbers.values()) > 5000
