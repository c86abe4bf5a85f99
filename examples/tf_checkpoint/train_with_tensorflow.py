"""Trains the digits network with TensorFlow 1.15.5 and the original TF-Slim, and writes its checkpoints.

It made the files beside it, which `examples/load_tf_checkpoint.py` reads without TensorFlow: a checkpoint in
TensorFlow's newer format (`v2/`), the same variables in the older one (`v1/`), and what TensorFlow measured on
the test digits (`accuracy.json`). Needs Python 3.7 with tensorflow==1.15.5 and numpy.

    python examples/tf_checkpoint/train_with_tensorflow.py
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
TEST_DIGITS = 360
STEPS = 300
BATCH = 128


def network(images, is_training):
    """Logits `[batch, 10]` for images `[batch, 8, 8, 1]`."""
    batch_norm = {"is_training": is_training, "decay": 0.9}
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        normalizer_params=batch_norm,
        weights_regularizer=slim.l2_regularizer(1e-3),
    ):
        with tf.variable_scope("digits"):
            net = slim.conv2d(images, 16, [3, 3], scope="conv1")
            net = slim.conv2d(net, 16, [3, 3], stride=2, scope="conv2")
            net = slim.conv2d(net, 32, [3, 3], stride=2, scope="conv3")
            net = slim.fully_connected(slim.flatten(net), 64, scope="fc4")
            return slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")


def main():
    with np.load(os.path.join(HERE, "..", "data", "digits.npz"), allow_pickle=False) as data:
        images = data["images"][..., None] / np.float32(8) - 1
        labels = data["labels"].astype(np.int64)
    test_images, test_labels = images[-TEST_DIGITS:], labels[-TEST_DIGITS:]
    tf.set_random_seed(1)
    image_input = tf.placeholder(tf.float32, [None, 8, 8, 1])
    label_input = tf.placeholder(tf.int64, [None])
    logits = network(image_input, is_training=True)
    slim.losses.sparse_softmax_cross_entropy(logits, label_input)
    optimizer = tf.train.MomentumOptimizer(0.02, 0.9)
    train_op = slim.learning.create_train_op(slim.losses.get_total_loss(), optimizer)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        test_logits = network(image_input, is_training=False)
    test_loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label_input, logits=test_logits)
    )
    right = tf.reduce_sum(tf.cast(tf.equal(tf.argmax(test_logits, 1), label_input), tf.int32))

    # One thread, so that the same run gives the same numbers.
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    random = np.random.RandomState(1)
    with tf.Session(config=config) as session:
        session.run(tf.global_variables_initializer())
        for _ in range(STEPS):
            chosen = random.choice(len(images) - TEST_DIGITS, BATCH, replace=False)
            session.run(train_op, {image_input: images[chosen], label_input: labels[chosen]})
        measured = session.run(
            {"right": right, "loss": test_loss}, {image_input: test_images, label_input: test_labels}
        )
        for folder, version in (("v1", tf.train.SaverDef.V1), ("v2", tf.train.SaverDef.V2)):
            saver = tf.train.Saver(write_version=version, save_relative_paths=True)
            prefix = os.path.join(HERE, folder, "model.ckpt")
            if not os.path.isdir(os.path.dirname(prefix)):
                os.makedirs(os.path.dirname(prefix))
            saver.save(session, prefix, global_step=STEPS, write_meta_graph=False)
    report = {
        "tensorflow": tf.__version__,
        "steps": STEPS,
        "test_digits": TEST_DIGITS,
        "right": int(measured["right"]),
        "accuracy": round(float(measured["right"]) / TEST_DIGITS, 6),
        "loss": round(float(measured["loss"]), 6),
    }
    with open(os.path.join(HERE, "accuracy.json"), "w") as output:
        json.dump(report, output, indent=1, sort_keys=True)
        output.write("\n")
    print(report)


if __name__ == "__main__":
    main()
