"""Where layers put things: on which device, in which layout, and how often an activation is copied."""

from __future__ import annotations

import pytest
import torch
from row_runner import answers, assert_same_answers, built, has_variables, is_traceable, rows, run, step_of

import slim_torch as slim
from slim_torch.graph import Graph

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


def storages(value):
    tensors = [value] if isinstance(value, torch.Tensor) else [value.indices, value.values]
    return {tensor.untyped_storage().data_ptr() for tensor in tensors}


@rows()
def test_inputs_are_not_written_to_and_outputs_share_no_memory_with_variables(row):
    x = row.inputs()
    before = x.clone()
    graph = built(row)
    version = x._version
    y = run(row, graph, x)
    assert x._version == version
    assert torch.equal(x, before)
    assert storages(y) & {v.untyped_storage().data_ptr() for v in graph.variables} == set()


# --- layout ----------------------------------------------------------------------------------------

BATCH, SIZE, CHANNELS = 6, 9, 5

# Sizes are such that SAME never needs an odd pixel, but for the cases of the last test.
IMAGES = [
    pytest.param(lambda x: slim.conv2d(x, 5, 3), id="conv2d"),
    pytest.param(lambda x: slim.conv2d(x, 5, 3, stride=2), id="conv2d-strided"),
    pytest.param(lambda x: slim.conv2d(x, 5, 1, stride=2), id="conv2d-pointwise-strided"),
    pytest.param(lambda x: slim.conv2d(x, 5, 3, rate=2), id="conv2d-dilated"),
    pytest.param(lambda x: slim.conv2d(x, 5, 3, normalizer_fn=slim.batch_norm), id="conv2d-batch_norm-relu"),
    pytest.param(lambda x: slim.conv2d(x, 5, 3, activation_fn=None), id="conv2d-linear"),
    pytest.param(lambda x: slim.conv2d_transpose(x, 5, 3), id="conv2d_transpose"),
    pytest.param(lambda x: slim.conv2d_transpose(x, 5, 4, stride=2), id="conv2d_transpose-strided"),
    pytest.param(lambda x: slim.separable_conv2d(x, 5, 3), id="separable_conv2d"),
    pytest.param(lambda x: slim.separable_conv2d(x, 5, 3, stride=2), id="separable_conv2d-strided"),
    pytest.param(lambda x: slim.conv2d_in_plane(x, 3), id="conv2d_in_plane"),
    pytest.param(lambda x: slim.max_pool2d(x, 2), id="max_pool2d"),
    pytest.param(lambda x: slim.max_pool2d(x, 3, 2, padding="SAME"), id="max_pool2d-same"),
    pytest.param(lambda x: slim.max_pool2d(x, 2, 2, padding="SAME"), id="max_pool2d-same-odd"),
    pytest.param(lambda x: slim.max_pool2d(x, 3, 1, padding="SAME"), id="max_pool2d-same-overlapping"),
    pytest.param(lambda x: slim.avg_pool2d(x, 2), id="avg_pool2d"),
    pytest.param(lambda x: slim.avg_pool2d(x, 3, 2, padding="SAME"), id="avg_pool2d-same"),
    pytest.param(lambda x: slim.avg_pool2d(x, 2, 2, padding="SAME"), id="avg_pool2d-same-odd"),
    pytest.param(lambda x: slim.batch_norm(x), id="batch_norm"),
    pytest.param(lambda x: slim.batch_norm(x, is_training=False), id="batch_norm-inference"),
    pytest.param(lambda x: slim.bias_add(x), id="bias_add"),
    pytest.param(lambda x: slim.dropout(x), id="dropout"),
    pytest.param(lambda x: slim.fully_connected(x, 5), id="fully_connected"),
]


def images():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(BATCH, SIZE, SIZE, CHANNELS, generator=generator).requires_grad_()


def is_channels_last(y):
    return y.permute(0, 3, 1, 2).is_contiguous(memory_format=torch.channels_last)


def copies(function):
    """The copies of activations while `function` runs, also those that kernels make inside themselves."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], record_shapes=True
    ) as profile:
        result = function()
    found = [
        (event.name, event.input_shapes[0])
        for event in profile.events()
        if event.name in ("aten::copy_", "aten::clone")
        and len(event.input_shapes[0]) >= 4
        and event.input_shapes[0][0] == BATCH
    ]
    return result, found


@pytest.mark.parametrize("layer", IMAGES)
def test_output_and_gradient_of_an_image_layer_are_channels_last(layer):
    x = images()
    with Graph().as_default():
        y = layer(x)
    assert is_channels_last(y)
    (gradient,) = torch.autograd.grad(y, x, torch.ones_like(y))
    assert is_channels_last(gradient)


@pytest.fixture
def two_threads():
    """With one thread PyTorch gives a small 1x1 convolution to a kernel that wants channels first."""
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("layer", IMAGES)
def test_no_activation_is_copied_forward_or_backward(layer):
    x = images()
    graph = Graph()

    def step():
        with graph.as_default(), graph.step():
            return layer(x)

    gradient = torch.ones_like(step())
    y, forward = copies(step)
    assert forward == []
    sources = [x, *(v for v in graph.variables if v.requires_grad)]
    _, backward = copies(lambda: torch.autograd.grad(y, sources, gradient))
    assert backward == []


def test_an_activation_that_is_copied_is_noticed():
    x = images().detach()
    assert copies(lambda: x.permute(0, 3, 1, 2).contiguous())[1] != []
    assert copies(lambda: x.permute(0, 3, 1, 2).clone(memory_format=torch.contiguous_format))[1] != []
    # Four rows of a stride of two: SAME needs one pixel more after them than before.
    with Graph().as_default():
        assert [name for name, _ in copies(lambda: slim.conv2d(x[:, :4], 5, 3, stride=2))[1]] == [
            "aten::copy_"
        ]


# --- devices ---------------------------------------------------------------------------------------


@rows(is_traceable, has_variables)
def test_variables_are_made_on_the_device_of_the_inputs(row):
    graph = Graph()
    run(row, graph, row.inputs().to("meta"))
    assert {variable.device.type for variable in graph.variables} == {"meta"}


@pytest.fixture
def full_float32(monkeypatch):
    """Turns TF32 off: with it a convolution is right to 1e-3 only."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.mark.cuda
