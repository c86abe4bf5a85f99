"""Training: `create_train_op` makes what does one update, `train` runs it until it is done.

The train op is that of a function (`train_op.py`) or recorded (`train_ops.py`); each has its loop
(`training_loop.py`, `training_session.py`). File formats are in `checkpoint/`.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from slim_torch import distributed
from slim_torch.batch_source import BatchSource, batches, sources_noted
from slim_torch.graph import Graph, GraphKeys
from slim_torch.parameter import Variable
from slim_torch.summaries import add_gradients_summaries
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import converted
from slim_torch.train_op import OptimizerMaker, TrainOp, Updates
from slim_torch.train_ops import clip_gradient_norms, multiply_gradients, recorded_train_op
from slim_torch.training_support import Arguments, is_default, profiled
from slim_torch.variables import assert_global_step, get_or_create_global_step

__all__ = [
    "BatchSource",
    "TrainOp",
    "add_gradients_summaries",
    "batches",
    "clip_gradient_norms",
    "create_train_op",
    "multiply_gradients",
    "train",
    "train_step",
]

_USE_GLOBAL_STEP = 0
_USE_DEFAULT = 0

_logger = logging.getLogger("slim_torch")


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
    with sources_noted() as sources:
        train_op = TrainOp(
            total_loss,
            optimizer,
            step,
            update_ops,
            variables_to_train,
            clip_gradient_norm,
            gradient_multipliers,
            check_numerics,
        )
    known = {id(source) for source in train_op.graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)}
    for source in sources:
        if id(source) not in known:
            train_op.graph.add_to_collection(GraphKeys.SAVEABLE_OBJECTS, source)
    return train_op


def train_step(
    sess: Any, train_op: Any, global_step: Any, train_step_kwargs: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Makes one update, logs and traces it where that is due, and says whether to stop: a step of `train`.

    Args:
      sess: the session; for the train op of a function what `train` gives in its place.
      train_step_kwargs: what of this is there is evaluated: `"should_trace"` before the update, which needs
        `"logdir"`, the folder of the traces; `"should_log"` and `"should_stop"` after it. Others are left alone.

    Returns:
      The loss before the update, and whether to stop.

    Raises:
      ValueError: `should_trace` without `logdir`.

    Source: tf.contrib.slim.learning.train_step.
    """
    traced = False
    if "should_trace" in train_step_kwargs:
        if "logdir" not in train_step_kwargs:
            raise ValueError("logdir must be present in train_step_kwargs when should_trace is present")
        traced = sess.run(train_step_kwargs["should_trace"])
    begin = time.perf_counter()
    if traced:
        with profiled(train_step_kwargs["logdir"]) as write_trace:
            loss, step = sess.run([train_op, global_step])
        write_trace(int(step))
    else:
        loss, step = sess.run([train_op, global_step])
    asked = {key: train_step_kwargs[key] for key in ("should_log", "should_stop") if key in train_step_kwargs}
    answers = sess.run(asked) if asked else asked
    if answers.get("should_log"):
        value = float(loss)  # waits for the device, so that the time is that of the whole step
        seconds = time.perf_counter() - begin
        _logger.info("global step %d: loss = %.4f (%.3f sec/step)", step, value, seconds)
    return loss, answers.get("should_stop", False)


