"""Runs the programs of `tf_misc_tools.py` under TensorFlow 1.15.5; writes tf_misc.json.

Run: python3.7 make_tf_misc.py    (in tests/golden, with TensorFlow 1.15.5)
"""

import importlib
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
import tf_misc_tools as tools

tf.logging.set_verbosity(tf.logging.ERROR)


def main():
    for module in tools.MODULES:
        importlib.import_module(module)
    facts = {key: tools.run(function, tf) for key, function in tools.PROGRAMS.items()}
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    assert "missing:" not in text, [key for key in facts if "missing:" in json.dumps(facts[key])]
    failed = {key: value for key, value in facts.items() if isinstance(value, dict) and "error" in value}
    assert not failed, failed
    with open("tf_misc.json", "w") as file:
        file.write(text.replace('],"', '],\n"') + "\n")


main()
