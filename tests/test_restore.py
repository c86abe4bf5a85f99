"""Restoring from TensorFlow's files and from safetensors: what fits, what does not, and what is said then.

What TensorFlow itself does in the same place is in `test_saver.py`, whose programs ran there.
"""

import logging
import os
import re

import numpy as np
import pytest
import torch

import slim_torch as slim
from slim_torch import checkpoint, tf
from slim_torch.checkpoint.restore import excluding_scopes
from slim_torch.graph import Graph


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as graph:
        yield graph


def variable(name, value, dtype=np.float32):
    return tf.get_variable(name, initializer=np.array(value, dtype))


@pytest.fixture(params=["safetensors", "tensorflow"])
def path(request, tmp_path):
    """A checkpoint of a small network in either format."""
    tensors = {
        "net/conv1/weights": torch.arange(6.0).reshape(2, 3),
        "net/conv1/biases": torch.tensor([1.0, 2.0, 3.0]),
        "net/logits/weights": torch.ones(3, 4),
        "net/logits/biases": torch.ones(4),
        "net/bfloat": torch.ones(2, dtype=torch.bfloat16),
        "global_step": torch.tensor(7),
    }
    checkpoint.save_safetensors(tmp_path / "one.safetensors", tensors)
    if request.param == "tensorflow":
        (tmp_path / "tf").mkdir()
        return checkpoint.convert(tmp_path / "one", tmp_path / "tf" / "model.ckpt-7", to="tensorflow").path
    return os.fspath(tmp_path / "one.safetensors")


def values(graph):
    return {v.op.name: v.tolist() for v in graph.variables}


def test_variables_take_the_values_of_their_names(path, graph):
    variable("net/conv1/weights", np.zeros((2, 3)))
    variable("global_step", 0, np.int64)
    tf.get_variable("net/bfloat", initializer=torch.zeros(2, dtype=torch.bfloat16))
    assign_op, feed_dict = slim.assign_from_checkpoint(path, slim.get_variables())
    assert values(graph)["global_step"] == 0
    assign_op()
    assert values(graph) == {
        "net/conv1/weights": [[0, 1, 2], [3, 4, 5]],
        "global_step": 7,
        "net/bfloat": [1, 1],
    }
    assert feed_dict["global_step"] == 7
    assert feed_dict["net/bfloat"].dtype == np.float32


def test_function_restores_when_it_is_called_with_or_without_a_session(path, graph):
    variable("net/conv1/biases", np.zeros(3))
    init_fn = slim.assign_from_checkpoint_fn(path, iter(slim.get_variables()))
    for arguments in ((), (None,)):
        graph.variables[0].assign(torch.zeros(3))
        init_fn(*arguments)
        assert values(graph) == {"net/conv1/biases": [1, 2, 3]}


def test_function_is_an_init_fn_of_train(path, tmp_path):
    def loss():
        return (tf.get_variable("w", [3], initializer=tf.zeros_initializer()) ** 2).sum()

    op = slim.learning.create_train_op(loss, lambda variables: torch.optim.SGD(variables, lr=0.25))
    init_fn = slim.assign_from_checkpoint_fn(path, {"net/conv1/biases": op.variables[0]})
    slim.learning.train(op, tmp_path / "run", number_of_steps=1, init_fn=init_fn)
    assert op.variables[0].tolist() == [0.5, 1.0, 1.5]  # 1 - 0.25 * 2 of each


@pytest.mark.parametrize(
    ("shapes", "parts"),
    [
        pytest.param([(1, 3), (1, 3)], [[[0, 1, 2]], [[3, 4, 5]]], id="rows"),
        pytest.param([(2, 1), (2, 2)], [[[0], [3]], [[1, 2], [4, 5]]], id="columns"),
    ],
)
def test_partitions_take_their_parts(path, shapes, parts):
    variables = [tf.get_variable(f"part_{i}", shape) for i, shape in enumerate(shapes)]
    slim.assign_from_checkpoint(path, {"net/conv1/weights": variables})[0]()
    assert [v.tolist() for v in variables] == parts
    for v in variables:
        v.assign(torch.zeros_like(v))
    slim.assign_from_checkpoint_fn(path, {"net/conv1/weights": variables})()
    assert [v.tolist() for v in variables] == parts
    for v in variables:
        v.assign(torch.zeros_like(v))
    tf.train.init_from_checkpoint(path, {"net/conv1/weights": variables})
    assert [v.tolist() for v in variables] == parts


def test_partitions_that_do_not_make_the_tensor_are_refused(path):
    variables = [tf.get_variable(f"part_{i}", (1, 3)) for i in range(3)]
    with pytest.raises(ValueError, match=r"net/conv1/weights.*\[2, 3\].*3 partitions"):
        slim.assign_from_checkpoint_fn(path, {"net/conv1/weights": variables})()


