"""The graph and its steps: what a step clears, what stays, whose state is whose.

Rules that TensorFlow has no word for, since there the model code ran once. What TensorFlow does say about
scopes, names and collections is in `test_golden_programs.py`.
"""

from __future__ import annotations

import copy
import threading

import pytest
import torch

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Deferred, Graph, GraphKeys


@pytest.fixture
def graph():
    with Graph().as_default() as graph:
        yield graph


def names(graph):
    return [variable.op.name for variable in graph.variables]


def ones(*shape):
    return torch.ones(shape)


def initialized(name, shape=(), value=1.0, **kwargs):
    return tf.get_variable(name, shape, initializer=tf.constant_initializer(value), **kwargs)


# --- the step rule ---------------------------------------------------------------------------------


def test_step_gives_the_graph_and_starts_default_names_anew(graph):
    for _ in range(3):
        with graph.step() as given:
            assert given is graph
            slim.conv2d(ones(1, 4, 4, 1), 1, 1)
            slim.conv2d(ones(1, 4, 4, 1), 1, 1)
    assert names(graph) == ["Conv/weights", "Conv/biases", "Conv_1/weights", "Conv_1/biases"]


def test_outside_a_step_names_go_on(graph):
    for _ in range(2):
        slim.fully_connected(ones(1, 2), 1, biases_initializer=None)
    assert names(graph) == ["fully_connected/weights", "fully_connected_1/weights"]


def test_step_makes_names_anew_after_construction_outside_of_one(graph):
    slim.fully_connected(ones(1, 2), 1, biases_initializer=None)
    with graph.step():
        slim.fully_connected(ones(1, 2), 1, biases_initializer=None)
    assert names(graph) == ["fully_connected/weights"]


def test_step_makes_unique_op_names_anew(graph):
    for _ in range(2):
        with graph.step():
            assert [graph.unique_name("a"), graph.unique_name("a"), graph.unique_name("A")] == [
                "a",
                "a_1",
                "A_2",
            ]
            with tf.name_scope("s") as first, tf.name_scope("s") as second:
                assert (first, second) == ("s/", "s/s/")


def test_second_claim_of_a_name_in_one_step_is_an_error_and_in_the_next_step_is_none(graph):
    for _ in range(2):
        with graph.step():
            variable = initialized("v")
            with pytest.raises(ValueError, match="Variable v already exists, disallowed"):
                initialized("v")
    assert graph.variables == [variable]


def test_claim_of_a_later_step_must_fit_in_shape_and_dtype(graph):
    with graph.step():
        initialized("v", [2])
    with graph.step(), pytest.raises(ValueError, match=r"specified shape \(3,\) and found shape \(2,\)"):
        initialized("v", [3])
    with graph.step(), pytest.raises(ValueError, match="specified dtype float64 and found dtype float32"):
        initialized("v", [2], dtype=tf.float64)
    with graph.step():
        assert initialized("v", [2]) is graph.variables[0]


def test_claimed_variable_keeps_its_value(graph):
    with graph.step():
        initialized("v", [2]).assign([3.0, 4.0])
    with graph.step():
        assert initialized("v", [2]).tolist() == [3.0, 4.0]


def test_reuse_of_a_variable_that_an_earlier_step_made_needs_no_claim(graph):
    with graph.step():
        variable = initialized("s/v")
    with graph.step(), tf.variable_scope("s", reuse=True):
        assert tf.get_variable("v") is variable


def test_later_step_may_make_more_variables(graph):
    with graph.step():
        initialized("a")
    with graph.step():
        initialized("b")
        initialized("a")
    assert names(graph) == ["a", "b"]


def test_plain_variable_is_found_again_in_the_next_step_with_its_value(graph):
    found = []
    for _ in range(2):
        with graph.step():
            found.append([slim.Variable(1.0, name="counter"), slim.Variable(2.0, name="counter")])
            found[-1][0].assign_add(1.0)
    assert names(graph) == ["counter", "counter_1"]
    assert found[0][0] is found[1][0]
    assert found[0][1] is found[1][1]
    assert [variable.item() for variable in found[1]] == [3.0, 2.0]


