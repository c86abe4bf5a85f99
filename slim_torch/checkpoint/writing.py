"""Writing files whole or not at all, and safetensors files tensor by tensor.

Knows nothing of variables or checkpoint folders. Invariant: a file appears under its name complete and on
the disk, or not at all; at no time is more than a piece of one tensor copied.
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import torch

__all__ = ["Entry", "bytes_of", "dtype_name", "entry_of", "replacing", "write_safetensors"]

_NAMES = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.uint16: "U16",
    torch.int16: "I16",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.uint32: "U32",
    torch.int32: "I32",
    torch.float32: "F32",
    torch.uint64: "U64",
    torch.int64: "I64",
    torch.float64: "F64",
    torch.complex64: "C64",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
}
_LARGEST_HEADER = 100_000_000  # what readers of the format accept
_ALIGNMENT = 8
_BUFFER = 1 << 20

_counter = itertools.count()


class Entry(NamedTuple):
    """A tensor to write.

    Attributes:
      dtype: a torch dtype, `bytes` for strings, `object` for what has no plain values.
      pieces: gives the value in the order of its axes, as flat arrays, or tensors on the CPU.
    """

    name: str
    dtype: Any
    shape: tuple[int, ...]
    pieces: Callable[[], Iterable[torch.Tensor | np.ndarray[Any, Any]]]

    @property
    def nbytes(self) -> int:
        """How much space the value takes; not for strings."""
        return math.prod(self.shape) * self.dtype.itemsize


def dtype_name(dtype: Any) -> str:
    """TensorFlow's name of a dtype."""
    names = {bytes: "string", object: "resource or variant"}
    return names.get(dtype) or str(dtype).removeprefix("torch.")


def entry_of(name: str, tensor: torch.Tensor) -> Entry:
    """The entry of a tensor in memory; it is brought to the CPU when it is written."""

    def pieces() -> Iterator[torch.Tensor]:
        yield tensor.detach().cpu().contiguous().reshape(-1)

    return Entry(name, tensor.dtype, tuple(tensor.shape), pieces)


def bytes_of(piece: torch.Tensor | np.ndarray[Any, Any]) -> memoryview:
    """The memory of a flat array, or tensor on the CPU, as bytes."""
    if isinstance(piece, torch.Tensor):
        if piece.numel() < 2:
            # Counts as contiguous whatever its strides, and then cannot be viewed as bytes.
            piece = torch.empty_like(piece, memory_format=torch.contiguous_format).copy_(piece)
        # NumPy has no bfloat16, but bytes look the same everywhere.
        return piece.contiguous().view(torch.uint8).numpy().data
    return np.ascontiguousarray(piece).view(np.uint8).data


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[str]:
    """Gives a temporary path beside `path`; what is written there replaces `path` when the block ends."""
    target = Path(path)
    temporary = f"{target}.tmp-{os.getpid()}-{next(_counter)}"
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    if os.name == "posix":
        # The new name must be on the disk too, before anything relies on it.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_safetensors(
    path: str | os.PathLike[str], entries: Iterable[Entry], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes the entries to `path`, whole or not at all.

    Raises:
      TypeError: `metadata` does not map strings to strings.
      ValueError: two entries have one name, or the format cannot hold the dtype of some.
      OSError: the file cannot be written; what was at `path` is untouched.
    """
    # The widest first: then each tensor lies at a multiple of its element's size.
    ordered = sorted(entries, key=lambda entry: (-getattr(entry.dtype, "itemsize", 0), entry.name))
    header = _header(ordered, metadata)
    with replacing(path) as temporary, open(temporary, "wb", buffering=_BUFFER) as file:
        file.write(len(header).to_bytes(8, "little"))
        file.write(header)
        for entry in ordered:
            _write(file, entry)


def _header(entries: list[Entry], metadata: Mapping[str, str] | None) -> bytes:
    unfit = [f"{e.name} ({dtype_name(e.dtype)})" for e in entries if e.dtype not in _NAMES]
    if unfit:
        raise ValueError(
            f"safetensors files cannot hold the dtypes of: {', '.join(unfit)}. Convert or exclude them."
        )
    header: dict[str, object] = {}
    if metadata is not None:
        for key, value in metadata.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise TypeError(f"metadata must map strings to strings, got {key!r}: {value!r}.")
        header["__metadata__"] = dict(metadata)
    position = 0
    for entry in entries:
        if entry.name in header:
            raise ValueError(f"'{entry.name}' cannot be written: the name is taken. Names must differ.")
        end = position + entry.nbytes
        header[entry.name] = {
            "dtype": _NAMES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    if len(text) > _LARGEST_HEADER:
        raise ValueError(
            f"The names and shapes take {len(text):,} bytes, but a safetensors file holds at most "
            f"{_LARGEST_HEADER:,}. Write fewer tensors."
        )
    return text


def _write(file: IO[bytes], entry: Entry) -> None:
    written = sum(file.write(bytes_of(piece)) for piece in entry.pieces())
    assert written == entry.nbytes, f"{entry.name}: wrote {written} bytes of {entry.nbytes}"
