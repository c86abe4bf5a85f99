"""The Inception networks that TensorFlow 1.15.5 and slim_torch both build: `REGISTRY`; see `network_registry.py`.

TensorFlow has v1, v2 and v3 of its own; v4, Inception-ResNet v2 and later arguments are built from slim_torch's
source there.
"""

from nets_programs import network, twice
from network_registry import Registry

REGISTRY = Registry("inception")
case, OWN, RECORDED, STEPPED = REGISTRY.case, REGISTRY.OWN, REGISTRY.RECORDED, REGISTRY.STEPPED
LONG, SLOW = REGISTRY.LONG, REGISTRY.SLOW


def full(version, shape, **kwargs):
    """A whole network in its arg_scope; `arg_scope` are arguments of the latter."""
    scope_arguments = kwargs.pop("arg_scope", None)
    path = "inception.inception_" + version
    return network(path, shape, f"inception_{version}_arg_scope", scope_arguments, **kwargs)


def base(version, shape, **kwargs):
    """A trunk without an arg_scope."""
    return network(f"inception.inception_{version}_base", shape, **kwargs)


def moving_averages(version, **scope_arguments):
    """What joins the collections that an arg_scope names."""

    def program(kit):
        full(version, [2, 224, 224, 3], arg_scope=scope_arguments)(kit)
        collected = kit.tf.get_collection(scope_arguments.get("batch_norm_var_collection", "moving_vars"))
        return [(v.op.name, v) for v in collected]

    return program


SIZES = {"v1": 224, "v2": 224, "v3": 299, "v4": 299, "resnet_v2": 299}
MIDDLE = {
    "v1": ["Conv2d_1a_7x7", "MaxPool_3a_3x3", "Mixed_3b"],
    "v2": ["Conv2d_1a_7x7", "Conv2d_2b_1x1", "Mixed_4a"],
    "v3": ["Conv2d_1a_3x3", "MaxPool_5a_3x3", "Mixed_5c"],
}

for version in ("v1", "v2", "v3"):
    size = SIZES[version]
    case(version, full(version, [None, size, size, 3]), RECORDED)
    for endpoint in MIDDLE[version]:
        case(f"{version}_{endpoint}", base(version, [2, size, size, 3], final_endpoint=endpoint), RECORDED)
    case(
        f"{version}_global_pool",
        full(version, [None, None, None, 3], num_classes=5, global_pool=True, is_training=False),
        RECORDED,
        OWN,
        LONG,
    )
for is_training in (True, False):
    mode = "training" if is_training else "inference"
    kwargs = {"is_training": is_training, "dropout_keep_prob": 1.0, "num_classes": 10}
    case("v1_" + mode, full("v1", [2, 224, 224, 3], **kwargs))
    case("v2_" + mode, full("v2", [3, 96, 96, 3], **kwargs))
    case("v3_" + mode, full("v3", [3, 128, 139, 3], depth_multiplier=0.5, **kwargs))
case(
    "v3_scope_arguments",
    full(
        "v3",
        [2, 128, 128, 3],
        depth_multiplier=0.1,
        num_classes=3,
        dropout_keep_prob=1.0,
        arg_scope={
            "weight_decay": 0.1,
            "batch_norm_var_collection": "averages",
            "batch_norm_decay": 0.5,
            "batch_norm_epsilon": 0.01,
            "updates_collections": "others",
            "use_fused_batchnorm": False,
        },
    ),
)
case("v2_bare", full("v2", [2, 224, 224, 3], scope=None, spatial_squeeze=False), STEPPED)
case("v1_rank_3", full("v1", [224, 224, 3]), STEPPED)
case("v2_rank_3", full("v2", [224, 224, 3]), STEPPED)
case("v1_too_small", full("v1", [2, 112, 112, 3]), STEPPED, LONG)
case("v3_too_small", full("v3", [2, 64, 64, 3]), STEPPED, LONG)
case("v2_unknown_endpoint", base("v2", [2, 224, 224, 3], final_endpoint="Mixed_9z"), STEPPED, LONG)
for multiplier in (0.5, 0.0, -1.0):
    case(
        f"v2_multiplier_{multiplier}",
        full("v2", [1, 75, 33, 3], depth_multiplier=multiplier, num_classes=5, is_training=False),
        STEPPED,
        LONG,
    )
