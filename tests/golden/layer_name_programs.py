"""Golden programs for the names, collections and reuse of the variables that layers create.

What the layers compute is in the golden values; defaults that layers take from arg_scope are in
`arg_scope_programs.py`.
"""

from program_registry import error_of, inventory, names, program


def image(zeros, channels=3):
    return zeros(2, 8, 8, channels)


# Every kind of layer: its default name and its variables, alone.


@program()
def conv1d(tf, slim, zeros):
    slim.conv1d(zeros(2, 8, 3), 4, 3)
    return inventory(tf)


@program()
def conv2d(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, [3, 5])
    return inventory(tf)


@program()
def conv3d(tf, slim, zeros):
    slim.conv3d(zeros(1, 4, 4, 4, 2), 3, [1, 2, 3])
    return inventory(tf)


@program()
def convolution(tf, slim, zeros):
    slim.convolution(image(zeros), 4, [3, 3])
    return inventory(tf)


@program()
def convolution_names_share_a_default(tf, slim, zeros):
    slim.convolution1d(zeros(2, 8, 3), 4, 3)
    slim.convolution2d(image(zeros), 4, 3)
    slim.conv2d(image(zeros), 4, 3)
    slim.convolution3d(zeros(1, 4, 4, 4, 2), 3, 3)
    slim.conv3d(zeros(1, 4, 4, 4, 2), 3, 3)
    return names(tf.global_variables())


@program()
def conv2d_nchw(tf, slim, zeros):
    slim.conv2d(zeros(2, 3, 8, 8), 4, [3, 5], data_format="NCHW")
    return inventory(tf)


@program()
def conv2d_without_biases(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, biases_initializer=None)
    return inventory(tf)


@program()
def conv2d_in_plane(tf, slim, zeros):
    slim.conv2d_in_plane(image(zeros), [2, 3])
    slim.conv2d_in_plane(image(zeros), 3, normalizer_fn=slim.batch_norm)
    return inventory(tf)


@program()
def conv2d_transpose(tf, slim, zeros):
    slim.conv2d_transpose(image(zeros), 5, [2, 3], stride=2)
    slim.convolution2d_transpose(image(zeros), 5, 3, normalizer_fn=slim.batch_norm)
    return inventory(tf)


@program()
def conv3d_transpose(tf, slim, zeros):
    slim.conv3d_transpose(zeros(1, 4, 4, 4, 2), 3, [1, 2, 3])
    slim.conv3d_transpose(zeros(1, 4, 4, 4, 2), 3, 3)
    return inventory(tf)


@program()
def separable_conv2d(tf, slim, zeros):
    slim.separable_conv2d(image(zeros), 4, [3, 5], depth_multiplier=2)
    slim.separable_convolution2d(image(zeros), 4, 3)
    return inventory(tf)


@program()
def separable_conv2d_without_pointwise_part(tf, slim, zeros):
    slim.separable_conv2d(image(zeros), None, [3, 5], depth_multiplier=2)
    return inventory(tf)


@program()
def separable_conv2d_normalized(tf, slim, zeros):
    regularizer = slim.l2_regularizer(0.1)
    slim.separable_conv2d(
        image(zeros), 4, 3, normalizer_fn=slim.batch_norm, weights_regularizer=regularizer, scope="full"
    )
    slim.separable_conv2d(
        image(zeros), None, 3, normalizer_fn=slim.batch_norm, weights_regularizer=regularizer, scope="depth"
    )
    return inventory(tf)


@program()
def fully_connected(tf, slim, zeros):
    slim.fully_connected(zeros(2, 3), 4)
    slim.fully_connected(zeros(2, 5, 3), 4)
    slim.fully_connected(zeros(2, 3), 4, normalizer_fn=slim.batch_norm)
    return inventory(tf)


@program()
def fully_connected_partials(tf, slim, zeros):
    slim.linear(zeros(2, 3), 4)
    slim.relu(zeros(2, 3), 4)
    slim.relu6(zeros(2, 3), 4)
    slim.elu(zeros(2, 3), 4, scope="elu")
    return inventory(tf)


