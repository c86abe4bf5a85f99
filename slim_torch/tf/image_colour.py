"""`tf.image`: colours, brightness, dtypes of images, and what is measured on pixel values.

Random adjustments are in `image_random.py`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch.dtypes import as_dtype
from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.image_geometry import check_image
from slim_torch.tf.operands import check_compatible

__all__ = [
    "adjust_brightness",
    "adjust_contrast",
    "adjust_gamma",
    "adjust_hue",
    "adjust_saturation",
    "convert_image_dtype",
    "grayscale_to_rgb",
    "hsv_to_rgb",
    "image_gradients",
    "per_image_standardization",
    "psnr",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "rgb_to_yiq",
    "rgb_to_yuv",
    "sobel_edges",
    "ssim",
    "total_variation",
    "yiq_to_rgb",
    "yuv_to_rgb",
]


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """The image in another dtype, scaled: floats are in [0, 1), integers from 0 to their largest.

    Args:
      saturate: whether what lies beyond the range of the new dtype is set to its ends.

    Source: tf.image.convert_image_dtype.
    """
    x, wanted = as_tensor(image), as_dtype(dtype)
    if x.dtype == wanted:
        return named(x.view_as(x), name, "Identity")
    return named(_converted(x, wanted, saturate), name, "convert_image")


def _converted(x: Tensor, dtype: torch.dtype, saturate: bool) -> Tensor:
    if x.dtype == dtype:
        return x
    if x.dtype.is_floating_point and dtype.is_floating_point:
        return x.to(dtype)
    if not x.dtype.is_floating_point and not dtype.is_floating_point:
        own, other = torch.iinfo(x.dtype).max, torch.iinfo(dtype).max
        if own > other:
            return _cast(torch.div(x, (own + 1) // (other + 1), rounding_mode="floor"), dtype, saturate)
        return _cast(x, dtype, saturate) * ((other + 1) // (own + 1))
    if dtype.is_floating_point:
        return x.to(dtype) * (1.0 / torch.iinfo(x.dtype).max)
    return _cast(x * (torch.iinfo(dtype).max + 0.5), dtype, saturate)


def _cast(x: Tensor, dtype: torch.dtype, saturate: bool) -> Tensor:
    if saturate:
        limits = torch.iinfo(dtype)
        if x.dtype.is_floating_point:
            x = x.clamp(limits.min, limits.max)
        else:
            own = torch.iinfo(x.dtype)
            x = x.clamp(max(limits.min, own.min), min(limits.max, own.max))
    return x.to(dtype)


def _finished(y: Tensor, dtype: torch.dtype) -> Tensor:
    """An adjusted float image in the dtype of the original, named as TensorFlow names it."""
    return named(_converted(y, dtype, True), None, "Identity" if y.dtype == dtype else "convert_image_1")


def _float_image(x: Tensor) -> Tensor:
    return x if x.dtype in (torch.float16, torch.float32) else _converted(x, torch.float32, False)


def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """`image + delta`, where delta is on the scale of [0, 1). Source: tf.image.adjust_brightness."""
    with name_scope(None, "adjust_brightness"):
        x = as_tensor(image)
        y = _float_image(x)
        return _finished(y + as_tensor(delta, like=y).to(y.dtype), x.dtype)


def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """`(x - mean) * contrast_factor + mean`, with the mean of each channel of each image.

    Source: tf.image.adjust_contrast.
    """
    with name_scope(None, "adjust_contrast"):
        x = as_tensor(images)
        y = _float_image(x)
        mean = y.mean((-3, -2), keepdim=True)
        return _finished(torch.add(mean, (y - mean) * contrast_factor), x.dtype)


def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """`gain * image ** gamma`, on the scale of [0, 1).

    Raises:
      ValueError: `gamma` is negative.

    Source: tf.image.adjust_gamma.
    """
    with name_scope(None, "adjust_gamma"):
        x = as_tensor(image)
        if not isinstance(gamma, Tensor) and gamma < 0:
            raise ValueError("Gamma should be a non-negative real number.")
        return _finished(gain * _float_image(x).pow(gamma), x.dtype)


def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """The saturation in HSV times `saturation_factor`, at most 1.

    Args:
      image: RGB in the last axis.

    Source: tf.image.adjust_saturation.
    """
    with name_scope(name, "adjust_saturation"):
        x = _colours(image, "adjust_saturation")
        y = _float_image(x)
        value, spread = y.amax(-1, keepdim=True), _spread(y)
        bright = value > 0
        saturation = torch.where(bright, spread / torch.where(bright, value, 1.0), 0.0)
        wanted = (saturation * saturation_factor).clamp(0, 1)
        # The distance of each channel from the largest shrinks or grows in proportion.
        share = (value - y) / torch.where(spread > 0, spread, 1.0)
        return _finished(value - share * wanted * value, x.dtype)


def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """The hue in HSV moved by `delta`, where 1 is all the way round.

    Args:
      image: RGB in the last axis.

    Source: tf.image.adjust_hue.
    """
    with name_scope(name, "adjust_hue"):
        x = _colours(image, "adjust_hue")
        y = _float_image(x)
        hue = torch.remainder(_hue(y) + delta, 1.0)
        return _finished(y.amin(-1, keepdim=True) + _spread(y) * _pure_colour(hue), x.dtype)


def _colours(image: Any, function: str) -> Tensor:
    x = as_tensor(image)
    if x.dim() == 0:
        raise ValueError(f"{function}: input must be at least 1-D, got a scalar.")
    check_compatible(
        x.shape[-1], 3, f"{function}: input must have 3 channels in its last axis, shape {tuple(x.shape)}"
    )
    return x


def _spread(x: Tensor) -> Tensor:
    return x.amax(-1, keepdim=True) - x.amin(-1, keepdim=True)


def _hue(x: Tensor) -> Tensor:
    """The hue of RGB, `[..., 1]` in [0, 1); 0 for gray."""
    red, green, blue = x.split(1, -1)
    value, spread = x.amax(-1, keepdim=True), _spread(x)
    coloured = spread > 0
    scale = (6 * torch.where(coloured, spread, 1.0)).reciprocal()
    hue = torch.where(
        torch.eq(red, value),
        (green - blue) * scale,
        torch.where(torch.eq(green, value), (blue - red) * scale + 2 / 6, (red - green) * scale + 4 / 6),
    )
    hue = torch.where(coloured, hue, 0.0)
    return torch.where(hue < 0, hue + 1, hue)


def _pure_colour(hue: Tensor) -> Tensor:
    """RGB of full saturation and value, `[..., 3]`."""
    sixths = hue * 6
    channels = [(sixths - 3).abs() - 1, 2 - (sixths - 2).abs(), 2 - (sixths - 4).abs()]
    return torch.cat(channels, -1).clamp(0, 1)


def rgb_to_hsv(images: Any, name: str | None = None) -> Tensor:
    """Hue, saturation and value, all in [0, 1], for RGB in the last axis. Source: tf.image.rgb_to_hsv."""
    x = _colours(images, "rgb_to_hsv")
    value = x.amax(-1, keepdim=True)
    bright = value > 0
    saturation = torch.where(bright, _spread(x) / torch.where(bright, value, 1.0), 0.0)
    return named(torch.cat([_hue(x), saturation, value], -1), name, "RGBToHSV")


def hsv_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Undoes `rgb_to_hsv`; without a gradient, as in TensorFlow. Source: tf.image.hsv_to_rgb."""
    hue, saturation, value = _colours(images, "hsv_to_rgb").detach().split(1, -1)
    return named(((_pure_colour(hue) - 1) * saturation + 1) * value, name, "HSVToRGB")


