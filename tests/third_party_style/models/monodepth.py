from __future__ import absolute_import, division, print_function
from collections import namedtuple

import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim

params_t = namedtuple('parameters', 'encoder, height, width, batch_size, use_deconv, alpha_image_loss, lr_loss_weight')


def bilinear_sampler_1d_h(input_images, x_offset, wrap_mode='border', name='bilinear_sampler', **kwargs):
    def _repeat(x, n_repeats):
        with tf.variable_scope('_repeat'):
            rep = tf.tile(tf.expand_dims(x, 1), [1, n_repeats])
            return tf.reshape(rep, [-1])

    def _interpolate(im, x, y):
        with tf.variable_scope('_interpolate'):
            _edge_size = 1
            im = tf.pad(im, [[0, 0], [1, 1], [1, 1], [0, 0]], mode='CONSTANT')
            x = x + _edge_size
            y = y + _edge_size
            x = tf.clip_by_value(x, 0.0, _width_f - 1 + 2 * _edge_size)
            x0_f = tf.floor(x)
            y0_f = tf.floor(y)
            x1_f = x0_f + 1
            x0 = tf.cast(x0_f, tf.int32)
            y0 = tf.cast(y0_f, tf.int32)
            x1 = tf.cast(tf.minimum(x1_f, _width_f - 1 + 2 * _edge_size), tf.int32)
            dim2 = (_width + 2 * _edge_size)
            dim1 = (_width + 2 * _edge_size) * (_height + 2 * _edge_size)
            base = _repeat(tf.range(_num_batch) * dim1, _height * _width)
            base_y0 = base + y0 * dim2
            idx_l = base_y0 + x0
            idx_r = base_y0 + x1
            im_flat = tf.reshape(im, tf.stack([-1, _num_channels]))
            pix_l = tf.gather(im_flat, idx_l)
            pix_r = tf.gather(im_flat, idx_r)
            weight_l = tf.expand_dims(x1_f - x, 1)
            weight_r = tf.expand_dims(x - x0_f, 1)
            return weight_l * pix_l + weight_r * pix_r

    def _transform(input_images, x_offset):
        with tf.variable_scope('transform'):
            x_t, y_t = tf.meshgrid(tf.linspace(0.0, _width_f - 1.0, _width),
                                   tf.linspace(0.0, _height_f - 1.0, _height))
            x_t_flat = tf.reshape(x_t, (1, -1))
            y_t_flat = tf.reshape(y_t, (1, -1))
            x_t_flat = tf.tile(x_t_flat, tf.stack([_num_batch, 1]))
            y_t_flat = tf.tile(y_t_flat, tf.stack([_num_batch, 1]))
            x_t_flat = tf.reshape(x_t_flat, [-1])
            y_t_flat = tf.reshape(y_t_flat, [-1])
            x_t_flat = x_t_flat + tf.reshape(x_offset, [-1]) * _width_f
            input_transformed = _interpolate(input_images, x_t_flat, y_t_flat)
            return tf.reshape(input_transformed, tf.stack([_num_batch, _height, _width, _num_channels]))

    with tf.variable_scope(name):
        _num_batch = tf.shape(input_images)[0]
        _height = tf.shape(input_images)[1]
        _width = tf.shape(input_images)[2]
        _num_channels = tf.shape(input_images)[3]
        _height_f = tf.cast(_height, tf.float32)
        _width_f = tf.cast(_width, tf.float32)
        return _transform(input_images, x_offset)


