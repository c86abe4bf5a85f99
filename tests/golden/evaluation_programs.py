"""Evaluations, for TensorFlow and for slim_torch: `PROGRAMS` by name, each of them `program(tools)`.

A program gives the values that it evaluates; what is logged, what hooks are called and what is in the event files is
noted beside that. Folders and times are replaced in what is noted.
"""

import collections
import glob
import logging
import os
import re
import time

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = function
    return function


class Tools:
    """What the programs use: the modules, a folder, and a log."""

    def __init__(self, tf, slim, training, folder):
        self.tf, self.slim, self.training, self.folder = tf, slim, training, folder
        self.noted = []

    def note(self, *words):
        self.noted.append(" ".join(map(str, words)))

    def model(self):
        """A variable of the model, the global step, a counter, and an operation that adds the variable to it."""
        tf = self.tf
        w = self.slim.model_variable("w", shape=[], initializer=tf.zeros_initializer())
        step = tf.train.get_or_create_global_step()
        n = tf.Variable(0.0, collections=["local_variables"], trainable=False, name="n")
        return w, step, n, tf.assign_add(n, w)

    def checkpoints(self, values=(3.0,), steps=(7,), global_step=True):
        """Checkpoints in the folder, with these values of `w`."""
        tf, made = self.tf, []
        with tf.Graph().as_default():
            w = self.slim.model_variable("w", initializer=tf.constant(0.0))
            step = tf.train.get_or_create_global_step() if global_step else None
            saver = tf.train.Saver()
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                for value, number in zip(values, steps):
                    w.load(value, session)
                    if global_step:
                        step.load(number, session)
                    path = os.path.join(self.folder, "model.ckpt")
                    made.append(saver.save(session, path, global_step=number))
        return made

    def path(self, name):
        return os.path.join(self.folder, name)

    def events(self, name="ev"):
        """What the event files of a folder hold, graphs left out."""
        found = []
        for path in sorted(glob.glob(os.path.join(self.folder, name, "events*"))):
            for event in self.tf.train.summary_iterator(path):
                if event.WhichOneof("what") == "summary":
                    found.append([event.step, [[v.tag, v.simple_value] for v in event.summary.value]])
        return found

    def hook(self):
        tools = self

        class Hook(tools.tf.train.SessionRunHook):
            def begin(self):
                tools.note("begin", tools.tf.get_default_graph().finalized)

            def after_create_session(self, session, coord):
                tools.note("after_create_session")

            def before_run(self, run_context):
                fetches = run_context.original_args.fetches
                tools.note("before_run", type(fetches).__name__, len(fetches))

            def after_run(self, run_context, run_values):
                tools.note("after_run", run_values.results)

            def end(self, session):
                tools.note("end")

        return Hook()


class _Handler(logging.Handler):
    def __init__(self, tools):
        logging.Handler.__init__(self, logging.INFO)
        self._tools = tools

    def emit(self, record):
        message = record.getMessage()
        if record.levelno == logging.INFO:
            message = message.replace(self._tools.folder, "FOLDER")
            self._tools.note(re.sub(r"\d{4}-\d\d-\d\d[-T]\d\d:\d\d:\d\d", "TIME", message))


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, [plain(item) for item in value]]
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist() if hasattr(value, "tolist") else value


def run(function, tools, logger):
    """The answer of a program, and what was noted on the way."""
    handler, level = _Handler(tools), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with tools.tf.Graph().as_default():
            try:
                value = plain(function(tools))
            except (RuntimeError, TypeError, ValueError) as err:
                value = {"error": type(err).__name__}
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    tools.tf.summary.FileWriterCache.clear()
    return {"value": value, "noted": tools.noted, "events": tools.events()}


# One checkpoint


