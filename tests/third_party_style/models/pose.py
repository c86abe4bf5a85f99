import tensorflow as tf
import tensorflow.contrib.layers as layers
import tensorflow.contrib.slim as slim


class CPM(object):
    """Convolutional pose machine with two stages; the person net of the original is left out."""

    def __init__(self, stages=2, joints=14, img=None):
        self.stages = stages
        self.stage_heatmap = []
        self.stage_loss = [0] * stages
        self.total_loss = 0
        self.joints = joints
        self.init_lr = 0.001
        self.input_image = img
        self.batch_size = 0

    def build_model(self, input_image, center_map, batch_size):
        self.batch_size = batch_size
        with tf.variable_scope('pooled_center_map'):
            self.center_map = tf.layers.average_pooling2d(inputs=center_map, pool_size=[9, 9], strides=[8, 8],
                                                          padding='same', name='center_map')
        with tf.variable_scope('sub_stages'):
            sub_conv1 = layers.conv2d(input_image, 8, 3, 1, activation_fn=None, scope='sub_conv1')
            sub_conv1 = tf.nn.relu(sub_conv1)
            pool1 = layers.max_pool2d(sub_conv1, 2, 2)
            sub_conv2 = tf.layers.conv2d(inputs=pool1, filters=8, kernel_size=[3, 3], strides=[1, 1], padding='same',
                                         activation=tf.nn.relu, kernel_initializer=tf.contrib.layers.xavier_initializer(), name='sub_conv2')
            pool2 = layers.max_pool2d(sub_conv2, 2, 2)
            sub_conv3 = layers.conv2d(pool2, 12, 3)
            pool3 = layers.max_pool2d(sub_conv3, 2, 2)
            self.sub_stage_img_feature = layers.conv2d(pool3, 8, 3, scope='sub_stage_img_feature')
        with tf.variable_scope('stage_1'):
            conv1 = layers.conv2d(self.sub_stage_img_feature, 16, 1, scope='conv1')
            self.stage_heatmap.append(layers.conv2d(conv1, self.joints, 1, activation_fn=None, scope='stage_heatmap'))
        for stage in range(2, self.stages + 1):
            self._middle_conv(stage)

    def _middle_conv(self, stage):
        with tf.variable_scope('stage_' + str(stage)):
            self.current_featuremap = tf.concat(values=[self.stage_heatmap[stage - 2], self.sub_stage_img_feature, self.center_map], axis=3)
            net = slim.stack(self.current_featuremap, slim.conv2d, [(8, [7, 7]), (8, [1, 1])], scope='mid')
            self.current_heatmap = slim.conv2d(net, self.joints, [1, 1], activation_fn=None, scope='mid_out')
            self.stage_heatmap.append(self.current_heatmap)

    def build_loss(self, gt_heatmap, lr, lr_decay_rate, lr_decay_step, optimizer='Adam'):
        self.gt_heatmap = gt_heatmap
        self.learning_rate = lr
        for stage in range(self.stages):
            with tf.variable_scope('stage' + str(stage + 1) + '_loss'):
                self.stage_loss[stage] = tf.nn.l2_loss(self.stage_heatmap[stage] - self.gt_heatmap, name='l2_loss') / self.batch_size
            tf.summary.scalar('stage' + str(stage + 1) + '_loss', self.stage_loss[stage])
        with tf.variable_scope('total_loss'):
            for stage in range(self.stages):
                self.total_loss += self.stage_loss[stage]
        with tf.variable_scope('train'):
            self.global_step = tf.contrib.framework.get_or_create_global_step()
            self.cur_lr = tf.train.exponential_decay(self.learning_rate, global_step=self.global_step,
                                                     decay_rate=lr_decay_rate, decay_steps=lr_decay_step)
            self.train_op = tf.contrib.layers.optimize_loss(loss=self.total_loss, global_step=self.global_step,
                                                            learning_rate=self.cur_lr, optimizer=optimizer)


def keypoints(heatmaps):
    n, h, w, c = heatmaps.shape.as_list()
    flat = tf.reshape(heatmaps, [-1, h * w, c])
    where = tf.argmax(flat, 1)
    return tf.stack([tf.floordiv(where, w), tf.mod(where, w)], axis=-1)
