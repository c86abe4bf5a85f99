"""Every row of `layer_table.py` compiles whole, serves all sizes, and runs on fake tensors."""

from __future__ import annotations

import pytest
import torch
from row_runner import answers, assert_same, assert_same_answers, built, is_traceable, rows, run, step_of
from torch._dynamo.utils import counters
from torch._subclasses.fake_tensor import FakeTensorMode

from slim_torch.graph import Graph

# --- compilers and fake tensors --------------------------------------------------------------------


def compiled_graphs():
    return counters["stats"]["unique_graphs"]


@pytest.fixture
def dynamo():
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


# Dynamo makes an instance of each torch.autograd.Function that it meets, and PyTorch warns of that.
quiet = pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")


@quiet
@rows(is_traceable)
def test_compiled_step_equals_the_eager_one_and_compiles_once(row, dynamo):
    x = row.inputs()
    graph = built(row)
    step = step_of(row, graph)
    compiled = torch.compile(step, backend="aot_eager", fullgraph=True)
    wanted = answers(row, graph, step, x)
    assert_same_answers(answers(row, graph, compiled, x), wanted)
    assert_same_answers(answers(row, graph, compiled, x), wanted)
    # A layer that hands on its inputs leaves nothing to compile.
    assert compiled_graphs() <= 1
    torch.manual_seed(0)
    with torch.no_grad():
        assert_same(compiled(x), wanted["output"])
        graphs = compiled_graphs()
        compiled(x)
    assert compiled_graphs() == graphs <= 2


def sizes(row):
    """Two shapes that differ in the batch and along each free axis, one odd where the other is even.

    No two axes of the first are equal: a compiler would take them for one size.
    """
    if row.id == "sequence_to_images":
        return (5, 6, 2), (6, 9, 2)
    once = tuple(11 + axis if axis <= row.spatial else size for axis, size in enumerate(row.shape))
    return once, tuple(size + (axis <= row.spatial) for axis, size in enumerate(once))


@quiet
@rows(is_traceable)
def test_one_compiled_step_serves_other_batch_and_image_sizes(row, dynamo):
    graph = built(row)
    step = step_of(row, graph)
    compiled = torch.compile(step, backend="eager", fullgraph=True, dynamic=True)
    for shape in sizes(row):
        x = row.inputs(shape=shape)
        assert_same_answers(answers(row, graph, compiled, x), answers(row, graph, step, x))
    assert compiled_graphs() <= 1


@rows(is_traceable)
def test_fake_tensors_give_the_shape_dtype_and_layout_of_real_ones(row):
    x = row.inputs()
    graph = Graph()
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        fake = run(row, graph, mode.from_tensor(x))
    real = run(row, graph, x)
    assert (fake.shape, fake.dtype, fake.stride()) == (real.shape, real.dtype, real.stride())
    assert [v.op.name for v in graph.variables if not torch.isfinite(v).all()] == []
