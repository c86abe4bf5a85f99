"""The command `slim-torch port`: files and folders in, a report out; with `--write` the files rewritten.

What is rewritten is `rewrite.py`'s. Invariant: a file is replaced as a whole or not at all.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import tempfile
import tokenize
from collections.abc import Iterator
from typing import Any

from slim_torch.porting import old_python
from slim_torch.porting.finding import Finding

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Adds `port` to the sub-commands of an argument parser."""
    command = commands.add_parser(
        "port", help="rewrite the imports of TensorFlow 1 code, and report on the rest"
    )
    command.add_argument("paths", metavar="FILE_OR_DIR", nargs="+", help="Python files, or folders of them")
    command.add_argument(
        "--write", action="store_true", help="replace the files (by default a diff is shown)"
    )
    command.set_defaults(run=_port)


def _port(options: argparse.Namespace) -> None:
    try:
        from slim_torch.porting.rewrite import port
    except ImportError as err:
        if err.name is None or err.name.partition(".")[0] != "libcst":
            raise
        raise ValueError("porting needs libcst: pip install 'slim-torch[port]'") from err

    counts = {"changed": 0, "unsupported": 0, "check": 0}
    files = 0
    for path in _files(options.paths):
        source, encoding = _read(path)
        try:
            code, findings = port(source)
        except SyntaxError as err:
            code = source
            failure = Finding(_line_of(err), "unsupported", f"not Python 3: {err.msg}")
            findings = [*old_python.findings(source), failure]
            findings.sort()
        files += 1
        if code != source and options.write:
            _write(path, code, encoding)
        elif code != source:
            print(_difference(path, source, code), end="")
        for line, kind, text in findings:
            counts[kind] += 1
            print(f"{path}:{line}: {kind}: {text}")
    done = "changed" if options.write else "to change (--write does)"
    print(
        f"{files} files: {counts['changed']} places {done}, {counts['unsupported']} unsupported, "
        f"{counts['check']} to check"
    )


def _line_of(err: SyntaxError) -> int:
    """The line that the parser's message names."""
    digits = str(err.msg).partition("line ")[2].partition(":")[0]
    return int(digits) if digits.isdigit() else err.lineno or 1


def _files(paths: list[str]) -> Iterator[str]:
    """The Python files of `paths`, in order; folders whose names begin with a dot are left out.

    Raises:
      FileNotFoundError: a path is not there.
    """
    for path in paths:
        if not os.path.isdir(path):
            if not os.path.exists(path):
                raise FileNotFoundError(f"there is no {path!r}")
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and name != "__pycache__"
            )
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(folder, name)


def _read(path: str) -> tuple[str, str]:
    """A file's text, with its line ends as they are, and its encoding.

    Raises:
      ValueError: it is not text in the encoding that it declares.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except (SyntaxError, UnicodeDecodeError) as err:
        raise ValueError(f"{path}: not Python source: {err}") from err


def _write(path: str, code: str, encoding: str) -> None:
    """Replaces a file, keeping its permissions."""
    path = os.path.realpath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".slim-torch-port-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(code.encode(encoding))
        os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _difference(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        after.splitlines(keepends=True),
        f"{path} (before)",
        f"{path} (after)",
    )
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )
