"""`tf.summary`: summaries and event files, under TensorFlow's names."""

from slim_torch.event_files import FileWriter, FileWriterCache
from slim_torch.summaries import histogram, merge, merge_all, scalar
from slim_torch.summary_protos import Event, SessionLog, Summary

__all__ = [
    "Event",
    "FileWriter",
    "FileWriterCache",
    "SessionLog",
    "Summary",
    "histogram",
    "merge",
    "merge_all",
    "scalar",
]
