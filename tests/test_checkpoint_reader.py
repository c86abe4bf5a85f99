"""`slim_torch.checkpoint.reader` against checkpoints that TensorFlow wrote: `golden/checkpoints`.

`golden/checkpoints.json` has what TensorFlow's own reader gave; `golden/make_checkpoints.py` makes both.
"""

import json
import os
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import checkpoint_tools as tools
import checkpoint_values as cases
import safetensors.torch

from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.files import update_checkpoint_state
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.slices import slice_key
from slim_torch.checkpoint.snappy import decompress

GOLDEN = Path(__file__).parent / "golden" / "checkpoints"
ANSWERS = json.loads((GOLDEN.parent / "checkpoints.json").read_text())
REGENERATE = "If TensorFlow is right, fix the code; to ask it again run golden/make_checkpoints.py."
REWRITTEN = ANSWERS.pop("rewritten")
SLICE_KEYS = ANSWERS.pop("slice keys")
MTCNN = Path(__file__).parents[2] / "shared" / "data" / "mtcnn"
INCEPTION = Path(
    os.environ.get("SLIM_TORCH_INCEPTION_CHECKPOINT", Path(__file__).parent / ".cache" / "inception_v3")
)


def torch_dtype(name):
    return bytes if name == "string" else getattr(torch, name)


def assert_same_bits(value, expected):
    assert value.dtype == expected.dtype
    assert value.shape == expected.shape
    assert cases.digest(value) == cases.digest(expected), REGENERATE


def assert_same_as_golden(reader, name):
    expected = ANSWERS[name]
    assert set(reader) == set(expected)
    assert {tensor: cases.digest(reader.get_tensor(tensor)) for tensor in reader} == {
        tensor: bits for tensor, (_, _, bits) in expected.items()
    }


def copy_of(tmp_path, name, pattern=None):
    for path in GOLDEN.glob(pattern or f"{name}.*"):
        shutil.copy(path, tmp_path)
    if (GOLDEN / name).is_file():
        shutil.copy(GOLDEN / name, tmp_path)
    return tmp_path / name


@pytest.mark.parametrize("name", ANSWERS)
def test_names_shapes_and_types_are_those_of_tensorflows_reader(name):
    with load_checkpoint(GOLDEN / name) as reader:
        assert reader.get_variable_to_shape_map() == {
            tensor: shape for tensor, (_, shape, _) in ANSWERS[name].items()
        }
        assert reader.get_variable_to_dtype_map() == {
            tensor: torch_dtype(dtype) for tensor, (dtype, _, _) in ANSWERS[name].items()
        }
        assert reader.kind == ("V1" if "_v1" in name else "V2")
        assert reader.path == str(GOLDEN / name)


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_tensor_has_the_bits_that_tensorflows_reader_gave(name, verify):
    with load_checkpoint(GOLDEN / name, verify=verify) as reader:
        assert_same_as_golden(reader, name)


def written():
    for version in (1, 2):
        yield f"dtypes_v{version}", cases.of_every_dtype(cases.V1_DTYPES if version == 1 else cases.DTYPES)
        yield f"names_v{version}", cases.names()
        yield f"model_v{version}", cases.model()
        yield f"partitioned_v{version}", [(name, shape, "float32") for name, shape, _, _ in cases.PARTITIONED]
    yield "many_v2", cases.many()
    yield "tiled_v1", cases.tiled()


@pytest.mark.parametrize(("name", "tensors"), list(written()), ids=[name for name, _ in written()])
def test_every_tensor_has_the_value_that_was_written(name, tensors):
    reader = load_checkpoint(GOLDEN / name)
    assert len(reader) == len(tensors)
    for tensor, shape, dtype in tensors:
        assert_same_bits(reader.get_tensor(tensor), np.asarray(cases.checkpoint_value(tensor, shape, dtype)))


def test_the_index_of_many_tensors_has_several_blocks():
    assert len(tools.read_handles((GOLDEN / "many_v2.index").read_bytes())[0]) > 1
    assert len(tools.read_handles((GOLDEN / "tiled_v1").read_bytes())[0]) > 1


