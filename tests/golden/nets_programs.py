"""The networks that TensorFlow 1.15.5 and slim_torch both build, and how the answers are kept.

Runs under Python 3.7 with TensorFlow 1.15.5 (the oracle) and under the project's Python, and imports
neither. A program is called as `program(kit)`; the kit has `tf`, `slim`, `nets` (a function from a module's
name to the module) and `image(shape)`, and the result is the list of `(name, tensor)` that is looked at.
Invariant: weights and images are functions of their names alone.

Those of OWN are built from slim_torch's source on either side: TensorFlow's contrib does not have the
network, or not the argument. The others are TensorFlow's own there.
"""

import gzip
import hashlib
import io
import json
import os
import zlib

import numpy as np
from values import value_for

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = 12
# Larger weights repeat themselves, with a period that no shape divides: random numbers are slow to draw.
PERIOD = 262147

PROGRAMS = {}
# Built from slim_torch's source on either side.
OWN = set()
# Of which only names and shapes are asked, of a recorded graph; and of one step, as graphs of many layers
# take slim_torch long to record.
RECORDED, STEPPED = set(), set()
# Their lists of variables are kept as a digest.
LONG = set()
# They take more than a few seconds.
SLOW = set()


def start_value(name, shape):
    """The value of a variable, such that activations do not grow with depth: weights vary by 1 / fan_in."""
    size = int(np.prod(shape))
    value = value_for(name, shape if size <= PERIOD else [PERIOD])
    if size > PERIOD:
        value = np.resize(value, shape)
    if "weights" in name:
        # A uniform value in [-1, 1) has the variance 1 / 3.
        depthwise = name.endswith("depthwise_weights")
        fan_in = np.prod(shape[:-2]) if depthwise else np.prod(shape[:-1])
        value = value * np.float32(np.sqrt(3.0 / fan_in))
    return value.astype("float32")


def image_value(index, shape):
    return value_for(f"image{index}", shape)


def digest(name, array):
    """`array` as a vector that is small: itself up to 16 elements, else measures and samples.

    The measures are the largest magnitude, which comes first, the mean and the mean magnitude.
    """
    flat = np.asarray(array, dtype="float64").reshape(-1)
    if flat.size <= 16:
        return flat
    places = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF).randint(0, flat.size, SAMPLES)
    magnitudes = np.abs(flat)
    return np.concatenate([[magnitudes.max(), flat.mean(), magnitudes.mean()], flat[places]])


def listed(case_id, lines):
    """A list of variables as it is kept."""
    if case_id not in LONG:
        return lines
    return [len(lines), hashlib.sha1("\n".join(lines).encode()).hexdigest()]


def save(facts, streams):
    told = io.BytesIO()
    with gzip.GzipFile(fileobj=told, mode="wb", mtime=0) as file:
        file.write(json.dumps(facts, indent=0, sort_keys=True).encode())
    with open(os.path.join(HERE, "nets.json.gz"), "wb") as file:
        file.write(told.getvalue())
    np.savez_compressed(os.path.join(HERE, "nets.npz"), **streams)


def load():
    """The facts and the numbers of each program."""
    with gzip.open(os.path.join(HERE, "nets.json.gz")) as file:
        facts = json.loads(file.read().decode())
    with np.load(os.path.join(HERE, "nets.npz")) as file:
        return facts, {key: file[key] for key in file.files}


def case(case_id, program, *sets):
    assert case_id not in PROGRAMS, case_id
    PROGRAMS[case_id] = program
    for names in sets:
        names.add(case_id)


def network(path, shape, arg_scope=None, scope_arguments=None, outer=None, **kwargs):
    """`path` is a module and a function of it; so is `arg_scope`, without which there is none."""

    def program(kit):
        module, function = path.split(".")
        build = getattr(kit.nets(module), function)

        def call():
            net, end_points = build(kit.image(list(shape)), **kwargs)
            return [("net", net)] + list(end_points.items())

        defaults = {}
        if arg_scope is not None:
            defaults = getattr(kit.nets(module), arg_scope)(**(scope_arguments or {}))
        with kit.slim.arg_scope(defaults):
            if outer is None:
                return call()
            with kit.tf.variable_scope(outer):
                return call()

    return program


