"""Damaged and hostile checkpoints: each gives `CheckpointError`, or exactly the values that were written.

Damage is made from the checkpoints of `golden/`: cut files, changed bits and bytes, and lies (lengths, offsets,
shapes, names) behind checksums that are right. Every variant is read whole, within limits of time and memory.
"""

import json
import os
import random
import resource
import struct
import sys
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import checkpoint_tools as tools
import checkpoint_values as cases
import safetensors.torch
import torch

from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.snappy import decompress

GOLDEN = Path(__file__).parent / "golden" / "checkpoints"
ANSWERS = json.loads((GOLDEN.parent / "checkpoints.json").read_text())
SECONDS = 2.0
# The files are of a few kilobytes, and nothing that they say may make the reader use much more.
MEGABYTES = 64
SAFETENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b": torch.zeros(0, 2, dtype=torch.bfloat16),
    "c/d": torch.tensor(7),
    "e": torch.tensor([True, False, True]),
}


def files_of(name):
    """The files of a checkpoint, and the digests of its tensors."""
    if name == "safetensors":
        answers = {key: cases.digest(tensor.float().numpy()) for key, tensor in SAFETENSORS.items()}
        answers["c/d"] = cases.digest(np.int64(7))
        answers["e"] = cases.digest(np.array([True, False, True]))
        return {"safetensors": safetensors.torch.save(SAFETENSORS, {"step": "7"})}, answers
    found = [
        path
        for path in GOLDEN.iterdir()
        if path.name == name or path.name.startswith((name + ".", name + "-"))
    ]
    answers = next(ANSWERS[key] for key in ANSWERS if key == name or key.startswith(name + "-?"))
    return {path.name: path.read_bytes() for path in found}, {
        key: bits for key, (_, _, bits) in answers.items()
    }


