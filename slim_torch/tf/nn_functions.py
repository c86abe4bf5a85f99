"""`tf.nn`: the smaller functions of tensors: norms, biases, top entries, look-ups, dropout.

Activations are in `activations.py`, moments and batch normalization in `nn_statistics.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.inference import tensor_like
from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST, is_channels_first
from slim_torch.recording import record
from slim_torch.scopes import name_scope
from slim_torch.symbolic import is_symbolic
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.operands import (
    as_axes,
    check_compatible,
    check_window,
    either,
    floating_operand,
    is_known,
    operand,
    uniform_draws,
)
from slim_torch.tf.support import of_unknown_size, static_sizes

__all__ = [
    "TopK",
    "bias_add",
    "depth_to_space",
    "dropout",
    "embedding_lookup",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "local_response_normalization",
    "lrn",
    "relu_layer",
    "space_to_depth",
    "top_k",
    "xw_plus_b",
    "zero_fraction",
]


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """`x / sqrt(max(sum(x ** 2), epsilon))`, the sum along `axis`, by default over everything.

    `axis` is a number or several; `dim` is its old name. Source: tf.nn.l2_normalize.
    """
    x = as_tensor(x)
    with name_scope(name, "l2_normalize") as scope:
        total = x.square().sum(as_axes(either("axis", axis, "dim", dim), x.dim()), keepdim=True)
        return named(x * total.clamp(min=epsilon).rsqrt(), scope, "l2_normalize")


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """`sum(t ** 2) / 2`. Source: tf.nn.l2_loss."""
    return named(as_tensor(t).square().sum() / 2, name, "L2Loss")


def lrn(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """Local response normalization: `x / (bias + alpha * s) ** beta`.

    `s` is the sum of squares over the channels at most `depth_radius` away, not their mean.

    Args:
      input: `[batch, height, width, channels]`.

    Source: tf.nn.lrn.
    """
    x = floating_operand(input, "LRN", "input")
    check_window(x, 4, "LRN", "VALID")
    width = 2 * depth_radius + 1
    mean = F.avg_pool1d(x.square().flatten(0, 2), width, 1, depth_radius)
    base = bias + (alpha * width) * mean.view_as(x)
    return named(x * base.pow(-beta), name, "LRN")


local_response_normalization = lrn


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """`value + bias`, a number for each channel.

    Args:
      value: `[batch, ..., channels]`; `[batch, channels, ...]` if `data_format` starts with `"NC"`.
      bias: `[channels]`.

    Raises:
      ValueError: shapes do not fit, or the format is unknown.

    Source: tf.nn.bias_add.
    """
    if (
        data_format is not None
        and not data_format.startswith(("NC", "N...C"))
        and not data_format.endswith("C")
    ):
        raise ValueError(f"data_format must be of the form `N...C` or `NC...`, got {data_format!r}.")
    x = as_tensor(value)
    bias = operand(bias, x, "BiasAdd", "bias")
    if x.dim() < 2 or bias.dim() != 1:
        raise ValueError(
            f"Shape must be at least rank 2 with a bias of rank 1 for 'BiasAdd', got {tuple(x.shape)} and "
            f"{tuple(bias.shape)}."
        )
    channels_first = data_format is not None and data_format.startswith("NC")
    check_compatible(x.shape[1 if channels_first else -1], bias.shape[0], "channels and biases of 'BiasAdd'")
    if channels_first:
        bias = bias.view(-1, *(1,) * (x.dim() - 2))
    return named(x + bias, name, "BiasAdd")


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`x @ weights + biases`. Source: tf.nn.xw_plus_b."""
    with name_scope(name, "xw_plus_b") as scope:
        return named(_affine(x, weights, biases, "xw_plus_b"), scope, "xw_plus_b")


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`relu(x @ weights + biases)`. Source: tf.nn.relu_layer."""
    with name_scope(name, "relu_layer") as scope:
        return named(torch.relu(_affine(x, weights, biases, "relu_layer")), scope, "relu_layer")


def _affine(x: Any, weights: Any, biases: Any, op: str) -> Tensor:
    x = as_tensor(x)
    weights, biases = operand(weights, x, op, "weights"), operand(biases, x, op, "biases")
    if x.dim() != 2 or weights.dim() != 2:
        raise ValueError(f"'{op}': shapes must be rank 2, got {tuple(x.shape)} and {tuple(weights.shape)}.")
    check_compatible(x.shape[1], weights.shape[0], f"columns of x and rows of the weights of '{op}'")
    return torch.addmm(biases, x, weights)


class TopK(NamedTuple):
    """The largest entries and where they are."""

    values: Tensor
    indices: Tensor


def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopK:
    """The `k` largest entries along the last axis, and their places as int32.

    Of equal entries the earlier comes first. They are always sorted.

    Raises:
      ValueError: there are fewer than `k`.

    Source: tf.nn.top_k.
    """
    x = as_tensor(input)
    count = as_sizes(k)[0]
    if x.dim() == 0:
        raise ValueError("input must have at least 1 dimension, got a scalar.")
    size = x.shape[-1]
    if is_known(count, size) and not 0 <= count <= size:
        raise ValueError(f"input must have last dimension >= k = {count} but is {size}.")
    if not is_known(count):
        sizes = [*static_sizes(x)[:-1], None]
        results = [(sizes, x.dtype), (sizes, torch.int32)]
        return TopK(*of_unknown_size(_top.plain, (x, count), results, "TopKV2", name))  # type: ignore[attr-defined]
    return TopK(*named(_top(x, count), name, "TopKV2"))


@leaf
def _top(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    # torch.topk leaves open which of equal entries it takes.
    values, indices = x.sort(dim=-1, descending=True, stable=True)
    return values.narrow(-1, 0, count), indices.narrow(-1, 0, count).to(torch.int32)


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether fewer than `k` predictions are larger than that of the target.

    Args:
      predictions: float32 `[batch, classes]`.
      targets: int32 or int64 `[batch]`.

    Returns:
      bool `[batch]`; False where a prediction is not finite or the target is not one of the classes.

    Source: tf.nn.in_top_k.
    """
    predictions, targets = floating_operand(predictions, "InTopKV2", "predictions"), as_tensor(targets)
    with name_scope(name, "in_top_k"):
        places = targets.long().unsqueeze(1)
        valid = (targets >= 0) & (targets < predictions.shape[1])
        own = predictions.gather(
            1, places.clamp(min=0).minimum(torch.full_like(places, predictions.shape[1] - 1))
        )
        larger = (predictions > own).sum(1)
        result = (larger < k) & valid & predictions.isfinite().all(1)
        return named(result, name, "InTopKV2")


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: float | None = None,
) -> Tensor:
    """The rows of `params` that `ids` name.

    Args:
      params: `[rows, ...]`, or a list of the parts of it.
      ids: integers of any shape.
      partition_strategy: how rows were dealt to the parts: one by one (`"mod"`), or in blocks (`"div"`),
        the first ones larger by one.
      validate_indices: no effect; PyTorch always checks.
      max_norm: longer rows are scaled to this length.

    Raises:
      ValueError: an unknown strategy.

    Source: tf.nn.embedding_lookup.
    """
    parts = [as_tensor(part) for part in params] if isinstance(params, (list, tuple)) else [as_tensor(params)]
    if not parts:
        raise ValueError("Need at least one param")
    if partition_strategy not in ("mod", "div"):
        raise ValueError(f"Unrecognized partition strategy: {partition_strategy}. Use 'mod' or 'div'.")
    ids = as_tensor(ids, like=torch.zeros((), dtype=torch.int64))
    with name_scope(name, "embedding_lookup"):
        if len(parts) == 1:
            rows = _rows(parts[0], ids, max_norm)
            return named(rows, None, "Identity")
        if partition_strategy == "div":
            return named(_rows(torch.cat(parts), ids, max_norm), None, "Reshape_1")
        # Row i of part p is row i * len(parts) + p of the whole; laid one behind the other, the parts start here.
        starts = [torch.zeros_like(ids)]
        for previous in parts[:-1]:
            starts.append(starts[-1] + previous.shape[0])
        start = torch.stack(starts).gather(0, (ids % len(parts)).long().unsqueeze(0)).squeeze(0)
        return named(_rows(torch.cat(parts), start + ids // len(parts), max_norm), None, "Reshape_1")


def _rows(params: Tensor, ids: Tensor, max_norm: float | None) -> Tensor:
    rows = F.embedding(ids, params) if params.dim() == 2 else params[ids.long()]
    if max_norm is None:
        return rows
    others = list(range(ids.dim(), rows.dim()))
    norms = rows.square().sum(others, keepdim=True).sqrt()
    return rows * (norms.clamp(min=max_norm).reciprocal() * max_norm)


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """Sets elements to zero with probability `rate`, and scales the others by `1 / (1 - rate)`.

    Args:
      keep_prob: `1 - rate`, the old way of saying it.
      noise_shape: the shape of the random choice, broadcast to `x`; 1 keeps or drops a whole axis.
      seed: makes the sequence of choices repeatable; PyTorch's generator by default.

    Raises:
      ValueError: neither or both of `keep_prob` and `rate` are given, `rate` is not in [0, 1), `x` holds
        integers, or `noise_shape` does not fit.

    Source: tf.nn.dropout.
    """
    if rate is None and keep_prob is not None:
        rate = 1 - keep_prob
    elif keep_prob is not None:
        raise ValueError("Cannot specify both 'rate' and 'keep_prob'. Give `rate`.")
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    x = as_tensor(x)
    if not x.dtype.is_floating_point:
        raise ValueError(
            f"x has to be a floating point tensor since it's going to be scaled. Got a {str(x.dtype)[6:]} tensor "
            f"instead."
        )
    if not isinstance(rate, Tensor):
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}")
        if rate == 0:
            return x
    with name_scope(name, "dropout"):
        if noise_shape is None and seed is None and not isinstance(rate, Tensor):
            return named(F.dropout(x, rate, training=True), None, "mul_1")
        shape = tuple(x.shape)
        if noise_shape is not None:
            shape = tuple(
                own if size is None else size
                for own, size in zip(shape, _noise_sizes(noise_shape), strict=True)
            )
            for own, size in zip(shape, x.shape):
                if own != 1:
                    check_compatible(
                        own, size, f"noise_shape {shape} and shape {tuple(x.shape)} of the input"
                    )
        noise = uniform_draws(x, shape, 0.0, 1.0, None, seed)
        return named(torch.where(noise >= rate, x / (1 - rate), 0.0), None, "mul_1")


def _noise_sizes(noise_shape: Any) -> tuple[Any, ...]:
    if isinstance(noise_shape, Tensor):
        return as_sizes(noise_shape)
    return tuple(None if size is None else as_sizes(size)[0] for size in noise_shape)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of zeros, float32. Source: tf.nn.zero_fraction."""
    with name_scope(name, "zero_fraction"):
        return named((as_tensor(value) == 0).to(torch.float32).mean(), None, "fraction")


def space_to_depth(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Squares of pixels put into channels: `[b, h, w, c]` becomes `[b, h / s, w / s, s * s * c]`.

    Raises:
      ValueError: height or width is no multiple of `block_size`.

    Source: tf.nn.space_to_depth.
    """
    x, channels_first = _image_of(input, "SpaceToDepth", data_format)
    for size in x.shape[1:3]:
        check_compatible(
            size % block_size, 0, f"rest of image size {size} divided by block_size {block_size}"
        )
    if is_symbolic(x):
        # The sizes that stand for unknown ones are no multiples of anything.
        batch, height, width, channels = static_sizes(x)
        halved = [None if size is None else size // block_size for size in (height, width)]
        depth = None if channels is None else channels * block_size**2
        shape = [batch, *halved, depth]
        y = record(_in_channels, (x, block_size), op_type="SpaceToDepth", static=tensor_like(shape, x.dtype))
    else:
        y = _in_channels(x, block_size)
    return named(y.permute(CHANNELS_FIRST[2]) if channels_first else y, name, "SpaceToDepth")


def _in_channels(x: Tensor, size: int) -> Tensor:
    return x.unflatten(2, (-1, size)).unflatten(1, (-1, size)).permute(0, 1, 3, 2, 4, 5).flatten(3)


def depth_to_space(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Undoes `space_to_depth`.

    Raises:
      ValueError: the channels are no multiple of `block_size` squared.

    Source: tf.nn.depth_to_space.
    """
    x, channels_first = _image_of(input, "DepthToSpace", data_format)
    area = block_size * block_size
    check_compatible(
        x.shape[3] % area, 0, f"rest of the {x.shape[3]} channels divided by block_size ** 2 = {area}"
    )
    y = x.unflatten(3, (block_size, block_size, -1)).permute(0, 1, 3, 2, 4, 5).flatten(3, 4).flatten(1, 2)
    return named(y.permute(CHANNELS_FIRST[2]) if channels_first else y, name, "DepthToSpace")


def _image_of(input: Any, op: str, data_format: str) -> tuple[Tensor, bool]:
    x = as_tensor(input)
    check_window(x, 4, op, "VALID")
    channels_first = is_channels_first(data_format, ("NHWC", "NCHW"))
    return x.permute(CHANNELS_LAST[2]) if channels_first else x, channels_first
