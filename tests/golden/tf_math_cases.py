"""The calls of TensorFlow's mathematical functions that TensorFlow and slim_torch both make: plain data.

Arrays and their shapes are in `tf_math_array_cases.py`; how a case is read, in `tf_math_tools.py`.
"""

from tf_math_tools import Dtype, T, V, case

INF, NAN = float("inf"), float("nan")
FLOAT32, FLOAT64, INT32, INT64 = (Dtype(name) for name in ("float32", "float64", "int32", "int64"))

_SMOOTH = [
    "exp",
    "expm1",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "sigmoid",
    "log_sigmoid",
    "erf",
    "erfc",
    "square",
]
_INSIDE_ONE = ["asin", "acos", "atanh"]
_POSITIVE = ["sqrt", "rsqrt", "log", "log1p", "lgamma", "digamma", "reciprocal"]
_STEPS = ["abs", "negative", "sign", "floor", "ceil", "round", "rint"]
_SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 100.0, -100.0, INF, -INF, NAN]

# TensorFlow's values at infinity, or its gradients of NaN, depend on the vector unit.
_ODD_BEYOND = [
    "lgamma",
    "digamma",
    "tan",
    "sin",
    "cos",
    "tanh",
    "erf",
    "sigmoid",
    "log_sigmoid",
    "sqrt",
    "rsqrt",
]

_UNARY = (
    [case(name, "values", T(2, 3, scale=2.0)) for name in _SMOOTH + _STEPS]
    + [case(name, "values", T(2, 3, scale=0.99)) for name in _INSIDE_ONE]
    + [case(name, "values", T(2, 3, scale=1.5, offset=1.6)) for name in _POSITIVE]
    + [case("acosh", "values", T(2, 3, scale=1.0, offset=2.2))]
    + [
        case(name, "special", V(_SPECIAL))
        for name in _SMOOTH + _INSIDE_ONE + _POSITIVE + _STEPS + ["is_nan", "is_inf", "is_finite"]
        if name not in _ODD_BEYOND
    ]
    # Of -0.0 TensorFlow's vector code takes another root than its scalar code.
    + [case(name, "edge", V([0.0, 1.0, 4.0, INF, -1.0, NAN])) for name in ("sqrt", "rsqrt")]
    + [case("acosh", "edge", V([1.0, 1.5, 100.0]))]
    + [case(name, "poles", V([0.5, 1.0, 2.0, 10.5, -0.5, -1.5])) for name in ("lgamma", "digamma")]
    + [case(name, "large", V([-90.0, -30.0, 0.0, 30.0, 90.0])) for name in ("tanh", "sigmoid", "log_sigmoid")]
    + [case(name, "integers", V([-3, 0, 2], "int32")) for name in _STEPS + ["square", "sqrt", "exp"]]
    + [case(name, "python_int", 4) for name in ("abs", "sqrt", "square", "exp")]
    + [case(name, "float64", T(3, dtype="float64", offset=1.5)) for name in ("sqrt", "log", "exp", "abs")]
    + [case(name, "float16", T(3, dtype="float16", offset=1.5)) for name in ("sqrt", "exp", "abs")]
    + [case(name, "list", [1.0, 4.0]) for name in ("sqrt", "log", "negative")]
    + [
        case("abs", "int64", V([-3, 0, 2], "int64")),
        case("abs", "bool", V([True, False], "bool")),
        case("abs", "complex", T(3, dtype="complex64")),
        case("negative", "bool", V([True], "bool")),
        case("is_nan", "integers", V([1], "int32")),
        case("identity", "values", T(2, 3)),
        case("square", "named", T(2), name="mine"),
        case("sign", "complex", V([1.0, 0.0], "complex64")),
        case("lbeta", "values", T(2, 3, offset=1.5)),
    ]
)

_ARITHMETIC = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "div",
    "truediv",
    "realdiv",
    "maximum",
    "minimum",
    "squared_difference",
]
_WHOLE = ["floordiv", "floormod", "mod", "truncatediv", "truncatemod", "floor_div"]
_COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
_LOGICAL = ["logical_and", "logical_or", "logical_xor"]

