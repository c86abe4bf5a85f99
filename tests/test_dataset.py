"""`tf.data` and `tf.train.Example`: the facts of TensorFlow 1.15.5, and what is promised beyond them."""

import gc
import threading
import time

import input_runner
import numpy as np
import pytest
import torch

from slim_torch import tf
from slim_torch.examples import features_of

Dataset = tf.data.Dataset
BEGINNINGS = ("data_", "files_of_records", "files_of_lines", "files_that", "examples_", "raw_")


@pytest.fixture(autouse=True)
def graph(request):
    if "key" in request.fixturenames:
        # The golden programs bring their own.
        yield None
        return
    with tf.Graph().as_default() as made:
        yield made


def drain(dataset):
    fetch = dataset.make_one_shot_iterator().get_next()
    values = []
    with tf.Session() as session:
        while True:
            try:
                values.append(session.run(fetch))
            except tf.errors.OutOfRangeError:
                return values


@pytest.mark.parametrize("key", input_runner.keys(*BEGINNINGS))
def test_program_gives_the_facts_that_tensorflow_gives(key):
    input_runner.check(key)


def test_every_program_is_run_by_one_of_the_two_test_files():
    from test_input_queues import BEGINNINGS as OTHERS

    chosen = [*input_runner.keys(*BEGINNINGS), *input_runner.keys(*OTHERS)]
    assert sorted(chosen) == sorted(input_runner.PROGRAMS) == sorted(input_runner.EXPECTED)


# Without a session


def test_a_dataset_is_iterated_over_with_real_tensors(graph):
    pairs = Dataset.from_tensor_slices((np.arange(4.0), np.array(["a", "b", "c", "d"])))
    with graph.step():
        dataset = pairs.map(lambda x, y: {"x": x * 2, "y": y}).batch(3)
        found = list(dataset)
    assert [type(found[0]["x"]), found[0]["x"].tolist(), found[1]["x"].tolist()] == [
        torch.Tensor,
        [0, 2, 4],
        [6],
    ]
    assert found[1]["y"].tolist() == [b"d"]


def test_functions_given_inside_a_step_compute_at_once(graph):
    with graph.step():
        numbers = Dataset.range(6).filter(lambda x: x % 2 == 0).map(lambda x: (x, torch.ones(2) * x))
        joined = numbers.flat_map(lambda x, y: Dataset.from_tensors(y).repeat(2)).prefetch(2).batch(2)
        assert [x.tolist() for x in joined] == [[[0, 0], [0, 0]], [[2, 2], [2, 2]], [[4, 4], [4, 4]]]
        assert joined.output_types == torch.float32
        iterator = numbers.make_one_shot_iterator()
        assert iterator.get_next()[0].item() == 0
        assert [x.item() for x, _ in iterator] == [2, 4]
        with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
            iterator.get_next()


def test_recorded_functions_run_without_a_session_too():
    assert [x.item() for x in Dataset.range(3).map(lambda x: tf.square(x) + 1)] == [1, 2, 5]


def test_what_needs_a_session_says_so():
    dataset = Dataset.from_tensor_slices(tf.placeholder(tf.int32, [None]))
    with pytest.raises(ValueError, match="make_initializable_iterator"):
        next(iter(dataset))


# Randomness


def test_without_a_seed_pytorch_decides():
    orders = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        orders.append(drain(Dataset.range(30).shuffle(30)))
    assert orders[0] == orders[1] != orders[2]


def test_a_shuffle_picks_every_place_equally_often():
    torch.manual_seed(0)
    first = [next(iter(Dataset.range(4).shuffle(4))).item() for _ in range(2000)]
    # 500 each; five standard deviations of a binomial are 97.
    assert all(abs(first.count(value) - 500) < 97 for value in range(4))


def test_random_numbers_of_a_function_differ_by_element():
    values = drain(Dataset.range(5).map(lambda x: tf.random_uniform([], seed=3)))
    assert len(set(values)) == 5


# Sessions and memory


def test_each_session_has_its_own_place():
    x = Dataset.range(5).make_one_shot_iterator().get_next()
    with tf.Session() as first, tf.Session() as second:
        assert [first.run(x), first.run(x), second.run(x), first.run(x)] == [0, 1, 0, 2]


@pytest.mark.parametrize("kind", ["tensors", "slices", "cache", "rows"])
def test_values_that_an_iterator_gave_are_nobody_elses(kind):
    data = np.ones((2, 3), np.float32)
    dataset = {
        "tensors": Dataset.from_tensors(data).repeat(3),
        "slices": Dataset.from_tensor_slices(data).repeat(3),
        "cache": Dataset.range(2).map(lambda x: tf.ones([3])).cache().repeat(3),
        "rows": Dataset.from_tensor_slices(data).batch(2).repeat(3),
    }[kind]
    x = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        for _ in range(3):
            got = session.run(x)
            assert (got == 1).all()
            got[...] = 9
    assert (data == 1).all()


def test_a_change_of_the_source_array_comes_too_late():
    data = np.zeros(3)
    dataset = Dataset.from_tensor_slices(data)
    data[:] = 1
    assert drain(dataset) == [0, 0, 0]


# Threads


def _threads(beginning):
    return [t for t in threading.enumerate() if t.name.startswith(beginning)]


def test_prefetching_works_ahead_and_ends_with_its_iterator(graph):
    made = []

    def numbers():
        for i in range(100):
            made.append(i)
            yield i

    with graph.step():
        iterator = iter(Dataset.from_generator(numbers, tf.int64, []).prefetch(3))
        assert next(iterator).item() == 0
        deadline = time.time() + 5
        # One was taken, three are ready.
        while len(made) < 4 and time.time() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(made) == 4
        assert [next(iterator).item() for _ in range(5)] == [1, 2, 3, 4, 5]
    del iterator
    gc.collect()
    deadline = time.time() + 5
    while _threads("slim_torch prefetch") and time.time() < deadline:
        time.sleep(0.01)
    assert not _threads("slim_torch prefetch")


