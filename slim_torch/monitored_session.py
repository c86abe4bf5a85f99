"""Monitored sessions: a session that is made ready, calls hooks, and ends in order.

What is run to make it ready is a `Scaffold`; how that is done is `session_manager.py`'s. Invariant: the hooks'
`end` is called unless an exception other than the end of the input ended the session, which is closed
in any case.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slim_torch import errors
from slim_torch.checkpoint.saver import Saver
from slim_torch.config import RunMetadata, RunOptions
from slim_torch.control_flow import group
from slim_torch.coordinator import Coordinator, start_queue_runners
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.recorded_variable import (
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from slim_torch.recording import recorder_of
from slim_torch.session_manager import SessionManager
from slim_torch.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from slim_torch.variables import global_variables
from slim_torch.writing_hooks import CheckpointSaverHook, StepCounterHook, SummarySaverHook

__all__ = [
    "ChiefSessionCreator",
    "MonitoredSession",
    "MonitoredTrainingSession",
    "Scaffold",
    "SessionCreator",
    "SingularMonitoredSession",
    "WorkerSessionCreator",
]

_logger = logging.getLogger("slim_torch")

_DEFAULT: Any = object()
_PREEMPTION = (errors.AbortedError, errors.UnavailableError)
_END_OF_INPUT = (errors.OutOfRangeError, StopIteration)
_PARTS = (
    "init_op",
    "ready_op",
    "ready_for_local_init_op",
    "local_init_op",
    "summary_op",
    "saver",
    "init_feed_dict",
)


class Scaffold:
    """The operations that make a session ready, and the saver. Those not given are made by `finalize`.

    Args:
      init_op, init_feed_dict: initialize, when there is no checkpoint; by default all global variables.
      init_fn: called with this object and the session after that.
      ready_op: names what is not initialized, by default of global and local variables.
      ready_for_local_init_op: names what must be initialized before `local_init_op`.
      local_init_op: run in every session; by default initializes local variables and tables.
      summary_op: by default all summaries, merged.
      saver: by default one of all variables.
      copy_from_scaffold: where arguments that are not given come from.

    Source: tf.train.Scaffold.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Scaffold, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Scaffold | None = None,
    ) -> None:
        if copy_from_scaffold is not None and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        given = {
            "init_op": init_op,
            "ready_op": ready_op,
            "ready_for_local_init_op": ready_for_local_init_op,
            "local_init_op": local_init_op,
            "summary_op": summary_op,
            "saver": saver,
            "init_feed_dict": init_feed_dict,
        }
        for part in _PARTS:
            value = given[part]
            setattr(
                self,
                part,
                getattr(copy_from_scaffold, part) if value is None and copy_from_scaffold else value,
            )
        self._init_function = init_fn
        if init_fn is None and copy_from_scaffold is not None:
            self._init_function = copy_from_scaffold._init_function

    init_op: Any
    ready_op: Any
    ready_for_local_init_op: Any
    local_init_op: Any
    summary_op: Any
    saver: Any
    init_feed_dict: Any

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """A function of the session, or None."""
        function = self._init_function
        return None if function is None else lambda session: function(self, session)

    def finalize(self) -> Scaffold:
        """Makes what is missing, and finalizes the graph: from here on nothing can be recorded in it."""
        graph = get_default_graph()
        for part, key, make in (
            ("init_op", GraphKeys.INIT_OP, lambda: group(global_variables_initializer())),
            ("ready_op", GraphKeys.READY_OP, report_uninitialized_variables),
            (
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                lambda: report_uninitialized_variables(global_variables()),
            ),
            ("local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op),
            ("summary_op", GraphKeys.SUMMARY_OP, _merged_summaries),
            ("saver", GraphKeys.SAVERS, lambda: Saver(allow_empty=True)),
        ):
            if getattr(self, part) is None:
                setattr(self, part, Scaffold.get_or_default(part, key, make))
        self.saver.build()
        graph.finalize()
        _logger.info("Graph was finalized.")
        return self

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Callable[[], Any]) -> Any:
        """What the collection holds; made, and added to it, when it is empty.

        Raises:
          RuntimeError: it holds more than one thing.
        """
        graph = get_default_graph()
        found = graph.get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f"More than one item in the collection {collection_key}. Please indicate which one to use by passing it to "
                f"the tf.Scaffold constructor as:  tf.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Any:
        """An operation that initializes local variables and tables."""
        from slim_torch.tf.framework import tables_initializer

        return group(local_variables_initializer(), tables_initializer())