def train(
    train_op: Any,
    logdir: str | os.PathLike[str] | None,
    train_step_fn: Callable[..., Any] = train_step,
    train_step_kwargs: Any = _USE_DEFAULT,
    log_every_n_steps: int = 1,
    graph: Graph | None = None,
    master: str = "",
    is_chief: bool = True,
    global_step: Any = None,
    number_of_steps: int | None = None,
    init_op: Any = _USE_DEFAULT,
    init_feed_dict: Mapping[Any, Any] | None = None,
    local_init_op: Any = _USE_DEFAULT,
    init_fn: Callable[[Any], Any] | None = None,
    ready_op: Any = _USE_DEFAULT,
    summary_op: Any = _USE_DEFAULT,
    save_summaries_secs: float | None = 600,
    summary_writer: Any = _USE_DEFAULT,
    startup_delay_steps: int = 0,
    saver: Any = None,
    save_interval_secs: float | None = 600,
    sync_optimizer: Any = None,
    session_config: Any = None,
    session_wrapper: Callable[[Any], Any] | None = None,
    trace_every_n_steps: int | None = None,
    ignore_live_threads: bool = False,
) -> Any:
    """Runs `train_op` until the global step reaches `number_of_steps`, or the data ends.

    It begins at the latest checkpoint in `logdir`, ours or TensorFlow's. Only if there is none, `init_op` and then
    `init_fn` are run; `local_init_op` is run always, and `ready_op` has to find nothing missing after it. Between
    two steps checkpoints and summaries are written when they are due, and a checkpoint is at the end.

    Args:
      train_op: from `create_train_op`: recorded, or that of a function.
      logdir: the folder of checkpoints, summaries and traces, made if needed; None or empty for none.
      train_step_fn: called in each step with the session, `train_op`, `global_step` and `train_step_kwargs`; gives
        the loss, and whether to stop. For the train op of a function the session is a stand-in, whose `run`
        calls functions and reads variables.
      train_step_kwargs: by default a dictionary of what `train_step` asks; it gets a `"summary_writer"` too.
      log_every_n_steps: log `global step N: loss = X (Y sec/step)` whenever the global step is a multiple of
        this; not at all where it is not positive.
      graph: the graph of `train_op`; the default one by default.
      master: must be empty or `"local"`.
      is_chief: whether this process writes to `logdir`. In a program of several processes only that of rank 0 does,
        and logs its steps.
      global_step: the variable that counts; by default the graph's, or that of the train op of a function.
      number_of_steps: the global step to stop at. At least one step is made even if a restored global
        step is past it, as in TF-Slim. None goes on until the data ends.
      init_op, init_feed_dict: by default all global variables are initialized. For the train op of a function,
        whose variables have values: a function without arguments, and nothing fed.
      local_init_op: by default initializes local variables and tables. Else as `init_op`.
      init_fn: called with the session; for the train op of a function with None.
      ready_op: gives the names of variables without a value, by default `tf.report_uninitialized_variables()`. For
        the train op of a function: a function that gives such names.
      summary_op: run every `save_summaries_secs`; by default all summaries, merged. For the train op of a function:
        a function that gives a summary; by default what the step put into SUMMARIES. None for no summaries.
      save_summaries_secs: seconds between summaries, and between reports of the speed; 0 for none.
      summary_writer: by default one for `logdir`; None for none.
      startup_delay_steps: must be 0 where this process is not the chief: all processes take each step together.
      saver: by default one of all global variables that keeps five checkpoints.
      save_interval_secs: seconds between checkpoints, the first one before the first step. 0 saves at the end only.
      sync_optimizer: the `tf.train.SyncReplicasOptimizer` of the train op, or a list of them.
      session_config: a `tf.ConfigProto`. For the train op of a function: its device (the graph's variables are moved),
        autocast and threads.
      session_wrapper: called with the session, gives the one that steps are given.
      trace_every_n_steps: profile a step whenever the global step is a multiple of this, as `tf_trace-N.json`.
      ignore_live_threads: whether threads that go on at the end are left alone. The loop of a function has none.

    Returns:
      The loss of the last step; None if there was none.

    Raises:
      ValueError: an argument is out of range or cannot be had without `logdir`; the checkpoint in `logdir` does not
        fit; or, of the train op of a function, the data ended before the first step of a new run.
      FileNotFoundError: the checkpoint that `logdir` names is not there (train op of a function).
      RuntimeError: variables have no value after the initialization.
      tf.errors.InvalidArgumentError: the loss is not finite; it is a FloatingPointError too where the train op is that
        of a function. The last checkpoint stays the latest.
      KeyboardInterrupt, SystemExit: after Ctrl-C or SIGTERM, when the step under way is complete and saved. A second
        signal does not wait.

    A checkpoint is `model.ckpt-<step>.safetensors`: every global variable under TensorFlow's name, in
    TensorFlow's shape; what a `torch.optim` optimizer holds for each (moments, counts) under
    `torch_optimizer/<variable>/<slot>`; the states of the random generators, and of the sources of `batches` that have
    one. The optimizer's settings (learning rate and the like) are those of the program, not of the file.

    Progress is logged to the logger "slim_torch", shown on stderr where the application has not set up logging, and as
    a bar where stderr is a terminal and tqdm is installed. Source: tf.contrib.slim.learning.train.
    """
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is None:
        for name, given in (
            ("summary_op", not is_default(summary_op)),
            ("saver", saver is not None),
            ("trace_every_n_steps", trace_every_n_steps is not None),
        ):
            if given:
                raise ValueError(f"Cannot provide {name} because logdir=None")
    if sync_optimizer is not None and startup_delay_steps > 0:
        raise ValueError("startup_delay_steps must be zero when sync_optimizer is supplied.")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError(
            f"`number_of_steps` must be either None or a positive number. Got {number_of_steps}."
        )
    if master not in ("", "local"):
        raise ValueError(
            f"master is {master!r}, and there are no TensorFlow servers here. Leave it empty; to train in several processes "
            f"start the program with torchrun."
        )
    distributed.initialize_if_launched()
    if not distributed.is_chief():
        is_chief, log_every_n_steps = False, 0
    if startup_delay_steps > 0 and not is_chief:
        raise ValueError(
            f"startup_delay_steps is {startup_delay_steps}: processes do not train asynchronously here, all take each step "
            f"together. Pass 0."
        )
    train_op = converted(train_op)
    arguments = Arguments(
        logdir=os.fspath(logdir) if logdir else None,
        train_step_fn=train_step_fn,
        train_step_kwargs=train_step_kwargs,
        log_every_n_steps=log_every_n_steps,
        graph=graph,
        is_chief=is_chief,
        global_step=global_step,
        number_of_steps=number_of_steps,
        init_op=init_op,
        init_feed_dict=init_feed_dict,
        local_init_op=local_init_op,
        init_fn=init_fn,
        ready_op=ready_op,
        summary_op=summary_op,
        save_summaries_secs=save_summaries_secs,
        summary_writer=summary_writer,
        saver=saver,
        save_interval_secs=save_interval_secs,
        sync_optimizer=sync_optimizer,
        session_config=session_config,
        session_wrapper=session_wrapper,
        trace_every_n_steps=trace_every_n_steps,
        ignore_live_threads=ignore_live_threads,
    )
    if isinstance(train_op, TrainOp):
        from slim_torch.training_loop import train_function

        return train_function(train_op, arguments)
    from slim_torch.training_session import train_recorded

    return train_recorded(train_op, arguments)
