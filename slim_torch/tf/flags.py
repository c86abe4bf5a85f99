"""`tf.flags` and `tf.app.flags`: a script's options, defined one by one, and read as attributes of `FLAGS`.

`--name=value`, `--name value`, `-name value`; `--name` and `--noname` for booleans; what follows `--` is left
alone. The command line is read when a flag is first asked for, or by `tf.app.run`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

__all__ = [
    "FLAGS",
    "DEFINE_bool",
    "DEFINE_boolean",
    "DEFINE_enum",
    "DEFINE_float",
    "DEFINE_integer",
    "DEFINE_list",
    "DEFINE_multi_enum",
    "DEFINE_multi_float",
    "DEFINE_multi_integer",
    "DEFINE_multi_string",
    "DEFINE_string",
    "DuplicateFlagError",
    "Error",
    "FlagValues",
    "IllegalFlagValueError",
    "UnparsedFlagAccessError",
    "UnrecognizedFlagError",
    "mark_flag_as_required",
    "mark_flags_as_required",
    "register_validator",
]


class Error(Exception):
    """What is wrong with flags."""


class DuplicateFlagError(Error):
    """A flag is defined twice."""


class IllegalFlagValueError(Error):
    """A flag cannot have this value."""


class UnrecognizedFlagError(Error):
    """There is no such flag."""


class UnparsedFlagAccessError(Error):
    """A flag was asked for before the command line was read."""


class Flag:
    """One option.

    Attributes:
      name, help, default, value: of the option; `default` is what it has if it is not given.
      present: how often it was given.
    """

    def __init__(
        self,
        name: str,
        default: Any,
        help: str | None,
        parse: Callable[[Any], Any],
        boolean: bool,
        many: bool,
    ) -> None:
        self.name, self.help, self.boolean, self.many = name, help, boolean, many
        self.parse = parse
        self.default: Any = None if default is None else self._checked(default)
        self.value: Any = self.default
        self.present = 0

    def _checked(self, value: Any) -> Any:
        try:
            if self.many:
                return [self.parse(item) for item in (value if isinstance(value, (list, tuple)) else [value])]
            return self.parse(value)
        except (TypeError, ValueError) as err:
            raise IllegalFlagValueError(f"flag --{self.name}={value}: {err}") from err

    def give(self, text: Any) -> None:
        """Takes a value from the command line."""
        value = self._checked(text)
        self.value = [*self.value, *value] if self.many and self.present else value
        self.present += 1

    def assign(self, value: Any) -> None:
        """Takes a value from the script."""
        self.value = None if value is None else self._checked(value)


class FlagValues:
    """All flags of a script; each is an attribute. Source: tf.flags.FlagValues."""

    def __init__(self) -> None:
        self.__dict__["_flags"] = {}
        self.__dict__["_validators"] = []
        self.__dict__["_parsed"] = False

    def define(self, flag: Flag) -> None:
        """Adds a flag.

        Raises:
          DuplicateFlagError: there is one of this name.
        """
        if flag.name in self._flags:
            raise DuplicateFlagError(f"The flag '{flag.name}' is defined twice. Second: {flag.help!r}.")
        self._flags[flag.name] = flag

    def __call__(self, argv: Sequence[str], known_only: bool = False) -> list[str]:
        """Reads a command line, whose first item is the script's name. Gives the rest, that name included.

        Args:
          known_only: whether unknown flags belong to the rest.

        Raises:
          UnrecognizedFlagError: there is a flag that nobody has defined.
          IllegalFlagValueError: a value does not fit its flag, or a required flag is missing.
        """
        if not argv:
            raise ValueError("argv cannot be empty: the name of the script is its first item.")
        rest = [argv[0]]
        arguments = list(argv[1:])
        while arguments:
            argument = arguments.pop(0)
            if argument == "--":
                rest.extend(arguments)
                break
            if not argument.startswith("-") or argument == "-":
                rest.append(argument)
                continue
            name, given, text = argument.lstrip("-").partition("=")
            if name in ("help", "helpfull", "h", "helpshort") and name not in self._flags:
                print(self.get_help())
                sys.exit(1)
            flag = self._flags.get(name)
            negated = self._flags.get(name[2:]) if name.startswith("no") else None
            if flag is None and negated is not None and negated.boolean and not given:
                negated.give(False)
            elif flag is None:
                if not known_only:
                    raise UnrecognizedFlagError(f"Unknown command line flag '{name}'")
                rest.append(argument)
            elif flag.boolean and not given:
                flag.give(True)
            elif given:
                flag.give(text)
            elif arguments:
                flag.give(arguments.pop(0))
            else:
                raise Error(f"Missing value for flag --{name}")
        self.__dict__["_parsed"] = True
        self._validate()
        return rest

    def _validate(self) -> None:
        for name, check, message in self._validators:
            flag = self._flags.get(name)
            if flag is not None and not check(flag.value):
                raise IllegalFlagValueError(f"flag --{name}={flag.value}: {message}")

    def is_parsed(self) -> bool:
        return bool(self._parsed)

    def mark_as_parsed(self) -> None:
        """Lets flags be asked for without a command line."""
        self.__dict__["_parsed"] = True

    def unparse_flags(self) -> None:
        """Forgets the command line; values stay until it is read again."""
        self.__dict__["_parsed"] = False

    def flag_values_dict(self) -> dict[str, Any]:
        """The values by name."""
        return {name: flag.value for name, flag in self._flags.items()}

    def get_help(self) -> str:
        """A description of all flags."""
        lines = ["flags:"]
        for name, flag in sorted(self._flags.items()):
            lines += [
                f"  --{'[no]' if flag.boolean else ''}{name}: {flag.help}",
                f"    (default: {flag.default!r})",
            ]
        return "\n".join(lines)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        flag = self._flags.get(name)
        if flag is None:
            raise AttributeError(
                f"There is no flag '{name}'. Define it with tf.flags.DEFINE_string or another."
            )
        if not self._parsed:
            self(sys.argv)
        return flag.value

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._flags:
            raise AttributeError(
                f"There is no flag '{name}'. Define it with tf.flags.DEFINE_string or another."
            )
        self._flags[name].assign(value)

    def __delattr__(self, name: str) -> None:
        if self._flags.pop(name, None) is None:
            raise AttributeError(f"There is no flag '{name}'.")

    def __contains__(self, name: object) -> bool:
        return name in self._flags

    def __iter__(self) -> Iterator[str]:
        return iter(self._flags)

    def __len__(self) -> int:
        return len(self._flags)

    def __getitem__(self, name: str) -> Flag:
        found: Flag = self._flags[name]
        return found

    def __dir__(self) -> list[str]:
        return sorted(self._flags)


FLAGS = FlagValues()
"""The flags of the script."""


def _definer(
    parse: Callable[[Any], Any], kind: str, boolean: bool = False, many: bool = False
) -> Callable[..., None]:
    def define(
        name: str | None = None,
        default: Any = None,
        help: str | None = None,
        flag_values: FlagValues = FLAGS,
        *,
        flag_name: str | None = None,
        default_value: Any = None,
        docstring: str | None = None,
        **args: Any,
    ) -> None:
        full = name if name is not None else flag_name
        if full is None:
            raise TypeError("A flag needs a name.")
        value = default if default is not None else default_value
        flag_values.define(Flag(full, value, help if help is not None else docstring, parse, boolean, many))

    define.__doc__ = (
        f"Defines a flag: {kind}. Arguments: its name, default (None for none) and help. Source: tf.flags."
    )
    return define


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"value must be a string, found {value!r}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (not isinstance(value, str) and value != int(value)):
        raise ValueError(f"Expect argument to be a string or int, found {value!r}")
    return int(value, 0) if isinstance(value, str) else int(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        if value.lower() in ("true", "t", "1"):
            return True
        if value.lower() in ("false", "f", "0"):
            return False
    elif isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise ValueError(f"Non-boolean argument to boolean flag: {value!r}")


def _items(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [item.strip() for item in value.split(",")] if value else []


DEFINE_string = _definer(_text, "text")
DEFINE_integer = _definer(_integer, "a whole number")
DEFINE_float = _definer(float, "a number")
DEFINE_bool = DEFINE_boolean = _definer(_boolean, "true or false", boolean=True)
DEFINE_list = _definer(_items, "a list of texts, divided by commas")
DEFINE_multi_string = _definer(_text, "text, any number of times", many=True)
DEFINE_multi_integer = _definer(_integer, "a whole number, any number of times", many=True)
DEFINE_multi_float = _definer(float, "a number, any number of times", many=True)


def _choice(values: Sequence[str]) -> Callable[[Any], Any]:
    allowed = list(values)

    def parse(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"value should be one of <{'|'.join(map(str, allowed))}>")
        return value

    return parse


def DEFINE_enum(
    name: str,
    default: Any,
    enum_values: Sequence[str],
    help: str | None = None,
    flag_values: FlagValues = FLAGS,
) -> None:
    """Defines a flag: one of `enum_values`. Source: tf.flags.DEFINE_enum."""
    flag_values.define(Flag(name, default, help, _choice(enum_values), boolean=False, many=False))


def DEFINE_multi_enum(
    name: str,
    default: Any,
    enum_values: Sequence[str],
    help: str | None = None,
    flag_values: FlagValues = FLAGS,
) -> None:
    """Defines a flag: one of `enum_values`, any number of times. Source: tf.flags.DEFINE_multi_enum."""
    flag_values.define(Flag(name, default, help, _choice(enum_values), boolean=False, many=True))


def register_validator(
    flag_name: str,
    checker: Callable[[Any], Any],
    message: str = "Flag validation failed",
    flag_values: FlagValues = FLAGS,
) -> None:
    """Lets `checker` decide about the value when the command line is read. Source: tf.flags.register_validator."""
    flag_values._validators.append((flag_name, checker, message))


def mark_flag_as_required(flag_name: str, flag_values: FlagValues = FLAGS) -> None:
    """Demands that the flag is given. Source: tf.flags.mark_flag_as_required."""
    register_validator(
        flag_name, lambda value: value is not None, "Flag must have a value other than None.", flag_values
    )


def mark_flags_as_required(flag_names: Sequence[str], flag_values: FlagValues = FLAGS) -> None:
    """`mark_flag_as_required` for several. Source: tf.flags.mark_flags_as_required."""
    for name in flag_names:
        mark_flag_as_required(name, flag_values)
