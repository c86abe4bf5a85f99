"""The MobileNets that TensorFlow 1.15.5 and slim_torch both build: `REGISTRY`; see `network_registry.py`.

TensorFlow's contrib has none of them: all are built from slim_torch's source on either side.
"""

from nets_programs import network
from network_registry import Registry

REGISTRY = Registry("mobilenet")
RECORDED, STEPPED, LONG = REGISTRY.RECORDED, REGISTRY.STEPPED, REGISTRY.LONG


def case(case_id, program, *sets):
    REGISTRY.case(case_id, program, REGISTRY.OWN, *sets)


def v1(shape, function="mobilenet_v1", **kwargs):
    scope_arguments = kwargs.pop("arg_scope", None)
    return network("mobilenet_v1." + function, shape, "mobilenet_v1_arg_scope", scope_arguments, **kwargs)


def inverted(module, function, shape, **kwargs):
    """A network of `mobilenet/`, within its `training_scope`, whose arguments `training` holds, or without one."""
    training = kwargs.pop("training", {})

    def program(kit):
        library = kit.nets("mobilenet." + module)
        defaults = {} if training is None else library.training_scope(**training)
        with kit.slim.arg_scope(defaults):
            net, end_points = getattr(library, function)(kit.image(list(shape)), **kwargs)
        return [("net", net)] + list(end_points.items())

    return program


def v2(shape, function="mobilenet", **kwargs):
    return inverted("mobilenet_v2", function, shape, **kwargs)


def v3(shape, function, **kwargs):
    return inverted("mobilenet_v3", function, shape, **kwargs)


case("v1", v1([None, 224, 224, 3]), RECORDED)
for name in ("075", "050", "025"):
    case("v1_" + name, v1([1, 224, 224, 3], "mobilenet_v1_" + name), STEPPED, LONG)
case(
    "v1_unknown_size",
    v1([None, None, None, 3], global_pool=True, num_classes=5, is_training=False),
    RECORDED,
    LONG,
)
case("v1_features", v1([None, 96, 96, 3], num_classes=None), RECORDED, LONG)
case(
    "v1_bare",
    network("mobilenet_v1.mobilenet_v1", [2, 224, 224, 3], spatial_squeeze=False, scope=None),
    STEPPED,
)
case("v1_no_predictions", v1([2, 128, 96, 3], prediction_fn=None, depth_multiplier=0.25), STEPPED, LONG)
case(
    "v1_scope_arguments",
    v1(
        [2, 64, 64, 3],
        depth_multiplier=0.25,
        dropout_keep_prob=1.0,
        num_classes=4,
        arg_scope={
            "is_training": None,
            "weight_decay": 0.1,
            "regularize_depthwise": True,
            "batch_norm_decay": 0.5,
            "batch_norm_epsilon": 0.01,
        },
    ),
)
case("v1_min_depth", v1([1, 64, 64, 3], depth_multiplier=0.1, min_depth=12, is_training=False), STEPPED, LONG)
case("v1_multiplier_0", v1([1, 64, 64, 3], depth_multiplier=0), STEPPED)
case("v1_rank_3", v1([64, 64, 3]), STEPPED)
for endpoint in ("Conv2d_0", "Conv2d_5_depthwise", "Conv2d_7_pointwise", "Conv2d_14_pointwise"):
    case("v1_" + endpoint, v1([1, 224, 224, 3], "mobilenet_v1_base", final_endpoint=endpoint), STEPPED, LONG)
for stride in (8, 16, 32, 12):
    for explicit in (False, True):
        case(
            f"v1_stride_{stride}" + "_explicit" * explicit,
            v1(
                [1, 65, 64, 3],
                "mobilenet_v1_base",
                output_stride=stride,
                use_explicit_padding=explicit,
                depth_multiplier=0.25,
                arg_scope={"is_training": False},
            ),
        )
case("v2", v2([None, 224, 224, 3]), RECORDED)
case("v2_bare", v2([2, 224, 224, 3], training=None), STEPPED, LONG)
for name in ("140", "050", "035"):
    case("v2_" + name, v2([1, 224, 224, 3], "mobilenet_v2_" + name), STEPPED, LONG)
case(
    "v2_unknown_size",
    v2([None, None, None, 3], num_classes=5, training={"is_training": False}),
    RECORDED,
    LONG,
)
case("v2_features", v2([None, 96, 96, 3], num_classes=None), RECORDED, LONG)
case(
    "v2_no_predictions",
    v2([1, 96, 96, 3], prediction_fn=None, use_reduce_mean_for_pooling=True),
    STEPPED,
    LONG,
)
case("v2_min_depth", v2([1, 96, 96, 3], depth_multiplier=0.1, min_depth=32, divisible_by=16), STEPPED, LONG)
case("v2_multiplier_0", v2([1, 64, 64, 3], depth_multiplier=0), STEPPED)
case("v2_multiplier", v2([1, 64, 64, 3], multiplier=1.0), STEPPED)
case("v2_rank_3", v2([64, 64, 3]), STEPPED)
case("v2_stride_7", v2([1, 64, 64, 3], "mobilenet_base", output_stride=7), STEPPED)
case("v2_layer_5", v2([1, 96, 96, 3], "mobilenet_base", final_endpoint="layer_5"), STEPPED)
for stride in (8, 16):
    for explicit in (False, True):
        case(
            f"v2_stride_{stride}" + "_explicit" * explicit,
            v2(
                [1, 65, 64, 3],
                "mobilenet_base",
                output_stride=stride,
                use_explicit_padding=explicit,
                depth_multiplier=0.35,
                training={"is_training": False},
            ),
            *(() if stride == 8 else (STEPPED, LONG)),
        )
