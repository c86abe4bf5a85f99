"""`six` and `absl`, which came with TensorFlow, for code that imports them where they are not installed.

Of `six` what old code uses on Python 3; of `absl` its flags, app and logging, which TensorFlow offers too. Where the
libraries are installed, nothing of this is used.
"""

from __future__ import annotations

import builtins
import configparser
import copyreg
import functools
import html
import http.client
import importlib.util
import io
import itertools
import os
import pickle
import queue
import socketserver
import sys
import types
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["provide"]


def provide() -> None:
    """Makes `import six` and `from absl import flags` work, if they would not."""
    if importlib.util.find_spec("six") is None:
        sys.modules.update(_six())
    if importlib.util.find_spec("absl") is None:
        from slim_torch.compat.facade import module_named

        for name in ("absl", "absl.app", "absl.flags", "absl.logging"):
            sys.modules[name] = module_named(name)


def _six() -> dict[str, types.ModuleType]:
    """The modules of six by name."""
    moves = types.ModuleType("six.moves", "What has another place in Python 3.")
    moves.__dict__.update(_MOVED_MODULES, **_MOVED)
    moves.__path__ = []
    six = types.ModuleType("six", "What old code uses of six, on Python 3.")
    six.__dict__.update(_NAMES, moves=moves)
    six.__path__ = []
    found = {"six": six, "six.moves": moves}
    found.update((f"six.moves.{name}", module) for name, module in _MOVED_MODULES.items())
    for name in ("error", "parse", "request"):
        found[f"six.moves.urllib.{name}"] = getattr(urllib, name)
    return found


_MOVED_MODULES: dict[str, types.ModuleType] = {
    "builtins": builtins,
    "cPickle": pickle,
    "configparser": configparser,
    "copyreg": copyreg,
    "html_entities": html,
    "http_client": http.client,
    "queue": queue,
    "socketserver": socketserver,
    "urllib": urllib,
}
_MOVED: dict[str, Any] = {
    "StringIO": io.StringIO,
    "cStringIO": io.StringIO,
    "filter": filter,
    "filterfalse": itertools.filterfalse,
    "getcwd": os.getcwd,
    "input": input,
    "map": map,
    "range": range,
    "reduce": functools.reduce,
    "reload_module": importlib.reload,
    "xrange": range,
    "zip": zip,
    "zip_longest": itertools.zip_longest,
}


def _iterated(method: str) -> Callable[..., Iterator[Any]]:
    return lambda dictionary, **kwargs: iter(getattr(dictionary, method)(**kwargs))


def _add_metaclass(metaclass: Any) -> Callable[[type], type]:
    """Decorator: makes the class again, of a metaclass."""

    def wrapper(made: type) -> type:
        content = {key: value for key, value in vars(made).items() if key not in ("__dict__", "__weakref__")}
        new: type = metaclass(made.__name__, made.__bases__, content)
        return new

    return wrapper


def _with_metaclass(metaclass: Any, *bases: type) -> Any:
    """A base that makes the class that is derived from it one of `metaclass`, derived from `bases`."""

    class Temporary(type):
        def __new__(cls, name: str, _: Any, content: Any) -> Any:
            return metaclass(name, bases, content)

    return type.__new__(Temporary, "temporary_class", (), {})


def _reraise(kind: Any, value: Any, traceback: Any = None) -> None:
    raise (kind() if value is None else value).with_traceback(traceback)


def _raise_from(value: BaseException, cause: BaseException | None) -> None:
    raise value from cause


def _text(value: str | bytes, encoding: str = "utf-8", errors: str = "strict") -> str:
    return value.decode(encoding, errors) if isinstance(value, bytes) else value


def _binary(value: str | bytes, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    return value.encode(encoding, errors) if isinstance(value, str) else value


_NAMES: dict[str, Any] = {
    "BytesIO": io.BytesIO,
    "MAXSIZE": sys.maxsize,
    "PY2": False,
    "PY3": True,
    "PY34": True,
    "StringIO": io.StringIO,
    "add_metaclass": _add_metaclass,
    "b": lambda text: text.encode("latin-1"),
    "binary_type": bytes,
    "class_types": (type,),
    "ensure_binary": _binary,
    "ensure_str": _text,
    "ensure_text": _text,
    "exec_": exec,
    "get_function_code": lambda function: function.__code__,
    "integer_types": (int,),
    "iteritems": _iterated("items"),
    "iterkeys": _iterated("keys"),
    "itervalues": _iterated("values"),
    "next": next,
    "print_": print,
    "raise_from": _raise_from,
    "reraise": _reraise,
    "string_types": (str,),
    "text_type": str,
    "u": lambda text: text,
    "unichr": chr,
    "with_metaclass": _with_metaclass,
    "wraps": functools.wraps,
}