def test_object_graph_of_tensorflow_2_is_read_by_its_keys():
    reader = load_checkpoint(GOLDEN / "object_graph")
    kernel = reader.get_tensor("layer/kernel/.ATTRIBUTES/VARIABLE_VALUE")
    assert_same_bits(kernel, cases.checkpoint_value("layer/kernel", [3, 4]))
    assert reader.get_tensor("step/.ATTRIBUTES/VARIABLE_VALUE") == 7
    graph = reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
    assert graph.shape == ()
    assert b"kernel" in graph[()]


@pytest.mark.parametrize(
    ("given", "kind", "answer"),
    [
        pytest.param("model_v2", "V2", "model_v2", id="v2-prefix"),
        pytest.param("model_v2.index", "V2", "model_v2", id="v2-index"),
        pytest.param("model_v2.data-00000-of-00001", "V2", "model_v2", id="v2-data"),
        pytest.param("sharded_v2.data-00002-of-00003", "V2", "sharded_v2", id="v2-one-of-several-data"),
        pytest.param("model_v1", "V1", "model_v1", id="v1-file"),
        pytest.param("sharded_v1", "V1", "sharded_v1-?????-of-00003", id="v1-prefix"),
        pytest.param("sharded_v1-?????-of-00003", "V1", "sharded_v1-?????-of-00003", id="v1-pattern"),
        pytest.param("sharded_v1*", "V1", "sharded_v1-?????-of-00003", id="v1-star"),
        pytest.param("sharded_v1-00001-of-00003", "V1", "sharded_v1-?????-of-00003", id="v1-one-of-several"),
        pytest.param("", "V2", "model_v2", id="folder"),
    ],
)
def test_a_checkpoint_opens_by_every_name_people_give_it(given, kind, answer, monkeypatch):
    monkeypatch.chdir(GOLDEN)
    for path in (GOLDEN / given, Path(given), str(GOLDEN / given)):
        reader = load_checkpoint(path)
        assert reader.kind == kind
        assert_same_as_golden(reader, answer)


def test_of_two_formats_under_one_name_the_newer_one_is_read(tmp_path):
    copy_of(tmp_path, "dtypes_v2")
    shutil.copy(GOLDEN / "model_v1", tmp_path / "dtypes_v2")
    assert load_checkpoint(tmp_path / "dtypes_v2").kind == "V2"


def test_safetensors_file_is_read_with_types_and_metadata(tmp_path):
    tensors = {
        "b/weights": torch.arange(6.0).reshape(2, 3),
        "a/half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
        "step": torch.tensor([7]),
        "empty": torch.zeros(0, 3),
        "flags": torch.tensor([True, False]),
        "small": torch.tensor([0.5, 448.0]).to(torch.float8_e4m3fn),
        "short": torch.tensor([65535], dtype=torch.uint16),
        "complex": torch.tensor([1 + 2j]),
    }
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(tensors, path, {"global_step": "7"})
    with load_checkpoint(path) as reader:
        assert (reader.kind, reader.metadata) == ("safetensors", {"global_step": "7"})
        assert list(reader) == sorted(tensors)
        for name, tensor in tensors.items():
            assert reader.get_variable_to_dtype_map()[name] == tensor.dtype
            assert reader.get_torch(name).dtype == tensor.dtype
            assert torch.equal(reader.get_torch(name).view(torch.uint8), tensor.view(torch.uint8))
            assert np.array_equal(
                reader.get_tensor(name),
                tensor.float().numpy() if name in ("a/half", "small") else tensor.numpy(),
            )
        assert reader.get_tensor("a/half").dtype == np.float32


@pytest.mark.parametrize("kind", ["state names V1", "state names shards", "state names safetensors"])
def test_folder_leads_to_what_its_state_file_names(tmp_path, kind):
    if kind.endswith("safetensors"):
        safetensors.torch.save_file({"a": torch.ones(2)}, tmp_path / "m-1.safetensors")
        update_checkpoint_state(tmp_path, "m-1.safetensors")
        assert list(load_checkpoint(tmp_path)) == ["a"]
        return
    name = "sharded_v1-?????-of-00003" if "shards" in kind else "model_v1"
    for path in GOLDEN.glob(name):
        shutil.copy(path, tmp_path)
    update_checkpoint_state(tmp_path, name)
    assert_same_as_golden(load_checkpoint(tmp_path), name)


