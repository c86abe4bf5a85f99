"""Trains, saves, restores and evaluates a small classifier."""
from __future__ import print_function

import os
import sys

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.python.framework import ops
from tensorflow.python.platform import tf_logging as logging

from common import digits, result, set_weights

flags = tf.app.flags
flags.DEFINE_float('learning_rate', 0.05, 'Initial learning rate.')
flags.DEFINE_integer('batch_size', 16, 'Batch size.')
flags.DEFINE_integer('max_steps', 12, 'Number of steps.')
flags.DEFINE_string('train_dir', '/tmp/train', 'Directory where to write event logs and checkpoint.')
flags.DEFINE_boolean('use_ema', True, 'Whether to keep moving averages.')
FLAGS = flags.FLAGS


def inference(images, is_training):
    with slim.arg_scope([slim.conv2d, slim.fully_connected], weights_regularizer=slim.l2_regularizer(0.001),
                        weights_initializer=tf.truncated_normal_initializer(stddev=0.1)):
        with slim.arg_scope([slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params={'is_training': is_training, 'decay': 0.8}):
            net = slim.conv2d(images, 8, [3, 3], scope='conv1')
            net = slim.max_pool2d(net, 2, scope='pool1')
            net = slim.conv2d(net, 12, [3, 3], scope='conv2')
        net = slim.flatten(net)
        return slim.fully_connected(net, 4, activation_fn=None, scope='logits')


def train():
    images = tf.placeholder(tf.float32, [None, 12, 12, 1], name='images')
    labels = tf.placeholder(tf.int64, [None], name='labels')
    is_training = tf.placeholder(tf.bool, name='is_training')
    global_step = tf.Variable(0, name='global_step', trainable=False)
    logits = inference(images, is_training)
    cross_entropy = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels), name='xentropy')
    reg = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    loss = tf.add_n([cross_entropy] + reg, name='total_loss')
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))
    lr = tf.train.exponential_decay(FLAGS.learning_rate, global_step, 5, 0.5, staircase=True)
    opt = tf.train.MomentumOptimizer(lr, 0.9)
    grads = opt.compute_gradients(loss)
    grads = [(tf.clip_by_norm(g, 5.), v) for g, v in grads if g is not None]
    apply_gradient_op = opt.apply_gradients(grads, global_step=global_step)
    for grad, var in grads:
        tf.summary.histogram(var.op.name + '/gradients', grad)
    tf.summary.scalar('loss', loss)
    update_ops = tf.get_collection(ops.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies([apply_gradient_op] + update_ops):
        if FLAGS.use_ema:
            ema = tf.train.ExponentialMovingAverage(0.9, global_step)
            train_op = ema.apply(tf.trainable_variables())
        else:
            train_op = tf.no_op(name='train')
    summary_op = tf.summary.merge_all()
    saver = tf.train.Saver(tf.global_variables(), max_to_keep=2)
    config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(per_process_gpu_memory_fraction=0.5))
    config.gpu_options.allow_growth = True
    with tf.Session(config=config) as sess:
        sess.run(tf.group(tf.global_variables_initializer(), tf.local_variables_initializer()))
        set_weights(sess)
        sess.run([v.initializer for v in tf.global_variables() if 'ExponentialMovingAverage' in v.name])
        summary_writer = tf.summary.FileWriter(FLAGS.train_dir, sess.graph)
        x, y = digits(FLAGS.batch_size * FLAGS.max_steps)
        for step in range(FLAGS.max_steps):
            s = slice(step * FLAGS.batch_size, (step + 1) * FLAGS.batch_size)
            feed = {images: x[s], labels: y[s], is_training: True}
            _, loss_value = sess.run([train_op, loss], feed_dict=feed)
            assert not np.isnan(loss_value), 'Model diverged with loss = NaN'
            if step % 5 == 0:
                result('loss_%d' % step, loss_value)
                summary_writer.add_summary(sess.run(summary_op, feed), step)
                saver.save(sess, os.path.join(FLAGS.train_dir, 'model.ckpt'), global_step=step)
        checkpoint_path = os.path.join(FLAGS.train_dir, 'model.ckpt')
        saver.save(sess, checkpoint_path, global_step=global_step)
        summary_writer.close()
        tx, ty = digits(40, seed=5)
        result('accuracy', sess.run(accuracy, {images: tx, labels: ty, is_training: False}))
    return images, labels, is_training, accuracy, logits


def evaluate():
    tf.reset_default_graph()
    images = tf.placeholder(tf.float32, [None, 12, 12, 1])
    logits = inference(images, False)
    variable_averages = tf.train.ExponentialMovingAverage(0.9)
    saver = tf.train.Saver(variable_averages.variables_to_restore())
    ckpt = tf.train.get_checkpoint_state(FLAGS.train_dir)
    assert ckpt and ckpt.model_checkpoint_path
    global_step = ckpt.model_checkpoint_path.split('/')[-1].split('-')[-1]
    result('step', global_step, len(ckpt.all_model_checkpoint_paths))
    with tf.Session() as sess:
        saver.restore(sess, ckpt.model_checkpoint_path)
        out = sess.run(tf.nn.softmax(logits), {images: digits(40, seed=5)[0]})
        result('averaged', float(out.max()), float(out.std()), out.argmax(1).sum())
    reader = tf.train.NewCheckpointReader(tf.train.latest_checkpoint(FLAGS.train_dir))
    result('names', ','.join(sorted(reader.get_variable_to_shape_map())))


def main(argv=None):
    if tf.gfile.Exists(FLAGS.train_dir):
        tf.gfile.DeleteRecursively(FLAGS.train_dir)
    tf.gfile.MakeDirs(FLAGS.train_dir)
    logging.info('starting')
    train()
    evaluate()


if __name__ == '__main__':
    tf.app.run()
