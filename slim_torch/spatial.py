"""Convolution and pooling as TensorFlow computes them, on PyTorch's kernels.

Every convolution and every pooling of the package goes through the functions here, which alone know
how padding, layout and format meet. Variables and scopes are not their business. Invariants: a
channels-last tensor is handed to PyTorch as a permuted view, which is PyTorch's own `channels_last`
layout, and comes back as one; no activation is copied but where SAME needs one more pixel on one side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from slim_torch.padding import CHANNELS_FIRST, CHANNELS_LAST, Pairs, padding_pairs, same_padding
from slim_torch.tensors import leaf

__all__ = [
    "convolve",
    "convolve_transposed",
    "depthwise_convolve",
    "fixed_padding",
    "padded_convolution",
    "pool",
    "pooled",
]

# One spatial axis is computed as two, the first of size one: PyTorch has no channels-last form for it.
_CONV: dict[int, Callable[..., torch.Tensor]] = {2: F.conv2d, 3: F.conv3d}
_CONV_TRANSPOSED: dict[int, Callable[..., torch.Tensor]] = {2: F.conv_transpose2d, 3: F.conv_transpose3d}
_MAX_POOL: dict[int, Callable[..., torch.Tensor]] = {2: F.max_pool2d, 3: F.max_pool3d}
_AVG_POOL: dict[int, Callable[..., torch.Tensor]] = {2: F.avg_pool2d, 3: F.avg_pool3d}


def _known_equal(a: Any, b: Any) -> bool:
    """Whether two sizes are equal whatever the symbols in them stand for."""
    # Under torch.compile a symbolic size passes for an int. PyTorch's own test is slow to import.
    if type(a) is int and type(b) is int and not torch.compiler.is_dynamo_compiling():
        return a == b
    from torch.fx.experimental.symbolic_shapes import statically_known_true

    return statically_known_true(a == b)


def _split_padding(
    x: torch.Tensor, pairs: Pairs, value: float = 0.0, everywhere: bool = False
) -> tuple[torch.Tensor, list[int]]:
    """Pads `x` on the axes where the two sides differ, or on all if `everywhere`.

    The padding of the other axes is left to the kernel's argument, which is the second result.
    """
    symmetric: list[int] = []
    if not everywhere and not torch.compiler.is_dynamo_compiling():
        for before, after in pairs:
            if type(before) is int and type(after) is int and before == after:
                symmetric.append(before)
        if len(symmetric) == len(pairs):
            return x, symmetric
        symmetric = []
    explicit: list[Any] = []
    pads = False
    for before, after in pairs:
        # A symbolic size may turn out odd: then pad explicitly and let nothing depend on its parity.
        if _known_equal(before, after) and not everywhere:
            symmetric.append(before)
            explicit += (0, 0)
        else:
            symmetric.append(0)
            explicit += (after, before)
            pads = True
    if pads:
        explicit.reverse()
        x = F.pad(x, explicit, value=value)
    return x, symmetric


def fixed_padding(
    padding: Any, kernel: Sequence[int], stride: Sequence[int], rate: Sequence[int]
) -> list[int] | None:
    """What a convolution's kernel is told to pad, if it is the same for images of all sizes; else None."""
    pads: list[int] = []
    for size, step, distance in zip(kernel, stride, rate):
        if padding != "SAME" or (step > 1 and size > 1) or size < 1:
            return None
        before, after = same_padding(0, size, step, distance)
        if before != after:
            return None
        pads.append(before)
    return pads


def convolve(
    inputs: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    *,
    stride: Sequence[int],
    padding: Any,
    rate: Sequence[int],
    channels_first: bool = False,
    groups: int = 1,
    pads: Sequence[int] | None = None,
) -> torch.Tensor:
    """A convolution with TensorFlow's padding.

    Args:
      inputs: `[batch, spatial..., in]`, or `[batch, in, spatial...]` if `channels_first`; one to three
        spatial axes.
      kernel: `[out, in / groups, spatial...]`, PyTorch's order of axes.
      bias: `[out]` or None.
      stride, rate: one entry for each spatial axis.
      padding: see `padding_pairs`.
      pads: the `fixed_padding` of these arguments; it is not looked for here.

    Returns:
      The output in the format of `inputs`.
    """
    n = len(stride)
    x = inputs if channels_first else inputs.permute(CHANNELS_FIRST[n])
    if pads is not None and n > 1:
        y = _CONV[n](x, kernel, bias, stride, pads, rate, groups)
        return y if channels_first else y.permute(CHANNELS_LAST[n])
    if padding == "SAME" and type(x) is not torch.Tensor:
        y = padded_convolution(x, kernel, bias, tuple(stride), tuple(rate), groups)
        return y if channels_first else y.permute(CHANNELS_LAST[n])
    pairs = padding_pairs(padding, x.shape[2:], kernel.shape[2:], stride, rate, channels_first)
    y = _convolved(x, kernel, bias, stride, pairs, rate, groups)
    return y if channels_first else y.permute(CHANNELS_LAST[n])


