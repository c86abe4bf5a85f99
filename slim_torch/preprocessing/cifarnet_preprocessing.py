"""Small photographs for CifarNet: shifted, mirrored, brightened at random; always of zero mean and unit variance."""

from __future__ import annotations

from typing import Any

from slim_torch import tf

__all__ = ["preprocess_for_eval", "preprocess_for_train", "preprocess_image"]

_PADDING = 4


def preprocess_for_train(
    image: Any,
    output_height: int,
    output_width: int,
    padding: int = _PADDING,
    add_image_summaries: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """A random crop of the padded image, mirrored half of the time, with random brightness and contrast.

    Args:
      image: `[height, width, channels]`, values from 0 to 255.
      padding: pixels of zeros on each side, before cropping.
      add_image_summaries: whether the image is summarized before and after.
    """
    if add_image_summaries:
        tf.summary.image("image", tf.expand_dims(image, 0))
    image = tf.to_float(image)
    if use_grayscale:
        image = tf.image.rgb_to_grayscale(image)
    if padding > 0:
        image = tf.pad(image, [[padding, padding], [padding, padding], [0, 0]])
    channels = 1 if use_grayscale else 3
    distorted = tf.random_crop(image, [output_height, output_width, channels])
    distorted = tf.image.random_flip_left_right(distorted)
    if add_image_summaries:
        tf.summary.image("distorted_image", tf.expand_dims(distorted, 0))
    distorted = tf.image.random_brightness(distorted, max_delta=63)
    distorted = tf.image.random_contrast(distorted, lower=0.2, upper=1.8)
    return tf.image.per_image_standardization(distorted)


def preprocess_for_eval(
    image: Any,
    output_height: int,
    output_width: int,
    add_image_summaries: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """The middle of the image, or the image padded with zeros; arguments as for `preprocess_for_train`."""
    if add_image_summaries:
        tf.summary.image("image", tf.expand_dims(image, 0))
    image = tf.to_float(image)
    if use_grayscale:
        image = tf.image.rgb_to_grayscale(image)
    resized = tf.image.resize_image_with_crop_or_pad(image, output_height, output_width)
    if add_image_summaries:
        tf.summary.image("resized_image", tf.expand_dims(resized, 0))
    return tf.image.per_image_standardization(resized)


def preprocess_image(
    image: Any,
    output_height: int,
    output_width: int,
    is_training: bool = False,
    add_image_summaries: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """`preprocess_for_train` or `preprocess_for_eval`. Source: cifarnet_preprocessing of tensorflow/models' slim."""
    if is_training:
        return preprocess_for_train(
            image,
            output_height,
            output_width,
            add_image_summaries=add_image_summaries,
            use_grayscale=use_grayscale,
        )
    return preprocess_for_eval(
        image,
        output_height,
        output_width,
        add_image_summaries=add_image_summaries,
        use_grayscale=use_grayscale,
    )
