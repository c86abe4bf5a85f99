"""Products of matrices, norms, diagonals and inverses, under TensorFlow's names.

Matrices are the last two axes; those before are batches. Products run in the precision that PyTorch is set
to (`torch.set_float32_matmul_precision`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from slim_torch.scopes import name_scope
from slim_torch.tensors import as_tensor, named
from slim_torch.tf.support import (
    COMPLEX,
    FLOATING,
    NUMERIC,
    checked,
    known_axis,
    known_ints,
    operands,
    require,
    shapes_differ,
    tensors,
)

__all__ = [
    "cholesky",
    "cross",
    "diag",
    "diag_part",
    "einsum",
    "matmul",
    "matrix_band_part",
    "matrix_determinant",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_inverse",
    "matrix_set_diag",
    "matrix_solve",
    "matrix_transpose",
    "norm",
    "tensordot",
    "trace",
]

_FIELD = FLOATING | COMPLEX


def _matrix(x: torch.Tensor, op: str) -> torch.Tensor:
    if x.dim() < 2:
        raise ValueError(f"{op}: shape must be at least rank 2 but is rank {x.dim()}: {tuple(x.shape)}.")
    return x


@checked
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> torch.Tensor:
    """The product of matrices `[..., m, k]` and `[..., k, n]`; batches broadcast.

    Args:
      transpose_a, transpose_b: the matrix is given transposed.
      adjoint_a, adjoint_b: the matrix is given transposed and conjugated.
      a_is_sparse, b_is_sparse: hints to TensorFlow, without an effect here.

    Raises:
      ValueError: an argument is a vector, the sizes do not fit, or one is both transposed and adjoint.
      TypeError: the dtypes differ.

    Source: tf.matmul.
    """
    if (transpose_a and adjoint_a) or (transpose_b and adjoint_b):
        raise ValueError("Only one of transpose and adjoint can be True, for each argument of matmul.")
    a, b = operands(a, b, "MatMul", NUMERIC)
    _matrix(a, "MatMul")
    _matrix(b, "MatMul")
    left = torch.adjoint(a) if adjoint_a else torch.transpose(a, -2, -1) if transpose_a else a
    right = torch.adjoint(b) if adjoint_b else torch.transpose(b, -2, -1) if transpose_b else b
    return named(torch.matmul(left, right), name, "MatMul")


@checked
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> torch.Tensor:
    """The sum of products over pairs of axes.

    Args:
      axes: how many of the last axes of `a` and the first of `b`; or a pair of axes, or of lists of them.

    Raises:
      ValueError: the lists are not equally long, or the sizes do not fit.

    Source: tf.tensordot.
    """
    a, b = operands(a, b, "Tensordot", NUMERIC)
    if np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
        dims: Any = known_ints(axes, "The axes of tensordot")[0]
    else:
        dims = tuple(known_ints(part, "The axes of tensordot") for part in axes)
        if len(dims) != 2 or len(dims[0]) != len(dims[1]):
            raise ValueError(f"'axes' must be an integer or have two equally long parts, got {axes!r}.")
    return named(torch.tensordot(a, b, dims), name, "Tensordot")


@checked
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> torch.Tensor:
    """The sum of products that `equation` describes, such as `"ij,jk->ik"`.

    Args:
      name: of the operation, as a keyword.

    Raises:
      ValueError: the equation does not fit the tensors.

    Source: tf.einsum.
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"Invalid keyword arguments for einsum: {', '.join(sorted(kwargs))}. It takes name.")
    with name_scope(name, "einsum", list(inputs)):
        return named(torch.einsum(equation, *tensors(inputs, "einsum")), None, "MatMul")


def _vector_norm(x: torch.Tensor, order: Any, axes: list[int]) -> torch.Tensor:
    size = torch.abs(x)
    if order == 1:
        return torch.sum(size, axes, keepdim=True)
    if order == np.inf:
        return torch.amax(size, axes, keepdim=True)
    return torch.pow(torch.sum(torch.pow(size, order), axes, keepdim=True), 1.0 / order)


