"""Writes tests/golden/tf_programs.json: what the programs of a few modules answer under TensorFlow 1.15.5.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_tf_programs.py 2>/dev/null

The modules are `tf_ctc_programs.py`, `tf_sampling_programs.py` and `tf_unknown_programs.py`.
"""

import json
import os
import sys

import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import tf_ctc_programs  # noqa: E402
import tf_sampling_programs  # noqa: E402
import tf_unknown_programs  # noqa: E402
from session_registry import Program, run  # noqa: E402

tf.logging.set_verbosity(tf.logging.FATAL)
MODULES = (tf_ctc_programs, tf_sampling_programs, tf_unknown_programs)


def main():
    answers = {}
    for module in MODULES:
        for name, function in module.PROGRAMS.items():
            answers[name] = run(Program(function, None, False), tf, slim)
            text = json.dumps(answers[name])
            failed = '"error"' in text or "missing: " in text
            assert not failed, (name, text)
    lines = (f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in sorted(answers.items()))
    with open(os.path.join(HERE, "tf_programs.json"), "w") as target:
        target.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(answers)} programs")


if __name__ == "__main__":
    main()