def _convolved(
    x: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    stride: Sequence[int],
    pairs: Pairs,
    rate: Sequence[int],
    groups: int,
) -> torch.Tensor:
    """The convolution of `[batch, in, spatial...]` padded by `pairs`."""
    n = len(stride)
    if n == 1:
        x, kernel, pairs = x.unsqueeze(2), kernel.unsqueeze(2), [(0, 0), *pairs]
        stride, rate = (1, *stride), (1, *rate)
    x, symmetric = _split_padding(x, pairs)
    y = _CONV[len(stride)](x, kernel, bias, tuple(stride), symmetric, tuple(rate), groups)
    return y.squeeze(2) if n == 1 else y


@leaf
def padded_convolution(
    x: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    stride: Sequence[int],
    rate: Sequence[int],
    groups: int,
) -> torch.Tensor:
    """A convolution of `[batch, in, spatial...]` with SAME, whose padding is known only when the graph runs."""
    pairs = padding_pairs("SAME", x.shape[2:], kernel.shape[2:], stride, rate, True)
    return _convolved(x, kernel, bias, stride, pairs, rate, groups)


def depthwise_convolve(
    inputs: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    *,
    stride: Sequence[int],
    padding: str,
    rate: Sequence[int],
    channels_first: bool = False,
) -> torch.Tensor:
    """Each channel convolved on its own, `multiplier` outputs each. Source: tf.nn.depthwise_conv2d.

    Args:
      inputs: `[batch, height, width, in]`, or `[batch, in, height, width]`.
      kernel: `[in * multiplier, 1, kernel_height, kernel_width]`.
    """
    groups = inputs.shape[1 if channels_first else 3]
    both = max(stride) > 1 and max(rate) > 1
    y = convolve(
        inputs,
        kernel,
        bias,
        stride=(1, 1) if both else stride,
        padding=padding,
        rate=rate,
        channels_first=channels_first,
        groups=groups,
    )
    if both:
        # TensorFlow interleaves the input into `rate` smaller images, convolves each with the stride, and
        # interleaves the results: out[q] = y[q // rate * rate * stride + q % rate].
        for axis in (0, 1):
            y = _interleaved_stride(y, axis + (2 if channels_first else 1), stride[axis], rate[axis])
    return y


def _interleaved_stride(y: torch.Tensor, axis: int, stride: int, rate: int) -> torch.Tensor:
    return y.index_select(axis, _interleaved_places(y, axis, stride, rate))


