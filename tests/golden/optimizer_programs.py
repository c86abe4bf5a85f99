"""Programs that make optimizers, run by TensorFlow and by slim_torch: which variables are there afterwards?

Each is given `tf`, `apply(optimizer, variables)`, which applies gradients of ones, and a loss that depends on
nothing. It ends by returning what else is to be compared, or by an error.
"""

import numpy as np

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def two(tf):
    with tf.variable_scope("net"):
        kernel = tf.get_variable("w", initializer=np.array([1.0, 2.0, 3.0], np.float32))
        bias = tf.get_variable("b", initializer=np.array(2.0, np.float32))
    return [kernel, bias]


def momentum(tf, **arguments):
    return tf.train.MomentumOptimizer(0.1, 0.9, **arguments)


@program
def a_second_optimizer_counts_on(tf, apply, loss):
    variables = two(tf)
    first, second = tf.train.AdamOptimizer(), tf.train.AdamOptimizer()
    apply(first, variables)
    apply(second, variables)
    names = [first.get_slot(variables[0], "v").name, second.get_slot(variables[0], "m").name]
    return names + second.get_slot_names() + [variable.name for variable in second.variables()]


@program
def a_name_with_a_slash(tf, apply, loss):
    apply(momentum(tf, name="a/b"), two(tf))


@program
def variable_scope_comes_first(tf, apply, loss):
    variables = two(tf)
    with tf.variable_scope("train"):
        apply(tf.train.AdamOptimizer(), variables)
    with tf.variable_scope("net"):
        apply(tf.train.AdamOptimizer(), variables)


@program
def name_scope_counts_for_powers_only(tf, apply, loss):
    variables = two(tf)
    with tf.name_scope("training"):
        apply(tf.train.AdamOptimizer(), variables)
    apply(tf.train.AdamOptimizer(), variables)


@program
def reuse_needs_the_slots(tf, apply, loss):
    variables = two(tf)
    with tf.variable_scope("train", reuse=True):
        apply(momentum(tf), variables)


@program
def reuse_of_the_model_needs_the_slots(tf, apply, loss):
    variables = two(tf)
    tf.get_variable_scope().reuse_variables()
    apply(momentum(tf), variables)


@program
def a_scope_entered_again_has_the_slots(tf, apply, loss):
    variables = two(tf)
    with tf.variable_scope("train"):
        apply(momentum(tf), variables)
    with tf.variable_scope("train"):
        apply(momentum(tf), variables)


@program
def auto_reuse_shares_slots(tf, apply, loss):
    variables = two(tf)
    optimizers = []
    for _ in range(2):
        with tf.variable_scope("train", reuse=tf.AUTO_REUSE):
            optimizers.append(tf.train.AdamOptimizer())
            apply(optimizers[-1], variables)
    return [optimizer.get_slot(variables[0], "m").name for optimizer in optimizers]


@program
def order_is_that_of_the_gradients(tf, apply, loss):
    variables = two(tf)
    apply(tf.train.AdamOptimizer(), variables[::-1])
    apply(tf.train.RMSPropOptimizer(0.1), variables)


@program
def applied_again_makes_nothing(tf, apply, loss):
    variables = two(tf)
    optimizer = tf.train.AdamOptimizer()
    apply(optimizer, variables[:1])
    apply(optimizer, variables)
    apply(optimizer, variables)


@program
def a_variable_has_the_name_of_a_slot(tf, apply, loss):
    tf.get_variable("net/w/Momentum", initializer=np.array(3.0, np.float32))
    apply(momentum(tf), two(tf))


@program
def a_variable_comes_after_a_slot(tf, apply, loss):
    variables = two(tf)
    tf.Variable(3.0, name="beta1_power")
    apply(tf.train.AdamOptimizer(), variables)
    tf.Variable(3.0, name="net/w/Adam")


@program
def anonymous_variables(tf, apply, loss):
    variables = [tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0])]
    apply(momentum(tf), variables)
    apply(momentum(tf), variables)


@program
def a_scope_with_an_initializer(tf, apply, loss):
    with tf.variable_scope("a", initializer=tf.constant_initializer(7.0)):
        variable = tf.get_variable("w", [2])
        optimizer = momentum(tf)
        apply(optimizer, [variable])
    return [optimizer.get_slot_names(), optimizer.get_name()]


@program
def half_precision(tf, apply, loss):
    apply(tf.train.AdamOptimizer(), [tf.get_variable("h", initializer=np.array([1.0, 2.0], np.float16))])


@program
def nothing_was_applied(tf, apply, loss):
    optimizer = tf.train.AdamOptimizer()
    return [optimizer.get_slot(two(tf)[0], "m"), optimizer.get_slot_names(), optimizer.variables()]


@program
def an_unknown_slot(tf, apply, loss):
    variables = two(tf)
    optimizer = momentum(tf)
    apply(optimizer, variables)
    return [optimizer.get_slot(variables[0], "m")]


@program
def no_variables(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1).compute_gradients(loss)


@program
def an_empty_list_of_variables(tf, apply, loss):
    two(tf)
    tf.train.GradientDescentOptimizer(0.1).compute_gradients(loss, [])


@program
def no_pairs(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1).apply_gradients([])


@program
def no_gradients(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1).apply_gradients([(None, variable) for variable in two(tf)])


@program
def a_gradient_of_another_shape(tf, apply, loss):
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    optimizer.apply_gradients([(np.ones(2, np.float32), two(tf)[0])])


@program
def a_gradient_of_another_dtype(tf, apply, loss):
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    optimizer.apply_gradients([(np.ones(3, np.float64), two(tf)[0])])


@program
def variables_without_gradients(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1).apply_gradients(two(tf))


@program
def an_unknown_gate(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1).compute_gradients(loss, two(tf), gate_gradients=5)


@program
def no_name(tf, apply, loss):
    tf.train.GradientDescentOptimizer(0.1, name="")


@program
def no_learning_rate(tf, apply, loss):
    apply(tf.train.GradientDescentOptimizer(None), two(tf))


@program
def adagrad_from_zero(tf, apply, loss):
    tf.train.AdagradOptimizer(0.1, 0.0)


@program
def proximal_adagrad_from_zero(tf, apply, loss):
    tf.train.ProximalAdagradOptimizer(0.1, 0.0)


@program
def dual_averaging_from_zero(tf, apply, loss):
    tf.train.AdagradDAOptimizer(0.1, None, 0.0)


@program
def ftrl_from_below_zero(tf, apply, loss):
    tf.train.FtrlOptimizer(0.1, initial_accumulator_value=-1.0)


@program
def ftrl_with_a_positive_power(tf, apply, loss):
    tf.train.FtrlOptimizer(0.1, learning_rate_power=1.0)


@program
def ftrl_with_negative_l1(tf, apply, loss):
    tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0)


@program
def ftrl_with_negative_l2(tf, apply, loss):
    tf.train.FtrlOptimizer(0.1, l2_regularization_strength=-1.0)


@program
def ftrl_with_negative_shrinkage(tf, apply, loss):
    tf.train.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=-1.0)
