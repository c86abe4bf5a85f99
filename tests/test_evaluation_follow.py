"""Evaluating what another process writes: each checkpoint at most once, none half-read, whatever becomes of the files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import follow_trainer
import numpy as np
import pytest

import slim_torch as slim
from slim_torch import checkpoint_following, tf
from slim_torch.checkpoint import convert
from slim_torch.checkpoint.files import update_checkpoint_state

COUNT = 50


@pytest.fixture(autouse=True)
def _fresh_graph():
    with tf.Graph().as_default():
        yield
    tf.summary.FileWriterCache.clear()


class Seen(tf.train.SessionRunHook):
    """Notes the checkpoint of each evaluation: its step, and the smallest and largest element of all."""

    def __init__(self, variables, step, path=os.devnull):
        self._path = path
        self._fetches = [step, [[tf.reduce_min(v), tf.reduce_max(v)] for v in variables]]
        self.seen = []

    def end(self, session):
        step, extremes = session.run(self._fetches)
        self.seen.append((int(step), float(np.min(extremes)), float(np.max(extremes))))
        with open(self._path, "ab") as file:
            file.write(b".")


def test_each_checkpoint_of_a_trainer_beside_is_evaluated_at_most_once_and_whole(tmp_path):
    variables, step, _ = follow_trainer.made()
    metric, update = slim.metrics.streaming_mean(variables[0] * 2.0)
    evaluated = tmp_path / "evaluated"
    hook = Seen(variables, step, evaluated)
    trainer = subprocess.Popen(
        [sys.executable, follow_trainer.__file__, str(tmp_path), str(COUNT), str(evaluated)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    ended = []

    def timeout_fn():
        # Once more after the end of the trainer, for what it wrote last.
        ended.append(trainer.poll() is not None)
        return ended[-2:] == [True, True]

    last = slim.evaluation.evaluation_loop(
        "",
        tmp_path,
        None,
        num_evals=2,
        eval_op=update,
        final_op=metric,
        eval_interval_secs=0,
        timeout=1.5,
        timeout_fn=timeout_fn,
        hooks=[hook],
    )
    assert trainer.wait() == 0
    steps = [step for step, _, _ in hook.seen]
    assert steps == sorted(set(steps)), "a checkpoint was evaluated twice, or an older one after a newer"
    assert len(steps) > 3
    assert steps[-1] == COUNT
    assert [(low, high) for _, low, high in hook.seen] == [(float(step), float(step)) for step in steps]
    offline = slim.evaluation.evaluate_once(
        "", tf.train.latest_checkpoint(tmp_path), None, num_evals=2, eval_op=update, final_op=metric
    )
    assert last == offline == 2.0 * COUNT


# Damaged and missing files. Time passes at once, and the files are repaired while the evaluator waits.


class Clock:
    """Stands for the module `time`: sleeping does the next of the actions that are given."""

    def __init__(self):
        self.now = 1000.0
        self.actions = []

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        if seconds and self.actions:
            self.actions.pop(0)()


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(checkpoint_following, "time", clock)
    return clock


@pytest.fixture
def model():
    w = tf.get_variable("w", [100], initializer=tf.zeros_initializer())
    v = tf.get_variable("v", [100], initializer=tf.zeros_initializer())
    return [w, v], tf.train.get_or_create_global_step()


def saved(folder, step):
    """A checkpoint whose elements are all `step`, and which the state file names."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", [100], initializer=tf.constant_initializer(float(step)))
        v = tf.get_variable("v", [100], initializer=tf.constant_initializer(float(step)))
        global_step = tf.train.get_or_create_global_step()
        session.run(tf.global_variables_initializer())
        session.run(global_step.assign(step))
        assert w is not v
        return Path(tf.train.Saver().save(session, folder / "model.ckpt", global_step=step) + ".safetensors")


def as_tensorflow(path):
    """The checkpoint in TensorFlow's files in place of ours: the index and the data."""
    prefix = str(path).removesuffix(".safetensors")
    convert(path, prefix, to="tensorflow")
    path.unlink()
    return Path(prefix + ".index"), Path(prefix + ".data-00000-of-00001")


def follow(folder, model, timeout=20):
    """Evaluates until a timeout; what was seen, and the last final value."""
    hook = Seen(*model)
    last = slim.evaluation.evaluation_loop(
        "",
        folder,
        None,
        eval_op=model[0][0],
        final_op=model[1],
        eval_interval_secs=0,
        timeout=timeout,
        hooks=[hook],
    )
    assert all(low == high == step for step, low, high in hook.seen)
    return [step for step, _, _ in hook.seen], last


def warnings_in(caplog):
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_a_state_that_names_a_deleted_checkpoint_is_waited_out(tmp_path, clock, model, caplog):
    saved(tmp_path, 1).unlink()
    clock.actions = [lambda: None, lambda: saved(tmp_path, 2)]
    assert follow(tmp_path, model) == ([2], 2)
    assert any("Couldn't match files" in line for line in warnings_in(caplog))


def test_a_checkpoint_deleted_between_finding_and_reading_is_skipped(
    tmp_path, clock, model, monkeypatch, caplog
):
    first = saved(tmp_path, 1)
    restore = tf.train.Saver.restore

    def deleted_meanwhile(self, session, path):
        first.unlink(missing_ok=True)
        restore(self, session, path)

    monkeypatch.setattr(tf.train.Saver, "restore", deleted_meanwhile)
    clock.actions = [lambda: saved(tmp_path, 2)]
    assert follow(tmp_path, model) == ([2], 2)
    assert any("model.ckpt-1 cannot be read" in line for line in warnings_in(caplog))


