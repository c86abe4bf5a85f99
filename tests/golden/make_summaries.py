"""Writes tests/golden/summaries.json: what TensorFlow 1.15.5 does with the programs of `summary_cases.py`.

Run with the Python of the oracle (TensorFlow 1.15.5, see docs):

    python tests/golden/make_summaries.py

For each program: the operations that give its summaries (name and type), what is in SUMMARIES, and the values;
serialized as hexadecimal digits, but of images the pixels, for two encoders may write the same pixels as
different bytes. For a program that raises: the type of the error, and of one when it runs the message.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tensorflow as tf
from summary_cases import CASES
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))
tf.logging.set_verbosity(tf.logging.FATAL)


def pixels(session, content):
    return session.run(tf.image.decode_png(content)).tolist()


def value(session, content):
    """A serialized summary, or tag, sizes and pixels of each image in it."""
    summary = tf.Summary.FromString(content)
    if not summary.value or not summary.value[0].HasField("image"):
        return content.hex()
    return [
        [
            v.tag,
            v.image.height,
            v.image.width,
            v.image.colorspace,
            pixels(session, v.image.encoded_image_string),
        ]
        for v in summary.value
    ]


def answer(function):
    with tf.Graph().as_default(), tf.Session() as session:
        try:
            made = function(tf, slim)
            session.run(tf.global_variables_initializer())
            contents = session.run(made)
        except tf.errors.OpError as err:
            return {"error": type(err).__name__, "message": err.message.split("\n")[0]}
        except (TypeError, ValueError) as err:
            return {"error": type(err).__name__}
        return {
            "operations": [[tensor.name, tensor.op.type] for tensor in made],
            "collection": [tensor.name for tensor in tf.get_collection(tf.GraphKeys.SUMMARIES)],
            "values": [value(session, content) for content in contents],
        }


if __name__ == "__main__":
    answers = {name: answer(function) for name, function in CASES.items()}
    lines = (f"{json.dumps(name)}: {json.dumps(found, sort_keys=True)}" for name, found in answers.items())
    with open(os.path.join(HERE, "summaries.json"), "w") as output:
        output.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(answers), "programs;", {n: a["error"] for n, a in answers.items() if "error" in a})
