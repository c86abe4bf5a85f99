"""Functions of strings: joining, splitting, parsing, replacing, element by element.

A tensor of strings has TensorFlow's dtype `tf.string`; its value is a NumPy array of bytes, also inside of
steps, since PyTorch has no such tensors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.dtypes import as_dtype, string
from slim_torch.inference import tensor_like, tensors_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.sparse import SparseTensor
from slim_torch.symbolic import SymbolicTensor, merged_shape, static_shape
from slim_torch.tensors import as_tensor, known_value

__all__ = [
    "as_string",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "string_join",
    "string_length",
    "string_lower",
    "string_split",
    "string_strip",
    "string_to_number",
    "string_upper",
    "substr",
]


def _sizes(x: Any) -> list[int | None] | None:
    return static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)


def _fail(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _strings(value: Any, op_type: str) -> Any:
    """`value` as a tensor of strings.

    Raises:
      TypeError: it is none.
    """
    tensor = as_tensor(value)
    if (string if isinstance(tensor, np.ndarray) else tensor.dtype) is not string:
        raise TypeError(
            f"Input of '{op_type}' Op has type {str(tensor.dtype)[6:]} that does not match expected type of string."
        )
    return tensor


def _recorded(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    shape: Any,
    dtype: Any,
    op_type: str,
    name: str | None,
) -> Any:
    graph = recording_graph()
    if graph is None:
        return function(*args)
    return record(
        function, args, op_type=op_type, name=name or op_type, static=tensor_like(shape, dtype), graph=graph
    )


def _mapped(function: Callable[[bytes], Any], strings: Any, kind: Any = object) -> np.ndarray:
    array = np.asarray(strings, dtype=object)
    found = np.empty(array.size, dtype=kind)
    for place, item in enumerate(array.reshape(-1)):
        found[place] = function(item)
    return found.reshape(array.shape)


def _elementwise(change: Callable[..., Any], args: tuple[Any, ...], op_type: str, name: str | None) -> Any:
    return _recorded(change, args, _sizes(args[0]), string, op_type, name)


# Joining


def _join(inputs: Sequence[Any], separator: bytes) -> np.ndarray:
    arrays = np.broadcast_arrays(*[np.asarray(item, dtype=object) for item in inputs])
    found = np.empty(arrays[0].size, dtype=object)
    for place, parts in enumerate(zip(*(array.reshape(-1) for array in arrays))):
        found[place] = separator.join(parts)
    return found.reshape(arrays[0].shape)


def string_join(inputs: Sequence[Any], separator: str = "", name: str | None = None) -> Any:
    """The strings of several tensors of one shape joined, element by element; scalars go with all.

    Raises:
      ValueError: the shapes differ.

    Source: tf.string_join.
    """
    parts = [_strings(item, "StringJoin") for item in inputs]
    shape: Any = []
    for part in parts:
        own = _sizes(part)
        if own is None or shape is None:
            shape = None
        elif own:
            shape = merged_shape(shape, own) if shape else own
    return _recorded(_join, (parts, separator.encode()), shape, string, "StringJoin", name)


def _reduce_join(strings: Any, axes: list[int], separator: bytes, keeps: bool) -> np.ndarray:
    array = np.asarray(strings, dtype=object)
    chosen = [axis % array.ndim for axis in axes]
    rest = [(axis, size) for axis, size in enumerate(array.shape) if axis not in chosen]
    # The first axis named is joined first.
    moved = array.transpose([axis for axis, _ in rest] + chosen[::-1])
    rows = moved.reshape(int(np.prod([size for _, size in rest])), -1)
    found = np.empty(len(rows), dtype=object)
    for place, row in enumerate(rows):
        found[place] = separator.join(row)
    if keeps:
        return found.reshape([1 if axis in chosen else size for axis, size in enumerate(array.shape)])
    return found.reshape([size for _, size in rest])


def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The strings along some axes joined into one, in the order of `axis`; along all by default.

    Source: tf.reduce_join.
    """
    with name_scope(name, "ReduceJoin", [inputs]):
        strings = _strings(inputs, "ReduceJoin")
        shape = _sizes(strings)
        axis = reduction_indices if axis is None else axis
        if shape is None:
            raise ValueError("reduce_join needs a tensor of known rank. Give the placeholder a shape.")
        axes = [*range(len(shape))][::-1] if axis is None else [int(a) for a in np.asarray(axis).reshape(-1)]
        keeps = bool(keep_dims or keepdims)
        joined = {a % len(shape) for a in axes} if shape else set()
        left = [
            1 if place in joined else size for place, size in enumerate(shape) if keeps or place not in joined
        ]
        return _recorded(
            _reduce_join, (strings, axes, separator.encode(), keeps), left, string, "ReduceJoin", None
        )