def _merged_summaries() -> Any:
    if not get_default_graph().get_collection(GraphKeys.SUMMARIES):
        return None
    from slim_torch import tf

    return tf.summary.merge_all()  # type: ignore[attr-defined, unused-ignore]


class SessionCreator:
    """Makes the session of a `MonitoredSession`. Source: tf.train.SessionCreator."""

    def create_session(self) -> Any:
        """A session whose variables have values."""
        raise NotImplementedError(f"create_session is not implemented for {type(self).__name__}.")


class _ManagedSessionCreator(SessionCreator):
    def __init__(self, scaffold: Scaffold | None, master: str, config: Any) -> None:
        self._scaffold = scaffold or Scaffold()
        self._master = master
        self._config = config
        self._manager: SessionManager | None = None

    def _finalized_manager(self) -> SessionManager:
        if self._manager is None:
            scaffold = self._scaffold.finalize()
            self._manager = SessionManager(
                local_init_op=scaffold.local_init_op,
                ready_op=scaffold.ready_op,
                ready_for_local_init_op=scaffold.ready_for_local_init_op,
                graph=get_default_graph(),
            )
        return self._manager


class ChiefSessionCreator(_ManagedSessionCreator):
    """Makes sessions that are restored from a checkpoint, else initialized.

    Args:
      scaffold: what to run for that, a new `Scaffold` by default.
      master: accepted without effect.
      config: of the session.
      checkpoint_dir, checkpoint_filename_with_path: the folder or the checkpoint to restore.

    Source: tf.train.ChiefSessionCreator.
    """

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._checkpoint_dir = None if checkpoint_dir is None else os.fspath(checkpoint_dir)
        self._checkpoint = checkpoint_filename_with_path

    def saver(self) -> Any:
        """What restores the checkpoint, the scaffold's."""
        return self._scaffold.saver

    def create_session(self) -> Any:
        manager = self._finalized_manager()
        return manager.prepare_session(
            self._master,
            saver=self.saver(),
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint,
            config=self._config,
            init_op=self._scaffold.init_op,
            init_feed_dict=self._scaffold.init_feed_dict,
            init_fn=self._scaffold.init_fn,
        )


class WorkerSessionCreator(_ManagedSessionCreator):
    """Waits, `max_wait_secs` at most, until another has initialized. Source: tf.train.WorkerSessionCreator."""

    def __init__(
        self,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        max_wait_secs: float = 30 * 60,
    ) -> None:
        super().__init__(scaffold, master, config)
        self._max_wait_secs = max_wait_secs

    def create_session(self) -> Any:
        manager = self._finalized_manager()
        return manager.wait_for_session(self._master, config=self._config, max_wait_secs=self._max_wait_secs)


