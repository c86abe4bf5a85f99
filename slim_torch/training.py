"""`tf.contrib.training`: training and evaluating with monitored sessions, and hyperparameters.

The evaluation here takes a scaffold and hooks; that of slim, with its own parameters, is in `evaluation.py`.
`HParams` is in `hparams.py`, how a folder is followed in `checkpoint_following.py`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slim_torch.checkpoint_following import (
    CheckpointFollower,
    GuardedSaver,
    UnreadableCheckpointError,
    checkpoints_iterator,
    wait_for_new_checkpoint,
)
from slim_torch.evaluation_hooks import StopAfterNEvalsHook, SummaryAtEndHook, get_or_create_eval_step
from slim_torch.function_evaluation import END_OF_INPUT, FunctionEvaluation, are_functions
from slim_torch.graph import get_default_graph
from slim_torch.hparams import HParams, parse_values
from slim_torch.learning import create_train_op as _slim_train_op
from slim_torch.monitored_session import (
    ChiefSessionCreator,
    MonitoredSession,
    MonitoredTrainingSession,
    Scaffold,
)
from slim_torch.recorded_variable import assign_add
from slim_torch.recording import recorder_of
from slim_torch.session_hooks import FinalOpsHook
from slim_torch.session_run_hook import SessionRunHook
from slim_torch.summaries import _gradients_summaries, summarize_gradients
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.train_op import TrainOp
from slim_torch.train_ops import clip_gradient_norms, multiply_gradients

__all__ = [
    "HParams",
    "StopAfterNEvalsHook",
    "SummaryAtEndHook",
    "add_gradients_summaries",
    "checkpoints_iterator",
    "clip_gradient_norms",
    "clip_gradient_norms_fn",
    "create_train_op",
    "evaluate_once",
    "evaluate_repeatedly",
    "get_or_create_eval_step",
    "multiply_gradients",
    "parse_values",
    "train",
    "wait_for_new_checkpoint",
]

PathLike = str | os.PathLike[str]
Hooks = Sequence[SessionRunHook] | None

_logger = logging.getLogger("slim_torch")

_USE_GLOBAL_STEP: Any = 0


# Training


def clip_gradient_norms_fn(max_norm: float) -> Callable[[list[Any]], list[Any]]:
    """`clip_gradient_norms` as a `transform_grads_fn`. Source: tf.contrib.training.clip_gradient_norms_fn."""
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


def add_gradients_summaries(grads_and_vars: Iterable[tuple[Any, Any]]) -> list[Any]:
    """For each variable a histogram of its gradient, `<variable>_gradient`, and its norm, `<variable>_gradient_norm`.

    Args:
      grads_and_vars: pairs of a gradient and a variable; those whose gradient is None are left out.

    Source: tf.contrib.training.add_gradients_summaries.
    """
    return _gradients_summaries(list(grads_and_vars), "_")


class _Transforming:
    """An optimizer that applies what a function makes of the gradients, and summarizes it if asked to."""

    def __init__(self, optimizer: Any, transform: Callable[[Any], Any] | None, summarize: bool) -> None:
        self._optimizer, self._transform, self._summarize = optimizer, transform, summarize

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None) -> Any:
        if self._transform is not None:
            grads_and_vars = self._transform(grads_and_vars)
        if self._summarize:
            summarize_gradients(grads_and_vars)
        return self._optimizer.apply_gradients(grads_and_vars, global_step=global_step)


def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Iterable[Any] | None = None,
    transform_grads_fn: Callable[[list[Any]], list[Any]] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = 1,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Any:
    """Makes what updates a model once, as `slim.learning.create_train_op` does.

    Args:
      total_loss: a recorded loss; or, without `transform_grads_fn` and summaries, a function that gives the loss.
      transform_grads_fn: a function from a list of pairs of gradient and variable to such a list.
      optimizer, global_step, update_ops, variables_to_train, summarize_gradients, gate_gradients, aggregation_method,
        colocate_gradients_with_ops, check_numerics: as in slim.

    Raises:
      TypeError: `transform_grads_fn` or `summarize_gradients` is used with what is no recorded loss.

    Source: tf.contrib.training.create_train_op.
    """
    if transform_grads_fn is not None or summarize_gradients:
        if not isinstance(converted(total_loss), SymbolicTensor):
            raise TypeError(
                "tf.contrib.training.create_train_op: transform_grads_fn and summarize_gradients need a recorded loss. Use "
                "slim.learning.create_train_op, with clip_gradient_norm and gradient_multipliers."
            )
        optimizer = _Transforming(optimizer, transform_grads_fn, summarize_gradients)
    return _slim_train_op(
        total_loss,
        optimizer,
        global_step,
        update_ops,
        variables_to_train,
        check_numerics=check_numerics,
    )


def train(
    train_op: Any,
    logdir: PathLike | None,
    master: str = "",
    is_chief: bool = True,
    scaffold: Scaffold | None = None,
    hooks: Hooks = None,
    chief_only_hooks: Hooks = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: float = 7200,
    run_metadata: Any = None,
) -> Any:
    """Runs a recorded train op in a `MonitoredTrainingSession` until a hook asks to stop, or the input ends.

    Args:
      train_op: a recorded tensor.
      logdir: the folder of checkpoints and summaries.
      hooks: one of them has to stop the training, as `tf.train.StopAtStepHook` does.
      run_metadata: accepted without effect.
      master, is_chief, scaffold, chief_only_hooks, save_checkpoint_secs, save_summaries_steps, config,
        max_wait_secs: as for `MonitoredTrainingSession`.

    Returns:
      The value of `train_op` in the last run, the loss; None if there was none.

    Raises:
      ValueError: there is no `logdir`, and checkpoints or summaries are to be written.
      TypeError: `train_op` is made of a function.

    Source: tf.contrib.training.train.
    """
    if isinstance(train_op, TrainOp):
        raise TypeError(
            "tf.contrib.training.train runs recorded train ops. Use slim.learning.train for one made of a function."
        )
    if logdir is None and is_chief:
        for name, interval in (
            ("save_summaries_steps", save_summaries_steps),
            ("save_checkpoint_secs", save_checkpoint_secs),
        ):
            if interval:
                raise ValueError(f"logdir cannot be None when {name} is not None")
    loss = None
    with MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss


# Evaluation


def _now() -> str:
    return time.strftime("%Y-%m-%d-%H:%M:%S", time.gmtime())


def _log_finished() -> None:
    _logger.info("Finished evaluation at %s", _now())


class _FollowingCreator(ChiefSessionCreator):
    """Makes sessions as `ChiefSessionCreator`, and tells a checkpoint that cannot be read from one that does not fit."""

    def create_session(self) -> Any:
        recorder = recorder_of(get_default_graph())
        finalized = recorder.finalized
        try:
            return super().create_session()
        except UnreadableCheckpointError:
            # The hooks begin anew with another checkpoint.
            recorder.finalized = finalized
            raise

    def saver(self) -> Any:
        return GuardedSaver(super().saver())


class RecordedEvaluation:
    """Evaluates checkpoints by recorded operations; arguments as `evaluate_once`."""

    def __init__(
        self,
        scaffold: Scaffold | None,
        eval_ops: Any,
        feed_dict: Any,
        final_ops: Any,
        final_ops_feed_dict: Any,
        hooks: Hooks,
        master: str,
        config: Any,
    ) -> None:
        eval_step = get_or_create_eval_step()
        self._eval_ops, self._feeds = eval_ops, feed_dict
        if eval_ops is not None:
            update = assign_add(eval_step, 1)
            if isinstance(eval_ops, dict):
                self._eval_ops = {**eval_ops, "update_eval_step": update}
            elif isinstance(eval_ops, (list, tuple)):
                self._eval_ops = [*eval_ops, update]
            else:
                self._eval_ops = [eval_ops, update]
            for hook in hooks or ():
                if isinstance(hook, StopAfterNEvalsHook):
                    hook._set_evals_completed_tensor(update)
        else:
            for hook in hooks or ():
                if isinstance(hook, StopAfterNEvalsHook):
                    hook._set_evals_completed_tensor(eval_step)
        self._final = FinalOpsHook(final_ops, final_ops_feed_dict)
        self._hooks = [*(hooks or ()), self._final]
        self._scaffold = scaffold or Scaffold()
        self._master, self._config = master, config
        self._session: Any = None

    def open(self, checkpoint: str | None) -> None:
        """Restores the checkpoint; without one variables are initialized."""
        self._open(ChiefSessionCreator, checkpoint)

    def open_guarded(self, checkpoint: str) -> None:
        """The same; raises `UnreadableCheckpointError` where the checkpoint is the trouble."""
        self._open(_FollowingCreator, checkpoint)

    def _open(self, kind: type[ChiefSessionCreator], checkpoint: str | None) -> None:
        creator = kind(self._scaffold, self._master, self._config, checkpoint_filename_with_path=checkpoint)
        self._session = MonitoredSession(creator, self._hooks)

    def run(self, at_end: Callable[[], None]) -> None:
        """Evaluates until a hook asks to stop, or the input ends; then `at_end()`, then the hooks' `end`."""
        with self._session as session:
            if self._eval_ops is not None:
                try:
                    while not session.should_stop():
                        session.run(self._eval_ops, self._feeds)
                except END_OF_INPUT:
                    pass
            at_end()

    def final_value(self) -> Any:
        """What `final_ops` gave at the end."""
        return self._final.final_ops_values


