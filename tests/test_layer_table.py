"""What every layer promises, row by row of `layer_table.py`: formats, dtypes, gradients, reuse, names, collections.

Nothing here is TensorFlow's answer: the promises are between two ways of running the same layer. Compilers
and fake tensors are in `test_layer_tracing.py`, memory and devices in `test_layer_memory.py`.
"""

from __future__ import annotations

import inspect

import pytest
import torch
from layer_table import ROWS, first, last
from row_runner import (
    assert_same,
    built,
    call,
    has_floating_inputs,
    has_scope,
    has_variables,
    names,
    opens_variable_scope,
    rows,
    run,
    scoped,
    takes,
)

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph, GraphKeys

# --- the table -------------------------------------------------------------------------------------


def test_every_public_layer_has_a_row_and_every_row_a_public_layer():
    covered = {name for row in ROWS for name in (row.layer, *row.aliases)}
    assert covered == set(slim.layers.__all__)


def test_ids_of_rows_are_unique_and_begin_with_the_layer():
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert [row.id for row in ROWS if row.id.split("-")[0] != row.layer] == []


@rows(lambda row: row.aliases)
def test_aliases_are_the_layer_itself(row):
    for alias in row.aliases:
        assert getattr(slim, alias) is getattr(slim, row.layer)


@pytest.mark.parametrize("name", slim.layers.__all__)
def test_layers_are_documented(name):
    layer = getattr(slim, name)
    assert inspect.getdoc(getattr(layer, "func", layer))


# --- formats and dtypes ----------------------------------------------------------------------------


@rows(lambda row: row.channels_first is not None)
def test_channels_first_result_is_the_channels_last_one_permuted(row):
    x = row.inputs()
    graph = built(row)
    wanted = run(row, graph, x)
    made = names(graph)
    moved = first(x).contiguous() if row.first_input else x
    ours = run(row, graph, moved, **row.channels_first)
    assert names(graph) == made
    assert_same(last(ours) if row.first_output else ours, wanted)


@rows(lambda row: row.channels_first is not None, has_variables)
def test_channels_first_layer_makes_the_same_variables(row):
    graph = Graph()
    x = row.inputs()
    run(row, graph, first(x) if row.first_input else x, **row.channels_first)
    made = {variable.op.name: variable.shape for variable in built(row).variables}
    assert {variable.op.name: variable.shape for variable in graph.variables} == made


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.bfloat16], ids=lambda dtype: str(dtype)[6:]
)
@rows(has_floating_inputs)
def test_output_and_variables_have_the_dtype_of_the_inputs(row, dtype):
    graph = Graph()
    try:
        y = run(row, graph, row.inputs(dtype))
    except NotImplementedError as err:
        pytest.skip(f"PyTorch has no such kernel on the CPU: {err}")
    assert y.dtype == dtype
    wide = row.wide_variables and dtype.itemsize == 2
    for variable in graph.variables:
        own = "/BatchNorm/" not in variable.op.name and row.layer != "batch_norm"
        assert variable.dtype == (dtype if own or not wide else torch.float32), variable


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=lambda dtype: str(dtype)[6:])
@rows(has_variables)
def test_variables_and_their_gradients_are_float32_under_autocast(row, dtype):
    graph = Graph()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = run(row, graph, row.inputs(dtype))
    assert [v.op.name for v in graph.variables if v.dtype != torch.float32] == []
    y.float().sum().backward()
    assert [v.op.name for v in graph.variables if v.requires_grad and v.grad is None] == []
    assert {v.grad.dtype for v in graph.variables if v.requires_grad} <= {torch.float32}


# --- gradients -------------------------------------------------------------------------------------


@rows(lambda row: row.differentiable, has_floating_inputs)
def test_gradients_are_those_of_finite_differences(row):
    x = row.inputs(torch.float64).requires_grad_()
    graph = built(row, torch.float64)
    trained = [variable for variable in graph.variables if variable.requires_grad]
    assert torch.autograd.gradcheck(lambda *_: run(row, graph, x), [x, *trained], fast_mode=True)


