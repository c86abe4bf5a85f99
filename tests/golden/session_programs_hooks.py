"""Golden programs for monitored sessions, hooks and the supervisor: the pieces that training scripts use."""

import os
import tempfile

from session_registry import error, program


def counting(tf):
    """`global_step` and the op that adds one to it."""
    step = tf.train.get_or_create_global_step()
    return step, tf.assign_add(step, 1)


def recorder(tf, name, calls, fetches=None):
    """A hook that notes every call it gets."""

    class Recorder(tf.train.SessionRunHook):
        def begin(self):
            calls.append(name + " begin")

        def after_create_session(self, session, coord):
            calls.append(name + " after_create_session")

        def before_run(self, run_context):
            calls.append(name + " before_run")
            return None if fetches is None else tf.train.SessionRunArgs(fetches)

        def after_run(self, run_context, run_values):
            results = run_values.results
            # NumPy versions differ in how they show a number in a dictionary.
            plain = (
                {key: int(value) for key, value in results.items()} if isinstance(results, dict) else results
            )
            calls.append(f"{name} after_run {plain}")

        def end(self, session):
            calls.append(name + " end")

    return Recorder()


@program()
def monitored_session_initializes(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    local = tf.get_variable("n", initializer=3.0, collections=[tf.GraphKeys.LOCAL_VARIABLES])
    with tf.train.MonitoredTrainingSession() as session:
        return [session.run([v, local]), session.should_stop()]


@program()
def monitored_session_finalizes_the_graph(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    with tf.train.MonitoredTrainingSession() as session:
        session.run(v)
        return [tf.get_default_graph().finalized, error(lambda: v + 1.0, "Graph is finalized")]


@program()
def stopping_at_a_step(tf, slim):
    _, add = counting(tf)
    values = []
    with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(last_step=4)]) as session:
        while not session.should_stop():
            values.append(session.run(add))
    return values


@program()
def stopping_after_a_number_of_steps(tf, slim):
    step = tf.Variable(
        10, trainable=False, name="global_step", dtype=tf.int64, collections=["global_step", "variables"]
    )
    add = tf.assign_add(step, 1)
    values = []
    with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(num_steps=3)]) as session:
        while not session.should_stop():
            values.append(session.run(add))
    return values


@program()
def stop_hook_takes_one_of_its_arguments(tf, slim):
    return [
        error(lambda: tf.train.StopAtStepHook(), "One of num_steps or last_step must be specified."),
        error(lambda: tf.train.StopAtStepHook(1, 2), "Only one of num_steps or last_step can be specified."),
    ]


@program()
def order_of_calls_of_a_hook(tf, slim):
    _, add = counting(tf)
    calls = []
    with tf.train.MonitoredTrainingSession(hooks=[recorder(tf, "a", calls)]) as session:
        session.run(add)
        session.run(add)
    return calls


@program()
def order_of_calls_of_two_hooks(tf, slim):
    x, (_, add) = tf.constant(5), counting(tf)
    calls = []
    hooks = [recorder(tf, "a", calls), recorder(tf, "b", calls, fetches={"x": x})]
    with tf.train.MonitoredTrainingSession(hooks=hooks) as session:
        calls.append(str(session.run(add)))
    return calls


@program()
def fetches_of_a_hook_belong_to_the_same_run(tf, slim):
    _, add = counting(tf)
    calls = []
    with tf.train.MonitoredTrainingSession(hooks=[recorder(tf, "a", calls, fetches=add)]) as session:
        values = [session.run(add), session.run(add)]
    return [values, [c for c in calls if "after_run" in c]]


@program()
def hook_asks_to_stop(tf, slim):
    _, add = counting(tf)

    class StopAtTwo(tf.train.SessionRunHook):
        def before_run(self, run_context):
            return tf.train.SessionRunArgs(add)

        def after_run(self, run_context, run_values):
            if run_values.results >= 2:
                run_context.request_stop()

    runs = 0
    with tf.train.MonitoredTrainingSession(hooks=[StopAtTwo()]) as session:
        while not session.should_stop():
            session.run(add)
            runs += 1
    return runs


@program()
def hook_feeds_values(tf, slim):
    x = tf.placeholder_with_default(1.0, [])
    y = x * 2.0

    class Feed(tf.train.SessionRunHook):
        def before_run(self, run_context):
            return tf.train.SessionRunArgs(None, feed_dict={x: 10.0})

    with tf.train.SingularMonitoredSession(hooks=[Feed()]) as session:
        return session.run(y)


@program()
def hook_sees_the_original_fetches(tf, slim):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    seen = []

    class Look(tf.train.SessionRunHook):
        def before_run(self, run_context):
            args = run_context.original_args
            seen.append([args.fetches is y, args.feed_dict[x], run_context.stop_requested])

    with tf.train.SingularMonitoredSession(hooks=[Look()]) as session:
        session.run(y, feed_dict={x: 3.0})
    return seen


@program()
def end_of_the_input_ends_the_loop(tf, slim):
    x = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()
    values, calls = [], []
    with tf.train.MonitoredTrainingSession(hooks=[recorder(tf, "a", calls)]) as session:
        while not session.should_stop():
            values.append(session.run(x))
    return [values, calls[-1]]


@program()
def an_error_leaves_the_session_without_end(tf, slim):
    x = tf.placeholder(tf.float32, [])
    calls = []

    def run():
        with tf.train.MonitoredTrainingSession(hooks=[recorder(tf, "a", calls)]) as session:
            session.run(x)

    return [error(run)[0], "a end" in calls, calls[-1]]


