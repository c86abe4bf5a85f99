"""`tf.strings`: functions of strings. Names only; see `string_ops.py`."""

from slim_torch.string_ops import (
    as_string,
    reduce_join,
    regex_full_match,
    regex_replace,
    substr,
)
from slim_torch.string_ops import string_join as join
from slim_torch.string_ops import string_length as length
from slim_torch.string_ops import string_lower as lower
from slim_torch.string_ops import string_split as split
from slim_torch.string_ops import string_strip as strip
from slim_torch.string_ops import string_to_number as to_number
from slim_torch.string_ops import string_upper as upper
from slim_torch.tf.missing import lacking as _lacking

__all__ = [
    "as_string",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_number",
    "upper",
]

# Not seen by type checkers, who would take every name for one.
globals()["__getattr__"] = _lacking("tf.strings")
