"""Programs about metrics and sets, written as TensorFlow's own tests of them are: for TensorFlow and slim_torch.

Each is a function of `(tf, slim)` that returns facts; see `session_registry.py`, whose `run` makes them fit for JSON.
"""

import functools

import numpy as np
from session_registry import Program

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = Program(function, None, False)
    return function


# Help


def queue_of(tf, session, dtype, values, shape):
    """A tensor that gives one of the values at each run, as the tests' `_enqueue_vector` has it."""
    queue = tf.FIFOQueue(len(values), dtypes=dtype, shapes=shape)
    for value in values:
        session.run(queue.enqueue(tf.constant([value], dtype=dtype, shape=shape)))
    return queue.dequeue()


def ran(session, tf, result, times=1):
    """Value before, what the updates gave, value after; the value twice, for it is no update."""
    value, update = result
    session.run(tf.local_variables_initializer())
    facts = [session.run(value)]
    facts += [session.run(update) for _ in range(times)]
    return facts + [session.run(value), value.eval()]


def sparse_labels(tf, rows, width=None):
    indices = [[row, place] for row, labels in enumerate(rows) for place in range(len(labels))]
    values = [label for labels in rows for label in labels]
    size = width or max(len(labels) for labels in rows)
    return tf.SparseTensor(
        np.array(indices, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array([len(rows), size], np.int64),
    )


def outcome(function):
    try:
        return function()
    except Exception as err:
        return type(err).__name__


# Streaming


@program
def mean_of_a_queue(tf, slim):
    with tf.Session() as session:
        values = queue_of(tf, session, tf.float32, [[0, 1], [-4.2, 9.1], [6.5, 0], [-3.2, 4.0]], (1, 2))
        mean, update = slim.metrics.streaming_mean(values)
        tf.local_variables_initializer().run()
        return [session.run(update) for _ in range(4)] + [mean.eval()]


@program
def weighted_mean_of_queues(tf, slim):
    with tf.Session() as session:
        values = queue_of(tf, session, tf.float32, [[0, 1], [-4.2, 9.1], [6.5, 0], [-3.2, 4.0]], (1, 2))
        weights = queue_of(tf, session, tf.float32, [[1], [0], [1], [0]], (1, 1))
        mean, update = slim.metrics.streaming_mean(values, weights)
        tf.local_variables_initializer().run()
        return [update.eval() for _ in range(4)] + [mean.eval()]


@program
def mean_tensor_of_a_queue(tf, slim):
    with tf.Session() as session:
        values = queue_of(tf, session, tf.float32, [[0, 1], [-4.2, 9.1], [6.5, 0], [-3.2, 4.0]], (1, 2))
        weights = queue_of(tf, session, tf.float32, [[1, 0], [0, 1], [0, 1], [0, 0]], (1, 2))
        mean, update = tf.metrics.mean_tensor(values, weights=weights)
        tf.local_variables_initializer().run()
        return [update.eval() for _ in range(4)] + [mean.eval(), mean.get_shape().as_list()]


@program
def collections(tf, slim):
    values = tf.constant([[1.0, 2.0]])
    mean, update = slim.metrics.streaming_mean(
        values, metrics_collections=["my_collection1"], updates_collections=["my_collection2"]
    )
    accuracy, accuracy_update = slim.metrics.streaming_accuracy(
        tf.ones((10, 1)), tf.ones((10, 1)), updates_collections="my_collection2", name="my_accuracy"
    )
    return [
        [tensor.name for tensor in tf.get_collection("my_collection1")],
        [tensor.name for tensor in tf.get_collection("my_collection2")],
        [mean.name, update.name, accuracy.name, accuracy_update.name],
        [mean.op.type == update.op.type, mean.dtype.name, mean.get_shape().as_list()],
        [variable.name for variable in tf.local_variables()],
        [variable.name for variable in tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)],
        len(tf.global_variables()),
    ]


