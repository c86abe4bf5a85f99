"""`tf_slim.data.test_utils`: small TFRecord files of random images, which tests of slim's data modules make.

Source: tf.contrib.slim's test_utils, which its wheels do not contain; see the tests of `dataset_data_provider`.
"""

from __future__ import annotations

import os

import numpy as np

from slim_torch import tf

__all__ = ["create_tfrecord_files", "generate_image"]


def generate_image(
    image_shape: tuple[int, ...], image_format: str = "jpeg", label: int = 0
) -> tuple[np.ndarray, bytes]:
    """A random image and a serialized `tf.train.Example` of it.

    Args:
      image_shape: `(height, width, 3)`.
      image_format: `"jpeg"`, `"png"` or `"raw"`.

    Raises:
      ValueError: the format is none of these.
    """
    image = np.random.randint(0, 256, size=image_shape)
    pixels = image.astype(np.uint8)
    with tf.Graph().as_default() as graph, graph.step():
        if image_format == "jpeg":
            contents = tf.image.encode_jpeg(pixels)
        elif image_format == "png":
            contents = tf.image.encode_png(pixels)
        elif image_format == "raw":
            contents = pixels.tobytes()
        else:
            raise ValueError(f"image_format is {image_format!r}, expected 'jpeg', 'png' or 'raw'.")
    if isinstance(contents, np.ndarray):
        contents = contents.item()
    feature = {
        "image/encoded": tf.train.Feature(bytes_list=tf.train.BytesList(value=[contents])),
        "image/format": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image_format.encode()])),
        "image/class/label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return image, example.SerializeToString()


def create_tfrecord_files(output_dir: str, num_files: int = 3, num_records_per_file: int = 10) -> list[str]:
    """Writes files of images of 10 by 10 pixels; gives their paths."""
    paths = []
    for number in range(num_files):
        path = os.path.join(output_dir, f"flowers.tfrecord-{number}-of-{num_files}")
        with tf.python_io.TFRecordWriter(path) as writer:
            for _ in range(num_records_per_file):
                writer.write(generate_image((10, 10, 3))[1])
        paths.append(path)
    return paths
