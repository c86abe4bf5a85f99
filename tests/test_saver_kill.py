"""A process that is killed while it saves leaves the last complete checkpoint, bit for bit."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the saving process is forked")
@pytest.mark.parametrize("kills", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_saver_leaves_the_last_complete_checkpoint(tmp_path, kills):
    command = [sys.executable, "tests/kill_saver.py", os.fspath(tmp_path), str(kills), "1"]
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=600)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    # Otherwise the kills came too early or too late to show anything.
    assert report["saved"] > kills // 4
    assert report["half_written"] > kills // 20