def _matrix_norm(x: torch.Tensor, order: Any, axes: list[int]) -> torch.Tensor:
    """The norms of a matrix as a mapping: by its columns, by its rows, or by its singular values."""
    rows, columns = axes
    size = torch.abs(x)
    if order == 1:
        return torch.amax(torch.sum(size, rows, keepdim=True), columns, keepdim=True)
    if order == np.inf:
        return torch.amax(torch.sum(size, columns, keepdim=True), rows, keepdim=True)
    return torch.linalg.matrix_norm(x, 2, dim=(rows, columns), keepdim=True)


@checked
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> torch.Tensor:
    """The norm of vectors or matrices.

    Args:
      ord: `"euclidean"`, a positive number or infinity; of matrices `"euclidean"`, `"fro"`, 1, 2 or infinity.
      axis: an int for vectors, a pair for matrices; None for all elements as one vector.
      keepdims: leave the axes in, of size 1.
      keep_dims: the older name of `keepdims`.

    Raises:
      ValueError: there is no such norm.

    The gradient of the Euclidean norm at 0 is NaN, as in TensorFlow. Source: tf.norm.
    """
    if keep_dims is not None:
        if keepdims is not None:
            raise ValueError("Cannot specify both 'keepdims' and 'keep_dims'. Keep 'keepdims'.")
        keepdims = keep_dims
    x = as_tensor(tensor)
    matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    if matrix:
        accepted = ord in ("euclidean", "fro", 1, 2, np.inf)
    else:
        accepted = ord == "euclidean" or (not isinstance(ord, str) and ord > 0)
    if not accepted:
        kind = (
            "matrices: 'euclidean', 'fro', 1, 2, inf" if matrix else "vectors: 'euclidean', a positive number"
        )
        raise ValueError(f"'ord' is {ord!r}, but these are the norms of {kind}.")
    if axis is None:
        axes = list(range(x.dim()))
    else:
        axes = [known_axis(item, x.dim(), "norm") for item in known_ints(axis, "The axis of norm")]
        if len(axes) not in (1, 2) or len(set(axes)) != len(axes):
            raise ValueError(
                f"'axis' must be None, an integer, or a pair of different integers, got {axis!r}."
            )
    with name_scope(name, "norm", [x]):
        if ord in ("euclidean", "fro") or (ord == 2 and not matrix):
            op = "Sqrt"
            squares = x * x if x.dtype not in COMPLEX else torch.real(x * torch.conj(x))
            result = torch.sqrt(torch.sum(squares, axes, keepdim=True) if axes else squares)
        else:
            op = "Max" if matrix or ord == np.inf else "Sum" if ord == 1 else "Pow"
            result = _matrix_norm(x, ord, axes) if matrix else _vector_norm(x, ord, axes)
        if keepdims:
            return named(result, None, op)
        return named(torch.squeeze(result, axes), None, "Squeeze")


@checked
def trace(x: Any, name: str | None = None) -> torch.Tensor:
    """The sum of the diagonal of each matrix. Source: tf.trace."""
    x = _matrix(require(as_tensor(x), NUMERIC, "Trace"), "Trace")
    return named(torch.sum(torch.diagonal(x, dim1=-2, dim2=-1), -1, dtype=x.dtype), name, "Trace")


@checked
def diag(diagonal: Any, name: str | None = None) -> torch.Tensor:
    """A tensor of twice the rank, with `diagonal` on its diagonal and 0 elsewhere. Source: tf.diag."""
    x = as_tensor(diagonal)
    return named(torch.reshape(torch.diag_embed(torch.flatten(x)), [*x.shape, *x.shape]), name, "Diag")


@checked
def diag_part(input: Any, name: str | None = None) -> torch.Tensor:
    """The diagonal of a tensor of shape `[d1, ..., dk, d1, ..., dk]`. Source: tf.diag_part.

    Raises:
      ValueError: the shape is not of this form.
    """
    x = as_tensor(input)
    half = x.dim() // 2
    if x.dim() == 0 or x.dim() % 2 or shapes_differ(x.shape[:half], x.shape[half:]):
        raise ValueError(f"DiagPart: expected a shape [d1, ..., dk, d1, ..., dk], got {tuple(x.shape)}.")
    square = torch.flatten(torch.flatten(x, half), 0, half - 1)
    return named(torch.reshape(torch.diagonal(square), list(x.shape[:half])), name, "DiagPart")


def _main_diagonal(op: str, **arguments: tuple[Any, Any]) -> None:
    changed = [key for key, (value, default) in arguments.items() if value != default]
    if changed:
        raise ValueError(f"{op} knows the main diagonal only: leave out {', '.join(changed)}.")


