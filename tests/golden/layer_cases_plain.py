"""Cases of the dense layers, pools, sequences and of the layers without weights."""

from layer_case_tools import FROZEN_NORM, L1, L2, axes, by, numbered, value, without, without_rate


def _dense():
    value("fully_connected", "rank-3", (2, 3, 5), 4)
    value("fully_connected", "rank-4", (2, 3, 2, 5), 4)
    value(
        "fully_connected",
        "rank-4-batch-norm",
        (2, 3, 2, 5),
        4,
        normalizer_fn="slim.batch_norm",
        normalizer_params=FROZEN_NORM,
    )
    value("fully_connected", "rank-3-layer-norm", (2, 3, 5), 4, normalizer_fn="slim.layer_norm")
    value(
        "fully_connected",
        "rank-3-no-biases-linear",
        (2, 3, 5),
        4,
        biases_initializer=None,
        activation_fn=None,
    )
    value("fully_connected", "one-by-one", (1, 1), 1, activation_fn=None)
    value("fully_connected", "wide", (3, 40), 50)
    for layer in ("linear", "relu", "relu6", "elu"):
        value(layer, "rank-2", (3, 5), 4)
        value(
            layer, "after-a-fully-connected", (2, 3, 5), 4, scope=None, _before=[("fully_connected", [4], {})]
        )
    value("relu6", "large-values-saturate", (3, 60), 40)
    for layer in ("legacy_fully_connected", "legacy_linear", "legacy_relu"):
        value(layer, "rank-2", (3, 5), 4)
    legacy = "legacy_fully_connected"
    value(legacy, "rank-3", (2, 3, 5), 4)
    value(legacy, "rank-4-activation", (2, 3, 2, 5), 4, activation_fn="tf.nn.tanh")
    value(legacy, "regularizers", (3, 5), 4, weight_regularizer=L2, bias_regularizer=L1, name="named")
    value(legacy, "no-bias", (3, 5), 4, bias_init=None, bias_regularizer=L1)
    value(legacy, "frozen", (3, 5), 4, trainable=False)
    value(
        legacy,
        "collections",
        (3, 5),
        4,
        weight_collections=("w",),
        bias_collections=("b",),
        output_collections=("outs",),
    )
    value(legacy, "second-call", (3, 5), 4, _before=[(legacy, [4], {})])
    value("bias_add", "rank-2", (3, 5))
    value("bias_add", "rank-3", (2, 3, 5))
    value("bias_add", "rank-4", (2, 3, 4, 5))
    value("bias_add", "rank-5", (2, 3, 2, 2, 5))
    value("bias_add", "NCHW", (2, 3, 4, 5), data_format="NCHW")
    value("bias_add", "activation", (2, 3, 4, 5), activation_fn="tf.nn.relu", trainable=False)
    value(
        "bias_add",
        "regularizer",
        (2, 5),
        regularizer=L2,
        variables_collections=["mine"],
        outputs_collections="outs",
    )
    value(
        "bias_add",
        "collections-dict",
        (2, 5),
        variables_collections={"biases": ["b"], "weights": ["w"]},
        scope="named",
    )
    value("bias_add", "initializer-none-still-makes-biases", (2, 5), initializer=None)
    value(
        "bias_add",
        "reuse",
        (2, 5),
        scope="shared",
        reuse=True,
        _before=[("bias_add", [], {"scope": "shared"})],
    )
    value("bias_add", "second-call", (2, 5), outputs_collections=["outs"], _before=[("bias_add", [], {})])


