"""Assertions: the facts of TensorFlow 1.15.5 (`golden/make_tf_misc.py`), and what they do inside of steps."""

import pytest
import torch
from tf_misc_runner import check_program, programs

from slim_torch import tf
from slim_torch.graph import Graph


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("key", programs("checks"))
def test_programs_agree_with_tensorflow(key):
    check_program(key)


@pytest.mark.parametrize(
    ("name", "holds", "fails"),
    [
        ("assert_equal", (1.0, 1.0), (1.0, 2.0)),
        ("assert_none_equal", (1.0, 2.0), (1.0, 1.0)),
        ("assert_less", (1.0, 2.0), (2.0, 2.0)),
        ("assert_less_equal", (2.0, 2.0), (3.0, 2.0)),
        ("assert_greater", (2.0, 1.0), (2.0, 2.0)),
        ("assert_greater_equal", (2.0, 2.0), (1.0, 2.0)),
        ("assert_near", (1.0, 1.0), (1.0, 1.1)),
        ("assert_positive", (1.0,), (0.0,)),
        ("assert_negative", (-1.0,), (0.0,)),
        ("assert_non_negative", (0.0,), (-1.0,)),
        ("assert_non_positive", (0.0,), (1.0,)),
    ],
)
def test_inside_a_step_values_are_checked_at_once(graph, name, holds, fails):
    check = getattr(tf, name)
    with graph.step():
        assert callable(check(*[torch.tensor([1.0, value])[1:] for value in holds]))
        with pytest.raises(tf.errors.InvalidArgumentError, match="told"):
            check(*[torch.tensor([value]) for value in fails], message="told")


def test_inside_a_step_strings_are_compared_too(graph):
    with graph.step():
        tf.assert_equal(tf.constant(["a", "b"]), ["a", "b"])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Condition x == y"):
            tf.assert_equal(tf.constant(["a", "b"]), ["a", "c"])


def test_inside_a_step_an_assertion_may_show_texts(graph):
    with graph.step():
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[must be positive\] \[-1\]"):
            tf.Assert(torch.tensor(False), ["must be positive", torch.tensor([-1.0])])


@pytest.mark.parametrize(
    ("name", "rank", "fits"),
    [
        ("assert_rank", 2, True),
        ("assert_rank", 1, False),
        ("assert_rank_at_least", 1, True),
        ("assert_rank_at_least", 3, False),
        ("assert_rank_in", (1, 2), True),
        ("assert_rank_in", (1, 3), False),
    ],
)
def test_inside_a_step_ranks_are_known(graph, name, rank, fits):
    with graph.step():
        if fits:
            getattr(tf, name)(torch.ones(2, 3), rank)
            return
        with pytest.raises(ValueError, match="must have rank"):
            getattr(tf, name)(torch.ones(2, 3), rank)


def test_shapes_that_do_not_fit_inside_a_step(graph):
    with graph.step(), pytest.raises(ValueError, match="Dimensions must be equal"):
        tf.assert_equal(torch.ones(2), torch.ones(3))


def test_all_finite_inside_a_step(graph):
    with graph.step():
        x = torch.ones(2)
        assert tf.verify_tensor_all_finite(x, "bad") is x
        with pytest.raises(tf.errors.InvalidArgumentError, match="bad : Tensor had NaN values"):
            tf.verify_tensor_all_finite(x * torch.nan, "bad")


def test_numbers_of_the_graph_cannot_be_checked_inside_a_step(graph):
    with graph.step(), pytest.raises(RuntimeError, match=r"tf\.check_numerics"):
        tf.add_check_numerics_ops()


def test_a_variable_is_checked_with_its_value_at_the_run(graph):
    v = tf.Variable(1.0, name="v")
    check = tf.assert_equal(v, 2.0)
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError):
            session.run(check)
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(check)
        session.run(v.assign(2.0))
        session.run(check)
