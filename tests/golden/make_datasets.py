"""Writes tests/golden/datasets.json: what every program of input_programs.py answers under TensorFlow 1.15.5.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_datasets.py

Every program runs twice: facts that differ between the runs are refused.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import input_programs
import session_registry
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


def main():
    answers, failures = {}, []
    for key, entry in input_programs.PROGRAMS.items():
        answers[key] = session_registry.run(entry, tf, slim)
        again = session_registry.run(entry, tf, slim)
        text = json.dumps(answers[key])
        if text != json.dumps(again) or "missing: " in text or '{"error": ' in text[:11]:
            failures.append(f"{key}: {text}, then {json.dumps(again)}")
    if failures:
        sys.exit("\n".join(failures))
    lines = (
        f"{json.dumps(key)}: {json.dumps(facts, sort_keys=True)}" for key, facts in sorted(answers.items())
    )
    with open(os.path.join(HERE, "datasets.json"), "w") as output:
        output.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(answers)} programs")


if __name__ == "__main__":
    main()
