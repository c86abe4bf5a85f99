"""The residual-network programs that TensorFlow 1.15.5 and slim_torch both run, and how answers are kept.

Runs under Python 3.7 with TensorFlow 1.15.5 (the oracle) and under the project's Python, and imports
neither. A program is called as `program(kit)`; the kit has `tf`, `slim`, `resnet_v1`, `resnet_utils` and
`image(shape)`, and the result is the list of `(name, tensor)` that is looked at, the one that is
differentiated first. Invariant: weights and images are functions of their names alone.
"""

import json
import os
import zlib

import numpy as np
from values import value_for

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = 16


def start_value(name, shape):
    """The value of a variable, such that activations and rounding errors do not grow with depth.

    Weights have the variance `1 / fan_in`. What a unit adds to its shortcut is scaled down: at full
    scale 16 units in training mode amplify rounding errors a thousandfold, and gradients in float32
    differ by a tenth from those in float64.
    """
    value = value_for(name, shape)
    if name.endswith("weights"):
        # A uniform value in [-1, 1) has the variance 1 / 3.
        value = value * np.float32(np.sqrt(3.0 / np.prod(shape[:-1])))
    if name.endswith("conv3/BatchNorm/gamma"):
        value = value * np.float32(0.25)
    return value


def image_value(index, shape):
    return value_for(f"image{index}", shape)


def slope_value(shape):
    """R, in the sum(net * R) that is differentiated."""
    return value_for("slope", shape)


def digest(name, array, whole):
    """`array` as a vector that is small: itself up to `whole` elements, else measures and samples.

    The measures are the largest magnitude, which comes first, the mean and the mean magnitude.
    """
    flat = np.asarray(array, dtype="float64").reshape(-1)
    if flat.size <= whole:
        return flat
    places = np.random.RandomState(zlib.crc32(name.encode()) & 0xFFFFFFFF).randint(0, flat.size, SAMPLES)
    magnitudes = np.abs(flat)
    return np.concatenate([[magnitudes.max(), flat.mean(), magnitudes.mean()], flat[places]])


LISTS = ("variables", "updates", "outputs", "no_gradient")


def save(facts, streams):
    """Writes both files; a list that an earlier program has too is replaced by the id of that program."""
    first, told = {}, {}
    for case_id in sorted(facts):
        told[case_id] = dict(facts[case_id])
        for key in LISTS:
            found = facts[case_id].get(key)
            if found:
                earlier = first.setdefault((key,) + tuple(found), case_id)
                told[case_id][key] = found if earlier == case_id else earlier
    with open(os.path.join(HERE, "resnet_v1.json"), "w") as file:
        json.dump(told, file, indent=0, sort_keys=True)
        file.write("\n")
    np.savez_compressed(os.path.join(HERE, "resnet_v1.npz"), **streams)


def load():
    """The facts and the numbers of each program."""
    with open(os.path.join(HERE, "resnet_v1.json")) as file:
        told = json.load(file)
    facts = {}
    for case_id, found in told.items():
        facts[case_id] = {k: told[v][k] if k in LISTS and isinstance(v, str) else v for k, v in found.items()}
    with np.load(os.path.join(HERE, "resnet_v1.npz")) as file:
        return facts, {key: file[key] for key in file.files}


PROGRAMS = {}
# Those whose arrays are too large to be kept whole.
DIGESTED = set()
# Those of which only names and shapes are asked.
NAMES_ONLY = set()


def case(case_id, program):
    assert case_id not in PROGRAMS, case_id
    PROGRAMS[case_id] = program


def results(net, end_points):
    return [("net", net)] + list(end_points.items())


# The networks.


def network(function, size, batch=2, **kwargs):
    def program(kit):
        with kit.slim.arg_scope(kit.resnet_v1.resnet_arg_scope()):
            return results(*getattr(kit.resnet_v1, function)(kit.image([batch, size, size, 3]), **kwargs))

    return program


