"""`slim_torch.learning`: the train op and the training loop.

The numbers of the quadratic program (`x` starts at [1, 2], loss `sum(x * x)`, gradient descent with rate
0.1) were read off TensorFlow 1.15.5; they are also plain arithmetic: x shrinks by 0.8 in each step.
"""

import functools
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import learning
from slim_torch.checkpoint import Saver, files
from slim_torch.graph import Graph, GraphKeys
from slim_torch.scopes import get_variable
from slim_torch.variables import global_variables

SGD = functools.partial(torch.optim.SGD, lr=0.1)
MOMENTUM = functools.partial(torch.optim.SGD, lr=0.02, momentum=0.9)
ADAM = functools.partial(torch.optim.Adam, lr=0.1)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def x_variable():
    return get_variable("x", initializer=np.array([1.0, 2.0], np.float32))


def quadratic():
    return (x_variable() ** 2).sum()


def four_variables():
    x, z = x_variable(), get_variable("z", initializer=np.zeros(2, np.float32))
    get_variable("unused", initializer=np.zeros(2, np.float32))
    get_variable("frozen", initializer=np.zeros(2, np.float32), trainable=False)
    return (x * x).sum() + (z * z).sum()


def values(graph):
    return {variable.op.name: variable.tolist() for variable in graph.variables}


