"""Asks TensorFlow 1.15.5 to write an event file; writes event_file.json: its bytes, and what is in it.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_event_file.py
"""

import base64
import json
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


def write(folder):
    with tf.Graph().as_default() as graph, tf.Session() as session:
        scalar = tf.summary.scalar("loss", tf.constant(0.5))
        histogram = tf.summary.histogram("h", tf.constant([1.0, 2.0, -3.0]))
        text = tf.summary.text("t", tf.constant("hello"))
        image = tf.summary.image("im", tf.zeros([1, 2, 2, 1]))
        writer = tf.summary.FileWriter(folder, graph, filename_suffix=".mine")
        for step in (0, 7, 2**40):
            writer.add_summary(session.run(scalar), step)
        writer.add_summary(session.run(histogram))
        for step in (1, 2):
            writer.add_summary(session.run(text), step)
        writer.add_summary(session.run(image), 3)
        summary = tf.Summary()
        summary.value.add(tag="accuracy", simple_value=0.75)
        summary.value.add(tag="not a number", simple_value=float("nan"))
        writer.add_summary(summary, 8)
        writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="one", simple_value=1)]), global_step=9)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 10)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.CHECKPOINT, checkpoint_path="/p/model"), 11)
        writer.add_event(tf.Event(wall_time=12.5, step=12, summary=summary))
        writer.add_meta_graph(tf.train.export_meta_graph(), 13)
        writer.add_run_metadata(tf.RunMetadata(), "run", 14)
        writer.close()


def facts(event):
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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        (name,) = os.listdir(folder)
        path = os.path.join(folder, name)
        events = [facts(event) for event in tf.train.summary_iterator(path)]
        with open(path, "rb") as file:
            content = base64.b64encode(file.read()).decode()
    with open(os.path.join(HERE, "event_file.json"), "w") as output:
        json.dump({"suffix": name[-5:], "events": events, "content": content}, output, sort_keys=True)
        output.write("\n")
