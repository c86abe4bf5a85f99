"""What old code asks of real tensors and of their shapes; nothing of PyTorch's own is replaced."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.compiled_shape import CompiledDimension, CompiledShape
from slim_torch.graph import Graph
from slim_torch.tensor_shape import Dimension, TensorShape

ADDED = {torch.Tensor: {"get_shape", "set_shape", "op", "eval"}}
ADDED[torch.Size] = {"ndims", *(name for name in vars(TensorShape) if not name.startswith("_"))}


def test_only_names_that_pytorch_has_not_are_added():
    program = """
import torch
names = {kind: {name: vars(kind)[name] for name in vars(kind)} for kind in (torch.Tensor, torch.Size)}
import slim_torch
assert all(set(vars(kind)) == set(old) for kind, old in names.items())
from slim_torch import tf
for kind, old in names.items():
    assert all(vars(kind)[name] is value for name, value in old.items())
    print(sorted(set(vars(kind)) - set(old)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [str(sorted(names)) for names in ADDED.values()]


@pytest.mark.parametrize("kind", [TensorShape, CompiledShape])
def test_shape_answers_as_tensorflow_does(kind):
    shape = kind([2, 4, 6, 3]) if kind is CompiledShape else torch.zeros(2, 4, 6, 3).get_shape()
    assert type(shape) is kind
    assert shape.as_list() == [2, 4, 6, 3]
    assert (shape.ndims, shape.rank, len(shape), shape.num_elements()) == (4, 4, 4, 144)
    assert (shape[3].value, int(shape[1]), shape[-1] == 3, shape[1:3].as_list()) == (3, 4, True, [4, 6])
    assert [size.value for size in shape] == [2, 4, 6, 3]
    assert [size.value for size in shape.dims] == [2, 4, 6, 3]
    assert shape.is_fully_defined()
    assert shape == [2, 4, 6, 3]
    assert shape.with_rank(4) is shape
    assert shape.with_rank_at_least(2) is shape
    with pytest.raises(ValueError, match="must have rank 2"):
        shape.with_rank(2)
    with pytest.raises(ValueError, match="at least 5"):
        shape.with_rank_at_least(5)


def test_torch_size_answers_too():
    shape = torch.zeros(2, 3).shape
    assert shape.as_list() == [2, 3]
    assert [size.value for size in shape.dims] == [2, 3]
    assert (shape.ndims, shape.rank, shape.num_elements()) == (2, 2, 6)
    assert shape.merge_with([None, 3]) == shape.with_rank(2) == [2, 3]
    assert shape.concatenate([None]).as_list() == [2, 3, None]
    with pytest.raises(ValueError, match=r"Shape \(2, 3\) must have rank 4"):
        shape.assert_has_rank(4)


def test_shapes_compared():
    # As TensorFlow answers.
    known, unknown = tf.TensorShape([2, 3]), tf.TensorShape(None)
    with pytest.raises(ValueError, match=r"Shape \(2, 3\) must have rank at most 1"):
        known.with_rank_at_most(1)
    assert known.with_rank_at_most(2) is known
    assert unknown.with_rank_at_most(2) is unknown
    with pytest.raises(ValueError, match=r"Shapes \(2, 3\) and \(1,\) must have the same rank"):
        known.assert_same_rank([1])
    known.assert_same_rank([1, 5])
    unknown.assert_same_rank([1, 5])
    assert known.most_specific_compatible_shape([2, 4]).as_list() == [2, None]
    assert known.most_specific_compatible_shape([2]).ndims is None
    assert unknown.most_specific_compatible_shape([2]).ndims is None


@pytest.mark.parametrize("kind", [Dimension, CompiledDimension])
def test_size_computes_as_an_int_does(kind):
    size = kind(7)
    results = [size + 1, 1 + size, size - 1, 10 - size, size * 2, 2 * size, size // 2, 15 // size, size % 4]
    assert [int(result) for result in results] == [8, 8, 6, 3, 14, 14, 3, 2, 3]
    assert [size == 7, size != 7, size < 8, size <= 7, size > 7, size >= 8] == [
        True,
        False,
        True,
        True,
        False,
        False,
    ]
    assert list(range(kind(3))) == [0, 1, 2]
    assert hash(kind(3)) == hash(kind(3))


def test_set_shape_checks_what_the_caller_knows():
    x = torch.zeros(2, 3)
    for shape in (None, [None, 3], [2, -1], (2, 3), TensorShape(None), TensorShape([2, None])):
        x.set_shape(shape)
    with pytest.raises(ValueError, match="same rank"):
        x.set_shape([2])
    with pytest.raises(ValueError, match="Dimension 1 in both shapes must be equal, but are 3 and 4"):
        x.set_shape([None, 4])


def test_name_of_a_real_tensor_is_its_alias_or_the_scope():
    with Graph().as_default() as graph, graph.step():
        net = slim.conv2d(torch.zeros(1, 4, 4, 3), 2, 3, scope="conv1", outputs_collections="end_points")
        assert net.op.name == "conv1"
        with tf.variable_scope("block"):
            assert torch.zeros(1).op.name == "block"
        with pytest.raises(AttributeError, match="no `op`: it was computed, not recorded"):
            torch.zeros(1).op  # noqa: B018
        assert not hasattr(torch.zeros(1), "op")


def test_value_of_a_real_tensor_needs_no_session():
    np.testing.assert_array_equal(torch.arange(3, requires_grad=False).eval(), [0, 1, 2])
    with pytest.raises(ValueError, match="computed, not recorded"):
        torch.zeros(1).eval({"x": 1})


def test_shape_of_pytorch_answers_the_questions_about_the_whole():
    shape = torch.zeros(2, 3).shape
    assert (shape.as_list(), shape.ndims, shape.num_elements(), shape.is_fully_defined()) == (
        [2, 3],
        2,
        6,
        True,
    )
    assert type(shape) is torch.Size


def old_code(x: torch.Tensor) -> torch.Tensor:
    shape = x.get_shape()
    channels, height = shape[3].value, int(shape[1])
    _, _, width, _ = shape.as_list()
    x.set_shape([None, 4, None, 3])
    if shape.ndims != 4:
        raise ValueError("rank")
    rows = tf.reshape(x, [-1, channels]) * height
    flat = tf.reshape(x, [shape[0], shape[1] * width // 2, -1])
    return tf.reduce_sum(rows) + tf.reduce_sum(flat) * len(shape)


@pytest.mark.parametrize("dynamic", [False, True])
def test_old_code_compiles_without_a_break(dynamic):
    torch._dynamo.reset()
    x = torch.randn(2, 4, 6, 3)
    compiled = torch.compile(old_code, fullgraph=True, backend="eager", dynamic=dynamic)
    torch.testing.assert_close(compiled(x), old_code(x))


class OldModule(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return old_code(x)


def test_old_code_is_exported_for_every_batch():
    batch = torch.export.Dim("batch")
    exported = torch.export.export(OldModule(), (torch.randn(2, 4, 6, 3),), dynamic_shapes={"x": {0: batch}})
    x = torch.randn(5, 4, 6, 3)
    torch.testing.assert_close(exported.module()(x), old_code(x))
