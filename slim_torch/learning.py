"""Training: `create_train_op` makes a callable that does one update, `train` calls it until it is done.

The model is a function that is run once per step inside `graph.step()`; file formats are in `checkpoint/`,
update rules are PyTorch's own optimizers. Invariant: a step changes all of its variables or, if its loss
is not finite, none.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import torch

from slim_torch.building import active_fake_mode, on_real_tensors
from slim_torch.checkpoint.files import get_checkpoint_state
from slim_torch.checkpoint.training import restore_training, save_training
from slim_torch.graph import Graph
from slim_torch.summaries import add_gradients_summaries
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.train_op import OptimizerMaker, TrainOp, Updates
from slim_torch.train_ops import clip_gradient_norms, multiply_gradients, recorded_train_op
from slim_torch.variable import Variable
from slim_torch.variables import (
    assert_global_step,
    get_or_create_global_step,
    global_variables,
)

__all__ = [
    "BatchSource",
    "TrainOp",
    "add_gradients_summaries",
    "batches",
    "clip_gradient_norms",
    "create_train_op",
    "multiply_gradients",
    "train",
]

Batch = TypeVar("Batch")
_USE_GLOBAL_STEP = 0

_logger = logging.getLogger("slim_torch")


class BatchSource(Generic[Batch]):
    """An iterator that loses no batch to building.

    While a model is built (run on fake tensors, to make its variables) `next` hands out batches without
    using them up; the first real step gets the same ones again, from the first on.
    """

    def __init__(self, iterable: Iterable[Batch]) -> None:
        self._iterator = iter(iterable)
        self._peeked: list[Batch] = []
        self._building: Any = None
        self._position = 0

    def __iter__(self) -> BatchSource[Batch]:
        return self

    def __next__(self) -> Batch:
        building = active_fake_mode()
        if building is None:
            return self._peeked.pop(0) if self._peeked else next(self._iterator)
        if building is not self._building:
            self._building, self._position = building, 0
        if self._position == len(self._peeked):
            # The data is real, whatever is computed from it now.
            with on_real_tensors():
                self._peeked.append(next(self._iterator))
        self._position += 1
        return self._peeked[self._position - 1]


def batches(iterable: Iterable[Batch]) -> BatchSource[Batch]:
    """Wraps a source of batches (a `DataLoader`, a generator) for use inside a training function.

    `next(source)` gives a batch. Building a train op consumes none, so that training sees every batch of
    `iterable` exactly once. When it is exhausted `next` raises StopIteration, which ends `train`.
    """
    return BatchSource(iterable)


def create_train_op(
    total_loss: Any,
    optimizer: torch.optim.Optimizer | OptimizerMaker,
    global_step: Variable | int | None = _USE_GLOBAL_STEP,
    update_ops: Updates | Callable[[], Updates] | None = None,
    variables_to_train: Iterable[Variable] | None = None,
    clip_gradient_norm: float = 0,
    summarize_gradients: bool = False,
    gate_gradients: int = 1,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    gradient_multipliers: Mapping[Any, Any] | None = None,
    check_numerics: bool = True,
) -> Any:
    """Makes what updates a model once: of a function a callable, of a recorded loss a recorded tensor.

    Args:
      total_loss: a function without arguments that runs the model and returns the loss, 0-d, which takes
        its data from what it closes over, best from `batches(...)`; or a recorded loss. Fetching the
        recorded train op makes one update and gives the loss before.
      optimizer: one of TensorFlow's (`tf.train.AdamOptimizer(0.01)`); a `torch.optim.Optimizer` over the
        variables to train; or, since they may not exist yet, a function from them to one:
        `functools.partial(torch.optim.SGD, lr=0.1)`.
      global_step: the integer variable to count up; by default the graph's, made if there is none; None
        for no counting.
      update_ops: what to run beside the update, by default what the step puts into UPDATE_OPS. A list of
        callables, or a function, called in every step after the model has run, that gives one:
        `lambda: tf.get_collection(tf.GraphKeys.UPDATE_OPS, 'scope')`.
      variables_to_train: by default all trainable variables.
      clip_gradient_norm: where above 0, the largest norm of each single gradient.
      gradient_multipliers: factors for the gradients of some variables, by variable or by name.
      summarize_gradients, gate_gradients, aggregation_method, colocate_gradients_with_ops: accepted, without
        effect.
      check_numerics: whether a loss that is not finite is an error. Checking makes the host wait for
        the device once per step.

    The function is run once here, on fake tensors: its variables are made, nothing is computed, and no
    batch of a `batches` source is used up. It must not read tensors' values on the way.

    Raises:
      TypeError: `total_loss` is not callable.
      ValueError: there is nothing to train, `total_loss` gives no scalar, or `optimizer` does not hold
        exactly variables of this graph, and all that are to be trained.

    Creates the variable `global_step`. Source: tf.contrib.slim.learning.create_train_op.
    """
    total_loss = converted(total_loss)
    recorded = isinstance(total_loss, SymbolicTensor)
    if not recorded and not callable(total_loss):
        raise TypeError(
            f"create_train_op: total_loss is {type(total_loss).__name__}, expected a function that runs the model "
            f"and returns the loss, or a recorded tensor. In PyTorch a loss is computed anew in every step: pass `lambda: ...`."
        )
    step: Variable | None
    if isinstance(global_step, Variable):
        assert_global_step(global_step)
        step = global_step
    elif global_step is None:
        step = None
    else:
        step = get_or_create_global_step()
    if recorded:
        return recorded_train_op(
            total_loss,
            optimizer,
            step,
            update_ops,
            variables_to_train,
            clip_gradient_norm,
            gradient_multipliers,
            check_numerics,
            _logger.warning,
        )
    return TrainOp(
        total_loss,
        optimizer,
        step,
        update_ops,
        variables_to_train,
        clip_gradient_norm,
        gradient_multipliers,
        check_numerics,
    )


def train(
    train_op: TrainOp,
    logdir: str | os.PathLike[str] | None,
    *,
    log_every_n_steps: int = 1,
    graph: Graph | None = None,
    number_of_steps: int | None = None,
    init_fn: Callable[[Any], Any] | None = None,
    save_interval_secs: float | None = 600,
) -> float:
    """Calls `train_op` until the global step reaches `number_of_steps`, or the data ends.

    Args:
      train_op: from `create_train_op`, with a global step.
      logdir: the folder of the checkpoints, made if needed; None or empty for none.
      log_every_n_steps: log `global step N: loss = X (Y sec/step)` whenever the global step is a multiple of
        this; not at all where it is not positive.
      graph: the graph of `train_op`, which is the default.
      number_of_steps: the global step to stop at. At least one step is made even if a restored global
        step is past it, as in TF-Slim. None goes on until the data ends.
      init_fn: called with None (in TF-Slim: the session) before the first step, unless there is a
        checkpoint in `logdir`.
      save_interval_secs: seconds between checkpoints, the first one before the first step. None or 0 saves
        at the end only.

    Returns:
      The loss of the last step.

    Raises:
      ValueError: an argument is out of range, the checkpoint in `logdir` does not fit, or the data ended
        before the first step.
      FileNotFoundError: the checkpoint that `logdir` names is not there.
      FloatingPointError: the loss is not finite. The last checkpoint stays the latest.
      KeyboardInterrupt: after Ctrl-C, when the step under way is complete and saved. A second Ctrl-C does
        not wait.

    A checkpoint is `model.ckpt-<step>.safetensors`: every global variable under TensorFlow's name, in
    TensorFlow's shape, and what the optimizer holds for each (moments, counts) under
    `torch_optimizer/<variable>/<slot>`. The optimizer's settings (learning rate and the like) are those
    of the program, not of the file; so is the position in the data. Nothing is pickled. The state file
    `checkpoint` names the latest of five that are kept; training resumes from it.

    Progress is logged to the logger "slim_torch", and shown on stderr where the application has not set
    up logging. Source: tf.contrib.slim.learning.train.
    """
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError(
            f"`number_of_steps` must be either None or a positive number. Got {number_of_steps}."
        )
    if graph is not None and graph is not train_op.graph:
        raise ValueError("graph is not the one that train_op was created in. Leave it out.")
    if train_op.global_step is None:
        raise ValueError(
            "train_op has global_step=None, so train could never tell how far it is. Create it with a global "
            "step, or call train_op() in a loop of your own."
        )
    folder = os.fspath(logdir) if logdir else None
    with train_op.graph.as_default(), _progress_shown():
        saver = None if folder is None else _Saver(folder, train_op, save_interval_secs)
        restored = saver is not None and saver.restore()
        if init_fn is not None and not restored:
            init_fn(None)
        if saver is not None and save_interval_secs:
            saver.save()
        return _loop(train_op, train_op.global_step, saver, log_every_n_steps, number_of_steps)


def _loop(
    train_op: TrainOp,
    global_step: Variable,
    saver: _Saver | None,
    log_every_n_steps: int,
    number_of_steps: int | None,
) -> float:
    loss = None
    with _interrupts_held() as interrupted:
        while True:
            start = time.monotonic()
            try:
                loss = train_op()
            except StopIteration:
                _logger.info("The data has ended. Stopping Training.")
                break
            step = int(global_step)
            if log_every_n_steps > 0 and step % log_every_n_steps == 0:
                value = loss.item()  # waits for the device, so that the time is that of the whole step
                _logger.info(
                    "global step %d: loss = %.4f (%.3f sec/step)", step, value, time.monotonic() - start
                )
            if interrupted.is_set():
                break
            if number_of_steps is not None and step >= number_of_steps:
                _logger.info("Stopping Training.")
                break
            if saver is not None:
                saver.save_if_due()
        if loss is not None and saver is not None:
            saver.save()
        if interrupted.is_set():
            raise KeyboardInterrupt
    if loss is None:
        raise ValueError("The data ended before the first step. Pass a source with at least one batch.")
    _logger.info("Finished training!")
    return loss.item()


class _Saver:
    """Writes the checkpoints of one `train` call, and reads the one that it starts from."""

    def __init__(self, folder: str, train_op: TrainOp, interval: float | None) -> None:
        os.makedirs(folder, exist_ok=True)
        self._folder = folder
        self._train_op = train_op
        self._interval = interval
        self._last = time.monotonic()

    def restore(self) -> bool:
        """Whether there was a checkpoint to restore."""
        state = get_checkpoint_state(self._folder)
        if state is None:
            return False
        _logger.info("Restoring parameters from %s", state.model_checkpoint_path)
        restore_training(state.model_checkpoint_path, global_variables(), self._train_op.optimizer)
        return True

    def save_if_due(self) -> None:
        if self._interval and time.monotonic() - self._last >= self._interval:
            self.save()

    def save(self) -> None:
        step = self._train_op.global_step
        assert step is not None
        path = save_training(self._folder, int(step), global_variables(), self._train_op.optimizer)
        _logger.info("Saving checkpoint to path %s", path)
        self._last = time.monotonic()


@contextmanager
def _interrupts_held() -> Iterator[threading.Event]:
    """Turns the first Ctrl-C into an event, so that no step is left half done; the second one raises."""
    interrupted = threading.Event()

    def hold(signum: int, frame: Any) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    # Only Python's own reaction is replaced, never an application's; other threads get no signals.
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupted
        return
    signal.signal(signal.SIGINT, hold)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _progress_shown() -> Iterator[None]:
    """Shows the log on stderr, as TensorFlow did, unless the application has set up logging itself."""
    if _logger.hasHandlers():
        yield
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    level = _logger.level
    _logger.addHandler(handler)
    if level == logging.NOTSET:
        _logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        _logger.removeHandler(handler)
        _logger.setLevel(level)
