"""Runs the rows of `layer_table.py`: chooses them for a test, calls them in a step, compares the answers."""

from __future__ import annotations

import pytest
import torch
from layer_table import ROWS, fill

from slim_torch.graph import Graph


def rows(*conditions):
    """Parametrizes a test by the rows that meet all conditions."""
    found = [row for row in ROWS if all(condition(row) for condition in conditions)]
    return pytest.mark.parametrize("row", found, ids=[row.id for row in found])


def has_variables(row):
    return bool(row.variables)


def has_scope(row):
    return row.scope is not None


def opens_variable_scope(row):
    return has_scope(row) and row.scope_kind == "variable"


def is_traceable(row):
    return not row.untraceable


def has_floating_inputs(row):
    return not row.integer


def takes(argument):
    return lambda row: row.takes(argument)


def names(graph):
    return [variable.op.name for variable in graph.variables]


def scoped(row, name):
    return {row.scope_argument: name}


def call(row, x, **kwargs):
    """The output of the row, with the same random numbers each time."""
    torch.manual_seed(0)
    return row.call(x, **kwargs)


def built(row, dtype=torch.float32, **kwargs):
    """A graph that has the variables of the row, with values of their own, and has not begun a step."""
    graph = Graph()
    with graph.as_default(), graph.step():
        call(row, row.inputs(dtype), **kwargs)
    fill(graph)
    return graph


def run(row, graph, x, **kwargs):
    """The output of the row in a new step of the graph."""
    with graph.as_default(), graph.step():
        return call(row, x, **kwargs)


def assert_same(ours, wanted, tolerance=1e-5):
    """Equal in shape and dtype, and in values up to `tolerance` of the largest magnitude."""
    if not isinstance(ours, torch.Tensor):
        for name in ("indices", "values", "dense_shape"):
            assert torch.equal(getattr(ours, name), getattr(wanted, name)), name
        return
    scale = wanted.detach().abs().max().item() if wanted.numel() else 0.0
    torch.testing.assert_close(ours, wanted, rtol=0, atol=tolerance * scale)


def answers(row, graph, step, x):
    """The output of `step(x)` and the gradients of its inputs and variables, by name."""
    variables = [variable for variable in graph.variables if variable.requires_grad]
    x = x.detach().clone().requires_grad_(x.is_floating_point())
    torch.manual_seed(0)
    y = step(x)
    if not isinstance(y, torch.Tensor) or not y.requires_grad:
        return {"output": y}
    generator = torch.Generator().manual_seed(1)
    cotangent = torch.randn(y.shape, generator=generator, dtype=torch.float64).to(y.device, y.dtype)
    sources = {variable.op.name: variable for variable in variables}
    if x.requires_grad:
        sources["inputs"] = x
    gradients = torch.autograd.grad(y, list(sources.values()), cotangent, allow_unused=True)
    return {"output": y.detach(), **{f"d {name}": g for name, g in zip(sources, gradients) if g is not None}}


def assert_same_answers(ours, wanted):
    assert ours.keys() == wanted.keys()
    # A gradient that is zero but for rounding (of a bias before batch normalization) has no scale of its own.
    for name, value in wanted.items():
        assert_same(ours[name], value, 1e-4 if name.startswith("d ") else 1e-5)


def step_of(row, graph):
    """The function of a user: one step of the graph that calls the layer."""

    def step(x):
        with graph.as_default(), graph.step():
            return row.call(x)

    return step
