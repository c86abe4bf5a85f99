"""What evaluation adds to hooks: the counter of batches, stopping after so many, and summaries at the end.

The functions that use them are in `training.py` and `evaluation.py`.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
import torch

from slim_torch.event_files import FileWriterCache
from slim_torch.graph import GraphKeys, get_default_graph
from slim_torch.initializers import zeros_initializer
from slim_torch.parameter import Variable
from slim_torch.scopes import AUTO_REUSE, get_variable, get_variable_scope, variable_scope
from slim_torch.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from slim_torch.summary_ops import merge_all
from slim_torch.variables import get_or_create_global_step
from slim_torch.writing_hooks import recorded_summary

__all__ = ["StopAfterNEvalsHook", "SummaryAtEndHook", "get_or_create_eval_step"]

_logger = logging.getLogger("slim_torch")

# Of fewer batches every one is logged; from here on one in each tenth.
_LOGGED_ONE_BY_ONE = 20


def get_or_create_eval_step() -> Variable:
    """The graph's counter of the batches of one evaluation, `eval_step`: a local int64 variable.

    Raises:
      ValueError: the collection EVAL_STEP holds several.

    Source: tf.contrib.training.get_or_create_eval_step.
    """
    graph = get_default_graph()
    found = graph.get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError("Multiple tensors added to tf.GraphKeys.EVAL_STEP")
    if found:
        made: Variable = found[0]
        return made
    with variable_scope(get_variable_scope(), reuse=AUTO_REUSE):
        return get_variable(
            "eval_step",
            shape=[],
            dtype=torch.int64,
            initializer=zeros_initializer(),
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
        )


class StopAfterNEvalsHook(SessionRunHook):
    """Asks to stop when so many batches are evaluated.

    Args:
      num_evals: how many; None never asks, so that the end of the input is the end.
      log_progress: whether to log `Evaluation [batch/all]`, from 20 batches on for one in each tenth of them.

    Source: tf.contrib.training.StopAfterNEvalsHook.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._num_evals = num_evals
        self._log_progress = log_progress
        self._evals_completed: Any = None
        self._log_every = 1
        if num_evals is not None and num_evals >= _LOGGED_ONE_BY_ONE:
            self._log_every = num_evals // 10

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        """Tells what gives the number of batches that are done; the evaluation does, before it begins."""
        self._evals_completed = updated_eval_step

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        done = int(run_values.results["evals_completed"])
        if self._log_progress:
            if self._num_evals is None:
                _logger.info("Evaluation [%d]", done)
            elif done % self._log_every == 0 or done == self._num_evals:
                _logger.info("Evaluation [%d/%d]", done, self._num_evals)
        if self._num_evals is not None and done >= self._num_evals:
            run_context.request_stop()


class SummaryAtEndHook(SessionRunHook):
    """Writes summaries at the end, for the global step of the checkpoint.

    Args:
      log_dir: the folder whose writer gets them.
      summary_writer: a writer in place of the folder's.
      summary_op: a string tensor, or several; by default all summaries of the graph, merged.
      feed_dict: what it is fed.

    Raises:
      ValueError: neither `log_dir` nor `summary_writer` is given.

    Where the graph has no global step it is made, 0. Source: tf.contrib.training.SummaryAtEndHook.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        summary_writer: Any = None,
        summary_op: Any = None,
        feed_dict: Any = None,
    ) -> None:
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")
        self._folder = log_dir
        self._writer = summary_writer
        self._given = summary_op
        self._feeds = feed_dict

    def begin(self) -> None:
        self._summary_op = merge_all() if self._given is None else recorded_summary(self._given)
        self._global_step = get_or_create_global_step()

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._writer is None and self._folder is not None:
            self._writer = FileWriterCache.get(self._folder)

    def end(self, session: Any) -> None:
        step = int(session.run(self._global_step))
        if self._summary_op is not None:
            content = session.run(self._summary_op, self._feeds)
            for summary in np.ravel(np.asarray(content, dtype=object)):
                self._writer.add_summary(summary, step)
        self._writer.flush()
