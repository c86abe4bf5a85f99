"""Training of a small network on the digits, as a script for TF-Slim: for the loss curves.

Run by TensorFlow 1.15.5 (`make_loss_curves.py`) and by slim_torch (`tests/test_loss_curves.py`). Which digits are in
the batch of a step is a function of the step, initial weights are one of the variable's name.
"""

import os
import zlib

import numpy as np

STEPS = 200
BATCH = 32
DIGITS = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "data", "digits.npz")

OPTIMIZERS = {
    "GradientDescent": lambda tf: tf.train.GradientDescentOptimizer(0.05),
    "Momentum": lambda tf: tf.train.MomentumOptimizer(0.01, 0.9),
    "Adam": lambda tf: tf.train.AdamOptimizer(0.002),
    "RMSProp": lambda tf: tf.train.RMSPropOptimizer(0.001, decay=0.9, momentum=0.5),
}


def digits():
    """Images `[n, 8, 8, 1]` in [-1, 1], their labels, and for each step the numbers of those in its batch."""
    with np.load(DIGITS) as data:
        images = (data["images"][..., None] / np.float32(8) - 1).astype(np.float32)
        labels = data["labels"].astype(np.int64)
    order = np.random.RandomState(0).permutation(len(images))
    places = np.arange(STEPS * BATCH).reshape(STEPS, BATCH) % len(images)
    return images, labels, order[places].astype(np.int64)


def initial_weights(slim):
    """A value for each kernel, by its variable's name."""
    values = {}
    for variable in slim.get_variables_by_name("weights"):
        shape = variable.get_shape().as_list()
        draw = np.random.RandomState(zlib.crc32(variable.op.name.encode()))
        scale = np.sqrt(2.0 / np.prod(shape[:-1]))
        values[variable.op.name] = (draw.randn(*shape) * scale).astype(np.float32)
    return slim.assign_from_values_fn(values)


def total_loss(tf, slim, images, labels):
    """Batch norm, weight decay, no dropout."""
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_regularizer=slim.l2_regularizer(1e-3),
        normalizer_fn=slim.batch_norm,
        normalizer_params={"decay": 0.9, "is_training": True, "scale": True},
    ):
        net = slim.conv2d(images, 8, [3, 3], scope="conv1")
        net = slim.max_pool2d(net, [2, 2], scope="pool1")
        net = slim.conv2d(net, 16, [3, 3], scope="conv2")
        net = slim.max_pool2d(net, [2, 2], scope="pool2")
        net = slim.fully_connected(slim.flatten(net), 32, scope="fc3")
        logits = slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")
    slim.losses.sparse_softmax_cross_entropy(logits, labels)
    return slim.losses.get_total_loss()


def recorded_train_op(tf, slim, name):
    images, labels, batches = digits()
    step = tf.train.get_or_create_global_step()
    chosen = tf.gather(tf.constant(batches), step)
    loss = total_loss(
        tf, slim, tf.gather(tf.constant(images), chosen), tf.gather(tf.constant(labels), chosen)
    )
    return slim.learning.create_train_op(loss, OPTIMIZERS[name](tf))


def train(slim, train_op, logdir, steps, saver=None):
    """The loss of each step."""
    losses = []

    def step(*arguments):
        loss, stop = slim.learning.train_step(*arguments)
        losses.append(float(loss))
        return loss, stop

    slim.learning.train(
        train_op,
        logdir,
        step,
        number_of_steps=steps,
        init_fn=initial_weights(slim),
        saver=saver,
        save_interval_secs=0,
        save_summaries_secs=0,
        log_every_n_steps=0,
    )
    return losses