@program()
def legacy_fully_connected(tf, slim, zeros):
    slim.legacy_fully_connected(zeros(2, 3), 4)
    slim.legacy_fully_connected(zeros(2, 3), 4, bias_init=None)
    slim.legacy_fully_connected(zeros(2, 3), 4, name="own")
    facts = inventory(tf)
    for key in ("weights", "biases"):
        facts[key] = names(tf.get_collection(key))
    facts["activations"] = len(tf.get_collection("activations"))
    return facts


@program()
def legacy_fully_connected_collections(tf, slim, zeros):
    slim.legacy_fully_connected(
        zeros(2, 3),
        4,
        weight_collections=("w1", "w2"),
        bias_collections=("b",),
        weight_regularizer=slim.l2_regularizer(1.0),
        bias_regularizer=slim.l2_regularizer(1.0),
        trainable=False,
    )
    facts = inventory(tf)
    for key in ("w1", "w2", "b", "weights", "biases"):
        facts[key] = names(tf.get_collection(key))
    return facts


@program()
def legacy_partials(tf, slim, zeros):
    slim.legacy_linear(zeros(2, 3), 4)
    slim.legacy_relu(zeros(2, 3), 4)
    return names(tf.global_variables())


@program()
def bias_add(tf, slim, zeros):
    slim.bias_add(zeros(2, 3))
    slim.bias_add(image(zeros))
    slim.bias_add(zeros(2, 3, 8, 8), data_format="NCHW", regularizer=slim.l2_regularizer(1.0))
    return inventory(tf)


@program()
def batch_norm_of_images(tf, slim, zeros):
    slim.batch_norm(image(zeros))
    slim.batch_norm(image(zeros), scale=True)
    slim.batch_norm(image(zeros), center=False)
    slim.batch_norm(image(zeros), center=False, scale=True)
    slim.batch_norm(zeros(2, 3, 8, 8), scale=True, data_format="NCHW")
    return inventory(tf)


@program()
def batch_norm_of_vectors(tf, slim, zeros):
    slim.batch_norm(zeros(4, 3))
    slim.batch_norm(zeros(4, 3), scale=True)
    slim.batch_norm(zeros(4, 3), scale=True, fused=False)
    return inventory(tf)


@program()
def batch_norm_not_training(tf, slim, zeros):
    slim.batch_norm(image(zeros), is_training=False)
    slim.batch_norm(zeros(4, 3), is_training=False)
    return inventory(tf)


@program()
def batch_norm_not_trainable(tf, slim, zeros):
    slim.batch_norm(image(zeros), trainable=False, scale=True)
    slim.batch_norm(zeros(4, 3), trainable=False, scale=True)
    return inventory(tf)


@program()
def batch_norm_updates_collections(tf, slim, zeros):
    slim.batch_norm(image(zeros), scale=True, updates_collections=None)
    slim.batch_norm(image(zeros), scale=True, updates_collections="mine")
    return [inventory(tf), len(tf.get_collection("mine"))]


@program()
def batch_norm_renorm(tf, slim, zeros):
    slim.batch_norm(image(zeros), scale=True, renorm=True)
    return inventory(tf)


@program()
def batch_norm_zero_debias(tf, slim, zeros):
    slim.batch_norm(image(zeros), scale=True, zero_debias_moving_mean=True)
    return inventory(tf)


@program()
def batch_norm_variables_collections(tf, slim, zeros):
    slim.batch_norm(
        image(zeros), scale=True, variables_collections={"beta": ["b"], "gamma": ["g"], "moving_mean": ["m"]}
    )
    slim.batch_norm(image(zeros), scale=True, variables_collections=["all"])
    slim.batch_norm(zeros(4, 3), scale=True, variables_collections={"beta": ["b"], "moving_variance": ["mv"]})
    return {key: names(tf.get_collection(key)) for key in ("b", "g", "m", "mv", "all")}


@program()
def layer_norm(tf, slim, zeros):
    slim.layer_norm(image(zeros))
    slim.layer_norm(image(zeros), scale=False)
    slim.layer_norm(image(zeros), center=False, begin_params_axis=1)
    return inventory(tf)


@program()
def instance_norm(tf, slim, zeros):
    slim.instance_norm(image(zeros))
    slim.instance_norm(zeros(2, 3, 8, 8), data_format="NCHW", scale=False)
    return inventory(tf)


@program()
def group_norm(tf, slim, zeros):
    slim.group_norm(image(zeros, 4), groups=2)
    slim.group_norm(image(zeros, 4), groups=2, center=False)
    return inventory(tf)


