"""Asks TensorFlow 1.15.5 about the learning rate schedules; writes schedules.json.

Run: python3.7 make_schedules.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import schedule_cases as cases
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)

REFUSED = {
    "lengths": lambda step: tf.train.piecewise_constant(step, [10, 20], [0.1, 0.2]),
    "float boundaries": lambda step: tf.train.piecewise_constant(step, [10.0, 20.0], [0.1, 0.2, 0.3]),
    "mixed values": lambda step: tf.train.piecewise_constant(step, [10, 20], [1, 0.2, 0.3]),
    "no step": lambda step: tf.train.exponential_decay(0.1, None, 10, 0.9),
    "no rate": lambda step: tf.train.exponential_decay(None, step, 10, 0.9),
    "no cosine step": lambda step: tf.train.cosine_decay(0.1, None, 10),
    "no piecewise step": lambda step: tf.train.piecewise_constant(None, [10], [0.1, 0.2]),
}


def setting(value):
    return tf.constant(value[1]) if isinstance(value, tuple) else value


def asked(schedule, settings):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        arguments = {key: setting(value) for key, value in settings.items()}
        arguments["x" if schedule == "piecewise_constant" else "global_step"] = step
        rate = getattr(tf.train, schedule)(**arguments)
        values = [session.run(rate, {step: number}) for number in cases.STEPS]
        return {
            "name": rate.op.name,
            "dtype": rate.dtype.name,
            "values": [float(np.format_float_positional(value)) for value in values],
        }


def refused(function):
    with tf.Graph().as_default():
        try:
            function(tf.placeholder(tf.int64, []))
        except Exception as err:
            return [type(err).__name__, str(err)]


def main():
    facts = {name: asked(schedule, settings) for name, schedule, settings in cases.CASES}
    errors = {name: refused(function) for name, function in REFUSED.items()}
    with open("schedules.json", "w") as file:
        json.dump({"cases": facts, "refused": errors}, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