@pytest.mark.parametrize("cut", [0, 1, 7, 20, 45])
def test_a_torn_state_file_is_waited_out(tmp_path, clock, model, cut):
    saved(tmp_path, 1)
    state = tmp_path / "checkpoint"
    whole = state.read_bytes()
    state.write_bytes(whole[:cut])
    clock.actions = [lambda: None, lambda: state.write_bytes(whole)]
    assert follow(tmp_path, model) == ([1], 1)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00binary", b'model_checkpoint_path: "x" ]'], ids=["bytes", "text"]
)
def test_a_damaged_state_file_is_ignored_until_the_timeout(tmp_path, clock, model, content, caplog):
    saved(tmp_path, 1)
    (tmp_path / "checkpoint").write_bytes(content)
    assert follow(tmp_path, model) == ([], None)
    assert any("Checkpoint ignored" in line for line in warnings_in(caplog))


@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.99])
def test_a_file_that_is_still_being_copied_is_evaluated_once_when_it_is_whole(tmp_path, clock, model, part):
    path = saved(tmp_path, 1)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    clock.actions = [lambda: None, lambda: path.write_bytes(whole)]
    assert follow(tmp_path, model) == ([1], 1)


def test_a_checkpoint_that_stays_damaged_is_left_for_the_next_one(tmp_path, clock, model, caplog):
    path = saved(tmp_path, 1)
    path.write_bytes(path.read_bytes()[:-1])
    clock.actions = [lambda: None, lambda: None, lambda: saved(tmp_path, 2)]
    assert follow(tmp_path, model, timeout=100) == ([2], 2)
    assert sum("cannot be read" in line for line in warnings_in(caplog)) == 3


def test_a_checkpoint_that_stays_damaged_ends_in_the_timeout(tmp_path, clock, model):
    path = saved(tmp_path, 1)
    path.write_bytes(b"")
    begin = clock.now
    assert follow(tmp_path, model, timeout=20) == ([], None)
    assert clock.now - begin <= 21


def test_waiting_for_a_damaged_checkpoint_asks_the_timeout_function(tmp_path, clock, model):
    saved(tmp_path, 1).write_bytes(b"")
    answers = [False, False, True]
    last = slim.evaluation.evaluation_loop(
        "",
        tmp_path,
        None,
        final_op=model[1],
        eval_interval_secs=0,
        timeout=3,
        timeout_fn=lambda: answers.pop(0),
    )
    assert last is None
    assert not answers


@pytest.mark.parametrize("missing", ["index", "data", "cut-index", "cut-data", "data-of-another"])
def test_half_of_tensorflows_pair_of_files_is_never_evaluated(tmp_path, clock, model, missing):
    (tmp_path / "other").mkdir()
    _, other = as_tensorflow(saved(tmp_path / "other", 5))
    index, data = as_tensorflow(saved(tmp_path, 1))
    path = index if "index" in missing else data
    whole = path.read_bytes()
    if missing.startswith("cut"):
        path.write_bytes(whole[:-20])
    elif missing == "data-of-another":
        shutil.copyfile(other, path)
    else:
        path.unlink()
    clock.actions = [lambda: None, lambda: path.write_bytes(whole)]
    assert follow(tmp_path, model) == ([1], 1)


def test_a_checkpoint_that_does_not_fit_the_model_is_an_error(tmp_path, clock, model):
    saved(tmp_path, 1)
    tf.get_variable("another", [3], initializer=tf.zeros_initializer())
    with pytest.raises(tf.errors.NotFoundError, match="another"):
        follow(tmp_path, model)


def test_a_checkpoint_written_again_under_its_name_is_not_evaluated_again(tmp_path, clock, model):
    saved(tmp_path, 1)
    clock.actions = [
        lambda: saved(tmp_path, 1),
        lambda: update_checkpoint_state(tmp_path, str(tmp_path / "model.ckpt-1")),
    ]
    assert follow(tmp_path, model) == ([1], 1)


def test_an_error_of_the_evaluation_itself_is_raised(tmp_path, clock, model):
    saved(tmp_path, 1)

    class Fails(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            raise FileNotFoundError("labels.txt")

    with pytest.raises(FileNotFoundError, match="labels"):
        slim.evaluation.evaluation_loop("", tmp_path, None, eval_op=model[0][0], timeout=0, hooks=[Fails()])


def test_functions_follow_too(tmp_path, clock):
    first = saved(tmp_path, 1)
    with tf.Graph().as_default() as graph:
        slim.get_or_create_global_step()
        slim.model_variable("w", shape=[100], initializer=tf.zeros_initializer())
        slim.model_variable("v", shape=[100], initializer=tf.zeros_initializer())
        assert graph.recorder is None
        whole = first.read_bytes()
        first.write_bytes(whole[:100])
        clock.actions = [lambda: first.write_bytes(whole), lambda: saved(tmp_path, 2)]
        seen = []
        slim.evaluation.evaluation_loop(
            "",
            tmp_path,
            None,
            final_op=lambda: seen.append(
                [int(slim.get_global_step()), *(v.mean().item() for v in slim.get_model_variables())]
            ),
            eval_interval_secs=0,
            timeout=5,
        )
    assert seen == [[1, 1.0, 1.0], [2, 2.0, 2.0]]
