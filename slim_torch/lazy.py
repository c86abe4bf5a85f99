"""Modules whose names are imported when they are first asked for.

Such a module lists its names as imports below `if TYPE_CHECKING:`, where type checkers and editors see them, and
takes `__all__`, `__getattr__` and `__dir__` from `attach`, which reads that list. Which names a module has is the
module's business.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["attach", "listed_imports", "resolve"]


def listed_imports(module: str) -> dict[str, tuple[str, str]]:
    """For each name that the module imports below `if TYPE_CHECKING:`, where it is: module and attribute.

    The attribute is empty where the name stands for a module (`import slim_torch as slim`).
    """
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.loader is not None
    source = spec.loader.get_source(module)  # type: ignore[attr-defined]
    found = {}
    for block in ast.parse(source).body:
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"):
            continue
        for line in block.body:
            if isinstance(line, ast.Import):
                found.update({name.asname or name.name: (name.name, "") for name in line.names})
            else:
                assert isinstance(line, ast.ImportFrom)
                found.update({n.asname or n.name: (str(line.module), n.name) for n in line.names})
    return found


def resolve(module: str, attribute: str, within: bool = False) -> Any:
    """`from module import attribute`, where that may be a module of the package `module`; with "", the module.

    Args:
      within: it is the module itself that asks, for one of its own modules.

    Raises:
      AttributeError: there is no such name.
    """
    owner = importlib.import_module(module)
    if not attribute:
        return owner
    if attribute in vars(owner):
        return vars(owner)[attribute]
    if not within and attribute in getattr(owner, "__all__", ()):
        return getattr(owner, attribute)
    try:
        return importlib.import_module(f"{module}.{attribute}")
    except ModuleNotFoundError as err:
        if err.name not in (f"{module}.{attribute}", module):
            raise
        raise AttributeError(f"module {module!r} has no attribute {attribute!r}") from err


def attach(
    module: str, shown: str, *own: str
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """The `__all__`, `__getattr__` and `__dir__` of a module that imports its names when they are first used.

    Args:
      module: its `__name__`.
      shown: its name in messages: TensorFlow's.
      own: names that it defines itself.
    """
    names = listed_imports(module)
    members = vars(sys.modules[module])

    def get(name: str) -> Any:
        if name not in names:
            from slim_torch.tf.missing import missing

            raise missing(shown, name)
        value = members[name] = resolve(*names[name], within=names[name][0] == module)
        return value

    return sorted({*names, *own}), get, lambda: sorted({*members, *names})
