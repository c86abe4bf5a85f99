"""`slim.Module`: slim code as a `torch.nn.Module`, and what PyTorch does with modules."""

import copy

import pytest
import torch
from torch import nn

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.nets import resnet_v1
from slim_torch.updates import run_updates

NAMES = {
    "conv/weights": (3, 3, 3, 8),
    "conv/BatchNorm/gamma": (8,),
    "conv/BatchNorm/beta": (8,),
    "fc/weights": (8, 5),
    "fc/biases": (5,),
    "conv/BatchNorm/moving_mean": (8,),
    "conv/BatchNorm/moving_variance": (8,),
}
BUFFERS = ["conv/BatchNorm/moving_mean", "conv/BatchNorm/moving_variance"]


def small_net(images, num_classes=5, is_training=True):
    """Convolution, batch norm and one dense layer, over a mean of all pixels."""
    with slim.arg_scope([slim.batch_norm], is_training=is_training, scale=True, decay=0.9):
        net = slim.conv2d(
            images,
            8,
            [3, 3],
            stride=2,
            normalizer_fn=slim.batch_norm,
            weights_regularizer=slim.l2_regularizer(0.1),
            scope="conv",
        )
    net = net.mean((1, 2))
    return slim.fully_connected(net, num_classes, activation_fn=None, scope="fc")


def images(batch=2, size=9, seed=0):
    return torch.randn(batch, size, size, 3, generator=torch.Generator().manual_seed(seed))


def built(fn=small_net, seed=0, **kwargs):
    module = slim.Module(fn, **kwargs)
    module.graph.seed = seed
    return module.build(images())


def values(module):
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def assert_same_values(first, second):
    assert first.keys() == second.keys()
    for name in first:
        assert torch.equal(first[name], second[name]), name


class TestVariables:
    def test_state_dict_has_the_names_and_shapes_of_tensorflow(self):
        assert {name: tuple(t.shape) for name, t in built().state_dict().items()} == NAMES

    def test_trained_variables_are_parameters_and_the_others_buffers(self):
        module = built()
        parameters, buffers = dict(module.named_parameters()), dict(module.named_buffers())
        assert list(buffers) == BUFFERS
        assert set(parameters) == set(NAMES) - set(BUFFERS)
        assert all(p.requires_grad for p in parameters.values())
        assert not any(b.requires_grad for b in buffers.values())

    def test_parameters_and_buffers_are_the_variables_of_the_graph(self):
        module = built()
        ours = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        assert len(ours) == len(module.graph.variables)
        for variable in module.graph.variables:
            assert ours[variable.op.name] is variable

    def test_untrained_layers_give_buffers(self):
        def net(x):
            return slim.fully_connected(slim.flatten(x), 2, trainable=False, scope="fc")

        module = built(net)
        assert not list(module.parameters())
        assert [name for name, _ in module.named_buffers()] == ["fc/weights", "fc/biases"]

    def test_integer_variables_are_buffers_with_a_place_in_the_state_dict(self):
        def net(x):
            slim.get_or_create_global_step()
            return slim.fully_connected(slim.flatten(x), 2, scope="fc")

        module = built(net)
        assert "global_step" in dict(module.named_buffers())
        assert module.state_dict()["global_step"].dtype == torch.int64

    def test_local_variables_are_not_in_the_state_dict(self):
        def net(x):
            slim.local_variable(lambda: torch.zeros(3), name="seen")
            return slim.fully_connected(slim.flatten(x), 2, scope="fc")

        module = built(net)
        assert "seen" in dict(module.named_buffers())
        assert set(module.state_dict()) == {"fc/weights", "fc/biases"}

    def test_first_call_makes_the_variables_too(self):
        module = slim.Module(small_net)
        assert not list(module.parameters())
        assert tuple(module(images()).shape) == (2, 5)
        assert set(module.state_dict()) == set(NAMES)

    def test_variables_that_only_a_later_call_makes_are_not_lost(self):
        def net(x, wide=False):
            net = slim.fully_connected(slim.flatten(x), 4, scope="narrow")
            return slim.fully_connected(net, 8, scope="wide") if wide else net

        module = built(net)
        module(images(), wide=True)
        assert [v.op.name for v in module.graph.variables][2:] == ["wide/weights", "wide/biases"]
        assert {"wide/weights", "wide/biases"} <= set(module.state_dict())

    def test_two_modules_share_nothing_and_leave_the_default_graph_alone(self):
        before = len(get_default_graph().variables)
        first, second = built(seed=0), built(seed=1)
        assert len(get_default_graph().variables) == before
        assert not {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}
        assert not torch.equal(first.state_dict()["fc/weights"], second.state_dict()["fc/weights"])

    def test_a_given_graph_holds_the_variables(self):
        graph = Graph()
        module = slim.Module(small_net, graph=graph).build(images())
        assert module.graph is graph
        assert {v.op.name for v in graph.variables} == set(NAMES)

    def test_a_module_inside_another_keeps_its_names_under_a_prefix(self):
        outer = nn.Sequential(built(), nn.Linear(5, 2))
        assert {"0.conv/weights", "0.conv/BatchNorm/moving_mean", "1.weight"} <= set(outer.state_dict())
        assert tuple(outer(images()).shape) == (2, 2)