@program
def values_are_idempotent(tf, slim):
    """The value does not change when it is read, whatever is drawn for it."""
    with tf.Session() as session:
        predictions = tf.random_uniform((10, 3), maxval=3, dtype=tf.int64, seed=1)
        labels = tf.random_uniform((10, 3), maxval=3, dtype=tf.int64, seed=1)
        found = []
        for result in (
            slim.metrics.streaming_accuracy(predictions, labels),
            slim.metrics.streaming_precision(predictions, labels),
            slim.metrics.streaming_mean_iou(predictions, labels, num_classes=3),
            slim.metrics.streaming_auc(tf.cast(predictions, tf.float32) / 3, labels > 0),
        ):
            session.run(tf.local_variables_initializer())
            for _ in range(3):
                session.run(result[1])
            first = result[0].eval()
            found.append(all(result[0].eval() == first for _ in range(3)))
        return found


@program
def auc_of_known_predictions(tf, slim):
    predictions = tf.constant([0.2, 0.1, 0.4, 0.9], shape=(1, 4), dtype=tf.float32)
    labels = tf.constant([0, 1, 1, 1], shape=(1, 4))
    with tf.Session() as session:
        return [
            ran(session, tf, slim.metrics.streaming_auc(predictions, labels, curve=curve))
            for curve in ("ROC", "PR")
        ]


