"""safetensors files, read in place: a length, a header in JSON, and the bytes of the tensors.

The header is checked as a whole when the file is opened; the format has no checksums. Invariant: every byte
after the header belongs to exactly one tensor.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import torch

from slim_torch.checkpoint.data_types import DataType
from slim_torch.checkpoint.errors import CheckpointError, Place
from slim_torch.checkpoint.interface import CheckpointReader, TensorInfo, map_file

__all__ = ["SafetensorsReader", "looks_like_safetensors"]

_LARGEST_HEADER = 100_000_000


def _type(torch_dtype: torch.dtype, storage: str) -> DataType:
    return DataType(str(torch_dtype).removeprefix("torch."), torch_dtype, np.dtype(storage))


_TYPES = {
    "BOOL": _type(torch.bool, "?"),
    "U8": _type(torch.uint8, "u1"),
    "I8": _type(torch.int8, "i1"),
    "F8_E5M2": _type(torch.float8_e5m2, "u1"),
    "F8_E4M3": _type(torch.float8_e4m3fn, "u1"),
    "I16": _type(torch.int16, "<i2"),
    "U16": _type(torch.uint16, "<u2"),
    "F16": _type(torch.float16, "<f2"),
    "BF16": _type(torch.bfloat16, "<u2"),
    "I32": _type(torch.int32, "<i4"),
    "U32": _type(torch.uint32, "<u4"),
    "F32": _type(torch.float32, "<f4"),
    "C64": _type(torch.complex64, "<c8"),
    "F64": _type(torch.float64, "<f8"),
    "I64": _type(torch.int64, "<i8"),
    "U64": _type(torch.uint64, "<u8"),
}


def looks_like_safetensors(data: memoryview) -> bool:
    return len(data) > 8 and data[8] == ord("{") and int.from_bytes(data[:8], "little") <= _LARGEST_HEADER


class SafetensorsReader(CheckpointReader):
    """A safetensors file, open.

    Raises:
      CheckpointError: the header is damaged, or does not fit the file.
      FileNotFoundError: there is no such file.
    """

    kind = "safetensors"

    def __init__(self, path: str, data: memoryview | None = None) -> None:
        place = Place(path)
        data = map_file(path) if data is None else data
        size = int.from_bytes(data[:8], "little")
        if len(data) < 8 or size > min(len(data) - 8, _LARGEST_HEADER):
            raise place.error(
                f"a header within {len(data)} bytes", f"one of {size}", "The file is cut, or of another kind."
            )
        header = _parse_header(bytes(data[8 : 8 + size]), place)
        metadata = header.pop("__metadata__", {})
        if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
            raise place.error("texts as __metadata__", f"{metadata!r}")
        self._data: memoryview | None = data[8 + size :]
        self._offsets: dict[str, tuple[int, int]] = {}
        tensors = {}
        for name, entry in header.items():
            tensors[name], self._offsets[name] = _parse_entry(entry, place.of(name))
        end = 0
        for name, (start, stop) in sorted(self._offsets.items(), key=lambda item: item[1]):
            if start != end:
                raise place.of(name).error(f"data from byte {end} on", f"data from {start} on")
            end = stop
        if end != len(self._data):
            raise place.error(f"{end} bytes of tensors", f"{len(self._data)}", "The file is damaged or cut.")
        super().__init__(path, tensors, metadata)

    def _release(self) -> None:
        self._data = None

    def _stored(self, name: str, info: TensorInfo) -> np.ndarray[Any, Any]:
        assert self._data is not None
        assert info.dtype.storage is not None
        start, stop = self._offsets[name]
        if start == stop:
            return np.empty(info.shape, info.dtype.storage)
        return np.frombuffer(self._data[start:stop], info.dtype.storage).reshape(info.shape)


def _parse_header(text: bytes, place: Place) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise place.error("each name once in the header", "one twice")
        return result

    try:
        header = json.loads(text.decode(), object_pairs_hook=once)
    except CheckpointError:
        raise
    except (ValueError, RecursionError) as err:
        raise place.error("a header in JSON", f"{err}", "The file is damaged, or of another kind.") from err
    if not isinstance(header, dict):
        raise place.error("an object as header", f"{type(header).__name__}")
    for name in header:
        # JSON can spell half a character, which no file can have as a name.
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise place.error("names in UTF-8", f"{name!r}")
    return header


def _parse_entry(entry: Any, place: Place) -> tuple[TensorInfo, tuple[int, int]]:
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise place.error("'dtype', 'shape' and 'data_offsets'", f"{entry!r}")
    name, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(name, str) or name not in _TYPES:
        raise place.error(f"one of the types {', '.join(_TYPES)}", f"{name!r}", "It cannot be read here.")
    if not _is_sizes(shape) or math.prod(size for size in shape if size) >> 58:
        raise place.error("a possible shape", f"{shape!r}")
    if not _is_sizes(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise place.error("the two ends of the data", f"{offsets!r}")
    dtype = _TYPES[name]
    assert dtype.storage is not None
    size = math.prod(shape) * dtype.storage.itemsize
    if size != offsets[1] - offsets[0]:
        raise place.error(f"{size} bytes for {name} {shape}", f"{offsets[1] - offsets[0]}")
    return TensorInfo(tuple(shape), dtype), (offsets[0], offsets[1])


def _is_sizes(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)
