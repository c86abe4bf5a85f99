"""`examples/load_tf_checkpoint.py`, run as a user runs it, on both of TensorFlow's formats."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch

from slim_torch import checkpoint

ROOT = Path(__file__).parents[1]
FILES = ROOT / "examples" / "tf_checkpoint"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_example_reads_tests_trains_on_and_exports(tmp_path, version):
    program = ROOT / "examples" / "load_tf_checkpoint.py"
    path = FILES / version / "model.ckpt-300"
    command = [sys.executable, program, "--checkpoint", path, "--steps", "40", "--folder", tmp_path]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    said = json.loads((FILES / "accuracy.json").read_text())
    assert f"right here                      {said['right']} (loss {said['loss']:.4f})" in result.stdout
    latest = checkpoint.latest_checkpoint(tmp_path)
    assert checkpoint.load_variable(latest, "global_step") == 340
    tensors = safetensors.torch.load_file(tmp_path / "digits.safetensors")
    assert len(tensors) == 18
    assert not [name for name in tensors if "Momentum" in name or "global_step" in name]


def test_both_formats_hold_the_same():
    v1, v2 = (checkpoint.load_checkpoint(FILES / folder) for folder in ("v1", "v2"))
    assert (v1.kind, v2.kind) == ("V1", "V2")
    assert list(v1) == list(v2)
    for name in v1:
        assert v1.get_tensor(name).tobytes() == v2.get_tensor(name).tobytes()
    assert v2.get_tensor("global_step") == 300
    assert all("Momentum" in slots for slots in checkpoint.optimizer_slots(v2).values())
