"""A generative adversarial network: two optimizers, variables chosen by scope, alternate training."""


def lrelu(tf, x, leak=0.2, name="lrelu"):
    return tf.maximum(x, leak * x, name=name)


def generator(tf, slim, z, is_training=True, reuse=False):
    with tf.variable_scope("generator", reuse=reuse):
        with slim.arg_scope(
            [slim.conv2d_transpose, slim.fully_connected],
            normalizer_fn=slim.batch_norm,
            normalizer_params={
                "is_training": is_training,
                "decay": 0.9,
                "updates_collections": tf.GraphKeys.UPDATE_OPS,
            },
            activation_fn=tf.nn.relu,
        ):
            net = slim.fully_connected(z, 2 * 2 * 8, scope="project")
            net = tf.reshape(net, [-1, 2, 2, 8])
            net = slim.conv2d_transpose(net, 6, [5, 5], stride=2, scope="deconv1")
            return slim.conv2d_transpose(
                net, 1, [5, 5], stride=2, activation_fn=tf.nn.tanh, normalizer_fn=None, scope="deconv2"
            )


def discriminator(tf, slim, image, reuse=False):
    with tf.variable_scope("discriminator") as scope:
        if reuse:
            scope.reuse_variables()
        net = lrelu(tf, slim.conv2d(image, 6, [4, 4], stride=2, activation_fn=None, scope="conv1"))
        net = slim.conv2d(
            net,
            8,
            [4, 4],
            stride=2,
            activation_fn=tf.nn.leaky_relu,
            normalizer_fn=slim.batch_norm,
            normalizer_params={"decay": 0.9},
            scope="conv2",
        )
        return slim.fully_connected(slim.flatten(net), 1, activation_fn=None, scope="logit")


def main(tf, slim, kit):
    z = tf.placeholder(tf.float32, [None, 5], name="z")
    real = tf.placeholder(tf.float32, [None, 8, 8, 1], name="real_images")

    fake = generator(tf, slim, z)
    d_logits_real = discriminator(tf, slim, real)
    d_logits_fake = discriminator(tf, slim, fake, reuse=True)
    sampled = generator(tf, slim, z, is_training=False, reuse=True)

    d_loss_real = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(logits=d_logits_real, labels=tf.ones_like(d_logits_real))
    )
    d_loss_fake = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(logits=d_logits_fake, labels=tf.zeros_like(d_logits_fake))
    )
    d_loss = d_loss_real + d_loss_fake
    g_loss = tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(logits=d_logits_fake, labels=tf.ones_like(d_logits_fake))
    )

    t_vars = tf.trainable_variables()
    d_vars = [var for var in t_vars if "discriminator" in var.name]
    g_vars = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="generator")
    all_d_updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope="discriminator")
    # Of the real images only: TensorFlow leaves open in which order both calls would update an average.
    d_updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope="discriminator/")
    g_updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope="generator")

    with tf.control_dependencies(d_updates):
        d_optim = tf.train.AdamOptimizer(0.002, beta1=0.5).minimize(d_loss, var_list=d_vars)
    with tf.control_dependencies(g_updates):
        g_optim = tf.train.AdamOptimizer(0.002, beta1=0.5).minimize(g_loss, var_list=g_vars)

    kit.names(
        z=z,
        real=real,
        fake=fake,
        sampled=sampled,
        d_logits_real=d_logits_real,
        d_logits_fake=d_logits_fake,
        d_loss_real=d_loss_real,
        d_loss=d_loss,
        g_loss=g_loss,
        all_d_updates=all_d_updates,
        d_updates=d_updates,
        g_updates=g_updates,
        d_optim=d_optim,
        g_optim=g_optim,
    )
    kit.fact("d_vars", [var.name for var in d_vars])
    kit.fact("g_vars", [var.name for var in g_vars])
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for step in range(3):
            batch_z = kit.feed(f"z{step}", [4, 5])
            images = kit.feed(f"real{step}", [6, 8, 8, 1])
            _, d_value = sess.run([d_optim, d_loss], feed_dict={z: batch_z, real: images})
            kit.value(f"d_loss/{step}", d_value)
            # Twice, so that the discriminator's loss does not go to zero.
            _, g_first = sess.run([g_optim, g_loss], feed_dict={z: batch_z})
            _, g_second = sess.run([g_optim, g_loss], feed_dict={z: batch_z})
            kit.value(f"g_loss/{step}", [g_first, g_second])
            kit.value(f"fake_error/{step}", d_loss_fake.eval({z: batch_z}))
        kit.value("samples", sess.run(sampled, {z: kit.feed("sample", [3, 5])}))
        kit.variables("after", sess, slim.get_model_variables())
        kit.variables("powers", sess, [v for v in tf.global_variables() if "_power" in v.name])
