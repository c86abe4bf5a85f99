"""The normalization programs that TensorFlow 1.15.5 answered, and how its answers are packed.

Read by `make_batch_norm.py` under the oracle's Python 3.7 and by the tests under the project's
Python; holds plain data only, so nothing here imports TensorFlow or PyTorch. Variables, inputs and
weights are never stored: `start_value` and `input_value` give them by name on both sides.

A case is a dictionary:
  id, function, shape, dtype: what is called, on what.
  kwargs: arguments as plain data. `activation_fn` is the name of an activation,
    `param_initializers` maps to a constant, `param_regularizers` to a list of kind and scale,
    `batch_weights: True` stands for `weights_value`, `adjustment` for `adjustment_values`.
  steps: the value of is_training at each step (None where the function has no such argument).
  feed_training: is_training is a 0-d bool tensor that is fed, not a Python bool.
  keep_initial: variables start from their initializers, not from `start_value`.
  calls: one dictionary of overriding arguments for each call in the step.
  scope: arguments of an enclosing `variable_scope` (initializer a constant, regularizer a pair).
"""

import json
import os

import numpy as np
from values import value_for

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGE = [3, 3, 2, 4]
CASES = []


def add(name, shape=None, steps=(True, True, False), **kwargs):
    """Append a batch_norm case; arguments that are not batch_norm's own are taken out of `kwargs`."""
    extras = {}
    for key in ("feed_training", "keep_initial", "calls", "scope_args", "dtype", "function"):
        if key in kwargs:
            extras[key] = kwargs.pop(key)
    if any(word in name for word in ("gamma", "variance", "stddev")):
        raise ValueError(f"case id {name!r} holds a word that value_for takes for a positive quantity")
    if name in [case["id"] for case in CASES]:
        raise ValueError(f"two cases have the id {name!r}")
    CASES.append(
        {
            "id": name,
            "function": extras.get("function", "batch_norm"),
            "shape": list(IMAGE if shape is None else shape),
            "dtype": extras.get("dtype", "float32"),
            "kwargs": kwargs,
            "steps": list(steps),
            "feed_training": extras.get("feed_training", False),
            "keep_initial": extras.get("keep_initial", False),
            "calls": extras.get("calls", [{}]),
            "scope": extras.get("scope_args"),
        }
    )


def start_value(name, shape):
    """What variable `name` (an op name) holds before the first step."""
    if name.endswith("local_step"):
        return np.asarray(3.0, "float32")
    return value_for(name, shape)


def input_value(case, step, call):
    """The input of one call, spread out and off centre so that a moving average is seen to move."""
    values = value_for(f"input/{case['id']}/{step}/{call}", case["shape"])
    return (values * (1.5 + step) + 0.25 * (step + 1)).astype(case["dtype"])


def output_weight(case, step, call, shape):
    """R of the scalar sum(output * R) whose gradients are compared."""
    return value_for(f"output/{case['id']}/{step}/{call}", shape).astype(case["dtype"])


def weights_value(case):
    """batch_weights: one positive number per example."""
    return value_for(f"stddev/{case['id']}", case["shape"][:1])


def adjustment_values(case):
    """The constant (scale, bias) that the case's adjustment function gives."""
    shape = [1] * len(case["shape"])
    shape[-1] = case["shape"][-1]
    if case["kwargs"]["adjustment"] == "per_example":
        shape[0] = case["shape"][0]
    return value_for("stddev/adjustment", shape), value_for("adjustment_bias", shape)


def save(answers, arrays, stem="batch_norm"):
    """Write `answers` (JSON) and `arrays` ({case id: {key: array}}, packed in order in float32)."""
    index, flat = {}, []
    for case in sorted(arrays):
        keys = sorted(arrays[case])
        index[case] = [[key, list(arrays[case][key].shape)] for key in keys]
        flat += [arrays[case][key].astype("float32").ravel() for key in keys]
    np.savez_compressed(os.path.join(HERE, stem + ".npz"), values=np.concatenate(flat))
    with open(os.path.join(HERE, stem + ".json"), "w") as file:
        json.dump({"answers": answers, "index": index}, file, sort_keys=True, separators=(",", ":"))
        file.write("\n")