case("v3_multiplier_0", full("v3", [1, 299, 299, 3], depth_multiplier=0), STEPPED)
case("v2_min_depth", base("v2", [1, 224, 224, 3], depth_multiplier=0.1, min_depth=7), STEPPED, LONG)
case("v1_no_batch_norm", full("v1", [1, 224, 224, 3], arg_scope={"use_batch_norm": False}), STEPPED, LONG)
case("v1_nested", full("v1", [2, 224, 224, 3], outer="tower", scope="net", num_classes=3), STEPPED, LONG)
case("v2_moving_averages", moving_averages("v2"), STEPPED, LONG)
case(
    "v2_reused",
    twice(
        "inception.inception_v2",
        [2, 224, 224, 3],
        "inception_v2_arg_scope",
        {"reuse": True, "is_training": False},
    ),
    STEPPED,
    LONG,
)
case("v3_unknown_size", full("v3", [2, None, None, 3], is_training=False, num_classes=7), RECORDED, LONG)
case("v1_features", full("v1", [None, 224, 224, 3], num_classes=None), RECORDED, OWN, LONG)
case("v3_features", full("v3", [None, 224, 224, 3], num_classes=0), RECORDED, OWN, LONG)
case("v1_no_root", base("v1", [5, 28, 28, 192], include_root_block=False), STEPPED, OWN, LONG)
case("v2_no_root", base("v2", [5, 28, 28, 192], include_root_block=False), STEPPED, OWN, LONG)
case("v2_plain_root", base("v2", [1, 224, 224, 3], use_separable_conv=False), STEPPED, OWN, LONG)
case(
    "v2_channels_first",
    base("v2", [2, 3, 224, 224], use_separable_conv=False, data_format="NCHW"),
    RECORDED,
    OWN,
    LONG,
)
case("v2_separable_channels_first", base("v2", [2, 3, 224, 224], data_format="NCHW"), STEPPED, OWN)
case("v2_unknown_format", base("v2", [2, 3, 224, 224], data_format="CHWN"), STEPPED, OWN)
case("v3_no_auxiliary", full("v3", [1, 299, 299, 3], create_aux_logits=False), STEPPED, OWN, LONG)
case(
    "v3_scaled",
    full("v3", [1, 107, 107, 3], arg_scope={"batch_norm_scale": True}, create_aux_logits=False),
    STEPPED,
    OWN,
    LONG,
)


# Inception v4 and Inception-ResNet v2.

for version in ("v4", "resnet_v2"):
    size = SIZES[version]
    case(version, full(version, [None, size, size, 3], num_classes=1001), RECORDED, OWN, LONG)
    case(version + "_inference", full(version, [1, size, size, 3], is_training=False), OWN, SLOW)
    case(
        version + "_unknown_size",
        full(version, [None, None, None, 3], num_classes=9, create_aux_logits=False, is_training=False),
        RECORDED,
        OWN,
        LONG,
    )
    case(version + "_features", full(version, [1, 96, 96, 3], num_classes=None), STEPPED, OWN, LONG)
    case(
        version + "_Mixed_6a",
        base(version, [1, size, size, 3], final_endpoint="Mixed_6a"),
        STEPPED,
        OWN,
        LONG,
    )
    case(
        version + "_unknown_endpoint", base(version, [1, 75, 75, 3], final_endpoint="Mixed_9z"), STEPPED, OWN
    )
# In training mode the whole v4 with such weights amplifies rounding errors: its float32 differs from its float64
# by a thousandth, up to Mixed_6a by 2e-5.
case(
    "v4_training",
    network(
        "inception.inception_v4_base", [4, 107, 107, 3], "inception_v4_arg_scope", final_endpoint="Mixed_6b"
    ),
    OWN,
    LONG,
)
case(
    "resnet_v2_training",
    full("resnet_v2", [4, 107, 107, 3], num_classes=10, dropout_keep_prob=1.0, create_aux_logits=False),
    OWN,
    LONG,
)


def residual_block(name, pixels, **kwargs):
    def program(kit):
        module = kit.nets("inception_resnet_v2")
        with kit.slim.arg_scope(module.inception_resnet_v2_arg_scope()):
            net = getattr(module, name)(kit.image([2, pixels, pixels, 24]), **kwargs)
            if kwargs.get("activation_fn", True) is None:
                return [("net", net)]
            return [("net", net), ("relu6", getattr(module, name)(net * 9, 0.7, kit.tf.nn.relu6))]

    return program


case("block35", residual_block("block35", 7, scale=0.17), OWN)
case("block17", residual_block("block17", 5, scale=0.1, scope="b"), OWN)
case("block8", residual_block("block8", 4, activation_fn=None), OWN)


for arguments in (
    {"final_endpoint": "PreAuxLogits", "output_stride": 8},
    {"final_endpoint": "Mixed_7a", "output_stride": 8},
    {"output_stride": 32},
    {"final_endpoint": "PreAuxLogits", "output_stride": 8, "align_feature_maps": True},
):
    label = "_".join(str(arguments[key]) for key in sorted(arguments))
    case("resnet_v2_base_" + label, base("resnet_v2", [1, 299, 299, 3], **arguments), STEPPED, OWN, LONG)

# Graphs of many layers take slim_torch long to record.
SLOW.update(
    ("v4", "v4_unknown_size", "resnet_v2", "resnet_v2_unknown_size", "v3_unknown_size", "v3_features")
)
SLOW.update(("v1_features", "v2_channels_first", "v3_global_pool"))
