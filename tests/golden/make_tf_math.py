"""Asks TensorFlow 1.15.5 about its mathematical and array functions.

Run with the oracle's Python, from this folder: `python make_tf_math.py`; writes `tf_math.json`, one line
for a case: `results` (dtype, shape, values, name of the operation), `gradients` of the floating-point
results by the floating-point inputs, or `error`, the type of the exception. Under `signatures`, the
arguments of every function that a case calls.
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
import tf_math_array_cases
import tf_math_cases
import tf_math_tools
from tensorflow.python.util import tf_inspect

CASES = tf_math_cases.CASES + tf_math_array_cases.CASES


def function_named(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


def numbers(array):
    """Flat, with the eight digits that a comparison to 1e-5 needs; complex numbers as pairs."""
    array = np.asarray(array)
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    if array.dtype.kind == "b":
        array = array.astype(np.int32)
    if array.dtype.kind in "iu":
        return [int(item) for item in array.ravel()]
    return [float(f"{item:.8g}") for item in array.ravel().astype(np.float64)]


def described(item, session):
    if not isinstance(item, tf.Tensor):
        return {"python": type(item).__name__, "values": numbers(item)}
    value = session.run(item)
    return {
        "dtype": item.dtype.name,
        "shape": list(value.shape),
        "values": numbers(value),
        "name": item.op.name,
    }


def answer(case):
    args, kwargs, tensors = tf_math_tools.arguments(
        case, lambda array: tf.constant(array, name="input"), lambda name: getattr(tf, name)
    )
    results = tf_math_tools.leaves(function_named(case["function"])(*args, **kwargs))
    with tf.Session() as session:
        found = {"results": [described(item, session) for item in results]}
        floating = [
            (item, tf_math_tools.cotangent(case, index, found["results"][index]["shape"], item.dtype.name))
            for index, item in enumerate(results)
            if isinstance(item, tf.Tensor) and item.dtype.is_floating
        ]
        inputs = [item for item in tensors if item.dtype.is_floating]
        if floating and inputs:
            try:
                gradients = tf.gradients(
                    [item for item, _ in floating], inputs, grad_ys=[tf.constant(by) for _, by in floating]
                )
            except (LookupError, ValueError):
                found["gradients"] = "TensorFlow has none"
            else:
                found["gradients"] = [
                    None if gradient is None else numbers(session.run(tf.convert_to_tensor(gradient)))
                    for gradient in gradients
                ]
    return found


def signature(name):
    spec = tf_inspect.getfullargspec(function_named(name))
    required = len(spec.args) - len(spec.defaults or ())
    listed = [[argument] for argument in spec.args[:required]]
    for argument, default in zip(spec.args[required:], spec.defaults or ()):
        listed.append([argument, default.name if isinstance(default, tf.DType) else default])
    return {"args": listed, "varargs": spec.varargs, "varkw": spec.varkw}


def main():
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    answers = {}
    for case in CASES:
        with tf.Graph().as_default():
            try:
                answers[case["id"]] = answer(case)
            except (ValueError, TypeError, AttributeError, tf.errors.OpError) as err:
                answers[case["id"]] = {"error": type(err).__name__}
    assert len(answers) == len(CASES), "two cases share a name"
    signatures = {name: signature(name) for name in sorted({case["function"] for case in CASES})}
    sections = []
    for title, table in (("cases", answers), ("signatures", signatures)):
        lines = [
            "{}:{}".format(json.dumps(key), json.dumps(table[key], sort_keys=True, separators=(",", ":")))
            for key in sorted(table)
        ]
        sections.append(json.dumps(title) + ":{\n" + ",\n".join(lines) + "\n}")
    with open("tf_math.json", "w") as file:
        file.write("{\n" + ",\n".join(sections) + "\n}\n")


if __name__ == "__main__":
    main()
