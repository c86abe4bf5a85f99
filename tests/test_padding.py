"""Padding: its arithmetic against the definition, and what layers compute against an explicit pad.

The reference pads by the amounts that TensorFlow documents for SAME, and lets PyTorch compute without
padding; a maximum sees minus infinity there, a mean counts nothing.
"""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

import slim_torch as slim
from slim_torch import spatial
from slim_torch.graph import Graph
from slim_torch.padding import padding_pairs, same_padding, valid_output_size

SIZES, KERNELS, STRIDES, RATES = range(1, 20), range(1, 8), range(1, 5), range(1, 4)

sizes = st.sampled_from(SIZES)
kernels = st.sampled_from(KERNELS)
strides = st.sampled_from(STRIDES)
rates = st.sampled_from(RATES)
paddings = st.sampled_from(["SAME", "VALID"])


def pair(values):
    return st.tuples(values, values)


def examples(count):
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)


def amounts(size, kernel, stride, rate, padding):
    """The definition: `(before, after)`, the odd pixel after."""
    if padding == "VALID":
        return 0, 0
    total = max((math.ceil(size / stride) - 1) * stride + (kernel - 1) * rate + 1 - size, 0)
    return total // 2, total - total // 2


def output_size(size, kernel, stride, rate, padding):
    reach = (kernel - 1) * rate + 1
    return math.ceil(size / stride) if padding == "SAME" else (size - reach) // stride + 1


def assume_fits(shape, kernel, rate, padding):
    assume(padding == "SAME" or all((k - 1) * r + 1 <= n for n, k, r in zip(shape, kernel, rate)))


def padded(x, kernel, stride, rate, padding, value=0.0):
    """`x` (channels first) with the amounts around it that the definition gives."""
    flat = []
    for axis in reversed(range(len(kernel))):
        flat += amounts(x.shape[2 + axis], kernel[axis], stride[axis], rate[axis], padding)
    return F.pad(x, flat, value=value)


def images(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def run(layer, x, *args, **kwargs):
    """The output of a layer without activation, and its variables, in a graph of its own."""
    with Graph().as_default() as graph:
        graph.seed = 0
        return layer(x, *args, **kwargs), graph.variables


# --- arithmetic ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "rate", "before", "after"),
    [
        pytest.param(4, 3, 2, 1, 0, 1, id="odd-pixel-goes-after"),
        pytest.param(5, 3, 2, 1, 1, 1, id="symmetric"),
        pytest.param(4, 1, 2, 1, 0, 0, id="kernel-smaller-than-stride"),
        pytest.param(6, 3, 1, 2, 2, 2, id="dilated"),
        pytest.param(1, 7, 4, 1, 3, 3, id="kernel-larger-than-image"),
        pytest.param(224, 7, 2, 1, 2, 3, id="first-layer-of-a-residual-network"),
    ],
)
def test_same_padding_of_known_cases(size, kernel, stride, rate, before, after):
    assert same_padding(size, kernel, stride, rate) == (before, after)


def test_same_padding_is_its_definition_everywhere():
    for size in SIZES:
        for kernel in KERNELS:
            for stride in STRIDES:
                for rate in RATES:
                    case = (size, kernel, stride, rate)
                    assert same_padding(*case) == amounts(*case, "SAME"), case


@examples(300)
@given(st.integers(1, 1000), st.integers(1, 30), st.integers(1, 20), st.integers(1, 10))
def test_same_padding_is_the_least_that_gives_every_stride_a_window(size, kernel, stride, rate):
    before, after = same_padding(size, kernel, stride, rate)
    assert 0 <= after - before <= 1
    # With the padding there are ceil(size / stride) windows, or more that start in no new stride;
    # with a pixel less there are fewer.
    outputs = math.ceil(size / stride)
    reach = (kernel - 1) * rate + 1
    total = before + after
    assert (size + total - reach) // stride + 1 >= outputs
    if total:
        assert (size + total - 1 - reach) // stride + 1 < outputs


