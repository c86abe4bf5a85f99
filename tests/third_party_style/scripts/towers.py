"""Multi-tower training on one device, tf.data, MonitoredTrainingSession; tf_slim names."""
import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf

from common import digits, result, set_weights

try:
    import tf_slim as slim
except ImportError:
    from tensorflow.contrib import slim

tf.disable_v2_behavior()


def tower_loss(images, labels, scope):
    with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params=dict(is_training=True, decay=.5)):
        net = slim.conv2d(images, 5, 3, 2, scope='conv')
    logits = slim.fully_connected(slim.flatten(net), 4, activation_fn=None, scope='fc')
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    tf.add_to_collection('losses', tf.reduce_mean(cross_entropy, name='cross_entropy'))
    losses = tf.get_collection('losses', scope)
    return tf.add_n(losses, name='total_loss')


def average_gradients(tower_grads):
    average_grads = []
    for grad_and_vars in zip(*tower_grads):
        grads = []
        for g, _ in grad_and_vars:
            expanded_g = tf.expand_dims(g, 0)
            grads.append(expanded_g)
        grad = tf.concat(axis=0, values=grads)
        grad = tf.reduce_mean(grad, 0)
        average_grads.append((grad, grad_and_vars[0][1]))
    return average_grads


with tf.Graph().as_default(), tf.device('/cpu:0'):
    images, labels = digits(16)
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).repeat().batch(16)
    dataset = dataset.map(lambda x, y: (x * 2 - 1, tf.cast(y, tf.int32))).prefetch(2)
    iterator = dataset.make_one_shot_iterator()
    global_step = tf.train.get_or_create_global_step()
    opt = tf.train.GradientDescentOptimizer(tf.train.piecewise_constant(global_step, [2, 4], [0.1, 0.05, 0.01]))
    tower_grads = []
    image_splits = tf.split(axis=0, num_or_size_splits=2, value=tf.reshape(iterator.get_next()[0], [16, 12, 12, 1]))
    label_splits = tf.split(tf.constant(labels[:16].astype('int32')), 2)
    with tf.variable_scope(tf.get_variable_scope()):
        for i in range(2):
            with tf.device('/gpu:%d' % i if False else '/cpu:0'):
                with tf.name_scope('%s_%d' % ('tower', i)) as scope:
                    image_batch, label_batch = image_splits[i], label_splits[i]
                    loss = tower_loss(image_batch, label_batch, scope)
                    tf.get_variable_scope().reuse_variables()
                    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope)
                    tower_grads.append(opt.compute_gradients(loss))
    result('updates', len(updates), ' '.join(u.name for u in updates))
    grads = average_gradients(tower_grads)
    train_op = tf.group(opt.apply_gradients(grads, global_step=global_step), *updates)
    variables = tf.trainable_variables()
    scaffold = tf.train.Scaffold(init_fn=lambda scaffold, sess: set_weights(sess, variables))
    hooks = [tf.train.StopAtStepHook(last_step=6), tf.train.NanTensorHook(loss)]
    with tf.train.MonitoredTrainingSession(checkpoint_dir=os.path.join(sys.argv[1], 'mon'), hooks=hooks, scaffold=scaffold,
                                           save_checkpoint_secs=600, log_step_count_steps=100) as sess:
        while not sess.should_stop():
            _, value, step = sess.run([train_op, loss, global_step])
            result('step', value)
    result('latest', os.path.basename(tf.train.latest_checkpoint(os.path.join(sys.argv[1], 'mon'))))
    result('vars', ' '.join(v.op.name for v in tf.global_variables()))
