"""Summaries of tensors under their own names: slim's `add_*_summary`, and what `tf.contrib.layers` has of the kind.

A tensor's name is that of its operation; a real tensor of a step, which comes from no operation, goes by the name
scope that it was put into a collection in, and otherwise needs a `name`. What a summary is, is in `summary_ops.py`.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Any

from slim_torch import summary_ops
from slim_torch.graph import GraphKeys, add_to_collection, get_collection, get_default_graph
from slim_torch.summary_ops import LazySummary
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import TracedTensor

__all__ = [
    "add_gradients_summaries",
    "add_histogram_summaries",
    "add_histogram_summary",
    "add_image_summaries",
    "add_image_summary",
    "add_scalar_summaries",
    "add_scalar_summary",
    "add_zero_fraction_summaries",
    "add_zero_fraction_summary",
    "summarize_activation",
    "summarize_activations",
    "summarize_biases",
    "summarize_collection",
    "summarize_gradients",
    "summarize_tensor",
    "summarize_tensors",
    "summarize_variables",
    "summarize_weights",
]

_logger = logging.getLogger("slim_torch")

Gradients = Iterable[tuple[Any, Any]]


def _op_name(tensor: Any) -> str:
    scope = getattr(tensor, "slim_name_scope", None)
    if scope:
        return str(scope)
    op = getattr(tensor, "op", None)
    if op is None:
        raise ValueError(
            "The tensor to be summarized has no name: inside a step tensors come from no operation. Pass `name`, or call "
            "tf.summary with one."
        )
    name: str = op.name
    return name


def _summary_name(tensor: Any, name: str | None, prefix: str | None, postfix: str | None = None) -> str:
    name = name or _op_name(tensor)
    name = f"{prefix}/{name}" if prefix else name
    return f"{name}/{postfix}" if postfix else name


def _collected(summary: Any, value: Any, name: str, print_summary: bool) -> Any:
    """`summary`, in SUMMARIES; when it runs, `value` is printed under `name` if that is wanted."""
    if print_summary:
        from slim_torch.control_flow import Print

        if isinstance(summary, LazySummary) and summary.in_step:
            Print(value, [value], name)
        else:
            summary = Print(
                summary.recorded() if isinstance(summary, LazySummary) else summary, [value], name
            )
    add_to_collection(GraphKeys.SUMMARIES, summary)
    return summary


def add_histogram_summary(tensor: Any, name: str | None = None, prefix: str | None = None) -> Any:
    """A histogram of `tensor`, in the collection SUMMARIES.

    Args:
      name: by default that of the tensor's operation.
      prefix: put before the name, with a slash.

    Raises:
      ValueError: neither is there a name.

    Source: tf.contrib.slim.summaries.add_histogram_summary.
    """
    return summary_ops.histogram(_summary_name(tensor, name, prefix), tensor)


def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """The first images of a batch; see `add_histogram_summary`, and `tf.summary.image` for `tensor`.

    Args:
      print_summary: whether running it also prints the name and the values to stderr.

    Source: tf.contrib.slim.summaries.add_image_summary.
    """
    name = _summary_name(tensor, name, prefix)
    return _collected(summary_ops.image(name, tensor, collections=[]), tensor, name, print_summary)


def add_scalar_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """A number; arguments as for `add_image_summary`. Source: tf.contrib.slim.summaries.add_scalar_summary."""
    name = _summary_name(tensor, name, prefix)
    return _collected(summary_ops.scalar(name, tensor, collections=[]), tensor, name, print_summary)


def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """The share of zeros, as `<name>/Fraction_of_Zero_Values`; arguments as for `add_image_summary`.

    Source: tf.contrib.slim.summaries.add_zero_fraction_summary.
    """
    from slim_torch.tf.nn_functions import zero_fraction

    name = _summary_name(tensor, name, prefix, "Fraction_of_Zero_Values")
    fraction = zero_fraction(tensor)
    return _collected(summary_ops.scalar(name, fraction, collections=[]), fraction, name, print_summary)


def add_histogram_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """`add_histogram_summary` of each. Source: tf.contrib.slim.summaries.add_histogram_summaries."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


