"""Where recorded values come from: placeholders, constants, random numbers, and the shapes of tensors.

Outside of steps these begin a recording; inside a step, where code computes as it goes, constants, random
numbers and shapes are real tensors, and a placeholder is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import errors
from slim_torch.building import with_its_value
from slim_torch.dtypes import as_dtype, constant_dtype, string
from slim_torch.graph import Graph, get_default_graph
from slim_torch.inference import Inferred, tensor_like
from slim_torch.recording import record, recorder_of, recording_graph, records
from slim_torch.symbolic import WORLDS, SymbolicTensor, as_static_shape, merged_shape, shown, static_shape

__all__ = [
    "constant",
    "fill",
    "linspace",
    "ones",
    "ones_like",
    "placeholder",
    "placeholder_with_default",
    "random_gamma",
    "random_normal",
    "random_poisson",
    "random_shuffle",
    "random_uniform",
    "range",
    "rank",
    "shape",
    "shape_n",
    "size",
    "truncated_normal",
    "zeros",
    "zeros_like",
]


def _unfed(name: str, dtype: Any, shape: Any) -> Any:
    kind = {"float32": "float", "float64": "double"}.get(
        str(dtype).removeprefix("torch."), str(dtype).removeprefix("torch.")
    )
    about = f" and shape {shown(shape, '[]')}" if shape is not None else ""
    raise errors.InvalidArgumentError(
        None, None, f"You must feed a value for placeholder tensor '{name}' with dtype {kind}{about}"
    )


def _outside_steps(what: str) -> Graph:
    graph = recording_graph()
    if graph is None:
        raise RuntimeError(
            f"{what} inside graph.step(): code there computes with real tensors. Pass tensors as arguments, or build the "
            f"graph at top level and run it in a tf.Session."
        )
    return graph


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SymbolicTensor:
    """A tensor whose value every run must be fed.

    Args:
      shape: None for sizes that are not known; None as a whole, also for the rank.

    Raises:
      RuntimeError: inside a step.

    Source: tf.placeholder.
    """
    graph = _outside_steps("tf.placeholder")
    kind, sizes = as_dtype(dtype), as_static_shape(shape)
    recorder = recorder_of(graph)
    made: SymbolicTensor = record(
        _unfed,
        (),
        op_type="Placeholder",
        name=name or "Placeholder",
        static=tensor_like(sizes, kind),
        graph=graph,
    )
    made.op.args = (made.op.name, kind, sizes)
    del recorder
    return made


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> SymbolicTensor:
    """A tensor that has the value `input` in runs that feed no other. Source: tf.placeholder_with_default."""
    graph = _outside_steps("tf.placeholder_with_default")
    value = constant(input) if not isinstance(input, torch.Tensor) else input
    sizes = as_static_shape(shape)
    known = static_shape(value.stand_ins) if isinstance(value, SymbolicTensor) else list(value.shape)
    if sizes is not None and known is not None:
        merged_shape(sizes, known)
    return record(
        _identity,
        (value,),
        op_type="PlaceholderWithDefault",
        name=name or "PlaceholderWithDefault",
        static=tensor_like(sizes, value.dtype),
        graph=graph,
    )


def _identity(value: Any) -> Any:
    return value


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str | None = None, verify_shape: bool = False
) -> Any:
    """A tensor with a fixed value; recorded outside of steps, a real one inside.

    Args:
      value: a number, string, array or nested list of them.
      shape: what the value is reshaped to; missing elements repeat the last one.

    Raises:
      ValueError: the value has more elements than the shape; `value` is None.
      TypeError: the value does not go into `dtype`.

    Source: tf.constant.
    """
    if value is None:
        raise ValueError("None values not supported.")
    if isinstance(value, SymbolicTensor):
        raise TypeError(
            f"List of Tensors when single Tensor expected: tf.constant needs a value, got {value!r}."
        )
    tensor = with_its_value(lambda: _real_constant(value, dtype, as_static_shape(shape), verify_shape))
    graph = recording_graph()
    if graph is None:
        return tensor
    recorder_of(graph)
    kind = string if isinstance(tensor, np.ndarray) else tensor.dtype
    static = (
        tensor_like(list(tensor.shape), kind)
        if isinstance(tensor, np.ndarray) or tensor.numel() > 64
        else Inferred(_known(tensor))
    )
    return record(_identity, (tensor,), op_type="Const", name=name or "Const", static=static, graph=graph)


def _known(tensor: torch.Tensor) -> Any:
    from slim_torch.inference import _Tensor

    return _Tensor((tensor,) * WORLDS, tensor.dtype)


def _real_constant(
    value: Any, dtype: Any, shape: Sequence[int | None] | None, verify_shape: bool = False
) -> Any:
    kind: Any = None if dtype is None else as_dtype(dtype)
    if isinstance(value, torch.Tensor):
        tensor = value.detach()
        tensor = tensor if kind is None else tensor.to(kind)
    else:
        array = np.asarray(value)
        if array.dtype.kind in "SU" and not isinstance(value, (np.ndarray, np.generic)):
            # NumPy's own strings lose zeros at their ends.
            array = np.asarray(value, dtype=object)
        if kind is string or (kind is None and array.dtype.kind in "SUO"):
            if array.dtype.kind not in "SUO":
                raise TypeError(f"Expected string, got {value!r} of type '{type(value).__name__}' instead.")
            flat = [item.encode() if isinstance(item, str) else item for item in array.reshape(-1).tolist()]
            found = np.empty(len(flat), dtype=object)
            found[:] = flat
            return found.reshape(array.shape)
        if array.dtype.kind in "SUO":
            raise TypeError(
                f"Expected {str(kind)[6:]}, got {value!r} of type '{type(value).__name__}' instead."
            )
        if kind is None:
            kind = constant_dtype(value)
        given_as_array = isinstance(value, (np.ndarray, np.generic))
        if array.dtype.kind == "f" and not (kind.is_floating_point or kind.is_complex or given_as_array):
            raise TypeError(f"Expected {str(kind)[6:]}, got {value!r} of type 'float' instead.")
        tensor = torch.from_numpy(np.array(array)).to(kind)
    if shape is None:
        return tensor
    sizes = [int(size) for size in shape if size is not None]
    count = int(np.prod(sizes))
    if verify_shape and list(tensor.shape) != sizes:
        raise TypeError(f"Expected Tensor's shape: {tuple(sizes)}, got {tuple(tensor.shape)}.")
    if tensor.numel() == count:
        return tensor.reshape(sizes)
    if tensor.numel() > count or not tensor.numel():
        raise ValueError(f"Too many elements provided. Needed at most {count}, but received {tensor.numel()}")
    elements = tensor.reshape(-1)
    return torch.cat([elements, elements[-1:].expand(count - len(elements))]).reshape(sizes)


# Tensors of sizes that may be recorded


def _sizes_and_graph(shape: Any) -> tuple[tuple[Any, ...], Graph | None]:
    from slim_torch.tensors import as_sizes

    return as_sizes(shape), recording_graph()


def _of_sizes(
    function: Callable[..., torch.Tensor],
    shape: Any,
    dtype: Any,
    args: tuple[Any, ...],
    op_type: str,
    name: str | None,
    stateful: bool = False,
) -> Any:
    """Records `function(sizes, dtype, device, *args)`, or calls it."""
    sizes, graph = _sizes_and_graph(shape)
    if graph is None:
        return function(sizes, dtype, get_default_graph().default_device or torch.get_default_device(), *args)
    recorder_of(graph)
    from slim_torch.symbolic import SymbolicNumber

    static = [None if isinstance(size, SymbolicNumber) else int(size) for size in sizes]
    device = graph.default_device or torch.device("cpu")
    return record(
        function,
        (sizes, dtype, device, *args),
        op_type=op_type,
        name=name or op_type,
        static=_static_of_sizes(function, sizes, dtype, args, static, stateful),
        graph=graph,
        stateful=False,
    )


def _static_of_sizes(
    function: Callable[..., Any], sizes: Any, dtype: Any, args: Any, static: Any, random: bool
) -> Inferred:
    small = None not in static and int(np.prod(static)) <= 64
    if small and not random and not any(isinstance(arg, torch.Tensor) for arg in args):
        return Inferred(_known(function([int(s) for s in sizes], dtype, torch.device("cpu"), *args)))
    if None in static:
        from slim_torch.inference import _Tensor
        from slim_torch.symbolic import _worlds_of

        worlds = zip(*map(_worlds_of, sizes))
        return Inferred(
            _Tensor(tuple(torch.empty(world, dtype=dtype, device="meta") for world in worlds), dtype)
        )
    return tensor_like(static, dtype)


def _filled(sizes: Any, dtype: Any, device: Any, value: Any) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.to(device=device, dtype=dtype).expand(tuple(sizes)).clone()
    return torch.full(tuple(sizes), value, dtype=dtype, device=device)


def zeros(shape: Any, dtype: Any = torch.float32, name: str | None = None) -> Any:
    """Zeros of a shape, which may hold recorded sizes. Source: tf.zeros."""
    kind = as_dtype(dtype)
    return _of_sizes(_filled, shape, kind, (False if kind == torch.bool else 0,), "zeros", name)


def ones(shape: Any, dtype: Any = torch.float32, name: str | None = None) -> Any:
    """Ones of a shape, which may hold recorded sizes. Source: tf.ones."""
    kind = as_dtype(dtype)
    return _of_sizes(_filled, shape, kind, (True if kind == torch.bool else 1,), "ones", name)


def fill(dims: Any, value: Any, name: str | None = None) -> Any:
    """A tensor of a shape, all elements equal to the scalar `value`. Source: tf.fill."""
    return _of_sizes(_filled, dims, constant_dtype(value), (value,), "Fill", name)


def _like(function: Callable[..., Any], tensor: Any, dtype: Any, name: str | None, default: str) -> Any:
    from slim_torch.tensors import as_tensor, named

    tensor = as_tensor(tensor)
    return named(function(tensor, dtype=None if dtype is None else as_dtype(dtype)), name, default)


def zeros_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Any:
    """Zeros of the shape of `tensor`. Source: tf.zeros_like."""
    return _like(torch.zeros_like, tensor, dtype, name, "zeros_like")


def ones_like(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Any:
    """Ones of the shape of `tensor`. Source: tf.ones_like."""
    return _like(torch.ones_like, tensor, dtype, name, "ones_like")


def _range(start: Any, limit: Any, delta: Any, dtype: Any) -> torch.Tensor:
    return torch.arange(
        *(float(x) if dtype.is_floating_point else int(x) for x in (start, limit, delta)), dtype=dtype
    )


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Any:
    """Numbers from `start` (0 if only one is given) up to, not including, `limit`. Source: tf.range."""
    if limit is None:
        start, limit = 0, start
    if dtype is None:
        kinds = [constant_dtype(value) for value in (start, limit, delta)]
        order = [torch.int32, torch.int64, torch.float32, torch.float64]
        kind = max(kinds, key=lambda k: order.index(k) if k in order else 0)
    else:
        kind = as_dtype(dtype)
    from slim_torch.tensors import leaf_call

    return leaf_call(_range, (start, limit, delta, kind), [None], kind, "Range", name)


def _linspace(start: Any, stop: Any, num: Any) -> torch.Tensor:
    return torch.linspace(float(start), float(stop), int(num))


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Any:
    """`num` numbers from `start` to `stop`, evenly spaced. Source: tf.linspace."""
    from slim_torch.tensors import leaf_call

    return leaf_call(_linspace, (start, stop, num), [None], torch.float32, "LinSpace", name)


# Shapes of tensors


def _shape_of(x: Any, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor(x.shape, dtype=dtype)


def shape(input: Any, name: str | None = None, out_type: Any = torch.int32) -> Any:
    """The shape as a tensor `[rank]`, in the CPU's memory. Source: tf.shape."""
    from slim_torch.tensors import as_tensor

    x = as_tensor(input)
    kind = as_dtype(out_type)
    if not isinstance(x, SymbolicTensor) and not (isinstance(x, torch.nn.Parameter) and records(x.graph)):  # type: ignore[attr-defined]
        return with_its_value(lambda: torch.tensor(x.shape, dtype=kind))
    known = static_shape(x.stand_ins) if isinstance(x, SymbolicTensor) else list(x.shape)
    static = tensor_like([None], kind) if known is None else None
    return record(_shape_of, (x, kind), op_type="Shape", name=name or "Shape", static=static)


