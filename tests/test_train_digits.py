"""`examples/train_digits.py`, run as a user runs it, and the data that it ships with."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent


def run(*arguments):
    command = [sys.executable, str(ROOT / "examples" / "train_digits.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)


def test_digits_file_holds_the_uci_test_set():
    with np.load(ROOT / "examples" / "data" / "digits.npz", allow_pickle=False) as data:
        images, labels = data["images"], data["labels"]
    assert images.shape == (1797, 8, 8)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 16)
    # The class counts that UCI gives for optdigits.tes.
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_example_trains_resumes_and_reloads(tmp_path):
    # Too few steps for the goal: the example says so, and its status tells.
    first = run("--steps", 2, "--logdir", tmp_path)
    assert first.returncode == 1
    assert "FAILED: the accuracy on the test digits is below 97%" in first.stderr
    assert re.search(r"global step 1: loss = \d+\.\d{4} \(\d+\.\d{3} sec/step\)", first.stderr)

    second = run("--steps", 160, "--logdir", tmp_path)
    assert "Restoring parameters from" in second.stderr
    assert "global step 160: loss" in second.stderr
    table = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in second.stdout.strip().splitlines())
    tested = float(table["accuracy on 360 test digits"].rstrip("%"))
    # A quarter of the steps is enough to learn most of it; the goal itself is for the full run.
    assert tested > 90
    assert table["the same, checkpoint in a fresh graph"] == table["accuracy on 360 test digits"]
    assert (tmp_path / "model.ckpt-160.safetensors").is_file()


@pytest.mark.parametrize("arguments", [("--steps", 0), ("--batch_size", "many")])
def test_example_refuses_unfit_arguments(tmp_path, arguments):
    result = run("--logdir", tmp_path, *arguments)
    assert result.returncode != 0
    assert re.search("positive number|invalid int value", result.stderr)
