"""Fine-tunes from a checkpoint with other classes, through slim.learning.train."""
from __future__ import division
import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow.contrib.framework.python.ops.variables import get_or_create_global_step
from tensorflow.contrib.slim.python.slim.nets import alexnet
from tensorflow.python.platform import tf_logging as logging
from tensorflow.python import pywrap_tensorflow

from common import digits, result, set_weights

slim = tf.contrib.slim
FLAGS = tf.app.flags.FLAGS
tf.app.flags.DEFINE_string('dir', None, 'where')
tf.app.flags.DEFINE_string('checkpoint_exclude_scopes', 'net/logits', 'Comma-separated list.')
tf.app.flags.DEFINE_string('trainable_scopes', 'net/logits,net/fc', 'Comma-separated list.')
tf.app.flags.DEFINE_multi_integer('sizes', [8, 12], 'Sizes.')


def net(x, classes, is_training=False):
    with tf.variable_scope('net'):
        x = slim.stack(x, slim.conv2d, [(s, [3, 3]) for s in FLAGS.sizes], stride=2, scope='conv')
        x = slim.fully_connected(slim.flatten(x), 10, scope='fc')
        return slim.fully_connected(x, classes, activation_fn=None, scope='logits')


def _get_init_fn(path):
    exclusions = []
    if FLAGS.checkpoint_exclude_scopes:
        exclusions = [scope.strip() for scope in FLAGS.checkpoint_exclude_scopes.split(',')]
    variables_to_restore = []
    for var in slim.get_model_variables():
        for exclusion in exclusions:
            if var.op.name.startswith(exclusion):
                break
        else:
            variables_to_restore.append(var)
    result('restored', ' '.join(v.op.name for v in variables_to_restore))
    checkpoint_path = tf.train.latest_checkpoint(path) if tf.gfile.IsDirectory(path) else path
    return slim.assign_from_checkpoint_fn(checkpoint_path, variables_to_restore, ignore_missing_vars=True)


def _get_variables_to_train():
    scopes = [scope.strip() for scope in FLAGS.trainable_scopes.split(',')]
    variables_to_train = []
    for scope in scopes:
        variables_to_train.extend(tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope))
    return variables_to_train


def main(_):
    first = os.path.join(FLAGS.dir, 'first')
    tf.gfile.MakeDirs(first)
    with tf.Graph().as_default():
        net(tf.zeros([1, 12, 12, 1]), 6)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            set_weights(sess)
            tf.train.Saver().save(sess, os.path.join(first, 'model.ckpt'), global_step=7)
    reader = pywrap_tensorflow.NewCheckpointReader(tf.train.latest_checkpoint(first))
    for key in sorted(reader.get_variable_to_shape_map()):
        result('tensor', key, float(reader.get_tensor(key).sum()))
    with tf.Graph().as_default():
        tf.set_random_seed(3)
        logging.set_verbosity(logging.ERROR)
        global_step = get_or_create_global_step()
        images, labels = digits(16)
        logits = net(tf.constant(images), 4, True)
        one_hot_labels = slim.one_hot_encoding(tf.constant(labels), 4)
        slim.losses.softmax_cross_entropy(logits, one_hot_labels, label_smoothing=0.1, weights=1.0)
        total_loss = slim.losses.get_total_loss()
        summaries = set(tf.get_collection(tf.GraphKeys.SUMMARIES))
        summaries.add(tf.summary.scalar('losses/total', total_loss))
        optimizer = tf.train.AdamOptimizer(learning_rate=0.01)
        train_op = slim.learning.create_train_op(total_loss, optimizer, variables_to_train=_get_variables_to_train())
        restore = _get_init_fn(first)
        fresh = tf.contrib.framework.get_model_variables('net/logits')

        def init_fn(sess):
            restore(sess)
            set_weights(sess, fresh)

        final = slim.learning.train(train_op, logdir=os.path.join(FLAGS.dir, 'second'), init_fn=init_fn, number_of_steps=6,
                                    log_every_n_steps=2, save_summaries_secs=600, save_interval_secs=600)
        result('final', float(final))
    second = os.path.join(FLAGS.dir, 'second')
    reader = tf.train.NewCheckpointReader(tf.train.latest_checkpoint(second))
    result('names', ' '.join(sorted(reader.get_variable_to_shape_map())))
    result('conv', float(reader.get_tensor('net/conv/conv_1/weights').sum()), reader.get_tensor('global_step'))
    with tf.Graph().as_default():
        images, labels = digits(32, 4)
        logits = net(tf.constant(images), 4)
        names_to_values, names_to_updates = slim.metrics.aggregate_metric_map({
            'accuracy': slim.metrics.streaming_accuracy(tf.argmax(logits, 1), tf.constant(labels)),
            'recall_2': tf.metrics.recall_at_k(tf.constant(labels), logits, 2)})
        values = slim.evaluation.evaluate_once(master='', checkpoint_path=tf.train.latest_checkpoint(second), logdir=os.path.join(FLAGS.dir, 'eval'),
                                               num_evals=1, eval_op=list(names_to_updates.values()), final_op=names_to_values['accuracy'])
        result('evaluated', float(values))


if __name__ == '__main__':
    tf.app.run()
