"""What the results of a recorded call look like: shapes and dtypes, found without values.

The call is made on the stand-ins of its arguments, once for each world of sizes (see `symbolic.py`). Where
that fails because sizes that are not known do not fit together, others are tried; where it fails because
values are needed, small random tensors are used. Holds no state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from slim_torch.dtypes import string
from slim_torch.symbolic import (
    WORLDS,
    StandIns,
    SymbolicNumber,
    SymbolicTensor,
    known_or_symbolic,
    shown,
    stand_ins_of,
    static_shape,
)

if TYPE_CHECKING:
    from slim_torch.recording import Operation

__all__ = ["Inferred", "infer", "no_outputs", "tensor_like"]

# A tensor of up to so many elements keeps its value while recording: shapes are computed from such.
_LARGEST_KNOWN = 64
_LARGEST_TRIED = 1 << 21
_RANKS = range(5)


class Inferred:
    """The structure of a result: `("tensor", stand_ins, dtype)`, `("number", worlds)`, a container, a value."""

    def __init__(self, structure: Any) -> None:
        self.structure = structure

    def build(self, op: Operation) -> Any:
        """The result, with its symbolic tensors as outputs of `op`; `op` itself if there is nothing else."""
        if self.structure is None:
            return op
        return _built(self.structure, op)

    def become_strings(self) -> list[bool]:
        """Of a call on strings, whose stand-ins are of bytes: makes tensors of bytes strings; for each whether it is."""
        found: list[bool] = []

        def visit(structure: Any) -> None:
            if isinstance(structure, _Tensor):
                found.append(structure.dtype in (torch.uint8, string))
                if found[-1]:
                    structure.dtype = string
            elif isinstance(structure, _Container):
                for item in structure.items:
                    visit(item)

        visit(self.structure)
        return found


class _Tensor:
    def __init__(self, stand_ins: StandIns | None, dtype: Any) -> None:
        self.stand_ins = stand_ins
        self.dtype = dtype


class _Numbers:
    def __init__(self, worlds: tuple[Any, ...]) -> None:
        self.worlds = worlds


class _Container:
    def __init__(self, kind: Any, items: list[Any]) -> None:
        self.kind = kind
        self.items = items


def no_outputs() -> Inferred:
    """An operation that gives nothing."""
    return Inferred(None)


def tensor_like(shape: Sequence[int | None] | None, dtype: Any) -> Inferred:
    """One tensor of a static shape; `dtype` may be none of PyTorch's."""
    return Inferred(
        _Tensor(stand_ins_of(shape, dtype if isinstance(dtype, torch.dtype) else torch.uint8), dtype)
    )


def tensors_like(kind: Any, shapes_and_dtypes: Sequence[tuple[Any, Any]]) -> Inferred:
    """A list or tuple (`kind`) of tensors."""
    return Inferred(_Container(kind, [tensor_like(*pair).structure for pair in shapes_and_dtypes]))


def like_structure(results: Sequence[Any]) -> Inferred:
    """What a result of one of these symbolic results looks like, whichever it is."""
    return Inferred(_combined([_described(result) for result in results]))


def _described(value: Any) -> Any:
    if isinstance(value, SymbolicTensor):
        return _Tensor(value.stand_ins, value.dtype)
    if isinstance(value, torch.Tensor):
        return _Tensor(_stand_ins(value), value.dtype)
    if isinstance(value, (list, tuple)):
        return _Container(_maker(value), [_described(item) for item in value])
    return value


def _combined(descriptions: Sequence[Any]) -> Any:
    first = descriptions[0]
    if isinstance(first, _Tensor):
        shapes = [static_shape(item.stand_ins) for item in descriptions]
        if any(shape is None or len(shape) != len(shapes[0] or ()) for shape in shapes) or shapes[0] is None:
            return _Tensor(None, first.dtype)
        merged = [
            sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*(s for s in shapes if s is not None))
        ]
        return tensor_like(merged, first.dtype).structure
    if isinstance(first, _Container):
        return _Container(
            first.kind, [_combined(parts) for parts in zip(*(item.items for item in descriptions))]
        )
    return first


