"""Asks TensorFlow 1.15.5 about every case in `layer_cases.py`; writes layers.json and layers.npz.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_layers.py 2>/dev/null

needs Python 3.7 with TensorFlow 1.15.5. layers.json holds for each case the names, shapes, order
and collections, and for each array its place in the single flat array of layers.npz.

TensorFlow's CPU kernels run channels-first convolutions and pools seldom. Names, shapes, static
output shape and collections always come from the channels-first graph itself; where running that
graph fails, the numbers come from its channels-last twin: the same input (made for the
channels-first shape) transposed, output and input gradient transposed back. Such cases carry
`"twin": true`. Cases with `values: False` are built and not run.
"""

import json
import os
import sys

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from layer_cases import ERRORS, VALUES, resolve  # noqa: E402
from values import value_for  # noqa: E402

tf.logging.set_verbosity(tf.logging.ERROR)

TWIN = {"NCW": "NWC", "NCHW": "NHWC", "NCDHW": "NDHWC", "channels_first": "channels_last"}
RESERVED = (tf.GraphKeys.REGULARIZATION_LOSSES, tf.GraphKeys.UPDATE_OPS)


def call(layer, inputs, args, kwargs):
    return getattr(slim, layer)(*(list(inputs) + list(resolve(args, tf, slim))), **resolve(kwargs, tf, slim))


def build(case, inputs):
    """Makes the calls of a case; returns the output of the last one."""
    for layer, args, kwargs in case.get("before", ()):
        call(layer, inputs, args, kwargs)
    return call(case["layer"], inputs, case["args"], case["kwargs"])


def build_within(case, inputs):
    if "within" not in case:
        return build(case, inputs)
    with tf.variable_scope(**resolve(case["within"], tf, slim)):
        return build(case, inputs)


def placeholders(shapes):
    return [tf.placeholder(dtype, shape) for shape, dtype in shapes]


def output_of(tensor):
    """The parts of an output, by name: one, or three if it is sparse."""
    if isinstance(tensor, tf.SparseTensor):
        return {"indices": tensor.indices, "values": tensor.values, "dense_shape": tensor.dense_shape}
    return {"out": tensor}


def collections_of(graph):
    """Names of variables by collection, and the aliases of outputs by collection."""
    variables, outputs = {}, {}
    for key in graph.get_all_collection_keys():
        if not isinstance(key, str) or key.startswith("__") or key in RESERVED:
            continue
        members = graph.get_collection(key)
        if members and all(isinstance(member, tf.Variable) for member in members):
            variables[key] = [member.op.name for member in members]
        elif members:
            # Without an alias TensorFlow answers with the name of an operation: not reproduced.
            outputs[key] = [list(getattr(member, "aliases", ())) for member in members]
    return variables, outputs


def describe(graph, output):
    variables, outputs = collections_of(graph)
    main = output.values if isinstance(output, tf.SparseTensor) else output
    found = {
        "static": main.shape.as_list(),
        "dtype": main.dtype.base_dtype.name,
        "variables": [
            [variable.op.name, variable.shape.as_list(), variable.dtype.base_dtype.name]
            for variable in tf.global_variables()
        ],
        "collections": variables,
        "outputs": outputs,
        "updates": len(tf.get_collection(tf.GraphKeys.UPDATE_OPS)),
        "losses": len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)),
    }
    found["dictionary"] = {
        key: sorted(slim.utils.convert_collection_to_dict(key))
        for key, aliases in outputs.items()
        if all(aliases)
    }
    return found


def measure(case, output, inputs, arrays, back):
    """Runs the graph: outputs, losses, and gradients of sum(output * R)."""
    wanted = output_of(output)
    losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    if "out" in wanted and output.dtype.is_floating:
        weight_of = case["id"] + "/R"
        shape = output.shape.as_list()
        weights = value_for(weight_of, shape if back is None else back.shape_first(shape))
        weights = weights if back is None else back.last(weights)
        total = tf.reduce_sum(output * tf.constant(weights, output.dtype))
        sources = {variable.op.name: variable for variable in tf.trainable_variables()}
        if inputs[0].dtype.is_floating:
            sources["input"] = inputs[0]
        names = sorted(sources)
        for name, gradient in zip(names, tf.gradients(total, [sources[name] for name in names])):
            if gradient is not None:
                wanted["d:" + name] = tf.convert_to_tensor(gradient)
    with tf.Session() as session:
        for variable in tf.global_variables():
            variable.load(
                value_for(variable.op.name, variable.shape.as_list(), variable.dtype.base_dtype.name), session
            )
        got, losses = session.run([wanted, losses], dict(zip(inputs, arrays)))
        if is_average(case):
            ours, theirs = np.sum(got["d:input"] * arrays[0]), np.sum(got["out"] * weights)
            if abs(ours - theirs) > 1e-5 * np.abs(weights).sum():
                got["d:input"] = gradient_of_average(session, output, inputs[0], weights)
        return got, losses


