"""`tensorflow.python.util.deprecation`: the decorators of functions that are to go. Here they change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = [
    "deprecated",
    "deprecated_alias",
    "deprecated_arg_values",
    "deprecated_args",
    "deprecated_argument_lookup",
    "deprecated_endpoints",
    "silence",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def deprecated(
    date: str | None, instructions: str, warn_once: bool = True
) -> Callable[[_Function], _Function]:
    """Decorates with nothing. Source: tf.contrib.framework.deprecated."""
    return lambda function: function


def deprecated_args(
    date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any, **kwargs: Any
) -> Callable[[_Function], _Function]:
    """Decorates with nothing. Source: tf.contrib.framework.deprecated_args."""
    return lambda function: function


def deprecated_arg_values(
    date: str | None, instructions: str, warn_once: bool = True, **deprecated_kwargs: Any
) -> Callable[[_Function], _Function]:
    """Decorates with nothing. Source: tf.contrib.framework.deprecated_arg_values."""
    return lambda function: function


def deprecated_endpoints(*args: str) -> Callable[[_Function], _Function]:
    """Decorates with nothing."""
    return lambda function: function


def deprecated_alias(
    deprecated_name: str, name: str, func_or_class: _Function, warn_once: bool = True
) -> _Function:
    """The function or class itself."""
    return func_or_class


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """The value that was given under one of the two names of an argument.

    Raises:
      ValueError: both were given.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both {old_name!r} and {new_name!r}.")
    return old_value


@contextmanager
def silence() -> Iterator[None]:
    """There are no warnings to silence."""
    yield
