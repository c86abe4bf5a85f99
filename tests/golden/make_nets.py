"""Asks TensorFlow 1.15.5 about the networks of the zoo; writes nets.json.gz and nets.npz.

Run: python3.7 make_nets.py    (in tests/golden, with TensorFlow 1.15.5)

Of each program of `nets_programs.py` the names are told, or the error; and of most of them one step:
outputs, the regularization losses, and then the moving averages after the update ops ran on the same
input. The numbers of a program are one vector, in that order.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import argparse
import importlib
import sys
import types

import nets_programs as programs
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib import training
from tensorflow.contrib.slim import nets as contrib_nets

tf.logging.set_verbosity(tf.logging.ERROR)


def own_nets():
    """A function from the name of one of slim_torch's networks to its module, built on TensorFlow.

    The source is slim_torch's, its names `slim_torch` and `slim_torch.tf` are TensorFlow's.
    """
    package = types.ModuleType("slim_torch")
    package.__dict__.update({name: value for name, value in vars(slim).items() if not name.startswith("__")})
    package.tf = tf
    package.__path__ = []
    zoo = types.ModuleType("slim_torch.nets")
    zoo.__path__ = [os.path.join(programs.HERE, "..", "..", "slim_torch", "nets")]
    package.nets, package.training = zoo, training
    zoo.resnet_utils = contrib_nets.resnet_utils
    sys.modules.update(
        {
            "slim_torch": package,
            "slim_torch.tf": tf,
            "slim_torch.training": training,
            "slim_torch.nets": zoo,
            "slim_torch.nets.resnet_utils": contrib_nets.resnet_utils,
        }
    )
    return lambda name: importlib.import_module("slim_torch.nets." + name)


OWN_NETS = own_nets()


class Kit:
    """What a program is made with."""

    tf, slim = tf, slim

    def __init__(self, own, symbolic):
        self.own, self.symbolic = own, symbolic
        self.images = 0

    def nets(self, name):
        if self.own or not hasattr(contrib_nets, name):
            assert self.own, "put the program into OWN: " + name
            return OWN_NETS(name)
        return getattr(contrib_nets, name)

    def image(self, shape):
        self.images += 1
        if self.symbolic:
            return tf.placeholder(tf.float32, shape, name="image")
        return tf.constant(programs.image_value(self.images - 1, shape))


def describe_variables():
    """One line for each variable: M for a model variable, T for a trainable one, the name, the shape."""
    variables, model, trainable = tf.global_variables(), tf.model_variables(), tf.trainable_variables()
    assert model == [v for v in variables if v in set(model)]
    assert trainable == [v for v in variables if v in set(trainable)]
    lines = []
    for v in variables:
        flags = ("M" if v in set(model) else "-") + ("T" if v in set(trainable) else "-")
        lines.append(f"{flags} {v.op.name} {v.shape.as_list()}")
    return lines


def answer(case_id):
    """The facts and the vector of numbers of one program; the latter None where there are none."""
    kit = Kit(case_id in programs.OWN, case_id in programs.RECORDED)
    with tf.Graph().as_default():
        try:
            outputs = programs.PROGRAMS[case_id](kit)
        except Exception as error:
            return {
                "raises": type(error).__name__,
                "message": str(error).split(" Originally defined at")[0][:300],
                "variables": programs.listed(case_id, describe_variables()),
            }, None
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
        shapes = [None if y.shape.ndims is None else y.shape.as_list() for _, y in outputs]
        facts = {
            "variables": programs.listed(case_id, describe_variables()),
            "parameters": int(sum(np.prod(v.shape.as_list()) for v in tf.trainable_variables())),
            "updates": programs.listed(case_id, [getattr(u, "op", u).name for u in updates]),
            "losses": len(losses),
            "outputs": [f"{name} {shape}" for (name, _), shape in zip(outputs, shapes)],
        }
        if case_id in programs.RECORDED:
            facts["ops"] = [y.op.name for _, y in outputs]
        if case_id in programs.RECORDED or case_id in programs.STEPPED:
            return facts, None
        total = tf.add_n(losses) if losses else tf.constant(0.0)
        # One thread: sums come in the same order again.
        one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        with tf.Session(config=one) as session:
            # In one run, for each prunes and copies the graph.
            loaded = {
                v.initializer.inputs[1]: programs.start_value(v.op.name, v.shape.as_list())
                for v in tf.global_variables()
                if v.dtype.base_dtype == tf.float32
            }
            session.run([v.initializer for v in tf.global_variables()], loaded)
            found = session.run([[y for _, y in outputs], total])
            seen = list(zip([name for name, _ in outputs], found[0]))
            seen.append(("total_loss", found[1]))
            # Two updates of one variable would race.
            targets = [str(list(getattr(u, "op", u).inputs)[:1]) for u in updates]
            for together in [updates] if len(set(targets)) == len(targets) else [[u] for u in updates]:
                session.run(together)
            averages = [v for v in tf.global_variables() if v not in set(tf.trainable_variables())]
            averages = [v for v in averages if v.dtype.base_dtype == tf.float32]
            seen += zip([v.op.name for v in averages], session.run(averages))
    return facts, np.concatenate([programs.digest(name, a) for name, a in seen]).astype("float32")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", help="ask again only those whose id begins so")
    parser.add_argument("--missing", action="store_true", help="ask only those that are not answered")
    arguments = parser.parse_args()
    only = arguments.only
    facts, streams = programs.load() if only or arguments.missing else ({}, {})
    for stale in [case_id for case_id in facts if case_id not in programs.PROGRAMS]:
        del facts[stale]
        streams.pop(stale, None)
    for case_id in programs.PROGRAMS:
        if (only and not case_id.startswith(only)) or (arguments.missing and case_id in facts):
            continue
        facts[case_id], numbers = answer(case_id)
        streams.pop(case_id, None)
        if numbers is not None:
            assert np.isfinite(numbers).all(), case_id
            streams[case_id] = numbers
        told = facts[case_id]
        print(case_id, told.get("raises", ""), told.get("message", "")[:160].replace("\n", " "), flush=True)
        programs.save(facts, streams)


if __name__ == "__main__":
    main()