for function in ("large", "small", "large_minimalistic", "small_minimalistic"):
    case(function, v3([None, 224, 224, 3], function), RECORDED)
    case(function + "_scaled", v3([1, 224, 224, 3], function, depth_multiplier=0.75), STEPPED, LONG)
    case(function + "_64", v3([3, 64, 64, 3], function, num_classes=9, training={"dropout_keep_prob": 1.0}))
    case(
        function + "_inference",
        v3([1, 96, 96, 3], function, num_classes=9, depth_multiplier=0.75, training={"is_training": False}),
    )
case("edge_tpu", v3([2, 96, 96, 3], "edge_tpu", depth_multiplier=0.5, training={"is_training": False}))
case("large_unknown_size", v3([None, None, None, 3], "large", num_classes=5), RECORDED, LONG)
case(
    "large_fine",
    v3([1, 64, 64, 3], "large", depth_multiplier=0.35, finegrain_classification_mode=True),
    STEPPED,
    LONG,
)
case("large_base", v3([1, 96, 64, 3], "mobilenet_base", final_endpoint="layer_13"), STEPPED, LONG)
for is_training in (True, False):
    mode = "training" if is_training else "inference"
    case(
        "v1_" + mode,
        v1(
            [3, 96, 96, 3],
            is_training=is_training,
            dropout_keep_prob=1.0,
            num_classes=10,
            depth_multiplier=0.5,
        ),
    )
    case(
        "v2_" + mode,
        v2([3, 96, 96, 3], num_classes=10, training={"is_training": is_training, "dropout_keep_prob": 1.0}),
    )


# The blocks.


def block(function, arguments, shape=(2, 7, 8, 24), scoped=True):
    def program(kit):
        blocks, library = kit.nets("mobilenet.conv_blocks"), kit.nets("mobilenet.mobilenet")
        found = {}
        kwargs = arguments(kit) if callable(arguments) else dict(arguments)
        if "endpoints" in kwargs:
            kwargs["endpoints"] = found
        with kit.slim.arg_scope(library.training_scope() if scoped else {}):
            net = getattr(blocks, function)(kit.image(list(shape)), **kwargs)
        return [("net", net)] + sorted(found.items())

    return program


def expanded(name, scoped=True, **arguments):
    case("expanded_" + name, block("expanded_conv", dict(arguments, num_outputs=24), scoped=scoped))


expanded("plain", endpoints=True)
expanded("bare", scoped=False, endpoints=True)
expanded("strided", stride=2, kernel_size=(5, 3), endpoints=True)
expanded("dilated_explicit", rate=2, use_explicit_padding=True)
expanded("fixed_size", expansion_size=40, endpoints=True)
expanded("no_expansion", expansion_size=24, endpoints=True)
expanded("split", expansion_size=48, split_expansion=3, split_projection=2)
expanded("split_unequal", expansion_size=40, split_expansion=3, split_divisible_by=4)
expanded("split_too_small", expansion_size=25, split_expansion=4, scope="mine")
expanded("not_residual", residual=False, depthwise_channel_multiplier=2)
for location in ("input", "output", None, "nowhere"):
    expanded(f"depthwise_{location}", depthwise_location=location, endpoints=True)
expanded("padding_twice", padding="VALID", use_explicit_padding=True)
case(
    "expanded_functions",
    block(
        "expanded_conv",
        lambda kit: {
            "num_outputs": 24,
            "stride": 1,
            "inner_activation_fn": kit.tf.nn.elu,
            "depthwise_activation_fn": kit.tf.nn.tanh,
            "project_activation_fn": kit.tf.nn.sigmoid,
            "expansion_transform": lambda expansion_tensor, input_tensor: expansion_tensor * 2.0,
            "residual": lambda input_tensor, output_tensor: output_tensor - input_tensor,
            "normalizer_fn": kit.slim.batch_norm,
        },
    ),
)
for name, arguments in (
    ("plain", {}),
    ("scoped", {"scope": "Conv2d_3", "endpoints": True}),
    ("strided", {"stride": 2, "use_explicit_padding": True, "endpoints": True}),
    ("dilated", {"rate": 3, "use_explicit_padding": True}),
):
    case("separable_" + name, block("split_separable_conv2d", dict(arguments, num_outputs=5)))
case("squeeze_excite", block("squeeze_excite", {}))
case(
    "squeeze_excite_of_16", block("squeeze_excite", {"divisible_by": 1, "squeeze_factor": 1.5}, (2, 4, 4, 16))
)
case("squeeze_excite_pool", block("squeeze_excite", {"pool": (7, 8)}, scoped=False))

# Graphs of many layers take slim_torch long to record.
REGISTRY.SLOW.update(
    ("large_minimalistic", "small_minimalistic", "large_unknown_size", "v2_features", "v1_features")
)