def load(stem="batch_norm"):
    """Read back what `save` wrote: (answers, arrays)."""
    with open(os.path.join(HERE, stem + ".json")) as file:
        content = json.load(file)
    flat = np.load(os.path.join(HERE, stem + ".npz"))["values"]
    arrays, start = {}, 0
    for case in sorted(content["index"]):
        arrays[case] = {}
        for key, shape in content["index"][case]:
            size = int(np.prod(shape))
            arrays[case][key] = flat[start : start + size].reshape(shape)
            start += size
    return content["answers"], arrays


# --- which path computes: rank, fused and updates_collections ------------------------------------
for rank, shape in [(2, [6, 4]), (3, [3, 5, 4]), (4, IMAGE), (5, [2, 3, 2, 2, 4])]:
    for fused_name, fused in [("none", None), ("true", True), ("false", False)]:
        for updates_name, updates in [("ops", "update_ops"), ("custom", "mine"), ("at_once", None)]:
            add(
                f"rank{rank}_fused_{fused_name}_updates_{updates_name}",
                shape,
                scale=True,
                decay=0.9,
                fused=fused,
                updates_collections=updates,
            )
    for updates_name, updates in [("ops", "update_ops"), ("custom", "mine"), ("at_once", None)]:
        add(
            f"rank{rank}_fed_training_updates_{updates_name}",
            shape,
            scale=True,
            decay=0.8,
            updates_collections=updates,
            feed_training=True,
        )
add("fed_training_unfused", scale=True, decay=0.8, fused=False, feed_training=True)
add("fed_training_unfused_rank2", [6, 4], decay=0.8, fused=False, feed_training=True)
add("fed_training_no_scale", decay=0.8, feed_training=True, steps=(True, False, True))
add("fed_training_begins_false", decay=0.8, feed_training=True, steps=(False, True, False))

# --- a single value per channel ----------------------------------------------------------------
for rank, shape in [(2, [1, 4]), (3, [1, 1, 4]), (4, [1, 1, 1, 4])]:
    for fused_name, fused in [("none", None), ("false", False)]:
        for updates_name, updates in [("ops", "update_ops"), ("at_once", None)]:
            add(
                f"one_value_rank{rank}_fused_{fused_name}_updates_{updates_name}",
                shape,
                decay=0.7,
                fused=fused,
                updates_collections=updates,
            )
add("one_value_fed_training", [1, 1, 1, 4], decay=0.7, feed_training=True)
add("two_values", [2, 1, 1, 4], decay=0.7)
add("rank1", [4], decay=0.7)

# --- decay, center, scale, epsilon, activation -------------------------------------------------
for decay in (0.0, 0.5, 0.997, 1.0):
    add(f"decay_{decay:g}", decay=decay)
for decay in (0.0, 0.5):
    add(f"decay_{decay:g}_rank2", [6, 4], decay=decay)
for center in (True, False):
    for scale in (True, False):
        tail = f"center_{center}_scale_{scale}"
        add(tail, decay=0.9, center=center, scale=scale)
        add(tail + "_rank2", [6, 4], decay=0.9, center=center, scale=scale)
        add(tail + "_unfused", decay=0.9, center=center, scale=scale, fused=False)
        add(tail + "_at_once", decay=0.9, center=center, scale=scale, updates_collections=None)
for epsilon in (1e-6, 1.001e-5, 0.1):
    add(f"epsilon_{epsilon:g}", [3, 2, 2, 4], decay=0.9, epsilon=epsilon)
    add(f"epsilon_{epsilon:g}_rank2", [6, 4], decay=0.9, epsilon=epsilon)
    add(f"epsilon_{epsilon:g}_unfused", [3, 2, 2, 4], decay=0.9, epsilon=epsilon, fused=False)
for path, arguments in [
    ("core", {}),
    ("rank2", {"shape": [6, 4]}),
    ("at_once", {"updates_collections": None}),
    ("unfused", {"fused": False}),
]:
    # Where the epsilon counts: a moving average as small as it.
    add("epsilon_1e-06_small_average_" + path, epsilon=1e-6, steps=(False,), keep_initial=True,
        param_initializers={"moving_variance": 1e-5}, **arguments)  # fmt: skip
for activation in ("relu", "relu6", "tanh"):
    add(f"activation_{activation}", activation_fn=activation, scale=True)
    add(f"activation_{activation}_at_once", [6, 4], activation_fn=activation, updates_collections=None)
