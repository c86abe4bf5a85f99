"""`tf.sparse`: sparse tensors. Names only; see `slim_torch/sparse.py`."""

from slim_torch.sparse import SparseTensor
from slim_torch.sparse import sparse_placeholder as placeholder
from slim_torch.sparse import sparse_reorder as reorder
from slim_torch.sparse import sparse_retain as retain
from slim_torch.sparse import sparse_tensor_dense_matmul as matmul
from slim_torch.sparse import sparse_tensor_to_dense as to_dense
from slim_torch.tf.missing import lacking as _lacking

sparse_dense_matmul = matmul

__all__ = [
    "SparseTensor",
    "matmul",
    "placeholder",
    "reorder",
    "retain",
    "sparse_dense_matmul",
    "to_dense",
]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.sparse")
