"""Inference of a fully convolutional network: batch, height and width are known only when it runs."""


def main(tf, slim, kit):
    num_classes = 4
    image = tf.placeholder(tf.float32, [None, None, None, 3], name="image")

    mean = tf.constant([0.1, 0.2, 0.3], name="mean")
    net = (image - mean) * 2.0
    with slim.arg_scope([slim.conv2d, slim.separable_conv2d], normalizer_fn=slim.batch_norm):
        with slim.arg_scope([slim.batch_norm], is_training=False, scale=True):
            with tf.variable_scope("encoder"):
                padded = tf.pad(net, [[0, 0], [1, 1], [1, 1], [0, 0]])
                skip1 = slim.conv2d(padded, 6, [3, 3], padding="VALID", scope="conv1")
                pool1 = slim.max_pool2d(skip1, [3, 3], stride=2, padding="SAME", scope="pool1")
                skip2 = slim.separable_conv2d(pool1, 8, [3, 3], depth_multiplier=1, scope="conv2")
                pool2 = slim.conv2d(skip2, 8, [3, 3], stride=2, scope="down2")
                atrous = slim.conv2d(pool2, 8, [3, 3], rate=2, scope="atrous")
                pooled = tf.reduce_mean(atrous, [1, 2], keepdims=True, name="image_pool")
                pooled = slim.conv2d(pooled, 4, [1, 1], scope="image_features")
                size = tf.shape(atrous)[1:3]
                pooled = tf.image.resize_bilinear(pooled, size, align_corners=True)
                context = tf.concat([atrous, pooled], axis=3)
            with tf.variable_scope("decoder"):
                up2 = tf.image.resize_bilinear(context, tf.shape(skip2)[1:3])
                net = slim.conv2d(tf.concat([up2, skip2], 3), 6, [3, 3], scope="up2")
                up1 = tf.image.resize_nearest_neighbor(net, tf.shape(skip1)[1:3])
                net = slim.conv2d(tf.concat([up1, skip1], 3), 6, [3, 3], scope="up1")
                logits = slim.conv2d(
                    net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits"
                )
    logits = tf.image.resize_bilinear(logits, tf.shape(image)[1:3], name="upsampled")
    probabilities = tf.nn.softmax(logits, name="probabilities")
    labels = tf.argmax(probabilities, axis=3, name="labels")
    counts = tf.reduce_sum(tf.one_hot(labels, num_classes), [1, 2])
    size = tf.shape(image)
    pixels = tf.cast(size[1] * size[2], tf.float32)
    fractions = counts / pixels

    kit.names(
        image=image,
        skip1=skip1,
        skip2=skip2,
        pool2=pool2,
        atrous=atrous,
        pooled=pooled,
        context=context,
        up2=up2,
        up1=up1,
        logits=logits,
        probabilities=probabilities,
        labels=labels,
        counts=counts,
        size=size,
        pixels=pixels,
        fractions=fractions,
    )
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for shape in ([1, 16, 16, 3], [2, 21, 18, 3], [1, 9, 30, 3]):
            fetches = [
                size,
                skip1,
                skip2,
                atrous,
                context,
                up2,
                up1,
                logits,
                probabilities,
                labels,
                fractions,
            ]
            kit.value("x".join(map(str, shape)), sess.run(fetches, {image: kit.feed(f"image{shape}", shape)}))
        kit.value("by_name", sess.run("encoder/conv1/Relu:0", {"image:0": kit.feed("i", [3, 5, 4, 3])}))
