"""`tf.summary`: the operations that give serialized summaries, their names and tags, and merging them.

Recorded, a summary is a string tensor in the collection SUMMARIES. Where code computes as it goes, there is no
time to serialize what may never be written: there it is a `LazySummary`, which a writer, or `bytes`, asks for its
bytes. What the bytes are is up to `summary_values.py`, files to `event_files.py`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from slim_torch import summary_values
from slim_torch.dtypes import string
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.inference import tensor_like
from slim_torch.recording import computing, parts_of, record, recorder_of, recording_graph
from slim_torch.scopes import name_scope
from slim_torch.streaming.core import MetricValue
from slim_torch.summary_protos import SummaryDescription, SummaryMetadata
from slim_torch.symbolic import is_symbolic
from slim_torch.tensors import as_tensor

__all__ = [
    "LazySummary",
    "all_v2_summary_ops",
    "audio",
    "get_summary_description",
    "histogram",
    "image",
    "initialize",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]

_logger = logging.getLogger("slim_torch")

_REAL = "float32, float64, int32, uint8, int16, int8, int64, bfloat16, uint16, float16, uint32, uint64"
_PICTURES = "uint8, float32, float16, float64"


class LazySummary:
    """A summary of real values, serialized when `bytes(summary)` or a writer asks.

    It keeps the tensors, without their gradients, until then or until the next step; a variable is read when it
    is asked. One made outside of steps becomes an operation when its graph begins to be recorded.

    Attributes:
      name: the name that its tensor has when recorded (`"loss:0"`).
      in_step: whether it belongs to a step.
    """

    belongs_to_step = True

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        op_type: str,
        op_name: str,
        graph: Graph,
        in_step: bool,
    ) -> None:
        self.name = f"{op_name}:0"
        self.in_step = in_step
        self._call: Any = (function, args, op_type)
        self._graph = graph
        self._content: bytes | None = None
        self._tensor: Any = None

    def __bytes__(self) -> bytes:
        if self._content is None:
            function, args, _ = self._call
            with computing(), torch.no_grad():
                # What a metric says is asked for now.
                args = tuple(arg() if isinstance(arg, MetricValue) else arg for arg in args)
                self._content = function(*args).item()
            if self.in_step:
                self._call = None
        return self._content

    def recorded(self) -> Any:
        """The recorded string tensor.

        Raises:
          ValueError: it belongs to a step, whose values are gone when a session runs.
        """
        if self.in_step:
            raise ValueError(
                f"The summary '{self.name}' was made inside graph.step(), where nothing is recorded. Pass it to a writer's "
                f"add_summary, or take bytes(summary)."
            )
        if self._tensor is None:
            function, args, op_type = self._call
            name = self.name.removesuffix(":0") + "/"
            with recorder_of(self._graph).outside_control():
                self._tensor = _record(function, args, op_type, name, self._graph)
        return self._tensor

    @property
    def op(self) -> Any:
        return self.recorded().op

    # How a session fetches it.

    @property
    def session_parts(self) -> tuple[Any, ...]:
        return () if self.in_step else (self.recorded(),)

    def session_value(self, *values: Any) -> bytes:
        return values[0] if values else bytes(self)

    def __repr__(self) -> str:
        return f"<LazySummary '{self.name}'>"


def _record(
    function: Callable[..., Any], args: tuple[Any, ...], op_type: str, name: str, graph: Graph
) -> Any:
    args = tuple(list(map(_recordable, arg)) if isinstance(arg, list) else arg for arg in args)
    return record(function, args, op_type=op_type, name=name, static=tensor_like([], string), graph=graph)


def _recordable(part: Any) -> Any:
    return part.recorded() if isinstance(part, LazySummary) else part


def _without_gradient(value: Any) -> Any:
    # Of a variable, the value is the one at the time of asking.
    detach = isinstance(value, torch.Tensor) and not isinstance(value, torch.nn.Parameter)
    return value.detach() if detach else value


def _made(
    function: Callable[..., Any], args: tuple[Any, ...], op_type: str, name: str, collections: Any
) -> Any:
    """The summary, recorded or lazy, put into `collections`.

    Args:
      name: what the operation is called; a final slash means that it is unique already.
    """
    graph = get_default_graph()
    parts = list(parts_of(args))
    in_step = recording_graph() is None or any(isinstance(p, LazySummary) and p.in_step for p in parts)
    made: Any
    if in_step or (graph.recorder is None and not any(map(is_symbolic, parts))):
        if in_step:
            args = tuple(map(_without_gradient, args))
        unique = name[:-1] if name.endswith("/") else graph.unique_name(name)
        made = LazySummary(function, args, op_type, unique, graph, in_step)
    else:
        made = _record(function, args, op_type, name, graph)
    graph.add_to_collections([collections] if isinstance(collections, str) else collections, made)
    return made


def _clean(name: str) -> str:
    """A name without the characters that names of operations cannot have."""
    cleaned = re.sub(r"[^-/\w\.]", "_", name).lstrip("/")
    if cleaned != name:
        _logger.info("Summary name %s is illegal; using %s instead.", name, cleaned)
    return cleaned


class _Scope:
    """The name scope of a summary: `operation` is the name of its operation, `tag` its tag.

    With a family the operation is `family/name` in the scope, and the tag has the family before that again.
    """

    def __init__(self, name: str, family: str | None, values: Any) -> None:
        name = name if name is None else _clean(name)
        self._family = None if family is None else _clean(family)
        self._scope = name_scope(name if family is None else f"{self._family}/{name}", None, values)

    def __enter__(self) -> _Scope:
        self.operation: str = self._scope.__enter__()
        tag = self.operation.rstrip("/")
        self.tag = tag if self._family is None else f"{self._family}/{tag}"
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._scope.__exit__(*exc_info)


def _collections(given: Any) -> Any:
    return [GraphKeys.SUMMARIES] if given is None else given


def _shown(dtype: Any) -> str:
    return repr(dtype).removeprefix("torch.")


def _check_dtype(tensor: Any, allowed: str, parameter: str) -> None:
    if _shown(tensor.dtype) not in allowed.split(", "):
        raise TypeError(
            f"Value passed to parameter {parameter!r} has DataType {_shown(tensor.dtype)} not in list of allowed "
            f"values: {allowed}"
        )


def _check_count(count: Any, attribute: str, op_type: str) -> None:
    if not isinstance(count, (int, np.integer)):
        raise TypeError(f"Expected int for argument {attribute!r} not {count!r}.")
    if count < 1:
        raise ValueError(f"Attr {attribute!r} of {op_type!r} Op passed {count} less than minimum 1.")


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Any:
    """One number, kept as float32.

    Args:
      name: made unique in the name scope; with that it is the tag. Characters that names cannot have become `_`.
      tensor: 0-d, of real numbers; or the value of a metric of a step, read when the summary is written.
      collections: by default SUMMARIES.
      family: put before the name, and before the tag once more.

    Raises:
      TypeError: `tensor` holds no real numbers.
      ValueError: the name is none.
      InvalidArgumentError: when it runs, `tensor` is not 0-d.

    Source: tf.summary.scalar.
    """
    with _Scope(name, family, [tensor]) as scope:
        value = tensor if isinstance(tensor, MetricValue) else as_tensor(tensor)
        if not isinstance(value, MetricValue):
            _check_dtype(value, _REAL, "values")
        args = (value, scope.tag)
        return _made(summary_values.scalar, args, "ScalarSummary", scope.operation, _collections(collections))


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Any:
    """How many values fall into each of TensorFlow's buckets, which grow by a tenth; arguments as for `scalar`.

    Raises:
      TypeError: `values` holds no real numbers.
      ValueError: the name is none.
      InvalidArgumentError: when it runs, a value is not finite.

    Source: tf.summary.histogram.
    """
    with _Scope(name, family, [values]) as scope:
        tensor = as_tensor(values)
        _check_dtype(tensor, _REAL, "values")
        args = (tensor, scope.tag)
        return _made(
            summary_values.histogram, args, "HistogramSummary", scope.operation, _collections(collections)
        )


def image(
    name: str, tensor: Any, max_outputs: int = 3, collections: Any = None, family: str | None = None
) -> Any:
    """The first images of a batch, as PNG, with the tags `name/image/0`, `name/image/1`, ...

    Args:
      tensor: `[batch, height, width, channels]`, 1 (gray), 3 (RGB) or 4 (RGBA) channels. uint8 as it is; floats
        (float16, float32, float64) are scaled, each image by itself: its largest value becomes 255; where one is
        negative, 0 becomes 128 and the value farthest from it 1 or 255. Pixels that are not finite are red.
      max_outputs: how many images; with 1 the tag is `name/image`.
      collections, family: as for `scalar`.

    Raises:
      TypeError: another dtype, or `max_outputs` is no int.
      ValueError: `max_outputs` is below 1, or the name is none.
      InvalidArgumentError: when it runs, the shape does not fit.
      ImportError: when it runs, Pillow is not installed.

    Source: tf.summary.image.
    """
    with _Scope(name, family, [tensor]) as scope:
        images = as_tensor(tensor)
        _check_dtype(images, _PICTURES, "tensor")
        _check_count(max_outputs, "max_images", "ImageSummary")
        args = (images, scope.tag, max_outputs)
        return _made(summary_values.image, args, "ImageSummary", scope.operation, _collections(collections))


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Any:
    """The first sounds of a batch, as WAV of 16 bits, with the tags `name/audio/0`, `name/audio/1`, ...

    Args:
      tensor: float32 `[batch, frames, channels]` or `[batch, frames]`, from -1 to 1; what is beyond is cut off.
      sample_rate: in Hz, a number or a scalar tensor.
      max_outputs: how many sounds; with 1 the tag is `name/audio`.
      collections, family: as for `scalar`.

    Raises:
      TypeError: another dtype, or `max_outputs` is no int.
      ValueError: `max_outputs` is below 1, or the name is none.
      InvalidArgumentError: when it runs, the shape does not fit, or the rate is not positive.

    Source: tf.summary.audio.
    """
    with _Scope(name, family, [tensor]) as scope:
        sounds = as_tensor(tensor)
        if sounds.dtype != torch.float32:
            raise TypeError(
                f"Input 'tensor' of 'AudioSummaryV2' Op has type {_shown(sounds.dtype)} that does not match expected "
                f"type of float32. Convert it with tf.cast."
            )
        _check_count(max_outputs, "max_outputs", "AudioSummaryV2")
        args = (sounds, as_tensor(sample_rate, torch.float32), scope.tag, max_outputs)
        return _made(summary_values.audio, args, "AudioSummaryV2", scope.operation, _collections(collections))


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Any = None,
    summary_metadata: SummaryMetadata | None = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Any:
    """A tensor of any dtype, strings too, as it is.

    Args:
      summary_metadata: what to give to the plugin that shows it; the two below are set in a copy of it.
      display_name, summary_description: texts to be shown.
      collections, family: as for `scalar`.

    Source: tf.summary.tensor_summary.
    """
    metadata = SummaryMetadata()
    if summary_metadata is not None:
        metadata.CopyFrom(summary_metadata)
    if display_name is not None:
        metadata.display_name = display_name
    if summary_description is not None:
        metadata.summary_description = summary_description
    with _Scope(name, family, [tensor]) as scope:
        args = (_any_tensor(tensor), scope.tag, metadata)
        return _made(
            summary_values.tensor, args, "TensorSummaryV2", scope.operation, _collections(collections)
        )


def _any_tensor(value: Any) -> Any:
    """`value` as a tensor, or as an array of bytes for real strings."""
    if isinstance(value, torch.Tensor):
        return as_tensor(value)
    array = np.asarray(value)
    if array.dtype.kind not in "SUO":
        return as_tensor(value)
    encoded = [item.encode() if isinstance(item, str) else item for item in array.reshape(-1).tolist()]
    made = np.empty(len(encoded), dtype=object)
    made[:] = encoded
    return made.reshape(array.shape)


def text(name: str, tensor: Any, collections: Any = None) -> Any:
    """Texts, which TensorBoard shows as Markdown.

    Args:
      tensor: strings, of any shape.

    Raises:
      ValueError: `tensor` holds no strings.

    Source: tf.summary.text.
    """
    value = _any_tensor(tensor)
    if isinstance(value, torch.Tensor) and value.dtype is not string:
        what = getattr(value, "name", None) or "a tensor"
        raise ValueError(f"Expected tensor {what} to have dtype string, got {_shown(value.dtype)}")
    metadata = SummaryMetadata(plugin_data={"plugin_name": "text"})
    return tensor_summary(name, value, collections=collections, summary_metadata=metadata)


def merge(inputs: Sequence[Any], collections: Any = None, name: str | None = None) -> Any:
    """Several summaries as one, in their order.

    Args:
      inputs: a list of string tensors, or of serialized summaries.
      collections: where to put it, by default nowhere.

    Raises:
      TypeError: `inputs` is no list, or holds something else.
      ValueError: it is empty.
      InvalidArgumentError: when it runs, two values have the same tag, or bytes are no summary.

    Source: tf.summary.merge.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Expected list for 'inputs' argument to 'merge_summary' Op, not {inputs!r}.")
    if not inputs:
        raise ValueError(
            "List argument 'inputs' to 'MergeSummary' Op with length 0 shorter than minimum length 1."
        )
    for part in inputs:
        if (isinstance(part, torch.Tensor) and part.dtype is not string) or isinstance(part, (int, float)):
            kind = _shown(part.dtype) if isinstance(part, torch.Tensor) else type(part).__name__
            raise TypeError(
                f"Tensors in list passed to 'inputs' of 'MergeSummary' Op have types [{kind}] that do not match "
                f"expected type string."
            )
    parts = [part.encode() if isinstance(part, str) else part for part in inputs]
    name = name if name is None else _clean(name)
    with name_scope(name, "Merge", parts):
        return _made(_merged, (parts,), "MergeSummary", name or "MergeSummary", collections or [])


