"""Where the modules and names of TensorFlow are found here.

The import hook's table of modules decides (`compat/table.py`); which names there are is asked of the modules
themselves, so that nothing is listed twice.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from typing import Any

from slim_torch.compat.facade import known, message, module_named

__all__ = ["ROOTS", "missing_name", "module_with", "source_of"]

ROOTS = ("tensorflow", "tf_slim")


def module_with(name: str, used: Iterable[str]) -> str | None:
    """The module of slim_torch that has the names `used` of TensorFlow's module `name`; None if none has all."""
    facade = module_named(name)
    if len(facade.sources) == 1:
        return facade.sources[0]
    # What is nowhere is no reason against a module.
    wanted = [attribute for attribute in used if hasattr(facade, attribute)]
    for source in facade.sources:
        module = importlib.import_module(source)
        if all(hasattr(module, attribute) for attribute in wanted):
            return source
    return None


def source_of(module: str, name: str) -> str | None:
    """The module of slim_torch to import `name` of TensorFlow's `module` from."""
    return module_with(module, [name])


def missing_name(name: str) -> str | None:
    """What to say if some part of TensorFlow's dotted `name` is not there; None if all is.

    Only modules and classes are looked into: what an object's attributes are is known when the code runs.
    """
    parts = name.split(".")
    depth = len(parts)
    while depth and not known(".".join(parts[:depth])):
        depth -= 1
    if not depth:
        return message(*name.rpartition(".")[::2])
    found: Any = module_named(".".join(parts[:depth]))
    for place in range(depth, len(parts)):
        if not (inspect.ismodule(found) or inspect.isclass(found)):
            return None
        try:
            found = getattr(found, parts[place])
        except AttributeError as err:
            return str(err)
    return None