@program
def sensitivity_and_specificity(tf, slim):
    predictions = tf.constant([0.0, 0.2, 0.4, 0.6, 0.8, 0.25, 0.45, 0.55, 0.75, 0.95])
    labels = tf.constant([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    weights = tf.constant(np.arange(1.0, 11.0), tf.float32)
    with tf.Session() as session:
        return [
            ran(session, tf, function(predictions, labels, rate, weights=w))
            for function, rate in (
                (slim.metrics.streaming_sensitivity_at_specificity, 0.7),
                (slim.metrics.streaming_specificity_at_sensitivity, 0.8),
            )
            for w in (None, weights)
        ]


@program
def thresholds_at_the_ends(tf, slim):
    predictions, labels = tf.constant([[1, 0, 1, 0]], dtype=tf.float32), tf.constant([[0, 1, 1, 0]])
    thresholds = [-1.0, 0, 0.5, 1.0, 2.0]
    with tf.Session() as session:
        return [
            ran(session, tf, function(predictions, labels, thresholds))
            for function in (
                slim.metrics.streaming_precision_at_thresholds,
                slim.metrics.streaming_recall_at_thresholds,
                slim.metrics.streaming_false_positive_rate_at_thresholds,
                slim.metrics.streaming_false_negative_rate_at_thresholds,
            )
        ]


@program
def booleans_by_a_feed(tf, slim):
    labels, predictions = tf.placeholder(tf.int32, (None,)), tf.placeholder(tf.bool)
    precision, update = slim.metrics.streaming_precision(predictions, labels)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        given = [session.run(update, {labels: [0, 1, 1], predictions: row}) for row in ([1, 1, 0], [0, 1, 1])]
        return given + [precision.eval()]


@program
def recall_at_k_of_sparse_labels(tf, slim):
    predictions = tf.constant(
        [
            [0.5, 0.1, 0.6, 0.3, 0.8, 0.0, 0.7, 0.2, 0.4, 0.9],
            [0.3, 0.0, 0.7, 0.2, 0.4, 0.9, 0.5, 0.8, 0.1, 0.6],
        ]
    )
    rows = [[2, 7, 8], [1, 2, 5]]
    with tf.Session() as session:
        found = []
        for labels in (tf.constant(rows, tf.int64), sparse_labels(tf, rows)):
            for class_id in (None, 2, 5, 9):
                for k in (1, 5):
                    for function in (
                        slim.metrics.streaming_sparse_recall_at_k,
                        slim.metrics.streaming_sparse_precision_at_k,
                    ):
                        result = function(predictions, labels, k=k, class_id=class_id)
                        found.append(ran(session, tf, result)[1:])
        return found


@program
def uneven_sparse_labels(tf, slim):
    predictions = tf.constant([[0.2, 0.8, 0.5, 0.1], [0.7, 0.3, 0.6, 0.9], [0.1, 0.2, 0.3, 0.4]])
    rows = [[1], [3, 0, 2], []]
    weights = tf.constant([1.0, 2.0, 3.0])
    with tf.Session() as session:
        labels = sparse_labels(tf, rows)
        top = tf.nn.top_k(predictions, 2)[1]
        return [
            ran(session, tf, function())
            for function in (
                lambda: slim.metrics.streaming_sparse_recall_at_k(predictions, labels, k=2),
                lambda: slim.metrics.streaming_sparse_precision_at_k(
                    predictions, labels, k=2, weights=weights
                ),
                lambda: slim.metrics.streaming_sparse_average_precision_at_k(predictions, labels, k=3),
                lambda: slim.metrics.streaming_sparse_average_precision_at_k(
                    predictions, labels, 3, weights=weights
                ),
                lambda: slim.metrics.streaming_sparse_precision_at_top_k(tf.cast(top, tf.int64), labels),
                lambda: tf.metrics.recall_at_k(labels, predictions, 2, class_id=3),
                lambda: tf.metrics.precision_at_k(labels, predictions, 2, class_id=3),
                lambda: tf.metrics.average_precision_at_k(labels, predictions, 2),
                lambda: slim.metrics.sparse_recall_at_top_k(labels, tf.cast(top, tf.int64)),
            )
        ]


@program
def sparse_labels_by_a_feed(tf, slim):
    predictions, labels = tf.placeholder(tf.float32, [None, 4]), tf.sparse_placeholder(tf.int64)
    recall, update = slim.metrics.streaming_sparse_recall_at_k(predictions, labels, k=2)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        found = []
        for count in (2, 3):
            scores = np.cos(np.arange(count * 4.0).reshape(count, 4))
            fed = tf.SparseTensorValue([[row, 0] for row in range(count)], np.arange(count), [count, 1])
            found.append(session.run(update, {predictions: scores, labels: fed}))
        return found + [recall.eval()]


@program
def mean_iou_of_queues(tf, slim):
    with tf.Session() as session:
        predictions = queue_of(tf, session, tf.int32, [[0], [1], [2], [1], [0]], (1, 1))
        labels = queue_of(tf, session, tf.int32, [[0], [1], [1], [2], [1]], (1, 1))
        iou, update = slim.metrics.streaming_mean_iou(predictions, labels, 3)
        tf.local_variables_initializer().run()
        return [session.run(update) for _ in range(5)] + [iou.eval()]


@program
def concat_of_feeds(tf, slim):
    values = tf.placeholder(tf.int32, [None])
    concatenated, update = slim.metrics.streaming_concat(values, max_size=6)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        found = [concatenated.eval()]
        for feed in ([0, 1, 2], [3, 4], [5, 6, 7, 8]):
            session.run([update], {values: feed})
            found.append(concatenated.eval())
        return found + [concatenated.get_shape().as_list()]


@program
def counts_of_feeds(tf, slim):
    values = tf.placeholder(tf.float32, [None])
    count, update = slim.metrics.count(values, weights=values)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        return [session.run(update, {values: feed}) for feed in ([1, 2], [0.5])] + [count.eval()]


@program
def covariance_and_correlation_of_feeds(tf, slim):
    predictions, labels = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    results = [
        slim.metrics.streaming_covariance(predictions, labels),
        slim.metrics.streaming_pearson_correlation(predictions, labels),
    ]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        found = []
        for batch in range(3):
            feed = {predictions: np.cos(np.arange(10) + batch), labels: np.sin(np.arange(10) * 2 + batch)}
            found.append(session.run([update for _, update in results], feed))
        return found + [session.run([value for value, _ in results])]


@program
def kappa_of_confusion(tf, slim):
    matrix = np.array([[9, 3, 1], [4, 8, 2], [2, 1, 6]])
    pairs = [(row, column) for row in range(3) for column in range(3) for _ in range(matrix[row, column])]
    labels, predictions = np.array(pairs).T
    with tf.Session() as session:
        return [
            ran(
                session,
                tf,
                slim.metrics.cohen_kappa(tf.constant(labels), tf.constant(predictions), 3, weights),
            )
            for weights in (None, tf.constant(np.arange(len(labels)) % 3))
        ]


@program
def metrics_in_a_map(tf, slim):
    predictions, labels = tf.constant([1.0, 3.0]), tf.constant([2.0, 1.0])
    values, updates = slim.metrics.aggregate_metric_map(
        {
            "mae": slim.metrics.streaming_mean_absolute_error(predictions, labels),
            "rmse": slim.metrics.streaming_root_mean_squared_error(predictions, labels),
        }
    )
    both = slim.metrics.aggregate_metrics(
        slim.metrics.streaming_mean(predictions), slim.metrics.streaming_mean(labels)
    )
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        return [
            sorted(session.run(updates).items()),
            sorted(session.run(values).items()),
            session.run(both[1]),
            session.run(both[0]),
            [variable.op.name for variable in tf.local_variables()],
            outcome(slim.metrics.aggregate_metrics),
        ]


@program
def updates_by_evaluation_hooks(tf, slim):
    """The way evaluate_once runs them: an eval op many times, a final op once."""
    values = tf.placeholder(tf.float32, [2])
    mean, update = slim.metrics.streaming_mean(values)
    errors, errors_update = slim.metrics.streaming_mean_squared_error(values, tf.zeros([2]))
    eval_op = tf.group(update, errors_update)
    with tf.train.SingularMonitoredSession() as session:
        for batch in range(3):
            session.run(eval_op, {values: [batch, 1]})
        return session.run([mean, errors])


@program
def a_metric_in_a_variable_scope(tf, slim):
    with tf.variable_scope("eval", reuse=tf.AUTO_REUSE):
        first = slim.metrics.streaming_mean(tf.constant(1.0))
        second = tf.metrics.mean(tf.constant(2.0), name="mine")
    third = tf.metrics.mean(tf.constant(2.0), name="mine")
    return [
        [variable.name for variable in tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES, scope="eval")],
        [variable.name for variable in tf.local_variables()],
        [tensor.name for result in (first, second, third) for tensor in result],
    ]


@program
def metric_variables_alone_are_reset(tf, slim):
    counter = tf.get_local_variable("counter", initializer=0.0, trainable=False)
    mean, update = slim.metrics.streaming_mean(tf.constant(4.0), name="m")
    reset = tf.variables_initializer(tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES, scope="m/"))
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run([update, tf.assign_add(counter, 5.0)])
        before = session.run([mean, counter])
        session.run(reset)
        return [before, session.run([mean, counter])]