def is_average(case):
    return case["layer"].startswith("avg_pool") or "AVG" in case["args"]


def gradient_of_average(session, output, image, weights):
    """The gradient of sum(output * weights) of an average pool, from its forward pass only.

    TensorFlow's CPU kernel for the gradient is wrong where a window is larger than the image with SAME
    padding: as a pool is linear, sum(gradient * image) must equal sum(output * weights), and does not.
    Then the derivative by a pixel is the weighted response to an image that is 1 at that pixel only.
    """
    shape = image.shape.as_list()
    gradient = np.zeros(shape, np.float64)
    for pixel in np.ndindex(*shape[1:]):
        unit = np.zeros(shape, np.float32)
        where = (slice(None),) + pixel
        unit[where] = 1
        response = session.run(output, {image: unit}).astype(np.float64) * weights
        gradient[where] = response.sum(axis=tuple(range(1, response.ndim)))
    return gradient


class Back:
    """Between a channels-first array and its channels-last twin."""

    def last(self, array):
        return np.moveaxis(array, 1, -1) if array.ndim > 2 else array

    def first(self, array):
        return np.moveaxis(array, -1, 1) if array.ndim > 2 else array

    def shape_first(self, shape):
        return [shape[0], shape[-1]] + list(shape[1:-1]) if len(shape) > 2 else shape


def channels_last(value):
    if isinstance(value, dict):
        return {key: channels_last(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(channels_last(item) for item in value)
    return TWIN.get(value, value) if isinstance(value, str) else value


def is_channels_first(case):
    return channels_last([case["args"], case["kwargs"]]) != [case["args"], case["kwargs"]]


def run_value(case):
    arrays = [value_for(case["id"], shape, dtype) for shape, dtype in case["inputs"]]
    with tf.Graph().as_default() as graph:
        inputs = placeholders(case["inputs"])
        output = build_within(case, inputs)
        found = describe(graph, output)
        if not case.get("values", True):
            return found, {}
        try:
            got, losses = measure(case, output, inputs, arrays, None)
        except tf.errors.OpError:
            if not is_channels_first(case):
                raise
            got = None
    if got is None:
        back = Back()
        found["twin"] = True
        twin = dict(case, args=channels_last(case["args"]), kwargs=channels_last(case["kwargs"]))
        arrays = [back.last(array) for array in arrays]
        with tf.Graph().as_default():
            inputs = placeholders([(array.shape, array.dtype.name) for array in arrays])
            got, losses = measure(twin, build_within(twin, inputs), inputs, arrays, back)
        for name in ("out", "d:input"):
            got[name] = back.first(got[name])
    found["losses"] = [float(f"{loss:.8g}") for loss in losses]
    return found, got


def run_error(case):
    with tf.Graph().as_default():
        try:
            build_within(case, placeholders(case["inputs"]))
        except Exception as error:
            # Without the excerpts of TensorFlow's code that some messages carry.
            message = str(error).split(" Originally defined at:")[0].strip()
            if message.startswith("in converted code:"):
                message = [line for line in message.split("\n") if "Error: " in line][-1].strip()
                message = message.split("Error: ", 1)[1]
            missing = [word for word in case["words"] if word not in message]
            assert not missing, (case["id"], missing, message)
            return {"type": type(error).__name__, "message": message}
    raise AssertionError("{}: TensorFlow accepts it".format(case["id"]))


def main():
    facts, flat, place = {}, [], 0
    for case in VALUES:
        try:
            found, got = run_value(case)
        except Exception as error:
            raise AssertionError(f"{case['id']}: {error}") from error
        found["arrays"] = {}
        for name in sorted(got):
            array = np.asarray(got[name])
            found["arrays"][name] = [place, list(array.shape)]
            flat.append(array.astype(np.float32).ravel())
            place += array.size
        facts[case["id"]] = found
    for case in ERRORS:
        facts[case["id"]] = run_error(case)
    np.savez_compressed(os.path.join(HERE, "layers.npz"), values=np.concatenate(flat))
    with open(os.path.join(HERE, "layers.json"), "w") as target:
        lines = [f"{json.dumps(key)}: {json.dumps(facts[key], sort_keys=True)}" for key in sorted(facts)]
        target.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(VALUES)} cases, {len(ERRORS)} errors, {place} numbers")


if __name__ == "__main__":
    main()
