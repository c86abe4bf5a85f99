"""Calls of `tf.nn` that TensorFlow and slim_torch both make; see `tf_call_tools.py`."""

from tf_call_tools import Dtype, Given, case, first_output, refused

X = Given(2, 7, 6, 3)


def _activations():
    wide = Given(3, 5, low=-4, high=4)
    cases = []
    for name in [
        "relu",
        "relu6",
        "crelu",
        "elu",
        "selu",
        "leaky_relu",
        "swish",
        "softplus",
        "softsign",
        "sigmoid",
        "tanh",
        "softmax",
        "log_softmax",
    ]:
        cases.append(case(f"nn.{name}", "plain", wide))
        cases.append(case(f"nn.{name}", "double", Given(4, low=-8, high=8, dtype="float64")))
    for name in [
        "relu",
        "relu6",
        "elu",
        "softplus",
        "sigmoid",
        "tanh",
        "softmax",
        "log_softmax",
        "leaky_relu",
        "crelu",
    ]:
        cases.append(case(f"nn.{name}", "named", wide, name="mine"))
    return cases + [
        case("nn.relu", "integers", Given(4, low=-5, high=5, dtype="int32")),
        case("nn.relu", "array", [-1.0, 2.0]),
        case("nn.leaky_relu", "alpha", wide, alpha=0.01),
        case("nn.leaky_relu", "integers", Given(4, low=-5, high=5, dtype="int32")),
        case("nn.softplus", "large", Given(values=[-40.0, -20.5, 0.0, 15.0, 25.0, 90.0])),
        case("nn.crelu", "axis", Given(2, 3, 4), axis=1),
        case("nn.softmax", "axis", Given(2, 3, 4), axis=1),
        case("nn.softmax", "dim", Given(2, 3, 4), dim=0),
        case("nn.softmax", "rank-4", Given(2, 3, 2, 4)),
        case("nn.softmax", "last-axis-by-number", Given(2, 3, 4), 2),
        case("nn.softmax", "vector", Given(5)),
        case("nn.log_softmax", "axis", Given(2, 3, 4), axis=1),
        refused("", "nn.softmax", "axis-beyond", Given(2, 3), axis=2),
        refused("", "nn.softmax", "scalar", Given()),
        refused("", "nn.relu", "string", "text"),
    ]


