"""The face detector's stages as its scripts have them: placeholders of unknown size, a graph and a session each.

    python mtcnn_demo.py FOLDER OUTPUT.npz

FOLDER has the checkpoints and the images. Runs through the import hook; the networks are those of `golden/`.
"""

import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "golden"))

import mtcnn_inputs
import mtcnn_networks


class FcnDetector:
    """Runs on an image of any size: height and width are fed beside it."""

    def __init__(self, network, model_path):
        graph = tf.Graph()
        with graph.as_default():
            self.image_op = tf.placeholder(tf.float32, name="input_image")
            self.width_op = tf.placeholder(tf.int32, name="image_width")
            self.height_op = tf.placeholder(tf.int32, name="image_height")
            image_reshape = tf.reshape(self.image_op, [1, self.height_op, self.width_op, 3])
            self.outputs = network(tf, slim, image_reshape)
            config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(allow_growth=True))
            self.sess = tf.Session(config=config)
            tf.train.Saver(slim.get_variables()).restore(self.sess, model_path)

    def predict(self, image):
        height, width, _ = image.shape
        feed = {self.image_op: image, self.width_op: width, self.height_op: height}
        return self.sess.run(self.outputs, feed_dict=feed)


class Detector:
    """Runs on batches of windows, a few at a time."""

    def __init__(self, network, size, batch_size, model_path):
        graph = tf.Graph()
        with graph.as_default():
            self.image_op = tf.placeholder(tf.float32, shape=[batch_size, size, size, 3], name="input_image")
            self.outputs = network(tf, slim, self.image_op)
            self.sess = tf.Session()
            assert tf.train.checkpoint_exists(model_path)
            tf.train.Saver().restore(self.sess, model_path)
        self.batch_size = batch_size

    def predict(self, windows):
        found = []
        for start in range(0, len(windows), self.batch_size):
            batch = windows[start : start + self.batch_size]
            padded = np.concatenate([batch] + [batch[:1]] * (self.batch_size - len(batch)))
            outputs = self.sess.run(self.outputs, feed_dict={self.image_op: padded})
            found.append({key: value[: len(batch)] for key, value in outputs.items()})
        return {key: np.concatenate([part[key] for part in found]) for key in found[0]}


def main(folder, output):
    names = mtcnn_networks.NETWORKS
    pnet = FcnDetector(names["pnet"][1], os.path.join(folder, names["pnet"][0]))
    rnet = Detector(names["rnet"][1], 24, 4, os.path.join(folder, names["rnet"][0]))
    found = {}
    for name in mtcnn_inputs.IMAGES:
        inputs = mtcnn_inputs.inputs(mtcnn_inputs.image(folder, name))
        results = {
            "pnet": [pnet.predict(image) for image in inputs["pnet"]],
            "rnet": [rnet.predict(inputs["rnet"])],
        }
        for network, parts in results.items():
            for key in parts[0]:
                found["/".join((network, name, key))] = np.concatenate([part[key] for part in parts])
            found["/".join((network, name, "sha256"))] = mtcnn_inputs.sha256(inputs[network])
    np.savez(output, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
