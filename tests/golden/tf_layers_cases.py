"""The layers of `tf.layers`: calls whose names, shapes, collections and numbers are compared, and refused calls.

A case is written as those of `layer_case_tools.py` are, and `layer` is looked up in `tf.layers`. `training` cases also
have the moving averages after one update. Runs under Python 3.7; imports neither TensorFlow nor PyTorch.
"""

VALUES = []
ERRORS = []

L1 = ("slim.l1_regularizer", 0.2)
L2 = ("slim.l2_regularizer", 0.1)


def value(layer_, name_, shape_, *args, **kwargs):
    VALUES.append(_case(layer_, name_, shape_, args, kwargs))


def refuse(layer_, name_, shape_, words_, *args, **kwargs):
    ERRORS.append(dict(_case(layer_, name_, shape_, args, kwargs), words=[words_]))


def _case(layer, name, spec, args, kwargs):
    typed = len(spec) == 2 and isinstance(spec[1], str)
    shape, dtype = spec if typed else (spec, "float32")
    case = {"id": f"{layer}-{name}", "layer": layer, "inputs": [(tuple(shape), dtype)]}
    for key in ("before", "within"):
        if "_" + key in kwargs:
            case[key] = kwargs.pop("_" + key)
    return dict(case, args=list(args), kwargs=kwargs)


FIRST = {"data_format": "channels_first"}
GEOMETRIES = [
    ("valid", {}),
    ("same", {"padding": "same"}),
    ("SAME-stride-2", {"padding": "SAME", "strides": 2}),
    ("valid-stride-3", {"strides": 3}),
    ("same-rate-2", {"padding": "same", "dilation_rate": 2}),
    ("no-bias", {"use_bias": False}),
    ("relu", {"activation": "tf.nn.relu"}),
    ("relu-by-name", {"activation": "relu"}),
    ("sigmoid", {"activation": "tf.sigmoid", "padding": "same"}),
    ("softmax", {"activation": "tf.nn.softmax"}),
    ("named", {"name": "given"}),
    ("frozen", {"trainable": False}),
    ("regularized", {"kernel_regularizer": L2, "bias_regularizer": L1}),
    ("activity", {"activity_regularizer": L2}),
    ("ones", {"kernel_initializer": "ones", "bias_initializer": ("tf.constant_initializer", 0.5)}),
    ("within-scope", {"_within": {"name_or_scope": "outer", "regularizer": L2}, "kernel_regularizer": L1}),
    ("second", {"_before": [("conv2d", (2, 2), {})]}),
]


def _convolutions():
    for name, settings in GEOMETRIES:
        value("conv2d", name, (2, 7, 6, 3), 4, 3, **settings)
    for name in ("valid", "same", "SAME-stride-2", "same-rate-2"):
        settings = dict(GEOMETRIES)[name]
        value("conv1d", name, (2, 9, 3), 4, 3, **settings)
        value("conv3d", name, (1, 5, 6, 5, 2), 3, 2, **settings)
        value("conv2d", name + "-first", (2, 3, 7, 6), 4, 3, **dict(settings, **FIRST))
        value("conv2d", name + "-even", (2, 8, 5, 3), 4, (2, 4), **settings)
    value("conv1d", "first", (2, 3, 9), 4, 3, **FIRST)
    value("conv1d", "causal", (2, 9, 3), 4, 3, padding="causal")
    value("conv1d", "causal-rate", (2, 9, 3), 4, 3, padding="causal", dilation_rate=2)
    value("conv1d", "first-relu", (2, 3, 9), 4, 3, activation="tf.nn.relu", **FIRST)
    value("conv3d", "first", (1, 2, 5, 6, 5), 3, 2, activation="tf.nn.relu", **FIRST)
    value("conv2d", "float64", ((2, 7, 6, 3), "float64"), 4, 3)
    value("conv2d", "pointwise-stride", (2, 7, 6, 3), 4, 1, (2, 3), "same")
    value(
        "conv2d", "positional", (2, 7, 6, 3), 4, (3, 2), (1, 2), "same", "channels_last", (1, 1), "tf.nn.relu"
    )
    value(
        "conv2d", "reuse", (2, 6, 6, 3), 4, 3, name="a", reuse=True, kernel_regularizer=L2,
        _before=[("conv2d", (4, 3), {"name": "a", "kernel_regularizer": L2})],
    )  # fmt: skip
    for name, settings in (
        ("valid", {}),
        ("same", {"padding": "same"}),
        ("valid-stride-2", {"strides": 2}),
        ("same-stride-2", {"padding": "same", "strides": (2, 2)}),
        ("same-stride-3-relu", {"padding": "same", "strides": 3, "activation": "tf.nn.relu"}),
        ("no-bias", {"strides": 2, "use_bias": False}),
    ):
        value("conv2d_transpose", name, (2, 4, 5, 3), 4, 3, **settings)
        value("conv2d_transpose", name + "-first", (2, 3, 4, 5), 4, (2, 3), **dict(settings, **FIRST))
    value("conv2d_transpose", "kernel-1-stride-2", (2, 4, 5, 3), 2, 1, 2)
    value("conv2d_transpose", "named-regularized", (2, 4, 5, 3), 2, 4, 2, name="up", kernel_regularizer=L2)
    for name, settings in (("valid", {}), ("same-stride-2", {"padding": "same", "strides": 2})):
        value("conv3d_transpose", name, (1, 3, 4, 3, 2), 3, 2, **settings)
        value("conv3d_transpose", name + "-first", (1, 2, 3, 4, 3), 3, 3, **dict(settings, **FIRST))
    for name, settings in (
        ("valid", {}),
        ("same", {"padding": "same", "activation": "tf.nn.relu"}),
        ("multiplier", {"depth_multiplier": 2}),
        ("stride-2", {"strides": 2, "padding": "same"}),
        ("rate-2", {"dilation_rate": 2, "padding": "same"}),
        ("no-bias", {"use_bias": False}),
        ("regularized", {"depthwise_regularizer": L2, "pointwise_regularizer": L1, "bias_regularizer": L2}),
    ):
        value("separable_conv2d", name, (2, 7, 7, 3), 4, 3, **settings)
        value("separable_conv1d", name, (2, 9, 3), 4, 3, **settings)
    value("separable_conv2d", "first", (2, 3, 7, 6), 4, 3, **FIRST)
    value("separable_conv1d", "first", (2, 3, 9), 4, 3, **FIRST)
    value("separable_conv1d", "causal", (2, 9, 3), 4, 3, padding="causal")
    value("separable_conv2d", "initialized", (2, 7, 7, 3), 4, 3, depthwise_initializer="tf.ones_initializer")


