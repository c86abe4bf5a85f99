"""Asks TensorFlow 1.15.5 about slim's normalizations; writes batch_norm.json and batch_norm.npz.

Run: python3.7 make_batch_norm.py    (in tests/golden, with TensorFlow 1.15.5)

Each case is built once with is_training True, once with False, or once with a placeholder, in a
graph of its own; variable values travel between the graphs by name. At each step the outputs and
gradients are fetched first, then the update ops of each call are run on the same input. TensorFlow cannot run a
fused NCHW batch norm on a CPU: such a case is built as written, for its names and collections, and
its numbers come from the NHWC graph, fed with the transposed input.
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import batch_norm_cases as cases
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim

tf.logging.set_verbosity(tf.logging.ERROR)

REGULARIZERS = {"l1": slim.l1_regularizer, "l2": slim.l2_regularizer}
FUNCTIONS = {
    "batch_norm": slim.batch_norm,
    "layer_norm": slim.layer_norm,
    "instance_norm": slim.instance_norm,
    "group_norm": slim.group_norm,
}
# The variables are listed apart; control flow keeps its own collection.
UNTOLD = (tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES, tf.GraphKeys.COND_CONTEXT)
TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)


def real_arguments(case, call):
    """The case's arguments with their stand-ins replaced."""
    arguments = dict(case["kwargs"], **call)
    if arguments.get("activation_fn"):
        arguments["activation_fn"] = getattr(tf.nn, arguments["activation_fn"])
    if "param_initializers" in arguments:
        constants = arguments["param_initializers"]
        arguments["param_initializers"] = {k: tf.constant_initializer(v) for k, v in constants.items()}
    if "param_regularizers" in arguments:
        pairs = arguments["param_regularizers"]
        arguments["param_regularizers"] = {k: REGULARIZERS[v[0]](v[1]) for k, v in pairs.items()}
    if "batch_weights" in arguments:
        arguments["batch_weights"] = tf.constant(cases.weights_value(case))
    if "adjustment" in arguments:
        pair = tuple(tf.constant(value) for value in cases.adjustment_values(case))
        arguments["adjustment"] = lambda shape: pair
    return arguments


