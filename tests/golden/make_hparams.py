"""Writes tests/golden/hparams.json: what TensorFlow 1.15.5's HParams answers to the calls of `hparams_cases.py`.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_hparams.py
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hparams_cases import CASES, answer
from tensorflow.contrib import training

HERE = os.path.dirname(os.path.abspath(__file__))
answers = {name: answer(case, training.HParams, training.parse_values) for name, case in CASES.items()}
with open(os.path.join(HERE, "hparams.json"), "w") as file:
    json.dump(answers, file, indent=0, sort_keys=True)
    file.write("\n")
