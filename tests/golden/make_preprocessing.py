"""What TensorFlow 1.15.5 makes of images with slim_torch's preprocessing code.

    python tests/golden/make_preprocessing.py

The modules of `slim_torch/preprocessing` are loaded with TensorFlow in the place of `slim_torch.tf`. What is
random is left to the tests; here are the deterministic parts: evaluation, and the steps of training.
Writes preprocessing.npz.
"""

import importlib
import os
import sys
import types

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))

CASES = [
    # network, height and width of the image, of the output, whether grey, further arguments
    ("vgg_16", (48, 60), (24, 28), False, {"resize_side_min": 32}),
    ("vgg_16", (61, 43), (24, 24), True, {"resize_side_min": 30}),
    ("resnet_v1_50", (30, 30), (24, 24), False, {"resize_side_min": 24}),
    ("inception_v3", (48, 60), (24, 28), False, {}),
    ("inception_v3", (41, 37), (24, 28), True, {}),
    ("inception_v3", (41, 37), (24, 28), False, {"crop_image": False}),
    ("mobilenet_v2", (23, 50), (31, 33), False, {}),
    ("lenet", (40, 20), (28, 28), False, {}),
    ("lenet", (40, 20), (28, 28), True, {}),
    ("cifarnet", (40, 20), (32, 32), False, {}),
    ("cifarnet", (20, 41), (32, 32), True, {}),
]


def image_of(size):
    random = np.random.RandomState(size[0] * 100 + size[1])
    coarse = random.rand(size[0] // 4 + 1, size[1] // 4 + 1, 3)
    fine = np.repeat(np.repeat(coarse, 4, 0), 4, 1)[: size[0], : size[1]]
    return np.uint8(255 * (0.8 * fine + 0.2 * random.rand(size[0], size[1], 3)))


def load(name):
    """A module of slim_torch.preprocessing, written against TensorFlow."""
    folder = os.path.join(HERE, "..", "..", "slim_torch", "preprocessing")
    package = types.ModuleType("slim_torch")
    package.tf = tf
    package.__path__ = []
    inner = types.ModuleType("slim_torch.preprocessing")
    inner.__path__ = [folder]
    sys.modules.update({"slim_torch": package, "slim_torch.preprocessing": inner})
    return importlib.import_module("slim_torch.preprocessing." + name)


def main():
    factory = load("preprocessing_factory")
    results = {}
    for place, (name, size, out, grey, arguments) in enumerate(CASES):
        with tf.Graph().as_default(), tf.Session() as session:
            image = tf.placeholder(tf.uint8, [None, None, 3])
            output = factory.get_preprocessing(name, False, grey)(image, out[0], out[1], **arguments)
            assert output.get_shape().as_list() == [out[0], out[1], 1 if grey else 3]
            results[f"eval_{place}"] = session.run(output, {image: image_of(size)})
    inception = load("inception_preprocessing")
    with tf.Graph().as_default() as graph, tf.Session():
        image = tf.placeholder(tf.float32, [None, None, 3])
        inception.preprocess_for_train(image, 24, 24, None, fast_mode=False)
        results["summaries"] = np.array(
            [op.name for op in graph.get_operations() if op.type == "ImageSummary"]
        )
    np.savez_compressed(os.path.join(HERE, "preprocessing.npz"), **results)


if __name__ == "__main__":
    main()