@program()
def embed_sequence(tf, slim, zeros):
    ids = zeros(2, 5, dtype="int64")
    slim.embed_sequence(ids, vocab_size=7, embed_dim=3)
    slim.embed_sequence(ids, vocab_size=7, embed_dim=3, scope="own", trainable=False)
    slim.embed_sequence(ids, vocab_size=7, embed_dim=3, scope="own", reuse=True)
    return inventory(tf)


@program(words=("vocab_size", "embed_dim"))
def embed_sequence_without_sizes_or_scope(tf, slim, zeros):
    slim.embed_sequence(zeros(2, 5, dtype="int64"))


@program()
def spatial_softmax(tf, slim, zeros):
    slim.spatial_softmax(image(zeros))
    slim.spatial_softmax(image(zeros), name="own", variables_collections=["mine"])
    slim.spatial_softmax(image(zeros), temperature=1.0)
    slim.spatial_softmax(image(zeros), trainable=False)
    return [inventory(tf), names(tf.get_collection("mine"))]


@program()
def layers_without_variables(tf, slim, zeros):
    net = slim.max_pool2d(image(zeros), 2)
    net = slim.avg_pool2d(net, 2)
    net = slim.flatten(net)
    net = slim.dropout(net)
    slim.softmax(net)
    slim.unit_norm(net, 1)
    slim.one_hot_encoding(zeros(3, dtype="int64"), 4)
    return inventory(tf)


# Default names, scopes and reuse.


@program()
def default_names_are_uniquified(tf, slim, zeros):
    net = image(zeros)
    for _ in range(3):
        net = slim.conv2d(net, 4, 3)
    with tf.variable_scope("a"):
        for _ in range(2):
            net = slim.conv2d(net, 4, 3)
        net = slim.batch_norm(net)
        net = slim.batch_norm(net)
    return names(tf.global_variables())


@program()
def default_names_restart_when_a_scope_is_reentered(tf, slim, zeros):
    with tf.variable_scope("a"):
        slim.conv2d(image(zeros), 4, 3)
        slim.conv2d(image(zeros), 4, 3)

    def again():
        with tf.variable_scope("a"):
            slim.conv2d(image(zeros), 4, 3)

    error = error_of(again)
    with tf.variable_scope("a", reuse=True):
        slim.conv2d(image(zeros), 4, 3)
        slim.conv2d(image(zeros), 4, 3)
    return [error, names(tf.global_variables())]


@program()
def default_names_under_name_scopes(tf, slim, zeros):
    for _ in range(2):
        with tf.name_scope("tower"):
            slim.conv2d(image(zeros), 4, 3)
    return names(tf.global_variables())


@program()
def default_name_after_a_scope_of_that_name(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, scope="Conv")
    slim.conv2d(image(zeros), 4, 3)
    slim.conv2d(image(zeros), 4, 3, scope="Conv_2")
    slim.conv2d(image(zeros), 4, 3)
    return names(tf.global_variables())


@program()
def layers_without_variables_count_too(tf, slim, zeros):
    facts = []
    slim.max_pool2d(image(zeros), 2)
    slim.flatten(image(zeros))
    slim.dropout(image(zeros))
    for default in ("MaxPool2D", "Flatten", "Dropout", "Conv"):
        with tf.variable_scope(None, default) as sc:
            facts.append(sc.name)
    return facts


