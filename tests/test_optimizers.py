"""TensorFlow's optimizers: numbers, slots and names from TensorFlow 1.15.5, and their life as PyTorch's.

`golden/optimizers.json` and `.npz` are facts; regenerate them with `golden/make_optimizers.py`.
"""

import gc
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import learning, tf
from slim_torch.graph import Graph, GraphKeys
from slim_torch.optimizers import Optimizer
from slim_torch.variables import global_variables

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import optimizer_cases as cases  # noqa: E402
import optimizer_programs as programs  # noqa: E402
import optimizer_run as run  # noqa: E402

FACTS = json.loads((GOLDEN / "optimizers.json").read_text())
REGENERATE = "if TensorFlow changed, run tests/golden/make_optimizers.py"


@pytest.fixture(scope="module")
def arrays():
    with np.load(GOLDEN / "optimizers.npz") as file:
        return dict(file)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def described(variables):
    return [[v.op.name, v.get_shape().as_list(), str(v.dtype)[6:]] for v in variables]


def setting(value):
    if not isinstance(value, tuple):
        return value
    kind, number = value
    return torch.tensor(number) if kind == cases.TENSOR else lambda: number


def made(optimizer, settings, step):
    arguments = {key: setting(value) for key, value in settings.items()}
    if optimizer == "AdagradDAOptimizer":
        arguments["global_step"] = step
    return getattr(tf.train, optimizer)(**arguments)


def flat(tensors):
    return [np.ravel(tensor.detach().numpy()).astype(np.float64) for tensor in tensors]


def assert_follows(values, expected, names, scales, tolerance):
    """Each of `values` is as expected, up to a part of its scale: the largest value that it has had."""
    ends = np.cumsum([value.size for value in values])
    for value, wanted, name, scale in zip(values, np.split(expected, ends[:-1]), names, scales, strict=True):
        worst = np.abs(value - wanted).max()
        assert worst <= tolerance * scale, f"{name}: {value} instead of {wanted}; {REGENERATE}"


@pytest.mark.parametrize(
    ("case", "optimizer", "settings"), cases.CASES, ids=[case[0] for case in cases.CASES]
)
def test_variables_and_slots_follow_tensorflow_step_by_step(case, optimizer, settings, arrays, graph):
    step = tf.train.get_or_create_global_step()
    variables = {
        name: tf.get_variable(name, initializer=value) for name, value in cases.variables(optimizer).items()
    }
    opt = made(optimizer, settings, step)
    scales = None
    for number in range(cases.STEPS):
        gradients = {name: torch.tensor(value) for name, value in cases.gradients(number).items()}
        kept = {name: value.clone() for name, value in gradients.items()}
        with graph.step():
            opt.apply_gradients([(gradients[name], v) for name, v in variables.items()], step)
        assert all(torch.equal(gradients[name], kept[name]) for name in gradients)
        values = flat(global_variables())
        largest = [np.abs(value).max() for value in values]
        scales = largest if scales is None else np.maximum(scales, largest)
        names = [f"{variable.op.name} after step {number}" for variable in global_variables()]
        assert_follows(values, arrays[case][number], names, scales, 1e-6)
    facts = FACTS["cases"][case]
    assert described(global_variables()) == facts["variables"]
    assert [variable.op.name for variable in tf.trainable_variables()] == facts["trainable"]
    assert opt.get_slot_names() == facts["slots"]
    assert [variable.op.name for variable in opt.variables()] == facts["own"]
    assert opt.get_name() == facts["name"]


