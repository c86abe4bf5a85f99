"""Labels of sequences without alignment: the CTC loss and its decoders, and the distance of label sequences.

The last class is the blank. Labels are sparse tensors, one sequence to a row. All of it is computed in one operation
each, from values that are known when it runs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from slim_torch import errors
from slim_torch.sparse import SparseTensor
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.support import of_unknown_size, static_sizes

__all__ = ["ctc_beam_search_decoder", "ctc_greedy_decoder", "ctc_loss", "edit_distance"]


def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """The negative logarithm of the probability of the labels, whatever their alignment; `[batch]`.

    Args:
      labels: an int32 `SparseTensor` `[batch, ...]`, classes from 0 to `classes - 2`.
      inputs, logits: two names of the same argument: `[time, batch, classes]`, before the softmax.
      sequence_length: int32 `[batch]`, how many steps count.
      preprocess_collapse_repeated: whether repeated labels become one first.
      ctc_merge_repeated: False is refused.
      ignore_longer_outputs_than_inputs: a sequence with more labels than steps counts 0, and is no error.
      time_major: False takes inputs `[batch, time, classes]`.

    Labels that need more steps than there are have an infinite loss.

    Raises:
      TypeError: `labels` is not sparse.
      NotImplementedError: `ctc_merge_repeated=False`.
      tf.errors.InvalidArgumentError: a row has no labels, or more than steps; a length exceeds the inputs.

    Source: tf.nn.ctc_loss.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    if not ctc_merge_repeated:
        raise NotImplementedError("ctc_merge_repeated=False is not supported. Leave it out.")
    x = as_tensor(logits if inputs is None else inputs)
    lengths = as_tensor(sequence_length)
    if x.dim() != 3:
        raise ValueError(f"inputs must have rank 3, [time, batch, classes], got {tuple(x.shape)}")
    x = x if time_major else x.transpose(0, 1)
    loss = _ctc_loss(
        x,
        labels.indices,
        labels.values,
        lengths,
        preprocess_collapse_repeated,
        ignore_longer_outputs_than_inputs,
    )
    return named(loss, None, "CTCLoss")


