"""Hand-made lies, one for each thing that the reader of checkpoints checks: all checksums are right here.

Each case stands beside a file without the lie, which is read. `test_checkpoint_robustness.py` has the damage
that is made by chance.
"""

import struct
from pathlib import Path

import numpy as np
import pytest
from checkpoint_tools import (
    MAGIC,
    block,
    crc32c,
    masked,
    message,
    read_handles,
    sealed,
    snappy,
    table,
    varint,
)

from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.slices import join
from slim_torch.checkpoint.sstable import Table
from slim_torch.checkpoint.wire import Field, parse, read_varint, varint_array

PLACE = Place("the file")


def entry(shared, added, value, claimed=None):
    return (
        varint(shared)
        + varint(len(added) if claimed is None else claimed)
        + varint(len(value))
        + added
        + value
    )


def raw_table(content, last=b"z", compression=0, between=b""):
    """A table of one block with these bytes; `between` is put before the index."""
    data = sealed(content, compression)
    meta = sealed(block([]))
    index = block([(last, varint(0) + varint(len(content)))], 1)
    places = (len(data), len(meta) - 5, len(data) + len(meta) + len(between), len(index))
    return data + meta + between + sealed(index) + footer(*places)


def footer(*numbers):
    return b"".join(varint(number) for number in numbers).ljust(40, b"\0") + MAGIC


def points(*restarts):
    return struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))


FIRST = entry(0, b"ab", b"12")
SECOND = entry(1, b"cd", b"345")


def test_a_table_made_by_hand_is_read():
    for content in (FIRST + SECOND + points(0), FIRST + entry(0, b"acd", b"345") + points(0, len(FIRST))):
        rows = list(Table(memoryview(raw_table(content)), PLACE, True))
        assert [(key, bytes(value)) for key, value in rows] == [(b"ab", b"12"), (b"acd", b"345")]
    compressed = snappy(FIRST + SECOND + points(0))
    assert len(list(Table(memoryview(raw_table(compressed, compression=1)), PLACE, True))) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(
            raw_table(FIRST + entry(3, b"d", b"") + points(0)), "shares at most 2", id="shares-too-much"
        ),
        pytest.param(
            raw_table(FIRST + SECOND + points(0, 1)), "inside an entry", id="restart-inside-an-entry"
        ),
        pytest.param(
            raw_table(FIRST + SECOND + points(0, 7)), "whole key", id="restart-where-a-key-is-shared"
        ),
        pytest.param(raw_table(FIRST + SECOND + points(7)), "restart points", id="no-restart-at-the-start"),
        pytest.param(raw_table(FIRST + SECOND + points(0, 0)), "restart points", id="restart-twice"),
        pytest.param(raw_table(FIRST + SECOND + points(0, 15)), "restart points", id="restart-after-the-end"),
        pytest.param(raw_table(FIRST + SECOND + bytes(4)), "count of 0", id="no-restarts"),
        pytest.param(raw_table(FIRST + SECOND + b"\xff" * 4), "count of", id="billions-of-restarts"),
        pytest.param(raw_table(b"abc"), "count of 0", id="no-room-for-restarts"),
        pytest.param(raw_table(FIRST + entry(0, b"ab", b"") + points(0)), "a key above", id="key-twice"),
        pytest.param(
            raw_table(FIRST + entry(0, b"aa", b"") + points(0)), "a key above", id="key-out-of-order"
        ),
        pytest.param(
            raw_table(FIRST + entry(0, b"b", b"", 9) + points(0)), "an entry that", id="key-too-long"
        ),
        pytest.param(raw_table(FIRST + b"\0\x01\x7fb" + points(0)), "an entry that", id="value-too-long"),
        pytest.param(raw_table(FIRST + SECOND + points(0), b"ac"), "up to b'ac'", id="key-above-the-index's"),
        pytest.param(raw_table(FIRST + SECOND + points(0), compression=2), "compression 2", id="compression"),
        pytest.param(raw_table(FIRST + SECOND + points(0), between=b"x"), "before the footer", id="gap"),
    ],
)
@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
def test_a_table_that_lies_is_refused(data, words, verify):
    with pytest.raises(CheckpointError) as info:
        list(Table(memoryview(data), PLACE, verify))
    assert words in str(info.value)


