"""What old code asks of tensors, asked of PyTorch's: `x.get_shape()`, `x.set_shape(...)`, `x.op.name`, `x.eval()`.

`slim_torch.tf` gives these to `torch.Tensor`, and a few to `torch.Size` (`x.shape.as_list()`). Only names that PyTorch
has not are added, so that code which does not ask for them pays nothing and meets nothing else. Recorded tensors and
variables have all of this of their own; what dtypes answer is in `dtype_attributes.py`.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from slim_torch.compiled_shape import shape_of
from slim_torch.graph import get_default_graph
from slim_torch.tensor_shape import TensorShape

__all__ = ["install"]


class _RealOperation(NamedTuple):
    """What `op` of a real tensor answers."""

    name: str
    type: str = "Tensor"


def _set_shape(x: torch.Tensor, shape: Any) -> None:
    """Checks what the caller knows about the shape; a real tensor has all of it.

    Raises:
      ValueError: the tensor has another shape.
    """
    if shape is None or getattr(shape, "ndims", 0) is None:
        return
    given = [getattr(size, "value", size) for size in shape]
    found = list(x.shape)
    if len(given) != len(found):
        raise ValueError(f"Shapes {tuple(found)} and {tuple(given)} must have the same rank")
    for axis, (size, own) in enumerate(zip(given, found)):
        if size is not None and size != -1 and size != own:
            raise ValueError(
                f"Dimension {axis} in both shapes must be equal, but are {own} and {size}. Shapes are {found} and {given}."
            )


def _op(x: torch.Tensor) -> _RealOperation:
    """A name for a tensor that no operation gave: its alias in a collection, or else the name scope in force.

    Raises:
      AttributeError: there is neither.
    """
    aliases = getattr(x, "aliases", None)
    name = aliases[-1] if aliases else get_default_graph().get_name_scope()
    if not name:
        raise AttributeError(
            "this tensor has no `op`: it was computed, not recorded, and collected under no name. Ask inside of a variable "
            "scope, or build the model outside of `graph.step()`, from placeholders."
        )
    return _RealOperation(name)


def _eval(x: torch.Tensor, feed_dict: Any = None, session: Any = None) -> np.ndarray:
    """The value as a NumPy array, which needs no session.

    Raises:
      ValueError: something is fed: the tensor was computed already.
    """
    if feed_dict:
        raise ValueError(
            "eval(feed_dict) of a tensor that has its value already: it was computed, not recorded, and does not depend "
            "on what is fed. Build the model outside of `graph.step()`, from placeholders."
        )
    return x.detach().cpu().numpy()


_OF_TENSORS: dict[str, Any] = {
    "get_shape": shape_of,
    "set_shape": _set_shape,
    "op": property(_op),
    "eval": _eval,
}


def _of_shape(name: str) -> Callable[..., Any]:
    def call(size: torch.Size, *args: Any) -> Any:
        return getattr(TensorShape(size), name)(*args)

    return call


_OF_SIZES: dict[str, Any] = {
    "as_list": lambda size: list(size),
    "is_fully_defined": lambda size: True,
    "ndims": property(len),
    "num_elements": lambda size: size.numel(),
    "dims": property(lambda size: TensorShape(size).dims),
    "rank": property(len),
    **{
        name: _of_shape(name)
        for name in (
            "assert_has_rank",
            "assert_is_compatible_with",
            "assert_is_fully_defined",
            "assert_same_rank",
            "concatenate",
            "is_compatible_with",
            "merge_with",
            "most_specific_compatible_shape",
            "with_rank",
            "with_rank_at_least",
            "with_rank_at_most",
        )
    },
}


def install() -> None:
    """Gives `torch.Tensor` and `torch.Size` the attributes; again, if they have them."""
    for name, attribute in _OF_TENSORS.items():
        setattr(torch.Tensor, name, attribute)
    # The type is not open to new attributes, but its dictionary is.
    (attributes,) = gc.get_referents(torch.Size.__dict__)
    attributes.update(_OF_SIZES)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(torch.Size))
