"""slim.learning.create_train_op on a tensor, with clipped gradients, run in a plain session."""


def main(tf, slim, kit):
    images = tf.placeholder(tf.float32, [None, 8, 8, 3])
    labels = tf.placeholder(tf.float32, [None, 10])

    with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params={"decay": 0.8}):
        net = slim.repeat(images, 2, slim.conv2d, 5, [3, 3], scope="conv1")
        net = slim.max_pool2d(net, [2, 2], scope="pool1")
    net = tf.reduce_mean(net, [1, 2], keep_dims=True, name="global_pool")
    logits = slim.conv2d(net, 10, [1, 1], activation_fn=None, scope="logits")
    logits = tf.squeeze(logits, [1, 2], name="SpatialSqueeze")

    slim.losses.softmax_cross_entropy(logits, labels)
    slim.losses.mean_squared_error(tf.nn.softmax(logits), labels, weights=0.5)
    total_loss = slim.losses.get_total_loss()

    optimizer = tf.train.MomentumOptimizer(learning_rate=0.5, momentum=0.9)
    train_op = slim.learning.create_train_op(total_loss, optimizer, clip_gradient_norm=0.05)
    global_step = tf.train.get_global_step()

    kit.names(
        images=images,
        labels=labels,
        net=net,
        logits=logits,
        total_loss=total_loss,
        train_op=train_op,
        global_step=global_step,
    )
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for step in range(4):
            feed_dict = {images: kit.feed(f"images{step}", [5, 8, 8, 3])}
            feed_dict[labels] = abs(kit.feed(f"labels{step}", [5, 10])) / 5.0
            kit.value(f"loss/{step}", sess.run(train_op, feed_dict=feed_dict))
        kit.value("global_step", sess.run(global_step))
        kit.variables("after", sess, [v for v in tf.global_variables() if v is not global_step])
        kit.value("logits", sess.run(logits, feed_dict={images: kit.feed("test", [3, 8, 8, 3])}))