def _pools():
    for seed, layer in ((51, "max_pool2d"), (52, "avg_pool2d")):
        for _, (name, shape, kernel, settings) in numbered(seed, 2, 34, 19, range(1, 8), (1, 2, 3), (1,)):
            value(layer, without_rate(name), shape, kernel, **without(settings, "rate"))
        value(layer, "defaults", (2, 7, 6, 3), [2, 2])
        value(layer, "outputs-string", (2, 7, 6, 3), 3, outputs_collections="outs")
        value(layer, "outputs-named", (2, 7, 6, 3), 3, outputs_collections=["outs", "more"], scope="named")
        value(
            layer,
            "outputs-second-call",
            (2, 7, 6, 3),
            3,
            outputs_collections="outs",
            _before=[(layer, [2], {"outputs_collections": "outs"})],
        )
        value(
            layer,
            "outputs-same-scope-again",
            (2, 7, 6, 3),
            3,
            outputs_collections="outs",
            scope="p",
            _before=[(layer, [2], {"scope": "p"})],
        )
        value(
            layer,
            "outputs-in-a-scope",
            (2, 7, 6, 3),
            3,
            outputs_collections="outs",
            _within={"name_or_scope": "outer"},
        )
        value(layer, "padding-in-lower-case", (2, 7, 6, 3), 3, padding="same")
        value(layer, "global", (2, 7, 6, 3), [7, 6], padding="VALID")
    for seed, layer in ((53, "max_pool3d"), (54, "avg_pool3d")):
        for _, (name, shape, kernel, settings) in numbered(seed, 3, 10, 6, range(1, 5), (1, 2, 3), (1,)):
            value(layer, without_rate(name), shape, kernel, **without(settings, "rate"))
        value(layer, "defaults-outputs", (2, 5, 4, 6, 2), 2, outputs_collections="outs")
    for ndim, count, largest, seed in ((1, 14, 19, 55), (2, 24, 13, 56), (3, 12, 6, 57)):
        kernels = range(1, 6) if ndim < 3 else range(1, 4)
        kept = 0
        for _, (name, shape, kernel, settings) in numbered(
            seed, ndim, 10 * count, largest, kernels, (1, 1, 2, 3), (1, 1, 2, 3)
        ):
            stride, rate = axes(settings["stride"], ndim), axes(settings["rate"], ndim)
            if any(s > k for s, k in zip(stride, axes(kernel, ndim))):
                continue
            if max(rate) > 1 and settings["padding"] == "SAME":
                continue
            if kept == count:
                break
            kept += 1
            kind = ("MAX", "AVG")[kept % 2]
            value(
                "pool",
                f"{kind}-{name}",
                shape,
                kernel,
                kind,
                settings["padding"],
                settings["data_format"],
                settings["rate"],
                settings["stride"],
            )
    value("pool", "defaults", (2, 6, 5, 3), [2, 3], "MAX")
    value(
        "pool",
        "one-number-for-the-window",
        (2, 6, 5, 3),
        2,
        "AVG",
        padding="SAME",
        outputs_collections="outs",
    )
    value(
        "pool",
        "outputs-second-call",
        (2, 6, 5, 3),
        2,
        "AVG",
        outputs_collections="outs",
        _before=[("pool", [2, "AVG"], {})],
    )
    value("pool", "outputs-named", (2, 6, 5, 3), 2, "MAX", outputs_collections=["outs"], scope="named")


