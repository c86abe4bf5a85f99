"""`slim.learning.train` on train ops of functions: what each of its parameters means there."""

import functools
import glob
import json
import logging
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import learning, tf
from slim_torch.batch_source import BatchSource
from slim_torch.checkpoint import Saver, files, restore_training, save_training
from slim_torch.checkpoint.training_state import decoded, encoded
from slim_torch.graph import Graph, GraphKeys
from slim_torch.scopes import get_variable
from slim_torch.training_loop import FunctionSession
from slim_torch.variables import get_or_create_global_step

SGD = functools.partial(torch.optim.SGD, lr=0.1)


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def quadratic():
    x = get_variable("x", initializer=np.array([1.0, 2.0], np.float32))
    return (x**2).sum()


def train_op(optimizer=SGD, loss=quadratic, **keywords):
    return learning.create_train_op(loss, optimizer, **keywords)


def x_of(graph):
    return next(variable for variable in graph.variables if variable.op.name == "x")


# The step


def test_a_train_step_of_ones_own_is_given_a_session_that_calls_and_reads(graph):
    seen = []

    def step(session, op, global_step, keywords):
        loss, stop = learning.train_step(session, op, global_step, keywords)
        x = session.run(x_of(graph))
        seen.append(
            (float(loss), bool(stop), session.run({"step": global_step, "one": lambda: 1}), x.tolist())
        )
        return loss, stop or len(seen) == 2

    op = train_op()
    assert learning.train(op, None, step, number_of_steps=9) == pytest.approx(3.2)
    assert [facts[2] for facts in seen] == [{"step": 1, "one": 1}, {"step": 2, "one": 1}]
    assert [facts[:2] for facts in seen] == [(5.0, False), (pytest.approx(3.2), False)]
    assert seen[0][3] == pytest.approx([0.8, 1.6])


def test_what_the_stand_in_cannot_run_says_why(graph):
    session = FunctionSession(graph)
    with pytest.raises(ValueError, match="nothing to feed"):
        session.run(1, feed_dict={"a": 1})
    with Graph().as_default():
        recorded = tf.placeholder(tf.float32, [], name="fed")
    with pytest.raises(TypeError, match="'fed:0' is recorded"):
        session.run([recorded])
    pair = tf.TensorShape  # any function
    assert session.run((1, [2.5, "a"])) == (1, [2.5, "a"])
    assert session.run(functools.partial(pair, [2])).as_list() == [2]


def test_the_end_of_the_data_passes_through_lists_of_fetches(graph):
    data = iter([])
    with pytest.raises(StopIteration):
        FunctionSession(graph).run([lambda: next(data), 1])


def test_keywords_of_ones_own_stop_and_log(caplog):
    caplog.set_level(logging.INFO, logger="slim_torch")
    op = train_op()
    stop = {"should_stop": lambda: int(op.global_step) >= 3, "should_log": True}
    assert learning.train(op, None, learning.train_step, stop) == pytest.approx(2.048)
    assert sum("global step" in record.getMessage() for record in caplog.records) == 3
    assert stop["summary_writer"] is None


def test_a_session_wrapper_gives_what_steps_are_given():
    given = []

    def step(session, op, *_):
        given.append(session)
        return op(), True

    learning.train(train_op(), None, step, session_wrapper=lambda session: ("wrapped", session))
    (pair,) = given
    assert pair[0] == "wrapped"
    assert isinstance(pair[1], FunctionSession)


# Beginning


def test_initializers_are_called_in_tensorflows_order(tmp_path):
    calls = []

    def calling(word, result=None):
        return lambda *arguments: calls.append((word, *arguments)) or result

    for steps in (1, 2):
        with Graph().as_default():
            learning.train(
                train_op(),
                tmp_path,
                number_of_steps=steps,
                init_op=calling("init_op"),
                local_init_op=calling("local_init_op"),
                init_fn=calling("init_fn"),
                ready_op=calling("ready_op", []),
            )
        calls.append(steps)
    assert calls == [
        ("init_op",),
        ("init_fn", None),
        ("local_init_op",),
        ("ready_op",),
        1,
        ("local_init_op",),
        ("ready_op",),
        2,
    ]


