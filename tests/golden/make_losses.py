"""Asks TensorFlow 1.15.5 for the values and gradients of the losses in `loss_cases.py`.

Run with the oracle's Python, from this folder: `python make_losses.py`; writes `losses.json`. For a
case: `value`, `dtype`, `gradient` (of the value by the logits, predictions or losses), the name of the
tensor in LOSSES, or `error`, the type of the exception.
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import loss_cases
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim


def answer(case):
    inputs, labels, weights, keywords = loss_cases.arguments(case)
    keywords = dict(keywords)
    if weights is not None:
        keywords["weights"] = weights if isinstance(weights, (int, float)) else tf.constant(weights)
    inputs = tf.constant(inputs)
    positional = [inputs] if labels is None else [inputs, tf.constant(labels)]
    loss = getattr(slim.losses, case["function"])(*positional, **keywords)
    collected = tf.get_collection(tf.GraphKeys.LOSSES)
    assert [loss] == collected
    assert loss.shape == ()
    gradient = tf.gradients(loss, inputs)[0] if inputs.dtype.is_floating else None
    by_labels = None
    if labels is not None and positional[1].dtype.is_floating:
        by_labels = tf.gradients(loss, positional[1])[0] is not None
    with tf.Session() as session:
        value = session.run(loss)
        result = {
            "dtype": loss.dtype.name,
            "gradient_reaches_labels": by_labels,
            "name_scope": loss.op.name.rsplit("/", 1)[0],
            "value": float(value),
        }
        if gradient is not None:
            # Nine digits carry a float32 exactly.
            flat = np.ravel(session.run(gradient)).astype(np.float64)
            result["gradient"] = [float(f"{g:.9g}") for g in flat]
    return result


def main():
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    answers = {}
    for case in loss_cases.CASES:
        with tf.Graph().as_default():
            try:
                answers[case["id"]] = answer(case)
            except (ValueError, TypeError, AttributeError, tf.errors.OpError) as err:
                answers[case["id"]] = {"error": type(err).__name__}
    assert len(answers) == len(loss_cases.CASES)
    with open("losses.json", "w") as file:
        json.dump(answers, file, sort_keys=True, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
