"""Default keyword arguments that functions pick up from an enclosing scope.

Holds the decorator, the context manager, and the per-thread stack that they share; how variables are
named is in `scopes.py`. Invariant: a keyword given at the call beats one from a scope, and an inner
scope beats an outer one, keyword by keyword.

Source: tensorflow.contrib.framework's arg_scope. Differs on purpose in two places where the original
has bugs: a rejected scope leaves the enclosing one in force, and `arg_scoped_arguments` lists the
arguments of the decorated function itself.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

__all__ = [
    "add_arg_scope",
    "arg_scope",
    "arg_scope_func_key",
    "arg_scoped_arguments",
    "current_arg_scope",
    "has_arg_scope",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Scope = dict[str, dict[str, Any]]


class _Stack(threading.local):
    def __init__(self) -> None:
        self.scopes: list[_Scope] = [{}]


_stack = _Stack()


def arg_scope_func_key(op: Callable[..., Any]) -> str:
    """The key under which scopes hold the defaults of `op`."""
    return getattr(op, "_key_op", None) or str(op)


def current_arg_scope() -> _Scope:
    """A copy of the scope in force: `{function key: {argument: value}}`."""
    return {key: dict(kwargs) for key, kwargs in _stack.scopes[-1].items()}


def has_arg_scope(func: Callable[..., Any]) -> bool:
    """Whether `func` takes defaults from scopes."""
    return hasattr(func, "_key_op")


def arg_scoped_arguments(func: Callable[..., Any]) -> tuple[str, ...]:
    """The arguments of `func` that a scope can set: those that have a default.

    Raises:
      ValueError: `func` is not decorated with `add_arg_scope`.
    """
    _check_decorated(func)
    parameters = inspect.signature(func).parameters.values()
    return tuple(p.name for p in parameters if p.default is not inspect.Parameter.empty)


def add_arg_scope(func: _Function) -> _Function:
    """Decorator: lets `func` take the defaults of keyword arguments from `arg_scope`."""

    @functools.wraps(func)
    def func_with_args(*args: Any, **kwargs: Any) -> Any:
        defaults = _stack.scopes[-1].get(key)
        if defaults:
            kwargs = {**defaults, **kwargs}
        return func(*args, **kwargs)

    key = str(func)
    func_with_args._key_op = key  # type: ignore[attr-defined]
    return cast(_Function, func_with_args)


class arg_scope:
    """Context manager (or decorator): sets default keyword arguments of decorated functions.

    Args:
      list_ops_or_scope: a list or tuple of functions decorated with `add_arg_scope`; or a scope that
        an earlier `with arg_scope(...) as scope` gave, to put it in force again.
      **kwargs: the defaults; they add to those of the enclosing scope, and replace equal names.

    Gives the scope, a dictionary that can be kept and used again.

    Raises:
      TypeError: `list_ops_or_scope` is neither a list, a tuple nor a dictionary.
      ValueError: a function is not decorated, or arguments are given along with a dictionary. The
        enclosing scope stays in force.
    """

    def __init__(
        self, list_ops_or_scope: Sequence[Callable[..., Any]] | Mapping[str, Any], **kwargs: Any
    ) -> None:
        if isinstance(list_ops_or_scope, Mapping):
            if kwargs:
                raise ValueError(
                    f"When attempting to re-use a scope by suppling a dictionary, kwargs must be empty. Got "
                    f"{sorted(kwargs)}: put them in an arg_scope inside this one."
                )
        elif not isinstance(list_ops_or_scope, (list, tuple)):
            raise TypeError(
                f"list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict). Got "
                f"{list_ops_or_scope!r}: write arg_scope([function], ...)."
            )
        else:
            for op in list_ops_or_scope:
                _check_decorated(op)
        self._given = list_ops_or_scope
        self._kwargs = kwargs

    def __enter__(self) -> _Scope:
        if isinstance(self._given, Mapping):
            scope = {key: dict(kwargs) for key, kwargs in self._given.items()}
        else:
            scope = dict(_stack.scopes[-1])
            for op in self._given:
                key = arg_scope_func_key(op)
                scope[key] = {**scope.get(key, {}), **self._kwargs}
        _stack.scopes.append(scope)
        return scope

    def __exit__(self, *exc_info: object) -> None:
        _stack.scopes.pop()

    def __call__(self, func: _Function) -> _Function:
        @functools.wraps(func)
        def scoped(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return cast(_Function, scoped)


def _check_decorated(op: Callable[..., Any]) -> None:
    if not has_arg_scope(op):
        name = f"{getattr(op, '__module__', '?')}.{getattr(op, '__name__', op)}"
        raise ValueError(
            f"{name} is not decorated with @add_arg_scope, so it cannot take defaults from an arg_scope. "
            f"Decorate it, or leave it out of the list."
        )
