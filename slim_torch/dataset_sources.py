"""Datasets that begin outside the graph: Python generators, and the lines and records of files."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_functions import Failure, Run
from slim_torch.dataset_padding import parts_like
from slim_torch.dataset_streams import Items
from slim_torch.dataset_structure import Spec, as_leaf, flat, mapped, packed, text
from slim_torch.datasets import Dataset
from slim_torch.dtypes import as_dtype, numpy_dtype, string
from slim_torch.records import compression_of, open_for_reading, read_records
from slim_torch.symbolic import as_static_shape

__all__ = [
    "FixedLengthRecordDataset",
    "TFRecordDataset",
    "TextLineDataset",
    "generated",
    "matching_files",
]


def generated(generator: Callable[..., Any], output_types: Any, output_shapes: Any, args: Any) -> Dataset:
    """See `Dataset.from_generator`."""
    if not callable(generator):
        raise TypeError("`generator` must be callable.")
    dtypes = mapped(as_dtype, output_types)
    given = [None] * len(flat(dtypes)) if output_shapes is None else parts_like(dtypes, output_shapes)
    specs = [Spec(dtype, as_static_shape(shape)) for dtype, shape in zip(flat(dtypes), given)]
    arguments = [as_leaf(arg) for arg in args or ()]

    def items(run: Run) -> Items:
        values = [run.value(arg) for arg in arguments]
        plain = [value.numpy() if isinstance(value, torch.Tensor) else value for value in values]
        try:
            for element in generator(*plain):
                yield _generated(element, dtypes, specs)
        except errors.OpError as err:
            yield Failure(err)
        except Exception as err:
            yield Failure(_failed(err))

    return Dataset(packed(dtypes, iter(specs)), items, parameters=arguments)


def _failed(err: Exception) -> errors.OpError:
    """What TensorFlow makes of an exception of a Python function."""
    kind = errors.InvalidArgumentError if isinstance(err, (TypeError, ValueError)) else errors.UnknownError
    made = kind(None, None, f"{type(err).__name__}: {err}")
    made.__cause__ = err
    return made


def _generated(element: Any, dtypes: Any, specs: list[Spec]) -> Any:
    try:
        leaves = parts_like(dtypes, element)
    except (TypeError, KeyError, IndexError):
        leaves = []
    if len(leaves) != len(specs):
        return Failure(
            _failed(
                TypeError(
                    f"`generator` yielded an element that did not match the expected structure. The expected structure was "
                    f"{dtypes}, but the yielded element was {element!r}."
                )
            )
        )
    try:
        return tuple(_converted(leaf, spec) for leaf, spec in zip(leaves, specs))
    except (TypeError, ValueError) as err:
        return Failure(_failed(err))


def _converted(leaf: Any, spec: Spec) -> Any:
    made: Any
    try:
        if isinstance(leaf, torch.Tensor):
            made = leaf.detach().to(spec.dtype)
        elif spec.dtype is string:
            array = np.asarray(leaf)
            made = np.empty(array.shape, dtype=object)
            made[...] = np.vectorize(_as_bytes, otypes=[object])(array) if array.size else array
        else:
            made = torch.from_numpy(np.array(leaf, dtype=numpy_dtype(spec.dtype))).to(spec.dtype)
    except (ValueError, TypeError):
        name = str(spec.dtype).removeprefix("torch.")
        raise TypeError(
            f"`generator` yielded an element that could not be converted to the expected type. The expected type was "
            f"{name}, but the yielded element was {leaf}."
        ) from None
    shape = spec.shape
    if shape is not None and not (
        len(shape) == len(made.shape) and all(a is None or a == b for a, b in zip(shape, made.shape))
    ):
        expected = (
            "("
            + ", ".join("?" if s is None else str(s) for s in shape)
            + ("," if len(shape) == 1 else "")
            + ")"
        )
        raise ValueError(
            f"`generator` yielded an element of shape {tuple(made.shape)} where an element of shape {expected} was expected."
        )
    return made


def _as_bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


# Files


def _names(value: Any) -> list[str]:
    found = np.asarray(value).reshape(-1).tolist()
    return [os.fsdecode(name) for name in found]


def matching_files(file_pattern: Any) -> Dataset:
    """The names of the files that match one of the patterns, sorted."""
    patterns = as_leaf(file_pattern)

    def items(run: Run) -> Items:
        given = _names(run.value(patterns))
        found = sorted({name for pattern in given for name in glob.glob(pattern)})
        if not found:
            yield Failure(
                errors.InvalidArgumentError(None, None, f"No files matched pattern: {', '.join(given)}")
            )
        for name in found:
            yield (text(os.fsencode(name)),)

    return Dataset(Spec(string, []), items, parameters=[patterns])


class _FileDataset(Dataset):
    """What the contents of files give, one file after the other."""

    def __init__(
        self, filenames: Any, read: Callable[[str, Run], Iterator[bytes]], parameters: Any = ()
    ) -> None:
        own = [filenames] if isinstance(filenames, Dataset) else []
        names = None if own else as_leaf(filenames)

        def files(run: Run) -> Iterator[Any]:
            if names is not None:
                return iter(_names(run.value(names)))
            return (item if isinstance(item, Failure) else _names(item[0])[0] for item in own[0]._items(run))

        def items(run: Run) -> Items:
            for name in files(run):
                if isinstance(name, Failure):
                    yield name
                    continue
                try:
                    for content in read(name, run):
                        yield (text(content),)
                except errors.OpError as err:
                    yield Failure(err)

        super().__init__(
            Spec(string, []),
            items,
            inputs=own,
            parameters=[*([] if names is None else [names]), *parameters],
        )


def _compression(compression_type: Any) -> Callable[[Run], str]:
    """The compression in a run, for it may be a recorded string."""
    leaf = as_leaf("" if compression_type is None else compression_type)
    return lambda run: compression_of(np.asarray(run.value(leaf)).item())


class TFRecordDataset(_FileDataset):
    """The records of TFRecord files, as strings. Source: tf.data.TFRecordDataset.

    Args:
      filenames: a name, a list or recorded tensor of names, or a dataset of them.
      compression_type: `""`, `"GZIP"` or `"ZLIB"`.
      buffer_size, num_parallel_reads: accepted without effect: files are read in order.

    Raises (when run):
      tf.errors.NotFoundError: there is no such file.
      tf.errors.DataLossError: a record is damaged.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
    ) -> None:
        kind = _compression(compression_type)
        super().__init__(filenames, lambda name, run: read_records(name, kind(run)))