@pytest.mark.parametrize(
    ("keywords", "error", "message"),
    [
        ({"ready_op": lambda: ["x"]}, RuntimeError, "Variables not initialized: x"),
        ({"init_op": 3}, TypeError, "init_op is 3.*a function without arguments"),
        ({"init_feed_dict": {"a": 1}}, ValueError, "init_feed_dict"),
        ({"session_config": {"device": "cpu"}}, TypeError, r"expected a tf\.ConfigProto"),
        ({"master": "grpc://here:1"}, ValueError, "torchrun"),
        ({"is_chief": False, "startup_delay_steps": 3}, ValueError, "do not train asynchronously"),
    ],
)
def test_what_has_no_meaning_is_refused(keywords, error, message):
    with pytest.raises(error, match=message):
        learning.train(train_op(), None, number_of_steps=1, **keywords)


def test_a_global_step_of_ones_own_counts_for_a_train_op_that_does_not():
    op = train_op(global_step=None)
    own = get_or_create_global_step()

    def step(session, op, global_step, keywords):
        own.assign_add(2)
        return learning.train_step(session, op, global_step, keywords)

    learning.train(op, None, step, global_step=own, number_of_steps=4)
    assert int(own) == 4


# Writing


def events(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "events.*"))):
        for event in tf.train.summary_iterator(path):
            if event.HasField("session_log"):
                found.setdefault("session_log", []).append(event.session_log.status)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, round(value.simple_value, 4)))
    return found


def summarized():
    loss = quadratic()
    tf.summary.scalar("loss", loss)
    return loss


def test_summaries_of_the_step_are_written_when_due(tmp_path):
    learning.train(train_op(loss=summarized), tmp_path, number_of_steps=3, save_summaries_secs=1e-9)
    found = events(tmp_path)
    assert found["loss"] == [(1, 5.0), (2, 3.2), (3, 2.048)]
    assert len(found["global_step/sec"]) == 3
    assert found["session_log"] == [1, 3, 2]


@pytest.mark.parametrize(
    ("keywords", "tags"),
    [
        pytest.param({"save_summaries_secs": 600}, {"loss": [(1, 5.0)]}, id="at-the-first-step"),
        pytest.param({"save_summaries_secs": 0}, {}, id="no-interval"),
        pytest.param({"summary_op": None}, {}, id="none"),
        pytest.param(
            {"summary_op": lambda: tf.Summary(value=[tf.Summary.Value(tag="own", simple_value=2.0)])},
            {"own": [(1, 2.0)]},
            id="function",
        ),
    ],
)
def test_summary_op_and_interval(tmp_path, keywords, tags):
    learning.train(train_op(loss=summarized), tmp_path, number_of_steps=3, **keywords)
    found = events(tmp_path)
    assert {tag: found[tag] for tag in found if tag not in ("session_log", "global_step/sec")} == tags


def test_a_summary_writer_of_ones_own_or_none(tmp_path):
    writer = tf.summary.FileWriter(tmp_path / "own")
    learning.train(train_op(loss=summarized), tmp_path / "a", number_of_steps=1, summary_writer=writer)
    assert events(tmp_path / "own")["loss"] == [(1, 5.0)]
    assert events(tmp_path / "a") == {}
    with Graph().as_default():
        learning.train(train_op(loss=summarized), tmp_path / "b", number_of_steps=1, summary_writer=None)
    assert events(tmp_path / "b") == {}