add("inference_only", scale=True, steps=(False, False))
add("inference_only_rank2", [6, 4], scale=True, steps=(False, False))
add("inference_only_unfused", scale=True, fused=False, steps=(False,))
add("inference_no_parameters", center=False, scale=False, steps=(False,))

# --- initializers and regularizers --------------------------------------------------------------
INITIALIZERS = {"beta": 0.5, "gamma": 2.0, "moving_mean": 0.25, "moving_variance": 3.0}
REGULARIZERS = {"beta": ["l2", 0.1], "gamma": ["l1", 0.2]}
for path, arguments in [
    ("core", {}),
    ("rank2", {"shape": [6, 4]}),
    ("at_once", {"updates_collections": None}),
    ("rank3_at_once", {"shape": [3, 5, 4], "updates_collections": None}),
    ("rank3", {"shape": [3, 5, 4]}),
]:
    add("initializers_" + path, keep_initial=True, scale=True, param_initializers=INITIALIZERS, **arguments)
    add("regularizers_" + path, scale=True, param_regularizers=REGULARIZERS, **arguments)
add("initializers_partial", keep_initial=True, scale=True, param_initializers={"gamma": 0.0})
add("initializers_renorm", keep_initial=True, renorm=True, param_initializers=INITIALIZERS)
add("initializers_unknown_name", param_initializers={"gama": 1.0})
add("regularizers_unknown_name", param_regularizers={"moving_mean": ["l2", 0.1]})
add("regularizers_frozen", scale=True, trainable=False, param_regularizers=REGULARIZERS)
for path, arguments in [
    ("core", {}),
    ("rank2", {"shape": [6, 4]}),
    ("rank3_at_once", {"shape": [3, 5, 4], "updates_collections": None}),
]:
    add("scope_initializer_" + path, scale=True, keep_initial=True,
        scope_args={"name": "net", "initializer": 0.75}, **arguments)  # fmt: skip
    add("scope_regularizer_" + path, scale=True,
        scope_args={"name": "net", "regularizer": ["l2", 0.1]}, **arguments)  # fmt: skip
    add("regularizers_in_scope_" + path, scale=True, param_regularizers=REGULARIZERS,
        scope_args={"name": "net", "regularizer": ["l2", 0.3]}, **arguments)  # fmt: skip
    add("listed_late_" + path, scale=True, calls=[
        {"scope": "bn"}, {"scope": "bn", "reuse": True, "variables_collections": ["late"]}], **arguments)  # fmt: skip

# --- batch_weights -----------------------------------------------------------------------------
for rank, shape in [(2, [6, 4]), (3, [3, 5, 4]), (4, IMAGE)]:
    add(f"weighted_rank{rank}", shape, batch_weights=True, scale=True, decay=0.9)
add("weighted_rank5", [2, 3, 2, 2, 4], batch_weights=True, scale=True, decay=0.9)
add("weighted_at_once", batch_weights=True, scale=True, decay=0.9, updates_collections=None)
add("weighted_custom", batch_weights=True, decay=0.9, updates_collections="mine")
add("weighted_fused", batch_weights=True, scale=True, decay=0.9, fused=True)
add("weighted_fed_training", batch_weights=True, scale=True, decay=0.9, feed_training=True)
add("weighted_nchw", [3, 4, 2, 2], batch_weights=True, scale=True, decay=0.9, data_format="NCHW")
add("weighted_zero_debias", batch_weights=True, decay=0.9, zero_debias_moving_mean=True)
add("weighted_inference", batch_weights=True, steps=(False,))

# --- zero_debias_moving_mean ----------------------------------------------------------------------
for path, arguments in [
    ("core", {}),
    ("rank2", {"shape": [6, 4]}),
    ("rank3", {"shape": [3, 5, 4]}),
    ("rank5", {"shape": [2, 3, 2, 2, 4]}),
    ("unfused", {"fused": False}),
    ("at_once", {"updates_collections": None}),
    ("rank3_at_once", {"shape": [3, 5, 4], "updates_collections": None}),
    ("custom", {"updates_collections": "mine"}),
    ("frozen", {"trainable": False}),
    ("scoped", {"scope": "bn"}),
    ("in_scope", {"scope_args": {"name": "net"}}),
    ("twice", {"calls": [{"scope": "bn"}, {"scope": "bn", "reuse": True}]}),
]:
    add("zero_debias_" + path, decay=0.9, zero_debias_moving_mean=True, keep_initial=path != "core",
        steps=(True, True, True, False), **arguments)  # fmt: skip
