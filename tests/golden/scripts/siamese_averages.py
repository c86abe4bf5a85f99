"""Two towers that share their variables, moving averages of the variables, evaluation with the averages."""

import os


def embedding(tf, slim, images, reuse=None):
    with tf.variable_scope("tower", reuse=reuse):
        with slim.arg_scope(
            [slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(0.001)
        ):
            net = slim.conv2d(images, 5, [3, 3], scope="conv1")
            net = slim.max_pool2d(net, 2, scope="pool1")
            net = slim.flatten(net, scope="flatten")
            net = slim.fully_connected(net, 4, activation_fn=None, scope="embedding")
            return tf.nn.l2_normalize(net, 1, name="normalized")


def main(tf, slim, kit):
    left = tf.placeholder(tf.float32, [None, 6, 6, 2], name="left")
    right = tf.placeholder(tf.float32, [None, 6, 6, 2], name="right")
    same = tf.placeholder(tf.float32, [None], name="same")

    left_embedding = embedding(tf, slim, left)
    right_embedding = embedding(tf, slim, right, reuse=True)
    margin = 0.5
    with tf.name_scope("contrastive"):
        squared = tf.reduce_sum(tf.square(left_embedding - right_embedding), 1, keepdims=False)
        distance = tf.sqrt(squared + 1e-6, name="distance")
        hinge = tf.square(tf.maximum(margin - distance, 0.0))
        contrastive = tf.reduce_mean(same * squared + (1.0 - same) * hinge, name="loss")
    tf.losses.add_loss(contrastive)
    loss = tf.losses.get_total_loss()

    global_step = tf.train.create_global_step()
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    grads_and_vars = optimizer.compute_gradients(loss)
    apply_gradients = optimizer.apply_gradients(grads_and_vars, global_step=global_step)
    averages = tf.train.ExponentialMovingAverage(0.9, num_updates=global_step)
    with tf.control_dependencies([apply_gradients]):
        train_op = averages.apply(tf.trainable_variables())
    saver = tf.train.Saver()

    kit.names(
        left_embedding=left_embedding,
        right_embedding=right_embedding,
        distance=distance,
        contrastive=contrastive,
        loss=loss,
        apply_gradients=apply_gradients,
        train_op=train_op,
    )
    kit.fact("gradients", [gradient.get_shape().as_list() for gradient, _ in grads_and_vars])
    kit.fact("averages", [averages.average(v).name for v in tf.trainable_variables()])
    kit.fact("average_name", averages.average_name(tf.trainable_variables()[0]))
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for step in range(4):
            feed = {
                left: kit.feed(f"left{step}", [4, 6, 6, 2]),
                right: kit.feed(f"right{step}", [4, 6, 6, 2]),
                same: kit.feed(f"same{step}", [4], "int32") % 2,
            }
            kit.value(f"loss/{step}", sess.run([loss, distance], feed))
            sess.run(train_op, feed)
        kit.variables("trained", sess, tf.trainable_variables())
        kit.variables("averages", sess, [averages.average(v) for v in tf.trainable_variables()])
        kit.value("last", sess.run(left_embedding, {left: kit.feed("query", [3, 6, 6, 2])}))
        saver.save(sess, os.path.join(kit.directory, "siamese"), global_step=4)

    with tf.Graph().as_default():
        query = tf.placeholder(tf.float32, [None, 6, 6, 2])
        embedded = embedding(tf, slim, query)
        restorer = tf.train.Saver(tf.train.ExponentialMovingAverage(0.9).variables_to_restore())
        kit.names(embedded=embedded)
        kit.collections("collections_evaluation")
        with tf.Session() as sess:
            restorer.restore(sess, tf.train.latest_checkpoint(kit.directory))
            kit.value("averaged", sess.run(embedded, {query: kit.feed("query", [3, 6, 6, 2])}))
            kit.variables("restored", sess, tf.trainable_variables())