class TestCalls:
    def test_train_and_eval_decide_on_is_training(self):
        module, x = built(), images()
        module.train()
        trained = module(x)
        assert len(module.graph.get_collection(GraphKeys.UPDATE_OPS)) == 2
        module.eval()
        evaluated = module(x)
        assert module.graph.get_collection(GraphKeys.UPDATE_OPS) == []
        assert not torch.allclose(trained, evaluated)

    @pytest.mark.parametrize("is_training", [True, False])
    def test_is_training_given_to_the_constructor_beats_the_mode(self, is_training):
        module = built(is_training=is_training)
        for mode in (True, False):
            module.train(mode)
            module(images())
            assert bool(module.graph.get_collection(GraphKeys.UPDATE_OPS)) == is_training

    def test_is_training_given_to_the_call_beats_the_mode(self):
        module = built()
        module(images(), is_training=False)
        assert module.graph.get_collection(GraphKeys.UPDATE_OPS) == []

    def test_a_function_without_is_training_is_called_without_it(self):
        module = built(lambda x: slim.fully_connected(slim.flatten(x), 2, scope="fc"))
        assert tuple(module.eval()(images()).shape) == (2, 2)

    def test_arguments_of_the_constructor_go_to_every_call(self):
        module = slim.Module(small_net, 7).build(images())
        assert tuple(module(images()).shape) == (2, 7)
        assert tuple(built(num_classes=3)(images()).shape) == (2, 3)

    def test_arguments_of_the_call_go_before_those_of_the_constructor(self):
        module = slim.Module(lambda x, scale=1.0: x * scale, scale=2.0)
        x = images()
        assert torch.equal(module(x), x * 2.0)
        assert torch.equal(module(x, scale=3.0), x * 3.0)

    def test_arg_scope_in_force_at_construction_is_in_force_in_every_call(self):
        with slim.arg_scope([slim.fully_connected], activation_fn=None, biases_initializer=None):
            module = slim.Module(lambda x: slim.fully_connected(slim.flatten(x), 2, scope="fc"))
        with slim.arg_scope([slim.fully_connected], activation_fn=torch.zeros_like):
            module.build(images())
            y = module(images())
        assert list(module.state_dict()) == ["fc/weights"]
        assert (y < 0).any()

    def test_collections_are_those_of_the_latest_call(self):
        module = built()
        for _ in range(3):
            module(images())
            assert len(module.graph.get_collection(GraphKeys.UPDATE_OPS)) == 2
            (loss,) = module.graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
            expected = 0.1 * module.state_dict()["conv/weights"].square().sum() / 2
            torch.testing.assert_close(loss, expected)

    def test_a_call_leaves_the_moving_averages_alone_until_the_updates_run(self):
        module = built()
        before = values(module)
        module(images())
        assert_same_values(values(module), before)
        run_updates(module.graph.get_collection(GraphKeys.UPDATE_OPS))
        assert not torch.equal(module.state_dict()[BUFFERS[0]], before[BUFFERS[0]])

    def test_default_names_begin_anew_in_every_call(self):
        module = built(lambda x: slim.fully_connected(slim.fully_connected(slim.flatten(x), 4), 2))
        names = list(module.state_dict())
        module(images())
        module(images())
        assert list(module.state_dict()) == names
        assert names[::2] == ["fully_connected/weights", "fully_connected_1/weights"]

    def test_an_error_in_a_call_leaves_the_module_usable(self):
        module = built()
        with pytest.raises(ValueError, match="rank"):
            module(torch.zeros(3))
        assert tuple(module(images()).shape) == (2, 5)


