"""Asks TensorFlow 1.15.5 about the cases of `tf_rnn_cases.py`; writes tf_rnn.json and tf_rnn.npz.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_tf_rnn.py 2>/dev/null

Needs Python 3.7 with TensorFlow 1.15.5. For a case: its variables, the shapes of its tensors, their values, and the
gradients of the sum of tensors times fixed numbers by `x` and the variables.
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from tf_rnn_cases import CASES, LENGTHS, REFUSED, SHAPE, flat  # noqa: E402
from values import value_for  # noqa: E402

tf.logging.set_verbosity(tf.logging.FATAL)


def answer(name, arrays):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, SHAPE)
        tensors = flat(CASES[name](tf, x, tf.constant(LENGTHS)))
        trained = tf.trainable_variables()
        total = tf.add_n(
            [
                tf.reduce_sum(tensor * value_for(f"{name}/R/{i}", tensor.shape.as_list()))
                for i, tensor in enumerate(tensors)
            ]
        )
        gradients = tf.gradients(total, [x, *trained])
        for variable in tf.global_variables():
            session.run(variable.initializer)
            variable.load(value_for(variable.op.name, variable.shape.as_list()), session)
        values, gradients = session.run([tensors, gradients], {x: value_for(name, SHAPE)})
        arrays.update({f"{name}/{i}": value for i, value in enumerate(values)})
        for key, value in zip(["x"] + [variable.op.name for variable in trained], gradients):
            arrays[f"{name}/d:{key}"] = value
        return {
            "variables": [[v.op.name, v.shape.as_list()] for v in tf.global_variables()],
            "trained": [v.op.name for v in trained],
            "shapes": [tensor.shape.as_list() for tensor in tensors],
        }


def refusal(name):
    words, function = REFUSED[name]
    with tf.Graph().as_default():
        try:
            function(tf, tf.placeholder(tf.float32, SHAPE))
        except Exception as error:
            if words in str(error):
                return type(error).__name__
            raise AssertionError(name) from error
    raise AssertionError(name)


def main():
    arrays = {}
    facts = {name: answer(name, arrays) for name in CASES}
    refused = {name: refusal(name) for name in REFUSED}
    np.savez_compressed(os.path.join(HERE, "tf_rnn.npz"), **arrays)
    with open(os.path.join(HERE, "tf_rnn.json"), "w") as target:
        json.dump({"cases": facts, "refused": refused}, target, sort_keys=True, indent=0)
        target.write("\n")
    print(f"{len(facts)} cases, {len(refused)} refused")


if __name__ == "__main__":
    main()
