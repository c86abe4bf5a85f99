"""`tf.make_template`: a function whose variables are made at its first call, and used again at later ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.scopes import VariableScope, variable_scope

__all__ = ["Template", "make_template"]


class Template:
    """A function with variables of its own; see `make_template`.

    Attributes:
      func: the function, with the arguments that were given to `make_template`.
      variable_scope: the scope of its variables; None before the first call.
    """

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        create_scope_now: bool,
        unique_name: str | None,
        custom_getter: Any,
        kwargs: dict[str, Any],
    ) -> None:
        self.func = functools.partial(func, **kwargs) if kwargs else func
        self._name, self._unique_name, self._custom_getter = name, unique_name, custom_getter
        self.variable_scope: VariableScope | None = None
        self._called = False
        if create_scope_now:
            with self._new_scope() as scope:
                self.variable_scope = scope

    def _new_scope(self) -> Any:
        if self._unique_name is not None:
            return variable_scope(self._unique_name, custom_getter=self._custom_getter)
        return variable_scope(None, default_name=self._name, custom_getter=self._custom_getter)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function.

        Raises:
          ValueError: a call after the first asks for a variable that there is not, or makes one.
        """
        if self.variable_scope is None:
            with self._new_scope() as scope:
                self.variable_scope = scope
                return self._call(args, kwargs)
        with variable_scope(self.variable_scope, reuse=self._called or None):
            return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        graph = get_default_graph()
        before = len(graph.get_collection(GraphKeys.TRAINABLE_VARIABLES))
        result = self.func(*args, **kwargs)
        made = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)[before:]
        if self._called and made:
            raise ValueError(
                f"Trainable variable created when calling a template after the first time, perhaps you used tf.Variable "
                f"when you meant tf.get_variable: {made}"
            )
        self._called = True
        return result

    @property
    def name(self) -> str:
        """The name that was asked for."""
        return self._name

    @property
    def variable_scope_name(self) -> str | None:
        """The beginning of the names of its variables; None before the first call."""
        return None if self.variable_scope is None else f"{self.variable_scope.name}/"

    def _variables(self, key: str) -> list[Any]:
        if self.variable_scope is None:
            return []
        return get_default_graph().get_collection(key, f"{self.variable_scope.name}/")

    @property
    def variables(self) -> list[Any]:
        """All variables of the function, global and local."""
        return self.global_variables + self.local_variables

    @property
    def global_variables(self) -> list[Any]:
        return self._variables(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        return self._variables(GraphKeys.LOCAL_VARIABLES)

    @property
    def trainable_variables(self) -> list[Any]:
        return self._variables(GraphKeys.TRAINABLE_VARIABLES)


def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """A function that calls `func_` in one variable scope: its first call makes variables, later ones share them.

    Args:
      name_: the scope's name, made unique.
      create_scope_now_: whether the scope is where the template is made, or where it is first called.
      unique_name_: a name for the scope that is taken as it is.
      custom_getter_: wraps the getter of variables.
      kwargs: arguments for `func_`.

    Source: tf.make_template.
    """
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_, kwargs)