@checked
def matrix_diag(
    diagonal: Any,
    name: str = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> torch.Tensor:
    """Square matrices with the last axis of `diagonal` on their diagonals. Source: tf.matrix_diag.

    Raises:
      ValueError: `k`, `num_rows`, `num_cols` or `padding_value` is given.
    """
    _main_diagonal(
        "matrix_diag",
        k=(k, 0),
        num_rows=(num_rows, -1),
        num_cols=(num_cols, -1),
        padding_value=(padding_value, 0),
    )
    return named(torch.diag_embed(as_tensor(diagonal)), name, "diag")


@checked
def matrix_diag_part(input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0) -> torch.Tensor:
    """The diagonal of each matrix. Source: tf.matrix_diag_part.

    Raises:
      ValueError: `k` or `padding_value` is given.
    """
    _main_diagonal("matrix_diag_part", k=(k, 0), padding_value=(padding_value, 0))
    return named(torch.diagonal(as_tensor(input), dim1=-2, dim2=-1), name, "diag_part")


@checked
def matrix_set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0) -> torch.Tensor:
    """`input` with other diagonals. Source: tf.matrix_set_diag.

    Raises:
      ValueError: `k` is given.
    """
    _main_diagonal("matrix_set_diag", k=(k, 0))
    x, diagonal = operands(input, diagonal, "set_diag")
    return named(torch.diagonal_scatter(x, diagonal, dim1=-2, dim2=-1), name, "set_diag")


@checked
def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> torch.Tensor:
    """Each matrix with zeros outside `num_lower` subdiagonals and `num_upper` superdiagonals; -1 keeps all.

    Source: tf.matrix_band_part.
    """
    x = as_tensor(input)
    (lower,) = known_ints(num_lower, "num_lower")
    (upper,) = known_ints(num_upper, "num_upper")
    result = x if lower < 0 else torch.triu(x, -lower)
    return named(torch.tril(result, upper) if upper >= 0 else result.view_as(result), name, "MatrixBandPart")


@checked
def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> torch.Tensor:
    """Each matrix transposed. Source: tf.matrix_transpose.

    Raises:
      ValueError: `a` is a vector.
    """
    x = _matrix(as_tensor(a), "matrix_transpose")
    with name_scope(name, None, [x]):
        turned = torch.transpose(x, -2, -1)
        return named(torch.conj_physical(turned) if conjugate else turned, None, "transpose")


@checked
def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> torch.Tensor:
    """The inverse of each square matrix, or of its adjoint. Source: tf.matrix_inverse."""
    x = _matrix(require(as_tensor(input), _FIELD, "MatrixInverse"), "MatrixInverse")
    return named(torch.linalg.inv(torch.adjoint(x) if adjoint else x), name, "MatrixInverse")


@checked
def matrix_determinant(input: Any, name: str | None = None) -> torch.Tensor:
    """The determinant of each square matrix. Source: tf.matrix_determinant."""
    x = _matrix(require(as_tensor(input), _FIELD, "MatrixDeterminant"), "MatrixDeterminant")
    return named(torch.linalg.det(x), name, "MatrixDeterminant")


@checked
def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> torch.Tensor:
    """`x` with `matrix @ x = rhs`; `rhs` is made of matrices too. Source: tf.matrix_solve."""
    matrix, rhs = operands(matrix, rhs, "MatrixSolve", _FIELD)
    _matrix(matrix, "MatrixSolve")
    _matrix(rhs, "MatrixSolve")
    return named(torch.linalg.solve(torch.adjoint(matrix) if adjoint else matrix, rhs), name, "MatrixSolve")


@checked
def cholesky(input: Any, name: str | None = None) -> torch.Tensor:
    """The lower triangular factor of each symmetric positive definite matrix. Source: tf.cholesky."""
    return named(torch.linalg.cholesky(require(as_tensor(input), _FIELD, "Cholesky")), name, "Cholesky")


@checked
def cross(a: Any, b: Any, name: str | None = None) -> torch.Tensor:
    """The cross product of vectors of three along the last axis. Source: tf.cross."""
    a, b = operands(a, b, "Cross", NUMERIC)
    return named(torch.linalg.cross(a, b, dim=-1), name, "Cross")
