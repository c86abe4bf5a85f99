"""Digits for LeNet: cut to size, grey values moved to about [-1, 1]."""

from __future__ import annotations

from typing import Any

from slim_torch import tf

__all__ = ["preprocess_image"]


def preprocess_image(
    image: Any, output_height: int, output_width: int, is_training: bool = False, use_grayscale: bool = False
) -> Any:
    """`(image - 128) / 128`, cropped in the middle or padded with zeros.

    Args:
      image: `[height, width, channels]`, values from 0 to 255.
      is_training: without effect; digits are not distorted.
      use_grayscale: mixes the three channels of a colour image into one.

    Source: lenet_preprocessing of tensorflow/models' slim.
    """
    image = tf.to_float(image)
    if use_grayscale:
        image = tf.image.rgb_to_grayscale(image)
    image = tf.image.resize_image_with_crop_or_pad(image, output_height, output_width)
    image = tf.subtract(image, 128.0)
    return tf.div(image, 128.0)