def twice(path, shape, arg_scope, second, **kwargs):
    """The network, and the network again with other arguments."""

    def program(kit):
        first = network(path, shape, arg_scope, **kwargs)(kit)
        return first + network(path, shape, arg_scope, **dict(kwargs, **second))(kit)

    return program


# AlexNet, OverFeat, VGG.

SIZES = {"alexnet.alexnet_v2": 224, "overfeat.overfeat": 231}
SIZES.update({"vgg.vgg_" + kind: 224 for kind in ("a", "16", "19")})
for path, size in SIZES.items():
    module, name = path.split(".")
    scope = "%s_arg_scope" % ("vgg" if module == "vgg" else name)
    larger = size + 76
    case(name, network(path, [None, size, size, 3], scope), RECORDED)
    case(
        name + "_features",
        network(path, [None, None, None, 3], scope, num_classes=None, global_pool=True),
        RECORDED,
        OWN,
    )
    if name in ("vgg_16", "vgg_19"):
        # In all else they are vgg_a.
        continue
    case(name + "_bare", network(path, [2, size, size, 3], is_training=False), RECORDED)
    case(
        name + "_fully_convolutional",
        network(path, [1, larger, larger, 3], scope, spatial_squeeze=False, num_classes=7),
        RECORDED,
    )
    case(name + "_too_large", network(path, [1, larger, larger, 3], scope), RECORDED)
    case(name + "_too_small", network(path, [1, 16, 16, 3], scope), RECORDED)
    case(name + "_rank_3", network(path, [size, size, 3], scope), RECORDED)
    case(
        name + "_nested",
        network(path, [2, size, size, 3], scope, {"weight_decay": 0.0}, outer="tower", scope="net"),
        RECORDED,
    )
    case(name + "_twice", twice(path, [2, size, size, 3], scope, {}), RECORDED)
    case(name + "_default_scopes", twice(path, [2, size, size, 3], scope, {}, scope=None), RECORDED)
    case(
        name + "_global_pool",
        network(path, [None, larger, None, 3], scope, global_pool=True, num_classes=10, is_training=False),
        RECORDED,
        OWN,
    )
    case(
        name + "_reused",
        twice(path, [2, size, size, 3], scope, {"reuse": True, "is_training": False}),
        RECORDED,
        OWN,
    )
case(
    "vgg_16_fc_same",
    network("vgg.vgg_16", [1, 64, 96, 3], "vgg_arg_scope", fc_conv_padding="SAME", spatial_squeeze=False),
    RECORDED,
    OWN,
)
for is_training in (True, False):
    mode = "training" if is_training else "inference"
    kwargs = {"is_training": is_training, "dropout_keep_prob": 1.0, "num_classes": 10}
    case(
        "alexnet_v2_" + mode,
        network("alexnet.alexnet_v2", [2, 224, 224, 3], "alexnet_v2_arg_scope", **kwargs),
    )
    case(
        "overfeat_" + mode,
        network("overfeat.overfeat", [2, 231, 231, 3], "overfeat_arg_scope", **kwargs),
        SLOW,
    )
case(
    "vgg_a_inference",
    network("vgg.vgg_a", [1, 224, 224, 3], "vgg_arg_scope", is_training=False, num_classes=10),
)
case(
    "vgg_16_inference_fc_same",
    network(
        "vgg.vgg_16",
        [1, 64, 33, 3],
        "vgg_arg_scope",
        is_training=False,
        num_classes=10,
        fc_conv_padding="SAME",
        global_pool=True,
    ),
    OWN,
    SLOW,
)


# LeNet, CifarNet.

for module, size, channels in (("lenet", 28, 1), ("cifarnet", 32, 3)):
    path, scope, shape = f"{module}.{module}", module + "_arg_scope", [None, size, size, channels]
    case(module, network(path, shape, scope, is_training=True), RECORDED, OWN)
    case(module + "_bare", network(path, shape, scope=None), RECORDED, OWN)
    case(module + "_features", network(path, shape, scope, num_classes=0), RECORDED, OWN)
    case(
        module + "_decayed", network(path, shape, scope, {"weight_decay": 0.1}, outer="tower"), RECORDED, OWN
    )
    case(module + "_twice", twice(path, shape, scope, {}), RECORDED, OWN)
    for is_training in (True, False):
        mode = "_training" if is_training else "_inference"
        case(
            module + mode,
            network(
                path,
                [2, size, size, channels],
                scope,
                {"weight_decay": 0.01},
                is_training=is_training,
                dropout_keep_prob=1.0,
            ),
            OWN,
        )


