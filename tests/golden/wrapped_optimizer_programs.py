"""Programs on optimizers around optimizers, run by TensorFlow and by slim_torch.

Each is given `tf` and `opt` (tf.contrib.opt), and returns what is to be compared. Gradients are fed.
"""

import os
import tempfile

import numpy as np

STEPS = 10

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def inner(tf, kind):
    if kind == "momentum":
        return tf.train.MomentumOptimizer(0.1, 0.9)
    if kind == "adam":
        return tf.train.AdamOptimizer(0.1, name="my")
    return tf.train.GradientDescentOptimizer(0.1)


def variables(tf):
    kernel = tf.get_variable("net/kernel", initializer=np.array([[1.0, -2.0], [0.5, 3.0]], np.float32))
    scale = tf.get_variable("scale", initializer=np.array(3.0, np.float32))
    return [kernel, scale]


def gradient(step):
    kernel = np.sin(np.arange(4) * 1.3 + step * 0.7).reshape(2, 2)
    return [kernel.astype(np.float32), np.float32(np.cos(step))]


def placeholders(tf):
    return [tf.placeholder(tf.float32, [2, 2]), tf.placeholder(tf.float32, [])]


def values(tf, session):
    return [np.asarray(session.run(variable)).tolist() for variable in tf.global_variables()]


def history(tf, session, train_op, fed, steps):
    found = []
    for step in steps:
        session.run(train_op, dict(zip(fed, gradient(step))))
        found.append(values(tf, session))
    return found


def names(items):
    return [item.op.name for item in items]


def moving_average(tf, opt, kind, **settings):
    if "num_updates" in settings:
        settings["num_updates"] = tf.train.get_or_create_global_step()
    step = tf.train.get_or_create_global_step()
    trained, fed = variables(tf), placeholders(tf)
    optimizer = opt.MovingAverageOptimizer(inner(tf, kind), **settings)
    train_op = optimizer.apply_gradients(list(zip(fed, trained)), step)
    saver = optimizer.swapping_saver()
    with tf.Session() as session, tempfile.TemporaryDirectory() as folder:
        session.run(tf.global_variables_initializer())
        found = history(tf, session, train_op, fed, range(STEPS))
        path = saver.save(session, os.path.join(folder, "model.ckpt"))
        reader = tf.train.load_checkpoint(path)
        saved = {key: reader.get_tensor(key).tolist() for key in reader.get_variable_to_shape_map()}
        session.run(tf.global_variables_initializer())
        saver.restore(session, path)
        restored = values(tf, session)
    return {
        "op": train_op.name,
        "variables": names(tf.global_variables()),
        "averaged": names(tf.moving_average_variables()),
        "trained": names(tf.trainable_variables()),
        "history": found,
        "saved": saved,
        "restored": restored == found[-1],
    }


@program
def averages_after_gradient_descent(tf, opt):
    return moving_average(tf, opt, "gradient_descent", average_decay=0.5)


@program
def averages_after_momentum(tf, opt):
    return moving_average(tf, opt, "momentum", average_decay=0.9)


@program
def averages_after_adam(tf, opt):
    return moving_average(tf, opt, "adam", average_decay=0.7)


@program
def averages_with_a_count(tf, opt):
    return moving_average(tf, opt, "momentum", average_decay=0.9, num_updates=True)


@program
def the_default_decay(tf, opt):
    return moving_average(tf, opt, "gradient_descent")


@program
def a_swapping_saver_needs_both(tf, opt):
    trained = variables(tf)
    optimizer = opt.MovingAverageOptimizer(inner(tf, "momentum"))
    found = []
    try:
        optimizer.swapping_saver()
    except RuntimeError as err:
        found.append(str(err))
    optimizer.apply_gradients([(np.zeros(v.shape.as_list(), np.float32), v) for v in trained])
    averages = [v for v in tf.global_variables() if "Average" in v.op.name]
    for var_list in (trained, trained[:1] + averages, {"other": trained[0]}):
        try:
            optimizer.swapping_saver(var_list)
            found.append("made")
        except ValueError as err:
            found.append(str(err))
    return found


