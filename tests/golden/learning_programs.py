"""Golden programs about `slim.learning.train` and `train_step` on recorded train ops.

Registered by name; run under TensorFlow 1.15.5 (`make_learning.py`) and under slim_torch
(`tests/test_learning_recorded.py`). As for `session_registry.py`, whose helpers they use, a program is a function
of `(tf, slim)` that returns facts.
"""

import collections
import contextlib
import glob
import logging
import os
import re
import tempfile
import time

import numpy as np
from session_registry import Program, error
from supervisor_programs import checkpoints

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = Program(function, None, False)
    return function


class _Lines(logging.Handler):
    """Keeps log lines, without times and folders."""

    def __init__(self):
        logging.Handler.__init__(self)
        self.lines = []

    def emit(self, record):
        line = re.sub(r"\(\d+\.\d+ sec", "(T sec", record.getMessage())
        self.lines.append(re.sub(r"/\S*/", "", line))

    def starting(self, *words):
        return [line for line in self.lines if line.startswith(words)]


TOLD = ("global step", "Starting", "Stopping", "Finished", "Caught", "Retrying", "Wrapping", "Restoring")


@contextlib.contextmanager
def logged():
    """The log lines of the block, of whichever side runs."""
    handler = _Lines()
    loggers = [logging.getLogger(name) for name in ("tensorflow", "slim_torch")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        for logger, level in zip(loggers, levels):
            logger.removeHandler(handler)
            logger.setLevel(level)


def data():
    """16 examples of 4 numbers, and which of two classes they are of."""
    draw = np.random.RandomState(0)
    inputs = np.zeros((16, 4), np.float32)
    labels = draw.randint(0, 2, size=(16, 1)).astype(np.float32)
    for i in range(16):
        inputs[i, int(2 * labels[i, 0] + draw.randint(0, 2))] = 1
    return inputs, labels


def weights(shape, **_):
    return np.linspace(-0.5, 0.5, int(np.prod(shape))).reshape([int(n) for n in shape]).astype(np.float32)


def logistic(tf, slim, inputs):
    start = tf.constant_initializer(weights((4, 1)))
    return slim.fully_connected(
        inputs, 1, activation_fn=tf.sigmoid, weights_initializer=start, scope="logistic"
    )


def normalized(tf, slim, inputs):
    return logistic(tf, slim, slim.batch_norm(inputs, decay=0.1, scope="bn"))


def model(tf, slim, network=logistic, rate=1.0, optimizer=None, **keywords):
    """A train op of TF-Slim's own little classifier."""
    inputs, labels = data()
    predictions = network(tf, slim, tf.constant(inputs))
    slim.losses.log_loss(predictions, tf.constant(labels))
    optimizer = optimizer or tf.train.GradientDescentOptimizer(rate)
    return slim.learning.create_train_op(slim.losses.get_total_loss(), optimizer, **keywords)


def bowl(tf):
    """A loss of x, which starts at [1, 2]. Its gradient needs its value; so that is the one before the update."""
    x = tf.get_variable("x", initializer=np.array([1.0, 2.0], np.float32))
    return tf.exp(0.1 * tf.reduce_sum(x * x))


def slow_at_first(slim, seconds=0.3):
    """A train step that lets TensorFlow's saving threads go first."""
    calls = []

    def step(*arguments):
        if not calls:
            time.sleep(seconds)
        calls.append(1)
        return slim.learning.train_step(*arguments)

    return step


def quadratic(tf, slim, **keywords):
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    return slim.learning.create_train_op(bowl(tf), optimizer, **keywords)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield path


def stored(tf, path):
    """What the latest checkpoint holds."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(path))
    names = sorted(name for name in reader.get_variable_to_shape_map())
    return [[name, reader.get_tensor(name)] for name in names]


def events(tf, path):
    """Summaries in the event files: the tags and their steps, and how often sessions are said to start and stop."""
    found = collections.defaultdict(list)
    for file in sorted(glob.glob(os.path.join(path, "events*"))):
        for event in tf.train.summary_iterator(file):
            if event.HasField("session_log"):
                found["session_log"].append(event.session_log.status)
            for value in event.summary.value:
                found[value.tag].append(event.step)
    return dict(found)


# The ordinary run


@program
def saves_logs_and_returns_the_loss(tf, slim):
    train_op = quadratic(tf, slim)
    with folder() as path, logged() as log:
        loss = slim.learning.train(
            train_op, path, slow_at_first(slim), number_of_steps=7, log_every_n_steps=3
        )
        return [
            loss,
            type(loss).__name__,
            log.starting(*TOLD),
            checkpoints(path),
            stored(tf, path),
            tf.get_default_graph().finalized,
            [v.op.name for v in tf.global_variables()],
        ]


@program
def logs_as_often_as_told(tf, slim):
    facts = []
    for often in (1, 2, 0, -1):
        with tf.Graph().as_default(), logged() as log:
            slim.learning.train(quadratic(tf, slim), None, number_of_steps=4, log_every_n_steps=often)
            facts.append(log.starting(*TOLD))
    return facts


@program
def without_a_folder_nothing_is_saved(tf, slim):
    facts = []
    for none in (None, ""):
        with tf.Graph().as_default(), logged() as log:
            loss = slim.learning.train(quadratic(tf, slim), none, number_of_steps=3)
            facts.append([loss, log.starting(*TOLD)])
    return facts


@program
def resumes_from_the_latest_checkpoint(tf, slim):
    facts = []
    with folder() as path:
        for steps in (3, 5, 5, 4):
            with tf.Graph().as_default(), logged() as log:
                train_op = quadratic(tf, slim)
                loss = slim.learning.train(train_op, path, slow_at_first(slim), number_of_steps=steps)
                facts.append([loss, log.starting(*TOLD), checkpoints(path)])
    return facts


@program
def classifiers_reach_zero_loss(tf, slim):
    facts = []
    for network in (logistic, normalized):
        with tf.Graph().as_default(), folder() as path:
            loss = slim.learning.train(
                model(tf, slim, network), path, number_of_steps=300, log_every_n_steps=10
            )
            facts.append([loss, loss < 0.1, stored(tf, path)])
    return facts


@program
def resumed_training_achieves_roughly_the_same_loss(tf, slim):
    facts = []
    with folder() as path:
        for steps in (300, 301, 305):
            with tf.Graph().as_default():
                train_op = model(tf, slim)
                facts.append(slim.learning.train(train_op, path, number_of_steps=steps, log_every_n_steps=10))
    return facts


@program
def counts_a_global_step_of_ones_own(tf, slim):
    own = tf.get_variable("own", initializer=np.int64(5), trainable=False)
    train_op = quadratic(tf, slim, global_step=own)
    with folder() as path, logged() as log:
        loss = slim.learning.train(train_op, path, slow_at_first(slim), global_step=own, number_of_steps=8)
        return [loss, log.starting(*TOLD), checkpoints(path)]


@program
def an_alternate_graph_is_trained(tf, slim):
    other = tf.Graph()
    with other.as_default():
        train_op = quadratic(tf, slim)
    loss = slim.learning.train(train_op, None, number_of_steps=3, graph=other)
    return [loss, other.finalized, tf.get_default_graph().finalized]


# What is called when


def note(tf, seen, word):
    """An operation that notes when it runs."""

    def write():
        seen.append(word)
        return np.int32(0)

    return tf.py_func(write, [], tf.int32).op


@program
def order_of_initialization(tf, slim):
    facts = []
    with folder() as path:
        for steps in (1, 2):
            with tf.Graph().as_default():
                seen = []
                train_op = quadratic(tf, slim)
                v = tf.get_variable("v", initializer=1.0)
                fed = tf.placeholder(tf.float32, [])
                local = tf.Variable(3.0, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="local")
                init = tf.group(tf.global_variables_initializer(), note(tf, seen, "init_op"))
                with tf.control_dependencies([init]):
                    init = tf.assign(v, fed).op
                local_init = tf.group(tf.local_variables_initializer(), note(tf, seen, "local_init_op"))
                with tf.control_dependencies([note(tf, seen, "ready_op")]):
                    ready = tf.identity(tf.report_uninitialized_variables())
                values = []

                def init_fn(session, seen=seen, values=values, v=v):
                    seen.append("init_fn")
                    values.append(session.run(v))

                def wrapper(session, seen=seen, values=values, v=v, local=local):
                    seen.append("session_wrapper")
                    values.append(session.run([v, local]))
                    return session

                slim.learning.train(
                    train_op,
                    path,
                    number_of_steps=steps,
                    init_op=init,
                    init_feed_dict={fed: 7.0},
                    local_init_op=local_init,
                    init_fn=init_fn,
                    ready_op=ready,
                    session_wrapper=wrapper,
                )
                facts.append([seen, values])
    return facts


@program
def local_variables_are_initialized(tf, slim):
    local = tf.Variable(3.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], name="local")
    train_op = slim.learning.create_train_op(bowl(tf) * local, tf.train.GradientDescentOptimizer(0.01))
    return [slim.learning.train(train_op, None, number_of_steps=2)]


@program
def nothing_initializes(tf, slim):
    def train(**keywords):
        def run():
            with tf.Graph().as_default():
                slim.learning.train(quadratic(tf, slim), None, number_of_steps=2, **keywords)

        return run

    return [
        error(train(init_op=None), "Variables not initialized: ", "x"),
        error(train(init_op=None, ready_op=None), "uninitialized value"),
        error(train(init_op=None, local_init_op=None), "no init_op or init_fn or local_init_op was given"),
        error(train(local_init_op=None)),
    ]


@program
def init_fn_loads_weights_unless_there_is_a_checkpoint(tf, slim):
    facts = []
    with folder() as first, folder() as second:
        with tf.Graph().as_default():
            slim.learning.train(model(tf, slim), first, number_of_steps=300)
        for steps in (1, 2):
            with tf.Graph().as_default():
                train_op = model(tf, slim, rate=0.001)
                load = slim.assign_from_checkpoint_fn(
                    tf.train.latest_checkpoint(first), slim.get_model_variables()
                )
                calls = []

                def init_fn(session, load=load, calls=calls):
                    calls.append(1)
                    load(session)

                loss = slim.learning.train(train_op, second, init_fn=init_fn, number_of_steps=steps)
                facts.append([loss, len(calls)])
    return facts


@program
def two_init_fns_in_one_and_variables_of_another_scope(tf, slim):
    with folder() as first, folder() as second:
        with tf.Graph().as_default():
            slim.learning.train(model(tf, slim), first, number_of_steps=50)
        with tf.Graph().as_default():
            inputs, labels = data()
            with tf.variable_scope("other"):
                slim.losses.log_loss(logistic(tf, slim, tf.constant(inputs)), tf.constant(labels))
            train_op = slim.learning.create_train_op(
                slim.losses.get_total_loss(), tf.train.GradientDescentOptimizer(1.0)
            )
            names = {v.op.name[len("other/") :]: v for v in slim.get_model_variables()}
            load = slim.assign_from_checkpoint_fn(tf.train.latest_checkpoint(first), names)
            return [slim.learning.train(train_op, second, init_fn=load, number_of_steps=1)]


# The step


@program
def a_train_step_of_ones_own(tf, slim):
    train_op = quadratic(tf, slim)
    seen = []
    train_step = slow_at_first(slim)

    def step(session, op, global_step, keywords):
        loss, stop = train_step(session, op, global_step, keywords)
        seen.append([float(loss), bool(stop), session.run(global_step), op is train_op])
        if not seen[1:]:
            seen.append([sorted(keywords), global_step.op.name, keywords["summary_writer"] is None])
        return loss, stop or len(seen) > 4

    with folder() as path, logged() as log:
        loss = slim.learning.train(train_op, path, train_step_fn=step, number_of_steps=20)
        return [loss, seen, log.starting(*TOLD), checkpoints(path)]


@program
def what_the_step_is_given(tf, slim):
    facts = []

    def step(session, op, global_step, keywords):
        names = {}
        for key, value in sorted(keywords.items()):
            names[key] = getattr(value, "name", None) if key.startswith("should") else value is None
        facts.append([names, session.run([keywords[key] for key in sorted(keywords) if "should" in key])])
        return session.run(op), True

    cases = [
        ({}, True),
        ({"number_of_steps": 5, "log_every_n_steps": 0}, True),
        ({"trace_every_n_steps": 2}, True),
        ({"summary_writer": None}, True),
        ({}, False),
        ({"train_step_kwargs": {}}, True),
    ]
    for keywords, saved in cases:
        with tf.Graph().as_default(), folder() as path:
            slim.learning.train(quadratic(tf, slim), path if saved else None, step, **keywords)
    return facts


@program
def keywords_of_ones_own(tf, slim):
    facts = []
    for names in (["should_stop"], ["should_log"], ["should_stop", "should_log"]):
        with tf.Graph().as_default(), logged() as log:
            train_op = quadratic(tf, slim)
            step = tf.train.get_or_create_global_step()
            own = {
                "should_stop": tf.greater_equal(step, 4),
                "should_log": tf.equal(tf.mod(step, 2), 0),
                "unknown": 3,
            }
            count = []

            def at_most_six(session, *arguments, count=count):
                loss, stop = slim.learning.train_step(session, *arguments)
                count.append(1)
                return loss, stop or len(count) == 6

            slim.learning.train(
                train_op,
                None,
                at_most_six,
                {key: value for key, value in own.items() if key in names or key == "unknown"},
            )
            facts.append([len(count), log.starting(*TOLD)])
    return facts


@program
def the_step_by_itself(tf, slim):
    train_op = quadratic(tf, slim)
    step = tf.train.get_or_create_global_step()
    with tf.Session() as session, logged() as log:
        session.run(tf.global_variables_initializer())
        first = slim.learning.train_step(session, train_op, step, {})
        second = slim.learning.train_step(
            session, train_op, step, {"should_log": tf.constant(True), "should_stop": tf.constant(True)}
        )
        facts = [first[0], first[1], second[0], bool(second[1]), log.starting("global step")]
        tracing = {"should_trace": tf.constant(True)}
        facts.append(
            error(
                lambda: slim.learning.train_step(session, train_op, step, tracing),
                "logdir must be present in train_step_kwargs when should_trace is present",
            )
        )
        return [*facts, session.run(step)]


@program
def traces(tf, slim):
    with folder() as path:
        train_op = quadratic(tf, slim)
        slim.learning.train(train_op, path, number_of_steps=6, trace_every_n_steps=3)
        facts = []
        for file in sorted(glob.glob(os.path.join(path, "*trace*"))):
            with open(file) as opened:
                facts.append([os.path.basename(file), '"traceEvents"' in opened.read()])
        return facts


# Summaries


@program
def summaries_are_written_with_the_global_step(tf, slim):
    facts = []
    for keywords in ({}, {"summary_op": None}, {"summary_writer": None}, {"save_summaries_secs": 0}):
        with tf.Graph().as_default(), folder() as path:
            train_op = quadratic(tf, slim)
            tf.summary.scalar("loss", train_op)

            slim.learning.train(train_op, path, slow_at_first(slim), number_of_steps=2, **keywords)
            found = events(tf, path)
            found.pop("global_step/sec", None)
            facts.append(found)
    return facts


@program
def a_summary_op_and_a_writer_of_ones_own(tf, slim):
    train_op = quadratic(tf, slim)
    tf.summary.scalar("unwanted", train_op)
    wanted = tf.summary.scalar("wanted", tf.constant(2.0), collections=[])
    with folder() as path, folder() as elsewhere:
        writer = tf.summary.FileWriter(elsewhere)
        slim.learning.train(
            train_op,
            path,
            slow_at_first(slim),
            number_of_steps=2,
            summary_op=wanted,
            summary_writer=writer,
        )
        return [sorted(set(events(tf, elsewhere)) - {"global_step/sec"}), events(tf, path)]


@program
def speed_is_reported(tf, slim):
    train_op = quadratic(tf, slim)

    def slow(*arguments):
        time.sleep(0.05)
        return slim.learning.train_step(*arguments)

    with folder() as path:
        slim.learning.train(train_op, path, slow, number_of_steps=20, save_summaries_secs=0.2)
        return ["global_step/sec" in events(tf, path)]


# Savers


@program
def a_saver_of_ones_own(tf, slim):
    train_op = quadratic(tf, slim)
    x = tf.global_variables()[0]
    saver = tf.train.Saver([x], max_to_keep=1)
    with folder() as path:
        slim.learning.train(train_op, path, number_of_steps=3, saver=saver, save_interval_secs=0)
        return [checkpoints(path), stored(tf, path), [os.path.basename(p) for p in saver.last_checkpoints]]


@program
def a_saver_that_leaves_something_out_cannot_resume(tf, slim):
    facts = []
    with folder() as path:
        for steps in (3, 5):
            with tf.Graph().as_default():
                train_op = quadratic(tf, slim)
                saver = tf.train.Saver([v for v in tf.global_variables() if v.op.name == "x"])
                facts.append(
                    error(
                        lambda: slim.learning.train(
                            train_op,  # noqa: B023
                            path,
                            number_of_steps=steps,  # noqa: B023
                            saver=saver,  # noqa: B023
                        ),
                        "global_step",
                    )
                )
    return facts


# Ends


@program
def the_end_of_the_input_is_a_clean_stop(tf, slim):
    facts = []
    for count in (3, 0):
        with tf.Graph().as_default(), folder() as path, logged() as log:
            batch = tf.data.Dataset.range(count).make_one_shot_iterator().get_next()
            loss = bowl(tf) * tf.cast(batch + 1, tf.float32)
            train_op = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
            loss = slim.learning.train(train_op, path)
            lines = [line[:40] for line in log.starting(*TOLD)]
            facts.append([loss, lines, checkpoints(path)[-1]])
    return facts


@program
def exceptions_of_the_step(tf, slim):
    facts = []
    for kind in (ValueError, "AbortedError", "OutOfRangeError", "UnavailableError", "CancelledError"):
        with tf.Graph().as_default(), folder() as path, logged() as log:
            train_op = quadratic(tf, slim)
            calls = []

            def step(session, op, global_step, keywords, kind=kind, calls=calls):
                calls.append(session.run(global_step))
                if len(calls) == 3:
                    if kind is ValueError:
                        raise ValueError("of the step")
                    raise getattr(tf.errors, kind)(None, None, "of the step")
                return slim.learning.train_step(session, op, global_step, keywords)

            outcome = error(
                lambda: slim.learning.train(
                    train_op,  # noqa: B023
                    path,
                    step,
                    number_of_steps=5,
                    save_interval_secs=0,
                )
            )
            facts.append([outcome, calls, checkpoints(path), log.starting(*TOLD)])
    return facts


@program
def a_loss_that_is_not_a_number(tf, slim):
    with folder() as path:
        x = tf.get_variable("x", initializer=np.array([1.0, 2.0], np.float32))
        loss = tf.log(tf.reduce_sum(x) - 3.5)
        train_op = slim.learning.create_train_op(loss, tf.train.GradientDescentOptimizer(0.1))
        return [
            error(
                lambda: slim.learning.train(train_op, path, number_of_steps=3, save_interval_secs=0),
                "LossTensor is inf or nan",
            ),
            checkpoints(path),
        ]


# Refused


@program
def unfit_arguments(tf, slim):
    train_op = quadratic(tf, slim)
    saver = tf.train.Saver()
    summary = tf.summary.scalar("s", tf.constant(1.0))
    sync = tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.1), 1)

    def train(*arguments, **keywords):
        return lambda: slim.learning.train(*arguments, **keywords)

    return [
        error(train(None, None, number_of_steps=1), "train_op cannot be None."),
        error(
            train(train_op, None, number_of_steps=1, summary_op=summary),
            "Cannot provide summary_op because logdir=None",
        ),
        error(
            train(train_op, None, number_of_steps=1, summary_op=None),
            "Cannot provide summary_op because logdir=None",
        ),
        error(
            train(train_op, None, number_of_steps=1, saver=saver), "Cannot provide saver because logdir=None"
        ),
        error(
            train(train_op, None, number_of_steps=1, trace_every_n_steps=10),
            "Cannot provide trace_every_n_steps because logdir=None",
        ),
        error(
            train(train_op, None, number_of_steps=0),
            "`number_of_steps` must be either None or a positive number.",
        ),
        error(
            train(train_op, None, number_of_steps=-3),
            "`number_of_steps` must be either None or a positive number.",
        ),
        error(
            train(train_op, None, number_of_steps=1, startup_delay_steps=1, sync_optimizer=sync),
            "startup_delay_steps must be zero when sync_optimizer is supplied.",
        ),
        error(
            train(train_op, None, number_of_steps=1, sync_optimizer=[object()]),
            "`sync_optimizer` must be a tf.train.SyncReplicasOptimizer.",
        ),
    ]


@program
def a_train_op_of_another_graph(tf, slim):
    with tf.Graph().as_default():
        train_op = quadratic(tf, slim)
    tf.get_variable("v", initializer=1.0)
    return [
        error(lambda: slim.learning.train(train_op, None, number_of_steps=1), "not an element of this graph")
    ]


# How gradients go on their way


@program
def frozen_layers_stay_frozen(tf, slim):
    inputs, labels = data()
    net = slim.fully_connected(
        tf.constant(inputs), 4, weights_initializer=tf.constant_initializer(weights((4, 4))), scope="body"
    )
    slim.losses.log_loss(logistic(tf, slim, net), tf.constant(labels))
    heads = slim.get_variables("logistic")
    train_op = slim.learning.create_train_op(
        slim.losses.get_total_loss(), tf.train.GradientDescentOptimizer(1.0), variables_to_train=heads
    )
    with folder() as path:
        loss = slim.learning.train(train_op, path, number_of_steps=20, log_every_n_steps=10)
        return [loss, stored(tf, path)]


@program
def training_some_variables_after_others(tf, slim):
    losses = []
    with folder() as path:
        for steps, names in ((5, "weights"), (10, "biases"), (15, "weights")):
            with tf.Graph().as_default():
                inputs, labels = data()
                slim.losses.log_loss(logistic(tf, slim, tf.constant(inputs)), tf.constant(labels))
                train_op = slim.learning.create_train_op(
                    slim.losses.get_total_loss(),
                    tf.train.GradientDescentOptimizer(1.0),
                    variables_to_train=slim.get_variables_by_name(names),
                )
                losses.append(
                    slim.learning.train(train_op, path, number_of_steps=steps, log_every_n_steps=10)
                )
    return losses


@program
def multiplied_and_clipped_gradients(tf, slim):
    facts = []
    cases = [
        {"gradient_multipliers": {"logistic/weights": 0.5, "logistic/biases": 2.0}},
        {"gradient_multipliers": {"logistic/weights": 1e-6}},
        {"clip_gradient_norm": 0.01},
        {"clip_gradient_norm": 0.01, "gradient_multipliers": {"logistic/biases": 100.0}},
        {"update_ops": []},
        {"check_numerics": False},
    ]
    for keywords in cases:
        with tf.Graph().as_default(), folder() as path:
            train_op = model(tf, slim, normalized, **keywords)
            loss = slim.learning.train(train_op, path, number_of_steps=10, log_every_n_steps=10)
            facts.append([loss, stored(tf, path)])
    return facts


@program
def a_global_step_that_is_not_counted(tf, slim):
    train_op = quadratic(tf, slim, global_step=None)
    seen = []

    def step(session, op, global_step, keywords):
        loss, stop = slim.learning.train_step(session, op, global_step, keywords)
        seen.append(session.run(global_step))
        return loss, stop or len(seen) == 3

    return [slim.learning.train(train_op, None, step, number_of_steps=9), seen]


@program
def a_session_that_is_wrapped(tf, slim):
    class Wrapper:
        def __init__(self, session):
            self._session = session
            self.ran = []

        def run(self, fetches, *arguments, **keywords):
            self.ran.append(fetches)
            return self._session.run(fetches, *arguments, **keywords)

        def __getattr__(self, name):
            return getattr(self._session, name)

    made = []

    def wrap(session):
        made.append(Wrapper(session))
        return made[-1]

    facts = []
    for saved in (False, True):
        with tf.Graph().as_default(), folder() as path:
            train_op = quadratic(tf, slim)
            facts.append(
                error(
                    lambda: slim.learning.train(
                        train_op,  # noqa: B023
                        path if saved else None,  # noqa: B023
                        number_of_steps=3,
                        session_wrapper=wrap,
                        save_interval_secs=0,
                        save_summaries_secs=0,
                    )
                )
            )
    steps = [fetches for fetches in made[0].ran if isinstance(fetches, list)]
    return [facts, [type(session).__name__ for session in made], len(steps)]


@program
def a_session_config(tf, slim):
    config = tf.ConfigProto(device_count={"GPU": 0}, intra_op_parallelism_threads=1)
    return [slim.learning.train(quadratic(tf, slim), None, number_of_steps=3, session_config=config)]