@program
def uninitialized_metrics(tf, slim):
    mean, update = slim.metrics.streaming_mean(tf.constant(4.0))
    with tf.Session() as session:
        return [outcome(lambda: session.run(mean)), outcome(lambda: session.run(update))]


# Inputs of all kinds


SCORES = [[0.5, 0.1, 0.6, 0.3, 0.8, 0.0, 0.7], [0.3, 0.0, 0.7, 0.2, 0.4, 0.9, 0.5]]


@program
def arrays_and_lists_as_inputs(tf, slim):
    labels, predictions = np.array([[1, 0, 1]]), np.array([[1, 1, 1]])
    with tf.Session() as session:
        return [
            ran(session, tf, build())
            for build in (
                lambda: slim.metrics.streaming_mean([1.0, 2.0]),
                lambda: slim.metrics.streaming_mean(3),
                lambda: slim.metrics.streaming_mean(np.array([1.0, 4.0])),
                lambda: slim.metrics.streaming_mean([1.0, 2.0], weights=[0.0, 3.0]),
                lambda: slim.metrics.streaming_mean(tf.constant([1.0, 2.0]), weights=2),
                lambda: slim.metrics.streaming_accuracy(
                    tf.constant(predictions), tf.constant(labels), [[1, 2, 3]]
                ),
                lambda: tf.metrics.true_positives(labels, predictions),
                lambda: tf.metrics.precision([0, 1], [1, 1], weights=[[1.0], [2.0]][0]),
                lambda: tf.metrics.recall_at_k(np.array([[2], [5]]), np.array(SCORES, np.float32), 2),
                lambda: tf.metrics.precision_at_k(np.array([2, 5]), np.array(SCORES, np.float32), 2),
                lambda: tf.metrics.auc(np.array([0, 1, 1]), np.array([0.1, 0.4, 0.35])),
                lambda: tf.metrics.percentage_below([1.0, 2.0], 1.5),
            )
        ]