Evaluation = RecordedEvaluation | FunctionEvaluation


def run_once(evaluation: Evaluation, checkpoint: str | None) -> Any:
    """Evaluates one checkpoint; the value of its final operations."""
    _logger.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    evaluation.open(checkpoint)
    evaluation.run(at_end=lambda: None)
    _log_finished()
    return evaluation.final_value()


def run_repeatedly(
    evaluation: Evaluation,
    checkpoint_dir: PathLike,
    eval_interval_secs: float,
    max_number_of_evaluations: int | None,
    timeout: float | None,
    timeout_fn: Callable[[], bool] | None,
) -> Any:
    """Evaluates the checkpoints of a folder as they come; the value of the last one's final operations."""
    follower = CheckpointFollower(checkpoint_dir, eval_interval_secs, timeout, timeout_fn)
    done = 0
    value = None
    for checkpoint in follower:
        try:
            evaluation.open_guarded(checkpoint)
        except UnreadableCheckpointError as err:
            follower.put_back(err)
            continue
        _logger.info("Starting evaluation at %s", _now())
        evaluation.run(at_end=_log_finished)
        value = evaluation.final_value()
        done += 1
        if max_number_of_evaluations is not None and done >= max_number_of_evaluations:
            break
    return value


def _evaluation(
    scaffold: Scaffold | None,
    eval_ops: Any,
    feed_dict: Any,
    final_ops: Any,
    final_ops_feed_dict: Any,
    hooks: Hooks,
    master: str,
    config: Any,
) -> Evaluation:
    if are_functions(eval_ops, final_ops):
        saver = None if scaffold is None else scaffold.saver
        return FunctionEvaluation(
            None, eval_ops, final_ops, [feed_dict, final_ops_feed_dict], hooks or (), saver
        )
    return RecordedEvaluation(
        scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, master, config
    )