def test_what_a_step_collects_is_there_until_the_next_one_starts(graph):
    keys = [GraphKeys.LOSSES, GraphKeys.UPDATE_OPS, GraphKeys.SUMMARIES, "outputs", "mine"]

    def model():
        loss = ones(1).sum()
        graph.add_to_collection(GraphKeys.LOSSES, loss)
        graph.add_to_collection(GraphKeys.SUMMARIES, loss)
        graph.add_to_collection("mine", lambda: None)
        slim.batch_norm(ones(2, 3), outputs_collections="outputs")

    with graph.step():
        model()
    counts = [len(graph.get_collection(key)) for key in keys]
    assert counts == [1, 2, 1, 1, 1]
    with graph.step():
        assert [graph.get_collection(key) for key in keys] == [[]] * 5
        model()
        assert [len(graph.get_collection(key)) for key in keys] == counts


def test_collections_of_variables_stay(graph):
    with graph.step():
        variable = slim.model_variable("v", [1], collections=["mine"])
    with graph.step():
        for key in (
            GraphKeys.GLOBAL_VARIABLES,
            GraphKeys.MODEL_VARIABLES,
            GraphKeys.TRAINABLE_VARIABLES,
            "mine",
        ):
            assert graph.get_collection(key) == [variable], key
        slim.model_variable("v", [1], collections=["mine"])
        assert graph.get_collection("mine") == [variable]


def test_values_added_outside_a_step_stay_but_for_tensors_and_deferred_entries(graph):
    graph.add_to_collection("mine", "text")
    graph.add_to_collection("mine", print)
    graph.add_to_collection("mine", ones(1))
    graph.add_to_collection("mine", Deferred(lambda value: value, 4))
    assert len(graph.get_collection("mine")) == 4
    with graph.step():
        assert graph.get_collection("mine") == ["text", print]
        graph.add_to_collection("mine", "of this step")
    assert graph.get_collection("mine") == ["text", print, "of this step"]
    with graph.step():
        assert graph.get_collection("mine") == ["text", print]


def test_reuse_variables_inside_a_step_does_not_outlive_it(graph):
    with graph.step():
        initialized("v")
        tf.get_variable_scope().reuse_variables()
        assert tf.get_variable_scope().reuse is True
    assert not tf.get_variable_scope().reuse
    with graph.step():
        initialized("v")
        with pytest.raises(ValueError, match="already exists"):
            initialized("v")


def test_step_inside_scopes_is_inside_those_scopes(graph):
    with tf.variable_scope("outer"):
        for _ in range(2):
            with graph.step():
                slim.fully_connected(ones(1, 2), 1, biases_initializer=None)
    assert names(graph) == ["outer/fully_connected/weights"]


def fail_inside_a_step(graph):
    with graph.step(), tf.variable_scope("a"), tf.name_scope("b"):
        initialized("v")
        tf.get_variable_scope().reuse_variables()
        graph.add_to_collection(GraphKeys.LOSSES, ones(1))
        raise RuntimeError("broken")


def test_error_inside_a_step_leaves_the_graph_usable(graph):
    with pytest.raises(RuntimeError, match="broken"):
        fail_inside_a_step(graph)
    assert tf.get_variable_scope().name == ""
    assert graph.get_name_scope() == ""
    assert not tf.get_variable_scope().reuse
    with graph.step():
        assert graph.get_collection(GraphKeys.LOSSES) == []
        with tf.variable_scope("a") as scope:
            assert scope.original_name_scope == "a/"
            initialized("v")
    assert names(graph) == ["a/v"]


def test_layer_that_fails_halfway_can_be_called_again_in_the_next_step(graph):
    with graph.step(), pytest.raises(ValueError, match="Negative dimension"):
        slim.conv2d(ones(1, 2, 2, 1), 1, 3, padding="VALID")
    with graph.step():
        slim.conv2d(ones(1, 3, 3, 1), 1, 3, padding="VALID")
    assert names(graph) == ["Conv/weights", "Conv/biases"]


def test_nested_step_starts_names_anew_and_collects_for_the_outer_one(graph):
    with graph.step():
        initialized("a")
        graph.add_to_collection(GraphKeys.LOSSES, ones(1))
        graph.unique_name("n")
        with graph.step():
            assert graph.unique_name("n") == "n"
            initialized("a")
            graph.add_to_collection(GraphKeys.LOSSES, ones(1))
        assert len(graph.get_collection(GraphKeys.LOSSES)) == 2
        assert graph.unique_name("n") == "n_1"
        with pytest.raises(ValueError, match="already exists"):
            initialized("a")
    assert names(graph) == ["a"]