@examples(200)
@given(st.integers(1, 100), st.integers(1, 30), st.integers(1, 20), st.integers(1, 10))
def test_valid_counts_whole_windows(size, kernel, stride, rate):
    reach = (kernel - 1) * rate + 1
    starts = [start for start in range(0, size, stride) if start + reach <= size]
    if starts:
        assert valid_output_size(size, kernel, stride, rate) == len(starts)
    else:
        with pytest.raises(
            ValueError, match=f"Negative dimension size caused by subtracting {reach} from {size}"
        ):
            valid_output_size(size, kernel, stride, rate)


def test_explicit_pairs_are_taken_from_the_spatial_axes_of_either_format():
    arguments = ((5, 6), (3, 3), (1, 1), (1, 1))
    assert padding_pairs([[0, 0], [1, 2], [3, 4], [0, 0]], *arguments) == [(1, 2), (3, 4)]
    assert padding_pairs([[0, 0], [0, 0], [1, 2], [3, 4]], *arguments, channels_first=True) == [
        (1, 2),
        (3, 4),
    ]
    with pytest.raises(ValueError, match="needs a pair for each of the 4 axes"):
        padding_pairs([[1, 2], [3, 4]], *arguments)


# --- values ----------------------------------------------------------------------------------------


@examples(100)
@given(pair(sizes), pair(kernels), pair(strides), pair(rates), paddings, st.booleans())
def test_convolution_is_that_of_an_explicitly_padded_image(shape, kernel, stride, rate, padding, dilated):
    # The two exclude each other in a layer.
    stride, rate = ((1, 1), rate) if dilated else (stride, (1, 1))
    assume_fits(shape, kernel, rate, padding)
    x = images(2, *shape, 2)
    y, (weights, _) = run(
        slim.conv2d, x, 3, kernel, stride=stride, rate=rate, padding=padding, activation_fn=None
    )
    wanted = F.conv2d(
        padded(first(x), kernel, stride, rate, padding), weights.permute(3, 2, 0, 1), None, stride, 0, rate
    )
    torch.testing.assert_close(y, last(wanted))
    expected = [output_size(*case, padding) for case in zip(shape, kernel, stride, rate)]
    assert list(y.shape) == [2, *expected, 3]


def pooled(x, kind, kernel, stride, padding):
    """The reference, channels first: a maximum over minus infinity, or a sum divided by a count."""
    ones = (1,) * len(kernel)
    maximum, mean = (F.max_pool2d, F.avg_pool2d) if len(kernel) == 2 else (F.max_pool3d, F.avg_pool3d)
    if kind == "MAX":
        return maximum(padded(x, kernel, stride, ones, padding, -math.inf), kernel, stride)
    total = mean(padded(x, kernel, stride, ones, padding), kernel, stride)
    return total / mean(padded(torch.ones_like(x), kernel, stride, ones, padding), kernel, stride)


@pytest.mark.parametrize(
    ("layer", "kind"), [(slim.max_pool2d, "MAX"), (slim.avg_pool2d, "AVG")], ids=["max", "avg"]
)
def test_pooling_is_that_of_an_explicitly_padded_image(layer, kind):
    @examples(120)
    @given(pair(sizes), pair(kernels), pair(strides), paddings)
    def check(shape, kernel, stride, padding):
        assume_fits(shape, kernel, (1, 1), padding)
        # Positive and negative images: a padding of zeros must not win a maximum.
        x = (images(2, *shape, 2) - 2).requires_grad_()
        y, _ = run(layer, x, kernel, stride, padding=padding)
        wanted = last(pooled(first(x), kind, kernel, stride, padding))
        torch.testing.assert_close(y, wanted)
        expected = [output_size(n, k, s, 1, padding) for n, k, s in zip(shape, kernel, stride)]
        assert list(y.shape) == [2, *expected, 2]
        cotangent = images(*y.shape)
        torch.testing.assert_close(
            torch.autograd.grad(y, x, cotangent), torch.autograd.grad(wanted, x, cotangent)
        )

    check()


@pytest.mark.parametrize(
    ("layer", "kind"), [(slim.max_pool3d, "MAX"), (slim.avg_pool3d, "AVG")], ids=["max", "avg"]
)
def test_pooling_of_volumes_is_that_of_an_explicitly_padded_volume(layer, kind):
    few = st.integers(1, 5)

    @examples(60)
    @given(st.tuples(few, few, few), st.tuples(few, few, few), st.tuples(*[st.integers(1, 3)] * 3), paddings)
    def check(shape, kernel, stride, padding):
        assume_fits(shape, kernel, (1, 1, 1), padding)
        x = images(1, *shape, 2) - 2
        y, _ = run(layer, x, kernel, stride, padding=padding)
        torch.testing.assert_close(y, last(pooled(first(x), kind, kernel, stride, padding)))

    check()