def test_prefetching_ends_with_its_session():
    x = Dataset.range(100).map(lambda x: x + 1).prefetch(3).make_one_shot_iterator().get_next()
    session = tf.Session()
    assert session.run(x) == 1
    assert _threads("slim_torch prefetch")
    del session
    deadline = time.time() + 5
    while _threads("slim_torch prefetch") and time.time() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert not _threads("slim_torch prefetch")


def test_prefetching_hands_errors_on_and_goes_on():
    def odd(value):
        if value == 1:
            raise ValueError("one")
        return value

    dataset = Dataset.range(3).map(lambda x: tf.py_func(odd, [x], tf.int64)).prefetch(2)
    x = dataset.make_one_shot_iterator().get_next()
    with tf.Session() as session:
        assert session.run(x) == 0
        with pytest.raises(tf.errors.InvalidArgumentError, match="one"):
            session.run(x)
        assert session.run(x) == 2
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(x)


def test_slow_functions_run_in_threads_and_in_order():
    names = set()

    def slow(x):
        names.add(threading.current_thread().name)
        time.sleep(0.002 if int(x) % 2 else 0.004)
        return x * 2

    from slim_torch.dataset_functions import Run
    from slim_torch.dataset_streams import mapped_items

    found = list(mapped_items(iter(range(40)), slow, 3, Run({}).context))
    assert found == [2 * x for x in range(40)]
    assert len([name for name in names if name.startswith("slim_torch map")]) == 3


def test_parallel_calls_give_what_calls_in_turn_give():
    dataset = Dataset.range(50).map(lambda x: tf.reduce_sum(tf.ones([300, 300])) * tf.cast(x, tf.float32), 4)
    assert drain(dataset) == [90000.0 * x for x in range(50)]


# Speed


def test_batches_of_shuffled_slices_are_made_by_selecting_rows(monkeypatch):
    from slim_torch import datasets

    def never(*args):
        raise AssertionError("an element was made by itself")

    monkeypatch.setattr(datasets, "row_of", never)
    data = np.arange(20.0).reshape(10, 2)
    dataset = Dataset.from_tensor_slices((data, np.arange(10))).shuffle(10).repeat(2).take(15).prefetch(1)
    batches = drain(dataset.batch(4))
    assert [len(b) for _, b in batches] == [4, 4, 4, 3]
    assert all((data[b] == a).all() for a, b in batches)


# Examples


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05abc", b"\x0a\x04\x0a\x02\x12\x09", b"\x0a\x09\x0a\x07\x0a\x01a\x12\x02\x12\x07"],
    ids=["no-length", "too-short", "short-feature", "short-list"],
)
def test_what_is_no_example_is_a_value_error(data):
    with pytest.raises(ValueError, match="Example"):
        features_of(data, {"a", ""})
    with pytest.raises(ValueError, match="Error parsing message"):
        tf.train.Example.FromString(data)


def test_features_of_an_example_may_be_filled_afterwards():
    example = tf.train.Example()
    example.features.feature["a"].int64_list.value.extend([1, 2])
    example.features.feature["b"].bytes_list.value.append(b"x")
    parsed = tf.train.Example.FromString(example.SerializeToString())
    assert parsed.features.feature["a"].int64_list.value == [1, 2]
    assert parsed.features.feature["b"].bytes_list.value == [b"x"]


@pytest.mark.parametrize(
    "make",
    [lambda: tf.train.BytesList(value=["text"]), lambda: tf.train.Int64List(value=[1.5])],
    ids=["text", "float"],
)
def test_lists_take_values_of_their_kind_only(make):
    with pytest.raises(TypeError, match="has type"):
        make()


# On an accelerator


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_elements_go_to_the_device_of_the_session():
    data = np.arange(12, dtype=np.float32).reshape(6, 2)
    x = (
        Dataset.from_tensor_slices(data)
        .map(lambda row: row * 2)
        .batch(3)
        .prefetch(1)
        .make_one_shot_iterator()
        .get_next()
    )
    device = []
    y = tf.identity(x)
    y.op.function = lambda value: device.append(value.device.type) or value
    with tf.Session(config=tf.ConfigProto(device="cuda")) as session:
        assert session.run(y).tolist() == (data[:3] * 2).tolist()
    assert device == ["cuda"]


@pytest.mark.parametrize(
    ("default", "expected"),
    [(lambda: tf.zeros([1], dtype=tf.int64), 0), (lambda: tf.constant([7], tf.int64), 7), (lambda: [5], 5)],
)
def test_the_default_of_a_feature_may_be_a_recorded_constant(default, expected):
    with tf.Graph().as_default():
        serialized = tf.placeholder(tf.string, [])
        features = {"label": tf.FixedLenFeature([1], tf.int64, default_value=default())}
        label = tf.parse_single_example(serialized, features)["label"]
        with tf.Session() as session:
            empty = tf.train.Example().SerializeToString()
            assert session.run(label, {serialized: empty}).tolist() == [expected]


def test_the_default_of_a_feature_must_be_known():
    with tf.Graph().as_default():
        features = {"label": tf.FixedLenFeature([1], tf.int64, tf.placeholder(tf.int64, [1]))}
        with pytest.raises(ValueError, match="not known before it runs"):
            tf.parse_single_example(tf.placeholder(tf.string, []), features)
