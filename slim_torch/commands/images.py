"""Labelled images on disk for `train`, `evaluate` and `classify`: folders of images, and TFRecords.

Examples are decoded and preprocessed by the workers of a `torch.utils.data.DataLoader`. Needs Pillow.
"""

from __future__ import annotations

import functools
import glob
import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from slim_torch import tf
from slim_torch.examples import features_of
from slim_torch.records import read_keyed_records

__all__ = ["ImageFolder", "Preprocessed", "RecordFiles", "batches_of", "decoded", "open_dataset"]

_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp")


def decoded(contents: bytes, channels: int) -> torch.Tensor:
    """The image in a JPEG, PNG, GIF or BMP file, `[height, width, channels]`, uint8.

    Raises:
      tf.errors.InvalidArgumentError: it is none.
    """
    return tf.image.decode_image(contents, channels=channels, expand_animations=False)


class ImageFolder(Dataset[tuple[bytes, int]]):
    """Images in folders, one for each class; labels count the folders in the order of their names.

    Raises:
      ValueError: there are no folders with images.
    """

    def __init__(self, folder: str) -> None:
        self.class_names = sorted(
            name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))
        )
        self._files = [
            (os.path.join(folder, name, file), label)
            for label, name in enumerate(self.class_names)
            for file in sorted(os.listdir(os.path.join(folder, name)))
            if file.lower().endswith(_ENDINGS)
        ]
        if not self._files:
            raise ValueError(
                f"{folder!r} has neither TFRecords of the split nor folders of images. Expected "
                f"FOLDER/CLASS/IMAGE.jpg, or files whose names begin with the split's."
            )

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, place: int) -> tuple[bytes, int]:
        path, label = self._files[place]
        with open(path, "rb") as file:
            return file.read(), label


class RecordFiles(Dataset[tuple[bytes, int]]):
    """`tf.train.Example`s with `image/encoded` and `image/class/label`, as TF-Slim's converters write them.

    The files are read once, to know where each record is.
    """

    class_names: list[str]

    def __init__(self, paths: list[str]) -> None:
        self._places: list[tuple[str, int]] = []
        for path in paths:
            self._places += [(path, start) for start, _ in read_keyed_records(path)]
        if not self._places:
            raise ValueError(f"{paths} have no records.")
        self.class_names = []

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: int) -> tuple[bytes, int]:
        path, start = self._places[place]
        with open(path, "rb") as file:
            file.seek(start)
            length = int.from_bytes(file.read(8), "little")
            file.seek(4, os.SEEK_CUR)
            record = file.read(length)
        found = features_of(record, {"image/encoded", "image/class/label"})
        try:
            return bytes(found["image/encoded"][1][0]), int(found["image/class/label"][1][0])
        except (KeyError, IndexError, TypeError) as err:
            raise ValueError(
                f"{path}: the record at byte {start} has no image/encoded or no image/class/label."
            ) from err


def open_dataset(folder: str, split: str, labels_offset: int) -> tuple[Dataset[tuple[bytes, int]], int]:
    """The examples of a split, and the number of classes.

    TFRecords are files of `folder` whose names have the split's in them (`flowers_train_00000-of-00005.tfrecord`);
    without such, `folder/split`, or `folder` itself, has folders of images.

    Args:
      labels_offset: subtracted from labels; the classes are counted after it.

    Raises:
      ValueError: there is neither.
      FileNotFoundError: there is no such folder.
    """
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder!r}")
    paths = [path for path in sorted(glob.glob(os.path.join(folder, f"*{split}*"))) if os.path.isfile(path)]
    if paths:
        records = RecordFiles(paths)
        labels = os.path.join(folder, "labels.txt")
        if os.path.exists(labels):
            with open(labels, encoding="utf-8") as file:
                records.class_names = [line.partition(":")[2].strip() for line in file if line.strip()]
            return records, len(records.class_names) - labels_offset
        return records, max(label for _, label in records) + 1 - labels_offset  # type: ignore[attr-defined]
    inner = os.path.join(folder, split)
    images = ImageFolder(inner if os.path.isdir(inner) else folder)
    return images, len(images.class_names) - labels_offset


class Preprocessed(Dataset[tuple[torch.Tensor, int]]):
    """Examples as a network takes them: image `[size, size, channels]`, label."""

    def __init__(
        self,
        examples: Dataset[tuple[bytes, int]],
        preprocess: Callable[..., Any],
        size: int,
        channels: int,
        labels_offset: int,
    ) -> None:
        self._examples = examples
        # Nobody would see the summaries of a step that is over.
        summarizes = "add_image_summaries" in inspect.signature(preprocess).parameters
        self._preprocess = (
            functools.partial(preprocess, add_image_summaries=False) if summarizes else preprocess
        )
        self._size = size
        self._channels = channels
        self._labels_offset = labels_offset

    def __len__(self) -> int:
        return len(self._examples)  # type: ignore[arg-type]

    def __getitem__(self, place: int) -> tuple[torch.Tensor, int]:
        contents, label = self._examples[place]
        with tf.Graph().as_default() as graph, graph.step():
            image = self._preprocess(decoded(contents, self._channels), self._size, self._size)
        return image, label - self._labels_offset


def batches_of(
    examples: Preprocessed, batch_size: int, workers: int, shuffle: bool, repeat: bool
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches `[batch, size, size, channels]` and labels `[batch]`; the last one may be short unless it repeats."""
    loader = DataLoader(
        examples,
        batch_size,
        shuffle=shuffle,
        num_workers=workers,
        drop_last=repeat and len(examples) >= batch_size,
        pin_memory=torch.cuda.is_available(),
        persistent_workers=workers > 0,
    )
    while True:
        yield from loader
        if not repeat:
            return