@pytest.mark.parametrize(
    ("case", "optimizer", "settings"), cases.CASES, ids=[case[0] for case in cases.CASES]
)
def test_recorded_updates_follow_tensorflow(case, optimizer, settings, arrays, graph):
    step = tf.train.get_or_create_global_step()
    variables = {
        name: tf.get_variable(name, initializer=value) for name, value in cases.variables(optimizer).items()
    }
    fed = {name: tf.placeholder(variable.dtype, variable.shape) for name, variable in variables.items()}
    train = made(optimizer, settings, step).apply_gradients(
        [(fed[name], variables[name]) for name in fed], step
    )
    assert described(global_variables()) == FACTS["cases"][case]["variables"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for number in range(cases.STEPS):
            gradients = cases.gradients(number)
            session.run(train, {fed[name]: gradients[name] for name in fed})
        values = [np.ravel(value).astype(np.float64) for value in session.run(global_variables())]
    largest = np.abs(arrays[case]).max(axis=0)
    ends = np.cumsum([value.size for value in values])
    scales = [part.max() for part in np.split(largest, ends[:-1])]
    names = [variable.op.name for variable in global_variables()]
    assert_follows(values, arrays[case][-1], names, scales, 1e-6)


def apply(optimizer, variables):
    optimizer.apply_gradients([(np.ones(v.shape, str(v.dtype)[6:]), v) for v in variables])


WORDS = {
    # The words of TensorFlow's message that ours has too, where they are not the same from the start.
    "no_gradients": "No gradients provided for any variable: [",
    "a_gradient_of_another_shape": "must be equal, but are",
    "a_gradient_of_another_dtype": "that does not match type float32",
    "variables_without_gradients": "",
}


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_program_has_tensorflows_outcome(name, graph):
    expected = FACTS["programs"][name]
    if "error" in expected:
        kind, message = expected["error"]
        with pytest.raises(Exception) as caught:  # noqa: PT011
            programs.PROGRAMS[name](tf, apply, torch.tensor(1.0))
        assert type(caught.value).__name__ == kind
        words = WORDS.get(name, message.split("Did you mean")[0].split("Originally")[0].rstrip(".: "))
        assert words in message
        assert words in str(caught.value)
    else:
        assert programs.PROGRAMS[name](tf, apply, torch.tensor(1.0)) == expected["result"]
    assert described(global_variables()) == expected["variables"]


# A run of TensorFlow goes on


def network(inputs):
    kernel = tf.get_variable("dense/kernel", initializer=run.KERNEL)
    bias = tf.get_variable("dense/bias", initializer=run.BIAS)
    return (torch.tanh(torch.tensor(inputs) @ kernel + bias) - 0.5).square().mean()


def assert_ends_like_tensorflow(optimizer, losses, start, arrays):
    expected = arrays[f"{optimizer}/losses"][start:]
    np.testing.assert_allclose([loss.item() for loss in losses], expected, rtol=1e-5)
    for variable in global_variables():
        end = arrays[f"{optimizer}/end/{variable.op.name}"]
        np.testing.assert_allclose(
            variable.detach().numpy(), end, rtol=1e-5, atol=1e-7, err_msg=variable.name
        )
    assert len(global_variables()) == sum(name.startswith(f"{optimizer}/end/") for name in arrays)


def scheduled(step):
    return lambda: tf.train.exponential_decay(0.1, step, 10, 0.5)


@pytest.mark.parametrize("start", [0, run.SAVED_AT], ids=["from-the-start", "from-tensorflows-checkpoint"])
@pytest.mark.parametrize("optimizer", run.OPTIMIZERS)
def test_a_run_in_a_loop_ends_like_tensorflows(optimizer, start, arrays, graph):
    step = tf.train.get_or_create_global_step()
    with graph.step():
        network(run.batch(0))
    opt = run.OPTIMIZERS[optimizer](tf.train, scheduled(step))
    opt.make_slots(tf.trainable_variables())
    if start:
        checkpoint = tf.train.latest_checkpoint(GOLDEN / "optimizer_checkpoints" / optimizer)
        tf.train.Saver().restore(None, checkpoint)
    losses = []
    for number in range(start, run.STEPS):
        with graph.step():
            loss = network(run.batch(number))
            opt.minimize(loss, step)
        losses.append(loss)
    assert_ends_like_tensorflow(optimizer, losses, start, arrays)


@pytest.mark.parametrize("given", ["optimizer", "function"])
@pytest.mark.parametrize("optimizer", run.OPTIMIZERS)
def test_a_train_op_continues_a_run_of_tensorflow(optimizer, given, arrays, graph):
    step = tf.train.get_or_create_global_step()
    position = iter(range(run.SAVED_AT, run.STEPS))
    inputs = learning.batches(run.batch(number) for number in position)
    opt = run.OPTIMIZERS[optimizer](tf.train, scheduled(step))
    train_op = learning.create_train_op(
        lambda: network(next(inputs)), opt if given == "optimizer" else lambda variables: opt, step
    )
    tf.train.Saver().restore(None, tf.train.latest_checkpoint(GOLDEN / "optimizer_checkpoints" / optimizer))
    losses = [train_op() for _ in range(run.SAVED_AT, run.STEPS)]
    assert_ends_like_tensorflow(optimizer, losses, run.SAVED_AT, arrays)


def trained(folder, steps):
    with Graph().as_default():
        step = tf.train.get_or_create_global_step()
        opt = tf.train.AdamOptimizer(scheduled(step))
        inputs = learning.batches(run.batch(number) for number in range(*steps))
        train_op = learning.create_train_op(lambda: network(next(inputs)), opt, step)
        learning.train(train_op, folder, log_every_n_steps=0, number_of_steps=steps[1])
        return {variable.op.name: variable.tolist() for variable in global_variables()}


def test_train_resumes_with_the_slots(tmp_path):
    trained(tmp_path / "cut", (0, 4))
    resumed = trained(tmp_path / "cut", (4, 9))
    assert resumed == trained(tmp_path / "whole", (0, 9))
    assert resumed["dense/kernel/Adam"] != np.zeros((3, 4)).tolist()
    names = [name for name, _ in tf.train.list_variables(str(tmp_path / "cut"))]
    assert sorted(resumed) == sorted(names)


# In the hands of PyTorch


TRAIN = tf.train
EACH = [
    pytest.param(lambda **params: TRAIN.GradientDescentOptimizer(0.1, **params), id="GradientDescent"),
    pytest.param(lambda **params: TRAIN.MomentumOptimizer(0.1, 0.9, **params), id="Momentum"),
    pytest.param(lambda **params: TRAIN.AdamOptimizer(0.1, **params), id="Adam"),
    pytest.param(lambda **params: TRAIN.RMSPropOptimizer(0.1, momentum=0.9, **params), id="RMSProp"),
    pytest.param(lambda **params: TRAIN.AdagradOptimizer(0.1, **params), id="Adagrad"),
    pytest.param(lambda **params: TRAIN.AdadeltaOptimizer(0.1, **params), id="Adadelta"),
    pytest.param(lambda **params: TRAIN.FtrlOptimizer(0.1, **params), id="Ftrl"),
    pytest.param(lambda **params: TRAIN.ProximalGradientDescentOptimizer(0.1, **params), id="ProximalGD"),
    pytest.param(lambda **params: TRAIN.ProximalAdagradOptimizer(0.1, **params), id="ProximalAdagrad"),
]


def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))