# Numbers


def _number_format(kind: Any, precision: int, scientific: bool, shortest: bool, width: int, fill: str) -> str:
    if len(fill) > 1:
        raise _fail("Fill string must be one or fewer characters")
    floating = kind.is_floating_point or kind.is_complex
    if precision >= 0 and not floating:
        raise _fail(f"precision not supported for datatype {str(kind)[6:]}")
    text = "%" + fill + (str(width) if width > -1 else "")
    if precision > -1:
        text += f".{precision}"
    if not floating:
        return text + "d"
    return text + ("e" if scientific else "g" if shortest else "f")


def _as_string(
    x: torch.Tensor, precision: int, scientific: bool, shortest: bool, width: int, fill: str
) -> np.ndarray:
    text = _number_format(x.dtype, precision, scientific, shortest, width, fill)
    found = np.empty(x.numel(), dtype=object)
    for place, item in enumerate(x.detach().cpu().reshape(-1).tolist()):
        if isinstance(item, bool):
            shown = "true" if item else "false"
        elif isinstance(item, complex):
            shown = f"({text % item.real},{text % item.imag})"
        else:
            shown = text % item
        found[place] = shown.encode()
    return found.reshape(tuple(x.shape))


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Any:
    """Numbers and booleans as strings, as C's printf writes them. Source: tf.as_string.

    Args:
      precision: digits after the point; 6 by default.
      scientific, shortest: the formats `%e` and `%g` in place of `%f`.
      width, fill: the least width, filled up with spaces or with the character `fill`.

    Raises:
      TypeError: `input` holds strings.
      ValueError: both `scientific` and `shortest`.
    """
    x = as_tensor(input)
    if isinstance(x, np.ndarray) or x.dtype is string:
        raise TypeError(
            "Value passed to parameter 'input' has DataType string not in list of allowed values: int8, int16, int32, "
            "int64, complex64, complex128, float32, float64, bool"
        )
    if scientific and shortest:
        raise ValueError("as_string: choose one of scientific and shortest.")
    args = (x, precision, scientific, shortest, width, fill)
    return _recorded(_as_string, args, _sizes(x), string, "AsString", name)


_FLOAT = re.compile(rb"\s*[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity|nan)\s*", re.I)
_INTEGER = re.compile(rb"\s*[+-]?\d+\s*")


def _to_number(strings: Any, dtype: torch.dtype) -> torch.Tensor:
    floating = dtype.is_floating_point
    limits = None if floating else torch.iinfo(dtype)

    def parsed(item: bytes) -> Any:
        if (_FLOAT if floating else _INTEGER).fullmatch(item):
            number = float(item) if floating else int(item)
            if limits is None or limits.min <= number <= limits.max:
                return number
        raise _fail(f"StringToNumberOp could not correctly convert string: {item.decode(errors='replace')}")

    kind = np.float64 if floating else np.int64
    return torch.from_numpy(np.array(_mapped(parsed, strings, kind))).to(dtype)