def test_a_block_that_is_listed_twice_is_refused():
    data = sealed(FIRST + SECOND + points(0))
    handle = varint(0) + varint(len(data) - 5)
    meta = sealed(block([]))
    index = block([(b"b", handle), (b"c", handle)], 1)
    places = (len(data), len(meta) - 5, len(data) + len(meta), len(index))
    with pytest.raises(CheckpointError, match="expected a block at"):
        Table(memoryview(data + meta + sealed(index) + footer(*places)), PLACE, True)


def test_keys_that_belong_to_an_earlier_block_are_refused():
    first, second = FIRST + points(0), entry(0, b"a", b"") + points(0)
    data = sealed(first) + sealed(second)
    handles = [(b"b", varint(0) + varint(len(first))), (b"c", varint(len(first) + 5) + varint(len(second)))]
    meta, index = sealed(block([])), block(handles, 1)
    places = (len(data), len(meta) - 5, len(data) + len(meta), len(index))
    with pytest.raises(CheckpointError, match="keys above b'b'"):
        list(Table(memoryview(data + meta + sealed(index) + footer(*places)), PLACE, True))


@pytest.mark.parametrize("cut", [1, 5, 8, 20, 47])
def test_a_table_without_its_whole_footer_is_refused(cut):
    with pytest.raises(CheckpointError):
        Table(memoryview(raw_table(FIRST + points(0))[:-cut]), PLACE, False)


# The wire format.


