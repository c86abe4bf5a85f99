"""The mathematical functions of `tf` against TensorFlow 1.15.5's answers in `golden/tf_math.json`."""

import inspect

import pytest
import torch
from tf_math_runner import (
    HOW,
    KNOWN_SIZES_ONLY,
    RECORD,
    check_eager,
    check_recorded,
    check_unknown_sizes,
    function_named,
)

from slim_torch import tf
from slim_torch.graph import Graph
from slim_torch.session import Session

import tf_math_cases  # isort: skip

CASES = tf_math_cases.CASES


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def test_every_case_has_an_answer():
    assert {case["id"] for case in CASES} <= set(RECORD["cases"]), HOW
    assert len(CASES) >= 280


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_function_has_tensorflows_values_and_gradients(case, graph):
    with graph.step():
        check_eager(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_recorded_function_has_tensorflows_values_and_names(case):
    check_recorded(case)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case["id"] not in KNOWN_SIZES_ONLY and "error" not in RECORD["cases"].get(case["id"], ())
    ],
    ids=lambda case: case["id"],
)
def test_recorded_function_works_on_sizes_that_are_not_known(case):
    check_unknown_sizes(case)


@pytest.mark.parametrize("name", sorted({case["function"] for case in CASES}))
def test_function_has_tensorflows_arguments(name):
    expected = RECORD["signatures"][name]
    found = inspect.signature(function_named(name)).parameters.values()
    listed = [
        [parameter.name]
        if parameter.default is inspect.Parameter.empty
        else [parameter.name, str(parameter.default).removeprefix("torch.")]
        for parameter in found
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    wanted = [[item[0], *(str(default) for default in item[1:])] for item in expected["args"]]
    if name == "concat":  # it has an older name of an argument more, and so no argument that is required
        assert [item[0] for item in listed] == [*(item[0] for item in wanted), "concat_dim"]
        return
    assert listed == wanted
    kinds = [parameter.kind for parameter in found]
    assert (inspect.Parameter.VAR_POSITIONAL in kinds) == (expected["varargs"] is not None)


def test_math_module_has_the_names_and_its_own():
    for name in tf.math.__all__:
        assert callable(getattr(tf.math, name))
    assert tf.math.ceil is tf.ceil
    assert tf.math.log is tf.log
    assert tf.math.reduce_mean is tf.reduce_mean


def test_inverse_of_the_adjoint_has_the_right_gradient_which_tensorflow_transposes(graph):
    x = torch.tensor([[2.0, 1.0], [0.5, 3.0]], dtype=torch.float64, requires_grad=True)
    with graph.step():
        assert torch.autograd.gradcheck(lambda x: tf.matrix_inverse(x, adjoint=True), x)
        torch.testing.assert_close(tf.matrix_inverse(x, adjoint=True), tf.matrix_inverse(tf.transpose(x)))


def test_gradient_of_cumprod_is_finite_where_there_are_zeros(graph):
    x = torch.tensor([2.0, 0.0, 3.0], requires_grad=True)
    with graph.step():
        (gradient,) = torch.autograd.grad(tf.cumprod(x).sum(), x)
    # d(x0 + x0 x1 + x0 x1 x2): 1 + x1 + x1 x2, x0 + x0 x2, x0 x1
    assert gradient.tolist() == [1.0, 8.0, 0.0]


def test_gradient_of_pow_can_be_differentiated_again(graph):
    x = torch.tensor([1.5, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([2.0, 0.5], dtype=torch.float64, requires_grad=True)
    with graph.step():
        assert torch.autograd.gradgradcheck(tf.pow, (x, y))


def test_error_of_the_device_stays_what_it_is(graph):
    from slim_torch.tf.support import checked

    @checked
    def out_of_memory():
        raise torch.OutOfMemoryError("no memory")

    @checked
    def wrong_shape():
        raise RuntimeError("shapes do not fit")

    with pytest.raises(torch.OutOfMemoryError):
        out_of_memory()
    with pytest.raises(ValueError, match=r"tf\.wrong_shape: shapes do not fit"):
        wrong_shape()


def test_functions_compile_into_one_graph_and_do_not_specialise_on_the_batch(graph):
    def program(x, y):
        with graph.step():
            scaled = tf.multiply(tf.add(x, 1.0), 0.5)
            best = tf.maximum(scaled, tf.minimum(y, 0.0))
            centered = best - tf.reduce_mean(best, axis=[1], keepdims=True)
            joined = tf.concat([centered, tf.square(centered)], 1)
            return tf.reduce_logsumexp(joined, 1), tf.argmax(joined, 1), tf.clip_by_value(joined, -1.0, 1.0)

    compiled = torch.compile(program, fullgraph=True, dynamic=True, backend="aot_eager")
    for batch in (5, 7):
        x = torch.linspace(-1, 1, batch * 4).reshape(batch, 4)
        y = torch.linspace(1, -2, batch * 4).reshape(batch, 4)
        torch.testing.assert_close(compiled(x, y), program(x, y))


def test_number_takes_the_dtype_of_a_size_that_is_not_known():
    x = tf.placeholder(tf.float32, [None, 2])
    mean = tf.reduce_sum(x) / tf.cast(tf.shape(x)[0], tf.float32)
    with Session() as session:
        assert session.run(mean, {x: [[1.0, 2.0], [3.0, 4.0]]}) == 5.0
