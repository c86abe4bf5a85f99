"""Queues, readers and what slim makes of them: the facts of TensorFlow 1.15.5, and what only pulling can promise."""

import threading
import zlib

import input_runner
import numpy as np
import pytest

import slim_torch as slim
from slim_torch import tf
from slim_torch.records import tf_record_iterator

BEGINNINGS = ("queues_", "runner_", "batches_", "prefetched_", "producers_", "files_of_readers", "provider_")


@pytest.fixture(autouse=True)
def graph(request):
    if "key" in request.fixturenames:
        # The golden programs bring their own.
        yield None
        return
    with tf.Graph().as_default() as made:
        yield made


@pytest.mark.parametrize("key", input_runner.keys(*BEGINNINGS))
def test_program_gives_the_facts_that_tensorflow_gives(key):
    input_runner.check(key)


def test_shuffled_batches_are_the_same_in_each_session_with_a_seed_and_not_in_order():
    x = tf.train.range_input_producer(40, shuffle=False).dequeue()
    batch = tf.train.shuffle_batch([x], 10, capacity=40, min_after_dequeue=20, seed=1)
    runs = []
    for _ in range(2):
        with tf.Session() as session:
            runs.append(np.concatenate([session.run(batch) for _ in range(3)]).tolist())
    assert runs[0] == runs[1]
    assert runs[0] != sorted(runs[0])
    # 20 elements stay behind: none of the first batch comes from beyond the first 30.
    assert max(runs[0][:10]) < 30


def test_sessions_have_queues_of_their_own():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    put, size = queue.enqueue(1), queue.size()
    with tf.Session() as first, tf.Session() as second:
        first.run(put)
        assert [first.run(size), second.run(size)] == [1, 0]


def test_a_queue_without_a_runner_waits_for_another_thread():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[]])
    value = tf.placeholder(tf.int32, [])
    put, take = queue.enqueue(value), queue.dequeue_many(2)
    with tf.Session() as session:

        def fill():
            for number in (5, 6):
                session.run(put, {value: number})

        thread = threading.Timer(0.05, fill)
        thread.start()
        assert session.run(take).tolist() == [5, 6]
        thread.join()


def test_a_full_queue_waits_for_room():
    queue = tf.FIFOQueue(1, [tf.int32], shapes=[[]])
    value = tf.placeholder(tf.int32, [])
    put, take = queue.enqueue(value), queue.dequeue()
    with tf.Session() as session:
        session.run(put, {value: 1})
        thread = threading.Thread(target=session.run, args=(put, {value: 2}))
        thread.start()
        assert [session.run(take), session.run(take)] == [1, 2]
        thread.join()


def test_an_error_of_the_pipeline_reaches_the_run_that_needs_it():
    def refuse(value):
        raise ValueError("no")

    x = tf.py_func(refuse, [tf.constant(1)], tf.int32)
    x.set_shape([])
    batch = tf.train.batch([x], 2)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="no"):
        session.run(batch)


def test_values_that_a_queue_gave_are_nobody_elses():
    queue = tf.FIFOQueue(3, [tf.int32], shapes=[[2]])
    put, take = queue.enqueue(tf.constant([1, 2])), queue.dequeue()
    with tf.Session() as session:
        for _ in range(2):
            session.run(put)
            got = session.run(take)
            assert got.tolist() == [1, 2]
            got[:] = 9


def test_pipelines_of_queues_are_refused_inside_a_step(graph):
    with graph.step():
        with pytest.raises(RuntimeError, match=r"inside graph\.step"):
            tf.train.batch([np.zeros(2)], 2)
        with pytest.raises(RuntimeError, match=r"inside graph\.step"):
            tf.FIFOQueue(3, [tf.int32])


def test_parallel_readers_take_turns(tmp_path):
    for name in "ab":
        with tf.python_io.TFRecordWriter(tmp_path / name) as writer:
            for i in range(2):
                writer.write(f"{name}{i}".encode())
    _, record = slim.parallel_reader.parallel_read(
        str(tmp_path / "?"), tf.TFRecordReader, num_epochs=1, num_readers=2, shuffle=False
    )
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert [session.run(record) for _ in range(4)] == [b"a0", b"b0", b"a1", b"b1"]
        with pytest.raises(tf.errors.OutOfRangeError):
            session.run(record)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        pytest.param(lambda data: data[:-1], "truncated record", id="shortened"),
        pytest.param(lambda data: data[:5], "truncated record", id="within-the-header"),
        pytest.param(lambda data: data[:14] + b"X" + data[15:], "corrupted record", id="content"),
        pytest.param(lambda data: b"\xff" * 7 + data[7:], "corrupted record at 0", id="length"),
    ],
)
def test_damaged_records_are_data_loss(tmp_path, damage, message):
    path = tmp_path / "file"
    with tf.python_io.TFRecordWriter(path) as writer:
        writer.write(b"content")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(tf.errors.DataLossError, match=message):
        list(tf_record_iterator(path))


def test_damaged_compression_is_data_loss(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(zlib.compress(b"x" * 100)[:-9] + b"garbage!!")
    with pytest.raises(tf.errors.DataLossError):
        list(tf_record_iterator(path, "ZLIB"))


def test_items_that_a_dataset_was_not_made_with_are_named():
    dataset = slim.dataset.Dataset(["f"], tf.TFRecordReader, None, 3, {}, num_classes=2)
    assert (dataset.num_classes, dataset.num_samples) == (2, 3)
    with pytest.raises(AttributeError, match="num_classes"):
        dataset.labels_to_names  # noqa: B018 - raises
