"""`tf.linalg`: matrices. Those that `tf` has too are in `linear_algebra.py`; here are the others."""

from __future__ import annotations

from typing import Any

import torch

from slim_torch.dtypes import as_dtype
from slim_torch.scopes import name_scope
from slim_torch.sources import _of_sizes
from slim_torch.tensors import as_sizes, as_tensor, named
from slim_torch.tf.clipping import global_norm
from slim_torch.tf.linear_algebra import (
    cholesky,
    cross,
    einsum,
    matmul,
    matrix_transpose,
    norm,
    tensordot,
    trace,
)
from slim_torch.tf.linear_algebra import diag as tensor_diag
from slim_torch.tf.linear_algebra import diag_part as tensor_diag_part
from slim_torch.tf.linear_algebra import matrix_band_part as band_part
from slim_torch.tf.linear_algebra import matrix_determinant as det
from slim_torch.tf.linear_algebra import matrix_diag as diag
from slim_torch.tf.linear_algebra import matrix_diag_part as diag_part
from slim_torch.tf.linear_algebra import matrix_inverse as inv
from slim_torch.tf.linear_algebra import matrix_set_diag as set_diag
from slim_torch.tf.linear_algebra import matrix_solve as solve
from slim_torch.tf.missing import lacking as _lacking
from slim_torch.tf.nn_functions import l2_normalize
from slim_torch.tf.support import checked

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "lstsq",
    "matmul",
    "matrix_transpose",
    "matvec",
    "norm",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]

transpose = matrix_transpose


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = torch.float32,
    name: str | None = None,
) -> Any:
    """Ones on the diagonal of `[*batch_shape, num_rows, num_columns]`, square by default. Source: tf.eye."""
    with name_scope(name, "eye"):
        rows = as_sizes(num_rows)[0]
        columns = rows if num_columns is None else as_sizes(num_columns)[0]
        batch = () if batch_shape is None else as_sizes(batch_shape)
        return _of_sizes(_eye, (*batch, rows, columns), as_dtype(dtype), (), "diag", None)


def _eye(sizes: Any, dtype: Any, device: Any) -> torch.Tensor:
    return torch.eye(*sizes[-2:], dtype=dtype, device=device).expand(tuple(sizes)).clone()


@checked
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """Singular values, largest first; with `compute_uv` `(s, u, v)`, where `tensor = u @ diag(s) @ v^H`.

    The signs of singular vectors are left open, and may be others than TensorFlow's. Source: tf.svd.
    """
    x = as_tensor(tensor)
    if not compute_uv:
        return named(torch.linalg.svdvals(x), name, "Svd")
    u, s, vh = torch.linalg.svd(x, full_matrices=full_matrices)
    return named((s, u, vh.mH), name, "Svd")


@checked
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """`(q, r)` with `input = q @ r`; the signs are left open. Source: tf.qr."""
    return named(
        tuple(torch.linalg.qr(as_tensor(input), "complete" if full_matrices else "reduced")), name, "Qr"
    )


@checked
def eigh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues of a self-adjoint matrix, smallest first, and its eigenvectors. Source: tf.self_adjoint_eig."""
    return named(tuple(torch.linalg.eigh(as_tensor(tensor))), name, "SelfAdjointEigV2")


@checked
def eigvalsh(tensor: Any, name: str | None = None) -> Any:
    """Eigenvalues of a self-adjoint matrix, smallest first. Source: tf.self_adjoint_eigvals."""
    return named(torch.linalg.eigvalsh(as_tensor(tensor)), name, "SelfAdjointEigV2")


@checked
def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Any:
    """`x` with `matrix @ x = rhs`, of a triangular matrix. Source: tf.linalg.triangular_solve."""
    a, b = as_tensor(matrix), as_tensor(rhs)
    a = torch.tril(a) if lower else torch.triu(a)
    solved = torch.linalg.solve_triangular(a.mH if adjoint else a, b, upper=lower == adjoint)
    return named(solved, name, "MatrixTriangularSolve")


@checked
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Any:
    """`x` with `chol @ chol^H @ x = rhs`. Source: tf.cholesky_solve."""
    with name_scope(name, "cholesky_solve"):
        return torch.cholesky_solve(as_tensor(rhs), as_tensor(chol))


@checked
def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Any:
    """`x` with the smallest `|matrix @ x - rhs|^2 + l2_regularizer * |x|^2`. Source: tf.matrix_solve_ls.

    Raises:
      ValueError: the matrix has more columns than rows.
    """
    a, b = as_tensor(matrix), as_tensor(rhs)
    if a.shape[-1] > a.shape[-2]:
        raise ValueError(
            f"lstsq: the matrix has more columns than rows, {tuple(a.shape[-2:])}; use torch.linalg.lstsq."
        )
    gram = a.mH @ a + l2_regularizer * torch.diag_embed(torch.ones_like(a[..., 0, :]))
    return named(torch.linalg.solve(gram, a.mH @ b), name, "matrix_solve_ls")


@checked
def expm(input: Any, name: str | None = None) -> Any:
    """The exponential of a matrix. Source: tf.linalg.expm."""
    with name_scope(name, "matrix_exponential"):
        return torch.linalg.matrix_exp(as_tensor(input))


@checked
def slogdet(input: Any, name: str | None = None) -> Any:
    """Sign, and logarithm of the magnitude, of the determinant. Source: tf.linalg.slogdet."""
    return named(tuple(torch.linalg.slogdet(as_tensor(input))), name, "LogMatrixDeterminant")


@checked
def logdet(matrix: Any, name: str | None = None) -> Any:
    """The logarithm of the determinant of a positive definite matrix. Source: tf.linalg.logdet."""
    with name_scope(name, "logdet"):
        return torch.linalg.cholesky(as_tensor(matrix)).diagonal(dim1=-2, dim2=-1).log().sum(-1) * 2.0


@checked
def adjoint(matrix: Any, name: str | None = None) -> Any:
    """Transposed and conjugated. Source: tf.linalg.adjoint."""
    return named(as_tensor(matrix).mH, name, "adjoint")


@checked
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    name: str | None = None,
    **sparse: bool,
) -> Any:
    """The product of a matrix `[..., m, n]` and a vector `[..., n]`. Source: tf.linalg.matvec."""
    with name_scope(name, "MatVec"):
        product = matmul(a, as_tensor(b).unsqueeze(-1), transpose_a=transpose_a, adjoint_a=adjoint_a)
        return product.squeeze(-1)


# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.linalg")