def test_dtypes_are_converted_by_assign_and_must_agree_elsewhere(path):
    double = variable("net/conv1/biases", np.zeros(3), np.float64)
    slim.assign_from_checkpoint(path, [double])[0]()
    assert double.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"has float32 \[3\], the variable is float64 \[3\]") as raised:
        slim.assign_from_checkpoint_fn(path, [double])()
    assert "`slim-torch convert --dtype`" in str(raised.value)
    assert "other names" not in str(raised.value)


def test_missing_variables_are_left_alone_and_warned_of(path, graph, caplog):
    variable("net/conv1/biases", np.zeros(3))
    variable("new/weights", [5])
    with caplog.at_level(logging.WARNING, "slim_torch"):
        slim.assign_from_checkpoint_fn(path, slim.get_variables(), ignore_missing_vars=True)()
    assert values(graph) == {"net/conv1/biases": [1, 2, 3], "new/weights": [5]}
    assert f"Variable new/weights missing in checkpoint {path}" in caplog.text
    with caplog.at_level(logging.WARNING, "slim_torch"):
        assert (
            slim.assign_from_checkpoint_fn(path, slim.get_variables("new"), ignore_missing_vars=True) is None
        )
    assert "No Variables to restore" in caplog.text


# What does not fit


def misfit(graph):
    variable("net/conv1/weights", np.zeros((2, 3)))
    variable("net/conv1/bias", np.zeros(3))
    variable("net/logits/weights", np.zeros((3, 9)))
    variable("net/logits/biases", np.zeros(9))
    variable("global_step", 0, np.int64)
    return values(graph)


@pytest.mark.parametrize(
    "restore",
    [
        pytest.param(lambda path: tf.train.Saver().restore(None, path), id="saver"),
        pytest.param(lambda path: slim.assign_from_checkpoint_fn(path, slim.get_variables())(), id="fn"),
        pytest.param(lambda path: slim.assign_from_checkpoint(path, slim.get_variables()), id="assign"),
        pytest.param(lambda path: tf.train.init_from_checkpoint(path, {"/": "/"}), id="init"),
    ],
)
def test_one_error_lists_all_that_does_not_fit_and_nothing_is_assigned(path, graph, restore):
    before = misfit(graph)
    with pytest.raises(ValueError, match="does not fit") as raised:
        restore(path)
    text = str(raised.value)
    assert path.removesuffix(".safetensors") in text
    # Every offender, with both shapes, and the nearest name.
    assert "(it has net/conv1/biases" in text
    for name, found, expected in (("weights", "3, 4", "3, 9"), ("biases", "4", "9")):
        (line,) = [
            line for line in text.splitlines() if f"net/logits/{name}" in line and "it has" not in line
        ]
        assert found in line
        assert expected in line
    # The shortest scopes that leave out those and nothing else.
    excluded = ["net/logits", "net/conv1/bias"]
    assert all(repr(scope) in text for scope in excluded)
    assert "The other 2 fit" in text
    assert "global_step:" not in text
    assert values(graph) == before
    fitting = slim.get_variables_to_restore(exclude=excluded)
    assert [v.op.name for v in fitting] == ["net/conv1/weights", "global_step"]
    slim.assign_from_checkpoint_fn(path, fitting)()
    assert values(graph)["global_step"] == 7


def test_a_model_of_other_names_altogether_is_told_about_dictionaries(path):
    variable("model/w", [1])
    with pytest.raises(ValueError, match=r"None of the variables fit.*dictionary"):
        tf.train.Saver().restore(None, path)


@pytest.mark.parametrize(
    ("bad", "good", "scopes"),
    [
        pytest.param(["a/b/w:0", "a/b/v:0"], ["a/c/w:0"], ["a/b"], id="one-scope-for-both"),
        pytest.param(["a/w:0"], ["a/w2:0"], ["a/w:"], id="a-name-that-begins-another"),
        pytest.param(["a/w:0"], ["b/w:0"], ["a"], id="top-scope"),
        pytest.param(["a/b/w:0"], ["a/b2/w:0", "a/c:0"], ["a/b/w"], id="a-scope-that-begins-another"),
        pytest.param(["a.b/w:0", "x/w:0"], ["c/w:0"], [r"a\.b", "x"], id="two-scopes"),
    ],
)
def test_suggested_scopes_are_the_shortest_that_fit(bad, good, scopes):
    assert excluding_scopes(bad, good) == scopes
    assert all(any(re.match(scope, name) for scope in scopes) for name in bad)
    assert not any(re.match(scope, name) for scope in scopes for name in good)


