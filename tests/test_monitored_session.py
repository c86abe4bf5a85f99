"""Monitored sessions call hooks in TensorFlow 1.15.5's order, and leave its checkpoints.

The programs are in `golden/monitored_session_programs.py`, TensorFlow's answers in `golden/monitored_session.json`.
"""

import json
import sys
from pathlib import Path

import pytest

from slim_torch import tf

sys.path.insert(0, str(Path(__file__).parent / "golden"))

import monitored_session_programs

EXPECTED = json.loads((Path(__file__).parent / "golden" / "monitored_session.json").read_text())
REGENERATE = "python3.7 tests/golden/make_monitored_session.py (needs TensorFlow 1.15.5)"


@pytest.mark.parametrize("name", monitored_session_programs.PROGRAMS)
def test_program_answers_as_tensorflow_did(name, tmp_path):
    assert name in EXPECTED, f"no golden answer; regenerate: {REGENERATE}"
    with tf.Graph().as_default():
        assert monitored_session_programs.PROGRAMS[name](tf, str(tmp_path)) == EXPECTED[name]


def test_every_recorded_program_still_exists():
    assert EXPECTED.keys() == monitored_session_programs.PROGRAMS.keys(), f"regenerate: {REGENERATE}"


def test_profiler_hook_writes_a_timeline(tmp_path):
    with tf.Graph().as_default():
        add = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        hook = tf.train.ProfilerHook(save_steps=2, output_dir=str(tmp_path))
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for _ in range(4):
                session.run(add)
    assert [path.name for path in tmp_path.iterdir()] == ["timeline-3.json"]


def test_same_tensor_fed_twice_is_an_error():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        y = x * 2.0
        with tf.train.SingularMonitoredSession(hooks=[tf.train.FeedFnHook(lambda: {x: 3.0})]) as session:
            assert session.run(y) == 6.0
            with pytest.raises(RuntimeError, match="fed by a SessionRunHook and user"):
                session.run(y, {x: 1.0})


def test_a_writer_needs_nothing_but_add_summary():
    class Writer:
        steps = []  # noqa: RUF012

        def add_summary(self, summary, step):
            self.steps.append(int(step))

        def flush(self):
            pass

    with tf.Graph().as_default():
        add = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        hook = tf.train.SummarySaverHook(save_steps=2, summary_writer=Writer(), summary_op=tf.constant(7.0))
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for _ in range(4):
                session.run(add)
    assert Writer.steps == [1, 3]  # at the first run, and two steps later


def test_closed_session_says_so():
    with tf.Graph().as_default():
        x = tf.constant(1.0)
        session = tf.train.SingularMonitoredSession()
        session.close()
        with pytest.raises(RuntimeError, match="closed"):
            session.run(x)
        with pytest.raises(RuntimeError, match="already closed"):
            session.close()