class TestBuild:
    def test_build_returns_the_module_and_computes_nothing(self):
        # Computed, each activation would take 70 terabytes.
        image = torch.zeros(1).expand(1, 2**20, 2**20, 1)
        module = slim.Module(lambda x: slim.repeat(x, 10, slim.conv2d, 16, 3, scope="convs"))
        assert module.build(image) is module
        assert len(module.graph.variables) == 20
        for variable in module.graph.variables:
            assert type(variable.data) is torch.Tensor
            assert variable.device.type == "cpu"

    def test_a_built_module_computes_with_its_variables(self):
        module = slim.Module(small_net).build(torch.zeros(3).expand(64, 2**14, 2**14, 3))
        assert tuple(module(images()).shape) == (2, 5)
        assert torch.isfinite(module(images())).all()

    def test_build_leaves_collections_of_the_step_empty(self):
        module = built()
        for key in (GraphKeys.UPDATE_OPS, GraphKeys.REGULARIZATION_LOSSES, GraphKeys.LOSSES):
            assert module.graph.get_collection(key) == []
        assert len(module.graph.get_collection(GraphKeys.GLOBAL_VARIABLES)) == len(NAMES)

    def test_build_gives_the_values_that_a_first_call_gives(self):
        called = slim.Module(small_net)
        called.graph.seed = 3
        called(images())
        assert_same_values(values(built(seed=3)), values(called))

    def test_build_follows_the_seed_of_torch_where_the_graph_has_none(self):
        torch.manual_seed(5)
        first = values(slim.Module(small_net).build(images()))
        torch.manual_seed(5)
        assert_same_values(values(slim.Module(small_net).build(images())), first)

    def test_build_twice_changes_nothing(self):
        module = built()
        before, variables = values(module), module.graph.variables
        module.build(images())
        assert all(a is b for a, b in zip(module.graph.variables, variables, strict=True))
        assert_same_values(values(module), before)

    def test_build_in_inference_mode_makes_variables_that_train(self):
        with torch.inference_mode():
            module = slim.Module(small_net).build(images())
        module(images()).sum().backward()
        assert all(p.grad is not None for p in module.parameters())

    def test_variables_made_under_autocast_are_float32(self):
        with torch.autocast("cpu", torch.bfloat16):
            module = slim.Module(small_net).build(images())
            assert module(images()).dtype == torch.bfloat16
        assert {v.dtype for v in module.graph.variables} == {torch.float32}

    def test_build_refuses_code_that_needs_a_value(self):
        module = slim.Module(lambda x: x * float(x.sum()))
        with pytest.raises(ValueError, match="value of a tensor"):
            module.build(images())

    def test_build_refuses_an_initial_value_that_the_function_computes(self):
        def net(x):
            return x * slim.variable("scale", initializer=torch.ones(3))

        module = slim.Module(net)
        with pytest.raises(ValueError, match="value of a tensor"):
            module.build(images())
        assert torch.equal(module(images()), images())

    def test_build_takes_structures_of_inputs(self):
        def net(batch, scale):
            return slim.fully_connected(slim.flatten(batch["image"]), 2, scope="fc") * scale

        module = slim.Module(net).build({"image": images()}, 2.0)
        assert list(module.state_dict()) == ["fc/weights", "fc/biases"]

    def test_build_makes_a_whole_resnet(self):
        with slim.arg_scope(resnet_v1.resnet_arg_scope()):
            module = slim.Module(resnet_v1.resnet_v1_50, num_classes=10)
        module.build(torch.empty(1, 64, 64, 3))
        # 161 trained variables and 2 moving averages for each of the 53 batch norms.
        assert len(module.state_dict()) == 161 + 2 * 53