def _built(structure: Any, op: Operation) -> Any:
    if isinstance(structure, _Tensor):
        tensor = SymbolicTensor.make(op, len(op.outputs), structure.stand_ins, structure.dtype)
        op.outputs.append(tensor)
        return tensor
    if isinstance(structure, _Numbers):
        carrier = SymbolicTensor.make(op, len(op.outputs), None, torch.int64)
        op.outputs.append(carrier)
        return known_or_symbolic(structure.worlds, ("number", carrier))
    if isinstance(structure, _Container):
        items = [_built(item, op) for item in structure.items]
        return structure.kind(items)
    return structure


def infer(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Inferred:
    """What `function(*args, **kwargs)` gives.

    Raises:
      ValueError: the arguments do not fit together, whatever the sizes that are not known.
    """
    name = getattr(function, "__name__", "")
    tensors = list(_tensors((args, kwargs)))
    if any(isinstance(t, SymbolicTensor) and t.stand_ins is None for t in tensors):
        return Inferred(_of_any_rank(function, args, kwargs, tensors))
    try:
        found = _in_worlds(function, args, kwargs, _own)
        if name == "__getitem__":
            found = _sliced(found, *args)
        elif name == "reshape":
            found = _reshaped(found, args)
        elif name in _DECIDING and isinstance(found, _Tensor):
            found = _undecided(found, args)
        return Inferred(found)
    except Exception as err:
        if isinstance(err, (TypeError, NotImplementedError)) and not _needs_values(err):
            raise
        found = _recovered(function, args, kwargs, err)
        if found is None:
            if isinstance(err, RuntimeError):
                raise ValueError(_message(function, args, err)) from err
            raise
        return Inferred(_sliced(found, *args) if name == "__getitem__" else found)


# Functions that can give the same for different values, without that being so for all values.
_DECIDING = {
    "_extreme", "_floor_divide", "abs", "all", "amax", "amin", "any", "argmax", "argmin", "ceil",
    "clamp", "div", "eq", "floor", "floor_divide", "fmod", "ge", "gt", "le", "logical_and",
    "logical_not", "logical_or", "logical_xor", "lt", "max", "maximum", "min", "minimum", "ne",
    "relu", "relu6", "remainder", "round", "sgn", "sign", "to", "trunc", "where",
}  # fmt: skip


def _undecided(found: _Tensor, args: Any) -> _Tensor:
    """The result of such a function, with what comes out equal from sizes that are not known made to differ.

    That all assumed sizes are above 224 does not make `tf.maximum(224 - tf.shape(x)[1], 0)` known to be 0.
    """
    values = found.stand_ins
    if values is None or any(
        value.device.type == "meta" or value.shape != values[0].shape for value in values
    ):
        return found
    unknown = torch.zeros((), dtype=torch.bool)
    for part in _leaves(args):
        if isinstance(part, SymbolicNumber):
            unknown = torch.ones((), dtype=torch.bool)
        elif isinstance(part, SymbolicTensor):
            unknown = _broadcast_or(unknown, _differs(part), values[0].shape)
    with torch._C.DisableTorchFunctionSubclass():
        equal = torch.stack([value == values[0] for value in values]).all(0)
        doubtful = (equal & unknown).expand(values[0].shape)
        if not bool(doubtful.any()):
            return found
        last = values[-1]
        other = ~last if last.dtype == torch.bool else last + 1
        return _Tensor((*values[:-1], torch.where(doubtful, other, last)), found.dtype)


def _differs(tensor: SymbolicTensor) -> torch.Tensor:
    """Where the value of a tensor is not known."""
    stand_ins = tensor.stand_ins
    assert stand_ins is not None
    first = stand_ins[0]
    with torch._C.DisableTorchFunctionSubclass():
        if any(item.device.type == "meta" or item.shape != first.shape for item in stand_ins):
            return torch.ones((), dtype=torch.bool)
        return torch.stack([item != first for item in stand_ins]).any(0)


def _broadcast_or(a: torch.Tensor, b: torch.Tensor, shape: Any) -> torch.Tensor:
    """Both, element by element if they fit the result, as a whole if not (a maximum over an axis)."""
    with torch._C.DisableTorchFunctionSubclass():
        try:
            return a.expand(shape) | b.expand(shape)
        except RuntimeError:
            return (a.any() | b.any()).expand(shape)


def _sliced(found: Any, tensor: Any, key: Any) -> Any:
    """The result of slicing; as in TensorFlow a part of an axis of unknown size has an unknown size."""
    keys = key if isinstance(key, tuple) else (key,)
    shape = static_shape(_stand_ins(tensor))
    result = static_shape(found.stand_ins) if isinstance(found, _Tensor) else None
    if (
        shape is None
        or result is None
        or any(isinstance(k, (list, torch.Tensor)) and _has_axes(k) for k in keys)
    ):
        return found
    taken = sum(1 for k in keys if k is not None and k is not Ellipsis)
    sizes: list[int | None] = []
    axis = 0
    for k in keys:
        if k is Ellipsis:
            rest = len(shape) - taken
            sizes.extend(shape[axis : axis + rest])
            axis += rest
        elif k is None:
            sizes.append(1)
        else:
            if isinstance(k, slice):
                place = len(sizes)
                bounds = any(isinstance(part, torch.Tensor) for part in (k.start, k.stop, k.step))
                sizes.append(None if shape[axis] is None or bounds else result[place])
            axis += 1
    sizes.extend(shape[axis:])
    if len(sizes) != len(result) or sizes == result:
        return found
    return _Tensor(stand_ins_of(sizes, found.dtype), found.dtype)


def _reshaped(found: Any, args: tuple[Any, ...]) -> Any:
    """The result of a reshape; as in TensorFlow -1 beside a size that is not known is not known either."""
    target = list(_leaves(args[1:]))
    shape = static_shape(found.stand_ins) if isinstance(found, _Tensor) else None
    if shape is None or not any(isinstance(size, SymbolicNumber) for size in target):
        return found
    sizes = [None if isinstance(t, int) and t == -1 else size for t, size in zip(target, shape)]
    return found if sizes == shape else _Tensor(stand_ins_of(sizes, found.dtype), found.dtype)


def _has_axes(key: Any) -> bool:
    return not isinstance(key, torch.Tensor) or (
        not isinstance(key, SymbolicTensor) or key.stand_ins is None or key.dim() > 0
    )


def _message(function: Any, args: Any, err: Exception) -> str:
    name = getattr(function, "__name__", "the call")
    found = [static_shape(_stand_ins(part)) or [] for part in _tensors(args)]
    shapes = ", ".join(shown(shape, "[]") for shape in found)
    if name in ("reshape", "view"):
        target = [size for size in _leaves(args[1:]) if isinstance(size, int)]
        elements, wanted = (math.prod(size or 1 for size in sizes) for sizes in (found[0], target))
        return (
            f"Cannot reshape a tensor with {elements} elements to shape {target} ({abs(wanted)} elements) for {name} with "
            f"input shapes: {shapes}."
        )
    pair = _unequal(name, found)
    if pair is None:
        return f"{name} cannot take input shapes {shapes}: {err}"
    return f"Dimensions must be equal, but are {pair[0]} and {pair[1]} for {name} with input shapes: {shapes}. {err}"


def _unequal(name: str, shapes: list[Any]) -> tuple[int, int] | None:
    """The two sizes that do not fit together, where that is easily said."""
    if len(shapes) < 2:
        return None
    first, second = shapes[:2]
    if name in ("matmul", "mm", "bmm") and len(first) > 1 and len(second) > 1:
        return None if None in (first[-1], second[-2]) else (first[-1], second[-2])
    for a, b in zip(reversed(first), reversed(second)):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            return a, b
    return None


Chooser = Callable[[Any, int], torch.Tensor]


def _in_worlds(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], choose: Chooser
) -> Any:
    worlds = 1 if _same_in_all_worlds((args, kwargs), choose) else WORLDS
    results = []
    for world in range(worlds):
        arguments, keywords = _in_world((args, kwargs), world, choose)
        if any(part.device.type == "meta" for part in _tensors((arguments, keywords))):
            arguments, keywords = _on_meta((arguments, keywords))
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            results.append(function(*arguments, **keywords))
    return _compared(results * (WORLDS if worlds == 1 else 1))