def test_a_reader_is_a_collection_of_names_in_order():
    with load_checkpoint(GOLDEN / "names_v2") as reader:
        assert list(reader) == sorted((name for name, _, _ in cases.names()), key=str.encode)
        assert len(reader) == 6
        assert "plain" in reader
        assert reader.has_tensor("plain")
        assert "plane" not in reader
        assert not reader.has_tensor("plane")
        assert repr(reader) == f"<V2 checkpoint '{GOLDEN / 'names_v2'}', 6 tensors>"


@pytest.mark.parametrize("name", ["tiled_v1", "model_v2"])
def test_arrays_are_read_only_views_that_outlive_the_reader(name):
    with load_checkpoint(GOLDEN / name) as reader:
        tensor = "tiled/a" if name == "tiled_v1" else "conv1/weights"
        array = reader.get_tensor(tensor)
        assert not array.flags.owndata
        assert np.shares_memory(array, reader.get_tensor(tensor))
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0
    with pytest.raises(ValueError, match="is closed"):
        reader.get_tensor(tensor)
    assert_same_bits(array, cases.checkpoint_value(tensor, list(array.shape)))


@pytest.mark.parametrize("name", ["dtypes_v1", "dtypes_v2"])
def test_every_array_is_read_only_and_in_native_order(name, tmp_path):
    prefix = copy_of(tmp_path, name)
    if name == "dtypes_v2":
        swap(prefix)
    reader = load_checkpoint(prefix)
    for tensor in reader:
        array = reader.get_tensor(tensor)
        assert isinstance(array, np.ndarray)
        assert not array.flags.writeable
        assert array.dtype.isnative


def test_get_torch_gives_tensors_of_their_own_type_and_memory():
    reader = load_checkpoint(GOLDEN / "dtypes_v2")
    for dtype in cases.DTYPES:
        if dtype == "string":
            with pytest.raises(TypeError, match="get_tensor"):
                reader.get_torch("values/string")
            continue
        for name, shape, _ in cases.of_every_dtype([dtype]):
            tensor = reader.get_torch(name)
            assert (tensor.dtype, list(tensor.shape)) == (getattr(torch, dtype), shape)
            array = tensor.float().numpy() if dtype == "bfloat16" else tensor.numpy()
            assert_same_bits(array, reader.get_tensor(name))
    tensor = reader.get_torch("values/float32")
    tensor.zero_()
    assert reader.get_torch("values/float32").any()


@pytest.mark.parametrize("key", SLICE_KEYS)
def test_slices_are_looked_up_under_the_keys_that_tensorflow_writes(key):
    name, start = key.split()
    assert slice_key(bytes.fromhex(name), ((int(start), 1), (0, -1))).hex() == SLICE_KEYS[key]


def swap(prefix):
    index, data = Path(f"{prefix}.index"), Path(f"{prefix}.data-00000-of-00001")
    new_index, new_data = tools.big_endian(index.read_bytes(), data.read_bytes())
    assert new_data != data.read_bytes()
    index.write_bytes(new_index)
    data.write_bytes(new_data)


@pytest.mark.parametrize("name", ["dtypes_v2", "model_v2"])
def test_bundle_of_a_big_endian_machine_has_the_same_values(tmp_path, name):
    assert REWRITTEN[f"{name} big-endian"] == REWRITTEN[name], "TensorFlow read it otherwise"
    prefix = copy_of(tmp_path, name)
    swap(prefix)
    assert_same_as_golden(load_checkpoint(prefix), name)


@pytest.mark.parametrize("layout", ["snappy", "small blocks"])
@pytest.mark.parametrize(
    "name", ["dtypes_v2", "model_v2", "many_v2", "partitioned_v2", "model_v1", "tiled_v1"]
)
def test_compressed_and_small_blocks_have_the_same_values(tmp_path, name, layout):
    if f"{name} {layout}" in REWRITTEN:
        assert REWRITTEN[f"{name} {layout}"] == REWRITTEN[name], "TensorFlow read it otherwise"
    prefix = copy_of(tmp_path, name)
    table = Path(f"{prefix}.index") if "_v2" in name else prefix
    entries = tools.read_table(table.read_bytes())
    table.write_bytes(tools.table(entries, 1 << 10, compressed=layout == "snappy"))
    assert_same_as_golden(load_checkpoint(prefix), name)


