"""Trains a small network on the digits in TensorFlow 1.15.5, with four optimizers.

Writes loss_curves.npz, the loss of every step and the variables at the end, and loss_curves/, the checkpoints halfway.
Run: python3.7 make_loss_curves.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import os
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import loss_curve_training as training
import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim

tf.logging.set_verbosity(tf.logging.ERROR)


def run(name, logdir, steps):
    with tf.Graph().as_default():
        train_op = training.recorded_train_op(tf, slim, name)
        return training.train(slim, train_op, logdir, steps, tf.train.Saver(save_relative_paths=True))


def main():
    shutil.rmtree("loss_curves", ignore_errors=True)
    facts = {}
    for name in training.OPTIMIZERS:
        kept = os.path.join("loss_curves", name)
        os.makedirs(kept)
        with tempfile.TemporaryDirectory() as logdir:
            losses = run(name, logdir, training.STEPS // 2)
            for file in os.listdir(logdir):
                if file == "checkpoint" or file.endswith((".index", ".data-00000-of-00001")):
                    shutil.copy(os.path.join(logdir, file), kept)
            losses += run(name, logdir, training.STEPS)
            facts[name + ":losses"] = np.array(losses, np.float32)
            reader = tf.train.load_checkpoint(logdir)
            for variable in reader.get_variable_to_shape_map():
                facts[name + ":" + variable] = reader.get_tensor(variable)
        print(name, losses[0], losses[99], losses[-1])
    np.savez_compressed("loss_curves.npz", **facts)


main()
