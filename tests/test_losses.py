"""`slim_torch.losses` against the answers of TensorFlow 1.15.5 in `golden/losses.json`."""

import math

import loss_runner
import pytest
import torch

from slim_torch import losses
from slim_torch.graph import Graph, GraphKeys, get_default_graph
from slim_torch.scopes import get_variable, name_scope, variable_scope

ANSWERS = loss_runner.answers("losses.json")
CASES = loss_runner.loss_cases.CASES


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def test_every_loss_case_has_an_answer():
    assert {case["id"] for case in CASES} == set(ANSWERS) - {"signatures"}, loss_runner.HOW


def test_functions_and_their_parameters_are_tensorflows():
    assert loss_runner.signatures(losses) == ANSWERS["signatures"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_loss_has_tensorflows_value_gradients_dtype_and_name(case, graph):
    loss_runner.check(losses, False, case, ANSWERS[case["id"]], graph)


def test_zero_scalar_weight_hides_an_infinite_loss_but_a_zero_element_weight_does_not_hide_nan():
    assert losses.compute_weighted_loss(torch.tensor([1.0, math.inf]), 0.0).item() == 0.0
    assert losses.compute_weighted_loss(torch.tensor([1.0, math.nan]), torch.tensor([1.0, 0.0])).isnan()


@pytest.mark.parametrize("label", [4, -1, -100])
def test_label_out_of_range_is_an_error(label):
    with pytest.raises(IndexError):
        losses.sparse_softmax_cross_entropy(torch.zeros(3, 4), torch.tensor([0, label, 2]))


def test_sparse_labels_may_be_a_list():
    logits = torch.tensor([[1.0, 2.0], [0.0, 3.0]])
    expected = losses.sparse_softmax_cross_entropy(logits, torch.tensor([0, 1]))
    assert losses.sparse_softmax_cross_entropy(logits, [0, 1]) == expected


@pytest.mark.parametrize("weights", [None])
@pytest.mark.parametrize("function", ["softmax_cross_entropy", "sigmoid_cross_entropy", "mean_squared_error"])
def test_weights_of_none_are_refused(function, weights):
    with pytest.raises(ValueError, match="None values not supported"):
        getattr(losses, function)(torch.zeros(2, 3), torch.zeros(2, 3), weights=weights)


def test_missing_labels_are_refused():
    with pytest.raises(TypeError, match="labels is None"):
        losses.mean_squared_error(torch.zeros(2))


def test_losses_are_selected_by_tensorflows_names():
    logits, labels = torch.zeros(2, 3), torch.eye(3)[:2]
    with name_scope("n"):
        first = losses.softmax_cross_entropy(logits, labels)
    with variable_scope("v"):
        second = losses.softmax_cross_entropy(logits, labels)
        third = torch.tensor(3.0)
        losses.add_loss(third)
    fourth = losses.sigmoid_cross_entropy(logits, labels)
    fifth = losses.mean_squared_error(logits, labels, scope="mse2")
    # The names that the oracle gave for this program, in this order.
    named = {
        "n/softmax_cross_entropy_loss/value:0": first,
        "v/softmax_cross_entropy_loss/value:0": second,
        "sigmoid_cross_entropy_loss/value:0": fourth,
        "mse2/value:0": fifth,
    }
    for name, loss in named.items():
        assert [found is loss for found in losses.get_losses(name)] == [True]
    assert [x is y for x, y in zip(losses.get_losses("v"), [second, third], strict=True)] == [True, True]
    assert [
        x is y for x, y in zip(losses.get_losses(), [first, second, third, fourth, fifth], strict=True)
    ] == [True] * 5
    assert losses.get_losses("value") == []


def test_added_loss_goes_to_the_named_collection_or_to_none(graph):
    losses.add_loss(torch.tensor(1.0), loss_collection="mine")
    losses.add_loss(torch.tensor(5.0), loss_collection=None)
    assert losses.get_losses() == []
    assert losses.get_losses(loss_collection="mine") == [torch.tensor(1.0)]


def l2(scale):
    return lambda weights: scale * 0.5 * (weights * weights).sum()


def test_total_loss_sums_losses_and_regularization_losses():
    get_variable("w", initializer=torch.ones(3), regularizer=l2(0.5))
    with variable_scope("s"):
        get_variable("w", initializer=torch.ones(3), regularizer=l2(0.1))
    losses.add_loss(torch.tensor(2.0))
    # 0.5 * 3 * 0.5 + 0.1 * 3 * 0.5 = 0.75 + 0.15
    assert [round(x.item(), 6) for x in losses.get_regularization_losses()] == [0.75, 0.15]
    assert losses.get_regularization_losses("s")[0].item() == pytest.approx(0.15)
    assert losses.get_total_loss().item() == pytest.approx(2.9)
    assert losses.get_total_loss(add_regularization_losses=False).item() == 2.0
    assert len(losses.get_losses()) == 1


def test_total_loss_leaves_the_names_of_tensorflow():
    losses.add_loss(torch.tensor(2.0))
    losses.get_total_loss()
    assert get_default_graph().unique_name("total_loss") == "total_loss_1"


def test_total_loss_of_regularization_losses_alone():
    get_variable("w", initializer=torch.ones(3), regularizer=l2(0.5))
    assert losses.get_total_loss().item() == pytest.approx(0.75)
    with pytest.raises(ValueError, match="at least one Tensor"):
        losses.get_total_loss(add_regularization_losses=False)


def test_total_loss_without_losses_is_an_error():
    with pytest.raises(ValueError, match="at least one Tensor"):
        losses.get_total_loss()


def test_total_loss_of_mixed_dtypes_or_shapes_is_an_error_and_of_vectors_a_vector(graph):
    losses.add_loss(torch.tensor([2.0, 3.0]))
    losses.add_loss(torch.tensor([2.0, 3.0]))
    assert losses.get_total_loss().tolist() == [4.0, 6.0]
    losses.add_loss(torch.tensor(2.0))
    with pytest.raises(ValueError, match="Shapes must be equal"):
        losses.get_total_loss()
    graph.clear_collection(GraphKeys.LOSSES)
    losses.add_loss(torch.tensor(2.0))
    losses.add_loss(torch.tensor(2.0, dtype=torch.float64))
    with pytest.raises(TypeError, match="don't all match"):
        losses.get_total_loss()


def test_losses_of_a_step_are_gone_in_the_next(graph):
    for _ in range(2):
        with graph.step():
            losses.mean_squared_error(torch.zeros(2), torch.ones(2))
            assert len(losses.get_losses()) == 1
            assert losses.get_total_loss().item() == 1.0


def test_loss_under_autocast_is_float32_and_as_exact_as_without():
    logits = torch.linspace(-2, 2, 12).reshape(3, 4)
    labels = torch.eye(4)[:3]
    half = logits.to(torch.bfloat16)
    for function in (losses.softmax_cross_entropy, losses.sigmoid_cross_entropy):
        with torch.autocast("cpu", torch.bfloat16):
            loss = function(half, labels)
        assert loss.dtype == torch.float32
        assert loss.item() == pytest.approx(function(half.float(), labels).item(), rel=1e-6)


def test_losses_compile_into_one_graph_and_do_not_specialise_on_the_batch(graph):
    def program(logits, labels, weights):
        with graph.step():
            losses.softmax_cross_entropy(logits, labels, weights, label_smoothing=0.1)
            losses.sigmoid_cross_entropy(logits, labels, weights)
            losses.mean_squared_error(logits, labels)
            losses.sparse_softmax_cross_entropy(logits, labels.argmax(-1), weights)
            return losses.get_total_loss()

    compiled = torch.compile(program, fullgraph=True, dynamic=True, backend="aot_eager")
    for batch in (5, 7):
        logits = torch.linspace(-1, 1, batch * 4).reshape(batch, 4)
        labels = torch.eye(4)[torch.arange(batch) % 4]
        weights = torch.arange(batch).float()
        torch.testing.assert_close(compiled(logits, labels, weights), program(logits, labels, weights))


@pytest.mark.parametrize(
    ("function", "weighted"),
    # hinge_loss takes no weights.
    sorted(
        {(case["function"], weighted) for case in CASES for weighted in (False, True)}
        - {("hinge_loss", True)}
    ),
)
def test_recorded_loss_with_an_unknown_batch_is_the_eager_one(function, weighted):
    name = loss_runner.check_recorded(losses, False, function, weighted)
    assert name == ANSWERS[function + "-" + "plain"]["name"]
