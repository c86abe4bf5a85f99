"""`tf.image`: boxes, which are `(y1, x1, y2, x2)` with 0 and 1 at the image's first and last pixels.

Cropping by boxes is in `image_geometry.py`.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from slim_torch.graph import get_default_graph
from slim_torch.scopes import name_scope
from slim_torch.sources import _Draw
from slim_torch.tensors import as_sizes, as_tensor, leaf, named
from slim_torch.tf.operands import check_compatible

__all__ = [
    "BoundingBox",
    "draw_bounding_boxes",
    "non_max_suppression",
    "non_max_suppression_padded",
    "non_max_suppression_with_scores",
    "sample_distorted_bounding_box",
]

# TensorFlow's colours of the first ten boxes, RGB.
_COLOURS = (
    (1.0, 1.0, 0.0),
    (0.0, 0.0, 1.0),
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.5, 0.0, 0.5),
    (0.5, 0.5, 0.0),
    (0.5, 0.0, 0.0),
    (0.0, 0.0, 0.5),
    (0.0, 1.0, 1.0),
    (1.0, 0.0, 1.0),
)


def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    name: str | None = None,
) -> Tensor:
    """The boxes that are left, best first, when those that overlap a better one too much are dropped.

    Args:
      boxes: float32 `[count, 4]`, two opposite corners each, on any scale.
      scores: float32 `[count]`.
      max_output_size: how many boxes are wanted at most.
      iou_threshold: two boxes overlap too much if their intersection is this share of their union or more.
      score_threshold: only boxes with a score above are considered.

    Returns:
      The numbers of the boxes, int32 `[selected]`.

    Raises:
      ValueError: shapes do not fit, or `iou_threshold` is not in [0, 1].

    Source: tf.image.non_max_suppression.
    """
    with name_scope(name, "non_max_suppression"):
        checked = _checked(boxes, scores, max_output_size, iou_threshold)
        selected = _selected(*checked, iou_threshold, score_threshold, 0.0)[0]
        return named(selected, None, "NonMaxSuppressionV3")


def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`non_max_suppression` that lowers the scores of overlapping boxes if `soft_nms_sigma` is above 0.

    A box that overlaps a selected one has its score multiplied by `exp(-iou ** 2 / (2 * sigma))`, and
    by 0 beyond `iou_threshold`.

    Returns:
      The numbers of the boxes, int32 `[selected]`, and their scores.

    Source: tf.image.non_max_suppression_with_scores.
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        checked = _checked(boxes, scores, max_output_size, iou_threshold)
        result = named(
            _selected(*checked, iou_threshold, score_threshold, soft_nms_sigma), None, "NonMaxSuppressionV5"
        )
        return result[0], result[1]


def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = -math.inf,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`non_max_suppression` that may fill its result with zeros.

    Returns:
      The numbers of the boxes, int32, `max_output_size` of them if `pad_to_max_output_size`; and how many
      of them are selected.

    Source: tf.image.non_max_suppression_padded.
    """
    with name_scope(name, "non_max_suppression_padded"):
        checked = _checked(boxes, scores, max_output_size, iou_threshold)
        result = _padded(*checked, iou_threshold, score_threshold, pad_to_max_output_size)
        result = named(result, None, "NonMaxSuppressionV4")
        return result[0], result[1]


def _checked(boxes: Any, scores: Any, size: Any, threshold: Any) -> tuple[Tensor, Tensor, Any]:
    boxes, scores = as_tensor(boxes), as_tensor(scores)
    if boxes.dim() != 2 or scores.dim() != 1:
        raise ValueError(
            f"non_max_suppression: expected boxes of shape [count, 4] and scores of shape [count], got "
            f"{tuple(boxes.shape)} and {tuple(scores.shape)}."
        )
    check_compatible(boxes.shape[1], 4, "columns of the boxes of non_max_suppression")
    check_compatible(boxes.shape[0], scores.shape[0], "number of boxes and of scores of non_max_suppression")
    if isinstance(threshold, (int, float)) and not 0 <= threshold <= 1:
        raise ValueError(f"iou_threshold must be in [0, 1], got {threshold}.")
    return boxes, scores, as_sizes(size)[0]