add(
    "zero_debias_fed_training", decay=0.9, zero_debias_moving_mean=True, keep_initial=True, feed_training=True
)
add("zero_debias_collections_rank3", [3, 5, 4], zero_debias_moving_mean=True, keep_initial=True,
    variables_collections=["a"])  # fmt: skip
add("zero_debias_collections", zero_debias_moving_mean=True, keep_initial=True, variables_collections=["a"])

# --- renorm ---------------------------------------------------------------------------------------
CLIPPING = {"rmax": 1.5, "rmin": 0.7, "dmax": 0.3}
for rank, shape in [(2, [6, 4]), (3, [3, 5, 4]), (4, IMAGE), (5, [2, 3, 2, 2, 4])]:
    add(f"renorm_rank{rank}", shape, steps=(True, True, True, False), renorm=True, scale=True, decay=0.9)
    add(f"renorm_clipped_rank{rank}", shape, steps=(True, True, True, False), renorm=True, scale=True,
        decay=0.9, renorm_clipping=CLIPPING, renorm_decay=0.8)  # fmt: skip
for key in ("rmax", "rmin", "dmax"):
    add(f"renorm_only_{key}", renorm=True, decay=0.9, renorm_clipping={key: CLIPPING[key]}, renorm_decay=0.5)
add("renorm_from_initial_values", steps=(True, True, True, False), renorm=True, keep_initial=True, decay=0.9)
add("renorm_from_initial_values_clipped", steps=(True, True, True, False), renorm=True, keep_initial=True,
    renorm_clipping=CLIPPING, renorm_decay=0.5)  # fmt: skip
add("renorm_no_parameters", renorm=True, center=False, scale=False, decay=0.9)
add("renorm_scale_only", renorm=True, center=False, scale=True, decay=0.9)
add("renorm_center_only", renorm=True, center=True, scale=False, decay=0.9)
add("renorm_frozen", renorm=True, trainable=False, scale=True)
add("renorm_fed_training", renorm=True, scale=True, decay=0.9, feed_training=True)
add("renorm_fed_training_clipped", renorm=True, decay=0.9, feed_training=True, renorm_clipping=CLIPPING)
add("renorm_inference", renorm=True, scale=True, steps=(False,))
add("renorm_fused_true", renorm=True, scale=True, fused=True)
add("renorm_nchw", [3, 4, 2, 2], renorm=True, scale=True, data_format="NCHW", decay=0.9)
add("renorm_epsilon", renorm=True, scale=True, epsilon=0.2, decay=0.9)
add("renorm_reused", renorm=True, decay=0.9, calls=[{"scope": "bn"}, {"scope": "bn", "reuse": True}])
add("renorm_empty_clipping", renorm=True, renorm_clipping={})

# --- adjustment -------------------------------------------------------------------------------------
for kind in ("per_channel", "per_example"):
    add(f"adjustment_{kind}", adjustment=kind, scale=True, decay=0.9)
    add(f"adjustment_{kind}_rank2", [6, 4], adjustment=kind, scale=True, decay=0.9)
add("adjustment_rank3", [3, 5, 4], adjustment="per_channel", decay=0.9)
add("adjustment_no_parameters", adjustment="per_channel", center=False)
add("adjustment_center_only", adjustment="per_channel", center=True)
add("adjustment_fused_true", adjustment="per_channel", scale=True, fused=True)
add("adjustment_at_once", adjustment="per_channel", scale=True, updates_collections=None)
add("adjustment_weighted", adjustment="per_channel", batch_weights=True)
add("adjustment_renorm", adjustment="per_channel", scale=True, renorm=True)
add("adjustment_fed_training", adjustment="per_channel", scale=True, feed_training=True)
add("adjustment_inference", adjustment="per_channel", scale=True, steps=(False,))

