"""`tf.python_io`: TFRecord files, under TensorFlow's names."""

from slim_torch.records import (
    TFRecordCompressionType,
    TFRecordOptions,
    TFRecordWriter,
    tf_record_iterator,
)
from slim_torch.tf.missing import lacking as _lacking

__all__ = ["TFRecordCompressionType", "TFRecordOptions", "TFRecordWriter", "tf_record_iterator"]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.python_io")
