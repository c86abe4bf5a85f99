"""Every normalization program of `golden/batch_norm_cases.py` in recorded form, against TensorFlow 1.15.5.

The cases and answers are those of `test_batch_norm_golden.py`. Here each program is built once of placeholders,
and a session runs outputs, gradients, losses and updates; names of operations are compared as well. Every
program runs with its shapes known, and again with all sizes but the channels unknown.
"""

import numpy as np
import pytest
from test_batch_norm_golden import (
    ANSWERS,
    ARRAYS,
    FUNCTIONS,
    REFUSED,
    REGENERATE,
    REGULARIZERS,
    RUNNABLE,
    by_id,
    cases,
    modes,
    real_arguments,
    update_keys,
)

from slim_torch import initializers, tf
from slim_torch.graph import Graph
from slim_torch.scopes import AUTO_REUSE, variable_scope

UNKNOWN = {"known_sizes": False, "unknown_sizes": True}
ACTIVATIONS = {"relu": tf.nn.relu, "relu6": tf.nn.relu6, "tanh": tf.nn.tanh}
# These have parameters, or groups, by the sizes: TensorFlow refuses unknown ones.
NEEDS_SIZES = ("layer_norm", "group_norm")


class Program:
    """One case in a graph of its own, in one mode of training."""

    def __init__(self, case, training, unknown):
        self.case = case
        shape = list(case["shape"])
        if unknown:
            channels = 1 if case["kwargs"].get("data_format") == "NCHW" else len(shape) - 1
            shape = [size if axis == channels else None for axis, size in enumerate(shape)]
        self.graph = Graph()
        with self.graph.as_default():
            self.inputs = [tf.placeholder(case["dtype"], shape, "input") for _ in case["calls"]]
            self.training = None
            if training == "fed":
                self.training = training = tf.placeholder(tf.bool, None if unknown else [], "is_training")
            self.outputs = [self.call(x, call, training) for x, call in zip(self.inputs, case["calls"])]
            self.losses = tf.get_collection("regularization_losses")
            keys = update_keys(case) if case["function"] == "batch_norm" else None
            self.updates = tf.get_collection(keys[0]) if keys else []
            self.session = tf.Session()

    def call(self, x, call, training):
        case = self.case
        arguments = real_arguments(case, call)
        if (name := {**case["kwargs"], **call}.get("activation_fn")) is not None:
            arguments["activation_fn"] = ACTIVATIONS[name]
        if training is not None:
            arguments["is_training"] = training
        function = FUNCTIONS[case["function"]]
        if case["scope"] is None:
            return function(x, **arguments)
        options = dict(case["scope"])
        name = options.pop("name")
        if "initializer" in options:
            options["initializer"] = initializers.Constant(options["initializer"])
        if "regularizer" in options:
            kind, scale = options["regularizer"]
            options["regularizer"] = REGULARIZERS[kind](scale)
        if options.get("reuse") == "auto":
            options["reuse"] = AUTO_REUSE
        with variable_scope(name, **options):
            return function(x, **arguments)

    def differentiate(self, shapes):
        with self.graph.as_default():
            self.weights = [
                tf.placeholder(y.dtype, shape) for y, shape in zip(self.outputs, shapes, strict=True)
            ]
            total = tf.add_n([tf.reduce_sum(y * w) for y, w in zip(self.outputs, self.weights)])
            trainable = tf.trainable_variables()
            names = [f"input{i}" for i in range(len(self.inputs))] + [v.op.name for v in trainable]
            found = tf.gradients(total, self.inputs + trainable)
            self.gradients = {n: g for n, g in zip(names, found) if g is not None}
            return [n for n, g in zip(names, found) if g is None]

    def run_step(self, step, training, values):
        """Runs one step from `values` ({op name: array}, updated); gives what was seen."""
        case, session = self.case, self.session
        variables = self.graph.get_collection("variables")
        with self.graph.as_default():
            for v in variables:
                v.load(values[v.op.name], session)
        feeds = {x: cases.input_value(case, step, i) for i, x in enumerate(self.inputs)}
        for i, weight in enumerate(self.weights):
            feeds[weight] = cases.output_weight(case, step, i, weight.get_shape().as_list())
        if self.training is not None:
            feeds[self.training] = training
        outputs, gradients, losses = session.run([self.outputs, self.gradients, self.losses], feeds)
        per_call = max(len(self.updates) // len(self.inputs), 1)
        for first in range(0, len(self.updates), per_call):
            session.run(self.updates[first : first + per_call], feeds)
        seen = {f"output{i}": y for i, y in enumerate(outputs)}
        seen.update({"gradient/" + name: g for name, g in gradients.items()})
        seen.update({"loss/" + loss.op.name: value for loss, value in zip(self.losses, losses)})
        for v in variables:
            values[v.op.name] = session.run(v)
            if not v.trainable:
                seen["after/" + v.op.name] = values[v.op.name]
        return seen


PAIRS = [
    pytest.param(case, unknown, id=f"{case['id']}-{label}")
    for case in RUNNABLE
    for label, unknown in UNKNOWN.items()
    if not (unknown and case["function"] in NEEDS_SIZES)
]


@pytest.mark.parametrize(("case", "unknown"), PAIRS)
def test_recorded_names_shapes_and_collections_are_those_of_tensorflow(case, unknown):
    for mode, training in modes(case).items():
        facts = ANSWERS[case["id"]][mode]
        program = Program(case, "fed" if mode == "fed" else training, unknown)
        graph = program.graph
        variables = graph.get_collection("variables")
        described = [[v.op.name, list(v.shape), str(v.dtype)[6:], v.trainable] for v in variables]
        assert described == facts["variables"], REGENERATE
        for y, (name, shape, dtype) in zip(program.outputs, facts["outputs"], strict=True):
            assert (y.op.name, str(y.dtype)[6:]) == (name, dtype)
            assert all(
                ours in (None, size) for ours, size in zip(y.get_shape().as_list(), shape, strict=True)
            )
            assert unknown or y.get_shape().as_list() == shape
        assert [getattr(y, "aliases", []) for y in program.outputs] == facts["aliases"]
        for key, names in facts["collections"].items():
            assert [getattr(entry, "op", entry).name for entry in graph.get_collection(key)] == names, key
        expected = [shape for _, shape, _ in facts["outputs"]]
        assert program.differentiate(expected) == facts["no_gradient"]


@pytest.mark.parametrize(("case", "unknown"), PAIRS)
def test_recorded_values_gradients_and_updates_are_those_of_tensorflow(case, unknown):
    arrays = ARRAYS[case["id"]]
    values, slopes = (4e-3, 4e-3) if case["dtype"] == "float16" else (1e-5, 1e-4)
    programs, current = {}, {}
    for mode, training in modes(case).items():
        program = programs[mode] = Program(case, "fed" if mode == "fed" else training, unknown)
        program.differentiate([shape for _, shape, _ in ANSWERS[case["id"]][mode]["outputs"]])
        for v in program.graph.get_collection("variables"):
            start = cases.start_value(v.op.name, v.get_shape().as_list())
            current[v.op.name] = arrays["initial/" + v.op.name] if case["keep_initial"] else start
    for step, training in enumerate(case["steps"]):
        mode = "fed" if case["feed_training"] else str(training)
        seen = programs[mode].run_step(step, training, current)
        wanted = {key.partition("/")[2]: a for key, a in arrays.items() if key.startswith(f"{step}/")}
        assert set(seen) == set(wanted)
        for key, array in seen.items():
            if key.startswith("loss/") and "/moving_" in key and update_keys(case) is None:
                continue  # A race in TensorFlow: of the average before or after the update.
            tolerance = slopes if key.startswith("gradient/") else values
            limit = tolerance * max(np.abs(wanted[key]).max(initial=0.0), 1e-30)
            assert list(array.shape) == list(wanted[key].shape), key
            worst = np.abs(array.astype("float64") - wanted[key]).max(initial=0.0)
            assert worst <= limit, (
                f"step {step}, {key}: off by {worst:.3g}, allowed {limit:.3g}. {REGENERATE}"
            )


@pytest.mark.parametrize("case", RUNNABLE, ids=by_id)
def test_recorded_variables_start_from_the_values_of_tensorflow(case):
    for mode, training in modes(case).items():
        program = Program(case, "fed" if mode == "fed" else training, False)
        with program.graph.as_default():
            program.session.run(tf.global_variables_initializer())
        for v in program.graph.get_collection("variables"):
            wanted = ARRAYS[case["id"]]["initial/" + v.op.name]
            np.testing.assert_allclose(program.session.run(v), wanted, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("case", REFUSED, ids=by_id)
def test_what_tensorflow_refuses_is_refused_in_its_words_when_recorded(case):
    answer = ANSWERS[case["id"]]
    with pytest.raises((TypeError, ValueError)) as caught:
        Program(case, case["steps"][0], False)
    assert type(caught.value).__name__ == answer["raises"]
    telling = answer["message"].split("TensorShape")[0].split("list of")[0].strip("(', :")
    assert telling.rstrip(".") in str(caught.value)