@program()
def default_scope_name_of_every_layer(tf, slim, zeros):
    """The default name a layer took: asking for it again as a default gives the number 1."""
    layers = [
        ("AvgPool2D", lambda: slim.avg_pool2d(images, 2)),
        ("AvgPool3D", lambda: slim.avg_pool3d(zeros(1, 4, 4, 4, 2), 2)),
        ("MaxPool3D", lambda: slim.max_pool3d(zeros(1, 4, 4, 4, 2), 2)),
        ("avg_pool", lambda: slim.pool(images, 2, "AVG")),
        ("max_pool", lambda: slim.pool(images, 2, "MAX")),
        ("BatchNorm", lambda: slim.batch_norm(images)),
        ("BiasAdd", lambda: slim.bias_add(images)),
        ("Conv", lambda: slim.conv2d(images, 4, 3)),
        ("ConvInPlane", lambda: slim.conv2d_in_plane(images, 3)),
        ("Conv2d_transpose", lambda: slim.conv2d_transpose(images, 4, 3)),
        ("Conv3d_transpose", lambda: slim.conv3d_transpose(zeros(1, 4, 4, 4, 2), 4, 3)),
        ("SeparableConv2d", lambda: slim.separable_conv2d(images, 4, 3)),
        ("fully_connected", lambda: slim.fully_connected(images, 4)),
        ("InstanceNorm", lambda: slim.instance_norm(images)),
        ("GroupNorm", lambda: slim.group_norm(images, groups=2)),
        ("LayerNorm", lambda: slim.layer_norm(images)),
        ("EmbedSequence", lambda: slim.embed_sequence(ids, 5, 3)),
        ("softmax", lambda: slim.softmax(images)),
        ("Softmax", lambda: slim.softmax(images)),
        ("SpatialSoftmax", lambda: slim.spatial_softmax(images)),
        ("spatial_softmax", lambda: slim.spatial_softmax(images)),
        ("UnitNorm", lambda: slim.unit_norm(images, 3)),
        ("MaxOut", lambda: slim.maxout(images, 2)),
        ("OneHotEncoding", lambda: slim.one_hot_encoding(ids, 3)),
        ("Repeat", lambda: slim.repeat(images, 2, slim.max_pool2d, 2)),
        ("Stack", lambda: slim.stack(images, slim.max_pool2d, [2, 2])),
    ]
    facts = []
    for default, layer in layers:
        with tf.Graph().as_default():
            images, ids = image(zeros, 4), zeros(2, 3, dtype="int64")
            layer()
            with tf.variable_scope(None, default) as sc:
                facts.append(sc.name)
    return facts


@program()
def scope_given_as_string(tf, slim, zeros):
    with tf.variable_scope("a"):
        slim.conv2d(image(zeros), 4, 3, scope="conv1")
        slim.conv2d(image(zeros), 4, 3, scope="b/conv1")
    return names(tf.global_variables())


@program(words=("Variable conv1/weights already exists",))
def scope_given_twice_without_reuse(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, scope="conv1")
    slim.conv2d(image(zeros), 4, 3, scope="conv1")


@program()
def scope_given_as_object(tf, slim, zeros):
    with tf.variable_scope("mine") as sc:
        pass
    with tf.variable_scope("a"):
        slim.conv2d(image(zeros), 4, 3, scope=sc)
        slim.batch_norm(image(zeros), scope=sc)
    return names(tf.global_variables())


@program()
def scope_given_as_object_with_reuse(tf, slim, zeros):
    with tf.variable_scope("mine") as sc:
        slim.conv2d(image(zeros), 4, 3, scope=sc)
    slim.conv2d(image(zeros), 4, 3, scope=sc, reuse=True)
    return names(tf.global_variables())


@program()
def reuse_with_scope(tf, slim, zeros):
    regularizer = slim.l2_regularizer(1.0)
    for reuse in (None, True, True):
        slim.conv2d(image(zeros), 4, 3, scope="conv1", reuse=reuse, weights_regularizer=regularizer)
        slim.fully_connected(zeros(2, 3), 4, scope="fc", reuse=reuse)
        slim.batch_norm(image(zeros), scope="bn", reuse=reuse)
    return inventory(tf)


@program()
def reuse_with_scope_for_every_layer(tf, slim, zeros):
    for reuse in (None, True):
        slim.conv1d(zeros(2, 8, 3), 4, 3, scope="conv1d", reuse=reuse)
        slim.conv3d(zeros(1, 4, 4, 4, 2), 3, 3, scope="conv3d", reuse=reuse)
        slim.conv2d_in_plane(image(zeros), 3, scope="plane", reuse=reuse)
        slim.conv2d_transpose(image(zeros), 3, 3, scope="transpose", reuse=reuse)
        slim.separable_conv2d(image(zeros), 3, 3, scope="separable", reuse=reuse)
        slim.separable_conv2d(image(zeros), None, 3, scope="depthwise", reuse=reuse)
        slim.layer_norm(image(zeros), scope="ln", reuse=reuse)
        slim.instance_norm(image(zeros), scope="in", reuse=reuse)
        slim.group_norm(image(zeros, 4), groups=2, scope="gn", reuse=reuse)
        slim.bias_add(image(zeros), scope="bias", reuse=reuse)
        slim.batch_norm(zeros(4, 3), scope="bn2", reuse=reuse)
    return inventory(tf)