def shape_n(input: Sequence[Any], out_type: Any = torch.int32, name: str | None = None) -> list[Any]:
    """The shapes of several tensors. Source: tf.shape_n."""
    return [shape(x, name, out_type) for x in input]


def _size_of(x: Any, dtype: torch.dtype) -> torch.Tensor:
    return torch.tensor(x.numel() if isinstance(x, torch.Tensor) else x.size, dtype=dtype)


def size(input: Any, name: str | None = None, out_type: Any = torch.int32) -> Any:
    """The number of elements as a 0-d tensor. Source: tf.size."""
    from slim_torch.tensors import as_tensor

    x = as_tensor(input)
    if not isinstance(x, SymbolicTensor):
        return with_its_value(lambda: torch.tensor(x.numel(), dtype=as_dtype(out_type)))
    static = tensor_like([], as_dtype(out_type)) if x.stand_ins is None else None
    return record(_size_of, (x, as_dtype(out_type)), op_type="Size", name=name or "Size", static=static)


def _rank_of(x: Any) -> torch.Tensor:
    return torch.tensor(x.dim() if isinstance(x, torch.Tensor) else x.ndim, dtype=torch.int32)


def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes as a 0-d tensor. Source: tf.rank."""
    from slim_torch.tensors import as_tensor

    x = as_tensor(input)
    if not isinstance(x, SymbolicTensor):
        return with_its_value(lambda: torch.tensor(x.dim(), dtype=torch.int32))
    if x.stand_ins is not None:
        return constant(x.dim(), torch.int32, name=name or "Rank")
    return record(_rank_of, (x,), op_type="Rank", name=name or "Rank", static=tensor_like([], torch.int32))


# Random numbers


def _random_stream(graph: Graph, name: str, seed: int | None, device: torch.device) -> torch.Generator | None:
    """A generator of its own where there is a seed; PyTorch's where there is none."""
    if seed is None and graph.seed is None:
        return None
    from slim_torch.session import _sessions

    session = _sessions.running[-1] if _sessions.running else None
    if session is None:
        return graph.stream(name, seed if seed is not None else 0, device)
    return session.stream(name, seed, device)


