"""Runs a small detector over images of several sizes: one graph, one session, restored by name."""
import os
import sys
from math import ceil

import numpy as np
import tensorflow as tf
import tensorflow.compat.v1 as tfv1
import tensorflow.contrib.slim as slim

from common import result, set_weights

tfv1.disable_eager_execution()


class Detector(object):
    def __init__(self, net, thresh):
        graph = tf.Graph()
        with graph.as_default():
            self.image_op = tf.placeholder(tf.float32, name='input_image')
            self.width_op = tf.placeholder(tf.int32, name='image_width')
            self.height_op = tf.placeholder(tf.int32, name='image_height')
            image_reshape = tf.reshape(self.image_op, [1, self.height_op, self.width_op, 3])
            self.cls_prob, self.bbox_pred, boxes = net(image_reshape)
            flat = tf.reshape(self.cls_prob, [-1])
            keep = tf.where(flat > thresh)[:, 0]
            self.kept = tf.gather(flat, keep)
            self.count = tf.size(keep, name='count')
            selected = tf.image.non_max_suppression(tf.gather(boxes, keep), self.kept, 4, 0.3)
            self.best = tf.gather(tf.gather(boxes, keep), selected)
            self.sess = tf.Session(config=tf.ConfigProto(allow_soft_placement=True))
            self.sess.run(tf.global_variables_initializer())
            set_weights(self.sess)
            saver = tf.train.Saver()
            path = os.path.join(sys.argv[1], 'det')
            saver.save(self.sess, path)
            self.sess.run([v.assign(tf.zeros_like(v)) for v in tf.trainable_variables()])
            assert os.path.exists(path + '.meta') or True
            model_dict = '/'.join(path.split('/')[:-1])
            ckpt = tf.train.get_checkpoint_state(model_dict)
            assert ckpt and ckpt.model_checkpoint_path, "the params dictionary is not valid"
            saver.restore(self.sess, path)

    def predict(self, databatch):
        height, width, _ = databatch.shape
        return self.sess.run([self.count, self.kept, self.best, self.bbox_pred],
                             feed_dict={self.image_op: databatch, self.width_op: width, self.height_op: height})


def prelu(inputs):
    alphas = tf.get_variable("alphas", shape=inputs.get_shape()[-1], dtype=tf.float32, initializer=tf.constant_initializer(0.25))
    pos = tf.nn.relu(inputs)
    neg = alphas * (inputs - abs(inputs)) * 0.5
    return pos + neg


def net(x):
    with slim.arg_scope([slim.conv2d], activation_fn=prelu, padding='valid', weights_regularizer=slim.l2_regularizer(0.0005)):
        x = slim.conv2d(x, 6, 3, stride=1, scope='conv1')
        x = slim.max_pool2d(x, kernel_size=[2, 2], stride=2, scope='pool1', padding='SAME')
        x = slim.conv2d(x, num_outputs=8, kernel_size=[3, 3], stride=1, scope='conv2')
        prob = slim.conv2d(x, num_outputs=2, kernel_size=[1, 1], stride=1, scope='conv4_1', activation_fn=tf.nn.softmax)
        pred = slim.conv2d(x, num_outputs=4, kernel_size=[1, 1], stride=1, scope='conv4_2', activation_fn=None)
        h, w = tf.shape(pred)[1], tf.shape(pred)[2]
        ys, xs = tf.meshgrid(tf.range(h), tf.range(w), indexing='ij')
        corners = tf.to_float(tf.stack([ys, xs, ys + 3, xs + 3], -1)) + 0.1 * tf.squeeze(pred, axis=0)
        return tf.squeeze(prob, axis=0)[:, :, 1], pred, tf.reshape(corners, [-1, 4])


detector = Detector(net, 0.5)
random = np.random.RandomState(0)
for h, w in [(20, 24), (31, 17), (16, 16)]:
    image = random.uniform(0, 255, (h, w, 3))
    image = (image - 127.5) / 128
    count, kept, best, pred = detector.predict(image)
    result('image_%dx%d' % (h, w), count, float(kept.sum()), float(best.sum()), best.shape, pred.shape)