_BINARY = (
    [case(name, "same_shape", T(2, 3), T(2, 3, offset=2.0)) for name in _ARITHMETIC + ["atan2", "div_no_nan"]]
    + [case(name, "broadcast", T(2, 1, 3), T(4, 1, offset=2.0)) for name in _ARITHMETIC + ["atan2"]]
    + [case(name, "scalar_right", T(2, 3), 2.0) for name in _ARITHMETIC]
    + [case(name, "scalar_left", 2.0, T(2, 3)) for name in _ARITHMETIC]
    + [case(name, "int_to_float", T(2, 3), 2) for name in _ARITHMETIC + ["pow", "floordiv", "floormod"]]
    + [case(name, "float_to_int", T(3, dtype="int32"), 2.5) for name in ("add", "maximum", "floordiv", "div")]
    + [case(name, "int_left_of_float", 2, T(3)) for name in ("add", "maximum", "divide", "div", "equal")]
    + [
        case(name, "integers", V([7, -7, 7, -7], "int32"), V([2, 2, -2, -2], "int32"))
        for name in _ARITHMETIC + _WHOLE
    ]
    + [
        case(name, "float_signs", V([7.5, -7.5, 7.5, -7.5]), V([2.0, 2.0, -2.0, -2.0]))
        for name in _WHOLE
        if name != "truncatediv"
    ]
    + [case("floordiv", "float_near", V([1.0, 0.3, -1.0]), V([0.1, 0.1, 0.1]))]
    + [case(name, "mixed_dtypes", T(3), T(3, dtype="float64")) for name in _ARITHMETIC + ["pow", "less"]]
    + [case(name, "mixed_int_float", T(3), T(3, dtype="int32")) for name in ("add", "multiply", "divide")]
    + [case(name, "bad_shapes", T(2, 3), T(2)) for name in ("add", "maximum", "pow", "less", "divide")]
    + [case(name, "ties", V([1.0, 2.0, 3.0]), V([1.0, 3.0, 2.0])) for name in ("maximum", "minimum")]
    + [case(name, "tie_scalar", V([-1.0, 0.0, 1.0]), 0.0) for name in ("maximum", "minimum")]
    + [case(name, "tie_scalar_left", 0.0, V([-1.0, 0.0, 1.0])) for name in ("maximum", "minimum")]
    + [
        case(name, "int64", T(3, dtype="int64"), T(3, dtype="int64"))
        for name in ("add", "multiply", "maximum")
    ]
    + [
        case(name, "uint8", V([200, 3], "uint8"), V([100, 2], "uint8"))
        for name in ("add", "truediv", "divide")
    ]
    + [case(name, "bool", V([True], "bool"), V([True], "bool")) for name in ("add", "multiply", "maximum")]
    + [case(name, "arrays", [1.0, 2.0], [3.0, 5.0]) for name in ("add", "divide", "pow", "less")]
    + [case(name, "numbers", 6, 4) for name in ("add", "divide", "div", "truediv", "floordiv", "maximum")]
    + [case(name, "named", T(2), T(2), name="mine") for name in _ARITHMETIC]
    + [
        case(name, "by_zero", V([1.0, 0.0, -1.0]), V([0.0, 0.0, 0.0]))
        for name in ("div", "div_no_nan", "mod")
    ]
    + [
        case(name, "int64", T(3, dtype="int64"), V([2, 3, 4], "int64"))
        for name in ("truediv", "div", "divide")
    ]
    + [case(name, "int16", V([7], "int16"), V([2], "int16")) for name in ("truediv", "divide")]
    + [
        case("maximum", "leaky", T(2, 3), V([0.1])),
        case("add", "variable_like_array", T(2, 3), [[1.0], [2.0]]),
        case("multiply", "scalar_tensors", V(2.0), V(3.0)),
        case("pow", "values", T(2, 3, offset=1.5), T(2, 3)),
        case("pow", "broadcast", T(2, 1, offset=1.5), T(3)),
        case("pow", "negative_base", V([-2.0, -0.5, -1.0]), V([2.0, 3.0, 0.0])),
        case("pow", "zero_base", V([0.0, 0.0, 0.0]), V([2.0, 1.0, 0.5])),
        case("pow", "zero_base_zero_exponent", V([0.0, 2.0]), V([0.0, 0.0])),
        case("pow", "number", T(2, 3), 2.0),
        case("pow", "number_zero", V([0.0, 1.0, -2.0]), 0.0),
        case("pow", "number_half", V([0.0, 1.0, 4.0]), 0.5),
        case("pow", "number_negative", V([0.5, 1.0, -4.0]), -1.0),
        case("pow", "base_number", 2.0, T(3)),
        case("pow", "base_zero", 0.0, V([1.0, 2.0])),
        case("pow", "integers", V([2, 3], "int32"), V([3, 2], "int32")),
        case("atan2", "special", V([0.0, 1.0, -1.0, 0.0]), V([1.0, 0.0, 0.0, -1.0])),
        case("scalar_mul", "number", 2.0, T(3)),
        case("scalar_mul", "tensor", V(2.0), T(3)),
        case("scalar_mul", "vector", V([2.0]), T(3)),
        case("scalar_mul", "int_number", 2, T(3)),
        case("add_n", "three", [T(2, 3), T(2, 3), T(2, 3)]),
        case("add_n", "one", [T(2, 3)]),
        case("add_n", "one_named", [T(2, 3)], name="mine"),
        case("add_n", "empty", []),
        case("add_n", "bad_shapes", [T(2, 3), T(3)]),
        case("add_n", "mixed", [T(3), T(3, dtype="float64")]),
        case("add_n", "not_a_list", 3.0),
        case("accumulate_n", "three", [T(2, 3), T(2, 3), T(2, 3)]),
        case("accumulate_n", "one", [T(2, 3)]),
        case("accumulate_n", "wrong_dtype", [T(2, 3)], tensor_dtype=INT32),
        case("cross", "values", T(2, 3), T(2, 3)),
        case("complex", "values", T(3), T(3)),
        case("real", "values", T(3, dtype="complex64")),
        case("real", "of_real", T(3)),
        case("imag", "values", T(3, dtype="complex64")),
        case("conj", "values", T(3, dtype="complex64")),
        case("conj", "of_real", T(3)),
        case("angle", "values", T(3, dtype="complex64")),
    ]
    + [case(name, "values", V([1.0, 2.0, NAN]), V([2.0, 2.0, NAN])) for name in _COMPARISONS]
    + [case(name, "broadcast", T(2, 3, dtype="int32"), T(3, dtype="int32")) for name in _COMPARISONS]
    + [case(name, "number", T(4, dtype="int32"), 5) for name in _COMPARISONS]
    + [case(name, "bool", V([True, False], "bool"), True) for name in ("equal", "not_equal", "less")]
    + [case(name, "mixed", T(3, dtype="int32"), T(3, dtype="int64")) for name in ("equal", "greater")]
    + [case(name, "values", T(2, 3, dtype="bool"), T(3, dtype="bool")) for name in _LOGICAL]
    + [case(name, "not_bool", T(3), T(3)) for name in _LOGICAL]
    + [
        case("logical_not", "values", T(2, 3, dtype="bool")),
        case("logical_not", "not_bool", T(2, 3)),
        case("logical_and", "python", T(2, dtype="bool"), True),
    ]
)

