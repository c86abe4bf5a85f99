"""Cases of the layers with weights: geometry, and the arguments they all understand."""

from layer_case_tools import (
    FROZEN_NORM,
    L1,
    L2,
    SMALL,
    Choice,
    by,
    fits,
    numbered,
    shape_of,
    value,
    without,
    without_rate,
)


def _convolutions():
    for index, (name, shape, kernel, settings) in numbered(
        1, 2, 90, 19, range(1, 8), (1, 1, 2, 3), (1, 1, 2, 3)
    ):
        value("conv2d", name, shape, 1 + index % 5, kernel, **settings)
    for index, (name, shape, kernel, settings) in numbered(
        2, 1, 24, 19, range(1, 8), (1, 1, 2, 3), (1, 1, 2, 3)
    ):
        value("conv1d", name, shape, 1 + index % 5, kernel, **settings)
    for index, (name, shape, kernel, settings) in numbered(3, 3, 20, 6, range(1, 5), (1, 1, 2, 3), (1, 1, 2)):
        value("conv3d", name, shape, 1 + index % 3, kernel, **settings)
    for ndim, count, largest in ((1, 6, 19), (2, 8, 15), (3, 6, 6)):
        for _, (name, shape, kernel, settings) in numbered(
            4 + ndim, ndim, count, largest, range(1, 5), (1, 2), (1, 2)
        ):
            value("convolution", name, shape, 3, kernel, conv_dims=ndim, **settings)
    value("convolution", "rank-3-unstated", (2, 7, 3), 4, 3)
    value("convolution", "rank-4-unstated", (2, 7, 6, 3), 4, [3, 2])
    value("convolution", "rank-5-unstated", (2, 4, 5, 3, 2), 3, 2)
    value("convolution2d", "alias", (2, 7, 6, 3), 4, 3)
    value("conv2d", "NWC-means-channels-last-at-any-rank", (2, 7, 6, 3), 4, 3, data_format="NWC")
    value("conv2d", "NCDHW-means-channels-first-at-any-rank", (2, 3, 7, 6), 4, 3, data_format="NCDHW")
    value("conv1d", "NCHW-means-channels-first-at-any-rank", (2, 3, 7), 4, 3, data_format="NCHW")
    value("conv2d", "padding-in-lower-case", (2, 7, 6, 3), 4, 3, padding="same", stride=2)
    value("conv2d", "float64", ((2, 7, 6, 3), "float64"), 4, 3)
    value("conv2d", "tuple-arguments", (2, 7, 6, 3), 4, (3, 2), stride=(2, 1))
    value("conv2d", "pointwise-stride-2-even", (2, 8, 6, 3), 4, 1, stride=2)
    for data_format, shape in (("NHWC", (2, 5, 7, 3)), ("NCHW", (2, 3, 5, 7))):
        params = {"is_training": False, "data_format": data_format, "scale": True}
        value(
            "conv2d",
            f"batch-norm-{data_format}",
            shape,
            4,
            3,
            data_format=data_format,
            normalizer_fn="slim.batch_norm",
            normalizer_params=params,
        )
    value(
        "conv2d",
        "NCHW-does-not-tell-the-normalizer",
        (2, 3, 5, 7),
        4,
        3,
        data_format="NCHW",
        normalizer_fn="slim.batch_norm",
        normalizer_params=FROZEN_NORM,
        _values=False,
    )
    pick = Choice(11, 2)
    for index in range(18):
        sizes, kernel, padding = pick.sizes(15), pick.per_axis(range(1, 6)), pick.one(["SAME", "VALID"])
        stride = pick.one([1, 1, 2, 3])
        if not fits(sizes, kernel, 1, padding):
            sizes = [size + 5 for size in sizes]
        name = f"{by(sizes)}-k{by(kernel)}-s{by(stride)}-{padding}-{index}"
        value(
            "conv2d_in_plane",
            name,
            shape_of(sizes, 1 + index % 4, False),
            kernel,
            stride=stride,
            padding=padding,
        )
    value("conv2d_in_plane", "unequal-strides", (2, 5, 7, 3), 3, stride=[1, 2], _values=False)


def _transposed():
    for index, (name, shape, kernel, settings) in numbered(21, 2, 40, 9, range(1, 8), (1, 2, 3), (1,)):
        settings = without(settings, "rate")
        value("conv2d_transpose", without_rate(name), shape, 1 + index % 4, kernel, **settings)
    for index, (name, shape, kernel, settings) in numbered(22, 3, 16, 4, range(1, 5), (1, 2, 3), (1,)):
        settings = without(settings, "rate")
        value("conv3d_transpose", without_rate(name), shape, 1 + index % 3, kernel, **settings)
    value(
        "conv2d_transpose",
        "valid-kernel-larger-than-input",
        (2, 2, 3, 2),
        3,
        [5, 7],
        stride=2,
        padding="VALID",
    )
    value(
        "conv2d_transpose",
        "valid-kernel-smaller-than-stride",
        (2, 4, 3, 2),
        3,
        [1, 2],
        stride=3,
        padding="VALID",
    )
    value(
        "conv2d_transpose",
        "same-kernel-smaller-than-stride",
        (2, 4, 3, 2),
        3,
        [1, 2],
        stride=3,
        padding="SAME",
    )
    value("conv2d_transpose", "padding-in-lower-case", (2, 4, 3, 2), 3, 3, stride=2, padding="same")
    value(
        "conv2d_transpose",
        "batch-norm-NCHW",
        (2, 3, 4, 5),
        4,
        3,
        stride=2,
        data_format="NCHW",
        normalizer_fn="slim.batch_norm",
        normalizer_params={"is_training": False, "data_format": "NCHW"},
    )


