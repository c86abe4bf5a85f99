"""Code that computes with variables before anybody knows whether its graph is to be recorded.

`w = tf.Variable(1.0); y = w * 2` may be the beginning of a TensorFlow script, whose session will run `y`
again and again, or of a PyTorch program, which wants the number now. So outside of steps the result is both:
a `TracedTensor` has its value, and remembers the call. The first thing that only a recorded graph has (a
placeholder, a session, an initializer) turns what is remembered into operations, in the order of the calls.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch

from slim_torch.graph import Graph
from slim_torch.tensor_shape import TensorShape

__all__ = ["TracedTensor", "converted", "symbolic_of", "traced_call", "tracing"]


class TracedTensor(torch.Tensor):
    """A real tensor that remembers the call it comes from; see the module."""

    call: tuple[Callable[[], Any], Any]
    slim_name_scope = None
    traced_graph: Graph

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        graph = _graph_of((args, kwargs))
        if graph is not None and graph.recorder is not None and not _real(func):
            from slim_torch.recording import record_call, records
            from slim_torch.symbolic import _caller_is_internal

            if records(graph):
                args, kwargs = converted((args, kwargs))
                return record_call(func, args, kwargs, internal=_caller_is_internal())
        return traced_call(graph, func, args, kwargs)

    # The name that it is recorded under; None leaves it to be given when somebody asks.
    given_name: tuple[str, str | None] | None = None

    @property
    def graph(self) -> Graph:
        return self.traced_graph

    @property
    def op(self) -> Any:
        return symbolic_of(self).op

    @property
    def name(self) -> str:
        return symbolic_of(self).name

    def get_shape(self) -> TensorShape:
        return TensorShape(tuple(self.shape))

    def set_shape(self, shape: Any) -> None:
        symbolic_of(self).set_shape(shape)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, by a session."""
        return symbolic_of(self).eval(feed_dict, session)

    def __hash__(self) -> int:
        return id(self)


def _real(func: Callable[..., Any]) -> bool:
    from slim_torch.recorded_variable import is_real_call

    return is_real_call(func)


def _parts(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        yield from _parts(list(value.values()))
    else:
        yield value


def _graph_of(value: Any) -> Graph | None:
    for part in _parts(value):
        if isinstance(part, TracedTensor):
            return part.traced_graph
        if isinstance(part, torch.nn.Parameter) and hasattr(part, "graph"):
            return part.graph
    return None


def tracing(graph: Graph | None) -> bool:
    """Whether calls are remembered: outside of steps, with gradients on, which no TensorFlow script turns off."""
    return (
        graph is not None
        and graph.recorder is None
        and not graph._thread.steps
        and torch.is_grad_enabled()
        and not torch.compiler.is_compiling()
    )


def traced_call(graph: Graph | None, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Calls `func` for real; remembers the call in the results."""
    with torch._C.DisableTorchFunctionSubclass():
        result = func(*args, **kwargs)
    name = getattr(func, "__name__", "")
    in_place = name.endswith("_") and not name.endswith("__")
    if not tracing(graph) or in_place or name == "__get__" or _real(func):
        return result
    assert graph is not None
    from slim_torch.symbolic import _caller_is_internal

    internal = _caller_is_internal(3)
    return remembered(graph, result, lambda: _again(func, args, kwargs, internal))


def _again(func: Callable[..., Any], args: Any, kwargs: Any, internal: bool) -> Any:
    from slim_torch.recording import operation_type, record

    args, kwargs = converted((args, kwargs))
    return record(func, args, kwargs, name=None if internal else operation_type(func))


def remembered(graph: Graph, result: Any, again: Callable[[], Any]) -> Any:
    """`result` with its tensors made ones that know how to be recorded."""
    box: dict[str, Any] = {}
    scope = graph.get_name_scope()

    def recorded() -> Any:
        if "result" not in box:
            with graph.name_scope(scope + "/" if scope else None):
                box["result"] = again()
        return box["result"]

    def wrapped(value: Any, path: tuple[Any, ...]) -> Any:
        # Tensors that compute in a way of their own, such as fake ones, belong to PyTorch.
        if (
            isinstance(value, torch.Tensor)
            and type(value).__torch_dispatch__ == torch.Tensor.__torch_dispatch__
        ):
            made = value.as_subclass(TracedTensor)
            made.call = (recorded, path)
            made.traced_graph = graph
            graph.traced.append(weakref.ref(made))
            return made
        if type(value) in (list, tuple):
            return type(value)(wrapped(item, (*path, place)) for place, item in enumerate(value))
        return value

    return wrapped(result, ())


def symbolic_of(tensor: TracedTensor) -> Any:
    """The recorded tensor of a traced one; makes the graph one that records."""
    from slim_torch.recording import recorder_of

    graph = tensor.traced_graph
    recorder_of(graph)
    recorded, path = tensor.call
    with graph.as_default():
        result = recorded()
    for place in path:
        result = result[place]
    if tensor.given_name is not None:
        from slim_torch.recording import rename

        (name, kind), tensor.given_name = tensor.given_name, None
        rename(result, name, kind)
    return result


def convert_all(graph: Graph) -> None:
    """Records what is remembered and still held by somebody, in the order of the calls."""
    remembered_before, graph.traced = graph.traced, []
    kept, graph.kept = graph.kept, []
    for reference in remembered_before:
        tensor = reference()
        if tensor is not None:
            symbolic_of(tensor)
    del kept


def converted(value: Any) -> Any:
    """`value` with recorded tensors in place of traced ones."""
    if isinstance(value, TracedTensor):
        return symbolic_of(value)
    if type(value) in (list, tuple):
        return type(value)(converted(item) for item in value)
    if type(value) is dict:
        return {key: converted(item) for key, item in value.items()}
    return value
