"""Event files: those of TensorFlow 1.15.5 are read, those of slim_torch are what TensorBoard reads.

TensorFlow's file is in `golden/event_file.json`, with what TensorFlow read in it.
"""

import base64
import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf

EXPECTED = json.loads((Path(__file__).parent / "golden" / "event_file.json").read_text())


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def events_of(folder):
    (path,) = Path(folder).iterdir()
    return list(tf.train.summary_iterator(str(path)))


def numbers(events):
    """Step, tag and number of each value that is one."""
    return [
        (event.step, value.tag, value.simple_value)
        for event in events
        for value in event.summary.value
        if value.HasField("simple_value")
    ]


def facts(event):
    """As `make_event_file.facts`."""
    what = event.WhichOneof("what")
    found = {"step": event.step, "wall_time": event.wall_time, "what": what}
    if what == "summary":
        found["values"] = [
            [
                v.tag,
                v.WhichOneof("value"),
                v.simple_value,
                v.HasField("metadata"),
                v.metadata.plugin_data.plugin_name,
            ]
            for v in event.summary.value
        ]
    if what == "session_log":
        found["log"] = [event.session_log.status, event.session_log.checkpoint_path]
    if what == "file_version":
        found["version"] = event.file_version
    return found


@pytest.fixture
def file_of_tensorflow(tmp_path):
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(base64.b64decode(EXPECTED["content"]))
    return path


def test_a_file_of_tensorflow_is_read(file_of_tensorflow):
    found = [facts(event) for event in tf.train.summary_iterator(str(file_of_tensorflow))]
    # JSON compares a NaN with itself, as text.
    assert json.dumps(found, sort_keys=True) == json.dumps(EXPECTED["events"], sort_keys=True)


def test_an_event_of_tensorflow_is_written_as_it_was(file_of_tensorflow, tmp_path):
    events = list(tf.train.summary_iterator(file_of_tensorflow))
    with tf.summary.FileWriter(tmp_path / "copy") as writer:
        for event in events[1:]:
            writer.add_event(event)
    (copy,) = (tmp_path / "copy").iterdir()
    version = (
        24 + 16
    )  # a record with the time and the 13 bytes of the version; its length and checksums take 16
    assert copy.read_bytes()[version:] == file_of_tensorflow.read_bytes()[version:]


def test_values_come_back(tmp_path):
    with tf.summary.FileWriter(str(tmp_path), flush_secs=2) as writer:
        summary = tf.Summary()
        summary.value.add(tag="accuracy", simple_value=0.5)
        writer.add_summary(summary, 3)
        writer.add_summary(
            tf.Summary(value=[tf.Summary.Value(tag="b", simple_value=2)]), global_step=np.int64(4)
        )
        writer.add_summary(summary.SerializeToString(), global_step=torch.tensor(5))
        writer.add_summary(summary)
    events = events_of(tmp_path)
    assert events[0].file_version == "brain.Event:2"
    assert numbers(events) == [
        (3, "accuracy", 0.5),
        (4, "b", 2.0),
        (5, "accuracy", 0.5),
        (0, "accuracy", 0.5),
    ]
    assert all(event.wall_time > 1.7e9 for event in events)


def test_a_script_of_old_evaluates_and_writes(tmp_path):
    with tf.Graph().as_default():
        labels, predictions = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.int64, [None])
        values, updates = slim.metrics.aggregate_metric_map(
            {
                "accuracy": slim.metrics.streaming_accuracy(predictions, labels),
                "mean": slim.metrics.streaming_mean(labels),
            }
        )
        for name, value in values.items():
            summary_op = tf.summary.scalar(f"eval/{name}", value, collections=[])
            summary_op = tf.Print(summary_op, [value], name)
            tf.add_to_collection(tf.GraphKeys.SUMMARIES, summary_op)
        merged = tf.summary.merge_all()
        writer = tf.summary.FileWriterCache.get(str(tmp_path))
        assert tf.summary.FileWriterCache.get(str(tmp_path)) is writer
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            for batch in ([1, 2, 3, 4], [1, 0, 3, 0]):
                session.run(list(updates.values()), {labels: [1, 2, 3, 4], predictions: batch})
            writer.add_summary(session.run(merged), 100)
        tf.summary.FileWriterCache.clear()
    assert numbers(events_of(tmp_path)) == [(100, "eval/accuracy", 0.75), (100, "eval/mean", 2.5)]


def test_a_summary_of_a_step_is_written(tmp_path):
    graph = tf.Graph()
    with tf.summary.FileWriter(tmp_path) as writer:
        for step in range(2):
            with graph.as_default(), graph.step():
                tf.summary.scalar("loss", torch.tensor(step / 2))
                writer.add_summary(tf.summary.merge_all(), step)
    assert numbers(events_of(tmp_path)) == [(0, "loss", 0.0), (1, "loss", 0.5)]


