"""Asks TensorFlow 1.15.5 about initializers: exact values, errors, and moments of large draws.

Run with the oracle's Python from the repository root:
    python tests/golden/make_initializers.py
Writes tests/golden/initializers.json.
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

CONSTANTS = [
    "3",
    "2.5",
    "True",
    "[1, 2, 3]",
    "[[1, 2], [3, 4]]",
    "(1, 2)",
    "[]",
    "np.arange(6).reshape(2, 3)",
]
CONSTANTS += ["np.float32(2)", "np.zeros([0])", "[True, False]"]
FLOATING = ["truncated_normal", "random_normal", "orthogonal", "uniform_unit_scaling", "variance_scaling"]


def constant_programs():
    """Every value into every shape, filled and verified."""
    programs = {}
    for value in CONSTANTS:
        given = np.array(eval(value))
        is_array = isinstance(eval(value), (np.ndarray, np.generic))
        for shape in ["[2, 3]", "[3]", "[]", "[6]", "[4, 1]", "[0]"]:
            sizes = tuple(eval(shape))
            room = int(np.prod(sizes))
            looked_at = is_array or room > 0
            fill = "tf.constant_initializer(%s)(%s)" % (value, shape)
            verify = "tf.constant_initializer(%s, verify_shape=True)(%s)" % (value, shape)
            programs["constant %s in %s" % (value, shape)] = [
                (fill, "Too many elements provided. Needed at most %d, but received %d" % (room, given.size))
                if looked_at and given.size > room
                else fill,
                (verify, "Expected Tensor's shape: %s, got %s" % (sizes, given.shape))
                if looked_at and given.shape != sizes
                else verify,
            ]
    return programs


def programs():
    cases = constant_programs()
    cases["constant dtypes"] = [
        ("tf.constant_initializer(None)", "Invalid type for initial value: <class 'NoneType'>"),
        ("tf.constant_initializer({})", "Invalid type for initial value: <class 'dict'>"),
        ("tf.constant_initializer('a')([2])", "Expected float32, got 'a' of type 'str' instead"),
        ("tf.constant_initializer([1, 'a'])([2])", "Expected float32, got 'a' of type 'str' instead"),
        ("tf.constant_initializer([[1, 2], [3]])([2, 2])", "setting an array element with a sequence"),
        (
            "tf.constant_initializer(2.5, dtype=tf.int32)([2])",
            "Expected int32, got 2.5 of type 'float' instead",
        ),
        ("tf.constant_initializer([2.5])([2], dtype=tf.int32)", "Expected int32, got 2.5 of type 'float'"),
        ("tf.constant_initializer([0, 1], dtype=tf.bool)([2])", "Expected bool, got 0 of type 'int' instead"),
        ("tf.constant_initializer(1j)([2])", "Expected float32, got 1j of type 'complex' instead"),
        ("tf.constant_initializer(0, dtype=None)", "Cannot convert value None to a"),
        "tf.constant_initializer(np.array([2.5, 1]), dtype=tf.int32)([2])",
        "tf.constant_initializer(np.array([0, 1]), dtype=tf.bool)([2])",
        "tf.constant_initializer(True, dtype=tf.bool)([2])",
        "tf.constant_initializer([0.1])([2], dtype=tf.float64)",
        "tf.constant_initializer(1, dtype=tf.float16)([2])",
        "tf.constant_initializer(1, dtype=tf.float16)([2], tf.float64)",
        "tf.constant_initializer(300)([2], dtype=tf.int8)",
        "tf.constant_initializer(-1)([2], dtype=tf.uint8)",
        "tf.constant_initializer(2 ** 40)([1])",
        "tf.constant_initializer([1, 2])([3], tf.float32, None)",
    ]
    cases["constant at the call"] = [
        "tf.constant_initializer([1, 2])([2], verify_shape=True)",
        (
            "tf.constant_initializer([1, 2])([3], verify_shape=True)",
            "Expected Tensor's shape: (3,), got (2,)",
        ),
        "tf.constant_initializer([1, 2], verify_shape=True)([3], verify_shape=False)",
        "tf.constant_initializer([1.0, 2.0])(None)",
        "tf.constant_initializer(3.0)(None)",
        ("tf.constant_initializer()(3)", "'int' object is not iterable"),
        ("tf.constant_initializer()([None, 3])", ""),
    ]
    for name in ["zeros", "ones"]:
        cases[name] = [
            "tf.%s_initializer()(%s)" % (name, shape) for shape in ("[]", "[3]", "[2, 3]", "3", "[0, 2]")
        ]
        for dtype in ["int32", "int64", "bool", "float16", "float64", "complex64"]:
            cases[name].append("tf.%s_initializer(dtype=tf.%s)([2])" % (name, dtype))
            cases[name].append("tf.%s_initializer()([2], dtype=tf.%s)" % (name, dtype))
        cases[name] += [
            ("tf.%s_initializer()(None)" % name, "None values not supported"),
            ("tf.%s_initializer()([None, 3])" % name, ""),
        ]
    words = "Identity matrix initializer can only be used for 2D matrices"
    cases["identity"] = [
        "tf.initializers.identity()([3, 3])",
        "tf.initializers.identity()([2, 3])",
        "tf.initializers.identity(2.5)([3, 2])",
        "tf.initializers.identity(gain=2)([3, 2], dtype=tf.float64)",
        "tf.initializers.identity()([0, 2])",
        ("tf.initializers.identity()([])", words),
        ("tf.initializers.identity()([3])", words),
        ("tf.initializers.identity()([1, 1, 2, 2])", words),
        ("tf.initializers.identity(dtype=tf.int32)", "Expected floating point type, got"),
        (
            "tf.initializers.identity()([2, 2], dtype=tf.int32)",
            "Expected int32, got 1.0 of type 'float' instead",
        ),
        ("tf.initializers.identity(gain=None)([2, 2])", "None values not supported"),
        ("tf.initializers.identity(gain='a')([2, 2])", "Expected float32, got 'a' of type 'str' instead"),
    ]
    for name in FLOATING:
        made = "tf.%s_initializer" % name
        cases[name + " dtypes"] = [
            (made + "(dtype=tf.int32)", "Expected floating point type, got"),
            (made + "(dtype=None)", "Cannot convert value None to a"),
            # Which number does not fit is another one for each initializer.
            (made + "()([3, 3], dtype=tf.int32)", "Expected int32, got "),
            (
                made + "()([3, 3], dtype=tf.bool)",
                "Invalid dtype" if "unit" in name else "Expected bool, got ",
            ),
            "shape_and_dtype(%s()([3, 4]))" % made,
            "shape_and_dtype(%s()([3, 4], tf.float16, None))" % made,
            "shape_and_dtype(%s(dtype=tf.float64)([3, 4]))" % made,
            "shape_and_dtype(%s(dtype=tf.float64)([3, 4], dtype=tf.float32))" % made,
            "shape_and_dtype(%s(dtype='float64')([3, 4]))" % made,
            "shape_and_dtype(%s()([0, 4]))" % made,
            (made + "()(None)", ""),
            (made + "()([None, 3])", ""),
        ]
    uniform = "tf.random_uniform_initializer"
    cases["random_uniform"] = [
        "shape_and_dtype(%s(-1, 2, dtype=tf.int32)([5]))" % uniform,
        "shape_and_dtype(%s(0, 10)([5], dtype=tf.int64))" % uniform,
        "shape_and_dtype(%s(0, 1)([3], dtype=tf.float64))" % uniform,
        "shape_and_dtype(%s(0, 1, dtype=tf.float16)([3]))" % uniform,
        "shape_and_dtype(%s([0.0, 1.0], [1.0, 2.0])([3, 2]))" % uniform,
        uniform + "(1, 1)([3])",
        uniform + "(4, 5, dtype=tf.int32)([3])",
        (uniform + "(dtype=tf.int32)([3])", "Must specify maxval for integer dtype"),
        (uniform + "()([3], dtype=tf.int64)", "Must specify maxval for integer dtype"),
        (uniform + "()([3], dtype=tf.bool)", "Invalid dtype"),
        (uniform + "(0, 4)([3], dtype=tf.int16)", "Invalid dtype"),
        (uniform + "(0.0, 2.5)([3], dtype=tf.int32)", "Expected int32, got 0.0 of type 'float' instead"),
        (uniform + "(None)([3])", "None values not supported"),
    ]
    cases["normal parameters"] = [
        "tf.truncated_normal_initializer(1.0, 0.0)([3])",
        "tf.random_normal_initializer([1.0, 2.0], 0.0)([3, 2])",
        ("tf.random_normal_initializer('a')([3])", "Expected float32, got 'a' of type 'str' instead"),
        ("tf.random_normal_initializer(None)([3])", "None values not supported"),
        (
            "tf.random_normal_initializer()([3], dtype=tf.complex64)",
            "has DataType complex64 not in list of allowed",
        ),
    ]
    core = "tf.variance_scaling_initializer"
    cases["variance_scaling arguments"] = [
        (core + "(scale=0)", "`scale` must be positive float."),
        (core + "(scale=-1.0, mode='x')", "`scale` must be positive float."),
        (core + "(mode='FAN_IN')", "Invalid `mode` argument:"),
        (core + "(distribution='x')", "Invalid `distribution` argument:"),
        (core + "(distribution=None)", "'NoneType' object has no attribute 'lower'"),
        "shape_and_dtype(%s(distribution='NORMAL')([2]))" % core,
        "shape_and_dtype(%s(scale=2, mode='fan_avg', distribution='Uniform')([2]))" % core,
    ]
    words = "The tensor to initialize must be at least two-dimensional"
    cases["orthogonal arguments"] = [
        ("tf.orthogonal_initializer()([])", words),
        ("tf.orthogonal_initializer()([3])", words),
        ("tf.orthogonal_initializer(gain=None)([2, 2])", "None values not supported"),
        ("tf.orthogonal_initializer(gain='a')([2, 2])", "Expected float32, got 'a' of type 'str' instead"),
        (
            "tf.orthogonal_initializer()([2, 2], dtype=tf.bfloat16)",
            "has DataType bfloat16 not in list of allowed",
        ),
    ]
    for shape in ["[3, 5]", "[5, 3]", "[3, 3]", "[2, 2, 5]", "[2, 3, 4, 3]", "[1, 1]", "[4, 1]", "[1, 4]"]:
        for gain in ["1.0", "2"]:
            cases["orthogonal arguments"].append(
                "rounded(gram(tf.orthogonal_initializer(gain=%s)(%s)))" % (gain, shape)
            )
    words = "Cannot create initializer for non-floating point type."
    scaling = "slim.variance_scaling_initializer"
    cases["slim arguments"] = [
        (scaling + "(mode='fan_in')", "Unknown mode"),
        (scaling + "(mode=None)", "[FAN_IN, FAN_OUT, FAN_AVG]"),
        (scaling + "(dtype=tf.int32)", words),
        (scaling + "()([3, 4], dtype=tf.int32)", words),
        (scaling + "()([3, 4], dtype=tf.complex64)", words),
        ("slim.xavier_initializer(dtype=tf.int32)", words),
        (scaling + "(factor=-1.0)([3, 4])", ""),
        (scaling + "(mode='FAN_OUT')([40, 0])", "division by zero"),
        (scaling + "(uniform=True)([0, 40])", "division by zero"),
        (scaling + "()(3)", ""),
        (scaling + "()([None, 4])", ""),
        scaling + "(factor=0.0)([2, 2])",
        "shape_and_dtype(%s(factor=1)([3, 4]))" % scaling,
        "shape_and_dtype(%s(dtype=tf.float64)([3, 4]))" % scaling,
        "shape_and_dtype(%s()([3, 4], dtype=tf.float16))" % scaling,
        "shape_and_dtype(%s()([3, 4], tf.float64, None))" % scaling,
        "shape_and_dtype(%s(mode='FAN_AVG')([40, 0]))" % scaling,
        "slim.xavier_initializer is slim.xavier_initializer_conv2d",
    ]
    return cases


SHAPES = ["[]", "[7]", "[1, 900]", "[60, 90]", "[20, 9, 30]", "[3, 3, 20, 30]", "[2, 3, 3, 8, 12]"]


def draws():
    """Initializers to take large draws from, with the family of their distribution, and the shapes."""
    cases = [
        ("slim.xavier_initializer()", "uniform"),
        ("slim.xavier_initializer(uniform=False)", "truncated"),
    ]
    for mode in ["FAN_IN", "FAN_OUT", "FAN_AVG"]:
        for uniform in [False, True]:
            maker = "slim.variance_scaling_initializer(2.0, '%s', %s)" % (mode, uniform)
            cases.append((maker, "uniform" if uniform else "truncated"))
    families = {"truncated_normal": "truncated", "untruncated_normal": "normal", "uniform": "uniform"}
    for mode in ["fan_in", "fan_out", "fan_avg"]:
        for distribution, family in sorted(families.items()):
            cases.append(("tf.variance_scaling_initializer(2.0, '%s', '%s')" % (mode, distribution), family))
    for name in ["glorot_%s_initializer", "initializers.he_%s", "initializers.lecun_%s"]:
        cases.append(("tf." + name % "uniform" + "()", "uniform"))
        cases.append(("tf." + name % "normal" + "()", "truncated"))
    cases.append(("tf.uniform_unit_scaling_initializer(1.43)", "uniform"))
    result = [(maker, family, shape) for maker, family in cases for shape in SHAPES]
    plain = [
        ("tf.truncated_normal_initializer(0.5, 0.1)", "truncated"),
        ("tf.truncated_normal_initializer(1.0, -1.0)", "truncated"),
        ("tf.random_normal_initializer(-1.0, 2.0)", "normal"),
        ("tf.random_uniform_initializer(-0.5, 1.5)", "uniform"),
        ("tf.random_uniform_initializer()", "uniform"),
        ("tf.random_uniform_initializer(-1, 4, dtype=tf.int32)", "integers"),
    ]
    result += [(maker, family, shape) for maker, family in plain for shape in ("[]", "[60, 90]")]
    result += [
        ("tf.orthogonal_initializer(1.5)", "normal", shape) for shape in ("[60, 90]", "[3, 3, 20, 30]")
    ]
    return result


def moments(maker, family, shape, names):
    """Mean, deviation and extremes of thousands of draws, in float64."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(11)
        values = eval(maker, names)(eval(shape))
        # Enough for a deviation to within 2 % where many values come at a time.
        sizes = eval(shape)
        times = -(-(40000 if sizes[1:] else 5000 if sizes else 2000) // int(np.prod(sizes)))
        drawn = np.stack([session.run(values) for _ in range(times)]).astype(np.float64)
    facts = {"mean": drawn.mean(), "stddev": drawn.std(), "min": drawn.min(), "max": drawn.max()}
    facts = {key: float("%.6g" % value) for key, value in facts.items()}
    return dict(facts, initializer=maker, family=family, shape=shape, times=times)


def gram(value):
    """The products of the shorter side's vectors."""
    shape = value.shape.as_list()
    matrix = tf.reshape(value, [-1, shape[-1]])
    tall = int(np.prod(shape[:-1])) >= shape[-1]
    return tf.matmul(matrix, matrix, transpose_a=tall, transpose_b=not tall)


def main():
    names = {
        "tf": tf,
        "slim": slim,
        "np": np,
        "gram": gram,
        "rounded": lambda value: tf.round(value * 1000.0) / 1000.0 + 0.0,
        "shape_and_dtype": lambda value: [value.dtype.name] + value.shape.as_list(),
    }

    def encode(value):
        if isinstance(value, tf.Tensor):
            with tf.Session() as session:
                array = session.run(value)
            return tensor(array.astype(np.float32) if array.dtype.kind == "c" else array)
        return value if isinstance(value, (bool, list)) else str(type(value))

    recorded = {}
    for key, program in sorted(programs().items()):
        with tf.Graph().as_default():
            recorded[key] = record(program, names, encode)
    answers = {"programs": recorded, "draws": [moments(*case, names=names) for case in draws()]}
    with open(os.path.join(HERE, "initializers.json"), "w") as file:
        lines = json.dumps(answers, sort_keys=True, separators=(",", ":"))
        file.write(
            lines.replace('{"expression"', '\n{"expression"').replace('{"family"', '\n{"family"') + "\n"
        )
    print(
        len(recorded),
        "programs,",
        sum(map(len, recorded.values())),
        "answers,",
        len(answers["draws"]),
        "draws",
    )


if __name__ == "__main__":
    main()