@leaf
def _ctc_loss(
    x: Tensor, indices: Tensor, values: Tensor, lengths: Tensor, collapse: bool, ignore: bool
) -> Tensor:
    steps, batch, classes = x.shape
    if x.device.type == "meta":
        return x.new_zeros((batch,))
    wanted = lengths.tolist()
    rows: list[list[int]] = [[] for _ in range(batch)]
    for (row, *_), label in zip(indices.tolist(), values.tolist()):
        if not (collapse and rows[row] and rows[row][-1] == label):
            rows[row].append(label)
    for i, (row, length) in enumerate(zip(rows, wanted)):
        if length > steps:
            raise errors.InvalidArgumentError(None, None, f"sequence_length({i}) <= {steps}")
        if not row:
            raise errors.InvalidArgumentError(None, None, f"Labels length is zero in batch {i}")
        if len(row) > length and not ignore:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Not enough time for target transition sequence (required: {len(row)}, available: {length})",
            )
    ignored = torch.tensor([len(row) > length for row, length in zip(rows, wanted)], device=x.device)
    targets = torch.tensor([label for row in rows for label in row], dtype=torch.long)
    loss = F.ctc_loss(
        F.log_softmax(x, 2),
        targets.to(x.device),
        torch.tensor(wanted),
        torch.tensor([len(row) for row in rows]),
        blank=classes - 1,
        reduction="none",
        zero_infinity=True,
    )
    # Where repeated labels leave too few steps, PyTorch's gradient would not be a number; TensorFlow's is the softmax.
    needed = [len(row) + sum(a == b for a, b in itertools.pairwise(row)) for row in rows]
    hopeless = (
        torch.tensor([need > length for need, length in zip(needed, wanted)], device=x.device) & ~ignored
    )
    if bool(hopeless.any()):
        counts = torch.arange(steps, device=x.device)[:, None] < lengths.to(x.device)
        total = torch.where(counts, x.logsumexp(2), 0.0).sum(0)
        loss = torch.where(hopeless, total - total.detach() + math.inf, loss)
    return torch.where(ignored, 0.0, loss)


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The most probable class of every step, without blanks.

    Args:
      inputs: `[time, batch, classes]`, logits.
      sequence_length: int32 `[batch]`.
      merge_repeated: whether a class that goes on for several steps counts once.

    Returns:
      A list of one int64 `SparseTensor` `[batch, longest]`, and minus the sum of the largest logits, `[batch, 1]`.

    Source: tf.nn.ctc_greedy_decoder.
    """
    x, lengths = as_tensor(inputs), as_tensor(sequence_length)
    batch = static_sizes(x)[1]
    made = of_unknown_size(
        _greedy,
        (x, lengths, merge_repeated),
        [*_sparse_parts(), ([batch, 1], x.dtype)],
        "CTCGreedyDecoder",
        None,
    )
    return [SparseTensor(*made[:3])], made[3]


def _sparse_parts() -> list[tuple[list[int | None], torch.dtype]]:
    return [([None, 2], torch.int64), ([None], torch.int64), ([2], torch.int64)]


def _as_sparse(rows: Sequence[Sequence[int]]) -> list[Tensor]:
    indices = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    return [
        torch.tensor(indices, dtype=torch.int64).reshape(-1, 2),
        torch.tensor([label for row in rows for label in row], dtype=torch.int64),
        torch.tensor([len(rows), max(map(len, rows), default=0)], dtype=torch.int64),
    ]


def _check_lengths(lengths: Sequence[int], steps: int) -> None:
    for i, length in enumerate(lengths):
        if length > steps:
            raise errors.InvalidArgumentError(None, None, f"sequence_length({i}) <= {steps}")


def _greedy(x: Tensor, lengths: Tensor, merge_repeated: bool) -> list[Tensor]:
    steps, blank = x.shape[0], x.shape[2] - 1
    known = lengths.tolist()
    _check_lengths(known, steps)
    largest, places = x.max(2)
    counts = torch.arange(steps, device=x.device)[:, None] < lengths.to(x.device)
    score = -torch.where(counts, largest, 0.0).sum(0)
    rows = []
    for i, classes_of in enumerate(places.T.tolist()):
        row, before = [], -1
        for label in classes_of[: known[i]]:
            if label != blank and not (merge_repeated and label == before):
                row.append(label)
            before = label
        rows.append(row)
    return [*_as_sparse(rows), score[:, None]]


def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The most probable sequences of labels, found by a beam search over their beginnings.

    Args:
      inputs: `[time, batch, classes]`, logits.
      sequence_length: int32 `[batch]`.
      beam_width: how many beginnings are kept from step to step.
      top_paths: how many sequences are given, at most `beam_width`.
      merge_repeated: whether equal neighbours in a sequence that was found become one.

    Returns:
      A list of `top_paths` int64 `SparseTensor`s `[batch, longest]`, and the logarithms of the probabilities,
      `[batch, top_paths]`.

    Raises:
      ValueError: more paths are asked for than the beam is wide.

    Source: tf.nn.ctc_beam_search_decoder.
    """
    if top_paths > beam_width:
        raise ValueError(f"top_paths is {top_paths}, but the beam is only {beam_width} wide.")
    x, lengths = as_tensor(inputs), as_tensor(sequence_length)
    batch = static_sizes(x)[1]
    made = of_unknown_size(
        _beams,
        (x, lengths, beam_width, top_paths, merge_repeated),
        [*(part for _ in range(top_paths) for part in _sparse_parts()), ([batch, top_paths], x.dtype)],
        "CTCBeamSearchDecoder",
        None,
    )
    return [SparseTensor(*made[3 * i : 3 * i + 3]) for i in range(top_paths)], made[-1]


