"""Asks TensorFlow 1.15.5 about its optimizers; writes optimizers.json, optimizers.npz and a checkpoint.

Run: python3.7 make_optimizers.py    (in tests/golden, with TensorFlow 1.15.5)

Each case applies fixed gradients to fixed variables, and keeps every variable after every step. The programs
are asked for their variables and errors. The checkpoint is of a run that a test continues.
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import optimizer_cases as cases
import optimizer_programs as programs
import optimizer_run as run
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)

CHECKPOINTS = "optimizer_checkpoints"


def setting(value):
    if not isinstance(value, tuple):
        return value
    kind, number = value
    return tf.constant(number) if kind == cases.TENSOR else lambda: number


def described(variables):
    return [[v.op.name, v.shape.as_list(), v.dtype.base_dtype.name] for v in variables]


def asked(optimizer, settings):
    """What a case makes, and its variables after each step, `[steps, elements of all variables]`."""
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.train.get_or_create_global_step()
        variables = {
            name: tf.get_variable(name, initializer=value)
            for name, value in cases.variables(optimizer).items()
        }
        arguments = {key: setting(value) for key, value in settings.items()}
        if optimizer == "AdagradDAOptimizer":
            arguments["global_step"] = step
        made = getattr(tf.train, optimizer)(**arguments)
        fed = {name: tf.placeholder(v.dtype.base_dtype, v.shape) for name, v in variables.items()}
        train = made.apply_gradients([(fed[name], v) for name, v in variables.items()], step)
        session.run(tf.global_variables_initializer())
        everything = tf.global_variables()
        history = []
        for number in range(cases.STEPS):
            gradients = cases.gradients(number)
            session.run(train, {fed[name]: gradients[name] for name in fed})
            values = session.run(everything)
            history.append(np.concatenate([np.ravel(value).astype(np.float64) for value in values]))
        facts = {
            "variables": described(everything),
            "trainable": [variable.op.name for variable in tf.trainable_variables()],
            "slots": made.get_slot_names(),
            "own": [variable.op.name for variable in made.variables()],
            "name": made.get_name(),
        }
        return facts, np.stack(history)


def apply(optimizer, variables):
    ones = [(np.ones(v.shape.as_list(), v.dtype.base_dtype.as_numpy_dtype), v) for v in variables]
    optimizer.apply_gradients(ones)


def outcome(program):
    with tf.Graph().as_default():
        result = {}
        try:
            result["result"] = program(tf, apply, tf.constant(1.0))
        except Exception as err:
            result["error"] = [type(err).__name__, str(err).splitlines()[0]]
        result["variables"] = described(tf.global_variables())
        return result


def save_run(optimizer):
    """Trains, saves in the middle, and gives the variables at the end."""
    with tf.Graph().as_default(), tf.Session() as session:
        inputs = tf.placeholder(tf.float32, [None, 3])
        kernel = tf.get_variable("dense/kernel", initializer=run.KERNEL)
        bias = tf.get_variable("dense/bias", initializer=run.BIAS)
        loss = tf.reduce_mean(tf.square(tf.tanh(tf.matmul(inputs, kernel) + bias) - 0.5))
        step = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(0.1, step, 10, 0.5)
        train = run.OPTIMIZERS[optimizer](tf.train, rate).minimize(loss, step)
        saver = tf.train.Saver()
        session.run(tf.global_variables_initializer())
        losses = []
        for number in range(run.STEPS):
            if number == run.SAVED_AT:
                folder = os.path.join(CHECKPOINTS, optimizer)
                os.makedirs(folder, exist_ok=True)
                path = os.path.join(folder, "model.ckpt")
                saver.save(session, path, step, write_meta_graph=False)
            losses.append(session.run([loss, train], {inputs: run.batch(number)})[0])
        final = {f"{optimizer}/end/{v.op.name}": session.run(v) for v in tf.global_variables()}
        final[f"{optimizer}/losses"] = np.array(losses)
        return final


def main():
    facts, arrays = {}, {}
    for name, optimizer, settings in cases.CASES:
        facts[name], arrays[name] = asked(optimizer, settings)
    outcomes = {name: outcome(function) for name, function in programs.PROGRAMS.items()}
    for optimizer in run.OPTIMIZERS:
        arrays.update(save_run(optimizer))
    with open("optimizers.json", "w") as file:
        json.dump({"cases": facts, "programs": outcomes}, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")
    np.savez_compressed("optimizers.npz", **arrays)


main()