_FLOAT_REDUCTIONS = [
    "reduce_sum",
    "reduce_mean",
    "reduce_max",
    "reduce_min",
    "reduce_prod",
    "reduce_logsumexp",
]
_FLOAT_REDUCTIONS += ["math.reduce_std", "math.reduce_variance", "math.reduce_euclidean_norm"]
_WITH_OLD_NAMES = [name for name in _FLOAT_REDUCTIONS if not name.startswith("math.")]
_INT_REDUCTIONS = ["reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"]

_REDUCTIONS = (
    [case(name, "all", T(2, 3)) for name in _FLOAT_REDUCTIONS]
    + [case(name, "axis", T(2, 3, 2), 1) for name in _FLOAT_REDUCTIONS]
    + [case(name, "axes_kept", T(2, 3, 2), [0, -1], True) for name in _FLOAT_REDUCTIONS]
    + [case(name, "scalar", T(offset=2.0)) for name in _FLOAT_REDUCTIONS]
    + [case(name, "no_axes", T(2, 3, offset=2.0), []) for name in _FLOAT_REDUCTIONS]
    + [
        case(name, "old_names", T(2, 3, 2), reduction_indices=[1, 2], keep_dims=True)
        for name in _WITH_OLD_NAMES
    ]
    + [case(name, "both_names", T(2, 3, 2), axis=1, reduction_indices=1) for name in ("reduce_sum",)]
    + [case(name, "both_keeps", T(2, 3), 1, keepdims=True, keep_dims=True) for name in ("reduce_sum",)]
    + [case(name, "axis_too_large", T(2, 3), 2) for name in ("reduce_sum", "reduce_max")]
    + [case(name, "axis_twice", T(2, 3), [1, 1]) for name in ("reduce_sum", "reduce_max")]
    + [case(name, "axis_tensor", T(2, 3), V([1], "int32")) for name in ("reduce_sum", "reduce_mean")]
    + [case(name, "integers", V([[7, -4, 2], [-1, -2, -1]], "int32"), 1) for name in _INT_REDUCTIONS]
    + [case(name, "int64", V([7, -4, 2], "int64")) for name in _INT_REDUCTIONS]
    + [case(name, "uint8", V([200, 100, 2], "uint8")) for name in _INT_REDUCTIONS]
    + [case(name, "bool", V([True, False], "bool")) for name in ("reduce_sum", "reduce_mean", "reduce_any")]
    + [case(name, "empty", T(0, 2), 0) for name in _INT_REDUCTIONS + ["reduce_logsumexp"]]
    + [case(name, "list", [[1.0, 2.0], [3.0, 5.0]]) for name in _INT_REDUCTIONS]
    + [case(name, "int_list", [1, 2, 4]) for name in _INT_REDUCTIONS]
    + [case(name, "named", T(2, 3), name="mine") for name in _WITH_OLD_NAMES]
    + [case(name, "float64", T(2, 3, dtype="float64")) for name in ("reduce_sum", "reduce_mean")]
    + [case(name, "ties", V([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]), 1) for name in ("reduce_max", "reduce_min")]
    + [case(name, "ties_all", V([[1.0, 3.0], [3.0, 1.0]])) for name in ("reduce_max", "reduce_min")]
    + [
        case("reduce_prod", "one_zero", V([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]), 1),
        case("reduce_prod", "two_zeros", V([[2.0, 0.0, 0.0]]), 1),
        case("reduce_prod", "axes", V([[[2.0, 0.5], [3.0, 1.0]]]), [0, 2]),
        case("reduce_logsumexp", "large", V([[1000.0, 1000.0], [-1000.0, -1001.0]]), 1),
        case("reduce_logsumexp", "infinite", V([[-INF, -INF], [0.0, -INF]]), 1),
        case("reduce_logsumexp", "integers", V([1, 2], "int32")),
        case("math.reduce_std", "constant", V([2.0, 2.0])),
        case("math.reduce_variance", "integers", V([1, 2], "int32")),
        case("reduce_any", "axis", T(2, 3, dtype="bool"), 1),
        case("reduce_all", "axis", T(2, 3, dtype="bool"), 1),
        case("reduce_all", "all", T(2, 3, dtype="bool")),
        case("reduce_any", "axes_kept", T(2, 3, 2, dtype="bool"), [0, 2], True),
        case("reduce_all", "empty", T(0, dtype="bool")),
        case("reduce_any", "not_bool", T(2, 3)),
        case("count_nonzero", "all", V([[0.0, 1.0], [2.0, 0.0]])),
        case("count_nonzero", "axis", V([[0, 1], [2, 3]], "int32"), 1),
        case("count_nonzero", "kept_int32", V([[0, 1], [2, 3]], "int32"), axis=0, keepdims=True, dtype=INT32),
        case("count_nonzero", "bool", V([True, False, True], "bool")),
        case("math.zero_fraction", "values", V([0.0, 1.0, 0.0, 2.0])),
    ]
    + [
        variant
        for name in ("argmax", "argmin")
        for variant in (
            case(name, "default_axis", T(3, 4)),
            case(name, "axis", T(3, 4), 1),
            case(name, "negative_axis", T(2, 3, 4), axis=-1),
            case(name, "ties", V([[1.0, 1.0, 0.0, 0.0]]), 1),
            case(name, "dimension", T(3, 4), dimension=1),
            case(name, "int32", T(3, 4), 1, output_type=INT32),
            case(name, "integers", T(3, 4, dtype="int32"), 1),
            case(name, "axis_too_large", T(3, 4), 2),
            case(name, "both_axes", T(3, 4), axis=1, dimension=1),
        )
    ]
    + [
        variant
        for name in ("cumsum", "cumprod")
        for variant in (
            case(name, "default", T(3, 2, offset=1.5)),
            case(name, "exclusive", T(3, 2, offset=1.5), exclusive=True),
            case(name, "reverse", T(2, 3, offset=1.5), 1, reverse=True),
            case(name, "exclusive_reverse", T(2, 3, offset=1.5), -1, True, True),
            case(name, "integers", V([3, 4, 5], "int32")),
            case(name, "one", T(1, 2, offset=1.5), exclusive=True),
            case(name, "axis_too_large", T(2, 3), 2),
        )
    ]
)