def test_metadata_are_written_once(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        text = session.run(tf.summary.text("t", tf.constant("hello")))
        with tf.summary.FileWriter(tmp_path) as writer:
            writer.add_summary(text, 1)
            writer.add_summary(text, 2)
    values = [event.summary.value[0] for event in events_of(tmp_path)[1:]]
    assert [value.HasField("metadata") for value in values] == [True, False]
    assert values[1].tensor.string_val == [b"hello"]


def test_what_is_no_summary_is_refused(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:
        recorded = tf.summary.scalar("s", tf.placeholder(tf.float32, []))
        with pytest.raises(TypeError, match=r"session\.run"):
            writer.add_summary(recorded)
        with pytest.raises(TypeError, match="Event"):
            writer.add_event(tf.Summary())
        with pytest.raises(TypeError, match="Graph"):
            writer.add_graph("graph")
        writer.add_run_metadata(b"", "tag")
        with pytest.raises(ValueError, match="already used"):
            writer.add_run_metadata(b"", "tag")
        writer.add_graph(tf.get_default_graph())
    (path,) = tmp_path.iterdir()
    with pytest.raises(tf.errors.FailedPreconditionError):
        tf.summary.FileWriter(path)


def test_a_closed_writer_warns_and_can_be_reopened(tmp_path):
    summary = tf.Summary(value=[tf.Summary.Value(tag="a", simple_value=1)])
    writer = tf.summary.FileWriter(tmp_path)
    writer.add_summary(summary, 1)
    writer.close()
    writer.close()
    with pytest.warns(UserWarning, match="closed FileWriter"):
        writer.add_summary(summary, 2)
    writer.reopen()
    writer.add_summary(summary, 3)
    writer.close()
    found = [numbers(tf.train.summary_iterator(path)) for path in sorted(tmp_path.iterdir())]
    assert found == [[(1, "a", 1.0)], [(3, "a", 1.0)]]


def test_several_threads_write_whole_events(tmp_path):
    with tf.summary.FileWriter(tmp_path) as writer:

        def write(number):
            for step in range(50):
                writer.add_summary(
                    tf.Summary(value=[tf.Summary.Value(tag=str(number), simple_value=step)]), step
                )

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = numbers(events_of(tmp_path))
    assert sorted(found) == sorted((step, str(n), float(step)) for n in range(4) for step in range(50))


def test_a_damaged_file_gives_the_events_before_the_damage(file_of_tensorflow):
    file_of_tensorflow.write_bytes(file_of_tensorflow.read_bytes()[:-3])
    events = tf.train.summary_iterator(file_of_tensorflow)
    found = [facts(next(events)) for _ in EXPECTED["events"][:-1]]
    assert found[-1]["step"] == 13
    with pytest.raises(tf.errors.DataLossError):
        next(events)
    absent = tf.train.summary_iterator("/nothing/here")
    with pytest.raises(tf.errors.NotFoundError):
        next(absent)


def test_a_hook_and_a_supervisor_write(tmp_path):
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        tf.summary.scalar("loss", tf.cast(step, tf.float32) / 2)
        train = tf.assign_add(step, 1)
        hook = tf.train.SummarySaverHook(save_steps=1, output_dir=tmp_path, summary_op=tf.summary.merge_all())
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for _ in range(2):
                session.run(train)
        tf.summary.FileWriterCache.clear()
    tags = {tag for _, tag, _ in numbers(events_of(tmp_path))}
    assert tags == {"loss"}


def test_tensorboard_reads_what_is_written(tmp_path):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    pytest.importorskip("PIL")
    with tf.Graph().as_default(), tf.Session() as session:
        made = [
            tf.summary.scalar("loss", tf.constant(0.5)),
            tf.summary.histogram("h", tf.constant([1.0, 2.0, -3.0])),
            tf.summary.image("im", tf.ones([2, 3, 4, 3])),
            tf.summary.audio("au", tf.zeros([1, 10]), 8000),
            tf.summary.text("t", tf.constant("hello")),
        ]
        with tf.summary.FileWriter(tmp_path) as writer:
            for step in (1, 2):
                writer.add_summary(session.run(tf.summary.merge(made)), step)
    found = accumulators.EventAccumulator(str(tmp_path)).Reload()
    assert [(event.step, event.value) for event in found.Scalars("loss")] == [(1, 0.5), (2, 0.5)]
    histogram = found.Histograms("h")[0].histogram_value
    assert (histogram.min, histogram.max, histogram.num, histogram.sum) == (-3.0, 2.0, 3.0, 0.0)
    assert [(image.width, image.height) for image in found.Images("im/image/0")] == [(4, 3)] * 2
    assert found.Tags()["images"] == ["im/image/0", "im/image/1"]
    assert found.Audio("au/audio/0")[0].sample_rate == 8000
    assert found.Tensors("t")[0].tensor_proto.string_val == [b"hello"]
