"""`tf.image`: resizing, with the coordinates of TensorFlow 1.

Output pixel `i` looks at input pixel `i * in / out` by default, at `i * (in - 1) / (out - 1)` with
`align_corners`, at `(i + 0.5) * in / out - 0.5` with `half_pixel_centers`; the ratios are float32 numbers.
PyTorch's kernels do the work wherever they use the same coordinates. Crops and pads are in
`image_geometry.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.operands import is_known

__all__ = [
    "ResizeMethod",
    "resize",
    "resize_area",
    "resize_bicubic",
    "resize_bilinear",
    "resize_image_with_pad",
    "resize_images",
    "resize_nearest_neighbor",
]


class ResizeMethod:
    """The methods of `resize_images`. Source: tf.image.ResizeMethod."""

    BILINEAR = 0
    NEAREST_NEIGHBOR = 1
    BICUBIC = 2
    AREA = 3


_OPS = {
    ResizeMethod.BILINEAR: "ResizeBilinear",
    ResizeMethod.NEAREST_NEIGHBOR: "ResizeNearestNeighbor",
    ResizeMethod.BICUBIC: "ResizeBicubic",
    ResizeMethod.AREA: "ResizeArea",
}


def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Each output pixel is interpolated between four input pixels.

    Args:
      images: `[batch, height, width, channels]`, any number type.
      size: `(height, width)`; ints, an int32 tensor, or sizes that are known when the graph runs.
      align_corners, half_pixel_centers: which coordinates are used; see the module.

    Returns:
      float32 `[batch, *size, channels]`.

    Raises:
      ValueError: `images` is not rank 4, `size` is not two positive numbers, or both kinds of
        coordinates are asked for.
      TypeError: `size` holds floats.

    Source: tf.image.resize_bilinear.
    """
    return _resize_op(images, size, ResizeMethod.BILINEAR, align_corners, half_pixel_centers, name)


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Each output pixel is one of the input, in the dtype of `images`; see `resize_bilinear`.

    Source: tf.image.resize_nearest_neighbor.
    """
    return _resize_op(images, size, ResizeMethod.NEAREST_NEIGHBOR, align_corners, half_pixel_centers, name)


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Each output pixel is interpolated between sixteen input pixels; see `resize_bilinear`.

    Source: tf.image.resize_bicubic.
    """
    return _resize_op(images, size, ResizeMethod.BICUBIC, align_corners, half_pixel_centers, name)


def resize_area(images: Any, size: Any, align_corners: bool = False, name: str | None = None) -> Tensor:
    """Each output pixel is the mean of the area it covers in the input; see `resize_bilinear`.

    Source: tf.image.resize_area.
    """
    return _resize_op(images, size, ResizeMethod.AREA, align_corners, False, name)


def _resize_op(images: Any, size: Any, method: int, corners: bool, half: bool, name: str | None) -> Tensor:
    x = as_tensor(images)
    if x.dim() != 4:
        raise ValueError(
            f"Shape must be rank 4 but is rank {x.dim()} for '{_OPS[method]}': got {tuple(x.shape)}. For a single "
            f"image, pass image[None]."
        )
    height, width = _two_sizes(size)
    if corners and half:
        raise ValueError("If half_pixel_centers is True, align_corners must be False.")
    return named(resized(x, height, width, method, corners, half), name, _OPS[method])


def _two_sizes(size: Any) -> tuple[Any, Any]:
    if isinstance(size, (list, tuple)) and any(isinstance(item, (float, np.floating)) for item in size):
        raise TypeError(f"Expected int32 for the size, got {size!r}. Round the sizes.")
    sizes = as_sizes(size)
    if len(sizes) != 2:
        raise ValueError(f"'size' must be a 1-D Tensor of 2 elements: new_height, new_width. Got {size!r}.")
    if any(is_known(item) and item <= 0 for item in sizes):
        raise ValueError(f"output dimensions must be positive, got {sizes}.")
    return sizes[0], sizes[1]


@leaf
def resized(x: Tensor, height: int, width: int, method: int, corners: bool, half: bool) -> Tensor:
    """`x`, `[batch, height, width, channels]`, in another size. No arguments are checked."""
    if method == ResizeMethod.BILINEAR:
        return _bilinear(x.to(torch.float32), height, width, corners, half)
    if method == ResizeMethod.NEAREST_NEIGHBOR:
        return _nearest(x, height, width, corners, half)
    x = x.to(torch.float32)
    if method == ResizeMethod.BICUBIC:
        return _cubic(_cubic(x, 1, height, corners, half), 2, width, corners, half)
    return _area(_area(x, 1, height, corners), 2, width, corners)


