"""Golden programs for `tf.train.Saver` with sessions. What files hold is covered by the saver's own suite."""

import os
import tempfile

import numpy as np
from session_registry import error, initialized, program


@program()
def save_and_restore(tf, slim):
    v, w = tf.get_variable("v", initializer=[1.0, 2.0]), tf.get_variable("scope/w", initializer=3)
    saver = tf.train.Saver()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            session.run([tf.assign(v, [5.0, 6.0]), tf.assign(w, 7)])
            saved = os.path.basename(saver.save(session, path))
            session.run(tf.global_variables_initializer())
            before = session.run([v, w])
            result = saver.restore(session, path)
            return [saved, before, result, session.run([v, w])]


@program()
def restoring_initializes(tf, slim):
    v, w = tf.get_variable("v", initializer=1.0), tf.get_variable("w", initializer=2.0)
    saver = tf.train.Saver([v])
    report = tf.report_uninitialized_variables()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            saver.save(session, path)
        with tf.Session() as session:
            saver.restore(session, path)
            return [session.run(v), session.run(report).tolist(), error(lambda: session.run(w))[0]]


@program()
def saving_into_a_new_graph(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            tf.get_variable("net/w", initializer=[[1.0, 2.0]])
            with initialized(tf) as session:
                tf.train.Saver().save(session, path)
        with tf.Graph().as_default():
            w = tf.get_variable("net/w", [1, 2])
            y = tf.reduce_sum(w)
            with tf.Session() as session:
                tf.train.Saver().restore(session, path)
                return session.run([w, y])


@program()
def names_of_checkpoints(tf, slim):
    tf.get_variable("v", initializer=1.0)
    step = tf.train.get_or_create_global_step()
    saver = tf.train.Saver(max_to_keep=2)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            names = []
            for value in (10, 20, 30):
                session.run(tf.assign(step, value))
                names.append(saver.save(session, path, global_step=step))
            names.append(saver.save(session, path, global_step=40))
        latest = tf.train.latest_checkpoint(folder)
        kept = saver.last_checkpoints
        return [
            [os.path.basename(n) for n in names],
            os.path.basename(latest),
            [os.path.basename(k) for k in kept],
        ]


@program()
def latest_checkpoint_of_nothing(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        return [tf.train.latest_checkpoint(folder), tf.train.get_checkpoint_state(folder)]


@program()
def saving_a_variable_that_is_not_initialized(tf, slim):
    tf.get_variable("v", initializer=1.0)
    saver = tf.train.Saver()
    with tempfile.TemporaryDirectory() as folder, tf.Session() as session:
        return error(
            lambda: saver.save(session, os.path.join(folder, "m")), "Attempting to use uninitialized value v"
        )


@program()
def restoring_what_is_not_in_the_checkpoint(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            tf.get_variable("v", initializer=1.0)
            with initialized(tf) as session:
                tf.train.Saver().save(session, path)
        tf.get_variable("v", initializer=1.0)
        tf.get_variable("missing", initializer=1.0)
        with tf.Session() as session:
            return error(lambda: tf.train.Saver().restore(session, path), "missing")


@program()
def restoring_from_a_path_without_a_checkpoint(tf, slim):
    tf.get_variable("v", initializer=1.0)
    with tempfile.TemporaryDirectory() as folder, tf.Session() as session:
        return error(
            lambda: tf.train.Saver().restore(session, os.path.join(folder, "none")), "valid checkpoint"
        )


@program()
def saver_without_variables(tf, slim):
    return error(tf.train.Saver, "No variables to save")


@program()
def variables_made_after_the_saver(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    saver = tf.train.Saver()
    late = tf.get_variable("late", initializer=1.0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            saver.save(session, path)
            session.run([tf.assign(v, 5.0), tf.assign(late, 5.0)])
            saver.restore(session, path)
            return session.run([v, late])


@program()
def slots_are_saved_and_restored(tf, slim):
    v = tf.get_variable("v", initializer=1.0)
    step = tf.train.get_or_create_global_step()
    train = tf.train.AdamOptimizer(0.1).minimize(v * v, global_step=step)
    saver = tf.train.Saver()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            session.run(train)
            saver.save(session, path)
            session.run(train)
            straight = session.run([v, step])
            saver.restore(session, path)
            session.run(train)
            return [straight, session.run([v, step])]


@program()
def restored_by_slim(tf, slim):
    w = slim.model_variable("net/w", [2], initializer=tf.ones_initializer())
    head = slim.model_variable("head/w", [1], initializer=tf.zeros_initializer())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with initialized(tf) as session:
            session.run(tf.assign(w, [4.0, 5.0]))
            tf.train.Saver([w]).save(session, path)
        init = slim.assign_from_checkpoint_fn(path, slim.get_variables_to_restore(exclude=["head"]))
        with initialized(tf) as session:
            init(session)
            return session.run([w, head])


@program()
def renamed_while_restoring(tf, slim):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.ckpt")
        with tf.Graph().as_default():
            tf.get_variable("old/w", initializer=np.array([3.0, 4.0], np.float32))
            with initialized(tf) as session:
                tf.train.Saver().save(session, path)
        w = tf.get_variable("new/w", [2])
        with tf.Session() as session:
            tf.train.Saver({"old/w": w}).restore(session, path)
            return session.run(w)
