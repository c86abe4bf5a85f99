"""`tf.image`: images in the formats of files, read and written with Pillow, which is an extra of this package.

Bytes come and go as `bytes`, or as recorded strings. A JPEG may differ from TensorFlow's pixels by a step or
two, for the two round differently; other formats are exact.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slim_torch import errors
from slim_torch.dtypes import as_dtype
from slim_torch.dtypes import string as string_dtype
from slim_torch.symbolic import is_symbolic
from slim_torch.tensors import as_tensor, leaf_call
from slim_torch.tf.image_colour import _converted

__all__ = [
    "decode_and_crop_jpeg",
    "decode_bmp",
    "decode_gif",
    "decode_image",
    "decode_jpeg",
    "decode_png",
    "encode_jpeg",
    "encode_png",
    "extract_jpeg_shape",
    "is_jpeg",
]

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def _pillow() -> Any:
    try:
        import PIL.Image
    except ImportError as err:
        raise ImportError(
            "Reading and writing image files needs Pillow. Install it: pip install 'slim-torch[images]', or pip "
            "install pillow."
        ) from err
    return PIL.Image


def _opened(contents: Any, what: str) -> Any:
    data = _bytes(contents)
    try:
        return _pillow().open(io.BytesIO(data))
    except (OSError, SyntaxError) as err:
        raise ValueError(
            f"{what}: the {len(data)} bytes beginning with {data[:8]!r} are no image that can be read: {err}"
        ) from err


def _bytes(contents: Any) -> bytes:
    if isinstance(contents, np.ndarray):
        contents = contents.item()
    if isinstance(contents, str):
        contents = contents.encode("latin-1")
    if not isinstance(contents, (bytes, bytearray, memoryview, np.bytes_)):
        raise TypeError(f"expected the bytes of an image file, got {type(contents).__name__}.")
    return bytes(contents)


def _pixels(image: Any, channels: int) -> np.ndarray:
    """`[height, width, channels]`; with 0 channels as many as the file has."""
    if not channels:
        mode = image.mode
        if mode == "P":
            channels = 4 if "transparency" in image.info else 3
        else:
            channels = 1 if mode in ("1", "L", "I", "I;16", "F") else len(image.getbands())
            channels = 3 if mode in ("CMYK", "YCbCr") else channels
    if channels not in _MODES:
        raise ValueError(f"channels must be 0, 1, 3 or 4, got {channels}.")
    wanted = _MODES[channels]
    array = np.asarray(image if image.mode == wanted else image.convert(wanted))
    return array.reshape(array.shape[0], array.shape[1], channels)


def _decode(contents: Any, channels: int, what: str) -> Tensor:
    return torch.from_numpy(_pixels(_opened(contents, what), channels).copy())


def _decode_wide_png(contents: Any, channels: int) -> Tensor:
    image = _opened(contents, "decode_png")
    if image.mode.startswith("I"):
        array = np.asarray(image).astype(np.uint16)[:, :, None]
        return torch.from_numpy(np.repeat(array, max(channels, 1), 2))
    return torch.from_numpy(_pixels(image, channels).astype(np.uint16) * 257)


def _decode_animation(contents: Any) -> Tensor:
    image = _opened(contents, "decode_gif")
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(_pixels(image, 3))
    return torch.from_numpy(np.stack(frames))


def _decode_any(contents: Any, channels: int, dtype: torch.dtype, animations: bool) -> Tensor:
    animated = _bytes(contents)[:3] == b"GIF"
    if animated and channels not in (0, 3):
        raise ValueError(f"decode_image: a GIF has 3 channels, {channels} were asked for.")
    pixels = _decode_animation(contents) if animated else _decode(contents, channels, "decode_image")
    return _converted(pixels if animations or not animated else pixels[0], dtype, False)


def _size(channels: int | None) -> int | None:
    return channels or None


def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """The pixels of an image file, uint8 `[height, width, channels]`.

    Args:
      contents: the bytes of the file; a PNG or another format is read too.
      channels: 1 for gray, 3 for RGB, 0 for what the file has.
      ratio: how much smaller the result is, 1, 2, 4 or 8.
      fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: no effect; Pillow decides.

    Raises:
      ValueError: the bytes are no image.
      ImportError: Pillow is not installed.

    Source: tf.image.decode_jpeg.
    """
    if ratio not in (1, 2, 4, 8):
        raise ValueError(f"ratio must be 1, 2, 4, or 8, got {ratio}.")
    shape = (None, None, _size(channels))
    function = _decode if ratio == 1 else _decode_smaller
    args = (contents, channels, "decode_jpeg") if ratio == 1 else (contents, channels, ratio)
    return leaf_call(function, args, shape, torch.uint8, "DecodeJpeg", name)


def _decode_smaller(contents: Any, channels: int, ratio: int) -> Tensor:
    image = _opened(contents, "decode_jpeg")
    width, height = (-(-size // ratio) for size in image.size)
    image.draft(image.mode, (width, height))
    return torch.from_numpy(_pixels(image.resize((width, height)), channels).copy())


def _decode_window(contents: Any, window: Any, channels: int) -> Tensor:
    top, left, height, width = (int(size) for size in window)
    image = _opened(contents, "decode_and_crop_jpeg")
    if top < 0 or left < 0 or top + height > image.size[1] or left + width > image.size[0]:
        raise errors.InvalidArgumentError(None, None, "Invalid JPEG data or crop window")
    return torch.from_numpy(_pixels(image, channels)[top : top + height, left : left + width].copy())


def decode_and_crop_jpeg(
    contents: Any,
    crop_window: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
    name: str | None = None,
) -> Tensor:
    """A window of an image file, uint8 `[height, width, channels]`; see `decode_jpeg`.

    Args:
      crop_window: int32 `[top, left, height, width]`, in pixels.
      ratio: 1; a smaller result is not supported.

    Raises:
      NotImplementedError: `ratio` is not 1.
      tf.errors.InvalidArgumentError: the window is not inside the image, when it runs.

    Source: tf.image.decode_and_crop_jpeg.
    """
    if ratio != 1:
        raise NotImplementedError(f"decode_and_crop_jpeg: ratio must be 1, got {ratio}. Resize the result.")
    window = as_tensor(crop_window, torch.int32)
    shape = (None, None, _size(channels))
    return leaf_call(
        _decode_window, (contents, window, channels), shape, torch.uint8, "DecodeAndCropJpeg", name
    )


def _jpeg_shape(contents: Any, dtype: torch.dtype) -> Tensor:
    image = _opened(contents, "extract_jpeg_shape")
    return torch.tensor([image.size[1], image.size[0], len(image.getbands())], dtype=dtype)


def extract_jpeg_shape(contents: Any, output_type: Any = torch.int32, name: str | None = None) -> Tensor:
    """Height, width and channels of an image file. Source: tf.image.extract_jpeg_shape."""
    dtype = as_dtype(output_type)
    return leaf_call(_jpeg_shape, (contents, dtype), (3,), dtype, "ExtractJpegShape", name)


def decode_png(contents: Any, channels: int = 0, dtype: Any = torch.uint8, name: str | None = None) -> Tensor:
    """The pixels of an image file, `[height, width, channels]`; see `decode_jpeg`.

    Args:
      channels: 1, 3, 4 (RGBA), or 0 for what the file has.
      dtype: uint8 or uint16.

    Source: tf.image.decode_png.
    """
    wanted = as_dtype(dtype)
    if wanted not in (torch.uint8, torch.uint16):
        raise TypeError(f"decode_png: dtype must be uint8 or uint16, got {str(wanted)[6:]}.")
    shape = (None, None, _size(channels))
    if wanted == torch.uint16:
        return leaf_call(_decode_wide_png, (contents, channels), shape, wanted, "DecodePng", name)
    return leaf_call(_decode, (contents, channels, "decode_png"), shape, wanted, "DecodePng", name)


def decode_bmp(contents: Any, channels: int = 0, name: str | None = None) -> Tensor:
    """The pixels of an image file, uint8 `[height, width, channels]`. Source: tf.image.decode_bmp."""
    shape = (None, None, _size(channels))
    return leaf_call(_decode, (contents, channels, "decode_bmp"), shape, torch.uint8, "DecodeBmp", name)


def decode_gif(contents: Any, name: str | None = None) -> Tensor:
    """All frames of an animation, uint8 `[frames, height, width, 3]`. Source: tf.image.decode_gif."""
    shape = (None, None, None, 3)
    return leaf_call(_decode_animation, (contents,), shape, torch.uint8, "DecodeGif", name)


def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = torch.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """The pixels of a JPEG, PNG, BMP or GIF, found out from the bytes.

    Args:
      channels: 1, 3, 4, or 0 (or None) for what the file has.
      dtype: uint8, or another that `convert_image_dtype` makes of it.
      expand_animations: whether a GIF gives all its frames, in one more axis.

    Raises:
      ValueError: the bytes are no image, or a GIF and `channels` is not 0 or 3.

    Source: tf.image.decode_image.
    """
    wanted = as_dtype(dtype)
    shape = None if expand_animations else (None, None, _size(channels))
    args = (contents, channels or 0, wanted, expand_animations)
    return leaf_call(_decode_any, args, shape, wanted, "decode_image", name)


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether bytes begin as a JPEG does. Source: tf.image.is_jpeg."""
    return leaf_call(_begins_as_jpeg, (contents,), (), torch.bool, "is_jpeg", name)


