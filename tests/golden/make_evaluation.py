"""Writes tests/golden/evaluation.json: what TensorFlow 1.15.5 answers to the programs of `evaluation_programs.py`.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_evaluation.py
"""

import json
import logging
import os
import shutil
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tensorflow as tf
from evaluation_programs import PROGRAMS, Tools, run
from tensorflow.contrib import slim, training

HERE = os.path.dirname(os.path.abspath(__file__))

logger = logging.getLogger("tensorflow")
logger.handlers = []
logger.propagate = False

answers = {}
for name, function in PROGRAMS.items():
    folder = tempfile.mkdtemp()
    answers[name] = run(function, Tools(tf, slim, training, folder), logger)
    shutil.rmtree(folder)
with open(os.path.join(HERE, "evaluation.json"), "w") as file:
    json.dump(answers, file, indent=0, sort_keys=True)
    file.write("\n")