@pytest.mark.parametrize(
    ("data", "number"),
    [
        pytest.param(b"\x00", 0, id="zero"),
        pytest.param(b"\xac\x02", 300, id="two-bytes"),
        pytest.param(b"\xff" * 9 + b"\x01", 2**64 - 1, id="all-bits"),
        pytest.param(b"\xff" * 9 + b"\x02", None, id="65-bits"),
        pytest.param(b"\x80" * 10 + b"\x00", None, id="eleven-bytes"),
        pytest.param(b"\x80", None, id="cut"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_varints_are_read_one_by_one_and_together(data, number):
    if number is None:
        with pytest.raises(CheckpointError):
            read_varint(data, 0, PLACE)
        for before in (b"", b"\x01" * 100):
            with pytest.raises(CheckpointError):
                varint_array(memoryview(before + data), 1 + len(before), PLACE)
    else:
        assert read_varint(data, 0, PLACE) == (number, len(data))
        many = varint_array(memoryview((data + b"\x05") * 3), 6, PLACE)
        assert many.tolist() == [number, 5] * 3


def test_varints_are_decoded_across_the_ends_of_chunks():
    numbers = (
        np.random.RandomState(0).randint(0, 2**62, 250_000).astype(np.uint64)
        >> np.arange(250_000, dtype=np.uint64) % 60
    )
    data = b"".join(varint(number) for number in numbers.tolist())
    assert len(data) > 1 << 20
    assert (varint_array(memoryview(data), len(numbers), PLACE) == numbers).all()
    with pytest.raises(CheckpointError):
        varint_array(memoryview(data), len(numbers) + 1, PLACE)
    with pytest.raises(CheckpointError, match="64 bits"):
        varint_array(memoryview(b"\x80" * (1 << 21) + b"\x00"), 1, PLACE)


SCHEMA = {
    1: Field("number", 0),
    2: Field("text", 2),
    3: Field("many", 2, repeated=True),
    6: Field("fixed", 5),
}


def test_messages_are_parsed_and_unknown_fields_skipped():
    data = (
        message([(1, 7), (3, b"a"), (3, b""), (6, ("fixed32", 9)), (99, b"other"), (100, 5)])
        + b"\x59"
        + bytes(8)
    )
    assert parse(memoryview(data), SCHEMA, PLACE) == {"number": 7, "many": [b"a", b""], "fixed": 9}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(message([(1, 7), (1, 7)]), id="single-field-twice"),
        pytest.param(message([(1, b"x")]), id="another-wire-type"),
        pytest.param(b"\x12\x05abcd", id="longer-than-the-message"),
        pytest.param(b"\x12" + varint(2**63) + b"abcd", id="absurdly-long"),
        pytest.param(b"\x35abc", id="fixed-cut"),
        pytest.param(b"\x00\x01", id="field-number-0"),
        pytest.param(b"\x0b\x0c", id="group"),
        pytest.param(b"\x0e", id="wire-type-6"),
        pytest.param(b"\x08", id="no-value"),
        pytest.param(varint(1 << 32), id="absurd-tag"),
    ],
)
def test_messages_that_are_none_are_refused(data):
    with pytest.raises(CheckpointError):
        parse(memoryview(data), SCHEMA, PLACE)


# Bundles.


def shape_of(*sizes):
    return message([(2, message([(1, size)] if size else [])) for size in sizes])


def bundle(
    folder, *changes, header=((1, 1), (3, b"\x08\x01")), data=b"\1\2\3\4\5\6\7\x08", key=b"w", extra=()
):
    """A bundle of `w`, the two float32 of `data`, with some fields of its entry changed; None drops one."""
    listed = {1: 1, 2: shape_of(2), 5: 8, 6: ("fixed32", masked(crc32c(data)))}
    listed.update(changes)
    entries = [
        (b"", message(header)),
        (key, message([(n, v) for n, v in sorted(listed.items()) if v is not None])),
    ]
    Path(folder, "x.index").write_bytes(table(sorted(entries + list(extra))))
    Path(folder, "x.data-00000-of-00001").write_bytes(data)
    return Path(folder, "x")


def read(path, verify=True):
    return {name: reader.get_tensor(name) for reader in [load_checkpoint(path, verify)] for name in reader}


def test_a_bundle_made_by_hand_is_read(tmp_path):
    assert read(bundle(tmp_path))["w"].tobytes() == b"\1\2\3\4\5\6\7\x08"
    data = b"\1\2\3\4\5\6\7\x08"
    assert read(bundle(tmp_path, (1, 9), (2, shape_of()), data=data))["w"] == 0x0807060504030201
    data = strings(b"a", b"bcd")
    assert read(bundle(tmp_path, *string_fields(data, 2), data=data))["w"].tolist() == [b"a", b"bcd"]


def strings(*texts, lengths=None):
    lengths = [len(text) for text in texts] if lengths is None else lengths
    crc = crc32c(b"".join(struct.pack("<I", length & 0xFFFFFFFF) for length in lengths))
    return b"".join(map(varint, lengths)) + struct.pack("<I", masked(crc)) + b"".join(texts)


def string_fields(data, count):
    crc = crc32c(b"".join(struct.pack("<I", byte) for byte in data[:count]) + data[count:])
    return [(1, 7), (2, shape_of(count)), (5, len(data)), (6, ("fixed32", masked(crc)))]


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param([(3, 1)], "one of 1 data files", id="shard-that-is-not"),
        pytest.param([(3, 2**64 - 1)], "found number -1", id="negative-shard"),
        pytest.param([(4, 1)], "8 bytes in all", id="beyond-the-file"),
        pytest.param([(4, 2**64 - 4)], "8 bytes at -4", id="before-the-file"),
        pytest.param([(5, 4)], "8 bytes for float32 [2]", id="smaller-than-its-shape"),
        pytest.param([(5, 2**64 - 8)], "-8 bytes", id="negative-size"),
        pytest.param([(2, shape_of(3))], "12 bytes for float32 [3]", id="shape-that-is-larger"),
        pytest.param([(2, shape_of(2**64 - 2))], "a possible shape", id="negative-axis"),
        pytest.param([(2, message([(3, 1)]))], "unknown rank", id="unknown-rank"),
        pytest.param([(1, 4)], "2 bytes for uint8", id="type-of-another-size"),
        pytest.param([(1, 99)], "a known data type", id="unknown-type"),
        pytest.param([(1, None)], "a known data type", id="no-type"),
        pytest.param([(1, 101)], "a known data type", id="reference-type"),
        pytest.param([(1, 7)], "strings", id="strings-that-are-none"),
        pytest.param(
            [(1, 7), (2, shape_of(5))], "at least 9 bytes for 5 strings", id="more-strings-than-bytes"
        ),
        pytest.param([(2, shape_of(0)), (5, None)], "checksum", id="checksum-of-nothing"),
        pytest.param([(7, b""), (2, shape_of(2))], "a slice of 1 axes", id="slice-of-another-rank"),
        pytest.param([(7, message([(1, message([(1, 1)]))]))], "a slice", id="whole-axis-from-1"),
        pytest.param([(7, message([(1, message([(2, 3)]))]))], "a slice within", id="slice-beyond-the-shape"),
        pytest.param([(7, message([(1, message([(2, 2**64 - 5)]))]))], "a slice", id="negative-slice"),
        pytest.param([(7, message([(1, message([(2, 1)]))]))], "Slices are missing", id="half-a-tensor"),
        pytest.param([(7, message([(1, b"")]))], "an entry for the slice", id="slice-without-an-entry"),
    ],
)
def test_a_bundle_that_lies_is_refused(tmp_path, changes, words, verify):
    path = bundle(tmp_path, *changes)
    if words == "checksum" and not verify:
        assert read(path, verify)["w"].shape == (0,)
        return
    with pytest.raises(CheckpointError) as info:
        read(path, verify)
    assert words in str(info.value)
    assert "tensor 'w'" in str(info.value)
    assert info.value.tensor == "w"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        pytest.param([(3, b"\x08\x01")], "a number of data files", id="no-shards"),
        pytest.param([(1, 2**64 - 1)], "a number of data files", id="negative-shards"),
        pytest.param([(1, 1), (2, 2)], "endianness", id="endianness"),
        pytest.param([(1, 1), (3, b"\x08\x05\x10\x02")], "version 1", id="newer-version"),
        pytest.param([(1, b"1")], "varint", id="shards-as-text"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, header, words):
    path = bundle(tmp_path, header=header)
    with pytest.raises(CheckpointError) as info:
        load_checkpoint(path)
    assert words in str(info.value) or "another kind" in str(info.value)
    assert info.value.file == f"{path}.index"


