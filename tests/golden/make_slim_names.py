"""Asks TensorFlow 1.15.5 which public names tf.contrib.slim has, and what kind of thing each one is.

Run with the oracle's Python from the repository root:
    python tests/golden/make_slim_names.py
Writes tests/golden/slim_names.json.
"""

# The environment is set before TensorFlow is imported.
# ruff: noqa: E402

import inspect
import json
import os
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")

import tensorflow.contrib.slim as slim

HERE = os.path.dirname(os.path.abspath(__file__))


def kind(value):
    if inspect.ismodule(value):
        return "module"
    if inspect.isclass(value):
        return "class"
    return "function" if callable(value) else "value"


def main():
    names = {name: kind(getattr(slim, name)) for name in dir(slim) if not name.startswith("_")}
    with open(os.path.join(HERE, "slim_names.json"), "w") as file:
        json.dump(names, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
