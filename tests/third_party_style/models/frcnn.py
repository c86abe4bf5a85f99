# Two-stage detector, class style.
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.contrib.slim import losses
from tensorflow.contrib.slim import arg_scope
from tensorflow.contrib.slim.python.slim.nets import resnet_utils


def generate_anchors_pre(height, width, feat_stride, anchor_scales=(8, 16, 32), anchor_ratios=(0.5, 1, 2)):
    base = np.array([[-s * r, -s, s * r, s] for s in anchor_scales for r in anchor_ratios])
    shift_x, shift_y = np.meshgrid(np.arange(0, width) * feat_stride, np.arange(0, height) * feat_stride)
    shifts = np.vstack((shift_x.ravel(), shift_y.ravel(), shift_x.ravel(), shift_y.ravel())).transpose()
    anchors = base.reshape((1, len(base), 4)) + shifts.reshape((1, len(shifts), 4)).transpose((1, 0, 2))
    anchors = anchors.reshape((-1, 4)).astype(np.float32, copy=False)
    return anchors, np.int32(anchors.shape[0])


def resnet_arg_scope(is_training=True, batch_norm_decay=0.997, batch_norm_epsilon=1e-5, batch_norm_scale=True):
    batch_norm_params = {
        'is_training': False,
        'decay': batch_norm_decay,
        'epsilon': batch_norm_epsilon,
        'scale': batch_norm_scale,
        'trainable': False,
        'updates_collections': tf.GraphKeys.UPDATE_OPS
    }
    with arg_scope([slim.conv2d],
                   weights_regularizer=slim.l2_regularizer(0.0001),
                   weights_initializer=slim.variance_scaling_initializer(),
                   trainable=is_training,
                   activation_fn=tf.nn.relu,
                   normalizer_fn=slim.batch_norm,
                   normalizer_params=batch_norm_params):
        with arg_scope([slim.batch_norm], **batch_norm_params) as arg_sc:
            return arg_sc


