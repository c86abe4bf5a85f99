"""Features for reading text, with coordinates and an attention pooling."""
import collections
import sys

import tensorflow as tf
from tensorflow.contrib import slim
from tensorflow.contrib.slim import layers as slim_layers
from tensorflow.python.ops import math_ops, array_ops
from tensorflow.python.platform import flags, tf_logging as logging

OutputEndpoints = collections.namedtuple('OutputEndpoints', ['chars_logit', 'chars_log_prob', 'predicted_chars', 'predicted_scores'])
ModelParams = collections.namedtuple('ModelParams', ['num_char_classes', 'seq_length', 'num_views', 'null_code'])


def get_softmax_loss_fn(label_smoothing):
    if label_smoothing > 0:
        def loss_fn(labels, logits):
            return tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=labels)
    else:
        def loss_fn(labels, logits):
            return tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels)
    return loss_fn


def get_tensor_dimensions(tensor):
    if len(tensor.get_shape().dims) != 4:
        raise ValueError('Incorrect shape: len(tensor.get_shape().dims) != 4 (%d != 4)' % len(tensor.get_shape().dims))
    batch_size = tensor.get_shape().dims[0].value
    height = tensor.get_shape().dims[1].value
    width = tensor.get_shape().dims[2].value
    num_features = tensor.get_shape().dims[3].value
    return batch_size, height, width, num_features


def axis_pad(tensor, axis, before=0, after=0, constant_values=0.0):
    paddings = [[0, 0] for x in range(len(tensor.get_shape()))]
    paddings[axis] = [before, after]
    return tf.pad(tensor, paddings, constant_values=constant_values)


class OcrModel(object):
    def __init__(self, num_char_classes, seq_length, num_views, null_code):
        self._params = ModelParams(num_char_classes=num_char_classes, seq_length=seq_length, num_views=num_views, null_code=null_code)

    def conv_tower_fn(self, images, is_training=True, reuse=None):
        with tf.variable_scope('conv_tower_fn/INCE'):
            if reuse:
                tf.get_variable_scope().reuse_variables()
            with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
                net = slim.conv2d(images, 8, [3, 3], stride=2, normalizer_fn=slim.batch_norm)
                net = slim.conv2d(net, 12, [3, 3], normalizer_fn=slim.batch_norm)
                net = slim_layers.max_pool2d(net, 2)
            return net

    def encode_coordinates_fn(self, net):
        batch_size, h, w, _ = net.shape.as_list()
        x, y = tf.meshgrid(tf.range(w), tf.range(h))
        w_loc = slim.one_hot_encoding(x, num_classes=w)
        h_loc = slim.one_hot_encoding(y, num_classes=h)
        loc = tf.concat([h_loc, w_loc], 2)
        loc = tf.tile(tf.expand_dims(loc, 0), [batch_size, 1, 1, 1])
        return tf.concat([net, loc], 3)

    def pool_views_fn(self, nets):
        with tf.variable_scope('pool_views_fn/STCK'):
            net = tf.concat(nets, 1)
            batch_size = net.get_shape().dims[0].value
            feature_size = net.get_shape().dims[3].value
            return tf.reshape(net, [batch_size, -1, feature_size])

    def char_predictions(self, chars_logit):
        log_prob = tf.nn.log_softmax(chars_logit)
        ids = tf.to_int32(tf.argmax(log_prob, axis=2), name='predicted_chars')
        mask = tf.cast(slim.one_hot_encoding(ids, self._params.num_char_classes), tf.bool)
        all_scores = tf.nn.softmax(chars_logit)
        selected_scores = tf.boolean_mask(all_scores, mask, name='char_scores')
        scores = tf.reshape(selected_scores, shape=(-1, self._params.seq_length))
        return ids, log_prob, scores

    def create_base(self, images, labels_one_hot, scope='OCR_v1', reuse=None):
        logging.debug('images: %s', images)
        is_training = labels_one_hot is not None
        with tf.variable_scope(scope, reuse=reuse):
            views = tf.split(value=images, num_or_size_splits=self._params.num_views, axis=2)
            nets = [self.conv_tower_fn(v, is_training, reuse=(i != 0)) for i, v in enumerate(views)]
            nets = [self.encode_coordinates_fn(net) for net in nets]
            net = self.pool_views_fn(nets)
            queries = tf.get_variable('queries', [self._params.seq_length, net.shape[-1].value], initializer=tf.truncated_normal_initializer(stddev=.1))
            attention = tf.nn.softmax(tf.einsum('sf,bpf->bsp', queries, net), axis=-1)
            context = tf.matmul(attention, net)
            chars_logit = slim.fully_connected(context, self._params.num_char_classes, activation_fn=None, scope='chars')
            predicted_chars, chars_log_prob, predicted_scores = self.char_predictions(chars_logit)
            return OutputEndpoints(chars_logit=chars_logit, chars_log_prob=chars_log_prob, predicted_chars=predicted_chars, predicted_scores=predicted_scores)

    def create_loss(self, data_labels, endpoints):
        self.sequence_loss_fn(endpoints.chars_logit, data_labels)
        total_loss = slim.losses.get_total_loss()
        tf.summary.scalar('TotalLoss', total_loss)
        return total_loss

    def label_smoothing_regularization(self, chars_labels, weight=0.1):
        one_hot_labels = tf.one_hot(chars_labels, depth=self._params.num_char_classes, axis=-1)
        pos_weight = 1.0 - weight
        neg_weight = weight / self._params.num_char_classes
        return one_hot_labels * pos_weight + neg_weight

    def sequence_loss_fn(self, chars_logits, chars_labels):
        with tf.variable_scope('sequence_loss_fn/SLF'):
            labels_list = tf.unstack(self.label_smoothing_regularization(chars_labels), axis=1)
            batch_size, seq_length, _ = chars_logits.shape.as_list()
            weights = tf.ones((batch_size, seq_length), dtype=tf.float32)
            logits_list = tf.unstack(chars_logits, axis=1)
            weights_list = tf.unstack(weights, axis=1)
            loss_fn = get_softmax_loss_fn(0.1)
            each = [loss_fn(labels=l, logits=g) * w for l, g, w in zip(labels_list, logits_list, weights_list)]
            loss = math_ops.reduce_mean(array_ops.stack(each))
            tf.losses.add_loss(loss)
            return loss

    def create_summaries(self, data, endpoints):
        sname = lambda label: '%s/%s' % ('train', label)
        tf.summary.text(sname('pr'), tf.as_string(endpoints.predicted_chars))
        for var in tf.trainable_variables():
            tf.summary.histogram(var.op.name, var)