def synchronized(tf, kind, averages=False):
    # Names only: whether a run of TensorFlow's waits forever for a token is a matter of chance.
    step = tf.train.get_or_create_global_step()
    trained, fed = variables(tf), placeholders(tf)
    settings = {}
    if averages:
        settings["variable_averages"] = tf.train.ExponentialMovingAverage(0.5)
        settings["variables_to_average"] = trained[:1]
    optimizer = tf.train.SyncReplicasOptimizer(inner(tf, kind), 2, 1, **settings)
    train_op = optimizer.apply_gradients(list(zip(fed, trained)), step)
    return {
        "name": optimizer.get_name(),
        "op": train_op.op.name,
        "slots": optimizer.get_slot_names(),
        "variables": names(tf.global_variables()),
        "local": names(tf.local_variables()),
        "trained": names(tf.trainable_variables()),
        "own": names(optimizer.variables()),
    }


@program
def what_aggregation_makes(tf, opt):
    return synchronized(tf, "adam")


@program
def what_aggregation_with_averages_makes(tf, opt):
    return synchronized(tf, "momentum", averages=True)


def amsgrad(tf):
    class AMSGrad(tf.train.Optimizer):
        """As such classes were written: a method for each variable, assignments, a `_finish`."""

        def __init__(self, learning_rate=0.01, beta1=0.9, beta2=0.99, use_locking=False, name="AMSGrad"):
            super().__init__(use_locking, name)
            self._lr, self._beta1, self._beta2 = learning_rate, beta1, beta2
            self._beta1_power = None

        def _create_slots(self, var_list):
            if self._beta1_power is None:
                self._beta1_power = tf.Variable(self._beta1, name="beta1_power", trainable=False)
            for v in var_list:
                self._zeros_slot(v, "m", self._name)
                self._zeros_slot(v, "v", self._name)
                self._zeros_slot(v, "vhat", self._name)

        def _prepare(self):
            self._lr_t = tf.convert_to_tensor(self._lr, name="learning_rate")

        def _apply_dense(self, grad, var):
            m, v, vhat = (self.get_slot(var, name) for name in ("m", "v", "vhat"))
            m_t = tf.assign(m, self._beta1 * m + (1 - self._beta1) * grad)
            v_t = tf.assign(v, self._beta2 * v + (1 - self._beta2) * tf.square(grad))
            vhat_t = tf.assign(vhat, tf.maximum(v_t, vhat))
            step = self._lr_t * m_t / (1 - self._beta1_power) / (tf.sqrt(vhat_t) + 1e-8)
            update = tf.assign_sub(var, step, use_locking=self._use_locking)
            return tf.group(update, m_t, v_t, vhat_t)

        def _finish(self, update_ops, name_scope):
            with tf.control_dependencies(update_ops):
                power = self._beta1_power.assign(self._beta1_power * self._beta1)
            return tf.group(*(update_ops + [power]), name=name_scope)

    return AMSGrad


def sign_descent(tf):
    class SignDescent(tf.train.Optimizer):
        """With the least that is needed."""

        def __init__(self, learning_rate):
            super().__init__(False, "SignDescent")
            self._learning_rate = learning_rate

        def _apply_dense(self, grad, var):
            return var.assign_sub(self._learning_rate * tf.sign(grad))

        def _resource_apply_dense(self, grad, var):
            return var.assign_sub(self._learning_rate * tf.sign(grad))

    return SignDescent


