"""`slim.prefetch_queue`: a queue of batches. Source: tf.contrib.slim.prefetch_queue."""

from slim_torch.input_queues import prefetch_queue

__all__ = ["prefetch_queue"]