def listing(folder):
    """The names in a folder, but for those of event files."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("events."))


def train_op(optimizer=SGD, **keywords):
    return learning.create_train_op(quadratic, optimizer, **keywords)


# The train op


def test_creating_a_train_op_makes_the_variables_and_changes_nothing(graph):
    op = train_op()
    assert values(graph) == {"global_step": 0, "x": [1.0, 2.0]}
    assert [variable.name for variable in op.variables] == ["x:0"]
    assert not any(type(variable.data).__name__ == "FakeTensor" for variable in graph.variables)


def test_train_op_returns_the_loss_before_the_update_and_counts(graph):
    op = train_op()
    losses = [op() for _ in range(3)]
    assert [loss.item() for loss in losses] == pytest.approx([5.0, 3.2, 2.048])
    assert all(loss.shape == () and not loss.requires_grad for loss in losses)
    assert values(graph)["x"] == pytest.approx([0.512, 1.024])
    assert values(graph)["global_step"] == 3
    assert op.variables[0].grad is None


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        # The gradient is [2, 4]: its norm sqrt(20) is cut to 1, or not at all.
        pytest.param(1.0, [0.9552786350250244, 1.9105572700500488], id="cut"),
        pytest.param(100.0, [0.8, 1.6], id="short-enough"),
        pytest.param(0, [0.8, 1.6], id="off"),
        pytest.param(-1.0, [0.8, 1.6], id="negative-is-off"),
    ],
)
def test_each_gradient_is_clipped_by_its_own_norm(graph, largest, expected):
    op = learning.create_train_op(four_variables, SGD, clip_gradient_norm=largest)
    op()
    assert values(graph)["x"] == pytest.approx(expected, rel=1e-6)
    assert values(graph)["z"] == [0.0, 0.0]


def test_variables_without_a_gradient_and_those_not_chosen_stay(graph):
    four_variables()
    with graph.step():
        pass
    z = next(variable for variable in graph.variables if variable.name == "z:0")
    op = learning.create_train_op(four_variables, SGD, variables_to_train=[z])
    op()
    assert values(graph)["x"] == [1.0, 2.0]
    assert values(graph)["global_step"] == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("frozen", "frozen:0.*not among the trainable"),
        ("unused", "No gradients provided.*unused:0"),
        (None, "No gradients"),
    ],
)
def test_variables_that_cannot_be_trained_are_refused(graph, name, message):
    with graph.step():
        four_variables()
    chosen = [variable for variable in graph.variables if variable.op.name == name]
    with pytest.raises(ValueError, match=message):
        learning.create_train_op(four_variables, SGD, variables_to_train=chosen)()


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_an_error_and_updates_nothing(graph, factor):
    ran = []
    op = learning.create_train_op(lambda: quadratic() * factor, SGD, update_ops=[lambda: ran.append(1)])
    with pytest.raises(FloatingPointError, match="LossTensor is inf or nan"):
        op()
    assert values(graph) == {"global_step": 0, "x": [1.0, 2.0]}
    assert ran == []


def test_numerics_are_not_checked_on_request(graph):
    op = learning.create_train_op(lambda: quadratic() * float("nan"), SGD, check_numerics=False)
    assert op().isnan()
    assert values(graph)["global_step"] == 1


def model_with_updates(graph, ran):
    def model():
        graph.add_to_collection(GraphKeys.UPDATE_OPS, lambda: ran.append("collected"))
        return quadratic()

    return model


@pytest.mark.parametrize(
    ("update_ops", "expected", "warns"),
    [
        pytest.param("default", ["collected"], False, id="default"),
        pytest.param("list", ["own"], True, id="list"),
        pytest.param("empty", [], True, id="empty"),
        pytest.param("function", ["collected"], False, id="function"),
    ],
)
def test_update_ops_run_once_per_step(graph, caplog, update_ops, expected, warns):
    ran = []
    choice = {
        "default": None,
        "list": [lambda: ran.append("own")],
        "empty": [],
        "function": lambda: graph.get_collection(GraphKeys.UPDATE_OPS),
    }[update_ops]
    op = learning.create_train_op(model_with_updates(graph, ran), SGD, update_ops=choice)
    assert ran == []
    assert ("does not contain all the update_ops" in caplog.text) is warns
    op()
    op()
    assert ran == expected * 2


def test_global_step_may_be_none_or_a_variable_of_ones_own(graph):
    train_op(global_step=None)()
    assert "global_step" not in values(graph)
    own = get_variable("mystep", initializer=np.zeros((), np.int64), trainable=False)
    train_op(global_step=own)()
    assert values(graph)["mystep"] == 1


def test_optimizer_may_be_an_instance_over_the_variables(graph):
    with graph.step():
        quadratic()
    op = train_op(torch.optim.SGD(graph.variables, lr=0.1))
    op()
    assert values(graph)["x"] == pytest.approx([0.8, 1.6])


def test_optimizer_that_lacks_variables_or_holds_others_is_refused(graph):
    stranger = torch.nn.Parameter(torch.zeros(3))
    with pytest.raises(ValueError, match=r"lacks the variables \['x:0'\].*shapes \[\(3,\)\]"):
        train_op(torch.optim.SGD([stranger], lr=0.1))
    with pytest.raises(TypeError, match=r"expected a torch\.optim\.Optimizer"):
        train_op(lambda variables: None)


@pytest.mark.parametrize(
    ("total_loss", "error", "message"),
    [
        pytest.param(torch.tensor(1.0), TypeError, "expected a function", id="tensor"),
        pytest.param(lambda: None, ValueError, "returned None", id="nothing"),
        pytest.param(lambda: x_variable() * 2, ValueError, r"shape \(2,\)", id="vector"),
        pytest.param(lambda: quadratic().detach(), ValueError, "No gradients", id="no-gradient"),
    ],
)
def test_unfit_loss_function_is_refused(total_loss, error, message):
    with pytest.raises(error, match=message):
        learning.create_train_op(total_loss, SGD)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda x: x.sum() / x.sum().item(), id="item"),
        pytest.param(lambda x: x.sum() if x.sum() > 0 else -x.sum(), id="branch"),
        pytest.param(lambda x: x[x > 0].sum(), id="boolean-index"),
    ],
)
def test_loss_function_that_reads_a_value_is_told_why_it_cannot(read):
    with pytest.raises(ValueError, match=r"fake tensors.*value of a tensor"):
        learning.create_train_op(lambda: read(x_variable()), SGD)


def test_compiled_model_is_built_without_compiling():
    compiled = torch.compile(lambda x: (x * x).sum(), backend="eager")
    op = learning.create_train_op(lambda: compiled(x_variable()), SGD)
    assert [op().item() for _ in range(2)] == pytest.approx([5.0, 3.2])


def test_train_op_keeps_its_graph():
    op = train_op()
    with Graph().as_default() as other:
        op()
        assert other.variables == []


# Data


def test_building_loses_no_batch_and_takes_only_what_it_needs():
    taken = []

    def source():
        for number in range(4):
            taken.append(number)
            yield torch.tensor(float(number))

    data = learning.batches(source())
    seen = []

    def loss():
        first, second = next(data), next(data)
        seen.append((first, second))
        return quadratic() * (first + second)

    for _ in range(2):
        op = learning.create_train_op(loss, SGD)
    assert taken == [0, 1]
    seen.clear()
    op()
    op()
    assert [(first.item(), second.item()) for first, second in seen] == [(0.0, 1.0), (2.0, 3.0)]
    with pytest.raises(StopIteration):
        op()


def test_batches_of_a_data_loader_are_real_even_when_building_collates_them():
    loader = torch.utils.data.DataLoader(torch.arange(4.0), batch_size=2)
    data = learning.batches(loader)
    op = learning.create_train_op(lambda: quadratic() * next(data).sum(), SGD)
    assert op().item() == 5.0  # 5 * (0 + 1)


def test_empty_source_is_refused():
    data = learning.batches([])
    with pytest.raises(ValueError, match="data ended before the first step"):
        learning.create_train_op(lambda: quadratic() * next(data), SGD)


# Training


def test_train_logs_tensorflows_line_and_returns_the_last_loss(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="slim_torch")
    loss = learning.train(train_op(), tmp_path, number_of_steps=7, log_every_n_steps=3)
    assert isinstance(loss, float)
    assert loss == pytest.approx(5 * 0.64**6, rel=1e-5)
    lines = [record.getMessage() for record in caplog.records if "loss" in record.getMessage()]
    assert [re.sub(r"\(\d+\.\d{3} sec", "(T sec", line) for line in lines] == [
        # 5 * 0.64 ** 2 and 5 * 0.64 ** 5
        "global step 3: loss = 2.0480 (T sec/step)",
        "global step 6: loss = 0.5369 (T sec/step)",
    ]
    assert all(record.name == "slim_torch" for record in caplog.records)


def test_progress_is_shown_on_stderr_unless_the_application_has_set_up_logging(tmp_path):
    program = """