def test_gradient_of_an_embedding_counts_how_often_a_row_is_looked_up():
    with Graph().as_default() as graph:
        slim.embed_sequence(torch.tensor([[0, 2], [2, 2]]), 3, 2).sum().backward()
    assert graph.variables[0].grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [3.0, 3.0]]


def test_scaled_gradient_is_the_gradient_times_the_multiplier():
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    slim.scale_gradient(x, 0.25).backward(torch.tensor([1.0, 4.0]))
    assert x.grad.tolist() == [0.25, 1.0]


# --- steps and reuse -------------------------------------------------------------------------------


@rows(has_variables, opens_variable_scope)
def test_second_call_of_a_scope_without_reuse_is_an_error(row):
    graph = built(row, **scoped(row, "s"))
    with graph.as_default(), graph.step():
        call(row, row.inputs(), **scoped(row, "s"))
        with pytest.raises(ValueError, match="already exists, disallowed"):
            call(row, row.inputs(), **scoped(row, "s"))


@pytest.mark.parametrize("reuse", [True, tf.AUTO_REUSE], ids=["True", "AUTO_REUSE"])
@rows(has_variables, takes("reuse"))
def test_reuse_shares_the_variables_and_gives_the_same_output(row, reuse):
    graph = built(row, **scoped(row, "s"))
    made = names(graph)
    with graph.as_default(), graph.step():
        once = call(row, row.inputs(), **scoped(row, "s"))
        twice = call(row, row.inputs(), reuse=reuse, **scoped(row, "s"))
    assert_same(twice, once, 0.0)
    assert names(graph) == made


@pytest.mark.parametrize("reuse", [True, tf.AUTO_REUSE], ids=["True", "AUTO_REUSE"])
@rows(has_variables)
def test_reuse_of_the_surrounding_scope_shares_the_variables(row, reuse):
    graph = Graph()
    with graph.as_default(), graph.step():
        with tf.variable_scope("net"):
            once = call(row, row.inputs())
        made = names(graph)
        with tf.variable_scope("net", reuse=reuse):
            twice = call(row, row.inputs())
    assert_same(twice, once, 0.0)
    assert names(graph) == made


@rows(has_variables, takes("reuse"))
def test_auto_reuse_creates_what_is_missing(row):
    graph = Graph()
    run(row, graph, row.inputs(), reuse=tf.AUTO_REUSE, **scoped(row, "s"))
    assert names(graph) == [f"s/{name}" for name in row.variables]


@rows(has_variables, takes("reuse"))
def test_reuse_of_a_scope_that_is_missing_is_an_error(row):
    with Graph().as_default() as graph:
        with pytest.raises(ValueError, match="does not exist"):
            call(row, row.inputs(), reuse=True, **scoped(row, "s"))
        assert graph.variables == []


@rows()
def test_next_step_claims_the_same_variables(row):
    x = row.inputs()
    graph = built(row)
    identities = [id(variable) for variable in graph.variables]
    once, twice = run(row, graph, x), run(row, graph, x)
    assert [id(variable) for variable in graph.variables] == identities
    assert_same(twice, once, 0.0)


# --- names and collections -------------------------------------------------------------------------


@rows(has_variables)
def test_default_scope_is_made_unique_at_the_second_call(row):
    graph = Graph()
    with graph.as_default(), graph.step():
        call(row, row.inputs())
        call(row, row.inputs())
    wanted = [f"{scope}/{name}" for scope in (row.scope, row.scope + "_1") for name in row.variables]
    assert names(graph) == wanted


@rows(has_variables)
def test_given_scope_is_the_prefix_of_the_variables(row):
    graph = Graph()
    with graph.as_default(), graph.step():
        call(row, row.inputs(), **scoped(row, "given"))
        with tf.variable_scope("net"):
            call(row, row.inputs(), **scoped(row, "given"))
            call(row, row.inputs())
    if row.layer in ("repeat", "stack"):
        # These two hand their scope down as the name of each layer.
        assert {name.split("/")[0] for name in names(graph)} == {"given", "net"}
        assert all(
            name.startswith(("given/given_", "net/given/given_", f"net/{row.scope}/"))
            for name in names(graph)
        )
        return
    wanted = [
        f"{scope}/{name}" for scope in ("given", "net/given", f"net/{row.scope}") for name in row.variables
    ]
    assert names(graph) == wanted