_YUV = (
    (0.299, -0.14714119, 0.61497538),
    (0.587, -0.28886916, -0.51496512),
    (0.114, 0.43601035, -0.10001026),
)
_FROM_YUV = ((1, 1, 1), (0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0))
_YIQ = ((0.299, 0.59590059, 0.2115), (0.587, -0.27455667, -0.52273617), (0.114, -0.32134392, 0.31119955))
_FROM_YIQ = (
    (1, 1, 1),
    (0.95598634, -0.27201283, -1.10674021),
    (0.6208248, -0.64720424, 1.70423049),
)


def _mixed(images: Any, table: tuple[tuple[float, ...], ...], function: str) -> Tensor:
    x = _colours(images, function)
    columns = [_weighted(x, [row[i] for row in table]) for i in range(3)]
    return named(torch.cat(columns, -1), None, "Tensordot")


def _weighted(x: Tensor, weights: Any) -> Tensor:
    first, second, third = x.split(1, -1)
    return first * weights[0] + second * weights[1] + third * weights[2]


def rgb_to_yuv(images: Any) -> Tensor:
    """RGB in the last axis as YUV. Source: tf.image.rgb_to_yuv."""
    return _mixed(images, _YUV, "rgb_to_yuv")


def yuv_to_rgb(images: Any) -> Tensor:
    """YUV in the last axis as RGB. Source: tf.image.yuv_to_rgb."""
    return _mixed(images, _FROM_YUV, "yuv_to_rgb")