@program
def metric(t):
    w, _, _, _ = t.model()
    value, update = t.slim.metrics.streaming_mean(t.tf.constant([1.0, 2.0]) * w)
    t.tf.summary.scalar("mean", value)
    path = t.checkpoints()[0]
    result = t.slim.evaluation.evaluate_once(
        "", path, t.path("ev"), num_evals=3, eval_op=update, final_op=value, hooks=[t.hook()]
    )
    graph = t.tf.get_default_graph()
    names = [v.name for v in t.tf.local_variables()]
    return [result, names, graph.finalized, [v.op.name for v in graph.get_collection("eval_step")]]


@program
def twice(t):
    _, _, n, update = t.model()
    path = t.checkpoints()[0]
    return [
        t.slim.evaluation.evaluate_once("", path, t.path("ev"), 2, eval_op=update, final_op=n)
        for _ in range(2)
    ]


@program
def many_batches(t):
    _, _, n, update = t.model()
    path = t.checkpoints()[0]
    return t.slim.evaluation.evaluate_once("", path, t.path("ev"), num_evals=35, eval_op=update, final_op=n)


@program
def feeds_and_structures(t):
    w, step, n, _ = t.model()
    p = t.tf.placeholder(t.tf.float32, [])
    add = t.tf.assign_add(n, w * p)
    path = t.checkpoints()[0]
    return t.slim.evaluation.evaluate_once(
        "",
        path,
        t.path("ev"),
        2,
        eval_op=[add, w],
        eval_op_feed_dict={p: 2.0},
        final_op={"n": n, "pair": [n * p, step]},
        final_op_feed_dict={p: 5.0},
        summary_op=t.tf.summary.scalar("s", n * p),
        summary_op_feed_dict={p: 4.0},
        hooks=[t.hook()],
    )


@program
def dictionary_of_operations(t):
    w, _, n, update = t.model()
    path = t.checkpoints()[0]
    return t.slim.evaluation.evaluate_once(
        "", path, t.path("ev"), 2, eval_op={"a": update}, final_op=(n, w), hooks=[t.hook()]
    )


@program
def positional_arguments(t):
    _, _, n, update = t.model()
    path = t.checkpoints()[0]
    return t.slim.evaluation.evaluate_once("", path, t.path("ev"), 2, None, None, update, None, n, None)


@program
def only_final_operation(t):
    w, _, n, _ = t.model()
    t.tf.summary.scalar("n", n)
    path = t.checkpoints()[0]
    return t.slim.evaluation.evaluate_once(
        "", path, t.path("ev"), num_evals=4, final_op=[n, w], hooks=[t.hook()]
    )


@program
def nothing_to_run(t):
    t.model()
    return t.slim.evaluation.evaluate_once("", t.checkpoints()[0], t.path("ev"))


@program
def no_summaries_wanted(t):
    _, _, n, update = t.model()
    t.tf.summary.scalar("n", n)
    return t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], t.path("ev"), eval_op=update, final_op=n, summary_op=None
    )


@program
def summaries_without_a_folder(t):
    _, _, n, update = t.model()
    t.tf.summary.scalar("n", n)
    return t.slim.evaluation.evaluate_once("", t.checkpoints()[0], None, eval_op=update)


@program
def initial_operation_is_not_run_after_restoring(t):
    _, _, n, update = t.model()
    initial = t.tf.assign(t.tf.train.get_global_step(), 40)
    return t.slim.evaluation.evaluate_once(
        "",
        t.checkpoints()[0],
        None,
        initial_op=initial,
        eval_op=update,
        final_op=[n, t.tf.train.get_global_step()],
    )


@program
def no_checkpoint(t):
    w, step, n, update = t.model()
    return t.slim.evaluation.evaluate_once("", None, None, 2, eval_op=update, final_op=[n, w, step])