@rows(lambda row: not row.variables)
def test_layers_without_variables_make_none(row):
    assert built(row).variables == []


@rows(takes("outputs_collections"), has_scope)
def test_output_is_collected_under_the_name_of_its_scope(row):
    graph = Graph()
    with graph.as_default():
        with graph.step(), tf.variable_scope("net"):
            default = call(row, row.inputs(), outputs_collections="one")
            given = call(row, row.inputs(), outputs_collections=["one", "two"], **scoped(row, "given"))
        collected = slim.utils.convert_collection_to_dict("one")
        assert list(collected) == [f"net/{row.scope}", "net/given"]
        assert next(iter(collected.values())) is default
        assert graph.get_collection("two")[0] is given
        with graph.step():
            assert graph.get_collection("one") == []


def own(row):
    """The variables that are the layer's, not those of its normalizer."""
    return [name for name in row.variables if "/" not in name]


@rows(takes("variables_collections"), has_variables)
def test_variables_join_a_list_of_collections(row):
    graph = Graph()
    with graph.as_default():
        for _ in range(2):
            with graph.step():
                call(row, row.inputs(), variables_collections=["a", "b"], **scoped(row, "s"))
    for key in ("a", "b"):
        # Once each; batch_norm puts its moving averages before the others, as TensorFlow does.
        assert sorted(v.op.name for v in graph.get_collection(key)) == sorted(
            f"s/{name}" for name in own(row)
        )


@rows(takes("variables_collections"), has_variables)
def test_variables_join_the_collections_that_a_dictionary_gives_them(row):
    chosen = own(row)[-1]
    graph = Graph()
    run(row, graph, row.inputs(), variables_collections={chosen: ["a"], "other": ["b"]}, **scoped(row, "s"))
    assert [v.op.name for v in graph.get_collection("a")] == [f"s/{chosen}"]
    assert graph.get_collection("b") == []


@rows(takes("trainable"), has_variables)
def test_layer_that_is_not_trained_has_no_trainable_variables_of_its_own(row):
    graph = Graph()
    run(row, graph, row.inputs(), trainable=False, **scoped(row, "s"))
    trained = {v.op.name for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    assert trained & {f"s/{name}" for name in own(row)} == set()
    assert [v.op.name for v in graph.variables if v.op.name not in trained and v.requires_grad] == []


@rows(lambda row: row.regularizers)
def test_regularization_loss_counts_once_in_a_step_and_costs_nothing_unread(row):
    called = []

    def regularizer(value):
        called.append(value)
        return value.sum()

    arguments = {}
    for name, argument in row.regularizers.items():
        if argument == "param_regularizers":
            arguments.setdefault(argument, {})[name] = regularizer
        else:
            arguments[argument] = regularizer
    graph = Graph()
    kwargs = {**arguments, **scoped(row, "s")}
    with graph.as_default():
        for value in (1.0, 2.0):
            with graph.step():
                call(row, row.inputs(), **kwargs)
                if row.takes("reuse"):
                    call(row, row.inputs(), reuse=True, **kwargs)
                assert called == []
                regularized = [v for v in graph.variables if v.op.name.removeprefix("s/") in row.regularizers]
                assert len(regularized) == len(row.regularizers)
                for variable in regularized:
                    variable.assign(torch.full(variable.shape, value))
                losses = graph.get_collection(GraphKeys.REGULARIZATION_LOSSES)
                assert [loss.item() for loss in losses] == [value * v.numel() for v in regularized]
                assert all(loss.requires_grad for loss in losses)
                called.clear()
        with graph.step():
            assert graph.get_collection(GraphKeys.REGULARIZATION_LOSSES) == []
