"""Asks TensorFlow 1.15.5 what operations are called; writes op_names.json.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_op_names.py 2>/dev/null

needs Python 3.7 with TensorFlow 1.15.5. For each case of `op_name_cases.py`: what `op_name_tools.facts`
gives; `types` of the results; and `operations`, the `[name, type]` of everything that data passes through
on its way from the placeholders and variables, without constants, shapes, reads and writes of variables,
and gradients. Types and operations are left out where only names are asked for.
"""

import json
import os
import sys

import tensorflow as tf
import tensorflow.contrib.slim as slim

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from op_name_cases import CASES  # noqa: E402
from op_name_tools import facts, parts_of, type_of  # noqa: E402

tf.logging.set_verbosity(tf.logging.ERROR)

SOURCES = ("Placeholder", "PlaceholderWithDefault", "VariableV2")
# Where data stops being data, and what only reads or writes variables.
ENDS = (
    "ApplyAdagrad",
    "ApplyAdam",
    "ApplyGradientDescent",
    "ApplyMomentum",
    "ApplyRMSProp",
    "Assert",
    "Assign",
    "AssignAdd",
    "AssignSub",
    "IsVariableInitialized",
    "Rank",
    "Shape",
    "ShapeN",
    "Size",
    "ZerosLike",
)


def operations_of(graph):
    """`[name, type]` of the operations that data passes through, in the order of their making."""
    data, found = set(), []
    for operation in graph.get_operations():
        kind = operation.type
        if kind in SOURCES:
            data.add(operation)
        elif kind not in ENDS and any(tensor.op in data for tensor in operation.inputs):
            data.add(operation)
            is_read = kind == "Identity" and operation.inputs[0].op.type == "VariableV2"
            if not is_read and "gradients" not in operation.name:
                found.append([operation.name, kind])
    return found


def main():
    answers = {}
    for case_id, build in CASES.items():
        with tf.Graph().as_default() as graph:
            try:
                results = build(tf, slim)
                answers[case_id] = facts(graph, results)
            except Exception as error:
                raise AssertionError(f"{case_id}: {type(error).__name__}: {error}") from error
            if not case_id.startswith("after/"):
                answers[case_id]["types"] = [type_of(result) for result in parts_of(results)]
            if not case_id.startswith(("function/", "operator/", "after/")):
                answers[case_id]["operations"] = operations_of(graph)
    with open(os.path.join(HERE, "op_names.json"), "w") as target:
        lines = [f"{json.dumps(key)}: {json.dumps(answers[key], sort_keys=True)}" for key in answers]
        target.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(answers)} cases")


if __name__ == "__main__":
    main()
