"""How the functions of `tf.nn` and `tf.image` read their arguments, and the random numbers that they draw.

Conversions to tensors and sizes are in `slim_torch.tensors`; what is here knows TensorFlow's manners: no
promotion of dtypes, strides of one, two or four numbers, draws that are made anew at each run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from slim_torch.graph import get_default_graph
from slim_torch.sources import _Draw
from slim_torch.symbolic import is_symbolic
from slim_torch.tensors import as_tensor, known_value, leaf

__all__ = [
    "as_axes",
    "check_compatible",
    "check_window",
    "either",
    "floating_operand",
    "is_known",
    "operand",
    "spatial_numbers",
    "uniform_draws",
]


def operand(value: Any, like: Tensor, op: str, argument: str) -> Tensor:
    """`value` as a tensor of the dtype of `like`: a constant becomes one, a tensor must be one.

    Raises:
      TypeError: a tensor has another dtype.
    """
    tensor = as_tensor(value, like=like)
    if tensor.dtype != like.dtype:
        raise TypeError(
            f"Input '{argument}' of '{op}' Op has type {str(tensor.dtype)[6:]} that does not match type "
            f"{str(like.dtype)[6:]} of the other arguments. Convert one with tf.cast."
        )
    return tensor


def floating_operand(value: Any, op: str, argument: str) -> Tensor:
    """`value` as a tensor of floating-point numbers.

    Raises:
      TypeError: it has others.
    """
    tensor = as_tensor(value)
    if not tensor.dtype.is_floating_point:
        raise TypeError(
            f"Value passed to parameter '{argument}' of '{op}' has DataType {str(tensor.dtype)[6:]} not in list of "
            f"allowed values: float16, bfloat16, float32, float64. Convert it with tf.cast."
        )
    return tensor


def either(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """The one that is given of two arguments that mean the same.

    Raises:
      ValueError: both are given.
    """
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'. Give one of them.")
    return old if new is None else new


def as_axes(axes: Any, rank: int) -> list[int]:
    """Axes, counted from the start, of a number, a sequence or a constant tensor; all axes for None.

    Raises:
      ValueError: an axis is not one of the tensor's, or not known without running.
    """
    if axes is None:
        return list(range(rank))
    if isinstance(axes, Tensor):
        axes = known_value(axes)
        if axes is None:
            raise ValueError("the axes must be known when the code is built: pass integers.")
    numbers = _integers(axes)
    for axis in numbers:
        if not -rank <= axis < rank:
            raise ValueError(f"Invalid reduction dimension {axis} for input with {rank} dimensions.")
    return [axis % rank for axis in numbers]


def _integers(value: Any) -> tuple[int, ...]:
    """A number, an array or a sequence as a tuple of ints."""
    # Without NumPy where it can be, which a compiler cannot trace.
    if hasattr(value, "tolist"):
        value = value.tolist()
    return (int(value),) if isinstance(value, (int, float)) else tuple(int(item) for item in value)


def spatial_numbers(value: Any, n: int, channels_first: bool, argument: str) -> tuple[int, ...]:
    """The entries of strides, windows or rates that belong to the `n` spatial axes.

    Args:
      value: one number for all axes, or a sequence of one, of `n`, or of `n + 2` (with batch and
        channels, in the order of the data format); None means ones.

    Raises:
      ValueError: it has another length, or is not 1 for batch or channels.
    """
    if value is None:
        return (1,) * n
    numbers = _integers(value)
    if len(numbers) == 1:
        return numbers * n
    if len(numbers) == n:
        return numbers
    if len(numbers) != n + 2:
        raise ValueError(
            f"{argument} should be of length 1, {n} or {n + 2} but was {len(numbers)}: got {list(numbers)}."
        )
    others = (numbers[0], numbers[1] if channels_first else numbers[-1])
    if others != (1, 1):
        raise ValueError(
            f"Current implementation does not yet support {argument} in the batch and depth dimensions: got "
            f"{list(numbers)}, expected 1 there."
        )
    return numbers[2:] if channels_first else numbers[1:-1]


def check_window(x: Tensor, rank: int, op: str, padding: Any, explicit: bool = False) -> None:
    """Raises ValueError unless `x` has `rank` axes and `padding` is a known one."""
    if x.dim() != rank:
        raise ValueError(
            f"Shape must be rank {rank} but is rank {x.dim()} for '{op}': got {tuple(x.shape)}. For a single "
            f"image, pass image[None]."
        )
    if padding in ("SAME", "VALID") or (explicit and isinstance(padding, (list, tuple))):
        return
    raise ValueError(f"'{op}': padding is {padding!r}, expected 'SAME' or 'VALID'.")


def is_known(*sizes: Any) -> bool:
    """Whether all sizes are numbers now, and not only when the graph runs."""
    return all(isinstance(size, int) and not is_symbolic(size) for size in sizes)


def check_compatible(a: Any, b: Any, what: str) -> None:
    """Raises ValueError if two sizes are known and differ."""
    if is_known(a, b) and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}: {what}.")


def uniform_draws(
    like: Tensor,
    shape: Sequence[Any],
    low: float,
    high: float,
    dtype: torch.dtype | None,
    seed: int | None,
) -> Tensor:
    """Uniform in [low, high), drawn anew at each run, on the device of `like`.

    Unlike `tf.random_uniform` this gives real numbers wherever `like` is real.

    Args:
      shape: sizes; they may be recorded.
      dtype: of the numbers; that of `like` by default. Integers are uniform over the whole numbers.
      seed: makes the sequence of draws repeatable; PyTorch's generator by default.
    """
    stream = _Draw(seed, get_default_graph().unique_name("random_uniform"))
    return _drawn(like, tuple(shape), low, high, like.dtype if dtype is None else dtype, stream)


@leaf
def _drawn(
    like: Tensor, shape: tuple[Any, ...], low: float, high: float, dtype: torch.dtype, stream: _Draw
) -> Tensor:
    generator = None if like.device.type == "meta" else stream(like.device)
    empty = torch.empty(shape, dtype=dtype, device=like.device)
    if dtype.is_floating_point:
        return empty.uniform_(low, high, generator=generator)
    return empty.random_(int(low), int(high), generator=generator)