class _StepContext:
    """What a step function of `run_step_fn` gets.

    Attributes:
      session: the plain session, without hooks.
    """

    def __init__(self, session: Any, run_with_hooks_fn: Callable[..., Any]) -> None:
        self.session = session
        self._run_with_hooks = run_with_hooks_fn

    def run_with_hooks(self, *args: Any, **kwargs: Any) -> Any:
        """Runs as `MonitoredSession.run` does."""
        return self._run_with_hooks(*args, **kwargs)

    def request_stop(self) -> None:
        """Ends the step, and the `with` block that it is called in."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _MonitoredSession:
    StepContext = _StepContext
    _recovers = True

    def __init__(
        self,
        session_creator: SessionCreator,
        hooks: Iterable[SessionRunHook] | None,
        stop_grace_period_secs: float,
    ) -> None:
        self._creator = session_creator
        self._hooks = list(hooks or ())
        self._grace = stop_grace_period_secs
        self._graph = get_default_graph()
        # From here on the graph is recorded, so that what hooks make is there before it is finalized.
        recorder_of(self._graph)
        self._was_finalized = self._graph.finalized
        self._session: Any = None
        for hook in self._hooks:
            hook.begin()
        self._open()

    def _open(self) -> None:
        """Makes a session; again, where that is interrupted."""
        with self._graph.as_default():
            while True:
                try:
                    self._stop = False
                    self._session = self._creator.create_session()
                    self._coordinator = Coordinator(clean_stop_exception_types=[])
                    start_queue_runners(self._session, self._coordinator)
                    for hook in self._hooks:
                        hook.after_create_session(self._session, self._coordinator)
                except _PREEMPTION as err:
                    if not self._recovers:
                        raise
                    _logger.info("Making the session was interrupted (%s); it is made anew.", err)
                else:
                    return

    @property
    def graph(self) -> Graph | None:
        """The graph that it runs; None after closing."""
        return None if self._session is None else self._graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """`Session.run`, with what the hooks fetch and feed, and with their calls around it.

        Raises:
          RuntimeError: it is closed, a hook has asked to stop, or a tensor is fed twice.
        """
        return self._recovering(lambda: self._run(fetches, feed_dict, options, run_metadata))

    def run_step_fn(self, step_fn: Callable[..., Any]) -> Any:
        """Calls `step_fn(step_context)`, which may run the plain session before it runs with hooks.

        Raises:
          ValueError: the argument's name is another one.
        """
        if not callable(step_fn):
            raise TypeError(f"step_fn is {step_fn!r}, expected a function of step_context.")
        names = tuple(inspect.signature(step_fn).parameters)
        if names != ("step_context",):
            raise ValueError(
                f"`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments if it's an "
                f"instance method. Got {names} instead."
            )
        return self._recovering(lambda: step_fn(_StepContext(self._opened(), self._run)))

    def should_stop(self) -> bool:
        """Whether a hook or the coordinator has asked to stop, or it is closed."""
        return self._session is None or self._stop or self._coordinator.should_stop()

    def close(self) -> None:
        """Calls the hooks' `end`, and closes the session.

        Raises:
          RuntimeError: it is closed.
        """
        self._close(call_end=True)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> bool:
        ended = kind is None or issubclass(kind, _END_OF_INPUT)
        self._close(call_end=ended)
        return ended

    def _close(self, call_end: bool) -> None:
        session = self._session
        if session is None:
            raise RuntimeError("Session is already closed.")
        try:
            if call_end:
                with self._graph.as_default():
                    for hook in self._hooks:
                        hook.end(session)
        finally:
            self._session = None
            self._coordinator.request_stop()
            try:
                self._coordinator.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
            finally:
                session.close()
                # The graph is open again for the next session, whose hooks may add to it.
                recorder_of(self._graph).finalized = self._was_finalized

    def _opened(self) -> Any:
        if self._session is None:
            raise RuntimeError("Attempted to use a closed monitored session. Make a new one.")
        return self._session

    def _recovering(self, call: Callable[[], Any]) -> Any:
        """Calls, in a new session where the one in use was interrupted."""
        while True:
            try:
                return call()
            except _PREEMPTION as err:
                if not self._recovers:
                    raise
                _logger.info("The session was interrupted (%s); it is closed, and a new one made.", err)
                self._coordinator.request_stop()
                self._session.close()
                self._open()
            except Exception:
                if self._session is not None:
                    # What a thread reported is the cause of what this run met.
                    self._coordinator.raise_requested_exception()
                raise

    def _run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        session = self._opened()
        if self._stop:
            raise RuntimeError("Run called even after should_stop requested.")
        options = options or RunOptions()
        run_metadata = run_metadata or RunMetadata()
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), session)
        feeds = dict(feed_dict or {})
        fed_by_user = set(feeds)
        asked: list[Any] = []
        with self._graph.as_default():
            for hook in self._hooks:
                request = hook.before_run(context)
                asked.append(None if request is None else request.fetches)
                if request is not None:
                    _add_feeds(feeds, request.feed_dict, fed_by_user)
                    if request.options is not None:
                        options = _merged(options, request.options)
            fetched = [fetch for fetch in asked if fetch is not None]
            value, given = session.run((fetches, fetched), feeds, options, run_metadata)
            results = iter(given)
            for hook, fetch in zip(self._hooks, asked):
                result = None if fetch is None else next(results)
                hook.after_run(context, SessionRunValues(result, options, run_metadata))
        self._stop = self._stop or context.stop_requested
        return value


def _add_feeds(feeds: dict[Any, Any], more: Any, fed_by_user: set[Any]) -> None:
    twice = [key for key in more or () if key in feeds]
    if twice:
        others = "a SessionRunHook and user" if any(key in fed_by_user for key in twice) else "two hooks"
        raise RuntimeError(f"Same tensor is fed by {others}. Conflict(s): {twice}")
    feeds.update(more or {})


def _merged(first: RunOptions, second: RunOptions) -> RunOptions:
    """All settings of both; the larger, where both have one."""
    merged = RunOptions(**vars(first))
    for name, value in vars(second).items():
        setattr(merged, name, max(value, getattr(merged, name, value)))
    return merged


class MonitoredSession(_MonitoredSession):
    """A session with hooks, which is made anew when it is interrupted (AbortedError, UnavailableError).

    Args:
      session_creator: makes the session; a `ChiefSessionCreator` by default.
      hooks: their methods are called in order: `begin` now, `after_create_session`, `before_run` and
        `after_run` around each run, `end` when it is closed.
      stop_grace_period_secs: how long threads of the coordinator may go on after closing.

    As a context manager it is closed at the end; OutOfRangeError and StopIteration end the block
    silently. Source: tf.train.MonitoredSession.
    """

    def __init__(
        self,
        session_creator: SessionCreator | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        stop_grace_period_secs: float = 120,
    ) -> None:
        super().__init__(session_creator or ChiefSessionCreator(), hooks, stop_grace_period_secs)


class SingularMonitoredSession(_MonitoredSession):
    """A session with hooks that is never made anew; arguments as `ChiefSessionCreator` and `MonitoredSession`.

    Source: tf.train.SingularMonitoredSession.
    """

    _recovers = False

    def __init__(
        self,
        hooks: Sequence[SessionRunHook] | None = None,
        scaffold: Scaffold | None = None,
        master: str = "",
        config: Any = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        stop_grace_period_secs: float = 120,
        checkpoint_filename_with_path: str | None = None,
    ) -> None:
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, stop_grace_period_secs)

    def raw_session(self) -> Any:
        """The plain session; None after closing."""
        return self._session


def MonitoredTrainingSession(
    master: str = "",
    is_chief: bool = True,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    scaffold: Scaffold | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
    chief_only_hooks: Sequence[SessionRunHook] | None = None,
    save_checkpoint_secs: float | None = _DEFAULT,
    save_summaries_steps: int | None = _DEFAULT,
    save_summaries_secs: float | None = _DEFAULT,
    config: Any = None,
    stop_grace_period_secs: float = 120,
    log_step_count_steps: int | None = 100,
    max_wait_secs: float = 7200,
    save_checkpoint_steps: int | None = _DEFAULT,
    summary_dir: str | os.PathLike[str] | None = None,
) -> MonitoredSession:
    """A `MonitoredSession` for training, with the hooks that save checkpoints and summaries, and count steps.

    Args:
      master: accepted without effect.
      is_chief: False waits until the variables are initialized, and saves nothing.
      checkpoint_dir: where checkpoints are restored from and written; None for none.
      scaffold: what makes the session ready.
      hooks, chief_only_hooks: called after, and before, those made here.
      save_checkpoint_secs, save_checkpoint_steps: one interval; 600 seconds by default, None or 0 for none.
      save_summaries_steps, save_summaries_secs: one interval; 100 steps by default, None or 0 for none.
      config: of the session.
      stop_grace_period_secs, max_wait_secs: how long to wait for threads, and for the chief.
      log_step_count_steps: how often `global_step/sec` is logged; None or 0 for never.
      summary_dir: where summaries go; `checkpoint_dir` by default.

    Raises:
      ValueError: two intervals of one kind.
      RuntimeError: hooks that need it, and no global step.

    Source: tf.train.MonitoredTrainingSession.
    """
    summary_steps, summary_secs = _interval(save_summaries_steps, save_summaries_secs, (100, None))
    checkpoint_steps, checkpoint_secs = _interval(save_checkpoint_steps, save_checkpoint_secs, (None, 600))
    scaffold = scaffold or Scaffold()
    if not is_chief:
        worker = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(worker, hooks, stop_grace_period_secs)
    all_hooks = list(chief_only_hooks or ())
    folder = summary_dir or checkpoint_dir
    if folder:
        if log_step_count_steps and log_step_count_steps > 0:
            all_hooks.append(StepCounterHook(log_step_count_steps, output_dir=os.fspath(folder)))
        if summary_steps or summary_secs:
            all_hooks.append(
                SummarySaverHook(summary_steps, summary_secs, os.fspath(folder), scaffold=scaffold)
            )
    if checkpoint_dir and (checkpoint_steps or checkpoint_secs):
        all_hooks.append(
            CheckpointSaverHook(checkpoint_dir, checkpoint_secs, checkpoint_steps, scaffold=scaffold)
        )
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, [*all_hooks, *(hooks or ())], stop_grace_period_secs)


def _interval(
    steps: int | None, secs: float | None, default: tuple[int | None, float | None]
) -> tuple[int | None, float | None]:
    """The steps and the seconds that are meant; one that is left out is None where the other is given."""
    if steps is _DEFAULT and secs is _DEFAULT:
        return default
    return None if steps is _DEFAULT else steps, None if secs is _DEFAULT else secs