def _merged(parts: list[Any]) -> np.ndarray:
    return summary_values.merged([bytes(part) if isinstance(part, LazySummary) else part for part in parts])


def merge_all(key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Any:
    """The summaries of a collection, merged; None if there are none.

    Args:
      scope: a regular expression; only the summaries whose names it matches from the start.

    Source: tf.summary.merge_all.
    """
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


def get_summary_description(node_def: Any) -> SummaryDescription:
    """Of the description of a `TensorSummary` operation; `tensor_summary` makes those of another type.

    Raises:
      ValueError: it is of another type.

    Source: tf.summary.get_summary_description, which refuses what TensorFlow 1.15's `tensor_summary` makes too.
    """
    raise ValueError(f"Can't get_summary_description on {node_def.op}")


def initialize(graph: Any = None, session: Any = None) -> None:
    """Begins the writers of tf.contrib.summary, of which there are none here.

    Raises:
      RuntimeError: as in TensorFlow without such a writer.

    Source: tf.summary.initialize.
    """
    raise RuntimeError("No default tf.contrib.summary.SummaryWriter found. Use tf.summary.FileWriter.")


def all_v2_summary_ops() -> list[Any]:
    """The operations of tf.contrib.summary in the graph: none. Source: tf.summary.all_v2_summary_ops."""
    return []
