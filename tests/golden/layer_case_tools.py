"""How the table of layer cases is written: what a case is, and the geometries drawn for it.

The cases are in `layer_cases.py` and the modules that it gathers. A case is a dictionary: `id`,
`layer`, `inputs` (a list of `(shape, dtype)`, filled by `value_for(id, shape, dtype)`), `args` and
`kwargs` (after the inputs), and, where needed,

- `before`: calls `(layer, args, kwargs)` on the same inputs, made first in the same graph;
- `within`: the keyword arguments of a `tf.variable_scope` around all calls;
- `values`: False where TensorFlow builds the layer but has no CPU kernel to run it;
- `words`: the layer must refuse; the words that its message has to contain.

Functions are written symbolically: `"tf.nn.relu"` is looked up, `("slim.l2_regularizer", 0.1)` is
called; `resolve` does both. Runs under Python 3.7; imports neither TensorFlow nor PyTorch.
"""

import re

import numpy as np

L1 = ("slim.l1_regularizer", 0.2)
L2 = ("slim.l2_regularizer", 0.1)
FROZEN_NORM = {"is_training": False}
VALUES = []
ERRORS = []


def resolve(value, tf, slim):
    """Replaces the symbolic functions in `value`, at any depth."""
    if isinstance(value, str) and value.split(".")[0] in ("tf", "slim") and "." in value:
        found = {"tf": tf, "slim": slim}[value.split(".")[0]]
        for name in value.split(".")[1:]:
            found = getattr(found, name)
        return found
    if (
        isinstance(value, tuple)
        and value
        and isinstance(value[0], str)
        and value[0].startswith(("tf.", "slim."))
    ):
        return resolve(value[0], tf, slim)(*[resolve(item, tf, slim) for item in value[1:]])
    if isinstance(value, (list, tuple)):
        return type(value)(resolve(item, tf, slim) for item in value)
    if isinstance(value, dict):
        return {key: resolve(item, tf, slim) for key, item in value.items()}
    return value


def value(*call, **kwargs):
    """Adds a case whose numbers and names are compared.

    `call` is the layer's name, the case's name, the input's shape or `(shape, dtype)`, then the
    layer's positional arguments; keyword arguments are the layer's, or `_before`, `_within`, `_values`.
    """
    VALUES.append(_case(call, kwargs))


def refuse(layer_, case_, shape_, words_, *args, **kwargs):
    """Adds a case in which the layer raises, with `words_` (one string or several) in the message."""
    case = _case((layer_, case_, shape_) + args, kwargs)
    case["words"] = [words_] if isinstance(words_, str) else list(words_)
    ERRORS.append(case)


def _case(call, kwargs):
    layer, name, spec = call[:3]
    typed = len(spec) == 2 and isinstance(spec[1], str)
    shape, dtype = spec if typed else (spec, "float32")
    case = {"id": f"{layer}-{name}", "layer": layer, "inputs": [(tuple(shape), dtype)]}
    for key in ("before", "within", "values"):
        if "_" + key in kwargs:
            case[key] = kwargs.pop("_" + key)
    case["args"] = list(call[3:])
    case["kwargs"] = kwargs
    return case


def by(numbers):
    """`3` or `3x5`, for ids."""
    return "x".join(str(n) for n in numbers) if isinstance(numbers, (list, tuple)) else str(numbers)


class Choice:
    """Draws geometries from a fixed stream, so that the table is the same on both sides."""

    def __init__(self, seed, ndim):
        self.random = np.random.RandomState(seed)
        self.ndim = ndim

    def one(self, options):
        return options[self.random.randint(len(options))]

    def sizes(self, largest):
        return [int(self.random.randint(1, largest + 1)) for _ in range(self.ndim)]

    def per_axis(self, options, square=0.6):
        """One number for all axes, or one for each axis."""
        if self.ndim == 1 or self.random.uniform() < square:
            return self.one(options)
        return [self.one(options) for _ in range(self.ndim)]


def axes(numbers, ndim):
    return list(numbers) if isinstance(numbers, (list, tuple)) else [numbers] * ndim


def fits(sizes, kernel, rate, padding):
    ndim = len(sizes)
    if padding == "SAME":
        return True
    windows = [(k - 1) * r + 1 for k, r in zip(axes(kernel, ndim), axes(rate, ndim))]
    return all(size >= window for size, window in zip(sizes, windows))


def shape_of(sizes, channels, first):
    volume = int(np.prod(sizes))
    batch = 2 if volume <= 150 else 1
    return [batch, channels] + list(sizes) if first else [batch] + list(sizes) + [channels]


FIRST = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
LAST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def _geometries(seed, ndim, count, largest, kernels, strides, rates, both=False, square=0.6):
    """Yields `count` different `(name, shape, kernel, settings)`; both: stride and rate above 1."""
    pick = Choice(seed, ndim)
    seen = set()
    while len(seen) < count:
        sizes = pick.sizes(largest)
        kernel = pick.per_axis(kernels)
        stride = pick.per_axis(strides, square)
        rate = pick.per_axis(rates)
        padding = pick.one(["SAME", "VALID"])
        first = pick.random.uniform() < 0.35
        channels = int(pick.random.randint(1, 5))
        if not both and max(axes(stride, ndim)) > 1 and max(axes(rate, ndim)) > 1:
            if pick.random.uniform() < 0.5:
                stride = 1
            else:
                rate = 1
        if both and (max(axes(stride, ndim)) == 1 or max(axes(rate, ndim)) == 1):
            continue
        if not fits(sizes, kernel, rate, padding):
            continue
        data_format = (FIRST if first else LAST)[ndim]
        name = f"{by(sizes)}-c{channels}-k{by(kernel)}-s{by(stride)}-r{by(rate)}-{padding}-{data_format}"
        if name in seen:
            continue
        seen.add(name)
        settings = {"stride": stride, "rate": rate, "padding": padding, "data_format": data_format}
        yield name, shape_of(sizes, channels, first), kernel, settings


def without(settings, *names):
    return {key: item for key, item in settings.items() if key not in names}


def numbered(*args, **kwargs):
    """The geometries with their numbers."""
    return enumerate(_geometries(*args, **kwargs))


# The smallest reasonable call of each layer with weights: input shape, positional arguments.
SMALL = {
    "conv1d": ((2, 6, 3), (4, 3)),
    "conv2d": ((2, 5, 4, 3), (4, [3, 2])),
    "conv3d": ((2, 4, 3, 4, 2), (3, 2)),
    "conv2d_in_plane": ((2, 5, 4, 3), ([3, 2],)),
    "conv2d_transpose": ((2, 3, 4, 3), (4, 3, 2)),
    "conv3d_transpose": ((2, 2, 3, 2, 2), (3, 3, 2)),
    "separable_conv2d": ((2, 5, 4, 3), (4, 3, 2)),
    "fully_connected": ((3, 5), (4,)),
}


def without_rate(name):
    """The name of a geometry, for a layer that knows no rate."""
    return re.sub("-r1(x1)*-", "-", name)


def unknown_shape(case, shape):
    """`shape` of an input of `case` with every size unknown but that of the channels."""
    settings = list(case["args"]) + list(case["kwargs"].values())
    first = any(
        item in ("NCW", "NCHW", "NCDHW", "channels_first") for item in settings if isinstance(item, str)
    )
    channels = 1 if first else len(shape) - 1
    return [size if axis == channels and axis > 0 else None for axis, size in enumerate(shape)]