def _without_weights():
    value("dropout", "not-training", (3, 5), is_training=False, outputs_collections="outs")
    value("dropout", "not-training-keeps-nothing", (3, 5), keep_prob=0.0, is_training=False)
    value("dropout", "keeps-everything", (3, 5), keep_prob=1.0, outputs_collections="outs", scope="named")
    value("dropout", "keeps-everything-noise-shape", (2, 4, 5, 3), keep_prob=1.0, noise_shape=[2, 1, 1, 3])
    value("dropout", "not-training-noise-shape", (2, 4, 5, 3), noise_shape=[2, 1, 1, 3], is_training=False)
    value(
        "dropout",
        "second-call",
        (3, 5),
        is_training=False,
        outputs_collections="outs",
        _before=[("dropout", [], {"is_training": False})],
    )
    value("flatten", "rank-1", (3,))
    value("flatten", "rank-2", (3, 5))
    value("flatten", "rank-3", (3, 5, 2), outputs_collections="outs")
    value("flatten", "rank-4", (2, 3, 4, 5), scope="named", outputs_collections=["outs", "more"])
    value("flatten", "rank-5", (2, 3, 2, 2, 2), _before=[("flatten", [], {})], outputs_collections="outs")
    value("flatten", "in-a-scope", (2, 3, 2), _within={"name_or_scope": "outer"}, outputs_collections="outs")
    value("one_hot_encoding", "int64", ((4,), "int64"), 10, outputs_collections="outs")
    value(
        "one_hot_encoding",
        "int32-rank-2",
        ((4, 3), "int32"),
        10,
        on_value=2.0,
        off_value=-1.0,
        scope="named",
        outputs_collections="outs",
    )
    value("one_hot_encoding", "labels-out-of-range-are-all-off", ((12,), "int32"), 5)
    value("one_hot_encoding", "integer-values-give-integers", ((4,), "int32"), 10, on_value=3, off_value=1)
    value("one_hot_encoding", "uint8", ((4,), "uint8"), 10)
    for shape in ((3, 5), (2, 3, 5), (2, 3, 2, 5), (2, 2, 3, 2, 4), (3, 1)):
        value("softmax", f"rank-{len(shape)}-{by(shape)}", shape)
    value("softmax", "named", (2, 3, 5), scope="named")
    spatial = "spatial_softmax"
    value(spatial, "learned-temperature", (2, 3, 4, 5), name="learned")
    value(spatial, "default-name", (2, 3, 4, 5))
    value(spatial, "temperature-given", (2, 3, 4, 5), temperature=2.0, name="warm")
    value(spatial, "frozen", (2, 5, 3, 2), name="learned", trainable=False, variables_collections=["mine"])
    value(
        spatial,
        "collections-dict",
        (2, 5, 3, 2),
        name="learned",
        variables_collections={"temperature": ["t"]},
    )
    value(spatial, "NCHW", (2, 3, 4, 5), name="learned", data_format="NCHW")
    value(spatial, "one-row", (2, 1, 4, 3), name="learned")
    value(spatial, "one-column", (2, 4, 1, 3), name="learned")
    value(spatial, "second-call", (2, 3, 4, 5), _before=[(spatial, [], {})])
    for dim in (0, 1, 2, 3):
        value("unit_norm", f"dim-{dim}", (2, 3, 4, 5), dim)
    value("unit_norm", "rank-2", (3, 5), 1)
    value("unit_norm", "rank-5", (2, 3, 2, 2, 3), 4, scope="named")
    value("unit_norm", "epsilon", (2, 3, 4), 2, epsilon=0.5)
    value("maxout", "rank-2", (3, 6), 3)
    value("maxout", "rank-4", (2, 3, 4, 6), 2)
    value("maxout", "one-unit", (2, 3, 6), 1)
    value("maxout", "all-units", (2, 3, 6), 6)
    value("maxout", "axis-1-mixes-the-axes-after-it", (2, 6, 4), 3, axis=1)
    value("maxout", "axis-1-rank-4", (2, 6, 3, 2), 2, axis=1, scope="named")
    value("maxout", "axis-0", (6, 4), 2, axis=0)
    value("maxout", "axis-2-of-4", (2, 3, 4, 2), 2, axis=-2)
    for factor in (2.0, -0.5, 0.0):
        value("scale_gradient", f"by-{factor}", (2, 3), factor)
    value("gdn", "rank-4", (2, 3, 4, 5))
    value("gdn", "inverse", (2, 3, 4, 5), inverse=True)
    value("gdn", "rank-3", (2, 4, 3))
    value("gdn", "rank-5", (2, 2, 3, 2, 3), name="named")
    value("gdn", "channels-first", (2, 3, 4, 5), data_format="channels_first")
    value("gdn", "channels-first-rank-3-inverse", (2, 3, 5), data_format="channels_first", inverse=True)
    value(
        "gdn",
        "reparametrised",
        (2, 3, 4, 3),
        beta_min=0.2,
        gamma_init=0.3,
        reparam_offset=0.8,
        name="bounded",
    )
    value("gdn", "inverse-reparametrised", (2, 3, 4, 3), inverse=True, beta_min=0.2, reparam_offset=0.9)
    value("gdn", "frozen", (2, 3, 4, 3), trainable=False, name="named")
    value("gdn", "activity-regularizer", (2, 3, 4, 3), activity_regularizer=L2, name="named")
    value("gdn", "reuse", (2, 3, 4, 3), name="named", reuse=True, _before=[("gdn", [], {"name": "named"})])
    value("gdn", "second-call", (2, 3, 4, 3), _before=[("gdn", [], {})])
    value("gdn", "in-a-scope", (2, 3, 4, 3), _within={"name_or_scope": "outer"})