def _steps(old: int, new: int) -> int:
    """How many pixels of `old` one of `new` covers, if that is a whole number; else 0."""
    return 0 if old % new else old // new


def _bilinear(x: Tensor, height: int, width: int, corners: bool, half: bool) -> Tensor:
    image = x.permute(0, 3, 1, 2)
    if corners or half:
        y = F.interpolate(image, (height, width), mode="bilinear", align_corners=corners)
        return y.permute(0, 2, 3, 1)
    down, right = _steps(x.shape[1], height), _steps(x.shape[2], width)
    if down and right:
        # The coordinates are whole numbers.
        return x[:, ::down, ::right]
    # With one more pixel on either side, PyTorch's ratio (in - 1) / (out - 1) is in / out; the pixel repeated
    # at the end is what TensorFlow's last pixels look at too.
    image = F.pad(image, (0, 1, 0, 1), mode="replicate")
    y = F.interpolate(image, (height + 1, width + 1), mode="bilinear", align_corners=True)
    return y[:, :, :height, :width].permute(0, 2, 3, 1)


def _nearest(x: Tensor, height: int, width: int, corners: bool, half: bool) -> Tensor:
    if corners or not (x.dtype.is_floating_point or x.dtype == torch.uint8):
        for axis, new in ((1, height), (2, width)):
            places = _coordinates(x.shape[axis], new, corners, half, x.device)
            below = places.floor()
            if corners:
                below = below + (places - below >= 0.5)
            elif half:
                below = (places + 0.5).floor()
            x = x.index_select(axis, below.long().clamp(max=x.shape[axis] - 1))
        return x
    mode = "nearest-exact" if half else "nearest"
    return F.interpolate(x.permute(0, 3, 1, 2), (height, width), mode=mode).permute(0, 2, 3, 1)


def _ratio(old: int, new: int, corners: bool, device: torch.device) -> Tensor:
    if corners and new > 1:
        old, new = old - 1, new - 1
    sizes = [torch.full((), size, dtype=torch.float32, device=device) for size in (old, new)]
    return sizes[0] / sizes[1]


def _coordinates(old: int, new: int, corners: bool, half: bool, device: torch.device) -> Tensor:
    """Where in the input each output pixel looks."""
    places = torch.arange(new, dtype=torch.float32, device=device)
    ratio = _ratio(old, new, corners, device)
    return (places + 0.5) * ratio - 0.5 if half else places * ratio


def _cubic(x: Tensor, axis: int, new: int, corners: bool, half: bool) -> Tensor:
    old = x.shape[axis]
    places = _coordinates(old, new, corners, half, x.device)
    below = places.floor()
    # TensorFlow looks the weights up in a table of 1024 steps, and with the newer coordinates drops and
    # makes up for what lies outside.
    t = ((places - below) * 1024).round() / 1024
    a = -0.5 if half else -0.75
    weights = [_far(t + 1, a), _near(t, a), _near(1 - t, a), _far(2 - t, a)]
    indices = [below.long() + shift for shift in (-1, 0, 1, 2)]
    if half:
        weights = [weight * ((i >= 0) & (i < old)) for weight, i in zip(weights, indices)]
        total = weights[0] + weights[1] + weights[2] + weights[3]
        weights = [weight / total for weight in weights]
    shape = [-1 if i == axis else 1 for i in range(4)]
    parts = [
        x.index_select(axis, i.clamp(0, old - 1)) * weight.view(shape) for weight, i in zip(weights, indices)
    ]
    return parts[0] + parts[1] + parts[2] + parts[3]


def _near(t: Tensor, a: float) -> Tensor:
    """Keys' cubic kernel at a distance up to 1."""
    return ((a + 2) * t - (a + 3)) * t * t + 1


def _far(t: Tensor, a: float) -> Tensor:
    """Keys' cubic kernel at a distance between 1 and 2."""
    return ((t - 5) * t + 8) * t * a - 4 * a


