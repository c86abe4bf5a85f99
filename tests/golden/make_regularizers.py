"""Asks TensorFlow 1.15.5 about regularizers: values, gradients and errors.

Run with the oracle's Python from the repository root:
    python tests/golden/make_regularizers.py
Writes tests/golden/regularizers.json.
"""

# The environment is set before TensorFlow is imported; programs hold braces, so are made with %.
# ruff: noqa: E402, UP031

import json
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from golden.expressions import record, tensor
from golden.values import value_for

tf.logging.set_verbosity(tf.logging.ERROR)

WEIGHTS = [
    "weights([3, 3, 2, 4])",
    "weights([8, 6])",
    "weights([7])",
    "weights([])",
    "weights([0])",
    "zeros([2, 3])",
]
REGULARIZERS = [
    "slim.l1_regularizer(0.5)",
    "slim.l1_regularizer(10.5)",
    "slim.l2_regularizer(0.5)",
    "slim.l2_regularizer(0.0005)",
    "slim.l2_regularizer(np.float32(0.1))",
    "slim.l2_regularizer(scalar(0.25))",
    "slim.l1_l2_regularizer()",
    "slim.l1_l2_regularizer(0.5, 0.25)",
    "slim.l1_l2_regularizer(0.0, 0.25)",
    "slim.l1_l2_regularizer(0.5, 0.0, scope='penalty')",
    "slim.sum_regularizer([slim.l1_regularizer(0.5), None, slim.l2_regularizer(0.25)])",
    "slim.sum_regularizer([slim.sum_regularizer([slim.l1_regularizer(0.5)]), slim.l2_regularizer(1.0)])",
]


