"""Training that is killed at any moment goes on, and ends bit for bit where it would have ended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the training process is forked")
@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_training_ends_as_if_nothing_had_happened(tmp_path, kills):
    command = [sys.executable, "tests/kill_trainer.py", os.fspath(tmp_path), str(kills), "1"]
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=600)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    # Otherwise the kills came too early or too late to show anything.
    assert report["kills"] == kills
    assert report["ends"] >= 1
    assert report["resumed_in_the_middle"] > kills // 4
