"""What `sess.graph_def` and `tf.train.write_graph` give: a list of a graph's operations, to look at.

Of each operation its name, type and inputs. Attributes, and the values of constants, are not there, as operations are
calls of PyTorch's; so a graph cannot be made of the list again.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any, NamedTuple

from slim_torch.plan import inputs_of

__all__ = ["GraphListing", "NodeDef", "listed", "write_graph"]


class NodeDef(NamedTuple):
    """One operation: its name, its type, and the names of what it takes (`^name` for what it only waits for)."""

    name: str
    op: str
    input: list[str]


class GraphListing(NamedTuple):
    """The operations of a graph, in the order of recording; `str()` gives them as TensorFlow's text format."""

    node: list[NodeDef]

    def __str__(self) -> str:
        return "".join(
            f'node {{\n  name: "{node.name}"\n  op: "{node.op}"\n'
            + "".join(f'  input: "{name}"\n' for name in node.input)
            + "}\n"
            for node in self.node
        )


def listed(graph: Any) -> GraphListing:
    """The operations of `graph`."""
    return GraphListing([NodeDef(op.name, op.type, _inputs(op)) for op in graph.get_operations()])


def _inputs(op: Any) -> list[str]:
    names = [part.name.removesuffix(":0") for part in inputs_of(op)]
    return [*names, *(f"^{control.name}" for control in op.control_inputs)]


def write_graph(graph_or_graph_def: Any, logdir: Any, name: str, as_text: bool = True) -> str:
    """Writes the list of operations to `logdir/name`, in TensorFlow's text format; gives the path.

    Raises:
      NotImplementedError: `as_text` is False: the binary format is for reading graphs back.

    Source: tf.train.write_graph.
    """
    if not as_text:
        raise NotImplementedError(
            "tf.train.write_graph(as_text=False) is not supported: a graph cannot be read back. Keep the code that makes "
            "it, and a checkpoint."
        )
    graph = graph_or_graph_def
    listing = graph if isinstance(graph, GraphListing) else listed(graph)
    folder = os.fspath(logdir)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(str(listing))
    os.replace(temporary, path)
    return path
