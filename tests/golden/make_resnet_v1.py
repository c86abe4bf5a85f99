"""Asks TensorFlow 1.15.5 about slim's residual networks; writes resnet_v1.json and resnet_v1.npz.

Run: python3.7 make_resnet_v1.py    (in tests/golden, with TensorFlow 1.15.5)

Of each program of `resnet_cases.py` the names are told, and for most of them one step: outputs, the
regularization losses, gradients of sum(net * R), and then the moving averages after the update ops
ran on the same input. The numbers of a program are one vector, in that order.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import resnet_cases as cases
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib.slim.nets import resnet_utils, resnet_v1

tf.logging.set_verbosity(tf.logging.ERROR)


class Kit:
    """What a program is made with."""

    tf, slim, resnet_utils, resnet_v1 = tf, slim, resnet_utils, resnet_v1

    def __init__(self):
        self.images = []

    def image(self, shape):
        self.images.append(tf.constant(cases.image_value(len(self.images), shape)))
        return self.images[-1]


def describe_variables():
    """One line for each variable: M for a model variable, T for a trainable one, the name, the shape."""
    variables, model, trainable = tf.global_variables(), tf.model_variables(), tf.trainable_variables()
    assert model == [v for v in variables if v in set(model)]
    assert trainable == [v for v in variables if v in set(trainable)]
    lines = []
    for v in variables:
        assert v.dtype.base_dtype == tf.float32
        flags = ("M" if v in set(model) else "-") + ("T" if v in set(trainable) else "-")
        lines.append(f"{flags} {v.op.name} {v.shape.as_list()}")
    return lines


def answer(case_id):
    """The facts and the vector of numbers of one program; the latter None where there are none."""
    kit = Kit()
    with tf.Graph().as_default():
        try:
            outputs = cases.PROGRAMS[case_id](kit)
        except Exception as error:
            return {
                "raises": type(error).__name__,
                "message": str(error).split(" Originally defined at")[0],
                "variables": describe_variables(),
            }, None
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        facts = {
            "variables": describe_variables(),
            "updates": [getattr(u, "op", u).name for u in updates],
            "losses": len(losses),
            "outputs": [f"{name} {y.shape.as_list()}" for name, y in outputs],
        }
        if case_id in cases.NAMES_ONLY:
            return facts, None
        net = outputs[0][1]
        targets = kit.images[:1] + tf.trainable_variables()
        names = ["image"] + [v.op.name for v in tf.trainable_variables()]
        slopes = tf.gradients(tf.reduce_sum(net * cases.slope_value(net.shape.as_list())), targets)
        facts["no_gradient"] = [n for n, g in zip(names, slopes) if g is None]
        slopes = [(n, g) for n, g in zip(names, slopes) if g is not None]
        total = tf.add_n(losses) if losses else tf.constant(0.0)
        # One thread: sums come in the same order again.
        one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        with tf.Session(config=one) as session:
            for v in tf.global_variables():
                v.load(cases.start_value(v.op.name, v.shape.as_list()), session)
            seen = []
            found = session.run([[y for _, y in outputs], total, [g for _, g in slopes]])
            seen += zip([name for name, _ in outputs], found[0])
            seen.append(("total_loss", found[1]))
            seen += zip([name for name, _ in slopes], found[2])
            # One after the other: two updates of one variable would race.
            for update in updates:
                session.run(update)
            averages = [v for v in tf.global_variables() if v not in set(tf.trainable_variables())]
            seen += [(v.op.name, session.run(v)) for v in averages]
    whole = 40 if case_id in cases.DIGESTED else 400
    return facts, np.concatenate([cases.digest(name, a, whole) for name, a in seen]).astype("float32")


def main():
    facts, streams = {}, {}
    for case_id in cases.PROGRAMS:
        facts[case_id], numbers = answer(case_id)
        if numbers is not None:
            assert np.isfinite(numbers).all(), case_id
            streams[case_id] = numbers
    cases.save(facts, streams)
    print(f"{len(facts)} programs, {sum(map(len, streams.values()))} numbers")
    for case_id in sorted(facts):
        if "raises" in facts[case_id]:
            told = facts[case_id]
            print(
                " ", case_id, told["raises"], len(told["variables"]), told["message"][:140].replace("\n", " ")
            )


if __name__ == "__main__":
    main()
