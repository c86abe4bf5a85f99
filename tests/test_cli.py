"""The command `slim-torch`, as users type it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import checkpoint, cli
from slim_torch.checkpoint.tensorflow_writer import write_tensorflow
from slim_torch.checkpoint.writing import Entry, entry_of

ROOT = Path(__file__).parents[1]


@pytest.fixture
def prefix(tmp_path):
    """A small training checkpoint in TensorFlow's format."""
    entries = [
        entry_of("net/conv1/weights", torch.arange(6.0).reshape(2, 3)),
        entry_of("net/conv1/weights/Momentum", torch.zeros(2, 3)),
        entry_of("net/logits/biases", torch.tensor([1.0, float("nan")])),
        entry_of("global_step", torch.tensor(7)),
        Entry("note", bytes, (2,), lambda: [np.array([b"one", b"two"], object)]),
    ]
    (tmp_path / "run").mkdir()
    write_tensorflow(tmp_path / "run" / "model.ckpt-7", entries)
    checkpoint.update_checkpoint_state(tmp_path / "run", os.fspath(tmp_path / "run" / "model.ckpt-7"))
    return os.fspath(tmp_path / "run" / "model.ckpt-7")


def run(capsys, *arguments):
    code = cli.main([os.fspath(argument) for argument in arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_inspect_lists_names_shapes_dtypes_sizes_and_totals(capsys, prefix):
    code, out, err = run(capsys, "inspect", prefix)
    assert (code, err) == (0, "")
    assert out == (
        "name                        shape   dtype    size\n"
        "global_step                 []      int64     8 B\n"
        "net/conv1/weights           [2, 3]  float32  24 B\n"
        "net/conv1/weights/Momentum  [2, 3]  float32  24 B\n"
        "net/logits/biases           [2]     float32   8 B\n"
        "note                        [2]     string\n"
        "\n"
        f"{prefix}: V2, 5 tensors, 64 B\n"
        "model: 3 tensors, 10 values, 32 B\n"
        "training: 2 tensors, 7 values, 32 B (Momentum)\n"
    )


@pytest.mark.parametrize("spelling", ["{}", "{}.index", "{}.data-00000-of-00001", "{folder}"])
def test_inspect_takes_a_prefix_a_file_or_a_folder(capsys, prefix, spelling):
    code, out, _ = run(capsys, "inspect", spelling.format(prefix, folder=os.path.dirname(prefix)))
    assert code == 0
    assert "5 tensors" in out


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "net/conv1/weights",
            [
                "net/conv1/weights: shape [2, 3], float32, 24 B",
                # The numbers 0 to 5: the variance is 35/12.
                "min 0, max 5, mean 2.5, std 1.70783, 1 zeros",
                "[[0. 1. 2.]",
                " [3. 4. 5.]]",
            ],
        ),
        (
            "net/logits/biases:0",
            [
                "net/logits/biases: shape [2], float32, 8 B",
                "min 1, max 1, mean 1, std 0, 0 zeros, 1 not finite",
                "[ 1. nan]",
            ],
        ),
        ("global_step", ["global_step: shape [], int64, 8 B", "min 7, max 7, mean 7, std 0, 0 zeros", "7"]),
        ("note", ["note: shape [2], string", "[b'one' b'two']"]),
    ],
)
def test_inspect_prints_values_and_statistics_of_a_tensor(capsys, prefix, name, lines):
    code, out, _ = run(capsys, "inspect", prefix, "--tensor", name)
    assert code == 0
    assert out.splitlines() == lines


def test_convert_writes_what_is_asked_for(capsys, prefix, tmp_path):
    code, out, err = run(
        capsys,
        *("convert", prefix, tmp_path / "model.safetensors", "--only-model-variables", "--exclude", "note"),
        *("--rename", "^net/=", "--dtype", "float16"),
    )
    assert (code, err) == (0, "")
    assert out == f"{tmp_path / 'model.safetensors'}: 2 tensors, 16 B, 3 left out\n"
    tensors, metadata = checkpoint.load_safetensors(tmp_path / "model.safetensors")
    assert {name: tensor.dtype for name, tensor in tensors.items()} == {
        "conv1/weights": torch.float16,
        "logits/biases": torch.float16,
    }
    assert metadata["global_step"] == "7"
    assert metadata["source"] == "model.ckpt-7"
    code, out, _ = run(
        capsys, "convert", tmp_path / "model.safetensors", tmp_path / "back", "--to", "tensorflow"
    )
    assert (code, out) == (0, f"{tmp_path / 'back'}: 2 tensors, 16 B\n")
    assert checkpoint.load_checkpoint(tmp_path / "back").kind == "V2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ["inspect", "{folder}/nothing"], "is not there. The folder has 'model.ckpt-7'", id="missing"
        ),
        pytest.param(
            ["inspect", "{prefix}", "--tensor", "net/conv1/weight"],
            "near to it are net/conv1/weights",
            id="tensor",
        ),
        pytest.param(["inspect", __file__], "expected a checkpoint", id="foreign"),
        pytest.param(["inspect", ""], "is not there", id="empty"),
        pytest.param(
            ["convert", "{prefix}", "{folder}/no/folder/m", "--exclude", "note"],
            "No such file or directory",
            id="no-folder",
        ),
        pytest.param(
            ["convert", "{prefix}", "{folder}/m"], "cannot hold the dtypes of: note (string)", id="strings"
        ),
        pytest.param(["convert", "{prefix}", "{folder}/m", "--exclude", "x"], "fits no name", id="exclude"),
        pytest.param(
            ["convert", "{prefix}", "{folder}/m", "--rename", "x"], "REGEX=REPLACEMENT", id="rename"
        ),
        pytest.param(["convert", "{prefix}", "{folder}/m", "--dtype", "foo"], "'foo' to a dtype", id="dtype"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, prefix, arguments, words):
    before = sorted(os.listdir(os.path.dirname(prefix)))
    code, out, err = run(
        capsys, *(a.format(prefix=prefix, folder=os.path.dirname(prefix)) for a in arguments)
    )
    assert (code, out) == (2, "")
    assert err.startswith("slim-torch: error: ")
    assert err.count("\n") == 1
    assert words in err
    assert sorted(os.listdir(os.path.dirname(prefix))) == before


@pytest.mark.parametrize("arguments", [[], ["inspect"], ["burn", "x"], ["convert", "a", "b", "--to", "x"]])
def test_wrong_usage_is_exit_code_2(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: slim-torch" in capsys.readouterr().err


def test_names_cannot_command_the_terminal(capsys, tmp_path):
    checkpoint.save_safetensors(tmp_path / "m.safetensors", {"a\x1b[2J\n/\u00e9": torch.ones(1)})
    code, out, _ = run(capsys, "inspect", tmp_path / "m")
    assert code == 0
    assert "\\x1b[2J\\n/\u00e9" in out


def command(arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "slim_torch", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_module_runs_as_a_command_also_where_output_is_ascii(tmp_path):
    checkpoint.save_safetensors(tmp_path / "m.safetensors", {"\u00e9": torch.ones(1)})
    with command(["inspect", os.fspath(tmp_path / "m")], PYTHONIOENCODING="ascii") as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"\\xe9" in out


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    tensors = {f"layer_{i}/weights/of/a/long/name": torch.ones(1) for i in range(5000)}
    checkpoint.save_safetensors(tmp_path / "m.safetensors", tensors)
    with command(["inspect", os.fspath(tmp_path / "m")]) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