def _beams(x: Tensor, lengths: Tensor, width: int, top: int, merge: bool) -> list[Tensor]:
    known = lengths.tolist()
    _check_lengths(known, x.shape[0])
    log_probabilities = F.log_softmax(x, 2).transpose(0, 1).tolist()
    found = [_beam(steps[:length], width, top) for steps, length in zip(log_probabilities, known)]
    parts: list[Tensor] = []
    for i in range(top):
        rows = [[] if i >= len(paths) else list(paths[i][0]) for paths in found]
        if merge:
            rows = [[label for j, label in enumerate(row) if not j or label != row[j - 1]] for row in rows]
        parts += _as_sparse(rows)
    scores = [[paths[i][1] if i < len(paths) else -math.inf for i in range(top)] for paths in found]
    return [*parts, torch.tensor(scores, dtype=x.dtype)]


def _beam(steps: Sequence[Sequence[float]], width: int, top: int) -> list[tuple[tuple[int, ...], float]]:
    """The best sequences and the logarithms of their probabilities."""
    # Of each beginning: the logarithms of the probability that it ends in a blank, and in its last label.
    beam: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for step in steps:
        blank = len(step) - 1
        grown: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(path: tuple[int, ...], by_blank: float, by_label: float, grown: Any = grown) -> None:
            old = grown.get(path, (-math.inf, -math.inf))
            grown[path] = (_plus(old[0], by_blank), _plus(old[1], by_label))

        for path, (by_blank, by_label) in beam.items():
            total = _plus(by_blank, by_label)
            add(path, total + step[blank], by_label + step[path[-1]] if path else -math.inf)
            for label in range(blank):
                before = by_blank if path and label == path[-1] else total
                add((*path, label), -math.inf, before + step[label])
        best = sorted(grown.items(), key=lambda item: -_plus(*item[1]))
        beam = dict(best[:width])
    return [(path, _plus(*scores)) for path, scores in list(beam.items())[:top]]


def _plus(a: float, b: float) -> float:
    """The logarithm of the sum of two numbers given by their logarithms."""
    larger, smaller = max(a, b), min(a, b)
    return larger if smaller == -math.inf else larger + math.log1p(math.exp(smaller - larger))


def edit_distance(hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance") -> Tensor:
    """How many insertions, deletions and replacements turn each sequence of one tensor into that of the other.

    Args:
      hypothesis, truth: `SparseTensor`s of equal rank, sequences along the last axis.
      normalize: whether the number is divided by the length of the truth (infinity for none, 0 for two of none).

    Returns:
      float32, the shape without the last axis, which must be known from `dense_shape` when it runs.

    Raises:
      TypeError: an argument is not sparse.

    Source: tf.edit_distance.
    """
    for what, given in (("Hypothesis", hypothesis), ("Truth", truth)):
        if not isinstance(given, SparseTensor):
            raise TypeError(f"{what} must be a SparseTensor.")
    parts = (
        hypothesis.indices,
        hypothesis.values,
        hypothesis.dense_shape,
        truth.indices,
        truth.values,
        truth.dense_shape,
    )
    rank = static_sizes(truth.dense_shape)[0]
    static = None if rank is None else [None] * (rank - 1)
    made: Tensor = of_unknown_size(
        _edit_distance, (*parts, normalize), (static, torch.float32), "EditDistance", name
    )
    return made


def _edit_distance(
    indices: Tensor,
    values: Tensor,
    shape: Tensor,
    true_indices: Tensor,
    true_values: Tensor,
    true_shape: Tensor,
    normalize: bool,
) -> Tensor:
    sizes = [max(a, b) for a, b in zip(shape.tolist()[:-1], true_shape.tolist()[:-1])]
    given, expected = _sequences(indices, values), _sequences(true_indices, true_values)
    distances = torch.zeros(sizes)
    for place in {*given, *expected}:
        ours, theirs = given.get(place, []), expected.get(place, [])
        distance = float(_distance(ours, theirs))
        if normalize:
            distance = distance / len(theirs) if theirs else math.inf
        distances[place] = distance
    return distances


def _sequences(indices: Tensor, values: Any) -> dict[tuple[int, ...], list[Any]]:
    rows: dict[tuple[int, ...], list[Any]] = {}
    for (*place, _), value in zip(indices.tolist(), values.tolist()):
        rows.setdefault(tuple(place), []).append(value)
    return rows


def _distance(a: Sequence[Any], b: Sequence[Any]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]
