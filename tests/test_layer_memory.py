"""Where layers put things: on which device, in which layout, and how often an activation is copied."""

from __future__ import annotations

import pytest
import torch
from row_runner import *

from slim_torch.graph import Graph

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

# --- memory and devices ----------------------------------------------------------------------------


def storages(value):
    tensors = [value] if isinstance(value, torch.Tensor) else [value.indices, value.values]
    return {tensor.untyped_storage().data_ptr() for tensor in tensors}


@rows()
def test_inputs_are_not_written_to_and_outputs_share_no_memory_with_variables(row):
    x = row.inputs()
    before = x.clone()
    graph = built(row)
    version = x._version
    y = run(row, graph, x)
    assert x._version == version
    assert torch.equal(x, before)
    assert storages(y) & {v.untyped_storage().data_ptr() for v in graph.variables} == set()


@rows(is_traceable, has_variables)
def test_variables_are_made_on_the_device_of_the_inputs(row):
    graph = Graph()
    run(row, graph, row.inputs().to("meta"))
    assert {variable.device.type for variable in graph.variables} == {"meta"}


@pytest.fixture
def full_float32(monkeypatch):
    """Turns TF32 off: with it a convolution is right to 1e-3 only."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.mark.cuda
@needs_cuda
@rows(lambda row: not row.random)
def test_values_and_gradients_on_cuda_are_those_on_the_cpu(row, full_float32):
    x = row.inputs()
    graph = built(row)
    wanted = answers(row, graph, step_of(row, graph), x)
    graph.to("cuda")
    ours = answers(row, graph, step_of(row, graph), x.cuda())
    output = ours["output"]
    if isinstance(output, torch.Tensor):
        assert output.device.type == "cuda"
        assert_same_answers({name: value.cpu() for name, value in ours.items()}, wanted)
    else:
        assert torch.equal(output.indices.cpu(), wanted["output"].indices)


@pytest.mark.cuda
@needs_cuda
@rows(has_variables)
def test_variables_are_made_on_cuda_for_inputs_there(row):
    graph = Graph()
    run(row, graph, row.inputs().cuda())
    assert {variable.device.type for variable in graph.variables} == {"cuda"}