def _convolutions():
    kernel = Given(3, 3, 3, 4)
    cube, solid = Given(2, 5, 4, 6, 2), Given(3, 2, 3, 2, 3)
    conv = "nn.conv2d"
    return [
        case(conv, "same", X, kernel, [1, 1, 1, 1], "SAME"),
        case(conv, "valid", X, kernel, [1, 1, 1, 1], "VALID"),
        case(conv, "stride-2", X, kernel, [1, 2, 2, 1], "SAME"),
        case(conv, "strides-2-3", X, kernel, [1, 2, 3, 1], "SAME"),
        case(conv, "stride-one-number", X, kernel, 2, "SAME"),
        case(conv, "strides-of-one", X, kernel, [2], "SAME"),
        case(conv, "strides-of-two", X, kernel, [2, 1], "VALID"),
        case(conv, "filters", X, filters=kernel, strides=1, padding="VALID", name="mine"),
        case(conv, "explicit", X, kernel, 1, [[0, 0], [1, 2], [0, 3], [0, 0]]),
        case(conv, "explicit-stride", X, kernel, 2, [[0, 0], [2, 1], [1, 1], [0, 0]]),
        case(conv, "dilated", X, kernel, 1, "SAME", dilations=[1, 2, 2, 1]),
        case(conv, "dilated-by-two", X, kernel, 1, "VALID", dilations=[2, 1]),
        case(conv, "even-kernel", X, Given(2, 4, 3, 2), 1, "SAME"),
        case(conv, "kernel-one", X, Given(1, 1, 3, 2), 2, "SAME"),
        case(
            conv, "double", Given(1, 5, 5, 2, dtype="float64"), Given(3, 3, 2, 2, dtype="float64"), 1, "SAME"
        ),
        refused("", conv, "padding-unknown", X, kernel, 1, "FULL"),
        refused("", conv, "no-padding", X, kernel, 1),
        refused("", conv, "channels-differ", X, Given(3, 3, 2, 4), 1, "SAME"),
        refused("", conv, "rank-3", Given(7, 6, 3), kernel, 1, "SAME"),
        refused("", conv, "filter-twice", X, kernel, 1, "SAME", filters=kernel),
        refused("", conv, "dtypes-differ", X, Given(3, 3, 3, 4, dtype="float64"), 1, "SAME"),
        refused("", conv, "kernel-larger", X, Given(9, 9, 3, 4), 1, "VALID"),
        refused("", conv, "format-unknown", X, kernel, 1, "SAME", data_format="NHCW"),
        refused("", conv, "three-strides", X, kernel, [1, 2, 2], "SAME"),
        refused("", conv, "strided-batch", X, kernel, [2, 1, 1, 1], "SAME"),
        case("nn.conv1d", "same", Given(2, 7, 3), Given(3, 3, 4), 1, "SAME"),
        case("nn.conv1d", "stride", Given(2, 7, 3), Given(3, 3, 4), stride=2, padding="VALID"),
        case(
            "nn.conv1d",
            "named",
            input=Given(2, 7, 3),
            filters=Given(2, 3, 4),
            stride=2,
            padding="SAME",
            name="c",
        ),
        case("nn.conv1d", "dilated", Given(2, 7, 3), Given(3, 3, 4), 1, "SAME", dilations=2),
        case("nn.conv3d", "same", cube, solid, [1, 1, 1, 1, 1], "SAME"),
        case("nn.conv3d", "strided", cube, solid, [1, 2, 1, 2, 1], "VALID", name="c"),
        case("nn.convolution", "same", X, kernel, "SAME"),
        case("nn.convolution", "strided", X, kernel, "VALID", strides=[2, 1]),
        case("nn.convolution", "dilated", X, kernel, "SAME", dilation_rate=[2, 1]),
        case("nn.convolution", "dilated-name", X, kernel, "VALID", dilations=[2, 2], name="c"),
        case("nn.convolution", "one-axis", Given(2, 7, 3), Given(3, 3, 2), "SAME"),
        case("nn.convolution", "one-axis-dilated", Given(2, 7, 3), Given(3, 3, 2), "SAME", dilation_rate=[2]),
        case("nn.convolution", "three-axes", cube, solid, "SAME", data_format="NDHWC"),
        refused("", "nn.convolution", "stride-and-rate", X, kernel, "SAME", [2, 2], [2, 2]),
        case("nn.atrous_conv2d", "same", X, kernel, 2, "SAME"),
        case("nn.atrous_conv2d", "valid", X, kernel, 2, "VALID", name="a"),
        case("nn.atrous_conv2d", "one", X, kernel, 1, "SAME"),
        case("nn.atrous_conv2d", "even-kernel", X, Given(2, 2, 3, 2), 3, "SAME"),
        case("nn.atrous_conv2d_transpose", "same", X, Given(3, 3, 4, 3), [2, 7, 6, 4], 2, "SAME"),
        case("nn.atrous_conv2d_transpose", "valid", X, Given(3, 3, 4, 3), [2, 11, 10, 4], 2, "VALID"),
        case("nn.atrous_conv2d_transpose", "even-kernel", X, Given(2, 4, 4, 3), [2, 7, 6, 4], 2, "SAME"),
    ]


