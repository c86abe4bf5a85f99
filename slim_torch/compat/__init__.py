"""The import hook: `import tensorflow` finds slim_torch.

After `slim_torch.compat.install()`, in this process `tensorflow`, its modules and `tf_slim` are modules that take
their names from slim_torch, so that code written for TensorFlow 1 runs as it is. `python -m slim_torch run FILE` installs
the hook and runs a script. What the modules are is in `facade.py` and `table.py`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

__all__ = ["install", "installed"]

_ROOTS = ("tensorflow", "tensorflow_core", "tf_slim")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds TensorFlow's modules, and refuses clearly those that are not known."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        from slim_torch.compat import facade

        if not facade.known(fullname) and not facade.empty(fullname):
            # Without its `name`, or `from package import name` would lose the message.
            raise ModuleNotFoundError(facade.message(*fullname.rpartition(".")[::2]))
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Any:
        from slim_torch.compat import facade

        return facade.module_named(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to run."""


_finder = _Finder()


def installed() -> bool:
    """Whether `import tensorflow` finds slim_torch."""
    return _finder in sys.meta_path


def install() -> None:
    """Makes `import tensorflow`, `import tensorflow.contrib.slim`, `import tf_slim`, ... find slim_torch.

    Code that imports TensorFlow expects graphs: from here on all that is called outside of `graph.step()` is recorded.
    Names that Python and NumPy have dropped since are put back (`np.float`, `collections.Iterable`, `time.clock`).

    Raises:
      RuntimeError: TensorFlow itself, or tf_slim, has been imported in this process.
    """
    if installed():
        return
    present = [root for root in _ROOTS if root in sys.modules]
    if present:
        raise RuntimeError(
            f"{present[0]} has already been imported from {getattr(sys.modules[present[0]], '__file__', '?')}: "
            f"slim_torch cannot take its place. Call slim_torch.compat.install() before anything imports it."
        )
    sys.meta_path.insert(0, _finder)
    from slim_torch.compat.companions import provide
    from slim_torch.compat.older_names import restore
    from slim_torch.graph import Graph, get_default_graph
    from slim_torch.recording import recorder_of

    Graph.records_from_start = True
    recorder_of(get_default_graph())
    provide()
    restore()