@leaf
def _interleaved_places(y: torch.Tensor, axis: int, stride: int, rate: int) -> torch.Tensor:
    length = y.shape[axis]
    missing = (-length) % rate
    blocks = -(-((length + missing) // rate) // stride)
    places = torch.arange(blocks * rate - missing, device=y.device)
    return places // rate * (rate * stride) + places % rate


def convolve_transposed(
    inputs: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    *,
    stride: Sequence[int],
    padding: str,
    channels_first: bool = False,
) -> torch.Tensor:
    """A transposed convolution: `size * stride` places for SAME, more for VALID.

    It is the gradient of the convolution that makes `inputs` of an image of the output's size, so the
    pixel that SAME adds after the image is cut off after it here.

    Args:
      inputs: `[batch, spatial..., in]`, or `[batch, in, spatial...]`; two or three spatial axes.
      kernel: `[in, out, spatial...]`, PyTorch's order of axes.

    Source: tf.nn.conv2d_transpose.
    """
    n = len(stride)
    x = inputs if channels_first else inputs.permute(CHANNELS_FIRST[n])
    sizes = kernel.shape[2:]
    overlap = [max(sizes[i] - stride[i], 0) if padding == "SAME" else 0 for i in range(n)]
    gap = [max(stride[i] - sizes[i], 0) for i in range(n)]
    y = _CONV_TRANSPOSED[n](x, kernel, bias, tuple(stride), [total // 2 for total in overlap], gap)
    for i, total in enumerate(overlap):
        if total % 2:
            y = y.narrow(2 + i, 0, y.shape[2 + i] - 1)
    return y if channels_first else y.permute(CHANNELS_LAST[n])


def pool(
    inputs: torch.Tensor,
    kind: str,
    *,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: str,
    rate: Sequence[int] | None = None,
    channels_first: bool = False,
) -> torch.Tensor:
    """The largest (`kind="MAX"`) or mean (`"AVG"`) value of each window, channel by channel.

    Padding is never part of a window's content: it does not win a maximum and is not counted in a mean.

    Args:
      inputs: `[batch, spatial..., channels]`, or `[batch, channels, spatial...]`; one to three spatial
        axes. Integers are allowed for a maximum.
      kernel, stride, rate: one entry for each spatial axis.

    Raises:
      ValueError: VALID, and the input is smaller than the window.

    Source: tf.nn.pool.
    """
    n = len(kernel)
    rate = (1,) * n if rate is None else rate
    x = inputs if channels_first else inputs.permute(CHANNELS_FIRST[n])
    function = _pooled if type(x) is torch.Tensor else pooled
    y = function(x, kind, kernel, stride, padding, rate)
    return y if channels_first else y.permute(CHANNELS_LAST[n])


def _pooled(
    x: torch.Tensor,
    kind: str,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: str,
    rate: Sequence[int],
) -> torch.Tensor:
    """`pool` of `[batch, channels, spatial...]`."""
    n = len(kernel)
    pairs = padding_pairs(padding, x.shape[2:], kernel, stride, rate)
    if n == 1:
        x, pairs = x.unsqueeze(2), [(0, 0), *pairs]
        kernel, stride, rate = (1, *kernel), (1, *stride), (1, *rate)
    y = (
        _max_pool(x, kernel, stride, pairs, rate)
        if kind == "MAX"
        else _avg_pool(x, kernel, stride, pairs, rate)
    )
    return y.squeeze(2) if n == 1 else y


@leaf
def pooled(
    x: torch.Tensor,
    kind: str,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: str,
    rate: Sequence[int],
) -> torch.Tensor:
    """`pool` of `[batch, channels, spatial...]` as one operation: its padding depends on sizes."""
    return _pooled(x, kind, kernel, stride, padding, rate)


def _pool_padding(pairs: Pairs, stride: Sequence[int]) -> tuple[Pairs, bool]:
    """Pairs for `_split_padding`, and whether the last window may run over the edge.

    With `ceil_mode` a window that starts inside the image may end outside, so where the stride is above
    one the odd pixel after the image need not exist.
    """
    over = False
    lightened: Pairs = []
    for (before, after), step in zip(pairs, stride):
        if step > 1 and _known_equal(after - before, 1):
            over = True
            after = before
        lightened.append((before, after))
    return lightened, over


def _max_pool(
    x: torch.Tensor, kernel: Sequence[int], stride: Sequence[int], pairs: Pairs, rate: Sequence[int]
) -> torch.Tensor:
    if not x.dtype.is_floating_point:
        # Exact for 32-bit integers; PyTorch has no integer kernels.
        return _max_pool(x.to(torch.float64), kernel, stride, pairs, rate).to(x.dtype)
    pairs, over = _pool_padding(pairs, stride)
    x, symmetric = _split_padding(x, pairs, value=-torch.inf)
    return _MAX_POOL[len(kernel)](x, tuple(kernel), tuple(stride), symmetric, tuple(rate), over)


def _avg_pool(
    x: torch.Tensor, kernel: Sequence[int], stride: Sequence[int], pairs: Pairs, rate: Sequence[int]
) -> torch.Tensor:
    n = len(kernel)
    if max(rate) > 1:
        channels = x.shape[1]
        weights = x.new_ones((1, 1, *kernel)) / _product(kernel)
        weights = weights.expand(channels, 1, *kernel)
        return _CONV[n](x, weights, None, tuple(stride), 0, tuple(rate), channels)
    lightened, over = _pool_padding(pairs, stride)
    # F.avg_pool3d refuses an image smaller than its window, padding or not.
    everywhere = n == 3 and any(type(size) is int and size < k for size, k in zip(x.shape[2:], kernel))
    if everywhere:
        lightened, over = pairs, False
    padded, symmetric = _split_padding(x, lightened, everywhere=everywhere)
    arguments = (tuple(kernel), tuple(stride), symmetric, over, False)
    y = _AVG_POOL[n](padded, *arguments)
    if padded is x:
        return y
    # The explicit zeros were counted: divide by the share of each window that is image.
    image, _ = _split_padding(x.new_ones((1, 1, *x.shape[2:])), lightened, everywhere=everywhere)
    return y / _AVG_POOL[n](image, *arguments)


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product
