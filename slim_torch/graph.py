"""The graph: the registry of variables, the collections, the names in use, and the step.

A `Graph` owns everything that slim code leaves behind while it runs: variables by name, collections
by key, and the counters that keep names unique. It knows nothing of layers, and no other module keeps
such state. Invariant: variables, and the collections of variables, live as long as the graph; everything
else in a collection belongs to one execution of the model code, a *step*.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from slim_torch.parameter import Variable
    from slim_torch.scopes import VariableScope

__all__ = [
    "Deferred",
    "Graph",
    "GraphKeys",
    "add_to_collection",
    "add_to_collections",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "reset_default_graph",
    "set_random_seed",
]

_VALID_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_VALID_NESTED_NAME = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")


class GraphKeys:
    """The names of the standard collections, with TensorFlow's spelling."""

    ACTIVATIONS = "activations"
    ASSET_FILEPATHS = "asset_filepaths"
    BIASES = "biases"
    CONCATENATED_VARIABLES = "concatenated_variables"
    COND_CONTEXT = "cond_context"
    EVAL_STEP = "eval_step"
    GLOBAL_STEP = "global_step"
    GLOBAL_VARIABLES = "variables"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    LOCAL_RESOURCES = "local_resources"
    LOCAL_VARIABLES = "local_variables"
    LOSSES = "losses"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    QUEUE_RUNNERS = "queue_runners"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    READY_OP = "ready_op"
    REGULARIZATION_LOSSES = "regularization_losses"
    RESOURCES = "resources"
    SAVEABLE_OBJECTS = "saveable_objects"
    SAVERS = "savers"
    SUMMARIES = "summaries"
    SUMMARY_OP = "summary_op"
    TABLE_INITIALIZERS = "table_initializer"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    TRAIN_OP = "train_op"
    UPDATE_OPS = "update_ops"
    VARIABLES = "variables"
    WEIGHTS = "weights"
    WHILE_CONTEXT = "while_context"


class Deferred:
    """An entry of a collection that is computed when the collection is read.

    A regularization loss is one: it costs nothing in a step that does not ask for it, and it always
    speaks of the variable's current value. `function(argument)` gives the entry, or None for no entry;
    `name` is what `get_collection(key, scope)` matches.
    """

    belongs_to_step = True

    def __init__(self, function: Callable[[Any], Any], argument: Any, name: str = "") -> None:
        self.function = function
        self.argument = argument
        self.name = name

    def __call__(self) -> Any:
        return self.function(self.argument)


class _State:
    """What one execution of the model code has used up so far."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.scope_counts: dict[str, dict[str, int]] = {}
        self.slashed = False
        self.claimed: set[str] = set()
        self.regularized: set[str] = set()
        self.collections: dict[str, list[Any]] = {}

    def nested(self) -> _State:
        """A state for an execution inside this one: names start anew, collections are shared."""
        state = _State()
        state.regularized = self.regularized
        state.collections = self.collections
        return state


class _Thread:
    """Where one thread stands in a graph: the scopes it is in, and what its execution has used up."""

    def __init__(self) -> None:
        self.name_scope = ""
        self.variable_scope: VariableScope | None = None
        self.steps = 0
        self.state = _State()
        # What stands in for variables by name, while PyTorch calls a module with other tensors in their place.
        self.substitutes: dict[str, torch.Tensor] = {}


class _PerThread(threading.local):
    """Gives each thread a `_Thread`, a plain object: torch.compile loses what is set on a threading.local."""

    def __init__(self) -> None:
        self.thread = _Thread()


def _check_updates(graph: Graph, state: _State) -> None:
    """Warns if a step has left updates that nobody runs while the model is trained."""
    update = next(iter(state.collections.get(GraphKeys.UPDATE_OPS, ())), None)
    if getattr(update, "belongs_to_step", False):
        from slim_torch.unrun_updates import check_step

        check_step(graph, update)


class _Step:
    """Context manager of `Graph.step`. A class, not a generator: `torch.compile` traces it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __enter__(self) -> Graph:
        graph, thread = self._graph, self._graph._thread
        self._nested = thread.steps > 0
        # What the last step left goes now: its outputs are memory that this one can use.
        self._outer_state = thread.state if self._nested else None
        if not (torch.compiler.is_compiling() or self._nested) and thread.state.collections:
            _check_updates(graph, thread.state)
        thread.state = thread.state.nested() if self._nested else _State()
        thread.steps += 1
        # reuse_variables() on the scope that the step starts in must not outlive the step.
        self._scope = thread.variable_scope
        thread.variable_scope = None if self._scope is None else self._scope.copy()
        return graph

    def __exit__(self, *exc_info: object) -> None:
        thread = self._graph._thread
        thread.steps -= 1
        thread.variable_scope = self._scope
        if self._outer_state is not None:
            thread.state = self._outer_state