for depth in (50, 101, 152, 200):
    name = f"resnet_v1_{depth}"
    case("names_" + name, network(name, 224, num_classes=1000))
    NAMES_ONLY.add("names_" + name)
for case_id, size, kwargs in (
    ("features", 224, {}),
    ("features_not_pooled", 224, {"global_pool": False}),
    ("not_pooled", 224, {"num_classes": 21, "global_pool": False}),
    ("stride_16", 224, {"num_classes": 21, "global_pool": False, "output_stride": 16}),
    ("stride_8", 321, {"num_classes": 21, "global_pool": False, "output_stride": 8}),
    ("stride_4", 224, {"num_classes": 21, "output_stride": 4, "is_training": False}),
    ("stride_32", 321, {"num_classes": 21, "output_stride": 32, "scope": "other"}),
):
    case("names_" + case_id, network("resnet_v1_50", size, **kwargs))
    NAMES_ONLY.add("names_" + case_id)

# Images are such that no ReLU's input is within rounding error of zero: there gradients jump.
for is_training in (True, False):
    mode = "training" if is_training else "inference"
    for stride, size, batch in ((None, 64, 4), (8, 33, 3)):
        case_id = "resnet_v1_50_" + mode + ("" if stride is None else "_stride_8")
        kwargs = {"num_classes": 10, "is_training": is_training, "output_stride": stride}
        case(case_id, network("resnet_v1_50", size, batch, **kwargs))
        DIGESTED.add(case_id)


# conv2d_same.


def strided(size, kernel, stride, rate=1, scoped=False):
    def program(kit):
        x = kit.image([2, size[0], size[1], 2])
        if not scoped:
            return [("net", kit.resnet_utils.conv2d_same(x, 3, kernel, stride, rate=rate, scope="c"))]
        with kit.slim.arg_scope(kit.resnet_utils.resnet_arg_scope()):
            return [("net", kit.resnet_utils.conv2d_same(x, 3, kernel, stride, rate))]

    return program


SAME_CASES = [((8, 8), k, s, 1) for k in (1, 2, 3, 5, 7) for s in (2, 3)]
SAME_CASES += [((7, 6), k, s, 1) for k in (1, 2, 3, 4, 5, 6, 7) for s in (2, 3)]
SAME_CASES += [((8, 7), k, 1, r) for k in (2, 3) for r in (1, 2, 3)]
SAME_CASES += [((9, 8), 3, 4, 1), ((9, 10), 7, 5, 1), ((3, 2), 7, 2, 1), ((1, 1), 3, 2, 1), ((1, 4), 5, 3, 1)]
SAME_CASES += [((8, 8), 3, 2, 2), ((8, 8), 1, 2, 2), ((8, 8), [3, 3], 1, 1), ((8, 8), [3, 3], 2, 1)]
for same_size, same_kernel, same_stride, same_rate in SAME_CASES:
    label = "x".join(map(str, same_kernel)) if isinstance(same_kernel, list) else same_kernel
    case(
        f"conv2d_same_{same_size[0]}x{same_size[1]}_kernel_{label}_stride_{same_stride}_rate_{same_rate}",
        strided(same_size, same_kernel, same_stride, same_rate),
    )
case("conv2d_same_in_arg_scope", strided((8, 8), 3, 2, scoped=True))
case("conv2d_same_in_arg_scope_stride_1", strided((8, 8), 3, 1, 2, scoped=True))


# subsample.


def subsampled(size, factor):
    def program(kit):
        x = kit.image([2, size[0], size[1], 2])
        first = kit.resnet_utils.subsample(x, factor)
        with kit.slim.arg_scope(kit.resnet_utils.resnet_arg_scope()):
            return [("net", first), ("scoped", kit.resnet_utils.subsample(x, factor, scope="s"))]

    return program


for sub_size, factor in (((8, 8), 1), ((8, 7), 2), ((9, 8), 3), ((4, 5), 6)):
    case(f"subsample_{sub_size[0]}x{sub_size[1]}_by_{factor}", subsampled(sub_size, factor))


