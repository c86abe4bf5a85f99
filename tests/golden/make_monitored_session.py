"""Writes tests/golden/monitored_session.json: TensorFlow 1.15.5's answers to monitored_session_programs.py.

Run with the Python of the oracle (TensorFlow 1.15.5):

    python tests/golden/make_monitored_session.py
"""

import json
import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import monitored_session_programs
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


def main():
    answers = {}
    for name, program in monitored_session_programs.PROGRAMS.items():
        with tempfile.TemporaryDirectory() as folder, tf.Graph().as_default():
            answers[name] = program(tf, folder)
    with open(os.path.join(HERE, "monitored_session.json"), "w") as file:
        lines = [f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