def _same_in_all_worlds(value: Any, choose: Chooser) -> bool:
    for part in _leaves(value):
        if isinstance(part, SymbolicNumber):
            return False
        if isinstance(part, SymbolicTensor):
            first = choose(part, 0)
            if any(choose(part, world) is not first for world in range(1, WORLDS)):
                return False
    return True


def _own(tensor: Any, world: int) -> torch.Tensor:
    """A tensor's own stand-in."""
    if isinstance(tensor, SymbolicTensor):
        assert tensor.stand_ins is not None
        return tensor.stand_ins[world]
    return _known(tensor)


def _stand_ins(tensor: Any) -> StandIns | None:
    return tensor.stand_ins if isinstance(tensor, SymbolicTensor) else (_known(tensor),) * WORLDS


def _known(tensor: torch.Tensor) -> torch.Tensor:
    """What stands for a real tensor: a small constant for itself, everything else without its values."""
    with torch._C.DisableTorchFunctionSubclass():
        small = tensor.numel() <= _LARGEST_KNOWN and tensor.device.type == "cpu"
        if small and not isinstance(tensor, torch.nn.Parameter):
            return tensor.detach()
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")


def _in_world(value: Any, world: int, choose: Chooser) -> Any:
    if isinstance(value, torch.Tensor):
        return choose(value, world)
    if isinstance(value, SymbolicNumber):
        return value.worlds[world]
    return _mapped(value, lambda item: _in_world(item, world, choose))