def test_more_shards_than_there_are_is_answered_with_those_that_are_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"x.data-00000-of-00003.*there are x.data-00000-of-00001"):
        read(bundle(tmp_path, header=[(1, 3)]))


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(strings(b"a", b"bcd", lengths=[1, 4]), id="longer-than-the-data"),
        pytest.param(strings(b"a", b"bcd", lengths=[1, 2]), id="shorter-than-the-data"),
        pytest.param(strings(b"a", b"bcd", lengths=[2**63, 2**63 + 4]), id="sum-of-more-than-64-bits"),
        pytest.param(b"\xff" * 12, id="lengths-without-end"),
        pytest.param(b"\x01\x03\0\0\0", id="checksum-cut"),
    ],
)
def test_lengths_of_strings_that_lie_are_refused(tmp_path, data, verify):
    fields = [(1, 7), (2, shape_of(2)), (5, len(data)), (6, string_fields(data, 2)[3][1])]
    with pytest.raises(CheckpointError):
        read(bundle(tmp_path, *fields, data=data), verify)


def test_the_checksum_of_the_lengths_is_compared_by_itself(tmp_path):
    data = b"\x01\x03" + bytes(4) + b"abcd"
    with pytest.raises(CheckpointError, match="of the lengths"):
        read(bundle(tmp_path, *string_fields(data, 2), data=data))


@pytest.mark.parametrize("at", [0, 2, 8], ids=["lengths", "their-checksum", "texts"])
def test_a_changed_byte_in_strings_is_noticed(tmp_path, at):
    data = bytearray(strings(b"a", b"bcd"))
    fields = string_fields(data, 2)
    # Lengths that are exchanged add up to the same.
    data[at : at + 2] = data[at : at + 2][::-1] if at == 0 else bytes([data[at] ^ 1, data[at + 1]])
    with pytest.raises(CheckpointError, match="checksum"):
        read(bundle(tmp_path, *fields, data=bytes(data)))