class TestStateDict:
    def test_loading_before_build_is_refused(self):
        with pytest.raises(RuntimeError, match=r"module\.build"):
            slim.Module(small_net).load_state_dict(built().state_dict())

    def test_loading_by_assignment_is_refused(self):
        module = built()
        with pytest.raises(ValueError, match="assign"):
            module.load_state_dict(module.state_dict(), assign=True)

    def test_a_missing_name_is_refused_by_name(self):
        module = built()
        state = module.state_dict()
        del state["fc/biases"]
        with pytest.raises(RuntimeError, match="fc/biases"):
            module.load_state_dict(state)
        assert module.load_state_dict(state, strict=False).missing_keys == ["fc/biases"]

    def test_saved_values_come_back(self, tmp_path):
        first, second = built(seed=0), built(seed=1)
        torch.save(first.state_dict(), tmp_path / "model.pt")
        variables = second.graph.variables
        report = second.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
        assert not report.missing_keys
        assert not report.unexpected_keys
        assert all(a is b for a, b in zip(second.graph.variables, variables, strict=True))
        first.eval(), second.eval()
        assert torch.equal(first(images()), second(images()))

    def test_loading_keeps_the_layout_of_weights_in_memory(self):
        module = built()
        strides = {v.op.name: v.stride() for v in module.graph.variables}
        module.load_state_dict({k: t.contiguous() for k, t in values(module).items()})
        assert {v.op.name: v.stride() for v in module.graph.variables} == strides

    def test_a_copy_is_independent_and_has_a_graph_of_its_own(self):
        module = built()
        copied = copy.deepcopy(module)
        assert copied.graph is not module.graph
        before, x = values(module), images()
        module.eval(), copied.eval()
        assert torch.equal(copied(x), module(x))
        for ours, theirs in zip(copied.graph.variables, module.graph.variables, strict=True):
            assert ours is not theirs
            assert ours.name == theirs.name
            assert ours.graph is copied.graph
            assert ours.stride() == theirs.stride()
        assert all(
            a is b
            for a, b in zip(
                copied.parameters(), copied.graph.get_collection("trainable_variables"), strict=True
            )
        )
        with torch.no_grad():
            for parameter in copied.parameters():
                parameter.add_(1.0)
        assert_same_values(values(module), before)
        assert not torch.equal(copied(x), module(x))
        assert len(copied.graph.variables) == len(NAMES)

    def test_a_copy_of_a_trained_module_is_made_too(self):
        module = built()
        module(images()).sum().backward()
        copied = copy.deepcopy(module)
        assert tuple(copied(images()).shape) == (2, 5)


class TestConversions:
    def test_double_keeps_the_variables_and_their_layout(self):
        module = built()
        variables = module.graph.variables
        strides = [v.stride() for v in variables]
        assert module.double() is module
        assert all(a is b for a, b in zip(module.graph.variables, variables, strict=True))
        assert all(dict(module.named_parameters())[v.op.name] is v for v in variables if v.requires_grad)
        assert {v.dtype for v in variables} == {torch.float64}
        assert [v.stride() for v in variables] == strides
        assert module(images().double()).dtype == torch.float64

    def test_float64_gives_the_numbers_of_float32(self):
        module = built().eval()
        expected = module(images())
        actual = module.double()(images().double())
        torch.testing.assert_close(actual.float(), expected, rtol=1e-5, atol=1e-6)

    def test_to_converts_gradients_with_the_parameters(self):
        module = built()
        module(images()).sum().backward()
        module.to(torch.float64)
        assert {p.grad.dtype for p in module.parameters()} == {torch.float64}

    def test_integer_variables_keep_their_dtype(self):
        def net(x):
            slim.get_or_create_global_step()
            return slim.fully_connected(slim.flatten(x), 2, scope="fc")

        module = built(net).double()
        assert module.state_dict()["global_step"].dtype == torch.int64

    def test_conversion_inside_another_module_reaches_the_variables(self):
        outer = nn.Sequential(built(), nn.Linear(5, 2)).double()
        assert outer(images().double()).dtype == torch.float64


