"""Writes tests/golden/programs.json: what every golden program answers under TensorFlow 1.15.5.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_programs.py

For a program that raises, the file holds the exception's type and the telling words of its message,
which are checked here to be in TensorFlow's message (messages also hold file paths, so they are not
stored).
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import program_registry
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.ERROR)


def zeros(*shape, dtype="float32"):
    # In a name scope of its own, so that making an input takes no name that a program may use.
    with tf.name_scope("golden_input"):
        return tf.zeros(shape, dtype=dtype)


def answer(key, entry):
    """What programs.json holds for one program."""
    with tf.Graph().as_default():
        result = program_registry.run(entry, tf, slim, zeros)
    raised = isinstance(result, dict) and "error" in result
    if not raised:
        assert entry.words is None, f"{key}: declares words, but returned {result}"
        return result
    assert entry.words is not None, "{}: raised {error}: {message}".format(key, **result)
    missing = [word for word in entry.words if word not in result["message"]]
    assert not missing, "{}: words {} are not in {message!r}".format(key, missing, **result)
    return {"error": result["error"], "words": list(entry.words)}


def main():
    answers, failures = {}, []
    for key, entry in program_registry.load_programs().items():
        try:
            answers[key] = answer(key, entry)
        except AssertionError as err:
            failures.append(str(err))
    if failures:
        sys.exit("\n".join(failures))
    with open(os.path.join(HERE, "programs.json"), "w") as output:
        json.dump(answers, output, indent=1, sort_keys=True)
        output.write("\n")
    print(f"{len(answers)} programs")


if __name__ == "__main__":
    main()
