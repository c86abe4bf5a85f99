"""Writes tests/golden/string_calls.json: what TensorFlow 1.15.5 answers to the cases of `string_call_cases.py`.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_string_calls.py
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tensorflow as tf
from string_call_cases import CASES, answer

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "string_calls.json"), "w") as file:
    json.dump({name: answer(tf, case) for name, case in CASES.items()}, file, indent=0, sort_keys=True)
    file.write("\n")