def fit(model, opt, steps):
    """Trains a module in PyTorch's way."""
    for number in range(*steps):
        opt.zero_grad()
        model(torch.tensor(run.batch(number))).square().mean().backward()
        opt.step()
    return [parameter.detach().clone() for parameter in model.parameters()]


@pytest.mark.parametrize("make", EACH)
def test_step_is_what_minimize_does(make):
    model, other = module(), module()
    stepped = fit(model, make(params=model.parameters()), (0, 4))
    opt = make()
    for number in range(4):
        loss = other(torch.tensor(run.batch(number))).square().mean()
        opt.minimize(loss, var_list=other.parameters())
    for a, b, start in zip(stepped, other.parameters(), module().parameters()):
        assert torch.equal(a, b)
        assert not torch.equal(a, start)
    assert opt.variables() == []


@pytest.mark.parametrize("make", EACH)
def test_a_saved_state_dict_goes_on_bit_for_bit(make, tmp_path):
    model = module()
    opt = make(params=model.parameters())
    fit(model, opt, (0, 3))
    torch.save([model.state_dict(), opt.state_dict()], tmp_path / "state.pt")
    expected = fit(model, opt, (3, 6))

    model = module()
    opt = make(params=model.parameters())
    weights, state = torch.load(tmp_path / "state.pt", weights_only=True)
    model.load_state_dict(weights)
    opt.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(fit(model, opt, (3, 6)), expected))


