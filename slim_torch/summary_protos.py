"""The messages of event files: summaries, histograms and events, on `messages.py`.

The encoding is small, so it is done here: neither TensorBoard's package nor protobuf is needed. What is not read by
anybody here (graphs, run metadata) stays bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from slim_torch.messages import Enum, Field, Message

__all__ = ["Event", "HistogramProto", "SessionLog", "Summary", "SummaryMetadata"]


class HistogramProto(Message):
    """How many values fall into each bucket. Source: tf.HistogramProto."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "min": Field(1, "double"),
        "max": Field(2, "double"),
        "num": Field(3, "double"),
        "sum": Field(4, "double"),
        "sum_squares": Field(5, "double"),
        "bucket_limit": Field(6, "double", repeated=True),
        "bucket": Field(7, "double", repeated=True),
    }


class _PluginData(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {"plugin_name": Field(1, "string"), "content": Field(2, "bytes")}


class SummaryMetadata(Message):
    """Who shows a summary, and how. Source: tf.SummaryMetadata."""

    __slots__ = ()
    PluginData = _PluginData
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "plugin_data": Field(1, _PluginData),
        "display_name": Field(2, "string"),
        "summary_description": Field(3, "string"),
    }


class _Image(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "height": Field(1, "int32"),
        "width": Field(2, "int32"),
        "colorspace": Field(3, "int32"),
        "encoded_image_string": Field(4, "bytes"),
    }


class _Value(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "tag": Field(1, "string"),
        "simple_value": Field(2, "float", oneof="value"),
        "image": Field(4, _Image, oneof="value"),
        "histo": Field(5, HistogramProto, oneof="value"),
        "node_name": Field(7, "string"),
        "metadata": Field(9, SummaryMetadata),
    }


class Summary(Message):
    """Values with tags. Source: tf.Summary."""

    __slots__ = ()
    Image = _Image
    Value = _Value
    FIELDS: ClassVar[Mapping[str, Field]] = {"value": Field(1, _Value, repeated=True)}


_STATUS = Enum(STATUS_UNSPECIFIED=0, START=1, STOP=2, CHECKPOINT=3)


class SessionLog(Message):
    """What happened to a session. Source: tf.SessionLog."""

    __slots__ = ()
    STATUS_UNSPECIFIED, START, STOP, CHECKPOINT = range(4)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "status": Field(1, _STATUS),
        "checkpoint_path": Field(2, "string"),
        "msg": Field(3, "string"),
    }


class Event(Message):
    """A record of an event file. Source: tf.Event."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "wall_time": Field(1, "double"),
        "step": Field(2, "int64"),
        "file_version": Field(3, "string", oneof="what"),
        "graph_def": Field(4, "bytes", oneof="what"),
        "summary": Field(5, Summary, oneof="what"),
        "session_log": Field(7, SessionLog, oneof="what"),
    }