@program()
def logging_hook(tf, slim):
    x, (step, add) = tf.constant(5.0, name="x"), counting(tf)
    lines = []
    hook = tf.train.LoggingTensorHook(
        {"value": x, "step": step}, every_n_iter=2, formatter=lambda t: lines.append(t) or ""
    )
    with tf.train.MonitoredTrainingSession(hooks=[hook]) as session:
        for _ in range(5):
            session.run(add)
    return [len(lines), [line["value"] for line in lines], sorted(lines[0])]


@program()
def logging_hook_arguments(tf, slim):
    x = tf.constant(1.0, name="x")
    return [
        error(
            lambda: tf.train.LoggingTensorHook([x]),
            "exactly one of every_n_iter and every_n_secs must be provided.",
        ),
        error(lambda: tf.train.LoggingTensorHook([x], every_n_iter=0), "invalid every_n_iter=0."),
    ]


@program()
def nan_hook_raises(tf, slim):
    x = tf.placeholder(tf.float32, [])
    loss = x * 1.0

    def run(value):
        with tf.train.MonitoredTrainingSession(hooks=[tf.train.NanTensorHook(loss)]) as session:
            return session.run(loss, {x: value})

    return [run(1.0), error(lambda: run(float("nan")), "NaN loss during training.")]


@program()
def nan_hook_stops(tf, slim):
    x = tf.placeholder(tf.float32, [])
    loss = x * 1.0
    runs = 0
    with tf.train.MonitoredTrainingSession(
        hooks=[tf.train.NanTensorHook(loss, fail_on_nan_loss=False)]
    ) as session:
        for value in (1.0, float("nan"), 1.0):
            if session.should_stop():
                break
            session.run(loss, {x: value})
            runs += 1
    return runs


@program()
def checkpoint_hook(tf, slim):
    _, add = counting(tf)
    with tempfile.TemporaryDirectory() as folder:
        hook = tf.train.CheckpointSaverHook(folder, save_steps=2, checkpoint_basename="m.ckpt")
        with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
            for _ in range(5):
                session.run(add)
        paths = tf.train.get_checkpoint_state(folder).all_model_checkpoint_paths
        return [[os.path.basename(p) for p in paths], os.path.basename(tf.train.latest_checkpoint(folder))]


@program()
def training_session_restores_its_checkpoint(tf, slim):
    facts = []
    with tempfile.TemporaryDirectory() as folder:
        for last in (3, 5):
            with tf.Graph().as_default():
                _, add = counting(tf)
                v = tf.get_variable("v", initializer=0.0)
                both = tf.group(add, tf.assign_add(v, 1.5))
                hooks = [tf.train.StopAtStepHook(last_step=last)]
                with tf.train.MonitoredTrainingSession(
                    checkpoint_dir=folder,
                    hooks=hooks,
                    save_checkpoint_steps=100,
                    save_summaries_steps=None,
                    save_summaries_secs=None,
                ) as session:
                    facts.append(session.run(v))
                    while not session.should_stop():
                        session.run(both)
                facts.append(os.path.basename(tf.train.latest_checkpoint(folder)))
    return facts


@program()
def singular_monitored_session(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    with tf.train.SingularMonitoredSession() as session:
        raw = session.raw_session()
        return [session.run(v), raw.run(v), session.should_stop()]


@program()
def monitored_session_after_closing(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    session = tf.train.SingularMonitoredSession()
    first, before = session.run(v), session.should_stop()
    session.close()
    return [first, before, session.should_stop()]


@program()
def scaffold_with_an_init_fn(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    assign = tf.assign(v, 8.0)
    scaffold = tf.train.Scaffold(init_fn=lambda scaffold, session: session.run(assign))
    with tf.train.MonitoredTrainingSession(scaffold=scaffold) as session:
        return session.run(v)


@program()
def run_step_fn(tf, slim):
    _, add = counting(tf)
    with tf.train.MonitoredTrainingSession(hooks=[tf.train.StopAtStepHook(last_step=2)]) as session:
        values = [session.run_step_fn(lambda step_context: step_context.session.run(add)), session.run(add)]
        return [values, session.should_stop()]


@program()
def supervisor(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    _, add = counting(tf)
    with tempfile.TemporaryDirectory() as folder:
        keeper = tf.train.Supervisor(logdir=folder, summary_op=None, save_model_secs=0)
        with keeper.managed_session() as session:
            values = [session.run(v), keeper.should_stop()]
            for _ in range(3):
                if not keeper.should_stop():
                    values.append(session.run(add))
            keeper.saver.save(session, keeper.save_path, global_step=3)
            keeper.request_stop()
            values.append(keeper.should_stop())
        return [values, os.path.basename(tf.train.latest_checkpoint(folder))]


@program()
def supervisor_with_an_init_fn(tf, slim):
    v = tf.get_variable("v", initializer=2.0)
    assign = tf.assign(v, 8.0)
    keeper = tf.train.Supervisor(logdir=None, init_fn=lambda session: session.run(assign), summary_op=None)
    with keeper.managed_session() as session:
        return session.run(v)


@program()
def supervisor_restores_before_init_fn(tf, slim):
    facts = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            with tf.Graph().as_default():
                v = tf.get_variable("v", initializer=2.0)
                assign, add = tf.assign(v, 8.0), tf.assign_add(v, 1.0)
                keeper = tf.train.Supervisor(
                    logdir=folder,
                    init_fn=lambda session, op=assign: session.run(op),
                    summary_op=None,
                    save_model_secs=0,
                )
                with keeper.managed_session() as session:
                    facts.append(session.run(v))
                    session.run(add)
                    keeper.saver.save(session, keeper.save_path)
    return facts
