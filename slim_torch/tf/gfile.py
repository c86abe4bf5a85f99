"""`tf.gfile`: files and directories, with TensorFlow's errors. Local paths only."""

from __future__ import annotations

import glob as _glob
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from slim_torch import errors
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]

_KINDS: tuple[tuple[type[OSError], type[errors.OpError]], ...] = (
    (FileNotFoundError, errors.NotFoundError),
    (FileExistsError, errors.AlreadyExistsError),
    (PermissionError, errors.PermissionDeniedError),
    (IsADirectoryError, errors.FailedPreconditionError),
    (NotADirectoryError, errors.FailedPreconditionError),
)


@contextmanager
def _translated() -> Iterator[None]:
    """The system's errors as TensorFlow's."""
    try:
        yield
    except OSError as err:
        kind = next((found for known, found in _KINDS if isinstance(err, known)), errors.UnknownError)
        raise kind(None, None, f"{err.filename}; {err.strerror}") from err


def _path(name: Any) -> str:
    return os.fsdecode(name)


class GFile:
    """A file; a context manager, and an iterator over its lines. Opened when it is first read or written.

    Args:
      mode: `"r"` for text, `"rb"` for bytes, `"w"`, `"wb"`, `"a"`, `"r+"` likewise.

    Raises (when opened):
      tf.errors.NotFoundError: there is no such file or directory.
      tf.errors.PermissionDeniedError: the mode does not allow it.

    Source: tf.gfile.GFile.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._name, self._mode = _path(name), mode
        self._file: Any = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def mode(self) -> str:
        return self._mode

    def _opened(self, writes: bool = False) -> Any:
        if writes and not set(self._mode) & set("wa+"):
            raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
        if not writes and not set(self._mode) & set("r+"):
            raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
        if self._file is None:
            binary = "b" in self._mode
            with _translated():
                self._file = open(  # noqa: SIM115 - it closes it itself
                    self._name,
                    self._mode,
                    encoding=None if binary else "utf-8",
                    newline=None if binary else "",
                )
        return self._file

    def read(self, n: int = -1) -> Any:
        """The next `n` characters or bytes; by default the rest."""
        with _translated():
            return self._opened().read(n)

    def readline(self) -> Any:
        return self._opened().readline()

    def readlines(self) -> list[Any]:
        return list(self._opened().readlines())

    def write(self, file_content: Any) -> None:
        """Appends text or bytes."""
        file = self._opened(writes=True)
        if "b" in self._mode and isinstance(file_content, str):
            file_content = file_content.encode()
        elif "b" not in self._mode and isinstance(file_content, bytes):
            file_content = file_content.decode()
        file.write(file_content)

    def seek(self, offset: int = 0, whence: int = 0) -> None:
        self._opened().seek(offset, whence)

    def tell(self) -> int:
        return int(self._opened().tell())

    def size(self) -> int:
        """The length in bytes."""
        return Stat(self._name).length

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is None and set(self._mode) & set("wa"):
            self._opened(writes=True)  # Opening for writing makes the file, also where nothing is written.
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        # Old code reads files without closing them.
        if self.__dict__.get("_file") is not None:
            self._file.close()

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._opened())


Open = FastGFile = GFile


class FileStatistics:
    """What `Stat` gives.

    Attributes:
      length: in bytes.
      mtime_nsec: when it was changed, in nanoseconds since 1970.
      is_directory: whether it is one.
    """

    def __init__(self, length: int, mtime_nsec: int, is_directory: bool) -> None:
        self.length, self.mtime_nsec, self.is_directory = length, mtime_nsec, is_directory


def Stat(filename: Any) -> FileStatistics:
    """Facts about a file. Source: tf.gfile.Stat.

    Raises:
      tf.errors.NotFoundError: there is none.
    """
    with _translated():
        found = os.stat(_path(filename))
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(filename))


def Exists(filename: Any) -> bool:
    """Whether there is a file or directory. Source: tf.gfile.Exists."""
    return os.path.exists(_path(filename))


def IsDirectory(dirname: Any) -> bool:
    """Whether it is a directory. Source: tf.gfile.IsDirectory."""
    return os.path.isdir(_path(dirname))


def MkDir(dirname: Any) -> None:
    """Makes a directory in one that exists, unless it exists itself. Source: tf.gfile.MkDir.

    Raises:
      tf.errors.NotFoundError: the directory above it does not exist.
    """
    if not IsDirectory(dirname):
        with _translated():
            os.mkdir(_path(dirname))


def MakeDirs(dirname: Any) -> None:
    """Makes a directory, and those above it, unless they exist. Source: tf.gfile.MakeDirs."""
    with _translated():
        os.makedirs(_path(dirname), exist_ok=True)


def ListDirectory(dirname: Any) -> list[str]:
    """The names in a directory, in order. Source: tf.gfile.ListDirectory.

    Raises:
      tf.errors.NotFoundError: it is no directory.
    """
    if not IsDirectory(dirname):
        raise errors.NotFoundError(None, None, "Could not find directory")
    with _translated():
        return sorted(os.listdir(_path(dirname)))


def Remove(filename: Any) -> None:
    """Deletes a file. Source: tf.gfile.Remove.

    Raises:
      tf.errors.NotFoundError: there is none.
    """
    with _translated():
        os.remove(_path(filename))


def DeleteRecursively(dirname: Any) -> None:
    """Deletes a directory with all that is in it. Source: tf.gfile.DeleteRecursively.

    Raises:
      tf.errors.NotFoundError: there is none.
    """
    with _translated():
        shutil.rmtree(_path(dirname))


def _target(new: Any, overwrite: bool) -> str:
    if not overwrite and Exists(new):
        raise errors.AlreadyExistsError(None, None, "file already exists")
    return _path(new)


def Rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """Renames or moves a file or directory. Source: tf.gfile.Rename.

    Raises:
      tf.errors.AlreadyExistsError: `newname` exists, and `overwrite` is not set.
      tf.errors.NotFoundError: there is no `oldname`.
    """
    with _translated():
        os.replace(_path(oldname), _target(newname, overwrite))


def Copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """Copies a file; errors as in `Rename`. Source: tf.gfile.Copy."""
    with _translated():
        shutil.copyfile(_path(oldpath), _target(newpath, overwrite))


def Glob(filename: Any) -> list[str]:
    """The paths that a pattern, or one of a list of patterns, matches. Source: tf.gfile.Glob."""
    patterns: Sequence[Any] = filename if isinstance(filename, (list, tuple)) else [filename]
    return [path for pattern in patterns for path in sorted(_glob.glob(_path(pattern)))]


def Walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory below `top` with the names of its directories and files. Source: tf.gfile.Walk.

    Args:
      in_order: a directory before what is in it, or after.
    """
    ignore: Callable[[OSError], None] = lambda err: None  # noqa: E731
    for path, directories, files in os.walk(_path(top), topdown=in_order, onerror=ignore):
        directories.sort()
        yield path, directories, sorted(files)


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.gfile")
