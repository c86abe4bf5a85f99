"""`tf.image`: crops, pads, flips and turns, which move pixels and keep their values.

`crop_and_resize` is here too, since it is about boxes of images. Random ones are in `image_random.py`.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, known_value, leaf, named
from slim_torch.tf.operands import check_compatible, either, is_known

__all__ = [
    "central_crop",
    "check_image",
    "crop_and_resize",
    "crop_to_bounding_box",
    "flip_left_right",
    "flip_up_down",
    "pad_to_bounding_box",
    "resize_image_with_crop_or_pad",
    "resize_with_crop_or_pad",
    "rot90",
    "transpose",
    "transpose_image",
]


def check_image(image: Any, function: str) -> Tensor:
    """`image` as a tensor of three axes, or four with a batch.

    Raises:
      ValueError: it has another number of axes.
    """
    x = as_tensor(image)
    if x.dim() not in (3, 4):
        raise ValueError(
            f"'image' (shape {tuple(x.shape)}) must have either 3 or 4 dimensions in {function}: [height, width, "
            f"channels], with a batch before them or not."
        )
    return x


def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """The part of `target` size that begins at `offset`.

    Args:
      image: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Raises:
      ValueError: the part does not lie in the image.

    Source: tf.image.crop_to_bounding_box.
    """
    with name_scope(None, "crop_to_bounding_box"):
        x = check_image(image, "crop_to_bounding_box")
        offsets, targets = as_sizes([offset_height, offset_width]), as_sizes([target_height, target_width])
        sizes = x.shape[-3:-1]
        for offset, target, size in zip(offsets, targets, sizes):
            if is_known(offset) and offset < 0:
                raise ValueError(f"the offset must be >= 0, got {offsets}.")
            if is_known(target) and target <= 0:
                raise ValueError(f"the target size must be > 0, got {targets}.")
            if is_known(offset, target, size) and offset + target > size:
                raise ValueError(
                    f"image size must be >= target + offset, got {tuple(sizes)}, {targets} and {offsets}."
                )
        y = x.narrow(-3, offsets[0], targets[0]).narrow(-2, offsets[1], targets[1])
        return named(y, None, "Slice" if x.dim() == 4 else "Squeeze")


def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Tensor:
    """Zeros of `target` size, with the image at `offset`.

    Args:
      image: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Raises:
      ValueError: the image does not fit.

    Source: tf.image.pad_to_bounding_box.
    """
    with name_scope(None, "pad_to_bounding_box"):
        x = check_image(image, "pad_to_bounding_box")
        offsets, targets = as_sizes([offset_height, offset_width]), as_sizes([target_height, target_width])
        after = [target - offset - size for target, offset, size in zip(targets, offsets, x.shape[-3:-1])]
        for offset, rest in zip(offsets, after):
            if is_known(offset) and offset < 0:
                raise ValueError(f"the offset must be >= 0, got {offsets}.")
            if is_known(rest) and rest < 0:
                raise ValueError(
                    f"target must be >= offset + image size, got target {targets}, offset {offsets} and image "
                    f"{tuple(x.shape)}."
                )
        y = F.pad(x, (0, 0, offsets[1], after[1], offsets[0], after[0]))
        return named(y, None, "Pad" if x.dim() == 4 else "Squeeze")


def central_crop(image: Any, central_fraction: float) -> Tensor:
    """The middle of the image, `central_fraction` of its height and width.

    Raises:
      ValueError: the fraction is not in (0, 1], or the rank is not 3 or 4.

    Source: tf.image.central_crop.
    """
    with name_scope(None, "central_crop"):
        x = as_tensor(image)
        if not 0.0 < central_fraction <= 1.0:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return x
        x = check_image(x, "central_crop")
        return named(_central(x, central_fraction), None, "Slice")


@leaf
def _central(x: Tensor, fraction: float) -> Tensor:
    for axis in (-3, -2):
        start = int((x.shape[axis] - x.shape[axis] * fraction) / 2)
        x = x.narrow(axis, start, x.shape[axis] - 2 * start)
    return x


def resize_image_with_crop_or_pad(image: Any, target_height: Any, target_width: Any) -> Tensor:
    """The middle of the image where it is larger than the target, zeros around it where it is smaller.

    Args:
      image: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Raises:
      ValueError: another rank, or a target that is not positive.

    Source: tf.image.resize_image_with_crop_or_pad.
    """
    with name_scope(None, "resize_image_with_crop_or_pad"):
        x = check_image(image, "resize_image_with_crop_or_pad")
        targets = as_sizes([target_height, target_width])
        if any(is_known(target) and target <= 0 for target in targets):
            raise ValueError(f"target sizes must be > 0, got {targets}.")
        y = _cropped_or_padded(x, *targets)
        return named(y, None, "control_dependency_1" if x.dim() == 4 else "Squeeze")


resize_with_crop_or_pad = resize_image_with_crop_or_pad


@leaf
def _cropped_or_padded(x: Tensor, height: int, width: int) -> Tensor:
    pads = [0, 0]
    for missing in (width - x.shape[-2], height - x.shape[-3]):
        before = missing // 2 if missing > 0 else -(-missing // 2)
        pads += [before, missing - before]
    return F.pad(x, pads)


def flip_left_right(image: Any) -> Tensor:
    """The mirror image; of each image of a batch. Source: tf.image.flip_left_right."""
    return _flipped(image, -2, "flip_left_right")


def flip_up_down(image: Any) -> Tensor:
    """Upside down; each image of a batch. Source: tf.image.flip_up_down."""
    return _flipped(image, -3, "flip_up_down")


def _flipped(image: Any, axis: int, function: str) -> Tensor:
    with name_scope(None, function):
        return named(check_image(image, function).flip(axis), None, "ReverseV2")


def transpose(image: Any, name: str | None = None) -> Tensor:
    """Height and width change places. Source: tf.image.transpose."""
    with name_scope(name, "transpose"):
        x = check_image(image, "transpose")
        # TensorFlow gives the operation the name of the scope that it is in.
        return named(x.transpose(-3, -2), name, "transpose")


transpose_image = transpose


def rot90(image: Any, k: Any = 1, name: str | None = None) -> Tensor:
    """Turned `k` times counter-clockwise by a right angle. Source: tf.image.rot90."""
    with name_scope(name, "rot90"):
        x = check_image(image, "rot90")
        turns = known_value(k)
        if turns is None:
            raise ValueError("rot90: k must be known when the code is built: pass an integer.")
        return named(torch.rot90(x, int(turns), (-3, -2)), None, "cond/Merge")


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Boxes of images, each resized to `crop_size`.

    Args:
      image: `[batch, height, width, channels]`.
      boxes: float32 `[count, 4]` of `(y1, x1, y2, x2)`, where 0 is the first row or column and 1 the last;
        they may lie partly outside, and be upside down.
      box_ind, box_indices: int32 `[count]`, the image of each box.
      crop_size: `(height, width)`; corners of boxes and crops are aligned.
      method: `"bilinear"` or `"nearest"`.
      extrapolation_value: what there is outside of an image.

    Returns:
      float32 `[count, *crop_size, channels]`, with gradients by images and boxes.

    Raises:
      ValueError: shapes do not fit, or an unknown method.

    Source: tf.image.crop_and_resize.
    """
    x = as_tensor(image)
    places = as_tensor(boxes, dtype=None if isinstance(boxes, Tensor) else torch.float32)
    owners = as_tensor(either("box_indices", box_indices, "box_ind", box_ind))
    if x.dim() != 4 or places.dim() != 2 or owners.dim() != 1:
        raise ValueError(
            f"CropAndResize: expected image of rank 4, boxes of rank 2 and box_ind of rank 1, got "
            f"{tuple(x.shape)}, {tuple(places.shape)} and {tuple(owners.shape)}."
        )
    check_compatible(places.shape[1], 4, "columns of boxes in 'CropAndResize'")
    check_compatible(places.shape[0], owners.shape[0], "number of boxes and of box_ind in 'CropAndResize'")
    if method not in ("bilinear", "nearest"):
        raise ValueError(f"CropAndResize: method is {method!r}, expected 'bilinear' or 'nearest'.")
    height, width = as_sizes(crop_size)
    y = _crops(x, places, owners, height, width, method, float(extrapolation_value))
    return named(y, name, "CropAndResize")


