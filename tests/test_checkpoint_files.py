"""`slim_torch.checkpoint.files`: safetensors files and the state file beside them."""

import os
from pathlib import Path

import pytest
import torch

from slim_torch.checkpoint import files


def test_tensors_and_metadata_come_back_in_logical_order(tmp_path):
    weights = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    tensors = {"a/weights": weights, "step": torch.tensor(7), "half": torch.ones(2, dtype=torch.bfloat16)}
    files.save_safetensors(tmp_path / "x.safetensors", tensors, {"k": "v"})
    loaded, metadata = files.load_safetensors(tmp_path / "x.safetensors")
    assert metadata == {"k": "v"}
    assert set(loaded) == set(tensors)
    for name, tensor in tensors.items():
        assert loaded[name].dtype == tensor.dtype
        assert loaded[name].is_contiguous()
        assert torch.equal(loaded[name], tensor)
    assert [path.name for path in tmp_path.iterdir()] == ["x.safetensors"]


def test_saved_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    files.save_safetensors(tmp_path / "x.safetensors", {"a": torch.ones(1)})
    assert (tmp_path / "x.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_damaged_file_is_a_valueerror_that_names_it(tmp_path):
    files.save_safetensors(tmp_path / "x.safetensors", {"a": torch.ones(1000)})
    (tmp_path / "x.safetensors").write_bytes((tmp_path / "x.safetensors").read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"x\.safetensors.*damaged"):
        files.load_safetensors(tmp_path / "x.safetensors")


def test_missing_file_is_a_filenotfounderror(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.load_safetensors(tmp_path / "x.safetensors")


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "x.safetensors"
    files.save_safetensors(path, {"a": torch.ones(1)})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        files.save_safetensors(path, {"a": torch.ones(1)}, {"k": 1})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.safetensors"]


def test_state_file_is_written_as_tensorflow_writes_it(tmp_path):
    # What TensorFlow 1.15.5's Saver wrote for these names with save_relative_paths=True.
    names = [f"mod\u00e9l\"\\'s x-{step}" for step in (1, 2)]
    paths = [os.path.join(tmp_path, name) for name in names]
    files.update_checkpoint_state(tmp_path, paths[1], paths)
    assert (tmp_path / "checkpoint").read_bytes() == (
        b'model_checkpoint_path: "mod\\303\\251l\\"\\\\\\\'s x-2"\n'
        b'all_model_checkpoint_paths: "mod\\303\\251l\\"\\\\\\\'s x-1"\n'
        b'all_model_checkpoint_paths: "mod\\303\\251l\\"\\\\\\\'s x-2"\n'
    )
    assert files.get_checkpoint_state(tmp_path) == files.CheckpointState(paths[1], tuple(paths))


@pytest.mark.parametrize(
    ("text", "latest", "kept"),
    [
        pytest.param('model_checkpoint_path: "a"\n', "a", [], id="plain"),
        pytest.param(
            "model_checkpoint_path:'a' # c\nall_model_checkpoint_paths:\"q\"",
            "a",
            ["q"],
            id="comment-and-quotes",
        ),
        pytest.param('# c\nmodel_checkpoint_path: "\\303\\251\\x41\\n"', "\u00e9A\n", [], id="escapes"),
        pytest.param('model_checkpoint_path: "/abs/a"', "/abs/a", [], id="absolute"),
        pytest.param(
            'model_checkpoint_path: "a"\nall_model_checkpoint_timestamps: 12345.5\nlast_preserved_timestamp: 1e9\n',
            "a",
            [],
            id="timestamps",
        ),
    ],
)
def test_state_file_is_read_as_tensorflow_reads_it(tmp_path, text, latest, kept):
    (tmp_path / "checkpoint").write_text(text, encoding="utf-8")
    state = files.get_checkpoint_state(tmp_path)
    assert state.model_checkpoint_path == os.path.join(tmp_path, latest)
    assert list(state.all_model_checkpoint_paths) == [os.path.join(tmp_path, path) for path in kept]


@pytest.mark.parametrize("text", ["garbage {", 'model_checkpoint_path: "a', 'model_checkpoint_path "a"'])
def test_damaged_state_file_is_an_error(tmp_path, text):
    (tmp_path / "checkpoint").write_text(text)
    with pytest.raises(ValueError, match="is not a checkpoint state file"):
        files.latest_checkpoint(tmp_path)


def test_latest_checkpoint_is_none_where_there_is_none(tmp_path):
    assert files.latest_checkpoint(tmp_path) is None
    assert files.latest_checkpoint(tmp_path / "missing") is None
    (tmp_path / "checkpoint").write_text("")
    assert files.latest_checkpoint(tmp_path) is None
    files.update_checkpoint_state(tmp_path, os.path.join(tmp_path, "gone.safetensors"))
    assert files.latest_checkpoint(tmp_path) is None


def test_latest_checkpoint_finds_both_formats_and_survives_a_moved_folder(tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "model.ckpt-3.safetensors").touch()
    files.update_checkpoint_state(folder, os.path.join(folder, "model.ckpt-3.safetensors"))
    moved = folder.rename(tmp_path / "new")
    assert files.latest_checkpoint(moved) == os.path.join(moved, "model.ckpt-3.safetensors")
    (moved / "model.ckpt-4.index").touch()
    files.update_checkpoint_state(moved, os.path.join(moved, "model.ckpt-4"))
    assert files.latest_checkpoint(moved) == os.path.join(moved, "model.ckpt-4")


def test_relative_folder_gives_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("run")
    Path("run/model.ckpt-3.safetensors").touch()
    files.update_checkpoint_state("run", "run/model.ckpt-3.safetensors")
    assert (
        Path("run/checkpoint").read_text().startswith('model_checkpoint_path: "model.ckpt-3.safetensors"\n')
    )
    assert files.latest_checkpoint("run") == os.path.join("run", "model.ckpt-3.safetensors")