@leaf
def _selected(
    boxes: Tensor, scores: Tensor, size: int, threshold: Any, lowest: Any, sigma: Any
) -> tuple[Tensor, Tensor]:
    corners = boxes.detach().to("cpu", torch.float32).numpy()
    current = scores.detach().to("cpu", torch.float32).numpy()
    current = np.where(current > float(lowest), current, -np.inf).astype(np.float32)
    select = _softly if float(sigma) > 0 else _hard
    chosen, values = select(corners, current, size, float(threshold), float(lowest), float(sigma))
    device = boxes.device
    return torch.tensor(chosen, dtype=torch.int32, device=device), torch.tensor(
        values, dtype=scores.dtype, device=device
    )


# In TensorFlow 1.15.5 a box without area, which does not even overlap itself, is selected again and again.
# That is not done here: every box is selected once at most.


def _hard(
    corners: np.ndarray, scores: np.ndarray, size: int, threshold: float, lowest: float, sigma: float
) -> tuple[list[int], list[float]]:
    chosen: list[int] = []
    suppressed = np.zeros(len(scores), bool)
    candidates = _best_first(scores)
    best = next(candidates, None)
    while best is not None and len(chosen) < size:
        selected = not suppressed[best]
        if selected:
            chosen.append(best)
            suppressed |= _overlaps(corners, best) >= threshold
        try:
            best = candidates.send(selected)
        except StopIteration:
            break
    return chosen, scores[chosen].tolist()


def _softly(
    corners: np.ndarray, scores: np.ndarray, size: int, threshold: float, lowest: float, sigma: float
) -> tuple[list[int], list[float]]:
    chosen: list[int] = []
    values: list[float] = []
    while len(chosen) < size and len(scores):
        best = int(scores.argmax())
        if scores[best] == -np.inf:
            break
        chosen.append(best)
        values.append(float(scores[best]))
        overlaps = _overlaps(corners, best)
        lowered = scores * np.exp(np.float32(-0.5 / sigma) * overlaps * overlaps)
        scores = np.where((overlaps < threshold) & (lowered > lowest), lowered, np.float32(-np.inf))
        scores[best] = -np.inf
    return chosen, values


def _overlaps(corners: np.ndarray, one: int) -> np.ndarray:
    """The intersection of each box with one of them, as a share of their union; 0 without area."""
    top, bottom = np.minimum(corners[:, 0], corners[:, 2]), np.maximum(corners[:, 0], corners[:, 2])
    left, right = np.minimum(corners[:, 1], corners[:, 3]), np.maximum(corners[:, 1], corners[:, 3])
    areas = (bottom - top) * (right - left)
    height = np.minimum(bottom, bottom[one]) - np.maximum(top, top[one])
    width = np.minimum(right, right[one]) - np.maximum(left, left[one])
    shared = np.maximum(height, 0) * np.maximum(width, 0)
    solid = (areas > 0) & (areas[one] > 0)
    return np.where(solid, shared / np.where(solid, areas + areas[one] - shared, 1), np.float32(0))


def _best_first(scores: np.ndarray) -> Generator[int, bool, None]:
    """Numbers of boxes by falling score, those of -inf left out; to be told whether each was selected.

    Equal scores come as TensorFlow's queue gives them: a binary heap of the C++ library, into which a
    selected box is put once more.
    """
    kept = np.flatnonzero(scores > -np.inf)
    if len(np.unique(scores[kept])) == len(kept):
        for number in kept[np.argsort(-scores[kept])].tolist():
            yield number
        return
    heap: list[tuple[float, int]] = []
    for number in kept.tolist():
        _push(heap, (float(scores[number]), number))
    done: set[int] = set()
    while heap:
        entry = _pop(heap)
        if entry[1] in done:
            continue
        if (yield entry[1]):
            done.add(entry[1])
            _push(heap, entry)


def _push(heap: list[tuple[float, int]], entry: tuple[float, int]) -> None:
    heap.append(entry)
    _rise(heap, len(heap) - 1, entry)


