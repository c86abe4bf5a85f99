"""Recurrent networks as functions of `(tf, x, lengths)` that give a nest of tensors; run by TensorFlow and slim_torch.

`x` is `[3, 5, 4]` (batch, time, depth), `lengths` `[3]`. Variables get values that follow from their names. Runs under
Python 3.7; imports neither side.
"""

import collections

CASES = collections.OrderedDict()
SHAPE = (3, 5, 4)
LENGTHS = [5, 2, 3]


def case(function):
    CASES[function.__name__] = function
    return function


def run_cell(tf, cell, x):
    """Two steps of a cell."""
    state = cell.zero_state(3, tf.float32)
    outputs = []
    for time in range(2):
        output, state = cell(x[:, time], state)
        outputs.append(output)
    return outputs, state


@case
def basic_rnn_cell(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.BasicRNNCell(3), x)


@case
def basic_rnn_cell_relu(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.BasicRNNCell(3, activation=tf.nn.relu, name="mine"), x)


@case
def gru_cell(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.GRUCell(3), x)


@case
def basic_lstm_cell(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.BasicLSTMCell(3), x)


@case
def basic_lstm_cell_of_one_state(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.BasicLSTMCell(3, forget_bias=0.5, state_is_tuple=False), x)


@case
def lstm_cell(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.LSTMCell(3), x)


@case
def lstm_cell_with_everything(tf, x, lengths):
    cell = tf.nn.rnn_cell.LSTMCell(
        5,
        use_peepholes=True,
        cell_clip=0.3,
        num_proj=3,
        proj_clip=0.2,
        forget_bias=0.0,
        activation=tf.nn.softsign,
    )
    return run_cell(tf, cell, x)


@case
def lstm_cell_of_one_state(tf, x, lengths):
    return run_cell(tf, tf.nn.rnn_cell.LSTMCell(3, num_proj=2, state_is_tuple=False), x)


@case
def multi_cell(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return run_cell(tf, cells.MultiRNNCell([cells.GRUCell(3), cells.LSTMCell(2), cells.BasicRNNCell(4)]), x)


@case
def multi_cell_of_one_state(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return run_cell(tf, cells.MultiRNNCell([cells.GRUCell(3), cells.GRUCell(2)], state_is_tuple=False), x)


@case
def wrapped_cells(tf, x, lengths):
    cells = tf.nn.rnn_cell
    inner = cells.DropoutWrapper(cells.GRUCell(4), input_keep_prob=1.0, output_keep_prob=1.0)
    return run_cell(tf, cells.ResidualWrapper(inner), x)


@case
def dynamic_lstm(tf, x, lengths):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(3), x, dtype=tf.float32)


@case
def dynamic_lstm_of_lengths(tf, x, lengths):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(3), x, sequence_length=lengths, dtype=tf.float32)


@case
def dynamic_from_a_state(tf, x, lengths):
    return tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(4), x, initial_state=x[:, 0] * 0.5)


@case
def dynamic_time_major(tf, x, lengths):
    turned = tf.transpose(x, [1, 0, 2])
    cell = tf.nn.rnn_cell.GRUCell(3)
    return tf.nn.dynamic_rnn(cell, turned, lengths, dtype=tf.float32, time_major=True, scope="mine")


@case
def dynamic_multi(tf, x, lengths):
    cells = tf.nn.rnn_cell
    cell = cells.MultiRNNCell([cells.BasicLSTMCell(3), cells.BasicLSTMCell(2)])
    return tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32)


@case
def dynamic_twice_with_one_cell(tf, x, lengths):
    cell = tf.nn.rnn_cell.GRUCell(3)
    first = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    return [first, tf.nn.dynamic_rnn(cell, x * 2.0, dtype=tf.float32)]


@case
def dynamic_reused_by_scope(tf, x, lengths):
    made = []
    for i in range(2):
        with tf.variable_scope("net", reuse=i > 0):
            made.append(tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x * (i + 1.0), dtype=tf.float32))
    return made


