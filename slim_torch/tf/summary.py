"""`tf.summary`: summaries and event files, under TensorFlow's names."""

from slim_torch.event_files import FileWriter, FileWriterCache
from slim_torch.summary_ops import (
    all_v2_summary_ops,
    audio,
    get_summary_description,
    histogram,
    image,
    initialize,
    merge,
    merge_all,
    scalar,
    tensor_summary,
    text,
)
from slim_torch.summary_protos import Event, SessionLog, Summary, SummaryDescription, TaggedRunMetadata
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "Event",
    "FileWriter",
    "FileWriterCache",
    "SessionLog",
    "Summary",
    "SummaryDescription",
    "TaggedRunMetadata",
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

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.summary")
