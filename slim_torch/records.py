"""TFRecord files: reading and writing records of bytes. Source: tf.python_io.

A record is its length (8 bytes, little-endian), a checksum of that, its content, and a checksum of that; the
whole file may be compressed. What the bytes mean is up to others: `examples.py` for most.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Any

from slim_torch import errors
from slim_torch.checkpoint.crc import masked_crc32c

__all__ = [
    "TFRecordCompressionType",
    "TFRecordOptions",
    "TFRecordWriter",
    "compression_of",
    "open_for_reading",
    "read_keyed_records",
    "read_records",
    "tf_record_iterator",
]

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_CHUNK = 1 << 18


class TFRecordCompressionType:
    """The numbers of the compressions. Source: tf.python_io.TFRecordCompressionType."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a file is compressed. Source: tf.python_io.TFRecordOptions.

    Args:
      compression_type: `""`, `"GZIP"`, `"ZLIB"`, or a number of `TFRecordCompressionType`.
    """

    def __init__(self, compression_type: Any = None, **unused: Any) -> None:
        self.compression_type = compression_of(compression_type)


def compression_of(given: Any) -> str:
    """The compression as `""`, `"GZIP"` or `"ZLIB"`.

    Raises:
      ValueError: there is no such compression.
    """
    given = getattr(given, "compression_type", given)
    if isinstance(given, bytes):
        given = given.decode()
    known = {None: "", 0: "", 1: "ZLIB", 2: "GZIP", "": "", "GZIP": "GZIP", "ZLIB": "ZLIB"}
    if given not in known:
        raise ValueError(f"Unknown compression type {given!r}: expected '', 'GZIP' or 'ZLIB'.")
    return known[given]


class TFRecordWriter:
    """Writes records to a file. Source: tf.python_io.TFRecordWriter.

    Args:
      path: overwritten if it is there.
      options: a `TFRecordOptions`, or a compression.
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        kind = compression_of(options)
        name = os.fspath(path)
        try:
            self._file: Any = open(name, "wb")  # noqa: SIM115
        except OSError as err:
            raise _as_tensorflow(err, name) from err
        self._under: Any = None
        if kind == "GZIP":
            self._under, self._file = self._file, gzip.GzipFile(fileobj=self._file, mode="wb", mtime=0)
        self._compressor = zlib.compressobj() if kind == "ZLIB" else None

    def write(self, record: bytes) -> None:
        """Appends one record."""
        header = struct.pack("<Q", len(record))
        parts = [header, _CHECKSUM.pack(masked_crc32c(header)), record]
        data = b"".join([*parts, _CHECKSUM.pack(masked_crc32c(bytes(record)))])
        self._file.write(data if self._compressor is None else self._compressor.compress(data))

    def flush(self) -> None:
        """Hands what has been written to the operating system."""
        if self._compressor is not None:
            self._file.write(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        if self._file.closed:
            return
        if self._compressor is not None:
            self._file.write(self._compressor.flush())
        self._file.close()
        if self._under is not None:
            self._under.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self.close()


def _as_tensorflow(err: OSError, name: str) -> errors.OpError:
    kinds: dict[type, Any] = {
        FileNotFoundError: errors.NotFoundError,
        PermissionError: errors.PermissionDeniedError,
        IsADirectoryError: errors.FailedPreconditionError,
    }
    made: errors.OpError = kinds.get(type(err), errors.UnknownError)(None, None, f"{name}; {err.strerror}")
    return made


class _Inflated(io.RawIOBase):
    """What a zlib stream holds."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decompressor = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._decompressor.eof:
            data = self._decompressor.unconsumed_tail or self._file.read(_CHUNK)
            found = self._decompressor.decompress(data, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)
            if not data:
                break
        return 0

    def close(self) -> None:
        self._file.close()
        super().close()


def open_for_reading(path: Any, compression: str) -> Any:
    """A file of bytes, decompressed while it is read.

    Raises:
      NotFoundError, PermissionDeniedError, ...: it cannot be opened.
    """
    name = os.fspath(path)
    try:
        file = open(name, "rb", buffering=_CHUNK)  # noqa: SIM115
    except OSError as err:
        raise _as_tensorflow(err, os.fsdecode(name)) from err
    if compression == "GZIP":
        return io.BufferedReader(_Gzipped(file), _CHUNK)
    return io.BufferedReader(_Inflated(file), _CHUNK) if compression == "ZLIB" else file


class _Gzipped(io.RawIOBase):
    """What a gzip file holds."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._gzip.readinto(buffer)

    def close(self) -> None:
        self._gzip.close()
        self._file.close()
        super().close()


def read_records(path: Any, compression: str = "") -> Iterator[bytes]:
    """The records of a file; see `read_keyed_records`."""
    return (content for _, content in read_keyed_records(path, compression))


def read_keyed_records(path: Any, compression: str = "") -> Iterator[tuple[int, bytes]]:
    """The records of a file, each with the position where it begins.

    Raises:
      DataLossError: the file ends within a record, or a checksum is wrong.
      NotFoundError, PermissionDeniedError, ...: it cannot be opened.
    """
    position = 0
    with open_for_reading(path, compression) as file:
        try:
            while True:
                header = file.read(_HEADER.size)
                if not header:
                    return
                if len(header) < _HEADER.size:
                    raise _truncated(path, position)
                length, checksum = _HEADER.unpack(header)
                if masked_crc32c(header[:8]) != checksum:
                    raise _corrupted(path, position)
                # Read in pieces: a length that is wrong makes no memory.
                content = _read(file, length + 4)
                if content is None:
                    raise _truncated(path, position + _HEADER.size)
                record = content[:-4]
                if masked_crc32c(record) != _CHECKSUM.unpack(content[-4:])[0]:
                    raise _corrupted(path, position + _HEADER.size)
                yield position, record
                position += _HEADER.size + length + 4
        except (zlib.error, EOFError, gzip.BadGzipFile) as err:
            raise errors.DataLossError(
                None, None, f"{os.fsdecode(path)}: the compressed data is damaged: {err}"
            ) from err


def _read(file: Any, length: int) -> bytes | None:
    pieces = []
    while length:
        piece = file.read(min(length, 1 << 24))
        if not piece:
            return None
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _truncated(path: Any, position: int) -> errors.DataLossError:
    return errors.DataLossError(None, None, f"truncated record at {position} of {os.fsdecode(path)}")


def _corrupted(path: Any, position: int) -> errors.DataLossError:
    return errors.DataLossError(None, None, f"corrupted record at {position} of {os.fsdecode(path)}")


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file, as bytes. Source: tf.python_io.tf_record_iterator."""
    return read_records(path, compression_of(options))
