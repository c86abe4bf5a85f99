"""`tf.debugging`: assertions and checks of numbers. Names only; see `check_ops.py`."""

from slim_torch.check_ops import (
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_less,
    assert_less_equal,
    assert_near,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    is_non_decreasing,
    is_strictly_increasing,
)
from slim_torch.check_ops import verify_tensor_all_finite as assert_all_finite
from slim_torch.control_flow import Assert
from slim_torch.static_checks import (
    assert_integer,
    assert_proper_iterable,
    assert_rank,
    assert_rank_at_least,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
    assert_type,
)
from slim_torch.tf.casting import is_numeric_tensor
from slim_torch.tf.elementwise import is_finite, is_inf, is_nan
from slim_torch.tf.missing import lacking as _lacking
from slim_torch.train_ops import check_numerics

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
    "check_numerics",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_numeric_tensor",
    "is_strictly_increasing",
]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.debugging")