@program
def no_checkpoint_and_an_initial_operation(t):
    w, step, n, update = t.model()
    p = t.tf.placeholder(t.tf.float32, [])
    initial = t.tf.group(t.tf.assign(w, p), t.tf.assign(step, 40))
    return t.slim.evaluation.evaluate_once(
        "",
        None,
        None,
        2,
        initial_op=initial,
        initial_op_feed_dict={p: 6.0},
        eval_op=update,
        final_op=[n, w, step],
    )


@program
def missing_checkpoint(t):
    _, _, n, update = t.model()
    return t.slim.evaluation.evaluate_once("", t.path("nothing"), None, 2, eval_op=update, final_op=n)


@program
def some_variables_not_restored(t):
    w, _, n, update = t.model()
    return t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], None, eval_op=update, final_op=n, variables_to_restore=[w]
    )


@program
def restored_under_another_name(t):
    w, step, _, _ = t.model()
    other = t.slim.model_variable("other", shape=[], initializer=t.tf.zeros_initializer())
    return t.slim.evaluation.evaluate_once(
        "",
        t.checkpoints()[0],
        None,
        final_op=[w, other],
        variables_to_restore={"w": other, "global_step": step},
        initial_op=w.initializer,
    )


@program
def no_global_step(t):
    w = t.slim.model_variable("w", shape=[], initializer=t.tf.zeros_initializer())
    t.tf.summary.scalar("w", w)
    result = t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], t.path("ev"), 2, eval_op=w + 1.0, final_op=w
    )
    return [result, [v.name for v in t.tf.global_variables()]]


@program
def end_of_input(t):
    _, _, n, update = t.model()
    limited = t.tf.train.limit_epochs(t.tf.constant(1.0), num_epochs=4)
    return t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], None, num_evals=10, eval_op=[limited, update], final_op=n
    )


@program
def a_hook_stops(t):
    _, _, n, update = t.model()

    class Stop(t.tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            run_context.request_stop()

    return t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], None, 5, eval_op=update, final_op=n, hooks=[Stop(), t.hook()]
    )