def test_state_dict_of_variables_is_loaded_into_the_same_slots(graph):
    variable = tf.get_variable("w", initializer=np.ones(3, np.float32))
    opt = TRAIN.AdamOptimizer(lambda: 0.1)
    apply(opt, [variable])
    state = {key: value.clone() for key, value in opt.state_dict()["state"][0].items()}
    saved = {**opt.state_dict(), "state": {0: state}, "counters": {"beta1_power": torch.tensor(0.5)}}
    slot, power = opt.get_slot(variable, "m"), opt.variables()[0]
    apply(opt, [variable])
    assert not torch.equal(slot, state["m"])
    opt.load_state_dict(saved)
    assert opt.get_slot(variable, "m") is slot
    assert torch.equal(slot, state["m"])
    assert power.name == "beta1_power:0"
    assert power == 0.5
    apply(opt, [variable])
    assert not torch.equal(slot, state["m"])
    assert described(graph.variables) == described([variable, *opt.variables()])


def test_pytorchs_schedulers_set_the_rate():
    parameter = torch.nn.Parameter(torch.zeros(2))
    opt = TRAIN.GradientDescentOptimizer(1.0, params=[parameter])
    scheduler = torch.optim.lr_scheduler.StepLR(opt, 1, 0.5)
    for _ in range(3):
        parameter.grad = torch.ones(2)
        opt.step()
        scheduler.step()
    assert parameter.tolist() == [-1.75, -1.75]


def test_a_function_is_called_once_for_each_application(graph):
    variable = tf.get_variable("w", initializer=np.zeros(2, np.float32))
    rates = iter([1.0, 0.5, 0.25])
    opt = TRAIN.GradientDescentOptimizer(lambda: next(rates))
    with graph.step():
        apply(opt, [variable])
        opt.minimize(variable.sum())
    variable.grad = torch.ones(2)
    opt.step()
    assert variable.tolist() == [-1.75, -1.75]


def test_groups_have_hyperparameters_of_their_own():
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
    opt = TRAIN.MomentumOptimizer(1.0, 0.0, params=parameters[:1])
    opt.add_param_group({"params": parameters[1:], "lr": 0.5, "momentum": 1.0})
    for _ in range(2):
        for parameter in parameters:
            parameter.grad = torch.ones(2)
        opt.step()
    assert [parameter.tolist()[0] for parameter in parameters] == [-2.0, -1.5, -1.5]


def test_step_evaluates_its_closure_with_gradients():
    parameter = torch.nn.Parameter(torch.ones(2))
    opt = TRAIN.GradientDescentOptimizer(0.25, params=[parameter])

    def closure():
        opt.zero_grad()
        loss = parameter.square().sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert opt.step(closure).item() == 2.0
    assert parameter.tolist() == [0.5, 0.5]


def test_torch_optimizers_hooks_and_repr_work():
    opt = TRAIN.AdamOptimizer(params=[torch.nn.Parameter(torch.ones(2))])
    called = []
    opt.register_step_post_hook(lambda *args: called.append(args))
    opt.step()
    assert len(called) == 1
    assert "lr: 0.001" in repr(opt)
    assert isinstance(opt, Optimizer)
    assert isinstance(opt, torch.optim.Optimizer)


def test_float64_keeps_its_precision():
    parameter = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    parameter.grad = torch.full((1,), 1 + 1e-12, dtype=torch.float64)
    # A NumPy number is taken as it is, a Python number rounded to float32, as in TensorFlow.
    TRAIN.GradientDescentOptimizer(np.float64(0.1), params=[parameter]).step()
    assert parameter.item() == pytest.approx(-0.1 * (1 + 1e-12), rel=1e-15)
    TRAIN.GradientDescentOptimizer(0.1, params=[parameter]).step()
    assert parameter.item() == pytest.approx(-(0.1 + float(np.float32(0.1))) * (1 + 1e-12), rel=1e-15)


# Slots


def test_slots_lie_in_memory_like_their_variables(graph):
    variable = tf.get_variable(
        "kernel", [3, 3, 4, 5], memory_order=(3, 0, 1, 2), initializer=tf.zeros_initializer()
    )
    assert not variable.is_contiguous()
    opt = TRAIN.AdamOptimizer()
    apply(opt, [variable])
    for slot in (opt.get_slot(variable, "m"), opt.get_slot(variable, "v")):
        assert slot.stride() == variable.stride()
        assert not slot.requires_grad
        assert not slot.trainable


