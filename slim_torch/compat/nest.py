"""`tf.nest`: lists, tuples and dictionaries of things, taken apart and put together.

A dictionary's items come in the order of its sorted keys. Everything that is no list, tuple or dictionary is a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = [
    "assert_same_structure",
    "flatten",
    "is_nested",
    "is_sequence",
    "map_structure",
    "pack_sequence_as",
]


def is_nested(seq: Any) -> bool:
    """Whether it has items: a list, a tuple or a dictionary. Source: tf.nest.is_nested."""
    return isinstance(seq, (list, tuple, Mapping))


is_sequence = is_nested


def _items(structure: Any) -> list[Any]:
    if isinstance(structure, Mapping):
        try:
            return [structure[key] for key in sorted(structure)]
        except TypeError as err:
            raise TypeError("nest only supports dicts with sortable keys.") from err
    return list(structure)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves, in order; of a leaf, itself. Source: tf.nest.flatten."""
    if not is_nested(structure):
        return [structure]
    return [leaf for item in _items(structure) for leaf in flatten(item)]


def _like(structure: Any, items: list[Any]) -> Any:
    """The items in a container of the kind of `structure`."""
    if isinstance(structure, Mapping):
        found = dict(zip(sorted(structure), items))
        made = {key: found[key] for key in structure}
        return made if type(structure) is dict else type(structure)(made)  # type: ignore[call-arg]
    if hasattr(structure, "_fields"):
        return type(structure)(*items)
    return type(structure)(items)


def _packed(structure: Any, leaves: Iterator[Any]) -> Any:
    if not is_nested(structure):
        return next(leaves)
    return _like(structure, [_packed(item, leaves) for item in _items(structure)])


def pack_sequence_as(structure: Any, flat_sequence: Sequence[Any], expand_composites: bool = False) -> Any:
    """A structure of this kind with other leaves. Source: tf.nest.pack_sequence_as.

    Raises:
      ValueError: it has another number of leaves.
    """
    if not is_nested(flat_sequence):
        raise TypeError("flat_sequence must be a sequence")
    count = len(flatten(structure))
    if count != len(flat_sequence):
        raise ValueError(
            f"Could not pack sequence. Structure had {count} elements, but flat_sequence had {len(flat_sequence)} "
            f"elements.  Structure: {structure}, flat_sequence: {flat_sequence}."
        )
    return _packed(structure, iter(flat_sequence))


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Checks that two structures have the same shape. Source: tf.nest.assert_same_structure.

    Raises:
      ValueError: another number of items, or a leaf in the place of a container.
      TypeError: another kind of container, with `check_types`.
    """
    if is_nested(nest1) != is_nested(nest2):
        raise ValueError(
            f"The two structures don't have the same nested structure.\n\nFirst structure: {nest1}\n\n"
            f"Second structure: {nest2}"
        )
    if not is_nested(nest1):
        return
    if check_types and type(nest1) is not type(nest2):
        raise TypeError(
            f"The two structures don't have the same sequence type: {type(nest1)} and {type(nest2)}."
        )
    if len(nest1) != len(nest2) or (isinstance(nest1, Mapping) and set(nest1) != set(nest2)):
        raise ValueError(
            f"The two structures don't have the same nested structure: {nest1} and {nest2}, or their number of "
            f"elements differs."
        )
    for first, second in zip(_items(nest1), _items(nest2)):
        assert_same_structure(first, second, check_types)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """`func` of the leaves of structures of the same shape, in such a structure.

    Args:
      check_types: whether the kinds of containers have to be the same too; they have to.

    Source: tf.nest.map_structure.
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    check_types = kwargs.pop("check_types", True)
    kwargs.pop("expand_composites", None)
    if kwargs:
        raise ValueError(
            f"Only valid keyword arguments are `check_types` and `expand_composites`, not: {sorted(kwargs)}"
        )
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types)
    leaves = zip(*(flatten(item) for item in structure))
    return _packed(structure[0], iter([func(*leaf) for leaf in leaves]))
