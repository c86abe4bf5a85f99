"""Spatial transformer + tracker-ish bits; TF 1.0 spellings."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib.framework.python.ops import arg_scope
from tensorflow.contrib.layers.python.layers import layers as layers_lib
from tensorflow.contrib.layers.python.layers import regularizers, initializers
from tensorflow.python.ops import nn_ops, init_ops, control_flow_ops
import tensorflow.contrib.slim as slim


def _meshgrid(height, width):
    x_t = tf.matmul(tf.ones(shape=tf.stack([height, 1])), tf.transpose(tf.expand_dims(tf.linspace(-1.0, 1.0, width), 1), [1, 0]))
    y_t = tf.matmul(tf.expand_dims(tf.linspace(-1.0, 1.0, height), 1), tf.ones(shape=tf.stack([1, width])))
    x_t_flat = tf.reshape(x_t, (1, -1))
    y_t_flat = tf.reshape(y_t, (1, -1))
    ones = tf.ones_like(x_t_flat)
    return tf.concat(axis=0, values=[x_t_flat, y_t_flat, ones])


def transformer(U, theta, out_size, name='SpatialTransformer'):
    with tf.variable_scope(name):
        num_batch = tf.shape(U)[0]
        height, width, num_channels = [int(s) for s in U.get_shape()[1:]]
        theta = tf.cast(tf.reshape(theta, (-1, 2, 3)), 'float32')
        grid = tf.expand_dims(_meshgrid(out_size[0], out_size[1]), 0)
        grid = tf.tile(grid, tf.stack([num_batch, 1, 1]))
        T_g = tf.matmul(theta, grid)
        x_s = tf.reshape(tf.slice(T_g, [0, 0, 0], [-1, 1, -1]), [-1])
        y_s = tf.reshape(tf.slice(T_g, [0, 1, 0], [-1, 1, -1]), [-1])
        x = (x_s + 1.0) * np.float32(width) / 2.0
        y = (y_s + 1.0) * np.float32(height) / 2.0
        x0 = tf.cast(tf.floor(x), 'int32')
        y0 = tf.cast(tf.floor(y), 'int32')
        x1, y1 = x0 + 1, y0 + 1
        zero = tf.zeros([], dtype='int32')
        x0, x1 = tf.clip_by_value(x0, zero, width - 1), tf.clip_by_value(x1, zero, width - 1)
        y0, y1 = tf.clip_by_value(y0, zero, height - 1), tf.clip_by_value(y1, zero, height - 1)
        base = tf.reshape(tf.tile(tf.expand_dims(tf.range(num_batch) * width * height, 1), [1, out_size[0] * out_size[1]]), [-1])
        flat = tf.reshape(U, [-1, num_channels])
        Ia, Ib = tf.gather(flat, base + y0 * width + x0), tf.gather(flat, base + y1 * width + x0)
        Ic, Id = tf.gather(flat, base + y0 * width + x1), tf.gather(flat, base + y1 * width + x1)
        x0_f, x1_f = tf.cast(x0, 'float32'), tf.to_float(x1)
        y0_f, y1_f = tf.cast(y0, 'float32'), tf.to_float(y1)
        wa = tf.expand_dims(((x1_f - x) * (y1_f - y)), 1)
        wb = tf.expand_dims(((x1_f - x) * (y - y0_f)), 1)
        wc = tf.expand_dims(((x - x0_f) * (y1_f - y)), 1)
        wd = tf.expand_dims(((x - x0_f) * (y - y0_f)), 1)
        output = tf.add_n([wa * Ia, wb * Ib, wc * Ic, wd * Id])
        return tf.reshape(output, tf.stack([num_batch, out_size[0], out_size[1], num_channels]))


def stn_arg_scope(weight_decay=0.001):
    with arg_scope([layers_lib.conv2d, layers_lib.fully_connected], activation_fn=nn_ops.relu,
                   weights_regularizer=regularizers.l2_regularizer(weight_decay),
                   weights_initializer=initializers.xavier_initializer(),
                   biases_initializer=init_ops.constant_initializer(0.1)) as sc:
        return sc


def network(x, keep_prob):
    with slim.arg_scope(stn_arg_scope()):
        loc = layers_lib.conv2d(x, 4, [5, 5], stride=2, scope='loc_conv')
        loc = layers_lib.fully_connected(layers_lib.flatten(loc), 8, activation_fn=tf.nn.tanh, scope='loc_fc')
        identity = np.array([[1., 0, 0], [0, 1., 0]]).astype('float32').flatten()
        with tf.variable_scope('loc_out'):
            W = tf.Variable(tf.zeros([8, 6]), name='W')
            b = tf.Variable(initial_value=identity, name='b')
        theta = tf.nn.tanh(tf.matmul(loc, W) + b)
        out = transformer(x, theta, (12, 10))
        out = tf.nn.dropout(out, keep_prob)
        total = np.float32(0.5) * out + 2 * x[:, 1:13, 2:12, :]
        steps = tf.constant(3)
        _, acc = control_flow_ops.while_loop(lambda i, a: tf.less(i, steps), lambda i, a: [i + 1, a * 0.5 + 1.0],
                                             [tf.constant(0), total])
        acc = tf.cond(tf.reduce_mean(acc) > -100.0, lambda: acc + 1, lambda: acc - 1)
        score = layers_lib.conv2d(acc, 3, 1, activation_fn=None, normalizer_fn=None, scope='score')
        return tf.Print(score, [tf.shape(score)], 'score: ', first_n=1), theta
