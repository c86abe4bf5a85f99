"""Summaries and event files, against what TensorFlow 1.15.5 gave (`golden/make_summaries.py`)."""

import json
from pathlib import Path

import pytest

from slim_torch import tf
from slim_torch.summary_protos import Summary

EXPECTED = json.loads((Path(__file__).parent / "golden" / "summaries.json").read_text())


def programs():
    made = [tf.summary.scalar("a b/c:0", tf.constant(1.5)), tf.summary.scalar("loss", tf.constant(7))]
    made.append(tf.summary.scalar("loss", tf.constant(-2.0)))
    with tf.name_scope("sc"):
        made.append(tf.summary.scalar("loss", tf.constant(0.1), family="fam"))
        made.append(tf.summary.histogram("h", tf.constant([1.0, 2.0, 2.0, -3.0, 0.0])))
    made.append(tf.summary.histogram("e", tf.zeros([0])))
    made.append(tf.summary.histogram("d", tf.constant([1e-13, 1e-12, 1e21, -1e25, 0.3, 0], tf.float64)))
    made.append(tf.summary.merge_all())
    made.append(tf.summary.merge(made[:2][::-1], name="mine"))
    with tf.Session() as session:
        return [[item.name, item.op.type, session.run(item).hex()] for item in made]


def test_names_types_and_bytes_are_tensorflows():
    with tf.Graph().as_default():
        assert programs() == EXPECTED


def test_refused_values():
    with tf.Graph().as_default(), tf.Session() as session:
        one = tf.summary.scalar("s", tf.constant(1.0))
        for bad in (
            tf.summary.scalar("v", tf.constant([1.0])),
            tf.summary.histogram("n", tf.constant(float("nan"))),
            tf.summary.merge([one, one]),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError):
                session.run(bad)
        with pytest.raises(TypeError):
            tf.summary.scalar("b", tf.constant(True))
        assert tf.summary.merge_all("none") is None


def test_event_file_is_read_back(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session, tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(session.run(tf.summary.scalar("s", tf.constant(2.0))), 3)
        writer.add_summary(Summary(value=[Summary.Value(tag="t", simple_value=4.0)]), 5)
    (path,) = tmp_path.iterdir()
    events = list(tf.train.summary_iterator(path))
    assert events[0].file_version == "brain.Event:2"
    assert [(e.step, v.tag, v.simple_value) for e in events for v in e.summary.value] == [
        (3, "s", 2.0),
        (5, "t", 4.0),
    ]


def test_hook_and_supervisor_write_files(tmp_path):
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        op = tf.summary.scalar("s", tf.constant(2.0))
        add = tf.assign_add(step, 1)
        writer = tf.summary.FileWriter(tmp_path)
        hooks = [
            tf.train.SummarySaverHook(save_steps=1, summary_writer=writer, summary_op=op),
            tf.train.StepCounterHook(every_n_steps=1, summary_writer=writer),
        ]
        with tf.train.MonitoredSession(hooks=hooks) as session:
            for _ in range(3):
                session.run(add)
        writer.close()
    (path,) = tmp_path.iterdir()
    tags = [v.tag for e in tf.train.summary_iterator(path) for v in e.summary.value]
    assert tags.count("s") == 3
    assert "global_step/sec" in tags