def test_who_is_not_the_chief_resumes_and_writes_nothing(tmp_path):
    learning.train(train_op(), tmp_path, number_of_steps=2)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with Graph().as_default() as graph:
        learning.train(train_op(loss=summarized), tmp_path, number_of_steps=3, is_chief=False)
        assert x_of(graph).tolist() == pytest.approx([0.512, 1.024])
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_saver_of_ones_own_decides_what_is_kept(tmp_path):
    op = train_op()
    saver = Saver(max_to_keep=2)
    learning.train(op, tmp_path, number_of_steps=6, saver=saver, save_interval_secs=1e-9)
    assert sorted(path.name for path in tmp_path.glob("model*")) == [
        "model.ckpt-5.safetensors",
        "model.ckpt-6.safetensors",
    ]
    assert saver.companion is None


def test_traces_are_written_for_chrome(tmp_path):
    learning.train(train_op(), tmp_path, number_of_steps=4, trace_every_n_steps=2)
    assert sorted(path.name for path in tmp_path.glob("*trace*")) == ["tf_trace-1.json", "tf_trace-3.json"]
    trace = json.loads((tmp_path / "tf_trace-3.json").read_text())
    assert any("aten::" in event.get("name", "") for event in trace["traceEvents"])


def test_progress_bar_on_a_terminal_and_clear_lines_of_the_log(monkeypatch, caplog):
    caplog.set_level(logging.INFO, logger="slim_torch")
    drawn = []

    class Bar:
        def __init__(self, **keywords):
            self.n = keywords["initial"]
            drawn.append(("bar", keywords["total"], keywords["initial"]))

        def update(self, more):
            self.n += more
            drawn.append(self.n)

        def clear(self):
            drawn.append("clear")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            drawn.append("end")

    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    learning.train(train_op(), None, number_of_steps=2, log_every_n_steps=2)
    assert drawn == [("bar", 2, 0), 1, "clear", 2, "clear", "end"]
    drawn.clear()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with Graph().as_default():
        learning.train(train_op(), None, number_of_steps=2)
    assert drawn == []


# How it runs


def test_autocast_is_entered_anew_in_each_step():
    products = []

    def loss():
        x = get_variable("x", initializer=np.ones((2, 2), np.float32))
        products.append((x @ x).detach())
        return (x @ x).float().sum()

    config = tf.ConfigProto(autocast_dtype=torch.bfloat16)
    learning.train(train_op(loss=loss), None, number_of_steps=2, session_config=config)
    built, first, second = products
    assert built.dtype == torch.float32
    assert first.dtype == second.dtype == torch.bfloat16
    # The second step casts the new weights, not those of the first.
    assert second.float().sum() < first.float().sum()


def test_session_config_says_what_it_cannot_do(caplog, monkeypatch):
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    config = tf.ConfigProto(device="cpu", compile=True, intra_op_parallelism_threads=3)
    learning.train(train_op(), None, number_of_steps=1, session_config=config)
    assert "compile has no effect on training" in caplog.text
    assert threads == [3]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("way", ["function", "recorded"])
def test_a_signal_completes_the_step_saves_and_stops(tmp_path, number, way):
    calls = []

    def step(*arguments):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(number)
        return learning.train_step(*arguments)

    if way == "recorded":
        x = tf.get_variable("x", initializer=np.array([1.0, 2.0], np.float32))
        op = learning.create_train_op(tf.reduce_sum(x * x), tf.train.GradientDescentOptimizer(0.1))
    else:
        op = train_op()
    with pytest.raises((SystemExit, KeyboardInterrupt)) as raised:
        learning.train(op, tmp_path, step, number_of_steps=9)
    if number == signal.SIGTERM:
        assert raised.type is SystemExit
        assert raised.value.code == 143
    else:
        assert raised.type is KeyboardInterrupt
    assert files.latest_checkpoint(tmp_path) == os.path.join(tmp_path, "model.ckpt-3")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("way", ["function", "recorded"])
def test_a_loss_that_is_not_finite_is_tensorflows_error(way):
    if way == "recorded":
        x = tf.get_variable("x", initializer=1.0)
        op = learning.create_train_op(tf.log(-x), tf.train.GradientDescentOptimizer(0.1))
    else:
        op = train_op(loss=lambda: (-quadratic()).log())
    with pytest.raises(tf.errors.InvalidArgumentError, match="LossTensor is inf or nan"):
        learning.train(op, None, number_of_steps=2)


