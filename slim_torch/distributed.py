"""Training and evaluation in several processes, one for each device, started by torchrun.

What a process is (`rank`, `is_chief`), and what the processes do together: the same values to start with,
gradients averaged, metrics summed. It stands on torch.distributed; which of it happens when is decided in
`train_op.py`, `train_ops.py` and the loops. Invariant: in a single process every function here is there and
does nothing, so the same script runs with and without torchrun.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor

from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.recording import computing

if TYPE_CHECKING:
    from torch.nn.parallel import DistributedDataParallel

__all__ = [
    "any_process",
    "average",
    "barrier",
    "broadcast_variables",
    "data_parallel",
    "device",
    "differing",
    "initialize",
    "initialize_if_launched",
    "is_chief",
    "launched",
    "rank",
    "reduce_metrics",
    "started_average",
    "world_size",
]

_ENVIRONMENT = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_MOMENTS = ("count", "mean_prediction", "mean_label", "comoment")


# Which process this is


def launched() -> bool:
    """Whether torchrun, or something that sets the same environment variables, started this process."""
    return all(name in os.environ for name in _ENVIRONMENT)


def initialize(backend: str | None = None, timeout_secs: float | None = None) -> torch.device:
    """Joins the other processes of a program started by torchrun; does nothing if that has happened.

    `create_train_op` and `learning.train` do it by themselves. Call it first thing where data are loaded to the
    device, or split over the processes, before that.

    Args:
      backend: `"nccl"` where there are GPUs, else `"gloo"`, by default.
      timeout_secs: how long to wait for the others in a collective operation; PyTorch's default if None.

    Returns:
      The device of this process, `cuda:<local rank>` or `cpu`. It becomes PyTorch's current GPU, and where the
      default graph makes its variables.

    Raises:
      RuntimeError: the environment variables of torchrun are not there.
    """
    if not _initialized():
        if not launched():
            raise RuntimeError(
                f"distributed.initialize: {', '.join(n for n in _ENVIRONMENT if n not in os.environ)} are not set. "
                f"Start the program by `torchrun --nproc_per_node=<GPUs> script.py`."
            )
        if torch.cuda.is_available():
            torch.cuda.set_device(device())
        wait: dict[str, Any] = (
            {} if timeout_secs is None else {"timeout": datetime.timedelta(seconds=timeout_secs)}
        )
        dist.init_process_group(backend or ("nccl" if torch.cuda.is_available() else "gloo"), **wait)
    graph = get_default_graph()
    if graph.default_device is None and device().type != "cpu":
        graph.default_device = device()
    return device()


def initialize_if_launched() -> None:
    """`initialize()` in a process that torchrun started; nothing in any other."""
    if launched() and not _initialized():
        initialize()


def _initialized() -> bool:
    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """The number of this process among all, from 0."""
    return dist.get_rank() if _initialized() else 0


def world_size() -> int:
    """How many processes there are."""
    return dist.get_world_size() if _initialized() else 1


def is_chief() -> bool:
    """Whether this process writes checkpoints, summaries and logs: the one with rank 0.

    Before `initialize` it answers by what torchrun has set.
    """
    if _initialized():
        return rank() == 0
    return not launched() or int(os.environ["RANK"]) == 0


def device() -> torch.device:
    """The device of this process: the GPU with its local rank where there are GPUs, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", torch.cuda.current_device())))


# What the processes do together


def barrier() -> None:
    """Waits until all processes are here."""
    if world_size() > 1:
        dist.barrier()


def any_process(flag: bool) -> bool:
    """Whether `flag` is true in at least one process; all of them have to ask.

    So all stop together when one is interrupted, or out of data.
    """
    if world_size() == 1:
        return flag
    found = torch.tensor([int(flag)], device=_collective_device())
    dist.all_reduce(found, dist.ReduceOp.MAX)
    return bool(found.item())


def average(tensors: Sequence[Tensor]) -> None:
    """Replaces each tensor, in place, by its mean over the processes; a collective for each dtype."""
    if world_size() > 1:
        _together(tensors, lambda flat: dist.all_reduce(flat.div_(world_size())))


def started_average(value: Tensor) -> Callable[[], Tensor]:
    """Begins to average `value` over the processes; what it gives waits, and gives the mean."""
    if world_size() == 1:
        return lambda: value
    mean = value.detach() / world_size()
    work = dist.all_reduce(mean, async_op=True)

    def wait() -> Tensor:
        work.wait()
        return mean

    return wait


def broadcast_variables(variables: Iterable[Tensor] | None = None) -> None:
    """Gives each variable, in every process, the value that it has in the chief.

    Args:
      variables: all variables of the default graph by default. They must be the same in all processes, in the
        same order.
    """
    if world_size() == 1:
        return
    found = list(get_default_graph().variables if variables is None else variables)
    _together(found, lambda flat: dist.broadcast(flat, 0))
    for variable in found:
        if isinstance(variable, Variable) and "pristine_version" in variable.__dict__:
            variable.pristine_version = -1


