"""Names of Python and NumPy that were there from 2016 to 2020 and are gone: the import hook puts them back.

Only what is gone is put back, and only what had, or has, an exact equal; nothing that exists is changed.
"""

from __future__ import annotations

import collections
import collections.abc
import inspect
import math
import time
import types
import warnings
from typing import Any

import numpy as np

__all__ = ["restore"]


def restore() -> None:
    """Puts the names back, each where it is missing."""
    _add(np, _OF_NUMPY)
    _add(collections, {name: getattr(collections.abc, name) for name in collections.abc.__all__})
    _add(time, {"clock": time.process_time})
    _add(inspect, {"getargspec": _getargspec})


def _add(module: types.ModuleType, names: dict[str, Any]) -> None:
    for name, value in names.items():
        with warnings.catch_warnings():
            # NumPy warns of names that are about to change their meaning.
            warnings.simplefilter("ignore")
            missing = not hasattr(module, name)
        if missing:
            setattr(module, name, value)


_ArgSpec = collections.namedtuple("_ArgSpec", "args varargs keywords defaults")


def _getargspec(function: Any) -> _ArgSpec:
    found = inspect.getfullargspec(function)
    return _ArgSpec(found.args, found.varargs, found.varkw, found.defaults)


_OF_NUMPY: dict[str, Any] = {
    "Inf": math.inf,
    "Infinity": math.inf,
    "NINF": -math.inf,
    "NaN": math.nan,
    "PINF": math.inf,
    "alltrue": np.all,
    "asscalar": lambda a: np.asarray(a).item(),
    "bool": bool,
    "complex": complex,
    "complex_": np.complex128,
    "cumproduct": np.cumprod,
    "float": float,
    "float_": np.float64,
    "in1d": lambda ar1, ar2, **kwargs: np.isin(ar1, ar2, **kwargs).ravel(),
    "infty": math.inf,
    "int": int,
    "long": int,
    "mat": np.asmatrix,
    "msort": lambda a: np.sort(a, axis=0),
    "object": object,
    "product": np.prod,
    "round_": np.round,
    "row_stack": np.vstack,
    "sometrue": np.any,
    "str": str,
    "string_": np.bytes_,
    "unicode": str,
    "unicode_": np.str_,
}