def test_many_missing_names_are_all_listed_at_once_and_fast(path):
    for number in range(300):
        variable(f"other/layer_{number}/weights", [1])
    with pytest.raises(ValueError, match="300 not there") as raised:
        tf.train.Saver().restore(None, path)
    assert str(raised.value).count("not found in checkpoint") == 300


def test_damaged_checkpoint_assigns_nothing(tmp_path, graph):
    checkpoint.save_safetensors(tmp_path / "m.safetensors", {"a": torch.ones(4), "b": torch.ones(1000)})
    prefix = checkpoint.convert(tmp_path / "m", tmp_path / "t", to="tensorflow").path
    data = tmp_path / "t.data-00000-of-00001"
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    data.write_bytes(content)
    variable("a", np.zeros(4))
    variable("b", np.zeros(1000))
    with pytest.raises(checkpoint.CheckpointError, match="'b'"):
        tf.train.Saver().restore(None, prefix)
    assert values(graph) == {"a": [0] * 4, "b": [0] * 1000}


@pytest.mark.parametrize(
    ("var_list", "words"),
    [
        pytest.param("a", "dict or a list", id="text"),
        pytest.param([1], r"holds 1, expected a variable", id="number"),
        pytest.param({"a": "a"}, r"\['a'\] holds 'a', expected a variable", id="name"),
    ],
)
def test_lists_of_something_else_are_refused(path, var_list, words):
    with pytest.raises(TypeError, match=words):
        slim.assign_from_checkpoint(path, var_list)


def test_all_wrong_entries_of_an_assignment_map_are_named(path, graph):
    variable("x/w", [1])
    with pytest.raises(ValueError, match="scope only name") as raised:
        tf.train.init_from_checkpoint(path, {"net/": "x", "net/conv1/weights": "x/v"})
    assert "'x'" in str(raised.value)
    assert "the nearest are x/w" in str(raised.value)


# Reading without a model


def test_names_shapes_and_values_can_be_read_without_a_model(path):
    assert ("net/conv1/weights", [2, 3]) in tf.train.list_variables(path)
    assert tf.train.load_variable(path, "global_step:0") == 7
    assert isinstance(tf.train.NewCheckpointReader(path), checkpoint.CheckpointReader)
    with pytest.raises(ValueError, match=r"net/conv1/weight not found.*net/conv1/weights"):
        tf.train.load_variable(path, "net/conv1/weight")


def test_slots_of_optimizers_are_offered_by_name(tmp_path):
    names = [
        "conv1/weights",
        "conv1/weights/Momentum",
        "conv1/biases",
        "conv1/biases/Adam",
        "conv1/biases/Adam_1",
        "conv1/biases/ExponentialMovingAverage",
        "fc/w",
        "fc/w/RMSProp",
        "fc/w/RMSProp_1",
        "fc/w/my_optimizer",
        "gone/ExponentialMovingAverage",
        "beta1_power",
        "beta2_power_1",
        "global_step",
        "conv1/BatchNorm/moving_mean",
        "conv1/weights/of_another_shape",
    ]
    tensors = {name: torch.ones(1) for name in names}
    tensors["conv1/weights/of_another_shape"] = torch.ones(2)
    checkpoint.save_safetensors(tmp_path / "m.safetensors", tensors)
    assert checkpoint.optimizer_slots(checkpoint.load_checkpoint(tmp_path / "m")) == {
        "conv1/weights": {"Momentum": "conv1/weights/Momentum"},
        "conv1/biases": {
            "Adam": "conv1/biases/Adam",
            "Adam_1": "conv1/biases/Adam_1",
            "ExponentialMovingAverage": "conv1/biases/ExponentialMovingAverage",
        },
        "fc/w": {
            "RMSProp": "fc/w/RMSProp",
            "RMSProp_1": "fc/w/RMSProp_1",
            "my_optimizer": "fc/w/my_optimizer",
        },
        "gone": {"ExponentialMovingAverage": "gone/ExponentialMovingAverage"},
    }


def test_initializers_made_before_init_from_checkpoint_keep_the_value_of_then(tmp_path):
    # The values are those that TensorFlow 1.15.5 gives.
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=5.0)
        session.run(w.initializer)
        path = tf.train.Saver().save(session, tmp_path / "model.ckpt")
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=1.0)
        before = [tf.global_variables_initializer(), w.initializer]
        tf.train.init_from_checkpoint(path, {"w": "w"})
        after = [tf.global_variables_initializer(), w.initializer]
        values = []
        for operation in [*before, *after, *before]:
            session.run(operation)
            values.append(session.run(w))
    assert values == [1.0, 1.0, 5.0, 5.0, 1.0, 1.0]
