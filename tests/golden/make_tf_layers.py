"""Asks TensorFlow 1.15.5 about the cases of `tf_layers_cases.py` and the programs of `tf_layers_programs.py`.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_tf_layers.py 2>/dev/null

needs Python 3.7 with TensorFlow 1.15.5. tf_layers.json holds names, shapes, collections and errors, and what the
programs answer; tf_layers.npz the numbers. Cases are run as `make_layers.py` does; besides, each is built with all
sizes but the channels unknown, and where there are updates they are run once.
"""

import inspect
import json
import os
import sys

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import make_layers  # noqa: E402
import tf_layers_programs  # noqa: E402
from layer_case_tools import resolve  # noqa: E402
from session_registry import Program, run  # noqa: E402
from tensorflow.python.util import tf_decorator  # noqa: E402
from tf_layers_cases import ERRORS, VALUES  # noqa: E402
from values import value_for  # noqa: E402

tf.logging.set_verbosity(tf.logging.FATAL)


def call(layer, inputs, args, kwargs):
    return getattr(tf.layers, layer)(
        *(list(inputs) + resolve(list(args), tf, slim)), **resolve(kwargs, tf, slim)
    )


def describe(graph, output):
    return dict(
        make_layers_describe(graph, output),
        name=output.op.name,
        type=output.op.type,
        update_names=[op.name for op in tf.get_collection("update_ops")],
        loss_names=[loss.op.name for loss in tf.get_collection("regularization_losses")],
    )


def channels_last(value):
    """`make_layers.channels_last`, which also knows the axis of batch normalization."""
    found = make_layers_channels_last(value)
    return dict(found, axis=-1) if isinstance(found, dict) and found.get("axis") == 1 else found


make_layers_describe, make_layers_channels_last = make_layers.describe, make_layers.channels_last
make_layers.channels_last = channels_last
make_layers.call = call
make_layers.describe = describe
make_layers.is_average = lambda case: case["layer"].startswith("average")


def updated(case, twin):
    """The variables that are not trained, after one run of the updates."""
    array = value_for(case["id"], *case["inputs"][0])
    if twin:
        array = make_layers.Back().last(array)
        case = dict(case, inputs=[(array.shape, array.dtype.name)], kwargs=channels_last(case["kwargs"]))
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = make_layers.placeholders(case["inputs"])
        make_layers.build_within(case, inputs)
        for variable in tf.global_variables():
            session.run(variable.initializer)
            variable.load(value_for(variable.op.name, variable.shape.as_list()), session)
        session.run(tf.get_collection("update_ops"), {inputs[0]: array})
        rest = [variable for variable in tf.global_variables() if variable not in tf.trainable_variables()]
        return {"after:" + variable.op.name: session.run(variable) for variable in rest}


def unknown(case):
    """The static shape of the output where only the channels are known, or the type of the error."""
    shape, dtype = case["inputs"][0]
    axis = case["kwargs"].get("axis", 1 if case["kwargs"].get("data_format") == "channels_first" else -1)
    sizes = [size if i == axis % len(shape) else None for i, size in enumerate(shape)]
    with tf.Graph().as_default():
        try:
            output = make_layers.build_within(case, [tf.placeholder(dtype, sizes)])
        except Exception as error:
            return {"error": type(error).__name__}
        return output.shape.as_list()


def signature(name):
    """`[name, default]` of each argument, of those whose defaults are plain."""
    parameters = inspect.signature(tf_decorator.unwrap(getattr(tf.layers, name))[1]).parameters.values()
    found = []
    for parameter in parameters:
        plain = parameter.default is None or isinstance(parameter.default, (bool, int, float, str))
        found.append([parameter.name, parameter.default] if plain else [parameter.name])
    return found


def main():
    facts, flat, place = {}, [], 0
    for case in VALUES:
        found, got = make_layers.run_value(case)
        found["unknown"] = unknown(case)
        if found["updates"]:
            got.update(updated(case, "twin" in found))
        found["arrays"] = {}
        for name in sorted(got):
            array = np.asarray(got[name])
            found["arrays"][name] = [place, list(array.shape)]
            flat.append(array.astype(np.float32).ravel())
            place += array.size
        facts[case["id"]] = found
    for case in ERRORS:
        facts[case["id"]] = make_layers.run_error(case)
    answers = {
        name: run(Program(function, None, False), tf, slim)
        for name, function in tf_layers_programs.PROGRAMS.items()
    }
    failed = {name: found for name, found in answers.items() if isinstance(found, dict) and "error" in found}
    assert not failed, failed
    public = [name for name in dir(tf.layers) if not name.startswith("_")]
    signatures = {name: signature(name) for name in public if inspect.isfunction(getattr(tf.layers, name))}
    np.savez_compressed(os.path.join(HERE, "tf_layers.npz"), values=np.concatenate(flat))
    golden = {"cases": facts, "programs": answers, "public": public, "signatures": signatures}
    with open(os.path.join(HERE, "tf_layers.json"), "w") as target:
        parts = []
        for part, entries in sorted(golden.items()):
            keys = sorted(entries) if isinstance(entries, dict) else []
            lines = [f"{json.dumps(key)}: {json.dumps(entries[key], sort_keys=True)}" for key in keys]
            body = "{\n" + ",\n".join(lines) + "\n}" if isinstance(entries, dict) else json.dumps(entries)
            parts.append(f"{json.dumps(part)}: {body}")
        target.write("{\n" + ",\n".join(parts) + "\n}\n")
    print(f"{len(VALUES)} cases, {len(ERRORS)} errors, {len(answers)} programs, {place} numbers")


if __name__ == "__main__":
    main()
