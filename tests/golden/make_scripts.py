"""Runs the scripts of `scripts/` under TensorFlow 1.15.5; writes scripts.json and scripts.npz.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_scripts.py [SCRIPT ...] 2>/dev/null

needs Python 3.7 with TensorFlow 1.15.5. Runs all scripts, or those named and keeps the rest. Every script is run twice; both runs must give the same names, and
numbers that agree much better than the tests ask for, or the script depends on an order that TensorFlow
leaves open.
"""

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib.slim.nets import resnet_v1

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from script_tools import SCRIPTS, Kit, load, run, save  # noqa: E402

tf.logging.set_verbosity(tf.logging.ERROR)


def answer(script):
    with tempfile.TemporaryDirectory() as directory, tf.Graph().as_default():
        return run(script, tf, slim, Kit(tf, directory, resnet_v1))


def main():
    chosen = sys.argv[1:]
    answers = load() if chosen else {}
    for script in chosen or SCRIPTS:
        facts, numbers = answers[script] = answer(script)
        again, other = answer(script)
        assert facts == again, script
        for label in numbers:
            scale = np.abs(numbers[label]).max() if numbers[label].size else 0.0
            np.testing.assert_allclose(other[label], numbers[label], rtol=0, atol=2e-6 * scale, err_msg=label)
        print(script, len(facts), sum(array.size for array in numbers.values()))
    save({script: answers[script] for script in SCRIPTS})


if __name__ == "__main__":
    main()