@program
def a_value_of_a_sparse_tensor_as_labels(tf, slim):
    labels = tf.SparseTensorValue(
        np.array([[0, 0], [0, 1], [1, 0]], np.int64),
        np.array([2, 4, 5], np.int64),
        np.array([2, 2], np.int64),
    )
    scores = tf.constant(SCORES)
    with tf.Session() as session:
        return [
            ran(session, tf, function())
            for function in (
                lambda: slim.metrics.streaming_sparse_recall_at_k(scores, labels, k=2),
                lambda: slim.metrics.streaming_sparse_precision_at_k(scores, labels, k=2, weights=[1.0, 0.5]),
                lambda: slim.metrics.streaming_sparse_average_precision_at_k(scores, labels, k=2),
                lambda: tf.metrics.precision_at_top_k(labels, tf.constant([[2], [1]], tf.int64), class_id=2),
            )
        ]


@program
def sparse_labels_of_three_axes(tf, slim):
    scores = tf.constant(np.cos(np.arange(24.0)).reshape(2, 3, 4), tf.float32)
    indices = [[0, 0, 0], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 2, 0], [1, 2, 1]]
    labels = tf.SparseTensor(indices, tf.constant([1, 0, 3, 2, 2, 0], tf.int64), [2, 3, 2])
    with tf.Session() as session:
        found = []
        for weights in (None, [[1.0, 0.0, 2.0], [0.5, 1.0, 1.0]], 2.0):
            for function in (
                tf.metrics.recall_at_k,
                tf.metrics.precision_at_k,
                tf.metrics.average_precision_at_k,
            ):
                found.append(ran(session, tf, function(labels, scores, 2, weights=weights)))
        return found


@program
def weights_of_unknown_rank(tf, slim):
    weights = tf.placeholder(tf.float32)
    values = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    flags = values > 1.5
    builds = [
        lambda: slim.metrics.streaming_mean(values, weights),
        lambda: slim.metrics.streaming_mean_tensor(values, weights),
        lambda: slim.metrics.streaming_mean_squared_error(values, values / 2, weights),
        lambda: slim.metrics.streaming_recall(flags, tf.ones([2, 2]), weights),
        lambda: slim.metrics.streaming_auc(values / 5, flags, weights),
        lambda: slim.metrics.streaming_precision_at_thresholds(values / 5, flags, [0.3, 0.5], weights),
        lambda: slim.metrics.streaming_covariance(values, values / 2, weights),
        lambda: tf.metrics.accuracy(flags, tf.ones([2, 2], tf.bool), weights),
        lambda: tf.metrics.mean_cosine_distance(values, values / 2, 1, weights),
        lambda: slim.metrics.count(values, weights),
    ]
    found = []
    with tf.Session() as session:
        for build in builds:
            value, update = build()
            session.run(tf.local_variables_initializer())
            for fed in (2.0, [[1.0], [0.5]], [[1.0, 0.0], [0.5, 2.0]]):
                found.append(outcome(functools.partial(session.run, update, {weights: fed})))
            found.append(session.run(value))
            found.append(outcome(functools.partial(session.run, update, {weights: [1.0, 2.0, 3.0]})))
    return found


@program
def values_of_unknown_shape(tf, slim):
    labels, predictions = tf.placeholder(tf.int64), tf.placeholder(tf.int64)
    results = [
        slim.metrics.streaming_accuracy(predictions, labels),
        slim.metrics.streaming_precision(predictions, labels),
        tf.metrics.mean_absolute_error(labels, predictions),
        slim.metrics.streaming_mean(predictions),
        slim.metrics.streaming_auc(tf.cast(predictions, tf.float32) / 3, labels > 0, num_thresholds=5),
        slim.metrics.streaming_false_positives(predictions, labels),
    ]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        for fed in ([1, 2, 0], [[1, 1], [0, 2]]):
            session.run([update for _, update in results], {labels: fed, predictions: np.array(fed)[::-1]})
        return [session.run([value for value, _ in results]), results[0][0].get_shape().as_list()]


