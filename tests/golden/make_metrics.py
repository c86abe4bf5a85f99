"""Asks TensorFlow 1.15.5 what the metrics in `metric_cases.py` answer, batch after batch.

Run with the oracle's Python, from this folder: `python make_metrics.py`; writes `metrics.json.gz`, a case
to a line. For a case: its `variables` (name, shape, dtype, collections, in the order of creation); the `names`,
`shapes` and `dtypes` of what the call returns, flattened, value before update; the results `before` the first
batch (of the value only), and in `batches`, for each batch, what the update and then the value gave (nested
lists; NaN as it is); `collected`, whether the collections got value and update; or `error`, the type of the
exception, `message`, its first line, and `when`: "building" or "running". `signatures` holds the parameters of
every function of both modules, a list of names and defaults (dtypes by name).
"""

import gzip
import inspect
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import metric_cases
import numpy as np
import tensorflow as tf

MODULES = {"tf": tf.metrics, "contrib": tf.contrib.metrics}
ERRORS = (ValueError, TypeError, AttributeError, IndexError, tf.errors.OpError)


def failure(err, when):
    return {"error": type(err).__name__, "message": str(err).split("\n")[0][:300], "when": when}


def flat(result):
    return tf.nest.flatten(result, expand_composites=True)


def plain(results):
    """Nested lists; nine digits carry a float32 exactly. None is what an operation gives."""

    def rounded(value):
        if isinstance(value, list):
            return [rounded(item) for item in value]
        return float(f"{value:.9g}") if isinstance(value, float) else value

    return [None if result is None else rounded(np.asarray(result).tolist()) for result in results]


def shape_of(item):
    return None if isinstance(item, tf.Operation) or item.shape.ndims is None else item.shape.as_list()


def dtype_of(item):
    return None if isinstance(item, tf.Operation) else item.dtype.base_dtype.name


def build(case, function, placeholders):
    keywords = dict(case["kwargs"], **placeholders)
    accepted = inspect.signature(function).parameters
    if "metrics_collections" in accepted:
        keywords.update(metrics_collections=["my_metrics"], updates_collections=["my_updates"])
    for _ in range(case["times"]):
        known = set(tf.global_variables() + tf.local_variables())
        result = function(**keywords)
    return result, known


def answer(case):
    function = getattr(MODULES[case["module"]], case["function"])
    batches = [metric_cases.batch(case, number) for number in range(metric_cases.BATCHES)]
    placeholders = {
        name: tf.placeholder(array.dtype, array.shape, name) for name, array in batches[0].items()
    }
    try:
        if case["scope"] is None:
            result, known = build(case, function, placeholders)
        else:
            with tf.variable_scope(case["scope"]):
                result, known = build(case, function, placeholders)
    except ERRORS as err:
        return failure(err, "building")

    def feeds_of(arrays):
        # A value too may look at the inputs: some check that these are in range.
        return {placeholders[name]: array for name, array in arrays.items()}

    graph = tf.get_default_graph()
    variables = [v for v in dict.fromkeys(tf.global_variables() + tf.local_variables()) if v not in known]
    streaming = (
        isinstance(result, tuple)
        and len(result) == 2
        and not isinstance(result, tf.SparseTensor)
        and bool(variables)
    )
    value, update = (flat(result[0]), flat(result[1])) if streaming else (flat(result), [])
    facts = {
        "streaming": streaming,
        "variables": [
            [
                v.op.name,
                shape_of(v),
                v.dtype.base_dtype.name,
                [
                    key
                    for key in graph.get_all_collection_keys()
                    if any(item is v for item in tf.get_collection(key))
                ],
            ]
            for v in variables
        ],
        "names": [[item.name for item in group] for group in (value, update)],
        "shapes": [[shape_of(item) for item in group] for group in (value, update)],
        "dtypes": [[dtype_of(item) for item in group] for group in (value, update)],
        "collected": [
            [any(held is item for held in tf.get_collection(key)) for item in flat(group)]
            for key, group in (("my_metrics", value), ("my_updates", update))
        ],
    }
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        try:
            if streaming:
                facts["before"] = plain(session.run(value, feeds_of(batches[0])))
            facts["batches"] = []
            for arrays in batches:
                feeds = feeds_of(arrays)
                if streaming:
                    updated = session.run(update, feeds)
                    facts["batches"].append([plain(updated), plain(session.run(value, feeds))])
                else:
                    facts["batches"].append([plain(session.run(value, feeds))])
            if streaming:
                facts["after"] = plain(session.run(variables))
        except ERRORS as err:
            facts.update(failure(err, "running"))
    return facts


def signature(function):
    def default(value):
        return value.name if isinstance(value, tf.DType) else value

    return [
        [parameter.name]
        if parameter.default is parameter.empty
        else [parameter.name, default(parameter.default)]
        for parameter in inspect.signature(function).parameters.values()
    ]


def main():
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    answers = {}
    for case in metric_cases.CASES:
        with tf.Graph().as_default():
            answers[case["id"]] = answer(case)
    assert len(answers) == len(metric_cases.CASES), "two cases have the same id"
    answers["signatures"] = {
        name: {
            function: signature(getattr(module, function))
            for function in dir(module)
            if inspect.isfunction(getattr(module, function)) and not function.startswith("_")
        }
        for name, module in MODULES.items()
    }
    lines = [json.dumps(key) + ": " + json.dumps(answers[key], sort_keys=True) for key in sorted(answers)]
    # Without name and time: the same answers give the same file.
    with open("metrics.json.gz", "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as output:
        output.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())


if __name__ == "__main__":
    main()
