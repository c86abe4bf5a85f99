"""Asks TensorFlow 1.15.5 about slim.utils: values and errors of every helper.

Run with the oracle's Python from the repository root:
    python tests/golden/make_utils.py
Writes tests/golden/utils.json.
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

tf.logging.set_verbosity(tf.logging.ERROR)

TWO = "Must be an int, a list with 2 elements or a TensorShape of length 2"
SEQUENCE = "Expected sequence of 2 positive integers, but received "
POSITIVE = "expected positive integer, but received "


def dimension_programs():
    unknown_rank = "dims of shape must be known but is None"
    last = "utils.last_dimension(%s)"
    channel = "utils.channel_dimension(%s, %r)"
    return {
        "last_dimension": [
            last % "shape([2, 3])",
            last % "shape([None, 2])",
            last % "shape([3])",
            last % "shape([2, 3]), 2",
            last % "shape([2, 3]), min_rank=0",
            (last % "shape([2, None])", "dimension -1 of shape must be known but is None: (2, ?)"),
            (last % "shape([None])", "dimension -1 of shape must be known but is None: (?,)"),
            (last % "shape([None, 3, None])", "dimension -1 of shape must be known but is None: (?, 3, ?)"),
            (last % "shape([])", "rank of shape must be at least 1 not: 0"),
            (last % "shape([2, 3]), 3", "rank of shape must be at least 3 not: 2"),
            (last % "shape(None)", unknown_rank),
            (last % "shape([]), 0", "index out of range"),
        ],
        "channel_dimension": [
            channel % ("shape([2, 3, 4, 5])", data_format)
            for data_format in (
                "NHWC",
                "NCHW",
                "NCDHW",
                "channels_first",
                "channels_last",
                "CHANNELS_FIRST",
                "junk",
                "",
            )
        ]
        + [
            "utils.channel_dimension(shape([2, 3]), None)",
            channel % ("shape([2, None, 4, 5])", "NCHW"),
            (
                channel % ("shape([2, None, 4, 5])", "channels_first"),
                "dimension 1 of shape must be known but is None: (2, ?, 4, 5)",
            ),
            (channel % ("shape([2])", "channels_first"), "index out of range"),
            ("utils.channel_dimension(shape([2]), 'NHWC', 2)", "rank of shape must be at least 2 not: 1"),
            (
                "utils.channel_dimension(shape([2, 3]), 'NCHW', min_rank=3)",
                "rank of shape must be at least 3 not: 2",
            ),
            (channel % ("shape(None)", "NHWC"), unknown_rank),
        ],
    }


def integer_programs():
    two = "utils.two_element_tuple(%s)"
    several = "utils.n_positive_integers(%s)"
    return {
        "two_element_tuple": [
            two % value
            for value in ("3", "[1, 2]", "(1, 2)", "shape([1, 2])", "[1.5, 2]", "True", "0", "-1", "(0, -1)")
        ]
        + [
            (two % "[1]", "Must be a list with 2 elements: [1]"),
            (two % "(1,)", "Must be a list with 2 elements: "),
            (two % "[1, 2, 3]", "Must be a list with 2 elements: [1, 2, 3]"),
            (two % "[None, 1]", ""),
            (two % "['a', 'b']", ""),
            (two % "[[1], [2]]", ""),
        ]
        + [
            (two % value, TWO)
            for value in (
                "shape([1])",
                "shape([1, 2, 3])",
                "1.5",
                "None",
                "'ab'",
                "np.array([1, 2])",
                "np.int64(3)",
                "{1: 2, 3: 4}",
                "range(2)",
                "tf.constant([1, 2])",
            )
        ],
        "n_positive_integers": [
            several % arguments
            for arguments in (
                "2, 3",
                "3, (1, 2, 3)",
                "2, [1, 2]",
                "2, 1.5",
                "2, '3'",
                "2, True",
                "True, 3",
                "1, [5]",
                "1, 5",
                "2, np.int64(3)",
                "2, np.array([1, 2])",
                "2, shape([1, 2])",
                "2, ('1', '2')",
                "2, (1.5, 2)",
                "2.0, 3",
            )
        ]
        + [
            (several % "2, (1, 2, 3)", SEQUENCE + "(1, 2, 3)"),
            (several % "2, 'ab'", SEQUENCE + "'ab'"),
            (several % "2, [[1], [2]]", SEQUENCE + "[[1], [2]]"),
            (several % "2, {}", SEQUENCE + "{}"),
            (several % "2, shape([1, 2, 3])", SEQUENCE),
            (several % "2, shape([1, None])", SEQUENCE),
            (several % "2, 0", POSITIVE + "0"),
            (several % "2, -1", POSITIVE + "-1"),
            (several % "2, (1, 0)", POSITIVE + "0"),
            (several % "0, 3", "n must be a positive integer"),
            (several % "-1, 3", "n must be a positive integer"),
            (several % "1.5, 3", "n must be a positive integer"),
            (several % "'2', 3", "n must be a positive integer"),
            (several % "None, 3", ""),
            (several % "2, None", ""),
        ],
    }


def alias_programs():
    return {
        "aliases": [
            "let('x', tf.constant(1.0))",
            "utils.append_tensor_alias(x, 'a') is x",
            "x.aliases",
            "utils.append_tensor_alias(x, 'scope/a/').aliases",
            "utils.get_tensor_aliases(x)",
            "utils.append_tensor_alias(x, '/').aliases",
            ("utils.append_tensor_alias(x, '')", "string index out of range"),
            ("utils.append_tensor_alias(x, None)", "'NoneType' object is not subscriptable"),
            ("utils.append_tensor_alias(3, 'a')", "'int' object has no attribute 'aliases'"),
            ("utils.get_tensor_aliases(3)", "'int' object has no attribute 'name'"),
            "x.aliases",
            "utils.gather_tensors_aliases([])",
            "utils.gather_tensors_aliases([x, utils.append_tensor_alias(tf.constant(2.0), 'b')])",
        ],
        "aliases of a variable": [
            "let('v', tf.Variable([1.0], name='v'))",
            "utils.get_tensor_aliases(v)",
            "hasattr(v, 'aliases')",
            "utils.gather_tensors_aliases([v, v])",
            "tf.add_to_collection('vars', v)",
            "list(utils.convert_collection_to_dict('vars'))",
            "utils.append_tensor_alias(v, 'va').aliases",
            "utils.get_tensor_aliases(v)",
        ],
        "collect_named_outputs": [
            "let('x', tf.constant(1.0))",
            "let('y', tf.constant(2.0))",
            "utils.collect_named_outputs(None, 'none', x) is x",
            "utils.collect_named_outputs([], 'none', x) is x",
            "utils.collect_named_outputs('', 'none', x) is x",
            "utils.collect_named_outputs(None, None, 3)",
            "hasattr(x, 'aliases')",
            "utils.collect_named_outputs('c', 'net/x', x) is x",
            "utils.collect_named_outputs(['c', 'd'], 'net/y/', y) is y",
            "utils.collect_named_outputs(('e', 'f'), 'again', y) is y",
            "[x.aliases, y.aliases]",
            "[tf.get_collection(key) for key in 'cdef']",
            ("utils.collect_named_outputs('c', '', x)", "string index out of range"),
            ("utils.collect_named_outputs('c', None, x)", "'NoneType' object is not subscriptable"),
            ("utils.collect_named_outputs('c', 'list', [x])", "'list' object has no attribute 'aliases'"),
            "list(utils.convert_collection_to_dict('c').items())",
            "list(utils.convert_collection_to_dict('d', clear_collection=True))",
            "tf.get_collection('d')",
            "type(utils.convert_collection_to_dict('nothing')).__name__",
            "list(utils.convert_collection_to_dict('nothing'))",
            "utils.collect_named_outputs('c', 'net/x', y) is y",
            "list(utils.convert_collection_to_dict('c').items())",
        ],
        "get_variable_collections": [
            "utils.get_variable_collections(%s, 'w')" % given
            for given in (
                "None",
                "['c']",
                "'c'",
                "('a', 'b')",
                "[]",
                "3",
                "{'w': ['a']}",
                "{'b': ['a']}",
                "{'w': None}",
                "{}",
            )
        ],
    }


def condition_programs():
    one, two = "lambda: 'one'", "lambda: 'two'"
    static = ["True", "False", "1", "0", "2", "-1", "2.5", "0.0", "'a'", "''", "[]", "[1]"]
    static += ["np.bool_(True)", "np.int32(0)", "np.array(True)", "np.array([False])"]
    known = [
        "tf.constant(True)",
        "tf.constant(False)",
        "tf.constant(1)",
        "tf.constant(0.0)",
        "tf.constant([True])",
    ]
    wrong = "wrong type"
    fns = "lambda: tf.constant(1.0), lambda: tf.constant(2.0)"
    cases = {
        "constant_value": ["utils.constant_value(%s)" % value for value in static + known + ["{}", "(1, 2)"]]
        + [
            "utils.constant_value(tf.constant([1, 2]))",
            "utils.constant_value(unknown(True))",
            "utils.constant_value(tf.Variable(True))",
            "utils.constant_value(3, tf.bool)",
            "utils.constant_value('a', tf.float32)",
            "utils.constant_value(tf.constant(True), tf.bool)",
            "utils.constant_value(unknown(True), dtype=tf.bool)",
            ("utils.constant_value(None)", "value_or_tensor_or_var cannot be None"),
            ("utils.constant_value(None, tf.bool)", "value_or_tensor_or_var cannot be None"),
            ("utils.constant_value(tf.constant(3), tf.float32)", wrong),
            ("utils.constant_value(unknown(3), tf.bool)", wrong),
            ("utils.constant_value(tf.Variable(3.0), tf.bool)", wrong),
        ],
    }
    for name in ["static_cond", "smart_cond"]:
        call = "utils." + name + "(%s, %s, %s)"
        cases[name] = [call % (pred, one, two) for pred in static] + [
            (call % ("True", "3", two), "fn1 must be callable."),
            (call % ("True", one, "3"), "fn2 must be callable."),
            (call % ("False", "3", two), "fn1 must be callable."),
            (call % ("False", one, "None"), "fn2 must be callable."),
            (call % ("3", "None", "None"), "fn1 must be callable."),
            (call % ("np.array([True, False])", one, two), ""),
        ]
    cases["static_cond"] += [
        "utils.static_cond(None, %s, %s)" % (one, two),
        ("utils.static_cond(tf.constant(True), %s, %s)" % (one, two), "as a Python"),
        ("utils.static_cond(unknown(True), %s, %s)" % (one, two), "as a Python"),
    ]
    cases["smart_cond"] += ["utils.smart_cond(%s, %s, %s)" % (pred, one, two) for pred in known] + [
        ("utils.smart_cond(None, %s, %s)" % (one, two), "value_or_tensor_or_var cannot be None"),
        "utils.smart_cond(True, %s, name='choice')" % fns,
        "utils.smart_cond(unknown(True), %s)" % fns,
        "utils.smart_cond(unknown(False), %s, name='choice')" % fns,
        "utils.smart_cond(unknown(False), lambda: 1.0, lambda: 2.0)",
        "utils.smart_cond(unknown(False), lambda: [tf.constant(1.0), 2.0], lambda: [tf.constant(3.0), 4.0])",
        "utils.smart_cond(unknown(True), lambda: (tf.constant(1.0), 2.0), lambda: (tf.constant(3.0), 4.0))",
        "utils.smart_cond(unknown(False), lambda: {'a': tf.constant(1)}, lambda: {'a': tf.constant(2)})",
        ("utils.smart_cond(unknown(1), %s)" % fns, "that does not match expected type of bool"),
        ("utils.smart_cond(unknown([True]), %s)" % fns, "Shape must be rank 0 but is rank 1 for "),
        ("utils.smart_cond(unknown(True), lambda: None, lambda: None)", "true_fn must have a return value."),
        ("utils.smart_cond(unknown(True), lambda: 1.0, lambda: None)", "false_fn must have a return value."),
        (
            "utils.smart_cond(unknown(True), lambda: tf.constant(1.0), lambda: tf.constant(1))",
            "Outputs of true_fn and false_fn must have the same type: ",
        ),
        (
            "utils.smart_cond(unknown(True), lambda: [1.0, 2.0], lambda: [1.0])",
            "The two structures don't have the same nested structure",
        ),
        (
            "utils.smart_cond(unknown(True), lambda: [1.0, 2.0], lambda: (1.0, 2.0))",
            "The two structures don't have the same nested structure",
        ),
    ]
    return cases


def main():
    def encode(value):
        if isinstance(value, (list, tuple)):
            kind = "tuple" if isinstance(value, tuple) else "list"
            return [kind] + [encode(item) for item in value]
        if isinstance(value, dict):
            return {key: encode(item) for key, item in value.items()}
        if isinstance(value, tf.Dimension):
            return value.value
        if isinstance(value, tf.Tensor):
            with tf.Session() as session:
                return tensor(np.asarray(session.run(value)))
        if isinstance(value, (np.ndarray, np.generic)):
            return tensor(np.asarray(value))
        return value if value is None or isinstance(value, (int, float, str)) else str(type(value))

    programs = dict(dimension_programs(), **integer_programs())
    programs.update(alias_programs(), **condition_programs())
    recorded = {}
    for key, program in sorted(programs.items()):
        names = {
            "tf": tf,
            "np": np,
            "utils": slim.utils,
            "shape": tf.TensorShape,
            "unknown": lambda value: tf.placeholder_with_default(value, np.shape(value)),
        }
        names["let"] = lambda name, value, names=names: names.update({name: value})
        with tf.Graph().as_default():
            recorded[key] = record(program, names, encode)
    with open(os.path.join(HERE, "utils.json"), "w") as file:
        lines = json.dumps(recorded, sort_keys=True, separators=(",", ":"))
        file.write(lines.replace('{"error"', '\n{"error"').replace('{"expression"', '\n{"expression"') + "\n")
    print(len(recorded), "programs,", sum(map(len, recorded.values())), "answers")


if __name__ == "__main__":
    main()