# --- data_format -------------------------------------------------------------------------------------
for path, arguments in [
    ("core", {}),
    ("fused", {"fused": True}),
    ("unfused", {"fused": False}),
    ("at_once", {"updates_collections": None}),
    ("unfused_at_once", {"updates_collections": None, "fused": False}),
    ("zero_debias", {"zero_debias_moving_mean": True, "keep_initial": True}),
    ("no_scale", {"scale": False}),
    ("frozen", {"trainable": False}),
]:
    arguments = dict({"scale": True}, **arguments)
    add("nchw_" + path, [3, 4, 5, 2], decay=0.9, data_format="NCHW", **arguments)
for rank, shape in [(2, [6, 4]), (3, [3, 4, 5]), (5, [2, 4, 3, 2, 2])]:
    add(f"nchw_rank{rank}", shape, scale=True, decay=0.9, data_format="NCHW")
    add(f"nchw_rank{rank}_at_once", shape, scale=True, decay=0.9, data_format="NCHW",
        updates_collections=None)  # fmt: skip

# --- trainable, reuse, collections, scopes -----------------------------------------------------------
for path, arguments in [
    ("core", {}),
    ("rank2", {"shape": [6, 4]}),
    ("rank2_unfused", {"shape": [6, 4], "fused": False}),
    ("rank3", {"shape": [3, 5, 4]}),
    ("at_once", {"updates_collections": None}),
    ("custom", {"updates_collections": "mine"}),
    ("rank3_at_once", {"shape": [3, 5, 4], "updates_collections": None}),
    ("weighted", {"batch_weights": True}),
]:
    add("frozen_" + path, scale=True, trainable=False, decay=0.9, **arguments)
    add("listed_" + path, scale=True, variables_collections=["first", "second"], **arguments)
    add("mapped_" + path, scale=True, outputs_collections="ends", **dict(
        arguments, variables_collections={"beta": ["b", "both"], "moving_mean": ["m", "both"]}))  # fmt: skip
    add("reused_" + path, scale=True, variables_collections=["a"],
        calls=[{"scope": "bn"}, {"scope": "bn", "reuse": True}], **arguments)  # fmt: skip
    add("called_twice_" + path, calls=[{}, {}], **arguments)
add("frozen_fed_training", scale=True, trainable=False, decay=0.9, feed_training=True)
add("frozen_fed_training_rank2", [6, 4], scale=True, trainable=False, decay=0.9, feed_training=True)
add("frozen_unfused", scale=True, trainable=False, decay=0.9, fused=False)
add("frozen_inference", scale=True, trainable=False, steps=(False,))
add("mapped_string", variables_collections={"beta": "b", "moving_mean": "m"})
add("mapped_all", scale=True, variables_collections={
    "beta": ["b"], "gamma": ["g"], "moving_mean": ["m"], "moving_variance": ["v"]})  # fmt: skip
add("mapped_renorm", renorm=True, variables_collections={"beta": ["b"], "moving_mean": ["m"]})
add("listed_renorm", renorm=True, variables_collections=["a"])
add("outputs_in_two_collections", outputs_collections=["ends", "more"], activation_fn="relu")
add("scope_given", scope="norm", scale=True)
add("scope_nested", scope="norm", scale=True, scope_args={"name": "net"})
add("reuse_shares_regularizers", scale=True, param_regularizers=REGULARIZERS,
    calls=[{"scope": "bn"}, {"scope": "bn", "reuse": True}])  # fmt: skip
add("reuse_from_scope", scale=True, scope_args={"name": "net", "reuse": "auto"},
    calls=[{"scope": "bn"}, {"scope": "bn"}])  # fmt: skip
add("updates_in_two_collections", [3, 2, 2, 4], updates_collections=["one", "two"])
add("updates_in_ops_as_list", [3, 2, 2, 4], updates_collections=["update_ops"])

# --- dtypes ------------------------------------------------------------------------------------------
add("float16", dtype="float16", scale=True, decay=0.9)
add("float16_rank2", [6, 4], dtype="float16", scale=True, decay=0.9)
add("float16_at_once", dtype="float16", scale=True, decay=0.9, updates_collections=None)
add("float16_inference", dtype="float16", scale=True, steps=(False,))
add("float16_unfused", dtype="float16", scale=True, decay=0.9, fused=False)
add("float64_rank3", [3, 5, 4], dtype="float64", scale=True, decay=0.9)
add("float64_unfused", dtype="float64", scale=True, decay=0.9, fused=False)

