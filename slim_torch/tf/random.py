"""`tf.random`: random numbers, drawn anew at each run. Most are in `sources.py`; classes are drawn here."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.graph import get_default_graph, set_random_seed
from slim_torch.inference import tensor_like
from slim_torch.recording import record, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.sources import _Draw as Draw
from slim_torch.sources import random_gamma as gamma
from slim_torch.sources import random_normal as normal
from slim_torch.sources import random_poisson as poisson
from slim_torch.sources import random_shuffle as shuffle
from slim_torch.sources import random_uniform as uniform
from slim_torch.sources import truncated_normal
from slim_torch.symbolic import SymbolicTensor, static_shape
from slim_torch.tensors import as_sizes, as_tensor, known_value
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "categorical",
    "gamma",
    "get_seed",
    "multinomial",
    "normal",
    "poisson",
    "set_random_seed",
    "shuffle",
    "truncated_normal",
    "uniform",
]


def _draw_classes(logits: torch.Tensor, count: Any, dtype: torch.dtype, draw: Any) -> torch.Tensor:
    shares = torch.softmax(logits.detach().double(), -1)
    return torch.multinomial(shares, int(count), replacement=True, generator=draw(logits.device)).to(dtype)


def _classes(
    logits: Any, num_samples: Any, dtype: Any, seed: int | None, name: str | None, default: str
) -> Any:
    kind = torch.int64 if dtype is None else as_dtype(dtype)
    graph = recording_graph()
    with name_scope(name, default, [logits]):
        x = as_tensor(logits)
        shape = static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)
        if shape is not None and len(shape) != 2:
            raise ValueError(
                f"Shape must be rank 2 but is rank {len(shape)}: {default} takes logits [batch, classes]."
            )
        draw = Draw(seed, get_default_graph().unique_name("Multinomial", mark_as_used=False))
        if graph is None:
            return _draw_classes(x, num_samples, kind, draw)
        count = known_value(num_samples)
        rows = None if shape is None else shape[0]
        return record(
            _draw_classes,
            (x, as_sizes(num_samples)[0], kind, draw),
            op_type="Multinomial",
            name="Multinomial",
            static=tensor_like([rows, None if count is None else int(count)], kind),
            graph=graph,
        )


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: int | None = None, name: str | None = None
) -> Any:
    """Classes drawn with the probabilities `softmax(logits)`. Source: tf.random.categorical.

    Args:
      logits: `[batch, classes]`.
      dtype: int64 by default.

    Returns:
      `[batch, num_samples]`.

    Raises:
      ValueError: `logits` has not two axes.
    """
    return _classes(logits, num_samples, dtype, seed, name, "categorical")


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Any:
    """`categorical` under its older name. Source: tf.multinomial."""
    return _classes(logits, num_samples, output_dtype, seed, name, "multinomial")


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The graph's seed and an operation's, `(None, None)` where neither is set. Source: tf.get_seed."""
    graph = get_default_graph()
    if graph.seed is None:
        return (None, None) if op_seed is None else (87654321, op_seed)
    if op_seed is None:
        recorder = graph.recorder
        op_seed = 0 if recorder is None else len(recorder.operations)
    return graph.seed, op_seed


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.random")