def _transposed():
    small, kernel = Given(2, 3, 4, 3), Given(3, 3, 5, 3)
    f = "nn.conv2d_transpose"
    cases = []
    for name, size, strides, padding, window in [
        ("even", (6, 8), [1, 2, 2, 1], "SAME", (3, 3)),
        ("odd", (5, 7), [1, 2, 2, 1], "SAME", (3, 3)),
        ("even-kernel", (6, 7), [1, 2, 2, 1], "SAME", (4, 2)),
        ("large-kernel", (5, 8), 2, "SAME", (5, 6)),
        ("unstrided", (3, 4), 1, "SAME", (3, 3)),
        ("valid", (7, 9), 2, "VALID", (3, 3)),
        ("valid-rest", (8, 10), 2, "VALID", (3, 3)),
        ("valid-small-kernel", (6, 8), 2, "VALID", (1, 2)),
        ("stride-3", (7, 11), 3, "SAME", (2, 3)),
        ("stride-3-wide", (8, 12), 3, "SAME", (5, 4)),
    ]:
        weights = Given(window[0], window[1], 5, 3)
        cases.append(case(f, name, small, weights, [2, size[0], size[1], 5], strides, padding))
    back = "nn.conv2d_backprop_input"
    return cases + [
        case(f, "named", small, filters=kernel, output_shape=[2, 6, 8, 5], strides=[2, 2], name="up"),
        case(f, "shape-tensor", small, kernel, Given(dtype="int32", values=[2, 6, 7, 5]), [1, 2, 2, 1]),
        refused("", f, "wrong-size", small, kernel, [2, 9, 8, 5], 2, "SAME"),
        refused("", f, "channels-differ", small, Given(3, 3, 5, 4), [2, 6, 8, 5], 2, "SAME"),
        refused("", f, "padding-unknown", small, kernel, [2, 6, 8, 5], 2, "FULL"),
        refused("", f, "no-shape", small, kernel, None, 2),
        case(back, "same", [2, 5, 8, 5], kernel, small, [1, 2, 2, 1], "SAME"),
        case(back, "valid", [2, 8, 9, 5], kernel, small, [1, 2, 2, 1], "VALID", name="b"),
        case(
            "nn.conv3d_transpose",
            "same",
            Given(1, 2, 3, 2, 3),
            Given(3, 2, 3, 2, 3),
            [1, 4, 5, 3, 2],
            [1, 2, 2, 2, 1],
        ),
        case(
            "nn.conv3d_transpose",
            "valid",
            Given(1, 2, 3, 2, 3),
            Given(3, 2, 3, 2, 3),
            [1, 5, 6, 6, 2],
            2,
            "VALID",
        ),
        case("nn.conv1d_transpose", "same", Given(2, 3, 3), Given(3, 5, 3), [2, 5, 5], 2),
    ]


def _depthwise():
    kernel, point = Given(3, 3, 3, 2), Given(1, 1, 6, 4)
    f, s = "nn.depthwise_conv2d", "nn.separable_conv2d"
    ones = [1, 1, 1, 1]
    return [
        case(f, "same", X, kernel, ones, "SAME"),
        case(f, "strided", X, kernel, [1, 2, 2, 1], "SAME"),
        case(f, "valid", X, Given(3, 2, 3, 1), ones, "VALID", name="d"),
        case(f, "dilated", X, kernel, ones, "SAME", rate=[2, 2]),
        case(f, "dilated-valid", X, kernel, ones, "VALID", [2, 1]),
        case(f, "dilations", X, kernel, ones, "SAME", dilations=[2, 2]),
        refused("", f, "channels-differ", X, Given(3, 3, 2, 2), ones, "SAME"),
        case("nn.depthwise_conv2d_native", "same", X, kernel, ones, "SAME"),
        case("nn.depthwise_conv2d_native", "strided", X, kernel, [1, 2, 2, 1], "VALID", name="d"),
        case(s, "same", X, kernel, point, ones, "SAME"),
        case(s, "strided", X, kernel, point, [1, 2, 2, 1], "VALID", name="s"),
        case(s, "dilated", X, kernel, point, ones, "SAME", rate=[2, 2]),
        refused("", s, "pointwise-window", X, kernel, Given(2, 1, 6, 4), ones, "SAME"),
        refused("", s, "pointwise-channels", X, kernel, Given(1, 1, 5, 4), ones, "SAME"),
    ]