def memory():
    """The peak of this process in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture
def outcome(tmp_path):
    """Writes files, reads all of them, and says how it went; anything but the two allowed outcomes raises."""
    limit = memory() + MEGABYTES

    def read(name, files, answers, verify=True):
        for path, content in files.items():
            # A new file each time: the old one may still be mapped.
            (tmp_path / path).unlink(missing_ok=True)
            (tmp_path / path).write_bytes(content)
        start = time.process_time()
        try:
            return read_all(tmp_path / name, answers, verify)
        finally:
            assert time.process_time() - start < SECONDS
            assert memory() < limit

    def read_all(path, answers, verify):
        errors = 0
        try:
            reader = load_checkpoint(path, verify=verify)
        except (CheckpointError, FileNotFoundError) as err:
            check_message(err, tmp_path)
            return "refused"
        if answers is not None:
            assert set(reader) == set(answers), "names were lost or made up"
        for tensor in reader:
            try:
                value = reader.get_tensor(tensor)
            except (CheckpointError, FileNotFoundError) as err:
                check_message(err, tmp_path)
                errors += 1
                continue
            assert answers is None or cases.digest(value) == answers[tensor], f"wrong values of {tensor}"
        return "refused" if errors else "right"

    return read


def check_message(err, folder):
    assert str(folder) in str(err)
    # A missing file may be one that a damaged index asks for.
    assert str(folder) in (err.file if isinstance(err, CheckpointError) else str(err))
    assert len(str(err)) < 2000


CHECKPOINTS = [
    "model_v2",
    "dtypes_v2",
    "partitioned_v2",
    "sharded_v2",
    "object_graph",
    "model_v1",
    "dtypes_v1",
]
CHECKPOINTS += ["spread_v1", "names_v1", "safetensors"]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_cut_files_are_refused_or_lose_only_what_is_cut(name, outcome):
    files, answers = files_of(name)
    chance = random.Random(name)
    for path, content in files.items():
        lengths = {
            0,
            1,
            7,
            8,
            47,
            48,
            49,
            len(content) // 2,
            *(len(content) - n for n in (1, 2, 4, 8, 9, 48, 49, 53)),
        }
        lengths |= {chance.randrange(len(content)) for _ in range(20)}
        for length in sorted(length for length in lengths if 0 <= length < len(content)):
            for verify in (True, False):
                cut = {**files, path: content[:length]}
                assert outcome(name, cut, answers, verify) == "refused", f"{path}: {length}"
            assert outcome(name, {**files, path: content[-length:]}, answers) == "refused" or not length


# safetensors files have no checksums, so a changed value cannot be told from a right one.
@pytest.mark.parametrize("name", [name for name in CHECKPOINTS if name != "safetensors"])
def test_changed_bits_and_bytes_are_refused_or_do_not_matter(name, outcome):
    files, answers = files_of(name)
    chance = random.Random(name)
    for path, content in files.items():
        for _ in range(60):
            damaged = bytearray(content)
            at = chance.randrange(len(content))
            # The end of a table has most of its structure.
            if chance.random() < 0.3:
                at = len(content) - 1 - chance.randrange(min(len(content), 300))
            damaged[at] ^= 1 << chance.randrange(8) if chance.random() < 0.7 else chance.randrange(1, 256)
            outcome(name, {**files, path: bytes(damaged)}, answers)
        for _ in range(10):
            damaged = bytearray(content)
            start = chance.randrange(len(content))
            damaged[start : start + chance.randrange(1, 64)] = chance.choice(
                [b"", bytes(8), b"\xff" * 10, bytes(content[:32])]
            )
            if damaged != content:
                outcome(name, {**files, path: bytes(damaged)}, answers)


NUMBERS = [
    0,
    1,
    2,
    3,
    7,
    99,
    127,
    128,
    65536,
    2**31 - 1,
    2**31,
    2**32,
    2**40,
    2**62,
    2**63 - 1,
    2**63,
    2**64 - 1,
]


def lies_about(fields, depth=0):
    """The message with one number changed, one field dropped or doubled, at every depth that is a message."""
    for at, (number, value) in enumerate(fields):
        before, after = fields[:at], fields[at + 1 :]
        yield before + after
        yield before + [[number, value], [number, value]] + after
        if isinstance(value, tuple):
            yield before + [[number, ("fixed32", value[1] ^ 1)]] + after
        elif isinstance(value, int):
            for lie in NUMBERS:
                if lie != value:
                    yield before + [[number, lie]] + after
        else:
            yield before + [[number, value + b"\x80"]] + after
            yield before + [[number, value[:-1]]] + after
            try:
                inner = tools.read_message(value)
            except (IndexError, AssertionError, struct.error):
                continue
            if depth < 3 and len(value) < 200 and tools.message(inner) == value:
                for lie in lies_about(inner, depth + 1):
                    yield before + [[number, tools.message(lie)]] + after


def missing_fields():
    return [[number, value] for number in range(1, 9) for value in (1, 2**63 - 1, b"", ("fixed32", 1))]


@pytest.mark.parametrize("name", ["model_v2", "dtypes_v2", "partitioned_v2", "sharded_v2"])
def test_an_index_that_lies_behind_right_checksums_is_refused(name, outcome):
    files, answers = files_of(name)
    chance = random.Random(name)
    entries = tools.read_table(files[f"{name}.index"])
    variants = []
    for at, (key, value) in enumerate(entries):
        fields = tools.read_message(value)
        lies = list(lies_about(fields)) + [fields + [extra] for extra in missing_fields()]
        variants += [(at, key, tools.message(lie)) for lie in lies]
    for at, key, value in chance.sample(variants, min(len(variants), 500)):
        changed = entries[:at] + [(key, value)] + entries[at + 1 :]
        # The checksum of the data itself tells what a lie about type, shape or place would make of them; only
        # a lie that keeps the bytes, such as another type of the same size, cannot be seen.
        allowed = None if meaningful(entries[at][1], value) else answers
        outcome(name, {**files, f"{name}.index": tools.table(changed)}, allowed)


def meaningful(old, new):
    """Whether the second entry says something else of the same bytes, all of it possible."""
    old, new = tools.read_message(old), [tuple(field) for field in try_message(new)]
    places = [4, 5, 6, 3]
    return any(number in (1, 2, 7) for number, _ in old + list(new)) and all(
        tools.field(old, number) == tools.field(new, number) for number in places
    )


def try_message(data):
    try:
        return tools.read_message(data)
    except (IndexError, AssertionError, struct.error):
        return []


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
@pytest.mark.parametrize("name", ["model_v1", "dtypes_v1", "partitioned_v1"])
def test_v1_records_that_lie_behind_right_checksums_do_no_harm(name, verify, outcome):
    files, _ = files_of(name)
    chance = random.Random(name)
    entries = tools.read_table(files[name])
    variants = []
    for at, (key, value) in enumerate(entries):
        variants += [(at, key, tools.message(lie)) for lie in lies_about(tools.read_message(value))]
    for at, key, value in chance.sample(variants, min(len(variants), 300)):
        outcome(name, {name: tools.table(entries[:at] + [(key, value)] + entries[at + 1 :])}, None, verify)


@pytest.mark.parametrize("name", ["model_v2", "partitioned_v2", "model_v1"])
def test_keys_that_are_missing_doubled_or_out_of_order_are_refused(name, outcome):
    files, answers = files_of(name)
    table = f"{name}.index" if "_v2" in name else name
    entries = tools.read_table(files[table])
    for at in range(1, len(entries) - 1):
        doubled = entries[: at + 1] + entries[at:]
        swapped = entries[:at] + [entries[at + 1], entries[at]] + entries[at + 2 :]
        for variant in (doubled, swapped):
            for block_size in (1 << 18, 1 << 6):
                assert outcome(name, {**files, table: tools.table(variant, block_size)}, answers) == "refused"
        without = entries[:at] + entries[at + 1 :]
        if name != "model_v2":
            expected = None if not entries[at][0].startswith(b"\0") else answers
            result = outcome(name, {**files, table: tools.table(without)}, expected)
            assert result == "refused" or expected is None


@pytest.mark.parametrize("name", ["model_v2", "model_v1"])
def test_blocks_that_lie_behind_right_checksums_are_refused(name, outcome):
    files, answers = files_of(name)
    table = f"{name}.index" if "_v2" in name else name
    content = files[table]
    handles, (meta, meta_size), (index, index_size) = tools.read_handles(content)
    (offset, size) = handles[0]
    block = bytearray(content[offset : offset + size])
    chance = random.Random(name)
    for _ in range(150):
        damaged = bytearray(block)
        # Structure, not values: the first bytes of entries, and the restart points.
        at = chance.choice([chance.randrange(60), len(block) - 1 - chance.randrange(12)])
        damaged[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, damaged[at] ^ 1, damaged[at] ^ 0x10])
        changed = content[:offset] + tools.sealed(bytes(damaged)) + content[offset + size + 5 :]
        if damaged != block:
            outcome(name, {**files, table: changed}, None)
    for numbers in (
        (meta, meta_size, index, index_size + 1),
        (meta, meta_size, index, 2**62),
        (meta, meta_size, index + 1, index_size - 1),
        (0, 0, index, index_size),
        (2**63, meta_size, 2**63, index_size),
        (meta, meta_size, 0, size),
        (meta, meta_size, 2**64 - 6, 1),
    ):
        footer = b"".join(tools.varint(number) for number in numbers).ljust(40, b"\0") + tools.MAGIC
        assert (
            outcome(name, {**files, table: content[:-48] + footer[:40] + tools.MAGIC}, answers) == "refused"
        )
    for handle in ((0, 2**62), (2**62, 5), (5, size - 5), (0, size - 1), (0, size + 1), (0, 0)):
        listed = tools.block(
            [(tools.read_table(content)[-1][0], tools.varint(handle[0]) + tools.varint(handle[1]))]
        )
        footer = b"".join(tools.varint(n) for n in (meta, meta_size, index, len(listed))).ljust(40, b"\0")
        changed = content[:index] + tools.sealed(listed) + footer + tools.MAGIC
        assert outcome(name, {**files, table: changed}, answers) == "refused"


def header_of(content):
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def with_header(header, data):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


LIES = [
    None,
    [],
    [2**62],
    [2**63],
    [-1],
    [1.5],
    ["1"],
    [True],
    {},
    "F32",
    "F64",
    "X",
    [0, 2**62],
    [8, 4],
    [10**400],
]
# Another type of the same size cannot be told from the right one.
UNSEEN = {("b", "F32"), ("b", "F64"), ("c/d", "F64")}


def safetensors_lies():
    content = files_of("safetensors")[0]["safetensors"]
    header, data = header_of(content)
    for name in SAFETENSORS:
        entry = header[name]
        for field in ("dtype", "shape", "data_offsets"):
            for lie in LIES:
                if lie != entry[field] and not (isinstance(lie, str) and (name, lie) in UNSEEN):
                    yield with_header({**header, name: {**entry, field: lie}}, data)
        yield with_header({**header, name: None}, data)
        if name != "b":
            # "b" takes no bytes, and so may be left out or be there twice.
            yield with_header({key: value for key, value in header.items() if key != name}, data)
            yield with_header({**header, name + "2": entry}, data)
    text = json.dumps(header)
    yield with_header((text[:-1] + ',"a":' + json.dumps(header["a"]) + "}").encode(), data)
    yield with_header(b"{" + b'"a":[' * 100000, b"")
    yield with_header(b"[" * 100000, b"")
    yield with_header(b'{"a":' * 100000, b"")
    yield with_header(b'{"\\ud800":{}}', b"")
    yield with_header(b'{"__metadata__":{"a":1}}', b"")
    yield with_header(b'{"a":1' + b"0" * 10000 + b"}", b"")
    yield with_header(b"{}", b"x")
    yield with_header(b"{\xff}", b"")
    yield with_header(b"{NaN}", b"")
    for size in NUMBERS[2:]:
        yield struct.pack("<Q", size) + content[8:]


@pytest.mark.parametrize("content", list(safetensors_lies()), ids=lambda content: None)
def test_a_safetensors_header_that_lies_is_refused(content, outcome):
    assert outcome("safetensors", {"safetensors": content}, None) == "refused"


def small_bundle(shape, size, offset=0, dtype=1, listed=(), data=b"", shards=1, extra=()):
    dims = tools.message([(2, tools.message([(1, n)])) for n in shape])
    crc = ("fixed32", tools.masked(tools.crc32c(data)))
    fields = [(1, dtype), (2, dims), (4, offset), (5, size), (6, crc)] + [(7, part) for part in listed]
    entries = [(b"", tools.message([(1, shards), (3, b"\x08\x01")])), (b"w", tools.message(fields)), *extra]
    return {"x.index": tools.table(sorted(entries)), "x.data-00000-of-00001": data}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(small_bundle([2**40], 2**42), id="tensor-of-terabytes"),
        pytest.param(small_bundle([2**62, 2**62], 0), id="more-elements-than-numbers"),
        pytest.param(small_bundle([2**62, 0, 2**62], 0), id="no-elements-and-absurd-axes"),
        pytest.param(small_bundle([1] * 300, 4, data=b"abcd"), id="300-axes"),
        pytest.param(small_bundle([1] * 60, 4, data=b"abcd"), id="60-axes"),
        pytest.param(small_bundle([1], 4, offset=2**63 - 1, data=b"abcd"), id="offset-beyond-the-file"),
        pytest.param(small_bundle([1], 4, offset=1, data=b"abcd"), id="one-byte-beyond-the-file"),
        pytest.param(small_bundle([2**33], 2**33 + 4, dtype=7, data=b"abcd"), id="billions-of-strings"),
        pytest.param(small_bundle([1], 6, dtype=7, data=b"\xff\xff\xff\xff\x7fx"), id="string-of-gigabytes"),
        pytest.param(small_bundle([1], 4, shards=2**31, data=b"abcd"), id="billions-of-shards"),
        pytest.param(small_bundle([1], 4, shards=0, data=b"abcd"), id="no-shards"),
        pytest.param(small_bundle([2**40], 0, listed=[b"\n\x00"]), id="sliced-and-no-slices"),
        pytest.param(small_bundle([2**40], 0, listed=[b"\n\x00"] * 2**15), id="many-slices-of-nothing"),
        pytest.param(
            small_bundle(
                [2**40],
                0,
                listed=[b"\n\x00"],
                extra=[
                    (
                        b"\0w\0\1\1\1\x80\x7f",
                        tools.message([(1, 1), (2, b"\x12\x07\x08" + tools.varint(2**40)), (5, 2**42)]),
                    )
                ],
            ),
            id="slice-of-terabytes",
        ),
    ],
)
def test_sizes_are_believed_only_as_far_as_the_file_goes(files, outcome):
    assert outcome("x", files, None) == "refused"


def test_slices_on_top_of_each_other_in_the_file_use_no_memory(outcome):
    """2,000 slices that are all the same 100 KB, of a tensor of 200 MB."""
    data = bytes(100_000)
    crc = ("fixed32", tools.masked(0))
    listed, extra = [], []
    for number in range(2000):
        start = number * 25_000
        listed.append(tools.message([(1, tools.message([(1, start), (2, 25_000)]))]))
        size = start.bit_length() // 7 + 1
        code = (((1 << size) - 1) << (7 * size) | start).to_bytes(size, "big")
        length = (0b111 << 21 | 25_000).to_bytes(3, "big")
        shape = tools.message([(2, tools.message([(1, 25_000)]))])
        extra.append(
            (b"\0w\0\1\1\1" + code + length, tools.message([(1, 1), (2, shape), (5, 100_000), (6, crc)]))
        )
    files = small_bundle([50_000_000], 0, listed=listed, data=data, extra=extra)
    assert outcome("x", files, None, verify=False) == "refused"


def test_prefix_compression_cannot_be_used_to_fill_memory(outcome):
    """Entries of six bytes, each with a key of 100 KB."""
    key = b"k" * 100_000
    entries = tools.varint(0) + tools.varint(len(key)) + tools.varint(0) + key
    for number in range(20_000):
        entries += tools.varint(len(key)) + tools.varint(3) + b"\0" + number.to_bytes(3, "big")
    content = tools.sealed(entries + struct.pack("<II", 0, 1))
    meta = tools.sealed(tools.block([]))
    index = tools.block([(b"l", tools.varint(0) + tools.varint(len(content) - 5))])
    places = (len(content), len(meta) - 5, len(content) + len(meta), len(index))
    footer = b"".join(tools.varint(n) for n in places).ljust(40, b"\0") + tools.MAGIC
    assert outcome("x", {"x.index": content + meta + tools.sealed(index) + footer}, None) == "refused"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff" * 10, id="length-of-more-than-64-bits"),
        pytest.param(b"\xff\xff\xff\xff\x0f\x00a", id="claims-gigabytes"),
        pytest.param(b"\x05\x00a", id="too-little"),
        pytest.param(b"\x01\x04ab", id="too-much"),
        pytest.param(b"\x05\x10ab", id="literal-beyond-the-end"),
        pytest.param(b"\x05\xf4", id="length-cut"),
        pytest.param(b"\x05\x01\x01", id="copy-from-before-the-start"),
        pytest.param(b"\x05\x00a\x01\x00", id="copy-from-nowhere"),
        pytest.param(b"\x05\x00a\x02\x01", id="offset-cut"),
        pytest.param(b"\x05\x00a\x01", id="copy-cut"),
    ],
)
def test_damaged_snappy_data_are_refused(data):
    with pytest.raises(CheckpointError):
        decompress(data, Place("test"))


def test_damaged_snappy_blocks_are_refused(outcome):
    files, answers = files_of("model_v2")
    chance = random.Random(0)
    entries = tools.read_table(files["model_v2.index"])
    content = tools.table(entries, compressed=True)
    for _ in range(100):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content) - 8)] ^= 1 << chance.randrange(8)
        assert outcome("model_v2", {**files, "model_v2.index": bytes(damaged)}, answers) in (
            "refused",
            "right",
        )
        outcome("model_v2", {**files, "model_v2.index": bytes(damaged)}, None, verify=False)


def test_the_limits_of_these_tests_would_notice(outcome, tmp_path):
    files, answers = files_of("model_v2")
    assert outcome("model_v2", files, answers) == "right"
    with pytest.raises(AssertionError, match="wrong values"):
        outcome("model_v2", files, dict.fromkeys(answers, "another"))
    with pytest.raises(AssertionError, match="names were lost"):
        outcome("model_v2", files, {**answers, "more": ""})
    assert os.listdir(tmp_path)