@program
def a_hook_fails(t):
    _, _, n, update = t.model()

    class Fail(t.tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            raise ValueError("no")

    return t.slim.evaluation.evaluate_once(
        "", t.checkpoints()[0], None, 5, eval_op=update, final_op=n, hooks=[Fail(), t.hook()]
    )


@program
def order_at_the_end(t):
    _, _, _, update = t.model()
    final = t.tf.py_func(lambda: t.note("final operation"), [], [])
    summary = t.tf.py_func(lambda: t.note("summaries") or b"", [], t.tf.string)
    t.slim.evaluation.evaluate_once(
        "",
        t.checkpoints()[0],
        t.path("ev"),
        eval_op=update,
        final_op=final,
        summary_op=summary,
        hooks=[t.hook()],
    )


# tf.contrib.training


@program
def with_hooks_only(t):
    _, step, n, update = t.model()
    counter = t.training.get_or_create_eval_step()
    return t.training.evaluate_once(
        t.checkpoints()[0],
        eval_ops=[update],
        final_ops=(n, step, counter),
        hooks=[t.training.StopAfterNEvalsHook(3, log_progress=False), t.hook()],
    )


@program
def until_the_end_of_input(t):
    _, _, n, update = t.model()
    limited = t.tf.train.limit_epochs(t.tf.constant(1.0), num_epochs=4)
    return t.training.evaluate_once(
        t.checkpoints()[0],
        eval_ops=[limited, update],
        final_ops=n,
        hooks=[t.training.StopAfterNEvalsHook(None)],
    )


@program
def two_hooks_that_stop(t):
    _, _, n, update = t.model()
    stops = [t.training.StopAfterNEvalsHook(2), t.training.StopAfterNEvalsHook(5)]
    return t.training.evaluate_once(t.checkpoints()[0], eval_ops=update, final_ops=n, hooks=stops)


@program
def summaries_by_a_hook(t):
    _, _, n, update = t.model()
    t.tf.summary.scalar("n", n)
    hooks = [t.training.SummaryAtEndHook(t.path("ev")), t.training.StopAfterNEvalsHook(2)]
    return t.training.evaluate_once(t.checkpoints()[0], eval_ops=update, final_ops=n, hooks=hooks)


@program
def a_summary_hook_without_summaries(t):
    _, _, n, update = t.model()
    hooks = [t.training.SummaryAtEndHook(t.path("ev")), t.training.StopAfterNEvalsHook(2)]
    result = t.training.evaluate_once(t.checkpoints()[0], eval_ops=update, final_ops=n, hooks=hooks)
    return [result, len(os.listdir(t.path("ev")))]


@program
def a_summary_hook_without_a_folder(t):
    t.training.SummaryAtEndHook()


@program
def a_scaffold_that_leaves_the_counter_out(t):
    _, _, n, update = t.model()
    scaffold = t.tf.train.Scaffold(local_init_op=t.tf.group(t.tf.local_variables_initializer()))
    return t.training.evaluate_once(
        t.checkpoints()[0],
        scaffold=scaffold,
        eval_ops=update,
        final_ops=n,
        hooks=[t.training.StopAfterNEvalsHook(2)],
    )


@program
def counter(t):
    graph = t.tf.get_default_graph()
    with t.tf.variable_scope("s"):
        first = t.training.get_or_create_eval_step()
    again = t.training.get_or_create_eval_step()
    return [
        first is again,
        first.op.name,
        "int64" in str(first.dtype),
        len(graph.get_collection("eval_step")),
        [v.name for v in t.tf.global_variables()],
        [v.name for v in t.tf.trainable_variables()],
    ]


@program
def two_counters(t):
    for _ in range(2):
        t.tf.get_default_graph().add_to_collection("eval_step", 1)
    t.training.get_or_create_eval_step()


# Following


@program
def nothing_comes(t):
    return t.slim.evaluation.wait_for_new_checkpoint(t.folder, timeout=0.2, seconds_to_sleep=0.1)


@program
def something_is_there(t):
    first, second = t.checkpoints((1.0, 2.0), (1, 2))
    wait = t.slim.evaluation.wait_for_new_checkpoint
    return [
        os.path.basename(wait(t.folder)),
        os.path.basename(wait(t.folder, first)),
        wait(t.folder, second, 0.05, 0.1),
    ]


@program
def iterator_without_checkpoints(t):
    return list(t.slim.evaluation.checkpoints_iterator(t.folder, timeout=0))


def third_time(t):
    calls = []

    def timeout_fn():
        calls.append(1)
        t.note("timeout_fn")
        return len(calls) == 3

    return timeout_fn


@program
def iterator_with_a_function(t):
    return list(t.tf.train.checkpoints_iterator(t.folder, timeout=0.1, timeout_fn=third_time(t)))


@program
def iterator(t):
    t.checkpoints((1.0, 2.0), (1, 2))
    given = []
    for path in t.training.checkpoints_iterator(t.folder, timeout=0):
        given.append(os.path.basename(path))
        if len(given) == 1:
            t.checkpoints(steps=(3,))
    return given


@program
def state_names_what_is_gone(t):
    with open(t.path("checkpoint"), "w") as file:
        file.write('model_checkpoint_path: "gone"\n')
    return list(t.slim.evaluation.checkpoints_iterator(t.folder, timeout=0))


@program
def state_is_torn(t):
    with open(t.path("checkpoint"), "w") as file:
        file.write('model_checkpoint_path: "mod')
    return list(t.slim.evaluation.checkpoints_iterator(t.folder, timeout=0))


@program
def loop(t):
    _, step, n, update = t.model()
    t.tf.summary.scalar("n", n)
    t.checkpoints((1.0, 2.0), (1, 2))
    return t.slim.evaluation.evaluation_loop(
        "",
        t.folder,
        t.path("ev"),
        num_evals=2,
        eval_op=update,
        final_op=[n, step],
        eval_interval_secs=0,
        max_number_of_evaluations=1,
        initial_op=t.tf.py_func(lambda: t.note("initial operation"), [], []),
        init_fn=lambda *args: t.note("init_fn"),
        hooks=[t.hook()],
    )


@program
def loop_over_three(t):
    _, step, n, update = t.model()

    class Next(t.tf.train.SessionRunHook):
        made = 0

        def end(self, session):
            Next.made += 1
            if Next.made < 3:
                t.checkpoints((10.0 * Next.made,), (10 * Next.made,))

    return t.slim.evaluation.evaluation_loop(
        "",
        os.path.dirname(t.checkpoints()[0]),
        t.path("ev"),
        num_evals=2,
        eval_op=update,
        final_op=[n, step, t.training.get_or_create_eval_step()],
        summary_op=t.tf.summary.scalar("n", n),
        eval_interval_secs=0,
        timeout=0,
        hooks=[Next()],
    )


@program
def loop_with_nothing(t):
    _, _, n, update = t.model()
    return t.slim.evaluation.evaluation_loop(
        "", t.folder, t.path("ev"), eval_op=update, final_op=n, timeout=0.1
    )


@program
def loop_with_a_function(t):
    _, _, n, update = t.model()
    t.checkpoints()
    return t.slim.evaluation.evaluation_loop(
        "",
        t.folder,
        t.path("ev"),
        eval_op=update,
        final_op=n,
        eval_interval_secs=0.1,
        timeout=0.1,
        timeout_fn=third_time(t),
    )


@program
def loop_of_at_most_none(t):
    _, _, n, update = t.model()
    t.checkpoints()
    return t.slim.evaluation.evaluation_loop(
        "", t.folder, None, eval_op=update, final_op=n, eval_interval_secs=0, max_number_of_evaluations=0
    )


@program
def repeatedly(t):
    _, step, n, update = t.model()
    t.checkpoints((1.0, 2.0), (1, 2))
    return t.training.evaluate_repeatedly(
        t.folder,
        eval_ops=update,
        final_ops={"n": n, "step": step},
        eval_interval_secs=0,
        hooks=[t.training.StopAfterNEvalsHook(2)],
        timeout=0,
    )


@program
def repeatedly_nothing(t):
    t.model()
    t.checkpoints()
    return t.training.evaluate_repeatedly(t.folder, eval_interval_secs=0, max_number_of_evaluations=1)


# Training


@program
def trained(t):
    tf = t.tf
    w, _, _, _ = t.model()
    loss = tf.square(w - 1.0)
    op = t.training.create_train_op(
        loss,
        tf.train.GradientDescentOptimizer(0.5),
        summarize_gradients=True,
        transform_grads_fn=t.training.clip_gradient_norms_fn(0.1),
    )
    last = t.training.train(
        op, t.path("ev"), hooks=[tf.train.StopAtStepHook(3)], save_summaries_steps=2, save_checkpoint_secs=600
    )
    tf.summary.FileWriterCache.clear()
    names = sorted(os.listdir(t.path("ev")))
    return [
        last,
        op.name,
        [summary.op.name for summary in tf.get_collection("summaries")],
        tf.train.latest_checkpoint(t.path("ev")) == t.path("ev/model.ckpt-3"),
        any(name.startswith("model.ckpt-0") for name in names),
    ]


@program
def trained_without_a_folder(t):
    w, _, _, _ = t.model()
    op = t.training.create_train_op(t.tf.square(w - 1.0), t.tf.train.GradientDescentOptimizer(0.25))
    return t.training.train(
        op, None, hooks=[t.tf.train.StopAtStepHook(3)], save_summaries_steps=None, save_checkpoint_secs=None
    )


@program
def trained_without_a_folder_for_checkpoints(t):
    w, _, _, _ = t.model()
    op = t.training.create_train_op(t.tf.square(w - 1.0), t.tf.train.GradientDescentOptimizer(0.25))
    return t.training.train(op, None, hooks=[t.tf.train.StopAtStepHook(3)], save_summaries_steps=None)


@program
def trained_without_a_folder_for_summaries(t):
    w, _, _, _ = t.model()
    op = t.training.create_train_op(t.tf.square(w - 1.0), t.tf.train.GradientDescentOptimizer(0.25))
    return t.training.train(op, None, hooks=[t.tf.train.StopAtStepHook(3)], save_checkpoint_secs=None)


# Hooks that are given a folder


def counted(t):
    step = t.tf.train.get_or_create_global_step()
    w = t.tf.Variable(1.0, name="w")
    t.tf.summary.scalar("value", w * t.tf.constant(1.0))
    return t.tf.group(t.tf.assign_add(step, 1), t.tf.assign_add(w, 1.0))


@program
def summary_hooks_of_a_folder(t):
    tf = t.tf
    op = counted(t)
    summary = tf.get_collection("summaries")[0]
    hooks = [
        tf.train.SummarySaverHook(2, output_dir=t.path("ev"), summary_op=summary),
        tf.train.CheckpointSaverHook(t.path("ev"), save_steps=2, saver=tf.train.Saver()),
    ]
    with tf.train.SingularMonitoredSession(hooks=hooks) as session:
        for _ in range(4):
            session.run(op)
    writer = tf.summary.FileWriterCache.get(t.path("ev"))
    writer.flush()
    logs = []
    for path in glob.glob(t.path("ev/events*")):
        for event in tf.train.summary_iterator(path):
            if event.WhichOneof("what") == "session_log":
                logs.append([event.step, event.session_log.status, event.session_log.checkpoint_path[-11:]])
    return logs


@program
def counting_hook_of_a_folder(t):
    op = counted(t)
    hook = t.tf.train.StepCounterHook(2, output_dir=t.path("count"))
    with t.tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        for _ in range(6):
            session.run(op)
    t.noted = [note for note in t.noted if "global_step/sec" not in note]
    t.tf.summary.FileWriterCache.clear()
    return [[step, [tag for tag, _ in values]] for step, values in t.events("count")]


@program
def monitored_training(t):
    op = counted(t)
    with t.tf.train.MonitoredTrainingSession(
        checkpoint_dir=t.path("ev"), save_summaries_steps=2, save_checkpoint_steps=2, log_step_count_steps=100
    ) as session:
        for _ in range(4):
            session.run(op)
    t.tf.summary.FileWriterCache.clear()


def taken_away(t):
    """The events of the folder, without those that depend on time, and without the notes; the files are deleted."""
    t.noted = []
    found = []
    for step, values in t.events():
        found += [[step, tag, value] for tag, value in values if tag != "global_step/sec"]
    for path in glob.glob(t.path("ev/events*")):
        for event in t.tf.train.summary_iterator(path):
            if event.WhichOneof("what") == "session_log":
                found.append([event.step, event.session_log.status])
        os.remove(path)
    return found


@program
def summaries_of_a_supervisor(t):
    tf = t.tf
    counted(t)
    summary = tf.get_collection("summaries")[0]
    supervisor = tf.train.Supervisor(logdir=t.path("ev"), summary_op=None, save_model_secs=0)
    with supervisor.managed_session() as session:
        supervisor.summary_computed(session, session.run(summary), global_step=5)
        supervisor.summary_computed(session, session.run(summary))
    return taken_away(t)


@program
def summaries_at_intervals_of_a_supervisor(t):
    counted(t)
    supervisor = t.tf.train.Supervisor(logdir=t.path("ev"), save_summaries_secs=0.1, save_model_secs=0)
    with supervisor.managed_session():
        time.sleep(0.35)
    found = taken_away(t)
    return [found[0], len([one for one in found if len(one) == 3]) >= 2, found[-2:]]
