"""The table of cases of operation names: every layer of slim with its relevant options.

Shared by the oracle (`make_op_names.py`) and `tests/test_op_names.py`. Runs under Python 3.7; imports
neither TensorFlow nor PyTorch.
"""

import op_name_functions
import op_name_losses
from layer_case_tools import SMALL
from op_name_tools import CASES, case, image

__all__ = ["CASES"]


def layer(layer_, option_, shape_, *args, **kwargs):
    """A case of one call; the keyword arguments may be a function of `(tf, slim)`."""
    make = kwargs.pop("_kwargs", lambda tf, slim: {})

    def build(tf, slim):
        return getattr(slim, layer_)(image(tf, shape_), *args, **dict(kwargs, **make(tf, slim)))

    case(f"{layer_}/{option_}", build)


def normalizer(name, **params):
    return lambda tf, slim: {"normalizer_fn": getattr(slim, name), "normalizer_params": params}


def activation(name):
    return lambda tf, slim: {"activation_fn": getattr(tf.nn, name)}


def regularizers(tf, slim):
    return {"weights_regularizer": slim.l2_regularizer(0.1), "biases_regularizer": slim.l1_regularizer(0.2)}


def calls(case_id, build):
    """A case whose `build` is also given the input: `(tf, slim, x)`."""
    case(case_id, lambda tf, slim: build(tf, slim, image(tf)))


def weighted(name, shape, args):
    """What all layers with weights have in common."""
    layer(name, "default", shape, *args)
    layer(name, "scope", shape, *args, scope="s")
    layer(name, "linear", shape, *args, activation_fn=None)
    layer(name, "no_biases", shape, *args, biases_initializer=None)
    layer(name, "bare", shape, *args, biases_initializer=None, activation_fn=None)
    for function in ("tanh", "sigmoid", "relu6", "elu", "softplus", "leaky_relu"):
        layer(name, function, shape, *args, _kwargs=activation(function))
    layer(name, "batch_norm", shape, *args, _kwargs=normalizer("batch_norm"))
    layer(name, "batch_norm_inference", shape, *args, _kwargs=normalizer("batch_norm", is_training=False))
    layer(name, "batch_norm_scale", shape, *args, scope="s", _kwargs=normalizer("batch_norm", scale=True))
    layer(name, "layer_norm", shape, *args, _kwargs=normalizer("layer_norm"))
    layer(name, "regularizers", shape, *args, _kwargs=regularizers)
    layer(name, "regularizers_scope", shape, *args, scope="a/b", _kwargs=regularizers)
    layer(name, "outputs_collections", shape, *args, outputs_collections="end_points")
    unknown = (None,) + (None,) * (len(shape) - 2) + shape[-1:]
    layer(name, "unknown_batch", (None,) + shape[1:], *args)
    if len(shape) > 2:
        layer(name, "unknown_sizes", unknown, *args)

    def several(tf, slim):
        function = getattr(slim, name)
        x = image(tf, shape)
        found = [function(x, *args), function(x, *args), function(x, *args, scope="s")]
        with tf.variable_scope("outer"):
            found += [function(x, *args), function(x, *args), function(x, *args, scope="s")]
            with tf.variable_scope("inner"):
                found.append(function(x, *args))
        with tf.variable_scope("outer", reuse=True):
            found.append(function(x, *args, scope="s"))
        with tf.variable_scope("outer", reuse=tf.AUTO_REUSE):
            found.append(function(x, *args, scope="s"))
        found.append(function(x, *args, scope="s", reuse=True))
        with tf.name_scope("names"):
            found += [function(x, *args), function(x, *args, scope="t")]
        return found

    case(name + "/several", several)


