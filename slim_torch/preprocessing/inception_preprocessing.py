"""Photographs for Inception, MobileNet, NASNet and ResNet v2: a crop resized to the network's size, values in [-1, 1].

Source: inception_preprocessing of tensorflow/models' slim; https://arxiv.org/abs/1409.4842.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slim_torch import tf

__all__ = [
    "apply_with_random_selector",
    "distort_color",
    "distorted_bounding_box_crop",
    "preprocess_for_eval",
    "preprocess_for_train",
    "preprocess_image",
]

_RESIZE_METHODS = 4


def apply_with_random_selector(x: Any, func: Callable[[Any, int], Any], num_cases: int) -> Any:
    """`func(x, case)` for a case drawn from `0 ... num_cases - 1` for each image; only that one is computed."""
    if num_cases == 1:
        return func(x, 0)
    case = tf.random_uniform([], maxval=num_cases, dtype=tf.int32)
    branches = [(tf.equal(case, i), lambda i=i: func(x, i)) for i in range(num_cases - 1)]
    return tf.case(branches, default=lambda: func(x, num_cases - 1), exclusive=True)


def distort_color(image: Any, color_ordering: int = 0, fast_mode: bool = True, scope: Any = None) -> Any:
    """Random brightness, saturation, hue and contrast, in one of the orders; the result is clipped to [0, 1].

    Args:
      image: `[height, width, 3]`, values in [0, 1].
      color_ordering: 0 to 3 (0 or 1 in fast mode, where all others are 1).
      fast_mode: leaves hue and contrast, which are slow, as they are.

    Raises:
      ValueError: `color_ordering` is not in [0, 3], out of fast mode.
    """
    with tf.name_scope(scope, "distort_color", [image]):
        distortions: dict[str, Callable[[Any], Any]] = {
            "b": lambda image: tf.image.random_brightness(image, max_delta=32.0 / 255.0),
            "s": lambda image: tf.image.random_saturation(image, lower=0.5, upper=1.5),
            "h": lambda image: tf.image.random_hue(image, max_delta=0.2),
            "c": lambda image: tf.image.random_contrast(image, lower=0.5, upper=1.5),
        }
        if fast_mode:
            order = "bs" if color_ordering == 0 else "sb"
        elif color_ordering in (0, 1, 2, 3):
            order = ("bshc", "sbch", "chbs", "hscb")[color_ordering]
        else:
            raise ValueError("color_ordering must be in [0, 3]")
        for kind in order:
            image = distortions[kind](image)
        return tf.clip_by_value(image, 0.0, 1.0)


def distorted_bounding_box_crop(
    image: Any,
    bbox: Any,
    min_object_covered: float = 0.1,
    aspect_ratio_range: tuple[float, float] = (0.75, 1.33),
    area_range: tuple[float, float] = (0.05, 1.0),
    max_attempts: int = 100,
    scope: Any = None,
) -> tuple[Any, Any]:
    """A random crop of an image that covers enough of one of the boxes, and the crop's own box.

    Args:
      image: `[height, width, channels]`.
      bbox: `[1, boxes, 4]`: y_min, x_min, y_max, x_max in [0, 1].
      min_object_covered, aspect_ratio_range, area_range, max_attempts: see `tf.image.sample_distorted_bounding_box`.
    """
    with tf.name_scope(scope, "distorted_bounding_box_crop", [image, bbox]):
        begin, size, box = tf.image.sample_distorted_bounding_box(
            tf.shape(image),
            bounding_boxes=bbox,
            min_object_covered=min_object_covered,
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            max_attempts=max_attempts,
            use_image_if_no_bounding_boxes=True,
        )
        return tf.slice(image, begin, size), box


def preprocess_for_train(
    image: Any,
    height: int,
    width: int,
    bbox: Any,
    fast_mode: bool = True,
    scope: Any = None,
    add_image_summaries: bool = True,
    random_crop: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """A random crop, resized by a random method, mirrored half of the time, with distorted colours, in [-1, 1].

    Args:
      image: `[height, width, 3]`; integers are scaled to [0, 1], floats are taken to be so.
      bbox: boxes as for `distorted_bounding_box_crop`; None for the whole image.
      fast_mode: resizes bilinearly only, and leaves hue and contrast.
      random_crop: whether it is cropped at all.
    """
    with tf.name_scope(scope, "distort_image", [image, height, width, bbox]):
        if bbox is None:
            bbox = tf.constant([0.0, 0.0, 1.0, 1.0], dtype=tf.float32, shape=[1, 1, 4])
        if image.dtype != tf.float32:
            image = tf.image.convert_image_dtype(image, dtype=tf.float32)
        if add_image_summaries:
            boxed = tf.image.draw_bounding_boxes(tf.expand_dims(image, 0), bbox)
            tf.summary.image("image_with_bounding_boxes", boxed)
        distorted = image
        if random_crop:
            distorted, box = distorted_bounding_box_crop(image, bbox)
            distorted.set_shape([None, None, 3])
            if add_image_summaries:
                boxed = tf.image.draw_bounding_boxes(tf.expand_dims(image, 0), box)
                tf.summary.image("images_with_distorted_bounding_box", boxed)
        distorted = apply_with_random_selector(
            distorted,
            lambda x, method: tf.image.resize_images(x, [height, width], method),
            num_cases=1 if fast_mode else _RESIZE_METHODS,
        )
        if add_image_summaries:
            tf.summary.image(
                ("cropped_" if random_crop else "") + "resized_image", tf.expand_dims(distorted, 0)
            )
        distorted = tf.image.random_flip_left_right(distorted)
        distorted = apply_with_random_selector(
            distorted,
            lambda x, ordering: distort_color(x, ordering, fast_mode),
            num_cases=1 if fast_mode else 4,
        )
        if use_grayscale:
            distorted = tf.image.rgb_to_grayscale(distorted)
        if add_image_summaries:
            tf.summary.image("final_distorted_image", tf.expand_dims(distorted, 0))
        return tf.multiply(tf.subtract(distorted, 0.5), 2.0)


def preprocess_for_eval(
    image: Any,
    height: int | None,
    width: int | None,
    central_fraction: float | None = 0.875,
    scope: Any = None,
    central_crop: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """The middle of an image, resized bilinearly, in [-1, 1].

    Args:
      image: as for `preprocess_for_train`.
      height, width: None keeps the size.
      central_fraction: how much of each side is kept.
    """
    with tf.name_scope(scope, "eval_image", [image, height, width]):
        if image.dtype != tf.float32:
            image = tf.image.convert_image_dtype(image, dtype=tf.float32)
        if use_grayscale:
            image = tf.image.rgb_to_grayscale(image)
        if central_crop and central_fraction:
            image = tf.image.central_crop(image, central_fraction=central_fraction)
        if height and width:
            image = tf.expand_dims(image, 0)
            image = tf.image.resize_bilinear(image, [height, width], align_corners=False)
            image = tf.squeeze(image, [0])
        return tf.multiply(tf.subtract(image, 0.5), 2.0)


def preprocess_image(
    image: Any,
    height: int,
    width: int,
    is_training: bool = False,
    bbox: Any = None,
    fast_mode: bool = True,
    add_image_summaries: bool = True,
    crop_image: bool = True,
    use_grayscale: bool = False,
) -> Any:
    """`preprocess_for_train` or `preprocess_for_eval`."""
    if is_training:
        return preprocess_for_train(
            image,
            height,
            width,
            bbox,
            fast_mode,
            add_image_summaries=add_image_summaries,
            random_crop=crop_image,
            use_grayscale=use_grayscale,
        )
    return preprocess_for_eval(image, height, width, central_crop=crop_image, use_grayscale=use_grayscale)
