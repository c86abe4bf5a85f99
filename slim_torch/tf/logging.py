"""`tf.logging`: messages of a script, in one log with slim_torch's own (the logger `"slim_torch"`).

Where the application has set up no logging, messages go to stderr as TensorFlow wrote them.
"""

from __future__ import annotations

import logging as _logging
import sys
from logging import DEBUG, ERROR, FATAL, INFO
from logging import WARNING as WARN
from typing import Any

from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "debug",
    "error",
    "fatal",
    "flush",
    "get_verbosity",
    "info",
    "log",
    "log_every_n",
    "log_first_n",
    "log_if",
    "set_verbosity",
    "vlog",
    "warn",
    "warning",
]

_logger = _logging.getLogger("slim_torch")
_format = _logging.Formatter("%(levelname)s:%(name)s:%(message)s")
_counts: dict[tuple[str, int], int] = {}


def log(level: int, msg: Any, *args: Any) -> None:
    """Writes `msg % args` if `level` is at least the verbosity. Source: tf.logging.log."""
    _write(level, msg, args)


def _write(level: int, msg: Any, args: tuple[Any, ...]) -> None:
    if not _logger.isEnabledFor(level):
        return
    if _logger.hasHandlers():
        _logger.log(level, msg, *args, stacklevel=3)
        return
    record = _logger.makeRecord(_logger.name, level, __file__, 0, msg, args, None)
    print(_format.format(record), file=sys.stderr)


def debug(msg: Any, *args: Any) -> None:
    """See `log`. Source: tf.logging.debug."""
    _write(DEBUG, msg, args)


def info(msg: Any, *args: Any) -> None:
    """See `log`. Source: tf.logging.info."""
    _write(INFO, msg, args)


def warn(msg: Any, *args: Any) -> None:
    """See `log`. Source: tf.logging.warn."""
    _write(WARN, msg, args)


warning = warn


def error(msg: Any, *args: Any) -> None:
    """See `log`. Source: tf.logging.error."""
    _write(ERROR, msg, args)


def fatal(msg: Any, *args: Any) -> None:
    """See `log`; the program goes on. Source: tf.logging.fatal."""
    _write(FATAL, msg, args)


vlog = log


def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """See `log`, if `condition`. Source: tf.logging.log_if."""
    if condition:
        _write(level, msg, args)


def _count_here() -> int:
    """How often the line of the script that calls has been here before."""
    frame = sys._getframe(2)
    place = (frame.f_code.co_filename, frame.f_lineno)
    count = _counts.get(place, 0)
    _counts[place] = count + 1
    return count


def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """See `log`; of the calls by one line only the first of each `n`. Source: tf.logging.log_every_n."""
    if _count_here() % n == 0:
        _write(level, msg, args)


def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """See `log`; of the calls by one line only the first `n`. Source: tf.logging.log_first_n."""
    if _count_here() < n:
        _write(level, msg, args)


def get_verbosity() -> int:
    """The least level that is written, WARN at first. Source: tf.logging.get_verbosity."""
    return _logger.getEffectiveLevel()


def set_verbosity(v: int) -> None:
    """Makes `v` the least level that is written, by slim_torch too. Source: tf.logging.set_verbosity."""
    _logger.setLevel(v)


def flush() -> None:
    """Writes out what is buffered."""
    for handler in _logger.handlers:
        handler.flush()


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.logging")