@needs_cuda
@rows(lambda row: not row.random)
def test_values_and_gradients_on_cuda_are_those_on_the_cpu(row, full_float32):
    x = row.inputs()
    graph = built(row)
    wanted = answers(row, graph, step_of(row, graph), x)
    graph.to("cuda")
    ours = answers(row, graph, step_of(row, graph), x.cuda())
    output = ours["output"]
    if isinstance(output, torch.Tensor):
        assert output.device.type == "cuda"
        assert_same_answers({name: value.cpu() for name, value in ours.items()}, wanted)
    else:
        assert torch.equal(output.indices.cpu(), wanted["output"].indices)


@pytest.mark.cuda
@needs_cuda
@rows(has_variables)
def test_variables_are_made_on_cuda_for_inputs_there(row):
    graph = Graph()
    run(row, graph, row.inputs().cuda())
    assert {variable.device.type for variable in graph.variables} == {"cuda"}


def test_activation_in_inference_leaves_a_collected_normalizer_output_alone():
    x = torch.randn(2, 4, 4, 3)
    graph = Graph()
    with graph.as_default(), torch.no_grad(), graph.step():
        params = {"outputs_collections": "normalized", "is_training": False}
        y = slim.conv2d(x, 5, 3, normalizer_fn=slim.batch_norm, normalizer_params=params)
        (normalized,) = graph.get_collection("normalized")
    assert (normalized < 0).any()
    assert torch.equal(torch.relu(normalized), y)


def test_activation_in_inference_leaves_the_output_of_a_foreign_normalizer_alone():
    kept = []

    def keep(inputs):
        kept.append(inputs)
        return inputs

    with Graph().as_default(), torch.no_grad():
        y = slim.conv2d(torch.randn(2, 4, 4, 3), 5, 3, normalizer_fn=keep)
    assert (kept[0] < 0).any()
    assert torch.equal(torch.relu(kept[0]), y)


# --- inference writes over what nobody else has ------------------------------------------------------


def in_inference(function, *tensors):
    """What `function` gives without gradients, and with them: two ways through batch_norm, the same variables."""
    module = slim.Module(function).build(*tensors)
    for number, variable in enumerate(module.graph.variables):
        variable.data = torch.rand(variable.shape, generator=torch.Generator().manual_seed(number)) + 0.5
    with torch.no_grad():
        frugal = module(*tensors)
    return frugal, module(*tensors)


@pytest.mark.parametrize(
    "layer", [slim.conv2d, slim.conv2d_transpose, slim.separable_conv2d, slim.fully_connected]
)
@pytest.mark.parametrize("activation", [None, torch.relu, torch.tanh])
def test_normalizing_in_place_changes_no_value(layer, activation):
    kernel = () if layer is slim.fully_connected else (3,)

    def net(x):
        params = {"is_training": False, "scale": True}
        return layer(
            x, 5, *kernel, normalizer_fn=slim.batch_norm, normalizer_params=params, activation_fn=activation
        )

    frugal, usual = in_inference(net, torch.randn(BATCH, SIZE, SIZE, CHANNELS))
    assert torch.equal(frugal, usual)


def test_inference_normalizes_in_the_memory_of_the_convolution():
    seen = []

    def normalizer(x, **keywords):
        seen.append(x)
        return slim.batch_norm(x, **keywords)

    def net(x):
        return slim.conv2d(x, 5, 3, normalizer_fn=normalizer, normalizer_params={"is_training": False})

    x = torch.randn(BATCH, SIZE, SIZE, CHANNELS)
    normalizer.gives_new_tensor = True
    frugal, usual = in_inference(net, x)
    assert frugal.data_ptr() == seen[-2].data_ptr()
    assert usual.data_ptr() != seen[-1].data_ptr()


def test_an_input_of_batch_norm_that_others_have_is_kept():
    def own(x, **keywords):
        return x + slim.batch_norm(x, **keywords)

    def net(x):
        direct = slim.batch_norm(x, is_training=False, scope="direct")
        collected = slim.conv2d(x, 5, 3, activation_fn=None, scope="conv")
        after = slim.batch_norm(collected, is_training=False, scope="after")
        mixed = slim.conv2d(
            x, 5, 3, normalizer_fn=own, normalizer_params={"is_training": False}, scope="mixed"
        )
        return direct, collected, after, mixed

    x = torch.randn(BATCH, SIZE, SIZE, CHANNELS)
    before = x.clone()
    frugal, usual = in_inference(net, x)
    assert torch.equal(x, before)
    assert all(torch.equal(one, other) for one, other in zip(frugal, usual))