def _others():
    for name, settings in GEOMETRIES[5:-1]:
        value("dense", name, (3, 5), 4, **{key: item for key, item in settings.items() if key != "padding"})
    value("dense", "second", (3, 5), 4, _before=[("dense", (2,), {})])
    value("dense", "rank-3", (2, 3, 5), 4, activation="tf.nn.relu")
    value("dense", "rank-4-named", (2, 3, 2, 5), 4, name="deep")
    value("dense", "float64", ((3, 5), "float64"), 4)
    value("dense", "units-as-text", (3, 5), "4")
    value("flatten", "images", (2, 3, 4, 5))
    value("flatten", "vector", (4,))
    value("flatten", "named", (2, 3, 4), name="flat")
    value("flatten", "first", (2, 3, 4, 5), **FIRST)
    value("dropout", "still", (3, 4))
    value("dropout", "nothing", (3, 4), 0, training=True)
    value("dropout", "named-still", (3, 4), 0.3, training=0, name="drop")
    for kind in ("max", "average"):
        value(f"{kind}_pooling2d", "valid", (2, 7, 6, 3), 2, 2)
        value(f"{kind}_pooling2d", "same", (2, 7, 6, 3), 3, 2, "same")
        value(f"{kind}_pooling2d", "overlap", (2, 7, 6, 3), (3, 2), (1, 1), "SAME", name="pool")
        value(f"{kind}_pooling2d", "first", (2, 3, 7, 6), 2, 2, **FIRST)
        value(f"{kind}_pooling1d", "valid", (2, 9, 3), 2, 2)
        value(f"{kind}_pooling1d", "same", (2, 9, 3), 3, 2, "same")
        value(f"{kind}_pooling1d", "first", (2, 3, 9), 3, 2, "same", **FIRST)
        value(f"{kind}_pooling3d", "valid", (1, 5, 6, 5, 2), 2, 2)
        value(f"{kind}_pooling3d", "same", (1, 5, 6, 5, 2), 3, 2, "same")


def _normalizations():
    shapes = {"images": (4, 3, 2, 5), "rows": (6, 5), "sequences": (3, 4, 5), "volumes": (2, 2, 3, 2, 3)}
    for name, shape in shapes.items():
        value("batch_normalization", name, shape)
        value("batch_normalization", f"{name}-training", shape, training=True)
        value("batch_normalization", f"{name}-second", shape, axis=1, training=True)
        value("batch_normalization", f"{name}-constant", shape, training=1, momentum=0.9, epsilon=0.01)
    images = shapes["images"]
    for name, settings in (
        ("axis-2", {"axis": 2}),
        ("axis-0", {"axis": 0}),
        ("not-fused", {"fused": False}),
        ("epsilon-0", {"epsilon": 0.0}),
        ("no-center", {"center": False}),
        ("no-scale", {"scale": False}),
        ("neither", {"scale": False, "center": False}),
        ("frozen", {"trainable": False}),
        ("named", {"name": "bn"}),
        ("regularized", {"gamma_regularizer": L2, "beta_regularizer": L1}),
        ("initialized", {"gamma_initializer": "zeros", "beta_initializer": "tf.ones_initializer"}),
        ("renorm", {"renorm": True}),
        ("renorm-clipped", {"renorm": True, "renorm_clipping": {"rmax": 1.1, "rmin": 0.9, "dmax": 0.1}}),
        ("reuse", {"name": "a", "reuse": True, "_before": [("batch_normalization", (), {"name": "a"})]}),
        ("auto-reuse", {"_within": {"name_or_scope": "net", "reuse": "tf.AUTO_REUSE"}}),
    ):
        value("batch_normalization", f"{name}", images, training=True, **settings)
    value("batch_normalization", "one-example", (5,), training=True)
    value("batch_normalization", "frozen-inference", images, trainable=False)