def programs():
    cases = {}
    for regularizer in REGULARIZERS:
        cases[regularizer] = ["%s(%s)" % (regularizer, weights) for weights in WEIGHTS]
        cases[regularizer] += ["gradient(%s, %s)" % (regularizer, weights) for weights in WEIGHTS]
    for name in ["l1", "l2"]:
        made = "slim.%s_regularizer" % name
        cases[name + " scales"] = [
            (made + "(1)", "scale cannot be an integer: 1"),
            (made + "(0)", "scale cannot be an integer: 0"),
            (made + "(-1)", "scale cannot be an integer: -1"),
            (made + "(True)", "scale cannot be an integer: True"),
            (made + "(np.int64(1))", "scale cannot be an integer: 1"),
            (made + "(-0.5)", "Setting a scale less than 0 on a regularizer: -0.5"),
            (made + "(np.float64(-1))", "Setting a scale less than 0 on a regularizer: -1"),
            made + "(0.0)(weights([3]))",
            made + "(float('inf'))(weights([3]))",
            made + "(float('nan'))(weights([3]))",
            made + "([0.1])(weights([3]))",
            made + "(np.array(0.5))(weights([3]))",
            made + "(0.5, scope='penalty')(weights([3]))",
            (made + "(None)(weights([3]))", "None values not supported"),
            (made + "('a')(weights([3]))", "Expected float32, got 'a' of type 'str' instead"),
        ]
        cases[name + " weights"] = [
            made + "(0.5)(weights([3], 'float16'))",
            made + "(0.1)(weights([3], 'float64'))",
            (made + "(0.5)(weights([3], 'int32'))", "Expected int32, got 0.5 of type 'float' instead"),
            (made + "(0.5)([1.0, 2.0])", ""),
            (made + "(0.5)(None)", ""),
        ]
    cases["l1_l2 scales"] = [
        "slim.l1_l2_regularizer(0.0, 0.0)(weights([3]))",
        ("slim.l1_l2_regularizer(1, 1.0)", "scale_l1 cannot be an integer: 1"),
        ("slim.l1_l2_regularizer(1.0, 1)", "scale_l2 cannot be an integer: 1"),
        ("slim.l1_l2_regularizer(0, 0)", "scale_l1 cannot be an integer: 0"),
        ("slim.l1_l2_regularizer(-1.0, 1.0)", "Setting a scale less than 0 on a regularizer: -1"),
        ("slim.l1_l2_regularizer(1.0, -1.0)", "Setting a scale less than 0 on a regularizer: -1"),
        ("slim.l1_l2_regularizer(1.0, None)(weights([3]))", "None values not supported"),
        ("slim.l1_l2_regularizer('a', 1.0)(weights([3]))", "Expected float32, got 'a' of type 'str' instead"),
    ]
    cases["sum lists"] = [
        "slim.sum_regularizer([])",
        "slim.sum_regularizer([None])",
        "slim.sum_regularizer([slim.l1_regularizer(0.0)])(weights([3]))",
        "slim.sum_regularizer((slim.l1_regularizer(0.5), slim.l1_regularizer(0.5)))(weights([3]))",
        "slim.sum_regularizer(iter([slim.l1_regularizer(0.5)]))(weights([3]))",
        "slim.sum_regularizer([lambda w: w])(weights([3]))",
        "slim.sum_regularizer([lambda w: None, slim.l1_regularizer(1.0)])(weights([3]))",
        (
            "slim.sum_regularizer([lambda w: w, slim.l1_regularizer(1.0)])(weights([3]))",
            "Shapes must be equal",
        ),
        ("slim.sum_regularizer(slim.l1_regularizer(0.5))", "'function' object is not iterable"),
        ("slim.sum_regularizer(None)", "'NoneType' object is not iterable"),
        ("slim.sum_regularizer([3])(weights([3]))", "'int' object is not callable"),
    ]
    none = "No weights to regularize."
    cases["apply to nothing"] = [
        ("slim.apply_regularization(slim.l1_regularizer(0.5))", none),
        ("slim.apply_regularization(slim.l1_regularizer(0.5), [])", none),
        ("slim.apply_regularization(None)", none),
        "collection('regularization_losses')",
    ]
    cases["apply to a list"] = [
        "slim.apply_regularization(slim.l1_regularizer(0.5), [weights([3]), weights([4, 2])])",
        "slim.apply_regularization(slim.l2_regularizer(0.5), (weights([3]), weights([4, 2])))",
        "slim.apply_regularization(slim.l2_regularizer(0.0), [weights([3])])",
        "collection('regularization_losses')",
        ("slim.apply_regularization(slim.l1_regularizer(0.5), weights([3]))", ""),
        ("slim.apply_regularization(None, [weights([3])])", "'NoneType' object is not callable"),
        ("slim.apply_regularization(3, [weights([3])])", "'int' object is not callable"),
        (
            "slim.apply_regularization(lambda w: w, [weights([3])])",
            "regularizer must return a scalar Tensor instead of a",
        ),
        ("slim.apply_regularization(lambda w: w, [weights([2, 3])])", "Tensor with rank 2"),
        ("slim.apply_regularization(lambda w: 3.0, [weights([3])])", "'float' object has no attribute"),
        "len(collection('regularization_losses'))",
    ]
    cases["apply to the collection"] = [
        "add('weights', weights([3]))",
        "add('weights', weights([4, 2]))",
        "slim.apply_regularization(slim.l1_regularizer(0.5))",
        "slim.apply_regularization(slim.l1_regularizer(0.5), [])",
        "slim.apply_regularization(lambda w: None)",
        "slim.apply_regularization(lambda w: None if len(w.shape) == 1 else slim.l2_regularizer(1.0)(w))",
        "collection('regularization_losses')",
    ]
    return cases


def main():
    def gradient(regularizer, weights):
        return tf.gradients(regularizer(weights), weights)[0]

    names = {
        "slim": slim,
        "np": np,
        "weights": lambda shape, dtype="float32": tf.constant(value_for("w", shape, dtype)),
        "zeros": tf.zeros,
        "scalar": tf.constant,
        "gradient": gradient,
        "add": tf.add_to_collection,
        "collection": tf.get_collection,
    }

    def encode(value):
        if isinstance(value, list):
            return [encode(item) for item in value]
        if isinstance(value, tf.Tensor):
            with tf.Session() as session:
                return tensor(np.asarray(session.run(value)))
        return value if value is None or isinstance(value, int) else str(type(value))

    recorded = {}
    for key, program in sorted(programs().items()):
        with tf.Graph().as_default():
            recorded[key] = record(program, names, encode)
    with open(os.path.join(HERE, "regularizers.json"), "w") as file:
        lines = json.dumps(recorded, sort_keys=True, separators=(",", ":"))
        file.write(lines.replace('{"error"', '\n{"error"').replace('{"expression"', '\n{"expression"') + "\n")
    print(len(recorded), "programs,", sum(map(len, recorded.values())), "answers")


if __name__ == "__main__":
    main()
