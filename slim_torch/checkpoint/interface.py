"""What every open checkpoint offers, whatever its format: TensorFlow's reader, and Python's mapping manners.

A format gives the list of its tensors when it is opened and their stored values when asked. Invariant:
whatever is wrong with a file comes out as `CheckpointError`.
"""

from __future__ import annotations

import mmap
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch.checkpoint.data_types import DataType, to_numpy, to_torch
from slim_torch.checkpoint.errors import CheckpointError, Place, shortened

__all__ = ["CheckpointReader", "TensorInfo", "map_file"]

# What every NumPy can hold; TensorFlow's own operations stop at 8 or so.
_LARGEST_RANK = 32


class TensorInfo(NamedTuple):
    """Shape and type of a tensor of a checkpoint."""

    shape: tuple[int, ...]
    dtype: DataType


class CheckpointReader(ABC):
    """An open checkpoint: names, shapes and types at once, values when they are asked for.

    Files are mapped into memory, so arrays are views of the file wherever the stored bytes allow it. They
    stay valid after `close`. As with any mapped file, cutting a file short while it is open, instead of
    replacing it, ends the process.

    Names are in the order of their UTF-8 bytes.

    Attributes:
      path: the prefix of a V2 checkpoint; otherwise the file, or the pattern of the files.
      kind: `'V2'`, `'V1'` or `'safetensors'`.
      metadata: the texts that a safetensors file has in its header; empty for TensorFlow's formats.

    Source: tf.train.NewCheckpointReader.
    """

    kind: str

    def __init__(self, path: str, tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]) -> None:
        self.path = path
        self.metadata = dict(metadata)
        self._tensors = {name: tensors[name] for name in sorted(tensors, key=str.encode)}
        self._closed = False

    @abstractmethod
    def _stored(self, name: str, info: TensorInfo) -> np.ndarray[Any, Any]:
        """The stored value: `info.dtype.storage` in any byte order, or objects for strings."""

    @abstractmethod
    def _release(self) -> None:
        """Lets go of the files."""

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        return {name: list(info.shape) for name, info in self._tensors.items()}

    def get_variable_to_dtype_map(self) -> dict[str, torch.dtype | type]:
        """The torch dtype of each tensor; `bytes` for strings, `object` for what cannot be read as values."""
        return {name: info.dtype.torch_dtype for name, info in self._tensors.items()}

    def has_tensor(self, name: str) -> bool:
        return name in self._tensors

    def get_tensor(self, name: str) -> np.ndarray[Any, Any]:
        """The value of a tensor, as a read-only array.

        Returns:
          An array in native byte order, 0-dimensional for a scalar. bfloat16, which NumPy lacks, is widened
          to float32, exactly. Strings are `bytes` in an array of objects.

        Raises:
          CheckpointError: the checkpoint has no tensor of that name, or its data are damaged.
          FileNotFoundError: the file with its data is missing.
        """
        info = self._info(name)
        return to_numpy(self._stored(name, info), info.dtype)

    def get_torch(self, name: str) -> torch.Tensor:
        """The value of a tensor as a new torch tensor, in its own type (bfloat16 too).

        Raises:
          CheckpointError, FileNotFoundError: as `get_tensor`.
          TypeError: it holds strings.
        """
        info = self._info(name)
        if info.dtype.storage is None:
            raise TypeError(f"'{self.path}': '{name}' holds strings, not numbers. Use get_tensor.")
        return to_torch(self._stored(name, info), info.dtype)

    def close(self) -> None:
        """Lets go of the files; arrays that were handed out keep what they need."""
        self._closed = True
        self._release()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __len__(self) -> int:
        return len(self._tensors)

    def __enter__(self) -> CheckpointReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{self.kind} checkpoint '{self.path}', {len(self)} tensors>"

    def _info(self, name: str) -> TensorInfo:
        if self._closed:
            raise ValueError(f"'{self.path}' is closed. Read its tensors before closing it.")
        info = self._tensors.get(name)
        place = Place(self.path, name)
        if info is None:
            import difflib

            near = difflib.get_close_matches(name, self._tensors, n=3)
            raise CheckpointError(
                f"Key {shortened(name)} not found in checkpoint '{self.path}', which has {len(self)} tensors"
                + (f"; near to it are {', '.join(near)}." if near else "."),
                file=self.path,
                tensor=name,
            )
        if info.dtype.torch_dtype is object:
            raise place.error("plain values", f"a {info.dtype.name}", "Such a tensor can only be listed.")
        if len(info.shape) > _LARGEST_RANK:
            raise place.error(f"at most {_LARGEST_RANK} axes", f"{len(info.shape)}", "NumPy cannot hold it.")
        return info


def map_file(path: str | os.PathLike[str]) -> memoryview:
    """The bytes of a file, without reading them yet.

    Raises:
      CheckpointError: it is empty, or not a file.
      FileNotFoundError: there is none.
    """
    place = Place(os.fspath(path))
    # Before opening: to open a pipe is to wait for its other end.
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise place.error("a file", "a folder" if stat.S_ISDIR(status.st_mode) else "a device", "")
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise place.error("a checkpoint", "an empty file", "It may have been cut while it was copied.")
        return memoryview(mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ))
