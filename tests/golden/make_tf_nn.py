"""Asks TensorFlow 1.15.5 for the answers to the calls in `tf_nn_cases.py`.

Run with the oracle's Python, from this folder: `python make_tf_nn.py`; writes `tf_nn.json` and `tf_nn.npz`.
"""

import tf_call_oracle
import tf_nn_cases

if __name__ == "__main__":
    tf_call_oracle.record(tf_nn_cases.CASES, "tf_nn")
