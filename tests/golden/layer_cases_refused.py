"""Calls that TensorFlow refuses, with the telling words of its messages."""

from layer_case_tools import SMALL, refuse

ODD_PADDING = "`padding` argument must be"
TUPLE_OF_2 = "argument must be a tuple of 2 integers"
NO_NAME = "reuse=True cannot be used without a name_or_scope"
NHWC_OR_NCHW = "data_format has to be either NCHW or NHWC"
NEGATIVE = "Negative dimension size"


def _refusals():
    image = (2, 5, 7, 3)
    refuse("conv1d", "rank-4", image, ["expects input with rank 3", "got 4"], 4, 3)
    refuse("conv2d", "rank-3", (5, 7, 3), ["expects input with rank 4", "got 3"], 4, 3)
    refuse("conv2d", "rank-5", (2, 5, 7, 2, 3), ["expects input with rank 4", "got 5"], 4, 3)
    refuse("conv3d", "rank-4", image, ["expects input with rank 5", "got 4"], 4, 3)
    refuse("convolution", "rank-2", (2, 3), "not supported for input with rank", 4, 3)
    refuse("convolution", "rank-6", (2, 3, 3, 3, 3, 3), "not supported for input with rank", 4, 3)
    refuse(
        "convolution",
        "rank-3-conv-dims-2",
        (2, 5, 3),
        ["expects input with rank 4", "got 3"],
        4,
        3,
        conv_dims=2,
    )
    refuse("conv2d", "unknown-data-format", image, ["data_format", "XX"], 4, 3, data_format="XX")
    refuse("conv2d", "data-format-channels-last", image, "data_format", 4, 3, data_format="channels_last")
    refuse("conv2d", "unknown-padding", image, ODD_PADDING, 4, 3, padding="FULL")
    refuse("conv1d", "unknown-padding", (2, 5, 3), ODD_PADDING, 4, 3, padding="FULL")
    refuse("conv2d", "three-kernel-sizes", image, ["kernel_size", TUPLE_OF_2], 4, [3, 3, 3])
    refuse("conv2d", "one-kernel-size-in-a-list", image, ["kernel_size", TUPLE_OF_2], 4, [3])
    refuse("conv2d", "kernel-size-float", image, ["kernel_size", TUPLE_OF_2], 4, 3.5)
    refuse("conv2d", "kernel-size-string", image, ["kernel_size", TUPLE_OF_2], 4, "a")
    refuse("conv1d", "two-kernel-sizes", (2, 5, 3), ["kernel_size", "tuple of 1 integers"], 4, [3, 3])
    refuse("conv3d", "two-kernel-sizes", (2, 5, 5, 5, 3), ["kernel_size", "tuple of 3 integers"], 4, [3, 3])
    refuse("conv2d", "three-strides", image, ["strides", TUPLE_OF_2], 4, 3, stride=[1, 1, 1])
    refuse("conv2d", "three-rates", image, ["dilation_rate", TUPLE_OF_2], 4, 3, rate=[1, 1, 1])
    both = "strides > 1 not supported in conjunction with dilation_rate > 1"
    refuse("conv1d", "strided-and-dilated", (2, 9, 3), both, 4, 3, stride=2, rate=2)
    refuse("conv2d", "strided-and-dilated", image, both, 4, 3, stride=2, rate=2)
    refuse("conv2d", "strided-and-dilated-on-different-axes", image, both, 4, 3, stride=[1, 2], rate=[2, 1])
    refuse("conv3d", "strided-and-dilated", (2, 5, 5, 5, 3), both, 4, 3, stride=2, rate=2)
    refuse("conv2d", "stride-0", image, "strides must be positive", 4, 3, stride=0)
    refuse("conv2d", "stride-negative", image, "strides must be positive", 4, 3, stride=-1)
    refuse("conv2d", "rate-0", image, "dilation_rate must be positive", 4, 3, rate=0)
    refuse("conv2d", "num-outputs-fraction", image, "4.5", 4.5, 3)
    refuse("conv2d", "num-outputs-negative", image, "-2", -2, 3)
    refuse("conv2d", "num-outputs-none", image, [], None, 3)
    refuse("conv2d", "kernel-negative", image, "-1", 4, -1)
    refuse("conv2d", "valid-kernel-too-large", image, NEGATIVE, 4, 7, padding="VALID")
    refuse("conv2d", "valid-dilated-kernel-too-large", image, NEGATIVE, 4, 3, padding="VALID", rate=4)
    refuse("conv1d", "valid-kernel-too-large", (2, 5, 3), NEGATIVE, 4, 7, padding="VALID")
    refuse("conv3d", "valid-kernel-too-large", (2, 5, 3, 5, 3), NEGATIVE, 4, 4, padding="VALID")
    refuse("conv2d", "integer-input", (image, "int32"), "non-floating point type", 4, 3)
    shared = {"scope": "a"}
    refuse(
        "conv2d",
        "variable-exists",
        image,
        ["a/weights", "already exists"],
        4,
        3,
        scope="a",
        _before=[("conv2d", [4, 3], shared)],
    )
    refuse(
        "conv2d",
        "shared-shape-differs",
        image,
        ["a/weights", "(3, 3, 3, 5)", "(3, 3, 3, 4)"],
        5,
        3,
        scope="a",
        reuse=True,
        _before=[("conv2d", [4, 3], shared)],
    )
    refuse("conv2d", "nothing-to-reuse", image, ["a/weights", "does not exist"], 4, 3, scope="a", reuse=True)
    for layer, (shape, args) in sorted(SMALL.items()):
        refuse(layer, "reuse-without-a-scope", shape, NO_NAME, *args, reuse=True)
        first = [(layer, list(args), {"scope": "a"})]
        refuse(layer, "same-scope-twice", shape, ["a/", "already exists"], *args, scope="a", _before=first)
    refuse("bias_add", "reuse-without-a-scope", image, NO_NAME, reuse=True)
    refuse("embed_sequence", "reuse-without-a-scope", ((2, 3), "int32"), NO_NAME, 7, 4, reuse=True)
    plane = "conv2d_in_plane"
    refuse(plane, "rank-3", (2, 5, 7), "rank", 3)
    refuse(plane, "unknown-padding", image, ["padding", "FULL"], 3, padding="FULL")
    refuse(plane, "padding-in-lower-case", image, ["padding", "same"], 3, padding="same")
    refuse(plane, "three-kernel-sizes", image, "list with 2 elements", [3, 3, 3])
    refuse(plane, "valid-kernel-too-large", image, NEGATIVE, 7, padding="VALID")
    refuse(plane, "stride-0", image, ["tride must be > 0"], 3, stride=0)
    turned = "conv2d_transpose"
    refuse(turned, "rank-3", (5, 7, 3), ["expected ndim=4", "found ndim=3"], 4, 3)
    refuse(turned, "data-format", image, NHWC_OR_NCHW, 4, 3, data_format="NWC")
    refuse(turned, "unknown-padding", image, ODD_PADDING, 4, 3, padding="FULL")
    refuse(turned, "three-kernel-sizes", image, ["kernel_size", TUPLE_OF_2], 4, [3, 3, 3])
    refuse(turned, "three-strides", image, ["strides", TUPLE_OF_2], 4, 3, stride=[1, 2, 3])
    refuse(turned, "num-outputs-fraction", image, "4.5", 4.5, 3)
    refuse("conv3d_transpose", "rank-4", image, ["expected ndim=5", "found ndim=4"], 4, 3)
    refuse(
        "conv3d_transpose",
        "data-format",
        (2, 3, 3, 3, 2),
        "data_format has to be either NCDHW or NDHWC",
        4,
        3,
        data_format="NHWC",
    )
    refuse("conv3d_transpose", "unknown-padding", (2, 3, 3, 3, 2), ODD_PADDING, 4, 3, padding="FULL")
    split = "separable_conv2d"
    refuse(split, "data-format", image, NHWC_OR_NCHW, 4, 3, data_format="NWC")
    refuse(split, "unknown-padding", image, ODD_PADDING, 4, 3, padding="FULL")
    refuse(split, "unknown-padding-depthwise", image, ["padding", "FULL"], None, 3, padding="FULL")
    refuse(split, "rank-3", (2, 5, 7), ["expected ndim=4", "found ndim=3"], 4, 3)
    refuse(split, "rank-3-depthwise", (2, 5, 7), "rank", None, 3)
    refuse(split, "three-kernel-sizes", image, ["kernel_size", TUPLE_OF_2], 4, [3, 3, 3])
    refuse(split, "stride-0", image, "tride must be > 0", 4, 3, stride=0)
    refuse(split, "rate-0", image, "must be positive", 4, 3, rate=0)
    refuse(split, "valid-kernel-too-large", image, NEGATIVE, 4, 7, padding="VALID")
    refuse(split, "num-outputs-fraction", image, "4.5", 4.5, 3)
    for name, number in (("float", 4.0), ("string", "4"), ("none", None)):
        refuse("fully_connected", f"num-outputs-{name}", (2, 5), "num_outputs type should be one of", number)
    refuse("fully_connected", "num-outputs-negative", (2, 5), "-4", -4)
    refuse("fully_connected", "rank-1", (5,), ["expected min_ndim=2", "found ndim=1"], 4)
    refuse("fully_connected", "integer-input", ((2, 5), "int32"), "non-floating point", 4)
    refuse("linear", "rank-1", (5,), ["expected min_ndim=2", "found ndim=1"], 4)
    refuse("bias_add", "data-format", image, NHWC_OR_NCHW, data_format="XX")
    refuse("bias_add", "NCHW-rank-3", (2, 4, 5), "only supports 4D", data_format="NCHW")
    refuse("bias_add", "NCHW-rank-5", (2, 4, 5, 3, 3), "only supports 4D", data_format="NCHW")
    refuse("bias_add", "rank-1", (5,), "rank 2")
    for layer in ("max_pool2d", "avg_pool2d"):
        refuse(layer, "rank-3", (5, 7, 3), ["expected ndim=4", "found ndim=3"], 2)
        refuse(layer, "data-format", image, NHWC_OR_NCHW, 3, data_format="NWC")
        refuse(layer, "unknown-padding", image, ODD_PADDING, 3, padding="FULL")
        refuse(layer, "three-kernel-sizes", image, ["pool_size", TUPLE_OF_2], [2, 2, 2])
        refuse(layer, "three-strides", image, ["strides", TUPLE_OF_2], 2, stride=[1, 2, 3])
        refuse(layer, "valid-window-too-large", image, NEGATIVE, 6)
        refuse(layer, "stride-0", image, "tride must be > 0", 2, stride=0)
    for layer in ("max_pool3d", "avg_pool3d"):
        refuse(layer, "rank-4", image, ["expected ndim=5", "found ndim=4"], 2)
        refuse(
            layer,
            "data-format",
            (2, 5, 5, 5, 2),
            "data_format has to be either NCDHW or NDHWC",
            2,
            data_format="NHWC",
        )
        refuse(layer, "two-kernel-sizes", (2, 5, 5, 5, 2), ["pool_size", "tuple of 3 integers"], [2, 2])
        refuse(layer, "unknown-padding", (2, 5, 5, 5, 2), ODD_PADDING, 2, padding="FULL")
        refuse(layer, "valid-window-too-large", (2, 5, 5, 5, 2), NEGATIVE, 6)
    refuse("pool", "unknown-kind", image, "2-D SUM pooling is not supported", [2, 2], "SUM")
    refuse("pool", "kind-in-lower-case", image, "2-D max pooling is not supported", [2, 2], "max")
    refuse(
        "pool", "stride-above-window", image, "strides > window_shape not supported", [2, 2], "MAX", stride=3
    )
    refuse("pool", "strided-and-dilated", image, both, [2, 2], "MAX", stride=2, dilation_rate=2)
    refuse(
        "pool",
        "dilated-SAME",
        image,
        "SAME padding is not implemented for dilation_rate > 1",
        [2, 2],
        "AVG",
        padding="SAME",
        dilation_rate=2,
    )
    refuse("pool", "unknown-padding", image, ["padding", "FULL"], [2, 2], "MAX", padding="FULL")
    refuse("pool", "padding-in-lower-case", image, ["padding", "same"], [2, 2], "MAX", padding="same")
    refuse(
        "pool", "data-format-of-another-rank", image, ["data_format", "NWC"], [2, 2], "MAX", data_format="NWC"
    )
    refuse("pool", "unknown-data-format", image, ["data_format", "XX"], [2, 2], "MAX", data_format="XX")
    refuse("pool", "three-windows", image, ["2 positive integers", "[2, 2, 2]"], [2, 2, 2], "MAX")
    refuse("pool", "rank-2", (2, 3), "Rank of inputs must be >= 3", [2], "MAX")
    refuse("pool", "rank-6", (2, 3, 3, 3, 3, 3), "1 <= num_spatial_dims <= 3", 2, "MAX")
    refuse("pool", "window-too-large", image, NEGATIVE, 8, "MAX")
    refuse("pool", "stride-0", image, ["positive integer", "0"], 2, "MAX", stride=0)
    refuse("dropout", "keeps-nothing", (2, 5), "range [0, 1)", keep_prob=0.0)
    refuse("dropout", "keeps-more-than-all", (2, 5), "range [0, 1)", keep_prob=1.5)
    refuse("dropout", "integer-input", ((2, 5), "int32"), "floating point")
    refuse(
        "dropout",
        "noise-shape-does-not-fit",
        (2, 5),
        "Dimensions must be equal",
        keep_prob=0.5,
        noise_shape=[2, 3],
    )
    refuse("flatten", "rank-0", (), ["expected min_ndim=1", "found ndim=0"])
    refuse("one_hot_encoding", "float-labels", (4,), "float32", 5)
    refuse(
        "one_hot_encoding",
        "values-of-two-types",
        ((4,), "int32"),
        ["dtype", "on_value", "off_value"],
        5,
        on_value=2,
        off_value=1.0,
    )
    refuse("one_hot_encoding", "num-classes-negative", ((4,), "int32"), ["non-negative", "-1"], -1)
    refuse("softmax", "rank-1", (5,), "rank")
    refuse("spatial_softmax", "data-format", image, NHWC_OR_NCHW, data_format="NWC")
    refuse(
        "spatial_softmax",
        "same-name-twice",
        image,
        ["a/temperature", "already exists"],
        name="a",
        _before=[("spatial_softmax", [], {"name": "a"})],
    )
    for dim in (-1, 4):
        refuse("unit_norm", f"dim-{dim}", image, "dim must be positive but smaller than the input rank", dim)
    refuse("maxout", "not-a-multiple", (2, 6, 6), "not a multiple of num_units", 4)
    refuse("maxout", "more-units-than-features", (2, 3, 6), "not a multiple of num_units", 7)
    refuse("gdn", "rank-2", (2, 5), ["expected min_ndim=3", "found ndim=2"])
    refuse("gdn", "rank-6", (2, 3, 4, 5, 4, 5), ["expected max_ndim=5", "found ndim=6"])
    refuse("gdn", "data-format", image, ["Unsupported `data_format`", "NHWC"], data_format="NHWC")
    refuse(
        "gdn",
        "same-name-twice",
        image,
        ["a/reparam_beta", "already exists"],
        name="a",
        _before=[("gdn", [], {"name": "a"})],
    )
    refuse("gdn", "nothing-to-reuse", image, ["gdn/reparam_beta", "does not exist"], reuse=True)
    ids = ((2, 3), "int32")
    refuse("embed_sequence", "no-sizes", ids, "Must specify vocab size and embedding dimension")
    refuse("embed_sequence", "no-dimension", ids, "Must specify vocab size and embedding dimension", 7)
    refuse(
        "embed_sequence", "nothing-to-reuse", ids, ["e/embeddings", "does not exist"], scope="e", reuse=True
    )
    refuse("embed_sequence", "float-ids", (2, 3), "float32", 7, 4)
    refuse("images_to_sequence", "data-format", image, NHWC_OR_NCHW, data_format="NWC")
    refuse("images_to_sequence", "rank-3", (3, 4, 5), [])
    refuse("sequence_to_images", "rank-4", (4, 6, 5, 5), [], 3)
    refuse("sequence_to_images", "height-does-not-divide", (4, 7, 5), [], 3)
    refuse(
        "stack",
        "arguments-are-not-a-list",
        (2, 5),
        "stack_args need to be a list or tuple",
        "slim.fully_connected",
        3,
    )
    refuse("repeat", "function-without-scope", (2, 5), "scope", 2, "tf.nn.relu")
    legacy = "legacy_fully_connected"
    refuse(legacy, "rank-1", (5,), "rank of x must be at least 2 not: 1", 4)
    refuse(
        legacy,
        "same-name-twice",
        (2, 5),
        ["a/weights", "already exists"],
        4,
        name="a",
        _before=[(legacy, [4], {"name": "a"})],
    )


def add():
    """Puts the cases of this module in the table."""
    _refusals()