# Positions in the data


class Shuffled:
    """Numbers in a new order in each pass, without end; it knows where it is."""

    def __init__(self, count, seed=0):
        self.count, self.passes, self.done, self.seed = count, 0, 0, seed

    def __iter__(self):
        return self

    def __next__(self):
        if self.done == self.count:
            self.passes, self.done = self.passes + 1, 0
        generator = torch.Generator().manual_seed(self.seed + self.passes)
        order = torch.randperm(self.count, generator=generator)
        self.done += 1
        return order[self.done - 1]

    def state_dict(self):
        return {"passes": self.passes, "done": self.done}

    def load_state_dict(self, state):
        self.passes, self.done = state["passes"], state["done"]


def taken(source, count):
    return [int(next(source)) for _ in range(count)]


def test_position_of_a_source_counts_what_was_peeked_as_not_taken(graph):
    expected = taken(Shuffled(5), 12)
    source = learning.batches(Shuffled(5))

    def loss():
        return quadratic() * (1 + next(source) + 0 * next(source))

    train_op(loss=loss)  # peeks at two
    before = source.state_dict()
    first = taken(source, 1)
    between = source.state_dict()
    rest = taken(source, 6)
    after = source.state_dict()
    assert first + rest == expected[:7]
    for state, position in ((before, 0), (between, 1), (after, 7)):
        again = learning.batches(Shuffled(5))
        again.load_state_dict(state)
        assert taken(again, 5) == expected[position : position + 5]
    assert not source.has_ended()
    assert taken(source, 3) == expected[7:10]
    assert graph.get_collection(GraphKeys.SAVEABLE_OBJECTS) == [source]


def test_a_source_without_a_position_says_so():
    source = learning.batches([1, 2])
    assert not source.has_position
    assert [source.has_ended(), next(source), next(source), source.has_ended()] == [False, 1, 2, True]
    with pytest.raises(TypeError, match="list has no position to keep"):
        source.state_dict()


def noisy(source):
    x = get_variable("x", initializer=np.ones(20, np.float32))
    number = next(source)
    noise = torch.nn.functional.dropout(x, 0.5)
    return (noise * (number + 1)).square().mean() * float(1 + 0.01 * np.random.rand())


def noisy_op(optimizer):
    source = learning.batches(Shuffled(7))
    return learning.create_train_op(functools.partial(noisy, source), optimizer)


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(functools.partial(torch.optim.Adam, lr=0.01), id="torch"),
        # A function that makes it: an optimizer is of one graph.
        pytest.param(lambda variables: tf.train.AdamOptimizer(0.01), id="tensorflow"),
    ],
)
def test_resumed_training_sees_the_same_data_and_random_numbers(tmp_path, optimizer):
    torch.manual_seed(3)
    np.random.seed(3)
    with Graph().as_default() as whole:
        learning.train(noisy_op(optimizer), None, number_of_steps=17)
    torch.manual_seed(3)
    np.random.seed(3)
    for steps in (5, 11, 17):
        with Graph().as_default() as parts:
            learning.train(noisy_op(optimizer), tmp_path, number_of_steps=steps)
        torch.manual_seed(steps)
        np.random.seed(steps)
    assert torch.equal(x_of(whole), x_of(parts))


def test_a_position_that_is_not_in_the_checkpoint_is_said_to_be_missing(tmp_path, caplog):
    learning.train(train_op(), tmp_path, number_of_steps=2)
    with Graph().as_default():
        source = learning.batches(Shuffled(5))
        op = train_op(loss=lambda: quadratic() * next(source))
        learning.train(op, tmp_path, number_of_steps=3)
    assert "positions of 0 sources of batches, and 1 are in use" in caplog.text


