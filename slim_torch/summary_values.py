"""What summaries hold: real values as serialized `Summary` messages, bit for bit as TensorFlow's kernels write them.

Here are the arithmetic and the encodings: buckets of histograms, scaling of images, sound files. Which values are
summarized when, and under what tag, is decided in `summary_ops.py`.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from slim_torch import errors
from slim_torch.checkpoint.data_types import BY_NUMBER
from slim_torch.messages import DecodeError
from slim_torch.summary_protos import HistogramProto, Summary, SummaryMetadata, TensorProto

__all__ = ["audio", "histogram", "image", "merged", "scalar", "tensor"]

_LARGEST = float(np.finfo(np.float64).max)
_NUMBERS = {kind.torch_dtype: number for number, kind in reversed(BY_NUMBER.items())}
_STRING = 7
_SMALLEST_SHOWN = 1e-6


def _refused(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _serialized(values: Sequence[Any]) -> np.ndarray:
    return np.array(Summary(value=values).SerializeToString(), dtype=object)


def scalar(value: Tensor, tag: str) -> np.ndarray:
    """One number, as float32.

    Raises:
      InvalidArgumentError: `value` is no scalar.
    """
    if value.dim():
        raise _refused(f"tags and values not the same shape: [] != {list(value.shape)} (tag '{tag}')")
    number = value.detach().to(torch.float32).item()
    return _serialized([Summary.Value(tag=tag, simple_value=number)])


@functools.cache
def _limits() -> np.ndarray:
    """The upper ends of the buckets: from 1e-12 on, each a tenth above the last, to both sides of 0."""
    limits, limit = [], 1e-12
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    limits.append(_LARGEST)
    return np.array([*(-item for item in reversed(limits)), 0.0, *limits])


def histogram(values: Tensor, tag: str) -> np.ndarray:
    """How many values fall into each bucket.

    Raises:
      InvalidArgumentError: a value is not finite.
    """
    data = values.detach().to("cpu", torch.float64).numpy().reshape(-1)
    if not np.isfinite(data).all():
        what = "Nan" if np.isnan(data[~np.isfinite(data)][0]) else "Infinity"
        raise _refused(f"{what} in summary histogram for: {tag}")
    limits = _limits()
    places = np.minimum(np.searchsorted(limits, data, side="right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    # Of neighbouring empty buckets only the last is written.
    kept = (counts > 0) | np.append(counts[1:] > 0, True)
    found = HistogramProto(min=_LARGEST, max=-_LARGEST, bucket_limit=limits[kept], bucket=counts[kept])
    if len(data):
        found.min, found.max, found.num = data.min(), data.max(), len(data)
        with np.errstate(over="ignore"):
            # One after the other, as TensorFlow adds.
            found.sum, found.sum_squares = np.cumsum(data)[-1], np.cumsum(data * data)[-1]
    return _serialized([Summary.Value(tag=tag, histo=found)])


def _tags(tag: str, kind: str, count: int, max_outputs: int) -> list[str]:
    if max_outputs == 1:
        return [f"{tag}/{kind}"][:count]
    return [f"{tag}/{kind}/{number}" for number in range(min(count, max_outputs))]


def _pixels(picture: np.ndarray) -> np.ndarray:
    """Floats as bytes: 0 to the largest over 0 to 255 or, where one is negative, 0 at 128. Pixels that are not
    finite are red."""
    finite = np.isfinite(picture).all(axis=-1)
    good = picture[finite]
    shown = np.zeros(picture.shape, np.uint8)
    if good.size:
        negative = good.min() < 0
        largest = np.float32(np.abs(good).max())
        scale = np.float32(127 if negative else 255) / largest if largest >= _SMALLEST_SHOWN else 0
        # In the dtype of the image, as TensorFlow computes.
        kind = picture.dtype.type
        shown[finite] = good * kind(scale) + kind(128 if negative else 0)
    shown[~finite] = np.array([255, 0, 0, 255])[: picture.shape[-1]]
    return shown


def image(images: Tensor, tag: str, max_outputs: int) -> np.ndarray:
    """The first images of a batch, as PNG.

    Raises:
      InvalidArgumentError: `images` is not `[batch, height, width, channels]` with 1, 3 or 4 channels, or has
        no pixels.
      ImportError: Pillow is not installed.
    """
    from slim_torch.tf.image_files import encode_png

    sizes = ",".join(map(str, images.shape))
    if images.dim() != 4 or images.shape[3] not in (1, 3, 4):
        raise _refused(f"Tensor must be 4-D with last dim 1, 3, or 4, not [{sizes}]")
    if not (images.shape[1] and images.shape[2]):
        raise _refused(f"input tensor must have non-zero dims. Found: [{', '.join(map(str, images.shape))}].")
    height, width, channels = images.shape[1:]
    values = []
    for name, picture in zip(_tags(tag, "image", len(images), max_outputs), images.detach()):
        array = picture.cpu().numpy()
        shown = array if array.dtype == np.uint8 else _pixels(array)
        content = encode_png(torch.from_numpy(np.ascontiguousarray(shown)))
        values.append(
            Summary.Value(
                tag=name,
                image={
                    "height": height,
                    "width": width,
                    "colorspace": channels,
                    "encoded_image_string": content,
                },
            )
        )
    return _serialized(values)


def _wav(frames: np.ndarray, sample_rate: int) -> bytes:
    """A sound file of `[frames, channels]`, 16 bits a sample."""
    scaled = np.nan_to_num(frames.astype(np.float64) * 32768, nan=0.0)
    # Halves away from zero.
    samples = np.clip(np.trunc(scaled + np.copysign(0.5, scaled)), -32768, 32767).astype("<i2")
    channels, content = frames.shape[1], samples.tobytes()
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * channels * 2, channels * 2, 16)
    parts = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(content))
    return b"RIFF" + struct.pack("<I", len(parts) + len(content)) + parts + content


def audio(sounds: Tensor, sample_rate: Tensor, tag: str, max_outputs: int) -> np.ndarray:
    """The first sounds of a batch, as WAV.

    Raises:
      InvalidArgumentError: `sounds` is not `[batch, frames, channels]` or `[batch, frames]`, or is empty, or
        `sample_rate` is no positive scalar.
    """
    if sounds.dim() not in (2, 3):
        raise _refused(f"Tensor must be 3-D or 2-D, got: [{','.join(map(str, sounds.shape))}]")
    if sample_rate.dim():
        raise _refused(f"sample_rate must be a scalar, got shape {list(sample_rate.shape)}")
    rate = sample_rate.item()
    if not rate > 0:
        raise _refused("sample_rate must be > 0")
    data = sounds.detach().cpu().numpy()
    data = data if data.ndim == 3 else data[:, :, None]
    _, frames, channels = data.shape
    values = []
    for name, sound in zip(_tags(tag, "audio", len(data), max_outputs), data):
        if not sound.size:
            raise _refused("audio is null")
        content = _wav(sound, int(rate))
        values.append(
            Summary.Value(
                tag=name,
                audio={
                    "sample_rate": rate,
                    "num_channels": channels,
                    "length_frames": frames,
                    "encoded_audio_string": content,
                    "content_type": "audio/wav",
                },
            )
        )
    return _serialized(values)


def tensor(value: Any, tag: str, metadata: SummaryMetadata) -> np.ndarray:
    """A tensor as it is; `value` is an array of bytes for strings."""
    if isinstance(value, Tensor):
        data = value.detach().cpu().contiguous()
        number = _NUMBERS[data.dtype]
        proto = TensorProto(dtype=number, tensor_content=data.reshape(-1).view(torch.uint8).numpy().tobytes())
    else:
        proto = TensorProto(dtype=_STRING, string_val=value.reshape(-1).tolist())
    proto.tensor_shape.SetInParent()
    for size in value.shape:
        proto.tensor_shape.dim.add(size=size)
    return _serialized([Summary.Value(tag=tag, tensor=proto, metadata=metadata)])


def merged(parts: Sequence[Any]) -> np.ndarray:
    """Serialized summaries, single ones or arrays of them, as one.

    Raises:
      InvalidArgumentError: bytes are no summary, or two values have the same tag.
    """
    values: list[Any] = []
    tags: set[str] = set()
    for part in parts:
        for content in np.asarray(part, dtype=object).reshape(-1):
            try:
                found = Summary.FromString(content).value
            except DecodeError as err:
                raise _refused(f"Could not parse one of the summary inputs: {err}") from err
            for value in found:
                if value.tag in tags:
                    raise _refused(f"Duplicate tag {value.tag} found in summary inputs")
                tags.add(value.tag)
            values.extend(found)
    return _serialized(values)
