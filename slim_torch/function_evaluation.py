"""Evaluation of code without sessions: functions on real tensors, run batch by batch.

It makes the calls to hooks that a monitored session makes, with a `FunctionSession` for a session. Which functions are
run with which hooks is up to `training.py` and `evaluation.py`. Invariant: what is evaluated is a checkpoint
whole: a global variable that first appears in the middle of an evaluation is an error.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.building import building
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint_following import GuardedSaver
from slim_torch.coordinator import Coordinator
from slim_torch.evaluation_hooks import StopAfterNEvalsHook, get_or_create_eval_step
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.recording import Operation
from slim_torch.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from slim_torch.variables import global_variables, local_variables

__all__ = ["END_OF_INPUT", "FunctionEvaluation", "FunctionSession", "are_functions"]

_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)

END_OF_INPUT = (errors.OutOfRangeError, StopIteration)


def are_functions(*given: Any) -> bool:
    """Whether what is to be run are functions of code without sessions, rather than recorded operations.

    Where the graph is recorded, update objects are operations too, and only what is plainly a function is one.
    """
    recorded = get_default_graph().recorder is not None
    return any(_has_function(item, _FUNCTIONS if recorded else None) for item in given)


def _has_function(item: Any, kinds: tuple[type, ...] | None) -> bool:
    if isinstance(item, Mapping):
        return any(_has_function(part, kinds) for part in item.values())
    if isinstance(item, (list, tuple)):
        return any(_has_function(part, kinds) for part in item)
    if kinds is not None:
        return isinstance(item, kinds)
    return callable(item) and not isinstance(item, (torch.Tensor, Operation))


def _called(structure: Any) -> Any:
    """`structure` with what can be called in it replaced by what that gives, until nothing is left to call."""
    if isinstance(structure, Mapping):
        return {key: _called(item) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        items = [_called(item) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)
    if callable(structure) and not isinstance(structure, torch.Tensor):
        return _called(structure())
    return structure


def _as_numpy(structure: Any) -> Any:
    if isinstance(structure, dict):
        return {key: _as_numpy(item) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        items = [_as_numpy(item) for item in structure]
        return type(structure)(*items) if hasattr(structure, "_fields") else type(structure)(items)
    if not isinstance(structure, torch.Tensor):
        return structure
    value = structure.detach().cpu().numpy()
    return np.array(value)[()]


class FunctionSession:
    """What hooks get for a session where there is none: `run` calls functions, and reads variables.

    Attributes:
      graph: whose variables are evaluated.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """The values, as NumPy's where they are tensors, in the structure of `fetches`.

        Raises:
          ValueError: something is fed.
        """
        _refuse_feeds(feed_dict)
        with torch.no_grad():
            return _as_numpy(_called(fetches))


def _refuse_feeds(feed_dict: Any) -> None:
    if feed_dict:
        raise ValueError(
            f"feed_dict is {feed_dict!r}, but what is evaluated are functions, which nothing can be fed to. Let them "
            f"take their data from what they close over."
        )


class FunctionEvaluation:
    """Evaluates checkpoints by functions.

    Args:
      initial_op: called at the beginning of each evaluation, to begin the data anew; None for nothing.
      eval_op: called for each batch, in a step of its own, without gradients. What it gives, such as the update
        operations of metrics, is called too. None for no batches.
      final_op: a function, or a dictionary or list of them (such as values of metrics), called at the end.
      feeds: the feed dictionaries, which must be empty.
      hooks: called as by a monitored session.
      saver: restores; by default one of all global variables.

    If the graph has no model variables yet, `eval_op` is first run once on fake tensors, so that there are variables to
    restore; a source made by `slim.learning.batches` loses no batch by that.

    Raises:
      ValueError: something is fed.
    """

    def __init__(
        self,
        initial_op: Any,
        eval_op: Any,
        final_op: Any,
        feeds: Iterable[Any],
        hooks: Sequence[SessionRunHook],
        saver: Any = None,
    ) -> None:
        for feed_dict in feeds:
            _refuse_feeds(feed_dict)
        self._graph = get_default_graph()
        self._initial_op, self._eval_op, self._final_op = initial_op, eval_op, final_op
        self._hooks = list(hooks)
        self._saver = saver
        self._eval_step = get_or_create_eval_step()
        for hook in self._hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(self._eval_step)
        if callable(eval_op) and not self._graph.get_collection(GraphKeys.MODEL_VARIABLES):
            with building(self._graph, "eval_op"):
                eval_op()
        # Those of the last batch and of the end, which a SummaryAtEndHook may write.
        self.summaries: list[Any] = []
        self._final_value: Any = None

    def open(self, checkpoint: str | None, saver_of: Callable[[Any], Any] = lambda saver: saver) -> None:
        """Gives the variables the values of a checkpoint; the counters of metrics begin anew."""
        self.summaries = []
        for hook in self._hooks:
            hook.begin()
        if checkpoint is not None:
            saver_of(self._saver or Saver(allow_empty=True)).restore(None, checkpoint)
        with torch.no_grad():
            for variable in local_variables():
                variable.data = variable.draw_initial_value().to(variable.device)

    def open_guarded(self, checkpoint: str) -> None:
        """The same; raises `UnreadableCheckpointError` where the checkpoint is the trouble."""
        self.open(checkpoint, GuardedSaver)

    def run(self, at_end: Callable[[], None]) -> None:
        """Evaluates until a hook asks to stop, or the data ends; then `at_end()`, then the hooks' `end`."""
        session, coordinator = FunctionSession(self._graph), Coordinator()
        for hook in self._hooks:
            hook.after_create_session(session, coordinator)
        _called(self._initial_op)
        known = {id(variable) for variable in global_variables()}
        stop = self._eval_op is None
        while not stop and not coordinator.should_stop():
            try:
                stop = self._batch(session)
            except END_OF_INPUT:
                stop = True
            self._check_known(known)
        with torch.no_grad(), self._graph.step():
            self._final_value = _called(self._final_op)
            self.summaries += self._graph.get_collection(GraphKeys.SUMMARIES)
        at_end()
        for hook in self._hooks:
            hook.end(session)

    def final_value(self) -> Any:
        """What `final_op` gave at the end."""
        return self._final_value

    def _batch(self, session: FunctionSession) -> bool:
        """Evaluates a batch; whether a hook has asked to stop."""
        context = SessionRunContext(SessionRunArgs(self._eval_op), session)
        asked = [hook.before_run(context) for hook in self._hooks]
        for request in asked:
            _refuse_feeds(None if request is None else request.feed_dict)
        with torch.no_grad():
            with self._graph.step():
                _called(self._eval_op)
                self.summaries = self._graph.get_collection(GraphKeys.SUMMARIES)
            self._eval_step.assign_add(1)
        for hook, request in zip(self._hooks, asked):
            results = None if request is None else session.run(request.fetches)
            hook.after_run(context, SessionRunValues(results, None, None))
        return context.stop_requested

    def _check_known(self, known: set[int]) -> None:
        made: list[Variable] = [v for v in global_variables() if id(v) not in known]
        if made:
            raise ValueError(
                f"eval_op made the variables {[variable.name for variable in made]} after the checkpoint was restored, so "
                f"that they have their initial values. Run the model once before, as Module.build does."
            )
