"""Batch normalization with `is_training` as a placeholder, update operations as control dependencies."""


def main(tf, slim, kit):
    x = tf.placeholder(tf.float32, shape=[None, 8, 8, 3], name="x")
    y = tf.placeholder(tf.int32, shape=[None], name="y")
    is_training = tf.placeholder(tf.bool, [], name="is_training")

    batch_norm_params = {"is_training": is_training, "decay": 0.9, "scale": True, "epsilon": 0.001}
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        normalizer_fn=slim.batch_norm,
        normalizer_params=batch_norm_params,
    ):
        net = slim.conv2d(x, 6, [3, 3])
        net = slim.conv2d(net, 8, [3, 3], stride=2)
        net = slim.avg_pool2d(net, 2, padding="SAME")
        features = slim.flatten(net)
        net = slim.fully_connected(features, 12)
        logits = slim.fully_connected(net, 10, activation_fn=None, normalizer_fn=None, scope="logits")
    bare = slim.batch_norm(x, is_training=is_training, activation_fn=tf.nn.relu, scope="bare")

    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        train_step = tf.train.AdamOptimizer(0.01).minimize(loss)
    correct = tf.reduce_sum(tf.to_int32(tf.nn.in_top_k(logits, y, 1)))

    kit.names(
        x=x,
        is_training=is_training,
        features=features,
        net=net,
        logits=logits,
        bare=bare,
        loss=loss,
        update_ops=update_ops,
        train_step=train_step,
        correct=correct,
    )
    kit.collections()

    moving = [v for v in tf.global_variables() if "moving_" in v.name]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for step in range(4):
            feed = {x: kit.feed(f"x{step}", [6, 8, 8, 3]), y: kit.feed(f"y{step}", [6], "int32")}
            feed[is_training] = True
            _, loss_value = sess.run([train_step, loss], feed)
            kit.value(f"loss/{step}", loss_value)
            if step == 0:
                kit.variables("moving/first", sess, moving)
        kit.variables("moving/last", sess, moving)
        kit.variables("trained", sess, tf.trainable_variables())

        feed = {x: kit.feed("test", [5, 8, 8, 3]), y: kit.feed("test_y", [5], "int32"), is_training: False}
        kit.value("inference", sess.run([loss, correct, logits, bare], feed))
        feed[is_training] = True
        kit.value("training", sess.run([loss, logits, bare], feed))
        kit.variables("moving/not_run", sess, moving)
        sess.run(update_ops, feed)
        kit.variables("moving/updates_run", sess, moving)
        feed[is_training] = False
        sess.run(update_ops, feed)
        kit.variables("moving/updates_at_inference", sess, moving)