_NORMS = [("euclidean", {}), ("one", {"ord": 1}), ("inf", {"ord": float("inf")}), ("three", {"ord": 3})]

_LINEAR = (
    [case("norm", name + "_all", T(2, 3), **fields) for name, fields in _NORMS]
    + [case("norm", name + "_axis", T(2, 3), axis=1, **fields) for name, fields in _NORMS]
    + [
        case("norm", name + "_matrix", T(2, 3, 2), axis=[-2, -1], **fields)
        for name, fields in _NORMS + [("fro", {"ord": "fro"})]
    ]
    + [
        case("norm", "two", T(2, 3), ord=2, axis=1),
        case("norm", "two_as_float", T(2, 3), ord=2.0, axis=1),
        case("norm", "half", T(2, 3, offset=2.0), ord=0.5),
        case("norm", "kept", T(2, 3), axis=0, keepdims=True),
        case("norm", "old_keep_dims", T(2, 3), axis=0, keep_dims=True),
        case("norm", "zero", V([0.0, 0.0])),
        case("norm", "zero_one_norm", V([0.0, 1.0]), ord=1),
        case("norm", "inf_ties", V([1.0, -1.0, 0.5]), ord=float("inf")),
        case("norm", "unknown", T(2, 3), ord="nuclear"),
        case("norm", "fro_of_vector", T(2, 3), ord="fro", axis=1),
        case("norm", "negative_order", T(2, 3), ord=-1),
        case("matmul", "plain", T(2, 3), T(3, 4)),
        case("matmul", "batched", T(2, 2, 3), T(2, 3, 2)),
        case("matmul", "batch_broadcast", T(2, 1, 2, 3), T(2, 3, 2)),
        case("matmul", "transpose_a", T(3, 2), T(3, 4), transpose_a=True),
        case("matmul", "transpose_b", T(2, 3), T(4, 3), transpose_b=True),
        case("matmul", "both", T(2, 3, 2), T(2, 4, 3), True, True),
        case("matmul", "adjoint", T(2, 3, dtype="complex64"), T(2, 3, dtype="complex64"), adjoint_a=True),
        case("matmul", "adjoint_real", T(2, 3), T(2, 3), adjoint_b=True),
        case("matmul", "integers", T(2, 3, dtype="int32"), T(3, 2, dtype="int32")),
        case("matmul", "bad_shapes", T(2, 3), T(2, 3)),
        case("matmul", "vector", T(2, 3), T(3)),
        case("matmul", "mixed", T(2, 3), T(3, 2, dtype="float64")),
        case("matmul", "transpose_and_adjoint", T(2, 2), T(2, 2), transpose_a=True, adjoint_a=True),
        case("matmul", "list", T(2, 2), [[1.0, 2.0], [3.0, 4.0]]),
        case("matmul", "named", T(2, 2), T(2, 2), name="mine"),
        case("tensordot", "one", T(2, 3), T(3, 4), 1),
        case("tensordot", "two", T(2, 3, 4), T(3, 4, 2), 2),
        case("tensordot", "outer", T(2), T(3), 0),
        case("tensordot", "lists", T(2, 3, 4), T(4, 2, 3), [[1, 2], [2, 0]]),
        case("tensordot", "ints", T(2, 3), T(2, 4), [0, 0]),
        case("tensordot", "negative", T(2, 3), T(4, 3), [[-1], [-1]]),
        case("tensordot", "uneven", T(2, 3), T(4, 3), [[0, 1], [1]]),
        case("tensordot", "vector_left", T(3), T(3, 2), 1),
        case("einsum", "matmul", "ij,jk->ik", T(2, 3), T(3, 4)),
        case("einsum", "batch", "bij,bjk->bik", T(2, 2, 3), T(2, 3, 2)),
        case("einsum", "outer", "i,j->ij", T(2), T(3)),
        case("einsum", "transpose", "ij->ji", T(2, 3)),
        case("einsum", "sum", "ij->i", T(2, 3)),
        case("einsum", "implicit", "ij,jk", T(2, 3), T(3, 4)),
        case("einsum", "three", "ij,jk,kl->il", T(2, 2), T(2, 3), T(3, 2)),
        case("einsum", "spaces", "ij, jk -> ik", T(2, 3), T(3, 4)),
        case("einsum", "unknown_output", "ij,jk->im", T(2, 3), T(3, 4)),
        case("einsum", "wrong_count", "ij,jk->ik", T(2, 3)),
        case("einsum", "wrong_rank", "ijk->i", T(2, 3)),
        case("trace", "matrix", T(2, 3)),
        case("trace", "batch", T(2, 3, 3)),
        case("trace", "integers", T(3, 3, dtype="int32")),
        case("diag", "vector", T(3)),
        case("diag", "matrix", T(2, 3)),
        case("diag_part", "matrix", T(3, 3)),
        case("diag_part", "rank4", T(2, 3, 2, 3)),
        case("diag_part", "not_square", T(2, 3)),
        case("matrix_diag", "batch", T(2, 3)),
        case("matrix_diag_part", "batch", T(2, 3, 4)),
        case("matrix_set_diag", "batch", T(2, 3, 4), T(2, 3)),
        case("matrix_band_part", "both", T(2, 3, 4), 1, 0),
        case("matrix_band_part", "all_lower", T(4, 3), -1, 1),
        case("matrix_inverse", "batch", V([[[2.0, 1.0], [0.5, 3.0]], [[1.0, 0.0], [0.25, 2.0]]])),
        case("matrix_inverse", "not_square", T(2, 3)),
        case("matrix_determinant", "batch", T(2, 3, 3)),
        case("matrix_solve", "plain", V([[2.0, 1.0], [0.5, 3.0]]), T(2, 3)),
        case("matrix_solve", "adjoint", V([[2.0, 1.0], [0.5, 3.0]]), T(2, 1), adjoint=True),
        case("cholesky", "plain", V([[2.0, 1.0], [1.0, 3.0]])),
    ]
)

