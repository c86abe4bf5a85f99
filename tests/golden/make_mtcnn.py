"""Writes tests/golden/mtcnn.npz: what the face detector in shared/data/mtcnn gives under TensorFlow 1.15.5.

PNet and RNet were trained by a stranger; neither their weights nor the images are in this repository, so the
file holds outputs and checksums of the inputs only. Run with the Python of the oracle, which also needs
pillow:

    python tests/golden/make_mtcnn.py

MTCNN_FOLDER says where the checkpoints and images are, `../shared/data/mtcnn` by default.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import mtcnn_inputs
import mtcnn_networks
import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim

HERE = os.path.dirname(os.path.abspath(__file__))


def outputs(checkpoint, network, images):
    with tf.Graph().as_default():
        result = network(tf, slim, tf.constant(images))
        with tf.Session() as session:
            slim.assign_from_checkpoint_fn(checkpoint, slim.get_variables())(session)
            return session.run(result)


def main():
    folder = mtcnn_inputs.FOLDER
    arrays = {}
    for name in mtcnn_inputs.IMAGES:
        image = mtcnn_inputs.image(folder, name)
        for network, inputs in mtcnn_inputs.inputs(image).items():
            checkpoint, function = mtcnn_networks.NETWORKS[network]
            key = f"{network}/{name}"
            arrays[key + "/sha256"] = np.array(mtcnn_inputs.sha256(inputs))
            for output, value in sorted(outputs(os.path.join(folder, checkpoint), function, inputs).items()):
                arrays[f"{key}/{output}"] = value
                print(key, output, value.shape, float(np.abs(value).max()))
    np.savez_compressed(os.path.join(HERE, "mtcnn.npz"), **arrays)


if __name__ == "__main__":
    main()