def test_what_has_no_gradient_is_left_alone(graph):
    used, unused = (tf.get_variable(name, initializer=np.ones(2, np.float32)) for name in ("used", "unused"))
    opt = TRAIN.AdamOptimizer(0.1)
    with graph.step():
        pairs = opt.compute_gradients((used * used).sum())
        opt.apply_gradients(pairs)
    assert [variable.op.name for _, variable in pairs] == ["used", "unused"]
    assert pairs[0][0].tolist() == [2.0, 2.0]
    assert pairs[1][0] is None
    assert used.tolist() != [1.0, 1.0]
    assert unused.tolist() == [1.0, 1.0]
    assert opt.get_slot(unused, "m") is None


def test_a_variable_given_twice_is_updated_twice(graph):
    first, second = (tf.get_variable(name, initializer=np.ones(2, np.float32)) for name in "ab")
    opt = TRAIN.MomentumOptimizer(1.0, 0.5)
    ones = torch.ones(2)
    opt.apply_gradients([(ones, first), (ones, second), (ones, first)])
    # The accumulator is 1, then 0.5 + 1.
    assert first.tolist() == [-1.5, -1.5]
    assert second.tolist() == [0.0, 0.0]


def test_optimizers_that_outlive_a_step_share_nothing(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    generator, critic = TRAIN.AdamOptimizer(), TRAIN.AdamOptimizer()
    for number in range(3):
        with graph.step():
            if number != 1:
                apply(generator, [variable])
            if number:
                apply(critic, [variable])
    assert [made.op.name for made in critic.variables()] == [
        "beta1_power_1",
        "beta2_power_1",
        "w/Adam_2",
        "w/Adam_3",
    ]
    assert generator.variables()[0].item() == pytest.approx(0.9**3)
    assert critic.variables()[0].item() == pytest.approx(0.9**3)
    assert len(graph.variables) == 9


def test_an_optimizer_made_anew_in_each_step_has_the_same_slots(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    lasting = TRAIN.AdamOptimizer()
    apply(lasting, [variable])
    for _ in range(3):
        with graph.step():
            opt = TRAIN.AdamOptimizer()
            apply(opt, [variable])
    assert opt.get_slot(variable, "m").name == "w/Adam_2:0"
    assert opt.variables()[0].item() == pytest.approx(0.9**4)
    assert lasting.variables()[0].item() == pytest.approx(0.9**2)
    assert len(graph.variables) == 9


def test_an_optimizer_kept_from_a_step_on_keeps_its_slots(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    with graph.step():
        kept = TRAIN.MomentumOptimizer(0.1, 0.9)
        apply(kept, [variable])
    with graph.step():
        apply(kept, [variable])
        other = TRAIN.MomentumOptimizer(0.1, 0.9)
        apply(other, [variable])
    assert kept.get_slot(variable, "momentum").name == "w/Momentum:0"
    assert other.get_slot(variable, "momentum").name == "w/Momentum_1:0"


def test_two_train_ops_have_slots_of_their_own(graph):
    def loss():
        return tf.get_variable("w", initializer=np.ones(2, np.float32)).square().sum()

    for _ in range(2):
        learning.create_train_op(loss, TRAIN.MomentumOptimizer(0.1, 0.9))()
    assert [variable.op.name for variable in graph.variables] == [
        "global_step",
        "w",
        "w/Momentum",
        "w/Momentum_1",
    ]


def test_building_a_model_makes_the_slots_and_updates_nothing(graph):
    step = tf.train.get_or_create_global_step()

    def loss():
        variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
        value = variable.square().sum()
        TRAIN.MomentumOptimizer(0.1, 0.9).minimize(value, step)
        return tf.get_variable("other", initializer=np.ones(2, np.float32)).sum() + value.detach()

    learning.create_train_op(loss, TRAIN.GradientDescentOptimizer(0.0), None)
    assert {variable.op.name: variable.tolist() for variable in graph.variables} == {
        "global_step": 0,
        "w": [1.0, 1.0],
        "w/Momentum": [0.0, 0.0],
        "other": [1.0, 1.0],
    }


def test_slots_are_global_variables_and_moved_with_the_graph(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    apply(TRAIN.AdamOptimizer(), [variable])
    assert graph.get_collection(GraphKeys.GLOBAL_VARIABLES) == graph.variables
    assert tf.trainable_variables() == [variable]


def test_an_update_runs_a_fixed_number_of_kernels(graph):
    def kernels(count):
        variables = [torch.nn.Parameter(torch.ones(3)) for _ in range(count)]
        opt = TRAIN.AdamOptimizer(params=variables)
        for variable in variables:
            variable.grad = torch.ones(3)
        opt.step()
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
            opt.step()
        return [event.name for event in profile.events() if event.name.startswith("aten::_foreach")]

    assert kernels(20) == kernels(2)
    assert len(kernels(2)) == 7


def test_gradients_hold_no_reference_to_a_step(graph):
    """What an optimizer keeps between steps must not keep a step's memory."""
    freed = []

    class Held:
        belongs_to_step = True

        def __del__(self):
            freed.append(True)

    with graph.step():
        tf.add_to_collection("held", Held())
        opt = TRAIN.AdamOptimizer()
        apply(opt, [tf.get_variable("w", initializer=np.ones(2, np.float32))])
    with graph.step():
        gc.collect()
        assert freed == [True]


# Refusals and arguments


def test_callable_loss_non_scalar_loss_and_grad_loss(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    opt = TRAIN.GradientDescentOptimizer(0.5)
    with graph.step():
        ((gradient, _),) = opt.compute_gradients(lambda: variable * torch.tensor([2.0, 3.0]))
        opt.minimize(variable * 1.0, grad_loss=torch.tensor([1.0, 4.0]), gate_gradients=opt.GATE_NONE)
    assert gradient.tolist() == [2.0, 3.0]
    assert variable.tolist() == [0.5, -1.0]


def test_gradients_of_tensors_are_computed_but_not_applied(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    opt = TRAIN.GradientDescentOptimizer(0.5)
    with graph.step():
        hidden = variable * 2
        ((gradient, target),) = opt.compute_gradients(hidden.square().sum(), hidden)
        assert target is hidden
        assert gradient.tolist() == [4.0, 4.0]
        with pytest.raises(NotImplementedError, match="Trying to update a Tensor"):
            opt.apply_gradients([(gradient, target)])


def test_minimize_names_variables_and_loss_when_nothing_connects_them(graph):
    tf.get_variable("w", initializer=np.ones(2, np.float32))
    with pytest.raises(ValueError, match=r"No gradients provided for any variable, check.*'w:0'.*loss 1.0"):
        TRAIN.AdamOptimizer().minimize(torch.tensor(1.0))


def test_arguments_of_the_wrong_kind_are_refused(graph):
    variable = tf.get_variable("w", initializer=np.ones(2, np.float32))
    frozen = tf.get_variable("frozen", initializer=np.ones(2, np.float32), trainable=False)
    count = tf.get_variable("count", initializer=np.array(1, np.int32), trainable=False)
    opt = TRAIN.GradientDescentOptimizer(0.5)
    with graph.step():
        loss = (variable * frozen).sum()
        with pytest.raises(TypeError, match="var_list holds"):
            opt.compute_gradients(loss, [3])
        with pytest.raises(TypeError, match="loss is 3"):
            opt.compute_gradients(3, [variable])
        with pytest.raises(ValueError, match=r"Invalid type torch\.int32"):
            opt.compute_gradients(count * 1, [variable])
        with pytest.raises(ValueError, match=r"'frozen:0'.*trainable=True"):
            opt.compute_gradients(loss, [variable, frozen])
        with pytest.raises(TypeError, match="expected a variable"):
            opt.apply_gradients([(torch.ones(2), 3.0)])
        with pytest.raises(TypeError, match="global_step is 3"):
            opt.minimize(loss, 3)
        assert opt.compute_gradients(loss, [count]) == [(None, count)]
        assert variable.tolist() == [1.0, 1.0]


def test_load_state_dict_refuses_other_groups():
    opt = TRAIN.AdamOptimizer(params=[torch.nn.Parameter(torch.ones(2))])
    with pytest.raises(ValueError, match="parameter group"):
        TRAIN.AdamOptimizer().load_state_dict(opt.state_dict())
