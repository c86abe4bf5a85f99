"""Inputs and weights that both sides of a golden test compute from a name.

Runs under Python 3.7 with TensorFlow 1.15.5 (the oracle) and under the project's Python; uses
nothing but NumPy, whose `RandomState` streams never change between versions. So golden files hold
only what TensorFlow answered, never what it was given.
"""

import zlib

import numpy as np

POSITIVE = ("variance", "stddev", "gamma")


def value_for(name, shape, dtype="float32"):
    """An array of `shape` that is a function of `name`.

    Uniform in [-1, 1); in [0.5, 1.5) where the name says that the quantity is positive (variances,
    standard deviations, gammas); for integer dtypes uniform in [0, 10).
    """
    state = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF)
    if np.issubdtype(np.dtype(dtype), np.integer):
        return state.randint(0, 10, size=tuple(shape)).astype(dtype)
    values = state.uniform(-1.0, 1.0, size=tuple(shape))
    if any(word in name for word in POSITIVE):
        values = 0.5 + np.abs(values)
    return np.asarray(values, dtype=dtype)