# ResNet v2.

for depth in (50, 101, 152, 200):
    name = f"resnet_v2_{depth}"
    sets = (STEPPED,) if depth == 50 else (STEPPED, LONG)
    case(name, network("resnet_v2." + name, [1, 32, 32, 3], "resnet_arg_scope", num_classes=1000), *sets)


def small_blocks(kit, stride=2):
    block = kit.nets("resnet_v2").resnet_v2_block
    return [
        block("block1", base_depth=1, num_units=3, stride=2),
        block("block2", base_depth=2, num_units=3, stride=2),
        block("block3", base_depth=4, num_units=3, stride=2),
        block("block4", base_depth=8, num_units=2, stride=1),
    ]


def small(shape=(2, 33, 32, 3), scoped=True, **kwargs):
    def program(kit):
        resnet = kit.nets("resnet_v2")
        with kit.slim.arg_scope(resnet.resnet_arg_scope() if scoped else {}):
            net, end_points = resnet.resnet_v2(kit.image(list(shape)), small_blocks(kit), **kwargs)
            return [("net", net)] + list(end_points.items())

    return program


for output_stride in (None, 4, 8, 16, 6, 2, 64):
    case(
        f"resnet_v2_small_stride_{output_stride}",
        small(num_classes=5, output_stride=output_stride, global_pool=False, scope="net"),
    )
case("resnet_v2_small_pooled", small(num_classes=5))
case("resnet_v2_small_inference", small(num_classes=5, is_training=False))
case("resnet_v2_small_features", small())
case("resnet_v2_small_without_arg_scope", small(num_classes=5, scoped=False))
case("resnet_v2_small_no_root", small(num_classes=5, include_root_block=False, output_stride=4))
case("resnet_v2_small_unknown_batch", small((None, 224, 224, 3), num_classes=10), RECORDED)
case(
    "resnet_v2_small_unknown_size",
    small((None, None, None, 3), num_classes=10, global_pool=False, is_training=False),
    RECORDED,
)
case(
    "resnet_v2_small_unknown_size_stride_8",
    small((2, None, None, 3), output_stride=8, global_pool=False),
    RECORDED,
)
case("resnet_v2_small_rank_3", small((33, 32, 3), num_classes=5), RECORDED)
case("resnet_v2_small_squeezed", small(num_classes=5, spatial_squeeze=True), RECORDED, OWN)
for is_training in (True, False):
    case(
        "resnet_v2_50_" + ("training" if is_training else "inference"),
        network(
            "resnet_v2.resnet_v2_50",
            [2, 64, 64, 3],
            "resnet_arg_scope",
            num_classes=10,
            is_training=is_training,
            **({} if is_training else {"output_stride": 8}),
        ),
    )


# DeepLab's ResNets.

for name in ("resnet_v1_18", "resnet_v1_50", "resnet_v1_101"):
    for variant in (name, name + "_beta"):
        sets = (STEPPED, OWN, LONG) if name == "resnet_v1_101" else (STEPPED, OWN)
        case(
            "deeplab_" + variant,
            network("resnet_v1_beta." + variant, [1, 33, 33, 3], num_classes=7, global_pool=True),
            *sets,
        )


def deeplab(function, shape, **kwargs):
    """With the arg_scope of the ResNets, which the beta variants share."""

    def program(kit):
        with kit.slim.arg_scope(kit.nets("resnet_utils").resnet_arg_scope()):
            build = getattr(kit.nets("resnet_v1_beta"), function)
            net, end_points = build(kit.image(list(shape)), **kwargs)
            return [("net", net)] + list(end_points.items())

    return program


for is_training in (True, False, None):
    case(
        f"deeplab_resnet_v1_50_beta_training_{is_training}",
        deeplab(
            "resnet_v1_50_beta",
            [2, 33, 33, 3],
            is_training=is_training,
            output_stride=16,
            multi_grid=[1, 2, 4],
        ),
        OWN,
    )