@program
def variables_as_inputs(tf, slim):
    labels = tf.Variable([0, 1, 1], collections=[tf.GraphKeys.LOCAL_VARIABLES])
    predictions = tf.Variable([0.2, 0.3, 0.9], collections=[tf.GraphKeys.LOCAL_VARIABLES])
    with tf.Session() as session:
        return [
            ran(session, tf, build())
            for build in (
                lambda: slim.metrics.streaming_auc(predictions, labels),
                lambda: slim.metrics.streaming_dynamic_auc(labels, predictions, curve="PR"),
                lambda: slim.metrics.streaming_mean(predictions),
                lambda: slim.metrics.streaming_precision_at_thresholds(predictions, labels, [0.25, 0.5]),
            )
        ]


@program
def logits_of_a_model(tf, slim):
    """The script of every slim evaluation: argmax, labels, a map of metrics, their values as summaries."""
    images = tf.placeholder(tf.float32, [None, 4, 4, 3])
    labels = tf.placeholder(tf.int64, [None, 1])
    net = slim.flatten(images)
    logits = slim.fully_connected(net, 5, activation_fn=None, weights_initializer=tf.ones_initializer())
    logits = logits * tf.constant([1.0, -1.0, 2.0, 0.5, 0.0])
    predictions = tf.argmax(logits, 1)
    squeezed = tf.squeeze(labels)
    values, updates = slim.metrics.aggregate_metric_map(
        {
            "Accuracy": slim.metrics.streaming_accuracy(predictions, squeezed),
            "Recall_2": slim.metrics.streaming_recall_at_k(logits, squeezed, 2),
            "Recall_3": slim.metrics.streaming_sparse_recall_at_k(logits, labels, 3),
            "MeanIOU": tf.metrics.mean_iou(labels, predictions[:, tf.newaxis], 5),
            "PerClass": tf.metrics.mean_per_class_accuracy(tf.reshape(labels, [-1]), predictions, 5),
        }
    )
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        for batch in range(3):
            pixels = np.cos(np.arange(4 * 48.0)).reshape(4, 4, 4, 3) + batch - 1
            session.run(list(updates.values()), {images: pixels, labels: np.arange(4).reshape(4, 1)})
        found = session.run(values)
        return [[name, found[name]] for name in sorted(found)] + [
            [variable.op.name for variable in tf.local_variables()]
        ]


@program
def batches_of_other_sizes(tf, slim):
    labels, predictions = tf.placeholder(tf.bool, [None]), tf.placeholder(tf.float32, [None])
    results = [
        slim.metrics.streaming_dynamic_auc(labels, predictions),
        slim.metrics.auc_using_histogram(labels, predictions, [0.0, 1.0], nbins=8),
        slim.metrics.f1_score(labels, predictions, num_thresholds=9),
        slim.metrics.recall_at_precision(labels, predictions, 0.6, num_thresholds=9),
    ]
    data, update = slim.metrics.auc_with_confidence_intervals(labels, predictions)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        found = []
        for count in (3, 5, 4):
            scores = (np.cos(np.arange(count) * 2.0 + count) + 1) / 2
            feed = {labels: np.arange(count) % 2 == 0, predictions: scores}
            session.run([update] + [one for _, one in results], feed)
            # In TensorFlow some values look at the batch too, whether it has both classes.
            found.append([session.run([value for value, _ in results], feed), list(session.run(data, feed))])
        return found