def _weighted():
    for name, (shape, args) in sorted(SMALL.items()):
        weighted(name, shape, args)
    layer("conv2d", "NCHW", (2, 3, 6, 6), 4, 3, data_format="NCHW")
    layer(
        "conv2d",
        "NCHW_batch_norm",
        (2, 3, 6, 6),
        4,
        3,
        data_format="NCHW",
        _kwargs=normalizer("batch_norm", data_format="NCHW"),
    )
    layer("conv2d", "strided", (2, 6, 6, 3), 4, 3, stride=2)
    layer("conv2d", "valid", (2, 6, 6, 3), 4, 3, padding="VALID")
    layer("conv2d", "dilated", (2, 8, 8, 3), 4, 3, rate=2)
    layer(
        "conv2d",
        "dilated_valid_batch_norm",
        (2, 8, 8, 3),
        4,
        3,
        rate=2,
        padding="VALID",
        _kwargs=normalizer("batch_norm"),
    )
    layer("conv2d", "dilated_unknown", (None, None, None, 3), 4, 3, rate=2)
    layer("conv1d", "dilated", (2, 8, 3), 4, 3, rate=2)
    layer("conv1d", "NCW", (2, 3, 8), 4, 3, data_format="NCW")
    layer("conv2d_transpose", "valid", (2, 3, 3, 3), 4, 3, 2, padding="VALID")
    layer("conv2d_transpose", "NCHW", (2, 3, 3, 3), 4, 3, 2, data_format="NCHW")
    layer("separable_conv2d", "depthwise_only", (2, 6, 6, 3), None, 3, 1)
    layer("separable_conv2d", "depthwise_only_linear", (2, 6, 6, 3), None, 3, 1, activation_fn=None)
    layer(
        "separable_conv2d",
        "depthwise_only_batch_norm",
        (2, 6, 6, 3),
        None,
        3,
        1,
        scope="dw",
        _kwargs=normalizer("batch_norm"),
    )
    layer("separable_conv2d", "dilated", (2, 6, 6, 3), 4, 3, 1, rate=2)
    layer("separable_conv2d", "depthwise_dilated", (2, 6, 6, 3), None, 3, 1, rate=2)
    layer("fully_connected", "rank_4", (2, 3, 2, 5), 4)
    layer("fully_connected", "rank_4_linear", (2, 3, 2, 5), 4, activation_fn=None, scope="fc")
    layer("fully_connected", "rank_3_unknown", (None, None, 5), 4)
    layer("linear", "default", (3, 5), 4)
    layer("relu", "default", (3, 5), 4)
    layer("relu6", "default", (3, 5), 4)
    layer("elu", "default", (3, 5), 4)
    for name in ("convolution2d", "convolution"):
        layer(name, "default", (2, 6, 6, 3), 4, 3)
    layer("bias_add", "default", (2, 5))
    layer("bias_add", "rank_4", (2, 3, 4, 5), _kwargs=activation("relu"))
    layer("bias_add", "NCHW", (2, 3, 4, 5), data_format="NCHW", scope="s")
    layer("legacy_fully_connected", "default", (3, 5), 4)
    layer("legacy_fully_connected", "rank_3_relu", (2, 3, 5), 4, _kwargs=activation("relu"))


def norm(option, shape, **kwargs):
    layer("batch_norm", option, shape, **kwargs)


def _batch_norm():
    four, two = (2, 6, 6, 3), (4, 3)
    for label, shape in (
        ("rank_4", four),
        ("rank_2", two),
        ("rank_3", (2, 4, 3)),
        ("rank_5", (2, 2, 2, 2, 3)),
    ):
        for training in (True, False):
            norm(f"{label}_{'training' if training else 'inference'}", shape, is_training=training)
        norm(f"{label}_scale", shape, scale=True, scope="bn")
        norm(f"{label}_bare", shape, center=False)
        norm(f"{label}_updates_now", shape, updates_collections=None)
        norm(f"{label}_updates_now_inference", shape, updates_collections=None, is_training=False)
        layer("batch_norm", f"{label}_relu", shape, _kwargs=activation("relu"))
        for updates in (True, False):
            case(
                f"batch_norm/{label}_placeholder{'' if updates else '_updates_now'}",
                _placeholder_norm(shape, updates),
            )
    norm("not_fused", four, fused=False, scale=True)
    norm("not_fused_inference", four, fused=False, is_training=False)
    case("batch_norm/not_fused_placeholder", _placeholder_norm(four, True, fused=False))
    norm("rank_2_fused", two, fused=True)
    norm("NCHW", (2, 3, 6, 6), data_format="NCHW")
    norm("NCHW_not_fused", (2, 3, 6, 6), data_format="NCHW", fused=False)
    norm("other_collection", four, updates_collections="updates")
    norm("outputs_collections", four, outputs_collections="end_points")
    norm("frozen", four, trainable=False)
    norm("unknown_sizes", (None, None, None, 3))
    norm("zero_debias", four, zero_debias_moving_mean=True)
    norm("renorm", four, renorm=True)
    calls("batch_norm/several", _several_norms)


