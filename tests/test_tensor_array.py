"""TensorArray: the facts of TensorFlow 1.15.5 (`golden/make_tf_misc.py`), and what it is inside of steps."""

import pytest
import torch
from tf_misc_runner import check_program, programs

from slim_torch import tf
from slim_torch.graph import Graph


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("key", programs("tensor_array"))
def test_programs_agree_with_tensorflow(key):
    check_program(key)


def test_inside_a_step_it_holds_real_tensors(graph):
    with graph.step():
        x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        given = tf.TensorArray(tf.float32, 3).unstack(x)
        _, made = tf.while_loop(
            lambda i, a: i < 3,
            lambda i, a: (i + 1, a.write(i, given.read(i) ** 2)),
            [torch.tensor(0), tf.TensorArray(tf.float32, 3)],
        )
        result = made.stack()
        assert result.tolist() == [1.0, 4.0, 9.0]
        result.sum().backward()
        assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_writing_leaves_the_array_as_it_was(graph):
    with graph.step():
        empty = tf.TensorArray(tf.float32, 1, element_shape=[])
        full = empty.write(0, 1.0)
        assert float(empty.read(0)) == 0.0
        assert float(full.read(0)) == 1.0


def test_each_run_begins_anew(graph):
    x = tf.placeholder(tf.float32, [None])
    made = tf.TensorArray(tf.float32, 2).unstack(x)
    stacked, first = made.stack(), made.read(0)
    with tf.Session() as session:
        for values in ([1.0, 2.0], [3.0, 4.0]):
            found = session.run([stacked, first], {x: values})
            assert found[0].tolist() == values
            assert found[1] == values[0]


def test_strings_can_be_elements(graph):
    made = tf.TensorArray(tf.string, 2).write(0, "a").write(1, "b")
    with tf.Session() as session:
        assert session.run(made.stack()).tolist() == [b"a", b"b"]


def test_handles_are_refused():
    with pytest.raises(ValueError, match="flow"):
        tf.TensorArray(tf.float32, handle=object())