import functools, logging, sys, numpy, torch
from slim_torch import learning
from slim_torch.scopes import get_variable
if sys.argv[1] == 'configured':
    logging.basicConfig(format='mine %(message)s', level=logging.WARNING)
loss = lambda: (get_variable('x', initializer=numpy.ones(2, numpy.float32)) ** 2).sum()
op = learning.create_train_op(loss, functools.partial(torch.optim.SGD, lr=0.1))
learning.train(op, None, number_of_steps=1)
logger = logging.getLogger('slim_torch')
assert logger.handlers == [] and logger.level == logging.NOTSET
"""
    shown = {}
    for mode in ("plain", "configured"):
        command = [sys.executable, "-c", program, mode]
        root = Path(__file__).parent.parent
        result = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
        assert result.returncode == 0, result.stderr
        shown[mode] = result.stderr
    assert "INFO:slim_torch:global step 1: loss = 2.0000 (" in shown["plain"]
    assert shown["configured"] == ""


def test_train_leaves_checkpoints_of_the_start_and_the_end(tmp_path):
    learning.train(train_op(), tmp_path / "a" / "b", number_of_steps=7)
    folder = tmp_path / "a" / "b"
    names = ["checkpoint", "model.ckpt-0.safetensors", "model.ckpt-7.safetensors"]
    assert listing(folder) == names
    assert (folder / "checkpoint").read_text() == (
        'model_checkpoint_path: "model.ckpt-7"\n'
        'all_model_checkpoint_paths: "model.ckpt-0"\n'
        'all_model_checkpoint_paths: "model.ckpt-7"\n'
    )
    tensors, _ = files.load_safetensors(folder / "model.ckpt-7.safetensors")
    assert set(tensors) == {"x", "global_step"}
    assert tensors["global_step"].item() == 7


@pytest.mark.parametrize("interval", [None, 0])
def test_without_an_interval_only_the_end_is_saved(tmp_path, interval):
    learning.train(train_op(), tmp_path, number_of_steps=3, save_interval_secs=interval)
    assert listing(tmp_path) == ["checkpoint", "model.ckpt-3.safetensors"]


def test_five_checkpoints_are_kept(tmp_path):
    learning.train(train_op(), tmp_path, number_of_steps=9, save_interval_secs=1e-9)
    names = listing(tmp_path)
    assert names == ["checkpoint", *(f"model.ckpt-{step}.safetensors" for step in range(5, 10))]


@pytest.mark.parametrize("logdir", [None, ""])
def test_without_logdir_nothing_is_saved(tmp_path, monkeypatch, logdir):
    monkeypatch.chdir(tmp_path)
    assert learning.train(train_op(), logdir, number_of_steps=2) == pytest.approx(3.2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("optimizer", [SGD, MOMENTUM, ADAM], ids=["sgd", "momentum", "adam"])
def test_resumed_training_equals_uninterrupted_training(tmp_path, optimizer):
    with Graph().as_default() as whole:
        learning.train(train_op(optimizer), None, number_of_steps=8)
    for steps in (5, 8):
        with Graph().as_default() as resumed:
            learning.train(train_op(optimizer), tmp_path, number_of_steps=steps)
    assert values(resumed) == values(whole)


def test_resumed_optimizer_state_has_the_memory_layout_of_its_variable(tmp_path):
    def ones(shape, dtype=None):
        return torch.ones(shape, dtype=dtype)

    def program():
        weights = get_variable("w", [3, 3, 2, 4], initializer=ones, memory_order=(3, 0, 1, 2))
        return (weights * weights).sum()

    for steps in (2, 3):
        with Graph().as_default():
            op = learning.create_train_op(program, ADAM)
            learning.train(op, tmp_path, number_of_steps=steps)
    (weights,) = op.variables
    assert (
        op.optimizer.state[weights]["exp_avg"].stride()
        == weights.stride()
        != torch.empty(3, 3, 2, 4).stride()
    )
    tensors, _ = files.load_safetensors(files.safetensors_path(files.latest_checkpoint(tmp_path)))
    assert tensors["w"].is_contiguous()
    assert tensors["torch_optimizer/w/exp_avg"].shape == (3, 3, 2, 4)


def test_finished_training_makes_one_more_step_when_started_again(tmp_path):
    learning.train(train_op(), tmp_path, number_of_steps=7)
    with Graph().as_default() as graph:
        learning.train(train_op(), tmp_path, number_of_steps=7)
    assert values(graph)["global_step"] == 8


def test_init_fn_is_called_unless_there_is_a_checkpoint(tmp_path):
    calls = []

    for steps in (1, 2):
        with Graph().as_default() as graph:
            op = train_op()

            def init_fn(session, op=op):
                calls.append(session)
                op.variables[0].assign([3.0, 4.0])

            learning.train(op, tmp_path, number_of_steps=steps, init_fn=init_fn)
    assert calls == [None]
    assert values(graph)["x"] == pytest.approx([3 * 0.64, 4 * 0.64])


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"number_of_steps": 0}, "either None or a positive number"),
        ({"number_of_steps": -1}, "either None or a positive number"),
        ({"graph": Graph()}, "train_op was created in"),
    ],
)
def test_unfit_arguments_of_train_are_refused(tmp_path, keywords, message):
    with pytest.raises(ValueError, match=message):
        learning.train(train_op(), tmp_path, **keywords)
    assert list(tmp_path.iterdir()) == []


def test_train_needs_a_train_op_that_counts(tmp_path):
    with pytest.raises(ValueError, match="train_op cannot be None"):
        learning.train(None, tmp_path)
    with pytest.raises(ValueError, match="global_step=None"):
        learning.train(train_op(global_step=None), tmp_path, number_of_steps=2)


def test_end_of_data_ends_training_with_a_checkpoint(tmp_path):
    data = learning.batches([1.0, 1.0, 1.0])
    op = learning.create_train_op(lambda: quadratic() * next(data), SGD)
    assert learning.train(op, tmp_path, number_of_steps=9) == pytest.approx(2.048)
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-3")


def test_data_that_ended_before_the_first_step_is_an_error(tmp_path):
    data = learning.batches([1.0])
    op = learning.create_train_op(lambda: quadratic() * next(data), SGD)
    op()
    with pytest.raises(ValueError, match="before the first step"):
        learning.train(op, tmp_path)


def test_loss_that_becomes_nan_ends_training_and_leaves_the_last_checkpoint(tmp_path):
    data = learning.batches([1.0, 1.0, float("nan")])
    op = learning.create_train_op(lambda: quadratic() * next(data), SGD)
    with pytest.raises(FloatingPointError, match="LossTensor is inf or nan"):
        learning.train(op, tmp_path, save_interval_secs=1e-9)
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-2")


def test_ctrl_c_completes_the_step_and_saves_it(tmp_path):
    calls = []

    def loss():
        calls.append(1)
        if len(calls) == 4:  # the first call is the building
            signal.raise_signal(signal.SIGINT)
        return quadratic()

    op = learning.create_train_op(loss, SGD)
    with pytest.raises(KeyboardInterrupt):
        learning.train(op, tmp_path, number_of_steps=9)
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-3")
    tensors, _ = files.load_safetensors(files.safetensors_path(files.latest_checkpoint(tmp_path)))
    assert tensors["x"].tolist() == pytest.approx([0.512, 1.024])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_second_ctrl_c_does_not_wait_for_the_step(tmp_path):
    def loss():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return quadratic()

    op = train_op()
    op._total_loss = loss
    with pytest.raises(KeyboardInterrupt):
        learning.train(op, tmp_path, number_of_steps=9)
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-0")


def test_ctrl_c_while_the_last_checkpoint_is_written_is_not_lost(tmp_path, monkeypatch):
    op = train_op()
    save = Saver.save

    def interrupted_save(*arguments, **keywords):
        signal.raise_signal(signal.SIGINT)
        return save(*arguments, **keywords)

    monkeypatch.setattr(Saver, "save", interrupted_save)
    with pytest.raises(KeyboardInterrupt):
        learning.train(op, tmp_path, number_of_steps=2, save_interval_secs=None)
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-2")


def test_train_works_outside_the_main_thread(tmp_path):
    op = train_op()
    results = []
    thread = threading.Thread(target=lambda: results.append(learning.train(op, tmp_path, number_of_steps=2)))
    thread.start()
    thread.join()
    assert results == [pytest.approx(3.2)]


# Restoring


def two(shape=2, extra=True):
    def program():
        loss = (get_variable("a", initializer=np.ones(shape, np.float32)) ** 2).sum()
        if extra:
            loss = loss + (get_variable("b", initializer=np.ones(3, np.float32)) ** 2).sum()
        return loss + (get_variable("c", initializer=np.ones(1, np.float32)) ** 2).sum()

    return program


def test_checkpoint_that_does_not_fit_names_every_offender_and_changes_nothing(tmp_path):
    with Graph().as_default():
        learning.train(learning.create_train_op(two(extra=False), SGD), tmp_path, number_of_steps=2)
    with Graph().as_default() as graph:
        op = learning.create_train_op(two(shape=5), SGD)
        with pytest.raises(
            ValueError, match=r"(?s)a: the checkpoint has float32 \[2\].*\[5\].*Key b not found"
        ) as error:
            learning.train(op, tmp_path, number_of_steps=3)
    assert "c:" not in str(error.value)
    assert "Key c" not in str(error.value)
    assert values(graph) == {"global_step": 0, "a": [1.0] * 5, "b": [1.0] * 3, "c": [1.0]}


def test_checkpoint_of_another_optimizer_is_refused(tmp_path):
    with Graph().as_default():
        learning.train(train_op(ADAM), tmp_path, number_of_steps=2)
    with Graph().as_default() as graph:
        with pytest.raises(ValueError, match="holds the state of Adam, but training uses SGD"):
            learning.train(train_op(SGD), tmp_path, number_of_steps=3)
    assert values(graph)["x"] == [1.0, 2.0]


def test_missing_checkpoint_file_is_an_error_and_not_a_fresh_start(tmp_path):
    learning.train(train_op(), tmp_path, number_of_steps=2)
    (tmp_path / "model.ckpt-2.safetensors").unlink()
    with Graph().as_default(), pytest.raises(FileNotFoundError, match=r"model\.ckpt-2\.safetensors"):
        learning.train(train_op(), tmp_path, number_of_steps=3)


def test_crash_while_saving_leaves_the_previous_checkpoint(tmp_path, monkeypatch):
    learning.train(train_op(), tmp_path, number_of_steps=2)
    for step in ("safetensors", "checkpoint"):

        def crash(source, target, step=step, replace=os.replace):
            if str(target).endswith(step):
                raise OSError("no space left")
            replace(source, target)

        with Graph().as_default(), monkeypatch.context() as patch:
            op = train_op()
            patch.setattr(os, "replace", crash)
            with pytest.raises(OSError, match="no space"):
                learning.train(op, tmp_path, number_of_steps=5, save_interval_secs=None)
        assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-2")
        assert not list(tmp_path.glob("*.tmp*"))
    with Graph().as_default() as graph:
        learning.train(train_op(), tmp_path, number_of_steps=3)
        assert values(graph)["x"] == pytest.approx([0.512, 1.024])
        assert len(global_variables()) == 2