# stack_blocks_dense.


def units(depth, depth_bottleneck, strides):
    return [{"depth": depth, "depth_bottleneck": depth_bottleneck, "stride": stride} for stride in strides]


def three_blocks(kit, names=("a", "b", "c")):
    make, unit = kit.resnet_utils.Block, kit.resnet_v1.bottleneck
    return [
        make(names[0], unit, units(8, 2, [1, 2])),
        make(names[1], unit, units(12, 3, [1, 1, 2])),
        make(names[2], unit, units(12, 2, [1, 1])),
    ]


def stacked(output_stride, make_blocks=three_blocks, size=(13, 16), collect=True):
    def program(kit):
        x = kit.image([2, size[0], size[1], 4])
        with kit.slim.arg_scope(kit.resnet_utils.resnet_arg_scope()):
            collections = "outputs" if collect else None
            net = kit.resnet_utils.stack_blocks_dense(x, make_blocks(kit), output_stride, collections)
        found = kit.slim.utils.convert_collection_to_dict("outputs")
        return results(net, found)

    return program


def plain_unit(kit):
    """A unit without a `stride` of its own."""

    def unit(net, width, rate, stride=1):
        return kit.slim.conv2d(net, width, 3, stride=stride, rate=rate, scope="only")

    return unit


def plain_blocks(kit):
    make, unit = kit.resnet_utils.Block, plain_unit(kit)
    return [
        make("a", unit, [{"width": 3}, {"width": 4, "stride": 2}]),
        make("b", unit, [{"width": 4}, {"width": 3, "stride": 3}, {"width": 2}]),
    ]


def unnamed_blocks(kit):
    return three_blocks(kit, (None, "a", None))


def repeated_blocks(kit):
    return three_blocks(kit, ("a", "b", "a"))


for output_stride in (None, 1, 2, 4, 8, 3, 0):
    case(f"stack_stride_{output_stride}", stacked(output_stride))
for output_stride in (None, 1, 2, 6, 3):
    case(f"stack_plain_units_stride_{output_stride}", stacked(output_stride, plain_blocks))
case("stack_no_collections", stacked(2, collect=False))
case("stack_unnamed_blocks", stacked(None, unnamed_blocks))
case("stack_repeated_block_name", stacked(None, repeated_blocks))
case("stack_nothing_stride_None", stacked(None, lambda kit: []))
case("stack_nothing_stride_1", stacked(1, lambda kit: []))
case("stack_nothing_stride_2", stacked(2, lambda kit: []))


# bottleneck alone.


def one_bottleneck(depth, stride, rate=1, scope=None, arg_scope=True):
    def program(kit):
        x = kit.image([2, 7, 8, 4])
        with kit.slim.arg_scope(kit.resnet_utils.resnet_arg_scope() if arg_scope else {}):
            net = kit.resnet_v1.bottleneck(
                x, depth, 2, stride, rate=rate, outputs_collections="outputs", scope=scope
            )
        return results(net, kit.slim.utils.convert_collection_to_dict("outputs"))

    return program


case("bottleneck_identity", one_bottleneck(4, 1))
case("bottleneck_subsampled", one_bottleneck(4, 2, scope="unit"))
case("bottleneck_projected", one_bottleneck(6, 2))
case("bottleneck_dilated", one_bottleneck(6, 1, rate=2))
case("bottleneck_strided_and_dilated", one_bottleneck(6, 2, rate=2))
case("bottleneck_without_arg_scope", one_bottleneck(6, 2, arg_scope=False))


# resnet_v1 with blocks of one's own.


def small_blocks(kit):
    return [
        kit.resnet_v1.resnet_v1_block("block1", base_depth=4, num_units=2, stride=2),
        kit.resnet_v1.resnet_v1_block("block2", base_depth=6, num_units=2, stride=2),
        kit.resnet_v1.resnet_v1_block("block3", base_depth=6, num_units=1, stride=1),
    ]


