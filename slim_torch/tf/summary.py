"""`tf.summary`: summaries and event files, under TensorFlow's names."""

from slim_torch.event_files import FileWriter, FileWriterCache
from slim_torch.summary_ops import audio, histogram, image, merge, merge_all, scalar, tensor_summary, text
from slim_torch.summary_protos import Event, SessionLog, Summary, TaggedRunMetadata

__all__ = [
    "Event",
    "FileWriter",
    "FileWriterCache",
    "SessionLog",
    "Summary",
    "TaggedRunMetadata",
    "audio",
    "histogram",
    "image",
    "merge",
    "merge_all",
    "scalar",
    "tensor_summary",
    "text",
]