def string_to_number(
    string_tensor: Any = None, out_type: Any = torch.float32, name: str | None = None, input: Any = None
) -> Any:
    """The numbers that strings show: float32, float64, int32 or int64. Source: tf.string_to_number.

    Raises:
      TypeError: another `out_type`.
      tf.errors.InvalidArgumentError: when run, a string shows no number, or one out of range.
    """
    kind = as_dtype(out_type)
    if kind not in (torch.float32, torch.float64, torch.int32, torch.int64):
        raise TypeError(
            f"Value passed to parameter 'out_type' has DataType {str(kind)[6:]} not in list of allowed values: float32, "
            f"float64, int32, int64"
        )
    strings = _strings(string_tensor if input is None else input, "StringToNumber")
    return _recorded(_to_number, (strings, kind), _sizes(strings), kind, "StringToNumber", name)


# Parts


def _pieces(item: bytes, separator: bytes, skips: bool) -> list[bytes]:
    if not separator:
        return [item[place : place + 1] for place, _ in enumerate(item)]
    # Each character of the separator separates.
    found = re.split(b"[" + re.escape(separator) + b"]", item)
    return [piece for piece in found if piece] if skips else found


def _split(strings: Any, separator: bytes, skips: bool) -> tuple[torch.Tensor, np.ndarray, torch.Tensor]:
    rows = [_pieces(item, separator, skips) for item in np.asarray(strings, dtype=object)]
    places = [(i, j) for i, row in enumerate(rows) for j, _ in enumerate(row)]
    values = np.empty(len(places), dtype=object)
    values[:] = [piece for row in rows for piece in row]
    longest = max((len(row) for row in rows), default=0)
    indices = torch.tensor(places, dtype=torch.int64).reshape(-1, 2)
    return indices, values, torch.tensor([len(rows), longest])


def string_split(
    source: Any,
    sep: str | None = None,
    skip_empty: bool = True,
    delimiter: str | None = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> SparseTensor:
    """Each string of a vector split where a character of `sep` is; row by row, as a sparse matrix.

    Args:
      source: `[n]`.
      sep: one space by default; empty splits between all bytes.
      skip_empty: whether empty pieces are left out.
      delimiter: the older name of `sep`.

    Raises:
      ValueError: `source` is no vector; `result_type` is another.

    Source: tf.string_split.
    """
    if result_type != "SparseTensor":
        raise ValueError(f"string_split gives a SparseTensor; result_type {result_type!r} is not supported.")
    separator = delimiter if sep is None else sep
    separator = " " if separator is None else separator
    strings = _strings(source, "StringSplit")
    shape = _sizes(strings)
    if shape is not None and len(shape) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(shape)} for 'StringSplit': pass a vector.")
    args = (strings, separator.encode(), skip_empty)
    graph = recording_graph()
    if graph is None:
        return SparseTensor.with_components(*_split(*args))
    with name_scope(name, "StringSplit", [source]):
        static = tensors_like(tuple, [([None, 2], torch.int64), ([None], string), ([2], torch.int64)])
        parts = record(_split, args, op_type="StringSplit", name="StringSplit", static=static, graph=graph)
    return SparseTensor.with_components(*parts)


def _substr(strings: Any, pos: Any, length: Any, characters: bool) -> np.ndarray:
    array = np.asarray(strings, dtype=object)
    starts, sizes = (np.broadcast_to(np.asarray(x), array.shape).reshape(-1) for x in (pos, length))
    found = np.empty(array.size, dtype=object)
    for place, item in enumerate(array.reshape(-1)):
        text: Any = item.decode() if characters else item
        start = int(starts[place])
        first = start + len(text) if start < 0 else start
        if not 0 <= first <= len(text):
            raise _fail(f"pos {start} out of range for string {item!r} at index {place}")
        part = text[first : first + int(sizes[place])]
        found[place] = part.encode() if characters else part
    return found.reshape(array.shape)


def _unit(unit: str) -> bool:
    if unit not in ("BYTE", "UTF8_CHAR"):
        raise ValueError(f"unit must be 'BYTE' or 'UTF8_CHAR', got {unit!r}.")
    return unit == "UTF8_CHAR"


