"""`tf.app`: how a script starts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from slim_torch.tf import flags
from slim_torch.tf.missing import lacking as _lacking

__all__ = ["flags", "run"]


def run(main: Callable[[list[str]], Any] | None = None, argv: Sequence[str] | None = None) -> None:
    """Reads the flags, calls `main(rest of the command line)`, and ends the program with what that gives.

    Args:
      main: by default the function `main` of the script.
      argv: the command line, `sys.argv` by default.

    Source: tf.app.run.
    """
    given = list(sys.argv if argv is None else argv)
    try:
        rest = flags.FLAGS(given, known_only=True)
    except flags.Error as err:
        print(f"FATAL Flags parsing error: {err}\nPass --help to see the flags.", file=sys.stderr)
        sys.exit(1)
    function = main or sys.modules["__main__"].main
    sys.exit(function(rest))


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.app")
