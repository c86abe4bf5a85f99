"""What the complete scripts in `scripts/` are given, and how their answers are kept.

A script is a module with `main(tf, slim, kit)`, written as a TensorFlow 1 script is: the graph first, the
session below. `make_scripts.py` runs it under TensorFlow 1.15.5, `tests/test_scripts.py` under slim_torch.
Runs under Python 3.7 and under the project's Python, and imports neither side. Invariant: weights and feeds
are functions of their names alone.
"""

import collections
import importlib
import json
import os

import numpy as np
from resnet_cases import digest, start_value
from values import value_for

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = (
    "classification",
    "batch_norm_placeholder",
    "create_train_op_clipped",
    "create_train_op_multipliers",
    "gan",
    "recurrent",
    "segmentation",
    "detection",
    "siamese_averages",
    "resnet",
    "monitored",
    "fine_tuning",
)
# Arrays of more elements are kept as measures and samples.
WHOLE = 128


class Kit:
    """Weights and feeds for a script, and its report.

    `directory` is an empty folder; `resnet_v1` is the module of networks of the side that runs the script.
    """

    def __init__(self, tf, directory, resnet_v1):
        self.tf = tf
        self.directory = directory
        self.resnet_v1 = resnet_v1
        self.facts = collections.OrderedDict()
        self.numbers = collections.OrderedDict()

    def feed(self, name, shape, dtype="float32"):
        """An array that is a function of its name; integers are in [0, 10)."""
        return value_for(name, shape, dtype)

    def weights(self, sess):
        """Gives the model's variables of the current graph values that are functions of their names.

        Slots of optimizers and counters keep what their initializers gave them.
        """
        tf = self.tf
        trained = {variable.op.name for variable in tf.trainable_variables()}
        model = {variable.op.name for variable in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)}
        for variable in tf.global_variables():
            name = variable.op.name
            if name in trained or name in model or name.endswith("/ExponentialMovingAverage"):
                variable.load(start_value(name, variable.get_shape().as_list()), sess)

    def names(self, **members):
        """Records name, type of operation and static shape of what the script calls by a name."""
        for label, member in members.items():
            self._add("names/" + label, self._described(member))

    def collections(self, label="collections"):
        """Records the variables in their order, and the names in the collections, of the current graph."""
        tf = self.tf
        found = {
            "global": [[v.name, v.get_shape().as_list()] for v in tf.global_variables()],
            "trainable": [v.name for v in tf.trainable_variables()],
            "model": [v.name for v in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)],
            "local": [v.name for v in tf.local_variables()],
            "averaged": [v.name for v in tf.moving_average_variables()],
        }
        for key in ("losses", "regularization_losses", "update_ops", "train_op"):
            found[key] = [member.name for member in tf.get_collection(key)]
        self._add(label, found)

    def fact(self, label, value):
        """Records what has to be equal."""
        self._add(label, value)

    def value(self, label, value):
        """Records what a run gave: arrays, in lists, tuples and dictionaries."""
        if isinstance(value, dict):
            for key in sorted(value):
                self.value(f"{label}/{key}", value[key])
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                self.value(f"{label}/{index}", item)
        else:
            array = np.asarray(value)
            kind = "float" if array.dtype.kind == "f" else "exact"
            self._add(label, [kind, list(array.shape)])
            self.numbers[label] = digest(label, array, WHOLE)

    def variables(self, label, sess, variables):
        """Records the values of variables by name."""
        self.value(label, {v.op.name: value for v, value in zip(variables, sess.run(variables))})

    def _add(self, label, fact):
        assert label not in self.facts, label
        self.facts[label] = json.loads(json.dumps(fact))

    def _described(self, member):
        if isinstance(member, (list, tuple)):
            return [self._described(item) for item in member]
        if isinstance(member, dict):
            return [[key, self._described(member[key])] for key in member]
        if hasattr(member, "op") and hasattr(member, "get_shape"):
            shape = member.get_shape()
            return [member.name, member.op.type, None if shape.ndims is None else shape.as_list()]
        return [member.name, member.type]


def run(script, tf, slim, kit):
    """Runs a script in the current graph; its facts, and its numbers by label."""
    importlib.import_module("scripts." + script).main(tf, slim, kit)
    return kit.facts, kit.numbers


def save(answers):
    """Writes scripts.json, and scripts.npz with all numbers one after another."""
    facts = {script: found for script, (found, _) in answers.items()}
    with open(os.path.join(HERE, "scripts.json"), "w") as target:
        lines = []
        for script in facts:
            entries = [
                f"  {json.dumps(k)}: {json.dumps(v, sort_keys=True)}" for k, v in facts[script].items()
            ]
            lines.append(f"{json.dumps(script)}: {{\n" + ",\n".join(entries) + "\n}")
        target.write("{\n" + ",\n".join(lines) + "\n}\n")
    flat = {}
    for script, (_, numbers) in answers.items():
        flat[script] = np.concatenate(list(numbers.values()))
    np.savez_compressed(os.path.join(HERE, "scripts.npz"), **flat)


def load():
    """By script: the facts, and the numbers by label."""
    with open(os.path.join(HERE, "scripts.json")) as source:
        facts = json.load(source)
    answers = {}
    with np.load(os.path.join(HERE, "scripts.npz")) as file:
        for script, found in facts.items():
            flat, place, numbers = file[script], 0, {}
            for label, fact in found.items():
                if isinstance(fact, list) and fact and fact[0] in ("float", "exact"):
                    size = int(np.prod(fact[1]))
                    size = size if size <= WHOLE else 19
                    numbers[label] = flat[place : place + size]
                    place += size
            assert place == flat.size, script
            answers[script] = (found, numbers)
    return answers