@pytest.mark.parametrize("size", [0, 1, 59, 60, 61, 255, 256, 257, 70000])
@pytest.mark.parametrize("alphabet", [1, 2, 256])
def test_snappy_data_are_decompressed(size, alphabet):
    data = (np.random.RandomState(size).randint(0, alphabet, size)).astype(np.uint8).tobytes()
    assert decompress(tools.snappy(data), Place("test")) == data


def test_slices_along_two_axes_are_joined(tmp_path):
    whole = np.arange(35, dtype=np.float32).reshape(5, 7)
    write_slices(tmp_path / "x", whole, [(0, 3, 0, 4), (0, 3, 4, 3), (3, 2, 0, 2), (3, 2, 2, 5)])
    assert_same_bits(load_checkpoint(tmp_path / "x").get_tensor("w"), whole)


@pytest.mark.parametrize(
    "slices",
    [
        pytest.param([(0, 3, 0, 7)], id="a-part-missing"),
        pytest.param([(0, 3, 0, 7), (2, 3, 0, 7)], id="too-much"),
        pytest.param([(0, 3, 0, 7), (1, 2, 0, 7)], id="one-over-another-on-one-axis"),
        pytest.param([(0, 3, 0, 4), (0, 3, 3, 4), (3, 2, 0, 4), (3, 1, 4, 3)], id="on-two-axes"),
        pytest.param([(0, 5, 0, 6), (4, 5, 6, 1)], id="beyond-the-shape"),
    ],
)
def test_slices_that_do_not_make_up_the_tensor_are_refused(tmp_path, slices):
    write_slices(tmp_path / "x", np.zeros((5, 7), np.float32), slices)
    with pytest.raises(CheckpointError, match="slice"):
        load_checkpoint(tmp_path / "x").get_tensor("w")


def write_slices(prefix, whole, slices):
    """A bundle with the tensor `w`, cut into (row, rows, column, columns)."""
    shape = tools.message([(2, tools.message([(1, size)])) for size in whole.shape])
    data, entries, listed = b"", [], []
    for row, rows, column, columns in slices:
        part = whole[row : row + rows, column : column + columns]
        part = np.resize(part, (rows, columns)).tobytes()
        extents = [tools.message([(1, start), (2, size)]) for start, size in ((row, rows), (column, columns))]
        listed.append(tools.message([(1, extent) for extent in extents]))
        key = b"\0w\0\1\1\2" + bytes(0x80 + number for number in (row, rows, column, columns))
        part_shape = tools.message([(2, tools.message([(1, size)])) for size in (rows, columns)])
        crc = ("fixed32", tools.masked(tools.crc32c(part)))
        entries.append(
            (key, tools.message([(1, 1), (2, part_shape), (4, len(data)), (5, len(part)), (6, crc)]))
        )
        data += part
    entries.append((b"", tools.message([(1, 1), (3, b"\x08\x01")])))
    entries.append((b"w", tools.message([(1, 1), (2, shape)] + [(7, part) for part in listed])))
    Path(f"{prefix}.index").write_bytes(tools.table(sorted(entries)))
    Path(f"{prefix}.data-00000-of-00001").write_bytes(data)


def test_opening_reads_the_index_only(tmp_path):
    prefix = copy_of(tmp_path, "sharded_v2")
    Path(f"{prefix}.data-00001-of-00003").unlink()
    reader = load_checkpoint(prefix)
    outcomes = []
    for name in reader:
        try:
            reader.get_tensor(name)
            outcomes.append("read")
        except FileNotFoundError as err:
            outcomes.append(str(err)[: str(err).index(" is missing")])
    assert sorted(set(outcomes)) == [f"'{prefix}.data-00001-of-00003'", "read"]


