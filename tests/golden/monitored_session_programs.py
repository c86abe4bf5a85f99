"""What monitored sessions do in order: calls of hooks and listeners, and the checkpoints that are left."""

import logging
import os


def _recorder(tf, name, calls, fails=None):
    class Recorder(tf.train.SessionRunHook):
        def begin(self):
            calls.append([name, "begin", tf.get_default_graph().finalized])

        def after_create_session(self, session, coord):
            calls.append([name, "after_create_session", tf.get_default_graph().finalized])

        def before_run(self, run_context):
            calls.append([name, "before_run"])

        def after_run(self, run_context, run_values):
            calls.append([name, "after_run"])
            if fails is not None:
                raise fails

        def end(self, session):
            calls.append([name, "end"])

    return Recorder()


def _listener(tf, name, calls, stop_at=None):
    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            calls.append([name, "begin"])

        def before_save(self, session, global_step_value):
            calls.append([name, "before_save", int(global_step_value)])

        def after_save(self, session, global_step_value):
            calls.append([name, "after_save", int(global_step_value)])
            return stop_at is not None and global_step_value >= stop_at

        def end(self, session, global_step_value):
            calls.append([name, "end", int(global_step_value)])

    return Listener()


def _counting(tf):
    return tf.assign_add(tf.train.get_or_create_global_step(), 1)


def _saved(tf, folder):
    state = tf.train.get_checkpoint_state(folder)
    return [os.path.basename(path) for path in state.all_model_checkpoint_paths]


def calls_and_checkpoints(tf, folder):
    calls, add = [], _counting(tf)
    saver_hook = tf.train.CheckpointSaverHook(
        folder, save_steps=2, listeners=[_listener(tf, "l", calls), _listener(tf, "m", calls)]
    )
    hooks = [_recorder(tf, "a", calls), saver_hook, _recorder(tf, "b", calls)]
    with tf.train.MonitoredSession(hooks=hooks) as session:
        for _ in range(3):
            session.run(add)
    return [calls, _saved(tf, folder)]


def a_listener_asks_to_stop(tf, folder):
    calls, add, runs = [], _counting(tf), 0
    hook = tf.train.CheckpointSaverHook(folder, save_steps=2, listeners=[_listener(tf, "l", calls, 4)])
    with tf.train.SingularMonitoredSession(hooks=[hook]) as session:
        while not session.should_stop():
            session.run(add)
            runs += 1
    return [runs, calls, _saved(tf, folder)]


def a_second_training_goes_on(tf, folder):
    found = []
    for _ in range(2):
        with tf.Graph().as_default():
            add = _counting(tf)
            with tf.train.MonitoredTrainingSession(
                checkpoint_dir=folder,
                save_checkpoint_steps=3,
                hooks=[tf.train.StopAtStepHook(num_steps=4)],
                log_step_count_steps=None,
                save_summaries_steps=None,
                save_summaries_secs=None,
            ) as session:
                while not session.should_stop():
                    found.append(int(session.run(add)))
    return [found, _saved(tf, folder)]


def the_end_of_the_input_in_a_hook(tf, folder):
    facts = []
    for error in (StopIteration("s"), tf.errors.OutOfRangeError(None, None, "o"), ValueError("v")):
        with tf.Graph().as_default():
            calls, add = [], _counting(tf)
            try:
                with tf.train.MonitoredTrainingSession(hooks=[_recorder(tf, "a", calls, error)]) as session:
                    session.run(add)
                facts.append(["went on", calls[-1]])
            except ValueError:
                facts.append(["raised", calls[-1]])
    return facts


def an_interrupted_session_is_made_anew(tf, folder):
    calls, add = [], _counting(tf)
    counter = []

    class Interrupt(tf.train.SessionRunHook):
        def after_run(self, run_context, run_values):
            counter.append(1)
            if len(counter) == 2:
                raise tf.errors.AbortedError(None, None, "x")

    with tf.train.MonitoredTrainingSession(hooks=[_recorder(tf, "a", calls), Interrupt()]) as session:
        return [[int(session.run(add)) for _ in range(3)], calls]


def the_graph_is_open_after_closing(tf, folder):
    add, calls = _counting(tf), []
    for name in "ab":
        with tf.train.MonitoredTrainingSession(hooks=[_recorder(tf, name, calls)]) as session:
            calls.append(int(session.run(add)))
    return [calls, tf.get_default_graph().finalized]


def steps_of_a_timer(tf, folder):
    facts = []
    for every in (1, 2, 3):
        timer = tf.train.SecondOrStepTimer(every_steps=every)
        for step in range(8):
            if timer.should_trigger_for_step(step):
                facts.append([every, step, timer.update_last_triggered_step(step)[1]])
    return facts


def summaries_go_to_the_writer(tf, folder):
    calls, add = [], _counting(tf)

    class Writer:
        def add_summary(self, summary, global_step):
            calls.append([summary.decode(), int(global_step)])

        def add_session_log(self, log, global_step):
            pass

        def flush(self):
            calls.append("flush")

    hook = tf.train.SummarySaverHook(
        save_steps=2, summary_writer=Writer(), summary_op=[tf.constant(""), tf.constant("")]
    )
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(5):
            session.run(add)
    return calls


def warnings_of_a_step_that_does_not_change(tf, folder):
    step = tf.train.get_or_create_global_step()
    messages = []

    class Collect(logging.Handler):
        def emit(self, record):
            if "not been increased" in record.getMessage():
                messages.append(record.levelname)

    logger, handler = (
        logging.getLogger("slim_torch" if "slim_torch" in tf.__name__ else "tensorflow"),
        Collect(),
    )
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    try:
        with tf.train.MonitoredSession(hooks=[tf.train.StepCounterHook(2)]) as session:
            for _ in range(12):
                session.run(step)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return messages


PROGRAMS = {
    program.__name__: program
    for program in (
        calls_and_checkpoints,
        a_listener_asks_to_stop,
        a_second_training_goes_on,
        the_end_of_the_input_in_a_hook,
        an_interrupted_session_is_made_anew,
        the_graph_is_open_after_closing,
        steps_of_a_timer,
        summaries_go_to_the_writer,
        warnings_of_a_step_that_does_not_change,
    )
}
