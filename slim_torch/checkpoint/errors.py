"""The one error of a checkpoint that cannot be read, the place in it that is meant, and the errors of what does not fit.

Every parser of this package is handed a `Place` and raises `place.error(...)`; so no parser needs to know
what file it is reading, and every message names the file and, where there is one, the tensor.
"""

from __future__ import annotations

from dataclasses import dataclass

from slim_torch import errors

__all__ = ["CheckpointError", "InvalidArgumentError", "NotFoundError", "Place"]

_LONGEST_SHOWN = 200


class CheckpointError(ValueError):
    """A checkpoint is damaged, truncated, of another kind than expected, or lacks what was asked for.

    Attributes:
      file: the path of the file.
      tensor: the name of the tensor, None where the trouble is not in a single one.
      expected: what should have been there.
      found: what was there.
    """

    def __init__(
        self, message: str, *, file: str = "", tensor: str | None = None, expected: str = "", found: str = ""
    ) -> None:
        super().__init__(message)
        self.file = file
        self.tensor = tensor
        self.expected = expected
        self.found = found


class NotFoundError(errors.NotFoundError, ValueError):
    """A checkpoint lacks variables. TensorFlow's error, and the ValueError of everything that does not fit."""


class InvalidArgumentError(errors.InvalidArgumentError, ValueError):
    """A checkpoint has variables of other shapes or dtypes; see `NotFoundError`."""


@dataclass(frozen=True)
class Place:
    """A file, or a tensor in it."""

    file: str
    tensor: str | None = None

    def of(self, tensor: str) -> Place:
        return Place(self.file, tensor)

    def error(self, expected: object, found: object, advice: str = "The file is damaged.") -> CheckpointError:
        """The error to raise; `expected` and `found` complete the sentences that begin with these words."""
        about = f"'{self.file}'" + (f", tensor '{shortened(self.tensor)}'" if self.tensor is not None else "")
        expected, found = shortened(str(expected)), shortened(str(found))
        return CheckpointError(
            f"{about}: expected {expected}, found {found}. {advice}".rstrip(),
            file=self.file,
            tensor=self.tensor,
            expected=expected,
            found=found,
        )


def shortened(text: str) -> str:
    """A damaged file may hold a name of many megabytes; a message must not."""
    if len(text) <= _LONGEST_SHOWN:
        return text
    half = _LONGEST_SHOWN // 2
    return f"{text[:half]}...{text[-half:]}"
