"""The small modules of `tensorflow.python.util`: decorators, and what looks into functions."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

__all__ = [
    "contextmanager",
    "getargspec",
    "getdoc",
    "getfullargspec",
    "isclass",
    "isfunction",
    "make_all",
    "make_decorator",
    "remove_undocumented",
    "tf_export",
    "unwrap",
]

contextmanager = contextlib.contextmanager
getfullargspec = inspect.getfullargspec
getargspec = inspect.getfullargspec
getdoc = inspect.getdoc
isclass = inspect.isclass
isfunction = inspect.isfunction


def make_decorator(target: Callable[..., Any], decorator_func: Callable[..., Any], *args: Any) -> Any:
    """The decorated function, under the name of the one that it decorates."""
    decorator_func.__name__ = getattr(target, "__name__", decorator_func.__name__)
    decorator_func.__doc__ = target.__doc__
    decorator_func.__wrapped__ = target  # type: ignore[attr-defined]
    return decorator_func


def unwrap(maybe_tf_decorator: Any) -> tuple[list[Any], Any]:
    """The decorators, none, and the function below them."""
    return [], inspect.unwrap(maybe_tf_decorator)


def tf_export(*names: str, **kwargs: Any) -> Callable[[Any], Any]:
    """Decorates with nothing."""
    return lambda exported: exported


def remove_undocumented(
    module_name: str, allowed_exception_list: Any = None, doc_string_modules: Any = None
) -> None:
    """Leaves the module as it is."""


def make_all(module_name: str, doc_string_modules: Any = None) -> list[str]:
    """No names."""
    return []
