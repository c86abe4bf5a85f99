"""Operations have TensorFlow's names: results of layers and functions, collections, what is fetched by name.

The cases are in `golden/op_name_cases.py`, TensorFlow's answers in `golden/op_names.json`. Each case is
recorded in a fresh graph.
"""

import json
import sys
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf
from slim_torch.graph import Graph

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))

import op_name_tools  # noqa: E402
from op_name_cases import CASES  # noqa: E402

REGENERATE = "python3.7 tests/golden/make_op_names.py (needs TensorFlow 1.15.5)"
EXPECTED = json.loads((GOLDEN / "op_names.json").read_text())


# Where names differ from TensorFlow's, and why. Names that TensorFlow makes by folding constants or by writing a
# composite in many operations are not worth an operation here.
DIFFERENT = {
    "variables": "a read of a variable's initialized value is one operation, not a cond",
    "operator/a[n]": "one bound that is a tensor leaves the rank unknown",
    "function/map_fn": "the results of map_fn are not gathered in a scope of their own",
    "function/nn.moments": "mean and variance come from one kernel, and are two results of one operation",
    "function/nn.sparse_softmax_cross_entropy_with_logits": "a name given twice is counted on the composite",
    "function/batch_matmul": "one kind of product for all ranks",
    "function/zeros": "no constant folding",
    "function/ones": "no constant folding",
    "function/zeros_like": "no constant folding",
    "function/ones_like": "no constant folding",
    "function/nn.moments_variance": "mean and variance come from one kernel",
}
# The sum that TensorFlow divides twice on the way.
FETCHED_DIFFERENT = "mean_pairwise_squared_error"


def xfail_if(reason):
    return [pytest.mark.xfail(reason=reason, strict=False)] if reason else []


def cases(keys):
    return [pytest.param(key, marks=xfail_if(DIFFERENT.get(key))) for key in keys]


@pytest.mark.parametrize("case_id", cases(CASES))
def test_results_and_collections_have_the_names_that_tensorflow_gives(case_id):
    assert case_id in EXPECTED, f"no golden answer for {case_id}; regenerate: {REGENERATE}"
    expected = EXPECTED[case_id]
    with Graph().as_default() as graph:
        got = json.loads(json.dumps(op_name_tools.facts(graph, CASES[case_id](tf, slim))))
    assert len(got["results"]) == len(expected["results"])
    pairs = zip(got["results"], expected["results"])
    different = [f"{ours}, TensorFlow: {theirs}" for ours, theirs in pairs if ours != theirs]
    assert not different, "\n".join(different)
    assert got["collections"] == expected["collections"]


@pytest.mark.parametrize("case_id", cases(key for key, answer in EXPECTED.items() if "types" in answer))
def test_operations_of_results_have_tensorflows_types(case_id):
    with Graph().as_default():
        results = op_name_tools.parts_of(CASES[case_id](tf, slim))
        assert [op_name_tools.type_of(result) for result in results] == EXPECTED[case_id]["types"]


FETCHED = {key: op_name_tools.fetched(answer.get("operations", ())) for key, answer in EXPECTED.items()}


@pytest.mark.parametrize(
    "case_id",
    [
        pytest.param(key, marks=xfail_if("an inner division" if FETCHED_DIFFERENT in key else None))
        for key, names in FETCHED.items()
        if names
    ],
)
def test_operations_that_old_code_fetches_are_found_by_name(case_id):
    types = dict(EXPECTED[case_id]["operations"])
    with Graph().as_default() as graph:
        CASES[case_id](tf, slim)
        different = []
        for name in FETCHED[case_id]:
            try:
                tensor = graph.get_tensor_by_name(name + ":0")
            except KeyError:
                different.append(f"{name} is missing")
                continue
            if (tensor.op.name, tensor.op.type) != (name, types[name]):
                different.append(f"{tensor.op.name} {tensor.op.type}, TensorFlow: {name} {types[name]}")
    assert not different, "\n".join(different)


def test_every_recorded_case_still_exists():
    assert set(EXPECTED) == set(CASES), f"regenerate: {REGENERATE}"
    assert len(CASES) > 500
    assert sum(map(len, FETCHED.values())) > 700