class TestTraining:
    def test_gradient_descent_on_the_parameters_lowers_the_loss(self):
        module = built()
        x = images(batch=8)
        labels = torch.arange(8) % 5
        optimizer = torch.optim.SGD(module.parameters(), lr=0.5, momentum=0.9)
        losses = []
        for _ in range(15):
            loss = nn.functional.cross_entropy(module(x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run_updates(module.graph.get_collection(GraphKeys.UPDATE_OPS))
            losses.append(loss.item())
        assert losses[-1] < 0.7 * losses[0]

    def test_frozen_parameters_get_no_gradient(self):
        module = built().requires_grad_(False)
        module.get_parameter("fc/weights").requires_grad_(True)
        module(images()).sum().backward()
        assert [name for name, p in module.named_parameters() if p.grad is not None] == ["fc/weights"]

    def test_gradients_have_the_layout_of_their_parameters(self):
        module = built()
        module(images()).sum().backward()
        for name, parameter in module.named_parameters():
            assert parameter.grad.stride() == parameter.stride(), name
        # The layout that F.conv2d wants, under TensorFlow's shape.
        weights = module.get_parameter("conv/weights")
        assert weights.permute(3, 2, 0, 1).is_contiguous(memory_format=torch.channels_last)

    def test_gradients_through_torch_func_are_those_of_autograd(self):
        module, x = built(), images()
        module(x).square().sum().backward()
        parameters = {name: p.detach() for name, p in module.named_parameters()}

        def loss(parameters):
            return torch.func.functional_call(module, parameters, (x,)).square().sum()

        found = torch.func.grad(loss)(parameters)
        for name, parameter in module.named_parameters():
            torch.testing.assert_close(found[name], parameter.grad, msg=lambda m, name=name: f"{name}: {m}")

    def test_functional_call_uses_the_given_values_and_leaves_the_variables(self):
        module, x = built().eval(), images()
        before, expected = values(module), module(x)
        zeros = {name: torch.zeros_like(p) for name, p in module.named_parameters()}
        found = torch.func.functional_call(module, zeros, (x,))
        assert torch.equal(found, torch.zeros_like(found))
        assert_same_values(values(module), before)
        assert torch.equal(module(x), expected)

    def test_functional_call_takes_buffers_too(self):
        module, x = built().eval(), images()
        moved = {BUFFERS[0]: torch.full((8,), 100.0)}
        assert not torch.allclose(torch.func.functional_call(module, moved, (x,)), module(x))

    def test_functional_call_reaches_regularized_parameters_of_batch_norm(self):
        def net(x):
            return slim.batch_norm(x, param_regularizers={"beta": slim.l2_regularizer(1.0)}, scope="bn")

        module = built(net)
        given = {"bn/beta": torch.full((3,), 2.0)}
        found = torch.func.functional_call(module, given, (images(),))
        torch.testing.assert_close(found, module(images()) + 2.0)

    def test_regularization_losses_under_functional_call_are_of_the_given_values(self):
        module, x = built(), images()

        def loss(weights):
            torch.func.functional_call(module, {"conv/weights": weights}, (x,))
            return sum(module.graph.get_collection(GraphKeys.REGULARIZATION_LOSSES))

        weights = torch.full((3, 3, 3, 8), 2.0)
        # The L2 penalty 0.1 / 2 * sum(w ** 2) has the gradient 0.1 * w.
        torch.testing.assert_close(torch.func.grad(loss)(weights), 0.1 * weights)


@pytest.fixture
def counters():
    """The counters of torch.compile, with nothing compiled before."""
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    yield torch._dynamo.utils.counters
    torch._dynamo.reset()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestCompilers:
    @pytest.mark.parametrize("backend", ["eager", "aot_eager"])
    @pytest.mark.parametrize("mode", ["train", "eval"])
    def test_compiled_in_one_graph_it_gives_the_same(self, counters, backend, mode):
        module = built().train(mode == "train")
        compiled = torch.compile(module, fullgraph=True, backend=backend)
        for seed in range(3):
            x = images(seed=seed)
            y = compiled(x)
            y.square().sum().backward()
            found = {name: p.grad for name, p in module.named_parameters()}
            module.zero_grad()
            expected = module(x)
            expected.square().sum().backward()
            torch.testing.assert_close(y, expected)
            for name, p in module.named_parameters():
                torch.testing.assert_close(found[name], p.grad, msg=lambda m, name=name: f"{name}: {m}")
            module.zero_grad()
        assert counters["stats"]["unique_graphs"] == 1
        assert not counters["graph_break"]

    def test_calls_after_the_first_compile_nothing(self, counters):
        module = built()
        compiled = torch.compile(module, fullgraph=True, backend="eager")
        seen = []
        for seed in range(4):
            compiled(images(seed=seed))
            seen.append(counters["stats"]["unique_graphs"])
        assert seen == [1, 1, 1, 1]

    def test_changed_values_of_variables_compile_nothing(self, counters):
        module = built()
        compiled = torch.compile(module, fullgraph=True, backend="eager")
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        for seed in range(3):
            compiled(images(seed=seed)).square().sum().backward()
            optimizer.step()
            optimizer.zero_grad()
        assert counters["stats"]["unique_graphs"] == 1
        assert torch.equal(compiled(images()), module(images()))

    def test_updates_of_a_compiled_call_are_those_of_an_eager_one(self, counters):
        module = built()
        other = copy.deepcopy(module)
        compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
        for seed in range(3):
            compiled(images(seed=seed))
            assert len(module.graph.get_collection(GraphKeys.UPDATE_OPS)) == 2
            run_updates(module.graph.get_collection(GraphKeys.UPDATE_OPS))
            other(images(seed=seed))
            run_updates(other.graph.get_collection(GraphKeys.UPDATE_OPS))
        for name, tensor in module.state_dict().items():
            torch.testing.assert_close(tensor, other.state_dict()[name])

    def test_regularization_losses_of_a_compiled_call_are_there(self, counters):
        module = built()
        torch.compile(module, fullgraph=True, backend="aot_eager")(images())
        (loss,) = module.graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
        torch.testing.assert_close(loss, 0.05 * module.state_dict()["conv/weights"].square().sum())
        loss.backward()
        assert module.get_parameter("conv/weights").grad is not None

    def test_train_and_eval_are_compiled_once_each(self, counters):
        module = built()
        compiled = torch.compile(module, fullgraph=True, backend="eager")
        for mode in (True, False, True, False):
            module.train(mode)
            torch.testing.assert_close(compiled(images()), module(images()))
        assert counters["stats"]["unique_graphs"] == 2

    def test_compiled_for_any_size_it_is_compiled_once(self, counters):
        module = built().eval()
        compiled = torch.compile(module, fullgraph=True, backend="eager", dynamic=True)
        for batch, size in ((2, 9), (3, 11), (5, 15)):
            x = images(batch, size)
            torch.testing.assert_close(compiled(x), module(x))
        assert counters["stats"]["unique_graphs"] == 1

    def test_exported_in_eval_it_gives_the_same(self):
        module, x = built().eval(), images()
        expected = module(x)
        program = torch.export.export(module, (x,))
        torch.testing.assert_close(program.module()(x), expected)
        assert set(program.state_dict) == set(NAMES)

    def test_exported_for_any_batch_it_gives_the_same(self):
        module = built().eval()
        batch = torch.export.Dim("batch", min=2)
        # One tuple more than usual: forward takes *inputs.
        program = torch.export.export(module, (images(),), dynamic_shapes=(({0: batch},),))
        x = images(batch=7)
        torch.testing.assert_close(program.module()(x), module(x))

    def test_export_leaves_the_module_as_it_was(self):
        module, x = built().eval(), images()
        before, expected = values(module), module(x)
        torch.export.export(module, (x,))
        assert_same_values(values(module), before)
        assert torch.equal(module(x), expected)
        assert all(
            dict(module.named_parameters())[v.op.name] is v for v in module.graph.variables if v.trainable
        )


class TestDistributed:
    @pytest.mark.skipif(
        not (torch.distributed.is_available() and torch.distributed.is_gloo_available()),
        reason="this build of PyTorch has no torch.distributed with gloo",
    )
    def test_wrapped_for_data_parallel_training_it_trains(self, tmp_path):
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{tmp_path / 'rendezvous'}", rank=0, world_size=1
        )
        try:
            module = built()
            before = values(module)
            wrapped = nn.parallel.DistributedDataParallel(module)
            optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
            for seed in range(2):
                wrapped(images(seed=seed)).square().sum().backward()
                optimizer.step()
                run_updates(module.graph.get_collection(GraphKeys.UPDATE_OPS))
                optimizer.zero_grad()
            after = values(module)
            assert all(not torch.equal(before[name], after[name]) for name in NAMES)
            assert set(wrapped.state_dict()) == {f"module.{name}" for name in NAMES}
        finally:
            torch.distributed.destroy_process_group()


def test_repr_tells_the_function_and_the_number_of_variables():
    assert repr(slim.Module(small_net)) == "Module(small_net, 0 variables)"
    assert repr(built()) == "Module(small_net, 7 variables)"


def test_variables_outside_layers_are_held_too():
    def net(x):
        scale = tf.get_variable("scale", [], initializer=tf.ones_initializer())
        return x * scale

    module = slim.Module(net).build(images())
    assert [name for name, _ in module.named_parameters()] == ["scale"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=["float16", "bfloat16"])
def test_module_converted_to_half_precision_runs_in_it(dtype):
    def normalized(x, is_training=True):
        params = {"is_training": is_training, "scale": True}
        return slim.conv2d(x, 3, 3, normalizer_fn=slim.batch_norm, normalizer_params=params)

    x = torch.randn(2, 4, 4, 3)
    module = slim.Module(normalized).build(x)
    wanted = {mode: module.train(mode)(x) for mode in (True, False)}
    module.to(dtype)
    for mode, y in wanted.items():
        ours = module.train(mode)(x.to(dtype))
        assert ours.dtype == dtype
        # bfloat16 keeps 8 bits: 2**-8 for each of image, weights, convolution and normalization, with room
        # for the sum of 27 products.
        torch.testing.assert_close(ours.float(), y, atol=0.05, rtol=0.05)


def test_sizes_computed_by_tensors_are_known_while_building():
    def network(images):
        net = slim.conv2d(images, 4, [3, 3], stride=2)
        shape = tf.shape(net)
        net = tf.image.resize_bilinear(net, shape[1:3] * 2)
        net = tf.pad(net, [[0, 0], [1, 1], [0, tf.size([1, 2, 3])], tf.constant([0, 0])])
        rows = tf.reshape(net, tf.stack([shape[0], -1, tf.rank(net)]))
        sizes = tf.to_int32(tf.ceil(tf.to_float(tf.shape(rows)) / 2.0))
        return slim.fully_connected(tf.zeros([sizes[0] + 1, 5]), 2) + tf.reduce_mean(rows)

    images = torch.randn(4, 6, 8, 3)
    module = slim.Module(network).build(images)
    assert [variable.op.name for variable in module.graph.variables] == [
        "Conv/weights", "Conv/biases", "fully_connected/weights", "fully_connected/biases",
    ]  # fmt: skip
    assert tuple(module(images).shape) == (3, 2)