def _pools():
    cases = []
    for kind in ("max", "avg"):
        f = f"nn.{kind}_pool"
        cases += [
            case(f, "plain", X, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
            case(f, "same", X, [1, 3, 3, 1], [1, 2, 2, 1], "SAME"),
            case(f, "same-unstrided", X, [1, 2, 3, 1], [1, 1, 1, 1], "SAME"),
            case(f, "numbers", X, 3, 2, "VALID"),
            case(f, "pairs", X, [3, 2], [2, 1], "SAME", name="p"),
            case(f, "lists-of-one", X, [3], [2], "SAME"),
            refused("", f, "input", input=X, ksize=2, strides=2, padding="SAME"),
            case(f, "stride-larger", X, 2, 3, "SAME"),
            case(f"{f}2d", "plain", X, 3, 2, "SAME"),
            case(f"{f}1d", "plain", Given(2, 7, 3), 3, 2, "SAME"),
            case(f"{f}3d", "plain", Given(2, 5, 4, 6, 2), [1, 2, 3, 2, 1], [1, 2, 2, 2, 1], "SAME"),
            case(f"{f}3d", "numbers", Given(2, 5, 4, 6, 2), 2, 2, "VALID", name="p"),
            case("nn.pool", f"{kind}", X, [3, 3], kind.upper(), "SAME", strides=[2, 2]),
            refused("", "nn.pool", f"{kind}-dilated", X, [2, 2], kind.upper(), "SAME", dilation_rate=[2, 2]),
            case("nn.pool", f"{kind}-dilated-valid", X, [2, 3], kind.upper(), "VALID", [2, 1], name="p"),
            case("nn.pool", f"{kind}-one-axis", Given(2, 7, 3), [3], kind.upper(), "SAME"),
            case("nn.pool", f"{kind}-three-axes", Given(2, 5, 4, 6, 2), [2, 2, 2], kind.upper(), "VALID"),
            refused("", f, "kernel-larger", X, 9, 1, "VALID"),
            refused("", f, "padding-unknown", X, 2, 1, "FULL"),
            refused("", f, "rank-3", Given(7, 6, 3), 2, 1, "SAME"),
            refused("", f, "format-unknown", X, 2, 1, "SAME", "NHCW"),
        ]
    a = "nn.max_pool_with_argmax"
    return cases + [
        case("nn.max_pool", "channels", Given(1, 2, 2, 6), [1, 1, 1, 2], [1, 1, 1, 2], "VALID"),
        case("nn.max_pool", "integers", Given(1, 4, 4, 2, dtype="int32", low=-9, high=9), 2, 2, "VALID"),
        refused("", "nn.pool", "kind-unknown", X, [2, 2], "MIN", "SAME"),
        case(a, "plain", X, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
        case(a, "same", X, [1, 3, 3, 1], [1, 2, 2, 1], "SAME"),
        refused("", a, "numbers", X, 3, 2, "SAME"),
        case(a, "batch", X, [1, 3, 3, 1], [1, 1, 1, 1], "SAME", include_batch_in_index=True, name="m"),
        case(a, "output-dtype", X, [1, 2, 2, 1], [1, 2, 2, 1], "SAME", output_dtype=Dtype("int64")),
        case("nn.dilation2d", "same", X, Given(3, 3, 3), [1, 1, 1, 1], [1, 1, 1, 1], "SAME"),
        case("nn.dilation2d", "strided", X, Given(3, 2, 3), [1, 2, 2, 1], [1, 1, 1, 1], "VALID"),
        case("nn.dilation2d", "rates", X, Given(2, 2, 3), [1, 1, 1, 1], [1, 2, 2, 1], "SAME", name="d"),
        case("nn.erosion2d", "same", X, Given(3, 3, 3), [1, 1, 1, 1], [1, 1, 1, 1], "SAME"),
        case("nn.erosion2d", "strided", X, Given(3, 2, 3), [1, 2, 2, 1], [1, 1, 1, 1], "VALID", name="e"),
    ]


def _statistics():
    mean, variance = Given(3), Given(3, low=0.5, high=1.5)
    offset, scale = Given(3), Given(3, low=0.5, high=1.5)
    f, w, s, b = "nn.moments", "nn.weighted_moments", "nn.sufficient_statistics", "nn.batch_normalization"
    counts = Given(low=5, high=6)
    return [
        case(f, "plain", X, [0, 1, 2]),
        case(f, "one-axis", X, [3], name="m"),
        case(f, "keep-dims", X, [1, 2], keep_dims=True),
        case(f, "keepdims", X, [0], keepdims=True),
        case(f, "axis-number", Given(4, 5), 1),
        case(f, "negative", Given(4, 5), [-1]),
        case(f, "half", Given(4, 5, dtype="float16"), [0]),
        case(w, "plain", X, [0, 1, 2], Given(2, 7, 6, 3, low=0.1)),
        case(w, "broadcast", X, [1, 2], Given(2, 1, 6, 1, low=0.1), name="w"),
        case(w, "keep-dims", X, [0], Given(2, 7, 6, 1, low=0.1), keep_dims=True),
        case(w, "number", Given(4, 5), [0], 2.0),
        case(s, "plain", X, [0, 1, 2]),
        case(s, "shift", X, [0, 1], shift=Given(3)),
        case(s, "keepdims", X, [1], keepdims=True, name="s"),
        case("nn.normalize_moments", "plain", counts, Given(3), Given(3, low=5, high=9), None),
        case("nn.normalize_moments", "shift", counts, Given(3), Given(3, low=5, high=9), Given(3), name="n"),
        case(b, "plain", X, mean, variance, offset, scale, 1e-3),
        case(b, "no-scale", X, mean, variance, offset, None, 1e-3),
        case(b, "no-offset", X, mean, variance, None, scale, 1e-3, name="bn"),
        case(b, "bare", X, mean, variance, None, None, 1e-3),
        case(
            "nn.batch_norm_with_global_normalization", "scaled", X, mean, variance, offset, scale, 1e-3, True
        ),
        case(
            "nn.batch_norm_with_global_normalization", "plain", X, mean, variance, offset, scale, 1e-3, False
        ),
        case("nn.fused_batch_norm", "training", X, scale, offset),
        case("nn.fused_batch_norm", "epsilon", X, scale, offset, epsilon=0.1, name="f"),
        case("nn.fused_batch_norm", "small-epsilon", X, scale, offset, epsilon=1e-7),
        # TensorFlow leaves the other outputs as the memory was.
        first_output(
            case("nn.fused_batch_norm", "frozen", X, scale, offset, mean, variance, is_training=False)
        ),
        refused("", "nn.fused_batch_norm", "no-mean", X, scale, offset, is_training=False),
        case("nn.l2_normalize", "axis", Given(4, 5), 1),
        case("nn.l2_normalize", "dim", Given(4, 5), dim=0, name="l"),
        case("nn.l2_normalize", "axes", X, [1, 2]),
        case("nn.l2_normalize", "epsilon", Given(4, 5), -1, epsilon=2.0),
        case("nn.l2_normalize", "everything", Given(4, 5)),
        case("nn.l2_loss", "plain", X),
        case("nn.l2_loss", "named", Given(5, dtype="float64"), name="l"),
        case("nn.lrn", "plain", Given(2, 2, 3, 13)),
        case("nn.lrn", "alexnet", Given(2, 2, 3, 9, low=-50, high=50), 2, 1.0, 1e-4, 0.75),
        case(
            "nn.lrn", "keywords", Given(1, 2, 2, 7), depth_radius=3, bias=2.0, alpha=0.5, beta=0.75, name="n"
        ),
        case("nn.local_response_normalization", "plain", Given(1, 2, 2, 5), depth_radius=2, beta=1.0),
        refused("", "nn.lrn", "rank-3", Given(2, 3, 4)),
        case("nn.zero_fraction", "plain", Given(values=[0.0, 1.0, 0.0, 3.0])),
        case("nn.zero_fraction", "named", Given(3, 4, low=-3, high=3, dtype="int32"), name="z"),
    ]


def _functions():
    ids = Given(dtype="int32", values=[[1, 4], [0, 0]])
    return [
        case("nn.bias_add", "plain", X, Given(3)),
        case("nn.bias_add", "matrix", Given(4, 5), Given(5), name="b"),
        case("nn.bias_add", "channels-first", Given(2, 3, 4, 5), Given(3), data_format="NCHW"),
        refused("", "nn.bias_add", "sizes-differ", X, Given(4)),
        refused("", "nn.bias_add", "bias-rank", X, Given(1, 3)),
        refused("", "nn.bias_add", "format-unknown", X, Given(3), data_format="NHCW"),
        refused("", "nn.bias_add", "vector", Given(3), Given(3)),
        case("nn.xw_plus_b", "plain", Given(4, 5), Given(5, 3), Given(3)),
        case("nn.xw_plus_b", "named", Given(4, 5), Given(5, 3), Given(3), name="x"),
        case("nn.relu_layer", "plain", Given(4, 5), Given(5, 3), Given(3)),
        case("nn.relu_layer", "named", Given(4, 5), Given(5, 3), Given(3), name="x"),
        case("nn.top_k", "plain", Given(3, 6), 2),
        case("nn.top_k", "one", Given(6)),
        case(
            "nn.top_k",
            "ties",
            Given(dtype="int32", values=[[1, 3, 3, 2, 3, 0], [7, 7, 7, 7, 7, 7]]),
            k=4,
            name="t",
        ),
        case("nn.top_k", "all-of-many-ties", Given(2, 40, dtype="int32", low=0, high=4), 30),
        case("nn.top_k", "k-tensor", Given(3, 6), Given(dtype="int32", values=3)),
        refused("", "nn.top_k", "too-many", Given(3, 6), 7),
        case("nn.in_top_k", "plain", Given(5, 4), Given(5, dtype="int32", low=0, high=4), 2),
        case("nn.in_top_k", "int64", Given(5, 4), Given(5, dtype="int64", low=0, high=4), k=1, name="i"),
        case(
            "nn.in_top_k",
            "ties",
            Given(values=[[1.0, 1.0, 0.0], [1.0, 0.5, 0.5]]),
            Given(dtype="int32", values=[1, 2]),
            1,
        ),
        case(
            "nn.in_top_k",
            "ties-two",
            Given(values=[[1.0, 1.0, 0.0], [1.0, 0.5, 0.5]]),
            Given(dtype="int32", values=[1, 2]),
            2,
        ),
        case(
            "nn.in_top_k",
            "not-finite",
            Given(values=[[1.0, float("inf"), 0.0], [1.0, float("nan"), 0.5]]),
            Given(dtype="int32", values=[1, 0]),
            2,
        ),
        case("nn.in_top_k", "outside", Given(2, 3), Given(dtype="int32", values=[3, -1]), 2),
        case("nn.embedding_lookup", "plain", Given(5, 3), ids),
        case("nn.embedding_lookup", "named", Given(5, 3), ids, name="e"),
        case(
            "nn.embedding_lookup",
            "mod",
            [Given(3, 2), Given(3, 2)],
            Given(dtype="int32", values=[0, 1, 5, 4, 2]),
        ),
        case(
            "nn.embedding_lookup",
            "div",
            [Given(3, 2), Given(2, 2)],
            Given(dtype="int32", values=[0, 1, 3, 4, 2]),
            "div",
        ),
        case("nn.embedding_lookup", "max-norm", Given(5, 3, low=-3, high=3), ids, max_norm=1.5),
        refused("", "nn.embedding_lookup", "outside", Given(5, 3), [5]),
        refused("", "nn.embedding_lookup", "strategy", [Given(5, 3), Given(5, 3)], [1], "rest"),
        case("nn.dropout", "keep-all", X, 1.0),
        case("nn.dropout", "rate-zero", X, rate=0.0, name="d"),
        refused("", "nn.dropout", "rate-one", X, rate=1.0),
        refused("", "nn.dropout", "keep-none", X, keep_prob=0.0),
        refused("", "nn.dropout", "neither", X),
        refused("", "nn.dropout", "integers", Given(3, dtype="int32"), 0.5),
        refused("", "nn.dropout", "noise-shape", Given(2, 3), 0.5, noise_shape=[2, 2]),
        case("nn.space_to_depth", "plain", Given(2, 4, 6, 3), 2),
        case("nn.depth_to_space", "plain", Given(2, 2, 3, 8), 2, name="d"),
        refused("", "nn.depth_to_space", "channels", Given(2, 2, 3, 6), 2),
        refused("", "nn.space_to_depth", "size", Given(2, 3, 4, 6), 2),
    ]


def _losses():
    logits = Given(4, 5, low=-3, high=3)
    labels, classes = Given(4, 5, low=0, high=0.4), Given(4, dtype="int32", low=0, high=5)
    cases = []
    for version in ("", "_v2"):
        f = f"nn.softmax_cross_entropy_with_logits{version}"
        cases += [
            case(f, "plain", labels=labels, logits=logits),
            case(f, "named", labels=labels, logits=logits, name="x"),
            (refused if version == "" else case)(
                *([""] if version == "" else []),
                f,
                "axis",
                labels=Given(2, 3, 4),
                logits=Given(2, 3, 4),
                axis=1,
            ),
            case(f, "dim", labels=Given(2, 3, 4), logits=Given(2, 3, 4), dim=0),
            case(f, "rank-3", labels=Given(2, 3, 4), logits=Given(2, 3, 4)),
            case(f, "broadcast", labels=Given(1, 5), logits=logits),
            case(f, "half", labels=Given(3, 4, dtype="float16"), logits=Given(3, 4, dtype="float16")),
            refused("", f, "shapes-differ", labels=Given(4, 4), logits=logits),
        ]
    f, g = "nn.sparse_softmax_cross_entropy_with_logits", "nn.sigmoid_cross_entropy_with_logits"
    h = "nn.weighted_cross_entropy_with_logits"
    return cases + [
        refused("", "nn.softmax_cross_entropy_with_logits", "positional", logits, labels),
        case(f, "plain", labels=classes, logits=logits),
        case(f, "named", labels=classes, logits=logits, name="x"),
        case(f, "int64", labels=Given(4, dtype="int64", low=0, high=5), logits=logits),
        case(f, "rank-3", labels=Given(2, 3, dtype="int32", low=0, high=4), logits=Given(2, 3, 4)),
        case(f, "scalar", labels=Given(dtype="int32", values=1), logits=Given(4)),
        refused("", f, "labels-rank", labels=Given(4, 1, dtype="int32", low=0, high=5), logits=logits),
        refused("", f, "labels-float", labels=Given(4), logits=logits),
        refused("", f, "labels-outside", labels=Given(dtype="int32", values=[0, 1, 2, 5]), logits=logits),
        refused("", f, "positional", classes, logits),
        case(g, "plain", labels=labels, logits=logits),
        case(g, "named", labels=labels, logits=logits, name="x"),
        case(g, "large", labels=Given(values=[0.0, 1.0, 0.5]), logits=Given(values=[90.0, -90.0, 0.0])),
        refused("", g, "shapes-differ", labels=Given(4, 1), logits=logits),
        refused("", g, "positional", labels, logits),
        case(h, "plain", labels, logits, 2.5),
        case(h, "targets", targets=labels, logits=logits, pos_weight=0.5, name="x"),
        case(h, "weights", labels=labels, logits=logits, pos_weight=Given(5, low=0, high=3)),
        case("nn.log_poisson_loss", "plain", Given(4, 5, low=0, high=4), logits),
        case("nn.log_poisson_loss", "full", Given(4, 5, low=0, high=4), logits, True, name="p"),
    ]


CASES = (
    _activations()
    + _convolutions()
    + _transposed()
    + _depthwise()
    + _pools()
    + _statistics()
    + _functions()
    + _losses()
)