def _area(x: Tensor, axis: int, new: int, corners: bool) -> Tensor:
    old = x.shape[axis]
    ratio = _ratio(old, new, corners, x.device)
    start = torch.arange(new, dtype=torch.float32, device=x.device).unsqueeze(1) * ratio
    end = torch.arange(1, new + 1, dtype=torch.float32, device=x.device).unsqueeze(1) * ratio
    pixels = torch.arange(old, dtype=torch.float32, device=x.device)
    shares = (torch.minimum(end, pixels + 1) - torch.maximum(start, pixels)).clamp(min=0)
    # What lies beyond the last pixel counts as the last.
    beyond = (end - torch.clamp(start, min=old)).clamp(min=0)
    shares = torch.cat([shares[:, :-1], shares[:, -1:] + beyond], 1) / ratio
    if axis == 1:
        return torch.matmul(shares, x.flatten(2)).unflatten(2, x.shape[2:])
    return torch.matmul(shares, x)


def resize_images(
    images: Any,
    size: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
    preserve_aspect_ratio: bool = False,
    name: str | None = None,
) -> Tensor:
    """Resizes by a method of `ResizeMethod`; images that have the size already are given back as they are.

    Args:
      images: `[batch, height, width, channels]`, or `[height, width, channels]`.
      size: `(height, width)`; see `resize_bilinear`.
      preserve_aspect_ratio: `size` is what the result must fit into; it keeps its proportions.

    Returns:
      As many axes as `images`; float32, but for nearest neighbours and unchanged images.

    Raises:
      ValueError: another rank, a size that is not two numbers, or an unknown method.

    Source: tf.image.resize_images.
    """
    with name_scope(name, "resize"):
        x = as_tensor(images)
        if x.dim() not in (3, 4):
            raise ValueError(f"'images' must have either 3 or 4 dimensions, got shape {tuple(x.shape)}.")
        batch = x if x.dim() == 4 else x.unsqueeze(0)
        height, width = _two_sizes(size)
        if method not in _OPS:
            raise ValueError(
                f"Resize method is not implemented: {method!r}. Use one of tf.image.ResizeMethod."
            )
        if preserve_aspect_ratio:
            y = _fitted(batch, height, width, method, align_corners)
        elif all(is_known(old, new) and old == new for old, new in zip(batch.shape[1:3], (height, width))):
            return x
        else:
            y = resized(batch, height, width, method, align_corners, False)
        return named(y, None, _OPS[method]) if x.dim() == 4 else named(y.squeeze(0), None, "Squeeze")


resize = resize_images


@leaf
def _fitted(x: Tensor, height: int, width: int, method: int, corners: bool) -> Tensor:
    """Resized to as much of the size as the proportions allow."""
    old = np.array(x.shape[1:3], np.float32)
    ratio = (np.array([height, width], np.float32) / old).min()
    new = np.rint(ratio * old).astype(int).tolist()
    if new == list(x.shape[1:3]):
        return x
    return resized(x, new[0], new[1], method, corners, False)


def resize_image_with_pad(
    image: Any,
    target_height: Any,
    target_width: Any,
    method: Any = ResizeMethod.BILINEAR,
    align_corners: bool = False,
) -> Tensor:
    """Resizes to fit into the target, and fills it with zeros on both sides.

    Args:
      image: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Raises:
      ValueError: another rank, a target that is not positive, or an unknown method.

    Source: tf.image.resize_image_with_pad.
    """
    with name_scope(None, "resize_image_with_pad"):
        x = as_tensor(image)
        if x.dim() not in (3, 4):
            raise ValueError(f"'image' must have either 3 or 4 dimensions, got shape {tuple(x.shape)}.")
        height, width = as_sizes([target_height, target_width])
        for target in (height, width):
            if is_known(target) and target <= 0:
                raise ValueError(f"target sizes must be > 0, got {(height, width)}.")
        if method not in _OPS:
            raise ValueError(
                f"Resize method is not implemented: {method!r}. Use one of tf.image.ResizeMethod."
            )
        y = _fitted_and_padded(x if x.dim() == 4 else x.unsqueeze(0), height, width, method, align_corners)
        if x.dim() == 3:
            return named(y.squeeze(0), None, "Squeeze")
        with name_scope("pad_to_bounding_box"):
            return named(y, None, "Pad")


@leaf
def _fitted_and_padded(x: Tensor, height: int, width: int, method: int, corners: bool) -> Tensor:
    old = np.array(x.shape[1:3], np.float32)
    targets = np.array([height, width], np.float32)
    ratio = (old / targets).max()
    new = np.floor(old / ratio).astype(int).tolist()
    top, left = (max(0, (target - size) // 2) for target, size in zip((height, width), new))
    if new != list(x.shape[1:3]):
        x = resized(x, new[0], new[1], method, corners, False)
    return F.pad(x, (0, 0, left, width - new[1] - left, top, height - new[0] - top))