def _on_meta(value: Any) -> Any:
    """The same without values and devices."""
    if isinstance(value, torch.Tensor):
        return value if value.device.type == "meta" else value.to("meta")
    if isinstance(value, torch.device):
        return torch.device("meta")
    if isinstance(value, torch.Generator):
        return None
    if isinstance(value, dict) and "device" in value:
        return {
            key: torch.device("meta") if key == "device" else _on_meta(item) for key, item in value.items()
        }
    return _mapped(value, _on_meta)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        items = [change(item) for item in value]
        return items if isinstance(value, list) else _maker(value)(items)
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(change(value.start), change(value.stop), change(value.step))
    return value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, slice):
        yield from (value.start, value.stop, value.step)
    else:
        yield value


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    return (part for part in _leaves(value) if isinstance(part, torch.Tensor))


def _maker(value: Any) -> Callable[[list[Any]], Any]:
    """What makes a container like `value` of items."""
    kind = type(value)
    if kind is tuple or kind is list:
        return kind
    if hasattr(kind, "_fields"):
        return lambda items: kind(*items)
    if kind.__module__ == "torch.return_types":
        return kind
    return tuple if isinstance(value, tuple) else list


def _compared(results: list[Any]) -> Any:
    """The structure of one result from those of all worlds."""
    first = results[0]
    if isinstance(first, torch.Tensor):
        if any(result is not first for result in results) and len({result.dim() for result in results}) > 1:
            return _Tensor(None, first.dtype)
        return _Tensor(tuple(map(_without_much_data, results)), first.dtype)
    if isinstance(first, (list, tuple)):
        if len({len(result) for result in results}) > 1:
            raise ValueError("The number of results depends on sizes that are not known.")
        return _Container(_maker(first), [_compared(list(parts)) for parts in zip(*results)])
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        return _Numbers(tuple(results)) if len(set(results)) > 1 else first
    return first


