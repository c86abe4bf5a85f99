"""What porting reports of a file."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """Something to report of a file.

    Attributes:
      line: counted from 1.
      kind: `"changed"`, `"unsupported"` or `"check"`.
      text: what.
    """

    line: int
    kind: str
    text: str
