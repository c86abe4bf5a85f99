"""What batch_norm promises beyond TensorFlow's numbers: deferred updates, few kernels, no copies, tracing."""

import inspect
from collections import Counter

import pytest
import torch
from torch._dispatch.python import enable_python_dispatcher
from torch._dynamo.testing import CompileCounter
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv, StatelessSymbolicContext
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from slim_torch.arg_scope import arg_scope, has_arg_scope
from slim_torch.graph import Graph, GraphKeys
from slim_torch.group_normalization import group_norm, instance_norm, layer_norm
from slim_torch.normalization import batch_norm, batch_norm_with_statistics
from slim_torch.updates import AssignMovingAverage, run_updates

LAYERS = [
    pytest.param(batch_norm, {}, id="batch_norm"),
    pytest.param(batch_norm, {"fused": False}, id="batch_norm-unfused"),
    pytest.param(batch_norm, {"is_training": False, "scale": True}, id="batch_norm-inference"),
    pytest.param(batch_norm, {"is_training": torch.tensor(True)}, id="batch_norm-fed"),
    pytest.param(batch_norm, {"renorm": True}, id="batch_norm-renorm"),
    pytest.param(batch_norm, {"zero_debias_moving_mean": True}, id="batch_norm-zero-debias"),
    pytest.param(layer_norm, {}, id="layer_norm"),
    pytest.param(instance_norm, {}, id="instance_norm"),
    pytest.param(group_norm, {"groups": 2}, id="group_norm"),
]


