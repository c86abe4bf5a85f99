"""`HParams`: named values that a program is run with, and reading them from a command line.

A value keeps the type that it was added with. The syntax is `name=value,list=[1,2],list[3]=4`.
"""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["HParams", "parse_values"]

_ASSIGNMENT = re.compile(
    r"(?P<name>[a-zA-Z][\w.]*)(?:\[\s*(?P<index>\d+)\s*\])?\s*=\s*(?:(?P<value>[^,\[]*)|\[(?P<values>[^\]]*)\])(?:$|,\s*)"
)
_TRUE, _FALSE = ("true", "1"), ("false", "0")


def _parsed(name: str, kind: type, text: str, whole: str) -> Any:
    try:
        if kind is bool:
            if text.lower() not in _TRUE + _FALSE:
                raise ValueError
            return text.lower() in _TRUE
        return kind(text)
    except ValueError:
        raise ValueError(
            f"Could not parse hparam '{name}' of type '{kind.__name__}' with value '{text}' in {whole}"
        ) from None


def parse_values(values: str, type_map: Mapping[str, type], ignore_unknown: bool = False) -> dict[str, Any]:
    """The values in a text such as `lr=0.1,layers=[16,32],names[2]=x`.

    Args:
      values: the text.
      type_map: the type of each name; for a list that of its elements.
      ignore_unknown: whether names that are not in `type_map` are left out.

    Returns:
      A dictionary of values, of lists, and of dictionaries from index to value where single elements are given.

    Raises:
      ValueError: the text is malformed, a name is unknown or assigned twice, or a value is of another type.

    Source: tf.contrib.training.parse_values.
    """
    found: dict[str, Any] = {}
    assigned: set[tuple[str, str | None]] = set()
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]}")
        position = match.end()
        name, index = match["name"], match["index"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}")
        kind = type_map[name]
        earlier = found.get(name)
        if earlier is not None and (
            index is None or not isinstance(earlier, dict) or (name, index) in assigned
        ):
            shown = name if index is None or not isinstance(earlier, dict) else f"{name}[{index}]"
            raise ValueError(f"Multiple assignments to variable '{shown}' in {values}")
        assigned.add((name, index))
        if match["values"] is not None:
            if index is not None:
                raise ValueError(
                    f"Malformed hyperparameter value: {match[0]}. An element of a list is one value."
                )
            texts = [text for text in re.split(r"[,\s]+", match["values"].strip()) if text]
            found[name] = [_parsed(name, kind, text, values) for text in texts]
        elif index is not None:
            found.setdefault(name, {})[int(index)] = _parsed(name, kind, match["value"], values)
        else:
            found[name] = _parsed(name, kind, match["value"], values)
    return found


def _cast(name: str, kind: type, value: Any) -> Any:
    """`value` as `kind`, where nothing is lost by that.

    Raises:
      ValueError: it is of another kind.
    """
    fits = True
    if isinstance(None, kind) or (
        isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
    ):
        return value
    if issubclass(kind, str):
        fits = isinstance(value, (str, bytes))
    elif isinstance(value, (str, bytes)) or issubclass(kind, bool) != isinstance(value, bool):
        fits = False
    elif issubclass(kind, numbers.Integral):
        fits = isinstance(value, numbers.Integral)
    elif issubclass(kind, numbers.Number):
        fits = isinstance(value, numbers.Number)
    if not fits:
        raise ValueError(f"Could not cast hparam '{name}' of type '{kind}' from value {value!r}")
    return kind(value)


class HParams:
    """Named values of a program, as attributes.

    `HParams(learning_rate=0.1, layers=[16, 32])` has the attributes `learning_rate` and `layers`. A value is a number, a
    text, a truth value, None, or a list of such, which is not empty.

    Args:
      hparam_def: must be None: there are no protocol buffers.
      model_structure: kept for `get_model_structure`.
      kwargs: the values.

    Raises:
      ValueError: a name is one of the methods', or a list is empty.

    Source: tf.contrib.training.HParams.
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise TypeError("HParams: hparam_def is not supported. Pass values by name: HParams(lr=0.1).")
        # For each name the type of its value or elements, and whether it is a list.
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a value.

        Raises:
          ValueError: there is one of that name, the name is reserved, or `value` is an empty list.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Gives an existing value another one of its type: a list for a list, integers also for floating point.

        Raises:
          KeyError: there is no such name.
          ValueError: the type is another one.
        """
        kind, is_list = self._hparam_types[name]
        if isinstance(value, list):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, kind, item) for item in value])
        else:
            if is_list:
                raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
            setattr(self, name, _cast(name, kind, value))

    def del_hparam(self, name: str) -> None:
        """Removes a value, if there is one of that name."""
        if hasattr(self, name):
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Sets the values in a text such as `lr=0.1,layers=[16,32]`, and gives this object.

        Raises:
          ValueError: as `parse_values`; or as `set_hparam`.
        """
        types = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, types))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Sets the values of a dictionary, and gives this object. Raises as `set_hparam`."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: Mapping[str, Any]) -> HParams:
        """The older name of `override_from_dict`."""
        return self.override_from_dict(values_map)

    def parse_json(self, values_json: str) -> HParams:
        """Sets the values of a JSON object, and gives this object. Raises as `set_hparam`."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(
        self,
        indent: int | str | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """The values as a JSON object; arguments as for `json.dumps`. A function is left out."""
        values = {name: value for name, value in self.values().items() if not callable(value)}
        return json.dumps(values, indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self) -> dict[str, Any]:
        """A dictionary of all values, by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A value, or `default` where there is none of that name.

        Raises:
          ValueError: `default` could not be the value, for its type.
        """
        if key not in self._hparam_types:
            return default
        kind, is_list = self._hparam_types[key]
        if default is not None:
            shown = f"list<{kind}>" if is_list else str(kind)
            problem = f"Hparam '{key}' of type '{shown}' is incompatible with default={default}"
            if isinstance(default, list) != is_list:
                raise ValueError(problem)
            try:
                for item in default if isinstance(default, list) else [default]:
                    _cast(key, kind, item)
            except ValueError as err:
                raise ValueError(f"{problem}. {err}") from err
        return getattr(self, key)

    def get_model_structure(self) -> Any:
        """What was given as `model_structure`."""
        return self._model_structure

    def set_model_structure(self, model_structure: Any) -> None:
        """Replaces it."""
        self._model_structure = model_structure

    def __contains__(self, key: str) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"