def _draw_uniform(sizes: Any, dtype: Any, device: Any, low: Any, high: Any, draw: Any) -> torch.Tensor:
    generator = draw(device)
    if dtype.is_floating_point:
        return torch.rand(tuple(sizes), dtype=dtype, device=device, generator=generator) * (high - low) + low
    return torch.randint(int(low), int(high), tuple(sizes), dtype=dtype, device=device, generator=generator)


def _draw_normal(sizes: Any, dtype: Any, device: Any, mean: Any, stddev: Any, draw: Any) -> torch.Tensor:
    return torch.randn(tuple(sizes), dtype=dtype, device=device, generator=draw(device)) * stddev + mean


def _draw_truncated_normal(
    sizes: Any, dtype: Any, device: Any, mean: Any, stddev: Any, draw: Any
) -> torch.Tensor:
    u = torch.rand(tuple(sizes), dtype=torch.float64, device=device, generator=draw(device))
    # The inverse of the distribution function, between two standard deviations on both sides.
    low, high = 0.022750131948179195, 0.9772498680518208
    return (torch.special.ndtri(u * (high - low) + low) * stddev + mean).to(dtype)


class _Draw:
    """The source of one random operation's numbers: picked anew at each run."""

    def __init__(self, seed: int | None, name: str) -> None:
        self._seed = seed
        self.name = name
        self._graph = get_default_graph()

    def __call__(self, device: torch.device) -> torch.Generator | None:
        return _random_stream(self._graph, self.name, self._seed, torch.device(device))


