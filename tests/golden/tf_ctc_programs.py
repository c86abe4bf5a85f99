"""Programs about CTC and edit distance: functions of `(tf, slim)` that return facts; see `session_registry.py`.

TensorFlow's answers are in `tf_programs.json`.
"""

import collections

import numpy as np
from session_registry import error
from values import value_for

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def logits(steps=6, batch=3, classes=4):
    return value_for(f"logits/{steps}/{batch}/{classes}", [steps, batch, classes]) * np.float32(3)


def labels(tf, rows):
    indices = [[i, j] for i, row in enumerate(rows) for j in range(len(row))]
    values = np.array([label for row in rows for label in row], np.int32)
    return tf.SparseTensor(indices, values, [len(rows), max(map(len, rows))])


ROWS = [[0, 1], [2, 2, 1], [1]]


def loss_and_gradient(tf, rows, lengths, **kwargs):
    x = tf.placeholder(tf.float32, [None, None, 4])
    loss = tf.nn.ctc_loss(labels(tf, rows), x, tf.constant(lengths), **kwargs)
    (gradient,) = tf.gradients(loss * tf.constant([1.0, 2.0, 3.0]), [x])
    given = logits() if kwargs.get("time_major", True) else np.transpose(logits(), [1, 0, 2])
    with tf.Session() as session:
        return [loss.op.name, loss.get_shape().ndims] + session.run([loss, gradient], {x: given})


@program
def loss(tf, slim):
    return loss_and_gradient(tf, ROWS, [6, 5, 3])


@program
def loss_of_batch_major_inputs(tf, slim):
    return loss_and_gradient(tf, ROWS, [6, 6, 6], time_major=False)


@program
def loss_of_collapsed_labels(tf, slim):
    return loss_and_gradient(tf, ROWS, [6, 6, 6], preprocess_collapse_repeated=True)


@program
def loss_where_repeats_leave_too_few_steps(tf, slim):
    facts = loss_and_gradient(tf, ROWS, [6, 3, 3])
    return [np.isinf(facts[2]), facts[3]]


@program
def loss_of_longer_labels_ignored(tf, slim):
    return loss_and_gradient(tf, ROWS, [6, 2, 3], ignore_longer_outputs_than_inputs=True)


@program
def loss_by_its_other_name(tf, slim):
    x = tf.constant(logits())
    with tf.Session() as session:
        return session.run(tf.nn.ctc_loss(labels=labels(tf, ROWS), logits=x, sequence_length=[6, 6, 6]))


@program
def loss_refused(tf, slim):
    x = tf.constant(logits())
    session = tf.Session()
    return [
        error(lambda: tf.nn.ctc_loss(tf.constant([1]), x, [6, 6, 6]), "to be a SparseTensor"),
        error(lambda: session.run(tf.nn.ctc_loss(labels(tf, ROWS), x, [6, 7, 6])), "sequence_length(1) <= 6"),
        error(
            lambda: session.run(tf.nn.ctc_loss(labels(tf, [[1], [], [1]]), x, [6, 6, 6])),
            "Labels length is zero",
        ),
        error(
            lambda: session.run(tf.nn.ctc_loss(labels(tf, ROWS), x, [6, 2, 6])), "Not enough time for target"
        ),
    ]


def decoded(tf, made):
    found, scores = made
    with tf.Session() as session:
        values, scores = session.run([found, scores])
    return [[v.indices, v.values, v.dense_shape, str(v.values.dtype)] for v in values], scores


@program
def greedy(tf, slim):
    return decoded(tf, tf.nn.ctc_greedy_decoder(tf.constant(logits()), [6, 4, 5]))


@program
def greedy_keeps_repeats(tf, slim):
    return decoded(tf, tf.nn.ctc_greedy_decoder(tf.constant(logits(9)), [9, 9, 0], merge_repeated=False))


@program
def beams(tf, slim):
    return decoded(
        tf, tf.nn.ctc_beam_search_decoder(tf.constant(logits()), [6, 4, 5], beam_width=8, top_paths=3)
    )


@program
def beams_keep_repeats(tf, slim):
    x = tf.constant(logits(9))
    return decoded(tf, tf.nn.ctc_beam_search_decoder(x, [9, 7, 1], 5, 2, merge_repeated=False))


@program
def distance(tf, slim):
    ours = tf.SparseTensor([[0, 0], [0, 1], [1, 0], [3, 0]], np.array([1, 2, 3, 4], np.int64), [4, 2])
    truth = tf.SparseTensor([[0, 0], [1, 0], [1, 1], [2, 0]], np.array([1, 3, 4, 9], np.int64), [4, 2])
    with tf.Session() as session:
        values = session.run([tf.edit_distance(ours, truth, normalize=False), tf.edit_distance(ours, truth)])
        return [values[0], np.isinf(values[1]), values[1][:3], tf.edit_distance(truth, ours).op.name]


@program
def distance_refused(tf, slim):
    ours = tf.SparseTensor([[0, 0]], np.array([1], np.int64), [1, 2])
    return [error(lambda: tf.edit_distance(ours, tf.constant([[1]])), "Truth must be a SparseTensor")]