def _rise(heap: list[tuple[float, int]], place: int, entry: tuple[float, int]) -> None:
    while place > 0 and heap[(place - 1) // 2][0] < entry[0]:
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = entry


def _pop(heap: list[tuple[float, int]]) -> tuple[float, int]:
    """Takes the first entry: the gap goes down to a leaf, and the last entry rises from there."""
    first, last = heap[0], heap.pop()
    if heap:
        place, child = 0, 1
        while child < len(heap):
            if child + 1 < len(heap) and heap[child + 1][0] >= heap[child][0]:
                child += 1
            heap[place] = heap[child]
            place, child = child, 2 * child + 1
        _rise(heap, place, last)
    return first


@leaf
def _padded(
    boxes: Tensor, scores: Tensor, size: int, threshold: Any, lowest: Any, pads: bool
) -> tuple[Tensor, Tensor]:
    selected, _ = _selected(boxes, scores, size, threshold, lowest, 0.0)
    count = torch.tensor(len(selected), dtype=torch.int32, device=selected.device)
    if pads:
        selected = torch.nn.functional.pad(selected, (0, size - len(selected)))
    return selected, count


def draw_bounding_boxes(images: Any, boxes: Any, name: str | None = None, colors: Any = None) -> Tensor:
    """The images with the outlines of boxes drawn on them; without gradients.

    Args:
      images: float32 `[batch, height, width, channels]`, one to four channels.
      boxes: `[batch, count, 4]`; what lies outside of the image is not drawn.
      colors: `[any, channels]`, taken in turn; by default ten colours of TensorFlow's, and white for one channel.

    Source: tf.image.draw_bounding_boxes.
    """
    x = as_tensor(images)
    places = as_tensor(boxes)
    if x.dim() != 4 or places.dim() != 3:
        raise ValueError(
            f"draw_bounding_boxes: expected images of rank 4 and boxes of rank 3, got {tuple(x.shape)} and "
            f"{tuple(places.shape)}."
        )
    if colors is None:
        y = _drawn(x, places, None)
        return named(y, name, "DrawBoundingBoxes")
    return named(_drawn(x, places, as_tensor(colors)), name, "DrawBoundingBoxesV2")


@leaf
def _drawn(images: Tensor, boxes: Tensor, colors: Tensor | None) -> Tensor:
    images, boxes = images.detach(), boxes.detach()
    channels = images.shape[3]
    if colors is None or colors.shape[0] == 0:
        table = torch.tensor(_COLOURS, dtype=images.dtype, device=images.device)
        table = torch.nn.functional.pad(table, (0, 1), value=1.0)[:, :channels]
        table = torch.ones_like(table) if channels == 1 else table
    else:
        table = colors.detach().to(images.dtype)[:, :channels]
    height, width = images.shape[1:3]
    row = torch.arange(height, device=images.device).view(1, -1, 1, 1)
    column = torch.arange(width, device=images.device).view(1, 1, -1, 1)
    for number in range(boxes.shape[1]):
        # Towards zero: a box a little above the image still has its edge in the first row.
        ends = boxes[:, number] * torch.tensor(
            [height - 1, width - 1, height - 1, width - 1], dtype=boxes.dtype, device=boxes.device
        )
        top, left, bottom, right = ends.trunc().view(-1, 4, 1, 1, 1).unbind(1)
        valid = (
            (top <= bottom) & (left <= right) & (top < height) & (bottom >= 0) & (left < width) & (right >= 0)
        )
        within = (row >= top) & (row <= bottom) & (column >= left) & (column <= right)
        edge = (row == top) | (row == bottom) | (column == left) | (column == right)
        images = torch.where(within & edge & valid, table[number % table.shape[0]], images)
    return images


class BoundingBox(NamedTuple):
    """A window of an image: where it begins, its size (all channels: -1), and as a box `[1, 1, 4]`."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: float = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> BoundingBox:
    """A random window that covers enough of one of the boxes; the whole image if none is found.

    Args:
      image_size: `[height, width, channels]`.
      bounding_boxes: `[batch, count, 4]`.
      seed: makes the sequence of windows repeatable; `seed2` has no effect beside it.
      min_object_covered: the share of a box that the window must cover at least.
      aspect_ratio_range: of width to height, by default (0.75, 1.33).
      area_range: the share of the image that the window takes, by default (0.05, 1).
      max_attempts: how many windows are tried, by default 100.
      use_image_if_no_bounding_boxes: whether without boxes the whole image counts as one; else that is a
        ValueError.

    Returns:
      `begin` and `size` for `tf.slice`, int32 `[3]`, and the window as a box, float32 `[1, 1, 4]`.

    Source: tf.image.sample_distorted_bounding_box.
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        ratios = tuple(aspect_ratio_range or (0.75, 1.33))
        areas = tuple(area_range or (0.05, 1.0))
        for argument, (low, high) in (("aspect_ratio_range", ratios), ("area_range", areas)):
            if not 0 < low <= high:
                raise ValueError(
                    f"{argument} must be two positive numbers, the smaller first, got {(low, high)}."
                )
        boxes = as_tensor(bounding_boxes)
        if boxes.dim() != 3:
            raise ValueError(
                f"bounding_boxes must be 3-dimensional [batch, count, 4], got {tuple(boxes.shape)}."
            )
        height, width = as_sizes(image_size)[:2]
        stream = _Draw(seed, get_default_graph().unique_name("random_window"))
        window = _window(
            boxes,
            height,
            width,
            min_object_covered,
            ratios,
            areas,
            max_attempts or 100,
            bool(use_image_if_no_bounding_boxes),
            stream,
        )
        result = named(window, None, "SampleDistortedBoundingBoxV2")
        return BoundingBox(*result)


@leaf
def _window(
    boxes: Tensor,
    height: int,
    width: int,
    covered: Any,
    ratios: tuple[float, float],
    areas: tuple[float, float],
    attempts: int,
    whole_if_none: bool,
    stream: _Draw,
) -> tuple[Tensor, Tensor, Tensor]:
    generator = stream(torch.device("cpu"))
    found = boxes.detach().to("cpu", torch.float32).reshape(-1, 4).numpy()
    if not len(found):
        if not whole_if_none:
            raise ValueError(
                "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to "
                "not provide any bounding boxes."
            )
        found = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)
    pixels = found * np.array([height, width, height, width], np.float32)
    top, left, rows, columns = 0, 0, height, width
    for _ in range(attempts):
        tried = _one_window(height, width, ratios, areas, generator)
        if tried is None:
            continue
        y, x, h, w = tried
        shared = np.maximum(np.minimum(pixels[:, 2], y + h) - np.maximum(pixels[:, 0], y), 0) * np.maximum(
            np.minimum(pixels[:, 3], x + w) - np.maximum(pixels[:, 1], x), 0
        )
        whole = (pixels[:, 2] - pixels[:, 0]) * (pixels[:, 3] - pixels[:, 1])
        if np.any((whole > 0) & (shared >= float(covered) * whole)):
            top, left, rows, columns = y, x, h, w
            break
    box = [top / height, left / width, (top + rows) / height, (left + columns) / width]
    return (
        torch.tensor([top, left, 0], dtype=torch.int32),
        torch.tensor([rows, columns, -1], dtype=torch.int32),
        torch.tensor([[box]], dtype=torch.float32),
    )


def _one_window(
    height: int,
    width: int,
    ratios: tuple[float, float],
    areas: tuple[float, float],
    generator: torch.Generator | None,
) -> tuple[int, int, int, int] | None:
    """A window of a random shape, size and place; None if there is none of that shape."""
    shape, size, down, across = torch.rand(4, generator=generator).tolist()
    ratio = ratios[0] + shape * (ratios[1] - ratios[0])
    smallest, largest = areas[0] * height * width, areas[1] * height * width
    lowest = math.ceil(math.sqrt(smallest / ratio))
    highest = min(math.floor(math.sqrt(largest / ratio)), height, math.floor(width / ratio))
    if lowest > highest:
        return None
    rows = lowest + int(size * (highest - lowest + 1))
    columns = max(round(rows * ratio), 1)
    if rows < 1 or columns > width or not smallest <= rows * columns <= largest:
        return None
    return int(down * (height - rows + 1)), int(across * (width - columns + 1)), rows, columns
