"""TensorFlow's modules, each a module object that takes its names from where slim_torch has them.

Which modules there are, and where their names come from, is said in `table.py`; `import tensorflow...` finds them
through `__init__.py`, and slim_torch itself, where it needs one, by `module_named`. Invariant: looking a name up, in a
facade or through one, changes no module of slim_torch.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import importlib.util
import types
from typing import Any

from slim_torch.compat.table import ABBREVIATIONS, FUNCTIONS, TABLE

__all__ = ["Facade", "canonical", "empty", "known", "message", "module_named"]


class Facade(types.ModuleType):
    """A module of TensorFlow, made of modules of slim_torch.

    Attributes:
      sources: the names of the modules that its names are in, asked in this order.
    """

    def __init__(self, name: str, sources: tuple[str, ...]) -> None:
        super().__init__(name, f"{name}, as slim_torch has it: see {', '.join(sources) or 'its modules'}.")
        self.__path__: list[str] = []
        self.sources = sources

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") or name == "__version__":
            inner = f"{self.__name__}.{name}"
            inside = self.__name__.startswith(_OF_ITS_SOURCE)
            if inside and canonical(inner) not in FUNCTIONS and known(inner):
                return module_named(inner)
            for source in self.sources:
                found = _lookup(source, name)
                if found is not _ABSENT:
                    self.__dict__[name] = found
                    return found
            if known(inner):
                return module_named(inner)
            if name in ABBREVIATIONS and self.__name__.count(".") > 1:
                return module_named(ABBREVIATIONS[name])
        raise AttributeError(message(self.__name__, name))

    def __setattr__(self, name: str, value: Any) -> None:
        # Importing a module makes it an attribute of its package.
        if not (isinstance(value, Facade) and canonical(f"{self.__name__}.{name}") in FUNCTIONS):
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} (slim_torch)>"

    def __dir__(self) -> list[str]:
        names = set(self.__dict__)
        for source in self.sources:
            names.update(name for name in dir(importlib.import_module(source)) if not name.startswith("__"))
        prefix = canonical(self.__name__) + "."
        names.update(name[len(prefix) :].split(".")[0] for name in _modules() if name.startswith(prefix))
        return sorted(names - {"*"})


_ABSENT = object()

# Where a function and a module have the same name, the packages of TensorFlow's source have the module.
_OF_ITS_SOURCE = ("tensorflow.python", "tensorflow.contrib.", "tf_slim")


def _lookup(source: str, name: str) -> Any:
    try:
        module = importlib.import_module(source)
    except ModuleNotFoundError as err:
        if not source.startswith(err.name or "?"):
            raise
        return _ABSENT
    # Not the modules of Python and PyTorch that it imports for itself.
    found = getattr(module, name, _ABSENT)
    own = not isinstance(found, types.ModuleType) or found.__name__.startswith(
        ("slim_torch", "tensorflow", "tf_slim")
    )
    if not own and name not in getattr(module, "__all__", ()):
        return _ABSENT
    return found


@functools.cache
def _modules() -> dict[str, tuple[str, ...]]:
    """The table: for each of TensorFlow's modules, or `package.*`, the modules that its names are in."""
    found: dict[str, tuple[str, ...]] = {}
    for line in TABLE.splitlines():
        if line.strip():
            name, *sources = line.split()
            assert name not in found, name
            found[name] = tuple("slim_torch" if s == "." else f"slim_torch.{s}" for s in sources)
    return found


def canonical(name: str) -> str:
    """The name of a module without its other ways of being reached: `tensorflow.compat.v1.nn` is `tensorflow.nn`."""
    for other in ("tensorflow_core.", "tensorflow.compat.v1."):
        while (name + ".").startswith(other):
            name = ("tensorflow." + (name + ".")[len(other) :]).rstrip(".")
    return name


@functools.cache
def _sources(name: str) -> tuple[str, ...] | None:
    name = canonical(name)
    found = _modules().get(name)
    if found is not None:
        return found
    package, _, last = name.rpartition(".")
    wild = _modules().get(f"{package}.*")
    if wild is None:
        return None
    for source in wild:
        inner = f"{source}.{last}"
        if importlib.util.find_spec(inner) is not None:
            return (inner,)
    return None


def known(name: str) -> bool:
    """Whether there is such a module."""
    return _sources(name) is not None


# Packages whose other modules may be imported: old code imports more than it uses.
_OPEN = frozenset(
    [
        "tensorflow.contrib",
        "tensorflow.core",
        "tensorflow.core.example",
        "tensorflow.core.framework",
        "tensorflow.core.protobuf",
        "tensorflow.core.util",
        "tensorflow.python",
        "tensorflow.python.client",
        "tensorflow.python.data.ops",
        "tensorflow.python.eager",
        "tensorflow.python.framework",
        "tensorflow.python.keras",
        "tensorflow.python.layers",
        "tensorflow.python.lib.io",
        "tensorflow.python.ops",
        "tensorflow.python.platform",
        "tensorflow.python.saved_model",
        "tensorflow.python.tools",
        "tensorflow.python.training",
        "tensorflow.python.util",
    ]
)


def empty(name: str) -> bool:
    """Whether `name` may be imported as a module without names, which says so when it is asked for one."""
    package, _, last = canonical(name).rpartition(".")
    # A class that is not there is not taken for a module.
    return (
        last.islower() and not known(name) and (package in _OPEN or (package in _made and not known(package)))
    )


_made: dict[str, Facade] = {}


def module_named(name: str) -> Facade:
    """TensorFlow's module of this name; the same one each time.

    Raises:
      ModuleNotFoundError: it is not known.
    """
    sources = () if empty(name) else _sources(name)
    if sources is None:
        raise ModuleNotFoundError(message(*name.rpartition(".")[::2]))
    if name not in _made:
        _made[name] = Facade(name, sources)
    return _made[name]


def message(module: str, name: str) -> str:
    """What to say of a name, or a module, that is not there."""
    from slim_torch.tf.missing import ADVICE

    path = f"{module}.{name}" if module else name
    public = canonical(path).replace("tensorflow.", "tf.", 1)
    parts = public.split(".")
    candidates = [".".join(parts[:length]) for length in range(len(parts), 1, -1)]
    # Of a name in a module of TensorFlow's source, what is said of it in the modules that users see.
    last = parts[-1]
    candidates += [f"tf.{last}", f"tf.nn.{last}", f"tf.train.{last}"] if ".python." in public else []
    for candidate in candidates:
        if candidate in ADVICE:
            return f"{path} is not supported by slim_torch: {ADVICE[candidate].rstrip('.')}."
    owner = _made.get(module)
    close = difflib.get_close_matches(name, dir(owner), n=2) if owner is not None else []
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return f"{path} is not supported by slim_torch.{hint}"
