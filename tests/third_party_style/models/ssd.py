"""Single shot detector on a small VGG."""
from collections import namedtuple

import numpy as np
import tensorflow as tf

import ssd_layers as custom_layers

slim = tf.contrib.slim

SSDParams = namedtuple('SSDParameters', ['img_shape', 'num_classes', 'feat_layers', 'anchor_sizes',
                                         'anchor_ratios', 'anchor_steps', 'normalizations', 'prior_scaling'])


def tensor_shape(x, rank=3):
    if x.get_shape().is_fully_defined():
        return x.get_shape().as_list()
    static_shape = x.get_shape().with_rank(rank).as_list()
    dynamic_shape = tf.unstack(tf.shape(x), rank)
    return [s if s is not None else d for s, d in zip(static_shape, dynamic_shape)]


class SSDNet(object):
    default_params = SSDParams(img_shape=(64, 64), num_classes=5, feat_layers=['block3', 'block4', 'block5'],
                               anchor_sizes=[(10., 16.), (20., 30.), (40., 50.)],
                               anchor_ratios=[[2, .5], [2, .5, 3, 1. / 3], [2, .5]],
                               anchor_steps=[8, 16, 32], normalizations=[20, -1, -1],
                               prior_scaling=[0.1, 0.1, 0.2, 0.2])

    def __init__(self, params=None):
        self.params = params if isinstance(params, SSDParams) else SSDNet.default_params

    def arg_scope(self, weight_decay=0.0005, data_format='NHWC'):
        with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=tf.nn.relu,
                            weights_regularizer=slim.l2_regularizer(weight_decay),
                            weights_initializer=tf.contrib.layers.xavier_initializer(),
                            biases_initializer=tf.zeros_initializer()):
            with slim.arg_scope([slim.conv2d, slim.max_pool2d], padding='SAME', data_format=data_format):
                with slim.arg_scope([custom_layers.pad2d, custom_layers.scaled_l2_norm,
                                     custom_layers.channel_to_last], data_format=data_format) as sc:
                    return sc

    def net(self, inputs, is_training=True, dropout_keep_prob=0.5, reuse=None, scope='ssd'):
        if data_is_chw(inputs):
            inputs = tf.transpose(inputs, perm=(0, 3, 1, 2))
        end_points = {}
        with tf.variable_scope(scope, 'ssd', [inputs], reuse=reuse):
            net = slim.repeat(inputs, 2, slim.conv2d, 8, [3, 3], scope='conv1')
            net = slim.max_pool2d(net, [2, 2], scope='pool1')
            net = slim.repeat(net, 2, slim.conv2d, 12, [3, 3], scope='conv2')
            net = slim.max_pool2d(net, [2, 2], scope='pool2')
            net = slim.max_pool2d(net, [3, 3], stride=2, scope='pool3')
            net = slim.conv2d(net, 16, [3, 3], rate=2, scope='conv3')
            end_points['block3'] = net
            with tf.variable_scope('block4'):
                net = slim.conv2d(net, 8, [1, 1], scope='conv1x1')
                net = custom_layers.pad2d(net, pad=(1, 1))
                net = slim.conv2d(net, 16, [3, 3], stride=2, scope='conv3x3', padding='VALID')
            end_points['block4'] = net
            net = tf.layers.dropout(net, rate=dropout_keep_prob, training=is_training)
            with tf.variable_scope('block5'):
                net = slim.conv2d(net, 8, [1, 1], scope='conv1x1')
                net = custom_layers.pad2d(net, pad=(1, 1))
                net = slim.conv2d(net, 16, [3, 3], stride=2, scope='conv3x3', padding='VALID')
            end_points['block5'] = net

            predictions, logits, localisations = [], [], []
            for i, layer in enumerate(self.params.feat_layers):
                with tf.variable_scope(layer + '_box'):
                    p, l = multibox_layer(end_points[layer], self.params.num_classes,
                                          self.params.anchor_sizes[i], self.params.anchor_ratios[i],
                                          self.params.normalizations[i])
                predictions.append(slim.softmax(p))
                logits.append(p)
                localisations.append(l)
            return predictions, localisations, logits, end_points

    def anchors(self, img_shape, dtype=np.float32):
        found = []
        for step, size in zip(self.params.anchor_steps, self.params.anchor_sizes):
            n = int(np.ceil(float(img_shape[0]) / step))
            y, x = np.mgrid[0:n, 0:n]
            y = (y.astype(dtype) + .5) * step / img_shape[0]
            found.append((np.expand_dims(y, -1), np.expand_dims(x, -1) * dtype(size[0])))
        return found

    def losses(self, logits, localisations, gclasses, glocs, negative_ratio=3., alpha=1., scope=None):
        with tf.name_scope(scope, 'ssd_losses'):
            lshape = tensor_shape(logits[0], 5)
            num_classes, batch_size = lshape[-1], lshape[0]
            flogits = tf.concat([tf.reshape(l, [-1, num_classes]) for l in logits], axis=0)
            flocs = tf.concat([tf.reshape(l, [-1, 4]) for l in localisations], axis=0)
            pmask = gclasses > 0
            fpmask = tf.cast(pmask, flogits.dtype)
            n_positives = tf.reduce_sum(fpmask)
            no_classes = tf.cast(pmask, tf.int32)
            nmask = tf.logical_not(pmask)
            nvalues = tf.where(nmask, tf.nn.softmax(flogits)[:, 0], 1. - fpmask)
            n_neg = tf.cast(negative_ratio * n_positives, tf.int32) + batch_size
            n_neg = tf.minimum(n_neg, tf.cast(tf.reduce_sum(1. - fpmask), tf.int32))
            val, _ = tf.nn.top_k(-nvalues, k=n_neg)
            nmask = tf.logical_and(nmask, nvalues < -val[-1])
            fnmask = tf.cast(nmask, flogits.dtype)
            with tf.name_scope('cross_entropy_pos'):
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=flogits, labels=gclasses)
                loss = tf.div(tf.reduce_sum(loss * fpmask), tf.cast(batch_size, tf.float32), name='value')
                tf.losses.add_loss(loss)
            with tf.name_scope('cross_entropy_neg'):
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=flogits, labels=no_classes)
                loss = tf.div(tf.reduce_sum(loss * fnmask), tf.cast(batch_size, tf.float32), name='value')
                tf.losses.add_loss(loss)
            with tf.name_scope('localization'):
                weights = tf.expand_dims(alpha * fpmask, axis=-1)
                loss = abs_smooth(flocs - glocs)
                loss = tf.div(tf.reduce_sum(loss * weights), tf.cast(batch_size, tf.float32), name='value')
                tf.losses.add_loss(loss)


def data_is_chw(inputs):
    return inputs.get_shape()[1].value == 3


def abs_smooth(x):
    absx = tf.abs(x)
    minx = tf.minimum(absx, 1)
    return 0.5 * ((absx - 1) * minx + absx)


def multibox_layer(inputs, num_classes, sizes, ratios=[1], normalization=-1, bn_normalization=False):
    net = inputs
    if normalization > 0:
        net = custom_layers.scaled_l2_norm(net, scaling=True)
    num_anchors = len(sizes) + len(ratios)
    num_loc_pred = num_anchors * 4
    loc_pred = slim.conv2d(net, num_loc_pred, [3, 3], activation_fn=None, scope='conv_loc')
    loc_pred = custom_layers.channel_to_last(loc_pred)
    loc_pred = tf.reshape(loc_pred, tensor_shape(loc_pred, 4)[:-1] + [num_anchors, 4])
    cls_pred = slim.conv2d(net, num_anchors * num_classes, [3, 3], activation_fn=None, scope='conv_cls')
    cls_pred = custom_layers.channel_to_last(cls_pred)
    cls_pred = tf.reshape(cls_pred, tensor_shape(cls_pred, 4)[:-1] + [num_anchors, num_classes])
    return cls_pred, loc_pred
