"""Input by tf.data, and a training loop in a MonitoredTrainingSession."""

import os


def model(tf, slim, features):
    with slim.arg_scope(
        [slim.fully_connected], weights_initializer=tf.truncated_normal_initializer(stddev=0.1)
    ):
        net = slim.fully_connected(features, 8, scope="fc1")
        return slim.fully_connected(net, 3, activation_fn=None, scope="fc2")


def main(tf, slim, kit):
    features = kit.feed("features", [10, 4])
    labels = kit.feed("labels", [10], "int64") % 3

    dataset = tf.data.Dataset.from_tensor_slices((features, labels))
    dataset = dataset.map(lambda x, y: (x * 2.0 - 0.5, y))
    dataset = dataset.repeat(2).batch(4).prefetch(1)
    batch_features, batch_labels = dataset.make_one_shot_iterator().get_next()

    logits = model(tf, slim, batch_features)
    loss = tf.losses.sparse_softmax_cross_entropy(labels=batch_labels, logits=logits)
    global_step = tf.train.get_or_create_global_step()
    train_op = tf.train.MomentumOptimizer(0.2, 0.5).minimize(loss, global_step=global_step)
    kit.names(
        batch_features=batch_features, batch_labels=batch_labels, logits=logits, loss=loss, train_op=train_op
    )
    kit.collections()

    class Recorder(tf.train.SessionRunHook):
        def begin(self):
            self.calls = ["begin"]

        def after_create_session(self, session, coord):
            self.calls.append("after_create_session")

        def before_run(self, run_context):
            return tf.train.SessionRunArgs({"loss": loss, "size": tf.train.get_global_step()})

        def after_run(self, run_context, run_values):
            kit.value(f"hook/{len(self.calls)}", run_values.results["loss"])
            self.calls.append("after_run")

        def end(self, session):
            self.calls.append("end")
            kit.value("step_at_end", session.run(tf.train.get_global_step()))

    recorder = Recorder()
    scaffold = tf.train.Scaffold(init_fn=lambda scaffold, session: kit.weights(session))
    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=kit.directory,
        scaffold=scaffold,
        hooks=[recorder, tf.train.StopAtStepHook(last_step=100), tf.train.NanTensorHook(loss)],
        save_checkpoint_secs=None,
        save_checkpoint_steps=100,
        save_summaries_steps=None,
        save_summaries_secs=None,
        log_step_count_steps=None,
    ) as sess:
        step = 0
        while not sess.should_stop():
            # Ends with the data: 20 examples in 5 batches.
            kit.value(f"step/{step}", sess.run([loss, logits, batch_labels, train_op])[:3])
            step += 1
    kit.fact("calls", recorder.calls)
    kit.fact("checkpoint", os.path.basename(tf.train.latest_checkpoint(kit.directory)))

    with tf.Graph().as_default():
        inputs = tf.placeholder(tf.float32, [None, 4])
        predictions = tf.nn.softmax(model(tf, slim, inputs))
        with tf.Session() as sess:
            tf.train.Saver().restore(sess, tf.train.latest_checkpoint(kit.directory))
            kit.value("restored", sess.run(predictions, {inputs: features[:3]}))
            kit.variables("trained", sess, tf.trainable_variables())