class Graph:
    """A registry of variables and collections, with TensorFlow's rules for names.

    Attributes:
      seed: the graph-level random seed; None leaves initial values to `torch.manual_seed`.
      default_device: where variables are created when no input says otherwise; None is torch's default.

    Source: tf.Graph.
    """

    # Whether new graphs record whatever is called outside of steps; otherwise something symbolic has to begin.
    records_from_start = False

    def __init__(self) -> None:
        self.seed: int | None = None
        self.default_device: torch.device | None = None
        self._variables: dict[str, Variable] = {}
        self._store: dict[str, Variable] = {}
        # Names in the store by the lower-case names of their variables.
        self._store_names: dict[str, str] = {}
        # What layers asked for and got, by scope; see `scopes.recall`.
        self._layer_variables: dict[tuple[str, str], tuple[Any, tuple[str, ...], Any]] = {}
        self._collections: dict[str, list[Any]] = {}
        self._per_thread = _PerThread()
        self._draws = 0
        self._streams: dict[tuple[Any, ...], torch.Generator] = {}
        # What recording adds (see recording.py): the operations, and the class that variables are then of.
        self.recorder: Any = None
        self.variable_class: Any = None
        self.traced: list[Any] = []
        self.kept: list[Any] = []
        self.session: Any = None
        self._unfeedable: set[int] = set()
        self._unfetchable: set[int] = set()
        # What unrun_updates.py has seen of the last step.
        self.watched: Any = None
        if Graph.records_from_start:
            from slim_torch.recording import recorder_of

            recorder_of(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        """A graph with copies of the variables, that has not run a step yet."""
        copied = Graph()
        memo[id(self)] = copied
        copied.seed, copied.default_device, copied._draws = self.seed, self.default_device, self._draws
        copied._variables = copy.deepcopy(self._variables, memo)
        copied._store = copy.deepcopy(self._store, memo)
        copied._store_names = dict(self._store_names)
        copied._collections = copy.deepcopy(self._collections, memo)
        for variable in copied._variables.values():
            variable.graph = copied
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(
            "A graph cannot be pickled. Save its variables: `module.state_dict()`, or a checkpoint, and build the "
            "model again from its code."
        )

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Makes this the graph that slim functions use, until the block is left."""
        stack = _stack()
        stack.append(self)
        try:
            yield self
        finally:
            stack.pop()

    def step(self) -> _Step:
        """Marks one execution of the model code; use as `with graph.step():`.

        At its start the name counters and what a step collects (losses, updates, summaries, outputs)
        are cleared; variables, and the collections of variables, stay. Inside it TensorFlow's rules
        for one graph construction hold: a second `get_variable` of the same name without reuse is an
        error, and a variable of an earlier step is claimed again by the same call. What the step
        collected can be read until the next one starts. A step inside a step starts the names anew
        and adds to the collections of the outer one.
        """
        return _Step(self)

    def forget_step(self) -> None:
        """Clears what the last step left, as the start of a new one does."""
        if not self._thread.steps:
            self._thread.state = _State()

    @property
    def _thread(self) -> _Thread:
        return self._per_thread.thread

    # Names

    def unique_name(self, name: str, mark_as_used: bool = True, scope: str | None = None) -> str:
        """`name` under `scope`, with `_1`, `_2`, ... where it is taken.

        `scope` is by default the name scope in force. Case does not make a difference between names,
        as in TensorFlow.
        """
        if scope is None:
            scope = self._thread.name_scope
        full = f"{scope}/{name}" if scope else name
        names = self._per_thread.thread.state.names
        key = full.lower()
        count = names.get(key, 0)
        if not count and self._store_names.get(key) in self._per_thread.thread.state.claimed:
            # A variable that this step has claimed, and an earlier one has made, has its name as well.
            count = 1
        if mark_as_used:
            names[key] = count + 1
        if not count:
            return full
        candidate = f"{full}_{count}"
        while candidate.lower() in names:
            count += 1
            candidate = f"{full}_{count}"
        if mark_as_used:
            names[key] = count + 1
            names[candidate.lower()] = 1
        return candidate

    def name_scope(self, name: str | None) -> _NameScope:
        """A context manager that puts `name` before the names made inside it.

        None or an empty string leads back to the root; a name that ends in a slash is taken as it
        is, without making it unique, and so re-enters a scope. Gives the scope's name with a final
        slash.

        Raises:
          ValueError: `name` holds a character that TensorFlow does not allow.
        """
        return _NameScope(self, name)

    def enter_name_scope(self, thread: _Thread, name: str | None) -> str:
        """What entering `name_scope(name)` does; leaving is up to the caller."""
        if not name:
            thread.name_scope = ""
            return ""
        outer = thread.name_scope
        if not (name.isidentifier() and name.isascii() and name[0] != "_"):
            checked_name(name, nested=bool(outer))
            if name[-1] == "/":
                thread.name_scope = name[:-1]
                return name
        full = f"{outer}/{name}" if outer else name
        key = full.lower()
        names = thread.state.names
        if key in names or self._store_names.get(key) in thread.state.claimed:
            full = self.unique_name(name, scope=outer)
        else:
            names[key] = 1
        thread.name_scope = full
        return full + "/"

    def get_name_scope(self) -> str:
        """The name scope in force, without a final slash; empty at the root."""
        return self._thread.name_scope

    # Collections

    def add_to_collection(self, name: str, value: Any) -> None:
        """Puts `value` at the end of the collection `name`.

        Variables, and whatever is added outside a step, stay; but tensors, and objects with a true
        attribute `belongs_to_step`, always go when the next step starts.
        """
        thread = self._per_thread.thread
        items = thread.state.collections.get(name)
        (self._materialized(name) if items is None else items).append(value)
        if isinstance(value, torch.Tensor):
            if type(value) is not torch.Tensor and isinstance(value, torch.nn.Parameter):
                self._collections.setdefault(name, []).append(value)
            elif not hasattr(value, "slim_name_scope"):
                # A plain tensor has no op name; the name scope it was added in stands for it.
                value.slim_name_scope = thread.name_scope  # type: ignore[attr-defined]
        elif not thread.steps and not getattr(value, "belongs_to_step", False):
            self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: str | Iterable[str], value: Any) -> None:
        """Adds `value` to each of `names`, once to each."""
        for name in (names,) if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: str, scope: str | None = None) -> list[Any]:
        """A new list of what the collection holds, in the order of adding.

        Args:
          scope: a regular expression; only entries whose name it matches from the start are given,
            and entries without a name are left out. A tensor answers with the name scope that it
            was added in.
        """
        items = self._thread.state.collections.get(name)
        if items is None:
            items = self._collections.get(name, [])
        if scope is not None:
            pattern = re.compile(scope)
            items = [item for item in items if _matches(pattern, item)]
        values = [item() if isinstance(item, Deferred) else item for item in items]
        return [value for item, value in zip(items, values) if value is not None or item is None]

    def get_collection_ref(self, name: str) -> list[Any]:
        """The list itself: what is changed in it changes the collection, until the next step."""
        return self._materialized(name)

    def clear_collection(self, name: str) -> None:
        """Empties the collection, of variables too. The variables themselves stay in the graph."""
        self._collections.pop(name, None)
        self._thread.state.collections.pop(name, None)

    def get_all_collection_keys(self) -> list[str]:
        """The names of the collections that exist."""
        return list(dict.fromkeys([*self._collections, *self._thread.state.collections]))

    def _materialized(self, name: str) -> list[Any]:
        items = self._thread.state.collections.get(name)
        if items is None:
            items = self._thread.state.collections[name] = list(self._collections.get(name, ()))
        return items

    # Recorded operations; what they are is defined in recording.py, which stands on this module.

    def get_operations(self) -> list[Any]:
        """The recorded operations, in the order of recording."""
        return [] if self.recorder is None else list(self.recorder.operations)

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> Any:
        """The names, types and inputs of the recorded operations; they make no graph again. Source: tf.Graph.as_graph_def."""
        from slim_torch.graph_listing import listed

        return listed(self)

    def get_tensor_by_name(self, name: str) -> Any:
        """The recorded tensor or the variable of a name such as `"conv1/Relu:0"`.

        Raises:
          KeyError: there is none.
          ValueError: it is no name of a tensor.
          TypeError: `name` is no string.
        """
        from slim_torch.recording import graph_element

        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return graph_element(self, name, allow_operation=False)

    def get_operation_by_name(self, name: str) -> Any:
        """The recorded operation of a name such as `"conv1/Relu"`; errors as for `get_tensor_by_name`."""
        from slim_torch.recording import graph_element

        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return graph_element(self, name, allow_tensor=False)

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """`obj`, or what it names, if it belongs to this graph.

        Raises:
          ValueError: it belongs to another one.
          TypeError: it is no part of a graph.
        """
        from slim_torch.recording import Operation, graph_element

        if isinstance(obj, str):
            return graph_element(self, obj, allow_tensor, allow_operation)
        if not isinstance(obj, (torch.Tensor, Operation)):
            raise TypeError(f"Can not convert a {type(obj).__name__} into a Tensor or Operation.")
        if getattr(obj, "graph", None) is not self:
            raise ValueError(f"Tensor {obj!r} is not an element of this graph.")
        return obj

    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Any:
        """Context manager: what is recorded in the block runs after `control_inputs`."""
        from slim_torch.recording import control_dependencies

        with self.as_default():
            return control_dependencies(control_inputs)

    def gradient_override_map(self, op_type_map: dict[str, str]) -> Any:
        """Context manager: operations recorded in the block take registered gradients, by their type."""
        from slim_torch.recording import recorder_of

        return recorder_of(self).gradient_override_map(op_type_map)

    def finalize(self) -> None:
        """No operation can be recorded from here on."""
        from slim_torch.recording import recorder_of

        recorder_of(self).finalized = True

    def prevent_feeding(self, tensor: Any) -> None:
        self._unfeedable.add(id(tensor))

    def is_feedable(self, tensor: Any) -> bool:
        return id(tensor) not in self._unfeedable

    def prevent_fetching(self, op: Any) -> None:
        self._unfetchable.add(id(op))

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        return (
            id(tensor_or_op) not in self._unfetchable
            and id(getattr(tensor_or_op, "op", None)) not in self._unfetchable
        )

    def device(self, device_name_or_function: Any) -> Any:
        """Context manager: `tf.device` in this graph."""
        from slim_torch.tf.framework import device

        return device(device_name_or_function)

    @property
    def finalized(self) -> bool:
        return self.recorder is not None and self.recorder.finalized

    # Variables

    @property
    def variables(self) -> list[Variable]:
        """Every variable of the graph, in the order of creation."""
        return list(self._variables.values())

    def to(self, device: torch.device | str) -> Graph:
        """Moves all variables to `device`, and creates later ones there. Returns the graph."""
        self.default_device = torch.device(device)
        for variable in self._variables.values():
            variable.data = variable.data.to(self.default_device)
            if variable.grad is not None:
                variable.grad = variable.grad.to(self.default_device)
        return self

    def generator(self, op_seed: int | None = None) -> torch.Generator:
        """A CPU generator for one draw of initial values.

        With a seed for the graph or for the draw, the same program draws the same numbers again;
        with neither, `torch.manual_seed` decides.
        """
        generator = torch.Generator()
        if self.seed is None and op_seed is None:
            generator.manual_seed(int(torch.randint(0, 2**62, ()).item()))
            return generator
        if op_seed is None:
            op_seed = self._draws
            self._draws += 1
        # Two odd multipliers keep neighbouring pairs of seeds apart.
        graph_seed = 87654321 if self.seed is None else self.seed
        generator.manual_seed((graph_seed * 0x9E3779B97F4A7C15 + op_seed * 0xC2B2AE3D27D4EB4F) % 2**63)
        return generator

    def stream(self, name: str, seed: int, device: torch.device) -> torch.Generator:
        """The generator of an operation that draws anew at each step, such as a seeded dropout.

        It goes on from step to step, so a program with the same seeds sees the same sequence.
        """
        key = (name, seed, device)
        if key not in self._streams:
            first = torch.randint(0, 2**62, (), generator=self.generator(seed))
            self._streams[key] = torch.Generator(device).manual_seed(int(first.item()))
        return self._streams[key]


class _NameScope:
    """Context manager of `Graph.name_scope`."""

    def __init__(self, graph: Graph, name: str | None) -> None:
        self._graph = graph
        self._name = name

    def __enter__(self) -> str:
        self._thread = thread = self._graph._thread
        self._outer = thread.name_scope
        return self._graph.enter_name_scope(thread, self._name)

    def __exit__(self, *exc_info: object) -> None:
        self._thread.name_scope = self._outer


def checked_name(name: str, nested: bool = False) -> str:
    """`name`, if TensorFlow allows it for a scope or a variable.

    Raises:
      ValueError: it does not.
    """
    valid = _VALID_NESTED_NAME if nested else _VALID_NAME
    if valid.match(name) is None:
        raise ValueError(
            f"'{name}' is not a valid scope name. Use letters, digits and the characters "
            f"_ . \\ / > -, beginning with a letter, a digit or a dot."
        )
    return name


def _matches(pattern: re.Pattern[str], item: Any) -> bool:
    name = getattr(item, "slim_name_scope", None)
    if name is None:
        name = getattr(item, "name", None)
    return isinstance(name, str) and pattern.match(name) is not None


class _Defaults(threading.local):
    def __init__(self) -> None:
        self.stack: list[Graph] = []


_defaults = _Defaults()
_global_graph = Graph()


def _stack() -> list[Graph]:
    return _defaults.stack


def get_default_graph() -> Graph:
    """The graph in force: the innermost `as_default`, else the global one."""
    stack = _defaults.stack
    return stack[-1] if stack else _global_graph


def reset_default_graph() -> None:
    """Replaces the global default graph by an empty one.

    Raises:
      AssertionError: inside `Graph.as_default`, as in TensorFlow.
    """
    global _global_graph
    if _stack():
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. Leave the block of "
            "`with graph.as_default():` first, or make a new Graph for the block."
        )
    _global_graph = Graph()


def add_to_collection(name: str, value: Any) -> None:
    """`Graph.add_to_collection` of the default graph."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: str | Sequence[str], value: Any) -> None:
    """`Graph.add_to_collections` of the default graph."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: str, scope: str | None = None) -> list[Any]:
    """`Graph.get_collection` of the default graph."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: str) -> list[Any]:
    """`Graph.get_collection_ref` of the default graph."""
    return get_default_graph().get_collection_ref(key)


def set_random_seed(seed: int | None) -> None:
    """Sets the graph-level seed of the default graph. Source: tf.set_random_seed."""
    get_default_graph().seed = seed
