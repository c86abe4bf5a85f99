"""ResNet-50 of slim's networks, with `is_training` as a placeholder."""


def main(tf, slim, kit):
    images = tf.placeholder(tf.float32, [None, 64, 64, 3], name="images")
    is_training = tf.placeholder(tf.bool, [], name="is_training")
    with slim.arg_scope(kit.resnet_v1.resnet_arg_scope(weight_decay=0.0001)):
        net, end_points = kit.resnet_v1.resnet_v1_50(
            images, num_classes=10, is_training=is_training, global_pool=True
        )
    logits = tf.squeeze(net, [1, 2], name="squeezed")
    values, indices = tf.nn.top_k(tf.nn.softmax(logits), k=3)
    to_restore = slim.get_variables_to_restore(exclude=["resnet_v1_50/logits", "resnet_v1_50/conv1/weights"])

    kit.names(net=net, logits=logits, values=values, indices=indices, end_points=end_points)
    kit.fact("to_restore", [variable.op.name for variable in to_restore][:4] + [len(to_restore)])
    kit.collections()

    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        feed = {images: kit.feed("image0", [2, 64, 64, 3]), is_training: False}
        kit.value("inference", sess.run([logits, values, indices, end_points], feed))
        block = "resnet_v1_50/block1/unit_1/bottleneck_v1/Relu:0"
        kit.value("by_name", sess.run([block, "resnet_v1_50/logits/BiasAdd:0"], feed))
        feed = {images: kit.feed("image1", [4, 64, 64, 3]), is_training: True}
        kit.value("training", sess.run([logits, end_points["resnet_v1_50/block4"]], feed))