def _random(
    function: Callable[..., Any],
    shape: Any,
    dtype: Any,
    args: tuple[Any, ...],
    seed: int | None,
    default: str,
    name: str | None,
) -> Any:
    graph = get_default_graph()
    draw = _Draw(seed, graph.unique_name(name or default, mark_as_used=False))
    return _of_sizes(function, shape, as_dtype(dtype), (*args, draw), default, name, stateful=True)


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = torch.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Numbers drawn evenly from `[minval, maxval)`, anew at each run. Source: tf.random_uniform.

    Raises:
      ValueError: integers without `maxval`.
    """
    kind = as_dtype(dtype)
    if maxval is None:
        if not kind.is_floating_point:
            raise ValueError(f"Must specify maxval for integer dtype {str(kind)[6:]!r}")
        maxval = 1
    return _random(_draw_uniform, shape, kind, (minval, maxval), seed, "random_uniform", name)


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = torch.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normally distributed numbers, drawn anew at each run. Source: tf.random_normal."""
    return _random(_draw_normal, shape, dtype, (mean, stddev), seed, "random_normal", name)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = torch.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Normally distributed numbers within two standard deviations. Source: tf.truncated_normal."""
    return _random(_draw_truncated_normal, shape, dtype, (mean, stddev), seed, "truncated_normal", name)


def _draw_gamma(sizes: Any, dtype: Any, device: Any, alpha: Any, beta: Any, draw: Any) -> torch.Tensor:
    alpha = torch.as_tensor(alpha, dtype=dtype, device=device)
    return torch._standard_gamma(alpha.expand((*sizes, *alpha.shape)).contiguous(), draw(device)) / beta


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = 1.0,
    dtype: Any = torch.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Any:
    """Gamma distributed numbers for scalar `alpha` and `beta`. Source: tf.random_gamma."""
    return _random(_draw_gamma, shape, dtype, (alpha, beta), seed, "random_gamma", name)


def _draw_poisson(sizes: Any, dtype: Any, device: Any, lam: Any, draw: Any) -> torch.Tensor:
    rate = torch.as_tensor(lam, dtype=torch.float32, device=device)
    return torch.poisson(rate.expand((*sizes, *rate.shape)).contiguous(), draw(device)).to(dtype)


def random_poisson(
    lam: Any, shape: Any, dtype: Any = torch.float32, seed: int | None = None, name: str | None = None
) -> Any:
    """Poisson distributed numbers for a scalar rate. Source: tf.random_poisson."""
    return _random(_draw_poisson, shape, dtype, (lam,), seed, "random_poisson", name)


def _shuffled(x: torch.Tensor, draw: Any) -> torch.Tensor:
    return x[torch.randperm(len(x), generator=draw(torch.device("cpu"))).to(x.device)]


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Any:
    """`value` with its first axis in random order, anew at each run. Source: tf.random_shuffle."""
    from slim_torch.tensors import as_tensor

    x = as_tensor(value)
    draw = _Draw(seed, get_default_graph().unique_name(name or "RandomShuffle", mark_as_used=False))
    if not isinstance(x, SymbolicTensor):
        return _shuffled(x, draw)
    return record(
        _shuffled,
        (x, draw),
        op_type="RandomShuffle",
        name=name or "RandomShuffle",
        static=tensor_like(static_shape(x.stand_ins), x.dtype),
    )
