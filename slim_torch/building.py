"""Running model code once without computing, so that its variables exist.

On fake tensors a function costs no arithmetic and no memory for activations; the variables that it asks
for are made for real (`variable.create_variable`). Used by `Module.build` and `create_train_op`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import torch
from torch.utils._pytree import tree_leaves, tree_map_only

from slim_torch.graph import Graph

if TYPE_CHECKING:
    from torch._subclasses.fake_tensor import FakeTensorMode

__all__ = ["active_fake_mode", "building", "fakes_like", "on_real_tensors", "uncompiled", "with_its_value"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Importing PyTorch's fake tensors takes over half a second: only those who need them pay for it.


def active_fake_mode() -> FakeTensorMode | None:
    """The mode that makes the tensors of this thread fake, if one does."""
    return torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.FAKE)


def on_real_tensors() -> AbstractContextManager[Any]:
    """Computes for real inside the block, whatever is fake around it."""
    if active_fake_mode() is None:
        return nullcontext()
    from torch._subclasses.fake_tensor import unset_fake_temporarily

    return unset_fake_temporarily()


def with_its_value(make: Callable[[], torch.Tensor]) -> torch.Tensor:
    """`make()`, a constant; while a model is built it keeps its value, as a size that is computed from it needs.

    Model code computes sizes by tensors: `tf.image.resize_bilinear(x, tf.shape(x)[1:3] * 2)`.
    """
    if torch.compiler.is_compiling() or active_fake_mode() is None:
        return make()
    with on_real_tensors():
        tensor = make()
        if not isinstance(tensor, torch.Tensor):
            return tensor  # strings
        if tensor.numel() <= _LARGEST_KNOWN and tensor.device.type == "cpu":
            return tensor.as_subclass(_KnownTensor)
    return make()


_LARGEST_KNOWN = 64


class _KnownTensor(torch.Tensor):
    """A real tensor among fake ones: what is computed from such alone is one too."""

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        tensors = [part for part in tree_leaves((args, kwargs)) if isinstance(part, torch.Tensor)]
        with on_real_tensors():
            with torch._C.DisableTorchFunctionSubclass():
                plain_args, plain_kwargs = tree_map_only(
                    cls, lambda tensor: tensor.as_subclass(torch.Tensor), (args, kwargs)
                )
            if all(isinstance(tensor, cls) for tensor in tensors):
                result = func(*plain_args, **plain_kwargs)
                return tree_map_only(torch.Tensor, lambda tensor: tensor.as_subclass(cls), result)
        return func(*plain_args, **plain_kwargs)


def uncompiled(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """`function`, which torch.compile leaves alone, as `torch.compiler.disable` does; imports no compiler."""
    disabled = torch._disable_dynamo(function)  # type: ignore[attr-defined]

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        return (disabled if "torch._dynamo" in sys.modules else function)(*args, **kwargs)

    return wrapper


@contextmanager
def building(graph: Graph, what: str) -> Iterator[FakeTensorMode]:
    """One step of `graph` on fake tensors; what it collected is gone when the block is left.

    Args:
      what: names the function in an error, as in "total_loss could not be run ...".

    Raises:
      ValueError: the code in the block needs the value of a tensor.
    """
    from torch._subclasses.fake_tensor import (
        DataDependentOutputException,
        DynamicOutputShapeException,
        FakeTensorMode,
        UnsupportedFakeTensorException,
    )

    mode = FakeTensorMode(allow_non_fake_inputs=True)
    # Autocast would keep the fake casts of real weights for the next real call.
    caching = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
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
        torch.set_autocast_cache_enabled(caching)
        graph.forget_step()


def fakes_like(mode: FakeTensorMode, values: Any) -> Any:
    """`values` with every tensor in them replaced by a fake of its shape, dtype, device and strides."""
    return tree_map_only(torch.Tensor, mode.from_tensor, values)
