"""The public names: each one exists, and those of tf.contrib.slim are offered or left out on purpose."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

import slim_torch as slim
from slim_torch import tf

GOLDEN = Path(__file__).parent / "golden" / "slim_names.json"
REGENERATE = "python tests/golden/make_slim_names.py  (with the Python that has TensorFlow 1.15.5)"

# Ours; TensorFlow has them elsewhere, or has nothing like them.
OURS = {"Graph", "Module", "Variable", "nets"}

# Functions and classes of tf.contrib.slim that are not offered, by reason.
LEFT_OUT = {
    "not made yet": """
        get_default_binary_metrics_for_eval
        adaptive_clipping_fn
    """,
    "feature columns: input processing of estimators, which slim models do not use": """
        DataFrameColumn bucketize bucketized_column check_feature_columns create_feature_spec_for_parsing
        crossed_column embedding_column infer_real_valued_columns input_from_feature_columns
        joint_weighted_sum_from_feature_columns make_place_holder_tensors_for_base_features one_hot_column
        parse_feature_columns_from_examples parse_feature_columns_from_sequence_examples real_valued_column
        scattered_embedding_column sequence_input_from_feature_columns shared_embedding_columns
        sparse_column_with_hash_bucket sparse_column_with_integerized_feature sparse_column_with_keys
        sparse_column_with_vocabulary_file sparse_feature_cross transform_features weighted_sparse_column
        weighted_sum_from_feature_columns
    """,
    "targets of estimators": "ProblemType binary_svm_target multi_class_target regression_target",
    "sparse and distributed embeddings: PyTorch has its own": """
        bow_encoder embedding_lookup_sparse_with_distributed_aggregation embedding_lookup_unique
        safe_embedding_lookup_sparse scattered_embedding_lookup scattered_embedding_lookup_sparse
    """,
    "reversible blocks and recomputation: PyTorch has torch.utils.checkpoint": """
        RevBlock recompute_grad rev_block
    """,
    "Keras-like classes and placement of variables in a cluster": "GDN InputLayer VariableDeviceChooser",
    "an operation of TensorFlow's own library": "zero_initializer",
    "helpers of TensorFlow's source that happen to be visible": """
        deprecated deprecated_arg_values experimental make_all
    """,
}


def golden():
    return json.loads(GOLDEN.read_text())


@pytest.mark.parametrize(
    "module",
    [slim, tf, slim.layers, tf.nn, slim.utils, slim.losses, slim.summaries, tf.summary],
    ids=lambda m: m.__name__,
)
def test_listed_names_exist_and_are_listed_once(module):
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert len(set(module.__all__)) == len(module.__all__)


def test_public_functions_of_slim_are_those_of_tensorflow_but_for_ours():
    assert set(slim.__all__) - OURS - set(golden()) == set()


def test_names_of_tensorflow_are_offered_or_left_out_for_a_reason():
    callables = {name for name, kind in golden().items() if kind in ("function", "class")}
    left_out = [name for names in LEFT_OUT.values() for name in names.split()]
    assert len(left_out) == len(set(left_out))
    assert set(left_out) <= callables, f"no such names; regenerate: {REGENERATE}"
    assert set(left_out) & set(slim.__all__) == set(), "offered by now: take them off the list"
    assert callables - set(left_out) - set(slim.__all__) == set()


def test_every_layer_is_offered_at_the_top():
    assert set(slim.layers.__all__) <= set(slim.__all__)
    assert all(getattr(slim, name) is getattr(slim.layers, name) for name in slim.layers.__all__)


@pytest.mark.parametrize("name", [name for name in slim.__all__ if callable(getattr(slim, name))])
def test_public_functions_and_classes_are_documented(name):
    value = getattr(slim, name)
    assert inspect.getdoc(getattr(value, "func", value))
