"""What the face detector is given, from the images in shared/data/mtcnn: NumPy and pillow, on both sides."""

import hashlib
import os

import numpy as np

FOLDER = os.environ.get("MTCNN_FOLDER") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "data", "mtcnn"
)
IMAGES = ("img_414.jpg", "img_423.jpg")


def image(folder, name):
    """An image as the detector was trained on: BGR, in [-1, 1), every third pixel."""
    from PIL import Image

    with Image.open(os.path.join(folder, name)) as file:
        pixels = np.asarray(file.convert("RGB"))
    return (pixels[::3, ::3, ::-1].astype(np.float32) - np.float32(127.5)) * np.float32(1 / 128)


def inputs(picture):
    """The whole image for PNet, and windows of 24 x 24 for RNet."""
    height, width, _ = picture.shape
    corners = [(y, x) for y in range(0, height - 24, 12) for x in range(0, width - 24, 12)]
    windows = np.stack([picture[y : y + 24, x : x + 24] for y, x in corners])
    return {"pnet": picture[None], "rnet": windows}


def sha256(array):
    """A checksum of the values: decoders of JPEG files differ, and then outputs cannot be compared."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
