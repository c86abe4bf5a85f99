"""Golden programs about coordinators, supervisors, and values that come into a session from outside.

Registered by name; run under TensorFlow 1.15.5 (`make_supervisor.py`) and under slim_torch
(`tests/test_coordinator.py`, `tests/test_supervisor.py`). As for `session_registry.py`, whose helpers they use,
a program is a function of `(tf, slim)` that returns facts.
"""

import collections
import os
import tempfile
import threading
import time

import numpy as np
from session_registry import Program, error, initialized

PROGRAMS = collections.OrderedDict()


def program(function):
    PROGRAMS[function.__name__] = Program(function, None, False)
    return function


def counting(tf):
    step = tf.train.get_or_create_global_step()
    return tf.get_variable("v", initializer=1.0), step, tf.assign_add(step, 1)


def checkpoints(folder):
    """The names of checkpoints, without the suffixes of files."""
    found = set()
    for name in os.listdir(folder):
        if "ckpt" in name:
            found.add(name.split(".data")[0].split(".index")[0].split(".meta")[0].split(".safetensors")[0])
    return sorted(found)


def sleeper():
    thread = threading.Thread(target=time.sleep, args=(2,), name="sleeper", daemon=True)
    thread.start()
    return thread


# Coordinators


@program
def coordinator_keeps_the_first_request(tf, slim):
    coordinator = tf.train.Coordinator()
    coordinator.request_stop()
    with coordinator.stop_on_exception():
        raise ValueError("too late")
    return [coordinator.should_stop(), coordinator.join(), coordinator.joined]


@program
def coordinator_raises_the_first_exception(tf, slim):
    coordinator = tf.train.Coordinator()
    with coordinator.stop_on_exception():
        raise ValueError("first")
    with coordinator.stop_on_exception():
        raise KeyError("second")
    return [
        error(coordinator.join, "first"),
        coordinator.joined,
        error(coordinator.join, "first"),
        error(coordinator.raise_requested_exception, "first"),
    ]


@program
def coordinator_clear_stop(tf, slim):
    coordinator = tf.train.Coordinator()
    with coordinator.stop_on_exception():
        raise ValueError("forgotten")
    before = coordinator.should_stop()
    coordinator.clear_stop()
    return [before, coordinator.should_stop(), error(coordinator.join), coordinator.joined]


@program
def coordinator_clean_stop_exception_types(tf, slim):
    facts = []
    for types in (None, (ValueError,), ()):
        for kind in (ValueError, tf.errors.OutOfRangeError, tf.errors.CancelledError):
            coordinator = tf.train.Coordinator(types)
            with coordinator.stop_on_exception():
                raise ValueError("end") if kind is ValueError else kind(None, None, "end")
            facts.append([coordinator.should_stop(), error(coordinator.join)])
    return facts


@program
def coordinator_after_join(tf, slim):
    coordinator = tf.train.Coordinator()
    coordinator.join()

    def late():
        with coordinator.stop_on_exception():
            raise ValueError("late")

    return [error(late, "late"), coordinator.should_stop()]


@program
def coordinator_gives_threads_some_time(tf, slim):
    facts = []
    for ignore in (False, True):
        coordinator = tf.train.Coordinator()
        coordinator.request_stop()
        threads = [sleeper()]

        def join(coordinator=coordinator, threads=threads, ignore=ignore):
            coordinator.join(threads, stop_grace_period_secs=0.2, ignore_live_threads=ignore)

        facts.append(
            [error(join, "Coordinator stopped with threads still running: sleeper"), coordinator.joined]
        )
    return facts


@program
def coordinator_joins_without_a_stop(tf, slim):
    coordinator = tf.train.Coordinator()
    ended = []
    thread = threading.Thread(target=lambda: (time.sleep(0.1), ended.append(1)))
    thread.start()
    coordinator.register_thread(thread)
    coordinator.join()
    return [ended, coordinator.joined, coordinator.should_stop()]


@program
def coordinator_wait_for_stop(tf, slim):
    coordinator = tf.train.Coordinator()
    before = coordinator.wait_for_stop(0.05)
    coordinator.request_stop()
    return [before, coordinator.wait_for_stop(0.05), coordinator.wait_for_stop()]


@program
def coordinator_loops(tf, slim):
    coordinator = tf.train.Coordinator()
    calls = []

    def called(*args, **kwargs):
        calls.append([list(args), kwargs])
        if len(calls) == 3:
            coordinator.request_stop()

    thread = tf.train.LooperThread.loop(coordinator, 0.01, called, args=(1,), kwargs={"b": 2})
    coordinator.join([thread])
    return [calls, thread.daemon, thread.is_alive()]