def test_resuming_at_the_end_of_the_data_is_a_clean_stop(tmp_path):
    class Ending(Shuffled):
        def __next__(self):
            if self.passes == 0 and self.done == self.count:
                raise StopIteration
            return super().__next__()

    for expected in (3, 3):
        with Graph().as_default() as graph:
            source = learning.batches(Ending(3))
            op = train_op(loss=lambda source=source: quadratic() * (1 + next(source)))
            loss = learning.train(op, tmp_path)
            assert int(op.global_step) == expected
    assert loss is None
    assert graph is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1, 2.5, "a", True, float("inf")],
        {"a": (1, [b"\x00\xff"]), 3: {"b": None}},
        {"big": 2**80},
    ],
)
def test_states_are_written_and_read_again(value):
    tensors = []
    text = json.dumps(encoded(value, tensors))
    assert decoded(json.loads(text), tensors.__getitem__) == value
    assert tensors == []


@pytest.mark.parametrize("size", [3, 100_000])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float32, torch.bool, torch.bfloat16])
def test_tensors_in_states_keep_dtype_and_shape(size, dtype):
    tensors = []
    value = torch.arange(size).reshape(1, size).to(dtype)
    text = json.dumps(encoded({"t": value, "a": np.arange(4.0)}, tensors))
    found = decoded(json.loads(text), tensors.__getitem__)
    assert torch.equal(found["t"], value)
    assert found["t"].dtype == dtype
    assert found["a"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert len(tensors) == (value.nbytes > 65536)


def test_states_that_cannot_be_kept_are_refused():
    with pytest.raises(TypeError, match="holds a set"):
        encoded({"a": {1}}, [])


def test_large_states_are_tensors_of_the_checkpoint_and_not_of_the_model(tmp_path):
    class Big(Shuffled):
        def state_dict(self):
            return {**super().state_dict(), "order": torch.arange(20_000)}

    source = learning.batches(Big(5))
    op = train_op(loss=lambda: quadratic() * (1 + next(source)))
    learning.train(op, tmp_path, number_of_steps=1)
    tensors, metadata = files.load_safetensors(files.safetensors_path(files.latest_checkpoint(tmp_path)))
    assert tensors["training_state/0"].tolist() == list(range(20_000))
    assert "random" in metadata["training_state"]
    with Graph().as_default():
        again = learning.batches(Big(5))
        op = train_op(loss=lambda: quadratic() * (1 + next(again)))
        learning.train(op, tmp_path, number_of_steps=2)
    assert isinstance(again, BatchSource)


def test_sigterm_of_a_process_saves(tmp_path):
    program = """
import functools, os, signal, sys, time, numpy, torch
from slim_torch import learning
from slim_torch.scopes import get_variable
def loss():
    time.sleep(0.01)
    return (get_variable('x', initializer=numpy.ones(2, numpy.float32)) ** 2).sum()
op = learning.create_train_op(loss, functools.partial(torch.optim.SGD, lr=0.1))
learning.train(op, sys.argv[1], log_every_n_steps=1)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, os.fspath(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    with process:
        for line in process.stderr:
            if "global step 3:" in line:
                process.terminate()
                break
        rest = process.stderr.read()
    assert process.returncode == 143, rest
    assert "Caught SIGTERM: stopping." in rest
    step = int(files.latest_checkpoint(tmp_path).rpartition("-")[2])
    assert step >= 3


def test_a_loop_of_ones_own_saves_and_restores_the_same(tmp_path):
    adam = functools.partial(torch.optim.Adam, lr=0.1)
    with Graph().as_default() as graph:
        op = train_op(adam)
        for step in range(7):
            op()
            path = save_training(os.fspath(tmp_path), step, graph.variables, op.optimizer)
        expected = [op().item() for _ in range(2)]
    assert path == os.path.join(tmp_path, "model.ckpt-6")
    assert len(list(tmp_path.glob("model*"))) == 5
    with Graph().as_default() as graph:
        op = train_op(adam)
        restore_training(path, graph.variables, op.optimizer)
        assert [op().item() for _ in range(2)] == expected