def test_regularization_loss_of_a_variable_counts_once_for_a_step_and_those_inside_it(graph):
    def model():
        initialized("v", [3], 2.0, regularizer=lambda value: value.sum())

    with graph.step():
        model()
        with graph.step():
            model()
        assert [loss.item() for loss in graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)] == [6.0]


def test_step_of_one_graph_leaves_another_alone(graph):
    initialized("v")
    with Graph().as_default() as other, other.step():
        initialized("v")
        with pytest.raises(ValueError, match="already exists"), graph.as_default():
            initialized("v")
    assert names(graph) == names(other) == ["v"]


# --- collections -----------------------------------------------------------------------------------


def test_reference_to_a_collection_changes_it_and_a_copy_does_not(graph):
    graph.add_to_collection("mine", "a")
    graph.get_collection("mine").append("b")
    assert graph.get_collection("mine") == ["a"]
    graph.get_collection_ref("mine").append("c")
    assert graph.get_collection("mine") == ["a", "c"]
    del graph.get_collection_ref("mine")[0]
    assert graph.get_collection("mine") == ["c"]


def test_reference_to_an_empty_collection_is_the_one_that_is_added_to(graph):
    reference = graph.get_collection_ref("new")
    graph.add_to_collection("new", 1)
    assert reference == [1]


def test_clearing_a_collection_keeps_the_variables(graph):
    variable = initialized("v")
    graph.clear_collection(GraphKeys.TRAINABLE_VARIABLES)
    assert graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) == []
    assert graph.variables == [variable]
    with graph.step():
        assert graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) == []
        assert initialized("v") is variable


def test_value_is_added_to_several_collections_once_each(graph):
    graph.add_to_collections(["a", "b", "a"], 1)
    graph.add_to_collections("c", 2)
    assert [graph.get_collection(key) for key in "abc"] == [[1], [1], [2]]


def test_collection_is_filtered_by_scope_from_the_start_of_the_name(graph):
    for name in ("net/v", "net_2/v", "other/net/v"):
        initialized(name)
    found = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, "net/")
    assert [variable.op.name for variable in found] == ["net/v"]
    assert len(graph.get_collection(GraphKeys.GLOBAL_VARIABLES, "net")) == 2


def test_deferred_entry_is_computed_at_each_reading(graph):
    variable = initialized("v", (), 1.0)
    graph.add_to_collection("mine", Deferred(lambda value: value * 2, variable, "net/loss"))
    graph.add_to_collection("mine", Deferred(lambda value: None, variable))
    assert [value.item() for value in graph.get_collection("mine")] == [2.0]
    variable.assign(5.0)
    assert [value.item() for value in graph.get_collection("mine", "net")] == [10.0]
    assert graph.get_collection("mine", "other") == []


# --- devices, seeds, copies ------------------------------------------------------------------------


def test_graph_creates_later_variables_on_the_device_it_was_moved_to(graph):
    variable = initialized("v", [2])
    assert graph.to("cpu") is graph
    assert graph.default_device == torch.device("cpu")
    assert graph.variables == [variable]
    graph.default_device = torch.device("meta")
    assert initialized("w", [2]).device.type == "meta"
    # Where a layer knows better, it says so.
    assert initialized("x", [2], device="cpu").device.type == "cpu"


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_graph_moves_its_variables_their_gradients_and_their_layout(graph):
    slim.conv2d(ones(1, 4, 4, 3), 5, 3).sum().backward()
    weights = graph.variables[0]
    strides = weights.stride()
    graph.to("cuda")
    assert graph.variables[0] is weights
    assert (weights.device.type, weights.grad.device.type) == ("cuda", "cuda")
    assert weights.stride() == strides
    assert weights.permute(3, 2, 0, 1).is_contiguous(memory_format=torch.channels_last)
    assert initialized("w", [2]).device.type == "cuda"


def drawn(seed, steps=1):
    with Graph().as_default() as graph:
        graph.seed = seed
        for _ in range(steps):
            with graph.step():
                slim.conv2d(ones(1, 4, 4, 3), 5, 3)
                slim.conv2d(ones(1, 4, 4, 3), 5, 3)
        return [graph.variables[i].detach().clone() for i in (0, 2)]


