"""Running model code once without computing, so that its variables exist.

On fake tensors a function costs no arithmetic and no memory for activations; the variables that it asks
for are made for real (`variable.create_variable`). Used by `Module.build` and `create_train_op`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensorMode,
    UnsupportedFakeTensorException,
)
from torch.utils._pytree import tree_map_only

from slim_torch.graph import Graph

__all__ = ["building", "fakes_like"]


@contextmanager
def building(graph: Graph, what: str) -> Iterator[FakeTensorMode]:
    """One step of `graph` on fake tensors; what it collected is gone when the block is left.

    Args:
      what: names the function in an error, as in "total_loss could not be run ...".

    Raises:
      ValueError: the code in the block needs the value of a tensor.
    """
    mode = FakeTensorMode(allow_non_fake_inputs=True)
    try:
        with graph.as_default(), torch.compiler.set_stance("force_eager"), mode, graph.step():
            yield mode
    except (
        DataDependentOutputException,
        DynamicOutputShapeException,
        UnsupportedFakeTensorException,
    ) as err:
        raise ValueError(
            f"{what} could not be run on fake tensors, which is how its variables are made beforehand: it needs "
            f"the value of a tensor ({err}). Keep .item(), `if tensor:` and shapes that depend on values (a "
            f"boolean index, nonzero) out of it."
        ) from err
    finally:
        graph.forget_step()


def fakes_like(mode: FakeTensorMode, values: Any) -> Any:
    """`values` with every tensor in them replaced by a fake of its shape, dtype, device and strides."""
    return tree_map_only(torch.Tensor, mode.from_tensor, values)