_CLIPPING = [
    case("clip_by_value", "numbers", T(2, 3, scale=2.0), -0.5, 0.5),
    case("clip_by_value", "edges", V([-1.0, -0.5, 0.0, 0.5, 1.0]), -0.5, 0.5),
    case("clip_by_value", "tensors", T(2, 3), V([-0.3, -0.2, -0.1]), V([0.1, 0.2, 0.3])),
    case("clip_by_value", "scalar_tensors", T(2, 3), V(-0.3), V(0.1)),
    case("clip_by_value", "column", T(2, 3), V([[-0.3], [-0.2]]), 0.5),
    case("clip_by_value", "crossed", V([-1.0, 0.0, 1.0]), 0.5, -0.5),
    case("clip_by_value", "integers", T(4, dtype="int32"), 2, 5),
    case("clip_by_value", "ints_for_floats", T(4), 0, 1),
    case("clip_by_value", "widening", T(3), V([[0.0], [0.1]]), 1.0),
    case("clip_by_value", "named", T(3), -0.5, 0.5, name="mine"),
    case("clip_by_norm", "clipped", T(2, 3, scale=3.0), 1.0),
    case("clip_by_norm", "short", T(2, 3), 10.0),
    case("clip_by_norm", "axes", T(2, 3, scale=3.0), 1.0, [1]),
    case("clip_by_norm", "zero", V([0.0, 0.0]), 1.0),
    case("clip_by_norm", "tensor", T(2, 3, scale=3.0), V(1.0)),
    case("clip_by_average_norm", "values", T(2, 3, scale=3.0), 0.1),
    case("global_norm", "values", [T(2, 3), T(3)]),
    case("global_norm", "with_none", [T(2, 3), None]),
    case("global_norm", "not_a_list", 3.0),
    case("clip_by_global_norm", "clipped", [T(2, 3), T(3)], 0.5),
    case("clip_by_global_norm", "short", [T(2, 3), T(3)], 50.0),
    case("clip_by_global_norm", "given_norm", [T(2, 3), T(3)], 0.5, V(4.0)),
]