@program()
def auto_reuse_with_scope(tf, slim, zeros):
    for _ in range(2):
        slim.conv2d(image(zeros), 4, 3, scope="conv1", reuse=tf.AUTO_REUSE)
    return inventory(tf)


@program(words=("reuse=True", "name_or_scope"))
def reuse_without_scope(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3)
    slim.conv2d(image(zeros), 4, 3, reuse=True)


@program(words=("reuse=True", "name_or_scope"))
def auto_reuse_without_scope(tf, slim, zeros):
    slim.fully_connected(zeros(2, 3), 4, reuse=tf.AUTO_REUSE)


@program(words=("Variable conv1/weights does not exist",))
def reuse_of_a_missing_layer(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, scope="conv1", reuse=True)


@program(words=("Trying to share variable conv1/weights", "(3, 3, 3, 5)", "(3, 3, 3, 4)"))
def reuse_with_another_number_of_outputs(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, scope="conv1")
    slim.conv2d(image(zeros), 5, 3, scope="conv1", reuse=True)


@program()
def network_reused_by_outer_scope(tf, slim, zeros):
    def network(net, reuse):
        with tf.variable_scope("net", reuse=reuse):
            net = slim.conv2d(
                net, 4, 3, normalizer_fn=slim.batch_norm, weights_regularizer=slim.l2_regularizer(1.0)
            )
            net = slim.conv2d(net, 4, 3, scope="conv2")
            net = slim.flatten(net)
            return slim.fully_connected(net, 2)

    for reuse in (None, True, tf.AUTO_REUSE):
        network(image(zeros), reuse)
    return inventory(tf)


@program()
def network_reused_by_auto_reuse_only(tf, slim, zeros):
    for _ in range(2):
        with tf.variable_scope("net", reuse=tf.AUTO_REUSE):
            slim.conv2d(image(zeros), 4, 3)
            slim.conv2d(image(zeros), 4, 3)
    return names(tf.global_variables())


@program()
def layers_at_root_after_reuse_variables(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3)
    tf.get_variable_scope().reuse_variables()
    return error_of(lambda: slim.conv2d(image(zeros), 4, 3))


# Normalizers inside layers.


@program()
def normalizer_takes_the_place_of_biases(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.batch_norm)
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.layer_norm)
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.instance_norm, scope="c")
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.group_norm, normalizer_params={"groups": 2}, scope="g")
    slim.fully_connected(zeros(2, 3), 4, normalizer_fn=slim.layer_norm)
    return inventory(tf)


@program()
def normalizer_params(tf, slim, zeros):
    params = {"scale": True, "scope": "bn", "decay": 0.9, "updates_collections": "mine"}
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.batch_norm, normalizer_params=params)
    return [inventory(tf), len(tf.get_collection("mine")), sorted(params)]


@program()
def normalizer_of_ones_own(tf, slim, zeros):
    seen = []

    def normalizer(net, gain=1.0, **kwargs):
        seen.append([gain, sorted(kwargs), tf.get_variable_scope().name])
        tf.get_variable("gain", [1])
        return net

    slim.conv2d(image(zeros), 4, 3, normalizer_fn=normalizer, normalizer_params={"gain": 2.0})
    slim.fully_connected(zeros(2, 3), 4, normalizer_fn=normalizer)
    return [seen, names(tf.global_variables()), names(slim.get_model_variables())]


@program()
def normalizer_reused(tf, slim, zeros):
    for reuse in (None, True):
        slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.batch_norm, scope="c", reuse=reuse)
    return inventory(tf)


# repeat and stack.


@program()
def repeat_with_default_scope(tf, slim, zeros):
    net = slim.repeat(image(zeros), 3, slim.conv2d, 4, [3, 3])
    slim.repeat(net, 2, slim.conv2d, 4, [3, 3])
    return names(tf.global_variables())


@program()
def repeat_with_scope(tf, slim, zeros):
    with tf.variable_scope("vgg"):
        net = slim.repeat(image(zeros), 2, slim.conv2d, 4, [3, 3], scope="conv1")
        slim.repeat(net, 2, slim.conv2d, 4, [3, 3], scope="conv2", normalizer_fn=slim.batch_norm)
    return names(tf.global_variables())


