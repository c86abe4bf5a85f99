"""Asks TensorFlow 1.15.5 about coordinators, supervisors and values from outside; writes supervisor.json.

Run: python3.7 make_supervisor.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import session_registry
import supervisor_programs
import tensorflow as tf
from tensorflow.contrib import slim

tf.logging.set_verbosity(tf.logging.FATAL)


def main():
    facts = {
        name: session_registry.run(entry, tf, slim) for name, entry in supervisor_programs.PROGRAMS.items()
    }
    with open("supervisor.json", "w") as file:
        json.dump(facts, file, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