_CASTS = [
    case("cast", "to_int", V([-1.7, -0.2, 0.9, 2.5]), INT32),
    case("cast", "to_bool", V([0.0, 0.5, -1.0]), Dtype("bool")),
    case("cast", "from_bool", V([True, False], "bool"), FLOAT32),
    case("cast", "same", T(3), FLOAT32),
    case("cast", "to_double", T(3), FLOAT64),
    case("cast", "to_half", T(3), Dtype("float16")),
    case("cast", "from_uint8", T(3, dtype="uint8"), FLOAT32),
    case("cast", "by_name", T(3, dtype="int32"), "float32"),
    case("cast", "list", [1, 2, 3], FLOAT32),
    case("cast", "complex_to_real", T(3, dtype="complex64"), FLOAT32),
    case("cast", "named", T(3), INT64, name="mine"),
    case("to_float", "int", T(3, dtype="int32")),
    case("to_float", "same", T(3)),
    case("to_double", "float", T(3)),
    case("to_int32", "float", V([1.9, -1.9])),
    case("to_int64", "float", V([1.9, -1.9])),
    case("saturate_cast", "to_uint8", V([-5.0, 3.7, 300.0]), Dtype("uint8")),
    case("saturate_cast", "int_to_uint8", V([-5, 3, 300], "int32"), Dtype("uint8")),
    case("saturate_cast", "widening", V([3, 200], "uint8"), INT32),
    case("saturate_cast", "to_half", V([1.0, 1e6]), Dtype("float16")),
    case("bitcast", "same_size", V([1.0, -2.0]), INT32),
    case("bitcast", "smaller", V([1, 258], "int32"), Dtype("uint8")),
    case("bitcast", "larger", V([[1, 0], [2, 1]], "int32"), INT64),
]

CASES = _UNARY + _BINARY + _REDUCTIONS + _LINEAR + _CLIPPING + _CASTS
