"""Sessions: running the part of a recorded graph that fetches need.

A `Session` turns fetches and feeds into a plan (made once, see `plan.py`), checks what is fed and which
variables have been initialized, runs the plan without recording, and gives NumPy values. Variables keep
their values in the graph: all sessions of a graph share them; what each knows is which are initialized.
"""

from __future__ import annotations

import logging
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.config import ConfigProto
from slim_torch.dtypes import numpy_dtype, string
from slim_torch.graph import Graph, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.plan import Plan
from slim_torch.recorded_variable import RecordedVariable, VariableOperation
from slim_torch.recording import Operation, computing, graph_element, recorder_of
from slim_torch.symbolic import SymbolicTensor, shown, static_shape
from slim_torch.traced import converted
from slim_torch.unrun_updates import check_plan

__all__ = ["InteractiveSession", "Session", "current_session", "default_session_for", "get_default_session"]


_logger = logging.getLogger("slim_torch")


class _Sessions(threading.local):
    def __init__(self) -> None:
        self.defaults: list[Session] = []
        self.running: list[Session] = []


_sessions = _Sessions()


def get_default_session() -> Session | None:
    """The innermost session whose block this is, if any. Source: tf.get_default_session."""
    return _sessions.defaults[-1] if _sessions.defaults else None


def current_session() -> Session:
    """The session that is running now."""
    return _sessions.running[-1]


def default_session_for(graph: Graph, session: Session | None, call: str) -> Session:
    """`session`, or the default one.

    Raises:
      ValueError: there is none, or it is of another graph.
    """
    if session is None:
        session = get_default_session()
        if session is None:
            raise ValueError(
                f"Cannot evaluate tensor using `eval()`: No default session is registered. Use `with "
                f"sess.as_default()` or pass an explicit session to `{call}`"
                if call.startswith("eval")
                else f"Cannot execute operation using `run()`: No default session is registered. Use `with "
                f"sess.as_default()` or pass an explicit session to `{call}`"
            )
        which = "default"
    else:
        which = "given"
    if session.graph is not graph:
        raise ValueError(
            f"Cannot use the {which} session to evaluate tensor: the tensor's graph is different from the session's "
            f"graph. Pass a session of its graph to `{call}`."
        )
    return session


