"""Asks TensorFlow 1.15.5 what it makes of the cases of `layer_cases.py` with sizes that are not known.

    TF_CPP_MIN_LOG_LEVEL=3 python tests/golden/make_layers_unknown.py 2>/dev/null

needs Python 3.7 with TensorFlow 1.15.5. Every axis of every input but that of the channels is unknown.
layers_unknown.json holds for each case the static shape of the output and the number of collected losses, or
the type and message of what it raises.
"""

import json
import os
import sys

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import make_layers  # noqa: E402
from layer_case_tools import unknown_shape  # noqa: E402
from layer_cases import VALUES  # noqa: E402


def answer(case):
    with tf.Graph().as_default():
        inputs = [tf.placeholder(dtype, unknown_shape(case, shape)) for shape, dtype in case["inputs"]]
        try:
            output = make_layers.build_within(case, inputs)
        except Exception as error:
            message = str(error).split(" Originally defined at:")[0].strip()
            return {"type": type(error).__name__, "message": message[:200]}
        main = output.values if isinstance(output, tf.SparseTensor) else output
        shape = None if main.shape.ndims is None else main.shape.as_list()
        return {"static": shape, "losses": len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))}


def main():
    facts = {case["id"]: answer(case) for case in VALUES}
    with open(os.path.join(HERE, "layers_unknown.json"), "w") as target:
        lines = [f"{json.dumps(key)}: {json.dumps(facts[key], sort_keys=True)}" for key in sorted(facts)]
        target.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(facts)} cases, {sum('type' in found for found in facts.values())} refused")


if __name__ == "__main__":
    main()
