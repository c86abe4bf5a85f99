"""Asks TensorFlow 1.15.5 about moving averages; writes moving_averages.json.

Run: python3.7 make_moving_averages.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import moving_average_programs as programs
import numpy as np
import tensorflow as tf
from tensorflow.python.training.moving_averages import assign_moving_average

tf.logging.set_verbosity(tf.logging.ERROR)

COLLECTIONS = [tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES, "moving_average_variables"]


def outcome(program):
    with tf.Graph().as_default():
        result = {}
        try:
            result["result"] = program(tf)
        except Exception as err:
            result["error"] = [type(err).__name__, str(err).splitlines()[0]]
        result["collections"] = [[v.op.name for v in tf.get_collection(key)] for key in COLLECTIONS]
        return result


def numbers(array):
    return np.ravel(array).tolist()


def average_run(decay, counted, dtype):
    with tf.Graph().as_default(), tf.Session() as session:
        count = tf.placeholder(tf.int64, [])
        variable = tf.get_variable("w", initializer=programs.value(0, dtype))
        average = tf.train.ExponentialMovingAverage(decay, count if counted else None)
        update = average.apply([variable])
        session.run(tf.global_variables_initializer())
        history = []
        for step in range(1, programs.STEPS):
            variable.load(programs.value(step, dtype), session)
            session.run(update, {count: step})
            history.append(numbers(session.run(average.average(variable))))
        return history


def assigned_run(decay, zero_debias, dtype):
    with tf.Graph().as_default(), tf.Session() as session:
        value = tf.placeholder(dtype, [2, 3])
        with tf.variable_scope("stats"):
            variable = tf.get_variable("mean", initializer=programs.value(0, dtype), trainable=False)
        with tf.variable_scope("training"):
            update = assign_moving_average(variable, value, decay, zero_debias=zero_debias)
        session.run(tf.global_variables_initializer())
        history = []
        for step in range(1, programs.STEPS):
            session.run(update, {value: programs.value(step, dtype)})
            history.append(numbers(session.run(variable)))
        return {
            "history": history,
            "variables": [v.op.name for v in tf.global_variables()],
            "name": update.op.name,
        }


def tensor_run(zero_debias):
    """Averages of a tensor, which has no value before it runs."""
    with tf.Graph().as_default(), tf.Session() as session:
        value = tf.placeholder(tf.float32, [2, 3])
        doubled = tf.multiply(value, 2.0, name="doubled")
        average = tf.train.ExponentialMovingAverage(0.9, zero_debias=zero_debias)
        update = average.apply([doubled])
        session.run(tf.global_variables_initializer())
        history = []
        for step in range(1, programs.STEPS):
            session.run(update, {value: programs.value(step, np.float32)})
            history.append(numbers(session.run(average.average(doubled))))
        return {
            "history": history,
            "variables": [v.op.name for v in tf.global_variables()],
            "name": update.name,
        }


def main():
    facts = {
        "programs": {name: outcome(function) for name, function in programs.PROGRAMS.items()},
        "averages": {run[0]: average_run(*run[1:]) for run in programs.RUNS},
        "assigned": {
            f"{run[0]}_{debias}": assigned_run(run[1], debias, run[3])
            for run in programs.RUNS
            if not run[2]
            for debias in (False, True)
        },
        "tensors": {str(debias): tensor_run(debias) for debias in (False, True)},
    }
    with open("moving_averages.json", "w") as file:
        json.dump(facts, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