def rgb_to_yiq(images: Any) -> Tensor:
    """RGB in the last axis as YIQ. Source: tf.image.rgb_to_yiq."""
    return _mixed(images, _YIQ, "rgb_to_yiq")


def yiq_to_rgb(images: Any) -> Tensor:
    """YIQ in the last axis as RGB. Source: tf.image.yiq_to_rgb."""
    return _mixed(images, _FROM_YIQ, "yiq_to_rgb")


def rgb_to_grayscale(images: Any, name: str | None = None) -> Tensor:
    """The luminance of RGB, `[..., 1]`, in the dtype of `images`. Source: tf.image.rgb_to_grayscale."""
    x = _colours(images, "rgb_to_grayscale")
    gray = _weighted(_converted(x, torch.float32, False), (0.2989, 0.5870, 0.1140))
    return named(_converted(gray, x.dtype, False), name, "rgb_to_grayscale")


def grayscale_to_rgb(images: Any, name: str | None = None) -> Tensor:
    """Three equal channels of one, `[..., 1]` to `[..., 3]`. Source: tf.image.grayscale_to_rgb."""
    x = as_tensor(images)
    check_compatible(x.shape[-1], 1, "grayscale_to_rgb: channels of the last axis")
    return named(torch.cat([x, x, x], -1), name, "grayscale_to_rgb")


def per_image_standardization(image: Any) -> Tensor:
    """`(x - mean) / max(stddev, 1 / sqrt(n))` for each image of `n` numbers.

    Args:
      image: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Returns:
      The dtype of `image`: bytes are clipped to their range, so convert them to float32 first.

    Source: tf.image.per_image_standardization.
    """
    with name_scope(None, "per_image_standardization"):
        x = check_image(image, "per_image_standardization")
        y = _converted(x, torch.float32, False)
        variance, mean = torch.var_mean(y, (-3, -2, -1), correction=0, keepdim=True)
        count = y.shape[-3] * y.shape[-2] * y.shape[-1]
        return _finished((y - mean) * _at_least(variance, count).rsqrt(), x.dtype)


