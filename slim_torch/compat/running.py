"""`python -m slim_torch run`: a script as `python` runs it, with the import hook installed before."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence

from slim_torch.compat import install

__all__ = ["USAGE", "run"]

USAGE = "slim-torch run FILE [ARGUMENT ...]\n       slim-torch run -m MODULE [ARGUMENT ...]"


def run(arguments: Sequence[str]) -> int:
    """Runs a script or a module as `__main__`, and gives 0; what it raises, `SystemExit` too, passes through.

    Args:
      arguments: the script and its arguments, or `-m`, a module and its arguments.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(f"usage: {USAGE}\n\nRuns code that imports tensorflow on slim_torch, as python would run it.")
        return 0 if arguments else 2
    install()
    target, *rest = arguments
    if target != "-m":
        if not os.path.exists(target):
            print(f"slim-torch: error: can't open file {target!r}: no such file", file=sys.stderr)
            return 2
        sys.argv[:] = [target, *rest]
        sys.path[0] = os.path.dirname(os.path.realpath(target))
        runpy.run_path(target, run_name="__main__")
        return 0
    if not rest:
        print(f"usage: {USAGE}", file=sys.stderr)
        return 2
    sys.argv[:] = rest
    sys.path[0] = os.getcwd()
    runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    return 0
