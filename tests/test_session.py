"""Sessions where there is no TensorFlow to compare with: plans, memory, compilation, and both ways of running.

What a session must give is in the golden programs (`test_session_programs.py`) and scripts
(`test_scripts.py`); here is how it comes about.
"""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import slim_torch as slim
from slim_torch import tf
from slim_torch.symbolic import SymbolicTensor
from slim_torch.traced import TracedTensor

RANDOM = np.random.RandomState(0)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def images(*shape):
    return RANDOM.randn(*shape).astype(np.float32)


def strided_network(x):
    net = slim.conv2d(x, 4, [3, 3], stride=2, scope="conv1")
    net = slim.conv2d(net, 4, [3, 3], stride=2, activation_fn=None, scope="conv2")
    net = slim.max_pool2d(net, [3, 3], stride=2, padding="SAME", scope="pool")
    net = slim.conv2d(
        net, 4, [2, 2], stride=2, normalizer_fn=slim.batch_norm, normalizer_params={"is_training": False}
    )
    return slim.conv2d(net, 2, [5, 5], activation_fn=None, scope="conv4")


def source_of(session, place=-1):
    return "\n".join(list(session._plans.values())[place].plan.source.lines)


# Plans


def test_plan_of_the_same_fetches_is_made_once():
    x = tf.placeholder(tf.float32, [None, 2])
    y = x + 1.0
    with tf.Session() as session:
        for size in (1, 2, 3):
            session.run([y], {x: np.zeros((size, 2))})
        session.run(y, {x: np.zeros((1, 2))})
        assert len(session._plans) == 1


