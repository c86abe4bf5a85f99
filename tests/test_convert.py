"""`checkpoint.convert`: from one format to the other, with less memory than the file takes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import checkpoint
from slim_torch.checkpoint.tensorflow_writer import write_tensorflow
from slim_torch.checkpoint.writing import Entry, entry_of

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "tf_checkpoint"

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "float16",
    "bfloat16",
    "uint32",
    "int32",
    "float32",
    "uint64",
    "int64",
    "float64",
    "complex64",
]


def everything():
    """Every dtype that both formats have, as matrix, scalar and empty tensor."""
    tensors = {}
    for name in DTYPES:
        dtype = getattr(torch, name)
        tensors[f"{name}/matrix"] = torch.arange(6).reshape(2, 3).to(dtype)
        tensors[f"{name}/scalar"] = torch.tensor(1).to(dtype)
        tensors[f"{name}/empty"] = torch.zeros(0, 2).to(dtype)
    return tensors


def training_checkpoint(folder):
    tensors = {
        "net/conv1/weights": torch.randn(2, 3, generator=torch.Generator().manual_seed(1)),
        "net/conv1/weights/Momentum": torch.ones(2, 3),
        "net/conv1/BatchNorm/moving_mean": torch.ones(3),
        "net/conv1/weights/Adam": torch.ones(2, 3),
        "net/conv1/weights/Adam_1": torch.ones(2, 3),
        "net/logits/biases": torch.tensor([1.0, 2.0]),
        "net/logits/biases/RMSProp": torch.ones(2),
        "net/logits/biases/ExponentialMovingAverage": torch.ones(2),
        "beta1_power": torch.tensor(0.9),
        "beta2_power": torch.tensor(0.999),
        "global_step": torch.tensor(41),
    }
    checkpoint.save_safetensors(folder / "train.safetensors", tensors)
    return tensors


MODEL = ["net/conv1/BatchNorm/moving_mean", "net/conv1/weights", "net/logits/biases"]


def read(path):
    with checkpoint.load_checkpoint(path) as reader:
        return {name: reader.get_torch(name) for name in reader}


def same(one, other):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert tensor.dtype == other[name].dtype, name
        assert torch.equal(tensor, other[name]), name


def test_every_dtype_goes_there_and_back_bit_for_bit(tmp_path):
    checkpoint.save_safetensors(tmp_path / "a.safetensors", everything())
    there = checkpoint.convert(tmp_path / "a.safetensors", tmp_path / "b", to="tensorflow")
    assert sorted(os.listdir(tmp_path)) == ["a.safetensors", "b.data-00000-of-00001", "b.index"]
    back = checkpoint.convert(there.path, tmp_path / "c")
    assert back.path == os.fspath(tmp_path / "c.safetensors")
    same(read(tmp_path / "b"), everything())
    same(read(back.path), everything())
    same(checkpoint.load_safetensors(back.path)[0], everything())


@pytest.mark.parametrize("count", [1, 15, 16, 17, 6000], ids=lambda count: f"{count}-tensors")
def test_index_of_any_length_is_read_back(tmp_path, count):
    tensors = {f"layer_{i * 7919 % count}/of/a/long/name/weights": torch.tensor([i]) for i in range(count)}
    write_tensorflow(tmp_path / "m", [entry_of(name, tensor) for name, tensor in tensors.items()])
    same(read(tmp_path / "m"), dict(sorted(tensors.items())))


def test_strings_stay_in_tensorflows_format_and_are_refused_by_the_other(tmp_path):
    texts = [b"", b"abc", b"\xff" * 300]
    entries = [
        Entry("texts", bytes, (3,), lambda: [np.array(texts, object)]),
        Entry("none", bytes, (0,), lambda: [np.array([], object)]),
        Entry("_CHECKPOINTABLE_OBJECT_GRAPH", bytes, (), lambda: [np.array([b"graph"], object)]),
        entry_of("w", torch.ones(2)),
    ]
    write_tensorflow(tmp_path / "m", entries)
    checkpoint.convert(tmp_path / "m", tmp_path / "n", to="tensorflow")
    reader = checkpoint.load_checkpoint(tmp_path / "n")
    assert reader.get_tensor("texts").tolist() == texts
    assert reader.get_tensor("none").tolist() == []
    with pytest.raises(ValueError, match=r"cannot hold.*none \(string\), texts \(string\).*exclude"):
        checkpoint.convert(tmp_path / "m", tmp_path / "m2")
    done = checkpoint.convert(tmp_path / "m", tmp_path / "m2", exclude=["texts", "none"])
    assert done.names == {"w": "w"}
    assert "_CHECKPOINTABLE_OBJECT_GRAPH" in done.left_out


def test_only_model_variables_drops_what_belongs_to_training(tmp_path):
    tensors = training_checkpoint(tmp_path)
    done = checkpoint.convert(tmp_path / "train", tmp_path / "model", only_model_variables=True)
    same(read(done.path), {name: tensors[name] for name in MODEL})
    assert len(done.left_out) == len(tensors) - len(MODEL)
    assert done.nbytes == (3 + 6 + 2) * 4


def test_metadata_tell_the_step_and_the_source(tmp_path):
    training_checkpoint(tmp_path)
    done = checkpoint.convert(tmp_path / "train.safetensors", tmp_path / "model")
    assert checkpoint.load_checkpoint(done.path).metadata == {
        "format": "pt",
        "slim_torch_format": "1",
        "global_step": "41",
        "source": "train.safetensors",
    }


def test_scopes_are_left_out_as_slim_matches_them_and_names_changed_in_order(tmp_path):
    training_checkpoint(tmp_path)
    done = checkpoint.convert(
        tmp_path / "train",
        tmp_path / "model",
        exclude=["net/logits", "beta"],
        only_model_variables=True,
        rename=["^net=model", (r"model/conv(\d)", r"features/\1")],
    )
    assert sorted(read(done.path)) == ["features/1/BatchNorm/moving_mean", "features/1/weights"]
    assert done.names["net/conv1/weights"] == "features/1/weights"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", torch.float16])
def test_only_floating_point_tensors_change_their_dtype(tmp_path, dtype):
    tensors = training_checkpoint(tmp_path)
    done = checkpoint.convert(tmp_path / "train", tmp_path / "half", dtype=dtype)
    torch_dtype = dtype if isinstance(dtype, torch.dtype) else getattr(torch, dtype)
    same(
        read(done.path),
        {n: t.to(torch_dtype) if t.is_floating_point() else t for n, t in tensors.items()},
    )


def test_value_that_does_not_fit_the_dtype_is_an_error_and_no_infinity(tmp_path):
    checkpoint.save_safetensors(
        tmp_path / "a.safetensors", {"ok": torch.tensor([float("inf")]), "w": torch.tensor([1e6])}
    )
    with pytest.raises(ValueError, match=r"'w' has values up to 1e\+06, too large for float16"):
        checkpoint.convert(tmp_path / "a", tmp_path / "b", dtype="float16")
    assert os.listdir(tmp_path) == ["a.safetensors"]
    checkpoint.convert(tmp_path / "a", tmp_path / "b", dtype="bfloat16")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"exclude": ["net/logit/"]}, "fits no name.*net/logits", id="exclude-nothing"),
        pytest.param({"exclude": ["("]}, "not a regular expression", id="exclude-no-expression"),
        pytest.param({"exclude": [""]}, "Nothing of", id="exclude-everything"),
        pytest.param({"rename": ["nothing=x"]}, "'nothing' fits no name", id="rename-nothing"),
        pytest.param({"rename": ["net"]}, "REGEX=REPLACEMENT", id="rename-without-equals"),
        pytest.param({"rename": ["[=x"]}, "not a regular expression", id="rename-no-expression"),
        pytest.param({"rename": [r"net=\1"]}, "cannot replace", id="rename-to-a-missing-group"),
        pytest.param(
            {"rename": [".*/=", "_1$="]},
            r"name of its own.*net/conv1/weights/Adam_1",
            id="rename-to-one-name",
        ),
        pytest.param({"dtype": "int32"}, "expected a floating-point type", id="dtype-of-integers"),
        pytest.param({"to": "onnx"}, "expected one of", id="unknown-format"),
    ],
)
def test_unfit_arguments_are_refused_and_nothing_is_written(tmp_path, arguments, words):
    training_checkpoint(tmp_path)
    with pytest.raises(ValueError, match=words):
        checkpoint.convert(tmp_path / "train", tmp_path / "out", **arguments)
    assert os.listdir(tmp_path) == ["train.safetensors"]


@pytest.mark.parametrize("to", ["safetensors", "tensorflow"])
def test_a_folder_is_no_target(tmp_path, to):
    training_checkpoint(tmp_path)
    for target in (tmp_path, f"{tmp_path}/new/"):
        with pytest.raises(ValueError, match="is a folder"):
            checkpoint.convert(tmp_path / "train", target, to=to)
    assert os.listdir(tmp_path) == ["train.safetensors"]


def test_dtype_that_no_file_can_hold_names_the_tensors(tmp_path):
    write_tensorflow(tmp_path / "m", [entry_of("c", torch.ones(2, dtype=torch.complex128))])
    with pytest.raises(ValueError, match=r"c \(complex128\)"):
        checkpoint.convert(tmp_path / "m", tmp_path / "n")
    with pytest.raises(ValueError, match=r"c \(float8_e5m2\)"):
        write_tensorflow(tmp_path / "n", [entry_of("c", torch.ones(2).to(torch.float8_e5m2))])


def test_damaged_source_leaves_the_target_as_it_was(tmp_path):
    checkpoint.save_safetensors(tmp_path / "m.safetensors", {"a": torch.ones(4), "b": torch.ones(1000)})
    prefix = checkpoint.convert(tmp_path / "m", tmp_path / "t", to="tensorflow").path
    data = tmp_path / "t.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1] + b"\1")
    before = (tmp_path / "m.safetensors").read_bytes()
    with pytest.raises(checkpoint.CheckpointError, match="'b'"):
        checkpoint.convert(prefix, tmp_path / "m.safetensors")
    assert (tmp_path / "m.safetensors").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["m.safetensors", "t.data-00000-of-00001", "t.index"]


def test_what_tensorflow_wrote_comes_back_byte_for_byte(tmp_path):
    for name in ("v2/model.ckpt-300", "v1/model.ckpt-300"):
        checkpoint.convert(EXAMPLE / name, tmp_path / "m", to="tensorflow")
        for suffix in (".index", ".data-00000-of-00001"):
            written = Path(f"{tmp_path / 'm'}{suffix}").read_bytes()
            assert written == Path(f"{EXAMPLE / 'v2/model.ckpt-300'}{suffix}").read_bytes()


PROGRAM = """
import json, resource, sys
from slim_torch import checkpoint
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
checkpoint.convert(sys.argv[1], sys.argv[2], **json.loads(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        pytest.param("safetensors", {}, id="copied"),
        pytest.param("tensorflow", {}, id="from-tensorflow"),
        pytest.param("safetensors", {"to": "tensorflow"}, id="to-tensorflow"),
        pytest.param("tensorflow", {"dtype": "float16"}, id="other-dtype"),
    ],
)
def test_memory_stays_under_the_largest_tensor_and_200_megabytes(tmp_path, source, arguments):
    largest = 64 * 10**6
    tensors = {f"w{i}": torch.zeros(largest // 4).fill_(i) for i in range(8)}
    checkpoint.save_safetensors(tmp_path / "m.safetensors", tensors)
    path = tmp_path / "m.safetensors"
    if source == "tensorflow":
        path = checkpoint.convert(path, tmp_path / "m2", to="tensorflow").path
    del tensors
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        os.fspath(path),
        os.fspath(tmp_path / "out"),
        json.dumps(arguments),
    ]
    output = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=True).stdout
    # Kilobytes beyond what importing took; the whole is 512 MB.
    assert int(output) * 1024 < largest + 100 * 10**6
    for file in tmp_path.iterdir():
        file.unlink()