_convolutions()
_others()
_normalizations()

refuse(
    "conv2d",
    "rank",
    (2, 5, 3),
    "Input 0 of layer conv2d_1 is incompatible with the layer: expected ndim=4",
    4,
    3,
)
refuse("conv2d", "format", (2, 5, 5, 3), '"channels_first", "channels_last"', 4, 3, data_format="NHWC")
refuse("conv2d", "padding", (2, 5, 5, 3), "`padding` argument", 4, 3, padding="full")
refuse("conv2d", "causal", (2, 5, 5, 3), "Causal padding is only supported", 4, 3, padding="causal")
refuse("conv2d", "kernel", (2, 5, 5, 3), "`kernel_size` argument must be a tuple of 2 integers", 4, (3, 3, 3))
refuse("conv2d", "strides", (2, 5, 5, 3), "`strides` argument must be a tuple of 2 integers", 4, 3, (1, 2, 1))
refuse(
    "conv2d", "stride-and-rate", (2, 9, 9, 3), "strides > 1 not supported in conjunction with dilation_rate > 1",
    4, 3, 2, dilation_rate=2,
)  # fmt: skip
refuse("conv2d", "window", (2, 2, 2, 3), "Negative dimension size", 4, 3)
refuse("conv2d", "argument", (2, 5, 5, 3), "", 4, 3, rate=2)
refuse("conv2d", "activation", (2, 5, 5, 3), "Unknown activation function", 4, 3, activation="nothing")
refuse("conv2d", "initializer", (2, 5, 5, 3), "Unknown initializer", 4, 3, kernel_initializer="nothing")
refuse("conv2d", "twice", (2, 5, 5, 3), "Variable a/kernel already exists", 4, 3, name="a",
       _before=[("conv2d", (4, 3), {"name": "a"})])  # fmt: skip
refuse("conv2d", "other-shape", (2, 5, 5, 3), "Trying to share variable a/kernel", 5, 3, name="a", reuse=True,
       _before=[("conv2d", (4, 3), {"name": "a"})])  # fmt: skip
refuse(
    "conv2d", "reuse-without-name", (2, 5, 5, 3), "Variable conv2d/kernel does not exist", 4, 3, reuse=True
)
refuse("conv1d", "rank", (2, 5, 5, 3), "expected ndim=3, found ndim=4", 4, 3)
refuse("conv2d_transpose", "rank", (2, 5, 3), "conv2d_transpose_1 is incompatible", 4, 3)
refuse("separable_conv2d", "rank", (2, 5, 3), "separable_conv2d_1 is incompatible", 4, 3)
refuse("dense", "rank", (3,), ": expected min_ndim=2, found ndim=1. Full shape received: [3]", 4)
refuse(
    "dense", "integers", ((3, 4), "int32"), "Unable to build `Dense` layer with non-floating point dtype", 4
)
refuse("dense", "units", (3, 4), "", "many")
refuse("dense", "regularizer", (3, 4), "", 2, kernel_regularizer=3)
refuse("flatten", "scalar", (), ": expected min_ndim=1, found ndim=0")
refuse("dropout", "rate", (3, 4), "in the range [0, 1), got 1.5", 1.5, training=True)
refuse("dropout", "training", (3, 4), "`pred` must be a Tensor", training="yes")
refuse("dropout", "integers", ((3, 4), "int32"), "x has to be a floating point tensor", training=True)
refuse("max_pooling2d", "rank", (2, 5, 3), "expected ndim=4, found ndim=3", 2, 2)
refuse("max_pooling2d", "strides", (2, 5, 5, 3), "Argument `strides` must not be None.", 2, None)
refuse("max_pooling2d", "no-strides", (2, 5, 5, 3), "", 2)
refuse("max_pooling2d", "window", (2, 1, 5, 3), "Negative dimension size", 2, 2)
refuse("max_pooling2d", "format", (2, 5, 5, 3), '"channels_first", "channels_last"', 2, 2, data_format="NCHW")
refuse("max_pooling2d", "size", (2, 5, 5, 3), "`pool_size` argument must be a tuple of 2", (2, 2, 2), 2)
refuse(
    "average_pooling2d", "integers", ((2, 5, 5, 3), "int32"), "DataType int32 not in list of allowed", 2, 2
)
refuse("batch_normalization", "axis", (5, 3), "Invalid axis: 3", axis=3)
refuse("batch_normalization", "axis-type", (5, 3), "axis must be int or list", axis="last")
refuse("batch_normalization", "integers", ((5, 3), "int32"), "float32 that does not match type int32")
refuse(
    "batch_normalization", "clipping", (5, 3), "contains keys not in", renorm=True, renorm_clipping={"a": 1.0}
)
refuse("batch_normalization", "argument", (5, 3), "", decay=0.9)