class Session:
    """Runs operations of a graph.

    Args:
      target: accepted and ignored; there are no remote sessions.
      graph: the default graph by default.
      config: a `ConfigProto`: device, autocast, threads, compilation.

    As a context manager it is the default session, and its graph the default graph, in the block, and it is
    closed at the end.

    Source: tf.Session.
    """

    def __init__(
        self, target: str = "", graph: Graph | None = None, config: ConfigProto | None = None
    ) -> None:
        self._graph = get_default_graph() if graph is None else graph
        if not isinstance(self._graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if config is not None and not isinstance(config, ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        self._config = config or ConfigProto()
        self._target = target
        self._closed = False
        self._initialized: set[int] = set()
        self._plans: dict[tuple[Any, ...], _Prepared] = {}
        self._structures: dict[Any, tuple[Callable[[list[Any]], Any], list[Any]]] = {}
        self._contexts: list[Any] = []
        self._streams: dict[tuple[Any, ...], torch.Generator] = {}
        self._values: dict[int, torch.Tensor] = {}
        self._initializations: dict[int, int] = {}
        self._lock = threading.RLock()
        # Held by runs that change variables, and while a checkpoint is written: no checkpoint is of two steps.
        self.writing = threading.RLock()
        recorder_of(self._graph)
        self._config.apply()
        device = self._config.torch_device()
        if device != (self._graph.default_device or torch.device("cpu")):
            self._graph.to(device)
        self._device = device

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def graph_def(self) -> Any:
        """The names, types and inputs of the graph's operations; see `graph_listing.py`."""
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        return self._target

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Runs what `fetches` need, once, and gives their values.

        Args:
          fetches: a tensor, variable, operation, or the name of one; or a list, tuple, namedtuple, dictionary
            of fetches, nested as you like.
          feed_dict: values for placeholders, or in place of any other tensor; keys may be names.
          options, run_metadata: accepted without effect.

        Returns:
          The same structure with NumPy values; None for an operation.

        Raises:
          RuntimeError: the session is closed, or the graph is empty.
          TypeError, ValueError: a fetch or feed is not of this graph, or a value does not fit.
          tf.errors.FailedPreconditionError: a variable is read that nothing has initialized.
          tf.errors.InvalidArgumentError: a placeholder is not fed, or values do not fit together.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if not recorder_of(self._graph).operations and not self._graph._variables:
            raise RuntimeError(
                "The Session graph is empty.  Add operations to the graph before calling run()."
            )
        feeds, values = self._feeds(feed_dict)
        structure, flat = self._fetches(fetches)
        prepared = self._prepared(flat, feeds)
        return structure(self._run(prepared, values))

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function of the values for `feed_list`, in order, that runs `fetches`. Source: tf.Session.make_callable."""
        structure, flat = self._fetches(fetches)
        feeds = [self._feed_key(key) for key in feed_list or ()]
        prepared = self._prepared(flat, feeds)

        def call(*values: Any) -> Any:
            if self._closed:
                raise RuntimeError("Attempted to use a closed Session.")
            if len(values) != len(feeds):
                raise ValueError(f"Expected {len(feeds)} values for feed_list, got {len(values)}.")
            return structure(self._run(prepared, [self._value(k, v) for k, v in zip(feeds, values)]))

        return call

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Not supported."""
        raise NotImplementedError("partial_run is not supported. Run the fetches together, in one run.")

    partial_run_setup = partial_run

    def list_devices(self) -> list[Any]:
        """The devices that a session could use, as torch devices."""
        return [torch.device("cpu"), *(torch.device("cuda", i) for i in range(torch.cuda.device_count()))]

    def close(self) -> None:
        """Ends the session; it forgets what it has prepared."""
        self._closed = True
        self._plans.clear()
        self._structures.clear()

    def as_default(self) -> Any:
        """Context manager: makes it the default session. It is not closed at the end."""
        return self._as_default()

    @contextmanager
    def _as_default(self) -> Iterator[Session]:
        _sessions.defaults.append(self)
        try:
            yield self
        finally:
            _sessions.defaults.remove(self)

    def __enter__(self) -> Session:
        graph = self._graph.as_default()
        graph.__enter__()
        session = self._as_default()
        session.__enter__()
        self._contexts.append((graph, session))
        return self

    def __exit__(self, *exc_info: Any) -> None:
        graph, session = self._contexts.pop()
        session.__exit__(None, None, None)
        graph.__exit__(None, None, None)
        self.close()

    # Initialization

    def is_initialized(self, variable: Any) -> bool:
        """Whether `variable` has a value in this session."""
        return id(variable) in self._initialized or bool(getattr(variable, "_has_value", False))

    def mark_initialized(self, variables: Sequence[Any]) -> None:
        """The variables were given values in this session by other means than a run."""
        self._initialized.update(map(id, variables))

    def hold(self) -> None:
        """From here on the variables hold this session's values, until another one runs.

        Raises:
          RuntimeError: the session is closed.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        self._take_over()

    def times_initialized(self, variable: Any) -> int:
        """How often `variable` has been initialized in this session."""
        times = self._initializations.get(id(variable), 0)
        self._initializations[id(variable)] = times + 1
        return times

    def stream(self, name: str, seed: int | None, device: torch.device) -> torch.Generator:
        """The generator of a random operation, which begins anew in each session."""
        key = (name, seed, device)
        generator = self._streams.get(key)
        if generator is None:
            drawn = zlib.crc32(name.encode()) if seed is None else seed
            base = 87654321 if self._graph.seed is None else self._graph.seed
            value = (base * 0x9E3779B97F4A7C15 + drawn * 0xC2B2AE3D27D4EB4F) % 2**63
            generator = self._streams[key] = torch.Generator(device).manual_seed(value)
        return generator

    # Fetches and feeds

    def _fetches(self, fetches: Any) -> tuple[Callable[[list[Any]], Any], list[Any]]:
        """How to build the result from flat values, and the flat fetches, each once; known for tensors asked before."""
        key = None if self._graph._unfetchable else _key_of(fetches)
        if key is None:
            return self._analyzed(fetches)
        known = self._structures.get(key)
        if known is None:
            known = self._structures[key] = self._analyzed(fetches)
        return known

    def _analyzed(self, fetches: Any) -> tuple[Callable[[list[Any]], Any], list[Any]]:
        flat: list[Any] = []
        places: dict[int, int] = {}

        def visit(fetch: Any) -> Callable[[list[Any]], Any]:
            if isinstance(fetch, (list, tuple)) and not isinstance(fetch, str):
                items = [visit(item) for item in fetch]
                kind = type(fetch)
                if hasattr(kind, "_fields"):
                    return lambda values: kind(*(item(values) for item in items))
                return lambda values: kind(item(values) for item in items)
            if isinstance(fetch, Mapping):
                pairs = [(key, visit(item)) for key, item in fetch.items()]
                mapping = type(fetch)
                return lambda values: mapping((key, item(values)) for key, item in pairs)  # type: ignore[call-arg]
            parts = getattr(fetch, "session_parts", None)
            if parts is not None:
                items = [visit(item) for item in parts]
                return lambda values: fetch.session_value(*(item(values) for item in items))
            element = self._element(fetch)
            place = places.get(id(element))
            if place is None:
                place = places[id(element)] = len(flat)
                flat.append(element)
            return lambda values: values[place]

        return visit(fetches), flat

    def _element(self, fetch: Any) -> Any:
        fetch = converted(fetch)
        if isinstance(fetch, (str, bytes)):
            name = fetch.decode() if isinstance(fetch, bytes) else fetch
            try:
                found = graph_element(self._graph, name)
            except (KeyError, ValueError) as err:
                raise ValueError(
                    f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({err.args[0]})"
                ) from None
            return no_op_of(self._graph) if isinstance(found, VariableOperation) else found
        if isinstance(fetch, (SymbolicTensor, Operation)):
            if not self._graph.is_fetchable(fetch):
                raise ValueError(f"Operation {fetch.name!r} has been marked as not fetchable.")
            if fetch.graph is not self._graph:
                raise ValueError(
                    f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. (Tensor {fetch!r} is not an element of "
                    f"this graph.)"
                )
            return fetch
        if isinstance(fetch, Variable):
            if fetch.graph is not self._graph:
                raise ValueError(
                    f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. (Tensor {fetch!r} is not an element of "
                    f"this graph.)"
                )
            return fetch
        if isinstance(fetch, torch.Tensor):
            return fetch
        op = getattr(fetch, "op", None)
        if isinstance(op, Operation):
            return op
        if isinstance(fetch, VariableOperation):
            return no_op_of(self._graph)
        if fetch is not None and callable(fetch):
            return self._called(fetch)
        raise TypeError(
            f"Fetch argument {fetch!r} has invalid type {type(fetch)}, must be a string or Tensor. (Can not convert a "
            f"{type(fetch).__name__} into a Tensor or Operation.)"
        )

    def _called(self, function: Callable[[], Any]) -> Operation:
        """The operation that calls an update object, or another function without arguments; made once."""
        from slim_torch.control_flow import operation_calling

        return operation_calling(function, self._graph)

    def _feeds(self, feed_dict: Any) -> tuple[list[Any], list[Any]]:
        if not feed_dict:
            return [], []
        if not isinstance(feed_dict, Mapping):
            raise TypeError(
                f"feed_dict must be a dictionary from tensors to values, got {type(feed_dict).__name__}."
            )
        keys: list[Any] = []
        values: list[Any] = []
        for given, value in feed_dict.items():
            parts = getattr(given, "session_parts", None)
            if parts is not None:
                for part, piece in zip(parts, value if parts else ()):
                    keys.append(self._feed_key(part))
                    values.append(self._value(keys[-1], piece))
                continue
            if isinstance(given, tuple):
                if not isinstance(value, (list, tuple)) or len(value) != len(given):
                    raise ValueError(
                        f"Could not flatten dictionary. Key had {len(given)} elements, but value had "
                        f"{len(value) if isinstance(value, (list, tuple)) else 1} elements. Key: {given}, value: {value}."
                    )
                for part, piece in zip(given, value):
                    keys.append(self._feed_key(part))
                    values.append(self._value(keys[-1], piece))
                continue
            keys.append(self._feed_key(given))
            values.append(self._value(keys[-1], value))
        return keys, values

    def _feed_key(self, key: Any) -> Any:
        key = converted(key)
        if isinstance(key, (str, bytes)):
            name = key.decode() if isinstance(key, bytes) else key
            try:
                key = graph_element(self._graph, name, allow_operation=False)
            except (KeyError, ValueError) as err:
                raise TypeError(f"Cannot interpret feed_dict key as Tensor: {err.args[0]}") from None
        if isinstance(key, (SymbolicTensor, Variable)):
            if key.graph is not self._graph:
                raise TypeError(
                    f"Cannot interpret feed_dict key as Tensor: Tensor {key!r} is not an element of this graph."
                )
            if not self._graph.is_feedable(key):
                raise ValueError(f"Tensor {key!r} may not be fed.")
            return key
        raise TypeError(
            f"Cannot interpret feed_dict key as Tensor: Can not convert a {type(key).__name__} into a Tensor."
        )

    def _value(self, key: Any, value: Any) -> Any:
        """`value` as a tensor that `key` can be replaced by."""
        if isinstance(value, (SymbolicTensor, Variable)):
            raise TypeError(
                "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, "
                "strings, lists, numpy ndarrays, or TensorHandles. For reference, the tensor object was "
                f"{value!r} which was passed to the feed with key {key!r}."
            )
        dtype = key.dtype
        if isinstance(value, torch.Tensor):
            tensor: Any = value.detach().to(dtype)
            shape = tuple(value.shape)
        else:
            wanted = numpy_dtype(dtype)
            whole = isinstance(value, int) and not isinstance(value, bool) and wanted is not object
            if whole and dtype.is_floating_point is False and not _fits(value, wanted):
                raise TypeError(
                    f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {wanted}. "
                    f"Try explicitly setting the type of the feed tensor to a larger type (e.g. int64)."
                )
            array = np.asarray(value, dtype=wanted)
            shape = array.shape
            if dtype is string:
                tensor = _as_bytes(array)
            elif dtype == torch.bfloat16:
                tensor = torch.from_numpy(array).to(torch.bfloat16)
            else:
                # PyTorch takes no steps backwards (a feed of image[..., ::-1]).
                usable = array.flags.writeable and all(step >= 0 for step in array.strides)
                tensor = torch.from_numpy(array if usable else array.copy())
        static = static_shape(key.stand_ins) if isinstance(key, SymbolicTensor) else list(key.shape)
        if static is not None and not (
            len(static) == len(shape) and all(a is None or a == b for a, b in zip(static, shape))
        ):
            raise ValueError(
                f"Cannot feed value of shape {shape} for Tensor {key.name!r}, which has shape {shown(static)!r}"
            )
        if self._device.type != "cpu" and isinstance(tensor, torch.Tensor):
            return tensor.to(self._device, non_blocking=True)
        return tensor

    # Running

    def _prepared(self, flat: list[Any], feeds: list[Any]) -> _Prepared:
        key = (tuple(map(id, flat)), tuple(map(id, feeds)))
        prepared = self._plans.get(key)
        if prepared is None:
            with self._lock:
                prepared = self._plans[key] = _Prepared(
                    Plan(self._graph, flat, feeds, self._device if self._device.type != "cpu" else None),
                    self._config,
                )
            check_plan(self._graph, prepared.plan)
        return prepared

    def _run(self, prepared: _Prepared, values: list[Any]) -> list[Any]:
        plan = prepared.plan
        if prepared.checked_by is not self:
            for variable in plan.reads:
                if not self.is_initialized(variable):
                    raise errors.FailedPreconditionError(
                        None,
                        None,
                        f"Attempting to use uninitialized value {variable._op_name}: no initializer has run in this session, "
                        f"and nothing was restored.",
                    )
            prepared.checked_by = self
        self._take_over()
        _sessions.running.append(self)
        try:
            with self.writing if plan.writes else nullcontext(), computing(), prepared.context():
                try:
                    results = prepared.run(*values)
                except errors.OpError as err:
                    if err.op is None:
                        err.op = _failed_operation(plan, err)
                    from slim_torch.nonfinite import explained

                    raise explained(err, plan, values) from None
                except (RuntimeError, ValueError, IndexError, TypeError) as err:
                    op = _failed_operation(plan, err)
                    if op is None:
                        raise
                    raise errors.InvalidArgumentError(None, op, str(err)) from err
                for variable in plan.initializes:
                    self._initialized.add(id(variable))
                return self._converted(prepared, results, values)
        finally:
            _sessions.running.pop()

    def _take_over(self) -> None:
        """Puts this session's values into the variables, and keeps those of the session that had its own there."""
        owner = None if self._graph.session is None else self._graph.session()
        if owner is self:
            return
        if owner is not None and not owner._closed:
            owner._values = {id(variable): variable.data for variable in self._graph.variables}
            for variable in self._graph.variables:
                mine = self._values.get(id(variable))
                variable.data = variable.data.clone() if mine is None else mine
                variable.pristine_version = -1
        self._values = {}
        self._graph.session = weakref.ref(self)

    def _converted(self, prepared: _Prepared, results: Sequence[Any], values: list[Any]) -> list[Any]:
        found = iter(results)
        shared = prepared.constants.union(map(id, values)) if values else prepared.constants
        return [
            None if isinstance(fetch, Operation) else _as_numpy(next(found), shared)
            for fetch in prepared.plan.fetches
        ]


def _key_of(fetches: Any) -> Any:
    """What identifies recorded tensors, operations and variables, or a list, tuple or dictionary of them.

    None for other fetches.
    """
    kind = type(fetches)
    if kind is SymbolicTensor or kind is Operation or kind is RecordedVariable:
        return id(fetches)
    if kind is list or kind is tuple:
        items = fetches
    elif kind is dict:
        items = fetches.values()
    else:
        return None
    for item in items:
        one = type(item)
        if one is not SymbolicTensor and one is not Operation and one is not RecordedVariable:
            return None
    return (kind, *(fetches if kind is dict else ()), *map(id, items))


def _failed_operation(plan: Plan, err: BaseException) -> Operation | None:
    trace = err.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<slim_torch replay>":
            return plan.operation_at(trace.tb_lineno)
        trace = trace.tb_next
    return None


def _as_numpy(value: Any, shared: frozenset[int]) -> Any:
    """A value for the user; nobody else has its memory. Called where calls on variables compute."""
    if isinstance(value, torch.Tensor):
        # By type: isinstance(value, torch.nn.Parameter) costs more than all the rest.
        alias = type(value) is not torch.Tensor or value._base is not None or id(value) in shared
        tensor = value.detach() if value.requires_grad else value
        if tensor.dtype == torch.bfloat16:
            tensor = tensor.float()
        if tensor.is_conj() or tensor.is_neg():
            tensor = tensor.resolve_conj().resolve_neg()
        if not tensor.is_cpu:
            tensor, alias = tensor.cpu(), False
        array = tensor.numpy()
        if array.ndim == 0:
            return array[()]  # a copy
        return array.copy() if alias else array
    if isinstance(value, np.ndarray):
        return value[()] if value.ndim == 0 else value
    return value


def no_op_of(graph: Graph) -> Operation:
    """An operation for what has nothing to run."""
    from slim_torch.control_flow import nothing, operation_calling

    return operation_calling(nothing, graph)


def _as_bytes(array: np.ndarray) -> np.ndarray:
    """Strings as TensorFlow has them."""
    flat = [item.encode() if isinstance(item, str) else item for item in array.reshape(-1).tolist()]
    found = np.empty(len(flat), dtype=object)
    found[:] = flat
    return found.reshape(array.shape)


def _fits(value: int, kind: Any) -> bool:
    try:
        return bool(kind(value) == value)
    except OverflowError:
        return False


class _Prepared:
    """A plan with the way it is run: with or without autograd, autocast, compiled or not."""

    def __init__(self, plan: Plan, config: ConfigProto) -> None:
        self.plan = plan
        self.checked_by: Session | None = None
        self.constants = frozenset(map(id, plan.source.constants))
        self._config = config
        self.run: Callable[..., Any] = plan.run
        if config.compile and plan.pure and not plan.has_gradient:
            self.run = _compiled(plan)

    def context(self) -> AbstractContextManager[Any]:
        """What a run happens in."""
        if self._config.autocast_dtype is None:
            return torch.set_grad_enabled(self.plan.has_gradient)
        stack = ExitStack()
        stack.enter_context(torch.set_grad_enabled(self.plan.has_gradient))
        stack.enter_context(
            torch.autocast(self._config.torch_device().type, dtype=self._config.autocast_dtype)
        )
        return stack


def _compiled(plan: Plan) -> Callable[..., Any]:
    """The plan's function under torch.compile; sizes that the graph does not know stay dynamic.

    Where PyTorch cannot compile with dynamic sizes (its 2.13 cannot for some strided convolutions of unknown
    height and width) it compiles for each size; what it cannot compile at all runs as it is, with a warning.
    """
    ways: list[Callable[..., Any]] = [
        torch.compile(plan.run),
        torch.compile(plan.run, dynamic=False),
        plan.run,
    ]
    unknown = [
        [axis for axis, size in enumerate(static_shape(feed.stand_ins) or ()) if size is None]
        if isinstance(feed, SymbolicTensor)
        else []
        for feed in plan.feeds
    ]

    def run(*values: Any) -> Any:
        import torch._dynamo

        while True:
            if len(ways) == 3:
                for value, axes in zip(values, unknown):
                    for axis in axes:
                        torch._dynamo.maybe_mark_dynamic(value, axis)
            try:
                return ways[0](*values)
            except torch._dynamo.exc.TorchDynamoException as err:
                del ways[0]
                how = "for each size" if len(ways) == 2 else "uncompiled"
                _logger.warning("torch.compile failed, running %s: %s", how, str(err).partition("\n")[0])
                values = tuple(value.view_as(value) for value in values)

    return run


class InteractiveSession(Session):
    """A session that is the default one from its making to its closing. Source: tf.InteractiveSession."""

    def __init__(
        self, target: str = "", graph: Graph | None = None, config: ConfigProto | None = None
    ) -> None:
        super().__init__(target, graph, config)
        self._default = self._as_default()
        self._default.__enter__()
        self._default_graph = None if graph is None else graph.as_default()
        if self._default_graph is not None:
            self._default_graph.__enter__()

    def close(self) -> None:
        if self._closed:
            return
        super().close()
        if self._default_graph is not None:
            self._default_graph.__exit__(None, None, None)
        self._default.__exit__(None, None, None)
