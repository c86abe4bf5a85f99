"""Asks TensorFlow 1.15.5 what `slim.learning.train` does; writes learning.json.

Run: python3.7 make_learning.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import inspect
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import learning_programs
import session_registry
import tensorflow as tf
from tensorflow.contrib import slim

tf.logging.set_verbosity(tf.logging.FATAL)


def signature(function):
    """The parameters in order, with their defaults; a function is given by its name."""
    return [
        [p.name, "required" if p.default is p.empty else getattr(p.default, "__name__", p.default)]
        for p in inspect.signature(function).parameters.values()
    ]


def main():
    facts = {
        name: session_registry.run(entry, tf, slim) for name, entry in learning_programs.PROGRAMS.items()
    }
    facts["signatures"] = {name: signature(getattr(slim.learning, name)) for name in ("train", "train_step")}
    with open("learning.json", "w") as file:
        json.dump(facts, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
