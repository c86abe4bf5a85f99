"""`tf.sets`: sets in the last axis of tensors. Names only; see `slim_torch/set_ops.py`."""

from slim_torch.set_ops import set_difference, set_intersection, set_size, set_union

difference = set_difference
intersection = set_intersection
size = set_size
union = set_union

__all__ = [
    "difference",
    "intersection",
    "set_difference",
    "set_intersection",
    "set_size",
    "set_union",
    "size",
    "union",
]