@examples(60)
@given(pair(st.integers(1, 7)), pair(kernels), pair(strides), paddings)
def test_transposed_convolution_is_the_gradient_of_the_convolution(shape, kernel, stride, padding):
    y = images(2, *shape, 3)
    x, (weights, _) = run(
        slim.conv2d_transpose, y, 2, kernel, stride=stride, padding=padding, activation_fn=None
    )
    beyond = [0 if padding == "SAME" else max(k - s, 0) for k, s in zip(kernel, stride)]
    assert list(x.shape) == [2, *(n * s + b for n, s, b in zip(shape, stride, beyond)), 2]
    # The convolution that makes images of the size of y out of images of the size of x.
    image = images(*x.shape).requires_grad_()
    forward = spatial.convolve(
        image, weights.detach().permute(3, 2, 0, 1), None, stride=stride, padding=padding, rate=(1, 1)
    )
    assert forward.shape == y.shape
    torch.testing.assert_close(x, torch.autograd.grad(forward, image, y)[0])


@examples(40)
@given(st.integers(1, 19), kernels, rates, st.sampled_from(["MAX", "AVG"]))
def test_dilated_pooling_takes_the_pixels_of_its_windows(size, kernel, rate, kind):
    reach = (kernel - 1) * rate + 1
    assume(reach <= size)
    x = images(1, size, size, 1)
    y, _ = run(slim.pool, x, (kernel, 1), kind, "VALID", dilation_rate=(rate, 1))
    windows = torch.stack([x[:, i * rate : i * rate + size - reach + 1] for i in range(kernel)])
    torch.testing.assert_close(y, windows.amax(0) if kind == "MAX" else windows.mean(0))


# --- where an explicit pad is needed ---------------------------------------------------------------


class Pads(TorchDispatchMode):
    """Whether anything was padded explicitly."""

    found = False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.found |= func.overloadpacket is torch.ops.aten.constant_pad_nd
        return func(*args, **(kwargs or {}))


def pads(layer, *args, **kwargs):
    with Pads() as mode:
        run(layer, *args, **kwargs)
    return mode.found


@pytest.mark.parametrize("layer", [slim.max_pool2d, slim.avg_pool2d], ids=["max", "avg"])
def test_pooling_pads_explicitly_only_for_an_even_kernel_at_stride_one(layer):
    cases = [(size, kernel, stride) for size in SIZES for kernel in KERNELS for stride in STRIDES]
    padding = [
        (size, kernel, stride)
        for size, kernel, stride in cases
        if pads(layer, torch.zeros(1, size, size, 1), kernel, stride, padding="SAME")
    ]
    assert padding == [case for case in cases if case[2] == 1 and case[1] % 2 == 0]
    # 19 sizes and 3 even kernels of 532 cases.
    assert (len(padding), len(cases)) == (57, 532)


def test_convolution_pads_explicitly_only_where_the_two_sides_differ():
    for size in (7, 8):
        for kernel in KERNELS:
            for stride in STRIDES:
                before, after = amounts(size, kernel, stride, 1, "SAME")
                x = torch.zeros(1, size, size, 1)
                assert pads(slim.conv2d, x, 1, kernel, stride) == (before != after), (size, kernel, stride)


@pytest.mark.parametrize("layer", [slim.max_pool2d, slim.avg_pool2d, slim.conv2d], ids=["max", "avg", "conv"])
def test_valid_never_pads(layer):
    arguments = (1, 3, 2) if layer is slim.conv2d else (3, 2)
    for size in range(3, 10):
        assert not pads(layer, torch.zeros(1, size, size, 1), *arguments, padding="VALID")


def test_channels_first_pads_the_same_axes():
    x = images(2, 4, 6, 3)
    y, _ = run(slim.max_pool2d, x, 3, 2, padding="SAME")
    z, _ = run(slim.max_pool2d, first(x), 3, 2, padding="SAME", data_format="NCHW")
    assert torch.equal(last(z), y)