def evaluate_once(
    checkpoint_path: str | None,
    master: str = "",
    scaffold: Scaffold | None = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    hooks: Hooks = None,
    config: Any = None,
) -> Any:
    """Evaluates a checkpoint.

    Args:
      checkpoint_path: the checkpoint; None evaluates variables with initial values.
      master: accepted without effect.
      scaffold: what makes the session ready.
      eval_ops: run again and again until a hook asks to stop (`StopAfterNEvalsHook`) or the input ends: a tensor or
        operation, or a list or dictionary of them; or a function (see `slim.evaluation.evaluate_once`). None for no run.
      feed_dict: what they are fed.
      final_ops, final_ops_feed_dict: run once at the end.
      hooks: of the session.
      config: of the session.

    Returns:
      The value of `final_ops`.

    Raises:
      ValueError: the checkpoint is not there, or does not fit.

    Source: tf.contrib.training.evaluate_once.
    """
    evaluation = _evaluation(
        scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, master, config
    )
    return run_once(evaluation, checkpoint_path)


def evaluate_repeatedly(
    checkpoint_dir: PathLike,
    master: str = "",
    scaffold: Scaffold | None = None,
    eval_ops: Any = None,
    feed_dict: Any = None,
    final_ops: Any = None,
    final_ops_feed_dict: Any = None,
    eval_interval_secs: float = 60,
    hooks: Hooks = None,
    config: Any = None,
    max_number_of_evaluations: int | None = None,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Any:
    """Evaluates the checkpoints of a folder as they come; each one at most once.

    Args:
      checkpoint_dir: the folder that another process writes checkpoints to.
      eval_interval_secs: the least seconds between the beginnings of two evaluations.
      max_number_of_evaluations: how many; None goes on.
      timeout: the seconds to wait for a checkpoint; None waits for ever.
      timeout_fn: called when that time is over; True ends. By default it ends.
      master, scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, config: as for `evaluate_once`.

    Returns:
      The value of `final_ops` in the last evaluation; None if there was none.

    A checkpoint that is deleted, or not there as a whole, when it is to be read is not evaluated: the log says so, and
    it is tried again as long as it is the latest. Source: tf.contrib.training.evaluate_repeatedly.
    """
    evaluation = _evaluation(
        scaffold, eval_ops, feed_dict, final_ops, final_ops_feed_dict, hooks, master, config
    )
    return run_repeatedly(
        evaluation, checkpoint_dir, eval_interval_secs, max_number_of_evaluations, timeout, timeout_fn
    )