@case
def bidirectional(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return tf.nn.bidirectional_dynamic_rnn(cells.GRUCell(3), cells.LSTMCell(2), x, dtype=tf.float32)


@case
def bidirectional_of_lengths(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return tf.nn.bidirectional_dynamic_rnn(
        cells.LSTMCell(3), cells.LSTMCell(3), x, sequence_length=lengths, dtype=tf.float32, scope="both"
    )


@case
def static_lstm(tf, x, lengths):
    return tf.nn.static_rnn(tf.nn.rnn_cell.LSTMCell(3), tf.unstack(x, 5, 1), dtype=tf.float32)


@case
def static_of_lengths(tf, x, lengths):
    cell = tf.nn.rnn_cell.GRUCell(3)
    return tf.nn.static_rnn(cell, tf.unstack(x, 5, 1), dtype=tf.float32, sequence_length=lengths)


@case
def static_both_ways(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return tf.nn.static_bidirectional_rnn(
        cells.GRUCell(3), cells.GRUCell(2), tf.unstack(x, 5, 1), dtype=tf.float32, sequence_length=lengths
    )


@case
def stacked_both_ways(tf, x, lengths):
    cells = tf.nn.rnn_cell
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        [cells.GRUCell(3), cells.GRUCell(2)],
        [cells.GRUCell(3), cells.GRUCell(2)],
        x,
        dtype=tf.float32,
        sequence_length=lengths,
    )


@case
def a_cell_of_ones_own(tf, x, lengths):
    class Mine(tf.nn.rnn_cell.RNNCell):
        @property
        def state_size(self):
            return 2

        @property
        def output_size(self):
            return 2

        def call(self, inputs, state):
            w = tf.get_variable("w", [4, 2])
            return tf.matmul(inputs, w) + state, state + 1.0

    return [
        tf.nn.dynamic_rnn(Mine(), x, lengths, dtype=tf.float32),
        tf.nn.static_rnn(Mine(), tf.unstack(x, 5, 1), dtype=tf.float32, scope="static"),
    ]


@case
def an_old_cell_of_ones_own(tf, x, lengths):
    class Old(tf.nn.rnn_cell.RNNCell):
        @property
        def state_size(self):
            return 2

        @property
        def output_size(self):
            return 2

        def __call__(self, inputs, state, scope=None):
            with tf.variable_scope(scope or type(self).__name__):
                w = tf.get_variable("w", [4, 2])
                return tf.matmul(inputs, w) + state, state + 1.0

    return [
        tf.nn.dynamic_rnn(Old(), x, lengths, dtype=tf.float32),
        tf.nn.static_rnn(Old(), tf.unstack(x, 5, 1), dtype=tf.float32, scope="static"),
    ]


def flat(nest):
    if isinstance(nest, (list, tuple)):
        return [part for item in nest for part in flat(item)]
    return [nest]


REFUSED = collections.OrderedDict(
    [
        (
            "no-dtype",
            ("you must give a dtype", lambda tf, x: tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x)),
        ),
        ("no-cell", ("is not an RNNCell", lambda tf, x: tf.nn.dynamic_rnn(4, x, dtype=tf.float32))),
        (
            "lengths",
            (
                "sequence_length must be a vector of length batch_size",
                lambda tf, x: tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, [[1]], dtype=tf.float32),
            ),
        ),
        ("rank", ("expected ndim=2, found ndim=3", lambda tf, x: tf.nn.rnn_cell.GRUCell(3)(x, x))),
        ("no-cells", ("at least one cell", lambda tf, x: tf.nn.rnn_cell.MultiRNNCell([]))),
        ("cells", ("cells must be a list or tuple", lambda tf, x: tf.nn.rnn_cell.MultiRNNCell(4))),
        (
            "probability",
            (
                "Parameter input_keep_prob must be between 0 and 1: 2",
                lambda tf, x: tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(3), input_keep_prob=2.0),
            ),
        ),
        (
            "no-list",
            ("inputs must be a sequence", lambda tf, x: tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(3), x)),
        ),
        (
            "empty",
            ("inputs must not be empty", lambda tf, x: tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(3), [])),
        ),
        (
            "twice",
            (
                "Variable rnn/gru_cell/gates/kernel already exists",
                lambda tf, x: [
                    tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(3), x, dtype=tf.float32) for _ in range(2)
                ],
            ),
        ),
    ]
)
