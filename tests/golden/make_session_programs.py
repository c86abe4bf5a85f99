"""Writes tests/golden/session_programs.json: what every program about sessions answers under TensorFlow 1.15.5.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_session_programs.py [-v]

For a program that raises, the file holds the exception's type and the telling words of its message, which
are checked here to be in TensorFlow's message (messages also hold file paths, so they are not stored).
Every program runs twice: facts that differ between the runs are refused. `-v` prints every answer.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import session_registry
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


def answer(key, entry):
    """What session_programs.json holds for one program."""
    result = session_registry.run(entry, tf, slim)
    if isinstance(result, dict) and "error" in result:
        assert entry.words is not None, "{}: raised {error}: {message}".format(key, **result)
        missing = [word for word in entry.words if word not in result["message"]]
        assert not missing, "{}: words {} are not in {message!r}".format(key, missing, **result)
        return {"error": result["error"], "words": list(entry.words)}
    assert entry.words is None, f"{key}: declares words, but returned {result}"
    assert "missing: " not in json.dumps(result), f"{key}: {json.dumps(result)}"
    return result


def main():
    answers, failures = {}, []
    for key, entry in session_registry.load_programs().items():
        try:
            answers[key] = answer(key, entry)
            again = answer(key, entry)
            assert json.dumps(again) == json.dumps(answers[key]), f"{key}: {answers[key]}, then {again}"
            if "-v" in sys.argv:
                print(key, json.dumps(answers[key]))
        except AssertionError as err:
            failures.append(str(err))
    if failures:
        sys.exit("\n".join(failures))
    lines = (
        f"{json.dumps(key)}: {json.dumps(facts, sort_keys=True)}" for key, facts in sorted(answers.items())
    )
    with open(os.path.join(HERE, "session_programs.json"), "w") as output:
        output.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(answers)} programs")


if __name__ == "__main__":
    main()
