"""slim.learning.create_train_op with gradient multipliers, chosen variables and a given global step."""


def main(tf, slim, kit):
    tf.set_random_seed(1)
    inputs = tf.placeholder(tf.float32, [None, 6], name="inputs")
    targets = tf.placeholder(tf.float32, [None, 2], name="targets")

    with tf.variable_scope("regression"):
        with slim.arg_scope([slim.fully_connected], activation_fn=tf.nn.tanh):
            net = slim.stack(inputs, slim.fully_connected, [8, 7], scope="fc")
            predictions = slim.fully_connected(net, 2, activation_fn=None, scope="prediction")
    frozen = slim.fully_connected(inputs, 2, activation_fn=None, scope="frozen")
    tf.losses.mean_squared_error(labels=targets, predictions=predictions + frozen)
    loss = tf.losses.get_total_loss()

    global_step = slim.get_or_create_global_step()
    optimizer = tf.train.GradientDescentOptimizer(0.2)
    multipliers = {
        "regression/fc/fc_1/weights": 2.0,
        slim.get_variables_by_suffix("prediction/biases")[0]: 0.1,
    }
    train_op = slim.learning.create_train_op(
        loss,
        optimizer,
        global_step=global_step,
        variables_to_train=slim.get_trainable_variables("regression"),
        gradient_multipliers=multipliers,
        clip_gradient_norm=1.0,
    )
    other = slim.learning.create_train_op(loss, tf.train.AdamOptimizer(0.01), global_step=None)

    kit.names(predictions=predictions, frozen=frozen, loss=loss, train_op=train_op, other=other)
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.group(tf.global_variables_initializer(), tf.local_variables_initializer()))
        kit.weights(sess)
        for step in range(3):
            feed = {inputs: kit.feed(f"i{step}", [7, 6]), targets: kit.feed(f"t{step}", [7, 2])}
            kit.value(f"loss/{step}", sess.run(train_op, feed))
        kit.value("global_step", sess.run(global_step))
        kit.variables("after", sess, slim.get_model_variables())
        kit.value("other", sess.run(other, feed))
        kit.value("global_step_other", sess.run(global_step))
        kit.variables("after_other", sess, slim.get_model_variables())