case(
    "deeplab_resnet_v1_18_beta_computed",
    deeplab("resnet_v1_18_beta", [2, 33, 40, 3], num_classes=4, is_training=True, multi_grid=[1, 2]),
    OWN,
)
case("deeplab_multi_grid_of_2", deeplab("resnet_v1_50_beta", [2, 33, 33, 3], multi_grid=[1, 2]), OWN)
case("deeplab_stride_6", deeplab("resnet_v1_50_beta", [2, 33, 33, 3], output_stride=6), OWN)


# Pix2pix, CycleGAN, DCGAN.


def pix2pix(size, keep_probs, filters=(4, 6, 8), symbolic_batch=False, **kwargs):
    def program(kit):
        module = kit.nets("pix2pix")
        blocks = [module.Block(number, keep_prob) for number, keep_prob in zip(filters, keep_probs)]
        with kit.slim.arg_scope(module.pix2pix_arg_scope()):
            image = kit.image([None if symbolic_batch else 2, size, size, 3])
            net, end_points = module.pix2pix_generator(image, 3, blocks=blocks, **kwargs)
            return [("net", net)] + list(end_points.items())

    return program


for method in ("nn_upsample_conv", "conv2d_transpose"):
    case("pix2pix_" + method, pix2pix(16, (0, 0, 0), upsample_method=method, is_training=True), OWN)
    case(
        "pix2pix_dropout_" + method,
        pix2pix(32, (0.5, 0, 0.5), symbolic_batch=True, upsample_method=method),
        OWN,
        RECORDED,
    )
case("pix2pix_unknown_method", pix2pix(16, (0, 0, 0), upsample_method="nearest"), OWN)
case("pix2pix_one_block", pix2pix(16, (0,)), OWN)
case(
    "pix2pix_default_blocks",
    network("pix2pix.pix2pix_generator", [2, 256, 256, 3], "pix2pix_arg_scope", num_outputs=3),
    OWN,
    RECORDED,
)
discriminator = "pix2pix.pix2pix_discriminator"
for label, kwargs in (
    ("default", {}),
    ("unpadded", {"padding": 0}),
    ("padded_by_1", {"padding": 1, "pad_mode": "CONSTANT", "is_training": True}),
    ("padded_by_half", {"padding": 1.5}),
    ("padded_by_minus_1", {"padding": -1}),
):
    case(
        "pix2pix_discriminator_" + label,
        network(discriminator, [2, 64, 70, 3], "pix2pix_arg_scope", num_filters=[4, 6, 8], **kwargs),
        OWN,
    )
case(
    "pix2pix_discriminator_256",
    network(discriminator, [None, 256, 256, 3], "pix2pix_arg_scope", num_filters=[64, 128, 256, 512]),
    OWN,
    RECORDED,
)


def cyclegan(shape, method=None, arg_scope=None, **kwargs):
    def program(kit):
        module = kit.nets("cyclegan")

        def upsample(net, num_outputs, stride):
            return module.cyclegan_upsample(net, num_outputs, stride, method=method)

        def arg_scope_fn():
            return module.cyclegan_arg_scope(**arg_scope)

        if method is not None:
            kwargs["upsample_fn"] = upsample
        if arg_scope is not None:
            kwargs["arg_scope_fn"] = arg_scope_fn
        net, end_points = module.cyclegan_generator_resnet(kit.image(list(shape)), **kwargs)
        return [("net", net)] + list(end_points.items())

    return program


for method in ("nn_upsample_conv", "bilinear_upsample_conv", "conv2d_transpose", "other"):
    case("cyclegan_" + method, cyclegan((2, 16, 20, 3), method, num_filters=4, num_resnet_blocks=2), OWN)
case("cyclegan_kernel_4", cyclegan((2, 16, 16, 3), num_filters=4, num_resnet_blocks=1, kernel_size=4), OWN)
case(
    "cyclegan_arguments",
    cyclegan(
        (2, 16, 16, 3),
        arg_scope={"weight_decay": 0.1, "instance_norm_scale": False, "instance_norm_epsilon": 0.1},
        num_filters=4,
        num_resnet_blocks=2,
        kernel_size=[3, 5],
        tanh_linear_slope=0.1,
        is_training=True,
    ),
    OWN,
)
case("cyclegan_default", cyclegan((2, 32, 32, 3)), OWN, RECORDED)
case("cyclegan_unknown_batch", cyclegan((None, 32, 32, 3)), OWN, RECORDED)
case("cyclegan_unknown_sizes", cyclegan((2, None, None, 3)), OWN, RECORDED)
case("cyclegan_height_30", cyclegan((None, 30, 32, 3)), OWN, RECORDED)
case("cyclegan_width_31", cyclegan((None, 32, 31, 3)), OWN, RECORDED)

