"""The command `slim-torch`: checkpoints looked at and converted, scripts run. No TensorFlow is needed.

Only arguments and printing; the work is done in `checkpoint/`. Invariant: whatever is wrong with the input
comes out as one line on stderr and exit code 2.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

import numpy as np
import torch

from slim_torch.checkpoint.conversion import FORMATS, convert
from slim_torch.checkpoint.interface import CheckpointReader
from slim_torch.checkpoint.reader import load_checkpoint
from slim_torch.checkpoint.slots import optimizer_slots, training_variables
from slim_torch.checkpoint.writing import dtype_name
from slim_torch.commands import classify, summarize, training
from slim_torch.errors import OpError
from slim_torch.porting import command as porting

__all__ = ["main"]

_SHOWN_VALUES = 1000  # NumPy shortens longer arrays


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"]:
        # Everything behind it belongs to the script, and what that raises is Python's to show.
        from slim_torch.compat.running import run

        return run(given[1:])
    options = _parser().parse_args(given)
    try:
        options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output has seen enough; Python must not complain when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, ValueError, TypeError, OpError) as err:
        print(f"slim-torch: error: {_one_line(err)}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="slim-torch", description="TensorFlow 1 and TF-Slim code and checkpoints, without TensorFlow."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    command = commands.add_parser("inspect", help="list what is in a checkpoint")
    command.add_argument("path", metavar="PATH", help="checkpoint: a prefix, a file or a folder")
    command.add_argument("--tensor", metavar="NAME", help="print the values and statistics of one tensor")
    command.set_defaults(run=_inspect)

    porting.add_command(commands)
    summarize.add_command(commands)
    classify.add_command(commands)
    training.add_commands(commands)

    command = commands.add_parser("convert", help="write a checkpoint in another format, or parts of it")
    command.add_argument("source", metavar="SOURCE", help="checkpoint: a prefix, a file or a folder")
    command.add_argument("target", metavar="TARGET", help="safetensors file, or prefix of TensorFlow's files")
    command.add_argument(
        "--exclude",
        metavar="SCOPE",
        nargs="+",
        action="extend",
        default=[],
        help="leave out what is under these scopes (regular expressions, matched from the start)",
    )
    command.add_argument(
        "--only-model-variables",
        action="store_true",
        help="leave out optimizers' slots, moving averages of variables, and counters",
    )
    command.add_argument(
        "--rename",
        metavar="REGEX=REPLACEMENT",
        nargs="+",
        action="extend",
        default=[],
        help="change names; rules are applied in order",
    )
    command.add_argument(
        "--dtype", metavar="DTYPE", help="convert floating-point tensors, to float16 for example"
    )
    command.add_argument("--to", choices=FORMATS, default=FORMATS[0], help="format (default: %(default)s)")
    command.set_defaults(run=_convert)

    commands.add_parser("run", help="run a script that imports tensorflow, on slim_torch", add_help=False)
    return parser


def _convert(options: argparse.Namespace) -> None:
    done = convert(
        options.source,
        options.target,
        exclude=options.exclude,
        only_model_variables=options.only_model_variables,
        rename=options.rename,
        dtype=options.dtype,
        to=options.to,
    )
    left_out = f", {len(done.left_out)} left out" if done.left_out else ""
    print(f"{done.path}: {len(done.names)} tensors, {_bytes(done.nbytes)}{left_out}")


def _inspect(options: argparse.Namespace) -> None:
    with load_checkpoint(options.path) as reader:
        if options.tensor is None:
            _print_list(reader)
        else:
            _print_tensor(reader, options.tensor.removesuffix(":0"))


def _print_list(reader: CheckpointReader) -> None:
    shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    sizes = {name: _size(shapes[name], dtypes[name]) for name in reader}
    rows = [
        (_printable(name), str(shapes[name]), dtype_name(dtypes[name]), "" if size is None else _bytes(size))
        for name, size in sizes.items()
    ]
    heading = ("name", "shape", "dtype", "size")
    widths = [max(map(len, column)) for column in zip(heading, *rows)]
    for name, shape, dtype, size in [heading, *rows]:
        print(
            f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {dtype:<{widths[2]}}  {size:>{widths[3]}}".rstrip()
        )
    print()
    of_training = training_variables(reader)
    model = [name for name in reader if name not in of_training]
    print(
        f"{reader.path}: {reader.kind}, {len(rows)} tensors, {_bytes(sum(size or 0 for size in sizes.values()))}"
    )
    print(f"model: {_totals(model, shapes, sizes)}")
    if of_training:
        slots = sorted({slot for of_one in optimizer_slots(reader).values() for slot in of_one})
        print(
            f"training: {_totals(of_training, shapes, sizes)}" + (f" ({', '.join(slots)})" if slots else "")
        )
    for key, value in sorted(reader.metadata.items()):
        print(f"{key}: {_printable(value if len(value) <= 200 else value[:200] + '...')}")


def _totals(names: Iterable[str], shapes: dict[str, list[int]], sizes: dict[str, int | None]) -> str:
    names = list(names)
    elements = sum(int(np.prod(shapes[name], dtype=object)) for name in names)
    return f"{len(names)} tensors, {elements:,} values, {_bytes(sum(sizes[name] or 0 for name in names))}"


def _print_tensor(reader: CheckpointReader, name: str) -> None:
    value = reader.get_tensor(name)
    dtype = reader.get_variable_to_dtype_map()[name]
    size = _size(list(value.shape), dtype)
    print(
        f"{_printable(name)}: shape {list(value.shape)}, {dtype_name(dtype)}"
        + ("" if size is None else f", {_bytes(size)}")
    )
    if isinstance(dtype, torch.dtype) and value.size:
        print(_statistics(value))
    with np.printoptions(threshold=_SHOWN_VALUES, linewidth=110):
        print(value)


def _statistics(value: np.ndarray) -> str:
    if value.dtype.kind == "b":
        return f"{np.count_nonzero(value):,} of {value.size:,} true"
    if value.dtype.kind == "c":
        return f"mean {value.mean()}, largest magnitude {np.abs(value).max():.6g}"
    numbers = value.astype(np.float64) if value.dtype.kind == "f" else value
    finite = numbers[np.isfinite(numbers)] if value.dtype.kind == "f" else numbers
    odd = value.size - finite.size
    if not finite.size:
        return f"none of {value.size:,} values is finite"
    text = f"min {finite.min():.6g}, max {finite.max():.6g}, mean {finite.mean():.6g}, std {finite.std():.6g}"
    text += f", {value.size - np.count_nonzero(value):,} zeros"
    return text + (f", {odd:,} not finite" if odd else "")


def _size(shape: list[int], dtype: torch.dtype | type) -> int | None:
    """Bytes; None for what has no fixed size."""
    return int(np.prod(shape, dtype=object)) * dtype.itemsize if isinstance(dtype, torch.dtype) else None


def _bytes(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        number /= 1000
        if number < 999.5 or unit == "TB":
            break
    return f"{number:.3g} {unit}" if number < 999.5 else f"{number:,.0f} {unit}"


def _printable(text: str) -> str:
    """A name may hold anything, and must not command the terminal, nor fail to be encoded for it."""
    text = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _one_line(err: BaseException) -> str:
    text = " ".join(str(err).split()) if not isinstance(err, OSError) or not err.strerror else ""
    if isinstance(err, OSError) and err.strerror:
        text = f"{err.strerror}: {err.filename}" if err.filename else err.strerror
    return _printable(text or type(err).__name__)
