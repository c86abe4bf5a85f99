"""Calls of TensorFlow's functions as data: how a case is written, and how its inputs are made.

Runs under Python 3.7 (the oracle) and the project's Python; uses nothing but NumPy. A case names a function
below `tf` and gives its arguments; a `Given` among them stands for a tensor whose values follow from the
case's id and the tensor's place, so that answers are all that a golden file holds.
"""

import numpy as np
from values import value_for


class Given:
    """A tensor argument: uniform in [low, high), or `values` as they are."""

    def __init__(self, *shape, dtype="float32", low=-1.0, high=1.0, values=None):
        self.shape, self.dtype, self.low, self.high, self.values = shape, dtype, low, high, values

    def array(self, name):
        if self.values is not None:
            return np.array(self.values, self.dtype)
        uniform = (value_for(name, self.shape, "float64") + 1.0) / 2.0
        values = self.low + uniform * (self.high - self.low)
        if np.issubdtype(np.dtype(self.dtype), np.integer):
            values = np.floor(values)
        return np.asarray(values >= 0 if self.dtype == "bool" else values, self.dtype)


class Dtype:
    """A dtype argument: `tf.<name>`."""

    def __init__(self, name):
        self.name = name


def case(*call, **kwargs):
    """A call that answers: the function, what tells this case of it apart, its arguments."""
    function, name = call[:2]
    return {"id": f"{function}-{name}", "function": function, "args": call[2:], "kwargs": kwargs}


def refused(words, *call, **kwargs):
    """A call that raises; `words` are in TensorFlow's message and in ours (empty where ours says it better)."""
    return dict(case(*call, **kwargs), words=words)


def first_output(case):
    """The case, asked for its first output only."""
    return dict(case, first=True)


def inputs(case):
    """The arrays of the tensor arguments, by their place in the call."""
    arrays = {}

    def collect(value, place):
        if isinstance(value, Given):
            arrays[place] = value.array(case["id"] + "/" + place)
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                collect(item, f"{place}.{i}")

    for place, value in _places(case):
        collect(value, place)
    return arrays


def arguments(case, tensors, dtype):
    """`(args, kwargs)` with `tensors[place]` for each tensor argument and `dtype(name)` for each dtype."""

    def resolve(value, place):
        if isinstance(value, Given):
            return tensors[place]
        if isinstance(value, Dtype):
            return dtype(value.name)
        if isinstance(value, (list, tuple)):
            return type(value)(resolve(item, f"{place}.{i}") for i, item in enumerate(value))
        return value

    resolved = [resolve(value, place) for place, value in _places(case)]
    count = len(case["args"])
    return resolved[:count], dict(zip(sorted(case["kwargs"]), resolved[count:]))


def _places(case):
    numbered = [(str(i), value) for i, value in enumerate(case["args"])]
    return numbered + [(key, case["kwargs"][key]) for key in sorted(case["kwargs"])]


def output_weight(case, index, shape):
    """The gradients are those of the sum of the outputs times these."""
    return value_for(f"{case['id']}/output/{index}", shape, "float64")


def outputs(result, case=None):
    """The tensors of a result, in order; only the first if the case says so."""
    if isinstance(result, (list, tuple)):
        flat = [tensor for item in result for tensor in outputs(item)]
        return flat[:1] if case is not None and case.get("first") else flat
    return [] if result is None else [result]
