"""Runs the cases of `golden/tf_math_cases.py` and `tf_math_array_cases.py` and compares with TensorFlow's answers.

Shared by `test_tf_math.py` and `test_tf_array.py`: eagerly inside a step, and recorded, outside of one.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from slim_torch import tf
from slim_torch.errors import InvalidArgumentError
from slim_torch.session import Session
from slim_torch.sources import constant, placeholder

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
import tf_math_tools  # noqa: E402

RECORD = json.loads((GOLDEN / "tf_math.json").read_text())
HOW = "Regenerate with the oracle's Python: cd tests/golden && python make_tf_math.py"
# TensorFlow met these while running, where Python code cannot catch them usefully; here they are caught at the call.
ERRORS = {"ValueError": ValueError, "TypeError": TypeError, "InvalidArgumentError": ValueError}
# Half precision carries 11 bits, and its functions round more than once.
TOLERANCE = {"float16": 2**-9}
# TensorFlow 1.15.5 has none; slim_torch does.
WITHOUT_GRADIENT = {"math.reduce_euclidean_norm"}
# TensorFlow composes these of operations that depend on the arguments, and slim_torch does not.
WITHOUT_NAME = {"einsum", "sort", "argsort", "searchsorted", "batch_gather"}
# These need a size or an axis when the graph is built.
KNOWN_SIZES_ONLY = {
    "concat-tensor_axis",
    "cross-values",
    "depth_to_space-nhwc",
    "expand_dims-tensor_axis",
    "reduce_mean-axis_tensor",
    "reduce_sum-axis_tensor",
    "reverse-tensor",
    "space_to_depth-nhwc",
    "transpose-tensor_perm",
    "unstack-axis0",
    "unstack-axis1",
    "unstack-named",
}


def function_named(name):
    found = tf
    for part in name.split("."):
        found = getattr(found, part)
    return found


def arguments(case, tensor):
    return tf_math_tools.arguments(case, tensor, lambda name: getattr(tf, name))


def numbers(value):
    value = value.detach().resolve_conj() if isinstance(value, torch.Tensor) else torch.as_tensor(value)
    if value.is_complex():
        value = torch.view_as_real(value)
    return value.to(torch.float64).flatten().numpy()


def assert_close(actual, expected, dtype, what):
    expected = np.asarray(expected, np.float64)
    if dtype not in ("float16", "float32", "float64", "complex64"):
        np.testing.assert_array_equal(actual, expected, err_msg=what)
        return
    finite = np.abs(expected[np.isfinite(expected)])
    bound = TOLERANCE.get(dtype, 1e-5) * (finite.max() if finite.size else 0.0)
    # Element by element where the values differ much in size, as those at special points do.
    relative = TOLERANCE.get(dtype, 1e-5) if finite.size and finite.max() > 1e3 else 0.0
    atol = 0.0 if relative else bound
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=atol, err_msg=what)


def assert_result(result, answer):
    """Dtype, shape and values of a tensor, or the value of what is a Python number in TensorFlow too."""
    if "python" in answer:
        assert type(result).__name__ == answer["python"]
        assert [float(result)] == answer["values"]
        return
    assert isinstance(result, torch.Tensor)
    assert str(result.dtype) == "torch." + answer["dtype"]
    assert list(result.shape) == answer["shape"]
    assert_close(numbers(result), answer["values"], answer["dtype"], "values")


def run_eagerly(case):
    """`(results, inputs)`, the inputs with a gradient where they have floating-point numbers."""

    def tensor(array):
        made = torch.from_numpy(array)
        return made.requires_grad_() if made.is_floating_point() else made

    args, kwargs, inputs = arguments(case, tensor)
    return tf_math_tools.leaves(function_named(case["function"])(*args, **kwargs)), inputs


def check_eager(case):
    answer = RECORD["cases"][case["id"]]
    if "error" in answer:
        with pytest.raises(ERRORS[answer["error"]]):
            run_eagerly(case)
        return
    results, inputs = run_eagerly(case)
    assert len(results) == len(answer["results"])
    for result, expected in zip(results, answer["results"]):
        assert_result(result, expected)
    if not isinstance(answer.get("gradients"), list) or case["function"] in WITHOUT_GRADIENT:
        return
    floating = [item for item in inputs if item.is_floating_point()]
    pairs = [
        (
            result,
            torch.from_numpy(tf_math_tools.cotangent(case, index, list(result.shape), expected["dtype"])),
        )
        for index, (result, expected) in enumerate(zip(results, answer["results"]))
        if isinstance(result, torch.Tensor) and result.requires_grad
    ]
    gradients = [None] * len(floating)
    if pairs:
        gradients = torch.autograd.grad(
            [result for result, _ in pairs], floating, [by for _, by in pairs], allow_unused=True
        )
    assert len(gradients) == len(answer["gradients"])
    for index, (gradient, expected) in enumerate(zip(gradients, answer["gradients"])):
        if expected is None or gradient is None:
            # No gradient and a gradient of zeros are the same to an optimizer.
            known = expected if gradient is None else numbers(gradient)
            assert known is None or not np.any(known)
            continue
        assert_close(
            numbers(gradient), expected, str(floating[index].dtype)[6:], f"gradient by input {index}"
        )


def run_recorded(case, source):
    """The recorded results, and their values from a session; `source(array, feeds)` makes a recorded input."""
    feeds = {}
    constant(0.0, name="first")  # from here on numbers and lists are recorded, too
    args, kwargs, _ = arguments(case, lambda array: source(array, feeds))
    results = tf_math_tools.leaves(function_named(case["function"])(*args, **kwargs))
    recorded = [result for result in results if isinstance(result, torch.Tensor)]
    with Session() as session:
        values = iter(session.run(recorded, feeds))
    return results, [torch.as_tensor(next(values)) if result in recorded else result for result in results]


def check_recorded(case):
    """With all sizes known: errors, values, and the name of the operation."""
    answer = RECORD["cases"][case["id"]]

    def source(array, feeds):
        return constant(array, name="input")

    if "error" in answer:
        with pytest.raises((ERRORS[answer["error"]], InvalidArgumentError)):
            run_recorded(case, source)
        return
    results, values = run_recorded(case, source)
    assert len(values) == len(answer["results"])
    for result, value, expected in zip(results, values, answer["results"]):
        assert_result(value, expected)
        if "name" in expected and case["function"] not in WITHOUT_NAME:
            assert result.op.name == expected["name"]


def check_unknown_sizes(case):
    """With the sizes of floating-point inputs known only to the session: values, and what is claimed of the shape."""
    answer = RECORD["cases"][case["id"]]

    def source(array, feeds):
        sizes = [None] * array.ndim if array.dtype.kind in "fc" else array.shape
        made = placeholder(getattr(torch, array.dtype.name), sizes, name="input")
        feeds[made] = array
        return made

    results, values = run_recorded(case, source)
    for result, value, expected in zip(results, values, answer["results"]):
        assert_result(value, expected)
        shape = result.get_shape() if isinstance(result, torch.Tensor) else None
        if shape is not None and shape.ndims is not None:
            assert shape.ndims == value.dim()
            assert all(size in (None, real) for size, real in zip(shape.as_list(), value.shape))
