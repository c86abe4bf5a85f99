"""Writes TFRecords, and trains from them with queues and a supervisor."""
import os
import sys

import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.python.training import saver as tf_saver

from common import digits, result, set_weights

DIR = sys.argv[1]


def _int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def _bytes_feature(value):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def convert(path):
    images, labels = digits(24)
    with tf.python_io.TFRecordWriter(path) as writer:
        for image, label in zip(images, labels):
            example = tf.train.Example(features=tf.train.Features(feature={
                'height': _int64_feature(12), 'label': _int64_feature(int(label)), 'image_raw': _bytes_feature(image.tobytes())}))
            writer.write(example.SerializeToString())


def read_and_decode(filename_queue):
    reader = tf.TFRecordReader()
    _, serialized_example = reader.read(filename_queue)
    features = tf.parse_single_example(serialized_example, features={
        'image_raw': tf.FixedLenFeature([], tf.string), 'label': tf.FixedLenFeature([], tf.int64)})
    image = tf.decode_raw(features['image_raw'], tf.float32)
    image.set_shape([144])
    image = tf.reshape(image, [12, 12, 1])
    image = tf.image.flip_left_right(image)
    image = tf.image.resize_image_with_crop_or_pad(image, 10, 14)
    return image, tf.cast(features['label'], tf.int32)


def model(images):
    net = slim.conv2d(images, 6, 3, stride=2, scope='c1')
    net = tf.reduce_mean(net, [1, 2])
    return slim.fully_connected(net, 4, activation_fn=None, scope='fc')


def main():
    path = os.path.join(DIR, 'train.tfrecords')
    convert(path)
    result('count', sum(1 for _ in tf.python_io.tf_record_iterator(path)))
    with tf.name_scope('input'):
        queue = tf.train.string_input_producer([path], num_epochs=2, shuffle=False)
        image, label = read_and_decode(queue)
        images, labels = tf.train.batch([image, label], batch_size=8, num_threads=1, capacity=64)
    logits = model(images)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    total = slim.losses.get_total_loss() if False else tf.losses.get_total_loss()
    train_op = slim.learning.create_train_op(total, tf.train.RMSPropOptimizer(0.01))
    init_op = tf.group(tf.global_variables_initializer(), tf.local_variables_initializer())
    sess = tf.Session()
    sess.run(init_op)
    set_weights(sess)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    try:
        step = 0
        while not coord.should_stop():
            value, seen = sess.run([train_op, labels])
            result('step_%d' % step, value, seen.sum(), seen.shape)
            step += 1
    except tf.errors.OutOfRangeError:
        result('done', step)
    finally:
        coord.request_stop()
    coord.join(threads)
    saver = tf_saver.Saver()
    result('saved', os.path.basename(saver.save(sess, os.path.join(DIR, 'm.ckpt'), global_step=slim.get_global_step())))
    sess.close()


main()