def test_unknown_name_is_answered_with_names_that_are_near():
    reader = load_checkpoint(GOLDEN / "model_v2")
    with pytest.raises(
        CheckpointError, match=r"Key conv1/weihgts not found in checkpoint.*conv1/weights"
    ) as info:
        reader.get_tensor("conv1/weihgts")
    assert (info.value.file, info.value.tensor) == (str(GOLDEN / "model_v2"), "conv1/weihgts")
    with pytest.raises(CheckpointError, match="not found in checkpoint"):
        reader.get_torch("")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("modle_v2", "'model_v2'", id="misspelt"),
        pytest.param("model_v2-100", "'model_v2'", id="another-step"),
        pytest.param("sharded_v3", "'sharded_v2'", id="sharded"),
        pytest.param("nowhere/model_v2", "no folder", id="no-folder"),
        pytest.param(
            "sharded_v1-?????-of-00004", "'sharded_v1-00000-of-00003'", id="pattern-of-another-count"
        ),
    ],
)
def test_missing_checkpoint_is_answered_with_what_is_near(path, words):
    with pytest.raises(FileNotFoundError) as info:
        load_checkpoint(GOLDEN / path)
    assert words in str(info.value)


def test_folder_without_state_file_is_answered_with_what_is_in_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoints"):
        load_checkpoint(tmp_path)
    copy_of(tmp_path, "model_v2")
    with pytest.raises(FileNotFoundError, match="'model_v2'"):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "gone"')
    with pytest.raises(
        FileNotFoundError, match=r"gone' *, named in '.*checkpoint', is not there.*'model_v2'"
    ):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint").write_bytes(b"\xff\xfe nonsense")
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path)


def test_missing_shard_of_a_v1_checkpoint_is_named(tmp_path):
    copy_of(tmp_path, "sharded_v1", "sharded_v1-*")
    (tmp_path / "sharded_v1-00001-of-00003").unlink()
    with pytest.raises(FileNotFoundError, match="'sharded_v1-00001-of-00003' of 3 files"):
        load_checkpoint(tmp_path / "sharded_v1")


def test_shards_of_two_checkpoints_are_not_mixed(tmp_path):
    copy_of(tmp_path, "sharded_v1", "sharded_v1-*")
    shutil.copy(GOLDEN / "model_v1", tmp_path / "sharded_v1-00000-of-00001")
    with pytest.raises(CheckpointError, match="files of one checkpoint"):
        load_checkpoint(tmp_path / "sharded_v1")
    assert len(load_checkpoint(tmp_path / "sharded_v1-?????-of-00003")) == 30