def slice_entry(*fields):
    listed = {1: 1, 2: shape_of(2), 5: 8, 6: ("fixed32", masked(crc32c(b"\1\2\3\4\5\6\7\x08")))}
    listed.update(fields)
    return b"\0w\0\1\1\1\x80\x7f", message(sorted(listed.items()))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param([], None, id="right"),
        pytest.param([(1, 3)], "a slice of float32 [2]", id="another-type"),
        pytest.param([(2, shape_of(2, 1))], "a slice of float32 [2]", id="another-shape"),
        pytest.param([(7, message([(1, b"")]))], "a slice of float32 [2]", id="slice-of-slices"),
        pytest.param([(4, 4)], "8 bytes in all", id="beyond-the-file"),
    ],
)
def test_an_entry_of_a_slice_that_lies_is_refused(tmp_path, fields, words):
    path = bundle(tmp_path, (5, None), (6, None), (7, message([(1, b"")])), extra=[slice_entry(*fields)])
    if words is None:
        assert read(path)["w"].tobytes() == b"\1\2\3\4\5\6\7\x08"
        return
    with pytest.raises(CheckpointError) as info:
        read(path)
    assert words in str(info.value)


@pytest.mark.parametrize("name", [b"\xff", b"a\xc3", b"\xed\xa0\x80"])
def test_a_name_that_is_not_utf_8_is_refused(tmp_path, name):
    with pytest.raises(CheckpointError, match="UTF-8"):
        load_checkpoint(bundle(tmp_path, key=name))
    with pytest.raises(CheckpointError, match="UTF-8"):
        load_checkpoint(v1(tmp_path, meta_name=name))


@pytest.mark.parametrize("parts", [[], [((0, 2),)], [((0, 2),), ((2, 1),), ((0, 1),)]])
def test_parts_are_joined_only_if_they_are_the_whole(parts):
    with pytest.raises(CheckpointError):
        join([(part, np.zeros(part[0][1])) for part in parts], [3], PLACE)
    assert join([(((2, 1),), np.ones(1)), (((0, 2),), np.zeros(2))], [3], PLACE).tolist() == [0, 0, 1]


# V1 files.


def v1(
    folder,
    meta_name=b"w",
    record_name=b"w",
    dtype=1,
    shape=(2,),
    meta=None,
    key=None,
    part=None,
    values=None,
    extra=(),
):
    """A V1 file of `w`, two values, with parts of it changed."""
    values = message([(5, struct.pack("<2f", 1, 2))]) if values is None else values
    whole = message([(1, b"")] * len(shape))
    part = whole if part is None else part
    fields = [(1, meta_name), (2, shape_of(*shape)), (3, dtype), (4, whole)]
    listed = [(1, message(fields if meta is None else meta)), *extra, (2, b"\x08\x01")]
    record = message([(2, message([(1, record_name), (2, part), (3, values)]))])
    key = (
        b"\0w\0\1" + (bytes([1, len(shape)]) if shape else b"\0") + b"\x80\x7f" * len(shape)
        if key is None
        else key
    )
    Path(folder, "x").write_bytes(table([(b"", message([(1, message(listed))])), (key, record)]))
    return Path(folder, "x")


META = [(1, b"w"), (2, shape_of(2)), (3, 1), (4, message([(1, b"")]))]


