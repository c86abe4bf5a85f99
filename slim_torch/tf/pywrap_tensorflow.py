"""`tf.pywrap_tensorflow`: the one name of it that scripts use."""

from slim_torch.checkpoint.reader import load_checkpoint as NewCheckpointReader

__all__ = ["NewCheckpointReader"]
