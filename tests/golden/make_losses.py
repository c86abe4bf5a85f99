"""Asks TensorFlow 1.15.5 for the values and gradients of the losses in `loss_cases.py` and `tf_loss_cases.py`.

Run with the oracle's Python, from this folder: `python make_losses.py`; writes `losses.json` (slim.losses)
and `tf_losses.json` (tf.losses), a case to a line. For a case: `value` (a list for a loss that is not a
scalar), `shape`, `dtype`, the loss's `name`, the `collections` that hold it, and the gradients of its sum
by inputs, labels and weights (null where there is none); or `error`, the type of the exception, and `message`,
its first line. `signatures` holds the parameters of every function, a list of names and defaults.
"""

import inspect
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import loss_cases
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
import tf_loss_cases


def rounded(array):
    """A flat list; nine digits carry a float32 exactly."""
    return [float(f"{x:.9g}") for x in np.ravel(array).astype(np.float64)]


def answer(module, labels_first, case):
    inputs, labels, weights, keywords = loss_cases.arguments(case)
    keywords = dict(keywords)
    if weights is not None:
        weights = weights if isinstance(weights, (int, float)) else tf.constant(weights)
        keywords["weights"] = weights
    inputs = tf.constant(inputs)
    positional = [inputs]
    if labels is not None:
        labels = tf.constant(labels)
        positional.insert(0 if labels_first else 1, labels)
    loss = getattr(module, case["function"])(*positional, **keywords)
    collections = tf.get_default_graph().get_all_collection_keys()
    result = {
        "dtype": loss.dtype.name,
        "name": loss.name,
        "collections": [key for key in collections if loss in tf.get_collection(key)],
    }
    gradients = {}
    for name, argument in (("gradient", inputs), ("labels_gradient", labels), ("weights_gradient", weights)):
        if isinstance(argument, tf.Tensor) and argument.dtype.is_floating:
            gradients[name] = tf.gradients(loss, argument)[0]
    with tf.Session() as session:
        value = session.run(loss)
        result["shape"] = list(value.shape)
        result["value"] = rounded(value) if value.shape else float(value)
        for name, gradient in gradients.items():
            result[name] = None if gradient is None else rounded(session.run(gradient))
    return result


def signatures(module):
    functions = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {
        name: [
            [parameter.name] if parameter.default is parameter.empty else [parameter.name, parameter.default]
            for parameter in inspect.signature(function).parameters.values()
        ]
        for name, function in functions.items()
        if inspect.isfunction(function)
    }


def main():
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    for file_name, module, labels_first, cases in (
        ("losses.json", slim.losses, False, loss_cases.CASES),
        ("tf_losses.json", tf.losses, True, tf_loss_cases.CASES),
    ):
        answers = {}
        for case in cases:
            with tf.Graph().as_default():
                try:
                    answers[case["id"]] = answer(module, labels_first, case)
                except (ValueError, TypeError, AttributeError, IndexError, tf.errors.OpError) as err:
                    message = str(err).split("\n")[0]
                    answers[case["id"]] = {"error": type(err).__name__, "message": message}
        assert len(answers) == len(cases), "two cases have the same id"
        answers["signatures"] = signatures(module)
        lines = [f"{json.dumps(key)}: {json.dumps(answers[key], sort_keys=True)}" for key in sorted(answers)]
        with open(file_name, "w") as file:
            file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