@leaf
def _crops(
    x: Tensor, boxes: Tensor, owners: Tensor, height: int, width: int, method: str, outside: float
) -> Tensor:
    rows, row_inside = _box_coordinates(boxes[:, 0:1], boxes[:, 2:3], height, x.shape[1])
    columns, column_inside = _box_coordinates(boxes[:, 1:2], boxes[:, 3:4], width, x.shape[2])
    owner = owners.long()[:, None, None]

    def pixels(row: Tensor, column: Tensor) -> Tensor:
        row = row.long().clamp(0, x.shape[1] - 1)
        column = column.long().clamp(0, x.shape[2] - 1)
        return x[owner, row[:, :, None], column[:, None, :]].to(torch.float32)

    if method == "nearest":
        crops = pixels(_rounded(rows), _rounded(columns))
    else:
        top, left = rows.detach().floor(), columns.detach().floor()
        bottom, right = rows.detach().ceil(), columns.detach().ceil()
        down, across = (rows - top)[:, :, None, None], (columns - left)[:, None, :, None]
        above = torch.lerp(pixels(top, left), pixels(top, right), across)
        below = torch.lerp(pixels(bottom, left), pixels(bottom, right), across)
        crops = torch.lerp(above, below, down)
    inside = (row_inside[:, :, None] & column_inside[:, None, :]).unsqueeze(3)
    return torch.where(inside, crops, outside)


def _box_coordinates(first: Tensor, last: Tensor, count: int, size: int) -> tuple[Tensor, Tensor]:
    """Where the pixels of each crop lie, and whether that is in the image."""
    if count > 1:
        steps = torch.arange(count, dtype=first.dtype, device=first.device)
        places = first * (size - 1) + steps * ((last - first) * (size - 1) / (count - 1))
    else:
        places = 0.5 * (first + last) * (size - 1)
    return places, (places >= 0) & (places <= size - 1)


def _rounded(places: Tensor) -> Tensor:
    return (places.detach() + 0.5).floor()
