"""Asks TensorFlow 1.15.5 what summaries look like; writes summaries.json.

Run: python3.7 make_summaries.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import json

import tensorflow as tf


def programs(tf):
    """Serialized summaries, in hex, with the names of their operations."""
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


if __name__ == "__main__":
    with open("summaries.json", "w") as file:
        json.dump(programs(tf), file, separators=(",", ":"))
        file.write("\n")