for is_training in (True, False):
    mode = "training" if is_training else "inference"
    for fused in (True, False):
        label = mode + ("_fused" if fused else "")
        kwargs = {"is_training": is_training, "fused_batch_norm": fused, "depth": 4}
        case("dcgan_discriminator_" + label, network("dcgan.discriminator", [3, 16, 16, 3], **kwargs), OWN)
        case("dcgan_generator_" + label, network("dcgan.generator", [3, 5], **kwargs), OWN)
for label, shape in (
    ("rank_3", [5, 32, 32]),
    ("unknown_width", [5, 32, None, 3]),
    ("not_square", [5, 32, 16, 3]),
    ("size_30", [5, 30, 30, 3]),
):
    case("dcgan_discriminator_" + label, network("dcgan.discriminator", shape), OWN, RECORDED)
case("dcgan_discriminator_size_1", network("dcgan.discriminator", [5, 1, 1, 3]), OWN, RECORDED)
case("dcgan_generator_rank_3", network("dcgan.generator", [5, 32, 32]), OWN, RECORDED)
for size in (30, 4, 8, 64):
    case(f"dcgan_generator_size_{size}", network("dcgan.generator", [3, 2], final_size=size), OWN, RECORDED)
case("dcgan_discriminator_default", network("dcgan.discriminator", [None, 32, 32, 3]), OWN, RECORDED)


# NASNet and PNASNet.


def nasnet(build, shape, changes=None, num_classes=10, default_config=True, **kwargs):
    """`changes` of the hyperparameters of `build`."""

    def program(kit):
        module_name = "pnasnet" if build.startswith("pnasnet") else "nasnet"
        module, kind = kit.nets(module_name), build.rpartition("_")[2]
        config = getattr(module, "cifar_config" if kind == "cifar" else kind + "_imagenet_config")()
        for name, value in (changes or {}).items():
            config.set_hparam(name, value)
        with kit.slim.arg_scope(getattr(module, build + "_arg_scope")()):
            net, end_points = getattr(module, "build_" + build)(
                kit.image(list(shape)), num_classes, config=config if changes else None, **kwargs
            )
        return [("net", net)] + list(end_points.items())

    return program


for name, size in (
    ("nasnet_cifar", 32),
    ("nasnet_mobile", 224),
    ("nasnet_large", 331),
    ("pnasnet_mobile", 224),
    ("pnasnet_large", 331),
):
    shape = [1, size, size, 3]
    classes = 10 if name == "nasnet_cifar" else 1001
    case(name, nasnet(name, shape, num_classes=classes), OWN, STEPPED, LONG, SLOW)
    # The auxiliary head needs a size at which something is left.
    small_shape = [2, 32, 32, 3] if name == "nasnet_cifar" else [2, 129, 129, 3]
    few = {
        "num_conv_filters": 12,
        "stem_multiplier": 0.5,
        "num_cells": 3,
        "dense_dropout_keep_prob": 1.0,
        "drop_path_keep_prob": 1.0,
    }
    case(name + "_few_cells", nasnet(name, small_shape, few), OWN)
    if name in ("nasnet_cifar", "pnasnet_mobile"):
        case(name + "_few_cells_inference", nasnet(name, small_shape, few, is_training=False), OWN)
