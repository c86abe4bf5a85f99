"""Weights and data that are the same everywhere."""
import zlib

import numpy as np
import tensorflow as tf


def set_weights(sess, variables=None):
    for v in variables or tf.trainable_variables():
        shape = v.get_shape().as_list()
        random = np.random.RandomState(zlib.crc32(v.op.name.encode()) % (2 ** 32))
        fan = int(np.prod(shape[:-1])) if len(shape) > 1 else 10
        v.load((random.normal(0, 1, shape) / np.sqrt(fan)).astype(np.float32), sess)


def digits(n, seed=0, size=12):
    random = np.random.RandomState(seed)
    labels = random.randint(0, 4, n)
    images = random.normal(0, .3, [n, size, size, 1])
    for i, l in enumerate(labels):
        images[i, 3 * l:3 * l + 3, :, 0] += 1
    return images.astype(np.float32), labels.astype(np.int64)


def result(key, *values):
    """A line that the test compares."""
    print('RESULT', key, ' '.join('%.6g' % v if isinstance(v, (float, np.floating)) else str(v) for v in values))
