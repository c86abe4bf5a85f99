"""Coverage-guided fuzzing of `slim_torch.checkpoint.reader` with atheris; see `docs/checkpoint_fuzzing.md`.

Run with a Python that has atheris and the project's dependencies:

    python tests/fuzz/fuzz_reader.py --make-corpus CORPUS
    python tests/fuzz/fuzz_reader.py CORPUS -max_total_time=600 -timeout=5 -rss_limit_mb=2048 -max_len=65536

An input is one byte of options and the files: see `split`. Half of the mutations change a record of a table and
write the table anew with right checksums and lengths, so that what is behind those is reached too.
"""

import contextlib
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

import atheris  # noqa: E402

with atheris.instrument_imports(include=["slim_torch.checkpoint"]):
    from slim_torch.checkpoint import errors, reader, snappy

import checkpoint_tools as tools  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402

GOLDEN = HERE.parent / "golden" / "checkpoints"
SEEDS = [
    "dtypes_v1",
    "dtypes_v2",
    "names_v1",
    "object_graph",
    "partitioned_v1",
    "partitioned_v2",
    "model_v1",
    "model_v2",
]
V2, V1, SAFETENSORS, SNAPPY = range(4)
VERIFY = 4
ALLOWED = (errors.CheckpointError, FileNotFoundError)


def split(data):
    """The kind of checkpoint, whether to verify, and the files: for V2 the index after its length."""
    options, rest = data[0], data[1:]
    kind = options & 3
    if kind != V2:
        return kind, bool(options & VERIFY), rest, b""
    length = int.from_bytes(rest[:3], "little")
    return kind, bool(options & VERIFY), rest[3 : 3 + length], rest[3 + length :]


def joined(kind, verify, table, data):
    prefix = len(table).to_bytes(3, "little") if kind == V2 else b""
    return bytes([kind | VERIFY * verify]) + prefix + table + data


def run(data):
    if len(data) < 2:
        return
    kind, verify, table, content = split(data)
    if kind == SNAPPY:
        with contextlib.suppress(ALLOWED):
            snappy.decompress(table, errors.Place("fuzz"))
        return
    folder = Path(tempfile.mkdtemp(dir=SCRATCH))
    try:
        (folder / ("m.index" if kind == V2 else "m")).write_bytes(table)
        if kind == V2:
            (folder / "m.data-00000-of-00001").write_bytes(content)
        opened = reader.load_checkpoint(folder / "m", verify=verify)
        shapes, types = opened.get_variable_to_shape_map(), opened.get_variable_to_dtype_map()
        for name in opened:
            try:
                value = opened.get_tensor(name)
                assert list(value.shape) == shapes[name]
                if types[name] is not bytes:
                    assert opened.get_torch(name).dtype == types[name]
            except ALLOWED:
                pass
        opened.close()
    except ALLOWED:
        pass
    finally:
        shutil.rmtree(folder)


def mutate(data, max_size, seed):
    chance = random.Random(seed)
    kind, verify, table, content = split(data) if len(data) > 1 else (SNAPPY, False, b"", b"")
    if kind not in (V1, V2) or chance.random() < 0.5:
        return atheris.Mutate(data, max_size)
    try:
        entries = tools.read_table(table)
        at = chance.randrange(len(entries))
        key, value = entries[at]
        if chance.random() < 0.2:
            key = bytes(atheris.Mutate(key, len(key) + 16))
        else:
            value = bytes(atheris.Mutate(value, len(value) + 64))
        entries[at] = (key, value)
        block_size = chance.choice([1 << 6, 1 << 10, 1 << 18])
        table = tools.table(sorted(entries), block_size, compressed=chance.random() < 0.2)
    except (IndexError, AssertionError, ValueError, tools.struct.error, MemoryError):
        return atheris.Mutate(data, max_size)
    return joined(kind, verify, table, content)[:max_size]


def make_corpus(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for verify in (False, True):
        for name in SEEDS:
            kind = V1 if name.endswith("_v1") else V2
            table = (GOLDEN / (f"{name}.index" if kind == V2 else name)).read_bytes()
            content = (GOLDEN / f"{name}.data-00000-of-00001").read_bytes() if kind == V2 else b""
            (folder / f"{name}-{verify}").write_bytes(joined(kind, verify, table, content))
            compressed = tools.table(tools.read_table(table), 1 << 10, compressed=True)
            (folder / f"{name}-{verify}-snappy").write_bytes(joined(kind, verify, compressed, content))
    (folder / "snappy").write_bytes(
        joined(SNAPPY, False, tools.snappy(b"abcabcabcabc" * 20 + bytes(99)), b"")
    )
    tensors = {"a": torch.ones(2, 3), "b": torch.zeros(0, 2, dtype=torch.bfloat16), "c": torch.tensor(True)}
    content = safetensors.torch.save(tensors, {"step": "1"})
    (folder / "safetensors").write_bytes(joined(SAFETENSORS, False, content, b""))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make-corpus"]:
        make_corpus(Path(sys.argv[2]))
    else:
        SCRATCH = tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        atheris.Setup(sys.argv, run, custom_mutator=mutate)
        atheris.Fuzz()
