import tensorflow as tf

slim = tf.contrib.slim


def mynet(input, reuse=False):
    with tf.name_scope("model"):
        with tf.variable_scope("conv1") as scope:
            net = tf.contrib.layers.conv2d(input, 8, [5, 5], activation_fn=tf.nn.relu, padding='SAME',
                                           weights_initializer=tf.contrib.layers.xavier_initializer_conv2d(), scope=scope, reuse=reuse)
            net = tf.contrib.layers.max_pool2d(net, [2, 2], padding='SAME')
        with tf.variable_scope("conv2") as scope:
            net = tf.contrib.layers.conv2d(net, 12, [3, 3], activation_fn=tf.nn.relu, padding='SAME',
                                           weights_initializer=tf.contrib.layers.xavier_initializer_conv2d(), scope=scope, reuse=reuse)
            net = tf.contrib.layers.max_pool2d(net, [2, 2], padding='SAME')
        net = tf.contrib.layers.flatten(net)
    return net


def contrastive_loss(model1, model2, y, margin):
    with tf.name_scope("contrastive-loss"):
        distance = tf.sqrt(tf.reduce_sum(tf.pow(model1 - model2, 2), 1, keepdims=True) + 1e-9)
        similarity = y * tf.square(distance)
        dissimilarity = (1 - y) * tf.square(tf.maximum((margin - distance), 0))
        return tf.reduce_mean(dissimilarity + similarity) / 2


def _head(x, dims=4):
    w = tf.get_variable('w', [int(x.shape[-1]), dims], tf.float32, tf.contrib.layers.variance_scaling_initializer(factor=2.0))
    b = tf.get_variable('b', shape=(dims,), initializer=tf.zeros_initializer)
    return tf.nn.xw_plus_b(x, w, b)


def siamese(left, right, label, margin=0.2):
    a, b = mynet(left), mynet(right, reuse=True)
    head = tf.make_template('head', _head, dims=6)
    ea, eb = tf.nn.l2_normalize(head(a), 1), tf.nn.l2_normalize(head(b), 1)
    with tf.variable_scope('scale', reuse=tf.AUTO_REUSE):
        s1 = tf.get_variable('s', initializer=1.5)
        s2 = tf.get_variable('s', initializer=1.5)
    assert s1 is s2
    loss = contrastive_loss(ea * s1, eb * s2, label, margin)
    sim = tf.matmul(ea, eb, transpose_b=True)
    correct = tf.equal(tf.cast(tf.diag_part(sim) > 0.5, tf.float32), tf.squeeze(label, 1))
    accuracy = tf.reduce_mean(tf.cast(correct, "float"))
    return loss, accuracy, sim