@program()
def repeat_once(tf, slim, zeros):
    slim.repeat(image(zeros), 1, slim.conv2d, 4, 3, scope="conv1")
    return names(tf.global_variables())


@program()
def repeat_of_ones_own_function(tf, slim, zeros):
    def block(net, depth, scope=None):
        with tf.variable_scope(scope, "block"):
            return slim.conv2d(net, depth, 3)

    slim.repeat(image(zeros), 2, block, 4)
    slim.repeat(image(zeros), 2, block, 4, scope="blocks")
    return names(tf.global_variables())


@program()
def repeat_of_a_decorated_function(tf, slim, zeros):
    @slim.add_arg_scope
    def block(net, depth, scope=None):
        with tf.variable_scope(scope, "block"):
            return slim.conv2d(net, depth, 3)

    slim.repeat(image(zeros), 2, block, 4)
    return names(tf.global_variables())


@program()
def repeat_with_reuse(tf, slim, zeros):
    for reuse in (None, True):
        slim.repeat(image(zeros, 4), 2, slim.conv2d, 4, 3, scope="r", reuse=reuse)
    return names(tf.global_variables())


@program()
def repeat_of_partials(tf, slim, zeros):
    slim.repeat(zeros(2, 3), 2, slim.linear, 4, scope="r")
    slim.repeat(zeros(2, 3), 2, slim.fully_connected, 4)
    return names(tf.global_variables())


@program()
def stack_with_numbers(tf, slim, zeros):
    slim.stack(zeros(2, 3), slim.fully_connected, [4, 5, 6], scope="fc")
    slim.stack(zeros(2, 3), slim.fully_connected, [4, 5])
    return inventory(tf)


@program()
def stack_with_tuples(tf, slim, zeros):
    slim.stack(image(zeros), slim.conv2d, [(4, [3, 3]), (5, [1, 1])], scope="core")
    slim.stack(image(zeros), slim.conv2d, [[4, 3], [5, 1]])
    return inventory(tf)


@program()
def stack_with_keywords(tf, slim, zeros):
    slim.stack(
        image(zeros), slim.conv2d, [(4, [3, 3]), (5, [1, 1])], normalizer_fn=slim.batch_norm, padding="VALID"
    )
    return names(tf.global_variables())


# Collections, trainability, regularizers.


@program()
def variables_collections_as_list(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, variables_collections=["mine", "yours"])
    slim.fully_connected(zeros(2, 3), 4, variables_collections=["mine"])
    return [inventory(tf)] + [names(tf.get_collection(key)) for key in ("mine", "yours")]


@program()
def variables_collections_as_dictionary(tf, slim, zeros):
    collections = {"weights": ["w"], "biases": ["b", "both"]}
    slim.conv2d(image(zeros), 4, 3, variables_collections=collections)
    slim.fully_connected(zeros(2, 3), 4, variables_collections={"weights": ["w", "both"]})
    slim.fully_connected(zeros(2, 3), 4, variables_collections={"biases": ["b"], "other": ["never"]})
    slim.separable_conv2d(image(zeros), 4, 3, variables_collections=collections)
    slim.separable_conv2d(image(zeros), None, 3, variables_collections=collections)
    slim.conv2d_in_plane(image(zeros), 3, variables_collections=collections)
    slim.conv2d_transpose(image(zeros), 4, 3, variables_collections=collections)
    return [inventory(tf)] + [names(tf.get_collection(key)) for key in ("w", "b", "both", "never")]


@program()
def variables_collections_do_not_reach_the_normalizer(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, normalizer_fn=slim.batch_norm, variables_collections=["mine"])
    return names(tf.get_collection("mine"))


@program()
def variables_collections_of_a_reused_layer(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, scope="c")
    slim.conv2d(image(zeros), 4, 3, scope="c", reuse=True, variables_collections=["mine"])
    slim.fully_connected(zeros(2, 3), 4, scope="f", variables_collections=["mine"])
    slim.fully_connected(zeros(2, 3), 4, scope="f", reuse=True, variables_collections=["mine"])
    return [names(tf.get_collection("mine")), inventory(tf)]


