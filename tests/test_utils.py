"""The helpers of slim.utils answer and raise as TensorFlow's do, and are traced by torch.compile.

Facts: tests/golden/utils.json, made by tests/golden/make_utils.py.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from golden.expressions import check, tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from slim_torch import utils
from slim_torch.dtypes import constant_dtype
from slim_torch.graph import Graph, add_to_collection, get_collection, get_default_graph
from slim_torch.parameter import Variable
from slim_torch.tensor_shape import TensorShape

GOLDEN = json.loads((Path(__file__).parent / "golden" / "utils.json").read_text())


class Unknown(torch.Tensor):
    """A tensor whose value must not be asked for, as a recorded or traced one."""


def unknown(value):
    return torch.tensor(value).as_subclass(Unknown)


def constant(value):
    return torch.tensor(value, dtype=constant_dtype(value))


NAMES = {
    "np": np,
    "utils": utils,
    "shape": lambda sizes: None if sizes is None else TensorShape(sizes),
    "unknown": unknown,
    "tf": SimpleNamespace(
        constant=constant,
        Variable=Variable,
        add_to_collection=add_to_collection,
        get_collection=get_collection,
        bool=torch.bool,
        float32=torch.float32,
    ),
}


def encode(value):
    if isinstance(value, (list, tuple)):
        return ["tuple" if isinstance(value, tuple) else "list", *map(encode, value)]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, torch.Tensor):
        return tensor(value.detach().as_subclass(torch.Tensor).numpy())
    if isinstance(value, (np.ndarray, np.generic)):
        return tensor(np.asarray(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, (bool, float, str)) else str(type(value))


@pytest.mark.parametrize("case", GOLDEN)
def test_answers_and_errors_are_tensorflows(case):
    names = dict(NAMES)
    names["let"] = lambda name, value: names.update({name: value})
    with Graph().as_default():
        check(GOLDEN[case], names, encode)


@pytest.mark.parametrize(
    ("function", "sizes", "expected"),
    [
        pytest.param(utils.first_dimension, torch.Size([2, 3]), 2, id="first"),
        pytest.param(utils.last_dimension, torch.Size([2, 3]), 3, id="last"),
        pytest.param(utils.first_dimension, [None], "dimension 0 of shape must be known", id="first-unknown"),
        pytest.param(
            utils.first_dimension, [], "rank of shape must be at least 1 not: 0", id="first-of-none"
        ),
    ],
)
def test_dimensions_of_a_torch_size_or_a_list(function, sizes, expected):
    if isinstance(expected, int):
        assert function(sizes) == expected
    else:
        with pytest.raises(ValueError, match=expected):
            function(sizes)


def test_two_element_tuple_takes_a_torch_size():
    assert utils.two_element_tuple(torch.Size([4, 5])) == (4, 5)
    with pytest.raises(ValueError, match="TensorShape of length 2"):
        utils.two_element_tuple(torch.Size([4, 5, 6]))


def test_a_tensor_without_aliases_has_no_name_to_answer_with():
    assert utils.get_tensor_aliases(torch.zeros(2)) == []
    with Graph().as_default():
        add_to_collection("outputs", torch.zeros(2))
        assert utils.convert_collection_to_dict("outputs") == {}


def test_collection_reference_is_the_list_itself():
    with Graph().as_default():
        reference = utils.get_collection_ref("outputs")
        reference.append(3)
        assert get_collection("outputs") == [3]
        assert utils.get_collection_ref("outputs") is reference


def fake():
    with FakeTensorMode():
        return torch.tensor(True)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(fake, id="fake"),
        pytest.param(lambda: torch.tensor(True, device="meta"), id="meta"),
        pytest.param(lambda: unknown(True), id="subclass"),
        pytest.param(lambda: torch.nn.Parameter(torch.ones(())), id="parameter"),
    ],
)
def test_constant_value_of_a_tensor_without_a_fixed_value_is_none(make):
    assert utils.constant_value(make()) is None


def test_constant_value_of_a_tensor_that_needs_a_gradient_is_its_value():
    assert utils.constant_value(torch.ones((), requires_grad=True)) == 1.0


def test_constant_value_inside_a_function_transform_is_none():
    seen = []

    def function(x):
        seen.append(utils.constant_value(x))
        return x

    torch.func.vmap(function)(torch.ones(2))
    assert seen == [None]


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_constant_value_does_not_wait_for_a_device():
    assert utils.constant_value(torch.tensor(True, device="cuda")) is None


def test_smart_cond_refuses_results_of_different_shapes_where_both_are_needed():
    # TensorFlow runs one branch only and so allows it.
    with pytest.raises(ValueError, match="same shape"):
        utils.smart_cond(unknown(True), lambda: torch.zeros(2), lambda: torch.zeros(3))


def test_smart_cond_on_an_unknown_predicate_has_gradients():
    x = torch.ones(3, requires_grad=True)
    utils.smart_cond(unknown(False), lambda: x * 2.0, lambda: x * 5.0).sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 5.0))


@pytest.mark.parametrize("is_training", [True, False])
def test_smart_cond_on_a_tensor_is_traced_into_one_graph(is_training):
    def model(x, flag):
        return utils.smart_cond(flag, lambda: x * 2.0, lambda: x + 1.0)

    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    x, flag = torch.full((3,), 5.0), torch.tensor(is_training)
    assert torch.equal(compiled(x, flag), model(x, flag))


def test_aliases_and_sizes_are_traced_into_one_graph():
    def model(x):
        height, width = utils.two_element_tuple([2, 3])
        channels = utils.last_dimension(x.shape, min_rank=2)
        (size,) = utils.n_positive_integers(1, height)
        y = utils.collect_named_outputs("outputs", "net/double", x * (width * channels * size))
        return utils.static_cond(len(y.aliases), lambda: y + 1.0, lambda: y)

    with Graph().as_default():
        compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
        with get_default_graph().step():
            result = compiled(torch.ones(2, 4))
            (output,) = get_collection("outputs")
    assert torch.equal(result, torch.full((2, 4), 25.0))
    assert output.aliases == ["net/double"]
    assert torch.equal(output, torch.full((2, 4), 24.0))
