"""`tf.losses` against the answers of TensorFlow 1.15.5 in `golden/tf_losses.json`."""

import loss_runner
import numpy as np
import pytest
import torch

from slim_torch import tf_losses as losses
from slim_torch.graph import Graph
from slim_torch.scopes import get_variable, name_scope
from slim_torch.tf import losses as tf_losses_namespace

ANSWERS = loss_runner.answers("tf_losses.json")
import tf_loss_cases  # noqa: E402

CASES = tf_loss_cases.CASES


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_loss_has_tensorflows_value_gradients_dtype_and_name(case, graph):
    loss_runner.check(losses, True, case, ANSWERS[case["id"]], graph)


def test_every_loss_case_has_an_answer():
    assert {case["id"] for case in CASES} == set(ANSWERS) - {"signatures"}, loss_runner.HOW


def test_functions_and_their_parameters_are_tensorflows():
    assert loss_runner.signatures(losses) == ANSWERS["signatures"]
    assert tf_losses_namespace.__all__ == losses.__all__
    assert all(getattr(tf_losses_namespace, name) is getattr(losses, name) for name in losses.__all__)


def test_reductions_are_tensorflows():
    # What the oracle prints for tf.losses.Reduction.all().
    assert losses.Reduction.all() == (
        "none",
        "weighted_sum",
        "weighted_mean",
        "weighted_sum_over_batch_size",
        "weighted_sum_by_nonzero_weights",
        "weighted_sum_by_nonzero_weights",
    )
    losses.Reduction.validate(losses.Reduction.MEAN)
    with pytest.raises(ValueError, match="Invalid Reduction Key mean"):
        losses.Reduction.validate("mean")


@pytest.mark.parametrize(
    "function",
    [
        "absolute_difference",
        "hinge_loss",
        "huber_loss",
        "log_loss",
        "mean_pairwise_squared_error",
        "mean_squared_error",
        "sigmoid_cross_entropy",
        "softmax_cross_entropy",
        "sparse_softmax_cross_entropy",
    ],
)
def test_missing_arguments_and_weights_are_value_errors(function):
    loss = getattr(losses, function)
    given = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="labels must not be None"):
        loss(None, given)
    with pytest.raises(ValueError, match=r"(predictions|logits) must not be None"):
        loss(given, None)
    labels = torch.zeros(2, dtype=torch.int64) if "sparse" in function else given
    with pytest.raises(ValueError, match="None values not supported"):
        loss(labels, given, weights=None)


def test_arrays_and_lists_are_taken_for_tensors():
    labels, predictions = [[1.0, 0.0], [0.0, 2.0]], np.array([[1.0, 1.0], [0.0, 0.0]], np.float32)
    # (0 + 1 + 0 + 4) / 4
    assert losses.mean_squared_error(labels, predictions).item() == 1.25
    # (1 * 1 + 3 * 4) / 4
    assert (
        losses.mean_squared_error(labels, torch.from_numpy(predictions), weights=[[1.0], [3.0]]).item()
        == 3.25
    )


def test_zero_weight_hides_an_infinite_loss():
    for weights in (0.0, torch.zeros(2)):
        for reduction in (losses.Reduction.MEAN, losses.Reduction.SUM_BY_NONZERO_WEIGHTS):
            infinite = torch.tensor([1.0, float("inf")])
            assert losses.compute_weighted_loss(infinite, weights, reduction=reduction).item() == 0.0


def test_total_loss_of_a_scope():
    with name_scope("a"):
        losses.mean_squared_error(torch.zeros(2), torch.ones(2))
    with name_scope("b"):
        losses.mean_squared_error(torch.zeros(2), torch.full((2,), 3.0))
    assert losses.get_total_loss(scope="a").item() == 1.0
    assert losses.get_total_loss(scope="b").item() == 9.0
    assert losses.get_total_loss().item() == 10.0
    with pytest.raises(ValueError, match="at least one Tensor"):
        losses.get_total_loss(scope="c")


def test_regularization_loss_is_the_sum_of_the_losses_and_zero_without_any(graph):
    with graph.step():
        assert losses.get_regularization_loss().item() == 0.0
        get_variable("v", initializer=torch.ones(3), regularizer=lambda x: 0.5 * x.sum())
        get_variable("w", initializer=torch.ones(4), regularizer=lambda x: 0.25 * x.sum())
        assert losses.get_regularization_loss().item() == 2.5
        assert losses.get_regularization_loss(scope="w").item() == 1.0
        assert graph.unique_name("total_regularization_loss") == "total_regularization_loss_2"


def test_losses_compile_into_one_graph_and_do_not_specialise_on_the_batch(graph):
    def program(logits, labels, weights):
        with graph.step():
            losses.softmax_cross_entropy(labels, logits, weights, label_smoothing=0.1)
            losses.sparse_softmax_cross_entropy(labels.argmax(-1), logits, weights)
            losses.mean_pairwise_squared_error(labels, logits, weights[:, None])
            losses.cosine_distance(labels, logits, axis=1, weights=weights[:, None])
            for loss in (losses.huber_loss, losses.hinge_loss, losses.absolute_difference):
                for reduction in losses.Reduction.all()[1:]:
                    loss(labels, logits, weights[:, None], reduction=reduction)
                    loss(labels, logits, 2.0, reduction=reduction)
            return losses.get_total_loss()

    compiled = torch.compile(program, fullgraph=True, dynamic=True, backend="aot_eager")
    for batch in (5, 7):
        logits = torch.linspace(-1, 1, batch * 4).reshape(batch, 4)
        labels = torch.eye(4)[torch.arange(batch) % 4]
        weights = torch.arange(batch).float()
        torch.testing.assert_close(compiled(logits, labels, weights), program(logits, labels, weights))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("function", sorted({case["function"] for case in CASES}))
def test_recorded_loss_with_an_unknown_batch_is_the_eager_one(function, weighted):
    name = loss_runner.check_recorded(losses, True, function, weighted)
    assert (
        name
        == ANSWERS[
            function
            + "-"
            + ("3x4_weights_3x4-weighted_mean" if function == "compute_weighted_loss" else "plain")
        ]["name"]
    )
