"""What is kept from one step to the next: a convolution's variables and arguments, and nothing of its outputs."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import slim_torch as slim
from slim_torch import initializers
from slim_torch.graph import Graph, GraphKeys
from slim_torch.scopes import get_variable


@pytest.fixture
def graph():
    graph = Graph()
    with graph.as_default():
        yield graph


def images(size=6, channels=2, batch=2):
    return torch.randn(batch, size, size, channels, generator=torch.Generator().manual_seed(size))


def expected(x, weights, **kwargs):
    return F.conv2d(x.permute(0, 3, 1, 2), weights.permute(3, 2, 0, 1), **kwargs).permute(0, 2, 3, 1)


def conv(x, outputs=3, kernel_size=3, **kwargs):
    return slim.conv2d(
        x, outputs, kernel_size, activation_fn=None, biases_initializer=None, scope="conv", **kwargs
    )


CHANGES = [
    ({}, {"padding": 1}),
    ({"stride": 2}, {"stride": 2, "padding": (1, 1)}),
    ({"rate": 2}, {"padding": 2, "dilation": 2}),
    ({"padding": "VALID"}, {}),
    ({"stride": [1, 3], "padding": "valid"}, {"stride": (1, 3)}),
    ({"padding": [[0, 0], [2, 2], [0, 0], [0, 0]]}, {"padding": (2, 0)}),
    ({"kernel_size": [3, 3]}, {"padding": 1}),
    ({"kernel_size": np.array([3, 3])}, {"padding": 1}),
    ({"stride": np.array([3, 1]), "padding": "VALID"}, {"stride": (3, 1)}),
]


@pytest.mark.parametrize(("ours", "theirs"), CHANGES)
def test_a_later_step_may_call_with_other_arguments(graph, ours, theirs):
    sizes = 7, 9  # An odd number of pixels: a stride of two pads both sides alike.
    for kwargs, torchs in (({}, {"padding": 1}), (ours, theirs), (ours, theirs), ({}, {"padding": 1})):
        for size in sizes:
            x = images(size)
            with graph.step():
                y = conv(x, **kwargs)
            torch.testing.assert_close(y, expected(x, graph.variables[0], **torchs))
    assert len(graph.variables) == 1


def test_same_with_a_stride_pads_by_the_size_of_each_image(graph):
    for size in (6, 7, 6, 8, 9):
        x = images(size)
        with graph.step():
            y = conv(x, stride=2)
        padded = F.pad(x, (0, 0, size % 2, 1, size % 2, 1))
        torch.testing.assert_close(y, expected(padded, graph.variables[0], stride=2))


def test_valid_refuses_an_image_smaller_than_the_window_in_a_later_step(graph):
    with graph.step():
        conv(images(6), padding="VALID")
    with graph.step(), pytest.raises(ValueError, match="Negative dimension size"):
        conv(images(2), padding="VALID")


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [({"kernel_size": 5}, "shape"), ({"outputs": 4}, "shape"), ({"stride": 0}, "must be positive")],
)
def test_a_later_step_with_arguments_that_do_not_fit_is_refused(graph, kwargs, match):
    for _ in range(2):
        with graph.step():
            conv(images())
    with graph.step(), pytest.raises(ValueError, match=match):
        conv(images(), **kwargs)


def test_other_channels_or_another_dtype_in_a_later_step_are_refused(graph):
    with graph.step():
        conv(images())
    with graph.step(), pytest.raises(ValueError, match="specified shape"):
        conv(images(channels=4))
    with graph.step(), pytest.raises(ValueError, match="specified dtype"):
        conv(images().double())


def test_a_list_that_the_caller_changes_is_not_what_was_asked(graph):
    stride = [1, 1]
    x = images(7)
    with graph.step():
        conv(x, stride=stride)
    stride[:] = [2, 2]
    with graph.step():
        y = conv(x, stride=stride)
    torch.testing.assert_close(y, expected(x, graph.variables[0], stride=2, padding=1))


def test_reuse_in_the_same_step_with_another_size_and_stride(graph):
    x, z = images(7), images(9, batch=1)
    for _ in range(3):
        with graph.step():
            first = conv(x)
            second = conv(z, stride=2, reuse=True)
        torch.testing.assert_close(first, expected(x, graph.variables[0], padding=1))
        torch.testing.assert_close(second, expected(z, graph.variables[0], stride=2, padding=1))
    assert len(graph.variables) == 1


def test_a_second_call_in_a_step_without_reuse_is_refused_in_every_step(graph):
    for _ in range(3):
        with graph.step():
            conv(images())
            with pytest.raises(ValueError, match="already exists"):
                conv(images())


def test_biases_come_and_go_between_steps(graph):
    x = images()
    with graph.step():
        conv(x)
    for _ in range(2):
        with graph.step():
            y = slim.conv2d(
                x, 3, 3, activation_fn=None, biases_initializer=initializers.ones_initializer(), scope="conv"
            )
        torch.testing.assert_close(y, expected(x, graph.variables[0], padding=1) + 1)
    with graph.step():
        torch.testing.assert_close(conv(x), expected(x, graph.variables[0], padding=1))


def test_values_put_in_place_of_the_variables_are_used(graph):
    x = images()
    for _ in range(2):
        with graph.step():
            conv(x)
    weights = graph.variables[0]
    weights.data = torch.ones_like(weights)
    with graph.step():
        torch.testing.assert_close(conv(x), expected(x, torch.ones(3, 3, 2, 3), padding=1))
    graph.to("cpu")
    weights.assign(torch.zeros_like(weights))
    with graph.step():
        assert not conv(x).any()


def test_gradients_reach_the_weights_in_every_step(graph):
    for _ in range(3):
        with graph.step():
            conv(images()).sum().backward()
        assert graph.variables[0].grad.abs().sum() > 0
        graph.variables[0].grad = None
        with graph.step(), torch.no_grad():
            conv(images())


def test_functional_call_reaches_a_convolution_that_is_known():
    module = slim.Module(conv)
    x = images()
    for _ in range(3):
        y = module(x)
    (name,) = dict(module.named_parameters())
    other = torch.func.functional_call(module, {name: torch.zeros(3, 3, 2, 3)}, x)
    assert not other.any()
    torch.testing.assert_close(module(x), y)


def test_regularization_losses_are_there_in_every_step(graph):
    for _ in range(3):
        with graph.step():
            kwargs = {"weights_regularizer": slim.l2_regularizer(1.0), "scope": "a"}
            slim.conv2d(images(), 3, 3, biases_regularizer=slim.l1_regularizer(1.0), **kwargs)
            slim.conv2d(images(), 3, 3, reuse=True, **kwargs)
        weights, losses = graph.variables[0], graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
        torch.testing.assert_close(losses, [weights.square().sum() / 2, torch.tensor(0.0)])


def test_a_normalizer_that_comes_later_makes_model_variables(graph):
    with graph.step():
        conv(images())

    def normalizer(y):
        return y * get_variable("factor", [3], initializer=initializers.ones_initializer())

    for _ in range(2):
        with graph.step():
            conv(images(), normalizer_fn=normalizer)
    assert [v.op.name for v in graph.get_collection(GraphKeys.MODEL_VARIABLES)] == [
        "conv/weights",
        "conv/factor",
    ]


def test_a_convolution_and_a_batch_norm_may_share_a_scope(graph):
    x = images()
    for _ in range(3):
        with graph.step():
            y = conv(x)
            z = slim.batch_norm(y, is_training=False, scope="conv")
        torch.testing.assert_close(y, expected(x, graph.variables[0], padding=1))
        torch.testing.assert_close(z, y / 1.001**0.5)


@pytest.mark.parametrize("stride", [1, 2])
def test_compiled_code_takes_images_of_all_sizes_without_being_compiled_again(stride):
    module = slim.Module(lambda x: conv(x, stride=stride)).build(images())
    compiled = torch.compile(module, backend="eager", fullgraph=True, dynamic=True)
    module(images())
    compiled(images(8))
    with torch.compiler.set_stance("fail_on_recompile"):
        for size in (10, 12, 14):
            torch.testing.assert_close(compiled(images(size)), module(images(size)))


def test_outputs_of_a_step_are_freed_when_the_next_one_begins(graph):
    with graph.step():
        seen = weakref.ref(conv(images(), outputs_collections="outputs"))
    assert seen() is not None
    with graph.step():
        assert seen() is None


def test_outputs_of_a_step_stay_during_a_step_inside_it(graph):
    with graph.step():
        seen = weakref.ref(conv(images(), outputs_collections="outputs"))
        with graph.step():
            conv(images(), outputs_collections="outputs")
        assert seen() is not None
        assert len(graph.get_collection("outputs")) == 2