def decayed_adam(tf):
    class DecayedAdam(tf.train.Optimizer):
        """As BERT's: `apply_gradients` does it all."""

        def __init__(self, learning_rate, weight_decay_rate=0.01, name="DecayedAdam"):
            super().__init__(False, name)
            self.learning_rate, self.weight_decay_rate = learning_rate, weight_decay_rate

        def apply_gradients(self, grads_and_vars, global_step=None, name=None):
            assignments = []
            for grad, param in grads_and_vars:
                if grad is None or param is None:
                    continue
                m, v = (
                    tf.get_variable(
                        name=param.op.name + suffix,
                        shape=param.shape.as_list(),
                        dtype=tf.float32,
                        trainable=False,
                        initializer=tf.zeros_initializer(),
                    )
                    for suffix in ("/adam_m", "/adam_v")
                )
                next_m = tf.multiply(0.9, m) + tf.multiply(0.1, grad)
                next_v = tf.multiply(0.999, v) + tf.multiply(0.001, tf.square(grad))
                update = next_m / (tf.sqrt(next_v) + 1e-6) + self.weight_decay_rate * param
                next_param = param - self.learning_rate * update
                assignments.extend([param.assign(next_param), m.assign(next_m), v.assign(next_v)])
            return tf.group(*assignments, name=name)

    return DecayedAdam


def custom(tf, optimizer):
    step = tf.train.get_or_create_global_step()
    trained, fed = variables(tf), placeholders(tf)
    train_op = optimizer.apply_gradients(list(zip(fed, trained)), step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = history(tf, session, train_op, fed, range(STEPS))
    return {"op": train_op.name, "variables": names(tf.global_variables()), "history": found}


@program
def an_optimizer_of_ones_own(tf, opt):
    optimizer = amsgrad(tf)(0.1)
    facts = custom(tf, optimizer)
    facts["slots"] = optimizer.get_slot_names()
    return facts


@program
def the_least_of_an_optimizer(tf, opt):
    return custom(tf, sign_descent(tf)(0.1))


@program
def an_optimizer_that_applies_gradients_itself(tf, opt):
    return custom(tf, decayed_adam(tf)(0.1))


@program
def optimizers_of_contrib(tf, opt):
    made = {
        "adam_w": opt.AdamWOptimizer(0.01, 0.1),
        "momentum_w": opt.MomentumWOptimizer(0.01, 0.1, 0.9, use_nesterov=True),
        "adagrad_w": opt.extend_with_decoupled_weight_decay(tf.train.AdagradOptimizer)(
            0.01, learning_rate=0.1
        ),
        "lazy_adam": opt.LazyAdamOptimizer(0.1),
        "nadam": opt.NadamOptimizer(0.1, epsilon=0.01),
        "adamax": opt.AdaMaxOptimizer(0.1, beta2=0.9),
    }
    facts = {}
    for name, optimizer in made.items():
        with tf.Graph().as_default():
            facts[name] = custom(tf, optimizer)
            facts[name]["slots"] = optimizer.get_slot_names()
    return facts


@program
def some_variables_decay(tf, opt):
    trained, fed = variables(tf), placeholders(tf)
    optimizer = opt.MomentumWOptimizer(0.1, 0.1, 0.9)
    train_op = optimizer.apply_gradients(list(zip(fed, trained)), decay_var_list=trained[:1])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return history(tf, session, train_op, fed, range(3))


@program
def what_is_asked_too_early(tf, opt):
    optimizer = tf.train.SyncReplicasOptimizer(inner(tf, "adam"), 3, 1)
    trained, found = variables(tf), []
    ones = [(tf.ones_like(variable), variable) for variable in trained]

    def attempt(function, *args):
        try:
            function(*args)
            found.append("done")
        except ValueError as err:
            found.append(str(err))

    attempt(optimizer.get_chief_queue_runner)
    attempt(optimizer.get_init_tokens_op)
    attempt(optimizer.apply_gradients, [])
    attempt(optimizer.apply_gradients, ones)
    attempt(optimizer.apply_gradients, ones, tf.train.get_or_create_global_step())
    attempt(optimizer.get_init_tokens_op, 1)
    attempt(optimizer.get_init_tokens_op, 2)
    attempt(optimizer.get_init_tokens_op)
    attempt(optimizer.get_chief_queue_runner)
    return found