def _placeholder_norm(shape, updates, **kwargs):
    def build(tf, slim):
        training = tf.placeholder(tf.bool, [], name="is_training")
        if not updates:
            kwargs["updates_collections"] = None
        return slim.batch_norm(image(tf, shape), is_training=training, **kwargs)

    return build


def _several_norms(tf, slim, x):
    found = [slim.batch_norm(x), slim.batch_norm(x), slim.batch_norm(x, scope="bn")]
    with tf.variable_scope("outer"):
        found += [slim.batch_norm(x), slim.batch_norm(x, scope="bn")]
    with tf.variable_scope("outer", reuse=True):
        found.append(slim.batch_norm(x, scope="bn"))
    found.append(slim.batch_norm(x, scope="bn", reuse=True, is_training=False))
    return found


def _norms():
    for name in ("layer_norm", "instance_norm"):
        for label, shape in (("rank_4", (2, 6, 6, 3)), ("unknown_sizes", (None, None, None, 3))):
            if name == "layer_norm" and label == "unknown_sizes":
                shape = (None, 6, 6, 3)
            layer(name, label, shape)
            layer(name, label + "_relu", shape, scope="s", _kwargs=activation("relu"))
            layer(name, label + "_bare", shape, center=False, scale=False)
    layer("layer_norm", "rank_2", (4, 3))
    layer("instance_norm", "NCHW", (2, 3, 6, 6), data_format="NCHW")
    layer("group_norm", "default", (2, 6, 6, 4), groups=2)
    layer("group_norm", "relu", (2, 6, 6, 4), groups=2, scope="s", _kwargs=activation("relu"))
    layer("group_norm", "unknown_batch", (None, 6, 6, 4), groups=2)
    layer("group_norm", "NCHW", (2, 4, 6, 6), groups=2, channels_axis=-3, reduction_axes=(-2, -1))


def _pools():
    image4, image5 = (2, 6, 6, 3), (2, 4, 4, 4, 2)
    for name in ("max_pool2d", "avg_pool2d"):
        layer(name, "default", image4, 2)
        layer(name, "scope", image4, [3, 3], stride=2, padding="SAME", scope="pool1")
        layer(name, "NCHW", (2, 3, 6, 6), 2, data_format="NCHW")
        layer(name, "outputs_collections", image4, 2, outputs_collections="end_points")
        layer(name, "unknown_sizes", (None, None, None, 3), 2)
        calls(name + "/several", _several_pools(name))
    for name in ("max_pool3d", "avg_pool3d"):
        layer(name, "default", image5, 2)
        layer(name, "scope", image5, 2, scope="pool1", outputs_collections="end_points")
    for kind in ("MAX", "AVG"):
        layer("pool", kind, image4, [2, 2], kind)
        layer("pool", kind + "_strided", image4, [2, 2], kind, stride=2, scope="p")
        layer("pool", kind + "_dilated", image4, [2, 2], kind, dilation_rate=2)
        layer("pool", kind + "_rank_3", (2, 6, 3), [2], kind)


def _several_pools(name):
    def build(tf, slim, x):
        pool = getattr(slim, name)
        found = [pool(x, 2), pool(x, 2), pool(x, 2, scope="s"), pool(x, 2, scope="s")]
        with tf.variable_scope("outer"):
            found += [pool(x, 2), pool(x, 2, scope="s")]
        with tf.variable_scope("outer", reuse=True):
            found += [pool(x, 2), pool(x, 2, scope="s")]
        return found

    return build