def _separable():
    for seed, outputs in ((31, 4), (32, None)):
        for index, (name, shape, kernel, settings) in numbered(
            seed, 2, 18, 15, range(1, 6), (1, 1, 2, 3), (1, 1, 2, 3), square=1.0
        ):
            multiplier = 1 + index % 3
            value(
                "separable_conv2d",
                f"{name}-m{multiplier}-o{outputs}",
                shape,
                outputs,
                kernel,
                multiplier,
                **settings,
            )
    for seed, outputs in ((33, 4), (34, None)):
        found = numbered(seed, 2, 10, 19, range(1, 5), (2, 3), (1, 2, 3), both=True, square=1.0)
        for index, (name, shape, kernel, settings) in found:
            multiplier = 1 + index % 2
            value(
                "separable_conv2d",
                f"strided-and-dilated-{name}-m{multiplier}-o{outputs}",
                shape,
                outputs,
                kernel,
                multiplier,
                **settings,
            )
    for outputs in (4, None):
        value(
            "separable_conv2d",
            f"unequal-strides-o{outputs}",
            (2, 5, 7, 3),
            outputs,
            3,
            stride=[1, 2],
            _values=False,
        )
        value(
            "separable_conv2d",
            f"batch-norm-NCHW-o{outputs}",
            (2, 3, 5, 7),
            outputs,
            3,
            data_format="NCHW",
            normalizer_fn="slim.batch_norm",
            normalizer_params={"is_training": False, "data_format": "NCHW"},
        )
    value(
        "separable_conv2d",
        "pointwise-initializer",
        (2, 5, 7, 3),
        4,
        3,
        pointwise_initializer=("tf.ones_initializer",),
    )


# What every layer with weights understands in the same way: name, keyword arguments, rest of the case.
WEIGHTED = [
    ("activation-none", {"activation_fn": None}, {}),
    ("activation-tanh", {"activation_fn": "tf.nn.tanh"}, {}),
    ("activation-elu", {"activation_fn": "tf.nn.elu"}, {}),
    ("batch-norm", {"normalizer_fn": "slim.batch_norm", "normalizer_params": FROZEN_NORM}, {}),
    (
        "batch-norm-scaled-and-named",
        {
            "normalizer_fn": "slim.batch_norm",
            "normalizer_params": {"is_training": False, "scale": True, "scope": "bn"},
            "biases_regularizer": L1,
            "weights_regularizer": L2,
            "trainable": False,
            "variables_collections": ["mine"],
            "outputs_collections": "outs",
        },
        {},
    ),
    ("layer-norm", {"normalizer_fn": "slim.layer_norm", "scope": "normed"}, {}),
    (
        "layer-norm-uncentred",
        {"normalizer_fn": "slim.layer_norm", "normalizer_params": {"center": False}},
        {},
    ),
    ("no-biases", {"biases_initializer": None, "biases_regularizer": L1}, {}),
    ("no-weights-initializer", {"weights_initializer": None}, {}),
    ("normalizer-params-alone", {"normalizer_params": {"decay": 0.9}}, {}),
    ("regularizers", {"weights_regularizer": L2, "biases_regularizer": L1}, {}),
    ("frozen", {"trainable": False, "weights_regularizer": L2}, {}),
    ("collections-list", {"variables_collections": ["mine", "yours"]}, {}),
    ("collections-dict", {"variables_collections": {"weights": ["w"], "biases": ["b"]}}, {}),
    ("collections-dict-weights-only", {"variables_collections": {"weights": ["w"]}}, {}),
    ("outputs-string", {"outputs_collections": "outs"}, {}),
    ("outputs-list-named", {"outputs_collections": ["outs", "more"], "scope": "named"}, {}),
    ("outputs-in-a-scope", {"outputs_collections": "outs"}, {"_within": {"name_or_scope": "outer"}}),
    (
        "scope-regularizer",
        {"weights_regularizer": L2},
        {"_within": {"name_or_scope": "outer", "regularizer": L1}},
    ),
]


def _options():
    rows = [(layer, "", shape, args) for layer, (shape, args) in sorted(SMALL.items())]
    rows.append(("separable_conv2d", "depthwise-", (2, 5, 4, 3), (None, 3, 2)))
    for layer, prefix, shape, args in rows:
        for name, kwargs, rest in WEIGHTED:
            value(layer, prefix + name, shape, *args, **dict(kwargs, **rest))
        again = {"scope": "shared", "weights_regularizer": L2, "outputs_collections": "outs"}
        value(
            layer,
            prefix + "reuse",
            shape,
            *args,
            **dict(again, reuse=True, _before=[(layer, list(args), dict(again))]),
        )
        value(
            layer,
            prefix + "second-call",
            shape,
            *args,
            **{"_before": [(layer, list(args), {})], "outputs_collections": "outs"},
        )
        value(layer, prefix + "auto-reuse", shape, *args, **{"scope": "maybe", "reuse": "tf.AUTO_REUSE"})


def add():
    """Puts the cases of this module in the table."""
    _convolutions()
    _transposed()
    _separable()
    _options()