def small(shape=(2, 33, 32, 3), arg_scope=None, **kwargs):
    def program(kit):
        defaults = {} if arg_scope == "none" else kit.resnet_v1.resnet_arg_scope(**(arg_scope or {}))
        with kit.slim.arg_scope(defaults):
            x = kit.image(list(shape))
            return results(*kit.resnet_v1.resnet_v1(x, small_blocks(kit), **kwargs))

    return program


for output_stride in (None, 4, 8, 16, 6, 2, 32, 64):
    case(
        f"small_stride_{output_stride}",
        small(num_classes=5, output_stride=output_stride, global_pool=False, scope="net"),
    )
for output_stride in (None, 1, 2, 4, 3, 8):
    case(
        f"small_no_root_stride_{output_stride}",
        small((2, 17, 16, 3), num_classes=5, output_stride=output_stride, include_root_block=False),
    )
case("small_pooled", small(num_classes=5))
case("small_pooled_inference", small(num_classes=5, is_training=False))
case("small_features", small())
case("small_features_not_pooled", small(global_pool=False))
case("small_without_arg_scope", small(num_classes=5, arg_scope="none"))
case(
    "small_arg_scope_arguments",
    small(
        num_classes=5,
        arg_scope={
            "weight_decay": 0.01,
            "batch_norm_decay": 0.8,
            "batch_norm_epsilon": 0.1,
            "batch_norm_scale": False,
        },
    ),
)
case("small_no_weight_decay", small(num_classes=5, arg_scope={"weight_decay": 0.0}))
case("small_one_image_of_one_pixel", small((1, 1, 1, 3), num_classes=5))
case("small_rank_3", small((33, 32, 3), num_classes=5))
case("small_reuse_of_nothing", small(num_classes=5, reuse=True, scope="net"))


def small_twice(first, second, outer=None):
    def program(kit):
        def both():
            with kit.slim.arg_scope(kit.resnet_v1.resnet_arg_scope()):
                x = kit.image([2, 32, 32, 3])
                kit.resnet_v1.resnet_v1(x, small_blocks(kit), 4, **first)
                return results(*kit.resnet_v1.resnet_v1(x, small_blocks(kit), 4, **second))

        if outer is None:
            return both()
        with kit.tf.variable_scope(outer):
            return both()

    return program


case("twice_default_scope", small_twice({}, {}))
case("twice_default_scope_nested", small_twice({}, {}, outer="outer"))
case("twice_same_scope", small_twice({"scope": "net"}, {"scope": "net"}))
case("twice_reused", small_twice({"scope": "net"}, {"scope": "net", "reuse": True}))
case("twice_reused_nested", small_twice({"scope": "net"}, {"scope": "net", "reuse": True}, outer="outer"))
case(
    "twice_training_then_inference",
    small_twice({"scope": "net"}, {"scope": "net", "reuse": True, "is_training": False}),
)


# What resnet_arg_scope holds.


def layers_in_arg_scope(**kwargs):
    def program(kit):
        with kit.slim.arg_scope(kit.resnet_utils.resnet_arg_scope(**kwargs)):
            x = kit.image([2, 6, 7, 3])
            pooled = kit.slim.max_pool2d(x, [3, 3], stride=2)
            net = kit.slim.conv2d(kit.slim.batch_norm(pooled), 4, 3)
            bare = kit.slim.conv2d(net, 2, 1, normalizer_fn=None, activation_fn=None)
            average = kit.slim.avg_pool2d(net, 2)
            return [("net", bare), ("pooled", pooled), ("normalized", net), ("average", average)]

    return program


case("arg_scope_defaults", layers_in_arg_scope())
case("arg_scope_weight_decay", layers_in_arg_scope(weight_decay=0.5))
case("arg_scope_batch_norm", layers_in_arg_scope(batch_norm_decay=0.5, batch_norm_epsilon=0.01))
case("arg_scope_unscaled", layers_in_arg_scope(batch_norm_scale=False))
