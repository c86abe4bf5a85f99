"""Symbolic tensors and sizes: what recorded code holds in its hands instead of values.

A `SymbolicTensor` stands for one output of a recorded operation. It is a `torch.Tensor`, so layers and
PyTorch functions take it, and every call on it is recorded (by `recording.record`) instead of computed. Its
shape comes from *stand-ins*: the same code run on tensors without memory in several worlds that differ only in
the sizes that are not known. What comes out equal in all worlds is known, what differs is not. A
`SymbolicSize` is a size that is not known: an int that keeps how it is computed.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from slim_torch.tensor_shape import UNKNOWN, TensorShape

if TYPE_CHECKING:
    from slim_torch.recording import Operation

__all__ = [
    "WORLDS",
    "StandIns",
    "SymbolicSize",
    "SymbolicTensor",
    "is_symbolic",
    "stand_ins_of",
    "static_shape",
]

WORLDS = 12
"""How many assignments of sizes are compared."""

# Sizes of the axes that are not known, world by world: large enough for deep networks, and so many that
# whatever depends on them, a remainder after several strides too, comes out different somewhere. The first axis,
# mostly the batch, is short, but for one world: of an image without one it is the height.
_BATCH = (11, 12, 16, 23, 18, 29, 35, 14, 27, 40, 21, 2503)
_SIZES = (
    (1021, 1536, 1303, 2047, 1154, 1769, 1628, 993, 1430, 1875, 1217, 1994),
    (1033, 1280, 1651, 1999, 1222, 1447, 1864, 977, 1594, 1735, 1109, 1918),
    (1051, 1792, 1373, 1951, 1186, 1823, 1508, 965, 1702, 1579, 1245, 1086),
    (1069, 1408, 1577, 1907, 1250, 1489, 1748, 953, 1634, 1361, 1133, 1846),
    (1091, 1664, 1429, 1871, 1314, 1733, 1396, 941, 1558, 1903, 1175, 1268),
)

StandIns = tuple[torch.Tensor, ...]
"""One tensor for each world: on the device "meta", or real where the value is known."""


def assumed_size(axis: int, world: int) -> int:
    """What stands for the unknown size of an axis."""
    return _BATCH[world] if axis == 0 else _SIZES[(axis - 1) % len(_SIZES)][world]


def stand_ins_of(shape: Sequence[int | None] | None, dtype: torch.dtype) -> StandIns | None:
    """Stand-ins for a static shape; None for one of unknown rank."""
    if shape is None:
        return None
    if None not in shape:
        return (torch.empty(tuple(shape), dtype=dtype, device="meta"),) * WORLDS  # type: ignore[arg-type]
    return tuple(
        torch.empty(
            [assumed_size(axis, world) if size is None else size for axis, size in enumerate(shape)],
            dtype=dtype,
            device="meta",
        )
        for world in range(WORLDS)
    )


def static_shape(stand_ins: StandIns | None) -> list[int | None] | None:
    """The sizes that are equal in all worlds, None for the others; None for an unknown rank."""
    if stand_ins is None:
        return None
    first = stand_ins[0]
    if all(other is first for other in stand_ins):
        return list(first.shape)
    return [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*(item.shape for item in stand_ins))]


def is_symbolic(value: Any) -> bool:
    """Whether `value` is a recorded tensor or size."""
    return isinstance(value, (SymbolicTensor, SymbolicNumber))


class SymbolicNumber:
    """What unknown sizes and ratios of them have in common: values by world, and how they are computed.

    `expression` is `("size", tensor, axis)`, `("item", tensor)`, or a function and its arguments.
    """

    worlds: tuple[Any, ...]
    expression: tuple[Any, ...]

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if func is torch.sym_max:
            return number(torch.sym_max, args)
        if func is torch.sym_min:
            return number(torch.sym_min, args)
        return SymbolicTensor.__torch_function__(func, types, args, kwargs)

    def tensors(self) -> Iterator[SymbolicTensor]:
        """The recorded tensors that this is computed from."""
        stack: list[Any] = list(self.expression[1:])
        while stack:
            part = stack.pop()
            if isinstance(part, SymbolicTensor):
                yield part
            elif isinstance(part, SymbolicNumber):
                stack.extend(part.expression[1:])

    @property
    def value(self) -> None:
        """What TensorFlow's Dimension answers for a size that is not known."""
        return None

    def __repr__(self) -> str:
        return "?"

    __str__ = __repr__

    def __int__(self) -> int:
        raise TypeError(
            "__int__ returned non-int (type NoneType): this size is not known until the graph runs. Use tf.shape(x), "
            "or give the placeholder a shape."
        )

    def __float__(self) -> float:
        raise TypeError("float() of a size that is not known until the graph runs. Use tf.shape(x).")

    def __add__(self, other: Any) -> Any:
        return number(operator.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return number(operator.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return number(operator.sub, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return number(operator.sub, (other, self))

    def __mul__(self, other: Any) -> Any:
        return number(operator.mul, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return number(operator.mul, (other, self))

    def __floordiv__(self, other: Any) -> Any:
        return number(operator.floordiv, (self, other))

    def __rfloordiv__(self, other: Any) -> Any:
        return number(operator.floordiv, (other, self))

    def __mod__(self, other: Any) -> Any:
        return number(operator.mod, (self, other))

    def __rmod__(self, other: Any) -> Any:
        return number(operator.mod, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return number(operator.truediv, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return number(operator.truediv, (other, self))

    def __pow__(self, other: Any) -> Any:
        return number(operator.pow, (self, other))

    def __neg__(self) -> Any:
        return number(operator.neg, (self,))

    def __pos__(self) -> Any:
        return self

    def __eq__(self, other: object) -> bool:
        return self is other or self.worlds == _worlds_of(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.worlds)

    def __deepcopy__(self, memo: dict[int, Any]) -> SymbolicNumber:
        return self


class SymbolicSize(SymbolicNumber, int):  # type: ignore[misc]
    """A size that is not known. PyTorch takes it for an int; recorded, it is what it is computed from."""


class SymbolicRatio(SymbolicNumber, float):  # type: ignore[misc]
    """A quotient of sizes that are not known."""


def _worlds_of(value: Any) -> tuple[Any, ...]:
    return value.worlds if isinstance(value, SymbolicNumber) else (value,) * WORLDS


# What these give is not known because it is equal for all assumed sizes; see `inference._undecided`.
_DECIDING = (torch.sym_max, torch.sym_min)


def number(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """A function of sizes: plain if it is equal in all worlds, else a `SymbolicNumber`; a tensor for a tensor."""
    if any(isinstance(operand, torch.Tensor) for operand in operands):
        return NotImplemented
    if not all(isinstance(operand, (int, float)) for operand in operands):
        return NotImplemented
    values = tuple(function(*parts) for parts in zip(*map(_plain_worlds, operands)))
    depends = function in _DECIDING and any(isinstance(operand, SymbolicNumber) for operand in operands)
    if depends and all(value == values[0] for value in values):
        values = (*values[:-1], values[-1] + 1)
    return known_or_symbolic(values, (function, *operands))


def _plain_worlds(value: Any) -> tuple[Any, ...]:
    return value.worlds if isinstance(value, SymbolicNumber) else (value,) * WORLDS


def known_or_symbolic(values: tuple[Any, ...], expression: tuple[Any, ...]) -> Any:
    """`values[0]` if all are equal, else a number that keeps the expression."""
    if all(value == values[0] for value in values):
        return values[0]
    kind: Any = SymbolicSize if isinstance(values[0], int) else SymbolicRatio
    base: Any = int if kind is SymbolicSize else float
    made = base.__new__(kind, values[0])
    made.worlds = values
    made.expression = expression
    return made


def _caller_is_internal(depth: int = 2) -> bool:
    """Whether the code that called into PyTorch is slim_torch's own (the networks in `nets` count as a user's)."""
    frame: Any = sys._getframe(depth)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith("torch.") and module not in ("torch", "slim_torch.symbolic"):
            return module.startswith("slim_torch.") and not module.startswith("slim_torch.nets.")
        frame = frame.f_back
    return False


class SymbolicTensor(torch.Tensor):
    """One output of a recorded operation; see the module. Made by `recording.record`.

    Attributes:
      op: the `Operation` that gives it.
      value_index: which of the operation's outputs it is.
    """

    # Each has its own; the value here hides what `slim_torch.tf` gives to all of PyTorch's tensors.
    op: Operation = None  # type: ignore[assignment]
    value_index: int
    stand_ins: StandIns | None
    # Collections match a recorded tensor by its name.
    slim_name_scope = None
    _dtype: Any

    @staticmethod
    def make(op: Operation, index: int, stand_ins: StandIns | None, dtype: Any) -> SymbolicTensor:
        """A tensor for output `index` of `op`; `dtype` need not be one of PyTorch's (strings)."""
        like = torch.dtype if isinstance(dtype, torch.dtype) else None
        with torch._C.DisableTorchFunctionSubclass():
            if stand_ins is not None and stand_ins[0].device.type == "meta":
                base = stand_ins[0].detach()
            else:
                shape = () if stand_ins is None else stand_ins[0].shape
                base = torch.empty(shape, dtype=dtype if like else torch.uint8, device="meta")
            tensor: SymbolicTensor = torch.Tensor._make_subclass(SymbolicTensor, base, False)
        tensor.op = op
        tensor.value_index = index
        tensor.stand_ins = stand_ins
        tensor._dtype = dtype
        return tensor

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        from slim_torch.recording import record_call

        return record_call(func, args, kwargs or {}, internal=_caller_is_internal())

    # What is known without running

    @property
    def graph(self) -> Any:
        return self.op.graph

    @property
    def name(self) -> str:
        return f"{self.op.name}:{self.value_index}"

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        return self._dtype

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.op.graph.default_device or torch.get_default_device()

    @property
    def shape(self) -> TensorShape:  # type: ignore[override]
        stand_ins = self._ranked("shape")
        first = stand_ins[0]
        if all(other is first for other in stand_ins):
            return TensorShape(first.shape)
        sizes = zip(*(item.shape for item in stand_ins))
        return TensorShape(
            known_or_symbolic(values, ("size", self, axis)) for axis, values in enumerate(sizes)
        )

    def _ranked(self, what: str) -> StandIns:
        if self.stand_ins is None:
            raise ValueError(
                f"The {what} of tensor '{self.name}' is not known: it has undefined rank. Give the placeholder it comes "
                f"from a shape, or call set_shape."
            )
        return self.stand_ins

    def get_shape(self) -> TensorShape:
        """The static shape, with `Dimension(None)` for sizes that are not known."""
        shape = static_shape(self.stand_ins)
        return TensorShape(None if shape is None else [UNKNOWN if size is None else size for size in shape])

    def set_shape(self, shape: Any) -> None:
        """Adds what the caller knows about the shape.

        Raises:
          ValueError: it contradicts what is known.
        """
        given = as_static_shape(shape)
        if given is None:
            return
        known = static_shape(self.stand_ins)
        merged = given if known is None else merged_shape(known, given)
        if known is not None and merged == known:
            return
        self.stand_ins = stand_ins_of(
            merged, self._dtype if isinstance(self._dtype, torch.dtype) else torch.uint8
        )

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return len(self._ranked("rank")[0].shape)

    ndimension = dim

    @property
    def ndim(self) -> int:  # type: ignore[override]
        return self.dim()

    def numel(self) -> Any:
        return math.prod(self.shape)

    nelement = numel

    def is_floating_point(self) -> bool:
        return bool(getattr(self._dtype, "is_floating_point", False))

    def is_complex(self) -> bool:
        return bool(getattr(self._dtype, "is_complex", False))

    @property
    def is_sparse(self) -> bool:  # type: ignore[override]
        return False

    @property
    def requires_grad(self) -> bool:
        return self.is_floating_point()

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        raise self._no_value("requires_grad cannot be set")

    @property
    def grad_fn(self) -> None:  # type: ignore[override]
        return None

    @property
    def is_leaf(self) -> bool:  # type: ignore[override]
        return True

    def consumers(self) -> list[Operation]:
        """The operations recorded so far that take this tensor."""
        return [op for op in self.op.graph.get_operations() if any(item is self for item in op.inputs)]

    def __getitem__(self, key: Any) -> Any:
        if _steps_back(key):
            from slim_torch.recording import record

            return record(_slice_with_steps, (self, key), op_type="strided_slice", name="strided_slice")
        return super().__getitem__(key)

    def __invert__(self) -> SymbolicTensor:
        from slim_torch.recording import record

        return record(torch.logical_not, (self,), op_type="LogicalNot", name="LogicalNot")

    # What needs a value

    def _no_value(self, what: str) -> TypeError:
        from slim_torch.recording import sources_of

        sources = sources_of(self)
        depends = f" It depends on {', '.join(repr(name) for name in sources)}." if sources else ""
        return TypeError(
            f"{what}: tensor '{self.name}' is recorded and has no value until a session runs it.{depends} Use "
            f"session.run(tensor, feed_dict), or tensor.eval()."
        )

    def __bool__(self) -> bool:
        raise self._no_value(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` to test if a tensor is "
            "defined, and tf.cond for a choice by its value"
        )

    def __int__(self) -> int:
        raise self._no_value("int() argument must be a number")

    def __float__(self) -> float:
        raise self._no_value("float() argument must be a number")

    __index__ = __int__

    def __iter__(self) -> Any:
        raise self._no_value(
            "Tensor objects are only iterable when eager execution is enabled. To iterate over this tensor use "
            "tf.map_fn or tf.unstack"
        )

    def __len__(self) -> int:
        raise self._no_value("object of type 'Tensor' has no len()")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        # NumPy swallows a TypeError here and makes an array of objects.
        raise NotImplementedError(
            str(self._no_value(f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array"))
        )

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise self._no_value("numpy() needs a value")

    def item(self) -> Any:
        raise self._no_value("item() needs a value")

    def tolist(self) -> Any:
        raise self._no_value("tolist() needs a value")

    def backward(self, *args: Any, **kwargs: Any) -> Any:
        raise self._no_value("backward() needs a value; use tf.gradients")

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, by `session` or the default session.

        Raises:
          ValueError: there is no session.
        """
        from slim_torch.session import default_session_for

        return default_session_for(self.op.graph, session, "eval(session=session)").run(self, feed_dict)

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        shape = static_shape(self.stand_ins)
        sizes = (
            "<unknown>"
            if shape is None
            else "("
            + ", ".join("?" if size is None else str(size) for size in shape)
            + ("," if len(shape) == 1 else "")
            + ")"
        )
        return f"<tf.Tensor '{self.name}' shape={sizes} dtype={str(self._dtype).removeprefix('torch.')}>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __hash__(self) -> int:
        return id(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> SymbolicTensor:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise self._no_value("A recorded tensor cannot be pickled")

    # TensorFlow compares tensors by identity; a number is compared with every element, as PyTorch does.

    def __eq__(self, other: object) -> Any:
        if isinstance(other, (int, float)):
            return torch.eq(self, other)
        return self is other

    def __ne__(self, other: object) -> Any:
        if isinstance(other, (int, float)):
            return torch.ne(self, other)
        return self is not other


def _steps_back(key: Any) -> bool:
    keys = key if isinstance(key, tuple) else (key,)
    return any(isinstance(k, slice) and isinstance(k.step, int) and k.step < 0 for k in keys)


def _slice_with_steps(x: torch.Tensor, key: Any) -> torch.Tensor:
    """`x[key]` for a key with negative steps, which PyTorch has not."""
    keys = key if isinstance(key, tuple) else (key,)
    taken = sum(1 for k in keys if k is not None and k is not Ellipsis)
    axis = 0
    plain = []
    for k in keys:
        if k is Ellipsis:
            axis += x.dim() - taken
        elif k is not None:
            if isinstance(k, slice) and k.step is not None and k.step < 0:
                start, stop, step = k.indices(x.shape[axis])
                x = x.index_select(axis, torch.arange(start, stop, step, device=x.device))
                k = slice(None)
            axis += 1
        plain.append(k)
    return x[tuple(plain)]


def as_static_shape(shape: Any) -> list[int | None] | None:
    """A shape as given by old code (None, an int, a list with None or -1, a TensorShape) as a list."""
    if shape is None:
        return None
    if isinstance(shape, TensorShape):
        return shape.as_list() if shape.ndims is not None else None
    if isinstance(shape, SymbolicNumber):
        return [None]
    if isinstance(shape, (int,)) or not hasattr(shape, "__iter__"):
        shape = [shape]
    sizes: list[int | None] = []
    for size in shape:
        value = getattr(size, "value", size)
        if value is not None and not isinstance(value, str):
            value = operator.index(value)
        if isinstance(value, str):
            raise TypeError(
                f"Dimension value must be integer or None or have an __index__ method, got {value!r}."
            )
        if value is not None and value < 0:
            if value != -1:
                raise ValueError(f"Dimension {value} must be >= 0")
            value = None
        sizes.append(value)
    return sizes


def merged_shape(first: Sequence[int | None], second: Sequence[int | None]) -> list[int | None]:
    """What two static shapes say together.

    Raises:
      ValueError: they contradict each other.
    """
    if len(first) != len(second):
        raise ValueError(f"Shapes {shown(first)} and {shown(second)} must have the same rank")
    merged: list[int | None] = []
    for a, b in zip(first, second):
        if a is not None and b is not None and a != b:
            raise ValueError(
                f"Dimension {len(merged)} in both shapes must be equal, but are {a} and {b}. Shapes are "
                f"{shown(first, '[]')} and {shown(second, '[]')}."
            )
        merged.append(b if a is None else a)
    return merged


def shown(shape: Sequence[int | None] | None, brackets: str = "()") -> str:
    """A static shape as TensorFlow's messages have it: `(?, 784)`."""
    if shape is None:
        return "<unknown>"
    inner = ", ".join("?" if size is None else str(size) for size in shape)
    if brackets == "()" and len(shape) == 1:
        inner += ","
    elif brackets == "[]":
        inner = inner.replace(" ", "")
    return brackets[0] + inner + brackets[1]


def _operator(
    function: Callable[..., Any], default: str, reflected: bool = False, compares: bool = False
) -> Callable[[SymbolicTensor, Any], Any]:
    def apply(self: SymbolicTensor, other: Any) -> Any:
        from slim_torch.recording import binary

        frame: Any = sys._getframe(1)
        module = frame.f_globals.get("__name__", "")
        internal = module.startswith("slim_torch.") and not module.startswith("slim_torch.nets.")
        operands = (other, self) if reflected else (self, other)
        return binary(function, operands, None if internal else default, compares)

    return apply


def _true_divide(a: Any, b: Any) -> torch.Tensor:
    dtype = (a if isinstance(a, torch.Tensor) else b).dtype
    if not dtype.is_floating_point:
        # Integers are divided in floating point, wide ones in double precision.
        wide = torch.float32 if dtype.itemsize < 4 else torch.float64
        a, b = (x.to(wide) if isinstance(x, torch.Tensor) else x for x in (a, b))
    return a / b


def _floor_divide(a: Any, b: Any) -> torch.Tensor:
    if not isinstance(a, torch.Tensor):
        a = torch.full_like(b, a)
    return torch.div(a, b, rounding_mode="floor")


def _reversible(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`function` of two tensors that also takes a number on the left."""

    def apply(a: Any, b: Any) -> torch.Tensor:
        return function(a if isinstance(a, torch.Tensor) else torch.full_like(b, a), b)

    apply.__name__ = function.__name__
    return apply


for _name, _function, _default in (
    ("add", operator.add, "add"),
    ("sub", operator.sub, "sub"),
    ("mul", operator.mul, "mul"),
    ("truediv", _true_divide, "truediv"),
    ("floordiv", _floor_divide, "floordiv"),
    ("mod", torch.remainder, "mod"),
    ("pow", torch.pow, "pow"),
    ("matmul", torch.matmul, "matmul"),
    ("and", _reversible(torch.logical_and), "and"),
    ("or", _reversible(torch.logical_or), "or"),
    ("xor", _reversible(torch.logical_xor), "xor"),
):
    setattr(SymbolicTensor, f"__{_name}__", _operator(_function, _default))
    setattr(SymbolicTensor, f"__r{_name}__", _operator(_function, _default, reflected=True))
    # x += y makes a new tensor, as in TensorFlow.
    setattr(SymbolicTensor, f"__i{_name}__", _operator(_function, _default))
for _name, _function, _default in (
    ("lt", torch.lt, "Less"),
    ("le", torch.le, "LessEqual"),
    ("gt", torch.gt, "Greater"),
    ("ge", torch.ge, "GreaterEqual"),
):
    setattr(SymbolicTensor, f"__{_name}__", _operator(_function, _default, compares=True))
setattr(SymbolicTensor, "__div__", SymbolicTensor.__truediv__)  # noqa: B010 - PyTorch's own is older Python's