class Network(object):
    def __init__(self, batch_size=1):
        self._feat_stride = [8, ]
        self._batch_size = batch_size
        self._predictions = {}
        self._losses = {}
        self._anchor_targets = {}
        self._layers = {}
        self._act_summaries = []
        self._score_summaries = {}
        self._train_summaries = []

    def _add_act_summary(self, tensor):
        tf.summary.histogram('ACT/' + tensor.op.name + '/activations', tensor)
        tf.summary.scalar('ACT/' + tensor.op.name + '/zero_fraction', tf.nn.zero_fraction(tensor))

    def _reshape_layer(self, bottom, num_dim, name):
        input_shape = tf.shape(bottom)
        with tf.variable_scope(name) as scope:
            to_caffe = tf.transpose(bottom, [0, 3, 1, 2])
            reshaped = tf.reshape(to_caffe, tf.concat(axis=0, values=[[self._batch_size], [num_dim, -1], [input_shape[2]]]))
            to_tf = tf.transpose(reshaped, [0, 2, 3, 1])
            return to_tf

    def _softmax_layer(self, bottom, name):
        if name == 'rpn_cls_prob_reshape':
            input_shape = tf.shape(bottom)
            bottom_reshaped = tf.reshape(bottom, [-1, input_shape[-1]])
            reshaped_score = tf.nn.softmax(bottom_reshaped, name=name)
            return tf.reshape(reshaped_score, input_shape)
        return tf.nn.softmax(bottom, name=name)

    def _anchor_component(self):
        with tf.variable_scope('ANCHOR_' + 'default') as scope:
            height = tf.to_int32(tf.ceil(self._im_info[0, 0] / np.float32(self._feat_stride[0])))
            width = tf.to_int32(tf.ceil(self._im_info[0, 1] / np.float32(self._feat_stride[0])))
            anchors, anchor_length = tf.py_func(generate_anchors_pre,
                                                [height, width, self._feat_stride, [8, 16], [0.5, 1, 2]],
                                                [tf.float32, tf.int32], name='generate_anchors')
            anchors.set_shape([None, 4])
            anchor_length.set_shape([])
            self._anchors = anchors
            self._anchor_length = anchor_length

    def _crop_pool_layer(self, bottom, rois, name):
        with tf.variable_scope(name) as scope:
            batch_ids = tf.squeeze(tf.slice(rois, [0, 0], [-1, 1], name='batch_id'), [1])
            bottom_shape = tf.shape(bottom)
            height = (tf.to_float(bottom_shape[1]) - 1.) * np.float32(self._feat_stride[0])
            width = (tf.to_float(bottom_shape[2]) - 1.) * np.float32(self._feat_stride[0])
            x1 = tf.slice(rois, [0, 1], [-1, 1], name='x1') / width
            y1 = tf.slice(rois, [0, 2], [-1, 1], name='y1') / height
            x2 = tf.slice(rois, [0, 3], [-1, 1], name='x2') / width
            y2 = tf.slice(rois, [0, 4], [-1, 1], name='y2') / height
            bboxes = tf.stop_gradient(tf.concat([y1, x1, y2, x2], axis=1))
            pre_pool_size = 7 * 2
            crops = tf.image.crop_and_resize(bottom, bboxes, tf.to_int32(batch_ids), [pre_pool_size, pre_pool_size], name='crops')
        return slim.max_pool2d(crops, [2, 2], padding='SAME')

    def build_base(self):
        with tf.variable_scope('res', 'res'):
            net = resnet_utils.conv2d_same(self._image, 8, 7, stride=2, scope='conv1')
            net = tf.pad(net, [[0, 0], [1, 1], [1, 1], [0, 0]])
            net = slim.max_pool2d(net, [3, 3], stride=2, padding='VALID', scope='pool1')
            shortcut = resnet_utils.subsample(net, 2, 'shortcut')
            residual = slim.conv2d(net, 8, [1, 1], stride=1, scope='a')
            residual = resnet_utils.conv2d_same(residual, 8, 3, 2, scope='b')
            net = tf.nn.relu(shortcut + residual)
        return net

    def create_architecture(self, mode, num_classes, tag=None):
        self._image = tf.placeholder(tf.float32, shape=[self._batch_size, None, None, 3])
        self._im_info = tf.placeholder(tf.float32, shape=[self._batch_size, 3])
        self._tag = tag
        self._num_classes = num_classes
        self._num_anchors = 6
        training = mode == 'TRAIN'
        assert tag is not None
        with slim.arg_scope(resnet_arg_scope(is_training=training)):
            net_conv = self.build_base()
            self._act_summaries.append(net_conv)
            self._anchor_component()
            with tf.variable_scope('rpn', 'rpn'):
                initializer = tf.random_normal_initializer(mean=0.0, stddev=0.01)
                with slim.arg_scope([slim.conv2d], normalizer_fn=None, normalizer_params=None):
                    rpn = slim.conv2d(net_conv, 16, [3, 3], trainable=training, weights_initializer=initializer, scope="rpn_conv/3x3")
                    self._act_summaries.append(rpn)
                    rpn_cls_score = slim.conv2d(rpn, self._num_anchors * 2, [1, 1], trainable=training,
                                                weights_initializer=initializer, padding='VALID', activation_fn=None, scope='rpn_cls_score')
                    rpn_cls_score_reshape = self._reshape_layer(rpn_cls_score, 2, 'rpn_cls_score_reshape')
                    rpn_cls_prob_reshape = self._softmax_layer(rpn_cls_score_reshape, "rpn_cls_prob_reshape")
                    rpn_cls_prob = self._reshape_layer(rpn_cls_prob_reshape, self._num_anchors * 2, "rpn_cls_prob")
                    rpn_bbox_pred = slim.conv2d(rpn, self._num_anchors * 4, [1, 1], trainable=training,
                                                weights_initializer=initializer, padding='VALID', activation_fn=None, scope='rpn_bbox_pred')
            scores = tf.reshape(rpn_cls_prob[:, :, :, self._num_anchors:], (-1,))
            deltas = tf.reshape(rpn_bbox_pred, (-1, 4))
            widths = tf.subtract(self._anchors[:, 2], self._anchors[:, 0]) + 1.0
            ctr_x = tf.add(self._anchors[:, 0], widths * .5)
            pred_x = tf.add(tf.multiply(deltas[:, 0], widths), ctr_x)
            pred_w = tf.multiply(tf.exp(deltas[:, 2]), widths)
            boxes = tf.stack([self._anchors[:, 1], pred_x - 0.5 * pred_w, self._anchors[:, 3], pred_x + 0.5 * pred_w], axis=1)
            indices = tf.image.non_max_suppression(boxes, scores, max_output_size=5, iou_threshold=0.7)
            boxes = tf.to_float(tf.gather(boxes, indices))
            batch_inds = tf.zeros((tf.shape(indices)[0], 1), dtype=tf.float32)
            rois = tf.concat([batch_inds, boxes], 1)
            rois.set_shape([None, 5])
            pool5 = self._crop_pool_layer(net_conv, rois, "pool5")
            fc7 = tf.reduce_mean(slim.conv2d(pool5, 16, [3, 3], scope='head'), axis=[1, 2])
            cls_score = slim.fully_connected(fc7, num_classes, activation_fn=None, scope='cls_score',
                                             weights_initializer=initializer, trainable=training)
            cls_prob = self._softmax_layer(cls_score, "cls_prob")
            bbox_pred = slim.fully_connected(fc7, num_classes * 4, weights_initializer=tf.random_normal_initializer(stddev=0.001),
                                             trainable=training, activation_fn=None, scope='bbox_pred')
        for var in self._act_summaries:
            self._add_act_summary(var)
        for var in tf.trainable_variables():
            tf.summary.histogram('TRAIN/' + var.op.name, var)
        self._predictions = dict(rois=rois, cls_prob=cls_prob, bbox_pred=bbox_pred, rpn_cls_prob=rpn_cls_prob)
        return self._predictions