@program()
def outputs_collections(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, outputs_collections="out")
    slim.max_pool2d(image(zeros), 2, outputs_collections=["out", "other"], scope="pool")
    with tf.variable_scope("a"):
        slim.fully_connected(zeros(2, 3), 4, outputs_collections="out")
        slim.conv2d(image(zeros), 4, 3, outputs_collections="out", normalizer_fn=slim.batch_norm)
    end_points = slim.utils.convert_collection_to_dict("out")
    return [list(end_points), list(slim.utils.convert_collection_to_dict("other"))]


@program()
def outputs_collections_of_repeat_and_arg_scope(tf, slim, zeros):
    with tf.variable_scope("net") as sc:
        end_points = sc.original_name_scope + "_end_points"
        with slim.arg_scope(
            [slim.conv2d, slim.max_pool2d, slim.fully_connected], outputs_collections=end_points
        ):
            net = slim.repeat(image(zeros), 2, slim.conv2d, 4, 3, scope="conv1")
            net = slim.max_pool2d(net, 2, scope="pool1")
            slim.fully_connected(slim.flatten(net), 2, scope="logits")
    return [end_points, list(slim.utils.convert_collection_to_dict(end_points))]


@program()
def not_trainable_layers(tf, slim, zeros):
    slim.conv2d(image(zeros), 4, 3, trainable=False)
    slim.fully_connected(zeros(2, 3), 4, trainable=False)
    slim.conv2d(image(zeros), 4, 3, trainable=False, normalizer_fn=slim.batch_norm)
    slim.separable_conv2d(image(zeros), 4, 3, trainable=False)
    slim.separable_conv2d(image(zeros), None, 3, trainable=False)
    slim.conv2d_in_plane(image(zeros), 3, trainable=False)
    slim.conv2d_transpose(image(zeros), 4, 3, trainable=False)
    slim.layer_norm(image(zeros), trainable=False)
    slim.bias_add(image(zeros), trainable=False)
    return inventory(tf)


@program()
def regularizers_of_layers(tf, slim, zeros):
    counts = []
    l2 = slim.l2_regularizer(1.0)
    for layer in (
        lambda: slim.conv2d(image(zeros), 4, 3, weights_regularizer=l2),
        lambda: slim.conv2d(image(zeros), 4, 3, weights_regularizer=l2, biases_regularizer=l2),
        lambda: slim.conv2d(image(zeros), 4, 3, biases_regularizer=l2, biases_initializer=None),
        lambda: slim.conv2d(image(zeros), 4, 3, biases_regularizer=l2, normalizer_fn=slim.batch_norm),
        lambda: slim.separable_conv2d(image(zeros), 4, 3, weights_regularizer=l2),
        lambda: slim.separable_conv2d(image(zeros), None, 3, weights_regularizer=l2, biases_regularizer=l2),
        lambda: slim.conv2d_transpose(image(zeros), 4, 3, weights_regularizer=l2, biases_regularizer=l2),
        lambda: slim.conv2d_in_plane(image(zeros), 3, weights_regularizer=l2, biases_regularizer=l2),
        lambda: slim.fully_connected(zeros(2, 3), 4, weights_regularizer=l2, biases_regularizer=l2),
        lambda: slim.batch_norm(image(zeros), scale=True, param_regularizers={"beta": l2, "gamma": l2}),
        lambda: slim.bias_add(image(zeros), regularizer=l2),
    ):
        layer()
        counts.append(len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)))
    return counts


@program()
def variables_of_a_small_network(tf, slim, zeros):
    defaults = {
        "weights_regularizer": slim.l2_regularizer(0.1),
        "normalizer_fn": slim.batch_norm,
        "normalizer_params": {"scale": True, "is_training": True},
    }
    with tf.variable_scope("net") as sc, slim.arg_scope([slim.conv2d, slim.fully_connected], **defaults):
        net = slim.conv2d(image(zeros), 4, 3, scope="conv1")
        net = slim.repeat(net, 2, slim.conv2d, 4, 3, scope="conv2")
        net = slim.separable_conv2d(net, 6, 3, scope="sep")
        net = slim.flatten(net)
        slim.fully_connected(net, 2, normalizer_fn=None, activation_fn=None, scope="logits")
    return [sc.name, inventory(tf)]