def test_convolution_with_batch_norm_and_relu_runs_as_three_kernels_without_layout_changes_between():
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    y = slim.repeat(
        x,
        2,
        slim.conv2d,
        4,
        [3, 3],
        normalizer_fn=slim.batch_norm,
        normalizer_params={"is_training": False},
        scope="c",
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(y, {x: images(1, 8, 8, 3)})
        calls = [op.split("(")[0] for op in source_of(session).splitlines()]
    # For each layer a view of its kernel and three calls; a view of the input and of the output; the return.
    assert len(calls) == 2 * (1 + 3) + 2 + 1


@pytest.mark.parametrize("fetched", ["before", "after", "both"])
def test_relu_in_place_never_changes_what_is_fetched(fetched):
    x = tf.placeholder(tf.float32, [None, 4, 4, 3])
    before = slim.conv2d(x, 2, [1, 1], activation_fn=None)
    after = tf.nn.relu(before)
    fetches = {"before": [before], "after": [after], "both": [before, after]}[fetched]
    value = images(2, 4, 4, 3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        kernel = session.run(slim.get_variables()[0])
        expected = value @ kernel[0, 0]
        for fetch, got in zip(fetches, session.run(fetches, {x: value})):
            wanted = np.maximum(expected, 0) if fetch is after else expected
            np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_relu_of_a_tensor_that_is_used_again_leaves_it_alone():
    x = tf.placeholder(tf.float32, [None, 4, 4, 3])
    before = slim.conv2d(x, 2, [1, 1], activation_fn=None)
    y = tf.nn.relu(before) + before
    value = images(2, 4, 4, 3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        expected = value @ session.run(slim.get_variables()[0])[0, 0]
        np.testing.assert_allclose(session.run(y, {x: value}), np.maximum(expected, 0) + expected, atol=1e-6)


def test_moving_averages_of_a_run_are_updated_together():
    x = tf.placeholder(tf.float32, [None, 4, 4, 3])
    slim.repeat(x, 3, slim.conv2d, 4, [3, 3], normalizer_fn=slim.batch_norm, scope="c")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(tf.group(*tf.get_collection(tf.GraphKeys.UPDATE_OPS)), {x: images(2, 4, 4, 3)})
        assert source_of(session).count("[(v") == 1
        assert all(
            np.any(session.run(v) != 0) for v in tf.global_variables() if v.op.name.endswith("moving_mean")
        )


@given(batch=st.integers(1, 3), height=st.integers(1, 40), width=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_unknown_sizes_give_what_eager_gives(batch, height, width):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, None, None, 3])
        y = strided_network(x)
        assert y.get_shape().as_list() == [None, None, None, 2]
        value = images(batch, height, width, 3)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            got = session.run(y, {x: value})
            with graph.step(), torch.no_grad():
                expected = strided_network(torch.from_numpy(value))
        np.testing.assert_allclose(got, expected.numpy(), atol=1e-6)


def test_runs_keep_no_tensors_alive():
    x = tf.placeholder(tf.float32, [None, 8, 8, 3])
    loss = tf.reduce_sum(tf.square(slim.conv2d(x, 4, [3, 3], normalizer_fn=slim.batch_norm)))
    train = slim.learning.create_train_op(loss, tf.train.AdamOptimizer(0.01))

    def count():
        gc.collect()
        return sum(1 for item in gc.get_objects() if issubclass(type(item), torch.Tensor))

    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feed = {x: images(2, 8, 8, 3)}
        session.run([train, loss], feed)
        before = count()
        for _ in range(5):
            session.run([train, loss], feed)
        assert count() <= before  # fewer where something that an earlier test left has gone


def test_results_are_the_users_own():
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    x = tf.placeholder(tf.float32, [2])
    c = tf.constant([5.0, 6.0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        fed = np.array([3.0, 4.0], np.float32)
        for fetch in (v, tf.identity(x), x, c, tf.reshape(c, [2, 1])):
            got = session.run(fetch, {x: fed})
            got *= 0
            assert np.all(session.run(fetch, {x: fed}) != 0)
        assert fed.tolist() == [3.0, 4.0]


def test_error_of_a_kernel_names_the_operation():
    x = tf.placeholder(tf.float32, [None, None])
    y = tf.matmul(x, x, name="product")
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="product") as caught:
            session.run(y, {x: np.zeros((2, 3))})
    assert caught.value.op is y.op


@pytest.mark.parametrize("ask", [bool, int, float, np.asarray, lambda t: t.numpy(), lambda t: t.item()])
def test_asking_for_a_value_names_the_placeholder(ask):
    x = tf.placeholder(tf.float32, [], name="the_input")
    with pytest.raises((TypeError, NotImplementedError), match="the_input"):
        ask(x * 2.0)


def test_in_place_call_is_refused():
    x = tf.placeholder(tf.float32, [2])
    with pytest.raises(TypeError, match="add_ would change"):
        x.add_(1)


def test_one_session_serves_several_threads():
    x = tf.placeholder(tf.float32, [None, 16, 16, 3])
    y = strided_network(x)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = [images(1, 16, 16, 3) for _ in range(4)]
        expected = [session.run(y, {x: value}) for value in values]
        failures = []

        def work(i):
            for _ in range(20):
                if not np.array_equal(session.run(y, {x: values[i]}), expected[i]):
                    failures.append(i)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


# How it runs


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("unknown", ["batch", "all"])
def test_compiled_session_gives_what_the_uncompiled_one_gives(unknown):
    import torch._dynamo

    size = None if unknown == "all" else 16
    x = tf.placeholder(tf.float32, [None, size, size, 3])
    net = slim.conv2d(x, 4, [3, 3], stride=2)
    y = slim.conv2d(net, 2, [3, 3], normalizer_fn=slim.batch_norm, normalizer_params={"is_training": False})
    sizes = ((2, 16, 16), (3, 33, 20)) if unknown == "all" else ((2, 16, 16), (3, 16, 16), (5, 16, 16))
    values = [images(*shape, 3) for shape in sizes]
    with tf.Session(config=tf.ConfigProto(compile=True)) as session:
        session.run(tf.global_variables_initializer())
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        got = [session.run(y, {x: value}) for value in values]
        if unknown == "batch":
            assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    with tf.Session() as session:
        for variable in tf.global_variables():
            variable.mark_initialized()
        for value, other in zip(values, got):
            np.testing.assert_allclose(session.run(y, {x: value}), other, atol=1e-5)


def test_autocast_narrows_products():
    x = tf.placeholder(tf.float32, [None, 4])
    y = slim.fully_connected(x, 3, activation_fn=None)
    with tf.Session(config=tf.ConfigProto(autocast_dtype=torch.bfloat16)) as session:
        session.run(tf.global_variables_initializer())
        got = session.run(y, {x: images(2, 4)})
    assert np.array_equal(got, torch.from_numpy(got).bfloat16().float().numpy())


def test_device_is_chosen_by_the_config():
    assert tf.ConfigProto(device="/cpu:0").torch_device() == torch.device("cpu")
    assert tf.ConfigProto(device_count={"GPU": 0}).torch_device() == torch.device("cpu")
    assert tf.ConfigProto(device="cuda:1").torch_device() == torch.device("cuda", 1)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_session_runs_on_cuda(graph):
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    y = strided_network(x)
    loss = tf.reduce_sum(tf.square(y))
    train = slim.learning.create_train_op(loss, tf.train.AdamOptimizer(0.01))
    value = images(2, 17, 20, 3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        got = session.run(y, {x: value})
        assert all(variable.device.type == "cuda" for variable in tf.global_variables())
        with graph.step(), torch.no_grad():
            expected = strided_network(torch.from_numpy(value).cuda())
        np.testing.assert_allclose(got, expected.cpu().numpy(), atol=1e-4)
        losses = [session.run(train, {x: value}) for _ in range(3)]
    assert losses[2] < losses[0]


# Both ways on one graph


def test_eager_code_sees_what_a_session_trained(graph):
    x = tf.placeholder(tf.float32, [None, 3])
    loss = tf.reduce_sum(tf.square(slim.fully_connected(x, 2, activation_fn=None, scope="fc")))
    train = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
    value = images(4, 3)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train, {x: value})
        after = session.run(loss, {x: value})
    with graph.step():
        eager = slim.fully_connected(torch.from_numpy(value), 2, activation_fn=None, scope="fc")
    assert eager.detach().square().sum().item() == pytest.approx(float(after), rel=1e-5)


def test_session_runs_with_the_weights_of_eager_code(graph):
    value = images(4, 3)
    with graph.step():
        eager = slim.fully_connected(torch.from_numpy(value), 2, scope="fc")
    with graph.step():
        for variable in graph.variables:
            variable.assign(variable.detach() + 1.0)
        eager = slim.fully_connected(torch.from_numpy(value), 2, scope="fc")
    graph.forget_step()
    x = tf.placeholder(tf.float32, [None, 3])
    recorded = slim.fully_connected(x, 2, scope="fc")
    with tf.Session() as session:
        for variable in tf.global_variables():
            variable.mark_initialized()
        np.testing.assert_allclose(session.run(recorded, {x: value}), eager.detach().numpy(), rtol=1e-6)


def test_inside_a_step_nothing_is_recorded(graph):
    tf.placeholder(tf.float32)
    before = len(graph.get_operations())
    with graph.step():
        constant = tf.constant([1.0, 2.0])
        assert type(constant) is torch.Tensor
        assert type(tf.get_variable("w", [2]) * constant) is torch.Tensor
        with pytest.raises(RuntimeError, match=r"tf\.placeholder inside graph\.step"):
            tf.placeholder(tf.float32)
    assert len(graph.get_operations()) == before


def test_what_is_computed_with_variables_is_real_until_recording_begins(graph):
    v = tf.Variable([1.0, 2.0])
    doubled = v * 2.0
    assert isinstance(doubled, TracedTensor)
    assert doubled.tolist() == [2.0, 4.0]
    doubled.sum().backward()
    assert v.grad.tolist() == [2.0, 2.0]
    assert graph.recorder is None
    v.assign([5.0, 6.0])
    assert isinstance(doubled.op.outputs[0], SymbolicTensor)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(doubled).tolist() == [2.0, 4.0]
        session.run(tf.assign(v, [3.0, 3.0]))
        assert session.run(doubled).tolist() == [6.0, 6.0]


def test_without_gradients_nothing_is_remembered(graph):
    v = tf.Variable(1.0)
    with torch.no_grad():
        assert type(v * 2.0) is torch.Tensor
    assert graph.traced == []


def test_pytorch_optimizer_works_on_variables_of_a_recorded_graph():
    x = tf.placeholder(tf.float32, [None, 3])
    loss = tf.reduce_sum(tf.square(slim.fully_connected(x, 2, activation_fn=None)))
    optimizer = torch.optim.AdamW(tf.trainable_variables(), lr=0.1)
    train = slim.learning.create_train_op(loss, optimizer)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        feed = {x: images(4, 3)}
        losses = [session.run(train, feed) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("size", [(2, 100, 60), (70, 600, 800)])
def test_what_is_equal_for_all_assumed_sizes_is_not_known(size):
    """Sizes that are not known may be smaller or larger than those which stand for them while recording."""
    batch, height, width = size
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    shape = tf.shape(x)
    short = tf.minimum(shape[1], shape[2])
    tensors = {
        "padded": tf.pad(x, [[0, 0], [0, tf.maximum(224 - shape[1], 0)], [0, 0], [0, 0]]),
        "cut": tf.zeros(tf.stack([tf.minimum(shape[0], 9), tf.minimum(shape[1], 512)])),
        "resized": tf.zeros(tf.stack([shape[1] * 32 // short, shape[2] * 32 // short])),
        "tiles": tf.zeros([shape[1] // 5000 + 1, tf.to_int32(tf.ceil(tf.to_float(shape[2]) / 500.0))]),
        "chosen": tf.zeros([tf.where(shape[1] > 300, 7, 8), tf.to_int32(shape[0] < 5)]),
    }
    assert all(None in tensor.get_shape().as_list() for tensor in tensors.values())
    with tf.Session() as session:
        found = session.run(tensors, {x: np.zeros([*size, 3])})
    assert {name: value.shape for name, value in found.items()} == {
        "padded": (batch, max(height, 224), width, 3),
        "cut": (min(batch, 9), min(height, 512)),
        "resized": (height * 32 // min(height, width), width * 32 // min(height, width)),
        "tiles": (1, -(-width // 500)),
        "chosen": (7 if height > 300 else 8, int(batch < 5)),
    }


def test_an_image_may_be_higher_than_wide():
    image = tf.placeholder(tf.float32, [None, None, 3])
    shape = tf.shape(image)
    out = tf.zeros([shape[0] * 20 // tf.minimum(shape[0], shape[1])])
    assert out.get_shape().as_list() == [None]
    with tf.Session() as session:
        assert session.run(out, {image: np.zeros([90, 30, 3])}).shape == (60,)
        assert session.run(out, {image: np.zeros([30, 90, 3])}).shape == (20,)


@pytest.mark.parametrize("shape", [[2, 3, 5], [1, 4], [20, 30]])
def test_an_element_of_a_short_axis_has_a_known_shape(shape):
    place = tf.placeholder(tf.int32, [])
    x = tf.placeholder(tf.float32, shape)
    assert x[place].get_shape().as_list() == shape[1:]


def test_a_graph_is_listed(tmp_path):
    # TensorFlow's names, types and inputs for the same code, read off 1.15.5; attributes are not listed here.
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        with tf.control_dependencies([tf.no_op(name="first")]):
            tf.identity(x + x, name="y")
        with tf.Session() as session:
            nodes = {node.name: (node.op, node.input) for node in session.graph_def.node}
            assert nodes["x"] == ("Placeholder", [])
            assert nodes["y"][0] == "Identity"
            assert "^first" in nodes["y"][1]
            path = tf.train.write_graph(session.graph_def, str(tmp_path / "new"), "graph.pbtxt")
        assert path == str(tmp_path / "new" / "graph.pbtxt")
        text = (tmp_path / "new" / "graph.pbtxt").read_text()
        assert text.startswith('node {\n  name: "x"\n  op: "Placeholder"\n}\n')
        assert str(graph.as_graph_def()) == text
        with pytest.raises(NotImplementedError, match="cannot be read back"):
            tf.train.write_graph(graph, tmp_path, "graph.pb", as_text=False)


def test_devices_of_a_cluster_are_no_choice():
    assert tf.train.replica_device_setter(0) is None
    with pytest.raises(NotImplementedError, match="remote"):
        tf.train.replica_device_setter(ps_tasks=2)
    with tf.device(tf.train.replica_device_setter(0)), tf.device("/job:worker/task:0"):
        variables = [
            slim.model_variable("a", [2], device=lambda op: "/job:ps"),
            slim.model_variable("b", [2], device="/job:ps/task:1"),
            slim.model_variable("c", [2], device="/cpu:0"),
        ]
    assert {variable.device.type for variable in variables} == {"cpu"}
    with pytest.raises(ValueError, match="Malformed device"):
        slim.model_variable("d", [2], device="/nowhere:0")


def test_what_is_fetched_is_not_normalized_in_place():
    x = np.random.default_rng(0).normal(size=(2, 7, 7, 3)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        inputs = tf.placeholder(tf.float32, [None, 7, 7, 3])
        params = {"is_training": False, "scale": True}
        net = slim.conv2d(inputs, 4, 3, normalizer_fn=slim.batch_norm, normalizer_params=params, scope="conv")
        product = graph.get_tensor_by_name("conv/Conv2D:0")
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for name in ("gamma", "beta", "moving_mean", "moving_variance"):
                variable = slim.get_unique_variable(f"conv/BatchNorm/{name}")
                variable.load(np.random.default_rng(len(name)).uniform(0.5, 1.5, 4), session)
            alone = session.run(net, {inputs: x}), session.run(product, {inputs: x})
            both = session.run([net, product], {inputs: x})
            given = alone[1].copy()
            session.run(net, {product: given})
        for one, other in zip(alone, both):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(given, alone[1])