def add_image_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """`add_image_summary` of each. Source: tf.contrib.slim.summaries.add_image_summaries."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


def add_scalar_summaries(
    tensors: Iterable[Any], prefix: str | None = None, print_summary: bool = False
) -> list[Any]:
    """`add_scalar_summary` of each. Source: tf.contrib.slim.summaries.add_scalar_summaries."""
    return [add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors]


def add_zero_fraction_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """`add_zero_fraction_summary` of each. Source: tf.contrib.slim.summaries.add_zero_fraction_summaries."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]


def _rank(tensor: Any) -> int | None:
    known = not isinstance(tensor, SymbolicTensor) or tensor.stand_ins is not None
    return tensor.dim() if known else None


def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """A number if `tensor` is a scalar, else a histogram.

    Args:
      tag: by default `<name of the operation>_summary`.

    Source: tf.contrib.layers.summarize_tensor.
    """
    tag = tag or f"{_op_name(tensor)}_summary"
    return summary_ops.scalar(tag, tensor) if _rank(tensor) == 0 else summary_ops.histogram(tag, tensor)


def summarize_activation(op: Any) -> Any:
    """A histogram of an activation, `<name>/activation`.

    Of a recorded Relu, Relu6 or Softplus the share of its inputs below 0 too, `<name>/zeros`; of a Relu6 the share
    above 6, `<name>/sixes`.

    Returns:
      The histogram.

    Source: tf.contrib.layers.summarize_activation.
    """
    name = _op_name(op)
    recorded = isinstance(op, (SymbolicTensor, TracedTensor))
    if recorded and op.op.type in ("Relu", "Softplus", "Relu6"):
        from slim_torch.tf.casting import to_float
        from slim_torch.tf.comparisons import greater, less
        from slim_torch.tf.reductions import reduce_mean

        inputs = op.op.inputs[0]
        summary_ops.scalar(f"{name}/zeros", reduce_mean(to_float(less(inputs, 0.0))))
        if op.op.type == "Relu6":
            summary_ops.scalar(f"{name}/sixes", reduce_mean(to_float(greater(inputs, 6.0))))
    return summary_ops.histogram(f"{name}/activation", op)


def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """`summarizer` of each. Source: tf.contrib.layers.summarize_tensors."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str, name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """`summarizer` of each tensor in a collection.

    Args:
      name_filter: a regular expression; only the tensors whose names it matches from the start.

    Source: tf.contrib.layers.summarize_collection.
    """
    return [summarizer(tensor) for tensor in get_collection(collection, name_filter)]


def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_activation
) -> list[Any]:
    """`summarizer` of each tensor in ACTIVATIONS. Source: tf.contrib.layers.summarize_activations."""
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)


summarize_variables = functools.partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, GraphKeys.BIASES)


def _gradients_summaries(grads_and_vars: Gradients, separator: str) -> list[Any]:
    from slim_torch.tf.clipping import global_norm

    summaries = []
    for gradient, variable in grads_and_vars:
        name = variable.op.name + separator
        if gradient is None:
            _logger.info("Var %s has no gradient", variable.op.name)
            continue
        summaries.append(summary_ops.histogram(name + "gradient", gradient))
        summaries.append(summary_ops.scalar(name + "gradient_norm", global_norm([gradient])))
    return summaries


def add_gradients_summaries(grads_and_vars: Gradients) -> list[Any]:
    """For each variable a histogram of its gradient, `<variable>/gradient`, and its norm, `<variable>/gradient_norm`.

    Args:
      grads_and_vars: pairs of a gradient and a variable; those whose gradient is None are left out.

    Source: tf.contrib.slim.learning.add_gradients_summaries.
    """
    return _gradients_summaries(grads_and_vars, "/")


def summarize_gradients(grads_and_vars: Gradients) -> list[Any]:
    """What `create_train_op` does for `summarize_gradients=True`: `summarize_grads/<variable>_gradient` and `_norm`.

    Source: tf.contrib.training.create_train_op.
    """
    with get_default_graph().name_scope("summarize_grads"):
        return _gradients_summaries(grads_and_vars, "_")