def _without_weights():
    four = (2, 6, 6, 3)
    layer("dropout", "default", four)
    layer("dropout", "inference", four, is_training=False)
    layer("dropout", "keep_all", four, keep_prob=1.0)
    layer("dropout", "scope", four, 0.8, scope="dropout6", outputs_collections="end_points")
    layer(
        "dropout",
        "inference_scope",
        four,
        0.8,
        is_training=False,
        scope="dropout6",
        outputs_collections="end_points",
    )
    layer("dropout", "unknown_sizes", (None, None, None, 3))
    case(
        "dropout/placeholder",
        lambda tf, slim: slim.dropout(image(tf), is_training=tf.placeholder(tf.bool, [], name="is_training")),
    )
    case(
        "dropout/keep_prob_placeholder",
        lambda tf, slim: slim.dropout(image(tf), tf.placeholder(tf.float32, [])),
    )
    calls(
        "dropout/several",
        lambda tf, slim, x: [slim.dropout(x), slim.dropout(x), slim.dropout(x, is_training=False)],
    )
    for label, shape in (
        ("default", four),
        ("rank_1", (3,)),
        ("rank_2", (3, 5)),
        ("unknown_batch", (None, 6, 6, 3)),
        ("unknown_sizes", (None, None, None, 3)),
    ):
        layer("flatten", label, shape)
    layer("flatten", "scope", four, scope="flat", outputs_collections="end_points")
    calls(
        "flatten/several", lambda tf, slim, x: [slim.flatten(x), slim.flatten(x), slim.flatten(x, scope="s")]
    )
    layer("softmax", "rank_2", (3, 5))
    layer("softmax", "rank_4", four, scope="predictions")
    layer("softmax", "unknown_batch", (None, 4, 5))
    calls(
        "softmax/several", lambda tf, slim, x: [slim.softmax(x), slim.softmax(x), slim.softmax(x, scope="s")]
    )
    layer("unit_norm", "default", four, 3)
    layer("unit_norm", "scope", four, 1, scope="s")
    layer("unit_norm", "unknown_batch", (None, 6, 6, 3), 3)
    layer("maxout", "default", (2, 6), 3)
    layer("maxout", "rank_4", (2, 6, 6, 4), 2, scope="s")
    layer("maxout", "unknown_batch", (None, 6), 3)
    layer("spatial_softmax", "default", four)
    layer("spatial_softmax", "named", four, name="learned")
    layer("spatial_softmax", "temperature", four, temperature=2.0)
    layer("spatial_softmax", "NCHW", (2, 3, 6, 6), data_format="NCHW")
    layer("spatial_softmax", "unknown_sizes", (None, None, None, 3))
    layer("gdn", "default", four)
    layer("gdn", "inverse", four, inverse=True, name="named")
    layer("images_to_sequence", "default", four)
    layer("sequence_to_images", "default", (4, 6, 5), 3)
    case(
        "one_hot_encoding/default", lambda tf, slim: slim.one_hot_encoding(tf.placeholder(tf.int64, [4]), 10)
    )
    case(
        "one_hot_encoding/scope",
        lambda tf, slim: slim.one_hot_encoding(
            tf.placeholder(tf.int32, [None]), 10, scope="s", outputs_collections="end_points"
        ),
    )
    case(
        "embed_sequence/default",
        lambda tf, slim: slim.embed_sequence(tf.placeholder(tf.int32, [3, 4]), 12, 5),
    )
    case(
        "embed_sequence/unknown",
        lambda tf, slim: slim.embed_sequence(tf.placeholder(tf.int32, [None, None]), 12, 5, scope="s"),
    )
    case(
        "dense_to_sparse/default",
        lambda tf, slim: slim.dense_to_sparse(tf.placeholder(tf.int32, [3, 4], name="x")),
    )