class TextLineDataset(_FileDataset):
    """The lines of text files, without their ends, as strings. Source: tf.data.TextLineDataset.

    Args:
      filenames, compression_type: as for `TFRecordDataset`.
      buffer_size: accepted without effect.
    """

    def __init__(self, filenames: Any, compression_type: Any = None, buffer_size: Any = None) -> None:
        kind = _compression(compression_type)

        def read(name: str, run: Run) -> Iterator[bytes]:
            with open_for_reading(name, kind(run)) as file:
                for line in file:
                    yield line.removesuffix(b"\n").removesuffix(b"\r")

        super().__init__(filenames, read)


class FixedLengthRecordDataset(_FileDataset):
    """Pieces of equal length of binary files, as strings. Source: tf.data.FixedLengthRecordDataset.

    Args:
      record_bytes: the length of a piece.
      header_bytes, footer_bytes: what is left out at both ends of a file.
      filenames, compression_type: as for `TFRecordDataset`.
      buffer_size: accepted without effect.

    Raises (when run):
      tf.errors.InvalidArgumentError: what is between header and footer is no whole number of pieces.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
    ) -> None:
        kind = _compression(compression_type)
        sizes = [as_leaf(0 if size is None else size) for size in (record_bytes, header_bytes, footer_bytes)]

        def read(name: str, run: Run) -> Iterator[bytes]:
            length, header, footer = (run.number(size) for size in sizes)
            with open_for_reading(name, kind(run)) as file:
                content = file.read()
            body = content[header : len(content) - footer]
            if length < 1 or len(body) % length:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f'Excluding the header ({header} bytes) and footer ({footer} bytes), input file "{name}" has body length '
                    f"{len(body)} bytes, which is not an exact multiple of the record length ({length} bytes).",
                )
            for start in range(0, len(body), length):
                yield body[start : start + length]

        super().__init__(filenames, read, sizes)
