"""`tf.nn`: losses over very many classes, of which a few are drawn to stand for the wrong ones, and the draws."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from slim_torch.graph import get_default_graph
from slim_torch.scopes import name_scope
from slim_torch.sources import _Draw
from slim_torch.tensors import as_tensor, leaf, named
from slim_torch.tf.nn_functions import embedding_lookup
from slim_torch.tf.nn_losses import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
)

__all__ = [
    "log_uniform_candidate_sampler",
    "nce_loss",
    "sampled_softmax_loss",
    "uniform_candidate_sampler",
]


class Candidates(NamedTuple):
    """Drawn classes, and how often each of these and of the true ones is expected among as many."""

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Draws classes, all equally often.

    Args:
      true_classes: int64 `[batch, num_true]`.
      num_sampled: how many are drawn.
      unique: whether no class is drawn twice.
      range_max: the number of classes.
      seed: makes the draws repeatable.

    Raises:
      ValueError: more different classes are asked for than there are, or `true_classes` has another shape.

    Source: tf.nn.uniform_candidate_sampler.
    """
    return _candidates(
        "UniformCandidateSampler", true_classes, num_true, num_sampled, unique, range_max, seed, name
    )


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> Candidates:
    """Draws class `k` with probability `log((k + 2) / (k + 1)) / log(range_max + 1)`: frequent classes come first.

    Arguments and errors as in `uniform_candidate_sampler`. Source: tf.nn.log_uniform_candidate_sampler.
    """
    return _candidates(
        "LogUniformCandidateSampler", true_classes, num_true, num_sampled, unique, range_max, seed, name
    )


def _candidates(
    op: str,
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None,
    name: str | None,
) -> Candidates:
    if unique and num_sampled > range_max:
        raise ValueError(f"{op}: {num_sampled} different classes are asked for, there are {range_max}.")
    classes = as_tensor(true_classes)
    if classes.dim() != 2:
        raise ValueError(
            f"{op}: true_classes must have rank 2, [batch, num_true], got {tuple(classes.shape)}."
        )
    stream = _Draw(seed, get_default_graph().unique_name(op))
    made = _drawn(classes, num_sampled, unique, range_max, op.startswith("Log"), stream)
    return Candidates(*named(list(made), name, op))


def _probabilities(range_max: int, logarithmic: bool) -> Tensor:
    if not logarithmic:
        return torch.full((range_max,), 1.0 / range_max, dtype=torch.float64)
    places = torch.arange(range_max, dtype=torch.float64)
    return torch.log1p(1 / (places + 1)) / math.log(range_max + 1)


@leaf
def _drawn(
    classes: Tensor, count: int, unique: bool, range_max: int, logarithmic: bool, stream: _Draw
) -> tuple[Tensor, Tensor, Tensor]:
    device = classes.device
    if device.type == "meta":
        floats = torch.zeros(classes.shape, device=device)
        return classes.new_zeros((count,), dtype=torch.int64), floats, floats.new_zeros((count,))
    probabilities = _probabilities(range_max, logarithmic).to(device)
    drawn: list[int] = []
    tries = 0
    while len(drawn) < count:
        # One after the other: how many tries it took decides on what was to be expected.
        for candidate in probabilities.multinomial(
            count, replacement=True, generator=stream(device)
        ).tolist():
            if len(drawn) < count:
                tries += 1
                if not (unique and candidate in drawn):
                    drawn.append(candidate)
    expected = probabilities * count
    if tries > count:
        expected = -torch.expm1(tries * torch.log1p(-probabilities))
    sampled = torch.tensor(drawn, dtype=torch.int64, device=device)
    expected = expected.float()
    return sampled, expected[classes.long()], expected[sampled]


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    seed: int | None,
) -> tuple[Tensor, Tensor]:
    """Logits and targets, `[batch, num_true + num_sampled]`."""
    x = as_tensor(inputs)
    classes = as_tensor(labels).to(torch.int64)
    if classes.dim() == 1:
        classes = classes.unsqueeze(1)
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(
            classes, num_true, num_sampled, True, num_classes, seed
        )
    drawn, true_expected, drawn_expected = (as_tensor(value).detach() for value in sampled_values)

    def rows(params: Any, ids: Tensor) -> Tensor:
        return embedding_lookup(params, ids, partition_strategy)

    true_logits = (x.unsqueeze(1) * rows(weights, classes)).sum(2) + rows(biases, classes)
    logits = x @ rows(weights, drawn).t() + rows(biases, drawn)
    if remove_accidental_hits:
        hits = torch.eq(classes.unsqueeze(2), drawn).any(1)
        logits = torch.where(hits, logits - torch.finfo(logits.dtype).max, logits)
    true_logits, logits = true_logits - true_expected.log(), logits - drawn_expected.log()
    targets = torch.cat([torch.ones_like(true_logits) / num_true, torch.zeros_like(logits)], 1)
    return torch.cat([true_logits, logits], 1), targets.detach()


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """The cross entropy over the true classes and a few that are drawn; for training only. `[batch]`.

    Args:
      weights: `[classes, size]`, or a list of its parts; see `embedding_lookup`.
      biases: `[classes]`.
      labels: `[batch, num_true]`, integers.
      inputs: `[batch, size]`.
      num_sampled: how many classes are drawn, with `log_uniform_candidate_sampler`, without repetition.
      sampled_values: what a sampler gave, instead.
      remove_accidental_hits: whether a true class that is drawn too does not count as wrong.

    Source: tf.nn.sampled_softmax_loss.
    """
    with name_scope(name, "sampled_softmax_loss"):
        logits, targets = _sampled_logits(
            weights,
            biases,
            labels,
            inputs,
            num_sampled,
            num_classes,
            num_true,
            sampled_values,
            remove_accidental_hits,
            partition_strategy,
            seed,
        )
    return softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: the true classes told from a few that are drawn, each on its own. `[batch]`.

    Arguments as in `sampled_softmax_loss`. Source: tf.nn.nce_loss.
    """
    with name_scope(name, "nce_loss"):
        logits, targets = _sampled_logits(
            weights,
            biases,
            labels,
            inputs,
            num_sampled,
            num_classes,
            num_true,
            sampled_values,
            remove_accidental_hits,
            partition_strategy,
            None,
        )
        losses = sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return named(losses.sum(1), None, "Reshape")
