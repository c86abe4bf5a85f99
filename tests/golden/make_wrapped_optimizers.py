"""Asks TensorFlow 1.15.5 about optimizers around optimizers; writes wrapped_optimizers.json.

Run: python3.7 make_wrapped_optimizers.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
import wrapped_optimizer_programs as programs

tf.logging.set_verbosity(tf.logging.ERROR)


def main():
    facts = {}
    for name, function in programs.PROGRAMS.items():
        with tf.Graph().as_default():
            facts[name] = function(tf, tf.contrib.opt)
    with open("wrapped_optimizers.json", "w") as file:
        json.dump(facts, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