def test_graph_seed_decides_the_initial_values_and_each_variable_has_its_own():
    torch.manual_seed(1)
    once = drawn(7)
    torch.manual_seed(2)
    twice = drawn(7, steps=2)
    assert all(torch.equal(a, b) for a, b in zip(once, twice))
    assert not torch.equal(*once)
    assert not torch.equal(once[0], drawn(8)[0])


def test_without_a_graph_seed_the_seed_of_torch_decides():
    torch.manual_seed(3)
    once = drawn(None)
    torch.manual_seed(3)
    twice = drawn(None)
    assert all(torch.equal(a, b) for a, b in zip(once, twice))
    assert not torch.equal(once[0], drawn(None)[0])


def test_set_random_seed_is_that_of_the_default_graph(graph):
    tf.set_random_seed(5)
    assert graph.seed == 5
    assert Graph().seed is None


def test_copy_of_a_graph_has_variables_of_its_own(graph):
    graph.seed = 3
    with graph.step():
        slim.conv2d(ones(1, 4, 4, 3), 5, 3)
    copied = copy.deepcopy(graph)
    assert names(copied) == names(graph)
    assert copied.seed == 3
    for ours, theirs in zip(copied.variables, graph.variables):
        assert ours is not theirs
        assert torch.equal(ours, theirs)
        assert (ours.trainable, ours.requires_grad, ours.stride()) == (
            theirs.trainable,
            theirs.requires_grad,
            theirs.stride(),
        )
    copied.variables[1].assign(torch.full((5,), 9.0))
    assert graph.variables[1].tolist() == [0.0] * 5
    trained = copied.get_collection(GraphKeys.TRAINABLE_VARIABLES)
    assert all(any(entry is variable for variable in copied.variables) for entry in trained)
    with copied.as_default(), copied.step():
        slim.conv2d(ones(1, 4, 4, 3), 5, 3)
    assert len(copied.variables) == 2


# --- default graphs and threads --------------------------------------------------------------------


def fail_inside(graph):
    with graph.as_default():
        assert tf.get_default_graph() is graph
        raise RuntimeError("broken")


def test_default_graphs_are_nested_and_left_after_an_error():
    outermost = tf.get_default_graph()
    with Graph().as_default() as outer:
        with pytest.raises(RuntimeError, match="broken"):
            fail_inside(Graph())
        assert tf.get_default_graph() is outer
    assert tf.get_default_graph() is outermost


def test_reset_replaces_the_global_graph_and_is_refused_inside_a_block():
    before = tf.get_default_graph()
    with Graph().as_default(), pytest.raises(AssertionError, match="nested graphs"):
        tf.reset_default_graph()
    assert tf.get_default_graph() is before
    tf.reset_default_graph()
    assert tf.get_default_graph() is not before
    assert tf.get_default_graph().variables == []


def in_thread(function):
    """What `function` returns in a thread of its own."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_threads_have_default_graphs_of_their_own(graph):
    assert in_thread(tf.get_default_graph) is not graph

    def entered():
        with Graph().as_default() as own:
            return tf.get_default_graph() is own

    assert in_thread(entered)
    assert tf.get_default_graph() is graph


def test_threads_have_scopes_of_their_own(graph):
    def scopes():
        with graph.as_default():
            return tf.get_variable_scope().name, graph.get_name_scope(), slim.current_arg_scope()

    with tf.variable_scope("a"), slim.arg_scope([slim.conv2d], padding="VALID"):
        assert in_thread(scopes) == ("", "", {})
        assert tf.get_variable_scope().name == "a"


def test_threads_with_graphs_of_their_own_do_not_meet():
    def count(number):
        def run():
            with Graph().as_default() as own:
                for _ in range(20):
                    with own.step():
                        for _ in range(number):
                            slim.fully_connected(ones(1, 2), 1, biases_initializer=None)
                return names(own)

        return run

    results = {}
    threads = [threading.Thread(target=lambda n=n: results.update({n: count(n)()})) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, made in results.items():
        assert made == [f"fully_connected{f'_{i}' if i else ''}/weights" for i in range(number)]
    assert len(results) == 4
