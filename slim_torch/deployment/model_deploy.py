"""One model on several devices of one machine: clones, whose losses and gradients are summed.

Scripts from tensorflow/models split a batch over the GPUs of a machine in this way, in one process. Here all
clones of a recorded graph run on the session's device, one after the other: the numbers, and the names of
operations, variables and collections, are TensorFlow's, and nothing gets faster. To use several GPUs there is a
process for each (`torchrun`, see `slim_torch.distributed`), which these functions follow: in a program of
several processes the losses and gradients of `optimize_clones` and `deploy` are means over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import slim_torch as slim
from slim_torch import tf
from slim_torch.recording import recording_graph
from slim_torch.train_ops import averaged_over_processes

__all__ = ["Clone", "DeployedModel", "DeploymentConfig", "create_clones", "deploy", "optimize_clones"]


class Clone(NamedTuple):
    """One execution of the model function.

    Attributes:
      outputs: what the function gave.
      scope: its name scope: empty for a single clone, else `"clone_0/"` and so on.
      device: what it was made for, in TensorFlow's words.
    """

    outputs: Any
    scope: str
    device: str


class DeployedModel(NamedTuple):
    """What `deploy` gives; `train_op`, `summary_op` and `total_loss` are None where there is nothing to be in them."""

    train_op: Any
    summary_op: Any
    total_loss: Any
    clones: list[Clone]


class DeploymentConfig:
    """Which devices there are, in TensorFlow's words.

    Args:
      num_clones: clones in this process.
      clone_on_cpu: whether they are for the CPU instead of a GPU each.
      replica_id, num_replicas: this process and how many there are. Only checked: torchrun decides on it.
      num_ps_tasks: parameter servers, 0 for none; there are none, but device names speak of them.
      worker_job_name, ps_job_name: for device names.

    Raises:
      ValueError: there are replicas without parameter servers, a job has no name, or `replica_id` is no replica.
    """

    def __init__(
        self,
        num_clones: int = 1,
        clone_on_cpu: bool = False,
        replica_id: int = 0,
        num_replicas: int = 1,
        num_ps_tasks: int = 0,
        worker_job_name: str = "worker",
        ps_job_name: str = "ps",
    ) -> None:
        if num_replicas > 1 and num_ps_tasks < 1:
            raise ValueError("When using replicas num_ps_tasks must be positive")
        if num_replicas > 1 or num_ps_tasks > 0:
            if not worker_job_name:
                raise ValueError("Must specify worker_job_name when using replicas")
            if not ps_job_name:
                raise ValueError("Must specify ps_job_name when using parameter server")
        if replica_id >= num_replicas:
            raise ValueError("replica_id must be less than num_replicas")
        self._num_clones = num_clones
        self._clone_on_cpu = clone_on_cpu
        self._replica_id = replica_id
        self._num_replicas = num_replicas
        self._num_ps_tasks = num_ps_tasks
        self._ps_device = f"/job:{ps_job_name}" if num_ps_tasks > 0 else ""
        self._worker_device = f"/job:{worker_job_name}" if num_ps_tasks > 0 else ""

    @property
    def num_clones(self) -> int:
        return self._num_clones

    @property
    def clone_on_cpu(self) -> bool:
        return self._clone_on_cpu

    @property
    def replica_id(self) -> int:
        return self._replica_id

    @property
    def num_replicas(self) -> int:
        return self._num_replicas

    @property
    def num_ps_tasks(self) -> int:
        return self._num_ps_tasks

    @property
    def ps_device(self) -> str:
        return self._ps_device

    @property
    def worker_device(self) -> str:
        return self._worker_device

    def caching_device(self) -> Callable[[Any], str] | None:
        """Where values of variables are kept: a function of the operation with parameter servers, else None."""
        return (lambda op: op.device) if self._num_ps_tasks > 0 else None

    def clone_device(self, clone_index: int) -> str:
        """The device of a clone.

        Raises:
          ValueError: there is no such clone.
        """
        self._check(clone_index)
        place = "CPU:0" if self._clone_on_cpu else f"GPU:{clone_index}"
        return f"{self._worker_device}/device:{place}"

    def clone_scope(self, clone_index: int) -> str:
        """The name scope of a clone, empty where there is only one.

        Raises:
          ValueError: there is no such clone.
        """
        self._check(clone_index)
        return f"clone_{clone_index}" if self._num_clones > 1 else ""

    def optimizer_device(self) -> str:
        """The device of the optimizer."""
        return f"{self._worker_device}/device:CPU:0" if self._num_ps_tasks or self._num_clones else ""

    def inputs_device(self) -> str:
        """The device of the input pipeline."""
        return f"{self._worker_device}/device:CPU:0"

    def variables_device(self) -> str | Callable[[Any], str]:
        """The device of variables; with parameter servers a function that deals variables out to them."""
        if not self._num_ps_tasks:
            return "/device:CPU:0"
        dealt = 0

        def choose(op: Any) -> str:
            nonlocal dealt
            if op.device:
                return str(op.device)
            kind = getattr(op, "op", getattr(op, "type", ""))
            if not str(kind).startswith("Variable"):
                return str(op.device)
            task, dealt = dealt, (dealt + 1) % self._num_ps_tasks
            return f"{self._ps_device}/task:{task}/device:CPU:0"

        return choose

    def _check(self, clone_index: int) -> None:
        if clone_index >= self._num_clones:
            raise ValueError("clone_index must be less than num_clones")


def create_clones(
    config: DeploymentConfig,
    model_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
) -> list[Clone]:
    """Runs `model_fn(*args, **kwargs)` for each clone; all but the first reuse its variables.

    Losses, updates and summaries of a clone are found by its scope:
    `tf.get_collection(tf.GraphKeys.UPDATE_OPS, clones[0].scope)`. A dataset or queue that the function takes
    batches from gives each clone one of its own.

    Variables are on the device of the session, whatever `config.variables_device()` says.
    """
    clones = []
    for index in range(config.num_clones):
        device = config.clone_device(index)
        with tf.name_scope(config.clone_scope(index)) as scope, _on(device):
            with tf.variable_scope(tf.get_variable_scope(), reuse=True if index else None):
                outputs = model_fn(*(args or ()), **(kwargs or {}))
        clones.append(Clone(outputs, scope or "", device))
    return clones


def optimize_clones(
    clones: Iterable[Clone],
    optimizer: Any,
    regularization_losses: Sequence[Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, list[tuple[Any, Any]]]:
    """The total loss of the clones, and its gradients.

    Each clone's losses count divided by the number of clones; the regularization losses count once, as part of
    the first clone's.

    Args:
      regularization_losses: those of the graph by default; `[]` for none.
      **kwargs: for `optimizer.compute_gradients`.

    Returns:
      The 0-d loss, and pairs of a gradient and a variable, without those variables that have no gradient.
    """
    clones = list(clones)
    losses, gradients = [], []
    for clone, loss in _clone_losses(clones, regularization_losses):
        with tf.name_scope(clone.scope), _on(clone.device):
            gradients.append(optimizer.compute_gradients(loss, **kwargs))
        losses.append(loss)
    total_loss = tf.add_n(losses, name="total_loss")
    return averaged_over_processes(total_loss, _summed(gradients), optimizer)


def deploy(
    config: DeploymentConfig,
    model_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    optimizer: Any = None,
    summarize_gradients: bool = False,
) -> DeployedModel:
    """Clones of a model, with what trains them, or, without an optimizer, with their loss.

    `train_op` makes one update, runs the update operations of the first clone, counts the global step (made if
    there is none), and gives the loss.

    Args:
      model_fn, args, kwargs: see `create_clones`.
      optimizer: one of TensorFlow's; None to evaluate.
      summarize_gradients: whether gradients get summaries.
    """
    summaries = tf.get_collection(tf.GraphKeys.SUMMARIES)
    clones = create_clones(config, model_fn, args, kwargs)
    first = clones[0].scope
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, first)
    train_op = total_loss = None
    with _on(config.optimizer_device()):
        if optimizer:
            global_step = slim.get_or_create_global_step()
            total_loss, pairs = optimize_clones(clones, optimizer)
            if pairs:
                if summarize_gradients:
                    summaries += slim.summaries.add_gradients_summaries(pairs)
                updates.append(optimizer.apply_gradients(pairs, global_step=global_step))
                with tf.control_dependencies([tf.group(*updates)]):
                    train_op = tf.identity(total_loss, name="train_op")
        else:
            losses = [loss for _, loss in _clone_losses(clones, None)]
            if losses:
                total_loss = tf.add_n(losses, name="total_loss")
        summaries += tf.get_collection(tf.GraphKeys.SUMMARIES, first)
        if total_loss is not None:
            summaries.append(tf.summary.scalar("total_loss", total_loss))
        found = list({id(summary): summary for summary in summaries}.values())
        summary_op = tf.summary.merge(found, name="summary_op") if found else None
    return DeployedModel(train_op, summary_op, total_loss, clones)


def _clone_losses(
    clones: Sequence[Clone], regularization_losses: Sequence[Any] | None
) -> Iterable[tuple[Clone, Any]]:
    """Each clone that has losses, with its part of the total loss."""
    if regularization_losses is None:
        regularization_losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    for clone in clones:
        with tf.name_scope(clone.scope):
            loss = _clone_loss(clone, len(clones), regularization_losses)
        if loss is not None:
            yield clone, loss
        regularization_losses = []


def _clone_loss(clone: Clone, num_clones: int, regularization_losses: Sequence[Any]) -> Any:
    own = regularization = total = None
    with _on(clone.device):
        parts = []
        losses = tf.get_collection(tf.GraphKeys.LOSSES, clone.scope)
        if losses:
            own = tf.add_n(losses, name="clone_loss")
            if num_clones > 1:
                own = tf.div(own, 1.0 * num_clones, name="scaled_clone_loss")
            parts.append(own)
        if regularization_losses:
            regularization = tf.add_n(regularization_losses, name="regularization_loss")
            parts.append(regularization)
        if parts:
            total = tf.add_n(parts)
    # Summaries are not for the clone's device.
    if own is not None:
        tf.summary.scalar("/".join(filter(None, ["Losses", _name(own), "clone_loss"])), own)
    if regularization is not None:
        tf.summary.scalar("Losses/regularization_loss", regularization)
    return total


def _name(tensor: Any) -> str:
    """The name of a recorded tensor's operation; a real tensor has none."""
    return tensor.op.name if hasattr(tensor, "op") else ""


def _summed(gradients: Sequence[list[tuple[Any, Any]]]) -> list[tuple[Any, Any]]:
    """For each variable that has gradients, their sum over the clones."""
    summed = []
    for of_one in zip(*gradients):
        variable = of_one[0][1]
        found = [gradient for gradient, _ in of_one if gradient is not None]
        if len(found) > 1:
            summed.append((tf.add_n(found, name=f"{variable.op.name}/sum_grads"), variable))
        elif found:
            summed.append((found[0], variable))
    return summed


def _on(device: str) -> AbstractContextManager[Any]:
    """The device that a recorded operation says it is for; in a step there is only the process's own."""
    return nullcontext() if recording_graph() is None else tf.device(device)
