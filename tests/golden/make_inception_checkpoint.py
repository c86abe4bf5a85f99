"""Writes the checkpoint of a full inception_v3 training run, 582 variables, 217 MB, with TensorFlow 1.15.5.

Run with the oracle's Python: `python make_inception_checkpoint.py DIR`, for instance with
`tests/.cache/inception_v3`, where the tests look for it (or in the folder that SLIM_TORCH_INCEPTION_CHECKPOINT
names). Values are those of `checkpoint_values.py`; `digests.json` has what TensorFlow's reader gave.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import checkpoint_values as cases
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib.slim.nets import inception


def main(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, ".gitignore"), "w") as file:
        file.write("*\n")
    images = tf.placeholder(tf.float32, [2, 299, 299, 3])
    with slim.arg_scope(inception.inception_v3_arg_scope()):
        logits, _ = inception.inception_v3(images, 1001, is_training=True)
    tf.losses.softmax_cross_entropy(tf.one_hot([0, 0], 1001), logits)
    optimizer = tf.train.MomentumOptimizer(0.01, 0.9)
    slim.learning.create_train_op(tf.losses.get_total_loss(), optimizer)
    tf.train.get_or_create_global_step()
    saver = tf.train.Saver()
    with tf.Session() as session:
        for variable in tf.global_variables():
            dtype = variable.dtype.base_dtype.name
            shape = variable.shape.as_list()
            variable.load(cases.checkpoint_value(variable.op.name, shape, dtype), session)
        path = saver.save(session, os.path.join(folder, "model.ckpt"), global_step=7)
    start = time.time()
    reader = tf.train.NewCheckpointReader(path)
    values = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    print(f"TensorFlow read {len(values)} tensors in {time.time() - start:.3f} s")
    answers = {
        name: [value.dtype.name, list(value.shape), cases.digest(value)] for name, value in values.items()
    }
    with open(os.path.join(folder, "digests.json"), "w") as file:
        json.dump(answers, file, indent=0, sort_keys=True)


if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    main(sys.argv[1])