def _claims():
    """Scopes that collide with the names of the operations inside them, as names differ by more than case."""
    for scope in ("conv2d", "relu", "a/biasadd", "BatchNorm"):
        layer("conv2d", "scope_" + scope, (2, 6, 6, 3), 4, 3, scope=scope)
        layer(
            "conv2d",
            "batch_norm_scope_" + scope,
            (2, 6, 6, 3),
            4,
            3,
            scope=scope,
            _kwargs=normalizer("batch_norm"),
        )
    layer("conv2d_transpose", "scope_named_as_the_layer", (2, 3, 3, 3), 4, 3, 2, scope="conv2d_transpose")
    layer("fully_connected", "scope_matmul", (3, 5), 4, scope="matmul")
    layer("fully_connected", "scope_tensordot", (2, 3, 5), 4, scope="tensordot")
    layer("max_pool2d", "scope_maxpool", (2, 6, 6, 3), 2, scope="maxpool")
    layer("dropout", "scope_dropout", (3, 5), scope="dropout")
    layer("dropout", "inference_scope_identity", (3, 5), scope="identity", is_training=False)
    layer("flatten", "scope_flatten", (2, 3, 4), scope="flatten")
    layer("softmax", "scope_Softmax", (3, 5), scope="Softmax")
    layer("batch_norm", "scope_batchnorm", (2, 4, 3), scope="batchnorm")
    layer("layer_norm", "scope_batchnorm", (4, 3), scope="batchnorm")
    calls(
        "batch_norm/not_fused_twice",
        lambda tf, slim, x: [slim.batch_norm(x, fused=False), slim.batch_norm(x, fused=False)],
    )
    calls(
        "conv2d/not_fused_batch_norm_twice",
        lambda tf, slim, x: [
            slim.conv2d(x, 4, 3, normalizer_fn=slim.batch_norm, normalizer_params={"fused": False})
            for _ in range(2)
        ],
    )
    calls(
        "conv2d_transpose/three_times",
        lambda tf, slim, x: [slim.conv2d_transpose(x, 4, 3, 2, activation_fn=None) for _ in range(3)],
    )

    def scopes(tf, slim, x):
        found = []
        with tf.variable_scope("net") as net:
            found.append(slim.conv2d(x, 3, 3, scope="c"))
        for again in ("net", net):
            with tf.variable_scope(again, reuse=True) as scope:
                found += [slim.conv2d(x, 3, 3, scope="c"), x + x]
            with tf.name_scope(scope.original_name_scope):
                found.append(x + x)
        with tf.variable_scope(net, auxiliary_name_scope=False):
            found.append(x + x)
        with tf.variable_scope(None, "net", [x]):
            found.append(slim.conv2d(x, 3, 3))
        with tf.name_scope(None, "net", [x]):
            found.append(slim.max_pool2d(x, 3))
        return found

    def case_of_letters(tf, slim, x):
        with tf.name_scope("A"):
            found = [x + x]
        with tf.name_scope("a"):
            found.append(x + x)
        return found + [tf.add(x, x, name="S"), tf.add(x, x, name="s"), x + x, tf.add(x, x), tf.abs(x, "a")]

    def flattened(tf, slim, x):
        found = [slim.flatten(x)]
        with tf.variable_scope(None, "flatten"):
            found.append(x + x)
        return found

    calls("scopes", scopes)
    calls("case_of_letters", case_of_letters)
    calls("flatten/then_variable_scope", flattened)


def _compositions():
    calls("repeat/conv2d", lambda tf, slim, x: slim.repeat(x, 3, slim.conv2d, 4, [3, 3]))
    calls(
        "repeat/scope",
        lambda tf, slim, x: slim.repeat(x, 2, slim.conv2d, 4, 3, scope="conv1", outputs_collections="e"),
    )
    calls(
        "repeat/twice",
        lambda tf, slim, x: slim.repeat(slim.repeat(x, 2, slim.conv2d, 4, 3), 2, slim.conv2d, 4, 3),
    )
    calls("repeat/pools", lambda tf, slim, x: slim.repeat(x, 2, slim.max_pool2d, 2, scope="pools"))
    calls("stack/conv2d", lambda tf, slim, x: slim.stack(x, slim.conv2d, [(4, [3, 3]), (5, [1, 1])]))
    calls(
        "stack/scope",
        lambda tf, slim, x: slim.stack(slim.flatten(x), slim.fully_connected, [6, 4], scope="fc"),
    )
    calls("nets/vgg_like", _vgg_like)
    calls("nets/inception_like", _inception_like)
    calls("nets/residual", _residual)
    calls("nets/arg_scope", _arg_scoped)
    calls("nets/siamese", _siamese)
    calls("nets/decoder", _decoder)