@program
def coordinator_loop_that_raises(tf, slim):
    coordinator = tf.train.Coordinator()

    def called():
        raise KeyError("in a thread")

    tf.train.LooperThread.loop(coordinator, None, called)
    coordinator.wait_for_stop()
    return error(coordinator.join, "in a thread")


@program
def coordinator_loop_by_methods(tf, slim):
    coordinator = tf.train.Coordinator()
    calls = []

    class Looper(tf.train.LooperThread):
        def start_loop(self):
            calls.append("start")

        def run_loop(self):
            calls.append("run")
            coordinator.request_stop()

        def stop_loop(self):
            calls.append("stop")

    Looper(coordinator, 0.01).start()
    coordinator.join()
    return calls


@program
def coordinator_refuses(tf, slim):
    return [
        error(lambda: tf.train.LooperThread("x", None), "'coord' argument must be a Coordinator"),
        error(
            lambda: tf.train.LooperThread(tf.train.Coordinator(), None, args=(1,)),
            "'args' and 'kwargs' argument",
        ),
        error(tf.train.start_queue_runners, "No default session is registered"),
        error(lambda: tf.train.start_queue_runners("x"), "sess must be a `tf.Session` object"),
    ]


# Session managers


@program
def manager_prepares(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("w", initializer=2.0)
    report = tf.report_uninitialized_variables()
    of_v = tf.report_uninitialized_variables([v])
    fed = tf.placeholder(tf.float32, [])
    assign = tf.assign(v, fed)
    everything = tf.global_variables_initializer()
    manager = tf.train.SessionManager
    seen = []
    return [
        error(lambda: manager().prepare_session(""), "no init_op or init_fn or local_init_op was given"),
        error(
            lambda: manager(ready_op=report).prepare_session("", init_op=v.initializer),
            "Init operations did not make model ready.",
            "Variables not initialized: w",
        ),
        manager().prepare_session("", init_op=v.initializer).run(v),
        manager(ready_op=report).prepare_session("", init_fn=lambda s: s.run(everything)).run([v, w]),
        manager(w.initializer, report).prepare_session("", init_op=v.initializer).run([v, w]),
        error(
            lambda: manager(w.initializer, report, of_v).prepare_session("", init_op=w.initializer),
            "Init operations did not make model ready for local",
        ),
        manager(ready_op=of_v)
        .prepare_session(
            "",
            init_op=assign,
            init_feed_dict={fed: 4.0},
            saver=tf.train.Saver(),
            checkpoint_dir="/nowhere",
            init_fn=seen.append,
        )
        .run(v),
        len(seen),
        error(lambda: manager(ready_for_local_init_op=report), "you must also pass a local_init_op"),
    ]


@program
def manager_recovers(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("w", initializer=2.0)
    saver = tf.train.Saver([v])
    change = tf.assign(v, 7.0)
    ready = [None, tf.report_uninitialized_variables([v]), tf.report_uninitialized_variables()]
    facts = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Session() as session:
            session.run(change)
            saver.save(session, path)
        for op in ready:
            session, ok = tf.train.SessionManager(ready_op=op).recover_session(
                "", saver=saver, checkpoint_dir=folder
            )
            facts.append([float(session.run(v)), ok])
        manager = tf.train.SessionManager(w.initializer, ready[2], recovery_wait_secs=0.05)
        session, ok = manager.recover_session("", saver=saver, checkpoint_filename_with_path=path)
        facts.append([session.run([v, w]), ok])
        facts.append(manager.recover_session("", saver=saver, checkpoint_dir="/nowhere")[1])
        facts.append(manager.recover_session("", saver=saver)[1])
        facts.append(manager.recover_session("", checkpoint_dir=folder)[1])
        facts.append(
            manager.recover_session(
                "", saver=saver, checkpoint_dir="/nowhere", wait_for_checkpoint=True, max_wait_secs=0.1
            )[1]
        )
        facts.append(
            error(
                lambda: manager.recover_session(
                    "", saver=saver, checkpoint_dir=folder, checkpoint_filename_with_path=path
                ),
                "Can not provide both",
            )
        )
        seen = []
        session = manager.prepare_session(
            "", init_op=v.initializer, saver=saver, checkpoint_dir=folder, init_fn=seen.append
        )
        facts.append([session.run(v), seen])
    return facts


@program
def manager_waits(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    report = tf.report_uninitialized_variables()
    manager = tf.train.SessionManager(ready_op=report, recovery_wait_secs=0.05)
    return [
        error(lambda: manager.wait_for_session("", max_wait_secs=0.1), "Session was not ready after waiting"),
        tf.train.SessionManager(v.initializer, report).wait_for_session("").run(v),
    ]


# Supervisors


@program
def supervisor_attributes(tf, slim):
    _, step, _ = counting(tf)
    with tempfile.TemporaryDirectory() as folder:
        keeper = tf.train.Supervisor(
            logdir=os.path.join(folder, "logs"), summary_op=None, summary_writer=None
        )
        return [
            keeper.global_step is step,
            keeper.is_chief,
            os.path.relpath(keeper.save_path, folder),
            os.path.isdir(os.path.dirname(keeper.save_path)),
            keeper.save_model_secs,
            keeper.save_summaries_secs,
            keeper.saver in tf.get_collection("savers"),
            keeper.init_op is tf.get_collection("init_op")[0],
            keeper.ready_op is tf.get_collection("ready_op")[0],
            len(tf.get_collection("local_init_op")),
            keeper.ready_for_local_init_op,
            keeper.summary_op,
            keeper.summary_writer,
            keeper.init_feed_dict,
            isinstance(keeper.session_manager, tf.train.SessionManager),
            isinstance(keeper.coord, tf.train.Coordinator),
            tf.train.Supervisor.USE_DEFAULT,
            tf.get_default_graph().finalized,
        ]


@program
def supervisor_takes_from_collections(tf, slim):
    v, step, _ = counting(tf)
    init, saver = tf.group(v.initializer, step.initializer), tf.train.Saver([v])
    tf.add_to_collection("init_op", init)
    tf.add_to_collection("savers", saver)
    keeper = tf.train.Supervisor(summary_op=None)
    return [keeper.init_op is init, keeper.saver is saver, keeper.save_path, keeper.summary_writer]


@program
def supervisor_without(tf, slim):
    v, _, _ = counting(tf)
    keeper = tf.train.Supervisor(
        saver=None, init_op=None, summary_op=None, local_init_op=None, global_step=None
    )

    def managed():
        with keeper.managed_session() as session:
            session.run(v)

    return [
        keeper.saver,
        keeper.init_op,
        keeper.global_step,
        error(managed, "no init_op or init_fn or local"),
    ]


@program
def supervisor_saves_at_the_start_only(tf, slim):
    _, step, add = counting(tf)
    facts = []
    with tempfile.TemporaryDirectory() as folder:
        keeper = tf.train.Supervisor(logdir=folder, summary_op=None)
        with keeper.managed_session() as session:
            while not checkpoints(folder):
                time.sleep(0.05)
            session.run([add])
        facts.append([checkpoints(folder), keeper.should_stop(), keeper.coord.joined])
        with keeper.managed_session(start_standard_services=False) as again:
            facts.append([keeper.should_stop(), again.run(step)])
        facts.append(error(lambda: session.run(step), "closed Session"))
    with tempfile.TemporaryDirectory() as folder:
        keeper = tf.train.Supervisor(logdir=folder, summary_op=None, save_model_secs=0)
        with keeper.managed_session() as session:
            facts.append([keeper.start_queue_runners(session), tf.get_default_session() is session])
        facts.append(checkpoints(folder))
    return facts


@program
def supervisor_saves_every_so_often(tf, slim):
    _, _, add = counting(tf)
    with tempfile.TemporaryDirectory() as folder:
        keeper = tf.train.Supervisor(
            logdir=folder, summary_op=None, save_model_secs=0.2, checkpoint_basename="abc.ckpt"
        )
        with keeper.managed_session() as session:
            while "abc.ckpt-0" not in checkpoints(folder):
                time.sleep(0.02)
            session.run(add)
            while "abc.ckpt-1" not in checkpoints(folder):
                time.sleep(0.02)
        return checkpoints(folder)


@program
def supervisor_passes_exceptions_on(tf, slim):
    counting(tf)
    keeper = tf.train.Supervisor(summary_op=None)

    def body(action):
        def managed():
            with keeper.managed_session():
                action()

        return error(managed)

    def fails(err):
        raise err

    def in_a_thread():
        keeper.loop(1, lambda: fails(KeyError("thread")))
        keeper.wait_for_stop()

    def after_the_stop():
        keeper.request_stop()
        fails(ValueError("late"))

    def swallowed():
        with keeper.stop_on_exception():
            fails(ValueError("body"))

    return [
        body(lambda: fails(ValueError("body"))),
        body(lambda: fails(tf.errors.OutOfRangeError(None, None, "end"))),
        body(lambda: fails(tf.errors.AbortedError(None, None, "lost"))),
        body(in_a_thread),
        body(after_the_stop),
        body(swallowed),
    ]


@program
def supervisor_by_hand(tf, slim):
    v, _, _ = counting(tf)
    seen = []
    keeper = tf.train.Supervisor(summary_op=None, init_fn=lambda *args: seen.append(len(args)))
    session = keeper.PrepareSession()
    facts = [session.run(v), seen, keeper.ShouldStop(), keeper.start_standard_services(session)]
    facts.append(error(lambda: keeper.summary_computed(session, b""), "requires a summary writer"))
    calls = []
    thread = keeper.Loop(0.01, calls.append, (1,))
    while len(calls) < 3:
        time.sleep(0.01)
    keeper.Stop()
    return [*facts, calls[0], thread.is_alive(), keeper.should_stop(), session.run(v)]


# Values from outside


@program
def basic_train_loop(tf, slim):
    facts = []
    for kind in (None, tf.errors.AbortedError, tf.errors.OutOfRangeError, tf.errors.UnavailableError):
        with tf.Graph().as_default():
            _, _, add = counting(tf)
            keeper = tf.train.Supervisor(logdir=None, summary_op=None)
            calls = []

            def step(session, first, second, add=add, kind=kind, keeper=keeper, calls=calls):
                calls.append([int(session.run(add)), first, second])
                if kind is not None and len(calls) == 2:
                    raise kind(None, None, "at the second step")
                if len(calls) == 4:
                    keeper.request_stop()

            outcome = error(lambda: tf.train.basic_train_loop(keeper, step, (7,), {"second": 8}))  # noqa: B023
            facts.append([outcome, calls, keeper.should_stop()])
    return facts


@program
def global_step_of_a_session(tf, slim):
    _, step, add = counting(tf)
    with tf.Session() as session:
        facts = [error(lambda: tf.train.global_step(session, step), "uninitialized value global_step")]
    with initialized(tf) as session:
        facts += [tf.train.global_step(session, step), tf.train.global_step(session, add)]
    return facts


@program
def values_from_a_checkpoint(tf, slim):
    facts = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            v, _, add = counting(tf)
            with initialized(tf) as session:
                session.run(tf.assign(v, 5.0))
                facts.append(os.path.basename(tf.train.Saver().save(session, path, global_step=add)))
                facts.append(
                    os.path.basename(tf.train.Saver().save(session, path, global_step=tf.constant(9)))
                )
        v = tf.get_variable("v", initializer=1.0)
        op, feed = slim.assign_from_checkpoint(path + "-1", [v])
        tf.constant(1.0)
        assigned = slim.assign_from_values({"v": np.float32([6.0])})
        by_values = slim.assign_from_values_fn({"v": np.float32(8.0)})
        by_checkpoint = slim.assign_from_checkpoint_fn(path + "-1", [v])
        report = tf.report_uninitialized_variables()
        with tf.Session() as session, tf.Session() as other:
            session.run(op, feed)
            facts += [session.run(v), session.run(report), len(feed)]
            session.run(*assigned)
            facts.append(session.run(v))
            by_values(other)
            facts.append([session.run(v), other.run(v)])
            by_checkpoint(session)
            facts.append([session.run(v), other.run(v), type(assigned[0]).__name__])
        with tf.Session() as session, tf.Session() as other:
            tf.train.Saver().restore(session, path + "-1")
            facts.append([session.run(v), error(lambda: other.run(v))])
            facts.append(error(lambda: tf.train.Saver().save(other, path)))
        facts.append(error(lambda: tf.train.Saver().restore(session, path + "-1"), "closed Session"))
        facts.append(error(lambda: tf.train.Saver().save(object(), path), "must be a Session"))
    return facts


@program
def initial_values_from_a_checkpoint(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            v, _, _ = counting(tf)
            with initialized(tf) as session:
                session.run(tf.assign(v, 5.0))
                tf.train.Saver().save(session, path)
        v = tf.get_variable("v", initializer=1.0)
        w = tf.get_variable("w", initializer=tf.constant(2.0))
        tf.train.init_from_checkpoint(path, {"v": "v"})
        tf.train.init_from_checkpoint(path, {"v": w})
        init = tf.global_variables_initializer()
        with tf.Session() as session:
            facts = [error(lambda: session.run(v))]
            session.run(init)
            facts.append(session.run([v, w, v.initial_value]))
            session.run([tf.assign(v, 0.0), tf.assign(w, 0.0)])
            session.run(init)
            facts.append(session.run([v, w]))
        return facts


@program
def checkpoints_that_do_not_fit(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            tf.get_variable("v", initializer=1.0)
            with initialized(tf) as session:
                tf.train.Saver().save(session, path)
        two = tf.get_variable("two", [2])
        whole = tf.get_variable("whole", [], tf.int32)
        facts = []
        with tf.Session() as session:
            for wanted in ({"missing": two}, {"v": two}, {"v": whole}):
                facts.append(error(lambda wanted=wanted: tf.train.Saver(wanted).restore(session, path)))
                assign = slim.assign_from_checkpoint_fn(path, wanted)
                facts.append(error(lambda assign=assign: assign(session)))
            facts.append(error(lambda: slim.assign_from_checkpoint(path, {"missing": two})))
            facts.append(error(lambda: slim.assign_from_checkpoint(path, {"v": two})))
            facts.append(error(lambda: tf.train.init_from_checkpoint(path, {"missing": two})))
        return facts