@program
def strings_and_other_dtypes(tf, slim):
    def words():
        return tf.constant([b"a", b"b", b"c"]), tf.constant([b"a", b"x", b"c"])

    with tf.Session() as session:
        return [
            ran(session, tf, build())
            for build in (
                lambda: tf.metrics.accuracy(*words()),
                lambda: slim.metrics.streaming_accuracy(*words(), weights=tf.constant([1.0, 2.0, 3.0])),
                lambda: tf.metrics.mean(tf.constant([True, False])),
                lambda: tf.metrics.accuracy(tf.constant([True, False]), tf.constant([1, 0])),
                lambda: tf.metrics.accuracy(tf.constant([1.0, 2.0]), tf.constant([1, 0])),
                lambda: tf.metrics.mean_iou(tf.constant([0, 1]), tf.constant([0, 1]), tf.constant(2)),
                lambda: tf.metrics.mean_iou(tf.constant([0.0, 1.0]), tf.constant([0, 1]), 2),
            )
        ] + [session.run(slim.metrics.accuracy(*words()))]


# Errors


@program
def shapes_and_thresholds_that_do_not_fit(tf, slim):
    metrics, ones = slim.metrics, tf.ones
    return [
        outcome(function)
        for function in (
            lambda: metrics.streaming_accuracy(ones((10, 3)), ones((10, 4))),
            lambda: metrics.streaming_accuracy(ones((10, 3)), ones((10, 3)), weights=ones((9, 3))),
            lambda: metrics.streaming_mean_absolute_error(ones((10, 3)), ones((10, 4))),
            lambda: metrics.streaming_mean_relative_error(ones((10, 3)), ones((10, 3)), ones((10, 4))),
            lambda: metrics.streaming_precision(ones((10, 2)), ones((10, 3))),
            lambda: metrics.streaming_sensitivity_at_specificity(ones(4), ones(4), 1.5),
            lambda: metrics.streaming_specificity_at_sensitivity(ones(4), ones(4), -0.1),
            lambda: metrics.recall_at_precision(ones(4), ones(4), 2.0),
            lambda: metrics.precision_at_recall(ones(4), ones(4), -1.0),
            lambda: metrics.streaming_auc(ones(4), ones(4), curve="TEST"),
            lambda: metrics.streaming_mean_iou(ones((10, 3)), ones((10, 4)), 2),
            lambda: metrics.streaming_mean_iou(ones((10,)), ones((10,)), 2, weights=ones((9,))),
            lambda: metrics.streaming_concat(tf.constant(1.0)),
            lambda: metrics.streaming_concat(ones((2, 3)), axis=2),
            lambda: metrics.streaming_concat(tf.placeholder(tf.float32)),
            lambda: metrics.cohen_kappa(ones((10, 2)), ones((10, 2)), 3),
            lambda: metrics.cohen_kappa(ones(10), ones(10), 1),
            lambda: metrics.streaming_sparse_recall_at_k(ones((2, 3)), tf.ones((2, 1), tf.int64), k=4),
            lambda: metrics.streaming_recall_at_k(ones((2, 3)), tf.zeros(2, tf.int64), k=2)[0].op.name,
            lambda: metrics.auc_with_confidence_intervals(ones(3), ones(3), alpha=1.0),
            lambda: metrics.accuracy(ones(3), tf.ones(3, tf.int32)),
            lambda: metrics.aggregate_metric_map({"a": (1, 2, 3)}),
        )
    ]


@program
def values_out_of_range(tf, slim):
    with tf.Session() as session:
        found = []
        for build in (
            lambda feed: slim.metrics.streaming_mean_iou(feed, feed, 2),
            lambda feed: tf.metrics.mean_per_class_accuracy(feed, feed, 2),
            lambda feed: slim.metrics.cohen_kappa(feed, feed, 2),
            lambda feed: slim.metrics.streaming_dynamic_auc(feed, tf.cast(feed, tf.float32)),
            lambda feed: slim.metrics.auc_with_confidence_intervals(feed, tf.cast(feed, tf.float32)),
            lambda feed: slim.metrics.precision_recall_at_equal_thresholds(
                feed > 0, tf.cast(feed, tf.float32)
            ),
        ):
            feed = tf.placeholder(tf.int64, [None])
            _, update = build(feed)
            session.run(tf.local_variables_initializer())
            for values in ([0, 1], [0, 2], [-1, 0]):
                run = functools.partial(session.run, update, {feed: values})
                found.append(outcome(run))
        return [item if isinstance(item, str) else "ran" for item in found]


