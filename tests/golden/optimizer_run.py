"""A small training run that TensorFlow begins and slim_torch goes on with."""

import numpy as np

STEPS, SAVED_AT = 20, 8

KERNEL = np.linspace(-0.8, 0.9, 12).reshape(3, 4).astype(np.float32)
BIAS = np.zeros(4, np.float32)

OPTIMIZERS = {
    "adam": lambda train, rate: train.AdamOptimizer(rate),
    "momentum": lambda train, rate: train.MomentumOptimizer(rate, 0.9),
}


def batch(step):
    """The inputs of a step, `[5, 3]`."""
    return np.sin(np.arange(15).reshape(5, 3) * 0.9 + step * 1.7).astype(np.float32)
