"""`tf.io`: files, records and examples. Names only."""

from typing import TYPE_CHECKING

from slim_torch.lazy import attach

if TYPE_CHECKING:
    from slim_torch.example_parsing import (
        FixedLenFeature,
        FixedLenSequenceFeature,
        VarLenFeature,
        decode_raw,
        parse_example,
        parse_single_example,
        read_file,
    )
    from slim_torch.input_producers import match_filenames_once
    from slim_torch.queues import PaddingFIFOQueue, QueueBase, RandomShuffleQueue
    from slim_torch.tf import gfile
    from slim_torch.tf.files import decode_csv, matching_files, write_file
    from slim_torch.tf.image_files import (
        decode_and_crop_jpeg,
        decode_bmp,
        decode_gif,
        decode_image,
        decode_jpeg,
        decode_png,
        encode_jpeg,
        encode_png,
        extract_jpeg_shape,
        is_jpeg,
    )
    from slim_torch.tf.python_io import (
        TFRecordCompressionType,
        TFRecordOptions,
        TFRecordWriter,
        tf_record_iterator,
    )
    from slim_torch.tf.train import write_graph

if not TYPE_CHECKING:
    __all__, __getattr__, __dir__ = attach(__name__, "tf.io")
