"""Fine-tuning: part of a checkpoint restored, the rest initialized; some layers train, then all of them."""

import os


def network(tf, slim, images, num_classes):
    with slim.arg_scope(
        [slim.conv2d], activation_fn=tf.nn.elu, weights_regularizer=slim.l2_regularizer(0.01)
    ):
        with tf.variable_scope("Net", "Net", [images]) as scope:
            collection = scope.name + "_end_points"
            with slim.arg_scope([slim.conv2d, slim.avg_pool2d], outputs_collections=collection):
                net = slim.conv2d(images, 4, [3, 3], scope="Conv2d_1a")
                net = slim.conv2d(net, 5, [3, 3], stride=2, scope="Conv2d_2a")
                net = slim.avg_pool2d(net, [3, 3], stride=1, padding="SAME", scope="AvgPool_3a")
                net = tf.reduce_mean(net, [1, 2], name="pooled")
            logits = slim.fully_connected(net, num_classes, activation_fn=None, scope="Logits")
            return logits, slim.utils.convert_collection_to_dict(collection)


def main(tf, slim, kit):
    path = os.path.join(kit.directory, "pretrained.ckpt")
    with tf.Graph().as_default():
        logits, _ = network(tf, slim, tf.placeholder(tf.float32, [None, 6, 6, 3], name="images"), 7)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            kit.weights(sess)
            kit.value("pretrained", sess.run(logits, {"images:0": kit.feed("images0", [2, 6, 6, 3])}))
            kit.fact("path", os.path.basename(tf.train.Saver().save(sess, path)))

    images = tf.placeholder(tf.float32, [None, 6, 6, 3], name="images")
    labels = tf.placeholder(tf.float32, [None, 3], name="labels")
    logits, end_points = network(tf, slim, images, 3)
    data_loss = tf.losses.softmax_cross_entropy(labels, logits)
    regularization_loss = tf.losses.get_regularization_loss()
    total_loss = tf.losses.get_total_loss()
    variables_to_restore = slim.get_variables_to_restore(exclude=["Net/Logits"])
    init_fn = slim.assign_from_checkpoint_fn(path, variables_to_restore)

    step = tf.Variable(0, trainable=False, name="step")
    head = tf.train.GradientDescentOptimizer(0.5).minimize(
        total_loss, var_list=slim.get_variables("Net/Logits"), global_step=step, name="head"
    )
    rate = tf.train.piecewise_constant(step, [2, 3], [0.4, 0.2, 0.1])
    whole = tf.train.GradientDescentOptimizer(rate).minimize(total_loss, global_step=step, name="whole")

    kit.names(
        logits=logits,
        end_points=end_points,
        data_loss=data_loss,
        regularization_loss=regularization_loss,
        total_loss=total_loss,
        head=head,
        rate=rate,
        whole=whole,
    )
    kit.fact("restored", [variable.op.name for variable in variables_to_restore])
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        init_fn(sess)
        for variable in slim.get_variables("Net/Logits"):
            sess.run(variable.assign(kit.feed(variable.op.name, variable.get_shape().as_list())))
        for index in range(5):
            feed = {images: kit.feed(f"images{index}", [3, 6, 6, 3])}
            feed[labels] = abs(kit.feed(f"labels{index}", [3, 3]))
            fetches = [total_loss, data_loss, regularization_loss, rate, end_points]
            kit.value(f"step/{index}", sess.run(fetches, feed))
            sess.run(head if index < 2 else whole, feed)
        kit.value("steps", sess.run(step))
        kit.variables("trained", sess, tf.trainable_variables())