def _begins_as_jpeg(contents: Any) -> Tensor:
    return torch.tensor(_bytes(contents)[:3] == b"\xff\xd8\xff")


def encode_png(image: Any, compression: int = -1, name: str | None = None) -> Any:
    """The bytes of a PNG.

    Args:
      image: uint8 or uint16 `[height, width, channels]`, 1 to 4 channels (uint16: 1).
      compression: from 0 to 9; -1 for Pillow's default.

    Source: tf.image.encode_png.
    """
    x = _to_be_written(image, "encode_png", (torch.uint8, torch.uint16))
    return (
        leaf_call(_as_png, (x, compression), (), string_dtype, "EncodePng", name)
        if is_symbolic(x)
        else _as_png(x, compression)
    )


def encode_jpeg(
    image: Any,
    format: str = "",
    quality: int = 95,
    progressive: bool = False,
    optimize_size: bool = False,
    chroma_downsampling: bool = True,
    density_unit: str = "in",
    x_density: int = 300,
    y_density: int = 300,
    xmp_metadata: str = "",
    name: str | None = None,
) -> Any:
    """The bytes of a JPEG.

    Args:
      image: uint8 `[height, width, channels]`, 1 (gray) or 3 (RGB) channels.
      format: no effect; the channels decide.
      quality: from 0 to 100.
      density_unit: `"in"` or `"cm"`, of the two densities.
      xmp_metadata: must be empty: it is not written.

    Source: tf.image.encode_jpeg.
    """
    if xmp_metadata:
        raise ValueError("encode_jpeg: xmp_metadata is not written here. Leave it empty.")
    x = _to_be_written(image, "encode_jpeg", (torch.uint8,))
    scale = 1.0 if density_unit == "in" else 2.54
    options = {
        "quality": quality,
        "progressive": progressive,
        "optimize": optimize_size,
        "subsampling": "4:2:0" if chroma_downsampling else "4:4:4",
        "dpi": (round(x_density * scale), round(y_density * scale)),
    }
    if not is_symbolic(x):
        return _as_jpeg(x, options)
    return leaf_call(_as_jpeg, (x, options), (), string_dtype, "EncodeJpeg", name)


def _to_be_written(image: Any, function: str, dtypes: tuple[torch.dtype, ...]) -> Tensor:
    x = as_tensor(image)
    if x.dtype not in dtypes:
        raise TypeError(
            f"{function}: the image has dtype {str(x.dtype)[6:]}, expected {dtypes}. Use convert_image_dtype."
        )
    if x.dim() != 3:
        raise ValueError(
            f"{function}: image must be 3-dimensional [height, width, channels], got {tuple(x.shape)}."
        )
    return x


def _as_png(image: Tensor, compression: int) -> bytes:
    options = {} if compression < 0 else {"compress_level": compression}
    return _written(image, "PNG", options)


def _as_jpeg(image: Tensor, options: dict[str, Any]) -> bytes:
    return _written(image, "JPEG", options)


def _written(image: Tensor, kind: str, options: dict[str, Any]) -> bytes:
    array = image.detach().cpu().numpy()
    picture = _pillow().fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