@program
def precision_recall_data(tf, slim):
    data, update = slim.metrics.precision_recall_at_equal_thresholds(
        tf.constant([[True, False], [True, True]]), tf.constant([[0.2, 0.5], [0.8, 1.0]]), num_thresholds=5
    )
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(update)
        session.run(update)
        found = session.run(data)
        return [list(data._fields), type(found).__name__, list(found), data.tp.get_shape().as_list()]


@program
def areas_and_their_intervals(tf, slim):
    found = []
    for labels, predictions, weights in (
        ([1, 0, 1, 0], [0.1, 0.5, 0.7, 0.2], None),
        ([1, 0, 1, 0, 0], [0.1, 0.1, 0.7, 0.2, 0.7], None),
        ([1, 0, 1, 0, 0], [0.1, 0.1, 0.7, 0.2, 0.7], [1.0, 1.0, 2.0, 1.0, 3.0]),
        ([1, 0, 0], [0.1, 0.5, 0.05], None),
        ([1, 1], [0.1, 0.5], None),
        ([1, 1, 0, 0, 0], [0.3, 0.6, 0.1, 0.4, 0.5], [1.0, 1.0, 1.0, 1.0, 0.0]),
    ):
        given = [tf.constant(labels), tf.constant(predictions)]
        data, update = slim.metrics.auc_with_confidence_intervals(*given, weights=weights)
        curves = [
            slim.metrics.streaming_dynamic_auc(*given, curve=curve, weights=weights)
            for curve in ("ROC", "PR")
        ]
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            found.append([session.run([update, [u for _, u in curves]])[0]])
            found.append([list(session.run(data)), session.run([value for value, _ in curves])])
    return found


# Sets


@program
def sets_of_dense_and_sparse(tf, slim):
    a = tf.constant([[1, 2, 2], [3, 3, 9]], tf.int64)
    b = tf.constant([[1, 9], [3, 9]], tf.int64)
    c = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 1, 9], tf.int64), [2, 3])
    functions = [tf.sets.set_intersection, tf.sets.set_difference, tf.sets.set_union, slim.metrics.set_union]
    made = [function(x, y) for function in functions for x, y in ((a, b), (a, c), (c, b), (c, c))]
    made += [tf.sets.set_difference(a, c, aminusb=False), tf.sets.set_difference(c, b, False)]
    text = tf.constant([[b"a", b"b", b"a"]])
    made.append(tf.sets.set_union(text, text))
    made.append(tf.sets.set_intersection(tf.zeros([2, 3, 2], tf.int32), tf.ones([2, 3, 1], tf.int32)))
    made.append(tf.sets.union(tf.placeholder_with_default(a, [None, 3]), b))
    made.append(tf.sets.difference(tf.placeholder_with_default(a, None), b))
    with tf.Session() as session:
        return [
            [tensor.indices.name, tensor.get_shape().ndims, tensor.dtype.name, list(session.run(tensor))]
            for tensor in made
        ] + [
            session.run(tf.sets.set_size(c)),
            tf.sets.set_size(c).name,
            session.run(tf.sets.set_size(made[0])),
        ]


@program
def sets_that_do_not_fit(tf, slim):
    a = tf.constant([[1, 2, 2], [3, 3, 9]], tf.int64)
    unordered = tf.SparseTensor([[1, 0], [0, 1]], tf.constant([1, 9], tf.int64), [2, 3])
    with tf.Session() as session:
        return [
            outcome(function)
            for function in (
                lambda: tf.sets.set_union(a, tf.constant([[b"a"], [b"b"]])),
                lambda: tf.sets.set_union(a, tf.constant([1, 2], tf.int64)),
                lambda: tf.sets.set_union(tf.constant([1, 2]), tf.constant([1, 2])),
                lambda: tf.sets.set_union(tf.ones([2, 2]), tf.ones([2, 2])),
                lambda: tf.sets.set_union(a, a[:1]),
                lambda: tf.sets.set_size(a),
                lambda: session.run(tf.sets.set_size(unordered)),
                lambda: session.run(tf.sets.set_union(a, unordered)),
            )
        ]