class Kernels(TorchDispatchMode):
    """Counts the operators that reach the dispatcher."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()
        self.arguments = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        self.counts[name] += 1
        self.arguments[name] = args
        return func(*args, **(kwargs or {}))


def image(seed=0, dtype=torch.float32, shape=(4, 5, 3, 6)):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype) * 2 + 1


def moving_averages(graph):
    return {v.op.name: v.detach().clone() for v in graph.variables if not v.trainable}


# --- deferred updates ------------------------------------------------------------------------------


def test_moving_averages_change_when_the_updates_are_called_and_not_before():
    x = image()
    graph = Graph()
    with graph.as_default():
        batch_norm(x, decay=0.75)
    mean, variance = graph.variables[1:]
    updates = graph.get_collection(GraphKeys.UPDATE_OPS)
    assert mean.eval().tolist() == [0.0] * 6
    assert variance.eval().tolist() == [1.0] * 6
    for update in updates:
        update()
    # A quarter of the way from the initial values to the batch's statistics.
    torch.testing.assert_close(mean.detach(), 0.25 * x.mean((0, 1, 2)))
    torch.testing.assert_close(variance.detach(), 0.75 + 0.25 * x.var((0, 1, 2), correction=1))


def test_updates_are_applied_at_once_where_there_is_no_collection_for_them():
    x = image()
    graph = Graph()
    with graph.as_default():
        batch_norm(x, decay=0.75, updates_collections=None)
    torch.testing.assert_close(graph.variables[1].detach(), 0.25 * x.mean((0, 1, 2)))
    assert graph.get_collection(GraphKeys.UPDATE_OPS) == []


def test_an_update_keeps_the_statistics_of_its_own_batch():
    x = image()
    graph = Graph()
    with graph.as_default():
        batch_norm(x, decay=0.0)
    expected = x.mean((0, 1, 2))
    x.zero_()
    for update in graph.get_collection(GraphKeys.UPDATE_OPS):
        assert not update.value.requires_grad
        update()
    torch.testing.assert_close(graph.variables[1].detach(), expected)


def test_updates_are_named_like_the_operations_of_tensorflow():
    graph = Graph()
    with graph.as_default():
        batch_norm(image(), scope="conv1/bn")
    updates = graph.get_collection(GraphKeys.UPDATE_OPS)
    assert [u.name for u in updates] == ["conv1/bn/AssignMovingAvg", "conv1/bn/AssignMovingAvg_1"]
    assert [u.op.name for u in updates] == [u.name for u in updates]
    assert repr(updates[0]) == "<AssignMovingAverage 'conv1/bn/AssignMovingAvg'>"
    assert graph.get_collection(GraphKeys.UPDATE_OPS, "conv1/bn/") == updates
    assert graph.get_collection(GraphKeys.UPDATE_OPS, "conv2/") == []


def layers_of_every_kind(x):
    batch_norm(x, scope="a", decay=0.9)
    batch_norm(x * 2, scope="a", decay=0.5, reuse=True)
    batch_norm(x, scope="b", decay=0.5)
    batch_norm(x * 3, scope="b", decay=0.5, reuse=True)
    batch_norm(x, scope="c", renorm=True, decay=0.9)
    batch_norm(x, scope="d", zero_debias_moving_mean=True, decay=0.9)
    batch_norm(x.double(), scope="e", decay=0.9)


def test_running_updates_together_equals_calling_them_one_by_one():
    averages = []
    for run in (run_updates, lambda updates: [update() for update in updates]):
        graph = Graph()
        with graph.as_default():
            for seed in range(3):
                with graph.step():
                    layers_of_every_kind(image(seed))
                run(graph.get_collection(GraphKeys.UPDATE_OPS))
        averages.append(moving_averages(graph))
    together, one_by_one = averages
    assert together.keys() == one_by_one.keys()
    assert len(together) == 15
    for name, value in together.items():
        torch.testing.assert_close(value, one_by_one[name], rtol=1e-6, atol=0, msg=name)


@pytest.mark.parametrize(
    ("decays", "kernels"), [((0.9,), 1), ((0.9, 0.99), 2)], ids=["one-decay", "two-decays"]
)
def test_the_updates_of_many_layers_take_one_kernel_for_each_decay(decays, kernels):
    graph = Graph()
    with graph.as_default():
        for i in range(20):
            batch_norm(image(i), decay=decays[i % len(decays)])
    with Kernels() as seen:
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
    assert seen.counts == {"_foreach_lerp_": kernels}


def test_other_callables_in_the_collection_are_called_after_the_averages():
    average = torch.zeros(3)
    calls = []
    update = AssignMovingAverage(average, torch.ones(3), 0.5)
    run_updates([lambda: calls.append(average.tolist()), update])
    assert calls == [[0.5, 0.5, 0.5]]


def test_running_no_updates_does_nothing():
    run_updates([])


def test_a_later_step_claims_the_same_variables_and_leaves_its_own_updates():
    graph = Graph()
    with graph.as_default():
        for seed in range(3):
            with graph.step():
                batch_norm(image(seed), scale=True)
            assert len(graph.variables) == 4
            assert len(graph.get_collection(GraphKeys.UPDATE_OPS)) == 2


# --- is_training as a tensor ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"fused": False}, {"renorm": True}], ids=["fused", "unfused", "renorm"]
)
def test_one_trace_with_a_tensor_is_training_serves_training_and_inference(options):
    torch._dynamo.reset()
    graph = Graph()

    def model(x, is_training):
        with graph.as_default(), graph.step():
            return batch_norm(x, is_training=is_training, decay=0.9, scale=True, **options)

    def answers(model, is_training):
        """The output, and the moving averages after the updates."""
        for i, v in enumerate(graph.variables):
            v.assign(image(i, shape=v.shape).abs())
        y = model(image(), is_training)
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
        return y, moving_averages(graph)

    model(image(), True)
    counter = CompileCounter()
    compiled = torch.compile(model, backend=counter, fullgraph=True)
    for is_training in (True, False):
        y, averages = answers(compiled, torch.tensor(is_training))
        expected, expected_averages = answers(model, is_training)
        torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(averages, expected_averages)
    assert counter.frame_count == 1


def test_updates_change_nothing_where_a_tensor_is_training_is_false():
    graph = Graph()
    with graph.as_default():
        fed = torch.tensor(False)
        batch_norm(image(), is_training=fed, scope="a", decay=0.5)
        batch_norm(image(), is_training=fed, scope="b", decay=0.5, renorm=True)
        batch_norm(image(), is_training=fed, scope="c", decay=0.5, zero_debias_moving_mean=True)
        batch_norm(image(), is_training=fed, scope="d", decay=0.5, updates_collections=None)
    for v in graph.variables:
        v.assign(image(1, shape=v.shape).abs())
    graph.clear_collection(GraphKeys.UPDATE_OPS)
    with graph.as_default(), graph.step():
        batch_norm(image(), is_training=fed, scope="a", decay=0.5)
        batch_norm(image(), is_training=fed, scope="b", decay=0.5, renorm=True)
        batch_norm(image(), is_training=fed, scope="c", decay=0.5, zero_debias_moving_mean=True)
        batch_norm(image(), is_training=fed, scope="d", decay=0.5, updates_collections=None)
        before = moving_averages(graph)
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
    after = moving_averages(graph)
    assert all(torch.equal(after[name], value) for name, value in before.items())


# --- kernels and layout ------------------------------------------------------------------------------------

COPIES = {"clone", "copy_", "contiguous", "_to_copy", "empty_strided", "ones", "ones_like"}


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
@pytest.mark.parametrize("shape", [(4, 5, 3, 6), (4, 5, 6), (2, 3, 4, 2, 6)], ids=["rank4", "rank3", "rank5"])
@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
def test_one_kernel_computes_the_output_and_no_activation_is_copied(data_format, shape, is_training):
    x = image(shape=shape)
    if data_format == "NHWC" and len(shape) == 4:
        # What a convolution gives: contiguous as NCHW or as NHWC.
        assert x.permute(0, 3, 1, 2).is_contiguous(memory_format=torch.channels_last)
    graph = Graph()
    with graph.as_default():
        for _ in range(2):
            with Kernels() as seen, graph.step():
                y = batch_norm(x, data_format=data_format, is_training=is_training)
    assert sum(count for name, count in seen.counts.items() if "batch_norm" in name) == 1
    assert not COPIES & set(seen.counts)
    assert y.stride() == x.stride()


@pytest.mark.parametrize("is_training", [True, False], ids=["training", "inference"])
def test_the_gradient_keeps_the_layout_of_the_inputs(is_training):
    x = image().requires_grad_()
    with Graph().as_default():
        y = batch_norm(x, scale=True, is_training=is_training)
    y.backward(torch.ones_like(y))
    assert x.grad.stride() == x.stride()


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_a_missing_scale_or_offset_reaches_the_kernel_as_none(center, scale):
    with Graph().as_default(), Kernels() as seen:
        batch_norm(image(), center=center, scale=scale)
    (name,) = [name for name in seen.arguments if "batch_norm" in name]
    gamma, beta = seen.arguments[name][1:3]
    assert (gamma is not None, beta is not None) == (scale, center)


def test_a_recorder_sees_the_kernel_with_statistics_as_one_call():
    calls = []

    class Recorder(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            calls.append(func)
            return func(*args, **(kwargs or {}))

    graph = Graph()
    with graph.as_default():
        batch_norm(image())
        with graph.step(), Recorder():
            batch_norm(image())
    assert calls.count(batch_norm_with_statistics) == 1
    assert torch.batch_norm not in calls


def test_statistics_are_those_of_each_channel():
    x = image().permute(0, 3, 1, 2)
    gamma, beta = torch.arange(1.0, 7.0), torch.arange(6.0)
    y, mean, variance = batch_norm_with_statistics(x, gamma, beta, 0.001)
    torch.testing.assert_close(mean, x.mean((0, 2, 3)))
    torch.testing.assert_close(variance, x.var((0, 2, 3), correction=1))
    torch.testing.assert_close(y.mean((0, 2, 3)), beta, rtol=1e-5, atol=1e-5)


def test_the_variance_of_a_single_value_is_zero():
    _, mean, variance = batch_norm_with_statistics(torch.full((1, 3, 1, 1), 2.0), None, None, 0.001)
    assert mean.tolist() == [2.0, 2.0, 2.0]
    assert variance.tolist() == [0.0, 0.0, 0.0]


# --- compilers, fake tensors, dtypes ---------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "options"), LAYERS)
def test_layers_compile_whole_inside_a_step(layer, options):
    torch._dynamo.reset()
    graph = Graph()
    x = image()

    def model(x):
        with graph.as_default(), graph.step():
            return layer(x, **options)

    expected = model(x)
    y = torch.compile(model, backend="aot_eager", fullgraph=True)(x)
    torch.testing.assert_close(y, expected)
    before = moving_averages(graph)
    run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
    changed = any(not torch.equal(v, before[v.op.name]) for v in graph.variables if not v.trainable)
    assert changed == (layer is batch_norm and options.get("is_training") is not False)


@pytest.mark.parametrize(("layer", "options"), LAYERS)
def test_layers_create_their_variables_on_fake_tensors(layer, options):
    graph = Graph()
    with graph.as_default(), FakeTensorMode(allow_non_fake_inputs=True) as mode:
        y = layer(mode.from_tensor(image()), **options)
    assert tuple(y.shape) == (4, 5, 3, 6)
    assert graph.variables
    for v in graph.variables:
        assert v.eval().shape == tuple(v.shape)


@pytest.mark.parametrize(("layer", "options"), LAYERS)
def test_unknown_batch_and_image_sizes_stay_unknown(layer, options):
    shapes = ShapeEnv()
    sizes = StatelessSymbolicContext(dynamic_sizes=[*[DimDynamic.DYNAMIC] * 3, DimDynamic.STATIC])
    mode = FakeTensorMode(shape_env=shapes, allow_non_fake_inputs=True)
    x = mode.from_tensor(image(), symbolic_context=sizes)
    with Graph().as_default(), mode, enable_python_dispatcher():
        y = layer(x, **options)
    assert [type(size) for size in y.shape] == [torch.SymInt, torch.SymInt, torch.SymInt, int]
    assert shapes.guards == []


@pytest.mark.parametrize(("layer", "options"), LAYERS)
@pytest.mark.parametrize("shape", [(3, 2, 2, 4), (3, 5, 4)], ids=["rank4", "rank3"])
def test_gradients_are_those_of_finite_differences(layer, options, shape):
    if layer is group_norm and len(shape) == 3:
        options = {**options, "reduction_axes": (-2,)}
    if "renorm" in options:
        # r and d are constants of the gradient, so finite differences see another function.
        options = {**options, "renorm_clipping": {"rmax": 1.0, "rmin": 1.0, "dmax": 0.0}}
    graph = Graph()

    def f(x):
        with graph.as_default(), graph.step():
            return layer(x, **options)

    x = image(dtype=torch.float64, shape=shape).requires_grad_()
    f(x)
    assert torch.autograd.gradcheck(f, (x,))


@pytest.mark.parametrize(("layer", "options"), LAYERS)
def test_variables_stay_float32_under_autocast(layer, options):
    graph = Graph()
    with graph.as_default(), torch.autocast("cpu", torch.bfloat16):
        y = layer(image(dtype=torch.bfloat16), **options)
    assert y.isfinite().all()
    assert {v.dtype for v in graph.variables} == {torch.float32}


@pytest.mark.cuda
@pytest.mark.parametrize(("layer", "options"), LAYERS)
@pytest.mark.parametrize("shape", [(4, 5, 3, 6), (4, 5, 6), (2, 3, 4, 2, 6)], ids=["rank4", "rank3", "rank5"])
def test_layers_agree_on_cuda_and_cpu(layer, options, shape):
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    if layer is group_norm:
        options = {**options, "reduction_axes": tuple(range(-len(shape) + 1, -1))}
    seen = []
    for device in ("cpu", "cuda"):
        graph = Graph()
        x = image(shape=shape).to(device).requires_grad_()
        with graph.as_default():
            y = layer(x, **options)
        y.backward(image(1, shape=shape).to(device))
        run_updates(graph.get_collection(GraphKeys.UPDATE_OPS))
        assert all(v.device.type == device for v in graph.variables)
        seen.append([t.detach().cpu() for t in (y, x.grad, *graph.variables)])
    for ours, theirs in zip(*seen):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


# --- the public surface --------------------------------------------------------------------------------------

SIGNATURES = {
    batch_norm: (
        "inputs, decay=0.999, center=True, scale=False, epsilon=0.001, activation_fn=None, "
        "param_initializers=None, param_regularizers=None, updates_collections='update_ops', "
        "is_training=True, reuse=None, variables_collections=None, outputs_collections=None, trainable=True, "
        "batch_weights=None, fused=None, data_format='NHWC', zero_debias_moving_mean=False, scope=None, "
        "renorm=False, renorm_clipping=None, renorm_decay=0.99, adjustment=None"
    ),
    layer_norm: (
        "inputs, center=True, scale=True, activation_fn=None, reuse=None, variables_collections=None, "
        "outputs_collections=None, trainable=True, begin_norm_axis=1, begin_params_axis=-1, scope=None"
    ),
    instance_norm: (
        "inputs, center=True, scale=True, epsilon=1e-06, activation_fn=None, param_initializers=None, "
        "reuse=None, variables_collections=None, outputs_collections=None, trainable=True, "
        "data_format='NHWC', scope=None"
    ),
    group_norm: (
        "inputs, groups=32, channels_axis=-1, reduction_axes=(-3, -2), center=True, scale=True, "
        "epsilon=1e-06, activation_fn=None, param_initializers=None, reuse=None, "
        "variables_collections=None, outputs_collections=None, trainable=True, scope=None, "
        "mean_close_to_zero=False"
    ),
}


@pytest.mark.parametrize("layer", SIGNATURES, ids=lambda layer: layer.__name__)
def test_signatures_and_defaults_are_those_of_slim(layer):
    # As inspect.signature writes them under TensorFlow 1.15.5.
    parameters = inspect.signature(layer).parameters.values()
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    assert ", ".join(map(str, bare)) == SIGNATURES[layer]
    assert has_arg_scope(layer)


def test_an_arg_scope_sets_the_defaults_of_batch_norm():
    graph = Graph()
    with graph.as_default(), arg_scope([batch_norm], scale=True, is_training=False):
        batch_norm(image())
    assert [v.op.name for v in graph.variables][:2] == ["BatchNorm/gamma", "BatchNorm/beta"]
    assert graph.get_collection(GraphKeys.UPDATE_OPS) == []


@pytest.mark.parametrize(
    ("dtype", "size", "expected"),
    [
        pytest.param(torch.float32, 1e-6, 0.70710678, id="float32"),
        pytest.param(torch.float64, 1e-6, 0.70710678, id="float64"),
        pytest.param(torch.float16, 1e-2, 0.3015, id="float16"),
    ],
)
def test_the_epsilon_of_layer_norm_depends_on_the_dtype(dtype, size, expected):
    # TensorFlow 1.15.5's answers for rows as small as the root of its epsilon: 1e-12, or 1e-3 for float16.
    x = torch.tensor([[-size, size]], dtype=dtype)
    with Graph().as_default():
        y = layer_norm(x)
    assert y.flatten().tolist() == pytest.approx(
        [-expected, expected], rel=1e-3 if dtype.itemsize == 2 else 1e-6
    )


@pytest.mark.parametrize("shape", [(7,), (4, 1, 1, 1)], ids=["another-batch", "another-rank"])
def test_batch_weights_must_be_one_number_for_each_example(shape):
    with Graph().as_default(), pytest.raises(ValueError, match=r"Shapes \(4,\) and .* are incompatible"):
        batch_norm(image(), batch_weights=torch.ones(shape))
    with Graph().as_default():
        assert batch_norm(image(), batch_weights=torch.ones(4)).shape == (4, 5, 3, 6)
