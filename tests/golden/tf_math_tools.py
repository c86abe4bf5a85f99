"""How a case of `tf_math_cases.py` and `tf_math_array_cases.py` is written down: as data, for any framework.

Runs under Python 3.7 (the oracle) and the project's Python. A case names a function of `tf` and its
arguments; tensors among them are descriptions, which `arguments` turns into what the framework takes.
"""

import collections

import numpy as np
from values import value_for

Seeded = collections.namedtuple("Seeded", "shape dtype scale offset")
Given = collections.namedtuple("Given", "values dtype")
Dtype = collections.namedtuple("Dtype", "name")


def T(*shape, **fields):
    """A tensor of values made from the case's name; integers are 0 to 9."""
    return Seeded(shape, fields.get("dtype", "float32"), fields.get("scale", 1.0), fields.get("offset", 0.0))


def V(values, dtype="float32"):
    """A tensor of these values."""
    return Given(values, dtype)


def case(function, label, *args, **kwargs):
    return {"id": function + "-" + label, "function": function, "args": args, "kwargs": kwargs}


def _array(spec, name):
    if isinstance(spec, Given):
        return np.array(spec.values, spec.dtype)
    if spec.dtype == "bool":
        return np.asarray(value_for(name, spec.shape) > 0)
    if spec.dtype.startswith("complex"):
        parts = [value_for(name + part, spec.shape, "float64") for part in ("/real", "/imag")]
        return np.asarray(parts[0] + 1j * parts[1], spec.dtype)
    if np.issubdtype(np.dtype(spec.dtype), np.integer):
        values = value_for(name, spec.shape, "int64") * int(spec.scale) + int(spec.offset)
        return np.asarray(values, spec.dtype)
    return np.asarray(value_for(name, spec.shape, "float64") * spec.scale + spec.offset, spec.dtype)


def arguments(case, tensor, dtype):
    """`(args, kwargs, tensors)` of a case; `tensor(array)` and `dtype(name)` make the framework's objects."""
    tensors = []

    def made(spec):
        if isinstance(spec, (Seeded, Given)):
            array = _array(spec, "{}/{}".format(case["id"], len(tensors)))
            tensors.append(tensor(array))
            return tensors[-1]
        if isinstance(spec, Dtype):
            return dtype(spec.name)
        if isinstance(spec, (list, tuple)):
            return type(spec)(made(item) for item in spec)
        return spec

    args = [made(spec) for spec in case["args"]]
    kwargs = {key: made(case["kwargs"][key]) for key in sorted(case["kwargs"])}
    return args, kwargs, tensors


def cotangent(case, index, shape, dtype):
    """What the gradient of result number `index` is taken with."""
    return value_for("{}/cotangent{}".format(case["id"], index), shape, dtype)


def leaves(result):
    """The tensors of a result, in order: it may be a tensor or a structure of them."""
    if isinstance(result, (list, tuple)):
        return [item for part in result for item in leaves(part)]
    return [result]