class MonodepthModel(object):
    def __init__(self, params, mode, left, right, reuse_variables=None):
        self.params = params
        self.mode = mode
        self.left = left
        self.right = right
        self.reuse_variables = reuse_variables
        self.model_collection = ['model_0']
        self.build_model()
        self.build_outputs()
        self.build_losses()
        self.build_summaries()

    def gradient_x(self, img):
        gx = img[:, :, :-1, :] - img[:, :, 1:, :]
        return gx

    def gradient_y(self, img):
        return img[:, :-1, :, :] - img[:, 1:, :, :]

    def upsample_nn(self, x, ratio):
        s = tf.shape(x)
        h = s[1]
        w = s[2]
        return tf.image.resize_nearest_neighbor(x, [h * ratio, w * ratio])

    def scale_pyramid(self, img, num_scales):
        scaled_imgs = [img]
        s = tf.shape(img)
        h = s[1]
        w = s[2]
        for i in range(num_scales - 1):
            ratio = 2 ** (i + 1)
            nh = h // ratio
            nw = w // ratio
            scaled_imgs.append(tf.image.resize_area(img, [nh, nw]))
        return scaled_imgs

    def SSIM(self, x, y):
        C1 = 0.01 ** 2
        C2 = 0.03 ** 2
        mu_x = slim.avg_pool2d(x, 3, 1, 'VALID')
        mu_y = slim.avg_pool2d(y, 3, 1, 'VALID')
        sigma_x = slim.avg_pool2d(x ** 2, 3, 1, 'VALID') - mu_x ** 2
        sigma_y = slim.avg_pool2d(y ** 2, 3, 1, 'VALID') - mu_y ** 2
        sigma_xy = slim.avg_pool2d(x * y, 3, 1, 'VALID') - mu_x * mu_y
        SSIM_n = (2 * mu_x * mu_y + C1) * (2 * sigma_xy + C2)
        SSIM_d = (mu_x ** 2 + mu_y ** 2 + C1) * (sigma_x + sigma_y + C2)
        return tf.clip_by_value((1 - SSIM_n / SSIM_d) / 2, 0, 1)

    def get_disp(self, x):
        disp = 0.3 * self.conv(x, 2, 3, 1, tf.nn.sigmoid)
        return disp

    def conv(self, x, num_out_layers, kernel_size, stride, activation_fn=tf.nn.elu):
        p = np.floor((kernel_size - 1) / 2).astype(np.int32)
        p_x = tf.pad(x, [[0, 0], [p, p], [p, p], [0, 0]])
        return slim.conv2d(p_x, num_out_layers, kernel_size, stride, 'VALID', activation_fn=activation_fn)

    def conv_block(self, x, num_out_layers, kernel_size):
        conv1 = self.conv(x, num_out_layers, kernel_size, 1)
        conv2 = self.conv(conv1, num_out_layers, kernel_size, 2)
        return conv2

    def upconv(self, x, num_out_layers, kernel_size, scale):
        upsample = self.upsample_nn(x, scale)
        return self.conv(upsample, num_out_layers, kernel_size, 1)

    def deconv(self, x, num_out_layers, kernel_size, scale):
        p_x = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        conv = slim.conv2d_transpose(p_x, num_out_layers, kernel_size, scale, 'SAME')
        return conv[:, 3:-1, 3:-1, :]

    def build_model(self):
        with slim.arg_scope([slim.conv2d, slim.conv2d_transpose], activation_fn=tf.nn.elu):
            with tf.variable_scope('model', reuse=self.reuse_variables):
                self.left_pyramid = self.scale_pyramid(self.left, 2)
                if self.mode == 'train':
                    self.right_pyramid = self.scale_pyramid(self.right, 2)
                with tf.variable_scope('encoder'):
                    conv1 = self.conv_block(self.left, 8, 7)
                    conv2 = self.conv_block(conv1, 12, 5)
                with tf.variable_scope('skips'):
                    skip1 = conv1
                with tf.variable_scope('decoder'):
                    up = self.deconv if self.params.use_deconv else self.upconv
                    upconv2 = up(conv2, 12, 3, 2)
                    concat2 = tf.concat([upconv2, skip1], 3)
                    iconv2 = self.conv(concat2, 12, 3, 1)
                    self.disp2 = self.get_disp(iconv2)
                    udisp2 = self.upsample_nn(self.disp2, 2)
                    upconv1 = up(iconv2, 8, 3, 2)
                    concat1 = tf.concat([upconv1, udisp2], 3)
                    iconv1 = self.conv(concat1, 8, 3, 1)
                    self.disp1 = self.get_disp(iconv1)

    def build_outputs(self):
        with tf.variable_scope('disparities'):
            self.disp_est = [self.disp1, self.disp2]
            self.disp_left_est = [tf.expand_dims(d[:, :, :, 0], 3) for d in self.disp_est]
            self.disp_right_est = [tf.expand_dims(d[:, :, :, 1], 3) for d in self.disp_est]
        if self.mode == 'test':
            return
        with tf.variable_scope('images'):
            self.left_est = [bilinear_sampler_1d_h(self.right_pyramid[i], -self.disp_left_est[i]) for i in range(2)]
            self.right_est = [bilinear_sampler_1d_h(self.left_pyramid[i], self.disp_right_est[i]) for i in range(2)]

    def build_losses(self):
        if self.mode == 'test':
            return
        with tf.variable_scope('losses', reuse=self.reuse_variables):
            l1 = [tf.reduce_mean(tf.abs(self.left_est[i] - self.left_pyramid[i])) for i in range(2)]
            ssim = [tf.reduce_mean(self.SSIM(self.right_est[i], self.right_pyramid[i])) for i in range(2)]
            self.image_loss = tf.add_n([self.params.alpha_image_loss * s + (1 - self.params.alpha_image_loss) * l for s, l in zip(ssim, l1)])
            smooth = [tf.reduce_mean(tf.abs(self.gradient_x(d))) / 2 ** i + tf.reduce_mean(tf.abs(self.gradient_y(d)))
                      for i, d in enumerate(self.disp_left_est)]
            self.disp_gradient_loss = tf.add_n(smooth)
            self.total_loss = self.image_loss + self.params.lr_loss_weight * self.disp_gradient_loss

    def build_summaries(self):
        if self.mode == 'test':
            return
        with tf.device('/cpu:0'):
            tf.summary.scalar('image_loss', self.image_loss, collections=self.model_collection)
            tf.summary.image('disp_left_est_0', self.disp_left_est[0], max_outputs=4, collections=self.model_collection)