def test_data_file_without_its_index_is_answered_with_what_is_missing(tmp_path):
    prefix = copy_of(tmp_path, "model_v2")
    Path(f"{prefix}.index").unlink()
    for path in (prefix, Path(f"{prefix}.data-00000-of-00001")):
        with pytest.raises(FileNotFoundError):
            load_checkpoint(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty file", id="empty"),
        pytest.param(b"\x1f\x8b\x08\0rest", "Unpack it first", id="gzip"),
        pytest.param(b"PK\x03\x04rest", "torch.load", id="torch"),
        pytest.param(b"\x89HDF\r\n\x1a\nrest", "HDF5", id="hdf5"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull", id="git-lfs"),
        pytest.param(b"<!DOCTYPE html>", "download", id="web-page"),
        pytest.param(b'model_checkpoint_path: "x"', "folder", id="state-file"),
        pytest.param(b"\x0a\x05hello" * 20, "another kind", id="anything"),
        pytest.param(
            tools.table([(b"a", b"1"), (b"b", b"2")]), "another kind", id="table-of-another-program"
        ),
        pytest.param(struct.pack("<Q", 2) + b"{}" + b"x", "bytes of tensors", id="safetensors-with-a-rest"),
    ],
)
def test_foreign_file_is_refused_with_advice(tmp_path, content, words):
    (tmp_path / "model.ckpt").write_bytes(content)
    with pytest.raises(CheckpointError) as info:
        load_checkpoint(tmp_path / "model.ckpt")
    assert words in str(info.value)
    assert str(tmp_path / "model.ckpt") in str(info.value)
    assert info.value.file == str(tmp_path / "model.ckpt")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "model.ckpt")
    os.mkfifo(tmp_path / "model2.ckpt.index")
    for name in ("model.ckpt", "model2.ckpt"):
        with pytest.raises((CheckpointError, FileNotFoundError)):
            load_checkpoint(tmp_path / name)


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
def test_checksums_are_compared_unless_switched_off(tmp_path, verify):
    prefix = copy_of(tmp_path, "model_v2")
    data = Path(f"{prefix}.data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    data.write_bytes(content)
    reader = load_checkpoint(prefix, verify=verify)
    last = list(reader)[-1]
    if verify:
        with pytest.raises(CheckpointError, match="checksum") as info:
            reader.get_tensor(last)
        assert (info.value.tensor, info.value.file) == (last, str(data))
    else:
        reader.get_tensor(last)
    reader.get_tensor("conv1/weights")


def test_damage_in_a_later_block_of_the_index_is_found_on_opening(tmp_path):
    prefix = copy_of(tmp_path, "many_v2")
    index = Path(f"{prefix}.index")
    content = bytearray(index.read_bytes())
    content[tools.read_handles(bytes(content))[0][-1][0] + 100] ^= 1
    index.write_bytes(content)
    with pytest.raises(CheckpointError, match="checksum"):
        load_checkpoint(prefix)


def test_block_that_the_index_leaves_out_is_missed(tmp_path):
    prefix = copy_of(tmp_path, "many_v2")
    index = Path(f"{prefix}.index")
    groups = tools.in_blocks(tools.read_table(index.read_bytes()), 1 << 16)
    whole = tools.table_of_blocks(groups)
    # The same blocks, and an index that lacks one.
    handles, (meta, _), (old, _) = tools.read_handles(whole)
    for lacking in range(len(handles)):
        listed = [
            (group[-1][0], tools.varint(offset) + tools.varint(size))
            for number, (group, (offset, size)) in enumerate(zip(groups, handles))
            if number != lacking
        ]
        block = tools.block(listed, 1)
        footer = b"".join(tools.varint(n) for n in (meta, old - meta - 5, old, len(block))).ljust(40, b"\0")
        index.write_bytes(whole[:old] + tools.sealed(block) + footer + tools.MAGIC)
        with pytest.raises(CheckpointError, match=r"expected (a block|blocks|a header)"):
            load_checkpoint(prefix)


def test_what_is_no_plain_value_is_listed_and_not_read(tmp_path):
    entries = [
        (b"", tools.message([(1, 1), (3, b"\x08\x01")])),
        (
            b"a",
            tools.message([(1, 1), (2, b""), (5, 4), (6, ("fixed32", tools.masked(tools.crc32c(b"abcd"))))]),
        ),
        (b"v", tools.message([(1, 21), (2, b""), (4, 4), (5, 9)])),
    ]
    (tmp_path / "x.index").write_bytes(tools.table(entries))
    (tmp_path / "x.data-00000-of-00001").write_bytes(b"abcd" + bytes(9))
    reader = load_checkpoint(tmp_path / "x")
    assert reader.get_variable_to_dtype_map() == {"a": torch.float32, "v": object}
    assert reader.get_tensor("a").tobytes() == b"abcd"
    with pytest.raises(CheckpointError, match="variant"):
        reader.get_tensor("v")


@pytest.mark.skipif(not MTCNN.is_dir(), reason="needs the trained face detector beside the repository")
@pytest.mark.parametrize("name", ["PNet-18", "RNet-14"])
def test_checkpoint_of_a_trained_face_detector_is_read(name):
    reader = load_checkpoint(MTCNN / name)
    assert len(reader) > 20
    for tensor in reader:
        assert np.isfinite(reader.get_tensor(tensor)).all()
    assert any(tensor.endswith("/Momentum") for tensor in reader)


@pytest.mark.skipif(
    not (INCEPTION / "digests.json").is_file(),
    reason="needs the checkpoint that golden/make_inception_checkpoint.py writes to tests/.cache/inception_v3",
)
def test_a_whole_training_checkpoint_of_inception_v3_is_read_bit_for_bit():
    expected = json.loads((INCEPTION / "digests.json").read_text())
    reader = load_checkpoint(INCEPTION)
    assert len(reader) == 582
    assert {
        name: [str(reader.get_tensor(name).dtype), shape, cases.digest(reader.get_tensor(name))]
        for name, shape in reader.get_variable_to_shape_map().items()
    } == expected
    assert sum(reader.get_tensor(name).nbytes for name in reader) == 217305076