def _sequences():
    ids = ((3, 4), "int32")
    value("embed_sequence", "plain", ids, 12, 5)
    value("embed_sequence", "int64-named-frozen", ((3, 4), "int64"), 12, 5, scope="named", trainable=False)
    value("embed_sequence", "unique-regularised", ids, 12, 5, unique=True, regularizer=L2)
    value("embed_sequence", "rank-3", ((2, 3, 4), "int32"), 12, 5)
    value("embed_sequence", "rank-1", ((6,), "int32"), 12, 5)
    value("embed_sequence", "second-call", ids, 12, 5, _before=[("embed_sequence", [12, 4], {})])
    value(
        "embed_sequence",
        "reuse-needs-no-sizes",
        ids,
        scope="shared",
        reuse=True,
        _before=[("embed_sequence", [12, 5], {"scope": "shared"})],
    )
    value("images_to_sequence", "NHWC", (2, 3, 4, 5), outputs_collections="outs")
    value(
        "images_to_sequence",
        "NCHW",
        (2, 5, 3, 4),
        data_format="NCHW",
        scope="named",
        outputs_collections="outs",
    )
    value(
        "images_to_sequence",
        "second-call",
        (1, 3, 1, 2),
        outputs_collections="outs",
        _before=[("images_to_sequence", [], {})],
    )
    value("sequence_to_images", "channels-last", (4, 6, 5), 3, outputs_collections="outs")
    value(
        "sequence_to_images",
        "channels-first",
        (4, 6, 5),
        3,
        output_data_format="channels_first",
        scope="named",
    )
    value("sequence_to_images", "any-other-word-means-channels-last", (4, 6, 5), 2, output_data_format="NHWC")
    value("dense_to_sparse", "end-is-0", ((4, 6), "int32"), outputs_collections="outs")
    value("dense_to_sparse", "end-is-7", ((4, 9), "int64"), 7, scope="named", outputs_collections="outs")
    value("dense_to_sparse", "rank-3", ((2, 3, 5), "int32"), eos_token=1)
    value("dense_to_sparse", "rank-1", ((9,), "int32"), eos_token=3)
    value("repeat", "conv2d", (2, 5, 4, 3), 3, "slim.conv2d", 3, [3, 3])
    value(
        "repeat",
        "conv2d-named-outputs",
        (2, 5, 4, 3),
        2,
        "slim.conv2d",
        3,
        3,
        scope="named",
        outputs_collections="outs",
    )
    value("repeat", "separable", (2, 5, 4, 3), 2, "slim.separable_conv2d", 3, 3, 1)
    value("repeat", "linear", (3, 5), 2, "slim.linear", 4)
    value("repeat", "pools-outputs", (2, 11, 9, 3), 2, "slim.max_pool2d", 2, outputs_collections="outs")
    value("repeat", "zero-times", (3, 5), 0, "slim.fully_connected", 4)
    value(
        "repeat",
        "twice",
        (3, 5),
        2,
        "slim.fully_connected",
        4,
        _before=[("repeat", [2, "slim.fully_connected", 4], {})],
    )
    value(
        "repeat",
        "in-a-scope",
        (3, 5),
        2,
        "slim.fully_connected",
        4,
        outputs_collections="outs",
        _within={"name_or_scope": "outer"},
    )
    value("repeat", "transposed", (2, 3, 2, 2), 2, "slim.conv2d_transpose", 2, 3, 2)
    value("stack", "fully-connected", (3, 5), "slim.fully_connected", [6, 4, 2])
    value(
        "stack",
        "fully-connected-named-outputs",
        (3, 5),
        "slim.fully_connected",
        [6, 4],
        scope="named",
        outputs_collections="outs",
    )
    value("stack", "conv2d", (2, 5, 4, 3), "slim.conv2d", [(4, [3, 3]), [2, 1]], padding="VALID")
    value("stack", "relu", (3, 5), "slim.relu", (6, 4), weights_regularizer=L2)
    value("stack", "nothing", (3, 5), "slim.fully_connected", [])
    value("stack", "twice", (3, 5), "slim.linear", [4], _before=[("stack", ["slim.linear", [4, 4]], {})])


def add():
    """Puts the cases of this module in the table."""
    _dense()
    _pools()
    _without_weights()
    _sequences()
