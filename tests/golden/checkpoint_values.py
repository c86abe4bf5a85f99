"""What is in the checkpoints of `checkpoints/`: names, shapes, types, and the values as functions of those.

Runs under the oracle's Python and under the project's, with NumPy only. bfloat16, which NumPy lacks, is
given as the float32 that it widens to. `digest` is how both sides say that two arrays have the same bits.
"""

import hashlib
import struct
import zlib

import numpy as np
from values import value_for

V1_DTYPES = [
    "float32",
    "float64",
    "float16",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "bool",
    "complex64",
    "complex128",
    "string",
]
DTYPES = V1_DTYPES + ["bfloat16", "uint32", "uint64"]


def random_bits(name, shape, dtype):
    """Any bit pattern that the type has: extreme integers, infinities, NaNs with payloads."""
    state = np.random.RandomState(zlib.crc32(name.encode()))
    count = int(np.prod(shape, dtype=np.int64))
    if dtype == "bool":
        return (np.frombuffer(state.bytes(count), np.uint8) > 127).reshape(shape)
    if dtype == "bfloat16":
        halves = np.frombuffer(state.bytes(2 * count), np.uint16).astype(np.uint32)
        return (halves << 16).view(np.float32).reshape(shape)
    if dtype == "string":
        # Lengths around the sizes of varints, and any bytes.
        lengths = [0, 1, 127, 128, 300]
        texts = np.empty(count, object)
        texts[:] = [state.bytes(lengths[state.randint(len(lengths))]) for _ in range(count)]
        return texts.reshape(shape)
    return np.frombuffer(state.bytes(count * np.dtype(dtype).itemsize), dtype).reshape(shape)


def checkpoint_value(name, shape, dtype="float32"):
    """The value of a tensor: `value_for` for real numbers, what corresponds to it for other types."""
    if name.startswith("bits/") or dtype == "string":
        return random_bits(name, shape, dtype)
    if name.startswith("tiled/"):
        return np.resize(value_for(name, [64]), shape)
    if dtype == "bool":
        return value_for(name, shape) > 0
    if dtype == "bfloat16":
        bits = np.ascontiguousarray(value_for(name, shape)).view(np.uint32) & np.uint32(0xFFFF0000)
        return bits.view(np.float32).reshape(shape)
    if dtype.startswith("complex"):
        real = "float32" if dtype == "complex64" else "float64"
        return (value_for(name, shape, real) + 1j * value_for(name + "/imaginary", shape, real)).astype(dtype)
    return value_for(name, shape, dtype)


def digest(array):
    """A checksum of the bits of an array; of strings, also of their lengths."""
    array = np.asarray(array)
    if array.dtype.kind == "O":
        data = b"".join(struct.pack("<Q", len(text)) + text for text in array.ravel())
    else:
        data = np.ascontiguousarray(array).tobytes()
    return hashlib.sha256(data).hexdigest()[:32]


def of_every_dtype(dtypes):
    """(name, shape, dtype) of matrices, scalars, empty tensors and random bits."""
    result = []
    for dtype in dtypes:
        result += [
            ("values/" + dtype, [3, 5], dtype),
            ("scalar/" + dtype, [], dtype),
            ("empty/" + dtype, [0, 4], dtype),
            ("bits/" + dtype, [2, 3, 11], dtype),
        ]
    return result


def model():
    """A small network with the slots of two optimizers."""
    result = [("global_step", [], "int64"), ("beta1_power", [], "float32"), ("beta2_power", [], "float32")]
    weights = [("conv1/weights", [3, 3, 3, 8]), ("conv1/biases", [8]), ("fc/weights", [32, 10])]
    weights += [("conv1/BatchNorm/" + part, [8]) for part in ("beta", "gamma")]
    for name, shape in weights:
        for slot in ("", "/Momentum", "/Adam", "/Adam_1", "/ExponentialMovingAverage"):
            result.append((name + slot, shape, "float32"))
    for part in ("moving_mean", "moving_variance"):
        result.append(("conv1/BatchNorm/" + part, [8], "float32"))
    return result


def many():
    """2,000 tiny tensors whose names share little, so that the index takes several blocks."""
    result = []
    for number in range(2000):
        text = hashlib.sha256(b"%d" % number).hexdigest()
        result.append((f"scope_{text}/{text[::-1]}/variable_{number}", [number % 3], "float32"))
    return result


def tiled():
    """Tensors that are larger than a block of a table, and yet compress to little."""
    return [("tiled/a", [70000], "float32"), ("tiled/b", [280, 250], "float32"), ("tiled/c", [3], "float32")]


def names():
    return [
        ("plain", [2], "float32"),
        ("long/" + "x" * 5000, [2], "float32"),
        ("long/" + "x" * 5000 + "/y", [2], "float32"),
        ("Gr\u00f6\u00dfe/\u91cd\u307f", [2], "float32"),
        ("\U0001f600", [2], "float32"),
        (" with blank\tand tab", [2], "float32"),
    ]


# Name, shape, axis that is cut, number of parts.
PARTITIONED = [
    ("rows/weights", [7, 4], 0, 3),
    ("columns/weights", [4, 150], 1, 2),
    ("deep/weights", [3, 3, 8, 6], 3, 4),
    ("vector", [200], 0, 3),
    ("single", [5, 2], 0, 1),
]