def _without_much_data(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    if tensor.device.type == "meta" or tensor.numel() <= _LARGEST_KNOWN:
        return tensor
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")


# When the worlds do not fit


def _of_any_rank(function: Any, args: Any, kwargs: Any, tensors: list[torch.Tensor]) -> Any:
    """The result when some ranks are not known: what all ranks that are possible agree on."""
    found: list[Any] = []
    failure: Exception | None = None
    for rank in _RANKS:
        made = {id(t): stand_ins_of([None] * rank, _torch_dtype(t)) for t in tensors}

        def choose(tensor: Any, world: int, made: dict[int, Any] = made) -> torch.Tensor:
            if isinstance(tensor, SymbolicTensor) and tensor.stand_ins is None:
                return made[id(tensor)][world]
            return _own(tensor, world)

        def ones(tensor: Any, world: int, choose: Any = choose) -> torch.Tensor:
            own = choose(tensor, world)
            known = static_shape(_stand_ins(tensor)) or [None] * own.dim()
            sizes = [1 if size is None else size for size in known]
            return torch.empty(sizes, dtype=own.dtype, device="meta")

        try:
            found.append(_in_worlds(function, args, kwargs, choose))
        except Exception as err:
            failure = err
            try:
                found.append(_without_ones(_in_worlds(function, args, kwargs, ones)))
            except Exception:
                continue
    if not found and getattr(function, "__name__", "") == "reshape":
        sizes = _target_of_reshape(args, kwargs)
        return _Tensor(stand_ins_of(sizes, _torch_dtype(tensors[0])), _torch_dtype(tensors[0]))
    if not found:
        if failure is not None and isinstance(failure, TypeError) and not _needs_values(failure):
            raise failure
        return _Tensor(None, _torch_dtype(tensors[0]))
    if len(found) > 1:
        # Other ranks broadcast as well: a number is what is meant, but TensorFlow promises nothing.
        return _combined(found)
    return found[0]


def _torch_dtype(tensor: Any) -> torch.dtype:
    return tensor.dtype if isinstance(tensor.dtype, torch.dtype) else torch.uint8


def _recovered(function: Any, args: Any, kwargs: Any, err: Exception) -> Any:
    name = getattr(function, "__name__", "")
    if name in ("reshape", "view"):
        shape = _target_of_reshape(args, kwargs)
        if shape is not None or any(isinstance(part, torch.Tensor) for part in args[1:]):
            return _Tensor(stand_ins_of(shape, args[0].dtype), args[0].dtype)
    if _needs_values(err):
        return _by_trial(function, args, kwargs)
    known = [_stand_ins(part) for part in _tensors((args, kwargs))]
    shapes = [static_shape(item) for item in known]
    if all(shape is not None and None not in shape for shape in shapes):
        return None
    for from_front in (False, True):
        found = _matched_result(function, args, kwargs, shapes, from_front)
        if found is not None:
            return found
    try:
        return _without_ones(_in_worlds(function, args, kwargs, _ones(args, kwargs)))
    except Exception:
        return None


def _matched_result(function: Any, args: Any, kwargs: Any, shapes: list[Any], from_front: bool) -> Any:
    found, free = None, frozenset[int]()
    for axis in (None, *range(max((len(shape or ()) for shape in shapes), default=0))):
        # An axis that need not match, such as the one that is concatenated along, stays unknown.
        tried = free if axis is None else free | {axis}
        try:
            found, free = _in_worlds(function, args, kwargs, _matched(args, kwargs, tried, from_front)), tried
        except Exception:
            if axis is None:
                break
    return found


def _target_of_reshape(args: Any, kwargs: Any) -> list[int | None] | None:
    """The static shape that a reshape with unknown sizes is to give, if elements may fit."""
    target = (
        args[1:]
        if len(args) > 1 and not isinstance(args[1], (list, tuple))
        else (args[1:] or [kwargs.get("shape")])[0]
    )
    if target is None:
        return None
    unknown = static_shape(_stand_ins(args[0]))
    if isinstance(target, torch.Tensor) or any(isinstance(part, torch.Tensor) for part in target):
        length = target.shape[0] if isinstance(target, torch.Tensor) else len(target)
        return [None] * length if isinstance(length, int) and not isinstance(length, SymbolicNumber) else None
    sizes = [None if isinstance(size, SymbolicNumber) or size == -1 else int(size) for size in target]
    if unknown is not None and None not in unknown and None not in sizes:
        return None
    if unknown is not None and None not in unknown and not any(isinstance(s, SymbolicNumber) for s in target):
        return None
    return sizes


def _needs_values(err: Exception) -> bool:
    text = str(err)
    return isinstance(err, (NotImplementedError, TypeError, RuntimeError)) and (
        "meta" in text or "no data" in text or "data-dependent" in text
    )


def _by_trial(function: Any, args: Any, kwargs: Any, indices: int = 4) -> Any:
    """The result on small random tensors: what differs between the trials is not known.

    Args:
      indices: how many values integers without axes are tried with.
    """

    def choose(tensor: Any, world: int) -> torch.Tensor:
        shape = static_shape(_stand_ins(tensor)) or []
        own = _own(tensor, world)
        if own.device.type != "meta":
            return own
        sizes = [3 + world + axis if size is None else size for axis, size in enumerate(shape)]
        count = 1
        for size in sizes:
            count *= size
        if count > _LARGEST_TRIED:
            raise NotImplementedError("too large to be tried out")
        dtype = _torch_dtype(tensor)
        generator = torch.Generator().manual_seed(world * 7919 + count)
        if dtype.is_floating_point:
            return torch.rand(sizes, generator=generator).to(dtype)
        if dtype == torch.bool:
            return torch.rand(sizes, generator=generator) < 0.3 + 0.5 * world / WORLDS
        if not sizes:
            return torch.tensor(world % indices, dtype=dtype)  # An index, a bound, a number of things.
        return torch.randint(0, 2, sizes, generator=generator).to(dtype)

    try:
        trial = _always_in_worlds(function, args, kwargs, choose)
    except Exception as err:
        if isinstance(err, IndexError) and indices > 1:
            return _by_trial(function, args, kwargs, 1)  # The axis is short.
        tensors = list(_tensors((args, kwargs)))
        return _Tensor(None, tensors[0].dtype if tensors else torch.float32)
    return _generalized(trial)


def _always_in_worlds(function: Any, args: Any, kwargs: Any, choose: Chooser) -> Any:
    results = []
    for world in range(WORLDS):
        arguments, keywords = _in_world((args, kwargs), world, choose)
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            results.append(function(*arguments, **keywords))
    return _compared(results)


def _generalized(structure: Any) -> Any:
    """The same with stand-ins in place of what the trial gave."""
    if isinstance(structure, _Tensor):
        return _Tensor(stand_ins_of(static_shape(structure.stand_ins), structure.dtype), structure.dtype)
    if isinstance(structure, _Container):
        return _Container(structure.kind, [_generalized(item) for item in structure.items])
    return structure


def _matched(args: Any, kwargs: Any, free: frozenset[int] = frozenset(), from_front: bool = False) -> Chooser:
    """Unknown sizes take those that another tensor of the call has on the same axis, but on axes in `free`.

    Axes are counted from the last one, as broadcasting does, or from the first.
    """
    shapes = [static_shape(_stand_ins(part)) or [] for part in _tensors((args, kwargs))]

    def choose(tensor: Any, world: int) -> torch.Tensor:
        own = _own(tensor, world)
        shape = static_shape(_stand_ins(tensor)) or []
        sizes = list(own.shape)
        for axis, size in enumerate(shape):
            if size is None and axis not in free:
                for other in shapes:
                    place = axis if from_front else axis - len(shape) + len(other)
                    if 0 <= place < len(other) and other[place] not in (None, 1):
                        sizes[axis] = other[place] or 1
        return torch.empty(sizes, dtype=own.dtype, device="meta")

    return choose


def _ones(args: Any, kwargs: Any) -> Chooser:
    """Unknown sizes are one, which broadcasts with everything."""

    def choose(tensor: Any, world: int) -> torch.Tensor:
        own = _own(tensor, world)
        shape = static_shape(_stand_ins(tensor)) or []
        return torch.empty([1 if size is None else size for size in shape], dtype=own.dtype, device="meta")

    return choose


def _without_ones(structure: Any) -> Any:
    if isinstance(structure, _Tensor):
        shape = static_shape(structure.stand_ins)
        sizes = None if shape is None else [None if size == 1 else size for size in shape]
        return _Tensor(stand_ins_of(sizes, structure.dtype), structure.dtype)
    if isinstance(structure, _Container):
        return _Container(structure.kind, [_without_ones(item) for item in structure.items])
    return structure
