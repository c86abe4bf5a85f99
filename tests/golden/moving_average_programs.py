"""Programs that keep moving averages, run by TensorFlow and by slim_torch, and values for a run."""

import numpy as np

STEPS = 8

# id, decay, whether the number of updates is given, variables' dtype.
RUNS = [
    ("plain", 0.9, False, "float32"),
    ("slow", 0.9999, False, "float32"),
    ("counted", 0.9, True, "float32"),
    ("slow_and_counted", 0.9999, True, "float32"),
    ("double", 0.99, False, "float64"),
    ("double_counted", 0.99, True, "float64"),
]

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def value(step, dtype):
    """What the variable is at a step, `[2, 3]`."""
    return np.cos(np.arange(6).reshape(2, 3) + step * 0.9).astype(dtype)


def model(tf):
    with tf.variable_scope("net"):
        kernel = tf.get_variable("w", initializer=np.array([1.0, 2.0, 3.0], np.float32))
        bias = tf.get_variable("b", initializer=np.array(2.0, np.float32))
        tf.get_variable("count", initializer=np.array(2, np.int32), trainable=False)
        tf.get_variable("mean", initializer=np.array(2.0, np.float32), trainable=False)
    return [kernel, bias]


def restored(average, *arguments):
    found = average.variables_to_restore(*arguments)
    return sorted([name, variable.op.name] for name, variable in found.items())


def described(average, variable):
    known = average.average(variable)
    return [None if known is None else known.op.name, average.average_name(variable)]


@program
def trainable_variables_by_default(tf):
    variables = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9)
    before = described(average, variables[0])
    average.apply()
    return [before, described(average, variables[0]), restored(average), average.name]


@program
def some_variables(tf):
    variables = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply(variables[1:])
    return [described(average, variable) for variable in variables] + [restored(average)]


@program
def applied_twice(tf):
    variables = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply(variables[1:])
    average.apply(variables)
    return restored(average)


@program
def a_second_average(tf):
    variables = model(tf)
    tf.train.ExponentialMovingAverage(0.9).apply()
    second = tf.train.ExponentialMovingAverage(0.99)
    before = described(second, variables[0])
    second.apply(variables)
    return [before, described(second, variables[0]), restored(second)]


@program
def a_name_and_a_variable_scope(tf):
    variables = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9, name="slow")
    with tf.variable_scope("train"):
        average.apply(variables[:1])
    with tf.name_scope("training"):
        average.apply(variables)
    return [described(average, variable) for variable in variables] + [restored(average)]


@program
def nothing_is_applied_in_evaluation(tf):
    model(tf)
    return restored(tf.train.ExponentialMovingAverage(0.9))


@program
def chosen_variables_to_restore(tf):
    variables = model(tf)
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply()
    return [restored(average, variables[:1]), restored(average, tf.global_variables()), restored(average, [])]


@program
def frozen_variables(tf):
    model(tf)
    frozen = tf.global_variables()[-1]
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply([frozen])
    return [described(average, frozen), restored(average)]


@program
def with_an_optimizer(tf):
    variables = model(tf)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    optimizer.apply_gradients([(np.ones(v.shape, np.float32), v) for v in variables])
    average = tf.train.ExponentialMovingAverage(0.9, num_updates=tf.train.get_or_create_global_step())
    average.apply()
    return restored(average)


@program
def an_integer_variable(tf):
    model(tf)
    tf.train.ExponentialMovingAverage(0.9).apply(tf.global_variables())


@program
def reuse_needs_the_average(tf):
    variables = model(tf)
    with tf.variable_scope("net", reuse=True):
        tf.train.ExponentialMovingAverage(0.9).apply(variables)


@program
def no_variables(tf):
    tf.train.ExponentialMovingAverage(0.9).apply([])
