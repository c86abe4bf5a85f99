"""Names of `tensorflow.python.framework.ops` that `tf` has not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from slim_torch.graph import Graph, get_default_graph
from slim_torch.recording import Operation
from slim_torch.tf.framework import convert_to_tensor

__all__ = [
    "convert_n_to_tensor",
    "convert_n_to_tensor_or_indexed_slices",
    "convert_to_tensor_or_indexed_slices",
    "get_all_collection_keys",
    "get_name_scope",
    "has_default_graph",
    "internal_convert_to_tensor",
    "prepend_name_scope",
    "strip_name_scope",
]


def get_name_scope() -> str:
    """The open name scopes, `"a/b"`. Source: tf.contrib.framework.get_name_scope."""
    return get_default_graph().get_name_scope()


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """A name without its outermost scopes `export_scope`. Source: tf.contrib.framework.strip_name_scope."""
    if not export_scope:
        return name
    scope = export_scope.rstrip("/")
    return re.sub(rf"([\^]|loc:@|^){re.escape(scope)}[/]+(.*)", r"\1\2", name, count=1)


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """A name below other scopes. Source: tf.contrib.framework.prepend_name_scope."""
    if not import_scope:
        return name
    scope = import_scope.rstrip("/")
    return re.sub(r"([\^]|loc:@|^)(.*)", rf"\g<1>{scope}/\2", name, count=1)


def get_all_collection_keys() -> list[str]:
    """The keys of the collections of the default graph."""
    return get_default_graph().get_all_collection_keys()


def has_default_graph() -> bool:
    """There always is one."""
    return isinstance(get_default_graph(), Graph)


def internal_convert_to_tensor(value: Any, dtype: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """`tf.convert_to_tensor` under another name; further arguments mean nothing here."""
    return convert_to_tensor(value, dtype, name)


def convert_to_tensor_or_indexed_slices(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`tf.convert_to_tensor`; indexed slices as they are. Source: tf.convert_to_tensor_or_indexed_slices."""
    from slim_torch.scatter_ops import IndexedSlices

    return value if isinstance(value, IndexedSlices) else convert_to_tensor(value, dtype, name)


def convert_n_to_tensor(values: Sequence[Any], dtype: Any = None, name: str | None = None) -> list[Any]:
    """`tf.convert_to_tensor` of each; the names get numbers."""
    names = (None if name is None else f"{name}_{place}" for place in range(len(values)))
    return [convert_to_tensor(value, dtype, each) for value, each in zip(values, names)]


def convert_n_to_tensor_or_indexed_slices(
    values: Sequence[Any], dtype: Any = None, name: str | None = None
) -> list[Any]:
    """`convert_to_tensor_or_indexed_slices` of each that is not None."""
    return [
        None if value is None else convert_to_tensor_or_indexed_slices(value, dtype, name) for value in values
    ]


def get_graph_from_inputs(op_input_list: Sequence[Any], graph: Graph | None = None) -> Graph:
    """The graph that recorded tensors and operations belong to, the default one without any.

    Raises:
      ValueError: they are of several graphs, or not of `graph`.

    Source: tf.contrib.framework.get_graph_from_inputs.
    """
    found = graph
    for item in op_input_list:
        owner = item.graph if isinstance(item, Operation) else getattr(item, "graph", None)
        if owner is None:
            continue
        if found is None:
            found = owner
        elif owner is not found and found is graph:
            raise ValueError(f"{item!r} is not from the passed-in graph, {graph!r}.")
        elif owner is not found:
            raise ValueError(f"{item!r} must be from the same graph as the other inputs, {found!r}.")
    return found or get_default_graph()