# --- what is refused ----------------------------------------------------------------------------------
add("refuses_data_format", data_format="NWC")
add("refuses_data_format_rank2", [6, 4], data_format="channels_last")
add("refuses_clipping_keys", renorm=True, renorm_clipping={"foo": 1.0, "rmax": 2.0})
add("ignores_clipping_without_renorm", renorm_clipping={"foo": 1.0})
add("refuses_renorm_at_once", renorm=True, updates_collections=None)
add("refuses_renorm_custom", renorm=True, updates_collections="mine")
add("refuses_renorm_weighted", renorm=True, batch_weights=True)
add("refuses_renorm_zero_debias", renorm=True, zero_debias_moving_mean=True)
add("refuses_renorm_inference_at_once", renorm=True, updates_collections=None, steps=(False,))
add("refuses_reuse_without_scope", reuse=True)
add("refuses_reuse_of_nothing", reuse=True, scope="bn")
add("refuses_reuse_of_nothing_rank2", [6, 4], reuse=True, scope="bn")
add("refuses_second_creation", calls=[{"scope": "bn"}, {"scope": "bn"}])
add("refuses_second_creation_rank2", [6, 4], calls=[{"scope": "bn"}, {"scope": "bn"}])
add("refuses_integers", [6, 4], dtype="int32")
add("refuses_rank0", [])
add("refuses_rank0_at_once", [], updates_collections=None)


# --- the relatives: one step, nothing to update ---------------------------------------------------------
def relative(function, name, shape, **kwargs):
    """Append a case of layer_norm, instance_norm or group_norm."""
    add(f"{function}_{name}", shape, steps=[None], function=function, **kwargs)


for shape in ([3, 8], [3, 5, 4], IMAGE, [2, 3, 2, 2, 4]):
    relative("layer_norm", f"rank{len(shape)}", shape)
for center in (True, False):
    for scale in (True, False):
        relative("layer_norm", f"center_{center}_scale_{scale}", IMAGE, center=center, scale=scale)
for norm_axis, params_axis in [
    (1, 1),
    (2, -1),
    (2, 2),
    (3, 3),
    (-1, -1),
    (-2, -1),
    (-3, -3),
    (1, 2),
    (2, 1),
    (3, -3),
]:
    name = f"norm_axis_{norm_axis}_params_axis_{params_axis}"
    relative("layer_norm", name, IMAGE, begin_norm_axis=norm_axis, begin_params_axis=params_axis)
relative("layer_norm", "norm_axis_0", IMAGE, begin_norm_axis=0)
relative("layer_norm", "norm_axis_too_large", IMAGE, begin_norm_axis=4)
relative("layer_norm", "params_axis_too_large", IMAGE, begin_params_axis=4)
relative("layer_norm", "axes_too_small", IMAGE, begin_norm_axis=-5, begin_params_axis=-5)
relative("layer_norm", "rank2_params_all", [3, 8], begin_params_axis=1)
relative("layer_norm", "activation", IMAGE, activation_fn="relu", outputs_collections="ends")
relative("layer_norm", "collections", IMAGE, variables_collections={"beta": ["b"], "gamma": ["g"]})
relative("layer_norm", "frozen", IMAGE, trainable=False)
relative("layer_norm", "reused", IMAGE, calls=[{"scope": "ln"}, {"scope": "ln", "reuse": True}])
relative("layer_norm", "called_twice", [3, 8], calls=[{}, {}])
relative("layer_norm", "scope_regularizer", [3, 8], scope_args={"name": "net", "regularizer": ["l2", 0.1]})
relative("layer_norm", "rank1", [4])
relative("layer_norm", "float16", [3, 8], dtype="float16")

for shape in ([3, 5, 4], IMAGE, [2, 3, 2, 2, 4]):
    relative("instance_norm", f"rank{len(shape)}", shape)
    relative("instance_norm", f"nchw_rank{len(shape)}", shape, data_format="NCHW")
for center in (True, False):
    for scale in (True, False):
        relative("instance_norm", f"center_{center}_scale_{scale}", IMAGE, center=center, scale=scale)
