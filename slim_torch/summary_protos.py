"""The messages of event files, as TensorFlow defines them: `Summary`, `Event` and their parts, on `messages.py`.

The encoding is small, so it is done here: neither TensorBoard's package nor protobuf is needed, which take
0.4 s to import. What nobody reads here (graphs, run metadata) stays bytes, and fields that are not named are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from slim_torch.messages import Enum, Field, Message

__all__ = [
    "Event",
    "HistogramProto",
    "LogMessage",
    "SessionLog",
    "Summary",
    "SummaryDescription",
    "SummaryMetadata",
    "TaggedRunMetadata",
    "TensorProto",
]


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


class _Dim(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {"size": Field(1, "int64"), "name": Field(2, "string")}


class _TensorShape(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "dim": Field(2, _Dim, repeated=True),
        "unknown_rank": Field(3, "bool"),
    }


class TensorProto(Message):
    """A tensor: numbers as the bytes of their array, strings one by one; `dtype` is TensorFlow's number of it."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "dtype": Field(1, "int32"),
        "tensor_shape": Field(2, _TensorShape),
        "tensor_content": Field(4, "bytes"),
        "string_val": Field(8, "bytes", repeated=True),
    }


class _Image(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "height": Field(1, "int32"),
        "width": Field(2, "int32"),
        "colorspace": Field(3, "int32"),
        "encoded_image_string": Field(4, "bytes"),
    }


class _Audio(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "sample_rate": Field(1, "float"),
        "num_channels": Field(2, "int64"),
        "length_frames": Field(3, "int64"),
        "encoded_audio_string": Field(4, "bytes"),
        "content_type": Field(5, "string"),
    }


class _Value(Message):
    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "tag": Field(1, "string"),
        "simple_value": Field(2, "float", oneof="value"),
        "obsolete_old_style_histogram": Field(3, "bytes", oneof="value"),
        "image": Field(4, _Image, oneof="value"),
        "histo": Field(5, HistogramProto, oneof="value"),
        "audio": Field(6, _Audio, oneof="value"),
        "node_name": Field(7, "string"),
        "tensor": Field(8, TensorProto, oneof="value"),
        "metadata": Field(9, SummaryMetadata),
    }


class Summary(Message):
    """Values with tags. Source: tf.Summary."""

    __slots__ = ()
    Audio = _Audio
    Image = _Image
    Value = _Value
    FIELDS: ClassVar[Mapping[str, Field]] = {"value": Field(1, _Value, repeated=True)}


class SummaryDescription(Message):
    """What kind of a value a summary has. Source: tf.summary.SummaryDescription."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {"type_hint": Field(1, "string")}


class LogMessage(Message):
    """A line of a log. Source: tf.LogMessage."""

    __slots__ = ()
    Level = Enum(UNKNOWN=0, DEBUGGING=10, INFO=20, WARN=30, ERROR=40, FATAL=50)
    UNKNOWN, DEBUGGING, INFO, WARN, ERROR, FATAL = range(0, 60, 10)
    FIELDS: ClassVar[Mapping[str, Field]] = {"level": Field(1, Level), "message": Field(2, "string")}


class SessionLog(Message):
    """What happened to a session. Source: tf.SessionLog."""

    __slots__ = ()
    SessionStatus = Enum(STATUS_UNSPECIFIED=0, START=1, STOP=2, CHECKPOINT=3)
    STATUS_UNSPECIFIED, START, STOP, CHECKPOINT = range(4)
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "status": Field(1, SessionStatus),
        "checkpoint_path": Field(2, "string"),
        "msg": Field(3, "string"),
    }


class TaggedRunMetadata(Message):
    """Run metadata under a tag. Source: tf.summary.TaggedRunMetadata."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {"tag": Field(1, "string"), "run_metadata": Field(2, "bytes")}


class Event(Message):
    """A record of an event file; `wall_time` in seconds since 1970. Source: tf.Event."""

    __slots__ = ()
    FIELDS: ClassVar[Mapping[str, Field]] = {
        "wall_time": Field(1, "double"),
        "step": Field(2, "int64"),
        "file_version": Field(3, "string", oneof="what"),
        "graph_def": Field(4, "bytes", oneof="what"),
        "summary": Field(5, Summary, oneof="what"),
        "log_message": Field(6, LogMessage, oneof="what"),
        "session_log": Field(7, SessionLog, oneof="what"),
        "tagged_run_metadata": Field(8, TaggedRunMetadata, oneof="what"),
        "meta_graph_def": Field(9, "bytes", oneof="what"),
    }
