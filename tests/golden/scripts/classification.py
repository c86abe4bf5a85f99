"""Classification with placeholders: train, evaluate, save, restore."""

import os


def lenet(tf, slim, images, num_classes):
    end_points = {}
    with tf.variable_scope("LeNet", "LeNet", [images]):
        with slim.arg_scope(
            [slim.conv2d, slim.fully_connected],
            weights_regularizer=slim.l2_regularizer(0.01),
            activation_fn=tf.nn.relu,
        ):
            net = end_points["conv1"] = slim.conv2d(images, 6, [5, 5], scope="conv1")
            net = end_points["pool1"] = slim.max_pool2d(net, [2, 2], 2, scope="pool1")
            net = end_points["conv2"] = slim.conv2d(net, 8, [3, 3], padding="VALID", scope="conv2")
            net = end_points["pool2"] = slim.max_pool2d(net, [2, 2], 2, scope="pool2")
            net = slim.flatten(net)
            end_points["Flatten"] = net
            net = end_points["fc3"] = slim.fully_connected(net, 20, scope="fc3")
            logits = end_points["Logits"] = slim.fully_connected(
                net, num_classes, activation_fn=None, scope="fc4"
            )
    end_points["Predictions"] = slim.softmax(logits, scope="Predictions")
    return logits, end_points


def main(tf, slim, kit):
    num_classes = 10
    images = tf.placeholder(tf.float32, [None, 12, 12, 1], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")

    logits, end_points = lenet(tf, slim, images, num_classes)
    one_hot_labels = slim.one_hot_encoding(labels, num_classes)
    cross_entropy = slim.losses.softmax_cross_entropy(logits, one_hot_labels)
    total_loss = slim.losses.get_total_loss()

    global_step = tf.Variable(0, name="global_step", trainable=False)
    learning_rate = tf.train.exponential_decay(0.1, global_step, 2, 0.5, staircase=True)
    optimizer = tf.train.MomentumOptimizer(learning_rate, momentum=0.9)
    train_op = optimizer.minimize(total_loss, global_step=global_step)

    predicted = tf.argmax(logits, 1)
    correct_prediction = tf.equal(predicted, labels)
    accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

    init = tf.global_variables_initializer()
    saver = tf.train.Saver()

    kit.names(
        images=images,
        labels=labels,
        end_points=end_points,
        one_hot_labels=one_hot_labels,
        cross_entropy=cross_entropy,
        total_loss=total_loss,
        global_step=global_step,
        learning_rate=learning_rate,
        train_op=train_op,
        predicted=predicted,
        correct_prediction=correct_prediction,
        accuracy=accuracy,
        init=init,
        slot=optimizer.get_slot(tf.trainable_variables()[0], "momentum"),
    )
    kit.collections()

    train_images, train_labels = kit.feed("train_images", [20, 12, 12, 1]), kit.feed("labels", [20], "int64")
    test_images, test_labels = kit.feed("test_images", [7, 12, 12, 1]), kit.feed("test", [7], "int64")

    sess = tf.Session()
    sess.run(init)
    kit.weights(sess)
    step = 0
    for _ in range(2):
        for start in range(0, 20, 8):
            # The last batch of an epoch is smaller.
            feed_dict = {
                images: train_images[start : start + 8],
                labels: train_labels[start : start + 8],
            }
            kit.value(f"before/{step}", sess.run([total_loss, learning_rate], feed_dict=feed_dict))
            _, loss_value = sess.run([train_op, cross_entropy], feed_dict=feed_dict)
            kit.value(f"step/{step}", loss_value)
            step = int(sess.run(global_step))
    kit.value("steps", step)
    kit.variables("trained", sess, tf.trainable_variables())
    slots = [optimizer.get_slot(variable, "momentum") for variable in tf.trainable_variables()]
    kit.variables("slots", sess, slots)

    feed_dict = {images: test_images, labels: test_labels}
    evaluated = sess.run([accuracy, predicted, end_points], feed_dict)
    kit.value("evaluated", evaluated)
    kit.value("one_image", sess.run("LeNet/fc4/BiasAdd:0", {"images:0": test_images[:1]}))
    path = saver.save(sess, os.path.join(kit.directory, "model.ckpt"), global_step=global_step)
    kit.fact("saved", os.path.basename(path))
    sess.close()

    with tf.Session() as sess:
        saver.restore(sess, tf.train.latest_checkpoint(kit.directory))
        kit.value("restored", sess.run([accuracy, logits], feed_dict))
        kit.value("restored_step", global_step.eval())
