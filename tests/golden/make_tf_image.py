"""Asks TensorFlow 1.15.5 for the answers to the calls in `tf_image_cases.py`.

Run with the oracle's Python, from this folder: `python make_tf_image.py`; writes `tf_image.json` and `tf_image.npz`.
"""

import tf_call_oracle
import tf_image_cases

if __name__ == "__main__":
    tf_call_oracle.record(tf_image_cases.CASES, "tf_image")
