"""Photographs for VGG and ResNet v1: shorter side resized, cropped, the mean colour of ImageNet subtracted.

Source: vgg_preprocessing of tensorflow/models' slim; https://arxiv.org/abs/1409.1556.
"""

from __future__ import annotations

from typing import Any

from slim_torch import tf

__all__ = ["preprocess_for_eval", "preprocess_for_train", "preprocess_image"]

_R_MEAN = 123.68
_G_MEAN = 116.78
_B_MEAN = 103.94

_RESIZE_SIDE_MIN = 256
_RESIZE_SIDE_MAX = 512


def _crop(image: Any, top: Any, left: Any, height: int, width: int) -> Any:
    """A rectangle of an image.

    Raises:
      tf.errors.InvalidArgumentError: the image is smaller.
    """
    shape = tf.shape(image)
    fits = tf.logical_and(tf.greater_equal(shape[0], height), tf.greater_equal(shape[1], width))
    with tf.control_dependencies([tf.Assert(fits, ["Crop size greater than the image size."])]):
        corner = tf.stack([tf.to_int32(top), tf.to_int32(left), 0])
        size = tf.stack([height, width, shape[2]])
        cropped: Any = tf.slice(image, corner, size)
    cropped.set_shape([height, width, None])
    return cropped


def _central_crop(image: Any, height: int, width: int) -> Any:
    shape = tf.shape(image)
    return _crop(image, (shape[0] - height) / 2, (shape[1] - width) / 2, height, width)


def _random_crop(image: Any, height: int, width: int) -> Any:
    shape = tf.shape(image)
    top = tf.random_uniform([], maxval=shape[0] - height + 1, dtype=tf.int32)
    left = tf.random_uniform([], maxval=shape[1] - width + 1, dtype=tf.int32)
    return _crop(image, top, left, height, width)


def _aspect_preserving_resize(image: Any, smallest_side: Any) -> Any:
    """An image `[height, width, channels]` resized bilinearly so that its shorter side is `smallest_side`."""
    shape = tf.shape(image)
    height, width = tf.to_float(shape[0]), tf.to_float(shape[1])
    scale = tf.to_float(smallest_side) / tf.minimum(height, width)
    size = tf.stack([tf.to_int32(tf.rint(height * scale)), tf.to_int32(tf.rint(width * scale))])
    resized = tf.image.resize_bilinear(tf.expand_dims(image, 0), size, align_corners=False)
    squeezed: Any = tf.squeeze(resized, [0])
    squeezed.set_shape([None, None, image.get_shape()[2]])
    return squeezed


def _without_mean(image: Any, use_grayscale: bool) -> Any:
    means = [_R_MEAN, _G_MEAN, _B_MEAN]
    if use_grayscale:
        # The weights of the three colours in `rgb_to_grayscale`.
        means = [0.2989 * _R_MEAN + 0.5870 * _G_MEAN + 0.1140 * _B_MEAN]
    return image - tf.constant(means, tf.float32)


def preprocess_for_train(
    image: Any,
    output_height: int,
    output_width: int,
    resize_side_min: int = _RESIZE_SIDE_MIN,
    resize_side_max: int = _RESIZE_SIDE_MAX,
    use_grayscale: bool = False,
) -> Any:
    """Resized to a random size, cropped at random, mirrored half of the time, without the mean colour.

    Args:
      image: `[height, width, 3]`, values from 0 to 255.
      resize_side_min, resize_side_max: bounds, both included, of the shorter side's length after resizing.
      use_grayscale: mixes the colours into one channel.
    """
    side = tf.random_uniform([], minval=resize_side_min, maxval=resize_side_max + 1, dtype=tf.int32)
    image = _aspect_preserving_resize(tf.to_float(image), side)
    image = _random_crop(image, output_height, output_width)
    image.set_shape([output_height, output_width, 3])
    if use_grayscale:
        image = tf.image.rgb_to_grayscale(image)
    image = tf.image.random_flip_left_right(image)
    return _without_mean(image, use_grayscale)


def preprocess_for_eval(
    image: Any, output_height: int, output_width: int, resize_side: int, use_grayscale: bool = False
) -> Any:
    """Resized to `resize_side`, cropped in the middle, without the mean colour."""
    image = _aspect_preserving_resize(image, resize_side)
    image = _central_crop(image, output_height, output_width)
    image.set_shape([output_height, output_width, 3])
    image = tf.to_float(image)
    if use_grayscale:
        image = tf.image.rgb_to_grayscale(image)
    return _without_mean(image, use_grayscale)


def preprocess_image(
    image: Any,
    output_height: int,
    output_width: int,
    is_training: bool = False,
    resize_side_min: int = _RESIZE_SIDE_MIN,
    resize_side_max: int = _RESIZE_SIDE_MAX,
    use_grayscale: bool = False,
) -> Any:
    """`preprocess_for_train`, or `preprocess_for_eval` with the shorter side of `resize_side_min`."""
    if is_training:
        return preprocess_for_train(
            image, output_height, output_width, resize_side_min, resize_side_max, use_grayscale
        )
    return preprocess_for_eval(image, output_height, output_width, resize_side_min, use_grayscale)
