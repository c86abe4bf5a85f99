"""Files that are read and written when the graph runs: names, contents, and lines of comma-separated values."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dataset_structure import text
from slim_torch.dtypes import constant_dtype, numpy_dtype, string
from slim_torch.inference import no_outputs, tensor_like, tensors_like
from slim_torch.recording import record, recording_graph
from slim_torch.tensors import as_tensor, known_value

__all__ = ["decode_csv", "matching_files", "write_file"]


def _strings(value: Any) -> list[bytes]:
    array = np.asarray(value, dtype=object)
    return [item.encode() if isinstance(item, str) else bytes(item) for item in array.reshape(-1)]


def _recorded(value: Any) -> Any:
    return value if recording_graph() is None else as_tensor(value, string)


def _matching(pattern: Any) -> np.ndarray[Any, Any]:
    found = sorted(path for one in _strings(pattern) for path in glob.glob(os.fsdecode(one)))
    made = np.empty(len(found), object)
    made[:] = [os.fsencode(path) for path in found]
    return made


def matching_files(pattern: Any, name: str | None = None) -> Any:
    """The names of the files that match a pattern, or several, in order. Source: tf.matching_files."""
    if recording_graph() is None:
        return _matching(pattern)
    static = tensor_like([None], string)
    return record(_matching, (_recorded(pattern),), op_type="MatchingFiles", name=name, static=static)


def _written(filename: Any, contents: Any) -> None:
    (path,) = _strings(filename)
    folder = os.path.dirname(os.fsdecode(path))
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as file:
        file.write(_strings(contents)[0])


def write_file(filename: Any, contents: Any, name: str | None = None) -> Any:
    """An operation that writes a file, and makes the folder for it. Source: tf.write_file."""
    if recording_graph() is None:
        return _written(filename, contents)
    arguments = (_recorded(filename), _recorded(contents))
    return record(_written, arguments, op_type="WriteFile", name=name, stateful=True, static=no_outputs())


def _fields(
    records: Any, defaults: list[Any], delimiter: str, quotes: bool, missing: str, columns: list[int] | None
) -> list[Any]:
    lines = [line.decode() for line in _strings(records)]
    style: Any = {"delimiter": delimiter, "quoting": csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE}
    rows = [next(csv.reader([line], **style), []) for line in lines]
    taken = []
    for number, row in enumerate(rows):
        wanted = row if columns is None else [row[column] for column in columns if column < len(row)]
        if len(wanted) != len(defaults):
            raise errors.InvalidArgumentError(
                None, None, f"Expect {len(defaults)} fields but have {len(wanted)} in record {number}"
            )
        taken.append(wanted)
    shape = np.shape(records)
    return [
        _column([row[place] for row in taken], default, place, missing, shape)
        for place, default in enumerate(defaults)
    ]


def _column(cells: list[str], default: Any, place: int, missing: str, shape: tuple[int, ...]) -> Any:
    dtype, given = default
    values = []
    for number, cell in enumerate(cells):
        if cell in ("", missing):
            if given is None:
                raise errors.InvalidArgumentError(
                    None, None, f"Field {place} is required but missing in record {number}!"
                )
            values.append(given)
        elif dtype is string:
            values.append(cell.encode())
        else:
            try:
                values.append(numpy_dtype(dtype)(cell))
            except ValueError as err:
                kind = str(dtype).removeprefix("torch.")
                raise errors.InvalidArgumentError(
                    None, None, f"Field {place} in record {number} is not a valid {kind}: {cell}"
                ) from err
    if dtype is string:
        made = np.empty(len(values), object)
        made[:] = [value.encode() if isinstance(value, str) else value for value in values]
        return made.reshape(shape) if shape else text(made[0])
    return torch.tensor(values, dtype=dtype).reshape(shape)


def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Any]:
    """The fields of lines of comma-separated values, a tensor for each field.

    Args:
      records: strings, of any shape.
      record_defaults: for each field a list with what an empty cell means, whose dtype is that of the field; an empty
        one for a field that must not be empty.
      field_delim: what separates fields.
      use_quote_delim: whether quotes keep a separator.
      na_value: what counts as empty too.
      select_cols: the fields wanted, by number.

    Raises (when run):
      tf.errors.InvalidArgumentError: another number of fields, or one that is no number.

    Source: tf.decode_csv.
    """
    defaults = [_default(given) for given in record_defaults]
    columns = None if select_cols is None else list(select_cols)
    settings = (defaults, field_delim, use_quote_delim, na_value, columns)
    if recording_graph() is None:
        return _fields(records, *settings)
    records = _recorded(records)
    sizes = None if records.get_shape().ndims is None else records.get_shape().as_list()
    static = tensors_like(list, [(sizes, dtype) for dtype, _ in defaults])
    found = record(
        _fields, (records, *settings), op_type="DecodeCSV", name=name or "DecodeCSV", static=static
    )
    return list(found)


def _default(given: Any) -> tuple[Any, Any]:
    """Dtype, and the value of an empty cell, None if there must be none."""
    if isinstance(given, torch.Tensor):
        known = known_value(given)
        if known is None:
            raise ValueError(f"decode_csv: the default {given!r} is not known while the graph is built.")
        return given.dtype, (known.reshape(-1)[0] if known.size else None)
    array = np.asarray(
        given, dtype=object if any(isinstance(g, (str, bytes)) for g in np.ravel(given)) else None
    )
    dtype = string if array.dtype == object else constant_dtype(given)
    return dtype, (array.reshape(-1)[0] if array.size else None)