class Program:
    """One graph: the calls of a case under one way of saying is_training."""

    def __init__(self, case, training, stand_in=False):
        self.case, self.stand_in = case, stand_in
        self.transposed = stand_in and len(case["shape"]) == 4
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.build(training)
            self.updates = self.find_updates()
            self.losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
            self.describe()
            if not self.unrunnable:
                self.differentiate()
                # One thread: the updates of a variable that two calls share would race.
                one = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
                self.session = tf.Session(config=one)
                self.session.run(tf.global_variables_initializer())

    def build(self, training):
        case = self.case
        shape = case["shape"]
        if self.transposed:
            shape = [shape[axis] for axis in TO_NHWC]
        dtype = tf.as_dtype(case["dtype"])
        self.inputs = [tf.placeholder(dtype, shape, "input") for _ in case["calls"]]
        self.training = None
        if training == "fed":
            self.training = training = tf.placeholder(tf.bool, [], "is_training")
        self.outputs = []
        for x, call in zip(self.inputs, case["calls"]):
            arguments = real_arguments(case, call)
            if training is not None:
                arguments["is_training"] = training
            if self.stand_in:
                arguments["data_format"] = "NHWC"
            if case["scope"]:
                options = dict(case["scope"])
                name = options.pop("name")
                if "initializer" in options:
                    options["initializer"] = tf.constant_initializer(options["initializer"])
                if "regularizer" in options:
                    kind, scale = options["regularizer"]
                    options["regularizer"] = REGULARIZERS[kind](scale)
                if options.get("reuse") == "auto":
                    options["reuse"] = tf.AUTO_REUSE
                with tf.variable_scope(name, **options):
                    y = FUNCTIONS[case["function"]](x, **arguments)
            else:
                y = FUNCTIONS[case["function"]](x, **arguments)
            self.outputs.append(y)

    def find_updates(self):
        keys = self.case["kwargs"].get("updates_collections", "update_ops")
        if keys is None:
            return []
        keys = keys if isinstance(keys, list) else [keys]
        return tf.get_collection(keys[0])

    def describe(self):
        collections = {}
        for key in self.graph.get_all_collection_keys():
            if key in UNTOLD:
                continue
            collections[key] = [getattr(i, "op", i).name for i in self.graph.get_collection(key)]
        variables = tf.global_variables()
        trainable = tf.trainable_variables()
        fused = any(op.type.startswith("FusedBatchNorm") for op in self.graph.get_operations())
        nchw = self.case["kwargs"].get("data_format") == "NCHW"
        self.unrunnable = fused and nchw and not self.stand_in
        self.facts = {
            "variables": [
                [v.op.name, v.shape.as_list(), v.dtype.base_dtype.name, v in trainable] for v in variables
            ],
            "collections": collections,
            "updates": [getattr(u, "op", u).name for u in self.updates],
            "losses": [loss.op.name for loss in self.losses],
            "outputs": [[y.op.name, y.shape.as_list(), y.dtype.name] for y in self.outputs],
            "aliases": [getattr(y, "aliases", []) for y in self.outputs],
            "fused": fused,
        }

    def differentiate(self):
        self.weights = [tf.placeholder(y.dtype, y.shape) for y in self.outputs]
        total = tf.add_n([tf.reduce_sum(y * w) for y, w in zip(self.outputs, self.weights)])
        self.trainable = tf.trainable_variables()
        targets = self.inputs + self.trainable
        names = [f"input{i}" for i in range(len(self.inputs))] + [v.op.name for v in self.trainable]
        gradients = tf.gradients(total, targets)
        self.gradients = {n: g for n, g in zip(names, gradients) if g is not None}
        self.facts["no_gradient"] = [n for n, g in zip(names, gradients) if g is None]

    def run_step(self, step, training, values):
        """Run one step from `values` ({op name: array}, updated in place); gives what was seen."""
        case, session = self.case, self.session
        with self.graph.as_default():
            variables = tf.global_variables()
            for v in variables:
                if v.op.name in values:
                    v.load(values[v.op.name], session)
        feeds = {}
        for i, (x, weight) in enumerate(zip(self.inputs, self.weights)):
            array = cases.input_value(case, step, i)
            feeds[x] = array.transpose(TO_NHWC) if self.transposed else array
            shape = self.outputs[i].shape.as_list()
            if self.transposed:
                shape = [shape[axis] for axis in TO_NCHW]
            array = cases.output_weight(case, step, i, shape)
            feeds[weight] = array.transpose(TO_NHWC) if self.transposed else array
        if self.training is not None:
            feeds[self.training] = training
        outputs, gradients, losses = session.run([self.outputs, self.gradients, self.losses], feeds)
        per_call = max(len(self.updates) // len(self.inputs), 1)
        for first in range(0, len(self.updates), per_call):
            session.run(self.updates[first : first + per_call], feeds)
        seen = {}
        for i, y in enumerate(outputs):
            seen[f"output{i}"] = y.transpose(TO_NCHW) if self.transposed else y
        for name, g in gradients.items():
            seen["gradient/" + name] = g.transpose(TO_NCHW) if self.transposed and "input" in name else g
        for name, loss in zip(self.facts["losses"], losses):
            seen["loss/" + name] = np.asarray(loss)
        for v in variables:
            values[v.op.name] = session.run(v)
            if v not in self.trainable:
                seen["after/" + v.op.name] = values[v.op.name]
        return seen


def answer(case, arrays):
    """What TensorFlow says about one case; its arrays go into `arrays` ({key: array})."""
    modes = ["fed"] if case["feed_training"] else sorted(set(case["steps"]), key=str, reverse=True)
    programs, runners, facts = {}, {}, {}
    try:
        for mode in modes:
            programs[mode] = runners[mode] = Program(case, mode)
            if programs[mode].unrunnable:
                runners[mode] = Program(case, mode, stand_in=True)
            facts[str(mode)] = programs[mode].facts
            facts[str(mode)]["no_gradient"] = runners[mode].facts["no_gradient"]
    except Exception as error:
        message = str(error).split(" Originally defined at")[0]
        return {"raises": type(error).__name__, "message": message}
    values = {}
    for mode in modes:
        program = runners[mode]
        with program.graph.as_default():
            for v in tf.global_variables():
                initial = program.session.run(v)
                arrays["initial/" + v.op.name] = initial
                if case["keep_initial"]:
                    values.setdefault(v.op.name, initial)
                else:
                    start = cases.start_value(v.op.name, v.shape.as_list())
                    values.setdefault(v.op.name, start.astype(initial.dtype))
    for step, training in enumerate(case["steps"]):
        runner = runners["fed" if case["feed_training"] else training]
        try:
            seen = runner.run_step(step, training, values)
        except tf.errors.OpError as error:
            return {"raises": type(error).__name__, "message": error.message.split("\n")[0]}
        for key, array in seen.items():
            arrays[f"{step}/{key}"] = array
    for program in runners.values():
        program.session.close()
    return facts


def main():
    answers, arrays = {}, {}
    for case in cases.CASES:
        arrays[case["id"]] = {}
        answers[case["id"]] = answer(case, arrays[case["id"]])
    cases.save(answers, arrays)
    raised = sorted(k for k, v in answers.items() if "raises" in v)
    count = sum(map(len, arrays.values()))
    print(f"{len(answers)} cases, {count} arrays, {len(raised)} raise:")
    for name in raised:
        print(" ", name, answers[name]["raises"], answers[name]["message"][:150])


if __name__ == "__main__":
    main()