def _vgg_like(tf, slim, x):
    with tf.variable_scope("vgg_16", "vgg_16", [x]) as scope:
        end_points_collection = scope.original_name_scope + "_end_points"
        with slim.arg_scope(
            [slim.conv2d, slim.fully_connected, slim.max_pool2d], outputs_collections=end_points_collection
        ):
            net = slim.repeat(x, 2, slim.conv2d, 4, [3, 3], scope="conv1")
            net = slim.max_pool2d(net, [2, 2], scope="pool1")
            net = slim.conv2d(net, 6, [3, 3], padding="VALID", scope="fc6")
            net = slim.dropout(net, 0.5, is_training=True, scope="dropout6")
            net = slim.conv2d(net, 5, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8")
            end_points = slim.utils.convert_collection_to_dict(end_points_collection)
            net = tf.squeeze(net, [1, 2], name="fc8/squeezed")
            end_points[scope.name + "/fc8"] = net
    return [net] + [end_points[key] for key in sorted(end_points)] + [tf.nn.softmax(net, name="predictions")]


def _inception_like(tf, slim, x):
    with tf.variable_scope("InceptionV1", "InceptionV1", [x]):
        with slim.arg_scope(
            [slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params={"is_training": False}
        ):
            net = slim.conv2d(x, 4, 3, scope="Conv2d_1a_7x7")
            with tf.variable_scope("Mixed_3b"):
                with tf.variable_scope("Branch_0"):
                    first = slim.conv2d(net, 2, [1, 1], scope="Conv2d_0a_1x1")
                with tf.variable_scope("Branch_1"):
                    second = slim.max_pool2d(net, [3, 3], stride=1, padding="SAME", scope="MaxPool_0a_3x3")
                    second = slim.conv2d(second, 2, [1, 1], scope="Conv2d_0b_1x1")
                net = tf.concat(axis=3, values=[first, second])
        with tf.variable_scope("Logits"):
            net = slim.avg_pool2d(net, [6, 6], stride=1, scope="AvgPool_0a_7x7")
            logits = slim.conv2d(
                net, 5, [1, 1], activation_fn=None, normalizer_fn=None, scope="Conv2d_0c_1x1"
            )
            logits = tf.squeeze(logits, [1, 2], name="SpatialSqueeze")
            predictions = slim.softmax(logits, scope="Predictions")
    return [first, second, net, logits, predictions]


def _residual(tf, slim, x):
    with tf.variable_scope("block1"):
        for unit in ("unit_1", "unit_2"):
            with tf.variable_scope(unit, "bottleneck_v1", [x]):
                shortcut = slim.conv2d(
                    x, 3, 1, activation_fn=None, normalizer_fn=slim.batch_norm, scope="shortcut"
                )
                residual = slim.conv2d(
                    x, 3, 3, activation_fn=None, normalizer_fn=slim.batch_norm, scope="conv1"
                )
                x = tf.nn.relu(shortcut + residual)
    mean = tf.reduce_mean(x, [1, 2], name="pool5", keep_dims=True)
    return [shortcut, residual, x, mean]


def _arg_scoped(tf, slim, x):
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        activation_fn=tf.nn.relu,
        weights_regularizer=slim.l2_regularizer(0.0005),
        normalizer_fn=slim.batch_norm,
        normalizer_params={"decay": 0.9, "scale": True},
    ):
        net = slim.conv2d(x, 4, 3)
        net = slim.conv2d(net, 4, 3)
        net = slim.flatten(net)
        hidden = slim.fully_connected(net, 6)
        logits = slim.fully_connected(hidden, 5, activation_fn=None, normalizer_fn=None, scope="logits")
    return [net, hidden, logits, tf.nn.softmax(logits), tf.argmax(logits, 1)]


def _siamese(tf, slim, x):
    def tower(inputs, reuse):
        with tf.variable_scope("tower", reuse=reuse):
            net = slim.conv2d(inputs, 4, 3, scope="conv1", normalizer_fn=slim.batch_norm)
            net = slim.max_pool2d(net, 2, scope="pool1")
            return slim.fully_connected(slim.flatten(net), 5, activation_fn=None, scope="embedding")

    other = image(tf, name="other")
    first, second = tower(x, None), tower(other, True)
    distance = tf.sqrt(tf.reduce_sum(tf.square(first - second), 1) + 1e-6)
    return [first, second, distance]


def _decoder(tf, slim, x):
    with tf.variable_scope("generator"):
        net = slim.fully_connected(slim.flatten(x), 36, scope="project")
        net = tf.reshape(net, [-1, 3, 3, 4])
        net = slim.conv2d_transpose(net, 4, 4, 2, normalizer_fn=slim.batch_norm, scope="up1")
        net = slim.conv2d_transpose(net, 3, 4, 2, activation_fn=tf.nn.tanh, scope="up2")
    return net


def _placeholders():
    def build(tf, slim):
        found = [
            tf.placeholder(tf.float32),
            tf.placeholder(tf.float32, [None, 3]),
            tf.placeholder(tf.int32, [], name="n"),
        ]
        with tf.name_scope("inputs"):
            found += [tf.placeholder(tf.float32, [2], name="n"), tf.placeholder_with_default(1.0, [])]
        with tf.variable_scope("v"):
            found += [tf.placeholder(tf.float32, [2]), tf.placeholder_with_default([1.0], [None], name="d")]
        return found + [tf.placeholder(tf.int32, [], name="n"), tf.constant(1.0), tf.constant(2, name="c")]

    case("placeholders", build)


_weighted()
_batch_norm()
_norms()
_pools()
_without_weights()
_claims()
_compositions()
_placeholders()
op_name_losses.add()
op_name_functions.add()
