"""`slim.evaluation`: evaluating one checkpoint, or those of a folder as they come.

How an evaluation runs is in `training.py`, by which a folder is followed in `checkpoint_following.py`. Recorded
operations run in sessions; functions run as they are, on real tensors (`function_evaluation.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch

from slim_torch import training as evaluation
from slim_torch.checkpoint.saver import Saver
from slim_torch.checkpoint_following import checkpoints_iterator, wait_for_new_checkpoint
from slim_torch.evaluation_hooks import StopAfterNEvalsHook, SummaryAtEndHook
from slim_torch.function_evaluation import FunctionEvaluation, are_functions
from slim_torch.graph import get_default_graph
from slim_torch.monitored_session import Scaffold
from slim_torch.recording import recorder_of
from slim_torch.session_run_hook import SessionRunHook
from slim_torch.summary_ops import merge_all
from slim_torch.training import Evaluation, RecordedEvaluation, run_once, run_repeatedly

__all__ = [
    "checkpoints_iterator",
    "evaluate_once",
    "evaluation",
    "evaluation_loop",
    "wait_for_new_checkpoint",
]

PathLike = str | os.PathLike[str]

_USE_DEFAULT: Any = 0


def _is_default(summary_op: Any) -> bool:
    # Equality of tensors would be recorded.
    return not isinstance(summary_op, torch.Tensor) and isinstance(summary_op, int) and summary_op == 0


def _evaluation(
    master: str,
    logdir: PathLike | None,
    num_evals: int | None,
    initial_op: Any,
    initial_op_feed_dict: Any,
    init_fn: Any,
    eval_op: Any,
    eval_op_feed_dict: Any,
    final_op: Any,
    final_op_feed_dict: Any,
    summary_op: Any,
    summary_op_feed_dict: Any,
    variables_to_restore: Any,
    session_config: Any,
    hooks: Sequence[SessionRunHook] | None,
) -> Evaluation:
    all_hooks: list[SessionRunHook] = [StopAfterNEvalsHook(num_evals)]
    saver = None if variables_to_restore is None else Saver(variables_to_restore)
    functions = are_functions(initial_op, eval_op, final_op, None if _is_default(summary_op) else summary_op)
    made: FunctionEvaluation | None = None
    if _is_default(summary_op):
        # Summaries of functions are there when these have run, and are not asked for without a folder.
        summary_op = (lambda: made and made.summaries) if functions and logdir is not None else None
        if not functions:
            recorder_of(get_default_graph())
            summary_op = merge_all()
    if summary_op is not None:
        all_hooks.append(SummaryAtEndHook(logdir, summary_op=summary_op, feed_dict=summary_op_feed_dict))
    all_hooks += hooks or ()
    if functions:
        feeds = [initial_op_feed_dict, eval_op_feed_dict, final_op_feed_dict, summary_op_feed_dict]
        made = FunctionEvaluation(initial_op, eval_op, final_op, feeds, all_hooks, saver)
        return made
    return RecordedEvaluation(
        Scaffold(init_op=initial_op, init_feed_dict=initial_op_feed_dict, init_fn=init_fn, saver=saver),
        eval_op,
        eval_op_feed_dict,
        final_op,
        final_op_feed_dict,
        all_hooks,
        master,
        session_config,
    )


def evaluate_once(
    master: str,
    checkpoint_path: str | None,
    logdir: PathLike | None,
    num_evals: int | None = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    session_config: Any = None,
    hooks: Sequence[SessionRunHook] | None = None,
) -> Any:
    """Evaluates a checkpoint: `eval_op` so many times, then `final_op` and the summaries.

    Args:
      master: accepted without effect; there are no remote sessions.
      checkpoint_path: the checkpoint; None evaluates initial values.
      logdir: the folder that the summaries are written to, for the checkpoint's global step.
      num_evals: how many batches; None goes on until the input ends.
      initial_op, initial_op_feed_dict: initialize the variables, only where no checkpoint is restored, as in
        TensorFlow. A function is called at the beginning of every evaluation, to begin the data anew.
      eval_op, eval_op_feed_dict: run for each batch, such as the update operations of metrics. A function is called for
        each batch in a step of its own; what it gives (update operations, for instance) is called too.
      final_op, final_op_feed_dict: run once at the end, such as the values of metrics: a tensor, or a list or
        dictionary of them. Or a function, or a list or dictionary of functions.
      summary_op, summary_op_feed_dict: run at the end; all summaries by default, None for none. By default of functions
        those that the last `eval_op`, and `final_op`, made.
      variables_to_restore: a list of variables, or a dictionary from names in the checkpoint to variables; all
        global variables by default. `ExponentialMovingAverage.variables_to_restore()` evaluates averages.
      session_config: a `tf.ConfigProto`. Without effect on functions.
      hooks: `SessionRunHook`s, called after those that count and write.

    Returns:
      The value of `final_op`, in its structure: NumPy values; of functions, what they give.

    Raises:
      ValueError: the checkpoint is not there or does not fit; there are summaries and no `logdir`; or functions are
        fed.

    Creates the local variable `eval_step`, and `global_step` where there are summaries.
    Source: tf.contrib.slim.evaluation.evaluate_once.
    """
    made = _evaluation(
        master,
        logdir,
        num_evals,
        initial_op,
        initial_op_feed_dict,
        None,
        eval_op,
        eval_op_feed_dict,
        final_op,
        final_op_feed_dict,
        summary_op,
        summary_op_feed_dict,
        variables_to_restore,
        session_config,
        hooks,
    )
    return run_once(made, checkpoint_path)


def evaluation_loop(
    master: str,
    checkpoint_dir: PathLike,
    logdir: PathLike | None,
    num_evals: int | None = 1,
    initial_op: Any = None,
    initial_op_feed_dict: Any = None,
    init_fn: Callable[[Any], Any] | None = None,
    eval_op: Any = None,
    eval_op_feed_dict: Any = None,
    final_op: Any = None,
    final_op_feed_dict: Any = None,
    summary_op: Any = _USE_DEFAULT,
    summary_op_feed_dict: Any = None,
    variables_to_restore: Any = None,
    eval_interval_secs: float = 60,
    max_number_of_evaluations: int | None = None,
    session_config: Any = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
    hooks: Sequence[SessionRunHook] | None = None,
) -> Any:
    """Evaluates the checkpoints of a folder as they come, each at most once.

    Args:
      checkpoint_dir: the folder that training writes to; it need not be there yet.
      init_fn: accepted without effect, as in TensorFlow: a checkpoint is always restored, and nothing is left to it.
      eval_interval_secs: the least seconds between the beginnings of two evaluations; checkpoints that come faster are
        skipped.
      max_number_of_evaluations: how many; None goes on until a timeout.
      timeout: the seconds to wait for a checkpoint; None waits for ever.
      timeout_fn: called when that time is over; True ends, False waits once more. By default it ends.
      master, logdir, num_evals, initial_op, initial_op_feed_dict, eval_op, eval_op_feed_dict, final_op,
        final_op_feed_dict, summary_op, summary_op_feed_dict, variables_to_restore, session_config, hooks: as for
        `evaluate_once`, for each checkpoint.

    Returns:
      The value of `final_op` of the last evaluation; None if there was none.

    Raises:
      ValueError: as `evaluate_once`. A checkpoint that is being deleted, or not there as a whole, is no error:
        the log says so, and it is tried again as long as it is the latest.

    Source: tf.contrib.slim.evaluation.evaluation_loop.
    """
    made = _evaluation(
        master,
        logdir,
        num_evals,
        initial_op,
        initial_op_feed_dict,
        init_fn,
        eval_op,
        eval_op_feed_dict,
        final_op,
        final_op_feed_dict,
        summary_op,
        summary_op_feed_dict,
        variables_to_restore,
        session_config,
        hooks,
    )
    return run_repeatedly(
        made, checkpoint_dir, eval_interval_secs, max_number_of_evaluations, timeout, timeout_fn
    )
