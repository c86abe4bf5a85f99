"""`tf.manip`: functions that `tf` has too. Names only."""

from slim_torch.tf.array_functions import reshape, roll, tile
from slim_torch.tf.blocks import batch_to_space_nd, space_to_batch_nd
from slim_torch.tf.indexing import gather_nd, scatter_nd
from slim_torch.tf.slicing import reverse

__all__ = [
    "batch_to_space_nd",
    "gather_nd",
    "reshape",
    "reverse",
    "roll",
    "scatter_nd",
    "space_to_batch_nd",
    "tile",
]
