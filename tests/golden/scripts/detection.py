"""The heads of a detector with several tasks, on a batch of unknown size: reshapes, gathers and masks."""

import numpy as np


def smooth_l1(tf, x):
    absolute = tf.abs(x)
    return tf.where(absolute < 1.0, 0.5 * tf.square(x), absolute - 0.5)


def main(tf, slim, kit):
    num_anchors, num_classes, top = 2, 3, 4
    features = tf.placeholder(tf.float32, [None, 4, 3, 6], name="features")
    gt_classes = tf.placeholder(tf.int32, [None, 4 * 3 * num_anchors], name="gt_classes")
    gt_offsets = tf.placeholder(tf.float32, [None, 4 * 3 * num_anchors, 4], name="gt_offsets")
    anchors = tf.constant(np.arange(4 * 3 * num_anchors * 4).reshape([-1, 4]) / 50.0, dtype=tf.float32)

    batch = tf.shape(features)[0]
    with tf.variable_scope("heads"):
        net = slim.conv2d(features, 8, [3, 3], scope="shared")
        net = tf.transpose(net, [0, 3, 1, 2], name="to_nchw")
        net = tf.transpose(net, perm=[0, 2, 3, 1])
        class_map = slim.conv2d(net, num_anchors * num_classes, [1, 1], activation_fn=None, scope="classes")
        box_map = slim.conv2d(net, num_anchors * 4, [1, 1], activation_fn=None, scope="boxes")
        class_logits = tf.reshape(class_map, [batch, -1, num_classes], name="class_logits")
        offsets = tf.reshape(box_map, [-1, 4 * 3 * num_anchors, 4])

    probabilities = tf.nn.softmax(class_logits)
    scores = tf.reduce_max(probabilities[:, :, 1:], axis=2)
    classes = tf.argmax(class_logits[..., 1:], axis=-1, output_type=tf.int32) + 1

    centers = anchors[tf.newaxis, :, :2] + offsets[:, :, :2] * 0.1
    sizes = tf.exp(tf.minimum(offsets[:, :, 2:], 2.0)) * tf.expand_dims(anchors[:, 2:], 0)
    boxes = tf.concat([centers - sizes / 2.0, centers + sizes / 2.0], axis=-1, name="boxes")
    boxes = tf.clip_by_value(boxes, -1.0, 1.5)
    top_scores, top_indices = tf.nn.top_k(scores, k=top, name="top")
    rows = tf.tile(tf.expand_dims(tf.range(batch), 1), [1, top])
    top_boxes = tf.gather_nd(boxes, tf.stack([rows, top_indices], axis=2))
    flat = tf.reshape(boxes, [-1, 4])
    kept = tf.boolean_mask(flat, tf.reshape(scores, [-1]) > 0.4, name="kept")
    where = tf.where(tf.greater(scores, 0.4))
    first = tf.gather(boxes, 0)
    corners = tf.unstack(tf.gather(boxes, [3, 1], axis=1), axis=2)
    area = (corners[2] - corners[0]) * (corners[3] - corners[1])

    positive = tf.greater(gt_classes, 0)
    num_positive = tf.maximum(tf.reduce_sum(tf.to_float(positive)), 1.0)
    class_loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=gt_classes, logits=class_logits)
    weights = tf.where(positive, tf.ones_like(class_loss), 0.25 * tf.ones_like(class_loss))
    class_loss = tf.reduce_sum(class_loss * weights) / num_positive
    difference = tf.boolean_mask(offsets - gt_offsets, positive)
    box_loss = tf.reduce_sum(smooth_l1(tf, difference)) / num_positive
    best = tf.reduce_mean(tf.cast(tf.equal(classes, gt_classes), tf.float32))
    loss = tf.add_n([class_loss, 2.0 * box_loss, 0.1 * tf.reduce_mean(top_scores)], name="loss")
    train_op = tf.train.GradientDescentOptimizer(0.05).minimize(loss)

    tensors = {
        "class_logits": class_logits,
        "offsets": offsets,
        "probabilities": probabilities,
        "scores": scores,
        "classes": classes,
        "boxes": boxes,
        "top_scores": top_scores,
        "top_indices": top_indices,
        "rows": rows,
        "top_boxes": top_boxes,
        "kept": kept,
        "where": where,
        "first": first,
        "area": area,
    }
    losses = {"num_positive": num_positive, "class": class_loss, "box": box_loss, "best": best, "loss": loss}
    kit.names(batch=batch, net=net, train_op=train_op, **tensors)
    kit.names(**{"loss_" + key: tensor for key, tensor in losses.items()})
    kit.collections()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        kit.weights(sess)
        for size in (1, 3):
            kit.value(f"batch/{size}", sess.run(tensors, {features: kit.feed(f"f{size}", [size, 4, 3, 6])}))
        for size in (2, 4):
            feed = {
                features: kit.feed(f"t{size}", [size, 4, 3, 6]),
                gt_classes: kit.feed(f"c{size}", [size, 24], "int32") % num_classes,
                gt_offsets: 2.0 * kit.feed(f"o{size}", [size, 24, 4]),
            }
            kit.value(f"loss/{size}", sess.run([losses, train_op], feed)[0])
        # Nothing is positive, so the mask keeps nothing.
        feed[gt_classes] = np.zeros([4, 24], np.int32)
        kit.value("nothing", sess.run(losses, feed))
        kit.variables("trained", sess, tf.trainable_variables())
