"""Writing parts of variables: the facts of TensorFlow 1.15.5 (`golden/make_tf_misc.py`), and steps."""

import pytest
import torch
from tf_misc_runner import check_program, programs

from slim_torch import tf
from slim_torch.graph import Graph


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("key", programs("scatter") + programs("sparse"))
def test_programs_agree_with_tensorflow(key):
    check_program(key)


@pytest.mark.parametrize(
    ("name", "row"),
    # 3 and 4 with 2 and 8, each operation by hand.
    [
        ("scatter_update", [2.0, 8.0]),
        ("scatter_add", [5.0, 12.0]),
        ("scatter_sub", [1.0, -4.0]),
        ("scatter_mul", [6.0, 32.0]),
        ("scatter_div", [1.5, 0.5]),
        ("scatter_min", [2.0, 4.0]),
        ("scatter_max", [3.0, 8.0]),
    ],
)
def test_inside_a_step_rows_are_written_at_once(graph, name, row):
    with graph.step():
        v = tf.get_variable("v", initializer=tf.constant([[1.0, 2.0], [3.0, 4.0]]))
        assert getattr(tf, name)(v, [1], [[2.0, 8.0]]) is v
        assert v.detach().tolist() == [[1.0, 2.0], row]


def test_inside_a_step_elements_are_written_at_once(graph):
    with graph.step():
        v = tf.get_variable("v", initializer=tf.constant([[1.0, 2.0], [3.0, 4.0]]))
        tf.scatter_nd_add(v, [[0, 1], [1, 0], [1, 0]], [10.0, 20.0, 30.0])
        assert v.detach().tolist() == [[1.0, 12.0], [53.0, 4.0]]
        v.scatter_nd_update([[0]], [[7.0, 8.0]])
        assert v.detach().tolist() == [[7.0, 8.0], [53.0, 4.0]]


def test_a_wrong_index_inside_a_step_writes_nothing(graph):
    with graph.step():
        v = tf.get_variable("v", initializer=tf.constant([1.0, 2.0]))
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = 2 is not in \[0, 2\)"):
            tf.scatter_add(v, [0, 2], [5.0, 5.0])
        assert v.detach().tolist() == [1.0, 2.0]


def test_a_variable_in_another_order_of_memory_is_written_by_its_logical_axes(graph):
    """Weights of convolutions are stored with their axes in PyTorch's order."""
    with graph.step():
        v = tf.get_variable("v", [2, 3, 2, 2], initializer=tf.zeros_initializer(), memory_order=(3, 0, 1, 2))
        expected = torch.zeros(2, 3, 2, 2)
        expected[1, 2] = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        tf.scatter_nd_update(v, [[1, 2]], [[[1.0, 2.0], [3.0, 4.0]]])
        assert torch.equal(v.detach(), expected)
        strides = v.stride()
        expected[0] = 5.0
        tf.scatter_update(v, [0], torch.full((1, 3, 2, 2), 5.0))
        assert torch.equal(v.detach(), expected)
        assert v.stride() == strides


def test_counting_inside_a_step(graph):
    with graph.step():
        v = tf.get_variable("v", initializer=tf.constant(1))
        assert int(tf.count_up_to(v, 2)) == 1
        assert int(v) == 2
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            v.count_up_to(2)


def test_sparse_tensors_inside_a_step(graph):
    with graph.step():
        s = tf.SparseTensor([[0, 1], [1, 0]], [5.0, 6.0], [2, 3])
        assert s.get_shape().as_list() == [2, 3]
        assert tf.sparse_tensor_to_dense(s).tolist() == [[0.0, 5.0, 0.0], [6.0, 0.0, 0.0]]
        # Row by row: 5 times row 1, 6 times row 0.
        assert tf.sparse_tensor_dense_matmul(s, [[1.0], [2.0], [3.0]]).tolist() == [[10.0], [6.0]]
        with pytest.raises(RuntimeError, match=r"inside graph\.step"):
            tf.sparse_placeholder(tf.float32)