def test_a_v1_file_made_by_hand_is_read(tmp_path):
    assert read(v1(tmp_path))["w"].tolist() == [1, 2]
    assert read(v1(tmp_path, dtype=3, values=message([(7, varint(300) + varint(-1))])))["w"].tolist() == [
        300,
        -1,
    ]
    assert read(v1(tmp_path, dtype=7, values=message([(8, b"a"), (8, b"")])))["w"].tolist() == [b"a", b""]
    assert read(v1(tmp_path, shape=(0,), values=b""))["w"].shape == (0,)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"record_name": b"v"}, "a record of that tensor", id="record-of-another-name"),
        pytest.param({"key": b"\0v\0\1\1\1\x80\x7f"}, "a record for the slice", id="no-record"),
        pytest.param(
            {"part": message([(1, message([(2, 2)]))])}, "a record for the slice", id="another-slice"
        ),
        pytest.param({"values": b""}, "at least 2 bytes", id="no-values"),
        pytest.param({"values": message([(5, bytes(4))])}, "8 bytes for 2 values", id="too-few"),
        pytest.param({"values": message([(5, bytes(12))])}, "8 bytes for 2 values", id="too-many"),
        pytest.param({"values": message([(5, bytes(4)), (5, bytes(4))])}, "in one piece", id="in-two-pieces"),
        pytest.param(
            {"values": message([(6, bytes(8))])}, "8 bytes for 2 values, found 0", id="another-field"
        ),
        pytest.param({"dtype": 3, "values": message([(7, b"\x01")])}, "2 values", id="one-integer"),
        pytest.param({"dtype": 3, "values": message([(7, b"\x01\x81")])}, "2 values", id="an-integer-cut"),
        pytest.param(
            {"dtype": 3, "values": message([(7, varint(2**31) + b"\1")])}, "values from", id="int32"
        ),
        pytest.param({"dtype": 4, "values": message([(7, varint(256) + b"\1")])}, "values from", id="uint8"),
        pytest.param(
            {"dtype": 4, "values": message([(7, varint(-1) + b"\1")])}, "values from", id="negative-uint8"
        ),
        pytest.param(
            {"dtype": 19, "values": message([(13, varint(65536) + b"\1")])}, "values from", id="half"
        ),
        pytest.param({"dtype": 10, "values": message([(11, varint(256) + b"\1")])}, "values from", id="bool"),
        pytest.param({"dtype": 7, "values": message([(8, b"abc")])}, "2 strings", id="one-string"),
        pytest.param({"dtype": 14}, "a type that V1 checkpoints can hold", id="bfloat16"),
        pytest.param({"dtype": 99}, "a known data type", id="unknown-type"),
        pytest.param({"meta": META[:3]}, "at least one slice", id="no-slices"),
        pytest.param({"meta": META + [META[3]]}, "slices that make up", id="slice-twice"),
        pytest.param({"meta": [*META[:3], (4, message([(1, message([(2, 1)]))]))]}, "slices that", id="half"),
        pytest.param({"extra": [(1, message(META))]}, "each tensor once", id="tensor-twice"),
        pytest.param({"shape": (2**40,)}, "bytes of values", id="terabytes"),
        pytest.param(
            {"shape": (0,), "meta": [META[0], (2, shape_of(0)), META[2], META[3], META[3]]},
            "slices that",
            id="nothing-twice",
        ),
        pytest.param({"shape": (2, 2**62)}, "a possible shape", id="absurd-shape"),
    ],
)
@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
def test_a_v1_file_that_lies_is_refused(tmp_path, changes, words, verify):
    with pytest.raises(CheckpointError) as info:
        read(v1(tmp_path, **changes), verify)
    assert words in str(info.value)
    assert info.value.tensor == "w"


def test_shards_that_disagree_about_a_tensor_are_refused(tmp_path):
    for number, changes in enumerate(({}, {"dtype": 3, "values": message([(7, b"\1\1")])})):
        v1(tmp_path, **changes).rename(tmp_path / f"m-0000{number}-of-00002")
    with pytest.raises(CheckpointError, match=r"float32 \[2\] as in another file"):
        load_checkpoint(tmp_path / "m")


def test_the_index_of_a_bundle_under_another_name_is_refused_with_advice(tmp_path):
    path = bundle(tmp_path)
    Path(f"{path}.index").rename(tmp_path / "renamed")
    with pytest.raises(CheckpointError, match="the name that it had"):
        load_checkpoint(tmp_path / "renamed")
    assert read_handles((tmp_path / "renamed").read_bytes())


def test_messages_stay_short_when_names_are_long(tmp_path):
    path = bundle(tmp_path, (1, 99), key=b"n" * 100_000)
    with pytest.raises(CheckpointError) as info:
        load_checkpoint(path)
    assert len(str(info.value)) < 2000
