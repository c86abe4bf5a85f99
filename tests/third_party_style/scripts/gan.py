"""Trains a GAN with two optimizers, in the class style."""
import argparse
import os

import numpy as np
import tensorflow as tf
import tensorflow.contrib as tc
import tensorflow.contrib.layers as tcl

from common import result, set_weights


def leaky_relu(x, alpha=0.2):
    return tf.maximum(tf.minimum(0.0, alpha * x), x)


class Discriminator(object):
    def __init__(self):
        self.x_dim = 64
        self.name = 'dcgan/d_net'

    def __call__(self, x, reuse=True):
        with tf.variable_scope(self.name) as vs:
            if reuse:
                vs.reuse_variables()
            bs = tf.shape(x)[0]
            x = tf.reshape(x, [bs, 8, 8, 1])
            conv1 = tcl.convolution2d(x, 8, [4, 4], [2, 2], weights_initializer=tf.random_normal_initializer(stddev=0.02),
                                      activation_fn=tf.identity)
            conv1 = leaky_relu(conv1)
            fc1 = tcl.flatten(conv1)
            fc1 = tcl.fully_connected(fc1, 12, activation_fn=tf.identity)
            fc1 = leaky_relu(tcl.batch_norm(fc1))
            return tcl.fully_connected(fc1, 1, activation_fn=tf.identity)

    @property
    def vars(self):
        return [var for var in tf.global_variables() if self.name in var.name]


class Generator(object):
    def __init__(self):
        self.name = 'dcgan/g_net'

    def __call__(self, z):
        with tf.variable_scope(self.name):
            bs = tf.shape(z)[0]
            fc = tcl.fully_connected(z, 4 * 4 * 6, activation_fn=tf.identity)
            conv1 = tf.reshape(fc, tf.stack([bs, 4, 4, 6]))
            conv1 = tf.nn.relu(tcl.batch_norm(conv1))
            conv2 = tcl.convolution2d_transpose(conv1, 1, [4, 4], [2, 2], activation_fn=tf.sigmoid)
            return tf.reshape(conv2, tf.stack([bs, 64]))

    @property
    def vars(self):
        return [var for var in tf.global_variables() if self.name in var.name]


class GAN(object):
    def __init__(self, g_net, d_net, scale=10.0):
        self.g_net, self.d_net = g_net, d_net
        self.x = tf.placeholder(tf.float32, [None, 64], name='x')
        self.z = tf.placeholder(tf.float32, [None, 5], name='z')
        self.x_ = self.g_net(self.z)
        self.d = self.d_net(self.x, reuse=False)
        self.d_ = self.d_net(self.x_)
        self.g_loss = tf.reduce_mean(self.d_)
        self.d_loss = tf.reduce_mean(self.d) - tf.reduce_mean(self.d_)
        self.epsilon = tf.placeholder(tf.float32, [])
        x_hat = self.epsilon * self.x + (1 - self.epsilon) * self.x_
        d_hat = self.d_net(x_hat)
        ddx = tf.gradients(d_hat, x_hat)[0]
        ddx = tf.sqrt(tf.reduce_sum(tf.square(ddx), axis=1))
        ddx = tf.reduce_mean(tf.square(ddx - 1.0) * scale)
        self.d_loss = self.d_loss + ddx
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            self.d_adam = tf.train.AdamOptimizer(learning_rate=1e-3, beta1=0.5, beta2=0.9).minimize(self.d_loss, var_list=[v for v in self.d_net.vars if 'moving' not in v.name])
            self.g_adam = tf.train.AdamOptimizer(learning_rate=1e-3, beta1=0.5, beta2=0.9).minimize(self.g_loss, var_list=[v for v in self.g_net.vars if 'moving' not in v.name])
        gpu_options = tf.GPUOptions(allow_growth=True)
        self.sess = tf.Session(config=tf.ConfigProto(gpu_options=gpu_options))

    def train(self, num_batches=3):
        self.sess.run(tf.global_variables_initializer())
        set_weights(self.sess)
        random = np.random.RandomState(1)
        for t in range(0, num_batches):
            for _ in range(0, 2):
                bx = random.rand(8, 64)
                bz = random.normal(size=[8, 5])
                self.sess.run(self.d_adam, feed_dict={self.x: bx, self.z: bz, self.epsilon: random.rand()})
            bz = random.normal(size=[8, 5])
            self.sess.run(self.g_adam, feed_dict={self.z: bz, self.x: bx, self.epsilon: 0.5})
            d_loss, g_loss = self.sess.run([self.d_loss, self.g_loss], feed_dict={self.x: bx, self.z: bz, self.epsilon: 0.5})
            result('step_%d' % t, d_loss, g_loss)
        sample = self.sess.run(self.x_, {self.z: bz})
        result('sample', float(sample.mean()), float(sample.std()))


if __name__ == '__main__':
    parser = argparse.ArgumentParser('')
    parser.add_argument('--gpus', type=str, default='0')
    args = parser.parse_args()
    c = GAN(Generator(), Discriminator())
    c.train()
    result('variables', ' '.join(v.name for v in tf.global_variables()))
