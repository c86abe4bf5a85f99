"""Golden programs for input queues: producers, `tf.train.batch`, coordinators, epochs."""

import numpy as np
from program_registry import dtype_name
from session_registry import error, program, static


def read(tf, fetch, count):
    """`count` runs of `fetch` with queue runners started; fewer, then the error's name, at the end of the epochs."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coordinator)
        values = []
        try:
            for _ in range(count):
                values.append(session.run(fetch))
        except tf.errors.OutOfRangeError as err:
            values.append(type(err).__name__)
        finally:
            coordinator.request_stop()
            coordinator.join(threads, stop_grace_period_secs=20)
        return values


@program()
def slice_input_producer(tf, slim):
    x, y = tf.train.slice_input_producer(
        [np.array([[1.0], [2.0], [3.0]]), np.array([7, 8, 9])], shuffle=False
    )
    return [static(x), dtype_name(x.dtype), static(y), read(tf, [x, y], 5)]


@program()
def slice_input_producer_for_some_epochs(tf, slim):
    x = tf.train.slice_input_producer([np.array([1.0, 2.0])], num_epochs=2, shuffle=False)[0]
    return [[v.op.name for v in tf.local_variables()], read(tf, x, 10)]


@program()
def slice_input_producer_shuffles_each_epoch(tf, slim):
    x = tf.train.slice_input_producer([np.arange(6)], num_epochs=2)[0]
    values = read(tf, x, 20)
    return [sorted(values[:6]), sorted(values[6:12]), values[12]]


@program()
def string_input_producer(tf, slim):
    name = tf.train.string_input_producer(["a", "b"], shuffle=False, num_epochs=2).dequeue()
    return [static(name), [v.decode() if isinstance(v, bytes) else v for v in read(tf, name, 9)]]


@program()
def range_input_producer(tf, slim):
    index = tf.train.range_input_producer(3, shuffle=False, num_epochs=1).dequeue()
    return [static(index), dtype_name(index.dtype), read(tf, index, 9)]


@program()
def batch_of_a_producer(tf, slim):
    x, y = tf.train.slice_input_producer([np.array([1.0, 2.0, 3.0, 4.0]), np.arange(4)], shuffle=False)
    xs, ys = tf.train.batch([x, y], batch_size=2)
    return [static(xs), static(ys), read(tf, [xs, ys], 3)]


@program()
def batch_drops_what_is_left_over(tf, slim):
    x = tf.train.slice_input_producer([np.arange(5)], shuffle=False, num_epochs=1)[0]
    return read(tf, tf.train.batch([x], 2), 9)


@program()
def batch_may_keep_a_smaller_last_one(tf, slim):
    x = tf.train.slice_input_producer([np.arange(5)], shuffle=False, num_epochs=1)[0]
    xs = tf.train.batch([x], 2, allow_smaller_final_batch=True)
    return [static(xs), read(tf, xs, 9)]


@program()
def batch_of_a_dictionary(tf, slim):
    x, y = tf.train.slice_input_producer([np.arange(4), np.arange(4) * 10], shuffle=False)
    return read(tf, tf.train.batch({"x": x, "y": y}, 3), 2)


@program()
def batch_of_batches(tf, slim):
    x = tf.constant([[1, 2], [3, 4], [5, 6]])
    xs = tf.train.batch([x], 2, enqueue_many=True)
    return [static(xs), read(tf, xs, 3)]


@program()
def shuffled_batches_keep_every_element(tf, slim):
    x, y = tf.train.slice_input_producer([np.arange(6), np.arange(6) * 10], num_epochs=1)
    xs, ys = tf.train.shuffle_batch([x, y], 2, capacity=10, min_after_dequeue=4)
    values = read(tf, [xs, ys], 9)
    together = all((10 * a == b).all() for a, b in values[:-1])
    return [static(xs), sorted(np.concatenate([a for a, _ in values[:-1]])), together, values[-1]]


@program()
def batch_needs_static_shapes(tf, slim):
    x = tf.placeholder_with_default([1.0, 2.0], [None])
    return error(lambda: tf.train.batch([x], 2), "All shapes must be fully defined")


@program()
def limit_epochs(tf, slim):
    x = tf.train.limit_epochs(tf.constant([1.0, 2.0]), num_epochs=3)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        values = [session.run(x) for _ in range(3)]
        return [values, error(lambda: session.run(x))[0], [v.op.name for v in tf.local_variables()]]


@program()
def epochs_need_local_variables(tf, slim):
    x = tf.train.limit_epochs(tf.constant(1.0), num_epochs=1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return error(lambda: session.run(x))[0]


@program()
def start_queue_runners_without_queues(tf, slim):
    tf.constant(1.0)
    with tf.Session() as session:
        coordinator = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess=session, coord=coordinator)
        before = coordinator.should_stop()
        coordinator.request_stop()
        coordinator.join(threads)
        return [threads, before, coordinator.should_stop()]


@program()
def coordinator_passes_an_exception_on(tf, slim):
    coordinator = tf.train.Coordinator()
    try:
        raise KeyError("stop")
    except KeyError as err:
        coordinator.request_stop(err)
    return [coordinator.should_stop(), error(lambda: coordinator.join([]))[0]]


@program()
def coordinator_swallows_the_end_of_the_input(tf, slim):
    coordinator = tf.train.Coordinator()
    with coordinator.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "the end")
    return [coordinator.should_stop(), coordinator.join([])]


@program()
def training_loop_over_queues(tf, slim):
    x, y = tf.train.slice_input_producer(
        [np.array([[1.0], [2.0]], np.float32), np.array([[2.0], [4.0]], np.float32)],
        shuffle=False,
        num_epochs=4,
    )
    xs, ys = tf.train.batch([x, y], 2)
    w = slim.fully_connected(
        xs, 1, activation_fn=None, biases_initializer=None, weights_initializer=tf.zeros_initializer()
    )
    train = slim.learning.create_train_op(
        tf.losses.mean_squared_error(ys, w), tf.train.GradientDescentOptimizer(0.1)
    )
    return read(tf, train, 9)