few_dropped = dict(few, drop_path_keep_prob=0.6)
case("nasnet_drop_path", nasnet("nasnet_mobile", [2, 129, 129, 3], few_dropped), OWN, STEPPED)
case("pnasnet_drop_path", nasnet("pnasnet_mobile", [2, 129, 129, 3], few_dropped), OWN, STEPPED)
case(
    "nasnet_bounded",
    nasnet("nasnet_cifar", [2, 32, 32, 3], dict(few, use_bounded_activation=True), is_training=False),
    OWN,
)
case(
    "nasnet_no_auxiliary_head",
    nasnet("nasnet_cifar", [2, 32, 32, 3], dict(few, use_aux_head=0)),
    OWN,
    STEPPED,
)
case(
    "nasnet_channels_first",
    nasnet("nasnet_mobile", [2, 129, 129, 3], dict(few, data_format="NCHW")),
    OWN,
    STEPPED,
)
case(
    "nasnet_odd_filters",
    nasnet("nasnet_cifar", [2, 32, 32, 3], dict(few, num_conv_filters=7), is_training=False),
    OWN,
)
case(
    "nasnet_unknown_batch",
    nasnet("nasnet_cifar", [None, 32, 32, 3], dict(few, drop_path_keep_prob=0.5)),
    OWN,
    RECORDED,
)
for final_endpoint in ("Cell_0", "Reduction_Cell_0", "Logits"):
    case(
        "nasnet_until_" + final_endpoint,
        nasnet("nasnet_cifar", [2, 32, 32, 3], few, final_endpoint=final_endpoint),
        OWN,
        STEPPED,
    )
case("nasnet_features", nasnet("nasnet_cifar", [2, 32, 32, 3], few, num_classes=None), OWN, STEPPED)
case(
    "pnasnet_until_Cell_2",
    nasnet("pnasnet_mobile", [2, 65, 65, 3], few, final_endpoint="Cell_2", is_training=False),
    OWN,
    STEPPED,
)


# I3D and S3D-G.

for name in ("i3d", "s3dg"):
    scope = name + "_arg_scope"
    path = f"{name}.{name}"
    case(name, network(path, [1, 8, 32, 32, 3], scope, num_classes=400, is_training=False), OWN, STEPPED)
    for is_training in (True, False):
        case(
            name + ("_training" if is_training else "_inference"),
            network(
                path,
                [1, 5, 33, 33, 3],
                scope,
                num_classes=5,
                is_training=is_training,
                dropout_keep_prob=1.0,
                spatial_squeeze=is_training,
            ),
            OWN,
        )
    base = name + "." + name + "_base"
    for final_endpoint in ("Conv2d_2c_3x3", "MaxPool_4a_3x3", "Mixed_9z"):
        case(
            f"{name}_until_{final_endpoint}",
            network(base, [1, 8, 32, 32, 3], scope, final_endpoint=final_endpoint),
            OWN,
            STEPPED,
        )
case("i3d_bare", network("i3d.i3d_base", [None, 8, 64, 64, 3]), OWN, RECORDED)
case("i3d_unknown_sizes", network("i3d.i3d", [2, None, None, None, 3], num_classes=3), OWN, RECORDED)
case(
    "i3d_separable_renorm",
    network(
        "i3d.i3d",
        [1, 8, 32, 32, 3],
        "i3d_arg_scope",
        {"use_renorm": True, "separable_conv3d": True},
        num_classes=3,
        is_training=False,
    ),
    OWN,
    STEPPED,
)
for label, kwargs in (
    ("gates_late", {"gating_startat": "Mixed_4c", "temporal_conv_startat": "Mixed_3c"}),
    ("narrow", {"depth_multiplier": 0.2, "min_depth": 8, "first_temporal_kernel_size": 5}),
    ("no_gates", {"gating_startat": None}),
    ("first_kernel_2", {"first_temporal_kernel_size": 2}),
    ("no_depth", {"depth_multiplier": 0.0}),
):
    case(
        "s3dg_" + label,
        network("s3dg.s3dg_base", [1, 8, 32, 32, 3], "s3dg_arg_scope", **kwargs),
        OWN,
        STEPPED,
    )
case(
    "s3dg_channels_first",
    network(
        "s3dg.s3dg",
        [1, 3, 8, 32, 32],
        "s3dg_arg_scope",
        data_format="NCDHW",
        num_classes=3,
        is_training=False,
    ),
    OWN,
    STEPPED,
)

# Recording takes slim_torch time; others of their kind are quicker.
SLOW.update(
    (
        "nasnet_channels_first",
        "nasnet_large_few_cells",
        "nasnet_unknown_batch",
        "overfeat_default_scopes",
        "pix2pix_default_blocks",
        "pnasnet_large_few_cells",
        "vgg_16_features",
        "vgg_19_features",
        "vgg_a_default_scopes",
        "vgg_a_nested",
    )
)