def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Any:
    """`len` bytes (or characters) of each string, from `pos` on; a negative `pos` counts from the end.

    Raises:
      tf.errors.InvalidArgumentError: when run, `pos` is outside of a string.

    Source: tf.substr.
    """
    strings = _strings(input, "Substr")
    args = (strings, as_tensor(pos), as_tensor(len), _unit(unit))
    return _elementwise(_substr, args, "Substr", name)


def _length(strings: Any, characters: bool) -> torch.Tensor:
    count = (lambda item: len(item.decode())) if characters else len
    return torch.from_numpy(np.array(_mapped(count, strings, np.int32)))


def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Any:
    """The number of bytes (or characters) of each string, int32. Source: tf.strings.length."""
    strings = _strings(input, "StringLength")
    return _recorded(_length, (strings, _unit(unit)), _sizes(strings), torch.int32, "StringLength", name)


# Changing


def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    try:
        return re.compile(pattern)
    except re.error as err:
        raise _fail(f"Invalid pattern: {pattern.decode()}, error: {err}") from err


def _text(value: Any) -> bytes:
    """A string argument, given as text, bytes or a tensor that is known."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    known = (
        value.op.args[0]
        if isinstance(value, SymbolicTensor) and value.op.type == "Const"
        else known_value(value)
    )
    if known is None:
        raise ValueError(f"A pattern must be known when the graph is built, got {value!r}.")
    return bytes(np.asarray(known, dtype=object).item())


def _replace(strings: Any, pattern: bytes, rewrite: bytes, everywhere: bool) -> np.ndarray:
    found = _compiled(pattern)
    # In TensorFlow \0 is the whole match.
    with_group = rewrite.replace(rb"\0", rb"\g<0>")
    return _mapped(lambda item: found.sub(with_group, item, count=0 if everywhere else 1), strings)


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Any:
    r"""Each string with the matches of a regular expression replaced; `\1` is what the first group matched.

    Args:
      replace_global: whether all matches are replaced, or the first.

    Patterns are Python's, which know all that TensorFlow's do except for classes of Unicode (`\pL`).

    Source: tf.regex_replace.
    """
    args = (_strings(input, "StaticRegexReplace"), _text(pattern), _text(rewrite), replace_global)
    return _elementwise(_replace, args, "StaticRegexReplace", name)


def _full_match(strings: Any, pattern: bytes) -> torch.Tensor:
    found = _compiled(pattern)
    return torch.from_numpy(np.array(_mapped(lambda item: found.fullmatch(item) is not None, strings, bool)))


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Any:
    """Whether a regular expression matches each string as a whole. Source: tf.strings.regex_full_match."""
    strings = _strings(input, "StaticRegexFullMatch")
    return _recorded(
        _full_match, (strings, _text(pattern)), _sizes(strings), torch.bool, "StaticRegexFullMatch", name
    )


def _cased(strings: Any, method: str, encoding: str) -> np.ndarray:
    if not encoding:
        return _mapped(lambda item: getattr(item, method)(), strings)
    return _mapped(lambda item: getattr(item.decode(encoding), method)().encode(encoding), strings)


def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Lower case; of ASCII, unless `encoding` is `"utf-8"`. Source: tf.strings.lower."""
    return _elementwise(_cased, (_strings(input, "StringLower"), "lower", encoding), "StringLower", name)


def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Any:
    """Upper case; of ASCII, unless `encoding` is `"utf-8"`. Source: tf.strings.upper."""
    return _elementwise(_cased, (_strings(input, "StringUpper"), "upper", encoding), "StringUpper", name)


def string_strip(input: Any, name: str | None = None) -> Any:
    """Without white space at both ends. Source: tf.string_strip."""
    return _elementwise(_cased, (_strings(input, "StringStrip"), "strip", ""), "StringStrip", name)
