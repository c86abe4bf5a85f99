"""Asks TensorFlow 1.15.5 for the answers to the calls of a table; see `tf_call_tools.py`.

For a case: of each output its dtype, shape, op name and values, and the gradients by the floating-point
inputs (absent where no gradient is defined, null where an input does not matter); or the classes of the
exception. Runs under the oracle's Python only.
"""

import inspect
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
import tf_call_tools as tools
from tensorflow.python.util import tf_decorator


def _function(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _answer(case, arrays):
    tensors = {}
    for place, array in tools.inputs(case).items():
        tensors[place] = tf.constant(array, name="given")
    args, kwargs = tools.arguments(case, tensors, lambda name: getattr(tf, name))
    results = tools.outputs(_function(case["function"])(*args, **kwargs), case)
    answer = {"outputs": [], "gradients": {}}
    floating = [i for i, result in enumerate(results) if result.dtype.is_floating]
    # Folding the constant inputs into the functions would change what is asked about.
    config = tf.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = tf.OptimizerOptions.L0
    with tf.Session(config=config) as session:
        values = session.run(results)
        for i, (result, value) in enumerate(zip(results, values)):
            value = np.asarray(value)
            answer["outputs"].append({"dtype": result.dtype.name, "name": result.op.name})
            arrays[f"{case['id']}/{i}"] = value
        wanted = {place: t for place, t in tensors.items() if t.dtype.is_floating}
        if not floating or not wanted:
            return answer
        weights = [
            tf.constant(tools.output_weight(case, i, values[i].shape), results[i].dtype) for i in floating
        ]
        try:
            gradients = tf.gradients([results[i] for i in floating], list(wanted.values()), weights)
            computed = session.run([tf.convert_to_tensor(g) for g in gradients if g is not None])
        except (LookupError, TypeError, ValueError, tf.errors.OpError):
            return answer
        computed = iter(computed)
        for place, gradient in zip(wanted, gradients):
            answer["gradients"][place] = gradient is not None
            if gradient is not None:
                arrays[f"{case['id']}/gradient/{place}"] = np.asarray(next(computed))
    return answer


def _signature(function):
    """`[name, default]` of each argument; a single name where there is no default."""
    parameters = inspect.signature(tf_decorator.unwrap(function)[1]).parameters.values()
    described = []
    for parameter in parameters:
        default = parameter.default
        if default is parameter.empty:
            described.append([parameter.name])
        else:
            described.append([parameter.name, default.name if isinstance(default, tf.DType) else default])
    return described


def record(cases, stem):
    """Writes `<stem>.json` and `<stem>.npz`: the answers to `cases`, and the functions' signatures."""
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    answers, arrays, surprises = {}, {}, []
    for case in cases:
        assert case["id"] not in answers, case["id"]
        words = case.get("words")
        with tf.Graph().as_default():
            try:
                answer = _answer(case, arrays)
            except Exception as err:
                kinds = [kind.__name__ for kind in type(err).__mro__]
                answer = {"error": kinds[: kinds.index("Exception")]}
                if words is None or words not in str(err):
                    surprises.append(f"{case['id']} raised {err!r}")
            else:
                if words is not None:
                    surprises.append(f"{case['id']} should have raised")
        answers[case["id"]] = answer
    assert not surprises, "\n".join(surprises)
    with open(stem + ".json", "w") as file:
        signatures = {name: _signature(_function(name)) for name in {case["function"] for case in cases}}
        json.dump({"answers": answers, "signatures": signatures}, file, sort_keys=True, indent=0)
        file.write("\n")
    np.savez_compressed(stem + ".npz", **arrays)