def differing(variables: Sequence[Variable]) -> list[Variable]:
    """Those of the variables that do not have the same value in all processes, as far as their sums tell."""
    if world_size() == 1:
        return []
    with computing(), torch.no_grad():
        # NaN is not even equal to itself, but is a value like another here.
        sums = torch.stack(
            [v.detach().double().nansum().to(_collective_device() or "cpu") for v in variables]
        )
        ends = torch.stack([sums, -sums])
        dist.all_reduce(ends, dist.ReduceOp.MAX)
        apart = (ends[0] != -ends[1]).tolist()
    return [variable for variable, differs in zip(variables, apart, strict=True) if differs]


@torch.no_grad()
def _together(tensors: Sequence[Tensor], collective: Callable[[Tensor], Any]) -> None:
    """Runs `collective` on the tensors of each dtype and device as one flat tensor, and writes back the result."""
    with computing():
        parts: dict[tuple[Any, ...], list[Tensor]] = {}
        for tensor in tensors:
            parts.setdefault((tensor.dtype, tensor.device), []).append(tensor.detach())
        for part in parts.values():
            # The order of elements is the logical one: memory may be laid out otherwise elsewhere.
            flat = torch.cat([tensor.reshape(-1) for tensor in part])
            there = _collective_device()
            if there is not None and there != flat.device:
                flat = flat.to(there)
            collective(flat)
            pieces = flat.split([tensor.numel() for tensor in part])
            torch._foreach_copy_(
                part, [piece.view(tensor.shape) for piece, tensor in zip(pieces, part, strict=True)]
            )


def _collective_device() -> torch.device | None:
    """Where tensors have to be for the backend: NCCL takes none from the CPU."""
    return device() if dist.get_backend() == "nccl" else None


class _Loss(torch.nn.Module):
    """A loss function as a module whose parameters are the variables that it trains."""

    def __init__(self, function: Callable[[], Tensor], variables: Iterable[Variable]) -> None:
        super().__init__()
        self._function = function
        for variable in variables:
            self._parameters[variable.op.name] = variable

    def forward(self) -> Tensor:
        return self._function()


def data_parallel(function: Callable[[], Tensor], variables: Iterable[Variable]) -> DistributedDataParallel:
    """`function`, a loss, in a DistributedDataParallel: the backward pass of its result averages the gradients.

    They are averaged in buckets while the rest of them is still computed. Variables begin with the chief's
    values.

    Args:
      variables: those that every call of `function` depends on, and whose gradients are wanted.
    """
    from torch.nn.parallel import DistributedDataParallel

    return DistributedDataParallel(_Loss(function, variables), gradient_as_bucket_view=True)


# Metrics


@contextmanager
def reduce_metrics(graph: Graph | None = None) -> Iterator[None]:
    """In the block the metrics of every process speak of the batches of all processes; all have to enter it.

    `with reduce_metrics(): results = session.run(names_to_values)`, after the last batch. The variables of
    metrics (METRIC_VARIABLES) are replaced by their sums, those of covariances by the merged moments, and get
    their own values again at the end of the block, so that more batches can follow.

    Args:
      graph: the default graph by default.

    Raises:
      NotImplementedError: a metric keeps elements (`streaming_concat`, `streaming_dynamic_auc`), no sums.
    """
    graph = get_default_graph() if graph is None else graph
    variables = graph.get_collection(GraphKeys.METRIC_VARIABLES) if world_size() > 1 else []
    names = {variable.op.name: variable for variable in variables}
    gathered = [name for name in names if name.endswith("/array") and f"{name[:-5]}size" in names]
    if gathered:
        raise NotImplementedError(
            f"reduce_metrics: {gathered} hold elements, which cannot be summed over processes. Leave "
            f"those metrics out, or evaluate in one process."
        )
    moments = _moments(names)
    apart = {id(variable) for four in moments for variable in four}
    with computing(), torch.no_grad():
        own = [variable.detach().clone() for variable in variables]
        _together(
            [variable for variable in variables if id(variable) not in apart],
            lambda flat: dist.all_reduce(flat),
        )
        for four in moments:
            _merge_moments(four)
    try:
        yield
    finally:
        with computing(), torch.no_grad():
            for variable, value in zip(variables, own, strict=True):
                variable.copy_(value)


def _moments(names: dict[str, Variable]) -> list[list[Variable]]:
    """The variables of covariances, four by four."""
    prefixes = [name.removesuffix("comoment") for name in names if name.split("/")[-1] == "comoment"]
    return [
        [names[prefix + moment] for moment in _MOMENTS]
        for prefix in prefixes
        if all(prefix + moment in names for moment in _MOMENTS)
    ]


def _merge_moments(four: list[Variable]) -> None:
    """Count, means and comoment of all elements, from those of each process."""
    mine = torch.stack([variable.detach().double() for variable in four])
    there = _collective_device()
    mine = mine if there is None else mine.to(there)
    everywhere = [torch.empty_like(mine) for _ in range(world_size())]
    dist.all_gather(everywhere, mine)
    count, first, second, comoment = torch.stack(everywhere).unbind(1)
    total = count.sum()
    weight = count / total.clamp(min=torch.finfo(total.dtype).tiny)
    mean_first, mean_second = (first * weight).sum(), (second * weight).sum()
    spread = (count * (first - mean_first) * (second - mean_second)).sum()
    for variable, value in zip(four, (total, mean_first, mean_second, comoment.sum() + spread), strict=True):
        variable.copy_(value)
