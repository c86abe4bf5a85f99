"""Writes tests/golden/metric_programs.json: what TensorFlow 1.15.5 does with the programs of `metric_programs.py`.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_metric_programs.py
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import session_registry
import tensorflow as tf
from metric_programs import PROGRAMS
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)

if __name__ == "__main__":
    answers = {name: session_registry.run(entry, tf, slim) for name, entry in PROGRAMS.items()}
    lines = (f"{json.dumps(name)}: {json.dumps(found)}" for name, found in answers.items())
    with open(os.path.join(HERE, "metric_programs.json"), "w") as output:
        output.write("{\n" + ",\n".join(lines) + "\n}\n")
    for name, found in answers.items():
        if isinstance(found, dict) and "error" in found:
            print(name, found)