@leaf
def _at_least(variance: Tensor, count: int) -> Tensor:
    return variance.clamp(min=1 / count)


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """The sum of the absolute differences of neighbouring pixels, of each image.

    Args:
      images: `[batch, height, width, channels]`, or `[height, width, channels]`.

    Source: tf.image.total_variation.
    """
    with name_scope(name, "total_variation"):
        x = check_image(images, "total_variation")
        total = x.diff(dim=-3).abs().sum((-3, -2, -1)) + x.diff(dim=-2).abs().sum((-3, -2, -1))
        return named(total, None, "add")


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """Differences to the next row, and to the next column; zeros at the end.

    Args:
      image: `[batch, height, width, channels]`.

    Raises:
      ValueError: another rank.

    Source: tf.image.image_gradients.
    """
    x = as_tensor(image)
    if x.dim() != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {tuple(x.shape)}.")
    down, across = F.pad(x.diff(dim=1), (0, 0, 0, 0, 0, 1)), F.pad(x.diff(dim=2), (0, 0, 0, 1))
    return named(down, None, "Reshape"), named(across, None, "Reshape")


def sobel_edges(image: Any) -> Tensor:
    """The Sobel filters: `[..., 0]` of the result is the change downwards, `[..., 1]` to the right.

    Args:
      image: `[batch, height, width, channels]`.

    Source: tf.image.sobel_edges.
    """
    x = F.pad(as_tensor(image).permute(0, 3, 1, 2), (1, 1, 1, 1), mode="reflect")
    down, across = x[:, :, 2:] - x[:, :, :-2], x[:, :, :, 2:] - x[:, :, :, :-2]
    down = down[:, :, :, :-2] + 2 * down[:, :, :, 1:-1] + down[:, :, :, 2:]
    across = across[:, :, :-2] + 2 * across[:, :, 1:-1] + across[:, :, 2:]
    return named(torch.stack([down, across], -1).permute(0, 2, 3, 1, 4), None, "Reshape")


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """Peak signal-to-noise ratio in decibels, of each image; `max_val` is the largest value there may be.

    Source: tf.image.psnr.
    """
    with name_scope(name, "PSNR"):
        image, b = as_tensor(a), as_tensor(b)
        peak = _peak(image, max_val)
        a, b = _converted(image, torch.float32, False), _converted(b, torch.float32, False)
        error = (a - b).square().mean((-3, -2, -1))
        # Three conversions to float32 come before, of which those that change nothing are named so too.
        return named(
            20 * math.log10(peak) - 10 * error.log10(), None, "Identity_3" if a is image else "Identity"
        )


def _peak(image: Tensor, max_val: Any) -> float:
    limit = float(max_val)
    return limit if image.dtype.is_floating_point else limit / torch.iinfo(image.dtype).max


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Structural similarity, of each image: 1 where they are equal.

    Args:
      img1, img2: `[..., height, width, channels]`, at least as large as the filter.
      max_val: the largest value there may be.

    Source: tf.image.ssim.
    """
    first, second = as_tensor(img1), as_tensor(img2)
    peak = _peak(first, max_val)
    first, second = _converted(first, torch.float32, False), _converted(second, torch.float32, False)
    c1, c2 = (k1 * peak) ** 2, (k2 * peak) ** 2
    window = _gaussian(first, filter_size, filter_sigma)
    mean1, mean2 = _smoothed(first, window), _smoothed(second, window)
    products, squares = mean1 * mean2 * 2, mean1.square() + mean2.square()
    luminance = (products + c1) / (squares + c1)
    both = _smoothed(first * second, window) * 2
    all_squares = _smoothed(first.square() + second.square(), window)
    structure = (both - products + c2) / (all_squares - squares + c2)
    return named((luminance * structure).mean((-2, -1)).mean(-1), None, "Mean_2")


def _gaussian(like: Tensor, size: int, sigma: float) -> Tensor:
    offsets = torch.arange(size, dtype=like.dtype, device=like.device) - (size - 1) / 2
    return torch.softmax(-0.5 * (offsets / sigma).square(), 0)


def _smoothed(x: Tensor, window: Tensor) -> Tensor:
    """`[..., channels, height, width]` of whole windows, for channels-last images."""
    planes = x.movedim(-1, -3)
    flat = planes.reshape(-1, 1, planes.shape[-2], planes.shape[-1])
    flat = F.conv2d(F.conv2d(flat, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))
    return flat.squeeze(1).unflatten(0, planes.shape[:-2])
