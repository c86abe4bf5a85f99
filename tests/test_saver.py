"""Restoring and saving give the facts that TensorFlow 1.15.5 gave, and keep the promises that go beyond.

The programs are in `golden/saver_programs.py`, TensorFlow's answers in `golden/saver.json`. Each runs in a
fresh graph and folder; answers must be equal, and errors must have the telling words.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf
from slim_torch.graph import Graph

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import saver_programs

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = json.loads((GOLDEN / "saver.json").read_text())
REGENERATE = "python tests/golden/make_saver.py  (with the Python that has TensorFlow 1.15.5)"

# TensorFlow has errors of its own; Python's stand for them here.
ERRORS = {"NotFoundError": (ValueError, FileNotFoundError), "InvalidArgumentError": ValueError}
# A folder without a checkpoint: there is a better error in Python than ValueError.
OTHER_ERRORS = {"loading_an_empty_folder": (FileNotFoundError, ["checkpoint"])}


class Kit:
    """Our side of the programs: no sessions, and safetensors files."""

    def __init__(self, folder):
        self.folder = os.fspath(folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    @contextlib.contextmanager
    def session(self):
        yield None

    def get(self, session, variable):
        return variable.tolist()

    def set(self, session, variable, value):
        variable.assign(value)

    def assign(self, session, pair):
        assign_op, feed_dict = pair
        assign_op()
        return sorted(array.tolist() for array in feed_dict.values())

    def relative(self, path):
        return os.path.relpath(path, self.folder)

    def files(self):
        return sorted(name.removesuffix(".safetensors") for name in os.listdir(self.folder))

    def text(self, name="checkpoint"):
        return Path(self.folder, name).read_text()

    def state(self, name="checkpoint"):
        # Our paths are relative where TensorFlow's are as they were given.
        return [
            line.replace(' "', ' "FOLDER/')
            for line in self.text(name).splitlines()
            if "timestamp" not in line
        ]


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def difference(key, expected, got):
    return (
        f"{key}\n  TensorFlow: {json.dumps(expected)}\n  slim_torch: {json.dumps(got)}\n"
        f"If the program has changed, regenerate: {REGENERATE}"
    )


@pytest.mark.parametrize("key", saver_programs.PROGRAMS)
def test_program_gives_the_facts_that_tensorflow_gives(key, tmp_path):
    assert key in EXPECTED, f"{key} is not in saver.json; regenerate: {REGENERATE}"
    entry, expected = saver_programs.PROGRAMS[key], EXPECTED[key]
    if entry.words is None:
        got = saver_programs.run(entry, tf, slim, Kit(tmp_path))
        assert got == expected, difference(key, expected, got)
        return
    error, words = OTHER_ERRORS.get(key) or (
        ERRORS.get(expected["error"]) or getattr(__import__("builtins"), expected["error"]),
        expected["words"],
    )
    with pytest.raises(error) as raised:
        entry.function(tf, slim, Kit(tmp_path))
    missing = [word for word in words if word not in str(raised.value)]
    assert not missing, f"words {missing} are missing: {raised.value}"


def test_every_recorded_program_still_exists():
    assert set(EXPECTED) == set(saver_programs.PROGRAMS), f"regenerate: {REGENERATE}"


def variable(name, value, dtype=np.float32):
    return tf.get_variable(name, initializer=np.array(value, dtype))


# What is written


def test_checkpoint_is_a_plain_safetensors_file_with_tensorflows_names_shapes_and_metadata(tmp_path):
    weights = tf.get_variable(
        "conv1/weights",
        [3, 3, 2, 4],
        initializer=lambda shape, dtype=None: torch.arange(72.0).reshape(shape),
        memory_order=(3, 0, 1, 2),
    )
    variable("global_step", 7, np.int64)
    prefix = tf.train.Saver().save(None, tmp_path / "model.ckpt", global_step=7)
    assert prefix == os.path.join(tmp_path, "model.ckpt-7")
    tensors = safetensors.torch.load_file(prefix + ".safetensors")
    assert set(tensors) == {"conv1/weights", "global_step"}
    assert torch.equal(tensors["conv1/weights"], weights.detach())
    assert tensors["global_step"].item() == 7
    with safetensors.safe_open(prefix + ".safetensors", framework="pt") as file:
        assert file.metadata() == {"format": "pt", "slim_torch_format": "1", "global_step": "7"}


def test_names_of_any_script_and_length_survive(tmp_path):
    names = [
        "gewicht/\u00e4\u00f6\u00fc",
        "\u6a21\u578b/\u6743\u91cd",
        "long/" + "x" * 5000,
        "emoji/\U0001f600",
        'quote"\\s',
    ]
    values = {name: torch.full((2,), float(number)) for number, name in enumerate(names)}
    checkpoint.save_safetensors(tmp_path / "m.safetensors", values)
    reader = checkpoint.load_checkpoint(tmp_path / "m")
    assert sorted(reader) == sorted(names)
    assert all(np.array_equal(reader.get_tensor(name), values[name]) for name in names)
    (tmp_path / "tf").mkdir()
    checkpoint.convert(tmp_path / "m.safetensors", tmp_path / "tf" / "m", to="tensorflow")
    assert sorted(checkpoint.load_checkpoint(tmp_path / "tf" / "m")) == sorted(names)


@pytest.mark.parametrize(
    "dtype",
    [
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "complex64",
    ],
)
def test_every_dtype_comes_back(tmp_path, dtype):
    torch_dtype = getattr(torch, dtype)
    value = tf.get_variable("v", initializer=torch.arange(6).reshape(2, 3).to(torch_dtype))
    scalar = tf.get_variable("s", initializer=torch.tensor(1).to(torch_dtype))
    empty = tf.get_variable("e", initializer=torch.zeros(0, 3).to(torch_dtype))
    saver = tf.train.Saver()
    prefix = saver.save(None, tmp_path / "m")
    kept = [x.detach().clone() for x in (value, scalar, empty)]
    for x in (value, scalar, empty):
        x.assign(torch.zeros_like(x))
    saver.restore(None, prefix)
    assert all(torch.equal(x, y) for x, y in zip((value, scalar, empty), kept))
    assert [x.dtype for x in (value, scalar, empty)] == [torch_dtype] * 3


def test_partitions_are_saved_as_one_variable_and_restored(tmp_path):
    parts = [variable("w/part_0", [[1, 2], [3, 4]]), variable("w/part_1", [[5, 6]])]
    saver = tf.train.Saver({"w": parts})
    prefix = saver.save(None, tmp_path / "m")
    assert tf.train.load_variable(prefix, "w").tolist() == [[1, 2], [3, 4], [5, 6]]
    for part in parts:
        part.assign(torch.zeros_like(part))
    saver.restore(None, prefix)
    assert [part.tolist() for part in parts] == [[[1, 2], [3, 4]], [[5, 6]]]


def test_restored_variable_keeps_its_layout_in_memory(tmp_path):
    weights = tf.get_variable("w", [3, 3, 2, 4], memory_order=(3, 0, 1, 2))
    strides = weights.stride()
    saver = tf.train.Saver()
    saver.restore(None, saver.save(None, tmp_path / "m"))
    assert weights.stride() == strides


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_variables_on_a_gpu_are_saved_and_restored_in_place(tmp_path, graph):
    weights = tf.get_variable("w", [3, 3, 2, 4], memory_order=(3, 0, 1, 2), device="cuda")
    address, strides, value = weights.data_ptr(), weights.stride(), weights.detach().clone()
    saver = tf.train.Saver()
    prefix = saver.save(None, tmp_path / "m")
    for restore in (
        lambda: saver.restore(None, prefix),
        slim.assign_from_checkpoint_fn(prefix, [weights]),
        slim.assign_from_checkpoint(prefix, [weights])[0],
        lambda: tf.train.init_from_checkpoint(prefix, {"/": "/"}),
    ):
        weights.assign(torch.zeros_like(weights))
        restore()
        assert torch.equal(weights, value)
        assert (weights.data_ptr(), weights.stride(), weights.device.type) == (address, strides, "cuda")


# Folders


def test_folder_can_be_moved(tmp_path):
    variable("a", [1, 2])
    (tmp_path / "old").mkdir()
    saver = tf.train.Saver()
    for step in (1, 2):
        saver.save(None, tmp_path / "old" / "m", global_step=step)
    moved = (tmp_path / "old").rename(tmp_path / "new")
    assert tf.train.latest_checkpoint(moved) == os.path.join(moved, "m-2")
    state = tf.train.get_checkpoint_state(moved)
    assert list(state.all_model_checkpoint_paths) == [os.path.join(moved, f"m-{step}") for step in (1, 2)]
    saver.restore(None, tf.train.latest_checkpoint(moved))


def test_relative_paths_and_a_home_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    a = variable("a", [1, 2])
    saver = tf.train.Saver()
    assert saver.save(None, "m", global_step=1) == "m-1"
    assert saver.save(None, "run/m", global_step=1) == "run/m-1"
    assert Path("run/checkpoint").read_text().startswith('model_checkpoint_path: "m-1"\n')
    assert tf.train.latest_checkpoint("run") == os.path.join("run", "m-1")
    a.assign([0, 0])
    saver.restore(None, tf.train.latest_checkpoint("."))
    assert a.tolist() == [1, 2]


def test_what_train_saves_is_found_and_restored_like_everything_else(tmp_path):
    import functools

    def loss():
        return (tf.get_variable("x", initializer=np.ones(2, np.float32)) ** 2).sum()

    op = slim.learning.create_train_op(loss, functools.partial(torch.optim.SGD, lr=0.1, momentum=0.9))
    slim.learning.train(op, tmp_path, number_of_steps=3)
    trained = op.variables[0].tolist()
    with Graph().as_default():
        x = variable("x", [0, 0])
        tf.train.Saver().restore(None, tf.train.latest_checkpoint(tmp_path))
        assert x.tolist() == trained
    assert tf.train.checkpoint_exists(tmp_path / "model.ckpt-3")


def test_removed_checkpoint_of_tensorflow_is_gone_completely(tmp_path):
    for name in ("m-1.index", "m-1.data-00000-of-00001", "m-1.meta", "m-10.index", "m-1.data-notes"):
        (tmp_path / name).touch()
    tf.train.remove_checkpoint(tmp_path / "m-1")
    assert sorted(os.listdir(tmp_path)) == ["m-1.data-notes", "m-10.index"]


def test_glob_characters_in_a_path_are_ordinary(tmp_path):
    folder = tmp_path / "run[1]*"
    folder.mkdir()
    variable("a", [1, 2])
    saver = tf.train.Saver(max_to_keep=1)
    for step in (1, 2):
        saver.save(None, folder / "m", global_step=step)
    assert sorted(os.listdir(folder)) == ["checkpoint", "m-2.safetensors"]
    saver.restore(None, tf.train.latest_checkpoint(folder))


# Failures


def test_failed_save_leaves_the_previous_checkpoint_the_latest(tmp_path, monkeypatch):
    variable("a", [1, 2])
    saver = tf.train.Saver(max_to_keep=1)
    saver.save(None, tmp_path / "m", global_step=1)

    def full(*arguments):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="no space left"):
            saver.save(None, tmp_path / "m", global_step=2)
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "m-1.safetensors"]
    assert tf.train.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "m-1")


@pytest.mark.parametrize("step", ["7", 1.5, b"1"])
def test_step_that_is_no_integer_is_refused(tmp_path, step):
    variable("a", [1])
    with pytest.raises(TypeError, match="global_step is"):
        tf.train.Saver().save(None, tmp_path / "m", global_step=step)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("", "is a folder. Pass latest_checkpoint", id="folder"),
        pytest.param("m-2", r"m-2.*is not there.*m-1", id="another-step"),
    ],
)
def test_restoring_what_is_no_checkpoint_says_what_to_do(tmp_path, name, words):
    variable("a", [1])
    saver = tf.train.Saver()
    saver.save(None, tmp_path / "m", global_step=1)
    with pytest.raises(ValueError, match=words):
        saver.restore(None, tmp_path / name)


def test_what_only_a_tensorflow_graph_has_is_refused():
    variable("a", [1])
    with pytest.raises(NotImplementedError, match="saver_def"):
        tf.train.Saver(saver_def=object())
    with pytest.raises(TypeError, match="expected a list"):
        tf.train.Saver().set_last_checkpoints(("m-1",))