relative("instance_norm", "epsilon", IMAGE, epsilon=0.1)
relative("instance_norm", "one_value", [2, 1, 1, 4], epsilon=0.01)
relative("instance_norm", "rank2", [3, 8], epsilon=0.01)
relative("instance_norm", "rank1", [4])
relative("instance_norm", "data_format", IMAGE, data_format="NWC")
relative("instance_norm", "activation", IMAGE, activation_fn="relu", outputs_collections=["ends"])
relative(
    "instance_norm", "initializers", IMAGE, param_initializers={"beta": 0.5, "gamma": 2.0}, keep_initial=True
)
relative("instance_norm", "collections", IMAGE, variables_collections={"beta": ["b"], "gamma": ["g"]})
relative("instance_norm", "frozen", IMAGE, trainable=False)
relative("instance_norm", "reused", IMAGE, calls=[{"scope": "n"}, {"scope": "n", "reuse": True}])
relative("instance_norm", "float16", IMAGE, dtype="float16")

WIDE = [2, 4, 3, 12]
for groups in (1, 2, 3, 4, 6, 12):
    relative("group_norm", f"groups_{groups}", WIDE, groups=groups)
relative("group_norm", "default_groups", [2, 3, 2, 64])
for center in (True, False):
    for scale in (True, False):
        name = f"center_{center}_scale_{scale}"
        relative("group_norm", name, WIDE, groups=3, center=center, scale=scale)
relative("group_norm", "channels_first", [2, 12, 4, 3], groups=3, channels_axis=-3, reduction_axes=[-2, -1])
relative(
    "group_norm", "channels_first_positive", [2, 12, 4, 3], groups=3, channels_axis=1, reduction_axes=[2, 3]
)
relative(
    "group_norm", "channels_in_the_middle", [2, 4, 12, 3], groups=3, channels_axis=2, reduction_axes=[1, 3]
)
relative("group_norm", "one_reduction_axis", WIDE, groups=3, reduction_axes=[-3])
relative("group_norm", "no_reduction_axes", WIDE, groups=3, reduction_axes=[])
relative("group_norm", "reversed_reduction_axes", WIDE, groups=3, reduction_axes=[-2, -3])
relative("group_norm", "rank3", [2, 5, 12], groups=3, reduction_axes=[-2])
relative("group_norm", "rank5", [2, 2, 3, 2, 12], groups=3, reduction_axes=[-4, -3, -2])
relative("group_norm", "rank5_default_axes", [2, 2, 3, 2, 12], groups=3)
relative("group_norm", "rank2", [4, 12], groups=3, reduction_axes=[])
relative("group_norm", "mean_close_to_zero", WIDE, groups=3, mean_close_to_zero=True)
relative(
    "group_norm",
    "mean_close_to_zero_rank3",
    [2, 5, 12],
    groups=3,
    reduction_axes=[-2],
    mean_close_to_zero=True,
)
relative("group_norm", "epsilon", WIDE, groups=3, epsilon=0.1)
relative("group_norm", "activation", WIDE, groups=3, activation_fn="relu", outputs_collections=["ends"])
relative("group_norm", "initializers", WIDE, groups=3, param_initializers={"beta": 0.5, "gamma": 2.0},
         keep_initial=True)  # fmt: skip
relative("group_norm", "collections", WIDE, groups=3, variables_collections={"beta": ["b"], "gamma": ["g"]})
relative("group_norm", "frozen", WIDE, groups=3, trainable=False)
relative("group_norm", "reused", WIDE, groups=3, calls=[{"scope": "n"}, {"scope": "n", "reuse": True}])
relative("group_norm", "float16", WIDE, groups=3, dtype="float16")
relative("group_norm", "too_many_groups", WIDE, groups=32)
relative("group_norm", "groups_do_not_divide", WIDE, groups=5)
relative("group_norm", "channels_axis_out_of_range", WIDE, groups=3, channels_axis=4)
relative("group_norm", "reduction_axis_out_of_range", WIDE, groups=3, reduction_axes=[5])
relative("group_norm", "negative_reduction_axis_out_of_range", WIDE, groups=3, reduction_axes=[-6])
relative("group_norm", "channels_reduced", WIDE, groups=3, reduction_axes=[-2, -1])
relative("group_norm", "channels_reduced_positive", WIDE, groups=3, channels_axis=3, reduction_axes=[2, 3])
relative("group_norm", "batch_reduced", WIDE, groups=3, reduction_axes=[0, 1])
